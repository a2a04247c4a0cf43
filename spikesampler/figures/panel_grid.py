"""A figure with a panel for each of several neurons, in rows."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.errors import InputError
from spikesampler.figures.style import WIDTH, add_axes, new_figure

__all__ = ["MOST", "check_number", "panel_grid", "scale_place"]

MOST = 20  #: panels on a page
ACROSS = 5  #: in a row
LEFT, GAP, RIGHT = 13.0, 5.0, 18.0  #: mm: left of a row, between panels, and for a scale
ABOVE, TITLE, BELOW = 2.0, 5.0, 10.0  #: mm: above the first title, a title, below the lowest row


def check_number(number: int, what: str) -> None:
    """InputError where there are more neurons than panels on a page."""
    if number > MOST:
        raise InputError(
            f"{number} {what}: a figure has at most {MOST} panels; give some of them, neurons=[…]"
        )


def panel_grid(
    titles: Sequence[str], height: float, xlabel: str, ylabel: str, head: float = 0.0
) -> tuple[Figure, list[Axes]]:
    """A figure and its axes, one per title, in rows of five, each `height` mm high.

    There is room for a head of so many mm, and for a scale at the right. Use it within
    ``rc_context(RC)``.

    The labels stand at the left and below the lowest panel of each column, ticks as well.
    """
    rows = -(-len(titles) // ACROSS)
    width = (WIDTH - LEFT - RIGHT - (ACROSS - 1) * GAP) / ACROSS
    above = ABOVE + head
    fig = new_figure(above + rows * (TITLE + height) + BELOW)
    panels: list[Axes] = []
    for place, title in enumerate(titles):
        row, column = divmod(place, ACROSS)
        left, top = LEFT + column * (width + GAP), above + TITLE + row * (TITLE + height)
        share = {"sharex": panels[0], "sharey": panels[0]} if panels else {}
        ax = add_axes(fig, left, top, width, height, label=title, **share)
        ax.set_title(title, fontsize=7, pad=2)
        lowest = place + ACROSS >= len(titles)
        ax.tick_params(labelbottom=lowest, labelleft=column == 0)
        ax.set(xlabel=xlabel if lowest else "", ylabel=ylabel if column == 0 else "")
        ax.locator_params(axis="x", nbins=3, prune="upper")
        panels.append(ax)
    return fig, panels


def scale_place(fig: Figure) -> tuple[float, float, float, float]:
    """Where a scale stands at the right of a figure without head: left, top, width, height, mm."""
    return WIDTH - RIGHT + 3, ABOVE + TITLE, 2.4, fig.get_figheight() * 25.4 - ABOVE - TITLE - BELOW
