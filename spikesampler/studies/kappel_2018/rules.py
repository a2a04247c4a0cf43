"""What the runs of `plan` say, by rules that were fixed beforehand.

Accuracies are means of the probes of the last 2000 s, on samples that were not learnt; each
question has a family of its own. Turnover is the mean over the probes of the same time.
"""

from typing import NamedTuple

import numpy as np
import xarray as xr

from spikesampler.stats.courses import LATE
from spikesampler.stats.rules import Ruling, above, at_least, equivalent, in_family
from spikesampler.studies.finding import Finding, ruled

__all__ = ["LEARNT", "MARGIN", "Asked", "findings", "late", "rulings_of"]

MARGIN = 0.02  #: of an accuracy; what is less is no difference that matters: our choice
LEARNT = 0.1  #: by how much reward has to be better than reward at random to have learnt
DELAYS = (1, 2, 5)
_OF = "accuracy over the last 2000 s"


class Asked(NamedTuple):
    """A question with the ruling on it: key, claim, what the number is, conditions, source."""

    key: str
    claim: str
    what: str
    of: str
    source: str
    ruling: Ruling


def late(dataset: xr.Dataset, condition: str, name: str = "probe_accuracy") -> np.ndarray:
    """The mean of the probes of the last 2000 s of each run (seed,)."""
    values = dataset[name].sel(condition=condition).transpose("seed", "probe").values
    time = dataset["probe"].values
    return np.nanmean(values[:, time > time[-1] - LATE], axis=1)


def rulings_of(dataset: xr.Dataset) -> list[Asked]:
    """All questions, in order, each with its ruling."""
    of = {str(name): late(dataset, str(name)) for name in dataset["condition"].values}
    paper, ours = "Kappel et al. 2018", "question"
    asked: list[tuple[str, str, str, str, str, Ruling, str]] = [
        (
            "learns",
            "reward alone, without a teacher, learns the classes",
            _OF,
            "`reward` against `random`",
            paper,
            at_least(of["reward"], of["random"], least=LEARNT),
            "learning",
        ),
        (
            "random_is_nothing",
            "reward at random learns no more than no reward",
            _OF,
            "`random` against `none`",
            "control",
            equivalent(of["random"], of["none"], 2 * MARGIN),
            "learning",
        ),
        (
            "half_of_teacher",
            "reward alone is at least half as accurate as a teacher makes the network",
            "accuracy less half of the teacher's",
            "`reward` against `teacher`",
            ours,
            above(of["reward"], 0.5 * of["teacher"]),
            "learning",
        ),
        (
            "noise",
            "its noise makes the network more accurate than none",
            _OF,
            "`reward` (T = 0.1) against `T0`",
            ours,
            at_least(of["reward"], of["T0"], relevant=MARGIN),
            "temperature",
        ),
        (
            "hot",
            "ten times the noise costs accuracy",
            _OF,
            "`reward` against `T1`",
            ours,
            at_least(of["reward"], of["T1"], relevant=MARGIN),
            "temperature",
        ),
        (
            "smooth",
            "the jump at theta = 0 costs accuracy",
            _OF,
            "`smooth` against `reward`",
            ours,
            at_least(of["smooth"], of["reward"], relevant=MARGIN),
            "jump",
        ),
        (
            "recovers",
            "after the clusters are exchanged a network ends as accurate as a new one",
            _OF,
            "`swap` against `anew`",
            ours,
            equivalent(of["swap"], of["anew"], MARGIN),
            "recovery",
        ),
        (
            "recovery_noise",
            "after the clusters are exchanged noise helps: T = 0.1 ends more accurate than T = 0",
            _OF,
            "`swap` against `swap_T0`",
            ours,
            at_least(of["swap"], of["swap_T0"], relevant=MARGIN),
            "recovery",
        ),
        (
            "rewiring",
            "synapses come and go more with noise than without, when the network has learnt",
            "turnover from probe to probe over the last 2000 s",
            "`reward` against `T0`",
            ours,
            above(late(dataset, "reward", "turnover"), late(dataset, "T0", "turnover")),
            "turnover",
        ),
    ]
    asked += [
        (
            f"delay_{number}",
            f"a reward that comes {number} sample{'s' if number > 1 else ''} later costs accuracy",
            _OF,
            f"`reward` against `delay_{number}`",
            ours,
            at_least(of["reward"], of[f"delay_{number}"], relevant=MARGIN),
            "delays",
        )
        for number in DELAYS
    ]
    return _corrected(asked)


def _corrected(asked: list[tuple[str, str, str, str, str, Ruling, str]]) -> list[Asked]:
    """The questions with p corrected within their families."""
    families: dict[str, list[int]] = {}
    for place, row in enumerate(asked):
        families.setdefault(row[-1], []).append(place)
    rulings: dict[int, Ruling] = {}
    for family, places in families.items():
        corrected = in_family([asked[place][5] for place in places], f"reward, {family}")
        rulings |= dict(zip(places, corrected, strict=True))
    return [Asked(*row[:5], rulings[place]) for place, row in enumerate(asked)]


def findings(dataset: xr.Dataset) -> list[Finding]:
    """A row for each question."""
    seconds, inputs = float(dataset["probe"].values[-1]), dataset.attrs["inputs"]
    rows = []
    for one in rulings_of(dataset):
        reading = f"{one.of}; ten clusters, {inputs} inputs, start prior, {seconds:g} s"
        row = ruled(one.key, one.claim, one.source, one.ruling, reading, "seeds, paired")
        rows.append(row._replace(number=f"{one.what} {row.number}"))
    return rows
