"""The trace criterion of Fang et al. (2018), Eq. (4), and curvatures, with standard errors.

Both are sums over patterns of a `SynapticObjective`.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError

__all__ = ["Criterion", "curvature", "trace_criterion"]


class Criterion(NamedTuple):
    """The trace criterion of Fang et al. (2018), Eq. (4), and the exact trace of the Hessian of J.

        a          -KI/sigma^2
        b          sum (theta - mu)/sigma^2
        c          N sum_n sum w^2 intensity (p - h)
        total      a + b + c, the paper's
        likelihood N sum_n sum (h - p) g, in whose place the paper has b: equal where the gradient's
                   sum is 0
        fisher     -N sum_n sum p (1 - p) g^2, never positive, which the paper leaves out
        trace      a + likelihood + c + fisher, exactly

    total_error, trace_error: standard errors that come with the choice of patterns, N sqrt(n) times
    the standard deviation over patterns.
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


def trace_criterion(objective: Any, theta: ArrayLike) -> Criterion:
    """Criterion of a SynapticObjective at theta (n_output, n_input)."""
    point, variance = objective.at(theta), objective.sigma**2
    w, c = point.weight, point.intensity
    bent, offset, square = (w * w * c).sum(axis=1), (w * c).sum(axis=1), (w * w * c * c).sum(axis=1)
    terms = np.empty((3, len(objective.patterns)))  # c, likelihood and fisher of each pattern
    for part in objective.blocks():
        x, p = objective.patterns[part], point.probability[part]
        error = objective.error(point.probability, part)
        terms[0, part] = -error @ bent
        terms[1, part] = (error * (x @ w.T - offset)).sum(axis=1)
        norm = (x * x) @ (w * w).T - 2 * (x @ (w * w * c).T) + square
        terms[2, part] = -(p * (1 - p) * norm).sum(axis=1)
    scale = objective.amplification
    total_c, likelihood, fisher = map(float, scale * terms.sum(axis=1))
    a, b = -objective.dimension / variance, float((point.theta - objective.mu).sum() / variance)
    return Criterion(
        a=a,
        b=b,
        c=total_c,
        total=a + b + total_c,
        likelihood=likelihood,
        fisher=fisher,
        trace=a + likelihood + total_c + fisher,
        total_error=scale * standard_error(terms[0]),
        trace_error=scale * standard_error(terms.sum(axis=0)),
    )


def curvature(objective: Any, theta: ArrayLike, v: ArrayLike) -> tuple[float, float]:
    """v^T H v of a SynapticObjective and its standard error from the choice of patterns.

    theta, v : (n_output, n_input).
    """
    point, v = objective.at(theta), np.asarray(v, dtype=float)
    if v.shape != objective.shape or not np.isfinite(v).all():
        raise InputError(
            f"v has shape {v.shape}: expected {objective.shape}, that of theta, and finite numbers"
        )
    w, c = point.weight, point.intensity
    rows, shift = w * v, (w * v * c).sum(axis=1)
    second, constant = w * v * v, (w * v * v * (c + w * c)).sum(axis=1)
    terms = np.empty(len(objective.patterns))
    for part in objective.blocks():
        x, p = objective.patterns[part], point.probability[part]
        error = objective.error(point.probability, part)
        along = x @ rows.T - shift
        terms[part] = (error * (x @ second.T - constant)).sum(axis=1)
        terms[part] -= (p * along**2).sum(axis=1) - (p * along).sum(axis=1) ** 2
    scale = objective.amplification
    prior = (v * v).sum() / objective.sigma**2
    return float(scale * terms.sum() - prior), scale * standard_error(terms)


def standard_error(terms: NDArray[np.float64]) -> float:
    """Standard error of the sum of these independent terms; infinite for one."""
    return float(np.sqrt(len(terms)) * terms.std(ddof=1)) if len(terms) > 1 else float("inf")
