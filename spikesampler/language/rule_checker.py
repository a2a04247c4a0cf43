"""Whether the texts of a model with spikes say something that can be done."""

from collections.abc import Collection, Mapping
from typing import Any

from spikesampler.errors import InputError
from spikesampler.language.complaints import Findings, guess
from spikesampler.language.contents import Contents, Text
from spikesampler.language.expressions import names_in, parse
from spikesampler.language.model_file import WHEN
from spikesampler.language.names import Known, NameCheck, role_of
from spikesampler.language.noise_arms import ARMS, MATCHED
from spikesampler.language.parameter import Parameter
from spikesampler.language.places import Places
from spikesampler.language.reader import read_contents
from spikesampler.language.rule import SILENT_FIRING
from spikesampler.language.rule_checks import (
    check_cycles,
    check_events,
    check_linear,
    check_states,
    check_targets,
    names_of,
)
from spikesampler.language.scopes import FREE, OF_OUTPUTS, POPULATIONS, Symbol
from spikesampler.language.standard import STANDARD
from spikesampler.language.symbols import symbols_of
from spikesampler.language.unit_checks import check_dimensions

__all__ = ["check_rule"]

#: parameters that stimuli and the engine read by their names, besides those of every model
READ_BY_NAME = ("num_clusters",)
_NEEDED_BY_MATCHED = names_in(ARMS["weight"].variance["theta"])
_FIXED = {"second", "dt"}  #: names that every text may use whose values are known without a run


def check_rule(
    scope: Mapping[str, Any],
    parameters: Mapping[str, Parameter | None],
    places: Places,
    findings: Findings,
    sources: Collection[str] = (),
    source: str = "",
    also_used: Collection[str] = (),
) -> None:
    """Complain of what does not fit in the texts of a model with spikes.

    scope : what its file assigned, with defaults for the rest. parameters : None for those that
    were complained of already. Of a layer: sources : its sources; source : that of the pathway
    whose texts these are; also_used : parameters that layers use besides.
    """
    contents = read_contents(scope, places, findings)
    if type(scope.get("parameters")) is not dict:
        contents.blind.add("parameters")
    symbols = symbols_of(contents, parameters, STANDARD, places, findings)
    declared = {**STANDARD, **parameters}
    words = {name: p.choices for name, p in declared.items() if p and p.choices}
    known = Known(symbols, words, contents.blind, sources, source)
    used = _check_names(contents, known, places, findings)
    check_targets(contents, symbols, WHEN, findings)
    check_events(contents, WHEN, findings)
    check_states(contents, symbols, findings)
    if check_cycles(contents, findings):
        check_linear(contents, symbols, findings)
    check_dimensions(contents, symbols, findings)
    _check_needed(scope, contents, symbols, places, findings)
    _check_noise(scope, contents, symbols, places, findings)
    if not contents.blind and not contents.unread:
        _check_use(scope, symbols, used, also_used, places, findings)


def _check_names(
    contents: Contents, known: Known, places: Places, findings: Findings
) -> dict[Text, set[str]]:
    """The names that each text uses; complaints of those that it may not."""
    used = {}
    for text in sorted(contents.texts, key=lambda text: text.line):
        check = NameCheck(text, known, places, findings)
        check.may_be_infinite = text.role == "bounds"
        try:
            check.visit(parse(text.text), role_of(text, known.symbols))
        except InputError as error:
            findings.add(text.line, f"{text.where}: {error}")
            contents.unread.add(text.sets)
        used[text] = check.used
    return used


def _check_needed(
    scope: Mapping[str, Any],
    contents: Contents,
    symbols: Mapping[str, Symbol],
    places: Places,
    findings: Findings,
) -> None:
    """Complain of what a model cannot be without."""
    of = {p: [t.sets for t in contents.texts if t.role == p] for p in POPULATIONS}
    firing = scope.get("firing")
    competes = type(firing) is str and firing.strip().startswith("race")
    if competes and not {"outputs", "u"} & (contents.blind | contents.unread | {*of["outputs"]}):
        findings.add(
            places.line(("outputs",)),
            "the outputs' equations define no u, by which the outputs compete"
            f"{guess('u', of['outputs'])}: add u = sum(w*x) : 1, or give the outputs' own rates as"
            ' firing = "poisson(…)"',
            "",
            of["outputs"],
        )
    if "synapses" not in contents.blind and type(scope.get("weight")) is str:
        line = places.line(("weight",) if "weight" in places.assigned else ("synapses",))
        _check_weight(scope["weight"], line, contents, symbols, findings)
    if "teacher" in places.assigned and ("learning", "teacher") not in contents.rules:
        findings.add(
            places.line(("teacher",)),
            "teacher gives a rate, but learning has no rule for the event 'teacher': there is none",
            is_error=False,
        )
    if type(scope.get("starts")) is dict and not scope["starts"]:
        findings.add(
            places.line(("starts",)),
            'starts is empty; expected one at least, such as {"prior": "mu + sigma*randn()"}',
        )


def _check_weight(
    weight: str,
    line: int,
    contents: Contents,
    symbols: Mapping[str, Symbol],
    findings: Findings,
) -> None:
    """Complain of a weight that is no function of what belongs to the synapse alone."""
    functions = {t.sets: t for t in contents.texts if t.role == "synapses" and t.how == "="}
    if weight not in functions:
        if weight not in contents.unread:
            what = "the weight, which exports and pictures show, is"
            findings.unknown(line, what, weight, functions)
        return
    left, needed = [weight], {weight}
    while left:
        new = names_of(functions[left.pop()]) - needed
        needed |= new
        left += [name for name in new if name in functions]
    strange = [
        f"{name} of the {symbols[name].population}"
        for name in sorted(needed & symbols.keys())
        if symbols[name].population not in ("", "synapses")
    ]
    strange += [name for name in sorted(needed) if name in {**FREE, **OF_OUTPUTS}.keys() - _FIXED]
    if strange:
        findings.add(
            functions[weight].line,
            f"the weight {weight} depends on {', '.join(strange)}: exports and pictures need one of"
            " theta, the synapse's own variables and parameters; name another function as weight",
            "",
            functions,
        )


def _check_noise(
    scope: Mapping[str, Any],
    contents: Contents,
    symbols: Mapping[str, Symbol],
    places: Places,
    findings: Findings,
) -> None:
    """Complain of arms that are not there, and of what they lack."""
    noise, arms = scope.get("noise"), [*ARMS, *contents.arms]
    if type(noise) is str and noise not in arms:
        findings.unknown(places.line(("noise",)), "unknown noise arm", noise, arms)
    lacking = sorted(_NEEDED_BY_MATCHED - symbols.keys())
    for text in contents.texts:
        if text.role.startswith("noises") and lacking and MATCHED in names_of(text):
            findings.add(
                text.line,
                f"{text.where}: {MATCHED} is that of the arm `weight`, which needs"
                f" {' and '.join(lacking)}; the model does not define that: define it, or write an"
                " arm as constant_matched:match=VARIANCE",
            )
    for arm, line in contents.arms.items():
        if arm in ARMS:
            findings.add(
                line, f"noises has '{arm}', which is an arm of every model; take another name"
            )


def _check_use(
    scope: Mapping[str, Any],
    symbols: Mapping[str, Symbol],
    used: Mapping[Text, set[str]],
    also_used: Collection[str],
    places: Places,
    findings: Findings,
) -> None:
    """Warn of what is defined and used nowhere."""
    needed = {"u", scope.get("weight"), *STANDARD, *READ_BY_NAME, *_names_of_arms(), *also_used}
    if scope.get("firing") == SILENT_FIRING:
        needed.add("x")  # of the neurons that the file says nothing of
    for text, names in used.items():
        needed |= names - {text.sets}
        if text.role.startswith("resets") and text.sets in symbols:
            if symbols[text.sets].population in ("outputs", "signals"):
                needed.add(text.sets)  # such as a count, to be recorded
    for name, symbol in symbols.items():
        if name not in needed and name != "theta" and symbol.kind != "unknown":
            what = "parameter" if not symbol.population else symbol.kind
            findings.add(
                symbol.line,
                f"the {what} {name} is used nowhere; use it or take it out",
                is_error=False,
            )
    if not any("theta" in names for text, names in used.items() if text.role == "synapses"):
        message = "no equation of the synapses uses theta: what is learnt changes nothing"
        findings.add(places.line(("synapses",)), message, is_error=False)


def _names_of_arms() -> set[str]:
    """Names that the arms of every model use, where a model has them."""
    return set().union(*(names_in(text) for arm in ARMS.values() for text in arm.variance.values()))
