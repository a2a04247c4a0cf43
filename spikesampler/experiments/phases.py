"""The phases of one run: chunks of learning with their probes, and frozen shows of held-out
samples.

Every chunk's seed follows from the run's seed, its phase and its place, and a chunk is saved before
the next begins.
"""

import numpy as np

from spikesampler.experiments.run_folder import recorded_windows
from spikesampler.experiments.scores import probe_score, task_of
from spikesampler.spiking.run import State, run_chunk, silent_state
from spikesampler.stimuli.seeds import generator
from spikesampler.store import arrays, atomic
from spikesampler.store.checkpoint import (
    load_last_state,
    part_paths,
    save_records,
    save_spikes,
    save_state,
    save_task,
)
from spikesampler.store.manifest import CHECKPOINT

TOTALS = (
    "engine_seconds",
    "simulated_seconds",
    "engine_peak_mib",
)  #: of a Runner, carried over a resume


def chunk_borders(samples, probe_every, capacity):
    """Sample numbers at which chunks begin and end: at every probe, and at least every `capacity`
    samples.
    """
    borders = [0]
    while borders[-1] < samples:
        next_probe = (borders[-1] // probe_every + 1) * probe_every
        borders.append(min(samples, next_probe, borders[-1] + capacity))
    return borders


class Runner:
    """The phases of one run over a binary; every chunk's seed follows from the run's seed, its
    phase and its place.
    """

    def __init__(self, settings, prepared, binary, work):
        self.settings, self.prepared, self.binary, self.work = settings, prepared, binary, work
        self.windows = recorded_windows(settings.samples, prepared.sample_length, settings.record)
        self.engine_seconds = self.simulated_seconds = self.engine_peak_mib = 0.0

    def show(self, state, samples, first, last, phase, *key, plastic=False, record_inputs=False):
        """Show samples first..last-1; `key` tells apart shows of the same samples."""
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

    def frozen_counts(self, state, samples, phase, *key):
        """Output spikes (n, K) of held-out samples, from silence, with plasticity, noise and
        teacher frozen.
        """
        state = State(
            state.theta, np.zeros_like(state.x_slow), np.zeros_like(state.x_fast), state.outputs
        )
        counts, n = [], len(samples.labels)
        for first in range(0, n, self.prepared.structure["capacity"]):
            chunk = self.show(
                state,
                samples,
                first,
                min(n, first + self.prepared.structure["capacity"]),
                phase,
                *key,
            )
            counts.append(chunk.counts)
            state = chunk.state
        return np.concatenate(counts)


def learn(runner, folder, say):
    """All chunks of learning with their probes, from the last checkpoint on; returns the final
    state.
    """
    samples, p, checkpoints = runner.settings.samples, runner.prepared, folder / CHECKPOINT
    borders, task = (
        chunk_borders(samples, runner.settings.probe_every, p.structure["capacity"]),
        task_of(p),
    )
    with atomic.disk_errors(checkpoints):
        save_task(checkpoints, task)
    state, done = restore(runner, checkpoints, say)
    for index in range(done, len(borders) - 1):
        first, last = borders[index], borders[index + 1]
        probes = (
            [] if index else [(0, runner.frozen_counts(state, p.probe, "probe", 0), state.theta)]
        )
        recorded = any(start < last and first < stop for start, stop in runner.windows)
        chunk = runner.show(
            state, p.learning, first, last, "learning", plastic=True, record_inputs=recorded
        )
        state = chunk.state
        if last % runner.settings.probe_every == 0 or last == samples:
            probes.append((last, runner.frozen_counts(state, p.probe, "probe", last), state.theta))
        with atomic.disk_errors(checkpoints):
            save_chunk(checkpoints, index, runner, first, last, chunk, probes)
        score = f"probe accuracy {probe_score(task, probes[-1][1]):.3f}" if probes else ""
        say(last, samples, score)
    return state


def restore(runner, checkpoints, say):
    """State to go on from, and the number of the next chunk: the newest checkpoint, or the
    start.
    """
    saved = load_last_state(checkpoints)
    if saved is None:
        return silent_state(runner.prepared.theta, runner.prepared.structure), 0
    check_parts(
        checkpoints, runner.settings.record, saved.index + 1
    )  # now, not at the end of the run
    if saved.note:
        say(saved.info["samples"], runner.settings.samples, saved.note)
    prefix = "outputs."
    outputs = {
        name.removeprefix(prefix): array
        for name, array in saved.arrays.items()
        if name.startswith(prefix)
    }
    for name in TOTALS:
        setattr(runner, name, saved.info[name])
    return (
        State(saved.arrays["theta"], saved.arrays["x_slow"], saved.arrays["x_fast"], outputs),
        saved.index + 1,
    )


def check_parts(checkpoints, record, num_parts):
    """Raise DamagedError for the first part of the chunks so far that is missing or damaged."""
    for kind in ("records",) if record == "none" else ("records", "spikes"):
        for path in part_paths(checkpoints, kind, num_parts):
            with arrays.read_arrays(path):
                pass


def save_chunk(folder, index, runner, first, last, chunk, probes):
    """Spikes in the recorded windows, learning records and state of one chunk; the state comes last
    and closes it.
    """
    p = runner.prepared
    if runner.windows:
        recorded = {
            name: in_windows(spikes, runner.windows, first, p.structure)
            for name, spikes in chunk.spikes.items()
        }
        save_spikes(folder, index, recorded)
    K, I = p.theta.shape
    records = {
        "label": p.learning.labels[first:last],
        "counts": chunk.counts,
        "probe_seen": np.array([seen for seen, _, _ in probes], dtype=np.int64),
        "probe_counts": (
            np.array([counts for _, counts, _ in probes], dtype=np.int64).reshape(
                len(probes), len(p.probe.labels), K
            )
        ),
        "theta": np.array([theta for _, _, theta in probes]).reshape(len(probes), K, I),
    }
    save_records(folder, index, records)
    state = {"theta": chunk.state.theta, "x_slow": chunk.state.x_slow, "x_fast": chunk.state.x_fast}
    state |= {f"outputs.{name}": value for name, value in chunk.state.outputs.items()}
    save_state(
        folder, index, state, {"samples": last} | {name: getattr(runner, name) for name in TOTALS}
    )


def in_windows(spikes, windows, first, structure):
    """Times in ms from the start of learning, and neurons, of the spikes whose sample lies in a
    window.
    """
    steps_per_sample = round(structure["sample_length"] / structure["dt"])
    steps = np.rint(spikes.times / structure["dt"]).astype(np.int64) + first * steps_per_sample
    keep = np.zeros(len(steps), dtype=bool)
    for start, stop in windows:
        keep |= (steps >= start * steps_per_sample) & (steps < stop * steps_per_sample)
    return steps[keep] * (structure["dt"] * 1e3), spikes.neurons[keep]
