"""Rules of every kind: what the fast engine and the reference make of a text is what the text says.

Given the spikes that a chunk recorded, all else is arithmetic, which tests/replay.py does again.
"""

import numpy as np
import pytest
from rules import I, K, RuleNet, check_replay

#: rule -> samples, what is compiled in, parameters; theta at the start
RULES = {
    "gap": (20, {}, {}),
    "stdp": (4, {"sample_length": 50.0, "grid": 50.0}, {"rate_0": 50.0}),
    "sem": (4, {"sample_length": 50.0, "grid": 50.0}, {}),
    "reward": (4, {"sample_length": 50.0, "grid": 10.0}, {"tau_mean": 0.5, "b": 0.01}),
    "single_exponential": (4, {"sample_length": 50.0, "grid": 10.0}, {"b": 1e-3}),
    "alpha_function": (4, {"sample_length": 50.0, "grid": 10.0}, {"b": 1e-3}),
}


def beginning(name):
    """theta (K, I) at the start."""
    rng = np.random.default_rng(1)
    if name == "stdp":
        return rng.random((K, I))
    mean, sd = {"gap": (-2.0, 0.3), "sem": (0.5, 0.3), "reward": (1.0, 1.0)}.get(name, (0.5, 1.0))
    return rng.normal(mean, sd, (K, I))


@pytest.fixture(scope="module")
def rule(cache, tmp_path_factory):
    """rule(name, engine): its network, compiled once."""
    kept, work = {}, tmp_path_factory.mktemp("rules")

    def get(name, engine):
        if (name, engine) not in kept:
            kept[name, engine] = RuleNet(name, engine, work, **RULES[name][1])
        return kept[name, engine]

    return get


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        ("gap", "fast"),
        ("reward", "fast"),
        *(
            pytest.param(name, engine, marks=pytest.mark.slow)
            for engine in ("fast", "reference")
            for name in RULES
            if (name, engine) not in (("gap", "fast"), ("reward", "fast"))
        ),
    ],
)
def test_replay_of_recorded_spikes_gives_the_state(rule, name, engine):
    samples, _, changes = RULES[name]
    chunk = check_replay(rule(name, engine), samples, beginning(name), **changes)
    for population, spikes in chunk.spikes.items():
        assert len(spikes.times) > 0 or population == "teacher", population
