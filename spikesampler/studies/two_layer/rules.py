"""What the runs of `plan` say, by rules that were fixed beforehand.

Accuracies are means of the probes of the last 2000 s, on samples that were not learnt. A question
about arms asks every arm with noise against `none`, from each start, seed by seed, and all tests of
a question from one start are a family.
"""

from typing import NamedTuple

import numpy as np
import xarray as xr

from spikesampler.stats.courses import LATE
from spikesampler.stats.rules import (
    Ruling,
    at_least,
    at_most,
    equivalent,
    in_family,
    sooner,
    undefined,
)
from spikesampler.stats.survival import Escape
from spikesampler.studies.finding import Finding, ruled
from spikesampler.studies.two_layer.plan import CONTROL, STARTS

__all__ = ["LEARNT", "MARGIN", "Asked", "findings", "late", "late_of_one", "rulings_of"]

MARGIN = 0.02  #: of an accuracy; what is less is no difference that matters: our choice
LEARNT = 0.1  #: by how much two layers have to be better than one, or than a line, to have learnt
_OF = "accuracy over the last 2000 s"


class Asked(NamedTuple):
    """A question, with the ruling on it: key, claim, what the number is, and for what it holds."""

    key: str
    claim: str
    what: str
    reading: str
    ruling: Ruling


def late(dataset: xr.Dataset, arm: str, start: str) -> np.ndarray:
    """Accuracy over the last 2000 s of each run of an arm (seed,)."""
    return _late_of(dataset, dataset["probe_accuracy"].sel(arm=arm, start=start))


def late_of_one(dataset: xr.Dataset, arm: str) -> np.ndarray:
    """The same of one layer."""
    return _late_of(dataset, dataset["one_probe_accuracy"].sel(one_arm=arm))


def _late_of(dataset: xr.Dataset, curves: xr.DataArray) -> np.ndarray:
    time = dataset["probe"].values
    values = curves.transpose("seed", "probe").values
    return values[:, time > time[-1] - LATE].mean(axis=1)


def noisy(dataset: xr.Dataset) -> list[str]:
    """The arms with noise."""
    return [str(arm) for arm in dataset["arm"].values if arm != "none"]


def rulings_of(dataset: xr.Dataset) -> list[Asked]:
    """All questions, in order, each with its ruling."""
    asked = _of_layers(dataset)
    for start in STARTS:
        asked += _gains(dataset, start)
    asked += _of_places(dataset)
    return asked + _escapes(dataset) + _of_power(dataset)


def _of_layers(dataset: xr.Dataset) -> list[Asked]:
    """Whether the hidden layer is what the task needs."""
    two = late(dataset, "none", "prior")
    one = late_of_one(dataset, "none")
    line = dataset.attrs["linear_ceiling"]
    rulings = in_family(
        [
            at_least(two, one, least=LEARNT),
            at_least(two, line, least=LEARNT),
            at_most(one, line + MARGIN),
        ],
        "two layers, one layer",
    )
    claims = (
        ("above_one", "two layers learn clusters that one layer of the same rule does not"),
        ("above_line", "two layers are more accurate than any line through the features"),
        ("one_below", "one layer is no more accurate than the best line through the features"),
    )
    reading = "xor of clusters, start prior, without noise"
    return [
        Asked(key, claim, _OF, reading, ruling)
        for (key, claim), ruling in zip(claims, rulings, strict=True)
    ]


def _gains(dataset: xr.Dataset, start: str) -> list[Asked]:
    """Whether noise makes what is learnt more accurate, arm by arm."""
    none = late(dataset, "none", start)
    rulings = in_family(
        [at_least(late(dataset, arm, start), none, relevant=MARGIN) for arm in noisy(dataset)],
        f"two layers, gain from {start}",
    )
    return [
        Asked(
            f"gain_{_plain(arm)}_{start}",
            f"noise {_where(arm)} makes two layers more accurate",
            _OF,
            f"xor of clusters, start {start}, `{arm}` against `none`",
            ruling,
        )
        for arm, ruling in zip(noisy(dataset), rulings, strict=True)
    ]


def _of_places(dataset: xr.Dataset) -> list[Asked]:
    """Whether it matters in which layer the noise is."""
    kinds = ("constant", "weight")
    rulings = in_family(
        [
            equivalent(
                late(dataset, f"{kind}@hidden", "prior"),
                late(dataset, f"{kind}@outputs", "prior"),
                MARGIN,
            )
            for kind in kinds
        ],
        "two layers, places",
    )
    return [
        Asked(
            f"place_{kind}",
            f"it does not matter in which layer the noise of `{kind}` is",
            f"difference of {_OF}",
            f"xor of clusters, start prior, `{kind}@hidden` against `{kind}@outputs`",
            ruling,
        )
        for kind, ruling in zip(kinds, rulings, strict=True)
    ]


def _sooner(dataset: xr.Dataset, arm: str, control: str) -> Ruling:
    """Whether an arm leaves the plateau sooner than a control."""
    at = dataset.sel(start="plateau")
    if "escape_seconds" not in at or not bool(at["escape_seconds"].notnull().all()):
        return undefined("no arm ends clearly above chance")
    finest = float(dataset["probe"][1] - dataset["probe"][0])

    def escape(name: str) -> Escape:
        of = at.sel(arm=name)
        return Escape(of["escape_seconds"].values, of["escaped"].values.astype(bool))

    return sooner(escape(arm), escape(control), finest)


def _of_power(dataset: xr.Dataset) -> list[Asked]:
    """Whether the paper's noise does what noise of its power does that is alike for all."""
    rulings = in_family(
        [
            equivalent(late(dataset, "weight", "prior"), late(dataset, CONTROL, "prior"), MARGIN),
            _sooner(dataset, "weight", CONTROL),
        ],
        "two layers, power",
    )
    asked = (
        (
            "power_prior",
            "noise that grows with the weight is as accurate as noise of its power that is alike"
            " for all",
            f"difference of {_OF}",
            "prior",
        ),
        (
            "power_plateau",
            "noise that grows with the weight leaves the plateau sooner than noise of its power"
            " that is alike for all",
            "time saved (s)",
            "plateau",
        ),
    )
    return [
        Asked(key, claim, what, f"xor of clusters, start {start}, `weight` against `{CONTROL}`", r)
        for (key, claim, what, start), r in zip(asked, rulings, strict=True)
    ]


def _escapes(dataset: xr.Dataset) -> list[Asked]:
    """Whether noise leaves the plateau sooner."""
    found = [_sooner(dataset, arm, "none") for arm in noisy(dataset)]
    rulings = in_family(found, "two layers, escape")
    return [
        Asked(
            f"sooner_{_plain(arm)}",
            f"noise {_where(arm)} leaves the plateau sooner",
            "time saved (s)",
            f"xor of clusters, start plateau, `{arm}` against `none`",
            ruling,
        )
        for arm, ruling in zip(noisy(dataset), rulings, strict=True)
    ]


def _plain(arm: str) -> str:
    return arm.replace("@", "_")


def _where(arm: str) -> str:
    """An arm in words."""
    kind, _, place = arm.partition("@")
    law = {
        "weight": "that grows with the weight",
        "constant": "that is the same for all synapses",
        CONTROL: "that is the same for all synapses and as strong as that which grows",
    }
    where = {"": "in all layers", "hidden": "in the hidden layer alone"}
    return f"{law[kind]}, {where.get(place, 'in the outputs synapses alone')},".replace(
        "outputs synapses", "outputs' synapses"
    )


def findings(dataset: xr.Dataset) -> list[Finding]:
    """A row for each question."""
    seconds = float(dataset["probe"].values[-1])
    rows = []
    for one in rulings_of(dataset):
        form = "+.0f" if one.what.endswith("(s)") else "+.3f"
        row = ruled(one.key, one.claim, "question", one.ruling, one.reading, "seeds, paired", form)
        reading = f"{one.reading}, {seconds:g} s"
        rows.append(row._replace(number=f"{one.what} {row.number}", reading=reading))
    return rows
