"""Rules between the parameters of a spiking model, which the range of each cannot say."""

import math
from collections.abc import Mapping
from typing import Any, Protocol

from spikesampler.errors import InputError

__all__ = ["check_together", "theta_max"]


class Values(Protocol):
    """Parameters of a model, and by their names values in base units."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Declared parameters by name, with unit and range."""

    def __getitem__(self, name: str) -> Any: ...


#: I*K: a hundred times the largest network of these papers, and some gigabytes of memory
MOST_SYNAPSES = 10**8


def theta_max(values: Values) -> float:
    """Upper bound of theta, where alpha e^w = intensity_max (Kappel et al. 2015, code)."""
    return values["theta_0"] + math.log(math.log(values["intensity_max"] / values["alpha"]))


def check_together(values: Values) -> None:
    """InputError unless the parameters of a model fit each other, or where one is missing."""
    _check_times(values)
    _check_rates(values)
    _check_bounds(values)
    if values["tau_m"] <= values["tau_s"]:
        tau_m, tau_s = (values[name] * 1e3 for name in ("tau_m", "tau_s"))
        raise InputError(
            f"tau_m={tau_m:g}*ms, tau_s={tau_s:g}*ms: expected tau_m > tau_s, the post-synaptic"
            " potential is a rise followed by a decay"
        )
    sizes = {
        name: values[name] for name in ("I", "K", "D", "num_clusters") if name in values.parameters
    }
    if sizes["I"] * max(size for name, size in sizes.items() if name != "I") > MOST_SYNAPSES:
        given = ", ".join(f"{name}={value}" for name, value in sizes.items())
        raise InputError(
            f"{given}: more than {MOST_SYNAPSES:,} synapses; lower the largest of them"
        )


def _check_times(values: Values) -> None:
    dt, sample, grid = (values[name] for name in ("dt", "sample_length", "grid"))
    for name, length in (("sample_length", sample), ("grid", grid)):
        if abs(length / dt - round(length / dt)) > 1e-6 or round(length / dt) < 1:
            raise InputError(
                f"{name}={length * 1e3:g}*ms: expected a whole multiple of dt={dt * 1e3:g}*ms"
            )
    if abs(sample / grid - round(sample / grid)) > 1e-6:
        raise InputError(
            f"grid={grid * 1e3:g}*ms: expected sample_length={sample * 1e3:g}*ms to be a whole"
            " multiple of it"
        )


def _check_rates(values: Values) -> None:
    dt, rho, highest = values["dt"], values["rho"], values["r_min"] + values["r_max"]
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
    if values["theta_min"] >= theta_max(values):
        raise InputError(
            f"theta_min={values['theta_min']:g}: expected less than {theta_max(values):g}, where"
            " alpha*e^w reaches intensity_max"
        )
