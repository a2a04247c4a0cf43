"""The checker: everything that is wrong in a model file, said at once, before anything is compiled.

It looks at what the file assigned, as text. Nothing of it is evaluated, so it takes some
milliseconds and can be done by every command.
"""

import keyword
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spikesampler.errors import InputError
from spikesampler.language.complaints import Complaint, Findings, guess, nearest, plain_value
from spikesampler.language.contents import Contents, Text, read_contents
from spikesampler.language.expressions import names_in, parse
from spikesampler.language.model_file import DEFAULTS, OF_NETWORK, OF_SPIKES, WHEN
from spikesampler.language.names import NameCheck, role_of
from spikesampler.language.noise_arms import ARMS
from spikesampler.language.parameter import Parameter
from spikesampler.language.places import Places
from spikesampler.language.rule_checks import (
    check_cycles,
    check_events,
    check_linear,
    check_states,
    check_targets,
)
from spikesampler.language.scopes import POPULATIONS, Symbol
from spikesampler.language.standard import STANDARD
from spikesampler.language.symbols import symbols_of
from spikesampler.language.unit_checks import check_dimensions
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
_KINDS = {str: "a text", dict: "a dict", tuple: "a pair of texts", list: "a list"}
#: parameters that stimuli and the engine read by their names, besides those of every model
READ_BY_NAME = ("num_clusters",)


def check_scope(path: Path, text: str, scope: Mapping[str, Any]) -> list[Complaint]:
    """All complaints of a model file, errors first, each kind by its line.

    text : of the file. scope : what it assigned when it was executed.
    """
    places, findings = Places(text), Findings(str(path))
    wanted = OF_NETWORK if "network" in scope else OF_SPIKES
    _check_fields(scope, wanted, places, findings)
    parameters = _check_parameters(scope.get("parameters"), places, findings)
    if "network" not in scope:
        _check_rule({**DEFAULTS, **scope}, parameters, places, findings)
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
            findings.unknown(line, "unknown field", name, wanted)
    for name, kinds in wanted.items():
        if name not in scope and name not in DEFAULTS:
            findings.add(1, f"the field {name} is missing; {_NEEDED[name]}")
        elif name in scope and type(scope[name]) not in kinds:
            expected = " or ".join(_KINDS.get(kind, kind.__name__) for kind in kinds)
            findings.add(
                places.line((name,)), f"{name} is {plain_value(scope[name])}; expected {expected}"
            )


def _check_parameters(parameters: Any, places: Places, findings: Findings) -> dict[str, Parameter]:
    """The parameters that are as they should be; complaints of all others."""
    good = {}
    for name, parameter in (parameters if type(parameters) is dict else {}).items():
        if type(name) is not str or not name.isidentifier() or keyword.iskeyword(name):
            findings.add(
                places.line(("parameters",)),
                f"the parameter {plain_value(name)} has no name as Python's names are",
            )
            continue
        line = places.line(("parameters", name))
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
        good[name] = parameter
    return good


def _check_rule(
    scope: Mapping[str, Any],
    parameters: dict[str, Parameter],
    places: Places,
    findings: Findings,
) -> None:
    """Complain of what does not fit in the texts of a model with spikes."""
    contents = read_contents(scope, places, findings)
    symbols = symbols_of(contents, parameters, STANDARD, places, findings)
    words = {n: p.choices for n, p in {**STANDARD, **parameters}.items() if p.choices}
    used = _check_names(contents, symbols, words, places, findings)
    check_targets(contents, symbols, findings)
    check_events(contents, WHEN, findings)
    check_states(contents, symbols, findings)
    if check_cycles(contents, findings):
        check_linear(contents, findings)
    check_dimensions(contents, symbols, findings)
    _check_needed(scope, contents, symbols, places, findings)
    _check_noise(scope, contents, places, findings)
    if not any(complaint.is_error for complaint in findings.complaints):
        _check_use(scope, contents, symbols, used, findings)


def _check_names(
    contents: Contents,
    symbols: Mapping[str, Symbol],
    words: Mapping[str, tuple[str, ...]],
    places: Places,
    findings: Findings,
) -> dict[Text, set[str]]:
    """The names that each text uses; complaints of those that it may not."""
    used = {}
    for text in contents.texts:
        if text.role == "teacher" and ("learning", "teacher") not in contents.rules:
            continue  # its default is not asked for
        looks = NameCheck(text, symbols, words, places, findings)
        try:
            looks.visit(parse(text.text), role_of(text))
        except InputError as error:
            findings.add(text.line, f"{text.where}: {error}")
        used[text] = looks.used
    return used


def _check_needed(
    scope: Mapping[str, Any],
    contents: Contents,
    symbols: Mapping[str, Symbol],
    places: Places,
    findings: Findings,
) -> None:
    """Complain of what a model cannot be without."""
    of = {p: [s.name for s in symbols.values() if s.population == p] for p in POPULATIONS}
    if type(scope.get("outputs")) is str and "u" not in of["outputs"]:
        findings.add(
            places.line(("outputs",)),
            "the outputs' equations define no u, which is what the outputs compete with"
            f"{guess('u', of['outputs'])}: add u = sum(w*x) : 1",
            "",
            of["outputs"],
        )
    weight = scope.get("weight")
    if type(scope.get("synapses")) is str and type(weight) is str and weight not in of["synapses"]:
        findings.unknown(
            places.line(("weight",) if "weight" in places.assigned else ("synapses",)),
            "the weight, which exports and pictures show, is",
            weight,
            of["synapses"],
        )
    if type(scope.get("starts")) is dict and not scope["starts"]:
        findings.add(
            places.line(("starts",)),
            'starts is empty; expected one at least, such as {"prior": "mu + sigma*randn()"}',
        )


def _check_noise(
    scope: Mapping[str, Any], contents: Contents, places: Places, findings: Findings
) -> None:
    """Complain of arms that are not there."""
    noise, arms = scope.get("noise"), [*ARMS, *contents.arms]
    if type(noise) is str and noise not in arms:
        findings.unknown(places.line(("noise",)), "unknown noise arm", noise, arms)
    for arm, line in contents.arms.items():
        if arm in ARMS:
            findings.add(
                line, f"noises has '{arm}', which is an arm of every model; take another name"
            )


def _check_use(
    scope: Mapping[str, Any],
    contents: Contents,
    symbols: Mapping[str, Symbol],
    used: Mapping[Text, set[str]],
    findings: Findings,
) -> None:
    """Warn of what is defined and used nowhere."""
    needed = {"u", scope.get("weight"), *STANDARD, *READ_BY_NAME, *_names_of_arms()}
    for text, names in used.items():
        needed |= names - {text.sets}
    for name, symbol in symbols.items():
        if name in needed or name == "theta":
            continue
        what = "parameter" if symbol.kind in ("parameter", "word") else symbol.kind
        findings.add(
            symbol.line,
            f"the {what} {name} is used nowhere; use it or take it out",
            is_error=False,
        )
    if not any("theta" in names for text, names in used.items() if text.role == "synapses"):
        findings.add(
            1, "no equation of the synapses uses theta: what is learnt changes nothing",
            is_error=False,
        )  # fmt: skip


def _names_of_arms() -> set[str]:
    """Names that the arms of every model use, where a model has them."""
    texts = [text for arm in ARMS.values() for text in (arm.variance, arm.spurious, arm.mobility)]
    return set().union(*(names_in(text) for text in texts if text))
