"""Accuracy and information from spike counts; outputs that share the maximum share the credit.

Counts are (n, K): spikes of K outputs for n samples. Where m outputs share a sample's maximum, each
gets 1/m: the expected outcome of breaking the tie at random, so no number here depends on the order
of the outputs or on a seed. A sample without spikes is a tie of all K.
"""

import numpy as np

from spikesampler.errors import InputError
from spikesampler.stats.intervals import Interval

__all__ = [
    "accuracy",
    "assign_outputs",
    "assigned_accuracy",
    "assigned_credit",
    "confusion",
    "credit",
    "mean_interval",
    "normalised_conditional_entropy",
    "response",
    "tie_shares",
]


def _counts(counts):
    counts = np.asarray(counts)
    if counts.ndim != 2 or counts.shape[1] == 0 or counts.dtype.kind not in "biuf":
        raise InputError(
            f"counts of shape {counts.shape} and type {counts.dtype}: give numbers of shape "
            "(samples, outputs)"
        )
    if counts.dtype.kind == "f" and not np.isfinite(counts).all():
        raise InputError("counts hold nan or infinity: give finite numbers")
    return counts


def _labels(labels, num_samples, num_classes):
    labels = np.asarray(labels)
    if labels.shape != (num_samples,) or (labels.dtype.kind not in "iu" and num_samples):
        raise InputError(
            f"labels of shape {labels.shape} and type {labels.dtype}: give one whole number for"
            f" each of {num_samples} samples"
        )
    if num_samples and not 0 <= labels.min() <= labels.max() < num_classes:
        raise InputError(
            f"labels from {labels.min()} to {labels.max()}: give labels from 0 to {num_classes - 1}"
        )
    return labels.astype(np.intp)


def tie_shares(counts):
    """Each output's share in being the most active one: 1/m for the m outputs at the maximum, else
    0.

    counts (n, K) -> (n, K) float64; rows sum to 1.
    """
    counts = _counts(counts)
    winners = counts == counts.max(axis=1, keepdims=True)
    return winners / winners.sum(axis=1, keepdims=True)


def response(counts):
    """The most active output of each sample, -1 where the maximum is tied: (n, K) -> (n,) int16."""
    counts = _counts(counts)
    winners = counts == counts.max(axis=1, keepdims=True)
    return np.where(winners.sum(axis=1) == 1, winners.argmax(axis=1), -1).astype(np.int16)


def credit(counts, labels):
    """The share of each sample's label output, where output k stands for class k: (n, K), (n,) ->
    (n,) float64.
    """
    shares = tie_shares(counts)
    return shares[np.arange(len(shares)), _labels(labels, *shares.shape)]


def accuracy(counts, labels):
    """Mean credit: the expected accuracy when ties are broken at random; nan without samples."""
    shares = credit(counts, labels)
    return float(shares.mean()) if len(shares) else float("nan")


def confusion(counts, labels, num_classes):
    """How many samples of class c (row) were answered by output k (column), ties shared:
    (num_classes, K) float64.

    Row c sums to the number of samples of class c.
    """
    shares = tie_shares(counts)
    matrix = np.zeros((num_classes, shares.shape[1]))
    np.add.at(matrix, _labels(labels, len(shares), num_classes), shares)
    return matrix


def normalised_conditional_entropy(counts, labels, num_classes):
    """H(class | winning output) / H(class): 0 if the outputs determine the class, 1 if they say
    nothing about it.

    H(C|K) = - sum_ck p(c,k) log(p(c,k) / p(k)), with p(c,k) the confusion matrix over n: Kappel et
    al., PLoS Comput. Biol. 11(11):e1004485 (2015). The plug-in estimate: biased low for few samples
    per class and output. Raises InputError where the labels hold fewer than two classes, so
    H(class) = 0.
    """
    joint = confusion(counts, labels, num_classes)
    class_entropy = _entropy(joint.sum(axis=1))
    if np.count_nonzero(joint.sum(axis=1)) < 2:
        raise InputError(
            "conditional entropy of labels of fewer than two classes: give samples of two classes"
            " or more"
        )
    conditional = _entropy(joint) - _entropy(joint.sum(axis=0))
    return float(
        np.clip(conditional / class_entropy, 0.0, 1.0)
    )  # clip: rounding error only, both lie in [0, 1]


def _entropy(weights):
    """The entropy in nats of the distribution proportional to `weights` of any shape."""
    weights = weights[weights > 0]
    return (
        np.log(weights.sum()) - weights @ np.log(weights) / weights.sum() if weights.size else 0.0
    )


def assign_outputs(counts, labels, num_classes):
    """The class that each output answers most often: (K,) int; ties go to the lowest class, -1 if
    it never wins.

    For networks that learn without labels; assign on one set of samples and score on another.
    """
    matrix = confusion(counts, labels, num_classes).round(
        9
    )  # equal up to the rounding of shares 1/m counts as a tie
    return np.where(matrix.sum(axis=0) > 0, matrix.argmax(axis=0), -1)


def assigned_credit(counts, labels, assignment):
    """Credit of each sample when output k stands for class assignment[k], -1 for none: (n, K),
    (n,), (K,) -> (n,).
    """
    shares = tie_shares(counts)
    assignment, labels = np.asarray(assignment), np.asarray(labels)
    if assignment.shape != shares.shape[1:] or labels.shape != shares.shape[:1]:
        raise InputError(
            f"assignment of shape {assignment.shape} and labels of shape {labels.shape}: give one"
            f" class for each of {shares.shape[1]} outputs and one label for each of {len(shares)}"
            " samples"
        )
    return (shares * (assignment == labels[:, None])).sum(axis=1)


def assigned_accuracy(counts, labels, assignment):
    """The expected accuracy when output k stands for class assignment[k]; nan without samples."""
    right = assigned_credit(counts, labels, assignment)
    return float(right.mean()) if len(right) else float("nan")


def mean_interval(values, confidence=0.95):
    """Mean of independent values (one per seed) and its Student-t interval; bounds are nan for a
    single value.

    mean ± t_{n-1}((1 + confidence)/2) · s/√n, s the standard deviation with n - 1.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) == 0 or not 0 < confidence < 1:
        raise InputError(
            f"values of shape {values.shape} and confidence {confidence}: give a list of one or"
            " more values and a confidence between 0 and 1"
        )
    if len(values) == 1:
        return Interval(float(values[0]), float("nan"), float("nan"), 1)
    from scipy.special import stdtrit

    half = (
        stdtrit(len(values) - 1, (1 + confidence) / 2) * values.std(ddof=1) / np.sqrt(len(values))
    )
    return Interval(
        float(values.mean()), float(values.mean() - half), float(values.mean() + half), len(values)
    )
