"""How the advantage of a method changes along training: "less apparent with iterations"."""

import numpy as np
import xarray as xr

from spikesampler.studies.kulikovskikh_2021.arms import LIGHT, RIVALS
from spikesampler.studies.kulikovskikh_2021.differences import of_points

__all__ = ["advantages", "slope_of"]


def advantages(
    dataset: xr.Dataset, arms: tuple[str, ...] = (LIGHT,)
) -> dict[tuple[str, str], xr.DataArray]:
    """{(arm, rival): accuracies (run, part) of the arm minus those of the rival}, means over the
    sets of points; {} where there are none.
    """
    table = of_points(dataset)
    if not table.any():
        return {}
    parts = dataset["test_part"][table].mean("task").astype(float)
    return {
        (arm, rival): (parts.sel(drawn=arm) - parts.sel(drawn=rival)).transpose("run", "part")
        for arm in arms
        for rival in RIVALS
    }


def slope_of(advantage: xr.DataArray) -> np.ndarray:
    """Least-squares slope of each run's advantage (run, part) along training, per 1000 epochs."""
    epochs = advantage["part"].values / 1000
    centred = epochs - epochs.mean()
    return advantage.values @ centred / (centred @ centred)
