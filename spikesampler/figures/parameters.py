"""Names, values and units of parameters as figures write them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from xarray import DataArray

__all__ = ["as_text", "axis_label", "is_numeric", "setting"]


def is_numeric(values: ArrayLike) -> bool:
    """Are these numbers, and not words?"""
    return np.asarray(values).dtype.kind in "iuf"


def as_text(values: ArrayLike) -> list[str]:
    """Values as they stand at ticks."""
    return [f"{value:g}" if is_numeric(values) else str(value) for value in values]


def _unit(coordinate: DataArray) -> str:
    """Unit of a parameter, "" where it is a pure number."""
    unit = coordinate.attrs.get("units", "1").replace("second", "s")
    return "" if unit == "1" else unit


def axis_label(coordinate: DataArray) -> str:
    """Name of a parameter with its unit."""
    unit = _unit(coordinate)
    return f"{coordinate.name} ({unit})" if unit else coordinate.name


def setting(coordinate: DataArray, i: int = 0) -> str:
    """A parameter and its value: "N = 30", "tau = 20 ms", "b = 0.1/s"."""
    text = f"{coordinate.name} = {as_text(coordinate.values)[i]} {_unit(coordinate)}"
    return text.replace(" 1/", "/").rstrip()
