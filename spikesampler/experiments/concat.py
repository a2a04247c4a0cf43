"""Datasets of comparisons or sweeps as one: every run is in one of them, and none is missing.

Nothing is filled in: together they have a full grid of all dimensions, or are refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from spikesampler.errors import InputError, shown
from spikesampler.experiments.oddities import read_oddities, told_oddities

if TYPE_CHECKING:
    import xarray

__all__ = ["SETTINGS", "combine", "merged_origin", "same_settings", "with_arm_texts"]

#: attributes in which results that are put together must not differ
SETTINGS = {
    "model": "the model",
    "model_sha256": "the model's text",
    "samples": "samples",
    "test_samples": "test_samples",
    "probe_samples": "probe_samples",
    "probe_every": "probe_every",
    "average": "average",
    "data": "the data",
    "kind": "the kind of data",
    "source": "the data's path",
    "label": "the column of labels",
    "engine": "the engine",
    "set": "the parameters that were set",
}
#: attributes that say where numbers come from: a list of all
ORIGIN = ("commit", "cpu", "compiler", "versions")


def same_settings(parts: Mapping[str, xarray.Dataset]) -> None:
    """InputError unless all have the same settings; parts : by the names that messages have.

    What a dataset does not say (one of an earlier version has no SHA-256 of its model's text) is
    compared among the others.
    """
    for attr, what in SETTINGS.items():
        said = {name: part.attrs[attr] for name, part in parts.items() if attr in part.attrs}
        for name, value in said.items():
            first = next(iter(said))
            if value != said[first]:
                here, there = (shown(text) for text in (value, said[first]))
                told = "" if attr == "model_sha256" else f" ({here} and {there})"
                raise InputError(
                    f"{name} and {first} cannot be put together: {what} differs{told}; give results"
                    " of the same model and settings"
                )


def combine(
    parts: Mapping[str, xarray.Dataset], dims: Sequence[str], variables: Sequence[str]
) -> xarray.Dataset:
    """One dataset of these variables, over the dimensions in this order, coordinates in the order
    in which they come first.

    Of each part a dimension that it lacks is its coordinate's single value. Raises InputError for
    a run that two parts have, for runs that are missing, and for other probes.
    """
    import xarray

    whole = {name: _expanded(part, dims)[list(variables)] for name, part in parts.items()}
    first_name, first = next(iter(whole.items()))
    for name, part in whole.items():
        same = part.sizes["sample_block"] == first.sizes["sample_block"]
        if not (same and np.array_equal(part["sample_block"], first["sample_block"])):
            raise InputError(
                f"{name} and {first_name} cannot be put together: their probes are at other"
                " samples; give results of the same settings"
            )
    axes = {
        dim: list(dict.fromkeys(value for part in whole.values() for value in _values(part, dim)))
        for dim in dims
    }
    _check_grid(whole, axes)
    flat = [part.stack(run=list(dims)) for part in whole.values()]
    joined = xarray.concat(flat, "run", combine_attrs="override", join="override")
    order = {dim: joined.indexes["run"].get_level_values(dim) for dim in dims}
    places = {dim: {value: i for i, value in enumerate(axes[dim])} for dim in dims}
    number = np.ravel_multi_index(
        tuple([places[dim][value] for value in order[dim].tolist()] for dim in dims),
        tuple(len(axes[dim]) for dim in dims),
    )
    joined = joined.isel(run=np.argsort(number)).drop_vars(["run", *dims])
    return _shaped(joined, axes, first)


def with_arm_texts(dataset: xarray.Dataset, parts: Mapping[str, xarray.Dataset]) -> xarray.Dataset:
    """The dataset with `arm_text` (arm,), what was given for each arm, where all parts say it.

    Raises InputError where two parts have another noise under the same name.
    """
    texts: dict[str, tuple[str, str]] = {}
    for name, part in parts.items():
        if "arm_text" in part:
            pairs = zip(
                *(np.atleast_1d(part[each].values).tolist() for each in ("arm", "arm_text"))
            )
            for arm, text in pairs:
                other, first = texts.setdefault(arm, (text, name))
                if other != text:
                    raise InputError(
                        f"{name} and {first} cannot be put together: the arm {arm} is {text} and"
                        f" {other}; give it another name in one of them"
                    )
    if not all("arm_text" in part for part in parts.values()):
        return dataset
    first_part = next(iter(parts.values()))
    arms = dataset["arm"].values.tolist()
    values = ("arm", [texts[arm][0] for arm in arms], dict(first_part["arm_text"].attrs))
    return dataset.assign(arm_text=values)


def _expanded(part: xarray.Dataset, dims: Sequence[str]) -> xarray.Dataset:
    """The part with all dimensions; start may be but an attribute."""
    if "start" in dims and "start" not in part.coords:
        part = part.assign_coords(start=part.attrs["start"])
    missing = [dim for dim in dims if dim not in part.dims]
    coords = {dim: [part[dim].values.item()] for dim in missing}
    per_run = [name for name, variable in part.items() if "seed" in variable.dims]
    runs = part[per_run].drop_vars(missing, errors="ignore").expand_dims(coords)
    for dim in missing:
        runs[dim].attrs = dict(part[dim].attrs)
    return part.drop_vars([*per_run, *missing], errors="ignore").assign(runs)


def _values(part: xarray.Dataset, dim: str) -> list[Any]:
    return list(part[dim].values.tolist())


def _check_grid(whole: Mapping[str, xarray.Dataset], axes: Mapping[str, list[Any]]) -> None:
    """Refuse runs that are in two parts, or in none."""
    runs = Counter[tuple]()
    for name, part in whole.items():
        for run in product(*(_values(part, dim) for dim in axes)):
            if run in runs:
                told = ", ".join(f"{dim} {value}" for dim, value in zip(axes, run))
                raise InputError(
                    f"{name} cannot be put together with the others: one of them has the run of"
                    f" {told}, too; leave it out with sel()"
                )
            runs[run] += 1
    missing = [run for run in product(*axes.values()) if run not in runs]
    if missing:
        told = ", ".join(f"{dim} {value}" for dim, value in zip(axes, missing[0]))
        raise InputError(
            f"{' and '.join(whole)} cannot be put together: {len(missing)} of the runs of a full"
            f" grid are in none, such as that of {told}; run them, or leave others out with sel()"
        )


def _shaped(
    joined: xarray.Dataset, axes: Mapping[str, list[Any]], first: xarray.Dataset
) -> xarray.Dataset:
    """The runs in a row as a grid, with the coordinates' attributes of the first part."""
    import xarray

    shape = tuple(map(len, axes.values()))
    variables = {}
    for name, variable in joined.items():
        others = [dim for dim in variable.dims if dim != "run"]
        values = variable.transpose("run", *others).values
        variables[name] = ((*axes, *others), values.reshape(*shape, *values.shape[1:]))
    named = {name: values for name, values in first.coords.items() if values.dims == (name,)}
    dataset = xarray.Dataset(variables, coords={**named, **axes})
    for name in (*variables, *axes):
        dataset[name].attrs = dict(first[name].attrs)
    return dataset


def merged_origin(parts: Sequence[Mapping[str, Any]], runs: Sequence[int]) -> dict[str, Any]:
    """Where the numbers of all parts come from, from their attributes; runs : number of each."""
    merged = {
        name: ", ".join(sorted({word for part in parts for word in part[name].split(", ")}))
        for name in ORIGIN
        if all(name in part for part in parts)
    }
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for part in parts:
        counted, of_part = read_oddities(part.get("oddities", ""))
        counts.update(counted)
        examples = of_part | examples
    if counts:
        merged["oddities"] = told_oddities(sum(runs), counts, examples)
    return merged
