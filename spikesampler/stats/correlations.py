"""How long courses remember: autocorrelation, its time, and how many independent values that makes.

Many courses at once, as of the synapses of a network; one is values[:, np.newaxis].

Reference: Sokal (1997), "Monte Carlo methods in statistical mechanics", section 3.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError

__all__ = ["autocorrelation", "autocorrelation_times", "effective_sample_size"]

Array = NDArray[np.float64]


def autocorrelation(values: ArrayLike, num_lags: int) -> Array:
    """Autocorrelation at lags 0 … num_lags, mean over courses: (num_lags + 1,), 1 at lag 0.

    Each course has its own mean taken off, and counts alike; one that is constant does not count,
    and where all are it is nan. The sums over fewer pairs at longer lags are divided by all, which
    biases them towards 0, and is what has the smaller error.

    Parameters
    ----------
    values : (n_time, n_course)
    num_lags : fewer than n_time
    """
    covariance = _covariances(values)
    if not 0 <= num_lags < covariance.shape[1]:
        raise InputError(
            f"num_lags={num_lags}: expected 0 to {covariance.shape[1] - 1}, one less than the times"
        )
    varies = covariance[:, 0] > 0
    if not varies.any():
        return np.full(num_lags + 1, np.nan)
    kept = covariance[varies]
    return (kept / kept[:, :1]).mean(axis=0)[: num_lags + 1]


def autocorrelation_times(values: ArrayLike, window: float = 5.0) -> Array:
    """Integrated autocorrelation time of each course (n_course,), in steps; nan of a constant one.

    1 + 2 Σ ρ_k up to the first k above `window` times it. Of a course that is not much longer than
    its time it is too small: at most about a seventh of the length.

    Parameters
    ----------
    values : (n_time, n_course)
    """
    covariance = _covariances(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        times = 2 * np.cumsum(covariance / covariance[:, :1], axis=1) - 1
    enough = np.arange(covariance.shape[1]) >= window * np.maximum(times, 1)
    last = np.where(enough.any(axis=1), enough.argmax(axis=1), covariance.shape[1] - 1)
    found = np.take_along_axis(times, last[:, np.newaxis], axis=1)[:, 0]
    return np.where(covariance[:, 0] > 0, found, np.nan)


def effective_sample_size(values: ArrayLike) -> Array:
    """Independent values that a mean over each course is worth: its length over its time."""
    times = autocorrelation_times(values)
    return len(np.asarray(values)) / np.maximum(times, 1.0)


def _covariances(values: ArrayLike) -> Array:
    """Sums of products at each lag, (n_course, n_time), of courses less their means."""
    from scipy.fft import irfft, rfft

    courses = np.asarray(values, dtype=float)
    if courses.ndim != 2 or len(courses) < 2 or not np.isfinite(courses).all():
        raise InputError(
            f"values of shape {courses.shape}: expected finite courses of two times and more,"
            " (n_time, n_course)"
        )
    length = len(courses)
    away = courses.T - courses.mean(axis=0)[:, np.newaxis]
    away[np.ptp(courses, axis=0) == 0] = 0.0
    return irfft(np.abs(rfft(away, 2 * length, axis=1)) ** 2, axis=1)[:, :length]
