"""Arguments of experiments are declared once: Python and the command line say the same of them."""

import inspect

import pytest
import xarray

import spikesampler
from spikesampler.checks import whole_number
from spikesampler.cli import commands
from spikesampler.errors import InputError
from spikesampler.experiments.arguments import Argument, accepts
from spikesampler.experiments.compared import Compared
from spikesampler.experiments.registry import claims_of
from spikesampler.experiments.saddle import saddle_path

FUNCTIONS = {
    "run": spikesampler.run,
    "compare": spikesampler.compare,
    "sweep": spikesampler.sweep,
    "saddle": saddle_path,
}
NOT_IN_PYTHON = {"model", "folder", "as_json", "dry_run", "file", "out"}
NOT_ON_THE_COMMAND_LINE = {"model", "run", "progress", "executor", "replicate", "out"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_python_and_the_command_line_have_the_same_arguments(name):
    command = commands.commands[name]
    command = getattr(command, "commands", {"MODEL": command})["MODEL"]
    given = command.make_context(name, ["fang_2018"]).params
    parameters = inspect.signature(FUNCTIONS[name]).parameters
    assert set(given) - NOT_IN_PYTHON == set(parameters) - NOT_ON_THE_COMMAND_LINE
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


def test_what_nobody_declared_is_refused_as_python_refuses_it():
    with pytest.raises(TypeError, match="unexpected keyword argument 'sampels'"):
        spikesampler.run(sampels=10)
    with pytest.raises(TypeError, match="too many positional arguments"):
        spikesampler.run("fang_2018", "weight")


@pytest.mark.parametrize("name", ["compare", "sweep"])
@pytest.mark.parametrize(
    ("argument", "remedy"), [("noise", "arms"), ("seed", "first_seed"), ("replicate", "an arm")]
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
        ({"words": []}, "no word given"),
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


@pytest.mark.parametrize("model", ["gamst_walker_2017", "no_such_study", "../claims", "os.path"])
def test_a_model_without_a_study_of_claims_has_none(model):
    comparison = Compared()
    comparison.dataset = xarray.Dataset(attrs={"model": model})
    assert claims_of(comparison) == []
