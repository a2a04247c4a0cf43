"""The basin of a minimum, by experiment: move away by a known distance, see whether training leads
back.
"""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from spikesampler.checks import real_number
from spikesampler.errors import InputError
from spikesampler.optional import require

__all__ = ["Return", "basin_arrays", "jittered", "return_curve", "smoothed"]

Array = np.ndarray

SHARE = 1 / 5  #: of the points that a local line is fitted to; our choice
Z = 1.959963984540054  #: 95 % of a normal distribution within ± Z


class Return(NamedTuple):
    """Probability 1/(1 + e^-(intercept + slope r)) of coming back from distance r.

    half : the distance of probability one half, with its 95 % interval low, high (delta method);
    nan where none or all came back, or all distances are one; interval nan where a distance
    separates those that came back from the others: then half lies midway between them.
    number, returned : how many, and how many came back.
    """

    intercept: float
    slope: float
    half: float
    low: float
    high: float
    number: int
    returned: int

    def probability(self, distance: Array) -> Array:
        """At distances of any shape; 0 or 1 where none or all came back."""
        if self.returned in (0, self.number):
            return np.full(np.shape(distance), float(self.returned > 0))
        if np.isinf(self.slope):
            return np.where((np.asarray(distance) < self.half) == (self.slope < 0), 1.0, 0.0)[()]
        return 1 / (1 + np.exp(-(self.intercept + self.slope * np.asarray(distance, float))))


def jittered(rng: Generator, origin: Array, radius: float) -> Array:
    """`origin` (d,) moved in a random direction, by a distance uniform in [0, radius].

    Gamst & Walker (2017), section 3.4.
    """
    direction = rng.standard_normal(np.size(origin))
    distance = rng.uniform(0, real_number("radius", radius))
    return origin + distance * direction / np.linalg.norm(direction)


def return_curve(distance: Array, returned: Array) -> Return:
    """Logistic fit of the probability of return against distance (n,) with `returned` (n,) bool.

    Maximum likelihood (statsmodels, binomial generalised linear model). Raises InputError for
    shapes that differ, no points, or distances that are not finite.
    """
    distance, returned = _pairs(distance, np.asarray(returned, bool))
    unknown, counts = float("nan"), (len(distance), int(returned.sum()))
    if returned.all() or not returned.any() or np.ptp(distance) == 0:
        return Return(*[unknown] * 5, *counts)
    for sign in (-1, 1):  # the usual way: those that return are nearer
        near, far = distance[returned == (sign < 0)], distance[returned == (sign > 0)]
        if near.max() < far.min():
            middle, steep = float(near.max() + far.min()) / 2, sign * float("inf")
            return Return(-steep, steep, middle, unknown, unknown, *counts)
    sm = require("return_curve", "landscape", "statsmodels.api")
    design = sm.add_constant(distance, has_constant="add")
    fit = sm.GLM(returned.astype(float), design, sm.families.Binomial()).fit()
    (intercept, slope), covariance = fit.params, fit.cov_params()
    half = -intercept / slope
    toward = np.array([-1 / slope, intercept / slope**2])
    error = Z * np.sqrt(toward @ covariance @ toward)
    return Return(*map(float, (intercept, slope, half, half - error, half + error)), *counts)


def smoothed(distance: Array, values: Array, share: float = SHARE) -> tuple[Array, Array]:
    """Distance and value of a locally weighted line, each (n,), in the order of distance.

    share : of the points that each line is fitted to. Values that are not finite are left out.
    Reference: Cleveland (1979), J. Am. Stat. Assoc. 74:829 (lowess).
    """
    lowess = require("smoothed", "landscape", "statsmodels.nonparametric.smoothers_lowess").lowess
    distance, values = _pairs(distance, np.asarray(values, float))
    known = np.isfinite(values)
    near = 0.002 * np.ptp(distance)
    return tuple(lowess(values[known], distance[known], frac=share, delta=near).T)


def basin_arrays(distance: Array, error: Array, returned: Array) -> dict[str, Array]:
    """What `panels.basin_scatter` draws of trials (n,); one whose error is nan has no dot, and did
    not return.
    """
    sound = np.isfinite(error)
    fit = return_curve(distance, returned & sound)
    along = np.linspace(0, np.max(distance), 200)
    return {
        "distance": distance[sound],
        "error": error[sound],
        "smooth": np.array(smoothed(distance, error)),
        "curve": np.array([along, fit.probability(along)]),
        "half": np.array([fit.half, fit.low, fit.high]),
    }


def _pairs(distance, values):
    distance = np.asarray(distance, float)
    alike = distance.ndim == 1 and distance.shape == values.shape and len(distance) > 0
    if not alike or not np.isfinite(distance).all():
        raise InputError(
            f"distance of shape {distance.shape} and values of shape {values.shape}: expected"
            " finite distances and as many values, (n,) each"
        )
    return distance, values
