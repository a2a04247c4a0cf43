"""Datasets as netCDF files, whole or absent."""

from spikesampler.store.atomic import atomic_hdf5
from spikesampler.store.folders import make_folder

__all__ = ["save_dataset"]


def save_dataset(found, path):
    """The Dataset as netCDF, numbers compressed, whole or not at all; returns the path."""
    packed = {
        name: {"zlib": True, "complevel": 6}
        for name, one in found.items()
        if one.dtype.kind in "fib"
    }
    make_folder(path.parent)
    with atomic_hdf5(path) as target:
        found.to_netcdf(target, engine="h5netcdf", encoding=packed)
    return path
