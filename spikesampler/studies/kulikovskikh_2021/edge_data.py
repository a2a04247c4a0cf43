"""Sharpness times step along training, over r and E: the dataset.

Networks of five ReLUs with LIGHT on three sets of points and on digits, by gradient descent on the
whole training set, where the edge is defined, and in the paper's batches of 75; η = 0.01, as in the
paper, and 0.1. Beside them the sigmoid, with its step multiplied by the ratio of LIGHT's slope to
its own.
"""

from collections.abc import Mapping, Sequence
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

    epochs : by mode. groups : of tasks with data of one shape. looks : epochs that are measured.
    """
    require("training", "landscape", "jax", "optax")
    runs = tuple(range(work.seed, work.seed + work.count(count)))
    jobs = _jobs(runs, epochs, growth, groups, looks)
    how = work.jobs("light_edge_of_stability", "light")
    results = dict(zip(jobs, finish(jobs.values(), measure_edge, **how)))
    places = {mode: job.measured_epochs for (mode, *_), job in jobs.items()}

    def joined(name, mode, rate):
        parts = (
            tuple(results[mode, rate, unit, tasks][name] for unit in UNITS) for tasks in groups
        )
        return np.concatenate([_arms(*part, len(growth)) for part in parts])

    late = {mode: places[mode] >= epochs[mode] / 2 for mode in MODES}
    coords = {
        "mode": list(MODES),
        "rate": list(RATES),
        "task": [task.name for tasks in groups for task in tasks],
        "r": list(growth),
        "arm": list(ARMS),
        "run": list(runs),
        "bound": ["median", "low", "high"],
        "epoch": places["whole set"],
    }
    lengths = {f"epochs_{number}": epochs[mode] for number, mode in enumerate(MODES)}
    attrs = {"seed": work.seed} | lengths | made_by()
    return described(xr.Dataset(_variables(joined, late), coords, attrs), LONG_NAMES)


def _jobs(runs, epochs, growth, groups, looks):
    """{(mode, rate, unit, tasks): the job}."""
    jobs = {}
    for mode, rate, unit, tasks in product(MODES, RATES, UNITS, groups):
        name, every = f"{unit}, {mode}, step {rate:g}", max(1, epochs[mode] // KEPT)
        plan = MODES[mode], epochs[mode], every, looks
        settings = settings_of(unit, growth, rate)
        jobs[mode, rate, unit, tasks] = EdgeJob(name, tasks, unit, settings, runs, *plan)
    return jobs


def _arms(light, sigmoid, num_growth):
    """(task, r, arm, run, …) of results (run, task, setting, …) of LIGHT and of the sigmoid."""
    light = light.reshape(*light.shape[:2], num_growth, len(HARVEST), *light.shape[3:])
    both = np.concatenate([light, sigmoid[:, :, :, None]], axis=3, dtype=float)
    return np.moveaxis(both, 0, 3)


def _variables(joined, late):
    """joined(name, mode, rate) : (task, r, arm, run, …). late : by mode, which of the measured
    epochs are in the second half of training.
    """
    cells = {name: [] for name in ("edge", "edge_start", "test", "rising")}
    for mode, rate in product(MODES, RATES):
        edge = joined("edge", mode, rate)
        cells["edge"].append(np.median(edge[..., late[mode]], axis=-1))
        cells["edge_start"].append(edge[..., 0])
        cells["test"].append(joined("test", mode, rate)[..., -1])
        cells["rising"].append(joined("rising", mode, rate))
    over, sizes = ("mode", "rate", "task", "r", "arm", "run"), (len(MODES), len(RATES))
    variables = {name: (over, np.reshape(c, (*sizes, *c[0].shape))) for name, c in cells.items()}
    # quartiles over runs; nan where the network diverged
    courses = np.array([joined("edge", "whole set", rate) for rate in RATES])
    quartiles = np.nanquantile(courses, [0.5, 0.25, 0.75], axis=4)
    over = ("bound", "rate", "task", "r", "arm", "epoch")
    course = xr.Variable(over, quartiles.astype(np.float32))
    return variables | {"course": course.transpose("rate", "task", "r", "arm", "bound", "epoch")}
