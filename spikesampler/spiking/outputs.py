"""The outputs of the fast engine: what they sum and carry, and how they and the teacher spike."""

from typing import Any, NamedTuple

from spikesampler.language.blocks import Statement, read_equations
from spikesampler.language.expressions import functions_in, names_in
from spikesampler.spiking.inputs import OF_EQUATIONS, OF_SAMPLE, bracketed, step_statements
from spikesampler.spiking.loops import array_name, decide_events, use_template
from spikesampler.spiking.names import Dialect, engine_name, replace_words
from spikesampler.spiking.parts import ANSWER, make_answer, seen_declarations
from spikesampler.spiking.plan import Plan, dialect_of
from spikesampler.spiking.soundness import VARIABLES
from spikesampler.spiking.stepping import Update, update_statements, updates
from spikesampler.spiking.structure import pathway_of

__all__ = ["OutputText", "event_of", "make_outputs", "output_names"]

#: what the loop over the steps reads and writes among the outputs' variables
CONTROL = """
plastic : 1 (shared, constant)
record_inputs : integer (shared, constant)
num_samples : integer (shared, constant)
random_seed : integer (shared, constant)
grid_phase : integer (shared, constant)
showing : 1 (shared)
"""
#: orders in the slot `end`, after the rules of a step
OF_RESETS, OF_ANSWER, OF_SAMPLE_RULE = 2000, 3000, 3110
OF_RESETS_OF_LAYERS = 1000  #: of layers that do not answer, which read signals before these change
#: of another layer than that which answers
CONTROL_OF_LAYER = "plastic : 1 (shared, constant)\n"
#: names whose value is the same for all outputs, beside parameters
SHARED = {"plastic", "t", "dt", "label", "temperature"}


def event_of(when: str) -> str:
    """Brian2's name of an event of the outputs: their spikes are the rule's "output"."""
    return "spike" if when == "output" else when


def output_names(plan: Plan) -> dict[str, str]:
    """What the outputs' group calls the variables of outputs and signals, and its own number."""
    return {e.name: engine_name(e.name) for e in plan.outputs} | {"k": "number"}


def make_outputs(plan: Plan, dialect: Dialect, clocks: dict[str, Any]) -> Any:
    """The outputs, every one with a copy of the signals; or another layer.

    They share a rate as softmax(u) (Kappel et al. 2015), or each has its own; the teacher's neuron
    is the label's. plan : of the first pathway of the layer.
    """
    import brian2 as b2

    names = output_names(plan)
    structure, called = plan.structure, plan.groups.layer
    text = OutputText(plan, dialect, names)
    group = b2.NeuronGroup(
        structure["K"],
        "\n".join([text.variables, *_parameters(plan, text)]),
        threshold="False",
        events=dict(text.events),
        clock=clocks["fine"],
        name=called,
    )
    if "k" in plan.used_in_layer:
        group.number = "i"
    signals = plan.signals if plan.answers else []
    copies = [array_name(group, names[signal]) for signal in signals]

    def at_step(code: str, order: int, name: str) -> None:
        if code:
            runner = group.run_regularly(
                code, clock=clocks["fine"], when="groups", order=order, name=f"{called}_{name}"
            )
            use_template(runner, "each", copies=copies)

    # other layers read the signals as they were before this step
    at_step(text.step, OF_EQUATIONS - (1 if plan.answers else 2), "step")
    at_step(text.sums, OF_EQUATIONS, "sums")
    _make_spikes(group, plan, text)
    for event in text.events:
        stream = "random" if event == "teacher" else "event_random"
        use_template(group.thresholder[event], "event", stream=stream)
    _make_resets(group, text, clocks, copies)
    if plan.answers and plan.uses_answer:
        make_answer(group, clocks, structure["gap"], OF_ANSWER)
    return group


def _parameters(plan: Plan, text: "OutputText") -> list[str]:
    """Declarations of the parameters that a layer's texts use, each once; numbers of variables that
    mix are those of each pathway.
    """
    codes = [
        *(text.variables, text.step, text.sums, text.firing, *text.events.values()),
        *(reset.code for reset in text.resets),
        *text.ends.values(),
    ]
    lines = (dialect_of(each).declare(*codes).splitlines() for each in plan.of_layer)
    return list(dict.fromkeys(line for of_pathway in lines for line in of_pathway))


def _make_spikes(group: Any, plan: Plan, text: "OutputText") -> None:
    """Let the law of firing decide which outputs spike."""
    law, _ = plan.firing
    rates = array_name(group, "rate") if "rate" in plan.used_in_layer else ""
    template = {"race": "race", "poisson": "each_draws"}[law]
    template += "_groups" if pathway_of(plan.structure)["groups"] > 1 else ""
    decide_events(group, "spike", template, text.firing)
    facts = {"rates": rates, "varies": text.total_varies, "step": repr(plan.structure["dt"])}
    facts |= {"groups": pathway_of(plan.structure)["groups"], "answering": plan.answers}
    use_template(group.thresholder["spike"], template, **facts)
    group.thresholder["spike"].order = -1  # conditions of events may read the rate


def _make_resets(group: Any, text: "OutputText", clocks: dict[str, Any], copies: list[str]) -> None:
    """What spikes, own events and the ends of samples do to the outputs' variables and signals."""
    for place, code in text.ends.items():
        runner = group.run_regularly(
            code,
            clock=clocks["sample_ends"],
            when="end",
            order=OF_SAMPLE + place,
            name=f"{group.name}_end_{place}",
        )
        use_template(runner, "each", copies=copies)
    for number, reset in enumerate(text.resets):
        runner = group.run_regularly(
            reset.code,
            clock=clocks["fine"],
            when="end",
            order=(OF_RESETS if text.plan.answers else OF_RESETS_OF_LAYERS) + 2 * number + 1,
            name=f"{group.name}_reset_{number}",
        )
        events = array_name(group, f"_{event_of(reset.when)}space")
        changed = [array_name(group, engine_name(reset.signal))] if reset.signal else []
        facts = {"events": events, "copies": changed, "once": reset.is_once}
        use_template(runner, "at_events", stream="event_random", **facts)


class Reset(NamedTuple):
    """Statements of outputs at an event of theirs.

    signal : whose copies take the new value, "" where the statements are of the outputs' own
    variables. is_once : whether the event is the network's, so that the signal changes once.
    """

    when: str
    code: str
    signal: str
    is_once: bool


class OutputText:
    """Brian2 text of the outputs.

    variables : declarations. step : of their own equations and the signals'. sums : decay of what
    is summed. firing : of the race or of each. events : conditions. resets : by when.
    ends : resets at the end of a sample, by their place among these.
    """

    def __init__(self, plan: Plan, dialect: Dialect, names: dict[str, str]) -> None:
        self.plan, self.dialect, self.names = plan, dialect, names
        self.variables = self._variables()
        self.step = "\n".join(filter(None, map(self._step, self._blocks())))
        self.sums = self._sums()
        self.total_varies = False
        self.firing = self._firing()
        self.events = self._events()
        self.resets = self._resets()
        self.ends = {
            place: "\n".join(map(self._statement, statements))
            for place, (of_inputs, statements) in enumerate(plan.at_sample_ends())
            if not of_inputs
        }

    def translated(self, text: str) -> str:
        """An expression of the outputs in Brian2's words."""
        return self.dialect.model_text(text, self.names)

    def _blocks(self) -> list[list[Any]]:
        signals = {equation.name for equation in read_equations(self.plan.rule["signals"])}
        kinds = (False, True) if self.plan.answers else (False,)
        return [
            [e for e in self.plan.outputs if (e.name in signals) == of_signals]
            for of_signals in kinds
        ]

    def _variables(self) -> str:
        lines = []
        linked = self.plan.seen_by_layer
        for e in self.plan.outputs:
            if e.is_differential and e.name in self.plan.signals and not self.plan.answers:
                continue
            right = "" if e.is_differential else f" = {self.translated(e.text)}"
            lines.append(f"{self.names[e.name]}{right} : 1")
        for plan in self.plan.of_layer:
            names = [one.name for one in plan.sums] + [one.name for one in plan.step_sums]
            lines += [f"{name} : 1" for name in (*names, *plan.means)]
        lines += ["rate : 1"] * ("rate" in self.plan.used_in_layer)
        lines += ["number : 1 (constant)"] * ("k" in self.plan.used_in_layer)
        if not self.plan.answers:
            lines += seen_declarations(map(engine_name, linked))
            return "\n".join([*lines, CONTROL_OF_LAYER])
        answer = ANSWER if self.plan.uses_answer else ""
        return "\n".join([*lines, CONTROL, answer, VARIABLES])

    def _step(self, equations: list[Any]) -> str:
        changes = updates(equations, self.plan.parameters)
        return step_statements(changes, self.dialect, self.names)

    def _sums(self) -> str:
        """Decay of the sums: that of the inputs' variables, of which they are sums."""
        return "\n".join(filter(None, map(self._sums_of, self.plan.of_layer)))

    def _sums_of(self, plan: Plan) -> str:
        """The same of one pathway of the layer."""
        steps = {u.name: u.text for u in updates(plan.inputs, plan.parameters)}
        dialect = dialect_of(plan)
        changes = []
        for one in plan.sums:
            if one.variable:
                alike = {
                    other.variable: other.name
                    for other in plan.sums
                    if other.coefficient == one.coefficient and other.variable
                }
                changes.append(Update(one.name, replace_words(steps[one.variable], alike)))
        summed = {change.name for change in changes}
        if all(names_in(change.text) & summed <= {change.name} for change in changes):
            changes = [change for change in changes if change.text != change.name]
            texts = (update_statements([change]) for change in changes)
            return "\n".join(dialect.model_text(text, self.names) for text in texts)
        return step_statements(changes, dialect, self.names)

    def _firing(self) -> str:
        law, rate = self.plan.firing
        rate = bracketed(self.translated(rate))
        if law == "poisson":
            return f"own_rate = {rate}\nown_chance = own_rate*p_dt"
        self.total_varies = bool(names_in(self.plan.firing[1]) - self.plan.parameters - SHARED)
        return f"race_total = {rate}*p_dt\nrace_u = {self.names['u']}"

    def _events(self) -> dict[str, str]:
        events = {}
        rule = self.plan.rule
        if "teacher" in rule["learning"] or "teacher" in rule["resets"]:
            rate = bracketed(self.translated(rule["teacher"]))
            showing = "*showing" if self.plan.structure["gap"] else ""
            chance = f"{rate}*p_dt*plastic{showing}"
            events["teacher"] = f"i == int(labels(t)) and rand() < {chance}"
        for name, condition in self.plan.own_events.items():
            events[event_of(name)] = self.translated(condition)
        return events

    def _resets(self) -> list[Reset]:
        """Resets in the order of events in a step; signals' statements are carried out each for
        all its events, as every output is to know their values.
        """
        rule, states = self.plan.rule["resets"], self.plan.output_states
        events = ("output", "teacher", *self.plan.own_events)
        found: list[Reset] = []
        for when in filter(rule.__contains__, events):
            is_once = when in self.plan.own_events and self._is_of_network(when)
            for statement in self.plan.resets(when, states):
                code = self._statement(statement)
                signal = statement.target if statement.target in self.plan.signals else ""
                last = found[-1] if found else None
                if last and not signal and (last.when, last.signal) == (when, ""):
                    found[-1] = last._replace(code=f"{last.code}\n{code}")
                else:
                    found.append(Reset(when, code, signal, is_once and bool(signal)))
        return found

    def _statement(self, statement: Statement) -> str:
        """A statement in Brian2's words."""
        target, operator, text, _ = statement
        return f"{self.names[target]} {operator} {self.translated(text)}"

    def _is_of_network(self, event: str) -> bool:
        """Whether a condition is the same for all outputs: of signals, and draws nothing."""
        text = self.plan.output_text(self.plan.own_events[event])
        same = {*self.plan.parameters, *self.plan.signals, *SHARED, "response", "correct"}
        return names_in(text) <= same and "rand" not in functions_in(text)
