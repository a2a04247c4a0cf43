"""What is at a point of J: gradient, extreme curvatures, index, and the paper's criterion.

Fang et al. (2018) argue with the sign of A + B + C, Eq. (4), for that of the largest eigenvalue of
the Hessian; here is both, with the exact trace between them and the verdict at tolerances (epsilon,
gamma).
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import NotConvergedError
from spikesampler.landscape.criterion import Criterion
from spikesampler.landscape.hessian import extreme_eigenvalues, inertia
from spikesampler.landscape.objective import SynapticObjective
from spikesampler.landscape.strict import classify
from spikesampler.landscape.traces import TraceEstimate, hutchinson_trace

__all__ = ["Saddle", "measure", "tolerances"]

COUNTED = 2_000  #: synapses up to which positive eigenvalues are counted without being asked to


class Saddle(NamedTuple):
    """What is at one theta.

    criterion : Criterion. hutchinson : estimate of the same trace, as a check. largest, smallest :
    extreme eigenvalues of the Hessian, nan where Lanczos failed. residuals : (2,), of both.
    largest_error : standard error of `largest` from the choice of patterns, to first order. As the
    direction is fitted to the patterns too, `largest` errs upwards. index : number of positive
    eigenvalues, -1 where they were not counted. verdict : one of strict.CLASSES at (epsilon,
    gamma); "" where `largest` is nan. escape_direction : (n_output, n_input), of norm 1: the
    eigenvector of `largest`. failure : why Lanczos failed, "" where it did not.
    """

    criterion: Criterion
    hutchinson: TraceEstimate
    value: float
    gradient_norm: float
    largest: float
    smallest: float
    residuals: NDArray[np.float64]
    largest_error: float
    index: int  # type: ignore[assignment]  # a tuple has a method of this name
    verdict: str
    escape_direction: NDArray[np.float64]
    failure: str

    @property
    def agrees(self) -> bool:
        """Whether a + b + c has the sign of the largest eigenvalue; False if that is not known."""
        return bool(np.isfinite(self.largest) and (self.criterion.total > 0) == (self.largest > 0))


def tolerances(
    objective: SynapticObjective, epsilon: float | None = None, gamma: float | None = None
) -> tuple[float, float]:
    """epsilon and gamma as they are given, or by the prior.

    A thousandth of its pull at one sigma from mu on every synapse, and a hundredth of its
    curvature.
    """
    epsilon = 1e-3 * np.sqrt(objective.dimension) / objective.sigma if epsilon is None else epsilon
    return epsilon, 1e-2 / objective.sigma**2 if gamma is None else gamma


def _without_curvatures(objective, theta, count, seed):
    """What is known at theta before the extreme curvatures are sought; nan for these."""
    hvp, nothing = partial(objective.hvp, theta), float("nan")
    counted = count or (count is None and objective.dimension <= COUNTED)
    return Saddle(
        criterion=objective.criterion(theta),
        hutchinson=hutchinson_trace(hvp, objective.dimension, num_vectors=16, seed=seed),
        value=objective.value(theta),
        gradient_norm=float(np.linalg.norm(objective.gradient(theta))),
        largest=nothing,
        smallest=nothing,
        residuals=np.full(2, nothing),
        largest_error=nothing,
        index=inertia(objective.hessian(theta))[0] if counted else -1,
        verdict="",
        escape_direction=np.full(objective.shape, nothing),
        failure="",
    )


def measure(
    objective: SynapticObjective,
    theta: ArrayLike,
    *,
    tolerance: float = 1e-4,
    epsilon: float | None = None,
    gamma: float | None = None,
    count: bool | None = None,
    seed: int = 0,
) -> Saddle:
    """Saddle at theta (n_output, n_input) of a SynapticObjective.

    tolerance : of the eigenvalues, relative. epsilon, gamma : of the strict-saddle verdict, see
        `tolerances`.
    count : count positive eigenvalues: True, False, or None for networks of at most 2000 synapses.
        A count takes the matrix: half a minute and 1.6 GB at 10 000.
    """
    epsilon, gamma = tolerances(objective, epsilon, gamma)
    classify(0.0, 0.0, epsilon=epsilon, gamma=gamma)  # refuses nonsense before the work

    saddle, hvp = _without_curvatures(objective, theta, count, seed), partial(objective.hvp, theta)
    try:
        ends = extreme_eigenvalues(
            hvp, objective.dimension, tolerance=tolerance, absolute=0.01 * gamma, seed=seed
        )
        if ends.residuals[0] > min(gamma, max(abs(ends.largest), gamma / 2)):
            raise NotConvergedError(
                f"the largest eigenvalue is known to {ends.residuals[0]:.2g} only, beside"
                f" {ends.smallest:.2g} at the other end: its sign is lost in rounding"
            )
    except NotConvergedError as reason:
        return saddle._replace(failure=str(reason))
    direction = ends.vectors[0].reshape(objective.shape)
    return saddle._replace(
        largest=ends.largest,
        smallest=ends.smallest,
        residuals=ends.residuals,
        largest_error=objective.curvature(theta, direction)[1],
        verdict=classify(saddle.gradient_norm, ends.largest, epsilon=epsilon, gamma=gamma),
        escape_direction=direction,
    )
