"""What a network carries over from step to step: which variables, and their values."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.language.blocks import differential_names, read_equations
from spikesampler.spiking.names import engine_name
from spikesampler.spiking.structure import (
    ANSWER,
    asked_of,
    groups_of,
    pathway_of,
    pathway_structures,
)

Array = NDArray[np.float64]

__all__ = [
    "PENDING",
    "State",
    "Variables",
    "as_at_the_start",
    "from_arrays",
    "is_state",
    "silent_state",
    "to_arrays",
    "variables",
]

PENDING = "pending"  #: what a group of spikes that are on their way is called, and their variable


class State(NamedTuple):
    """Values of all that a pathway carries over, by the names of the model's text.

    theta (K, I); inputs, each (I,); outputs, each (K,): their own variables, signals and the answer
    to the last sample, of which every output has a copy; synapses, each (K, I): further state.
    pending (delay, I): 1 where a spike of the source arrives so many steps later. others : of the
    other pathways of a network, by name; outputs of a layer are with its first pathway.
    """

    theta: Array
    inputs: dict[str, Array]
    outputs: dict[str, Array]
    synapses: dict[str, Array]
    pending: Array | None = None
    others: Mapping[str, "State"] = {}

    def pathways(self, structure: Mapping[str, Any]) -> dict[str, "State"]:
        """{name: state of each pathway}, in the order of the model."""
        own = {pathway_of(structure)["name"]: self, **self.others}
        return {name: own[name] for name in pathway_structures(structure)}


class Variables(NamedTuple):
    """Names of the state by group; own: those of `outputs` that probes do not begin anew."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    synapses: tuple[str, ...]
    own: tuple[str, ...]


def variables(structure: Mapping[str, Any]) -> Variables:
    """The Variables of a structure's own pathway, in the order of its text."""
    rule, arm = structure["rule"], structure["arm"]
    inputs, own, synapses, signals = (
        differential_names(read_equations(rule[block]))
        for block in ("inputs", "outputs", "synapses", "signals")
    )
    stepped = dict.fromkeys([*synapses, *rule["drift"], *arm["variance"]])
    stepped.pop("theta", None)
    asked = asked_of(structure)
    answer = ANSWER if {*ANSWER} & {*asked} else ()
    rate = ("rate",) if "rate" in asked else ()
    if not structure.get("leads", True):  # they are with the first pathway of the layer
        own, signals, answer, rate = [], [], (), ()
    elif pathway_of(structure)["layer"] != "outputs":  # which has the signals
        signals = []
    begun_anew = arm["release"].get("states", ())  # a network that is silent released nothing
    lasting = tuple(name for name in own if name not in begun_anew)
    return Variables(tuple(inputs), (*own, *signals, *answer, *rate), tuple(stepped), lasting)


def is_state(name: str, structure: Mapping[str, Any]) -> bool:
    """Whether the program's variable GROUP.VARIABLE is one of the state."""
    group, short = name.split(".", 1)
    if group.startswith(f"{PENDING}_"):
        return short == PENDING
    short = short.removeprefix("stored_")
    groups = groups_of(structure)
    for pathway, own in pathway_structures(structure).items():
        names = variables(own)
        at = groups[pathway]
        of_group = {at.traces: names.inputs, at.synapses: ("theta", *names.synapses)}
        of_group.setdefault(at.layer, names.outputs)
        if short in map(engine_name, of_group.get(group, ())):
            return True
    return False


def silent_state(
    theta: ArrayLike,
    structure: Mapping[str, Any],
    initial: Mapping[str, ArrayLike] | None = None,
    others: Mapping[str, tuple[ArrayLike, Mapping[str, ArrayLike]]] | None = None,
) -> State:
    """State with these synapses and no activity yet.

    theta : (K, I). initial : values of variables that do not begin at 0: one number, or one for
    each of the group. others : theta and initial values of the other pathways, by name.
    """
    main = pathway_of(structure)["name"]
    of_pathways = {main: (theta, initial or {}), **(others or {})}
    states = {
        name: _silent(of_pathways[name][0], each, of_pathways[name][1])
        for name, each in pathway_structures(structure).items()
    }
    own = states.pop(main)
    return own._replace(others=states) if states else own


def _silent(
    theta: ArrayLike, structure: Mapping[str, Any], initial: Mapping[str, ArrayLike]
) -> State:
    """State of one pathway with no activity yet."""
    theta = np.array(theta, dtype=float)
    K, I = theta.shape
    begin = {"response": -1.0, "correct": 1 / K} | dict(initial)
    names = variables(structure)

    def values(group: tuple[str, ...], shape: tuple[int, ...]) -> dict[str, Array]:
        return {
            name: np.broadcast_to(np.asarray(begin.get(name, 0.0), float), shape).copy()
            for name in group
        }

    delay = pathway_of(structure)["delay"]
    return State(
        theta,
        values(names.inputs, (I,)),
        values(names.outputs, (K,)),
        values(names.synapses, (K, I)),
        np.zeros((delay, I)) if delay else None,
    )


def as_at_the_start(
    state: State,
    start: State,
    structure: Mapping[str, Any],
    learnt: Collection[str] = (),
    learnt_of_others: Mapping[str, Collection[str]] | None = None,
) -> State:
    """The state from which a frozen network begins what it is shown.

    theta, the outputs' own variables and what is learnt of the synapses' are as they are, and all
    else as at the start. learnt : names of the latter in the pathway that answers;
    learnt_of_others : in the others, by pathway.
    """
    main = pathway_of(structure)["name"]
    names = {main: learnt, **(learnt_of_others or {})}
    before = start.pathways(structure)
    begun = {}
    for name, own in state.pathways(structure).items():
        of_pathway = pathway_structures(structure)[name]
        lasting = {x: own.outputs[x] for x in variables(of_pathway).own}
        synapses = before[name].synapses | {x: own.synapses[x] for x in names.get(name, ())}
        at = before[name]
        begun[name] = State(own.theta, at.inputs, at.outputs | lasting, synapses, at.pending)
    own = begun.pop(main)
    return own._replace(others=begun) if begun else own


def to_arrays(state: State) -> dict[str, Array]:
    """The state as arrays by name, theta and GROUP.VARIABLE, such as a checkpoint keeps.

    Those of another pathway begin with its name and a slash.
    """
    groups = {"inputs": state.inputs, "outputs": state.outputs, "synapses": state.synapses}
    further = {
        f"{group}.{name}": values
        for group, of_group in groups.items()
        for name, values in of_group.items()
    }
    arrays = {"theta": state.theta, **further}
    if state.pending is not None:
        arrays[PENDING] = state.pending
    for pathway, other in state.others.items():
        arrays |= {f"{pathway}/{name}": values for name, values in to_arrays(other).items()}
    return arrays


def from_arrays(arrays: Mapping[str, Array]) -> State:
    """The State that `to_arrays` made arrays of."""
    groups: dict[str, dict[str, Array]] = {"inputs": {}, "outputs": {}, "synapses": {}}
    others: dict[str, dict[str, Array]] = {}
    for name, values in arrays.items():
        pathway, slash, of_pathway = name.partition("/")
        if slash:
            others.setdefault(pathway, {})[of_pathway] = values
            continue
        group, _, variable = name.partition(".")
        if variable:
            groups[group][variable] = values
    further = {name: from_arrays(of_pathway) for name, of_pathway in others.items()}
    return State(arrays["theta"], **groups, pending=arrays.get(PENDING), others=further)
