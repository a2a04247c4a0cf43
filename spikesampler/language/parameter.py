"""A parameter of a model file: value, unit, meaning, source and range; and the words that say where
a value is from.
"""

import math
from dataclasses import dataclass

from spikesampler.errors import InputError
from spikesampler.language.units import UNITS, parse_quantity

__all__ = ["Parameter", "from_code", "our_choice", "stated"]


@dataclass(frozen=True)
class Parameter:
    """One named number (or word) of a model.

    `source` begins with "stated" (in the paper), "from code" (read in the authors' public code), or
    "our choice". `low` and `high` bound it, exclusively where `open_low`; `choices` lists the words
    allowed.
    """

    value: float | int | str
    unit: str
    meaning: str
    source: str
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    choices: tuple = ()

    def check(self, name, value):
        """`value` as this parameter's type, or an InputError that says what is allowed."""
        if self.choices:
            if value not in self.choices:
                raise InputError(
                    f"{name}={value}: expected one of {', '.join(map(str, self.choices))}"
                )
            return value
        if isinstance(value, str):
            value = parse_quantity(value, self.unit, name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not _is_finite(value):
            raise InputError(
                f"{name}={value}: expected a finite"
                f" number{'' if self.unit == '1' else ' in ' + self.unit}"
            )
        if isinstance(self.value, int):
            if value != int(value):
                raise InputError(f"{name}={value}: expected a whole number")
            value = int(value)
        else:
            value = float(value)  # a whole number here must not make the parameter a count
        if not self.low <= value <= self.high or (self.open_low and value == self.low):
            raise InputError(f"{name}={value:g}: out of range; expected {self._range()}")
        return value

    def _range(self):
        low = (
            f"{'more than' if self.open_low else 'at least'} {self.low:g}"
            if self.low > -math.inf
            else ""
        )
        high = f"at most {self.high:g}" if self.high < math.inf else ""
        unit = "" if self.unit == "1" else f" {self.unit}"
        return f"{' and '.join(filter(None, (low, high)))}{unit}"


def _is_finite(value):
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float can hold
        return False


def _tagged(tag):
    def parameter(value, unit, meaning, source="", **limits):
        if not limits.get("choices") and unit not in UNITS:
            raise InputError(
                f"unknown unit '{unit}' of parameter '{meaning}'; known units are"
                f" {', '.join(UNITS)}"
            )
        return Parameter(value, unit, meaning, f"{tag}: {source}" if source else tag, **limits)

    return parameter


stated, from_code, our_choice = map(_tagged, ("stated", "from code", "our choice"))
