"""Is the position-wise optimizer faster? The study: its settings, figures and section."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from spikesampler.language.model import load_model
from spikesampler.studies.page import render
from spikesampler.studies.study import Part, Study
from spikesampler.studies.valizadeh_2022 import printed_data
from spikesampler.studies.valizadeh_2022.comparison_data import gather
from spikesampler.studies.valizadeh_2022.comparison_report import report
from spikesampler.studies.valizadeh_2022.figures import losses_figure, ratios_figure
from spikesampler.studies.valizadeh_2022.findings import findings, hurry
from spikesampler.studies.valizadeh_2022.tasks import LOSSES

__all__ = ["STUDY"]

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
    "epochs": {"type": int, "help": "epochs at most (default: 5000, as in the authors' code)"},
}


def _compared(datasets: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """The comparisons among the datasets, which also have Algorithm 2 as printed."""
    return {name: dataset for name, dataset in datasets.items() if name in HEADINGS}


def _figures(datasets: Mapping[str, xr.Dataset]) -> dict[str, Figure]:
    figures = {}
    for name, dataset in _compared(datasets).items():
        figures[name] = losses_figure(dataset)
        figures[f"{name}_ratios"] = ratios_figure(dataset)
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
        ),
        "position_wise_printed": Part(
            printed_data.gather,
            full={"seeds": 10, "epochs": int(load_model("valizadeh_2022")["epochs"])},
            quick={"seeds": 2, "epochs": 60},
            minutes=6,
        ),
    },
    report=lambda datasets: "\n".join(map(report, _compared(datasets).values())),
    figures=_figures,
    section=_section,
    findings=findings,
    hurry=hurry,
    quick_help="2 seeds, 60 epochs, on digits: whether it works",
    options=OPTIONS,
    optional=("position_wise_cats",),
)
