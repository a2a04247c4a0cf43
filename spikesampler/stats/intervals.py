"""Intervals: of shares Wilson's, of means the bootstrap's and Student's. Arrays in, numbers out."""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError

Array = NDArray[np.float64]


RESAMPLES = 9_999
BAND_RESAMPLES = 1_999
NAN = float("nan")


def wilson(
    mean: ArrayLike, num_samples: ArrayLike, confidence: float = 0.95
) -> tuple[Array, Array]:
    """Wilson's score interval of a share; low and high, shaped like mean.

    ``(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)``, p the mean of n outcomes in 0..1, z
    the normal quantile. Shared credits (ties) vary less than 0s and 1s of the same mean, so with
    ties it errs on the wide side.

    Reference: Wilson (1927), J. Am. Stat. Assoc. 22:209.
    """
    p, n = np.asarray(mean, float), np.asarray(num_samples, float)
    z2 = NormalDist().inv_cdf(0.5 + confidence / 2) ** 2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    return centre - half, centre + half


class Interval(NamedTuple):
    """A mean with its confidence interval."""

    mean: float
    low: float
    high: float
    num_values: int


def values_of(values: ArrayLike, name: str = "values") -> Array:
    """The values as a float64 array (n,); InputError unless there are some and all are finite."""
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) == 0 or not np.isfinite(values).all():
        raise InputError(
            f"{name} of shape {values.shape}, {np.isfinite(values).sum()} finite: give one or more"
            " finite numbers in a list"
        )
    return values


def tails(confidence: float) -> list[float]:
    """The two quantiles that leave out equal parts on either side."""
    return [(1 - confidence) / 2, (1 + confidence) / 2]


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """Mean of independent values (one per seed) and its Student-t interval; nan for one value.

    mean ± t_{n-1}((1 + confidence)/2) · s/√n, s the standard deviation with n - 1.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) == 0 or not 0 < confidence < 1:
        raise InputError(
            f"values of shape {values.shape} and confidence {confidence}: give a list of one or"
            " more values and a confidence between 0 and 1"
        )
    mean, n = float(values.mean()), len(values)
    if n == 1:
        return Interval(mean, NAN, NAN, 1)
    from scipy.special import stdtrit

    half = float(stdtrit(n - 1, (1 + confidence) / 2) * (values.std(ddof=1) / np.sqrt(n)))
    return Interval(mean, mean - half, mean + half, n)


def bootstrap_interval(values: ArrayLike, confidence: float = 0.95, seed: int = 0) -> Interval:
    """Mean of independent values and its bootstrap interval (Efron 1987, BCa).

    The same values give the same interval. Bounds are nan for a single value, and the mean itself
    where all values are equal (to 12 digits).
    """
    from scipy import stats

    values = values_of(values)
    mean = float(values.mean())
    if len(values) == 1:
        return Interval(mean, NAN, NAN, 1)
    if np.ptp(values) <= 1e-12 * np.abs(values).max():
        return Interval(mean, mean, mean, len(values))
    interval = stats.bootstrap(
        (values,),
        np.mean,
        confidence_level=confidence,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(mean, float(interval.low), float(interval.high), len(values))


def known_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """`bootstrap_interval` of those of the values (n,) that are finite; all nan where none is."""
    values = np.asarray(values, dtype=float)
    known = values[np.isfinite(values)]
    return bootstrap_interval(known, confidence) if len(known) else Interval(NAN, NAN, NAN, 0)


def bootstrap_intervals(values: ArrayLike, confidence: float = 0.95) -> Array:
    """`known_interval` along the last axis: values (…, n_seed) -> mean, low and high, each (…)."""
    intervals = np.apply_along_axis(
        lambda cell: known_interval(cell, confidence)[:3], -1, np.asarray(values, dtype=float)
    )
    return np.moveaxis(intervals, -1, 0)


def bootstrap_band(
    values: ArrayLike, confidence: float = 0.95, seed: int = 0
) -> tuple[Array, Array, Array]:
    """Mean over seeds of curves, and its percentile bootstrap band: three arrays (…).

    values (n_seed, …). One set of resampled seeds for all points, so a band is as smooth as its
    curves. nan where a value is, and for the bounds of a single seed.
    """
    values = np.asarray(values, dtype=float)
    mean, n = values.mean(axis=0), len(values)
    if n == 1:
        return mean, np.full_like(mean, NAN), np.full_like(mean, NAN)
    drawn = np.random.default_rng(seed).integers(n, size=(BAND_RESAMPLES, n))
    weights = np.array([np.bincount(resample, minlength=n) for resample in drawn]) / n
    low, high = np.quantile(np.tensordot(weights, values, 1), tails(confidence), axis=0)
    return mean, low, high


def bootstrap_bands(values: ArrayLike, confidence: float = 0.95) -> Array:
    """`bootstrap_band` of each arm: mean, low and high, each (n_arm, n_block).

    values (n_arm, n_seed, n_block).
    """
    bands = [bootstrap_band(of_arm, confidence) for of_arm in np.asarray(values)]
    return np.array(bands).swapaxes(0, 1)
