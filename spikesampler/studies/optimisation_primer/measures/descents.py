"""Descents in float64: paths, steps until a loss is reached, and values of jax functions.

u_i = −g_i + β u_{i−1},  w += α u    gradient descent, with momentum where β > 0
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from spikesampler.landscape.precision import enable_x64
from spikesampler.optional import require
from spikesampler.studies.optimisation_primer import quadratic

__all__ = ["crossing_steps", "descents", "in_float64"]

jax, jnp, optax = require("descent", "landscape", "jax", "jax.numpy", "optax")


def in_float64(function: Callable, *arguments: Any) -> Any:
    """Value of a jax function, as numpy."""
    with enable_x64(True):
        return jax.tree.map(np.asarray, jax.jit(function)(*arguments))


def descents(gradient: Callable, starts: Sequence, settings: np.ndarray, number: int) -> np.ndarray:
    """Paths (p, number + 1, n) from starts (p, n), all compiled as one program.

    gradient : of one w (n,). settings : (p, 1), steps, or (p, 2), steps and momenta.
    """
    momentum = settings[:, 1:] if settings.shape[1] > 1 else None
    optimizer = optax.sgd(settings[:, :1], momentum=momentum)
    paths = quadratic.descend(optimizer, jax.vmap(gradient), np.array(starts), number)
    return np.moveaxis(paths, 1, 0)


def crossing_steps(
    function: Callable,
    start: Sequence[float],
    steps: Sequence[float],
    momenta: Sequence[float],
    *,
    level: float,
    budget: int,
) -> np.ndarray:
    """Steps (α, β) until function(w) first is `level` or less; −1 where that is beyond the budget.

    start : (n,), the same for all.
    """

    def walk(setting):
        optimizer = optax.sgd(setting[0], momentum=setting[1])
        first = jnp.asarray(start), optimizer.init(jnp.asarray(start)), 0

        def goes_on(carry):
            return (function(carry[0]) > level) & (carry[2] < budget)

        def step(carry):
            updates, state = optimizer.update(jax.grad(function)(carry[0]), carry[1])
            return carry[0] + updates, state, carry[2] + 1

        w, _, count = jax.lax.while_loop(goes_on, step, first)
        return jnp.where(function(w) <= level, count, -1)

    settings = np.array([[(step, momentum) for momentum in momenta] for step in steps])
    return in_float64(jax.vmap(jax.vmap(walk)), settings)
