"""Options of the command line, made from the arguments that the functions behind it declare."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from spikesampler.checks import checked_path, number_in, whole_in, whole_number
from spikesampler.errors import InputError, shown
from spikesampler.experiments.arguments import Argument, listed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "PATH",
    "REAL",
    "WHOLE",
    "accept",
    "json_option",
    "parse_assignments",
    "save_picture",
    "warn",
]

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class _Number(click.ParamType):
    """A number as `spikesampler.checks` reads it: one rule for all that is typed."""

    def __init__(self, name: str, read: Callable[[str], float | None], said: str) -> None:
        self.name, self.read, self.said = name, read, said

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The number; a default is one already."""
        number = self.read(value) if isinstance(value, str) else value
        if number is None:
            self.fail(f"{shown(value)} is not a valid {self.said}. Use the digits 0-9.")
        return number


class _Path(click.ParamType):
    """A path that a disk could have; whether something is there is for the command to say."""

    name = "text"

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The path as it is."""
        return checked_path(param.opts[0] if param else "path", value)


WHOLE = _Number("integer", whole_in, "integer")
REAL = _Number("float", number_in, "number")
PATH = _Path()
_TYPES: dict[type, click.ParamType] = {int: WHOLE, float: REAL}


def accept(*arguments: Argument) -> Decorator:
    """Give a command the options of these arguments, in this order, under the arguments' names."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for argument in reversed(arguments):
            if argument.option:
                command = click.option(*argument.option, argument.name, **_form(argument))(command)
        return command

    return add


def _form(argument: Argument) -> dict[str, Any]:
    """How click reads and shows an argument."""
    form: dict[str, Any] = {"help": argument.help, "metavar": argument.metavar}
    if argument.kind is bool:
        return form | {"is_flag": True, "default": argument.default}
    if argument.example:
        return form | {"multiple": True, "callback": _assignments(argument)}
    default = argument.default
    if argument.item:
        form["help"] = f"{argument.help} Several by commas."
        form["callback"] = lambda context, option, text: (
            None if text is None else listed(argument.item, text)
        )
        default = ",".join(default) if isinstance(default, tuple) else default
    if argument.least is not None:
        form["callback"] = _bounded(argument)
    kind = PATH if argument.is_path else _TYPES.get(argument.kind, argument.kind)
    return form | {"type": kind, "default": default, "show_default": default is not None}


def _assignments(argument: Argument) -> Callable[..., dict[str, str]]:
    """Reads an option that is given as NAME=VALUE; it wins over what a file said
    (`cli.commands.sweep`).
    """

    def read(context: click.Context, option: click.Parameter, texts: Iterable[str]) -> dict:
        from_file = context.meta.get("tables", {}).get(argument.name, {})
        flag = argument.option[0]
        return from_file | parse_assignments(texts, flag, argument.example, argument.once)

    return read


def _bounded(argument: Argument) -> Callable[..., int | None]:
    """Refuses a whole number beyond the argument's bounds in the words of who typed it."""

    def read(context: click.Context, option: click.Parameter, value: int | None) -> int | None:
        least, most = cast(int, argument.least), argument.most
        return None if value is None else whole_number(option.opts[0], value, least, most)

    return read


def json_option(what: str) -> Decorator:
    """The option `--json`, which says what is printed so."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print {what}, on the last line.")


def save_picture(figure: "Figure", out: str | None, beside: Path) -> Path:
    """Write a figure where it was asked for, or else as PNG and PDF at the path `beside`."""
    from spikesampler.figures import save, save_both

    return save(figure, out) if out else save_both(figure, beside)


def warn(text: str | None) -> None:
    """Say on stderr what readers of results should know, if there is anything."""
    if text:
        click.echo(f"spikesampler: {text}", err=True)


def parse_assignments(
    assignments: Iterable[str],
    option: str = "--set",
    example: str = "rho=100*Hz",
    once: bool = False,
) -> dict[str, str]:
    """{"rho": "100*Hz"} from ("rho=100*Hz",); the values are parsed by the model, never evaluated.

    once : refuse a name that is given twice.
    """
    values: dict[str, str] = {}
    for assignment in assignments:
        name, sign, value = (part.strip() for part in assignment.partition("="))
        if not sign or not name or not value:
            raise InputError(
                f"{option} {assignment}: expected NAME=VALUE, such as {option} {example}"
            )
        if once and name in values:
            raise InputError(f"{option} {name} is given twice; give it once, with all its values")
        values[name] = value
    return values
