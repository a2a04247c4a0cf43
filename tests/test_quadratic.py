"""Optimisers on quadratics against exact forms, iteration and numeric minimisation; steps counted
and computed.

Tolerances were seen to fail under a wrong sign of the momentum, √β for β, a Hessian without its 2,
a boundary of 2(1 − β), and 5 % off in a momentum or in the fraction that is counted to.
"""

import jax
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from spikesampler.errors import InputError
from spikesampler.studies.optimisation_primer import conditioning, quadratic

DESIGN, Z = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]), np.array([1.0, 2.1, 2.9])
HESSIAN, BEST = quadratic.least_squares(DESIGN, Z)
LOW, HIGH = 8 - 2 * np.sqrt(10), 8 + 2 * np.sqrt(10)


def momentum_path(hessian, start, step, momentum, steps):
    """The lecture's recursion, literally, towards a minimum at 0."""
    w, u, path = np.array(start, float), np.zeros(len(start)), [np.array(start, float)]
    for _ in range(steps):
        u = -hessian @ w + momentum * u
        w = w + step * u
        path.append(w)
    return np.array(path)


# ---- the line fit


def test_line_fit_has_the_exact_numbers():
    np.testing.assert_allclose(HESSIAN, [[10, 6], [6, 6]], rtol=1e-12)
    np.testing.assert_allclose(BEST, [0.95, 1.05], rtol=1e-12)
    low, high = quadratic.curvatures(HESSIAN)
    assert (low, high) == pytest.approx((LOW, HIGH), rel=1e-12)
    assert quadratic.condition_number(low, high) == pytest.approx(
        (52 + 16 * np.sqrt(10)) / 12, rel=1e-12
    )  # 8.5497
    assert quadratic.largest_stable_step(high) == pytest.approx(
        1 / (4 + np.sqrt(10)), rel=1e-12
    )  # 0.13962
    assert quadratic.best_step(low, high) == pytest.approx(1 / 8, rel=1e-12)
    step, momentum = quadratic.best_heavy_ball(low, high)
    root = np.sqrt(24)  # √(μL), so that (√L ± √μ)² = 16 ± 2√24
    assert step == pytest.approx(4 / (16 + 2 * root), rel=1e-12)
    assert momentum == pytest.approx((16 - 2 * root) / (16 + 2 * root), rel=1e-12)
    assert (step, momentum) == pytest.approx((0.1551, 0.2404), abs=5e-5)
    assert quadratic.heavy_ball_rate(HIGH / LOW) == pytest.approx(np.sqrt(momentum), rel=1e-12)
    assert quadratic.gradient_descent_rate(HIGH / LOW) == pytest.approx(np.sqrt(10) / 4, rel=1e-12)


def test_conjugate_gradients_end_in_two_steps():
    away = np.linalg.norm(quadratic.conjugate_gradients(HESSIAN, BEST, 2) - BEST, axis=1)
    assert len(away) == 3
    assert away[1] > 0.1
    assert away[2] < 1e-13


# ---- optax's convention is the lecture's


@pytest.mark.parametrize("momentum", [0.0, 0.7])
def test_sgd_has_the_lectures_convention(momentum):
    found = quadratic.descend(
        optax.sgd(0.05, momentum=momentum), lambda w: HESSIAN @ w, [1.0, -2.0], 20
    )
    np.testing.assert_allclose(
        found, momentum_path(HESSIAN, [1, -2], 0.05, momentum, 20), rtol=1e-12, atol=1e-14
    )
    assert not jax.config.jax_enable_x64


@pytest.mark.parametrize("momentum", [0.0, 0.24, 0.9])
def test_distance_is_that_of_the_recursion(momentum):
    values, start = np.array([0.1, 1.0, 3.0]), np.array([1.0, 2.0, -1.0])
    path = momentum_path(np.diag(values), start, 0.4, momentum, 50)
    found = [quadratic.distance_after(k, values, start, 0.4, momentum) for k in range(51)]
    np.testing.assert_allclose(found, np.linalg.norm(path, axis=1), rtol=1e-10)


# ---- stability and best settings

SOME = settings(max_examples=60, deadline=None, derandomize=True)


@SOME
@given(product=st.floats(-1, 6), momentum=st.floats(0, 1.2))
def test_region_is_where_the_spectral_radius_is_below_one(product, momentum):
    radius = quadratic.spectral_radius(product, 1.0, momentum)
    if abs(radius - 1) > 1e-9:  # on the boundary rounding decides
        assert quadratic.is_stable(product, 1.0, momentum) == (radius < 1)


@SOME
@given(product=st.floats(-1, 6), momentum=st.floats(0, 1.2))
def test_radius_is_that_of_the_matrix(product, momentum):
    values = np.linalg.eigvals([[1 + momentum - product, -momentum], [1, 0]])
    # a double root moves by the square root of a rounding error
    assert quadratic.spectral_radius(product, 1.0, momentum) == pytest.approx(
        np.abs(values).max(), abs=1e-7
    )


@settings(max_examples=15, deadline=None, derandomize=True)
@given(low=st.floats(0.01, 10), condition=st.floats(1.5, 1e3))
def test_no_pair_is_better_than_the_best_heavy_ball(low, condition):
    ends = low * np.array([1, condition])
    best = quadratic.best_heavy_ball(*ends)

    def rate(x):
        return quadratic.spectral_radius(ends, x[0] * best[0], x[1]).max() if 0 <= x[1] < 1 else 2.0

    assert rate([1, best[1]]) == pytest.approx(quadratic.heavy_ball_rate(condition), abs=1e-6)
    starts = ([1, best[1]], [0.7, 0.5 * best[1]], [1.1, 0.5 + 0.5 * best[1]])
    found = min(
        minimize(rate, one, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}).fun
        for one in starts
    )
    assert found == pytest.approx(quadratic.heavy_ball_rate(condition), abs=1e-6)


@SOME
@given(low=st.floats(0.01, 10), condition=st.floats(1, 1e3), other=st.floats(0, 3))
def test_no_step_is_better_than_the_best(low, condition, other):
    ends, step = low * np.array([1, condition]), quadratic.best_step(low, low * condition)
    rate = quadratic.gradient_descent_rate(condition)
    assert quadratic.spectral_radius(ends, step).max() == pytest.approx(rate, abs=1e-9)
    assert quadratic.spectral_radius(ends, other * step).max() >= rate - 1e-9


# ---- rates and counts


@pytest.mark.parametrize("condition", [HIGH / LOW, 100.0])
def test_rates_are_those_of_theory(condition):
    """From 200 to 400 time constants; the heavy ball's factor k makes its log-rate smaller by ln 2
    / 200 = 0.35 %.
    """
    theory = {
        "gradient descent": (quadratic.gradient_descent_rate, 0),
        "heavy ball": (quadratic.heavy_ball_rate, 1),
    }
    for name, (rate, power) in theory.items():
        expected = np.log(rate(condition))
        window = int(-200 / expected), int(-400 / expected)
        setting = conditioning.linear_settings(condition)[name]
        found = np.log(conditioning.measured_rate(condition, 10, *setting, window))
        assert found / expected == pytest.approx(1 - power * np.log(2) / 200, abs=5e-4)
        assert found / expected == pytest.approx(1, abs=0.01)


@pytest.fixture(scope="module")
def problems():
    return conditioning.make_problems(np.random.default_rng(1), [1.0, 30.0, 300.0], 6, 2)


def test_rotations_keep_the_spectrum_and_the_equal_start(problems):
    assert {name: len(one.starts) for name, one in problems.items()} == {
        "aligned": 3,
        "aligned, random start": 6,
        "rotated": 6,
    }
    for name, (hessians, starts) in problems.items():
        np.testing.assert_allclose(np.linalg.norm(starts, axis=1), 1, rtol=1e-12)
        np.testing.assert_allclose(
            np.linalg.eigvalsh(hessians[-1]), quadratic.spectrum(300.0, 6), rtol=1e-9
        )
        if name != "aligned, random start":
            along = np.linalg.eigh(hessians[-1])[1].T @ starts[-1]
            np.testing.assert_allclose(np.abs(along), 1 / np.sqrt(6), rtol=1e-9)
    off = problems["rotated"].hessians[-1] - np.diag(np.diag(problems["rotated"].hessians[-1]))
    assert np.abs(off).max() > 0.05


@pytest.mark.parametrize("method", ["gradient descent", "heavy ball"])
def test_computed_counts_are_those_of_stepping(problems, method):
    start, conditions = np.full(6, 1 / np.sqrt(6)), [1.0, 30.0, 300.0]
    exact = np.array(
        [conditioning.exact_steps(one, [start], fraction=1e-6)[method][0] for one in conditions]
    )
    for name in ("aligned", "rotated"):
        each = np.repeat(conditions, len(problems[name].starts) // 3)
        setting = np.array([conditioning.linear_settings(one)[method] for one in each])[
            :, np.newaxis
        ]
        found = conditioning.first_steps(
            conditioning.momentum_descent, setting, problems[name], fraction=1e-6, budget=3000
        )[:, 0]
        np.testing.assert_array_equal(found, np.repeat(exact, len(each) // 3, axis=0))


def test_rprop_sees_no_condition_along_the_axes_and_sees_it_rotated(problems):
    """Its steps depend on signs alone: from equal distances the count is exactly the same for every
    κ.
    """
    one = conditioning.ADAPTIVE["Rprop"]
    setting = one.rates[np.newaxis, :, np.newaxis]
    aligned, rotated = (
        conditioning.first_steps(one.factory, setting, problems[name], fraction=1e-6, budget=3000)
        for name in ("aligned", "rotated")
    )
    assert len(set(aligned[:, :, 0].min(axis=1))) == 1
    best = np.where(rotated < 0, 3001, rotated)[..., 0].min(axis=1)
    assert (best[4:] > 3 * best[:2]).all()  # κ = 300 against κ = 1


def test_what_is_not_reached_says_so(problems):
    setting = np.full((1, 1, 2), [0.01, 0.0])
    few = conditioning.first_steps(
        conditioning.momentum_descent, setting, problems["aligned"], fraction=1e-6, budget=50
    )
    np.testing.assert_array_equal(few, -1)
    assert not jax.config.jax_enable_x64


def test_chunks_and_budgets_do_not_change_counts(problems):
    setting = np.full((1, 1, 2), [1.0, 0.0])
    counts = [
        conditioning.first_steps(
            conditioning.momentum_descent,
            setting,
            problems["aligned"],
            fraction=1e-2,
            budget=budget,
            chunk=chunk,
        )
        for budget, chunk in ((2000, 1000), (2000, 77))
    ]
    np.testing.assert_array_equal(*counts)
    last = counts[0].max()
    short = conditioning.first_steps(
        conditioning.momentum_descent,
        setting,
        problems["aligned"],
        fraction=1e-2,
        budget=int(last) - 1,
        chunk=77,
    )
    np.testing.assert_array_equal(short, np.where(counts[0] < last, counts[0], -1))


def test_conjugate_gradients_need_the_dimension_and_more_at_large_condition():
    cases = conditioning.make_problems(np.random.default_rng(2), [100.0, 1e10], 10, 1)["rotated"]
    distances, first = conditioning.conjugate_gradient_steps(cases, fraction=1e-6, budget=40)
    assert first[0, 0] == 10
    assert distances[0, 9] > 1e-3
    assert 10 < first[1, 0] <= 40


# ---- bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: quadratic.best_step(2, 1), "smallest=2, largest=1: expected smallest ≤ largest"),
        (lambda: quadratic.best_heavy_ball(-1, 1), "smallest=-1: expected a positive number"),
        (
            lambda: quadratic.largest_stable_step(1, 1.0),
            "momentum=1.0: expected a number from 0 to below 1",
        ),
        (lambda: quadratic.heavy_ball_rate(0.5), "condition=0.5: expected a number of 1 or more"),
        (lambda: quadratic.curvatures([[1, 2], [0, 1]]), "expected a finite symmetric matrix"),
        (
            lambda: quadratic.curvatures([[1, 2], [2, 1]]),
            "eigenvalue -1: expected all to be positive",
        ),
        (lambda: quadratic.least_squares([[1, 1], [1, 1]], [1, 2]), "of full rank n"),
        (
            lambda: quadratic.steps_by_theory([1.0], [1.0], 2.1, fraction=0.1),
            "expected a step below 2; give such a step",
        ),
        (lambda: quadratic.spectrum(0.1, 3), "condition=0.1: expected a number of 1 or more"),
        (
            lambda: conditioning.make_problems(np.random.default_rng(1), [1.0], 3, 0),
            "rotations=0: expected a whole number",
        ),
    ],
)
def test_bad_input_is_told_in_one_line(call, message):
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
