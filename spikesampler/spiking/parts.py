"""What the fast and the plain network share: clocks, arrays, links, answers, monitors."""

from collections.abc import Iterable, Mapping
from typing import Any

from spikesampler.spiking.input_spikes import make_frames, steps_per_frame
from spikesampler.spiking.loops import array_name, use_template
from spikesampler.spiking.structure import groups_of, pathway_of, pathway_structures

#: clocks; templates/loop.cpp says when each is due
CLOCKS = ("fine", "learning", "frames", "grid", "sample_ends", "learning_ends", "first")


class Clocks(dict[str, Any]):
    """Brian2's clocks by name, made when they are asked for: a program has those that it uses.

    The loop alone decides when a clock is due: to Brian2 all tick in every step.
    """

    def __init__(self, dt: float) -> None:
        super().__init__()
        self.dt = dt

    def __missing__(self, name: str) -> Any:
        import brian2 as b2

        if name not in CLOCKS:
            raise KeyError(name)
        self[name] = b2.Clock(self.dt * b2.second, name=name)
        return self[name]


def period_of(structure: dict[str, Any]) -> float:
    """Time in s from the start of a sample to that of the next: its length and the gap."""
    return structure["sample_length"] + structure["gap"]


def steps_of_loop(structure: dict[str, Any]) -> dict[str, int]:
    """Steps of a sample, of a period, of a frame, and between two grid steps."""
    lengths = {
        "steps_per_sample": structure["sample_length"],
        "steps_per_period": period_of(structure),
        "grid_every": structure["grid"],
    }
    steps = {name: round(length / structure["dt"]) for name, length in lengths.items()}
    return steps | {"steps_per_frame": steps_per_frame(structure)}


def make_time(structure: dict[str, Any]) -> tuple[Clocks, dict[str, Any]]:
    """Clocks by name, and what a chunk shows: stimulus, labels and temperature of every sample."""
    import brian2 as b2
    import numpy as np

    every = period_of(structure) * b2.second
    of_samples = {
        name: b2.TimedArray(np.zeros(structure["capacity"]), dt=every, name=name)
        for name in ("labels", "temperature_at")
    }
    return Clocks(structure["dt"]), make_frames(structure) | of_samples


#: declarations of what `make_answer` keeps among the outputs
ANSWER = """
response : 1
correct : 1
answer_count : integer
"""


def make_answer(outputs: Any, clocks: dict[str, Any], gap: float, order: int = 100) -> None:
    """Let the outputs know the answer to each sample: `response` and `correct`, as ANSWER has them.

    At the end of a stimulus, from the spikes in it alone: the most active output, -1 where several
    are, and the label's share in being it. Every output carries a copy. order : in the slot `end`,
    after which nothing of the step spikes any more.
    """
    counting, answering = (
        outputs.run_regularly(text, clock=clocks[clock], when="end", order=order + later, name=name)
        for later, (name, clock, text) in enumerate(
            [("outputs_count", "fine", ""), ("outputs_answer", "sample_ends", "truth = labels(t)")]
        )
    )
    arrays = {"spikes": "_spikespace", "counts": "answer_count"}
    arrays |= {"showing": "showing"} if gap else {}
    arrays |= {"response": "response", "correct": "correct"}
    facts = {"showing": ""}
    facts |= {name: array_name(outputs, variable) for name, variable in arrays.items()}
    use_template(counting, "count", **facts)
    use_template(answering, "answer", **facts)


def let_see(
    names: Iterable[str], inputs: Any, outputs: Any, of: Iterable[str] | None = None
) -> None:
    """Let inputs read variables of the network, of which the first output has a copy, too.

    names : in Brian2's words; of : what the outputs call them, where that is not the same.
    """
    import brian2 as b2
    import numpy as np

    names = [*names]
    for name, theirs in zip(names, of or names):
        first = np.zeros(len(inputs), dtype=int)
        setattr(inputs, name, b2.linked_var(outputs, theirs, index=first))


def seen_declarations(names: Iterable[str]) -> list[str]:
    """Declarations of what another layer than that which answers knows of the network.

    names : in Brian2's words. Each is a copy, which synapses can read too, of a linked variable.
    """
    return [line for name in names for line in (f"{name} : 1", f"{name}_seen : 1 (linked)")]


def let_layer_see(
    names: Iterable[str], layer: Any, outputs: Any, clocks: Mapping[str, Any], order: int = 0
) -> None:
    """Let another layer know variables of the network, as they are at the begin of a step and once
    its equations have gone on: order, in the slot `groups`, is after these.
    """
    names = [*names]
    let_see((f"{name}_seen" for name in names), layer, outputs, names)
    code = "\n".join(f"{name} = {name}_seen" for name in names)
    for when, place in (("start", -10), ("groups", order)) if names else ():
        layer.run_regularly(
            code, clock=clocks["fine"], when=when, order=place, name=f"{layer.name}_see_{when}"
        )


def make_monitors(structure: dict[str, Any], inputs: Any, layers: Mapping[str, Any]) -> list[Any]:
    """Monitors input_spikes, output_spikes and those of other layers, which `monitors_of` names;
    and NAME_events of teacher and own events.

    layers : groups by their names; that which answers is called outputs.
    """
    import brian2 as b2

    monitors = [b2.SpikeMonitor(inputs, name="input_spikes")]
    monitors += [b2.SpikeMonitor(group, name=spikes_of(name)) for name, group in layers.items()]
    for own in pathway_structures(structure).values():
        if not own.get("leads", True):
            continue
        names = ["teacher"] if "teacher" in own["rule"]["learning"] else []
        names += own["rule"]["events"]
        group = layers[groups_of(structure)[pathway_of(own)["name"]].layer]
        prefix = "" if group.name == "outputs" else f"{group.name}_"
        monitors += [b2.EventMonitor(group, name, name=f"{prefix}{name}_events") for name in names]
    return monitors


def spikes_of(layer: str) -> str:
    """The monitor of a layer's spikes; layer : its group."""
    return "output_spikes" if layer == "outputs" else f"{layer}_spikes"
