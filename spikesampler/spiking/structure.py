"""The structure of a network: everything that decides what its compiled program is."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from spikesampler.language.arm_rule import applied
from spikesampler.language.model import Model
from spikesampler.language.noise_arms import MATCHED
from spikesampler.language.rule import Rule
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
    rule, variance = applied(model.rule, arm, model.parameters)
    units = {name: UNITS[p.unit][1] for name, p in model.parameters.items() if not p.choices}
    width = num_features if coding == "tuning" else model["I"]
    if frames > 1:
        capacity = max(1, min(capacity, SHOWN // (frames * width)))
    return {
        "engine": engine,
        "arm": {"name": arm["name"], "variance": variance, "release": arm["release"]},
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
        "units": units | {"theta_low": 0, "theta_high": 0, "theta_max": 0, MATCHED: 0},
        **_of_two_traces(model, rule),
    }


def _of_two_traces(model: Model, rule: Rule) -> dict[str, Any]:
    """What a network of two traces is made from: until networks are made from the rule itself."""
    sums = "dv_slow/dt = -v_slow/tau_m : 1\ndv_fast/dt = -v_fast/tau_s : 1\n"
    outputs = rule.outputs
    for written, of_sums in {
        "u = sum(passed*x - felt)": "total_intensity : 1\nu = v_slow - v_fast - total_intensity",
        "u = sum(passed*x)": "u = v_slow - v_fast",
    }.items():
        outputs = outputs.replace(written, of_sums)
    texts = {
        "retraction": model.base_values().get("retraction", "none"),
        "inputs": rule.inputs,
        "outputs": sums + outputs,
        "synapses": "w = exp(theta - theta_0)",
        "drift": rule.drift.get("theta", "0"),
        "learning": rule.learning,
        "resets": {when: text for when, text in rule.resets.items() if when != "input"},
    }
    named = json.dumps(texts).replace("\\n", " \\n ")
    named = re.sub(r"\b(d?)(x_slow|x_fast|adaptation)\b", r"\1\2_var", named)
    return json.loads(named.replace(" \\n ", "\\n"))
