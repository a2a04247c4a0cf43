"""Sharpness times step along training, over r and E: the dataset.

Networks of five ReLUs with LIGHT on three sets of points and on digits, by gradient descent on the
whole training set, where the edge is defined, and in the paper's batches of 75; η = 0.01, as in the
paper, and 0.1. Beside them the sigmoid, with its step multiplied by the ratio of LIGHT's slope to
its own.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product

import numpy as np
import xarray as xr

from spikesampler.jobs.kept import finish
from spikesampler.language.model import load_model
from spikesampler.optional import require
from spikesampler.store.datasets import described
from spikesampler.store.origin import made_by
from spikesampler.studies.kulikovskikh_2021.edge_jobs import EdgeJob, measure_edge
from spikesampler.studies.kulikovskikh_2021.samples import Task
from spikesampler.studies.kulikovskikh_2021.setting import Setting
from spikesampler.studies.study import Work

__all__ = ["ARMS", "HARVEST", "HARVESTED", "MODES", "SIGMOID", "gather", "settings_of"]

MODEL = load_model("kulikovskikh_2021")
SLOPE = float(np.log(2) / 2)  #: of LIGHT at 0, from the left, over r; the sigmoid's is 1/4
HARVEST = (0.0, 0.5, MODEL["E"] / MODEL["r"], 3.0)  #: E/r; the third is the paper's
SIGMOID = "sigmoid"
UNITS = ("gompertz", SIGMOID)
ARMS = (*(f"E = {share:.3g} r" if share else "E = 0" for share in HARVEST), SIGMOID)
HARVESTED = ARMS[2]
MODES = {"whole set": 0, "batches of 75": MODEL["batch"]}  #: samples per step, 0: all
RATES = (0.01, 0.1)
LONG_NAMES = {
    "edge": "median of η λ/2 over the second half of training",
    "rising": "share of epochs at which the loss rises",
    "course": "whole set: η λ/2",
}
KEPT = 200  #: parameters along training, from which `looks` are chosen


def settings_of(unit: str, growth: Sequence[float], rate: float) -> tuple[tuple[float, ...], ...]:
    """Settings of LIGHT over r and E (r outer), or of the sigmoid over r."""
    if unit == SIGMOID:
        return tuple(Setting(rate * SLOPE * r / 0.25).plain() for r in growth)
    return tuple(Setting(rate, r, share * r).plain() for r, share in product(growth, HARVEST))


def gather(
    work: Work,
    *,
    count: int,
    epochs: Mapping[str, int],
    growth: Sequence[float],
    groups: Sequence[tuple[Task, ...]],
    looks: int,
) -> xr.Dataset:
    """All modes, rates, tasks, r and arms, as one Dataset.

    count : runs. epochs : by mode. growth : r. groups : of tasks with data of one shape. looks : at
    how many epochs sharpness is measured.
    """
    require("training", "landscape", "jax", "optax")
    runs = tuple(range(work.seed, work.seed + work.count(count)))
    cells = list(product(MODES, RATES, UNITS, groups))
    jobs = [
        EdgeJob(
            f"{unit}, {mode}, step {rate:g}",
            tasks,
            unit,
            settings_of(unit, growth, rate),
            runs,
            MODES[mode],
            epochs[mode],
            max(1, epochs[mode] // KEPT),
            looks,
        )
        for mode, rate, unit, tasks in cells
    ]
    how = work.jobs("light_edge_of_stability", "light")
    results = dict(zip(cells, finish(jobs, measure_edge, **how)))
    measured = {mode: job.measured_epochs for (mode, *_), job in zip(cells, jobs)}
    coords = {
        "mode": list(MODES),
        "rate": list(RATES),
        "task": [task.name for tasks in groups for task in tasks],
        "r": list(growth),
        "arm": list(ARMS),
        "run": list(runs),
        "bound": ["median", "low", "high"],
        "epoch": measured["whole set"],
    }
    late = {mode: measured[mode] >= epochs[mode] / 2 for mode in MODES}
    variables = _variables(partial(_joined, results, groups, len(growth)), late)
    lengths = {f"epochs_{number}": epochs[mode] for number, mode in enumerate(MODES)}
    attrs = {"seed": work.seed} | lengths | made_by()
    return described(xr.Dataset(variables, coords, attrs), LONG_NAMES)


def _joined(results, groups, num_growth, name, mode, rate):
    """(task, r, arm, run, …) of a mode and rate, from results (run, task, setting, …)."""
    parts = []
    for tasks in groups:
        light, sigmoid = (results[mode, rate, unit, tasks][name] for unit in UNITS)
        light = light.reshape(*light.shape[:2], num_growth, len(HARVEST), *light.shape[3:])
        both = np.concatenate([light, sigmoid[:, :, :, None]], axis=3, dtype=float)
        parts.append(np.moveaxis(both, 0, 3))
    return np.concatenate(parts)


def _variables(joined, late):
    """joined(name, mode, rate) : (task, r, arm, run, …). late : by mode, which of the measured
    epochs are in the second half of training.
    """

    def gathered(name, reduce=lambda values, mode: values):
        return np.array(
            [[reduce(joined(name, mode, rate), mode) for rate in RATES] for mode in MODES]
        )

    # quartiles over runs, (task, r, arm, bound, epoch); nan where the network diverged
    quartiles = [
        np.moveaxis(
            np.nanquantile(joined("edge", "whole set", rate), [0.5, 0.25, 0.75], axis=3), 0, 3
        )
        for rate in RATES
    ]
    over = ("mode", "rate", "task", "r", "arm", "run")
    return {
        "edge": (
            over,
            gathered("edge", lambda values, mode: np.median(values[..., late[mode]], axis=-1)),
        ),
        "edge_start": (over, gathered("edge", lambda values, mode: values[..., 0])),
        "test": (over, gathered("test", lambda values, mode: values[..., -1])),
        "rising": (over, gathered("rising")),
        "course": (("rate", "task", "r", "arm", "bound", "epoch"), np.array(quartiles, np.float32)),
    }
