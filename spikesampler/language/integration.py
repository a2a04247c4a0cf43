"""How each equation of a rule is solved, and which sums over synapses are kept from spike to spike.

The engines decide it by the same conditions (`spiking.stepping`, `spiking.plan`); a test compares.
"""

import ast
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from spikesampler.language.blocks import Equation, differential_names
from spikesampler.language.expressions import names_in, parse
from spikesampler.language.linear import expanded, linear_parts
from spikesampler.language.rule import Rule

__all__ = ["SumOverSynapses", "exact_variables", "method_of", "method_on_grid", "sums_of"]


class SumOverSynapses(NamedTuple):
    """sum(text) of the outputs' equations; why it is summed anew in every step, "" if it is not."""

    text: str
    reason: str


def exact_variables(equations: Sequence[Equation], constants: Iterable[str]) -> set[str]:
    """Variables of the largest set of equations that are linear in each other, and in nothing else,
    with coefficients of `constants` and without a constant part: one step is a matrix.
    """
    variables, allowed = differential_names(equations), {*constants, "second", "dt"}
    rows: dict[str, set[str]] = {}
    for equation in equations:
        if not equation.is_differential:
            continue
        terms = linear_parts(expanded(equation.text, equations), variables) or []
        if terms and not any(
            names_in(term.coefficient) - allowed or (not term.variable and term.coefficient != "0")
            for term in terms
        ):
            rows[equation.name] = {term.variable for term in terms if term.variable}
    while open_ended := {name for name, needs in rows.items() if needs - rows.keys()}:
        rows = {name: needs for name, needs in rows.items() if name not in open_ended}
    return {*rows}


def method_of(equation: Equation, equations: Sequence[Equation], constants: Iterable[str]) -> str:
    """How a differential equation is solved from one step to the next, in words."""
    if equation.text.strip() in ("0", "0.0"):
        return "changes at events alone"
    if equation.name in exact_variables(equations, constants):
        return "exact"
    text = expanded(equation.text, equations)
    terms = linear_parts(text, [equation.name])
    if terms is None:
        return "Euler"
    if any(term.variable for term in terms):
        return "exponential Euler: exact in itself, the rest held for a step"
    is_constant = not names_in(text) - {*constants, "second", "dt", "plastic"}
    return "exact" if is_constant else "Euler: the rest held for a step"


def method_on_grid(state: str, rule: Rule) -> str:
    """How a state of the synapses that the grid moves is solved, in words."""
    text = rule.drift.get(state, "")
    if state != "theta" and text:
        terms = linear_parts(expanded(text, rule.equations("synapses")), [state])
        if terms and any(term.variable for term in terms):
            return "exact in itself, where its noise is free of it"
    return "by Euler-Maruyama (Ito)"


def sums_of(rule: Rule, constants: Iterable[str]) -> list[SumOverSynapses]:
    """The sums over synapses of the outputs' equations, in order, each once."""
    sums = {}
    for equation in rule.equations("outputs"):
        for node in ast.walk(parse(equation.text)):
            match node:
                case ast.Call(func=ast.Name(id="sum"), args=[inner]):
                    plain = " ".join(equation.text.split())
                    text = ast.get_source_segment(plain, inner) or ast.unparse(inner)
                    sums[text] = SumOverSynapses(text, _reason(rule, text, {*constants, "second"}))
    return [*sums.values()]


def _reason(rule: Rule, text: str, constants: set[str]) -> str:
    """Why a sum cannot be kept: an input spike adds to it, and it decays as the inputs do."""
    inputs, synapses = rule.equations("inputs"), rule.equations("synapses")
    variables = differential_names(inputs)
    terms = linear_parts(expanded(expanded(text, synapses), inputs), variables)
    if terms is None:
        return f"it is not linear in the inputs' {', '.join(variables)}"
    others = set().union(*(names_in(term.coefficient) for term in terms)) - constants - {"theta"}
    if others:
        return f"what it multiplies depends on {', '.join(sorted(others))}, not on theta alone"
    exact = exact_variables(inputs, constants - {"dt"})
    odd = sorted({term.variable for term in terms if term.variable} - exact)
    if odd:
        return (
            f"the equation of {odd[0]} has a constant part, or coefficients that are no parameters"
        )
    return ""
