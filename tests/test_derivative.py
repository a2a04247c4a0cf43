"""Derivatives of texts: against numeric ones, and in the words that they were written in."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from spikesampler.errors import InputError
from spikesampler.language.derivative import chained, derivative
from spikesampler.language.expressions import evaluate

FUNCTIONS = {"w": "exp(theta - c)", "intensity": "alpha*exp(w)", "slope": "tanh(theta)*w + theta"}
VALUES = {"alpha": 0.4, "b": 0.7, "c": 1.3}

_leaf = st.sampled_from(["theta", "w", "intensity", "slope", "b", "alpha", "2", "0.5", "1"])


def _wider(inner):
    pairs = st.tuples(inner, st.sampled_from("+-*"), inner)
    return st.one_of(
        pairs.map(lambda pair: f"({pair[0]}) {pair[1]} ({pair[2]})"),
        pairs.map(lambda pair: f"{pair[0]}" if pair[1] == "-" else f"-({pair[0]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]})/(1.5 + ({pair[1]})**2)"),
        inner.map(lambda text: f"({text})**3"),
        inner.map(lambda text: f"sqrt(1 + ({text})**2)"),
        inner.map(lambda text: f"log(2 + ({text})**2)"),
        inner.map(lambda text: f"log10(2 + ({text})**2) + log1p(({text})**2)"),
        inner.map(lambda text: f"exp(sin({text}))"),
        inner.map(lambda text: f"arctan({text}) + cos({text})*tanh({text})"),
        inner.map(lambda text: f"expm1(cos({text})) + tan(0.5*sin({text}))"),
        inner.map(lambda text: f"sinh(sin({text})) + cosh(cos({text}))"),
        inner.map(lambda text: f"(1 + ({text})**2)**b"),
        inner.map(lambda text: f"2.0**tanh({text})"),
        inner.map(lambda text: f"clip({text}, -0.3, 1 + theta)"),
        inner.map(lambda text: f"abs({text})"),
    )


def at(text, theta):
    values = VALUES | {"theta": theta}
    for name, function in FUNCTIONS.items():
        values[name] = evaluate(function, values)
    return evaluate(text, values)


@settings(max_examples=100, deadline=None)
@given(st.recursive(_leaf, _wider, max_leaves=4), st.floats(-1, 1.5))
def test_a_derivative_is_the_limit_of_differences(text, theta):
    """Central differences, extrapolated, are right to h^4 and to rounding over h. Where there is a
    kink nearby, second differences do not shrink with the step, and where the curvature jumps, what
    is extrapolated from smaller steps is another: such points are left out.
    """
    h = 1e-3
    here = at(text, theta)
    around = [(at(text, theta - step), at(text, theta + step), step) for step in (h, h / 2, h / 4)]
    wide, narrow, narrower = ((after - before) / (2 * step) for before, after, step in around)
    bends = [(after - 2 * here + before) / step for before, after, step in around]
    size = max(1.0, np.abs(here), np.abs(narrow))
    assume(np.isfinite(size) and size < 1e6)
    assume(abs(bends[0] - 2 * bends[1]) < 5e-7 * size)
    limit, other = (4 * narrow - wide) / 3, (4 * narrower - narrow) / 3
    assume(abs(limit - other) < 2e-7 * size)
    assert at(derivative(text, FUNCTIONS), theta) == pytest.approx(limit, abs=1e-6 * size)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b*N*intensity", "b * N * intensity * w"),
        ("w", "w"),
        ("2*b", "0"),
        ("theta**2", "2 * theta"),
        ("b*e*theta", "b * e"),
        ("int(b > 1)*theta", "int(b > 1)"),
    ],
)
def test_a_derivative_keeps_factors_in_order_and_functions_by_name(text, expected):
    assert derivative(text, FUNCTIONS) == expected


@pytest.mark.parametrize("text", ["int(theta > 0)*b", "sign(w)", "floor(theta)", "w // 2", "w % 2"])
def test_what_jumps_has_no_derivative(text):
    with pytest.raises(InputError, match="jumps, or has no derivative"):
        derivative(text, FUNCTIONS)


@given(st.lists(st.sampled_from(["a", "b", "c", "1"]), min_size=1, max_size=6), st.data())
def test_chains_of_products_do_not_depend_on_brackets(factors, data):
    text = factors[-1]
    for factor in factors[-2::-1]:
        text = f"{factor}*({text})" if data.draw(st.booleans()) else f"({factor}*{text})"
    left = [factor for factor in factors if factor != "1"] or ["1"]
    assert chained(text) == " * ".join(left)
