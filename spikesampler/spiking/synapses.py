"""The synapses of the fast engine: when what happens at pairs of an output and an input."""

from typing import Any

from spikesampler.spiking.inputs import OF_EQUATIONS, OF_FRAMES, OF_SAMPLE
from spikesampler.spiking.loops import array_name
from spikesampler.spiking.names import Dialect, engine_name, replace_words
from spikesampler.spiking.noise_step import watched_variances
from spikesampler.spiking.outputs import (
    OF_RESETS,
    OF_SAMPLE_RULE,
    OutputText,
    event_of,
    output_names,
)
from spikesampler.spiking.pair_text import PairText, need_sums
from spikesampler.spiking.pairs import Pairs
from spikesampler.spiking.parts import steps_of_loop
from spikesampler.spiking.plan import Plan
from spikesampler.spiking.sums import clearing

__all__ = ["make_synapses"]

#: order in the slot `end` of the rules of a step; own events follow
ORDER = {"step": 0, "input": 1, "teacher": 2, "output": 3}


def make_synapses(
    plan: Plan, dialect: Dialect, clocks: dict[str, Any], inputs: Any, outputs: Any
) -> Any:
    """theta, further state and stored functions, and the loops over pairs that the text needs."""
    import brian2 as b2

    text = PairText(plan, dialect)
    structure = plan.structure
    # Brian2 lets a parameter be declared once; those of inputs keep their names at a pair
    shared = {
        name: name if name in inputs.variables else f"{name}_pre"
        for name in dialect.used(*text.all())
        if name in inputs.variables or name in outputs.variables
    }
    own = (name for name in dialect.used(*text.all()) if name not in shared)
    synapses = b2.Synapses(
        outputs,
        inputs,
        "\n".join([text.variables, *(f"{name} : 1 (shared, constant)" for name in own)]),
        clock=clocks["fine"],
        name="synapses",
    )
    synapses.connect()
    for x in plan.synapse_frames:
        setattr(synapses, f"frame_{engine_name(x)}", 1)
    # what is stored is not part of the state: at the start of a chunk it is made from theta, once
    # that is set
    b2.get_device().apply_run_args()
    for name, function in plan.stored.items():
        setattr(synapses, engine_name(name), replace_words(text.translated(function), shared))
    pairs = Pairs(synapses, clocks, structure["I"], structure["K"], shared)
    _make_time(plan, pairs, text)
    _make_sums(plan, pairs, text, clocks, inputs, outputs)
    _make_rules(plan, pairs, text, inputs, outputs)
    _make_sums_of_resets(plan, pairs, text, outputs)
    return synapses


def _make_time(plan: Plan, pairs: Pairs, text: PairText) -> None:
    """The synapses' own equations."""
    pairs.run("equations", text.equations, "groups", OF_EQUATIONS - 3)
    for x, code in text.frames.items():
        frame = f"{array_name(pairs.synapses, f'frame_{engine_name(x)}')}[0]"
        pairs.run(
            f"decay_{x}",
            code,
            "groups",
            OF_FRAMES,
            only_if=f"{frame} < 1e-100",
            after=f"{frame} = 1;",
        )


def _make_sums(
    plan: Plan, pairs: Pairs, text: PairText, clocks: dict[str, Any], inputs: Any, outputs: Any
) -> None:
    """The grid step, after which kept sums are made anew; spikes that reach them; other sums."""
    when, order = ("start", 1) if text.grid_is_first else ("groups", 10)

    def clear(clock: str, when: str, order: int) -> None:
        if plan.sums:
            at = {"clock": clocks[clock], "when": when, "order": order}
            outputs.run_regularly(clearing(plan), **at, name=f"outputs_clear_{clock}")

    loop = steps_of_loop(dict(plan.structure))
    # the first step of a chunk is one of the grid, unless samples and grid do not fit each other
    if loop["steps_per_period"] % loop["grid_every"] or not text.grid_is_first:
        clear("first", "start", -1)
        pairs.run("first", text.made_anew, "start", 0, clock="first")
    if any(plan.resets("sample", [one.variable for one in plan.sums])):
        after = OF_SAMPLE + len(plan.at_sample_ends())
        clear("sample_ends", "end", after)
        pairs.run("ends", text.made_anew, "end", after + 1, clock="sample_ends")
    if need_sums(plan, text.grid_texts, plan.step_sums):
        _take_sums(plan, pairs, text, outputs, "sums_on_grid", when, order, "grid")
    if need_sums(plan, text.grid_texts, plan.sums):  # these are made anew after the grid's step
        clear("grid", when, order + 2)
        pairs.run("anew", text.made_anew, when, order + 3, clock="grid")
    else:
        clear("grid", when, order)
    _take_means(plan, pairs, text, outputs, when, order)
    names = [f"variance_{name}" for name in watched_variances(plan)]
    below = ("below", "below_state", "below_step", "below_theta", "below_variance")
    facts: dict[str, Any] = {name: array_name(outputs, name) for name in below}
    facts["step"] = array_name(clocks["fine"], "timestep")
    facts |= {"clock": "grid", "stream": "noise_random", "watched": names}
    pairs.run("grid", text.grid, when, order + 1, **facts)
    spiking = array_name(inputs, "_spikespace")
    pairs.run("drive", text.drive, "synapses", 0, inputs=spiking)
    pairs.run("release", text.release, "synapses", 1, inputs=spiking, stream="release_random")
    equations = [e.text for e in (*plan.outputs, *plan.synapses) if e.is_differential]
    if need_sums(plan, equations, plan.step_sums):
        _take_sums(plan, pairs, text, outputs, "sums_before", "groups", OF_EQUATIONS - 4)
    _take_sums(plan, pairs, text, outputs, "sums", "thresholds", -2)


def _take_means(
    plan: Plan, pairs: Pairs, text: PairText, outputs: Any, when: str, order: int
) -> None:
    """Means over all synapses before a step of the grid; every output has a copy.

    Each output's row is summed in its copy, and the sums are then replaced by their mean.
    """
    size = pairs.num_outputs * pairs.num_inputs
    arrays = [array_name(outputs, name) for name in plan.means]
    after = "\n".join(f"engine::share_mean({x}, {pairs.num_outputs}, {size});" for x in arrays)
    facts: dict[str, Any] = {"zeroed": arrays, "after": after}
    pairs.run("means", text.means, when, order, clock="grid", **facts)


def _take_sums(
    plan: Plan,
    pairs: Pairs,
    text: PairText,
    outputs: Any,
    name: str,
    when: str,
    order: int,
    clock: str = "fine",
) -> None:
    """Sum anew what is not kept, in a slot of the steps in which a clock is due."""
    zeroed = [array_name(outputs, one.name) for one in plan.step_sums]
    pairs.run(name, text.step_sums, when, order, clock=clock, zeroed=zeroed)


def _make_rules(plan: Plan, pairs: Pairs, text: PairText, inputs: Any, outputs: Any) -> None:
    """Rules of learning: step, input, teacher, output, own events, sample."""
    own = [*plan.own_events]
    for when, rule in text.rules.items():
        order = 2 * ORDER.get(when, 4 + own.index(when) if when in own else 0)
        clock, facts = "learning", {}
        if when == "sample":
            clock, order = "learning_ends", OF_SAMPLE_RULE
        elif when == "input":
            facts = {"inputs": array_name(inputs, "_spikespace")}
        elif when != "step":
            facts = {"outputs": array_name(outputs, f"_{event_of(when)}space")}
        # sums that a rule reads come between it and the rule before
        if need_sums(plan, [s.text for s in plan.learning(when)], plan.step_sums):
            _take_sums(plan, pairs, text, outputs, f"sums_of_{when}", "end", order - 1, clock)
        pairs.run(f"on_{when}", rule, "end", order, clock=clock, **facts)


def _make_sums_of_resets(plan: Plan, pairs: Pairs, text: PairText, outputs: Any) -> None:
    """Sums that are not kept, before the resets that read them."""
    resets = OutputText(plan, text.dialect, output_names(plan)).resets
    places = {r.when: ("fine", OF_RESETS + 2 * n) for n, r in reversed([*enumerate(resets)])}
    places["sample"] = "sample_ends", OF_SAMPLE_RULE + 1
    for when, (clock, order) in places.items():
        if need_sums(plan, [s.text for s in plan.resets(when, plan.output_states)], plan.step_sums):
            _take_sums(plan, pairs, text, outputs, f"sums_of_resets_{order}", "end", order, clock)
