"""The one place that makes Brian2 objects: the event-driven network of a structure.

Everything that changes nothing is left out, nothing is approximated:

- v_slow and v_fast of an output are the sums of w x_slow and w x_fast. An input spike adds w to both, a learning event
  adds its change of w times x, and each grid step sums them anew, so that rounding does not accumulate.
- Inputs draw the number of steps to their next spike, which has the law of one draw per step (geometric).
- Prior and noise step on the coarse clock `grid`.

Outputs are the *source* of the plastic synapses, so that the synapses of one output are one contiguous row.
Order in a step: decay; thresholds; input spikes reach the outputs; then learning events, teacher before output.
"""

import re

from spikesampler.spiking.noise import ARMS, noise_statement

#: what a synapse transmits, and the intensity that counts in u, by retraction
RETRACTION = {
    "none": ("w", "intensity"),
    "clip": ("clip(w - exp(-theta_0), 0, 1e9)", "clip(intensity*exp(-exp(-theta_0)), alpha, 1e9)"),
    "jump": ("w", "intensity"),
}

#: variables that the engine provides besides the parameters: name -> declaration
_CONTROL = (
    "plastic : 1 (shared, constant)\nnum_samples : integer (shared, constant)\nrandom_seed : integer (shared, constant)"
)


def identifiers(text):
    """All names in a text of equations or statements, without comments."""
    return set(re.findall(r"[A-Za-z_]\w*", re.sub(r"#.*", "", text)))


def differential_variables(text):
    """Names of the variables that a block of equations integrates, in order."""
    return re.findall(r"^\s*d(\w+)/dt", text, flags=re.MULTILINE)


def substitute(text, names):
    """Replace whole identifiers in `text` by `names[identifier]`; the left side of a differential equation stays."""
    return re.sub(
        r"(?m)^\s*d\w+/dt(?=\s*=)|[A-Za-z_]\w*",
        lambda match: names.get(match.group(), match.group()),
        re.sub(r"#.*", "", text),
    )


def split_drift(text):
    """Equations without the variables that only drift, dX/dt = rate, and those as statements X += rate*dt.

    A drift that depends on no other variable is exact as a sum over steps; Brian2's exact integration refuses it.
    """
    kept, statements = [], []
    for line in re.sub(r"#.*", "", text).splitlines():
        match = re.match(r"\s*d(\w+)/dt\s*=\s*(.*?)\s*:\s*1\s*$", line)
        if match and not identifiers(match[2]) & {*differential_variables(text)}:
            statements.append(f"{match[1]} += ({match[2]})*dt")
            line = f"{match[1]} : 1"
        kept.append(line)
    return "\n".join(kept), "\n".join(statements)


class Dialect:
    """Translates a model's text to Brian2's: parameters get the prefix p_, lest N, i, t or dt mean Brian2's own."""

    def __init__(self, units):
        self.units = {name: {0: "1", 1: "second", -1: "Hz"}[power] for name, power in units.items()}

    def text(self, text, **others):
        return substitute(text, {name: f"p_{name}" for name in self.units} | others)

    def declare(self, *texts):
        """Declarations of every parameter that the (already translated) texts use."""
        used = set().union(*map(identifiers, texts))
        return "\n".join(
            f"p_{name} : {unit} (shared, constant)" for name, unit in self.units.items() if f"p_{name}" in used
        )


def rate_expression(structure):
    """The rate of an input as Brian2 text: tuning curve over D dimensions, or one pixel per input."""
    if structure["coding"] == "rates":
        return "r_min + r_max*stimulus(t, i)"
    distance = " + ".join(f"(stimulus(t, {d}) - centre_{d})**2" for d in range(structure["num_features"]))
    return f"r_min + r_max*exp(-({distance})/(tuning_factor*tuning_width**2))"


def weight_expression(structure):
    """w as a function of theta: the model's, and 0 for theta < 0 if synapses retract by `jump`."""
    weight = structure["synapses"].split("=", 1)[1].strip()
    return f"({weight})*int(theta >= 0)" if structure["retraction"] == "jump" else weight


def centre_declarations(structure):
    if structure["coding"] == "rates":
        return ""
    return "\n".join(f"centre_{d} : 1 (constant)" for d in range(structure["num_features"]))


def make_time(structure):
    """Clocks by name, and the arrays that a chunk shows: stimulus, labels and temperature of every sample."""
    import brian2 as b2
    import numpy as np

    lengths = {"fine": "dt", "grid": "grid", "sample": "sample_length"}
    clocks = {name: b2.Clock(structure[length] * b2.second, name=name) for name, length in lengths.items()}
    width = structure["I"] if structure["coding"] == "rates" else structure["num_features"]
    shapes = {
        "stimulus": (structure["capacity"], width),
        "labels": structure["capacity"],
        "temperature_at": structure["capacity"],
    }
    return clocks, {
        name: b2.TimedArray(np.zeros(shape), dt=structure["sample_length"] * b2.second, name=name)
        for name, shape in shapes.items()
    }


def make_network(structure):
    """Brian2 Network of a structure (see `spikesampler.spiking.build.structure`), and its namespace.

    Groups: inputs (I), outputs (K), synapses (K*I, row by row); monitors input_spikes, output_spikes, teacher_events;
    clocks fine (dt), grid, sample.
    """
    import brian2 as b2

    dialect = Dialect(structure["units"])
    clocks, namespace = make_time(structure)

    # inputs: Poisson on the time grid, by the number of steps to the next spike
    equations = dialect.text(structure["inputs"])
    new_sample = dialect.text(f"""
        rate = {rate_expression(structure)}
        hazard = -log(1 - clip(rate*dt, 1e-15, 1 - 1e-15))
        next_spike = t + (ceil(-log(1 - rand())/hazard) - 1.5)*dt
        """)
    reset = dialect.text("x_slow += 1\nx_fast += 1\nnext_spike = t + (ceil(-log(1 - rand())/hazard) - 0.5)*dt")
    inputs = b2.NeuronGroup(
        structure["I"],
        f"{equations}\nrate : Hz\nhazard : 1\nnext_spike : second\n{centre_declarations(structure)}\n"
        + dialect.declare(equations, new_sample, reset),
        threshold="t > next_spike",
        reset=reset,
        method="exact",
        clock=clocks["fine"],
        name="inputs",
    )
    inputs.run_regularly(new_sample, clock=clocks["sample"], when="start", order=0, name="inputs_new_sample")

    outputs, lateral = make_outputs(structure, dialect, clocks, structure["outputs"])

    # synapses: theta, and w and intensity = alpha e^w, which change only with it
    transmitted, felt = RETRACTION[structure["retraction"]]
    refresh = f"w = {weight_expression(structure)}\nintensity = alpha*exp(w)"
    felt_sum = "total_intensity_pre += {}" if "total_intensity" in identifiers(structure["outputs"]) else ""
    mobility = dialect.text(f"({ARMS[structure['arm']].mobility})")
    rules = {
        event: dialect.text(
            f"""
            {rule}
            theta = clip(theta, theta_min, theta_max)
            before = {transmitted}
            felt_before = {felt}
            {refresh}
            v_slow_pre += ({transmitted} - before)*x_slow_post
            v_fast_pre += ({transmitted} - before)*x_fast_post
            {felt_sum.format(f"{felt} - felt_before")}
            """,
            M=mobility,
            x="x_post",
        )
        for event, rule in structure["learning"].items()
    }
    drive = dialect.text(f"v_slow_pre += {transmitted}\nv_fast_pre += {transmitted}")
    step = step_statements(structure, dialect, plastic="plastic_pre") + "\n" + dialect.text(refresh)
    clear = "v_slow = 0\nv_fast = 0" + ("\ntotal_intensity = 0" if felt_sum else "")
    resum = dialect.text(
        f"v_slow_pre += {transmitted}*x_slow_post\nv_fast_pre += {transmitted}*x_fast_post\n{felt_sum.format(felt)}"
    )
    synapses = b2.Synapses(
        outputs,
        inputs,
        "theta : 1\nw : 1\nintensity : 1\n" + dialect.declare(step, drive, resum, *rules.values()),
        on_pre={f"on_{event}": rule for event, rule in rules.items()},
        on_post={"drive": drive},
        on_event={f"on_{event}": event for event in rules} | {"drive": "spike"},
        clock=clocks["fine"],
        name="synapses",
    )
    synapses.connect()
    # w and intensity are not part of the state: at the start of a chunk they are made from theta, once it is set
    b2.get_device().apply_run_args()
    for line in dialect.text(refresh).splitlines():
        variable, expression = line.split("=", 1)
        setattr(synapses, variable.strip(), expression.strip())
    row_code = row_code_object_class()
    for order, event in enumerate(rules):
        pathway = getattr(synapses, f"on_{event}")
        pathway.when, pathway.order = "end", order
        pathway.template, pathway.codeobj_class = "row_synapses", row_code
        pathway.template_kwds = {**pathway.template_kwds, "row_length": structure["I"]}
    synapses.run_regularly(step, clock=clocks["grid"], when="start", order=1, name="synapses_step")
    outputs.run_regularly(clear, clock=clocks["grid"], when="start", order=2, name="outputs_clear")
    synapses.run_regularly(resum, clock=clocks["grid"], when="start", order=3, name="synapses_sum")

    monitors = make_monitors(structure, inputs, outputs)
    return b2.Network(inputs, outputs, lateral, synapses, *monitors, name="network"), namespace


def step_statements(structure, dialect, plastic):
    """Prior and noise over one grid step, within the bounds of theta."""
    return dialect.text(
        f"""
        temperature = temperature_at(t)
        {noise_statement(structure["arm"], structure["drift"])}
        theta = clip(theta, theta_min, theta_max)
        """,
        M=dialect.text(f"({ARMS[structure['arm']].mobility})"),
        plastic=plastic,
    )


def make_outputs(structure, dialect, clocks, equations):
    """The winner-take-all layer: outputs share the rate rho as softmax(u); the teacher drives the label's neuron.

    rho_k = rho exp(u_k) / sum_l exp(u_l) (Kappel et al. 2015). The sum is taken relative to u_k, so it cannot overflow.
    """
    import brian2 as b2

    equations, drifts = map(dialect.text, split_drift(equations))
    spiking, resets = "luck*inhibition < rho*dt", dialect.text(structure["resets"].get("output", ""))
    events = {"output": dialect.text(f"{spiking}*plastic")} if "output" in structure["learning"] else {}
    if "teacher" in structure["learning"]:
        events["teacher"] = dialect.text("i == int(labels(t)) and rand() < rho*dt*plastic")
    threshold = dialect.text(spiking)
    outputs = b2.NeuronGroup(
        structure["K"],
        f"{equations}\ninhibition : 1\nluck : 1\n{_CONTROL}\n"
        + dialect.declare(equations, drifts, threshold, resets, *events.values()),
        threshold=threshold,
        reset=resets,
        events=events,
        method="exact",
        clock=clocks["fine"],
        name="outputs",
    )
    if drifts:
        outputs.run_regularly(drifts, clock=clocks["fine"], when="groups", order=1, name="outputs_drift")
    outputs.run_regularly("luck = rand()", clock=clocks["fine"], when="thresholds", order=-2, name="outputs_luck")
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


def make_monitors(structure, inputs, outputs):
    import brian2 as b2

    monitors = [b2.SpikeMonitor(inputs, name="input_spikes"), b2.SpikeMonitor(outputs, name="output_spikes")]
    if "teacher" in structure["learning"]:
        monitors.append(b2.EventMonitor(outputs, "teacher", name="teacher_events"))
    return monitors


def row_code_object_class():
    """A C++ code object that finds our templates before Brian2's."""
    from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject

    class RowCodeObject(CPPStandaloneCodeObject):
        templater = CPPStandaloneCodeObject.templater.derive("spikesampler.spiking")

    return RowCodeObject
