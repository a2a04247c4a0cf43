"""The post-synaptic potential after one input spike, as a sum of exponentials that decay."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from spikesampler.errors import InputError
from spikesampler.language.blocks import read_statements
from spikesampler.language.expressions import evaluate, names_in
from spikesampler.language.linear import decay_times, expanded, linear_parts
from spikesampler.language.rule import Rule

__all__ = ["kernel_of"]

FORM = "the objective is known for potentials that are sums of decaying exponentials"


def kernel_of(
    rule: Rule, known: Mapping[str, Any], seen: Mapping[str, float]
) -> tuple[tuple[float, float], ...]:
    """(time constant in s, gain) of the exponentials that a potential after a spike is the sum of.

    seen : {input variable: factor} of the potential; known : values of parameters, in base units.
    Raises InputError for inputs of another form.
    """
    states, equations = rule.states("inputs"), rule.equations("inputs")
    jumps = _jumps(rule, known, states)
    if (taus := decay_times(equations)) is not None:
        named = [
            (_number(tau, known), seen.get(name, 0.0) * jumps[name]) for name, tau in taus.items()
        ]
        return tuple((tau, gain) for tau, gain in named if gain)
    matrix = np.zeros((len(states), len(states)))
    for row, equation in enumerate(e for e in equations if e.is_differential):
        terms = linear_parts(expanded(equation.text, equations), states)
        if terms is None:
            raise InputError(f"d{equation.name}/dt = {equation.text}; {FORM}")
        for term in terms:
            value = term.sign * _number(term.coefficient, known)
            if not term.variable and value:
                raise InputError(f"d{equation.name}/dt = {equation.text}; {FORM}")
            if term.variable:
                matrix[row, states.index(term.variable)] += value
    rates, modes = np.linalg.eig(matrix)
    if np.iscomplexobj(rates) or (rates >= 0).any() or np.linalg.cond(modes) > 1e6:
        raise InputError(f"the inputs' equations have no separate decays; {FORM}")
    start = np.linalg.solve(modes, [jumps[name] for name in states])
    gains = np.array([seen.get(name, 0.0) for name in states]) @ modes * start
    return tuple((float(-1 / rate), float(gain)) for rate, gain in zip(rates, gains) if gain)


def _jumps(rule: Rule, known: Mapping[str, Any], states: list[str]) -> dict[str, float]:
    """By how much each variable of an input rises at its spike."""
    jumps = dict.fromkeys(states, 0.0)
    for target, operator, text, _ in read_statements(rule.resets.get("input", "")):
        if target not in jumps or operator not in ("+=", "-="):
            raise InputError(f"an input spike does {target} {operator} {text}; {FORM}")
        jumps[target] += (1 if operator == "+=" else -1) * _number(text, known)
    return jumps


def _number(text: str, known: Mapping[str, Any]) -> float:
    if others := sorted(names_in(text) - known.keys()):
        raise InputError(f"the inputs' '{text}' uses {others[0]}; {FORM}")
    return float(evaluate(text, known))
