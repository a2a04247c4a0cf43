"""Which class is taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike

from spikesampler.figures.style import RC, add_axes, new_figure, text_color
from spikesampler.stats.responses import row_percent

__all__ = ["confusion", "confusion_figure"]


def confusion(
    ax: Axes, counts: ArrayLike, percent: ArrayLike, class_names: Sequence[str] | None = None
) -> AxesImage:
    """Percent of each class' samples by response, as a heat map with numbers; returns the image for
    a colour bar.

    counts (n_class, n_response) samples, percent the same in percent of its row (nan: no samples of
    the class, grey). Numbers are left out where a cell is too small; a row's number of samples
    stands at its right end.
    """
    counts, percent = np.asarray(counts), np.asarray(percent, float)
    num_classes, num_responses = percent.shape
    image = ax.imshow(np.ma.masked_invalid(percent), cmap="Blues", vmin=0, vmax=100, aspect="auto")
    ax.set_facecolor("#e6e6e6")
    cell = ax.get_position().size * ax.figure.get_size_inches() * 72 / (num_responses, num_classes)
    if cell[0] >= 14 and cell[1] >= 8.5:
        _write_percent(ax, image, percent)
    step = max(1, int(np.ceil(10 / min(cell))))
    names = [str(k) for k in range(num_classes)] if class_names is None else list(class_names)
    responses = [str(k) for k in range(num_responses)] if len(names) < num_responses else names
    ax.set_yticks(range(0, num_classes, step), names[::step])
    ax.set_xticks(range(0, num_responses, step), responses[:num_responses:step])
    _write_totals(ax, counts.sum(axis=1), step)
    ax.set(xlabel="Response", ylabel="Class")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return image


def _write_percent(ax, image, percent):
    """A number in each cell (n_class, n_response) that is not 0."""
    for (row, column), value in np.ndenumerate(percent):
        if value > 0:
            text = f"{value:.0f}" if value >= 0.5 else "<1"
            color = text_color(image.cmap(value / 100))
            ax.text(column, row, text, ha="center", va="center", fontsize=7, color=color)


def _write_totals(ax, totals, step):
    """Numbers of samples (n_class,) at the right end of every so many rows, below their name."""
    small = {"textcoords": "offset points", "fontsize": 7}
    beside = {"xycoords": ax.get_yaxis_transform(), "va": "center", **small}
    for row in range(0, len(totals), step):
        ax.annotate(f"{totals[row]:.0f}", (1, row), (3, 0), **beside)
    ax.annotate("n", (1, 1), (3, 3), xycoords="axes fraction", style="italic", **small)


def confusion_figure(result: Any) -> Figure:
    """The confusion matrix of a run's test samples, one column wide (88 mm)."""
    counts = np.asarray(result.learning["confusion"])
    with rc_context(RC):
        fig = new_figure(height=76, width=88)
        image = confusion(add_axes(fig, 10, 5, 53, 60), counts, row_percent(counts))
        beside, label = add_axes(fig, 72, 5, 2.2, 60), "Test samples of the class (%)"
        bar = fig.colorbar(image, cax=beside, ticks=range(0, 101, 25), label=label)
        bar.outline.set_visible(False)
    return fig
