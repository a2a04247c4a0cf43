"""The dataset of a sweep, from its finished runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spikesampler import stats
from spikesampler.experiments.averages import MEASURES as AVERAGES
from spikesampler.experiments.comparison_dataset import origin, set_text
from spikesampler.experiments.oddities import count_oddities
from spikesampler.experiments.sweep_plan import Plan
from spikesampler.store.learning import read_some
from spikesampler.store.manifest import LEARNING, read_manifest

if TYPE_CHECKING:
    import xarray

__all__ = ["MEASURES", "bayes_thresholds", "gather", "read_point"]

MEASURES = ("test", "online", "probe", "bayes")

Record = dict[str, Any]
Variable = tuple[np.ndarray, dict[str, str]]


def read_point(folder: Path) -> Record:
    """What the dataset needs of a finished run: its probes' curve, most of its manifest."""
    manifest = read_manifest(folder)
    del manifest["model"], manifest["parameters"], manifest["files"]
    curve = read_some(
        folder / LEARNING, ("probe_samples_seen", "probe_time", "probe_accuracy"), ("chance",)
    )
    return {"manifest": manifest, **curve}


def gather(plan: Plan, records: Mapping[str, Record]) -> xarray.Dataset:
    """The dataset of a sweep from `read_point` of its finished runs; the others are nan.

    records : by name of folder.
    """
    import xarray

    axes, varied = plan.design.axes, plan.design.varied
    sizes = {name: len(values) for name, values in axes.items()}
    if varied:
        sizes["point"] = len(next(iter(varied.values())))
    sizes |= {"arm": len(plan.arms), "start": len(plan.starts), "seed": len(plan.seeds)}
    dims, shape = tuple(sizes), tuple(sizes.values())
    runs = [records.get(cell.folder) for cell in plan.cells]
    variables: dict[str, tuple] = {
        name: (dims, values.reshape(shape), about)
        for name, (values, about) in _scores(runs, len(plan.seeds)).items()
    }
    if plan.model.supervised:
        del variables["test_entropy"]
    for name in AVERAGES:
        if not np.isfinite(variables[name][1]).any():  # --average 0
            del variables[name]
    folders = np.array([cell.folder for cell in plan.cells]).reshape(shape)
    texts = {cell.arm: cell.settings.noise for cell in plan.cells}
    variables["arm_text"] = (("arm",), [texts[arm] for arm in plan.arms], {"long_name": "noise"})
    about = {"long_name": "folder of the run, within that of the sweep"}
    variables["folder"] = (dims, folders, about)
    coords: dict[str, Any] = {
        name: ((name,), values, _about(plan, name)) for name, values in axes.items()
    }
    coords |= {name: (("point",), values, _about(plan, name)) for name, values in varied.items()}
    coords |= {"arm": [*plan.arms], "start": plan.starts, "seed": plan.seeds}
    attrs = {"model": plan.model.name, "title": plan.model.title}
    if records:
        blocks = next(iter(records.values()))["probe_samples_seen"]
        nothing = np.full(len(blocks), np.nan)
        curves = np.array([nothing if run is None else run["probe_accuracy"] for run in runs])
        curves = curves.reshape(*shape, len(blocks))
        variables["probe_curve"] = ((*dims, "sample_block"), curves, {"units": "1"})
        times = np.array([nothing if run is None else run["probe_time"] for run in runs])
        times = times.reshape(*shape, len(blocks))
        variables["probe_time"] = ((*dims, "sample_block"), times, {"units": "s"})
        about = {"units": "1", "long_name": "learning samples seen"}
        coords["sample_block"] = (("sample_block",), blocks, about)
        manifests = [record["manifest"] for record in records.values()]
        attrs |= origin(manifests)
        oddities = {
            name: record["manifest"]["results"].get("oddities", {})
            for name, record in records.items()
        }
        if odd := count_oddities(oddities):
            attrs["oddities"] = odd
    chosen = {name: plan.model.parameters[name].value for name in plan.model.overridden}
    attrs["set"] = set_text(chosen)
    attrs["model_sha256"] = hashlib.sha256(plan.model.source_text.encode()).hexdigest()
    attrs |= {name: plan.facts[name] for name in ("test_samples", "probe_samples")}
    dataset = xarray.Dataset(variables, coords=coords, attrs=attrs)
    return dataset.squeeze([name for name in ("arm", "start") if sizes[name] == 1])


def _about(plan: Plan, name: str) -> dict[str, str]:
    parameter = plan.model.parameters[name]
    return {"units": parameter.unit, "long_name": parameter.meaning}


def _scores(runs: Sequence[Record | None], num_seeds: int) -> dict[str, Variable]:
    """{variable: (values (num_points,), attributes)} of all points, seeds last.

    A run that failed is None.
    """

    def of_all(values: Iterable[float | None]) -> np.ndarray:
        return np.array([np.nan if value is None else value for value in values], dtype=float)

    names = (*(f"{measure}_accuracy" for measure in MEASURES), *AVERAGES)
    names = (*names, "test_entropy", "engine_seconds")
    results = {
        name: of_all(None if run is None else run["manifest"]["results"][name] for run in runs)
        for name in names
    }
    chance = of_all(None if run is None else run["chance"] for run in runs)
    threshold = bayes_thresholds(
        *(
            values.reshape(-1, num_seeds)
            for values in (results["bayes_accuracy"], results["probe_accuracy"], chance)
        )
    ).ravel()
    escapes = [
        (np.nan, 0) if run is None else _escape(run, mark)
        for run, mark in zip(runs, threshold, strict=True)
    ]
    seconds, escaped = np.array(escapes, dtype=float).T
    pure = {"units": "1"}
    variables = {name: (values, pure) for name, values in results.items()}
    variables["engine_seconds"] = (results["engine_seconds"], {"units": "s"})
    about = {"units": "s", "long_name": "time of escape, or the run's length"}
    variables["escape_seconds"] = (seconds, about)
    variables["escaped"] = (escaped.astype(int), pure)
    variables["escape_threshold"] = (threshold, pure)
    variables["chance"] = (chance, pure)
    variables["finished"] = (np.isfinite(chance).astype(int), pure)
    return variables


def bayes_thresholds(bayes: np.ndarray, probe: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Accuracy that a run must exceed to have escaped: half-way from chance to the ceiling.

    All are (…, n_seed). Points of a sweep are different tasks, so each has its own. The ceiling is
    the Bayes-optimal accuracy on the run's own test samples, or where that is unknown (real data),
    the best final probe of the sweep, a mean over seeds.
    """
    means = [mean for mean in np.mean(probe, axis=-1).ravel() if np.isfinite(mean)]
    best = max(means, default=np.nan)
    return (chance + np.where(np.isfinite(bayes), bayes, best)) / 2


def _escape(run: Record, threshold: float) -> tuple[float, bool]:
    times = stats.escape(run["probe_time"], run["probe_accuracy"][None], threshold)
    return float(times.seconds[0]), bool(times.escaped[0])
