"""Whether a text of a model file uses names, functions and words as it may."""

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from spikesampler.language.complaints import Findings, guess, nearest
from spikesampler.language.contents import Text
from spikesampler.language.expressions import ARGUMENTS, FUNCTIONS, RANDOM
from spikesampler.language.places import Places
from spikesampler.language.scopes import FREE, OF_ARMS, OF_OUTPUTS, ROLES, Role, Symbol
from spikesampler.language.units import UNITS

__all__ = ["Known", "NameCheck", "role_of"]

#: words that people write and what this language has for them
_HINTS = {
    "max": "write clip(x, low, inf)",
    "min": "write clip(x, -inf, high)",
    "where": "multiply by int(CONDITION), or write A if NAME == 'word' else B",
    "heaviside": "write int(CONDITION)",
    "pow": "write a power as **",
    "xi": "noise is given in `noises`, as its variance per second",
    "e": "write exp(1)",
    "mean": "write sum(…)/I",
}


def role_of(text: Text, symbols: Mapping[str, Symbol]) -> Role:
    """What a text may use: at the end of a sample that depends on what it changes."""
    role = text.role.partition(":")[0]
    if role == "resets of samples" and text.sets in symbols:
        changed = symbols[text.sets].population
        role = {"inputs": "resets of inputs", "outputs": "resets"}.get(changed, role)
    return ROLES[role]


@dataclass(frozen=True)
class Known:
    """What a file defines: its names, the choices of its words, and fields that are no text, of
    whose names nothing is known.
    """

    symbols: Mapping[str, Symbol]
    words: Mapping[str, Sequence[str]]
    blind: Collection[str] = ()
    sources: Collection[str] = ()  #: of a layer, over the synapses from which a sum may be
    source: str = ""  #: of the pathway that is looked at
    told: dict[str, int] = field(default_factory=dict)  #: lines where undefined names were told


@dataclass
class NameCheck:
    """Looks at one text; the names that it uses are in `used`."""

    text: Text
    known: Known
    places: Places
    findings: Findings
    used: set[str] = field(default_factory=set)
    may_be_infinite: bool = False

    def visit(self, node: ast.expr, role: Role) -> None:
        """Complain of what a part of the text uses and may not."""
        match node:
            case ast.Name(id=name):
                self._name(name, role)
            case ast.Call(func=ast.Name(id=name), args=args):
                self._call(name, args, role)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self._choice(test)
                self.visit(body, role)
                self.visit(orelse, role)
            case ast.Compare(ops=[ast.In() | ast.NotIn()]):
                self._say(
                    f"'{ast.unparse(node)}' stands alone: write A if {ast.unparse(node)} else B"
                )
            case ast.Constant(value=str() as word):
                self._say(
                    f"'{word}' is a word where a number is expected; compare it:"
                    f" A if NAME == '{word}' else B"
                )
            case ast.BinOp(op=ast.Div() | ast.FloorDiv() | ast.Mod(), right=ast.Constant(value=0)):
                self._say(f"'{ast.unparse(node)}' divides by 0")
            case ast.Tuple():
                self._say(f"'{ast.unparse(node)}' is several values where one is expected")
            case _:
                for below in ast.iter_child_nodes(node):
                    if isinstance(below, ast.expr):
                        self.visit(below, role)

    def _name(self, name: str, role: Role) -> None:
        self.used.add(name)
        symbol = self.known.symbols.get(name)
        if symbol is None and name not in role.free:
            self._unknown(name, role)
        elif name == "inf" and not self.may_be_infinite:
            self._say("inf is no number to compute with; it may stand in bounds and clip", name)
        elif symbol and symbol.kind == "word":
            self._say(
                f"{name} is a word and not a number; compare it: A if {name} =="
                f" '{self.known.words[name][0]}' else B",
                name,
            )
        elif symbol and symbol.population and symbol.population not in role.populations:
            self._say(
                f"{name} is of the {symbol.population}; {role.said} may use {self._listed(role)}",
                name,
                allowed=self._allowed(role),
            )

    def _unknown(self, name: str, role: Role) -> None:
        """Complain of a name that is nothing, or nothing here."""
        if {"parameters", *role.populations} & {*self.known.blind}:
            return
        allowed = self._allowed(role)
        others = {**FREE, **OF_OUTPUTS, **OF_ARMS, "pi": ("", 0), "inf": ("", 0)}
        bare = name.removesuffix("_pre").removesuffix("_post")
        if name in others:
            why = f"{name} has no meaning in {role.said}"
        elif name in FUNCTIONS or name in RANDOM or name == "sum":
            why = f"{name} is a function: write {name}(…)"
        elif name in _HINTS:
            why = f"{name} is not defined; {_HINTS[name]}"
        elif name in UNITS:
            why = f"{name} is a unit: count in seconds, such as 0.01*second, or use a parameter"
        elif bare in self.known.symbols:
            why = f"{name} is not defined; names need no _pre and _post: write {bare}"
        else:
            near = guess(name, allowed) or ": write it among the parameters, or an equation for it"
            why = f"{name} is not defined{near}"
        near = nearest(name, allowed)
        line = self.places.with_word(self.text.lines, name)
        if name in others or (first := self.known.told.setdefault(name, line)) == line:
            self._say(f"{why}; known there: {self._listed(role)}", name, near, allowed)
        else:
            self._say(f"{name} is not defined (see line {first})", name, near, allowed)

    def _call(self, name: str, args: list[ast.expr], role: Role) -> None:
        if name == "sum":
            self._sum(args, role)
            return
        if name == "mean" and role.means:
            role = ROLES["mean"]
        elif name in RANDOM and name not in role.random:
            self._say(_why_not_random(self.text, name), name)
        elif name not in FUNCTIONS and name not in RANDOM:
            functions = sorted([*FUNCTIONS, *role.random, *(["sum"] if role.sums else [])])
            hint = _HINTS.get(name)
            why = f"; {hint}" if hint else guess(name, functions)
            self._say(
                f"{name}(…) is no function{why}; functions are {', '.join(functions)}",
                name,
                "" if hint else nearest(name, functions),
                functions,
            )
        elif len(args) != (number := ARGUMENTS.get(name, 1)):
            self._say(f"{name} takes {_counted(number)}, not {len(args)}", name)
        before = self.may_be_infinite
        self.may_be_infinite = name == "clip"
        for arg in args:
            self.visit(arg, role)
        self.may_be_infinite = before

    def _sum(self, args: list[ast.expr], role: Role) -> None:
        if not role.sums:
            where = "inside another sum" if role is ROLES["sum"] else f"in {role.said}"
            self._say(
                f"sum(…) {where}: it is over the synapses of an output, in the outputs' equations",
                "sum",
            )
        elif len(args) == 2 and self.known.sources:
            source = ast.unparse(args[1])
            if source not in self.known.sources:
                near = guess(source, self.known.sources)
                self._say(
                    f"{source} is no source of this layer{near}; a sum is over the synapses from"
                    f" one of {', '.join(self.known.sources)}, or from all: sum(EXPRESSION)",
                    source,
                    nearest(source, self.known.sources),
                    tuple(self.known.sources),
                )
            if source != self.known.source:
                return  # is looked at with the names of that pathway
            args = args[:1]
        elif len(args) != 1:
            self._say(f"sum takes {_counted(1)}, not {len(args)}", "sum")
        inside = NameCheck(self.text, self.known, self.places, self.findings)
        for arg in args:
            inside.visit(arg, ROLES["sum"] if role.sums else role)
        self.used |= inside.used
        kinds = {
            self.known.symbols[name].population
            for name in inside.used
            if name in self.known.symbols
        }
        if inside.used - self.known.symbols.keys() - {*FREE, *OF_OUTPUTS, "pi", "inf"}:
            return  # what is not defined was said
        if role.sums and args and not kinds & {"synapses", "inputs"}:
            self._say(
                f"sum({ast.unparse(args[0])}) has no variable of a synapse or of its input, such as"
                " theta: it would be the number of inputs times that; write I*(…)",
                "sum",
            )

    def _choice(self, test: ast.expr) -> None:
        """Look at the test of A if test else B, which is between words."""
        match test:
            case ast.BoolOp(values=values):
                for value in values:
                    self._choice(value)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self._choice(operand)
            case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[right]):
                self._compared(name, op, right)
            case _:
                self._say(
                    f"'{ast.unparse(test)}' is no comparison with a word; of numbers, write"
                    " int(CONDITION)*A + int(not CONDITION)*B"
                )

    def _compared(self, name: str, op: ast.cmpop, right: ast.expr) -> None:
        self.used.add(name)
        if name not in self.known.words:
            symbol = self.known.symbols.get(name)
            if symbol and symbol.kind == "unknown":
                return
            if symbol or name in FREE | OF_OUTPUTS:
                why = f"{name} is a number: A if … else B chooses by a word; write int(CONDITION)"
            else:
                why = f"{name} is not defined{guess(name, self.known.words)}"
            known = ", ".join(self.known.words) or "none"
            self._say(
                f"{why}; words are {known}",
                name,
                nearest(name, self.known.words),
                tuple(self.known.words),
            )
            return
        several = isinstance(op, ast.In | ast.NotIn)
        nodes = right.elts if isinstance(right, ast.Tuple) and several else [right]
        if not isinstance(op, ast.In | ast.NotIn | ast.Eq | ast.NotEq) or (
            several and not isinstance(right, ast.Tuple)
        ):
            self._say(f"'{name}' is a word: compare it by ==, !=, or in ('a', 'b')", name)
            return
        for node in nodes:
            word = node.value if isinstance(node, ast.Constant) else ast.unparse(node)
            if word not in self.known.words[name]:
                self.findings.unknown(
                    self.places.with_word(self.text.lines, name),
                    f"{name} is compared with",
                    word,
                    self.known.words[name],
                )

    def _allowed(self, role: Role) -> list[str]:
        """Names that a text of this role may use: its variables, the free names, parameters."""
        own = [s.name for s in self.known.symbols.values() if s.population in role.populations]
        parameters = [s.name for s in self.known.symbols.values() if s.kind == "parameter"]
        return [*own, *role.free, *parameters]

    def _listed(self, role: Role) -> str:
        """The same for a message, its parameters counted."""
        own = [s.name for s in self.known.symbols.values() if s.population in role.populations]
        return f"{', '.join([*own, *role.free])} and the parameters"

    def _say(
        self, message: str, word: str = "", meant: str = "", allowed: Sequence[str] = ()
    ) -> None:
        line = self.places.with_word(self.text.lines, word) if word else self.text.line
        self.findings.add(line, f"{self.text.where}: {message}", meant, allowed)


def _why_not_random(text: Text, name: str) -> str:
    if text.role in ("drift", "inputs", "outputs", "synapses", "signals") or ":" in text.role:
        return f"{name}() cannot be drawn here: noise is given in `noises`, as variance per second"
    if text.role == "events":
        return f"{name}() cannot be drawn in an event; rand() can"
    return f"{name}() cannot be drawn here; it can in starts, initial, learning and resets"


def _counted(number: int) -> str:
    return "no argument" if not number else f"{number} argument{'s' if number > 1 else ''}"
