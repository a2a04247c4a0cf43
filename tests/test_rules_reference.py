"""Rules of every kind: what the fast engine and the reference make of a text is what the text says.

Given the spikes that a chunk recorded, all else is arithmetic, which tests/replay.py does again.
"""

import numpy as np
import pytest
from rules import RULES, I, K, RuleNet, check_replay


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
            kept[name, engine] = RuleNet(
                name, engine, work, arm=RULES[name].arm, **RULES[name].compiled
            )
        return kept[name, engine]

    return get


#: of the fast engine, in every run of the tests
QUICK = ("gap", "stdp", "sem", "reward")


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
