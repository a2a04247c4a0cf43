"""Expressions of model files against Python's own arithmetic, and everything that is refused."""

import math

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from spikesampler.errors import InputError
from spikesampler.language.expressions import (
    FUNCTIONS,
    evaluate,
    functions_in,
    names_in,
    parse,
    replace_names,
    tidy,
)
from spikesampler.language.linear import expanded, linear_parts
from spikesampler.language.rule import Rule, rule_of
from spikesampler.language.words import resolve_words

NAMES = ("a", "b", "theta", "w_1")
UNARY = ("exp", "log", "sqrt", "sin", "cos", "tanh", "expm1", "log1p", "arctan", "abs", "floor")
#: Python's functions, on numbers
PYTHON = {name: getattr(math, name) for name in UNARY if hasattr(math, name)}
PYTHON |= {"arctan": math.atan, "abs": abs, "int": int, "sign": lambda x: (x > 0) - (x < 0)}
PYTHON["clip"] = lambda x, low, high: min(max(x, low), high)
NUMBERS = st.floats(-8, 8).map(lambda x: round(x, 3))


def combined(inner):
    """Texts of an operation on texts."""
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("{} {} {}".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("({})**{}".format, inner, st.sampled_from(("2", "3", "-1", "0.5", "(1/3)"))),
        st.builds("-{}".format, inner),
        st.builds("{}({})".format, st.sampled_from((*UNARY, "int", "sign")), inner),
        st.builds("clip({}, -1, 2.5)".format, inner),
        st.builds("int({} {} {})".format, inner, st.sampled_from(("<", "<=", ">", ">=")), inner),
    )


LEAVES = st.one_of(st.sampled_from(NAMES), NUMBERS.map(repr), st.integers(0, 9).map(str))
EXPRESSIONS = st.recursive(LEAVES, combined, max_leaves=12)
VALUES = st.fixed_dictionaries({name: NUMBERS for name in NAMES})


def python(text, values):
    """What Python says, or no such example: it has no infinities and takes roots of less than 0."""
    try:
        value = eval(text, {"__builtins__": {}}, {**PYTHON, **values})  # of a text made above
        assume(not isinstance(value, complex) and math.isfinite(value))
    except (ZeroDivisionError, ValueError, OverflowError, TypeError):
        assume(False)
    return value


def test_an_expression_of_several_lines_is_one_without_its_comments():
    """In all that reads it: a # in the first line takes nothing of the second away."""
    written, plain = "a*theta  # prior\n\n  - b  # and\n", "a*theta - b"
    values = {"a": 2.0, "b": 5.0, "theta": 3.0}
    assert evaluate(written, values) == evaluate(plain, values) == 1.0
    assert names_in(written) == {"a", "b", "theta"}
    assert resolve_words(written, {}) == plain
    assert resolve_words("a if kind == 'soft'  # word\n else b  # other", {"kind": "x"}) == "b"


@given(EXPRESSIONS, VALUES)
@example("2**3 - -a/b", {"a": 1.0, "b": -3.0, "theta": 0.0, "w_1": 0.0})
def test_a_value_is_pythons_to_the_bit(text, values):
    assert evaluate(text, values) == python(text, values)


@given(EXPRESSIONS, st.lists(VALUES, min_size=1, max_size=4))
def test_arrays_are_evaluated_element_by_element(text, rows):
    """numpy's functions of arrays differ from the C library's by 4 ulp at most; sums cancel, so
    what is compared is rounded to 1e-9 of the largest number in it.
    """
    expected = [python(text, row) for row in rows]
    arrays = {name: np.array([row[name] for row in rows]) for name in NAMES}
    value = np.broadcast_to(evaluate(text, arrays), len(rows))
    assume("int(" not in text and "floor" not in text and "sign" not in text)  # jumps
    assume(np.abs(expected).max() < 1e6 and not set(text) & set("/"))
    np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-9)


@given(EXPRESSIONS, VALUES)
def test_tidying_and_renaming_change_no_value(text, values):
    expected = python(text, values)
    assert evaluate(tidy(text), values) == expected
    others = {name: f"{name}_" for name in NAMES}
    renamed = replace_names(text, others)
    assert evaluate(renamed, {others[name]: values[name] for name in NAMES}) == expected
    assert names_in(renamed) == {others[name] for name in names_in(text)}


@given(EXPRESSIONS, EXPRESSIONS, VALUES)
def test_a_name_may_be_replaced_by_an_expression(text, other, values):
    inner = python(other, values)
    expected = python(text, {**values, "a": inner})
    assert evaluate(replace_names(text, {"a": other}), values) == expected


@given(EXPRESSIONS, VALUES)
def test_the_parts_of_what_is_linear_add_up(text, values):
    terms = linear_parts(text, ["a", "b"])
    assume(terms is not None)
    expected = python(text, values)
    parts = [
        term.sign * python(term.coefficient, values) * values.get(term.variable, 1.0)
        for term in terms
    ]
    assert all(names_in(term.coefficient) <= {"theta", "w_1"} for term in terms)
    size = sum(map(abs, parts)) + abs(expected)
    assume(size < 1e100)
    assert sum(parts) == pytest.approx(expected, abs=1e-10 * size + 1e-12)


@pytest.mark.parametrize(
    "text", ["a*b", "a/b", "exp(a)", "a**2", "1/a", "clip(a, 0, 1)", "a*(b+1)"]
)
def test_what_is_not_linear_has_no_parts(text):
    assert linear_parts(text, ["a", "b"]) is None


def test_what_has_no_value_is_nan_or_infinite_and_says_nothing(recwarn):
    values = {"a": 0, "b": -1.0, "c": np.array([0.0, 1.0])}
    assert evaluate("1/a", values) == math.inf
    assert evaluate("b//a", values) == -math.inf
    assert math.isnan(evaluate("log(b)", values))
    assert math.isnan(evaluate("b**0.5", values))
    assert evaluate("exp(1e4)", {}) == math.inf
    assert math.isnan(evaluate("a % a", values))
    assert evaluate("1/c", values).tolist() == [math.inf, 1.0]
    assert evaluate("clip(b, 0, inf)", values) == 0.0
    assert evaluate("2*pi", {}) == 2 * math.pi
    assert not recwarn.list


def test_a_name_that_has_a_value_is_not_the_constant():
    assert evaluate("pi", {"pi": 3}) == 3


def test_comparisons_are_numbers():
    theta = np.array([-1.0, 0.0, 1.0])
    assert evaluate("(theta >= 0) - (theta > 0)", {"theta": theta}).tolist() == [0, 1, 0]
    assert evaluate("not theta > 0 or theta > 5", {"theta": theta}).tolist() == [1, 1, 0]
    assert evaluate("theta > -5 and theta != 0", {"theta": theta}).tolist() == [1, 0, 1]
    assert evaluate("int(-1.7)", {}) == -1


def test_draws_are_numpys_in_the_order_of_the_text():
    ours, numpys = (np.random.default_rng(3) for _ in range(2))
    draws = {
        "rand": lambda: ours.random((2, 3)),
        "randn": lambda: ours.standard_normal((2, 3)),
    }
    value = evaluate("mu + sigma*randn() - rand()", {"mu": 0.5, "sigma": 2}, draws)
    expected = 0.5 + 2 * numpys.standard_normal((2, 3)) - numpys.random((2, 3))
    assert value.tolist() == expected.tolist()
    with pytest.raises(InputError, match=r"randn\(…\) in 'randn\(\)': no such function here; exp"):
        evaluate("randn()", {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an expression is empty"),
        ("  \n ", "an expression is empty"),
        ("a +", r"'a \+' is no expression; check its signs"),
        ("a b", "'a b' is no expression at 'b'"),
        ("a ^ 2", r"'a \^ 2' in 'a \^ 2': expected arithmetic .*; a power is written as \*\*"),
        ("0 < a < 1", "expected arithmetic .*; compare two at a time"),
        ("a[0]", r"'a\[0\]' in 'a\[0\]': expected arithmetic over names, numbers and functions"),
        ("a.b", "'a.b' in 'a.b': expected arithmetic"),
        ("lambda: 1", "expected arithmetic"),
        ("[a for a in b]", "expected arithmetic"),
        ("f(x=1)", "expected arithmetic"),
        ("f(*a)", "expected arithmetic"),
        ("a := 1", "is no expression"),
        ("a @ b", "expected arithmetic"),
        ("~a", "expected arithmetic"),
        ("1j", "expected arithmetic"),
        ("b'x'", "expected arithmetic"),
        ("None", "expected arithmetic"),
        ("1e999", "expected arithmetic"),
        ("9" * 400, "expected arithmetic"),
        ("(a if b else c)()", "expected arithmetic"),
        ("-" * 200 + "a", "more than 150 operations within each other; give parts of it names"),
        ("+".join("a" * 1000), "more than 150 operations within each other"),
        ("(" * 1000, "is no expression"),
        ("a\0", "is no expression"),
    ],
)
def test_what_is_no_arithmetic_is_refused_in_one_line(text, message):
    with pytest.raises(InputError, match=message) as error:
        parse(text)
    assert "\n" not in str(error.value)


@given(st.text(max_size=40))
@example("__import__('os').system('true')")
@example("a" * 5000)
@example("((((((((")
def test_any_text_is_an_expression_or_refused(text):
    refused = ""
    try:
        names_in(text), functions_in(text), tidy(text)
    except InputError as error:
        refused = str(error)
    assert "\n" not in refused
    if not refused:
        assert parse(text) is parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unknown*2", "'unknown' in 'unknown\\*2' has no value"),
        ("f(2)", r"f\(…\) in 'f\(2\)': no such function here; expected one of exp, log"),
        ("exp(1, 2)", r"exp\(…\) in 'exp\(1, 2\)' has 2 arguments; expected 1"),
        ("clip(1)", r"clip\(…\) in 'clip\(1\)' has 1 arguments; expected 3"),
        ("word*2", r"word is a word \('none'\), not a number, in 'word\*2'"),
        ("word == 'none'", "word is a word"),
        ("'none'", "''none'' in ''none'' has no value"),
        ("1 if theta else 2", "'1 if theta else 2' in '1 if theta else 2' has no value"),
        ("(1, 2)", r"'\(1, 2\)' in '\(1, 2\)' has no value"),
    ],
)
def test_what_cannot_be_evaluated_says_why(text, message):
    with pytest.raises(InputError, match=message):
        evaluate(text, {"theta": 1.0, "word": "none"})


def test_every_function_takes_numbers_and_arrays():
    for name, function in FUNCTIONS.items():
        number = {"clip": "clip(x, 0, 1)"}.get(name, f"{name}(x)")
        array = evaluate(number, {"x": np.array([0.25, 0.5])})
        assert array.shape == (2,)
        assert callable(function)
        np.testing.assert_allclose(array[1], evaluate(number, {"x": 0.5}), rtol=1e-15)
    assert evaluate("exprel(0)", {}) == 1.0
    assert evaluate("exprel(1e-20)", {}) == 1.0
    assert evaluate("exprel(x)", {"x": 0.5}) == pytest.approx(2 * math.expm1(0.5), rel=1e-15)


# --- words -----

RETRACTION = "w*int(theta >= 0) if retraction == 'jump' else w"


@pytest.mark.parametrize(
    ("text", "retraction", "expected"),
    [
        (RETRACTION, "none", "w"),
        (RETRACTION, "jump", "w * int(theta >= 0)"),
        ("2*(a if retraction != 'none' else b)", "none", "2 * b"),
        ("a if retraction in ('clip', 'jump') else b", "clip", "a"),
        ("a if retraction not in ('clip', 'jump') else b", "clip", "b"),
        ("a if not retraction == 'clip' else b if mode == 'x' else c", "clip", "b"),
        ("a if retraction == 'clip' and mode == 'y' else c", "clip", "c"),
        ("a if retraction == 'clip' or mode == 'y' else c", "clip", "a"),
        ("a  *b", "clip", "a  *b"),
    ],
)
def test_a_choice_by_a_word_is_decided(text, retraction, expected):
    assert resolve_words(text, {"retraction": retraction, "mode": "x"}) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a*retraction", r"retraction is a word \(none\) and not a number in .*; compare it: A if"),
        ("a if retraction == 'none' else retraction + 1", "$"),
        ("retraction if retraction == 'none' else 1", "retraction is a word, not a number"),
        ("a if theta > 0 else b", r"theta is no word; .* of numbers, multiply by int\(CONDITION\)"),
        ("a if 1 > theta else b", r"expected a choice between words, .*int\(CONDITION\)"),
        ("a if mode == 'x' else b", "'mode == 'x'' in .*: mode is no word; expected a parameter"),
        ("a if retraction == 1 else b", "'1' in .*: expected a word"),
        ("a if retraction < 'none' else b", "''none'' in .*: expected a word"),
        ("a if retraction in 'none' else b", "''none'' in .*: expected a word"),
    ],
)
def test_a_choice_that_is_none_is_refused(text, message):
    if message == "$":
        assert resolve_words(text, {"retraction": "none"}) == "a"
        return
    with pytest.raises(InputError, match=message):
        resolve_words(text, {"retraction": "none"})


# --- rules -----


def fields(**changes):
    """The fields of a small model."""
    return {
        "inputs": "dx/dt = -x/tau : 1",
        "outputs": "u = sum(w*x) : 1",
        "synapses": f"w = exp(theta)\nfelt = {RETRACTION}  # what it transmits\nde/dt = -e/tau : 1",
        "signals": "",
        "drift": "-theta if retraction == 'none' else 0",
        "noises": {},
        "bounds": (None, 5),
        "starts": {"prior": "randn()"},
        "initial": {"e": 1},
        "learning": {"output": "theta += b; e = 1\ntheta -= c"},
        "events": {"reward": "rand() < 0.1"},
        "resets": {"reward": "u_0 = 0"},
        "firing": "race(rho)",
        "teacher": "rho",
        "weight": "felt",
    } | changes


def test_a_rule_has_plain_texts_a_line_each():
    rule = rule_of(fields(), {"retraction": "jump"})
    assert rule.synapses.splitlines() == [
        "w = exp(theta) : 1",
        "felt = w * int(theta >= 0) : 1  # what it transmits",
        "de/dt = -e/tau : 1",
    ]
    assert rule.learning == {"output": "theta += b\ne = 1\ntheta -= c"}
    assert rule.resets == {"input": "x += 1", "reward": "u_0 = 0"}
    assert (rule.bounds, rule.initial, rule.drift) == (("", "5"), {"e": "1"}, {"theta": "0"})
    assert rule.synapse_states == ["e"]
    assert (rule.states("inputs"), rule.functions("outputs")) == (["x"], {"u": "sum(w*x)"})
    assert Rule.from_dict(rule.to_dict()) == rule
    assert expanded("felt", rule.equations("synapses")) == "((exp(theta)) * int(theta >= 0))"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"drift": ""}, {}),
        ({"drift": {"v": "-v", "theta": "v"}}, {"v": "-v", "theta": "v"}),
        ({"drift": {"v": "-v", "theta": ""}}, {"v": "-v"}),
    ],
)
def test_a_drift_is_kept_by_state(changes, expected):
    assert rule_of(fields(**changes), {"retraction": "none"}).drift == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": "x += 1"}, r"^inputs: line 1 is 'x \+= 1': expected NAME = EXPRESSION : UNIT"),
        ({"synapses": "w = "}, "^synapses: line 1 is 'w =': expected"),
        (
            {"learning": {"output": "theta ** 2"}},
            r"^learning\['output'\]: line 1 is 'theta \*\* 2'",
        ),
        ({"starts": {"far": "randn("}}, r"^starts\['far'\]: 'randn\(' opens a bracket at"),
        ({"bounds": ("retraction", "")}, "^bounds: retraction is a word"),
        ({"noises": {"mine": 3}}, "^noises: 3: expected a text, or a dict of texts"),
        ({"firing": "race("}, r"^firing: 'race\(' opens a bracket at"),
    ],
)
def test_a_text_that_cannot_be_read_names_its_field(changes, message):
    with pytest.raises(InputError, match=message):
        rule_of(fields(**changes), {"retraction": "none"})
