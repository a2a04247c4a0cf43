"""What the runs of `arms_plan` say, by rules that were fixed beforehand.

Every ruling is of pairs of runs with the same stimuli and the same start. The tests of one question
are a family.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr

from spikesampler.stats.rules import (
    Ruling,
    at_least,
    factor,
    in_family,
    sooner,
    undefined,
)
from spikesampler.stats.survival import Escape
from spikesampler.studies.fang_2018.arms_plan import (
    GAMMAS,
    LIMIT,
    PRIOR,
    RELEASE,
    SYNAPTIC,
    dataset_name,
    escapes_known,
    momentum,
)
from spikesampler.studies.fang_2018.structure_plan import late_means
from spikesampler.studies.finding import Finding, ruled

__all__ = ["MARGIN", "WITHIN", "Asked", "findings", "rulings_of"]

MARGIN = 0.02  #: of an accuracy; what is less is no difference that matters: our choice
WITHIN = 1.25  #: of a time to escape, in the limit of large gamma
FORMS = {"s": "+.0f", "1": "+.3f", "ratio": ".2f"}
Datasets = Mapping[str, xr.Dataset]


class Asked(NamedTuple):
    """A question with its ruling; unit : s, ratio, or 1 for an accuracy."""

    key: str
    claim: str
    what: str
    unit: str
    reading: str
    ruling: Ruling


def rulings_of(datasets: Datasets) -> list[Asked]:
    """All questions, in order."""
    plateau, prior = (datasets[dataset_name(start)] for start in ("plateau", "prior"))
    return [
        *_sooner(plateau, [momentum(gamma) for gamma in GAMMAS], "constant"),
        _limit(plateau),
        *_sooner(plateau, [*SYNAPTIC, *RELEASE], "none"),
        *_gains(prior, "late"),
        *(_gains(prior, "averaged") if "averaged_accuracy" in prior else []),
    ]


def _finest(dataset: xr.Dataset) -> float:
    """Seconds from a probe to the next."""
    return float(dataset["probe"][1] - dataset["probe"][0])


def _sooner(dataset: xr.Dataset, arms: Sequence[str], control: str) -> list[Asked]:
    """Whether arms leave the plateau sooner than a control."""

    def escape(arm: str) -> Escape:
        of = dataset.sel(arm=arm)
        return Escape(of["escape_seconds"].values, of["escaped"].values.astype(bool))

    found = [
        sooner(escape(arm), escape(control), _finest(dataset))
        if escapes_known(dataset)
        else undefined("no arm ends clearly above chance")
        for arm in arms
    ]
    rulings = in_family(found, f"arms, sooner than {control}")
    than = "first-order noise of its law" if control == "constant" else "no noise"
    return [
        Asked(
            f"sooner_{_plain(arm)}",
            f"`{arm}` leaves the plateau sooner than {than}",
            "time saved (s)",
            "s",
            f"clusters, start plateau, `{arm}` against `{control}`",
            ruling,
        )
        for arm, ruling in zip(arms, rulings, strict=True)
    ]


def _limit(dataset: xr.Dataset) -> Asked:
    """Whether momentum of the largest gamma is `constant`: the control."""
    arm, finest = momentum(LIMIT), _finest(dataset)
    if escapes_known(dataset):
        times = dataset["escape_seconds"].where(dataset["escaped"] == 1, np.inf)
        first, second = (np.maximum(times.sel(arm=one).values, finest) for one in (arm, "constant"))
        ruling = factor(first, second, within=WITHIN, resolution=finest)
    else:
        ruling = undefined("no arm ends clearly above chance")
    (ruling,) = in_family([ruling], "arms, limit of momentum")
    return Asked(
        "limit",
        f"momentum with a velocity that is soon forgotten, `{arm}`, is first-order noise",
        "ratio of times to escape",
        "ratio",
        f"clusters, start plateau, `{arm}` against `constant`",
        ruling,
    )


def _gains(dataset: xr.Dataset, of: str) -> list[Asked]:
    """Whether noise makes what is learnt from `prior` more accurate than none."""
    values = late_means(dataset) if of == "late" else dataset["averaged_accuracy"]
    what = "accuracy over the last 2000 s" if of == "late" else "accuracy of averaged answers"
    how = "the network" if of == "late" else "averaged answers"
    none = values.sel(arm="none").values
    arms = [arm for arm in PRIOR if arm != "none"]
    found = [at_least(values.sel(arm=arm).values, none, relevant=MARGIN) for arm in arms]
    rulings = in_family(found, f"arms, gain, {of}")
    return [
        Asked(
            f"gain_{of}_{_plain(arm)}",
            f"`{arm}` makes {how} more accurate than no noise",
            what,
            "1",
            f"clusters, start prior, `{arm}` against `none`",
            ruling,
        )
        for arm, ruling in zip(arms, rulings, strict=True)
    ]


def _plain(arm: str) -> str:
    """An arm as a part of a key."""
    return arm.replace(":", "_")


def findings(datasets: Datasets) -> list[Finding]:
    """A row for each question."""
    seconds = {start: datasets[dataset_name(start)]["probe"].values[-1] for start in _STARTS}
    rows = []
    for one in rulings_of(datasets):
        source = "control" if one.key == "limit" else "question"
        form = FORMS[one.unit]
        row = ruled(one.key, one.claim, source, one.ruling, one.reading, "seeds, paired", form)
        (start,) = [start for start in _STARTS if f"start {start}" in one.reading]
        reading = f"{one.reading}, {seconds[start]:g} s"
        rows.append(row._replace(number=f"{one.what} {row.number}", reading=reading))
    return rows


_STARTS = ("plateau", "prior")
