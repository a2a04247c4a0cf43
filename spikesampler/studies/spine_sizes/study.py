"""Sizes of synapses without spikes: do they have the laws that are known? See plan and rules."""

import numpy as np
import xarray as xr

from spikesampler.stats.intervals import mean_interval
from spikesampler.stats.kesten import Kesten
from spikesampler.stats.rules import in_short
from spikesampler.studies.page import render
from spikesampler.studies.spine_sizes import plan
from spikesampler.studies.spine_sizes.data import PARTS
from spikesampler.studies.spine_sizes.figure import sizes_figure
from spikesampler.studies.spine_sizes.rules import (
    FAR,
    expected,
    findings,
    rulings_of,
    stratonovich_mean,
)
from spikesampler.studies.study import Study

__all__ = ["STUDY"]


def _mean(dataset: xr.Dataset, name: str, condition: str) -> str:
    values = dataset[name].sel(condition=condition)
    values = values.isel(session=-1) if "session" in values.dims else values
    return "{:.3f} [{:.3f}, {:.3f}]".format(*mean_interval(values.values)[:3])


def hurry(dataset: xr.Dataset) -> list[str]:
    """Five sentences for a reader in a hurry."""
    of = {one.key: one.ruling for one in rulings_of(dataset)}
    law = plan.law_of("heavy tail")
    assert isinstance(law, Kesten)
    return [
        "Asked was whether sizes of synapses that fluctuate without spikes, simulated as any other"
        " model is, have the laws that are known of them without a simulation: Kesten's process,"
        " and sizes whose logarithm is a sum of a fast and a slow process.",
        "From their stationary laws the distributions are at most"
        f" {in_short(of['law_kesten'], '.4f')}, {in_short(of['law_heavy_tail'], '.4f')} with a"
        f" heavy tail, and {in_short(of['law_log-normal'], '.4f')} log-normal away; at twice the"
        f" temperature it would be {in_short(of['hot_heavy_tail'], '.3f')} and"
        f" {in_short(of['hot_log-normal'], '.3f')}, where {FAR:g} counts as the same.",
        "Turnover from session to session over that of the law, less 1, is"
        f" {in_short(of['turnover_kesten'])}, {in_short(of['turnover_heavy_tail'])} and"
        f" {in_short(of['turnover_log-normal'])}, and the share of synapses that stay for"
        f" {plan.SESSIONS} sessions {in_short(of['survival_kesten'])},"
        f" {in_short(of['survival_heavy_tail'])} and {in_short(of['survival_log-normal'])}.",
        "The values that public code has make Kesten's sizes nearly normal, with a skewness of"
        f" {in_short(of['skewed_kesten'], '.2f')}; multiplied noise near the rate of loss gives"
        f" {in_short(of['skewed_heavy_tail'], '.2f')}, the log-normal law"
        f" {in_short(of['skewed_log-normal'], '.2f')}.",
        "The reading of the noise is not a matter of taste: in Stratonovich's the mean size of the"
        f" heavy-tailed process would be {stratonovich_mean(law):.2f} times as large, and the"
        f" simulated one over that, less 1, is {in_short(of['stratonovich'])}; each number is of"
        f" {dataset.sizes['seed']} seeds of 1000 synapses.",
    ]


def section(dataset: xr.Dataset) -> str:
    """The rest of its page, in Markdown."""
    table = []
    for name in plan.CONDITIONS:
        known = expected(name)
        sd = "–" if np.isnan(known.sd) else f"{known.sd:.3f}"
        table.append(
            (
                name,
                _mean(dataset, "mean", name),
                _mean(dataset, "sd", name),
                sd,
                _mean(dataset, "turnover", name),
                f"{known.turnover:.3f}",
                _mean(dataset, "survival", name),
                f"{known.survival[-1]:.3f}",
            )
        )
    return render(
        __file__,
        "templates/spine_sizes.md",
        table=table,
        sessions=plan.SESSIONS,
        seeds=dataset.sizes["seed"],
    )


def report(dataset: xr.Dataset) -> str:
    """A line for each question."""
    return "\n".join(f"{one.verdict}: {one.claim} {one.number}" for one in findings(dataset))


STUDY = Study.of_one(
    plan.NAME,
    "Sizes of synapses without spikes: do they have the laws that are known?",
    PARTS[plan.NAME],
    report,
    {"spine_sizes": sizes_figure},
    section,
    findings=lambda datasets: findings(datasets[plan.NAME]),
    hurry=lambda datasets: hurry(datasets[plan.NAME]),
    quick_help="two seeds, 30 sessions",
    runs_folder="spine_sizes",
)
