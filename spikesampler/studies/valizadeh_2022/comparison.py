"""Is the position-wise optimizer faster? The study: its settings, figures and section."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from spikesampler.language.model import load_model
from spikesampler.studies.page import render
from spikesampler.studies.study import Part, Study
from spikesampler.studies.valizadeh_2022.comparison_data import gather
from spikesampler.studies.valizadeh_2022.comparison_report import report
from spikesampler.studies.valizadeh_2022.costs import (
    ARMS,
    AXES,
    PAIRS,
    cost_of_epoch,
    levels_in,
    ratio,
)
from spikesampler.studies.valizadeh_2022.tasks import LOSSES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY", "draw_losses", "draw_ratios"]

RATES = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0)
HEADINGS = {  #: of the datasets, in docs/verdicts.md
    "position_wise_cats": "209 images of cats and others, the authors' file",
    "position_wise": "Scikit-learn's digits, a stand-in",
}
OPTIONS = {
    "tasks": {"type": lambda text: text.split(","), "help": "binary, ten, or both (the default)"},
    "cats": {
        "type": Path,
        "metavar": "FILE",
        "help": "HDF5 with train_set_x, train_set_y, or a folder",
    },
    "mnist": {"type": Path, "metavar": "DIR", "help": "MNIST's IDX files"},
    "cifar": {"type": Path, "metavar": "DIR", "help": "CIFAR-10's batches"},
    "rate": {"type": float, "help": "instead of the authors' rate, 0.0075 (MNIST: 7.5e-5)"},
    "epochs": {
        "type": int,
        "help": "epochs at most (default: 5000, as in the authors' code)",
    },
}


def draw_losses(dataset: xr.Dataset) -> "Figure":
    """Loss against four axes, a row per task."""
    from spikesampler.studies.valizadeh_2022.figures import courses_figure

    tasks = []
    for name in dataset["task"].values:
        task = dataset.sel(task=name)
        costs = {axis: [cost_of_epoch(task, axis, arm) for arm in ARMS] for axis in AXES}
        curves = task["epoch"].values, task["loss"].values, costs
        tasks.append((str(name), *curves, float(task["guess"]), levels_in(task)))
    return courses_figure(tasks, list(ARMS))


def draw_ratios(dataset: xr.Dataset) -> "Figure":
    """What gradient descent and the controls need, over what position-wise needs, where two starts
    or more say so.
    """
    from spikesampler.studies.valizadeh_2022.figures import ratios_figure

    rows = {}
    for name in dataset["task"].values:
        task = dataset.sel(task=name)
        for level, loss in levels_in(task).items():
            rows[f"{name}\nto a loss of {loss:.4g}"] = [
                [ratio(task, level, arms, axis)[:3] for axis in AXES] for arms in PAIRS
            ]
    known = {label: cells for label, cells in rows.items() if np.isfinite(cells).any()}
    return ratios_figure(known or rows, [first for first, _ in PAIRS], list(AXES))


def _figures(datasets: Mapping[str, xr.Dataset]) -> dict[str, "Figure"]:
    figures = {}
    for name, dataset in datasets.items():
        figures[name] = draw_losses(dataset)
        figures[f"{name}_ratios"] = draw_ratios(dataset)
    return figures


def _section(datasets: Mapping[str, xr.Dataset]) -> str:
    about = datasets["position_wise"].attrs
    return render(
        __file__,
        "templates/comparison.md",
        commit=about["commit"],
        cpu=about["cpu"],
        guess=np.log(10) + 9 * np.log(10 / 9),
        reports=[
            (name, heading, report(datasets[name]))
            for name, heading in HEADINGS.items()
            if name in datasets
        ],
    )


STUDY = Study(
    name="position_wise",
    title="Is the position-wise optimizer faster? The experiments of Valizadeh (2022,"
    " arXiv:2204.05312), with fair controls.",
    parts={
        "position_wise": Part(
            gather,
            full={
                "seeds": 10,
                "epochs": int(load_model("valizadeh_2022")["epochs"]),
                "rates": RATES,
                "tuning": (3, 1500),
            },
            quick={
                "seeds": 2,
                "epochs": 60,
                "rates": (0.1, 0.2),
                "tuning": (1, 30),
                "losses": LOSSES[:1],
            },
        )
    },
    report=lambda datasets: "\n".join(report(dataset) for dataset in datasets.values()),
    figures=_figures,
    section=_section,
    quick_help="2 seeds, 60 epochs, on digits: whether it works",
    options=OPTIONS,
    optional=("position_wise_cats",),
)
