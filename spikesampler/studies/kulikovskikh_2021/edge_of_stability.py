"""Do growth and harvest hold training at the edge of stability? The study."""

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from spikesampler.language.model import load_model
from spikesampler.studies.kulikovskikh_2021.edge_data import ARMS, gather
from spikesampler.studies.kulikovskikh_2021.edge_report import EDGE, report
from spikesampler.studies.kulikovskikh_2021.samples import Task
from spikesampler.studies.page import render
from spikesampler.studies.study import Part, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY", "draw_courses", "draw_edge", "draw_rising"]

POINTS = tuple(Task(name) for name in ("moons", "circles", "xor"))
IMAGES = (Task("digits, 5 or not", "digits", balanced=True),)
GROWTH = (1.0, 2.0, load_model("kulikovskikh_2021")["r"], 8.0, 16.0)


def draw_edge(dataset: xr.Dataset) -> "Figure":
    """η λ/2 late in training against r: a row per task, columns of mode and step."""
    from spikesampler.studies.kulikovskikh_2021.edge_figures import edge_figure

    return edge_figure(dataset["r"].values, *_panels(dataset, "edge"), list(ARMS), "η λ/2", EDGE)


def draw_rising(dataset: xr.Dataset) -> "Figure":
    """Shares of epochs at which the loss rises, in the same places."""
    from spikesampler.studies.kulikovskikh_2021.edge_figures import edge_figure

    ylabel = "Loss rises (share of epochs)"
    return edge_figure(dataset["r"].values, *_panels(dataset, "rising"), list(ARMS), ylabel)


def draw_courses(dataset: xr.Dataset) -> "Figure":
    """η λ/2 along training on the whole set: a row per task, columns of step and r."""
    from spikesampler.studies.kulikovskikh_2021.edge_figures import edge_course_figure

    columns = list(product(dataset["rate"].values, dataset["r"].values[-3::2]))
    values = [dataset["course"].sel(rate=rate, r=r).values for rate, r in columns]
    return edge_course_figure(
        dataset["epoch"].values,
        np.swapaxes(values, 0, 1),
        list(dataset["task"].values),
        [f"η = {rate:g}, r = {r:g}" for rate, r in columns],
        list(ARMS),
        EDGE,
    )


def _panels(dataset, name):
    """(task, column, arm, (median, lower, upper quartile), r), names of tasks, names of columns."""
    values = dataset[name].transpose("task", "mode", "rate", "arm", "r", "run").values
    quartiles = np.moveaxis(np.nanquantile(values, [0.5, 0.25, 0.75], axis=-1), 0, -2)
    columns = [
        f"{mode}, η = {rate:g}"
        for mode, rate in product(dataset["mode"].values, dataset["rate"].values)
    ]
    shape = len(quartiles), len(columns), *quartiles.shape[3:]
    return quartiles.reshape(shape), list(dataset["task"].values), columns


def section(dataset: xr.Dataset) -> str:
    """Its part of docs/verdicts.md."""
    return render(__file__, "templates/edge.md", report=report(dataset))


STUDY = Study.of_one(
    "light_edge_of_stability",
    "Do growth and harvest hold training at the edge of stability? Sharpness times step along"
    " training, over r and E.",
    Part(
        gather,
        full={
            "count": 10,
            "epochs": {"whole set": 4000, "batches of 75": 1500},
            "growth": GROWTH,
            "groups": (POINTS, IMAGES),
            "looks": 14,
        },
        quick={
            "count": 3,
            "epochs": {"whole set": 40, "batches of 75": 10},
            "growth": GROWTH[1:3],
            "groups": (POINTS[:1],),
            "looks": 4,
        },
    ),
    report,
    {
        "light_edge_of_stability": draw_edge,
        "light_edge_course": draw_courses,
        "light_rising": draw_rising,
    },
    section,
    quick_help="one set, two r, 3 runs of 40 epochs: whether it works",
)
