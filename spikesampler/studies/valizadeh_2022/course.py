"""What is measured along training, and how many epochs a loss takes."""

from typing import NamedTuple

import numpy as np

__all__ = ["Course", "first_below", "speeds"]


class Course(NamedTuple):
    """What is measured after 0, 1, … epochs: loss and accuracy on the held-out images, (lane, epoch
    + 1).

    Both are nan from the epoch on after which the loss is not finite, `diverged` (lane,), -1 where
    it always is.
    """

    loss: np.ndarray
    accuracy: np.ndarray
    diverged: np.ndarray


def first_below(loss: np.ndarray, target: float) -> np.ndarray:
    """Epochs after which the loss (…, epoch + 1) is first below the target: (…,), inf where
    never.
    """
    below = np.asarray(loss) < target
    return np.where(below.any(axis=-1), below.argmax(axis=-1), np.inf)


def speeds(course: Course, num_rates: int, level: float) -> np.ndarray:
    """How fast each rate is, (rate, 3), of a course of lanes rate by rate, as many starts each.

    The three are: from how many starts it never gets below `level`, the median epochs to there, and
    the mean loss at the end, inf where a network diverged.
    """
    needed = first_below(course.loss, level).reshape(num_rates, -1)
    last = np.where(course.diverged < 0, course.loss[:, -1], np.inf).reshape(num_rates, -1)
    return np.column_stack(
        [np.isinf(needed).sum(axis=1), np.median(needed, axis=1), last.mean(axis=1)]
    )
