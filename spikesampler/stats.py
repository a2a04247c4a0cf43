"""Statistics of comparisons: intervals, paired differences, times of escape. Arrays in, numbers out.

Values are paired by position: the n-th of every arm has the same seed, hence the same stimuli in the same order and the
same start. With one seed there are no intervals and no tests; both are nan.
"""

import warnings
from typing import NamedTuple

import numpy as np

from spikesampler.errors import InputError
from spikesampler.metrics import Interval

__all__ = ["Difference", "Escape", "bootstrap_band", "bootstrap_interval", "escape", "escape_median",
           "escape_threshold", "holm", "logrank_p", "not_escaped", "paired_difference"]

RESAMPLES = 9_999
BAND_RESAMPLES = 1_999


class Difference(NamedTuple):
    """Mean of the differences within pairs, its bootstrap interval, and Wilcoxon's two-sided p."""

    mean: float
    low: float
    high: float
    p: float
    num_pairs: int


class Escape(NamedTuple):
    """Times in s, one per run, and whether each is an escape or the end of a run that had not escaped by then."""

    seconds: np.ndarray
    escaped: np.ndarray


def _values(values, name="values"):
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) == 0 or not np.isfinite(values).all():
        raise InputError(f"{name} of shape {values.shape}, {np.isfinite(values).sum()} finite: give one or more finite "
                         "numbers in a list")
    return values


def bootstrap_interval(values, confidence=0.95, seed=0):
    """Mean of independent values and its bootstrap interval (Efron 1987, BCa); the same values give the same interval.

    Bounds are nan for a single value, and the mean itself where all values are equal (to 12 digits).
    """
    from scipy import stats

    values = _values(values)
    mean = float(values.mean())
    if len(values) == 1:
        return Interval(mean, float("nan"), float("nan"), 1)
    if np.ptp(values) <= 1e-12 * np.abs(values).max():
        return Interval(mean, mean, mean, len(values))
    found = stats.bootstrap(
        (values,), np.mean, confidence_level=confidence, n_resamples=RESAMPLES, rng=np.random.default_rng(seed)
    ).confidence_interval
    return Interval(mean, float(found.low), float(found.high), len(values))


def bootstrap_band(values, confidence=0.95, seed=0):
    """Mean over seeds and its percentile bootstrap band, for curves: values (n_seed, …) -> three arrays (…).

    One set of resampled seeds for all points, so a band is as smooth as its curves. nan where a value is, and for the
    bounds of a single seed.
    """
    values = np.asarray(values, dtype=float)
    mean = values.mean(axis=0)
    if len(values) == 1:
        return mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    n = len(values)
    drawn = np.random.default_rng(seed).integers(n, size=(BAND_RESAMPLES, n))
    weights = np.array([np.bincount(one, minlength=n) for one in drawn]) / n
    low, high = np.quantile(np.tensordot(weights, values, 1), [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return mean, low, high


def paired_difference(values, control, confidence=0.95):
    """values - control, pair by pair: mean, bootstrap interval, and p of Wilcoxon's signed-rank test (1945).

    p is exact; with ties among the differences, or zeros, which keep their rank (Pratt 1959), it is exact up to 13
    pairs and comes from random signs beyond. It is 1 where all differences are zero.
    """
    from scipy import stats

    values, control = _values(values), _values(control, "control")
    if len(values) != len(control):
        raise InputError(f"{len(values)} values and {len(control)} of the control: give them in pairs")
    differences = values - control
    interval = bootstrap_interval(differences, confidence)
    if len(differences) == 1:
        p = float("nan")
    elif not differences.any():
        p = 1.0
    else:
        tied = len(np.unique([0, *np.abs(differences)])) <= len(differences)
        signs = stats.PermutationMethod(n_resamples=RESAMPLES, rng=np.random.default_rng(0)) if tied else "exact"
        p = float(stats.wilcoxon(differences, zero_method="pratt", method=signs).pvalue)
    return Difference(interval.mean, interval.low, interval.high, p, len(differences))


def holm(p_values):
    """p values adjusted for their number (Holm 1979), in the order given; nan stays nan and does not count."""
    p_values = np.asarray(p_values, dtype=float)
    adjusted, known = np.full(p_values.shape, np.nan), np.flatnonzero(np.isfinite(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(factors * p_values[order]))
    return adjusted


def escape_threshold(final, chance):
    """Half-way between chance and the best arm's final accuracy: final (n_arm, n_seed), the mean over seeds counts."""
    return float((chance + np.asarray(final, dtype=float).mean(axis=1).max()) / 2)


def escape(time, accuracy, threshold):
    """When each run first exceeds the threshold: time (n_probe,) s, accuracy (…, n_probe); else the last probe."""
    time, above = np.asarray(time, dtype=float), np.asarray(accuracy, dtype=float) > threshold
    escaped = above.any(axis=-1)
    return Escape(np.where(escaped, time[above.argmax(axis=-1)], time[-1]), escaped)


def _censored(times):
    from scipy import stats

    return stats.CensoredData(uncensored=times.seconds[times.escaped], right=times.seconds[~times.escaped])


def not_escaped(times):
    """Kaplan-Meier share of runs that have not escaped: times (m,) in s from 0 to the last, and shares (m,), as steps.

    The share of a time holds from there to the next one.
    """
    from scipy import stats

    end = times.seconds.max()
    if not times.escaped.any():
        return np.array([0.0, end]), np.ones(2)
    staying = stats.ecdf(_censored(times)).sf
    shares = np.concatenate([[1.0], staying.probabilities])
    seconds = np.concatenate([[0.0], staying.quantiles])
    return np.append(seconds, end), np.append(shares, shares[-1])


def escape_median(times, confidence=0.95):
    """Kaplan-Meier median of the time to escape in s, with its interval (Brookmeyer & Crowley 1982, log-log).

    inf where fewer than half escaped, or where a bound lies beyond the last escape. Where nobody escaped, the lower
    bound is the end of the shortest run if a median before it had let so many stay in fewer than (1 - confidence)/2 of
    cases, else 0. Bounds are nan for a single run. A NamedTuple `Interval`, whose `mean` is the median.
    """
    from scipy import stats

    if len(times.seconds) == 1:
        return Interval(float(times.seconds[0]) if times.escaped[0] else np.inf, np.nan, np.nan, 1)
    if not times.escaped.any():
        enough = 0.5 ** len(times.seconds) <= (1 - confidence) / 2
        return Interval(np.inf, float(times.seconds.min()) if enough else 0.0, np.inf, len(times.seconds))
    staying = stats.ecdf(_censored(times)).sf

    def first_at_half(probabilities):
        reached = probabilities <= 0.5 + 1e-12
        return float(staying.quantiles[reached.argmax()]) if reached.any() else float("inf")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        bounds = staying.confidence_interval(confidence, method="log-log")
    # where nobody or everybody has escaped log(-log) says nothing: 1, or from 0 to Clopper and Pearson's bound for as
    # many runs as were not given up before
    unknown = np.isnan(bounds.low.probabilities)
    known = (times.escaped | (times.seconds >= staying.quantiles[:, None])).sum(axis=1)
    most = np.where(staying.probabilities > 0.5, 1.0, 1 - ((1 - confidence) / 2) ** (1 / known))
    low = np.where(unknown, staying.probabilities > 0.5, bounds.low.probabilities)
    high = np.where(unknown, most, bounds.high.probabilities)
    return Interval(*map(first_at_half, (staying.probabilities, low, high)), len(times.seconds))


def logrank_p(times, control):
    """Two-sided p of the log-rank test (Mantel 1966) between two groups of times; nan where it says nothing."""
    from scipy import stats

    if not (times.escaped.any() or control.escaped.any()):
        return float("nan")
    with np.errstate(invalid="ignore"):  # nan where all escape at one time: nobody is left to compare
        return float(stats.logrank(_censored(times), _censored(control)).pvalue)
