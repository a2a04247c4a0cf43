r"""LIGHT, logistic growth with harvesting: a population N(t) that grows, and is harvested from a
time T on, for jax.

.. math:: N' = \frac{r}{q} N (1 - N^q) - 1_{t \ge T} E N, \qquad N(T) = N_T

(Richards; q = 1 is Verhulst's law; q → 0 Gompertz's, N' = -r N ln N - 1 E N). With ln_q x = (1 -
x^-q)/q and its inverse e_q, v = -ln_q N follows a linear equation, which is what is computed here,
in logarithms:

.. math:: v' = -(r - qE) v + E \quad\Rightarrow\quad N = ε\, e_q((a \ln_q N_T + 1_T E/r)\, e^{-ra(t
          - T)}), \qquad a = 1 - 1_T\, qE/r, \quad ε = a^{1/q}

The paper prints ε exp((ln_q N_T + 1_T E/r) e^(-r(t - T))): right for q → 0, where ε = e^(-1_T E/r),
and for no other q, although it says that q = 1, E = 0 gives the sigmoid.

Reference: Kulikovskikh & Legović (2021), GECCO '21 Companion, doi:10.1145/3449726.3459421, Eq. (1).
"""

from contextlib import nullcontext
from math import factorial

import numpy as np

from spikesampler.errors import InputError
from spikesampler.landscape.precision import enable_x64
from spikesampler.optional import require

jax, jnp = require("light", "landscape", "jax", "jax.numpy")

__all__ = ["FORMS", "exp_q", "light", "light_supremum", "log_light", "log_q"]

FORMS = ("gompertz", "richards", "printed")
#: below, quotients are taken from 12 terms of their series: 0.05^12 is float64's rounding
SERIES = 0.05
EXPM1 = np.array([1 / factorial(n + 1) for n in range(12, -1, -1)])
LOG1P = np.array([(-1) ** n / (n + 1) for n in range(12, -1, -1)])
FAR = {"float32": 1e18, "float64": 1e150}  #: in place of infinity
#: e to this, and its square, are finite; see `_log_size`
REACH = {"float32": 30.0, "float64": 80.0}


def light(t, *, r, E, T=0.0, N_T=0.5, q=1.0, form="gompertz"):
    """N at times t (…), in the precision of t; a share of what the population would reach without
    harvest.

    r : growth rate, 1/time, above 0. E : harvesting rate, 1/time, 0 or more. T : when harvesting
    begins, 0 or more. N_T : N at T, above 0 and at most 1. q : 0 or more. All may be arrays that
    broadcast with t.

    form :
        richards  the solution above, for any q. With q = 1, T = 0, N_T = 1/2, r = 1, E = 0 it is
            the sigmoid.
        gompertz  its limit q → 0, whatever q is.
        printed   Eq. (1) to the letter, with ε = e^(-1_T E/r): Gompertz's law from another size,
            exp(ln_q N_T) at T.

    Where q E >= r (gompertz: never) the population dies out, N → 0 for t → ∞; else N → (1 -
    qE/r)^(1/q). The slope jumps by -E N_T at T; its derivative there is that of t > T. Raises
    InputError for a number outside its domain; of one that a jax transformation hides, N is nan
    instead.

    >>> np.asarray(light(np.array([-1.0, 0.0, 1.0]), r=1, E=0, form="richards")).round(4).tolist()
    [0.2689, 0.5, 0.7311]
    """
    with _precision(t):
        return jnp.exp(log_light(t, r=r, E=E, T=T, N_T=N_T, q=q, form=form))


def log_light(t, *, r, E, T=0.0, N_T=0.5, q=1.0, form="gompertz"):
    """ln N, as `light`, also where N is too small for a float or its distance from 1 is.

    Of Gompertz's law, ln N below -e^80 (float32: -e^30) goes on along the tangent from there,
    finite.
    """
    with _precision(t):
        t, r, E, T, N_T, q, from_q, known = _given(t, r, E, T, N_T, q, form)
        far = FAR[str(t.dtype)]
        since = jnp.nan_to_num(t - T, nan=jnp.nan, posinf=far, neginf=-far)
        harvest = jnp.where(since >= 0, E, 0)
        z = (r if q is None else r - q * harvest) * since
        grown = -_log_q(N_T, from_q) * jnp.exp(-jnp.maximum(z, 0))
        size = grown + harvest * since * _expm1_ratio(-jnp.abs(z))
        return jnp.where(known, _log_size(size, jnp.maximum(-z, 0), q), jnp.nan)


def light_supremum(*, r, E, T=0.0, N_T=0.5, q=1.0, form="gompertz"):
    """The largest N that `light` comes to or tends to: N at T, or where it goes from there; 1 for
    the sigmoid.

    Arrays that broadcast, in jax's default precision. Raises as `light`.
    """
    _, r, E, T, N_T, q, from_q, known = _given(jnp.zeros(()), r, E, T, N_T, q, form)
    tends_to = jnp.exp(-E / r)
    if q is not None:
        survives = q * E < r
        share = _log1p_ratio(-jnp.where(survives, q * E / r, 0))
        tends_to = jnp.where(survives, jnp.exp(-E / r * share), 0)
    at_T = jnp.exp(_log_size(-_log_q(N_T, from_q), jnp.zeros_like(r), q))
    return jnp.where(known, jnp.maximum(at_T, tends_to), jnp.nan)


def _given(t, r, E, T, N_T, q, form):
    """Arguments as floats, the q of the law and that by which N_T is taken, None for q → 0, and
    whether all are inside their domains.
    """
    if form not in FORMS:
        raise InputError(f"form={form}: expected one of {', '.join(FORMS)}")
    t, r, E, T, N_T, q = _floats(t, r, E, T, N_T, q)
    inside = (N_T > 0) & (N_T <= 1)
    known = (
        _check("r", r, r > 0, "a growth rate above 0")
        & _check("E", E, E >= 0, "a harvesting rate of 0 or more")
        & _check("T", T, T >= 0, "a time of 0 or more")
        & _check("N_T", N_T, inside, "a population above 0 and at most 1, its capacity")
        & _check("q", q, q >= 0, "a number of 0 or more")
    )
    from_q, q = {"richards": (q, q), "gompertz": (None, None), "printed": (q, None)}[form]
    finite = jnp.isfinite(_log_q(N_T, from_q))
    known &= _check("N_T", N_T, finite, "one whose power N_T^-q is finite in this precision")
    return t, r, E, T, N_T, q, from_q, known


def log_q(x, q):
    """ln_q x = (1 - x^-q)/q, ln x where q is 0; x above 0, q 0 or more, arrays that broadcast, in
    the precision of x.

    Raises InputError for other numbers; of those that a jax transformation hides, the result is
    nan.
    """
    with _precision(x):
        x, q = _floats(x, q)
        known = _check("x", x, x > 0, "numbers above 0")
        known = known & _check("q", q, q >= 0, "a number of 0 or more")
        return jnp.where(known, _log_q(jnp.where(known, x, 1), q), jnp.nan)


def exp_q(y, q):
    """e_q(y) = (1 - qy)^(-1/q), e^y where q is 0: the inverse of `log_q`; q 0 or more, qy below 1.

    Raises InputError for other numbers; of those that a jax transformation hides, the result is
    nan.
    """
    with _precision(y):
        y, q = _floats(y, q)
        known = _check("q", q, q >= 0, "a number of 0 or more")
        known = known & _check("y", y, q * y < 1, "numbers with qy < 1, at which e_q is infinite")
        return jnp.where(known, jnp.exp(y * _log1p_ratio(jnp.where(known, -q * y, 0))), jnp.nan)


def _log_q(x, q):
    log = jnp.log(x)
    return log if q is None else log * _expm1_ratio(-q * log)


def _log_size(v, lead, q):
    """ln N = -ln(1 + q w)/q of w = v e^lead, lead >= 0, which may be too large for a float.

    Beyond e^REACH it is linear in lead: there q w is so large that the 1 does not count, or N is 0
    anyway.
    """
    reach = REACH[str(v.dtype)]
    inside = v * jnp.exp(jnp.minimum(lead, reach))
    beyond = jnp.maximum(lead - reach, 0) * inside
    if q is None:
        return -inside - beyond
    return -inside * _log1p_ratio(q * inside) - beyond / (1 + q * inside)


def _expm1_ratio(y):
    """(e^y - 1)/y, 1 at 0, with its derivatives."""
    return _quotient(y, jnp.expm1, EXPM1)


def _log1p_ratio(x):
    """ln(1 + x)/x, 1 at 0, with its derivatives."""
    return _quotient(x, jnp.log1p, LOG1P)


def _quotient(x, function, series):
    small = jnp.abs(x) < SERIES
    near = jnp.polyval(jnp.asarray(series, x.dtype), jnp.where(small, x, 0))
    far = jnp.where(small, 1, x)
    return jnp.where(small, near, function(far) / far)


def _precision(values):
    """float64 for numpy's float64, whatever jax is set to; its own arrays keep their precision."""
    double = isinstance(values, (np.ndarray, np.float64)) and values.dtype == float
    return enable_x64(True) if double else nullcontext()


def _floats(values, *others):
    """Values as floats of their precision, and all others in the same."""
    try:
        dtype = jnp.asarray(values).dtype
        if dtype not in (jnp.float32, jnp.float64):
            dtype = jnp.result_type(float)
        return tuple(jnp.asarray(each, dtype) for each in (values, *others))
    except (TypeError, ValueError) as error:
        raise InputError(f"{error}: expected numbers, or arrays of them") from None


def _check(name, value, inside, expected):
    """Whether value is finite and inside its domain; an InputError where it is known not to be."""
    inside = inside & jnp.isfinite(value)
    if not isinstance(inside, jax.core.Tracer) and not inside.all():
        bad = np.broadcast_to(value, inside.shape)[~np.asarray(inside)]
        raise InputError(f"{name}={bad[0]:g}: expected {expected}; give another {name}")
    return inside
