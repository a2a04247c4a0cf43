"""Expressions of model files: read, searched for names, rewritten, and evaluated with numpy.

They are Python expressions over names, numbers and the functions below, with one addition: a
parameter that is a word chooses between two forms, ``w if retraction == 'none' else 0``, which is
decided when the model is loaded. An expression is data: it is taken apart as a syntax tree of which
only arithmetic is let through, and never handed to Python's eval.
"""

import ast
import math
import operator
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache, reduce
from typing import Any

import numpy as np

from spikesampler.errors import InputError, shortened

__all__ = [
    "FUNCTIONS",
    "RANDOM",
    "evaluate",
    "functions_in",
    "names_in",
    "one_line",
    "parse",
    "replace_names",
    "tidy",
]

RANDOM = ("rand", "randn")  #: functions that draw
CONSTANTS = {"pi": math.pi, "inf": math.inf}  #: names that stand for a number everywhere
#: functions that a text may call, for numpy; the engine's are Brian2's, of the same names
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": np.exp,
    "log": np.log,
    "log10": np.log10,
    "expm1": np.expm1,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "arctan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "sign": np.sign,
    "floor": np.floor,
    "ceil": np.ceil,
    "clip": np.clip,
    "int": np.trunc,
    "exprel": lambda x: np.where(np.abs(x) < 1e-16, 1.0, np.expm1(x) / np.where(x == 0, 1.0, x)),
}
#: of these, what takes single numbers as the C library has them, which numpy's own differ from
_OF_NUMBERS = {
    "arctan": math.atan,
    **{name: getattr(math, name) for name in FUNCTIONS if hasattr(math, name)},
}
#: how many arguments a function takes where it is not one
ARGUMENTS = {"clip": 3, "rand": 0, "randn": 0}
_DEEPEST = 150
_LARGEST = sys.float_info.max

_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


@lru_cache(maxsize=4096)
def parse(text: str) -> ast.expr:
    """The syntax tree of an expression; InputError for what is none, saying where."""
    plain = " ".join(one_line(text).split())
    if not plain:
        raise InputError("an expression is empty; write one, such as b*(mu - theta)")
    try:
        tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        at = getattr(error, "offset", None) or 0
        where = f" at '{shortened(plain[at - 1 :])}'" if 0 < at <= len(plain) else ""
        if "never closed" in str(error):
            raise InputError(
                f"'{shortened(plain)}' opens a bracket{where} that is never closed"
            ) from None
        raise InputError(f"'{shortened(plain)}' is no expression{where}; check its signs") from None
    if _is_deep(tree):
        raise InputError(
            f"'{shortened(plain)}' has more than {_DEEPEST} operations within each other; give"
            " parts of it names of their own"
        )
    _check_nodes(tree, plain)
    return tree


def _is_deep(tree: ast.expr) -> bool:
    """Whether operations lie deeper in each other than recursion goes."""
    level: list[ast.AST] = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return bool(level)


def _check_nodes(tree: ast.expr, text: str) -> None:
    """Refuse what is no arithmetic; word comparisons are let through."""
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(op=op) if type(op) in _BINARY:
                continue
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Not()) | ast.BoolOp() | ast.IfExp():
                continue
            case ast.Compare(ops=ops):
                if len(ops) == 1 and (
                    type(ops[0]) in _COMPARE or isinstance(ops[0], ast.In | ast.NotIn)
                ):
                    continue
            case ast.Call(func=ast.Name(), keywords=[]):
                continue
            case ast.Name() | ast.Tuple() | ast.expr_context() | ast.operator() | ast.unaryop():
                continue
            case ast.Constant(value=value):
                if isinstance(value, bool | str):
                    continue
                if isinstance(value, int | float) and abs(value) <= _LARGEST:
                    continue
            case ast.cmpop() | ast.boolop():
                continue
        said = ast.unparse(node) if isinstance(node, ast.expr) else type(node).__name__
        raise InputError(
            f"'{shortened(said)}' in '{shortened(text)}': expected arithmetic over names, numbers"
            f" and functions such as exp{_hint(node)}"
        )


def _hint(node: ast.AST) -> str:
    match node:
        case ast.BinOp(op=ast.BitXor()):
            return "; a power is written as **"
        case ast.Compare():
            return "; compare two at a time"
    return ""


def one_line(text: str) -> str:
    """A text of several lines as one, without what follows a # in each."""
    return " ".join(filter(None, (line.partition("#")[0].strip() for line in text.splitlines())))


def tidy(text: str) -> str:
    """The expression without brackets that change nothing."""
    return ast.unparse(parse(text))


def names_in(text: str) -> set[str]:
    """Names of variables and parameters in an expression; not those of functions, not constants."""
    tree = parse(text)
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and n not in called}
    return names - CONSTANTS.keys()


def functions_in(text: str) -> dict[str, int]:
    """Functions that an expression calls, with how many arguments it gives them."""
    calls = (node for node in ast.walk(parse(text)) if isinstance(node, ast.Call))
    return {call.func.id: len(call.args) for call in calls if isinstance(call.func, ast.Name)}


def replace_names(text: str, others: Mapping[str, str]) -> str:
    """The expression with whole names replaced; what is put in is bracketed where it must be."""

    def bracketed(match: re.Match[str]) -> str:
        name = match.group()
        if name not in others:
            return name
        other = others[name]
        return other if re.fullmatch(r"\w+|\(.*\)", other) and _closed(other) else f"({other})"

    return re.sub(r"(?<![\w.])[A-Za-z_]\w*(?!\w)", bracketed, text)


def _closed(text: str) -> bool:
    """Whether a text's first bracket, if any, is closed by its last."""
    if not text.startswith("("):
        return True
    depth = 0
    for position, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return position == len(text) - 1
    return False


def evaluate(
    text: str,
    values: Mapping[str, Any],
    draws: Mapping[str, Callable[[], Any]] | None = None,
) -> Any:
    """The value of an expression, by numpy, with arrays or numbers for its names.

    All numbers are float64: what has no value is nan or infinite, a comparison is 1 or 0. draws :
    functions of no argument for rand and randn, where it may draw. Raises InputError for a name
    without a value, a function that there is not, and a wrong number of arguments.
    """
    with np.errstate(all="ignore"):
        return _Evaluation(text, values, draws or {}).of(parse(text))


class _Evaluation:
    """Values of the parts of one expression."""

    def __init__(
        self,
        text: str,
        values: Mapping[str, Any],
        draws: Mapping[str, Callable[[], Any]],
    ) -> None:
        self.text, self.values, self.draws = text, values, draws

    def of(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value) if not isinstance(value, str):
                return np.float64(value)  # type: ignore[arg-type]
            case ast.Name(id=name) if name in self.values:
                if isinstance(self.values[name], str):
                    raise InputError(
                        f"{name} is a word ('{shortened(self.values[name])}'), not a number, in"
                        f" '{shortened(self.text)}'"
                    )
                return _as_float(self.values[name])
            case ast.Name(id=name) if name in CONSTANTS:
                return np.float64(CONSTANTS[name])
            case ast.BinOp(left=left, op=op, right=right):
                return _BINARY[type(op)](self.of(left), self.of(right))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return np.logical_not(self.of(operand)) + 0.0
            case ast.UnaryOp(op=op, operand=operand):
                return -self.of(operand) if isinstance(op, ast.USub) else self.of(operand)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
                return _COMPARE[type(op)](self.of(left), self.of(right)) + 0.0
            case ast.BoolOp(op=op, values=nodes):
                both = np.logical_and if isinstance(op, ast.And) else np.logical_or
                return reduce(both, map(self.of, nodes)) + 0.0
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.called(name, [self.of(argument) for argument in args])
        raise InputError(f"'{ast.unparse(node)}' in '{shortened(self.text)}' has no value")

    def called(self, name: str, arguments: list[Any]) -> Any:
        """The value of a function of the language."""
        function = self.draws.get(name) or FUNCTIONS.get(name)
        if function is None:
            raise InputError(
                f"{name}(…) in '{shortened(self.text)}': no such function here; expected one of"
                f" {', '.join((*FUNCTIONS, *self.draws))}"
            )
        if len(arguments) != (number := ARGUMENTS.get(name, 1)):
            raise InputError(
                f"{name}(…) in '{shortened(self.text)}' has {len(arguments)} arguments; expected"
                f" {number}"
            )
        if name in _OF_NUMBERS and isinstance(arguments[0], np.float64):
            with suppress(ValueError, OverflowError):  # numpy says nan or inf
                return np.float64(_OF_NUMBERS[name](arguments[0]))
        return function(*arguments)


def _as_float(value: Any) -> Any:
    """A number as float64, an array as one of float64."""
    return np.asarray(value, dtype=float) if np.ndim(value) else np.float64(value)
