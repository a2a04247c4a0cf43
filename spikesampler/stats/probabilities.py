"""How good probabilities of classes are: log loss and calibration.

Probabilities are (n, K) of n samples, labels (n,). Rows may sum to less than 1 where some of what
answers stands for no class.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError

__all__ = [
    "BINS",
    "FLOOR",
    "Reliability",
    "calibration_error",
    "log_loss",
    "pooled",
    "reliability",
]

#: the least probability that counts: an answer that excludes the label costs 13.8 nats, not
#: infinitely many, so that one such sample in a thousand moves the mean by .014, which is less than
#: its standard error
FLOOR = 1e-6
BINS = 15  #: of confidence, as in Guo et al. (2017)


class Reliability(NamedTuple):
    """By bin of confidence: number of samples, their mean confidence and accuracy, nan in none."""

    samples: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]


def log_loss(probabilities: ArrayLike, labels: ArrayLike, floor: float = FLOOR) -> float:
    """-mean log max(p(label), floor) in nats; nan without samples.

    >>> log_loss([[0.5, 0.5], [1.0, 0.0]], [0, 0])
    0.34657359027997264
    """
    p, labels = _checked(probabilities, labels)
    if not len(p):
        return float("nan")
    return float(-np.log(np.maximum(p[np.arange(len(p)), labels], floor)).mean())


def reliability(probabilities: ArrayLike, labels: ArrayLike, bins: int = BINS) -> Reliability:
    """How often answers of some confidence are right; bins of equal width from 0 to 1.

    The confidence is the highest probability of a sample, in bins (b/B, (b + 1)/B]; classes that
    share it share the credit.
    """
    p, labels = _checked(probabilities, labels)
    highest = p.max(axis=1, initial=0.0)
    winners = p == highest[:, None]
    right = winners[np.arange(len(p)), labels] / np.maximum(winners.sum(axis=1), 1)
    place = np.clip(np.ceil(highest * bins).astype(int) - 1, 0, bins - 1)
    number = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        means = [np.bincount(place, each, bins) / number for each in (highest, right)]
    return Reliability(number, *means)


def pooled(found: Reliability, axis: int = 0) -> Reliability:
    """The answers of several runs together, which lie along an axis: nan in bins without any."""
    total = found.samples.sum(axis=axis)
    with np.errstate(invalid="ignore"):
        means = [
            np.nansum(found.samples * each, axis=axis) / total
            for each in (found.confidence, found.accuracy)
        ]
    return Reliability(total, *means)


def calibration_error(probabilities: ArrayLike, labels: ArrayLike, bins: int = BINS) -> float:
    """Expected calibration error: sum over bins of n_b / n |accuracy_b - confidence_b|.

    Naeini, Cooper & Hauskrecht (AAAI 2015), with the 15 bins of Guo et al. (ICML 2017); see
    `reliability`. nan without samples. It is above 0 by chance in finite samples.
    """
    number, confidence, accuracy = reliability(probabilities, labels, bins)
    if not number.sum():
        return float("nan")
    gaps = np.nan_to_num(np.abs(accuracy - confidence))
    return float(number @ gaps / number.sum())


def _checked(
    probabilities: ArrayLike, labels: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    p, labels = np.asarray(probabilities, float), np.asarray(labels)
    if p.ndim != 2 or not ((p >= 0) & (p <= 1 + 1e-6)).all():
        raise InputError(
            f"probabilities of shape {p.shape}: give numbers from 0 to 1, (samples, classes)"
        )
    whole = labels.dtype.kind in "iu" or not len(labels)
    if labels.shape != p.shape[:1] or not whole or ((labels < 0) | (labels >= p.shape[1])).any():
        raise InputError(
            f"labels of shape {labels.shape}: give a class from 0 to {p.shape[1] - 1} for each of"
            f" {len(p)} samples"
        )
    return p, labels.astype(np.intp)
