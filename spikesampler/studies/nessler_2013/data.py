"""What is kept of the runs of `plan`: how well causes are found, and what each synapse saw."""

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from spikesampler.errors import InputError
from spikesampler.experiments.comparison_dataset import origin
from spikesampler.experiments.points import run_in_processes
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.settings import Settings
from spikesampler.jobs.progress import Progress
from spikesampler.language.complaints import ModelWarning
from spikesampler.stats import chance_entropy, normalised_conditional_entropy
from spikesampler.stimuli.seeds import generator
from spikesampler.store.manifest import LEARNING
from spikesampler.studies.nessler_2013.plan import (
    CAUSES,
    CELLS,
    FEW,
    FIXED,
    NAME,
    SAMPLE,
    SETTLE,
    Fixed,
    counting_model,
    fixed,
    fixed_folder,
    folder,
    label,
    learning,
)
from spikesampler.studies.study import Part, Work

__all__ = ["PARTS", "counted"]

FULL = {
    "seeds": 10,
    "samples": 2000,
    "probe_every": 200,
    "held_out": 300,
    "counted": 2000,
    "counted_rare": 8000,
}
QUICK = {
    "seeds": 2,
    "samples": 60,
    "probe_every": 30,
    "held_out": 20,
    "counted": 100,
    "counted_rare": 800,
}
LEAST = 30  #: counted spikes of an output, without which its synapses say too little
COUNTED = ("spikes", "hits", "inverse", "weight")


def gather(work: Work, seeds: int, counted: int, counted_rare: int, **sizes: int) -> xr.Dataset:
    """Run what is missing, and measure it.

    counted, counted_rare : samples of the runs of fixed points. sizes : of those that learn.
    """
    numbers = [*range(work.seed, work.seed + work.count(seeds))]
    if not numbers:
        raise InputError(f"seeds={work.seeds}: expected at least 1")
    model = counting_model(work.runs)
    points: dict[Path, Settings] = {}
    for seed in numbers:
        points |= learning(work.runs, seed, **sizes)
        with warnings.catch_warnings():  # what is counted is for us, and changes nothing
            warnings.simplefilter("ignore", ModelWarning)
            points |= fixed(work.runs, model, seed, counted, counted_rare)
    workers = (os.cpu_count() or 1) if work.workers is None else work.workers
    with Progress(NAME, unit="runs") as say:

        def look(_: object) -> None:
            say(sum((path / LEARNING).exists() for path in points), len(points), "")

        run_in_processes(points, work.runs, workers, look)
    return _dataset(work.runs, numbers)


def _dataset(runs: Path, seeds: list[int]) -> xr.Dataset:
    """What is kept of all runs."""
    results = [
        [Result(folder(runs, *cell, seed), verify=False) for seed in seeds] for cell in CELLS
    ]
    first = results[0][0]
    dims = ("cell", "seed")
    scores = np.array([[_scores(result) for result in row] for row in results])
    curves = np.array([[r.learning["probe_accuracy"].values for r in row] for row in results], "f4")
    variables: dict[str, Any] = {
        "test_accuracy": (dims, scores[..., 0]),
        "information": (dims, scores[..., 1]),
        "shuffled_information": (dims, scores[..., 2]),
        "probe_accuracy": ((*dims, "probe"), curves),
        "ceiling": (("seed",), [CAUSES.best_accuracy(seed) for seed in seeds]),
        "picture": (("cause", "pixel"), CAUSES.pictures(seeds[0]).astype("i1")),
        "learnt": (("output", "pixel"), _told(first).astype("f4")),
        "stands_for": (("output",), first.learning["output_class"].values.astype("i2")),
    }
    variables |= _synapses(runs, seeds)
    coords = {
        "cell": [label(*cell) for cell in CELLS],
        "fixed": [*FIXED],
        "seed": seeds,
        "probe": first.learning["probe_time"].values,
    }
    source = origin([result.manifest for row in results for result in row])
    attrs = {name: source[name] for name in ("commit", "cpu", "compiler", "versions")}
    dataset = xr.Dataset(variables, coords, attrs | {"chance": 1 / CAUSES.num_classes})
    dataset["probe"].attrs = {"units": "s", "long_name": "time of the probe"}
    return dataset


def _scores(result: Result) -> tuple[float, float, float]:
    """Test accuracy, information of the winner on the cause, 0 to 1; that of shuffled ones."""
    learning = result.learning
    counts, labels = learning["test_counts"].values, learning["test_label"].values
    number = learning.sizes["class"]
    left = normalised_conditional_entropy(counts, labels, number)
    rng = generator(result.seed, "nessler", "shuffled")
    return result.test_accuracy, 1 - left, 1 - chance_entropy(counts, labels, number, rng)


def _told(result: Result) -> np.ndarray:
    """Weight from a pixel's white input less that from its black one, (output, pixel)."""
    white, black = np.split(result.weights.values, 2, axis=1)
    return white - black


def _synapses(runs: Path, seeds: list[int]) -> dict[str, Any]:
    """Of each synapse at the fixed points: P, E[exp(-w)], E[w] and the rate of its output."""
    found = []
    for name, one in FIXED.items():
        for seed in seeds:
            result = Result(fixed_folder(runs, name, seed), verify=False)
            found.append(counted(result, one))
    shape = (len(FIXED), len(seeds), 4, FEW.num_classes, FEW.num_features)
    values = np.reshape(found, shape).astype("f4")
    dims = ("fixed", "seed", "output", "input")
    about = {
        "P": "part of the spikes of the output at which the input had just fired",
        "inverse": "mean of exp(-w) at them",
        "weight": "mean of w at them",
        "rate": "counted spikes of the output per second",
    }
    return {
        key: (
            tuple(f"few_{dim}" if dim in ("output", "input") else dim for dim in dims),
            values[:, :, number],
            {"long_name": text},
        )
        for number, (key, text) in enumerate(about.items())
    }


def counted(result: Result, one: Fixed) -> np.ndarray:
    """(4, output, input): P, E[exp(-w)], E[w], rate; nan where an output spiked too rarely."""
    spikes, hits, inverse, weight = (result.states[name].values for name in COUNTED)
    enough = np.where((spikes >= LEAST) & (hits > 0), spikes, np.nan)
    seconds = (1 - SETTLE) * SAMPLE * result.samples
    return np.array([hits / enough, inverse / enough, weight / enough, enough / seconds])


PARTS = {NAME: Part(gather, FULL, QUICK, resumes=True, minutes=4.0)}
