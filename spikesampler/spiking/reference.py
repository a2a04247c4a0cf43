"""The plain clock-driven network: the truth that the fast engine is tested against.

Slow and literal: in every step every input and output draws whether it spikes, sums are taken over
all synapses wherever they are needed, and a function is computed from its states where it is used.
Nothing is kept incrementally; inputs are the source of the synapses, as one would write it down
from the paper. Order in a step: equations, from old values; the grid; which events happen; input
spikes; rules, each followed by the bounds; resets; the end of a sample.
"""

from typing import Any

from spikesampler.spiking.input_spikes import InputSpikes, draw_each_step, reference_spikes
from spikesampler.spiking.names import Dialect
from spikesampler.spiking.parts import (
    ANSWER,
    let_layer_see,
    let_see,
    make_answer,
    make_monitors,
    make_time,
    seen_declarations,
)
from spikesampler.spiking.reference_resets import (
    RULES,
    SAMPLE,
    Members,
    make_resets,
    sample_resets,
    take_sums,
)
from spikesampler.spiking.reference_text import ReferenceText, texts_of
from spikesampler.spiking.relays import Relay, make_relay, pending_group
from spikesampler.spiking.structure import Groups, bare_inputs, pathway_of

#: rules in a step, in order; own events follow
ORDER = ("step", "input", "teacher", "output")
CONTROL = """
plastic : 1 (shared, constant)
record_inputs : integer (shared, constant)
num_samples : integer (shared, constant)
random_seed : integer (shared, constant)
grid_phase : integer (shared, constant)
showing : 1 (shared)
"""
CONTROL_OF_LAYER = "plastic : 1 (shared, constant)"


def make_reference(structure: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Brian2 Network and namespace with the groups and run-time variables of `make_network`.

    Synapses run from input i to output k: synapse number i*K + k.
    """
    import brian2 as b2

    texts = [*texts_of(structure).values()]
    clocks, namespace = make_time(structure)
    leading = sorted((text for text in texts if not text.place), key=lambda t: not t.is_answering)
    layers = {text.groups.layer: make_outputs(text, clocks) for text in leading}
    drawing = [text for text in texts if text.groups.draws]
    drawing = drawing or [ReferenceText(bare_inputs(structure), Groups.alone())]
    traces = {"inputs": make_inputs(drawing[0], clocks)}
    parts, sources = [], {**traces, **layers}
    for text in texts:
        if not text.groups.draws:
            facts, name = pathway_of(text.structure), text.groups.traces
            source = sources["inputs" if facts["source"] == "inputs" else text.groups.source]
            pending = pending_group(name, facts["delay"], len(source), clocks)
            parts += [] if pending is None else [pending]
            traces[name] = make_inputs(text, clocks, Relay(source, pending))
    synapses = {}
    for text in texts:
        inputs, outputs = traces[text.groups.traces], layers[text.groups.layer]
        synapses[text.groups.synapses] = make_pairs(text, clocks, inputs, outputs)
    b2.get_device().apply_run_args()
    for number, text in enumerate(texts):
        inputs, outputs = traces[text.groups.traces], layers[text.groups.layer]
        of_layer = [(other, synapses[other.groups.synapses]) for other in text.layer]
        place = number, len(texts)
        run_pairs(text, clocks, outputs, of_layer, place)
        let_see(text.seen_by_inputs(), inputs, layers["outputs"])
        if text.place == 0:
            let_layer_see(text.seen_by_layer(), outputs, layers["outputs"], clocks, order=3)
            parts += make_resets(text, clocks, inputs, outputs, of_layer)
            if text.law == "race":
                parts.append(make_lateral(text, clocks, outputs))
        else:
            sample_resets(text, clocks, {"inputs": inputs}, of_layer)
        if text.means:
            own = synapses[text.groups.synapses]
            parts.append(make_means(text, clocks, outputs, own))
    if leading[0].answers:
        make_answer(layers["outputs"], clocks, structure["gap"], SAMPLE)
    monitors = make_monitors(structure, traces["inputs"], layers)
    groups = [*traces.values(), *layers.values(), *synapses.values()]
    return b2.Network(*groups, *parts, *monitors, name="network"), namespace


def make_inputs(text: ReferenceText, clocks: dict[str, Any], relay: Relay | None = None) -> Any:
    """The inputs: each draws in every step whether it spikes, or hears another group."""
    import brian2 as b2

    spikes = reference_spikes(text.structure, Dialect(text.parameters))
    if relay:
        spikes = InputSpikes("", "")
    update, reset, at_end = text.of_inputs()
    called = text.groups.traces
    inputs = b2.NeuronGroup(
        text.structure["I"],
        f"{text.declarations('inputs')}\nplastic : 1 (shared, constant)\n{spikes.variables}\n"
        + "".join(f"{name} : 1 (linked)\n" for name in text.seen_by_inputs())
        + text.declare(update, reset, at_end, spikes.at_frame, spikes.threshold),
        threshold=spikes.threshold,
        reset=reset,
        clock=clocks["fine"],
        name=called,
    )
    if relay:
        make_relay(inputs, relay, clocks)
    else:
        draw_each_step(inputs, spikes, text.structure, clocks)
    inputs.resetter["spike"].when = "synapses"
    if update:
        inputs.run_regularly(
            update, clock=clocks["fine"], when="groups", order=1, name=f"{called}_update"
        )
    return inputs


def make_outputs(text: ReferenceText, clocks: dict[str, Any]) -> Any:
    """The outputs, or another layer: in every step each decides which of its events happen."""
    import brian2 as b2

    update, happening, called = text.update("outputs"), text.happening(), text.groups.layer
    flags = {event: f"happens_{event} > 0.5" for event in text.events}
    sums = [name for other in text.layer for name in other.sums]
    means = [name for other in text.layer for name in other.means]
    of_synapses = [part for other in text.layer for part in other.of_synapses()]
    parameters = {
        line: None
        for other in text.layer
        for line in other.declare(update, happening, *of_synapses).splitlines()
    }
    own = [ANSWER if text.answers else "", CONTROL]
    if not text.is_answering:
        own = [CONTROL_OF_LAYER, *seen_declarations(text.seen_by_layer())]
    outputs = b2.NeuronGroup(
        text.structure["K"],
        "\n".join(
            [
                text.declarations("outputs"),
                *(f"{name} : 1" for name in ("rate", "inhibition", *sums)),
                *(f"{name} : 1\nrow_of_{name} : 1" for name in means),
                *(f"happens_{event} : 1" for event in text.events),
                "number : 1 (constant)" if text.numbers else "",
                *own,
                *parameters,  # the synapses have it from them
            ]
        ),
        threshold=flags.pop("output"),
        events=flags,
        clock=clocks["fine"],
        name=called,
    )
    if text.numbers:
        outputs.number = "i"
    if update:
        # signals change after all that reads them, and are copied then
        order = 2 if text.is_answering else 1
        outputs.run_regularly(
            update, clock=clocks["fine"], when="groups", order=order, name=f"{called}_update"
        )
    outputs.run_regularly(
        happening, clock=clocks["fine"], when="thresholds", order=-1, name=f"{called}_happening"
    )
    return outputs


def make_lateral(text: ReferenceText, clocks: dict[str, Any], outputs: Any) -> Any:
    """Every output's sum of exp(u_l - u_k) over all outputs l of its circuit, relative so as not to
    overflow.
    """
    import brian2 as b2

    before, after = text.between_outputs("u")
    called = "lateral" if outputs.name == "outputs" else f"lateral_{outputs.name}"
    lateral = b2.Synapses(
        outputs,
        outputs,
        clock=clocks["fine"],
        name=called,
    )
    groups = pathway_of(text.structure)["groups"]
    size = text.structure["K"] // groups
    lateral.connect(condition=f"i//{size} == j//{size}" if groups > 1 else None)
    at = {"clock": clocks["fine"], "when": "thresholds"}
    outputs.run_regularly("inhibition = 0", **at, order=-3, name=f"{outputs.name}_alone")
    added = f"inhibition_post += exp(clip({before} - ({after}), -700, 700))"
    lateral.run_regularly(added, **at, order=-2, name=f"{called}_sum")
    return lateral


def make_pairs(text: ReferenceText, clocks: dict[str, Any], inputs: Any, outputs: Any) -> Any:
    """theta and further state of the synapses, and what events change of them."""
    import brian2 as b2

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
        name=text.groups.synapses,
    )
    synapses.connect()
    if release:
        synapses.released.when, synapses.released.order = "synapses", 1
    return synapses


def run_pairs(
    text: ReferenceText,
    clocks: dict[str, Any],
    outputs: Any,
    members: Members,
    place: tuple[int, int],
) -> None:
    """The sums over the synapses of a pathway, and what changes these from step to step.

    place : number of the pathway, and how many there are.
    """
    synapses, called = dict(members)[text], text.groups.synapses
    update, step = text.update("synapses"), text.grid_step()
    rules = {when: text.rule(when) for when in text.learning}
    if text.sums:
        take_sums([(text, synapses)], clocks, outputs, "thresholds", -5)
    if text.needs_sums(update, text.update("outputs")):
        take_sums(members, clocks, outputs, "start", 2 * text.place)
    run = synapses.run_regularly
    if update:
        run(update, clock=clocks["fine"], when="groups", order=0, name=f"{called}_update")
    if step:
        if text.needs_sums(step):
            take_sums(members, clocks, outputs, "groups", 3)
        run(step, clock=clocks["grid"], when="groups", order=9, name=f"{called}_step")
    number, number_of = place
    own = [when for when in rules if when not in (*ORDER, "sample")]
    for when, rule in rules.items():
        kind = ORDER.index(when) if when in ORDER else 4 + own.index(when) if when in own else 0
        order = (SAMPLE + 10 if when == "sample" else RULES) + 10 * (kind * number_of + number)
        if text.needs_sums(rule):
            take_sums(members, clocks, outputs, "end", order)
        if when in ("step", "sample"):
            clock = clocks["learning_ends" if when == "sample" else "learning"]
            run(rule, clock=clock, when="end", order=order + 5, name=f"{called}_on_{when}")
        else:
            pathway = getattr(synapses, f"on_{when}")
            pathway.when, pathway.order, pathway._clock = "end", order + 5, clocks["learning"]


def make_means(text: ReferenceText, clocks: dict[str, Any], outputs: Any, synapses: Any) -> Any:
    """Means over all synapses before a step of the grid: each output tells all its row's share."""
    import brian2 as b2

    called = "means" if synapses.name == "synapses" else f"means_of_{synapses.name}"
    between = b2.Synapses(outputs, outputs, clock=clocks["grid"], name=called)
    between.connect()
    at = {"clock": clocks["grid"], "when": "groups"}
    nothing = "\n".join(f"{name} = 0\nrow_of_{name} = 0" for name in text.means)
    outputs.run_regularly(nothing, **at, order=5, name=f"{outputs.name}_clear_{called}")
    synapses.run_regularly(text.mean_statements(), **at, order=6, name=f"{synapses.name}_means")
    size = text.structure["K"] * text.structure["I"]
    told = "\n".join(f"{name}_post += row_of_{name}_pre/{size}.0" for name in text.means)
    between.run_regularly(told, **at, order=7, name=f"{called}_told")
    return between
