"""What is compared: before and after the swap, T by T, and T = 1 less T = 0, seed by seed.

Means come with 95 % intervals, each of that mean alone; what is tested is in `findings`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from spikesampler import stats
from spikesampler.stats.responses import preferred_class
from spikesampler.studies.kappel_2015.measures import FATES
from spikesampler.studies.kappel_2015.phases import PHASES, TEMPERATURES

__all__ = ["Row", "as_text", "by_measure", "digits", "outcomes", "table"]

Row = dict[str, Any]


def values_in(dataset: xr.Dataset, name: str, phase: str) -> np.ndarray:
    """A variable in one phase, as float: (temperature, seed) or (temperature, seed, probe)."""
    return dataset[name].sel(phase=phase).values.astype(float)


def at_end(dataset: xr.Dataset, name: str, phase: str) -> np.ndarray:
    """Mean over the last quarter of the probes of a phase: (temperature, seed)."""
    curve = values_in(dataset, name, phase)
    return curve[..., -(curve.shape[-1] // 4) :].mean(axis=-1)


def half_time(dataset: xr.Dataset, kind: str) -> np.ndarray:
    """Seconds until the entropy is half-way to its last quarter: (temperature, seed).

    Taken from the close look as long as that lasts; a network that never gets there counts with the
    whole phase.
    """
    close, whole = dataset.sel(phase=f"{kind}_early"), dataset.sel(phase=kind)
    later = whole["time"].values > close["time"].values[-1]
    time = np.r_[close["time"].values, whole["time"].values[later]].astype(float)
    entropy = np.concatenate(
        [close["entropy"].values, whole["entropy"].values[..., later]], axis=-1
    )
    half = (entropy[..., 0] + at_end(dataset, "entropy", kind)) / 2
    return stats.escape(time, half[..., np.newaxis] - entropy, 0.0).seconds


def _preferences(dataset: xr.Dataset) -> dict[str, np.ndarray]:
    """{phase: the class that an output prefers, (moment, temperature, seed, output)}; -1: none."""
    rates = dataset["rate"].transpose("phase", "moment", ..., "class", "output")
    return dict(zip(PHASES, preferred_class(rates.values)))


def outcomes(dataset: xr.Dataset) -> dict[str, tuple[str, np.ndarray]]:
    """{measure: (unit, values (temperature, seed))}."""
    entropy = {phase: values_in(dataset, "entropy", phase) for phase in PHASES}
    rise = {phase: entropy[phase][..., 0] - entropy["learn"][..., -1] for phase in ("swap", "stay")}
    end = {phase: at_end(dataset, "entropy", phase) for phase in PHASES}
    close = {kind: entropy[f"{kind}_early"].mean(axis=-1) for kind in ("swap", "anew")}
    half = {kind: half_time(dataset, kind) for kind in ("swap", "anew")}
    lost, formed = (
        {phase: 100 * values_in(dataset, name, phase) for phase in ("swap", "stay")}
        for name in FATES
    )
    changed, preferred = 100 * at_end(dataset, "changed", "stay"), _preferences(dataset)
    moved = {phase: (first != last).sum(axis=-1) for phase, (first, last) in preferred.items()}
    clusters = np.apply_along_axis(lambda row: len({*row} - {-1}), -1, preferred["learn"][1])
    return {
        "entropy, learnt": ("1", end["learn"]),
        "selectivity, learnt": ("1", at_end(dataset, "selectivity", "learn")),
        "selective outputs, learnt": ("outputs", at_end(dataset, "selective", "learn")),
        "clusters that an output prefers, learnt": ("clusters", clusters),
        "connected, learnt": ("%", 100 * at_end(dataset, "connected", "learn")),
        "rise of the entropy, swap": ("1", rise["swap"]),
        "rise of the entropy, stay": ("1", rise["stay"]),
        "half-time of the entropy, swap": ("s", half["swap"]),
        "half-time of the entropy, anew": ("s", half["anew"]),
        "half-time of the entropy, swap - anew": ("s", half["swap"] - half["anew"]),
        "entropy close to the swap, swap - anew": ("1", close["swap"] - close["anew"]),
        "entropy in the end, swap": ("1", end["swap"]),
        "entropy in the end, swap - stay": ("1", end["swap"] - end["stay"]),
        "entropy in the end, swap - anew": ("1", end["swap"] - end["anew"]),
        "outputs that change cluster, swap": ("outputs", moved["swap"]),
        "outputs that change cluster, stay": ("outputs", moved["stay"]),
        "connections lost, swap": ("%", lost["swap"]),
        "connections lost, stay": ("%", lost["stay"]),
        "connections lost, swap - stay": ("%", lost["swap"] - lost["stay"]),
        "connections formed, swap": ("%", formed["swap"]),
        "connections formed, stay": ("%", formed["stay"]),
        "changed between probes in the end, stay": ("%", changed),
    }


def table(dataset: xr.Dataset) -> list[Row]:
    """Rows: each measure for each T, and T = 1 less T = 0 seed by seed."""
    rows: list[Row] = []
    for measure, (unit, values) in outcomes(dataset).items():
        cells = {f"T={T}": of_seeds for T, of_seeds in zip(TEMPERATURES, values)}
        cells["difference"] = values[1] - values[0]
        for of, of_seeds in cells.items():
            numbers = zip(("mean", "low", "high", "seeds"), stats.mean_interval(of_seeds))
            rows.append({"measure": measure, "unit": unit, "of": of} | dict(numbers))
    return rows


def by_measure(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """{measure with its unit: rows of T = 0, T = 1 and their difference}."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        unit = "" if row["unit"] == "1" else f" ({row['unit']})"
        groups.setdefault(row["measure"] + unit, []).append(row)
    return groups


def digits(row: Row) -> int:
    """Digits after the point that a row's unit deserves."""
    return {"1": 3, "%": 2, "s": 0}.get(row["unit"], 1)


def as_text(rows: Sequence[Row]) -> str:
    """The table for a terminal, a line per measure."""

    def cell(row: Row) -> str:
        mean, low, high = (
            f"{round(row[name], digits(row)) + 0.0:.{digits(row)}f}"
            for name in ("mean", "low", "high")
        )
        return f"{mean} [{low}, {high}]"

    lines = [
        name.ljust(54) + "".join(f"{cell(row):<33}" for row in cells)
        for name, cells in by_measure(rows).items()
    ]
    head = f"{'':<54}{'T = 0':<33}{'T = 1':<33}T = 1 less T = 0"
    foot = f"mean [95 % interval of that mean alone] over {rows[0]['seeds']} seeds"
    return "\n".join([head, *map(str.rstrip, lines), foot]).replace("nan", "–")
