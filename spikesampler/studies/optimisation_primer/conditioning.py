"""Steps that optimisers need on quadratics of every condition, along the axes and rotated.

H = Q diag(λ) Qᵀ with n eigenvalues λ equally spaced on a logarithmic scale from 1/κ to 1, w* = 0,
and a start of length 1, as far from the minimum along every eigenvector as along any other, or in a
random direction. Q = 1 along the axes; rotated, it is drawn from the Haar measure. Methods that
scale every weight by itself see κ only in the second.

Counted are the steps until the distance ‖w‖, and until the loss, is first a given fraction of that
at the start. The loss is the milder: it is the square of a distance, and flat directions have next
to no part in it.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.stats import ortho_group

from spikesampler.checks import real_number, whole_number
from spikesampler.landscape.precision import enable_x64
from spikesampler.optional import require
from spikesampler.studies.optimisation_primer import quadratic
from spikesampler.studies.optimisation_primer.quadratic import spectrum

jax, jnp, optax = require("descent", "landscape", "jax", "jax.numpy", "optax")

MEASURES = ("distance", "loss")
DIMENSIONS = 10


class Adaptive(NamedTuple):
    """factory(learning_rate) gives the optax transformation; rates (n,) to choose from; what else
    is set, and why.
    """

    factory: Callable
    rates: np.ndarray
    settings: str


# The factor 0.7: 1/√10, a power of the grid's base, leads Adam and Rprop from the equal start in 10
# dimensions to the minimum along the axes at once.
ADAPTIVE = {
    "Adam": Adaptive(
        optax.adam, np.logspace(-5, 1, 19) * 0.7, "β1 0.9, β2 0.999, ε 1e-8 (Kingma & Ba 2015)"
    ),
    "Rprop": Adaptive(
        partial(optax.rprop, min_step_size=1e-30),
        np.logspace(-4, 0, 9) * 0.7,
        "factors 0.5, 1.2 (Riedmiller & Braun 1993), least step 1e-30: with optax's 1e-6 it stops"
        " short",
    ),
    "Adadelta": Adaptive(
        partial(optax.adadelta, rho=0.9, eps=1e-6),
        np.logspace(-2, 4, 19) * 0.7,
        "ρ 0.9, ε 1e-6 (optax)",
    ),
    "Adadelta, ε 1e-12": Adaptive(
        partial(optax.adadelta, rho=0.9, eps=1e-12),
        np.logspace(-2, 4, 19) * 0.7,
        "ρ 0.9; a control: below √ε a gradient is not scaled, and √ε is the first step",
    ),
}
METHODS = ("gradient descent", "heavy ball", "conjugate gradients", *ADAPTIVE)


class Problems(NamedTuple):
    """Hessians (p, n, n) and starts (p, n) with the minimum at 0."""

    hessians: np.ndarray
    starts: np.ndarray


def make_problems(
    rng: np.random.Generator, conditions: Sequence[float], n: int, rotations: int
) -> dict[str, Problems]:
    """{orientation: Problems (κ × draws)}, draws running fastest.

    `aligned` has one draw, from the equal start, `aligned, random start` and `rotated` (from the
    equal start) as many as rotations. The same rotations and directions serve every κ.
    """
    equal = np.full(n, 1 / np.sqrt(n))
    whole_number("rotations", rotations, 1)
    bases = [ortho_group.rvs(n, random_state=rng) for _ in range(rotations)]
    directions = rng.standard_normal((rotations, n))
    cases = {
        "aligned": [(np.eye(n), equal)],
        "aligned, random start": [(np.eye(n), x / np.linalg.norm(x)) for x in directions],
        "rotated": [(basis, equal) for basis in bases],
    }
    problems = {}
    for name, draws in cases.items():
        hessians = [(basis * spectrum(k, n)) @ basis.T for k in conditions for basis, _ in draws]
        starts = [basis @ start for _ in conditions for basis, start in draws]
        problems[name] = Problems(np.array([(h + h.T) / 2 for h in hessians]), np.array(starts))
    return problems


def linear_settings(condition: float) -> dict[str, tuple[float, float]]:
    """{method: (step, momentum)}, the best by theory for eigenvalues from 1/κ to 1."""
    return {
        "gradient descent": (quadratic.best_step(1 / condition, 1), 0.0),
        "heavy ball": quadratic.best_heavy_ball(1 / condition, 1),
    }


@partial(jax.jit, static_argnums=(0, 1, 2))
def _advance(make, length, fraction, hessians, settings, starts, carry):
    """`length` steps of all.

    carry : w (p, r, n), the optimiser's state, first steps (p, r, 2) or −1, and a count.
    """
    optimizer = make(settings)
    losses = (starts * jnp.einsum("pij,pj->pi", hessians, starts)).sum(-1)
    goals = jnp.stack([fraction**2 * (starts**2).sum(-1), fraction * losses], -1)[:, None]

    def step(carry, _):
        w, gradient, state, first, count = carry
        updates, state = optimizer.update(gradient, state, w)
        w, count = w + updates, count + 1
        gradient = w @ hessians  # which are symmetric
        there = jnp.stack([(w**2).sum(-1), (w * gradient).sum(-1)], -1) <= goals
        return (w, gradient, state, jnp.where(there & (first < 0), count, first), count), None

    w, state, first, count = carry
    carry = jax.lax.scan(step, (w, w @ hessians, state, first, count), None, length=length)[0]
    return carry[0], *carry[2:]


def first_steps(
    make: Callable,
    settings: np.ndarray,
    problems: Problems,
    *,
    fraction: float,
    budget: int,
    chunk: int = 1000,
) -> np.ndarray:
    """First steps (p, r, 2) at which distance and loss are `fraction` of those at the start; −1
    where not in `budget`. In float64.

    make(settings) : an optax transformation of parameters (p, r, n), a function that stays the same
    object. settings : (p or 1, r, any number), such as r learning rates of each problem. Of each
    problem the best of its r is sought: once all problems have one that reached each goal, no more
    steps are taken.
    """
    budget = whole_number("budget", budget, 1)
    chunk = min(whole_number("chunk", chunk, 1), budget)
    fraction = real_number("fraction", fraction)
    with enable_x64(True):
        hessians, starts, settings = (jnp.asarray(x, float) for x in (*problems, settings))
        shape = (len(starts), settings.shape[1], starts.shape[1])
        w = jnp.broadcast_to(starts[:, None], shape)
        carry = w, make(settings).init(w), jnp.full((*shape[:2], 2), -1), jnp.asarray(0)
        for _ in range(-(-budget // chunk)):
            carry = _advance(make, chunk, fraction, hessians, settings, starts, carry)
            first = np.asarray(carry[2])
            if (first >= 0).any(axis=1).all():
                break
    return np.where(first > budget, -1, first)


def momentum_descent(settings: jax.Array) -> optax.GradientTransformation:
    """Gradient descent with momentum for `first_steps`: settings (p, r, 2), step and momentum."""
    return optax.sgd(settings[..., :1], momentum=settings[..., 1:])


def measured_rate(
    condition: float, n: int, step: float, momentum: float, window: tuple[int, int]
) -> float:
    """Factor per step by which the largest component of the distance shrinks between two steps.

    Stepped in float64 on an axis-aligned quadratic, from the equal start.
    """
    values, optimizer = spectrum(condition, n), optax.sgd(step, momentum=momentum)
    early, late = window

    def advance(_, carry):
        updates, state = optimizer.update(values * carry[0], carry[1])
        return carry[0] + updates, state

    with enable_x64(True):
        values = jnp.asarray(values)
        start = jnp.full(n, 1 / np.sqrt(n))
        before = jax.lax.fori_loop(0, early, advance, (start, optimizer.init(start)))
        after = jax.lax.fori_loop(early, late, advance, before)
        shrunk = jnp.abs(after[0]).max() / jnp.abs(before[0]).max()
        return float(shrunk ** (1 / (late - early)))


def exact_steps(condition: float, starts: np.ndarray, *, fraction: float) -> dict[str, np.ndarray]:
    """{method: steps (p, 2), by distance and by loss} of gradient descent and heavy ball, without
    taking them.

    starts : (p, n), along the eigenvectors.
    """
    values = spectrum(condition, np.shape(starts)[1])

    def count(start, setting, measure):
        return quadratic.steps_by_theory(
            values, start, *setting, fraction=fraction, loss=measure == "loss"
        )

    return {
        name: np.array([[count(start, setting, m) for m in MEASURES] for start in starts])
        for name, setting in linear_settings(condition).items()
    }


def conjugate_gradient_steps(
    problems: Problems, *, fraction: float, budget: int
) -> tuple[np.ndarray, np.ndarray]:
    """Distances (p, budget + 1) over that at the start, and first steps (p, 2) by distance and by
    loss, or −1.

    scipy starts from 0, so the minimum is put where the start was. What comes after the recursion
    has ended is filled with its last distance.
    """
    distances, first = [], []
    for hessian, start in zip(*problems):
        away = quadratic.conjugate_gradients(hessian, start, budget) - start
        size = np.linalg.norm(away, axis=1)
        losses = np.einsum("ki,ij,kj->k", away, hessian, away)
        reached = size <= fraction * size[0], losses <= fraction * losses[0]
        first.append([there.argmax() if there.any() else -1 for there in reached])
        distances.append(np.pad(size / size[0], (0, budget + 1 - len(size)), mode="edge"))
    return np.array(distances), np.array(first)
