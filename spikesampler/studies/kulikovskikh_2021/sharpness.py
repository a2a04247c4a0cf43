"""Sharpness along training, the largest eigenvalue of the loss' Hessian, and how far η λ/2 is from
1, the stable edge.

Gradient descent with step η on a quadratic of curvature λ is stable below λ = 2/η. Networks trained
on the whole training set often sharpen up to there, and stay (Cohen, Kaur, Li, Kolter & Talwalkar
2021, ICLR): the edge of stability. The loss then rises at many steps.

The Hessian is that of what is learnt, by products, at points where ReLUs and LIGHT have
derivatives. LIGHT's corner at T has none: what it does to training shows in the steps at which the
loss rises.
"""

from functools import partial
from typing import Any

import numpy as np

from spikesampler.landscape.hessian import extreme_eigenvalues
from spikesampler.landscape.precision import enable_x64
from spikesampler.optional import require
from spikesampler.studies.kulikovskikh_2021.output_units import loss_of
from spikesampler.studies.kulikovskikh_2021.setting import Setting

jax, jnp, flatten_util = require("sharpness", "landscape", "jax", "jax.numpy", "jax.flatten_util")

__all__ = ["sharpness"]

CLOSE = 1e-3  #: to which η λ/2 is to be known


@partial(jax.jit, static_argnames=("unravel", "unit", "loss"))
def _product(vector, flat, inputs, labels, setting, *, unravel, unit, loss):
    def loss_at(flat):
        weights = jnp.ones(len(labels))
        return loss_of(unravel(flat), inputs, labels, weights, setting, unit=unit, loss=loss)

    return jax.jvp(jax.grad(loss_at), (flat,), (vector,))[1]


def sharpness(
    params: Any,
    inputs: np.ndarray,
    labels: np.ndarray,
    setting: Setting,
    *,
    unit: str,
    loss: str = "cross_entropy",
) -> float:
    """Largest eigenvalue of the Hessian of a network's loss (`output_units.loss_of`), nan where
    params are not finite.

    In float64, to 1e-3 of itself or 2e-3/rate; inputs (sample, feature), labels (sample,), setting
    a `Setting` of numbers. Lanczos, see `extreme_eigenvalues`, which raises NotConvergedError.
    """
    with enable_x64(True):
        flat, unravel = flatten_util.ravel_pytree(
            jax.tree.map(lambda part: jnp.asarray(part, float), params)
        )
        if not np.isfinite(flat).all():
            return float("nan")
        samples = jnp.asarray(inputs, float), jnp.asarray(labels, float)
        place = (flat, *samples, Setting(*map(jnp.float64, setting)))

        def product(vector):
            return np.asarray(_product(vector, *place, unravel=unravel, unit=unit, loss=loss))

        precision = {"tolerance": CLOSE, "absolute": 2 * CLOSE / float(setting.rate)}
        return extreme_eigenvalues(product, len(flat), **precision).largest
