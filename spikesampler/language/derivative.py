"""The derivative of a function of theta, as text that stays in the words of what it derives from.

The chain rule goes through the functions of a synapse: with ``w = exp(theta - theta_0)`` and
``intensity = alpha*exp(w)``, the derivative of ``b*N*intensity`` is ``b*N*intensity*w``. Factors
keep their order, and what is one of the functions again gets its name back, so that a text costs no
exponential twice and rounds as one would write it.
"""

import ast
from collections.abc import Mapping

from spikesampler.errors import InputError, shortened
from spikesampler.language.expressions import names_in, parse

__all__ = ["chained", "depends_on", "derivative"]

_ZERO, _ONE = ast.Constant(0), ast.Constant(1)

#: d f(x)/dx of functions of one argument, as an expression of x
_OUTER = {
    "exp": "exp(x)",
    "log": "1/x",
    "log10": "1/(x*log(10))",
    "expm1": "exp(x)",
    "log1p": "1/(1 + x)",
    "sqrt": "0.5/sqrt(x)",
    "abs": "sign(x)",
    "sin": "cos(x)",
    "cos": "-sin(x)",
    "tan": "1 + tan(x)**2",
    "arctan": "1/(1 + x**2)",
    "sinh": "cosh(x)",
    "cosh": "sinh(x)",
    "tanh": "1 - tanh(x)**2",
}


def derivative(text: str, functions: Mapping[str, str], variable: str = "theta") -> str:
    """The derivative of an expression with respect to `variable`, "0" where it is none of it.

    functions : expressions by name, which may use `variable` and each other; every other name is a
    constant. At a kink, as of abs or clip, it is the derivative from one side. Raises InputError
    for what jumps (int, sign, floor, ceil, //, %) or has no derivative here.

    >>> derivative("b*N*intensity", {"w": "exp(theta - c)", "intensity": "alpha*exp(w)"})
    'b*N*intensity*w'
    """
    return ast.unparse(_Deriving(text, functions, variable).of(_simple(parse(text))))


def chained(text: str) -> str:
    """The expression with its products as chains from the left, a*(b*c) as a*b*c, without factors
    1: as it would round if it had been written so.
    """
    return ast.unparse(_simple(parse(text)))


def depends_on(text: str, functions: Mapping[str, str], variable: str = "theta") -> bool:
    """Whether an expression is a function of `variable`, by itself or through the functions."""
    names, seen = names_in(text), set[str]()
    while new := names & functions.keys() - seen:
        seen |= new
        names |= set().union(*(names_in(functions[name]) for name in new))
    return variable in names


class _Deriving:
    """The derivative of syntax trees, with the functions that give their results names again."""

    def __init__(self, text: str, functions: Mapping[str, str], variable: str) -> None:
        self.text, self.variable = text, variable
        self.functions = {
            name: function
            for name, function in functions.items()
            if depends_on(function, functions, variable)
        }
        self.names = {
            ast.dump(_simple(parse(function))): name
            for name, function in self.functions.items()
            if not function.strip().isidentifier()  # another name for the same
        }

    def of(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.Name(id=self.variable):
                return _ONE
            case ast.Name(id=name) if name in self.functions:
                return self.named(self.of(_simple(parse(self.functions[name]))))
            case ast.Name() | ast.Constant():
                return _ZERO
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _minus(self.of(operand))
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
                return _sum(self.of(left), op, self.of(right))
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                first = _product(self.of(left), right)
                return self.named(_sum(first, ast.Add(), _product(left, self.of(right))))
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self.quotient(left, right)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self.power(left, right)
            case ast.Call(func=ast.Name(id="clip"), args=[x, low, high]):
                return self.clipped(x, low, high)
            case ast.Call(func=ast.Name(id=name), args=[x]) if name in _OUTER:
                return self.named(_product(_put(_OUTER[name], x=x), self.of(x)))
        return self.constant(node)

    def quotient(self, left: ast.expr, right: ast.expr) -> ast.expr:
        first = _over(self.of(left), right)
        second = _product(_over(left, _put("y**2", y=right)), self.of(right))
        return _sum(first, ast.Sub(), second)

    def power(self, base: ast.expr, exponent: ast.expr) -> ast.expr:
        below = _put("n*x**(n - 1)", n=exponent, x=base)
        if isinstance(exponent, ast.Constant):
            less = ast.Constant(exponent.value - 1)  # type: ignore[operator]
            whole = base if less.value == 1 else ast.BinOp(base, ast.Pow(), less)
            below = _product(exponent, _ONE if less.value == 0 else whole)
        first = _product(below, self.of(base))
        second = self.of(exponent)
        if not _is(second, 0):
            second = _product(_put("x**n*log(x)", n=exponent, x=base), second)
        return _sum(first, ast.Add(), second)

    def clipped(self, x: ast.expr, low: ast.expr, high: ast.expr) -> ast.expr:
        parts = (
            ("int(x > low)*int(x < high)", x),
            ("int(x <= low)", low),
            ("int(x >= high)", high),
        )
        total: ast.expr = _ZERO
        for where, what in parts:
            here = _product(_put(where, x=x, low=low, high=high), self.of(what))
            total = _sum(total, ast.Add(), here)
        return total

    def constant(self, node: ast.expr) -> ast.expr:
        """0 for what does not depend on the variable; InputError for anything else."""
        if not depends_on(ast.unparse(node), self.functions, self.variable):
            return _ZERO
        raise InputError(
            f"'{shortened(ast.unparse(node))}' in '{shortened(self.text)}' jumps, or has no"
            f" derivative with respect to {self.variable} here"
        )

    def named(self, node: ast.expr) -> ast.expr:
        """A product whose first factors are one of the functions, with its name for them."""
        if (name := self.names.get(ast.dump(node))) is not None:
            return ast.Name(name, ast.Load())
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            return ast.BinOp(self.named(node.left), node.op, node.right)
        return node


class _Put(ast.NodeTransformer):
    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.values.get(node.id, node)


def _put(text: str, **values: ast.expr) -> ast.expr:
    """The tree of a text with trees for some of its names."""
    return _Put(values).visit(ast.parse(text, mode="eval").body)


def _is(node: ast.expr, number: float) -> bool:
    return isinstance(node, ast.Constant) and node.value == number


def _minus(node: ast.expr) -> ast.expr:
    return node if _is(node, 0) else ast.UnaryOp(ast.USub(), node)


def _sum(left: ast.expr, op: ast.operator, right: ast.expr) -> ast.expr:
    if _is(right, 0):
        return left
    if _is(left, 0):
        return _minus(right) if isinstance(op, ast.Sub) else right
    return ast.BinOp(left, op, right)


def _product(left: ast.expr, right: ast.expr) -> ast.expr:
    """left times right, without factors 1, and as a chain of factors from the left."""
    if _is(left, 0) or _is(right, 0):
        return _ZERO
    if _is(left, 1) or _is(right, 1):
        return right if _is(left, 1) else left
    if isinstance(right, ast.BinOp) and isinstance(right.op, ast.Mult):
        return _product(_product(left, right.left), right.right)
    return ast.BinOp(left, ast.Mult(), right)


def _over(left: ast.expr, right: ast.expr) -> ast.expr:
    return left if _is(left, 0) or _is(right, 1) else ast.BinOp(left, ast.Div(), right)


class _Simple(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, ast.Mult):
            return _product(left, right)
        return ast.BinOp(left, node.op, right)


def _simple(tree: ast.expr) -> ast.expr:
    """The tree with products as chains from the left, without factors 1; parse's is not touched."""
    return _Simple().visit(ast.parse(ast.unparse(tree), mode="eval").body)
