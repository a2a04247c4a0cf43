"""How near training is to the edge of stability: shares of runs and changes, per run."""

import numpy as np
import xarray as xr

from spikesampler.studies.kulikovskikh_2021.edge_data import AT_ONCE, HARVESTED

__all__ = ["CELLS", "EDGE", "at_edge", "harvested_arm", "nearer", "summary"]

EDGE = (0.8, 1.25)  #: η λ/2 that counts as at the edge; our choice
CELLS = ("rate", "task", "r")  #: of one run of an arm, beside its mode
TINY = 1e-12  #: η λ/2 of a network that no longer answers to its input


def at_edge(values: xr.DataArray) -> xr.DataArray:
    """Whether η λ/2 counts as at the edge; nan, of a network that diverged, does not."""
    return (values >= EDGE[0]) & (values <= EDGE[1])


def harvested_arm(dataset: xr.Dataset) -> str:
    """The arm with the paper's E/r: harvested from T = 1 on, or where that was not gathered, as
    its control, from T = 0 on.
    """
    return HARVESTED if HARVESTED in dataset["arm"].values else AT_ONCE


def nearer(edge: xr.DataArray, arm: str, r: float) -> np.ndarray:
    """Share (run,) of an arm's trainings that are nearer the edge, as a ratio, at r than at the
    least r; edge (rate, task, r, arm, run). One that diverged, nan, is no nearer.
    """
    away = np.abs(np.log(np.maximum(edge.sel(arm=arm), TINY)))
    return (away.sel(r=r) < away.isel(r=0)).mean(("rate", "task")).values


def summary(here: xr.Dataset) -> dict[str, dict[str, float]]:
    """Of one mode, {arm: {what: share of its trainings, or mean}}; all trainings are counted."""
    texts = {}
    for arm in here["arm"].values.tolist():
        cell = here.sel(arm=arm)
        edge = cell["edge"]
        texts[arm] = {
            "at the edge": float(at_edge(edge).mean()),
            "below it": float((edge < EDGE[0]).mean()),
            "beyond it": float((edge > EDGE[1]).mean()),
            "diverged": float(edge.isnull().mean()),
            "loss rises": float(cell["rising"].mean()),
            "test accuracy": float(cell["test"].mean()),
        }
    return texts
