"""ReLU networks of Gamst & Walker: layout, outputs, W_f, knots, training sets; against loops,
fractions, closed forms.

Numbers of order 1 to 10 go through at most 6 layers of at most 6 neurons: some 10^2 roundings of
1e-16 each, so 1e-13 relative to the largest activation is rounding; what was left out or misplaced
misses by 1e-3 and more.
"""

from fractions import Fraction
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spikesampler.errors import InputError
from spikesampler.studies.gamst_walker_2017.relu_net import (
    apply,
    error_on,
    flatten,
    forward,
    gamst_walker,
    glorot_uniform,
    knots,
    num_parameters,
    sawtooth,
    shapes,
    spline,
    training_set,
    unflatten,
)

SIGMAS = 5  # bounds are this many standard errors
SIZES = [(1, 1), (1, 4), (2, 3), (3, 2), (5, 5), (4, 6)]  # depth, width
GRID = np.linspace(-1, 1, 2001)


def by_neuron(params, x, depth, width):
    """The output of one network at one x: the flat vector is read from its start, a neuron at a
    time.
    """
    at, h = 0, [x]
    for number in range(depth + 1):
        rows, columns = len(h), 1 if number == depth else width
        sums = []
        for neuron in range(columns):
            total = params[at + rows * columns + neuron]
            for source in range(rows):
                total = total + params[at + source * columns + neuron] * h[source]
            sums.append(total)
        at += (rows + 1) * columns
        h = [max(0, total) for total in sums]
    assert at == len(params)
    return sums[0]


def largest(params, depth, width):
    """A bound of all activations on [-1, 1], and of the output: the same sums without signs."""
    return by_neuron(np.abs(params), 1.0, depth, width)


def random_networks(seed, number, depth, width):
    """Glorot's weights, and biases of size 0.3, so that kinks lie everywhere."""
    rng = np.random.default_rng(seed)
    layers = unflatten(glorot_uniform(rng, number, depth, width), depth, width)
    return flatten([(weights, rng.normal(0, 0.3, biases.shape)) for weights, biases in layers])


def one_layer(weights, biases, out, offset=0.0):
    """The flat vector of sum_j out_j max(0, weights_j x + biases_j) + offset."""
    return np.concatenate([weights, biases, out, [offset]]).astype(float)


def teeth(x):
    """32 segments of slope 22.4 or -22.4 on [-1, 1], from 0 up to 1.4 and back."""
    return 1.4 * (1 - np.abs((x + 1) * 16 % 2 - 1))


def smooth(seed, x):
    """Straight lines from knot to knot."""
    return np.interp(
        x, [-1, -1 / 3, 1 / 3, 1], [0, *np.random.default_rng(seed).standard_normal(2), 0]
    )


# layout


@pytest.mark.parametrize(
    ("depth", "width", "number"), [(5, 5, 136), (1, 1, 4), (1, 5, 16), (2, 3, 22), (10, 10, 1021)]
)
def test_number_of_parameters(depth, width, number):
    assert (
        num_parameters(depth, width) == number == 3 * width + 1 + (depth - 1) * width * (width + 1)
    )
    assert shapes(depth, width) == [(1, width)] + (depth - 1) * [(width, width)] + [(width, 1)]


def test_five_by_five_unless_told_otherwise():
    assert num_parameters() == 136
    assert shapes() == shapes(5, 5)


@pytest.mark.parametrize(("depth", "width"), SIZES)
@pytest.mark.parametrize("batch", [(), (1,), (3, 2)])
def test_flatten_is_the_inverse_of_unflatten(depth, width, batch):
    number = num_parameters(depth, width)
    params = np.arange(np.prod(batch) * number).reshape(*batch, number)
    layers = unflatten(params, depth, width)
    assert [weights.shape for weights, _ in layers] == [
        (*batch, *shape) for shape in shapes(depth, width)
    ]
    assert [biases.shape for _, biases in layers] == [
        (*batch, columns) for _, columns in shapes(depth, width)
    ]
    np.testing.assert_array_equal(flatten(layers), params)


def test_layout_is_weights_by_rows_then_biases():
    (first, first_biases), (second, second_biases) = unflatten(np.arange(7.0), 1, 2)
    for found, expected in (
        (first, [[0, 1]]),
        (first_biases, [2, 3]),
        (second, [[4], [5]]),
        (second_biases, [6]),
    ):
        np.testing.assert_array_equal(found, expected)


# outputs


@given(st.sampled_from(SIZES), st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_outputs_are_those_of_a_loop_over_neurons(size, seed):
    params, x = random_networks(seed, 2, *size), np.random.default_rng(seed).uniform(-3, 3, 4)
    outputs = apply(params, x, *size)
    for one, found in zip(params, outputs, strict=True):
        expected = [by_neuron(one, at, *size) for at in x]
        np.testing.assert_allclose(found, expected, rtol=0, atol=3e-13 * largest(one, *size))


@pytest.mark.parametrize(("depth", "width"), SIZES)
def test_leading_axes_are_networks(depth, width):
    params = random_networks(0, 6, depth, width)
    x = np.linspace(-1, 1, 7)
    outputs = apply(params.reshape(2, 3, -1), x, depth, width)
    assert outputs.shape == (2, 3, 7)
    one_by_one = np.array([apply(one, x, depth, width) for one in params]).reshape(2, 3, 7)
    np.testing.assert_allclose(
        outputs, one_by_one, rtol=0, atol=1e-13
    )  # products may add up in another order
    assert apply(params[:0], x, depth, width).shape == (0, 7)
    assert apply(params, x[:0], depth, width).shape == (6, 0)


def test_numpy_stays_numpy_in_its_precision():
    """Float64 although jax would round to float32, which misses by 1e-7."""
    params, x = random_networks(1, 1, 5, 5)[0], np.linspace(-1, 1, 9)
    assert not jax.config.jax_enable_x64
    exact = [float(by_neuron([Fraction(p) for p in params], Fraction(at), 5, 5)) for at in x]
    for given_params, given_x in ((params, x), (params.tolist(), x.tolist())):
        outputs = apply(given_params, given_x)
        assert type(outputs) is np.ndarray
        assert outputs.dtype == np.float64
        np.testing.assert_allclose(outputs, exact, rtol=0, atol=1e-14 * largest(params, 5, 5))
    single = apply(params.astype(np.float32), x.astype(np.float32))
    assert type(single) is np.ndarray
    assert single.dtype == np.float32
    assert 1e-9 < np.abs(single - exact).max() < 100 * 2**-24 * largest(params, 5, 5)


def test_jax_stays_jax_and_has_a_gradient():
    """The output bias enters as it is: gradient 1; a weight of the last layer by its neuron's
    activation.
    """
    params, x = (
        random_networks(2, 1, 2, 3)[0].astype(np.float32),
        np.array([-0.7, 0.2, 0.9], np.float32),
    )
    outputs = apply(jnp.asarray(params), jnp.asarray(x), 2, 3)
    assert isinstance(outputs, jax.Array)
    assert outputs.dtype == jnp.float32
    np.testing.assert_allclose(
        outputs, apply(params, x, 2, 3), rtol=0, atol=100 * 2**-24 * largest(params, 2, 3)
    )
    found = np.asarray(
        jax.jit(jax.jacobian(lambda p: apply(p, jnp.asarray(x), 2, 3)))(jnp.asarray(params))
    )
    np.testing.assert_array_equal(found[:, -1], 1)
    without = params.astype(float).copy()
    without[-4:] = 0
    for neuron in range(
        3
    ):  # its activation is the output of a network with that weight 1 and the others 0
        without[-4:-1] = np.arange(3) == neuron
        np.testing.assert_allclose(found[:, neuron - 4], apply(without, x, 2, 3), rtol=0, atol=1e-5)
    assert found.shape == (3, 22)


def test_error_is_the_mean_of_squares():
    params, x, y = random_networks(3, 1, 3, 2)[0], np.linspace(-1, 1, 11), np.linspace(2, 0, 11)
    expected = sum((by_neuron(params, at, 3, 2) - value) ** 2 for at, value in zip(x, y)) / 11
    error = error_on(x, y, 3, 2)
    assert error(params) == pytest.approx(expected, rel=1e-13)
    assert isinstance(error(jnp.asarray(params)), jax.Array)
    assert float(error(jnp.asarray(params))) == pytest.approx(expected, rel=1e-5)  # float32


def test_forward_takes_another_way_of_multiplying():
    params, x, called = random_networks(4, 2, 3, 2), np.linspace(-1, 1, 5), []

    def affine(weights, biases, h):
        called.append(h.shape)
        return np.einsum("nij,nip->njp", weights, h) + biases[..., None]

    outputs = forward(unflatten(params, 3, 2), x, affine)
    np.testing.assert_allclose(outputs, apply(params, x, 3, 2), rtol=0, atol=1e-13)
    assert called == [(2, 1, 5), (2, 2, 5), (2, 2, 5), (2, 2, 5)]


# W_f


@pytest.mark.parametrize("seed", [0, 1, 2, 12345])
def test_w_f_is_sawtooth_plus_spline(seed):
    """Weights of 22.4 and 44.8 behind numbers of order 1: rounding 1e-14."""
    params = gamst_walker(seed)
    x = np.sort(np.concatenate([np.arange(-16, 17) / 16, [-1 / 3, 1 / 3], GRID]))
    assert params.shape == (136,)
    assert params.dtype == np.float64
    np.testing.assert_allclose(apply(params, x), teeth(x) + smooth(seed, x), rtol=0, atol=1e-12)
    heights = np.random.default_rng(seed).standard_normal(2)
    np.testing.assert_allclose(
        apply(params, np.array([-1, -1 / 3, 1 / 3, 1])) - teeth(np.array([0, 1, -1, 0]) / 3),
        [0, *heights, 0],
        rtol=0,
        atol=1e-12,
    )


@pytest.mark.parametrize("depth", [1, 2, 3, 5, 7])
def test_each_layer_folds_the_sawtooth_once_more(depth):
    """2^depth segments of slope +-22.4, hence of height 22.4 x 2/2^depth."""
    x = np.linspace(-1, 1, 2**depth + 1)
    layers = sawtooth(depth)
    np.testing.assert_allclose(
        forward(layers, x), 22.4 * 2 / 2**depth * (np.arange(len(x)) % 2), rtol=0, atol=1e-12
    )
    np.testing.assert_allclose(knots(flatten(layers), depth, 2), x, rtol=0, atol=1e-14)
    assert forward(sawtooth(depth, 1.0), x).max() == pytest.approx(2 / 2**depth, rel=1e-12)
    np.testing.assert_allclose(
        forward(spline([0.5, -2.0], depth), np.array([-1, -1 / 3, 0, 1 / 3, 1])),
        [0, 0.5, -0.75, -2, 0],
        rtol=0,
        atol=1e-13,
    )
    np.testing.assert_allclose(
        apply(gamst_walker(3, depth), x, depth, 5),
        forward(layers, x) + smooth(3, x),
        rtol=0,
        atol=1e-12,
    )


@pytest.mark.parametrize("seed", range(5))
def test_w_f_has_35_knots(seed):
    expected = np.sort([*np.arange(-16, 17) / 16, -1 / 3, 1 / 3])
    np.testing.assert_allclose(knots(gamst_walker(seed)), expected, rtol=0, atol=1e-14)


# knots


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (one_layer([1, 2], [0.5, -0.5], [1, 1]), [-0.5, 0.25]),
        (one_layer([-4, 1], [1, -0.5], [1, -3], 7), [0.25, 0.5]),
        (one_layer([1, 1], [-0.25, -0.25], [1, 2]), [0.25]),  # the same kink twice
        (one_layer([1, 3], [-0.1, -0.3], [1, 1]), [0.1]),  # and to rounding, for 0.3/3 is not 0.1
        (one_layer([1, 1], [-0.25, -0.25], [1, -1]), []),  # it cancels
        (one_layer([1, -1], [-0.25, 0.25], [1, -1]), []),  # max(0, z) - max(0, -z) = z
        (one_layer([1, -1], [-0.25, 0.25], [1, 1]), [0.25]),  # and |z| has one
        (one_layer([1, 1, 1], [0.5, -0.25, -0.25], [1, 1, -1]), [-0.5]),
        (one_layer([1, 1], [0.5, 0.25], [0, 1]), [-0.25]),  # nothing comes of the first
        (one_layer([1, 1], [1, -1], [1, 1]), []),  # at the ends
        (one_layer([1, -1], [2, 2], [1, 1]), []),  # beyond them
        (one_layer([1, 1], [-2, -3], [1, 1], 5), []),  # dead
        (one_layer([0, 0], [1, -1], [1, 1]), []),
        (np.zeros(7), []),
        (one_layer([1, 1], [0.5, -0.5], [1e-30, 3e-30]), [-0.5, 0.5]),  # small is not none
        (one_layer([1, 1], [0.5, -0.5], [1e30, 3e30], -1e30), [-0.5, 0.5]),
    ],
)
def test_knots_by_hand(params, expected):
    np.testing.assert_allclose(
        knots(params, 1, (len(params) - 1) // 3), [-1, *expected, 1], rtol=0, atol=1e-15
    )


def test_knots_within_other_ends():
    params = one_layer([1, 2], [0.5, -0.5], [1, 1])
    for ends, expected in (
        ((-1, 1), [-0.5, 0.25]),
        ((-0.5, 0.25), []),
        ((-0.4, 3), [0.25]),
        ((-9, -0.4), [-0.5]),
        ((1, 2), []),
    ):
        np.testing.assert_array_equal(knots(params, 1, 2, *ends), [ends[0], *expected, ends[1]])
    np.testing.assert_allclose(
        knots(gamst_walker(1), low=-5.0, high=5.0)[1:-1], knots(gamst_walker(1)), atol=1e-14
    )


def test_a_change_of_slope_below_1e_9_is_none():
    """The documented border, from both sides: bends of 2e-9 and 0.5e-9 beside a slope of 1."""
    for bend, number in ((2e-9, 3), (5e-10, 2)):
        assert len(knots(one_layer([1, 1], [2, -0.5], [1, bend]), 1, 2)) == number


def exact_knots(layers, low=-1, high=1):
    """The same by fractions: of each neuron, slope and offset on each interval between the kinks so
    far.
    """
    cuts, neurons = [Fraction(low), Fraction(high)], [[(Fraction(1), Fraction(0))]]
    for number, (weights, biases) in enumerate(layers):
        lines = [
            [
                (
                    sum(w * h[n][0] for w, h in zip(column, neurons)),
                    sum((w * h[n][1] for w, h in zip(column, neurons)), bias),
                )
                for n in range(len(cuts) - 1)
            ]
            for column, bias in zip(zip(*weights), biases)
        ]
        if number == len(layers) - 1:
            return (
                [low]
                + [
                    cut
                    for cut, left, right in zip(cuts[1:], lines[0], lines[0][1:])
                    if left != right
                ]
                + [high]
            )
        zeros = {
            -b / a
            for line in lines
            for n, (a, b) in enumerate(line)
            if a and cuts[n] < -b / a < cuts[n + 1]
        }
        finer = sorted({*cuts, *zeros})
        inside = [sum(cut <= left for cut in cuts[:-1]) - 1 for left in finer[:-1]]
        middle = [(left + right) / 2 for left, right in pairwise(finer)]
        neurons = [
            [
                line[n] if line[n][0] * at + line[n][1] > 0 else (0, 0)
                for n, at in zip(inside, middle)
            ]
            for line in lines
        ]
        cuts = finer


@st.composite
def halves(draw):
    """Small networks of multiples of 1/2, in which kinks coincide and cancel and neurons are
    dead.
    """
    depth, width = draw(st.sampled_from([(1, 1), (1, 4), (2, 2), (2, 3), (3, 2), (3, 3), (4, 2)]))
    return (
        depth,
        width,
        draw(
            arrays(
                int, num_parameters(depth, width), elements=st.integers(-4, 4), fill=st.nothing()
            )
        ),
    )


@given(halves())
@settings(max_examples=150, deadline=None)
def test_knots_are_those_of_fractions(network):
    """Slopes are multiples of 1/32 and numbers below 10^4: kinks are right to 1e4 x 1e-16 x 32 <
    1e-10.
    """
    depth, width, twice = network
    params = [Fraction(int(value), 2) for value in twice]
    layers = [
        (weights.tolist(), biases.tolist())
        for weights, biases in unflatten(np.array(params), depth, width)
    ]
    expected = np.array(exact_knots(layers), float)
    found = knots(twice / 2, depth, width)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


def slope_at(params, x, depth, width):
    """The slope of the output at x, a product over the layers."""
    layers = unflatten(params, depth, width)
    h, slope = np.array([x]), np.ones(1)
    for weights, biases in layers[:-1]:
        before = h @ weights + biases
        h, slope = np.maximum(before, 0), slope @ weights * (before > 0)
    return (slope @ layers[-1][0])[0]


@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_knots_are_those_of_second_differences(depth, width, seed):
    """Straight lines through the knots are the output everywhere, and at each knot its slope
    changes.

    In a grid of step h, the second difference at x_i is sum of (h - |knot - x_i|) x bend over knots
    nearer than h.
    """
    params = random_networks(seed, 1, depth, width)[0]
    found, outputs = knots(params, depth, width), apply(params, GRID, depth, width)
    assume(np.ptp(outputs) > 1e-3)  # of a network that is dead, slopes are rounding
    assert (found[0], found[-1]) == (-1, 1)
    assert (np.diff(found) > 0).all()
    rounding = 1e-13 * largest(params, depth, width)
    lines = np.interp(GRID, found, apply(params, found, depth, width))
    np.testing.assert_allclose(outputs, lines, rtol=0, atol=rounding)
    slopes = np.array([slope_at(params, (a + b) / 2, depth, width) for a, b in pairwise(found)])
    bends, h = np.diff(slopes), GRID[1] - GRID[0]
    assert (np.abs(bends) > 0.9e-9 * np.abs(slopes).max(initial=0)).all()
    near = np.maximum(h - np.abs(GRID[1:-1, None] - found[None, 1:-1]), 0)
    np.testing.assert_allclose(np.diff(outputs, 2), near @ bends, rtol=0, atol=4 * rounding)


def test_second_differences_see_a_knot_that_is_left_out_or_misplaced():
    """Negative control of the test above: either misses by far more than its tolerance."""
    params = random_networks(5, 1, 3, 4)[0]
    found = knots(params, 3, 4)
    tolerance = 1e-13 * largest(params, 3, 4)
    assert len(found) > 4
    for number in range(1, len(found) - 1):
        for wrong in (np.delete(found, number), found + 1e-6 * (np.arange(len(found)) == number)):
            lines = np.interp(GRID, wrong, apply(params, wrong, 3, 4))
            assert np.abs(lines - apply(params, GRID, 3, 4)).max() > 1e3 * tolerance


# training sets


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_training_set_of_w_f(seed):
    params = gamst_walker(seed)
    x, y = training_set(params)
    assert x.shape == y.shape == (341,)
    assert x.dtype == y.dtype == np.float64
    np.testing.assert_array_equal(x[::10], knots(params))
    np.testing.assert_allclose(
        x.reshape(-1)[:-1].reshape(34, 10),
        np.linspace(x[:-1:10], x[10::10], 11).T[:, :10],
        rtol=0,
        atol=1e-15,
    )
    assert (np.diff(x) > 0).all()
    np.testing.assert_array_equal(y, apply(params, x))
    np.testing.assert_allclose(y, teeth(x) + smooth(seed, x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("between", [0, 1, 4])
def test_training_set_of_another_network(between):
    params = one_layer([1, 2], [0.5, -0.5], [1, 1])
    x, y = training_set(params, 1, 2, between)
    ends = [-1, -0.5, 0.25, 1]
    expected = [
        a + (b - a) * n / (between + 1) for a, b in pairwise(ends) for n in range(between + 1)
    ] + [1]
    np.testing.assert_allclose(x, expected, rtol=0, atol=1e-15)
    np.testing.assert_allclose(
        y, [max(0, at + 0.5) + max(0, 2 * at - 0.5) for at in x], rtol=0, atol=1e-15
    )


def test_error_without_the_sawtooth():
    """W_f with 0.7 in place of its teeth: 1.4^2/12 on the whole interval, 0.1694 where the training
    points lie.

    They are denser on the four segments that +-1/3 divide, and each segment has both its ends.
    """
    params, (x, y) = gamst_walker(1), training_set(gamst_walker(1))
    lost = params.copy()
    lost[-6:-4], lost[-1] = 0, 0.7
    assert error_on(x, y)(lost) == pytest.approx(((teeth(x) - 0.7) ** 2).mean(), rel=1e-12)
    assert error_on(x, y)(lost) == pytest.approx(0.1694, abs=5e-5)
    everywhere = np.linspace(-1, 1, 200_000, endpoint=False)
    error = error_on(everywhere, apply(params, everywhere))(lost)
    assert error == pytest.approx(
        1.4**2 / 12, rel=1e-6
    )  # sums of 6250 points a segment miss by 2/6250^2
    assert error_on(x, y)(params) == 0


# starts


def test_glorot_uniform_has_its_limits_and_moments():
    """Uniform in +-c: variance c^2/3, of kurtosis 9/5, so that of n draws it has an error of
    sqrt(0.8/n).
    """
    number = 500
    layers = unflatten(glorot_uniform(np.random.default_rng(0), number, 4, 3), 4, 3)
    for (rows, columns), (weights, biases) in zip(shapes(4, 3), layers, strict=True):
        limit, n = np.sqrt(6 / (rows + columns)), weights.size
        np.testing.assert_array_equal(biases, 0)
        assert np.abs(weights).max() <= limit
        assert weights.max() > limit * (1 - 20 / n)  # the chance of nothing above is e^-10
        assert weights.min() < -limit * (1 - 20 / n)
        assert abs(weights.mean()) < SIGMAS * limit / np.sqrt(3 * n)
        assert abs(weights.var() / (limit**2 / 3) - 1) < SIGMAS * np.sqrt(0.8 / n)
        flat = weights.reshape(number, -1)
        if rows * columns > 1:  # a network's weights, and the networks, are independent
            between = np.corrcoef(flat, rowvar=False) - np.eye(flat.shape[1])
            assert np.abs(between).max() < SIGMAS / np.sqrt(number)
        assert abs((flat[1:] * flat[:-1]).mean()) < SIGMAS * limit**2 / 3 / np.sqrt(n)


def test_seeds_decide():
    for make in (lambda seed: glorot_uniform(np.random.default_rng(seed), 3), gamst_walker):
        np.testing.assert_array_equal(make(7), make(7))
        assert (make(7) != make(8)).any()
    starts = glorot_uniform(np.random.default_rng(7), 3)
    assert starts.shape == (3, 136)
    assert starts.dtype == np.float64
    assert len({row.tobytes() for row in starts}) == 3


# bad input


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda: num_parameters(0), "depth=0: expected a whole number, 1 or more"),
        (lambda: num_parameters(5, 0), "width=0: expected a whole number, 1 or more"),
        (lambda: num_parameters(2.0), r"depth=2\.0: expected a whole number"),
        (lambda: shapes(True, 2), "depth=True: expected a whole number"),
        (lambda: shapes(2, "3"), "width='3': expected a whole number"),
        (
            lambda: unflatten(np.zeros(135)),
            r"params of shape \(135,\): expected \(…, 136\), networks of depth 5 and width "
            "5; give their depth and width",
        ),
        (lambda: unflatten(np.zeros((136, 2))), r"params of shape \(136, 2\): expected \(…, 136\)"),
        (lambda: apply(1.0, [0.0]), r"params of shape \(\): expected \(…, 136\)"),
        (
            lambda: apply(jnp.zeros(136), jnp.zeros(2), 2, 3),
            r"expected \(…, 22\), networks of depth 2 and width 3",
        ),
        (lambda: apply(np.zeros(136), 0.5), r"x of shape \(\): expected \(point,\)"),
        (
            lambda: apply(np.zeros(136), np.zeros((3, 1))),
            r"x of shape \(3, 1\): expected \(point,\)",
        ),
        (lambda: error_on(np.zeros(3), np.zeros(3), 1, 1)(np.zeros(5)), r"expected \(…, 4\)"),
        (lambda: gamst_walker(-1), "seed=-1: expected a whole number, 0 or more"),
        (lambda: gamst_walker(1.5), r"seed=1\.5: expected a whole number"),
        (lambda: gamst_walker(None), "seed=None: expected a whole number"),
        (
            lambda: glorot_uniform(np.random.default_rng(0), 2, 0),
            "depth=0: expected a whole number",
        ),
        (
            lambda: knots(np.zeros((2, 136))),
            r"params of shape \(2, 136\), 272 finite: expected one network",
        ),
        (
            lambda: knots(np.full(136, np.nan)),
            r"params of shape \(136,\), 0 finite: expected one network of finite",
        ),
        (lambda: knots(np.append(np.zeros(135), np.inf)), "135 finite: expected one network"),
        (lambda: knots(np.zeros(136), 4), r"expected \(…, 106\), networks of depth 4"),
        (
            lambda: training_set(gamst_walker(1), between=-1),
            "between=-1: expected a whole number, 0 or more",
        ),
        (
            lambda: training_set(gamst_walker(1), between=2.5),
            r"between=2\.5: expected a whole number",
        ),
        (lambda: training_set(np.full(136, np.inf)), "0 finite: expected one network"),
    ],
)
def test_bad_input(given, message):
    with pytest.raises(InputError, match=message):
        given()


# --- knots at the edge -----


def test_a_knot_near_an_end_does_not_replace_it():
    assert knots(np.array([1.0, 1 - 1e-13, 1, 0]), 1, 1)[0] == -1


def test_cancelled_kinks_stay_cancelled_beside_an_offset():
    params = np.array([1, -1, 0.7, -0.7, 1, -0.3, 0.3, -0.2, 0.2, 0.1, 1, -1, 1, -1, 0.1, 1e7])
    assert len(knots(params, 1, 5)) == 3


def test_small_weights_have_knots():
    np.testing.assert_array_equal(knots(np.array([1e-170, 0, 1, 0]), 1, 1), [-1, 0, 1])


def test_a_dead_network_has_no_knots():
    np.testing.assert_array_equal(knots(random_networks(311, 1, 4, 3)[0], 4, 3), [-1, 1])
    for params in random_networks(5, 40, 5, 3):
        layers = unflatten(params, 5, 3)
        layers[-1][0][:] = 0
        assert len(knots(flatten(layers), 5, 3)) == 2


@pytest.mark.parametrize(("low", "high"), [(1, -1), (0, 0), (np.nan, 1), (-np.inf, 1)])
def test_ends_are_finite_and_in_order(low, high):
    with pytest.raises(
        InputError, match=f"low={low}, high={high}: expected finite numbers, the first one smaller"
    ):
        knots(np.array([1.0, 0, 1, 0]), 1, 1, low, high)
