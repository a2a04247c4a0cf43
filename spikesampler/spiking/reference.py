"""The plain clock-driven network: the truth that the fast engine is tested against.

Slow and literal: in every step every input and output draws whether it spikes, sums are taken over
all synapses wherever they are needed, and a function is computed from its states where it is used.
Nothing is kept incrementally; inputs are the source of the synapses, as one would write it down
from the paper. Order in a step: equations, from old values; the grid; which events happen; input
spikes; rules, each followed by the bounds; resets; the end of a sample.
"""

from typing import Any

from spikesampler.spiking.input_spikes import draw_each_step, reference_spikes
from spikesampler.spiking.names import Dialect
from spikesampler.spiking.parts import ANSWER, let_see, make_answer, make_monitors, make_time
from spikesampler.spiking.reference_text import ReferenceText

#: orders in the slot `end`: rules, resets, and what is at the end of a sample
RULES, RESETS, SAMPLE = 0, 10_000, 20_000
CONTROL = """
plastic : 1 (shared, constant)
record_inputs : integer (shared, constant)
num_samples : integer (shared, constant)
random_seed : integer (shared, constant)
grid_phase : integer (shared, constant)
showing : 1 (shared)
"""


def make_reference(structure: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Brian2 Network and namespace with the groups and run-time variables of `make_network`.

    Synapses run from input i to output k: synapse number i*K + k.
    """
    import brian2 as b2

    text = ReferenceText(structure)
    clocks, namespace = make_time(structure)
    inputs, outputs = make_inputs(text, clocks), make_outputs(text, clocks)
    synapses = make_synapses(text, clocks, inputs, outputs)
    let_see(text.seen_by_inputs(), inputs, outputs)
    parts = [inputs, outputs, synapses, *make_resets(text, clocks, inputs, outputs, synapses)]
    if text.law == "race":
        parts.append(make_lateral(text, clocks, outputs))
    if text.means:
        parts.append(make_means(text, clocks, outputs, synapses))
    if text.answers:
        make_answer(outputs, clocks, structure["gap"], SAMPLE)
    monitors = make_monitors(structure, inputs, outputs)
    return b2.Network(*parts, *monitors, name="network"), namespace


def make_inputs(text: ReferenceText, clocks: dict[str, Any]) -> Any:
    """The inputs: each draws in every step whether it spikes."""
    import brian2 as b2

    spikes = reference_spikes(text.structure, Dialect(text.parameters))
    update, reset, at_end = text.of_inputs()
    inputs = b2.NeuronGroup(
        text.structure["I"],
        f"{text.declarations('inputs')}\nplastic : 1 (shared, constant)\n{spikes.variables}\n"
        + "".join(f"{name} : 1 (linked)\n" for name in text.seen_by_inputs())
        + text.declare(update, reset, at_end, spikes.at_frame, spikes.threshold),
        threshold=spikes.threshold,
        reset=reset,
        clock=clocks["fine"],
        name="inputs",
    )
    draw_each_step(inputs, spikes, text.structure, clocks)
    inputs.resetter["spike"].when = "synapses"
    if update:
        inputs.run_regularly(
            update, clock=clocks["fine"], when="groups", order=1, name="inputs_update"
        )
    return inputs


def make_outputs(text: ReferenceText, clocks: dict[str, Any]) -> Any:
    """The outputs: in every step each decides which of its events happen."""
    import brian2 as b2

    update, happening = text.update("outputs"), text.happening()
    flags = {event: f"happens_{event} > 0.5" for event in text.events}
    outputs = b2.NeuronGroup(
        text.structure["K"],
        "\n".join(
            [
                text.declarations("outputs"),
                *(f"{name} : 1" for name in ("rate", "inhibition", *text.sums)),
                *(f"{name} : 1\nrow_of_{name} : 1" for name in text.means),
                *(f"happens_{event} : 1" for event in text.events),
                ANSWER if text.answers else "",
                "number : 1 (constant)" if text.numbers else "",
                CONTROL,
                text.declare(
                    update, happening, *text.of_synapses()
                ),  # the synapses have it from them
            ]
        ),
        threshold=flags.pop("output"),
        events=flags,
        clock=clocks["fine"],
        name="outputs",
    )
    if text.numbers:
        outputs.number = "i"
    if update:
        outputs.run_regularly(
            update, clock=clocks["fine"], when="groups", order=2, name="outputs_update"
        )
    outputs.run_regularly(
        happening, clock=clocks["fine"], when="thresholds", order=-1, name="outputs_happening"
    )
    return outputs


def make_lateral(text: ReferenceText, clocks: dict[str, Any], outputs: Any) -> Any:
    """Every output's sum of exp(u_l - u_k) over all outputs l, relative so as not to overflow."""
    import brian2 as b2

    before, after = text.between_outputs("u")
    lateral = b2.Synapses(
        outputs,
        outputs,
        clock=clocks["fine"],
        name="lateral",
    )
    lateral.connect()
    at = {"clock": clocks["fine"], "when": "thresholds"}
    outputs.run_regularly("inhibition = 0", **at, order=-3, name="outputs_alone")
    added = f"inhibition_post += exp(clip({before} - ({after}), -700, 700))"
    lateral.run_regularly(added, **at, order=-2, name="lateral_sum")
    return lateral


def make_synapses(text: ReferenceText, clocks: dict[str, Any], inputs: Any, outputs: Any) -> Any:
    """theta and further state of the synapses, the sums over them, and what changes them."""
    import brian2 as b2

    update, step = text.update("synapses"), text.grid_step()
    rules = {when: text.rule(when) for when in text.learning}
    at_events = {when: rule for when, rule in rules.items() if when not in ("step", "sample")}
    names = {when: f"on_{when}" for when in at_events}
    to_signals = text.statements("synapses", text.resets("input", "signals"))
    on_post = {names[when]: rule for when, rule in at_events.items() if when != "input"}
    on_pre = {names[when]: rule for when, rule in at_events.items() if when == "input"}
    if to_signals:
        on_pre["to_signals"] = to_signals
    if release := text.release():
        on_pre["released"] = release
    events = {
        name: "spike" if when in ("input", "output") else when for when, name in names.items()
    }
    synapses = b2.Synapses(
        inputs,
        outputs,
        text.declarations("synapses"),
        on_pre=on_pre or None,
        on_post=on_post or None,
        on_event=events | dict.fromkeys(on_pre, "spike"),
        clock=clocks["fine"],
        name="synapses",
    )
    synapses.connect()
    b2.get_device().apply_run_args()
    if release:
        synapses.released.when, synapses.released.order = "synapses", 1
    if text.sums:
        take_sums(text, clocks, outputs, synapses, "thresholds", -5)
        if text.needs_sums(update, text.update("outputs")):
            take_sums(text, clocks, outputs, synapses, "start", 0)
    run = synapses.run_regularly
    if update:
        run(update, clock=clocks["fine"], when="groups", order=0, name="synapses_update")
    if step:
        if text.needs_sums(step):
            take_sums(text, clocks, outputs, synapses, "groups", 3)
        run(step, clock=clocks["grid"], when="groups", order=9, name="synapses_step")
    for number, (when, rule) in enumerate(rules.items()):
        order = SAMPLE + 10 if when == "sample" else RULES + 10 * number
        if text.needs_sums(rule):
            take_sums(text, clocks, outputs, synapses, "end", order)
        if when in names:
            pathway = getattr(synapses, names[when])
            pathway.when, pathway.order, pathway._clock = "end", order + 5, clocks["learning"]
        else:
            clock = clocks["learning_ends" if when == "sample" else "learning"]
            run(rule, clock=clock, when="end", order=order + 5, name=f"synapses_on_{when}")
    return synapses


def take_sums(
    text: ReferenceText, clocks: dict[str, Any], outputs: Any, synapses: Any, slot: str, order: int
) -> None:
    """Take the sums over synapses anew at a place of the step."""
    at, place = {"clock": clocks["fine"], "when": slot}, f"{slot}_{abs(order)}"
    nothing = "\n".join(f"{name} = 0" for name in text.sums)
    outputs.run_regularly(nothing, **at, order=order, name=f"outputs_clear_{place}")
    added = text.sum_statements()
    synapses.run_regularly(added, **at, order=order + 1, name=f"synapses_sum_{place}")


def make_means(text: ReferenceText, clocks: dict[str, Any], outputs: Any, synapses: Any) -> Any:
    """Means over all synapses before a step of the grid: each output tells all its row's share."""
    import brian2 as b2

    between = b2.Synapses(outputs, outputs, clock=clocks["grid"], name="means")
    between.connect()
    at = {"clock": clocks["grid"], "when": "groups"}
    nothing = "\n".join(f"{name} = 0\nrow_of_{name} = 0" for name in text.means)
    outputs.run_regularly(nothing, **at, order=5, name="outputs_clear_means")
    synapses.run_regularly(text.mean_statements(), **at, order=6, name="synapses_means")
    size = text.structure["K"] * text.structure["I"]
    told = "\n".join(f"{name}_post += row_of_{name}_pre/{size}.0" for name in text.means)
    between.run_regularly(told, **at, order=7, name="means_told")
    return between


def make_resets(
    text: ReferenceText, clocks: dict[str, Any], inputs: Any, outputs: Any, synapses: Any
) -> list[Any]:
    """What events do to variables of outputs and signals, and the end of a sample to all."""
    import brian2 as b2

    connections = {"alone": "i == j", "spread": "True", "once": "i == 0"}
    codes: dict[str, dict[str, tuple[str, str]]] = {kind: {} for kind in connections}
    resets = text.event_resets()
    first = {event: number for number, (event, *_) in reversed([*enumerate(resets)])}
    for event, number in first.items():
        if text.needs_sums(*(code for when, _, code in resets if when == event)):
            take_sums(text, clocks, outputs, synapses, "end", RESETS + 3 * number)
    for number, (event, kind, code) in enumerate(resets):
        codes[kind][f"reset_{number}"] = ("spike" if event == "output" else event, code)
    made = []
    for kind, of_kind in codes.items():
        if of_kind:
            group = b2.Synapses(
                outputs,
                outputs,
                on_pre={name: code for name, (_, code) in of_kind.items()},
                on_event={name: event for name, (event, _) in of_kind.items()},
                clock=clocks["fine"],
                name=f"reset_{kind}",
            )
            group.connect(condition=connections[kind])
            for name in of_kind:
                pathway = getattr(group, name)
                pathway.when, pathway.order = (
                    "end",
                    RESETS + 3 * int(name.removeprefix("reset_")) + 2,
                )
            made.append(group)
    groups = {"inputs": inputs, "outputs": outputs, "signals": outputs}
    if text.needs_sums(*(code for _, code in text.sample_resets())):
        take_sums(text, clocks, outputs, synapses, "end", SAMPLE + 90)
    for number, (block, code) in enumerate(text.sample_resets()):
        at = {"clock": clocks["sample_ends"], "when": "end", "order": SAMPLE + 100 + number}
        groups[block].run_regularly(code, **at, name=f"{groups[block].name}_sample_{number}")
    return made
