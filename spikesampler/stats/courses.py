"""Curves over biological time in one number each: their mean, their end, when they are half-way up.

time (n_probe,) in s, increasing; curves (…, n_probe), of which the first may be before learning.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "LATE",
    "crossing_times",
    "half_times",
    "late_mean",
    "late_seconds",
    "mean_in_learning",
]

Array = NDArray[np.float64]

LATE = 2000.0  #: s, the end of learning that is averaged
PART = 0.25  #: of a shorter run, so that its end is not its beginning


def late_seconds(time: ArrayLike, last: float = LATE) -> float:
    """How many seconds at the end `late_mean` averages: so many, or a quarter of a shorter run."""
    return float(min(last, PART * np.asarray(time, dtype=float)[-1]))


def late_mean(time: ArrayLike, curves: ArrayLike, last: float = LATE) -> Array:
    """Mean over the probes of the last so many seconds, or of the last quarter of a shorter run."""
    t = np.asarray(time, dtype=float)
    return np.asarray(curves, float)[..., t > t[-1] - late_seconds(t, last)].mean(axis=-1)


def mean_in_learning(time: ArrayLike, curves: ArrayLike) -> Array:
    """Mean over learning: of all that is known of a curve after its start, at time 0."""
    return np.nanmean(np.asarray(curves, float)[..., np.asarray(time) > 0], axis=-1)


def half_times(time: ArrayLike, curves: ArrayLike, floor: float, clear: float = 0.15) -> Array:
    """When each curve is first above half-way from the floor to its own `late_mean`, in s.

    inf for one that ends less than `clear` above the floor: half-way to nothing is no time. The
    probes are as far apart as they are: a curve that has risen by the first after 0 has that time.
    """
    values, t = np.asarray(curves, dtype=float), np.asarray(time, dtype=float)
    end = late_mean(t, values)
    above = values > (floor + (end - floor) / 2)[..., np.newaxis]
    above &= t > 0
    risen = above.any(axis=-1) & (end >= floor + clear)
    return np.where(risen, t[above.argmax(axis=-1)], np.inf)


def crossing_times(time: ArrayLike, differences: ArrayLike, smooth: float = LATE / 2) -> Array:
    """From when on a difference of curves stays below 0, in s; inf where it does not at the end.

    A running mean over `smooth` s stands for a curve, as single probes fluctuate; the time is that
    of its middle. 0 for one that is never above.
    """
    values, t = np.asarray(differences, dtype=float), np.asarray(time, dtype=float)
    near = np.abs(t - t[:, np.newaxis]) <= smooth / 2
    means = values @ (near / near.sum(axis=0))
    last = len(t) - 1 - (means >= 0)[..., ::-1].argmax(axis=-1)
    first = np.where((means >= 0).any(axis=-1), last + 1, 0)
    return np.where(first < len(t), t[np.minimum(first, len(t) - 1)], np.inf)
