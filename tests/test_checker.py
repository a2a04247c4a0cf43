"""The checker of model files: each fault is said with its line, what was perhaps meant and what is
allowed; all at once, before anything is compiled, and what is right has no complaint.
"""

import json
import os
import pickle
import subprocess
import sys
import tomllib
import warnings
from pathlib import Path

import pytest
from runs import PACKAGE, command

from spikesampler.language.complaints import ModelError, ModelWarning
from spikesampler.language.dimensions import ANY, CONDITION, Measure, power_of_unit
from spikesampler.language.examples import EXAMPLES, example_names
from spikesampler.language.expressions import parse
from spikesampler.language.model import MODELS, check_model, load_model, model_names
from spikesampler.language.noise_arms import ARMS
from spikesampler.language.places import Places

MINE = '''
from spikesampler.language.parameter import our_choice, stated

title = "A small model"
citation = "none"
noise = "constant"
parameters = dict(
    tau=stated(20.0, "ms", "decay time", above=0),
    tau_e=stated(1.0, "second", "decay of the eligibility", above=0),
    rho=stated(100.0, "Hz", "total rate", low=0),
    b=stated(1e-4, "1/second", "learning rate", low=0),
    mu=stated(0.0, "1", "mean of the prior"),
    kind=our_choice("soft", "1", "kind of weight", choices=("soft", "hard")),
)
inputs = """
dx/dt = -x/tau : 1
y = 2*x : 1
"""
outputs = """
u = sum(w*y) + v : 1
dv/dt = -v/tau : 1
"""
synapses = """
w = exp(theta) if kind == 'soft' else int(theta > 0)
de/dt = -e/tau_e + x*rate : 1
"""
signals = "dr/dt = -r/tau_e : 1"
drift = "b*(mu - theta)"
noises = {
    "mine": "2*b*w",
    "parts": dict(variance="2*b", mobility="w"),
}
bounds = ("-5", "5")
starts = {"prior": "mu + randn()"}
initial = {"r": "1"}
events = {"reward": "r > 0.5 and rand() < 0.1"}
learning = {
    "output": "theta += e",
    "reward": """
        theta += r*e  # the reward's rule
        e = 0
    """,
}
resets = {"output": "v -= 1", "reward": "r -= 0.1"}
'''
TIME = "t, dt, second, plastic, temperature, label, response, correct, pi, inf"
#: what stands in faulty_models.toml for lists that many messages have
LISTS = {
    "<fields>": "title, citation, noise, parameters, inputs, outputs, synapses, signals, drift,"
    " noises, bounds, starts, initial, learning, events, resets, firing, teacher, weight,"
    " layers, a helper that begins with _",
    "<of inputs>": f"x, y, r, {TIME} and the parameters",
    "<of outputs>": f"u, v, r, {TIME}, k, rate and the parameters",
    "<of synapses>": f"theta, x, y, u, v, w, e, r, {TIME}, k, rate and the parameters",
    "<of learning>": f"theta, x, y, u, v, w, e, r, {TIME}, k, rate, M and the parameters",
    "<of starts>": "second, pi, inf and the parameters",
    "<functions>": "abs, arctan, ceil, clip, cos, cosh, exp, expm1, exprel, floor, int, log, log10,"
    " log1p, sign, sin, sinh, sqrt, tan, tanh",
}
LISTS["<arms>"] = ", ".join(ARMS)
FAULTS = tomllib.loads((Path(__file__).parent / "faulty_models.toml").read_text(encoding="utf-8"))


@pytest.fixture
def mine(tmp_path):
    """Write a model file, and give its path."""

    def write(text):
        path = tmp_path / "mine.py"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def said(path):
    """All complaints of a file, without its path."""
    return [str(each).removeprefix(f"{path}:") for each in check_model(path)]


def spelled(text):
    """A text of faulty_models.toml with its lists written out."""
    for name, words in LISTS.items():
        text = text.replace(name, words)
    return text


# --- what is said -----


@pytest.mark.parametrize("fault", FAULTS["fault"], ids=lambda fault: fault["new"][:30])
def test_a_fault_is_said_with_its_line(mine, fault):
    assert MINE.count(fault["old"]) >= 1
    path = mine(MINE.replace(fault["old"], fault["new"], 1))
    assert said(path) == [spelled(line) for line in fault["said"]]


def test_what_is_right_has_no_complaint(mine):
    assert said(mine(MINE)) == []
    for name in model_names():
        assert check_model(name) == []
    for name in example_names():
        assert check_model(EXAMPLES / f"{name}.py") == [], name
    for path in sorted((Path(__file__).parent / "models").glob("*.py")):
        assert check_model(path) == [], path


def test_all_faults_are_said_at_once_errors_first(mine):
    text = MINE
    for fault in FAULTS["fault"]:
        if fault.get("together"):
            assert fault["old"] in text
            text = text.replace(fault["old"], fault["new"], 1)
    path = mine(text)
    lines = said(path)
    wanted = [spelled(f["said"][0]).partition(": ")[2] for f in FAULTS["fault"] if "together" in f]
    assert len(wanted) >= 8
    for message in wanted:
        assert any(message in line for line in lines), message
    is_warning = [": warning: " in line for line in lines]
    assert is_warning == sorted(is_warning)
    with pytest.raises(ModelError) as error:
        load_model(path)
    first, *others = str(error.value).splitlines()
    errors = [f"{path}:{line}" for line, odd in zip(lines, is_warning) if not odd]
    assert first == f"model file {path}: {len(errors)} errors"
    assert others == errors
    assert str(pickle.loads(pickle.dumps(error.value))) == str(error.value)


def test_a_complaint_says_what_was_meant_and_what_is_allowed(mine):
    (complaint,) = check_model(mine(MINE.replace("sum(w*y)", "sum(ww*y)")))
    assert (complaint.line, complaint.meant, complaint.is_error) == (20, "w", True)
    assert {"w", "theta", "x", "tau", "second"} <= {*complaint.allowed}
    assert not {"ww", "sum", "M"} & {*complaint.allowed}


# --- lines -----

FAULTY_TEXT = {
    "one string": ('"', 'u = sum(nope)"'),
    "line ends as escapes": ('"a = 1\\n', 'u = sum(nope)"'),
    "strings beside each other": ('("a = 1\\n"\n\n    "', 'u = sum(nope)")'),
    "a line goes on in the next string": ('("a = 1\\nu = "\n    "', 'sum(nope)")'),
    "three quotes": ('"""\na = 1\n\n', 'u = sum(nope)\n"""'),
    "three single quotes, raw": ("r'''\na = 1  # comment\n", "u = sum(nope)\n'''"),
    "a backslash ends a line": ('"""\\\na = 1\n', 'u = sum(nope)"""'),
    "a bracket goes on": ('"""\na = 1\nu = sum(\n  w\n  + ', 'nope)\n"""'),
    "added strings": ('"a = 1\\n" + """\n', 'u = sum(nope)"""'),
    "another name": ('_text\n_text = """\na = 1\n', 'u = sum(nope)\n"""\noutputs = _text'),
}


@pytest.mark.parametrize("how", FAULTY_TEXT)
def test_lines_are_those_of_the_file_however_a_text_is_written(mine, how):
    before, after = FAULTY_TEXT[how]
    start = MINE.index("outputs = ")
    end = MINE.index("synapses = ")
    head = MINE[:start] + "outputs = "
    if how == "another name":
        head = head.removesuffix("outputs = ")
        before = before.removeprefix("_text\n")
    text = f"{head}{before}{after}\n{MINE[end:]}".replace('"output": "v -= 1", ', "")
    path = mine(text)
    line = (head + before).count("\n") + 1
    assert "nope" in text.splitlines()[line - 1]
    assert [each.line for each in check_model(path) if "nope" in each.message] == [line]


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ('learning["input"] = "theta += nope"', "learning['input']: nope is not defined"),
        ('learning.update(input="theta += nope")', "learning['input']: nope is not defined"),
        ('resets |= {"input": "x += nope"}', "resets['input']: nope is not defined"),
        ('learning = dict(learning, input="theta += nope")', "learning['input']: nope is"),
        ('if True:\n    drift = "nope"', "the drift: nope is not defined"),
        ('bounds = ("0",\n    "nope")', "the upper bound: nope is not defined"),
        ('noises["more"] = dict(\n    variance={"e": "nope"})', "noises['more']['variance']['e']"),
        ('parameters["more"] = stated(\n    1.0, "mV", "x")', "unit of parameter more is 'mV'"),
    ],
)
def test_lines_of_what_is_added_later(mine, addition, message):
    path = mine(f"{MINE}\n{addition}\n")
    (complaint,) = [each for each in check_model(path) if each.is_error]
    assert complaint.message.startswith(message)
    line = MINE.count("\n") + 2 + (addition.count("\n") if "nope" in addition else 0)
    assert complaint.line == line


def test_a_file_that_cannot_be_executed_has_a_line(mine):
    for text, line, message in (
        ("a = 1\ntitle = (", 2, "cannot be executed: SyntaxError: '(' was never closed"),
        ("a = dict(\n  b=1,\n  lambda=2)", 3, "cannot be executed: SyntaxError: "),
        ("a = 1\n\n1 / 0", 3, "cannot be executed: ZeroDivisionError: division by zero; repair it"),
        ("def f():\n    1 / 0\nf()", 2, "cannot be executed: ZeroDivisionError"),
    ):
        (complaint,) = check_model(mine(text))
        assert complaint.line == line
        assert complaint.message.startswith(message)
        word = "repair it: lambda is a word of Python, take another name"
        assert complaint.message.endswith(word) == ("lambda" in text)


WRITTEN = (
    'outputs = ("u = 1\\n"\n    "v = 2\\n"\n\n    \'w = 3\')\n'
    'inputs = """\\\nfirst\nsecond"""\n'
    'synapses = "a\\nb\\\nc"\n'
    'signals = r"""x\\n\ny"""\n'
)


@pytest.mark.parametrize(
    ("field", "lines"),
    [("outputs", [1, 2, 4]), ("inputs", [6, 7]), ("synapses", [8, 8]), ("signals", [10, 11])],
)
def test_each_line_of_a_text_has_its_line_in_the_file(field, lines):
    """Counted by hand: strings beside each other, escapes, a backslash that ends a line, raw."""
    places = Places(WRITTEN)
    assert [places.line((field,), number) for number in range(1, len(lines) + 1)] == lines


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        ("tau*b", 0),
        ("x/tau", -1),
        ("tau**2", 2),
        ("tau**-1", -1),
        ("sqrt(tau)", 0.5),
        ("sqrt(tau**2)*b", 0),
        ("clip(b, 0, inf)", -1),
        ("abs(tau)", 1),
        ("exp(x) + int(tau > 0)", 0),
        ("sign(tau)", 0),
        ("tau % tau", 1),
        ("tau // tau", 0),
        ("0", ANY),
        ("x > 1 and not b < 0", CONDITION),
        ("nobody", None),
    ],
)
def test_dimensions_are_powers_of_time(text, dimension):
    said = []
    powers = {"tau": 1.0, "b": -1.0, "x": 0.0}
    assert Measure(text, powers, said.append).of(parse(text)) == dimension
    assert said == []


@pytest.mark.parametrize(
    ("unit", "power"),
    [("1", 0), ("second", 1), ("Hz", -1), ("1/second**2", -2), ("Hz**2*second", -1), ("ms", None),
     ("mV", None), ("", None), ("second +", None), ("2", None)],
)  # fmt: skip
def test_units_of_equations(unit, power):
    assert power_of_unit(unit) == power


# --- commands -----


def test_every_command_is_stopped_by_what_is_wrong(mine, tmp_path):
    path = mine(MINE.replace("sum(w*y)", "sum(ww*y)").replace("b*(mu", "b*(mux"))
    for words in (
        ["run", path, "--out", tmp_path / "out"],
        ["compare", path, "--out", tmp_path / "out"],
        ["sweep", path, "--grid", "mu=0,1", "--out", tmp_path / "out"],
        ["show", path],
    ):
        done = command(*words)
        assert done.status == 2
        first, *others = done.err
        assert first == f"spikesampler: model file {path}: 2 errors"
        assert [line.split(" ")[0] for line in others] == [f"{path}:20:", f"{path}:28:"]
        assert done.out == []
    assert [each.name for each in tmp_path.iterdir()] == ["mine.py"]


def test_check_prints_complaints_and_fails(mine):
    path = mine(MINE.replace("sum(w*y)", "sum(ww*y)").replace('"2*b*w"', '"2*b"'))
    done = command("check", path)
    assert done.status == 2
    assert [line.partition(";")[0] for line in done.out] == [
        f"{path}:20: the outputs' equations: ww is not defined, perhaps w"
    ]
    assert done.err == [f"spikesampler: {path}: 1 error; see above"]
    done = command("check", path, "--json")
    assert done.status == 2
    (complaint,) = done.json["complaints"]
    assert (complaint["line"], complaint["meant"]) == (20, "w")
    assert done.json["understood"] is None


def test_what_is_odd_is_said_once_and_does_not_stop(mine):
    path = mine(MINE.replace("y = 2*x : 1", "y = 2*x : 1\nz = 3*x"))
    odd = f"{path}:18: warning: the function z is used nowhere; use it or take it out"
    done = command("show", path)
    assert done.status == 0
    assert done.err == [f"spikesampler: {odd}"]
    done = command("check", path)
    assert (done.status, done.out[0], done.err) == (0, odd, [])
    again = mine(path.read_text() + "\n# y is doubled\nbounds = ('-5', '5')\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error", ModelWarning)
        assert load_model(again).rule.bounds == ("-5", "5")


def test_a_count_that_is_only_recorded_is_not_odd(mine):
    """Of outputs or signals; one that its own equation alone uses is."""
    signals = 'signals = """\ndr/dt = -r/tau_e : 1\ndcount/dt = 0/second : 1\n"""'
    text = MINE.replace('signals = "dr/dt = -r/tau_e : 1"', signals)
    assert "the state count is used nowhere" in said(mine(text))[0]
    assert said(mine(text.replace("v -= 1", "v -= 1; count += 1"))) == []


def test_checking_is_done_without_the_heavy_packages(mine):
    """And so within a second, of which most is Python's own start."""
    program = (
        "import sys\nfrom spikesampler.cli import main\ntry:\n    main()\nexcept SystemExit as"
        " end:\n    print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)\n"
        "    sys.exit(end.code)"
    )
    for model in ("fang_2018", mine(MINE.replace("sum(w*y)", "sum(ww*y)"))):
        done = subprocess.run(
            [sys.executable, "-c", program, "check", str(model)],
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(PACKAGE)},
        )
        loaded = {*done.stderr.split()}
        assert "spikesampler" in loaded
        assert not loaded & {"brian2", "sympy", "xarray", "matplotlib", "scipy", "h5py", "sklearn"}


# --- new -----


@pytest.mark.parametrize("name", example_names())
def test_new_copies_a_model_that_is_right(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    done = command("new", "mine", *(["--from", name] if name != "template" else []))
    assert done.status == 0
    assert (tmp_path / "mine.py").read_text() == (EXAMPLES / f"{name}.py").read_text()
    assert done.out[1].strip() == "spikesampler check mine.py"
    assert check_model("mine.py") == []


def test_new_refuses_what_is_there_and_what_is_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("mine")
    for words, message in (
        (["mine"], "'mine.py' is there already; take another name, or remove it"),
        (["fang_2018"], "fang_2018 is a model that comes with the package; take another name"),
        (["no/mine"], "there is no folder 'no'; make it first"),
        (
            ["other", "--from", "rewrd"],
            "--from rewrd: no such model, perhaps reward; expected one of",
        ),
        (["other", "--from", "no.py"], "no model file 'no.py'; give the path of an existing one"),
    ):
        done = command("new", *words)
        assert done.status == 2
        assert message in done.err[0]
    assert [each.name for each in tmp_path.iterdir()] == ["mine.py"]
    assert (tmp_path / "mine.py").read_text() == "mine"


def test_new_copies_a_file_and_a_shipped_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command("new", "first.py", "--from", "kappel_2015").status == 0
    assert command("new", tmp_path / "second.py", "--from", "first.py").status == 0
    text = (MODELS / "kappel_2015.py").read_text()
    assert (tmp_path / "second.py").read_text() == text


def test_what_the_template_has_as_comments_is_right(mine):
    text = (EXAMPLES / "template.py").read_text()
    assert said(mine(text.replace("#     ", ""))) == []
    assert text.count("#     ") == 8


def test_warnings_are_errors_where_they_are_asked_to_be(mine):
    path = mine(MINE.replace("y = 2*x : 1", "y = 2*x : 1\nz = 3*x"))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ModelWarning)
        with pytest.raises(ModelWarning, match="z is used nowhere"):
            load_model(path)
    assert json.dumps([each.as_dict() for each in check_model(path)])
