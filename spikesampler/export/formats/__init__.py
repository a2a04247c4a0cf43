"""A file for each format: what `--to` calls it is the file's name.

A format has ENDING (of the name that a run's export gets by default), check_packages() and
write(result, path), which writes a file or a folder, whole or not at all.
"""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from spikesampler.errors import InputError

__all__ = ["FORMATS", "format_named"]

FORMATS = tuple(module.name for module in iter_modules(__path__))


def format_named(name: str) -> ModuleType:
    """The module of a format; InputError for an unknown one."""
    if name not in FORMATS:
        raise InputError(f"--to {name}: unknown format, expected one of {', '.join(FORMATS)}")
    return import_module(f"{__name__}.{name}")
