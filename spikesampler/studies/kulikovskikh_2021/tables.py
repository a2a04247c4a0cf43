"""Is an output that grows and is harvested better? The study: its settings, figures and section."""

from pathlib import Path

import xarray as xr

from spikesampler.language.model import load_model
from spikesampler.stimuli.planar import PLANAR
from spikesampler.studies.kulikovskikh_2021.accuracy_figures import (
    balance_figure,
    curves_figure,
    differences_figure,
)
from spikesampler.studies.kulikovskikh_2021.tables_claims import findings
from spikesampler.studies.kulikovskikh_2021.tables_data import gather
from spikesampler.studies.kulikovskikh_2021.tables_hurry import hurry
from spikesampler.studies.kulikovskikh_2021.tables_report import adagrads, report
from spikesampler.studies.page import render
from spikesampler.studies.study import Part, Study

__all__ = ["STUDY"]


def section(dataset: xr.Dataset) -> str:
    """Its part of docs/verdicts.md."""
    about, adagrad = dataset.attrs, adagrads(dataset)
    return render(
        __file__, "templates/tables.md", about=about, adagrad=adagrad, report=report(dataset)
    )


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
        minutes=40,
    ),
    report,
    {
        "light_curves": curves_figure,
        "light_balance": balance_figure,
        "light_differences": differences_figure,
    },
    section,
    findings=lambda datasets: findings(datasets["light_tables"]),
    hurry=lambda datasets: hurry(datasets["light_tables"]),
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
        "epochs": {"type": int, "help": "epochs (default: 1500)"},
    },
)
