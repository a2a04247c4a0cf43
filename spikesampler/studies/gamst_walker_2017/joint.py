"""All figures and measures of the paper together, on the same trained networks."""

from collections.abc import Mapping

import xarray as xr

from spikesampler.studies.gamst_walker_2017 import (
    averages,
    basin,
    best_fits,
    curvature,
    function,
    minima,
    noise,
    paths,
    wide,
)
from spikesampler.studies.page import render
from spikesampler.studies.study import Study

__all__ = ["MEASURES", "STUDY"]

MEASURES = [
    module.STUDY
    for module in (function, averages, best_fits, paths, basin, wide, curvature, minima, noise)
]


def section(datasets: Mapping[str, xr.Dataset]) -> str:
    """The part of docs/verdicts.md: what each measure reports, and its figure."""
    measures = [study.section(datasets) for study in MEASURES]
    about = datasets["gamst_walker_fig2"].attrs
    return render(__file__, "templates/section.md", measures=measures, **about)


STUDY = Study(
    name="gamst_walker",
    title=(
        "Gamst & Walker (2017, arXiv:1706.07101) from nothing: all figures, datasets and verdicts."
    ),
    parts={name: part for study in MEASURES for name, part in study.parts.items()},
    report=section,
    figures=lambda datasets: {
        name: figure for study in MEASURES for name, figure in study.figures(datasets).items()
    },
    section=section,
    quick_help="few networks, few steps: whether it works",
    runs_folder="gamst_walker",
)
