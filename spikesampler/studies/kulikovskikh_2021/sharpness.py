"""Sharpness along training, the largest eigenvalue of the loss' Hessian, and how far η λ/2 is from
1, the stable edge.

Gradient descent with step η on a quadratic of curvature λ is stable below λ = 2/η. Networks trained
on the whole training set often sharpen up to there, and stay (Cohen, Kaur, Li, Kolter & Talwalkar
2021, ICLR): the edge of stability. The loss then rises at many steps.

The Hessian is that of what is learnt, by products, at points where ReLUs and LIGHT have
derivatives. LIGHT's corner at T has none: what it does to training shows in the steps at which the
loss rises.
"""

import operator
import time
from dataclasses import asdict, dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from spikesampler.jobs.kept import digest
from spikesampler.landscape.hessian import extreme_eigenvalues
from spikesampler.landscape.precision import enable_x64
from spikesampler.studies.kulikovskikh_2021.output_units import Setting, loss_of, train
from spikesampler.studies.kulikovskikh_2021.training_jobs import split_of, starts_of

__all__ = ["EdgeJob", "measure_edge", "sharpness"]

CLOSE = 1e-3  #: to which η λ/2 is to be known


@partial(jax.jit, static_argnames=("unravel", "unit", "loss"))
def _product(vector, flat, inputs, labels, setting, *, unravel, unit, loss):
    def of(flat):
        return loss_of(
            unravel(flat), inputs, labels, jnp.ones(len(labels)), setting, unit=unit, loss=loss
        )

    return jax.jvp(jax.grad(of), (flat,), (vector,))[1]


def sharpness(params, inputs, labels, setting, *, unit, loss="cross_entropy"):
    """Largest eigenvalue of the Hessian of a network's loss (`output_units.loss_of`), nan where
    params are not finite.

    In float64, to 1e-3 of itself or 2e-3/rate; inputs (sample, feature), labels (sample,), setting
    a `Setting` of numbers. Lanczos, see `extreme_eigenvalues`, which raises NotConvergedError.
    """
    with enable_x64(True):
        flat, unravel = ravel_pytree(jax.tree.map(lambda one: jnp.asarray(one, float), params))
        if not np.isfinite(flat).all():
            return float("nan")
        at = (
            flat,
            jnp.asarray(inputs, float),
            jnp.asarray(labels, float),
            Setting(*map(jnp.float64, setting)),
        )

        def product(vector):
            return np.asarray(_product(vector, *at, unravel=unravel, unit=unit, loss=loss))

        found = extreme_eigenvalues(
            product, len(flat), tolerance=CLOSE, absolute=2 * CLOSE / float(setting.rate)
        )
    return found.largest


@dataclass(frozen=True)
class EdgeJob:
    """Networks of tasks with data of one shape, trained by SGD with cross-entropy, and looked at on
    the way.

    settings : tuples of `Setting`, the same for all tasks. batch : samples per step; 0: all that
        are learnt.
    every : epochs between parameters that are kept; looks : how many of these are looked at, about
        logarithmically.
    """

    name: str
    tasks: tuple
    unit: str
    settings: tuple
    runs: tuple
    batch: int
    epochs: int
    every: int
    looks: int

    @property
    def file_name(self):
        """Another name for every other job."""
        facts = {name: value for name, value in asdict(self).items() if name != "name"}
        return f"edge-{self.unit}-{digest(facts)}.npz"

    @property
    def label(self):
        """What is said of it."""
        return (
            f"{self.name} on {len(self.tasks)} tasks, {len(self.settings)} settings,"
            f" {len(self.runs)} runs"
        )

    @property
    def looked_at(self):
        """Epochs (look,) at which sharpness is measured: half of them spread over the second half
        of training.
        """
        last = self.epochs // self.every
        early = np.geomspace(1, max(last / 2, 1), self.looks - self.looks // 2 - 1)
        late = np.linspace(last / 2, last, self.looks // 2 + 1)[1:]
        return self.every * np.unique(np.r_[0, early, late].round().astype(int))


def measure_edge(job):
    """edge (run, task, setting, look), η λ/2 at `job.looked_at`; loss and test accuracy there;
    rising (run, task, setting), the share of epochs of the second half at which the loss on what is
    learnt rises; facts.
    """
    began, split = time.monotonic(), split_of(job.tasks, job.runs)
    settings = Setting(*np.array(job.settings, float).T)
    batch = job.batch or split.learnt
    course = train(
        split,
        starts_of(job.runs, split.inputs.shape[-1]),
        settings,
        job.runs,
        unit=job.unit,
        epochs=job.epochs,
        batch=batch,
        keep=job.every,
    )
    looks = job.looked_at
    shape = (*course.loss.shape[:3], len(looks))
    edge = np.full(shape, np.nan)
    for run, task, number, look in np.ndindex(shape):
        place = (run, task, number, looks[look] // job.every)
        params = jax.tree.map(operator.itemgetter(place), course.params)
        setting = Setting(*job.settings[number])
        learnt = slice(split.learnt)
        found = sharpness(
            params,
            split.inputs[run, task, learnt],
            split.labels[run, task, learnt],
            setting,
            unit=job.unit,
        )
        edge[run, task, number, look] = setting.rate * found / 2
    late = course.loss[..., job.epochs // 2 :]
    rising = (np.diff(late, axis=-1) > 0).mean(axis=-1)
    arrays = {
        "edge": edge,
        "rising": rising,
        "loss": course.loss[..., looks],
        "test": course.test_accuracy[..., looks],
    }
    return arrays, {"job": asdict(job), "seconds": time.monotonic() - began}
