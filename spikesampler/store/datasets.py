"""Datasets as netCDF files, whole or absent: nothing else writes or reads them by xarray."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from spikesampler.errors import reading
from spikesampler.store.atomic import atomic_hdf5
from spikesampler.store.folders import make_folder

if TYPE_CHECKING:
    from xarray import Dataset

__all__ = ["described", "read_dataset", "save_dataset"]


def described(dataset: Dataset, long_names: Mapping[str, str]) -> Dataset:
    """The Dataset, whose variables say what they are, {variable: long_name}."""
    for name, text in long_names.items():
        dataset[name].attrs["long_name"] = text
    return dataset


def save_dataset(dataset: Dataset, path: Path) -> Path:
    """Write the Dataset as netCDF, numbers compressed, whole or not at all; returns the path."""
    packed = {
        name: {"zlib": True, "complevel": 6}
        for name, variable in dataset.items()
        if variable.dtype.kind in "fiub" and variable.ndim
    }
    make_folder(path.parent)
    with atomic_hdf5(path) as target:
        dataset.to_netcdf(target, engine="h5netcdf", encoding=packed)
    return path


def read_dataset(
    path: str | Path,
    complaint: str = "cannot be read as netCDF",
    remedy: str = "restore it from a copy, or run again",
    *,
    needed: Iterable[str] = (),
    without: Iterable[str] = (),
) -> Dataset:
    """The Dataset of a netCDF file, in memory, all of it or without some variables.

    needed : variables or attributes that it must have. Raises DamagedError, with the complaint and
    the remedy in one line, where it lacks one of them or cannot be read.
    """
    import xarray

    with reading(path, complaint, remedy):
        dataset = xarray.load_dataset(
            path, engine="h5netcdf", decode_times=False, drop_variables=without
        )
        for name in needed:
            if name not in dataset.variables and name not in dataset.attrs:
                raise KeyError(f"no {name}")
    return dataset
