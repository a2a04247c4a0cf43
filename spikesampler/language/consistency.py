"""Rules for the parameters of a spiking model, and between them, which no range of one can say."""

import math
from collections.abc import Mapping
from typing import Any, Protocol

from spikesampler.errors import InputError
from spikesampler.language.retraction import RETRACTION
from spikesampler.language.rule import Rule
from spikesampler.language.units import UNITS

__all__ = ["check_together", "theta_max"]


class Values(Protocol):
    """Parameters of a model, and by their names values in base units."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Declared parameters by name, with unit and range."""

    def __getitem__(self, name: str) -> Any: ...


#: I*K: a hundred times the largest network of these papers, and some gigabytes of memory
MOST_SYNAPSES = 10**8
MOST_STEPS = 10**6  #: dt of a sample, five thousand times as many as in these papers

MOST_SPIKES = 60_000  #: of the outputs in a sample: learning.nc counts up to 65 535

#: parameters that this package reads by their names: what kind of value each has to be
COUNTS = ("I", "K", "D", "num_clusters")
#: power of time -> names
POWERS = {
    1: ("dt", "grid", "sample_length", "tau_m", "tau_s"),
    -1: ("rho", "r_min", "r_max", "b"),
    0: (
        *("theta_0", "mu", "sigma", "N", "alpha", "intensity_max", "theta_min"),
        *("plateau_mean", "plateau_sd", "noise_scale", "anneal_rate"),
        *("tuning_width", "tuning_factor"),
        *("cluster_mean", "cluster_mean_sd", "cluster_spread", "cluster_jitter"),
    ),
}
WORDS = {
    "retraction": tuple(RETRACTION),
    "schedule": ("constant", "linear", "exponential"),
    "cluster_matrix": ("root", "covariance"),
}
_POWER = {name: power for power, names in POWERS.items() for name in names}


def theta_max(values: Values) -> float:
    """Upper bound of theta, where alpha e^w = intensity_max (Kappel et al. 2015, code)."""
    return values["theta_0"] + math.log(math.log(values["intensity_max"] / values["alpha"]))


def check_together(values: Values, rule: Rule) -> None:
    """InputError unless the parameters of a model fit each other, or where one is missing."""
    for name, parameter in values.parameters.items():
        _check_kind(name, parameter)
    _check_times(values)
    _check_rates(values)
    _check_bounds(values)
    if values["tau_m"] <= values["tau_s"]:
        tau_m, tau_s = (values[name] * 1e3 for name in ("tau_m", "tau_s"))
        raise InputError(
            f"tau_m={tau_m:g}*ms, tau_s={tau_s:g}*ms: expected tau_m > tau_s, the post-synaptic"
            " potential is a rise followed by a decay"
        )
    sizes = {name: values[name] for name in ("I", "K", "D")}
    if "num_clusters" in values.parameters:
        sizes["num_clusters"] = values["num_clusters"]
    if sizes["I"] * max(size for name, size in sizes.items() if name != "I") > MOST_SYNAPSES:
        given = ", ".join(f"{name}={value}" for name, value in sizes.items())
        raise InputError(
            f"{given}: more than {MOST_SYNAPSES:,} synapses; lower the largest of them"
        )


def _check_kind(name: str, parameter: Any) -> None:
    """InputError where a parameter whose name says what it is was declared as something else."""
    power = None if parameter.choices else UNITS[parameter.unit][1]
    if name in COUNTS and (power != 0 or not isinstance(parameter.value, int)):
        raise InputError(f"{name} is a count: declare it as a whole number, of the unit 1")
    if name in _POWER and power != _POWER[name]:
        expected = {1: "a time", -1: "a rate", 0: "a pure number"}[_POWER[name]]
        raise InputError(f"{name} is declared in '{parameter.unit}': expected {expected}")
    if name in WORDS and not ({*parameter.choices} and {*parameter.choices} <= {*WORDS[name]}):
        raise InputError(f"{name}: expected choices among {', '.join(WORDS[name])}")


def _times(length: float, step: float) -> float:
    """How often a step goes into a length: infinity where no number says it."""
    return length / step if length < step * 1e300 else math.inf


def _is_multiple(length: float, step: float) -> bool:
    number = _times(length, step)
    return math.isfinite(number) and abs(number - round(number)) <= 1e-6 and round(number) >= 1


def _check_times(values: Values) -> None:
    dt, sample, grid = (values[name] for name in ("dt", "sample_length", "grid"))
    steps = _times(sample, dt)
    if steps > MOST_STEPS:
        raise InputError(
            f"sample_length={sample * 1e3:g}*ms with dt={dt * 1e3:g}*ms: {steps:.3g} steps a"
            f" sample; expected at most {MOST_STEPS:,}, shorten one or lengthen the other"
        )
    for name, length in (("sample_length", sample), ("grid", grid)):
        if not _is_multiple(length, dt):
            raise InputError(
                f"{name}={length * 1e3:g}*ms: expected a whole multiple of dt={dt * 1e3:g}*ms"
            )
    if not _is_multiple(sample, grid):
        raise InputError(
            f"grid={grid * 1e3:g}*ms: expected sample_length={sample * 1e3:g}*ms to be a whole"
            " multiple of it"
        )


def _check_rates(values: Values) -> None:
    dt, rho, highest = values["dt"], values["rho"], values["r_min"] + values["r_max"]
    if rho * values["sample_length"] > MOST_SPIKES:
        raise InputError(
            f"rho={rho:g}*Hz with sample_length={values['sample_length']:g}*second: expected at"
            f" most {MOST_SPIKES:,} output spikes a sample, lower one of them"
        )
    if rho * dt > 1:
        raise InputError(
            f"rho={rho:g}*Hz with dt={dt * 1e3:g}*ms: more than one event a step; expected rho*dt"
            " <= 1"
        )
    if highest * dt > 1:
        raise InputError(
            f"r_min+r_max={highest:g}*Hz with dt={dt * 1e3:g}*ms: more than one spike a step;"
            " expected (r_min+r_max)*dt <= 1, lower them or dt"
        )


def _check_bounds(values: Values) -> None:
    if values["intensity_max"] <= values["alpha"]:
        raise InputError(
            f"intensity_max={values['intensity_max']:g}: expected more than"
            f" alpha={values['alpha']:g}, its value at w = 0"
        )
    if not 1 < values["intensity_max"] / values["alpha"] < math.inf:
        raise InputError(
            f"intensity_max={values['intensity_max']:g}, alpha={values['alpha']:g}: no number says"
            " their ratio; bring them nearer to their defaults"
        )
    if values["theta_min"] >= theta_max(values):
        raise InputError(
            f"theta_min={values['theta_min']:g}: expected less than {theta_max(values):g}, where"
            " alpha*e^w reaches intensity_max"
        )
