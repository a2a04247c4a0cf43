"""What a run's outputs have come to respond to: by class, and over the stimulus' position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.errors import InputError
from spikesampler.figures.class_responses import RESPONSES, class_responses, response_scale
from spikesampler.figures.panel_grid import check_number, panel_grid, scale_place
from spikesampler.figures.style import PALETTE, RC, add_axes, new_figure
from spikesampler.stats.responses import preferred_class

__all__ = [
    "class_tuning",
    "position_curve",
    "position_map",
    "position_tuning_figure",
    "tuning_figure",
]


def class_tuning(fig: Figure, rates: np.ndarray, order: np.ndarray) -> None:
    """Fill an empty figure, 88 x 76 mm, with rates (n_class, n_output) in Hz, outputs in an order
    (n_output,) from above, and their scale.
    """
    top, step = np.nanmax(rates) or 1, max(1, len(order) // 25)
    ax = add_axes(fig, 12, 5, 54, 60, label="responses")
    class_responses(ax, rates.T[order], top)
    ax.set(xlabel="Class", ylabel="Output neuron")
    ax.set_xticks(range(0, len(rates), max(1, len(rates) // 25)))
    ax.set_yticks(range(0, len(order), step), [str(k) for k in order[::step]])
    response_scale(add_axes(fig, 69, 5, 2.4, 60, label="scale"), top)


def tuning_figure(result: Any) -> Figure:
    """Mean rate of every output for every class after learning, on the test samples of a run:
    outputs in the order of what they prefer.
    """
    rates = result.tuning()["rate"].values
    with rc_context(RC):
        fig = new_figure(76, 88)
        class_tuning(fig, rates, np.argsort(preferred_class(rates), kind="stable"))
    return fig


def position_map(ax: Axes, x: np.ndarray, y: np.ndarray, rates: np.ndarray, top: float) -> None:
    """Rates (n_x, n_y) in Hz over two features, in colours from 0 to `top`; x (n_x,) and y (n_y,)
    are the middles of cells. nan is grey.
    """
    ax.set_facecolor("#e6e6e6")
    ax.pcolormesh(x, y, rates.T, cmap=RESPONSES, vmin=0, vmax=top, shading="nearest")


def position_curve(ax: Axes, x: np.ndarray, rates: np.ndarray) -> None:
    """Rates (n_x,) in Hz against one feature x (n_x,); nan is not drawn."""
    ax.plot(x, rates, ".-", color=PALETTE[0], ms=4, mew=0, lw=1.1)


def position_tuning_figure(
    result: Any,
    features: Sequence[int] | int | None = None,
    bins: int = 10,
    neurons: Sequence[int] | None = None,
) -> Figure:
    """Mean rate of every output over the stimulus' position after learning, a panel per output.

    features, bins : as of `Result.position_tuning`, one or two features. neurons : outputs, by
    default all. Raises InputError for more than two features or 20 outputs.
    """
    ids = result.neurons("outputs", neurons)
    check_number(len(ids), f"outputs of {result.path}")
    rates = result.position_tuning(features, bins)["rate"].sel(output=ids)
    cells = [str(dim) for dim in rates.dims[1:]]
    if len(cells) > 2:
        raise InputError(f"features={features!r}: a figure shows one or two; give fewer")
    middles = [rates[name].values for name in cells]
    labels = [name.replace("feature_", "Feature ") for name in cells]
    top = float(np.nanmax(rates.values)) or 1.0
    with rc_context(RC):
        names = labels if len(cells) == 2 else [*labels, "Rate (Hz)"]
        fig, panels = panel_grid([f"output {k}" for k in ids], 26, *names)
        for ax, of_output in zip(panels, rates.values):
            if len(cells) == 2:
                position_map(ax, *middles, of_output, top)
            else:
                position_curve(ax, *middles, of_output)
        if len(cells) == 2:
            response_scale(add_axes(fig, *scale_place(fig), label="scale"), top)
        else:
            panels[0].set_ylim(0, 1.08 * top)
    return fig
