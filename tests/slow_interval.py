"""The interval of a mean written down again, by search: what tests compare with."""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import skew, t

CONFIDENCE = 0.95


def skewed_p(values, value):
    """Two-sided p that the mean is `value`: Hall's cubic of Student's t, on t's distribution, and
    beyond its 95 % a line with the slope of t itself.
    """
    n = len(values)
    gamma = skew(values)
    u = (np.mean(values) - value) / np.std(values, ddof=1)
    most = t(n - 1).ppf(0.975)

    def h(u):
        return np.sqrt(n) * (u + gamma * u**2 / 3 + gamma**2 * u**3 / 27 + gamma / (6 * n))

    ends = [brentq(lambda u, end=end: h(u) - end, -500, 500, xtol=1e-14) for end in (-most, most)]
    inside = min(max(u, ends[0]), ends[1])
    return 2 * t(n - 1).sf(abs(h(inside) + np.sqrt(n) * (u - inside)))


def slow_interval(values, confidence=CONFIDENCE):
    """Mean, low and high of values (n,): where the p is 1 - confidence on either side. Where all
    are equal, to 12 digits, the value itself; nan where one is nan.
    """
    values = np.asarray(values, float)
    mean, spread = values.mean(), np.std(values, ddof=1)
    if not np.ptp(values) > 1e-12 * np.abs(values).max():
        return mean, mean, mean

    def over(value):
        return skewed_p(values, value) - (1 - confidence)

    # the p is 1 a little beside the mean; 500 standard deviations are beyond any bound
    middle = mean + spread * _root_of_cubic(values)
    low = brentq(over, mean - 500 * spread, middle, xtol=1e-13 * spread, rtol=1e-14)
    return mean, low, brentq(over, middle, mean + 500 * spread, xtol=1e-13 * spread, rtol=1e-14)


def _root_of_cubic(values):
    """How far from the mean, in standard deviations, that value lies whose p is 1."""
    n = len(values)
    gamma = skew(values)
    roots = np.roots([gamma**2 / 27, gamma / 3, 1, gamma / (6 * n)])
    return -float(roots[np.abs(roots.imag) < 1e-9].real[0])


def slow_band(values, confidence=CONFIDENCE):
    """Mean, low and high over seeds of curves (n_seed, …), point by point."""
    values = np.asarray(values, float)
    points = np.apply_along_axis(slow_interval, 0, values, confidence)
    return points[0], points[1], points[2]


def share_interval(values):
    """`slow_interval` of accuracies, whose mean is from 0 to 1."""
    return tuple(np.clip(slow_interval(values), 0, 1))


def share_band(values):
    """`slow_band` of accuracies."""
    return tuple(np.clip(slow_band(values), 0, 1))
