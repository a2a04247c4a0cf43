"""Trajectories: parts of a run that goes, and the sealed file trajectories.nc.

A netCDF-4 file: `time` (s from the start of learning); where synapses were chosen, the dimension
`synapse` with `output` and `input` of each, and a variable (time, synapse) for theta, the weight
and each further state; variables (time, neuron) of the outputs, (time, neuron_LAYER) of another
layer, and (time,) of the signals. It is
written and laid out again as a stream: a chunk is in memory at a time.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from spikesampler.errors import reading
from spikesampler.store.arrays import load_arrays
from spikesampler.store.checkpoint import part_paths, save_part
from spikesampler.store.datasets import read_dataset
from spikesampler.store.seal import SealedFile, sealed_hdf5

if TYPE_CHECKING:
    from xarray import Dataset

__all__ = [
    "DIMENSIONS",
    "ENDS",
    "NEURON",
    "OF_LAYER",
    "SYNAPSE",
    "About",
    "merge_trajectories",
    "of_layer",
    "read_trajectories",
    "save_trajectories",
    "trajectories_between",
    "trajectories_so_far",
]

KIND = "trajectories"
TIME = "time"  #: of the arrays of a part; all others are (time, …)
SYNAPSE, NEURON = "synapse", "neuron"  #: of synapses that were chosen, and of all outputs
OF_LAYER = f"{NEURON}_"  #: how the dimensions of other layers begin
DIMENSIONS = (TIME, SYNAPSE, NEURON)
ENDS = ("output", "input")  #: of a synapse
VALUES = 1 << 16  #: that are compressed together: 512 KiB
LARGE = 1 << 28  #: bytes from which on they are not read all at once
_REMEDY = "restore it from a copy, or run again"


class About(NamedTuple):
    """What a variable is: its dimension beside time ("" for none), its unit, its long name."""

    dimension: str
    unit: str
    long_name: str


def of_layer(layer: str) -> str:
    """The dimension of the neurons of another layer, "" being the outputs."""
    return OF_LAYER + layer if layer else NEURON


def save_trajectories(folder: str | Path, index: int, arrays: Mapping[str, np.ndarray]) -> None:
    """Save chunk `index` of the trajectories: {name: (m, …)}, and the `time` (m,) of its steps."""
    save_part(folder, KIND, index, arrays)


def merge_trajectories(
    folder: str | Path,
    path: str | Path,
    num_parts: int,
    synapses: np.ndarray | None,
    about: Mapping[str, About],
) -> None:
    """Join the parts of chunks 0 .. num_parts - 1 into the sealed file `path`, one at a time.

    synapses : (n, 2), output and input of each. The same parts give the same bytes.
    """
    import h5py

    with sealed_hdf5(path) as target, h5py.File(target, "w", track_order=True) as file:
        file.attrs["title"] = "trajectories at every grid step of learning"
        for part in part_paths(folder, KIND, num_parts):
            arrays = load_arrays(part)
            if TIME not in file:
                _begin(file, arrays, synapses, about)
            for name, values in arrays.items():
                first = file[name].shape[0]
                file[name].resize(first + len(values), axis=0)
                file[name][first:] = values
                target.check()


def _begin(
    file: Any,
    arrays: Mapping[str, np.ndarray],
    synapses: np.ndarray | None,
    about: Mapping[str, About],
) -> None:
    """The dimensions and variables of a file, without rows so far."""
    said = {name: _said(about, name) for name in arrays if name != TIME}
    dims = {name: _dims(of) for name, of in said.items()}
    sizes = {TIME: 0} | ({} if synapses is None else {SYNAPSE: len(synapses)})
    sizes |= {
        of[-1]: arrays[name].shape[1] for name, of in dims.items() if of[-1].startswith(NEURON)
    }
    for number, (name, size) in enumerate(sizes.items()):
        _dimension(file, name, size, number)
    for end, numbers in _ends(synapses).items():
        variable = file.create_dataset(end, data=numbers.astype("<i4"), track_order=True)
        variable.dims[0].attach_scale(file[SYNAPSE])
        variable.attrs.update(units="1", long_name=f"number of the synapse's {end}")
    for name, of in dims.items():
        shape = tuple(sizes[dim] for dim in of)
        variable = file.create_dataset(
            name,
            shape,
            "<f8",
            maxshape=(None, *shape[1:]),
            chunks=(max(1, VALUES // math.prod(shape[1:])), *shape[1:]),
            compression="gzip",
            compression_opts=1,
            shuffle=True,
            track_order=True,
        )
        for axis, dim in enumerate(of):
            variable.dims[axis].attach_scale(file[dim])
        variable.attrs.update(_attrs(said[name]))


def _said(about: Mapping[str, About], name: str) -> About:
    """What a variable is; of the noise arm, if nothing is said of it."""
    return about.get(name, About(SYNAPSE, "1", f"{name}, of the noise arm"))


def _attrs(about: About) -> dict[str, str]:
    return {"units": about.unit, "long_name": about.long_name}


def _dims(about: About) -> tuple[str, ...]:
    return (TIME, about.dimension) if about.dimension else (TIME,)


def _ends(synapses: np.ndarray | None) -> dict[str, np.ndarray]:
    """Numbers (n,) of the outputs and of the inputs of synapses."""
    return {} if synapses is None else dict(zip(ENDS, synapses.T))


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


def trajectories_between(
    path: str | Path, borders: Sequence[float]
) -> Iterator[dict[str, np.ndarray]]:
    """The arrays that were saved of each chunk, from its end and begin (s) in `borders`.

    Raises DamagedError where the file cannot be read or is not whole.
    """
    import h5py

    with reading(path, "cannot be read", _REMEDY), SealedFile(path, whole=True) as sealed:
        with h5py.File(sealed, "r") as file:
            others = (SYNAPSE, NEURON, *ENDS)
            names = [name for name in file if not (name in others or name.startswith(OF_LAYER))]
            rows = np.searchsorted(file[TIME][:], borders)
            for first, last in pairwise(rows):
                yield {name: file[name][first:last] for name in names}


def trajectories_so_far(
    folder: str | Path, num_parts: int, synapses: np.ndarray | None, about: Mapping[str, About]
) -> "Dataset":
    """The trajectories of chunks 0 .. num_parts - 1 of a run that goes, as of `read_trajectories`.

    synapses, about : as of `merge_trajectories`. Raises DamagedError for a part that is missing or
    damaged.
    """
    import xarray

    parts = [load_arrays(part) for part in part_paths(folder, KIND, num_parts)]
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    coords: dict[str, Any] = {TIME: (TIME, arrays.pop(TIME), {"units": "s"})}
    coords |= {end: (SYNAPSE, numbers) for end, numbers in _ends(synapses).items()}
    said = {name: _said(about, name) for name in arrays}
    variables = {
        name: (_dims(said[name]), values, _attrs(said[name])) for name, values in arrays.items()
    }
    return xarray.Dataset(variables, coords=coords)


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
        dataset = read_dataset(path, remedy=_REMEDY, needed=(TIME,))
    return dataset.set_coords([end for end in ENDS if end in dataset])
