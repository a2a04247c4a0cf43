"""What an epoch costs: how often each layer works in it, and its floating-point operations."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from spikesampler.optional import require
from spikesampler.studies.valizadeh_2022.position_wise import check_params

jax, optax = require("position_wise", "landscape", "jax", "optax")

__all__ = ["Operations", "Times", "operations", "times"]


class Times(NamedTuple):
    """How often per epoch: (L,) each, and the loss (int)."""

    forward: np.ndarray
    weights: np.ndarray
    inputs: np.ndarray
    update: np.ndarray
    loss: int


def times(num_layers: int, position_wise: bool = False) -> Times:
    """How often each layer works in an epoch of a full-batch optimiser, or of the position-wise
    one.
    """
    layer, ones = np.arange(1, num_layers + 1), np.ones(num_layers, int)
    if position_wise:
        return Times(layer, layer, layer - 1, layer, num_layers)
    return Times(ones, ones, (layer > 1).astype(int), ones, 1)


class Operations(NamedTuple):
    """Floating-point operations of each layer once, (L,): forward, gradient of its weights, what
    the gradient of its inputs costs in addition, update; and of the loss with its gradient.
    """

    forward: np.ndarray
    weights: np.ndarray
    inputs: np.ndarray
    update: np.ndarray
    loss: float

    def per_layer(self, times: Times) -> np.ndarray:
        """Those (L,) of an epoch in which each layer works so often, see `times`."""
        return sum(count * cost for count, cost in zip(times[:4], self[:4]))

    def per_epoch(self, times: Times) -> float:
        """Their sum over the layers, and the loss."""
        return float(self.per_layer(times).sum() + times.loss * self.loss)


def operations(
    layers: Sequence[Callable],
    loss: Callable,
    params: Any,
    inputs: jax.Array,
    targets: jax.Array,
    inner: optax.GradientTransformation,
) -> Operations:
    """Count the operations of each layer as XLA does before it optimises (a multiplication and an
    addition are two).

    Arguments as in `position_wise`. Activations such as exp count as none, as XLA has no number of
    operations for them; a matrix product (n, in) x (in, out) counts 2 n in out.
    """
    check_params(params, layers)
    costs, activations = [], inputs
    for layer, own in zip(layers, params):
        outputs, both = jax.vjp(layer, own, activations)
        _, weights = jax.vjp(lambda p, layer=layer, h=activations: layer(p, h), own)
        gradient = _flops(_pull, weights, outputs)
        update = _flops(partial(_move, inner), own, inner.init(own), own)
        forward = _flops(layer, own, activations)
        costs.append((forward, gradient, _flops(_pull, both, outputs) - gradient, update))
        activations = outputs
    cost = _flops(jax.value_and_grad(loss), activations, targets)
    return Operations(*np.array(costs, float).T, cost)


def _pull(pullback, cotangent):
    return pullback(cotangent)


def _move(inner, gradient, state, params):
    return optax.apply_updates(params, inner.update(gradient, state, params)[0])


def _flops(function, *arguments: Any) -> float:
    """Floating-point operations of a function on these arguments."""
    analysis = jax.jit(function).lower(*arguments).cost_analysis()
    return float(analysis.get("flops", 0.0))
