"""What is kept of the runs of `plan`: moments, distributions, memory, synapses that come and go."""

import os
from typing import Any

import numpy as np
import xarray as xr

from spikesampler import stats
from spikesampler.errors import InputError
from spikesampler.experiments.comparison_dataset import origin
from spikesampler.experiments.points import run_in_processes
from spikesampler.experiments.run_result import Result
from spikesampler.jobs.progress import Progress
from spikesampler.store.manifest import LEARNING
from spikesampler.studies.spine_sizes.plan import (
    CONDITIONS,
    CONTROLS,
    LAGS,
    NAME,
    SESSIONS,
    folder,
    law_of,
    points,
    threshold,
)
from spikesampler.studies.study import Part, Work

__all__ = ["PARTS", "measured", "sizes_of"]

FULL = {"seeds": 10, "sessions": 100}
QUICK = {"seeds": 2, "sessions": 30}
QUANTILES = 200
ABOUT = {
    "mean": "mean size over the mean of the law",
    "sd": "standard deviation of the size; of its logarithm where the law is log-normal",
    "skewness": "skewness of the sizes",
    "distance": "largest distance of the distribution from that of the law",
    "turnover": "synapses that come or go from session to session, over those there",
    "correlation": "autocorrelation over synapses; of the logarithm where the law is log-normal",
    "survival": "share of the synapses of a session that were there in each one until then",
    "quantiles": "200 quantiles of the size",
}


def gather(work: Work, seeds: int, sessions: int) -> xr.Dataset:
    """Run what is missing, and measure it. sessions : that are counted."""
    numbers = [*range(work.seed, work.seed + work.count(seeds))]
    if not numbers:
        raise InputError(f"seeds={work.seeds}: expected at least 1")
    runs = {}
    for seed in numbers:
        runs |= points(work.runs, seed, sessions)
    workers = (os.cpu_count() or 1) if work.workers is None else work.workers
    with Progress(NAME, unit="runs") as say:

        def look(_: object) -> None:
            say(sum((path / LEARNING).exists() for path in runs), len(runs), "")

        run_in_processes(runs, work.runs, workers, look)
    names = [*CONDITIONS, *CONTROLS]
    results = [
        [Result(folder(work.runs, name, seed), verify=False) for seed in numbers] for name in names
    ]
    found = [
        [measured(name, sizes_of(result, name)) for result in row]
        for name, row in zip(names, results, strict=True)
    ]
    dims = {"correlation": ("lag",), "survival": ("session",), "quantiles": ("quantile",)}
    variables: dict[str, Any] = {}
    for name, about in ABOUT.items():
        values = np.array([[one[name] for one in row] for row in found])
        attrs = {"units": "1", "long_name": about}
        variables[name] = ("condition", "seed", *dims.get(name, ())), values, attrs
    source = origin([result.manifest for row in results for result in row])
    attrs = {name: source[name] for name in ("commit", "cpu", "compiler", "versions")}
    return xr.Dataset(variables, {"condition": names, "seed": numbers}, attrs)


def sizes_of(result: Result, name: str) -> np.ndarray:
    """Sizes at the sessions that count, (session, synapse)."""
    one = CONDITIONS[CONTROLS.get(name, name)]
    pathway, number = result.main, result.learning.sizes["probe"]
    sizes = [pathway.weights_at(probe).values.ravel() for probe in range(one.settle, number)]
    return np.array(sizes)


def measured(name: str, sizes: np.ndarray) -> dict[str, Any]:
    """What is kept of sizes (session, synapse) of a condition, by the names of ABOUT."""
    law, present = law_of(name), sizes > threshold(name)
    is_log = "log-normal" in name
    of = np.log(sizes) if is_log else sizes
    return {
        "mean": sizes.mean() / (law.mean_size if is_log else law.mean),
        "sd": of.std(),
        "skewness": ((sizes - sizes.mean()) ** 3).mean() / sizes.std() ** 3,
        "distance": _distance(law, sizes),
        "turnover": stats.turnover(present).mean(),
        "correlation": _correlation(of),
        "survival": _survival(present),
        "quantiles": np.quantile(sizes, (np.arange(QUANTILES) + 0.5) / QUANTILES).astype("f4"),
    }


def _distance(law: Any, sizes: np.ndarray) -> float:
    """Of Kolmogorov and Smirnov."""
    ordered = np.sort(sizes.ravel())
    at = law.below(ordered)
    steps = np.arange(len(ordered) + 1) / len(ordered)
    return float(max((steps[1:] - at).max(), (at - steps[:-1]).max()))


def _correlation(values: np.ndarray) -> np.ndarray:
    """Between sessions, over synapses, mean over pairs of sessions so far apart: (LAGS + 1,).

    The mean over all sessions is taken off, not that of a synapse, which would bias it.
    """
    away = values - values.mean()
    square = (away**2).mean()
    pairs = ((away[: len(away) - lag] * away[lag:]).mean() for lag in range(LAGS + 1))
    return np.array([pair / square for pair in pairs])


def _survival(present: np.ndarray) -> np.ndarray:
    """Mean over all sessions that SESSIONS - 1 others follow, (SESSIONS,)."""
    firsts = range(len(present) - SESSIONS + 1)
    return np.mean([stats.surviving(present[first:][:SESSIONS]) for first in firsts], axis=0)


PARTS = {NAME: Part(gather, FULL, QUICK, resumes=True, minutes=3.0)}
