"""Parameters that a manifest tells: units that are known, and values that the model allows."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from spikesampler.errors import InputError, shown
from spikesampler.language.consistency import KNOWN
from spikesampler.language.evaluator import bounds_of, start_of, weight_states, weights_of
from spikesampler.language.model import load_model, model_names
from spikesampler.language.parameter import Parameter
from spikesampler.language.rule import Rule
from spikesampler.language.units import UNITS, base_values

__all__ = ["check_parameters"]


def check_parameters(manifest: Mapping[str, Any]) -> None:
    """ValueError, which names the key, for a parameter of a run's manifest that no run has.

    manifest : of the right shape. Numbers have a unit of ours; what the rule's weights, bounds and
    starts are made of are numbers, and so are those that this package knows by name. Where the
    model is the installed one to the letter, each of its parameters is there, and its value is one
    that `--set` allows; a file of the user's is not executed to know that.
    """
    told, model = manifest.get("parameters"), manifest.get("model", {})
    if told is None:
        return
    for name, parameter in told.items():
        _check_kind(name, parameter["value"], parameter["unit"])
    if "rule" in manifest:
        _check_rule(manifest["rule"], told)
    _check_pathways(manifest, told)
    for name, known in _installed(model.get("name"), model.get("text")).items():
        if name not in told:
            raise ValueError(f"parameters has no {name}")
        _check_value(name, known, told[name])


def _check_kind(name: str, value: Any, unit: str) -> None:
    """ValueError for a parameter that readers could not take for what its name says."""
    if not isinstance(value, str) and unit not in UNITS:
        raise ValueError(f"the unit of {name} is {shown(unit)}, not one of {', '.join(UNITS)}")
    if name in KNOWN:
        words = KNOWN[name].kind if isinstance(KNOWN[name].kind, tuple) else ()
        if words and value not in words:
            raise ValueError(f"{name} is {shown(value)}, not one of {', '.join(words)}")
        if not words and isinstance(value, str):
            raise ValueError(f"{name} is {shown(value)}, not a number")


def _check_pathways(manifest: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    """ValueError for pathways that no network of layers has: each name is there once, the first of
    the layer `outputs` has the rule of the run.
    """
    if (pathways := manifest.get("pathways")) is None:
        return
    names = [pathway["name"] for pathway in pathways]
    if len({*names}) < len(names):
        raise ValueError(f"pathways are {shown(', '.join(names))}, of which one is there twice")
    main = next((each for each in pathways if each["layer"] == "outputs"), None)
    if main is None or main["rule"] != manifest.get("rule"):
        raise ValueError("pathways have none of the layer outputs with the rule of the run")
    for pathway in pathways:
        _check_rule(pathway["rule"], told, of=f" of {shown(pathway['name'])}")


def _check_rule(rule: Any, told: Mapping[str, Any], of: str = "") -> None:
    """ValueError unless weights, bounds and starts can be evaluated with the parameters told.

    of : which pathway's rule it is, in words.
    """
    try:
        texts = Rule.from_dict(rule)
        values = base_values(told)
        one = {name: 0.0 for name in weight_states(texts)}
        weights_of(texts, values, 0.0, one)
        bounds_of(texts, values)
        for start in texts.starts:
            start_of(texts, values, start, np.random.default_rng(0), (1,))
    except InputError as error:
        raise ValueError(f"rule{of}: {error}") from None


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
