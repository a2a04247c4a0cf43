"""What the prior is good for: does a network without it overfit, and respond slowly to a change?

Fang, Yu & Chen (2018), section 2, after Kappel et al. (2015), say so of maximum likelihood. The
study: the paper's network without noise, with the paper's prior and with one a million times
weaker; how the runs are made stands in `prior_data`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from spikesampler.stats import mean_interval
from spikesampler.stats.rules import Ruling, at_least, at_most, in_family
from spikesampler.studies.fang_2018.prior_data import SIGMAS, gather
from spikesampler.studies.finding import Finding, in_short, ruled, unasked
from spikesampler.studies.page import render
from spikesampler.studies.study import Part, Study

__all__ = ["STUDY"]

NAME = "fang_2018_prior"
RELEVANT = 0.02  #: of accuracy, the smallest difference that matters
NATS = 0.05  #: of the log loss, the same
UNSPECIFIC, CLEAR = 0.75, 0.25  #: of the classes' entropy, that winners leave
SMALL = {"I": 100, "K": 5, "D": 2}
#: 8500 samples of 0.2 s end at 1700 s, when the paper sees clear preferences
FULL = {"seeds": 6, "samples": 8500, "probes": 50, "few_samples": 10_000, "set": {}}
QUICK = {"seeds": 2, "samples": 200, "probes": 4, "few_samples": 200, "set": SMALL}
SOURCE = "Fang et al. 2018, section 2"
#: what the paper has besides, and why it has no verdict: key, claim, source, why
UNASKED = (
    (
        "fig_1",
        "the architecture of the network",
        "Fang et al. 2018, Fig. 1",
        "a picture of the network that every study here simulates: nothing to reproduce",
    ),
    (
        "three_layers",
        "the same noise helps a three-layer network with back-propagation",
        "Fang et al. 2018, section 5",
        "announced there without a number; no network of ours has hidden layers yet",
    ),
    (
        "images",
        "noise gains 10 % or more on MNIST and CIFAR-10",
        "Fang et al. 2020",
        "scripts/fang_2020_images.py does it from your files; here digits stand in for them",
    ),
)


def gaps(dataset: xr.Dataset, score: str) -> np.ndarray:
    """What is better of the digits learnt than of those never shown, (sigma, seed)."""
    known = dataset["known"].sel(score=score)
    difference = known.sel(digits="learnt") - known.sel(digits="never shown")
    sign = -1 if score == "log loss" else 1
    return sign * difference.transpose("sigma", "seed").values


def responses(dataset: xr.Dataset) -> np.ndarray:
    """Mean probe accuracy after the change, from its first later probe on, (sigma, seed)."""
    swap = dataset["accuracy"].sel(phase="swap").isel(probe=slice(1, None))
    return swap.mean("probe").transpose("sigma", "seed").values


def rulings(dataset: xr.Dataset) -> dict[str, Ruling]:
    """{key: ruling} of all claims, one family."""
    (overfit, overfit_none), response = gaps(dataset, "log loss"), responses(dataset)
    entropy = dataset["entropy"].sel(phase="learn", sigma=SIGMAS[0]).transpose("probe", "seed")
    found = {
        "overfits": at_least(overfit_none, overfit, relevant=NATS),
        "responds_slowly": at_least(response[0], response[1], relevant=RELEVANT),
        "unspecific": at_least(entropy.values[0], least=UNSPECIFIC),
        "preferences": at_most(entropy.values[-1], most=CLEAR),
    }
    return dict(zip(found, in_family(found.values(), "prior")))


def findings(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for each claim."""
    (dataset,) = datasets.values()
    found, seconds = rulings(dataset), float(dataset["time"][-1])
    few = int(dataset.attrs["few"])
    rows = {
        "overfits": (
            "without the prior the network overfits more",
            SOURCE,
            "log loss of digits never shown less that of digits learnt, sigma = 1000 less sigma = "
            f"1; no noise, part of {few} digits shown over and over",
            "nats",
        ),
        "responds_slowly": (
            "without the prior it responds more slowly to a change of the task",
            SOURCE,
            f"probe accuracy in the {seconds:.0f} s after the clusters are exchanged, sigma = 1 "
            "less sigma = 1000; no noise",
            "",
        ),
        "unspecific": (
            "responses are unspecific initially",
            "Fang et al. 2018, section 4",
            "H(class | winner)/H(class) of 100 held-out samples before learning, start prior",
            "",
        ),
        "preferences": (
            f"after {seconds:.0f} s of learning they tell the classes",
            "control: how soon, see the comparison of arms",
            f"H(class | winner)/H(class) of 100 held-out samples at {seconds:.0f} s; no noise, "
            "theta of the prior at the start",
            "",
        ),
    }
    return [
        ruled(key, claim, source, found[key], reading, "seeds", "+.3f", unit)
        for key, (claim, source, reading, unit) in rows.items()
    ] + [unasked(*row) for row in UNASKED]


def hurry(datasets: Mapping[str, xr.Dataset]) -> Sequence[str]:
    """Five sentences."""
    (dataset,) = datasets.values()
    found = rulings(dataset)
    learnt = in_short(mean_of(gaps(dataset, "accuracy")[0]))
    return [
        "Asked was whether a network that climbs the likelihood alone, without the prior on its "
        "synapses, overfits and responds slowly to a change, as the paper says.",
        "Shown few digits over and over, its log loss on digits that it never saw is worse than on "
        f"those learnt by {in_short(found['overfits'], '+.3f', 'nats')} more than with the prior "
        f"({found['overfits'].label}).",
        "After the clusters are exchanged its probe accuracy is lower than with the prior by "
        f"{in_short(found['responds_slowly'])} ({found['responds_slowly'].label}).",
        f"With the prior, the control, digits learnt are answered better than others by {learnt} "
        "(accuracy).",
        f"That holds for {dataset.sizes['seed']} seeds without noise, at the paper's N, with which "
        "the likelihood counts 20 000 patterns against the prior, over "
        f"{float(dataset['time'][-1]):.0f} s.",
    ]


def mean_of(values: np.ndarray) -> Ruling:
    """A mean and its interval, held against nothing."""
    return Ruling("at_most", *mean_interval(values)[:3], len(values), ())


def section(dataset: xr.Dataset) -> str:
    """Tables of what was measured, in Markdown."""
    known = dataset["known"].mean("seed")
    curves = dataset["accuracy"].mean("seed")
    return render(
        __file__,
        "templates/prior.md",
        sigmas=[f"{sigma:g}" for sigma in SIGMAS],
        known=[(name, known.sel(score=name).values) for name in dataset["score"].values],
        digits=list(dataset["digits"].values),
        curves=[(name, curves.sel(phase=name).values) for name in dataset["phase"].values],
        time=dataset["time"].values,
        places=sorted({0, 1, 2, len(dataset["time"]) // 2, len(dataset["time"]) - 1}),
        few=dataset.attrs["few"],
        others=dataset.attrs["others"],
        seeds=dataset.sizes["seed"],
    )


STUDY = Study.of_one(
    NAME,
    "What the prior is good for: overfitting, and a change of the task, with it and without.",
    Part(gather, FULL, QUICK, resumes=True, minutes=6),
    section,
    {},
    section,
    findings=findings,
    hurry=hurry,
    quick_help="a small network, two seeds, 200 samples",
    runs_folder="prior",
)
