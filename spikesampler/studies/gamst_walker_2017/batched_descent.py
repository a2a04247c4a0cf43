"""Many ReLU networks that descend at once on one training set: full batch, float32, in step.

How it is fast on a CPU: activations are (network, neuron, point), so that every product runs along
the points, and the transposed weights that the backward pass needs are written out, which XLA's
matrix products need to take their fast path; a chunk's activations stay in the cache. On a GPU the
same program runs with larger chunks.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from spikesampler.errors import InputError
from spikesampler.optional import require
from spikesampler.studies.gamst_walker_2017.relu_net import Array, Size, forward, unflatten

__all__ = ["State", "advance", "error_by_lanes", "init", "mean_squared_error", "pad_points"]

jax, jnp, optax = require("training", "landscape", "jax", "jax.numpy", "optax")

Points = tuple[np.ndarray, np.ndarray, np.ndarray]  # x, y, weight

LANES = 16  #: points are padded to a multiple, the width of the widest vector registers


class State(NamedTuple):
    """params (n, num_parameters) float32; opt, the optimiser's state; steps done."""

    params: jax.Array
    opt: Any
    steps: jax.Array


@jax.custom_vjp
def _affine(weights, biases, h):
    return _affine_forward(weights, biases, h)[0]


def _affine_forward(weights, biases, h):
    transposed = jax.lax.optimization_barrier(jnp.matrix_transpose(weights))
    return transposed @ h + biases[..., None], (weights, h)


def _affine_backward(saved, delta):
    weights, h = saved
    gradients = jax.lax.platform_dependent(h, delta, cpu=_by_lanes, default=_by_products)
    return *gradients, weights @ delta


_affine.defvjp(_affine_forward, _affine_backward)


def _by_products(h, delta):
    """Gradients of weights and biases, sums over points of h delta and of delta."""
    return jnp.einsum("...ip,...jp->...ij", h, delta), delta.sum(axis=-1)


def _by_lanes(h, delta):
    """The same, added up in vectors of LANES points first.

    XLA's sums along the last axis do not use the vectors.
    """
    parts = [slice(at, at + LANES) for at in range(0, h.shape[-1], LANES)]
    weights = sum(h[..., :, None, part] * delta[..., None, :, part] for part in parts)
    biases = sum(delta[..., part] for part in parts)
    ones = jnp.ones(LANES, h.dtype)
    weights, biases = jax.lax.optimization_barrier((weights, biases))
    return weights @ ones, biases @ ones


def pad_points(x: np.ndarray, y: np.ndarray, dtype: Any = np.float32) -> Points:
    """x, y and weights, (point,) each, padded with points of weight 0.

    The weights of the others sum to 1.
    """
    spare = -len(x) % LANES
    weights = np.full(len(x), 1 / len(x))
    return tuple(np.pad(values, (0, spare)).astype(dtype) for values in (x, y, weights))


def mean_squared_error(params: jax.Array, points: Points, depth: Size, width: Size) -> jax.Array:
    """(n,) errors of networks (n, num_parameters) on points as `pad_points` gives them."""
    x, y, weights = points
    if len(x) % LANES:
        raise InputError(
            f"{len(x)} points: expected a multiple of {LANES}; give them as pad_points does"
        )
    outputs = forward(unflatten(params, depth, width), x, _affine)
    return ((outputs - y) ** 2 * weights).sum(axis=-1)


def error_by_lanes(x: Array, y: Array, depth: Size = None, width: Size = None) -> Callable:
    """`relu_net.error_on` by the fast products of this module, in float64.

    jax can differentiate it, but has no Hessian of it.
    """
    points = pad_points(x, y, np.float64)
    return partial(mean_squared_error, points=points, depth=depth, width=width)


def init(optimizer: optax.GradientTransformation, starts: np.ndarray) -> State:
    """The State in which networks (n, num_parameters) begin."""
    params = jnp.asarray(starts, jnp.float32)
    return State(params, optimizer.init(params), jnp.zeros((), jnp.int32))


@partial(jax.jit, static_argnames=("optimizer", "steps", "depth", "width"))
def advance(
    state: State,
    points: Points,
    *,
    optimizer: optax.GradientTransformation,
    steps: int,
    depth: int,
    width: int,
) -> tuple[State, jax.Array]:
    """The State `steps` steps on, and the errors (n,) of the networks before the first of them."""

    def total(params):
        errors = mean_squared_error(params, points, depth, width)
        return errors.sum(), errors

    def step(state, _):
        gradient = jax.grad(total, has_aux=True)(state.params)[0]
        updates, opt = optimizer.update(gradient, state.opt, state.params)
        return State(optax.apply_updates(state.params, updates), opt, state.steps + 1), None

    errors = total(state.params)[1]
    return jax.lax.scan(step, state, None, length=steps)[0], errors
