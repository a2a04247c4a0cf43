"""A file for each group of commands, with COMMANDS, a tuple of them."""

from importlib import import_module
from pkgutil import iter_modules

import click

__all__ = ["all_commands"]


def all_commands() -> list[click.Command]:
    """The commands of every file here."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return [command for module in modules for command in module.COMMANDS]
