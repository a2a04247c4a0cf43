"""The structure of a network: everything that decides what its compiled program is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from spikesampler.language.arm_rule import applied
from spikesampler.language.model import Model
from spikesampler.language.noise_arms import MATCHED
from spikesampler.language.release import released
from spikesampler.language.sum_texts import named_means
from spikesampler.language.units import UNITS

CAPACITY = 1000  #: samples that one chunk can hold; samples of a chunk are a run-time argument
SHOWN = 4_000_000  #: numbers of changing stimuli that a chunk holds at most, 32 MB


def structure_of(
    model: Model,
    *,
    arm: Mapping[str, Any],
    coding: str,
    num_features: int,
    frames: int = 1,
    engine: str = "fast",
    capacity: int = CAPACITY,
) -> dict[str, Any]:
    """What is compiled in, as a JSON-able dict: equations, sizes, time steps, arm, rule.

    All other parameters are set at run time; `units` has the power of time of each.

    Parameters
    ----------
    arm : texts of a noise arm for this model (`language.arm_texts`).
    coding : "tuning" (num_features dimensions of a stimulus), "rates" (one value per input) or
        "spikes" (of every input, replayed).
    frames : stimuli that a sample shows one after the other, each as long; they divide its steps.
    engine : "fast", or "reference" for the plain clock-driven network.
    capacity : samples that one chunk can hold.
    """
    rule, variance, shared = applied(model.rule, arm, model.parameters)
    variance, means = named_means(variance)
    release: dict[str, Any] = {}
    if arm["release"]:
        rule, release = released(rule, arm["release"], model.parameters)
    units = {name: UNITS[p.unit][1] for name, p in model.parameters.items() if not p.choices}
    width = num_features if coding == "tuning" else model["I"]
    if frames > 1:
        capacity = max(1, min(capacity, SHOWN // (frames * width)))
    return {
        "engine": engine,
        "arm": {
            "name": arm["name"],
            "variance": variance,
            "means": means,
            "shared": shared,
            "release": release,
        },
        "coding": coding,
        "num_features": num_features if coding == "tuning" else 0,
        "frames": frames,
        "capacity": capacity,
        "I": model["I"],
        "K": model["K"],
        "dt": model["dt"],
        "grid": model["grid"],
        "sample_length": model["sample_length"],
        "gap": model["gap"],
        "rule": replace(rule, noises={}).to_dict(),
        "units": units | {"theta_low": 0, "theta_high": 0, MATCHED: 0},
    }
