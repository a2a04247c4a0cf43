"""Differences between methods over runs, their corrected p, and on how many tasks one is better."""

from functools import cache
from itertools import product

import numpy as np
import xarray as xr

from spikesampler import stats
from spikesampler.stats.paired import Difference
from spikesampler.stimuli.planar import PLANAR
from spikesampler.studies.kulikovskikh_2021.arms import FAMILIES, PAIRS, PAPER

__all__ = ["better_and_worse", "difference", "differences", "of_points", "wins"]

#: {pair: [(difference, its p corrected by Holm)], by task}
Differences = dict[tuple[str, str], list[tuple[Difference, float]]]
LEVEL = 0.05


@cache  # the report and the figure ask for the same intervals
def _paired_difference(values, control):
    return stats.paired_difference(values, control)


def difference(task: xr.Dataset, first: str, second: str) -> Difference:
    """First arm minus second over runs of one task, of accuracies."""
    values = (tuple(task["test_mean"].sel(arm=arm).values.tolist()) for arm in (first, second))
    return _paired_difference(*values)


def differences(dataset: xr.Dataset) -> Differences:
    """The difference of each pair on each task, and its p, corrected for all pairs of its family on
    all tasks of a table. A table is that of points or that of images, as in the paper.
    """
    tasks = [dataset.sel(task=name) for name in dataset["task"].values]
    raw = {pair: [difference(task, *pair) for task in tasks] for pair in PAIRS}
    corrected = {pair: np.full(len(tasks), np.nan) for pair in PAIRS}
    points = of_points(dataset)
    for table, family in product((points, ~points), FAMILIES.values()):
        pairs = list(family.values())
        p = np.array([[raw[pair][k].p for k in np.flatnonzero(table)] for pair in pairs])
        for pair, row in zip(pairs, stats.holm(p.ravel()).reshape(p.shape)):
            corrected[pair][table] = row
    return {pair: list(zip(raw[pair], corrected[pair])) for pair in PAIRS}


def of_points(dataset: xr.Dataset) -> np.ndarray:
    """Whether each task is a set of points, (task,)."""
    return np.array([name in PLANAR for name in dataset["task"].values])


def better_and_worse(results: list[tuple[Difference, float]], table: np.ndarray) -> tuple[int, int]:
    """On how many tasks of a table the first arm is above the second, and below, at p < 0.05 after
    Holm; results of a pair, by task.
    """
    means = np.array([each.mean for each, _ in results])[table]
    clear = np.array([p for _, p in results])[table] < LEVEL
    return int((clear & (means > 0)).sum()), int((clear & (means < 0)).sum())


def wins(dataset: xr.Dataset, table: np.ndarray, measure: str) -> tuple[int, int]:
    """On how many tasks of a table LIGHT is above all three rivals at p < 0.05 (Holm), and has the
    highest mean of the four.
    """
    values = dataset[measure].sel(arm=list(PAPER)).values[table]  # (task, arm, run), LIGHT last
    gains = values[:, -1:] - values[:, :-1]
    p = stats.holm([stats.wilcoxon_p(gain) for gain in gains.reshape(-1, gains.shape[-1])])
    above = ((gains.mean(axis=-1) > 0) & (p.reshape(gains.shape[:2]) < LEVEL)).all(axis=1)
    return int(above.sum()), int((values.mean(axis=-1).argmax(axis=1) == len(PAPER) - 1).sum())
