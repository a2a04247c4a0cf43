"""Quantities as text: NAME=VALUE is parsed here, never evaluated.

A quantity is a finite number, optionally times or over a unit: ``100``, ``100*Hz``,
``1e-4/second``, ``20 ms``. The dimension of a unit is its power of time, all that these models
need: Hz is -1, ms is +1, a pure number is 0.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from spikesampler.errors import InputError, shortened

#: unit -> (factor to the base unit of its dimension, power of time)
UNITS = {
    "1": (1.0, 0),
    "second": (1.0, 1),
    "s": (1.0, 1),
    "ms": (1e-3, 1),
    "us": (1e-6, 1),
    "minute": (60.0, 1),
    "hour": (3600.0, 1),
    "day": (86400.0, 1),
    "Hz": (1.0, -1),
    "kHz": (1e3, -1),
    "1/second": (1.0, -1),
    "1/s": (1.0, -1),
    "1/ms": (1e3, -1),
    "1/hour": (1 / 3600.0, -1),
    "1/day": (1 / 86400.0, -1),
}

_QUANTITY = re.compile(
    r"^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?nan|[-+]?inf)\s*([*/]?)\s*(\S*)\s*$",
    re.IGNORECASE | re.ASCII,
)


def parse_quantity(text: str, unit: str, name: str) -> float:
    """The number that `text` stands for, in `unit`; a bare number is in `unit` already."""
    match = _QUANTITY.match(text)
    if match is None:
        of_unit = "" if unit == "1" else unit[1:] if "/" in unit else f"*{unit}"
        raise InputError(
            f"{name}={shortened(text)}: not a number{'' if unit == '1' else ' with a unit'}; write"
            f" it like {name}=1.5{of_unit}"
        )
    number, sign, given = match.groups()
    value = float(number)
    if not value and re.search("[1-9]", number.lower().partition("e")[0]):
        raise InputError(f"{name}={shortened(text)}: too close to 0 for a computer's numbers")
    if not math.isfinite(value):
        raise InputError(f"{name}={shortened(text)}: the value must be finite; give a number")
    if not given and not sign:
        return value
    if sign == "/":
        given = f"1/{given}"
    if given not in UNITS:
        known = ", ".join(key for key in UNITS if key != "1")
        raise InputError(
            f"{name}={shortened(text)}: unknown unit '{shortened(given)}'; {name} is in"
            f" {_spell(unit)}, known units are {known}"
        )
    scale, power = UNITS[given]
    own_scale, own_power = UNITS[unit]
    if power != own_power:
        raise InputError(f"{name}={shortened(text)}: wrong unit '{given}'; expected {_spell(unit)}")
    return value * scale / own_scale


def quantity(value: Any, unit: str) -> str:
    """A number in a unit, or a word, as the text that `parse_quantity` reads."""
    if isinstance(value, str) or unit == "1":
        return str(value)
    return f"{value}{unit[1:]}" if unit.startswith("1/") else f"{value}*{unit}"


def to_base(value: float, unit: str) -> float:
    """`value` in seconds, hertz or as a pure number."""
    return value * UNITS[unit][0]


def base_values(parameters: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Values of a manifest's parameters by name, in seconds, hertz, or as a number or word.

    parameters : {name: {"value": …, "unit": …}}.
    """
    return {
        name: p["value"] if isinstance(p["value"], str) else to_base(p["value"], p["unit"])
        for name, p in parameters.items()
    }


def _spell(unit: str) -> str:
    return "a pure number" if unit == "1" else unit
