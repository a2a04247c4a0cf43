"""The inputs of the fast engine: their spikes, and what their equations carry.

What a pathway hears of another layer is a group of the same kind, whose spikes are relayed.
"""

from typing import Any

from spikesampler.language.blocks import Statement
from spikesampler.spiking.input_spikes import InputSpikes, draw_ahead, input_spikes
from spikesampler.spiking.loops import array_name, use_template
from spikesampler.spiking.names import Dialect, engine_name
from spikesampler.spiking.plan import Plan
from spikesampler.spiking.relays import Relay, make_relay
from spikesampler.spiking.stepping import Update, update_statements, updates

__all__ = ["bracketed", "make_inputs", "step_statements"]

#: order in the slot `groups`: loops that read old values come before those that are read
OF_EQUATIONS, OF_FRAMES = 0, 1
OF_SAMPLE = 3120  #: order in the slot `end` of resets at the end of a sample


def bracketed(text: str) -> str:
    """The text in brackets, unless it is a name or a number."""
    return text if text.replace(".", "", 1).replace("_", "a").isalnum() else f"({text})"


def make_inputs(
    plan: Plan, dialect: Dialect, clocks: dict[str, Any], relay: Relay | None = None
) -> Any:
    """The inputs, whose variables decay in a frame where they only decay.

    relay : whose spikes they have, where they do not draw their own.
    """
    import brian2 as b2

    names = {x: engine_name(x) for x in (*(e.name for e in plan.inputs), *plan.seen_by_inputs)}
    spikes = InputSpikes("", "") if relay else input_spikes(dict(plan.structure), dialect)
    called = plan.groups.traces
    equations = _declared(plan, dialect, names)
    decay = "\n".join(
        f"frame_{names[x]} *= exp(-p_dt/{bracketed(dialect.model_text(tau, names))})"
        for x, tau in plan.input_frames.items()
    )
    step = step_statements(
        [u for u in updates(plan.inputs, plan.parameters) if u.name not in plan.input_frames],
        dialect,
        names,
    )
    resets = _at_spikes(plan, dialect, names)
    ends = {
        place: _reset_statements(plan, statements, dialect, names)
        for place, (of_inputs, statements) in enumerate(plan.at_sample_ends())
        if of_inputs
    }
    inputs = b2.NeuronGroup(
        plan.structure["I"],
        f"{equations}\n{spikes.variables}\n"
        + dialect.declare(equations, decay, step, resets, *ends.values(), spikes.at_frame),
        threshold=spikes.threshold,
        clock=clocks["fine"],
        name=called,
    )
    for x in plan.input_frames:
        setattr(inputs, f"frame_{names[x]}", 1)
    if relay:
        make_relay(inputs, relay, clocks)
    else:
        draw_ahead(inputs, spikes, dict(plan.structure), clocks)
    if step:
        stepping = inputs.run_regularly(
            step, clock=clocks["fine"], when="groups", order=OF_EQUATIONS - 2, name=f"{called}_step"
        )
        use_template(stepping, "each", copies=[])
    if decay:
        decaying = inputs.run_regularly(
            decay, clock=clocks["fine"], when="groups", order=OF_FRAMES, name=f"{called}_decay"
        )
        frames = {
            array_name(inputs, f"frame_{names[x]}"): array_name(inputs, f"stored_{names[x]}")
            for x in plan.input_frames
        }
        use_template(decaying, "decay", frames=frames)
    if resets:
        counting = inputs.run_regularly(
            resets, clock=clocks["fine"], when="synapses", order=-1, name=f"{called}_reset"
        )
        events = array_name(inputs, "_spikespace")
        facts = {"events": events, "copies": [], "once": False}
        use_template(counting, "at_events", stream="event_random", **facts)
    for place, code in ends.items():
        ending = inputs.run_regularly(
            code,
            clock=clocks["sample_ends"],
            when="end",
            order=OF_SAMPLE + place,
            name=f"{called}_ends_{place}",
        )
        use_template(ending, "each", copies=[])
    return inputs


def _declared(plan: Plan, dialect: Dialect, names: dict[str, str]) -> str:
    """Brian2 equations of the inputs' variables."""
    lines = []
    for equation in plan.inputs:
        name = names[equation.name]
        if not equation.is_differential:
            lines.append(f"{name} = {dialect.model_text(equation.text, names)} : 1")
        elif equation.name in plan.input_frames:
            lines.append(f"{name} = stored_{name}*frame_{name} : 1")
            lines += [f"stored_{name} : 1", f"frame_{name} : 1 (shared)"]
        else:
            lines.append(f"{name} : 1")
    lines += [f"jump_{names[x]} : 1" for x in plan.jumping]
    lines += [f"{names[x]} : 1 (linked)" for x in plan.seen_by_inputs]
    if "plastic" in plan.used_by_inputs:
        lines.append("plastic : 1 (shared, constant)")
    return "\n".join(lines)


def _at_spikes(plan: Plan, dialect: Dialect, names: dict[str, str]) -> str:
    """What a spike does to its input's variables, and how far those jump that do not add alike."""
    statements, now = plan.resets("input", plan.input_states), _in_frames(plan, names)
    lines = [f"jump_{names[x]} = -{now[x]}" for x in plan.jumping]
    lines += filter(None, [_reset_statements(plan, statements, dialect, names)])
    lines += [f"jump_{names[x]} += {now[x]}" for x in plan.jumping]
    return "\n".join(lines)


def _in_frames(plan: Plan, names: dict[str, str]) -> dict[str, str]:
    """The names, and what a variable with a frame is: Brian2 would compute it once, before all."""
    frames = {x: f"(stored_{names[x]}*frame_{names[x]})" for x in plan.input_frames}
    return names | frames


def _reset_statements(
    plan: Plan, statements: list[Statement], dialect: Dialect, names: dict[str, str]
) -> str:
    """Statements on the inputs' variables in Brian2's words."""
    lines, now = [], _in_frames(plan, names)
    for target, operator, text, _ in statements:
        text, name = dialect.model_text(text, now), names[target]
        if target in plan.input_frames:
            lines.append(framed_statement(name, operator, text))
        else:
            lines.append(f"{name} {operator} {text}")
    return "\n".join(lines)


def framed_statement(name: str, operator: str, text: str) -> str:
    """A statement on a variable that is stored divided by its frame."""
    if operator in ("*=", "/="):
        return f"stored_{name} {operator} {bracketed(text)}"
    return f"stored_{name} {operator} {bracketed(text)}/frame_{name}"


def step_statements(changes: list[Update], dialect: Dialect, names: dict[str, str]) -> str:
    """Statements of a step of equations, in Brian2's words; "" where nothing changes."""
    changes = [change for change in changes if change.text != change.name]
    if not changes:
        return ""
    targets = {f"new_{change.name}": f"new_{change.name}" for change in changes}
    lines = []
    for line in update_statements(changes).splitlines():
        target, operator, text = line.split(" ", 2)
        target = targets.get(target, names.get(target, target))
        lines.append(f"{target} {operator} {dialect.model_text(text, names)}")
    return "\n".join(lines)
