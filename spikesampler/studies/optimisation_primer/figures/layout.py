"""How panels of the primer are put together, and the styles that they share.

Steps α are in 1/curvature; nothing else in these figures has a unit.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from matplotlib import rc_context
from matplotlib.figure import Figure

from spikesampler.figures.style import RC, WIDTH, add_axes, new_figure

__all__ = ["DASHES", "DOTS", "MARKERS", "Panel", "panels_figure"]

DASHES, DOTS = (0, (4, 1.5)), (0, (1.2, 1.2))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


class Panel(NamedTuple):
    """draw(ax, **arrays) at a place (left, top, width, height) in mm; its heading, which gets a
    letter, stands `above` mm above it.
    """

    draw: Callable
    place: tuple[float, float, float, float]
    heading: str
    arrays: Mapping[str, Any]
    above: float = 4


def panels_figure(
    height: float, panels: Sequence[Panel], legend: Mapping[str, str] | None = None
) -> Figure:
    """A figure of a height in mm; legend : {label: colour} of lines with MARKERS, at the foot."""
    with rc_context(RC):
        fig, letters = new_figure(height), iter("abcdefgh")
        for panel in panels:
            left, top, *_ = panel.place
            ax = add_axes(fig, *panel.place, label=panel.heading)
            panel.draw(ax, **panel.arrays)
            if panel.heading:
                x, y = (left - 9) / WIDTH, 1 - (top - panel.above) / height
                text = f"{next(letters)}   {panel.heading}"
                fig.text(x, y, text, va="center", fontsize=8)
        if legend:
            handles = [
                ax.plot([], [], marker + "-", color=color, ms=4, mew=0, lw=0.8, label=label)[0]
                for (label, color), marker in zip(legend.items(), MARKERS)
            ]
            fig.legend(handles=handles, loc="lower center", ncols=4, fontsize=7, columnspacing=1.5)
    return fig
