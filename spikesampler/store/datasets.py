"""Datasets as sealed netCDF files, whole or absent: nothing else writes or reads them by xarray."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from spikesampler.errors import reading
from spikesampler.store.folders import make_folder
from spikesampler.store.seal import SealedFile, sealed_hdf5

if TYPE_CHECKING:
    from xarray import Dataset

__all__ = ["described", "read_dataset", "save_dataset"]


def described(dataset: Dataset, long_names: Mapping[str, str]) -> Dataset:
    """The Dataset, whose variables say what they are, {variable: long_name}."""
    for name, text in long_names.items():
        dataset[name].attrs["long_name"] = text
    return dataset


def save_dataset(dataset: Dataset, path: Path) -> Path:
    """Write the Dataset as netCDF, numbers compressed and the file sealed, whole or not at all.

    Returns the path.
    """
    packed = {
        name: {"zlib": True, "complevel": 6}
        for name, variable in dataset.items()
        if variable.dtype.kind in "fiub" and variable.ndim
    }
    plain = {  # bytes of a file's name that are no text become escapes
        name: value.encode("utf-8", "backslashreplace").decode()
        if isinstance(value, str)
        else value
        for name, value in dataset.attrs.items()
    }
    make_folder(path.parent)
    with sealed_hdf5(path) as target:
        dataset.assign_attrs(plain).to_netcdf(target, engine="h5netcdf", encoding=packed)
    return path


def read_dataset(
    path: str | Path,
    complaint: str = "cannot be read as netCDF",
    remedy: str = "restore it from a copy, or run again",
    *,
    needed: Iterable[str] = (),
    without: Iterable[str] = (),
) -> Dataset:
    """The Dataset of a sealed netCDF file, in memory, all of it or without some variables.

    needed : variables or attributes that it must have. All of the file is checked before any of it
    is read. Raises DamagedError, with the complaint and the remedy in one line, where a byte
    changed, or it lacks something or cannot be read.
    """
    import xarray

    # h5netcdf leaks a file that it fails to open, and HDF5 then crashes when the process ends
    with reading(path, complaint, remedy), SealedFile(path, whole=True) as file:
        dataset = xarray.load_dataset(
            file, engine="h5netcdf", decode_times=False, drop_variables=without
        )
        for name in needed:
            if name not in dataset.variables and name not in dataset.attrs:
                raise KeyError(f"no {name}")
    return dataset
