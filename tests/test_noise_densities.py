"""Stationary densities of noise laws that are written out, and of momentum, in the engine."""

import numpy as np
import pytest
from engine import CHANCE, SIGMAS, I, K, parameters, show
from scipy import stats
from test_engine_laws import SILENT, blank, chain, fits, law

SETTING = SILENT | {
    "theta_0": 0.0,
    "N": 0.5,
    "sigma": 0.5,
    "mu": 0.1,
    "b": 0.005,
    "temperature": 1.0,
}


@pytest.mark.parametrize("name", ["own", pytest.param("own_drift", marks=pytest.mark.slow)])
def test_noise_that_is_written_out_samples_its_ito_density_and_no_other(network, name):
    """2 b N w, w = e^theta, changing eightfold within two standard deviations, alone and with a
    drift of its own and a mobility: 4000 thetas after twelve times sigma^2/b.

    Steps of b grid/sigma^2 = 0.004 leave an error of 0.005; 4000 thetas resolve 0.039 at p = 1e-5,
    and twice as many chunks 0.028.
    """
    net = network(name)
    p = parameters(net, {key: value for key, value in SETTING.items() if key != "temperature"})
    seeds = range(4 if name == "own" else 8)
    start = np.zeros((K, I))
    theta = np.array([chain(net, start, 1000, 3, SETTING, seed=seed)[-1] for seed in seeds])

    def density(T=1.0, reading="Ito", own=1.0, mobility=1.0):
        def drift(t):
            prior = p["b"] * (p["mu"] - t) / p["sigma"] ** 2
            return prior if name == "own" else (1 + mobility * t**2) * prior - own * 3 * p["b"] * t

        ends = p["theta_low"], p["theta_high"]
        return law(drift, lambda t: 2 * T * p["b"] * p["N"] * np.exp(t), *ends, reading)

    assert fits(theta, density())
    assert not fits(theta, density(reading="Stratonovich"))
    assert not fits(theta, density(T=2.0))
    assert not fits(theta, density(T=0.5))
    if name == "own_drift":
        assert not fits(theta, density(own=0.0))
        assert not fits(theta, density(mobility=20.0))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["momentum", "reference_momentum"])
def test_momentum_spreads_theta_with_its_velocity(network, name):
    """After one step and after five, gamma grid = 1: the variance of the integral of v, and its
    covariance with v; independent noises would give 3.4 times the variance of one step, and none.
    """
    net, T, gamma, b = network(name), 1.4, 5.0, 0.005
    free = SILENT | {"sigma": 1e6, "mu": 0.1, "b": b, "theta_low": -1e3, "theta_high": 1e3}
    start = np.full((K, I), 0.1)
    for steps in (1, 5):
        states = [
            show(net, start, blank(net, steps), seed=seed, temperature=T, **free).state
            for seed in range(4)
        ]
        theta = np.ravel([state.theta for state in states]) - 0.1
        velocity = np.ravel([state.synapses["velocity"] for state in states])
        t = steps * 0.2
        a = np.exp(-gamma * t)
        spread = 2 * b * T * (t - 2 * (1 - a) / gamma + (1 - a**2) / (2 * gamma))
        v_spread = gamma * b * T * (1 - a**2)
        error = SIGMAS * np.sqrt(2 / theta.size)
        assert theta.var() == pytest.approx(spread, rel=error)
        assert velocity.var() == pytest.approx(v_spread, rel=error)
        scale = np.sqrt(spread * v_spread)
        together = b * T * (1 - a) ** 2
        assert np.mean(theta * velocity) == pytest.approx(together, abs=error * scale)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["momentum", "reference_momentum"])
def test_momentum_has_both_its_marginals(network, name):
    """theta ~ N(mu, T sigma^2), v ~ N(0, gamma b T), gamma = 5/s, gamma grid = 1: 4000 synapses
    after twelve times the slowest time constant; b grid/sigma^2 = 0.004.
    """
    net, T = network(name), 1.4
    free = SILENT | {"sigma": 0.5, "mu": 0.1, "b": 0.005, "theta_low": -1e3, "theta_high": 1e3}
    theta, velocity = [], []
    for seed in range(4):
        state = np.full((K, I), 0.1)
        for number in range(3):
            chunk = show(
                net, state, blank(net, 1000), seed=1000 * seed + number, temperature=T, **free
            )
            state = chunk.state
        theta.append(state.theta)
        velocity.append(state.synapses["velocity"])
    theta, velocity = np.array(theta).ravel(), np.array(velocity).ravel()
    spread = np.sqrt(5.0 * 0.005 * T)
    assert stats.kstest((theta - 0.1) / (0.5 * np.sqrt(T)), "norm").pvalue > CHANCE
    assert stats.kstest(velocity / spread, "norm").pvalue > CHANCE
    error = SIGMAS * np.sqrt(2 / theta.size) + 0.01
    assert theta.var() == pytest.approx(0.25 * T, rel=error)
    assert velocity.var() == pytest.approx(spread**2, rel=error)
    assert abs(np.corrcoef(theta, velocity)[0, 1]) < error
