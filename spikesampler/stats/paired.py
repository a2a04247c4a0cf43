"""Paired differences and ratios, their tests, and corrections. Arrays in, numbers out.

Values are paired by position: the n-th of every arm has the same seed, hence the same stimuli in
the same order and the same start. With one seed there are no intervals and no tests; both are nan.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError
from spikesampler.stats.intervals import ANY, NAN, Range, mean_interval, mean_p, values_of
from spikesampler.stats.signs import median_interval, sign_p

Array = NDArray[np.float64]


class Difference(NamedTuple):
    """Mean of the differences within pairs, its interval, and the two-sided p of the same test."""

    mean: float
    low: float
    high: float
    p: float
    num_pairs: int


def paired_difference(
    values: ArrayLike, control: ArrayLike, confidence: float = 0.95, within: Range = ANY
) -> Difference:
    """values - control, pair by pair: `mean_interval`, and `mean_p` that it is 0.

    values, control : (n,). Interval and p are nan for a single pair; the interval is where all
    differences are equal, too, as nothing is known of their spread.
    """
    differences = np.subtract(*_pairs(values, control))
    mean, low, high, number = mean_interval(differences, confidence, within)
    ends = (low, high) if low < high else (NAN, NAN)
    return Difference(mean, *ends, mean_p(differences), number)


def wilcoxon_p(differences: ArrayLike) -> float:
    """Two-sided p of Wilcoxon's signed-rank test (1945) over all signs, exact also with ties.

    differences : (n,), rounded to 9 decimals: 359/360 - 358/360 and 3/360 - 2/360 are ties. Zeros
    keep their rank (Pratt 1959). 1 where all are zero.
    """
    from scipy.stats import rankdata

    differences = np.round(values_of(differences, "differences"), 9)
    # twice the ranks of ties are whole numbers
    ranks = np.rint(2 * rankdata(np.abs(differences))).astype(int)
    chances = np.ones(1)  # of each sum of positive ranks
    for rank in ranks[differences != 0]:
        chances = (np.pad(chances, (0, rank)) + np.pad(chances, (rank, 0))) / 2
    observed = ranks[differences > 0].sum()
    return float(min(1.0, 2 * min(chances[observed:].sum(), chances[: observed + 1].sum())))


def _pairs(values: ArrayLike, control: ArrayLike) -> tuple[Array, Array]:
    values, control = values_of(values), values_of(control, "control")
    if len(values) != len(control):
        raise InputError(
            f"{len(values)} values and {len(control)} of the control: give them in pairs"
        )
    return values, control


def paired_ratio(costs: ArrayLike, control: ArrayLike, confidence: float = 0.95) -> Difference:
    """costs / control, pair by pair: geometric mean, its interval, and p that it is 1.

    costs, control : (n,), in the same unit, inf for one that was never paid: such pairs count. With
    one of them the ratio is the median, its interval and p those of the sign test, for which it is
    enough to know which of a pair was longer; of two that were never paid nothing is known, and
    they speak against any result. num_pairs is n. nan with fewer than two pairs of which something
    is known.
    """
    costs, control = np.asarray(costs, float), np.asarray(control, float)
    if costs.shape != control.shape or costs.ndim != 1:
        raise InputError(
            f"{costs.shape} costs and {control.shape} of the control: give them in pairs"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where((costs > 0) & (control > 0), np.log(costs) - np.log(control), NAN)
    if (~np.isnan(logs)).sum() < 2:
        return Difference(NAN, NAN, NAN, NAN, len(logs))
    if np.isfinite(logs).all():
        interval, p = mean_interval(logs, confidence), mean_p(logs)
    else:
        interval, p = median_interval(logs, confidence), sign_p(logs)
    mean, low, high = np.exp(interval[:3]).tolist()
    return Difference(mean, low, high, p, len(logs))


def holm(p_values: ArrayLike) -> Array:
    """p values adjusted for their number (Holm 1979), in the order given; nan does not count."""
    p_values = np.asarray(p_values, dtype=float)
    adjusted, known = np.full(p_values.shape, NAN), np.flatnonzero(np.isfinite(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(factors * p_values[order]))
    return adjusted
