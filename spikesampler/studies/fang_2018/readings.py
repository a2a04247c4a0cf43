"""On which reading of Fang, Yu & Chen (2018) do its claims come out? The study.

Which readings: `readings_plan`; what is measured, the rules, and what "nearest" means:
`readings_measures`.
"""

from typing import TYPE_CHECKING

import xarray as xr

from spikesampler.studies.fang_2018 import readings_words as words
from spikesampler.studies.fang_2018.readings_figure import readings_figure
from spikesampler.studies.fang_2018.readings_measures import outcomes
from spikesampler.studies.fang_2018.readings_plan import PART
from spikesampler.studies.fang_2018.readings_tables import MAIN
from spikesampler.studies.study import Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY"]

NAME = "fang_2018_readings"


def figure(dataset: xr.Dataset) -> "Figure":
    """The picture of the table, for the meaning of "in learning" that the paper seems to have."""
    judged = [one for one in outcomes(dataset) if one.meaning == MAIN]
    return readings_figure(judged, dataset.sizes["seed"])


STUDY = Study(
    name=NAME,
    title="On which reading of Fang, Yu & Chen (2018) do its claims come out?",
    parts={NAME: PART},
    report=words.report,
    figures=lambda datasets: {"readings": figure(datasets[NAME])},
    section=lambda datasets: words.section(datasets[NAME]),
    findings=lambda datasets: words.findings(datasets[NAME]),
    hurry=lambda datasets: words.hurry(datasets[NAME]),
    quick_help="a small network, two readings, two seeds",
    runs_folder="readings",
)
