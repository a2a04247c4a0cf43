"""The noisy versions of J, its gradient and its Hessian against their laws: mean, variance, and
what is biased.

Estimates are repeated R times at one theta; bounds are 5 standard errors, from the exact variance
where there is one.
"""

import numpy as np
import pytest
from engine import SIGMAS
from scipy.special import spence

from spikesampler.errors import InputError
from spikesampler.landscape.objective import SynapticObjective
from spikesampler.landscape.sampled import sampled_gradient, sampled_hvp, sampled_value

K, I, N, R = 3, 4, 100, 4000  # 100 patterns are more than one block
AMPLIFICATION = 2.5
PARAMETERS = {"theta_0": 3.0, "alpha": 0.2, "mu": 0.5, "sigma": 0.8}


@pytest.fixture(scope="module")
def case():
    """An objective, a theta, and the tables p (N, K), h (N, K) and g (N, K, I), written down
    densely.
    """
    rng = np.random.default_rng(1)
    x, labels, theta = (
        rng.gamma(2.0, 1.0, (N, I)),
        rng.integers(K, size=N),
        rng.normal(2.5, 0.6, (K, I)),
    )
    w = np.exp(theta - PARAMETERS["theta_0"])
    c = PARAMETERS["alpha"] * np.exp(w)
    a = x @ w.T - c.sum(axis=1)
    p = np.exp(a - np.logaddexp.reduce(a, axis=1)[:, np.newaxis])
    objective = SynapticObjective(x, labels, K, amplification=AMPLIFICATION, **PARAMETERS)
    return objective, theta, p, np.eye(K)[labels], w * (x[:, np.newaxis] - c)


def fisher_term(p, g, v):
    """N sum_n sum_kl p_k (delta_kl - p_l) g_k g_l^T v_l, (K, I)."""
    matrix = np.einsum("nk,kl->nkl", p, np.eye(K)) - np.einsum("nk,nl->nkl", p, p)
    return AMPLIFICATION * np.einsum("nkl,nki,nlj,lj->ki", matrix, g, g, v)


def z_of_mean(draws, mean):
    """Deviations of the mean from a mean in standard errors taken from the draws."""
    return (draws.mean(axis=0) - mean) / (draws.std(axis=0, ddof=1) / np.sqrt(len(draws)))


def test_value_is_unbiased_with_the_variance_of_inverse_binomial_sampling(case):
    """Mean J and variance N^2 sum Li_2(1 - p_h): spence(p) is Li_2(1 - p). A sum of 100 terms is
    near a normal one.
    """
    objective, theta, p, h, _ = case
    rng = np.random.default_rng(2)
    draws = np.array([sampled_value(objective, theta, rng) for _ in range(R)])
    right = (p * h).sum(axis=1)
    assert right.min() < 0.01 < 0.99 < right.max()  # of all sizes
    sd = AMPLIFICATION * np.sqrt(spence(right).sum())
    assert abs(draws.mean() - objective.value(theta)) < SIGMAS * sd / np.sqrt(R)
    # variance of the sample variance of a sum of N terms whose own kurtosis is at most 15: (2 +
    # 15/N)/R
    assert abs(draws.var() / sd**2 - 1) < SIGMAS * np.sqrt((2 + 15 / N) / R)


@pytest.mark.parametrize("share", [1.0, 0.5, 0.01, 1e-6, 1e-100])
def test_one_term_has_the_mean_log_p_for_any_p(share):
    """Two outputs and one input at x = 0: p_1 = share is set by the first output's intensities
    alone.
    """
    odds, n = np.log(share) - np.log1p(-share) if share < 1 else 50.0, 20_000
    theta = np.zeros((2, 1))
    theta[int(odds > 0)] = np.log(np.log(abs(odds) + np.e))  # e^w is e there, and |odds| more here
    objective = SynapticObjective(
        np.zeros((n, 1)), np.zeros(n, int), 2, theta_0=0.0, alpha=1.0, mu=0.0, sigma=1e6
    )
    p = objective.at(theta).probability[0, 0]
    np.testing.assert_allclose(p, share, rtol=1e-6)
    found = sampled_value(objective, theta, np.random.default_rng(3)) / n
    assert (
        abs(found - np.log(p)) <= SIGMAS * np.sqrt(spence(p) / n) + 1e-9
    )  # the prior's part is below 1e-15


@pytest.mark.parametrize("spikes", [1, 3])
def test_gradient_is_unbiased_with_the_variance_of_shares(case, spikes):
    """Every coordinate: mean, and variance N^2 sum p (1 - p) g^2 / m.

    Coordinates share their spikes, so the mean of z^2 is held against the spread over independent
    repeats.
    """
    objective, theta, p, _, g = case
    rng = np.random.default_rng(4)
    draws = np.array([sampled_gradient(objective, theta, rng, spikes) for _ in range(R)])
    variance = AMPLIFICATION**2 * np.einsum("nk,nki->ki", p * (1 - p), g**2) / spikes
    z2 = (draws - objective.gradient(theta)) ** 2 / variance
    assert (
        np.abs(draws.mean(axis=0) - objective.gradient(theta)) < SIGMAS * np.sqrt(variance / R)
    ).all()
    assert (np.abs(z2.mean(axis=0) - 1) < SIGMAS * z2.std(axis=0) / np.sqrt(R)).all()
    z2 *= spikes / (spikes + 1)  # the variance that one spike more would have
    assert (np.abs(z2.mean(axis=0) - 1) > SIGMAS * z2.std(axis=0) / np.sqrt(R)).all()


@pytest.mark.parametrize("spikes", [2, 5])
def test_corrected_hvp_is_unbiased_and_plug_in_is_not(case, spikes):
    """The same check takes the corrected product and refuses the plug-in, whose Fisher term lacks a
    share 1/m.
    """
    objective, theta, p, _, g = case
    v = np.random.default_rng(5).normal(size=(K, I))
    exact, fisher = objective.hvp(theta, v), fisher_term(p, g, v)
    draws = {
        correct: np.array(
            [sampled_hvp(objective, theta, v, rng, spikes, correct) for _ in range(R)]
        )
        for correct, rng in ((True, np.random.default_rng(6)), (False, np.random.default_rng(7)))
    }
    assert np.abs(z_of_mean(draws[True], exact)).max() < SIGMAS
    assert np.abs(z_of_mean(draws[False], exact)).max() > 4 * SIGMAS
    assert (
        np.abs(z_of_mean(draws[False], exact + fisher / spikes)).max() < SIGMAS
    )  # H = diag(d) - fisher
    assert np.abs(z_of_mean(draws[True], exact + fisher / spikes)).max() > 4 * SIGMAS


def test_one_spike_shows_no_fisher_term(case):
    """Plug-in with m = 1 is diagonal, exactly, for every draw, while the mean of the diagonal is
    the Hessian's.
    """
    objective, theta, *_ = case
    eye = np.eye(K * I).reshape(-1, K, I)
    for seed in range(5):
        found = sampled_hvp(objective, theta, eye, np.random.default_rng(seed), 1, False).reshape(
            K * I, K * I
        )
        assert not found[~np.eye(K * I, dtype=bool)].any()
    assert (
        np.abs(objective.hvp(theta, eye).reshape(K * I, K * I)[~np.eye(K * I, dtype=bool)]).min()
        > 1e-3
    )
    draws = np.array(
        [
            sampled_hvp(objective, theta, np.ones((K, I)), np.random.default_rng(seed), 1, False)
            for seed in range(R)
        ]
    )
    assert np.abs(z_of_mean(draws, objective.at(theta).diagonal)).max() < SIGMAS


def test_many_spikes_are_the_exact_thing(case):
    """m = 10^12: shares are known to 1e-6, a gradient to 5 sd of its law; several vectors at a time
    have one draw.
    """
    objective, theta, p, _, g = case
    vectors = np.random.default_rng(8).normal(size=(2, 3, K, I))
    sd = AMPLIFICATION * np.sqrt(np.einsum("nk,nki->ki", p * (1 - p), g**2) / 1e12)
    error = sampled_gradient(
        objective, theta, np.random.default_rng(9), 10**12
    ) - objective.gradient(theta)
    assert (np.abs(error) < SIGMAS * sd).all()
    exact = objective.hvp(theta, vectors)
    found = sampled_hvp(objective, theta, vectors, np.random.default_rng(9), 10**12)
    np.testing.assert_allclose(
        found, exact, rtol=0, atol=1e-5 * np.abs(exact).max()
    )  # 1e-6 times a few
    one = sampled_hvp(objective, theta, vectors[1, 2], np.random.default_rng(9), 10**12)
    np.testing.assert_allclose(found[1, 2], one, rtol=1e-12)


def test_bad_input(case):
    objective, theta, *_ = case
    rng, v = np.random.default_rng(1), np.zeros((K, I))
    for spikes in (0, 1.5, True, "2"):
        with pytest.raises(
            InputError, match=f"spikes is {spikes!r}: expected a whole number of at least 1$"
        ):
            sampled_gradient(objective, theta, rng, spikes)
    with pytest.raises(
        InputError,
        match=r"spikes is 1: expected a whole number of at least 2, two .*; take more, or ",
    ):
        sampled_hvp(objective, theta, v, rng, 1)
    with pytest.raises(InputError, match=r"v has shape \(4, 3\): expected \(3, 4\), that of theta"):
        sampled_hvp(objective, theta, v.T, rng)
    with pytest.raises(InputError, match=r"theta has shape \(3, 3\): expected \(3, 4\)"):
        sampled_value(objective, theta[:, 1:], rng)
    far = SynapticObjective([[3000.0]], [0], 2, **PARAMETERS)
    with pytest.raises(InputError, match="share of 0 in a pattern: expected at least 1e-300"):
        sampled_value(far, [[2.0], [3.5]], rng)
