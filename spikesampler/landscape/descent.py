"""Gradient descent of many walks, plain, noisy or perturbed, and when each has passed a saddle.

A step is a pure function, step(rng, state, case, ...) -> (state, info); `case` is as in
`spikesampler.landscape.cases` and positions are (n_walk, *case.shape). Random directions are
isotropic in the tangent space. A radius of 0 gives plain gradient descent bit for bit (in flat
space), whatever the generator.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.checks import real_number, whole_number
from spikesampler.errors import InputError

Array = NDArray[np.float64]
Rng = np.random.Generator

NEVER = -(2**62)  # time of the last perturbation of a walk that had none


class State(NamedTuple):
    """Where the walks are after `time` steps, and when each was last perturbed.

    position : (n_walk, *shape). perturbed_at : (n_walk,).
    """

    position: Array
    time: int
    perturbed_at: NDArray[np.integer]


class Info(NamedTuple):
    """Of the step just done: norm of the gradient where it began, and which walks were perturbed.

    Both are (n_walk,).
    """

    gradient_norm: Array
    perturbed: NDArray[np.bool_]


class Escapes(NamedTuple):
    """When each walk had passed its n-th saddle, and how it went on.

    steps : (n_walk, n_saddle), the step by which it had passed; where it had not, the last one at
    which it was looked at. passed : (n_walk, n_saddle), False for censored. left : (n_walk,), went
    where the function is not defined, and was given up there. perturbations : (n_walk,). position :
    (n_walk, *shape), the last.
    """

    steps: NDArray[np.integer]
    passed: NDArray[np.bool_]
    left: NDArray[np.bool_]
    perturbations: NDArray[np.integer]
    position: Array


def init(position: ArrayLike) -> State:
    """The state at the start of walks: position (n_walk, *shape), finite."""
    position = np.array(position, float)
    if position.ndim < 2 or not len(position) or not np.isfinite(position).all():
        raise InputError(
            f"positions of shape {position.shape}: expected finite numbers of shape (walks, ...);"
            " give one or more starts"
        )
    return State(position, 0, np.full(len(position), NEVER))


def on_sphere(rng: Rng, case: Any, position: NDArray) -> Array:
    """Unit tangent vectors (n_walk, *shape), uniform in direction."""
    drawn = case.tangent(position, rng.standard_normal(position.shape))
    return drawn / _column(_norm(drawn), drawn)


def in_ball(rng: Rng, case: Any, position: NDArray, radius: float) -> Array:
    """Tangent vectors (n_walk, *shape), uniform in the ball: P(norm < s) = (s/radius)^dimension."""
    share = rng.random(len(position)) ** (1 / case.dimension)
    return _column(radius * share, position) * on_sphere(rng, case, position)


def gradient_descent(rng: Rng, state: State, case: Any, *, step_size: float) -> tuple[State, Info]:
    """x ← x − η∇f(x). The generator is not used."""
    return _descend(state, case, case.gradient(state.position), step_size)


def noisy_gradient_descent(
    rng: Rng, state: State, case: Any, *, step_size: float, noise_radius: float
) -> tuple[State, Info]:
    """x ← x − η(∇f(x) + ρn), n uniform on the unit sphere, at every step.

    Ge et al., COLT 2015, Algorithm 1: ρ = 1.
    """
    noise_radius = real_number("noise_radius", noise_radius, zero=True)
    gradient = case.gradient(state.position)
    noise = noise_radius * on_sphere(rng, case, state.position)
    return _descend(state, case, gradient, step_size, noise)


def perturbed_gradient_descent(
    rng: Rng,
    state: State,
    case: Any,
    *,
    step_size: float,
    radius: float,
    gradient_threshold: float,
    time_threshold: int,
) -> tuple[State, Info]:
    """Plain steps, and a point uniform in a ball is added where the gradient is small.

    Jin et al., ICML 2017. Walks with ‖∇f‖ ≤ gradient_threshold whose last perturbation lies more
    than time_threshold steps back move by a tangent vector uniform in the ball of the radius,
    before the gradient step. The algorithm's rule for when to stop, a value that did not fall
    within time_threshold steps, is left out: here one looks at when walks escape.
    """
    radius = real_number("radius", radius, zero=True)
    gradient_threshold = real_number("gradient_threshold", gradient_threshold, zero=True)
    time_threshold = whole_number("time_threshold", time_threshold, 0)
    gradient = case.gradient(state.position)
    long_ago = state.time - state.perturbed_at > time_threshold
    perturbed = (_norm(gradient) <= gradient_threshold) & long_ago
    if perturbed.any():
        position, here = state.position.copy(), state.position[perturbed]
        position[perturbed] = case.retract(here, in_ball(rng, case, here, radius))
        state = state._replace(
            position=position, perturbed_at=np.where(perturbed, state.time, state.perturbed_at)
        )
        gradient = gradient.copy()
        gradient[perturbed] = case.gradient(position[perturbed])
    state, info = _descend(state, case, gradient, step_size)
    return state, info._replace(perturbed=perturbed)


def escape_steps(
    step: Callable[..., tuple[State, Info]],
    rng: Rng,
    case: Any,
    start: ArrayLike,
    passed: Callable[[NDArray], NDArray[np.integer]],
    *,
    num_saddles: int = 1,
    max_steps: int,
) -> Escapes:
    """Walk until all saddles are passed, or for max_steps.

    Parameters
    ----------
    step : (rng, state, case) -> (state, info)
        One of the functions above with its settings, as by functools.partial.
    rng : numpy.random.Generator, shared by the walks
    start : (n_walk, *shape)
    passed : function of positions (n, *shape) -> (n,) int
        Number of saddles passed; the largest so far counts.
    num_saddles, max_steps : int

    Raises InputError for a start outside the function's domain, and where an iterate is not finite.
    """
    num_saddles = whole_number("num_saddles", num_saddles, 1)
    max_steps = whole_number("max_steps", max_steps, 1)
    state = init(start)
    outside = ~case.inside(state.position)
    if outside.any():
        raise InputError(
            f"{outside.sum()} of {len(outside)} starts lie outside the function's domain: expected"
            " none; give starts for which `inside` is True"
        )
    n, saddles = len(state.position), np.arange(num_saddles)
    walks, position = np.arange(n), state.position.copy()
    left, perturbations = np.zeros(n, bool), np.zeros(n, int)
    steps = np.zeros((n, num_saddles), int)
    done = passed(position)[:, np.newaxis] > saddles
    while len(walks) and state.time < max_steps:
        with np.errstate(over="ignore", invalid="ignore"):  # the step complains, and says where
            state, info = step(rng, state, case)
        position[walks] = state.position
        perturbations[walks] += info.perturbed
        steps[walks] = np.where(done[walks], steps[walks], state.time)
        inside = case.inside(state.position)
        left[walks] = ~inside
        done[walks[inside]] |= passed(state.position[inside])[:, np.newaxis] > saddles
        on = inside & ~done[walks].all(axis=1)
        if not on.all():
            walks, state = walks[on], State(state.position[on], state.time, state.perturbed_at[on])
    return Escapes(steps, done, left, perturbations, position)


def _descend(
    state: State, case: Any, gradient: NDArray, step_size: float, noise: NDArray | None = None
) -> tuple[State, Info]:
    """One step down the gradient, with noise added to it; the norm in the info is without."""
    step_size = real_number("step_size", step_size)
    slope = gradient if noise is None else gradient + noise
    with np.errstate(over="ignore", invalid="ignore"):
        position = case.retract(state.position, -step_size * slope)
    if not np.isfinite(position).all():
        raise InputError(
            f"step {state.time + 1} leads to numbers that are not finite with"
            f" step_size={step_size}: expected finite ones; give a smaller step_size"
        )
    info = Info(_norm(gradient), np.zeros(len(position), bool))
    return State(position, state.time + 1, state.perturbed_at), info


def _norm(vectors: NDArray) -> Array:
    return np.sqrt((vectors.reshape(len(vectors), -1) ** 2).sum(axis=1))


def _column(numbers: NDArray, like: NDArray) -> NDArray:
    """(n_walk,) as (n_walk, 1, …), to be multiplied with arrays like this one."""
    return np.reshape(numbers, (-1,) + (1,) * (like.ndim - 1))
