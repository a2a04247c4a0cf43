"""Averages over theta: a network that samples networks answers by the mean of what these answer.

Snapshots of theta are kept evenly over the second half of learning, the last one at its end. Each
answers the test, on the same input spikes; so does the network of their mean theta. The answer of
one to a sample is the mean over its steps of the outputs' shares in the momentary rates, and that
to a class the sum over the outputs that stand for it: with a teacher the class's own, else those
that are most active for it in the last probe, whichever snapshot answers.
"""

from collections.abc import Mapping
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from spikesampler import stats
from spikesampler.stats import metrics

__all__ = [
    "ANSWERS",
    "MEASURES",
    "Answers",
    "answers_of",
    "moments_of",
    "reliability_of",
    "score_arrays",
    "score_of",
    "scores_of",
]

#: who answers: the network after learning, the mean of its snapshots' answers, their mean theta
ANSWERS = ("test", "averaged", "mean_theta")
#: scores of each of them, and how the accuracy is called
MEASURES = tuple(
    name
    for who in ANSWERS
    for name in (
        "test_answer_accuracy" if who == "test" else f"{who}_accuracy",
        f"{who}_log_loss",
        f"{who}_calibration_error",
    )
)


class Answers(NamedTuple):
    """To the test samples: samples (S,) learnt at each snapshot; shares (S, n, K) of its outputs,
    and mean_theta (n, K) of the network of their mean theta.
    """

    samples: np.ndarray
    shares: np.ndarray
    mean_theta: np.ndarray


def moments_of(samples: int, average: int) -> list[int]:
    """Samples learnt at each snapshot of a run of this length, in order, each once; [] for none."""
    earlier = range(average - 1, -1, -1)
    return sorted({samples - number * samples // (2 * average) for number in earlier})


def class_answers(shares: np.ndarray, output_class: np.ndarray, num_classes: int) -> np.ndarray:
    """Sums (…, C) of the shares (…, K) of the outputs of each class; -1 stands for none."""
    belongs = output_class[:, None] == np.arange(num_classes)
    return np.clip(shares @ belongs, 0, 1)


def score_arrays(
    answers: Answers | None, output_class: np.ndarray, num_classes: int
) -> dict[str, Any]:
    """The variables of learning.nc that averages need."""
    if answers is None:
        return {}
    of = (output_class, num_classes)
    return {
        "snapshot_samples": answers.samples,
        "snapshot_answers": class_answers(answers.shares, *of).astype("f4"),
        "mean_theta_answers": class_answers(answers.mean_theta, *of).astype("f4"),
    }


def answers_of(learning: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Answers (n, C) to the test samples by ANSWERS, from the variables of learning.nc."""
    snapshots = np.asarray(learning["snapshot_answers"], float)
    mean_theta = np.asarray(learning["mean_theta_answers"], float)
    return dict(zip(ANSWERS, (snapshots[-1], snapshots.mean(axis=0), mean_theta)))


def scores_of(learning: Mapping[str, Any]) -> dict[str, float]:
    """MEASURES of a run by name, from the variables of learning.nc; nan where it has no average."""
    if "snapshot_answers" not in learning:
        return dict.fromkeys(MEASURES, float("nan"))
    labels = np.asarray(learning["test_label"])
    scores = (score_of(answers, labels) for answers in answers_of(learning).values())
    return dict(zip(MEASURES, chain.from_iterable(scores)))


def score_of(answers: np.ndarray, labels: np.ndarray) -> tuple[float, float, float]:
    """Accuracy, log loss and calibration error of answers (n, C) to samples with labels (n,)."""
    classes = np.arange(answers.shape[1])
    return (
        metrics.assigned_accuracy(answers, labels, classes),
        stats.log_loss(answers, labels),
        stats.calibration_error(answers, labels),
    )


def reliability_of(learning: Mapping[str, Any]) -> stats.Reliability:
    """How often answers of each confidence are right, each array (answer, confidence_bin)."""
    labels = np.asarray(learning["test_label"])
    found = [stats.reliability(answers, labels) for answers in answers_of(learning).values()]
    return stats.Reliability(*map(np.array, zip(*found)))
