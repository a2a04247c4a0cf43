"""Ticks that have room: words in slots side by side, and the values of a parameter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from xarray import DataArray

from spikesampler.figures.parameters import as_text, axis_label, is_numeric
from spikesampler.figures.rows import FOOT

__all__ = ["LINE", "SIZE", "axes_mm", "foot", "logarithmic", "slot_ticks", "value_axis", "widest"]

SIZE, LINE = 7, 3.2  # texts of ticks and cells: pt, and mm from line to line


def axes_mm(ax: Axes) -> np.ndarray:
    """Width and height of an axes in mm."""
    return ax.get_position().size * ax.figure.get_size_inches() * 25.4


def widest(texts: Iterable[str]) -> float:
    """mm of the widest of some texts, as ticks and cells have them."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font, lines = FontProperties(size=SIZE), {line for text in texts for line in text.split("\n")}
    widths = (text_to_path.get_text_width_height_descent(line, font, False)[0] for line in lines)
    return max(widths) / 72 * 25.4


def _are_upright(texts: Sequence[str], width: float) -> bool:
    """Are texts of slots side by side in so many mm too wide for them?"""
    return widest(texts) > width / len(texts) - 0.8


def foot(texts: Sequence[str], width: float) -> float:
    """mm below an x axis of this width with such texts."""
    return FOOT + _are_upright(texts, width) * max(0, widest(texts) - LINE)


def slot_ticks(ax: Axes, texts: Sequence[str]) -> None:
    """Texts below the slots of an x axis; upright where they are too wide, then as many as there is
    room for.
    """
    width = axes_mm(ax)[0]
    upright = _are_upright(texts, width)
    step = int(np.ceil(LINE / width * len(texts))) if upright else 1
    look = {"rotation": 90, "va": "top"} if upright else {"rotation": 0, "va": "baseline"}
    ax.set_xticks(range(0, len(texts), step), texts[::step], **look)
    ax.tick_params(axis="x", length=0, pad=3 if upright else 9)


def value_axis(ax: Axes, coordinate: DataArray) -> np.ndarray:
    """The x axis of a parameter: where its values are (n,); words side by side, numbers with ticks
    of their own.
    """
    values = coordinate.values
    ax.set_xlabel(axis_label(coordinate))
    if not is_numeric(values):
        words = list(dict.fromkeys(as_text(values)))
        ax.set_xlim(-0.5, len(words) - 0.5)
        slot_ticks(ax, words)
        return np.array([words.index(word) for word in as_text(values)])
    swept = np.unique(values)
    if logarithmic(swept):
        ax.set_xscale("log")
    scale = ax.xaxis.get_transform()
    low, high = scale.transform(swept[[0, -1]].astype(float))
    pad = 0.07 * (high - low) or 0.5
    limits = low - pad, high + pad
    ax.set_xlim(scale.inverted().transform(np.array(limits)))
    ticks = swept if coordinate.dims != ("point",) and len(swept) <= 12 else _round_ticks(ax)
    places = (scale.transform(ticks) - limits[0]) / (limits[1] - limits[0])
    ax.set_xticks(ticks, _spaced(as_text(ticks), places * axes_mm(ax)[0]))
    ax.minorticks_off()
    return values


def _spaced(texts: Sequence[str], places: Sequence[float]) -> list[str]:
    """Texts at places in mm, "" for those that would touch the one before."""
    spaced, free = [], -np.inf
    for text, place in zip(texts, places):
        half = widest([text]) / 2
        fits = place - half >= free
        spaced.append(text if fits else "")
        free = place + half + 1.2 if fits else free
    return spaced


def logarithmic(values: np.ndarray) -> bool:
    """Are these ordered values positive, and evenly spaced by their logarithm, or over a factor of
    more than 20?
    """
    if len(values) < 2 or values[0] <= 0:
        return False
    steps, ratios = np.diff(values), np.diff(np.log(values))
    uneven, uneven_ratios = np.ptp(steps) / steps.mean(), np.ptp(ratios) / ratios.mean()
    even_by_logarithm = len(values) > 2 and uneven_ratios < min(0.15, uneven)
    return bool(values[-1] > 20 * values[0] or even_by_logarithm)


def _round_ticks(ax: Axes) -> np.ndarray:
    """Round numbers within the x limits: powers of ten where the axis is logarithmic and long."""
    from matplotlib.ticker import LogLocator, MaxNLocator

    low, high = ax.get_xlim()
    if ax.get_xscale() == "log":
        locator = LogLocator(subs=(1.0,) if high > 100 * low else (1.0, 2.0, 5.0))
    else:
        locator = MaxNLocator(5, steps=[1, 2, 5, 10])
    ticks = locator.tick_values(low, high)
    return ticks[(ticks >= low) & (ticks <= high)]
