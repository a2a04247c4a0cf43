"""Autocorrelation times from short windows: what the window hides is known, and taken back."""

import numpy as np
import pytest
from scipy.signal import lfilter

from spikesampler.stats import autocorrelation_times
from spikesampler.stats.window_bias import (
    LOOKS,
    SLOWEST,
    corrected_interval,
    corrected_time,
    seen_time,
)

WINDOW = 4320


def seen(time, number, rng, steps=WINDOW):
    """What the estimator gives of courses of an AR(1) process of that autocorrelation time."""
    keeps = (time - 1) / (time + 1)  # (1 + keeps)/(1 - keeps) is the time
    noise = rng.normal(size=(number, steps)) * np.sqrt(1 - keeps**2)
    start = keeps * rng.normal(size=(number, 1))
    courses, _ = lfilter([1], [1, -keeps], noise, axis=1, zi=start)
    return autocorrelation_times(courses.T)


@pytest.mark.parametrize("time", [30, 400, 2000])
def test_medians_of_courses_are_what_the_table_has(time):
    """Of 600 courses, at another spacing: their median has an error of 1.25 s/sqrt(600), s the
    standard deviation, which three of them bound; 3 % more for the table.
    """
    found = seen(time, 600, np.random.default_rng(3))
    expected = seen_time(time, WINDOW)
    assert abs(np.median(found) - expected) < 3 * 1.25 * found.std() / 600**0.5 + 0.03 * expected


def test_a_time_is_found_again_where_the_estimator_itself_is_far_below():
    """Ten runs of 20 courses each, as a study has them: the interval holds the true time."""
    found = seen(400, 200, np.random.default_rng(5)).reshape(10, 20)
    medians = np.median(found, axis=1)
    time, low, high, number = corrected_interval(medians, WINDOW)
    assert number == 10
    assert medians.max() < 300 < time < 520
    assert low < 400 < high


def test_what_is_not_to_be_told_is_infinite():
    """A straight line, and a random walk's median or more."""
    (line,) = autocorrelation_times(np.arange(WINDOW)[:, np.newaxis])
    assert 0.14 < line / WINDOW < 0.15
    assert corrected_time(line, WINDOW) == np.inf
    assert corrected_time(seen_time(1e9, WINDOW), WINDOW) == np.inf
    time, low, high, _ = corrected_interval([200.0, 300.0, 700.0], WINDOW)
    assert low < time < high == np.inf
    assert np.isnan(corrected_time(np.nan, WINDOW))


@pytest.mark.parametrize("window", [0.5, 100.0, 4320.0])
def test_correction_inverts_what_is_seen_at_any_scale(window):
    parts = np.geomspace(1.1 / LOOKS, SLOWEST / 10, 40)
    times = [corrected_time(seen_time(window * part, window), window) for part in parts]
    np.testing.assert_allclose(times, window * parts, rtol=1e-9)
    few = window / LOOKS / 10
    assert corrected_time(few, window) == few
