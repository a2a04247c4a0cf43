"""Structure against power where they differ: the study; see structure_plan and structure_rules."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from spikesampler.stats.intervals import SHARE, mean_interval
from spikesampler.stats.rules import NOT, REPRODUCED, Ruling, in_short
from spikesampler.stats.ruling import number_said
from spikesampler.studies.fang_2018 import structure_plan as plan
from spikesampler.studies.fang_2018.structure_figure import curves_figure, differences_figure
from spikesampler.studies.fang_2018.structure_rules import (
    FORMS,
    MARGIN,
    WEIGHT,
    WITHIN,
    findings,
    questions_of,
    rulings_of,
    variation,
)
from spikesampler.studies.finding import MARKS
from spikesampler.studies.page import render
from spikesampler.studies.study import Study

__all__ = ["STUDY"]

_HELD = ("late", "falling", "hot", "falling_hot")  #: against noise without structure
OWN_THETA_0 = 3.0  #: the model's, at which e^w is near 1


def rows_of(dataset: xr.Dataset) -> list[xr.Dataset]:
    """One dataset for each setting."""
    return [dataset.isel(setting=number) for number in range(dataset.sizes["setting"])]


def figures(dataset: xr.Dataset) -> dict[str, Figure]:
    """{name of the file: Figure}."""
    rulings, rows = rulings_of(dataset), rows_of(dataset)
    of = {one.arms[0]: rulings[one.key] for one in questions_of(dataset) if one.key in _HELD}
    late = {arm: np.array([variation(row, arm)[1] for row in rows]) for arm in of}
    return {
        "structure": differences_figure(late, MARGIN, of),
        "structure_curves": curves_figure(dataset),
    }


def _held(rulings: list[Ruling], rows: list[xr.Dataset]) -> str:
    """How many settings with weights of order 1 gave which label, in words."""
    labels = Counter(
        ruling.label for ruling, row in zip(rulings, rows) if row["theta_0"] < OWN_THETA_0
    )
    number = sum(labels.values())
    rest = number - labels[REPRODUCED] - labels[NOT]
    return (
        f"in {labels[REPRODUCED]} of {number} settings with weights of order 1 it is so, in"
        f" {labels[NOT]} it is not, {rest} are undecided"
    )


def _changes(rulings: list[Ruling], rows: list[xr.Dataset]) -> str:
    """The numbers of the settings with weights of order 1, in their order."""
    numbers = (
        number_said(ruling.estimate, "+.3f")
        for ruling, row in zip(rulings, rows)
        if row["theta_0"] < OWN_THETA_0
    )
    return ", ".join(numbers)


def hurry(dataset: xr.Dataset) -> list[str]:
    """Five sentences for a reader in a hurry."""
    rows, rulings = rows_of(dataset), rulings_of(dataset)
    spread = [variation(row) for row in rows]
    own = next(i for i, row in enumerate(rows) if row["theta_0"] == OWN_THETA_0)
    most = int(np.argmax([end for _, end in spread]))
    where = rows[most]["setting"].item()
    return [
        "Does noise that grows with the weight (Fang et al., Eq. 3) act by its strength or by where"
        " it is strong: the control `constant_following` has the same mean variance at every"
        " moment, alike for all synapses, and the settings are such that weights are of order 1;"
        f" all of it holds for clusters, the start `prior`, {rows[0]['probe'].values[-1]:g} s of"
        " learning and a learning rate at which one event changes the potential u by as much as in"
        " the model as it is.",
        "Is `weight` as accurate as noise of equal power that is alike for all, to"
        f" {MARGIN:g}: {_held(rulings['late'], rows)}; the differences in these settings are"
        f" {_changes(rulings['late'], rows)}, where against no noise such flat noise changes the"
        f" accuracy by {_changes(rulings['flat'], rows)} and `weight` by"
        f" {_changes(rulings['gain'], rows)}: where noise changes it by no more than {MARGIN:g},"
        " to be equal says little.",
        f"With three times the variance the differences are {_changes(rulings['hot'], rows)}, where"
        f" flat noise changes the accuracy by {_changes(rulings['flat_hot'], rows)}; in the model"
        f" as it is, where the amplitude varies over the synapses by {spread[own][0]:.0%} at the"
        f" start and {spread[own][1]:.0%} over the last 2000 s, the difference is"
        f" {in_short(rulings['late'][own])}, and with three times the variance"
        f" {in_short(rulings['hot'][own])}.",
        "Another control has the same power and falls with the weight: is it as accurate as noise"
        f" that is alike for all, to {MARGIN:g}: {_held(rulings['falling'], rows)}; at {where},"
        f" where the amplitude of `weight` varies most ({spread[most][1]:.0%}), it differs by"
        f" {in_short(rulings['falling'][most])}, and with three times the variance by"
        f" {in_short(rulings['falling_hot'][most])}.",
        f"Is the time to learn the same within a factor of {WITHIN:g}:"
        f" {_held(rulings['escape'], rows)}; each number is of {dataset.sizes['seed']} pairs of"
        " runs with the same stimuli and the same start; settings differ in more than in how much"
        " the amplitude varies (the bound, the learning rate, what noise costs), so what makes a"
        " difference large is not told apart.",
    ]


def section(dataset: xr.Dataset) -> str:
    """The rest of its page, in Markdown."""
    rows, rulings = rows_of(dataset), rulings_of(dataset)
    arms = [str(arm) for arm in dataset["arm"].values]
    table = [
        {
            "setting": row["setting"].item(),
            "top": row["intensity_max"].item(),
            "b": row["b"].item(),
            "variation": variation(row),
            "w": _ends(row, "median_w"),
            "bound": _ends(row, "on_bound"),
            "power": _ends(row, "power"),
            "late": {
                arm: mean_interval(plan.late_means(row, arm=arm).values, within=SHARE)
                for arm in arms
            },
        }
        for row in rows
    ]
    questions = questions_of(dataset)
    held = [
        (one, [_marked(ruling, FORMS.get(one.of, "+.3f")) for ruling in rulings[one.key]])
        for one in questions
    ]
    return render(
        __file__,
        "templates/structure.md",
        table=table,
        arms=arms,
        texts=plan.ARMS,
        held=held,
        margin=MARGIN,
        seeds=dataset.sizes["seed"],
        seconds=dataset["probe"].values[-1],
    )


def _marked(ruling: Ruling, form: str) -> str:
    """A number, its interval, and the mark of its label."""
    return f"{MARKS.get(ruling.label, '')} {in_short(ruling, form)}".strip()


def _ends(row: xr.Dataset, name: str) -> tuple[float, float]:
    """A variable of the runs of `weight` at the start, and over the last 2000 s."""
    start = float(row[name].sel(arm=WEIGHT).isel(probe=0).mean())
    return start, float(plan.late_means(row, name, WEIGHT).mean())


def report(dataset: xr.Dataset) -> str:
    """A line for each question and setting."""
    return "\n".join(f"{one.verdict}: {one.claim}. {one.number}" for one in findings(dataset))


def _of_one(of: Callable[[xr.Dataset], Any]) -> Callable[[Mapping[str, xr.Dataset]], Any]:
    """The same of {name: Dataset}, as a Study has it."""
    return lambda datasets: of(datasets[plan.NAME])


STUDY = Study(
    name=plan.NAME,
    title="Is it the noise's structure or its power, where weights are of order 1?",
    parts=plan.PARTS,
    report=_of_one(report),
    figures=_of_one(figures),
    section=_of_one(section),
    findings=_of_one(findings),
    hurry=_of_one(hurry),
    quick_help="a small network, two seeds, 100 samples",
    runs_folder="structure",
)
