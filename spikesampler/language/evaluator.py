"""Numbers that a model's own text says: weights, bounds, starts, initial values, rates.

All that needs one of them asks here, with a `Rule` and values of the parameters in base units, of a
model as well as of a run's manifest. Nothing is known by the name of a parameter.
"""

import ast
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError, shortened
from spikesampler.language.blocks import Equation
from spikesampler.language.expressions import evaluate, names_in, parse
from spikesampler.language.rule import Rule

__all__ = [
    "Firing",
    "bounds_of",
    "default_start",
    "firing_of",
    "initial_of",
    "needed_names",
    "network_functions",
    "number_of",
    "numbered",
    "said",
    "start_of",
    "steady_rate",
    "synapse_functions",
    "weight_states",
    "weights_of",
]

Array = NDArray[np.float64]
UNITS = {"second": 1.0}  #: units in texts: all values are in base units
#: names of what changes while a network runs, besides its variables
MOMENTARY = ("t", "k", "label", "response", "correct", "plastic", "temperature", "rate")
LAWS = ("race", "poisson")  #: of firing


class Firing(NamedTuple):
    """How outputs fire: by which of LAWS, and the text of the rate."""

    law: str
    rate: str


def weights_of(
    rule: Rule, values: Mapping[str, Any], theta: ArrayLike, state: Mapping[str, Any] | None = None
) -> Array:
    """What the model calls the weight of each synapse, of the shape of theta.

    theta : (…, K, I). state : the variables named by `weight_states`, each of that shape. Raises
    InputError for a weight that depends on anything else than these and parameters.
    """
    needed = needed_names(rule.weight, rule.equations("synapses")) - {*values, *(state or {})}
    blocks = ("inputs", "outputs", "signals")
    others = {*MOMENTARY, *(e.name for block in blocks for e in rule.equations(block))}
    if foreign := sorted(needed & others - {*rule.functions("synapses")}):
        raise InputError(
            f"the weight, {rule.weight}, depends on {foreign[0]}, which is none of the synapse;"
            " expected weight = the name of a function of theta, of variables of the synapses and"
            " of parameters"
        )
    return synapse_functions(rule, values, theta, state, [rule.weight])[rule.weight]


def weight_states(rule: Rule) -> list[str]:
    """Variables of the synapses, besides theta, that the weight depends on, in order."""
    needed = needed_names(rule.weight, rule.equations("synapses"))
    return [name for name in rule.synapse_states if name in needed]


def synapse_functions(
    rule: Rule,
    values: Mapping[str, Any],
    theta: ArrayLike,
    state: Mapping[str, Any] | None = None,
    wanted: Collection[str] | None = None,
) -> dict[str, Array]:
    """{name: array of the shape of theta} of functions of the synapses.

    wanted : names of functions; by default all of them. Raises InputError for one that is not
    there, or needs what is none of theta, `state` and the parameters, such as an input's variable.
    """
    theta = np.asarray(theta, dtype=float)
    functions, equations = rule.functions("synapses"), rule.equations("synapses")
    wanted = [*functions] if wanted is None else wanted
    for name in wanted:
        if name not in functions:
            raise InputError(
                f"synapses define no {name}; expected {name} = … among them, or weight = the name"
                " of the function of theta that is the weight"
            )
    names = {*wanted}.union(*(needed_names(name, equations) for name in wanted))
    known = {**UNITS, **values, **(state or {}), "theta": theta}
    for name in _in_order("synapses", functions, names):
        value = _evaluated(f"synapses: {name}", functions[name], known)
        known[name] = np.broadcast_to(np.asarray(value, dtype=float), theta.shape)
    return {name: known[name] for name in wanted}


def network_functions(
    rule: Rule, known: Mapping[str, Any], wanted: Collection[str]
) -> dict[str, Any]:
    """{name: value} of variables of the outputs and signals, their functions too.

    known : parameters in base units, the states that these need, and the moment, numbers or arrays.
    """
    equations = (*rule.equations("outputs"), *rule.equations("signals"))
    functions = rule.functions("outputs") | rule.functions("signals")
    names = {*wanted}.union(*(needed_names(name, equations) for name in wanted))
    known = {**UNITS, **known}
    for name in _in_order("outputs and signals", functions, names):
        known[name] = _evaluated(name, functions[name], known)
    return {name: known[name] for name in wanted}


def _in_order(field: str, functions: Mapping[str, str], names: Iterable[str]) -> list[str]:
    """Those names that are functions, each after those that it needs."""
    left, order = {name for name in names if name in functions}, list[str]()
    while left:
        ready = [
            name for name in functions if name in left and not names_in(functions[name]) & left
        ]
        if not ready:
            circle = ", ".join(name for name in functions if name in left)
            raise InputError(f"{field}: {circle} need each other; define one without the others")
        order += ready
        left -= {*ready}
    return order


def needed_names(name: str, equations: Iterable[Equation]) -> set[str]:
    """All names that a function among equations needs, through others of them too."""
    functions = {e.name: e.text for e in equations if not e.is_differential}
    needed, left = set[str](), [name]
    while left:
        if (text := functions.pop(left.pop(), None)) is not None:
            new = names_in(text)
            needed |= new
            left += new
    return needed


def bounds_of(rule: Rule, values: Mapping[str, Any]) -> tuple[float, float]:
    """Lower and upper bound of theta, infinite where there is none.

    Raises InputError for one that is no number with these values, and for bounds that cross.
    """
    low, high = (
        number_of(text, values, "bounds") if text else infinite
        for text, infinite in zip(rule.bounds, (-math.inf, math.inf))
    )
    if low >= high:
        lower, upper = rule.bounds
        with_values = said([lower, upper], values)
        raise InputError(
            f"bounds: {numbered(lower, low)} is not below {numbered(upper, high)}"
            f"{with_values and f', with {with_values}'}; change one of these"
        )
    return low, high


def number_of(text: str, values: Mapping[str, Any], field: str) -> float:
    """The value of an expression of parameters; InputError, naming the field, for what is none."""
    number = _evaluated(field, text, {**UNITS, **values})
    if not math.isfinite(number):
        with_values = said([text], values)
        raise InputError(
            f"{field}: {shortened(text)} is {number:g}{with_values and f' with {with_values}'};"
            f" expected a finite number{with_values and ', change one of these'}"
        )
    return float(number)


def numbered(text: str, number: float) -> str:
    """A text with its number: ``2*b = 0.2``; a number alone as it is."""
    return text if text == f"{number:g}" else f"{text} = {number:g}"


def said(texts: Iterable[str], values: Mapping[str, Any]) -> str:
    """The parameters in some texts with their values: ``alpha=0.135, intensity_max=5``."""
    names = set[str]().union(*map(names_in, texts))
    return ", ".join(
        f"{name}={value:g}" for name, value in values.items() if name in names and value != name
    )


def default_start(rule: Rule) -> str:
    """The start that a run has where none is said: ``prior``, or the first there is."""
    return "prior" if "prior" in rule.starts else next(iter(rule.starts))


def start_of(
    rule: Rule,
    values: Mapping[str, Any],
    name: str,
    rng: np.random.Generator,
    shape: tuple[int, ...],
) -> Array:
    """theta at the start of that name, (K, I), before it is put within its bounds.

    rng : what rand() and randn() draw from, one number a synapse. Raises InputError for a start
    that is not finite.
    """
    theta = _drawn(f"starts['{name}']", rule.starts[name], values, rng, shape)
    if not np.isfinite(theta).all():
        text = rule.starts[name]
        with_values = said([text], values)
        raise InputError(
            f"starts['{name}']: {shortened(text)} is not finite everywhere"
            f"{with_values and f', with {with_values}'}; change one of these"
        )
    return theta


def initial_of(
    rule: Rule,
    values: Mapping[str, Any],
    rng: np.random.Generator,
    shapes: Mapping[str, tuple[int, ...]],
) -> dict[str, Array]:
    """{variable: values before the first step} of those that the model says; others begin at 0.

    shapes : of the variables of each block, {"inputs": (I,), "outputs": (K,), "synapses": (K, I),
    "signals": ()}. Raises InputError for a name that no block integrates and values that are not
    finite.
    """
    initial: dict[str, Array] = {}
    states = {block: rule.states(block) for block in shapes}
    states |= {"synapses": rule.synapse_states}
    for name, text in rule.initial.items():
        block = next((block for block, names in states.items() if name in names), None)
        if block is None:
            known = [state for names in states.values() for state in names]
            raise InputError(
                f"initial['{name}']: no equation d{name}/dt = …; expected one of"
                f" {', '.join(known) or 'none'}"
            )
        initial[name] = _drawn(f"initial['{name}']", text, values, rng, shapes[block])
        if not np.isfinite(initial[name]).all():
            raise InputError(f"initial['{name}']: {shortened(text)} is not finite; change it")
    return initial


def firing_of(rule: Rule) -> Firing:
    """How the outputs fire; InputError for what is none of the laws."""
    match parse(rule.firing):
        case ast.Call(func=ast.Name(id=law), args=[rate]) if law in LAWS:
            return Firing(law, ast.unparse(rate))
    raise InputError(
        f"firing is '{shortened(rule.firing)}'; expected race(RATE), where the outputs share the"
        " rate as softmax(u), or poisson(RATE), each output's own"
    )


def steady_rate(rule: Rule, values: Mapping[str, Any], text: str, field: str) -> float | None:
    """A rate in Hz where parameters alone say it; None for one that changes while a network runs.

    Raises InputError, naming the field, for one that is no number.
    """
    variables = {e.name for block in ("outputs", "signals") for e in rule.equations(block)}
    if names_in(text) & {*variables, *MOMENTARY}:
        return None
    return number_of(text, values, field)


def _drawn(
    field: str,
    text: str,
    values: Mapping[str, Any],
    rng: np.random.Generator,
    shape: tuple[int, ...],
) -> Array:
    """An array of this shape from a text that may draw."""
    draws: dict[str, Callable[[], Any]] = {
        "rand": lambda: rng.random(shape),
        "randn": lambda: rng.standard_normal(shape),
    }
    value = _evaluated(field, text, {**UNITS, **values}, draws)
    return np.array(np.broadcast_to(value, shape), dtype=float)


def _evaluated(
    field: str,
    text: str,
    values: Mapping[str, Any],
    draws: Mapping[str, Callable[[], Any]] | None = None,
) -> Any:
    """`evaluate`, whose InputError names the field."""
    try:
        return evaluate(text, values, draws)
    except InputError as error:
        raise InputError(f"{field}: {error}") from None
