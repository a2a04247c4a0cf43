"""Spikes that a pathway hears of a layer: those of some steps before, its delay.

Spikes that are on their way are a group of their own, PENDING: one number for each step of the
delay and neuron of the source, 1 where a spike arrives in that step. So they are set and read like
any other state, and a chunk hands them on to the next.
"""

from typing import Any, NamedTuple

from spikesampler.spiking.loops import array_name, decide_events, use_template
from spikesampler.spiking.state import PENDING

__all__ = ["Relay", "make_relay", "pending_group"]


class Relay(NamedTuple):
    """source : the Brian2 group whose spikes are heard. pending : the group of those on their way,
    None without a delay.
    """

    source: Any
    pending: Any | None


def pending_group(name: str, delay: int, size: int, clocks: dict[str, Any]) -> Any | None:
    """The group of spikes that are on their way to a group of traces; None without a delay.

    name : of the group of traces. delay : in steps. size : neurons of the source.
    """
    import brian2 as b2

    if not delay:
        return None
    return b2.NeuronGroup(
        delay * size, f"{PENDING} : 1", clock=clocks["fine"], name=f"{PENDING}_{name}"
    )


def make_relay(traces: Any, relay: Relay, clocks: dict[str, Any]) -> None:
    """Let a group of traces spike as the source did a delay before, once it is decided who does."""
    decide_events(traces, "spike", "relay")
    size, pending = len(relay.source), relay.pending
    facts = {
        "heard": array_name(relay.source, "_spikespace"),
        "size": size,
        "delay": 0 if pending is None else len(pending) // size,
        "pending": "" if pending is None else array_name(pending, PENDING),
        "step": array_name(clocks["fine"], "timestep"),
    }
    use_template(traces.thresholder["spike"], "relay", **facts)
    traces.thresholder["spike"].order = 1
