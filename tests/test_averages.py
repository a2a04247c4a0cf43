"""Averages over theta: when snapshots are taken, and what a run says of their answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs import SETTINGS, options
from runs import command as main

from spikesampler import run, stats
from spikesampler.experiments.averages import (
    MEASURES,
    answers_of,
    class_answers,
    moments_of,
    scores_of,
)
from spikesampler.spiking.build import Binary
from spikesampler.studies.fang_2018.averages import answers_of_mean, numbers_of, spacings_of

FEW = SETTINGS | {"record": "none", "samples": 40, "average": 5, "noise": "weight:noise_scale=30"}


def quiet(done, total, text):
    pass


@given(st.integers(1, 100_000), st.integers(1, 200))
def test_snapshots_lie_evenly_over_the_second_half(samples, average):
    """As far apart as whole samples allow, none twice, the last one at the end."""
    moments = moments_of(samples, average)
    assert moments[-1] == samples
    assert moments[0] > samples / 2 or samples == 1
    assert len(moments) == average or samples < 2 * average
    gaps = np.diff(moments)
    assert len(gaps) == 0 or 1 <= gaps.min() <= gaps.max() <= gaps.min() + 1
    assert len(gaps) == 0 or abs(gaps.mean() - samples / 2 / average) <= 1


def test_snapshots_of_known_runs():
    assert moments_of(20_000, 20) == [*range(10_500, 20_001, 500)]
    assert moments_of(3, 20) == [2, 3]
    assert moments_of(100, 0) == []


@pytest.fixture(scope="module")
def averaged(cache, tmp_path_factory):
    folder = tmp_path_factory.mktemp("averaged") / "run"
    return run(**FEW, out=folder, progress=quiet)


def test_scores_follow_from_the_answers_that_learning_nc_has(averaged):
    """Mean and last answer by numpy's words; the network moves, so that the two differ."""
    data, attrs = averaged.learning, averaged.learning.attrs
    assert data["snapshot_samples"].values.tolist() == [24, 28, 32, 36, 40]
    answers, labels = data["snapshot_answers"].values.astype(float), data["test_label"].values
    assert answers.shape == (5, 50, 5)
    np.testing.assert_allclose(answers.sum(axis=2), 1, atol=1e-6)
    rows = np.arange(50)
    for who, p in (("test", answers[-1]), ("averaged", answers.mean(axis=0))):
        name = "test_answer_accuracy" if who == "test" else f"{who}_accuracy"
        assert attrs[name] == pytest.approx((p.argmax(axis=1) == labels).mean(), abs=1e-12)
        assert attrs[f"{who}_log_loss"] == pytest.approx(-np.log(p[rows, labels]).mean())
    assert attrs["averaged_log_loss"] < np.mean([stats.log_loss(p, labels) for p in answers])
    assert np.ptp(answers, axis=0).max() > 0.01
    results = averaged.manifest["results"]
    assert {name: results[name] for name in MEASURES} == pytest.approx(scores_of(data))


def test_the_last_snapshot_is_the_network_of_the_test(averaged):
    """Its spikes are drawn from its shares: (n_k - n p_k)/sqrt(n p_k (1 - p_k)) of a class' whole
    test is standard normal; five of them exceed 4.5 once in 30 000 tests. Shares of the first
    snapshot fit worse: the noise has moved the network.
    """
    data = averaged.learning
    counts, answers = data["test_counts"].values, data["snapshot_answers"].values.astype(float)
    of_sample = counts.sum(axis=1, keepdims=True)

    def misfit(p):
        spread = np.sqrt((of_sample * p * (1 - p)).sum(axis=0))
        return np.abs((counts - of_sample * p).sum(axis=0) / spread).max()

    assert misfit(answers[-1]) < 4.5
    assert misfit(answers[0]) > misfit(answers[-1])


def test_networks_that_cannot_ride_along_are_shown_the_test_on_their_own(
    averaged, tmp_path, monkeypatch
):
    """On the same input spikes: the same answers, up to float32."""
    monkeypatch.setattr(Binary, "riding", None)
    alone = run(**FEW, out=tmp_path / "run", progress=quiet).learning
    for name in ("snapshot_answers", "mean_theta_answers"):
        np.testing.assert_allclose(alone[name], averaged.learning[name], atol=1e-6)
    for name in ("theta", "test_counts", "spike_counts"):
        np.testing.assert_array_equal(alone[name], averaged.learning[name])


def test_without_changes_of_theta_a_mean_is_the_single_answer(tmp_path):
    """A rate of learning of 1e-15 moves no theta by more than rounding."""
    still = FEW | {"noise": "none", "set": FEW["set"] | {"b": 1e-15}}
    data = run(**still, out=tmp_path / "run", progress=quiet).learning
    answers = data["snapshot_answers"].values
    assert np.ptp(answers, axis=0).max() < 1e-6
    np.testing.assert_allclose(data["mean_theta_answers"], answers[-1], atol=1e-6)
    for score in ("log_loss", "calibration_error"):
        values = [data.attrs[f"{who}_{score}"] for who in ("test", "averaged", "mean_theta")]
        assert np.ptp(values) < 1e-5


def test_without_averages_there_is_none(averaged, tmp_path):
    """And what else the run has is the same."""
    given = options(**FEW | {"average": 0})
    done = main("run", "fang_2018", *given, "--out", tmp_path / "run", "--json")
    assert [done.json[name] for name in MEASURES] == [None] * len(MEASURES)
    results = averaged.manifest["results"]
    for name in ("test_accuracy", "online_accuracy", "probe_accuracy"):
        assert done.json[name] == results[name]


def test_outputs_that_stand_for_one_class_answer_it_together():
    """Of four outputs, two stand for class 1 and one for none: its share is nobody's."""
    shares = np.array([[0.1, 0.2, 0.3, 0.4]])
    answers = class_answers(shares, np.array([1, -1, 0, 1]), 3)
    np.testing.assert_allclose(answers, [[0.3, 0.5, 0.0]])


def test_means_of_known_answers():
    """Of snapshots that answer 0, 1, … 9: the last three of every second are 9, 7 and 5."""
    answers = np.arange(10.0).reshape(10, 1, 1) * np.ones((1, 2, 2))
    assert answers_of_mean(answers, 3, 2).tolist() == [[7.0, 7.0]] * 2
    assert answers_of_mean(answers, 1, 10)[0, 0] == 9
    assert answers_of_mean(answers, 10, 1)[0, 0] == 4.5
    found = answers_of({"snapshot_answers": answers, "mean_theta_answers": np.zeros((2, 2))})
    assert [float(each[0, 0]) for each in found.values()] == [9.0, 4.5, 0.0]
    assert numbers_of(100) == [1, 2, 5, 10, 20, 50, 100]
    assert spacings_of(20) == [1, 2]
