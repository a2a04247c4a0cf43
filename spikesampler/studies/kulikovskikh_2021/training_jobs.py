"""Jobs of the LIGHT studies: data of runs, many networks trained at once, the best settings of a
grid. See `jobs`.
"""

import time
from dataclasses import asdict, dataclass

import numpy as np

from spikesampler.errors import InputError
from spikesampler.jobs.kept import digest, finish
from spikesampler.language.model import load_model
from spikesampler.networks.labelled_rows import rows_of, source_of
from spikesampler.stimuli.planar import planar
from spikesampler.stimuli.seeds import generator
from spikesampler.studies.kulikovskikh_2021.output_units import Setting, Split, glorot_start, train

__all__ = ["Job", "Task", "best_settings", "split_of", "train_job"]

MODEL = load_model("kulikovskikh_2021")
HIDDEN, BATCH, SAMPLES, LEARNT = (MODEL[name] for name in ("hidden", "batch", "samples", "learnt"))


@dataclass(frozen=True)
class Task:
    """Two classes: a set of `PLANAR`, where data is None, or a class of images against all others.

    data : what `load_source` takes; digest : of its files, so that other files make another job.
        balanced : whether as
    many images are drawn from the class as from the others; else a run's images are any of all.
    """

    name: str
    data: str | None = None
    against: int = MODEL["target_class"]
    balanced: bool = False
    digest: str = ""


@dataclass(frozen=True)
class Job:
    """Networks with one optimizer, unit and loss, trained at once: of each run on each task with
    each of its settings.

    settings : per task as many tuples of `Setting`. Tasks have data of one shape.
    """

    name: str
    tasks: tuple
    optimizer: str
    unit: str
    loss: str
    settings: tuple
    runs: tuple
    epochs: int

    @property
    def file_name(self):
        """Another name for every other job."""
        facts = {name: value for name, value in asdict(self).items() if name != "name"}
        return f"{self.unit}-{digest(facts)}.npz"

    @property
    def label(self):
        """What is said of it."""
        tasks = self.tasks[0].name if len(self.tasks) == 1 else f"{len(self.tasks)} tasks"
        return f"{self.name} on {tasks}, {len(self.runs)} runs"


def split_of(tasks, runs):
    """The `Split` of tasks whose data have one shape: every run draws its own samples, and learns
    four fifths of them.

    InputError where a class has fewer than ten images.
    """
    drawn = [_drawer(task) for task in tasks]
    found = [[draw(run) for draw in drawn] for run in runs]
    inputs = np.array([[one for one, _ in row] for row in found], np.float32)
    labels = np.array([[one for _, one in row] for row in found], np.float32)
    return Split(inputs, labels, round(LEARNT * labels.shape[2]))


def _drawer(task):
    """run -> (inputs (sample, feature), labels (sample,)) of a task."""
    if task.data is None:
        return lambda run: planar(task.name, SAMPLES, run)
    pixels, labels, scale = rows_of(
        source_of(task.data, task.against), ("learning", "probe", "test")
    )
    inside, others = np.flatnonzero(labels == task.against), np.flatnonzero(labels != task.against)
    if min(len(inside), len(others)) < 10:
        raise InputError(
            f"{task.data}: {len(inside)} images of class {task.against} and {len(others)} others: "
            "expected 10 of each or more; give more images"
        )

    def draw(run):
        rng = generator(run, "light", "images")
        if task.balanced:
            half = min(SAMPLES // 2, len(inside), len(others))
            rows = rng.permutation(
                np.concatenate([rng.choice(each, half, replace=False) for each in (inside, others)])
            )
        else:
            rows = rng.choice(len(labels), min(SAMPLES, len(labels)), replace=False)
        return pixels[rows] / scale, labels[rows] == task.against

    return draw


def starts_of(runs, num_features):
    """Networks before the first step, one per run, the same in all jobs."""
    return [glorot_start(generator(run, "light", "start"), num_features, HIDDEN) for run in runs]


def train_job(job):
    """test, train : accuracies (run, task, setting, epoch + 1) float32; diverged (run, task,
    setting); facts.
    """
    began, split = time.monotonic(), split_of(job.tasks, job.runs)
    setting = Setting(*np.moveaxis(np.array(job.settings, float), -1, 0))  # each (task, setting)
    course = train(
        split,
        starts_of(job.runs, split.inputs.shape[-1]),
        setting,
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


def best_settings(jobs, folder, **how):
    """Of each job's settings the one with the highest test accuracy, per task: [((task,) index,
    (task, setting))].

    The mean over runs and epochs counts, as in the paper's tables; the first of equals. how : see
    `finish`.
    """
    found = []
    for arrays in finish(jobs, train_job, folder, **how):
        scores = arrays["test"][..., 1:].mean(axis=(0, 3), dtype=float)
        found.append((scores.argmax(axis=1), scores))
    return found
