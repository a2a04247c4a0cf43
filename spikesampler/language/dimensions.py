"""Dimensions of expressions: powers of time, which is all that these models have.

A second is 1, Hz is -1, a pure number 0. Both sides of a sum, a comparison and a choice have to
agree, a function such as exp takes a pure number, and a condition is no number. 0 and infinity are
of any dimension. What cannot be said, after a complaint or of an unknown name, is None.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from spikesampler.errors import shortened
from spikesampler.language.units import UNITS

__all__ = ["ANY", "CONDITION", "Dimension", "Measure", "power_of_unit", "spelled"]

Dimension = float | str | None
ANY = "any"  #: of 0 and inf
CONDITION = "a condition"  #: true or false

#: functions that keep the dimension of their first argument
_KEEPING = ("abs", "clip", "mean", "sum")
_SIGNS = {ast.Add: "added", ast.Sub: "subtracted"}


def spelled(dimension: Dimension) -> str:
    """A dimension in words: "a pure number", "per second", "second**2"."""
    if dimension is None or isinstance(dimension, str):
        return dimension or "unknown"
    words: dict[float, str] = {0: "a pure number", 1: "a time", -1: "per second"}
    if dimension in words:
        return words[dimension]
    power = f"second**{abs(dimension):g}"
    return power if dimension > 0 else f"per {power}"


def power_of_unit(unit: str) -> float | None:
    """Power of time of an equation's unit, such as 1, second or 1/second**2; None if it is none.

    Units of another scale, such as ms, are none: equations count in seconds.
    """
    try:
        tree = ast.parse(unit.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return _power(tree)


def _power(node: ast.expr) -> float | None:
    match node:
        case ast.Constant(value=1):
            return 0
        case ast.Name(id=name) if UNITS.get(name, (0, 0))[0] == 1 and name != "s":
            return UNITS[name][1]
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() as exponent)):
            below = _power(left)
            return None if below is None else below * exponent
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
            first, second = _power(left), _power(right)
            if first is None or second is None:
                return None
            return first + second if isinstance(op, ast.Mult) else first - second
    return None


@dataclass
class Measure:
    """Finds the dimension of expressions, and says what does not fit.

    text : what the expressions were parsed from. powers : of the names that are known. complain :
    is called with each message.
    """

    text: str
    powers: Mapping[str, float]
    complain: Callable[[str], None]
    _said: set[str] = field(default_factory=set)

    def of(self, node: ast.expr) -> Dimension:
        """The dimension of an expression."""
        match node:
            case ast.Constant(value=bool()):
                return CONDITION
            case ast.Constant(value=value):
                return ANY if value == 0 else 0
            case ast.Name(id="inf"):
                return ANY
            case ast.Name(id=name):
                return self.powers.get(name)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._condition(operand)
            case ast.UnaryOp(operand=operand):
                return self._number(operand)
            case ast.BoolOp(values=operands):
                for each in operands:
                    self._condition(each)
                return CONDITION
            case ast.Compare(left=left, comparators=[right]):
                self._alike(left, right, "compared")
                return CONDITION
            case ast.IfExp(body=body, orelse=orelse):  # its test is a choice between words
                return self._alike(body, orelse, "chosen between")
            case ast.BinOp():
                return self._operation(node)
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._call(name, args, node)
        return None

    def _operation(self, node: ast.BinOp) -> Dimension:
        match node.op:
            case ast.Add() | ast.Sub():
                return self._alike(node.left, node.right, _SIGNS[type(node.op)])
            case ast.Mod() | ast.FloorDiv():
                both = self._alike(node.left, node.right, "divided with a remainder")
                return both if isinstance(node.op, ast.Mod) else 0
            case ast.Pow():
                return self._power(node.left, node.right)
        first, second = self._number(node.left), self._number(node.right)
        if first == ANY or second == ANY:
            return ANY if isinstance(node.op, ast.Mult) or first == ANY else None
        if not isinstance(first, float | int) or not isinstance(second, float | int):
            return None
        return first + second if isinstance(node.op, ast.Mult) else first - second

    def _power(self, base: ast.expr, exponent: ast.expr) -> Dimension:
        self._pure(exponent, f"an exponent is a pure number, {self._said_of(exponent)} is")
        below = self._number(base)
        if below in (0, ANY, None):
            return below
        match exponent:
            case ast.Constant(value=int() | float() as number):
                return float(below) * number
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return -float(below) * number
        self._say(
            f"{self._said_of(base)} is {spelled(below)}: its exponent has to be a number, not"
            f" {self._said_of(exponent)}"
        )
        return None

    def _call(self, name: str, args: list[ast.expr], node: ast.expr) -> Dimension:
        if name in ("rand", "randn"):
            return 0
        if name == "clip" and len(args) == 3:
            dimension = self._alike(args[0], args[1], "clipped")
            return self._alike(args[0], args[2], "clipped") if dimension is not None else None
        if name in _KEEPING:
            return next(iter([self._number(arg) for arg in args]), None)
        if name == "sqrt" and args:
            below = self._number(args[0])
            return below / 2 if isinstance(below, float | int) else below
        if name == "sign":
            for arg in args:
                self._number(arg)
            return 0
        if name == "int":
            for arg in args:
                if self.of(arg) != CONDITION:
                    self._pure(
                        arg, f"int takes a condition or a pure number, {self._said_of(arg)} is"
                    )
            return 0
        for arg in args:
            self._pure(arg, f"{name} takes a pure number, {self._said_of(arg)} is")
        return 0

    def _pure(self, node: ast.expr, message: str) -> None:
        dimension = self._number(node)
        if dimension not in (0, ANY, None):
            self._say(f"{message} {spelled(dimension)}")

    def _number(self, node: ast.expr) -> Dimension:
        """The dimension of what has to be a number."""
        dimension = self.of(node)
        if dimension == CONDITION:
            said = self._said_of(node)
            self._say(f"{said} is a condition, not a number: write int({said})")
            return 0
        return dimension

    def _condition(self, node: ast.expr) -> Dimension:
        dimension = self.of(node)
        if dimension not in (CONDITION, None):
            self._say(f"{self._said_of(node)} is {spelled(dimension)}, not a condition: compare it")
        return CONDITION

    def _alike(self, left: ast.expr, right: ast.expr, how: str) -> Dimension:
        """The dimension that both have; None after a complaint."""
        first, second = self._number(left), self._number(right)
        if first is None or second is None:
            return None
        if ANY in (first, second):
            return second if first == ANY else first
        if first != second:
            both = f"{self._said_of(left)} is {spelled(first)}, {self._said_of(right)} is"
            self._say(f"{both} {spelled(second)}: they cannot be {how}")
            return None
        return first

    def _say(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            self.complain(message)

    def _said_of(self, node: ast.expr) -> str:
        """A part of the text as it is written there."""
        plain = " ".join(self.text.split())
        return shortened(ast.get_source_segment(plain, node) or ast.unparse(node))
