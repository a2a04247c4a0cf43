"""Jobs that train many networks at once, and the best settings of a grid.

A job's result is a file that is made once, see `jobs.kept`.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spikesampler.jobs.kept import digest, finish
from spikesampler.language.model import load_model
from spikesampler.studies.kulikovskikh_2021.samples import Task, split_of, starts_of
from spikesampler.studies.kulikovskikh_2021.setting import Setting

__all__ = ["Job", "best_settings", "digest_of", "train_job"]

BATCH = load_model("kulikovskikh_2021")["batch"]


def digest_of(job: Any) -> str:
    """Of all facts of a job but its name, which changes nothing that is computed."""
    return digest({name: value for name, value in asdict(job).items() if name != "name"})


@dataclass(frozen=True)
class Job:
    """Networks with one optimizer, unit and loss, trained at once: of each run on each task with
    each of its settings.

    settings : per task as many tuples of `Setting`. Tasks have data of one shape.
    """

    name: str
    tasks: tuple[Task, ...]
    optimizer: str
    unit: str
    loss: str
    settings: tuple
    runs: tuple[int, ...]
    epochs: int

    @property
    def file_name(self) -> str:
        """Another name for every other job."""
        return f"{self.unit}-{digest_of(self)}.npz"

    @property
    def label(self) -> str:
        """What is said of it."""
        tasks = self.tasks[0].name if len(self.tasks) == 1 else f"{len(self.tasks)} tasks"
        return f"{self.name} on {tasks}, {len(self.runs)} runs"


def train_job(job: Job) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """test, train : accuracies (run, task, setting, epoch + 1) float32; diverged (run, task,
    setting); facts.
    """
    from spikesampler.studies.kulikovskikh_2021.training import train

    began, split = time.monotonic(), split_of(job.tasks, job.runs)
    course = train(
        split,
        starts_of(job.runs, split.inputs.shape[-1]),
        Setting(*np.moveaxis(np.array(job.settings, float), -1, 0)),  # each (task, setting)
        job.runs,
        optimizer=job.optimizer,
        unit=job.unit,
        loss=job.loss,
        epochs=job.epochs,
        batch=BATCH,
    )
    arrays = {
        "test": course.test_accuracy.astype(np.float32),
        "train": course.train_accuracy.astype(np.float32),
        "diverged": ~np.isfinite(course.loss).all(axis=-1),
    }
    return arrays, {"job": asdict(job), "seconds": time.monotonic() - began}


def best_settings(
    jobs: Sequence[Job], folder: Path, **how: Any
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of each job's settings the one with the highest test accuracy, per task: [((task,) index,
    (task, setting) accuracies)].

    The mean over runs and epochs counts, as in the paper's tables; the first of equals. how : see
    `finish`.
    """
    results = finish(jobs, train_job, folder, **how)
    means = [arrays["test"][..., 1:].mean(axis=(0, 3), dtype=float) for arrays in results]
    return [(accuracies.argmax(axis=1), accuracies) for accuracies in means]
