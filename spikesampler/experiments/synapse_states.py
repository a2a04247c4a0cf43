"""Variables of the synapses of all pathways by one name each, as chunks and records have them.

Those of the main pathway are called theta, or as the model's text says; those of another
PATHWAY/theta, and so on; so are those of neurons of a layer, with its first pathway.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from spikesampler.experiments.begun import Begun
from spikesampler.experiments.prepare import Prepared
from spikesampler.language.evaluator import weight_states, weights_of
from spikesampler.spiking.state import State, silent_state, variables
from spikesampler.spiking.structure import pathway_structures
from spikesampler.store.learning import STATE, of_pathway

__all__ = [
    "further_states",
    "kept_shapes",
    "learnt_states",
    "others_at",
    "record_name",
    "snapshot_shapes",
    "state_at_rest",
    "taken_over",
    "value_of",
    "values_by_name",
    "variable_name",
    "weights_at",
    "with_values",
]


def kept_shapes(p: Prepared) -> dict[str, tuple[int, ...]]:
    """{variable: (K, I)} of theta and of all else that weights depend on, the main pathway's
    first.
    """
    shapes = {}
    for name, begun in {"": p.main, **p.others}.items():
        prefix = f"{name}/" if name else ""
        for variable in ("theta", *weight_states(begun.pathway.rule)):
            shapes[prefix + variable] = begun.theta.shape
    return shapes


def snapshot_shapes(p: Prepared) -> dict[str, tuple[int, ...]]:
    """{variable: shape} of what a snapshot of the network has: `kept_shapes`, and, of layers, what
    else their neurons carry from sample to sample, such as an adaptation, each (K,).
    """
    shapes = kept_shapes(p)
    if "others" not in p.structure:
        return shapes
    main = p.model.main.name
    for name, structure in pathway_structures(p.structure).items():
        prefix = "" if name == main else f"{name}/"
        of_neurons = len(p.begun[name].theta)
        shapes |= {prefix + own: (of_neurons,) for own in variables(structure).own}
    return shapes


def value_of(state: State, name: str) -> np.ndarray:
    """The values of one of these variables."""
    pathway, _, variable = name.rpartition("/")
    of = state.others[pathway] if pathway else state
    if variable == "theta":
        return of.theta
    return of.synapses[variable] if variable in of.synapses else of.outputs[variable]


def values_by_name(state: State, names: Mapping[str, object]) -> dict[str, np.ndarray]:
    """{variable: values} of those of these names."""
    return {name: value_of(state, name) for name in names}


def others_at(p: Prepared, state: State) -> dict[str, dict[str, np.ndarray]]:
    """theta, weights and further state (K, I) of each pathway but the main one, by name."""
    return {
        name: {
            "theta": state.others[name].theta,
            "weights": weights_at(one, p.values, state.others[name]),
            **state.others[name].synapses,
        }
        for name, one in p.others.items()
    }


def with_values(state: State, values: Mapping[str, np.ndarray]) -> State:
    """The state with other values of some of these variables."""
    for name, array in values.items():
        pathway, _, variable = name.rpartition("/")
        of = state.others[pathway] if pathway else state
        if variable == "theta":
            of = of._replace(theta=array)
        elif variable in of.synapses:
            of = of._replace(synapses={**of.synapses, variable: array})
        else:
            of = of._replace(outputs={**of.outputs, variable: array})
        state = state._replace(others={**state.others, pathway: of}) if pathway else of
    return state


def record_name(name: str) -> str:
    """What one of these variables is called in records: theta, state_NAME, or theta@PATHWAY."""
    pathway, _, variable = name.rpartition("/")
    recorded = variable if variable == "theta" else STATE + variable
    return f"{recorded}@{pathway}" if pathway else recorded


def variable_name(name: str) -> str:
    """What one of these variables is called in learning.nc."""
    recorded, _, pathway = record_name(name).partition("@")
    return of_pathway(recorded, pathway) if pathway else recorded


def taken_over(p: Prepared) -> dict[str, np.ndarray]:
    """{variable: values (K, I)} of further state that the synapses have of another run."""
    of_others = {
        f"{name}/{variable}": values
        for name, begun in p.others.items()
        for variable, values in begun.taken.items()
    }
    return p.main.taken | of_others


def state_at_rest(p: Prepared) -> State:
    """The state at the start, without what another run left."""
    others = {name: (one.theta, one.initial) for name, one in p.others.items()}
    return silent_state(p.theta, p.structure, p.main.initial, others)


def learnt_states(p: Prepared) -> tuple[list[str], dict[str, list[str]]]:
    """States that a frozen network keeps as they were learnt: of the main pathway, and of others
    by name.
    """
    others = {name: weight_states(one.pathway.rule) for name, one in p.others.items()}
    return weight_states(p.main.pathway.rule), others


def further_states(state: State) -> dict[str, np.ndarray]:
    """All variables of the synapses but theta, by name."""
    of_others = {
        f"{name}/{variable}": values
        for name, other in state.others.items()
        for variable, values in other.synapses.items()
    }
    return state.synapses | of_others


def weights_at(begun: Begun, values: Mapping[str, Any], state: State) -> np.ndarray:
    """The weights (K, I) of a pathway in a State of its own; values : parameters in base units."""
    rule = begun.pathway.rule
    states = {name: state.synapses[name] for name in weight_states(rule)}
    return weights_of(rule, values, state.theta, states)
