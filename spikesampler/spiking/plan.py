"""What a model's texts need of the fast engine: read once, before any loop is made.

Variables of inputs and states of synapses that only decay share one factor, their frame. Functions
of theta that are dear to compute are stored. Sums over synapses of what is linear in variables of
the inputs, whose equations are linear too, decay as these do.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
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
from spikesampler.language.layers import OUTPUTS
from spikesampler.language.linear import expanded
from spikesampler.spiking.names import Dialect, replace_words
from spikesampler.spiking.stepping import all_mixtures
from spikesampler.spiking.structure import (
    ANSWER,
    Groups,
    asked_of,
    groups_of,
    pathway_of,
    pathway_structures,
)
from spikesampler.spiking.sum_terms import StepSum, Sum, SumFinder, sums_in

__all__ = ["Plan", "StepSum", "Sum", "dialect_of", "flows_of", "plans_of"]

#: functions that cost no more than arithmetic
_CHEAP = {"abs", "sign", "floor", "ceil", "clip", "int", "sqrt"}


@dataclass(frozen=True)
class Plan:
    """The rule of a pathway's structure, taken apart; see `structure_of` and the fields of `Rule`.

    layer : plans of all pathways of the same layer, itself among them, by their sources; none where
    it is the only one. groups : names of the program's groups.
    """

    structure: Mapping[str, Any]
    layer: Mapping[str, "Plan"] = field(default_factory=dict, repr=False)
    groups: Groups = field(default_factory=Groups.alone, repr=False)

    @property
    def of_layer(self) -> tuple["Plan", ...]:
        """Plans of all pathways of the same layer."""
        return tuple(self.layer.values()) or (self,)

    @property
    def place(self) -> int:
        """Place of the pathway in its layer."""
        return [*self.layer].index(self.source) if self.layer else 0

    @property
    def source(self) -> str:
        """The inputs, or the layer whose spikes it hears."""
        return pathway_of(self.structure)["source"]

    @property
    def leads(self) -> bool:
        """Whether it is the first of its layer."""
        return self.place == 0

    @property
    def answers(self) -> bool:
        """Whether its layer is the one that answers, which has the signals and the teacher."""
        return pathway_of(self.structure)["layer"] == OUTPUTS

    @property
    def rule(self) -> Mapping[str, Any]:
        """Fields of the model's Rule by name."""
        return self.structure["rule"]

    @cached_property
    def parameters(self) -> frozenset[str]:
        """Names of what is set at run time and holds for a whole chunk."""
        return frozenset(self.structure["units"]) | {"second"}

    # ---- equations and states

    @cached_property
    def inputs(self) -> tuple[Equation, ...]:
        """Equations of the inputs, with the signals' functions put in."""
        equations = read_equations(self.rule["inputs"])
        return tuple(replace(e, text=self._of_network(e.text)) for e in equations)

    def _of_network(self, text: str) -> str:
        """The text with the signals' functions put in."""
        return expanded(text, read_equations(self.rule["signals"]))

    @cached_property
    def seen_by_inputs(self) -> list[str]:
        """What inputs read of the network: signals that are integrated, and the answer."""
        return [x for x in (*self.signals, *ANSWER) if x in self.used_by_inputs]

    @cached_property
    def synapses(self) -> tuple[Equation, ...]:
        """Equations of the synapses, theirs of theta's functions too."""
        return read_equations(self.rule["synapses"])

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

    def resets(self, when: str, names: Iterable[str]) -> list[Statement]:
        """Statements of a reset whose targets are among `names`."""
        wanted = set(names)
        return [statement for statement in self._resets(when) if statement.target in wanted]

    def _resets(self, when: str) -> list[Statement]:
        """Statements of a reset, with functions put in: Brian2 computes these once, before all."""

        def written(target: str, text: str) -> str:
            if target in self.input_states:
                return expanded(self._of_network(text), self.inputs)
            return self.output_text(text)

        statements = read_statements(self.rule["resets"].get(when, ""))
        return [one._replace(text=written(one.target, one.text)) for one in statements]

    def at_sample_ends(self) -> list[tuple[bool, list[Statement]]]:
        """Resets at the end of a sample, in order: whether they are of inputs, and statements."""
        of_inputs = {*self.input_states}
        groups = groupby(self._resets("sample"), lambda statement: statement.target in of_inputs)
        return [(is_inputs, [*statements]) for is_inputs, statements in groups]

    @cached_property
    def own_events(self) -> dict[str, str]:
        """{name: condition} of the model's own events."""
        return dict(self.rule["events"])

    # ---- sums over the synapses of an output

    @cached_property
    def _summed(self) -> SumFinder:
        return SumFinder(
            read_equations(self.rule["outputs"]),
            self.inputs,
            read_statements(self.rule["resets"].get("input", "")),
            self.parameters,
            self.stored.keys(),
            self.pair_text,
            f"sum_{self.place}" if self.place else "sum",
        )

    @cached_property
    def outputs(self) -> tuple[Equation, ...]:
        """Equations of the outputs, with names for their sums, and of the signals."""
        named = {
            f"sum_of_{source}_{number}": name
            for source, plan in self.layer.items()
            for number, name in enumerate(plan._summed.named)
        }
        own = (replace(e, text=replace_words(e.text, named)) for e in self._summed.equations)
        return (*own, *read_equations(self.rule["signals"]))

    @property
    def sums(self) -> list[Sum]:
        """Sums that are kept, and those that their equations need."""
        return [*self._summed.kept.values()]

    @property
    def step_sums(self) -> list[StepSum]:
        """Sums that are taken anew in every step."""
        return [*self._summed.in_steps.values()]

    @cached_property
    def output_states(self) -> list[str]:
        """Variables of the outputs and signals that are integrated."""
        return differential_names(self.outputs)

    @cached_property
    def signals(self) -> list[str]:
        """Signals that are integrated: every output has a copy, and all are alike."""
        return differential_names(read_equations(self.rule["signals"]))

    def output_text(self, text: str) -> str:
        """An expression of an output with its functions put in, down to states and sums."""
        return expanded(text, self.outputs)

    def reads(self, texts: Iterable[str], sums: Sequence[Sum | StepSum]) -> bool:
        """Whether expressions of an output, or of its synapses, use one of these sums."""
        names = {one.name for one in sums}
        return any(names_in(self.output_text(self.pair_text(text))) & names for text in texts)

    @cached_property
    def grid_texts(self) -> list[str]:
        """Texts of drift, noise and its means, at a pair."""
        arm = self.structure["arm"]
        on_grid = [*self.rule["drift"].values(), *arm["variance"].values(), *self.means.values()]
        return [self.pair_text(text) for text in on_grid if text.strip()]

    @property
    def sums_are_read_on_grid(self) -> bool:
        """Whether drift or noise of a pathway of the layer reads sums that are kept here."""
        return any(plan.reads(plan.grid_texts, self.sums) for plan in self.of_layer)

    # ---- what is used

    @cached_property
    def used(self) -> set[str]:
        """All names that equations, statements, events, the drift and the noise use."""
        rule, arm = self.rule, self.structure["arm"]
        texts = [e.text for e in (*self.inputs, *self.synapses, *self.outputs)]
        texts += [s.text for s in self.step_sums] + [*rule["drift"].values(), rule["teacher"]]
        texts += [*arm["variance"].values(), *self.means.values(), self.firing[1]]
        texts += rule["events"].values()
        texts += [
            statement.text
            for block in (*rule["learning"].values(), *rule["resets"].values())
            for statement in read_statements(block)
        ]
        return set().union(*(names_in(text) for text in texts if text.strip()))

    @cached_property
    def used_in_layer(self) -> set[str]:
        """The same of all pathways of the layer."""
        return set[str]().union(*(plan.used for plan in self.of_layer))

    @property
    def uses_answer(self) -> bool:
        """Whether the layer has to know the answer to the last sample."""
        return bool({*ANSWER} & {*asked_of(self.structure)})

    @cached_property
    def seen_by_layer(self) -> list[str]:
        """What another layer than that which answers reads of the network."""
        if self.answers:
            return []
        return [x for x in (*self.signals, *ANSWER) if x in self.used_in_layer]

    @cached_property
    def used_by_inputs(self) -> set[str]:
        """All names in equations and resets of the inputs."""
        resets = (self.resets(when, self.input_states) for when in self.rule["resets"])
        texts = [e.text for e in self.inputs] + [one.text for of in resets for one in of]
        return set().union(*map(names_in, texts))

    @property
    def means(self) -> dict[str, str]:
        """{name: text} of what noise takes the mean of, over all synapses."""
        return dict(self.structure["arm"]["means"])

    @property
    def jumping(self) -> list[str]:
        """Variables of the inputs that are summed, and that spikes do not change all alike."""
        summed = {one.variable for one in self.sums if one.jump is None}
        return [name for name in self.input_states if name in summed]

    @property
    def firing(self) -> tuple[str, str]:
        """The law of the outputs' spikes, "race" or "poisson", and its rate as text."""
        law, rate = self.rule["firing"].split("(", 1)
        return law.strip(), rate.rsplit(")", 1)[0].strip()


def dialect_of(plan: Plan) -> Dialect:
    """The program's words for a pathway's: numbers of its variables that mix have its place."""
    flows = flows_of(plan)
    return Dialect([*plan.structure["units"], *flows], flows if plan.place else {})


def flows_of(plan: Plan) -> dict[str, str]:
    """{number of variables that mix: what the program calls it, without its prefix}."""
    mixtures = all_mixtures(plan.rule, plan.structure["units"])
    names = [name for mixture in mixtures for name in mixture.flow_names()]
    return {name: f"{name}_{plan.place}" if plan.place else name for name in names}


def plans_of(structure: Mapping[str, Any]) -> dict[str, Plan]:
    """{pathway: its Plan}, in the order of the model."""
    layers: dict[str, dict[str, Plan]] = {}
    plans, groups = {}, groups_of(structure)
    for name, own in pathway_structures(structure).items():
        facts = pathway_of(own)
        of_layer = layers.setdefault(facts["layer"], {})
        plans[name] = Plan(own, of_layer, groups[name])
        of_layer[facts["source"]] = plans[name]
    return plans


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
