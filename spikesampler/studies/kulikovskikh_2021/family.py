"""LIGHT, logistic growth with harvesting: the family of its curves, and what the printed form
misses.

A population N grows at the rate r and is harvested at the rate E from time T on; q is the law,
Gompertz's for q → 0 and Verhulst's for q = 1:

    dN/dt = r/q N (1 − N^q) − E N (t ≥ T),   N(T) = N_T

r = 4.08 and E = 6.4 are the paper's, for images; T = 0 and N_T = 1/2 are where it takes LIGHT to be
the sigmoid. Time is in the units in which r and E are rates.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from spikesampler.language.model import load_model
from spikesampler.studies.page import render

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["curve", "draw", "missed", "report"]

R, E = (load_model("kulikovskikh_2021")[name] for name in ("r", "E"))
SIGMOID = {"r": 1.0, "E": 0.0, "T": 0.0, "N_T": 0.5, "q": 1.0}
CASES = {
    "gompertz": ("gompertz", 0.0),
    "richards, q = 0.5": ("richards", 0.5),
    "richards, q = 1": ("richards", 1.0),
    "printed, q = 1": ("printed", 1.0),
}
LATE = 1e3  #: for the limit: the slowest of CASES, q = 0.5, has come as near as e^(−880) by then
NEAR = 1e-9  #: before T, where the slope on the left is taken
PIECE = 401  #: points of most curves


@cache
def _compiled(form):
    """N and dN/dt of t (n,), and the largest N of all, of t and r, E, T, N_T, q."""
    import jax

    from spikesampler.studies.kulikovskikh_2021.light import light, light_supremum

    def everything(t, *others):
        named = dict(zip(("r", "E", "T", "N_T", "q"), others), form=form)
        return *jax.jvp(lambda t: light(t, **named), (t,), (0 * t + 1,)), light_supremum(**named)

    return jax.jit(everything)


def curve(
    t: Sequence[float] | np.ndarray,
    form: str = "gompertz",
    r: float = R,
    E: float = E,
    T: float = 0.0,
    N_T: float = 0.5,
    q: float = 0.0,
) -> tuple[np.ndarray, np.ndarray, float]:
    """N and dN/dt (n,) at times t (n,), and the largest N of all, in float64; in pieces of one
    size: compiled once.
    """
    from spikesampler.landscape.precision import enable_x64

    t = np.asarray(t, float)
    pieces = np.pad(t, (0, -len(t) % PIECE), mode="edge").reshape(-1, PIECE)
    with enable_x64(True):
        parts = [_compiled(form)(piece, r, E, T, N_T, q) for piece in pieces]
    size, slope, largest = (np.array(part) for part in zip(*parts))
    return size.ravel()[: len(t)], slope.ravel()[: len(t)], float(largest[0])


def _sizes(t, **arguments):
    return curve(t, **arguments)[0]


def missed() -> tuple[float, float, float]:
    """Where and by how much the printed form misses the sigmoid, and by how much the exact one
    does.
    """
    t = np.linspace(-8, 8, 16_001)
    printed, exact = (
        np.abs(_sizes(t, form=form, **SIGMOID) - expit(t)) for form in ("printed", "richards")
    )
    return t[printed.argmax()], printed.max(), exact.max()


def report() -> str:
    """The numbers, as text."""
    rows = []
    for name, (form, q) in CASES.items():
        (_, at, end), (before, after, _), largest = curve([-NEAR, 0.0, LATE], form, q=q)
        dies_out = "yes" if form == "richards" and q * E >= R else "no"
        rows.append((name, at, largest, end, dies_out, before, after))
    return render(__file__, "templates/family.txt", missed=missed(), r=R, E=E, rows=rows)


def draw() -> "Figure":
    """N over time by r, E, q and T; the forms at the sigmoid's parameters; slopes; phase plane."""
    from spikesampler.studies.kulikovskikh_2021.family_figure import family_figure

    return family_figure(_families(), _near_sigmoid(), _corner(), _plane(), R, E)


def _families() -> list[dict[str, Any]]:
    """Arguments of `family_figure.populations`, by r, E, q and T."""
    slow, fast = np.linspace(-3, 6, 401), np.linspace(-1, 2, 401)
    start = 0.1  # at t = 0; the same growth whenever harvest begins
    late = {T: _sizes(fast, T=T, N_T=_sizes([T], E=0.0, N_T=start)[0]) for T in (0.0, 0.5, 1.0)}
    free, harvested = (
        {q: _sizes(fast, form="richards", q=q, E=rate) for q in (0.0, 0.5, 1.0, 2.0)}
        for rate in (0.0, E)
    )
    growth = {r: _sizes(slow, r=r, E=0.5) for r in (0.5, 1.0, 2.0, R)}
    harvest = {rate: _sizes(fast, E=rate) for rate in (0.0, 1.0, R, E)}
    return [
        {"t": slow, "name": "r", "sizes": growth},
        {"t": fast, "name": "E", "sizes": harvest},
        {"t": fast, "name": "q", "sizes": free, "dashed": harvested},
        {"t": fast, "name": "T", "sizes": late, "free": _sizes(fast, E=0.0, N_T=start)},
    ]


def _near_sigmoid():
    """Arguments of `family_figure.near_sigmoid`."""
    t, (where, gap, _) = np.linspace(-6, 6, 401), missed()
    sizes = {form: _sizes(t, form=form, **SIGMOID) for form in ("richards", "gompertz", "printed")}
    bar = (where, expit(where) - gap, expit(where))
    return {"t": t, "sizes": sizes | {"sigmoid": expit(t)}, "missed": bar}


def _corner():
    """Arguments of `family_figure.slopes`: growth rates on both sides of T = 0."""
    before, after = (
        {form: (t, curve(t, form, q=1.0)[1]) for form in ("gompertz", "richards")}
        for t in (np.linspace(-1, 0, 201) - NEAR, np.linspace(0, 2, 401))
    )
    jumps = {form: (0.0, before[form][1][-1], after[form][1][0]) for form in before}
    return {"before": before, "after": after, "jumps": jumps}


def _plane():
    """Arguments of `family_figure.growth_rates`."""
    N = np.linspace(0, 1, 401)
    free = {"gompertz": -R * N * np.log(np.maximum(N, 1e-300)), "richards": R * N * (1 - N)}
    fixed = {form: _sizes([LATE], form=form, q=1.0)[0] for form in free}
    harvested = {form: growth - E * N for form, growth in free.items()}
    return {"sizes": N, "free": free, "harvested": harvested, "fixed": fixed}
