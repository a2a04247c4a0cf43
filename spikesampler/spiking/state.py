"""What a network carries over from step to step: which variables, and their values."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.language.blocks import differential_names, read_equations
from spikesampler.spiking.names import engine_name

Array = NDArray[np.float64]

__all__ = [
    "State",
    "Variables",
    "as_at_the_start",
    "from_arrays",
    "is_state",
    "silent_state",
    "to_arrays",
    "uses",
    "variables",
]

#: the answer to the last sample: variables of the outputs, where the text asks for one of them
ANSWER = ("response", "correct")


class State(NamedTuple):
    """Values of all that is carried over, by the names of the model's text.

    theta (K, I); inputs, each (I,); outputs, each (K,): their own variables, signals and the answer
    to the last sample, of which every output has a copy; synapses, each (K, I): further state.
    """

    theta: Array
    inputs: dict[str, Array]
    outputs: dict[str, Array]
    synapses: dict[str, Array]


class Variables(NamedTuple):
    """Names of the state by group; own: those of `outputs` that probes do not begin anew."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    synapses: tuple[str, ...]
    own: tuple[str, ...]


def variables(structure: Mapping[str, Any]) -> Variables:
    """The Variables of a structure, in the order of its text."""
    rule, arm = structure["rule"], structure["arm"]
    inputs, own, synapses, signals = (
        differential_names(read_equations(rule[block]))
        for block in ("inputs", "outputs", "synapses", "signals")
    )
    stepped = dict.fromkeys([*synapses, *rule["drift"], *arm["variance"]])
    stepped.pop("theta", None)
    answer = ANSWER if any(uses(structure, name) for name in ANSWER) else ()
    rate = ("rate",) if uses(structure, "rate") else ()
    begun_anew = arm["release"].get("states", ())  # a network that is silent released nothing
    lasting = tuple(name for name in own if name not in begun_anew)
    return Variables(tuple(inputs), (*own, *signals, *answer, *rate), tuple(stepped), lasting)


def uses(structure: Mapping[str, Any], name: str) -> bool:
    """Whether a structure's text says a name."""
    texts = _texts([structure["rule"], structure["arm"]])
    return any(re.search(rf"\b{name}\b", re.sub("#.*", "", text)) for text in texts)


def is_state(name: str, structure: Mapping[str, Any]) -> bool:
    """Whether the program's variable GROUP.VARIABLE is one of the state."""
    group, short = name.split(".", 1)
    of_group = getattr(variables(structure), group) + (("theta",) if group == "synapses" else ())
    return short.removeprefix("stored_") in map(engine_name, of_group)


def _texts(value: Any) -> Iterator[str]:
    """All texts within dicts and lists."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, str):
        yield value
    else:
        for inner in value:
            yield from _texts(inner)


def silent_state(
    theta: ArrayLike, structure: Mapping[str, Any], initial: Mapping[str, ArrayLike] | None = None
) -> State:
    """State with these synapses and no activity yet.

    theta : (K, I). initial : values of variables that do not begin at 0: one number, or one for
    each of the group.
    """
    theta = np.array(theta, dtype=float)
    K, I = theta.shape
    begin = {"response": -1.0, "correct": 1 / K} | dict(initial or {})
    names = variables(structure)

    def values(group: tuple[str, ...], shape: tuple[int, ...]) -> dict[str, Array]:
        return {
            name: np.broadcast_to(np.asarray(begin.get(name, 0.0), float), shape).copy()
            for name in group
        }

    return State(
        theta,
        values(names.inputs, (I,)),
        values(names.outputs, (K,)),
        values(names.synapses, (K, I)),
    )


def as_at_the_start(
    state: State, start: State, structure: Mapping[str, Any], learnt: Collection[str] = ()
) -> State:
    """The state from which a frozen network begins what it is shown.

    theta, the outputs' own variables and what is learnt of the synapses' are as they are, and all
    else as at the start.
    """
    own = {name: state.outputs[name] for name in variables(structure).own}
    synapses = start.synapses | {name: state.synapses[name] for name in learnt}
    return State(state.theta, start.inputs, start.outputs | own, synapses)


def to_arrays(state: State) -> dict[str, Array]:
    """The state as arrays by name, theta and GROUP.VARIABLE, such as a checkpoint keeps."""
    groups = {"inputs": state.inputs, "outputs": state.outputs, "synapses": state.synapses}
    further = {
        f"{group}.{name}": values
        for group, of_group in groups.items()
        for name, values in of_group.items()
    }
    return {"theta": state.theta, **further}


def from_arrays(arrays: Mapping[str, Array]) -> State:
    """The State that `to_arrays` made arrays of."""
    groups: dict[str, dict[str, Array]] = {"inputs": {}, "outputs": {}, "synapses": {}}
    for name, values in arrays.items():
        group, _, variable = name.partition(".")
        if variable:
            groups[group][variable] = values
    return State(arrays["theta"], **groups)
