r"""The forces of the nudged elastic band, and FIRE's steps along them, in jax.

A path is a chain of images R_i with fixed ends. With the improved tangent τ, the images between the
ends feel

.. math:: F_i = -\nabla E + (\nabla E · τ) τ + k (|R_{i+1} - R_i| - |R_i - R_{i-1}|) τ

so they fall across the path, and slide along it only to equal distances. A climbing image, F = -∇E
+ 2 (∇E · τ) τ, ends on the saddle. Where E is flat across the path nothing keeps it from folding:
`straighten` adds f(φ) k times the part of R_{i+1} - 2 R_i + R_{i-1} across τ, f = (1 + cos(π cos
φ))/2 for a turn φ below π/2 and 1 above; f ≈ 0.6 φ⁴ if small.

References: Henkelman & Jónsson (2000), J. Chem. Phys. 113:9978 (tangent, Eqs. 8-11; springs, Eq.
12); Henkelman, Uberuaga & Jónsson (2000), J. Chem. Phys. 113:9901 (climbing); Jónsson, Mills &
Jacobsen (1998), Classical and Quantum Dynamics in Condensed Phase Simulations, p. 385 (f); Bitzek
et al. (2006), Phys. Rev. Lett. 97:170201 (FIRE, the steps).
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.optional import require

jax, jnp = require("neb", "landscape", "jax", "jax.numpy")
norm = jnp.linalg.norm

# of FIRE, from its paper
PATIENCE = 5
SHRINK = 0.5
MIXING = 0.1
LESS_MIXING = 0.99
# of FIRE; its paper has 1.1 and a longest time step, which would have to be known for each energy
GROW = 1.02
TINY = float(np.finfo(float).tiny)

Array = Any  #: of numpy or jax


class State(NamedTuple):
    """Of one path: where it is, FIRE's variables, and the best so far.

    images : (n_image, d), to look at next. good_images : the last ones with finite forces. velocity
    : (n_image - 2, d). time_step, mixing : numbers. downhill : steps in a row that went along the
    force. steps : made so far. best_images, best_energy (n_image,), best_residual : of the lowest
    residual so far. Of several paths each has an axis of paths before these.
    """

    images: Array
    good_images: Array
    velocity: Array
    time_step: Array
    mixing: Array
    downhill: Array
    steps: Array
    best_images: Array
    best_energy: Array
    best_residual: Array


def forces(
    gradient: Callable[[Array], tuple[Array, Array]],
    spring_constant: float,
    climb: bool,
    straighten: bool,
    images: Array,
) -> tuple[Array, Array]:
    """Energies (n_image,), and NEB forces (n_image - 2, d).

    gradient : images -> energies (n_image,) and their gradients (n_image, d).
    """
    energy, slope = gradient(images)
    chords = jnp.diff(images, axis=0)
    lengths = norm(chords, axis=1, keepdims=True)
    tangent = _tangent(energy, chords)
    along = _dot(slope[1:-1], tangent) * tangent
    force = along - slope[1:-1] + spring_constant * jnp.diff(lengths, axis=0) * tangent
    if straighten:
        cosine = _dot(chords[1:], chords[:-1]) / jnp.maximum(lengths[1:] * lengths[:-1], TINY)
        bend = jnp.diff(chords, axis=0)
        share = (1 + jnp.cos(jnp.pi * jnp.maximum(cosine, 0.0))) / 2
        force += share * spring_constant * (bend - _dot(bend, tangent) * tangent)
    if climb:
        top = jnp.arange(1, len(energy) - 1) == jnp.argmax(energy)
        force = jnp.where(top[:, jnp.newaxis], 2 * along - slope[1:-1], force)
    return energy, force


def _tangent(energy: Array, chords: Array) -> Array:
    """Unit vectors (n_image - 2, d): the chord to the higher neighbour, or both at an extremum.

    There they are weighted by energy.
    """
    behind, ahead = jnp.diff(energy)[:-1], jnp.diff(energy)[1:]
    most, least = jnp.maximum(abs(ahead), abs(behind)), jnp.minimum(abs(ahead), abs(behind))
    flat = most == 0  # three equal energies, which are not in the paper
    monotone = ahead * behind > 0
    most = jnp.where(flat | monotone, 1.0, most)
    least = jnp.where(flat, 1.0, jnp.where(monotone, 0.0, least))
    upward = energy[2:] > energy[:-2]
    after, before = jnp.where(upward, most, least), jnp.where(upward, least, most)
    tangent = after[:, jnp.newaxis] * chords[1:] + before[:, jnp.newaxis] * chords[:-1]
    return tangent / jnp.maximum(norm(tangent, axis=1, keepdims=True), TINY)


def begin(images: NDArray[np.float64], step_size: float) -> State:
    """The State of paths (n_path, n_image, d) before the first step, which looks at the images."""
    every, none = np.ones(len(images)), np.zeros(len(images), int)
    return State(
        images=images,
        good_images=images,
        velocity=0 * images[:, 1:-1],
        time_step=step_size * every,
        mixing=MIXING * every,
        downhill=none,
        steps=none - 1,
        best_images=images,
        best_energy=0 * images[..., 0],
        best_residual=np.inf * every,
    )


def go_on(
    step: Callable[[Array, State], State], tolerance: float, state: State, reach: Array, until: int
) -> State:
    """Steps of every path until it has converged, is not finite, or made `until` of them.

    One path after another, its images at once: with all paths at once the order of sums, and so the
    last bits of a path, would depend on how many there are. On a CPU that is no slower.
    """

    def steps(path: tuple[State, Array]) -> State:
        state, reach = path
        return jax.lax.while_loop(
            lambda state: (state.best_residual > tolerance) & (state.steps < until),
            partial(step, reach),
            state,
        )

    return jax.lax.map(steps, (state, reach))


def fire_step(
    forces: Callable[[Array], tuple[Array, Array]], redistribute: int, reach: Array, state: State
) -> State:
    """Look at the images, and let FIRE say which to look at next, none further away than reach."""
    energy, force = forces(state.images)
    residual, steps = norm(force, axis=1).max(), state.steps + 1
    along = (force * state.velocity).sum() >= 0
    downhill = jnp.where(along, state.downhill + 1, 0)
    grow = downhill > PATIENCE
    time_step = state.time_step * jnp.where(grow, GROW, jnp.where(along, 1.0, SHRINK))
    mixing = jnp.where(along, state.mixing * jnp.where(grow, LESS_MIXING, 1.0), MIXING)
    turned = norm(state.velocity) / jnp.maximum(norm(force), TINY) * force
    velocity = jnp.where(along, (1 - mixing) * state.velocity + mixing * turned, 0.0)
    velocity = velocity + time_step * force
    limit = jnp.minimum(1.0, reach / jnp.maximum(time_step * norm(velocity, axis=1).max(), TINY))
    velocity = limit * velocity
    downhill = jnp.where(limit < 1, 0, downhill)  # a longer time step would not help
    images = state.images.at[1:-1].add(time_step * velocity)
    if redistribute:
        images = jnp.where((steps + 1) % redistribute == 0, redistributed(images), images)
    still, good = jnp.zeros_like(velocity), state.good_images
    moved = (images, state.images, velocity, time_step, mixing, downhill)
    back = (good, good, still, SHRINK * state.time_step, MIXING, 0)
    new, old = (state.images, energy, residual), state[-3:]
    better = (residual < state.best_residual) | (steps == 0)
    following = _choose(jnp.isfinite(residual), moved, back)
    return State._make([*following, steps, *_choose(better, new, old)])


def _choose(condition: Array, these: tuple[Array, ...], those: tuple[Array, ...]) -> list[Array]:
    return [jnp.where(condition, this, that) for this, that in zip(these, those)]


def redistributed(images: Array) -> Array:
    """Images (n_image, d) at equal distances along the chords of these."""
    length = jnp.append(0.0, jnp.cumsum(norm(jnp.diff(images, axis=0), axis=1)))
    wanted = jnp.linspace(0.0, length[-1], len(images))[1:-1]
    return images.at[1:-1].set(jax.vmap(jnp.interp, (None, None, 1), 1)(wanted, length, images))


def _dot(a: Array, b: Array) -> Array:
    return (a * b).sum(axis=1, keepdims=True)
