"""What docs/verdicts.md says of the saddle study: its template and the numbers in it."""

from collections.abc import Iterator, Mapping

import numpy as np
import xarray as xr
from pandas import DataFrame

from spikesampler.stats import mean_interval
from spikesampler.stats.intervals import Interval
from spikesampler.stats.rules import in_brackets
from spikesampler.studies.fang_2018 import saddle_tables
from spikesampler.studies.fang_2018.saddle_runs import STARTS
from spikesampler.studies.fang_2018.saddle_sentences import implied, label_of, sentences
from spikesampler.studies.fang_2018.saddle_tables import shares, synapses
from spikesampler.studies.fang_2018.theorem import QUARTILES, steps
from spikesampler.studies.page import render

__all__ = ["section"]

MOMENTS = (432, 1728, 4320, 8640)  #: s, at which the index of arms is compared
NETWORKS = {"paper": "the paper's network", "small": "the network of 100 inputs"}


def section(datasets: Mapping[str, xr.Dataset]) -> str:
    """The theorem and the steps of its proof, the plateau, the index, a picture and a table."""
    paths, near = saddle_tables.tables(datasets)
    return render(
        __file__,
        "templates/saddle.md",
        paths=paths,
        near=near,
        path=steps(paths[paths.network != "small"]),
        small=steps(paths[paths.network == "small"]),
        labels={key: label_of(held.shares) for key, held in sentences(datasets).items()},
        implied=implied,
        ended=[f"N = {N:g}: {of.converged.sum()} of {len(of)}" for N, of in near.groupby("N")],
        plateau_starts=list(plateau_starts(paths)),
        index_differences=list(index_differences(paths)),
        rows={name: steps(part) for name, part in saddle_tables.groups(paths, near).items()},
        percent=percent,
        quartiles=quartiles,
        **stationary_facts(saddle_tables.distinct(near)),
    )


def stationary_facts(stationary: DataFrame) -> dict:
    """What the template says of distinct stationary points; no points at all: only that."""
    if not len(stationary):
        return {"stationary": stationary}
    classes = stationary.verdict.value_counts()
    moved = [f"N = {N:g}: {percent(steps(of).criterion)}" for N, of in stationary.groupby("N")]
    return {
        "stationary": stationary,
        "still": steps(stationary),
        "maxima": stationary[stationary.wanted_index == 0],
        "passes": stationary[stationary.wanted_index == 1],
        "classes": [f"{number} {name}" for name, number in classes.items()],
        "moved": moved,
        "fisher": np.percentile(stationary.fisher, QUARTILES),
    }


def plateau_starts(paths: DataFrame) -> Iterator[dict]:
    """Whether the plateau start is a saddle: its gradient, the prior's pull, its curvatures."""
    for network, name in NETWORKS.items():
        at_start = (paths.network == network) & (paths.start == "plateau") & (paths.number == 0)
        first = paths[at_start].drop_duplicates("seed")
        counted = (first["index"] >= 0).all()
        yield {
            "name": name,
            "gradient": first.gradient_norm.mean(),
            "pull": (np.abs(first.b) / np.sqrt(synapses(first))).mean(),
            "largest": first.largest.mean(),
            "index": first["index"].mean() if counted else None,
            "synapses": synapses(first),
        }


def index_differences(paths: DataFrame) -> Iterator[tuple[str, str, list[str]]]:
    """Start, arm, and by how much its index differs from that of `none`, at MOMENTS."""
    small = paths[paths.network == "small"]
    for start in STARTS:
        of_start = small[small.start == start]
        seconds = np.unique(of_start.seconds)
        none = shares(of_start[of_start.arm == "none"])
        for arm in ("weight", "constant_matched"):
            differences = shares(of_start[of_start.arm == arm]) - none
            places = [np.abs(seconds - moment).argmin() for moment in MOMENTS]
            yield (
                start,
                arm,
                [
                    f"{signed(mean_interval(differences[:, at]))} at {seconds[at]:.0f} s"
                    for at in places
                ],
            )


def percent(interval: Interval) -> str:
    """An Interval of shares, cut at 0 and 1, which no mean exceeds, in words; a dash for none."""
    if np.isnan(interval.mean):
        return "–"
    low, high = (f"{100 * bound:.0f}" for bound in np.clip(interval[1:3], 0, 1))
    bounds = f" [{low}, {high}]" if low not in (high, "nan") else ""
    return f"{100 * interval.mean:.0f} %{bounds}"


def quartiles(values: np.ndarray) -> str:
    """Median (lower to upper quartile) of values (3,); a dash for nan."""
    if np.isnan(values).any():
        return "–"
    return f"{values[1]:.3g} ({values[0]:.3g} to {values[2]:.3g})"


def signed(interval: Interval) -> str:
    """An Interval of differences, in words."""
    return in_brackets(*interval[:3])
