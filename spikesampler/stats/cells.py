"""Means or medians with their intervals, for every cell of a sweep."""

import xarray as xr

from spikesampler.stats.intervals import mean_intervals, range_of
from spikesampler.stats.survival import escape_medians

__all__ = ["summary_of_cells"]


def summary_of_cells(dataset: xr.Dataset, measure: str) -> xr.Dataset:
    """Values (…, seed) of a measure, and mean, low, high and end (…) of each cell.

    Values are nan where a run failed (`finished` is not 1), the others where all did. Of
    escape_seconds `mean` is the median, inf for never, and `end` is when runs ended that have not
    `escaped`.
    """
    finished, escaped = dataset["finished"] == 1, dataset["escaped"] == 1
    values = dataset[measure].astype(float)
    values = values if measure == "finished" else values.where(finished)

    def intervals(values, escaped):
        if measure == "escape_seconds":
            return escape_medians(values, escaped)
        return tuple(mean_intervals(values, within=range_of(measure)))

    mean, low, high = xr.apply_ufunc(
        intervals,
        values,
        escaped,
        input_core_dims=[["seed"], ["seed"]],
        output_core_dims=[[], [], []],
    )
    end = values.where(~escaped).max("seed")
    return xr.Dataset({"values": values, "mean": mean, "low": low, "high": high, "end": end})
