"""The checker: everything that is wrong in a model file, said at once, before anything is compiled.

It looks at what the file assigned, as text. Nothing of it is evaluated, so it takes some
milliseconds and can be done by every command.
"""

import keyword
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spikesampler.errors import InputError
from spikesampler.language.complaints import (
    Complaint,
    Findings,
    nearest,
    plain_value,
    text_fault,
)
from spikesampler.language.layer_checker import check_layers
from spikesampler.language.layers import OF_LAYER
from spikesampler.language.model_file import DEFAULTS, OF_NETWORK, OF_SPIKES
from spikesampler.language.parameter import Parameter
from spikesampler.language.places import Places
from spikesampler.language.rule_checker import check_rule
from spikesampler.language.scopes import POPULATIONS
from spikesampler.language.units import UNITS

__all__ = ["check_scope"]

#: what a field that is missing would say
_NEEDED = {
    "title": "say in a line what the model is",
    "citation": "say where it is from",
    "parameters": "it is a dict of NAME=stated(value, unit, meaning)",
    "inputs": "its equations say what an input spike leaves, such as dx/dt = -x/tau : 1",
    "outputs": "its equations say what the outputs compute: u = sum(w*x) : 1",
    "synapses": "its equations say what a weight is: w = exp(theta)",
    "starts": 'it says where theta begins: {"prior": "mu + sigma*randn()"}',
    "network": "it has the equations of a paper without spikes",
}
_KINDS: dict[type, str] = {str: "a text", dict: "a dict", tuple: "a pair of texts", list: "a list"}


def check_scope(path: Path, text: str, scope: Mapping[str, Any]) -> list[Complaint]:
    """All complaints of a model file, errors first, each kind by its line.

    text : of the file. scope : what it assigned when it was executed.
    """
    places, findings = Places(text), Findings(str(path))
    wanted = OF_NETWORK if "network" in scope else OF_SPIKES
    _check_fields(scope, wanted, places, findings)
    parameters = _check_parameters(scope.get("parameters"), places, findings)
    if type(scope.get("layers")) is dict and scope["layers"] and "network" not in scope:
        check_layers({**DEFAULTS, **scope}, parameters, places, findings)
    elif "network" not in scope:
        check_rule({**DEFAULTS, **scope}, parameters, places, findings)
    return sorted(findings.complaints, key=lambda each: (not each.is_error, each.line))


def _check_fields(
    scope: Mapping[str, Any],
    wanted: Mapping[str, tuple[type, ...]],
    places: Places,
    findings: Findings,
) -> None:
    """Complain of fields that are not known, are missing or of another kind."""
    for name, line in places.assigned.items():
        if name not in wanted and not name.startswith("_"):
            findings.unknown(line, "unknown field", name, [*wanted, "a helper that begins with _"])
    of_layers = {*OF_LAYER} if scope.get("layers") else set()  # these say themselves what they lack
    for name, kinds in wanted.items():
        if name not in scope and name in of_layers:
            continue
        if name not in scope and name not in DEFAULTS:
            findings.add(1, f"the field {name} is missing; {_NEEDED[name]}")
        elif name in scope and type(scope[name]) not in kinds:
            expected = " or ".join(_KINDS.get(kind, kind.__name__) for kind in kinds)
            findings.add(
                places.line((name,)), f"{name} is {plain_value(scope[name])}; expected {expected}"
            )
        elif type(value := scope.get(name)) is str and name not in POPULATIONS:
            if fault := text_fault(value):
                findings.add(places.line((name,)), f"{name} {fault}")
            elif name in _NEEDED and not value.strip():
                findings.add(places.line((name,)), f"{name} is empty; {_NEEDED[name]}")


def _check_parameters(
    parameters: Any, places: Places, findings: Findings
) -> dict[str, Parameter | None]:
    """The parameters by name, None for those that are not as they should be."""
    known: dict[str, Parameter | None] = {}
    for name, parameter in (parameters if type(parameters) is dict else {}).items():
        if type(name) is not str or not name.isidentifier() or keyword.iskeyword(name):
            findings.add(
                places.line(("parameters",)),
                f"the parameter {plain_value(name)} has no name as Python's names are",
            )
            continue
        known[name], line = None, places.line(("parameters", name))
        if type(parameter) is not Parameter:
            findings.add(
                line,
                f"parameter {name} is {plain_value(parameter)}; write it as {name}=stated(…)",
            )
            continue
        try:
            parameter.check_fields(name)
            parameter.check(name, parameter.value)
        except InputError as error:
            unit = getattr(parameter, "unit", None)
            near = nearest(unit, UNITS) if type(unit) is str and unit not in UNITS else ""
            findings.add(line, str(error), near, UNITS if near else ())
            continue
        for field in ("meaning", "source"):
            if fault := text_fault(getattr(parameter, field)):
                findings.add(line, f"{field} of parameter {name} {fault}")
        known[name] = parameter
    return known
