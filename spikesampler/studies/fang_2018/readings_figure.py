"""The three claims, reading by reading: a row each, points with intervals, what they are held
against.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.style import GREY, INK, PALETTE, RC, add_axes, add_text, new_figure
from spikesampler.stats.rules import Ruling
from spikesampler.studies.fang_2018.readings_measures import CLEAR, LEAST, WITHIN, Outcome

__all__ = ["readings_figure"]

ROW, TOP, FOOT, LEFT, ACROSS, GAP = 6.6, 20.0, 18.0, 30.0, 30.0, 3.5  # mm
COLORS = {"prior": PALETTE[0], "plateau": PALETTE[5]}
PANELS = {
    "learning": ("a   In learning", "Accuracy, weight − none"),
    "test": ("b   In test", "Accuracy, weight − none"),
    "time": ("c   Half-time", "Time, weight (s)"),
    "cannot": ("d   Not learnt", "Accuracy, ceiling − none"),
}


def readings_figure(outcomes: Sequence[Outcome], num_seeds: int) -> Figure:
    """One row per reading, for outcomes of one meaning of "in learning".

    Colour is the start, a filled point the longer horizon; grey is where a claim comes out. At the
    right stands how many of the three do, at each horizon.
    """
    readings = list(dict.fromkeys(outcome.reading for outcome in outcomes))
    ends = sorted({outcome.horizon for outcome in outcomes})
    height = TOP + ROW * len(readings) + FOOT
    with rc_context(RC):
        fig = new_figure(height)
        for number, name in enumerate(PANELS):
            left = LEFT + number * (ACROSS + GAP)
            ax = add_axes(fig, left, TOP, ACROSS, ROW * len(readings), label=name)
            _panel(ax, name, outcomes, readings, ends)
            title, label = PANELS[name]
            add_text(fig, left, TOP - 5, title)
            ax.set_xlabel(label, fontsize=7)
            if name != "time":
                ax.set_xticks([0, 0.5] if name == "cannot" else [-0.5, 0, 0.5])
            if number == 0:
                ax.set_yticks(range(len(readings)), readings)
                ax.set_ylabel("Reading")
        _counts(fig, outcomes, readings, ends)
        _key(fig, ends, outcomes[0].meaning, num_seeds, height)
    return fig


def _panel(
    ax: Axes,
    name: str,
    outcomes: Sequence[Outcome],
    readings: Sequence[str],
    ends: Sequence[float],
) -> None:
    """One claim's number for all readings."""
    _claimed(ax, name)
    for outcome in outcomes:
        ruling = getattr(outcome, name)
        scale = CLEAR if name == "time" else 1.0
        y = _height(outcome, readings, ends)
        _point(ax, ruling, scale, y, COLORS[outcome.start], outcome.horizon == ends[-1])
    for row in range(1, len(readings)):
        ax.axhline(row - 0.5, color=GREY, lw=0.3, alpha=0.5)
    ax.set_ylim(len(readings) - 0.5, -0.5)
    ax.set_yticks(range(len(readings)), [""] * len(readings))
    ax.tick_params(axis="y", length=0)


def _height(outcome: Outcome, readings: Sequence[str], ends: Sequence[float]) -> float:
    """Starts above each other, horizons close beside."""
    start = list(COLORS).index(outcome.start)
    return readings.index(outcome.reading) - 0.32 + 0.42 * start + 0.2 * ends.index(outcome.horizon)


def _claimed(ax: Axes, name: str) -> None:
    """The range in which a claim comes out, and what there is without any effect."""
    if name == "time":
        ax.set_xscale("log")
        ax.set_xlim(8, 12_000)
        ax.axvspan(CLEAR / WITHIN, CLEAR * WITHIN, color=GREY, alpha=0.2, lw=0)
    else:
        low, high = (-0.95, 1.0) if name != "cannot" else (-0.1, 1.0)
        ax.set_xlim(low, high)
        ax.axvspan(LEAST, high, color=GREY, alpha=0.2, lw=0)
        ax.axvline(0, color=GREY, lw=0.8)


def _point(ax: Axes, ruling: Ruling, scale: float, y: float, color: str, filled: bool) -> None:
    """An estimate with its interval; an arrow at the right edge for a time that never comes."""
    if np.isinf(ruling.estimate):
        ax.plot(ax.get_xlim()[1] * 0.8, y, ">", color=color, ms=3, mew=0)
        return
    if np.isfinite([ruling.low, ruling.high]).all():
        ax.hlines(y, ruling.low * scale, ruling.high * scale, color=color, lw=0.8)
    face = color if filled else "white"
    ax.plot(ruling.estimate * scale, y, "o", color=color, mfc=face, ms=2.8, mew=0.7)


def _counts(
    fig: Figure, outcomes: Sequence[Outcome], readings: Sequence[str], ends: Sequence[float]
) -> None:
    """How many of the three claims come out, in the colour of the start; a column per horizon."""
    left = LEFT + 4 * (ACROSS + GAP)
    add_text(fig, left, TOP - 5, "e   Of 3")
    for outcome in outcomes:
        start = list(COLORS).index(outcome.start)
        middle = TOP + ROW * (readings.index(outcome.reading) + 0.3 + 0.42 * start)
        weight = "bold" if outcome.reproduced == 3 else "normal"
        style = {"color": COLORS[outcome.start], "fontsize": 7, "weight": weight}
        across = left + 1 + 8 * ends.index(outcome.horizon)
        add_text(fig, across, middle, str(outcome.reproduced), **style)
    for number, end in enumerate(ends):
        bottom = TOP + ROW * len(readings) + 3
        add_text(fig, left + 8 * number - 1, bottom, f"{end:g}", fontsize=6.5, color=INK)


def _key(fig: Figure, ends: Sequence[float], meaning: str, num_seeds: int, height: float) -> None:
    """What colours and fills are, and over what intervals are."""
    for number, (start, color) in enumerate(COLORS.items()):
        add_text(fig, LEFT + 26 * number, 5, f"start {start}", color=color, weight="bold")
    fills = f"filled: {ends[-1]:g} s, open: {ends[0]:g} s" if len(ends) > 1 else f"{ends[0]:g} s"
    add_text(fig, LEFT + 50, 5, f"{fills}; in learning: {meaning}; grey: as claimed", fontsize=7)
    about = f"Mean over {num_seeds} seeds and 95 % interval; arrow: never within the run"
    add_text(fig, LEFT, height - 4, about, fontsize=7)
