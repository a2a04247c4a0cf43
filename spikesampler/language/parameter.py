"""A parameter of a model file: value, unit, meaning, where the value is from, and its range."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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

    value: Any  # float, int or str
    unit: str
    meaning: str
    source: str
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    choices: tuple[str, ...] = ()

    def check(self, name: str, value: Any) -> float | int | str:
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
            unit = "" if self.unit == "1" else f" in {self.unit}"
            raise InputError(f"{name}={value}: expected a finite number{unit}")
        if isinstance(self.value, int):
            if value != int(value):
                raise InputError(f"{name}={value}: expected a whole number")
            value = int(value)
        else:
            value = float(value)  # a whole number here must not make the parameter a count
        if not self.low <= value <= self.high or (self.open_low and value == self.low):
            raise InputError(f"{name}={value:g}: out of range; expected {self._range()}")
        return value

    def _range(self) -> str:
        limits = []
        if self.low > -math.inf:
            limits.append(f"{'more than' if self.open_low else 'at least'} {self.low:g}")
        if self.high < math.inf:
            limits.append(f"at most {self.high:g}")
        return " and ".join(limits) + ("" if self.unit == "1" else f" {self.unit}")


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number that no float can hold
        return False


def _tagged(tag: str) -> Callable[..., Parameter]:
    """The function by which model files give a value of this source.

    It takes value, unit, meaning and source, then `low` and `high`, the bounds, or `above`, a lower
    bound that is itself not allowed; of words, `choices`.
    """

    def parameter(
        value: float | str, unit: str, meaning: str, source: str = "", **limits: Any
    ) -> Parameter:
        if "above" in limits:
            limits |= {"low": limits.pop("above"), "open_low": True}
        if not limits.get("choices") and unit not in UNITS:
            raise InputError(
                f"unknown unit '{unit}' of parameter '{meaning}'; known units are"
                f" {', '.join(UNITS)}"
            )
        return Parameter(value, unit, meaning, f"{tag}: {source}" if source else tag, **limits)

    return parameter


stated = _tagged("stated")
from_code = _tagged("from code")
our_choice = _tagged("our choice")
