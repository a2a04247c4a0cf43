"""A model file: read, executed, and what it assigns checked for kind before anything uses it.

It is Python that the user chose to run; what it leaves behind may be anything, so only plain texts,
numbers and `Parameter`s are taken out of it, and everything else is refused by name.
"""

import ast
import signal
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from spikesampler.checks import read_text
from spikesampler.errors import InputError, Interrupted, name_of, one_line, shown
from spikesampler.language.noise_arms import ARMS
from spikesampler.language.parameter import Parameter
from spikesampler.language.rule import DEFAULT_FIRING, DEFAULT_TEACHER, DEFAULT_WEIGHT

__all__ = ["DEFAULTS", "OF_NETWORK", "OF_SPIKES", "WHEN", "assigned_names", "execute"]

_NUMBER = (int, float)
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
    scope = {name: value for name, value in scope.items() if type(name) is str}
    if "network" not in scope:
        scope = DEFAULTS | scope
    try:
        _check(scope, text, examples)
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


def _check(scope: dict[str, Any], text: str, examples: Path) -> None:
    """InputError unless a file assigned what a model has, of these very types, and no more."""
    spiking = "network" not in scope
    wanted = OF_SPIKES if spiking else OF_NETWORK
    example = examples / ("fang_2018.py" if spiking else "gamst_walker_2017.py")
    _refuse_others(text, wanted)
    if missing := [name for name in wanted if name not in scope]:
        raise InputError(f"it lacks {', '.join(missing)}; compare it with {example}")
    for name, kinds in wanted.items():
        value = scope[name]
        if type(value) not in kinds:
            expected = " or ".join(kind.__name__ for kind in kinds)
            raise InputError(
                f"{name} is {name_of(type(value))}, not {expected}; compare it with {example}"
            )
        if name != "parameters":
            _check_texts(name, value)
    _check_parameters(scope["parameters"])
    if spiking:
        _check_rules(scope)


def _refuse_others(text: str, wanted: Mapping[str, Any]) -> None:
    """Refuse what a file assigns beyond the fields of a model: it would be ignored."""
    others = []
    for name, line in assigned_names(text).items():
        if name not in wanted and not name.startswith("_"):
            near = get_close_matches(name, wanted, n=1)
            others.append(f"{name} in line {line}{f' (is {near[0]} meant?)' if near else ''}")
    if others:
        raise InputError(
            f"it assigns {', '.join(others)}; expected fields of a model ({', '.join(wanted)}), or"
            " helpers, whose names begin with _"
        )


def assigned_names(text: str) -> dict[str, int]:
    """{name: line} of what a file's text assigns on its outermost level; not what it imports, nor
    functions and classes.
    """
    names: dict[str, int] = {}
    nodes: list[ast.AST] = [ast.parse(text)]
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.setdefault(node.id, node.lineno)
        inner = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
        if not isinstance(node, inner | ast.comprehension):
            nodes.extend(ast.iter_child_nodes(node))
    return names


def _check_parameters(parameters: Mapping[Any, Any]) -> None:
    """InputError unless all of them are Parameters under a name, with plain fields."""
    for name, parameter in parameters.items():
        if type(name) is not str or not name.isidentifier():
            raise InputError(f"the parameter {_short(name)} has no name as Python's names are")
        if type(parameter) is not Parameter:
            raise InputError(
                f"parameter {name} is {_short(parameter)}; write it as {name}=stated(…)"
            )
        parameter.check_fields(name)
        for field in ("meaning", "source"):
            _check_text(f"{field} of parameter {name}", getattr(parameter, field))


def _check_rules(scope: Mapping[str, Any]) -> None:
    """Refuse rules for events that nothing raises, and what no rule can be made of."""
    if scope["noise"] not in (arms := [*ARMS, *scope["noises"]]):
        raise InputError(f"unknown noise arm '{scope['noise']}'; expected one of {', '.join(arms)}")
    if len(scope["bounds"]) != 2:
        raise InputError(
            f"bounds are {len(scope['bounds'])} values; expected two, low and high, such as"
            ' ("theta_min", "theta_max"), or "" for none'
        )
    if not scope["starts"]:
        raise InputError('starts is empty; expected one start at least, such as {"prior": "mu"}')
    for field, events in WHEN.items():
        known = (*events, *scope["events"])
        for event in scope[field]:
            if event not in known:
                near = get_close_matches(event, known, n=1)
                meant = f" (is {near[0]} meant?)" if near else ""
                raise InputError(
                    f"{field} has a rule for {_short(event)}{meant}; expected"
                    f" {', '.join(known[:-1])} or {known[-1]}"
                )
    for event in scope["events"]:
        if not event.isidentifier() or event in WHEN["learning"]:
            raise InputError(
                f"events has {_short(event)}; expected a name of its own, other than"
                f" {', '.join(WHEN['learning'])}"
            )


def _check_texts(name: str, value: Any) -> None:
    """Refuse what is no text, number or, within dicts, a dict of them."""
    if type(value) is dict:
        for key, inner in value.items():
            if type(key) is not str:
                raise InputError(f"{name} has {_short(key)}; expected names")
            _check_text(name, key)
            _check_texts(f"{name}['{key}']", inner)
    elif type(value) in (tuple, list):
        for inner in value:
            if inner is not None:
                _check_texts(name, inner)
    elif type(value) is str:
        _check_text(name, value)
    elif type(value) not in _NUMBER:
        raise InputError(f"{name} is {_short(value)}, not a text")


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
