"""The saddle criterion along a learning path: criterion, exact trace, largest eigenvalue, and
accuracy below.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from xarray import Dataset

from spikesampler.figures.learning_curves import levels
from spikesampler.figures.style import GREY, INK, PALETTE, RC, WIDTH, add_axes, add_text, new_figure

__all__ = ["Curves", "accuracy_below", "criterion_curves", "saddle_figure", "symmetric_log"]

COLORS = {"total": PALETTE[0], "trace": PALETTE[1], "largest": PALETTE[2]}
NAMES = {"total": "A + B + C, Eq. (4)", "trace": "Exact trace", "largest": "Largest eigenvalue"}
MARKERS = {"total": "o", "trace": "s", "largest": "^"}
#: {name of NAMES: (3, n_snapshot) value, low and high}, in units of the Hessian
Curves = Mapping[str, np.ndarray]


def criterion_curves(ax: Axes, seconds: np.ndarray, curves: Curves) -> None:
    """Curves with bands against biological time (n_snapshot,) in s, on an axis that is linear
    within -1 .. 1 and logarithmic beyond.
    """
    ax.axhline(0, color=GREY, lw=0.8)
    look = {"ms": 2.8, "mew": 0, "lw": 1}
    for name, (values, low, high) in curves.items():
        color, style = COLORS[name], MARKERS[name] + "-"
        ax.fill_between(seconds, low, high, color=color, alpha=0.18, lw=0)
        ax.plot(seconds, values, style, color=color, label=NAMES[name], **look)
    symmetric_log(ax.yaxis, np.concatenate([np.ravel(bands) for bands in curves.values()]))
    ax.set_ylabel("Curvature of J (symmetric log)")


def symmetric_log(axis: Axis, values: np.ndarray) -> None:
    """Make an axis (ax.xaxis or ax.yaxis) linear within -1 .. 1 and logarithmic beyond, with ticks
    at powers of ten.
    """
    values, ax, name = values[np.isfinite(values)], axis.axes, axis.axis_name
    powers, ticks = {}, {0.0}
    for sign in (-1, 1):
        largest = max((sign * values).max(initial=1.0), 1.0)
        powers[sign] = int(np.ceil(np.log10(largest) + 0.05))
        ticks |= {sign * 10.0**n for n in range(0, powers[sign] + 1, 1 + powers[sign] // 5)}
    getattr(ax, f"set_{name}scale")("symlog", linthresh=1.0)
    axis.set_ticks(sorted(ticks))
    getattr(ax, f"set_{name}lim")(-(10.0 ** (powers[-1] + 0.2)), 10.0 ** (powers[1] + 0.2))
    ax.minorticks_off()


def accuracy_below(
    ax: Axes,
    seconds: np.ndarray,
    accuracy: np.ndarray,
    chance: float | None = None,
    bayes: float | None = None,
) -> None:
    """Probe accuracy against biological time; seconds, accuracy (n_snapshot,)."""
    levels(ax, chance, bayes)
    ax.plot(seconds, accuracy, "o-", color=INK, ms=2.8, mew=0)
    ax.set(ylim=(0, 1.02), ylabel="Probe accuracy", xlabel="Biological time (s)")


def saddle_figure(
    dataset: Dataset, chance: float | None = None, bayes: float | None = None
) -> Figure:
    """The Dataset of `experiments.saddle` as a figure; chance and bayes are levels of the
    accuracy.
    """
    seconds, about = dataset["seconds"].values, dataset.attrs
    span = max(float(seconds.max()), 1e-9)
    curves = {}
    for name in NAMES:
        values, error = dataset[name].values, 2 * dataset[f"{name}_error"].values
        curves[name] = values, values - error, values + error
    with rc_context(RC):
        fig = new_figure(116)
        upper = add_axes(fig, 19, 12, 113, 52, label="criterion")
        criterion_curves(upper, seconds, curves)
        upper.tick_params(labelbottom=False)
        upper.legend(loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0)
        lower = add_axes(fig, 19, 73, 113, 32, label="accuracy")
        accuracy_below(lower, seconds, dataset["accuracy"].values, chance, bayes)
        for ax in (upper, lower):
            ax.set_xlim(seconds.min() - 0.02 * span, seconds.max() + 0.02 * span)
        fig.text(134 / WIDTH, 1 - 33 / 116, _explanation(dataset), va="top", fontsize=7)
        add_text(fig, 19, 6, f"{about['arm']}, start {about['start']}, seed {about['seed']}")
    return fig


def _explanation(dataset: Dataset) -> str:
    """How often the criterion is right, and what the bands are."""
    known, about = np.isfinite(dataset["largest"].values), dataset.attrs
    agree = f"{dataset['agrees'].values[known].sum()} of {known.sum()} snapshots"
    patterns = f"{about['patterns']} PSP {about['kind']} that count"
    return (
        f"A + B + C has the sign of the\nlargest eigenvalue in\n{agree}\n\n"
        "bands: 2 standard errors from\nthe choice of patterns\n\n"
        f"{patterns}\nas {about['effective_patterns']:.6g}"
    )
