"""The names that a model file defines, and which of them clash."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from spikesampler.language.complaints import Findings
from spikesampler.language.contents import Contents, Text
from spikesampler.language.dimensions import power_of_unit
from spikesampler.language.parameter import Parameter
from spikesampler.language.places import Places
from spikesampler.language.scopes import FREE, OF_ARMS, OF_OUTPUTS, POPULATIONS, Symbol, wrong_name
from spikesampler.language.units import UNITS

__all__ = ["UNITS_OF_EQUATIONS", "powers_of", "symbols_of"]

UNITS_OF_EQUATIONS = ("1", "second", "Hz", "1/second", "1/second**2")  #: as examples


def symbols_of(
    contents: Contents,
    parameters: Mapping[str, Parameter | None],
    standard: Mapping[str, Parameter],
    places: Places,
    findings: Findings,
) -> dict[str, Symbol]:
    """Every name that a file defines; parameters of every model are among them.

    Complains of names that clash with others, with words of the language, and of wrong units.
    """
    symbols = {"theta": Symbol("theta", "state", "synapses")}
    for name, parameter in {**standard, **parameters}.items():
        line = places.line(("parameters", name))
        if why := wrong_name(name, standard):
            findings.add(line, f"a parameter is called {name}, which {why}; take another name")
        power = UNITS[parameter.unit][1] if parameter and parameter.unit in UNITS else None
        kind = "unknown" if not parameter else "word" if parameter.choices else "parameter"
        symbols.setdefault(name, Symbol(name, kind, "", power, line))
    for name in contents.unread:
        symbols.setdefault(name, Symbol(name, "unknown", "", None))
    for text in contents.texts:
        if text.role in POPULATIONS:
            _define(text, symbols, standard, findings)
    for (field, state), line in contents.states.items():
        if field == "drift" and not wrong_name(state):  # a state that only the grid moves
            symbols.setdefault(state, Symbol(state, "state", "synapses", 0, line))
    return symbols


def _define(
    text: Text, symbols: dict[str, Symbol], standard: Iterable[str], findings: Findings
) -> None:
    """Add what an equation defines, or say why it may not be called so."""
    name, line = text.sets, text.line
    power = power_of_unit(text.unit)
    if power is None:
        findings.unknown(line, f"unit of {name} is", text.unit, UNITS_OF_EQUATIONS)
    if name == "theta":
        findings.add(
            line,
            "theta is moved by the drift, the noise and learning, not by an equation: write its"
            " change per second as drift",
        )
    elif why := wrong_name(name):
        findings.add(line, f"{name} {why}; take another name for this variable of {text.where}")
    elif name in symbols and symbols[name].kind != "unknown":
        _clash(text, symbols[name], name in standard, findings)
        symbols[name] = replace(symbols[name], kind="unknown", population="", power=None)
    else:
        kind = "state" if text.how == "d" else "function"
        symbols[name] = Symbol(name, kind, text.role, power, line)


def _clash(text: Text, other: Symbol, is_standard: bool, findings: Findings) -> None:
    if other.population:
        where = f"by {_equations(other.population)} in line {other.line}"
        findings.add(text.line, f"{text.sets} is defined twice: {where}, and here; rename one")
    else:
        of_every = " of every model" if is_standard else f" (line {other.line})"
        findings.add(
            text.line,
            f"{text.sets} is a parameter{of_every} and a variable of {text.where}; rename one",
        )


def _equations(population: str) -> str:
    return f"the {population}' equations"


def powers_of(symbols: Mapping[str, Symbol]) -> dict[str, float]:
    """Power of time of every name that has one; what is wrong already is left out."""
    free = {name: power for name, (_, power) in {**FREE, **OF_OUTPUTS, **OF_ARMS}.items()}
    numbers = {
        name: symbol.power
        for name, symbol in symbols.items()
        if symbol.power is not None and symbol.kind != "word"
    }
    return {**free, "pi": 0, **numbers}
