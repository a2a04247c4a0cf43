"""The event-driven network of a structure, as Brian2 objects.

Equations and statements are those of the model's text, put into Brian2's words; the loops around
them, in templates/, are ours. `plan` reads once what the text needs, and only that is made. Nothing
is approximated but the chance of a spike per step, which ends at 1e-15 and 1 - 1e-15, and equations
that are not linear (`stepping`); every number is float64. In brackets, how much longer the network
of the first model takes without it, for the arms `none` and `weight`:

- A sum over an output's synapses of what is linear in variables of the inputs obeys their equations
  and is kept (sum_terms.py, sums.py). An input spike adds the coefficient to it, a learning event
  the change of the coefficient times the variable, and each grid step sums anew, so that rounding
  does not accumulate. Variables that mix, as of an alpha function, are kept together. Where the
  text does not allow it, the sum is taken in every step: with that, the example of one exponential
  takes 125 % longer, that of an alpha function 140 %.
- The spikes of inputs are drawn some steps ahead, as the number of steps to the next, which has the
  law of one draw per step: geometric (input_spikes.py, draw.cpp, due.cpp; 87 %, 81 %).
- Variables of all inputs that only decay do so together, as one factor, the frame; what is stored
  is the variable divided by it. So a step costs nothing for an input that does not spike, but once
  in hundreds of steps (inputs.py, decay.cpp; 21 %, 19 %). The same for states of synapses.
- Functions of theta that are dear are stored, and made anew where theta changes (plan.py); all
  others are put in where they are used.
- u of the outputs is looked at only in steps where one of them may spike (race.cpp; 5 %, 5 %), if
  no text asks for their rates.
- All synapses of an output are one row, and loops over rows are vectorised (pairs.cpp; its pragma 2
  %, 57 %), with an exp that is inlined (engine.h; 38 %, 36 %) and random numbers by the row
  (engine.h; 0 %, 36 %). Equations of synapses that do not only decay are one such loop in every
  step, a rule for every step is another.
- Numbers below 2e-308 are rounded to 0 (compilation.py), in both engines. Processors take many
  times longer for them, and what decays with nothing to renew it gets there and stays: 5 000
  samples of the example of rewards, whose eligibilities are those, take 185 % longer without. The
  first model has none.
- Input spikes that nobody keeps are not recorded (recorder.cpp; 37 %, 25 %).
- Twenty frozen networks that differ in theta alone and are shown the same, as those that a run
  averages over, ride along with one (answers.py): its input spikes are drawn once, and each adds a
  row of numbers for all of them.
- A chunk leaves one file, not a hundred (results.cpp; 4 %, 4 %, and 10 % where two programs run at
  once).
- Drift and noise step on the coarse clock `grid` (noise_step.py).

Outputs are the *source* of the plastic synapses, so that the synapses of one output are one
contiguous row. Order in a step: the grid, where it reads theta alone and no equation does;
equations, from values at the beginning of the step; the grid else; thresholds; input spikes reach
variables and sums; rules: step, input, teacher, output, own events; resets; then, after the last
step of a stimulus, its rule and its resets.
"""

from typing import Any

from spikesampler.spiking.inputs import make_inputs
from spikesampler.spiking.loops import array_name, use_template
from spikesampler.spiking.names import engine_name
from spikesampler.spiking.outputs import make_outputs
from spikesampler.spiking.parts import let_layer_see, let_see, make_monitors, make_time
from spikesampler.spiking.plan import Plan, dialect_of, plans_of
from spikesampler.spiking.relays import Relay, pending_group
from spikesampler.spiking.soundness import look_at, watch_of
from spikesampler.spiking.state import is_state
from spikesampler.spiking.structure import bare_inputs, pathway_of
from spikesampler.spiking.synapses import make_loops, make_stored, make_synapses


def make_network(structure: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Brian2 Network of a structure (see `structure_of`), and its namespace.

    Groups: inputs (I), outputs (K), synapses (K*I, row by row); monitors input_spikes,
    output_spikes, teacher_events and those of own events; clocks of `make_time`. Further pathways
    have groups of their own (`structure.Groups`), and layers monitors, too.
    """
    import brian2 as b2
    from brian2.core.variables import ArrayVariable

    plans = [*plans_of(structure).values()]
    clocks, namespace = make_time(structure)
    layers = {
        plan.groups.layer: make_outputs(plan, dialect_of(plan), clocks)
        for plan in sorted(plans, key=lambda plan: not plan.answers)
        if plan.leads
    }
    drawing = [plan for plan in plans if plan.groups.draws] or [Plan(bare_inputs(structure))]
    drawn = {"inputs": make_inputs(drawing[0], dialect_of(drawing[0]), clocks)}
    heard, pending = _relayed(plans, clocks, {**drawn, **layers})
    traces = drawn | heard
    members = [
        make_synapses(
            plan,
            dialect_of(plan),
            clocks,
            traces[plan.groups.traces],
            layers[plan.groups.layer],
        )
        for plan in plans
    ]
    make_stored(members)
    outputs = layers["outputs"]
    for number, member in enumerate(members):
        of_layer = [one for one in members if one.plan in member.plan.of_layer]
        layer = layers[member.plan.groups.layer]
        make_loops(member, of_layer, clocks, layer, watch_of(outputs, number, len(members)))
    for plan in plans:
        let_see(map(engine_name, plan.seen_by_inputs), traces[plan.groups.traces], outputs)
        if plan.leads:
            layer = layers[plan.groups.layer]
            let_layer_see(map(engine_name, plan.seen_by_layer), layer, outputs, clocks)
    groups = [*traces.values(), *layers.values(), *(member.pairs.synapses for member in members)]
    states = {
        group: [
            name
            for name, variable in group.variables.items()
            if isinstance(variable, ArrayVariable) and is_state(f"{group.name}.{name}", structure)
        ]
        for group in groups
    }
    look_at(outputs, clocks, states)
    monitors = make_monitors(structure, drawn["inputs"], layers)
    for monitor in monitors[: 1 + len(layers)]:
        if monitor.name != "output_spikes":
            only_if = array_name(outputs, "record_inputs") + "[0]"
            use_template(monitor, "recorder", only_if=only_if)
    return b2.Network(*groups, *pending, *monitors, name="network"), namespace


def _relayed(
    plans: list[Plan], clocks: dict[str, Any], sources: dict[str, Any]
) -> tuple[dict[str, Any], list[Any]]:
    """Groups of traces whose spikes are those of another group, by name; and those that hold spikes
    on their way.

    sources : groups of inputs and layers, by name.
    """
    heard, held = {}, []
    for plan in plans:
        name, facts = plan.groups.traces, pathway_of(plan.structure)
        if plan.groups.draws:
            continue
        source = sources["inputs" if plan.source == "inputs" else plan.groups.source]
        pending = pending_group(name, facts["delay"], len(source), clocks)
        held += [] if pending is None else [pending]
        heard[name] = make_inputs(plan, dialect_of(plan), clocks, Relay(source, pending))
    return heard, held
