"""All figures and measures of the paper together, on the same trained networks."""

from collections.abc import Mapping

import xarray as xr

from spikesampler.stats.intervals import METHOD
from spikesampler.studies.finding import Finding
from spikesampler.studies.gamst_walker_2017 import (
    averages,
    basin,
    best_fits,
    curvature,
    function,
    functions,
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
    for module in (
        functions,
        function,
        averages,
        best_fits,
        paths,
        basin,
        wide,
        curvature,
        minima,
        noise,
    )
]


def section(datasets: Mapping[str, xr.Dataset]) -> str:
    """What each measure reports, and its figure."""
    measures = [study.section(datasets) for study in MEASURES]
    about = datasets["gamst_walker_fig2"].attrs
    return render(__file__, "templates/section.md", measures=measures, method=METHOD, **about)


def findings(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """Of all measures."""
    return [found for study in MEASURES for found in study.findings(datasets)]


STUDY = Study(
    name="gamst_walker",
    title=(
        "The energy landscape of a simple network: Gamst & Walker (2017, arXiv:1706.07101), all"
        " figures and claims."
    ),
    parts={name: part for study in MEASURES for name, part in study.parts.items()},
    report=lambda datasets: "\n\n".join(study.report(datasets) for study in MEASURES),
    figures=lambda datasets: {
        name: figure for study in MEASURES for name, figure in study.figures(datasets).items()
    },
    section=section,
    findings=findings,
    hurry=lambda datasets: functions.hurry(datasets["gamst_walker_functions"]),
    quick_help="few networks, few steps: whether it works",
    runs_folder="gamst_walker",
)
