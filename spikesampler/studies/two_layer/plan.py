"""Two layers on clusters that one cannot tell apart: which runs, and what is kept of them.

Conditions, sizes and rules were fixed before any of the runs with seeds 1 to 10, after a pilot with
seed 101 that showed that two layers of this size learn the task without noise, and one does not.

two layers   models/two_layer.py with four circuits of eight hidden neurons on `XorOfClusters`:
             noise nowhere, in all synapses, in the hidden layer alone, in the outputs' synapses
             alone; noise that grows with the weight, and noise that is the same for all. The
             control of equal power, `constant_following`, was added when the others were known: at
             every moment it has, in each layer, the mean variance of `weight` there, alike for all
one layer    models/fang_2018.py on the same stimuli: what the hidden layer is for

From `plateau` all synapses begin near 0: there the hidden layer has to break the symmetry between
its neurons before the outputs can learn anything.
"""

from typing import Any

import numpy as np
import xarray as xr

from spikesampler.experiments.compare import compare
from spikesampler.studies.study import Part, Work
from spikesampler.studies.two_layer.xor import XorOfClusters

__all__ = ["ARMS", "CONTROL", "NAME", "NUM_INPUTS", "ONE", "PARTS", "STARTS"]

NAME = "two_layer"
STARTS = ("prior", "plateau")
CONTROL = "constant_following"  #: noise of the power of `weight`, without its structure
ARMS = (
    "none",
    "constant",
    "constant@hidden",
    "constant@outputs",
    "weight",
    "weight@hidden",
    "weight@outputs",
    CONTROL,
)
ONE = ("none", "weight")  #: arms of the one layer
NUM_INPUTS = 40
#: nu is rho_h*circuits/H, at which every hidden neuron takes part
NETWORK = {"H": 32, "circuits": 4, "nu": "25*Hz", "K": 2}
FULL = {
    "seeds": 10,
    "samples": 15_000,
    "probe_every": 300,
    "probe_samples": 200,
    "test_samples": 500,
}
QUICK = {"seeds": 2, "samples": 100, "probe_every": 50, "probe_samples": 30, "test_samples": 30}
KEPT = ("probe_accuracy", "test_accuracy", "late_probe_accuracy", "mean_probe_accuracy")
ESCAPES = ("escape_seconds", "escaped")


def gather(work: Work, seeds: int, **sizes: Any) -> xr.Dataset:
    """Run what is missing; one dataset over (arm, start, seed, probe), and of the one layer over
    (one_arm, seed).
    """
    source = XorOfClusters(NUM_INPUTS)
    common: dict[str, Any] = {
        "data": source,
        "seeds": work.count(seeds),
        "first_seed": work.seed,
        "record": "none",
        "average": 0,
        "workers": work.workers,
        "resume": True,
        **sizes,
    }
    two = compare(
        "two_layer",
        arms=[*ARMS],
        start=[*STARTS],
        set=NETWORK,
        out=work.runs / "two",
        **common,
    ).dataset
    one = compare(
        "fang_2018",
        arms=[*ONE],
        start=["prior"],
        set={"K": 2},
        out=work.runs / "one",
        **common,
    ).dataset
    names = [name for name in (*KEPT, *ESCAPES) if name in two]
    dataset = two[names].rename(sample_block="probe").reset_coords(drop=True)
    dataset = dataset.assign_coords(probe=two["probe_time"].values)
    dataset["probe"].attrs = {"units": "s", "long_name": "time of the probe"}
    for name in (name for name in KEPT if name in one and name in dataset):
        values = one[name].rename(arm="one_arm")
        if "sample_block" in values.dims:
            values = values.rename(sample_block="probe").reset_coords(drop=True)
            values = values.assign_coords(probe=dataset["probe"])
        dataset[f"one_{name}"] = values.reset_coords(drop=True)
    dataset["threshold"] = two.attrs.get("escape_threshold", np.nan)
    dataset.attrs = {
        name: two.attrs[name] for name in ("commit", "cpu", "compiler", "versions", "model")
        if name in two.attrs
    }  # fmt: skip
    dataset.attrs |= {"ceiling": source.ceiling, "linear_ceiling": source.linear_ceiling}
    dataset.attrs |= {"chance": 0.5, "samples": sizes["samples"]}
    return dataset


PARTS = {NAME: Part(gather, FULL, QUICK, resumes=True, minutes=30.0)}
