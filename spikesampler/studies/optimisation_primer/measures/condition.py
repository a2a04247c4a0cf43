"""Steps of all methods on quadratics of every condition; see
`spikesampler.studies.optimisation_primer.conditioning`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from spikesampler.studies.optimisation_primer import conditioning
from spikesampler.studies.optimisation_primer.conditioning import (
    ADAPTIVE,
    DIMENSIONS,
    MEASURES,
    METHODS,
    Problems,
)

__all__ = ["measure_condition"]

FRACTION = 1e-6  # of the distance, or of the loss, at the start
CONJUGATE_BUDGET = 40  # steps
OVER = ("method", "orientation", "condition", "draw", "measure")


class Count(NamedTuple):
    """Of problems (p,): first steps (p, 2) by distance and loss, which of them were computed and
    not taken, and the best learning rates.
    """

    steps: np.ndarray
    computed: np.ndarray | bool = False
    rates: np.ndarray | float = np.nan


def measure_condition(
    rng: np.random.Generator, conditions: Sequence[float], rotations: int, budget: int
) -> dict:
    """First steps of all methods, with the best rate of the grid for each problem."""
    cases = conditioning.make_problems(rng, conditions, DIMENSIONS, rotations)
    shape = (len(METHODS), len(cases), len(conditions), rotations, len(MEASURES))
    counts = Count(np.full(shape, np.nan), np.zeros(shape, bool), np.full(shape, np.nan))
    curves = np.full((*shape[1:4], CONJUGATE_BUDGET + 1), np.nan, "f4")
    for i, (orientation, problems) in enumerate(cases.items()):
        draws = len(problems.starts) // len(conditions)
        distances, conjugate = conditioning.conjugate_gradient_steps(
            problems, fraction=FRACTION, budget=CONJUGATE_BUDGET
        )
        curves[i, :, :draws] = distances.reshape(len(conditions), draws, -1)
        for m, name in enumerate(METHODS):
            if name in ADAPTIVE:
                count = _adaptive_count(name, problems, budget)
            elif name == "conjugate gradients":
                count = Count(conjugate)
            else:
                count = _linear_count(name, problems, conditions, orientation, budget)
            for whole, part in zip(counts, count):
                part = np.broadcast_to(part, conjugate.shape)
                whole[m, i, :, :draws] = part.reshape(len(conditions), draws, -1)
    return {
        "steps": (OVER, counts.steps),
        "computed": (OVER, counts.computed),
        "best_rate": (OVER, counts.rates),
        "rate_grid": (("adaptive", "rate"), _rate_grid()),
        "conjugate": ((*OVER[1:4], "cg_k"), curves),
    }


def _rate_grid() -> np.ndarray:
    """Learning rates (method, rate) that are tried, filled up with nan."""
    longest = max(len(method.rates) for method in ADAPTIVE.values())
    grid = np.full((len(ADAPTIVE), longest), np.nan)
    for row, method in zip(grid, ADAPTIVE.values()):
        row[: len(method.rates)] = method.rates
    return grid


def _adaptive_count(name: str, problems: Problems, budget: int) -> Count:
    """With the best rate of the grid, which is nan where none got there."""
    factory, rates, _ = ADAPTIVE[name]
    settings = rates[np.newaxis, :, np.newaxis]
    steps = conditioning.first_steps(factory, settings, problems, fraction=FRACTION, budget=budget)
    best = np.where(steps < 0, np.iinfo(steps.dtype).max, steps).argmin(axis=1)
    least = np.take_along_axis(steps, best[:, np.newaxis], axis=1)[:, 0]
    return Count(least, rates=np.where(least < 0, np.nan, rates[best]))


def _linear_count(
    name: str, problems: Problems, conditions: Sequence[float], orientation: str, budget: int
) -> Count:
    """With the best settings by theory; what is beyond the budget is computed."""
    every = np.repeat(conditions, len(problems.starts) // len(conditions))
    settings = [[conditioning.linear_settings(condition)[name]] for condition in every]
    taken = conditioning.first_steps(
        conditioning.momentum_descent,
        np.array(settings),
        problems,
        fraction=FRACTION,
        budget=budget,
    )[:, 0]
    # coordinates along the eigenvectors
    starts = np.full(problems.starts.shape, 1 / np.sqrt(DIMENSIONS))
    if orientation == "aligned, random start":
        starts = problems.starts
    exact = [
        conditioning.exact_steps(condition, start[np.newaxis], fraction=FRACTION)[name][0]
        for condition, start in zip(every, starts)
    ]
    return Count(np.where(taken < 0, exact, taken), computed=taken < 0)
