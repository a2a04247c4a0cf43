"""The one evaluator: numbers of a model come from its text, whatever its parameters are called."""

import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from spikesampler.errors import InputError
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.settings import resolve
from spikesampler.language.evaluator import (
    Firing,
    bounds_of,
    default_start,
    firing_of,
    initial_of,
    number_of,
    start_of,
    steady_rate,
    synapse_functions,
    weight_states,
    weights_of,
)
from spikesampler.language.model import MODELS, load_model
from spikesampler.language.rates_at_start import rates_at_start, warning_of_rates
from spikesampler.language.rule import Rule
from spikesampler.language.start_law import law_of_start
from spikesampler.stimuli.seeds import generator

EXAMPLES = MODELS / "examples"
#: the shipped models by name and retraction
SHIPPED = {
    name: {word: load_model(name, retraction=word) for word in ("none", "clip", "jump")}
    for name in ("fang_2018", "kappel_2015")
}
THETA = np.linspace(-3, 3, 12).reshape(3, 4)


def rule(**changes):
    """A small Rule whose names say nothing."""
    texts = {
        "inputs": "dy/dt = -y/q : 1",
        "outputs": "u = sum(strength*y) : 1\ndh/dt = -h/q : 1",
        "synapses": "strength = g*theta*f : 1\nf = 1 + e**2 : 1\nde/dt = -e/q : 1",
        "signals": "dm/dt = -m/q : 1",
        "bounds": ("-g", "g*2"),
        "starts": {"first": "g + randn()", "second": "rand()"},
        "weight": "strength",
        "firing": "race(total)",
    }
    return Rule(**texts | changes)


VALUES = {"g": 1.5, "q": 0.02, "total": 100.0}

# --- weights -----


@given(st.floats(-5, 4), st.floats(0.5, 4))
def test_weights_of_the_shipped_models_are_those_of_the_papers(theta, theta_0):
    """science.md section 1, and Kappel et al.'s and SPORE's retraction."""
    w = math.exp(theta - theta_0)
    expected = {"none": w, "clip": max(0.0, w - math.exp(-theta_0)), "jump": w * (theta >= 0)}
    for of_words in SHIPPED.values():
        for retraction, transmitted in expected.items():
            model = of_words[retraction]
            values = model.base_values() | {"theta_0": theta_0}
            weights = weights_of(model.rule, values, [[theta]])
            assert weights.shape == (1, 1)
            # one rounding each of the exponent, the exponentials and the difference
            assert weights[0, 0] == pytest.approx(transmitted, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("square", lambda theta: theta**2),
        ("softplus", lambda theta: np.log1p(np.exp(theta - 3))),
        ("laplace_prior", lambda theta: np.exp(theta - 3)),
    ],
)
def test_weights_of_other_maps(name, expected):
    model = load_model(EXAMPLES / f"{name}.py")
    weights = weights_of(model.rule, model.base_values(), THETA)
    np.testing.assert_allclose(weights, expected(THETA), rtol=1e-12)


def test_a_weight_may_depend_on_further_state_and_be_defined_before_what_it_needs():
    e = np.full(THETA.shape, 2.0)
    assert weight_states(rule()) == ["e"]
    assert weight_states(load_model("fang_2018").rule) == []
    weights = weights_of(rule(), VALUES, THETA, {"e": e})
    np.testing.assert_array_equal(weights, VALUES["g"] * THETA * 5)
    functions = synapse_functions(rule(), VALUES, THETA, {"e": e})
    assert sorted(functions) == ["f", "strength"]
    assert functions["f"].shape == THETA.shape
    with pytest.raises(InputError, match=r"synapses: f: 'e' in .* has no value"):
        weights_of(rule(), VALUES, THETA)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight": "v"}, "synapses define no v; expected v = … among them, or weight = the name"),
        (
            {"synapses": "strength = y : 1"},
            "the weight, strength, depends on y, which is none of the synapse; expected",
        ),
        ({"synapses": "strength = f : 1\nf = strength : 1"}, "synapses: strength, f need each ot"),
        ({"synapses": "strength = exp(theta, 2) : 1"}, "synapses: strength: .*has 2 arguments"),
        ({"synapses": "strength = randn()*theta : 1"}, "no such function here"),
    ],
)
def test_weights_that_cannot_be_evaluated_say_why(changes, message):
    with pytest.raises(InputError, match=message):
        weights_of(rule(**changes), VALUES, THETA)


def test_a_rule_from_a_manifest_gives_what_the_model_gives():
    for name in ("fang_2018", "kappel_2015"):
        model = load_model(name, retraction="clip")
        again = Rule.from_dict(json.loads(json.dumps(model.rule.to_dict())))
        assert again == model.rule
        values = model.base_values()
        np.testing.assert_array_equal(
            weights_of(again, values, THETA), weights_of(model.rule, values, THETA)
        )
        assert bounds_of(again, values) == model.theta_bounds


# --- bounds -----


def test_bounds_are_those_of_the_text():
    assert bounds_of(rule(), VALUES) == (-1.5, 3.0)
    assert bounds_of(rule(bounds=("", "2")), VALUES) == (-math.inf, 2.0)
    assert bounds_of(rule(bounds=("", "")), VALUES) == (-math.inf, math.inf)
    model = load_model("fang_2018", alpha=0.2, intensity_max=3, theta_min=-4)
    # alpha e^w = intensity_max there
    low, high = model.theta_bounds
    assert low == -4
    assert 0.2 * math.exp(math.exp(high - 3)) == pytest.approx(3, rel=1e-12)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        (("1", "1"), "bounds: 1 is not below 1;"),
        (("g", "0"), "bounds: g = 1.5 is not below 0, with g=1.5; change one of these"),
        (("log(-g)", ""), r"bounds: log\(-g\) is nan with g=1.5; expected a finite number"),
        (("", "g/0"), "bounds: g/0 is inf with g=1.5; expected a finite number"),
        (("theta", ""), "bounds: 'theta' in 'theta' has no value"),
        (("randn()", ""), "bounds: randn.* no such function here"),
    ],
)
def test_bounds_that_are_none_are_refused(bounds, message):
    with pytest.raises(InputError, match=message):
        bounds_of(rule(bounds=bounds), VALUES)


# --- starts -----


@pytest.mark.parametrize("name", ["fang_2018", "kappel_2015"])
@pytest.mark.parametrize(("start", "mean", "sd"), [("prior", 0.5, 1.0), ("plateau", -4.0, 0.2)])
def test_the_starts_of_the_shipped_models_are_numpys_normal_numbers(name, start, mean, sd):
    """To the bit: what was drawn by Generator.normal is drawn by the text."""
    model = load_model(name)
    drawn = start_of(
        model.rule, model.base_values(), start, generator(3, "network", "theta"), (5, 40)
    )
    expected = generator(3, "network", "theta").normal(mean, sd, (5, 40))
    assert drawn.tobytes() == expected.tobytes()


def test_the_default_start_is_the_prior_or_the_first():
    assert default_start(rule()) == "first"
    assert default_start(load_model("fang_2018").rule) == "prior"


def test_a_start_may_be_the_same_everywhere_and_is_an_array_of_its_own():
    theta = start_of(rule(starts={"flat": "g"}), VALUES, "flat", np.random.default_rng(0), (2, 3))
    theta += 1
    assert theta.tolist() == [[2.5] * 3] * 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("log(-g)", r"starts\['far'\]: log\(-g\) is not finite everywhere, with g=1.5; change one"),
        ("1/(rand() - rand())/0", r"starts\['far'\]: .* is not finite everywhere"),
        ("theta", r"starts\['far'\]: 'theta' in 'theta' has no value"),
        ("randn(3)", r"starts\['far'\]: randn\(…\) in 'randn\(3\)' has 1 arguments; expected 0"),
    ],
)
def test_a_start_that_is_none_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        start_of(rule(starts={"far": text}), VALUES, "far", np.random.default_rng(0), (2, 3))


def test_the_start_of_a_laplace_prior_is_laplaces():
    """Kolmogorov–Smirnov with n = 40 000: a right text fails once in 100 000 seeds."""
    model = load_model(EXAMPLES / "laplace_prior.py")
    values = model.base_values()
    theta = start_of(model.rule, values, "prior", generator(1, "network", "theta"), (40, 1000))
    laplace = stats.laplace(values["mu"], values["spread"])
    assert stats.kstest(theta.ravel(), laplace.cdf).pvalue > 1e-5
    normal = stats.norm(theta.mean(), theta.std())
    assert stats.kstest(theta.ravel(), normal.cdf).pvalue < 1e-5  # negative control


# --- densities of starts -----


def test_the_density_of_a_normal_start_is_exact():
    law = law_of_start(load_model("fang_2018").rule, {"mu": 0.5, "sigma": 2.0}, "prior")
    assert (law.mean, law.sd, law.draws) == (0.5, 2.0, None)
    assert law.span(3) == (-5.5, 6.5)
    at = np.linspace(-4, 4, 9)
    np.testing.assert_allclose(law.density(at), stats.norm.pdf(at, 0.5, 2), rtol=1e-14)
    other = law_of_start(rule(starts={"a": "2 - (randn() + g)/4"}), VALUES, "a")
    assert (other.mean, other.sd) == (2 - 1.5 / 4, 0.25)


def test_the_density_of_another_start_is_that_of_its_draws():
    """2^20 draws in 500 bins over 12 mean distances: 2 % in a bin of the middle, and where a bin
    meets the tip, half of its width, 1.7 %.
    """
    model = load_model(EXAMPLES / "laplace_prior.py")
    law = law_of_start(model.rule, model.base_values(), "prior")
    at = np.array([-1.0, 0.0, 0.3, 0.9, 2.0])
    np.testing.assert_allclose(law.density(at), stats.laplace.pdf(at, 0.5, 0.7), rtol=0.08)
    low, high = law.span(2)
    assert (low, high) == pytest.approx(
        tuple(stats.laplace.ppf(stats.norm.cdf([-2, 2]), 0.5, 0.7)), abs=0.03
    )
    uniform = law_of_start(rule(), VALUES, "second")
    assert uniform.density([-1, 0.5, 2]) == pytest.approx([0, 1, 0], abs=0.2)


def test_a_start_that_draws_nothing_has_no_density():
    assert law_of_start(rule(starts={"a": "g"}), VALUES, "a") is None
    assert law_of_start(rule(starts={"a": "g + 0*randn()"}), VALUES, "a") is None
    assert law_of_start(rule(), VALUES, "prior") is None


# --- initial values, rates, numbers -----

SHAPES = {"inputs": (4,), "outputs": (3,), "synapses": (3, 4), "signals": ()}


def test_initial_values_have_the_shape_of_their_variable():
    texts = {"y": "rand()", "h": "2*g", "e": "randn()", "m": "-1", "v": "3"}
    initial = initial_of(
        rule(initial=texts, drift={"v": "-v"}), VALUES, np.random.default_rng(5), SHAPES
    )
    shapes = {name: value.shape for name, value in initial.items()}
    assert shapes == {"y": (4,), "h": (3,), "e": (3, 4), "m": (), "v": (3, 4)}
    assert (initial["h"].tolist(), initial["m"].tolist()) == ([3.0] * 3, -1.0)
    rng = np.random.default_rng(5)
    assert initial["y"].tolist() == rng.random(4).tolist()
    assert initial["e"].tolist() == rng.standard_normal((3, 4)).tolist()


@pytest.mark.parametrize(
    ("initial", "message"),
    [
        ({"z": "1"}, r"initial\['z'\]: no equation dz/dt = …; expected one of y, h, e, m"),
        ({"y": "1/0"}, r"initial\['y'\]: 1/0 is not finite; change it"),
        ({"y": "h"}, r"initial\['y'\]: 'h' in 'h' has no value"),
    ],
)
def test_initial_values_that_are_none_are_refused(initial, message):
    with pytest.raises(InputError, match=message):
        initial_of(rule(initial=initial), VALUES, np.random.default_rng(5), SHAPES)


def test_the_firing_law_is_read_from_its_text():
    assert firing_of(rule()) == Firing("race", "total")
    assert firing_of(rule(firing="poisson(total*exp(u))")) == Firing("poisson", "total * exp(u)")
    for text in ("total", "race()", "softmax(total)", "race(1, 2)", "race(total) + 1"):
        with pytest.raises(InputError, match=rf"firing is '{re.escape(text)}'; expected race\("):
            firing_of(rule(firing=text))


def test_rates_at_the_start_are_those_of_the_sums_over_synapses():
    """Against loops over synapses; a rate below 0 is warned of, and how to write it if it is meant.

    A function of the inputs, one of the outputs, and a sum that reads both and a signal.
    """
    own = rule(
        inputs="dy/dt = -y/q : 1\nseen = y*2",
        outputs="u = sum(strength*seen) - h\nheight = sum(h*f + y*m) - k\ndh/dt = -h/q : 1",
        firing="poisson(total*(u - height)*second/second)",
    )
    rng = np.random.default_rng(4)
    theta, e = rng.normal(size=(2, 3, 4))
    y, h, m = rng.normal(size=4), rng.normal(size=3), 0.7
    expected = []
    for k in range(3):
        u = sum(1.5 * theta[k, i] * (1 + e[k, i] ** 2) * 2 * y[i] for i in range(4)) - h[k]
        height = sum(h[k] * (1 + e[k, i] ** 2) + y[i] * m for i in range(4)) - k
        expected.append(100 * (u - height))
    initial = {"y": y, "h": h, "e": e, "m": np.array(m)}
    rates = rates_at_start(own, VALUES | {"dt": 0.001}, theta, initial)
    np.testing.assert_allclose(rates, expected, rtol=1e-12)
    assert rates_at_start(rule(), VALUES | {"dt": 0.001}, theta, {}).tolist() == [100.0] * 3
    assert warning_of_rates(rule(), np.array([0.0, 3])) == ""
    assert warning_of_rates(rule(firing="poisson(u - 30)"), np.array([-1.5, 3, -30])) == (
        "warning: at the start the rate of 2 of 3 outputs is below 0, down to -30 Hz: they are"
        " silent while it is; if this is meant, write poisson(clip(u - 30, 0, inf))"
    )


def test_a_rate_is_steady_where_parameters_alone_say_it():
    assert steady_rate(rule(), VALUES, "2*total", "firing") == 200
    for text in ("total*m", "total*h", "total*int(t > 1)", "total*k"):
        assert steady_rate(rule(), VALUES, text, "firing") is None
    with pytest.raises(InputError, match="firing: 'lost' in 'lost' has no value"):
        steady_rate(rule(), VALUES, "lost", "firing")


def test_a_number_that_is_none_names_its_field_and_its_parameters():
    assert number_of("2*q*second", VALUES, "x") == 0.04
    with pytest.raises(
        InputError,
        match=r"^x: g/0 is inf with g=1.5; expected a finite number, change one of these$",
    ):
        number_of("g/0", VALUES, "x")


# --- what a run makes of it -----

SMALL = {"samples": 20, "test_samples": 5, "probe_samples": 5, "set": {"I": 30, "K": 4, "D": 2}}


def own(tmp_path, text, **changes):
    """A model file: that of an example, with lines replaced."""
    path = tmp_path / "mine.py"
    source = (EXAMPLES / f"{text}.py").read_text(encoding="utf-8")
    for old, new in changes.items():
        source = re.sub(rf"(?m)^{old} = .*$", f"{old} = {new}", source)
    path.write_text(source, encoding="utf-8")
    return path


def prepared(path, **settings):
    return prepare(resolve(model=path, **SMALL | settings))


def test_theta_starts_within_the_bounds_of_the_text(tmp_path):
    p = prepared(own(tmp_path, "square", bounds='("0", "sigma/2")'))
    assert (p.values["theta_low"], p.values["theta_high"]) == (0, 0.5)
    assert (p.theta.min(), p.theta.max()) == (0, 0.5)
    p = prepared(own(tmp_path, "square", bounds='("", None)'))
    assert p.values["theta_low"] == -math.inf
    assert p.theta.min() < -2


def test_a_run_starts_where_the_model_says(tmp_path):
    path = own(tmp_path, "square", starts='{"low": "-1", "high": "1"}')
    assert resolve(model=path, **SMALL).start == "low"
    assert prepared(path).theta.tolist() == [[-1.0] * 30] * 4
    assert prepared(path, start="high").theta.tolist() == [[1.0] * 30] * 4
    with pytest.raises(
        InputError, match=r"unknown start 'prior'; mine has low, high; expected one of them, or the"
    ):
        resolve(model=path, start="prior", **SMALL)
    with pytest.raises(InputError, match="unknown start 'x'; fang_2018 has prior, plateau; expe"):
        resolve(model="fang_2018", start="x")


def test_weights_that_are_not_finite_at_the_start_are_refused(tmp_path):
    source = (EXAMPLES / "square.py").read_text(encoding="utf-8")
    path = tmp_path / "mine.py"
    path.write_text(source.replace("w = theta**2", "w = log(mu - theta)"), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"the weights at the start, w, would not be finite with .*mu=0.5.*; chan"
    ):
        prepared(path)
