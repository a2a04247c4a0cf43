"""Trajectories of chosen synapses and of variables of outputs and signals: what these are at the
begin of every grid step of a chunk; and snapshots of all synapses at the begin of some steps.

The program looks for what to record in a file of the chunk's folder, and writes to another. Where
there is none it costs a branch at each grid step, and it never changes a number.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError, RunError
from spikesampler.language.blocks import differential_names, read_equations
from spikesampler.spiking.names import engine_name
from spikesampler.spiking.parts import steps_of_loop
from spikesampler.spiking.state import ANSWER, variables

__all__ = [
    "grid_steps",
    "numbers_of",
    "read_snapshots",
    "read_trajectories",
    "recording_code",
    "snapshot_code",
    "write_chosen",
    "write_wanted",
]

CHOSEN, WRITTEN = "recorded", "trajectories"  #: the two files
#: those of snapshots: states of synapses, when, and what the program wrote
WANTED, MOMENTS, SNAPSHOTS = "wanted", "moments", "snapshots"


def _of_synapses(structure: Mapping[str, Any]) -> tuple[str, ...]:
    """States of a synapse, the first in the files."""
    return ("theta", *variables(structure).synapses)


def _of_network(structure: Mapping[str, Any]) -> set[str]:
    """Variables of which every output has the same copy."""
    return {*differential_names(read_equations(structure["rule"]["signals"])), *ANSWER}


def recording_code(structure: Mapping[str, Any], synapses: Any, outputs: Any) -> str:
    """C++ for the loop of a chunk that adds every variable that can be recorded.

    synapses, outputs : the Brian2 groups. What is stored divided by a frame is multiplied by it.
    """
    of_outputs = variables(structure).outputs
    lines = [*_added("trajectories", synapses, _of_synapses(structure))]
    return " ".join(["trajectories.begin();", *lines, *_added("trajectories", outputs, of_outputs)])


def snapshot_code(structure: Mapping[str, Any], synapses: Any) -> str:
    """C++ for the loop of a chunk that adds every state of the synapses."""
    return " ".join(["snapshots.begin();", *_added("snapshots", synapses, _of_synapses(structure))])


def _added(to: str, group: Any, names: Collection[str]) -> list[str]:
    """C++ that adds variables of a Brian2 group."""
    import brian2 as b2

    def array(variable: str) -> str:
        return "brian::" + b2.get_device().get_array_name(
            group.variables[variable], access_data=False
        )

    lines = []
    for name in map(engine_name, names):
        framed = f"stored_{name}" in group.variables
        values, frame = (f"stored_{name}", f"{array(f'frame_{name}')}[0]") if framed else (name, 1)
        lines.append(f"{to}.add({array(values)}, {frame});")
    return lines


def numbers_of(
    structure: Mapping[str, Any],
    chosen: NDArray[np.integer] | None,
    recorded: Collection[str] = (),
    transposed: bool = False,
) -> dict[str, NDArray[np.int64]]:
    """{variable: numbers that are recorded of it}, in the order of the files.

    chosen : (n, 2), output and input of synapses, all states of which are recorded. recorded :
    names of states of outputs and signals; of all outputs, and of a signal the one that there is.
    transposed : whether the program has the synapses of an input in a row, and not those of an
    output.
    """
    K, I = structure["K"], structure["I"]
    outputs, inputs = (np.empty((0, 2), np.int64) if chosen is None else chosen).T
    if not ((outputs >= 0) & (outputs < K) & (inputs >= 0) & (inputs < I)).all():
        raise InputError(
            f"synapses to record: expected outputs from 0 to {K - 1} and inputs from 0 to {I - 1}"
        )
    of_outputs, of_network = variables(structure).outputs, _of_network(structure)
    if unknown := [name for name in recorded if name not in of_outputs]:
        raise InputError(
            f"variable to record: {unknown[0]}; expected some of {', '.join(of_outputs) or 'none'}"
        )
    synapses = inputs * K + outputs if transposed else outputs * I + inputs
    numbers = dict.fromkeys(_of_synapses(structure), synapses.astype(np.int64))
    for name in of_outputs:
        wanted = (1 if name in of_network else K) if name in recorded else 0
        numbers[name] = np.arange(wanted)
    return numbers


def write_chosen(folder: Path, numbers: Mapping[str, NDArray[np.int64]]) -> None:
    """Tell a program what to record, as `numbers_of` says."""
    file = np.concatenate([[len(wanted), *wanted] for wanted in numbers.values()])
    (folder / CHOSEN).write_bytes(file.astype("<i8").tobytes())


def write_wanted(
    folder: Path,
    structure: Mapping[str, Any],
    moments: Sequence[int],
    wanted: Collection[str],
    transposed: bool = False,
) -> None:
    """Tell a program to keep states of all synapses at the begin of steps of the chunk.

    moments : numbers of these steps, in order. wanted : names of the states. transposed : as for
    `numbers_of`.
    """
    K, I = structure["K"], structure["I"]
    numbers = np.arange(K * I).reshape((I, K)).T if transposed else np.arange(K * I)
    file = [
        np.concatenate([[K * I], numbers.ravel()]) if name in wanted else np.zeros(1, np.int64)
        for name in _of_synapses(structure)
    ]
    (folder / WANTED).write_bytes(np.concatenate(file).astype("<i8").tobytes())
    (folder / MOMENTS).write_bytes(np.array(moments, "<i8").tobytes())


def read_snapshots(
    folder: Path, structure: Mapping[str, Any], number: int, wanted: Collection[str]
) -> dict[str, NDArray[np.float64]]:
    """{state: values (number, K, I)} that a program wrote of what `write_wanted` told it."""
    names = [name for name in _of_synapses(structure) if name in wanted]
    shape = number, len(names), structure["K"], structure["I"]
    values = np.fromfile(folder / SNAPSHOTS, "<f8")
    if values.size != np.prod(shape):
        raise RunError(
            f"the compiled network left {values.size} values of snapshots; expected"
            f" {np.prod(shape)}"
        )
    values = values.reshape(shape)
    return {name: values[:, place] for place, name in enumerate(names)}


def grid_steps(structure: Mapping[str, Any], first_step: int, num_steps: int) -> NDArray[np.int64]:
    """Numbers of the steps, counted from the start of learning, at which the grid is due."""
    every = steps_of_loop(dict(structure))["grid_every"]
    return np.arange(-(-first_step // every), -(-(first_step + num_steps) // every)) * every


def read_trajectories(
    folder: Path,
    structure: Mapping[str, Any],
    numbers: Mapping[str, NDArray[np.int64]],
    num_grid_steps: int,
) -> dict[str, NDArray[np.float64]]:
    """{variable: values (num_grid_steps, n)} that a program wrote; (num_grid_steps,) of a signal.

    numbers : what was recorded, as `numbers_of` says.
    """
    values = np.fromfile(folder / WRITTEN, "<f8")
    ends = np.cumsum([0, *map(len, numbers.values())])
    if values.size != num_grid_steps * ends[-1]:
        raise RunError(
            f"the compiled network left {values.size} values of trajectories; expected"
            f" {num_grid_steps * ends[-1]}"
        )
    values, of_network = values.reshape(num_grid_steps, ends[-1]), _of_network(structure)
    return {
        name: values[:, first] if name in of_network else values[:, first:last]
        for name, (first, last) in zip(numbers, pairwise(ends.tolist()))
        if last > first
    }
