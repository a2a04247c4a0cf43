"""A parameter of a model file: value, unit, meaning, where the value is from, and its range."""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from spikesampler.errors import InputError, name_of, shown
from spikesampler.language.units import UNITS, parse_quantity, to_base

__all__ = ["Parameter", "from_code", "our_choice", "stated"]


@dataclass(frozen=True)
class Parameter:
    """One named number (or word) of a model.

    `source` begins with "stated" (in the paper), "from code" (read in the authors' public code), or
    "our choice". `low` and `high` bound it, exclusively where `open_low`; `below` names another
    parameter that it has to be less than; `choices` lists the words allowed.
    """

    value: Any  # float, int or str
    unit: str
    meaning: str
    source: str
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    choices: tuple[str, ...] = ()
    below: str = ""

    def check_fields(self, name: str) -> None:
        """InputError unless each field is of the plain type that it is meant to be."""
        numbers = (int, float)
        kinds = {
            "value": (*numbers, str),
            "unit": (str,),
            "meaning": (str,),
            "source": (str,),
            "low": numbers,
            "high": numbers,
            "open_low": (bool,),
            "choices": (tuple, list),
            "below": (str,),
        }
        value, unit = getattr(self, "value", None), getattr(self, "unit", None)
        if type(value) is str and type(unit) in numbers:
            raise InputError(
                f"parameter {name} has the value {shown(value)} and the unit {shown(unit)}:"
                f" expected the value first, such as stated({unit!r}, {shown(value)}, …)"
            )
        for field, allowed in kinds.items():
            value = getattr(self, field, None)
            if type(value) not in allowed or value != value:
                names = " or ".join(kind.__name__ for kind in allowed)
                raise InputError(
                    f"{field} of parameter {name} is a {name_of(type(value))}; expected {names}"
                )
        if any(type(word) is not str or not word.isidentifier() for word in self.choices):
            raise InputError(f"choices of parameter {name}: expected words")
        if not self.choices and self.unit not in UNITS:
            raise InputError(
                f"unit of parameter {name} is {shown(self.unit)}; known units are"
                f" {', '.join(UNITS)}"
            )

    def check(self, name: str, value: Any) -> float | int | str:
        """`value` as this parameter's type, or an InputError that says what is allowed."""
        if self.choices:
            if not isinstance(value, str) or value not in self.choices:
                given = value if isinstance(value, str) else shown(value)
                raise InputError(f"{name}={given}: expected one of {', '.join(self.choices)}")
            return value
        if isinstance(value, str):
            value = parse_quantity(value, self.unit, name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not _is_finite(value):
            unit = "" if self.unit == "1" else f" in {self.unit}"
            raise InputError(f"{name}={shown(value)}: expected a finite number{unit}")
        if isinstance(self.value, int):
            if value != int(value):
                raise InputError(f"{name}={shown(value)}: expected a whole number")
            value = int(value)
        else:
            value = float(value)  # a whole number here must not make the parameter a count
        if not self.low <= value <= self.high or (self.open_low and value == self.low):
            raise InputError(f"{name}={value:g}: out of range; expected {self._range()}")
        if value and abs(to_base(value, self.unit)) < sys.float_info.min:
            raise InputError(
                f"{name}={value:g}: too close to 0 for a computer's numbers; expected 0 or more"
                f" than {sys.float_info.min:.2g} in seconds, hertz or as a pure number"
            )
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
    bound that is itself not allowed, and `below`, the name of another parameter; of words,
    `choices`.
    """

    def parameter(
        value: float | str, unit: str, meaning: str, source: str = "", **limits: Any
    ) -> Parameter:
        if "above" in limits:
            limits |= {"low": limits.pop("above"), "open_low": True}
        if type(value).__module__ == "numpy" and hasattr(value, "item"):
            value = value.item()  # a number that numpy computed
        return Parameter(value, unit, meaning, f"{tag}: {source}" if source else tag, **limits)

    return parameter


stated = _tagged("stated")
from_code = _tagged("from code")
our_choice = _tagged("our choice")
