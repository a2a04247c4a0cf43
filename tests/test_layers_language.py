"""Layers in model files: what a pathway has from where, what is said of what is wrong, arms."""

import json
import re
from pathlib import Path

import pytest
from runs import command

from spikesampler.errors import InputError
from spikesampler.language.arm_places import arms_by_label, label_of, placed_arm, split_places
from spikesampler.language.layer_sums import named_sums
from spikesampler.language.layers import check_circles
from spikesampler.language.model import check_model, load_model
from spikesampler.language.rule import Rule

TWO = Path(__file__).with_name("models") / "two_layers.py"
TEXT = TWO.read_text()


@pytest.fixture
def mine(tmp_path):
    """mine(old, new, …): the path of the model with these replaced."""

    def write(*pairs):
        text = TEXT
        for old, new in zip(pairs[::2], pairs[1::2], strict=True):
            assert text.count(old) >= 1, old
            text = text.replace(old, new, 1)
        path = tmp_path / "mine.py"
        path.write_text(text)
        return path

    return write


def said(path):
    """LINE: MESSAGE of each complaint."""
    return [f"{each.line}: {each.message}" for each in check_model(path)]


def line_of(path, word):
    """The line of a file that has a word, from 1."""
    lines = path.read_text().splitlines()
    return next(n for n, line in enumerate(lines, 1) if word in line)


def test_a_pathway_has_its_own_fields_then_its_layers_then_the_files():
    model = load_model(TWO)
    assert [(p.name, p.layer, p.source) for p in model.pathways] == [
        ("hidden", "hidden", "inputs"),
        ("outputs.hidden", "outputs", "hidden"),
        ("outputs.outputs", "outputs", "outputs"),
    ]
    hidden, main, lateral = model.pathways
    assert (model.main, model.rule) == (main, main.rule)
    assert [(p.num_outputs, p.num_inputs, p.groups) for p in model.pathways] == [
        (12, 20, 3),
        (4, 12, 1),
        (4, 4, 1),
    ]
    assert [p.delay for p in model.pathways] == [0, 0, pytest.approx(0.005)]
    assert (hidden.rule.firing, main.rule.firing) == ("race(rho_h)", "race(rho)")
    assert main.rule.inputs == hidden.rule.inputs == "dx/dt = -x/tau : 1"
    assert lateral.rule.inputs == "dy/dt = -y/tau_slow : 1"
    assert lateral.rule.resets == {"input": "y += 1", "output": "f += 1"}
    assert {*main.rule.learning} == {"teacher", "output"} > {*lateral.rule.learning}
    assert (main.rule.weight, lateral.rule.weight) == ("w", "v")
    assert hidden.rule.drift == lateral.rule.drift == {"theta": "b*(mu - theta)/sigma**2"}


def test_sizes_follow_parameters_and_rules_go_through_json():
    model = load_model(TWO, H=9, K=5, lag="12*ms")
    hidden, main, lateral = model.pathways
    assert (hidden.num_outputs, main.num_inputs, main.num_outputs) == (9, 9, 5)
    assert (lateral.num_inputs, lateral.num_outputs) == (5, 5)
    assert lateral.delay == pytest.approx(0.012)
    for pathway in model.pathways:
        told = json.loads(json.dumps(pathway.rule.to_dict()))
        assert Rule.from_dict(told) == pathway.rule


def test_sums_are_of_all_sources_or_of_one():
    texts = named_sums("u = sum(w*x) - 2*sum(v*(y + 1), b) : 1\nz = sum(w, a) : 1", ["a", "b"])
    assert texts["a"].splitlines() == [
        "u = (sum(w*x) + sum_of_b_0) - 2*sum_of_b_1 : 1",
        "z = sum(w) : 1",
    ]
    assert texts["b"].splitlines() == [
        "u = (sum_of_a_0 + sum(w*x)) - 2*sum(v*(y + 1)) : 1",
        "z = sum_of_a_1 : 1",
    ]
    with pytest.raises(InputError, match=r"hiden is no source, perhaps hidden; expected one of"):
        named_sums("u = sum(w*x, hiden) : 1", ["hidden", "outputs"])


def test_a_model_with_layers_is_right_and_described(tmp_path):
    assert said(TWO) == []
    done = command("check", TWO, "--json")
    known = json.loads(done.out[-1])["understood"]["pathways"]
    assert [each["name"] for each in known] == ["hidden", "outputs.hidden", "outputs.outputs"]
    assert (known[2]["delay"], known[0]["groups"]) == (pytest.approx(0.005), 3)
    shown = "\n".join(command("show", TWO).out)
    assert "hidden: hidden, 12 neurons in 3 circuits, hears 20 neurons of inputs" in shown
    assert "outputs.outputs: outputs, 4 neurons, hears 4 neurons of outputs after 5 ms" in shown
    assert "0.1*sum(… from outputs)" in shown


FAULTS = [
    (('delay="lag"', "delay=0"), "layers", r"outputs hears outputs without a delay"),
    (('groups="circuits"', 'groups="5"'), "hidden", r"5, which does not divide the layer's 12"),
    (('groups="circuits"', 'groups="0"'), "hidden", r"0 is 0; expected the number of its circuits"),
    (('size="H",\n', ""), '"hidden": dict(', r"layers\['hidden'\] has no size"),
    (('size="H"', 'size="H/5"'), "hidden", r"2\.4; expected the number of its neurons"),
    (('sources=("inputs",)', 'sources=("input",)'), "hidden", r"source 'input', perhaps inputs"),
    (('"outputs": dict(\n        sources', '"output": dict(\n        sources'), "layers",
     r"layers has no 'outputs'"),
    (('firing="race(rho_h)"', 'fire="race(rho_h)"'), "fire=", r"unknown field 'fire'"),
    (('delay="lag"', 'delay="0.0055*second"'), "layers", r"whole multiple of dt=1\*ms"),
    (('delay="lag"', 'delay="-0.005*second"'), "layers", r"-5 ms; expected a whole multiple"),
    (('delay="lag"', 'lag="lag"'), 'lag="lag"', r"unknown field 'lag' for outputs"),
    (('delay="lag"', "plastic=0"), "plastic", r"plastic is 0; expected True or False"),
    (("intensity, hidden)", "intensity, hiden)"), "hiden", r"hiden is no source of this layer"),
    (('"input": "theta -=', '"teacher": "theta -='), "hidden", r"knows the labels of the layer"),
    (('resets={"output": "h += 0.1"}', 'resets={"output": "f += 0.1"}'), "hidden",
     r"change the signal f, which events of the layer outputs alone"),
    (("dh/dt = -h/tau_h", "dh/dt = -h/tau_x"), "tau_x", r"hidden: .*tau_x is not defined"),
    (('firing="race(rho_h)"', 'firing="poisson(rho_h)"'), "hidden", r"circuits are of outputs"),
    (('sources=("inputs",)', 'sources={"hidden": dict(delay="lag")}'), "layers",
     r"no layer hears the inputs"),
    (('resets={"output": "f += 1"}',
      'events={"hidden": "u > 3"}, resets={"output": "f += 1", "hidden": "f += 1"}'), "hidden",
     r"layers has 'hidden', which is an event of the outputs"),
    (('"outputs": dict(\n        sources', '"outputs_hidden": dict(size="H", sources=("hidden",),'
      ' outputs="u = sum(w*x) : 1"),\n    "outputs": dict(\n        sources'), "layers",
     r"outputs_hidden and outputs\.hidden would have one name in a run's files, outputs_hidden"),
    (('noise = "constant"', 'noise = "weight@hiden"'), "noise", r"no layer 'hiden', perhaps"),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault[2][:30])
def test_a_fault_of_layers_is_said_with_its_line(mine, fault):
    changed, where, message = fault
    path = mine(*changed)
    complaints = [each for each in check_model(path) if each.is_error]
    lines = [each.line for each in complaints if re.search(message, each.message)]
    assert len(lines) == 1, complaints
    within = {"hidden": ('"hidden": dict(', "resets="), "layers": ("layers = {", "f += 1")}
    first, last = (line_of(path, word) for word in within.get(where, (where, where)))
    assert first <= lines[0] <= last
    with pytest.raises(InputError):
        load_model(path)


def test_what_is_the_same_in_several_pathways_is_said_once(mine):
    path = mine('inputs = "dx/dt = -x/tau : 1"', 'inputs = "dx/dt = -x/taw : 1"')
    told = [each for each in said(path) if "taw" in each]
    (line,) = told
    assert "hidden, outputs.hidden: " in line


def test_what_one_pathway_does_not_use_is_no_fault(mine):
    """tau_slow is used by one pathway alone; what none uses is warned of."""
    assert said(TWO) == []
    path = mine("mu=our_choice(0.5", 'spare=our_choice(1.0, "1", "x"),\n    mu=our_choice(0.5')
    (warning,) = said(path)
    assert "the parameter spare is used nowhere" in warning


def test_circles_need_a_delay_anywhere_on_the_way():
    class Way:
        def __init__(self, layer, source, delay=0):
            self.layer, self.source, self.delay = layer, source, delay

    check_circles([Way("a", "inputs"), Way("b", "a"), Way("a", "b", 0.001)])
    with pytest.raises(InputError, match=r"a hears b hears a without a delay"):
        check_circles([Way("a", "inputs"), Way("b", "a"), Way("a", "b"), Way("a", "a", 0.1)])


def test_arms_have_places():
    assert split_places("weight") == [("weight", "")]
    assert split_places("mine=2*b + b*w@hidden+constant@outputs:noise_scale=2") == [
        ("mine=2*b + b*w", "hidden"),
        ("constant:noise_scale=2", "outputs"),
    ]
    assert label_of("mine=2*b + b*w@hidden+constant@outputs") == "mine@hidden+constant@outputs"
    with pytest.raises(InputError, match="'constant' says no layer"):
        split_places("weight@hidden+constant")
    model = load_model(TWO)
    variance = {}
    for arm in ("constant", "weight@hidden", "weight@hidden+constant@outputs", "none"):
        texts = placed_arm(arm, model).texts
        variance[arm] = {name: each["variance"].get("theta") for name, each in texts.items()}
    weight, constant = "2*b*N*intensity", "2*b"
    names = "hidden", "outputs.hidden", "outputs.outputs"
    assert variance["constant"] == dict.fromkeys(names, constant)
    assert variance["weight@hidden"] == dict(zip(names, (weight, None, None)))
    assert variance["weight@hidden+constant@outputs"] == dict(
        zip(names, (weight, constant, constant))
    )
    assert variance["none"] == dict.fromkeys(names)
    placed = placed_arm("constant@hidden:noise_scale=0.5:replicate=2", model)
    assert (placed.name, placed.text) == ("constant@hidden", "constant@hidden")
    assert placed.options == {"noise_scale": "0.5", "replicate": 2}


@pytest.mark.parametrize(
    ("arm", "message"),
    [
        ("weight", "outputs.outputs: noise arm weight needs intensity, .* as in weight@LAYER"),
        ("weight@hiden", "two_layers has no layer 'hiden', perhaps hidden; expected one of hidden"),
        ("constant@hidden+constant@hidden", "hidden has two arms; give it one"),
        ("wait@hidden", r"unknown noise arm 'wait' \(is weight meant"),
    ],
)
def test_an_arm_that_cannot_be_is_refused(arm, message):
    with pytest.raises(InputError, match=message):
        placed_arm(arm, load_model(TWO))


def test_fixed_synapses_have_no_arm():
    model = load_model(TWO.with_name("fixed_lateral.py"))
    texts = placed_arm("constant", model).texts
    assert texts["outputs.outputs"]["variance"] == {} != texts["hidden"]["variance"]
    with pytest.raises(InputError, match=r"synapses of outputs.outputs are fixed"):
        placed_arm("constant@outputs.outputs", model)


def test_arms_of_one_label_are_refused():
    assert arms_by_label(["none", "weight@hidden"]) == {
        "none": "none",
        "weight@hidden": "weight@hidden",
    }
    with pytest.raises(InputError, match="have one name, mine@hidden; give them different names"):
        arms_by_label(["mine=b@hidden", "mine=2*b@hidden"])


def test_a_pathway_that_there_is_not_is_refused():
    model = load_model(TWO)
    assert model.pathway("outputs") is model.main
    with pytest.raises(InputError, match="unknown pathway 'hiden' of two_layers, perhaps hidden"):
        model.pathway("hiden")
