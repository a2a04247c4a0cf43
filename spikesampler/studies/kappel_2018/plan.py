"""Reward instead of a teacher: which runs, and what is kept of them.

Conditions, sizes and rules were fixed before any run with seeds 1 to 10, after pilots with seed 101
that showed that reward alone learns in this time with the program's own parameters. The network has
200 inputs in place of 1000, as its synapses' equations take a step of their own in every step.

reward   the model as it is: T = 0.1, reward with the next sample, a jump at theta = 0
T0, T1   without noise, and with ten times its variance
delay_N  the reward comes N samples later
smooth   no jump: weak synapses transmit what they have
random   control: as many samples are rewarded, at random
none     control: no reward
teacher  models/fang_2018.py without noise on the same stimuli: what a teacher makes of them
anew     a new network on new clusters
swap     the network of `reward` goes on with the new clusters; swap_T0 that of T0
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from spikesampler import stats
from spikesampler.errors import InputError
from spikesampler.experiments.comparison_dataset import origin
from spikesampler.experiments.points import run_in_processes
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.settings import Settings, resolve
from spikesampler.jobs.progress import Progress
from spikesampler.store.manifest import LEARNING
from spikesampler.studies.study import Part, Work

__all__ = ["CONDITIONS", "NAME", "PARTS", "Condition"]

NAME = "kappel_2018"
NEW = 1000  #: seed of the new clusters less that of the run
INPUTS, OUTPUTS = 200, 10
FULL = {
    "seeds": 10,
    "samples": 20_000,
    "probe_every": 500,
    "probe_samples": 200,
    "test_samples": 300,
}
QUICK = {"seeds": 2, "samples": 100, "probe_every": 50, "probe_samples": 30, "test_samples": 30}


class Condition(NamedTuple):
    """Parameters that differ from the model's; after : the condition whose weights it starts with;
    is_new : whether its clusters are new; model : whose it is.
    """

    chosen: Mapping[str, Any] = {}
    after: str = ""
    is_new: bool = False
    model: str = "kappel_2018"


CONDITIONS: dict[str, Condition] = {
    "reward": Condition(),
    "T0": Condition({"noise_scale": 0.0}),
    "T1": Condition({"noise_scale": 1.0}),
    "delay_1": Condition({"reward_delay": 1}),
    "delay_2": Condition({"reward_delay": 2}),
    "delay_5": Condition({"reward_delay": 5}),
    "smooth": Condition({"retraction": "none"}),
    "random": Condition({"reward": "random"}),
    "none": Condition({"reward": "none"}),
    "teacher": Condition(model="fang_2018"),
    "anew": Condition(is_new=True),
    "swap": Condition(after="reward", is_new=True),
    "swap_T0": Condition({"noise_scale": 0.0}, after="T0", is_new=True),
}


def folder_of(runs: Path, condition: str, seed: int) -> Path:
    """Of a run, below that of all runs."""
    return runs / f"{condition}-seed{seed}"


def settings_of(runs: Path, name: str, seed: int, **sizes: Any) -> Settings:
    """Settings of one run; those that start from another ask for that to be finished."""
    condition = CONDITIONS[name]
    is_teacher = condition.model == "fang_2018"
    arm = "none" if is_teacher else "exploration"
    return resolve(
        condition.model,
        noise=f"{arm}:replicate={int(bool(condition.after))}",
        start=folder_of(runs, condition.after, seed) if condition.after else "prior",
        data=f"clusters:{seed + NEW if condition.is_new else seed}",
        seed=seed,
        record="none",
        average=0,
        set={"I": INPUTS, "K": OUTPUTS, **condition.chosen},
        **sizes,
    )


def gather(work: Work, seeds: int, **sizes: Any) -> xr.Dataset:
    """Run what is missing; one dataset over (condition, seed, probe)."""
    numbers = range(work.seed, work.seed + work.count(seeds))
    if not numbers:
        raise InputError(f"seeds={work.seeds}: expected at least 1")
    points: dict[Path, Settings] = {}
    total = len(CONDITIONS) * len(numbers)
    workers = (os.cpu_count() or 1) if work.workers is None else work.workers

    def look(_: object) -> None:
        ready = [s.samples for folder, s in points.items() if (folder / LEARNING).exists()]
        samples = sizes["samples"] * total
        say(sum(ready), samples, f"{len(ready)} of {total} runs finished")

    with Progress(NAME) as say:
        for follows in (False, True):
            names = [n for n, one in CONDITIONS.items() if bool(one.after) == follows]
            stage = {
                folder_of(work.runs, name, seed): settings_of(work.runs, name, seed, **sizes)
                for seed in numbers
                for name in names
            }
            points |= stage
            run_in_processes(stage, work.runs, workers, look)
    return _dataset(work.runs, [*numbers])


def _dataset(runs: Path, seeds: list[int]) -> xr.Dataset:
    """What is kept of all runs."""
    results = {
        (name, seed): Result(folder_of(runs, name, seed), verify=False)
        for name in CONDITIONS
        for seed in seeds
    }
    curves = {place: _curves(result) for place, result in results.items()}
    dims = ("condition", "seed", "probe")
    about = {
        "probe_accuracy": "accuracy on held-out samples, all frozen",
        "present": "share of synapses with theta above 0",
        "turnover": "synapses that came or went since the probe before, over those there",
        "surviving": "share of the synapses of the start that were there in every probe",
    }
    variables = {}
    for number, (name, text) in enumerate(about.items()):
        values = np.array([[curves[n, seed][number] for seed in seeds] for n in CONDITIONS], "f4")
        variables[name] = dims, values, {"units": "1", "long_name": text}
    first = next(iter(results.values()))
    coords = {
        "condition": [*CONDITIONS],
        "seed": seeds,
        "probe": first.learning["probe_time"].values,
    }
    source = origin([result.manifest for result in results.values()])
    attrs = {name: source[name] for name in ("commit", "cpu", "compiler", "versions")}
    bayes = np.mean([result.bayes_accuracy for result in results.values()])
    attrs |= {"chance": 1 / OUTPUTS, "bayes": float(bayes), "inputs": INPUTS}
    dataset = xr.Dataset(variables, coords, attrs)
    dataset["probe"].attrs = {"units": "s", "long_name": "time of the probe"}
    return dataset


def _curves(result: Result) -> np.ndarray:
    """(4, probe): accuracy, present, turnover (nan at first), surviving."""
    learning = result.learning
    theta = learning["theta"].values
    present = theta.reshape(len(theta), -1) > 0
    turnover = np.r_[np.nan, stats.turnover(present)]
    accuracy = learning["probe_accuracy"].values
    return np.array([accuracy, present.mean(axis=1), turnover, stats.surviving(present)])


PARTS = {NAME: Part(gather, FULL, QUICK, resumes=True, minutes=30.0)}
