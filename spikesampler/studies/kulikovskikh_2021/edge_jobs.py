"""Jobs that measure how far training is from the edge of stability, see `sharpness`."""

import operator
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from spikesampler.studies.kulikovskikh_2021.samples import Task, split_of, starts_of
from spikesampler.studies.kulikovskikh_2021.setting import Setting
from spikesampler.studies.kulikovskikh_2021.training_jobs import digest_of

__all__ = ["EdgeJob", "measure_edge"]


@dataclass(frozen=True)
class EdgeJob:
    """Networks of tasks with data of one shape, trained by SGD with cross-entropy, whose sharpness
    is measured on the way.

    settings : tuples of `Setting`, the same for all tasks. batch : samples per step; 0: all that
    are learnt. every : epochs between parameters that are kept; looks : at how many of these
    sharpness is measured, about logarithmically.
    """

    name: str
    tasks: tuple[Task, ...]
    unit: str
    settings: tuple
    runs: tuple[int, ...]
    batch: int
    epochs: int
    every: int
    looks: int

    @property
    def file_name(self) -> str:
        """Another name for every other job."""
        return f"edge-{self.unit}-{digest_of(self)}.npz"

    @property
    def label(self) -> str:
        """What is said of it."""
        return (
            f"{self.name} on {len(self.tasks)} tasks, {len(self.settings)} settings,"
            f" {len(self.runs)} runs"
        )

    @property
    def measured_epochs(self) -> np.ndarray:
        """Epochs (epoch,) at which sharpness is measured: half of them spread over the second half
        of training.
        """
        last = self.epochs // self.every
        early = np.geomspace(1, max(last / 2, 1), self.looks - self.looks // 2 - 1)
        late = np.linspace(last / 2, last, self.looks // 2 + 1)[1:]
        return self.every * np.unique(np.r_[0, early, late].round().astype(int))


def measure_edge(job: EdgeJob) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """edge (run, task, setting, epoch), η λ/2 at `job.measured_epochs`; loss and test accuracy
    there; rising (run, task, setting), the share of epochs of the second half at which the loss on
    what is learnt rises; facts.
    """
    import jax

    from spikesampler.studies.kulikovskikh_2021.sharpness import sharpness
    from spikesampler.studies.kulikovskikh_2021.training import train

    began, split = time.monotonic(), split_of(job.tasks, job.runs)
    course = train(
        split,
        starts_of(job.runs, split.inputs.shape[-1]),
        Setting(*np.array(job.settings, float).T),
        job.runs,
        unit=job.unit,
        epochs=job.epochs,
        batch=job.batch or split.learnt,
        keep=job.every,
    )
    epochs, learnt = job.measured_epochs, slice(split.learnt)
    edge = np.full((*course.loss.shape[:3], len(epochs)), np.nan)
    for run, task, number, epoch in np.ndindex(edge.shape):
        place = (run, task, number, epochs[epoch] // job.every)
        params = jax.tree.map(operator.itemgetter(place), course.params)
        setting = Setting(*job.settings[number])
        samples = split.inputs[run, task, learnt], split.labels[run, task, learnt]
        curvature = sharpness(params, *samples, setting, unit=job.unit)
        edge[run, task, number, epoch] = setting.rate * curvature / 2
    rising = (np.diff(course.loss[..., job.epochs // 2 :], axis=-1) > 0).mean(axis=-1)
    arrays = {
        "edge": edge,
        "rising": rising,
        "loss": course.loss[..., epochs],
        "test": course.test_accuracy[..., epochs],
    }
    return arrays, {"job": asdict(job), "seconds": time.monotonic() - began}
