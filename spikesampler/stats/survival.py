"""Times of escape: when a curve first passes a threshold, with runs that never do as censored."""

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.stats.intervals import NAN, Interval

Array = NDArray[np.float64]

CLEARLY = 3  #: standard errors of guessing by which an arm has to end above chance
NO_ESCAPE = "escape is undefined: no arm ends clearly above chance"


class Escape(NamedTuple):
    """Times in s, one per run, and whether each is an escape, or else the end of the run.

    Where escape is undefined times are nan, and none is an escape.
    """

    seconds: Array
    escaped: NDArray[np.bool_]


def best_arm_threshold(final: ArrayLike, chance: float, probe_samples: int) -> float:
    """Half-way from chance to the final accuracy, a mean over seeds, of the best arm.

    final (n_arm, n_seed), each of probe_samples answers. One threshold for all arms, so that their
    times can be compared. nan where that mean is less than CLEARLY standard errors of as many
    guesses above chance: what first exceeds it would be chance, too.
    """
    final = np.asarray(final, dtype=float)
    best = final.mean(axis=1).max()
    guesses = probe_samples * final.shape[1]
    clear = best - chance >= CLEARLY * np.sqrt(chance * (1 - chance) / guesses)
    return float((chance + best) / 2) if clear else NAN


def escape(time: ArrayLike, accuracy: ArrayLike, threshold: float) -> Escape:
    """When each run first exceeds the threshold, or else its last probe.

    time (n_probe,) in s, accuracy (…, n_probe). A threshold of nan leaves escape undefined.
    """
    if np.isnan(threshold).any():
        shape = np.shape(accuracy)[:-1]
        return Escape(np.full(shape, NAN), np.zeros(shape, dtype=bool))
    time, above = np.asarray(time, dtype=float), np.asarray(accuracy, dtype=float) > threshold
    escaped = above.any(axis=-1)
    return Escape(np.where(escaped, time[above.argmax(axis=-1)], time[-1]), np.asarray(escaped))


def _censored(times: Escape) -> Any:
    """The times as scipy's CensoredData."""
    from scipy import stats

    return stats.CensoredData(
        uncensored=times.seconds[times.escaped], right=times.seconds[~times.escaped]
    )


def not_escaped(times: Escape) -> tuple[Array, Array]:
    """Kaplan-Meier share of runs that have not escaped, as steps: times (m,) in s, shares (m,).

    Times go from 0 to the last; the share of a time holds from there to the next one.
    """
    from scipy import stats

    end = times.seconds.max()
    if not times.escaped.any():
        return np.array([0.0, end]), np.ones(2)
    staying = stats.ecdf(_censored(times)).sf
    shares = np.concatenate([[1.0], staying.probabilities])
    seconds = np.concatenate([[0.0], staying.quantiles])
    return np.append(seconds, end), np.append(shares, shares[-1])


def escape_median(times: Escape, confidence: float = 0.95) -> Interval:
    """Kaplan-Meier median of the time to escape in s, with its interval; inf if fewer than half do.

    It is the first time by which half of the runs have escaped: of an even number of times the
    lower of the two in the middle.

    Where no run was given up before the last escape, as where all are equally long, the bounds are
    order statistics: as many runs are left out at either end as fewer than half of binomial(n, 1/2)
    are, but in (1 - confidence)/2 of cases. Else they are Brookmeyer and Crowley's (1982, log-log).
    Of fewer than six runs nothing can be said with 95 %: bounds are nan. All is nan where escape is
    undefined. The `mean` of the Interval is the median.
    """
    from scipy import stats

    n, seconds = len(times.seconds), np.sort(np.where(times.escaped, times.seconds, np.inf))
    if np.isnan(times.seconds).any():
        return Interval(NAN, NAN, NAN, n)
    given_up = times.seconds[~times.escaped].min(initial=np.inf)
    if times.escaped.any() and given_up < times.seconds[times.escaped].max():
        return _log_log_median(times, confidence)
    # P(fewer than these) <= (1 - confidence)/2
    left_out = int(stats.binom.ppf((1 - confidence) / 2, n, 0.5))
    median = float(seconds[(n + 1) // 2 - 1])
    if not left_out:
        return Interval(median, NAN, NAN, n)
    low = min(seconds[left_out - 1], given_up)  # who has not escaped may do so right after
    return Interval(median, float(low), float(seconds[n - left_out]), n)


def escape_medians(seconds: ArrayLike, escaped: ArrayLike) -> tuple[Array, Array, Array]:
    """`escape_median` along the last axis: seconds, escaped (…, n_seed) -> median, low, high (…).

    nan seconds are of runs that failed, and do not count; where all did, all three are nan.
    """

    def of_cell(seconds: NDArray, escaped: NDArray) -> tuple[float, float, float]:
        known = np.isfinite(seconds)
        if not known.any():
            return NAN, NAN, NAN
        return escape_median(Escape(seconds[known], escaped[known].astype(bool)))[:3]

    return np.vectorize(of_cell, signature="(n),(n)->(),(),()")(seconds, escaped)


def _log_log_median(times: Escape, confidence: float) -> Interval:
    """`escape_median` with Brookmeyer and Crowley's bounds."""
    from scipy import stats

    staying = stats.ecdf(_censored(times)).sf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        bounds = staying.confidence_interval(confidence, method="log-log")

    def half_escaped(share: Array) -> float:
        # nan at a share of 1 or 0, where log(-log) says nothing: there is no escape yet, or nobody
        # is left
        reached = np.where(np.isnan(share), staying.probabilities, share) <= 0.5 + 1e-12
        return float(staying.quantiles[reached.argmax()]) if reached.any() else float("inf")

    shares = (staying.probabilities, bounds.low.probabilities, bounds.high.probabilities)
    median, low, high = map(half_escaped, shares)
    return Interval(median, low, high, len(times.seconds))
