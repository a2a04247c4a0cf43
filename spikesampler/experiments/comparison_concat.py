"""Comparisons of other arms, starts or seeds as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from spikesampler import stats
from spikesampler.errors import InputError
from spikesampler.experiments.concat import combine, merged_origin, same_settings, with_arm_texts

if TYPE_CHECKING:
    import xarray

__all__ = ["concat_comparisons"]

DIMS = ("arm", "start", "seed")
ALL = "stimuli, start, input spikes, teacher events"  #: what arms of one seed share at most
FEW = "stimuli, start"


def concat_comparisons(parts: Mapping[str, xarray.Dataset]) -> xarray.Dataset:
    """The dataset of `comparison_dataset.gather` for the runs of all parts, {name: dataset}.

    The threshold of escape follows from the best arm of all. Raises InputError where models or
    settings differ, runs of a seed were not shown the same, two parts have the same run, or the
    runs are no full grid of arms, starts and seeds.
    """
    same_settings(parts)
    first = next(iter(parts.values()))
    prints = _fingerprints(parts)
    dataset = combine(parts, DIMS, _of_runs(parts)).assign(probe_time=first["probe_time"])
    dataset = with_arm_texts(dataset, parts)
    final = dataset["final_probe_accuracy"].values
    final = final.reshape(-1, final.shape[-1])
    threshold = stats.best_arm_threshold(final, first.attrs["chance"], first.attrs["probe_samples"])
    times = stats.escape(dataset["probe_time"].values, dataset["probe_accuracy"].values, threshold)
    dataset["escape_seconds"].values = times.seconds
    dataset["escaped"].values = times.escaped
    starts, seeds = (dataset[name].values.tolist() for name in ("start", "seed"))
    if all("fingerprint" in part for part in parts.values()):
        grid = [[prints[start, seed][0] for seed in seeds] for start in starts]
        dataset["fingerprint"] = (("start", "seed"), grid, dict(first["fingerprint"].attrs))
    attrs = [part.attrs for part in parts.values()]
    sizes = [part["final_probe_accuracy"].size for part in parts.values()]
    dataset.attrs = dict(first.attrs) | merged_origin(attrs, sizes)
    programs = {
        tuple(each.get(name) for name in ("commit", "cpu", "compiler", "versions"))
        for each in attrs
    }
    alike = len(programs) == 1 and all(each.get("same") == ALL for each in attrs)
    dataset.attrs |= {"same": ALL if alike else FEW, "start": ",".join(starts)}
    dataset.attrs["escape_threshold"] = threshold
    return dataset.squeeze("start") if dataset.sizes["start"] == 1 else dataset


def _of_runs(parts: Mapping[str, xarray.Dataset]) -> list[str]:
    """Names of what the runs have; InputError where those of one part lack what others have."""
    names = {
        name: [str(each) for each, variable in part.items() if {"arm", "seed"} <= {*variable.dims}]
        for name, part in parts.items()
    }
    every = list(dict.fromkeys(each for of_part in names.values() for each in of_part))
    for name, of_part in names.items():
        if missing := [each for each in every if each not in of_part]:
            raise InputError(
                f"{name} has no {missing[0]}, as others have: leave it out, or make it anew"
            )
    return every


def _fingerprints(parts: Mapping[str, xarray.Dataset]) -> dict[tuple[str, int], tuple[str, str]]:
    """{(start, seed): what its runs were shown and began with, and the first part that has it}.

    Raises InputError where two parts differ in that, so that their runs are no pairs.
    """
    prints: dict[tuple[str, int], tuple[str, str]] = {}
    for name, part in parts.items():
        if "fingerprint" not in part:
            continue
        starts = np.atleast_1d(
            part["start"].values if "start" in part.coords else part.attrs["start"]
        )
        values = part["fingerprint"].values.reshape(len(starts), -1)
        for start, row in zip(starts.tolist(), values):
            for seed, value in zip(part["seed"].values.tolist(), row.tolist()):
                other, of = prints.setdefault((start, seed), (value, name))
                if other != value:
                    raise InputError(
                        f"{name} and {of} cannot be put together: runs of seed {seed} were not"
                        " shown the same stimuli, or began with other weights; give comparisons of"
                        " the same data"
                    )
    return prints
