"""What is kept of the runs of `plan`: accuracies, and which output lateral synapses hear most."""

import os
from typing import Any

import numpy as np
import xarray as xr

from spikesampler.errors import InputError
from spikesampler.experiments.comparison_dataset import origin
from spikesampler.experiments.points import run_in_processes
from spikesampler.experiments.run_result import Result
from spikesampler.jobs.progress import Progress
from spikesampler.store.manifest import LEARNING
from spikesampler.studies.kappel_2014.plan import (
    CONDITIONS,
    LATERAL,
    NAME,
    folder,
    points,
    source_of,
)
from spikesampler.studies.study import Part, Work

__all__ = ["PARTS", "followed", "heard"]

FULL = {
    "seeds": 10,
    "samples": 16_000,
    "probe_every": 1000,
    "probe_samples": 400,
    "test_samples": 1000,
}
QUICK = {"seeds": 2, "samples": 60, "probe_every": 30, "probe_samples": 20, "test_samples": 20}


def gather(work: Work, seeds: int, **sizes: int) -> xr.Dataset:
    """Run what is missing, and measure it."""
    numbers = [*range(work.seed, work.seed + work.count(seeds))]
    if not numbers:
        raise InputError(f"seeds={work.seeds}: expected at least 1")
    runs = {}
    for seed in numbers:
        runs |= points(work.runs, seed, **sizes)
    workers = (os.cpu_count() or 1) if work.workers is None else work.workers
    with Progress(NAME, unit="runs") as say:

        def look(_: object) -> None:
            say(sum((path / LEARNING).exists() for path in runs), len(runs), "")

        run_in_processes(runs, work.runs, workers, look)
    results = [
        [Result(folder(work.runs, name, seed), verify=False) for seed in numbers]
        for name in CONDITIONS
    ]
    return _dataset(results, numbers)


def _dataset(results: list[list[Result]], seeds: list[int]) -> xr.Dataset:
    """What is kept of runs, by condition and seed."""
    dims, first = ("condition", "seed"), results[0][0]

    def each(measure: Any) -> np.ndarray:
        return np.array([[measure(result) for result in row] for row in results])

    best = {
        name: [
            [getattr(source_of(condition), name)(seed) for seed in seeds]
            for condition in CONDITIONS
        ]
        for name in ("memoryless", "remembering")
    }
    curves = each(lambda result: result.learning["probe_accuracy"].values).astype("f4")
    variables: dict[str, Any] = {
        "test_accuracy": (dims, each(lambda result: result.test_accuracy)),
        "probe_accuracy": ((*dims, "probe"), curves),
        "followed": (dims, each(followed)),
        **{name: (dims, np.array(values)) for name, values in best.items()},
        "heard": (("state", "before"), np.mean([heard(one) for one in results[0]], axis=0)),
    }
    variables["followed"] += ({"long_name": "outputs that hear the state before theirs most"},)
    variables["heard"] += (
        {"long_name": "mean of exp(w)/c of lateral synapses between outputs of states, `lateral`"},
    )
    coords = {
        "condition": [*CONDITIONS],
        "seed": seeds,
        "probe": first.learning["probe_time"].values,
    }
    source = origin([result.manifest for row in results for result in row])
    attrs = {name: source[name] for name in ("commit", "cpu", "compiler", "versions")}
    dataset = xr.Dataset(variables, coords, attrs)
    dataset["probe"].attrs = {"units": "s", "long_name": "time of the probe"}
    return dataset


def followed(result: Result) -> float:
    """Share of outputs whose strongest lateral weight is from one of the state before theirs."""
    states = result.learning["output_class"].values.astype(int)
    strongest = result.pathway(LATERAL).weights.values.argmax(axis=1)
    return float(np.mean(states[strongest] == (states - 1) % 4))


def heard(result: Result) -> np.ndarray:
    """exp(w)/c, which learns the chance that an output has fired before another one does, mean over
    outputs that stand for states: (state, state before); 0 where no output stands for one.
    """
    states = result.learning["output_class"].values.astype(int)
    learnt = np.exp(result.pathway(LATERAL).weights.values) / result.values["c"]
    found = np.zeros((4, 4))
    for state in range(4):
        for before in range(4):
            some = learnt[np.ix_(states == state, states == before)]
            found[state, before] = some.mean() if some.size else 0.0
    return found


PARTS = {NAME: Part(gather, FULL, QUICK, resumes=True, minutes=9.0)}
