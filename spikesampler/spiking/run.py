"""Run a binary: state in, one chunk of samples, state and spikes out. No Brian2 here.

A chunk is a process of its own, so memory is bounded, a kill costs one chunk at most, and an
interrupted and resumed run has the same bits as an uninterrupted one: state and seed are all that a
chunk depends on.
"""

import errno
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spikesampler.errors import InputError
from spikesampler.spiking.network import TRACES, differential_variables
from spikesampler.store.signals import signals_later

SUMS = ("v_slow", "v_fast")  #: sums over synapses: rebuilt at the start of a chunk, not carried


class State(NamedTuple):
    """What is carried over from sample to sample.

    theta (K, I); x_slow, x_fast (I,): the two parts of the PSP; outputs: further variables of the
    outputs, each (K,).
    """

    theta: np.ndarray
    x_slow: np.ndarray
    x_fast: np.ndarray
    outputs: dict


class Spikes(NamedTuple):
    """Times in s from the start of the chunk, and neuron numbers, sorted by time; in a step, in any
    order.
    """

    times: np.ndarray
    neurons: np.ndarray


class Chunk(NamedTuple):
    """What came out: counts (num_samples, K) of output spikes, spikes by population.

    engine_seconds: wall time of the program in s; peak_mib: its peak memory in MiB, 0 where this is
    not Linux.
    """

    state: State
    counts: np.ndarray
    spikes: dict
    engine_seconds: float
    peak_mib: float


def silent_state(theta, structure):
    """State with these synapses and no activity; theta has shape (K, I)."""
    extra = [name for name in differential_variables(structure["outputs"]) if name not in SUMS]
    K, I = theta.shape
    return State(
        np.array(theta, dtype=float),
        np.zeros(I),
        np.zeros(I),
        {name: np.zeros(K) for name in extra},
    )


def start_process(command, cwd):
    return subprocess.Popen(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def run_chunk(
    binary,
    state,
    points,
    labels,
    *,
    values,
    centres,
    temperature,
    plastic,
    seed,
    work,
    v=1.0,
    record_inputs=True,
):
    """Show `points` (n, num_features) with `labels` (n,) to the network and return a Chunk.

    values: parameters in base units by name, with theta_max; centres (I, D), or None for pixel
    rates; temperature (n,): of the noise in each sample; plastic False freezes synapses, noise and
    teacher; seed: unsigned 32-bit; work: folder for temporary files; record_inputs False leaves out
    the spikes of the inputs. Raises InputError for arrays of the wrong shape or not finite,
    RuntimeError if it fails.
    """
    structure = binary.structure
    n, capacity = len(points), structure["capacity"]
    if not 0 < n <= capacity:
        raise InputError(f"{n} samples in a chunk: expected 1 to {capacity}")

    def padded(array):
        out = np.zeros((capacity, *np.shape(array)[1:]))
        out[:n] = array
        return out

    theta = state.theta.T if binary.theta_transposed else state.theta
    files = {
        "synapses.theta": theta,
        "inputs.x_slow": state.x_slow,
        "inputs.x_fast": state.x_fast,
        "stimulus.values": padded(points),
        "labels.values": padded(labels),
        "temperature_at.values": padded(temperature),
    }
    files = {
        name: array
        for name, array in files.items()
        if not name.endswith(".values") or name[:-7] in binary.shown
    }
    files |= {f"outputs.{name}": value for name, value in state.outputs.items()}
    if structure["coding"] == "tuning":
        files |= {f"inputs.centre_{d}": centres[:, d] for d in range(structure["num_features"])}
    scalars = {
        "outputs.plastic": float(plastic),
        "outputs.record_inputs": int(record_inputs),
        "outputs.num_samples": n,
        "outputs.random_seed": int(np.uint32(seed).view(np.int32)),
    }
    values = {**values, "v": v}
    for name in structure["units"]:
        scalars |= {
            f"{group}.p_{name}": float(values[name])
            for group in ("inputs", "outputs", "synapses")
            if f"{group}.p_{name}" in binary.arrays
        }

    folder = Path(tempfile.mkdtemp(dir=Path(work).resolve(), prefix="chunk-"))
    try:
        command = ["./main", "--results_dir", f"{folder}{os.sep}"]
        for name, array in files.items():
            array = np.ascontiguousarray(array, dtype=float)
            expected = _expected_size(binary, name)
            if array.size != expected or not np.isfinite(array).all():
                raise InputError(
                    f"{name}: {array.size} values, {np.isfinite(array).sum()} finite; expected"
                    f" {expected} finite values"
                )
            path = folder / f"in-{name}"
            path.write_bytes(array.tobytes())  # unlike tofile, says when the disk is full
            command.append(f"{binary.stored_name(name)}={path}")
        command += [f"{name}={value!r}" for name, value in scalars.items()]
        start = time.perf_counter()
        _call(command, binary.folder)
        seconds = time.perf_counter() - start
        return _read(binary, folder, files, scalars, n, seconds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _expected_size(binary, name):
    s = binary.structure
    width = s["I"] if s["coding"] == "rates" else s["num_features"]
    sizes = {
        "synapses.theta": s["K"] * s["I"],
        "stimulus.values": s["capacity"] * width,
        "labels.values": s["capacity"],
        "temperature_at.values": s["capacity"],
    }
    return sizes.get(name, s["I"] if name.startswith("inputs.") else s["K"])


def _call(command, cwd):
    process = None
    try:
        with signals_later():
            process = start_process(command, cwd)
        _, complaints = process.communicate()
    except BaseException:  # a signal: do not leave the program running
        if process is not None:
            process.kill()
            process.wait()
        raise
    if process.returncode == os.EX_IOERR:
        raise OSError(
            errno.ENOSPC, "the compiled network could not write its results: is the disk full?"
        )
    if process.returncode or complaints.strip():
        last = (complaints.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        raise RuntimeError(f"the compiled network failed with status {process.returncode}: {last}")


def _results(binary, path):
    """The arrays of a results file by name, each kept as its number of values, an int64, and
    these.
    """
    arrays = {}
    with open(path, "rb") as file:
        for name, dtype in {**binary.arrays, "peak": "<i8"}.items():
            count = int.from_bytes(file.read(8), "little")
            arrays[name] = np.fromfile(file, dtype, count)
        if len(arrays["peak"]) != 1 or file.read():
            raise RuntimeError(
                f"the compiled network left {path.stat().st_size} bytes that are not its results"
            )
    return arrays


def _read(binary, folder, files, scalars, n, seconds):
    arrays = _results(binary, folder / "results")

    def array(name, size=None):
        if size is not None and len(arrays[name]) != size:
            raise RuntimeError(
                f"the compiled network left {len(arrays[name])} values of {name}; expected {size}"
            )
        return arrays[name]

    # the program ignores what it cannot read, so see that it took what it was given
    for name, value in scalars.items():
        if not np.allclose(array(name, 1), value, rtol=1e-12, atol=0):
            raise RuntimeError(f"the compiled network did not take {name}={value!r}")
    for name, value in files.items():
        if ".centre_" in name and not np.array_equal(array(name, len(value)), value):
            raise RuntimeError(f"the compiled network did not take the values of {name}")
    s = binary.structure
    theta = array("synapses.theta", s["K"] * s["I"])
    theta = (
        theta.reshape(s["I"], s["K"]).T.copy()
        if binary.theta_transposed
        else theta.reshape(s["K"], s["I"])
    )
    if not np.isfinite(theta).all():
        raise RuntimeError("theta is no longer finite; lower b, N or the noise")
    extra = {name.split(".", 1)[1]: array(name) for name in files if name.startswith("outputs.")}
    traces = [array(binary.stored_name(f"inputs.{x}")) for x in TRACES]
    if "inputs.frame_x_slow" in binary.arrays:
        traces = [trace * array(f"inputs.frame_{x}", 1) for x, trace in zip(TRACES, traces)]
    state = State(theta, *traces, extra)
    monitors = {"inputs": "input_spikes", "outputs": "output_spikes", "teacher": "teacher_events"}
    if not scalars["outputs.record_inputs"]:
        del monitors["inputs"]
    sizes = {
        monitor: array(f"{monitor}.N", 1)[0]
        for monitor in monitors.values()
        if f"{monitor}.N" in binary.arrays
    }
    spikes = {
        population: Spikes(
            array(f"{monitor}.t", sizes[monitor]), array(f"{monitor}.i", sizes[monitor])
        )
        for population, monitor in monitors.items()
        if monitor in sizes
    }
    counts = np.zeros((n, s["K"]), dtype=np.int64)
    steps = np.rint(spikes["outputs"].times / s["dt"]).astype(np.int64)
    np.add.at(counts, (steps // round(s["sample_length"] / s["dt"]), spikes["outputs"].neurons), 1)
    return Chunk(state, counts, spikes, seconds, array("peak", 1)[0] / 1024)
