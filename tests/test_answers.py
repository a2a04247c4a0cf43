"""What a frozen network answers: the mean of its outputs' shares, step by step, and of others that
ride along on the same input spikes; and theta in the middle of a chunk.
"""

import numpy as np
import pytest
from engine import I, K, replay, shares, show

from spikesampler.spiking.state import silent_state


def by_replay(net, theta, points, state=None, **changes):
    """The answers (samples, K) that numpy has from theta and the input spikes of a chunk."""
    start = silent_state(theta, net.structure) if state is None else state
    chunk = show(net, start, points, plastic=False, riders=np.zeros((0, K, I)), **changes)
    u = replay(net, start._replace(theta=theta), chunk, plastic=False, **changes).u
    return chunk, shares(u).reshape(len(points), net.steps, K).mean(axis=1)


@pytest.mark.parametrize("name", ["plain", "clip", "jump", "tuned", "reference"])
def test_an_answer_is_the_mean_share_of_each_output(network, name):
    """Given the spikes of the inputs all else is deterministic: rounding alone, some 1e-13."""
    net, rng = network(name), np.random.default_rng(1)
    theta = rng.normal(0.5, 1.0, (K, I))
    width = 2 if net.structure["coding"] == "tuning" else I
    centres = rng.uniform(0, 1, (I, 2))
    points = rng.uniform(0, 1, (3, width))
    chunk, expected = by_replay(net, theta, points, centres=centres)
    np.testing.assert_allclose(chunk.answers, expected[None], atol=1e-11)
    np.testing.assert_allclose(chunk.answers.sum(axis=2), 1, atol=1e-12)
    silent = show(net, theta, points, plastic=False, centres=centres)
    assert silent.answers is None
    np.testing.assert_array_equal(silent.counts, chunk.counts)  # to look is to change nothing
    assert np.abs(expected - expected.mean(axis=0)).max() > 0.01


@pytest.mark.parametrize("name", ["plain", "clip", "jump"])
def test_networks_that_ride_along_answer_as_they_would_alone(network, name):
    """Also in a second chunk, that begins with what the inputs carry from the first."""
    net, rng = network(name), np.random.default_rng(2)
    thetas, points = rng.normal(0.5, 1.0, (4, K, I)), rng.uniform(0, 1, (3, I))
    state = silent_state(thetas[0], net.structure)
    for seed in (5, 6):
        how = {"plastic": False, "seed": seed}
        together = show(net, state, points, riders=thetas[1:], **how)
        for theta, answers in zip(thetas, together.answers):
            alone = show(net, state._replace(theta=theta), points, riders=thetas[:0], **how)
            np.testing.assert_allclose(answers, alone.answers[0], atol=1e-11)
        assert np.ptp(together.answers, axis=0).max() > 0.1
        state = together.state


@pytest.mark.parametrize("name", ["plain", "posterior", "reference"])
def test_snapshots_are_the_state_that_shorter_chunks_end_with(network, name):
    net, rng = network(name), np.random.default_rng(0)
    theta, points = rng.normal(0.5, 0.3, (K, I)), rng.uniform(0, 1, (4, I))
    how = {"labels": 1, "temperature": 1.0, "b": 1e-3}
    whole = show(net, theta, points, moments=[net.steps, 3 * net.steps], **how)
    assert list(whole.snapshots) == ["theta"]
    for number, kept in zip((1, 3), whole.snapshots["theta"]):
        np.testing.assert_array_equal(kept, show(net, theta, points[:number], **how).state.theta)
    unseen = show(net, theta, points, **how)
    assert unseen.snapshots is None
    np.testing.assert_array_equal(unseen.state.theta, whole.state.theta)
