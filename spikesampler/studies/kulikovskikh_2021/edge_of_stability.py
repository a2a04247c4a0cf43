"""Do growth and harvest hold training at the edge of stability? The study."""

import xarray as xr

from spikesampler.language.model import load_model
from spikesampler.studies.kulikovskikh_2021.edge_claims import findings, hurry
from spikesampler.studies.kulikovskikh_2021.edge_data import gather
from spikesampler.studies.kulikovskikh_2021.edge_figures import (
    edge_course_figure,
    edge_figure,
    rising_figure,
)
from spikesampler.studies.kulikovskikh_2021.edge_measures import harvested_arm
from spikesampler.studies.kulikovskikh_2021.edge_report import report
from spikesampler.studies.kulikovskikh_2021.samples import Task
from spikesampler.studies.page import render
from spikesampler.studies.study import Part, Study

__all__ = ["STUDY"]

POINTS = tuple(Task(name) for name in ("moons", "circles", "xor"))
IMAGES = (Task("digits, 5 or not", "digits", balanced=True),)
GROWTH = (1.0, 2.0, load_model("kulikovskikh_2021")["r"], 8.0, 16.0)


def section(dataset: xr.Dataset) -> str:
    """Its part of docs/verdicts.md."""
    return render(
        __file__,
        "templates/edge.md",
        about=dataset.attrs,
        report=report(dataset),
        harvested=harvested_arm(dataset),
    )


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
        minutes=70,
    ),
    report,
    {
        "light_edge_of_stability": edge_figure,
        "light_edge_course": edge_course_figure,
        "light_rising": rising_figure,
    },
    section,
    findings=lambda datasets: findings(datasets["light_edge_of_stability"]),
    hurry=lambda datasets: hurry(datasets["light_edge_of_stability"]),
    quick_help="one set, two r, 3 runs of 40 epochs: whether it works",
)
