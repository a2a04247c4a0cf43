"""The synapses of the fast engine: when what happens at pairs of an output and an input."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from spikesampler.spiking.inputs import OF_EQUATIONS, OF_FRAMES, OF_SAMPLE
from spikesampler.spiking.loops import array_name
from spikesampler.spiking.names import Dialect, engine_name, replace_words
from spikesampler.spiking.noise_step import watched_variances
from spikesampler.spiking.outputs import (
    OF_RESETS,
    OF_RESETS_OF_LAYERS,
    OF_SAMPLE_RULE,
    OutputText,
    event_of,
    output_names,
)
from spikesampler.spiking.pair_text import PairText
from spikesampler.spiking.pairs import Pairs
from spikesampler.spiking.parts import steps_of_loop
from spikesampler.spiking.plan import Plan
from spikesampler.spiking.soundness import Watch
from spikesampler.spiking.sums import clearing

__all__ = ["Member", "make_loops", "make_stored", "make_synapses"]

#: order in the slot `end` of the rules of a step; own events follow
ORDER = {"step": 0, "input": 1, "teacher": 2, "output": 3}


class Member(NamedTuple):
    """A pathway of a layer: its synapses and their texts, and the Brian2 group that it hears."""

    plan: Plan
    pairs: Pairs
    text: PairText
    inputs: Any


def make_synapses(
    plan: Plan, dialect: Dialect, clocks: dict[str, Any], inputs: Any, outputs: Any
) -> Member:
    """theta, further state and stored functions of a pathway; `make_loops` makes what they do."""
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
        name=plan.groups.synapses,
    )
    synapses.connect()
    for x in plan.synapse_frames:
        setattr(synapses, f"frame_{engine_name(x)}", 1)
    pairs = Pairs(synapses, outputs, clocks, structure["I"], structure["K"], shared)
    return Member(plan, pairs, text, inputs)


def make_stored(members: Sequence[Member]) -> None:
    """Functions of theta that are stored, of all pathways.

    They are not part of the state: at the start of a chunk they are made from theta, once that is
    set.
    """
    import brian2 as b2

    b2.get_device().apply_run_args()
    for plan, pairs, text, _ in members:
        for name, function in plan.stored.items():
            value = replace_words(text.translated(function), pairs.shared)
            setattr(pairs.synapses, engine_name(name), value)


def make_loops(
    member: Member, members: Sequence[Member], clocks: dict[str, Any], outputs: Any, watch: Watch
) -> None:
    """The loops over pairs that the texts of a pathway need.

    members : all pathways of its layer. watch : where what must not be is told.
    """
    _make_time(member)
    _make_sums(member, members, clocks, outputs, watch)
    _make_rules(member, members, outputs, watch)
    if member.plan.leads:
        _make_sums_of_resets(member, members)


def _make_time(member: Member) -> None:
    """The synapses' own equations."""
    pairs, text = member.pairs, member.text
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
    member: Member,
    members: Sequence[Member],
    clocks: dict[str, Any],
    outputs: Any,
    watch: Watch,
) -> None:
    """The grid step, after which kept sums are made anew; spikes that reach them; other sums."""
    plan, pairs, text, inputs = member
    when, order = ("start", 1) if text.grid_is_first else ("groups", 10)

    def clear(clock: str, when: str, order: int) -> None:
        if plan.sums:
            at = {"clock": clocks[clock], "when": when, "order": order}
            name = f"{outputs.name}_clear_{clock}{f'_{plan.place}' if plan.place else ''}"
            outputs.run_regularly(clearing(plan), **at, name=name)

    loop = steps_of_loop(dict(plan.structure))
    # the first step of a chunk is one of the grid, unless samples and grid do not fit each other
    if loop["steps_per_period"] % loop["grid_every"] or not text.grid_is_first:
        clear("first", "start", -1)
        pairs.run("first", text.made_anew, "start", 0, clock="first")
    if any(plan.resets("sample", [one.variable for one in plan.sums])):
        after = OF_SAMPLE + len(plan.at_sample_ends())
        clear("sample_ends", "end", after)
        pairs.run("ends", text.made_anew, "end", after + 1, clock="sample_ends")
    _take_sums(member, members, plan.grid_texts, "sums_on_grid", when, order, "grid")
    if plan.sums_are_read_on_grid:  # these are made anew after the grid's step
        clear("grid", when, order + 2)
        pairs.run("anew", text.made_anew, when, order + 3, clock="grid")
    else:
        clear("grid", when, order)
    _take_means(member, outputs, when, order)
    names = [f"variance_{name}" for name in watched_variances(plan)]
    facts: dict[str, Any] = {"clock": "grid", "stream": "noise_random", "watched": names}
    facts |= watch.facts | {"step": array_name(clocks["fine"], "timestep")}
    pairs.run("grid", text.grid, when, order + 1, **facts)
    spiking = array_name(inputs, "_spikespace")
    pairs.run("drive", text.drive, "synapses", 0, inputs=spiking)
    pairs.run("release", text.release, "synapses", 1, inputs=spiking, stream="release_random")
    equations = [e.text for e in (*plan.outputs, *plan.synapses) if e.is_differential]
    _take_sums(member, members, equations, "sums_before", "groups", OF_EQUATIONS - 4)
    _run_sums(member, "sums", "thresholds", -2)


def _take_means(member: Member, outputs: Any, when: str, order: int) -> None:
    """Means over all synapses before a step of the grid; every output has a copy.

    Each output's row is summed in its copy, and the sums are then replaced by their mean.
    """
    plan, pairs, text, _ = member
    size = pairs.num_outputs * pairs.num_inputs
    arrays = [array_name(outputs, name) for name in plan.means]
    after = "\n".join(f"engine::share_mean({x}, {pairs.num_outputs}, {size});" for x in arrays)
    facts: dict[str, Any] = {"zeroed": arrays, "after": after}
    pairs.run("means", text.means, when, order, clock="grid", **facts)


def _take_sums(
    member: Member,
    members: Sequence[Member],
    texts: Sequence[str],
    name: str,
    when: str,
    order: int,
    clock: str = "fine",
) -> None:
    """Sum anew what is not kept and texts of a pathway read, in the steps in which a clock is due.

    Of other pathways of the layer, too, in the same slot.
    """
    for other in members:
        if member.plan.reads(texts, other.plan.step_sums):
            asking = "" if other is member else f"_for_{member.plan.place}"
            _run_sums(other, name + asking, when, order, clock)


def _run_sums(member: Member, name: str, when: str, order: int, clock: str = "fine") -> None:
    arrays = member.pairs.outputs
    zeroed = [array_name(arrays, one.name) for one in member.plan.step_sums]
    member.pairs.run(name, member.text.step_sums, when, order, clock=clock, zeroed=zeroed)


def _make_rules(member: Member, members: Sequence[Member], outputs: Any, watch: Watch) -> None:
    """Rules of learning: step, input, teacher, output, own events, sample; of one kind, that of
    each pathway after that of the one before.
    """
    plan, pairs, text, inputs = member
    own = [*plan.own_events]
    for when, rule in text.rules.items():
        order = 2 * ORDER.get(when, 4 + own.index(when) if when in own else 0)
        order = order * watch.number_of + 2 * watch.number
        clock, facts = "learning", {}
        if when == "sample":
            clock = "learning_ends"
            order = OF_SAMPLE_RULE - 2 * (watch.number_of - 1 - watch.number)
        elif when == "input":
            facts = {"inputs": array_name(inputs, "_spikespace")}
        elif when != "step":
            facts = {"outputs": array_name(outputs, f"_{event_of(when)}space")}
        # sums that a rule reads come between it and the rule before
        texts = [statement.text for statement in plan.learning(when)]
        _take_sums(member, members, texts, f"sums_of_{when}", "end", order - 1, clock)
        pairs.run(f"on_{when}", rule, "end", order, clock=clock, **facts)


def _make_sums_of_resets(member: Member, members: Sequence[Member]) -> None:
    """Sums that are not kept, before the resets that read them."""
    plan = member.plan
    first = OF_RESETS if plan.answers else OF_RESETS_OF_LAYERS
    resets = OutputText(plan, member.text.dialect, output_names(plan)).resets
    places = {r.when: ("fine", first + 2 * n) for n, r in reversed([*enumerate(resets)])}
    places["sample"] = "sample_ends", OF_SAMPLE_RULE + 1
    for when, (clock, order) in places.items():
        texts = [statement.text for statement in plan.resets(when, plan.output_states)]
        _take_sums(member, members, texts, f"sums_of_resets_{order}", "end", order, clock)
