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

from typing import Any

from spikesampler.spiking.inputs import make_inputs
from spikesampler.spiking.loops import array_name, use_template
from spikesampler.spiking.names import Dialect
from spikesampler.spiking.outputs import make_outputs
from spikesampler.spiking.parts import make_monitors, make_time
from spikesampler.spiking.plan import Plan
from spikesampler.spiking.soundness import look_at
from spikesampler.spiking.state import is_state
from spikesampler.spiking.stepping import all_mixtures
from spikesampler.spiking.synapses import make_synapses


def make_network(structure: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Brian2 Network of a structure (see `structure_of`), and its namespace.

    Groups: inputs (I), outputs (K), synapses (K*I, row by row); monitors input_spikes,
    output_spikes, teacher_events and those of own events; clocks of `make_time`.
    """
    import brian2 as b2
    from brian2.core.variables import ArrayVariable

    plan = Plan(structure)
    mixtures = all_mixtures(structure["rule"], structure["units"])
    flows = [name for mixture in mixtures for name in mixture.flow_names()]
    dialect = Dialect([*structure["units"], *flows])
    clocks, namespace = make_time(structure)
    inputs = make_inputs(plan, dialect, clocks)
    outputs = make_outputs(plan, dialect, clocks)
    synapses = make_synapses(plan, dialect, clocks, inputs, outputs)
    states = {
        group: [
            name
            for name, variable in group.variables.items()
            if isinstance(variable, ArrayVariable) and is_state(f"{group.name}.{name}", structure)
        ]
        for group in (inputs, outputs, synapses)
    }
    look_at(outputs, clocks, states)
    monitors = make_monitors(structure, inputs, outputs)
    use_template(monitors[0], "recorder", only_if=array_name(outputs, "record_inputs") + "[0]")
    return b2.Network(inputs, outputs, synapses, *monitors, name="network"), namespace
