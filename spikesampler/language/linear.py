"""Which variables an expression is linear in, and with which coefficients, as text.

Sums over synapses of what is linear in the inputs' variables obey the inputs' own equations, and
equations that are linear are solved exactly: both need coefficients. They are taken from the syntax
tree and stay as they are written, so that a text of today gives the operations that it gave.
"""

import ast
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from spikesampler.language.blocks import Equation, differential_names
from spikesampler.language.expressions import names_in, parse, replace_names

__all__ = ["Term", "decay_times", "expanded", "is_homogeneous", "linear_parts"]


#: operations that need brackets beside a factor
_WEAK = ast.Add | ast.Sub | ast.Mod | ast.FloorDiv


class Term(NamedTuple):
    """sign (1 or -1) times coefficient times variable; "" is the constant part's variable."""

    sign: int
    coefficient: str
    variable: str


def linear_parts(text: str, variables: Iterable[str]) -> list[Term] | None:
    """The terms of an expression that is linear in `variables`, in order; None where it is not.

    >>> linear_parts("w*(x_slow - x_fast) - intensity", ["x_slow", "x_fast"])
    [Term(sign=1, coefficient='w', variable='x_slow'), Term(sign=-1, coefficient='w', \
variable='x_fast'), Term(sign=-1, coefficient='intensity', variable='')]
    """
    return _terms(parse(text), frozenset(variables))


def _terms(node: ast.expr, variables: frozenset[str]) -> list[Term] | None:
    if not _uses(node, variables):
        match node:  # a constant part; its own terms where it is a sum
            case ast.BinOp(op=ast.Add() | ast.Sub()) | ast.UnaryOp(op=ast.USub()):
                pass
            case _:
                return [Term(1, ast.unparse(node), "")]
    match node:
        case ast.Name(id=name):
            return [Term(1, "1", name)]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _signed(_terms(operand, variables), -1)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _terms(operand, variables)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            first, second = _terms(left, variables), _terms(right, variables)
            second = _signed(second, -1 if isinstance(op, ast.Sub) else 1)
            return None if first is None or second is None else [*first, *second]
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            factor, other = (left, right) if not _uses(left, variables) else (right, left)
            if _uses(factor, variables):
                return None
            return _times(_terms(other, variables), factor)
        case ast.BinOp(left=left, op=ast.Div(), right=right) if not _uses(right, variables):
            return _times(_terms(left, variables), right, "/")
    return None


def _uses(node: ast.expr, variables: frozenset[str]) -> bool:
    return any(isinstance(n, ast.Name) and n.id in variables for n in ast.walk(node))


def _signed(terms: list[Term] | None, sign: int) -> list[Term] | None:
    return terms and [term._replace(sign=sign * term.sign) for term in terms]


def _times(terms: list[Term] | None, factor: ast.expr, how: str = "*") -> list[Term] | None:
    if terms is None:
        return None
    sign, text = 1, _bracketed(factor, how)
    while isinstance(factor, ast.UnaryOp) and isinstance(factor.op, ast.USub):
        factor, sign = factor.operand, -sign
        text = _bracketed(factor, how)
    products = []
    for term in terms:
        whole = _bracketed(parse(term.coefficient), "*")
        coefficient = text if how == "*" and term.coefficient == "1" else f"{whole}{how}{text}"
        products.append(Term(sign * term.sign, coefficient, term.variable))
    return products


def _bracketed(node: ast.expr, how: str) -> str:
    text = ast.unparse(node)
    is_sum = isinstance(node, ast.BinOp) and isinstance(node.op, _WEAK)
    under = how == "/" and isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Pow)
    is_weak = isinstance(node, ast.UnaryOp | ast.Compare | ast.BoolOp)
    return f"({text})" if is_sum or under or is_weak else text


def expanded(text: str, equations: Sequence[Equation]) -> str:
    """The expression with functions among `equations` put in for their names, until none is left.

    What is put in is the text between their = and :, in brackets.
    """
    functions = {e.name: e.text for e in equations if not e.is_differential}
    for _ in range(len(functions) + 1):
        if not names_in(text) & functions.keys():
            break
        text = replace_names(text, functions)
    return text


def decay_times(equations: Sequence[Equation]) -> dict[str, str] | None:
    """The time constant of each variable where all equations are dX/dt = -X/tau, else None.

    tau is the text of an expression without variables, such as a parameter.
    """
    variables, taus = differential_names(equations), {}
    for equation in equations:
        if not equation.is_differential:
            continue
        match parse(equation.text):
            case ast.BinOp(
                left=ast.UnaryOp(op=ast.USub(), operand=ast.Name(id=name)), op=ast.Div(), right=tau
            ) if name == equation.name and not _uses(tau, frozenset(variables)):
                taus[name] = ast.unparse(tau)
            case _:
                return None
    return taus


def is_homogeneous(equations: Sequence[Equation], constants: Iterable[str]) -> bool:
    """Whether all differential equations are linear in their variables, without a constant part,
    and with coefficients that are expressions of `constants` alone.
    """
    variables, allowed = differential_names(equations), set(constants)
    for equation in equations:
        if equation.is_differential:
            terms = linear_parts(expanded(equation.text, equations), variables)
            if terms is None or any(
                (not term.variable and term.coefficient != "0")
                or names_in(term.coefficient) - allowed
                for term in terms
            ):
                return False
    return True
