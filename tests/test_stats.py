"""Statistics against slow references and exact cases, and their calibration: no effect is found
where none is.
"""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal as scipy_signal
from scipy import stats as scipy_stats

from spikesampler.errors import InputError
from spikesampler.stats.correlations import autocorrelation_times
from spikesampler.stats.intervals import mean_interval
from spikesampler.stats.paired import (
    holm,
    paired_difference,
    paired_ratio,
    wilcoxon_p,
)
from spikesampler.stats.survival import (
    Escape,
    best_arm_threshold,
    escape,
    escape_median,
    not_escaped,
)

# intervals


def test_an_interval_moves_and_stretches_with_its_values():
    values = np.random.default_rng(3).gamma(1, 1, 10)
    one, same, other = (mean_interval(v) for v in (values, values, 3 * values - 7))
    assert one == same
    np.testing.assert_allclose(other[:3], 3 * np.array(one[:3]) - 7, rtol=1e-9)
    assert one.low < one.mean < one.high
    assert (
        one.high - one.mean > one.mean - one.low
    )  # skewed as the values are: no Student-t interval


# paired differences


def pratt_p(differences):
    """Two-sided p of the signed-rank statistic over all signs: ranks of |d| with zeros ranked and
    then left out.
    """
    ranks = scipy_stats.rankdata(np.abs(differences))
    kept = ranks[differences != 0]
    observed = kept @ (differences[differences != 0] > 0)
    null = np.array([kept @ np.array(signs) for signs in product((0, 1), repeat=len(kept))])
    tail = min((null <= observed + 1e-9).mean(), (null >= observed - 1e-9).mean())
    return min(1, 2 * tail)


@pytest.mark.parametrize("seed", range(8))
def test_wilcoxon_is_exact_also_with_ties_and_zeros(seed):
    rng = np.random.default_rng(seed)
    whole = rng.integers(
        340, 360, (2, 9)
    )  # of 360 test samples: ties and zeros that floating point does not see
    exact = pratt_p(whole[0] - whole[1])
    assert wilcoxon_p(np.subtract(*whole / 360)) == pytest.approx(exact, abs=1e-9)
    found = paired_difference(*whole / 360)
    assert found.mean == pytest.approx((whole[0] - whole[1]).mean() / 360)
    assert found.num_pairs == 9


def test_ratios_of_costs():
    """Geometric, 2, 2 and 16: the same p as of their logarithms."""
    found = paired_ratio([2, 4, 32], [1, 2, 2])
    assert found.mean == pytest.approx(4, rel=1e-12)
    assert found.num_pairs == 3
    logs = paired_difference(np.log([2, 4, 32]), np.log([1, 2, 2]))
    assert (found.low, found.high, found.p) == pytest.approx(
        (np.exp(logs.low), np.exp(logs.high), logs.p), rel=1e-12
    )
    alone = paired_ratio([np.inf, 4], [np.inf, 2])
    assert np.isnan(alone[:4]).all()
    assert alone.num_pairs == 2
    with pytest.raises(
        InputError, match=r"\(2,\) costs and \(3,\) of the control: give them in pairs"
    ):
        paired_ratio([1, 2], [1, 2, 3])


def test_costs_that_were_never_paid_count():
    """Ten pairs: eight of 1/2, one never paid by the first, one by neither. Left out, the first
    would need half in all of eight pairs, p = 0.008; as they are it is 8 of 10, p = 0.11.
    """
    costs = [*np.full(8, 1.0), np.inf, np.inf]
    found = paired_ratio(costs, [*np.full(8, 2.0), 2.0, np.inf])
    assert (found.mean, found.num_pairs) == (0.5, 10)
    assert found.p == pytest.approx(2 * (1 + 10 + 45) / 2**10)
    assert found.high == np.inf
    swapped = paired_ratio([*np.full(8, 2.0), 2.0, np.inf], costs)
    assert (swapped.low, swapped.p) == (0, found.p)


def test_no_difference_and_one_pair():
    same = paired_difference([0.5, 0.7, 0.1], [0.5, 0.7, 0.1])
    assert (same.mean, same.p, same.num_pairs) == (0, 1, 3)
    assert np.isnan([same.low, same.high]).all()  # nothing is known of their spread
    alone = paired_difference([0.5], [0.3])
    assert alone.mean == pytest.approx(0.2)
    assert np.isnan([alone.low, alone.high, alone.p]).all()


def test_a_difference_is_found_where_it_is_and_no_more_often_than_5_percent_where_it_is_not():
    """Ten seeds whose layouts differ by much more than the arms: pairing takes that out."""
    rng = np.random.default_rng(2)
    layout = rng.normal(0.9, 0.05, (200, 10))
    control, nothing, planted = (
        layout + rng.normal(shift, 0.01, layout.shape) for shift in (0, 0, -0.03)
    )
    false = np.mean([paired_difference(a, b).p < 0.05 for a, b in zip(nothing, control)])
    true = np.mean([paired_difference(a, b).p < 0.05 for a, b in zip(planted, control)])
    assert false < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    assert true > 0.95  # 0.99; Student's t, without the correction, 0.999
    unpaired = np.mean(
        [scipy_stats.mannwhitneyu(a, b).pvalue < 0.05 for a, b in zip(planted, control)]
    )
    assert unpaired < 0.6  # without pairing the same effect is mostly missed


@given(st.lists(st.floats(0, 1) | st.just(float("nan")), max_size=8), st.floats(0.01, 0.99))
def test_holm_rejects_what_its_step_down_procedure_rejects(p_values, level):
    adjusted, p_values = holm(p_values), np.array(p_values)
    known = np.isfinite(p_values)
    assert np.array_equal(np.isfinite(adjusted), known)
    rejected = np.zeros(len(p_values), dtype=bool)
    order = sorted(np.flatnonzero(known), key=lambda i: p_values[i])
    for step, i in enumerate(
        order
    ):  # Holm 1979: from the smallest on, until one is not below level/(m - step)
        if (len(order) - step) * p_values[i] > level:
            break
        rejected[i] = True
    assert np.array_equal(adjusted <= level, rejected)


# escape


def test_escape_is_the_first_probe_above_half_way_to_the_best_arm():
    threshold = best_arm_threshold([[0.9, 0.7], [0.5, 0.5]], 0.1, 100)
    assert threshold == pytest.approx(0.45)
    accuracy = [
        [0.1, 0.45, 0.6, 0.4],
        [0.1, 0.2, 0.3, 0.45],
        [0.5, 0.1, 0.1, 0.1],
        [0.1, 0.1, 0.1, 0.9],
    ]
    times = escape([0, 10, 20, 30], accuracy, threshold)
    np.testing.assert_array_equal(times.seconds, [20, 30, 0, 30])
    np.testing.assert_array_equal(times.escaped, [True, False, True, True])


def test_no_run_escapes_where_no_arm_ends_clearly_above_chance():
    """Of 2 x 12 guesses at 1 of 4 three standard errors are 0.265."""
    assert best_arm_threshold([[0.5, 0.54], [0, 0]], 0.25, 12) == pytest.approx(0.385)
    for final in ([[0.5, 0.52], [0, 0]], [[0.25, 0.25], [0, 0]], [[0.1, 0.1], [0.2, 0.2]]):
        threshold = best_arm_threshold(final, 0.25, 12)
        assert np.isnan(threshold)
    times = escape([0, 10, 20], [[0.1, 0.6, 0.9], [1, 1, 1]], threshold)
    assert not times.escaped.any()
    assert np.isnan([*times.seconds, *escape_median(times)[:3]]).all()


def product_limit_median(times):
    """First time at which the product of (1 - escapes/at risk) is at most one half."""
    left = 1.0
    for t in np.unique(times.seconds[times.escaped]):
        left *= 1 - ((times.seconds == t) & times.escaped).sum() / (times.seconds >= t).sum()
        if left <= 0.5 + 1e-12:
            return t
    return np.inf


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=15))
@settings(deadline=None)
def test_median_time_is_that_of_the_product_limit(runs):
    times = Escape(
        np.array([float(t) for t, _ in runs]), np.array([escaped for _, escaped in runs])
    )
    median, low, high, n = escape_median(times)
    assert (median, n) == (product_limit_median(times), len(runs))
    assert not low > median
    assert not high < median


def test_bounds_of_the_median_are_order_statistics():
    """Between the 2nd and the 9th of ten lies the median unless at most one, or at least nine, are
    below: 11/512.
    """
    everyone = np.ones(11, dtype=bool)
    assert escape_median(Escape(np.arange(1, 11) * 100.0, everyone[:10]))[:3] == (500, 200, 900)
    assert escape_median(Escape(np.arange(1, 12) * 100.0, everyone))[:3] == (600, 200, 1000)
    assert escape_median(Escape(np.full(10, 200.0), everyone[:10]))[:3] == (200, 200, 200)
    assert escape_median(Escape(np.full(6, 200.0), everyone[:6]))[:3] == (200, 200, 200)
    some = np.arange(1, 11) <= 6  # the others have not escaped by the end, at 700 s
    assert escape_median(Escape(np.minimum(np.arange(1, 11) * 100.0, 700), some))[:3] == (
        500,
        200,
        np.inf,
    )
    assert escape_median(Escape(np.full(10, 8640.0), ~everyone[:10]))[:3] == (np.inf, 8640, np.inf)


@pytest.mark.parametrize("num_runs", range(2, 6))
def test_fewer_than_six_runs_have_no_bounds(num_runs):
    """All of five lie below the median in one case of 32, more than 2.5 %."""
    for escaped in (True, False):
        median = escape_median(Escape(np.full(num_runs, 200.0), np.full(num_runs, escaped)))
        assert median.mean == (200 if escaped else np.inf)
        assert np.isnan(median[1:3]).all()


@pytest.mark.parametrize("num_runs", [6, 10, 20])
def test_the_median_lies_within_its_bounds_as_often_as_they_say(num_runs):
    rng = np.random.default_rng(1)
    seconds = rng.exponential(1, (1000, num_runs))
    found = [escape_median(Escape(np.minimum(one, 2.0), one < 2.0)) for one in seconds]
    outside = np.mean([not one.low <= np.log(2) <= one.high for one in found])
    assert outside <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 1000)
    assert outside > 0.005


def test_a_single_run_has_a_median_and_no_bounds():
    for escaped, median in ((True, 200), (False, np.inf)):
        alone = Escape(np.array([200.0]), np.array([escaped]))
        assert escape_median(alone).mean == median
        assert np.isnan(escape_median(alone)[1:3]).all()


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=15))
@settings(deadline=None)
def test_share_of_runs_that_have_not_escaped_is_the_product_limit(runs):
    times = Escape(
        np.array([float(t) for t, _ in runs]), np.array([escaped for _, escaped in runs])
    )
    seconds, shares = not_escaped(times)
    assert (seconds[0], shares[0], seconds[-1]) == (0, 1, times.seconds.max())
    for t in np.arange(0, times.seconds.max() + 0.5, 0.5):
        left = 1.0
        for u in np.unique(times.seconds[times.escaped & (times.seconds <= t)]):
            left *= 1 - ((times.seconds == u) & times.escaped).sum() / (times.seconds >= u).sum()
        assert shares[np.searchsorted(seconds, t, side="right") - 1] == pytest.approx(left)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: mean_interval([]),
            r"values of shape \(0,\), 0 finite: give one or more finite numbers",
        ),
        (
            lambda: mean_interval([1, np.nan]),
            r"shape \(2,\), 1 finite: give one or more finite numbers",
        ),
        (
            lambda: paired_difference([1, 2], [1]),
            "2 values and 1 of the control: give them in pairs",
        ),
        (lambda: paired_difference([1, 2], [[1, 2]]), r"control of shape \(1, 2\)"),
    ],
)
def test_bad_values_are_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


# autocorrelation


def autocorrelation_time(series):
    """Of one course."""
    return float(autocorrelation_times(np.asarray(series)[:, np.newaxis])[0])


@pytest.mark.parametrize(("phi", "exact"), [(0.0, 1.0), (0.5, 3.0), (0.9, 19.0), (-0.5, 0.3125)])
def test_autocorrelation_time_of_an_ar1_process(phi, exact):
    """(1 + phi)/(1 - phi); of 2 x 10^5 steps a window of 5 times it leaves an error of 2 %, and
    cuts off e^-5.

    The window is at least 5 steps: 1 - 2 (1/2 - 1/4 + 1/8 - 1/16 + 1/32) = 0.3125, not 1/3, where
    phi is negative.
    """
    rng = np.random.default_rng(0)
    noise = rng.normal(size=200_000)
    series = scipy_signal.lfilter([1], [1, -phi], noise)
    assert autocorrelation_time(series) == pytest.approx(exact, rel=0.06)
    assert autocorrelation_time(1000 + 1e-3 * series) == pytest.approx(exact, rel=0.06)


def test_autocorrelation_time_of_a_constant_and_of_a_trend():
    assert np.isnan(autocorrelation_time(np.ones(100)))
    assert autocorrelation_time(np.linspace(0, 1, 1500)) > 100  # a trend is never independent


# Wilcoxon's p


@pytest.mark.parametrize(
    "values",
    [
        [1, 1, -1, 2, 3, 3, -2, 4, 4, 4, 5, 6, 6, -6, 7],  # ties
        [0, 0, 0, 1, -1, 2, 3, 5, 5, 8, -2, 2, 4, 4],  # zeros, which keep their rank
    ],
)
def test_wilcoxons_p_is_that_of_all_signs(values):
    """2^15 sign patterns one by one."""
    values = np.array(values, float)
    ranks = scipy_stats.rankdata(np.abs(values)) * (values != 0)
    signs = np.array(list(product((0, 1), repeat=len(values)))) @ ranks
    found = ranks[values > 0].sum()
    expected = min(1, 2 * min((signs >= found - 1e-9).mean(), (signs <= found + 1e-9).mean()))
    assert wilcoxon_p(values) == pytest.approx(expected, rel=1e-12)
    assert wilcoxon_p(-values) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("number", [5, 20, 60, 400])
def test_wilcoxons_p_without_ties_is_scipys(number):
    values = np.random.default_rng(number).normal(0.2, 1, number)
    exact = scipy_stats.wilcoxon(values, method="exact" if number < 100 else "approx").pvalue
    assert wilcoxon_p(values) == pytest.approx(exact, rel=1e-9 if number < 100 else 0.02)


def test_wilcoxons_p_of_nothing():
    assert wilcoxon_p([0.0, 0.0]) == 1
    assert wilcoxon_p([1e-12, -1e-13, 1e-11]) == 1  # rounding
    with pytest.raises(InputError, match="differences of shape"):
        wilcoxon_p([])
