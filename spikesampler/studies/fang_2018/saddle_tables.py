"""What the saddle study measured, as tables: by seed, without duplicates, and in groups."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from pandas import DataFrame

__all__ = ["COUNTS", "KINDS", "by_seed", "distinct", "groups", "shares", "synapses", "tables"]

#: effective patterns of the stationary points: N of 10, 100 and 1000
COUNTS = {2_000: 10, 20_000: 100, 200_000: 1000}
KINDS = ("maxima", "passes")  #: stationary points of index 0 and 1


def tables(datasets: Mapping[str, xr.Dataset]) -> tuple[DataFrame, DataFrame]:
    """Points of learning paths, and stationary points, from the study's datasets."""
    paths = datasets["fang_2018_saddle"].to_dataframe()
    near = datasets["fang_2018_stationary"].to_dataframe()
    return paths, near.assign(N=near.effective_patterns * 100 / 20_000)


def distinct(near: DataFrame) -> DataFrame:
    """Stationary points that are no others found before.

    Searches of a seed climb one J, and often end where others do. Points are told apart by J and
    the largest eigenvalue, to six and four digits.
    """
    converged = near[near.converged]
    rounded = converged.assign(
        value=converged.value.map("{:.6g}".format), largest=converged.largest.map("{:.4g}".format)
    )
    columns = ["effective_patterns", "seed", "wanted_index", "value", "largest"]
    return converged[~rounded.duplicated(columns)]


def by_seed(table: DataFrame, name: str) -> np.ndarray:
    """(n_seed, n_snapshot) of a column."""
    return table.pivot(index="seed", columns="number", values=name).to_numpy(dtype=float)


def synapses(table: DataFrame) -> float:
    """Number of synapses: A = -K I / sigma^2, and sigma = 1."""
    return -table.a.iloc[0]


def shares(table: DataFrame) -> np.ndarray:
    """Share of positive eigenvalues, (n_seed, n_snapshot)."""
    return by_seed(table, "index") / synapses(table)


def groups(paths: DataFrame, near: DataFrame) -> dict[str, DataFrame]:
    """Points by what they are, in the order of the page."""
    named = {}
    columns = ["network", "N", "arm", "start"]
    for (network, N, arm, start), part in paths.groupby(columns, sort=False):
        name = "100 inputs" if network == "small" else "paper's network"
        named[f"path, {name}, N = {N:g}, `{arm}`, `{start}`"] = part
    for (count, index), part in distinct(near).groupby(["effective_patterns", "wanted_index"]):
        named[f"{KINDS[index]}, 100 inputs, {count:g} patterns"] = part
    return named
