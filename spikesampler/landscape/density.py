r"""Spectral density by stochastic Lanczos quadrature.

From a random unit vector z, m steps of Lanczos give the nodes t_j (eigenvalues of the tridiagonal
T) and weights w_j (squares of the first entries of its eigenvectors) of the Gauss quadrature of the
measure sum_i (z^T u_i)^2 delta(lambda_i). Its mean over z is the spectral density of H, so

.. math:: \frac1n \mathrm{tr} f(H) \approx \frac1s \sum_{z} \sum_j w_j f(t_j),

exact in expectation for polynomials f of degree up to 2m - 1.

References: Ubaru, Chen & Saad (2017), SIAM J. Matrix Anal. Appl. 38:1075; Ghorbani, Krishnan & Xiao
(2019), ICML.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh_tridiagonal

from spikesampler.errors import InputError
from spikesampler.landscape.hessian import Counted, Product

__all__ = ["SpectralDensity", "spectral_density"]

Array = NDArray[np.float64]


class SpectralDensity(NamedTuple):
    """Nodes and weights (num_vectors, num_steps) of the quadratures; a row's weights sum to 1."""

    nodes: Array
    weights: Array

    def mean(self, function: Callable[[NDArray], NDArray]) -> tuple[float, float]:
        """Mean of a function over the spectrum, and its standard error over the random vectors.

        function : of eigenvalues, an array, element by element.
        """
        means = (self.weights * function(self.nodes)).sum(axis=1)
        error = means.std(ddof=1) / np.sqrt(len(means)) if len(means) > 1 else float("nan")
        return float(means.mean()), float(error)

    def smooth(self, points: ArrayLike, width: float) -> Array:
        """Density at points (n,), per unit of the eigenvalue: every node a Gaussian.

        width : standard deviation of the Gaussians, in units of the eigenvalue.
        """
        points = np.asarray(points, dtype=float)
        if not width > 0:
            raise InputError(
                f"width is {width}: expected a number above 0, in units of the eigenvalue"
            )
        away = (points[:, np.newaxis] - self.nodes.ravel()) / width
        bell = np.exp(-(away**2) / 2) / (width * np.sqrt(2 * np.pi))
        return bell @ self.weights.ravel() / len(self.nodes)


def spectral_density(
    hvp: Product, dimension: int, *, num_vectors: int = 10, num_steps: int = 80, seed: int = 0
) -> SpectralDensity:
    """SpectralDensity of a symmetric matrix from num_vectors times num_steps products.

    Raises InputError for numbers below 1 and for an hvp that is not finite or of another size.
    """
    for name, number in (("num_vectors", num_vectors), ("num_steps", num_steps)):
        if not isinstance(number, (int, np.integer)) or number < 1:
            raise InputError(f"{name} is {number!r}: expected a whole number of at least 1")
    product, rng = Counted(hvp, dimension), np.random.default_rng(seed)
    steps = min(num_steps, dimension)
    nodes, weights = np.zeros((num_vectors, steps)), np.zeros((num_vectors, steps))
    for row in range(num_vectors):
        diagonal, beside = lanczos(product, rng.standard_normal(dimension), steps)
        values, vectors = eigh_tridiagonal(diagonal, beside)
        nodes[row] = values[-1]  # where there are fewer steps, the others have weight 0
        nodes[row, : len(values)] = values
        weights[row, : len(values)] = vectors[0] ** 2
    return SpectralDensity(nodes, weights)


def lanczos(product: Product, start: Array, steps: int) -> tuple[Array, Array]:
    """Diagonal (m,) and side (m - 1,) of T, m at most `steps`.

    It is less where the Krylov space is exhausted. Every vector is orthogonalised against all
    before it, twice, so that no eigenvalue appears twice.
    """
    basis = np.empty((steps, len(start)))
    diagonal, beside, vector = [], [], start / np.linalg.norm(start)
    for step in range(steps):
        basis[step] = vector
        new = product(vector)
        diagonal.append(vector @ new)
        size = np.linalg.norm(new)
        for _ in range(2):
            new = new - basis[: step + 1].T @ (basis[: step + 1] @ new)
        if step + 1 == steps or np.linalg.norm(new) <= 1e-12 * size:
            break
        beside.append(np.linalg.norm(new))
        vector = new / beside[-1]
    return np.array(diagonal), np.array(beside)
