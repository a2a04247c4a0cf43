"""Rules of every kind: what the fast engine and the reference make of a text is what the text says.

Given the spikes that a chunk recorded, all else is arithmetic, which tests/replay.py does again.
"""

import numpy as np
import pytest
from rules import RULES, I, K, RuleNet, check_replay
from scipy import stats

from spikesampler.spiking.state import to_arrays


def beginning(name):
    """theta (K, I) at the start."""
    rng = np.random.default_rng(1)
    if name == "stdp_pairs":
        return rng.random((K, I))
    mean, sd = {
        "gap": (-2.0, 0.3),
        "sums": (-1.0, 0.4),
        "nessler_2013": (0.5, 0.3),
        "reward": (1.0, 1.0),
    }.get(name, (0.5, 1.0))
    return rng.normal(mean, sd, (K, I))


@pytest.fixture(scope="module")
def rule(cache, tmp_path_factory):
    """rule(name, engine): its network, compiled once."""
    kept, work = {}, tmp_path_factory.mktemp("rules")

    def get(name, engine):
        if (name, engine) not in kept:
            kept[name, engine] = RuleNet(
                name, engine, work, arm=RULES[name].arm, **RULES[name].compiled
            )
        return kept[name, engine]

    return get


#: of the fast engine, in every run of the tests
QUICK = ("gap", "sums", "stdp_pairs", "nessler_2013", "reward")


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        *((name, "fast") for name in QUICK),
        *(
            pytest.param(name, engine, marks=pytest.mark.slow)
            for engine in ("fast", "reference")
            for name in RULES
            if engine == "reference" or name not in QUICK
        ),
    ],
)
def test_replay_of_recorded_spikes_gives_the_state(rule, name, engine):
    case = RULES[name]
    chunk = check_replay(rule(name, engine), case.samples, beginning(name), **case.changes)
    for population, spikes in chunk.spikes.items():
        assert len(spikes.times) > 0 or population == "teacher", population


def features(net, theta, seed, changes, **more):
    """Numbers that sum up a chunk: spikes and events, the mean and spread of every state."""
    rng = np.random.default_rng(7)
    points, labels = rng.random((20, I)), rng.integers(K, size=20)
    chunk = net.show(theta, 20, points=points, labels=labels, seed=seed, **changes, **more)
    states = to_arrays(chunk.state)
    numbers = [float(len(spikes.times)) for _, spikes in sorted(chunk.spikes.items())]
    numbers += [float(function(values)) for values in states.values() for function in SUMMARY]
    return [*numbers, *chunk.counts.sum(axis=0)]


SUMMARY = (np.mean, np.std)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gap", "stdp_pairs", "nessler_2013", "reward"])
def test_both_engines_have_the_same_law(rule, name):
    """30 chunks of each, Welch's t-test of every feature at 1e-5; control: nine tenths of the rates
    of the inputs.
    """
    theta, changes = beginning(name), RULES[name].changes

    def sample(engine, seeds, **more):
        net = rule(name, engine)
        return np.array([features(net, theta, seed, changes, **more) for seed in seeds])

    truth, fast = sample("reference", range(30)), sample("fast", range(100, 130))
    fewer = sample("fast", range(200, 230), r_min=1.8, r_max=72.0)

    def p_values(values):
        varies = (values.std(axis=0) > 1e-12) | (truth.std(axis=0) > 1e-12)
        same = np.isclose(values.mean(axis=0), truth.mean(axis=0), rtol=1e-9, atol=1e-12)
        assert (varies | same).all()
        return stats.ttest_ind(values[:, varies], truth[:, varies], equal_var=False).pvalue

    assert p_values(fast).min() > 1e-5
    assert p_values(fewer).min() < 1e-5
