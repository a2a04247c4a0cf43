"""Do lateral synapses learn sequences (Kappel, Nessler & Maass 2014)? See plan and rules."""

import xarray as xr

from spikesampler.stats.intervals import SHARE, mean_interval
from spikesampler.stats.rules import in_short
from spikesampler.stats.ruling import in_own_words
from spikesampler.studies.kappel_2014 import plan
from spikesampler.studies.kappel_2014.data import PARTS
from spikesampler.studies.kappel_2014.figure import sequences_figure
from spikesampler.studies.kappel_2014.rules import MARGIN, accuracy, findings, rulings_of
from spikesampler.studies.page import render
from spikesampler.studies.study import Study

__all__ = ["STUDY"]


def _mean(dataset: xr.Dataset, condition: str) -> str:
    return "{:.3f} [{:.3f}, {:.3f}]".format(
        *mean_interval(accuracy(dataset, condition), within=SHARE)[:3]
    )


def _best(dataset: xr.Dataset, name: str, condition: str = "lateral") -> str:
    return f"{float(dataset[name].sel(condition=condition).mean()):.3f}"


def _above(dataset: xr.Dataset) -> int:
    """Runs of `lateral` that tell more than the best without memory."""
    best = dataset["memoryless"].sel(condition="lateral").values
    return int((accuracy(dataset, "lateral") > best).sum())


def hurry(dataset: xr.Dataset) -> list[str]:
    """Five sentences for a reader in a hurry."""
    of = {one.key: one.ruling for one in rulings_of(dataset)}
    return [
        "A circuit without a teacher sees four states in a cycle, two of which look alike, so that"
        " who has no memory tells at best"
        f" {_best(dataset, 'memoryless')} of them, and who knows all samples before"
        f" {_best(dataset, 'remembering')}.",
        "With plastic lateral synapses that hear the sample before, outputs tell"
        f" {_mean(dataset, 'lateral')}, in {_above(dataset)} of {dataset.sizes['seed']} runs more"
        f" than the best without memory, and without them {_mean(dataset, 'no lateral')}.",
        f"Where states have no order they tell {_mean(dataset, 'no order')} (best possible"
        f" {_best(dataset, 'memoryless', 'no order')}), and where lateral synapses hear the sample"
        f" that is shown {_mean(dataset, 'short lag')}.",
        f"With four outputs for four states it is {_mean(dataset, 'four outputs')}; the strongest"
        " lateral synapse comes from an output of the state before in a share of outputs that is"
        f" {in_short(of['followed'])} above chance.",
        "Noise of the synapses changes the accuracy by"
        f" {in_short(of['noise_constant'])} where it is the same for all and by"
        f" {in_short(of['noise_weight'])} where it grows with the weight; asked whether it helps,"
        f" the answers are: {in_own_words(of['noise_constant'].label)},"
        f" {in_own_words(of['noise_weight'].label)}; each number is of"
        f" {dataset.sizes['seed']} seeds, and holds for this task and these sizes.",
    ]


def section(dataset: xr.Dataset) -> str:
    """The rest of its page, in Markdown."""
    table = [
        (
            name,
            _mean(dataset, name),
            _best(dataset, "memoryless", name),
            _best(dataset, "remembering", name),
        )
        for name in plan.CONDITIONS
    ]
    return render(
        __file__,
        "templates/kappel_2014.md",
        table=table,
        pixels=plan.PIXELS,
        flips=plan.FLIPS,
        jumps=plan.JUMPS,
        margin=MARGIN,
        seeds=dataset.sizes["seed"],
        seconds=dataset["probe"].values[-1],
    )


def report(dataset: xr.Dataset) -> str:
    """A line for each question."""
    return "\n".join(f"{one.verdict}: {one.claim} {one.number}" for one in findings(dataset))


STUDY = Study.of_one(
    plan.NAME,
    "Do lateral synapses learn sequences (Kappel, Nessler & Maass 2014)?",
    PARTS[plan.NAME],
    report,
    {"kappel_2014": sequences_figure},
    section,
    findings=lambda datasets: findings(datasets[plan.NAME]),
    hurry=lambda datasets: hurry(datasets[plan.NAME]),
    quick_help="two seeds, 60 samples",
    runs_folder="kappel_2014",
)
