"""What the rule of pairs does, without simulating it: window, drift, spread, stationary weights.

In a step the input's spike comes before the output's, so pairs 0, 1, 2, … steps apart strengthen,
and 1, 2, … steps apart weaken:

    S+ = a+ dt / (1 - exp(-dt/tau+)),    S- = a- dt / (exp(dt/tau-) - 1)

For dt -> 0 these are a+ tau+ and a- tau-. Trains of rates r and s that know nothing of each other
have r s pairs per second for each second of lag, so a weight drifts by r s (S+ - S-) per second.

A weight that gets many small changes between two walls diffuses. Its stationary density is that of
Fokker and Planck, p ~ exp(integral of 2 drift/variance)/variance, with the drift above and, per
second, the variance of the pairs, r s (sum of window^2 dt), plus that of the arm.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Neuron", "Rule", "Stationary", "driven", "stationary", "window"]

Array = NDArray[np.float64]
POINTS = 20_001  #: at which a density is integrated


class Rule(NamedTuple):
    """a_plus, a_minus; tau_plus, tau_minus and dt in s. dt = 0 is continuous time."""

    a_plus: float
    a_minus: float
    tau_plus: float
    tau_minus: float
    dt: float

    def sums(self, power: int = 1) -> tuple[float, float]:
        """(S+, S-) in s; power 2: of the window's squares, for the variance."""
        plus, minus = self.a_plus**power, self.a_minus**power
        fast, slow = self.tau_plus / power, self.tau_minus / power
        if self.dt == 0:
            return plus * fast, minus * slow
        dt = self.dt
        return plus * dt / -np.expm1(-dt / fast), minus * dt / np.expm1(dt / slow)

    @property
    def net(self) -> float:
        """S+ - S- in s; times r s it is the drift per second."""
        plus, minus = self.sums()
        return plus - minus

    @property
    def squares(self) -> float:
        """Sum of the window's squares in s; times r s it is the variance per second of the pairs.

        That pairs share spikes adds r s (r + s) net^2, which is small near balance, and left out.
        """
        plus, minus = self.sums(power=2)
        return plus + minus

    @property
    def balance(self) -> float:
        """a_minus/a_plus at which a weight does not drift."""
        plus, minus = self.sums()
        return plus / self.a_plus / (minus / self.a_minus)


def window(lag: ArrayLike, rule: Rule) -> Array:
    """Change by one pair, the output `lag` s after the input (n,); in one step it strengthens."""
    lag = np.asarray(lag, dtype=float)
    up = rule.a_plus * np.exp(-np.abs(lag) / rule.tau_plus)
    down = rule.a_minus * np.exp(-np.abs(lag) / rule.tau_minus)
    return np.where(lag > -rule.dt / 2, up, -down)


class Stationary(NamedTuple):
    """A density of weights on `weight` (n,), and its integral up to there."""

    weight: Array
    density: Array
    below: Array

    @property
    def mean(self) -> float:
        """Mean weight."""
        return float(np.trapezoid(self.weight * self.density, self.weight))

    @property
    def sd(self) -> float:
        """Standard deviation of the weights."""
        square = np.trapezoid((self.weight - self.mean) ** 2 * self.density, self.weight)
        return float(np.sqrt(square))

    def distance(self, values: ArrayLike) -> float:
        """Of Kolmogorov and Smirnov, from this law to values (n,)."""
        ordered = np.sort(np.ravel(np.asarray(values, dtype=float)))
        at = np.interp(ordered, self.weight, self.below)
        steps = np.arange(len(ordered) + 1) / len(ordered)
        return float(max((steps[1:] - at).max(), (at - steps[:-1]).max()))


def stationary(
    drift: float, constant: float, growing: float = 0.0, rising: float = 0.0
) -> Stationary:
    """Where weights are between walls at 0 and 1, in the long run.

    constant, growing : the variance per second is constant + growing w. drift, rising : the drift
    per second is drift + rising w.
    """
    w = np.linspace(0.0, 1.0, POINTS)
    variance = constant + growing * w
    if growing:
        log = 2 * drift / growing * np.log(variance / constant)
        log += 2 * rising / growing * (w - constant / growing * np.log(variance / constant))
    else:
        log = (2 * drift * w + rising * w**2) / constant
    log -= np.log(variance)
    density = np.exp(log - log.max())
    steps = np.diff(w) * (density[1:] + density[:-1]) / 2
    below = np.concatenate([[0.0], np.cumsum(steps)])
    return Stationary(w, density / below[-1], below / below[-1])


class Neuron(NamedTuple):
    """Outputs of rate rate_0 + gain sum(w x), Hz, of num_inputs inputs of the rate rate_in, Hz."""

    rate_0: float
    gain: float
    tau_m: float
    num_inputs: int
    rate_in: float

    def rate(self, mean_weight: float, dt: float) -> float:
        """Of an output, Hz; x as it is at the end of a step of dt s, when it is looked at."""
        x = self.rate_in * dt / np.expm1(dt / self.tau_m)
        return self.rate_0 + self.gain * self.num_inputs * mean_weight * x


def driven(rule: Rule, neuron: Neuron, constant: float = 0.0) -> tuple[Stationary, float]:
    """Where weights are that drive their output, and its rate in Hz.

    An input's spike makes its output fire more, by gain w exp(-lag/tau_m), which adds pairs in the
    order that strengthens: the drift grows with w, by r a+ gain sum(exp(-lag/tau_m - lag/tau+) dt)
    (Kempter et al. 1999). It falls with the output's rate, which depends on the mean weight: both
    have to agree. constant : variance per second of the arm.
    """
    pairs = 1 / neuron.tau_m + 1 / rule.tau_plus
    rising = neuron.rate_in * rule.a_plus * neuron.gain * rule.dt / np.expm1(rule.dt * pairs)

    def law(mean: float) -> tuple[Stationary, float]:
        rate = neuron.rate(mean, rule.dt)
        both = neuron.rate_in * rate
        return stationary(both * rule.net, both * rule.squares + constant, rising=rising), rate

    low, high = 0.0, 1.0  # a larger mean makes outputs fire more, and weights smaller
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if law(middle)[0].mean > middle else (low, middle)
    return law(low)
