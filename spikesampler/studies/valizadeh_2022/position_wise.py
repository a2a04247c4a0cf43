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

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from spikesampler.errors import InputError
from spikesampler.optional import require

jax, jnp, optax = require("position_wise", "landscape", "jax", "jax.numpy", "optax")

__all__ = ["PositionWiseState", "check_params", "position_wise"]


class PositionWiseState(NamedTuple):
    """inner: a state of the inner optimiser per layer; updates (L,) int32: how often each layer was
    updated so far; losses (L,): the loss before each stage of the latest epoch.
    """

    inner: tuple
    updates: jax.Array
    losses: jax.Array


def position_wise(
    layers: Sequence[Callable], loss: Callable, inner: optax.GradientTransformation
) -> optax.GradientTransformationExtraArgs:
    """An optax transformation, one `update` of which is an epoch of L stages.

    layers : L functions (parameters, activations) -> activations, jax-differentiable; the first one
    gets the inputs. Parameters are any pytrees, one per layer. loss : (outputs, targets) -> scalar.
    inner : what moves a layer at each of its updates, such as optax.sgd(0.01).

    As gradients change between stages, `update` does not take any: it takes the batch. The rest is
    optax's, with params a sequence of L pytrees:

        optimizer = position_wise(layers, loss, optax.sgd(0.01))
        state = optimizer.init(params)
        updates, state = optimizer.update(None, state, params, inputs=x, targets=y)
        params = optax.apply_updates(params, updates)

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

    def init(params):
        check_params(params, layers)
        counts, losses = jnp.zeros(len(layers), jnp.int32), jnp.zeros(len(layers))
        return PositionWiseState(tuple(map(inner.init, params)), counts, losses)

    def update(grads, state, params=None, *, inputs, targets):
        del grads  # they are taken at every stage
        check_params(params, layers)
        return _stages(layers, loss, inner, state, params, inputs, targets)

    return optax.GradientTransformationExtraArgs(init, update)


def _stages(layers, loss, inner, state, params, inputs, targets):
    """(updates, state) after the L stages of an epoch."""
    num_layers = len(layers)
    now, states, moved, losses = list(params), list(state.inner), [None] * num_layers, []
    activations, pullbacks = [inputs] + [None] * num_layers, [None] * num_layers
    for stage in range(1, num_layers + 1):
        # forward: all layers at first, then those that the stage before has moved
        for l in range(0 if stage == 1 else num_layers + 1 - stage, num_layers):
            activations[l + 1], pullbacks[l] = jax.vjp(layers[l], now[l], activations[l])
        value, pullback = jax.vjp(lambda outputs: loss(outputs, targets), activations[-1])
        losses.append(value)
        (cotangent,) = pullback(jnp.ones_like(value))
        for l in range(num_layers - 1, num_layers - 1 - stage, -1):
            gradient, cotangent = pullbacks[l](cotangent)
            step, states[l] = inner.update(gradient, states[l], now[l])
            now[l] = optax.apply_updates(now[l], step)
            moved[l] = step if moved[l] is None else jax.tree.map(jnp.add, moved[l], step)
    counts = state.updates + jnp.arange(1, num_layers + 1, dtype=jnp.int32)
    updates = jax.tree.unflatten(jax.tree.structure(params), jax.tree.leaves(moved))
    losses = jnp.stack(losses).astype(state.losses.dtype)
    return updates, PositionWiseState(tuple(states), counts, losses)


def check_params(params: Any, layers: Sequence[Callable]) -> None:
    """Raise InputError where there are not as many parameters as layers."""
    if not isinstance(params, (tuple, list)) or len(params) != len(layers):
        given = (
            f"{len(params)} layers" if isinstance(params, (tuple, list)) else type(params).__name__
        )
        raise InputError(
            f"params: {given} for {len(layers)} layer functions; give a tuple or list, one pytree"
            " per layer"
        )
