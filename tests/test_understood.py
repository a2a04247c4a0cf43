"""What is said to be understood of a model: by hand for one, and as the engines do it."""

from dataclasses import replace
from pathlib import Path

import pytest
from runs import command

from spikesampler.language.arm_texts import available_arms
from spikesampler.language.examples import EXAMPLES, example_names
from spikesampler.language.integration import exact_variables, method_of, method_on_grid, sums_of
from spikesampler.language.model import load_model
from spikesampler.language.scopes import POPULATIONS
from spikesampler.language.understood import constants, understood
from spikesampler.language.understood_lines import SECTIONS, lack, lines_of_understood
from spikesampler.spiking.plan import Plan
from spikesampler.spiking.stepping import exact_rows, grid_update, updates
from spikesampler.spiking.structure import structure_of

OF_TESTS = Path(__file__).parent / "models"
FILES = {
    **{name: EXAMPLES / f"{name}.py" for name in example_names()},
    **{f"tests/{path.stem}": path for path in sorted(OF_TESTS.glob("*.py"))},
    "fang_2018": "fang_2018",
    "kappel_2015": "kappel_2015",
    "nessler_2013": "nessler_2013",
    "stdp_pairs": "stdp_pairs",
}


@pytest.fixture
def mine(tmp_path):
    """Load a model that has some of everything, with changes to its text."""

    def load(**changes):
        text = (OF_TESTS / "gap.py").read_text(encoding="utf-8")
        for old, new in changes.items():
            text = text.replace(old, new)
        (tmp_path / "mine.py").write_text(text, encoding="utf-8")
        return load_model(tmp_path / "mine.py")

    return load


# --- as the engines do it -----


@pytest.mark.parametrize("name", FILES)
def test_methods_are_those_of_the_engines(name):
    """exact where the engine steps by a matrix; exponential Euler where it takes exprel."""
    model = load_model(FILES[name])
    names = constants(model)
    for population in POPULATIONS:
        equations = model.rule.equations(population)
        assert exact_variables(equations, names) == {*exact_rows(equations, names)}
        steps = {update.name: update.text for update in updates(equations, names)}
        for equation in equations:
            if equation.is_differential:
                method = method_of(equation, equations, names)
                assert ("exprel" in steps[equation.name]) == ("exponential" in method)


@pytest.mark.parametrize(
    ("drift", "is_exact"),
    [("-s/tau", True), ("slow + theta/tau", True), ("-s**3/tau", False), ("theta/tau", False)],
)
def test_a_state_of_the_grid_is_exact_where_the_engine_takes_exponentials(drift, is_exact):
    rule = replace(load_model(FILES["square"]).rule, drift={"s": drift, "theta": "-theta/tau"})
    rule = replace(rule, synapses=f"{rule.synapses}\nslow = -s/tau : 1/second")
    step = grid_update("s", drift, "2/tau", rule.equations("synapses")).text
    assert ("exp" in step) == is_exact == method_on_grid("s", rule).startswith("exact")
    assert method_on_grid("theta", rule) == "by Euler-Maruyama (Ito)"


def plan_of(model):
    """What the fast engine makes of a model without noise."""
    arms, _ = available_arms(model.rule, model.parameters)
    return Plan(structure_of(model, arm=arms["none"], coding="tuning", num_features=model["D"]))


@pytest.mark.parametrize("name", FILES)
def test_sums_are_kept_where_the_engine_keeps_them(name):
    model = load_model(FILES[name])
    reasons = [why for _, why in sums_of(model.rule, constants(model))]
    assert len(plan_of(model).step_sums) == sum(bool(why) for why in reasons)


#: what replaces inputs, outputs and synapses of the model of one exponential whose sum is
#: "u = sum(w*x)", and the reason
SUMS = [
    ({}, ""),
    ({"outputs": "u = sum((w + 1)*x/2) + sum(w**2)"}, ""),
    ({"inputs": "dx/dt = (y - x)/tau\ndy/dt = -y/tau"}, ""),
    ({"outputs": "u = sum(w*x**2)"}, "it is not linear in the inputs' x"),
    ({"outputs": "u = sum(w*clip(x, 0, 1))"}, "it is not linear in the inputs' x"),
    (
        {"synapses": "w = exp(theta - theta_0)*e\nde/dt = -e/tau\nintensity = alpha*exp(w)"},
        "what it multiplies depends on e, not on theta alone",
    ),
    (
        {"outputs": "u = sum(w*x*v)\ndv/dt = -v/tau"},
        "what it multiplies depends on v, not on theta alone",
    ),
    (
        {"outputs": "u = sum(w*x*t/second)"},
        "what it multiplies depends on t, not on theta alone",
    ),
    (
        {"inputs": "dx/dt = (1 - x)/tau"},
        "the equation of x has a constant part, or coefficients that are no parameters",
    ),
    (
        {"inputs": "dx/dt = -x/tau*plastic"},
        "the equation of x has a constant part, or coefficients that are no parameters",
    ),
]


@pytest.mark.parametrize(("changes", "reason"), SUMS, ids=lambda value: str(value)[:40])
def test_the_reason_why_a_sum_is_not_kept(tmp_path, changes, reason):
    text = FILES["single_exponential"].read_text(encoding="utf-8")
    for field, block in ({"outputs": "u = sum(w*x)"} | changes).items():
        text += f"\n{field} = {block!r}\n"
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    model = load_model(tmp_path / "mine.py")
    reasons = [why for _, why in sums_of(model.rule, constants(model))]
    assert {*reasons} == {reason}
    assert bool(plan_of(model).step_sums) == bool(reason)


# --- by hand -----


def test_sums_that_cannot_be_kept_have_their_reason():
    reasons = {name: sums_of(load_model(path).rule, ["tau"]) for name, path in FILES.items()}
    assert [text for text, _ in reasons["nessler_2013"]] == ["w*fired"]
    assert reasons["nessler_2013"][0].reason == "it is not linear in the inputs' silence"
    assert [why for _, why in reasons["single_exponential"]] == [
        "what it multiplies depends on alpha, theta_0, not on theta alone"  # none was a parameter
    ]
    for name, path in FILES.items():
        model = load_model(path)
        if model.layers:
            continue  # what is understood of each pathway is in test_layers_language.py
        kept = [not why for _, why in sums_of(model.rule, constants(model))]
        assert all(kept) == (name.rsplit("/")[-1] not in ("nessler_2013", "sums", "squares")), name
        (step,) = [step for step in understood(model)["steps"] if step.startswith("the input at")]
        changes = {(True,): "; its part of the sums changes, too", (False,): ""}
        said = changes.get((*{*kept},), "; its part of the sums that are kept changes, too")
        assert step.partition("; its")[1] + step.partition("; its")[2] == said, name


def test_what_is_said_of_a_model_with_all_there_is(mine):
    facts = understood(mine())
    sections = {section: lines_of_understood(facts, [section]) for section in SECTIONS}
    assert sections["populations"] == [
        "Populations",
        "    inputs    1000   a, x, told; functions seen",
        "    outputs   10     v, tired; functions u",
        "    synapses  10000  theta, e; functions w",
        "    signals   1      surprise; functions excess",
    ]
    assert [line.split("  ")[-1].strip() for line in sections["variables"][1:]] == [
        *("exact", "exact"),
        "exponential Euler: exact in itself, the rest held for a step",
        "from others, when it is needed",
        "exponential Euler: exact in itself, the rest held for a step",
        "exact",
        *("from others, when it is needed", "from others, when it is needed"),
        *("exact", "exact"),
        "from others, when it is needed",
        "every 25 ms (grid), with the arm's noise, by Euler-Maruyama (Ito)",
    ]
    assert sections["events"] == [
        "Events",
        "    input    as the stimulus says, between r_min and r_min + r_max",
        "    output   the outputs share the rate rho as softmax(u)",
        "    teacher  while a sample is shown, at the label's output, with the rate rho",
        "    tiring   in every step, at each output where v > highest",
        "    shock    in every step, at each output where surprise > most",
        "    sample   after every 40 ms: the most active output answers, k for class k",
    ]
    assert sections["bounds"] == ["Bounds of theta", "    from -3 to 3"]
    assert sections["starts"] == ["Starts of theta", "    prior  0.3*randn() - 2  the default"]
    assert sections["steps"] == [
        "In every step, in this order",
        "    1. equations go on by 1 ms, from old values: a, x, told of the inputs; v, tired of"
        " the outputs; e of the synapses; surprise of the network",
        "    2. every 25 ms, while learning: theta by drift and the arm's noise, inside its bounds;"
        " then sums over synapses are made anew",
        "    3. it is decided which events happen: input, output, teacher, tiring, shock",
        "    4. the input at a spike: a += 1; told -= 0.01*surprise; its part of the sums"
        " changes, too",
        "    5. learning in every step, at all synapses: theta -= 0.0001*tired*seen",
        "    6. learning at a spike of an input, at all of its synapses: theta += 0.0005*(v -"
        " 1)*(1 + told)",
        "    7. learning at an event of the teacher, at all synapses of the label's output:"
        " theta += 0.002*x",
        "    8. learning at a spike of an output, at all of its synapses: e += x*(1 + 0.1*u)",
        "    9. learning at the event tiring, at all synapses of its output: theta -= 0.001*w",
        "    10. learning at the event shock, at all synapses of its output: e -= 0.1*e",
        "    11. the output at a spike: tired += 0.3; surprise += 1/(1 + 10*correct)",
        "    12. the output at the event tiring: v -= 0.2*highest",
        "    13. the output at the event shock: surprise = surprise/2",
        "    14. after 40 ms, at the end of a sample, at all synapses: theta += eta*(correct -"
        " 1/K)*e*(1 - 0.01*surprise); e = e/2",
        "    15. after 40 ms, a sample is at its end: a = 0; tired = tired*0.5; surprise +="
        " 0.1*int(response < 0); told += 0.1*excess; surprise = surprise*0.9;"
        " tired -= 0.01*excess",
        "    16. between two samples, for 20 ms, inputs and teacher are silent",
    ]


def test_what_a_model_has_not_is_not_told(mine):
    facts = understood(load_model("stdp_pairs"))
    text = "\n".join(lines_of_understood(facts))
    assert "teacher" not in text
    assert "gap" not in text
    assert "signals" not in text
    assert lines_of_understood(understood(load_model(OF_TESTS / "growing.py")), ["bounds"]) == []
    assert understood(load_model("gamst_walker_2017")) == {}


def test_check_and_show_tell_it():
    checked, shown = command("check", "kappel_2015"), command("show", "kappel_2015")
    assert (checked.status, shown.status) == (0, 0)
    assert checked.out[0] == "kappel_2015: no errors"
    lines = lines_of_understood(understood(load_model("kappel_2015")))
    assert checked.out[2:] == lines
    for section in ("sums", "events", "starts", "bounds", "steps"):
        for line in lines_of_understood(understood(load_model("kappel_2015")), [section]):
            assert line in shown.out
    changed = command("check", "kappel_2015", "--set", "gap=50*ms", "--set", "K=5", "--json").json
    assert changed["understood"]["steps"][-1].startswith("between two samples, for 50 ms")
    assert changed["understood"]["populations"][1]["size"] == 5
    assert changed["complaints"] == []
    assert command("check", "gamst_walker_2017").out[2].startswith("It has no spikes")


def test_why_a_model_has_not_an_arm_is_said_once():
    """Messages of arms name the arm in two forms."""
    why = "noise arm weight needs N, which mine does not define: define it"
    assert lack("weight", why) == "it needs N, which mine does not define"
    said = "release needs sums that are linear in the inputs' variables"
    assert lack("release", f"noise arm release: {said}") == said


def test_rules_are_shown_with_the_factor_that_a_mobility_gives_them(mine):
    """What a rule does to theta has the factor M, once; other variables have not."""
    arm = 'noises = {"mine": dict(variance="leak", mobility="w")}'
    before, after = '"theta -= 0.001*w"', '"theta = M*theta"'
    for rule, shown in ((before, "theta -= M*(0.001*w)"), (after, "theta = M*theta")):
        model = mine(**{'noise = "none"': f'noise = "none"\n{arm}', before: rule})
        steps = "\n".join(understood(model)["steps"])
        assert f"at the event tiring, at all synapses of its output: {shown}\n" in steps
        assert "at the event shock, at all synapses of its output: e -= 0.1*e\n" in steps
    assert "M*" not in "\n".join(understood(mine())["steps"])
