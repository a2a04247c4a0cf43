"""The tables of averages over theta, and the same numbers of an independent program."""

from collections.abc import Mapping
from typing import Any

import xarray as xr

from spikesampler.stats.intervals import METHOD
from spikesampler.stats.ruling import number_said
from spikesampler.studies.fang_2018.averages import AUDIT, FEW, NAME
from spikesampler.studies.fang_2018.averages_rules import ACCURACY, tau_said, window_seconds
from spikesampler.studies.paper_tables import printed_rows

__all__ = ["facts", "independent", "table"]

SCORES = ("accuracy", "log_loss", "calibration_error")
OTHER = "fang_2018_averages_independent"  #: of data/paper_tables: the other program's numbers
WORDS = {"mean_theta": "of mean theta", "accuracy_1": "of a single snapshot"}


def table(dataset: xr.Dataset, start: str) -> list[dict[str, Any]]:
    """A row for each arm: means over seeds of what the page's table shows."""
    return [_row(dataset, arm, start) for arm in map(str, dataset["arm"].values)]


def _row(dataset: xr.Dataset, arm: str, start: str) -> dict[str, Any]:
    of_arm = dataset.sel(arm=arm, start=start)
    means = {
        f"{name}_{number}": float(of_arm[name].sel(number=number).mean("seed"))
        for name in SCORES
        for number in dataset["number"].values
    }
    return {
        "arm": arm,
        **means,
        "mean_theta": float(of_arm["mean_theta_accuracy"].mean("seed")),
        "tau": tau_said(dataset, arm, start),
        "spaced": [float(value) for value in of_arm["accuracy_spaced"].mean("seed").values],
    }


def independent(dataset: xr.Dataset) -> dict[str, Any]:
    """Rows of our numbers with the other program's, {column: (ours, theirs or "")}, and in words
    the accuracies that differ by more than ACCURACY.
    """
    printed = {row.pop("arm"): row for row in printed_rows(OTHER)}
    rows: list[dict[str, Any]] = []
    apart: list[str] = []
    compared = 0
    for own in table(dataset, str(dataset["start"].values[0])):
        theirs = printed.get(str(own["arm"]), {})
        rows.append(own | {"theirs": theirs})
        for column, text in theirs.items():
            if "log_loss" in column or column not in own or not text:
                continue
            difference, compared = float(own[column]) - float(text), compared + 1
            if abs(difference) > ACCURACY:
                of = WORDS.get(column, f"of {column.removeprefix('accuracy_')} snapshots")
                apart.append(f"`{own['arm']}` {of} ({number_said(difference, '+.3f')})")
    single = dataset["accuracy"].sel(arm="weight", number=1).std("seed", ddof=1)
    return {"rows": rows, "apart": apart, "compared": compared, "spread": float(single.max())}


def facts(datasets: Mapping[str, xr.Dataset]) -> dict[str, Any]:
    """What the templates name."""
    dataset, other = datasets[NAME], datasets.get(AUDIT)
    starts = [str(start) for start in dataset["start"].values]
    return {
        "tables": {start: table(dataset, start) for start in starts},
        "numbers": [int(number) for number in dataset["number"].values],
        "spacings": [float(s) * dataset.attrs["snapshot_seconds"] for s in dataset["spacing"]],
        "few": FEW,
        "window": window_seconds(dataset),
        "chance": float(dataset.attrs["chance"]),
        "slow": None if other is None else _slowed(other),
        "other": None if other is None else independent(other) | about(other),
        "name": NAME,
        "method": METHOD,
    }


def about(dataset: xr.Dataset) -> dict[str, Any]:
    """The settings of the runs that are compared with the other program's."""
    return {
        "numbers": [int(number) for number in dataset["number"].values],
        "seeds": dataset.sizes["seed"],
        "window": window_seconds(dataset),
        **{name: dataset.attrs[name] for name in ("samples", "test_samples", "snapshot_seconds")},
    }


def _slowed(dataset: xr.Dataset) -> dict[str, Any] | None:
    """The row of the arm that learns with a smaller b, and that b; None without."""
    rows = table(dataset, str(dataset["start"].values[0]))
    slow = [row for row in rows if ", b = " in str(row["arm"])]
    return slow[0] | {"b": str(slow[0]["arm"]).split(", b = ")[1]} if slow else None
