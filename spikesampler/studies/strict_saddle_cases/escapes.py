"""How long gradient descent takes to leave known saddles, by its noise, and what theory says.

Tensor decomposition (Ge, Huang, Jin & Yuan 2015, COLT): the steps until f has fallen by DROP from
its symmetric saddle. The start is SHIFT away from there, in a random direction. To leading order,
with curvature 8/d, step size η and s = (d−1)/d, the escaping part of the tangent space, it takes
log(a/(√s·SHIFT)) / log(1 + 8η/d) steps, a = √(2·DROP·d/8); perturbed, the radius stands in the
place of SHIFT.

Octopus function (Du, Jin, Lee, Jordan, Póczos & Singh 2017, NeurIPS): the step by which saddle n
is passed. While x_n grows by 1 + 2ηγ a step, x_(n+1) shrinks by 1 − 2ηL, so each saddle takes
plain gradient descent 1 − log(1 − 2ηL)/log(1 + 2ηγ) times the steps of the one before, (L+γ)/γ in
the limit of small steps. In float64 it stops for ever where a step of x_(n+1) rounds to 0, about
740/(2ηL) steps after the start. Perturbed gradient descent (Jin et al. 2017, ICML) and noisy (Ge
et al. 2015) should need as many steps at each saddle.

Step sizes, radii and thresholds are our choices.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from spikesampler import stats
from spikesampler.landscape.cases import TensorDecomposition, spectrum
from spikesampler.landscape.descent import (
    Escapes,
    escape_steps,
    gradient_descent,
    init,
    noisy_gradient_descent,
    perturbed_gradient_descent,
)
from spikesampler.landscape.octopus import Octopus

SHIFT = 1e-6  #: distance of a start from the tensor function's saddle
DROP = 0.05  #: fall of f that is an escape from there
TENSOR_STEPS = 20_000  #: after which walks on the tensor function are given up
TENSOR = {"radius": 0.01, "gradient_threshold": 1e-4, "time_threshold": 100}
STEP_SIZE = 0.02  #: on the tensor function
NOISE_RADIUS = 0.1
STRETCH = 0.05  #: ηL on the octopus function
#: radius and thresholds on the octopus function, in units of τ and γτ
OCTOPUS = {"radius": np.e / 100, "gradient_threshold": np.e / 100, "time_threshold": 1}
METHODS = ("plain", "noisy", "perturbed")


def methods(step_size: float, perturbation: Mapping[str, float]) -> dict[str, Callable]:
    """The step functions of METHODS by name."""
    step = {"step_size": step_size}
    return {
        "plain": partial(gradient_descent, **step),
        "noisy": partial(noisy_gradient_descent, **step, noise_radius=NOISE_RADIUS),
        "perturbed": partial(perturbed_gradient_descent, **step, **perturbation),
    }


def tensor_spectra(dimensions: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues (n, most) at the saddle, nan-padded, and how far from 4 at the identity (n,)."""
    cases = [TensorDecomposition(d) for d in dimensions]
    values = np.full((len(cases), cases[-1].dimension), np.nan)
    for row, case in zip(values, cases):
        row[: case.dimension] = spectrum(case, case.saddle)
    return values, np.array([np.abs(spectrum(case, np.eye(case.d)) - 4).max() for case in cases])


def tensor_escapes(rng: np.random.Generator, d: int, walks: int) -> dict[str, Escapes]:
    """Escapes from the symmetric saddle by method."""
    case = TensorDecomposition(d)
    away = case.tangent(case.saddle, rng.standard_normal((walks, d, d)))
    away *= SHIFT / np.sqrt((away**2).sum(axis=(1, 2), keepdims=True))
    start = case.retract(case.saddle, away)
    low = case.value(case.saddle) - DROP

    def escaped(x):
        return case.value(x) < low

    return {
        name: escape_steps(step, rng, case, start, escaped, max_steps=TENSOR_STEPS)
        for name, step in methods(STEP_SIZE, TENSOR).items()
    }


def tensor_theory(dimensions: Sequence[int]) -> dict[str, np.ndarray]:
    """Steps to escape (n,) by method, to leading order.

    Noise adds up to a variance, and the mean norm in a ball of n dimensions is r·n/(n+1).
    """
    d = np.asarray(dimensions, float)
    rate = 8 / d * STEP_SIZE
    share = (d - 1) / d
    far = np.sqrt(2 * DROP * d / 8)
    size = d * (d - 1)
    kicks = (STEP_SIZE * NOISE_RADIUS) ** 2 * share / ((1 + rate) ** 2 - 1)
    log = {
        "plain": np.log(far / (np.sqrt(share) * SHIFT)),
        "noisy": np.log1p(far**2 / kicks) / 2,
        "perturbed": np.log(far / (np.sqrt(share) * TENSOR["radius"] * size / (size + 1))),
    }
    return {name: value / np.log1p(rate) for name, value in log.items()}


def octopus_escapes(
    rng: np.random.Generator, d: int, L: float, walks: int, max_steps: int
) -> dict[str, Escapes]:
    """Escapes from the d saddles by method, from starts uniform in [−1, 1]^d."""
    case, start = Octopus(d, L=L), rng.uniform(-1, 1, (walks, d))
    return {
        name: escape_steps(step, rng, case, start, case.passed, num_saddles=d, max_steps=max_steps)
        for name, step in methods(STRETCH / L, OCTOPUS).items()
    }


def plain_growth(ratio: float) -> float:
    """Growth of plain gradient descent's steps per saddle at L/γ, and at our step size."""
    return Octopus(1, L=ratio).growth(STRETCH / ratio)


def measured_growth(escapes: Escapes) -> np.ndarray:
    """Of each walk, (T_N/T_m)^(1/(N−m)), T_n the steps between saddles n−1 and n, (n_walk,).

    N is the last saddle that all walks pass, and m half of N, rounded up: over the second half the
    start is forgotten. nan with fewer than three saddles.
    """
    last = int(escapes.passed.all(axis=0).sum())
    if last < 3:
        return np.full(len(escapes.steps), np.nan)
    half = (last + 1) // 2
    between = np.diff(escapes.steps, axis=1)
    return (between[:, last - 2] / between[:, half - 2]) ** (1 / (last - half))


def stuck(escapes: Escapes, L: float) -> np.ndarray:
    """Walks for which a gradient step no longer changes the coordinate that leads on, (n_walk,)."""
    position = escapes.position
    case = Octopus(position.shape[1], L=L)
    number = case.passed(position)
    waits = ~escapes.left & (number < case.d)
    moved = position.copy()
    if waits.any():
        state = init(position[waits])
        moved[waits] = gradient_descent(None, state, case, step_size=STRETCH / L)[0].position
    along = (np.arange(len(position)), np.minimum(number, case.d - 1))
    return waits & (moved[along] == position[along])


def escape_medians(steps: np.ndarray, passed: np.ndarray) -> np.ndarray:
    """Kaplan and Meier's median, low and high, (3, n), of steps (n_walk, n) and whether they ended.

    nan where fewer than half of the walks passed.
    """
    medians = [
        stats.escape_median(stats.Escape(*column))
        for column in zip(np.transpose(steps).astype(float), passed.T)
    ]
    return np.array(
        [median[:3] if np.isfinite(median.mean) else (np.nan,) * 3 for median in medians]
    ).T
