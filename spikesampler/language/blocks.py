"""Blocks of a model file: equations and statements, a line each, with their places."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from spikesampler.errors import InputError, shortened

__all__ = [
    "Equation",
    "Line",
    "Statement",
    "differential_names",
    "equation_of",
    "lines_of",
    "read_equations",
    "read_statements",
    "statements_of",
    "unclosed_in",
]

_EQUATION = re.compile(
    r"^(?:d(?P<of>[A-Za-z_]\w*)\s*/\s*dt|(?P<name>[A-Za-z_]\w*))\s*=(?P<text>.*)$"
)
_STATEMENT = re.compile(r"^(?P<target>[A-Za-z_]\w*)\s*(?P<operator>[-+*/]?=)(?!=)(?P<text>.*)$")


@dataclass(frozen=True)
class Equation:
    """One equation: ``dNAME/dt = text : unit`` where is_differential, else ``NAME = text : unit``.

    line : of its block, the first is 1. comment : what follows a #.
    """

    name: str
    text: str
    unit: str
    is_differential: bool
    line: int
    comment: str = ""


class Statement(NamedTuple):
    """``target operator text``, the operator one of = += -= *= /=; line : of its rule, from 1."""

    target: str
    operator: str
    text: str
    line: int


class Line(NamedTuple):
    """A line that says something: its number in the block, from 1, its code, its comment."""

    number: int
    code: str
    comment: str


def read_equations(block: str) -> tuple[Equation, ...]:
    """The equations of a block, one a line, in order; lines that say nothing are left out.

    A unit that is left out is 1. Raises InputError for a line that is no equation.
    """
    return tuple(map(equation_of, lines_of(block)))


def equation_of(line: Line) -> Equation:
    """The equation that a line is; InputError for one that is none."""
    text, colon, unit = line.code.rpartition(":")
    if not colon:
        text, unit = line.code, "1"
    match = _EQUATION.match(text.strip())
    if match is None or not match["text"].strip():
        raise InputError(
            f"line {line.number} is '{shortened(line.code)}': expected NAME = EXPRESSION : UNIT or"
            " dNAME/dt = EXPRESSION : UNIT"
        )
    is_differential = bool(match["of"])
    name = match["of"] or match["name"]
    return Equation(
        name, match["text"].strip(), unit.strip(), is_differential, line.number, line.comment
    )


def read_statements(rule: str) -> tuple[Statement, ...]:
    """The statements of a rule, one a line or divided by semicolons, in order.

    Raises InputError for a line that is none.
    """
    return tuple(statement for line in lines_of(rule) for statement in statements_of(line))


def statements_of(line: Line) -> list[Statement]:
    """The statements of a line; InputError for one that is none."""
    statements = []
    for part in filter(str.strip, line.code.split(";")):
        match = _STATEMENT.match(part.strip())
        if match is None or not match["text"].strip():
            raise InputError(
                f"line {line.number} is '{shortened(part.strip())}': expected NAME += EXPRESSION,"
                " or with =, -=, *=, /="
            )
        statements.append(
            Statement(match["target"], match["operator"], match["text"].strip(), line.number)
        )
    return statements


def differential_names(equations: Sequence[Equation]) -> list[str]:
    """Names of the variables that equations integrate, in order."""
    return [equation.name for equation in equations if equation.is_differential]


def unclosed_in(block: str) -> dict[int, str]:
    """{number: code} of the lines with a bracket that is never closed."""
    opened: list[tuple[int, str]] = []
    for number, line in enumerate(block.splitlines(), 1):
        code = line.partition("#")[0].strip()
        for sign in code:
            if sign == "(":
                opened.append((number, code))
            elif sign == ")" and opened:
                opened.pop()
    return dict(opened)


def lines_of(block: str) -> list[Line]:
    """Lines of a block that say something; one that ends within brackets goes on in the next."""
    lines: list[Line] = []
    depth = 0
    for number, line in enumerate(block.splitlines(), 1):
        code, _, comment = line.partition("#")
        code = code.strip()
        if depth > 0 and lines:
            first, before, said = lines[-1]
            lines[-1] = Line(first, f"{before} {code}", said or comment.strip())
        elif code:
            lines.append(Line(number, code, comment.strip()))
        depth += code.count("(") - code.count(")")
    return lines
