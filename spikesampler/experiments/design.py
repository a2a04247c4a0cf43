"""What a sweep varies: grids of values, crossed, and designs over ranges.

Texts: a grid is "1e-5,1e-4", "lin(LOW,HIGH,NUMBER)" or "log(LOW,HIGH,NUMBER)", a range
"lin(LOW,HIGH)" or "log(LOW,HIGH)", a design "random:NUMBER", "lhs:NUMBER" or "sobol:NUMBER". Values
may have units, as in "100*Hz,200*Hz".
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from spikesampler.errors import InputError, shown
from spikesampler.experiments.averages import MEASURES as AVERAGES
from spikesampler.language.model import Model

METHODS = ("random", "lhs", "sobol")
#: names in every sweep's dataset and tables
RESERVED = (
    *("arm", "start", "seed", "seeds", "point", "sample_block", "folder", "error", "arm_text"),
    *("test_accuracy", "online_accuracy", "probe_accuracy", "bayes_accuracy", "test_entropy"),
    *AVERAGES,
    *("probe_curve", "probe_time", "chance", "escape_threshold", "escape_seconds", "escaped"),
    *("engine_seconds", "finished", "failed"),
)
MOST_REFUSALS = 20  #: that one message lists
MOST = 100_000  #: values that one parameter may have
_CALL = re.compile(r"\s*(lin|log)\s*\((.*)\)\s*", re.DOTALL)


class Design(NamedTuple):
    """Values by parameter, in its own unit: `axes` are crossed, `varied` go along together."""

    axes: dict[str, list]
    varied: dict[str, list]

    @property
    def num_points(self) -> int:
        """Points of the design without seeds, arms and starts."""
        along = [len(values) for values in self.axes.values()]
        return math.prod(along) * (len(next(iter(self.varied.values()))) if self.varied else 1)

    def points(self) -> Iterator[dict[str, Any]]:
        """{parameter: value} of each of these points, the last axis and then `varied` fastest."""
        together = [dict(zip(self.varied, values)) for values in zip(*self.varied.values())] or [{}]
        for crossed in product(*self.axes.values()):
            for values in together:
                yield dict(zip(self.axes, crossed)) | values


class Refusals:
    """Collects InputErrors, so that a user sees all of them at once.

    >>> refusals = Refusals()
    >>> with refusals:
    ...     raise InputError("b=-1: out of range")
    >>> refusals.messages
    ['b=-1: out of range']
    """

    def __init__(self) -> None:
        self.messages: list[str] = []  # each once

    def __enter__(self) -> "Refusals":
        return self

    def __exit__(self, kind: object, error: object, _: object) -> bool:
        if not isinstance(error, InputError):
            return False
        if error.in_options not in self.messages:
            self.messages.append(error.in_options)
        return True

    def check(self) -> None:
        """Raise what was collected as one InputError."""
        listed, others = self.messages[:MOST_REFUSALS], self.messages[MOST_REFUSALS:]
        if others:
            listed.append(f"and {len(others)} more")
        if listed:
            raise InputError("; ".join(listed))


def make_design(
    model: Model,
    grid: Mapping[str, Any] | None,
    vary: Mapping[str, str] | None,
    design: str | None,
    seed: int = 0,
) -> Design:
    """Design over a model's parameters; InputError tells everything that does not fit.

    grid : {parameter: text or list of values}. vary : {parameter: text of a range}. design : text;
    seed : its seed.
    """
    refusals = Refusals()
    axes: dict[str, list] = {}
    ranges: dict[str, tuple[str, Any, Any]] = {}
    for name, given in _named("grid", grid).items():
        with refusals:
            _check_name(model, name)
            axes[name] = _axis(model, name, given)
    for name, given in _named("vary", vary).items():
        with refusals:
            _check_name(model, name)
            if name in axes:
                raise InputError(f"{name} is both in the grid and varied; give it once")
            ranges[name] = _range(model, name, given)
    if not axes and not ranges and not refusals.messages:
        raise InputError(
            "nothing to sweep; give a grid such as b=1e-5,1e-4 (--grid), or ranges and a design"
            " (--vary)"
        )
    varied: dict[str, list] = {}
    with refusals:
        _refuse_half(design, vary, ranges)
        if ranges:
            points = unit_points(design, len(ranges), seed)
            for column, (name, (kind, low, high)) in zip(points.T, ranges.items()):
                with refusals:
                    values = _scaled(model, name, kind, low, high, column)
                    varied[name] = [_checked(model, name, value) for value in values]
    refusals.check()
    return Design(axes, varied)


def _refuse_half(design: str | None, vary: Any, ranges: Iterable[str]) -> None:
    """Refuse a design without ranges, and ranges without a design."""
    if design is not None and not vary:
        raise InputError(
            f"design={design} without ranges; give some, such as b=log(1e-5,1e-3) (--vary)"
        )
    if vary and design is None:
        raise InputError(
            f"{', '.join(ranges)} varied without a design; give one, such as lhs:64 (--design)"
        )


def _named(what: str, given: Any) -> dict[str, Any]:
    if given is None or (hasattr(given, "items") and all(type(name) is str for name in given)):
        return dict(given or {})
    raise InputError(
        f"{what}={shown(given)}: expected a dict of values by parameter, such as"
        " {'b': [1e-5, 1e-4]}"
    )


def _check_name(model: Model, name: str) -> None:
    model.parameter(name)  # there is one
    if name in RESERVED:
        raise InputError(
            f"{name} names something else in every sweep's dataset; rename the parameter in the"
            " model file"
        )


def _checked(model: Model, name: str, value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return model.parameters[name].check(name, value.strip() if isinstance(value, str) else value)


def _axis(model: Model, name: str, given: Any) -> list:
    """The different values of a grid's parameter, all of them checked."""
    call = _CALL.fullmatch(given) if isinstance(given, str) else None
    if call:
        low, high, number = _bounds(model, name, given, call, 3)
        steps = np.linspace(0, 1, number) if number > 1 else np.zeros(1)
        values = _scaled(model, name, call[1], low, high, steps, rounded=False)
    elif isinstance(given, str) and re.search(r"\.\.|:", given):
        raise InputError(
            f"grid {name}={given}: expected values by commas, such as {name}=1,2, or a range, such"
            f" as {name}=lin(1,2,5)"
        )
    elif isinstance(given, str):
        values = [value for value in given.split(",") if value.strip()]
    else:
        values = list(given) if hasattr(given, "__iter__") else [given]
    if not values:
        raise InputError(
            f"grid {name} is empty; expected values, such as {name}=1,2 or {name}=lin(1,2,5)"
        )
    refusals = Refusals()
    checked: list = []
    for value in values:
        with refusals:
            checked.append(_checked(model, name, value))
        if len(refusals.messages) > MOST_REFUSALS:
            break
    refusals.check()
    if len(set(checked)) < len(checked):
        twice = next(value for value in checked if checked.count(value) > 1)
        raise InputError(f"grid {name}: {twice} is given twice; give each value once")
    return checked


def _range(model: Model, name: str, given: Any) -> tuple[str, Any, Any]:
    """(lin or log, low, high) of a varied parameter."""
    call = _CALL.fullmatch(given) if isinstance(given, str) else None
    if not call:
        raise InputError(f"vary {name}={given}: expected lin(LOW,HIGH) or log(LOW,HIGH)")
    low, high = _bounds(model, name, given, call, 2)
    return call[1], low, high


def _bounds(model: Model, name: str, given: str, call: re.Match, number: int) -> tuple:
    """Low and high, checked, and the number of values where three are asked for."""
    words = call[2].split(",")
    form = f"{call[1]}(LOW,HIGH{',NUMBER' if number == 3 else ''})"
    counted = number == 2 or _count(words[-1]) is not None
    if len(words) != number or not counted or not all(map(str.strip, words)):
        raise InputError(f"{name}={given}: expected {form}")
    if model.parameters[name].choices:
        raise InputError(
            f"{name}={given}: {name} is a word; expected some of"
            f" {', '.join(model.parameters[name].choices)}"
        )
    low, high = (_checked(model, name, word) for word in words[:2])
    if not low < high:
        raise InputError(f"{name}={given}: expected {form} with LOW less than HIGH")
    if call[1] == "log" and low <= 0:
        raise InputError(f"{name}={given}: expected LOW more than 0 for a logarithmic range")
    return (low, high) if number == 2 else (low, high, int(words[2]))


def _count(text: str) -> int | None:
    """A number of values from 1 to MOST, or None."""
    number = int(text) if re.fullmatch(r"\s*[0-9]{1,7}\s*", text) else 0
    return number if 1 <= number <= MOST else None


def _scaled(
    model: Model, name: str, kind: str, low: Any, high: Any, steps: np.ndarray, rounded: bool = True
) -> list:
    """Values from low to high at steps from 0 to 1; of a count whole numbers, with equal shares."""
    whole = rounded and isinstance(model.parameters[name].value, int)
    end = high + 1 if whole else high
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused
        low, end = np.float64(low), np.float64(end)
        exact = low + (end - low) * steps if kind == "lin" else low * (end / low) ** steps
    if whole and np.isfinite(exact).all():
        return [min(high, math.floor(value)) for value in exact]
    return [float(f"{value:.12g}") for value in exact]


def unit_points(text: str | None, num_dimensions: int, seed: int) -> np.ndarray:
    """Points of a design in the unit cube, (number, num_dimensions), most by scipy.stats.qmc."""
    from scipy.stats import qmc

    method, _, number = str(text).partition(":")
    if method not in METHODS or _count(number) is None:
        raise InputError(
            f"design {text}: expected {', '.join(f'{each}:NUMBER' for each in METHODS)}, such as"
            " lhs:64"
        )
    rng, num_points = np.random.default_rng(seed), int(number)
    if method == "random":
        return rng.random((num_points, num_dimensions))
    if method == "lhs":
        return qmc.LatinHypercube(num_dimensions, rng=rng).random(num_points)
    if num_points & (num_points - 1):
        raise InputError(
            f"design {text}: a Sobol sequence is balanced at powers of 2 only; expected such as "
            f"sobol:{2 ** num_points.bit_length()}"
        )
    return qmc.Sobol(num_dimensions, rng=rng).random(num_points)
