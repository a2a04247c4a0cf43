"""The noise arms: what each adds to dtheta, as Brian2 text, all read in the Ito sense.

One step of length `grid` (Euler-Maruyama, the amplitude taken at the start of the step, hence Ito):

    theta += (M drift + spurious) grid + sqrt(temperature variance grid) randn()

`temperature` is noise_scale times its schedule. Brian2's own `xi` would be read as Stratonovich for
noise that depends on the state, and would sample another density: it is not used. The stationary
density of an arm is p(theta) ~ exp(integral of 2 drift / g^2) / g^2 with g^2 = temperature *
variance.
"""

from typing import NamedTuple

import numpy as np


class Arm(NamedTuple):
    """Variance of the noise per second, drift that it brings along, and mobility M, as
    expressions.
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


def noise_statement(arm, drift):
    """The step of prior and noise as one Brian2 statement, before clipping; `plastic` = 0 freezes
    it.
    """
    arm = ARMS[arm]
    step = f"(M*({drift}) + {arm.spurious})*grid" if arm.spurious else f"M*({drift})*grid"
    noise = f" + sqrt(temperature*{arm.variance}*grid)*randn()" if arm.variance else ""
    return f"theta += plastic*({step}{noise})"


def matched_variance(theta, *, theta_0, alpha, N):
    """v of the arm `constant_matched`: the mean of N alpha e^w over all synapses, w = exp(theta -
    theta_0).
    """
    return float(np.mean(N * alpha * np.exp(np.exp(theta - theta_0))))


def temperatures(num_samples, *, schedule, noise_scale, anneal_rate):
    """Temperature of every sample, shape (num_samples,): noise_scale times a course over the
    fraction f learnt.

    constant: 1; linear: 1 - f, zero at the end; exponential: exp(-anneal_rate f).
    """
    fraction = np.arange(num_samples) / max(num_samples - 1, 1)
    course = {
        "constant": np.ones_like,
        "linear": lambda f: 1 - f,
        "exponential": lambda f: np.exp(-anneal_rate * f),
    }[schedule](fraction)
    return noise_scale * course
