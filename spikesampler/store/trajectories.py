"""Trajectories of chosen synapses: parts of a run that goes, and the sealed file trajectories.nc.

A netCDF-4 file with the dimensions `time` and `synapse`: `time` (s from the start of learning),
`output` and `input` of each synapse, and a variable (time, synapse) for theta, the weight and each
further state. It is written and laid out again as a stream: a chunk is in memory at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spikesampler.errors import InputError, reading
from spikesampler.store.arrays import load_arrays
from spikesampler.store.checkpoint import part_paths, save_part
from spikesampler.store.datasets import read_dataset
from spikesampler.store.seal import SealedFile, sealed_hdf5

if TYPE_CHECKING:
    from xarray import Dataset

__all__ = [
    "merge_trajectories",
    "read_trajectories",
    "save_trajectories",
    "trajectories_between",
    "trajectories_so_far",
]

KIND = "trajectories"
TIME = "time"  #: of the arrays of a part; all others are (time, synapse)
VALUES = 1 << 16  #: that are compressed together: 512 KiB
LARGE = 1 << 28  #: bytes from which on they are not read all at once
_REMEDY = "restore it from a copy, or run again"


def save_trajectories(folder: str | Path, index: int, arrays: Mapping[str, np.ndarray]) -> None:
    """Save chunk `index` of the trajectories: {name: (m, n)}, and the `time` (m,) of its steps."""
    for name, values in arrays.items():
        if name != TIME and not np.isfinite(values).all():
            raise InputError(f"trajectories of {name}: expected finite numbers")
    save_part(folder, KIND, index, arrays)


def merge_trajectories(
    folder: str | Path,
    path: str | Path,
    num_parts: int,
    synapses: np.ndarray,
    about: Mapping[str, str],
) -> None:
    """Join the parts of chunks 0 .. num_parts - 1 into the sealed file `path`, one at a time.

    synapses : (n, 2), output and input of each. about : {variable: long name}. The same parts give
    the same bytes.
    """
    import h5py

    with sealed_hdf5(path) as target, h5py.File(target, "w", track_order=True) as file:
        file.attrs["title"] = "trajectories of synapses at every grid step of learning"
        for number, (name, size) in enumerate({TIME: 0, "synapse": len(synapses)}.items()):
            _dimension(file, name, size, number)
        for column, name in enumerate(("output", "input")):
            values = synapses[:, column].astype("<i4")
            variable = file.create_dataset(name, data=values, track_order=True)
            variable.dims[0].attach_scale(file["synapse"])
            variable.attrs.update(units="1", long_name=f"number of the synapse's {name}")
        for part in part_paths(folder, KIND, num_parts):
            for name, values in load_arrays(part).items():
                if name not in file:
                    _variable(file, name, len(synapses), about.get(name, name))
                first = file[name].shape[0]
                file[name].resize(first + len(values), axis=0)
                file[name][first:] = values
                target.check()


def _dimension(file: Any, name: str, size: int, number: int) -> None:
    """A dimension as netCDF-4 lays it down; that of time is a variable, and grows."""
    if name == TIME:
        scale = file.create_dataset(
            TIME, (0,), "<f8", maxshape=(None,), chunks=(VALUES // 16,), track_order=True
        )
        scale.make_scale(TIME)
        scale.attrs.update(units="s", long_name="time from the start of learning")
    else:
        scale = file.create_dataset(name, (size,), ">f4", track_order=True)
        scale.make_scale(f"This is a netCDF dimension but not a netCDF variable.{size:10d}")
    scale.attrs["_Netcdf4Dimid"] = np.int32(number)


def _variable(file: Any, name: str, num_synapses: int, long_name: str) -> None:
    """A variable (time, synapse) without rows so far."""
    variable = file.create_dataset(
        name,
        (0, num_synapses),
        "<f8",
        maxshape=(None, num_synapses),
        chunks=(max(1, VALUES // num_synapses), num_synapses),
        compression="gzip",
        compression_opts=1,
        shuffle=True,
        track_order=True,
    )
    for axis, dim in enumerate((TIME, "synapse")):
        variable.dims[axis].attach_scale(file[dim])
    variable.attrs.update(units="1", long_name=long_name)


def trajectories_between(
    path: str | Path, borders: Sequence[float]
) -> Iterator[dict[str, np.ndarray]]:
    """The arrays that were saved of each chunk, from its end and begin (s) in `borders`.

    Raises DamagedError where the file cannot be read or is not whole.
    """
    import h5py

    with reading(path, "cannot be read", _REMEDY), SealedFile(path, whole=True) as sealed:
        with h5py.File(sealed, "r") as file:
            names = [TIME, *(name for name, values in file.items() if values.ndim == 2)]
            rows = np.searchsorted(file[TIME][:], borders)
            for first, last in pairwise(rows):
                yield {name: file[name][first:last] for name in names}


def trajectories_so_far(folder: str | Path, num_parts: int, synapses: np.ndarray) -> "Dataset":
    """The trajectories of chunks 0 .. num_parts - 1 of a run that goes, as of `read_trajectories`.

    synapses : (n, 2), output and input of each. Raises DamagedError for a part that is missing or
    damaged.
    """
    import xarray

    parts = [load_arrays(part) for part in part_paths(folder, KIND, num_parts)]
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    time = arrays.pop(TIME)
    ends = {end: ("synapse", synapses[:, k]) for k, end in enumerate(("output", "input"))}
    variables = {name: ((TIME, "synapse"), values) for name, values in arrays.items()}
    return xarray.Dataset(variables, coords={TIME: time} | ends)


def read_trajectories(path: str | Path) -> "Dataset":
    """The Dataset of trajectories.nc, of which every byte is checked first.

    A large one is not held in memory: what is asked of it is read from the disk then. Raises
    DamagedError if a byte changed, or it cannot be read.
    """
    import xarray

    path = Path(path)
    if path.exists() and path.stat().st_size > LARGE:
        with reading(path, "cannot be read as netCDF", _REMEDY):
            SealedFile(path, whole=True).close()
            dataset = xarray.open_dataset(path, engine="h5netcdf", decode_times=False)
    else:
        dataset = read_dataset(path, remedy=_REMEDY, needed=(TIME, "theta"))
    return dataset.set_coords(["output", "input"])
