"""Trajectories of chosen synapses and of variables of outputs and signals: what these are at the
begin of every grid step of a chunk; and snapshots of all synapses at the begin of some steps.

The program looks for what to record in a file of the chunk's folder, and writes to another. Where
there is none it costs a branch at each grid step, and it never changes a number.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError, RunError
from spikesampler.language.blocks import differential_names, read_equations
from spikesampler.spiking.names import engine_name
from spikesampler.spiking.parts import steps_of_loop
from spikesampler.spiking.state import variables
from spikesampler.spiking.structure import ANSWER, groups_of, pathway_of, pathway_structures

__all__ = [
    "Column",
    "columns",
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


class Column(NamedTuple):
    """A variable of which a chunk keeps something: what it is called there, and what it is of.

    name : of the model's text; of another pathway than that which answers, PATHWAY/NAME. kind :
    "synapses", "outputs", or "signals", of which there is one.
    """

    name: str
    kind: str
    pathway: str
    variable: str


def columns(structure: Mapping[str, Any]) -> list[Column]:
    """All variables that can be recorded, in the order of the files: pathway by pathway, that which
    answers first.
    """
    of_pathways = pathway_structures(structure)
    main = pathway_of(structure)["name"]
    found = []
    for pathway in sorted(of_pathways, key=lambda name: name != main):
        own, prefix = of_pathways[pathway], "" if pathway == main else f"{pathway}/"
        names = variables(own)
        signals = differential_names(read_equations(own["rule"]["signals"]))
        kinds = {"synapses": ("theta", *names.synapses), "outputs": names.outputs}
        for kind, of_kind in kinds.items():
            for name in of_kind:
                is_one = kind == "outputs" and name in (*signals, *ANSWER)
                found.append(Column(prefix + name, "signals" if is_one else kind, pathway, name))
    return found


def _of_snapshots(structure: Mapping[str, Any]) -> list[Column]:
    """The variables that snapshots may have: of synapses, and, where there are layers, those own
    ones of their neurons that go on in a frozen network, as they belong to what was learnt.
    """
    own = {name: variables(each).own for name, each in pathway_structures(structure).items()}
    return [
        column
        for column in columns(structure)
        if column.kind == "synapses"
        or ("others" in structure and column.variable in own[column.pathway])
    ]


def _shape(structure: Mapping[str, Any], column: Column) -> tuple[int, ...]:
    """Of the values of a variable: (K, I) of synapses, (K,) of neurons."""
    sizes = _sizes(structure, column.pathway)
    return sizes if column.kind == "synapses" else sizes[:1]


def _sizes(structure: Mapping[str, Any], pathway: str) -> tuple[int, int]:
    """Outputs and inputs of a pathway."""
    own = pathway_structures(structure)[pathway]
    return own["K"], own["I"]


def recording_code(structure: Mapping[str, Any], groups: Mapping[str, Any]) -> str:
    """C++ for the loop of a chunk that adds every variable that can be recorded.

    groups : the Brian2 groups by name. What is stored divided by a frame is multiplied by it.
    """
    return _code("trajectories", structure, groups, columns(structure))


def snapshot_code(structure: Mapping[str, Any], groups: Mapping[str, Any]) -> str:
    """C++ for the loop of a chunk that adds every variable of snapshots."""
    return _code("snapshots", structure, groups, _of_snapshots(structure))


def _code(
    to: str, structure: Mapping[str, Any], groups: Mapping[str, Any], wanted: Sequence[Column]
) -> str:
    names, lines = groups_of(structure), [f"{to}.begin();"]
    for column in wanted:
        at = names[column.pathway]
        group = groups[at.synapses if column.kind == "synapses" else at.layer]
        lines += _added(to, group, [column.variable])
    return " ".join(lines)


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
    """{variable: numbers that are recorded of it}, in the order of the files (`columns`).

    chosen : (n, 2), output and input of synapses of the pathway that answers, all states of which
    are recorded. recorded : names of states of outputs and signals; of all outputs, and of a signal
    the one that there is; of another layer with PATHWAY/ before it. transposed : whether the
    program has the synapses of an input in a row, and not those of an output.
    """
    main = pathway_of(structure)["name"]
    K, I = _sizes(structure, main)
    outputs, inputs = (np.empty((0, 2), np.int64) if chosen is None else chosen).T
    if not ((outputs >= 0) & (outputs < K) & (inputs >= 0) & (inputs < I)).all():
        raise InputError(
            f"synapses to record: expected outputs from 0 to {K - 1} and inputs from 0 to {I - 1}"
        )
    of_all = columns(structure)
    known = [column.name for column in of_all if column.kind != "synapses"]
    if unknown := [name for name in recorded if name not in known]:
        raise InputError(
            f"variable to record: {unknown[0]}; expected some of {', '.join(known) or 'none'}"
        )
    synapses = inputs * K + outputs if transposed else outputs * I + inputs
    numbers = {}
    for column in of_all:
        if column.kind == "synapses":
            of_main = column.pathway == main
            numbers[column.name] = synapses.astype(np.int64) if of_main else np.arange(0)
        else:
            size = 1 if column.kind == "signals" else _sizes(structure, column.pathway)[0]
            numbers[column.name] = np.arange(size if column.name in recorded else 0)
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
    """Tell a program to keep states of synapses, and of neurons of layers, at the begin of some
    steps of the chunk.

    moments : numbers of these steps, in order. wanted : names of the states. transposed : as for
    `numbers_of`.
    """
    file = []
    for column in _of_snapshots(structure):
        shape = _shape(structure, column)
        numbers = np.arange(math.prod(shape)).reshape(shape)
        if transposed and len(shape) > 1:
            numbers = np.arange(numbers.size).reshape(shape[::-1]).T
        is_wanted = column.name in wanted
        file.append(np.concatenate([[numbers.size], numbers.ravel()] if is_wanted else [[0]]))
    (folder / WANTED).write_bytes(np.concatenate(file).astype("<i8").tobytes())
    (folder / MOMENTS).write_bytes(np.array(moments, "<i8").tobytes())


def read_snapshots(
    folder: Path, structure: Mapping[str, Any], number: int, wanted: Collection[str]
) -> dict[str, NDArray[np.float64]]:
    """{state: values (number, K, I)} that a program wrote of what `write_wanted` told it.

    Those of another pathway, PATHWAY/STATE, have its sizes, and those of neurons are (number, K).
    """
    kept = [column for column in _of_snapshots(structure) if column.name in wanted]
    shapes = {column.name: _shape(structure, column) for column in kept}
    ends = np.cumsum([0, *map(math.prod, shapes.values())])
    values = np.fromfile(folder / SNAPSHOTS, "<f8")
    if values.size != number * ends[-1]:
        raise RunError(
            f"the compiled network left {values.size} values of snapshots; expected"
            f" {number * ends[-1]}"
        )
    values = values.reshape(number, ends[-1])
    return {
        name: values[:, first:last].reshape(number, *shape)
        for (name, shape), (first, last) in zip(shapes.items(), pairwise(ends.tolist()))
    }


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
    values = values.reshape(num_grid_steps, ends[-1])
    of_network = {column.name for column in columns(structure) if column.kind == "signals"}
    return {
        name: values[:, first] if name in of_network else values[:, first:last]
        for name, (first, last) in zip(numbers, pairwise(ends.tolist()))
        if last > first
    }
