"""A model file: read, executed, and what it assigns checked for kind before anything uses it.

It is Python that the user chose to run; what it leaves behind may be anything, so only plain texts,
numbers and `Parameter`s are taken out of it, and everything else is refused by name.
"""

import re
import signal
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from spikesampler.checks import read_text
from spikesampler.errors import InputError, Interrupted, name_of, one_line, shown
from spikesampler.language.noise_arms import ARMS
from spikesampler.language.parameter import Parameter

__all__ = ["FIELDS", "execute"]

#: what a model file assigns, name -> type; `resets` may be absent
_OF_SPIKES: dict[str, type] = {
    "title": str,
    "citation": str,
    "noise": str,
    "inputs": str,
    "outputs": str,
    "synapses": str,
    "drift": str,
    "parameters": dict,
    "learning": dict,
    "resets": dict,
}
#: what a model file without spikes assigns; the others are then empty
_OF_NETWORK: dict[str, type] = {
    "title": str,
    "citation": str,
    "parameters": dict,
    "network": str,
}
FIELDS = _OF_SPIKES | _OF_NETWORK  #: all of them
#: the events whose rules the engine knows
_EVENTS = {"learning": ("teacher", "output"), "resets": ("output",)}
_LONGEST = 1 << 20  #: characters of one of its texts


def execute(path: Path, examples: Path) -> tuple[str, dict[str, Any]]:
    """Text of a model file and what it assigns: all of its fields, each of its kind.

    examples : folder of models to compare it with. Raises InputError, which names the file and the
    field or the line, for whatever else the file does or assigns.
    """
    text = read_text(path, "model file")
    scope: dict[str, Any] = {"__name__": f"spikesampler.models.{path.stem}", "__file__": str(path)}
    try:
        with redirect_stdout(sys.stdout), redirect_stderr(sys.stderr):  # whatever it makes of them
            exec(compile(text, str(path), "exec"), scope)  # code that the user chose to run
    except BaseException as error:
        if _is_users(error):
            raise
        if type(error) is InputError:
            raise InputError(f"model file {path}: {_text_of(error)}") from None
        raise InputError(
            f"model file {path} cannot be executed: {name_of(type(error))}: {_text_of(error)};"
            " repair it"
        ) from None
    scope = {"resets": {}} | {name: value for name, value in scope.items() if type(name) is str}
    try:
        _check(scope, examples)
    except InputError as error:
        raise InputError(f"model file {path}: {error}") from None
    return text, scope


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


def _check(scope: dict[str, Any], examples: Path) -> None:
    """InputError unless a file assigned what a model has, of these very types."""
    spiking = "network" not in scope
    wanted = _OF_SPIKES if spiking else _OF_NETWORK
    example = examples / ("fang_2018.py" if spiking else "gamst_walker_2017.py")
    if missing := [name for name in wanted if name not in scope]:
        raise InputError(f"it lacks {', '.join(missing)}; compare it with {example}")
    for name, kind in wanted.items():
        value = scope[name]
        if type(value) is not kind:
            raise InputError(
                f"{name} is {name_of(type(value))}, not {kind.__name__}; compare it with {example}"
            )
        if isinstance(value, str):
            _check_text(name, value)
    for name, parameter in scope["parameters"].items():
        if type(name) is not str or not name.isidentifier():
            raise InputError(f"the parameter {_short(name)} has no name as Python's names are")
        if type(parameter) is not Parameter:
            raise InputError(
                f"parameter {name} is {_short(parameter)}; write it as {name}=stated(…)"
            )
        parameter.check_fields(name)
        for field in ("meaning", "source"):
            _check_text(f"{field} of parameter {name}", getattr(parameter, field))
    if spiking:
        _check_rules(scope)


def _check_rules(scope: Mapping[str, Any]) -> None:
    """Refuse rules for events that nothing raises, and what is not written as the engine reads."""
    if scope["noise"] not in ARMS:
        raise InputError(f"unknown noise arm '{scope['noise']}'; expected one of {', '.join(ARMS)}")
    if not re.match(r"\s*w\s*=\s*\S", scope["synapses"]):
        raise InputError(f"synapses = {_short(scope['synapses'])}: expected w = …, from theta")
    for field, events in _EVENTS.items():
        for event, rule in scope[field].items():
            if type(event) is not str or event not in events:
                raise InputError(
                    f"{field} has a rule for {_short(event)}; expected {' or '.join(events)}"
                )
            if type(rule) is not str:
                raise InputError(f"{field}: the rule of {event} is {_short(rule)}, not a text")
            _check_text(f"the rule of {event}", rule)


def _check_text(name: str, text: str) -> None:
    """Refuse what no manifest, page or compiler could hold."""
    if len(text) > _LONGEST:
        raise InputError(f"{name} has {len(text):,} characters; expected {_LONGEST:,} at most")
    for character in text:
        if not character.isprintable() and character not in "\n\t ":
            code = f"U+{ord(character):04X}"
            raise InputError(f"{name} holds the character {code}, which is no text; leave it out")


def _short(value: Any) -> str:
    """A plain value as a message repeats it; of anything else the type."""
    plain = type(value) in (str, int, float, bool, type(None))
    return shown(value) if plain else f"a {name_of(type(value))}"
