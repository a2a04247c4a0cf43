"""The basin of a minimum, by experiment: move away by a known distance, train again, see whether
that leads back.
"""

from typing import NamedTuple

import numpy as np

from spikesampler.checks import real_number
from spikesampler.errors import InputError

__all__ = ["Return", "basin_arrays", "jittered", "return_curve", "smoothed"]

SHARE = 1 / 5  #: of the points that a local line is fitted to; our choice
Z = 1.959963984540054  #: 95 % of a normal distribution within ± Z


class Return(NamedTuple):
    """Probability 1/(1 + e^-(intercept + slope r)) of coming back from distance r.

    half : the distance of probability one half, with its 95 % interval low, high (delta method);
        nan where none or all
    came back, or all distances are one; interval nan where a distance separates those that came
    back from the others:
    then half lies midway between them. number, returned : how many, and how many came back.
    """

    intercept: float
    slope: float
    half: float
    low: float
    high: float
    number: int
    returned: int

    def probability(self, distance):
        """At distances of any shape; 0 or 1 where none or all came back."""
        if self.returned in (0, self.number):
            return np.full(np.shape(distance), float(self.returned > 0))
        if np.isinf(self.slope):
            return np.where((np.asarray(distance) < self.half) == (self.slope < 0), 1.0, 0.0)[()]
        return 1 / (1 + np.exp(-(self.intercept + self.slope * np.asarray(distance, float))))


def jittered(rng, origin, radius):
    """`origin` (d,) moved in a random direction, by a distance uniform in [0, radius]; Gamst &
    Walker (2017), 3.4.
    """
    direction = rng.standard_normal(np.size(origin))
    return origin + rng.uniform(0, real_number("radius", radius)) * direction / np.linalg.norm(
        direction
    )


def return_curve(distance, returned):
    """Logistic fit of the probability of return against distance (n,) with `returned` (n,) bool: a
    `Return`.

    Maximum likelihood (statsmodels, binomial generalised linear model). Raises InputError for
    shapes that differ, no points, or distances that are not finite.
    """
    distance, returned = _pairs(distance, np.asarray(returned, bool))
    unknown, number, back = float("nan"), len(distance), int(returned.sum())
    if back in (0, number) or np.ptp(distance) == 0:
        return Return(*[unknown] * 5, number, back)
    for sign in (-1, 1):  # the usual way: those that return are nearer
        near, far = (distance[returned == (sign < 0)], distance[returned == (sign > 0)])
        if near.max() < far.min():
            middle = float(near.max() + far.min()) / 2
            return Return(
                -sign * float("inf"), sign * float("inf"), middle, unknown, unknown, number, back
            )
    import statsmodels.api as sm

    fit = sm.GLM(
        returned.astype(float),
        sm.add_constant(distance, has_constant="add"),
        sm.families.Binomial(),
    ).fit()
    (intercept, slope), covariance = fit.params, fit.cov_params()
    half = -intercept / slope
    toward = np.array([-1 / slope, intercept / slope**2])
    error = np.sqrt(toward @ covariance @ toward)
    return Return(
        *map(float, (intercept, slope, half, half - Z * error, half + Z * error)), number, back
    )


def smoothed(distance, values, share=SHARE):
    """(distance, value) of a locally weighted line (lowess, Cleveland 1979), each (n,), in the
    order of distance.

    share : of the points that each line is fitted to. Values that are not finite are left out.
    """
    from statsmodels.nonparametric.smoothers_lowess import lowess

    distance, values = _pairs(distance, np.asarray(values, float))
    known = np.isfinite(values)
    return tuple(
        lowess(values[known], distance[known], frac=share, delta=0.002 * np.ptp(distance)).T
    )


def basin_arrays(distance, error, returned):
    """What `figures.gamst_walker.basin_scatter` draws of trials (n,): scatter, lowess, probability;
    nan is left out.
    """
    sound = np.isfinite(error)
    fit, along = (
        return_curve(distance[sound], returned[sound]),
        np.linspace(0, np.max(distance), 200),
    )
    smooth, curve = np.array(smoothed(distance, error)), np.array([along, fit.probability(along)])
    half = np.array([fit.half, fit.low, fit.high])
    return {
        "distance": distance[sound],
        "error": error[sound],
        "smooth": smooth,
        "curve": curve,
        "half": half,
    }


def _pairs(distance, values):
    distance = np.asarray(distance, float)
    if (
        distance.ndim != 1
        or distance.shape != values.shape
        or not len(distance)
        or not np.isfinite(distance).all()
    ):
        raise InputError(
            f"distance of shape {distance.shape} and values of shape {values.shape}: expected"
            " finite distances and as many values, (n,) each"
        )
    return distance, values
