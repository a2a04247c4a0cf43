"""Momentum and transmission noise beside synaptic noise: which runs.

Fixed before any run with seeds 1 to 10, after the escapes from the plateau that
data/fang_2018_study.nc has: about 3200 s without noise, 2300 s with `constant`. Runs of another
seed (901) told how long they take, and changed nothing.

plateau  all arms, 3200 s, a probe every 40 s: a tenth of the time of `constant` is 230 s. Many runs
         without noise are still there at the end; they count with the length of the run.
prior    2500 s, of which the last 2000 s are averaged; momentum with one gamma, since all have the
         stationary law of `constant`.

gamma    0.002 to 0.2 /s: the velocity is forgotten in 500 to 5 s, from near the time of the escape
         to far below it. 2 /s is the control: momentum becomes `constant` as gamma grows.
p        0.25, 0.5, 0.75: the variance of the drive is about 4, 2 and 1.3 times as large; `none` is
         p = 1. No other arm adds variance to the drive alone, so how the effect grows as p falls
         takes the place of a control of equal variance.
"""

from typing import Any

import xarray as xr

from spikesampler.studies.fang_2018 import comparison_plan
from spikesampler.studies.study import Part, Work

__all__ = [
    "CHANCES",
    "GAMMAS",
    "LIMIT",
    "NAME",
    "PARTS",
    "PLATEAU",
    "PRIOR",
    "SYNAPTIC",
    "dataset_name",
    "escapes_known",
    "momentum",
]

NAME = "fang_2018_arms"
GAMMAS = ("0.002", "0.02", "0.2")  # in 1/s
LIMIT = "2"  #: gamma, in 1/s, at which momentum is to be `constant`
CHANCES = ("0.25", "0.5", "0.75")
SYNAPTIC = ("constant", "weight", "constant_matched")


def momentum(gamma: str) -> str:
    """The arm of this gamma, in 1/s."""
    return f"momentum:gamma={gamma}"


RELEASE = tuple(f"release:p={chance}" for chance in CHANCES)
PLATEAU = ("none", *SYNAPTIC, *(momentum(gamma) for gamma in (*GAMMAS, LIMIT)), *RELEASE)
PRIOR = ("none", *SYNAPTIC, momentum("0.02"), *RELEASE)
FEW = {
    "seeds": 2,
    "samples": 100,
    "probe_every": 20,
    "probe_samples": 20,
    "test_samples": 40,
    "set": comparison_plan.TINY,
}
KEPT = ("probe_accuracy", "test_accuracy", "averaged_accuracy", "escape_seconds", "escaped")


def dataset_name(start: str) -> str:
    """The name of the dataset of the runs from a start."""
    return f"{NAME}_{start}"


def escapes_known(dataset: xr.Dataset) -> bool:
    """Whether times to escape are defined: some arm ends clearly above chance."""
    return "escape_seconds" in dataset and bool(dataset["escape_seconds"].notnull().all())


def gather(work: Work, start: str, **settings: Any) -> xr.Dataset:
    """Run what is missing from one start; what is kept of it, over (arm, seed, probe)."""
    of = comparison_plan.gather(work, start, start=[start], **settings)
    names = [name for name in KEPT if name in of]
    dataset = of[names].rename(sample_block="probe").reset_coords(drop=True)
    dataset = dataset.assign_coords(probe=of["probe_time"].values)
    dataset["probe"].attrs = {"units": "s", "long_name": "time of the probe"}
    told = ("chance", "commit", "cpu", "compiler", "versions", "model", "escape_threshold")
    dataset.attrs = {name: of.attrs[name] for name in told if name in of.attrs}
    return dataset


def _part(start: str, minutes: float, **full: Any) -> Part:
    both = {"start": start, "seeds": 10} | full
    return Part(gather, both, both | FEW, resumes=True, minutes=minutes)


PARTS = {
    dataset_name("plateau"): _part(
        "plateau",
        17.0,
        arms=PLATEAU,
        samples=16_000,
        probe_every=200,
        probe_samples=50,
        average=0,
    ),
    dataset_name("prior"): _part(
        "prior", 10.0, arms=PRIOR, samples=12_500, probe_every=500, probe_samples=120
    ),
}
