"""Minima of an energy: how curved they are, which are the same, and how high the passes between
them.

Energies are jax functions of x (d,), computed here in float64 whatever jax is set to.
"""

from functools import lru_cache, partial
from typing import NamedTuple

import jax
import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.optimize import minimize

from spikesampler.errors import InputError
from spikesampler.landscape.hessian import dense_matrix
from spikesampler.landscape.precision import enable_x64

__all__ = ["Refined", "disconnectivity", "distinct", "refine", "spectrum", "value_and_gradient"]

ZERO = 1e-9  #: of the largest eigenvalue: an eigenvalue this small counts as 0; our choice


class Refined(NamedTuple):
    """point (d,), energy, gradient_norm and steps of a minimisation."""

    point: np.ndarray
    energy: float
    gradient_norm: float
    steps: int


def refine(energy, start, *, tolerance=1e-9, max_steps=20_000):
    """Descend from `start` (d,) by L-BFGS to where no component of the gradient exceeds
    `tolerance`, or no step helps.

    Where the gradient jumps, as that of a ReLU network does, descent can end in a crease with a
    gradient that is not small: look at `gradient_norm`. Reference: Zhu, Byrd, Lu & Nocedal (1997),
    ACM Trans. Math. Softw. 23:550.
    """
    with enable_x64(True):
        gradient = _gradient(energy)

        def both(x):
            value, slope = gradient(x)
            return float(value), np.asarray(slope)

        found = minimize(
            both,
            np.asarray(start, float),
            jac=True,
            method="L-BFGS-B",
            options={
                "maxiter": max_steps,
                "maxfun": 2 * max_steps,
                "ftol": 0,
                "gtol": tolerance,
                "maxcor": 50,
            },
        )
    return Refined(found.x, float(found.fun), float(np.linalg.norm(found.jac)), int(found.nit))


@lru_cache(maxsize=8)
def _gradient(energy):
    """Compiled once per energy, as is the next."""
    return jax.jit(jax.value_and_grad(energy))


@lru_cache(maxsize=8)
def _product(energy):
    return jax.jit(lambda x, v: jax.jvp(jax.grad(energy), (x,), (v,))[1])


def value_and_gradient(energy, points):
    """Energies (n,) and gradients (n, d) at points (n, d)."""
    with enable_x64(True):
        found = [_gradient(energy)(point) for point in np.asarray(points, float)]
    return np.array([value for value, _ in found], float), np.array(
        [slope for _, slope in found], float
    )


def spectrum(energy, points):
    """Eigenvalues of the Hessian at points (…, d), ascending, (…, d)."""
    points = np.asarray(points, float)
    with enable_x64(True):
        product = _product(energy)
        flat = points.reshape(-1, points.shape[-1])
        values = [np.linalg.eigvalsh(dense_matrix(partial(product, x), len(x))) for x in flat]
    return np.array(values).reshape(points.shape)


def distinct(energies, outputs, tolerance):
    """Numbers (n,) of the function that each of n minima computes, 0 for the first; equal where
    they are the same.

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


def disconnectivity(energies, passes):
    """Merge tree of minima, as scipy's linkage matrix (n - 1, 4): at which energy which groups
    become connected.

    energies : (n,); passes : (n, n) symmetric, the highest energy on a path between two minima. Two
        groups join at the
    lowest pass between any of theirs: single linkage. Passes from single paths are upper bounds, so
    are the joints; one below its ends is raised to them. Reference: Becker & Karplus (1997), J.
    Chem. Phys. 106:1495.
    """
    energies, passes = np.asarray(energies, float), np.array(passes, float)
    if (
        passes.shape != (len(energies),) * 2
        or len(energies) < 2
        or not np.array_equal(passes, passes.T)
    ):
        raise InputError(
            f"{energies.size} energies and passes of shape {passes.shape}: expected n of at least"
            " 2, and a symmetric (n, n)"
        )
    lowest, between = energies.min(), np.triu_indices(len(energies), 1)
    tree = linkage(
        np.maximum(passes, np.maximum.outer(energies, energies))[between] - lowest, "single"
    )
    tree[:, 2] += lowest
    return tree
