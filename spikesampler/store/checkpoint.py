"""What a run keeps while it runs: its last two states, spikes and records of every chunk.

All are files in the run's `checkpoint` folder, each replaced as a whole and carrying its checksum:
`state_000012.npz`, `spikes_000012.npz`, `records_000012.npz`, of which equal runs have equal bytes,
and `took_000012.json`, what the run took so far. A chunk's parts are saved before its state, so
whatever a killed run left, every chunk up to its last state is complete, and a chunk computed again
replaces its own parts. `task.npz` has what one who looks on while the run goes needs besides.

The state after a chunk that ends only because the run does is called `end_000012.npz`: a longer run
has no border there. It goes with the parts when the run is finished; the other states that are kept
stay, with what learning.nc does not say (`probes.npz`), for who goes on with more samples.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spikesampler.errors import DamagedError, InputError
from spikesampler.store.arrays import load_arrays, read_info, write_arrays
from spikesampler.store.atomic import disk_errors
from spikesampler.store.checked_json import read_json, write_json
from spikesampler.store.folders import make_folder
from spikesampler.store.json_file import ANY

__all__ = [
    "OWN",
    "STOPPED",
    "TASK",
    "State",
    "has_parts",
    "load_last_state",
    "load_part",
    "load_records",
    "load_task",
    "load_took",
    "part_indices",
    "part_paths",
    "remove_parts",
    "save_part",
    "save_records",
    "save_spikes",
    "save_state",
    "save_task",
    "save_took",
    "spikes_of_part",
    "state_indices",
]

TASK, STOPPED = "task.npz", "stopped.json"
OWN = "own."  #: how names of records begin that the run's caller measured at its probes
#: kinds of parts that go when the run is finished
PARTS = ("spikes", "records", "trajectories", "snapshots", "end")

_ANEW = "restore it from a copy, or delete the run's folder and run again"

Loader = Callable[[], np.ndarray]  #: of one array from the disk


@dataclass(frozen=True)
class State:
    """The newest intact checkpoint, after chunk `index`: {name: array} and facts.

    note : in one line, that a newer one was damaged; "" otherwise.
    """

    index: int
    arrays: dict[str, np.ndarray]
    info: dict[str, Any]
    note: str


def _numbered(folder, kind, ending="npz"):
    """{index: path} of one kind of file, in order of index."""
    name = re.compile(rf"{kind}_(\d+)\.{ending}")
    paths = Path(folder).glob(f"{kind}_*.{ending}")
    return dict(sorted((int(m[1]), path) for path in paths if (m := name.fullmatch(path.name))))


def _save(folder, kind, index, arrays, info=None):
    make_folder(folder)
    write_arrays(Path(folder) / f"{kind}_{index:06d}.npz", arrays, info)


def save_state(
    folder: str | Path,
    index: int,
    arrays: Mapping[str, Any],
    info: Mapping[str, Any],
    *,
    keep: Collection[int] = (),
    at_end: bool = False,
) -> None:
    """Save the state after chunk `index`, {name: array} and JSON facts.

    keep : chunks whose states stay; of the others that are older, one does. at_end : whether the
    chunk only ends here because the run does.
    """
    _save(folder, "end" if at_end else "state", index, arrays, info)
    timings, staying = _numbered(folder, "took", "json"), {index, *keep}
    staying |= {
        max((other for other in _numbered(folder, "state") if other < index), default=index)
    }
    with disk_errors(folder):
        for kind in ("state", "end"):
            for other, path in _numbered(folder, kind).items():
                if other not in staying or (other == index and (kind == "end") != at_end):
                    path.unlink(missing_ok=True)
        for other, path in timings.items():
            if other not in staying:
                path.unlink(missing_ok=True)


def state_indices(folder: str | Path) -> list[int]:
    """Chunks after which the state is kept, in order, but for the end of the run."""
    return part_indices(folder, "state")


def part_indices(folder: str | Path, kind: str) -> list[int]:
    """Chunks that have a part of one kind, such as "snapshots", in order."""
    return list(_numbered(folder, kind))


def _took_path(folder, index):
    return Path(folder) / f"took_{index:06d}.json"


def save_took(folder: str | Path, index: int, took: Mapping[str, float]) -> None:
    """Save what the run took up to the end of chunk `index`, such as engine_seconds.

    Beside the state, not in it: states of equal runs have equal bytes.
    """
    make_folder(folder)
    write_json(_took_path(folder, index), took)


def load_took(folder: str | Path, index: int) -> dict[str, Any]:
    """What `save_took` saved; {} where there is none."""
    path = _took_path(folder, index)
    remedy = "restore it from a copy, or delete it, and the run's seconds count from here"
    return read_json(path, {str: ANY}, remedy) if path.exists() else {}


def load_last_state(folder: str | Path) -> State | None:
    """The newest intact State, or None where no state was ever saved.

    When the newest is damaged, the one before it is given with a note: its chunks are computed
    again, to the same bits. Raises DamagedError when states exist and none is intact.
    """
    damage = ""
    paths = _numbered(folder, "state") | _numbered(folder, "end")
    for index, path in sorted(paths.items(), reverse=True):
        note = f"{damage}; going on from {path.name}, the state before it" if damage else ""
        try:
            return State(index, load_arrays(path), read_info(path), note)
        except InputError:
            damage = damage or f"{path} is damaged"
    if damage:
        raise DamagedError(
            f"{damage}, and no older intact state is left: this run cannot be continued: "
            "restore the file from a copy, or delete the run's folder and run again"
        )
    return None


def save_spikes(
    folder: str | Path, index: int, populations: Mapping[str, tuple[ArrayLike, ArrayLike]]
) -> None:
    """Save chunk `index` of the spikes: {population: (times, node ids)}.

    Times (n,) in ms from the start of learning are put in order if they are not; ids (n,) are kept
    as uint32. Raises InputError for what spikes cannot be.
    """
    arrays: dict[str, np.ndarray] = {}
    for name, spikes in populations.items():
        times, ids = np.asarray(spikes[0], dtype=np.float64), np.asarray(spikes[1])
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


def spikes_of_part(arrays: Mapping[str, Loader]) -> dict[str, tuple[Loader, Loader]]:
    """{population: what loads its times (n,) in ms and its ids (n,)} of a part, sorted by name.

    arrays : of one part of the spikes, as `store.arrays.read_arrays` gives them.
    """
    names = sorted(key.removesuffix("/times") for key in arrays if key.endswith("/times"))
    return {name: (arrays[f"{name}/times"], arrays[f"{name}/ids"]) for name in names}


def save_records(folder: str | Path, index: int, arrays: Mapping[str, Any]) -> None:
    """Save chunk `index` of the records: {name: array whose first axis is samples or probes}."""
    _save(folder, "records", index, arrays)


def save_part(folder: str | Path, kind: str, index: int, arrays: Mapping[str, Any]) -> None:
    """Save one file of chunk `index`: {name: array}."""
    _save(folder, kind, index, arrays)


def load_part(folder: str | Path, kind: str, index: int) -> dict[str, np.ndarray]:
    """{name: array} of one file, such as the "state" after chunk `index`.

    Raises DamagedError where it is missing or not whole.
    """
    path = Path(folder) / f"{kind}_{index:06d}.npz"
    if not path.exists():
        raise DamagedError(f"{path} is missing: {_ANEW}")
    return load_arrays(path)


def part_paths(folder: str | Path, kind: str, num_parts: int | None = None) -> list[Path]:
    """Paths of the parts of one kind, such as "spikes" or "records", in order.

    With `num_parts`, exactly chunks 0 .. num_parts - 1; DamagedError names the first that is
    missing.
    """
    paths = _numbered(folder, kind)
    if num_parts is None:
        return list(paths.values())
    for index in range(num_parts):
        if index not in paths:
            raise DamagedError(
                f"{Path(folder) / f'{kind}_{index:06d}.npz'} is missing: expected one for each of"
                f" {num_parts} chunks: {_ANEW}"
            )
    return [paths[index] for index in range(num_parts)]


def load_records(folder: str | Path, num_parts: int | None = None) -> dict[str, np.ndarray]:
    """{name: array (n, …)}: the learning records of all chunks, joined along their first axis.

    What the caller measured (OWN) is nan at probes where it was not.
    """
    parts: dict[str, list[np.ndarray]] = {}
    loaded = [(path, load_arrays(path)) for path in part_paths(folder, "records", num_parts)]
    own = sorted({name for _, arrays in loaded for name in arrays if name.startswith(OWN)})
    for number, (path, arrays) in enumerate(loaded):
        for name in own:
            arrays.setdefault(name, np.full(len(arrays["probe_seen"]), np.nan))
        if number and set(arrays) != set(parts):
            raise InputError(
                f"{path} holds {sorted(arrays)}, the parts before it {sorted(parts)}: "
                "delete the run's folder and run again"
            )
        for name, array in arrays.items():
            parts.setdefault(name, []).append(array)
    return {name: np.concatenate(arrays) for name, arrays in parts.items()}


def save_task(folder: str | Path, task: Any) -> None:
    """Save what the records do not say, a NamedTuple of numbers and arrays."""
    facts = task._asdict()
    arrays = {name: value for name, value in facts.items() if isinstance(value, np.ndarray)}
    numbers = {name: value for name, value in facts.items() if name not in arrays}
    make_folder(folder)
    write_arrays(Path(folder) / TASK, arrays, numbers)


def load_task(folder: str | Path) -> dict[str, Any]:
    """What `save_task` saved: {name: number or array}."""
    path = Path(folder) / TASK
    return load_arrays(path) | read_info(path)


def has_parts(folder: str | Path) -> bool:
    """Whether there is anything that `remove_parts` removes."""
    return any(path.exists() for path in _parts(folder))


def remove_parts(folder: str | Path) -> None:
    """Remove all that is in spikes.h5 and learning.nc once the run is finished, and its end."""
    with disk_errors(folder):
        for path in _parts(folder):
            path.unlink(missing_ok=True)


def _parts(folder):
    kinds = (path for kind in PARTS for path in part_paths(folder, kind))
    return [Path(folder) / TASK, Path(folder) / STOPPED, *kinds]
