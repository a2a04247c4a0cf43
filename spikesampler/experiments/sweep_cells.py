"""The part of a sweep's dataset at some values of its coordinates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from spikesampler.errors import InputError, shortened, shown

if TYPE_CHECKING:
    import xarray

__all__ = ["select_cells"]

EQUAL = 1e-9  #: numbers are the same up to this share


def select_cells(dataset: xarray.Dataset, given: Mapping[str, Any], name: str) -> xarray.Dataset:
    """The dataset where coordinates have the given values, each a single one or several.

    Single ones drop their dimension, but that of the seed; values of a design, which are along
    `point`, keep the points that have them. name : of the sweep, for messages. Raises InputError
    for a coordinate or a value that there is not.
    """
    coordinates = [str(c) for c in dataset.coords if c not in ("sample_block", "point")]
    has_points = "point" in dataset.dims
    for coordinate, wanted in given.items():
        if coordinate == "point" and has_points:
            dataset = _points(dataset, wanted, name)
            continue
        if coordinate not in coordinates:
            known = [*coordinates, *(["point"] if has_points else [])]
            raise InputError(f"{name} has no {coordinate!r}: expected one of {', '.join(known)}")
        dataset = _along(dataset, coordinate, wanted, name)
    return dataset


def _along(dataset: xarray.Dataset, coordinate: str, wanted: Any, name: str) -> xarray.Dataset:
    held = np.atleast_1d(dataset[coordinate].values)
    single = isinstance(wanted, str) or np.ndim(wanted) == 0
    values = [wanted] if single else list(wanted)
    places = [_places_of(held, value, coordinate, name) for value in values]
    if not places:
        raise InputError(f"{coordinate}={wanted!r}: give one or more of its values")
    (dim,) = dataset[coordinate].dims or (None,)
    if dim is None:
        return dataset
    if single and dim == coordinate != "seed":
        return dataset.isel({dim: places[0][0]})
    return dataset.isel({dim: list(dict.fromkeys(int(k) for found in places for k in found))})


def _places_of(held: np.ndarray, value: Any, coordinate: str, name: str) -> np.ndarray:
    """Where a coordinate has a value; InputError where it has it nowhere."""
    if held.dtype.kind in "iuf":
        is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        found = np.isclose(held, value, rtol=EQUAL, atol=0) if is_number else np.zeros(0, bool)
    else:
        found = held == str(value)
    places: np.ndarray = np.flatnonzero(found)
    if not len(places):
        told = shortened(", ".join(map(str, held.tolist())), 200)
        raise InputError(f"{name} has no {coordinate} {shown(value)}: it has {told}")
    return places


def _points(dataset: xarray.Dataset, wanted: Any, name: str) -> xarray.Dataset:
    """Points of a design by their numbers, from 0."""
    number = dataset.sizes["point"]
    values = np.asarray(wanted)
    if (
        values.dtype.kind not in "iu"
        or not values.size
        or not np.all((0 <= values) & (values < number))
    ):
        raise InputError(f"point={wanted!r}: {name} has the points 0 to {number - 1}")
    return dataset.isel(point=int(values) if values.ndim == 0 else values)
