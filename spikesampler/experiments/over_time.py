"""Accuracies over time, not at a moment, of a comparison's dataset, if it lacks them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from spikesampler.stats.courses import late_mean, mean_in_learning

if TYPE_CHECKING:
    import xarray

__all__ = ["OVER_TIME", "with_means"]

#: {variable: (curve, mean of it, what it is)}
OVER_TIME: dict[str, tuple[str, Callable, str]] = {
    "late_probe_accuracy": (
        "probe_accuracy",
        late_mean,
        "mean of the probes of the last 2000 s, or of the last quarter of a shorter run",
    ),
    "mean_probe_accuracy": (
        "probe_accuracy",
        mean_in_learning,
        "mean of all probes of learning",
    ),
    "mean_online_accuracy": (
        "online_accuracy",
        mean_in_learning,
        "mean over learning of the accuracy of samples that are being learnt",
    ),
}


def with_means(dataset: "xarray.Dataset") -> "xarray.Dataset":
    """The dataset with OVER_TIME, of the curves over time that it has and means that it lacks."""
    time = dataset["probe_time"].values if "probe_time" in dataset else np.array([])
    variables = {}
    for name, (curve, mean, about) in OVER_TIME.items():
        if name not in dataset and curve in dataset and len(time) > 1:
            values = dataset[curve]
            dims = [dim for dim in values.dims if dim != "sample_block"]
            ordered = values.transpose(*dims, "sample_block").values
            attrs = {"units": "1", "long_name": about}
            known = np.isfinite(ordered).any()  # nobody answers where nothing fires
            means = mean(time, ordered) if known else np.full(ordered.shape[:-1], np.nan)
            variables[name] = (dims, means, attrs)
    return dataset.assign(variables)
