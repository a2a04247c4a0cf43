"""Seconds to samples in the viewer: a window of whole samples shows just these, wherever it is."""

from types import SimpleNamespace

import numpy as np
import pytest

from spikesampler.view.recording import Recording, _recorded
from spikesampler.view.sample_strip import Strip
from spikesampler.view.window_rates import share_right

SAMPLES, LENGTH = 700, 0.2


@pytest.fixture(scope="module")
def strip():
    """Labels are 0, 1, 2 in turn; every fifth answer is another class, every seventh a tie."""
    from bokeh.models import Range1d

    n = np.arange(SAMPLES)
    answers = np.where(n % 7 == 6, -1, np.where(n % 5 == 4, (n + 1) % 3, n % 3))
    learning = {"label": n % 3, "credit": (answers == n % 3).astype(float)}
    shown = SimpleNamespace(
        learning={name: SimpleNamespace(values=values) for name, values in learning.items()},
        answers=lambda: answers,
        sample_length=LENGTH,
        period=LENGTH,
    )
    drawn = Strip(["red", "green", "blue"], Range1d(0, 1))
    drawn.take(shown)
    return drawn, n % 3, answers


def borders():
    """Samples first .. last - 1 and their window in s, as a sum of floats and as a product."""
    for first in range(0, SAMPLES - 3, 7):
        last = first + 3
        for window in (
            (first * LENGTH, last * LENGTH),
            (float(np.cumsum(np.full(first + 1, LENGTH))[-1] - LENGTH), last / 5),
        ):
            yield first, last, window


def test_a_recording_and_its_strip_show_the_samples_of_a_window(strip):
    """Some of the windows lie a rounding beside their borders."""
    drawn, labels, answers = strip
    recording = Recording(None, {}, LENGTH, np.ones(SAMPLES, bool))
    beside = 0
    for first, last, window in borders():
        assert recording.samples(*window) == (first, last), window
        drawn.draw(window)
        cells = drawn.cells.data
        assert cells["sample"].tolist() == [*range(first, last)] * 2, window
        assert cells["class"].tolist() == [*labels[first:last], *answers[first:last]]
        assert cells["answer"].tolist() == [*answers[first:last]] * 2
        np.testing.assert_allclose(cells["left"], np.tile(np.arange(first, last) * LENGTH, 2))
        beside += window[0] / LENGTH < first or window[1] / LENGTH > last
    assert beside > 20
    texts = drawn.texts.data["text"]
    right = [str(k) for k in labels[first:last]]
    told = ["–" if k < 0 else str(k) for k in answers[first:last]]
    wrong = answers[first:last] != labels[first:last]
    assert texts.tolist() == right + [text + "×" * int(miss) for text, miss in zip(told, wrong)]


def test_windows_of_a_recording_are_whole_samples():
    """[first, last) of windows in s, each a sum of floats."""
    for first, last, window in borders():
        expected = np.zeros(SAMPLES, bool)
        expected[first:last] = True
        np.testing.assert_array_equal(_recorded([window], SAMPLES, LENGTH), expected)


def test_a_share_is_of_the_samples_in_its_bin():
    """Seven samples in at most three bins: 3, 3 and 1."""
    credit = [9, 1, 0, 1, 1, 1, 0, 0.5]
    every, shares = share_right(np.array(credit), 1, 8, 3)
    assert every == 3
    np.testing.assert_allclose(shares, [2 / 3, 2 / 3, 0.5])
