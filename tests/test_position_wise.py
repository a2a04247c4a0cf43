"""The position-wise optimizer against a literal one that runs the whole network at every stage, and
its counts.
"""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from spikesampler.errors import InputError
from spikesampler.networks.layered import classifier, cross_entropy, outputs_of, start
from spikesampler.studies.valizadeh_2022.operations import operations, times
from spikesampler.studies.valizadeh_2022.position_wise import position_wise

INNERS = {"sgd": optax.sgd(0.3), "momentum": optax.sgd(0.1, momentum=0.9), "adam": optax.adam(0.01)}


def batch(rng, pixels=6, images=15, classes=4):
    return jnp.asarray(rng.random((images, pixels))), jnp.asarray(
        rng.integers(classes, size=images)
    )


def literal_epoch(layers, loss, inner, params, states, inputs, targets):
    """Every stage: the gradient of the whole loss by jax, of which the last s layers are used.
    Slow, and the truth.
    """
    params, states, losses = list(params), list(states), []
    for stage in range(1, len(layers) + 1):
        value, gradients = jax.value_and_grad(
            lambda p: loss(outputs_of(layers, p, inputs), targets)
        )(tuple(params))
        losses.append(value)
        for l in range(len(layers) - stage, len(layers)):
            step, states[l] = inner.update(gradients[l], states[l], params[l])
            params[l] = optax.apply_updates(params[l], step)
    return tuple(params), states, losses


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize(
    ("hidden", "name"), [((), "adam"), ((5,), "momentum"), ((5, 4), "adam"), ((7, 1, 3), "sgd")]
)
def test_reused_forwards_equal_full_ones(hidden, name):
    rng, inner = np.random.default_rng(len(hidden)), INNERS[name]
    layers, (inputs, targets) = classifier(len(hidden) + 1), batch(rng)
    params = literal = jax.tree.map(jnp.asarray, start(rng, (6, *hidden, 4)))
    optimizer = position_wise(layers, cross_entropy, inner)
    update = jax.jit(optimizer.update)
    slow = jax.jit(
        lambda params, states: literal_epoch(
            layers, cross_entropy, inner, params, states, inputs, targets
        )
    )
    state, states = optimizer.init(params), [inner.init(one) for one in params]
    for _ in range(3):
        updates, state = update(None, state, params, inputs=inputs, targets=targets)
        params = optax.apply_updates(params, updates)
        literal, states, losses = slow(literal, states)
        np.testing.assert_allclose(state.losses, losses, rtol=1e-12)
    for one, other in zip(jax.tree.leaves(params), jax.tree.leaves(literal)):
        np.testing.assert_allclose(
            one, other, rtol=1e-12, atol=1e-13
        )  # sums of steps round otherwise than steps
    np.testing.assert_array_equal(state.updates, 3 * np.arange(1, len(layers) + 1))


@pytest.mark.usefixtures("double")
def test_one_layer_is_gradient_descent_bit_for_bit():
    rng = np.random.default_rng(1)
    inputs, targets = batch(rng)
    params = other = jax.tree.map(jnp.asarray, start(rng, (6, 4)))
    layers, inner = classifier(1), optax.sgd(0.5)
    optimizer = position_wise(layers, cross_entropy, inner)
    state, plain = optimizer.init(params), inner.init(other)
    for _ in range(5):
        updates, state = optimizer.update(None, state, params, inputs=inputs, targets=targets)
        gradients = jax.grad(lambda p: cross_entropy(outputs_of(layers, p, inputs), targets))(other)
        steps, plain = inner.update(gradients, plain, other)
        params, other = optax.apply_updates(params, updates), optax.apply_updates(other, steps)
        for one, two in zip(jax.tree.leaves(params), jax.tree.leaves(other)):
            np.testing.assert_array_equal(one, two)
    assert state.updates.tolist() == [5]


@pytest.mark.usefixtures("double")
def test_a_second_layer_makes_it_another_method():
    """A negative control: position-wise is neither gradient descent nor gradient descent with rates
    1 : 2.
    """
    rng = np.random.default_rng(2)
    inputs, targets = batch(rng)
    params, layers = jax.tree.map(jnp.asarray, start(rng, (6, 5, 4))), classifier(2)
    optimizer = position_wise(layers, cross_entropy, optax.sgd(0.5))
    moved, _ = optimizer.update(
        None, optimizer.init(params), params, inputs=inputs, targets=targets
    )
    gradients = jax.grad(lambda p: cross_entropy(outputs_of(layers, p, inputs), targets))(params)
    for l, closest in ((0, 1), (1, 2)):
        step = -0.5 * closest * gradients[l][0]
        away = jnp.linalg.norm(moved[l][0] - step) / jnp.linalg.norm(step)
        assert 0.01 < away < 0.5  # another one, but not by much


@pytest.mark.usefixtures("double")
def test_any_pytree_is_a_layer():
    """A convolution with its kernel in a dict, a scale that is a number, and a layer without
    parameters.
    """
    rng = np.random.default_rng(3)
    inputs, targets = jnp.asarray(rng.random((8, 12))), jnp.asarray(rng.random(8))
    layers = (
        lambda p, h: (
            jax.vmap(lambda row: jnp.convolve(row, p["kernel"], mode="same"))(h) * p["gain"]
        ),
        lambda p, h: jnp.tanh(h),
        lambda p, h: h @ p,
    )
    params = [
        {"kernel": jnp.asarray(rng.random(3)), "gain": jnp.asarray(0.7)},
        (),
        jnp.asarray(rng.random(12)),
    ]

    def loss(outputs, targets):
        return ((outputs - targets) ** 2).mean()

    inner = optax.sgd(0.1)
    optimizer = position_wise(layers, loss, inner)
    update = jax.jit(optimizer.update)
    slow = jax.jit(
        lambda params, states: literal_epoch(layers, loss, inner, params, states, inputs, targets)
    )
    states, literal, state = [inner.init(one) for one in params], params, optimizer.init(params)
    for _ in range(4):
        updates, state = update(None, state, params, inputs=inputs, targets=targets)
        assert jax.tree.structure(updates) == jax.tree.structure(params)
        params = optax.apply_updates(params, updates)
        literal, states, _ = slow(literal, states)
    for one, other in zip(jax.tree.leaves(params), jax.tree.leaves(literal)):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.usefixtures("double")
@pytest.mark.parametrize("dtype", [jnp.float16, jnp.float32, jnp.float64])
def test_the_state_keeps_its_types(dtype):
    """So that epochs can be scanned in any precision."""
    rng = np.random.default_rng(8)
    inputs, targets = batch(rng)
    params = jax.tree.map(lambda one: jnp.asarray(one, dtype), start(rng, (6, 5, 4)))
    optimizer = position_wise(classifier(2), cross_entropy, optax.sgd(0.1))

    def epoch(carry, _):
        updates, state = optimizer.update(
            None, carry[1], carry[0], inputs=inputs.astype(dtype), targets=targets
        )
        return (optax.apply_updates(carry[0], updates), state), state.losses[0]

    (params, state), losses = jax.lax.scan(epoch, (params, optimizer.init(params)), length=3)
    assert {one.dtype for one in jax.tree.leaves(params)} == {jnp.dtype(dtype)}
    assert state.updates.tolist() == [3, 6]
    assert (np.diff(losses) < 0).all()


def test_it_chains_like_any_transformation():
    rng = np.random.default_rng(4)
    inputs, targets = batch(rng)
    params, layers = jax.tree.map(jnp.asarray, start(rng, (6, 5, 4))), classifier(2)
    alone = position_wise(layers, cross_entropy, optax.sgd(0.1))
    chained = optax.chain(alone, optax.scale(0.5))
    full, half = (
        jax.jit(one.update)(None, one.init(params), params, inputs=inputs, targets=targets)[0]
        for one in (alone, chained)
    )
    for one, two in zip(jax.tree.leaves(full), jax.tree.leaves(half)):
        np.testing.assert_array_equal(0.5 * one, two)


@pytest.mark.parametrize(
    ("params", "text"),
    [
        (
            ((1.0,),),
            "params: 1 layers for 2 layer functions; give a tuple or list, one pytree per layer",
        ),
        (None, "params: NoneType for 2 layer functions"),
        ({"a": 1.0, "b": 2.0}, "params: dict for 2 layer functions"),
    ],
)
def test_wrong_params(params, text):
    optimizer = position_wise(classifier(2), cross_entropy, optax.sgd(0.1))
    with pytest.raises(InputError, match=text):
        optimizer.init(params)
    with pytest.raises(InputError, match=text):
        optimizer.update(None, None, params, inputs=None, targets=None)


def test_no_layers():
    with pytest.raises(InputError, match=r"layers=\(\): expected at least one function"):
        position_wise((), cross_entropy, optax.sgd(0.1))


# --- operations -----


def test_operations_of_dense_layers():
    """Products count 2 n in out; what is left is biases, ReLUs and their masks, a few per
    activation.
    """
    rng, sizes, n = np.random.default_rng(5), (6, 9, 5, 4), 15
    inputs, targets = batch(rng)
    params, layers = start(rng, sizes), classifier(3)
    found = operations(layers, cross_entropy, params, inputs, targets, optax.sgd(0.1))
    for l, (rows, columns) in enumerate(pairwise(sizes)):
        product = 2 * n * rows * columns
        assert 0 <= found.forward[l] - product <= 3 * n * columns
        assert (
            0
            <= found.weights[l] - product + 2 * rows * columns
            <= 3 * n * columns + 2 * rows * columns
        )
        assert 0 <= found.inputs[l] - product + 2 * n * rows <= 2 * n * rows + n * columns
        assert found.update[l] == 2 * (rows + 1) * columns
    twice = operations(
        layers,
        cross_entropy,
        params,
        jnp.tile(inputs, (2, 1)),
        jnp.tile(targets, 2),
        optax.sgd(0.1),
    )
    np.testing.assert_allclose(twice.forward, 2 * found.forward, rtol=1e-12)


def test_an_epoch_counts_what_it_runs():
    """Matrix products in the program of one epoch: l forward and l for weights in layer l, l - 1
    for inputs.
    """
    rng, sizes = np.random.default_rng(6), (6, 9, 5, 4)
    inputs, targets = batch(rng)
    params, layers = jax.tree.map(jnp.asarray, start(rng, sizes)), classifier(3)
    optimizer = position_wise(layers, cross_entropy, optax.sgd(0.1))
    state = optimizer.init(params)
    lowered = jax.jit(
        lambda p: optimizer.update(None, state, p, inputs=inputs, targets=targets)
    ).lower(params)
    program = lowered.compile().as_text()
    counted = times(3, position_wise=True)
    assert counted.loss == 3
    products = sum(line.count(" dot(") for line in program.splitlines())
    assert products == (counted.forward + counted.weights + counted.inputs).sum() == 6 + 6 + 3
    plain = times(3)
    assert (plain.forward + plain.weights + plain.inputs).sum() == 3 + 3 + 2
    cost = operations(layers, cross_entropy, params, inputs, targets, optax.sgd(0.1))
    whole = lowered.cost_analysis()[
        "flops"
    ]  # with the gradient of the images, which the compiler leaves out
    assert cost.per_epoch(counted) == pytest.approx(
        whole - cost.inputs[0], rel=0.05
    )  # one product is more
    assert cost.per_epoch(plain) == pytest.approx(cost.per_layer(plain).sum() + cost.loss)


def test_all_operations_in_the_first_layer_make_an_epoch_as_cheap():
    """The paper's network on 12 288 pixels: position-wise costs as much as gradient descent, to a
    few per mille.
    """
    rng = np.random.default_rng(7)
    inputs, targets = jnp.asarray(rng.random((20, 12288))), jnp.asarray(rng.integers(2, size=20))
    found = operations(
        classifier(4),
        cross_entropy,
        start(rng, (12288, 20, 7, 5, 2)),
        inputs,
        targets,
        optax.sgd(0.1),
    )
    ratio = found.per_epoch(times(4, position_wise=True)) / found.per_epoch(times(4))
    assert 1.0005 < ratio < 1.01
