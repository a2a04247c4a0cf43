"""The structure of a network: everything that decides what its compiled program is.

It is that of one layer, of the pathway that answers; what further pathways a network has is in it
under `others`, and `pathway_structures` gives the structure of each as if it were the only one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from spikesampler.language.arm_rule import applied
from spikesampler.language.layers import INPUTS, Pathway
from spikesampler.language.model import Model
from spikesampler.language.noise_arms import MATCHED
from spikesampler.language.release import released
from spikesampler.language.sum_texts import named_means
from spikesampler.language.units import UNITS

CAPACITY = 1000  #: samples that one chunk can hold; samples of a chunk are a run-time argument
#: the answer to the last sample: variables of the outputs, where a text asks for one of them
ANSWER = ("response", "correct")
SHOWN = 4_000_000  #: numbers of changing stimuli that a chunk holds at most, 32 MB


def structure_of(
    model: Model,
    *,
    arm: Mapping[str, Any],
    coding: str,
    num_features: int,
    arms: Mapping[str, Mapping[str, Any]] | None = None,
    frames: int = 1,
    engine: str = "fast",
    capacity: int = CAPACITY,
) -> dict[str, Any]:
    """What is compiled in, as a JSON-able dict: equations, sizes, time steps, arm, rule.

    All other parameters are set at run time; `units` has the power of time of each.

    Parameters
    ----------
    arm : texts of a noise arm for this model (`language.arm_texts`), of its main pathway.
    coding : "tuning" (num_features dimensions of a stimulus), "rates" (one value per input) or
        "spikes" (of every input, replayed).
    arms : texts of the arms of other pathways, by their names; of one that is not there, `arm`.
    frames : stimuli that a sample shows one after the other, each as long; they divide its steps.
    engine : "fast", or "reference" for the plain clock-driven network.
    capacity : samples that one chunk can hold.
    """
    main = model.main
    units = {name: UNITS[p.unit][1] for name, p in model.parameters.items() if not p.choices}
    width = num_features if coding == "tuning" else model["I"]
    if frames > 1:
        capacity = max(1, min(capacity, SHOWN // (frames * width)))
    structure = {
        "engine": engine,
        **_of_pathway(main, arm, model),
        "coding": coding,
        "num_features": num_features if coding == "tuning" else 0,
        "frames": frames,
        "capacity": capacity,
        "dt": model["dt"],
        "grid": model["grid"],
        "sample_length": model["sample_length"],
        "gap": model["gap"],
        "units": units | {"theta_low": 0, "theta_high": 0, MATCHED: 0},
    }
    if not model.layers:
        return structure
    others = {
        each.name: _of_pathway(each, (arms or {}).get(each.name, arm), model) | _facts(each, model)
        for each in model.pathways
        if each is not main
    }
    order = {"order": [each.name for each in model.pathways], "num_inputs": model["I"]}
    return structure | _facts(main, model) | {"others": others, **order}


def _of_pathway(pathway: Pathway, arm: Mapping[str, Any], model: Model) -> dict[str, Any]:
    """Arm, sizes and rule of a pathway, with the arm folded in."""
    rule, variance, shared = applied(pathway.rule, arm, model.parameters)
    of_layer = [each.name for each in model.pathways if each.layer == pathway.layer]
    place = of_layer.index(pathway.name)
    variance, means = named_means(variance, f"mean_{place}" if place else "mean")
    release: dict[str, Any] = {}
    if arm["release"]:
        rule, release = released(rule, arm["release"], model.parameters)
    return {
        "arm": {
            "name": arm["name"],
            "variance": variance,
            "means": means,
            "shared": shared,
            "release": release,
        },
        "I": pathway.num_inputs,
        "K": pathway.num_outputs,
        "rule": replace(rule, noises={}).to_dict(),
    }


def _facts(pathway: Pathway, model: Model) -> dict[str, Any]:
    """What a pathway is among others; delay in steps."""
    return {
        "pathway": {
            "name": pathway.name,
            "layer": pathway.layer,
            "source": pathway.source,
            "delay": round(pathway.delay / model["dt"]),
            "groups": pathway.groups,
            "plastic": pathway.plastic,
        }
    }


#: what the one pathway of a network without layers is
ALONE = {
    "name": "outputs",
    "layer": "outputs",
    "source": INPUTS,
    "delay": 0,
    "groups": 1,
    "plastic": True,
}


def pathway_of(structure: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the pathway of a structure is: name, layer, source, delay in steps, groups, plastic."""
    return structure.get("pathway", ALONE)


def pathway_structures(structure: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """{name: structure of a pathway as if it were the only one}, in the order of the model."""
    if "others" not in structure:
        return {pathway_of(structure)["name"]: structure}
    base = {name: value for name, value in structure.items() if name not in ("others", "order")}
    others = {name: {**base, **own} for name, own in structure["others"].items()}
    named = {pathway_of(structure)["name"]: base} | others
    return {name: named[name] | _asked(name, named, structure) for name in structure["order"]}


def _asked(
    name: str, named: Mapping[str, Mapping[str, Any]], structure: Mapping[str, Any]
) -> dict[str, Any]:
    """What texts of others ask of a pathway: names that its layer keeps for them; and whether it
    is the first of its layer, whose variables are with it.
    """
    layer = pathway_of(named[name])["layer"]
    of_layer = [n for n in structure["order"] if pathway_of(named[n])["layer"] == layer]
    asked = ["rate"] if any(says(named[other], "rate") for other in of_layer) else []
    if layer == pathway_of(structure)["layer"]:
        asked += [x for x in ANSWER if any(says(each, x) for each in named.values())]
    return {"asked": asked, "leads": name == of_layer[0]}


def asked_of(structure: Mapping[str, Any]) -> list[str]:
    """Names without an equation that the layer of a pathway keeps: rate, response and correct."""
    if "asked" in structure:
        return list(structure["asked"])
    return [name for name in ("rate", *ANSWER) if says(structure, name)]


def says(structure: Mapping[str, Any], name: str) -> bool:
    """Whether the texts of a pathway say a name."""
    texts = _texts([structure["rule"], structure["arm"]])
    return any(re.search(rf"\b{name}\b", re.sub("#.*", "", text)) for text in texts)


def _texts(value: Any) -> Iterator[str]:
    """All texts within dicts and lists."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def num_inputs(structure: Mapping[str, Any]) -> int:
    """Inputs of the network."""
    return structure.get("num_inputs", structure["I"])


class Groups:
    """The program's groups of a pathway: traces of its source, its layer and its synapses.

    Of the pathway that answers they are called inputs, outputs and synapses, where it hears the
    inputs without a delay; else the first that does so has the group inputs.
    """

    @classmethod
    def alone(cls) -> "Groups":
        """Those of a network that has one pathway."""
        return cls({}, {})

    def __init__(self, structure: Mapping[str, Any], whole: Mapping[str, Any]) -> None:
        own, main = pathway_of(structure), pathway_of(whole)
        short = own["name"].replace(".", "_from_")
        at_once = [
            name
            for name, each in pathway_structures(whole).items()
            if pathway_of(each)["source"] == INPUTS and not pathway_of(each)["delay"]
        ]
        first = main["name"] if main["name"] in at_once else next(iter(at_once), "")
        self.draws = own["name"] == first
        self.traces = "inputs" if self.draws else f"inputs_{short}"
        self.layer = "outputs" if own["layer"] == main["layer"] else f"outputs_{own['layer']}"
        self.source = "outputs" if own["source"] == main["layer"] else f"outputs_{own['source']}"
        self.synapses = "synapses" if own["name"] == main["name"] else f"synapses_{short}"


def bare_inputs(structure: Mapping[str, Any]) -> dict[str, Any]:
    """The structure of inputs that only spike, where every pathway hears them after a delay."""
    own = next(iter(pathway_structures(structure).values()))
    rule = own["rule"] | {"inputs": "", "resets": {}}
    return {**own, "rule": rule, "I": num_inputs(structure), "pathway": ALONE}


def groups_of(structure: Mapping[str, Any]) -> dict[str, Groups]:
    """{pathway: its groups}."""
    return {name: Groups(each, structure) for name, each in pathway_structures(structure).items()}
