"""Parameters that a manifest tells: units that are known, and values that the model allows."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from spikesampler.errors import InputError, shown
from spikesampler.language.model import load_model, model_names
from spikesampler.language.parameter import Parameter
from spikesampler.language.retraction import RETRACTION
from spikesampler.language.units import UNITS

__all__ = ["check_parameters"]

#: parameters that readers reckon with; others may be words of a model's own
_NUMBERS = frozenset(
    "I K D N rho mu sigma theta_0 theta_min alpha intensity_max r_min r_max tuning_width"
    " tuning_factor num_clusters tau_m tau_s sample_length dt grid".split()
)


def check_parameters(manifest: Mapping[str, Any]) -> None:
    """ValueError, which names the key, for a parameter of a run's manifest that no run has.

    manifest : of the right shape. Numbers have a unit of ours. Where the model is the installed one
    to the letter, each of its parameters is there, and its value is one that `--set` allows; a file
    of the user's is not executed to know that.
    """
    told, model = manifest.get("parameters"), manifest.get("model", {})
    if told is None:
        return
    for name, parameter in told.items():
        _check_kind(name, parameter["value"], parameter["unit"])
    for name, known in _installed(model.get("name"), model.get("text")).items():
        if name not in told:
            raise ValueError(f"parameters has no {name}")
        _check_value(name, known, told[name])


def _check_kind(name: str, value: Any, unit: str) -> None:
    """ValueError for a parameter that readers could not take for what its name says."""
    if not isinstance(value, str) and unit not in UNITS:
        raise ValueError(f"the unit of {name} is {shown(unit)}, not one of {', '.join(UNITS)}")
    if name in _NUMBERS and isinstance(value, str):
        raise ValueError(f"{name} is {shown(value)}, not a number")
    if name == "retraction" and value not in RETRACTION:
        raise ValueError(f"{name} is {shown(value)}, not one of {', '.join(RETRACTION)}")


def _check_value(name: str, known: Parameter, told: Mapping[str, Any]) -> None:
    """ValueError unless what a manifest tells of a parameter is what its model allows."""
    if told["unit"] != known.unit:
        raise ValueError(f"the unit of {name} is {shown(told['unit'])}, not {known.unit}")
    if isinstance(told["value"], str) and not known.choices:
        raise ValueError(f"{name} is {shown(told['value'])}, not a number")
    try:
        known.check(name, told["value"])
    except InputError as error:
        raise ValueError(str(error)) from None


@cache
def _installed(name: str | None, text: str | None) -> Mapping[str, Parameter]:
    """The parameters of the installed model of that name and text; none where it is another."""
    if name not in model_names():
        return {}
    model = load_model(name)
    return model.parameters if model.source_text == text else {}
