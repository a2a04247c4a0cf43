"""Momentum and transmission noise beside synaptic noise: the study; see arms_plan, arms_rules."""

from collections import Counter
from collections.abc import Mapping

import xarray as xr

from spikesampler.stats.intervals import SHARE, mean_interval
from spikesampler.stats.rules import NOT, REPRODUCED, SMALLER, in_short
from spikesampler.studies.fang_2018 import arms_plan as plan
from spikesampler.studies.fang_2018.arms_figure import curves_figure, runs_figure
from spikesampler.studies.fang_2018.arms_rules import FORMS, MARGIN, Asked, findings, rulings_of
from spikesampler.studies.fang_2018.structure_plan import late_means
from spikesampler.studies.page import render
from spikesampler.studies.study import Study

__all__ = ["STUDY"]

Datasets = Mapping[str, xr.Dataset]


def _counted(asked: list[Asked], begins: str) -> str:
    """How many of the questions whose keys begin so hold, in words."""
    labels = Counter(one.ruling.label for one in asked if one.key.startswith(begins))
    clear = labels[REPRODUCED] + labels[SMALLER]
    rest = labels.total() - clear - labels[NOT]
    return f"{clear} of {labels.total()} clearly do, {labels[NOT]} clearly do not, {rest} are open"


def _listed(asked: list[Asked], begins: str, unit: str) -> str:
    """Numbers of the questions whose keys begin so, with what comes after it in the key."""
    found = [one for one in asked if one.key.startswith(begins)]
    parts = [one.key.removeprefix(begins).replace("p=", "chance ") for one in found]
    numbers = [in_short(one.ruling, FORMS[one.unit]) for one in found]
    return "; ".join(f"{part}: {said}{unit}" for part, said in zip(parts, numbers, strict=True))


def hurry(datasets: Datasets) -> list[str]:
    """Five sentences for a reader in a hurry."""
    asked = rulings_of(datasets)
    of = {one.key: one for one in asked}
    plateau = datasets[plan.dataset_name("plateau")]
    prior = datasets[plan.dataset_name("prior")]
    return [
        "Momentum gives θ the stationary law of first-order noise, but moves it by a velocity that"
        " is forgotten at the rate γ; asked whether networks with it leave the plateau sooner than"
        f" with `constant`, of γ = {', '.join(plan.GAMMAS)} /s"
        f" {_counted(asked, 'sooner_momentum')}"
        f" (time saved in s, {_listed(asked, 'sooner_momentum_', '')}).",
        f"The control, γ = {plan.LIMIT} /s, needs {in_short(of['limit'].ruling, '.2f')} times the"
        " time of `constant`.",
        "Transmission noise lets each input spike pass each synapse by the chance p; asked whether"
        " it leaves the plateau sooner than no noise, of three p"
        f" {_counted(asked, 'sooner_release')}"
        f" (time saved in s, {_listed(asked, 'sooner_release_', '')}), where synaptic noise saves"
        f" {in_short(of['sooner_constant'].ruling, '+.0f')} s as `constant` and"
        f" {in_short(of['sooner_weight'].ruling, '+.0f')} s as `weight`.",
        "From `prior`, transmission noise changes the accuracy over the last 2000 s by"
        f" {_listed(asked, 'gain_late_release_', '')}, and synaptic noise by"
        f" {in_short(of['gain_late_constant'].ruling)} as `constant` and"
        f" {in_short(of['gain_late_weight'].ruling)} as `weight`.",
        f"Each number is of {plateau.sizes['seed']} pairs of runs with the same stimuli and the"
        f" same start, over {plateau['probe'].values[-1]:g} s from the plateau and"
        f" {prior['probe'].values[-1]:g} s from `prior`; transmission noise goes on in probes and"
        " tests, where synaptic noise stops, so that it also makes an escape harder to see.",
    ]


def section(datasets: Datasets) -> str:
    """The rest of its page, in Markdown."""
    plateau, prior = (datasets[plan.dataset_name(start)] for start in ("plateau", "prior"))
    late = late_means(prior)
    columns = {
        "last 2000 s": late,
        "last snapshot, test": prior["test_accuracy"],
    }
    if "averaged_accuracy" in prior:
        columns["averaged answers"] = prior["averaged_accuracy"]

    def cell(values: xr.DataArray, arm: str) -> str:
        interval = mean_interval(values.sel(arm=arm).values, within=SHARE)
        return "{:.3f} [{:.3f}, {:.3f}]".format(*interval[:3])

    return render(
        __file__,
        "templates/arms.md",
        accuracies=[
            (arm, [cell(values, arm) for values in columns.values()]) for arm in plan.PRIOR
        ],
        columns=[*columns],
        escapes=_escapes(plateau),
        probe=float(plateau["probe"][1] - plateau["probe"][0]),
        ends={"plateau": plateau["probe"].values[-1], "prior": prior["probe"].values[-1]},
        seeds=plateau.sizes["seed"],
        margin=MARGIN,
        gammas=plan.GAMMAS,
        limit=plan.LIMIT,
    )


def _escapes(dataset: xr.Dataset) -> list[tuple[str, str, str]]:
    """(arm, how many escape, mean time within the run with its interval), all as texts."""
    if not plan.escapes_known(dataset):
        return []
    rows = []
    for arm in map(str, dataset["arm"].values):
        of = dataset.sel(arm=arm)
        mean, low, high = mean_interval(of["escape_seconds"].values)[:3]
        count = f"{int(of['escaped'].sum())} of {dataset.sizes['seed']}"
        rows.append((arm, count, f"{mean:.0f} [{low:.0f}, {high:.0f}]"))
    return rows


def report(datasets: Datasets) -> str:
    """A line for each question."""
    return "\n".join(f"{one.verdict}: {one.claim}. {one.number}" for one in findings(datasets))


STUDY = Study(
    name=plan.NAME,
    title="Do momentum and transmission noise do what synaptic noise does?",
    parts=plan.PARTS,
    report=report,
    figures=lambda datasets: {
        "arms": runs_figure(datasets),
        "arms_curves": curves_figure(datasets),
    },
    section=section,
    findings=findings,
    hurry=hurry,
    quick_help="a small network, two seeds, 100 samples",
    runs_folder="arms",
)
