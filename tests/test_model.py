"""Models and units: what a file says is what the simulation gets, and NAME=VALUE is parsed, never
evaluated.
"""

import builtins
import math
import pickle
import re
import signal
import sys
from dataclasses import FrozenInstanceError
from functools import partial

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from runs import command, listing

from spikesampler import compare, run, sweep
from spikesampler.errors import InputError
from spikesampler.experiments.settings import resolve
from spikesampler.language.arm_rule import applied
from spikesampler.language.describe import describe
from spikesampler.language.model import MODELS, load_model, model_names
from spikesampler.language.noise_arms import ARMS, Arm
from spikesampler.language.silent import STIMULUS
from spikesampler.language.units import UNITS, parse_quantity, to_base
from spikesampler.report.equations import noise_equation

FANG, GAMST = (
    (MODELS / f"{name}.py").read_text(encoding="utf-8")
    for name in ("fang_2018", "gamst_walker_2017")
)

# --- what the files say -----


def test_the_models_that_come_with_the_package():
    without_spikes = ["gamst_walker_2017", "kulikovskikh_2021", "valizadeh_2022"]
    silent = ["kesten_2020", "loewenstein_2011"]
    spiking = ["kappel_2014", "kappel_2015", "kappel_2018"]
    spiking += ["nessler_2013", "stdp_pairs", "two_layer"]
    assert model_names() == sorted(["fang_2018", *spiking, *silent, *without_spikes])
    assert [name for name in silent if load_model(name).is_silent] == silent
    assert not any(load_model(name).is_silent for name in spiking)
    assert [name for name in model_names() if load_model(name).network] == without_spikes


def test_fang_2018_has_the_values_of_the_paper_in_base_units():
    """science.md, section 1: the table."""
    model = load_model("fang_2018")
    expected = {
        "I": 1000,
        "K": 10,
        "D": 3,
        "sample_length": 0.2,
        "cluster_mean": 0.5,
        "cluster_mean_sd": 0.2,
        "cluster_spread": 0.04,
        "cluster_jitter": 0.01,
        "r_min": 2.0,
        "r_max": 80.0,
        "tuning_width": 0.3,
        "tuning_factor": 1.0,
        "tau_m": 0.02,
        "tau_s": 0.002,
        "theta_0": 3.0,
        "mu": 0.5,
        "sigma": 1.0,
        "b": 1e-4,
        "N": 100.0,
        "alpha": math.exp(-2),
        "intensity_max": 5.0,
        "theta_min": -5.0,
        "rho": 200.0,
        "plateau_mean": -4.0,
        "plateau_sd": 0.2,
        "grid": 0.2,
    }
    assert model.base_values(expected) == pytest.approx(expected, rel=1e-15)
    assert (model["retraction"], model["cluster_matrix"]) == ("none", "root")
    assert model.noise == "weight"
    assert model.supervised
    assert model.rule.knows_labels
    assert not load_model("kappel_2015").supervised
    told_after = load_model(MODELS / "examples" / "reward.py")  # which reads `correct` alone
    assert told_after.supervised
    assert not told_after.rule.knows_labels
    assert load_model("kappel_2015").noise == "constant"


def test_valizadeh_2022_has_the_values_of_paper_and_code():
    model = load_model("valizadeh_2022")
    expected = {
        "hidden_1": 20,
        "hidden_2": 7,
        "hidden_3": 5,
        "rate": 0.0075,
        "rate_raw": 7.5e-5,
        "seed": 1,
        "epochs": 5000,
        "target_two": 0.1,
        "target_cifar": 3.23,
        "target_mnist": 3.248,
        "scale": 30.0,
        "margin": 0.35,
    }
    assert model.base_values() == expected
    sources = {
        name: parameter.source.split(" (")[0] for name, parameter in model.parameters.items()
    }
    assert {name for name, source in sources.items() if source == "from code"} == {
        "rate",
        "rate_raw",
        "seed",
        "epochs",
    }
    assert {name for name, source in sources.items() if source == "our choice"} == {
        "scale",
        "margin",
    }


def test_kulikovskikh_2021_has_the_values_of_the_paper():
    model = load_model("kulikovskikh_2021")
    expected = {
        "r": 4.08,
        "E": 6.4,
        "T": 1.0,
        "N_0": 0.5,
        "q": 0.0,
        "hidden": 5,
        "batch": 75,
        "epochs": 1500,
        "runs": 10,
        "samples": 1000,
        "learnt": 0.8,
        "target_class": 5,
        "rate": 0.01,
    }
    assert model.base_values() == expected
    ours = {
        name
        for name, parameter in model.parameters.items()
        if parameter.source.startswith("our choice")
    }
    assert ours == {"T", "N_0", "q"}


def test_gamst_walker_2017_has_the_values_of_the_paper():
    model = load_model("gamst_walker_2017")
    expected = {
        "depth": 5,
        "width": 5,
        "slope": 22.4,
        "target_seed": 1,
        "between": 9,
        "steps": 50_000,
        "radius": 2.0,
        "trials": 4096,
        "basin_steps": 20_000,
        "returned": 1e-3,
        "paths": 100,
        "images": 41,
    }
    assert model.base_values() == expected
    assert [type(model[name]) for name in expected] == [type(value) for value in expected.values()]
    ours = {
        name
        for name, parameter in model.parameters.items()
        if parameter.source.startswith("our choice")
    }
    assert ours == {"target_seed", "returned", "images"}
    assert model.parameters["slope"].source == "from code"
    assert (model.title, model.citation) == (
        "A global minimum that training does not find",
        "Gamst & Walker (2017), arXiv:1706.07101",
    )
    for line in ("h_l = max(0, h_(l-1) W_l + b_l)", "y = h_depth W_(depth+1) + b_(depth+1)"):
        assert line in model.network


def test_what_only_spikes_have_is_empty_in_a_model_without():
    model = load_model("gamst_walker_2017")
    texts = (model.noise, model.inputs, model.outputs, model.synapses, model.drift)
    assert not any((*texts, model.learning, model.resets, model.supervised))
    with pytest.raises(
        InputError, match="unknown parameter 'dt' of gamst_walker_2017; it has depth, width, slope"
    ):
        model["dt"]
    other = model.override(depth=3, radius="0.5")
    assert (other["depth"], other["radius"], other.overridden) == (3, 0.5, ("depth", "radius"))
    assert other.hash != model.hash
    assert pickle.loads(pickle.dumps(other)) == other


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"rho": 1},
            "unknown parameter 'rho' of gamst_walker_2017; it has depth, width, slope, target_seed",
        ),
        ({"depth": 0}, "depth=0: out of range; expected at least 1"),
        ({"depth": 2.5}, "depth=2.5: expected a whole number"),
        ({"target_seed": -1}, "target_seed=-1: out of range; expected at least 0"),
        ({"slope": 0}, "slope=0: out of range; expected more than 0"),
        ({"radius": "2*ms"}, r"radius=2\*ms: wrong unit 'ms'; expected a pure number"),
        ({"returned": 0}, "returned=0: out of range; expected more than 0"),
        ({"images": 2}, "images=2: out of range; expected at least 3"),
    ],
)
def test_a_bad_value_of_a_model_without_spikes_is_refused(values, message):
    with pytest.raises(InputError, match=message):
        load_model("gamst_walker_2017", **values)


@pytest.mark.parametrize("name", model_names())
def test_every_parameter_has_unit_meaning_source_and_a_value_in_its_range(name):
    for key, parameter in load_model(name).parameters.items():
        assert parameter.choices or parameter.unit in UNITS, key
        assert len(parameter.meaning) > 5, key
        assert re.match(r"(stated|from code|derived|our choice)(: .+)?$", parameter.source), key
        assert parameter.check(key, parameter.value) == parameter.value


@pytest.mark.parametrize("name", model_names())
def test_show_marks_every_parameter_and_prints_equations_rules_and_arms(name):
    """Noise arms are those of a model with spikes; where nothing fires, there is nothing of stimuli
    and neurons.
    """
    model = load_model(name)
    lines, is_silent = describe(model).splitlines(), not model.network and model.is_silent
    for key, parameter in model.parameters.items():
        if is_silent and key in STIMULUS:
            continue
        mark = parameter.source.split(":")[0]
        row_of = re.compile(rf"    {key} +\S+ .*\b{mark}\b.*{re.escape(parameter.meaning)}")
        (row,) = filter(row_of.match, lines)
        assert parameter.unit == "1" or f" {parameter.unit} " in row
    text = "\n".join(lines)
    equations = "\n".join(
        [model.synapses]
        if is_silent
        else [model.inputs, model.outputs, model.synapses, *model.learning.values(), model.network]
    )
    text = re.sub(r"\bM\*\((.*)\)$", r"\1", text, flags=re.MULTILINE)  # of what has no M itself
    for line in filter(None, map(str.strip, equations.splitlines())):
        assert line in text
    indent = 8 if model.layers else 4
    shown = [arm for arm in ARMS if re.search(rf"^ {{{indent}}}{arm} +\S", text, re.MULTILINE)]
    assert shown == ([] if model.network else list(ARMS))
    assert ("Synapses" in text, "Network" in text) == (
        not model.network,
        bool(model.network or model.signals),
    )


def test_a_noise_arm_is_one_entry(monkeypatch):
    """Settings, the compiled text, the printed model and the report's equations know a new one."""
    monkeypatch.setitem(ARMS, "mine", Arm({"theta": "3*b"}, "for this test"))
    settings = resolve("fang_2018", noise="mine:noise_scale=0.5")
    assert (settings.arm, settings.model["noise_scale"]) == ("mine", 0.5)
    noise = "sqrt(temperature*3*b*grid)*randn()"
    _, variance, _ = applied(settings.model.rule, settings.arm_texts, settings.model.parameters)
    assert variance == {"theta": "3*b"}
    shown = describe(settings.model)
    assert re.search(rf"\n    mine  .*{re.escape(noise)}\)\n +for this test\n", shown)
    assert "sqrt(T*3*b)*dW" in noise_equation(settings.arm_texts, settings.model.drift)


def test_show_says_what_was_changed():
    lines = describe(load_model("fang_2018", rho="0.1*kHz")).splitlines()
    (changed,) = [line for line in lines if line.endswith("[changed]")]
    assert changed.split()[:3] == ["rho", "100", "Hz"]
    lines = describe(load_model("gamst_walker_2017", width=7)).splitlines()
    (changed,) = [line for line in lines if line.endswith("[changed]")]
    assert changed.split()[:3] == ["width", "7", "stated"]


@pytest.mark.parametrize(
    "words", [["run"], ["compare", "--seeds", "1"], ["sweep", "--grid", "depth=1,2"]]
)
def test_what_simulates_spikes_refuses_a_model_without(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = command(words[0], "gamst_walker_2017", *words[1:], "--out", tmp_path / "new")
    assert (done.status, done.out) == (2, [])
    assert done.err == [
        "spikesampler: gamst_walker_2017 has no spikes; expected a spiking model such as fang_2018:"
        " networks of this paper are trained by `spikesampler landscape train`"
    ]
    assert listing(tmp_path) == {}


def test_the_library_refuses_a_model_without_spikes(tmp_path):
    calls = (
        resolve,
        partial(run, out=tmp_path / "a"),
        partial(compare, out=tmp_path / "b"),
        partial(sweep, grid={"depth": [1, 2]}, out=tmp_path / "c"),
    )
    for model in (
        "gamst_walker_2017",
        load_model("gamst_walker_2017"),
        str(MODELS / "gamst_walker_2017.py"),
    ):
        for call in calls:
            with pytest.raises(
                InputError,
                match="gamst_walker_2017 has no spikes; expected a spiking model such as",
            ):
                call(model)
    assert listing(tmp_path) == {}


def test_show_and_models_list_a_model_without_spikes():
    assert (
        command("show", "gamst_walker_2017").out
        == describe(load_model("gamst_walker_2017")).splitlines()
    )
    (line,) = [line for line in command("models").out if line.startswith("gamst_walker_2017 ")]
    assert line.endswith(
        "A global minimum that training does not find (Gamst & Walker (2017), arXiv:1706.07101)"
    )


# --- override -----


def test_a_number_is_in_the_parameters_own_unit_and_text_may_have_another():
    model = load_model(
        "fang_2018", tau_m=30, b="3.6/s", rho=np.float64(50), I=np.int64(7), D="2", K=4.0
    )
    values = {"tau_m": 0.03, "b": 3.6, "rho": 50.0, "I": 7, "D": 2, "K": 4}
    assert model.base_values(values) == values
    assert [type(model[name]) for name in values] == [float, float, float, int, int, int]
    assert model.override(tau_m=30.0).hash == model.hash
    assert load_model("fang_2018", sample_length="0.4 s", grid="400*ms")["sample_length"] == 0.4
    assert load_model("fang_2018", retraction="clip")["retraction"] == "clip"


def test_a_model_is_frozen_and_an_override_is_another_one():
    model = load_model("fang_2018")
    other = model.override(rho=100)
    assert (model["rho"], other["rho"], other.overridden) == (200.0, 100.0, ("rho",))
    with pytest.raises(FrozenInstanceError):
        model.noise = "none"
    with pytest.raises(TypeError, match="does not support item assignment"):
        model.parameters["rho"] = 1


def test_the_hash_is_that_of_text_and_values(tmp_path):
    model = load_model("fang_2018")
    assert model.override(rho="0.2 kHz").hash == model.hash
    assert model.override(rho=201).hash != model.hash
    copy = tmp_path / "fang_2018.py"
    copy.write_text(FANG)
    assert load_model(copy).hash == model.hash
    copy.write_text(FANG + "\n# another text\n")
    assert load_model(copy).hash != model.hash


def test_a_model_travels_between_processes():
    model = load_model("kappel_2015", K=7)
    other = pickle.loads(pickle.dumps(model))
    assert other == model
    assert (other.hash, other.overridden, dict(other.resets)) == (
        model.hash,
        ("K",),
        dict(model.resets),
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"nope": 1}, "unknown parameter 'nope' of fang_2018; it has I, K, D"),
        ({"self": 1}, "unknown parameter 'self'"),
        ({"name": 1}, "unknown parameter 'name'"),
        ({"rho": "1*ms"}, r"rho=1\*ms: wrong unit 'ms'; expected Hz"),
        ({"b": "1*s"}, r"b=1\*s: wrong unit 's'; expected 1/second"),
        ({"K": "3*Hz"}, "K=3.*wrong unit 'Hz'; expected a pure number"),
        ({"rho": "1*furlong"}, "unknown unit 'furlong'; rho is in Hz, known units are second,"),
        ({"rho": -1}, "rho=-1: out of range; expected at least 0 Hz"),
        ({"tau_m": 0}, "tau_m=0: out of range; expected more than 0 ms"),
        ({"K": 1}, "K=1: out of range; expected at least 2"),
        ({"K": 2.5}, "K=2.5: expected a whole number"),
        ({"K": True}, "K=True: expected a finite number"),
        ({"K": 10**400}, "expected a finite number"),
        ({"K": None}, "K=None: expected a finite number"),
        ({"K": [3]}, r"K=\[3\]: expected a finite number"),
        ({"rho": math.nan}, "rho=nan: expected a finite number in Hz"),
        ({"rho": math.inf}, "rho=inf: expected a finite number in Hz"),
        ({"rho": "nan"}, "rho=nan: the value must be finite"),
        ({"rho": "-inf"}, "rho=-inf: the value must be finite"),
        ({"rho": "1e999"}, "rho=1e999: the value must be finite"),
        ({"rho": ""}, r"rho=: not a number with a unit; write it like rho=1.5\*Hz"),
        ({"b": "x"}, "b=x: not a number with a unit; write it like b=1.5/second"),
        ({"mu": "one"}, "mu=one: not a number; write it like mu=1.5"),
        ({"retraction": "half"}, "retraction=half: expected one of none, clip, jump"),
        (
            {"rho": 2000},
            r"rho=2000\*Hz with dt=1\*ms: more than one event a step \(firing\); expected rho",
        ),
        ({"r_max": 2000}, "more than one spike a step"),
        ({"grid": 150.5}, r"grid=150.5\*ms: expected a whole multiple of dt=1\*ms"),
        ({"gap": 50.5}, r"gap=50.5\*ms: expected a whole multiple of dt=1\*ms"),
        ({"dt": 0.3}, "expected a whole multiple of dt=0.3"),
        (
            {"intensity_max": 0.1},
            r"bounds: theta_0 \+ log\(log\(intensity_max/alpha\)\) is nan with theta_0=3, alpha=",
        ),
        (
            {"theta_min": 10},
            r"bounds: theta_min = 10 is not below theta_0 \+ .* = 4.28355, with theta_0=3, alpha=",
        ),
        ({"tau_s": 20}, r"tau_s=20\*ms, tau_m=20\*ms: expected tau_s < tau_m; change one of them"),
        ({"I": 10**18}, "I=1000000000000000000, K=10, D=3: more than 100,000,000 synapses"),
        ({"I": 10**7, "K": 11}, "I=10000000, K=11, D=3: more than 100,000,000 synapses"),
    ],
)
def test_a_bad_value_is_refused_in_one_line(values, message):
    with pytest.raises(InputError, match=message) as error:
        load_model("fang_2018").override(**values)
    assert "\n" not in str(error.value)
    with pytest.raises(InputError, match=message):
        load_model("fang_2018", **values)


def test_many_inputs_and_few_outputs_are_not_too_many_synapses():
    assert load_model("fang_2018", I=10**7, K=10)["I"] == 10**7


# --- quantities are parsed, never evaluated -----

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(NUMBERS, st.sampled_from(sorted(UNITS)), st.sampled_from(["", " "]))
def test_a_quantity_comes_back_in_any_unit_of_its_dimension(number, given_unit, space):
    factor, power = UNITS[given_unit]
    own = {0: "1", 1: "ms", -1: "kHz"}[power]
    sign, unit = ("/", given_unit[2:]) if given_unit.startswith("1/") else ("*", given_unit)
    text = f"{number!r}{space}{sign}{space}{unit}" if given_unit != "1" else repr(number)
    if not math.isfinite(number * factor / UNITS[own][0]):
        return
    # three roundings: the factor, the product, the quotient
    assert parse_quantity(text, own, "x") == pytest.approx(
        number * factor / UNITS[own][0], rel=4e-16, abs=1e-323
    )
    assert to_base(parse_quantity(text, own, "x"), own) == pytest.approx(
        number * factor, rel=8e-16, abs=1e-320
    )


seen = []


def _listen(event, arguments):
    if seen and event in (
        "exec",
        "compile",
        "import",
        "open",
        "os.system",
        "subprocess.Popen",
        "object.__getattr__",
    ):
        seen.append((event, arguments))


CODE = [
    "__import__('os').system('touch x')",
    "exec('1')",
    "1+1",
    "2**3",
    "1;1",
    "(1)",
    "[1][0]",
    "1_0",
    "0x10",
    "１",
    "1*Hz*Hz",
    "1*(Hz)",
    "1*__class__",
    "1e",
    "--1",
    "1*ms/ms",
    "lambda: 1",
    "True",
    "1*'ms'",
    "None",
    "nan*Hz",
    "infinity",
    "1j",
    "$(touch x)",
    "`touch x`",
    "{1}",
    "\x00",
    "1*1/s",
]


@pytest.mark.parametrize("text", CODE)
def test_what_is_more_than_a_number_and_a_unit_is_refused(text):
    with pytest.raises(
        InputError, match=r"^x=.*(not a number|must be finite|unknown unit|wrong unit)"
    ):
        parse_quantity(text, "1", "x")


@given(
    st.one_of(
        st.sampled_from(CODE), st.text(), st.builds("{}*{}".format, NUMBERS, st.text(max_size=12))
    ),
    st.sampled_from(sorted(UNITS)),
)
@example("100*Hz", "Hz")
def test_any_text_is_a_finite_number_or_refused_and_nothing_is_executed(text, unit):
    """An audit hook sees every exec, compile, import, open and process; none may happen while text
    is parsed.
    """
    seen[:] = ["on"]
    try:
        value = parse_quantity(text, unit, "x")
    except InputError as error:
        value, message = None, str(error)
    finally:
        events, seen[:] = seen[1:], []
    assert events == []
    if value is None:
        assert message.startswith(f"x={text}: ")
    else:
        assert math.isfinite(value)


sys.addaudithook(_listen)


def test_the_audit_hook_sees_an_evaluation():
    """Negative control of the test above."""
    seen[:] = ["on"]
    builtins.eval("1 + 1")
    events, seen[:] = seen[1:], []
    assert {"compile", "exec"} >= {event for event, _ in events} >= {"exec"}


# --- model files -----


def are_places(path, message):
    """Whether a message is one line with the file's name and, of several errors, a line for each
    with its place; of a file that is no text there is no place.
    """
    first, *lines = message.splitlines()
    counted = first == f"model file {path}: {len(lines)} errors"
    single = re.match(rf"model file {re.escape(str(path))}(:\d+:| cannot be read)", first)
    return all(re.match(rf"{re.escape(str(path))}:\d+: ", line) for line in lines) and (
        counted if lines else single
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = ", "cannot be executed: SyntaxError: invalid syntax .*; repair it"),
        ("1/0", "cannot be executed: ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "cannot be executed: SystemExit: 3"),
        (
            "import no_such_module",
            "cannot be executed: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        (
            "title = 'x'",
            "6 errors\n.*/mine.py:1: the field citation is missing; say where it is from\n",
        ),
        (FANG + "\nlearning = []", r"mine.py:\d+: learning is a list; expected a dict$"),
        (FANG + "\ninputs = 3", r"mine.py:\d+: inputs is 3; expected a text$"),
        (
            "network = 'y = x'",
            "3 errors\n.*/mine.py:1: the field title is missing",
        ),
        (
            GAMST + "\nnetwork = 3",
            "network is 3; expected a text",
        ),
        (
            GAMST + "\nparameters['width'] = 5",
            r"parameter width is 5; write it as width=stated\(…\)",
        ),
        (FANG + "\nparameters['rho'] = 3", r"parameter rho is 3; write it as rho=stated\(…\)"),
        (
            FANG + "\ndel parameters['rho']",
            r"2 errors\n.*mine.py:\d+: firing \(race\(rho\) by default\): rho is not defined",
        ),
        (
            FANG + "\nstart = {}",
            r"mine.py:\d+: unknown field 'start', perhaps starts; expected title,",
        ),
        (
            FANG + "\nlateral, hidden = 'w', 50\n",
            r"2 errors\n.*: unknown field 'lateral', perhaps layers; .*\n.*: unknown field"
            r" 'hidden'; expected",
        ),
        (
            FANG + "\nlearning['ouput'] = 'theta += 1'",
            r"learning has a rule for the event 'ouput', perhaps output; expected input, output,",
        ),
        (
            FANG + "\nresets = {'teacher': ''}",
            "resets has a rule for the event 'teacher'; expected input,",
        ),
        (
            FANG + "\nevents = {'step': 'u > 0'}",
            "events has 'step', which happens by itself; take another name",
        ),
        (
            FANG + "\nevents = {'teacher': 'u > 0'}",
            "events has 'teacher', which happens by itself; take another name",
        ),
        (
            FANG + "\nevents = {'outputs': 'u > 0'}",
            "events has 'outputs', which is a name of the engine's own; take another",
        ),
        (FANG + "\nbounds = ('0',)", "bounds has 1 entries; expected two, low and high"),
        (FANG + "\nstarts = {}", "starts is empty; expected one at least"),
        (FANG + "\nstarts = {'prior': print}", r"starts\['prior'\] is a builtin_.*, not a text"),
        (FANG + "\nnoise = 'mine'", "unknown noise arm 'mine'; expected none, constant"),
        (FANG + "\ndrift = 'b*('", r"drift: 'b\*\(' opens a bracket at"),
        (
            FANG + "\noutputs = 'u += 1'",
            r"mine.py:\d+: 'u \+= 1': expected NAME = .* \(in the outputs' equations\)",
        ),
        (
            FANG + "\nlearning['output'] = 'theta'",
            r"'theta': expected NAME \+= EXPRESSION.* \(in learning\['output'\]\)",
        ),
        (
            FANG + "\ndrift = 'retraction*theta'",
            "the drift: retraction is a word and not a number; compare it: A if",
        ),
        (
            FANG + "\nparameters['x'] = stated(1.0, 'furlong', 'a length')",
            "unit of parameter x is 'furlong'; known units are 1, second",
        ),
        (
            FANG + "\nparameters['x'] = stated(-1.0, 'ms', 'a time', low=0)",
            "x=-1: out of range; expected at least 0 ms",
        ),
        (
            "\x00",
            r"cannot be read \(it is no text: a NUL byte in line 1\); mend it",
        ),
    ],
)
def test_a_bad_model_file_is_refused_by_its_lines(tmp_path, text, message):
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as error:
        load_model(path)
    assert are_places(path, str(error.value))


NAMELESS = """
class Nameless(type):
    @property
    def __name__(cls): raise SystemExit(7)
"""
UNSAYABLE = """
class Odd(str):
    def __format__(self, how): raise SystemExit(7)
    def __str__(self): raise SystemExit(7)
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        *[
            (
                f"class Mute({base}):\n    def __str__(self): raise {raised}\nraise Mute",
                "cannot be executed: Mute: without a text; repair it",
            )
            for base, raised in (
                ("Exception", "SystemExit(7)"),
                ("BaseException", "KeyboardInterrupt"),
                ("SystemExit", "GeneratorExit"),
                ("ZeroDivisionError", "MemoryError"),
            )
        ],
        (
            "from spikesampler.errors import InputError\nclass Mute(InputError):\n"
            "    def __str__(self): raise SystemExit(7)\nraise Mute",
            "cannot be executed: Mute: without a text; repair it",
        ),
        (
            "raise KeyboardInterrupt",
            "cannot be executed: KeyboardInterrupt: without a text; repair it",
        ),
        ("raise ValueError('a\\nb')", "cannot be executed: ValueError: a b; repair it"),
        (
            NAMELESS + "class E(Exception, metaclass=Nameless): pass\nraise E('x')",
            "executed: E: x;",
        ),
        (FANG + NAMELESS + "class T(metaclass=Nameless): pass\nlearning = T()", "learning is a T;"),
        (
            FANG + NAMELESS + "class T(metaclass=Nameless): pass\nparameters['rho'] = T()",
            "parameter rho is a T; write it",
        ),
        (
            FANG + NAMELESS + "class T(metaclass=Nameless): pass\n"
            "object.__setattr__(parameters['rho'], 'low', T())",
            "low of parameter rho is a T; expected int or float",
        ),
        (
            FANG + "\nobject.__delattr__(parameters['rho'], 'value')",
            "value of parameter rho is a NoneType; expected",
        ),
        (
            UNSAYABLE + "class E(Exception):\n    def __str__(self): return Odd('x')\nraise E",
            "cannot be executed: E: x; repair it",
        ),
        (UNSAYABLE + "raise type(Odd('E'), (Exception,), {})('x')", "executed: E: x; repair it"),
        (
            "class T:\n    def __hash__(self): return hash('title')\n"
            "    def __eq__(self, other): raise SystemExit(7)\nglobals()[T()] = 1",
            "7 errors\n.*:1: the field title is missing",
        ),
        (
            FANG + "\nparameters.clear()",
            r"mine.py:\d+: the synapses' equations: retraction is not defined",
        ),
    ],
)
def test_whatever_a_model_file_raises_is_one_line(tmp_path, text, message, monkeypatch):
    monkeypatch.setattr(signal, "getsignal", lambda number: None)  # as below a command
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as error:
        load_model(path)
    assert are_places(path, str(error.value))


def test_a_model_file_keeps_its_hands_off_the_streams(tmp_path):
    (tmp_path / "mine.py").write_text("import sys\nsys.stderr = sys.stdout = None\n1 / 0")
    done = command("show", tmp_path / "mine.py")
    assert done.status == 2
    assert done.err[-1].endswith(
        "cannot be executed: ZeroDivisionError: division by zero; repair it"
    )


def test_what_is_no_model_file_is_named(tmp_path, monkeypatch):
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "latin.py").write_bytes("title = 'é'".encode("latin1"))
    with pytest.raises(
        InputError, match=r"no model file '.*/absent.py'; give the path of an existing .py file or"
    ):
        load_model(tmp_path / "absent.py")
    with pytest.raises(InputError, match=r"no model file '.*/folder.py'"):
        load_model(tmp_path / "folder.py")
    with pytest.raises(
        InputError, match=r"latin.py cannot be read \(it is not UTF-8 text: byte 0xe9 in line 1\)"
    ):
        load_model(tmp_path / "latin.py")
    with pytest.raises(
        InputError,
        match="unknown model 'fang', perhaps fang_2018; expected one of fang_2018, gamst_walker",
    ):
        load_model("fang")

    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", denied)  # root may read everything
    with pytest.raises(
        InputError, match=r"latin.py cannot be read \(Permission denied\); check its permissions"
    ):
        load_model(tmp_path / "latin.py")
