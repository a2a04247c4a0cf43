"""Differences between methods over runs, their corrected p, and on how many tasks one is better.

The test is the paper's own, Wilcoxon's signed ranks, over runs: on some sets a few runs fail, and
their share decides a mean.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import xarray as xr

from spikesampler import stats
from spikesampler.stats.signed_rank import SignedRank, signed_rank
from spikesampler.stimuli.planar import PLANAR
from spikesampler.studies.kulikovskikh_2021.arms import FAMILIES, RIVALS

__all__ = [
    "LEVEL",
    "Counts",
    "all_differences",
    "balance",
    "counts",
    "differences",
    "of_points",
]

Results = list[tuple[SignedRank, float]]  #: the difference and its p after Holm, by task
LEVEL = 0.05


class Counts(NamedTuple):
    """On how many tasks a method is what it is called, against its rivals.

    highest : its mean is above those of all rivals. above : by rival, after Holm. below : below any
    of them. above_all : above every one. tasks : of how many.
    """

    highest: int
    above: dict[str, int]
    below: int
    above_all: int
    tasks: int


@cache  # the report, the figure and the findings ask for the same
def _signed_rank(values, control):
    return signed_rank(values, control)


def balance(dataset: xr.Dataset) -> xr.Dataset:
    """gap, train minus test accuracy, mean over epochs, and lower, the lower of the two, of each
    (task, arm, run): two meanings of a balance between train and test.
    """
    train, test = dataset["train_mean"], dataset["test_mean"]
    return xr.Dataset({"gap": train - test, "lower": np.minimum(train, test)})


def of_points(dataset: xr.Dataset) -> np.ndarray:
    """Whether each task is a set of points, (task,)."""
    return np.array([name in PLANAR for name in dataset["task"].values])


def differences(
    values: xr.DataArray, family: list[tuple[str, str]], points: np.ndarray
) -> dict[tuple[str, str], Results]:
    """Of values (task, arm, run) first arm minus second, for each pair of a family on each task.

    p is corrected for all pairs of the family on all tasks of a table: that of points or that of
    images, as in the paper; points (task,) says which.
    """
    raw = {pair: [_difference(task, *pair) for task in values] for pair in family}
    corrected = {pair: np.full(len(points), np.nan) for pair in family}
    for table in (points, ~points):
        p = np.array([[raw[pair][k].p for k in np.flatnonzero(table)] for pair in family])
        for pair, row in zip(family, stats.holm(p.ravel()).reshape(p.shape)):
            corrected[pair][table] = row
    return {pair: list(zip(raw[pair], corrected[pair])) for pair in family}


def _difference(task, first, second):
    arms = (tuple(task.sel(arm=arm).values.tolist()) for arm in (first, second))
    return _signed_rank(*arms)


def all_differences(dataset: xr.Dataset) -> dict[tuple[str, str], Results]:
    """Those of test accuracies, of every pair, each within its own family."""
    points, results = of_points(dataset), {}
    for family in FAMILIES.values():
        results |= differences(dataset["test_mean"], family, points)
    return results


def counts(
    values: xr.DataArray, arm: str, table: np.ndarray, rivals: tuple[str, ...] = RIVALS
) -> Counts:
    """The method against its rivals, of values (task, arm, run), on the tasks of a table."""
    here, family = values[table], [(arm, rival) for rival in rivals]
    results = differences(here, family, np.ones(int(table.sum()), bool))
    signs = np.array([[_sign(*cell) for cell in results[pair]] for pair in family])  # (rival, task)
    means = here.mean("run")
    highest = (means.sel(arm=arm) > means.sel(arm=list(rivals)).max("arm")).sum()
    return Counts(
        int(highest),
        {rival: int((row > 0).sum()) for rival, row in zip(rivals, signs)},
        int((signs < 0).any(axis=0).sum()),
        int((signs > 0).all(axis=0).sum()),
        int(table.sum()),
    )


def _sign(difference, p):
    """1, -1, or 0 where p after Holm is not below the level."""
    return np.sign(difference.median) * (p < LEVEL)
