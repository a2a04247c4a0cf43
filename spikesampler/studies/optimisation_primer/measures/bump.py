"""The bump: its loss over (a, b), and descents there and of all four parameters."""

from functools import partial

import numpy as np
from scipy.optimize import minimize

from spikesampler.optional import require
from spikesampler.studies.optimisation_primer import quadratic
from spikesampler.studies.optimisation_primer.lecture import (
    BUMP_STARTS,
    PLANE_START,
    bump_loss,
    plane_loss,
)
from spikesampler.studies.optimisation_primer.measures.descents import descents, in_float64

__all__ = ["measure_bump"]

jax = require("descent", "landscape", "jax")

OF_LIMIT = np.array([0.8, 3.0, 8.0])  # steps of a and b, in largest stable steps at the minimum
STEP = 0.03  # of all four parameters
NUM_KEPT = 120  # of the steps, equally spaced on a logarithmic scale


def measure_bump(grid: int, bump_steps: int) -> dict:
    """Losses and paths of `bump_steps` steps, of which some are kept."""
    kept = np.unique(np.geomspace(1, bump_steps + 1, NUM_KEPT).astype(int)) - 1
    return (
        _measure_plane(grid, bump_steps, kept)
        | {"kept_k": (("kept",), kept)}
        | _measure_four(bump_steps, kept)
    )


def _measure_plane(grid: int, bump_steps: int, kept: np.ndarray) -> dict:
    """Of a and b, at c = −1 and d = 0."""
    value = partial(in_float64, plane_loss)
    slope = partial(in_float64, jax.grad(plane_loss))
    least = minimize(lambda w: float(value(w)), [1, 0], jac=slope, tol=1e-12)
    curvatures = quadratic.curvatures(in_float64(jax.hessian(plane_loss), least.x))
    steps = OF_LIMIT * quadratic.largest_stable_step(curvatures[-1])
    paths = descents(jax.grad(plane_loss), [PLANE_START] * 3, steps[:, np.newaxis], bump_steps)
    a, b = np.linspace(-1, 4, grid), np.linspace(-0.4, 0.8, grid)
    surface = value(np.stack(np.meshgrid(a, b), -1))
    return {
        "plane_best": (("line_parameter",), least.x),
        "plane_least": ((), least.fun),
        "plane_curvature": (("line_parameter",), curvatures),
        "plane_a": (("plane_a_index",), a),
        "plane_b": (("plane_b_index",), b),
        "plane_loss": (("plane_b_index", "plane_a_index"), surface.astype("f4")),
        "plane_step": (("plane_kind",), steps),
        "plane_path": (("plane_kind", "kept", "line_parameter"), paths[:, kept].astype("f4")),
        "plane_path_loss": (("plane_kind", "kept"), value(paths[:, kept])),
    }


def _measure_four(bump_steps: int, kept: np.ndarray) -> dict:
    """Of all four parameters, with the curvature where they end."""
    paths = descents(jax.grad(bump_loss), BUMP_STARTS, np.full((3, 1), STEP), bump_steps)
    ends = paths[:, -1]
    curvature = np.linalg.eigvalsh(in_float64(jax.vmap(jax.hessian(bump_loss)), ends))
    return {
        "bump_step": ((), STEP),
        "bump_end": (("bump_start", "bump_parameter"), ends),
        "bump_loss": (("bump_start", "kept"), in_float64(bump_loss, paths[:, kept])),
        "bump_curvature": (("bump_start", "bump_parameter"), curvature),
    }
