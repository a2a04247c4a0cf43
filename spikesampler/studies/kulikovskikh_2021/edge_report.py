"""What sharpness along training says, in words: tables, and a verdict on each half of the claim."""

from itertools import product

import numpy as np
import xarray as xr

from spikesampler import stats
from spikesampler.studies.kulikovskikh_2021.edge_data import ARMS, HARVESTED, SIGMOID
from spikesampler.studies.page import render

__all__ = ["EDGE", "report"]

EDGE = (0.8, 1.25)  #: η λ/2 that counts as at the edge; our choice


def at_edge(values: xr.DataArray) -> xr.DataArray:
    """Whether η λ/2 counts as at the edge; nan does not."""
    return (values >= EDGE[0]) & (values <= EDGE[1])


def report(dataset: xr.Dataset) -> str:
    """Tables and verdicts, as text."""
    tables = [
        (task, mode, rate, _table(dataset.sel(mode=mode, rate=rate, task=task)))
        for mode, rate, task in product(
            *(dataset[name].values for name in ("mode", "rate", "task"))
        )
    ]
    return render(
        __file__,
        "templates/edge_report.txt",
        edge=EDGE,
        arms=ARMS,
        harvested=HARVESTED,
        growth=dataset["r"].values,
        tables=tables,
        modes=[(mode, _verdicts(dataset.sel(mode=mode))) for mode in dataset["mode"].values],
    )


def _table(cell):
    """Of each r, what is said of the arms: "0.62 3/10 0.41 0.953", the median η λ/2, how many runs
    are at the edge, and the means of rising and of test accuracy.
    """
    rows = []
    for r in cell["r"].values:
        texts = []
        for arm in ARMS:
            here = cell.sel(r=r, arm=arm)
            edge, means = here["edge"].values, [float(here[n].mean()) for n in ("rising", "test")]
            count = f"{int(at_edge(edge).sum())}/{len(edge)}"
            texts.append("{:.3g} {} {:.2f} {:.3f}".format(np.nanmedian(edge), count, *means))
        rows.append((r, texts))
    return rows


def _verdicts(here):
    """Of one mode: what growth and harvest do, and the control."""
    edge = here["edge"]

    def change(measure):
        """With harvest minus without: each run's mean over steps, tasks and r."""
        arms = (measure.sel(arm=arm) for arm in (HARVESTED, ARMS[0]))
        return stats.paired_difference(*(arm.mean(("rate", "task", "r")).values for arm in arms))

    return {
        "push": _curvature_ratio(here, ARMS[0]),
        "at": {arm: float(at_edge(edge).sel(arm=arm).mean()) for arm in ARMS},
        "below": float((edge.sel(arm=ARMS[0]) < EDGE[0]).mean()),
        "fixed": change(at_edge(edge)),
        "rises": change(here["rising"]),
        "rising_below": [_rising_below(here.sel(arm=arm)) for arm in (HARVESTED, ARMS[0])],
        "control": _curvature_ratio(here, SIGMOID),
        "score": change(here["test"]),
    }


def _curvature_ratio(here, arm):
    """λ at the largest r over that at the smallest, each run's mean over steps and tasks."""
    curvature = here["edge"].sel(arm=arm) / here["rate"]  # λ/2
    return stats.paired_ratio(
        *(curvature.isel(r=place).mean(("rate", "task")).values for place in (-1, 0))
    )


def _rising_below(arm):
    """Text "12%": at how many epochs the loss rises in runs of an arm that are below the edge."""
    rising = arm["rising"].values[arm["edge"].values < EDGE[0]]
    return f"{rising.mean():.0%}" if len(rising) else "- (no run is)"
