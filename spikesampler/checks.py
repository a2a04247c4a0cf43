"""Checks of what callers give: numbers, also as text, names of files, files of text.

One rule for a number that is typed, wherever it stands: the digits 0 to 9, a sign perhaps, blanks
around it; no underscores and no digits of other scripts, which Python's int and float would take.
Imports nothing heavy: the command line reads this.
"""

import math
import operator
import os
import re
from pathlib import Path
from typing import SupportsIndex, cast

from spikesampler.errors import InputError, shown

__all__ = [
    "checked_path",
    "finite_number",
    "number_in",
    "read_text",
    "real_number",
    "whole_in",
    "whole_number",
]

_WHOLE = re.compile(r"\s*([+-]?[0-9]{1,4000})\s*", re.ASCII)
_NUMBER = re.compile(
    r"\s*([+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?(nan|inf))\s*",
    re.ASCII | re.IGNORECASE,
)
LONGEST_NAME = 255  #: bytes of a file's name, on every disk that people use
LONGEST_PATH = 4095  #: bytes of a path, Linux's bound


def whole_in(text: str) -> int | None:
    """The whole number that a text is, or None where it is something else."""
    match = _WHOLE.fullmatch(text)
    return int(match[1]) if match else None


def number_in(text: str) -> float | None:
    """The number that a text is, also nan and inf, or None where it is something else."""
    match = _NUMBER.fullmatch(text)
    return float(match[1]) if match else None


def whole_number(name: str, value: object, least: int, most: int | None = None) -> int:
    """The value as an int; InputError unless it is a whole number within these bounds."""
    try:
        number = None if isinstance(value, bool) else operator.index(cast(SupportsIndex, value))
    except TypeError:
        number = None
    if number is None or number < least or (most is not None and number > most):
        bounds = f" from {least} to {most}"
        if most is None:
            bounds = f", {least} or more; give such a {name}"
        raise InputError(f"{name}={shown(value)}: expected a whole number{bounds}")
    return number


def real_number(name: str, value: object, zero: bool = False) -> float:
    """The value as a float; InputError unless it is positive and finite, or 0 with `zero`."""
    number = _as_float(value)
    if not (math.isfinite(number) and (number > 0 or (zero and number == 0))):
        expected = "a number of 0 or more" if zero else "a positive number"
        raise InputError(f"{name}={shown(value)}: expected {expected}; give such a {name}")
    return number


def finite_number(name: str, value: object) -> float:
    """The value as a float; InputError unless it is a finite number."""
    number = _as_float(value)
    if not math.isfinite(number):
        raise InputError(f"{name}={shown(value)}: expected a finite number; give such a {name}")
    return number


def _as_float(value: object) -> float:
    """The number that a value is, nan for what is none, such as text and truth values."""
    if isinstance(value, (str, bytes, bool)) or str(getattr(value, "dtype", "")) == "bool":
        return float("nan")
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def checked_path(name: str, value: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """The path as it is; InputError where it is none, or no disk could have it.

    A name may hold any byte but / and NUL: what is not UTF-8 is kept as Python keeps it.
    """
    if not isinstance(value, (str, os.PathLike)) or not isinstance(os.fspath(value), str):
        raise InputError(f"{name}={shown(value)}: expected the path of a file or folder, as text")
    text = os.fspath(value)
    if not text.strip():
        raise InputError(f"{name} is empty: expected the path of a file or folder; give one")
    try:
        data = os.fsencode(text)
    except UnicodeEncodeError:
        raise InputError(
            f"{name}={shown(value)}: this holds what no file name can; give another path"
        ) from None
    if b"\0" in data:
        raise InputError(f"{name}={shown(value)}: a path cannot hold a NUL byte; give another")
    longest = max(map(len, data.split(b"/")))
    if longest > LONGEST_NAME or len(data) > LONGEST_PATH:
        raise InputError(
            f"{name}={shown(value)}: a name of {longest} bytes in a path of {len(data)}; expected"
            f" at most {LONGEST_NAME} and {LONGEST_PATH}, give a shorter one"
        )
    return value


def read_text(path: str | Path, what: str, most: int = 1 << 20) -> str:
    """The text of a file, with or without a byte-order mark; what : the first word of a complaint.

    Raises InputError where it cannot be read, is longer than `most` bytes, or is not UTF-8 text.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{what} {path} cannot be read ({reason}); check its permissions and content"
        ) from error
    if len(data) > most:
        raise InputError(f"{what} {path} is longer than {most:,} bytes; expected a short text")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{what} {path} cannot be read (it is not UTF-8 text: byte 0x{data[error.start]:02x} in"
            f" line {line}); save it as UTF-8"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(
            f"{what} {path} cannot be read (it is no text: a NUL byte in line {line}); mend it"
        )
    return text.replace("\r\n", "\n")
