"""Hodges & Lehmann's interval belongs to Wilcoxon's test, which rejects what is outside."""

import numpy as np
import pytest
from scipy.stats import binom

from spikesampler.errors import InputError
from spikesampler.stats.paired import wilcoxon_p
from spikesampler.stats.signed_rank import signed_rank


@pytest.mark.parametrize("n", [6, 10, 20])
def test_the_interval_holds_what_the_test_does_not_reject(n):
    """p at a shift a little outside is at most 0.05, a little inside above: both ends, no ties."""
    differences = np.random.default_rng(n).standard_exponential(n) - 0.3
    found = signed_rank(differences, np.zeros(n))
    for end, outwards in ((found.low, -1e-6), (found.high, 1e-6)):
        assert wilcoxon_p(differences - (end + outwards)) <= 0.05
        assert wilcoxon_p(differences - (end - outwards)) > 0.05
    assert found.p == wilcoxon_p(differences)
    means = [(a + b) / 2 for k, a in enumerate(differences) for b in differences[k:]]
    assert found.median == pytest.approx(np.median(means), abs=1e-9)


def test_it_covers_as_often_as_it_says():
    """Of 10 pairs with heavy tails: the chance of the exact test, 1 - 2 P(W <= 8) = 0.9512."""
    rng, covered, trials = np.random.default_rng(1), 0, 1000
    for _ in range(trials):
        _, low, high, *_ = signed_rank(rng.standard_t(2, 10), np.zeros(10))
        covered += low <= 0 <= high
    exact = 1 - 2 * 25 / 1024  # 25 of the 1024 signs have a sum of ranks of 8 or less
    least, most = binom.ppf([1e-4, 1 - 1e-4], trials, exact)
    assert least <= covered <= most


def test_one_run_that_fails_does_not_decide():
    """19 pairs are 1 above and one 100 below: the mean is -4.05, the typical difference 1."""
    differences = np.r_[np.ones(19), -100.0]
    assert signed_rank(differences, np.zeros(20))[:3] == (1.0, 1.0, 1.0)


def test_few_pairs_bound_nothing():
    assert signed_rank(np.arange(1.0, 6.0), np.zeros(5))[1:3] == (-np.inf, np.inf)
    with pytest.raises(InputError, match="2 values and 3 of the control: give them in pairs"):
        signed_rank([1, 2], [1, 2, 3])
