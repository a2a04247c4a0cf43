"""Is an output that grows and is harvested better? The study: its settings, figures and section."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from spikesampler.language.model import load_model
from spikesampler.stimuli.planar import PLANAR
from spikesampler.studies.kulikovskikh_2021.arms import DRAWN, PAIRS
from spikesampler.studies.kulikovskikh_2021.differences import differences
from spikesampler.studies.kulikovskikh_2021.tables_data import gather
from spikesampler.studies.kulikovskikh_2021.tables_report import report
from spikesampler.studies.page import render
from spikesampler.studies.study import Part, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY", "draw_balance", "draw_curves", "draw_differences"]


def draw_curves(dataset: xr.Dataset) -> "Figure":
    """Accuracies on what is learnt and on what is not, against epochs: a panel per task."""
    from spikesampler.studies.kulikovskikh_2021.accuracy_figures import curves_figure

    return curves_figure(*_curves(dataset))


def draw_balance(dataset: xr.Dataset) -> "Figure":
    """Fig. 1 of the paper: test against train accuracy along training."""
    from spikesampler.studies.kulikovskikh_2021.accuracy_figures import balance_figure

    return balance_figure(*_curves(dataset))


def _curves(dataset):
    """(epoch, test, train (drawn, bound, task, epoch), names of arms, names of tasks)"""
    arrays = (dataset[name].values for name in ("epoch", "test_curve", "train_curve"))
    return *arrays, list(DRAWN), list(dataset["task"].values)


def draw_differences(dataset: xr.Dataset) -> "Figure":
    """LIGHT, and its controls, minus others: differences with intervals by task."""
    from spikesampler.studies.kulikovskikh_2021.accuracy_figures import differences_figure

    results = differences(dataset)
    pairs = [pair for pair in PAIRS if "Eq. (2)" not in pair[0]]
    rows = np.array([[difference[:3] for difference, _ in results[pair]] for pair in pairs])
    names = [f"{first} − {second}" for first, second in pairs]
    return differences_figure(rows, names, list(dataset["task"].values))


def section(dataset: xr.Dataset) -> str:
    """Its part of docs/verdicts.md."""
    return render(__file__, "templates/tables.md", about=dataset.attrs, report=report(dataset))


STUDY = Study.of_one(
    "light_tables",
    "Is an output that grows and is harvested better? Tables 1 and 2 of Kulikovskikh & Legović"
    " (2021), with controls.",
    Part(
        gather,
        full={
            "count": 20,
            "epochs": load_model("kulikovskikh_2021")["epochs"],
            "tuning": 5,
            "planar": tuple(PLANAR),
        },
        quick={"count": 4, "epochs": 6, "tuning": 2, "planar": ("blobs", "xor")},
    ),
    report,
    {
        "light_curves": draw_curves,
        "light_balance": draw_balance,
        "light_differences": draw_differences,
    },
    section,
    quick_help="2 sets and digits, 4 runs of 6 epochs: whether it works",
    options={
        "table": {
            "type": int,
            "choices": (1, 2),
            "help": "1, points, or 2, images (default: both)",
        },
        "mnist": {"type": Path, "metavar": "DIR", "help": "MNIST's IDX files"},
        "fashion": {"type": Path, "metavar": "DIR", "help": "Fashion-MNIST's IDX files"},
        "cifar": {"type": Path, "metavar": "DIR", "help": "CIFAR-10's batches"},
        "count": {"type": int, "help": "runs per arm (default: 20)"},
        "epochs": {"type": int, "help": "epochs (default: 1500)"},
    },
)
