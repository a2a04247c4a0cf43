"""A rule's texts in Brian2's words for the plain network, functions written out down to states."""

import re
from collections.abc import Iterable
from typing import Any

from spikesampler.language.blocks import Statement, read_statements
from spikesampler.language.expressions import names_in
from spikesampler.language.linear import expanded
from spikesampler.language.release import release_statements
from spikesampler.spiking.names import engine_name
from spikesampler.spiking.reference_words import SUFFIX, ReferenceWords
from spikesampler.spiking.stepping import Update, grid_update, update_statements
from spikesampler.spiking.stepping import updates as updates_of
from spikesampler.spiking.structure import (
    ANSWER,
    groups_of,
    pathway_of,
    pathway_structures,
)

#: names that are the same for the whole network
OF_NETWORK = {"label", "temperature", "plastic", "t", "dt", "second", *ANSWER}


class ReferenceText(ReferenceWords):
    """The texts of a pathway's rule, for the groups of `make_reference`."""

    def seen_by_inputs(self) -> list[str]:
        """What inputs read of the network, in Brian2's words: signals, and the answer."""
        written = "\n".join(self.of_inputs())
        of_network = map(engine_name, (*self.names("signals"), *ANSWER))
        return [x for x in of_network if re.search(rf"\b{x}\b", written)]

    def seen_by_layer(self) -> list[str]:
        """What another layer than that which answers reads of the network, in Brian2's words."""
        if self.is_answering:
            return []
        asked = {name for text in self.layer for name in text.read()}
        return [engine_name(x) for x in (*self.names("signals"), *ANSWER) if x in asked]

    def of_inputs(self) -> list[str]:
        """All texts of inputs: equations, and resets at a spike and at the end of a sample."""
        resets = (self.resets(when, "inputs") for when in ("input", "sample"))
        return [self.update("inputs"), *(self.statements("inputs", one) for one in resets)]

    def declarations(self, group: str) -> str:
        """Declarations of a group's states."""
        of_outputs = ["outputs", "signals"] if self.is_answering else ["outputs"]
        blocks = {"inputs": ["inputs"], "outputs": of_outputs, "synapses": ["synapses"]}
        names = [engine_name(name) for block in blocks[group] for name in self.names(block)]
        return "\n".join(f"{name} : 1" for name in names)

    # ---- equations, sums, the grid

    def update(self, group: str) -> str:
        """Statements for a step of a group's equations."""
        blocks = ["outputs", "signals"] if group == "outputs" and self.is_answering else [group]
        found = [
            Update(engine_name(update.name), self.text(update.text, group))
            for block in blocks
            for update in updates_of(self.blocks[block], self.structure["units"])
        ]
        return update_statements(found) if found else ""

    def sum_statements(self) -> str:
        """Statements of the synapses that add to the outputs' sums."""
        lines = (
            f"{name}_post += {self.text(text, 'synapses')}" for name, text in self.sums.items()
        )
        return "\n".join(lines)

    def mean_statements(self) -> str:
        """Statements of the synapses that add to their output's share of means over all."""
        texts = {name: self.text(text, "synapses") for name, text in self.means.items()}
        return "\n".join(f"row_of_{name}_post += {text}" for name, text in texts.items())

    def needs_sums(self, *texts: str) -> bool:
        """Whether a text in Brian2's words says a sum over synapses."""
        return any(re.search(r"\bsum_\d+(_\d+)?(_pre|_post)?\b", text) for text in texts)

    def grid_step(self) -> str:
        """Statements of drift and noise over a step of the grid, from old values."""
        drifts, variances = self.fields["drift"], self.arm["variance"]
        steps = {
            state: grid_update(
                state, drifts.get(state, ""), variances.get(state, ""), self.functions()
            )
            for state in self.names("synapses")
            if drifts.get(state) or variances.get(state)
        }
        noises = {state: step.noise for state, step in steps.items()}
        drawn = []
        for state, (other, factor) in self.arm["shared"].items():
            drawn.append(f"noise_{other} = {self.text(noises[other], 'synapses')}")
            noises[other] = f"noise_{other}"
            noises[state] += f" + {factor}*noise_{other}"
        found = []
        for state, step in steps.items():
            new = " + ".join(filter(None, (step.text, noises[state])))
            name, new = engine_name(state), self.text(new, "synapses")
            found.append(Update(name, f"{name} + plastic_post*({new} - {name})"))
        if not found:
            return ""
        return "\n".join([*drawn, update_statements(found), *self._bounds()])

    def _bounds(self) -> list[str]:
        low, high = self.fields["bounds"]
        if not (low or high):
            return []
        ends = "p_theta_low" if low else "-1e300", "p_theta_high" if high else "1e300"
        return [f"theta = clip(theta, {ends[0]}, {ends[1]})"]

    # ---- events and rules

    def happening(self) -> str:
        """Statements that say of each output's events whether they happen in this step."""
        rate = self.text(self.rate, "outputs")
        lines = [f"rate = ({rate})/inhibition" if self.law == "race" else f"rate = {rate}"]
        lines.append("happens_output = int(rand() < rate*p_dt)")
        if "teacher" in self.events:
            gap = "*showing" if self.structure["gap"] else ""
            taught = f"int(rand() < ({self.text(self.fields['teacher'], 'outputs')})*p_dt)"
            lines.append(f"happens_teacher = int(i == int(labels(t)))*{taught}*plastic{gap}")
        for event, condition in self.fields["events"].items():
            lines.append(f"happens_{event} = int({self.text(condition, 'outputs')})")
        return "\n".join(lines)

    def between_outputs(self, text: str) -> tuple[str, str]:
        """An expression for the two outputs that a synapse between them joins."""
        before, after = (
            self.text(text, "outputs", dict.fromkeys(SUFFIX, suffix))
            for suffix in ("_pre", "_post")
        )
        return before, after

    def rule_of(self, statements: Iterable[Statement], group: str) -> list[str]:
        """Statements in Brian2's words."""
        return [self._statement(statement, group) for statement in statements]

    def _statement(
        self, statement: Statement, group: str, suffixes: dict[str, str] | None = None
    ) -> str:
        target = self.text(statement.target, group, suffixes)
        return f"{target} {statement.operator} {self.text(statement.text, group, suffixes)}"

    def rule(self, when: str) -> str:
        """Statements of a rule of learning, followed by the bounds."""
        statements = read_statements(self.fields["learning"][when])
        return "\n".join([*self.rule_of(statements, "synapses"), *self._bounds()])

    def statements(self, group: str, statements: Iterable[Statement]) -> str:
        """Statements in Brian2's words, a line each."""
        return "\n".join(self.rule_of(statements, group))

    # ---- resets

    def resets(self, when: str, block: str) -> list[Statement]:
        """Statements of a reset whose target is a variable of a block."""
        statements = read_statements(self.fields["resets"].get(when, ""))
        return [statement for statement in statements if statement.target in self.names(block)]

    def event_resets(self) -> list[tuple[str, str, str]]:
        """Event, kind and text of every statement at an event of outputs, in order.

        kind : of the connection from the outputs of the event to those that change: `alone`, to
        itself; `spread`, to all, as a signal has a copy in each; `once`, from one output to all,
        where an event is the network's.
        """
        found = []
        for event in self.events:
            is_one = event in self.fields["events"] and self._of_network(
                self.fields["events"][event]
            )
            for statement in read_statements(self.fields["resets"].get(event, "")):
                is_signal = statement.target in self.names("signals")
                kind = "alone" if not is_signal else "once" if is_one else "spread"
                suffixes = dict.fromkeys(SUFFIX, "_pre" if is_signal else "_post")
                suffixes["signals"] = "_post"
                found.append((event, kind, self._statement(statement, "outputs", suffixes)))
        return found

    def _of_network(self, condition: str) -> bool:
        """Whether a condition is the same for all outputs: of signals, and draws nothing."""
        written = expanded(condition, self.functions())
        same = {*self.parameters, *self.names("signals"), *OF_NETWORK}
        return names_in(written) <= same and "rand" not in written

    def sample_resets(self) -> list[tuple[str, str]]:
        """Block and text of every statement at the end of a sample, in order."""
        return [
            (block, self._statement(statement, "inputs" if block == "inputs" else "outputs"))
            for statement in read_statements(self.fields["resets"].get("sample", ""))
            for block in ("inputs", "outputs", "signals")
            if statement.target in self.names(block)
        ]

    def release(self) -> str:
        """Statements of the synapses at an input spike, which each of them passes or does not."""
        release = self.structure["arm"]["release"]
        statements = read_statements(release_statements(release)) if release else ()
        lines = (
            f"{'passes' if target == 'passes' else self.text(target, 'synapses')} {operator}"
            f" {self.text(text, 'synapses')}"
            for target, operator, text, _ in statements
        )
        return "\n".join(lines)

    def of_synapses(self) -> list[str]:
        """All texts of synapses and resets."""
        texts = [self.update("synapses"), self.grid_step(), self.sum_statements()]
        texts += [self.rule(when) for when in self.learning] + [self.mean_statements()]
        texts.append(self.release())
        texts += [self.statements("synapses", self.resets("input", "signals"))]
        texts += [code for _, _, code in self.event_resets()]
        texts += [code for _, code in self.sample_resets()]
        return texts + ([*self.between_outputs("u")] if self.law == "race" else [])


def texts_of(structure: dict[str, Any]) -> dict[str, ReferenceText]:
    """{pathway: its texts}, in the order of the model."""
    layers: dict[str, list[ReferenceText]] = {}
    texts, groups = {}, groups_of(structure)
    for name, own in pathway_structures(structure).items():
        of_layer = layers.setdefault(pathway_of(own)["layer"], [])
        texts[name] = ReferenceText(dict(own), groups[name], len(of_layer))
        of_layer.append(texts[name])
    for of_layer in layers.values():
        for text in of_layer:
            text.join(of_layer)
    return texts
