"""Whether the rules of a model file fit together: events, targets, states, circles, linearity."""

import ast
from collections.abc import Callable, Collection, Mapping
from graphlib import CycleError, TopologicalSorter

from spikesampler.errors import InputError, shortened
from spikesampler.language.complaints import Findings, guess, nearest
from spikesampler.language.contents import Contents, Text
from spikesampler.language.expressions import names_in, parse
from spikesampler.language.scopes import POPULATIONS, Symbol

__all__ = [
    "check_cycles",
    "check_events",
    "check_linear",
    "check_states",
    "check_targets",
    "names_of",
]

#: what may be changed where: populations by the role of a statement
TARGETS = {
    "learning": ("synapses",),
    "resets": ("outputs", "signals"),
    "resets of inputs": ("inputs",),
    "resets of samples": ("inputs", "outputs", "signals"),
}

_PLACES = {
    "inputs": "resets['input'] or resets['sample']",
    "outputs": "resets['output'], resets['sample'] or at an event",
    "synapses": "learning",
    "signals": "resets",
}


def check_targets(
    contents: Contents,
    symbols: Mapping[str, Symbol],
    events: Mapping[str, Collection[str]],
    findings: Findings,
) -> None:
    """Complain of statements that change what they may not.

    events : as of `check_events`, which complains of rules for others, of which no more is said.
    """
    unknown = {
        f"{field}['{when}']"
        for field, when in contents.rules
        if when not in {*events[field], *contents.events}
    }
    for text in contents.texts:
        if text.role not in TARGETS or text.where in unknown:
            continue
        allowed = [
            s.name
            for s in symbols.values()
            if s.kind == "state" and s.population in TARGETS[text.role]
        ]
        target = symbols.get(text.sets)
        if target is None:
            why = f"{text.sets} is not defined{guess(text.sets, allowed)}"
        elif target.name in allowed or target.kind == "unknown":
            continue
        elif target.kind in ("parameter", "word"):
            why = f"{target.name} is a parameter, which keeps its value"
        elif target.kind == "function":
            why = (
                f"{target.name} is computed from others (line {target.line}): change what it is"
                " computed from"
            )
        else:
            places = _PLACES[target.population]
            why = f"{target.name} is of the {target.population}: change it in {places}"
        findings.add(
            text.line,
            f"{text.where}: {why}; it may change {', '.join(allowed) or 'nothing'}",
            nearest(text.sets, allowed) if target is None else "",
            allowed,
        )


def check_events(
    contents: Contents, events: Mapping[str, Collection[str]], findings: Findings
) -> None:
    """Complain of rules for events that nothing raises, and of events without a rule.

    events : names with a meaning of their own, for learning and for resets.
    """
    for (field, when), line in contents.rules.items():
        if when not in (known := [*events[field], *contents.events]):
            findings.unknown(line, f"{field} has a rule for the event", when, known)
    for event, line in contents.events.items():
        if event in {*events["learning"], *events["resets"]}:
            findings.add(line, f"events has '{event}', which happens by itself; take another name")
        elif event in ("spike", *POPULATIONS):
            findings.add(
                line, f"events has '{event}', which is a name of the engine's own; take another"
            )
        elif not any(when == event for _, when in contents.rules):
            findings.add(
                line,
                f"the event '{event}' changes nothing: neither learning nor resets has a rule for"
                " it",
                is_error=False,
            )


def check_states(contents: Contents, symbols: Mapping[str, Symbol], findings: Findings) -> None:
    """Complain of drifts, noises and initial values of what is no state."""
    of_synapses = [s.name for s in symbols.values() if _is_state(s, ("synapses",))]
    used = set().union(*(names_of(text) - {text.sets} for text in contents.texts))
    defined = {"theta"} | {text.sets for text in contents.texts if text.role == "synapses"}
    for (field, state), line in contents.states.items():
        if state not in of_synapses or (field == "drift" and state not in used | defined):
            others = [name for name in of_synapses if name != state]
            findings.unknown(line, f"{field} is given for the state", state, others)
    variables = [s.name for s in symbols.values() if _is_state(s, POPULATIONS)]
    variables.remove("theta")  # it has starts
    for text in contents.texts:
        if text.role == "initial" and text.sets not in variables:
            if text.sets == "theta":
                findings.add(text.line, "theta begins as `starts` says; put it there")
            else:
                findings.unknown(text.line, "initial is given for", text.sets, variables)


def _is_state(symbol: Symbol, populations: Collection[str]) -> bool:
    return symbol.kind == "state" and symbol.population in populations


def check_cycles(contents: Contents, findings: Findings) -> bool:
    """Complain of functions that need each other; whether there are none."""
    functions = {t.sets: t for t in contents.texts if t.role in POPULATIONS and t.how == "="}
    needs = {name: names_of(text) & functions.keys() for name, text in functions.items()}
    is_fine = True
    while True:
        try:
            TopologicalSorter(needs).prepare()
        except CycleError as error:
            cycle = error.args[1]
            first = functions[min(cycle, key=lambda name: functions[name].line)]
            findings.add(
                first.line,
                f"{first.where}: {' needs '.join(reversed(cycle))}: none of them can be computed;"
                " break the circle, or make one a variable, dX/dt = …",
            )
            needs = {name: below for name, below in needs.items() if name not in cycle}
            is_fine = False
            continue
        return is_fine


def names_of(text: Text) -> set[str]:
    """Names that a text uses; none where it cannot be read."""
    try:
        return names_in(text.text)
    except InputError:  # was said before
        return set()


def check_linear(contents: Contents, symbols: Mapping[str, Symbol], findings: Findings) -> None:
    """Complain of equations of inputs that are not linear in their variables.

    The functions among them have no circle.
    """
    known = {s.name for s in symbols.values() if s.population == "inputs"}
    of_inputs = [text for text in contents.texts if text.role == "inputs" and text.sets in known]
    functions = {text.sets: text for text in of_inputs if text.how == "="}
    degrees: dict[str, float] = {text.sets: 1 for text in of_inputs if text.how == "d"}
    variables = [*degrees]

    def degree(node: ast.expr) -> float:
        match node:
            case ast.Name(id=name):
                if name in functions and name not in degrees:
                    degrees[name] = 0
                    degrees[name] = _degree_of(functions[name], degree)
                return degrees.get(name, 0)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                return degree(operand)
            case ast.IfExp(body=body, orelse=orelse):
                return max(degree(body), degree(orelse))
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
                return max(degree(left), degree(right))
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return degree(left) + degree(right)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return degree(left) + 2 * degree(right)
        below = (n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr))
        return 2 * max([0, *map(degree, below)])

    for text in of_inputs:
        if text.how == "d" and _degree_of(text, degree) > 1:
            findings.add(
                text.line,
                f"{text.where}: d{text.sets}/dt = {shortened(text.text)} is not linear in"
                f" {', '.join(variables)}; what is not linear can be a variable of outputs or"
                " synapses, or a function",
            )


def _degree_of(text: Text, degree: Callable[[ast.expr], float]) -> float:
    try:
        return degree(parse(text.text))
    except InputError:
        return 0
