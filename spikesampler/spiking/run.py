"""Run a binary: state in, one chunk of samples, state and spikes out. No Brian2 here.

A chunk is a process of its own, so memory is bounded, a kill costs one chunk at most, and an
interrupted and resumed run has the same bits as an uninterrupted one: state and seed are all that a
chunk depends on.
"""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError
from spikesampler.spiking.answers import read_answers, write_riders
from spikesampler.spiking.build import Binary
from spikesampler.spiking.names import engine_name
from spikesampler.spiking.parts import steps_of_loop
from spikesampler.spiking.process import NotStarted, ProgramFailed, call
from spikesampler.spiking.results import Results, Spikes, monitors
from spikesampler.spiking.shown import frame_arrays, write_spikes
from spikesampler.spiking.state import PENDING, Array, State
from spikesampler.spiking.structure import (
    groups_of,
    num_inputs,
    pathway_of,
    pathway_structures,
)
from spikesampler.spiking.trajectories import (
    grid_steps,
    numbers_of,
    read_snapshots,
    read_trajectories,
    write_chosen,
    write_wanted,
)
from spikesampler.stimuli.trains import Trains

LARGE = 1e300  #: stands for infinity, which the compiler is told not to expect


class Chunk(NamedTuple):
    """What came out: counts (num_samples, K) of output spikes, spikes by population.

    engine_seconds: wall time of the program in s; peak_mib: its peak memory in MiB, 0 where this is
    not Linux; trajectories: by variable, of the synapses that were chosen, each
    (num_grid_steps, n), of outputs (num_grid_steps, K) and of signals (num_grid_steps,); snapshots:
    of theta and other states of the synapses by name, each (num_moments, K, I); answers
    (1 + num_riders, num_samples, K), those of the network itself first (`spiking.answers`).
    """

    state: State
    counts: NDArray[np.int64]
    spikes: dict[str, Spikes]
    engine_seconds: float
    peak_mib: float
    trajectories: dict[str, Array] | None = None
    snapshots: dict[str, Array] | None = None
    answers: Array | None = None


def run_chunk(
    binary: Binary,
    state: State,
    points: Array | Trains,
    labels: NDArray[np.integer],
    *,
    values: Mapping[str, Any],
    centres: Array | None,
    temperature: Array,
    plastic: bool,
    seed: int | np.unsignedinteger,
    work: Path | str,
    first_step: int = 0,
    matched_power: float = 1.0,
    record_inputs: bool = True,
    chosen: NDArray[np.integer] | None = None,
    recorded: Collection[str] = (),
    moments: Sequence[int] = (),
    states: Collection[str] = ("theta",),
    riders: Array | None = None,
    of_pathways: Mapping[str, Mapping[str, Any]] | None = None,
) -> Chunk:
    """Show `points` with `labels` (n,) to the network and return a Chunk.

    points: (n, num_features), or (n, frames, num_features), or Trains of n samples. values:
    parameters in base units by name, with theta_low and theta_high where there are bounds; centres
    (I, D), or None where there are none; temperature (n,): of the noise in each sample; plastic
    False freezes synapses, noise and teacher; seed: unsigned 32-bit; work: folder for temporary
    files; first_step: steps of learning before the chunk; matched_power: of the noise of `weight`
    at the start; record_inputs False leaves out the spikes of the inputs; chosen (n, 2):
    output and input of synapses whose state is recorded at every grid step, as are the variables of
    outputs and signals that `recorded` names. moments: steps of the chunk, in order, at whose begin
    these states of all synapses are kept as snapshots; riders (R, K, I): where it is not None, the
    network answers, with others that have these theta; where `Binary.riding` is None, R is 0.
    of_pathways : by pathway, what the others have of values of their own: theta_low, theta_high and
    matched_power.
    Raises InputError for arrays of the wrong shape or not finite, RunError if it fails.
    """
    num_samples, capacity = len(points), binary.structure["capacity"]
    if not 0 < num_samples <= capacity:
        raise InputError(f"{num_samples} samples in a chunk: expected 1 to {capacity}")
    of_samples = {"labels": labels, "temperature_at": temperature}
    shown = {**frame_arrays(binary.structure, points), **of_samples}
    arrays = _arrays(binary, state, centres, shown)
    loop, dt = steps_of_loop(binary.structure), binary.structure["dt"]
    scalars = {
        "outputs.record_inputs": int(record_inputs),
        "outputs.num_samples": num_samples,
        "outputs.random_seed": int(np.uint32(seed).view(np.int32)),
        "outputs.grid_phase": first_step % loop["grid_every"],
        **_in_groups(binary, "plastic", float(plastic)),
    }
    of_run = {**values, "matched_power": matched_power, "first_time": first_step * dt}
    for name, value in of_run.items():
        scalars |= _in_groups(binary, f"p_{name}", value)
    scalars |= _of_pathways(binary, of_run, of_pathways or {})
    folder = Path(tempfile.mkdtemp(dir=Path(work).resolve(), prefix="chunk-"))
    try:
        arguments = ["--results_dir", f"{folder}{os.sep}"]
        arguments += [_write(binary, folder, name, array) for name, array in arrays.items()]
        arguments += [f"{name}={value!r}" for name, value in scalars.items()]
        replayed = None
        if isinstance(points, Trains):
            replayed = write_spikes(binary.structure, points, folder, loop["steps_per_period"])
        numbers = numbers_of(binary.structure, chosen, recorded, binary.theta_transposed)
        if are_recorded := any(map(len, numbers.values())):
            write_chosen(folder, numbers)
        if len(moments):
            write_wanted(folder, binary.structure, moments, states, binary.theta_transposed)
        if riders is not None:
            known = {**values, **_flows(binary, values)}
            write_riders(folder, binary.riding, riders, known, state.inputs, dt)
        start = time.perf_counter()
        _call(binary, arguments, folder)
        seconds = time.perf_counter() - start
        num_steps = num_samples * loop["steps_per_period"]
        results = Results(binary, folder / "results", num_steps)
        results.check_taken(scalars, arrays, replayed)
        spikes = results.spikes(_recorded(binary, record_inputs))
        counts = results.counts(spikes["outputs"], num_samples)
        state, paths = results.state(first_step, plastic), None
        kept = None
        if len(moments):
            kept = read_snapshots(folder, binary.structure, len(moments), states)
        answers = None
        if riders is not None:
            answers = read_answers(folder, num_samples, len(riders), binary.structure["K"])
        if are_recorded:
            due = grid_steps(binary.structure, first_step, num_steps)
            paths = read_trajectories(folder, binary.structure, numbers, len(due))
        return Chunk(state, counts, spikes, seconds, results.peak_mib, paths, kept, answers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _recorded(binary: Binary, record_inputs: bool) -> set[str]:
    """Populations whose spikes a chunk tells: where inputs are not, other layers are not either."""
    populations = {*monitors(binary)}
    if record_inputs:
        return populations
    layers = {pathway_of(own)["layer"] for own in pathway_structures(binary.structure).values()}
    return populations - {"inputs", *layers} | {"outputs"}


def _arrays(binary: Binary, state: State, centres: Any, shown: dict[str, Any]) -> dict[str, Any]:
    """What the program reads from files, by its name GROUP.VARIABLE."""
    structure, arrays = binary.structure, dict[str, Any]()
    groups = groups_of(structure)
    for pathway, own in state.pathways(structure).items():
        at, names = groups[pathway], binary.variables[pathway]
        synaptic = {"theta": own.theta, **own.synapses}
        of_groups = (at.traces, own.inputs), (at.layer, own.outputs), (at.synapses, synaptic)
        for group, of_group in of_groups:
            if group == at.layer and not names.outputs:
                continue  # they are with the first pathway of the layer
            turned = binary.theta_transposed and group == at.synapses
            arrays |= {
                f"{group}.{engine_name(name)}": array.T if array.ndim == 2 and turned else array
                for name, array in of_group.items()
            }
        if own.pending is not None:
            arrays[f"{PENDING}_{at.traces}.{PENDING}"] = own.pending
    for name, values in shown.items():
        if name in binary.shown:
            frames = structure["frames"] if name in ("stimulus", "lasts") else 1
            padded = np.zeros((structure["capacity"] * frames, *np.shape(values)[1:]))
            padded[: len(values)] = values
            arrays[f"{name}.values"] = padded
    if structure["coding"] == "tuning":
        arrays |= {f"inputs.centre_{d}": centres[:, d] for d in range(structure["num_features"])}
    return arrays


def _in_groups(binary: Binary, variable: str, value: Any) -> dict[str, float]:
    """The value for each group of the program that has this variable."""
    names = (f"{group}.{variable}" for group in _groups(binary))
    return {name: _number(value) for name in names if name in binary.arrays}


def _number(value: Any) -> float:
    return min(max(float(value), -LARGE), LARGE)


def _groups(binary: Binary) -> list[str]:
    """The program's groups of inputs, layers and synapses."""
    each = groups_of(binary.structure).values()
    return [*dict.fromkeys(name for at in each for name in (at.traces, at.layer, at.synapses))]


def _of_pathways(
    binary: Binary, values: Mapping[str, Any], own: Mapping[str, Mapping[str, Any]]
) -> dict[str, float]:
    """What pathways have of their own: bounds, matched power, numbers of variables that mix.

    own : of those that do not answer, by name.
    """
    found: dict[str, float] = {}
    for pathway, at in groups_of(binary.structure).items():
        for name, value in own.get(pathway, {}).items():
            key = f"{at.synapses}.p_{name}"
            if key in binary.arrays:
                found[key] = _number(value)
        for name, value in _flows(binary, values, pathway).items():
            keys = (f"{group}.p_{name}" for group in (at.traces, at.layer, at.synapses))
            found |= {key: _number(value) for key in keys if key in binary.arrays}
    return found


def _flows(
    binary: Binary, values: Mapping[str, Any], pathway: str | None = None
) -> dict[str, float]:
    """Numbers with which one step multiplies variables of a pathway that mix."""
    flows: dict[str, float] = {}
    pathway = pathway or pathway_of(binary.structure)["name"]
    for mixture, names in binary.mixtures[pathway]:
        numbers = mixture.flows(values, binary.structure["dt"]).ravel()
        flows |= dict(zip(names, numbers.tolist()))
    return flows


def _write(binary: Binary, folder: Path, name: str, array: ArrayLike) -> str:
    """Write an array where the program shall read it; the argument that tells it so."""
    array = np.ascontiguousarray(array, dtype=float)
    expected = _expected_size(binary, name)
    if array.size != expected or not np.isfinite(array).all():
        raise InputError(
            f"{name.removesuffix('_var')}: {array.size} values, {np.isfinite(array).sum()} finite;"
            f" expected {expected} finite values"
        )
    path = folder / f"in-{name}"
    path.write_bytes(array.tobytes())  # unlike tofile, says when the disk is full
    return f"{binary.stored_name(name)}={path}"


def _expected_size(binary: Binary, name: str) -> int:
    s = binary.structure
    width = num_inputs(s) if s["coding"] == "rates" else s["num_features"]
    sizes = {
        "stimulus.values": s["capacity"] * s["frames"] * width,
        "lasts.values": s["capacity"] * s["frames"],
        "labels.values": s["capacity"],
        "temperature_at.values": s["capacity"],
    }
    groups = {"inputs": num_inputs(s)}
    for pathway, own in pathway_structures(s).items():
        at, K, I = groups_of(s)[pathway], own["K"], own["I"]
        groups |= {at.traces: I, at.layer: K, at.synapses: K * I}
        groups[f"{PENDING}_{at.traces}"] = pathway_of(own)["delay"] * I
    return sizes[name] if name in sizes else groups[name.split(".")[0]]


def _call(binary: Binary, arguments: list[str], folder: Path) -> None:
    """Run the program to its end; one that is damaged or gone is compiled again first.

    Raises OSError for results that could not be written.
    """
    try:
        call(binary.folder, arguments)
    except (NotStarted, ProgramFailed) as error:
        if not folder.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), folder) from error
        if not binary.heal(anew=isinstance(error, NotStarted)):
            raise
        call(binary.folder, arguments)
