"""A function on which gradient descent passes d saddles, each a factor slower than the one before.

"Gradient descent can take exponential time to escape saddle points" (Du, Jin, Lee, Jordan, Póczos &
Singh, NeurIPS 2017). A tube leads from saddle to saddle: at saddle n the coordinates before n are
at 4τ and the others at 0; it is left along ±x_n (curvature −2γ) while all later coordinates shrink
(curvature 2L), so the next one takes longer to grow.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.checks import real_number, whole_number
from spikesampler.errors import InputError
from spikesampler.landscape.cases import Euclidean

__all__ = ["Octopus"]

Array = NDArray[np.float64]


class _Regime(NamedTuple):
    """Where on the tube a point is.

    size : |x|, (…, d). now : (…, 1), the first coordinate that is below 2τ, d where there is none.
    here, beyond : (…, 1), |x| of that coordinate and of the next one, 0 beyond the last.
    """

    size: Array
    now: NDArray[np.integer]
    here: Array
    beyond: Array


class Octopus(Euclidean):
    """The octopus function of d coordinates, even in each, where the paper gives a formula.

    With i the first coordinate whose |x_i| < 2τ, written for positive x,

        f = Σ_{j<i} L(x_j−4τ)² + g₁(x_i) + g₂(x_i) x_{i+1}² + Σ_{j>i+1} L x_j² − (i−1)ν
        g₁ = −γx²,  g₂ = L                                              for x ≤ τ
        g₁ = −γx² + (10γ−14L)/(3τ)·(x−τ)³ + (5L−3γ)/(2τ²)·(x−τ)⁴        for τ ≤ x ≤ 2τ
        g₂ = −γ − (L+γ)(10u³ + 15u⁴ + 6u⁵),  u = (x−2τ)/τ               for τ ≤ x ≤ 2τ
        ν = 4Lτ² − g₁(2τ)

    and −dν + Σ L(x_j−4τ)² beyond the last saddle. f has continuous second derivatives; its saddles
    have escape curvature 2γ, its 2^d minima are at ±4τ. Defined where |x_j| ≤ 6τ for j < i and
    |x_j| ≤ τ for j > i: elsewhere `inside` is False, and value, gradient and hessian_vector raise
    InputError.

    d : number of coordinates, and of saddles
    tau, L, gamma : positive; their defaults e, e and 1 are a choice
    """

    def __init__(self, d: int, *, tau: float = np.e, L: float = np.e, gamma: float = 1.0) -> None:
        self.d, self.tau = whole_number("d", d, 1), real_number("tau", tau)
        self.L, self.gamma = real_number("L", L), real_number("gamma", gamma)
        self.shape, self.dimension = (self.d,), self.d
        self.nu = 4 * self.L * self.tau**2 - float(self._along(2 * self.tau)[0])

    def passed(self, x: Any) -> NDArray[np.integer]:
        """Number of saddles that a point has left behind, (…,): leading coordinates |x_j| ≥ 2τ."""
        return np.cumprod(np.abs(x) >= 2 * self.tau, axis=-1).sum(axis=-1)

    def growth(self, step_size: float) -> float:
        """By what factor gradient descent takes longer for each saddle than for the one before.

        1 − log(1−2ηL)/log(1+2ηγ): the number of steps in which x_i grows is the one in which
        x_{i+1} shrinks. (L+γ)/γ in the limit η → 0. Raises InputError unless 0 < η < 1/(2L).
        """
        bound = 1 / (2 * self.L)
        if real_number("step_size", step_size) >= bound:
            raise InputError(
                f"step_size={step_size}: expected less than 1/(2L) = {bound:.4g}; give a smaller"
                " one"
            )
        return float(1 - np.log1p(-2 * step_size * self.L) / np.log1p(2 * step_size * self.gamma))

    def inside(self, x: Any) -> NDArray[np.bool_]:
        """Whether the paper gives a formula at points (…, d): (…,)."""
        regime, tau = self._regime(np.asarray(x, float)), self.tau
        j = np.arange(self.d)
        limit = np.where(j < regime.now, 6 * tau, np.where(j > regime.now, tau, 2 * tau))
        return np.asarray((regime.size <= limit).all(axis=-1))

    def value(self, x: Any) -> Array:
        """f at points (…, d): (…,); InputError outside, as for the derivatives."""
        self._check(x)
        size, now, here, beyond = self._regime(x)
        j, (g1, *_), (g2, *_) = np.arange(self.d), self._along(here), self._across(here)
        terms = np.where(j < now, (size - 4 * self.tau) ** 2, np.where(j > now + 1, size**2, 0))
        return self.L * terms.sum(axis=-1) + (g1 + g2 * beyond**2 - now * self.nu)[..., 0]

    def gradient(self, x: Any) -> Array:
        """Gradient at points (…, d): (…, d)."""
        self._check(x)
        size, now, here, beyond = self._regime(x)
        j, (_, slope, _), (g2, tilt, _) = np.arange(self.d), self._along(here), self._across(here)
        bowl = 2 * self.L * np.where(j < now, size - 4 * self.tau, size)
        second = np.where(j == now + 1, 2 * g2 * beyond, bowl)
        return np.sign(x) * np.where(j == now, slope + tilt * beyond**2, second)

    def hessian_vector(self, x: Any, v: Any) -> Array:
        """The Hessian at x times v, both (…, d): (…, d)."""
        self._check(x)
        _, now, here, beyond = self._regime(x)
        (_, _, bend), (g2, tilt, twist) = self._along(here), self._across(here)
        first, second = np.arange(self.d) == now, np.arange(self.d) == now + 1
        diagonal = np.where(first, bend + twist * beyond**2, np.where(second, 2 * g2, 2 * self.L))
        signed = np.sign(x) * v
        other = np.where(first, (signed * second).sum(axis=-1, keepdims=True), 0)
        other = other + np.where(second, (signed * first).sum(axis=-1, keepdims=True), 0)
        return diagonal * v + np.sign(x) * 2 * tilt * beyond * other

    def _regime(self, x: Any) -> _Regime:
        size = np.abs(x)
        now = self.passed(x)[..., np.newaxis]
        padded = np.concatenate([size, np.zeros((*size.shape[:-1], 2))], axis=-1)
        here, beyond = (np.take_along_axis(padded, now + n, -1) for n in (0, 1))
        return _Regime(size, now, here, beyond)

    def _along(self, x: Any) -> tuple[Array, Array, Array]:
        """g₁ with two derivatives; both formulas in one, as the second's terms vanish up to τ."""
        tau, over = self.tau, np.maximum(x - self.tau, 0)
        third = (10 * self.gamma - 14 * self.L) / (3 * tau)
        fourth = (5 * self.L - 3 * self.gamma) / (2 * tau**2)
        return (
            -self.gamma * x**2 + third * over**3 + fourth * over**4,
            -2 * self.gamma * x + 3 * third * over**2 + 4 * fourth * over**3,
            -2 * self.gamma + 6 * third * over + 12 * fourth * over**2,
        )

    def _across(self, x: Any) -> tuple[Array, Array, Array]:
        """g₂ with its first and second derivative; L up to τ."""
        u, scale = np.clip(x / self.tau - 2, -1, 0), self.L + self.gamma
        return (
            -self.gamma - scale * u**3 * (10 + 15 * u + 6 * u**2),
            -scale * 30 * u**2 * (1 + u) ** 2 / self.tau,
            -scale * 60 * u * (1 + u) * (1 + 2 * u) / self.tau**2,
        )

    def _check(self, x: Any) -> None:
        inside = self.inside(x)
        if not inside.all():
            raise InputError(
                f"{np.sum(~inside)} of {inside.size} points lie where the octopus function has no "
                "formula: leave out those for which `inside` is False"
            )
