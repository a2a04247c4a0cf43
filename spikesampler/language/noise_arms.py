"""The noise arms: what each adds to dtheta, as text, all read in the Ito sense.

One step of length `grid` (Euler-Maruyama, the amplitude taken at the start of the step, hence Ito):

    theta += (M drift + drift of the arm) grid + sqrt(temperature variance grid) randn()

`temperature` is noise_scale times its schedule. Brian2's own `xi` would be read as Stratonovich for
noise that depends on the state, and would sample another density: it is not used. The stationary
density of an arm is p(theta) ~ exp(integral of 2 drift / g^2) / g^2 with g^2 = temperature *
variance.

An arm is one of this table, one of a model's `noises`, or one that is written out where an arm is
asked for (`language.arm_option`): all are an Arm. A model has those of the table whose names it
defines; `language.arm_texts` says what an arm is for a model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError, shown

__all__ = ["ARMS", "MATCHED", "Arm", "arms_of", "own_arm", "temperatures"]

MATCHED = "matched_power"  #: the name of what a matched arm's variance is a multiple of
PARTS = ("variance", "drift", "mobility", "preserve")  #: what a model's own arm may say


@dataclass(frozen=True)
class Arm:
    """Noise as text: per second, of each state of a synapse, theta being the first of them.

    variance, drift : by state; the drift comes to the model's own. mobility : factor M of the
    model's drift and of its learning. source : paper and equation, or what the arm is a control
    for. preserves : whether drift and, unless it is given, mobility follow from the variance, so
    that the stationary density stays the posterior. match, follow : the arm, or the variance, whose
    power it has at the start, or at every step of the grid: the mean over all synapses. momentum :
    the rate gamma of its velocity. release : the chance that an input spike passes a synapse.
    """

    variance: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    drift: Mapping[str, str] = field(default_factory=dict)
    mobility: str = "1"
    preserves: bool = False
    match: str = ""
    follow: str = ""
    momentum: str = ""
    release: str = ""

    @property
    def is_noisy(self) -> bool:
        """Whether it has noise that a temperature scales."""
        return bool(self.variance)


ARMS = {
    "none": Arm(source="no noise: the drift alone"),
    "constant": Arm({"theta": "2*b"}, "Fang et al. 2018, Eq. (1)"),
    "weight": Arm(
        {"theta": "2*b*N*intensity"}, "Fang et al. 2018, Eq. (3) with the amplitude of Eq. (1)"
    ),
    "weight_literal": Arm(
        {"theta": "b**2*second*N*intensity"},
        "Fang et al. 2018, Eq. (2) as printed: b, not sqrt(2b)",
    ),
    "constant_matched": Arm(
        {"theta": f"2*b*{MATCHED}"},
        "control: the power of `weight` at the start, without its structure",
        match="weight",
    ),
    "weight_posterior": Arm(
        {"theta": "2*b*N*intensity"},
        "control: N alpha e^w as a preconditioner of drift and noise; the stationary density stays"
        " the posterior",
        preserves=True,
    ),
    "momentum": Arm(
        {"theta": "2*b"},
        "Hamiltonian sampling, after Yu et al. 2016: noise and learning move a velocity, and this"
        " theta; gamma, the rate at which it is forgotten, is our choice",
        momentum="1/second",
    ),
    "release": Arm(
        source="each input spike passes a synapse by the chance p, then 1/p as strong; p is our"
        " choice",
        release="0.5",
    ),
    "constant_following": Arm(
        {"theta": "2*b*mean(N*intensity)"},
        "control: the power that `weight` would have with the theta of the moment, without its"
        " structure",
        follow="weight",
    ),
}


def arms_of(noises: Mapping[str, Any]) -> dict[str, Arm]:
    """All arms that a model may have, by name: those of the table, then its own `noises`."""
    return ARMS | {name: own_arm(name, said) for name, said in noises.items()}


def own_arm(name: str, said: Any) -> Arm:
    """The Arm that a model's `noises` has under a name.

    said : a variance per second; or a dict of the parts variance, drift, mobility and preserve; or
    a dict of variances by state. Raises InputError, which names the arm and the part.
    """
    if name in ARMS:
        raise InputError(f"noises['{name}']: there is a noise arm of this name; choose another")
    if not name.isidentifier() or name.startswith("_"):
        raise InputError(f"noises['{name}']: expected a name such as mine")
    if isinstance(said, str):
        said = {"variance": said}
    if not isinstance(said, Mapping) or not said:
        raise InputError(
            f"noises['{name}'] is {shown(said)}: expected a variance per second such as 2*b*w, or a"
            " dict of variance, drift and mobility"
        )
    parts = dict(said) if said.keys() <= {*PARTS} else {"variance": dict(said)}
    preserve = parts.pop("preserve", "")
    if preserve not in ("", "posterior"):
        raise InputError(f"noises['{name}']['preserve'] is {shown(preserve)}: expected posterior")
    variance, drift = (
        _by_state(f"noises['{name}']['{part}']", parts.get(part, ""))
        for part in ("variance", "drift")
    )
    mobility = parts.get("mobility", "") or "1"
    if not isinstance(mobility, str):
        raise InputError(f"noises['{name}']['mobility'] is {shown(mobility)}: expected a text")
    if not variance and not drift and mobility == "1":
        raise InputError(
            f"noises['{name}'] says nothing: expected a variance per second such as 2*b*w"
        )
    return Arm(variance, "the model's own", drift, mobility, bool(preserve))


def _by_state(where: str, said: Any) -> dict[str, str]:
    """{state: text} of a text, which is theta's, or of a dict of texts."""
    texts = {"theta": said} if isinstance(said, str) else said
    if not isinstance(texts, Mapping) or not all(isinstance(text, str) for text in texts.values()):
        raise InputError(f"{where} is {shown(said)}: expected a text, or one for each state")
    return {state: text.strip() for state, text in texts.items() if text.strip()}


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
