"""The plain clock-driven network: the truth that the fast engine is tested against.

Slow and literal: every step draws every input's spike, sums w x over all synapses, and takes w from
theta where it is used. Nothing is kept incrementally; inputs are the source of the synapses, as one
would write it down from the paper.
"""

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
    substitute,
    weight_expression,
)
from spikesampler.spiking.input_spikes import draw_each_step, reference_spikes
from spikesampler.spiking.parts import make_monitors, make_time


def make_reference(structure: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Brian2 Network and namespace with the groups and run-time variables of `make_network`.

    Synapses run from input i to output k: synapse number i*K + k.
    """
    import brian2 as b2

    dialect = Dialect(structure["units"])
    clocks, namespace = make_time(structure)
    inputs = make_inputs(structure, dialect, clocks)
    outputs, lateral = make_outputs(structure, dialect, clocks)
    synapses = make_synapses(structure, dialect, clocks, inputs, outputs)
    monitors = make_monitors(structure, inputs, outputs)
    return b2.Network(inputs, outputs, lateral, synapses, *monitors, name="network"), namespace


def make_inputs(structure: dict[str, Any], dialect: Dialect, clocks: dict[str, Any]) -> Any:
    """The inputs: each draws in every step whether it spikes."""
    import brian2 as b2

    equations = dialect.text(structure["inputs"])
    spikes = reference_spikes(structure, dialect)
    _, taus = framed(structure["inputs"])
    inputs = b2.NeuronGroup(
        structure["I"],
        f"{equations}\n{spikes.variables}\n"
        + dialect.declare(equations, spikes.at_frame, spikes.threshold),
        threshold=spikes.threshold,
        reset="\n".join(f"{x} += 1" for x in taus),
        method="exact",
        clock=clocks["fine"],
        name="inputs",
    )
    draw_each_step(inputs, spikes, structure, clocks)
    return inputs


def make_outputs(
    structure: dict[str, Any], dialect: Dialect, clocks: dict[str, Any]
) -> tuple[Any, Any]:
    """The winner-take-all layer: every output for itself, in every step, from all differences of u.

    The sum of exp(u_l) is taken relative to u_k, so it cannot overflow.
    """
    import brian2 as b2

    equations, drifts = map(dialect.text, split_drift(without_sums(structure["outputs"])))
    spiking = "luck*inhibition < rho*dt"
    resets = dialect.text(structure["resets"].get("output", ""))
    events = {"output": dialect.text(f"{spiking}*plastic"), "teacher": dialect.text(TEACHER)}
    events = {name: text for name, text in events.items() if name in structure["learning"]}
    threshold = dialect.text(spiking)
    outputs = b2.NeuronGroup(
        structure["K"],
        f"{equations}\ninhibition : 1\nluck : 1\n{CONTROL}\n"
        + dialect.declare(equations, drifts, threshold, resets, *events.values()),
        threshold=threshold,
        reset=resets,
        events=events,
        method="exact",
        clock=clocks["fine"],
        name="outputs",
    )
    if drifts:
        outputs.run_regularly(
            drifts, clock=clocks["fine"], when="groups", order=1, name="outputs_drift"
        )
    outputs.run_regularly(
        "luck = rand()", clock=clocks["fine"], when="thresholds", order=-2, name="outputs_luck"
    )
    lateral = b2.Synapses(
        outputs,
        outputs,
        "inhibition_post = exp(clip(u_pre - u_post, -700, 700)) : 1 (summed)",
        clock=clocks["fine"],
        name="lateral",
    )
    lateral.connect()
    sum_before_thresholds(lateral, order=-1)
    return outputs, lateral


def without_sums(equations: str) -> str:
    """The outputs' equations where u is summed anew in every step: v_slow and v_fast are given."""
    lines = equations.split("\n")
    for name in ("v_slow", "v_fast"):
        lines = [f"{name} : 1" if line.startswith(f"d{name}/dt") else line for line in lines]
    return "\n".join(lines)


class SynapseText(NamedTuple):
    """weight and sums, as equations of the synapses; rules of learning by event; the grid step."""

    weight: str
    sums: str
    rules: dict[str, str]
    step: str


def synapse_text(structure: dict[str, Any], dialect: Dialect) -> SynapseText:
    """SynapseText of a structure: the intensity is written out wherever it is used."""
    literal = {"intensity": "(alpha*exp(w))"}
    transmitted, felt = (
        substitute(text, literal) for text in RETRACTION[structure["retraction"]][:2]
    )
    mobility = dialect.text(substitute(mobility_expression(structure), literal))
    rules = {
        f"on_{event}": dialect.text(
            f"{substitute(rule, literal)}\ntheta = clip(theta, theta_min, theta_max)",
            M=mobility,
            x="x_pre",
        )
        for event, rule in structure["learning"].items()
    }
    step = substitute(
        grid_statements(structure, dialect, plastic="plastic_post"),
        {"intensity": dialect.text(literal["intensity"])},
    )
    terms = {
        "v_slow": f"{transmitted}*x_slow_pre",
        "v_fast": f"{transmitted}*x_fast_pre",
        "total_intensity": felt,
    }
    sums = "\n".join(
        dialect.text(f"{name}_post = {term} : 1 (summed)")
        for name, term in terms.items()
        if name in identifiers(structure["outputs"])
    )
    return SynapseText(dialect.text(f"w = {weight_expression(structure)} : 1"), sums, rules, step)


def make_synapses(
    structure: dict[str, Any], dialect: Dialect, clocks: dict[str, Any], inputs: Any, outputs: Any
) -> Any:
    """theta, from which w follows in every step, the sums over it, and what changes it."""
    import brian2 as b2

    weight, sums, rules, step = synapse_text(structure, dialect)
    synapses = b2.Synapses(
        inputs,
        outputs,
        f"theta : 1\n{weight}\n{sums}\n" + dialect.declare(weight, sums, step, *rules.values()),
        on_post=rules,
        on_event={f"on_{event}": event for event in structure["learning"]},
        clock=clocks["fine"],
        name="synapses",
    )
    synapses.connect()
    b2.get_device().apply_run_args()
    for order, name in enumerate(rules):
        pathway = getattr(synapses, name)
        pathway.when, pathway.order = "end", order
    sum_before_thresholds(synapses, order=-5)
    synapses.run_regularly(step, clock=clocks["grid"], when="start", order=1, name="synapses_step")
    return synapses


def sum_before_thresholds(synapses: Any, order: int) -> None:
    """Let the sums over synapses be taken right before the thresholds that need them."""
    for updater in synapses.summed_updaters.values():
        updater.when, updater.order = "thresholds", order
