"""Kesten's process: sizes that lose a part of themselves, and the larger ones fluctuate by more.
Its laws, exactly or by quadrature.

dw = (c - a w) dt + sqrt(s_m w^2 + s_a) dW in Ito's sense, s_m and s_a being the variances per
second of the noise that is multiplied and of that which is added. In steps of h,

    w(t + h) = w + (c - a w) h + sqrt((s_m w^2 + s_a) h) xi,

which is what a simulation does; laws of that are given, too, where they are known.

References: Kesten (1973), Acta Math. 131:207; Statman et al. (2014), PLoS Comput. Biol.
10(10):e1003846; Hazan & Ziv (2020), J. Neurosci. 40(14):2828.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError

__all__ = ["Kesten", "KestenLaw"]

Array = NDArray[np.float64]
POINTS = 4001  #: of the grid on which densities are added up
CELLS = 800  #: of sizes, where synapses are followed from step to step
LONG = 1 << 14  #: steps after which the law of the chain is stationary
TAIL = 1e-9  #: of the probability, that is left out at either end of that grid


class KestenLaw(NamedTuple):
    """Parameters of the process: a, s_m and s_a per second, c per second in the unit of w."""

    a: float
    c: float
    s_m: float
    s_a: float


class Kesten:
    """The laws of a process; h : its step in s, 0 for continuous time.

    Raises InputError for parameters that have no stationary law.
    """

    def __init__(self, law: KestenLaw, h: float = 0.0) -> None:
        if not (law.a > 0 and law.s_m >= 0 and law.s_a > 0):
            raise InputError(f"{law}: expected a > 0, s_m >= 0 and s_a > 0")
        if not 0 <= h * law.a < 1:
            raise InputError(f"h={h:g} s: expected a step from 0 to below 1/a = {1 / law.a:g} s")
        self.law, self.h = law, h

    @property
    def mean(self) -> float:
        """Stationary mean, c/a, in steps of any length."""
        return self.law.c / self.law.a

    @property
    def variance(self) -> float:
        """Stationary variance, inf where the tail is too heavy to have one."""
        a, _, s_m, s_a = self.law
        pull = 2 * a - a * a * self.h - s_m
        return (s_m * self.mean**2 + s_a) / pull if pull > 0 else np.inf

    @property
    def tail(self) -> float:
        """The density falls as |w| to the power of minus this; inf without multiplied noise."""
        return 2 + 2 * self.law.a / self.law.s_m if self.law.s_m > 0 else np.inf

    def autocorrelation(self, lag: ArrayLike) -> Array:
        """Of w at lags in s: the noise has no say in it; where there is a variance."""
        lag = np.asarray(lag, dtype=float)
        if self.h == 0:
            return np.exp(-self.law.a * lag)
        return (1 - self.law.a * self.h) ** (lag / self.h)

    def density(self, w: ArrayLike) -> Array:
        """Stationary density of continuous time at w, in 1 over its unit."""
        return np.exp(self._log_density(np.asarray(w, dtype=float)) - self._scale)

    def below(self, w: ArrayLike) -> Array:
        """Its distribution function at w."""
        return np.interp(np.asarray(w, dtype=float), *self._table)

    def quantile(self, share: ArrayLike) -> Array:
        """w below which a share of the sizes is."""
        points, below = self._table
        return np.interp(np.asarray(share, dtype=float), below, points)

    def staying(self, above: float, steps: int, sessions: int) -> Array:
        """Of synapses above a threshold, the share that was so in each of so many sessions until
        each, `steps` steps of h apart: (sessions,), 1 at first. They begin with the stationary law.

        The sizes are a Markov chain, whose steps are normal: its kernel is added up on a grid.
        """
        if self.h == 0:
            raise InputError("staying needs a step: Kesten(law, h=…)")
        kernel, mass, there = self._chain(above)
        apart = np.linalg.matrix_power(kernel, steps)
        mass = np.where(there, mass, 0.0)
        left = [mass.sum()]
        for _ in range(sessions - 1):
            mass = np.where(there, mass @ apart, 0.0)
            left.append(mass.sum())
        return np.array(left) / left[0]

    def turnover(self, above: float, steps: int) -> float:
        """Expected share of synapses that come or go from a session to the next, `steps` later."""
        return float(1 - self.staying(above, steps, 2)[1])

    def _chain(self, above: float) -> tuple[Array, Array, Array]:
        """Chance to go from each cell of sizes to each in a step (n, n), the chance to be there in
        the long run (n,), and which cells are above a threshold, one of their borders.
        """
        from scipy.stats import norm

        a, c, s_m, s_a = self.law
        low, high = self.quantile([1e-5, 1 - 1e-5])
        width = (self.quantile(0.75) - self.quantile(0.25)) / 2
        reach = np.arcsinh(np.array([low - above, high - above]) / width)
        below, over = (max(round(CELLS * abs(end) / np.ptp(reach)), 2) for end in reach)
        ends = np.concatenate([np.linspace(reach[0], 0, below), np.linspace(0, reach[1], over)[1:]])
        borders = above + width * np.sinh(ends)
        w = (borders[1:] + borders[:-1]) / 2
        mean, sd = w + (c - a * w) * self.h, np.sqrt((s_m * w**2 + s_a) * self.h)
        borders[[0, -1]] = -np.inf, np.inf  # what leaves the grid stays in its last cell
        up_to = norm.cdf((borders - mean[:, np.newaxis]) / sd[:, np.newaxis])
        kernel = np.diff(up_to, axis=1)
        mass = np.linalg.matrix_power(kernel, LONG).mean(axis=0)
        return kernel, mass / mass.sum(), w > above

    def _log_density(self, w: Array) -> Array:
        """But for a constant."""
        a, c, s_m, s_a = self.law
        if s_m == 0:
            return -a * (w - c / a) ** 2 / s_a
        ratio = np.sqrt(s_m / s_a)
        power = -(1 + a / s_m) * np.log1p((ratio * w) ** 2)
        return power + 2 * c / np.sqrt(s_m * s_a) * np.arctan(ratio * w)

    @cached_property
    def _scale(self) -> float:
        """Logarithm of the integral of exp(_log_density)."""
        grid = self._grid()
        logs = self._log_density(grid)
        top = float(logs.max())
        return top + float(np.log(np.trapezoid(np.exp(logs - top), grid)))

    @cached_property
    def _table(self) -> tuple[Array, Array]:
        """Sizes in order, and the distribution function there."""
        grid = self._grid()
        density = np.exp(self._log_density(grid) - self._scale)
        parts = np.diff(grid) * (density[1:] + density[:-1]) / 2
        below = np.concatenate([[0.0], np.cumsum(parts)])
        return grid, below / below[-1]

    def _grid(self) -> Array:
        """Sizes that are dense where the density is, and reach far where its tails do."""
        a, c, s_m, s_a = self.law
        mode = c / (a + s_m)
        width = np.sqrt((s_m * mode**2 + s_a) / (2 * a))
        power = min(self.tail - 1, 40.0)  # of the distribution function in the tails
        reach = 40.0 + TAIL ** (-1 / power)
        side = np.sinh(np.linspace(0, np.arcsinh(reach), POINTS))
        return mode + width * np.concatenate([-side[:0:-1], side])
