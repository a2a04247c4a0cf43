"""A matrix as cells of equal size, with texts, hatching and crosses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike

from spikesampler.figures.style import GREY, text_color
from spikesampler.figures.ticks import LINE, SIZE, axes_mm, slot_ticks

__all__ = ["heat_map"]

NEVER = "#d4d4d4"  # a cell that has no number, but is not missing


def heat_map(
    ax: Axes,
    values: ArrayLike,
    x: Sequence[str],
    y: Sequence[str],
    *,
    cmap: str | Colormap = "viridis",
    norm: Normalize | None = None,
    texts: Sequence[Sequence[str]] | None = None,
    hatched: np.ndarray | None = None,
    missing: np.ndarray | None = None,
) -> AxesImage:
    """Draw the matrix, and return its image for a colour bar.

    Parameters
    ----------
    values : (n_y, n_x)
        The first row is lowest; where not finite, a cell is grey.
    x, y : (n_x,), (n_y,) str
        Texts of ticks; x upright where they are too wide.
    texts : (n_y, n_x) str, optional
        Written in the cells.
    hatched, missing : (n_y, n_x) bool; cells with hatching, and white ones with a cross.
    """
    values = np.asarray(values, float)
    image = ax.imshow(np.ma.masked_invalid(values), cmap, norm, aspect="auto", origin="lower")
    ax.set_facecolor(NEVER)
    for (row, column), value in np.ndenumerate(values):
        color = image.cmap(image.norm(value)) if np.isfinite(value) else NEVER
        if missing is not None and missing[row, column]:
            _cross_out(ax, row, column)
        if hatched is not None and hatched[row, column]:
            _hatch(ax, row, column, color)
        if texts is not None and texts[row][column]:
            _write(ax, row, column, texts[row][column], color)
    slot_ticks(ax, list(x))
    _row_ticks(ax, list(y))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return image


def _row_ticks(ax, texts):
    step = int(np.ceil(LINE / (axes_mm(ax)[1] / len(texts))))
    ax.set_yticks(range(0, len(texts), step), texts[::step])


def _cross_out(ax, row, column):
    ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, fc="white", lw=0))
    ax.plot(column, row, "x", color=GREY, ms=5, mew=1)


def _hatch(ax, row, column, color):
    lines = {"fill": False, "lw": 0, "hatch": "////", "alpha": 0.45, "ec": text_color(color)}
    ax.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, **lines))


def _write(ax, row, column, text, color):
    """A text that reads well on a cell of this colour."""
    halo = [withStroke(linewidth=3, foreground=color)]
    look = {"color": text_color(color), "path_effects": halo, "linespacing": 1.15}
    ax.text(column, row, text, ha="center", va="center", fontsize=SIZE, **look)
