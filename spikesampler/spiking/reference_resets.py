"""What events reset in the plain network, and the sums over synapses that are read then."""

from collections.abc import Sequence
from typing import Any

from spikesampler.spiking.reference_text import ReferenceText

#: orders in the slot `end`: rules, resets of layers that do not answer, of that which does, and
#: what is at the end of a sample: its rules, and its resets
RULES, RESETS_OF_LAYERS, RESETS, SAMPLE, SAMPLE_RESETS = 0, 50_000, 60_000, 70_000, 80_000
#: texts and synapses of each pathway of a layer
Members = Sequence[tuple[ReferenceText, Any]]


def take_sums(
    members: Members, clocks: dict[str, Any], outputs: Any, slot: str, order: int
) -> None:
    """Take the sums over synapses anew at a place of the step, those of all these pathways."""
    at, place = {"clock": clocks["fine"], "when": slot}, f"{slot}_{abs(order)}"
    for text, synapses in members:
        if not text.sums:
            continue
        nothing = "\n".join(f"{name} = 0" for name in text.sums)
        name = f"{outputs.name}_clear_{place}" + (f"_{text.place}" if text.place else "")
        outputs.run_regularly(nothing, **at, order=order, name=name)
        added = text.sum_statements()
        synapses.run_regularly(added, **at, order=order + 1, name=f"{synapses.name}_sum_{place}")


def make_resets(
    text: ReferenceText, clocks: dict[str, Any], inputs: Any, outputs: Any, members: Members
) -> list[Any]:
    """What events do to variables of outputs and signals, and the end of a sample to all."""
    import brian2 as b2

    first_order = RESETS if text.is_answering else RESETS_OF_LAYERS
    connections = {"alone": "i == j", "spread": "True", "once": "i == 0"}
    codes: dict[str, dict[str, tuple[str, str]]] = {kind: {} for kind in connections}
    resets = text.event_resets()
    first = {event: number for number, (event, *_) in reversed([*enumerate(resets)])}
    for event, number in first.items():
        if text.needs_sums(*(code for when, _, code in resets if when == event)):
            take_sums(members, clocks, outputs, "end", first_order + 3 * number)
    for number, (event, kind, code) in enumerate(resets):
        codes[kind][f"reset_{number}"] = ("spike" if event == "output" else event, code)
    made = []
    suffix = "" if text.is_answering else f"_{outputs.name}"
    for kind, of_kind in codes.items():
        if of_kind:
            group = b2.Synapses(
                outputs,
                outputs,
                on_pre={name: code for name, (_, code) in of_kind.items()},
                on_event={name: event for name, (event, _) in of_kind.items()},
                clock=clocks["fine"],
                name=f"reset_{kind}{suffix}",
            )
            group.connect(condition=connections[kind])
            for name in of_kind:
                pathway = getattr(group, name)
                pathway.when, pathway.order = (
                    "end",
                    first_order + 3 * int(name.removeprefix("reset_")) + 2,
                )
            made.append(group)
    groups = {"inputs": inputs, "outputs": outputs, "signals": outputs}
    sample_resets(text, clocks, groups, members)
    return made


def sample_resets(
    text: ReferenceText, clocks: dict[str, Any], groups: dict[str, Any], members: Members
) -> None:
    """What the end of a sample does; groups : by block, of those that this pathway changes."""
    resets = [(block, code) for block, code in text.sample_resets() if block in groups]
    if text.needs_sums(*(code for _, code in resets)):
        take_sums(members, clocks, groups["outputs"], "end", SAMPLE_RESETS - 10)
    for number, (block, code) in enumerate(resets):
        at = {"clock": clocks["sample_ends"], "when": "end", "order": SAMPLE_RESETS + number}
        groups[block].run_regularly(code, **at, name=f"{groups[block].name}_sample_{number}")
