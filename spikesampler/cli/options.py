"""Options of the command line, made from the arguments that the functions behind it declare."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spikesampler.errors import InputError
from spikesampler.experiments.arguments import Argument

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["accept", "by_commas", "json_option", "parse_assignments", "save_picture"]

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


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
        form["callback"] = lambda context, option, text: None if text is None else by_commas(text)
        default = ",".join(default) if isinstance(default, tuple) else default
    return form | {"type": argument.kind, "default": default, "show_default": default is not None}


def _assignments(argument: Argument) -> Callable[..., dict[str, str]]:
    """Reads an option that is given as NAME=VALUE; it wins over what a file said
    (`cli.commands.sweep`).
    """

    def read(context: click.Context, option: click.Parameter, texts: Iterable[str]) -> dict:
        from_file = context.meta.get("tables", {}).get(argument.name, {})
        flag = argument.option[0]
        return from_file | parse_assignments(texts, flag, argument.example, argument.once)

    return read


def json_option(what: str) -> Decorator:
    """The option `--json`, which says what is printed so."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print {what}, on the last line.")


def save_picture(figure: "Figure", out: str | None, beside: Path) -> Path:
    """Write a figure where it was asked for, or else as PNG and PDF at the path `beside`."""
    from spikesampler.figures import save, save_both

    return save(figure, out) if out else save_both(figure, beside)


def by_commas(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


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
