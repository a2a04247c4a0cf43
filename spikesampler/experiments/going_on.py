"""Go on with a finished run that is to have more samples, or end one early: its chunks and windows.

A run is a row of chunks whose borders do not depend on its length, but for the last one. So one
that is gone on with has the θ and the records of one run of that length: all chunks that both have
are laid out again, as those of a run that was interrupted, and a last one that a longer run does
not have is learnt again from the state before it.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from spikesampler.errors import DamagedError, RunError
from spikesampler.experiments.averages import moments_of
from spikesampler.experiments.chunks import are_inside, recorded_spikes, snapshots_of
from spikesampler.experiments.length import learnt_of
from spikesampler.experiments.phases import Runner
from spikesampler.experiments.synapse_states import kept_shapes, record_name, variable_name
from spikesampler.experiments.windows import Windows, covers, part_of
from spikesampler.spiking.run import Chunk
from spikesampler.spiking.state import State, from_arrays
from spikesampler.store.atomic import disk_errors
from spikesampler.store.checkpoint import (
    OWN,
    load_part,
    part_indices,
    remove_parts,
    save_part,
    save_records,
    save_spikes,
    state_indices,
)
from spikesampler.store.continuation import load_events, load_probes
from spikesampler.store.learning import VARIABLES, read_learning
from spikesampler.store.manifest import CHECKPOINT, LEARNING, SPIKES, TRAJECTORIES
from spikesampler.store.spikes import SpikeFile
from spikesampler.store.trajectories import save_trajectories, trajectories_between

__all__ = ["end_early", "reopen"]

NOT_OWN = {*VARIABLES, "probe_entropy"}  #: variables of learning.nc that no caller measured


def reopen(runner: Runner, folder: Path, manifest: Mapping[str, Any]) -> None:
    """Lay a finished run out as one that was interrupted at the last border of the longer one.

    runner : of the longer one. manifest : of the finished one, whose files stay as they are. Raises
    DamagedError where one of them is not whole, RunError where what is simulated again is not what
    it was.
    """
    checkpoints, settings = folder / CHECKPOINT, runner.settings
    learnt = learnt_of(manifest)
    borders = [border for border in runner.borders(settings.samples) if border <= learnt]
    with disk_errors(checkpoints):
        remove_parts(checkpoints)
        _lay_out_records(runner, folder, borders)
        if settings.has_trajectories:
            _lay_out_trajectories(runner, folder, borders)
        if settings.record != "none":
            _lay_out_spikes(runner, folder, borders)
        _move_kept(runner, checkpoints, borders, runner.windows_of(learnt))


def end_early(runner: Runner, checkpoints: Path) -> None:
    """Make all that is kept of a run that was stopped what it is of one of that length."""
    samples, p = runner.num_learnt, runner.prepared
    rows, labels = p.learning.rows[:samples], p.learning.labels[:samples]
    runner.prepared = p._replace(learning=p.learning._replace(rows=rows, labels=labels))
    before, runner.windows = runner.windows, runner.windows_of(samples)
    runner.moments = moments_of(samples, runner.settings.average)
    with disk_errors(checkpoints):
        _move_kept(runner, checkpoints, runner.borders(samples), before)


def _lay_out_records(runner: Runner, folder: Path, borders: list[int]) -> None:
    """The records of each chunk, from learning.nc and what is kept beside it.

    A probe that was only made because the run ended there is left out.
    """
    data, every = read_learning(folder / LEARNING), runner.settings.probe_every
    seen, counts = data["probe_samples_seen"].values, load_probes(folder / CHECKPOINT)
    if len(counts) != len(seen):
        raise DamagedError(
            f"{folder / CHECKPOINT} has {len(counts)} probes, {folder / LEARNING} {len(seen)}:"
            " restore the folder from a copy, or run again in a new one"
        )
    events = load_events(folder / CHECKPOINT)
    dims = {str(name): data[name].dims for name in data}
    synapses = {record_name(key): variable_name(key) for key in kept_shapes(runner.prepared)}
    own = [name for name in dims if dims[name] == ("probe",) and name not in NOT_OWN]
    for index, (first, last) in enumerate(pairwise(borders)):
        begun = seen >= first if index == 0 else seen > first
        probes = np.flatnonzero(begun & (seen <= last) & (seen % every == 0))
        records = {
            "label": data["label"].values[first:last].astype(np.int64),
            "counts": data["spike_counts"].values[first:last].astype(np.int64),
            "probe_seen": seen[probes],
            "probe_counts": counts[probes],
        }
        records |= {key: data[name].values[probes] for key, name in synapses.items()}
        records |= {name: values[index : index + 1] for name, values in events.items()}
        records |= {f"{OWN}{name}": data[name].values[probes] for name in own}
        save_records(folder / CHECKPOINT, index, records)


def _lay_out_trajectories(runner: Runner, folder: Path, borders: list[int]) -> None:
    """The trajectories of each chunk, from trajectories.nc."""
    p = runner.prepared
    begins = [border * p.period - p.structure["dt"] / 2 for border in borders]
    for index, arrays in enumerate(trajectories_between(folder / TRAJECTORIES, begins)):
        save_trajectories(folder / CHECKPOINT, index, arrays)


def _lay_out_spikes(runner: Runner, folder: Path, borders: list[int]) -> None:
    """The spikes of each chunk, from spikes.h5."""
    length, step = runner.prepared.period * 1e3, runner.prepared.structure["dt"] * 1e3
    with SpikeFile(folder / SPIKES) as file:
        names = sorted(file.sizes())
        for index, span in enumerate(pairwise(borders)):
            spikes = {}
            for name in names:
                of_chunk = (
                    file.first_not_before(name, border * length - step / 2) for border in span
                )
                spikes[name] = file.read(name, *of_chunk)
            save_spikes(folder / CHECKPOINT, index, spikes)


def _move_kept(runner: Runner, checkpoints: Path, borders: list[int], before: Windows) -> None:
    """Let what is kept of each chunk be what the runner keeps: spikes in its windows, not those of
    before, and snapshots at its moments. A chunk that lacks either is simulated again, once.
    """
    has_spikes = runner.settings.record != "none"
    spikes = _move_windows(runner, checkpoints, borders, before) if has_spikes else []
    snapshots = _move_snapshots(runner, checkpoints, borders) if runner.moments else []
    missing = sorted({*spikes, *snapshots})
    for index, chunk in _show_again(runner, checkpoints, borders, missing):
        p, first, last = runner.prepared, borders[index], borders[index + 1]
        if index in spikes:
            recorded = recorded_spikes(chunk, runner.windows, first, p.structure)
            save_spikes(checkpoints, index, recorded)
        if index in snapshots:
            part = snapshots_of(chunk, p, runner.moments, first, last)
            save_part(checkpoints, "snapshots", index, part)


def _move_windows(
    runner: Runner, checkpoints: Path, borders: list[int], before: Windows
) -> list[int]:
    """Leave of the spikes of each chunk those in the runner's windows; the chunks that lack some.

    before : the windows whose spikes are there.
    """
    missing = []
    for index, (first, last) in enumerate(pairwise(borders)):
        wanted, held = part_of(runner.windows, first, last), part_of(before, first, last)
        if not covers(held, wanted):
            missing.append(index)
        elif wanted != held:
            arrays = load_part(checkpoints, "spikes", index)
            save_spikes(checkpoints, index, _in_windows(runner, arrays))
    return missing


def _move_snapshots(runner: Runner, checkpoints: Path, borders: list[int]) -> list[int]:
    """Leave of the snapshots of each chunk those at the runner's moments; the chunks that lack
    some.
    """
    missing = []
    there = part_indices(checkpoints, "snapshots")
    nothing = snapshots_of(None, runner.prepared, [], 0, 0)
    for index, (first, last) in enumerate(pairwise(borders)):
        wanted = [moment for moment in runner.moments if first < moment <= last]
        held = load_part(checkpoints, "snapshots", index) if index in there else nothing
        if not np.isin(wanted, held["seen"]).all():
            missing.append(index)
        else:
            keep = np.isin(held["seen"], wanted)
            part = {name: values[keep] for name, values in held.items()} if wanted else nothing
            save_part(checkpoints, "snapshots", index, part)
    return missing


def _in_windows(runner: Runner, arrays: Mapping[str, np.ndarray]) -> dict[str, tuple]:
    """The spikes of a part that lie in the runner's windows."""
    spikes, structure = {}, runner.prepared.structure
    for name in sorted(key.removesuffix("/times") for key in arrays if key.endswith("/times")):
        times, ids = arrays[f"{name}/times"], arrays[f"{name}/ids"]
        steps = np.rint(times / (structure["dt"] * 1e3)).astype(np.int64)
        keep = are_inside(steps, runner.windows, structure)
        spikes[name] = times[keep], ids[keep]
    return spikes


def _show_again(
    runner: Runner, checkpoints: Path, borders: list[int], missing: list[int]
) -> Iterator[tuple[int, Chunk]]:
    """Simulate chunks again of which something is wanted that was not kept."""
    done, state = -1, None
    for wanted in missing:
        nearest = max((index for index in state_indices(checkpoints) if index < wanted), default=-1)
        if state is None or nearest > done:
            done, state = nearest, _state_after(runner, checkpoints, nearest)
        for index in range(done + 1, wanted + 1):
            first, last = borders[index], borders[index + 1]
            chunk = runner.learn_chunk(state, first, last, record_inputs=True)
            counts = load_part(checkpoints, "records", index)["counts"]
            if not np.array_equal(chunk.counts, counts):
                raise RunError(
                    f"learning samples {first} to {last - 1} of {checkpoints.parent}, simulated"
                    " again for its windows or averages, are not what they were: run it anew in"
                    " another folder"
                )
            done, state = index, chunk.state
        yield wanted, chunk


def _state_after(runner: Runner, checkpoints: Path, index: int) -> State:
    """The state after a chunk, or at the start."""
    if index < 0:
        return runner.start
    return from_arrays(load_part(checkpoints, "state", index))
