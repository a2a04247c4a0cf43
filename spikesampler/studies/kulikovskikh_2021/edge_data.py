"""Sharpness times step along training, over r and E: the dataset.

Networks of five ReLUs with LIGHT on three sets of points and on digits, by gradient descent on the
whole training set, where the edge is defined, and in the paper's batches of 75; η = 0.01, as in the
paper, and 0.1. Harvest begins at T = 1, or, as a control, at 0. Beside them the sigmoid, with its
step multiplied by the ratio of LIGHT's slope to its own.
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
from spikesampler.studies.kulikovskikh_2021.arms import harvested
from spikesampler.studies.kulikovskikh_2021.edge_jobs import EdgeJob, measure_edge
from spikesampler.studies.kulikovskikh_2021.samples import Task
from spikesampler.studies.kulikovskikh_2021.setting import Setting
from spikesampler.studies.study import Work

__all__ = ["ARMS", "AT_ONCE", "HARVEST", "HARVESTED", "MODES", "SIGMOID", "gather", "settings_of"]

MODEL = load_model("kulikovskikh_2021")
SLOPE = float(np.log(2) / 2)  #: of LIGHT at 0, from the left, over r; the sigmoid's is 1/4
HARVEST = (0.0, 0.5, MODEL["E"] / MODEL["r"], 3.0)  #: E/r from T = 0 on; the third is the paper's
LIGHT, LATER, SIGMOID = "LIGHT, T = 0", "LIGHT", "sigmoid"  #: what jobs train
HARVESTED = f"E = {HARVEST[2]:.3g} r"  #: the paper's share, from T = 1 on
ARMS = ("E = 0", HARVESTED, *(f"T = 0, E = {share:.3g} r" for share in HARVEST[1:]), SIGMOID)
AT_ONCE = ARMS[3]  #: the same share, from T = 0 on
UNITS = {LIGHT: "gompertz", LATER: "gompertz", SIGMOID: SIGMOID}
MODES = {"whole set": 0, "batches of 75": MODEL["batch"]}  #: samples per step, 0: all
RATES = (0.01, 0.1)
LONG_NAMES = {
    "edge": "median of η λ/2 over the second half of training",
    "rising": "share of epochs at which the loss rises",
    "course": "whole set: η λ/2",
}
KEPT = 200  #: parameters along training, from which `looks` are chosen


def settings_of(law: str, growth: Sequence[float], rate: float) -> tuple[tuple[float, ...], ...]:
    """Settings over r: of LIGHT harvested from T = 0 on, r outer and E inner; of LIGHT harvested
    from T = 1 on at the paper's E/r; or of the sigmoid.
    """
    if law == SIGMOID:
        return tuple(Setting(rate * SLOPE * r / 0.25).plain() for r in growth)
    if law == LATER:
        late = [harvested(r, HARVEST[2] * r, MODEL["T"]) for r in growth]
        return tuple(setting._replace(rate=rate).plain() for setting in late)
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
            [results[mode, rate, law, tasks][name] for law in (LIGHT, LATER, SIGMOID)]
            for tasks in groups
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
    """{(mode, rate, law, tasks): the job}."""
    jobs = {}
    for mode, rate, law, tasks in product(MODES, RATES, (LIGHT, LATER, SIGMOID), groups):
        name, every = f"{law}, {mode}, step {rate:g}", max(1, epochs[mode] // KEPT)
        plan = MODES[mode], epochs[mode], every, looks
        unit, settings = UNITS[law], settings_of(law, growth, rate)
        jobs[mode, rate, law, tasks] = EdgeJob(name, tasks, unit, settings, runs, *plan)
    return jobs


def _arms(light, later, sigmoid, num_growth):
    """(task, r, arm, run, …) of results (run, task, setting, …) of the three laws."""
    light = light.reshape(*light.shape[:2], num_growth, len(HARVEST), *light.shape[3:])
    later, sigmoid = later[:, :, :, None], sigmoid[:, :, :, None]
    parts = (light[:, :, :, :1], later, light[:, :, :, 1:], sigmoid)
    return np.moveaxis(np.concatenate(parts, axis=3, dtype=float), 0, 3)


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
