"""The interval of a mean: its formula by search, its coverage, and the p that belongs to it."""

from itertools import product

import numpy as np
import pytest
from slow_interval import skewed_p, slow_band, slow_interval

from spikesampler.stats.coverage import (
    METHODS,
    POPULATIONS,
    SHARES,
    coverage_table,
    covered,
    false_alarms,
    missed,
)
from spikesampler.stats.intervals import (
    CHANGE,
    SHARE,
    mean_band,
    mean_interval,
    mean_intervals,
    mean_p,
    range_of,
)
from spikesampler.stats.paired import paired_difference, paired_ratio
from spikesampler.stats.signs import median_interval, sign_p


@pytest.mark.parametrize("confidence", [0.5, 0.95])
@pytest.mark.parametrize("number", [2, 3, 6, 10])
def test_the_interval_is_where_the_p_of_the_cubic_is_one_less_the_confidence(number, confidence):
    """A skewness of the wrong sign, or t of n instead of n - 1, misses by more than a percent."""
    values = np.random.default_rng(number).gamma(1, 1, number)
    found = mean_interval(values, confidence)
    np.testing.assert_allclose(found[:3], slow_interval(values, confidence), rtol=1e-9)
    assert mean_p(values, 0.3) == pytest.approx(skewed_p(values, 0.3), rel=1e-9)


def test_interval_and_p_are_of_one_test():
    """The p of a value is below 5 % exactly where the interval leaves it out."""
    for values in np.random.default_rng(7).gamma(1, 1, (100, 6)):
        _, low, high, _ = mean_interval(values)
        assert mean_p(values, low) == pytest.approx(0.05, rel=1e-6)
        assert mean_p(values, high) == pytest.approx(0.05, rel=1e-6)
        assert mean_p(values, low - 0.01) < 0.05 < mean_p(values, low + 0.01)


@pytest.mark.parametrize("number", [6, 10])
def test_of_normal_values_the_interval_covers_95_percent(number):
    """± 1.5 %, by 4000 draws, whose standard error is 0.34 %: BCa's 84 and 89 % are far out."""
    assert covered("ours", "normal", number, repeats=4000, seed=1) == pytest.approx(0.95, abs=0.015)
    assert covered("BCa", "normal", number, repeats=500, seed=1) < 0.92


@pytest.mark.parametrize(("mean", "number"), [(0.1, 6), (0.1, 10), (0.2, 6)])
def test_of_few_zeros_and_ones_it_misses_whenever_all_are_zero(mean, number):
    """The interval is then 0 itself: (1 - mean)^n of them are too low, and hardly another one is.

    By 4000 draws: three standard errors are at most 2.4 %.
    """
    above, below = missed("ours", f"0 or 1, mean {mean:g}", number, repeats=4000)
    assert below == pytest.approx((1 - mean) ** number, abs=0.024)
    assert above < 0.01


def test_misses_of_skewed_values_are_on_the_side_of_the_few():
    """Of exponential values intervals are too low ten times as often; of normal ones as often."""
    above, below = missed("ours", "exponential", 6, repeats=4000)
    assert below > 5 * above
    assert covered("ours", "exponential", 6, repeats=4000) == pytest.approx(1 - above - below)
    above, below = missed("ours", "normal", 6, repeats=4000)
    assert above == pytest.approx(below, abs=3 * np.sqrt(2 * 0.025 / 4000))


def test_the_table_of_coverage_has_a_decimal_where_draws_allow_it():
    few = dict.fromkeys(METHODS, 20)
    head, *rows = coverage_table({"own": np.arange(10.0)}, (6,), few | {"ours": 10_000})
    assert head == ["values", "n", *METHODS, "ours, too high", "ours, too low", "p < 0.05/27"]
    assert [row[0] for row in rows] == [*POPULATIONS, "own"]
    for row in rows:
        ours, student, high, low = (
            row[head.index(name)] for name in (head[2], head[3], *head[-3:-1])
        )
        assert "." in ours
        assert "." not in student
        assert float(ours) + float(high) + float(low) == pytest.approx(100, abs=0.16)


@pytest.mark.parametrize("number", [6, 10])
def test_p_far_out_are_at_their_level_on_normal_values_and_too_small_on_skewed_ones(number):
    """Of 50 000 draws 0.19 % are meant: 0.02 % is a standard error; t of n values has 0.05 %."""
    assert false_alarms("normal", number) == pytest.approx(0.05 / 27, abs=0.0008)
    assert false_alarms("exponential", number) > 5 * 0.05 / 27  # as the page says
    values = np.random.default_rng(number).gamma(1, 1, number)
    bound = mean_interval(values, 1 - 0.05 / 27).high
    assert mean_p(values, bound) == pytest.approx(0.05 / 27)  # the same test


@pytest.mark.slow
@pytest.mark.parametrize("number", [6, 10])
@pytest.mark.parametrize("population", [name for name in POPULATIONS if name not in SHARES])
def test_the_interval_is_as_near_to_95_percent_as_the_best_method_gets(population, number):
    """By 2000 draws each: standard errors of 0.5 to 0.7 %, so two methods differ by 2 % at most."""
    ours, *others = (
        abs(covered(method, population, number, repeats=2000, seed=2) - 0.95) for method in METHODS
    )
    assert ours < min(others) + 0.03


def test_intervals_of_a_table_are_cell_by_cell():
    values = np.random.default_rng(3).gamma(1, 1, (2, 3, 6))
    values[0, 1, 2] = values[1, 2] = np.nan
    mean, low, high = mean_intervals(values)
    for cell in np.ndindex(2, 3):
        known = values[cell][np.isfinite(values[cell])]
        expected = slow_interval(known) if len(known) else (np.nan,) * 3
        np.testing.assert_allclose((mean[cell], low[cell], high[cell]), expected, rtol=1e-9)


def test_differences_and_ratios_have_the_interval_of_the_formula():
    """First minus second, pair by pair; of ratios the exponential of that of the logarithms."""
    first, second = np.random.default_rng(4).gamma(2, 1, (2, 9))
    found = paired_difference(first, second)
    np.testing.assert_allclose(found[:3], slow_interval(first - second), rtol=1e-9)
    assert found.p == pytest.approx(skewed_p(first - second, 0), rel=1e-9)
    found = paired_ratio(first, second)
    logs = np.log(first) - np.log(second)
    np.testing.assert_allclose(found[:3], np.exp(slow_interval(logs)), rtol=1e-9)


def test_an_interval_ends_where_its_mean_must():
    """Of shares near 1 the upper bound is 1, the lower one and p are as before; cutting loses no
    interval that holds the mean.
    """
    values = np.random.default_rng(6).beta(9, 0.5, (200, 6))
    free, cut = mean_intervals(values), mean_intervals(values, within=SHARE)
    assert (free[2] > 1).sum() > 50
    np.testing.assert_array_equal(cut, [free[0], np.maximum(free[1], 0), np.minimum(free[2], 1)])
    held = [(low <= 9 / 9.5) & (high >= 9 / 9.5) for _, low, high in (free, cut)]
    np.testing.assert_array_equal(*held)
    assert mean_interval([0.5, 0.9], within=SHARE)[:3] == (0.7, 0, 1)
    assert paired_difference([0.9, 0.5], [0.5, 0.9], within=CHANGE)[:3] == (0, -1, 1)
    assert range_of("test_accuracy") == range_of("probe_entropy") == (0, 1)
    assert range_of("test_log_loss") == (0, np.inf)
    assert range_of("escape_seconds") == (-np.inf, np.inf)


def test_a_band_is_the_interval_at_each_point_and_unknown_where_a_value_is():
    values = np.random.default_rng(5).gamma(2, 1, (10, 3, 4))
    np.testing.assert_allclose(mean_band(values), slow_band(values), rtol=1e-9)
    values[2, 1, 1] = np.nan
    unknown = np.isnan(mean_band(values)[0])
    assert unknown[1, 1]
    assert unknown.sum() == 1
    _, low, high = mean_band(values[:1])
    assert np.isnan([low, high]).all()


def test_of_equal_values_nothing_is_known_but_their_sign():
    assert mean_interval([0.5] * 4) == (0.5, 0.5, 0.5, 4)
    assert mean_p([0.5] * 4) == 1 / 8
    assert mean_p([0.5] * 4, 0.5) == 1
    mean, low, high, number = mean_interval([0.3])
    assert (mean, number) == (0.3, 1)
    assert np.isnan([low, high, mean_p([0.3])]).all()


def binomial_p(above, below, number):
    """Two-sided p of the sign test by all signs; what is neither counts with the fewer."""
    fewer = number - max(above, below)
    heads = np.array([sum(signs) for signs in product((0, 1), repeat=number)])
    return min(1.0, 2 * (heads <= fewer).mean())


def test_the_sign_test_counts_what_never_comes_and_doubts_what_is_unknown():
    values = [1.0, 2, 3, 4, 5, 6, 7, 8, np.inf, np.nan]
    assert sign_p(values, 0.5) == pytest.approx(binomial_p(9, 0, 10))
    assert sign_p(values, 4) == pytest.approx(binomial_p(5, 3, 10))
    assert sign_p(values, 100) == pytest.approx(binomial_p(1, 8, 10))


def test_the_median_has_the_interval_of_the_sign_test():
    """Left out is what the sign test, at 5 %, can do without: 2 of 10 at either end, less one."""
    median, low, high, _ = median_interval([1.0, 2, 3, 4, 5, 6, 7, 8, np.inf, np.inf])
    assert (median, low, high) == (5.5, 2, np.inf)
    assert median_interval([1.0, 5, 2, 9])[0] == 3.5
    assert median_interval([np.inf, 2, 9, np.inf])[0] == np.inf
    assert median_interval([-np.inf, 2, 9, -np.inf])[0] == -np.inf
    assert median_interval([-np.inf, np.inf, np.inf, -np.inf])[0] == 0
    assert median_interval([np.nan, 1, 2, 9])[0] == 2
    assert sign_p([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10], 1.9) < 0.05
    assert sign_p([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10], 2.1) > 0.05
    _, low, high, _ = median_interval([1.0, 2, 3, 4, 5, 6, 7, 8, 9, np.nan])
    assert (low, high) == (1, 9)
    assert np.isnan(median_interval([1.0, 2, 3, 4, 5])[1])
