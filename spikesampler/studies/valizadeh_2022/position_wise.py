"""The position-wise optimizer: an epoch in L stages, the s-th of which updates the last s of L
layers.

    stage s = 1 … L:   W_l ← W_l − η ∂E/∂W_l   for l = L−s+1 … L,   gradients anew at every stage

so layer l gets l updates per epoch. Of the forward pass only what has changed is run again, layers
L−s+1 … L after stage s < L, and a backward pass ends at the first layer that it updates. Times that
a layer works per epoch:

                       forward   gradient of weights   gradient of inputs   update
    gradient descent      1               1            1 (0 in layer 1)        1
    position-wise         l               l                  l − 1             l

Reference: Valizadeh (2022), "Position-wise optimizer: a nature-inspired optimization algorithm",
arXiv:2204.05312, Algorithm 2. Within a stage all gradients are taken before any weight moves, as
its lines 13 and 14 say.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from spikesampler.errors import InputError

__all__ = ["Operations", "PositionWiseState", "operations", "position_wise", "times"]


class PositionWiseState(NamedTuple):
    """inner: a state of the inner optimiser per layer; updates (L,) int32: how often each layer was
    updated so far; losses (L,): the loss before each stage of the latest epoch.
    """

    inner: tuple
    updates: jax.Array
    losses: jax.Array


def position_wise(layers, loss, inner):
    """An optax transformation, one `update` of which is an epoch of L stages.

    layers : L functions (parameters, activations) -> activations, jax-differentiable; the first one
        gets the inputs. Parameters are any pytrees, one per layer.
    loss : (outputs, targets) -> scalar.
    inner : what moves a layer at each of its updates, an optax transformation such as
        optax.sgd(0.01).

    As gradients change between stages, `update` does not take any: it takes the batch. The rest is
    optax's:

        optimizer = position_wise(layers, loss, optax.sgd(0.01))
        state = optimizer.init(params)                                              # params: a
        sequence of L pytrees updates, state = optimizer.update(None, state, params, inputs=x,
        targets=y) params = optax.apply_updates(params, updates)

    With one layer, `updates` are those of the inner optimiser, bit for bit. Compile it (jax.jit):
    gradients of the inputs are then not computed. Raises InputError where there are not as many
    parameters as layers.
    """
    layers = tuple(layers)
    if not layers:
        raise InputError(
            "layers=(): expected at least one function (parameters, activations) -> activations"
        )
    inner = optax.with_extra_args_support(inner)
    num_layers = len(layers)

    def init(params):
        _check_params(params, layers)
        counts = jnp.zeros(num_layers, jnp.int32)
        return PositionWiseState(
            tuple(inner.init(one) for one in params), counts, jnp.zeros(num_layers)
        )

    def update(grads, state, params=None, *, inputs, targets):
        del grads  # they are taken at every stage
        _check_params(params, layers)
        now, inner_states, moved, losses = list(params), list(state.inner), [None] * num_layers, []
        activations, pullbacks = [inputs] + [None] * num_layers, [None] * num_layers

        def run(first):
            for l in range(first, num_layers):
                activations[l + 1], pullbacks[l] = jax.vjp(layers[l], now[l], activations[l])

        run(0)
        for stage in range(1, num_layers + 1):
            value, pullback = jax.vjp(lambda outputs: loss(outputs, targets), activations[-1])
            losses.append(value)
            (cotangent,) = pullback(jnp.ones_like(value))
            for l in range(num_layers - 1, num_layers - 1 - stage, -1):
                gradient, cotangent = pullbacks[l](cotangent)
                step, inner_states[l] = inner.update(gradient, inner_states[l], now[l])
                now[l] = optax.apply_updates(now[l], step)
                moved[l] = step if moved[l] is None else jax.tree.map(jnp.add, moved[l], step)
            if stage < num_layers:
                run(num_layers - stage)
        counts = state.updates + jnp.arange(1, num_layers + 1, dtype=jnp.int32)
        updates = jax.tree.unflatten(jax.tree.structure(params), jax.tree.leaves(moved))
        return updates, PositionWiseState(
            tuple(inner_states), counts, jnp.stack(losses).astype(state.losses.dtype)
        )

    return optax.GradientTransformationExtraArgs(init, update)


def _check_params(params, layers):
    if not isinstance(params, (tuple, list)) or len(params) != len(layers):
        given = (
            f"{len(params)} layers" if isinstance(params, (tuple, list)) else type(params).__name__
        )
        raise InputError(
            f"params: {given} for {len(layers)} layer functions; give a tuple or list, one pytree"
            " per layer"
        )


class Times(NamedTuple):
    """How often per epoch: (L,) each, and the loss (int)."""

    forward: np.ndarray
    weights: np.ndarray
    inputs: np.ndarray
    update: np.ndarray
    loss: int


def times(num_layers, position_wise=False):
    """How often each layer works in an epoch of a full-batch optimiser, or of the position-wise
    one.
    """
    if position_wise:
        l = np.arange(1, num_layers + 1)
        return Times(l, l, l - 1, l, num_layers)
    ones = np.ones(num_layers, int)
    return Times(ones, ones, (np.arange(num_layers) > 0).astype(int), ones, 1)


class Operations(NamedTuple):
    """Floating-point operations of each layer once, (L,): forward, gradient of its weights, what
    the gradient of its inputs costs in addition, update; and of the loss with its gradient.
    """

    forward: np.ndarray
    weights: np.ndarray
    inputs: np.ndarray
    update: np.ndarray
    loss: float

    def per_layer(self, times):
        """Floating-point operations (L,) of an epoch in which each layer works so often, see
        `times`.
        """
        return sum(count * cost for count, cost in zip(times[:4], self[:4]))

    def per_epoch(self, times):
        """Their sum over the layers, and the loss."""
        return float(self.per_layer(times).sum() + times.loss * self.loss)


def operations(layers, loss, params, inputs, targets, inner):
    """Count the operations of each layer as XLA does before it optimises (a multiplication and an
    addition are two).

    Arguments as in `position_wise`. Activations such as exp count as none, as XLA has no number of
    operations for them; a matrix product (n, in) x (in, out) counts 2 n in out.
    """
    _check_params(params, layers)
    found, activations = [], inputs
    for layer, one in zip(layers, params):
        outputs, both = jax.vjp(layer, one, activations)
        _, weights = jax.vjp(lambda p, layer=layer, h=activations: layer(p, h), one)
        gradient = _flops(lambda pullback, cotangent: pullback(cotangent), weights, outputs)
        state = inner.init(one)
        found.append(
            (
                _flops(layer, one, activations),
                gradient,
                _flops(lambda pullback, cotangent: pullback(cotangent), both, outputs) - gradient,
                _flops(
                    lambda g, s, p: optax.apply_updates(p, inner.update(g, s, p)[0]),
                    one,
                    state,
                    one,
                ),
            )
        )
        activations = outputs
    cost = _flops(jax.value_and_grad(loss), activations, targets)
    return Operations(*np.array(found, float).T, cost)


def _flops(function, *arguments: Any):
    """Floating-point operations of a function on these arguments."""
    found = jax.jit(function).lower(*arguments).cost_analysis()
    return float(found.get("flops", 0.0))
