"""What is kept of a chunk of learning, as arrays: its records, its spikes, the state after it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from spikesampler.experiments.at_probes import Answer
from spikesampler.experiments.prepare import Prepared
from spikesampler.experiments.recorded_variables import (
    Layer,
    layers_of_model,
    signals_of,
    values_of,
    variables_of,
)
from spikesampler.experiments.synapse_states import (
    kept_shapes,
    record_name,
    snapshot_shapes,
    values_by_name,
)
from spikesampler.experiments.windows import Windows
from spikesampler.language.evaluator import weights_of
from spikesampler.spiking.parts import steps_of_loop
from spikesampler.spiking.results import Spikes
from spikesampler.spiking.run import Chunk
from spikesampler.spiking.trajectories import grid_steps
from spikesampler.store.checkpoint import OWN
from spikesampler.store.trajectories import (
    DIMENSIONS,
    ENDS,
    OF_LAYER,
    SYNAPSE,
    About,
    of_layer,
)

#: names in trajectories.nc that are of no model; a variable of such a name is called state_NAME
WEIGHT, TAKEN = "weight", ("weight", *DIMENSIONS, *ENDS)
EVENT = "event_"  #: how records of a model's own events begin, each the number of them in a chunk


class Probe(NamedTuple):
    """Learning samples seen before it, and output spikes (n, K) of its samples.

    synapses : theta and all else that weights depend on, each (K, I), by the names of
    `kept_shapes`. answer : what the run's caller says of it.
    """

    seen: int
    counts: np.ndarray
    synapses: dict[str, np.ndarray]
    answer: Answer


def records_of(
    p: Prepared, first: int, last: int, chunk: Chunk, probes: Sequence[Probe]
) -> dict[str, np.ndarray]:
    """The records of a chunk by name; what the caller measured is nan where it was not."""
    num_probes, K = len(probes), len(p.theta)
    counts = np.array([probe.counts for probe in probes], dtype=np.int64)
    records = {
        "label": p.learning.labels[first:last],
        "counts": chunk.counts,
        "probe_seen": np.array([probe.seen for probe in probes], dtype=np.int64),
        "probe_counts": counts.reshape(num_probes, len(p.probe.labels), K),
    }
    for name, shape in kept_shapes(p).items():
        at_probes = np.array([probe.synapses[name] for probe in probes])
        records[record_name(name)] = at_probes.reshape(num_probes, *shape)
    for name in own_events(p):
        records[EVENT + name] = np.array([len(chunk.spikes[name].times)])
    for name in sorted({name for probe in probes for name in probe.answer.metrics}):
        values = [probe.answer.metrics.get(name, np.nan) for probe in probes]
        records[OWN + name] = np.array(values)
    return records


def own_events(p: Prepared) -> dict[str, int]:
    """{population of a model's own events: number of neurons that may have them}.

    Those of another layer than the one that answers are called LAYER.EVENT.
    """
    return {
        f"{layer}.{name}" if layer else name: one.number
        for layer, one in layers_of_model(p.model).items()
        for name in one.rule.events
    }


def rates_of_events(
    records: dict[str, np.ndarray], structure: dict[str, Any], samples: int, events: dict[str, int]
) -> dict[str, float]:
    """{own event: how often it happened per neuron and step of learning}, from joined records.

    events : as `own_events` has them.
    """
    steps = samples * steps_of_loop(structure)["steps_per_period"]
    return {
        name: float(records[EVENT + name].sum()) / (steps * number)
        for name, number in events.items()
    }


def recorded_spikes(
    chunk: Chunk, windows: Windows, first: int, structure: dict[str, Any]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """{population: times (n,) in ms, neurons (n,)} of a chunk; see `in_windows`.

    The populations are inputs, outputs, and events of the outputs: the teacher's, own ones by name.
    """
    return {
        name: in_windows(spikes, windows, first, structure) for name, spikes in chunk.spikes.items()
    }


def in_windows(
    spikes: Spikes,
    windows: Windows,
    first: int,
    structure: dict[str, Any],
) -> tuple[np.ndarray, np.ndarray]:
    """Times (n,) in ms from the start of learning, and neurons (n,), of spikes in these windows.

    windows : intervals [start, stop) of samples. first : the sample at which the chunk begins.
    """
    before = first * steps_of_loop(structure)["steps_per_period"]
    steps = np.rint(spikes.times / structure["dt"]).astype(np.int64) + before
    keep = are_inside(steps, windows, structure)
    return steps[keep] * (structure["dt"] * 1e3), spikes.neurons[keep]


def are_inside(steps: np.ndarray, windows: Windows, structure: dict[str, Any]) -> np.ndarray:
    """Which of these steps (n,), counted from the start of learning, lie in windows of samples."""
    period = steps_of_loop(structure)["steps_per_period"]
    keep = np.zeros(len(steps), dtype=bool)
    for start, stop in windows:
        keep |= (steps >= start * period) & (steps < stop * period)
    return keep


def trajectories_of(chunk: Chunk, p: Prepared, first: int, last: int) -> dict[str, np.ndarray]:
    """What is kept of samples first .. last - 1 at the begin of each of the m grid steps.

    time (m,) in s from the start of learning; of chosen synapses theta, the weight and further
    state, each (m, n); of variables of outputs (m, K) and of signals (m,).
    """
    period = steps_of_loop(p.structure)["steps_per_period"]
    steps = grid_steps(p.structure, first * period, (last - first) * period)
    states, arrays = dict(chunk.trajectories or {}), {"time": steps * p.structure["dt"]}
    found = {}
    if p.recorded is not None:
        moment = {"t": arrays["time"], "label": p.learning.labels[steps // period]}
        moment |= {"temperature": p.temperature[steps // period]}
        of_outputs = {name: states.pop(name) for name in p.recorded.states}
        layers = layers_of_model(p.model)
        found = values_of(p.recorded, layers, {**p.values, **moment}, of_outputs)
    if p.chosen is not None:
        arrays["theta"] = states.pop("theta")
        arrays[WEIGHT] = weights_of(p.model.rule, p.values, arrays["theta"], states)
    found = states | found
    return arrays | {variable_of(name): values for name, values in found.items()}


def snapshots_of(
    chunk: Chunk | None, p: Prepared, moments: Sequence[int], first: int, last: int
) -> dict[str, np.ndarray]:
    """What is kept of snapshots of the weights in samples first .. last - 1 of learning, a chunk.

    seen (m,) : the moments among them, in samples learnt; theta (m, K, I), and all else of
    `snapshot_shapes`, by its names.
    """
    seen = [moment for moment in moments if first < moment <= last]
    kept = {name: np.zeros((0, *shape)) for name, shape in snapshot_shapes(p).items()}
    if chunk is not None and seen:
        kept = {name: (chunk.snapshots or kept)[name] for name in kept}
        if seen[-1] == last:
            end = values_by_name(chunk.state, kept)
            kept = {name: np.append(kept[name], end[name][None], axis=0) for name in kept}
    return {"seen": np.array(seen, np.int64), **kept}


def variable_of(name: str) -> str:
    """The name that a variable of the model has in trajectories.nc."""
    taken = name in TAKEN or name.startswith(OF_LAYER)
    return f"state_{name}" if taken else name


def about_trajectories(layers: Mapping[str, Layer]) -> dict[str, About]:
    """{variable of trajectories.nc: what it is}, of those that the rules of layers know."""
    about, rule = {}, layers[""].rule
    for e in rule.equations("synapses"):
        about[e.name] = About(SYNAPSE, e.unit, e.comment or e.name)
    for layer, one in layers.items():
        for name, (unit, meaning) in variables_of(one.rule, layer).items():
            of = of_layer(layer) if layer or name not in signals_of(rule) else ""
            about[f"{layer}.{name}" if layer else name] = About(of, unit, meaning)
    weight = About(SYNAPSE, "1", f"weight of the synapse: {rule.weight}")
    of_all = {"theta": About(SYNAPSE, "1", "synaptic parameter"), WEIGHT: weight}
    return {variable_of(name): said for name, said in about.items()} | of_all
