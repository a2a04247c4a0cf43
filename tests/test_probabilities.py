"""Log loss and calibration: known answers, a model whose calibration is known, refusals."""

import numpy as np
import pytest

from spikesampler import stats
from spikesampler.errors import InputError
from spikesampler.stats.probabilities import BINS, FLOOR


def test_log_loss_of_known_answers():
    p = [[0.2, 0.8], [0.5, 0.5], [1.0, 0.0]]
    expected = -(np.log(0.8) + np.log(0.5) + np.log(FLOOR)) / 3
    assert stats.log_loss(p, [1, 0, 1]) == pytest.approx(expected, rel=1e-14)
    assert stats.log_loss(p[:2], [1, 0]) == pytest.approx(-np.log(0.4) / 2, rel=1e-14)
    assert np.isnan(stats.log_loss(np.zeros((0, 2)), []))


def test_calibration_of_a_model_that_is_and_of_one_that_is_too_sure():
    """A model that says what it knows: |accuracy - confidence| of a bin has mean sqrt(2 v/pi) with
    v = p(1 - p)/n_b, so the error is below sqrt(B/n)/2 on average, .019 here; one whose answers are
    p, and says p + d, errs by d.
    """
    rng, n = np.random.default_rng(3), 10_000
    right = rng.uniform(0.5, 0.9, n)
    labels = (rng.uniform(size=n) > right).astype(int)
    for more, expected in ((0.0, 0.0), (0.08, 0.08), (-0.0, 0.0)):
        p = np.stack([right + more, 1 - right - more], axis=1)
        error = stats.calibration_error(p, labels)
        assert abs(error - expected) < np.sqrt(BINS / n) / 2
    assert stats.calibration_error(p[:0], labels[:0]) != 0  # nan


def test_reliability_counts_samples_in_their_bins_and_shares_ties():
    p = np.array([[0.5, 0.5], [1.0, 0.0], [0.9, 0.1], [0.3, 0.2]])
    number, confidence, accuracy = stats.reliability(p, [1, 0, 1, 0], bins=10)
    assert number.tolist() == [0, 0, 1, 0, 1, 0, 0, 0, 1, 1]
    np.testing.assert_allclose(confidence[[2, 4, 8, 9]], [0.3, 0.5, 0.9, 1.0])
    np.testing.assert_allclose(accuracy[[2, 4, 8, 9]], [1.0, 0.5, 0.0, 1.0])
    assert np.isnan(accuracy[0])
    expected = (0.7 + 0.0 + 0.9 + 0.0) / 4
    assert stats.calibration_error(p, [1, 0, 1, 0], bins=10) == pytest.approx(expected)


def test_a_mean_of_answers_is_no_worse_than_their_losses_on_average():
    """Jensen: -log of a mean is at most the mean of -log."""
    rng = np.random.default_rng(5)
    answers = rng.dirichlet(np.ones(4), size=(7, 50))
    labels = rng.integers(4, size=50)
    losses = [stats.log_loss(each, labels) for each in answers]
    assert stats.log_loss(answers.mean(axis=0), labels) < np.mean(losses) - 0.05


@pytest.mark.parametrize(
    ("p", "labels", "text"),
    [
        ([[0.5, 0.6], [1.2, 0.0]], [0, 1], "numbers from 0 to 1"),
        ([0.5, 0.5], [0, 1], r"shape \(2,\)"),
        ([[0.5, 0.5]], [2], "a class from 0 to 1 for each of 1 samples"),
        ([[0.5, 0.5]], [0.0], "a class from 0 to 1"),
    ],
)
def test_what_are_no_probabilities_is_refused(p, labels, text):
    with pytest.raises(InputError, match=text):
        stats.log_loss(p, labels)
