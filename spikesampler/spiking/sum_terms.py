"""Which sums over an output's synapses can be kept from step to step, and which are taken anew.

A sum of what is linear in variables of the inputs obeys their equations, where these are linear,
without a constant, and the same for all inputs: S = sum(c s) and ds/dt = A s give dS/dt = A S. It
can be kept where its coefficients change with theta alone.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from spikesampler.language.blocks import Equation, Statement, differential_names
from spikesampler.language.expressions import names_in
from spikesampler.language.linear import Term, expanded, linear_parts
from spikesampler.language.sum_texts import replace_sums

__all__ = ["StepSum", "Sum", "SumFinder", "sums_in"]


class Sum(NamedTuple):
    """A sum over an output's synapses that is kept: of coefficient times a variable of the inputs.

    variable : "" where it is the coefficient alone. coefficient : text of theta, stored functions
    and parameters. jump : what an input spike adds to the variable; None where its reset says.
    """

    name: str
    coefficient: str
    variable: str
    jump: str | None


class StepSum(NamedTuple):
    """A sum over an output's synapses that is taken anew wherever it is used: name and text."""

    name: str
    text: str


class SumFinder:
    """The sums in equations of outputs.

    equations : the same with names for their sums. kept : Sum by coefficient and variable.
    in_steps : StepSum by text. named : what stands for each sum(…), in order.
    """

    def __init__(
        self,
        outputs: Sequence[Equation],
        inputs: Sequence[Equation],
        input_resets: Sequence[Statement],
        parameters: Collection[str],
        stored: Collection[str],
        pair_text: Callable[[str], str],
        prefix: str = "sum",
    ) -> None:
        """pair_text : puts functions of synapses that are not stored into a text. prefix : how
        names of sums begin.
        """
        self._prefix, self.named = prefix, list[str]()
        self._inputs, self._resets = inputs, input_resets
        self._parameters, self._stored, self._pair_text = parameters, stored, pair_text
        self._texts = {e.name: expanded(e.text, inputs) for e in inputs if e.is_differential}
        self.kept: dict[tuple[str, str], Sum] = {}
        self.in_steps: dict[str, StepSum] = {}
        self.equations = tuple(
            Equation(e.name, replace_sums(e.text, self._named), e.unit, e.is_differential, e.line)
            for e in outputs
        )

    def _named(self, inner: str) -> str:
        """What stands for sum(inner) in an equation; it is noted."""
        self.named.append(self._name_of(inner))
        return self.named[-1]

    def _name_of(self, inner: str) -> str:
        terms = self._terms(inner)
        if terms is None:
            text = self._pair_text(inner)
            return self.in_steps.setdefault(text, StepSum(self._new_name(), text)).name
        parts = []
        for sign, coefficient, variable in terms:
            for other in self._needed_by(variable) or ():
                key = (coefficient, other)
                if key not in self.kept:
                    self.kept[key] = Sum(self._new_name(), *key, self._jump(other))
            parts.append(f"{'-' if sign < 0 else '+'} {self.kept[coefficient, variable].name}")
        text = " ".join(parts).removeprefix("+ ")
        return f"({text})" if len(parts) > 1 or text.startswith("-") else text

    def _new_name(self) -> str:
        return f"{self._prefix}_{len(self.kept) + len(self.in_steps)}"

    def _terms(self, inner: str) -> list[Term] | None:
        """The terms of a sum that can be kept, or None."""
        text = expanded(self._pair_text(inner), self._inputs)
        terms = linear_parts(text, differential_names(self._inputs))
        allowed = {"theta", *self._parameters, *self._stored}
        if terms is None or any(
            names_in(term.coefficient) - allowed or self._needed_by(term.variable) is None
            for term in terms
        ):
            return None
        return terms

    def _needed_by(self, variable: str) -> list[str] | None:
        """The variables of the inputs that one's equation leads to, itself first; None where one of
        the equations is not linear without a constant, with coefficients of parameters.
        """
        if not variable:
            return [""]
        needed = [variable]
        for name in needed:
            terms = linear_parts(self._texts[name], self._texts)
            if terms is None:
                return None
            for term in terms:
                if names_in(term.coefficient) - set(self._parameters):
                    return None
                if not term.variable and term.coefficient not in ("0", "0.0"):
                    return None
                if term.variable and term.variable not in needed:
                    needed.append(term.variable)
        return needed

    def _jump(self, variable: str) -> str | None:
        """What an input spike adds to a variable of the inputs, where it is the same for all."""
        statements = [one for one in self._resets if one.target == variable]
        if not statements:
            return "0"
        only = statements[0]
        is_constant = names_in(only.text) <= set(self._parameters)
        if len(statements) == 1 and only.operator == "+=" and is_constant:
            return only.text
        return None


def sums_in(text: str) -> list[str]:
    """The arguments of all sum(…) in a text."""
    inner: list[str] = []
    replace_sums(text, lambda part: inner.append(part) or "0")  # type: ignore[func-returns-value]
    return inner
