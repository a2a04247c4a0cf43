"""Which variables of outputs and signals are kept at every grid step, and what they are there.

Those of the layer that answers go by their names, those of another by LAYER.NAME.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from spikesampler.errors import InputError, shown
from spikesampler.language.evaluator import needed_names, network_functions
from spikesampler.language.expressions import functions_in
from spikesampler.language.model import Model
from spikesampler.language.rule import Rule
from spikesampler.spiking.state import variables
from spikesampler.spiking.structure import pathway_structures

__all__ = [
    "Layer",
    "Recorded",
    "layers_of",
    "layers_of_model",
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
    """What is kept: names of variables in order, and those states from which all of them follow.

    States are called as the engine has them: those of another layer PATHWAY/NAME.
    """

    names: tuple[str, ...]
    states: tuple[str, ...]


class Layer(NamedTuple):
    """A layer, of which variables can be recorded.

    rule : of its first pathway, whose name is `pathway`, "" of the layer that answers. number : of
    its neurons.
    """

    rule: Rule
    pathway: str
    number: int


def layers_of(pathways: Iterable[tuple[str, str, Rule, int]]) -> dict[str, Layer]:
    """{layer: Layer}, "" being the layer that answers, which is the first.

    pathways : name, layer, rule and number of neurons of each.
    """
    found: dict[str, Layer] = {}
    for name, layer, rule, number in pathways:
        answers = layer == "outputs"
        found.setdefault("" if answers else layer, Layer(rule, "" if answers else name, number))
    return {"": found.pop(""), **found}


def layers_of_model(model: Model) -> dict[str, Layer]:
    """The layers of a model."""
    return layers_of((one.name, one.layer, one.rule, one.num_outputs) for one in model.pathways)


def variables_text(given: Any) -> str | None:
    """What was asked for as one text: names in order, or `all`; None where nothing was.

    Raises InputError for anything else, and for a name that is given twice.
    """
    if given is None:
        return None
    names = given.split(",") if isinstance(given, str) else given
    if isinstance(names, Iterable):
        names = [name.strip() if isinstance(name, str) else "" for name in names]
        if names and all(re.fullmatch(r"([A-Za-z_]\w*\.)?[A-Za-z_]\w*", name) for name in names):
            if twice := [name for name in names if names.count(name) > 1]:
                raise InputError(
                    f"record-variables {shown(given)}: {twice[0]} is given twice; give each once"
                )
            return ",".join(sorted(names))
    raise InputError(
        f"record-variables {shown(given)}: expected names of variables of outputs or signals,"
        " divided by commas, or all; those of another layer are LAYER.NAME"
    )


def recorded_of(
    text: str | None, layers: Mapping[str, Layer], structure: Mapping[str, Any]
) -> Recorded | None:
    """What a text of `variables_text` asks for; None where it does for nothing.

    Raises InputError for what a network of this structure does not have, or does not keep.
    """
    if text is None:
        return None
    kept = {layer: _kept(one, structure) for layer, one in layers.items()}
    known = [
        full
        for layer, variables in _variables(layers).items()
        for full, name in variables.items()
        if name not in GIVEN or name in kept[layer]
    ]
    names = tuple(known) if text == ALL else tuple(text.split(","))
    for name in names:
        if name not in known:
            expected = f"expected some of {', '.join(known)}, or all" if known else "leave it out"
            raise InputError(f"record-variables {text}: {_why_not(name, layers)}; {expected}")
    if not names:
        raise InputError(
            "record-variables all: the outputs and signals of this model have no variables that are"
            " kept from step to step; leave it out"
        )
    return Recorded(names, tuple(_states_for(names, layers, kept)))


def _kept(layer: Layer, structure: Mapping[str, Any]) -> tuple[str, ...]:
    """States of a layer that the network keeps from step to step; signals are the outputs'."""
    if not layer.pathway:
        return variables(structure).outputs
    own = variables(pathway_structures(structure)[layer.pathway]).outputs
    return tuple(name for name in own if name in (*layer.rule.states("outputs"), "rate"))


def _states_for(
    names: Iterable[str], layers: Mapping[str, Layer], kept: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    """The states from which variables of these names follow, each once, layer by layer."""
    needed: dict[str, set[str]] = {layer: set() for layer in layers}
    for full in names:
        layer, _, name = full.rpartition(".")
        of = {name, *needed_names(name, _equations(layers[layer].rule))}
        needed[layer] |= of
        needed[""] |= of & {*kept[""]} - {*kept[layer]}
    for layer, one in layers.items():
        prefix = f"{one.pathway}/" if one.pathway else ""
        yield from (prefix + name for name in kept[layer] if name in needed[layer])


def _variables(layers: Mapping[str, Layer]) -> dict[str, dict[str, str]]:
    """{layer: {name that is asked for: name in the layer's text}} of what can be recorded."""
    return {
        layer: {
            f"{layer}.{name}" if layer else name: name for name in variables_of(one.rule, layer)
        }
        for layer, one in layers.items()
    }


def variables_of(rule: Rule, layer: str = "") -> dict[str, tuple[str, str]]:
    """{name: (unit, meaning)} of what can be recorded of outputs and signals.

    layer : the other one whose rule it is, which has no signals and no answer of its own.
    """
    known = {}
    of = f"of each neuron of {layer}" if layer else "of each output"
    for block, said in (("outputs", of), ("signals", "a signal")):
        for equation in rule.equations(block) if block == "outputs" or not layer else ():
            if not _sums(equation.name, rule):
                meaning = f"{equation.comment or equation.name}, {said}"
                known[equation.name] = (equation.unit, meaning)
    return known | {name: of for name, of in GIVEN.items() if not layer or name not in OF_NETWORK}


def signals_of(rule: Rule) -> set[str]:
    """Those of which a grid step has one number."""
    return {*(equation.name for equation in rule.equations("signals")), *OF_NETWORK}


def _equations(rule: Rule) -> tuple[Any, ...]:
    return (*rule.equations("outputs"), *rule.equations("signals"))


def _sums(name: str, rule: Rule) -> bool:
    """Whether a function of the outputs sums over synapses, itself or by others."""
    functions, needed = rule.functions("outputs"), {name, *needed_names(name, _equations(rule))}
    if any(other.startswith("sum_of_") for other in needed):  # over another pathway
        return True
    return any("sum" in functions_in(functions[other]) for other in needed & functions.keys())


def _why_not(full: str, layers: Mapping[str, Layer]) -> str:
    layer, _, name = full.rpartition(".")
    if layer not in layers:
        return f"there is no layer {layer} beside the one that answers"
    rule = layers[layer].rule
    if name in rule.functions("outputs"):
        return f"{name} is a sum over synapses, which is not kept from step to step"
    if name in ("theta", *rule.synapse_states, *rule.functions("synapses")):
        return f"{name} is of the synapses, which --record-synapses records"
    if name in (equation.name for equation in rule.equations("inputs")):
        return f"{name} is of the inputs"
    if name in GIVEN:
        return f"no text of this model asks for {name}"
    return f"the {f'layer {layer} has' if layer else 'outputs and signals have'} no {name}"


def number_of_columns(text: str | None, layers: Mapping[str, Layer]) -> int:
    """How many numbers a grid step has of what is asked for."""
    if text is None:
        return 0
    single, known = signals_of(layers[""].rule), _variables(layers)
    names = text.split(",")
    if text == ALL:
        names = [full for of in known.values() for full, name in of.items() if name not in GIVEN]
    sizes = {full: layers[layer].number for layer, of in known.items() for full in of}
    return sum(1 if name in single else sizes.get(name, 0) for name in names)


def values_of(
    recorded: Recorded,
    layers: Mapping[str, Layer],
    known: Mapping[str, Any],
    states: Mapping[str, np.ndarray],
) -> dict[str, np.ndarray]:
    """{name: values (m, number), or (m,) of signals} of what is recorded at m grid steps.

    known : parameters in base units, and the time `t`, `label` and `temperature` (m,) of each step.
    states : those of `recorded`, of the same shapes.
    """
    moment: dict[str, Any] = {
        name: np.asarray(known[name])[:, None] for name in ("t", "label", "temperature")
    }
    moment["plastic"] = 1.0
    columns = {name: values.reshape(len(values), -1) for name, values in states.items()}
    of_network = signals_of(layers[""].rule)
    moment |= {name: values for name, values in columns.items() if name in of_network}
    steps = len(moment["t"])
    found = {}
    for full in recorded.names:
        layer, _, name = full.rpartition(".")
        one = layers[layer]
        prefix = f"{one.pathway}/" if one.pathway else ""
        own = {
            of.removeprefix(prefix): values
            for of, values in columns.items()
            if of.rpartition("/")[0] == one.pathway
        }
        here = {**known, **moment, **own, "k": np.arange(one.number)}
        values = network_functions(one.rule, here, [name])[name]
        if name in of_network:
            found[full] = np.broadcast_to(values, (steps, 1))[:, 0]
        else:
            found[full] = np.broadcast_to(values, (steps, one.number))
    return found
