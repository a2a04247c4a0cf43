"""Two of the lecture's formulas: its three equations against the gradient by jax, and its Taylor
term against the loss itself.
"""

from collections.abc import Callable

import numpy as np

from spikesampler.optional import require
from spikesampler.studies.optimisation_primer.lecture import (
    PLANE_START,
    bump_loss,
    lecture_gradient,
    line_fit,
    plane_loss,
)
from spikesampler.studies.optimisation_primer.measures.descents import in_float64

__all__ = ["measure_formulas"]

jax = require("descent", "landscape", "jax")

RANGES = ((0.5, 3), (0.1, 1), (-1, 3))  # of a, b and c, at random
NUM_POINTS = 200
OFFSETS = np.array([0.0, 0.1, 0.5, 1.0])  # d
DIRECTION = np.array([0.6, 0.8])  # of the expansion


def measure_formulas(rng: np.random.Generator) -> dict:
    """Median relative errors of the equations by d, and errors of expansions by distance."""
    points = np.stack([rng.uniform(*limits, NUM_POINTS) for limits in RANGES], axis=1)
    given = np.array([lecture_gradient(*point) for point in points])
    slopes = jax.vmap(jax.grad(bump_loss))
    errors = []
    for d in OFFSETS:
        true = in_float64(slopes, np.column_stack([points, np.full(NUM_POINTS, d)]))[:, :3]
        errors.append(np.linalg.norm(given - true, axis=1) / np.linalg.norm(true, axis=1))
    sizes = np.geomspace(1e-3, 1, 25)
    line = line_fit()
    cases = {"line": (line.loss, line.best + 1), "bump": (plane_loss, PLANE_START)}
    missed = np.array([_expansion_errors(*case, sizes) for case in cases.values()])
    return {
        "equation_error": (("offset",), np.median(errors, axis=1)),
        "offset_d": (("offset",), OFFSETS),
        "taylor_size": (("size",), sizes),
        "taylor_error": (("model", "form", "size"), missed),
    }


def _expansion_errors(loss: Callable, point: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """|loss − expansion| (2, n), with ½ and without, at distances (n,) along DIRECTION."""
    value, gradient, hessian = in_float64(
        lambda w: (loss(w), jax.grad(loss)(w), jax.hessian(loss)(w)), point
    )
    there = in_float64(jax.vmap(loss), point + sizes[:, np.newaxis] * DIRECTION)
    straight = sizes * (gradient @ DIRECTION)
    bent = sizes**2 * (DIRECTION @ hessian @ DIRECTION)
    return np.abs(np.array([there - value - straight - half * bent for half in (0.5, 1.0)]))
