"""Is a function strict saddle on given points? (Ge, Huang, Jin & Yuan, COLT 2015)

f is strict saddle if at every point the gradient is large, or there is a direction of escape, or an
optimum is near around which f is strongly convex (minimised) or concave (maximised). Points can
refute it; they cannot prove it.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from spikesampler.checks import real_number
from spikesampler.errors import InputError

__all__ = ["CLASSES", "Verdict", "classify", "strict_saddle"]

CLASSES = ("large gradient", "strict saddle", "optimum", "degenerate")


class Verdict(NamedTuple):
    """Whether none of the points is degenerate, and the number of points of each class."""

    strict: bool
    counts: dict[str, int]

    def __str__(self) -> str:
        counts = ", ".join(f"{number} {name}" for name, number in self.counts.items())
        verdict = "strict" if self.strict else "not strict"
        return f"{verdict} on {sum(self.counts.values())} points: {counts}"


def classify(
    gradient_norm: ArrayLike, escape_curvature: ArrayLike, *, epsilon: float, gamma: float
) -> Any:
    """The class of each point, one of CLASSES; numbers or arrays, which are broadcast.

        large gradient   ‖∇f‖ ≥ ε
        strict saddle    else, c ≥ γ
        optimum          else, c ≤ −γ
        degenerate       else

    gradient_norm : ‖∇f‖ on the tangent space, not negative
    escape_curvature : c, the curvature along the best direction of escape: −λ_min of the Hessian
        where f is minimised, λ_max where it is maximised, on the tangent space where there are
        constraints
    epsilon, gamma : positive; ε in the unit of the gradient, γ in that of the Hessian

    Returns a str for numbers, else an array of them. Raises InputError where a number is not finite
    or a norm negative.
    """
    epsilon, gamma = real_number("epsilon", epsilon), real_number("gamma", gamma)
    norm, curvature = np.asarray(gradient_norm, float), np.asarray(escape_curvature, float)
    if not (np.isfinite(norm).all() and np.isfinite(curvature).all() and (norm >= 0).all()):
        raise InputError(
            "gradient_norm or escape_curvature hold nan, infinity or a negative norm: give finite "
            "numbers, norms of 0 or more"
        )
    conditions = [norm >= epsilon, curvature >= gamma, curvature <= -gamma]
    classes = np.select(np.broadcast_arrays(*conditions), CLASSES[:3], CLASSES[3])
    return classes if classes.ndim else str(classes)


def strict_saddle(classes: ArrayLike) -> Verdict:
    """The verdict over classes of points: strict if there are points and none is degenerate.

    classes : as `classify` gives them. Raises InputError without points and for other classes.
    """
    classes = np.ravel(classes)
    unknown = sorted({str(name) for name in classes} - {*CLASSES})
    if unknown or not len(classes):
        given = f"class {unknown[0]!r}" if unknown else "no points"
        raise InputError(
            f"{given}: expected one or more of {', '.join(CLASSES)}; give what classify returns"
        )
    counts = {name: int((classes == name).sum()) for name in CLASSES}
    return Verdict(counts["degenerate"] == 0, counts)
