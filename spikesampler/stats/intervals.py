"""Intervals of shares (Wilson) and of means (Student's t, corrected for skewness), and their p.

Arrays in, numbers out. There is one interval of a mean, and one p that belongs to it: the p of a
value is below 1 - confidence exactly where the interval leaves that value out.

With n values of mean m, standard deviation s (n - 1) and skewness g (m3/m2^1.5), what is compared
with Student's t of n - 1 is

    h(u) = sqrt(n) (u + g u²/3 + g² u³/27 + g/(6n)),   u = (m - value)/s,

which grows with u, so that it can be inverted; beyond the 95 % bounds, where a cubic is no longer
an expansion, h goes on from them as Student's t does, with the slope sqrt(n). On normal values it
covers 95 % as Student's t does, on skewed and bounded ones nearly as often as the studentised
bootstrap, which resamples and whose bounds explode where values are nearly equal
(`stats.coverage` measures them).

Reference: Hall (1992), J. R. Stat. Soc. B 54:221, the cubic transformation; Zhou & Dinh (2005),
Biostatistics 6:187, which compare it with others. Normal quantiles in the papers, t's here.
"""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError

Array = NDArray[np.float64]

NAN = float("nan")
Range = tuple[float, float]
ANY: Range = (-float("inf"), float("inf"))
SHARE: Range = (0.0, 1.0)  #: in which accuracies and entropies are, and their means
CHANGE: Range = (-1.0, 1.0)  #: in which differences of these are
#: a sentence for pages
METHOD = (
    "Intervals of means are 95 %, Student's t corrected for skewness (Hall 1992), cut at what such "
    "a mean can be, 0 and 1 for an accuracy; p is of the same test, which further out goes on as "
    "Student's t does, and is corrected for its family"
)


def range_of(score: str) -> Range:
    """Between what a score, and hence its mean, can be, by its name: 0 and 1 for an accuracy."""
    if score.endswith(("accuracy", "entropy", "calibration_error", "finished")):
        return SHARE
    return (0.0, ANY[1]) if score.endswith("log_loss") else ANY


def wilson(
    mean: ArrayLike, num_samples: ArrayLike, confidence: float = 0.95
) -> tuple[Array, Array]:
    """Wilson's score interval of a share; low and high, shaped like mean.

    ``(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)``, p the mean of n outcomes in 0..1, z
    the normal quantile. Shared credits (ties) vary less than 0s and 1s of the same mean, so with
    ties it errs on the wide side.

    Reference: Wilson (1927), J. Am. Stat. Assoc. 22:209.
    """
    p, n = np.asarray(mean, float), np.asarray(num_samples, float)
    z2 = NormalDist().inv_cdf(0.5 + confidence / 2) ** 2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    return centre - half, centre + half


class Interval(NamedTuple):
    """A mean with its confidence interval."""

    mean: float
    low: float
    high: float
    num_values: int


def values_of(values: ArrayLike, name: str = "values") -> Array:
    """The values as a float64 array (n,); InputError unless there are some and all are finite."""
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) == 0 or not np.isfinite(values).all():
        raise InputError(
            f"{name} of shape {values.shape}, {np.isfinite(values).sum()} finite: give one or more"
            " finite numbers in a list"
        )
    return values


def mean_interval(values: ArrayLike, confidence: float = 0.95, within: Range = ANY) -> Interval:
    """Mean of independent values (n,), one per seed, and its interval; bounds nan for one value.

    Where all are equal (to 12 digits) the bounds are the mean itself: their spread is unknown.
    InputError unless there are values and all are finite.
    """
    values = values_of(values)
    if not 0 < confidence < 1:
        raise InputError(f"confidence {confidence}: give a number between 0 and 1")
    mean, low, high = mean_intervals(values, confidence, within)
    return Interval(float(mean), float(low), float(high), len(values))


def known_interval(values: ArrayLike, confidence: float = 0.95, within: Range = ANY) -> Interval:
    """`mean_interval` of those of the values (n,) that are finite; all nan where none is."""
    values = np.asarray(values, dtype=float)
    known = values[np.isfinite(values)]
    return mean_interval(known, confidence, within) if len(known) else Interval(NAN, NAN, NAN, 0)


def mean_intervals(values: ArrayLike, confidence: float = 0.95, within: Range = ANY) -> Array:
    """`known_interval` along the last axis: values (…, n_seed) -> mean, low and high, (3, …).

    within : the least and the greatest that such a mean can be. Bounds are cut there: no mean lies
    in what is cut off, so as many intervals hold it as before.
    """
    from scipy.special import stdtrit

    n, mean, deviation, skewness = _moments(values)
    quantiles = (0.5 + confidence * np.array([-0.5, 0.5])).reshape(2, *(1,) * n.ndim)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = stdtrit(np.maximum(n - 1, 1), quantiles)
        most = stdtrit(np.maximum(n - 1, 1), 0.975)
        inside = np.clip(t, -most, most)
        u = _inverse(inside / np.sqrt(n), skewness, n) + (t - inside) / np.sqrt(n)
        high, low = mean - deviation * u
    known = np.where(n > 1, 0.0, NAN)
    low, high = np.maximum(low + known, within[0]), np.minimum(high + known, within[1])
    return np.array([mean, low, high])


def mean_p(values: ArrayLike, value: float = 0.0) -> float:
    """Two-sided p that the mean of values (n,) is `value`; of the same test as `mean_interval`.

    nan for a single value. Where all are equal (to 12 digits) their spread is unknown: p is 1 if
    they are `value`, else 2^(1-n), the least that their signs alone could give.
    """
    from scipy.special import stdtr, stdtrit

    values = values_of(values)
    n = len(values)
    if n == 1:
        return NAN
    _, mean, deviation, skewness = _moments(values)
    if deviation == 0:
        return (
            1.0
            if abs(mean - value) <= 1e-12 * np.maximum(abs(mean), abs(value))
            else 2.0 ** (1 - n)
        )
    u = (mean - value) / deviation
    most = stdtrit(n - 1, 0.975) / np.sqrt(n)
    inside = np.clip(u, *_inverse(np.array([-most, most]), skewness, np.array(n)))
    cubic = inside + skewness * inside**2 / 3 + skewness**2 * inside**3 / 27 + skewness / (6 * n)
    return float(2 * stdtr(n - 1, -np.sqrt(n) * abs(cubic + u - inside)))


def mean_band(
    values: ArrayLike, confidence: float = 0.95, within: Range = ANY
) -> tuple[Array, Array, Array]:
    """Mean over seeds of curves, and the interval at each of their points: three arrays (…).

    values (n_seed, …). nan where a value is, and for the bounds of a single seed.
    """
    values = np.asarray(values, dtype=float)
    mean, low, high = mean_intervals(np.moveaxis(values, 0, -1), confidence, within)
    unknown = np.where(np.isfinite(values).all(axis=0), 0.0, NAN)
    return mean + unknown, low + unknown, high + unknown


def mean_bands(values: ArrayLike, confidence: float = 0.95, within: Range = ANY) -> Array:
    """`mean_band` of each arm: mean, low and high, (3, n_arm, n_block).

    values (n_arm, n_seed, n_block).
    """
    bands = [mean_band(of_arm, confidence, within) for of_arm in np.asarray(values)]
    return np.array(bands).swapaxes(0, 1)


def _moments(values: ArrayLike) -> tuple[Array, Array, Array, Array]:
    """n, mean, standard deviation and skewness of the finite ones along the last axis.

    The deviation is 0 where all are equal to 12 digits, the skewness 0 for less than three.
    """
    values = np.asarray(values, dtype=float)
    known = np.isfinite(values)
    n = known.sum(axis=-1).astype(float)
    filled = np.where(known, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.sum(axis=-1) / n
        away = np.where(known, values - mean[..., np.newaxis], 0.0)
        equal = np.abs(away).max(axis=-1, initial=0) <= 1e-12 * np.abs(filled).max(-1, initial=0)
        away = np.where(equal[..., np.newaxis], 0.0, away)
        square = (away**2).sum(axis=-1)
        skewness = (away**3).sum(axis=-1) / n / (square / n) ** 1.5
        deviation = np.sqrt(square / (n - 1))
    usual = (n > 2) & (square > 0)
    return n, mean, deviation, np.where(usual, skewness, 0.0)


def _inverse(t: Array, skewness: Array, n: Array) -> Array:
    """u of which the cubic of this module, over sqrt(n), is t."""
    g = np.where(np.abs(skewness) < 1e-7, 1.0, skewness)  # at 0 it is t
    return np.where(g == skewness, 3 * (np.cbrt(1 + g * (t - g / (6 * n))) - 1) / g, t)
