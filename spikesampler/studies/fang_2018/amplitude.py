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

__all__ = ["ALIKE", "amplitude_range", "amplitude_variation", "why_untested"]

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


def amplitude_range() -> tuple[float, float]:
    """sqrt(N alpha e^w) at w = 0, and at the model's bound, where alpha e^w is intensity_max."""
    model = load_model("fang_2018")
    least, most = (model["N"] * model[name] for name in ("alpha", "intensity_max"))
    return float(np.sqrt(least)), float(np.sqrt(most))


def why_untested(start: str, chosen: Mapping[str, str] | None = None, late: bool = False) -> str:
    """Why structure cannot be told from power from this start; "" where it can.

    late : at the end of learning, when the power of noise that was as strong at the start is other.
    """
    variation = amplitude_variation(start, chosen)
    if variation >= ALIKE:
        return ""
    alike = (
        "the two laws are nearly the same at the start, where the coefficient of variation of"
        f" sqrt(N alpha e^w) over synapses is {variation:.2g} (with the model's bound)"
    )
    end = ", and at the end structure and power both differ, so that this refutes neither"
    return alike + end if late else alike
