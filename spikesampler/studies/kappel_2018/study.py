"""Does reward alone teach a spiking network, and what becomes of its synapses? See plan, rules."""

import xarray as xr

from spikesampler.stats.intervals import SHARE, mean_interval
from spikesampler.stats.rules import in_short
from spikesampler.studies.finding import either_way
from spikesampler.studies.kappel_2018 import plan
from spikesampler.studies.kappel_2018.figure import curves_figure, synapses_figure
from spikesampler.studies.kappel_2018.rules import MARGIN, findings, late, rulings_of
from spikesampler.studies.page import render
from spikesampler.studies.study import Study

__all__ = ["STUDY"]

#: what each condition is, in words
SAID = {
    "reward": "the model as it is, T = 0.1",
    "T0": "T = 0",
    "T1": "T = 1",
    "delay_1": "reward one sample (0.2 s) later",
    "delay_2": "reward two samples later",
    "delay_5": "reward five samples later",
    "smooth": "no jump at θ = 0",
    "random": "control: as many samples rewarded, at random",
    "none": "control: no reward",
    "teacher": "models/fang_2018.py without noise",
    "anew": "a new network on new clusters",
    "swap": "the network of `reward` goes on with the new clusters",
    "swap_T0": "the network of `T0` goes on with the new clusters",
}


def _mean(dataset: xr.Dataset, condition: str, name: str = "probe_accuracy") -> str:
    values = late(dataset, condition, name)
    return "{:.3f} [{:.3f}, {:.3f}]".format(*mean_interval(values, within=SHARE)[:3])


def hurry(dataset: xr.Dataset) -> list[str]:
    """Five sentences for a reader in a hurry."""
    of = {one.key: one.ruling for one in rulings_of(dataset)}
    return [
        "A circuit that is told after each sample whether its answer was right, and nothing else,"
        f" reaches an accuracy of {_mean(dataset, 'reward')} on ten clusters, over the last 2000 s"
        f" of {dataset['probe'].values[-1]:g} s; with as much reward at random it has"
        f" {_mean(dataset, 'random')}, with a teacher {_mean(dataset, 'teacher')}.",
        "Its noise (T = 0.1) "
        + either_way(of["noise"], "gains {} of accuracy", "costs {} of accuracy")
        + " against none, and "
        + either_way(of["hot"], "is {} more accurate", "is {} less accurate")
        + " than ten times of it.",
        "A reward that comes one, two or five samples of 0.2 s later, with an eligibility that"
        f" lasts for 1 s, changes the accuracy by {in_short(_turned(of['delay_1']))},"
        f" {in_short(_turned(of['delay_2']))} and {in_short(_turned(of['delay_5']))}; without the"
        f" jump at θ = 0 it changes by {in_short(of['smooth'])}.",
        "Once its clusters are exchanged for others, a network ends "
        + either_way(of["recovers"], "{} more accurate", "{} less accurate")
        + " than a new one, and with noise "
        + either_way(of["recovery_noise"], "{} more accurate", "{} less accurate")
        + " than without.",
        "From probe to probe, 100 s apart, the share of synapses that come or go is"
        f" {_mean(dataset, 'reward', 'turnover')} with noise and {_mean(dataset, 'T0', 'turnover')}"
        f" without; each number is of {dataset.sizes['seed']} seeds, and holds for this network of"
        f" {dataset.attrs['inputs']} inputs and these sizes.",
    ]


def _turned(ruling):
    """The ruling on what is lost, as one on what changes."""
    from dataclasses import replace

    return replace(ruling, estimate=-ruling.estimate, low=-ruling.high, high=-ruling.low)


def section(dataset: xr.Dataset) -> str:
    """The rest of its page, in Markdown."""
    names = [str(name) for name in dataset["condition"].values]
    table = [
        (name, SAID[name], _mean(dataset, name), _mean(dataset, name, "present"),
         _mean(dataset, name, "turnover"), _mean(dataset, name, "surviving"))
        for name in names
    ]  # fmt: skip
    return render(
        __file__,
        "templates/kappel_2018.md",
        table=table,
        margin=MARGIN,
        seeds=dataset.sizes["seed"],
        seconds=dataset["probe"].values[-1],
        inputs=dataset.attrs["inputs"],
        apart=dataset["probe"].values[1] - dataset["probe"].values[0],
    )


def report(dataset: xr.Dataset) -> str:
    """A line for each question."""
    return "\n".join(f"{one.verdict}: {one.claim} {one.number}" for one in findings(dataset))


STUDY = Study.of_one(
    plan.NAME,
    "Does reward alone teach a spiking network (Kappel et al. 2018)?",
    plan.PARTS[plan.NAME],
    report,
    {"kappel_2018": curves_figure, "kappel_2018_synapses": synapses_figure},
    section,
    findings=lambda datasets: findings(datasets[plan.NAME]),
    hurry=lambda datasets: hurry(datasets[plan.NAME]),
    quick_help="two seeds, 100 samples",
    runs_folder="kappel_2018",
)
