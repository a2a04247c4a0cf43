"""The one place that makes Brian2 objects: the event-driven network of a structure.

Equations and statements are Brian2's; the loops around them, in templates/, are ours. Everything
that changes nothing is left out; nothing is approximated, but that the chance of a spike per step
ends at 1e-15 and 1 - 1e-15; every number is float64. In brackets, how much longer the paper's
network takes without it, for the arms `none` and `weight`:

- v_slow and v_fast of an output are the sums of w x_slow and w x_fast. An input spike adds w to
  both, a learning event adds its change of w times x, and each grid step sums them anew, so that
  rounding does not accumulate.
- The spikes of inputs are drawn some steps ahead, as the number of steps to the next, which has the
  law of one draw per step: geometric (draw.cpp, due.cpp; 87 %, 81 %).
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
from functools import cache

from spikesampler.language.noise_arms import ARMS, noise_statement
from spikesampler.language.retraction import RETRACTION

TRACES = ("x_slow", "x_fast")  #: of the inputs, carried over from sample to sample

#: when the teacher acts on an output: Poisson on the label's neuron, with the outputs' total rate
TEACHER = "i == int(labels(t)) and rand() < rho*dt*plastic"

#: variables that the engine provides besides the parameters: name -> declaration
CONTROL = """
plastic : 1 (shared, constant)
record_inputs : integer (shared, constant)
num_samples : integer (shared, constant)
random_seed : integer (shared, constant)
"""


def identifiers(text):
    """All names in a text of equations or statements, without comments."""
    return set(re.findall(r"[A-Za-z_]\w*", re.sub(r"#.*", "", text)))


def differential_variables(text):
    """Names of the variables that a block of equations integrates, in order."""
    return re.findall(r"^\s*d(\w+)/dt", text, flags=re.MULTILINE)


def substitute(text, names):
    """Replace whole identifiers in `text` by `names[identifier]`; the left side of a differential
    equation stays.
    """
    return re.sub(
        r"(?m)^\s*d\w+/dt(?=\s*=)|[A-Za-z_]\w*",
        lambda match: names.get(match.group(), match.group()),
        re.sub(r"#.*", "", text),
    )


def split_drift(text):
    """Equations without the variables that only drift, dX/dt = rate, and those as statements X +=
    rate*dt.

    A drift that depends on no other variable is exact as a sum over steps; Brian2's exact
    integration refuses it.
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
    """Translates a model's text to Brian2's: parameters get the prefix p_, lest N, i, t or dt mean
    Brian2's own.
    """

    def __init__(self, units):
        self.units = {name: {0: "1", 1: "second", -1: "Hz"}[power] for name, power in units.items()}

    def text(self, text, **others):
        return substitute(text, {name: f"p_{name}" for name in self.units} | others)

    def declare(self, *texts):
        """Declarations of every parameter that the (already translated) texts use."""
        used = set().union(*map(identifiers, texts))
        return "\n".join(
            f"p_{name} : {unit} (shared, constant)"
            for name, unit in self.units.items()
            if f"p_{name}" in used
        )


def rate_expression(structure):
    """The rate of an input as Brian2 text: tuning curve over D dimensions, or one pixel per
    input.
    """
    if structure["coding"] == "rates":
        return "r_min + r_max*stimulus(t, i)"
    distance = " + ".join(
        f"(stimulus(t, {d}) - centre_{d})**2" for d in range(structure["num_features"])
    )
    return f"r_min + r_max*exp(-({distance})/(tuning_factor*tuning_width**2))"


def weight_expression(structure):
    """w as a function of theta: the model's, and 0 for theta < 0 if synapses retract by `jump`."""
    weight = structure["synapses"].split("=", 1)[1].strip()
    return RETRACTION[structure["retraction"]].refresh.format(weight)


def centre_declarations(structure):
    if structure["coding"] == "rates":
        return ""
    return "\n".join(f"centre_{d} : 1 (constant)" for d in range(structure["num_features"]))


def make_time(structure):
    """Clocks by name, and the arrays that a chunk shows: stimulus, labels and temperature of every
    sample.
    """
    import brian2 as b2
    import numpy as np

    lengths = {"fine": "dt", "grid": "grid", "samples": "sample_length"}
    clocks = {
        name: b2.Clock(structure[length] * b2.second, name=name) for name, length in lengths.items()
    }
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


def framed(equations):
    """Equations of traces dX/dt = -X/tau as stored values times a frame that all neurons share;
    these, and {X: tau}.
    """
    taus = {}

    def in_frame(match):
        x, taus[x] = match.groups()
        return f"{x} = stored_{x}*frame_{x} : 1\nstored_{x} : 1\nframe_{x} : 1 (shared)"

    decay = r"(?m)^\s*d(\w+)/dt\s*=\s*-\s*\1\s*/\s*(\w+)\s*:\s*1\s*$"
    text = re.sub(decay, in_frame, re.sub(r"#.*", "", equations))
    if left := differential_variables(text):
        raise ValueError(
            f"inputs: expected d{left[0]}/dt = -{left[0]}/tau : 1, with a parameter for tau"
        )
    if sorted(taus) != sorted(TRACES):
        raise ValueError(f"inputs: traces {', '.join(taus)}; expected {', '.join(TRACES)}")
    return text, taus


def make_network(structure):
    """Brian2 Network of a structure (see `spikesampler.spiking.build.structure`), and its
    namespace.

    Groups: inputs (I), outputs (K), synapses (K*I, row by row); monitors input_spikes,
    output_spikes, teacher_events; clocks fine (dt), grid, samples.
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


def make_inputs(structure, dialect, clocks):
    """Poisson inputs on the time grid, and their traces."""
    import brian2 as b2

    equations, taus = framed(structure["inputs"])
    equations = dialect.text(equations)
    decay = dialect.text("\n".join(f"frame_{x} *= exp(-dt/{tau})" for x, tau in taus.items()))
    new_sample = dialect.text(f"""
        rate = {rate_expression(structure)}
        hazard = -log(1 - clip(rate*dt, 1e-15, 1 - 1e-15))
        """)
    inputs = b2.NeuronGroup(
        structure["I"],
        f"{equations}\nhazard : 1\n{centre_declarations(structure)}\n"
        + dialect.declare(equations, decay, new_sample),
        threshold="False",
        reset="\n".join(f"stored_{x} += 1/frame_{x}" for x in taus),
        clock=clocks["fine"],
        name="inputs",
    )
    for x in taus:
        setattr(inputs, f"frame_{x}", 1)
    steps = round(structure["sample_length"] / structure["dt"])
    draw = inputs.run_regularly(
        new_sample, clock=clocks["samples"], when="start", order=0, name="inputs_draw"
    )
    use_template(draw, "draw", steps=steps)
    decide_events(inputs, "spike", "due")
    decaying = inputs.run_regularly(decay, clock=clocks["fine"], when="groups", name="inputs_decay")
    names = {array_name(inputs, f"frame_{x}"): array_name(inputs, f"stored_{x}") for x in taus}
    use_template(decaying, "decay", frames=names)
    return inputs


def make_outputs(structure, dialect, clocks):
    """The winner-take-all layer: outputs share the rate rho as softmax(u); the teacher drives the
    label's neuron.

    rho_k = rho exp(u_k) / sum_l exp(u_l) (Kappel et al. 2015).
    """
    import brian2 as b2

    equations, drifts = map(dialect.text, split_drift(structure["outputs"]))
    race, teacher = dialect.text("race_total = rho*dt\nrace_u = u"), dialect.text(TEACHER)
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
    for runner in (
        outputs.state_updater,
        *([outputs.thresholder["teacher"]] if "teacher" in outputs.events else []),
    ):
        use_template(runner)
    return outputs


def make_synapses(structure, dialect, clocks, inputs, outputs):
    """theta, and w and intensity = alpha e^w, which change only with it, and everything that
    happens at pairs.
    """
    import brian2 as b2

    transmitted, felt = RETRACTION[structure["retraction"]][:2]
    refresh = f"w = {weight_expression(structure)}\nintensity = alpha*exp(w)"
    felt_sum = (
        "total_intensity_pre += {}"
        if "total_intensity" in identifiers(structure["outputs"])
        else ""
    )
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
    clear = "v_slow = 0\nv_fast = 0" + ("\ntotal_intensity = 0" if felt_sum else "")
    step = step_statements(structure, dialect, plastic="plastic_pre") + dialect.text(f"""
        {refresh}
        v_slow_pre += {transmitted}*x_slow_post
        v_fast_pre += {transmitted}*x_fast_post
        {felt_sum.format(felt)}
        """)
    synapses = b2.Synapses(
        outputs,
        inputs,
        "theta : 1\nw : 1\nintensity : 1\n" + dialect.declare(step, drive, *rules.values()),
        clock=clocks["fine"],
        name="synapses",
    )
    synapses.connect()
    # w and intensity are not part of the state: at the start of a chunk they are made from theta,
    # once it is set
    b2.get_device().apply_run_args()
    for line in dialect.text(refresh).splitlines():
        variable, expression = line.split("=", 1)
        setattr(synapses, variable.strip(), expression.strip())
    outputs.run_regularly(clear, clock=clocks["grid"], when="start", order=1, name="outputs_clear")

    def at_pairs(name, code, when, order, clock="fine", outputs=None, inputs=None, only_if=None):
        runner = synapses.run_regularly(
            code, clock=clocks[clock], when=when, order=order, name=f"synapses_{name}"
        )
        sizes = {"num_inputs": structure["I"], "num_outputs": structure["K"]}
        normals = len(re.findall(r"\brandn\s*\(", code))
        if normals > 1:
            raise ValueError(f"synapses_{name}: {normals} calls of randn(); expected one at most")
        draws = {"normals": normals, "uniforms": re.search(r"\brand\s*\(", code)}
        use_template(
            runner, "pairs", outputs=outputs, inputs=inputs, only_if=only_if, **sizes, **draws
        )

    at_pairs("step", step, "start", 2, clock="grid")
    at_pairs("drive", drive, "synapses", 0, inputs=array_name(inputs, "_spikespace"))
    plastic = array_name(outputs, "plastic") + "[0]"
    for order, (event, rule) in enumerate(rules.items()):
        events = array_name(outputs, "_teacherspace" if event == "teacher" else "_spikespace")
        at_pairs(f"on_{event}", rule, "end", order, outputs=events, only_if=plastic)
    return synapses


def array_name(group, variable):
    """The C++ name of the array of a group's variable."""
    import brian2 as b2

    return "brian::" + b2.get_device().get_array_name(group.variables[variable])


def use_template(runner, template=None, **facts):
    """Give a Brian2 object our exp and random numbers, and templates/TEMPLATE.cpp as the loop
    around its statements.
    """
    runner.codeobj_class, runner.template = engine_code_object_class(), template or runner.template
    runner.template_kwds = {**(runner.template_kwds or {}), **facts}


def decide_events(group, event, template, code=""):
    """Let a template decide which neurons have an event, from `code`; Brian2 itself asks for a
    condition per neuron.
    """
    thresholder = group.thresholder[event]
    thresholder.update_abstract_code = lambda run_namespace: None
    thresholder.abstract_code = thresholder.user_code = code
    use_template(thresholder, template)


@cache
def engine_code_object_class():
    """A C++ code object that finds our templates before Brian2's, and engine.h's functions."""
    from brian2.core.functions import DEFAULT_FUNCTIONS
    from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject

    class EngineCodeObject(CPPStandaloneCodeObject):
        templater = CPPStandaloneCodeObject.templater.derive("spikesampler.spiking")

    for name, code in (
        ("exp", "static inline double _exp(double x) { return engine::exp(x); }"),
        ("rand", "static inline double _rand(int) { return engine::random.uniform(); }"),
        (
            "randn",
            "static inline double _randn(int i) { return engine::normals[i]; }",
        ),  # filled by the template
    ):
        DEFAULT_FUNCTIONS[name].implementations.add_implementation(
            EngineCodeObject, code, name=f"_{name}"
        )
    return EngineCodeObject


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


def make_monitors(structure, inputs, outputs):
    import brian2 as b2

    monitors = [
        b2.SpikeMonitor(inputs, name="input_spikes"),
        b2.SpikeMonitor(outputs, name="output_spikes"),
    ]
    if "teacher" in structure["learning"]:
        monitors.append(b2.EventMonitor(outputs, "teacher", name="teacher_events"))
    return monitors
