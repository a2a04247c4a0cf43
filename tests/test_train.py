"""Training of many networks, optimisers and noise: against loops in numpy, the formulas of Keras,
and the noise's laws.

References are in float64. Tolerances of float32 are counted in its unit roundoff U; a sign, a
factor or a point left out misses by 1e-3 and more.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy.linalg import solve_discrete_lyapunov
from scipy.special import ndtr

from spikesampler.errors import InputError
from spikesampler.networks.optimizers import (
    ARMS,
    OPTIMIZERS,
    SCHEDULES,
    STUDIED,
    langevin_rate,
    make_optimizer,
    settings,
    synaptic_noise,
)
from spikesampler.studies.gamst_walker_2017 import batched_descent
from spikesampler.studies.gamst_walker_2017.relu_net import (
    apply,
    error_on,
    gamst_walker,
    glorot_uniform,
    training_set,
    unflatten,
)

SIGMAS = 5  # bounds are this many standard errors
U = 2.0**-24  # unit roundoff of float32
DEPTH, WIDTH = 2, 3
SHAPE = NUMBER, _ = 40, 22  # networks and their parameters
X = np.linspace(
    -1, 1, 21
)  # not a multiple of 16 points, and 0 among them, where networks without biases have kinks
Y = np.sin(3 * X) + X
STEPS, SIGMA = 6, 0.05


def starts(seed=0, number=NUMBER):
    """Networks with biases, but for the first, in numbers that float32 has."""
    params = glorot_uniform(np.random.default_rng(seed), number, DEPTH, WIDTH)
    params[1:] += 0.1 * np.random.default_rng([seed, 1]).standard_normal(params[1:].shape)
    return params.astype(np.float32).astype(float)


def errors_of(params):
    """Mean squared errors (n,), in numpy."""
    return ((apply(np.asarray(params, float), X, DEPTH, WIDTH) - Y) ** 2).mean(axis=-1)


def gradients_of(params):
    """Of the mean squared errors, (n, num_parameters) in numpy: backwards through the layers."""
    found = []
    for one in np.asarray(params, float):
        layers, into = unflatten(one, DEPTH, WIDTH), [X[:, None]]
        for weights, biases in layers[:-1]:
            into.append(np.maximum(into[-1] @ weights + biases, 0))
        delta, parts = 2 * (into[-1] @ layers[-1][0] + layers[-1][1] - Y[:, None]) / len(X), []
        for h, (weights, _) in zip(reversed(into), reversed(layers)):
            parts = [(h.T @ delta).ravel(), delta.sum(axis=0), *parts]
            delta = delta @ weights.T * (h > 0)
        found.append(np.concatenate(parts))
    return np.array(found)


class Momentum:
    """Keras' SGD: v = m v - lr g, w += v."""

    def __init__(self, learning_rate, momentum):
        self.rate, self.m, self.v = learning_rate, momentum, 0.0

    def __call__(self, g):
        self.v = self.m * self.v - self.rate * g
        return self.v


class Adadelta:
    """Keras': a = rho a + (1 - rho) g^2, u = g sqrt(d + eps)/sqrt(a + eps), d = rho d + (1 - rho)
    u^2, w -= lr u.
    """

    def __init__(self, learning_rate, rho, eps):
        self.rate, self.rho, self.eps, self.a, self.d = learning_rate, rho, eps, 0.0, 0.0

    def __call__(self, g):
        self.a = self.rho * self.a + (1 - self.rho) * g**2
        u = g * np.sqrt(self.d + self.eps) / np.sqrt(self.a + self.eps)
        self.d = self.rho * self.d + (1 - self.rho) * u**2
        return -self.rate * u


class Adam:
    """Means m of g and v of g^2 with weights 1 - b, divided by what they would be of 1; w -= lr
    m/(sqrt(v) + eps).
    """

    def __init__(self, learning_rate, b1, b2, eps):
        self.rate, self.b1, self.b2, self.eps, self.m, self.v, self.n = (
            learning_rate,
            b1,
            b2,
            eps,
            0.0,
            0.0,
            0,
        )

    def __call__(self, g):
        self.n += 1
        self.m = self.b1 * self.m + (1 - self.b1) * g
        self.v = self.b2 * self.v + (1 - self.b2) * g**2
        m, v = self.m / (1 - self.b1**self.n), self.v / (1 - self.b2**self.n)
        return -self.rate * m / (np.sqrt(v) + self.eps)


class Adagrad:
    """Keras': a += g^2, w -= lr g/sqrt(a + eps); no step where a is 0."""

    def __init__(self, learning_rate, initial_accumulator_value, eps):
        self.rate, self.a, self.eps = learning_rate, initial_accumulator_value, eps

    def __call__(self, g):
        self.a = self.a + g**2
        return -self.rate * g / np.sqrt(self.a + self.eps)


def reference(name):
    kinds = {"adadelta": Adadelta, "adam": Adam, "adagrad": Adagrad}
    return kinds.get(name.split("_")[0], Momentum)(**OPTIMIZERS[name].settings)


# the error and its gradient


@pytest.mark.parametrize(("number", "padded"), [(1, 16), (15, 16), (16, 16), (17, 32), (341, 352)])
def test_points_are_padded_with_weight_zero(number, padded):
    rng = np.random.default_rng(number)
    given_x, given_y = rng.standard_normal((2, number))
    for dtype in (np.float32, np.float64):
        x, y, weights = batched_descent.pad_points(given_x, given_y, dtype)
        assert x.shape == y.shape == weights.shape == (padded,)
        assert x.dtype == y.dtype == weights.dtype == dtype
        np.testing.assert_array_equal(x[:number], given_x.astype(dtype))
        np.testing.assert_array_equal(y[:number], given_y.astype(dtype))
        np.testing.assert_array_equal(weights[:number], dtype(1 / number))
        np.testing.assert_array_equal(weights[number:], 0)
    assert batched_descent.pad_points(given_x, given_y)[0].dtype == np.float32


def test_errors_and_gradients_are_those_of_the_plain_error_and_of_a_loop():
    """Sums of 21 terms of order 1 in float64: 1e-14; 1e-12 is allowed."""

    def total(error, params):
        errors = error(params)
        return errors.sum(), errors

    params = starts(3, 5)
    expected = gradients_of(params)
    assert (np.abs(expected).max(axis=1) > 0.1).all()
    with jax.enable_x64(True):
        for error in (
            batched_descent.error_by_lanes(X, Y, DEPTH, WIDTH),
            jax.vmap(error_on(X, Y, DEPTH, WIDTH)),
        ):
            (_, errors), gradients = jax.jit(
                jax.value_and_grad(partial(total, error), has_aux=True)
            )(params)
            assert errors.dtype == gradients.dtype == jnp.float64
            np.testing.assert_allclose(errors, errors_of(params), rtol=1e-12)
            np.testing.assert_allclose(
                gradients, expected, rtol=0, atol=1e-12 * np.abs(expected).max()
            )


def test_what_is_padded_does_not_count():
    """Bit for bit, whatever stands there; with a weight it would: the negative control."""
    error = jax.jit(batched_descent.mean_squared_error, static_argnums=(2, 3))
    x, y, weights = batched_descent.pad_points(X, Y)
    expected = error(starts(), (x, y, weights), DEPTH, WIDTH)
    x[len(X) :], y[len(X) :] = 3.0, -100.0
    np.testing.assert_array_equal(error(starts(), (x, y, weights), DEPTH, WIDTH), expected)
    weights[-1] = 1 / len(X)
    assert (error(starts(), (x, y, weights), DEPTH, WIDTH) > 100).all()


def test_sums_by_lanes_are_products():
    """The program of GPUs beside that of CPUs, and a literal sum; points are the last axis."""
    rng = np.random.default_rng(0)
    h, delta = rng.standard_normal((2, 3, 48)), rng.standard_normal((2, 4, 48))
    weights = [[[sum(h[n, i] * delta[n, j]) for j in range(4)] for i in range(3)] for n in range(2)]
    with jax.enable_x64(True):
        for sums in (batched_descent._by_lanes, batched_descent._by_products):
            found = jax.jit(sums)(h, delta)
            np.testing.assert_allclose(found[0], weights, rtol=0, atol=1e-13)
            np.testing.assert_allclose(
                found[1], [[sum(row) for row in one] for one in delta], rtol=0, atol=1e-13
            )


def test_errors_in_single_precision():
    """W_f's training set, 5 x 5. An output that adds up |terms| to B rounds by 6 layers x 7
    operations x U B at most, the target by U |y|, and a mean of 352 terms by 352 U; no more, and
    not as little as in float64.
    """
    x, y = training_set(gamst_walker(1))
    params = glorot_uniform(np.random.default_rng(1), 3).astype(np.float32)
    points, exact = batched_descent.pad_points(x, y), params.astype(float)
    found = np.asarray(
        jax.jit(batched_descent.mean_squared_error, static_argnums=(2, 3))(params, points, 5, 5)
    )
    assert found.dtype == np.float32
    missed = apply(exact, x) - y
    expected = (missed**2).mean(axis=-1)
    slack = 42 * U * apply(np.abs(exact), np.abs(x)) + U * np.abs(y)
    bound = (2 * np.abs(missed) * slack + slack**2).mean(axis=-1) + 352 * U * expected
    assert (bound < 1e-4 * expected).all()
    assert (np.abs(found - expected) < bound).all()
    assert np.abs(found - expected).max() > 1e-12


# optimisers


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimisers_are_those_of_keras(name):
    """Ten steps in float64, gradients of sizes 1e-6 to 1 and exact zeros: rounding is 1e-15 of each
    update.
    """
    rng = np.random.default_rng(0)
    params, ours = np.ones((2, 5)), reference(name)
    with jax.enable_x64(True):
        optimizer = make_optimizer(name)
        state = optimizer.init(jnp.asarray(params))
        for step in range(10):
            g = rng.standard_normal((2, 5)) * [1, 1e-2, 1e-4, 1e-6, step % 2]
            updates, state = optimizer.update(jnp.asarray(g), state, jnp.asarray(params))
            np.testing.assert_allclose(updates, ours(g), rtol=1e-12, atol=0)


def test_first_steps_by_hand():
    """Gradient 2: momentum goes -lr 2, then -lr (2 + 0.9 x 2); Adadelta -2 sqrt(eps)/sqrt(0.05 x 4
    + eps).
    """
    g = jnp.full((1, 1), 2.0)
    for name, expected in (
        ("momentum", [-0.002, -0.0038]),
        ("momentum_keras", [-0.02, -0.038]),
        ("sgd_keras", [-0.02, -0.02]),
        ("adadelta_keras_2017", [-2 * (1e-7 / 0.2000001) ** 0.5]),
        ("adadelta_keras_3", [-2e-3 * (1e-7 / 0.2000001) ** 0.5]),
        ("adadelta_optax", [-2 * (1e-6 / 0.400001) ** 0.5]),
        ("adam_keras", [-1e-3, -1e-3]),
        ("adagrad_keras", [-2e-3 / 4.1**0.5, -2e-3 / 8.1**0.5]),
        ("adagrad_keras_2017", [-1e-2, -1e-2 / 2**0.5]),
    ):
        optimizer, found = make_optimizer(name), []
        state = optimizer.init(g)
        for _ in expected:
            updates, state = optimizer.update(g, state, g)
            found.append(float(updates[0, 0]))
        np.testing.assert_allclose(
            found, expected, rtol=6e-5
        )  # float32, and 1 - rho, 1 - b2 = 0.001 in it


def test_settings_are_explicit():
    assert settings("momentum") == {"learning_rate": 1e-3, "momentum": 0.9}
    assert settings("momentum_keras") == {"learning_rate": 1e-2, "momentum": 0.9}
    assert settings("sgd_keras") == {"learning_rate": 1e-2, "momentum": 0.0}
    assert settings("adadelta_keras_2017") == {"learning_rate": 1.0, "rho": 0.95, "eps": 1e-7}
    assert settings("adadelta_keras_3") == {"learning_rate": 1e-3, "rho": 0.95, "eps": 1e-7}
    assert settings("adadelta_optax") == {"learning_rate": 1.0, "rho": 0.9, "eps": 1e-6}
    assert settings("adam_keras") == {"learning_rate": 1e-3, "b1": 0.9, "b2": 0.999, "eps": 1e-7}
    assert settings("adagrad_keras") == {
        "learning_rate": 1e-3,
        "initial_accumulator_value": 0.1,
        "eps": 1e-7,
    }
    assert settings("adagrad_keras_2017") == {
        "learning_rate": 1e-2,
        "initial_accumulator_value": 0.0,
        "eps": 1e-7,
    }
    assert set(STUDIED) < set(OPTIMIZERS)


@given(st.sampled_from(sorted(OPTIMIZERS)), st.floats(1e-6, 1e3), st.floats(0, 1, exclude_max=True))
@examples(max_examples=50, deadline=None)
def test_changed_settings_are_changed_alone(name, rate, share):
    before = settings(name)
    other = next(
        key for key in ("momentum", "rho", "b1", "initial_accumulator_value") if key in before
    )
    changed = settings(name, learning_rate=rate, **{other: share})
    assert changed == before | {"learning_rate": rate, other: share}
    changed["learning_rate"] = -1
    assert settings(name) == before  # a caller's dict is his own
    if other == "momentum":
        assert langevin_rate(name, learning_rate=rate, momentum=share) == rate / (1 - share)
    else:
        assert langevin_rate(name, learning_rate=rate, **{other: share}) == rate


def test_changed_settings_reach_the_optimiser():
    g = jnp.ones((1, 2))
    optimizer = make_optimizer("momentum", learning_rate=0.5, momentum=0.25)
    first, state = optimizer.update(g, optimizer.init(g), g)
    second, _ = optimizer.update(g, state, g)
    np.testing.assert_array_equal(first, -0.5)
    np.testing.assert_array_equal(second, -0.625)


def test_langevin_rate():
    assert langevin_rate("momentum") == pytest.approx(0.01, rel=1e-15)
    assert langevin_rate("sgd_keras") == 0.01
    assert langevin_rate("adadelta_keras_2017") == 1.0


# training


@pytest.fixture(scope="module")
def noisy():
    """Momentum with noise that depends on the weights and fades: the optimiser whose program most
    tests share.
    """
    return optax.chain(
        make_optimizer("momentum", learning_rate=0.05),
        synaptic_noise("weight", SIGMA, STEPS - 2, "linear"),
    )


def begin(optimizer, params, keys=None):
    state = batched_descent.init(optimizer, params)
    if keys is None:
        return state
    return state._replace(opt=(state.opt[0], state.opt[1]._replace(keys=keys)))


def keys_of(number):
    """One of its own for each network; the first ones do not depend on how many there are."""
    return jnp.asarray(np.random.default_rng(3).integers(2**32, size=(number, 2), dtype=np.uint32))


def run(optimizer, state, steps=STEPS):
    return batched_descent.advance(
        state,
        batched_descent.pad_points(X, Y),
        optimizer=optimizer,
        steps=steps,
        depth=DEPTH,
        width=WIDTH,
    )


def draw(arm="constant", schedule="constant", count=0, params=None, start=None, keys=None):
    """What noise of sigma 1 and 10 steps adds to updates of 0."""
    params = jnp.asarray(np.ones(SHAPE) if params is None else params, jnp.float32)
    noise = synaptic_noise(arm, 1.0, 10, schedule)
    state = noise.init(params if start is None else jnp.asarray(start, jnp.float32))
    keys = keys_of(len(params)) if keys is None else keys
    updates, after = noise.update(
        jnp.zeros(SHAPE), state._replace(keys=keys, count=jnp.int32(count)), params
    )
    assert updates.dtype == jnp.float32
    assert int(after.count) == count + 1
    return np.asarray(updates, float)


def test_training_with_noise_is_a_loop_in_numpy(noisy):
    """Gradients round by some 20 U of the sum of their terms, of order 1, and momentum adds up ten
    of them at most: 1e-6 x 0.05 x 6 x 10 is 3e-6, of a way of order 0.3, and the errors as much.
    Nesterov's way differs by 0.01.
    """
    params, keys, ours = starts(), keys_of(NUMBER), Momentum(0.05, 0.9)
    rms = np.sqrt((params**2).mean(axis=1, keepdims=True))
    state, found = run(noisy, begin(noisy, params, keys))
    way = params.copy()
    for step in range(STEPS):
        size = SIGMA * np.sqrt(1 - step / (STEPS - 2)) if step < STEPS - 2 else 0
        way = way + ours(gradients_of(way)) + size * np.abs(way) / rms * draw(count=step)
    moved = np.abs(way - params).max()
    assert moved > 0.2
    np.testing.assert_allclose(state.params, way, rtol=0, atol=1e-5)
    np.testing.assert_allclose(found, errors_of(params), rtol=1e-5)  # before the first step
    assert state.params.dtype == found.dtype == jnp.float32
    assert (int(state.steps), int(state.opt[1].count)) == (STEPS, STEPS)


def test_advance_in_one_go_or_in_two_is_the_same_bit_for_bit(noisy):
    state, errors = run(noisy, begin(noisy, starts(), keys_of(NUMBER)))
    half, first = run(noisy, begin(noisy, starts(), keys_of(NUMBER)), STEPS // 2)
    both, second = run(noisy, half, STEPS - STEPS // 2)
    assert int(half.steps) == STEPS // 2
    for one, other in zip(jax.tree.leaves(state), jax.tree.leaves(both), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(first, errors)
    np.testing.assert_allclose(second, errors_of(half.params), rtol=1e-5)


def test_a_network_goes_its_way_whatever_is_trained_beside_it(noisy):
    """To rounding, not bit for bit: which operations are joined depends on a network's place in the
    vectors, so that another place, or other numbers of networks, change last bits. In the same
    place they do not.
    """
    params, keys = starts(), keys_of(NUMBER)
    state, _ = run(noisy, begin(noisy, params, keys))
    order = np.random.default_rng(2).permutation(NUMBER)
    permuted, _ = run(noisy, begin(noisy, params[order], keys[order]))
    np.testing.assert_allclose(permuted.params, state.params[order], rtol=0, atol=1e-5)
    assert (
        np.median(np.abs(state.params - state.params[order]).max(axis=1)) > 0.5
    )  # control: they are different ones
    same = np.arange(NUMBER) % 3 == 1
    beside, _ = run(noisy, begin(noisy, np.where(same[:, None], params, starts(9)), keys))
    np.testing.assert_array_equal(beside.params[same], state.params[same])
    assert (np.abs(beside.params - state.params).max(axis=1)[~same] > 0.1).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_a_network_that_diverges_leaves_the_others_untouched(noisy, bad):
    params, keys = starts(), keys_of(NUMBER)
    state, errors = run(noisy, begin(noisy, params, keys))
    params[2] *= bad
    other, other_errors = run(noisy, begin(noisy, params, keys))
    assert not np.isfinite(other.params[2]).all()
    assert not np.isfinite(other_errors[2])
    np.testing.assert_array_equal(
        np.delete(other.params, 2, axis=0), np.delete(state.params, 2, axis=0)
    )
    np.testing.assert_array_equal(np.delete(other_errors, 2), np.delete(errors, 2))


def test_init_rounds_to_single_precision():
    params = glorot_uniform(np.random.default_rng(0), 2)
    state = batched_descent.init(make_optimizer("momentum"), params)
    assert state.params.dtype == jnp.float32
    assert (int(state.steps), state.steps.dtype) == (0, jnp.int32)
    np.testing.assert_array_equal(state.params, params.astype(np.float32))


# noise


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_no_noise_is_the_identity(schedule):
    updates = jnp.asarray(np.random.default_rng(0).standard_normal(SHAPE))
    for noise in (
        synaptic_noise("none", 1.0, 10, schedule),
        synaptic_noise("constant", 0.0, 10, schedule),
        synaptic_noise("weight", 0, 10, schedule),
    ):
        found, _ = noise.update(updates, noise.init(updates), updates)
        assert found is updates
    nothing = synaptic_noise("constant", 1.0, 0, schedule)  # noise for no steps
    np.testing.assert_array_equal(
        nothing.update(updates, nothing.init(updates), updates)[0], updates
    )


def distance(values):
    """Kolmogorov and Smirnov's from N(0, 1), to 1/2n, times sqrt(n): above 1.95 in a thousandth of
    cases.
    """
    n = values.size
    return np.sqrt(n) * np.abs(ndtr(np.sort(values, axis=None)) - (np.arange(n) + 0.5) / n).max()


def is_standard_normal(values):
    assert abs(values.mean()) < SIGMAS / np.sqrt(values.size)
    assert abs(values.var() - 1) < SIGMAS * np.sqrt(2 / values.size)
    assert distance(values) < 1.95


def test_constant_noise_is_standard_normal_and_independent():
    """Of n numbers; correlations between steps, networks and weights have an error of
    1/sqrt(pairs).
    """
    noise = np.array([draw(count=count) for count in range(10)])
    is_standard_normal(noise)
    for one, other in (
        (noise[1:], noise[:-1]),
        (noise[:, 1:], noise[:, :-1]),
        (noise[..., 1:], noise[..., :-1]),
    ):
        assert abs((one * other).mean()) < SIGMAS / np.sqrt(one.size)
    assert distance(np.sqrt(2) * noise) > 3 * 1.95  # control: 2 T


def test_constant_noise_is_added_to_the_update_times_sigma():
    params, updates = jnp.ones(SHAPE), jnp.full(SHAPE, 0.5)
    noise = synaptic_noise("constant", 0.25, 10)
    state = noise.init(params)._replace(keys=keys_of(40))
    found, _ = noise.update(updates, state, params)
    np.testing.assert_allclose(
        found, 0.5 + 0.25 * draw(), rtol=0, atol=1e-6
    )  # numbers below 2, in float32


def test_weight_noise_is_in_proportion_to_the_weight():
    """|w| over the root mean square at the start, in the same networks; by it the power at the
    start is constant's.
    """
    rng = np.random.default_rng(1)
    params, start = (
        rng.standard_normal(SHAPE),
        rng.standard_normal(SHAPE) * rng.uniform(0.1, 9, (40, 1)),
    )
    for first, now in ((start, start), (start, params), (params, params)):
        size = np.abs(now) / np.sqrt((first**2).mean(axis=1, keepdims=True))
        np.testing.assert_allclose(
            draw("weight", params=now, start=first), size * draw(), rtol=1e-5
        )  # float32
        if first is now:
            np.testing.assert_allclose((size**2).mean(axis=1), 1, rtol=1e-12)
        is_standard_normal(draw("weight", params=now, start=first) / size)
    params[:, 7] = 0
    np.testing.assert_array_equal(draw("weight", params=params)[:, 7], 0)


@pytest.mark.parametrize(
    ("schedule", "share"),
    [
        ("constant", lambda t: 1.0),
        ("linear", lambda t: 1 - t),
        ("exponential", lambda t: np.exp(-5 * t)),
    ],
)
@pytest.mark.parametrize("arm", ["constant", "weight"])
def test_schedules_multiply_the_variance(arm, schedule, share):
    """t = count/10: all of it at first, the last share at count 9, and nothing from 10 on."""
    for count in (0, 3, 9):
        expected = np.sqrt(share(count / 10)) * draw(arm, count=count)
        np.testing.assert_allclose(draw(arm, schedule, count=count), expected, rtol=1e-5)
    for count in (10, 11, 10_000):
        np.testing.assert_array_equal(draw(arm, schedule, count=count), 0)


def test_keys_decide_the_noise():
    """Equal keys, equal noise, wherever the network stands; other keys or steps, other noise."""
    noise, keys = draw(), keys_of(40)
    np.testing.assert_array_equal(draw(), noise)
    np.testing.assert_array_equal(draw(keys=keys[::-1]), noise[::-1])
    same = draw(keys=jnp.broadcast_to(keys[3], keys.shape))
    np.testing.assert_array_equal(same, np.broadcast_to(noise[3], SHAPE))
    assert np.abs(np.corrcoef(noise) - np.eye(40)).max() < SIGMAS / np.sqrt(22)
    assert not (draw(count=1) == noise).any()


def test_initial_keys_are_to_be_replaced():
    """All 0, so that noise would be the same in all networks; one for each."""
    state = synaptic_noise("constant", 1.0, 10).init(jnp.ones(SHAPE))
    np.testing.assert_array_equal(state.keys, np.zeros((40, 2)))
    assert state.keys.dtype == jnp.uint32
    assert int(state.count) == 0
    np.testing.assert_array_equal(state.rms, np.ones((40, 1)))


# temperature


def stationary_variance(k, rate, momentum, variance):
    """Of x in v' = m v - lr k x, x' = x + v' + noise: the solution of S = A S A^T + Q."""
    step = np.array([[momentum, -rate * k], [momentum, 1 - rate * k]])
    return solve_discrete_lyapunov(step, np.diag([0.0, variance]))[1, 1]


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_noise_has_its_temperature_in_the_limit_of_small_steps(momentum):
    """On k x^2/2 the variance is T/k (1 + (1/2 + m/(1-m)) eta k) to first order: noise is added
    behind the momentum.
    """
    for k in (1.0, 3.0):
        values = settings("momentum", learning_rate=1e-5, momentum=momentum)
        eta = langevin_rate("momentum", **values)
        found = stationary_variance(k, *values.values(), 2 * eta * 0.3) / (0.3 / k) - 1
        assert found == pytest.approx((0.5 + momentum / (1 - momentum)) * eta * k, rel=1e-2)
        assert abs(found) < 3e-3


def test_noise_has_its_temperature():
    """On k x^2/2, 10 000 numbers for each k: the error of a variance is 1.4 %. Momentum 1/2 makes
    T/k larger by 3/2 eta k, 3 % and 6 %; 150 steps are 6 times 1/(2 eta k), so that 1 - e^-6 and
    more of it is reached.
    """
    changes, temperature, steps, k = (
        {"learning_rate": 0.01, "momentum": 0.5},
        0.3,
        150,
        np.array([1.0, 2.0]),
    )
    eta = langevin_rate("momentum", **changes)
    sigma = np.sqrt(2 * eta * temperature)
    exact = np.array([stationary_variance(one, *changes.values(), sigma**2) for one in k])
    np.testing.assert_allclose(exact, temperature / k, rtol=0.061)
    optimizer = optax.chain(
        make_optimizer("momentum", **changes), synaptic_noise("constant", sigma, steps)
    )
    stiffness = jnp.asarray(np.repeat(k, 100), jnp.float32)

    def step(carry, _):
        x, state = carry
        updates, state = optimizer.update(stiffness * x, state, x)
        return (x + updates, state), None

    x = jnp.zeros((100, 200))
    descent, noise = optimizer.init(x)
    carry = x, (descent, noise._replace(keys=keys_of(100)))
    (x, _), _ = jax.jit(lambda carry: jax.lax.scan(step, carry, length=steps))(carry)
    found, n = np.asarray(x, float).reshape(100, 2, 100), 100 * 100
    assert (np.abs(found.mean(axis=(0, 2))) < SIGMAS * np.sqrt(exact / n)).all()
    assert (np.abs(found.var(axis=(0, 2)) / exact - 1) < SIGMAS * np.sqrt(2 / n)).all()


# bad input


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            lambda: settings("adam"),
            "optimizer=adam: expected one of momentum, momentum_keras, sgd_keras",
        ),
        (lambda: langevin_rate("SGD"), "optimizer=SGD: expected one of momentum"),
        (
            lambda: settings("momentum", rho=0.9),
            "unknown setting 'rho' of momentum; it has learning_rate, momentum",
        ),
        (
            lambda: make_optimizer("adadelta_optax", beta=0.9),
            "unknown setting 'beta' of adadelta_optax; it has",
        ),
        (
            lambda: langevin_rate("adadelta_optax", momentum=0.9),
            "unknown setting 'momentum' of adadelta_optax",
        ),
        (
            lambda: settings("momentum", learning_rate=0),
            "learning_rate=0: expected a positive number",
        ),
        (
            lambda: settings("momentum", learning_rate=-1),
            "learning_rate=-1: expected a positive number",
        ),
        (
            lambda: settings("momentum", learning_rate=np.nan),
            "learning_rate=nan: expected a positive number",
        ),
        (
            lambda: settings("momentum", learning_rate=np.inf),
            "learning_rate=inf: expected a positive number",
        ),
        (
            lambda: settings("momentum", learning_rate="0.1"),
            "learning_rate='0.1': expected a positive number",
        ),
        (
            lambda: settings("momentum", momentum=1),
            "momentum=1: expected a number from 0 to below 1",
        ),
        (
            lambda: settings("momentum", momentum=-0.1),
            r"momentum=-0\.1: expected a number of 0 or more",
        ),
        (
            lambda: settings("momentum", momentum=True),
            "momentum=True: expected a number of 0 or more",
        ),
        (lambda: settings("adam_keras", b2=1), "b2=1: expected a number from 0 to below 1"),
        (
            lambda: settings("adagrad_keras", initial_accumulator_value=-1),
            "initial_accumulator_value=-1: expected a n",
        ),
        (
            lambda: settings("adadelta_optax", rho=1.0),
            r"rho=1\.0: expected a number from 0 to below 1",
        ),
        (lambda: settings("adadelta_optax", rho=None), "rho=None: expected a number of 0 or more"),
        (lambda: settings("adadelta_optax", eps=-1e-7), "eps=-1e-07: expected a positive number"),
        (
            lambda: synaptic_noise("constant_matched", 1, 1),
            f"noise=constant_matched: expected one of {', '.join(ARMS)}",
        ),
        (
            lambda: synaptic_noise("none", 1, 1, "cosine"),
            "schedule=cosine: expected one of constant, linear, exponential",
        ),
        (
            lambda: batched_descent.init(make_optimizer("momentum", momentum=2), np.zeros((1, 4))),
            "momentum=2: expected a number",
        ),
    ],
)
def test_bad_input(given, message):
    with pytest.raises(InputError, match=message):
        given()


def test_networks_of_another_size_are_refused():
    with pytest.raises(
        InputError, match=r"params of shape \(2, 136\): expected \(…, 22\), networks of depth 2"
    ):
        batched_descent.mean_squared_error(
            jnp.zeros((2, 136)), batched_descent.pad_points(X, Y), DEPTH, WIDTH
        )
    with pytest.raises(InputError, match=r"params of shape \(1, 4\): expected \(…, 22\)"):
        run(
            make_optimizer("sgd_keras"),
            batched_descent.init(make_optimizer("sgd_keras"), np.zeros((1, 4))),
        )


# --- bad input at the edge -----


def test_unknown_names_and_useless_values_are_refused():
    with pytest.raises(InputError, match="optimizer=adam: expected one of momentum"):
        make_optimizer("adam")
    with pytest.raises(InputError, match="eps=0: expected a positive number"):
        make_optimizer("adadelta_keras_2017", eps=0)
    with pytest.raises(InputError, match="sigma=-1: expected a number of 0 or more"):
        synaptic_noise("weight", -1, 10)


def test_points_that_are_not_padded_are_refused():
    points = tuple(np.zeros(17, np.float32) for _ in range(3))
    with pytest.raises(
        InputError, match="17 points: expected a multiple of 16; give them as pad_points does"
    ):
        batched_descent.mean_squared_error(np.zeros((1, 136), np.float32), points, 5, 5)
