"""Models that nobody thought of: all that the language allows, drawn at random, does what it says.

tests/random_models.py draws them; tests/replay.py makes the same numbers from the recorded spikes.
"""

import warnings

import numpy as np
import pytest
from random_models import random_model
from rules import I, K, RuleNet, check_replay

from spikesampler.language.arm_option import arm_of
from spikesampler.language.complaints import ModelWarning
from spikesampler.language.model import load_model
from spikesampler.spiking.plan import Plan
from spikesampler.spiking.structure import structure_of


@pytest.fixture
def drawn(tmp_path):
    """drawn(seed): a file with the model of a seed."""

    def write(seed):
        path = tmp_path / f"drawn_{seed}.py"
        path.write_text(random_model(seed), encoding="utf-8")
        return path

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)  # of what is defined and not used
        yield write


def plan_of(path):
    model = load_model(str(path))
    _, texts = arm_of("none", model.rule, model.parameters)
    return Plan(structure_of(model, arm=texts, coding="rates", num_features=0))


def test_models_are_accepted_and_have_all_kinds_of_sums_and_rules(drawn):
    plans = [plan_of(drawn(seed)) for seed in range(20)]
    assert 5 < sum(bool(plan.sums) for plan in plans) <= 20
    assert 5 < sum(bool(plan.step_sums) for plan in plans) <= 20
    whens = {when for plan in plans for when in (*plan.rule["learning"], *plan.rule["resets"])}
    own = {"often", "by_chance", "all"}
    assert whens == {"input", "output", "teacher", "step", "sample"} | own
    assert {plan.firing[0] for plan in plans} == {"race", "poisson"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "engine"),
    [*((seed, "fast") for seed in (0, 2, 3, 9, 13, 15)), (2, "reference"), (6, "reference")],
)
def test_what_the_engines_make_of_it_is_what_the_text_says(cache, drawn, tmp_path, seed, engine):
    net = RuleNet(str(drawn(seed).with_suffix("")), engine, tmp_path)
    theta = np.random.default_rng(seed).uniform(-0.6, 0.4, (K, I))
    check_replay(net, 5, theta)
