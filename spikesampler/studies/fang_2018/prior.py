"""What the prior is good for: does a network without it overfit, and respond slowly to a change?

Fang, Yu & Chen (2018), section 2, after Kappel et al. (2015), say so of maximum likelihood. The
study: the paper's network without noise, with the paper's prior and with one a million times
weaker; how the runs are made stands in `prior_data`. The network with the prior is held against
logistic regression, too.
"""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from spikesampler.stats.intervals import SHARE, mean_bands
from spikesampler.studies.fang_2018.prior_data import SIGMAS, gather
from spikesampler.studies.fang_2018.prior_figure import prior_figure
from spikesampler.studies.fang_2018.prior_findings import (
    AFTER,
    CLEAR,
    UNSPECIFIC,
    findings,
    hurry,
    seed_table,
)
from spikesampler.studies.fang_2018.regression import FRESH, OBSERVERS
from spikesampler.studies.page import render
from spikesampler.studies.study import Part, Study

__all__ = ["STUDY"]

NAME = "fang_2018_prior"
SMALL = {"I": 100, "K": 5, "D": 2}
#: 8500 samples of 0.2 s end at 1700 s, when the paper sees clear preferences
FULL = {"seeds": 10, "samples": 8500, "probes": 50, "few_samples": 10_000, "set": {}}
QUICK = {"seeds": 2, "samples": 200, "probes": 4, "few_samples": 200, "set": SMALL}


def section(dataset: xr.Dataset) -> str:
    """Tables of what was measured, in Markdown."""
    known = dataset["known"].mean("seed")
    regression = dataset["regression"].mean("seed")
    curves = dataset["accuracy"].mean("seed")
    time = dataset["time"].values
    seed_rows, beyond = seed_table(dataset)
    return render(
        __file__,
        "templates/prior.md",
        seed_rows=seed_rows,
        beyond=beyond,
        sigmas=[f"{sigma:g}" for sigma in SIGMAS],
        observers=[*(f"σ = {sigma:g}" for sigma in SIGMAS), OBSERVERS[1]],
        known=[
            (name, [*known.sel(score=name).values, regression.sel(score=name).values])
            for name in dataset["score"].values
        ],
        digits=list(dataset["digits"].values),
        clusters=zip(OBSERVERS, dataset["clusters"].mean("seed").sel(observer=[*OBSERVERS]).values),
        learnt=dataset["learnt"].values,
        fresh=FRESH,
        curves=[(name, curves.sel(phase=name).values) for name in dataset["phase"].values],
        time=time,
        places=sorted({0, 1, 2, int((time <= AFTER).sum()) - 1, len(time) - 1}),
        few=dataset.attrs["few"],
        others=dataset.attrs["others"],
        seeds=dataset.sizes["seed"],
    )


def draw(dataset: xr.Dataset) -> Figure:
    """The figure of the dataset."""
    names = [f"σ = {sigma:g}" for sigma in SIGMAS]
    time = dataset["time"].values

    def bands(name: str, phase: str) -> np.ndarray:
        """Mean, low and high, (3, sigma, probe)."""
        values = dataset[name].sel(phase=phase).transpose("sigma", "seed", "probe")
        return mean_bands(values, within=SHARE)

    entropy = zip(("mean", "low", "high"), bands("entropy", "learn"))
    nothing = float(dataset["says_nothing"].mean())
    pairs = zip(bands("accuracy", "swap"), bands("accuracy", "anew"))
    response = zip(("mean", "low", "high"), map(np.concatenate, pairs))
    clusters = dataset["clusters"].sel(observer=[*OBSERVERS])
    clusters = clusters.transpose("observer", "seed", "learnt").values
    scores = dict(zip(("mean", "low", "high"), mean_bands(clusters, within=SHARE)))
    return prior_figure(
        {
            "entropy": {
                "time": time,
                **dict(entropy),
                "names": names,
                "dashed": [False, False],
                "levels": {
                    "says nothing": nothing,
                    "unspecific": UNSPECIFIC * nothing,
                    "clear": CLEAR,
                },
                "label": "H(class | winner)/H(class)",
            },
            "response": {
                "time": time,
                **dict(response),
                "names": [f"{phase}, {name}" for phase in ("swap", "anew") for name in names],
                "dashed": [False, False, True, True],
                "levels": {},
                "label": "Probe accuracy",
            },
            "beside": {"values": clusters, **scores, "names": OBSERVERS}
            | {"learnt": dataset["learnt"].values},
        }
    )


STUDY = Study.of_one(
    NAME,
    "What the prior is good for: overfitting, and a change of the task, with it and without.",
    Part(gather, FULL, QUICK, resumes=True, minutes=8),
    section,
    {NAME: draw},
    section,
    findings=findings,
    hurry=hurry,
    quick_help="a small network, two seeds, 200 samples",
    runs_folder="prior",
)
