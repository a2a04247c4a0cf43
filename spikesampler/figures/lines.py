"""A measure against what was varied, with intervals: one line per arm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

__all__ = ["lines_against"]

MARKERS = ("o", "s", "^", "D", "v")


def lines_against(
    ax: Axes,
    x: ArrayLike,
    mean: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    labels: Sequence[str],
    colors: Sequence[str],
    xlabel: str,
    ylabel: str,
    control: Sequence[float] | None = None,
) -> None:
    """Means with intervals against x on a logarithmic axis, and the level of the control with its
    interval as a band.

    Parameters
    ----------
    x : (n_x,), positive
    mean, low, high : (n_line, n_x); nan is not drawn, an infinite bound reaches the edge.
    labels, colors : (n_line,)
    xlabel, ylabel : with units
    control : (mean, low, high) or None
    """
    x = np.asarray(x, float)
    if control is not None:
        level, *bounds = np.minimum(control, 1e9)
        if np.isfinite(bounds).all():
            ax.axhspan(*bounds, color="#8c8c8c", alpha=0.18, lw=0)
        ax.axhline(level, color="#8c8c8c", lw=0.9, ls=(0, (3, 1.5)), label="none")
    ax.set_xscale("log")
    for i, (label, color) in enumerate(zip(labels, colors)):
        beside = x * 1.035 ** (i - (len(labels) - 1) / 2)  # intervals of equal x side by side
        marker = MARKERS[i % len(MARKERS)]
        ax.plot(beside, mean[i], marker + "-", color=color, ms=3.6, mew=0, lw=1, label=label)
        known = np.isfinite(low[i])
        top = np.minimum(high[i][known], 1e9)
        ax.vlines(beside[known], low[i][known], top, color=color, lw=0.9)
    ax.set_xticks(x, [f"{value:g}" for value in x])
    ax.minorticks_off()
    ax.set(xlabel=xlabel, ylabel=ylabel)
