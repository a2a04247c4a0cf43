"""Statistics of comparisons: intervals, paired differences, times of escape. Arrays in, numbers
out.

Values are paired by position: the n-th of every arm has the same seed, hence the same stimuli in
the same order and the same start. With one seed there are no intervals and no tests; both are nan.
"""

import warnings
from typing import NamedTuple

import numpy as np

from spikesampler.errors import InputError
from spikesampler.metrics import Interval

__all__ = [
    "Difference",
    "Escape",
    "autocorrelation_time",
    "bootstrap_band",
    "bootstrap_interval",
    "escape",
    "escape_median",
    "escape_threshold",
    "holm",
    "logrank_p",
    "not_escaped",
    "paired_difference",
    "paired_ratio",
    "rank_biserial",
    "wilcoxon_p",
]

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
    """Times in s, one per run, and whether each is an escape or the end of a run that had not
    escaped by then.
    """

    seconds: np.ndarray
    escaped: np.ndarray


def _values(values, name="values"):
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

    values = _values(values)
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


def paired_difference(values, control, confidence=0.95, shift=0.0):
    """values - control - shift, pair by pair: mean, bootstrap interval, and p of Wilcoxon's
    signed-rank test.

    p : see `wilcoxon_p`; nan for a single pair.
    """
    values, control = _pairs(values, control)
    differences = values - control - shift
    interval = bootstrap_interval(differences, confidence)
    p = wilcoxon_p(differences) if len(differences) > 1 else float("nan")
    return Difference(interval.mean, interval.low, interval.high, p, len(differences))


def wilcoxon_p(differences):
    """Two-sided p of Wilcoxon's signed-rank test (1945) over all signs of the differences (n,),
    exact also with ties.

    Differences are rounded to 9 decimals: 359/360 - 358/360 and 3/360 - 2/360 are ties. Zeros keep
    their rank (Pratt 1959). 1 where all are zero.
    """
    from scipy.stats import rankdata

    differences = np.round(_values(differences, "differences"), 9)
    ranks = np.rint(2 * rankdata(np.abs(differences))).astype(
        int
    )  # twice the ranks of ties are whole numbers
    chances = np.ones(1)  # of each sum of positive ranks
    for rank in ranks[differences != 0]:
        chances = (np.pad(chances, (0, rank)) + np.pad(chances, (rank, 0))) / 2
    found = ranks[differences > 0].sum()
    return float(min(1.0, 2 * min(chances[found:].sum(), chances[: found + 1].sum())))


def _pairs(values, control):
    values, control = _values(values), _values(control, "control")
    if len(values) != len(control):
        raise InputError(
            f"{len(values)} values and {len(control)} of the control: give them in pairs"
        )
    return values, control


def paired_ratio(costs, control, confidence=0.95):
    """costs / control, pair by pair: geometric mean, its bootstrap interval, and Wilcoxon's p, as a
    `Difference`.

    Only pairs of which both are finite and above 0 count, and are counted: a cost of inf is one
    that was never paid. All but num_pairs is nan with fewer than two.
    """
    costs, control = np.asarray(costs, float), np.asarray(control, float)
    if costs.shape != control.shape or costs.ndim != 1:
        raise InputError(
            f"{costs.shape} costs and {control.shape} of the control: give them in pairs"
        )
    both = np.isfinite(costs) & np.isfinite(control) & (costs > 0) & (control > 0)
    if both.sum() < 2:
        return Difference(*[float("nan")] * 4, int(both.sum()))
    found = paired_difference(np.log(costs[both]), np.log(control[both]), confidence)
    return found._replace(mean=np.exp(found.mean), low=np.exp(found.low), high=np.exp(found.high))


def rank_biserial(values, control, confidence=0.95):
    """Effect size of Wilcoxon's signed-rank test and its bootstrap interval (percentiles): an
    `Interval`, -1 to 1.

    (W+ - W-)/(W+ + W-), W± the sums of ranks of positive and negative differences (Kerby 2014): 1
    where all pairs differ upwards, 0 where neither side prevails or all are equal. Differences are
    rounded as by `paired_difference`.
    """
    from scipy.stats import rankdata

    values, control = _pairs(values, control)
    differences = np.round(values - control, 9)

    def effect(differences):
        ranks = rankdata(np.abs(differences), axis=-1)
        total = (ranks * (differences != 0)).sum(axis=-1)
        return (ranks * np.sign(differences)).sum(axis=-1) / np.maximum(total, 1)

    n = len(differences)
    if n == 1:
        return Interval(float(effect(differences)), float("nan"), float("nan"), 1)
    drawn = np.random.default_rng(0).integers(n, size=(RESAMPLES, n))
    low, high = np.quantile(
        effect(differences[drawn]), [(1 - confidence) / 2, (1 + confidence) / 2]
    )
    return Interval(float(effect(differences)), float(low), float(high), n)


def autocorrelation_time(series, window=5.0):
    """Integrated autocorrelation time of a series (n,), in its steps: 1 + 2 Σ ρ_k up to the first k
    above 5 times it.

    n/τ independent values have a mean as exact as the series'. 1 for white noise, nan for a
    constant series. Of a series that is not much longer than τ it is too small. Reference: Sokal
    (1997), "Monte Carlo methods in statistical mechanics", section 3.
    """
    from statsmodels.tsa.stattools import acf

    series = _values(series, "series")
    if np.ptp(series) == 0:
        return float("nan")
    times = 2 * np.cumsum(acf(series, nlags=len(series) - 1, fft=True)) - 1
    enough = np.flatnonzero(np.arange(len(times)) >= window * np.maximum(times, 1))
    return float(times[enough[0] if len(enough) else -1])


def holm(p_values):
    """p values adjusted for their number (Holm 1979), in the order given; nan stays nan and does
    not count.
    """
    p_values = np.asarray(p_values, dtype=float)
    adjusted, known = np.full(p_values.shape, np.nan), np.flatnonzero(np.isfinite(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(factors * p_values[order]))
    return adjusted


def escape_threshold(final, chance):
    """Half-way between chance and the best arm's final accuracy: final (n_arm, n_seed), the mean
    over seeds counts.
    """
    return float((chance + np.asarray(final, dtype=float).mean(axis=1).max()) / 2)


def escape(time, accuracy, threshold):
    """When each run first exceeds the threshold: time (n_probe,) s, accuracy (…, n_probe); else the
    last probe.
    """
    time, above = np.asarray(time, dtype=float), np.asarray(accuracy, dtype=float) > threshold
    escaped = above.any(axis=-1)
    return Escape(np.where(escaped, time[above.argmax(axis=-1)], time[-1]), escaped)


def _censored(times):
    from scipy import stats

    return stats.CensoredData(
        uncensored=times.seconds[times.escaped], right=times.seconds[~times.escaped]
    )


def not_escaped(times):
    """Kaplan-Meier share of runs that have not escaped: times (m,) in s from 0 to the last, and
    shares (m,), as steps.

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
    """Kaplan-Meier median of the time to escape in s, with its interval; inf where fewer than half
    escaped.

    Where no run was given up before the last escape, as where all are equally long, the bounds are
    order statistics: as many runs are left out at either end as fewer than half of binomial(n, 1/2)
    are, but in (1 - confidence)/2 of cases. Else they are Brookmeyer and Crowley's (1982, log-log).
    Of fewer than six runs nothing can be said with 95 %: 0 and inf. Bounds are nan for a single
    run. A NamedTuple `Interval`, whose `mean` is the median.
    """
    from scipy import stats

    n, seconds = len(times.seconds), np.sort(np.where(times.escaped, times.seconds, np.inf))
    if n == 1:
        return Interval(float(seconds[0]), np.nan, np.nan, 1)
    given_up = times.seconds[~times.escaped].min(initial=np.inf)
    if times.escaped.any() and given_up < times.seconds[times.escaped].max():
        return _log_log_median(times, confidence)
    left_out = int(
        stats.binom.ppf((1 - confidence) / 2, n, 0.5)
    )  # P(fewer than these) <= (1 - confidence)/2
    low, high = (seconds[left_out - 1], seconds[n - left_out]) if left_out else (0.0, np.inf)
    low = min(low, given_up)  # who has not escaped may do so right after
    return Interval(float(seconds[(n + 1) // 2 - 1]), float(low), float(high), n)


def _log_log_median(times, confidence):
    from scipy import stats

    staying = stats.ecdf(_censored(times)).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        bounds = staying.confidence_interval(confidence, method="log-log")
    # nan at a share of 1 or 0, where log(-log) says nothing: there is no escape yet, or nobody is
    # left
    shares = (staying.probabilities, bounds.low.probabilities, bounds.high.probabilities)
    found = []
    for share in shares:
        reached = np.where(np.isnan(share), staying.probabilities, share) <= 0.5 + 1e-12
        found.append(float(staying.quantiles[reached.argmax()]) if reached.any() else np.inf)
    return Interval(*found, len(times.seconds))


def logrank_p(times, control):
    """Two-sided p of the log-rank test (Mantel 1966) between two groups of times; nan where it says
    nothing.

    That is where nobody escapes, where all do at once, and where a group is a single run.
    """
    from scipy import stats

    if min(len(times.seconds), len(control.seconds)) == 1 or not (
        times.escaped.any() or control.escaped.any()
    ):
        return float("nan")
    with np.errstate(
        invalid="ignore"
    ):  # nan where all escape at one time: nobody is left to compare
        return float(stats.logrank(_censored(times), _censored(control)).pvalue)
