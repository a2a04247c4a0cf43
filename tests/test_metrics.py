"""Exact small cases and laws of the metrics; ties are worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spikesampler.errors import InputError
from spikesampler.stats.intervals import mean_interval
from spikesampler.stats.metrics import (
    accuracy,
    assign_outputs,
    assigned_accuracy,
    chance_entropy,
    confusion,
    credit,
    normalised_conditional_entropy,
    response,
    tie_shares,
)

ROUNDING = 1e-12  # sums of at most 40 shares of order 1, each right to 2e-16

samples = st.integers(1, 40).flatmap(
    lambda n: st.integers(2, 5).flatmap(
        lambda k: st.tuples(
            arrays(np.int64, (n, k), elements=st.integers(0, 3)),
            arrays(np.int64, n, elements=st.integers(0, k - 1)),
        )
    )
)

COUNTS = np.array([[5, 1, 0], [2, 2, 1], [0, 0, 0], [0, 3, 4]])
LABELS = np.array([0, 1, 2, 1])


def test_shares_credit_response_and_accuracy_of_a_case_worked_by_hand():
    np.testing.assert_array_equal(
        tie_shares(COUNTS), [[1, 0, 0], [1 / 2, 1 / 2, 0], [1 / 3] * 3, [0, 0, 1]]
    )
    np.testing.assert_array_equal(credit(COUNTS, LABELS), [1, 1 / 2, 1 / 3, 0])
    np.testing.assert_array_equal(response(COUNTS), [0, -1, -1, 2])
    assert accuracy(COUNTS, LABELS) == pytest.approx((1 + 1 / 2 + 1 / 3) / 4, abs=ROUNDING)


def test_confusion_of_a_case_worked_by_hand():
    expected = [[1, 0, 0], [1 / 2, 1 / 2, 1], [1 / 3] * 3]
    np.testing.assert_allclose(confusion(COUNTS, LABELS, 3), expected, atol=ROUNDING)


@given(samples)
def test_credit_is_the_mean_over_random_tie_breaks(case):
    counts, labels = case
    rng = np.random.default_rng(0)
    drawn = [accuracy(counts + rng.uniform(0, 0.5, counts.shape), labels) for _ in range(400)]
    # a tie-break moves the accuracy by at most 1/2 rms: 5 standard errors of a mean of 400 are 5 *
    # 0.5 / 20 = 0.125
    assert abs(np.mean(drawn) - accuracy(counts, labels)) < 0.125


@given(samples)
def test_rows_of_the_confusion_matrix_sum_to_the_class_counts(case):
    counts, labels = case
    matrix = confusion(counts, labels, counts.shape[1])
    np.testing.assert_allclose(
        matrix.sum(axis=1), np.bincount(labels, minlength=counts.shape[1]), atol=ROUNDING
    )
    assert np.trace(matrix) / len(labels) == pytest.approx(accuracy(counts, labels), abs=ROUNDING)


@given(samples, st.randoms(use_true_random=False))
def test_a_permutation_of_outputs_and_classes_changes_no_number(case, random):
    counts, labels = case
    order = np.array(random.sample(range(counts.shape[1]), counts.shape[1]))
    assert accuracy(counts[:, order], np.argsort(order)[labels]) == accuracy(counts, labels)
    if len(set(labels)) > 1:
        entropy = normalised_conditional_entropy(counts, labels, counts.shape[1])
        assert normalised_conditional_entropy(
            counts[:, order], labels, counts.shape[1]
        ) == pytest.approx(
            entropy, abs=1e-9
        )  # logarithms near 1 cancel: 1e-12 over H(class) >= 0.1


@given(samples)
def test_entropy_lies_between_0_and_1_and_equals_the_definition(case):
    counts, labels = case
    num_classes = counts.shape[1]
    if len(set(labels)) < 2:
        with pytest.raises(InputError, match="fewer than two classes"):
            normalised_conditional_entropy(counts, labels, num_classes)
        return
    joint = confusion(counts, labels, num_classes) / len(labels)
    conditional = -sum(
        joint[c, k] * np.log(joint[c, k] / joint[:, k].sum())
        for c in range(num_classes)
        for k in range(num_classes)
        if joint[c, k] > 0
    )
    total = -sum(p * np.log(p) for p in joint.sum(axis=1) if p > 0)
    found = normalised_conditional_entropy(counts, labels, num_classes)
    assert 0 <= found <= 1
    assert found == pytest.approx(conditional / total, abs=1e-9)


def test_entropy_is_0_for_any_code_and_1_without_information():
    labels = np.repeat(np.arange(3), 8)
    code = np.array([2, 0, 1])
    assert normalised_conditional_entropy(np.eye(3)[code[labels]], labels, 3) == pytest.approx(
        0, abs=ROUNDING
    )
    assert normalised_conditional_entropy(np.zeros((24, 3)), labels, 3) == pytest.approx(
        1, abs=ROUNDING
    )
    # two classes on each of two outputs: H(C|K) = log 2, H(C) = log 4
    assert normalised_conditional_entropy(
        np.eye(2)[[0, 0, 1, 1]], [0, 1, 2, 3], 4
    ) == pytest.approx(0.5, abs=ROUNDING)


def test_outputs_that_say_nothing_leave_less_than_all_of_the_entropy_of_few_samples():
    """Miller and Madow's bias, (K - 1)(C - 1)/(2 n) nats, where n is large; exact cases beside."""
    rng, labels = np.random.default_rng(1), np.arange(3000) % 10
    counts = np.eye(10)[rng.permutation(labels)]
    expected = 1 - 81 / (2 * 3000 * np.log(10))
    # 200 shuffles of a chi-square with 81 degrees of freedom: standard error 6.5e-5
    assert chance_entropy(counts, labels, 10, rng) == pytest.approx(expected, abs=4e-4)
    assert chance_entropy(np.eye(10), np.arange(10), 10, rng) == 0  # each output wins once
    assert chance_entropy(np.eye(10)[[3] * 30], labels[:30], 10, rng) == 1
    assert 0.75 < chance_entropy(np.eye(10)[labels[:100]], labels[:100], 10, rng) < 0.83
    assert chance_entropy(np.eye(10)[labels], labels, 10, rng) > 0.99  # although these say all


def test_outputs_get_the_class_they_answer_most_often():
    counts = np.eye(4)[
        [1, 1, 1, 2, 2, 0]
    ]  # output 3 never wins; output 2 is tied between classes 0 and 1
    labels = np.array([2, 2, 0, 1, 0, 1])
    assignment = assign_outputs(counts, labels, 3)
    np.testing.assert_array_equal(assignment, [1, 2, 0, -1])
    assert assigned_accuracy(counts, labels, assignment) == pytest.approx(4 / 6, abs=ROUNDING)


def test_ten_tenths_tie_with_a_whole_although_their_sum_rounds():
    counts = np.array(
        [[1] * 10] * 10 + [[1] + [0] * 9]
    )  # output 0: ten tenths of class 0, one whole of class 1
    assert np.cumsum([0.1] * 10)[-1] < 1
    assert assign_outputs(counts, np.array([0] * 10 + [1]), 2)[0] == 0


@given(samples)
def test_assignment_to_its_own_class_gives_the_supervised_accuracy(case):
    counts, labels = case
    own = np.arange(counts.shape[1])
    assert assigned_accuracy(counts, labels, own) == pytest.approx(
        accuracy(counts, labels), abs=ROUNDING
    )
    best = assign_outputs(counts, labels, counts.shape[1])
    assert assigned_accuracy(counts, labels, best) >= accuracy(counts, labels) - ROUNDING


def test_the_interval_is_students():
    # n = 3, mean 2, s = 1: t_2(0.975) = 4.302653 (Student's table)
    interval = mean_interval([1.0, 2.0, 3.0])
    assert interval[:2] == pytest.approx((2.0, 2.0 - 4.302653 / np.sqrt(3)), abs=1e-6)
    assert interval.high - 2.0 == pytest.approx(2.0 - interval.low, abs=ROUNDING)
    single = mean_interval([0.5])
    assert (single.mean, single.num_values) == (0.5, 1)
    assert np.isnan([single.low, single.high]).all()


def test_the_interval_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(1)
    covers = [
        (low <= 0 <= high)
        for _, low, high, _ in (mean_interval(v) for v in rng.normal(size=(4000, 4)))
    ]
    # 4 standard errors; the normal quantile 1.96 in place of Student's would cover 0.86
    assert abs(np.mean(covers) - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 4000)


def test_no_samples_have_no_accuracy():
    assert np.isnan(accuracy(np.zeros((0, 3)), np.zeros(0, int)))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: tie_shares(np.zeros(3)), r"counts of shape \(3,\)"),
        (lambda: tie_shares([[np.nan, 1.0]]), "nan or infinity"),
        (lambda: tie_shares([["a"]]), "give numbers"),
        (lambda: credit(COUNTS, [0, 1, 3, 1]), "labels from 0 to 3: give labels from 0 to 2"),
        (lambda: credit(COUNTS, [0, -1, 2, 1]), "labels from -1"),
        (lambda: credit(COUNTS, [0, 1]), r"labels of shape \(2,\)"),
        (lambda: credit(COUNTS, [0.0, 1.0, 2.0, 1.0]), "whole number"),
        (lambda: assigned_accuracy(COUNTS, LABELS, [0, 1]), "one class for each of 3 outputs"),
        (lambda: mean_interval([]), r"values of shape \(0,\), 0 finite: give one or more finite"),
        (lambda: mean_interval([0.5, np.nan]), r"values of shape \(2,\), 1 finite: give one or"),
    ],
)
def test_bad_input_is_named(call, text):
    with pytest.raises(InputError, match=text):
        call()
