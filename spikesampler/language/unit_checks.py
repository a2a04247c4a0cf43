"""Whether each text of a model file has the dimension that its place asks for."""

from collections.abc import Mapping

from spikesampler.errors import InputError, shortened
from spikesampler.language.complaints import Findings
from spikesampler.language.contents import Contents, Text
from spikesampler.language.dimensions import ANY, CONDITION, Measure, power_of_unit, spelled
from spikesampler.language.expressions import parse
from spikesampler.language.scopes import POPULATIONS, Symbol
from spikesampler.language.symbols import powers_of

__all__ = ["check_dimensions"]


def check_dimensions(contents: Contents, symbols: Mapping[str, Symbol], findings: Findings) -> None:
    """Complain of what does not fit in its dimension, or has another than its field needs."""
    powers = powers_of(symbols)
    for text in contents.texts:
        try:
            tree = parse(text.text)
        except InputError:
            continue

        def complain(message: str, text: Text = text) -> None:
            findings.add(text.line, f"{text.where}: {message}")

        dimension = Measure(text.text, powers, complain).of(tree)
        expected, what = _expected(text, powers)
        if None in (dimension, expected) or dimension == expected:
            continue
        if dimension == ANY and expected != CONDITION:
            continue
        complain(
            f"{shortened(' '.join(text.text.split()))} is {spelled(dimension)}; {what}"
            f" {spelled(expected)}{', such as 1*second' if (dimension, expected) == (0, 1) else ''}"
        )


def _expected(text: Text, powers: Mapping[str, float]) -> tuple[float | str | None, str]:
    """The dimension that a text has to have, and how a message begins to say so."""
    own = powers.get(text.sets)
    if text.role in POPULATIONS:
        own = power_of_unit(text.unit)
        unit = f"with the unit '{text.unit}'"
        if text.how == "d":
            return (None if own is None else own - 1), f"{unit}, d{text.sets}/dt has to be"
        return own, f"{unit}, {text.sets} has to be"
    if text.how in ("*=", "/="):
        return 0, f"{text.sets} {text.how} takes"
    if text.how:
        return own, f"{text.sets} is"
    role, _, part = text.role.partition(": ")
    expected: dict[str, float | str | None] = {
        "bounds": 0,
        "starts": 0,
        "initial": own,
        "events": CONDITION,
        "firing": -1,
        "race": -1,
        "teacher": -1,
        "drift": None if own is None else own - 1,
        "noises": None if own is None else own - 1,
    }
    if part == "variance":
        return (None if own is None else 2 * own - 1), "a variance of noise has to be"
    if part == "mobility":
        return 0, "a mobility has to be"
    names = {"events": "an event has to be", "firing": "a rate has to be"}
    names["race"] = names["firing"]
    return expected[role], names.get(role, "it has to be")
