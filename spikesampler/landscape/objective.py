"""The objective that supervised synaptic sampling climbs, its gradient and Hessian products, exact.

With a PSP vector x per pattern, w = exp(theta - theta_0), intensity = alpha e^w, a_k = sum_i (w_ki
x_i - intensity_ki), p = softmax(a), h the label as one-hot:

    J(theta)  = N sum_n log p_h(x^n) - sum (theta_ki - mu)^2 / (2 sigma^2)          (maximised)
    g^n_ki    = w_ki (x_i^n - intensity_ki)
    grad_ki   = N sum_n (h_k^n - p_k^n) g^n_ki - (theta_ki - mu)/sigma^2
    H         = diag(d) - N sum_n sum_kl p_k (delta_kl - p_l) g^n_k (g^n_l)^T
    d_ki      = -1/sigma^2 + N sum_n (h_k^n - p_k^n) (g^n_ki - w_ki^2 intensity_ki)

N (`amplification`) is how often each pattern counts. Every pass reads the patterns once, in blocks
that stay in the cache, and takes O(n_sample n_output n_input) time and O(n_sample n_output +
n_output n_input) memory.

Reference: Fang, Yu & Chen (2018), Eqs. (2) and (4); H, the likelihood and the Fisher term are
derived.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.checks import finite_number, real_number, whole_number
from spikesampler.errors import InputError
from spikesampler.landscape.criterion import Criterion, curvature, trace_criterion

__all__ = ["Criterion", "SynapticObjective"]

Array = NDArray[np.float64]

#: patterns at a time: half a megabyte for 1000 inputs, which stays in the cache for both products
BLOCK = 64


class Point(NamedTuple):
    """What a pass over the patterns leaves of one theta.

    All (K, I) but probability (n_sample, K) and value; diagonal is d.
    """

    theta: Array
    weight: Array
    intensity: Array
    probability: Array
    value: float
    gradient: Array
    diagonal: Array


def _checked_labels(patterns: Array, labels: ArrayLike, n_outputs: int) -> NDArray[np.intp]:
    """The labels of these patterns, or InputError where patterns or labels are no such."""
    labels = np.asarray(labels)
    if patterns.ndim != 2 or 0 in patterns.shape:
        raise InputError(
            f"patterns of shape {patterns.shape}: expected (n_sample, n_input), neither of them 0;"
            " give a PSP vector per sample"
        )
    if labels.shape != patterns.shape[:1] or labels.dtype.kind not in "iu":
        raise InputError(
            f"labels of shape {labels.shape} and type {labels.dtype}: expected ({len(patterns)},)"
            " whole numbers, one per pattern"
        )
    if labels.min() < 0 or labels.max() >= n_outputs:
        raise InputError(
            f"labels from {labels.min()} to {labels.max()} for {n_outputs} outputs: expected labels"
            f" from 0 to {n_outputs - 1}; number the classes so, or give more outputs"
        )
    if not np.isfinite(patterns).all():
        raise InputError(
            "patterns are not finite: expected finite PSP values; leave those samples out"
        )
    return labels.astype(np.intp)


class SynapticObjective:
    """J of synaptic sampling for given patterns, to be maximised over theta.

    Parameters
    ----------
    patterns : (n_sample, n_input), PSP vectors: snapshots, or the mean of each sample
        (`stimuli.psp`).
    labels : (n_sample,) int, 0 .. n_output - 1.
    n_outputs : K.
    theta_0, alpha, mu, sigma : offset of theta, constant of the intensity, mean and standard
        deviation of the prior.
    amplification : how often each pattern counts. The network's own objective, whose gradient times
        b is the drift of theta, has N rho * 1 s patterns in all: amplification = N rho * 1 s /
        n_sample.

    Methods take theta (K, I) and raise InputError where it has another shape, is not finite, or is
    so large that e^w overflows. The last theta is remembered, so that many products at one theta
    cost one pass each.

    >>> constants = dict(theta_0=3.0, alpha=0.1, mu=0.5, sigma=1.0)
    >>> objective = SynapticObjective([[1.0, 0.5]], [1], 2, **constants)
    >>> float(objective.value([[0.5, 0.5], [0.5, 0.5]]))
    -0.6931471805599453
    """

    def __init__(
        self,
        patterns: ArrayLike,
        labels: ArrayLike,
        n_outputs: int,
        *,
        theta_0: float,
        alpha: float,
        mu: float,
        sigma: float,
        amplification: float = 1.0,
    ) -> None:
        # a copy: what is remembered must stay true
        self.patterns = np.array(patterns, dtype=float, order="C")
        self.labels = _checked_labels(
            self.patterns, labels, whole_number("n_outputs", n_outputs, 2)
        )
        self.alpha, self.sigma = real_number("alpha", alpha), real_number("sigma", sigma)
        self.theta_0, self.mu = finite_number("theta_0", theta_0), finite_number("mu", mu)
        self.amplification = real_number("amplification", amplification)
        self.shape = (int(n_outputs), self.patterns.shape[1])
        self._point: Point | None = None

    @property
    def dimension(self) -> int:
        """Number of synapses, n_output * n_input."""
        return self.shape[0] * self.shape[1]

    @property
    def effective_patterns(self) -> float:
        """n_sample times the amplification."""
        return len(self.patterns) * self.amplification

    def check(self, theta: ArrayLike) -> Array:
        """theta as a float64 array (n_output, n_input), or InputError."""
        theta = np.asarray(theta, dtype=float)
        if theta.shape != self.shape:
            raise InputError(
                f"theta has shape {theta.shape}: expected {self.shape}, the outputs and the inputs"
                " of the patterns; give theta and patterns of one network"
            )
        if not np.isfinite(theta).all():
            raise InputError(
                f"theta has {np.count_nonzero(~np.isfinite(theta))} values that are not finite:"
                " expected finite numbers only; look where it comes from"
            )
        bound = self.theta_0 + np.log(np.log(np.finfo(float).max))
        if theta.max() > bound:
            raise InputError(
                f"theta reaches {theta.max():.6g}, where e^w overflows: expected at most"
                f" {bound:.4f} = theta_0 + {bound - self.theta_0:.4f}; clip theta (the model holds"
                " alpha e^w below intensity_max)"
            )
        return theta

    def value(self, theta: ArrayLike) -> float:
        """J(theta), a float."""
        return self.at(theta).value

    def gradient(self, theta: ArrayLike) -> Array:
        """Gradient of J, (n_output, n_input)."""
        return self.at(theta).gradient.copy()

    def hvp(self, theta: ArrayLike, v: ArrayLike) -> Array:
        """Hessian of J times v, shaped like v: (..., n_output, n_input), or flat, (dimension,)."""
        v = np.asarray(v, dtype=float)
        if v.shape == (self.dimension,):
            return self.hvp(theta, v.reshape(self.shape)).ravel()
        if v.shape[-2:] != self.shape or not np.isfinite(v).all():
            raise InputError(
                f"v has shape {v.shape}: expected {self.shape}, that of theta, and finite numbers"
            )
        point, many = self.at(theta), v.reshape(-1, *self.shape)
        product = point.diagonal * many - self.fisher(point, point.probability, many)
        return product.reshape(v.shape)

    def fisher(self, point: Point, shares: Array, many: Array) -> Array:
        """The Fisher term of vectors, N sum_n sum_kl s_k (delta_kl - s_l) g_k g_l^T v_l.

        many : v, (n_vector, n_output, n_input). shares : s, (n_sample, n_output): the
        probabilities, or shares of sampled spikes (`sampled`).
        """
        K, I = self.shape
        moved = point.weight * many
        rows, shift = moved.reshape(-1, I), (moved * point.intensity).sum(axis=2)
        summed, total = np.zeros_like(rows), np.zeros(shift.shape)
        for part in self.blocks():
            x, p = self.patterns[part], shares[part, np.newaxis]
            # g_k . v_k of each pattern and vector
            along = (x @ rows.T).reshape(len(x), -1, K) - shift
            spread = p * (along - (p * along).sum(axis=2, keepdims=True))
            total += spread.sum(axis=0)
            summed += spread.reshape(len(x), -1).T @ x
        summed = summed.reshape(many.shape) - point.intensity * total[..., np.newaxis]
        return self.amplification * (point.weight * summed)

    def hessian(self, theta: ArrayLike) -> Array:
        """The Hessian itself, (dimension, dimension) in Fortran order; 10 000 synapses: 0.8 GB."""
        point, (K, I) = self.at(theta), self.shape
        matrix = np.empty((K * I, K * I), order="F")
        of_output = [slice(k * I, (k + 1) * I) for k in range(K)]
        for k in range(K):
            for l in range(k + 1):
                block = self._hessian_block(point, k, l)
                matrix[of_output[k], of_output[l]] = block
                matrix[of_output[l], of_output[k]] = block.T
        matrix[np.diag_indices(K * I)] += point.diagonal.ravel()
        return matrix

    def _hessian_block(self, point: Point, k: int, l: int) -> Array:
        """Derivatives by the synapses of outputs k and l, (I, I), without diag(d)."""
        I = self.shape[1]
        share = self.amplification * point.probability[:, k] * ((k == l) - point.probability[:, l])
        products, sums = np.zeros((I, I)), share @ self.patterns
        size = max(BLOCK, (1 << 22) // I)
        for first in range(0, len(share), size):
            x = self.patterns[first : first + size]
            products += (x * share[first : first + size, np.newaxis]).T @ x
        c_k, c_l = point.intensity[k], point.intensity[l]
        products += share.sum() * np.outer(c_k, c_l) - np.outer(c_k, sums) - np.outer(sums, c_l)
        products *= -np.outer(point.weight[k], point.weight[l])
        return products

    def trace(self, theta: ArrayLike) -> float:
        """Exact trace of the Hessian of J."""
        return self.criterion(theta).trace

    def criterion(self, theta: ArrayLike) -> Criterion:
        """The terms of Eq. (4), what it leaves out, and the exact trace, with standard errors."""
        return trace_criterion(self, theta)

    def curvature(self, theta: ArrayLike, v: ArrayLike) -> tuple[float, float]:
        """v^T H v and its standard error from the choice of patterns; v (n_output, n_input)."""
        return curvature(self, theta, v)

    def at(self, theta: ArrayLike) -> Point:
        """Point of this theta: one pass over the patterns, or none if it is the last one's."""
        theta = self.check(theta)
        if self._point is None or not np.array_equal(theta, self._point.theta):
            self._point = self._pass(theta.copy())
        return self._point

    def _pass(self, theta: Array) -> Point:
        w = np.exp(theta - self.theta_0)
        intensity = self.alpha * np.exp(w)
        largest = np.abs(self.patterns).max()
        with np.errstate(over="ignore"):  # the largest that a derivative is made of
            reach = self.effective_patterns * (((1 + w) * (1 + intensity + largest)) ** 2).sum()
        if not np.isfinite(reach):
            raise InputError(
                f"theta reaches {theta.max():.6g}, where J or its derivatives overflow: expected"
                " theta within the model's bounds; clip theta so that alpha e^w is at most"
                " intensity_max"
            )
        offset, probability = intensity.sum(axis=1), np.empty((len(self.patterns), self.shape[0]))
        likelihood, summed, total = 0.0, np.zeros(self.shape), np.zeros(self.shape[0])
        for part in self.blocks():
            x, right = self.patterns[part], self.labels[part]
            a = x @ w.T - offset
            a -= a.max(axis=1, keepdims=True)
            p = np.exp(a)
            sums = p.sum(axis=1, keepdims=True)
            p /= sums
            probability[part] = p
            likelihood += float((a[np.arange(len(x)), right] - np.log(sums[:, 0])).sum())
            error = self.error(probability, part)
            total += error.sum(axis=0)
            summed += error.T @ x
        prior = float(((theta - self.mu) ** 2).sum()) / (2 * self.sigma**2)
        value = self.amplification * likelihood - prior
        gradient, diagonal = self.first_order(theta, w, intensity, summed, total)
        return Point(theta, w, intensity, probability, value, gradient, diagonal)

    def first_order(
        self, theta: Array, w: Array, intensity: Array, summed: Array, total: Array
    ) -> tuple[Array, Array]:
        """Gradient and d, both (n_output, n_input).

        summed : sum_n (h - s) x, (n_output, n_input). total : sum_n (h - s), (n_output,).
        """
        score = self.amplification * w * (summed - intensity * total[:, np.newaxis])
        bent = self.amplification * w * w * intensity * total[:, np.newaxis]
        return score - (theta - self.mu) / self.sigma**2, score - bent - 1 / self.sigma**2

    def error(self, shares: Array, part: slice) -> Array:
        """h - s of some patterns, (n, n_output); shares s (n_sample, n_output)."""
        error = -shares[part]
        error[np.arange(len(error)), self.labels[part]] += 1.0
        return error

    def blocks(self) -> Iterator[slice]:
        """Slices of patterns, in order."""
        return (slice(first, first + BLOCK) for first in range(0, len(self.patterns), BLOCK))
