"""One representative of networks that differ by scales and order of neurons: least norm, same
function, one order.

Sweeps end when no scale moves by more than 1e-13, and scales of neighbouring layers hang together,
so that norms are balanced to some 1e-12; 1e-10 is allowed. A neuron whose bias is forgotten, or
that is not sorted, misses by 1e-3 and more.
"""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from spikesampler.errors import InputError, NotConvergedError
from spikesampler.studies.gamst_walker_2017.relu_net import (
    apply,
    error_on,
    flatten,
    gamst_walker,
    training_set,
    unflatten,
)
from spikesampler.studies.gamst_walker_2017.symmetry import balance, desymmetrise, sort_neurons

SIZES = [(1, 1), (1, 5), (2, 3), (3, 2), (5, 5), (4, 6)]  # depth, width
X = np.linspace(-1, 1, 101)
SEEDS = 200


def random_networks(seed, number, depth, width):
    """Weights and biases of size 1/sqrt(in), all of them different from 0, so that outputs are of
    order 1.
    """
    rng = np.random.default_rng(seed)
    shapes = [(1, width), *[(width, width)] * (depth - 1), (width, 1)]
    return flatten(
        [
            (
                rng.normal(0, 1, (number, rows, columns)) / np.sqrt(rows),
                rng.normal(0, 0.5, (number, columns)),
            )
            for rows, columns in shapes
        ]
    )


def rescaled(params, log_scales, depth, width):
    """One network with neuron j of layer l scaled by exp(log_scales[l, j]), weight by weight."""
    layers = [
        (weights.copy(), biases.copy()) for weights, biases in unflatten(params, depth, width)
    ]
    for layer in range(depth):
        for neuron, scale in enumerate(np.exp(log_scales[layer])):
            layers[layer][0][:, neuron] *= scale
            layers[layer][1][neuron] *= scale
            layers[layer + 1][0][neuron, :] /= scale
    return flatten(layers)


def permuted(params, rng, depth, width):
    """One network with the neurons of each layer in a random order."""
    layers = [
        [weights.copy(), biases.copy()] for weights, biases in unflatten(params, depth, width)
    ]
    for layer in range(depth):
        order = rng.permutation(width)
        layers[layer] = [layers[layer][0][:, order], layers[layer][1][order]]
        layers[layer + 1][0] = layers[layer + 1][0][order, :]
    return flatten(layers)


def squares(params, depth, width):
    """Sums of squares (…, neuron) of what goes into each hidden neuron, bias included, and of what
    comes out.
    """
    layers = unflatten(params, depth, width)
    into = [(weights**2).sum(axis=-2) + biases**2 for weights, biases in layers[:-1]]
    out_of = [(weights**2).sum(axis=-1) for weights, _ in layers[1:]]
    return np.concatenate(into, axis=-1), np.concatenate(out_of, axis=-1)


@pytest.fixture(scope="module")
def made():
    """W_f of many seeds, and what they become."""
    params = np.array([gamst_walker(seed) for seed in range(SEEDS)])
    return params, desymmetrise(params)


# the same function


@given(st.sampled_from(SIZES), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_the_function_is_kept(size, seed):
    """Outputs of order 1 to 10, 1e2 roundings of 1e-16 on either side."""
    params = random_networks(seed, 6, *size).reshape(2, 3, -1)
    found = desymmetrise(params, *size)
    assert found.shape == params.shape
    assert found.dtype == np.float64
    expected = apply(params, X, *size)
    np.testing.assert_allclose(
        apply(found, X, *size), expected, rtol=0, atol=1e-12 * max(1, np.abs(expected).max())
    )


def test_the_function_of_w_f_is_kept(made):
    params, found = made
    np.testing.assert_allclose(apply(found, X), apply(params, X), rtol=0, atol=1e-12)


def test_single_precision_goes_in_and_double_comes_out():
    params = random_networks(0, 2, 5, 5).astype(np.float32)
    kept = params.copy()
    found = desymmetrise(params)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, desymmetrise(params.astype(float)))
    np.testing.assert_array_equal(params, kept)
    np.testing.assert_array_equal(desymmetrise(params.tolist()), found)
    assert sort_neurons(params).dtype == balance(params).dtype == np.float64


@pytest.mark.parametrize("change", [desymmetrise, balance, sort_neurons])
def test_what_is_given_is_left_alone(change):
    params = random_networks(1, 2, 5, 5)
    kept = params.copy()
    change(params)
    np.testing.assert_array_equal(params, kept)


# the least norm


def test_norms_of_w_f(made):
    """About 51 as built, and 11.6 to 11.9 after, as the paper says: that is the middle half, over
    seeds.
    """
    params, found = made
    before, after = np.linalg.norm(params, axis=1), np.linalg.norm(found, axis=1)
    assert 50 < np.median(before) < 52
    assert before.min() > np.sqrt(22.4**2 + 44.8**2)
    assert 11.2 < after.min() < after.max() < 12.5
    first, third = np.percentile(after, [25, 75])
    assert 11.6 < first < 11.75
    assert 11.9 < third < 12.0


@given(st.sampled_from(SIZES), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_what_goes_in_is_as_large_as_what_comes_out(size, seed):
    """The derivative of the squared norm by a neuron's log scale is 2 (in^2 - out^2)."""
    found = balance(random_networks(seed, 3, *size), *size)
    into, out_of = squares(found, *size)
    np.testing.assert_allclose(into, out_of, rtol=1e-10)


def test_derivative_by_log_scales_is_twice_the_difference_of_squares():
    """Of the law above, by central differences of 1e-5: error 1e-10 x third derivatives, rounding
    1e-16/1e-5.
    """
    params = random_networks(2, 1, 3, 2)[0]
    into, out_of = squares(params, 3, 2)
    for number in range(6):
        step = 1e-5 * (np.arange(6) == number).reshape(3, 2)
        ahead, behind = ((rescaled(params, sign * step, 3, 2) ** 2).sum() for sign in (1, -1))
        assert (ahead - behind) / 2e-5 == pytest.approx(2 * (into - out_of)[number], abs=1e-8)


@pytest.mark.parametrize("case", ["W_f", "random"])
def test_no_other_scales_have_a_smaller_norm(case):
    """Curvature is 4 in^2 for each log scale alone, so the norm grows by s^2; below 1e-6 that would
    be rounding.
    """
    params = gamst_walker(1) if case == "W_f" else random_networks(3, 1, 5, 5)[0]
    least, rng = balance(params), np.random.default_rng(4)
    for size in (1e-4, 1e-2, 0.3, 3.0):
        for log_scales in size * rng.standard_normal((25, 5, 5)):
            assert (rescaled(least, log_scales, 5, 5) ** 2).sum() > (least**2).sum()


@pytest.mark.parametrize("size", [(1, 4), (2, 3), (3, 2)])
def test_a_minimiser_finds_the_same_network(size):
    """Of the norm over all log scales at once, from 0; its gradient ends below 1e-9, and scales are
    as near.
    """
    params = random_networks(5, 1, *size)[0]

    def norm(log_scales):
        here = rescaled(params, log_scales.reshape(size), *size)
        into, out_of = squares(here, *size)
        return (here**2).sum(), 2 * (into - out_of)

    found = minimize(
        norm, np.zeros(size[0] * size[1]), jac=True, method="BFGS", options={"gtol": 1e-9}
    )
    assert np.abs(found.jac).max() < 1e-6
    expected = rescaled(params, found.x.reshape(size), *size)
    np.testing.assert_allclose(balance(params, *size), expected, rtol=0, atol=1e-6)


def test_balance_by_hand():
    """max(0, 8x + 6) x 0.1: in-norm 10, out-norm 0.1, so both become 1. A bias of the output has no
    part in it.
    """
    np.testing.assert_allclose(
        balance([8.0, 6.0, 0.1, 7.0], 1, 1), [0.8, 0.6, 1.0, 7.0], rtol=1e-13
    )
    np.testing.assert_allclose(
        balance([[8.0, 0.0, 0.5, 0.0], [-8.0, 0.0, -0.5, 0.0]], 1, 1),
        [[2, 0, 2, 0], [-2, 0, -2, 0]],
        rtol=1e-13,
    )
    # w_1 w_2 w_3 = 64 on one path without biases: 4 each
    np.testing.assert_allclose(
        balance([1.0, 0, 64.0, 0, 1.0, 0], 2, 1), [4, 0, 4, 0, 4, 0], rtol=1e-11
    )


# the representative


@given(st.sampled_from(SIZES), st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_rescaled_and_permuted_networks_have_the_same_representative(size, seed):
    rng, params = np.random.default_rng(seed), random_networks(seed, 1, *size)[0]
    other = permuted(rescaled(params, rng.normal(0, 1, size), *size), rng, *size)
    found = desymmetrise(params, *size)
    np.testing.assert_allclose(desymmetrise(other, *size), found, rtol=0, atol=1e-10)
    np.testing.assert_allclose(
        desymmetrise(found, *size), found, rtol=0, atol=1e-11
    )  # and its own is itself


def test_w_f_rescaled_and_permuted_has_the_same_representative(made):
    rng = np.random.default_rng(6)
    for params, found in zip(made[0][:5], made[1]):
        other = permuted(rescaled(params, rng.normal(0, 1, (5, 5)), 5, 5), rng, 5, 5)
        np.testing.assert_allclose(desymmetrise(other), found, rtol=0, atol=1e-10)
        np.testing.assert_allclose(desymmetrise(found), found, rtol=0, atol=1e-11)


def test_another_function_has_another_representative(made):
    """Negative control: a sign, or a scale without its counterpart, is no symmetry."""
    params, found = made[0][0], made[1][0]
    for at, factor in ((0, -1), (0, 2), (5, 2), (10, 0.5)):
        other = params.copy()
        other[at] *= factor
        assert np.abs(desymmetrise(other) - found).max() > 1e-3


@pytest.mark.parametrize("size", SIZES)
def test_norms_of_columns_ascend(size):
    layers = unflatten(desymmetrise(random_networks(7, 20, *size), *size), *size)
    for weights, _ in layers[:-1]:
        assert (np.diff(np.linalg.norm(weights, axis=-2), axis=-1) >= 0).all()


def test_sorting_by_hand():
    """By the norm of the weights without the bias: 1, 2, 5 go with biases 9, 0, -1; the next
    layer's rows follow.
    """
    params = [5.0, -1, 2, -1, 9, 0, 10, 20, 30, 7]
    np.testing.assert_array_equal(sort_neurons(params, 1, 3), [-1, 2, 5, 9, 0, -1, 20, 30, 10, 7])


def test_sorting_only_permutes():
    params = random_networks(8, 1, 4, 3)[0]
    found = sort_neurons(permuted(params, np.random.default_rng(9), 4, 3), 4, 3)
    np.testing.assert_array_equal(found, sort_neurons(params, 4, 3))
    np.testing.assert_array_equal(np.sort(found), np.sort(params))
    np.testing.assert_array_equal(sort_neurons(found, 4, 3), found)


def test_the_bias_decides_between_equal_norms():
    """Also where they differ by rounding, 1e-10 of the largest, and not where they differ by 1e-8;
    in each network.
    """
    for part, order in ((0, [1, 2, 0]), (1e-10, [1, 2, 0]), (1e-8, [2, 1, 0])):
        weights, biases, out = (
            np.array([1, -1 + part, 1 - 2 * part]),
            np.array([3.0, 1, 2]),
            np.array([4.0, 5, 6]),
        )
        network = np.concatenate([weights, biases, out, [0]])
        found, larger = sort_neurons([network, 1e6 * network], 1, 3)
        np.testing.assert_array_equal(
            found, np.concatenate([weights[order], biases[order], out[order], [0]])
        )
        np.testing.assert_array_equal(larger, 1e6 * found)


def test_neurons_with_equal_norms_and_biases_keep_their_order_and_function():
    params = np.array([1.0, -1, 1, 0, 0, 0, 4, 5, 6, 0])
    np.testing.assert_array_equal(sort_neurons(params, 1, 3), params)
    found = desymmetrise(np.repeat([2.0, 0.5, 3.0, 1.0], [5, 5, 5, 1]), 1, 5)
    np.testing.assert_allclose(
        apply(found, X, 1, 5), 5 * 3 * np.maximum(2 * X + 0.5, 0) + 1, rtol=0, atol=1e-12
    )


# neurons without a part


@pytest.mark.parametrize("end", ["in", "out"])
@pytest.mark.parametrize("layer", range(3))
def test_a_neuron_that_does_nothing_loses_its_weights(end, layer):
    """The norm of the others does not depend on what it had."""
    params, found = random_networks(10, 2, 3, 4), []
    for size in (1.0, 100.0):
        layers = [(weights.copy(), biases.copy()) for weights, biases in unflatten(params, 3, 4)]
        layers[layer][0][..., :, 2] *= 0 if end == "in" else size
        layers[layer][1][..., 2] *= 0 if end == "in" else size
        layers[layer + 1][0][..., 2, :] *= 0 if end == "out" else size
        network = flatten(layers)
        found.append(desymmetrise(network, 3, 4))
        np.testing.assert_allclose(
            apply(found[-1], X, 3, 4), apply(network, X, 3, 4), rtol=0, atol=1e-11
        )
        (weights, biases), (after, _) = unflatten(found[-1], 3, 4)[layer : layer + 2]
        np.testing.assert_array_equal(weights[..., 0], 0)  # sorted to the first place
        np.testing.assert_array_equal(biases[..., 0], 0)
        np.testing.assert_array_equal(after[..., 0, :], 0)
        into, out_of = squares(found[-1], 3, 4)
        np.testing.assert_allclose(into, out_of, rtol=1e-10)
    np.testing.assert_allclose(found[0], found[1], rtol=0, atol=1e-11)


def test_a_constant_keeps_only_its_value():
    params = np.append(random_networks(11, 1, 3, 2)[0, :-1], 0.7)
    params[-3:-1] = 0  # nothing reaches the output
    np.testing.assert_array_equal(desymmetrise(params, 3, 2), [0] * (len(params) - 1) + [0.7])
    np.testing.assert_array_equal(desymmetrise(np.zeros(136)), np.zeros(136))


# batches


def test_a_batch_is_as_one_at_a_time(made):
    """To the tolerance of the sweeps: a batch ends when all its networks have converged."""
    params = np.concatenate([made[0][:3], random_networks(12, 3, 5, 5), np.zeros((1, 136))])
    found = desymmetrise(params)
    one_by_one = np.array([desymmetrise(one) for one in params])
    np.testing.assert_allclose(found, one_by_one, rtol=0, atol=1e-11)
    np.testing.assert_array_equal(desymmetrise(params.reshape(7, 1, 136))[:, 0], found)
    np.testing.assert_array_equal(sort_neurons(params), [sort_neurons(one) for one in params])


# bad input


@pytest.mark.parametrize("change", [desymmetrise, balance, sort_neurons])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_refused(change, bad):
    params = random_networks(13, 3, 5, 5)
    params[1, [0, 135]] = bad
    with pytest.raises(
        InputError, match="params with 2 numbers that are not finite: expected networks; leave out"
    ):
        change(params)


@pytest.mark.parametrize("change", [desymmetrise, balance, sort_neurons])
def test_a_wrong_size_is_refused(change):
    with pytest.raises(
        InputError, match=r"params of shape \(2, 135\): expected \(…, 136\), networks of depth 5"
    ):
        change(np.zeros((2, 135)))
    with pytest.raises(
        InputError, match=r"params of shape \(136,\): expected \(…, 22\), networks of depth 2"
    ):
        change(np.zeros(136), 2, 3)
    with pytest.raises(InputError, match="depth=0: expected a whole number, 1 or more"):
        change(np.zeros(136), 0, 3)


def test_sweeps_that_do_not_end_say_so():
    with pytest.raises(
        NotConvergedError,
        match=r"scales still move by \d\S* after 2 sweeps; expected at most 1e-13",
    ):
        balance(gamst_walker(1), max_sweeps=2)
    with pytest.raises(InputError, match="tolerance=0: expected a positive number"):
        balance(gamst_walker(1), tolerance=0)


# the Hessian at W_f


@pytest.fixture(scope="module")
def hessian():
    """H of the mean squared error at W_f and beside it, its gradient there, and the error at W_f;
    dense, float64.
    """
    params = desymmetrise(gamst_walker(1))
    x, y = training_set(gamst_walker(1))
    points = np.array([params, params + 0.1 * np.random.default_rng(14).standard_normal(136)])
    with jax.enable_x64(True):
        error = error_on(x, y)
        matrices = np.array(jax.jit(jax.vmap(jax.hessian(error)))(points))
    return points, matrices, error(params)


def scalings(params):
    """(25, 136) derivatives of a network by the log scale of each neuron."""
    steps = 1e-6 * np.eye(25).reshape(25, 5, 5)
    return (
        np.array([rescaled(params, step, 5, 5) - rescaled(params, -step, 5, 5) for step in steps])
        / 2e-6
    )


def test_w_f_is_a_minimum(hessian):
    """Eigenvalues of a 136 x 136 matrix round by 136 eps of the largest."""
    _, (matrix, _), error = hessian
    assert error < 1e-24  # outputs are right to 1e-12
    values = np.linalg.eigvalsh(matrix)
    np.testing.assert_allclose(matrix, matrix.T, rtol=0, atol=1e-13 * values[-1])
    assert values[-1] > 1000
    assert values[0] > -136 * 2**-52 * values[-1]


def test_25_scales_leave_the_error_at_w_f(hessian):
    """25 independent directions without curvature, and hence 25 eigenvalues of 0, where neurons are
    alive.

    Beside W_f, where the gradient is not 0, the same directions have curvature: the negative
    control.
    """
    (here, beside), (matrix, other), _ = hessian
    directions, values = scalings(here), np.linalg.eigvalsh(matrix)
    assert (
        np.linalg.svd(directions, compute_uv=False).min() > 0.1
    )  # independent, from differences good to 1e-10
    assert np.abs(directions @ matrix).max() < 1e-9 * values[-1]
    assert (np.abs(values) < 136 * 2**-52 * values[-1]).sum() >= 25
    norm = np.abs(np.linalg.eigvalsh(other)).max()
    assert (np.abs(scalings(beside) @ other).max(axis=1) > 1e-7 * norm).sum() > 20
    assert (np.abs(np.linalg.eigvalsh(other)) < 136 * 2**-52 * norm).sum() < 25


# --- neurons that do nothing, and sizes at the edge -----


def test_a_neuron_that_loses_its_weights_leaves_others_idle():
    """Layer 2 has no way out, so layer 1 has none either: only the output's bias is left."""
    np.testing.assert_array_equal(balance([1.0, 0, 1, 0, 0, 0.5], 2, 1), [0, 0, 0, 0, 0, 0.5])


def test_no_networks_are_no_networks():
    assert desymmetrise(np.zeros((0, 136))).shape == (0, 136)


def test_numbers_that_no_square_can_hold_are_refused():
    with pytest.raises(InputError, match=r"params up to 1e\+160: expected at most 1e\+150"):
        desymmetrise([1e160, 0, 1e-160, 0], 1, 1)
    with pytest.raises(InputError, match="max_sweeps=0: expected a whole number, 1 or more"):
        balance(np.ones(136), max_sweeps=0)
