"""What the texts of a pathway's rule say by themselves, whatever else its layer hears.

Variables of inputs and states of synapses that only decay share one factor, their frame. Functions
of theta that are dear to compute are stored.
"""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from spikesampler.errors import InputError
from spikesampler.language.blocks import (
    Equation,
    Statement,
    differential_names,
    read_equations,
    read_statements,
)
from spikesampler.language.expressions import names_in, parse
from spikesampler.language.linear import expanded
from spikesampler.spiking.structure import ANSWER
from spikesampler.spiking.sum_terms import sums_in

__all__ = ["RulePlan"]

#: functions that cost no more than arithmetic
_CHEAP = {"abs", "sign", "floor", "ceil", "clip", "int", "sqrt"}


@dataclass(frozen=True)
class RulePlan:
    """The rule of a pathway's structure, taken apart; see the fields of `Rule`."""

    structure: Mapping[str, Any]

    @property
    def rule(self) -> Mapping[str, Any]:
        """Fields of the model's Rule by name."""
        return self.structure["rule"]

    @cached_property
    def parameters(self) -> frozenset[str]:
        """Names of what is set at run time and holds for a whole chunk."""
        return frozenset(self.structure["units"]) | {"second"}

    @cached_property
    def own_events(self) -> dict[str, str]:
        """{name: condition} of the model's own events."""
        return dict(self.rule["events"])

    @property
    def means(self) -> dict[str, str]:
        """{name: text} of what noise takes the mean of, over all synapses."""
        return dict(self.structure["arm"]["means"])

    @property
    def firing(self) -> tuple[str, str]:
        """The law of the outputs' spikes, "race" or "poisson", and its rate as text."""
        law, rate = self.rule["firing"].split("(", 1)
        return law.strip(), rate.rsplit(")", 1)[0].strip()

    # ---- equations and states

    @cached_property
    def inputs(self) -> tuple[Equation, ...]:
        """Equations of the inputs, with the signals' functions put in."""
        equations = read_equations(self.rule["inputs"])
        return tuple(replace(e, text=self._of_network(e.text)) for e in equations)

    @cached_property
    def synapses(self) -> tuple[Equation, ...]:
        """Equations of the synapses, theirs of theta's functions too."""
        return read_equations(self.rule["synapses"])

    @cached_property
    def signals(self) -> list[str]:
        """Signals that are integrated: every output has a copy, and all are alike."""
        return differential_names(read_equations(self.rule["signals"]))

    @cached_property
    def input_states(self) -> list[str]:
        """Variables of the inputs that are integrated."""
        return differential_names(self.inputs)

    @cached_property
    def synapse_states(self) -> list[str]:
        """States of the synapses beside theta: those with an equation, and those on the grid."""
        on_grid = [*self.rule["drift"], *self.structure["arm"]["variance"]]
        named = [*differential_names(self.synapses), *on_grid]
        return [name for name in dict.fromkeys(named) if name != "theta"]

    def _of_network(self, text: str) -> str:
        """The text with the signals' functions put in."""
        return expanded(text, read_equations(self.rule["signals"]))

    def decays(self, equations: Iterable[Equation]) -> dict[str, str]:
        """{X: tau} of the variables with dX/dt = -X/tau, tau of parameters alone."""
        taus = {}
        for equation in equations:
            if equation.is_differential:
                match parse(equation.text):
                    case ast.BinOp(
                        left=ast.UnaryOp(op=ast.USub(), operand=ast.Name(id=name)),
                        op=ast.Div(),
                        right=right,
                    ) if name == equation.name and names_in(ast.unparse(right)) <= self.parameters:
                        taus[name] = ast.unparse(right)
        return taus

    @cached_property
    def input_frames(self) -> dict[str, str]:
        """{X: tau} of the inputs' variables that decay as one."""
        return self.decays(self.inputs)

    @cached_property
    def synapse_frames(self) -> dict[str, str]:
        """{X: tau} of the synapses' states that decay as one; not those that the grid steps."""
        on_grid = {*self.rule["drift"], *self.structure["arm"]["variance"]}
        return {x: tau for x, tau in self.decays(self.synapses).items() if x not in on_grid}

    # ---- functions of the synapses

    @cached_property
    def functions(self) -> dict[str, str]:
        """{name: text} of the synapses' functions, in order of need."""
        waiting = {e.name: e.text for e in self.synapses if not e.is_differential}
        ordered: dict[str, str] = {}
        while waiting:
            ready = [n for n in waiting if not names_in(waiting[n]) & waiting.keys()]
            if not ready:
                raise InputError(
                    f"synapses: {', '.join(waiting)} need each other; write them from theta on"
                )
            ordered |= {name: waiting.pop(name) for name in ready}
        return ordered

    @cached_property
    def stored(self) -> dict[str, str]:
        """{name: text} of the functions that are kept: of theta alone, dear, and often needed.

        Their texts may name those before them.
        """
        texts: list[str] = [s.text for when in self.rule["learning"] for s in self.learning(when)]
        texts += [text for e in read_equations(self.rule["outputs"]) for text in sums_in(e.text)]
        texts += [e.text for e in self.synapses if e.is_differential]
        needed = set().union(*map(names_in, texts)) & self.functions.keys()
        for name in reversed(self.functions):
            if name in needed:
                needed |= names_in(self.functions[name]) & self.functions.keys()
        allowed = {"theta"} | self.parameters
        kept: dict[str, str] = {}
        for name, text in self.functions.items():
            text = self._put_in(text, kept)
            of_theta = names_in(text) <= allowed | kept.keys()
            if name in needed and of_theta and _is_dear(text, {"theta"} | kept.keys()):
                kept[name] = text
        return kept

    def _put_in(self, text: str, kept: Iterable[str]) -> str:
        """The text with the synapses' functions that are not kept put in."""
        return expanded(text, [*self._far, *(e for e in self.synapses if e.name not in set(kept))])

    @cached_property
    def _far(self) -> list[Equation]:
        """Functions of the inputs that read the network, which a pair sees by its output."""
        network = {*self.signals, *ANSWER}
        return [
            e
            for e in self.inputs
            if not e.is_differential and names_in(expanded(e.text, self.inputs)) & network
        ]

    def pair_text(self, text: str) -> str:
        """An expression at a pair of output and input with all that is not stored put in."""
        return self._put_in(text, self.stored)

    # ---- statements

    def learning(self, when: str) -> tuple[Statement, ...]:
        """Statements of a rule of learning."""
        return read_statements(self.rule["learning"][when])

    @cached_property
    def grid_texts(self) -> list[str]:
        """Texts of drift, noise and its means, at a pair."""
        arm = self.structure["arm"]
        on_grid = [*self.rule["drift"].values(), *arm["variance"].values(), *self.means.values()]
        return [self.pair_text(text) for text in on_grid if text.strip()]


def _is_dear(text: str, variables: set[str]) -> bool:
    """Whether computing an expression calls a function of `variables` that costs much."""
    for node in ast.walk(parse(text)):
        match node:
            case ast.Call(func=ast.Name(id=name), args=args) if name not in _CHEAP:
                if any(names_in(ast.unparse(arg)) & variables for arg in args):
                    return True
            case ast.BinOp(op=ast.Pow(), right=right) if not isinstance(right, ast.Constant):
                return True
            case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=power)):
                if power not in (1, 2, 3, 4):
                    return True
    return False
