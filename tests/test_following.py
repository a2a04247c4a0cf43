"""Noise whose power follows what `weight` would have at every step of the grid."""

import numpy as np
import pytest
from engine import SIGMAS, I, K, parameters, show

EVERY = np.array([(k, i) for k in range(K) for i in range(I)])
SETTING = {"rho": 0.0, "r_min": 0.0, "r_max": 0.0, "b": 0.02, "theta_0": 0.5, "N": 3.0}
T, STEPS = 0.7, 10  # temperature; steps of the grid in five samples


def path(net, theta, seed):
    """theta (STEPS + 1, K, I) before the first step of the grid and after each; drift and noise
    alone move it.
    """
    points = np.zeros((STEPS // 2, I))
    chunk = show(net, theta, points, temperature=T, seed=seed, chosen=EVERY, **SETTING)
    before = chunk.trajectories["theta"].reshape(-1, K, I)
    return np.concatenate([before, chunk.state.theta[None]])


def draws(net, path, is_flat, momentary=True):
    """What each step must have drawn, (STEPS, K, I): its noise over the square root of the variance
    2b T mean(N alpha e^w) h, times g/mean(g) where the law is g = 1/(alpha e^w).

    momentary : whether the means are of the theta before each step; else of that at the start.
    """
    p, h = parameters(net, SETTING), net.structure["grid"]
    before = path[:-1]
    free = before + p["b"] * (p["mu"] - before) / p["sigma"] ** 2 * h
    power = p["N"] * p["alpha"] * np.exp(np.exp(before - p["theta_0"]))
    law = np.ones_like(power) if is_flat else 1 / power
    means = [x.mean(axis=(1, 2), keepdims=True) for x in (power, law)]
    mean_power, mean_law = means if momentary else [x[:1] for x in means]
    return (path[1:] - free) / np.sqrt(2 * p["b"] * T * mean_power * law / mean_law * h)


def inside(net, path):
    """Synapses that no bound touched, (K, I)."""
    p = parameters(net, SETTING)
    return ((path > p["theta_low"]) & (path < p["theta_high"])).all(axis=0)


@pytest.mark.parametrize(
    ("name", "is_flat"),
    [
        ("following", True),
        ("falling", False),
        pytest.param("reference_falling", False, marks=pytest.mark.slow),
    ],
)
def test_power_is_that_of_weight_at_the_theta_of_every_step(network, name, is_flat):
    """Two starts, of other means, with one seed draw the same numbers in every step, to rounding of
    theta, 1e-15, over the least noise of a step, 1e-3; and these are normal. Controls: the power
    at the start, and the law without its mean.
    """
    net, rng = network(name), np.random.default_rng(3)
    starts = [rng.normal(mean, 0.5, (K, I)) for mean in (-0.6, 0.3)]
    paths = [path(net, start, seed=5) for start in starts]
    drawn = [draws(net, one, is_flat) for one in paths]
    free = inside(net, paths[0]) & inside(net, paths[1])
    assert free.mean() > 0.9
    np.testing.assert_allclose(*(one[:, free] for one in drawn), rtol=0, atol=1e-10)
    z = drawn[0][:, free]
    assert abs((z**2).mean() - 1) < SIGMAS * np.sqrt(2 / z.size)
    assert len(np.unique(z.round(9))) == z.size
    at_start = [draws(net, one, is_flat, momentary=False) for one in paths]
    np.testing.assert_allclose(at_start[0][0, free], drawn[0][0, free], rtol=0, atol=1e-10)
    assert np.abs(at_start[0] - at_start[1])[-1][free].max() > 1e-3
    other = [draws(net, one, not is_flat) for one in paths]
    assert np.abs(other[0] - other[1])[:, free].max() > 0.1


def test_probes_and_tests_are_free_of_it(network):
    theta = np.random.default_rng(1).normal(0.5, 1, (K, I))
    chunk = show(network("following"), theta, np.zeros((2, I)), plastic=False, temperature=1.0)
    np.testing.assert_array_equal(chunk.state.theta, theta)
