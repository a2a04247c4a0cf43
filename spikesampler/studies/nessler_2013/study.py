"""Does STDP find hidden causes, and are its fixed points those of the paper? See plan and rules."""

from dataclasses import replace

import xarray as xr

from spikesampler.stats.intervals import SHARE, mean_interval
from spikesampler.stats.rules import Ruling, in_short
from spikesampler.stats.ruling import in_own_words
from spikesampler.studies.finding import either_way
from spikesampler.studies.nessler_2013 import plan
from spikesampler.studies.nessler_2013.data import PARTS
from spikesampler.studies.nessler_2013.figure import causes_figure, fixed_figure
from spikesampler.studies.nessler_2013.rules import deviation, distance, findings, rulings_of
from spikesampler.studies.page import render
from spikesampler.studies.study import Study

__all__ = ["STUDY"]


def _mean(dataset: xr.Dataset, cell: str, name: str = "test_accuracy") -> str:
    values = dataset[name].sel(cell=cell).values
    return "{:.3f} [{:.3f}, {:.3f}]".format(*mean_interval(values, within=SHARE)[:3])


def _answers(of: dict[str, Ruling]) -> str:
    """The verdicts on the noise of `prior`, as no paper claims them."""
    keys = ("noise_prior_constant", "noise_prior_weight", "noise_prior_constant_10")
    return ", ".join(in_own_words(of[key].label) for key in keys)


def _above_one(ruling: Ruling) -> str:
    """A deviation as the product that deviates from 1."""
    ends = {name: 1 + getattr(ruling, name) for name in ("estimate", "low", "high")}
    return in_short(replace(ruling, **ends), ".3f")


def hurry(dataset: xr.Dataset) -> list[str]:
    """Five sentences for a reader in a hurry."""
    of = {one.key: one.ruling for one in rulings_of(dataset)}
    return [
        "A winner-take-all circuit that learns by STDP and is told nothing tells ten hidden causes"
        f" of its input apart with an accuracy of {_mean(dataset, 'prior')}, where the best"
        f" possible is {float(dataset['ceiling'].mean()):.3f} and chance"
        f" {dataset.attrs['chance']:g}.",
        "Where the paper's excitability, the logarithm of a prior, learns ten times as fast, the"
        f" circuit ends at {_mean(dataset, 'fast prior')}; homeostasis in its place "
        + either_way(of["homeostasis_over_prior"], "is {} more accurate", "is {} less accurate")
        + ".",
        "Noise of the synapses changes that accuracy by"
        f" {in_short(of['noise_prior_constant'])} where it is the same for all, by"
        f" {in_short(of['noise_prior_weight'])} where it grows with the weight, and by"
        f" {in_short(of['noise_prior_constant_10'])} where it is ten times the first; asked whether"
        f" it helps, the answers are: {_answers(of)}.",
        "At a fixed point c P E[exp(-w)] is 1; where outputs spike rarely and blindly it is"
        f" {_above_one(of['fixed_blind_0.1'])} at the learning rate η = 0.1, and"
        f" {_above_one(of['fixed_blind_constant'])} with noise at 0.01; in the network as it is, it"
        " is"
        f" {_above_one(of['fixed_driven_0.003'])} at η = 0.003 and"
        f" {_above_one(of['fixed_driven_0.1'])} at 0.1.",
        "Weights should come near log(c P) for small learning rates: in the network as it is they"
        f" are {in_short(of['near_driven_0.003'], '.3f')} from it at η = 0.003 and"
        f" {in_short(of['near_driven_0.1'], '.3f')} at 0.1; each number is of"
        f" {dataset.sizes['seed']} seeds, and holds for these stimuli and sizes.",
    ]


def section(dataset: xr.Dataset) -> str:
    """The rest of its page, in Markdown."""
    cells = [str(cell) for cell in dataset["cell"].values]
    names = ("test_accuracy", "information", "shuffled_information")
    fixed = [
        (
            name.partition(",")[0],
            f"{one.eta:g}",
            f"`{one.arm}`",
            "{:.3f} [{:.3f}, {:.3f}]".format(*mean_interval(1 + deviation(dataset, name))[:3]),
            "{:.3f} [{:.3f}, {:.3f}]".format(*mean_interval(distance(dataset, name))[:3]),
        )
        for name, one in plan.FIXED.items()
    ]
    return render(
        __file__,
        "templates/nessler_2013.md",
        table=[(cell, *(_mean(dataset, cell, name) for name in names)) for cell in cells],
        fixed=fixed,
        flips=plan.CAUSES.flips,
        ceiling=float(dataset["ceiling"].mean()),
        seeds=dataset.sizes["seed"],
        seconds=dataset["probe"].values[-1],
    )


def report(dataset: xr.Dataset) -> str:
    """A line for each question."""
    return "\n".join(f"{one.verdict}: {one.claim} {one.number}" for one in findings(dataset))


STUDY = Study.of_one(
    plan.NAME,
    "Does STDP find the hidden causes of its input (Nessler et al. 2013)?",
    PARTS[plan.NAME],
    report,
    {"nessler_2013": causes_figure, "nessler_2013_fixed": fixed_figure},
    section,
    findings=lambda datasets: findings(datasets[plan.NAME]),
    hurry=lambda datasets: hurry(datasets[plan.NAME]),
    quick_help="two seeds, few samples",
    runs_folder="nessler_2013",
)
