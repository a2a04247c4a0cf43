"""Layers: a network as a list of pathways, each written like a network of one layer.

A pathway is the synapses of one layer from one of its sources: the inputs, another layer, or the
layer itself. What a pathway does not set it has from its layer, and a layer from the top of the
file. So each has a whole rule, and whatever reads the rule of one layer reads that of a pathway.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from spikesampler.errors import InputError
from spikesampler.language.blocks import read_statements
from spikesampler.language.evaluator import firing_of, number_of
from spikesampler.language.layer_sums import named_sums
from spikesampler.language.rule import Rule, rule_of

__all__ = [
    "INPUTS",
    "OF_LAYER",
    "OF_PATHWAY",
    "OUTPUTS",
    "Pathway",
    "address",
    "check_circles",
    "fields_of",
    "pathways_of",
    "sources_of",
]

INPUTS, OUTPUTS = "inputs", "outputs"  #: the source that is no layer; the layer that answers
_SHARED = ("inputs", "synapses", "drift", "noises", "bounds", "starts", "initial", "learning")
#: what a layer's dict may set, and that of one of its sources
OF_LAYER = (
    *("size", "groups", "sources", "outputs", "firing", "events", "resets", "teacher", "weight"),
    *_SHARED,
)
OF_PATHWAY = ("delay", "plastic", "resets", "weight", *_SHARED)
_OF_RULE = ("outputs", "firing", "events", "resets", "teacher", "weight", "signals", *_SHARED)


@dataclass(frozen=True)
class Pathway:
    """The synapses of a layer from one of its sources.

    name : of the layer, where it has one source, else LAYER.SOURCE. num_outputs, num_inputs :
    neurons of the layer and of the source. groups : winner-take-all circuits of the layer, of
    equal size. delay : in s, of the source's spikes. plastic : False where nothing is learnt,
    nothing drifts and there is no noise, whatever the arm. rule : that of one layer, whose inputs
    are what a synapse sees of the source's spikes; of other pathways' sums it has the names alone
    (`named_sums`).
    """

    name: str
    layer: str
    source: str
    num_outputs: int
    num_inputs: int
    groups: int
    delay: float
    plastic: bool
    rule: Rule


def address(layer: str, source: str, sources: Collection[str]) -> str:
    """What a pathway is called."""
    return layer if len(sources) == 1 else f"{layer}.{source}"


def sources_of(layer: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """{source: what its pathway sets} of a layer's dict, whose sources may be names alone."""
    sources = layer.get("sources", ())
    return dict(sources) if isinstance(sources, Mapping) else {name: {} for name in sources}


def fields_of(
    fields: Mapping[str, Any], layer: Mapping[str, Any], pathway: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields of a pathway's rule: its own, else its layer's, else those at the top.

    Of resets, a pathway's own come to its layer's.
    """
    found = {name: fields[name] for name in _OF_RULE if name in fields}
    found |= {name: layer[name] for name in _OF_RULE if name in layer}
    resets = pathway.get("resets", {})
    found |= {name: pathway[name] for name in _OF_RULE if name in pathway}
    if isinstance(resets, Mapping) and isinstance(of_layer := layer.get("resets", {}), Mapping):
        found["resets"] = dict(of_layer or fields.get("resets", {})) | dict(resets)
    if pathway.get("plastic", True) is False:
        found |= {"learning": {}, "drift": ""}
    return found


def pathways_of(
    fields: Mapping[str, Any],
    words: Mapping[str, str],
    values: Mapping[str, Any],
) -> tuple[Pathway, ...]:
    """The pathways of a model, layers in the order of its file; of one layer, the one there is.

    fields : of the file, by name. words : values of the parameters that are words; values : of all,
    in base units. Raises InputError, which names the layer and the field.
    """
    if not fields["layers"]:
        rule = rule_of(fields, words)
        K, I = values.get("K", 0), values.get("I", 0)  # a model without spikes has none
        return (Pathway(OUTPUTS, OUTPUTS, INPUTS, K, I, 1, 0.0, True, rule),)
    layers = fields["layers"]
    sizes = {INPUTS: values["I"]} | {
        name: _size(name, layer, values) for name, layer in layers.items()
    }
    found = []
    for name, layer in layers.items():
        sources = sources_of(layer)
        groups = _groups(name, layer, sizes[name], values)
        of_layer = []
        for source, own in sources.items():
            place = f"layers['{name}']" + (f"['{source}']" if len(sources) > 1 else "")
            rule = _in(place, rule_of, fields_of(fields, layer, own), words)
            pathway = Pathway(
                address(name, source, sources),
                name,
                source,
                sizes[name],
                sizes[source],
                groups,
                _in(place, _delay, own, values),
                own.get("plastic", True),
                rule,
            )
            of_layer.append(pathway)
        texts = named_sums(of_layer[0].rule.outputs, [*sources]) if of_layer else {}
        found += [
            replace(each, rule=replace(each.rule, outputs=texts[each.source])) for each in of_layer
        ]
    for pathway in found:
        _check(pathway)
    if all(pathway.source != INPUTS for pathway in found):
        raise InputError(
            f'layers: no layer hears the inputs; expected sources=("{INPUTS}",) in one of them'
        )
    check_circles(found)
    return tuple(found)


def _in(place: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """function(*arguments); its InputError says in which layer it was."""
    try:
        return function(*arguments)
    except InputError as error:
        raise InputError(f"{place}: {error}") from None


def _whole(text: Any, values: Mapping[str, Any], place: str, what: str) -> int:
    number = number_of(str(text), values, place)
    if number != round(number) or number < 1:
        raise InputError(f"{place}: {text} is {number:g}; expected {what}, a whole number from 1")
    return round(number)


def _size(name: str, layer: Mapping[str, Any], values: Mapping[str, Any]) -> int:
    """Neurons of a layer."""
    if name == OUTPUTS:
        return int(values["K"])
    return _whole(layer["size"], values, f"layers['{name}']['size']", "the number of its neurons")


def _groups(name: str, layer: Mapping[str, Any], size: int, values: Mapping[str, Any]) -> int:
    """Winner-take-all circuits of a layer."""
    place = f"layers['{name}']['groups']"
    number = _whole(layer.get("groups", 1), values, place, "the number of its circuits")
    if size % number:
        raise InputError(
            f"{place}: {layer['groups']} is {number}, which does not divide the layer's {size}"
            " neurons; expected circuits of equal size"
        )
    return number


def _delay(own: Mapping[str, Any], values: Mapping[str, Any]) -> float:
    """Seconds from a source's spike to where it arrives, a whole number of steps."""
    if (text := own.get("delay", 0)) in (0, "", "0"):
        return 0.0
    delay, dt = number_of(str(text), values, "delay"), values["dt"]
    steps = delay / dt
    if delay < 0 or abs(steps - round(steps)) > 1e-6:
        raise InputError(
            f"delay: {text} is {delay * 1e3:g} ms; expected a whole multiple of dt={dt * 1e3:g}*ms,"
            " 0 or more"
        )
    return round(steps) * dt


def _check(pathway: Pathway) -> None:
    """Refuse what only the layer that answers may do, and circuits without a race."""
    rule, place = pathway.rule, f"layers['{pathway.layer}']"
    if pathway.groups > 1 and firing_of(rule).law != "race":
        raise InputError(
            f"{place}['groups']: circuits are of outputs that race; with firing {rule.firing} every"
            " neuron fires for itself: leave groups out"
        )
    if pathway.layer == OUTPUTS:
        return
    signals = rule.states("signals")
    changed = [s.target for text in rule.resets.values() for s in read_statements(text)]
    if common := [name for name in changed if name in signals]:
        raise InputError(
            f"{place}: resets change the signal {common[0]}, which events of the layer {OUTPUTS}"
            f" alone may do; give {pathway.layer} its own resets"
        )
    if "teacher" in rule.learning or "teacher" in rule.resets:
        raise InputError(
            f"{place}: learning has a rule for the teacher, who knows the labels of the layer"
            f" {OUTPUTS} alone; give {pathway.layer} its own learning"
        )


def check_circles(pathways: Iterable[Any]) -> None:
    """Refuse layers that follow from each other in the same step.

    pathways : with layer, source and delay. Raises InputError that says the circle.
    """
    instant: dict[str, list[str]] = {}
    for pathway in pathways:
        if not pathway.delay:
            instant.setdefault(pathway.layer, []).append(pathway.source)

    def circle(layer: str, path: tuple[str, ...]) -> tuple[str, ...]:
        if layer in path:
            return (*path[path.index(layer) :], layer)
        below = (circle(source, (*path, layer)) for source in instant.get(layer, ()))
        return next(filter(None, below), ())

    for layer in instant:
        if found := circle(layer, ()):
            first, second = found[:2]
            raise InputError(
                f"layers: {' hears '.join(found)} without a delay; expected one of at least a step"
                f" on the way, such as layers['{first}']: sources={{'{second}':"
                ' dict(delay="0.005*second")}'
            )
