"""The saddle criterion of Fang, Yu & Chen (2018), Eq. (4), against the exact Hessian: the study.

Theorem 1 argues that noise that grows with the weight makes learning's objective strict saddle: at
every stationary point that is no maximum, the largest eigenvalue of the Hessian is positive because
its trace, A + B + C, is. Measured:

paper   the paper's network, three arms, both starts: at 11 points of each learning path
scaled  the same with N of 30 and 300, two arms
small   100 inputs, 4 outputs, 2 dimensions: at 41 points of each path, with the exact index; and at
        stationary points found from the paths, of index 0 (maxima) and 1 (passes), with the
        likelihood counting 2000 to 200 000 patterns
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from pandas import DataFrame

from spikesampler.stats import SHARE, mean_band
from spikesampler.studies.fang_2018 import saddle_points, saddle_runs, saddle_tables
from spikesampler.studies.fang_2018.saddle_figure import study_figure
from spikesampler.studies.fang_2018.saddle_findings import findings, hurry
from spikesampler.studies.fang_2018.saddle_runs import STARTS, Plan, Search
from spikesampler.studies.fang_2018.saddle_tables import COUNTS, KINDS
from spikesampler.studies.fang_2018.saddle_words import section
from spikesampler.studies.study import Part, Study

__all__ = ["STUDY"]

ARMS = ("none", "weight", "constant_matched")
LARGE = {"I": 200, "K": 5, "D": 2}  #: of the quick form, in the place of the paper's network
NETWORKS = {
    "paper": Plan({}, (100,), ARMS, seeds=5, probe_every=4320),
    "scaled": Plan({}, (30, 300), ARMS[:2], seeds=3, probe_every=4320),
    "small": Plan({"I": 100, "K": 4, "D": 2}, (100,), ARMS, seeds=10, probe_every=1080),
}
QUICK_NETWORKS = {
    "paper": Plan(LARGE, (100,), ARMS, seeds=1, probe_every=100),
    "scaled": Plan(LARGE, (300,), ARMS[:2], seeds=1, probe_every=100),
    "small": Plan({"I": 20, "K": 3, "D": 2}, (100,), ARMS, seeds=2, probe_every=50),
}
SEARCHES = [
    Search(("none", "weight"), 4, (2, 10, -1), "network"),
    Search(("none",), 3, (-1,), 2_000),
    Search(("none",), 3, (-1,), 200_000),
]
FULL = {"networks": NETWORKS, "samples": 43_200, "patterns": 4_000}
#: what is asked of points beside, on a network small enough for many searches; of these: start,
#: index and counts_as
POINTS = {
    "networks": {"tiny": Plan({"I": 50, "K": 4, "D": 2}, (100,), ARMS[:1], 6, probe_every=1080)},
    "samples": 10_800,
    "patterns": 2_000,
    "snapshots": (0, 1, 2, 5, -1),
    "climbed": (("prior", 0, "network"), ("prior", 1, "network"), ("prior", 0, 2_000)),
}
QUICK_POINTS = {
    "networks": {"tiny": Plan({"I": 20, "K": 3, "D": 2}, (100,), ARMS[:1], 2, probe_every=50)},
    "samples": 200,
    "patterns": 200,
    "snapshots": (0, -1),
}
QUICK = {"networks": QUICK_NETWORKS, "samples": 200, "patterns": 200}
CURVES = ("total", "trace", "largest")


def of_small(settings: Mapping, searches: list[Search]) -> dict:
    """The settings for stationary points, which are those of the small network."""
    networks = {"small": settings["networks"]["small"]}
    return {**settings, "networks": networks, "searches": searches}


def draw(datasets: Mapping[str, xr.Dataset]) -> Figure:
    """Criterion and index along learning paths, signs at stationary points."""
    paths, near = saddle_tables.tables(datasets)
    curves, index = {}, {}
    for arm in ARMS[:2]:
        for start in STARTS:
            path = paths[(paths.network == "paper") & (paths.arm == arm) & (paths.start == start)]
            bands = {name: spread(path, name) for name in CURVES}
            curves[arm, start] = np.unique(path.seconds), bands
    for start in STARTS:
        path = paths[(paths.network == "small") & (paths.start == start)]
        bands = [
            mean_band(saddle_tables.shares(path[path.arm == arm]), within=SHARE) for arm in ARMS
        ]
        index[start] = np.unique(path.seconds), np.array(bands), ARMS
    near = saddle_tables.distinct(near)
    group = np.searchsorted(list(COUNTS), near.effective_patterns) * 2 + near.wanted_index
    labels = [f"{kind}, N = {N}" for N in COUNTS.values() for kind in KINDS]
    signs = (near.total.to_numpy(), near.largest.to_numpy(), group.to_numpy(), labels)
    return study_figure(curves, index, signs)


def spread(table: DataFrame, name: str) -> tuple[np.ndarray, ...]:
    """(3, n_snapshot): median, least and greatest over seeds."""
    values = saddle_tables.by_seed(table, name)
    return np.median(values, axis=0), values.min(axis=0), values.max(axis=0)


STUDY = Study(
    name="fang_2018_saddle",
    title="The saddle criterion of Fang, Yu & Chen (2018), Eq. (4), against the exact Hessian, "
    "along learning paths and beside.",
    parts={
        "fang_2018_saddle": Part(saddle_runs.gather_paths, FULL, QUICK, resumes=True),
        "fang_2018_stationary": Part(
            saddle_runs.gather_stationary,
            of_small(FULL, SEARCHES),
            of_small(QUICK, [search._replace(snapshots=(-1,)) for search in SEARCHES]),
            resumes=True,
        ),
        "fang_2018_points": Part(
            saddle_points.gather,
            POINTS,
            POINTS | QUICK_POINTS,
            resumes=True,
        ),
    },
    report=section,
    figures=lambda datasets: {"saddle": draw(datasets)},
    section=section,
    findings=findings,
    hurry=hurry,
    quick_help="tiny networks and 200 samples",
    runs_folder="saddle",
)
