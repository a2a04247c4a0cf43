"""The objective: value, gradient, products and matrix against automatic differentiation and loops
written down again.

`REFERENCE` is science.md section 2 in jax, one formula; `literal` is its Eq. (4) as loops over
patterns, outputs and inputs. Both know nothing of blocks, of matrix products or of what is
remembered. Tolerances are relative to the largest entry: sums of at most 8 x 8 x 8 products of
numbers below 100 round to 1e-13; a lost term misses by 1e-3 at least.
"""

import contextlib
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from spikesampler.errors import InputError
from spikesampler.landscape import objective as module
from spikesampler.landscape.objective import BLOCK, Criterion, SynapticObjective
from spikesampler.landscape.stationary import stationary_point

pytestmark = pytest.mark.usefixtures("double")

SIGMAS = 5  # bounds are this many standard errors
SIZES = [(3, 4, 5), (8, 3, 7), (2, 8, 8), (4, 1, 1)]  # K, I, N


class Case(NamedTuple):
    """Everything that J depends on, and theta."""

    x: np.ndarray
    labels: np.ndarray
    theta: np.ndarray
    prior: dict

    @property
    def objective(self):
        return SynapticObjective(self.x, self.labels, len(self.theta), **self.prior)


def case(K, I, N, seed=0, amplification=2.5):
    """A random Case in which no output is sure: weights 0.1 to 3, shares of softmax rarely below
    0.01.
    """
    rng = np.random.default_rng([seed, K, I, N])
    prior = {"theta_0": 1.2, "alpha": 0.15, "mu": 0.4, "sigma": 0.7, "amplification": amplification}
    return Case(
        2 * rng.random((N, I)), rng.integers(K, size=N), rng.normal(0.7, 0.5, (K, I)), prior
    )


def reference(theta, x, labels, *, theta_0, alpha, mu, sigma, amplification):
    """J in one formula."""
    w = jnp.exp(theta - theta_0)
    a = x @ w.T - alpha * jnp.exp(w).sum(axis=1)
    log_share = a - jax.scipy.special.logsumexp(a, axis=1, keepdims=True)
    return amplification * log_share[jnp.arange(len(x)), labels].sum() - (
        (theta - mu) ** 2
    ).sum() / (2 * sigma**2)


@jax.jit
def derivatives(theta, x, labels, prior):
    f = partial(reference, x=x, labels=labels, **prior)
    return f(theta), jax.grad(f)(theta), jax.hessian(f)(theta)


def jax_of(one):
    """Value, gradient and Hessian (dimension, dimension) by automatic differentiation."""
    prior = {name: float(value) for name, value in one.prior.items()}
    value, gradient, matrix = map(np.array, derivatives(one.theta, one.x, one.labels, prior))
    return value, gradient, matrix.reshape(gradient.size, gradient.size)


def literal(one):
    """c, likelihood and fisher of every pattern, (3, N), by loops; amplified."""
    x, labels, theta, p = one
    K, I = theta.shape
    terms = np.zeros((3, len(x)))
    for n in range(len(x)):
        w = [[np.exp(theta[k, i] - p["theta_0"]) for i in range(I)] for k in range(K)]
        intensity = [[p["alpha"] * np.exp(w[k][i]) for i in range(I)] for k in range(K)]
        a = [sum(w[k][i] * x[n, i] - intensity[k][i] for i in range(I)) for k in range(K)]
        total = sum(np.exp(one) for one in a)
        for k in range(K):
            share, right = np.exp(a[k]) / total, float(labels[n] == k)
            for i in range(I):
                g = w[k][i] * (x[n, i] - intensity[k][i])
                terms[0, n] += w[k][i] ** 2 * intensity[k][i] * (share - right)
                terms[1, n] += (right - share) * g
                terms[2, n] -= share * (1 - share) * g**2
    return p["amplification"] * terms


def close(found, expected, tolerance=1e-10):
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= tolerance * np.abs(expected).max()


# derivatives


@pytest.mark.parametrize("size", SIZES)
def test_value_gradient_products_and_matrix_agree_with_automatic_differentiation(size):
    one = case(*size)
    value, gradient, matrix = jax_of(one)
    objective, K, I = one.objective, *one.theta.shape
    close(objective.value(one.theta), value)
    close(objective.gradient(one.theta), gradient)
    close(objective.hessian(one.theta), matrix)
    close(objective.trace(one.theta), np.trace(matrix))
    v = np.random.default_rng(1).standard_normal(
        (2, 3, K, I)
    )  # several at a time, in two dimensions
    products = (v.reshape(6, K * I) @ matrix).reshape(v.shape)
    close(objective.hvp(one.theta, v), products)
    for index in np.ndindex(2, 3):
        close(objective.hvp(one.theta, v[index]), products[index])
    assert objective.hvp(one.theta, np.empty((0, K, I))).shape == (0, K, I)
    # negative controls: no alpha e^w in a, no w in g, the other sign of the Fisher term, a prior of
    # sigma, not sigma^2
    without = one._replace(prior=one.prior | {"alpha": 1e-300})
    for wrong, right in zip(jax_of(without)[1:], (gradient, matrix)):
        assert np.abs(wrong - right).max() > 1e-3 * np.abs(right).max()
    fisher = matrix - np.diag(second_derivatives_alone(one))
    assert np.abs(fisher).max() > 1e-3 * np.abs(matrix).max()
    root = one._replace(prior=one.prior | {"sigma": one.prior["sigma"] ** 0.5})
    assert np.abs(np.diag(jax_of(root)[2]) - np.diag(matrix)).min() > 1e-3


def second_derivatives_alone(one):
    """d of section 2 with its sums over patterns written out."""
    p, w = one.prior, np.exp(one.theta - one.prior["theta_0"])
    intensity = p["alpha"] * np.exp(w)
    a = one.x @ w.T - intensity.sum(axis=1)
    share = np.exp(a - np.logaddexp.reduce(a, axis=1, keepdims=True))
    error = np.eye(len(w))[one.labels] - share
    g = w * (one.x[:, np.newaxis] - intensity)
    return (
        -1 / p["sigma"] ** 2
        + p["amplification"] * np.einsum("nk,nki->ki", error, g - w**2 * intensity)
    ).ravel()


def test_the_hessian_is_a_diagonal_minus_the_fisher_matrix():
    """The Fisher matrix is positive semi-definite of rank at most N (K - 1): with the wrong sign it
    is not.
    """
    one = case(4, 6, 3)
    fisher = np.diag(second_derivatives_alone(one)) - one.objective.hessian(one.theta)
    values = np.linalg.eigvalsh(fisher)
    assert values.min() > -1e-12 * values.max()
    assert (values > 1e-10 * values.max()).sum() == 3 * (4 - 1)


@given(
    seed=st.integers(0, 2**32 - 1),
    K=st.integers(2, 8),
    I=st.integers(1, 8),
    N=st.integers(1, 8),
    amplification=st.sampled_from([1e-3, 1.0, 137.0]),
)
@settings(max_examples=30, deadline=None)
def test_central_differences_agree_with_gradient_and_products(seed, K, I, N, amplification):
    """Error h^2 f'''/6 of a step h = 1e-4 and rounding eps f/h: 1e-6 of the scale; in a random
    direction.
    """
    one = case(K, I, N, seed, amplification)
    objective, v = one.objective, np.random.default_rng(seed).standard_normal((K, I))
    ahead, behind = one.theta + 1e-4 * v, one.theta - 1e-4 * v
    slope = (objective.value(ahead) - objective.value(behind)) / 2e-4
    gradient, product = objective.gradient(one.theta), objective.hvp(one.theta, v)
    norm = np.linalg.norm(v)
    scale = (
        abs(objective.value(one.theta))
        + np.linalg.norm(gradient) * norm
        + np.linalg.norm(product) * norm
    )
    assert abs(slope - (gradient * v).sum()) < 1e-6 * scale
    change = (objective.gradient(ahead) - objective.gradient(behind)) / 2e-4
    assert np.abs(change - product).max() < 1e-6 * scale


@given(
    seed=st.integers(0, 2**32 - 1), K=st.integers(2, 8), I=st.integers(1, 8), N=st.integers(1, 8)
)
@settings(max_examples=30, deadline=None)
def test_the_criterion_is_equation_4_and_what_it_leaves_out(seed, K, I, N):
    one = case(K, I, N, seed)
    found, (c, likelihood, fisher) = one.objective.criterion(one.theta), literal(one)
    variance = one.prior["sigma"] ** 2
    a, b = -K * I / variance, (one.theta - one.prior["mu"]).sum() / variance
    scale = 1e-11 * (abs(a) + abs(b) + np.abs([c, likelihood, fisher]).sum())
    expected = {
        "a": a,
        "b": b,
        "c": c.sum(),
        "total": a + b + c.sum(),
        "likelihood": likelihood.sum(),
        "fisher": fisher.sum(),
        "trace": a + likelihood.sum() + c.sum() + fisher.sum(),
    }
    for name, value in expected.items():
        assert abs(getattr(found, name) - value) < scale, name
    assert found.fisher < 0
    assert one.objective.trace(one.theta) == found.trace
    assert abs(found.trace - np.trace(one.objective.hessian(one.theta))) < scale
    v = np.random.default_rng(seed).standard_normal((K, I))
    along = one.objective.curvature(one.theta, v)[0]
    assert abs(along - (v * one.objective.hvp(one.theta, v)).sum()) < 10 * scale * (v**2).sum()


def test_the_trace_is_total_plus_fisher_where_the_sum_of_the_gradient_vanishes_and_not_elsewhere():
    one = case(4, 5, 8)
    objective = one.objective

    def gap(theta):
        """trace - (total + fisher), which is likelihood - b."""
        found = objective.criterion(theta)
        return found.trace - found.total - found.fisher, found

    assert abs(gap(one.theta)[0]) > 1  # negative control: at any point the two differ
    assert gap(one.theta)[0] == pytest.approx(objective.gradient(one.theta).sum(), rel=1e-10)
    shift = brentq(lambda t: objective.gradient(one.theta + t).sum(), -3, 1, xtol=1e-14)
    assert abs(gap(one.theta + shift)[0]) < 1e-10  # the sum alone is enough:
    assert np.linalg.norm(objective.gradient(one.theta + shift)) > 1
    at = stationary_point(objective, one.theta, tolerance=1e-10)
    assert at.converged
    difference, found = gap(at.theta)
    assert (
        abs(difference) < np.sqrt(20) * 1e-10 + 1e-11
    )  # |sum of 20 entries| <= sqrt(20) norm, and rounding
    assert found.total > found.trace + 0.1  # the paper's is an upper bound there, and not the trace


# by hand


def test_one_silent_choice_between_two_outputs_by_hand():
    """theta_0 = theta = 0: w = 1; alpha = 1/e: intensity 1; x = 2: g = 1; both outputs have share
    1/2.
    """
    objective = SynapticObjective([[2]], [0], 2, theta_0=0, alpha=np.exp(-1), mu=0, sigma=1)
    theta = [[0], [0]]
    assert objective.value(theta) == pytest.approx(-np.log(2), rel=1e-15)
    np.testing.assert_allclose(objective.gradient(theta), [[0.5], [-0.5]], rtol=1e-15)
    # d = -1 + (h - p)(1 - 1) = -1; p_k (delta - p_l) g g = 1/4 and -1/4
    np.testing.assert_allclose(objective.hessian(theta), [[-1.25, 0.25], [0.25, -1.25]], rtol=1e-15)
    np.testing.assert_allclose(objective.hvp(theta, [[1], [2]]), [[-0.75], [-2.25]], rtol=1e-15)
    np.testing.assert_allclose(
        objective.criterion(theta)[:7], [-2, 0, 0, -2, 0, -0.5, -2.5], rtol=1e-15, atol=1e-15
    )
    assert objective.curvature(theta, [[1], [2]])[0] == pytest.approx(-0.75 - 4.5, rel=1e-15)
    assert objective.dimension == 2
    assert objective.effective_patterns == 1


def test_shares_of_a_quarter_and_three_quarters_by_hand():
    """w = 1 and 2; x such that a_2 - a_1 = log 3; three times; sigma = 1/2, mu = 1; label on the
    weaker output.
    """
    alpha = 0.1
    x = np.log(3) + alpha * (np.exp(2) - np.exp(1))
    objective = SynapticObjective(
        [[x]], [0], 2, theta_0=0, alpha=alpha, mu=1, sigma=0.5, amplification=3
    )
    theta = np.log([[1.0], [2.0]])
    g = np.array([x - alpha * np.exp(1), 2 * (x - alpha * np.exp(2))])
    away = theta[:, 0] - 1
    assert objective.value(theta) == pytest.approx(
        3 * np.log(0.25) - 2 * (away**2).sum(), rel=1e-14
    )
    gradient = 3 * np.array([0.75, -0.75]) * g - 4 * away
    np.testing.assert_allclose(objective.gradient(theta)[:, 0], gradient, rtol=1e-13)
    bent = np.array([alpha * np.exp(1), 4 * alpha * np.exp(2)])
    diagonal = -4 + 3 * np.array([0.75, -0.75]) * (g - bent) - 3 * 0.1875 * g**2
    np.testing.assert_allclose(np.diag(objective.hessian(theta)), diagonal, rtol=1e-13)
    assert objective.hessian(theta)[0, 1] == pytest.approx(3 * 0.1875 * g[0] * g[1], rel=1e-13)
    found = objective.criterion(theta)
    assert found.c == pytest.approx(3 * (-0.75 * bent[0] + 0.75 * bent[1]), rel=1e-13)
    assert found.fisher == pytest.approx(-3 * 0.1875 * (g**2).sum(), rel=1e-13)


@given(K=st.integers(2, 8), I=st.integers(1, 8), level=st.floats(-3, 1.5))
@settings(max_examples=20, deadline=None)
def test_equal_outputs_guess(K, I, level):
    one = case(K, I, 5)
    theta, p = np.full((K, I), level), one.prior
    prior = K * I * (level - p["mu"]) ** 2 / (2 * p["sigma"] ** 2)
    assert one.objective.value(theta) == pytest.approx(-2.5 * 5 * np.log(K) - prior, rel=1e-12)
    # the outputs' shares of the likelihood's gradient cancel
    total = one.objective.gradient(theta).sum(axis=0)
    np.testing.assert_allclose(
        total, -K * (level - p["mu"]) / p["sigma"] ** 2, rtol=1e-9, atol=1e-9
    )


# patterns: how often they count, blocks, standard errors


@pytest.mark.parametrize("amplification", [0.3, 4])
def test_amplification_is_how_often_each_pattern_counts(amplification):
    one = case(3, 4, 6, amplification=amplification)
    once = SynapticObjective(one.x, one.labels, 3, **(one.prior | {"amplification": 1}))
    alone = SynapticObjective(one.x, one.labels, 3, **(one.prior | {"amplification": 1e-300}))
    for name in ("value", "gradient", "hessian", "trace"):
        full, single, prior = (
            getattr(each, name)(one.theta) for each in (one.objective, once, alone)
        )
        np.testing.assert_allclose(
            full - prior, amplification * (single - prior), rtol=1e-10, atol=1e-12
        )
    assert one.objective.effective_patterns == pytest.approx(6 * amplification)
    if amplification == 4:
        once_each = one.prior | {"amplification": 1}
        four = SynapticObjective(np.tile(one.x, (4, 1)), np.tile(one.labels, 4), 3, **once_each)
        np.testing.assert_allclose(
            one.objective.hessian(one.theta), four.hessian(one.theta), rtol=1e-12, atol=1e-12
        )


@pytest.mark.parametrize("N", [BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 23])
def test_blocks_leave_no_trace(N, monkeypatch):
    one = case(3, 5, N)
    v = np.random.default_rng(0).standard_normal((2, 3, 5))

    def all_of(objective):
        return (
            objective.value(one.theta),
            objective.gradient(one.theta),
            objective.hvp(one.theta, v),
            np.array(objective.criterion(one.theta)),
            np.array(objective.curvature(one.theta, v[0])),
        )

    found = all_of(one.objective)
    if N > 2 * BLOCK:
        value, gradient, matrix = jax_of(one)
        for mine, theirs in zip(
            found, (value, gradient, (v.reshape(2, 15) @ matrix).reshape(v.shape))
        ):
            close(mine, theirs)
    for size in (1, 7, 10**6):
        monkeypatch.setattr(module, "BLOCK", size)
        for mine, theirs in zip(all_of(one.objective), found):
            np.testing.assert_allclose(mine, theirs, rtol=1e-11, atol=1e-11)


def test_more_patterns_than_the_matrix_takes_at_a_time():
    """16 inputs: 2^22/16 = 262 144 patterns at a time; the matrix agrees with products, 32 of them
    in one pass.
    """
    rng = np.random.default_rng(0)
    N = (1 << 22) // 16 + 3
    x = 2 * rng.random((N, 16))
    x[-3:] *= 300  # those beyond the first block weigh as much as all others
    objective = SynapticObjective(
        x, rng.integers(2, size=N), 2, theta_0=1.2, alpha=0.15, mu=0.4, sigma=0.7
    )
    theta = np.tile(rng.normal(0, 0.01, 16), (2, 1))
    theta[1] += 1e-4
    matrix = objective.hessian(theta)
    products = objective.hvp(theta, np.eye(32).reshape(32, 2, 16)).reshape(32, 32)
    close(matrix, products, 1e-9)  # 3e5 terms
    assert (
        np.abs(
            SynapticObjective(
                x[:-3], objective.labels[:-3], 2, theta_0=1.2, alpha=0.15, mu=0.4, sigma=0.7
            ).hessian(theta)
            - matrix
        ).max()
        > 0.01 * np.abs(matrix).max()
    )


def test_standard_errors_are_the_scatter_over_sets_of_patterns():
    """600 sets of 40 patterns: a standard deviation of the scatter is known to 1/sqrt(2 600) = 3 %,
    skewness aside.

    The errors themselves, a root mean square over sets, are known better. Bound: 5 x 3 %; a lost
    sqrt(n), amplification or the error of `total` for that of `trace` would be further off.
    """
    rng, K, I, N = np.random.default_rng(3), 3, 4, 40
    theta, v, prior = (
        rng.normal(0.7, 0.5, (K, I)),
        rng.standard_normal((K, I)),
        case(K, I, 1).prior | {"alpha": 0.003},
    )
    found = []
    for _ in range(600):
        labels = rng.integers(K, size=N)
        x = 2 * rng.random((N, I)) * (1 + np.eye(K, I)[labels])
        objective = SynapticObjective(x, labels, K, **prior)
        criterion, (along, along_error) = objective.criterion(theta), objective.curvature(theta, v)
        found.append(
            [
                criterion.total,
                criterion.trace,
                along,
                criterion.total_error,
                criterion.trace_error,
                along_error,
            ]
        )
    found = np.array(found)
    scatter, errors = found[:, :3].std(axis=0, ddof=1), np.sqrt((found[:, 3:] ** 2).mean(axis=0))
    assert np.abs(errors / scatter - 1).max() < SIGMAS / np.sqrt(2 * 600)
    assert abs(errors[0] / errors[1] - 1) > SIGMAS / np.sqrt(2 * 600)  # so the one is not the other


def test_one_pattern_has_no_standard_error():
    one = case(3, 4, 1)
    found = one.objective.criterion(one.theta)
    assert found.total_error == found.trace_error == np.inf
    assert one.objective.curvature(one.theta, one.theta)[1] == np.inf


# what is remembered, and what is left alone


def test_theta_edited_in_place_is_seen():
    one, other = case(3, 4, 6), case(3, 4, 6, seed=1)
    objective, theta, v = one.objective, one.theta.copy(), np.ones((3, 4))
    before = [
        objective.value(theta),
        objective.gradient(theta),
        objective.hvp(theta, v),
        objective.criterion(theta),
    ]
    theta[1, 2] += 0.5
    fresh = one.objective
    assert objective.value(theta) == fresh.value(theta) != before[0]
    np.testing.assert_array_equal(objective.gradient(theta), fresh.gradient(theta))
    np.testing.assert_array_equal(objective.hvp(theta, v), fresh.hvp(theta, v))
    assert objective.criterion(theta) == fresh.criterion(theta)
    objective.value(other.theta)  # and between two thetas
    theta[1, 2] = one.theta[1, 2]
    assert objective.value(theta) == before[0]
    np.testing.assert_array_equal(objective.hvp(theta, v), before[2])


def test_what_was_given_out_can_be_edited():
    one = case(3, 4, 6)
    objective = one.objective
    for name in ("gradient", "hessian"):
        given_out = getattr(objective, name)(one.theta)
        kept = given_out.copy()
        given_out[:] = np.nan
        np.testing.assert_array_equal(getattr(objective, name)(one.theta), kept)


def test_patterns_and_labels_edited_by_the_caller_change_nothing():
    one = case(3, 4, 6)
    objective, expected = (
        one.objective,
        (one.objective.gradient(one.theta), one.objective.hvp(one.theta, one.theta)),
    )
    one.x[:] *= 3
    one.labels[:] = 0
    np.testing.assert_array_equal(objective.gradient(one.theta), expected[0])
    np.testing.assert_array_equal(objective.hvp(one.theta, one.theta), expected[1])


def test_nothing_given_is_modified_and_all_kinds_of_arrays_are_the_same():
    one = case(3, 4, 6)
    whole = one._replace(
        x=np.rint(2 * one.x), theta=np.rint(one.theta)
    )  # whole numbers: exact in every type
    expected = (whole.objective.value(whole.theta), whole.objective.hvp(whole.theta, whole.theta))
    kinds = [
        np.asfortranarray,
        lambda x: x.astype("f4"),
        lambda x: x.astype(int),
        np.ndarray.tolist,
        lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    ]
    for kind in kinds:
        x, theta = kind(whole.x), kind(whole.theta)
        labels = whole.labels if kind is kinds[1] else kind(whole.labels)
        for array in (x, labels, theta):
            if isinstance(array, np.ndarray):
                array.flags.writeable = False
        objective = SynapticObjective(x, labels, 3, **whole.prior)
        np.testing.assert_allclose(objective.value(theta), expected[0], rtol=1e-14)
        np.testing.assert_allclose(objective.hvp(theta, theta), expected[1], rtol=1e-13)
        objective.gradient(theta)
        objective.hessian(theta)
        objective.criterion(theta)
        objective.curvature(theta, theta)
    unsigned = SynapticObjective(whole.x, whole.labels.astype("u1"), 3, **whole.prior)
    assert unsigned.value(whole.theta) == expected[0]


# bad input


def bad(text, **changes):
    one = case(3, 4, 6)
    given = {"patterns": one.x, "labels": one.labels, "n_outputs": 3} | one.prior | changes
    with pytest.raises(InputError, match=text):
        SynapticObjective(
            given.pop("patterns"), given.pop("labels"), given.pop("n_outputs"), **given
        )


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"patterns": np.ones((2, 3, 4))},
            r"patterns of shape \(2, 3, 4\): expected \(n_sample, n_input\)",
        ),
        ({"patterns": np.ones(4)}, r"patterns of shape \(4,\): expected \(n_sample, n_input\)"),
        (
            {"patterns": np.ones((0, 4)), "labels": np.ones(0, int)},
            r"patterns of shape \(0, 4\).*neither of them 0",
        ),
        ({"patterns": np.ones((6, 0))}, r"patterns of shape \(6, 0\).*neither of them 0"),
        ({"patterns": np.full((6, 4), np.nan)}, "patterns are not finite"),
        ({"patterns": np.full((6, 4), np.inf)}, "patterns are not finite"),
        ({"labels": [0, 1, 2, 0, 1, 3]}, "labels from 0 to 3 for 3 outputs"),
        ({"labels": [0, 1, 2, 0, 1, -1]}, "labels from -1 to 2 for 3 outputs"),
        (
            {"labels": [0, 1, 2]},
            r"labels of shape \(3,\) and type int64: expected \(6,\) whole numbers",
        ),
        ({"labels": [0.0, 1, 2, 0, 1, 2]}, r"type float64: expected \(6,\) whole numbers"),
        ({"labels": [True] * 6}, r"type bool: expected \(6,\) whole numbers"),
        ({"labels": list("aabbcc")}, r"type <U1: expected \(6,\) whole numbers"),
        ({"labels": [0] * 6, "n_outputs": 1}, "n_outputs=1: expected a whole number, 2 or more"),
        ({"labels": [0, 1, 2, 2, 1, 0], "n_outputs": 2.5}, "outputs"),
        ({"sigma": 0.0}, "sigma=0.0: expected a positive number"),
        ({"sigma": -1.0}, "sigma=-1.0: expected a positive number"),
        ({"alpha": np.nan}, "alpha=nan: expected a positive number"),
        ({"amplification": np.inf}, "amplification=inf: expected a positive number"),
        ({"amplification": 0}, "amplification=0: expected a positive number"),
        ({"mu": np.inf}, "mu=inf: expected a finite number"),
        ({"theta_0": np.nan}, "theta_0=nan: expected a finite number"),
    ],
)
def test_what_is_no_objective_is_refused(changes, text):
    bad(text, **changes)


METHODS = ["value", "gradient", "hessian", "trace", "criterion"]


@pytest.mark.parametrize("name", [*METHODS, "hvp", "curvature"])
def test_a_theta_that_does_not_fit_is_refused(name):
    one = case(3, 4, 6)
    method = getattr(one.objective, name)
    method = method if name in METHODS else partial(method, v=np.ones((3, 4)))
    for shape in ((4, 3), (12,), (1, 3, 4), ()):
        with pytest.raises(InputError, match=r"theta has shape .*: expected \(3, 4\)"):
            method(np.zeros(shape))
    for value in (np.nan, np.inf, -np.inf):
        theta = one.theta.copy()
        theta[0, 0] = value
        with pytest.raises(InputError, match="theta has 1 values that are not finite"):
            method(theta)
    # e^w = 1.8e308 at w = log(1.8e308) = 709.78, theta = theta_0 + log(709.78) = 1.2 + 6.5650
    with pytest.raises(
        InputError,
        match=r"theta reaches 8, where e\^w overflows: expected at most 7\.7650 = theta_0",
    ):
        method(np.full((3, 4), 8.0))
    with (
        np.errstate(all="ignore"),
        pytest.raises(InputError, match=r"theta reaches 7\.76, where J or its derivatives"),
    ):
        method(np.where(np.arange(4) < 2, 7.76, one.theta))


@pytest.mark.parametrize("name", ["hvp", "curvature"])
@pytest.mark.parametrize("shape", [(4, 3), (11,), (), (1, 4), (4,), (3, 1)])
def test_a_direction_of_another_shape_is_refused(name, shape):
    one = case(3, 4, 6)
    with pytest.raises(InputError, match=r"v has shape .*: expected \(3, 4\)"):
        getattr(one.objective, name)(one.theta, np.ones(shape))


def test_a_flat_vector_gives_a_flat_product():
    one, v = case(3, 4, 6), np.random.default_rng(0).normal(size=(3, 4))
    product = one.objective.hvp(one.theta, v.ravel())
    np.testing.assert_array_equal(product, one.objective.hvp(one.theta, v).ravel())


@pytest.mark.parametrize("above", [5.0, 5.5, 5.8, 5.9, 6.0, 6.3, 6.5, 6.56])
def test_far_up_everything_is_finite_or_refused(above):
    """One theta so high that its output's share is 0, while w^2 c^2 or its square may overflow."""
    one = case(3, 4, 6)
    theta = one.theta.copy()
    theta[1, 2] = one.prior["theta_0"] + above
    for name in ("value", "gradient", "criterion", "hessian", "curvature", "hvp"):
        given = (theta, one.theta) if name in ("curvature", "hvp") else (theta,)
        found = None
        with np.errstate(all="ignore"), contextlib.suppress(InputError):
            found = getattr(one.objective, name)(*given)
        assert found is None or np.isfinite(np.asarray(found)).all(), name


def test_shares_that_round_to_nothing_or_everything_leave_finite_numbers():
    """a apart by more than 1e5: softmax must not overflow, and log 0 must not occur."""
    objective = SynapticObjective(
        [[1e5, 0.0], [0.0, 1e5]], [0, 1], 2, theta_0=0, alpha=0.1, mu=0, sigma=1
    )
    theta = np.array([[1.0, -2.0], [-2.0, 1.0]])
    right, wrong = objective.value(theta), objective.value(theta[::-1])
    assert right == pytest.approx(-5, rel=1e-12)  # the prior alone
    assert wrong == pytest.approx(-5 - 2e5 * (np.exp(1) - np.exp(-2)), rel=1e-4)
    assert isinstance(objective.criterion(theta), Criterion)
    assert np.isfinite(objective.criterion(theta[::-1])[:7]).all()
