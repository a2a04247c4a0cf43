"""Spike trains in the SONATA file format (Dai et al., PLoS Comput. Biol. 16(2):e1007696, 2020).

`/spikes/<population>` holds `timestamps` (float64, ms) and `node_ids` (uint64), both in order of
time; the group's attribute `sorting` is the format's enum (none, by_id, by_time), the root carries
its `magic` and `version`. Files are written and read as streams; nothing else in the package knows
this layout.
"""

import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from spikesampler.errors import InputError, reading
from spikesampler.store.arrays import read_arrays
from spikesampler.store.atomic import atomic_hdf5
from spikesampler.store.checkpoint import part_paths, spikes_of_part
from spikesampler.store.seal import SealedFile, sealed_hdf5

__all__ = [
    "BLOCK",
    "CHUNK",
    "SORTING",
    "SpikeFile",
    "copy_spikes",
    "merge_spikes",
    "populations",
    "read_spikes",
    "sonata_file",
]

SORTING = {"none": 0, "by_id": 1, "by_time": 2}
#: values compressed together: 512 KiB, half of what HDF5 caches for a dataset
CHUNK = 1 << 16
#: spikes of a stream in memory at once, some 100 MB with what is computed from them
BLOCK = 1 << 21
_MAGIC, _VERSION = 0x0A7A, (0, 1)
_TYPES = {"timestamps": "<f8", "node_ids": "<u8"}

Spikes = tuple[np.ndarray, np.ndarray]  #: times (n,) and node ids (n,)


@contextmanager
def sonata_file(path: str | Path, sealed: bool = False) -> Iterator[tuple[Any, Callable[[], None]]]:
    """Give an empty SONATA file (h5py.File) that appears at `path` when it is whole, and a check.

    The check raises what a write met so far, such as a full disk: call it between large writes.
    """
    import h5py

    opened = sealed_hdf5 if sealed else atomic_hdf5
    with opened(path) as target, h5py.File(target, "w") as file:
        file.attrs["magic"] = np.uint32(_MAGIC)
        file.attrs["version"] = np.array(_VERSION, dtype=np.uint32)
        yield file, target.check


def _new_population(spikes, name):
    import h5py

    group = spikes.create_group(name)
    group.attrs.create("sorting", SORTING["by_time"], dtype=h5py.enum_dtype(SORTING, basetype="i1"))
    for dataset, dtype in _TYPES.items():
        group.create_dataset(
            dataset,
            shape=(0,),
            maxshape=(None,),
            chunks=(CHUNK,),
            dtype=dtype,
            compression="gzip",
            compression_opts=1,
            shuffle=True,
        )
    group["timestamps"].attrs["units"] = "ms"
    return group


def _append(dataset, values):
    """Add values at the end, a whole compressed chunk at a time."""
    start = dataset.shape[0]
    dataset.resize(start + len(values), axis=0)
    dataset[start:] = values


def merge_spikes(folder: str | Path, path: str | Path, num_parts: int | None = None) -> None:
    """Join the spike parts of `folder` into the sealed SONATA file `path`, one part at a time.

    With `num_parts`, exactly the chunks 0 .. num_parts - 1. The same parts give the same bytes.
    Raises InputError, and leaves `path` as it was, if a part is missing, damaged or earlier than
    the one before it.
    """
    last: dict[str, float] = {}
    with sonata_file(path, sealed=True) as (file, check):
        spikes = file.create_group("spikes")
        for part in part_paths(folder, "spikes", num_parts):
            with read_arrays(part) as arrays:
                for name, (load_times, load_ids) in spikes_of_part(arrays).items():
                    group = spikes[name] if name in spikes else _new_population(spikes, name)
                    times = load_times()
                    if len(times) == 0:
                        continue
                    if times[0] < last.get(name, -np.inf):
                        raise InputError(
                            f"{part} begins at {times[0]} ms, before the end of the part before it"
                            f" at {last[name]} ms: delete the run's folder and run again"
                        )
                    last[name] = times[-1]
                    _append(group["timestamps"], times)
                    del times
                    _append(group["node_ids"], load_ids())
                    check()


def copy_spikes(
    source: str | Path,
    path: str | Path,
    datasets: Mapping[str, np.ndarray] = MappingProxyType({}),
    attributes: Mapping[str, float] = MappingProxyType({}),
) -> None:
    """Copy a SONATA file, bit for bit but not compressed, a block at a time.

    datasets, attributes : of the root of the copy, beside SONATA's.
    """
    with SpikeFile(source) as spikes, sonata_file(path) as (file, check):
        for name, values in datasets.items():
            file[name] = values
        file.attrs.update(attributes)
        for name, group in spikes.groups.items():
            copy = file.create_group(f"spikes/{name}")
            _copy_attributes(group, copy)
            for part in _TYPES:
                values = group[part]
                copied = copy.create_dataset(part, values.shape, values.dtype)
                _copy_attributes(values, copied)
                for first in range(0, len(values), BLOCK):
                    copied[first : first + BLOCK] = values[first : first + BLOCK]
                    check()


def _copy_attributes(source, target):
    for name, value in source.attrs.items():
        target.attrs.create(name, value, dtype=source.attrs.get_id(name).dtype)


class SpikeFile:
    """A sealed SONATA file of spikes, open for reading: what is read of it is checked first.

    Raises DamagedError where it cannot be read, or a byte of what is read changed.
    """

    def __init__(self, path: str | Path) -> None:
        import h5py

        self.path = path
        with _reading(path), ExitStack() as opened:
            sealed = opened.enter_context(SealedFile(path))
            self.file = opened.enter_context(h5py.File(sealed, "r"))
            self.groups = self.file["spikes"]
            # at the latest before Python ends: HDF5 would then ask a file that is gone
            self.closing = weakref.finalize(self, opened.pop_all().close)

    def sizes(self) -> dict[str, int]:
        """{name of the population: number of its spikes}."""
        with _reading(self.path):
            return {name: group["timestamps"].shape[0] for name, group in self.groups.items()}

    def read(self, population: str, first: int, last: int | None) -> Spikes:
        """Times (n,) in ms and node ids (n,) of spikes number first .. last - 1 of a population."""
        with _reading(self.path):
            group = self.groups[population]
            return group["timestamps"][first:last], group["node_ids"][first:last]

    def read_nodes(self, population: str, first: int, last: int | None, ids: np.ndarray) -> Spikes:
        """As `read`, those of the nodes `ids` alone; a block of all is in memory at a time."""
        last = self.sizes()[population] if last is None else last
        kept = [(np.empty(0), np.empty(0, np.uint64))]
        for begin in range(first, last, BLOCK):
            times, nodes = self.read(population, begin, min(begin + BLOCK, last))
            chosen = np.isin(nodes, ids)
            kept.append((times[chosen], nodes[chosen]))
        times, nodes = (np.concatenate(parts) for parts in zip(*kept))
        return times, nodes

    def blocks(self, population: str) -> Iterator[Spikes]:
        """All spikes of a population in order of time, at most BLOCK at a time, as `read`.

        Raises ValueError where there are more times than ids, or fewer.
        """
        with _reading(self.path):
            numbers = [len(self.groups[population][part]) for part in _TYPES]
        if numbers[0] != numbers[1]:
            raise ValueError(f"{numbers[0]} times and {numbers[1]} ids of {population}")
        for first in range(0, numbers[0], BLOCK):
            yield self.read(population, first, first + BLOCK)

    def first_not_before(self, population: str, time: float) -> int:
        """The number of the first spike at or after `time` (ms), or of all where there is none.

        By bisection on the disk: about log2(n) single reads.
        """
        with _reading(self.path):
            timestamps = self.groups[population]["timestamps"]
            low, high = 0, timestamps.shape[0]
            while low < high:
                middle = (low + high) // 2
                if timestamps[middle] < time:
                    low = middle + 1
                else:
                    high = middle
            return low

    def close(self) -> None:
        """Let the file go."""
        self.closing()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _reading(path):
    return reading(path, "cannot be read as SONATA spikes", "restore it from a copy, or run again")


def populations(path: str | Path) -> dict[str, int]:
    """{population: number of its spikes} of a SONATA file; DamagedError if it cannot be read."""
    with _reading(path), SpikeFile(path) as file:
        return file.sizes()


def read_spikes(
    path: str | Path,
    population: str,
    start: float = 0.0,
    stop: float | None = None,
    ids: np.ndarray | None = None,
) -> Spikes:
    """Times (n,) in s and node ids (n,) of the spikes with start <= t < stop (s; None: to the end).

    Only that window is read; with `ids` a block at a time, and spikes of these nodes are kept.
    Raises InputError for a population that the file does not hold.
    """
    if not (np.isfinite(start) and (stop is None or (np.isfinite(stop) and stop >= start))):
        raise InputError(f"window from {start} to {stop} s: give finite seconds with start <= stop")
    with _reading(path), SpikeFile(path) as file:
        if population not in file.groups:
            held = ", ".join(file.groups) or "none"
            raise InputError(f"no spikes of {population!r} in {path}: it holds {held}")
        first = file.first_not_before(population, start * 1000)
        last = None if stop is None else file.first_not_before(population, stop * 1000)
        if ids is None:
            times, nodes = file.read(population, first, last)
        else:
            times, nodes = file.read_nodes(population, first, last, ids)
        return times / 1000, nodes
