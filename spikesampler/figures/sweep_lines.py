"""Means of a sweep against one dimension, as lines or dots, an arm in its colour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation
from xarray import DataArray, Dataset

from spikesampler.figures.arms import arm_colors, markers_of, series_colors
from spikesampler.figures.learning_curves import levels
from spikesampler.figures.names import broken, names_height, names_width
from spikesampler.figures.parameters import as_text, is_numeric, setting
from spikesampler.figures.rows import FOOT, LEFT
from spikesampler.figures.style import GREY, WIDTH
from spikesampler.figures.sweep_panels import GAP, measure_label, only, panels, title_lines
from spikesampler.figures.ticks import SIZE, axes_mm, foot, value_axis
from spikesampler.stats.cells import summary_of_cells

__all__ = ["lines_figure"]

OPEN = "open: never, at the end of the runs"


def lines_figure(dataset: Dataset, measure: str, along: str, names: Sequence[str]) -> Figure:
    """Means against coordinates along one dimension, a panel for each of these and each start; a
    line per arm.
    """
    series, design = "start" if along == "arm" else "arm", along == "point"
    cells = summary_of_cells(dataset, measure)
    names_of = as_text(dataset[series].values)
    colors = arm_colors(names_of) if series == "arm" else series_colors(len(names_of))
    labels = [broken(name) for name in names_of]
    legend = labels if len(labels) > 1 else []
    coordinates = [dataset[name].values for name in names]
    words = [list(dict.fromkeys(as_text(c))) for c in coordinates if not is_numeric(c)]
    columns = min(len(names), 3)
    aside = 10 + names_width(legend) if legend else 3
    width = (WIDTH - LEFT - GAP * (columns - 1) - aside) / columns
    if words and not design:
        width = min(width, max(30, 24 * len(words[0])))
    starts = range(dataset.sizes["start"]) if along not in ("arm", "start") else [slice(None)]
    headings = [setting(dataset["start"], i) if len(starts) > 1 else "" for i in starts]
    never = bool(np.isinf(cells["mean"]).any())
    notes = [f"{dataset.sizes[along]} points"] * design + [OPEN] * never
    fig, axes = panels(
        title_lines(dataset, measure, " and ", (along,), notes),
        [heading for heading in headings for _ in names],
        columns,
        width,
        names_height(["title", *legend], 50 if design else 56),
        max((foot(texts, width) for texts in words), default=FOOT),
    )
    limits = _value_limits(cells["values"].values)
    for i, ax in enumerate(axes):
        start, name = {"start": starts[i // len(names)]}, names[i % len(names)]
        part = only(cells.isel(start), series, along, "seed")
        ax.set(**limits)
        _draw_panel(ax, dataset.isel(start), part, measure, along, name, labels, colors)
        if i % columns == 0:
            ax.set_ylabel(measure_label(measure))
        else:
            ax.tick_params(labelleft=False)
    if legend:
        _legend(axes[columns - 1], legend, series)
    return fig


def _draw_panel(
    ax: Axes,
    dataset: Dataset,
    cells: Dataset,
    measure: str,
    along: str,
    name: str,
    labels: Sequence[str],
    colors: Sequence[str],
) -> None:
    """A line per label against the coordinate of this name, with what is known of its levels."""
    x, design = value_axis(ax, dataset[name]), along == "point"
    joined = is_numeric(dataset[name].values) and not design
    values = cells["values"].values
    step = min(7, min(26, 0.6 * axes_mm(ax)[0] / 25.4 * 72 / len(np.unique(x))) / len(labels))  # pt
    looks = zip(labels, colors, markers_of(colors))
    for i, (label, color, marker) in enumerate(looks):
        aside = (i - (len(labels) - 1) / 2) * step
        if not design and values.shape[2] > 1:
            seeds = np.repeat(x, values.shape[2])
            look = {"alpha": 0.45, "ms": 3.6, "mew": 0, "transform": _aside(ax, aside + 0.4 * step)}
            ax.plot(seeds, values[i].ravel(), ".", color=color, **look)
        interval = [cells[bound].values[i] for bound in ("mean", "low", "high", "end")]
        _draw_means(ax, x, *interval, joined, _aside(ax, aside), label, color, marker)
    if measure.endswith("_accuracy"):
        _draw_levels(ax, dataset, x, along, measure)


def _aside(ax: Axes, points: float):
    """Places beside the data's own on paper, not in their data."""
    return ax.transData + ScaledTranslation(points / 72, 0, ax.figure.dpi_scale_trans)


def _draw_means(ax, x, mean, low, high, end, joined, transform, label, color, marker):
    """Means with their intervals.

    x, mean, low, high, end (n_x,): nan is not drawn, a mean of inf is an open marker at its end, a
    bound of inf the upper edge.
    """
    never = np.isinf(mean)
    height = np.where(never, end, mean)
    if joined:
        ax.plot(x, height, color=color, lw=1, zorder=3, transform=transform)
    line = {"color": color, "lw": 0.9, "alpha": 1 if joined else 0.7}
    high = np.minimum(high, ax.get_ylim()[1])
    ax.vlines(x, low, high, zorder=3, transform=transform, **line)
    look = {"color": color, "mew": 0.8, "ms": 3, "zorder": 4, "transform": transform}
    ax.plot(x, np.where(never, np.nan, height), marker, label=label, **look)
    if never.any():
        ax.plot(x[never], height[never], marker, mfc="white", **look)


def _value_limits(values: np.ndarray) -> dict:
    """y limits and ticks for shares, or from 0 where nothing is below."""
    low, high = (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (0, 1)
    if low >= 0 and high <= 1:
        return {"ylim": (0, 1.08), "yticks": np.linspace(0, 1, 6)}
    bottom = 0 if low >= 0 else low - 0.08 * (high - low)
    return {"ylim": (bottom, high + 0.08 * (high - min(low, 0)))}


def _draw_levels(ax: Axes, dataset: Dataset, x: np.ndarray, along: str, measure: str) -> None:
    """Chance and the Bayes ceiling: thin levels where they are the same everywhere, faint lines
    where they vary.
    """
    same = {}
    for label, name in (("Chance", "chance"), ("Bayes-optimal", "bayes_accuracy")):
        if name == measure or name not in dataset:
            continue
        values = dataset[name].where(dataset["finished"] == 1)
        others = [dim for dim in values.dims if dim != "seed"]
        ranges = values.max(others) - values.min(others)  # of each seed
        if float(ranges.max()) <= 1e-9:
            same[name] = float(values.mean(others).mean())
        elif along != "point" and np.isfinite(values).any():
            _draw_course(ax, x, values, along, label)
    levels(ax, same.get("chance"), same.get("bayes_accuracy"))


def _draw_course(ax: Axes, x: np.ndarray, values: DataArray, along: str, label: str) -> None:
    """A faint line of means; the name of chance is below its end, that of the ceiling above its
    start.
    """
    level = values.mean([dim for dim in values.dims if dim != along]).values
    ax.plot(x, level, color=GREY, lw=0.8, ls=(0, (1, 1.5)), zorder=1, label=label)
    known = np.flatnonzero(np.isfinite(level))
    if label == "Chance":
        place, offset, look = known[-1], (0, -2), {"va": "top", "ha": "right"}
    else:
        place, offset, look = known[0], (0, 2), {"va": "bottom", "ha": "left"}
    look |= {"color": "#5f5f5f", "fontsize": SIZE, "zorder": 5}
    ax.annotate(label, (x[place], level[place]), offset, textcoords="offset points", **look)


def _legend(ax: Axes, labels: Sequence[str], title: str) -> None:
    """Lines with these labels, at the right of the axes."""
    ax.legend(
        handles=[line for line in ax.lines if line.get_label() in labels],
        title=title,
        loc="upper left",
        bbox_to_anchor=(1.01, 1),
        borderaxespad=0,
        borderpad=0,
        labelspacing=0.3,
        alignment="left",
    )
