"""The texts of the fast engine's synapses: declarations, and statements at pairs."""

from spikesampler.language.blocks import read_statements
from spikesampler.language.expressions import names_in
from spikesampler.language.linear import expanded
from spikesampler.language.release import release_statements
from spikesampler.spiking.inputs import bracketed, framed_statement, step_statements
from spikesampler.spiking.names import Dialect, engine_name
from spikesampler.spiking.noise_step import grid_statements, grid_states
from spikesampler.spiking.plan import Plan
from spikesampler.spiking.stepping import updates
from spikesampler.spiking.sums import at_input_spikes, made_anew, on_change

__all__ = ["PairText"]


class PairText:
    """Brian2 text of the synapses: declarations, and statements at pairs."""

    def __init__(self, plan: Plan, dialect: Dialect) -> None:
        self.plan, self.dialect = plan, dialect
        self.names = _pair_names(plan)
        self.variables = self._variables()
        self.stored = [f"{engine_name(n)} = {self.translated(t)}" for n, t in plan.stored.items()]
        self.equations = self._equations()
        self.frames = self._frames()
        self.made_anew = made_anew(plan, self.translated)
        self.before, self.after = on_change(plan, self.translated)
        self.grid_is_first, self.grid = self._grid()
        self.means = "\n".join(
            f"{name}_pre += {self.translated(text)}" for name, text in plan.means.items()
        )
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
        texts += [self.release, self.means]
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
        read = set().union(*map(names_in, self.plan.grid_texts), set())
        free = (
            {"theta", "temperature", *self.plan.means}
            | self.plan.parameters
            | self.plan.stored.keys()
        )
        lines = [*steps, *self._bounds("theta" in grid_states(self.plan)), *self.stored]
        if not steps:
            lines = []
        if not self.plan.sums_are_read_on_grid:
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
    for other in plan.of_layer:
        in_steps = (one.name for one in other.step_sums)
        names |= {name: f"{name}_pre" for name in (*in_steps, *other.means)}
    ours = ("plastic", "rate", "response", "correct")
    names |= {name: f"{name}_pre" for name in ours} | {"k": "number_pre"}
    for x in plan.synapse_states:
        name = engine_name(x)
        names[x] = f"(stored_{name}*frame_{name})" if x in plan.synapse_frames else name
    return names | {x: engine_name(x) for x in plan.stored}
