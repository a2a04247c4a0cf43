"""The structure of a network: everything that decides what its compiled program is."""

from typing import Any

from spikesampler.language.model import Model
from spikesampler.language.units import UNITS

CAPACITY = 1000  #: samples that one chunk can hold; samples of a chunk are a run-time argument


def structure_of(
    model: Model,
    *,
    arm: str,
    coding: str,
    num_features: int,
    frames: int = 1,
    engine: str = "fast",
    capacity: int = CAPACITY,
) -> dict[str, Any]:
    """What is compiled in, as a JSON-able dict: equations, sizes, time steps, arm, retraction.

    All other parameters are set at run time; `units` has the power of time of each.

    Parameters
    ----------
    arm : a name in `language.noise_arms`.
    coding : "tuning" (num_features dimensions of a stimulus), "rates" (one value per input) or
        "spikes" (of every input, replayed).
    frames : stimuli that a sample shows one after the other, each as long; they divide its steps.
    engine : "fast", or "reference" for the plain clock-driven network.
    capacity : samples that one chunk can hold.
    """
    units = {name: UNITS[p.unit][1] for name, p in model.parameters.items() if not p.choices}
    return {
        "engine": engine,
        "arm": arm,
        "coding": coding,
        "num_features": num_features if coding == "tuning" else 0,
        "frames": frames,
        "capacity": capacity,
        "I": model["I"],
        "K": model["K"],
        "dt": model["dt"],
        "grid": model["grid"],
        "sample_length": model["sample_length"],
        "retraction": model["retraction"],
        "units": units | {"theta_max": 0, "v": 0},
        "inputs": model.inputs,
        "outputs": model.outputs,
        "synapses": model.synapses,
        "drift": model.drift,
        "learning": dict(model.learning),
        "resets": dict(model.resets),
    }
