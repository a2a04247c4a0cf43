r"""The trace of a symmetric matrix from its products with random vectors, with standard errors.

Hutchinson: tr H is estimated by the mean of z^T H z over vectors z of random signs, since E[z z^T]
= I; the variance of one term is 2 (||H||_F^2 - sum_i H_ii^2). Hutch++: a third of the products
finds an orthonormal basis Q of what H stretches most, another third gives tr Q^T H Q exactly, and
Hutchinson is left with (I - Q Q^T) H (I - Q Q^T).

References: Hutchinson (1990), Commun. Stat. Simul. 19:433; Meyer, Musco, Musco & Woodruff (2021),
SOSA, Algorithm 1.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.landscape.hessian import Counted, Product

__all__ = ["TraceEstimate", "hutch_plus_plus_trace", "hutchinson_trace"]

Array = NDArray[np.float64]


class TraceEstimate(NamedTuple):
    """A trace, its standard error from the scatter of the terms, and the number of products."""

    trace: float
    standard_error: float
    products: int


def hutchinson_trace(
    hvp: Product, dimension: int, *, num_vectors: int = 100, seed: int | np.random.Generator = 0
) -> TraceEstimate:
    """Estimate of tr H from num_vectors products; seed: number, or a numpy random generator.

    Raises InputError for fewer than 2 vectors (no standard error) and for an hvp that is not finite
    or of another size.

    >>> hutchinson_trace(lambda v: 2.0 * v, 10, num_vectors=5).trace
    20.0
    """
    product, rng = Counted(hvp, dimension), np.random.default_rng(seed)
    return _mean(_terms(product, _signs(rng, _at_least(num_vectors, 2), dimension)), 0.0, product)


def hutch_plus_plus_trace(
    hvp: Product, dimension: int, *, num_vectors: int = 99, seed: int | np.random.Generator = 0
) -> TraceEstimate:
    """Estimate of tr H from num_vectors products, the better the faster the eigenvalues of H decay.

    Exact, with standard error 0, where a third of the vectors span the space. Raises InputError for
    fewer than 6 vectors and as `hutchinson_trace`.
    """
    product, rng = Counted(hvp, dimension), np.random.default_rng(seed)
    third = min(_at_least(num_vectors, 6) // 3, dimension)
    basis, _ = np.linalg.qr(np.array([product(z) for z in _signs(rng, third, dimension)]).T)
    exact = float(sum(_terms(product, basis.T)))
    if third == dimension:
        return TraceEstimate(exact, 0.0, product.products)
    rest = _signs(rng, num_vectors - 2 * third, dimension)
    return _mean(_terms(product, rest - (rest @ basis) @ basis.T), exact, product)


def _at_least(number: int, low: int) -> int:
    if not isinstance(number, (int, np.integer)) or number < low:
        raise InputError(f"num_vectors is {number!r}: expected a whole number of at least {low}")
    return int(number)


def _signs(rng: np.random.Generator, number: int, dimension: int) -> Array:
    return rng.choice([-1.0, 1.0], size=(number, dimension))


def _terms(product: Counted, vectors: Iterable[NDArray]) -> Array:
    return np.array([z @ product(z) for z in vectors])


def _mean(terms: Array, known: float, product: Counted) -> TraceEstimate:
    error = terms.std(ddof=1) / np.sqrt(len(terms))
    return TraceEstimate(float(known + terms.mean()), float(error), product.products)
