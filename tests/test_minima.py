"""Basins, minima, merge trees and summaries, against laws, brute force, closed forms and numbers
made by hand.
"""

from itertools import pairwise, permutations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesampler.errors import InputError
from spikesampler.landscape.minima import (
    disconnectivity,
    distinct,
    refine,
    spectrum,
    value_and_gradient,
)
from spikesampler.studies.gamst_walker_2017.return_curve import (
    Return,
    basin_arrays,
    jittered,
    return_curve,
    smoothed,
)
from spikesampler.studies.gamst_walker_2017.settings import Training
from spikesampler.studies.gamst_walker_2017.summary import (
    drop_distance,
    of_basin,
    of_paths,
    of_spectra,
    of_training,
)

SIGMAS = 5  # bounds are this many standard errors

# --- return curves -----


def logistic(intercept, slope, r):
    return 1 / (1 + np.exp(-(intercept + slope * r)))


def trials(seed, n=400, half=1.2, slope=-6.0):
    """Distances uniform in [0, 2], and who comes back by the law."""
    rng = np.random.default_rng(seed)
    distance = rng.uniform(0, 2, n)
    return distance, rng.random(n) < logistic(-half * slope, slope, distance)


def newton(distance, returned):
    """Intercept and slope of the largest likelihood, and the inverse of its Fisher information."""
    x, beta = np.column_stack([np.ones_like(distance), distance]), np.zeros(2)
    for _ in range(50):
        p = logistic(*beta, distance)
        covariance = np.linalg.inv((x * (p * (1 - p))[:, np.newaxis]).T @ x)
        beta = beta + covariance @ x.T @ (returned - p)
    return beta, covariance


@pytest.mark.parametrize("seed", range(3))
def test_a_return_curve_is_the_most_likely_one(seed):
    """Newton's method by hand ends at rounding; statsmodels stops at a deviance that changes by
    1e-8 of itself.
    """
    distance, returned = trials(seed)
    found = return_curve(distance, returned)
    (intercept, slope), covariance = newton(distance, returned)
    np.testing.assert_allclose(found[:3], [intercept, slope, -intercept / slope], rtol=1e-6)
    step = 1e-6  # the delta method by differences
    half = -intercept / slope
    toward = [
        (-(intercept + step) / slope - half) / step,
        (-intercept / (slope + step) - half) / step,
    ]
    error = np.sqrt(toward @ covariance @ toward)
    np.testing.assert_allclose(
        [found.low, found.high], half + error * np.array([-1.959964, 1.959964]), rtol=1e-5
    )
    assert (found.number, found.returned) == (400, returned.sum())
    assert found == return_curve(distance.tolist(), returned.astype(int).tolist())


def test_an_interval_covers_the_truth_as_often_as_it_says():
    """300 laws of 400 trials: 95 % ± 5 x 1.3 %; an interval half as long would cover 67 %."""
    found = [return_curve(*trials(seed)) for seed in range(300)]
    half, low, high = (
        np.array([getattr(one, name) for one in found]) for name in ("half", "low", "high")
    )
    bound = SIGMAS * np.sqrt(0.95 * 0.05 / 300)
    assert abs(((low < 1.2) & (1.2 < high)).mean() - 0.95) < bound
    assert (np.abs(half - 1.2) < (high - low) / 4).mean() < 0.95 - bound  # control
    assert abs(half.mean() - 1.2) < SIGMAS * half.std() / np.sqrt(300)


def test_an_interval_is_as_long_as_a_bootstrap_says():
    """300 resamples know a standard deviation to 1/sqrt(600) = 4 %, and n = 400 the asymptotic one
    to some more.
    """
    distance, returned = trials(7)
    rng, halves = np.random.default_rng(0), []
    for _ in range(300):
        rows = rng.integers(400, size=400)
        intercept, slope = newton(distance[rows], returned[rows])[0]
        halves.append(-intercept / slope)
    found = return_curve(distance, returned)
    error = (found.high - found.low) / (2 * 1.959964)
    assert abs(error / np.std(halves, ddof=1) - 1) < SIGMAS / np.sqrt(600)


def test_the_slope_says_on_which_side_they_come_back():
    distance, returned = trials(3)
    near, far = return_curve(distance, returned), return_curve(distance, ~returned)
    assert near.slope < 0 < far.slope
    np.testing.assert_allclose(
        [far.intercept, far.slope], [-near.intercept, -near.slope], rtol=1e-6
    )
    np.testing.assert_allclose(far[2:5], near[2:5], rtol=1e-6)
    r = np.linspace(-1, 4, 12).reshape(3, 4)
    np.testing.assert_allclose(
        near.probability(r), logistic(near.intercept, near.slope, r), rtol=1e-12
    )
    np.testing.assert_allclose(near.probability(r) + far.probability(r), 1, rtol=1e-6)
    assert near.probability(near.half) == pytest.approx(0.5, abs=1e-12)
    assert near.probability(0.5) > 0.9 > 0.1 > near.probability(1.9)


@pytest.mark.parametrize("all_back", [False, True])
def test_where_none_or_all_come_back_there_is_no_curve(all_back):
    found = return_curve([0.5, 1.0, 2.0], [all_back] * 3)
    assert np.isnan(found[:5]).all()
    assert found[5:] == (3, 3 * all_back)
    np.testing.assert_array_equal(
        found.probability(np.ones((2, 3))), np.full((2, 3), float(all_back))
    )
    assert found.probability(7) == all_back


def test_a_distance_that_separates_has_no_interval():
    found = return_curve([1.0, 4.0, 2.0, 3.0], [True, False, True, False])
    assert found.half == 2.5
    assert np.isnan([found.low, found.high]).all()
    assert (found.intercept, found.slope) == (np.inf, -np.inf)
    np.testing.assert_array_equal(found.probability([[0.0, 2.4], [2.6, 9.0]]), [[1, 1], [0, 0]])
    assert found.probability(2.0) == 1
    almost = return_curve([1.0, 4.0, 2.0, 3.0, 2.9], [True, False, True, False, True])
    assert almost.half == pytest.approx(2.95, rel=1e-12)


@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.PerfectSeparationWarning")
def test_a_distance_that_separates_the_other_way_has_no_interval():
    found = return_curve([1.0, 4.0, 2.0, 3.0], [False, True, False, True])
    assert found.half == 2.5
    assert np.isnan([found.low, found.high]).all()
    np.testing.assert_array_equal(found.probability([0.0, 9.0]), [0, 1])


BAD_PAIRS = [
    ([], []),
    ([1.0, 2.0], [True]),
    ([[1.0]], [[True]]),
    (1.0, True),
    ([1.0, np.nan], [True, False]),
    ([np.inf, 1.0], [True, False]),
]


@pytest.mark.parametrize(("distance", "values"), BAD_PAIRS)
def test_distances_that_are_none_are_refused(distance, values):
    shape = str(np.shape(distance)).replace("(", r"\(").replace(")", r"\)")
    for function in (return_curve, smoothed):
        with pytest.raises(
            InputError,
            match=f"distance of shape {shape} and values of .*: expected finite distances",
        ):
            function(distance, values)


# --- jitter and lowess -----


def test_a_jitter_is_uniform_in_distance_and_direction():
    """In a plane, 20 000 draws: mean radius/2, and angles as often in each quarter; standard errors
    of both laws.
    """
    rng, origin, n, radius = np.random.default_rng(0), np.array([3.0, -1.0]), 20_000, 0.8
    moved = np.array([jittered(rng, origin, radius) for _ in range(n)]) - origin
    norms = np.linalg.norm(moved, axis=1)
    assert norms.max() < radius
    assert abs(norms.mean() - radius / 2) < SIGMAS * radius / np.sqrt(12 * n)
    assert abs((norms**2).mean() - radius**2 / 3) < SIGMAS * radius**2 * np.sqrt(
        (1 / 5 - 1 / 9) / n
    )
    quarters = np.bincount(((np.arctan2(*moved.T) / np.pi + 1) * 2).astype(int) % 4, minlength=4)
    assert np.abs(quarters / n - 0.25).max() < SIGMAS * np.sqrt(0.25 * 0.75 / n)
    np.testing.assert_array_equal(origin, [3, -1])
    for bad in (0, -1, np.nan, "1"):
        with pytest.raises(InputError, match=f"radius={bad!r}: expected a positive number"):
            jittered(rng, origin, bad)


def test_a_smoothed_line_is_the_line_in_the_order_of_distance():
    rng = np.random.default_rng(1)
    distance = rng.uniform(0, 2, 60)
    for share in (0.1, 0.2, 1.0):
        along, value = smoothed(distance, 3 - 2 * distance, share)
        np.testing.assert_array_equal(along, np.sort(distance))
        np.testing.assert_allclose(value, 3 - 2 * along, atol=1e-11)


def test_values_that_are_not_finite_are_left_out():
    distance = np.linspace(0, 2, 40)
    values = np.sin(distance)
    holes = values.copy()
    holes[[0, 7, 20]] = [np.nan, np.inf, -np.inf]
    kept = np.isfinite(holes)
    np.testing.assert_array_equal(smoothed(distance, holes), smoothed(distance[kept], values[kept]))


def test_a_smaller_share_follows_a_bend_more_closely_and_an_outlier_pulls_no_line():
    distance = np.linspace(0, 2, 100)
    bend = np.abs(distance - 1)
    close, far = (np.abs(smoothed(distance, bend, share)[1] - bend).max() for share in (0.1, 0.8))
    # a local line misses the corner by its half width, share, times a part below 1
    assert close < 0.1 < far
    spoilt = distance.copy()
    spoilt[50] += 100
    np.testing.assert_allclose(
        np.delete(smoothed(distance, spoilt)[1], 50), np.delete(distance, 50), atol=1e-2
    )


def test_what_the_figure_of_a_basin_draws():
    distance, returned = trials(2, n=60)
    error = np.where(returned, 1e-5, 0.1)
    drawn, fit = basin_arrays(distance, error, returned), return_curve(distance, returned)
    np.testing.assert_array_equal([drawn["distance"], drawn["error"]], [distance, error])
    np.testing.assert_array_equal(drawn["smooth"], smoothed(distance, error))
    np.testing.assert_array_equal(drawn["curve"][0], np.linspace(0, distance.max(), 200))
    np.testing.assert_array_equal(drawn["curve"][1], fit.probability(drawn["curve"][0]))
    np.testing.assert_array_equal(drawn["half"], [fit.half, fit.low, fit.high])
    error[3], sound = np.nan, np.arange(60) != 3
    drawn = basin_arrays(distance, error, returned)
    np.testing.assert_array_equal(
        [drawn["distance"], drawn["error"]], [distance[sound], error[sound]]
    )
    np.testing.assert_array_equal(drawn["smooth"], smoothed(distance[sound], error[sound]))


# --- minima -----


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def test_the_spectrum_of_a_quadratic_is_that_of_its_matrix():
    """In float64 although jax is left at float32, which would miss by 1e-6."""
    matrix = np.random.default_rng(0).standard_normal((9, 9))
    matrix += matrix.T
    points = np.random.default_rng(1).standard_normal((2, 3, 9))
    found = spectrum(lambda x: x @ jnp.asarray(matrix) @ x / 2, points)
    assert found.shape == points.shape
    assert not jax.config.jax_enable_x64
    values = np.linalg.eigvalsh(matrix)
    np.testing.assert_allclose(found, np.broadcast_to(values, points.shape), atol=1e-10)
    assert np.abs(np.linalg.eigvalsh(matrix.astype(np.float32)) - values).max() > 1e-8  # control
    np.testing.assert_array_equal(
        spectrum(lambda x: x @ jnp.asarray(matrix) @ x / 2, points[1, 2]), found[1, 2]
    )


def test_a_spectrum_is_that_of_the_point_it_is_at():
    """sum x^4/12 has the Hessian diag(x^2)."""
    points = np.array([[3.0, -1.0, 2.0], [0.0, 0.5, -4.0]])
    np.testing.assert_allclose(
        spectrum(lambda x: (x**4).sum() / 12, points), [[1, 4, 9], [0, 0.25, 16]], atol=1e-12
    )


def test_energies_and_gradients_of_many_points():
    points = np.random.default_rng(2).standard_normal((5, 3))
    value, gradient = value_and_gradient(rosenbrock, points)
    x, y, z = points.T
    expected = 100 * (y - x**2) ** 2 + (1 - x) ** 2 + 100 * (z - y**2) ** 2 + (1 - y) ** 2
    slopes = [
        -400 * x * (y - x**2) - 2 * (1 - x),
        200 * (y - x**2) - 400 * y * (z - y**2) - 2 * (1 - y),
        200 * (z - y**2),
    ]
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    np.testing.assert_allclose(gradient, np.transpose(slopes), rtol=1e-12, atol=1e-10)
    assert (value.dtype, gradient.dtype) == (float, float)


def test_refine_finds_the_minimum_and_says_how():
    """At its end no component of the gradient exceeds 1e-9; eigenvalues of at least 0.3 make that
    1e-8 of the point.
    """
    start = np.array([-1.2, 1.0, 0.5, -0.7])
    found = refine(rosenbrock, start)
    np.testing.assert_allclose(found.point, 1, atol=1e-8)
    (value,), (gradient,) = value_and_gradient(rosenbrock, found.point[np.newaxis])
    assert spectrum(rosenbrock, np.ones(4))[0] > 0.3
    assert found.energy == pytest.approx(value, abs=1e-25)
    assert found.gradient_norm == pytest.approx(np.linalg.norm(gradient), rel=1e-6)
    assert np.abs(gradient).max() <= 1e-9
    assert 10 < found.steps < 200
    np.testing.assert_array_equal(start, [-1.2, 1.0, 0.5, -0.7])


def test_refine_stops_after_its_steps_or_at_its_tolerance():
    start = np.array([-1.2, 1.0, 0.5, -0.7])
    three = refine(rosenbrock, start, max_steps=3)
    assert three.steps == 3
    assert rosenbrock(start) > three.energy > 1e-3
    rough, fine = (refine(rosenbrock, start, tolerance=tolerance) for tolerance in (1e-1, 1e-6))
    for one, tolerance in ((rough, 1e-1), (fine, 1e-6)):
        assert np.abs(value_and_gradient(rosenbrock, one.point[np.newaxis])[1]).max() <= tolerance
    assert rough.steps < fine.steps
    assert rough.gradient_norm > 1e-6


def test_in_a_crease_descent_ends_with_a_gradient_that_is_not_small():
    found = refine(lambda x: abs(x[0]) + (x[1] - 2) ** 2, [0.3, 0.0])
    assert abs(found.point[0]) < 1e-3
    assert found.gradient_norm > 0.9


# --- which are the same -----


def test_minima_are_the_same_where_a_chain_joins_them():
    energies = [0.0, 5.0, 0.9, 1.8, 5.5, 9.0]
    flat = np.zeros((6, 3))
    np.testing.assert_array_equal(distinct(energies, flat, 1.0), [0, 1, 0, 0, 1, 2])
    np.testing.assert_array_equal(distinct(energies, flat, 0.85), [0, 1, 2, 3, 1, 4])
    np.testing.assert_array_equal(distinct(energies, flat, 0.0), range(6))
    np.testing.assert_array_equal(distinct(energies[::-1], flat, 1.0), [0, 1, 2, 2, 1, 2])


def test_one_output_that_differs_makes_another_function():
    outputs = np.zeros((3, 4))
    outputs[1, 2], outputs[2, 2] = 0.5, -0.5
    np.testing.assert_array_equal(
        distinct([0, 0, 0], outputs, 0.5), [0, 0, 0]
    )  # the first is near both
    np.testing.assert_array_equal(distinct([0, 0, 0], outputs, 0.4), [0, 1, 2])
    np.testing.assert_array_equal(
        distinct([0, 9, 9], outputs, 0.5), [0, 1, 2]
    )  # alike, but not as high


@given(st.lists(st.integers(0, 30), min_size=1, max_size=12), st.integers(0, 4))
def test_labels_are_those_of_gaps_on_a_line(energies, tolerance):
    """On a line chains end at gaps wider than the tolerance; labels are in the order in which
    groups appear.
    """
    ordered = sorted(set(energies))
    group = {ordered[0]: 0}
    for low, high in pairwise(ordered):
        group[high] = group[low] + (high - low > tolerance)
    seen = list(dict.fromkeys(group[one] for one in energies))
    expected = [seen.index(group[one]) for one in energies]
    assert distinct(energies, np.zeros((len(energies), 1)), tolerance).tolist() == expected


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_minima_that_diverged_are_refused(bad):
    for energies, outputs in (([bad, 0], [[0.0], [0.0]]), ([0, 0], [[0.0], [bad]])):
        with pytest.raises(
            InputError, match="not finite: expected minima; leave out those that diverged"
        ):
            distinct(energies, outputs, 1.0)


# --- merge trees -----


def lowest_passes(passes):
    """The lowest highest energy over all ways between two minima, through any of the others."""
    n, lowest = len(passes), np.full(np.shape(passes), np.inf)
    for size in range(2, n + 1):
        for way in permutations(range(n), size):
            height = max(passes[a][b] for a, b in pairwise(way))
            lowest[way[0], way[-1]] = min(lowest[way[0], way[-1]], height)
    return lowest


def joints(tree, n):
    """The height in the tree at which each two leaves become connected, (n, n); and the groups as
    they form.
    """
    groups, heights = {leaf: {leaf} for leaf in range(n)}, np.full((n, n), np.inf)
    for number, (a, b, height, size) in enumerate(tree):
        a, b = groups.pop(int(a)), groups.pop(int(b))
        for one in a:
            for other in b:
                heights[one, other] = heights[other, one] = height
        groups[n + number] = a | b
        assert len(groups[n + number]) == size
    assert list(groups.values()) == [set(range(n))]
    return heights


def symmetric(n, values):
    passes = np.zeros((n, n))
    passes[np.triu_indices(n, 1)] = values
    return passes + passes.T


@st.composite
def landscapes(draw):
    n = draw(st.integers(2, 5))
    numbers = st.integers(-20, 20).map(lambda number: number / 4)  # ties among them, sums exact
    energies = draw(st.lists(numbers, min_size=n, max_size=n))
    pairs = n * (n - 1) // 2
    return np.array(energies), symmetric(n, draw(st.lists(numbers, min_size=pairs, max_size=pairs)))


@settings(max_examples=60)
@given(landscapes())
def test_joints_are_the_lowest_passes_over_all_ways(landscape):
    """Raised to its ends a pass may be; heights are multiples of 1/4, so nothing rounds."""
    energies, passes = landscape
    raised = np.maximum(passes, np.maximum(energies[:, np.newaxis], energies))
    tree = disconnectivity(energies, passes)
    assert tree.shape == (len(energies) - 1, 4)
    assert (np.diff(tree[:, 2]) >= 0).all()
    off = ~np.eye(len(energies), dtype=bool)
    np.testing.assert_array_equal(joints(tree, len(energies))[off], lowest_passes(raised)[off])


def test_a_tree_by_hand():
    """0 and 1 over 3; 2 and 3 over 4; the two groups over 6, through 1 and 2, though 0 and 3 are 9
    apart.
    """
    passes = symmetric(4, [3, 8, 9, 6, 7, 4])
    kept = passes.copy()
    np.testing.assert_array_equal(
        disconnectivity([0, 1, 2, 0.5], passes), [[0, 1, 3, 2], [2, 3, 4, 2], [4, 5, 6, 4]]
    )
    np.testing.assert_array_equal(passes, kept)
    lifted = disconnectivity([-10, -9, -8, -9.5], passes - 10)  # the same, ten lower
    np.testing.assert_array_equal(lifted, [[0, 1, -7, 2], [2, 3, -6, 2], [4, 5, -4, 4]])


def test_a_pass_below_its_ends_is_raised_to_them():
    np.testing.assert_array_equal(
        disconnectivity([1, 5, 2], symmetric(3, [0, 3, 4])), [[0, 2, 3, 2], [1, 3, 5, 3]]
    )


@pytest.mark.parametrize(
    ("energies", "passes"),
    [
        ([0, 1], [[0, 2], [3, 0]]),
        ([0, 1], [[0, 2, 3], [2, 0, 3]]),
        ([0, 1, 2], [[0, 2], [2, 0]]),
        ([0], [[0]]),
        ([], []),
        ([0, 1], [[0, np.nan], [np.nan, 0]]),
        ([0, 1], [0, 1]),
    ],
)
def test_passes_that_are_none_are_refused(energies, passes):
    with pytest.raises(
        InputError,
        match=r"energies and passes of shape .*: expected n of at least 2, and a symmetric",
    ):
        disconnectivity(energies, passes)


# --- summaries -----


def test_drop_distance_is_exact_on_lines():
    """Up from 0 to a plateau of 8 in steps; half of it, 4, lies on the second chord, and exactly on
    an image.
    """
    distance = np.array(
        [[0.0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5], [0, 2, 4, 6, 8, 10], [0, 1, 2, 4, 8, 16]]
    )
    energy = np.array(
        [[0.0, 2, 7, 8, 8, 8], [0, 4, 8, 8, 8, 8], [5, 2, 9, 8, 8, 8], [0, 1, 2, 3, 10, 6]]
    )
    found = drop_distance(distance, energy)
    # plateau of the last: median(10, 6) = 8, first reached between 3 (at 4) and 10 (at 8)
    np.testing.assert_allclose(found, [1 + (4 - 2) / (7 - 2), 1, 0, 4 + 4 / 7], rtol=1e-14)


@given(st.floats(0.01, 0.49), st.floats(0.1, 10), st.floats(0.1, 10))
def test_drop_distance_is_half_of_a_ramp(share, length, height):
    """A ramp that reaches the plateau before the far half begins is half as high half way."""
    along = np.array([0, share, 0.5, 0.75, 1.0]) * length
    energy = np.array([0, 1, 1, 1, 1]) * height
    assert drop_distance([along], [energy])[0] == pytest.approx(share * length / 2, rel=1e-12)


@pytest.fixture
def paths():
    """Three paths of five images, with lengths 8, 4 and 6."""
    distance = np.array([[0.0, 2, 4, 6, 8], [0, 1, 2, 3, 4], [0, 1.5, 3, 4.5, 6]])
    energy = np.array([[0.0, 3, 2, 5, 4], [0, 4, 4, 4, 1], [0, 1, 0.5, 2, 6]])
    away = np.array([[0.0, 2, 1, 3, 4], [0, 1, 2, 2.5, 3], [0, 1, 2, 1, 5]])
    each, image = ("path",), ("path", "image")
    return xr.Dataset(
        {
            "distance": (image, distance),
            "energy": (image, energy),
            "from_target": (image, away),
            "turning": (("path", "inner"), [[0.1, 0.2, 0.6], [0.3, 0.5, 0.1], [0.7, 0.8, 0.4]]),
            "residual": (each, [0.5, 0.005, 2.0]),
            "converged": (each, [False, True, False]),
        }
    )


def test_paths_in_numbers(paths):
    """Medians and quartiles of three numbers: the middle one, and half way to it from either
    side.
    """
    found = of_paths(paths)
    each = {
        "length": [8, 4, 6],
        "end_distance": [4, 3, 5],
        "plateau": [4, 4, 2],  # medians of (2, 5, 4), (4, 4, 1), (0.5, 2, 6)
        "plateau_range": [3, 3, 5.5],
        "highest": [5, 4, 6],
        "barrier_from_end": [1, 3, 0],
        "drop_distance": [2 * 2 / 3, 0.5, 1.5],
        "dips": [1, 0, 1],
        "turning_near": [0.1, 0.4, 0.7],
        "turning_inner_half": [0.1, 0.3, 0.7],
        "turning_outer_half": [0.4, 0.3, 0.6],
        "outward_steps": [0.75, 1, 0.75],
        "residual": [0.5, 0.005, 2],
    }
    assert set(found) == {"paths", "images", "converged", *each}
    assert (found["paths"], found["images"], found["converged"]) == (3, 5, 1)
    for name, values in each.items():
        low, middle, high = sorted(values)
        expected = [middle, (low + middle) / 2, (middle + high) / 2]
        assert found[name] == pytest.approx(expected, rel=1e-12), name


@pytest.mark.filterwarnings("error")
def test_a_measure_that_no_path_has_is_nan_without_a_warning(paths):
    paths["distance"] *= 10  # no inner image within 2 of W_f
    assert np.isnan(of_paths(paths)["turning_near"]).all()


TRAINING = Training(models=5, steps=40, start="jitter")


@pytest.fixture
def networks():
    """Five networks: one diverged, two came back."""
    return xr.Dataset(
        {
            "final_error": (("network",), [0.2, 9e-4, np.nan, 1e-5, 1e-3]),
            "diverged": (("network",), [False, False, True, False, False]),
            "jitter": (("network",), [1.5, 0.7, 1.1, 0.4, 0.9]),
        },
        attrs={"seconds": 0.5},
    )


def test_a_training_in_numbers(networks):
    found = of_training(TRAINING, networks)
    assert found == {
        "optimizer": "momentum",
        "noise": "none",
        "models": 5,
        "steps": 40,
        "seed": 1,
        "diverged": 1,
        "best_error": 1e-5,
        "median_error": pytest.approx((9e-4 + 1e-3) / 2, rel=1e-12),
        # of four numbers the quartiles lie a quarter from the middle ones
        "error_quartiles": pytest.approx(
            [1e-5 + 0.75 * (9e-4 - 1e-5), 1e-3 + 0.25 * (0.2 - 1e-3)], rel=1e-12
        ),
        "returned": 2,
        "seconds": 0.5,
        "model_steps_per_second": 400.0,
    }


def test_where_all_diverged_errors_are_unknown(networks):
    networks["diverged"][:] = True
    found = of_training(TRAINING, networks)
    assert (found["diverged"], found["returned"]) == (5, 0)
    assert np.isnan([found["best_error"], found["median_error"], *found["error_quartiles"]]).all()


def test_a_basin_in_numbers(networks):
    """Those that came back, at 0.7 and 0.4, and those that did not, at 0.9, 1.5 and, diverged, at
    1.1, are separate at 0.8.
    """
    found = of_basin(TRAINING, networks)
    assert found["half_distance"] == pytest.approx(0.8, rel=1e-12)
    assert np.isnan([found["half_distance_low"], found["half_distance_high"]]).all()
    assert found["radius"] == 2.0
    assert {**found, **of_training(TRAINING, networks)} == found
    networks["jitter"][0] = 0.5  # and now they are not
    fit = return_curve(networks["jitter"].values, [False, True, False, True, False])
    names = ("half_distance", "half_distance_low", "half_distance_high")
    assert [of_basin(TRAINING, networks)[name] for name in names] == [fit.half, fit.low, fit.high]
    assert isinstance(fit, Return)


def test_one_that_diverged_did_not_return(networks):
    """Moved in between, it makes the basin smaller; left out, half would return from 0.8."""
    networks["jitter"][2] = 0.55
    assert of_basin(TRAINING, networks)["half_distance"] < 0.8
    error = networks["final_error"].values
    drawn = basin_arrays(networks["jitter"].values, error, error < 1e-3)
    assert drawn["half"][0] == of_basin(TRAINING, networks)["half_distance"]


def test_the_figure_of_a_basin_has_the_half_distance_of_its_numbers(networks):
    error = networks["final_error"].values
    drawn = basin_arrays(networks["jitter"].values, error, error < 1e-3)
    assert drawn["half"][0] == pytest.approx(
        of_basin(TRAINING, networks)["half_distance"], rel=1e-12
    )


def test_spectra_in_numbers():
    """Zero is what lies within 1e-9 of the largest eigenvalue by size, of each network its own."""
    values = np.array([[-20.0, -1e-9, 1e-9, 3e-8, 10], [-1e-7, 0, 0, 5e-8, 50], [-3, -2, 1, 2, 3]])
    found = xr.Dataset(
        {
            "eigenvalue": (("minimum", "index"), values),
            "gradient_norm": (("minimum",), [0.3, 0.1, 0.2]),
        }
    )
    assert of_spectra(found) == {
        "networks": 3,
        "largest": [10, 6.5, 30],
        "smallest": pytest.approx([-3, -11.5, -1.5 - 5e-8], rel=1e-12),
        "zero": [2, 1, 2.5],
        "negative": [1, 1, 1.5],
        "gradient_norm": pytest.approx([0.2, 0.15, 0.25], rel=1e-12),
    }
    found["target"] = (("index",), [-1e-6, -1e-9, 0, 2e-8, 100])
    told = of_spectra(found)
    assert (told["target_largest"], told["target_zero"], told["target_negative"]) == (100, 3, 1)
