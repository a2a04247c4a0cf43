"""Spike trains in the SONATA file format (Dai et al., PLoS Comput. Biol. 16(2):e1007696, 2020), as
streams.

`/spikes/<population>` holds `timestamps` (float64, ms) and `node_ids` (uint64), both in order of
time; the group's attribute `sorting` is the format's enum (none, by_id, by_time), the root carries
its `magic` and `version`.
"""

from contextlib import contextmanager

import numpy as np

from spikesampler.errors import InputError
from spikesampler.store.arrays import read_arrays
from spikesampler.store.atomic import atomic_hdf5
from spikesampler.store.checkpoint import part_paths

__all__ = ["SORTING", "merge_spikes", "populations", "read_spikes"]

SORTING = {"none": 0, "by_id": 1, "by_time": 2}
_MAGIC, _VERSION = 0x0A7A, (0, 1)
_CHUNK = 1 << 16  # values compressed together: 512 KiB, half of what HDF5 caches for a dataset


def _new_population(spikes, name):
    import h5py

    group = spikes.create_group(name)
    group.attrs.create("sorting", SORTING["by_time"], dtype=h5py.enum_dtype(SORTING, basetype="i1"))
    for dataset, dtype in (("timestamps", "<f8"), ("node_ids", "<u8")):
        group.create_dataset(
            dataset,
            shape=(0,),
            maxshape=(None,),
            chunks=(_CHUNK,),
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


def merge_spikes(folder, path, num_parts=None):
    """Join the spike parts of `folder` into the SONATA file `path`, one part in memory at a time.

    With `num_parts`, exactly the chunks 0 .. num_parts - 1. The same parts give the same bytes.
    Raises InputError, and leaves `path` as it was, if a part is missing, damaged or earlier than
    the one before it.
    """
    import h5py

    last = {}
    with atomic_hdf5(path) as target, h5py.File(target, "w") as file:
        file.attrs["magic"] = np.uint32(_MAGIC)
        file.attrs["version"] = np.array(_VERSION, dtype=np.uint32)
        spikes = file.create_group("spikes")
        for part in part_paths(folder, "spikes", num_parts):
            with read_arrays(part) as arrays:
                for name in sorted(
                    key.removesuffix("/times") for key in arrays if key.endswith("/times")
                ):
                    group = spikes[name] if name in spikes else _new_population(spikes, name)
                    times = arrays[f"{name}/times"]()
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
                    _append(group["node_ids"], arrays[f"{name}/ids"]())
                    target.check()


@contextmanager
def _opened(path):
    import h5py

    try:
        with h5py.File(path, "r") as file:
            yield file["spikes"]
    except (OSError, KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{path} cannot be read as SONATA spikes ({reason}): restore it from a copy, or run"
            " again"
        ) from error


def populations(path):
    """{name of the population: number of its spikes} of a SONATA file."""
    with _opened(path) as spikes:
        return {name: group["timestamps"].shape[0] for name, group in spikes.items()}


def _first_not_before(timestamps, time):
    """The index of the first timestamp >= time, by bisection on the disk: about log2(n) single
    reads.
    """
    low, high = 0, timestamps.shape[0]
    while low < high:
        middle = (low + high) // 2
        if timestamps[middle] < time:
            low = middle + 1
        else:
            high = middle
    return low


def read_spikes(path, population, start=0.0, stop=None):
    """Times (n,) in seconds and node ids (n,) of the spikes with start <= t < stop (seconds; None:
    to the end).

    Only that window is read. Raises InputError for a population that the file does not hold.
    """
    if not (np.isfinite(start) and (stop is None or (np.isfinite(stop) and stop >= start))):
        raise InputError(f"window from {start} to {stop} s: give finite seconds with start <= stop")
    with _opened(path) as spikes:
        if population not in spikes:
            raise InputError(
                f"no spikes of {population!r} in {path}: it holds {', '.join(spikes) or 'none'}"
            )
        timestamps, ids = spikes[population]["timestamps"], spikes[population]["node_ids"]
        first = _first_not_before(timestamps, start * 1000)
        last = len(timestamps) if stop is None else _first_not_before(timestamps, stop * 1000)
        return timestamps[first:last] / 1000, ids[first:last]
