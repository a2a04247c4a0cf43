"""Functions whose saddles are known exactly: tests of strict saddles and of escapes.

Every case is a `Case`. Points come in batches (…, *shape), float64, no units. All are to be
minimised.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.checks import whole_number
from spikesampler.errors import InputError

Array = NDArray[np.float64]


class Case(Protocol):
    """A function on a space, with its first two derivatives on the tangent space at a point."""

    shape: tuple[int, ...]  #: of a point
    dimension: int  #: of its tangent space

    def value(self, x: Any) -> Array:
        """(…,)"""

    def gradient(self, x: Any) -> Array:
        """(…, *shape)"""

    def hessian_vector(self, x: Any, v: Any) -> Array:
        """The Hessian at x times v, (…, *shape)."""

    def tangent(self, x: Any, v: Any) -> Array:
        """The projection of v onto the tangent space at x, (…, *shape)."""

    def retract(self, x: Any, v: Any) -> Array:
        """The point that a tangent vector leads to, (…, *shape)."""

    def inside(self, x: Any) -> NDArray[np.bool_]:
        """Whether the function is defined at x, (…,)."""


class Euclidean:
    """What all cases in flat space share: no constraint, and defined everywhere."""

    shape: tuple[int, ...]
    dimension: int

    def tangent(self, x: Any, v: Any) -> Array:
        """v itself, (…, *shape): no direction is forbidden."""
        return v

    def retract(self, x: Any, v: Any) -> Array:
        """x + v, (…, *shape)."""
        return x + v

    def inside(self, x: Any) -> NDArray[np.bool_]:
        """True everywhere, (…,)."""
        return np.ones(np.shape(x)[: -len(self.shape)], bool)


class TensorDecomposition:
    """Orthogonal tensor decomposition on d unit spheres in R^d, rotated to unit vectors.

    f(C) = Σ_{i≠j} Σ_k C_ik² C_jk²  over ordered pairs of rows of C (d, d), each row on the unit
    sphere. Minima are the signed permutation matrices: f = 0, Hessian 4·1. At `saddle` and under
    any signs of its entries f = d−1 and the Hessian is −8/d (in (d−1)² directions) and 8(d−1)/d (in
    d−1).

    Ge, Huang, Jin & Yuan, "Escaping from saddle points", COLT 2015.
    """

    def __init__(self, d: int) -> None:
        self.d = whole_number("d", d, 2)
        self.shape, self.dimension = (self.d, self.d), self.d * (self.d - 1)

    @property
    def saddle(self) -> Array:
        """All entries 1/√d."""
        return np.full(self.shape, 1 / np.sqrt(self.d))

    def value(self, x: Any) -> Array:
        """f at C (…, d, d): (…,)."""
        square = x**2
        return (square.sum(axis=-2) ** 2 - (square**2).sum(axis=-2)).sum(axis=-1)

    def _flat_gradient(self, x: Any) -> Array:
        square = x**2
        return 4 * x * (square.sum(axis=-2, keepdims=True) - square)

    def gradient(self, x: Any) -> Array:
        """Gradient along the spheres at C (…, d, d): (…, d, d)."""
        return self.tangent(x, self._flat_gradient(x))

    def hessian_vector(self, x: Any, v: Any) -> Array:
        """P(∇²f v) − v·⟨row, ∇f⟩ row by row, for v in the tangent space; P projects onto it."""
        square = x**2
        flat = 4 * v * (square.sum(axis=-2, keepdims=True) - 3 * square)
        flat = flat + 8 * x * (x * v).sum(axis=-2, keepdims=True)
        return self.tangent(x, flat - v * (x * self._flat_gradient(x)).sum(axis=-1, keepdims=True))

    def tangent(self, x: Any, v: Any) -> Array:
        """v (…, d, d) without, row by row, what points along C's row."""
        return v - x * (x * v).sum(axis=-1, keepdims=True)

    def retract(self, x: Any, v: Any) -> Array:
        """Rows of x + v at unit length: the sphere's geodesics, to second order."""
        moved = x + v
        return moved / np.sqrt((moved**2).sum(axis=-1, keepdims=True))

    def inside(self, x: Any) -> NDArray[np.bool_]:
        """Rows of unit length, to 9 digits."""
        return (np.abs((np.asarray(x) ** 2).sum(axis=-1) - 1) < 1e-9).all(axis=-1)


class _Plane(Euclidean):
    """A function of (x, y), given as a point (…, 2)."""

    shape = (2,)
    dimension = 2

    def _second(self, x: Array, y: Array) -> tuple[tuple[Array, Array], Array]:
        """The second derivatives: (xx, xy), yy."""
        raise NotImplementedError

    def hessian_vector(self, x: Any, v: Any) -> Array:
        """The Hessian at x times v, both (…, 2): (…, 2)."""
        (a, b), c = self._second(x[..., 0], x[..., 1])
        return np.stack([a * v[..., 0] + b * v[..., 1], b * v[..., 0] + c * v[..., 1]], axis=-1)


class MonkeySaddle(_Plane):
    """x³ − 3xy²: at 0 gradient and Hessian vanish, so it is not strict; a negative control."""

    def value(self, x: Any) -> Array:
        """x³ − 3xy² at points (…, 2): (…,)."""
        return x[..., 0] ** 3 - 3 * x[..., 0] * x[..., 1] ** 2

    def gradient(self, x: Any) -> Array:
        """(3x² − 3y², −6xy) at points (…, 2): (…, 2)."""
        x, y = x[..., 0], x[..., 1]
        return np.stack([3 * x**2 - 3 * y**2, -6 * x * y], axis=-1)

    def _second(self, x: Array, y: Array) -> tuple[tuple[Array, Array], Array]:
        return (6 * x, -6 * y), -6 * x


class QuarticSaddle(_Plane):
    """x⁴ − y⁴: at 0 gradient and Hessian vanish, so it is not strict; a negative control."""

    def value(self, x: Any) -> Array:
        """x⁴ − y⁴ at points (…, 2): (…,)."""
        return x[..., 0] ** 4 - x[..., 1] ** 4

    def gradient(self, x: Any) -> Array:
        """(4x³, −4y³) at points (…, 2): (…, 2)."""
        return np.stack([4 * x[..., 0] ** 3, -4 * x[..., 1] ** 3], axis=-1)

    def _second(self, x: Array, y: Array) -> tuple[tuple[Array, Array], Array]:
        return (12 * x**2, np.zeros_like(x)), -12 * y**2


class DoubleWell(_Plane):
    """x²/2 + (y²−1)²/4: strict, a positive control.

    Saddle at 0, Hessian diag(1, −1); minima (0, ±1), diag(1, 2).
    """

    def value(self, x: Any) -> Array:
        """x²/2 + (y²−1)²/4 at points (…, 2): (…,)."""
        return x[..., 0] ** 2 / 2 + (x[..., 1] ** 2 - 1) ** 2 / 4

    def gradient(self, x: Any) -> Array:
        """(x, y³ − y) at points (…, 2): (…, 2)."""
        return np.stack([x[..., 0], x[..., 1] ** 3 - x[..., 1]], axis=-1)

    def _second(self, x: Array, y: Array) -> tuple[tuple[Array, Array], Array]:
        return (np.ones_like(x), np.zeros_like(x)), 3 * y**2 - 1


def _frame(case: Case, x: Array) -> Array:
    """An orthonormal basis of the tangent space, (dimension, *shape).

    Eigenvectors of the projection onto it.
    """
    size = int(np.prod(case.shape))
    units = np.eye(size).reshape(size, *case.shape)
    vectors = np.linalg.eigh(case.tangent(x, units).reshape(size, size))[1]
    return vectors[:, size - case.dimension :].T.reshape(-1, *case.shape)


def spectrum(case: Case, x: ArrayLike) -> Array:
    """Eigenvalues of the Hessian on the tangent space at one point, (dimension,), ascending.

    Dense: for small cases. Raises InputError where the function is not defined.
    """
    x = np.asarray(x, float)
    if x.shape != case.shape or not np.all(case.inside(x)):
        raise InputError(
            f"a point of shape {x.shape}: expected one of shape {case.shape} where the function is "
            "defined; give such a point"
        )
    vectors = _frame(case, x)
    flat = vectors.reshape(case.dimension, -1)
    hessian = flat @ case.hessian_vector(x, vectors).reshape(case.dimension, -1).T
    return np.asarray(np.linalg.eigvalsh((hessian + hessian.T) / 2), float)
