"""A model file: its fields, and how it is read and executed.

It is Python that the user chose to run; what it leaves behind may be anything, and `checker` looks
at it before anything uses it.
"""

import keyword
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import TracebackType
from typing import Any

from spikesampler.checks import read_text
from spikesampler.errors import InputError, Interrupted, name_of, one_line
from spikesampler.language.complaints import Complaint, ModelError
from spikesampler.language.rule import DEFAULT_FIRING, DEFAULT_TEACHER, DEFAULT_WEIGHT

__all__ = ["DEFAULTS", "OF_NETWORK", "OF_SPIKES", "WHEN", "execute"]

#: what a model file with spikes assigns: name -> the types that it may have
OF_SPIKES: dict[str, tuple[type, ...]] = {
    "title": (str,),
    "citation": (str,),
    "noise": (str,),
    "parameters": (dict,),
    "inputs": (str,),
    "outputs": (str,),
    "synapses": (str,),
    "signals": (str,),
    "drift": (str, dict),
    "noises": (dict,),
    "bounds": (tuple, list),
    "starts": (dict,),
    "initial": (dict,),
    "learning": (dict,),
    "events": (dict,),
    "resets": (dict,),
    "firing": (str,),
    "teacher": (str,),
    "weight": (str,),
    "layers": (dict,),
}
#: what one without spikes assigns; the others are then empty
OF_NETWORK: dict[str, tuple[type, ...]] = {
    "title": (str,),
    "citation": (str,),
    "parameters": (dict,),
    "network": (str,),
}
#: what may be left out, and what it then is; a model without spikes has all of them so
DEFAULTS: dict[str, Any] = {
    "noise": "none",
    "layers": {},
    "signals": "",
    "drift": "",
    "noises": {},
    "bounds": ("", ""),
    "initial": {},
    "learning": {},
    "events": {},
    "resets": {},
    "firing": DEFAULT_FIRING,
    "teacher": DEFAULT_TEACHER,
    "weight": DEFAULT_WEIGHT,
}
#: what raises rules besides own events
WHEN = {
    "learning": ("input", "output", "teacher", "sample", "step"),
    "resets": ("input", "output", "sample"),
}


_OF_SYNTAX = (SyntaxError, IndentationError, TabError)


def execute(path: Path) -> tuple[str, dict[str, Any]]:
    """Text of a model file and what it assigns, by name; `checker.check_scope` looks at it.

    Raises ModelError, with the line, where the file cannot be executed; InputError where it cannot
    be read.
    """
    text = read_text(path, "model file")
    scope: dict[str, Any] = {"__name__": f"spikesampler.models.{path.stem}", "__file__": str(path)}
    try:
        with redirect_stdout(sys.stdout), redirect_stderr(sys.stderr):  # whatever it makes of them
            exec(compile(text, str(path), "exec"), scope)  # code that the user chose to run
    except BaseException as error:
        if _is_users(error):
            raise
        said = _text_of(error)
        if type(error) is not InputError:
            said = f"cannot be executed: {name_of(type(error))}: {said}; repair it"
        line = _line_of(error, str(path))
        if type(error) in _OF_SYNTAX and (word := _taken(text, line)):
            said += f": {word} is a word of Python, take another name"
        complaint = Complaint(str(path), line, said)
        raise ModelError(str(path), [complaint]) from None
    return text, {name: value for name, value in scope.items() if type(name) is str}


def _taken(text: str, line: int) -> str:
    """A word of Python that is given a value in a line of a text, as names are; "" for none."""
    given = re.findall(r"\b([A-Za-z]+)\s*=(?!=)", "".join(text.splitlines()[line - 1 : line]))
    return next((word for word in given if keyword.iskeyword(word)), "")


def _line_of(error: BaseException, file: str) -> int:
    """Line of a model file where it ended; 1 where none is known."""
    if isinstance(error, SyntaxError) and type(error) in _OF_SYNTAX:
        return error.lineno or 1
    lines = [step.tb_lineno for step in _steps() if step.tb_frame.f_code.co_filename == file]
    return lines[-1] if lines else 1


def _steps() -> Iterator[TracebackType]:
    """The traceback of what is being handled; the exception, of the file's making, is not asked."""
    step = sys.exc_info()[2]
    while step is not None:
        yield step
        step = step.tb_next


def _is_users(error: BaseException) -> bool:
    """Whether it is a stop by the user: Ctrl-C raises KeyboardInterrupt outside commands alone."""
    ctrl_c_raises = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return type(error) is Interrupted or (type(error) is KeyboardInterrupt and ctrl_c_raises)


def _text_of(error: BaseException) -> str:
    """What an exception says, in one line: the file's own classes may raise here, or give a str of
    their own.
    """
    try:
        return one_line(str.__str__(str(error))) or "without a text"
    except BaseException as another:
        if _is_users(another):
            raise
        return "without a text"
