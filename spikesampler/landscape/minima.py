"""Minima of an energy: how curved they are, which are the same, how high the passes between them.

Energies are jax functions of x (d,), computed here in float64 whatever jax is set to.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster.hierarchy import linkage
from scipy.optimize import minimize

from spikesampler.errors import InputError
from spikesampler.landscape.hessian import dense_matrix
from spikesampler.landscape.precision import enable_x64
from spikesampler.optional import require

__all__ = ["Refined", "disconnectivity", "distinct", "refine", "spectrum", "value_and_gradient"]

Array = NDArray[np.float64]

Energy = Callable[[Any], Any]  #: x (d,) -> scalar, that jax can differentiate
ZERO = 1e-9  #: of the largest eigenvalue: an eigenvalue this small counts as 0; our choice


class Refined(NamedTuple):
    """point (d,), energy, gradient_norm and steps of a minimisation."""

    point: Array
    energy: float
    gradient_norm: float
    steps: int


def refine(
    energy: Energy, start: ArrayLike, *, tolerance: float = 1e-9, max_steps: int = 20_000
) -> Refined:
    """Descend from `start` (d,) by L-BFGS until the gradient is small, or no step helps.

    Small: no component exceeds `tolerance`. Where the gradient jumps, as that of a ReLU network
    does, descent can end in a crease with a gradient that is not small: look at `gradient_norm`.

    Reference: Zhu, Byrd, Lu & Nocedal (1997), ACM Trans. Math. Softw. 23:550.
    """
    options: dict[str, float] = {"maxiter": max_steps, "maxfun": 2 * max_steps, "maxcor": 50}
    options |= {"ftol": 0, "gtol": tolerance}
    with enable_x64(True):
        gradient = _gradient(energy)

        def both(x: NDArray) -> tuple[float, NDArray]:
            value, slope = gradient(x)
            return float(value), np.asarray(slope)

        end = minimize(both, np.asarray(start, float), jac=True, method="L-BFGS-B", options=options)
    return Refined(end.x, float(end.fun), float(np.linalg.norm(end.jac)), int(end.nit))


@lru_cache(maxsize=8)
def _gradient(energy: Energy) -> Callable:
    """Energy and gradient at x, compiled once per energy."""
    jax = require("minima", "landscape", "jax")
    return jax.jit(jax.value_and_grad(energy))


@lru_cache(maxsize=8)
def _product(energy: Energy) -> Callable:
    """Hessian at x times v, compiled once per energy."""
    jax = require("minima", "landscape", "jax")
    return jax.jit(lambda x, v: jax.jvp(jax.grad(energy), (x,), (v,))[1])


def value_and_gradient(energy: Energy, points: ArrayLike) -> tuple[Array, Array]:
    """Energies (n,) and gradients (n, d) at points (n, d)."""
    with enable_x64(True):
        pairs = [_gradient(energy)(point) for point in np.asarray(points, float)]
    values, slopes = ([pair[part] for pair in pairs] for part in (0, 1))
    return np.array(values, float), np.array(slopes, float)


def spectrum(energy: Energy, points: ArrayLike) -> Array:
    """Eigenvalues of the Hessian at points (…, d), ascending, (…, d)."""
    points = np.asarray(points, float)
    with enable_x64(True):
        product = _product(energy)
        flat = points.reshape(-1, points.shape[-1])
        values = [np.linalg.eigvalsh(dense_matrix(partial(product, x), len(x))) for x in flat]
    return np.array(values).reshape(points.shape)


def distinct(energies: ArrayLike, outputs: ArrayLike, tolerance: float) -> NDArray[np.intp]:
    """Numbers (n,) of the functions that n minima compute, from 0; equal where these are the same.

    Two are the same where a chain of minima joins them whose energies (n,) and outputs (n, point)
    nowhere differ by more than tolerance. Functions are compared, not weights: they know no
    symmetry.
    """
    table = np.column_stack([energies, outputs])
    if not np.isfinite(table).all():
        raise InputError(
            "energies or outputs that are not finite: expected minima; leave out those that"
            " diverged"
        )
    label = np.arange(len(table))
    for row in table:
        near = np.flatnonzero(np.abs(table - row).max(axis=1) <= tolerance)
        label[np.isin(label, label[near])] = label[near].min()
    return np.unique(label, return_inverse=True)[1]


def disconnectivity(energies: ArrayLike, passes: ArrayLike) -> Array:
    """Merge tree of minima: at which energy which groups become connected.

    energies : (n,). passes : (n, n) symmetric, the highest energy on a path between two minima. Two
    groups join at the lowest pass between any of theirs: single linkage. Passes from single paths
    are upper bounds, so are the joints; one below its ends is raised to them.

    Returns scipy's linkage matrix (n - 1, 4). Reference: Becker & Karplus (1997), J. Chem. Phys.
    106:1495.
    """
    energies, passes = np.asarray(energies, float), np.array(passes, float)
    n = len(energies)
    if passes.shape != (n, n) or n < 2 or not np.array_equal(passes, passes.T):
        raise InputError(
            f"{energies.size} energies and passes of shape {passes.shape}: expected n of at least"
            " 2, and a symmetric (n, n)"
        )
    lowest = energies.min()
    highest = np.maximum(passes, np.maximum.outer(energies, energies))
    tree = linkage(highest[np.triu_indices(n, 1)] - lowest, "single")
    tree[:, 2] += lowest
    return tree
