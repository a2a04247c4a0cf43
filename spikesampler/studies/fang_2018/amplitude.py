"""How much the noise of Eq. (3) differs between synapses at the start: is there any structure?

Its amplitude is sqrt(N alpha e^w), w = e^(theta - theta_0). Where w is far below 1 for all
synapses, e^w is the same number for all of them, and noise that grows with the weight is noise that
does not.
"""

from collections.abc import Mapping
from functools import cache

import numpy as np

from spikesampler.language.evaluator import start_of, synapse_functions
from spikesampler.language.model import load_model

__all__ = ["ALIKE", "amplitude_variation", "why_untested"]

ALIKE = 0.25  #: a coefficient of variation below which structure is not tested
DRAWS = 1 << 18  #: of theta; the standard error of the coefficient is below 1 % of it


@cache
def _variation(start: str, chosen: tuple[tuple[str, str], ...]) -> float:
    model = load_model("fang_2018", **dict(chosen))
    values = model.base_values()
    theta = start_of(model.rule, values, start, np.random.default_rng(0), (DRAWS,))
    low, high = model.theta_bounds
    intensity = synapse_functions(
        model.rule, values, np.clip(theta, low, high), wanted=["intensity"]
    )["intensity"]
    amplitude = np.sqrt(intensity)
    return float(amplitude.std() / amplitude.mean())


def amplitude_variation(start: str, chosen: Mapping[str, str] | None = None) -> float:
    """Coefficient of variation of sqrt(N alpha e^w) over synapses at a start of the model.

    chosen : {parameter: text} that differ from the model's. A number, such as 0.14 from `prior`.
    """
    return _variation(start, tuple(sorted((chosen or {}).items())))


def why_untested(start: str, chosen: Mapping[str, str] | None = None) -> str:
    """Why structure cannot be told from power from this start; "" where it can."""
    variation = amplitude_variation(start, chosen)
    if variation >= ALIKE:
        return ""
    return (
        "the two laws are nearly the same here: the coefficient of variation of sqrt(N alpha e^w)"
        f" over synapses at the start is {variation:.2g}"
    )
