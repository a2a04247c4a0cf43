"""How much the position-wise optimizer saves by depth: the study's report, figure and settings."""

import numpy as np
import xarray as xr

from spikesampler.studies.page import render
from spikesampler.studies.study import Part, Study
from spikesampler.studies.valizadeh_2022.depth_data import CONTROLS, SHAPES, gather, ratios
from spikesampler.studies.valizadeh_2022.depth_figure import depth_figure
from spikesampler.studies.valizadeh_2022.depth_findings import findings, hurry

__all__ = ["STUDY", "report"]


def report(dataset: xr.Dataset) -> str:
    """Ratios by shape and depth, in Markdown; `dataset` as `depth_data.gather` gives it."""
    needed = ratios(dataset)
    cells = list(np.ndindex(needed.shape[:4]))
    facts = {
        "data": dataset,
        "needed": needed,
        "cells": cells,
        "controls": CONTROLS,
        "widths": SHAPES,
    }
    return render(__file__, "templates/depth_report.md", **facts)


def section(dataset: xr.Dataset) -> str:
    return render(__file__, "templates/depth.md", report=report(dataset))


STUDY = Study.of_one(
    "position_wise_depth",
    "How much the position-wise optimizer saves, by depth and by where the operations are.",
    Part(
        gather,
        full={
            "depths": (1, 2, 4, 6),
            "seeds": 10,
            "epochs": 2000,
            "rates": (0.03, 0.1, 0.3, 1.0, 3.0),
            "tuning": (2, 300),
        },
        quick={
            "depths": (1, 2),
            "seeds": 2,
            "epochs": 40,
            "rates": (0.3, 0.6),
            "tuning": (1, 20),
            "workers": 1,
        },
    ),
    report,
    {"position_wise_depth": depth_figure},
    section,
    findings=findings,
    hurry=hurry,
    quick_help="2 depths, 2 starts, 40 epochs",
)
