"""Algorithm 2 as printed against the text's algorithm and gradient descent: the dataset.

At the authors' rate, from the same starts; the tasks are those of the comparison, of the ten
classes with the loss of the authors' code. Beside it: how far the first epoch moves each layer.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from spikesampler.optional import require
from spikesampler.store.datasets import described
from spikesampler.store.origin import made_by
from spikesampler.studies.study import Work
from spikesampler.studies.valizadeh_2022.course import first_below
from spikesampler.studies.valizadeh_2022.courses import Arm, courses, starts_of
from spikesampler.studies.valizadeh_2022.images import images_of
from spikesampler.studies.valizadeh_2022.tasks import KINDS, LEVELS, Task, levels_of, tasks_of

__all__ = ["ARMS", "gather"]

ARMS = ("gradient_descent", "position_wise", "as_printed", "as_printed_python")
LOSS = "printed"  #: of ten classes: what the authors' code descends
NAMES = ("position_wise_printed", "position_wise")  #: of the lines on stderr, and of the runs
LONG_NAMES = {
    "epochs": "epochs until the loss is below a level",
    "loss": "loss after the last epoch",
    "moved": "norm of the change of a layer's weights in the first epoch",
}


def gather(
    work: Work,
    *,
    seeds: int,
    epochs: int,
    tasks: Sequence[str] = KINDS,
    rate: float | None = None,
    **files: Path | None,
) -> xr.Dataset:
    """Epochs to the levels, (task, arm, level, seed), and first steps, (task, arm, seed, layer)."""
    require("training", "landscape", "jax", "optax")
    starts = tuple(range(work.seed, work.seed + work.count(seeds)))
    chosen = tasks_of(tasks, losses=(LOSS,), rate=rate, **files)
    datasets = [_of_task(task, own, starts, epochs, work) for task, own in chosen]
    titles = xr.Variable("task", [task.title for task, _ in chosen])
    attrs = {"seed": work.seed, "max_epochs": epochs} | made_by()
    return described(xr.concat(datasets, dim=titles).assign_attrs(attrs), LONG_NAMES)


def _of_task(task: Task, rate: float, starts: tuple, epochs: int, work: Work) -> xr.Dataset:
    images = images_of(task, work.seed)
    guess, levels = levels_of(task, images.labels)
    arms = [
        Arm(task, method, (rate,) * len(starts), starts, epochs, levels[-1], True, work.seed)
        for method in ARMS
    ]
    trained = courses(arms, **work.jobs(*NAMES))
    taken = [[first_below(course.loss, level) for level in levels] for course in trained]
    variables = {
        "epochs": (("arm", "level", "seed"), np.array(taken)),
        "loss": (("arm", "seed"), np.array([course.loss[:, -1] for course in trained])),
        "moved": (("arm", "seed", "layer"), _first_steps(task, images, rate, starts)),
        "level_loss": ("level", levels),
        "rate": ((), rate),
        "guess": ((), guess),
    }
    layers = np.arange(1, variables["moved"][1].shape[-1] + 1)
    coords = {"arm": list(ARMS), "level": list(LEVELS), "seed": list(starts), "layer": layers}
    return xr.Dataset(variables, coords)


def _first_steps(task: Task, images: Any, rate: float, starts: tuple) -> np.ndarray:
    """Norms of the changes of each layer's weights in the first epoch, (arm, seed, layer)."""
    from spikesampler.studies.valizadeh_2022.full_batch import first_changes

    params = starts_of(task, images, starts)
    return np.array([first_changes(images, params, rate, arm, task.objective) for arm in ARMS])
