"""A ruling on a mean of which only the 95 % interval was kept, and not the values."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from spikesampler.stats.ruling import Bound, Ruling

__all__ = ["ruling_of"]


def ruling_of(interval: ArrayLike, num: int, kind: str, bounds: Sequence[float]) -> Ruling:
    """The ruling by a rule of this kind on a mean with Student's interval, held against bounds.

    interval (3,) : mean, low and high at 95 %, of `num` values; the standard error is half its
    width over t's quantile, and p follows from that. An interval without width is certain: p is 0
    against all but its own value.
    """
    from scipy.special import stdtr, stdtrit

    mean, low, high = map(float, np.asarray(interval))
    error = (high - low) / 2 / stdtrit(num - 1, 0.975)
    tests = []
    for bound in bounds:
        side = int(np.sign(mean - bound))
        t = abs(mean - bound) / error if error > 0 else np.inf if side else 0.0
        tests.append(Bound(bound, side, float(2 * stdtr(num - 1, -t))))
    return Ruling(kind, mean, low, high, num, tuple(tests), method="mean, Student's t")
