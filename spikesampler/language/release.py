"""Release noise: each input spike passes each synapse by a chance p, then 1/p as strong.

A sum over synapses of what is linear in the inputs' variables is the deterministic sum, which is
kept as ever, plus its deviation: at an input spike, what the synapse adds times passed/p - 1. What
was released is history, so deviations are variables of the outputs, which decay by the inputs' own
equations; learning sees the inputs as they are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from spikesampler.errors import InputError, shortened
from spikesampler.language.blocks import Equation, read_statements
from spikesampler.language.expressions import names_in, replace_names
from spikesampler.language.linear import expanded, linear_parts
from spikesampler.language.rule import BLOCKS, Rule
from spikesampler.language.sum_texts import replace_sums

__all__ = ["release_statements", "released"]


def released(rule: Rule, chance: str, parameters: Iterable[str]) -> tuple[Rule, dict[str, Any]]:
    """The rule with the deviations of its sums, and what a spike does to them: a dict of chance,
    its text; states, variables of the outputs; and adds, {state: what a synapse adds to it, times
    passed/chance - 1}.

    parameters : names of the model's. Raises InputError where a sum is not linear in variables of
    the inputs that have linear equations.
    """
    return _Release(rule, parameters).applied(chance)


class _Release:
    def __init__(self, rule: Rule, parameters: Iterable[str]) -> None:
        self.rule, self.parameters = rule, {*parameters, "second"}
        self.inputs = rule.equations("inputs")
        self.states = {
            e.name: expanded(e.text, self.inputs) for e in self.inputs if e.is_differential
        }
        self.taken = {*self.parameters, *(e.name for b in BLOCKS for e in rule.equations(b))}
        self.names: dict[tuple[str, str], str] = {}  # of (coefficient, variable of the inputs)

    def applied(self, chance: str) -> tuple[Rule, dict[str, Any]]:
        outputs = [
            replace(equation, text=replace_sums(equation.text, self._with_deviation))
            for equation in self.rule.equations("outputs")
        ]
        lines = [_line(equation) for equation in outputs]
        adds = {}
        for (coefficient, variable), name in self.names.items():
            alike = {other: self.names[coefficient, other] for other in self._needed(variable)}
            lines.append(f"d{name}/dt = {replace_names(self.states[variable], alike)} : 1")
            if jump := self._jump(variable):
                adds[name] = coefficient if jump == "1" else f"({coefficient})*({jump})"
        release = {"chance": chance, "adds": adds, "states": [*self.names.values()]}
        return replace(self.rule, outputs="\n".join(lines)), release

    def _jump(self, variable: str) -> str:
        """What an input spike adds to a variable of the inputs, "" where it does nothing."""
        jump = ""
        for target, operator, text, _ in read_statements(self.rule.resets.get("input", "")):
            if target == variable:
                if operator != "+=" or names_in(text) - self.parameters or jump:
                    raise InputError(
                        "release needs inputs to which a spike adds a constant; here it does"
                        f" {target} {operator} {shortened(text)}"
                    )
                jump = text
        return jump

    def _needed(self, variable: str) -> list[str]:
        """The variables that one's equation leads to, itself first."""
        needed = [variable]
        for name in needed:
            text = self.states[name]
            terms = linear_parts(text, self.states)
            if terms is None or any(
                names_in(term.coefficient) - self.parameters
                or (not term.variable and term.coefficient != "0")
                for term in terms
            ):
                raise InputError(
                    "release needs inputs whose equations are linear, such as dx/dt = -x/tau, so"
                    f" that what was released decays as they do; here is d{name}/dt ="
                    f" {shortened(text)}"
                )
            new = {term.variable for term in terms if term.variable}
            needed += sorted(new - {*needed})
        return needed

    def _with_deviation(self, inner: str) -> str:
        """A sum with its deviation."""
        functions = [
            e
            for e in self.rule.equations("synapses")
            if names_in(expanded(e.text, [*self.inputs, *self.rule.equations("synapses")]))
            & self.states.keys()
        ]
        terms = linear_parts(expanded(inner, [*self.inputs, *functions]), self.states)
        if terms is None:
            raise InputError(
                f"release needs sums that are linear in the inputs' variables; here is sum("
                f"{shortened(inner)})"
            )
        parts = []
        for sign, coefficient, variable in terms:
            if variable:
                for other in self._needed(variable):
                    if (coefficient, other) not in self.names:
                        self.names[coefficient, other] = self._new_name()
                parts.append(f"{'-' if sign < 0 else '+'} {self.names[coefficient, variable]}")
        return f"(sum({inner}) {' '.join(parts)})" if parts else f"sum({inner})"

    def _new_name(self) -> str:
        number = len(self.names)
        while f"released_{number}" in self.taken:
            number += 1
        self.taken.add(f"released_{number}")
        return f"released_{number}"


def _line(equation: Equation) -> str:
    name = f"d{equation.name}/dt" if equation.is_differential else equation.name
    return f"{name} = {equation.text} : {equation.unit}"


def release_statements(release: Mapping[str, Any]) -> str:
    """What a spike does at a pair, as statements: one draw says whether it passes."""
    chance = release["chance"]
    lines = [
        f"{name} += ({text})*(passes/({chance}) - 1)" for name, text in release["adds"].items()
    ]
    return "\n".join([f"passes = int(rand() < {chance})", *lines])
