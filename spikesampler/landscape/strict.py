"""Is a function strict saddle on given points? (Ge, Huang, Jin & Yuan, COLT 2015)

f is strict saddle if at every point the gradient is large, or there is a direction of escape, or an
optimum is near around which f is strongly convex (minimised) or concave (maximised). Points can
refute it; they cannot prove it.
"""

from typing import NamedTuple

import numpy as np

from spikesampler.checks import real_number
from spikesampler.errors import InputError

__all__ = ["CLASSES", "Verdict", "classify", "strict_saddle"]

CLASSES = ("large gradient", "strict saddle", "optimum", "degenerate")


class Verdict(NamedTuple):
    """Whether none of the points is degenerate, and the number of points of each class."""

    strict: bool
    counts: dict

    def __str__(self):
        counts = ", ".join(f"{number} {name}" for name, number in self.counts.items())
        return (
            f"{'strict' if self.strict else 'not strict'} on {sum(self.counts.values())} points:"
            f" {counts}"
        )


def classify(gradient_norm, escape_curvature, *, epsilon, gamma):
    """The class of each point, one of CLASSES; numbers or arrays, which are broadcast, of any one
    unit each.

        large gradient   ‖∇f‖ ≥ ε
        strict saddle    else, c ≥ γ
        optimum          else, c ≤ −γ
        degenerate       else

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
    chosen = [norm >= epsilon, curvature >= gamma, curvature <= -gamma]
    found = np.select(np.broadcast_arrays(*chosen), CLASSES[:3], CLASSES[3])
    return found if found.ndim else str(found)


def strict_saddle(classes):
    """The verdict over classes of points, as `classify` gives them: strict if there are points and
    none is degenerate.

    Raises InputError without points and for other classes.
    """
    classes = np.ravel(classes)
    unknown = sorted({str(one) for one in classes} - {*CLASSES})
    if unknown or not len(classes):
        given = f"class {unknown[0]!r}" if unknown else "no points"
        raise InputError(
            f"{given}: expected one or more of {', '.join(CLASSES)}; give what classify returns"
        )
    counts = {name: int((classes == name).sum()) for name in CLASSES}
    return Verdict(counts["degenerate"] == 0, counts)
