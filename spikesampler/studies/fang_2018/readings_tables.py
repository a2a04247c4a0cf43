"""The readings of Fang, Yu & Chen (2018) as tables: which claims come out, and all numbers."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from spikesampler.stats import mean_interval, rules
from spikesampler.stats.rules import in_brackets, in_short
from spikesampler.studies.fang_2018.readings_measures import CLEAR, LEARNING, Outcome
from spikesampler.studies.finding import MARKS

__all__ = ["MAIN", "averages", "printed_seconds", "summary", "tables"]

NAMES = {"higher": "+20 %", "time": "1700 s", "cannot": "cannot"}  #: of claims
MAIN = LEARNING[0]  #: the meaning of "in learning" that the paper's Fig. 2b seems to have
HEADINGS = [
    "reading",
    *(f"{name}: weight − none" for name in LEARNING[:-1]),
    "in test: weight − none",
    "half-time of weight",
    "ceiling − none",
]


def summary(judged: Sequence[Outcome]) -> list[list[str]]:
    """A row per reading: what comes out from each start at each horizon; the first has headings."""
    places = list(dict.fromkeys((one.start, one.horizon) for one in judged))
    rows = [["reading", *(f"{start}, {end:g} s" for start, end in places)]]
    for reading in dict.fromkeys(one.reading for one in judged):
        cells = []
        for where in places:
            own = [o for o in judged if o.reading == reading and (o.start, o.horizon) == where]
            cells.append(_cell(own) if own else "not run")
        rows.append([reading, *cells])
    return rows


def _cell(own: Sequence[Outcome]) -> str:
    """The claims that come out at a place, and in how many meanings of "in learning" the gain."""
    gains = sum(one.higher == rules.REPRODUCED for one in own)
    said = [f"{NAMES['higher']} ({gains} of {len(own)})"] if gains else []
    labels = own[0].labels
    said += [NAMES[name] for name in ("time", "cannot") if labels[name] == rules.REPRODUCED]
    text = ", ".join(said) or "–"
    return f"**{text}**" if any(one.reproduced == 3 for one in own) else text


def tables(judged: Sequence[Outcome]) -> dict[str, list[list[str]]]:
    """{start and horizon: rows of all numbers}, the first row with headings."""
    found: dict[str, list[list[str]]] = {}
    for one in judged:
        if one.meaning != MAIN:
            continue
        rows = found.setdefault(f"Start `{one.start}`, {one.horizon:g} s", [HEADINGS])
        own = {
            other.meaning: other.learning
            for other in judged
            if (other.reading, other.start, other.horizon) == (one.reading, one.start, one.horizon)
        }
        gains = [f"{in_short(own[meaning])} {_mark(own[meaning])}" for meaning in LEARNING]
        time = f"{printed_seconds(one.time)} {_mark(one.time)}"
        rows.append([one.reading, *gains, time, f"{in_short(one.cannot)} {_mark(one.cannot)}"])
    return found


def averages(dataset: xr.Dataset) -> list[list[str]]:
    """Rows of what the mean answer of snapshots of theta makes of the gain, the first has headings.

    At the end of each run; [] where no run kept snapshots.
    """
    name = "averaged_accuracy"
    if name not in dataset or not np.isfinite(dataset[name]).all():
        return []
    gain = dataset[name].sel(arm="weight") - dataset[name].sel(arm="none")
    starts = [str(start) for start in dataset["start"].values]
    rows = [["reading", *(f"from {start}" for start in starts)]]
    for reading in dataset["reading"].values:
        own = [mean_interval(gain.sel(reading=reading, start=start).values) for start in starts]
        rows.append([str(reading), *(in_brackets(*interval[:3]) for interval in own)])
    return rows


def _mark(ruling: rules.Ruling) -> str:
    return MARKS[ruling.label]


def printed_seconds(ruling: rules.Ruling) -> str:
    """A half-time in s with its interval, if it has one, or the first probe as its bound."""
    ends = (ruling.estimate, ruling.low, ruling.high)
    estimate, low, high = ("never" if np.isinf(end) else f"{end * CLEAR:.0f} s" for end in ends)
    if ruling.low == 0:
        return f"at most {estimate}"
    return estimate if np.isnan(ruling.low) else f"{estimate} [{low}, {high}]"
