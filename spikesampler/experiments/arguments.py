"""An argument of an experiment, declared once: its name, default, check and meaning.

`accepts` gives a function its signature, its docstring and the checks of what it is given;
`spikesampler.cli.options` makes the command line's options. Which arguments a run, a comparison
and a sweep have is in `declared`. Nothing heavy is imported: `spikesampler --help` reads this.
"""

import inspect
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from spikesampler.checks import checked_path, real_number, whole_number
from spikesampler.errors import InputError, shown

__all__ = ["AnyPath", "Argument", "OptionalPath", "accepts", "listed"]

AnyPath = str | os.PathLike[str]
OptionalPath = AnyPath | None
Returned = TypeVar("Returned")

#: arguments of a single run, and what says the same of many
SINGLE = {
    "noise": "arms",
    "seed": "first_seed and seeds",
    "replicate": "an arm such as none:replicate=1",
    "on_probe": "it to run",
}


@dataclass(frozen=True)
class Argument:
    """One argument, and its option on the command line.

    least, most : bounds of a whole number. positive : whether a real number has to be. is_path :
    whether it is the path of a file or folder. choices : the words that it may be. item : what one
    of them is called, where it is a list. example : NAME=VALUE, where it is a dict of such; `once`
    refuses a name that is given twice. flags : of the option; by default made from the name.
    metavar : what `--help` writes for the value. as_type : where none of these, nor the default,
    say it. python_type, python_help : what a function says instead, where it takes other values
    than the command line does; the type without None, and of one where it is a list.
    """

    name: str
    default: Any
    help: str
    least: int | None = None
    most: int = 10**9
    positive: bool = False
    is_path: bool = False
    choices: tuple[str, ...] = ()
    item: str = ""
    example: str = ""
    once: bool = False
    flags: tuple[str, ...] | None = None
    metavar: str | None = None
    as_type: type | None = None
    python_type: Any = None
    python_help: str = ""

    @property
    def option(self) -> tuple[str, ...]:
        """Names of its option: () where the command line has none."""
        return (f"--{self.name.replace('_', '-')}",) if self.flags is None else self.flags

    @property
    def kind(self) -> type:
        """Type of the value, or of each of several."""
        if self.as_type is not None:
            return self.as_type
        if self.least is not None or self.positive:
            return float if self.positive else int
        return str if self.item or self.default is None else type(self.default)

    @property
    def annotation(self) -> Any:
        """Type of what `check` takes, for the signature of a function."""
        annotation = self.python_type or (dict[str, Any] if self.example else self.kind)
        if self.item:
            annotation = annotation | Sequence[annotation]  # type: ignore[valid-type]
        if self.default is not None:
            return annotation
        return f"{annotation} | None" if isinstance(annotation, str) else annotation | None

    def check(self, value: Any) -> Any:
        """The value as the function takes it; InputError where it does not fit."""
        if value is None and self.default is None:
            return None
        if self.item:
            return _listed(self.item, value)
        if self.is_path:
            return checked_path(self.name, value)
        if self.kind is bool and not isinstance(value, bool):
            raise InputError(f"{self.name}={shown(value)}: expected True or False")
        if self.least is not None:
            return whole_number(self.name, value, self.least, self.most)
        if self.positive:
            real_number(self.name, value)
        if self.choices and (not isinstance(value, str) or value not in self.choices):
            raise InputError(
                f"unknown {self.name} '{value}'; expected one of {', '.join(self.choices)}"
            )
        return value

    @property
    def line(self) -> str:
        """What a docstring says of it."""
        kind = re.sub(r"\w+\.|'", "", inspect.formatannotation(self.annotation))
        text = self.python_help or self.help
        return f"{self.name} : {kind}, by default {self.default!r}\n    {text}"


def listed(item: str, text: str) -> list[str]:
    """The texts of a list; commas within the brackets of an arm divide nothing."""
    if item != "arm":
        return [part.strip() for part in text.split(",") if part.strip()]
    from spikesampler.language.arm_option import split_arms

    return split_arms(text)


def _listed(item: str, given: Any) -> list[str]:
    """One or more different texts, or refused; one text is a list as the command line has it."""
    if isinstance(given, str):
        given = listed(item, given)
    if isinstance(given, os.PathLike):
        given = [given]
    if given is not None and not hasattr(given, "__iter__"):
        raise InputError(f"{item}s={shown(given)}: expected a list of texts")
    texts = list(given or ())
    if not all(isinstance(text, str | os.PathLike) for text in texts):
        raise InputError(f"{item}s={shown(given)}: expected a list of texts")
    texts = [os.fspath(text) for text in texts]
    if not texts:
        example = "none" if item == "arm" else "prior"
        raise InputError(f"{item}s: none given; expected at least one, such as {example}")
    for text in texts:
        if texts.count(text) > 1:
            same = f" ({text}:replicate=1 is the same with other random numbers)"
            raise InputError(
                f"{item} {text} is given twice; give each once{same if item == 'arm' else ''}"
            )
    return texts


def accepts(*arguments: Argument) -> Callable[[Callable[..., Returned]], Callable[..., Returned]]:
    """Give a function these arguments: in its signature, with their defaults, and all checked.

    The function takes them by keyword; parameters of its own, which come first, stay as they are.
    In its docstring, `{arguments}` becomes a list of them.
    """

    def declare(function: Callable[..., Returned]) -> Callable[..., Returned]:
        signature = _signature(function, arguments)

        @wraps(function)
        def checked(*positional: Any, **given: Any) -> Returned:
            for name, instead in SINGLE.items():
                if name in given and name not in signature.parameters:
                    value = shown(given[name])
                    raise InputError(f"{name}={value} is for a single run; give {instead}")
            try:
                bound = signature.bind(*positional, **given)
            except TypeError as error:
                raise TypeError(f"{function.__name__}() {error}") from None
            bound.apply_defaults()
            values = bound.arguments
            for argument in arguments:
                values[argument.name] = argument.check(values[argument.name])
            return function(**values)

        checked.__signature__ = signature  # type: ignore[attr-defined]
        lines = "\n".join(argument.line for argument in arguments)
        checked.__doc__ = inspect.cleandoc(function.__doc__ or "").replace("{arguments}", lines)
        return checked

    return declare


def _signature(function: Callable[..., Any], arguments: tuple[Argument, ...]) -> inspect.Signature:
    """The function's own parameters, then the declared ones; only `model` may come unnamed."""
    own = inspect.signature(function)
    names = {argument.name for argument in arguments}
    parameters = [
        parameter
        for parameter in own.parameters.values()
        if parameter.name not in names and parameter.kind != parameter.VAR_KEYWORD
    ]
    for argument in arguments:
        kind = "POSITIONAL_OR_KEYWORD" if argument.name == "model" else "KEYWORD_ONLY"
        typed = {"default": argument.default, "annotation": argument.annotation}
        parameters.append(
            inspect.Parameter(argument.name, getattr(inspect.Parameter, kind), **typed)
        )
    return own.replace(parameters=parameters)
