"""Strict saddles with known answers: derivatives, spectra, verdicts, laws of the noise, and how
long escapes take.

Tolerances of derivatives, laws and escapes were seen to fail under a wrong sign, a factor of 2 or a
wrong exponent.
"""

import importlib.util
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from spikesampler.errors import InputError
from spikesampler.landscape.cases import (
    DoubleWell,
    MonkeySaddle,
    QuarticSaddle,
    TensorDecomposition,
    spectrum,
)
from spikesampler.landscape.descent import (
    escape_steps,
    gradient_descent,
    in_ball,
    init,
    noisy_gradient_descent,
    on_sphere,
    perturbed_gradient_descent,
)
from spikesampler.landscape.octopus import Octopus
from spikesampler.landscape.strict import CLASSES, classify, strict_saddle

pytestmark = pytest.mark.usefixtures("double")

SCRIPT = Path(__file__).parents[1] / "scripts" / "strict_saddle_cases.py"
PLANE = {
    "MonkeySaddle": lambda x, y: x**3 - 3 * x * y**2,
    "QuarticSaddle": lambda x, y: x**4 - y**4,
    "DoubleWell": lambda x, y: x**2 / 2 + (y**2 - 1) ** 2 / 4,
}
PERTURBED = {"radius": 0.03, "gradient_threshold": 0.03, "time_threshold": 1}


def tensor(C):
    """The sum over ordered pairs, literally."""
    d = len(C)
    return sum((C[i] ** 2 * C[j] ** 2).sum() for i in range(d) for j in range(d) if i != j)


def octopus(x, tau, L, gamma):
    """The paper's cases, one by one, for one point; x may be traced."""
    x, d = jnp.abs(x), len(x)
    third, fourth = (-14 * L + 10 * gamma) / (3 * tau), (5 * L - 3 * gamma) / (2 * tau**2)

    def g1(z):
        return -gamma * z**2 + third * (z - tau) ** 3 + fourth * (z - tau) ** 4

    def g2(z):
        u = z - 2 * tau
        return -gamma - (L + gamma) * (
            10 * (u / tau) ** 3 + 15 * (u / tau) ** 4 + 6 * (u / tau) ** 5
        )

    nu = 4 * L * tau**2 - g1(2 * tau)
    i = next((j for j in range(d) if x[j] < 2 * tau), d)  # saddles passed
    total = sum(L * (x[j] - 4 * tau) ** 2 for j in range(i)) - i * nu
    if i == d:
        return total
    if x[i] <= tau:
        return total - gamma * x[i] ** 2 + sum(L * x[j] ** 2 for j in range(i + 1, d))
    across = g2(x[i]) * x[i + 1] ** 2 if i + 1 < d else 0
    return total + g1(x[i]) + across + sum(L * x[j] ** 2 for j in range(i + 2, d))


def tube(case, number, rng):
    """Points inside, of every number of saddles passed, on both sides of τ, with random signs."""
    points = rng.uniform(-case.tau, case.tau, (number, case.d))
    for n, point in enumerate(points):
        passed = n % (case.d + 1)
        point[:passed] = rng.uniform(2 * case.tau, 6 * case.tau, passed)
        if passed < case.d and n % 2:
            point[passed] = rng.uniform(case.tau, 2 * case.tau)
    return points * rng.choice([-1.0, 1.0], points.shape)


# ---- derivatives


@pytest.mark.parametrize(
    "case", [MonkeySaddle(), QuarticSaddle(), DoubleWell()], ids=lambda case: type(case).__name__
)
def test_plane_derivatives(case):
    def f(z):
        return PLANE[type(case).__name__](*z)

    rng = np.random.default_rng(1)
    x, v = rng.uniform(-2, 2, (2, 20, 2))
    slopes, hessians = jax.jit(jax.vmap(lambda z: (jax.grad(f)(z), jax.hessian(f)(z))))(x)
    np.testing.assert_allclose(case.value(x), f(x.T), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(case.gradient(x), slopes, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        case.hessian_vector(x, v), np.einsum("nij,nj->ni", hessians, v), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("d", [2, 4])
def test_tensor_derivatives(d):
    """Of f(retract(x, v)) at v = 0: that retraction is of second order, so its Hessian is the
    Riemannian one.
    """
    case, rng = TensorDecomposition(d), np.random.default_rng(2)
    x = case.retract(np.zeros((d, d)), rng.standard_normal((5, d, d)))
    v, w = case.tangent(x, rng.standard_normal((2, 5, d, d)))

    def pulled(s, t, C, a, b):
        moved = C + s * a + t * b
        return tensor(moved / jnp.sqrt((moved**2).sum(axis=1, keepdims=True)))

    def expected(*given):
        return (
            tensor(given[0]),
            jax.grad(pulled)(0.0, 0.0, *given),
            jax.grad(jax.grad(pulled), 1)(0.0, 0.0, *given),
        )

    found = (
        case.value(x),
        (case.gradient(x) * v).sum((1, 2)),
        (case.hessian_vector(x, v) * w).sum((1, 2)),
    )
    np.testing.assert_allclose(found, jax.jit(jax.vmap(expected))(x, v, w), rtol=1e-10)
    np.testing.assert_allclose((case.gradient(x) * x).sum(axis=-1), 0, atol=1e-12)
    np.testing.assert_allclose((case.hessian_vector(x, v) * x).sum(axis=-1), 0, atol=1e-12)


@pytest.mark.parametrize("parameters", [{}, {"tau": 1.3, "L": 2.0, "gamma": 0.7}])
def test_octopus_derivatives(parameters):
    case, rng = Octopus(3, **parameters), np.random.default_rng(3)
    f = partial(octopus, tau=case.tau, L=case.L, gamma=case.gamma)
    x = tube(case, 8, rng)
    v = rng.standard_normal(x.shape)
    assert case.inside(x).all()
    np.testing.assert_allclose(case.value(x), [f(one) for one in x], rtol=1e-11)
    np.testing.assert_allclose(
        case.gradient(x), [jax.grad(f)(one) for one in x], rtol=1e-10, atol=1e-9
    )
    expected = [jax.jvp(jax.grad(f), (one,), (w,))[1] for one, w in zip(x, v)]
    np.testing.assert_allclose(case.hessian_vector(x, v), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("border", [1, 2])
@pytest.mark.parametrize("passed", [0, 1, 2])
def test_octopus_is_twice_continuously_differentiable(border, passed):
    """Across x_n = τ and 2τ by 2e-9: what changes is at most that times the next derivative, of
    order 100 here.
    """
    case, rng = Octopus(3), np.random.default_rng(4)
    point = (
        np.r_[rng.uniform(2.1, 5.9, passed), np.zeros(1), rng.uniform(-1, 1, 2 - passed)] * case.tau
    )
    below, above = point.copy(), point.copy()
    below[passed], above[passed] = border * case.tau - 1e-9, border * case.tau + 1e-9
    assert case.passed(above) - case.passed(below) == (border == 2)
    for given in (case.value, case.gradient, lambda x: case.hessian_vector(x, np.eye(3))):
        np.testing.assert_allclose(given(above), given(below), rtol=0, atol=2e-6)


def test_octopus_saddles_and_minimum():
    case = Octopus(4)
    for n in range(5):
        point = 4 * case.tau * (np.arange(4) < n)
        curvatures = np.full(4, 2 * case.L)
        curvatures[n : n + 1] = -2 * case.gamma
        np.testing.assert_array_equal(case.gradient(point), 0)
        np.testing.assert_allclose(spectrum(case, point), np.sort(curvatures), rtol=1e-12)
        assert case.value(point) == pytest.approx(-n * case.nu)
        assert case.passed(point) == n


def test_octopus_outside_is_refused():
    case = Octopus(3)
    outside = case.tau * np.array([[0.5, 1.1, 0], [1.5, 0, -1.1], [6.1, 0, 0], [3, 3, -6.1]])
    assert not case.inside(outside).any()
    for given in (case.value, case.gradient, lambda x: case.hessian_vector(x, x)):
        with pytest.raises(
            InputError, match="2 of 3 points lie where the octopus function has no formula"
        ):
            given(np.vstack([np.zeros(3), outside[:2]]))


# ---- spectra and verdicts


@pytest.mark.parametrize("d", range(3, 9))
def test_tensor_spectra(d):
    case = TensorDecomposition(d)
    assert case.value(case.saddle) == pytest.approx(d - 1, rel=1e-12)
    np.testing.assert_allclose(case.gradient(case.saddle), 0, atol=1e-13)
    expected = np.r_[np.full((d - 1) ** 2, -8 / d), np.full(d - 1, 8 * (d - 1) / d)]
    np.testing.assert_allclose(spectrum(case, case.saddle), expected, rtol=1e-12)
    assert case.value(np.eye(d)) == 0
    np.testing.assert_allclose(
        spectrum(case, -np.eye(d)[::-1]), np.full(d * (d - 1), 4), rtol=1e-12
    )


def test_classes():
    found = classify([1, 0.1, 0, 0, 0, 0], [9, 9, 0.5, -0.5, 0.49, -0.49], epsilon=0.1, gamma=0.5)
    assert list(found) == ["large gradient"] * 2 + [
        "strict saddle",
        "optimum",
        "degenerate",
        "degenerate",
    ]
    assert classify(0.0, 3.0, epsilon=1, gamma=1) == "strict saddle"
    assert classify(0.0, [3.0, -3.0], epsilon=1, gamma=1).tolist() == ["strict saddle", "optimum"]


def test_verdict():
    verdict = strict_saddle(["optimum", "large gradient", "optimum"])
    assert verdict.strict is True
    assert verdict.counts == dict(zip(CLASSES, (1, 0, 2, 0)))
    assert (
        str(verdict)
        == "strict on 3 points: 1 large gradient, 0 strict saddle, 2 optimum, 0 degenerate"
    )
    assert str(strict_saddle("degenerate")).startswith("not strict on 1 points")


def judged(case, points, gamma=0.1):
    norms = np.sqrt((case.gradient(points) ** 2).reshape(len(points), -1).sum(axis=1))
    return strict_saddle(
        classify(norms, [-spectrum(case, one)[0] for one in points], epsilon=0.1, gamma=gamma)
    )


@pytest.mark.parametrize(
    ("case", "strict"),
    [(MonkeySaddle(), False), (QuarticSaddle(), False), (DoubleWell(), True)],
    ids=["monkey", "quartic", "well"],
)
def test_controls(case, strict):
    """Random points of a box alone do not tell them apart; what is near 0 does, at any ε and γ."""
    rng = np.random.default_rng(5)
    far, near = rng.uniform(0.5, 1.5, (50, 2)), rng.uniform(-1e-3, 1e-3, (20, 2))
    if not strict:
        assert judged(case, far).counts["large gradient"] == 50
        assert judged(case, near).counts["degenerate"] == 20
        for small in (1e-3, 1e-9):
            assert (
                classify(0.0, -spectrum(case, np.zeros(2))[0], epsilon=small, gamma=small)
                == "degenerate"
            )
    else:
        near = np.vstack([near, near + [0, 1], near - [0, 1]])
        assert judged(case, near).counts == dict(zip(CLASSES, (0, 20, 40, 0)))
    assert judged(case, np.vstack([np.zeros((1, 2)), near, far])).strict is strict


def test_tensor_is_strict():
    case, rng = TensorDecomposition(3), np.random.default_rng(6)
    points = case.retract(np.zeros((3, 3)), rng.standard_normal((50, 3, 3)))
    special = [case.saddle * rng.choice([-1, 1], (3, 3)), np.eye(3), -np.eye(3)[[1, 2, 0]]]
    verdict = judged(case, np.concatenate([special, points]), gamma=4 / 3)
    assert verdict.strict
    assert verdict.counts["strict saddle"] == 1
    assert verdict.counts["optimum"] == 2


# ---- noise


@pytest.mark.parametrize(
    ("step", "settings"),
    [
        (noisy_gradient_descent, {"noise_radius": 0.0}),
        (perturbed_gradient_descent, PERTURBED | {"radius": 0}),
    ],
)
def test_radius_zero_is_gradient_descent_bit_for_bit(step, settings):
    case, start = Octopus(4), np.random.default_rng(7).uniform(-1, 1, (5, 4))
    plain, other, rng = init(start), init(start), np.random.default_rng(8)
    for _ in range(400):
        plain, _ = gradient_descent(None, plain, case, step_size=0.05)
        other, _ = step(rng, other, case, step_size=0.05, **settings)
    np.testing.assert_array_equal(other.position, plain.position)
    assert case.passed(plain.position).max() > 1  # they went somewhere


@pytest.mark.parametrize("case", [Octopus(3), TensorDecomposition(3)], ids=["flat", "spheres"])
def test_perturbations_are_uniform_in_the_ball(case):
    """(norm/radius)^dimension is uniform, and directions have covariance 1/dimension on the tangent
    space.
    """
    n, point = (
        4000,
        (
            np.zeros(3)
            if case.shape == (3,)
            else case.retract(np.zeros((3, 3)), np.arange(9.0).reshape(3, 3))
        ),
    )
    drawn = in_ball(np.random.default_rng(9), case, np.broadcast_to(point, (n, *case.shape)), 0.2)
    np.testing.assert_allclose(case.tangent(point, drawn), drawn, atol=1e-15)
    flat = drawn.reshape(n, -1)
    share = np.sort((np.sqrt((flat**2).sum(axis=1)) / 0.2) ** case.dimension)
    distance = np.abs(share - (np.arange(n) + 0.5) / n).max()  # Kolmogorov and Smirnov's, to 1/2n
    assert distance < 1.95 / np.sqrt(n)  # p = 0.001
    units = np.eye(flat.shape[1]).reshape(-1, *case.shape)
    projector = case.tangent(point, units).reshape(len(units), -1)
    expected = 0.2**2 / (case.dimension + 2) * projector  # second moments of the uniform ball
    # a second moment of n draws has a standard deviation of at most √2 of it over √n; 5 of these
    np.testing.assert_allclose(
        flat.T @ flat / n, expected, rtol=0, atol=5 * np.sqrt(2 / n) * expected.max()
    )


def test_noise_has_the_given_length_at_every_step():
    case, state = Octopus(6), init(np.random.default_rng(10).uniform(-1, 1, (7, 6)))
    plain, _ = gradient_descent(None, state, case, step_size=0.04)
    noisy, _ = noisy_gradient_descent(
        np.random.default_rng(1), state, case, step_size=0.04, noise_radius=0.3
    )
    kicks = np.linalg.norm(noisy.position - plain.position, axis=1)
    np.testing.assert_allclose(kicks, 0.04 * 0.3, rtol=1e-10)
    unit = on_sphere(np.random.default_rng(1), case, state.position)
    np.testing.assert_allclose(noisy.position, plain.position - 0.04 * 0.3 * unit, rtol=1e-12)


def test_perturbation_waits_and_needs_a_small_gradient():
    """Between perturbations lie more steps than the threshold, as in the algorithm: t − t_noise >
    t_thres.
    """
    case, rng = Octopus(2), np.random.default_rng(11)
    state, settings = (
        init([[0.0, 0.0], [1.0, 0.0]]),
        {"radius": 1e-9, "gradient_threshold": 1e-3, "time_threshold": 3},
    )
    times = []
    for _ in range(13):
        state, info = perturbed_gradient_descent(rng, state, case, step_size=0.01, **settings)
        times.append(info.perturbed)
    np.testing.assert_array_equal(np.flatnonzero(np.array(times)[:, 0]), [0, 4, 8, 12])
    assert not np.array(times)[:, 1].any()


# ---- escapes


def test_quadratic_escape_is_exact():
    """Near the first saddle x_1 grows by 1 + 2ηγ a step and x_2 shrinks by 1 − 2ηL."""
    case, state = Octopus(2, L=2.0, gamma=0.5), init([[1e-3, 0.5]])
    for _ in range(50):
        state, info = gradient_descent(None, state, case, step_size=0.1)
    np.testing.assert_allclose(state.position, [[1e-3 * 1.1**50, 0.5 * 0.6**50]], rtol=1e-12)
    assert state.time == 50
    assert info.gradient_norm == pytest.approx(1e-3 * 1.1**49, rel=1e-6)


def octopus_walks(step, d, L, max_steps, walks=12):
    case, rng = Octopus(d, L=L), np.random.default_rng(12)
    found = escape_steps(
        step,
        rng,
        case,
        rng.uniform(-1, 1, (walks, d)),
        case.passed,
        num_saddles=d,
        max_steps=max_steps,
    )
    assert not found.left.any()
    return found


def test_plain_descent_takes_geometrically_longer_for_each_saddle():
    """T_5/T_3 = factor²: starts differ by factors of order e, which is 20 of 1000 steps a walk, 0.6
    % over 12.
    """
    step_size, L = 0.05, 1.5
    found = octopus_walks(partial(gradient_descent, step_size=step_size), 5, L, 4000)
    assert found.passed.all()
    between = np.diff(found.steps, axis=1)
    factor = Octopus(5, L=L).growth(step_size)
    assert factor == pytest.approx(
        1 - np.log(1 - 2 * step_size * L) / np.log(1 + 2 * step_size), rel=1e-12
    )
    assert np.sqrt(between[:, 3] / between[:, 1]).mean() == pytest.approx(factor, rel=0.03)
    assert Octopus(5, L=L).growth(1e-7) == pytest.approx((L + 1) / 1, rel=1e-5)


@pytest.mark.parametrize(
    ("step", "settings"),
    [(noisy_gradient_descent, {"noise_radius": 0.1}), (perturbed_gradient_descent, PERTURBED)],
)
def test_with_noise_every_saddle_takes_as_long(step, settings):
    """T_8/T_4 over 12 walks; plain descent with this L would give 2.7⁴ = 50, and a growth of 5 % a
    saddle 1.2.
    """
    found = octopus_walks(partial(step, step_size=0.05, **settings), 8, 1.5, 2000)
    assert found.passed.all()
    between = np.diff(found.steps, axis=1).mean(axis=0)
    assert between[6] / between[2] == pytest.approx(1, abs=0.15)
    assert (found.perturbations > 0).all() == (step is perturbed_gradient_descent)


def test_escapes_are_censored_and_counted():
    """A walk that starts beyond, one that escapes, one that does not, and one that leaves."""
    case = SimpleNamespace(
        shape=(1,),
        dimension=1,
        gradient=lambda x: -np.ones_like(x),
        retract=lambda x, v: x + v,
        inside=lambda x: x[:, 0] < 100,
    )
    start = np.array([[10.0], [5.0], [-50.0], [99.0]])

    def passed(x):
        return np.where(x[:, 0] < 90, (x[:, 0] >= 8).astype(int) + (x[:, 0] >= 15), 0)

    step = partial(gradient_descent, step_size=1.0)
    found = escape_steps(step, None, case, start, passed, num_saddles=2, max_steps=30)
    np.testing.assert_array_equal(found.steps, [[0, 5], [3, 10], [30, 30], [1, 1]])
    np.testing.assert_array_equal(
        found.passed, [[True, True], [True, True], [False, False], [False, False]]
    )
    np.testing.assert_array_equal(found.left, [False, False, False, True])
    np.testing.assert_array_equal(found.position[:, 0], [15, 15, -20, 100])


def test_tensor_escape_time():
    """log(a/a₀)/log(1 + 8η/d) steps to leading order, a = √(2·drop·d/8); the rest is a few steps of
    hundreds.
    """
    case, rng = TensorDecomposition(6), np.random.default_rng(13)
    away = rng.standard_normal((8, 6, 6))
    away = case.tangent(
        case.saddle, away - away.mean(axis=-2, keepdims=True)
    )  # no part of curvature 8(d−1)/d
    away *= 1e-6 / np.sqrt((away**2).sum(axis=(1, 2), keepdims=True))
    low = case.value(case.saddle) - 0.05
    found = escape_steps(
        partial(gradient_descent, step_size=0.02),
        rng,
        case,
        case.retract(case.saddle, away),
        lambda x: case.value(x) < low,
        max_steps=2000,
    )
    expected = np.log(np.sqrt(2 * 0.05 * 6 / 8) / 1e-6) / np.log(1 + 8 * 0.02 / 6)
    np.testing.assert_allclose(found.steps[:, 0], expected, rtol=0.03)


# ---- bad input


def test_diverging_descent_says_where():
    case, start = MonkeySaddle(), [[2.0, 0.5]]
    with pytest.raises(
        InputError,
        match=r"step \d+ leads to numbers that are not finite with step_size=5\.0.*smaller",
    ):
        escape_steps(
            partial(gradient_descent, step_size=5.0),
            None,
            case,
            start,
            lambda x: np.zeros(len(x)),
            max_steps=100,
        )


@pytest.mark.parametrize("step_size", [0, -0.1, np.nan, np.inf, "0.1"])
def test_bad_step_size(step_size):
    with pytest.raises(InputError, match=r"step_size=.*: expected a positive number"):
        gradient_descent(None, init([[1.0, 1.0]]), DoubleWell(), step_size=step_size)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda: TensorDecomposition(1), "d=1: expected a whole number, 2 or more"),
        (lambda: Octopus(2.0), r"d=2\.0: expected a whole number, 1 or more"),
        (lambda: Octopus(2, tau=0), "tau=0: expected a positive number"),
        (lambda: Octopus(2, L=-1), "L=-1: expected a positive number"),
        (lambda: Octopus(2, gamma=np.nan), "gamma=nan: expected a positive number"),
        (lambda: Octopus(2, L=1).growth(0.5), "step_size=0.5: expected less than"),
        (
            lambda: spectrum(DoubleWell(), np.zeros(3)),
            r"shape \(3,\): expected one of shape \(2,\)",
        ),
        (
            lambda: spectrum(TensorDecomposition(2), np.ones((2, 2))),
            "where the function is defined",
        ),
        (
            lambda: init([1.0, 2.0]),
            r"shape \(2,\): expected finite numbers of shape \(walks, ...\)",
        ),
        (lambda: init([[np.nan]]), "expected finite numbers"),
        (lambda: classify(0.0, 1.0, epsilon=0, gamma=1), "epsilon=0: expected a positive number"),
        (lambda: classify(0.0, 1.0, epsilon=1, gamma=-1), "gamma=-1: expected a positive number"),
        (
            lambda: classify([0.0, np.nan], 1.0, epsilon=1, gamma=1),
            "hold nan, infinity or a negative norm",
        ),
        (lambda: classify(-1.0, 1.0, epsilon=1, gamma=1), "hold nan, infinity or a negative norm"),
        (lambda: strict_saddle([]), "no points: expected one or more of large gradient"),
        (lambda: strict_saddle(["saddle"]), "class 'saddle': expected one or more of"),
    ],
)
def test_bad_arguments(given, message):
    with pytest.raises(InputError, match=message):
        given()


@pytest.mark.parametrize("name", list(PERTURBED))
def test_bad_perturbations(name):
    with pytest.raises(InputError, match=f"{name}=-1: expected a .*number"):
        perturbed_gradient_descent(
            None, init([[1.0, 1.0]]), DoubleWell(), step_size=0.1, **PERTURBED | {name: -1}
        )


def test_starts_outside_are_refused():
    case = Octopus(2)
    with pytest.raises(InputError, match="1 of 2 starts lie outside"):
        escape_steps(None, None, case, [[0, 0], [0, 9]], case.passed, max_steps=5)


# ---- the script


@pytest.mark.slow
def test_script(tmp_path):
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--quick", "--seed", "3", "--out", "found"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for name in ("strict_saddle_cases.png", "strict_saddle_cases.pdf"):
        assert (tmp_path / "found" / name).stat().st_size > 10_000
    assert done.stdout.count("not strict on") == 2
    assert done.stdout.count(" strict on") == 5
    with xr.open_dataset(tmp_path / "found" / "strict_saddle_cases.nc", engine="h5netcdf") as found:
        assert dict(zip(found["case"].values, found["strict"].values.astype(bool))) == {
            "tensor decomposition, d=3": True,
            "tensor decomposition, d=6": True,
            "x²/2 + (y²−1)²/4": True,
            "x³ − 3xy²": False,
            "x⁴ − y⁴": False,
        }
        assert not found["octopus_left"].any()
        plain = found["octopus_growth"].sel(descent="plain", bound="mean").values
        assert plain == pytest.approx([2.105, 3.159], rel=0.05)


def test_script_refuses_a_seed_below_zero(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location("strict_saddle_cases_script", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.main(["--quick", "--seed", "-1"]) == 2
    assert (
        capsys.readouterr().err
        == "strict_saddle_cases: seed=-1: expected 0 or more; give --seed 1\n"
    )
    assert not list(tmp_path.iterdir())
