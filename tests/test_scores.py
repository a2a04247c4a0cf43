"""Scores of a run from counts that were made up by hand, without a network."""

import numpy as np
import pytest

from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.scores import (
    ONLINE_SAMPLES,
    Task,
    class_rates,
    learning_arrays,
    path_arrays,
    probe_score,
)
from spikesampler.experiments.settings import resolve


def task(labels, supervised=False, classes=2, outputs=2):
    return Task(supervised, outputs, classes, 0.2, np.array(labels), np.zeros((classes, 3)))


def won_by(*outputs, number=2):
    """Counts (n, number) where these outputs fire most, one after the other."""
    return 3 * np.eye(number, dtype=int)[list(outputs)] + 1


@pytest.mark.parametrize(
    ("labels", "winners", "score"),
    [
        # Even samples say that output 1 is class 0, odd ones that output 0 is: each half is right
        # by its own classes, and wrong by the other's.
        ([0, 0, 1, 1], (1, 0, 0, 1), 0),
        ([0, 0, 1, 1], (1, 1, 0, 0), 1),
        # Even: output 0 is class 0, output 1 class 1. Odd: both are class 0.
        # Even by odd: 1 of 2 right; odd by even: 1 of 2.
        ([0, 0, 1, 0], (0, 0, 1, 1), 1 / 2),
        # Five samples: even ones (three) by the odd (two), and the other way round.
        # Odd: output 0 is class 1, output 1 class 0; even: output 0 twice class 0, once class 1.
        # Even by odd: the third alone is right; odd by even: output 0 is class 0, 1 has none.
        ([0, 1, 0, 0, 1], (0, 0, 0, 1, 0), 1 / 5),
    ],
)
def test_without_a_teacher_each_half_is_scored_with_the_classes_of_the_other(
    labels, winners, score
):
    assert probe_score(task(labels), won_by(*winners)) == pytest.approx(score, abs=1e-15)


def test_with_a_teacher_outputs_are_their_classes():
    labels, counts = [0, 0, 1, 1], won_by(1, 0, 0, 1)
    assert probe_score(task(labels, supervised=True), counts) == 0.5
    assert probe_score(task(labels, supervised=True), won_by(0, 0, 1, 1)) == 1


def records(**changes):
    """Six learning samples, probes after 0, 2 and 6: classes of outputs change at each."""
    return {
        "label": np.array([0, 1, 0, 1, 0, 1]),
        "counts": won_by(0, 1, 0, 1, 1, 0),
        "probe_seen": np.array([0, 2, 6]),
        "probe_counts": np.array([won_by(0, 0, 1, 1), won_by(1, 1, 0, 0), won_by(0, 0, 0, 0)]),
        "theta": np.zeros((3, 2, 3)),
    } | changes


def test_learning_is_credited_with_the_classes_of_the_probe_before():
    """Probe 0: outputs are their classes; probe 2: the other way round; the last: output 0 is 0."""
    arrays = path_arrays(task([0, 0, 1, 1]), records())
    assert arrays["credit"].tolist() == [1, 1, 0, 0, 1, 1]
    online = arrays["online_accuracy"]
    assert np.isnan(online[0])
    assert online[1:].tolist() == [1, 0.5]
    assert arrays["output_class"][1].tolist() == [0, -1]
    assert arrays["probe_accuracy"] == [1, 1, 0.5]
    assert arrays["probe_time"].tolist() == [0, 0.4, 1.2000000000000002]
    np.testing.assert_allclose(arrays["time"], [0, 0.2, 0.4, 0.6, 0.8, 1.0], rtol=1e-12)
    np.testing.assert_allclose(arrays["probe_entropy"][1], [0, 0, 1], atol=1e-12)
    assert arrays["response"].tolist() == [0, 1, 0, 1, 1, 0]


def test_the_test_is_scored_with_the_classes_of_the_last_probe():
    """Not with its own, by which all would be right; online is the mean of the last samples."""
    settings = resolve(
        model="kappel_2015", set={"I": 3}, seed=1, samples=6, probe_samples=4, test_samples=40
    )
    prepared = prepare(settings)
    labels, K, classes = prepared.test.labels, int(prepared.model["K"]), prepared.num_classes
    probe = np.array([won_by(*((np.arange(4) + n) % K), number=K) for n in range(3)])
    kept = records(
        label=prepared.learning.labels,
        counts=won_by(0, 1, 0, 1, 1, 0, number=K),
        probe_counts=probe,
        theta=np.zeros((3, K, 3)),
    )
    counts = won_by(*(labels % K), number=K)
    arrays, scores = learning_arrays(prepared, kept, counts)
    stands_for = np.full(K, -1)
    for winner, label in zip((np.arange(4) + 2) % K, prepared.probe.labels):
        stands_for[winner] = label
    assert arrays["output_class"][1].tolist() == stands_for.tolist()
    right = np.mean([stands_for[label % K] == label for label in labels])
    assert scores["test_accuracy"] == pytest.approx(right)
    assert scores["test_accuracy"] < 1
    assert scores["online_accuracy"] == pytest.approx(arrays["credit"].mean())
    assert scores["probe_accuracy"] == arrays["probe_accuracy"][-1]
    assert arrays["confusion"].shape == (classes, K)
    assert arrays["confusion"].sum() == 40
    assert ONLINE_SAMPLES == 1000


def test_rates_of_inputs_are_those_of_the_samples_of_a_class():
    """Against a loop; a class that is not among the samples is nan."""
    prepared = prepare(resolve(set={"I": 5, "K": 4, "D": 2}, seed=2, samples=6))
    from spikesampler.stimuli import input_rates

    points, labels = prepared.learning.points(0, 6), prepared.learning.labels[:6]
    rates = input_rates(prepared.source, points, prepared.centres, prepared.values)
    found = class_rates(prepared)
    for k in range(4):
        of_class = [row for row, label in zip(rates, labels) if label == k]
        expected = np.mean(of_class, axis=0) if of_class else np.full(5, np.nan)
        np.testing.assert_allclose(found[k], expected, rtol=1e-12)
