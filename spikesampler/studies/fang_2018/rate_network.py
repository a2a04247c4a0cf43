"""The general network of the conclusion: the study; see rate_network_plan and its rules."""

from collections import Counter
from collections.abc import Mapping, Sequence

import xarray as xr

from spikesampler.stats.intervals import SHARE, mean_interval
from spikesampler.stats.rules import NOT, REPRODUCED, SMALLER, Ruling, in_short
from spikesampler.studies.asked import Asked
from spikesampler.studies.fang_2018 import rate_network_plan as plan
from spikesampler.studies.fang_2018.rate_network_data import PARTS, late
from spikesampler.studies.fang_2018.rate_network_figure import rates_figure
from spikesampler.studies.fang_2018.rate_network_rules import (
    MARGIN,
    accuracy,
    findings,
    left,
    rulings_of,
)
from spikesampler.studies.page import render
from spikesampler.studies.study import Study

__all__ = ["STUDY"]


def _counted(asked: list[Asked], begins: str) -> str:
    """How many of the questions whose keys begin so hold, in words."""
    labels = Counter(one.ruling.label for one in asked if one.key.startswith(begins))
    rest = labels.total() - labels[REPRODUCED] - labels[SMALLER] - labels[NOT]
    return (
        f"{labels[REPRODUCED]} of {labels.total()} clearly do, {labels[SMALLER]} do by less than"
        f" what matters, {labels[NOT]} clearly do not, {rest} are open"
    )


def _best(of: Mapping[str, Ruling], begins: str, form: str, noises: Sequence[str]) -> str:
    """The largest number of the questions whose keys begin so, of some noises, and whose it is."""
    cells = [cell for cell in plan.CELLS if cell.noise in noises]
    found = max(cells, key=lambda cell: of[f"{begins}_{cell.noise}_{cell.temperature:g}"].estimate)
    ruling = of[f"{begins}_{found.noise}_{found.temperature:g}"]
    return f"{in_short(ruling, form)} (`{found.label}`)"


def hurry(dataset: xr.Dataset) -> list[str]:
    """Five sentences for a reader in a hurry."""
    asked = rulings_of(dataset)
    of = {one.key: one.ruling for one in asked}
    none = mean_interval(accuracy(dataset, "none", "usual"), within=SHARE)
    steps = mean_interval(left(dataset, "none"))
    said = ", ".join(
        f"{in_short(of[f'power_{T:g}'], '+.3f')} at T = {T:g}" for T in plan.TEMPERATURES
    )
    return [
        "The paper announces a test on a general network; this one has"
        f" {dataset.attrs['pixels']} pixels, {plan.HIDDEN} rectified units and ten outputs, learns"
        f" {dataset.attrs['data']} by gradient descent with a rate that is chosen alike for every"
        f" arm, and without noise of its weights reaches {none[0]:.3f} [{none[1]:.3f},"
        f" {none[2]:.3f}] of the test images.",
        "Asked whether noise of the weights makes it more accurate: from the usual start"
        f" {_counted(asked, 'gain_usual_')}; from small weights {_counted(asked, 'gain_small_')};"
        f" the largest difference is {_best(of, 'gain_usual', '+.3f', plan.NOISES)} from the usual"
        " start.",
        "Asked whether noise leaves the saddle at 0 sooner at the same rate, where none needs"
        f" {steps[0]:.0f} [{steps[1]:.0f}, {steps[2]:.0f}] steps: {_counted(asked, 'sooner_')};"
        f" the most that is saved is {_best(of, 'sooner', '+.0f', plan.NOISES)}; noise in"
        " proportion to the weight is ten thousand times weaker there, and saves"
        f" {_best(of, 'sooner', '+.0f', ['weight'])} at most; asked whether that is a matter of"
        f" power, by its control of equal power: {_counted(asked, 'small_')}.",
        "Noise that grows with the weight, less noise of its power that is alike for all, changes"
        f" the test accuracy by {said}, where {MARGIN:g} matters.",
        "The noise that gradients of 50 images have changes it by"
        f" {in_short(of['batches'], '+.3f')} against gradients of all images after as many steps;"
        f" each number is of {dataset.sizes['seed']} seeds with the same starts and images.",
    ]


def section(dataset: xr.Dataset) -> str:
    """The rest of its page, in Markdown."""

    def cell(arm: str, start: str, batch: str) -> str:
        values = accuracy(dataset, arm, start, batch)
        return "{:.3f} [{:.3f}, {:.3f}]".format(*mean_interval(values, within=SHARE)[:3])

    def loss(arm: str) -> str:
        of = dataset["test_loss"].sel(arm=arm, start="usual", batch="some")
        values = late(of.transpose("seed", "probe").values.astype(float))
        return "{:.3f} [{:.3f}, {:.3f}]".format(*mean_interval(values)[:3])

    columns = [("usual", "some"), ("usual", "all"), ("small", "some")]
    rates = dataset["rate"]
    table = [
        (
            arm,
            *(f"{float(rates.sel(arm=arm, start=start)):g}" for start in plan.STARTS),
            *(cell(arm, *column) for column in columns),
            loss(arm),
            "{:.0f} [{:.0f}, {:.0f}]".format(*mean_interval(left(dataset, arm))[:3]),
        )
        for arm in plan.ARMS
    ]
    return render(
        __file__,
        "templates/rate_network.md",
        table=table,
        hidden=plan.HIDDEN,
        rates=plan.RATES,
        small=plan.SMALL,
        late=plan.LATE,
        steps=int(dataset["probe"].values[-1]),
        seeds=dataset.sizes["seed"],
        **dataset.attrs,
    )


def report(dataset: xr.Dataset) -> str:
    """A line for each question."""
    return "\n".join(f"{one.verdict}: {one.claim}. {one.number}" for one in findings(dataset))


STUDY = Study.of_one(
    plan.NAME,
    "Does synaptic noise help a general network, of rates and back-propagation?",
    PARTS[plan.NAME],
    report,
    {"fang_2018_rate_network": rates_figure},
    section,
    findings=lambda datasets: findings(datasets[plan.NAME]),
    hurry=lambda datasets: hurry(datasets[plan.NAME]),
    quick_help="two seeds, 60 steps",
    options={
        "data": {
            "metavar": "PATH",
            "help": "MNIST's folder, or any that `run --data` takes (digits)",
        }
    },
    runs_folder="rate_network",
)
