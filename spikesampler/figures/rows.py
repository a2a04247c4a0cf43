"""A figure with a title and one row of panels per start, and the widths and heights in it."""

from __future__ import annotations

from typing import NamedTuple

from matplotlib.figure import Figure
from xarray import Dataset

from spikesampler.figures.style import add_text, new_figure

__all__ = ["FOOT", "HEAD", "LEFT", "MIDDLE", "Row", "start_rows", "write"]

LEFT = 14  # mm, left edge of the axes
HEAD, HEADER, FOOT = 8, 5, 12  # mm, heights of title, a row's name, labels below an axes
MIDDLE = 4.6  # mm from the upper edge to the middle of the title


class Row(NamedTuple):
    """One start of a comparison: its part of the dataset, the ending of its panels' labels, and
    where its axes are.

    top and height are in mm, top from the upper edge of the figure.
    """

    dataset: Dataset
    ending: str
    top: float
    height: float


def start_rows(dataset: Dataset, text: str, height: float) -> tuple[Figure, list[Row]]:
    """A figure with its title, and its rows, one per start with the start's name.

    height : of a row's axes in mm. Rows have letters where there are several. The title has the
    model's name before the text. Use it within ``rc_context(RC)``.
    """
    several, step = "start" in dataset.dims, HEADER + height + FOOT
    starts = [str(name) for name in dataset["start"].values] if several else [_only_start(dataset)]
    fig, rows = new_figure(HEAD + len(starts) * step), []
    write(fig, MIDDLE, ": ".join(filter(None, (dataset.attrs.get("model"), text))))
    for i, start in enumerate(starts):
        top = HEAD + i * step
        letter = f"{'abcdefghijklmnopqrstuvwxyz'[i]}   " if several else ""
        name = start if len(start) <= 36 else f"…{start[-35:]}"
        write(fig, top + MIDDLE - 3, f"{letter}Start: {name}" if start else "")
        part = dataset.isel(start=i) if several else dataset
        rows.append(Row(part, f" {start}" if several else "", top + HEADER, height))
    return fig, rows


def _only_start(dataset: Dataset) -> str:
    """The only start of a dataset, "" where it has no name."""
    if "start" in dataset.coords:
        return str(dataset["start"].values)
    return dataset.attrs.get("start", "")


def write(fig: Figure, middle: float, text: str) -> None:
    """A line of the title or a header, from the axes' left edge; its middle in mm from the upper
    edge.
    """
    add_text(fig, LEFT, middle, text)
