"""Wilcoxon's signed-rank test with the estimate and the interval that belong to it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from spikesampler.errors import InputError
from spikesampler.stats.intervals import values_of
from spikesampler.stats.paired import wilcoxon_p

__all__ = ["SignedRank", "signed_rank"]


class SignedRank(NamedTuple):
    """Typical difference within pairs, its interval, the two-sided p against 0, number of pairs."""

    median: float
    low: float
    high: float
    p: float
    num_pairs: int


def signed_rank(values: ArrayLike, control: ArrayLike, confidence: float = 0.95) -> SignedRank:
    r"""values - control, pair by pair: Hodges & Lehmann's estimate, its interval, `wilcoxon_p`.

    .. math:: \hat\delta = \mathrm{median}_{i \le j} (d_i + d_j)/2

    The interval holds the shifts that the test does not reject: from the (c+1)th smallest of these
    averages to the (c+1)th largest, c the greatest count with P(W ≤ c) ≤ (1 - confidence)/2. Fewer
    than six pairs cannot bound it at 95 %: it is infinite. For differences with outliers, such as
    accuracies of which some runs fail; it says nothing about their mean.

    values, control : (n,). Reference: Hodges & Lehmann (1963), Ann. Math. Stat. 34:598.

    >>> signed_rank([3.0, 5.0, 4.0, 6.0, 8.0, 7.0], [0.0] * 6)[:4]
    (5.5, 3.0, 8.0, 0.03125)
    """
    values, control = values_of(values), values_of(control, "control")
    if len(values) != len(control):
        raise InputError(
            f"{len(values)} values and {len(control)} of the control: give them in pairs"
        )
    differences = np.round(values - control, 9)  # as `wilcoxon_p` does
    first, second = np.triu_indices(len(differences))
    averages = np.sort((differences[first] + differences[second]) / 2)
    left_out = int((np.cumsum(_chances(len(differences))) <= (1 - confidence) / 2).sum())
    low, high = (averages[left_out - 1], averages[-left_out]) if left_out else (-np.inf, np.inf)
    p = wilcoxon_p(differences)
    return SignedRank(float(np.median(averages)), float(low), float(high), p, len(differences))


def _chances(num_pairs):
    """Chance of each sum of positive ranks, 0 to n(n + 1)/2, where signs are tossed."""
    chances = np.ones(1)
    for rank in range(1, num_pairs + 1):
        chances = (np.pad(chances, (0, rank)) + np.pad(chances, (rank, 0))) / 2
    return chances
