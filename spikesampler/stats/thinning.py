"""Long courses in few points, without losing their extremes."""

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["thinned"]

Array = NDArray[np.float64]


def thinned(time: ArrayLike, values: ArrayLike, most: int = 2000) -> tuple[Array, Array]:
    """At most so many points of courses, for a line: times and values, each (n_point, n_course).

    A course with more points is cut into most/2 parts of equal length, and of each part its least
    and its greatest value are kept, in order of time: a line through them reaches as far as one
    through all. Each course has points of its own.

    time : (n_step,); values : (n_step, n_course). most : at least 2.
    """
    t, courses = np.asarray(time, float), np.asarray(values, float)
    if len(t) <= most:
        return np.repeat(t[:, np.newaxis], courses.shape[1], axis=1), courses
    borders = np.linspace(0, len(t), most // 2 + 1).astype(int)
    places = np.empty((2 * (len(borders) - 1), courses.shape[1]), int)
    for part, (first, last) in enumerate(pairwise(borders.tolist())):
        of_part = courses[first:last]
        ends = np.stack([of_part.argmin(axis=0), of_part.argmax(axis=0)])
        places[2 * part : 2 * part + 2] = first + np.sort(ends, axis=0)
    return t[places], np.take_along_axis(courses, places, axis=0)
