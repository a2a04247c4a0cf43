"""The phases of one run: chunks of learning with their probes, and tests on held-out samples.

Every chunk's seed follows from the run's seed, its phase and its place, and a chunk is saved before
the next begins.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spikesampler.errors import RunError
from spikesampler.experiments import synapse_states
from spikesampler.experiments.at_probes import Answer, OnProbe, ProbeReport, ask
from spikesampler.experiments.averages import moments_of
from spikesampler.experiments.chunks import (
    Probe,
    recorded_spikes,
    records_of,
    snapshots_of,
    trajectories_of,
)
from spikesampler.experiments.prepare import Prepared
from spikesampler.experiments.run_folder import WINDOW, recorded_windows
from spikesampler.experiments.scores import Task, probe_score, task_of
from spikesampler.experiments.settings import Settings
from spikesampler.experiments.windows import states_to_keep
from spikesampler.jobs.progress import Say
from spikesampler.spiking.build import Binary
from spikesampler.spiking.parts import steps_of_loop
from spikesampler.spiking.run import Chunk, run_chunk
from spikesampler.spiking.state import State, as_at_the_start, from_arrays, to_arrays
from spikesampler.stimuli.seeds import generator
from spikesampler.stimuli.source import Samples
from spikesampler.store.arrays import read_arrays
from spikesampler.store.atomic import disk_errors
from spikesampler.store.checkpoint import (
    load_last_state,
    load_took,
    part_paths,
    save_part,
    save_records,
    save_spikes,
    save_state,
    save_task,
    save_took,
    state_indices,
)
from spikesampler.store.continuation import load_stop, remove_stop, save_stop
from spikesampler.store.held import check_held
from spikesampler.store.manifest import CHECKPOINT
from spikesampler.store.trajectories import save_trajectories

TOTALS = ("engine_seconds", "simulated_seconds", "engine_peak_mib")  #: carried over a resume
UNTOLD = -1  #: the label in probes and tests, whatever its model does with it


def chunk_borders(samples: int, probe_every: int, capacity: int) -> list[int]:
    """Sample numbers at which chunks begin and end: each probe, and at least every `capacity`."""
    borders = [0]
    while borders[-1] < samples:
        next_probe = (borders[-1] // probe_every + 1) * probe_every
        borders.append(min(samples, next_probe, borders[-1] + capacity))
    return borders


class Runner:
    """The phases of one run over a binary, and what they took in total."""

    def __init__(
        self,
        settings: Settings,
        prepared: Prepared,
        binary: Binary,
        work: Path,
        on_probe: OnProbe | None = None,
    ) -> None:
        self.settings, self.prepared, self.binary, self.work = settings, prepared, binary, work
        self.on_probe = on_probe
        self.num_learnt = 0  # samples so far
        self.stop: str | None = None  # why there are no more
        self.at_rest = synapse_states.state_at_rest(prepared)
        self.start = synapse_states.with_values(self.at_rest, synapse_states.taken_over(prepared))
        self.windows = self.windows_of(settings.samples)
        self.moments = moments_of(settings.samples, settings.average)
        self.engine_seconds = self.simulated_seconds = self.engine_peak_mib = 0.0

    def windows_of(self, samples: int) -> list[tuple[int, int]]:
        """The parts [first, last) of so many samples whose spikes are kept."""
        return recorded_windows(samples, self.prepared.period, self.settings.record)

    def borders(self, samples: int) -> list[int]:
        """Where the chunks of so many samples begin and end."""
        capacity = self.prepared.structure["capacity"]
        return chunk_borders(samples, self.settings.probe_every, capacity)

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
        before: int = 0,
        **recorded: Any,
    ) -> Chunk:
        """Show samples first .. last - 1; `key` tells apart shows of the same samples.

        before : samples of learning that came before the first of them. recorded : what `run_chunk`
        is to give besides.
        """
        check_held()
        p, words = self.prepared, map(str, (self.settings.replicate, phase, *key, first))
        seed = generator(self.settings.seed, "engine", *words).integers(2**32, dtype=np.uint32)
        temperature = p.temperature[first:last] if plastic else np.zeros(last - first)
        labels = samples.labels[first:last]
        chunk = run_chunk(
            self.binary,
            state,
            samples.points(first, last),
            labels if plastic else np.full_like(labels, UNTOLD),
            values=p.values,
            centres=p.centres,
            temperature=temperature,
            plastic=plastic,
            seed=seed,
            work=self.work,
            first_step=(before + first) * steps_of_loop(p.structure)["steps_per_period"],
            matched_power=p.v,
            of_pathways={name: one.numbers for name, one in p.others.items()},
            record_inputs=record_inputs,
            **recorded,
        )
        self.engine_seconds += chunk.engine_seconds
        self.engine_peak_mib = max(self.engine_peak_mib, chunk.peak_mib)
        self.simulated_seconds += (last - first) * p.period
        return chunk

    def frozen(
        self,
        state: State,
        samples: Samples,
        phase: str,
        *key: int,
        seen: int = 0,
        riders: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Output spikes (n, K) of held-out samples, from silence; no plasticity, noise, teacher.

        All that the weights depend on is as it was learnt. seen : samples of learning before. With
        riders also answers (1 + R, n, K), as of `run_chunk`.
        """
        p = self.prepared
        state = as_at_the_start(state, self.at_rest, p.structure, *synapse_states.learnt_states(p))
        chunks, n, capacity = [], len(samples.labels), p.structure["capacity"]
        for first in range(0, n, capacity):
            shown = samples, first, min(n, first + capacity), phase, *key
            chunks.append(self.show(state, *shown, before=seen, riders=riders))
            state = chunks[-1].state
        counts = np.concatenate([chunk.counts for chunk in chunks])
        answers = [chunk.answers for chunk in chunks if chunk.answers is not None]
        return counts, np.concatenate(answers, axis=1) if answers else None

    def learn_chunk(self, state: State, first: int, last: int, record_inputs: bool) -> Chunk:
        """Learning samples first .. last - 1, a chunk, from the state before it."""
        p = self.prepared
        how: dict[str, Any] = {"plastic": True, "record_inputs": record_inputs, "chosen": p.chosen}
        how["recorded"] = () if p.recorded is None else p.recorded.states
        period = steps_of_loop(p.structure)["steps_per_period"]
        how["moments"] = [(m - first) * period for m in self.moments if first < m < last]
        how["states"] = [*synapse_states.snapshot_shapes(p)]
        try:
            return self.show(state, p.learning, first, last, "learning", **how)
        except RunError as error:
            raise RunError(f"learning samples {first} to {last - 1}: {error}") from error

    def probe(self, state: State, seen: int, task: Task) -> Probe:
        """A Probe after that many learning samples; its answer may end learning."""
        p = self.prepared
        counts, _ = self.frozen(state, p.probe, "probe", seen, seen=seen)
        synapses = synapse_states.values_by_name(state, synapse_states.kept_shapes(p))
        if self.on_probe is None:
            return Probe(seen, counts, synapses, Answer({}))
        report = ProbeReport(
            samples=seen,
            total=self.settings.samples,
            seconds=seen * p.period,
            theta=state.theta,
            weights=synapse_states.weights_at(p.main, p.values, state),
            synapses=state.synapses,
            counts=counts,
            labels=p.probe.labels,
            accuracy=probe_score(task, counts),
            others=synapse_states.others_at(p, state),
        )
        answer = ask(self.on_probe, report)
        if seen < self.settings.samples:
            self.stop = answer.stop
        return Probe(seen, counts, synapses, answer)


def learn(runner: Runner, folder: Path, say: Say) -> State:
    """All chunks of learning with their probes, from the last checkpoint on, to the last state.

    The runner says how many samples were learnt, and why there are no more.
    """
    settings, checkpoints = runner.settings, folder / CHECKPOINT
    borders, task = runner.borders(settings.samples), task_of(runner.prepared)
    with disk_errors(checkpoints):
        save_task(checkpoints, task)
    state, done = restore(runner, checkpoints, say)
    for index in range(done, len(borders) - 1):
        if runner.stop is not None:
            break
        first, last = borders[index], borders[index + 1]
        probes = [] if index else [runner.probe(state, 0, task)]
        recorded = any(start < last and first < stop for start, stop in runner.windows)
        chunk = runner.learn_chunk(state, first, last, recorded)
        state, runner.num_learnt = chunk.state, last
        if last % settings.probe_every == 0 or last == settings.samples:
            probes.append(runner.probe(state, last, task))
        with disk_errors(checkpoints):
            save_chunk(checkpoints, index, runner, borders, chunk, probes)
        told = probes and not task.is_silent
        score = f"probe accuracy {probe_score(task, probes[-1].counts):.3f}" if told else ""
        ending = "" if runner.stop is None else f", stopped early: {runner.stop}"
        say(last, settings.samples, score + ending)
    return state


def restore(runner: Runner, checkpoints: Path, say: Say) -> tuple[State, int]:
    """State to go on from, the newest checkpoint or the start, and the number of the next chunk."""
    saved = load_last_state(checkpoints)
    if saved is None:
        return runner.start, 0
    # now, not at the end of the run
    check_parts(checkpoints, runner.settings, saved.index + 1)
    if saved.note:
        say(saved.info["samples"], runner.settings.samples, saved.note)
    took = load_took(checkpoints, saved.index)
    for name in TOTALS:
        setattr(runner, name, took.get(name, 0.0))
    runner.num_learnt = saved.info["samples"]
    stop = load_stop(checkpoints)
    if stop is not None and stop["samples"] == runner.num_learnt:
        runner.stop = stop["reason"]
    return from_arrays(saved.arrays), saved.index + 1


def check_parts(checkpoints: Path, settings: Settings, num_parts: int) -> None:
    """Raise DamagedError for the first part of the chunks so far that is missing or damaged."""
    kinds = {
        "records": True,
        "snapshots": settings.average > 0,
        "spikes": settings.record != "none",
        "trajectories": settings.has_trajectories,
    }
    for kind in (kind for kind, is_kept in kinds.items() if is_kept):
        for path in part_paths(checkpoints, kind, num_parts):
            with read_arrays(path):
                pass


def save_chunk(
    folder: Path,
    index: int,
    runner: Runner,
    borders: Sequence[int],
    chunk: Chunk,
    probes: Sequence[Probe],
) -> None:
    """Spikes in the recorded windows, records and state of a chunk; the state, last, closes it."""
    p, first, last = runner.prepared, borders[index], borders[index + 1]
    if runner.windows:
        save_spikes(folder, index, recorded_spikes(chunk, runner.windows, first, p.structure))
    if runner.settings.has_trajectories:
        save_trajectories(folder, index, trajectories_of(chunk, p, first, last))
    if runner.moments:
        save_part(folder, "snapshots", index, snapshots_of(chunk, p, runner.moments, first, last))
    save_records(folder, index, records_of(p, first, last, chunk, probes))
    save_took(folder, index, {name: getattr(runner, name) for name in TOTALS})
    if runner.stop is not None:
        save_stop(folder, last, runner.stop)
    else:
        remove_stop(folder)  # of a process that was killed before it saved this chunk
    keep: set[int] = set()
    if runner.settings.record == "windows" or runner.moments:
        window = max(1, round(WINDOW / p.period))
        keep = states_to_keep(borders[1 : index + 2], window, state_indices(folder))
    at_end = index == len(borders) - 2 and runner.borders(last + 1)[-2] != last
    save_state(folder, index, to_arrays(chunk.state), {"samples": last}, keep=keep, at_end=at_end)
