"""What networks of two classes learn: points and images, drawn anew by every run, and starts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from spikesampler.errors import InputError
from spikesampler.language.model import load_model
from spikesampler.networks.labelled_rows import rows_of, source_of
from spikesampler.stimuli.planar import planar
from spikesampler.stimuli.seeds import generator

__all__ = ["HIDDEN", "Split", "Task", "glorot_start", "split_of", "starts_of"]

MODEL = load_model("kulikovskikh_2021")
HIDDEN, SAMPLES, LEARNT = (MODEL[name] for name in ("hidden", "samples", "learnt"))
LEAST = 10  #: images of a class that are enough


@dataclass(frozen=True)
class Task:
    """Two classes: a set of `PLANAR`, where data is None, or a class of images against all others.

    data : what `load_source` takes; digest : of its files, so that other files make another job.
    balanced : whether as many images are drawn from the class as from the others; else a run's
    images are any of all.
    """

    name: str
    data: str | None = None
    against: int = MODEL["target_class"]
    balanced: bool = False
    digest: str = ""


class Split(NamedTuple):
    """inputs (run, task, sample, feature), labels (run, task, sample) of 0 and 1; the first
    `learnt` are learnt.
    """

    inputs: np.ndarray
    labels: np.ndarray
    learnt: int


def split_of(tasks: Sequence[Task], runs: Sequence[int]) -> Split:
    """The `Split` of tasks whose data have one shape: every run draws its own samples, and learns
    four fifths of them.

    Raises InputError where a class has fewer than ten images.
    """
    draws = [_drawer(task) for task in tasks]
    samples = [[draw(run) for draw in draws] for run in runs]
    inputs, labels = (
        np.array([[parts[part] for parts in row] for row in samples], np.float32) for part in (0, 1)
    )
    return Split(inputs, labels, round(LEARNT * labels.shape[2]))


def _drawer(task: Task) -> Callable[[int], tuple[np.ndarray, np.ndarray]]:
    """run -> (inputs (sample, feature), labels (sample,)) of a task."""
    if task.data is None:
        return lambda run: planar(task.name, SAMPLES, run)
    source = source_of(task.data, task.against)
    pixels, classes, scale = rows_of(source, ("learning", "probe", "test"))
    labels = classes == task.against
    inside, others = np.flatnonzero(labels), np.flatnonzero(~labels)
    if min(len(inside), len(others)) < LEAST:
        raise InputError(
            f"{task.data}: {len(inside)} images of class {task.against} and {len(others)} others: "
            f"expected {LEAST} of each or more; give more images"
        )

    def draw(run):
        rng = generator(run, "light", "images")
        if task.balanced:
            half = min(SAMPLES // 2, len(inside), len(others))
            halves = [rng.choice(each, half, replace=False) for each in (inside, others)]
            rows = rng.permutation(np.concatenate(halves))
        else:
            rows = rng.choice(len(labels), min(SAMPLES, len(labels)), replace=False)
        return pixels[rows] / scale, labels[rows]

    return draw


def starts_of(runs: Sequence[int], num_features: int) -> list[tuple]:
    """Networks before the first step, one per run, the same in all jobs."""
    return [glorot_start(generator(run, "light", "start"), num_features) for run in runs]


def glorot_start(rng: np.random.Generator, num_features: int, hidden: int = HIDDEN) -> tuple:
    """Weights uniform in ±sqrt(6/(in + out)) and biases of 0, as in Keras: ((in, out), (out,)) of
    both layers.
    """
    params = []
    for rows, columns in ((num_features, hidden), (hidden, 1)):
        limit = np.sqrt(6 / (rows + columns))
        params.append((rng.uniform(-limit, limit, (rows, columns)), np.zeros(columns)))
    return tuple(params)
