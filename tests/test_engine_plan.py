"""What the fast engine makes of a model's text: which sums it keeps, what it stores, what it looks
at; and that numbers that must not be are named with their place.
"""

import numpy as np
import pytest
from engine import CHANCE, SIGMAS
from rules import RuleNet
from scipy import stats

from spikesampler.errors import RunError
from spikesampler.language.arm_option import arm_of
from spikesampler.language.model import MODELS, load_model
from spikesampler.spiking.names import Dialect, engine_name
from spikesampler.spiking.plan import Plan
from spikesampler.spiking.soundness import is_never_negative
from spikesampler.spiking.structure import structure_of

EXAMPLES = MODELS / "examples"


def plan_of(name, **changes):
    """The Plan of a model that comes with the package, or of a file."""
    model = load_model(name, **changes)
    texts = arm_of("none", model.rule, model.parameters)[1]
    return Plan(structure_of(model, arm=texts, coding="rates", num_features=0))


def kept(plan):
    """(coefficient, variable, jump) of the sums that are kept."""
    return [(one.coefficient, one.variable, one.jump) for one in plan.sums]


def test_the_first_model_keeps_two_sums_of_weights_and_one_of_intensities():
    plan = plan_of("fang_2018")
    assert [*plan.stored] == ["w", "intensity"]
    terms = [("(w)", "x_slow", "1"), ("(w)", "x_fast", "1"), ("(intensity)", "", "0")]
    assert [(c.strip("()"), x) for c, x, _ in kept(plan)] == [
        (c.strip("()"), x) for c, x, _ in terms
    ]
    assert [jump for _, x, jump in kept(plan) if x] == ["1", "1"]
    assert plan.step_sums == []
    assert plan.outputs[0].text == "(sum_0 - sum_1 - sum_2)"
    assert [*plan.input_frames] == ["x_slow", "x_fast"]


def test_a_function_that_needs_no_more_than_arithmetic_is_not_stored():
    plan = plan_of(EXAMPLES / "square.py")
    assert "w" not in plan.stored
    assert any("theta" in coefficient for coefficient, _, _ in kept(plan))
    assert "w" in plan_of(EXAMPLES / "softplus.py").stored


def test_variables_that_mix_are_summed_together():
    """An alpha function: the sum over what is seen decays towards that over what spikes reach."""
    plan = plan_of(EXAMPLES / "alpha_function.py")
    jumps = sorted((one.variable, one.jump) for one in plan.sums if one.variable)
    assert jumps == [("x", "0"), ("y", "exp(1)")]
    assert len(plan.input_frames) == 1  # what only decays; the other mixes with it


def test_what_is_not_linear_is_summed_in_every_step():
    plan = plan_of(MODELS / "nessler_2013.py")
    assert plan.sums == []
    assert len(plan.step_sums) == 1


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("2*b", True),
        ("2*b*w**2", True),
        ("b**2*second*N*intensity/2", True),
        ("2*b*(0.1 + w**2)", True),
        ("a*exp(-theta)", True),
        ("2*b*theta", False),
        ("2*b*(theta - 0.5)", False),
        ("2*b*w", True),
        ("2*b*x", False),
        ("a + b*w", False),
        ("w**3", True),
        ("theta**3", False),
        ("sqrt(w) + abs(theta)", True),
    ],
)
def test_which_variances_have_one_sign_for_all_theta(text, never):
    """a and b are parameters, whose sign is looked at before a run; x is linear in theta."""
    functions = {"w": "exp(theta - 3)", "intensity": "alpha*exp(w)", "x": "theta - 1"}
    assert is_never_negative(text, functions) == never


def test_names_of_a_model_are_none_of_the_program():
    assert [engine_name(name) for name in ("e", "A_pre", "double")] == [
        "e_var",
        "A_pre_var",
        "double_var",
    ]
    dialect = Dialect(["tau", "dt"])
    words = dialect.model_text("1/3*e*exp(-dt/tau) + 1e-3*second", {"e": "e_var"})
    assert words == "1.0/3*e_var*exp(-p_dt/p_tau) + 1e-3*1.0"


@pytest.fixture(scope="module")
def growing(cache, tmp_path_factory):
    return RuleNet("growing", "fast", tmp_path_factory.mktemp("growing"), arm="signed")


def test_a_variance_below_0_is_named_with_its_place(growing):
    """Noise that drives theta from 1 to below 0.5, where its variance changes sign."""
    theta = np.full((3, 30), 1.0)
    with pytest.raises(
        RunError,
        match=r"the variance of the noise of theta, 2\*b\*\(theta - 0.5\), is -[\d.e-]+ per second"
        r" at theta = 0\.4\d+ \(output [012], input \d+\) in sample \d+ \([\d.]+ s\); expected 0 or"
        " more",
    ):
        growing.show(theta, 100, temperature=1.0)
    fine = growing.show(theta, 1, temperature=1.0, b=1e-6).state.theta
    assert 0 < np.abs(fine - 1).max() < 0.1
    assert growing.show(np.zeros((3, 30)), 1, temperature=1.0, plastic=False)  # frozen: no noise


def test_a_state_that_is_no_longer_finite_is_named_with_the_sample(growing):
    """e^(growth t) is too large for a number after 709.8/growth seconds: here in the eighth sample
    of 200 ms; the sample is counted from the start of learning.
    """
    theta = np.full((3, 30), 1.0)
    with pytest.raises(
        RunError, match=r"^e is no longer finite in 90 of 90 synapses after sample 8 \(1\.6 s\)"
    ):
        growing.show(theta, 20, b=0.0, growth=470.0)
    with pytest.raises(RunError, match=r"after sample 108 \(21\.6 s\)"):
        growing.show(theta, 20, b=0.0, growth=470.0, first_step=20_000)
    last = growing.show(theta, 7, b=0.0, growth=470.0).state.synapses["e"]
    np.testing.assert_allclose(last, np.exp(470 * 1.4), rtol=1e-10)


def test_a_rule_that_draws_draws_for_every_synapse_and_event(growing):
    """At an event of the teacher each synapse of the row moves or not, by its own coin."""
    events = 20 * round(growing.structure["sample_length"] / growing.structure["dt"])
    theta, setting = np.zeros((3, 30)), {"b": 0.0, "rho": 1000.0, "step": 1e-6}
    moves = np.rint(growing.show(theta, 20, labels=2, seed=3, **setting).state.theta / 1e-6)
    assert not moves[[0, 1]].any()
    z = (moves[2] - events / 4) / np.sqrt(events * 3 / 16)
    assert CHANCE < stats.chi2.sf((z**2).sum(), 30) < 1 - CHANCE  # as wide as coins, and no wider
    assert abs(z.sum()) < SIGMAS * np.sqrt(30)  # independent of each other
