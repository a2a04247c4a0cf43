"""Bootstrap intervals written down again, from their papers: what tests compare with."""

import numpy as np
from scipy.stats import norm

RESAMPLES = 9_999  #: of the intervals of `spikesampler.stats`


def bca_shares(values, below, confidence=0.95):
    """The two quantiles of the resampled means that Efron's BCa takes (1987, Eq. (2.2)).

    below : share of resampled means below the mean. z0 is its normal quantile; the acceleration is
    sum d^3 / 6 (sum d^2)^1.5, d the deviations of the jackknife's means from their own mean.
    """
    jackknife = np.array([np.delete(values, i).mean() for i in range(len(values))])
    away = jackknife.mean() - jackknife
    a, z0 = (away**3).sum() / (6 * (away**2).sum() ** 1.5), norm.ppf(below)
    ends = norm.ppf([(1 - confidence) / 2, (1 + confidence) / 2])
    return norm.cdf(z0 + (z0 + ends) / (1 - a * (z0 + ends)))


def bca(values, confidence=0.95, seed=0):
    """Mean, low and high of values (n,), from the same resamples: equal up to rounding."""
    values = np.asarray(values, float)
    drawn = np.random.default_rng(seed).integers(0, len(values), (RESAMPLES, len(values)))
    means = values[drawn].mean(axis=1)
    below = ((means < values.mean()).mean() + (means <= values.mean()).mean()) / 2
    return values.mean(), *np.quantile(means, bca_shares(values, below, confidence))


def every_mean(values):
    """Means of all n^n resamples of values (n,), sorted."""
    values = np.asarray(values)
    drawn = np.indices((len(values),) * len(values)).reshape(len(values), -1)
    return np.sort(values[drawn].mean(axis=0))


def percentile_band(values, confidence=0.95, seed=0):
    """Mean, low and high over seeds of curves (n_seed, …), from the same 1999 resamples."""
    values = np.asarray(values, float)
    drawn = np.random.default_rng(seed).integers(len(values), size=(1_999, len(values)))
    means = values[drawn].mean(axis=1)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return values.mean(axis=0), low, high
