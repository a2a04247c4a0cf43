"""Intervals: bootstrap of means and curves, and of shares Wilson's. Arrays in, numbers out."""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from spikesampler.errors import InputError

__all__ = [
    "Interval",
    "bootstrap_band",
    "bootstrap_bands",
    "bootstrap_interval",
    "bootstrap_intervals",
    "known_interval",
    "wilson",
]

RESAMPLES = 9_999
BAND_RESAMPLES = 1_999


def wilson(mean, num_samples, confidence=0.95):
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


def values_of(values, name="values"):
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) == 0 or not np.isfinite(values).all():
        raise InputError(
            f"{name} of shape {values.shape}, {np.isfinite(values).sum()} finite: give one or more"
            " finite numbers in a list"
        )
    return values


def bootstrap_interval(values, confidence=0.95, seed=0):
    """Mean of independent values and its bootstrap interval (Efron 1987, BCa); the same values give
    the same interval.

    Bounds are nan for a single value, and the mean itself where all values are equal (to 12
    digits).
    """
    from scipy import stats

    values = values_of(values)
    mean = float(values.mean())
    if len(values) == 1:
        return Interval(mean, float("nan"), float("nan"), 1)
    if np.ptp(values) <= 1e-12 * np.abs(values).max():
        return Interval(mean, mean, mean, len(values))
    found = stats.bootstrap(
        (values,),
        np.mean,
        confidence_level=confidence,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(mean, float(found.low), float(found.high), len(values))


def bootstrap_band(values, confidence=0.95, seed=0):
    """Mean over seeds and its percentile bootstrap band, for curves: values (n_seed, …) -> three
    arrays (…).

    One set of resampled seeds for all points, so a band is as smooth as its curves. nan where a
    value is, and for the bounds of a single seed.
    """
    values = np.asarray(values, dtype=float)
    mean = values.mean(axis=0)
    if len(values) == 1:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    n = len(values)
    drawn = np.random.default_rng(seed).integers(n, size=(BAND_RESAMPLES, n))
    weights = np.array([np.bincount(one, minlength=n) for one in drawn]) / n
    low, high = np.quantile(
        np.tensordot(weights, values, 1), [(1 - confidence) / 2, (1 + confidence) / 2], axis=0
    )
    return mean, low, high


def known_interval(values, confidence=0.95):
    """`bootstrap_interval` of the values that are finite; all nan where none is."""
    values = np.asarray(values, dtype=float)
    known = values[np.isfinite(values)]
    return bootstrap_interval(known, confidence) if len(known) else Interval(*[np.nan] * 3, 0)


def bootstrap_intervals(values, confidence=0.95):
    """`known_interval` along the last axis: values (…, n_seed) -> mean, low and high, each (…)."""
    intervals = np.apply_along_axis(
        lambda cell: known_interval(cell, confidence)[:3], -1, np.asarray(values, dtype=float)
    )
    return np.moveaxis(intervals, -1, 0)


def bootstrap_bands(values, confidence=0.95):
    """`bootstrap_band` of each arm: values (n_arm, n_seed, n_block) -> mean, low, high, each
    (n_arm, n_block).
    """
    return np.array([bootstrap_band(of_arm, confidence) for of_arm in values]).swapaxes(0, 1)
