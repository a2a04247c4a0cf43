"""Which variables of outputs and signals are kept at every grid step, and what they are there."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from spikesampler.errors import InputError, shown
from spikesampler.language.evaluator import needed_names, network_functions
from spikesampler.language.expressions import functions_in
from spikesampler.language.rule import Rule
from spikesampler.spiking.state import variables

__all__ = [
    "Recorded",
    "number_of_columns",
    "recorded_of",
    "signals_of",
    "values_of",
    "variables_of",
    "variables_text",
]

ALL = "all"
#: what the network keeps where a text asks for it: unit and meaning
GIVEN = {
    "response": ("1", "output that won the last finished sample, -1 if none or several did"),
    "correct": ("1", "share of the last finished sample's answer that was right"),
    "rate": ("Hz", "momentary rate of the output"),
}
OF_NETWORK = ("response", "correct")  #: of these, those of which there is one


class Recorded(NamedTuple):
    """What is kept: names of variables in order, and those states from which all of them follow."""

    names: tuple[str, ...]
    states: tuple[str, ...]


def variables_text(given: Any) -> str | None:
    """What was asked for as one text: names in order, or `all`; None where nothing was.

    Raises InputError for anything else, and for a name that is given twice.
    """
    if given is None:
        return None
    names = given.split(",") if isinstance(given, str) else given
    if isinstance(names, Iterable):
        names = [name.strip() if isinstance(name, str) else "" for name in names]
        if names and all(re.fullmatch(r"[A-Za-z_]\w*", name) for name in names):
            if twice := [name for name in names if names.count(name) > 1]:
                raise InputError(
                    f"record-variables {shown(given)}: {twice[0]} is given twice; give each once"
                )
            return ",".join(sorted(names))
    raise InputError(
        f"record-variables {shown(given)}: expected names of variables of outputs or signals,"
        " divided by commas, or all"
    )


def recorded_of(text: str | None, rule: Rule, structure: Mapping[str, Any]) -> Recorded | None:
    """What a text of `variables_text` asks for; None where it does for nothing.

    Raises InputError for what a network of this structure does not have, or does not keep.
    """
    if text is None:
        return None
    kept = variables(structure).outputs
    known = [name for name in variables_of(rule) if name not in GIVEN or name in kept]
    names = tuple(known) if text == ALL else tuple(text.split(","))
    for name in names:
        if name not in known:
            expected = f"expected some of {', '.join(known)}, or all" if known else "leave it out"
            raise InputError(f"record-variables {text}: {_why_not(name, rule)}; {expected}")
    if not names:
        raise InputError(
            "record-variables all: the outputs and signals of this model have no variables that are"
            " kept from step to step; leave it out"
        )
    needed = {*names}.union(*(needed_names(name, _equations(rule)) for name in names))
    return Recorded(names, tuple(name for name in kept if name in needed))


def variables_of(rule: Rule) -> dict[str, tuple[str, str]]:
    """{name: (unit, meaning)} of what can be recorded of outputs and signals."""
    known = {}
    for block, said in (("outputs", "of each output"), ("signals", "a signal")):
        for equation in rule.equations(block):
            if not _sums(equation.name, rule):
                meaning = f"{equation.comment or equation.name}, {said}"
                known[equation.name] = (equation.unit, meaning)
    return known | GIVEN


def signals_of(rule: Rule) -> set[str]:
    """Those of which a grid step has one number."""
    return {*(equation.name for equation in rule.equations("signals")), *OF_NETWORK}


def _equations(rule: Rule) -> tuple[Any, ...]:
    return (*rule.equations("outputs"), *rule.equations("signals"))


def _sums(name: str, rule: Rule) -> bool:
    """Whether a function of the outputs sums over synapses, itself or by others."""
    functions = rule.functions("outputs")
    needed = {name, *needed_names(name, _equations(rule))} & functions.keys()
    return any("sum" in functions_in(functions[other]) for other in needed)


def _why_not(name: str, rule: Rule) -> str:
    if name in rule.functions("outputs"):
        return f"{name} is a sum over synapses, which is not kept from step to step"
    if name in ("theta", *rule.synapse_states, *rule.functions("synapses")):
        return f"{name} is of the synapses, which --record-synapses records"
    if name in (equation.name for equation in rule.equations("inputs")):
        return f"{name} is of the inputs"
    if name in GIVEN:
        return f"no text of this model asks for {name}"
    return f"the outputs and signals have no {name}"


def number_of_columns(text: str | None, rule: Rule, K: int) -> int:
    """How many numbers a grid step has of what is asked for."""
    if text is None:
        return 0
    single = signals_of(rule)
    names = {*variables_of(rule)} - GIVEN.keys() if text == ALL else text.split(",")
    return sum(1 if name in single else K for name in names)


def values_of(
    recorded: Recorded, rule: Rule, known: Mapping[str, Any], states: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """{name: values (m, K), or (m,) of signals} of what is recorded at m grid steps.

    known : parameters in base units, and the time `t`, `label` and `temperature` (m,) of each step.
    states : those of `recorded`, of the same shapes.
    """
    moment: dict[str, Any] = {
        name: np.asarray(known[name])[:, None] for name in ("t", "label", "temperature")
    }
    K = known["K"]
    moment |= {"k": np.arange(K), "plastic": 1.0}
    moment |= {name: values.reshape(len(values), -1) for name, values in states.items()}
    found = network_functions(rule, {**known, **moment}, recorded.names)
    single = signals_of(rule)
    shape = len(moment["t"])
    return {
        name: np.broadcast_to(values, (shape, 1))[:, 0]
        if name in single
        else np.broadcast_to(values, (shape, K))
        for name, values in found.items()
    }
