"""The file learning.nc: what was learnt, sample by sample and probe by probe.

A self-describing netCDF-4 file, sealed.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from spikesampler.errors import InputError, reading
from spikesampler.store.datasets import read_dataset
from spikesampler.store.seal import SealedFile, sealed_hdf5

if TYPE_CHECKING:
    from xarray import Dataset

__all__ = [
    "OWN_METRIC",
    "STATE",
    "VARIABLES",
    "as_dataset",
    "dims_of_main",
    "dims_of_pathway",
    "neurons_of",
    "of_pathway",
    "read_learning",
    "read_some",
    "write_learning",
]

_TABLE = """
time(sample) f8 s: start of the learning sample
label(sample) i2 1: class of the learning sample
response(sample) i2 1: most active output, -1 where the maximum is tied
spike_counts(sample, output) u2 1: output spikes during the learning sample
credit(sample) f4 1: share in the maximum of outputs of the label's class, as of the probe before
probe_samples_seen(probe) i8 1: learning samples before the probe
probe_time(probe) f8 s: simulated time of the probe
probe_accuracy(probe) f8 1: accuracy on held-out samples, plasticity, noise and teacher frozen
online_accuracy(probe) f8 1: mean credit of the learning samples since the probe before
theta(probe, output, input) own 1: synaptic parameter at the probe
test_label(test_sample) i2 1: class of the test sample
test_counts(test_sample, output) u2 1: output spikes during the test sample, all else frozen
test_points(test_sample, feature) f8 1: stimulus of the test sample
snapshot_samples(snapshot) i8 1: learning samples before the snapshot of theta
snapshot_answers(snapshot, test_sample, class) f4 1: the snapshot's probability of the class
mean_theta_answers(test_sample, class) f4 1: the same of the network of the snapshots' mean theta
confusion(class, response_class) f8 1: test samples of a class answered by an output, ties shared
input_class_rate(class, input) f8 Hz: mean rate of the input while a class is shown
"""


class Variable(NamedTuple):
    """How a variable of learning.nc is kept; `dtype` is None where the array's own is."""

    dims: tuple[str, ...]
    dtype: str | None
    units: str
    long_name: str


def _variables(table):
    """(name, Variable) of each line "name(dimensions) type units: long name"."""
    for line in re.findall(r"^(\w+)\((.+)\) (\w+) (\w+): (.+)$", table, re.MULTILINE):
        name, dims, dtype, units, long_name = line
        own = dtype == "own"
        yield name, Variable(tuple(dims.split(", ")), None if own else dtype, units, long_name)


OWN_METRIC = "own metric, given by on_probe"  #: long name of what a caller measured at the probes
STATE = "state_"  #: how names of further variables of the synapses begin: (probe, output, input)
VARIABLES: dict[str, Variable] = dict(_variables(_TABLE))
NEURONS = {"inputs": "input", "outputs": "output"}  #: dimensions of neurons that every run has
_COMPRESS_FROM = 1 << 16  # bytes: below this a compressed chunk saves nothing worth its overhead


def of_pathway(name: str, pathway: str) -> str:
    """What a variable such as theta is called of a pathway that is not the main one.

    >>> of_pathway("theta", "outputs.hidden")
    'theta_outputs_hidden'
    """
    return f"{name}_{pathway.replace('.', '_')}"


def neurons_of(population: str) -> str:
    """The dimension along which the neurons of inputs, outputs or another layer are numbered."""
    return NEURONS.get(population, f"neuron_{population}")


def dims_of_pathway(layer: str, pathway: str) -> tuple[str, str]:
    """Dimensions of the synapses of a pathway: neurons of its layer, and those that they hear.

    These have a dimension of their own, as a layer may hear itself.
    """
    return neurons_of(layer), of_pathway("source", pathway)


def dims_of_main(source: str, pathway: str) -> tuple[str, str]:
    """The same of the main pathway: outputs, and what they hear, which may be the inputs."""
    heard = neurons_of(source) if source == "inputs" else of_pathway("source", pathway)
    return neurons_of("outputs"), heard


def _values(name, array, dtype):
    array = np.asarray(array)
    if dtype is None or array.dtype == dtype:
        return array
    kept = array.astype(dtype)
    if np.dtype(dtype).kind in "iu" and not np.array_equal(kept, array):
        raise InputError(
            f"{name} holds values that {np.dtype(dtype)} cannot hold: give whole numbers in its"
            " range"
        )
    return kept


def _variable(name, array):
    """(dimensions, values, attributes) of a name of VARIABLES, or of a tuple that says its own."""
    if isinstance(array, tuple) and len(array) == 4:
        dims, values, units, long_name = array
        values = np.asarray(values)
    elif name in VARIABLES:
        dims, dtype, units, long_name = VARIABLES[name]
        values = _values(name, array, dtype)
    else:
        raise InputError(
            f"no variable {name!r} in learning.nc: give one of {', '.join(VARIABLES)}, or the new"
            " one as (dims, array, units, long_name)"
        )
    if values.ndim != len(dims):
        raise InputError(
            f"{name} has shape {values.shape}: expected dimensions ({', '.join(dims)})"
        )
    return tuple(dims), values, {"units": units, "long_name": long_name}


def write_learning(path: str | Path, arrays: Mapping[str, Any], attrs: Mapping[str, Any]) -> None:
    """Write {name: array} with global attributes to `path`, whole or not at all.

    Names, dimensions, types and units are those of VARIABLES; a new variable comes as a tuple
    (dims, array, units, long_name). Attributes that are None are written as nan. Large variables
    are compressed without loss. Raises InputError for arrays that do not fit, or each other.
    """
    variables = {name: _variable(name, array) for name, array in arrays.items()}
    sizes: dict[str, tuple[str, int]] = {}
    for name, (dims, values, _) in variables.items():
        for dim, size in zip(dims, values.shape, strict=True):
            other, expected = sizes.setdefault(dim, (name, size))
            if size != expected:
                raise InputError(
                    f"{name} has {size} along {dim!r}, {other} has {expected}: give arrays that"
                    " agree"
                )
    attrs = {name: float("nan") if value is None else value for name, value in attrs.items()}
    with sealed_hdf5(path) as target:
        _write_netcdf(target, variables, {dim: size for dim, (_, size) in sizes.items()}, attrs)


def _write_netcdf(target, variables, sizes, attrs):
    """netCDF-4 by h5py alone: a short run spends half of its time in h5netcdf otherwise.

    As netCDF-4 lays it down, a dimension without a variable of its name is a scale that says so and
    holds nothing.
    """
    import h5py

    # netCDF-C adds nothing to a file without an order
    with h5py.File(target, "w", track_order=True) as file:
        file.attrs.update(attrs)
        for number, (dim, size) in enumerate(sizes.items()):
            scale = file.create_dataset(dim, (size,), ">f4", track_order=True)
            scale.make_scale(f"This is a netCDF dimension but not a netCDF variable.{size:10d}")
            scale.attrs["_Netcdf4Dimid"] = np.int32(number)
        for name, (dims, values, about) in variables.items():
            packed = {"compression": 4, "shuffle": True} if values.nbytes >= _COMPRESS_FROM else {}
            variable = file.create_dataset(name, data=values, track_order=True, **packed)
            # its chunks go to the file here, not when the last reference is gone: same bytes always
            variable.flush()
            for axis, dim in zip(variable.dims, dims, strict=True):
                axis.attach_scale(file[dim])
            if "time" in variables and name != "time" and "sample" in dims:
                about = about | {"coordinates": "time"}
            variable.attrs.update(about)


def as_dataset(arrays: Mapping[str, Any], attrs: Mapping[str, Any]) -> "Dataset":
    """{name: array} as of `write_learning` as an xarray Dataset, without a file."""
    import xarray

    dataset = xarray.Dataset(
        {name: _variable(name, array) for name, array in arrays.items()}, attrs=attrs
    )
    return dataset.set_coords("time") if "time" in arrays else dataset


def read_learning(path: str | Path, without: Iterable[str] = ()) -> "Dataset":
    """The Dataset of learning.nc, in memory, all of it or without some variables.

    Raises DamagedError if a byte changed, or it cannot be read.
    """
    return read_dataset(path, without=without)


def read_some(
    path: str | Path, variables: Iterable[str], attrs: Iterable[str] = ()
) -> dict[str, Any]:
    """{name: array or value} of some variables and global attributes, quickly, for many runs.

    What is read is checked. Raises DamagedError if a byte changed, or they cannot be read.
    """
    import h5py

    remedy = "restore it from a copy, or run again"
    with reading(path, "cannot be read", remedy), SealedFile(path) as sealed:
        with h5py.File(sealed) as file:
            arrays = {name: file[name][...] for name in variables}
            arrays |= {name: file.attrs[name].item() for name in attrs}
        sealed.check()
        return arrays
