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

__all__ = ["rates_at_start", "sums_at_start", "warning_of_rates"]


def rates_at_start(
    rule: Rule,
    values: Mapping[str, Any],
    theta: NDArray[np.float64],
    initial: Mapping[str, ArrayLike],
    sums: Mapping[str, NDArray[np.float64]] | None = None,
) -> NDArray[np.float64]:
    """Rate of each output in Hz, (K,), where each fires for itself; of a race what all share.

    values : parameters in base units; theta : (K, I); initial : variables that do not begin at 0,
    a number, or inputs (I,), outputs (K,) and synapses (K, I). sums : of other pathways of the
    layer, by the names that the rule has for them (`layers.named_sums`), each (K, 1). `rate` itself
    counts as 0, no sample was answered yet, and the first is of class 0.
    """
    known = _known_at_start(rule, values, theta, initial) | dict(sums or {})
    rate = np.asarray(evaluate(_in_states(firing_of(rule).rate, rule, known, theta), known), float)
    return np.broadcast_to(rate, (len(theta), 1))[:, 0]


def sums_at_start(
    rule: Rule,
    values: Mapping[str, Any],
    theta: NDArray[np.float64],
    initial: Mapping[str, ArrayLike],
) -> list[NDArray[np.float64]]:
    """Sums over the synapses of a pathway, in the order of its layer's equations, each (K, 1)."""
    known = _known_at_start(rule, values, theta, initial)
    found: list[NDArray[np.float64]] = []

    def summed(inner: str) -> str:
        found.append(_summed(inner, rule, known, theta))
        return "0"

    for equation in rule.equations("outputs"):
        replace_sums(equation.text, summed)
    return found


def _known_at_start(
    rule: Rule,
    values: Mapping[str, Any],
    theta: NDArray[np.float64],
    initial: Mapping[str, ArrayLike],
) -> dict[str, Any]:
    """Values of all states and parameters."""
    outputs = len(theta)
    moment = {"t": 0.0, "dt": values["dt"], "plastic": 1.0, "temperature": 1.0, "rate": 0.0}
    moment |= {"label": 0.0, "response": -1.0, "correct": 1 / outputs}
    known = {**UNITS, **values, **moment, "theta": theta, "k": np.arange(outputs)[:, np.newaxis]}
    for block in BLOCKS:
        for name in rule.synapse_states if block == "synapses" else rule.states(block):
            value = np.asarray(initial.get(name, 0.0), float)
            known[name] = value[:, np.newaxis] if block == "outputs" and value.ndim else value
    return known


def _in_states(text: str, rule: Rule, known: dict[str, Any], theta: NDArray[np.float64]) -> str:
    """In terms of states, parameters and sums, which are noted among what is known."""

    def summed(inner: str) -> str:
        name = f"sum_{len(known)}"
        known[name] = _summed(inner, rule, known, theta)
        return name

    equations = [equation for block in BLOCKS for equation in rule.equations(block)]
    return replace_sums(expanded(text, equations), summed)


def _summed(
    inner: str, rule: Rule, known: dict[str, Any], theta: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A sum over the synapses of each output, (K, 1)."""
    of_synapses = np.asarray(evaluate(_in_states(inner, rule, known, theta), known), float)
    return np.broadcast_to(of_synapses, theta.shape).sum(axis=1, keepdims=True)


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
