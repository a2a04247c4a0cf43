"""The noise arms: what each adds to dtheta, as Brian2 text, all read in the Ito sense.

One step of length `grid` (Euler-Maruyama, the amplitude taken at the start of the step, hence Ito):

    theta += (M drift + spurious) grid + sqrt(temperature variance grid) randn()

`temperature` is noise_scale times its schedule. Brian2's own `xi` would be read as Stratonovich for
noise that depends on the state, and would sample another density: it is not used. The stationary
density of an arm is p(theta) ~ exp(integral of 2 drift / g^2) / g^2 with g^2 = temperature *
variance. To add an arm, add it to ARMS: nothing else has to know.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["ARMS", "Arm", "matched_variance", "noise_statement", "temperatures"]


class Arm(NamedTuple):
    """Variance of the noise per second, the drift it brings along and mobility M, as expressions.

    source : paper and equation, or what the arm is a control for.
    """

    variance: str
    source: str
    spurious: str = ""
    mobility: str = "1"


ARMS = {
    "none": Arm("", "no noise: the drift alone"),
    "constant": Arm("2*b", "Fang et al. 2018, Eq. (1)"),
    "weight": Arm("2*b*N*intensity", "Fang et al. 2018, Eq. (3) with the amplitude of Eq. (1)"),
    "weight_literal": Arm(
        "b**2*second*N*intensity", "Fang et al. 2018, Eq. (2) as printed: b, not sqrt(2b)"
    ),
    "constant_matched": Arm(
        "2*b*v",
        "control: the power of `weight` at the start, v = mean of N alpha e^w, without its"
        " structure",
    ),
    "weight_posterior": Arm(
        "2*b*N*intensity",
        "control: N alpha e^w as a preconditioner of drift and noise; the stationary density stays"
        " the posterior",
        spurious="temperature*b*N*intensity*w",
        mobility="N*intensity",
    ),
}


def noise_statement(name: str, drift: str) -> str:
    """The step of prior and noise as a Brian2 statement, before clipping; `plastic` = 0 freezes it.

    name : of an arm. drift : of the prior, per second.
    """
    arm = ARMS[name]
    step = f"(M*({drift}) + {arm.spurious})*grid" if arm.spurious else f"M*({drift})*grid"
    noise = f" + sqrt(temperature*{arm.variance}*grid)*randn()" if arm.variance else ""
    return f"theta += plastic*({step}{noise})"


def matched_variance(theta: ArrayLike, *, theta_0: float, alpha: float, N: float) -> float:
    """v of the arm `constant_matched`: the mean of N alpha e^w, w = exp(theta - theta_0).

    theta : (K, I), or of any other shape; all synapses count alike.
    """
    return float(np.mean(N * alpha * np.exp(np.exp(np.asarray(theta) - theta_0))))


def temperatures(
    num_samples: int, *, schedule: str, noise_scale: float, anneal_rate: float
) -> NDArray[np.float64]:
    """Temperature of every sample, (num_samples,): noise_scale times a course over the fraction f.

    f, the part of learning done, goes from 0 to 1. constant: 1; linear: 1 - f; exponential:
    exp(-anneal_rate f).
    """
    fraction = np.arange(num_samples) / max(num_samples - 1, 1)
    course = {
        "constant": np.ones_like(fraction),
        "linear": 1 - fraction,
        "exponential": np.exp(-anneal_rate * fraction),
    }
    return noise_scale * course[schedule]
