"""The plain clock-driven network, slow and literal: the truth that the fast engine is tested
against.

Every step draws every input's spike, sums w x over all synapses, and takes w from theta where it is
used. Nothing is kept incrementally; inputs are the source of the synapses, as one would write it
down from the paper.
"""

from spikesampler.language.retraction import RETRACTION
from spikesampler.spiking.network import (
    ARMS,
    CONTROL,
    TEACHER,
    Dialect,
    centre_declarations,
    framed,
    identifiers,
    make_monitors,
    make_time,
    rate_expression,
    split_drift,
    step_statements,
    substitute,
    weight_expression,
)


def make_reference(structure):
    """Brian2 Network of the same structure, groups and run-time variables as
    `network.make_network`, and its namespace.

    Synapses run from input i to output k: synapse number i*K + k.
    """
    import brian2 as b2

    dialect = Dialect(structure["units"])
    clocks, namespace = make_time(structure)

    equations = dialect.text(structure["inputs"])
    new_sample = dialect.text(f"rate = {rate_expression(structure)}")
    threshold = dialect.text("rand() < rate*dt")
    _, traces = framed(structure["inputs"])
    inputs = b2.NeuronGroup(
        structure["I"],
        f"{equations}\nrate : Hz\n{centre_declarations(structure)}\n"
        + dialect.declare(equations, new_sample, threshold),
        threshold=threshold,
        reset="\n".join(f"{x} += 1" for x in traces),
        method="exact",
        clock=clocks["fine"],
        name="inputs",
    )
    inputs.run_regularly(
        new_sample, clock=clocks["samples"], when="start", order=0, name="inputs_new_sample"
    )

    # u is summed anew in every step: the sums of the fast engine become plain variables
    equations = structure["outputs"]
    for name in ("v_slow", "v_fast"):
        equations = "\n".join(
            line if not line.startswith(f"d{name}/dt") else f"{name} : 1"
            for line in equations.split("\n")
        )
    outputs, lateral = make_outputs(structure, dialect, clocks, equations)

    literal = {"intensity": "(alpha*exp(w))"}
    retraction = RETRACTION[structure["retraction"]]
    transmitted, felt = (substitute(text, literal) for text in retraction[:2])
    mobility = dialect.text(substitute(f"({ARMS[structure['arm']].mobility})", literal))
    rules = {
        f"on_{event}": dialect.text(
            f"{substitute(rule, literal)}\ntheta = clip(theta, theta_min, theta_max)",
            M=mobility,
            x="x_pre",
        )
        for event, rule in structure["learning"].items()
    }
    step = substitute(
        step_statements(structure, dialect, plastic="plastic_post"),
        {"intensity": dialect.text(literal["intensity"])},
    )
    weight = dialect.text(f"w = {weight_expression(structure)} : 1")
    sums = {
        "v_slow": f"{transmitted}*x_slow_pre",
        "v_fast": f"{transmitted}*x_fast_pre",
        "total_intensity": felt,
    }
    sums = "\n".join(
        dialect.text(f"{name}_post = {value} : 1 (summed)")
        for name, value in sums.items()
        if name in identifiers(structure["outputs"])
    )
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
    for order, event in enumerate(structure["learning"]):
        pathway = getattr(synapses, f"on_{event}")
        pathway.when, pathway.order = "end", order
    for updater in synapses.summed_updaters.values():
        updater.when, updater.order = "thresholds", -5
    synapses.run_regularly(step, clock=clocks["grid"], when="start", order=1, name="synapses_step")
    monitors = make_monitors(structure, inputs, outputs)
    return b2.Network(inputs, outputs, lateral, synapses, *monitors, name="network"), namespace


def make_outputs(structure, dialect, clocks, equations):
    """The winner-take-all layer: every output for itself, in every step, from all differences of u.

    The sum of exp(u_l) is taken relative to u_k, so it cannot overflow.
    """
    import brian2 as b2

    equations, drifts = map(dialect.text, split_drift(equations))
    spiking, resets = (
        "luck*inhibition < rho*dt",
        dialect.text(structure["resets"].get("output", "")),
    )
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
    for updater in lateral.summed_updaters.values():
        updater.when, updater.order = "thresholds", -1
    return outputs, lateral
