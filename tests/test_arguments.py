"""Arguments of experiments are declared once: Python and the command line say the same of them."""

import inspect
import os
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import get_args, get_origin

import numpy as np
import pytest
import xarray

import spikesampler
from spikesampler import Comparison, Sweep, studies
from spikesampler.checks import checked_path, finite_number, real_number, whole_number
from spikesampler.cli import commands
from spikesampler.errors import InputError
from spikesampler.experiments.arguments import Argument, accepts
from spikesampler.experiments.compared import Compared
from spikesampler.experiments.registry import claims_of
from spikesampler.experiments.saddle import saddle_path
from spikesampler.language.model import Model
from spikesampler.stimuli import GaussianClusters

FUNCTIONS = {
    "run": spikesampler.run,
    "compare": spikesampler.compare,
    "sweep": spikesampler.sweep,
    "saddle": saddle_path,
}
NOT_IN_PYTHON = {"model", "folder", "as_json", "dry_run", "file", "out"}
NOT_ON_THE_COMMAND_LINE = {"model", "run", "progress", "executor", "replicate", "out", "on_probe"}
#: arrays are given to Python alone, and `saddle RUN` takes data from where the run had them
ONLY_IN_PYTHON = {"saddle": {"data"}}


def test_the_package_lists_its_public_names():
    assert set(spikesampler.__all__) <= set(dir(spikesampler))


def test_a_text_is_a_list_as_on_the_command_line():
    arms = Argument("arms", None, "", item="arm")
    assert arms.check("none, mine=2*b*clip(w, 0, 1)") == ["none", "mine=2*b*clip(w, 0, 1)"]
    starts = Argument("start", None, "", item="start")
    assert starts.check("prior,plateau") == ["prior", "plateau"]
    assert starts.check(Path("a,b")) == ["a,b"]
    with pytest.raises(InputError, match="arm none is given twice"):
        arms.check("none,none")


def test_what_was_opened_is_found_from_any_folder(tmp_path, monkeypatch):
    made = xarray.Dataset({"test_accuracy": (("arm", "seed"), [[0.5]])}, {"arm": ["none"]})
    monkeypatch.chdir(tmp_path)
    opened = [Comparison("c", made), Sweep("s", made.assign(finished=("seed", [1])), [])]
    monkeypatch.chdir("/")
    assert [each.path for each in opened] == [tmp_path / "c", tmp_path / "s"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_python_and_the_command_line_have_the_same_arguments(name):
    command = commands.commands[name]
    command = getattr(command, "commands", {"MODEL": command})["MODEL"]
    given = command.make_context(name, ["fang_2018"]).params
    parameters = inspect.signature(FUNCTIONS[name]).parameters
    only = NOT_ON_THE_COMMAND_LINE | ONLY_IN_PYTHON.get(name, set())
    assert set(given) - NOT_IN_PYTHON == set(parameters) - only
    for argument in set(given) - NOT_IN_PYTHON:
        value, default = given[argument], parameters[argument].default
        if isinstance(value, list):
            value = value[0] if isinstance(default, str) else tuple(value)
        assert value == default or (value == {} and default is None), argument


@pytest.mark.parametrize("name", FUNCTIONS)
def test_docstrings_list_every_parameter(name):
    lines = inspect.getdoc(FUNCTIONS[name]).splitlines()
    for parameter in inspect.signature(FUNCTIONS[name]).parameters:
        assert any(line.startswith(f"{parameter} : ") for line in lines), parameter
    assert not any("{arguments}" in line for line in lines)


def fits(value, annotation):
    """Whether a value is of an annotated type: a union, `list[str]` and the like, or a class."""
    if isinstance(annotation, str):  # classes that are not imported for an annotation
        annotation = eval(annotation, {"os": os, "Model": Model, "Source": GaussianClusters})
    if isinstance(annotation, UnionType):
        return any(fits(value, part) for part in get_args(annotation))
    origin, parts = get_origin(annotation) or annotation, get_args(annotation)
    if origin is Sequence:
        return isinstance(value, Sequence) and all(fits(part, parts[0]) for part in value)
    return isinstance(value, origin)


@pytest.mark.parametrize("name", ["run", "compare", "sweep"])
def test_signatures_say_what_every_parameter_is(name):
    for parameter in inspect.signature(FUNCTIONS[name]).parameters.values():
        assert parameter.annotation is not parameter.empty, parameter
        assert parameter.default is not parameter.empty, parameter
        assert fits(parameter.default, parameter.annotation), parameter
        assert not fits(object(), parameter.annotation), parameter


@pytest.mark.parametrize(
    ("name", "parameter", "values", "wrong"),
    [
        ("run", "model", ["kappel_2015", Path("model.py")], [None, 1]),
        ("run", "noise", ["weight", None], [1]),
        ("run", "samples", [10, None], ["10"]),
        ("run", "set", [{"rho": "100*Hz"}, None], ["rho=100*Hz"]),
        ("run", "out", ["folder", Path("folder"), None], [1]),
        ("run", "progress", [print, None], ["bar"]),
        ("compare", "arms", ["none", ["none", "weight"]], [None, [1]]),
        ("compare", "start", [Path("run"), ["prior", Path("run")], None], [[1], 1]),
        ("sweep", "arms", ["none", ["none", "weight"], None], [[1]]),
        ("sweep", "grid", [{"b": [1e-5, 1e-4]}, None], ["b=1e-5,1e-4"]),
        ("sweep", "executor", [ThreadPoolExecutor(1), None], [Executor]),
    ],
)
def test_annotations_allow_what_the_functions_take(name, parameter, values, wrong):
    annotation = inspect.signature(FUNCTIONS[name]).parameters[parameter].annotation
    assert all(fits(value, annotation) for value in values)
    assert not any(fits(value, annotation) for value in wrong)


def test_docstrings_speak_of_python_where_the_command_line_differs():
    text = inspect.getdoc(spikesampler.sweep)
    assert "grid : dict[str, Any] | None, by default None" in text
    assert "{'b': [1e-5, 1e-4]}" in text
    assert "{'rho': '100*Hz'}" in text
    assert "executor : Executor | None, by default None" in text
    assert "progress : Callable[[int, int, str], object] | None, by default None" in text
    assert "arms : str | Sequence[str], by default" in inspect.getdoc(spikesampler.compare)
    for name in ("run", "compare", "sweep"):
        for command_line in ("By commas", "by commas", "b=1e-5", "b=log", "rho=100"):
            assert command_line not in inspect.getdoc(FUNCTIONS[name])


def test_what_nobody_declared_is_refused_as_python_refuses_it():
    with pytest.raises(TypeError, match=r"^run\(\) got an unexpected keyword argument 'sampels'"):
        spikesampler.run(sampels=10)
    with pytest.raises(TypeError, match=r"^run\(\) too many positional arguments"):
        spikesampler.run("fang_2018", "weight")


@pytest.mark.parametrize("name", ["compare", "sweep"])
@pytest.mark.parametrize(
    ("argument", "remedy"),
    [("noise", "arms"), ("seed", "first_seed"), ("replicate", "an arm"), ("on_probe", "it to run")],
)
def test_what_is_said_of_one_run_is_refused_for_many(name, argument, remedy):
    message = f"{argument}=1 is for a single run; give {remedy}"
    with pytest.raises(InputError, match=message):
        FUNCTIONS[name](**{argument: 1})


def test_defaults_are_filled_in_and_everything_is_checked():
    @accepts(
        Argument("number", 3, "How many.", least=2, most=5),
        Argument("words", ("a", "b"), "Some.", item="word"),
        Argument("colour", "red", "Which.", choices=("red", "blue")),
        Argument("share", None, "How much.", positive=True),
    )
    def paint(name, *, number, words, colour, share):
        """Paint.

        {arguments}
        """
        return name, number, words, colour, share

    assert paint("x") == ("x", 3, ["a", "b"], "red", None)
    assert paint(name="x", number=5, words="c", share=2) == ("x", 5, ["c"], "red", 2.0)
    for wrong, message in (
        ({"number": 6}, "number=6: expected a whole number from 2 to 5"),
        ({"number": None}, "number=None: expected a whole number"),
        ({"words": ["c", "c"]}, "word c is given twice"),
        ({"words": []}, "words: none given"),
        ({"words": 3}, "words=3: expected a list of texts"),
        ({"colour": "green"}, "unknown colour 'green'; expected one of red, blue"),
        ({"share": 0}, "share=0: expected a positive number"),
    ):
        with pytest.raises(InputError, match=message):
            paint("x", **wrong)


@pytest.mark.parametrize("value", [True, 1.0, "1", None, 0, -3, 10])
def test_whole_numbers_within_bounds_are_told_from_all_else(value):
    assert whole_number("n", 9, 1, 9) == 9
    with pytest.raises(InputError, match=rf"^n={value!r}: expected a whole number from 1 to 9$"):
        whole_number("n", value, 1, 9)
    if value != 10:
        with pytest.raises(InputError, match=rf"^n={value!r}: expected a whole number, 1 or more;"):
            whole_number("n", value, 1)


@pytest.mark.parametrize("value", [True, np.True_, "1", b"1", None, np.inf, np.nan, 10**400, []])
def test_a_real_number_is_told_from_all_else(value):
    assert (real_number("x", 1), finite_number("x", -2)) == (1.0, -2.0)
    for check in (real_number, finite_number):
        with pytest.raises(InputError, match=r"^x=.*: expected a (positive|finite) number; give"):
            check("x", value)


def test_a_name_has_as_many_bytes_as_a_disk_takes_and_no_more():
    for name in ("é" * 127 + "y", "/".join(["y" * 255] * 15)):
        assert checked_path("--out", name) == name
    for name in ("é" * 128, "y" * 256, "a/" + "y" * 256):
        with pytest.raises(InputError, match=r"a name of 256 bytes in .*; expected at most 255"):
            checked_path("--out", name)


STUDIES = Path(studies.__file__).parent


@pytest.mark.parametrize(
    "file", sorted(STUDIES.glob("*/claims.py")), ids=lambda file: file.parent.name
)
def test_what_a_study_calls_claims_of_takes_a_comparison(file):
    claims = import_module(f"spikesampler.studies.{file.parent.name}.claims")
    if hasattr(claims, "claims_of"):
        (parameter,) = inspect.signature(claims.claims_of).parameters.values()
        assert parameter.annotation is Compared


@pytest.mark.parametrize(
    "model",
    [
        *sorted({file.parent.name for file in STUDIES.glob("*/__init__.py")} - {"fang_2018"}),
        "no_such_study",
        "../claims",
        "os.path",
    ],
)
def test_a_model_without_a_study_of_claims_has_none(model):
    comparison = Compared()
    comparison.dataset = xarray.Dataset(attrs={"model": model})
    assert claims_of(comparison) == []


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        ("run", "test_samples", 0),
        ("run", "probe_every", 2.5),
        ("compare", "first_seed", -1),
        ("sweep", "max_points", 0),
    ],
)
def test_a_number_out_of_bounds_is_named_as_python_names_it(name, argument, value):
    with pytest.raises(InputError, match=f"^{argument}={value}: expected a whole number from"):
        FUNCTIONS[name]("fang_2018", **{argument: value})
