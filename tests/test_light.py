"""LIGHT against its differential equation, solved numerically, closed forms, known limits; its
derivatives; bad input.

Tolerances were seen to fail under r + qE for r - qE and 2E for E, a harvest that begins 0.001 late,
Gompertz's law from ln_q N_T, a wrong sign of the growth before T, quotients without their series,
exponentials without their reach.
"""

import doctest
import re
import sys
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.special import expit, log_expit

from spikesampler.errors import InputError
from spikesampler.landscape.precision import enable_x64
from spikesampler.studies.kulikovskikh_2021.light import (
    FORMS,
    SERIES,
    exp_q,
    light,
    light_supremum,
    log_light,
    log_q,
)

PAGE = Path(__file__).parents[1] / "docs" / "light.md"
NAMES = ("t", "r", "E", "T", "N_T", "q")
PAPER = {"r": 4.08, "E": 6.4}
SIGMOID = {"r": 1.0, "E": 0.0, "T": 0.0, "N_T": 0.5, "q": 1.0}
QS = (0.0, 1e-20, 1e-9, 1e-6, 1e-3, 0.04, 0.0499, 0.0501, 0.5, 1.0, 2.0)
BATCH = 8192


class Found(NamedTuple):
    """N, ln N, and the derivatives of N with respect to each argument, {name: array}, all of one
    shape.
    """

    N: np.ndarray
    log: np.ndarray
    slopes: dict


@cache
def compiled(form, x64):
    def size(row):
        return light(row[0], **dict(zip(NAMES[1:], row[1:])), form=form)

    def everything(row):
        return jax.value_and_grad(size)(row), log_light(
            row[0], **dict(zip(NAMES[1:], row[1:])), form=form
        )

    return jax.jit(jax.vmap(everything))


def found(form, t, r, E, T=0.0, N_T=0.5, q=1.0, x64=True):
    """`Found` for arrays that broadcast; a form is compiled once per precision, for BATCH rows at a
    time.
    """
    columns = np.broadcast_arrays(t, r, E, T, N_T, q)
    rows = np.stack([one.ravel() for one in columns], 1).astype(float)
    padded = np.concatenate([rows, np.tile(rows[:1], (-len(rows) % BATCH, 1))]).reshape(
        -1, BATCH, 6
    )
    with enable_x64(x64):
        parts = [compiled(form, x64)(jnp.asarray(batch)) for batch in padded]
    assert parts[0][1].dtype == parts[0][0][0].dtype == (jnp.float64 if x64 else jnp.float32)
    (N, slopes), log = jax.tree.map(lambda *one: np.concatenate(one)[: len(rows)], *parts)
    shape = columns[0].shape
    return Found(
        N.reshape(shape), log.reshape(shape), dict(zip(NAMES, slopes.T.reshape(6, *shape)))
    )


def grid(**axes):
    """All combinations, as a dict of (n,) arrays."""
    return dict(zip(axes, np.array(list(product(*axes.values()))).T))


# ---- exact cases


def test_richards_is_the_sigmoid():
    t = np.linspace(-40, 40, 4001)
    found_ = np.asarray(light(t, **SIGMOID, form="richards"))
    assert found_.dtype == np.float64
    np.testing.assert_allclose(found_, expit(t), rtol=0, atol=1e-15)
    # relative to N the error is t times its rounding, 40 * 2^-52 = 9e-15
    np.testing.assert_allclose(found_, expit(t), rtol=1e-14)


def test_printed_is_not_the_sigmoid():
    """The paper says that it reduces to it. It is exp(-e^-t), 0.37 at 0 where the sigmoid is
    0.5.
    """
    t = np.linspace(-8, 8, 16001)
    missed = expit(t) - found("printed", t, **SIGMOID).N
    assert np.abs(missed).max() == pytest.approx(0.20363, abs=1e-5)
    assert t[np.abs(missed).argmax()] == pytest.approx(-0.921, abs=2e-3)
    assert missed[8000] == pytest.approx(0.5 - np.exp(-1), rel=1e-14)  # at 0, for any r
    t = np.linspace(-8, 8, 161)
    stretched = found("printed", t, **SIGMOID | {"r": np.linspace(0.1, 3, 30)[:, None]}).N
    assert np.abs(expit(t) - stretched).max(axis=1).min() > 0.13


@pytest.mark.parametrize("form", ["printed", "richards"])
@pytest.mark.parametrize("E", [0.0, 6.4])
def test_q_to_0_is_gompertz(form, E):
    others = {"t": np.linspace(-3, 5, 801), "r": 4.08, "E": E, "T": 0.5, "N_T": 0.3}
    gompertz = found("gompertz", **others, q=1.0).N
    np.testing.assert_array_equal(
        found("gompertz", **others, q=2.0).N, gompertz
    )  # it asks for no q
    np.testing.assert_allclose(found(form, **others, q=0.0).N, gompertz, rtol=1e-15)
    off = [np.abs(found(form, **others, q=q).N - gompertz).max() for q in (1e-3, 1e-4, 1e-5)]
    np.testing.assert_allclose(np.array(off[:-1]) / off[1:], 10, rtol=0.01)  # first order in q


AT = grid(E=(0.0, 2.0, 6.4), T=(0.0, 0.7), N_T=(0.1, 0.5, 1.0), q=(0.3, 0.6, 1.0, 1.7))
COLUMNS = {name: values[:, None] for name, values in AT.items()}


def test_gompertz_is_its_closed_form():
    E, T, N_T, _ = COLUMNS.values()
    t = np.linspace(-1, 4, 101)
    h = np.where(t >= T, E / 4.08, 0)
    expected = np.exp((np.log(N_T) + h) * np.exp(-4.08 * (t - T)) - h)
    np.testing.assert_allclose(
        found("gompertz", t, 4.08, **COLUMNS).N, expected, rtol=0, atol=1e-14
    )


def test_printed_is_equation_1():
    E, T, N_T, q = COLUMNS.values()
    t = np.linspace(-1, 4, 101)
    h = np.where(t >= T, E / 4.08, 0)
    expected = np.exp(-h) * np.exp(((1 - N_T**-q) / q + h) * np.exp(-4.08 * (t - T)))
    np.testing.assert_allclose(found("printed", t, 4.08, **COLUMNS).N, expected, rtol=0, atol=1e-14)


def test_richards_is_its_closed_form():
    """N = [1/a + (N_T^-q - 1/a) e^(-ra(t-T))]^(-1/q) for t >= T, a = 1 - qE/r of either sign."""
    E, T, N_T, q = COLUMNS.values()
    since, a = np.linspace(0, 3, 101), 1 - q * E / 4.08
    expected = (1 / a + (N_T**-q - 1 / a) * np.exp(-4.08 * a * since)) ** (-1 / q)
    # T + since is rounded, by 4e-16, and so is the exponent, by 4.08 |a| <= 7 times that, over q
    np.testing.assert_allclose(
        found("richards", T + since, 4.08, **COLUMNS).N, expected, rtol=1e-13
    )


# ---- the differential equation

SOLVED = grid(
    r=(0.3, 1.0, 4.08),
    E=(0.0, 0.15, 0.5, 1.0, 2.04, 4.08, 6.4),
    q=(0.0, 1e-9, 1e-3, 0.5, 1.0, 2.0),
    N_T=(0.05, 0.5, 0.99, 1.0),
)
SINCE = np.arange(13) / 2  # exact in binary, and so is T + SINCE


@cache
def solved(T, law):
    """ln N (2, n_case, n_time) at T + SINCE and T - SINCE, as the equation gives it, all cases at
    once.
    """
    r, E, q, N_T = SOLVED.values()
    q = q if law == "richards" else 0 * q
    safe = np.where(q > 0, q, 1)

    def change(t, log, harvest):
        return r * np.where(q > 0, -np.expm1(q * log) / safe, -log) - harvest

    # the steps are chosen by the root mean square over all cases
    tight = {"rtol": 1e-12, "atol": 1e-14, "method": "DOP853"}
    return np.array(
        [
            solve_ivp(change, (T, times[-1]), np.log(N_T), args=(harvest,), t_eval=times, **tight).y
            for times, harvest in ((T + SINCE, E), (T - SINCE, 0))
        ]
    )


def test_the_cases_have_all_kinds():
    r, E, q, _ = SOLVED.values()
    assert set(np.sign(q * E / r - 1)) == {-1, 0, 1}  # it survives, just does not, dies out


@pytest.mark.parametrize("T", [0.0, 1.5])
@pytest.mark.parametrize("form", ["richards", "gompertz"])
def test_it_solves_its_equation(form, T):
    columns = {name: values[:, None] for name, values in SOLVED.items()}
    for times, expected in zip((T + SINCE, T - SINCE), solved(T, form)):
        here = found(form, times, **columns, T=T)
        np.testing.assert_allclose(here.N, np.exp(expected), rtol=0, atol=1e-10)
        np.testing.assert_allclose(
            here.log, expected, rtol=1e-10, atol=1e-11
        )  # down to -3 e^24, where N is 0


@pytest.mark.parametrize("form", FORMS)
def test_single_precision(form):
    """N has the rounding of float32 itself, 2^-24 = 6e-8, and that of an exponent that is moderate
    where N is.
    """
    columns = {name: values[:, None].astype(np.float32) for name, values in SOLVED.items()}
    times = np.concatenate([-SINCE[1:], SINCE])
    single, double = (found(form, times, **columns, x64=x64).N for x64 in (False, True))
    np.testing.assert_allclose(single, double, rtol=0, atol=3e-7)


def test_v_is_linear():
    """v = -ln_q N solves v' = -(r - qE)v + E after T, and v' = -rv before."""
    r, E = 1.3, 0.9

    def v(t, q):
        return -log_q(light(t, r=r, E=E, T=0.5, N_T=0.4, q=q, form="richards"), q)

    cases = grid(t=(-1.0, 0.0, 0.4, 0.6, 1.0, 2.0, 3.0), q=(0.0, 0.5, 1.0, 2.0))
    with enable_x64(True):
        values, slopes = map(np.asarray, jax.jit(jax.vmap(jax.value_and_grad(v)))(*cases.values()))
    harvest = np.where(cases["t"] >= 0.5, E, 0)
    # back from N, v is off by rounding times N^-q, at most e^4
    np.testing.assert_allclose(
        slopes, -(r - cases["q"] * harvest) * values + harvest, rtol=1e-12, atol=1e-12
    )


# ---- at T


@pytest.mark.parametrize("form", FORMS)
def test_at_T(form):
    """N is continuous, N_T (printed: exp(ln_q N_T)) at T, and its slope jumps by -E N there."""
    cases = grid(
        r=(0.3, 4.08), E=(0.0, 0.5, 6.4), T=(0.0, 1.5), N_T=(0.2, 0.5, 1.0), q=(0.0, 0.5, 1.0, 2.0)
    )
    _, E, T, N_T, q = cases.values()
    size = (
        np.exp(np.where(q > 0, (1 - N_T**-q) / np.where(q > 0, q, 1), np.log(N_T)))
        if form == "printed"
        else N_T
    )
    near = 1e-13  # a denormal number would be taken for 0
    at = found(form, T + near * np.array([[-1], [0], [1]]), **cases)
    np.testing.assert_allclose(at.N, np.tile(size, (3, 1)), rtol=1e-11)  # N' is at most 4.08 * 12 N
    before, there, after = at.slopes["t"]
    np.testing.assert_allclose(
        after - before, -E * size, rtol=1e-10, atol=1e-11
    )  # N'' is at most 50
    np.testing.assert_allclose(there, after, rtol=1e-10, atol=1e-11)


# ---- limits

KINDS = grid(
    r=(0.3, 1.0, 4.08),
    E=(0.0, 0.2, 3.0, 6.4),
    T=(0.0, 1.5),
    N_T=(0.05, 0.5, 0.9),
    q=(0.0, 0.3, 1.0, 2.0),
)


@pytest.mark.parametrize("form", FORMS)
def test_limits(form):
    r, E, T, _, q = KINDS.values()
    a = 1 - q * E / r
    assert np.abs(r * a).min() > 0.01  # so that 1e4 is late enough: e^-100
    survives = np.where(q > 0, np.maximum(a, 0) ** (1 / np.where(q > 0, q, 1)), np.exp(-E / r))
    limit = survives if form == "richards" else np.exp(-E / r)
    first, last = found(form, np.array([[-1e4], [1e4]]), **KINDS).N
    np.testing.assert_array_equal(first, 0)
    np.testing.assert_allclose(last, limit, rtol=1e-12, atol=1e-15)
    with enable_x64(True):
        supremum = jax.jit(partial(light_supremum, form=form))(**KINDS)
    since = np.concatenate([-np.geomspace(1e-3, 50, 20), [0], np.geomspace(1e-3, 1e4, 60)])
    dense = found(form, T + since[:, None], **KINDS).N.max(axis=0)
    np.testing.assert_allclose(supremum, dense, rtol=1e-12)
    np.testing.assert_allclose(dense, np.maximum(limit, found(form, T, **KINDS).N), rtol=1e-12)


def supremum_and_slope(E, **others):
    """Of E (n,), in float64."""
    with enable_x64(True):
        function = jax.value_and_grad(lambda E: light_supremum(E=E, **others))
        return tuple(map(np.asarray, jax.jit(jax.vmap(function))(jnp.asarray(E, float))))


def test_supremum_of_the_sigmoid_is_1():
    values, _ = supremum_and_slope([0.0], r=1.0, N_T=0.5, q=1.0, form="richards")
    assert values == 1


def test_supremum_where_it_barely_survives():
    """With a = 1e-7 and q = 10, N comes to 0.2 in the end; where it dies out, N_T is all there
    is.
    """
    E, others = np.array([(1 - 1e-7) / 10, 0.1, 0.2]), {"r": 1.0, "N_T": 1e-3, "q": 10.0}
    values, slopes = supremum_and_slope(E, **others, form="richards")
    # 1 - 1e-7 is rounded by 1e-16, so a by 1e-9, and N by a tenth of it
    np.testing.assert_allclose(values, [1e-7**0.1, 1e-3, 1e-3], rtol=1e-9)
    np.testing.assert_allclose(slopes, [-(1e-7**-0.9), 0, 0], rtol=1e-8)
    assert found("richards", 1e10, E=E[0], **others).N == pytest.approx(values[0], rel=1e-9)


@pytest.mark.parametrize("form", FORMS)
def test_supremum_falls_as_the_harvest_grows(form):
    E = np.linspace(0, 0.9, 10)
    values, slopes = supremum_and_slope(E, r=1.0, N_T=0.01, q=1.0, form=form)
    np.testing.assert_allclose(values, 1 - E if form == "richards" else np.exp(-E), rtol=1e-14)
    np.testing.assert_allclose(
        slopes, -np.ones(10) if form == "richards" else -np.exp(-E), rtol=1e-12
    )


# ---- numbers and derivatives everywhere


@pytest.mark.parametrize("x64", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_all_is_finite(form, x64):
    """From t = -1e4 to 1e4, where exponentials leave the range of a float; N in [0, 1], and 0 and 1
    are reached.
    """
    rng = np.random.default_rng(4)
    axes = {
        "t": (-1e4, -100, -30, -3, -1e-3, 0, 1e-3, 3, 30, 100, 1e4),
        "r": (1e-3, 0.3, 1, 4.08, 100),
        "E": (0, 1e-3, 0.999, 1, 4.08, 6.4, 50),
        "T": (0, 1.5),
        "N_T": (1e-6, 0.05, 0.5, 0.99, 1),
        "q": (*QS, 1e-300 if x64 else 1e-38),
    }
    rows = {name: rng.choice(axis, BATCH) for name, axis in axes.items()}
    rows = {
        name: np.concatenate([values, one])
        for (name, values), one in zip(
            rows.items(),
            grid(t=axes["t"], r=(4.08,), E=(0.0, 6.4), T=(0.0,), N_T=(0.5,), q=axes["q"]).values(),
        )
    }
    here = found(form, **rows, x64=x64)
    numbers = np.array([here.N, here.log, *here.slopes.values()])
    bad = ~np.isfinite(numbers).all(axis=0) | (here.N < 0) | (here.N > 1)
    assert not bad.any(), (
        f"at { ({name: one[bad][0] for name, one in rows.items()}) }: {numbers[:, bad][:, 0]}"
    )
    assert {0.0, 1.0} <= set(here.N.tolist())


STEP = 1e-5


def differences(form, rows, name):
    """(n,) of the derivative with respect to one argument, central; near q = 0 one-sided, both of
    second order.
    """
    rows = dict(rows)
    forward = rows["q"] < 1e-4 if name == "q" else np.zeros(len(rows["q"]), bool)
    moves = np.where(forward, [[0], [1], [2]], [[-1], [0], [1]])
    weights = np.where(forward, [[-1.5], [2], [-0.5]], [[-0.5], [0], [0.5]])
    rows[name] = rows[name] + STEP * moves
    return (found(form, **rows).N * weights).sum(axis=0) / STEP


def smooth_rows():
    """Arguments off T, at the border of extinction, and where a quotient passes from its series to
    its formula.
    """
    rng, n = np.random.default_rng(5), 600
    r, E, T, N_T = (rng.uniform(*ends, n) for ends in ((0.3, 3), (0, 4), (0.1, 2), (0.15, 0.9)))
    t = T + np.where(rng.random(n) < 0.4, rng.uniform(-0.7, -0.05, n), rng.uniform(0.05, 3, n))
    q = rng.choice(np.array([0, 1e-6, *QS[4:], 1.5]), n)
    q[:100] = r[:100] / E[:100]
    rows = np.stack([t, r, E, T, N_T, q], 1).tolist()
    for share, N in product((1 - 1e-6, 1, 1 + 1e-6), (0.2, 0.5)):
        x = share * SERIES
        rows.append((1.2, 1.0, 0.7, 0.4, N, -x / np.log(N)))  # q ln N_T
        rows.append((1 + x / 1.3, 2.0, 0.7, 1.0, N, 1.0))  # (r - qE)(t - T), and r(t - T) before T
        rows.append((1 - x / 2, 2.0, 0.7, 1.0, N, 1.0))
        rows.append((5 - np.log(x / (1 / N - 1)), 1.0, 0.7, 5.0, N, 1.0))  # q w
    return dict(zip(NAMES, np.array(rows).T))


@pytest.mark.parametrize("form", FORMS)
def test_derivatives_are_differences(form):
    rows = smooth_rows()
    slopes = found(form, **rows).slopes
    for name in NAMES:
        # rounding 1e-16/STEP = 1e-11, and STEP²/6 (in q STEP²/3) times a third derivative: 20, in
        # N_T of 0.15 4000
        error = 1e-7 if name == "N_T" else 1e-9
        np.testing.assert_allclose(
            slopes[name], differences(form, rows, name), rtol=0, atol=error, err_msg=name
        )


@pytest.mark.parametrize("q", [0.0, 1e-20, 1e-9, 1e-6])
def test_slope_in_q_where_q_is_small(q):
    """To first order in q, w = -ln N solves w' = -rw + qrw²/2, so its derivative u at q = 0 u' =
    -ru + rw²/2.
    """
    t, w = np.array([-1.0, 0.5, 2.0]), -np.log(0.4)
    here = found("richards", t, 1.3, 0.0, N_T=0.4, q=q)
    u = w**2 / 2 * np.exp(-1.3 * t) * (1 - np.exp(-1.3 * t))
    np.testing.assert_allclose(here.slopes["q"], -u * here.N, rtol=1e-14 + 5 * q)


# ---- the q-logarithm


@settings(max_examples=60, deadline=None, derandomize=True)
@given(x=st.floats(1e-6, 1e4), q=st.floats(0, 3))
@example(x=0.9, q=SERIES)
@example(x=0.5, q=SERIES / np.log(2))
@example(x=2.0, q=1e-300)
@example(x=1.0, q=1.0)
def test_exp_q_is_the_inverse_of_log_q(x, q):
    y = np.asarray(log_q(np.float64(x), q))
    # 1 - qy = x^-q is rounded by its size and by that of qy, and its root is taken
    lost = 1e-15 * (1 + x**q) / max(q, 1e-2)
    assert float(exp_q(y[()], q)) == pytest.approx(x, rel=1e-14 + lost)
    if x <= 1:  # and the other way round
        assert float(log_q(np.float64(exp_q(y[()], q)), q)) == pytest.approx(float(y), rel=1e-12)


def test_known_q_logarithms():
    x = np.array([1e-5, 0.1, 0.5, 1.0, 3.0, 1e5])
    np.testing.assert_allclose(log_q(x, 0), np.log(x), rtol=1e-15)
    np.testing.assert_allclose(log_q(x, 1), 1 - 1 / x, rtol=2e-15)  # ln x is up to 12, and rounded
    np.testing.assert_allclose(log_q(x, 2), (1 - x**-2) / 2, rtol=4e-15)
    np.testing.assert_allclose(log_q(x, 1e-12), np.log(x) * (1 - 1e-12 * np.log(x) / 2), rtol=1e-15)
    y = np.array([-1e5, -3.0, -0.5, 0.0, 0.5, 0.99])
    np.testing.assert_allclose(exp_q(y, 0), np.exp(y), rtol=1e-15)
    np.testing.assert_allclose(exp_q(y, 1), 1 / (1 - y), rtol=5e-15)
    np.testing.assert_allclose(
        exp_q(y[1:], 1e-12), np.exp(y[1:]) * (1 + 1e-12 * y[1:] ** 2 / 2), rtol=1e-15
    )
    assert log_q(x, 1).dtype == exp_q(y, 1).dtype == np.float64


# ---- logarithms


def test_log_light_is_accurate_where_light_is_not():
    t = np.concatenate(
        [-np.geomspace(1, 1e4, 50), np.linspace(0, 300, 50)]
    )  # expit is 0 below -745 and 1 above 37
    np.testing.assert_allclose(found("richards", t, **SIGMOID).log, log_expit(t), rtol=2e-14)
    t = np.linspace(-78, 78, 100)  # ln N down to -e^78; t is rounded by 2^-47
    np.testing.assert_allclose(
        found("gompertz", t, **SIGMOID).log, -np.log(2) * np.exp(-t), rtol=2e-14
    )


@pytest.mark.parametrize("x64", [False, True])
def test_log_light_goes_on_as_a_line(x64):
    """Where ln N is below -e^80 (float32: -e^30) times ln_q N_T's size: it still falls, and is
    finite.
    """
    log = found("gompertz", np.array([-1e4, -5e3, -1e3, -100, -85, -20]), **SIGMOID, x64=x64).log
    assert np.isfinite(log).all()
    assert (np.diff(log) > 0).all()


# ---- jax and numpy


def dtype_at(t, **others):
    """The type that light gives for times t, without computing it."""
    return jax.eval_shape(lambda r: light(t, **PAPER | {"r": r} | others), 4.08).dtype


def test_precision_is_that_of_the_times():
    assert not jax.config.jax_enable_x64
    assert dtype_at(np.array([0.5])) == dtype_at(np.float64(0.5)) == np.float64
    assert dtype_at(np.array([0.5]), q=np.float32(1)) == np.float64
    assert dtype_at(np.array([0.5], np.float32), E=np.float64(1)) == np.float32
    for t in (jnp.array([0.5]), 0.5, 1, [0, 1], np.array([1]), np.float32(0.5)):
        assert dtype_at(t) == np.float32
    with enable_x64(True):
        assert dtype_at(jnp.array([0.5])) == dtype_at(0.5) == np.float64
        assert dtype_at(jnp.array([0.5], jnp.float32)) == dtype_at(np.float32(0.5)) == np.float32
    assert not jax.config.jax_enable_x64


@pytest.mark.parametrize("function", [light, log_light])
def test_it_is_computed_in_that_precision(function):
    exact = {light: expit, log_light: log_expit}[function](1 / 3)
    for t, dtype, error in (
        (np.float64(1 / 3), np.float64, 1e-15),
        (np.float32(1 / 3), np.float32, 1e-7),
    ):
        value = function(t, **SIGMOID, form="richards")
        assert value.dtype == dtype
        assert float(value) == pytest.approx(exact, rel=error)
    assert not jax.config.jax_enable_x64


def test_arrays_of_parameters_broadcast():
    t, r, E = (
        np.linspace(-1, 2, 5)[:, None, None],
        np.array([1.0, 4.08])[:, None],
        np.array([0.0, 1.0, 6.4]),
    )
    others = {
        "T": np.array([0.0, 0.5, 1.0]),
        "N_T": np.array([[0.2], [0.5]]),
        "q": np.array([0.0, 0.5, 2.0]),
    }
    with enable_x64(True):
        values = jax.jit(lambda t: light(t, r=r, E=E, **others, form="richards"))(t)
        supremum = jax.eval_shape(lambda r: light_supremum(r=r, E=E, **others, form="richards"), r)
    assert values.shape == (5, 2, 3)
    np.testing.assert_allclose(values, found("richards", t, r, E, **others).N, rtol=1e-14)
    assert supremum.shape == (2, 3)


def test_jit_and_vmap_change_nothing():
    def over(t, r=4.08):
        return light(t, r=r, E=6.4, q=0.5, form="richards")

    t = jnp.linspace(-2, 3, 11)
    plain = found("richards", np.asarray(t), **PAPER, q=0.5).N
    np.testing.assert_allclose(jax.jit(over)(t, 4.08), plain, atol=1e-6)
    np.testing.assert_allclose(jax.jit(jax.vmap(over))(t), plain, atol=1e-6)
    assert float(over(t[7])) == pytest.approx(plain[7], abs=1e-6)


HIDDEN = {
    "r": (0.0, -1.0, np.nan),
    "E": (-1.0, np.inf, np.nan),
    "T": (-1.0, np.inf, np.nan),
    "N_T": (0.0, -1.0, 1.5),
    "q": (-0.5, np.inf, np.nan),
}


@pytest.mark.parametrize("form", FORMS)
def test_hidden_numbers_outside_their_domain_give_nan(form):
    """Those that jit and vmap hide; all others in the same call are as they were."""
    right = {"t": 1.0, "r": 1.0, "E": 1.0, "T": 0.0, "N_T": 0.5, "q": 0.3}
    rows = [right, *(right | {name: bad} for name, values in HIDDEN.items() for bad in values)]
    rows = {name: np.array([one[name] for one in rows]) for name in NAMES}
    with enable_x64(True):
        supremum = jax.jit(partial(light_supremum, form=form))(
            **{name: rows[name] for name in NAMES[1:]}
        )
    for values in (
        found(form, **rows).N,
        found(form, **rows).log,
        found(form, **rows, x64=False).N,
        supremum,
    ):
        assert np.isfinite(values[0])
        assert np.isnan(values[1:]).all()


def test_a_hidden_rate_outside_its_domain_gives_nan():
    over = jax.jit(lambda r: light(np.array([-1.0, 0.0, 1.0]), r=r, E=0.5))
    assert np.isfinite(over(1.0)).all()
    assert np.isnan(over(-1.0)).all()


def test_hidden_q_logarithms_outside_their_domain_give_nan():
    pairs = jnp.array([[0.5, 1.0], [0.0, 1.0], [-1.0, 0.5], [0.5, -1.0]])
    np.testing.assert_array_equal(np.isnan(jax.jit(log_q)(*pairs.T)), [False, True, True, True])
    pairs = jnp.array([[0.5, 1.0], [1.0, 1.0], [3.0, 0.5], [0.5, -1.0], [3.0, 0.0]])
    np.testing.assert_array_equal(
        np.isnan(jax.jit(exp_q)(*pairs.T)), [False, True, True, True, False]
    )


# ---- bad input

BAD = [
    ({"q": -0.1}, "q=-0.1: expected a number of 0 or more; give another q"),
    ({"q": np.array([1.0, -2.0])}, "q=-2: expected a number of 0 or more; give another q"),
    ({"q": np.inf}, "q=inf: expected a number of 0 or more; give another q"),
    ({"r": 0.0}, "r=0: expected a growth rate above 0; give another r"),
    ({"r": -1.0}, "r=-1: expected a growth rate above 0; give another r"),
    ({"r": np.nan}, "r=nan: expected a growth rate above 0; give another r"),
    ({"E": -0.5}, "E=-0.5: expected a harvesting rate of 0 or more; give another E"),
    ({"T": -1.0}, "T=-1: expected a time of 0 or more; give another T"),
    (
        {"N_T": 0.0},
        "N_T=0: expected a population above 0 and at most 1, its capacity; give another N_T",
    ),
    (
        {"N_T": 1.01},
        "N_T=1.01: expected a population above 0 and at most 1, its capacity; give another N_T",
    ),
    (
        {"N_T": np.nan},
        "N_T=nan: expected a population above 0 and at most 1, its capacity; give another N_T",
    ),
    ({"form": "logistic"}, "form=logistic: expected one of gompertz, richards, printed"),
]


@pytest.mark.parametrize(
    ("bad", "message"), BAD, ids=lambda one: None if isinstance(one, dict) else one.split(":")[0]
)
@pytest.mark.parametrize("function", [light, log_light, light_supremum])
def test_bad_numbers_are_refused(function, bad, message):
    times = () if function is light_supremum else (np.array([0.0, 1.0]),)
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        function(*times, **{"r": 1.0, "E": 1.0} | bad)


@pytest.mark.parametrize("function", [light, log_light])
def test_words_are_refused_in_one_line(function):
    for t, r in (("soon", 1.0), (0.5, "fast"), (0.5, None), (["soon"], 1.0)):
        with pytest.raises(InputError, match=r"^[^\n]+: expected numbers, or arrays of them$"):
            function(t, r=r, E=0.0)


@pytest.mark.parametrize(
    ("function", "bad", "message"),
    [
        (log_q, (0.0, 1.0), "x=0: expected numbers above 0; give another x"),
        (log_q, (np.array([1.0, -2.0]), 1.0), "x=-2: expected numbers above 0; give another x"),
        (log_q, (np.nan, 1.0), "x=nan: expected numbers above 0; give another x"),
        (log_q, (1.0, -1.0), "q=-1: expected a number of 0 or more; give another q"),
        (
            exp_q,
            (1.0, 1.0),
            "y=1: expected numbers with qy < 1, at which e_q is infinite; give another y",
        ),
        (
            exp_q,
            (np.array([0.0, 3.0]), 0.5),
            "y=3: expected numbers with qy < 1, at which e_q is infinite; give another y",
        ),
        (exp_q, (0.5, -1.0), "q=-1: expected a number of 0 or more; give another q"),
    ],
)
def test_bad_arguments_of_q_logarithms_are_refused(function, bad, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        function(*bad)


# ---- examples


def test_the_example_of_the_docstring():
    assert doctest.testmod(sys.modules[light.__module__]) == (0, 1)


def test_the_example_of_the_page(capsys):
    (code,) = re.findall(
        r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    assert len([line for line in code.splitlines() if line]) <= 6
    exec(code, {})
    first, second = capsys.readouterr().out.splitlines()
    values = [float(one) for one in re.findall(r"[\d.e+-]+", first)]
    np.testing.assert_allclose(values, expit([-1.0, 0.0, 1.0]), rtol=1e-7)
    *values, supremum = (float(one) for one in re.findall(r"[\d.e+-]+", second))
    np.testing.assert_allclose(
        values, found("gompertz", np.array([-1.0, 0.0, 1.0]), **PAPER).N, rtol=1e-7
    )
    assert supremum == 0.5


def test_infinite_times_are_the_limits():
    t = np.array([-np.inf, np.inf, np.nan])
    for single in (False, True):
        t = t.astype(np.float32) if single else t
        np.testing.assert_allclose(
            light(t, r=4.08, E=6.4), [0, np.exp(-6.4 / 4.08), np.nan], rtol=3e-7
        )
    np.testing.assert_allclose(
        light(t, r=2.0, E=1.0, q=1.0, form="richards"), [0, 0.5, np.nan], rtol=3e-7
    )
    np.testing.assert_array_equal(light(t, r=1.0, E=2.0, q=1.0, form="richards"), [0, 0, np.nan])


def test_a_population_whose_power_is_no_float_is_refused():
    with pytest.raises(
        InputError,
        match=r"N_T=1e-300: expected one whose power N_T\^-q is finite in this precision",
    ):
        light(np.array([0.0]), r=1.0, E=0.0, N_T=1e-300, q=2.0, form="richards")
    assert light(np.array([0.0]), r=1.0, E=0.0, N_T=1e-300, q=2.0) == pytest.approx(
        1e-300
    )  # Gompertz's has none
