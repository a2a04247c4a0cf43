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
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError, RunError
from spikesampler.spiking.build import Binary
from spikesampler.spiking.equations import TRACES, differential_variables
from spikesampler.spiking.input_spikes import REPLAYED
from spikesampler.spiking.process import NotStarted, ProgramFailed, call
from spikesampler.spiking.shown import frame_arrays, write_spikes
from spikesampler.stimuli.trains import Trains

Array = NDArray[np.float64]

SUMS = ("v_slow", "v_fast")  #: sums over synapses: rebuilt at the start of a chunk, not carried
#: what a chunk records, and the monitors that do
MONITORS = {"inputs": "input_spikes", "outputs": "output_spikes", "teacher": "teacher_events"}


class State(NamedTuple):
    """What is carried over from sample to sample.

    theta (K, I); x_slow, x_fast (I,): the two parts of the PSP; outputs: further variables of the
    outputs, each (K,).
    """

    theta: Array
    x_slow: Array
    x_fast: Array
    outputs: dict[str, Array]


class Spikes(NamedTuple):
    """Times in s from the start of the chunk, sorted, and neurons; within a step in any order."""

    times: Array
    neurons: NDArray[np.integer]


class Chunk(NamedTuple):
    """What came out: counts (num_samples, K) of output spikes, spikes by population.

    engine_seconds: wall time of the program in s; peak_mib: its peak memory in MiB, 0 where this is
    not Linux.
    """

    state: State
    counts: NDArray[np.int64]
    spikes: dict[str, Spikes]
    engine_seconds: float
    peak_mib: float


def silent_state(theta: ArrayLike, structure: dict[str, Any]) -> State:
    """State with these synapses and no activity; theta has shape (K, I)."""
    theta = np.array(theta, dtype=float)
    K, I = theta.shape
    further = [name for name in differential_variables(structure["outputs"]) if name not in SUMS]
    return State(theta, np.zeros(I), np.zeros(I), {name: np.zeros(K) for name in further})


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
    v: float = 1.0,
    record_inputs: bool = True,
) -> Chunk:
    """Show `points` with `labels` (n,) to the network and return a Chunk.

    points: (n, num_features), or (n, frames, num_features), or Trains of n samples. values:
    parameters in base units by name, with theta_max; centres (I, D), or None where there are none;
    temperature (n,): of the noise in each sample; plastic False freezes synapses, noise and
    teacher; seed: unsigned 32-bit; work: folder for temporary files; record_inputs False leaves out
    the spikes of the inputs. Raises InputError for arrays of the wrong shape or not finite,
    RunError if it fails.
    """
    num_samples, capacity = len(points), binary.structure["capacity"]
    if not 0 < num_samples <= capacity:
        raise InputError(f"{num_samples} samples in a chunk: expected 1 to {capacity}")
    of_samples = {"labels": labels, "temperature_at": temperature}
    shown = {**frame_arrays(binary.structure, points), **of_samples}
    arrays = _arrays(binary, state, centres, shown)
    scalars = {
        "outputs.plastic": float(plastic),
        "outputs.record_inputs": int(record_inputs),
        "outputs.num_samples": num_samples,
        "outputs.random_seed": int(np.uint32(seed).view(np.int32)),
        **_parameters(binary, {**values, "v": v}),
    }
    folder = Path(tempfile.mkdtemp(dir=Path(work).resolve(), prefix="chunk-"))
    try:
        arguments = ["--results_dir", f"{folder}{os.sep}"]
        arguments += [_write(binary, folder, name, array) for name, array in arrays.items()]
        arguments += [f"{name}={value!r}" for name, value in scalars.items()]
        replayed = None
        if isinstance(points, Trains):
            replayed = write_spikes(binary.structure, points, folder, steps_of_period(binary))
        start = time.perf_counter()
        _call(binary, arguments, folder)
        seconds = time.perf_counter() - start
        results = Results(binary, folder / "results")
        results.check_taken(scalars, arrays, replayed)
        recorded = set(MONITORS) if record_inputs else {"outputs", "teacher"}
        spikes = results.spikes(recorded)
        counts = results.counts(spikes["outputs"], num_samples)
        return Chunk(results.state([*state.outputs]), counts, spikes, seconds, results.peak_mib)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _arrays(binary: Binary, state: State, centres: Any, shown: dict[str, Any]) -> dict[str, Any]:
    """What the program reads from files, by its name GROUP.VARIABLE."""
    structure = binary.structure
    arrays = {
        "synapses.theta": state.theta.T if binary.theta_transposed else state.theta,
        "inputs.x_slow": state.x_slow,
        "inputs.x_fast": state.x_fast,
    }
    for name, values in shown.items():
        if name in binary.shown:
            frames = structure["frames"] if name in ("stimulus", "lasts") else 1
            padded = np.zeros((structure["capacity"] * frames, *np.shape(values)[1:]))
            padded[: len(values)] = values
            arrays[f"{name}.values"] = padded
    arrays |= {f"outputs.{name}": value for name, value in state.outputs.items()}
    if structure["coding"] == "tuning":
        arrays |= {f"inputs.centre_{d}": centres[:, d] for d in range(structure["num_features"])}
    return arrays


def _parameters(binary: Binary, values: Mapping[str, Any]) -> dict[str, float]:
    """Values of the parameters that each group of the program uses, in base units."""
    return {
        f"{group}.p_{name}": float(values[name])
        for name in binary.structure["units"]
        for group in ("inputs", "outputs", "synapses")
        if f"{group}.p_{name}" in binary.arrays
    }


def _write(binary: Binary, folder: Path, name: str, array: ArrayLike) -> str:
    """Write an array where the program shall read it; the argument that tells it so."""
    array = np.ascontiguousarray(array, dtype=float)
    expected = _expected_size(binary, name)
    if array.size != expected or not np.isfinite(array).all():
        raise InputError(
            f"{name}: {array.size} values, {np.isfinite(array).sum()} finite; expected {expected}"
            " finite values"
        )
    path = folder / f"in-{name}"
    path.write_bytes(array.tobytes())  # unlike tofile, says when the disk is full
    return f"{binary.stored_name(name)}={path}"


def _expected_size(binary: Binary, name: str) -> int:
    s = binary.structure
    width = s["I"] if s["coding"] == "rates" else s["num_features"]
    sizes = {
        "synapses.theta": s["K"] * s["I"],
        "stimulus.values": s["capacity"] * s["frames"] * width,
        "lasts.values": s["capacity"] * s["frames"],
        "labels.values": s["capacity"],
        "temperature_at.values": s["capacity"],
    }
    return sizes.get(name, s["I"] if name.startswith("inputs.") else s["K"])


def steps_of_period(binary: Binary) -> int:
    """Steps from the beginning of a sample to that of the next."""
    return round(binary.structure["sample_length"] / binary.structure["dt"])


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


class Results:
    """The results file of a program: its arrays, each as its number of values, an int64, and these.

    Raises RunError for anything in it that is not expected.
    """

    def __init__(self, binary: Binary, path: Path) -> None:
        self.binary, self.arrays = binary, {}
        with open(path, "rb") as file:
            for name, dtype in {**binary.arrays, "peak": "<i8"}.items():
                count = int.from_bytes(file.read(8), "little")
                self.arrays[name] = np.fromfile(file, dtype, count)
            if len(self.arrays["peak"]) != 1 or file.read():
                size = path.stat().st_size
                raise RunError(f"the compiled network left {size} bytes that are not its results")

    @property
    def peak_mib(self) -> float:
        """Peak memory of the program in MiB."""
        return self.array("peak", 1)[0] / 1024

    def array(self, name: str, size: int | None = None) -> NDArray:
        """The values of a variable, of which there must be `size`."""
        array = self.arrays[name]
        if size is not None and len(array) != size:
            raise RunError(
                f"the compiled network left {len(array)} values of {name}; expected {size}"
            )
        return array

    def check_taken(
        self, scalars: dict[str, float], arrays: dict[str, Any], replayed: int | None
    ) -> None:
        """See that the program took what it was given: it ignores what it cannot read.

        replayed : spikes of inputs that it was given, None where it draws them.
        """
        if replayed is not None and self.array(f"inputs.{REPLAYED}", 1)[0] != replayed:
            raise RunError(f"the compiled network did not replay all {replayed} input spikes")
        for name, value in scalars.items():
            if not np.allclose(self.array(name, 1), value, rtol=1e-12, atol=0):
                raise RunError(f"the compiled network did not take {name}={value!r}")
        for name, value in arrays.items():
            if ".centre_" in name and not np.array_equal(self.array(name, len(value)), value):
                raise RunError(f"the compiled network did not take the values of {name}")

    def state(self, further: list[str]) -> State:
        """The State at the end, with these further variables of the outputs."""
        K, I = self.binary.structure["K"], self.binary.structure["I"]
        theta = self.array("synapses.theta", K * I)
        transposed = self.binary.theta_transposed
        theta = theta.reshape(I, K).T.copy() if transposed else theta.reshape(K, I)
        if not np.isfinite(theta).all():
            raise RunError("theta is no longer finite; lower b, N or the noise")
        slow, fast = map(self.trace, TRACES)
        return State(theta, slow, fast, {name: self.array(f"outputs.{name}") for name in further})

    def trace(self, x: str) -> NDArray:
        """A trace of the inputs, (I,): what is stored, times its frame where it has one."""
        stored = self.array(self.binary.stored_name(f"inputs.{x}"))
        framed = f"inputs.frame_{x}" in self.arrays
        return stored * self.array(f"inputs.frame_{x}", 1) if framed else stored

    def spikes(self, recorded: set[str]) -> dict[str, Spikes]:
        """Spikes of those of the recorded populations that the network has."""
        spikes = {}
        for population, monitor in MONITORS.items():
            if population in recorded and f"{monitor}.N" in self.binary.arrays:
                size = self.array(f"{monitor}.N", 1)[0]
                times, neurons = (self.array(f"{monitor}.{part}", size) for part in "ti")
                spikes[population] = Spikes(times, neurons)
        return spikes

    def counts(self, spikes: Spikes, num_samples: int) -> NDArray[np.int64]:
        """Spikes of each output in each sample, (num_samples, K)."""
        s = self.binary.structure
        counts = np.zeros((num_samples, s["K"]), dtype=np.int64)
        steps = np.rint(spikes.times / s["dt"]).astype(np.int64)
        np.add.at(counts, (steps // round(s["sample_length"] / s["dt"]), spikes.neurons), 1)
        return counts
