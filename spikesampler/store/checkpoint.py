"""What a run keeps while it runs: its last two states, and the spikes and learning records of every
chunk.

All are NPZ files in the run's `checkpoint` folder, each replaced as a whole and carrying its
checksum: `state_000012.npz`, `spikes_000012.npz`, `records_000012.npz`. A chunk's parts are saved
before its state, so whatever a killed run left, every chunk up to its last state is complete, and a
chunk computed again replaces its own parts. `task.npz` has what one who looks on while the run goes
needs besides.
"""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spikesampler.errors import DamagedError, InputError
from spikesampler.store.arrays import read_arrays, read_info, write_arrays
from spikesampler.store.atomic import disk_errors
from spikesampler.store.folders import make_folder

__all__ = [
    "TASK",
    "State",
    "load_last_state",
    "load_records",
    "load_task",
    "part_paths",
    "remove_parts",
    "save_records",
    "save_spikes",
    "save_state",
    "save_task",
]

TASK = "task.npz"


class State(NamedTuple):
    """The newest intact checkpoint; `note` says, in one line, if a newer one was damaged (""
    otherwise).
    """

    index: int
    arrays: dict
    info: dict
    note: str


def _numbered(folder, kind):
    """{index: path} of one kind of file, in order of index."""
    names = re.compile(rf"{kind}_(\d+)\.npz")
    found = {
        int(match[1]): path
        for path in Path(folder).glob(f"{kind}_*.npz")
        if (match := names.fullmatch(path.name))
    }
    return dict(sorted(found.items()))


def _save(folder, kind, index, arrays, info=None):
    make_folder(folder)
    write_arrays(Path(folder) / f"{kind}_{index:06d}.npz", arrays, info)


def save_state(folder, index, arrays, info):
    """Save the state after chunk `index`: {name: array} and JSON facts; the state before it is
    kept, older ones go.
    """
    _save(folder, "state", index, arrays, info)
    states = _numbered(folder, "state")
    previous = max((other for other in states if other < index), default=index)
    with disk_errors(folder):
        for other, path in states.items():
            if other not in (previous, index):
                path.unlink(missing_ok=True)


def load_last_state(folder):
    """The newest intact State, or None where no state was ever saved.

    When the newest is damaged, the one before it is given with a note: its chunks are computed
    again, to the same bits. Raises DamagedError when states exist and none is intact.
    """
    damage = []
    for index, path in reversed(_numbered(folder, "state").items()):
        try:
            with read_arrays(path) as arrays:
                note = (
                    f"{damage[0]}; going on from {path.name}, the state before it" if damage else ""
                )
                return State(
                    index, {name: read() for name, read in arrays.items()}, read_info(path), note
                )
        except InputError as error:
            damage.append(str(error).split(":", maxsplit=1)[0] if damage else f"{path} is damaged")
    if damage:
        raise DamagedError(
            f"{damage[0]}, and no older intact state is left: this run cannot be continued: "
            "restore the file from a copy, or delete the run's folder and run again"
        )
    return None


def save_spikes(folder, index, populations):
    """Save chunk `index` of the spikes: {population: (times in ms from the start of learning, node
    ids)}.

    Times (n,) float64 are put in order if they are not; ids (n,) are kept as uint32.
    """
    arrays = {}
    for name, (times, ids) in populations.items():
        times, ids = np.asarray(times, dtype=np.float64), np.asarray(ids)
        if times.shape != ids.shape or times.ndim != 1:
            raise InputError(
                f"spikes of {name}: {times.shape} times and {ids.shape} ids; give one id for each"
                " time"
            )
        if not np.isfinite(times).all() or (
            ids.size and not (ids.dtype.kind in "iu" and 0 <= ids.min() <= ids.max() < 2**32)
        ):
            raise InputError(
                f"spikes of {name}: times must be finite and ids whole numbers from 0 to 2**32 - 1"
            )
        if (np.diff(times) < 0).any():
            order = np.argsort(times, kind="stable")
            times, ids = times[order], ids[order]
        arrays[f"{name}/times"], arrays[f"{name}/ids"] = times, ids.astype(np.uint32)
    _save(folder, "spikes", index, arrays)


def save_records(folder, index, arrays):
    """Save chunk `index` of the learning records: {name: array whose first axis counts samples or
    probes}.
    """
    _save(folder, "records", index, arrays)


def part_paths(folder, kind, num_parts=None):
    """Paths of the parts of one kind ("spikes" or "records") in order.

    With `num_parts`, exactly chunks 0 .. num_parts - 1; DamagedError names the first that is
    missing.
    """
    found = _numbered(folder, kind)
    if num_parts is None:
        return list(found.values())
    for index in range(num_parts):
        if index not in found:
            raise DamagedError(
                f"{Path(folder) / f'{kind}_{index:06d}.npz'} is missing: expected one for each of"
                f" {num_parts} chunks: restore it from a copy, or delete the run's folder and run"
                " again"
            )
    return [found[index] for index in range(num_parts)]


def load_records(folder, num_parts=None):
    """The learning records of all chunks joined along their first axis: {name: array}."""
    pieces = {}
    for number, path in enumerate(part_paths(folder, "records", num_parts)):
        with read_arrays(path) as arrays:
            if number and set(arrays) != set(pieces):
                raise InputError(
                    f"{path} holds {sorted(arrays)}, the parts before it {sorted(pieces)}: "
                    "delete the run's folder and run again"
                )
            for name, read in arrays.items():
                pieces.setdefault(name, []).append(read())
    return {name: np.concatenate(arrays) for name, arrays in pieces.items()}


def save_task(folder, task):
    """Save what the records do not say, a NamedTuple of numbers and arrays:
    `experiments.scores.Task`.
    """
    facts = task._asdict()
    arrays = {name: value for name, value in facts.items() if isinstance(value, np.ndarray)}
    make_folder(folder)
    write_arrays(
        Path(folder) / TASK, arrays, {name: facts[name] for name in facts if name not in arrays}
    )


def load_task(folder):
    """What `save_task` saved: {name: number or array}."""
    path = Path(folder) / TASK
    with read_arrays(path) as arrays:
        return read_info(path) | {name: read() for name, read in arrays.items()}


def remove_parts(folder):
    """Remove all spikes and records parts, and the task, once they are in spikes.h5 and
    learning.nc.
    """
    with disk_errors(folder):
        (Path(folder) / TASK).unlink(missing_ok=True)
        for kind in ("spikes", "records"):
            for path in part_paths(folder, kind):
                path.unlink(missing_ok=True)
