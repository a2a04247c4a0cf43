"""What is kept of the runs of `plan`: the window, drifts by rates, and distributions of weights."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from spikesampler.errors import InputError
from spikesampler.experiments.comparison_dataset import origin
from spikesampler.experiments.points import run_in_processes
from spikesampler.experiments.run_result import Result
from spikesampler.jobs.progress import Progress
from spikesampler.store.manifest import LEARNING
from spikesampler.studies.stdp_pairs.plan import (
    ARMS,
    BINS,
    DRIVEN,
    LAGS,
    NAME,
    OF_RATES,
    PER_RATE,
    RATES_IN,
    RATES_OUT,
    RATIOS,
    STEPS,
    driven,
    one_pair,
    with_walls,
    without_walls,
)
from spikesampler.studies.study import Part, Work

__all__ = ["PARTS", "weights_of"]

FULL = {"seeds": 10, "seconds": 1000, "settled": 2000, "snapshots": 5}
QUICK = {"seeds": 2, "seconds": 20, "settled": 40, "snapshots": 2}


def gather(work: Work, seeds: int, seconds: int, settled: int, snapshots: int) -> xr.Dataset:
    """Run what is missing, and measure it.

    seconds : of a run without walls. settled : of one with walls before the first snapshot.
    """
    numbers = [*range(work.seed, work.seed + work.count(seeds))]
    if not numbers:
        raise InputError(f"seeds={work.seeds}: expected at least 1")
    points = one_pair(work.runs)
    for seed in numbers:
        points |= without_walls(work.runs, seed, seconds)
        points |= with_walls(work.runs, seed, settled, snapshots)
        points |= driven(work.runs, seed, settled)
    workers = (os.cpu_count() or 1) if work.workers is None else work.workers
    with Progress(NAME, unit="runs") as say:

        def look(_: object) -> None:
            ready = sum((folder / LEARNING).exists() for folder in points)
            say(ready, len(points), "")

        run_in_processes(points, work.runs, workers, look)
    return _dataset(work.runs, numbers, seconds)


def _dataset(runs: Path, seeds: list[int], seconds: int) -> xr.Dataset:
    """What is kept of all runs."""

    def run(name: str, seed: int) -> Result:
        return Result(runs / f"{name}-seed{seed}", verify=False)

    def drift(step: float, ratio: float, s: float, seed: int) -> np.ndarray:
        return _drift(run(f"free-{step:g}-{ratio:g}-{s:g}", seed), seconds)

    variables: dict[str, Any] = {}
    variables["lag"], variables["change"] = _window(Result(runs / "window", verify=False))
    about = {"units": "1/s", "long_name": "mean change of a weight per second"}
    values = [
        [[drift(step, OF_RATES, s, seed) for seed in seeds] for s in RATES_OUT] for step in STEPS
    ]
    variables["drift"] = ("step", "rate_out", "seed", "rate_in"), np.array(values), about
    values = [
        [[drift(step, ratio, RATES_OUT[-1], seed) for seed in seeds] for ratio in RATIOS]
        for step in STEPS
    ]
    variables["near"] = ("step", "ratio", "seed", "rate_in"), np.array(values), about
    for kind, arms in (("walls", ARMS), ("driven", DRIVEN)):
        found = [[weights_of(run(f"{kind}-{arm}", seed)) for seed in seeds] for arm in arms]
        variables |= _summary(kind, np.array(found))
    coords: Mapping[str, Any] = {
        "step": [*STEPS],
        "ratio": [*RATIOS],
        "rate_out": [*RATES_OUT],
        "rate_in": [*RATES_IN],
        "walls_arm": [*ARMS],
        "driven_arm": [*DRIVEN],
        "seed": seeds,
        "bin": (BINS[1:] + BINS[:-1]) / 2,
    }
    source = origin([run(f"walls-{arm}", seeds[0]).manifest for arm in ARMS])
    attrs = {name: source[name] for name in ("commit", "cpu", "compiler", "versions")}
    return xr.Dataset(variables, coords, attrs | {"seconds": seconds})


def _window(result: Result) -> tuple[Any, Any]:
    """(lag in s, change of the weight) of each output, from its spike and the input's."""
    (first, *_), _ = result.spikes("inputs")
    found, outputs = result.spikes("outputs")
    times = dict(zip(outputs[::-1], found[::-1]))  # the first spike of each
    lag = np.array([times[number] - first for number in range(LAGS)])
    path = result.learning["theta"].values[:, :, 0]
    about = {"units": "s", "long_name": "spike of the output after that of the input"}
    return (("pair",), lag, about), (("pair",), path[1] - path[0], {"units": "1"})


def _drift(result: Result, seconds: int) -> np.ndarray:
    """Mean change of a weight per second, by the rate of its input (n_rate,)."""
    path = result.learning["theta"].values
    change = (path[-1] - path[0]).mean(axis=0) / seconds
    return change.reshape(len(RATES_IN), PER_RATE).mean(axis=1)


def weights_of(result: Result) -> np.ndarray:
    """All weights in the snapshots of the second half, flat."""
    path = result.learning["theta"].values
    return path[len(path) // 2 + 1 :].ravel()


def _summary(kind: str, weights: np.ndarray) -> dict[str, Any]:
    """Variables of weights (n_arm, n_seed, n): counts in bins, mean, spread, a sorted few."""
    dims = (f"{kind}_arm", "seed")
    counts = np.apply_along_axis(lambda values: np.histogram(values, BINS)[0], -1, weights)
    few = np.quantile(weights, (np.arange(200) + 0.5) / 200, axis=-1)
    return {
        f"{kind}_counts": ((*dims, "bin"), counts.astype("i4"), {"units": "1"}),
        f"{kind}_mean": (dims, weights.mean(axis=-1), {"units": "1"}),
        f"{kind}_sd": (dims, weights.std(axis=-1), {"units": "1"}),
        f"{kind}_quantiles": (
            (*dims, "quantile"),
            np.moveaxis(few, 0, -1).astype("f4"),
            {"units": "1", "long_name": "200 quantiles of the weights"},
        ),
    }


PARTS = {NAME: Part(gather, FULL, QUICK, resumes=True, minutes=3.0)}
