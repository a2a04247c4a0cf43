"""Stationary points near a learning path, where the theorem on saddles speaks: no path passes
through one by itself.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh

from spikesampler.checks import real_number, whole_number
from spikesampler.errors import InputError

__all__ = ["Stationary", "stationary_point"]

FAR = 50.0  #: standard deviations of the prior beyond which a search is given up
LARGEST = (
    3_000  #: synapses up to which a stationary point is sought: each step takes all eigenvectors
)


class Stationary(NamedTuple):
    """Where the search ended: theta, norm of the gradient, the index asked for, whether it
    converged, steps taken.
    """

    theta: np.ndarray
    gradient_norm: float
    index: int
    converged: bool
    steps: int


def stationary_point(objective, theta, *, index=0, tolerance=1e-8, max_steps=1_000, radius=0.5):
    r"""A point near theta with gradient 0 and `index` positive curvatures, by trust-region image
    Newton steps.

    In the eigenbasis of the Hessian, with eigenvalues l_j and gradient c_j, the `index` largest
    modes are descended and the others ascended: with s_j = -1 for the former, +1 for the latter,
    the step is

    .. math:: p_j = s_j c_j / (\nu - s_j l_j), \qquad \nu \ge 0 \text{ the least for which } |p| \le
    radius

    which is Newton's step once the signs of the curvatures are right. The radius follows the
    agreement of the gradient with its linear prediction. The search may fail: look at `converged`,
    and count what `measure` finds there.

    theta : (n_output, n_input), at most 3000 synapses. tolerance : of the norm of the gradient.
        radius : the first.

    Raises InputError for a larger network, an index out of range and as the objective does.

    Reference: Helgaker (1991), Chem. Phys. Lett. 182:503 (trust-region image minimisation).
    """
    if objective.dimension > LARGEST:
        raise InputError(
            f"{objective.dimension} synapses: expected at most {LARGEST}, since each step needs all"
            " eigenvectors; take a smaller network"
        )
    radius, tolerance = real_number("radius", radius), real_number("tolerance", tolerance)
    if whole_number("index", index, 0) > objective.dimension:
        raise InputError(
            f"index is {index}: expected 0 (a maximum) to {objective.dimension}, the number of"
            " synapses"
        )
    theta = objective.check(theta).copy()
    gradient, steps = objective.gradient(theta).ravel(), 0
    far = FAR * objective.sigma
    while np.linalg.norm(gradient) > tolerance and steps < max_steps and radius > 1e-9:
        if (
            np.abs(theta - objective.mu).max() > far
        ):  # where the prior is all that is left, and runs downhill
            break
        values, vectors = eigh(objective.hessian(theta), overwrite_a=True)
        along = vectors.T @ gradient
        sign = np.ones(len(values))
        sign[len(values) - index :] = -1.0
        step = image_step(values, along, sign, radius)
        predicted = along + values * step
        steps += 1
        try:
            there = theta + (vectors @ step).reshape(theta.shape)
            found = objective.gradient(there).ravel()
        except InputError:  # so far up that e^w overflows
            radius /= 4
            continue
        miss = np.linalg.norm(vectors.T @ found - predicted) / np.linalg.norm(along)
        if miss < 1:
            theta, gradient = there, found
        radius = min(2 * radius, 10.0) if miss < 0.2 else radius / 2 if miss > 0.6 else radius
    norm = float(np.linalg.norm(gradient))
    return Stationary(theta, norm, index, norm <= tolerance, steps)


def image_step(values, along, sign, radius):
    """The step of `stationary_point` in the eigenbasis, by bisection in nu; (n,) arrays."""
    image = sign * values

    def step(nu):
        return sign * along / (nu - image)

    low = max(0.0, image.max())
    if image.max() < 0 and np.linalg.norm(step(0.0)) <= radius:
        return step(0.0)
    high = low + np.linalg.norm(along) / radius
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.linalg.norm(step(middle)) > radius else (low, middle)
    return step(high)
