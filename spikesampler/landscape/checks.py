"""Checks of numbers that callers give, in one line each."""

import numpy as np

from spikesampler.errors import InputError


def whole_number(name, value, least):
    """The value as an int; InputError unless it is a whole number that is no less than `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise InputError(f"{name}={value}: expected a whole number, {least} or more; give such a {name}")
    return int(value)


def real_number(name, value, zero=False):
    """The value as a float; InputError unless it is finite and positive, or 0 where that is allowed."""
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not (number and np.isfinite(value) and (value > 0 or (zero and value == 0))):
        expected = "a number of 0 or more" if zero else "a positive number"
        raise InputError(f"{name}={value}: expected {expected}; give such a {name}")
    return float(value)


def finite_number(name, value):
    """The value as a float; InputError unless it is a finite number."""
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not (number and np.isfinite(value)):
        raise InputError(f"{name}={value}: expected a finite number; give such a {name}")
    return float(value)
