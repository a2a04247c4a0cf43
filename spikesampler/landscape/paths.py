r"""Minimum energy paths by the nudged elastic band (NEB), many at once, for any energy written in
jax.

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

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.numpy.linalg import norm

from spikesampler.checks import real_number, whole_number
from spikesampler.errors import InputError
from spikesampler.landscape.precision import enable_x64

__all__ = ["Paths", "neb"]

PATIENCE, SHRINK, MIXING, LESS_MIXING = 5, 0.5, 0.1, 0.99  # of FIRE, from its paper
# of FIRE; its paper has 1.1 and a longest time step, which would have to be known for each energy
GROW = 1.02
# no image moves further in a step, in mean distances of images at the beginning; our choice
REACH = 0.1
CHUNK = 25  # steps between looks at the progress; no result depends on it
TINY = np.finfo(float).tiny


class Paths(NamedTuple):
    """What `neb` found; without the axis of paths where both ends are (d,).

    images : (n_path, n_image, d), both ends included. energy : (n_path, n_image). residual :
        (n_path,), the largest
    norm of the NEB force on an image; nan where the energy was not finite on the path to begin
    with.
    converged : (n_path,) bool, residual <= tolerance. steps : (n_path,) int, steps made.
    """

    images: np.ndarray
    energy: np.ndarray
    residual: np.ndarray
    converged: np.ndarray
    steps: np.ndarray

    @property
    def distance(self):
        """Length of the chords from the start to each image, (n_path, n_image)."""
        lengths = np.linalg.norm(np.diff(self.images, axis=-2), axis=-1)
        return np.concatenate(
            [np.zeros_like(lengths[..., :1]), np.cumsum(lengths, axis=-1)], axis=-1
        )

    @property
    def barrier(self):
        """Highest energy of an image less that of the start, (n_path,)."""
        return self.energy.max(axis=-1) - self.energy[..., 0]

    @property
    def reverse_barrier(self):
        """Highest energy of an image less that of the end, (n_path,)."""
        return self.energy.max(axis=-1) - self.energy[..., -1]

    @property
    def turning_angle(self):
        """Angle between the two chords that meet at an image, radians, (n_path, n_image - 2); 0 if
        straight.
        """
        chords = np.diff(self.images, axis=-2)
        unit = chords / np.linalg.norm(chords, axis=-1, keepdims=True)
        before, after = (
            unit[..., :-1, :],
            unit[..., 1:, :],
        )  # arctan2, since arccos loses small angles
        return 2 * np.arctan2(
            np.linalg.norm(after - before, axis=-1), np.linalg.norm(after + before, axis=-1)
        )


class State(NamedTuple):
    """Of one path: images to look at next, the last ones with finite forces, FIRE's variables, and
    the best so far.
    """

    images: np.ndarray  # (n_image, d)
    good_images: np.ndarray  # (n_image, d)
    velocity: np.ndarray  # (n_image - 2, d)
    time_step: float
    mixing: float
    downhill: int  # steps in a row that went along the force
    steps: int
    best_images: np.ndarray  # (n_image, d)
    best_energy: np.ndarray  # (n_image,)
    best_residual: float


def neb(
    energy,
    start,
    end,
    n_images,
    *,
    initial=None,
    spring_constant=10.0,
    climb=False,
    straighten=False,
    redistribute=0,
    tolerance=1e-2,
    max_steps=3000,
    step_size=0.01,
    progress=None,
):
    """Minimum energy paths from start to end: a `Paths`, in float64 whatever jax is set to.

    Parameters
    ----------
    energy : function of x (d,) -> scalar, that jax can differentiate
    start, end : (d,) or (n_path, d)
        Best two minima; they do not move. One of shape (d,) is shared by all paths.
    n_images : int
        Images of a path INCLUDING both ends, 3 or more.
    initial : (n_path, n_images, d), optional
        Images to begin with, ends included, without n_path where both ends are (d,); else straight
        lines. To be sure of the saddle among many, give the images of a converged path, and climb.
    spring_constant : float
        k, energy per squared length. Once converged, all k give equal distances; the softer the
        springs beside the curvature of the energy, the more steps that takes, as the root of their
        ratio. 10: our choice.
    climb : bool
        The highest image, unless that is an end, feels no spring, and its force along the path is
        inverted.
    straighten : bool
        For energies that are flat in many directions, such as those of networks. Cuts corners of
        coarse paths.
    redistribute : int
        Move the images to equal distances along their chords after every so many steps; 0, our
        choice, leaves it to the springs. Not with climb, whose image belongs elsewhere.
    tolerance : float
        Of the residual, energy per length; 0.01: our choice. Where the gradient jumps, as that of a
        ReLU network does, the residual remains about as large as the jumps.
    max_steps : int
        Each takes a gradient of every image; 3000: our choice.
    step_size : float
        FIRE's first time step, which adapts; 0.01: our choice.
    progress : called as progress(done, total, text), optional

    A step to where the energy or the gradient is not finite is taken back, and the next one is
    shorter. Returned are the images of the lowest residual so far: the last ones, if the path
    converged. A path that did not is no error. Which other paths there are makes no difference.

    Raises InputError for ends that are equal, not finite, of different shapes or where the energy
    is not finite, for an `initial` that does not fit them, and for numbers out of range.

    >>> energy = lambda x: (x[0] ** 2 - 1) ** 2 + 5 * (x[1] - x[0] ** 2) ** 2
    >>> paths = neb(energy, [-1, 1], [1, 1], 11, climb=True, tolerance=1e-6)
    >>> print(f"{paths.barrier:.6f}")
    1.000000
    """
    n_images, max_steps = (
        whole_number("n_images", n_images, 3),
        whole_number("max_steps", max_steps, 1),
    )
    redistribute, tolerance = (
        whole_number("redistribute", redistribute, 0),
        real_number("tolerance", tolerance),
    )
    spring_constant = real_number("spring_constant", spring_constant)
    step_size = real_number("step_size", step_size)
    if climb and redistribute:
        raise InputError(
            f"climb with redistribute={redistribute}: expected one of them; leave the other out"
        )
    images, single = _first_images(start, end, n_images, initial)
    reach = REACH * np.linalg.norm(np.diff(images, axis=1), axis=2).mean(axis=1)
    with enable_x64(True):
        shape = jax.eval_shape(energy, jax.ShapeDtypeStruct(images.shape[2:], float)).shape
        if shape:
            raise InputError(f"energy has shape {shape}: expected a scalar; give its mean, say")
        forces = partial(
            _forces, jax.vmap(jax.value_and_grad(energy)), spring_constant, climb, straighten
        )
        go_on = jax.jit(partial(_go_on, partial(_step, forces, redistribute), tolerance))
        state = _begin(images, step_size)
        for done in range(0, max_steps + CHUNK, CHUNK):
            state = go_on(state, reach, min(done, max_steps))
            residual, steps = np.asarray(state.best_residual), np.asarray(state.steps)
            if done == 0:
                _check_energies(np.asarray(state.best_energy))
            elif progress is not None:
                largest = np.fmax.reduce(residual)  # of those that are finite
                text = (
                    f"{(residual <= tolerance).sum()} of {len(steps)} paths converged, residual"
                    f" {largest:.3g}"
                )
                progress(int(steps.max()), max_steps, text)
            if not (residual > tolerance).any():
                break
    found = state.best_images, state.best_energy, residual, residual <= tolerance, steps
    return Paths(*(np.array(one)[0] if single else np.array(one) for one in found))


def _forces(gradient, spring_constant, climb, straighten, images):
    """Energies (n_image,), and NEB forces (n_image - 2, d)."""
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


def _tangent(energy, chords):
    """Unit vectors (n_image - 2, d): the chord to the higher neighbour; at an extremum both,
    weighted by energy.
    """
    behind, ahead = jnp.diff(energy)[:-1], jnp.diff(energy)[1:]
    most, least = jnp.maximum(abs(ahead), abs(behind)), jnp.minimum(abs(ahead), abs(behind))
    flat, monotone = (
        most == 0,
        ahead * behind > 0,
    )  # flat, three equal energies, is not in the paper
    most, least = (
        jnp.where(flat | monotone, 1.0, most),
        jnp.where(flat, 1.0, jnp.where(monotone, 0.0, least)),
    )
    upward = energy[2:] > energy[:-2]
    after, before = jnp.where(upward, most, least), jnp.where(upward, least, most)
    tangent = after[:, jnp.newaxis] * chords[1:] + before[:, jnp.newaxis] * chords[:-1]
    return tangent / jnp.maximum(norm(tangent, axis=1, keepdims=True), TINY)


def _begin(images, step_size):
    """The State of paths (n_path, n_image, d) of which nothing is known; the first step looks at
    them.
    """
    every, none = np.ones(len(images)), np.zeros(len(images), int)
    return State(
        images,
        images,
        0 * images[:, 1:-1],
        step_size * every,
        MIXING * every,
        none,
        none - 1,
        images,
        0 * images[..., 0],
        np.inf * every,
    )


def _go_on(step, tolerance, state, reach, until):
    """Steps of every path until it has converged, is not finite, or made `until` of them.

    One path after another, its images at once: with all paths at once the order of sums, and so the
    last bits of a path, would depend on how many there are. On a CPU that is no slower.
    """

    def steps(path):
        return jax.lax.while_loop(
            lambda state: (state.best_residual > tolerance) & (state.steps < until),
            partial(step, path[1]),
            path[0],
        )

    return jax.lax.map(steps, (state, reach))


def _step(forces, redistribute, reach, state):
    """Look at the images, and let FIRE say which to look at next, none of them further away than
    reach.
    """
    energy, force = forces(state.images)
    residual, steps = norm(force, axis=1).max(), state.steps + 1
    along = (force * state.velocity).sum() >= 0
    downhill = jnp.where(along, state.downhill + 1, 0)
    grow = downhill > PATIENCE
    time_step = state.time_step * jnp.where(grow, GROW, jnp.where(along, 1.0, SHRINK))
    mixing = jnp.where(along, state.mixing * jnp.where(grow, LESS_MIXING, 1.0), MIXING)
    turned = norm(state.velocity) / jnp.maximum(norm(force), TINY) * force
    velocity = (
        jnp.where(along, (1 - mixing) * state.velocity + mixing * turned, 0.0) + time_step * force
    )
    limit = jnp.minimum(1.0, reach / jnp.maximum(time_step * norm(velocity, axis=1).max(), TINY))
    velocity, downhill = (
        limit * velocity,
        jnp.where(limit < 1, 0, downhill),
    )  # a longer time step would not help
    images = state.images.at[1:-1].add(time_step * velocity)
    if redistribute:
        images = jnp.where((steps + 1) % redistribute == 0, _redistributed(images), images)
    still, good = jnp.zeros_like(velocity), state.good_images
    moved = images, state.images, velocity, time_step, mixing, downhill
    back = good, good, still, SHRINK * state.time_step, MIXING, 0
    new, old = (state.images, energy, residual), state[-3:]
    better = (residual < state.best_residual) | (steps == 0)
    return State(*_choose(jnp.isfinite(residual), moved, back), steps, *_choose(better, new, old))


def _choose(condition, these, those):
    return [jnp.where(condition, a, b) for a, b in zip(these, those)]


def _redistributed(images):
    """Images (n_image, d) at equal distances along the chords of these."""
    length = jnp.append(0.0, jnp.cumsum(norm(jnp.diff(images, axis=0), axis=1)))
    wanted = jnp.linspace(0.0, length[-1], len(images))[1:-1]
    return images.at[1:-1].set(jax.vmap(jnp.interp, (None, None, 1), 1)(wanted, length, images))


def _dot(a, b):
    return (a * b).sum(axis=1, keepdims=True)


def _first_images(start, end, n_images, initial):
    """Images (n_path, n_images, d) to begin with, and whether both ends are (d,)."""
    start, end = _points("start", start), _points("end", end)
    single = start.ndim == end.ndim == 1
    if (
        start.shape[-1] != end.shape[-1]
        or len({len(one) for one in (start, end) if one.ndim == 2}) > 1
    ):
        raise InputError(
            f"start has shape {start.shape}, end {end.shape}: expected (d,) or (n_path, d) with one"
            " d and n_path; give such ends"
        )
    ends = np.stack(np.broadcast_arrays(np.atleast_2d(start), np.atleast_2d(end)), axis=1)
    same = np.flatnonzero((ends[:, 0] == ends[:, 1]).all(axis=1))
    if len(same):
        raise InputError(
            f"start and end of path {same[0]} are the same point: expected two; leave this path out"
        )
    if initial is None:
        along = np.linspace(0, 1, n_images)[:, np.newaxis]
        return (1 - along) * ends[:, :1] + along * ends[:, 1:], single
    expected = (n_images, ends.shape[2]) if single else (len(ends), n_images, ends.shape[2])
    images = np.asarray(initial, float)
    if images.shape != expected or not np.isfinite(images).all():
        raise InputError(
            f"initial has shape {images.shape}: expected finite numbers of shape {expected}; give"
            " such"
        )
    images = images.reshape(-1, *expected[-2:])
    if (images[:, [0, -1]] != ends).any():
        raise InputError(
            "initial begins or ends elsewhere than start and end: expected the same points; give"
            " these as its first and last images"
        )
    return images, single


def _points(name, value):
    points = np.asarray(value, float)
    if points.ndim not in (1, 2) or not points.size or not np.isfinite(points).all():
        raise InputError(
            f"{name} has shape {points.shape}: expected finite numbers of shape (d,) or (n_path,"
            " d); give such"
        )
    return points


def _check_energies(energy):
    for name, at in (("start", 0), ("end", -1)):
        bad = np.flatnonzero(~np.isfinite(energy[:, at]))
        if len(bad):
            raise InputError(
                f"energy is {energy[bad[0], at]} at the {name} of path {bad[0]}: expected a finite"
                " one; leave this path out"
            )
