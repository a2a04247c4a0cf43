"""Equations and statements of a model as MathML Core: parsed with `ast`, never evaluated, terms in
the order written.

    dx/dt = -x/tau : 1        a fraction, an equals sign, and a fraction after a minus sign
    theta += b*w*(x - y)      θ ← θ + b w (x − y)

What is not arithmetic (a lambda, an index, text that is no Python) is given as it is written.
"""

import ast
import re
from html import escape

__all__ = ["differential_equation", "formula", "statement", "stochastic", "symbol", "whole"]

GREEK = dict(
    zip(
        "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi"
        " chi psi omega".split(),
        "αβγδεζηθκλμνξπρστφχψω",
        strict=True,
    )
)
SUM, UNARY, PRODUCT, FRACTION, POWER, ATOM = range(1, 7)  #: how tightly a formula holds together
TIMES = '<mo rspace="0.17em">\u2062</mo>'  # invisible
SIGNS = {ast.Eq: "=", ast.NotEq: "≠", ast.Lt: "&lt;", ast.LtE: "≤", ast.Gt: "&gt;", ast.GtE: "≥"}
_STATEMENT = re.compile(r"\s*(\w+)\s*([-+*/]?=)(?!=)\s*(.+)", re.DOTALL)
_DIFFERENTIAL = re.compile(r"\s*d(\w+)\s*/\s*dt\s*=\s*(.+)", re.DOTALL)


def differential_equation(text):
    """`dx/dt = …` or `x = …` as a <math> element; its text alternative is the text itself."""
    found = _DIFFERENTIAL.fullmatch(text)
    if not found:
        return statement(text)
    name, right = found.groups()
    rate = f"<mfrac><mrow><mi>d</mi>{symbol(name)}</mrow><mrow><mi>d</mi><mi>t</mi></mrow></mfrac>"
    return whole(rate + "<mo>=</mo>" + formula(right), text)


def statement(text):
    """An assignment as a <math> element: `=` stays, `a += b` becomes a ← a + b, and so on."""
    found = _STATEMENT.fullmatch(text)
    if not found:
        return whole(formula(text), text)
    name, sign, right = found.groups()
    if sign == "=":
        return whole(symbol(name) + "<mo>=</mo>" + formula(right), text)
    changed = formula(f"{name} {sign[0]} ({right})", source=right)
    return whole(symbol(name) + "<mo>←</mo>" + changed, text)


def stochastic(name, drift, variance):
    """dX = drift dt + √variance dW as a <math> element; without noise where the variance is ""."""
    text = f"d{name} = ({drift})*dt" + (f" + sqrt({variance})*dW" if variance else "")
    noise = (
        f"<mo>+</mo><msqrt>{formula(variance)}</msqrt>{TIMES}<mi>d</mi><mi>W</mi>"
        if variance
        else ""
    )
    moved = f"{formula(drift, least=PRODUCT)}{TIMES}<mi>d</mi><mi>t</mi>"
    return whole(f"<mi>d</mi>{symbol(name)}<mo>=</mo>{moved}{noise}", text)


def formula(text, source=None, least=0):
    """An expression as MathML without <math>, in parentheses where it holds together less than
    `least`.

    What cannot be typeset stands there as text, `source` where given.
    """
    try:
        return _Writer().inside(ast.parse(text.strip(), mode="eval").body, least)
    except (SyntaxError, ValueError, NotImplementedError, RecursionError, MemoryError):
        return f"<mtext>{escape(text if source is None else source)}</mtext>"


def symbol(name):
    """A name: Greek letters by theirs, what follows `_` of one letter as a subscript, words upright
    as they are.
    """
    if name == "inf":
        return "<mi>∞</mi>"
    base, _, index = name.partition("_")
    if not index or (len(base) > 1 and base not in GREEK):
        return f"<mi>{escape(GREEK.get(name, name))}</mi>"
    inner = (
        f"<mn>{index}</mn>" if index.isdigit() else f"<mi>{escape(GREEK.get(index, index))}</mi>"
    )
    return f"<msub><mi>{escape(GREEK.get(base, base))}</mi>{inner}</msub>"


def whole(inner, text):
    """MathML as a <math> element of its own line, with its text alternative."""
    return (
        '<math display="block"'
        f' alttext="{escape(" ".join(text.split()))}"><mrow>{inner}</mrow></math>'
    )


def _row(inner):
    return f"<mrow>{inner}</mrow>"


def _fenced(inner):
    return f"<mrow><mo>(</mo>{inner}<mo>)</mo></mrow>"


def _number(value):
    """A number, with a power of ten where Python writes one."""
    digits, _, power = repr(value).partition("e")
    if not power:
        return f"<mn>{digits}</mn>", ATOM
    sign = "<mo>−</mo>" if power[0] == "-" else ""
    ten = f"<msup><mn>10</mn><mrow>{sign}<mn>{power.lstrip('+-').lstrip('0')}</mn></mrow></msup>"
    return _row(f"<mn>{digits}</mn><mo>×</mo>{ten}"), PRODUCT


class _Writer:
    """Nodes of Python's syntax tree as (MathML, how tightly it holds together)."""

    def write(self, node):
        write = getattr(self, type(node).__name__, None)
        if write is None:
            raise NotImplementedError(type(node).__name__)
        return write(node)

    def inside(self, node, least):
        """A part of a formula, in parentheses where it holds together less tightly than its place
        asks for.
        """
        inner, tight = self.write(node)
        return inner if tight >= least else _fenced(inner)

    def Name(self, node):
        return symbol(node.id), ATOM

    def Constant(self, node):
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise NotImplementedError("a constant that is no number")
        return _number(node.value)

    def UnaryOp(self, node):
        if isinstance(node.op, ast.Not):
            return _row(f"<mo>¬</mo>{self.inside(node.operand, ATOM)}"), 0
        if not isinstance(node.op, ast.USub | ast.UAdd):
            raise NotImplementedError(type(node.op).__name__)
        sign = "−" if isinstance(node.op, ast.USub) else "+"
        return _row(f"<mo>{sign}</mo>{self.inside(node.operand, PRODUCT)}"), UNARY

    def BinOp(self, node):
        write = {
            ast.Add: self._sum,
            ast.Sub: self._sum,
            ast.Mult: self._product,
            ast.Div: self._fraction,
            ast.Pow: self._power,
        }.get(type(node.op))
        if write is None:
            raise NotImplementedError(type(node.op).__name__)
        return write(node)

    def _sum(self, node):
        sign = "+" if isinstance(node.op, ast.Add) else "−"
        return (
            _row(f"{self.inside(node.left, SUM)}<mo>{sign}</mo>{self.inside(node.right, PRODUCT)}"),
            SUM,
        )

    def _product(self, node):
        if isinstance(node.left, ast.UnaryOp) and isinstance(node.left.op, ast.USub):
            return self._negative(node)
        left, right = self.inside(node.left, PRODUCT), self.inside(node.right, FRACTION)
        digit = re.match(r"(<\w+>)*<mn>", right)  # 2 3 would read as 23, and 2 next to 1/2 as 2.5
        return _row(f"{left}{'<mo>·</mo>' if digit else TIMES}{right}"), PRODUCT

    def _fraction(self, node):
        if isinstance(node.left, ast.UnaryOp) and isinstance(node.left.op, ast.USub):
            return self._negative(node)
        above, below = self.write(node.left)[0], self.write(node.right)[0]
        return f"<mfrac>{_row(above)}{_row(below)}</mfrac>", FRACTION

    def _negative(self, node):
        """(-a)/b and (-a)*b with the sign in front."""
        return self.UnaryOp(
            ast.UnaryOp(ast.USub(), ast.BinOp(node.left.operand, node.op, node.right))
        )

    def _power(self, node):
        return (
            f"<msup>{_row(self.inside(node.left, ATOM))}{_row(self.write(node.right)[0])}</msup>",
            POWER,
        )

    def Call(self, node):
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise NotImplementedError("a call of something else than a function")
        inner, name = [self.write(one)[0] for one in node.args], node.func.id
        if name == "exp" and len(inner) == 1:
            return f"<msup><mi>e</mi>{_row(inner[0])}</msup>", POWER
        if name == "sqrt" and len(inner) == 1:
            return f"<msqrt>{inner[0]}</msqrt>", ATOM
        if name == "abs" and len(inner) == 1:
            return _row(f"<mo>|</mo>{inner[0]}<mo>|</mo>"), ATOM
        if name == "sum" and len(inner) == 1:
            sign = "<munder><mo>∑</mo><mi>i</mi></munder>"
            return _row(f"{sign}{_fenced(inner[0])}"), FRACTION
        if name == "int" and len(inner) == 1:  # 1 where it holds, else 0
            return _row(f"<mo>[</mo>{inner[0]}<mo>]</mo>"), ATOM
        name = {"log": "ln"}.get(name, name)
        return _row(f"<mi>{escape(name)}</mi>{_fenced('<mo>,</mo>'.join(inner))}"), ATOM

    def BoolOp(self, node):
        sign = "∧" if isinstance(node.op, ast.And) else "∨"
        parts = [self.inside(one, SUM) for one in node.values]
        return _row(f"<mo>{sign}</mo>".join(parts)), 0

    def Compare(self, node):
        found = self.inside(node.left, SUM)
        for sign, one in zip(node.ops, node.comparators, strict=True):
            if type(sign) not in SIGNS:
                raise NotImplementedError(type(sign).__name__)
            found += f"<mo>{SIGNS[type(sign)]}</mo>{self.inside(one, SUM)}"
        return _row(found), 0
