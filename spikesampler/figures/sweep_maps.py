"""Heat maps of two dimensions of a sweep, a panel per value of a third."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from xarray import Dataset

from spikesampler.figures.heat_map import heat_map
from spikesampler.figures.names import broken
from spikesampler.figures.parameters import as_text, axis_label, setting
from spikesampler.figures.rows import LEFT
from spikesampler.figures.style import WIDTH
from spikesampler.figures.sweep_panels import GAP, measure_label, only, panels, title_lines
from spikesampler.figures.ticks import LINE, foot, widest
from spikesampler.stats.cells import summary_of_cells

__all__ = ["maps_figure"]


def maps_figure(dataset: Dataset, measure: str, x: str, y: str, panel: str | None = None) -> Figure:
    """Heat maps of two dimensions, a panel per value of a third, all on one scale of colours."""
    dims, names = (y, x), [""]
    if panel:
        dims = panel, y, x
        names = [broken(setting(dataset[panel], i)) for i in range(dataset.sizes[panel])]
    cells = only(summary_of_cells(dataset, measure)[["mean", "low", "high"]], *dims)
    columns = -(-len(names) // -(-len(names) // 4))
    texts, num_y = [as_text(dataset[name].values) for name in (x, y)], dataset.sizes[y]
    # glyphs on the pixels of a bitmap are a little wider
    left = max(LEFT, 8 + 1.04 * widest(texts[1]))
    width = min((WIDTH - left - 20 - GAP * (columns - 1)) / columns, 30 * dataset.sizes[x])
    height, median = np.clip(11 * num_y, 44, 80), measure == "escape_seconds"
    numbers, intervals = _cell_texts(cells, width / dataset.sizes[x], height / num_y, median)
    mean, missing = cells["mean"].values, np.isnan(cells["mean"].values)
    joint = (" and its " if median else " ± half its ") if intervals else ""
    notes = ["×: no value"] if missing.any() else []
    title = title_lines(dataset, measure, joint, (x, y, panel), notes)
    fig, axes = panels(title, names, columns, width, height, foot(texts[0], width), left)
    norm = _norm(mean)
    for i, ax in enumerate(axes):
        part = (i,) if panel else ()
        cell = {"texts": numbers[part], "missing": missing[part]}
        image = heat_map(ax, mean[part], *texts, norm=norm, **cell)
        ax.set_xlabel(axis_label(dataset[x]))
        ax.set_ylabel(axis_label(dataset[y]) if i % columns == 0 else "")
        ax.tick_params(labelleft=i % columns == 0)
    place, low = axes[columns - 1].get_position(), axes[-1].get_position().y0
    beside = fig.add_axes((place.x1 + 4 / WIDTH, low, 2.4 / WIDTH, place.y1 - low))
    fig.colorbar(image, cax=beside, label=measure_label(measure)).outline.set_visible(False)
    return fig


def _norm(mean: np.ndarray) -> Normalize:
    """The scale of colours; equal means are in its middle."""
    known = mean[np.isfinite(mean)] if np.isfinite(mean).any() else np.zeros(1)
    room = 0.05 if np.ptp(known) == 0 else 0
    return Normalize(known.min() - room, known.max() + room)


def _number(value: float, digits: int) -> str:
    return "" if np.isnan(value) else "never" if np.isinf(value) else f"{value:.{digits}f}"


def _mean_and_interval(mean: float, low: float, high: float, digits: int) -> str:
    text = _number(mean, digits)
    return text if np.isnan(low) else f"{text}\n±{(high - low) / 2:.{digits}f}"


def _median_and_bounds(median: float, low: float, high: float, digits: int) -> str:
    text = _number(median, digits)
    return text if np.isnan(low) else f"{text}\n{_number(low, digits)} to {_number(high, digits)}"


def _cell_texts(cells: Dataset, width: float, height: float, median: bool) -> tuple[Sequence, bool]:
    """Texts of cells (…, n_y, n_x) of this size in mm, as precise as they fit, and whether they
    give the interval.

    That is half of its width below a mean, its bounds below a median; inf is written "never".
    """
    mean, low, high = (cells[name].values for name in ("mean", "low", "high"))
    largest = np.abs(mean[np.isfinite(mean)]).max(initial=0.1)
    digits = max(0, 2 - int(np.floor(np.log10(largest))))  # decimals: three figures of the largest
    both = _median_and_bounds if median else _mean_and_interval
    for write, values, num_digits, most in (
        (both, (mean, low, high), digits, 30),
        (_number, (mean,), digits, 80),
        (_number, (mean,), max(0, digits - 1), 80),
    ):
        texts = np.vectorize(write, otypes=[object])(*values, num_digits)
        num_lines = 1 + max(text.count("\n") for text in texts.flat)
        fits = widest(set(texts.flat)) + 0.9 <= width and num_lines * LINE + 0.4 <= height
        if fits and np.prod(mean.shape[-2:]) <= most:
            return texts, num_lines > 1
    return np.full(mean.shape, "", object), False
