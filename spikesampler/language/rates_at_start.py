"""Rates of outputs in the silence before the first step, from the model's text alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import shortened
from spikesampler.language.evaluator import UNITS, firing_of
from spikesampler.language.expressions import evaluate
from spikesampler.language.linear import expanded
from spikesampler.language.rule import BLOCKS, Rule
from spikesampler.language.sum_texts import replace_sums

__all__ = ["rates_at_start", "warning_of_rates"]


def rates_at_start(
    rule: Rule,
    values: Mapping[str, Any],
    theta: NDArray[np.float64],
    initial: Mapping[str, ArrayLike],
) -> NDArray[np.float64]:
    """Rate of each output in Hz, (K,), where each fires for itself; of a race what all share.

    values : parameters in base units; theta : (K, I); initial : variables that do not begin at 0,
    a number, or inputs (I,), outputs (K,) and synapses (K, I). `rate` itself counts as 0, no sample
    was answered yet, and the first is of class 0.
    """
    outputs = theta.shape[0]
    moment = {"t": 0.0, "dt": values["dt"], "plastic": 1.0, "temperature": 1.0, "rate": 0.0}
    moment |= {"label": 0.0, "response": -1.0, "correct": 1 / outputs}
    known = {**UNITS, **values, **moment, "theta": theta, "k": np.arange(outputs)[:, np.newaxis]}
    for block in BLOCKS:
        for name in rule.synapse_states if block == "synapses" else rule.states(block):
            value = np.asarray(initial.get(name, 0.0), float)
            known[name] = value[:, np.newaxis] if block == "outputs" and value.ndim else value
    equations = [equation for block in BLOCKS for equation in rule.equations(block)]

    def summed(inner: str) -> str:
        name = f"sum_{len(known)}"
        of_synapses = np.asarray(evaluate(text_of(inner), known), float)
        known[name] = np.broadcast_to(of_synapses, theta.shape).sum(axis=1, keepdims=True)
        return name

    def text_of(text: str) -> str:
        """In terms of states, parameters and sums that are known."""
        return replace_sums(expanded(text, equations), summed)

    rate = np.asarray(evaluate(text_of(firing_of(rule).rate), known), float)
    return np.broadcast_to(rate, (outputs, 1))[:, 0]


def warning_of_rates(rule: Rule, rates: NDArray[np.float64]) -> str:
    """What to know of rates below 0, such as those at the start; "" where there are none."""
    number, (law, text) = np.count_nonzero(rates < 0), firing_of(rule)
    if not number:
        return ""
    return (
        f"warning: at the start the rate of {number} of {len(rates)} outputs is below 0, down to"
        f" {rates.min():g} Hz: they are silent while it is; if this is meant, write"
        f" {law}(clip({shortened(text)}, 0, inf))"
    )
