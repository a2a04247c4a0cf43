"""Where known functions are judged strict saddle or not: at random points, saddles and optima.

ε and γ of the verdicts are our choices.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from spikesampler.landscape.cases import (
    DoubleWell,
    MonkeySaddle,
    QuarticSaddle,
    TensorDecomposition,
    spectrum,
)
from spikesampler.landscape.descent import escape_steps, gradient_descent
from spikesampler.landscape.strict import Verdict, classify, strict_saddle
from spikesampler.studies.strict_saddle_cases.escapes import STEP_SIZE

__all__ = ["EPSILON", "judge_all"]

EPSILON = 0.1  #: ε of all verdicts, and γ in the plane; on the tensor function γ is 4/d
PLANES = {  # a positive control and two negative ones, with their stationary points
    "x²/2 + (y²−1)²/4": (DoubleWell(), [(0, 0), (0, 1), (0, -1)]),
    "x³ − 3xy²": (MonkeySaddle(), [(0, 0)]),
    "x⁴ − y⁴": (QuarticSaddle(), [(0, 0)]),
}


def judge_all(rng: np.random.Generator, number: int) -> dict[str, Verdict]:
    """Verdicts of the tensor function and of PLANES, on `number` random points and others."""
    verdicts = {}
    for d in (3, 6):
        case = TensorDecomposition(d)
        gamma = 4 / d  # half of the known curvature
        points = tensor_points(rng, case, number)
        verdicts[f"tensor decomposition, d={d}"] = judge(case, points, gamma)
    for name, (case, stationary) in PLANES.items():
        verdicts[name] = judge(case, plane_points(rng, stationary, number), EPSILON)
    return verdicts


def judge(case: object, points: np.ndarray, gamma: float) -> Verdict:
    """Whether a case of `landscape.cases` is strict saddle on points (n, *shape)."""
    norms = np.sqrt((case.gradient(points) ** 2).reshape(len(points), -1).sum(axis=1))
    curvatures = [-spectrum(case, point)[0] for point in points]
    return strict_saddle(classify(norms, curvatures, epsilon=EPSILON, gamma=gamma))


def tensor_points(rng: np.random.Generator, case: TensorDecomposition, number: int) -> np.ndarray:
    """Random points; saddles and minima under random signs; points of descents from random ones."""
    few, d = number // 10, case.d
    drawn = case.retract(np.zeros(case.shape), rng.standard_normal((number, d, d)))
    saddles = np.tile(case.saddle, (few, 1, 1))
    minima = [np.eye(d)[rng.permutation(d)] for _ in range(few)]
    special = np.concatenate([saddles, minima])
    special *= rng.choice([-1.0, 1.0], special.shape)
    step = partial(gradient_descent, step_size=STEP_SIZE)

    def never(x):
        return np.zeros(len(x))

    walked = [
        escape_steps(step, rng, case, drawn[:few], never, max_steps=steps).position
        for steps in (20, 100, 1000)
    ]
    return np.concatenate([case.saddle[np.newaxis], np.eye(d)[np.newaxis], special, drawn, *walked])


def plane_points(
    rng: np.random.Generator, stationary: Sequence[tuple[float, float]], number: int
) -> np.ndarray:
    """Stationary points, points less than 0.001 away from them, points in the box [−1.5, 1.5]²."""
    known = np.array(stationary, float)
    few = number // 10
    near = known[rng.integers(len(known), size=few)] + rng.uniform(-7e-4, 7e-4, (few, 2))
    return np.concatenate([known, near, rng.uniform(-1.5, 1.5, (number, 2))])
