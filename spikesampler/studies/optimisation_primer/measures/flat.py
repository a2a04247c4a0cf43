"""Flat places: steps to leave a plateau and a saddle, by step and momentum, measured and by theory
for small steps.
"""

from collections.abc import Sequence

import numpy as np
from scipy.integrate import quad

from spikesampler.landscape.cases import DoubleWell
from spikesampler.landscape.precision import enable_x64
from spikesampler.optional import require
from spikesampler.studies.optimisation_primer.lecture import PLATEAU, plateau_loss
from spikesampler.studies.optimisation_primer.measures.descents import crossing_steps, in_float64

__all__ = ["measure_flat", "saddle_theory"]

jax, jnp = require("descent", "landscape", "jax", "jax.numpy")

MOMENTA = np.array([0.0, 0.9, 0.99])
RIDGE_START = np.array([0.5, 1e-6])  # of the double well: its saddle is at 0
SADDLE_LEVEL = 0.125  # half of the saddle's height over the minima


def measure_flat(
    flat_budget: int, plateau_steps: Sequence[float], saddle_steps: Sequence[float]
) -> dict:
    """Both places, with steps (n,) of each."""
    saddle = crossing_steps(
        DoubleWell().value,
        RIDGE_START,
        saddle_steps,
        MOMENTA,
        level=SADDLE_LEVEL,
        budget=flat_budget,
    )
    theory = saddle_theory(saddle_steps, MOMENTA, SADDLE_LEVEL)
    return _measure_plateau(np.array(plateau_steps), flat_budget) | {
        "saddle_step": (("saddle_index",), np.array(saddle_steps)),
        "saddle_steps": (("saddle_index", "momentum"), saddle),
        "saddle_theory": (("saddle_index", "momentum"), theory),
        "momentum_value": (("momentum",), MOMENTA),
    }


def _measure_plateau(steps: np.ndarray, budget: int) -> dict:
    """Of the bump's loss over c, until it is half-way down; theory: (1 − β)/α ∫ dc/|f′(c)|."""
    start = PLATEAU["start"]
    c = np.linspace(-1, start, 400)
    loss = in_float64(plateau_loss, c[:, np.newaxis])
    level = (loss[-1] + loss.min()) / 2
    edge = c[np.flatnonzero(loss <= level)[-1] + 1]
    slope = jax.jit(jax.grad(lambda place: plateau_loss(place[jnp.newaxis])))
    with enable_x64(True):
        whole = quad(lambda place: 1 / float(slope(place)), edge, start)[0]
    measured = crossing_steps(plateau_loss, [start], steps, MOMENTA, level=level, budget=budget)
    theory = whole * (1 - MOMENTA) / steps[:, np.newaxis]
    return {
        "plateau_c": (("c_index",), c),
        "plateau_loss": (("c_index",), loss),
        "plateau_level": ((), level),
        "plateau_step": (("plateau_index",), steps),
        "plateau_steps": (("plateau_index", "momentum"), measured),
        "plateau_theory": (("plateau_index", "momentum"), theory),
    }


def saddle_theory(steps: Sequence[float], momenta: np.ndarray, level: float) -> np.ndarray:
    """Steps (α, β) from RIDGE_START to where (y² − 1)²/4 is the level: linear growth, and the cubic
    term for small steps.

    y grows by the larger root r of r² − (1 + β + α) r + β = 0; ln(y/√(1 − y²)) takes the place of
    ln y.
    """
    alpha = np.asarray(steps)[:, np.newaxis]
    y2 = 1 - 2 * np.sqrt(level)
    middle = (1 + momenta + alpha) / 2
    root = np.sqrt(middle**2 - momenta)
    share = (1 + alpha - (middle - root)) / (2 * root)  # of the growing part in the start
    return np.log(np.sqrt(y2 / (1 - y2)) / (share * RIDGE_START[1])) / np.log(middle + root)
