"""The event-driven network of a structure, as Brian2 objects.

Equations and statements are Brian2's; the loops around them, in templates/, are ours. Everything
that changes nothing is left out; nothing is approximated, but that the chance of a spike per step
ends at 1e-15 and 1 - 1e-15; every number is float64. In brackets, how much longer the paper's
network takes without it, for the arms `none` and `weight`:

- v_slow and v_fast of an output are the sums of w x_slow and w x_fast. An input spike adds w to
  both, a learning event adds its change of w times x, and each grid step sums them anew, so that
  rounding does not accumulate.
- The spikes of inputs are drawn some steps ahead, as the number of steps to the next, which has the
  law of one draw per step: geometric (input_spikes.py, draw.cpp,
  due.cpp; 87 %, 81 %).
- The traces x_slow, x_fast of all inputs decay together, as one factor, the frame; what is stored
  is x divided by it. So a step costs nothing for an input that does not spike, but once in hundreds
  of steps (decay.cpp; 21 %, 19 %).
- u of the outputs is looked at only in steps where one of them may spike (race.cpp; 5 %, 5 %).
- All synapses of an output are one row, and loops over rows are vectorised (pairs.cpp; its pragma 2
  %, 57 %), with an exp that is inlined (engine.h; 38 %, 36 %) and normal numbers by the row
  (engine.h; 0 %, 36 %).
- Input spikes that nobody keeps are not recorded (recorder.cpp; 37 %, 25 %).
- A chunk leaves one file, not a hundred (results.cpp; 4 %, 4 %, and 10 % where two programs run at
  once).
- Prior and noise step on the coarse clock `grid`.

Outputs are the *source* of the plastic synapses, so that the synapses of one output are one
contiguous row. Order in a step: decay; thresholds; input spikes reach the outputs; then learning
events, teacher before output.
"""

import re
from typing import Any, NamedTuple

from spikesampler.language.retraction import RETRACTION
from spikesampler.spiking.equations import (
    CONTROL,
    TEACHER,
    Dialect,
    framed,
    grid_statements,
    identifiers,
    mobility_expression,
    split_drift,
    weight_expression,
)
from spikesampler.spiking.input_spikes import draw_ahead, input_spikes
from spikesampler.spiking.loops import array_name, decide_events, use_template
from spikesampler.spiking.parts import make_monitors, make_time


def make_network(structure: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Brian2 Network of a structure (see `structure_of`), and its namespace.

    Groups: inputs (I), outputs (K), synapses (K*I, row by row); monitors input_spikes,
    output_spikes, teacher_events; clocks fine (dt), grid, frames.
    """
    import brian2 as b2

    dialect = Dialect(structure["units"])
    clocks, namespace = make_time(structure)
    inputs = make_inputs(structure, dialect, clocks)
    outputs = make_outputs(structure, dialect, clocks)
    synapses = make_synapses(structure, dialect, clocks, inputs, outputs)
    monitors = make_monitors(structure, inputs, outputs)
    use_template(monitors[0], "recorder", only_if=array_name(outputs, "record_inputs") + "[0]")
    return b2.Network(inputs, outputs, synapses, *monitors, name="network"), namespace


def make_inputs(structure: dict[str, Any], dialect: Dialect, clocks: dict[str, Any]) -> Any:
    """The inputs, and their traces."""
    import brian2 as b2

    equations, taus = framed(structure["inputs"])
    equations = dialect.text(equations)
    decay = dialect.text("\n".join(f"frame_{x} *= exp(-dt/{tau})" for x, tau in taus.items()))
    spikes = input_spikes(structure, dialect)
    inputs = b2.NeuronGroup(
        structure["I"],
        f"{equations}\n{spikes.variables}\n" + dialect.declare(equations, decay, spikes.at_frame),
        threshold=spikes.threshold,
        reset="\n".join(f"stored_{x} += 1/frame_{x}" for x in taus),
        clock=clocks["fine"],
        name="inputs",
    )
    for x in taus:
        setattr(inputs, f"frame_{x}", 1)
    draw_ahead(inputs, spikes, structure, clocks)
    decaying = inputs.run_regularly(decay, clock=clocks["fine"], when="groups", name="inputs_decay")
    frames = {array_name(inputs, f"frame_{x}"): array_name(inputs, f"stored_{x}") for x in taus}
    use_template(decaying, "decay", frames=frames)
    return inputs


def make_outputs(structure: dict[str, Any], dialect: Dialect, clocks: dict[str, Any]) -> Any:
    """The winner-take-all layer: outputs share the rate rho as softmax(u), the teacher drives one.

    rho_k = rho exp(u_k) / sum_l exp(u_l) (Kappel et al. 2015); the teacher's neuron is the label's.
    """
    import brian2 as b2

    equations, drifts = map(dialect.text, split_drift(structure["outputs"]))
    race = dialect.text("race_total = rho*dt\nrace_u = u")
    teacher = dialect.text(TEACHER)
    resets = dialect.text(structure["resets"].get("output", ""))
    outputs = b2.NeuronGroup(
        structure["K"],
        f"{equations}\n{CONTROL}\n" + dialect.declare(equations, drifts, race, teacher, resets),
        threshold="False",
        reset=resets,
        events={"teacher": teacher} if "teacher" in structure["learning"] else {},
        method="exact",
        clock=clocks["fine"],
        name="outputs",
    )
    if drifts:
        outputs.run_regularly(
            drifts, clock=clocks["fine"], when="groups", order=1, name="outputs_drift"
        )
    decide_events(outputs, "spike", "race", race)
    use_template(outputs.state_updater)
    if "teacher" in outputs.events:
        use_template(outputs.thresholder["teacher"])
    return outputs


class SynapseText(NamedTuple):
    """What happens at the pairs of an output and an input, and when, as Brian2 statements.

    refresh: w and intensity from theta; drive: at an input spike; clear: of the outputs' sums
    before a grid step, and step: that step; rules: learning, by event.
    """

    refresh: str
    drive: str
    clear: str
    step: str
    rules: dict[str, str]


def synapse_text(structure: dict[str, Any], dialect: Dialect) -> SynapseText:
    """SynapseText of a structure: every change of w also reaches the sums of its output."""
    transmitted, felt, *_ = RETRACTION[structure["retraction"]]
    refresh = f"w = {weight_expression(structure)}\nintensity = alpha*exp(w)"
    sums_intensity = "total_intensity" in identifiers(structure["outputs"])
    felt_sum = "total_intensity_pre += {}" if sums_intensity else ""
    drive = dialect.text(f"v_slow_pre += {transmitted}\nv_fast_pre += {transmitted}")
    clear = "v_slow = 0\nv_fast = 0" + ("\ntotal_intensity = 0" if sums_intensity else "")
    step = grid_statements(structure, dialect, plastic="plastic_pre") + dialect.text(f"""
        {refresh}
        v_slow_pre += {transmitted}*x_slow_var_post
        v_fast_pre += {transmitted}*x_fast_var_post
        {felt_sum.format(felt)}
        """)
    mobility = dialect.text(mobility_expression(structure))
    rules = {
        event: dialect.text(
            f"""
            {rule}
            theta = clip(theta, theta_min, theta_max)
            before = {transmitted}
            felt_before = {felt}
            {refresh}
            v_slow_pre += ({transmitted} - before)*x_slow_var_post
            v_fast_pre += ({transmitted} - before)*x_fast_var_post
            {felt_sum.format(f"{felt} - felt_before")}
            """,
            M=mobility,
            x="x_post",
        )
        for event, rule in structure["learning"].items()
    }
    return SynapseText(dialect.text(refresh), drive, clear, step, rules)


def make_synapses(
    structure: dict[str, Any], dialect: Dialect, clocks: dict[str, Any], inputs: Any, outputs: Any
) -> Any:
    """theta, w and intensity = alpha e^w, which change only with it, and what happens at pairs."""
    import brian2 as b2

    text = synapse_text(structure, dialect)
    synapses = b2.Synapses(
        outputs,
        inputs,
        "theta : 1\nw : 1\nintensity : 1\n"
        + dialect.declare(text.step, text.drive, *text.rules.values()),
        clock=clocks["fine"],
        name="synapses",
    )
    synapses.connect()
    # w and intensity are not part of the state: at the start of a chunk they are made from theta,
    # once it is set
    b2.get_device().apply_run_args()
    for line in text.refresh.splitlines():
        variable, expression = line.split("=", 1)
        setattr(synapses, variable.strip(), expression.strip())
    outputs.run_regularly(
        text.clear, clock=clocks["grid"], when="start", order=1, name="outputs_clear"
    )
    sizes = {"num_inputs": structure["I"], "num_outputs": structure["K"]}

    def at_pairs(name, code, when, order, clock="fine", outputs=None, inputs=None, only_if=None):
        runner = synapses.run_regularly(
            code, clock=clocks[clock], when=when, order=order, name=f"synapses_{name}"
        )
        normals = len(re.findall(r"\brandn\s*\(", code))
        if normals > 1:
            raise ValueError(f"synapses_{name}: {normals} calls of randn(); expected one at most")
        draws = {"normals": normals, "uniforms": re.search(r"\brand\s*\(", code)}
        of = {"outputs": outputs, "inputs": inputs, "only_if": only_if}
        use_template(runner, "pairs", **of, **sizes, **draws)

    at_pairs("step", text.step, "start", 2, clock="grid")
    at_pairs("drive", text.drive, "synapses", 0, inputs=array_name(inputs, "_spikespace"))
    plastic = array_name(outputs, "plastic") + "[0]"
    for order, (event, rule) in enumerate(text.rules.items()):
        events = array_name(outputs, "_teacherspace" if event == "teacher" else "_spikespace")
        at_pairs(f"on_{event}", rule, "end", order, outputs=events, only_if=plastic)
    return synapses
