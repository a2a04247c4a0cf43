"""The weights onto each output of a run: as an image of pixels, in stimulus space, or by input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.errors import InputError
from spikesampler.figures.panel_grid import check_number, panel_grid, scale_place
from spikesampler.figures.style import PALETTE, RC, add_axes
from spikesampler.stimuli.pixels import as_image

__all__ = ["weight_field", "weight_image", "weight_maps_figure", "weight_row", "weight_scale"]

WEIGHTS = "viridis_r"


def weight_image(ax: Axes, image: np.ndarray, top: float) -> None:
    """Weights (height, width) of inputs that are pixels, in colours from 0 to `top`."""
    ax.imshow(image, cmap=WEIGHTS, vmin=0, vmax=top, interpolation="none")
    ax.set(xticks=[], yticks=[])


def weight_field(ax: Axes, centres: np.ndarray, weights: np.ndarray, top: float) -> None:
    """A dot per input at its preferred stimulus, centres (n_input, 2), in the colour of its weight
    (n_input,) from 0 to `top`. They are drawn in the order in which they come.
    """
    look: dict[str, Any] = {"cmap": WEIGHTS, "vmin": 0, "vmax": top, "linewidths": 0}
    ax.scatter(*centres.T, c=weights, s=5, rasterized=True, **look)


def weight_row(ax: Axes, x: np.ndarray, weights: np.ndarray) -> None:
    """A dot per input: its weight (n_input,) against x (n_input,), its number or its centre."""
    ax.plot(x, weights, ".", color=PALETTE[0], ms=2.5, mew=0)


def weight_scale(ax: Axes, top: float) -> None:
    """The colours of weights from 0 to `top`, as a bar that fills the axes."""
    bar = np.linspace(1, 0, 256)[:, np.newaxis]
    ax.imshow(bar, cmap=WEIGHTS, vmin=0, vmax=1, aspect="auto", extent=(0, 1, 0, top))
    ax.set(xticks=[], ylabel="Weight")
    ax.yaxis.set_label_position("right")
    ax.yaxis.tick_right()


def weight_maps_figure(
    result: Any,
    features: Sequence[int] = (0, 1),
    neurons: Sequence[int] | None = None,
    pathway: str = "outputs",
) -> Figure:
    """The weights onto each output after learning, a panel per output.

    Inputs that are pixels are drawn as their image, those with tuning curves at their preferred
    stimuli, over two `features`; others by their numbers, and so are neurons of a layer. neurons :
    outputs, by default all. pathway : of several, whose weights, onto the neurons of its layer.
    Colours reach to the 99.9 % quantile. Raises InputError for features that there are not, or
    more than 20 outputs.
    """
    shown, data = result.pathway(pathway), result.manifest["data"]
    ids = result.neurons(shown.layer, neurons)
    check_number(len(ids), f"{shown.layer} of {result.path}")
    weights = np.asarray(shown.weights, float)[ids]
    top = max(float(np.quantile(weights, 0.999)), 1e-6)
    hears_inputs = shown.source == "inputs"
    images, centres = as_image(weights, data) if hears_inputs else None, None
    labels = ["Input" if hears_inputs else f"Neuron of {shown.source}", "Weight"]
    if images is not None:
        labels = ["", ""]
    elif data["coding"] == "tuning" and hears_inputs:
        centres, labels = _centres(result, features)
    neuron = "output" if shown.layer == "outputs" else shown.layer
    with rc_context(RC):
        fig, panels = panel_grid([f"{neuron} {k}" for k in ids], 26, *labels)
        for place, ax in enumerate(panels):
            if images is not None:
                weight_image(ax, images[place], top)
            elif centres is not None and centres.shape[1] == 2:
                order = np.argsort(weights[place])  # the strongest are drawn last, on top
                weight_field(ax, centres[order], weights[place][order], top)
            else:
                x = np.arange(weights.shape[1]) if centres is None else centres[:, 0]
                weight_row(ax, x, weights[place])
        if images is not None or (centres is not None and centres.shape[1] == 2):
            weight_scale(add_axes(fig, *scale_place(fig), label="scale"), top)
    return fig


def _centres(result: Any, features: Sequence[int]) -> tuple[np.ndarray, list[str]]:
    """Centres (n_input, 1 or 2) of the features, and the labels of the axes."""
    centres = np.asarray(result.centres)
    if centres.shape[1] == 1:
        return centres, ["Feature 0", "Weight"]
    chosen = list(features)
    if len(chosen) != 2 or not all(k in range(centres.shape[1]) for k in chosen):
        raise InputError(f"features={features!r}: expected two of 0 to {centres.shape[1] - 1}")
    return centres[:, chosen], [f"Feature {k}" for k in chosen]
