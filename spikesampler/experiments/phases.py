"""The phases of one run: chunks of learning with their probes, and tests on held-out samples.

Every chunk's seed follows from the run's seed, its phase and its place, and a chunk is saved before
the next begins.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from spikesampler.errors import RunError
from spikesampler.experiments.prepare import Prepared
from spikesampler.experiments.run_folder import recorded_windows
from spikesampler.experiments.scores import probe_score, task_of
from spikesampler.experiments.settings import Settings
from spikesampler.jobs.progress import Say
from spikesampler.spiking.build import Binary
from spikesampler.spiking.run import Chunk, Spikes, State, run_chunk, silent_state
from spikesampler.stimuli.seeds import generator
from spikesampler.stimuli.source import Samples
from spikesampler.store.arrays import read_arrays
from spikesampler.store.atomic import disk_errors
from spikesampler.store.checkpoint import (
    load_last_state,
    load_took,
    part_paths,
    save_records,
    save_spikes,
    save_state,
    save_task,
    save_took,
)
from spikesampler.store.held import check_held
from spikesampler.store.manifest import CHECKPOINT

#: of a Runner, carried over a resume
TOTALS = ("engine_seconds", "simulated_seconds", "engine_peak_mib")
OUTPUTS = "outputs."  #: how names of the outputs' own variables begin in a saved state


class Probe(NamedTuple):
    """Learning samples seen before it, output spikes (n, K) of its samples, and theta (K, I)."""

    seen: int
    counts: np.ndarray
    theta: np.ndarray


def chunk_borders(samples: int, probe_every: int, capacity: int) -> list[int]:
    """Sample numbers at which chunks begin and end: each probe, and at least every `capacity`."""
    borders = [0]
    while borders[-1] < samples:
        next_probe = (borders[-1] // probe_every + 1) * probe_every
        borders.append(min(samples, next_probe, borders[-1] + capacity))
    return borders


class Runner:
    """The phases of one run over a binary, and what they took in total."""

    def __init__(self, settings: Settings, prepared: Prepared, binary: Binary, work: Path) -> None:
        self.settings, self.prepared, self.binary, self.work = settings, prepared, binary, work
        self.windows = recorded_windows(settings.samples, prepared.sample_length, settings.record)
        self.engine_seconds = self.simulated_seconds = self.engine_peak_mib = 0.0

    def show(
        self,
        state: State,
        samples: Samples,
        first: int,
        last: int,
        phase: str,
        *key: int,
        plastic: bool = False,
        record_inputs: bool = False,
    ) -> Chunk:
        """Show samples first .. last - 1; `key` tells apart shows of the same samples."""
        check_held()
        p, words = self.prepared, map(str, (self.settings.replicate, phase, *key, first))
        seed = generator(self.settings.seed, "engine", *words).integers(2**32, dtype=np.uint32)
        temperature = p.temperature[first:last] if plastic else np.zeros(last - first)
        chunk = run_chunk(
            self.binary,
            state,
            samples.points(first, last),
            samples.labels[first:last],
            values=p.values,
            centres=p.centres,
            temperature=temperature,
            plastic=plastic,
            seed=seed,
            work=self.work,
            v=p.v,
            record_inputs=record_inputs,
        )
        self.engine_seconds += chunk.engine_seconds
        self.engine_peak_mib = max(self.engine_peak_mib, chunk.peak_mib)
        self.simulated_seconds += (last - first) * p.structure["sample_length"]
        return chunk

    def frozen_counts(self, state: State, samples: Samples, phase: str, *key: int) -> np.ndarray:
        """Output spikes (n, K) of held-out samples, from silence; no plasticity, noise, teacher."""
        silence = np.zeros_like(state.x_slow), np.zeros_like(state.x_fast)
        state = State(state.theta, *silence, state.outputs)
        counts, n, capacity = [], len(samples.labels), self.prepared.structure["capacity"]
        for first in range(0, n, capacity):
            chunk = self.show(state, samples, first, min(n, first + capacity), phase, *key)
            counts.append(chunk.counts)
            state = chunk.state
        return np.concatenate(counts)

    def probe(self, state: State, seen: int) -> Probe:
        """A Probe after that many learning samples."""
        counts = self.frozen_counts(state, self.prepared.probe, "probe", seen)
        return Probe(seen, counts, state.theta)


def learn(runner: Runner, folder: Path, say: Say) -> State:
    """All chunks of learning with their probes, from the last checkpoint on, to the last state."""
    settings, p, checkpoints = runner.settings, runner.prepared, folder / CHECKPOINT
    borders = chunk_borders(settings.samples, settings.probe_every, p.structure["capacity"])
    task = task_of(p)
    with disk_errors(checkpoints):
        save_task(checkpoints, task)
    state, done = restore(runner, checkpoints, say)
    for index in range(done, len(borders) - 1):
        first, last = borders[index], borders[index + 1]
        probes = [] if index else [runner.probe(state, 0)]
        recorded = any(start < last and first < stop for start, stop in runner.windows)
        try:
            chunk = runner.show(
                state, p.learning, first, last, "learning", plastic=True, record_inputs=recorded
            )
        except RunError as error:
            raise RunError(f"learning samples {first} to {last - 1}: {error}") from error
        state = chunk.state
        if last % settings.probe_every == 0 or last == settings.samples:
            probes.append(runner.probe(state, last))
        with disk_errors(checkpoints):
            save_chunk(checkpoints, index, runner, first, last, chunk, probes)
        score = f"probe accuracy {probe_score(task, probes[-1].counts):.3f}" if probes else ""
        say(last, settings.samples, score)
    return state


def restore(runner: Runner, checkpoints: Path, say: Say) -> tuple[State, int]:
    """State to go on from, the newest checkpoint or the start, and the number of the next chunk."""
    saved = load_last_state(checkpoints)
    if saved is None:
        return silent_state(runner.prepared.theta, runner.prepared.structure), 0
    # now, not at the end of the run
    check_parts(checkpoints, runner.settings.record, saved.index + 1)
    if saved.note:
        say(saved.info["samples"], runner.settings.samples, saved.note)
    took = load_took(checkpoints, saved.index)
    for name in TOTALS:
        setattr(runner, name, took.get(name, 0.0))
    arrays = saved.arrays
    names = [name for name in arrays if name.startswith(OUTPUTS)]
    outputs = {name.removeprefix(OUTPUTS): arrays[name] for name in names}
    state = State(arrays["theta"], arrays["x_slow"], arrays["x_fast"], outputs)
    return state, saved.index + 1


def check_parts(checkpoints: Path, record: str, num_parts: int) -> None:
    """Raise DamagedError for the first part of the chunks so far that is missing or damaged."""
    for kind in ("records",) if record == "none" else ("records", "spikes"):
        for path in part_paths(checkpoints, kind, num_parts):
            with read_arrays(path):
                pass


def save_chunk(
    folder: Path,
    index: int,
    runner: Runner,
    first: int,
    last: int,
    chunk: Chunk,
    probes: Sequence[Probe],
) -> None:
    """Spikes in the recorded windows, records and state of a chunk; the state, last, closes it."""
    p = runner.prepared
    if runner.windows:
        recorded = {
            name: in_windows(spikes, runner.windows, first, p.structure)
            for name, spikes in chunk.spikes.items()
        }
        save_spikes(folder, index, recorded)
    num_probes, (K, I) = len(probes), p.theta.shape
    counts = np.array([probe.counts for probe in probes], dtype=np.int64)
    records = {
        "label": p.learning.labels[first:last],
        "counts": chunk.counts,
        "probe_seen": np.array([probe.seen for probe in probes], dtype=np.int64),
        "probe_counts": counts.reshape(num_probes, len(p.probe.labels), K),
        "theta": np.array([probe.theta for probe in probes]).reshape(num_probes, K, I),
    }
    save_records(folder, index, records)
    state = {"theta": chunk.state.theta, "x_slow": chunk.state.x_slow, "x_fast": chunk.state.x_fast}
    state |= {f"{OUTPUTS}{name}": value for name, value in chunk.state.outputs.items()}
    save_took(folder, index, {name: getattr(runner, name) for name in TOTALS})
    save_state(folder, index, state, {"samples": last})


def in_windows(
    spikes: Spikes,
    windows: Sequence[tuple[int, int]],
    first: int,
    structure: Mapping[str, Any],
) -> tuple[np.ndarray, np.ndarray]:
    """Times (n,) in ms from the start of learning, and neurons (n,), of spikes in these windows.

    windows : intervals [start, stop) of samples. first : the sample at which the chunk begins.
    """
    steps_per_sample = round(structure["sample_length"] / structure["dt"])
    steps = np.rint(spikes.times / structure["dt"]).astype(np.int64) + first * steps_per_sample
    keep = np.zeros(len(steps), dtype=bool)
    for start, stop in windows:
        keep |= (steps >= start * steps_per_sample) & (steps < stop * steps_per_sample)
    return steps[keep] * (structure["dt"] * 1e3), spikes.neurons[keep]
