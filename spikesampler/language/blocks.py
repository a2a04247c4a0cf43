"""Blocks of a model file: equations and statements, a line each, with their places."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from spikesampler.errors import InputError, shortened

__all__ = ["Equation", "Statement", "differential_names", "read_equations", "read_statements"]

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


def read_equations(block: str) -> tuple[Equation, ...]:
    """The equations of a block, one a line, in order; lines that say nothing are left out.

    A unit that is left out is 1. Raises InputError for a line that is no equation.
    """
    equations = []
    for number, code, comment in _lines(block):
        text, colon, unit = code.rpartition(":")
        if not colon:
            text, unit = code, "1"
        match = _EQUATION.match(text.strip())
        if match is None or not match["text"].strip():
            raise InputError(
                f"line {number} is '{shortened(code)}': expected NAME = EXPRESSION : UNIT or"
                " dNAME/dt = EXPRESSION : UNIT"
            )
        name = match["of"] or match["name"]
        equations.append(
            Equation(name, match["text"].strip(), unit.strip(), bool(match["of"]), number, comment)
        )
    return tuple(equations)


def read_statements(rule: str) -> tuple[Statement, ...]:
    """The statements of a rule, one a line or divided by semicolons, in order.

    Raises InputError for a line that is none.
    """
    statements = []
    for number, code, _ in _lines(rule):
        for part in filter(str.strip, code.split(";")):
            match = _STATEMENT.match(part.strip())
            if match is None or not match["text"].strip():
                raise InputError(
                    f"line {number} is '{shortened(part.strip())}': expected NAME += EXPRESSION,"
                    " or with =, -=, *=, /="
                )
            statements.append(
                Statement(match["target"], match["operator"], match["text"].strip(), number)
            )
    return tuple(statements)


def differential_names(equations: Sequence[Equation]) -> list[str]:
    """Names of the variables that equations integrate, in order."""
    return [equation.name for equation in equations if equation.is_differential]


def _lines(block: str) -> list[tuple[int, str, str]]:
    """Number, code and comment of each line that says something; one that ends within brackets
    goes on in the next.
    """
    lines: list[tuple[int, str, str]] = []
    depth = 0
    for number, line in enumerate(block.splitlines(), 1):
        code, _, comment = line.partition("#")
        code = code.strip()
        if depth > 0 and lines:
            first, before, said = lines[-1]
            lines[-1] = (first, f"{before} {code}", said or comment.strip())
        elif code:
            lines.append((number, code, comment.strip()))
        depth += code.count("(") - code.count(")")
    return lines
