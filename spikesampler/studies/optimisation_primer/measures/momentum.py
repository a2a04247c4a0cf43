"""Where momentum is stable, and the lecture's line α + β = 1."""

import numpy as np

from spikesampler.studies.optimisation_primer import quadratic
from spikesampler.studies.optimisation_primer.lecture import line_fit

__all__ = ["measure_momentum"]

SCALES = np.array([0.01, 1.0, 100.0])  # factors of the line fit's loss
EVERY = 50  # of the points on the line that are kept


def measure_momentum(grid: int, growth_steps: int) -> dict:
    """Rates over (αλ, β), measured and by theory, and those on the lecture's line."""
    products, momenta = np.linspace(-0.23, 4.39, grid), np.linspace(0, 1.09, grid)
    x, beta = np.meshgrid(products, momenta)
    measured, theory = _growth(x, beta, growth_steps), quadratic.spectral_radius(x, 1.0, beta)
    odd = quadratic.is_stable(x, 1.0, beta) != (measured < 1)
    return {
        "growth": (("beta", "product"), measured.astype("f4")),
        "growth_product": (("product",), products),
        "growth_error": ((), np.abs(measured - theory).max()),
        "growth_misjudged": ((), int(odd.sum())),
        "growth_misjudged_by": ((), np.abs(theory - 1)[odd].max(initial=0)),
        "growth_beta": (("beta",), momenta),
        **_measure_sum(),
    }


def _growth(x: np.ndarray, beta: np.ndarray, steps: int) -> np.ndarray:
    """Factor per step of e_{k+1} = (1 + β − x) e_k − β e_{k−1}, over the second half of the steps,
    where the start is forgotten.
    """
    now, before, logs = np.ones_like(x), np.ones_like(x), np.zeros_like(x)
    for k in range(steps):
        now, before = (1 + beta - x) * now - beta * before, now
        size = np.hypot(now, before)
        now, before = now / size, before / size
        logs += np.log(size) * (k >= steps // 2)
    return np.exp(logs / (steps - steps // 2))


def _measure_sum() -> dict:
    """The line fit on α + β = 1, by the scale of its loss, and the best pair of α and β at all."""
    curvature = line_fit().curvatures
    beta = 1 - np.geomspace(1, 1e-5, 20_001)
    scaled = [scale * curvature[:, np.newaxis] for scale in SCALES]
    rates = np.array([quadratic.spectral_radius(c, 1 - beta, beta).max(axis=0) for c in scaled])
    stable = [quadratic.is_stable(c, 1 - beta, beta).all(axis=0) for c in scaled]
    free = np.array([quadratic.best_heavy_ball(*(scale * curvature)) for scale in SCALES])
    return {
        "sum_beta": (("along",), beta[::EVERY]),
        "sum_rate": (("scale", "along"), rates[:, ::EVERY].astype("f4")),
        "sum_least_beta": (("scale",), np.array([beta[where].min() for where in stable])),
        "sum_best": (("scale",), rates.min(axis=1)),
        "sum_best_beta": (("scale",), beta[rates.argmin(axis=1)]),
        "free_setting": (("scale", "setting"), free),
        "scale_value": (("scale",), SCALES),
        "free_rate": (("scale",), np.sqrt(free[:, 1])),
    }
