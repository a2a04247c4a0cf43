"""A model's rule: its equations and events as plain texts, with every choice by a word decided.

The engine, the evaluator, a run's manifest and everything that reads one share it. It is data: its
texts are parsed, never executed, so that a run folder of another can be read safely.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from spikesampler.errors import InputError, shown
from spikesampler.language.blocks import (
    Equation,
    differential_names,
    read_equations,
    read_statements,
)
from spikesampler.language.expressions import names_in
from spikesampler.language.words import resolve_words

__all__ = [
    "DEFAULT_FIRING",
    "DEFAULT_TEACHER",
    "DEFAULT_WEIGHT",
    "SILENT_FIRING",
    "Rule",
    "rule_of",
]

DEFAULT_FIRING = "race(rho)"  #: outputs share the total rate rho as softmax(u)
SILENT_FIRING = "poisson(0/second)"  #: that of a model in which nothing fires
DEFAULT_TEACHER = "rho"  #: rate of the teacher's events
DEFAULT_WEIGHT = "w"  #: the function of synapses that pictures and exports call the weight
BLOCKS = ("inputs", "outputs", "synapses", "signals")  #: fields that hold equations
RULES = ("learning", "resets")  #: fields that hold statements, by when they are carried out


@dataclass(frozen=True)
class Rule:
    """The texts of a model; see docs/models.md for what each may say.

    inputs, outputs, synapses, signals : equations, one a line, ``NAME = TEXT : UNIT`` or
    ``dNAME/dt = TEXT : UNIT``. drift : of a state of the synapses, per second. bounds : of theta,
    low and high, "" where there is none. starts : theta at the start, by name. initial : state
    variables that do not start at 0. learning, resets : statements, by when. events : conditions of
    own events. firing : ``race(RATE)`` or ``poisson(RATE)``. teacher : rate of its events. weight :
    the name of a function of the synapses. noises : the model's own arms.
    """

    inputs: str
    outputs: str
    synapses: str
    signals: str = ""
    drift: dict[str, str] = field(default_factory=dict)
    bounds: tuple[str, str] = ("", "")
    starts: dict[str, str] = field(default_factory=dict)
    initial: dict[str, str] = field(default_factory=dict)
    learning: dict[str, str] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    resets: dict[str, str] = field(default_factory=dict)
    firing: str = DEFAULT_FIRING
    teacher: str = DEFAULT_TEACHER
    weight: str = DEFAULT_WEIGHT
    noises: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> "Rule":
        """The Rule that `to_dict` made plain data of, such as a manifest's; InputError for others.

        Nothing is believed: every field has to be there and of its kind.
        """
        names = [one.name for one in fields(cls)]
        if not isinstance(data, Mapping) or sorted(data) != sorted(names):
            raise InputError(f"a rule is {shown(data)}: expected the fields {', '.join(names)}")
        plain = dict(data)
        bounds = plain["bounds"]
        if not isinstance(bounds, list | tuple) or [*map(type, bounds)] != [str, str]:
            raise InputError(f"bounds of a rule are {shown(bounds)}: expected two texts")
        plain["bounds"] = tuple(bounds)
        for name, value in plain.items():
            if name not in ("bounds", "noises"):
                kind = dict if name in _DICTS else str
                if type(value) is not kind or not _are_texts(value):
                    raise InputError(f"{name} of a rule is {shown(value)}: expected text")
        _texts_within(plain["noises"], str)
        return cls(**plain)

    def to_dict(self) -> dict[str, Any]:
        """The texts as plain data, which JSON can hold."""
        return asdict(self) | {"bounds": [*self.bounds]}

    def equations(self, block: str) -> tuple[Equation, ...]:
        """The equations of one of the fields inputs, outputs, synapses and signals."""
        return read_equations(getattr(self, block))

    def states(self, block: str) -> list[str]:
        """Names of the variables that a block integrates, in order."""
        return differential_names(self.equations(block))

    @property
    def synapse_states(self) -> list[str]:
        """Names of what changes in a synapse besides theta: by an equation, or on the grid."""
        names = dict.fromkeys((*self.states("synapses"), *self.drift))
        return [name for name in names if name != "theta"]

    @property
    def is_silent(self) -> bool:
        """Whether nothing ever fires: the synapses of a file that says nothing of neurons."""
        return self.firing == SILENT_FIRING

    @property
    def knows_classes(self) -> bool:
        """Whether the network is told a class: by a teacher, or where a text reads `label` or
        `correct`.
        """
        return self.knows_labels or "correct" in self._names()

    @property
    def knows_labels(self) -> bool:
        """Whether the network is told the class of a sample while it is shown: by a teacher, or
        where a text reads `label`.
        """
        return "teacher" in self.learning or "label" in self._names()

    def _names(self) -> set[str]:
        """All that equations, rules, events, drift and firing read."""
        texts = [e.text for block in BLOCKS for e in self.equations(block)]
        for rules in (self.learning, self.resets):
            texts += [s.text for rule in rules.values() for s in read_statements(rule)]
        texts += [*self.events.values(), *self.drift.values(), self.firing]
        return set().union(*map(names_in, texts))

    def functions(self, block: str) -> dict[str, str]:
        """{name: text} of what a block defines without integrating it, in order."""
        return {e.name: e.text for e in self.equations(block) if not e.is_differential}


_DICTS = ("drift", "starts", "initial", "learning", "events", "resets")


def _are_texts(value: Any) -> bool:
    pairs = value.items() if isinstance(value, dict) else ()
    return all(type(name) is str and type(text) is str for name, text in pairs)


def rule_of(texts: Mapping[str, Any], words: Mapping[str, str]) -> Rule:
    """The Rule of a model's fields, with every choice between words decided.

    texts : fields by name as the model file assigns them; words : values of the parameters that are
    words. Raises InputError, which names the field, for a text that cannot be read.
    """

    def resolved(text: Any) -> str:
        return resolve_words(str(text), words)

    blocks: dict[str, Any] = {name: _in(name, _block, texts[name], resolved) for name in BLOCKS}
    variables = differential_names(read_equations(blocks["inputs"]))
    rules = {
        name: {
            when: _in(f"{name}['{when}']", _statements, text, resolved)
            for when, text in texts[name].items()
        }
        for name in RULES
    }
    expressions: dict[str, Any] = {
        name: {key: _in(f"{name}['{key}']", resolved, text) for key, text in texts[name].items()}
        for name in ("starts", "initial", "events")
    }
    drift = {"theta": texts["drift"]} if isinstance(texts["drift"], str) else texts["drift"]
    low, high = (
        "" if text is None or text == "" else _in("bounds", resolved, text)
        for text in texts["bounds"]
    )
    return Rule(
        **blocks,
        **expressions,
        learning=rules["learning"],
        resets={"input": "\n".join(f"{name} += 1" for name in variables)} | rules["resets"],
        drift={state: _in("drift", resolved, text) for state, text in drift.items() if text != ""},
        bounds=(low, high),
        firing=_in("firing", resolved, texts["firing"]),
        teacher=_in("teacher", resolved, texts["teacher"]),
        weight=texts["weight"],
        noises=_in("noises", _texts_within, texts["noises"], resolved),
    )


def _in(field_name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """function(*arguments); its InputError says in which field it was."""
    try:
        return function(*arguments)
    except InputError as error:
        raise InputError(f"{field_name}: {error}") from None


def _block(block: str, resolved: Callable[[str], str]) -> str:
    """A block of equations, a line each, with its comments."""
    return _lines(
        (
            f"{f'd{e.name}/dt' if e.is_differential else e.name} = {resolved(e.text)} : {e.unit}",
            e.comment,
        )
        for e in read_equations(block)
    )


def _statements(rule: str, resolved: Callable[[str], str]) -> str:
    """Statements, a line each."""
    return _lines(
        (f"{s.target} {s.operator} {resolved(s.text)}", "") for s in read_statements(rule)
    )


def _lines(lines: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"{line}  # {comment}" if comment else line for line, comment in lines)


def _texts_within(value: Any, resolved: Callable[[str], str]) -> Any:
    """The same with every text in it resolved; InputError for what is neither text nor dict."""
    if isinstance(value, Mapping):
        return {str(name): _texts_within(inner, resolved) for name, inner in value.items()}
    if isinstance(value, str):
        return resolved(value) if value.strip() else ""
    raise InputError(f"{shown(value)}: expected a text, or a dict of texts")
