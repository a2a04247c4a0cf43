"""Extreme eigenvalues and index of a symmetric matrix that is known by its products with vectors.

`hvp` is any function that gives H v, shape (dimension,), for v of the same shape; a result of
another shape but the same size is flattened. Products are checked to be finite, and H to be
symmetric, by two products beforehand.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh, lapack
from scipy.sparse.linalg import ArpackError, ArpackNoConvergence, LinearOperator, eigsh

from spikesampler.checks import real_number, whole_number
from spikesampler.errors import InputError, NotConvergedError

__all__ = ["Extremes", "dense_matrix", "extreme_eigenvalues", "inertia"]

Array = NDArray[np.float64]


DENSE = 64  #: up to this dimension the matrix is written out
KRYLOV = 40  #: Lanczos vectors kept between restarts
ROUNDING = 1e-12  #: of the norm: a residual this small is as small as it gets
TINY = float(np.finfo(float).tiny)

Product = Callable[[Array], Any]  #: v -> H v


class Extremes(NamedTuple):
    """Both ends of the spectrum, and the proof.

    residuals : (2,), ||H v - lambda v|| of the largest and the smallest; H has an eigenvalue no
    further than that from each. vectors : (2, dimension), of norm 1. products : number of calls of
    hvp.
    """

    largest: float
    smallest: float
    residuals: Array
    vectors: Array
    products: int


class Counted:
    """hvp on flat vectors, counted and checked."""

    def __init__(self, hvp: Product, dimension: int) -> None:
        if not callable(hvp):
            raise InputError(
                f"hvp is {type(hvp).__name__}: expected a function that gives H v for a vector v"
            )
        if not isinstance(dimension, (int, np.integer)) or dimension < 1:
            raise InputError(f"dimension is {dimension!r}: expected a whole number of at least 1")
        self.hvp, self.dimension, self.products = hvp, int(dimension), 0

    def __call__(self, v: NDArray) -> Array:
        self.products += 1
        product = np.asarray(self.hvp(np.ravel(v)), dtype=float).ravel()
        if product.shape != (self.dimension,):
            raise InputError(
                f"hvp gave {product.size} numbers: expected {self.dimension}, the dimension"
            )
        if not np.isfinite(product).all():
            raise InputError(
                "hvp gave numbers that are not finite: expected a finite H v; look at the point it"
                " is at"
            )
        return product

    def check_symmetric(self, rng: np.random.Generator, absolute: float = 0.0) -> None:
        """InputError unless u.Hv = v.Hu for two random vectors, up to rounding."""
        u, v = rng.standard_normal((2, self.dimension))
        left, right = self(v), self(u)
        # a product may be 0 but for rounding
        size = np.linalg.norm(left) + absolute * np.linalg.norm(v)
        if abs(u @ left - v @ right) > 1e-6 * (np.linalg.norm(u) * size + TINY):
            raise InputError(
                f"hvp is not symmetric: u.Hv = {u @ left:.6g}, v.Hu = {v @ right:.6g}; expected a"
                " Hessian"
            )


def extreme_eigenvalues(
    hvp: Product,
    dimension: int,
    *,
    tolerance: float = 1e-4,
    absolute: float = 0.0,
    max_restarts: int = 300,
    seed: int = 0,
) -> Extremes:
    """The largest and the smallest eigenvalue by Lanczos (ARPACK), with residuals that are checked.

    An end is accepted where its residual is at most tolerance |lambda|, or `absolute`, or ROUNDING
    times the reach of the spectrum: H then has an eigenvalue no further from it. (That it is the
    outermost one is Lanczos' word; its error is of second order in the residual.) Up to dimension
    64 the matrix is written out instead.

    The end of larger magnitude comes first. The other one is sought as the far end of H shifted by
    it, so an eigenvalue of 0 is found too; where it is tiny beside the other end, it costs
    thousands of products unless `absolute` says how well it must be known.

    Raises InputError for an hvp that is not symmetric, not finite or of another size;
    NotConvergedError, with the residual that was reached, where an end is not accepted within
    max_restarts.

    Reference: Lehoucq, Sorensen & Yang (1998), ARPACK Users' Guide.

    >>> extreme_eigenvalues(lambda v: np.array([3.0, -1.0]) * v, 2).largest
    3.0
    """
    if not (np.isfinite(tolerance) and 0 < tolerance < 1):
        raise InputError(
            f"tolerance is {tolerance}: expected a number between 0 and 1, such as 1e-4"
        )
    limits: dict[str, Any] = {
        "tolerance": tolerance,
        "absolute": real_number("absolute", absolute, zero=True),
        "max_restarts": whole_number("max_restarts", max_restarts, 1),
    }
    product, rng = Counted(hvp, dimension), np.random.default_rng(seed)
    product.check_symmetric(rng, limits["absolute"])
    if dimension <= DENSE:
        values, vectors = eigh(dense_matrix(product, dimension))
        values, vectors = values[[-1, 0]], vectors[:, [-1, 0]].T
    else:
        first, first_vector = _far_end(product, 0.0, rng, **limits)
        other, other_vector = _far_end(product, first, rng, **limits)
        values, vectors = np.array([first, other]), np.array([first_vector, other_vector])
        if other > first:
            values, vectors = values[::-1], vectors[::-1]
    pairs = zip(values, vectors)
    residuals = np.array([np.linalg.norm(product(v) - value * v) for value, v in pairs])
    reach = np.abs(values).sum() * (1 + 1e-6)
    for name, value, residual in zip(("largest", "smallest"), values, residuals):
        if residual > max(tolerance * abs(value), absolute, ROUNDING * reach, TINY):
            raise NotConvergedError(
                f"the {name} eigenvalue did not converge: {value:.6g} with residual {residual:.3g}"
                f" after {product.products} products; expected at most {tolerance:g} of it: raise"
                " tolerance or max_restarts"
            )
    return Extremes(float(values[0]), float(values[1]), residuals, vectors, product.products)


def _far_end(
    product: Counted,
    shift: float,
    rng: np.random.Generator,
    tolerance: float,
    absolute: float,
    max_restarts: int,
) -> tuple[float, Array]:
    """Eigenvalue and vector of H farthest from the shift, to a residual of tolerance |eigenvalue|.

    What is asked for is relative to an eigenvalue that is only known afterwards: hence three tries.
    """
    n, start, aim = product.dimension, rng.standard_normal(product.dimension), tolerance

    def shifted(v: NDArray) -> Array:
        return product(v) - shift * np.ravel(v)

    operator = LinearOperator((n, n), matvec=shifted, dtype=float)
    options = {"k": 1, "which": "LM", "ncv": min(KRYLOV, n - 1), "maxiter": max_restarts}
    for _ in range(3):
        try:
            values, vectors = eigsh(operator, v0=start, tol=aim, **options)
        except ArpackNoConvergence:
            raise NotConvergedError(
                f"an end of the spectrum did not converge in {max_restarts} restarts,"
                f" {product.products} products, to a residual of {aim:.2g} of it: raise tolerance,"
                " absolute or max_restarts"
            ) from None
        except ArpackError as error:
            # H is a multiple of the identity: ARPACK finds no direction
            if not np.any(operator @ start):
                return float(shift), start / np.linalg.norm(start)
            raise NotConvergedError(f"ARPACK gave up: {error}") from error
        value, vector = float(values[0] + shift), vectors[:, 0]
        residual = np.linalg.norm(operator @ vector - values[0] * vector)
        wanted = max(tolerance * abs(value), absolute, ROUNDING * (abs(values[0]) + abs(shift)))
        if residual <= wanted:
            break
        start, aim = vector, max(0.1 * wanted / max(abs(values[0]), TINY), 1e-15)
    return value, vector


def dense_matrix(hvp: Product, dimension: int) -> Array:
    """The matrix (dimension, dimension) itself, symmetrised, a product per column."""
    matrix = np.array([np.ravel(hvp(row)) for row in np.eye(dimension)])
    return (matrix + matrix.T) / 2


def inertia(matrix: ArrayLike, rounding: float = ROUNDING) -> tuple[int, int, int]:
    """Numbers of positive, negative and zero eigenvalues of a symmetric matrix.

    By L D L^T (Sylvester's law). An eigenvalue of D counts as 0 below `rounding` times the largest
    entry of the matrix. The matrix is overwritten where it is in Fortran order. 10 000 x 10 000:
    0.8 GB and about half a minute.
    """
    matrix = np.asarray(matrix, dtype=float)
    scale = np.abs(matrix).max(initial=0.0)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.isfinite(scale):
        raise InputError(
            f"a matrix of shape {matrix.shape}, largest entry {scale:g}: expected a symmetric"
            " matrix of finite numbers"
        )
    work = lapack.dsytrf_lwork(len(matrix), lower=1)[0]
    factor, pivots, info = lapack.dsytrf(matrix, lower=1, lwork=int(work), overwrite_a=1)
    if info < 0:
        raise InputError(
            "the matrix cannot be factored: expected a symmetric matrix of finite numbers"
        )
    diagonal, below = np.diagonal(factor).copy(), np.append(np.diagonal(factor, -1), 0.0)
    at = 0
    while at < len(diagonal):
        if pivots[at] < 0:  # a block of two
            block = [[diagonal[at], below[at]], [below[at], diagonal[at + 1]]]
            diagonal[at : at + 2] = np.linalg.eigvalsh(block)
            at += 1
        at += 1
    zero = np.abs(diagonal) <= rounding * scale
    return int((diagonal[~zero] > 0).sum()), int((diagonal[~zero] < 0).sum()), int(zero.sum())
