"""Intervals against Efron's formula over all resamples, and against percentiles, which they are
not.
"""

from itertools import product

import numpy as np
import pytest
from bootstrap import RESAMPLES, bca, bca_shares, every_mean

from spikesampler.stats.intervals import mean_band, mean_interval, mean_intervals
from spikesampler.stats.paired import paired_difference, paired_ratio, rank_biserial

SKEWED = np.array([0.1, 0.2, 0.3, 0.5, 0.9, 4.0])
SIGMAS = 5


def around(sorted_values, share, draws=RESAMPLES):
    """Quantiles between which one of so many draws lies, but for 5 standard errors of a share."""
    error = SIGMAS * np.sqrt(share * (1 - share) / draws) + 1 / len(sorted_values)
    return np.quantile(sorted_values, np.clip([share - error, share + error], 0, 1))


@pytest.mark.parametrize("sign", [1, -1])
def test_the_interval_of_a_mean_is_bca_over_all_resamples(sign):
    """6^6 = 46 656 resamples one by one. Percentiles lie elsewhere, so the case tells them apart.

    The share below the mean, which the bias correction rests on, is itself drawn: its standard
    error 0.005 moves z0 by 0.0125 and a quantile's share p by 2 phi(z) of that, as much as the
    draws do: hence twice the error.
    """
    values = sign * SKEWED
    means = every_mean(values)
    shares = bca_shares(values, (means < values.mean()).mean())
    _, *bounds = mean_interval(values)[:3]
    for bound, share, nominal in zip(bounds, shares, (0.025, 0.975)):
        low, high = around(means, share, RESAMPLES / 4)
        assert low <= bound <= high
        assert abs(share - nominal) > 4 * np.sqrt(nominal * (1 - nominal) / RESAMPLES)
    heavy = bounds[1] if sign > 0 else bounds[0]
    low, high = around(means, 0.975 if sign > 0 else 0.025)
    assert not low <= heavy <= high  # what percentiles would give


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_the_interval_is_that_of_the_formula_from_the_same_draws(seed, confidence):
    values = np.random.default_rng(seed).gamma(1, 1, 10)
    found = mean_interval(values, confidence)
    np.testing.assert_allclose(found[:3], bca(values, confidence), rtol=1e-9)


def test_intervals_of_a_table_are_cell_by_cell():
    values = np.random.default_rng(3).gamma(1, 1, (2, 3, 6))
    values[0, 1, 2] = values[1, 2] = np.nan
    mean, low, high = mean_intervals(values)
    for cell in np.ndindex(2, 3):
        known = values[cell][np.isfinite(values[cell])]
        expected = bca(known) if len(known) else (np.nan,) * 3
        np.testing.assert_allclose((mean[cell], low[cell], high[cell]), expected, rtol=1e-9)


def test_differences_and_ratios_have_the_interval_of_the_formula():
    """First minus second, pair by pair; of ratios the exponential of that of the logarithms."""
    rng = np.random.default_rng(4)
    first, second = rng.gamma(2, 1, (2, 9))
    found = paired_difference(first, second, shift=0.25)
    np.testing.assert_allclose(found[:3], bca(first - second - 0.25), rtol=1e-9)
    found = paired_ratio(first, second)
    np.testing.assert_allclose(found[:3], np.exp(bca(np.log(first) - np.log(second))), rtol=1e-9)


def test_a_band_has_the_percentiles_of_all_resamples():
    """Of 1999 draws, at each of two points."""
    values = np.column_stack([SKEWED, -2 * SKEWED])
    mean, low, high = mean_band(values)
    np.testing.assert_allclose(mean, values.mean(axis=0), rtol=1e-12)
    for point in range(2):
        means = every_mean(values[:, point])
        for bound, share in ((low, 0.025), (high, 0.975)):
            below, above = around(means, share, 1_999)
            assert below <= bound[point] <= above


def test_the_effect_sizes_interval_has_the_percentiles_of_all_resamples():
    """Of five pairs, 5^5 resamples, ranked by hand (no ties within a value but its own copies)."""
    differences = np.array([1.0, -2.0, 3.0, 4.0, -5.0])
    effects = []
    for resample in product(differences, repeat=5):
        sizes = np.abs(resample)
        ranks = [(sizes < size).sum() + ((sizes == size).sum() + 1) / 2 for size in sizes]
        effects.append(np.dot(ranks, np.sign(resample)) / 15)
    found = rank_biserial(differences, np.zeros(5))
    assert found.mean == pytest.approx((1 - 2 + 3 + 4 - 5) / 15)
    for bound, share in ((found.low, 0.025), (found.high, 0.975)):
        low, high = around(np.sort(effects), share)
        assert low - 1e-12 <= bound <= high + 1e-12
        assert high - low < 0.15
