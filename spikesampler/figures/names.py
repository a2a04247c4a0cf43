"""Names of arms at the right of axes, with lines that lead to their values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from xarray import Dataset

from spikesampler.figures.arms import arm_markers

__all__ = ["arm_names", "broken", "name_arms", "names_height", "names_width", "readable"]

SIZE, LINE = 7.5, 9.5  # pt: size of a name, and distance of its lines
MARKER_SIGNS = {"o": "●", "s": "■", "^": "▲", "D": "◆"}


def broken(name: str, most: int = 24) -> str:
    """An arm's name, in several lines at its colons where it has more than so many characters."""
    lines = [""]
    for part in name.replace(":", ":\0").split("\0"):
        if lines[-1] and len(lines[-1] + part) > most:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def arm_names(dataset: Dataset) -> list[str]:
    """Names of arms as they are written beside axes; with their markers where colours alone do not
    tell them apart.
    """
    labels = [str(name) for name in dataset["arm"].values]
    names, markers = [broken(label) for label in labels], arm_markers(labels)
    if len(set(markers)) == 1:
        return names
    return [f"{MARKER_SIGNS[marker]} {name}" for marker, name in zip(markers, names)]


def names_width(names: Sequence[str]) -> float:
    """mm for names at the right of an axes, with the lines that lead to them.

    Use it within ``rc_context(RC)``, whose font it measures.
    """
    from matplotlib.textpath import TextPath

    lines = [line for name in names for line in name.split("\n")]
    widths = (TextPath((0, 0), line, size=SIZE).get_extents().width for line in lines)
    return 7 + max(widths) / 72 * 25.4


def names_height(names: Sequence[str], least: float) -> float:
    """mm for axes with these names beside it, at least so many."""
    return max(least, sum(1 + name.count("\n") for name in names) * LINE / 72 * 25.4 + 2)


def readable(color: str) -> tuple[float, float, float]:
    """A colour for text on white: one that is too pale, darkened to a contrast of 3."""
    from matplotlib.colors import to_rgb

    rgb = np.array(to_rgb(color))
    luminance = rgb**2.2 @ (0.2126, 0.7152, 0.0722)
    return tuple(rgb * min(1, (0.3 / max(luminance, 1e-9)) ** (1 / 2.2)))


def name_arms(
    ax: Axes, heights: Sequence[float], names: Sequence[str], colors: Sequence[str]
) -> None:
    """Names at the right of the axes beside their values, moved apart where they would touch, as
    little as possible.
    """
    from scipy.optimize import isotonic_regression

    low, high = ax.get_ylim()
    point = (high - low) / (ax.get_position().height * ax.figure.get_figheight() * 72)
    # of equal ones the first arm is uppermost
    order = np.lexsort((-np.arange(len(names)), heights))
    tall = point * LINE * np.array([1 + names[i].count("\n") for i in order])
    below = np.cumsum(tall) - tall / 2  # the middle of each name if they were stacked from 0
    free = isotonic_regression(np.array(heights, float)[order] - below).x
    places = np.clip(free, low, max(low, high - tall.sum())) + below
    for i, place in zip(order, places):
        line = {"arrowstyle": "-", "color": colors[i], "lw": 0.5, "shrinkA": 1, "shrinkB": 1}
        ax.annotate(
            names[i],
            (1, heights[i]),
            (14, place),
            xycoords=ax.get_yaxis_transform(),
            textcoords=("offset points", "data"),
            color=readable(colors[i]),
            va="center",
            fontsize=SIZE,
            arrowprops={**line, "relpos": (0, 0.5)},
        )
