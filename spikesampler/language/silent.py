"""Models in which nothing fires: synapses alone, moved by their drift and noise.

A model file that says nothing of neurons has I synapses onto each of K neurons, of which neither
the inputs nor the outputs ever fire: sizes of spines, say, without what they transmit.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from spikesampler.language.parameter import Parameter
from spikesampler.language.rule import SILENT_FIRING

__all__ = ["STIMULUS", "completed", "without_stimuli"]

#: fields that say something of neurons; a file that has one of them has to have what they need
_OF_NEURONS = (
    *("inputs", "outputs", "learning", "layers", "signals", "events", "resets", "firing"),
    "teacher",
)
_SILENCE = {
    "inputs": "dx/dt = 0/second : 1",
    "outputs": "u = 0 : 1",
    "firing": SILENT_FIRING,
}
#: standard parameters that say something where stimuli are shown alone
STIMULUS = (
    *("D", "gap", "cluster_mean", "cluster_mean_sd", "cluster_spread", "cluster_jitter"),
    *("cluster_matrix", "r_min", "r_max", "tuning_width", "tuning_factor"),
)


def completed(assigned: Mapping[str, Any]) -> dict[str, Any]:
    """What a file assigns, with neurons that never fire where it says nothing of any."""
    has_neurons = {*_OF_NEURONS, "network"} & assigned.keys()
    return {**assigned} if has_neurons or "synapses" not in assigned else {**assigned, **_SILENCE}


def without_stimuli(standard: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """The standard parameters with inputs that are never driven."""
    return {
        name: replace(parameter, value=0.0) if name in ("r_min", "r_max") else parameter
        for name, parameter in standard.items()
    }
