"""The median and the sign test, for values of which some are only known to be larger than all.

inf is a time that did not come, -inf a ratio to one that did not; nan is unknown, and counts as
whatever speaks least for a clear result. Arrays in, numbers out.
"""

import numpy as np
from numpy.typing import ArrayLike

from spikesampler.stats.intervals import NAN, Interval

__all__ = ["median_interval", "sign_p"]


def median_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """Median of values (n,) and its interval, order statistics; the `mean` of the Interval is it.

    Left out at either end are as many values as fewer than half of binomial(n, 1/2) are, but in
    (1 - confidence)/2 of cases; with fewer than six values nothing can be said with 95 %, and the
    bounds are nan. The median of an even number is the mean of the two in the middle: infinite
    where one of them is, and 0 between -inf and inf.
    """
    from scipy.stats import binom

    values = np.asarray(values, dtype=float)
    n, unknown = len(values), np.isnan(values)
    if n == unknown.sum():
        return Interval(NAN, NAN, NAN, n)
    known = np.sort(values[~unknown])
    below, above = known[(len(known) - 1) // 2], known[len(known) // 2]
    median = 0.0 if below == -np.inf and above == np.inf else float(below / 2 + above / 2)
    left_out = int(binom.ppf((1 - confidence) / 2, n, 0.5))
    if not left_out:
        return Interval(median, NAN, NAN, n)
    low = np.sort(np.where(unknown, -np.inf, values))[left_out - 1]
    high = np.sort(np.where(unknown, np.inf, values))[n - left_out]
    return Interval(median, float(low), float(high), n)


def sign_p(values: ArrayLike, value: float = 0.0) -> float:
    """Two-sided p that the median of values (n,) is `value`; of the same test as `median_interval`.

    Values equal to it count, as unknown ones do, against what the others say. nan for one value.
    """
    from scipy.stats import binom

    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        return NAN
    most = max((values > value).sum(), (values < value).sum())
    return float(min(1.0, 2 * binom.cdf(len(values) - most, len(values), 0.5)))
