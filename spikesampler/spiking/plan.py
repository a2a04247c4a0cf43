"""What a model's texts need of the fast engine: read once, before any loop is made.

Sums over synapses of what is linear in variables of the inputs, whose equations are linear too,
decay as these do.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from typing import Any

from spikesampler.language.blocks import (
    Equation,
    Statement,
    differential_names,
    read_equations,
    read_statements,
)
from spikesampler.language.expressions import names_in
from spikesampler.language.layers import OUTPUTS
from spikesampler.language.linear import expanded
from spikesampler.spiking.names import Dialect, replace_words
from spikesampler.spiking.rule_plan import RulePlan
from spikesampler.spiking.stepping import all_mixtures
from spikesampler.spiking.structure import (
    ANSWER,
    Groups,
    asked_of,
    groups_of,
    pathway_of,
    pathway_structures,
)
from spikesampler.spiking.sum_terms import StepSum, Sum, SumFinder

__all__ = ["Plan", "StepSum", "Sum", "dialect_of", "flows_of", "plans_of"]


@dataclass(frozen=True)
class Plan(RulePlan):
    """The rule of a pathway among the others of its layer.

    layer : plans of all pathways of the same layer, itself among them, by their sources; none where
    it is the only one. groups : names of the program's groups.
    """

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

    @cached_property
    def seen_by_inputs(self) -> list[str]:
        """What inputs read of the network: signals that are integrated, and the answer."""
        return [x for x in (*self.signals, *ANSWER) if x in self.used_by_inputs]

    # ---- statements

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

    def output_text(self, text: str) -> str:
        """An expression of an output with its functions put in, down to states and sums."""
        return expanded(text, self.outputs)

    def reads(self, texts: Iterable[str], sums: Sequence[Sum | StepSum]) -> bool:
        """Whether expressions of an output, or of its synapses, use one of these sums."""
        names = {one.name for one in sums}
        return any(names_in(self.output_text(self.pair_text(text))) & names for text in texts)

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
    def jumping(self) -> list[str]:
        """Variables of the inputs that are summed, and that spikes do not change all alike."""
        summed = {one.variable for one in self.sums if one.jump is None}
        return [name for name in self.input_states if name in summed]


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
