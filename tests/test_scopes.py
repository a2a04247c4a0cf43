"""Every text of a model file may use every name that its scope has: what the checker lets through,
both engines can make; what it refuses, it refuses by name.
"""

import os
import subprocess
import sys

import pytest
from runs import PACKAGE

from spikesampler.language.model import check_model
from spikesampler.language.scopes import FREE, OF_ARMS, OF_OUTPUTS, ROLES

HEAD = """
from spikesampler.language.parameter import our_choice

title, citation, noise = "Every name in every text", "none", "mine"
parameters = dict(
    I=our_choice(6, "1", "inputs"), K=our_choice(3, "1", "outputs"),
    b=our_choice(1.0, "1/second", "a rate"), N=our_choice(1.0, "1", "a number"),
    tau=our_choice(20.0, "ms", "a time"), rho=our_choice(20.0, "Hz", "a rate"),
)
"""
#: variables of each population: one that decays, one that mixes with it, and a function
VARIABLES = {
    "inputs": ("x", "x_mixed", "x_double"),
    "outputs": ("v", "v_mixed", "v_double"),
    "synapses": ("theta", "e", "e_mixed", "e_double", "w", "intensity"),
    "signals": ("r", "r_mixed", "r_double"),
}
POWERS = {name: power for name, (_, power) in (FREE | OF_OUTPUTS | OF_ARMS).items()}


def term(name):
    """The name as a pure number, small."""
    if name in ("rand", "randn"):
        return f"0.1*{name}()"
    return f"0.1*{name}" + {0: "", 1: "/second", -1: "*second"}[POWERS.get(name, 0)]


def all_of(role):
    """The sum of all that a text of this role may use."""
    names = [name for block in ROLES[role].populations for name in VARIABLES[block]]
    names += [*ROLES[role].free, "N", *ROLES[role].random]
    return "(" + " + ".join(term(name) for name in names if name != "inf") + ")"


def block(population, short):
    """Equations of a population, one of which has all in it."""
    return "\n".join(
        [
            f"d{short}/dt = -{short}/tau",
            f"d{short}_mixed/dt = ({short} - {short}_mixed)/tau",
            f"{short}_double = 2*{short}",
            f"d{short}_all/dt = -{short}_all/tau + {all_of(population)}/tau",
            f"{short}_sum = {all_of(population)}",
        ]
    )


def fields():
    """A model file's fields, in which every text uses all that it may."""
    learning, at_outputs, at_inputs = map(all_of, ("learning", "resets", "resets of inputs"))
    whens = ("step", "input", "teacher", "output", "often", "sample")
    return {
        "inputs": block("inputs", "x"),
        "outputs": block("outputs", "v") + f"\nu = v_sum + sum({all_of('sum')}) + sum(w*x_sum)",
        "synapses": block("synapses", "e") + "\nw = exp(theta)\nintensity = 2*w",
        "signals": block("signals", "r"),
        "drift": {"theta": f"b*{all_of('drift')}", "moved": f"b*({all_of('drift')} - moved)"},
        "noises": {
            "mine": {
                "variance": {
                    "theta": f"b*{all_of('noises')}**2*mean({all_of('mean')}**2)",
                    "e_all": "b*e_sum**2",
                },
                "drift": f"b*{all_of('noises')}",
                "mobility": all_of("noises"),
            }
        },
        "bounds": (all_of("bounds"), f"10 + {all_of('bounds')}"),
        "starts": {"prior": all_of("starts")},
        "initial": {"v": all_of("initial"), "e": all_of("initial")},
        "learning": {w: f"theta += {learning}\ne -= {learning}\ne_mixed = moved" for w in whens},
        "events": {"often": f"{all_of('events')} > 1", "rare": f"r > {all_of('signals')}"},
        "resets": {
            "input": f"x += {at_inputs}\nx_mixed = {at_inputs}",
            "output": f"v += {at_outputs}\nr += {at_outputs}",
            "rare": f"v += {at_outputs}\nr = {at_outputs}",
            "sample": f"x = {at_inputs}\nr += {all_of('resets of samples')}\nv += {at_outputs}"
            f"\nx_mixed += {at_inputs}",
        },
        "firing": f"poisson(rho*{all_of('firing')})",
        "teacher": f"rho*{all_of('teacher')}",
    }


@pytest.fixture
def path(tmp_path):
    return tmp_path / "every.py"


def write(path, texts):
    path.write_text(HEAD + "".join(f"{name} = {text!r}\n" for name, text in texts.items()))


#: makes the model's program for both engines, up to C++ that is not compiled
PROGRAM = """
import sys, warnings
from pathlib import Path
from spikesampler.language.arm_option import arm_of
from spikesampler.language.model import load_model
from spikesampler.spiking import compilation
from spikesampler.spiking.structure import structure_of
warnings.simplefilter("ignore")
compilation._import_brian(Path(sys.argv[1]).parent)
import brian2 as b2
b2.BrianLogger.log_level_error()
model = load_model(sys.argv[1], sample_length="20*ms", grid="10*ms", gap="5*ms")
_, arm = arm_of("mine", model.rule, model.parameters)
for engine in ("fast", "reference"):
    b2.device.reinit()
    b2.device.activate(build_on_run=False)
    b2.set_device("cpp_standalone", build_on_run=False)
    b2.prefs.codegen.cpp.extra_compile_args = []
    structure = structure_of(model, arm=arm, coding="rates", num_features=0, engine=engine)
    network = compilation._write_main(structure)
    print(engine)
"""


def test_what_the_checker_lets_through_both_engines_can_make(path):
    write(path, fields())
    assert [str(one) for one in check_model(path) if one.is_error] == []
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)],
        capture_output=True,
        text=True,
        cwd=path.parent,
        env=os.environ | {"PYTHONPATH": str(PACKAGE)},
    )
    assert done.stdout.split() == ["fast", "reference"], done.stderr[-2000:]


#: a text of each role, with a place for a name
WHERE = {
    "inputs": ("inputs", "dx/dt = -x/tau\nnew = {}"),
    "outputs": ("outputs", "u = {}"),
    "sum": ("outputs", "u = sum({})"),
    "synapses": ("synapses", "w = {}"),
    "signals": ("signals", "s = {}"),
    "drift": ("drift", "b*{}"),
    "noises": ("noises", {"mine": "b*{}"}),
    "mean": ("noises", {"mine": "b*mean({})"}),
    "bounds": ("bounds", ("", "{}")),
    "starts": ("starts", {"prior": "{}"}),
    "initial": ("initial", {"v": "{}"}),
    "learning": ("learning", {"output": "theta += {}"}),
    "events": ("events", {"often": "{} > 0"}),
    "resets": ("resets", {"output": "v += {}"}),
    "resets of inputs": ("resets", {"input": "x += {}"}),
    "resets of samples": ("resets", {"sample": "r += {}"}),
    "firing": ("firing", "poisson(rho*{})"),
    "race": ("firing", "race(rho*{})"),
    "teacher": ("teacher", "rho*{}"),
}


@pytest.mark.parametrize("role", ROLES)
def test_every_other_name_is_refused_by_name(path, role):
    own = ROLES[role]
    variables = {name for block in own.populations for name in VARIABLES[block]}
    names = {name for block in VARIABLES.values() for name in block}
    names |= {*FREE, *OF_OUTPUTS, *OF_ARMS, "rand", "randn"} - {"dt"}  # a parameter, too
    wrong = sorted(names - variables - {*own.free, *own.random})
    field, text = WHERE[role]
    texts = fields()
    said = " + ".join(map(term, wrong))

    def put(value):
        if isinstance(value, str):
            return value.format(f"({said})")
        if isinstance(value, tuple):
            return tuple(map(put, value))
        return {key: put(one) for key, one in value.items()}

    new = put(text)
    before = texts.get(field)
    both = isinstance(new, str) and field in VARIABLES
    write(path, texts | {field: f"{before}\n{new}" if both else new})
    told = [one.message for one in check_model(path) if one.is_error]
    for name in wrong:
        assert any(
            f"{name} is of the" in one or f"{name} has no meaning" in one or f"{name}()" in one
            for one in told
        ), (name, told)
