"""Autocorrelation times from a window that is not much longer than they are.

`autocorrelation_times` takes the window's own mean off, so that no course looks slower than about a
seventh of the window. Here its bias is known for a course that forgets at one rate, an
Ornstein-Uhlenbeck process, and is taken back. What moves on and never comes back, as a random walk,
has the most that such a course can have: of it the window tells that it is slow, not how slow.

The bias is of the time over the window, whatever the spacing is, if a time has some steps.

Reference: Marriott & Pope (1954), Biometrika 41:390, on the bias that the mean makes.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.stats.correlations import autocorrelation_times
from spikesampler.stats.intervals import Interval, known_interval

__all__ = ["corrected_interval", "corrected_time", "seen_time"]

Array = NDArray[np.float64]

LOOKS = 400  #: at a course in a window, evenly
COURSES = 4000  #: drawn for each true time: the median of what is seen has an error of 0.7 %
TIMES = 16  #: true times in geometric order; those between are interpolated
SLOWEST = 30  #: windows: to 1 % a random walk


def seen_time(time: float, window: float) -> float:
    """What `autocorrelation_times` gives, as a median, of a true time, in the unit of both."""
    true, seen = _table()
    return window * float(np.exp(np.interp(np.log(time / window), np.log(true), np.log(seen))))


def corrected_time(seen: float, window: float) -> float:
    """The true time where `autocorrelation_times` gives `seen`, in the unit of both.

    inf where a random walk would look no slower; what is below a look in LOOKS is as it is seen.
    """
    true, known = _table()
    part = seen / window
    if part <= known[0]:
        return seen
    if part >= known[-1]:
        return np.inf
    return window * float(np.exp(np.interp(np.log(part), np.log(known), np.log(true))))


def corrected_interval(seen: ArrayLike, window: float) -> Interval:
    """`corrected_time` of the mean of independent estimates (n,), and of the mean's interval."""
    mean, low, high, number = known_interval(seen)
    mean, low, high = (corrected_time(end, window) for end in (mean, low, high))
    return Interval(mean, low, high, number)


@cache
def _table() -> tuple[Array, Array]:
    """True times and what is seen of each, in windows; both grow. The same draws for all times."""
    from scipy.signal import lfilter

    rng = np.random.default_rng(1954)
    noise, start = rng.normal(size=(COURSES, LOOKS)), rng.normal(size=(COURSES, 1))
    true, seen = np.geomspace(1, SLOWEST * LOOKS, TIMES), []
    for time in true:
        keeps = (time - 1) / (time + 1)  # of the value at a look, at the next one
        pushed = noise * np.sqrt(1 - keeps**2)
        courses, _ = lfilter([1], [1, -keeps], pushed, axis=1, zi=keeps * start)
        seen.append(float(np.median(autocorrelation_times(courses.T))))
    return true / LOOKS, np.maximum.accumulate(seen) / LOOKS
