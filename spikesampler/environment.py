"""Variables of the environment; one that is empty is one that is not set."""

import os
import tempfile
from pathlib import Path

from spikesampler.errors import InputError

__all__ = ["folder_in", "home", "temporary_folder", "variable"]


def variable(name: str) -> str | None:
    """The value of a variable; None where it is not set, empty or blank."""
    value = os.environ.get(name)
    return value if value and value.strip() else None


def folder_in(name: str) -> Path | None:
    """The folder that a variable names, absolute, with ~ as a shell reads it; None where not set.

    Raises InputError where ~ stands for somebody who has no home.
    """
    value = variable(name)
    if value is None:
        return None
    if value == "~" or value.startswith("~/"):
        return home() / value[2:].lstrip("/")
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError:
        raise InputError(f"{name}={value}: no such user; set it to a folder") from None


def home() -> Path:
    """The user's home: HOME, or what the system knows where that is not set or not absolute.

    Raises InputError where there is none.
    """
    value = variable("HOME")
    if value is not None and os.path.isabs(value):
        return Path(value)
    import pwd  # absent on Windows

    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        raise InputError(
            "HOME is not set, and this system knows no home of yours; set HOME, or"
            " SPIKESAMPLER_CACHE to a folder for compiled networks"
        ) from None


def temporary_folder() -> str:
    """Where files go that live as long as their process: TMPDIR, or the system's.

    Raises InputError where none can be written.
    """
    try:
        return tempfile.gettempdir()
    except FileNotFoundError:
        raise InputError(
            "no folder for temporary files can be written (/tmp, /var/tmp; is their disk full?);"
            " set TMPDIR to a folder on another disk"
        ) from None
