"""Panels of spikes: each takes ``(ax, arrays)`` and computes nothing; the axes has its place and x
limits already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes

from spikesampler.figures.arms import MARKERS
from spikesampler.figures.style import GREY, INK, text_color

__all__ = [
    "class_bands",
    "event_heights",
    "event_marks",
    "input_raster",
    "output_raster",
    "rates",
    "sample_strip",
]

COVER = 0.32  # share of the input panel's area that all dots together would cover
MANY = 2_000  # marks of an event, from which on they are a bitmap, and without an edge


def _points_per_unit(ax):
    """Points per data unit of both axes, at the figure's present size."""
    size = ax.get_position().size * ax.figure.get_size_inches() * 72
    return size / np.abs([np.subtract(*ax.get_xlim()), np.subtract(*ax.get_ylim())])


def sample_strip(
    ax: Axes,
    spans: np.ndarray,
    classes: np.ndarray,
    colors: np.ndarray,
    wrong: np.ndarray | None = None,
) -> None:
    """A coloured cell per sample, with its class as a number where that fits, and a cross where
    ``wrong``.

    spans (n, 2) s, classes (n,) int with -1 for a tie, colors (n_class, 4), wrong (n,) bool.
    """
    wrong = np.zeros(len(classes), bool) if wrong is None else wrong
    faces = [colors[k] if k >= 0 else (0.92, 0.92, 0.92, 1) for k in classes]
    width = float(np.median(np.diff(spans))) * _points_per_unit(ax)[0] if len(spans) else 0  # pt
    look = {"color": faces, "edgecolor": "white", "linewidth": 0.4 if width >= 4 else 0}
    ax.bar(spans[:, 0], 1, np.diff(spans)[:, 0], align="edge", **look)
    ax.set_ylim(0, 1)
    digits = 4.6 * len(str(len(colors) - 1))  # of the longest label: all are numbered or none
    for centre, k, face, missed in zip(spans.mean(axis=1), classes, faces, wrong):
        color = text_color(face)
        if width >= digits + 0.8 + 5.5 * missed:
            text = ("–" if k < 0 else str(k)) + "×" * int(missed)
            ax.text(centre, 0.46, text, ha="center", va="center", fontsize=7, color=color)
        elif missed:
            ax.plot(centre, 0.5, "x", color=color, markersize=min(3, width), markeredgewidth=0.5)
    ax.set_axis_off()


def class_bands(ax: Axes, boundaries: np.ndarray, colors: np.ndarray) -> None:
    """The class each band of inputs prefers, as a coloured edge; numbered where the band is high
    enough.
    """
    ax.bar(np.zeros(len(colors)), np.diff(boundaries), 1, bottom=boundaries[:-1], color=colors)
    ax.set(xlim=(-0.5, 0.5), ylim=(0, boundaries[-1]), xticks=[])
    tall = np.flatnonzero(np.diff(boundaries) * _points_per_unit(ax)[1] >= 7.5)
    ax.set_yticks((boundaries[:-1] + boundaries[1:])[tall] / 2, [str(k) for k in tall])
    ax.tick_params(length=0, pad=1.5)
    ax.spines[:].set_visible(False)


def input_raster(
    ax: Axes, times: np.ndarray, rows: np.ndarray, boundaries: np.ndarray, borders: np.ndarray
) -> None:
    """A dot per input spike, sized so that dense and sparse windows are equally dark; always a
    bitmap in the file.

    times (n_spike,) s, rows (n_spike,) in 0..n_input-1, boundaries (n_class + 1,) rows, borders
    (n,) s.
    """
    ax.set_ylim(0, boundaries[-1])
    width, height = ax.get_position().size * ax.figure.get_size_inches() * 72
    size = float(np.clip(COVER * width * height / max(len(times), 1), 0.06, 4.0))
    ax.scatter(
        times, np.asarray(rows) + 0.5, s=size, marker="o", color=INK, linewidths=0, rasterized=True
    )
    ax.hlines(boundaries[1:-1], 0, 1, transform=ax.get_yaxis_transform(), color="white", lw=1.2)
    ax.hlines(boundaries[1:-1], 0, 1, transform=ax.get_yaxis_transform(), color=GREY, lw=0.3)
    _sample_lines(ax, borders)
    ax.set_yticks([])


def output_raster(
    ax: Axes,
    times: np.ndarray,
    rows: np.ndarray,
    output_class: np.ndarray,
    colors: np.ndarray,
    spans: np.ndarray,
    labels: np.ndarray,
) -> None:
    """A tick per output spike in the colour of the neuron's class; the row the teacher asked for is
    tinted.

    times (n_spike,) s, rows (n_spike,) neuron, output_class (num_outputs,) int with -1 for none,
    colors (num_outputs, 4), spans (n, 2) s, labels (n,) int.
    """
    num_outputs = len(output_class)
    ax.set_ylim(-0.6, num_outputs - 0.4)
    for row, k in enumerate(output_class):
        asked = [(begin, end - begin) for begin, end in spans[np.asarray(labels) == k]]
        ax.broken_barh(asked, (row - 0.5, 1), color=colors[row], alpha=0.22, lw=0)
    rows = np.asarray(rows)
    ax.vlines(
        times, rows - 0.38, rows + 0.38, colors=colors[rows], lw=0.5, rasterized=len(rows) > 20_000
    )
    _sample_lines(ax, spans[1:, 0])
    step = int(np.ceil(8 / _points_per_unit(ax)[1]))
    ax.set_yticks(range(0, num_outputs, step))


def event_heights(number: int) -> np.ndarray:
    """Where in its row each of several events is marked, from above; a single one in the middle."""
    return np.linspace(0.25, -0.25, number) if number > 1 else np.zeros(number)


def event_marks(ax: Axes, events: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """A dark mark for each own event of an output, over its row; a legend above has their names.

    events : {name: times (n,) s, outputs (n,)}; each has a shape, and a height within the row.
    """
    shapes = zip(events.items(), cycle(MARKERS), event_heights(len(events)))
    for (name, (times, outputs)), marker, height in shapes:
        many = len(times) > MANY
        look = {"s": 9, "color": INK, "edgecolor": "white", "linewidths": 0 if many else 0.4}
        look |= {"label": f"{name} ({len(times):,} events)", "rasterized": many, "zorder": 3}
        ax.scatter(times, np.asarray(outputs) + height, marker=marker, **look)
    place = {"loc": "lower right", "bbox_to_anchor": (1, 1), "borderaxespad": 0, "borderpad": 0.1}
    ax.legend(ncols=len(events), handletextpad=0.1, columnspacing=1, **place)


def rates(
    ax: Axes, edges: np.ndarray, values: np.ndarray, colors: Sequence, borders: np.ndarray
) -> None:
    """A step line per group; edges (n_bin + 1,) s, values (n_group, n_bin) Hz, colors (n_group,
    …).
    """
    for row, color in zip(values, colors):
        ax.stairs(row, edges, color=color, lw=0.7, baseline=None)
    ax.set_ylim(0, 1.08 * (np.max(values, initial=0) or 1))
    ax.locator_params(axis="y", nbins=3)
    _sample_lines(ax, borders)


def _sample_lines(ax, borders):
    """Borders as thin lines, unless they would lie so close that they shade the panel."""
    if len(borders) * 4 > ax.get_position().width * ax.figure.get_figwidth() * 72:
        return
    ax.vlines(
        borders, 0, 1, transform=ax.get_xaxis_transform(), color=GREY, lw=0.3, alpha=0.6, zorder=0.5
    )
