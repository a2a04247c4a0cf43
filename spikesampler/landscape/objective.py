"""The objective that supervised synaptic sampling climbs, its gradient and its Hessian: exact, never a matrix.

With a PSP vector x per pattern, w = exp(theta - theta_0), intensity = alpha e^w, a_k = sum_i (w_ki x_i - intensity_ki),
p = softmax(a), h the label as one-hot:

    J(theta)  = N sum_n log p_h(x^n) - sum (theta_ki - mu)^2 / (2 sigma^2)                           (maximised)
    g^n_ki    = w_ki (x_i^n - intensity_ki)
    grad_ki   = N sum_n (h_k^n - p_k^n) g^n_ki - (theta_ki - mu)/sigma^2
    H         = diag(d) - N sum_n sum_kl p_k (delta_kl - p_l) g^n_k (g^n_l)^T
    d_ki      = -1/sigma^2 + N sum_n (h_k^n - p_k^n) (g^n_ki - w_ki^2 intensity_ki)

N (`amplification`) is how often each pattern counts. Every pass reads the patterns once, in blocks that stay in the
cache, and takes O(n_sample n_output n_input) time and O(n_sample n_output + n_output n_input) memory.

Reference: Fang, Yu & Chen (2018), Eqs. (2) and (4); H, the likelihood and the Fisher term are derived.
"""

from typing import NamedTuple

import numpy as np

from spikesampler.errors import InputError

__all__ = ["Criterion", "SynapticObjective"]

BLOCK = 64  #: patterns at a time: half a megabyte for 1000 inputs, which stays in the cache between its two products


class Criterion(NamedTuple):
    """The trace criterion of Fang et al. (2018), Eq. (4), and the exact trace of the Hessian of J.

    a = -KI/sigma^2; b = sum (theta - mu)/sigma^2; c = N sum_n sum w^2 intensity (p - h); total = a + b + c,
    the paper's.
    likelihood = N sum_n sum (h - p) g, in whose place the paper has b: equal where the gradient's sum is 0.
    fisher = -N sum_n sum p (1 - p) g^2, never positive, which the paper leaves out.
    trace = a + likelihood + c + fisher, exactly.
    total_error, trace_error: standard errors that come with the choice of patterns, N sqrt(n) times the standard
    deviation over patterns.
    """

    a: float
    b: float
    c: float
    total: float
    likelihood: float
    fisher: float
    trace: float
    total_error: float
    trace_error: float


class Point(NamedTuple):
    """What a pass over the patterns leaves of one theta: all (K, I) but probability (n_sample, K) and value."""

    theta: np.ndarray
    weight: np.ndarray
    intensity: np.ndarray
    probability: np.ndarray
    value: float
    gradient: np.ndarray
    diagonal: np.ndarray


class SynapticObjective:
    """J of synaptic sampling for given patterns, to be maximised over theta.

    Parameters
    ----------
    patterns : (n_sample, n_input), PSP vectors: snapshots, or the mean of each sample (`stimuli.psp`).
    labels : (n_sample,) int, 0 .. n_output - 1.
    n_outputs : K.
    theta_0, alpha, mu, sigma : offset of theta, constant of the intensity, mean and standard deviation of the prior.
    amplification : how often each pattern counts. The network's own objective, whose gradient times b is the drift of
        theta, has N rho * 1 s patterns in all: amplification = N rho * 1 s / n_sample.

    Methods take theta (K, I) and raise InputError where it has another shape, is not finite, or is so large that e^w
    overflows. The last theta is remembered, so that many products at one theta cost one pass each.

    >>> objective = SynapticObjective([[1.0, 0.5]], [1], 2, theta_0=3.0, alpha=0.1, mu=0.5, sigma=1.0)
    >>> float(objective.value([[0.5, 0.5], [0.5, 0.5]]))
    -0.6931471805599453
    """

    def __init__(self, patterns, labels, n_outputs, *, theta_0, alpha, mu, sigma, amplification=1.0):
        self.patterns = np.ascontiguousarray(patterns, dtype=float)
        labels = np.asarray(labels)
        if self.patterns.ndim != 2 or 0 in self.patterns.shape:
            raise InputError(
                f"patterns of shape {self.patterns.shape}: expected (n_sample, n_input), neither of them "
                "0; give a PSP vector per sample"
            )
        if labels.shape != self.patterns.shape[:1] or labels.dtype.kind not in "iu":
            raise InputError(
                f"labels of shape {labels.shape} and type {labels.dtype}: expected "
                f"({len(self.patterns)},) whole numbers, one per pattern"
            )
        if n_outputs < 2 or labels.min() < 0 or labels.max() >= n_outputs:
            raise InputError(
                f"labels from {labels.min()} to {labels.max()} for {n_outputs} outputs: expected at least "
                "2 outputs and labels from 0 to n_outputs - 1"
            )
        if not np.isfinite(self.patterns).all():
            raise InputError("patterns are not finite: expected finite PSP values; leave those samples out")
        for name, value in {"alpha": alpha, "sigma": sigma, "amplification": amplification}.items():
            if not (np.isfinite(value) and value > 0):
                raise InputError(f"{name} is {value}: expected a finite number above 0")
        for name, value in {"theta_0": theta_0, "mu": mu}.items():
            if not np.isfinite(value):
                raise InputError(f"{name} is {value}: expected a finite number")
        self.labels, self.shape = labels.astype(np.intp), (int(n_outputs), self.patterns.shape[1])
        self.theta_0, self.alpha, self.mu, self.sigma = float(theta_0), float(alpha), float(mu), float(sigma)
        self.amplification = float(amplification)
        self._point = None

    @property
    def dimension(self):
        """Number of synapses, n_output * n_input."""
        return self.shape[0] * self.shape[1]

    @property
    def effective_patterns(self):
        """n_sample times the amplification."""
        return len(self.patterns) * self.amplification

    def check(self, theta):
        """theta as a float64 array (n_output, n_input), or InputError."""
        theta = np.asarray(theta, dtype=float)
        if theta.shape != self.shape:
            raise InputError(
                f"theta has shape {theta.shape}: expected {self.shape}, the outputs and the inputs of the "
                "patterns; give theta and patterns of one network"
            )
        if not np.isfinite(theta).all():
            raise InputError(
                f"theta has {np.count_nonzero(~np.isfinite(theta))} values that are not finite: expected "
                "finite numbers only; look where it comes from"
            )
        bound = self.theta_0 + np.log(np.log(np.finfo(float).max))
        if theta.max() > bound:
            raise InputError(
                f"theta reaches {theta.max():.6g}, where e^w overflows: expected at most {bound:.4f} = "
                f"theta_0 + {bound - self.theta_0:.4f}; clip theta (the model holds alpha e^w below "
                "intensity_max)"
            )
        return theta

    def value(self, theta):
        """J(theta), a float."""
        return self.at(theta).value

    def gradient(self, theta):
        """Gradient of J, (n_output, n_input)."""
        return self.at(theta).gradient.copy()

    def hvp(self, theta, v):
        """Hessian of J times v: v (..., n_output, n_input), several vectors at a time if it has more dimensions."""
        v = np.asarray(v, dtype=float)
        if v.shape[-2:] != self.shape:
            raise InputError(f"v has shape {v.shape}: expected {self.shape}, that of theta")
        point, (K, I) = self.at(theta), self.shape
        many = v.reshape(-1, K, I)
        moved = point.weight * many
        rows, shift = moved.reshape(-1, I), (moved * point.intensity).sum(axis=2)
        summed, total = np.zeros_like(rows), np.zeros(shift.shape)
        for part in self._blocks():
            x, p = self.patterns[part], point.probability[part, np.newaxis]
            along = (x @ rows.T).reshape(len(x), -1, K) - shift  # g_k . v_k of each pattern and vector
            spread = p * (along - (p * along).sum(axis=2, keepdims=True))
            total += spread.sum(axis=0)
            summed += spread.reshape(len(x), -1).T @ x
        fisher = point.weight * (summed.reshape(many.shape) - point.intensity * total[..., np.newaxis])
        return (point.diagonal * many - self.amplification * fisher).reshape(v.shape)

    def hessian(self, theta):
        """The Hessian itself, (dimension, dimension) in Fortran order; 0.8 GB for 10 000 synapses."""
        point, (K, I) = self.at(theta), self.shape
        matrix = np.empty((K * I, K * I), order="F")
        size = max(BLOCK, (1 << 22) // I)
        for k in range(K):
            for other in range(k + 1):
                p = point.probability[:, other]
                share = self.amplification * point.probability[:, k] * ((k == other) - p)
                products, sums = np.zeros((I, I)), share @ self.patterns
                for first in range(0, len(share), size):
                    x = self.patterns[first : first + size]
                    products += (x * share[first : first + size, np.newaxis]).T @ x
                one, two = point.intensity[k], point.intensity[other]
                products += share.sum() * np.outer(one, two) - np.outer(one, sums) - np.outer(sums, two)
                products *= -np.outer(point.weight[k], point.weight[other])
                matrix[k * I : (k + 1) * I, other * I : (other + 1) * I] = products
                matrix[other * I : (other + 1) * I, k * I : (k + 1) * I] = products.T
        matrix[np.diag_indices(K * I)] += point.diagonal.ravel()
        return matrix

    def trace(self, theta):
        """Exact trace of the Hessian of J."""
        return self.criterion(theta).trace

    def criterion(self, theta):
        """Criterion: the terms of Eq. (4), what it leaves out, and the exact trace."""
        point, variance = self.at(theta), self.sigma**2
        w, c = point.weight, point.intensity
        curvature, offset, square = (w * w * c).sum(axis=1), (w * c).sum(axis=1), (w * w * c * c).sum(axis=1)
        terms = np.empty((3, len(self.patterns)))  # c, likelihood and fisher of each pattern
        for part in self._blocks():
            x, p = self.patterns[part], point.probability[part]
            error = -p
            error[np.arange(len(x)), self.labels[part]] += 1.0
            terms[0, part] = -error @ curvature
            terms[1, part] = (error * (x @ w.T - offset)).sum(axis=1)
            norm = (x * x) @ (w * w).T - 2 * (x @ (w * w * c).T) + square
            terms[2, part] = -(p * (1 - p) * norm).sum(axis=1)
        total_c, likelihood, fisher = map(float, self.amplification * terms.sum(axis=1))
        a, b = -self.dimension / variance, float((point.theta - self.mu).sum() / variance)
        return Criterion(
            a,
            b,
            total_c,
            a + b + total_c,
            likelihood,
            fisher,
            a + likelihood + total_c + fisher,
            self._error(terms[0]),
            self._error(terms.sum(axis=0)),
        )

    def curvature(self, theta, v):
        """v^T H v and its standard error from the choice of patterns; v (n_output, n_input), of norm 1 as a rule."""
        point = self.at(theta)
        v, w, c = np.asarray(v, dtype=float), point.weight, point.intensity
        rows, shift = w * v, (w * v * c).sum(axis=1)
        second, constant = w * v * v, (w * v * v * (c + w * c)).sum(axis=1)
        terms = np.empty(len(self.patterns))
        for part in self._blocks():
            x, p = self.patterns[part], point.probability[part]
            error = -p
            error[np.arange(len(x)), self.labels[part]] += 1.0
            along = x @ rows.T - shift
            terms[part] = (error * (x @ second.T - constant)).sum(axis=1)
            terms[part] -= (p * along**2).sum(axis=1) - (p * along).sum(axis=1) ** 2
        return float(self.amplification * terms.sum() - (v * v).sum() / self.sigma**2), self._error(terms)

    def at(self, theta):
        """Point of this theta: one pass over the patterns, or none if it is the last one's."""
        theta = self.check(theta)
        if self._point is None or not np.array_equal(theta, self._point.theta):
            self._point = self._pass(theta.copy())
        return self._point

    def _pass(self, theta):
        w = np.exp(theta - self.theta_0)
        intensity = self.alpha * np.exp(w)
        offset, probability = intensity.sum(axis=1), np.empty((len(self.patterns), self.shape[0]))
        likelihood, summed, total = 0.0, np.zeros(self.shape), np.zeros(self.shape[0])
        for part in self._blocks():
            x, right = self.patterns[part], self.labels[part]
            a = x @ w.T - offset
            a -= a.max(axis=1, keepdims=True)
            p = np.exp(a)
            sums = p.sum(axis=1, keepdims=True)
            p /= sums
            probability[part] = p
            rows = np.arange(len(x))
            likelihood += float((a[rows, right] - np.log(sums[:, 0])).sum())
            error = -p
            error[rows, right] += 1.0
            total += error.sum(axis=0)
            summed += error.T @ x
        away, variance = theta - self.mu, self.sigma**2
        score = self.amplification * w * (summed - intensity * total[:, np.newaxis])
        bent = self.amplification * w * w * intensity * total[:, np.newaxis]
        value = self.amplification * likelihood - float((away**2).sum()) / (2 * variance)
        if not (np.isfinite(value) and np.isfinite(bent).all() and np.isfinite(score).all()):
            raise InputError(
                f"theta reaches {theta.max():.6g}, where J or its derivatives overflow: expected theta "
                "within the model's bounds; clip theta so that alpha e^w is at most intensity_max"
            )
        return Point(theta, w, intensity, probability, value, score - away / variance, score - bent - 1 / variance)

    def _blocks(self):
        return (slice(first, first + BLOCK) for first in range(0, len(self.patterns), BLOCK))

    def _error(self, terms):
        """Standard error of the sum of these contributions of patterns, times the amplification."""
        if len(terms) < 2:
            return float("inf")
        return float(self.amplification * np.sqrt(len(terms)) * terms.std(ddof=1))
