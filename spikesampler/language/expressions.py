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
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from spikesampler.errors import InputError, shortened

__all__ = [
    "FUNCTIONS",
    "RANDOM",
    "evaluate",
    "functions_in",
    "names_in",
    "parse",
    "replace_names",
    "resolve_words",
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
    "int": lambda x: np.trunc(np.asarray(x, dtype=float)).astype(np.int64),
    "exprel": lambda x: np.where(np.abs(x) < 1e-16, 1.0, np.expm1(x) / np.where(x == 0, 1.0, x)),
}
#: how many arguments a function takes where it is not one
ARGUMENTS = {"clip": 3, "rand": 0, "randn": 0}

_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: np.float_power,
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
    plain = " ".join(text.split())
    if not plain:
        raise InputError("an expression is empty; write one, such as b*(mu - theta)")
    try:
        tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        at = getattr(error, "offset", None) or 0
        where = f" at '{shortened(plain[at - 1 :])}'" if 0 < at <= len(plain) else ""
        raise InputError(f"'{shortened(plain)}' is no expression{where}; check its signs") from None
    _check_nodes(tree, plain)
    return tree


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
                if type(value) in (int, float, bool, str):
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


def resolve_words(text: str, words: Mapping[str, str]) -> str:
    """The expression with each choice by a word decided: words has the value of each by its name.

    ``w if retraction == 'none' else 0`` becomes ``w`` where retraction is none. A text without such
    a choice is given back as it is. Raises InputError for a word that is used as a number.
    """
    tree = parse(text)
    if not any(isinstance(node, ast.IfExp) or _is_word(node) for node in ast.walk(tree)):
        if used := names_in(text) & words.keys():
            raise InputError(
                f"{sorted(used)[0]} is a word ({words[sorted(used)[0]]}) and not a number in"
                f" '{shortened(text)}'; compare it: A if {sorted(used)[0]} == '…' else B"
            )
        return text
    resolved = _Resolver(words, text).visit(ast.parse(" ".join(text.split()), mode="eval")).body
    return ast.unparse(resolved)


def _is_word(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


class _Resolver(ast.NodeTransformer):
    """Replaces A if CONDITION else B by the one that the words choose."""

    def __init__(self, words: Mapping[str, str], text: str) -> None:
        self.words, self.text = words, text

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return self.visit(node.body if self.holds(node.test) else node.orelse)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in self.words:
            raise InputError(f"{node.id} is a word, not a number, in '{shortened(self.text)}'")
        return node

    def holds(self, test: ast.expr) -> bool:
        match test:
            case ast.BoolOp(op=ast.And(), values=values):
                return all(self.holds(value) for value in values)
            case ast.BoolOp(op=ast.Or(), values=values):
                return any(self.holds(value) for value in values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self.holds(operand)
            case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[right]):
                if name in self.words:
                    return self.compared(self.words[name], op, right)
                raise InputError(
                    f"'{ast.unparse(test)}' in '{shortened(self.text)}': {name} is no word;"
                    " expected a parameter with choices; of numbers, multiply by int(CONDITION)"
                )
        raise InputError(
            f"'{ast.unparse(test)}' in '{shortened(self.text)}': expected a choice between words,"
            " such as A if retraction == 'none' else B; of numbers, multiply by int(CONDITION)"
        )

    def compared(self, word: str, op: ast.cmpop, right: ast.expr) -> bool:
        several = isinstance(right, ast.Tuple)
        nodes = right.elts if isinstance(right, ast.Tuple) else [right]
        others = [node.value for node in nodes if isinstance(node, ast.Constant)]
        if len(others) == len(nodes) and all(isinstance(other, str) for other in others):
            if several and isinstance(op, ast.In | ast.NotIn):
                return (word in others) == isinstance(op, ast.In)
            if not several and isinstance(op, ast.Eq | ast.NotEq):
                return (word == others[0]) == isinstance(op, ast.Eq)
        raise InputError(f"'{ast.unparse(right)}' in '{shortened(self.text)}': expected a word")


def evaluate(
    text: str,
    values: Mapping[str, Any],
    draws: Mapping[str, Callable[[], Any]] | None = None,
) -> Any:
    """The value of an expression, by numpy, with arrays or numbers for its names.

    draws : functions of no argument for rand and randn, where it may draw. Raises InputError for a
    name without a value and for a function that there is not.
    """
    functions = {**FUNCTIONS, **(draws or {})}
    known = {**CONSTANTS, **values}

    def of(node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value) if not isinstance(value, str):
                return value
            case ast.Name(id=name) if name in known:
                return known[name]
            case ast.BinOp(left=left, op=op, right=right):
                return _BINARY[type(op)](of(left), of(right))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return np.logical_not(of(operand))
            case ast.UnaryOp(op=op, operand=operand):
                return -of(operand) if isinstance(op, ast.USub) else of(operand)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
                return _COMPARE[type(op)](of(left), of(right))
            case ast.BoolOp(op=op, values=nodes):
                both = np.logical_and if isinstance(op, ast.And) else np.logical_or
                result = of(nodes[0])
                for other in nodes[1:]:
                    result = both(result, of(other))
                return result
            case ast.Call(func=ast.Name(id=name), args=args) if name in functions:
                return functions[name](*map(of, args))
        raise InputError(f"'{ast.unparse(node)}' in '{shortened(text)}' has no value")

    return of(parse(text))
