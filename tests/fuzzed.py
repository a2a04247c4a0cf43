"""What tests/test_fuzz.py tries: hostile texts and values, for every option, file and field that
the command line reads; and what a command answers in this process, its engine replaced.
"""

import contextlib
import copy
import hashlib
import json
import re
from typing import NamedTuple

import click
from hypothesis import strategies as st
from runs import command, listing

from spikesampler import cli
from spikesampler.language.model import MODELS

FANG = (MODELS / "fang_2018.py").read_text(encoding="utf-8")


class ReachedError(BaseException):
    """The engine, the server or a worker was asked for: everything was accepted."""


def reach(*_, **__):
    raise ReachedError


@contextlib.contextmanager
def reached(*_, **__):
    raise ReachedError
    yield


#: what begins the work, by module
BEGINS = {
    "spikesampler.experiments.run.build": reach,
    "spikesampler.experiments.sweep.open_executor": reached,
    "spikesampler.experiments.compare.open_executor": reached,
    "spikesampler.studies.gamst_walker_2017.training_folder.train_networks": reach,
    "spikesampler.view.server.make_server": reach,
    "spikesampler.view.server.warm_up": lambda: None,
    "spikesampler.cli.doctor.checks": tuple,
}


class Answer(NamedTuple):
    """What a command did: status ("begun" where it reached the engine), stderr, what it left."""

    status: object
    err: list
    left: dict


def answer(folder, words):
    """Run the command line in the folder."""
    before = listing(folder)
    with contextlib.chdir(folder):
        try:
            done = command(*words)
            status, err = done.status, done.err
        except ReachedError:
            status, err = "begun", []
    left = {name: what for name, what in listing(folder).items() if before.get(name) != what}
    return Answer(status, err, left)


def complaint(answered, names):
    """What is wrong with an answer, "" where nothing is; names : one of which has to be said."""
    if answered.status in ("begun", 0):
        return "left something" if answered.left and answered.status == "begun" else ""
    if answered.status != 2:
        return f"status {answered.status}: {answered.err[-1:]}"
    (line, *more) = [line for line in answered.err if ": warning: " not in line] or [""]
    if re.fullmatch(r"spikesampler: model file .*: \d+ errors", line):
        wrong = [each for each in more if not re.match(r".*\.py:\d+: ", each)]
        if wrong or len(more) < 2:
            return f"no places: {wrong or line}"
        more = []
    if more or not line.startswith("spikesampler: "):
        return f"{len(answered.err)} lines, the first: {line}"
    if "Traceback" in line or "a fault of" in line or answered.left:
        return f"{line} {answered.left}"
    if not any(name in line or " ".join(name.split()) in line for name in names):
        return f"names none of {names}: {line}"
    return ""


# --- texts -----

NUMBERS = (
    *("0", "1", "2", "7", "-1", "1.5", "1e3", "1e308", "1e-308", "-1e308", "1e999", "nan", "-inf"),
    *("9" * 30, "9" * 5000, "0x10", "0b1", "1_000", "+5", " 5 ", "٣", "１２", "²", "½", "五"),
    *("1j", "1/0", "10**10**10", "().__class__", "5*ms", "5/ms", "5*parsec", "1*Hz**1000", "true"),
    *("(" * 2000, "0." + "0" * 400 + "1", "1e-400", "--", "1,2", "lin(1,2,3)", "log(0,1,3)"),
)
WORDS = (
    *("", " ", "-", "--help", "none", "weight", "prior", "all", "fast", "digits", "clusters:3"),
    *("clusters:", "clusters:٣", "clusters:" + "9" * 5000, "weight:noise_scale=0.1", "weight:"),
    *("none:replicate=1_0", "weight:noise_scale=nan", ":", "a=b=c", "=", "b=", "=1", "name=1"),
    *("self=1", "dt=1e-308", "sample_length=1e308", "K=1e300", "D=100000", "b=1000/s", "rho=µ"),
    *("lhs:5", "sobol:3", "lin(1,2)", "b=log(1e-300,1e300,5)", "b=lin(0,1e308,3)", "K=1,2,3"),
    *("\udcff", "a\udcffb.csv", "x" * 256, "x/" * 3000, "a\nb", "a\0b", "\u202e", "🧠", "é" * 200),
    *(".", "..", "/", "/dev/null", "/dev/full", "/proc/self/mem", "file", "file/x", "x.png"),
    *("x.html", "tcp://", "tcp://x:99999999", "http://127.0.0.1", "%s", "{0}", "$HOME", "~", "'\""),
)
TEXTS = st.one_of(st.sampled_from(NUMBERS), st.sampled_from(WORDS), st.text(max_size=12))


# --- options -----


def leaves(group=cli.commands, path=()):
    """(words, command) of every command of a group, those of `sweep` and `landscape` too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        words = path if name == "MODEL" else (*path, name)
        if isinstance(found, click.Group):
            yield from leaves(found, words)
        else:
            yield words, found


COMMANDS = sorted(leaves(), key=lambda leaf: leaf[0])


@st.composite
def command_lines(draw):
    """Words of a command line, and what its message may name: one hostile value or two."""
    words, found = draw(st.sampled_from(COMMANDS))
    line = list(words)
    names = ["No such", "unexpected", "requires an argument", "Missing", "nothing to sweep"]
    flags = [option for option in found.params if isinstance(option, click.Option)]
    for argument in found.params:
        if isinstance(argument, click.Argument):
            good = "fang_2018" if argument.name == "model" else "nowhere"
            value = draw(st.one_of(st.just(good), TEXTS))
            line.append(value if not value.startswith("-") else f"./{value}")
            names += [argument.name, *said(value), good]
    for option in draw(st.lists(st.sampled_from(flags), max_size=2)) if flags else ():
        line.append(option.opts[0])
        names += [option.opts[0].lstrip("-"), option.name.replace("_", "-"), option.name]
        if not option.is_flag:
            value = draw(TEXTS)
            line.append(value)
            names += said(value)
    return line, names


def said(value):
    """How a message may repeat a value: its beginning, as it is or escaped."""
    text = str(value).split("=")[0].split(":")[0].strip()[:12]
    escaped = text.encode("unicode_escape").decode()
    return [each for each in {text, escaped, repr(text)[1:-1]} if each.strip()] or ["''", "empty"]


# --- values of JSON, TOML and Python -----

LEAVES = st.one_of(
    st.sampled_from([None, True, False, 0, -1, 2**63, 10**400, 1.5, 1e308, float("nan"), "", "x"]),
    st.sampled_from(["\udcff", "a\nb", "9" * 5000, "../../etc/passwd", [], {}, [[]], {"": None}]),
    st.text(max_size=6),
)
VALUES = st.recursive(
    LEAVES,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=4), below),
    max_leaves=4,
)


def places(value, path=()):
    """Paths to everything inside a JSON value down to three names, itself first."""
    yield path
    if len(path) == 3:
        return
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, below in pairs:
            yield from places(below, (*path, key))


@st.composite
def changed(draw, value):
    """A JSON value with another value, or nothing, at one of its places."""
    path = draw(st.sampled_from(list(places(value))))
    new = draw(VALUES)
    if not path:
        return new
    result = copy.deepcopy(value)
    inside = result
    for key in path[:-1]:
        inside = inside[key]
    if draw(st.booleans()):
        inside[path[-1]] = new
    else:
        del inside[path[-1]]
    return result


def signed(manifest):
    """The bytes of a run's manifest with the checksum that fits them."""
    if not isinstance(manifest, dict):
        return json.dumps(manifest).encode()
    blank = "0" * 64
    data = json.dumps(manifest | {"checksum": blank}).encode()
    return data.replace(blank.encode(), hashlib.sha256(data).hexdigest().encode(), 1)


RAW = st.sampled_from(
    [
        *(b"", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b"null", b"[]", b"{}", b"5", b'"x"'),
        *(b'{"a": 1, "a": 2}', b'{"schema": NaN}', b"9" * 5000, b"<!DOCTYPE html>", b"\0" * 50),
        b'\xef\xbb\xbf{"schema": 1}',
    ]
)

# --- TOML -----


def toml_of(value):
    """A value as TOML writes it, or something that is nearly so."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(toml_of, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(key)} = {toml_of(x)}' for key, x in value.items())}}}"
    if isinstance(value, int) and abs(value) >= 10**300:
        return hex(value)
    return json.dumps(value) if isinstance(value, str) else str(value)


KEYS = sorted(
    {
        flag.lstrip("-")
        for words, found in COMMANDS
        if words == ("sweep",)
        for option in found.params
        for flag in option.opts
    }
)
ODD_TOML = (
    *("a = = 2", "[grid", "x", "a" + ".a" * 100_000 + " = 1", "[" + "a." * 50_000 + "a]"),
    *("grid.b.c.d = 1", "seeds = " + "[" * 50_000, "seeds = 2020-01-01", "set.dt = 07:32:00"),
    *("seeds = " + "9" * 5000, "x = '''", 'grid = {b = {c = {d = "e"}}}', "\ufeffseeds = 2"),
    *('"a"."b"."c"."d"."e" = 1', "a = 1\na = 2", "[set]\ndt = 1\n[set]", "#" * 1_100_000),
)


@st.composite
def toml_files(draw):
    """Bytes of a sweep file with one thing in it that may be wrong, and what is named."""
    kind = draw(st.sampled_from(("option", "table", "odd", "bytes", "good")))
    if kind == "good":
        values = draw(st.sampled_from(("[1e-5, 2e-5]", '"1e-5,1e-4"', '"log(1e-5,1e-3,3)"', "3")))
        return f'model = "fang_2018"\n[grid]\nb = {values}\n'.encode(), ["b="]
    if kind == "odd":
        return draw(st.sampled_from(ODD_TOML)).encode("utf-8"), [
            "sweep.toml",
            "seeds",
            "set",
            "dt",
            "no model",
        ]
    if kind == "bytes":
        return draw(st.one_of(RAW, st.binary(max_size=30))), ["sweep.toml", "no model"]
    value = draw(st.one_of(VALUES, TEXTS))
    text = 'model = "fang_2018"\n'
    if kind == "option":
        key = draw(st.sampled_from(KEYS))
        text = "" if key == "model" else text
        text += f"{key} = {toml_of(value)}\n[grid]\nb = [1e-5, 1e-4]\n"
        return text.encode("utf-8", "replace"), [
            "sweep.toml",
            key,
            key.replace("-", "_").rstrip("s"),
            *(["arms"] if key == "noise" else []),  # its other name
            *(map(repr, value) if isinstance(value, dict) else []),  # names of parameters
            *said(value),
        ]
    table = draw(st.sampled_from(("grid", "vary", "set")))
    name = draw(st.sampled_from(("b", "K", "dt", "retraction", "name", "no such")))
    text += f'[{table}]\n"{name}" = {toml_of(value)}\n'
    return text.encode("utf-8", "replace"), ["sweep.toml", name, table, "nothing to sweep"]


# --- model files -----

FIELDS = re.findall(r"^(\w+) = ", FANG, re.MULTILINE)
PARAMETERS = re.findall(r"^    (\w+)=(?:stated|from_code|our_choice)\(", FANG, re.MULTILINE)
OF_PARAMETERS = ("value", "unit", "meaning", "source", "low", "high", "open_low", "choices")
OBJECTS = (
    *("None", "[]", "{}", "{1: 2}", "True", "b'x'", "object()", "lambda: 1", "print", "...", "1j"),
    *("float('nan')", "float('inf')", "10**400", "'x' * 2_000_000", "'\\0'", "'\\ud800'", "()"),
    *("__import__('numpy').zeros(3)", "__import__('numpy').float64(2)", "int", "{'output': 5}"),
    *("type('Bad', (), {'__repr__': lambda s: 1 / 0, '__eq__': lambda s, o: 1 / 0})()",),
    *("type('Text', (str,), {'__eq__': lambda s, o: 1 / 0, '__hash__': None})('w')", "'5*ms'"),
    *("{'no such event': 'x'}", "{'teacher': 'theta += 1', 'output': None}", "'w'", "-1", "0.5"),
)
STATEMENTS = (
    *("raise SystemExit(0)", "raise SystemExit('x')", "import sys; sys.exit(3)", "1 / 0", "def ("),
    *("raise KeyboardInterrupt", "raise GeneratorExit", "class E(BaseException): pass\nraise E"),
    *(
        "class E(Exception):\n    def __str__(self): 1 / 0\nraise E",
        "import no_such_package",
        "(" * 500,
    ),
    *("def f(): f()\nf()", "from mine import x", "raise MemoryError", "title = 'é\0'", "del title"),
    *("del parameters['dt']", "parameters.clear()", "parameters['x y'] = 1", "network = 5"),
    *("network = 'u = 1'", "raise StopIteration", "raise UnicodeError", "import this_is_not_there"),
    *(
        "parameters['x'] = stated(1.0, 'furlong', 'a length')",
        "x" * 1_100_000,
        "assert False, '\\n'",
    ),
)


#: the texts that are changed: of models that use all of the language
ZOO = [
    path.read_text(encoding="utf-8")
    for path in (
        MODELS / "fang_2018.py",
        MODELS / "kappel_2015.py",
        MODELS / "nessler_2013.py",
        MODELS / "stdp_pairs.py",
        MODELS / "two_layer.py",
        *(path for path in sorted((MODELS / "examples").glob("[a-z]*.py"))),
    )
]
SIGNS = "()[]{}\"'=:+-*/,.#\\\n<>! 0e"


@st.composite
def mutated_models(draw):
    """The text of a model with a sign taken out, put in or changed, two names exchanged, or a line
    taken out, twice or elsewhere.
    """
    text = draw(st.sampled_from(ZOO))
    start = max(text.index("parameters = dict("), text.index("\ntitle"))  # the texts, not the prose
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(("cut", "insert", "replace", "names", "line", "twice")))
        at = draw(st.integers(start, len(text) - 1))
        if kind in ("cut", "replace"):
            put = draw(st.sampled_from(SIGNS)) if kind == "replace" else ""
            text = text[:at] + put + text[at + 1 :]
        elif kind == "insert":
            text = text[:at] + draw(st.sampled_from(SIGNS)) + text[at:]
        elif kind == "names":
            first, second = (
                draw(st.sampled_from(sorted({*re.findall(r"[A-Za-z_]\w*", text[start:])})))
                for _ in range(2)
            )
            where = [m.span() for m in re.finditer(rf"\b{first}\b", text) if m.start() >= start]
            begin, end = draw(st.sampled_from(where)) if where else (at, at)
            text = text[:begin] + second + text[end:]
        else:
            lines = text.splitlines(keepends=True)
            number = draw(st.integers(0, len(lines) - 1))
            lines[number : number + 1] = [lines[number]] * (2 if kind == "twice" else 0)
            text = "".join(lines)
        start = min(start, len(text) - 2)
    return text


@st.composite
def model_files(draw):
    """The text of a model file with one thing in it that may be wrong."""
    kind = draw(st.sampled_from(("field", "parameter", "argument", "statement", "cut", "bytes")))
    value = draw(st.one_of(st.sampled_from(OBJECTS), TEXTS.map(repr)))
    if kind == "bytes":
        return draw(st.one_of(RAW, st.binary(max_size=30)))
    if kind == "cut":
        first, length = draw(st.integers(0, len(FANG))), draw(st.integers(1, 40))
        return (FANG[:first] + FANG[first + length :]).encode()
    addition = draw(st.sampled_from(STATEMENTS))
    name = draw(st.sampled_from(PARAMETERS))
    if kind == "field":
        addition = f"{draw(st.sampled_from(FIELDS))} = {value}"
    elif kind == "parameter":
        addition = f"parameters[{name!r}] = {value}"
    elif kind == "argument":
        field = draw(st.sampled_from(OF_PARAMETERS))
        addition = (
            "import dataclasses\n"
            f"parameters[{name!r}] = dataclasses.replace(parameters[{name!r}], {field}={value})"
        )
    return f"{FANG}\n{addition}\n".encode("utf-8", "replace")


# --- JSON of folders -----

SWEEP = {
    "model": "fang_2018",
    "samples": 10,
    "test_samples": 5,
    "data": None,
    "record": "none",
    "probe_every": 100,
    "probe_samples": 5,
    "average": 20,
    "engine": "fast",
    "text_hash": "0" * 64,
    "axes": {"b": [1e-5, 1e-4]},
    "varied": {},
    "arms": ["weight"],
    "starts": ["prior"],
    "seeds": [1],
}
BEGUN = {"schema": 3, "status": "running", "files": {}}
LANDSCAPE = {"models": 4, "steps": 10, "optimizer": "momentum", "start": "glorot"}
FAILURE = {"b": 1, "folder": "a", "error": "b", "arm": "c", "start": "d", "seed": 1}
ADDRESS = {"type": "Scheduler", "address": "tcp://127.0.0.1:1", "workers": {}}
RUN = (
    ("raster", "run"),
    ("report", "run"),
    ("export", "run", "--to", "csv"),
    ("view", "run", "--no-browser"),
    ("saddle", "run", "--patterns", "5"),
    ("run", "fang_2018", "--out", "run", "--resume"),
    ("run", "fang_2018", "--start", "run", "--set", "I=200", "--set", "K=5", "--set", "D=2"),
)


@st.composite
def json_files(draw, manifest):
    """(file, its bytes, words of a command that reads it); manifest : of a finished run."""
    kind = draw(st.sampled_from(("run", "run", "sweep", "failures", "landscape", "dask")))
    values = {
        "run": manifest,
        "sweep": BEGUN | {"kind": "sweep", "settings": SWEEP},
        "failures": {"failures": [FAILURE]},
        "landscape": BEGUN | {"kind": "training", "settings": LANDSCAPE},
    }
    new = draw(changed(values.get(kind, ADDRESS)))
    plain = signed(new) if kind in values else json.dumps(new).encode()
    data = draw(st.one_of(st.just(plain), st.just(plain), RAW))
    match kind:
        case "run":
            return "run/manifest.json", data, draw(st.sampled_from(RUN))
        case "sweep":
            words = ("sweep", "fang_2018", "--grid", "b=1e-5,1e-4", "--out", "swept", "--resume")
            return "swept/manifest.json", data, words
        case "failures":
            return "swept/failures.json", data, ("report", "swept")
        case "landscape":
            words = draw(st.sampled_from((("neb", "nets"), ("train", "--out", "nets", "--resume"))))
            return "nets/manifest.json", data, ("landscape", *words)
    return "dask.json", data, ("compare", "fang_2018", "--dask", "dask.json")
