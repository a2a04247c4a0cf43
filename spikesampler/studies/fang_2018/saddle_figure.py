"""Theorem 1 along the learning paths of arms and starts, and at stationary points near them."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.arms import arm_colors
from spikesampler.figures.saddle import Curves, criterion_curves, symmetric_log
from spikesampler.figures.style import GREY, PALETTE, RC, WIDTH, add_axes, add_text, new_figure

__all__ = ["index_curves", "signs", "study_figure"]

MARKERS = ("o", "s", "^", "D", "v", "P")


def index_curves(
    ax: Axes, seconds: np.ndarray, index: Sequence[np.ndarray], labels: Sequence[str]
) -> None:
    """Share of positive eigenvalues against biological time, one line per arm with a 95 % band.

    seconds : (n_snapshot,), s; index : (n_arm, 3, n_snapshot) mean, low and high, 0 .. 1; labels :
    (n_arm,)
    """
    for color, label, (mean, low, high) in zip(arm_colors(labels), labels, index):
        ax.fill_between(seconds, low, high, color=color, alpha=0.18, lw=0)
        ax.plot(seconds, mean, color=color, label=label)
    ax.set(ylim=(0, None), xlabel="Biological time (s)", ylabel="Positive eigenvalues (share)")


def signs(
    ax: Axes, total: np.ndarray, largest: np.ndarray, group: np.ndarray, labels: Sequence[str]
) -> None:
    """Criterion against largest eigenvalue; the quadrants where their signs differ are shaded.

    total, largest : (n_point,); group : (n_point,) int, the place in labels.
    """
    look = {"ms": 3.2, "mew": 0, "alpha": 0.8}
    for number, (color, label) in enumerate(zip(PALETTE, labels)):
        here = group == number
        if here.any():
            marker = MARKERS[number]
            ax.plot(largest[here], total[here], marker, color=color, label=label, **look)
    symmetric_log(ax.xaxis, largest)
    symmetric_log(ax.yaxis, total)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    ax.fill_between([left, 0], 0, high, color=GREY, alpha=0.15, lw=0, zorder=0)
    ax.fill_between([0, right], low, 0, color=GREY, alpha=0.15, lw=0, zorder=0)
    ax.set(xlabel="Largest eigenvalue", ylabel="A + B + C, Eq. (4)")


def study_figure(
    paths: Mapping[tuple[str, str], tuple[np.ndarray, Curves]],
    index: Mapping[str, tuple[np.ndarray, Sequence[np.ndarray], Sequence[str]]],
    stationary: tuple[np.ndarray, np.ndarray, np.ndarray, Sequence[str]],
) -> Figure:
    """Criterion along the paths of arms and starts; index along paths; signs at stationary points.

    Parameters
    ----------
    paths : {(arm, start): (seconds, curves as in `criterion_curves`)}, two arms and two starts
    index : {start: (seconds, index, labels) as in `index_curves`}
    stationary : (total, largest, group, labels) as in `signs`
    """
    with rc_context(RC):
        fig = new_figure(204)
        for number, ((arm, start), (seconds, curves)) in enumerate(paths.items()):
            row, column = divmod(number, 2)
            left, top = 16 + 88 * column, 19 + 59 * row
            ax = add_axes(fig, left, top, 70, 42, label=f"{arm} {start}")
            criterion_curves(ax, seconds, curves)
            ax.set(xlabel="Biological time (s)", ylabel="Curvature of J" if column == 0 else "")
            add_text(fig, left, top - 4.5, f"{'abcd'[number]}   {arm}, start {start}")
        _legend(fig, fig.axes[0], 14, 3)
        for number, (start, (seconds, shares, labels)) in enumerate(index.items()):
            left = 16 + 46 * number
            ax = add_axes(fig, left, 142, 34, 38, label=f"index {start}")
            index_curves(ax, seconds, shares, labels)
            ax.set_ylabel("Positive eigenvalues (share)" if number == 0 else "")
            add_text(fig, left, 137.5, f"{'ef'[number]}   Index, start {start}")
        _legend(fig, fig.axes[-1], 14, 190)
        ax = add_axes(fig, 116, 142, 56, 38, label="signs")
        signs(ax, *stationary)
        _legend(fig, ax, 114, 190, 2)
        add_text(fig, 116, 137.5, "g   Stationary points")
    return fig


def _legend(fig: Figure, ax: Axes, left: float, top: float, columns: int = 4) -> None:
    """The lines of these axes in columns at a place in mm."""
    place = (left / WIDTH, 1 - top / (fig.get_size_inches()[1] * 25.4))
    look = {"loc": "upper left", "bbox_to_anchor": place, "borderaxespad": 0}
    fig.legend(*ax.get_legend_handles_labels(), ncols=columns, **look)
