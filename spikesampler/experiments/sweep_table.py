"""The tables of a sweep: a row per combination of values, a line per point, and its failures."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from spikesampler import stats
from spikesampler.experiments.printed import interval_columns, printed_interval
from spikesampler.experiments.sweep_dataset import MEASURES

if TYPE_CHECKING:
    from pathlib import Path

    import xarray

__all__ = [
    "coordinates",
    "dims_of",
    "failure_lines",
    "points_csv",
    "row",
    "rows",
    "text",
    "value_text",
]

MOST_ROWS = 60  #: combinations that the printed table shows
MOST_POINTS = 5  #: failed points that are named of each error


Failures = list[dict[str, Any]]


def dims_of(dataset: xarray.Dataset) -> list[str]:
    """Dimensions but the seed."""
    return [str(dim) for dim in dataset["test_accuracy"].dims if dim != "seed"]


def rows(dataset: xarray.Dataset) -> Iterator[dict[str, Any]]:
    """For each combination of values, arm and start: these, and what its seeds have in common.

    That is the mean with its 95 % interval, and of the escape the median (Kaplan-Meier)
    with its interval.
    """
    names = coordinates(dataset)
    if not dims_of(dataset):
        yield row(dataset, names)
        return
    stacked = dataset.drop_vars(["probe_curve", "probe_time"], errors="ignore").stack(
        row=dims_of(dataset)
    )
    for i in range(stacked.sizes["row"]):
        yield row(stacked.isel(row=i), names)


def row(cell: xarray.Dataset, names: list[str]) -> dict[str, Any]:
    """One of `rows`, of a dataset that has the dimension seed alone; names : of coordinates."""
    done = cell["finished"].values.astype(bool)
    columns: dict[str, Any] = {name: cell[name].values.item() for name in names}
    columns |= {"seeds": int(done.sum()), "failed": int((~done).sum())}
    averages = [name for name in ("averaged_accuracy", "averaged_log_loss") if name in cell]
    for name in (*(f"{measure}_accuracy" for measure in MEASURES), *averages):
        interval = stats.known_interval(cell[name].values[done], within=stats.range_of(name))
        columns |= interval_columns(name, interval)
    times = stats.Escape(
        cell["escape_seconds"].values[done], cell["escaped"].values[done].astype(bool)
    )
    columns["escaped"] = int(times.escaped.sum())
    median = stats.escape_median(times) if done.any() else [np.nan] * 3
    return columns | interval_columns("escape_seconds", median)


def coordinates(dataset: xarray.Dataset) -> list[str]:
    """Names of what tells the combinations apart: parameters, and arm and start."""
    dims = set(dataset["test_accuracy"].dims)
    return [
        str(name)
        for name in dataset.coords
        if name not in ("seed", "sample_block", "point")
        and (name in ("arm", "start") or set(dataset[name].dims) <= dims)
    ]


def points_csv(dataset: xarray.Dataset, failures: Failures) -> str:
    """One line per point: values, arm, start, seed, whether it finished, scores, error."""
    names = [*coordinates(dataset), "seed"]
    errors = {tuple(str(point[name]) for name in names): point["error"] for point in failures}
    scores = [
        name
        for name, values in dataset.data_vars.items()
        if "seed" in values.dims and "sample_block" not in values.dims
    ]
    stacked = dataset[scores].stack(row=[*dims_of(dataset), "seed"])
    columns = {
        name: np.broadcast_to(stacked[name].values, stacked.sizes["row"])
        for name in (*names, *scores)
    }
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow([*columns, "error"])
    for row in zip(*columns.values()):
        writer.writerow([*row, errors.get(tuple(map(str, row[: len(names)])), "")])
    return lines.getvalue()


def text(
    dataset: xarray.Dataset, failures: Failures, file: Path, undrawn: str | None = None
) -> str:
    """The table for people, with what its numbers are, and what failed.

    file : where all points are. undrawn : why there is no figure.
    """
    names = coordinates(dataset)
    table = list(islice(rows(dataset), MOST_ROWS + 1))
    wide = {
        name: 2 + max(len(name), *(len(value_text(row[name])) for row in table)) for name in names
    }
    head = "".join(f"{name:<{wide[name]}}" for name in names)
    shown = [name for name in ("test", "averaged", "online") if f"{name}_accuracy" in table[0]]
    scores = "".join(f"{name:^24}" for name in shown)
    lines = [f"{head}{'seeds':>6}{scores}{'escape (s)':^22}{'escaped':^9}"]
    for row in table[:MOST_ROWS]:
        values = "".join(f"{value_text(row[name]):<{wide[name]}}" for name in names)
        scores = "".join(f"{printed_interval(row, f'{name}_accuracy'):^24}" for name in shown)
        escape = printed_interval(row, "escape_seconds", ".0f")
        lines.append(f"{values}{row['seeds']:>6}{scores}{escape:^22}{row['escaped']:^9}")
    if len(table) > MOST_ROWS:
        lines.append(f"… all points are in {file}")
    statistic = "one seed"
    if dataset.sizes["seed"] > 1:
        statistic = "mean [95 % interval over seeds]; escape: median"
    lines.append(
        f"{statistic}; a run escapes when its probe exceeds half-way from chance to the ceiling"
    )
    if undrawn:
        lines.append(undrawn)
    return "\n".join([*lines, *failure_lines(failures)])


def failure_lines(failures: Failures) -> list[str]:
    """A table of failures, equal errors together."""
    if not failures:
        return []
    by_error: dict[str, list[str]] = {}
    for failure in failures:
        point = ", ".join(
            f"{name}={value_text(value)}"
            for name, value in failure.items()
            if name not in ("folder", "error")
        )
        by_error.setdefault(failure["error"], []).append(point)
    lines = [f"{len(failures)} points failed; --resume tries them again:"]
    for error, points in by_error.items():
        lines += [f"  {error}", *(f"    {point}" for point in points[:MOST_POINTS])]
        if len(points) > MOST_POINTS:
            lines.append(f"    and {len(points) - MOST_POINTS} more")
    return lines


def value_text(value: object) -> str:
    """A value as tables print it."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
