"""One look for all figures: colours, sizes in mm and pt, and how they are made and saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import figure, rc_context
from matplotlib.axes import Axes

from spikesampler.errors import InputError
from spikesampler.store.atomic import atomic_file
from spikesampler.store.folders import make_folder

__all__ = [
    "GREY",
    "INK",
    "PALETTE",
    "RC",
    "WIDTH",
    "add_axes",
    "add_text",
    "as_bytes",
    "check_picture",
    "class_colors",
    "new_figure",
    "save",
    "save_both",
    "text_color",
]

WIDTH = 180.0  # mm, two columns of most journals
INK = "#1a1a1a"
GREY = "#8c8c8c"
# Okabe & Ito's (2008) six that read as thin lines on white, and four found by search among darker
# and lighter hues. Any two differ by at least 0.07 in OKLab also under deutan, protan and tritan
# vision (Machado et al. 2009).
PALETTE = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#4B2E83",
    "#A8D399",
    "#661100",
    "#00565B",
)
RC: dict[Any, Any] = {
    "font.family": ["sans-serif", "DejaVu Sans"],  # the second has the signs that the first lacks
    "font.sans-serif": ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans"],
    "font.size": 7.5,
    "axes.labelsize": 7.5,
    "axes.titlesize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "axes.labelpad": 3,
    "lines.linewidth": 1.0,
    "axes.formatter.useoffset": False,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "spikesampler",
    "axes.unicode_minus": True,
}


class Figure(figure.Figure):
    """A figure that belongs to no window, shows itself in a notebook, and is saved in the look it
    was drawn in.
    """

    def savefig(self, *args, **kwargs):
        with rc_context(RC):
            super().savefig(*args, **kwargs)

    def _repr_png_(self):
        return as_bytes(self, "png", 150)


def new_figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure; width and height in mm. Fill it within ``rc_context(RC)``."""
    return Figure(figsize=(width / 25.4, height / 25.4), facecolor="white")


def add_axes(
    fig: figure.Figure, left: float, top: float, width: float, height: float, **kwargs: Any
) -> Axes:
    """Axes at a place given in mm from the upper left corner of the figure."""
    full_width, full_height = fig.get_size_inches() * 25.4
    corner = left / full_width, 1 - (top + height) / full_height
    return fig.add_axes((*corner, width / full_width, height / full_height), **kwargs)


def add_text(fig: figure.Figure, left: float, middle: float, text: str, **style: Any) -> None:
    """A line of text at a place given in mm from the upper left corner, `middle` that of its
    height.
    """
    full_width, full_height = fig.get_size_inches() * 25.4
    style = {"fontsize": 8, "va": "center", **style}
    fig.text(left / full_width, 1 - middle / full_height, text, **style)


def class_colors(num_classes: int) -> np.ndarray:
    """(num_classes, 4) RGBA: the palette up to ten classes, viridis in equal steps beyond."""
    from matplotlib import colormaps
    from matplotlib.colors import to_rgba_array

    if num_classes <= len(PALETTE):
        return to_rgba_array(PALETTE[:num_classes])
    return colormaps["viridis"]([k / (num_classes - 1) * 0.95 for k in range(num_classes)])


def text_color(background: Any) -> str:
    """Black or white, whichever reads better on this colour (relative luminance of sRGB)."""
    from matplotlib.colors import to_rgb

    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(background)
    ]
    return "white" if sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), linear)) < 0.22 else INK


def check_picture(path: str | Path) -> tuple[Path, str]:
    """The path of a figure to be written, and the format that its suffix names.

    InputError for any other format, and for a folder.
    """
    path = Path(path)
    suffix = path.suffix.lower().lstrip(".")
    if suffix not in ("pdf", "png", "svg"):
        raise InputError(
            f"cannot draw to {str(path)!r}: expected a name that ends in .pdf, .svg or .png"
        )
    if path.is_dir():
        raise InputError(
            f"cannot draw to {str(path)!r}: it is a folder, give the name of a file in it"
        )
    return path, suffix


def save(fig: figure.Figure, path: str | Path, dpi: float = 450) -> Path:
    """Write the figure in the format of the file's suffix, whole or not at all; give its path."""
    path, suffix = check_picture(path)
    make_folder(path.parent)
    with atomic_file(path) as temporary:
        _write(fig, temporary, suffix, dpi)
    return path


def save_both(fig: figure.Figure, path: str | Path, dpi: float = 450) -> Path:
    """Write the figure as PNG to `path`, which is given back, and as PDF beside it."""
    path, _ = check_picture(path)
    save(fig, path.with_suffix(".pdf"), dpi)
    return save(fig, path.with_suffix(".png"), dpi)


def as_bytes(fig: figure.Figure, suffix: str, dpi: float = 450) -> bytes:
    """The figure as a file of this format ("png", "pdf" or "svg") would hold it; the same figure
    gives the same.
    """
    from io import BytesIO

    buffer = BytesIO()
    _write(fig, buffer, suffix, dpi)
    return buffer.getvalue()


def _write(fig, target, suffix, dpi):
    dates = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(suffix)
    with rc_context(RC):  # whatever figure it is
        fig.savefig(target, format=suffix, dpi=dpi, metadata=dates)
