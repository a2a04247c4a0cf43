"""Accuracy and information from spike counts; outputs that share the maximum share the credit.

Counts are (n, K): spikes of K outputs for n samples. Where m outputs share a sample's maximum, each
gets 1/m: the expected outcome of breaking the tie at random, so no number here depends on the order
of the outputs or on a seed. A sample without spikes is a tie of all K.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError

Array = NDArray[np.float64]
SHUFFLES = 200  #: of labels; what chance leaves of the entropy then has an error of 0.002


def _counts(counts: ArrayLike) -> NDArray:
    counts = np.asarray(counts)
    if counts.ndim != 2 or counts.shape[1] == 0 or counts.dtype.kind not in "biuf":
        raise InputError(
            f"counts of shape {counts.shape} and type {counts.dtype}: give numbers of shape "
            "(samples, outputs)"
        )
    if counts.dtype.kind == "f" and not np.isfinite(counts).all():
        raise InputError("counts hold nan or infinity: give finite numbers")
    return counts


def _labels(labels: ArrayLike, num_samples: int, num_classes: int) -> NDArray[np.intp]:
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


def _winners(counts: ArrayLike) -> NDArray[np.bool_]:
    """Which outputs are the most active ones of each sample, (n, K)."""
    counts = _counts(counts)
    return counts == counts.max(axis=1, keepdims=True)


def tie_shares(counts: ArrayLike) -> Array:
    """Each output's share in being the most active: 1/m for the m outputs at the maximum, else 0.

    counts (n, K) -> (n, K) float64; rows sum to 1.
    """
    winners = _winners(counts)
    return winners / winners.sum(axis=1, keepdims=True)


def response(counts: ArrayLike) -> NDArray[np.int16]:
    """The most active output of each sample, -1 where the maximum is tied: (n, K) -> (n,) int16."""
    winners = _winners(counts)
    return np.where(winners.sum(axis=1) == 1, winners.argmax(axis=1), -1).astype(np.int16)


def credit(counts: ArrayLike, labels: ArrayLike) -> Array:
    """The share of each sample's label, where output k stands for class k: (n, K), (n,) -> (n,)."""
    shares = tie_shares(counts)
    return shares[np.arange(len(shares)), _labels(labels, *shares.shape)]


def _mean(shares: Array) -> float:
    return float(shares.mean()) if len(shares) else float("nan")


def accuracy(counts: ArrayLike, labels: ArrayLike) -> float:
    """Mean credit: the expected accuracy when ties are broken at random; nan without samples.

    counts : (n, K) spikes of outputs. labels : (n,) classes.
    """
    return _mean(credit(counts, labels))


def confusion(counts: ArrayLike, labels: ArrayLike, num_classes: int) -> Array:
    """How many samples of class c (row) were answered by output k (column), ties shared.

    (num_classes, K) float64; row c sums to the number of samples of class c.
    """
    shares = tie_shares(counts)
    matrix = np.zeros((num_classes, shares.shape[1]))
    np.add.at(matrix, _labels(labels, len(shares), num_classes), shares)
    return matrix


def normalised_conditional_entropy(counts: ArrayLike, labels: ArrayLike, num_classes: int) -> float:
    """H(class | winner) / H(class): 0 if outputs determine the class, 1 if they say nothing of it.

    H(C|K) = - sum_ck p(c,k) log(p(c,k) / p(k)), with p(c,k) the confusion matrix over n: Kappel et
    al., PLoS Comput. Biol. 11(11):e1004485 (2015). The plug-in estimate: biased low for few samples
    per class and output, by how much `chance_entropy` says. Raises InputError where the labels
    hold fewer than two classes, so H(class) = 0.
    """
    joint = confusion(counts, labels, num_classes)
    class_entropy = _entropy(joint.sum(axis=1))
    if np.count_nonzero(joint.sum(axis=1)) < 2:
        raise InputError(
            "conditional entropy of labels of fewer than two classes: give samples of two classes"
            " or more"
        )
    conditional = _entropy(joint) - _entropy(joint.sum(axis=0))
    # rounding error only: both lie in [0, 1]
    return float(np.clip(conditional / class_entropy, 0.0, 1.0))


def chance_entropy(
    counts: ArrayLike, labels: ArrayLike, num_classes: int, rng: np.random.Generator
) -> float:
    """H(class | winner) / H(class) as these samples have it where outputs say nothing of the class.

    Below 1 for few samples. The mean over SHUFFLES of the labels, which keep how often each output
    wins and each class is shown. As `normalised_conditional_entropy`, but rng.
    """
    shuffled = [
        normalised_conditional_entropy(counts, rng.permutation(labels), num_classes)
        for _ in range(SHUFFLES)
    ]
    return float(np.mean(shuffled))


def _entropy(weights: Array) -> float:
    """The entropy in nats of the distribution proportional to `weights` of any shape."""
    weights = weights[weights > 0]
    if not weights.size:
        return 0.0
    return np.log(weights.sum()) - weights @ np.log(weights) / weights.sum()


def assign_outputs(counts: ArrayLike, labels: ArrayLike, num_classes: int) -> NDArray[np.intp]:
    """The class that each output answers most often: (K,) int, -1 if it never wins.

    Ties go to the lowest class. For networks that learn without labels; assign on one set of
    samples and score on another.
    """
    # equal up to the rounding of shares 1/m counts as a tie
    matrix = confusion(counts, labels, num_classes).round(9)
    return np.where(matrix.sum(axis=0) > 0, matrix.argmax(axis=0), -1)


def assigned_credit(counts: ArrayLike, labels: ArrayLike, assignment: ArrayLike) -> Array:
    """Credit of each sample when output k stands for class assignment[k], -1 for none: (n,).

    counts (n, K), labels (n,), assignment (K,).
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


def assigned_accuracy(counts: ArrayLike, labels: ArrayLike, assignment: ArrayLike) -> float:
    """The expected accuracy when output k stands for class assignment[k]; nan without samples.

    counts : (n, K) spikes of outputs. labels : (n,) classes. assignment : (K,), -1 for no class.
    """
    return _mean(assigned_credit(counts, labels, assignment))
