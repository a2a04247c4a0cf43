"""Trajectories of chosen synapses: what their state is at the begin of every grid step of a chunk.

The program looks for the numbers of the synapses in a file of the chunk's folder, and writes to
another. Where there is none it costs a branch at each grid step, and it never changes a number.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError, RunError
from spikesampler.spiking.names import engine_name
from spikesampler.spiking.parts import steps_of_loop
from spikesampler.spiking.state import variables

__all__ = ["grid_steps", "read_trajectories", "recording_code", "write_chosen"]

CHOSEN, WRITTEN = "recorded", "trajectories"  #: the two files


def _names(structure: Mapping[str, Any]) -> tuple[str, ...]:
    """States of a synapse, in the order of the file."""
    return ("theta", *variables(structure).synapses)


def recording_code(structure: Mapping[str, Any], synapses: Any) -> str:
    """C++ for the loop of a chunk that adds every state of the chosen synapses.

    synapses : the Brian2 group. What is stored divided by a frame is multiplied by it.
    """
    import brian2 as b2

    def array(variable: str) -> str:
        return "brian::" + b2.get_device().get_array_name(
            synapses.variables[variable], access_data=False
        )

    lines = []
    for name in map(engine_name, _names(structure)):
        framed = f"stored_{name}" in synapses.variables
        values, frame = (
            (f"stored_{name}", f"{array(f'frame_{name}')}[0]") if framed else (name, "1")
        )
        lines.append(f"trajectories.add({array(values)}, {frame});")
    return " ".join(lines)


def write_chosen(
    folder: Path, structure: Mapping[str, Any], chosen: NDArray[np.integer], transposed: bool
) -> None:
    """Tell a program which synapses: chosen (n, 2), output and input of each.

    transposed : whether it has the synapses of an input in a row, and not those of an output.
    """
    K, I = structure["K"], structure["I"]
    if not ((chosen >= 0) & (chosen < [K, I])).all():
        raise InputError(
            f"synapses to record: expected outputs from 0 to {K - 1} and inputs from 0 to {I - 1}"
        )
    outputs, inputs = chosen.T
    numbers = inputs * K + outputs if transposed else outputs * I + inputs
    (folder / CHOSEN).write_bytes(numbers.astype("<i8").tobytes())


def grid_steps(structure: Mapping[str, Any], first_step: int, num_steps: int) -> NDArray[np.int64]:
    """Numbers of the steps, counted from the start of learning, at which the grid is due."""
    every = steps_of_loop(dict(structure))["grid_every"]
    return np.arange(-(-first_step // every), -(-(first_step + num_steps) // every)) * every


def read_trajectories(
    folder: Path, structure: Mapping[str, Any], num_chosen: int, num_grid_steps: int
) -> dict[str, NDArray[np.float64]]:
    """{state: values (num_grid_steps, num_chosen)} that a program wrote."""
    names = _names(structure)
    values = np.fromfile(folder / WRITTEN, "<f8")
    shape = num_grid_steps, len(names), num_chosen
    if values.size != np.prod(shape):
        raise RunError(
            f"the compiled network left {values.size} values of trajectories; expected"
            f" {np.prod(shape)}"
        )
    values = values.reshape(shape)
    return {name: values[:, number] for number, name in enumerate(names)}
