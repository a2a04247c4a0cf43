"""Packages that only some commands need: imported at that moment, and named with their extra."""

from importlib import import_module
from typing import Any

from spikesampler.errors import InputError

__all__ = ["require"]


def require(what: str, extra: str, *names: str) -> Any:
    """Import these modules and give them, one or a list; InputError where one is missing.

    what : who asks, the first word of the message. extra : to install, as in `pip install
    'spikesampler[extra]'`.
    """
    try:
        modules = [import_module(name) for name in names]
    except ImportError as error:
        raise InputError(
            f"{what} needs {error.name or names[0]} ({error}); install it with: pip install"
            f" 'spikesampler[{extra}]'"
        ) from None
    except ValueError as error:  # of an environment variable that the package reads
        raise InputError(
            f"{what} cannot use {names[0]} ({error}); mend the environment variables that it reads"
        ) from None
    return modules if len(modules) > 1 else modules[0]
