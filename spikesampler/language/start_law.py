"""The density that a start draws theta from, for pictures: exact where it is a normal one.

A start is text such as ``mu + sigma*randn()``. What is linear in one randn() is normal; of any
other the density is that of a large number of draws.
"""

import ast
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.language.evaluator import number_of, start_of
from spikesampler.language.expressions import parse
from spikesampler.language.linear import linear_parts
from spikesampler.language.rule import Rule

__all__ = ["StartLaw", "law_of_start"]

Array = NDArray[np.float64]
DRAWS = 1 << 20
BINS = 500  #: of the range of draws
_DRAW = "_draw"  #: stands for randn(), as no name of a model may begin so


class StartLaw(NamedTuple):
    """Mean and standard deviation of theta at the start; draws: sorted, of what is not normal."""

    mean: float
    sd: float
    draws: Array | None = None

    def span(self, sds: float) -> tuple[float, float]:
        """Where theta lies, up to what a normal law has beyond so many standard deviations."""
        if self.draws is None:
            return self.mean - sds * self.sd, self.mean + sds * self.sd
        from scipy.stats import norm

        low, high = np.quantile(self.draws, norm.cdf([-sds, sds]))
        return float(low), float(high)

    def density(self, theta: ArrayLike) -> Array:
        """The density at these values of theta, (n,), per unit of theta."""
        from scipy.stats import norm

        if self.draws is None:
            return norm.pdf(theta, self.mean, self.sd)
        edges = np.linspace(*self.span(4.5), BINS + 1)
        heights, _ = np.histogram(self.draws, edges)
        heights = heights / (DRAWS * np.diff(edges))
        middles = (edges[1:] + edges[:-1]) / 2
        return np.interp(np.asarray(theta, dtype=float), middles, heights, left=0.0, right=0.0)


def law_of_start(rule: Rule, values: Mapping[str, Any], name: str) -> StartLaw | None:
    """The StartLaw of a start; None where there is none of that name or it draws nothing."""
    if name not in rule.starts:
        return None
    text = rule.starts[name]
    if (normal := _as_normal(text, values)) is not None:
        return normal if normal.sd else None
    draws = np.sort(start_of(rule, values, name, np.random.default_rng(0), (DRAWS,)))
    return StartLaw(float(draws.mean()), float(draws.std()), draws) if np.ptp(draws) else None


def _as_normal(text: str, values: Mapping[str, Any]) -> StartLaw | None:
    """The law of a text that is linear in one randn() and draws nothing else."""
    tree, drawn = parse(text), 0

    class Drawn(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            nonlocal drawn
            self.generic_visit(node)
            match node:
                case ast.Call(func=ast.Name(id="randn"), args=[]):
                    drawn += 1
                    return ast.Name(_DRAW)
                case ast.Call(func=ast.Name(id="rand")):
                    drawn += 2
            return node

    terms = linear_parts(ast.unparse(Drawn().visit(ast.parse(ast.unparse(tree)))), [_DRAW])
    if drawn > 1 or terms is None:
        return None
    mean = sd = 0.0
    for term in terms:
        value = term.sign * number_of(term.coefficient, values, "starts")
        if term.variable:
            sd += value
        else:
            mean += value
    return StartLaw(mean, abs(sd))
