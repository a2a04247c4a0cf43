"""Minimum energy paths by the nudged elastic band (NEB), many at once, for any energy in jax.

The forces, with their references, are in `spikesampler.landscape.band`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.checks import real_number, whole_number
from spikesampler.errors import InputError
from spikesampler.landscape.band import State, begin, fire_step, forces, go_on
from spikesampler.landscape.precision import enable_x64
from spikesampler.optional import require

__all__ = ["Paths", "neb"]

Array = NDArray[np.float64]


jax = require("neb", "landscape", "jax")

# no image moves further in a step, in mean distances of images at the beginning; our choice
REACH = 0.1
CHUNK = 25  # steps between looks at the progress; no result depends on it


class Paths(NamedTuple):
    """What `neb` gives; without the axis of paths where both ends are (d,).

    images : (n_path, n_image, d), both ends included. energy : (n_path, n_image). residual :
    (n_path,), the largest norm of the NEB force on an image; nan where the energy was not finite on
    the path to begin with. converged : (n_path,) bool, residual <= tolerance. steps : (n_path,)
    int, steps made.
    """

    images: Array
    energy: Array
    residual: Array
    converged: NDArray[np.bool_]
    steps: NDArray[np.integer]

    @property
    def distance(self) -> Array:
        """Length of the chords from the start to each image, (n_path, n_image)."""
        lengths = np.linalg.norm(np.diff(self.images, axis=-2), axis=-1)
        start = np.zeros_like(lengths[..., :1])
        return np.concatenate([start, np.cumsum(lengths, axis=-1)], axis=-1)

    @property
    def barrier(self) -> Array:
        """Highest energy of an image less that of the start, (n_path,)."""
        return self.energy.max(axis=-1) - self.energy[..., 0]

    @property
    def reverse_barrier(self) -> Array:
        """Highest energy of an image less that of the end, (n_path,)."""
        return self.energy.max(axis=-1) - self.energy[..., -1]

    @property
    def turning_angle(self) -> Array:
        """Angle between the chords that meet at an image, (n_path, n_image - 2), radians.

        0 where the path is straight.
        """
        chords = np.diff(self.images, axis=-2)
        unit = chords / np.linalg.norm(chords, axis=-1, keepdims=True)
        before, after = unit[..., :-1, :], unit[..., 1:, :]
        # arctan2, since arccos loses small angles
        difference, total = (np.linalg.norm(v, axis=-1) for v in (after - before, after + before))
        return 2 * np.arctan2(difference, total)


def neb(
    energy: Callable[[Any], Any],
    start: ArrayLike,
    end: ArrayLike,
    n_images: int,
    *,
    initial: ArrayLike | None = None,
    spring_constant: float = 10.0,
    climb: bool = False,
    straighten: bool = False,
    redistribute: int = 0,
    tolerance: float = 1e-2,
    max_steps: int = 3000,
    step_size: float = 0.01,
    progress: Callable[[int, int, str], object] | None = None,
) -> Paths:
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
    n_images = whole_number("n_images", n_images, 3)
    max_steps = whole_number("max_steps", max_steps, 1)
    redistribute = whole_number("redistribute", redistribute, 0)
    tolerance = real_number("tolerance", tolerance)
    spring_constant = real_number("spring_constant", spring_constant)
    step_size = real_number("step_size", step_size)
    if climb and redistribute:
        raise InputError(
            f"climb with redistribute={redistribute}: expected one of them; leave the other out"
        )
    images, single = _first_images(start, end, n_images, initial)
    with enable_x64(True):
        shape = jax.eval_shape(energy, jax.ShapeDtypeStruct(images.shape[2:], float)).shape
        if shape:
            raise InputError(f"energy has shape {shape}: expected a scalar; give its mean, say")
        gradient = jax.vmap(jax.value_and_grad(energy))
        of_images = partial(forces, gradient, spring_constant, climb, straighten)
        step = partial(fire_step, of_images, redistribute)
        advance = jax.jit(partial(go_on, step, tolerance))
        state = _relax(advance, begin(images, step_size), tolerance, max_steps, progress)
    residual = np.asarray(state.best_residual)
    parts = (state.best_images, state.best_energy, residual, residual <= tolerance, state.steps)
    return Paths(*(np.array(part)[0] if single else np.array(part) for part in parts))


def _relax(
    advance: Callable[[State, NDArray, int], State],
    state: State,
    tolerance: float,
    max_steps: int,
    progress: Callable[[int, int, str], object] | None,
) -> State:
    """Advance all paths, CHUNK steps at a time, until they have converged or made max_steps."""
    reach = REACH * np.linalg.norm(np.diff(state.images, axis=1), axis=2).mean(axis=1)
    for done in range(0, max_steps + CHUNK, CHUNK):
        state = advance(state, reach, min(done, max_steps))
        residual, steps = np.asarray(state.best_residual), np.asarray(state.steps)
        if done == 0:
            _check_energies(np.asarray(state.best_energy))
        elif progress is not None:
            largest = np.fmax.reduce(residual)  # of those that are finite
            converged = f"{(residual <= tolerance).sum()} of {len(steps)} paths converged"
            progress(int(steps.max()), max_steps, f"{converged}, residual {largest:.3g}")
        if not (residual > tolerance).any():
            break
    return state


def _first_images(
    start: ArrayLike, end: ArrayLike, n_images: int, initial: ArrayLike | None
) -> tuple[Array, bool]:
    """Images (n_path, n_images, d) to begin with, and whether both ends are (d,)."""
    start, end = _points("start", start), _points("end", end)
    single = start.ndim == end.ndim == 1
    numbers = {len(points) for points in (start, end) if points.ndim == 2}
    if start.shape[-1] != end.shape[-1] or len(numbers) > 1:
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


def _points(name: str, value: ArrayLike) -> Array:
    points = np.asarray(value, float)
    if points.ndim not in (1, 2) or not points.size or not np.isfinite(points).all():
        raise InputError(
            f"{name} has shape {points.shape}: expected finite numbers of shape (d,) or (n_path,"
            " d); give such"
        )
    return points


def _check_energies(energy: Array) -> None:
    for name, at in (("start", 0), ("end", -1)):
        bad = np.flatnonzero(~np.isfinite(energy[:, at]))
        if len(bad):
            raise InputError(
                f"energy is {energy[bad[0], at]} at the {name} of path {bad[0]}: expected a finite"
                " one; leave this path out"
            )
