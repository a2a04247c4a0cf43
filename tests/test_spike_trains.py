"""Spike trains against exact cases, laws, and references that look at one neuron at a time."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikesampler.stats.responses import position_means
from spikesampler.stats.spike_trains import cv, cv2, isi, mean_rates, psth, within
from spikesampler.stats.thinning import thinned

PARTS = [(0.0, 2.0), (5.0, 6.0), (6.0, 7.5)]  # the last two touch: a recording from 5 to 7.5
#: times in ms, so that no spike is within rounding of a border
trains = st.lists(st.tuples(st.integers(0, 8000), st.integers(0, 3)), max_size=60, unique=True).map(
    lambda spikes: (
        np.array([time for time, _ in spikes], float) / 1000,
        np.array([neuron for _, neuron in spikes], int),
    )
)


def slow_intervals(times, neurons, neuron, borders=((0.0, 2.0), (5.0, 7.5))):
    """The intervals of one neuron in each part, a list per part."""
    own = sorted(times[neurons == neuron])
    return [np.diff([t for t in own if start <= t < stop]) for start, stop in borders]


@given(trains)
def test_intervals_are_those_of_each_neuron_within_each_part(train):
    intervals = isi(*train, PARTS)
    for neuron in range(5):
        parts = slow_intervals(*train, neuron)
        own = intervals.neurons == neuron
        np.testing.assert_allclose(intervals.seconds[own], np.concatenate(parts), atol=1e-12)
        firsts = [np.arange(len(part)) > 0 for part in parts]
        np.testing.assert_array_equal(intervals.follows[own], np.concatenate(firsts))


@given(trains)
def test_variation_is_that_of_each_neuron(train):
    intervals = isi(*train, PARTS)
    found = np.array([cv(intervals, 5), cv2(intervals, 5)])
    assert found.shape == (2, 5)
    for neuron in range(5):
        parts = slow_intervals(*train, neuron)
        every = np.concatenate(parts)
        pairs = [2 * abs(b - a) / (b + a) for part in parts for a, b in itertools.pairwise(part)]
        slow = np.std(every) / np.mean(every) if len(every) > 1 else np.nan
        slow2 = np.mean(pairs) if pairs else np.nan
        np.testing.assert_allclose(found[:, neuron], [slow, slow2], atol=1e-9)


def test_a_regular_train_does_not_vary():
    intervals = isi(np.arange(100) * 0.25, np.full(100, 2))
    assert cv(intervals, 3)[2] == cv2(intervals, 3)[2] == 0
    assert np.isnan(cv(intervals, 3)[:2]).all()


def test_two_intervals_by_hand():
    """1 and 3: standard deviation 1, mean 2; 2 |3 - 1|/(3 + 1) = 1."""
    intervals = isi([0, 1, 4], [0, 0, 0])
    assert cv(intervals, 1) == 0.5
    assert cv2(intervals, 1) == 1


def test_a_poisson_train_varies_as_much_as_its_mean():
    """n exponential intervals: the standard deviation of s/m is sqrt(1/n) (delta method with
    moments 1, 1, mu_3 = 2, mu_4 = 9). Each 2|I'-I|/(I'+I) is uniform on (0, 2), variance 1/3;
    only neighbours are correlated, so that of their mean is at most (1/3)(1 + 2)/n = 1/n.
    """
    n = 40_000
    times = np.cumsum(np.random.default_rng(4).exponential(0.1, n + 1))
    intervals = isi(times, np.zeros(n + 1, int))
    assert abs(cv(intervals, 1)[0] - 1) < 4 / np.sqrt(n)
    assert abs(cv2(intervals, 1)[0] - 1) < 4 / np.sqrt(n)


def test_a_rate_that_drifts_raises_the_cv_but_not_cv2():
    """What CV2 is for (Holt et al. 1996): a Poisson train whose rate goes from 1 to 40 Hz.

    The intervals of a rate r have mean 1/r and mean square 2/r^2. With as many intervals of every
    log r the CV is sqrt(2 <1/r^2>/<1/r>^2 - 1) = 1.69; neighbours have nearly the same rate.
    """
    n = 40_000
    rate = np.geomspace(1, 40, n)
    expected = np.sqrt(2 * np.mean(rate**-2.0) / np.mean(1 / rate) ** 2 - 1)
    times = np.cumsum(np.random.default_rng(5).exponential(1 / rate))
    intervals = isi(times, np.zeros(n, int))
    assert expected > 1.6
    assert cv(intervals, 1)[0] == pytest.approx(expected, rel=0.05)
    assert abs(cv2(intervals, 1)[0] - 1) < 4 / np.sqrt(n)


def test_a_pause_in_the_recording_is_no_interval_and_no_time():
    times, neurons = np.array([0.5, 1.5, 5.5, 6.5, 8.0]), np.zeros(5, int)
    assert isi(times, neurons, PARTS).seconds.tolist() == [1.0, 1.0]
    assert not isi(times, neurons, PARTS).follows.any()
    assert mean_rates(times, neurons, 2, PARTS).tolist() == [4 / 4.5, 0]  # 8 s was not recorded
    assert np.isnan(mean_rates(times, neurons, 2, [])).all()
    assert len(isi(times, neurons, []).seconds) == 0


def test_samples_count_where_they_are_recorded_whole():
    onsets = np.arange(20) * 0.4
    assert within(onsets, 0.4, PARTS).tolist() == [0, 1, 2, 3, 4, 13, 14, 15, 16, 17]
    assert within(onsets, 2.5, PARTS).tolist() == []  # 5.2 to 7.7 goes beyond 7.5
    assert within(onsets, 0.4, []).tolist() == []


@given(
    trains,
    st.lists(st.integers(0, 2), min_size=8, max_size=8),
    st.sampled_from([[0.0, 0.25, 0.5, 1.0], [0.0, 0.3], [0.2, 0.4, 0.6]]),
)
def test_psth_is_the_mean_over_samples_of_a_class(train, labels, edges):
    times, neurons = train
    onsets = np.arange(8) * 1.0
    rates = psth(times, neurons, onsets, labels, edges, 4, 4)
    assert rates.shape == (4, 4, len(edges) - 1)
    assert np.isnan(rates[3]).all()
    slow = np.full(rates.shape, np.nan)
    for k in set(labels):
        shown = [onset for onset, label in zip(onsets, labels) if label == k]
        for neuron in range(4):
            for b, (start, stop) in enumerate(itertools.pairwise(edges)):
                counts = [
                    sum(start <= round(t - onset, 6) < stop for t in times[neurons == neuron])
                    for onset in shown
                ]
                slow[k, neuron, b] = np.mean(counts) / (stop - start)
    np.testing.assert_allclose(rates, slow, rtol=1e-9)


def test_psth_without_samples_or_spikes():
    assert np.isnan(psth([0.1], [0], [], [], [0, 1], 1, 2)).all()
    assert psth([], [], [0.0], [1], [0, 1], 1, 2)[1].tolist() == [[0]]


def test_a_spike_at_the_onset_belongs_to_its_sample():
    """Times are sums of floats: 0.6000000000000001 is the onset 0.6, and 0.19999999999 is not."""
    onsets = np.arange(4) * 0.2  # the last is 0.6000000000000001
    rates = psth([0.6, 0.59], [0, 0], onsets, [0, 0, 0, 1], [0, 0.1, 0.2], 1, 2)
    assert rates[1].tolist() == [[10, 0]]
    np.testing.assert_allclose(rates[0], [[0, 10 / 3]])


@given(
    st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=1, max_size=90),
    st.integers(2, 20),
)
def test_few_points_of_a_course_reach_as_far_as_all(courses, most):
    """Each is a point of the course, in order of time, and each part's extremes are among them."""
    values, time = np.array(courses, float), np.arange(len(courses)) * 0.5
    times, few = thinned(time, values, most)
    assert times.shape == few.shape
    assert len(few) <= max(most, 2)
    for k in range(2):
        points = [*zip(times[:, k], few[:, k])]
        assert points == sorted(points, key=lambda point: point[0])
        assert {*points} <= {*zip(time, values[:, k])}
        assert (few[:, k].min(), few[:, k].max()) == (values[:, k].min(), values[:, k].max())
        if len(time) > most:
            assert len(few) == 2 * (most // 2)


def test_means_over_positions_by_hand():
    points = [[0.1, 0.1], [0.2, 0.1], [0.9, 0.1], [1.0, 1.0]]
    values = [[1, 10], [3, 20], [5, 30], [7, 40]]
    means, number = position_means(points, values, [[0, 0.5, 1], [0, 0.5, 1]])
    np.testing.assert_array_equal(number, [[2, 0], [1, 1]])
    np.testing.assert_array_equal(means, [[[2, np.nan], [5, 7]], [[15, np.nan], [30, 40]]])
