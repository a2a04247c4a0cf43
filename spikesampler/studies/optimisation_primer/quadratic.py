"""What is known of optimisers on a quadratic, f(w) = (w − w*)ᵀ H (w − w*) / 2 with H symmetric,
positive definite.

μ and L are its smallest and largest eigenvalue, κ = L/μ its condition number. Momentum is in the
convention of `optax.sgd`:  u_i = −g_i + β u_{i−1},  w_{i+1} = w_i + α u_i;  β = 0 is gradient
descent. In the coordinates of the eigenvectors every curvature λ goes its own way, a recursion of
two terms:

    e_{k+1} = (1 + β − αλ) e_k − β e_{k−1},        e = w − w*,  e_{−1} = e_0

    best_heavy_ball(1.6754, 14.3246)  ->  (0.1551, 0.2404)

Units: α is in 1/curvature, so that it scales with the loss; β and all rates have none.

References: Polyak (1964) USSR Comput. Math. Math. Phys. 4:1 (heavy ball); Nesterov (2004)
Introductory Lectures on Convex Optimization (gradient descent); Hestenes & Stiefel (1952) J. Res.
NBS 49:409 (conjugate gradients).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from spikesampler.checks import finite_number, real_number, whole_number
from spikesampler.errors import InputError
from spikesampler.landscape.precision import enable_x64
from spikesampler.optional import require

FURTHEST = 2**60  #: steps beyond which a count is given up


def least_squares(design: ArrayLike, target: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """H (n, n) and w* (n,) of the loss Σ (Xw − z)², which has no ½: H = 2XᵀX, and XᵀX w* = Xᵀz.

    design : X (m, n), of full rank n; target : z (m,)
    """
    design, target = np.asarray(design, float), np.asarray(target, float)
    fits = design.ndim == 2 and target.shape == design.shape[:1]
    if not fits or np.linalg.matrix_rank(design) < design.shape[1]:
        raise InputError(
            f"design of shape {design.shape}, target of shape {target.shape}: expected (m, n), of"
            " full rank n, and (m,); give such arrays"
        )
    return 2 * design.T @ design, np.linalg.lstsq(design, target)[0]


def curvatures(hessian: ArrayLike) -> np.ndarray:
    """Eigenvalues (n,), ascending, of a matrix (n, n); InputError unless it is symmetric and
    positive definite.
    """
    hessian = np.asarray(hessian, float)
    square = hessian.ndim == 2 and hessian.shape[0] == hessian.shape[1]
    if (
        not square
        or not np.isfinite(hessian).all()
        or not np.allclose(hessian, hessian.T, rtol=1e-12, atol=0)
    ):
        raise InputError(
            f"hessian of shape {hessian.shape}: expected a finite symmetric matrix; give such a"
            " hessian"
        )
    values = np.linalg.eigvalsh(hessian)
    if values[0] <= 0:
        raise InputError(
            f"hessian with eigenvalue {values[0]:g}: expected all to be positive; give such a"
            " hessian"
        )
    return values


def _extremes(smallest, largest):
    smallest, largest = real_number("smallest", smallest), real_number("largest", largest)
    if smallest > largest:
        raise InputError(
            f"smallest={smallest:g}, largest={largest:g}: expected smallest ≤ largest; exchange"
            " them"
        )
    return smallest, largest


def _momentum(value):
    if not 0 <= finite_number("momentum", value) < 1:
        raise InputError(
            f"momentum={value}: expected a number from 0 to below 1; give such a momentum"
        )
    return float(value)


def check_condition(value: float) -> float:
    """The value as a float; InputError unless it is 1 or more."""
    if real_number("condition", value) < 1:
        raise InputError(
            f"condition={value}: expected a number of 1 or more; give such a condition"
        )
    return float(value)


def condition_number(smallest: float, largest: float) -> float:
    """κ = L/μ."""
    smallest, largest = _extremes(smallest, largest)
    return largest / smallest


def spectrum(condition: float, n: int) -> np.ndarray:
    """n eigenvalues from 1/κ to 1, equally spaced on a logarithmic scale."""
    return np.geomspace(1 / check_condition(condition), 1, whole_number("n", n, 2))


def largest_stable_step(largest: float, momentum: float = 0.0) -> float:
    """2(1 + β)/L, the step below which every curvature up to L decays (Polyak 1964)."""
    return 2 * (1 + _momentum(momentum)) / real_number("largest", largest)


def is_stable(curvature: ArrayLike, step: ArrayLike, momentum: ArrayLike = 0.0) -> np.ndarray:
    """Whether the distance decays: 0 ≤ β < 1 and 0 < αλ < 2(1 + β).

    Arguments are any real numbers, and broadcast.
    """
    product, momentum = np.multiply(curvature, step), np.asarray(momentum)
    return (momentum >= 0) & (momentum < 1) & (product > 0) & (product < 2 * (1 + momentum))


def best_step(smallest: float, largest: float) -> float:
    """2/(L + μ), gradient descent's step of the smallest rate (Nesterov 2004, theorem 2.1.15)."""
    return 2 / sum(_extremes(smallest, largest))


def gradient_descent_rate(condition: float) -> float:
    """(κ − 1)/(κ + 1), by which gradient descent's best step shrinks the distance per step."""
    condition = check_condition(condition)
    return (condition - 1) / (condition + 1)


def best_heavy_ball(smallest: float, largest: float) -> tuple[float, float]:
    """(α, β) of the smallest rate, which is √β (Polyak 1964).

    α = 4/(√L + √μ)², β = ((√κ − 1)/(√κ + 1))².
    """
    low, high = np.sqrt(_extremes(smallest, largest))
    return float(4 / (high + low) ** 2), float(((high - low) / (high + low)) ** 2)


def heavy_ball_rate(condition: float) -> float:
    """√β = (√κ − 1)/(√κ + 1), the rate of the best heavy ball.

    The distance falls as k·rateᵏ: the extreme curvatures are critically damped.
    """
    root = np.sqrt(check_condition(condition))
    return float((root - 1) / (root + 1))


#: rate of the condition number, of each method with its best settings
RATES = {"gradient descent": gradient_descent_rate, "heavy ball": heavy_ball_rate}


def spectral_radius(curvature: ArrayLike, step: ArrayLike, momentum: ArrayLike = 0.0) -> np.ndarray:
    """Largest |r| with r² − (1 + β − αλ) r + β = 0: the rate per step along curvature λ.

    Arguments broadcast.
    """
    momentum = np.asarray(momentum, float)
    middle = (1 + momentum - np.multiply(curvature, step)) / 2
    root = np.emath.sqrt(middle**2 - momentum)
    return np.maximum(np.abs(middle + root), np.abs(middle - root))


def distance_after(
    steps: int, curvature: ArrayLike, start: ArrayLike, step: float, momentum: float = 0.0
) -> float:
    """‖w_k − w*‖ after k steps, from the k-th power of each curvature's 2×2 iteration.

    curvature (n,), start (n,): w_0 − w* along the eigenvectors. Powers are by repeated squaring;
    rounding adds a relative error of order k·1e-16.
    """
    curvature, start = np.asarray(curvature, float), np.asarray(start, float)
    iteration = np.zeros((len(curvature), 2, 2))
    iteration[:, 0, 0] = 1 + momentum - step * curvature
    iteration[:, 0, 1] = -momentum
    iteration[:, 1, 0] = 1
    power = np.linalg.matrix_power(iteration, whole_number("steps", steps, 0))
    return float(np.linalg.norm(power[:, 0, :].sum(axis=1) * start))


def steps_by_theory(
    curvature: ArrayLike,
    start: ArrayLike,
    step: float,
    momentum: float = 0.0,
    *,
    fraction: float,
    loss: bool = False,
) -> int:
    """Steps until distance (or loss) is `fraction` of that at the start, without taking them.

    By doubling, then bisection. Exact where the last crossing is the only one, as for gradient
    descent, and for the heavy ball from start to end of its critically damped decay; to k·1e-16
    (see `distance_after`).
    """
    curvature, start = np.asarray(curvature, float), np.asarray(start, float)
    if not is_stable(curvature, step, momentum).all():
        raise InputError(
            f"step={step:g}, momentum={momentum:g}: expected a step below "
            f"{largest_stable_step(curvature.max(), momentum):g}; give such a step"
        )
    # the loss is half the square of this length
    weighted = start * np.sqrt(curvature) if loss else start
    goal = (np.sqrt(fraction) if loss else fraction) * np.linalg.norm(weighted)

    def reached(k):
        return distance_after(k, curvature, weighted, step, momentum) <= goal

    high = 1
    while not reached(high):
        high *= 2
        if high > FURTHEST:
            raise InputError(
                f"fraction={fraction}: not reached in {FURTHEST} steps; give a larger one"
            )
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def descend(optimizer, gradient: Callable, start: ArrayLike, steps: int) -> np.ndarray:
    """The path (steps + 1, …) of an optax transformation from start (…), in float64.

    gradient : of w, traceable. `optax.sgd(α, momentum=β)` has the convention above.
    """
    steps = whole_number("steps", steps, 0)
    start = np.asarray(start, float)
    jax = require("descent", "landscape", "jax")
    with enable_x64(True):

        def advance(carry, _):
            w, state = carry
            updates, state = optimizer.update(gradient(w), state, w)
            return (w + updates, state), w + updates

        first = jax.numpy.asarray(start)
        path = jax.lax.scan(advance, (first, optimizer.init(first)), None, length=steps)[1]
        return np.concatenate([start[np.newaxis], np.asarray(path)])


def conjugate_gradients(hessian: ArrayLike, minimum: ArrayLike, steps: int) -> np.ndarray:
    """Iterates (k + 1, n), k ≤ steps, of scipy's conjugate gradients on H w = H w*, from w = 0.

    Without rounding the last is w* after as many steps as H has different eigenvalues (Hestenes &
    Stiefel). Ends early where the residual of the recursion is 0; there is no other stop.
    """
    from scipy.sparse.linalg import cg

    hessian, minimum = np.asarray(hessian, float), np.asarray(minimum, float)
    path = [np.zeros_like(minimum)]
    # errors: after the residual's square has underflown
    with np.errstate(divide="ignore", invalid="ignore"):
        cg(
            hessian,
            hessian @ minimum,
            rtol=0,
            atol=np.finfo(float).tiny,
            maxiter=whole_number("steps", steps, 1),
            callback=lambda w: path.append(w.copy()),
        )
    path = np.array(path)
    return path[np.isfinite(path).all(axis=1)]
