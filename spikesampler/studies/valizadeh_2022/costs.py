"""What a loss costs: epochs, layer updates, operations and seconds, and ratios between arms.

Functions take the Dataset of one task, see `comparison_data.gather`.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
import xarray as xr

from spikesampler import stats
from spikesampler.stats.paired import Difference
from spikesampler.studies.valizadeh_2022.tasks import TARGETS

FIXED = ("gradient_descent", "layer_scaled", "position_wise")  #: at the authors' rate
TUNED = (*FIXED, "momentum", "adam")  #: each at the rate that is its best on other starts
ARMS = (*FIXED, *(f"{method}, tuned" for method in TUNED))
AXES = ("epochs", "updates", "operations", "seconds")
RIVALS = [f"{method}, tuned" for method in TUNED if method != "position_wise"]
#: an arm, and the one that it is compared with
PAIRS = [
    *((method, "position_wise") for method in FIXED[:2]),
    *((rival, "position_wise, tuned") for rival in RIVALS),
]


@cache  # the report, the verdicts and the figure ask for the same intervals
def paired_ratio(costs: tuple[float, ...], control: tuple[float, ...]) -> Difference:
    """`stats.paired_ratio`, once."""
    return stats.paired_ratio(costs, control)


def cost_of_epoch(dataset: xr.Dataset, axis: str, arm: str) -> float:
    """What an epoch of an arm costs on an axis."""
    return 1.0 if axis == "epochs" else float(np.median(dataset[axis].sel(arm=arm).values))


def with_something_to_learn(dataset: xr.Dataset, level: str) -> np.ndarray:
    """Whether the loss of each start (seed,) is above the level before training.

    Others need no epoch by any method, and so tell nothing of how fast a method is.
    """
    return (dataset["epochs"].sel(level=level) > 0).all("arm").values


def costs_of(dataset: xr.Dataset, level: str, arm: str, axis: str = "epochs") -> np.ndarray:
    """Costs until a level, of starts that have something to learn (start,); inf where never."""
    epochs = dataset["epochs"].sel(arm=arm, level=level).values
    return epochs[with_something_to_learn(dataset, level)] * cost_of_epoch(dataset, axis, arm)


def ratio(dataset: xr.Dataset, level: str, arms: Sequence[str], axis: str = "epochs") -> Difference:
    """`costs_of` the first arm over those of the second, `stats.paired_ratio`: of all these starts,
    those from which one or both never get there too.
    """
    costs = (costs_of(dataset, level, arm, axis) for arm in arms)
    return paired_ratio(*(tuple(each) for each in costs))


def plateau_share(
    dataset: xr.Dataset, level: str, arms: Sequence[str] = PAIRS[0]
) -> tuple[np.ndarray, np.ndarray]:
    """Of the epochs that the second arm saves on its way to a level, the shares (seed,) saved until
    1 % above the loss of a guess, and on the plateau, from there to 1 % below it; nan where none
    are saved.
    """
    first, second = (dataset["epochs"].sel(arm=arm) for arm in arms)
    end = [epochs.sel(level=level).values for epochs in (first, second)]
    shares = []
    with np.errstate(invalid="ignore", divide="ignore"):
        saved = end[0] - end[1]
        saved = np.where(np.isfinite(saved) & (saved > 0), saved, np.nan)
        for name in ("near", "left"):
            until = [
                np.minimum(epochs.sel(level=name).values, last)
                for epochs, last in zip((first, second), end)
            ]
            shares.append((until[0] - until[1]) / saved)
    return shares[0], shares[1] - shares[0]


def levels_in(dataset: xr.Dataset) -> dict[str, float]:
    """Losses at which methods are compared, by level: the paper's and the low one, as far as the
    task has them.
    """
    losses = {name: float(dataset["level_loss"].sel(level=name)) for name in (*TARGETS, "low")}
    return {name: loss for name, loss in losses.items() if np.isfinite(loss)}


def edge_rates(dataset: xr.Dataset) -> list[str]:
    """Tuned methods whose rate is the smallest or largest that was tried."""
    return [
        method
        for method in TUNED
        if float(dataset["rate"].sel(arm=f"{method}, tuned"))
        in dataset["tried"].sel(optimizer=method).values[[0, -1]]
    ]
