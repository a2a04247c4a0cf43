"""What no number of a network may be: not finite, or a variance of noise below 0; when, and where.

The fast engine asks at the end of every sample whether all of its state is finite, and at every
step of the grid for variances that may be negative, and ends the chunk where one is not as it
should be.
"""

import ast
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import RunError
from spikesampler.language.expressions import parse
from spikesampler.spiking.loops import array_name, use_template

__all__ = [
    "ENDS",
    "STATES",
    "VARIABLES",
    "Watch",
    "finite_complaint",
    "is_never_negative",
    "look_at",
    "variance_complaint",
    "watch_of",
]

#: declarations among the outputs' variables: one more than the step in which a number was not
#: finite; one more than the number of the synapse whose variance was below 0, and which state it is
#: of; one more than the step, theta and variance. 0: none was
VARIABLES = """
not_finite : integer (shared)
below : integer (shared)
below_state : integer (shared)
below_step : integer (shared)
below_theta : 1 (shared)
below_variance : 1 (shared)
"""
STATES = 1000  #: more than a synapse has: numbers of those of a pathway begin with a multiple of it
#: when the loop over the steps ends, as C++
ENDS = "if (brian::_array_outputs_not_finite[0] || brian::_array_outputs_below[0]) break;"
_NEVER_NEGATIVE = {"exp", "abs", "sqrt", "cosh"}


class Watch(NamedTuple):
    """Where loops over pairs tell of a variance below 0: names of the arrays of the outputs.

    number, number_of : of the pathway whose loops these are, among all.
    """

    facts: dict[str, Any]
    number: int
    number_of: int


def watch_of(outputs: Any, number: int, number_of: int) -> Watch:
    """The Watch of a pathway; outputs : the group with VARIABLES."""
    below = ("below", "below_state", "below_step", "below_theta", "below_variance")
    facts: dict[str, Any] = {name: array_name(outputs, name) for name in below}
    return Watch(facts | {"first_state": number * STATES}, number, number_of)


def look_at(outputs: Any, clocks: Mapping[str, Any], states: Mapping[Any, list[str]]) -> None:
    """Have the fast engine look at variables at the end of every sample; states : by group."""
    import brian2 as b2
    from brian2.core.variables import DynamicArrayVariable

    def values(group: Any, name: str) -> tuple[str, str]:
        variable = group.variables[name]
        array = "brian::" + b2.get_device().get_array_name(variable, access_data=False)
        is_dynamic = isinstance(variable, DynamicArrayVariable)
        return f"&{array}[0]", f"{array}.size()" if is_dynamic else str(variable.size)

    arrays = [values(group, name) for group, names in states.items() for name in names]
    looking = outputs.run_regularly(
        "", clock=clocks["sample_ends"], when="end", order=4000, name="outputs_finite"
    )
    facts = {name: array_name(outputs, name) for name in ("not_finite",)}
    step = array_name(clocks["fine"], "timestep")
    use_template(looking, "finite", arrays=arrays, step=step, **facts)


def is_never_negative(text: str, known: Mapping[str, str]) -> bool:
    """Whether a variance is that of every theta if it is one at the start: never below 0.

    It is a product of parameters and of what cannot be negative. known : {name: text} of functions
    that it may use.
    """

    def product(node: ast.expr) -> bool:
        match node:
            case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=right):
                return product(left) and product(right)
            case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant()) if product(left):
                return True
        return not_negative(node) or (isinstance(node, ast.Name) and node.id not in changing)

    def not_negative(node: ast.expr) -> bool:
        match node:
            case ast.Constant(value=int() | float() as value):
                return value >= 0
            case ast.Name(id="temperature"):
                return True
            case ast.Name(id=name) if name in known:
                return is_never_negative(known[name], known)
            case ast.Call(func=ast.Name(id=name)) if name in _NEVER_NEGATIVE:
                return True
            case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=int() as power)):
                return power % 2 == 0
            case ast.BinOp(left=left, op=ast.Add() | ast.Mult() | ast.Div(), right=right):
                return not_negative(left) and not_negative(right)
        return False

    changing = {"theta", *known}
    return product(parse(text))


def finite_complaint(name: str, group: str, values: NDArray[np.float64], sample: str) -> RunError:
    """The error for a variable of which some values are not finite; sample : when, in words."""
    what = group.partition("_")[0]  # of further pathways and layers, inputs_NAME and so on
    number = np.count_nonzero(~np.isfinite(values))
    return RunError(
        f"{name} is no longer finite in {number} of {values.size} {what}{sample}; look for what"
        " makes it grow: lower rates of learning, the noise, or the time steps grid and dt, or give"
        " theta bounds"
    )


def variance_complaint(
    state: str, text: str, synapse: int, size: int, theta: float, variance: float, sample: str
) -> RunError:
    """The error for a variance below 0; size : inputs of an output."""
    output, number = divmod(synapse, size)
    return RunError(
        f"the variance of the noise of {state}, {text}, is {variance:g} per second at theta ="
        f" {theta:g} (output {output}, input {number}){sample}; expected 0 or more: write one that"
        " is never negative, such as 2*b*clip(…, 0, inf)"
    )
