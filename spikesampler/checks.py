"""Checks of numbers that callers give. Imports nothing heavy: the command line reads this."""

import math
import operator
from typing import SupportsIndex, cast

from spikesampler.errors import InputError


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
        raise InputError(f"{name}={value!r}: expected a whole number{bounds}")
    return number


def real_number(name: str, value: object, zero: bool = False) -> float:
    """The value as a float; InputError unless it is positive and finite, or 0 with `zero`."""
    number = _as_float(value)
    if not (math.isfinite(number) and (number > 0 or (zero and number == 0))):
        expected = "a number of 0 or more" if zero else "a positive number"
        raise InputError(f"{name}={value}: expected {expected}; give such a {name}")
    return number


def finite_number(name: str, value: object) -> float:
    """The value as a float; InputError unless it is a finite number."""
    number = _as_float(value)
    if not math.isfinite(number):
        raise InputError(f"{name}={value}: expected a finite number; give such a {name}")
    return number


def _as_float(value: object) -> float:
    """The number that a value is, nan for what is none, such as text and truth values."""
    if isinstance(value, (str, bytes, bool)) or str(getattr(value, "dtype", "")) == "bool":
        return float("nan")
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return float("nan")
