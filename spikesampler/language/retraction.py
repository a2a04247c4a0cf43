"""Retraction: what a synapse transmits whose theta is low, as engine text, for arrays, in words.

Kappel et al. (2015) let a synapse with theta < 0 retract; the model's parameter `retraction` says
how: not at all (`none`), by as much as w exceeds its value at theta = 0 (`clip`), or by a jump to
0 (`jump`).
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

__all__ = ["RETRACTION", "Retraction", "weights_of"]


class Retraction(NamedTuple):
    """One way to retract, as engine text, for arrays, and in words.

    transmitted, felt: Brian2 text of what a synapse of weight w passes on, and of the intensity
    that counts in u. refresh: text that w, as the model has it, is put into. weights: what is
    transmitted, from arrays of theta. words: the same for people.
    """

    transmitted: str
    felt: str
    refresh: str
    weights: Callable[[Any, float], Any]
    words: str


RETRACTION = {
    "none": Retraction(
        "w",
        "intensity",
        "{}",
        lambda theta, theta_0: np.exp(theta - theta_0),
        "a synapse transmits w",
    ),
    "clip": Retraction(
        "clip(w - exp(-theta_0), 0, 1e9)",
        "clip(intensity*exp(-exp(-theta_0)), alpha, 1e9)",
        "{}",
        lambda theta, theta_0: np.maximum(np.exp(theta - theta_0) - np.exp(-theta_0), 0.0),
        "a synapse transmits max(0, w − exp(−θ₀))",
    ),
    "jump": Retraction(
        "w",
        "intensity",
        "({})*int(theta >= 0)",
        lambda theta, theta_0: np.exp(theta - theta_0) * (theta >= 0),
        "a synapse transmits w, or 0 where θ < 0",
    ),
}


def weights_of(theta: Any, values: Mapping[str, Any]) -> Any:
    """What synapses transmit, of the shape and type of theta, dimensionless.

    theta : array or DataArray, such as (output, input); values : the run's parameters in base
    units, of which theta_0 and retraction count; a model without retraction has none.
    """
    return RETRACTION[values.get("retraction", "none")].weights(theta, values["theta_0"])
