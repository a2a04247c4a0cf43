"""The line fit: descents with four steps, the lecture's traces, conjugate gradients."""

import numpy as np

from spikesampler.studies.optimisation_primer import quadratic
from spikesampler.studies.optimisation_primer.lecture import LINE_START, line_fit
from spikesampler.studies.optimisation_primer.measures.descents import descents

__all__ = ["measure_line"]

STEPS = ("small", "best", "oscillating", "overshooting")
TRACES = {"a": (0.01, 0.0), "b": (0.135, 0.0), "c": (0.01, 0.8), "best": None}  # (α, β)
HALF_WIDTH = 2.6  # of the loss that is drawn, about its minimum


def measure_line(grid: int) -> dict:
    """The loss on a grid about its minimum, and all paths from the same start."""
    hessian, best, (low, high), loss = line_fit()
    limit = quadratic.largest_stable_step(high)
    steps = np.array([0.1 * limit, quadratic.best_step(low, high), 0.98 * limit, 1.02 * limit])
    heavy = quadratic.best_heavy_ball(low, high)
    traces = np.array([setting or heavy for setting in TRACES.values()])

    settings = np.concatenate([np.column_stack([steps, np.zeros(4)]), traces])
    starts = [LINE_START] * len(settings)
    paths = descents(lambda w: hessian @ (w - best), starts, settings, 120)
    stepped = paths[:4, :61]
    a, b = (np.linspace(w - HALF_WIDTH, w + HALF_WIDTH, grid) for w in best)
    surface = loss(np.stack(np.meshgrid(a, b), axis=-1))
    conjugate = np.linalg.norm(quadratic.conjugate_gradients(hessian, best, 2) - best, axis=1)
    return {
        "line_best": (("line_parameter",), best),
        "line_curvature": (("line_parameter",), np.array([low, high])),
        "line_a": (("line_a_index",), a),
        "line_b": (("line_b_index",), b),
        "line_loss": (("line_b_index", "line_a_index"), surface.astype("f4")),
        "line_step": (("kind",), steps),
        "line_path": (("kind", "k", "line_parameter"), stepped.astype("f4")),
        "line_path_loss": (("kind", "k"), loss(stepped)),
        "line_least": ((), loss(best)),
        "trace_setting": (("trace", "setting"), traces),
        "trace_path": (("trace", "trace_k", "line_parameter"), paths[4:].astype("f4")),
        "line_conjugate": (("conjugate_k",), conjugate),
    }
