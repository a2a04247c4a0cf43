"""At how many points each sentence of Theorem 1 and its proof holds, seed by seed.

The theorem's implication, that the largest eigenvalue is positive where A + B + C is, is asked only
where A + B + C is positive; one point refutes it. Its steps say that something holds, and each is
held against 95 % of the points of every seed (our choice): points of one seed are never counted as
independent.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr
from pandas import DataFrame

from spikesampler.stats.rules import NOT, REPRODUCED, UNDECIDED
from spikesampler.studies.fang_2018 import saddle_tables
from spikesampler.studies.fang_2018.saddle_points import PATH
from spikesampler.studies.fang_2018.theorem import MUCH, needed_amplification
from spikesampler.studies.finding import UNASKED

__all__ = [
    "NEARLY_ALL",
    "NOT_REFUTED",
    "Held",
    "Implied",
    "by_seed",
    "implied",
    "label_of",
    "sentences",
]

NEARLY_ALL = 0.95  #: of a seed's points, for what a proof says of all
NOT_REFUTED = "not refuted"


class Held(NamedTuple):
    """At how many points of each seed a sentence holds, and of how many; both (n_seed,)."""

    counts: np.ndarray
    points: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """Share of the points of each seed, (n_seed,)."""
        return self.counts / self.points

    def __str__(self) -> str:
        shares = self.shares
        return (
            f"{self.counts.sum()} of {self.points.sum()} points; mean of the seeds' shares "
            f"{shares.mean():.2f} ({shares.min():.2f} to {shares.max():.2f})"
        )


class Implied(NamedTuple):
    """Of `points` the sum A + B + C is positive at `positive`, and of these the largest eigenvalue
    at `holds`; that is positive at `anyway` of all.
    """

    holds: int
    positive: int
    anyway: int
    points: int

    @property
    def label(self) -> str:
        """One point refutes an implication, and none can prove it."""
        if not self.positive:
            return UNASKED
        return NOT_REFUTED if self.holds == self.positive else NOT


def implied(table: DataFrame) -> Implied:
    """At how many points of a table A + B + C > 0 implies a positive largest eigenvalue."""
    total, largest = table.total.to_numpy() > 0, table.largest.to_numpy() > 0
    return Implied(int((total & largest).sum()), int(total.sum()), int(largest.sum()), len(table))


def by_seed(table: DataFrame, truth: np.ndarray) -> Held:
    """At how many points of each seed `truth` (n_point,) holds."""
    groups = DataFrame({"seed": table.seed, "truth": truth}).groupby("seed").truth
    return Held(groups.sum().to_numpy(), groups.size().to_numpy())


def sentences(datasets: Mapping[str, xr.Dataset]) -> dict[str, Held]:
    """{key: at how many points of each seed a sentence of the proof holds}"""
    paths, near = saddle_tables.tables(datasets)
    still, found = saddle_tables.distinct(near), {}
    for where, of in (("path", paths), ("still", still)):
        found[f"sign_{where}"] = by_seed(of, (of.total > 0) == (of.largest > 0))
    maxima = still[still.wanted_index == 0]
    found["no_alarm"] = by_seed(maxima, maxima.total <= 0)
    for where, of in (("still", still), ("path", paths)):
        needed = needed_amplification(of.a, of.b, of.c, of.N)
        found[f"step_1_{where}"] = by_seed(of, np.abs(of.b) * MUCH <= np.abs(of.c))
        found[f"step_2_{where}"] = by_seed(of, of.c > 0)
        found[f"step_3_{where}"] = by_seed(of, np.isfinite(needed) & (needed <= of.N.to_numpy()))
    if "fang_2018_points" in datasets:
        points = datasets["fang_2018_points"].to_dataframe()
        there = points[points.converged]
        for where, of in (
            ("still", there[there.kind != PATH]),
            ("path", there[there.kind == PATH]),
        ):
            for name in ("spread", "winner"):
                ratio = of[name] / of.c
                found[f"potential_{name}_{where}"] = by_seed(of, (ratio >= 0.5) & (ratio <= 2))
    return {key: held for key, held in found.items() if len(held.points)}


def label_of(shares: np.ndarray) -> str:
    """The verdict on a sentence about every point, of its share in each seed."""
    if (shares >= NEARLY_ALL).all():
        return REPRODUCED
    return NOT if (shares < NEARLY_ALL).all() else UNDECIDED
