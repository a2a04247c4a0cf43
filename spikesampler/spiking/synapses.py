"""The synapses of the fast engine: their state, and all that happens at pairs."""

from collections.abc import Sequence
from typing import Any

from spikesampler.language.blocks import read_statements
from spikesampler.language.expressions import names_in
from spikesampler.language.linear import expanded
from spikesampler.language.release import release_statements
from spikesampler.spiking.inputs import (
    OF_EQUATIONS,
    OF_FRAMES,
    OF_SAMPLE,
    bracketed,
    framed_statement,
    step_statements,
)
from spikesampler.spiking.loops import array_name
from spikesampler.spiking.names import Dialect, engine_name, replace_words
from spikesampler.spiking.noise_step import grid_statements, grid_states, watched_variances
from spikesampler.spiking.outputs import (
    OF_RESETS,
    OF_SAMPLE_RULE,
    OutputText,
    event_of,
    output_names,
)
from spikesampler.spiking.pairs import Pairs
from spikesampler.spiking.parts import steps_of_loop
from spikesampler.spiking.plan import Plan
from spikesampler.spiking.stepping import updates
from spikesampler.spiking.sum_terms import StepSum, Sum
from spikesampler.spiking.sums import at_input_spikes, clearing, made_anew, on_change

__all__ = ["make_synapses"]

#: order in the slot `end` of the rules of a step; own events follow
ORDER = {"step": 0, "input": 1, "teacher": 2, "output": 3}


def make_synapses(
    plan: Plan, dialect: Dialect, clocks: dict[str, Any], inputs: Any, outputs: Any
) -> Any:
    """theta, further state and stored functions, and the loops over pairs that the text needs."""
    import brian2 as b2

    text = PairText(plan, dialect)
    structure = plan.structure
    # Brian2 lets a parameter be declared once; those of inputs keep their names at a pair
    shared = {
        name: name if name in inputs.variables else f"{name}_pre"
        for name in dialect.used(*text.all())
        if name in inputs.variables or name in outputs.variables
    }
    own = (name for name in dialect.used(*text.all()) if name not in shared)
    synapses = b2.Synapses(
        outputs,
        inputs,
        "\n".join([text.variables, *(f"{name} : 1 (shared, constant)" for name in own)]),
        clock=clocks["fine"],
        name="synapses",
    )
    synapses.connect()
    for x in plan.synapse_frames:
        setattr(synapses, f"frame_{engine_name(x)}", 1)
    # what is stored is not part of the state: at the start of a chunk it is made from theta, once
    # that is set
    b2.get_device().apply_run_args()
    for name, function in plan.stored.items():
        setattr(synapses, engine_name(name), replace_words(text.translated(function), shared))
    pairs = Pairs(synapses, clocks, structure["I"], structure["K"], shared)
    _make_time(plan, pairs, text)
    _make_sums(plan, pairs, text, clocks, inputs, outputs)
    _make_rules(plan, pairs, text, inputs, outputs)
    _make_sums_of_resets(plan, pairs, text, outputs)
    return synapses


def _make_time(plan: Plan, pairs: Pairs, text: "PairText") -> None:
    """The synapses' own equations."""
    pairs.run("equations", text.equations, "groups", OF_EQUATIONS - 3)
    for x, code in text.frames.items():
        frame = f"{array_name(pairs.synapses, f'frame_{engine_name(x)}')}[0]"
        pairs.run(
            f"decay_{x}",
            code,
            "groups",
            OF_FRAMES,
            only_if=f"{frame} < 1e-100",
            after=f"{frame} = 1;",
        )


def _make_sums(
    plan: Plan, pairs: Pairs, text: "PairText", clocks: dict[str, Any], inputs: Any, outputs: Any
) -> None:
    """The grid step, after which kept sums are made anew; spikes that reach them; other sums."""
    when, order = ("start", 1) if text.grid_is_first else ("groups", 10)

    def clear(clock: str, when: str, order: int) -> None:
        if plan.sums:
            at = {"clock": clocks[clock], "when": when, "order": order}
            outputs.run_regularly(clearing(plan), **at, name=f"outputs_clear_{clock}")

    loop = steps_of_loop(dict(plan.structure))
    # the first step of a chunk is one of the grid, unless samples and grid do not fit each other
    if loop["steps_per_period"] % loop["grid_every"] or not text.grid_is_first:
        clear("first", "start", -1)
        pairs.run("first", text.made_anew, "start", 0, clock="first")
    if any(plan.resets("sample", [one.variable for one in plan.sums])):
        after = OF_SAMPLE + len(plan.at_sample_ends())
        clear("sample_ends", "end", after)
        pairs.run("ends", text.made_anew, "end", after + 1, clock="sample_ends")
    zeroed = [array_name(outputs, one.name) for one in plan.step_sums]
    if _need_sums(plan, text.grid_texts, plan.step_sums):
        pairs.run("sums_on_grid", text.step_sums, when, order, clock="grid", zeroed=zeroed)
    if _need_sums(plan, text.grid_texts, plan.sums):  # these are made anew after the grid's step
        clear("grid", when, order + 2)
        pairs.run("anew", text.made_anew, when, order + 3, clock="grid")
    else:
        clear("grid", when, order)
    names = [f"variance_{name}" for name in watched_variances(plan)]
    below = ("below", "below_state", "below_step", "below_theta", "below_variance")
    facts: dict[str, Any] = {name: array_name(outputs, name) for name in below}
    facts["step"] = array_name(clocks["fine"], "timestep")
    facts |= {"clock": "grid", "stream": "noise_random", "watched": names}
    pairs.run("grid", text.grid, when, order + 1, **facts)
    spiking = array_name(inputs, "_spikespace")
    pairs.run("drive", text.drive, "synapses", 0, inputs=spiking)
    pairs.run("release", text.release, "synapses", 1, inputs=spiking, stream="release_random")
    equations = [e.text for e in (*plan.outputs, *plan.synapses) if e.is_differential]
    if _need_sums(plan, equations, plan.step_sums):
        pairs.run("sums_before", text.step_sums, "groups", OF_EQUATIONS - 4, zeroed=zeroed)
    pairs.run("sums", text.step_sums, "thresholds", -2, zeroed=zeroed)


def _need_sums(plan: Plan, texts: list[str], sums: Sequence[Sum | StepSum]) -> bool:
    """Whether expressions of an output, or of its synapses, use one of these sums."""
    names = {one.name for one in sums}
    return any(names_in(plan.output_text(plan.pair_text(text))) & names for text in texts)


def _make_rules(plan: Plan, pairs: Pairs, text: "PairText", inputs: Any, outputs: Any) -> None:
    """Rules of learning: step, input, teacher, output, own events, sample."""
    zeroed = [array_name(outputs, one.name) for one in plan.step_sums]
    own = [*plan.own_events]
    for when, rule in text.rules.items():
        order = 2 * ORDER.get(when, 4 + own.index(when) if when in own else 0)
        clock, facts = "learning", {}
        if when == "sample":
            clock, order = "learning_ends", OF_SAMPLE_RULE
        elif when == "input":
            facts = {"inputs": array_name(inputs, "_spikespace")}
        elif when != "step":
            facts = {"outputs": array_name(outputs, f"_{event_of(when)}space")}
        # sums that a rule reads come between it and the rule before
        if _need_sums(plan, [s.text for s in plan.learning(when)], plan.step_sums):
            pairs.run(
                f"sums_of_{when}", text.step_sums, "end", order - 1, clock=clock, zeroed=zeroed
            )
        pairs.run(f"on_{when}", rule, "end", order, clock=clock, **facts)


def _make_sums_of_resets(plan: Plan, pairs: Pairs, text: "PairText", outputs: Any) -> None:
    """Sums that are not kept, before the resets that read them."""
    resets = OutputText(plan, text.dialect, output_names(plan)).resets
    places = {r.when: ("fine", OF_RESETS + 2 * n) for n, r in reversed([*enumerate(resets)])}
    places["sample"] = "sample_ends", OF_SAMPLE_RULE + 1
    zeroed = [array_name(outputs, one.name) for one in plan.step_sums]
    for when, (clock, order) in places.items():
        if _need_sums(
            plan, [s.text for s in plan.resets(when, plan.output_states)], plan.step_sums
        ):
            name = f"sums_of_resets_{order}"
            pairs.run(name, text.step_sums, "end", order, clock=clock, zeroed=zeroed)


class PairText:
    """Brian2 text of the synapses: declarations, and statements at pairs."""

    def __init__(self, plan: Plan, dialect: Dialect) -> None:
        self.plan, self.dialect = plan, dialect
        self.names = _pair_names(plan)
        self.variables = self._variables()
        self.stored = [f"{engine_name(n)} = {self.translated(t)}" for n, t in plan.stored.items()]
        arm = plan.structure["arm"]
        on_grid = [*plan.rule["drift"].values(), *arm["variance"].values()]
        self.grid_texts = [plan.pair_text(text) for text in on_grid if text.strip()]
        self.equations = self._equations()
        self.frames = self._frames()
        self.made_anew = made_anew(plan, self.translated)
        self.before, self.after = on_change(plan, self.translated)
        self.grid_is_first, self.grid = self._grid()
        self.drive = at_input_spikes(plan, self.translated)
        self.release = self._release()
        self.step_sums = "\n".join(
            f"{one.name}_pre += {self.translated(one.text)}" for one in plan.step_sums
        )
        self.rules = {when: self._rule(when) for when in plan.rule["learning"]}

    def all(self) -> list[str]:
        """All statements."""
        stored = map(self.translated, self.plan.stored.values())
        texts = [self.equations, *self.frames.values(), self.made_anew, self.grid, self.drive]
        texts.append(self.release)
        return [*texts, self.step_sums, *self.rules.values(), *stored]

    def translated(self, text: str) -> str:
        """An expression at a pair, in Brian2's words."""
        return self.dialect.model_text(self.plan.pair_text(text), self.names)

    def _release(self) -> str:
        """What a spike that a synapse passes, or does not, does to the deviations of its output."""
        release = self.plan.structure["arm"]["release"]
        statements = read_statements(release_statements(release)) if release else ()
        return "\n".join(
            f"{self.names.get(target, target)} {operator} {self.translated(text)}"
            for target, operator, text, _ in statements
        )

    def _variables(self) -> str:
        lines = ["theta : 1"]
        for name in map(engine_name, self.plan.synapse_states):
            if name in map(engine_name, self.plan.synapse_frames):
                lines += [f"stored_{name} : 1", f"frame_{name} : 1 (shared)"]
            else:
                lines.append(f"{name} : 1")
        return "\n".join([*lines, *(f"{engine_name(name)} : 1" for name in self.plan.stored)])

    def _equations(self) -> str:
        """A step of the equations of the synapses' states that have no frame."""
        skipped = self.plan.synapse_frames
        changes = updates(self.plan.synapses, self.plan.parameters)
        changes = [
            change._replace(text=self.plan.pair_text(change.text))
            for change in changes
            if change.name not in skipped
        ]
        return step_statements(changes, self.dialect, self.names)

    def _frames(self) -> dict[str, str]:
        """Decay of the frames, and what is done with stored values where one becomes too small."""
        return {
            x: f"frame_{name} *= exp(-p_dt/{bracketed(self.translated(tau))})\n"
            f"stored_{name} *= frame_{name}"
            for x, tau in self.plan.synapse_frames.items()
            for name in [engine_name(x)]
        }

    def _grid(self) -> tuple[bool, str]:
        """Whether a grid step comes before the equations of its time step, and its statements."""
        steps = grid_statements(self.plan, self.translated, "plastic_pre")
        read = set().union(*map(names_in, self.grid_texts), set())
        free = {"theta", "temperature"} | self.plan.parameters | self.plan.stored.keys()
        lines = [*steps, *self._bounds("theta" in grid_states(self.plan)), *self.stored]
        if not steps:
            lines = []
        if not _need_sums(self.plan, self.grid_texts, self.plan.sums):
            lines.append(self.made_anew)
        is_free = not read - free and not self._moves_equations()
        return is_free, "\n".join(filter(None, lines))

    def _moves_equations(self) -> bool:
        """Whether an equation depends on what the grid steps: it follows from values before."""
        plan = self.plan
        moved = {"theta", *grid_states(plan)}
        moved |= {one.name for one in plan.sums} | {one.name for one in plan.step_sums}
        texts = [e.text for e in plan.outputs if e.is_differential]
        texts += [expanded(e.text, plan.synapses) for e in plan.synapses if e.is_differential]
        return any(names_in(plan.output_text(text)) & moved for text in texts)

    def _bounds(self, is_needed: bool) -> list[str]:
        """The statement that puts theta inside its bounds, where there are any."""
        low, high = (
            f"p_theta_{side}" if bound else limit
            for side, bound, limit in zip(
                ("low", "high"), self.plan.rule["bounds"], ("-1e300", "1e300"), strict=True
            )
        )
        is_needed = is_needed and any(self.plan.rule["bounds"])
        return [f"theta = clip(theta, {low}, {high})"] if is_needed else []

    def _rule(self, when: str) -> str:
        """A rule of learning; what it changes of theta reaches stored functions and sums.

        Stored functions follow at once where a later statement reads one.
        """
        statements = self.plan.learning(when)
        moves = any(statement.target == "theta" for statement in statements)
        lines, are_stale = [self.before] if moves else [], False
        for target, operator, text, _ in statements:
            if are_stale and names_in(self.plan.pair_text(text)) & self.plan.stored.keys():
                lines += self.stored
                are_stale = False
            are_stale |= target == "theta"
            name, text = engine_name(target), self.translated(text)
            if target in self.plan.synapse_frames:
                lines.append(framed_statement(name, operator, text))
            else:
                lines.append(f"{name} {operator} {text}")
        lines += [*self._bounds(True), self.after] if moves else []
        return "\n".join(filter(None, lines))


def _pair_names(plan: Plan) -> dict[str, str]:
    """What a pair calls the variables of its input, its output and itself."""
    names = {e.name: f"{engine_name(e.name)}_post" for e in plan.inputs}
    names |= {e.name: f"{engine_name(e.name)}_pre" for e in plan.outputs}
    names |= {one.name: f"{one.name}_pre" for one in plan.step_sums}
    ours = ("plastic", "rate", "response", "correct")
    names |= {name: f"{name}_pre" for name in ours} | {"k": "number_pre"}
    for x in plan.synapse_states:
        name = engine_name(x)
        names[x] = f"(stored_{name}*frame_{name})" if x in plan.synapse_frames else name
    return names | {x: engine_name(x) for x in plan.stored}
