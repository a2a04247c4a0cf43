"""The lecture's points, the two models that it fits to them, and what it prints.

    line    y = ax + b                    loss Σ (y − z)²: a quadratic in (a, b)
    bump    y = a exp(−b (x − c)²) + d    on the same points: no closed form

Nothing has a unit but steps α, which are in 1/curvature. Starts are our choice where the lecture
gives none.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from spikesampler.studies.optimisation_primer import quadratic

__all__ = ["LineFit", "bump_loss", "lecture_gradient", "line_fit", "plane_loss", "plateau_loss"]

Array = Any  # of numpy or of jax

X = np.array([0.0, 1.0, 2.0])
Z = np.array([1.0, 2.1, 2.9])
DESIGN = np.stack([X, np.ones(3)], axis=1)
PRINTED_FIT = np.array([0.95, 1.05])  # a and b of the line
PRINTED_CONDITION = 1e10  # κ "not uncommon" in networks

LINE_START = np.array([-1.0, 2.0])
PLANE_START = np.array([2.0, 0.5])  # (a, b) of the bump, at c = −1 and d = 0 as in the lecture
BUMP_STARTS = np.array([[2, 0.5, 1, 0], [2, 0.3, 2, 0.5], [2.5, 0.5, 2.5, 0]])
PLATEAU = {"a": 2.9, "b": 1.0, "d": 0.0, "start": 5.5}  # only c moves


def bump_loss(w: Array) -> Array:
    """Loss of the bump, w (…, 4): a, b, c, d; to be traced."""
    xp = w.__array_namespace__()
    a, b, c, d = (w[..., i : i + 1] for i in range(4))
    return ((a * xp.exp(-b * (X - c) ** 2) + d - Z) ** 2).sum(-1)


def plane_loss(w: Array) -> Array:
    """Loss of the bump at c = −1, d = 0, w (…, 2): a, b."""
    xp = w.__array_namespace__()
    return bump_loss(xp.concatenate([w, xp.broadcast_to(xp.asarray([-1.0, 0.0]), w.shape)], -1))


def plateau_loss(c: Array) -> Array:
    """Loss of the bump over c (…, 1) alone."""
    xp = c.__array_namespace__()
    a, b, d = (xp.full_like(c, PLATEAU[name]) for name in "abd")
    return bump_loss(xp.concatenate([a, b, c, d], -1))


def lecture_gradient(a: float, b: float, c: float) -> np.ndarray:
    """Left sides (3,) of the lecture's equations for a, b and c, as sums over its points; no d."""
    e = np.exp(-b * (X - c) ** 2)
    excess = a * e - Z
    by_a = 2 * e * excess
    by_b = -2 * a * (X - c) ** 2 * e * excess
    by_c = 4 * a * b * (X - c) * e * excess
    return np.array([by_a.sum(), by_b.sum(), by_c.sum()])


class LineFit(NamedTuple):
    """The line's Hessian (2, 2), minimum (2,), curvatures (2,) and loss of w (…, 2)."""

    hessian: np.ndarray
    best: np.ndarray
    curvatures: np.ndarray
    loss: Callable


def line_fit() -> LineFit:
    """The line through the lecture's points."""
    hessian, best = quadratic.least_squares(DESIGN, Z)
    return LineFit(
        hessian,
        best,
        quadratic.curvatures(hessian),
        lambda w: ((w @ DESIGN.T - Z) ** 2).sum(-1),
    )
