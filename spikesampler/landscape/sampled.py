r"""The objective, its gradient and Hessian products, as estimated from sampled output spikes.

The network does not know the shares p of its outputs: it sees spikes, each of neuron k with
probability p_k. These are what a `SynapticObjective` becomes when p is known by m spikes of each
pattern only, counts/m in the place of p; the label and the prior are known.

================  ===================================================  ========================
estimate          mean                                                 variance
================  ===================================================  ========================
sampled_value     J                                                    N^2 sum_n Li_2(1 - p_h)
sampled_gradient  grad J                                               N^2 sum_n p_k (1 - p_k)
                                                                       g_ki^2 / m
sampled_hvp       H v; plug-in: its Fisher term times (1 - 1/m)        of order 1/m
================  ===================================================  ========================

With one spike the plug-in Fisher term is 0, whatever the spike: share (1 - share) = 0. That is the
term that Eq. (4) of Fang, Yu & Chen (2018) leaves out, where S_k(t) is read as the share of neuron
k.

In the network itself, output k spikes in a step with probability rho dt p_k, independently of the
others, and so does the teacher, with rho dt h_k: a step's changes have the variance [h (1 - rho dt)
+ p (1 - rho dt p)] rho dt g^2.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import digamma

from spikesampler.errors import InputError
from spikesampler.landscape.objective import Point, SynapticObjective

__all__ = ["sampled_gradient", "sampled_hvp", "sampled_value"]

Array = NDArray[np.float64]


LOWEST = 1e-300  #: share of the label's neuron: T of lower ones is beyond float64


def sampled_value(
    objective: SynapticObjective, theta: ArrayLike, rng: np.random.Generator
) -> float:
    r"""Unbiased estimate of J from the number of spikes it takes until the label's neuron fires.

    .. math:: \log p_h = E\Big[-\sum_{j=1}^{T-1} \frac1j\Big], \qquad P(T = t) = (1 - p_h)^{t-1} p_h

    One T per pattern; the variance of one term is Li_2(1 - p_h), at most pi^2/6. The logarithm of a
    share of spikes has no finite mean.

    Parameters
    ----------
    objective : SynapticObjective.
    theta : (n_output, n_input).
    rng : numpy random generator.

    Raises InputError as the objective's methods do, and where p_h is below `LOWEST`.

    Reference: van Opheusden, Acerbi & Ma (2020), PLoS Comput. Biol. 16(12):e1008483 (inverse
    binomial sampling).
    """
    point = objective.at(theta)
    right = point.probability[np.arange(len(objective.patterns)), objective.labels]
    if right.min() < LOWEST:
        raise InputError(
            f"the label's neuron has a share of {right.min():.3g} in a pattern: expected at least "
            f"{LOWEST:g}, below which it takes too many spikes to count; take the exact value"
        )
    with np.errstate(divide="ignore"):  # p_h = 1: the first spike is the label's
        waits = np.ceil(rng.standard_exponential(len(right)) / -np.log1p(-right))
    harmonic = digamma(np.maximum(waits, 1.0)) + np.euler_gamma
    prior = ((point.theta - objective.mu) ** 2).sum() / (2 * objective.sigma**2)
    return float(-objective.amplification * harmonic.sum() - prior)


def sampled_gradient(
    objective: SynapticObjective, theta: ArrayLike, rng: np.random.Generator, spikes: int = 1
) -> Array:
    r"""Unbiased estimate of the gradient of J from `spikes` output spikes of each pattern.

    .. math::
        \hat\nabla_{ki} = N \sum_n (h_k^n - \hat p_k^n)\, g_{ki}^n - (\theta_{ki} - \mu)/\sigma^2,
        \qquad
        \operatorname{Var} \hat\nabla_{ki}
        = \frac{N^2}{m} \sum_n p_k^n (1 - p_k^n) (g_{ki}^n)^2

    Parameters
    ----------
    objective : SynapticObjective.
    theta : (n_output, n_input).
    rng : numpy random generator.
    spikes : m >= 1, output spikes of each pattern.

    Returns (n_output, n_input). Raises InputError as the objective's methods do, and for another
    number of spikes.

    >>> from spikesampler.landscape.objective import SynapticObjective
    >>> constants = dict(theta_0=3.0, alpha=0.1, mu=0.5, sigma=1.0)
    >>> objective = SynapticObjective([[1.0, 0.5]], [1], 2, **constants)
    >>> theta = np.full((2, 2), 0.5)
    >>> rngs = map(np.random.default_rng, range(1000))
    >>> estimates = [sampled_gradient(objective, theta, rng) for rng in rngs]
    >>> bool(np.allclose(np.mean(estimates, axis=0), objective.gradient(theta), atol=0.01))
    True
    """
    point = objective.at(theta)
    return _first_order(objective, point, _shares(point, rng, _checked(spikes, 1)))[0]


def sampled_hvp(
    objective: SynapticObjective,
    theta: ArrayLike,
    v: ArrayLike,
    rng: np.random.Generator,
    spikes: int = 2,
    correct: bool = True,
) -> Array:
    r"""Estimate of the Hessian of J times v from `spikes` output spikes of each pattern.

    .. math:: \hat H v = \operatorname{diag}(\hat d) v - N \frac{m}{m-1} \sum_n \sum_{kl}
              \hat p_k (\delta_{kl} - \hat p_l)\, g_k\, g_l^T v_l

    E[p̂_k (δ_kl - p̂_l)] = (1 - 1/m) p_k (δ_kl - p_l), so m/(m - 1) makes it unbiased; without it
    the Fisher term is too small by a share of 1/m, and is 0 with one spike.

    Parameters
    ----------
    objective : SynapticObjective.
    theta : (n_output, n_input).
    v : (..., n_output, n_input); the same spikes serve all vectors.
    rng : numpy random generator.
    spikes : m >= 1, output spikes of each pattern; at least 2 where correct is True.
    correct : False for the plug-in estimate, without m/(m - 1).

    Returns an array of v's shape. Raises InputError as the objective's methods do, and for another
    number of spikes.
    """
    spikes = _checked(spikes, 2 if correct else 1)
    (K, I), v = objective.shape, np.asarray(v, dtype=float)
    if v.shape[-2:] != (K, I):
        raise InputError(
            f"v has shape {v.shape}: expected {(K, I)}, that of theta, as its last two"
        )
    point = objective.at(theta)
    shares, many = _shares(point, rng, spikes), v.reshape(-1, K, I)
    factor = spikes / (spikes - 1) if correct else 1.0
    fisher = factor * objective.fisher(point, shares, many)
    return (_first_order(objective, point, shares)[1] * many - fisher).reshape(v.shape)


def _first_order(
    objective: SynapticObjective, point: Point, shares: NDArray
) -> tuple[Array, Array]:
    """Gradient and the Hessian's d, both (n_output, n_input), with these shares for p.

    shares : (n_sample, n_output).
    """
    summed, total = np.zeros(objective.shape), np.zeros(objective.shape[0])
    for part in objective.blocks():
        error = objective.error(shares, part)
        total += error.sum(axis=0)
        summed += error.T @ objective.patterns[part]
    return objective.first_order(point.theta, point.weight, point.intensity, summed, total)


def _shares(point: Point, rng: np.random.Generator, spikes: int) -> Array:
    """Share of each output among `spikes` spikes of each pattern, (n_sample, n_output)."""
    return rng.multinomial(spikes, point.probability) / spikes


def _checked(spikes: Any, low: int) -> int:
    if isinstance(spikes, bool) or not isinstance(spikes, (int, np.integer)) or spikes < low:
        two = ", two to tell how much spikes differ; take more, or correct=False"
        raise InputError(
            f"spikes is {spikes!r}: expected a whole number of at least {low}"
            f"{two if low == 2 else ''}"
        )
    return int(spikes)
