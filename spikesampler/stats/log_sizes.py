"""Sizes of synapses whose logarithm is a sum of Ornstein-Uhlenbeck processes, fast and slow.

log w = m + sum_j x_j, dx_j = -x_j/tau_j dt + sqrt(2 v_j/tau_j) dW_j: w is log-normal, and the
autocorrelation of log w is a sum of exponentials, weighted with the variances v_j. All of it is
normal, so that who is above a threshold in several sessions is a probability of a quadrant.

Reference: Loewenstein, Kuras & Rumpel (2011), J. Neurosci. 31(26):9481.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError

__all__ = ["LogSizes"]

Array = NDArray[np.float64]
MOST = 12  #: sessions of which the probability of a quadrant is computed


@dataclass(frozen=True)
class LogSizes:
    """mean : of log w. variances, times : of each process, the latter in s.

    Raises InputError where these are none.
    """

    mean: float
    variances: Sequence[float]
    times: Sequence[float]

    def __post_init__(self) -> None:
        fits = len(self.variances) == len(self.times) > 0
        if not fits or min(self.variances) < 0 or min(self.times) <= 0 or not self.variance > 0:
            raise InputError(
                f"variances {self.variances} and times {self.times}: expected as many of both, none"
                " below 0, and times above 0"
            )

    @property
    def variance(self) -> float:
        """Of log w."""
        return float(sum(self.variances))

    @property
    def mean_size(self) -> float:
        """Of w: exp(m + v/2)."""
        return float(np.exp(self.mean + self.variance / 2))

    def below(self, w: ArrayLike) -> Array:
        """Distribution function of w, 0 up to 0."""
        from scipy.stats import lognorm

        return lognorm.cdf(w, np.sqrt(self.variance), scale=np.exp(self.mean))

    def density(self, w: ArrayLike) -> Array:
        """Density of w, in 1 over its unit."""
        from scipy.stats import lognorm

        return lognorm.pdf(w, np.sqrt(self.variance), scale=np.exp(self.mean))

    def autocorrelation(self, lag: ArrayLike) -> Array:
        """Of log w at lags in s."""
        lag = np.asarray(lag, dtype=float)
        parts = [v * np.exp(-lag / tau) for v, tau in zip(self.variances, self.times)]
        return np.sum(parts, axis=0) / self.variance

    def staying(self, above: float, apart: float, sessions: int) -> Array:
        """Of synapses above a size, the share that was so in each of so many sessions until each,
        `apart` s from each other: (sessions,), 1 at first. At most MOST sessions.
        """
        from scipy.stats import multivariate_normal

        if not 2 <= sessions <= MOST:
            raise InputError(f"sessions={sessions}: expected 2 to {MOST}")
        when = apart * np.arange(sessions)
        correlation = self.autocorrelation(np.abs(np.subtract.outer(when, when)))
        bound = (self.mean - np.log(above)) / np.sqrt(self.variance)
        there = [
            multivariate_normal.cdf(
                np.full(number, bound), cov=correlation[:number, :number], abseps=1e-6,
                releps=1e-6, maxpts=200_000, allow_singular=True, rng=0,
            )
            for number in range(1, sessions + 1)
        ]  # fmt: skip
        return np.array(there) / there[0]

    def turnover(self, above: float, apart: float) -> float:
        """Expected share of synapses that come or go from a session to the next."""
        return float(1 - self.staying(above, apart, 2)[1])
