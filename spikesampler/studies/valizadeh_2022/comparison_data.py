"""The comparison of full-batch methods on the tasks of the paper, with fair controls: the dataset.

At the authors' rate: gradient descent, position-wise, and gradient descent with rates 1 : 2 : … : L
for the layers. Then five methods, each with its rate tuned on other starts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from spikesampler.checks import whole_number
from spikesampler.errors import InputError
from spikesampler.optional import require
from spikesampler.store.datasets import described
from spikesampler.store.origin import made_by
from spikesampler.studies.study import Work
from spikesampler.studies.valizadeh_2022.costs import ARMS, FIXED, TUNED
from spikesampler.studies.valizadeh_2022.course import Course, first_below
from spikesampler.studies.valizadeh_2022.courses import Arm, Tuned, best_rates, courses, starts_of
from spikesampler.studies.valizadeh_2022.images import images_of, sizes_of
from spikesampler.studies.valizadeh_2022.tasks import (
    KINDS,
    LEVELS,
    LOSSES,
    Task,
    levels_of,
    tasks_of,
)

__all__ = ["gather"]

FIRST_TUNING_SEED = 1000
NAMES = ("position_wise", "position_wise")  #: of the script, and of the folder of its runs
LONG_NAMES = {
    "epochs": "epochs until the loss is below a level",
    "updates": "layer updates per epoch",
    "operations": "flop per epoch",
    "seconds": "s per epoch",
    "tried": "rate",
    "tuning": "median epochs to low",
    "guess": "loss of the best guess without looking",
    "first_layer": "share of the first layer in gradient descent",
}
POINTS = 120  #: epochs at which courses are kept, about logarithmically


@dataclass(frozen=True)
class Plan:
    """How arms are trained: from which starts, for at most how many epochs; rates that are tried,
    from how many other starts and for how many epochs.
    """

    work: Work
    starts: tuple[int, ...]
    epochs: int
    rates: tuple[float, ...]
    tuning: tuple[int, int]

    def train(
        self, task: Task, chosen: Sequence[tuple[str, float]], until: float, keep: bool
    ) -> list[Course]:
        """The `Course` of each (method, rate)."""
        starts, seed = self.starts, self.work.seed
        arms = [
            Arm(task, method, (rate,) * len(starts), starts, self.epochs, until, keep, seed)
            for method, rate in chosen
        ]
        return courses(arms, **self.work.jobs(*NAMES))

    def tune(self, task: Task, level: float) -> list[Tuned]:
        """The best rate of each method of TUNED, on other starts."""
        (count, epochs), seed = self.tuning, self.work.seed
        cells = [(task, method, level) for method in TUNED]
        starts = range(FIRST_TUNING_SEED + seed, FIRST_TUNING_SEED + seed + count)
        return best_rates(
            cells, self.rates, starts, epochs, split_seed=seed, **self.work.jobs(*NAMES)
        )


def gather(
    work: Work,
    *,
    seeds: int,
    epochs: int,
    rates: tuple[float, ...],
    tuning: tuple[int, int],
    losses: Sequence[str] = LOSSES,
    tasks: Sequence[str] = KINDS,
    rate: float | None = None,
    **files: Path,
) -> xr.Dataset:
    """All tasks, see `tasks_of`, as one Dataset; its dimension `task` has their titles."""
    require("training", "landscape", "jax", "optax")
    seeds = work.count(seeds)
    if seeds < 2:
        raise InputError(f"seeds={seeds}: expected 2 or more, intervals are over them")
    starts = tuple(range(work.seed, work.seed + seeds))
    plan = Plan(work, starts, whole_number("epochs", epochs, 1), rates, tuning)
    chosen = tasks_of(tasks, losses=losses, rate=rate, **files)
    for task, _ in chosen:  # bad files are refused before anything is computed
        images_of(task, work.seed)
    datasets = [_compare(task, own_rate, plan) for task, own_rate in chosen]
    dataset = xr.concat(datasets, dim=xr.Variable("task", [task.title for task, _ in chosen]))
    return dataset.assign_attrs({"seed": work.seed, "max_epochs": epochs} | made_by())


def _compare(task, rate, plan):
    """Everything of one task, as a Dataset."""
    images = images_of(task, plan.work.seed)
    guess, levels = levels_of(task, images.labels)
    fixed = [(method, rate) for method in FIXED]
    trained = plan.train(task, fixed, levels[-1], keep=False)
    tuned = plan.tune(task, levels[-1])
    best = [(method, each.rate) for method, each in zip(TUNED, tuned)]
    trained += plan.train(task, best, levels[-1], keep=True)
    variables = {
        **_courses(trained, levels, plan.epochs),
        **_costs(task, images, rate, [method for method, _ in fixed + best], plan.starts[0]),
        **_images(task, images),
        "rate": ("arm", [each for _, each in fixed + best]),
        "tried": (("optimizer", "trial"), [each.tried for each in tuned]),
        "tuning": (("optimizer", "trial"), [each.epochs for each in tuned]),
        "level_loss": ("level", levels),
        "guess": ((), guess),
    }
    coords = {"arm": list(ARMS), "level": list(LEVELS), "seed": list(plan.starts)}
    return described(xr.Dataset(variables, coords | {"optimizer": list(TUNED)}), LONG_NAMES)


def _courses(trained, levels, epochs):
    """Epochs to each level, accuracies there, and the courses at some epochs."""
    needed = np.array([[first_below(course.loss, level) for level in levels] for course in trained])
    grid = np.unique(np.r_[0, np.geomspace(1, epochs, POINTS).round().astype(int)])
    loss = [_on_grid(course.loss, grid) for course in trained]
    accuracy = [_on_grid(course.accuracy, grid) for course in trained]
    there = [_at(course.accuracy, each) for course, each in zip(trained, needed)]
    over, along = ("arm", "level", "seed"), ("arm", "seed", "epoch")
    return {
        "epochs": (over, needed),
        "accuracy_at": (over, np.array(there)),
        "loss": (along, np.array(loss, np.float32)),
        "accuracy": (along, np.array(accuracy, np.float32)),
        "diverged": (("arm", "seed"), np.array([course.diverged for course in trained])),
        "epoch": ("epoch", grid),
    }


def _at(values, epochs):
    """values (seed, epoch) at epochs (level, seed), nan where a level was never reached."""
    reached = np.isfinite(epochs)
    place = np.where(reached, epochs, 0).astype(int)
    return np.where(reached, values[np.arange(len(values)), place], np.nan)


def _on_grid(values, grid):
    """values (seed, epoch) at the epochs of the grid, nan after the last one."""
    inside = grid < values.shape[1]
    return np.where(inside, values[:, np.where(inside, grid, 0)], np.nan)


def _costs(task, images, rate, methods, seed):
    """What an epoch costs, by arm: layer updates, operations, and seconds, measured here."""
    from spikesampler.studies.valizadeh_2022.full_batch import method_operations, seconds_per_epoch
    from spikesampler.studies.valizadeh_2022.operations import times

    (params,) = starts_of(task, images, (seed,))
    counted = {name: method_operations(images, params, name, task.objective) for name in TUNED}
    seconds = seconds_per_epoch(images, params, rate, TUNED, task.objective)
    layers = len(params)
    staged = layers * (layers + 1) / 2
    updates = [staged if name == "position_wise" else layers for name in methods]
    work = counted["gradient_descent"][1].per_layer(times(layers))
    return {
        "updates": ("arm", updates),
        "operations": ("arm", [counted[name][0] for name in methods]),
        "seconds": (("arm", "repeat"), [seconds[name] for name in methods]),
        "first_layer": ((), work[0] / work.sum()),
    }


def _images(task, images):
    """How many images, how large their largest class is, and the network's widths."""
    held_out = images.held_out_labels
    return {
        "images": ("split", [len(images.labels), len(held_out)]),
        "split": ("split", ["learnt", "held out"]),
        "largest_class": ((), np.bincount(held_out).max() / len(held_out)),
        "widths": ("layer", list(sizes_of(task, images))),
    }
