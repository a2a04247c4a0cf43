"""Stationary points near a learning path, where the theorem on saddles speaks.

No path passes through one by itself.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh

from spikesampler.checks import real_number, whole_number
from spikesampler.errors import InputError
from spikesampler.landscape.objective import SynapticObjective

__all__ = ["Stationary", "stationary_point"]

Array = NDArray[np.float64]


FAR = 50.0  #: standard deviations of the prior beyond which a search is given up
#: synapses up to which a stationary point is sought: each step takes all eigenvectors
LARGEST = 3_000


class Stationary(NamedTuple):
    """Where the search ended, after how many steps, and whether at a point of the index asked for.

    theta : (n_output, n_input). index : positive curvatures asked for.
    """

    theta: Array
    gradient_norm: float
    index: int  # type: ignore[assignment]  # a tuple has a method of this name
    converged: bool
    steps: int


def stationary_point(
    objective: SynapticObjective,
    theta: ArrayLike,
    *,
    index: int = 0,
    tolerance: float = 1e-8,
    max_steps: int = 1_000,
    radius: float = 0.5,
) -> Stationary:
    r"""A point near theta with gradient 0 and `index` positive curvatures, by Newton's steps.

    They are image steps in a trust region: in the eigenbasis of the Hessian, with eigenvalues l_j
    and gradient c_j, the `index` largest modes are descended and the others ascended: with s_j = -1
    for the former, +1 for the latter, the step is

    .. math:: p_j = s_j c_j / (\nu - s_j l_j), \qquad
              \nu \ge 0 \text{ the least for which } |p| \le radius

    which is Newton's step once the signs of the curvatures are right. The radius follows the
    agreement of the gradient with its linear prediction. The search may fail: look at `converged`,
    and count what `measure` finds there.

    theta : (n_output, n_input), at most 3000 synapses. tolerance : of the norm of the gradient.
    radius : the first.

    Raises InputError for a larger network, an index out of range and as the objective does.

    Reference: Helgaker (1991), Chem. Phys. Lett. 182:503 (trust-region image minimisation).
    """
    _check_sizes(objective.dimension, index)
    radius, tolerance = real_number("radius", radius), real_number("tolerance", tolerance)
    point = objective.check(theta).copy()
    gradient, steps = objective.gradient(point).ravel(), 0
    while np.linalg.norm(gradient) > tolerance and steps < max_steps and radius > 1e-9:
        # so far off the prior is all that is left, and runs downhill
        if np.abs(point - objective.mu).max() > FAR * objective.sigma:
            break
        values, vectors = eigh(objective.hessian(point), overwrite_a=True)
        along = vectors.T @ gradient
        sign = np.ones(len(values))
        sign[len(values) - index :] = -1.0
        step = image_step(values, along, sign, radius)
        predicted = along + values * step
        steps += 1
        try:
            there = point + (vectors @ step).reshape(point.shape)
            gradient_there = objective.gradient(there).ravel()
        except InputError:  # so far up that e^w overflows
            radius /= 4
            continue
        miss = np.linalg.norm(vectors.T @ gradient_there - predicted) / np.linalg.norm(along)
        if miss < 1:
            point, gradient = there, gradient_there
        radius = min(2 * radius, 10.0) if miss < 0.2 else radius / 2 if miss > 0.6 else radius
    norm = float(np.linalg.norm(gradient))
    return Stationary(point, norm, index, norm <= tolerance, steps)


def _check_sizes(dimension: int, index: int) -> None:
    """Refuse a network that is too large, and an index that it cannot have."""
    if dimension > LARGEST:
        raise InputError(
            f"{dimension} synapses: expected at most {LARGEST}, since each step needs all"
            " eigenvectors; take a smaller network"
        )
    if whole_number("index", index, 0) > dimension:
        raise InputError(
            f"index is {index}: expected 0 (a maximum) to {dimension}, the number of synapses"
        )


def image_step(values: NDArray, along: NDArray, sign: NDArray, radius: float) -> Array:
    """The step of `stationary_point` in the eigenbasis, by bisection in nu; (n,) arrays."""
    image = sign * values

    def step(nu: float) -> Array:
        return sign * along / (nu - image)

    low = max(0.0, image.max())
    if image.max() < 0 and np.linalg.norm(step(0.0)) <= radius:
        return step(0.0)
    high = low + np.linalg.norm(along) / radius
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.linalg.norm(step(middle)) > radius else (low, middle)
    return step(high)
