"""Sweeps over other values, arms, starts or seeds as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from spikesampler import stats
from spikesampler.errors import InputError
from spikesampler.experiments.concat import combine, merged_origin, same_settings, with_arm_texts
from spikesampler.experiments.sweep_dataset import bayes_thresholds

if TYPE_CHECKING:
    import xarray

__all__ = ["concat_sweeps"]

LAST = ("arm", "start", "seed")  #: dimensions that come after those of parameters


def concat_sweeps(parts: Mapping[str, xarray.Dataset]) -> xarray.Dataset:
    """The dataset of `sweep_dataset.gather` for the runs of all parts, {name: dataset}.

    A parameter's values are in rising order where they are so in each part. Points of designs
    follow one another; those of the same design are the same. Raises InputError where models,
    settings or varied parameters differ, two parts have the same run, or runs are missing.
    """
    same_settings(parts)
    for name, part in parts.items():
        if "probe_curve" not in part:
            raise InputError(f"{name} has no finished run: leave it out")
    axes, varied = _axes(parts), _varied(parts)
    numbered, coords = _number_points(parts, varied)
    dims = [*axes, *(["point"] if varied else []), *LAST]
    first = next(iter(parts.values()))
    of_runs = [str(name) for name, variable in first.items() if "seed" in variable.dims]
    for name, part in parts.items():
        if missing := [variable for variable in of_runs if variable not in part]:
            of_runs = [variable for variable in of_runs if variable in part]
            if missing != ["probe_time"]:
                raise InputError(
                    f"{name} has no {missing[0]}: repeat `spikesampler sweep` with --resume, which"
                    " makes it anew from the runs"
                )
    dataset = with_arm_texts(combine(numbered, dims, of_runs), parts)
    dataset = dataset.isel({name: _order(numbered, name, dataset) for name in axes})
    if varied:
        dataset = dataset.drop_vars("point").assign_coords(coords)
    dataset.attrs = dict(first.attrs)
    sizes = [part["finished"].size for part in parts.values()]
    dataset.attrs |= merged_origin([part.attrs for part in parts.values()], sizes)
    _escapes_anew(dataset, parts)
    return dataset.squeeze([name for name in ("arm", "start") if dataset.sizes[name] == 1])


def _axes(parts: Mapping[str, xarray.Dataset]) -> list[str]:
    """Parameters that are a dimension of some part, or single values that differ, as `sel` leaves
    them; InputError where another part does not have it.
    """
    names = [
        str(name)
        for part in parts.values()
        for name, values in part.coords.items()
        if name not in (*LAST, "point", "sample_block") and values.dims in ((name,), ())
    ]
    names = [
        name
        for name in dict.fromkeys(names)
        if any(name in part.dims for part in parts.values())
        or len({part[name].item() for part in parts.values() if name in part.coords}) > 1
    ]
    for name, part in parts.items():
        if lacking := [axis for axis in names if axis not in part.coords]:
            raise InputError(
                f"{name} does not vary {lacking[0]}, which others do: give sweeps over the same"
                " parameters"
            )
    return names


def _varied(parts: Mapping[str, xarray.Dataset]) -> list[str]:
    """Parameters of a design; InputError unless all parts have the same."""
    each = {
        name: [str(c) for c, values in part.coords.items() if values.dims == ("point",)]
        for name, part in parts.items()
    }
    first_name, first = next(iter(each.items()))
    for name, varied in each.items():
        if sorted(varied) != sorted(first):
            raise InputError(
                f"{name} and {first_name} cannot be put together: they have designs of other"
                f" parameters ({', '.join(varied) or 'none'} and {', '.join(first) or 'none'})"
            )
    return first


def _number_points(
    parts: Mapping[str, xarray.Dataset], varied: list[str]
) -> tuple[dict[str, xarray.Dataset], dict[str, Any]]:
    """The parts with numbers of points as their coordinate, and the coordinates of all points."""
    if not varied:
        return dict(parts), {}
    known: dict[tuple, int] = {}
    numbered = {}
    for name, part in parts.items():
        values = zip(*(part[parameter].values.tolist() for parameter in varied))
        numbers = [known.setdefault(value, len(known)) for value in values]
        numbered[name] = part.drop_vars(varied).assign_coords(point=numbers)
    first = next(iter(parts.values()))
    coords = {
        name: ("point", list(values), dict(first[name].attrs))
        for name, values in zip(varied, zip(*known))
    }
    return numbered, coords


def _order(parts: Mapping[str, xarray.Dataset], name: str, dataset: xarray.Dataset) -> np.ndarray:
    """Places of a parameter's values in their order: rising, where each part's are."""
    values = dataset[name].values
    rising = (
        all(np.all(np.diff(np.atleast_1d(part[name].values)) > 0) for part in parts.values())
        if values.dtype.kind in "iuf"
        else False
    )
    return np.argsort(values, kind="stable") if rising else np.arange(len(values))


def _escapes_anew(dataset: xarray.Dataset, parts: Mapping[str, xarray.Dataset]) -> None:
    """Thresholds and times of escape where they depend on the best run of all: without ceilings."""
    finished = dataset["finished"].values == 1
    if not (np.isnan(dataset["bayes_accuracy"].values) & finished).any():
        return
    if lacking := [name for name, part in parts.items() if "probe_time" not in part]:
        raise InputError(
            f"{lacking[0]} does not say when its probes were: repeat `spikesampler sweep` with"
            " --resume, which makes it anew from the runs"
        )
    measures = (dataset[name].values for name in ("bayes_accuracy", "probe_accuracy", "chance"))
    thresholds = bayes_thresholds(*measures)
    dataset["escape_threshold"].values = thresholds
    for place in map(tuple, np.argwhere(finished)):
        curves = dataset["probe_time"].values[place], dataset["probe_curve"].values[place]
        times = stats.escape(curves[0], curves[1][None], thresholds[place])
        dataset["escape_seconds"].values[place] = times.seconds[0]
        dataset["escaped"].values[place] = times.escaped[0]
