"""Checks of numbers that callers give, in one line each."""

import numpy as np

from spikesampler.errors import InputError


def whole_number(name, value, least):
    """The value as an int; InputError unless it is a whole number that is no less than `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise InputError(
            f"{name}={value}: expected a whole number, {least} or more; give such a {name}"
        )
    return int(value)


def real_number(name, value, zero=False):
    """The value as a float; InputError unless it is finite and positive, or 0 where that is
    allowed.
    """
    number = _as_float(value)
    if not (np.isfinite(number) and (number > 0 or (zero and number == 0))):
        expected = "a number of 0 or more" if zero else "a positive number"
        raise InputError(f"{name}={value}: expected {expected}; give such a {name}")
    return number


def finite_number(name, value):
    """The value as a float; InputError unless it is a finite number."""
    number = _as_float(value)
    if not np.isfinite(number):
        raise InputError(f"{name}={value}: expected a finite number; give such a {name}")
    return number


def _as_float(value):
    """The number that a value is, nan for what is none, such as text and truth values."""
    if isinstance(value, (str, bytes, bool, np.bool_)):
        return float("nan")
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
