"""Figures of a sweep: a measure against what was varied, as lines, heat maps, or dots of a design.

The dataset has measures (…, seed) over one dimension per parameter of the grid, "point" where a
design chose parameters (coordinates along it), and "arm" and "start", which are scalar coordinates
where there is one. `finished` is 0 where a run failed: means, medians and intervals are over the
seeds that finished, and a combination without any has no value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from xarray import Dataset

from spikesampler.errors import InputError
from spikesampler.figures.parameters import as_text, is_numeric
from spikesampler.figures.style import RC
from spikesampler.figures.sweep_lines import lines_figure
from spikesampler.figures.sweep_maps import maps_figure

__all__ = ["sweep_figure"]


def sweep_figure(
    dataset: Dataset, measure: str = "test_accuracy", at: Mapping[str, Any] | None = None
) -> Figure:
    """Mean and 95 % interval over seeds of a measure against what was swept.

    One parameter gives lines, two a heat map, three several; a design gives dots against each of
    its parameters. Arms are lines of their colour, or panels beside heat maps; starts are panels.
    Of `escape_seconds` the median is shown.

    Parameters
    ----------
    dataset : xarray.Dataset
    measure : str
        A variable over the sweep's dimensions and "seed".
    at : {name: value or text}, optional
        Dimensions to fix; needed where there are more than three, or other parameters beside a
        design.

    Raises InputError for an unknown measure, dimension or value, and where there is too much to
    show.
    """
    dataset = _at(dataset, at or {})
    dims = {name: variable.dims for name, variable in dataset.items()}
    known = [name for name in dims if "seed" in dims[name] and "sample_block" not in dims[name]]
    if measure not in known:
        raise InputError(f"no measure {measure!r} in the sweep: give one of {', '.join(known)}")
    grid = _grid(dataset)
    several = [name for name in (*grid, "arm", "start") if dataset.sizes[name] > 1]
    with rc_context(RC):
        if "point" in dataset.dims:
            if grid:
                raise _too_many(dataset, grid, "a design is shown by its own parameters alone")
            return lines_figure(dataset, measure, "point", _design(dataset))
        if len(several) > 3:
            raise _too_many(dataset, several, "at most three can be shown")
        if len(grid) > 1:
            others = [name for name in several if name not in grid[:2]]
            return maps_figure(dataset, measure, *grid[:2], *others)
        along = several[0] if several else "arm"
        return lines_figure(dataset, measure, along, [along])


def _at(dataset: Dataset, at: Mapping[str, Any]) -> Dataset:
    """The part of a sweep at these values, numbers in order; all of its dimensions stay, and arm
    and start are some.
    """
    for name in ("arm", "start"):
        if name not in dataset.dims:
            dataset = dataset.expand_dims(name if name in dataset.coords else {name: [""]})
    dataset = dataset.transpose(..., "arm", "start", "seed")
    names = [name for name in dataset["finished"].dims if name != "point"]
    for name, wanted in at.items():
        if name not in names:
            raise InputError(f"no dimension {name!r} to fix: the sweep has {', '.join(names)}")
        values = dataset[name].values
        same = _equal(values, wanted)
        if not same.any():
            raise InputError(
                f"{name}={wanted} is not in the sweep: {name} has {', '.join(as_text(values))}"
            )
        dataset = dataset.isel({name: [int(same.argmax())]})
    return dataset.sortby([name for name in _grid(dataset) if is_numeric(dataset[name].values)])


def _equal(values: np.ndarray, wanted: Any) -> np.ndarray:
    """Which of the values (n,) is the one that was given, perhaps as text."""
    if not is_numeric(values):
        return values == str(wanted)
    try:
        return np.isclose(values, float(wanted), rtol=1e-9, atol=0)
    except (TypeError, ValueError):
        return np.zeros(len(values), bool)


def _grid(dataset: Dataset) -> list[str]:
    """Parameters of the grid with several values, those with most values first."""
    others = ("point", "arm", "start", "seed")
    names = [name for name in dataset["finished"].dims if name not in others]
    several = [name for name in names if dataset.sizes[name] > 1]
    return sorted(several, key=lambda name: -dataset.sizes[name])


def _design(dataset: Dataset) -> list[str]:
    """Parameters that a design chose, in coordinates along "point"."""
    coords = dataset.coords.items()
    return [name for name, values in coords if values.dims == ("point",) and name != "point"]


def _too_many(dataset: Dataset, names: Sequence[str], why: str) -> InputError:
    """The error that asks to fix some of these dimensions."""
    sizes = ", ".join(f"{name} ({dataset.sizes[name]} values)" for name in names)
    fixable = [name for name in names if name not in ("arm", "start")][-1]
    value = as_text(dataset[fixable].values)[0]
    return InputError(f"the sweep has {sizes}: {why}; fix some, such as --at {fixable}={value}")
