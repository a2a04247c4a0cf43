"""LIGHT, logistic growth with harvesting: the family of its curves, its limits, and what the
printed form misses.

After Kulikovskikh & Legović (2021), GECCO '21 Companion, doi:10.1145/3449726.3459421. A population
N grows at the rate r and is harvested at the rate E from time T on; q is the law, Gompertz's for q
→ 0 and Verhulst's for q = 1:

    dN/dt = r/q N (1 − N^q) − E N (t ≥ T),   N(T) = N_T

The three forms are those of `spikesampler.studies.kulikovskikh_2021.light`. r = 4.08 and E = 6.4
are the paper's, for images; T = 0 and N_T = 1/2 are where it takes LIGHT to be the sigmoid. N is a
share of what the population reaches without harvest; time is in the units in which r and E are
rates. All is computed anew, in seconds.

    python scripts/light_family.py --out light
"""

import argparse
import sys
from functools import cache
from pathlib import Path

import numpy as np
from scipy.special import expit

from spikesampler.language.model import load_model
from spikesampler.studies.scripting import run_script

R, E = (load_model("kulikovskikh_2021")[name] for name in ("r", "E"))
SIGMOID = {"r": 1.0, "E": 0.0, "T": 0.0, "N_T": 0.5, "q": 1.0}
CASES = {
    "gompertz": ("gompertz", 0.0),
    "richards, q = 0.5": ("richards", 0.5),
    "richards, q = 1": ("richards", 1.0),
    "printed, q = 1": ("printed", 1.0),
}
LATE = 1e3  # for the limit: the slowest of CASES, q = 0.5, has come as near as e^(−880) by then
NEAR = 1e-9  # before T, where the slope on the left is taken
PIECE = 401  # points of most curves


@cache
def compiled(form):
    """N and dN/dt of t (n,), and the largest N of all, of t and r, E, T, N_T, q."""
    import jax

    from spikesampler.studies.kulikovskikh_2021.light import light, light_supremum

    def everything(t, *others):
        named = dict(zip(("r", "E", "T", "N_T", "q"), others), form=form)
        return *jax.jvp(lambda t: light(t, **named), (t,), (0 * t + 1,)), light_supremum(**named)

    return jax.jit(everything)


def curve(t, form="gompertz", r=R, E=E, T=0.0, N_T=0.5, q=0.0):
    """N and dN/dt (n,) at times t (n,), and the largest N of all, in float64; in pieces of one
    size: compiled once.
    """
    from spikesampler.landscape.precision import enable_x64

    t = np.asarray(t, float)
    pieces = np.pad(t, (0, -len(t) % PIECE), mode="edge").reshape(-1, PIECE)
    with enable_x64(True):
        found = [compiled(form)(one, r, E, T, N_T, q) for one in pieces]
    size, slope, largest = (np.array(one) for one in zip(*found))
    return size.ravel()[: len(t)], slope.ravel()[: len(t)], float(largest[0])


def sizes(t, **arguments):
    return curve(t, **arguments)[0]


def missed():
    """Where and by how much the printed form misses the sigmoid, and by how much the exact one
    does.
    """
    t = np.linspace(-8, 8, 16_001)
    printed, exact = (
        np.abs(sizes(t, form=form, **SIGMOID) - expit(t)) for form in ("printed", "richards")
    )
    return t[printed.argmax()], printed.max(), exact.max()


def report():
    """The numbers, as text."""
    where, printed, exact = missed()
    small = "less than 1e-15" if exact < 1e-15 else f"{exact:.0e}"
    lines = [
        "At r = 1, E = 0, T = 0, N_T = 1/2, q = 1, largest distance from the sigmoid",
        f"  richards {small}; printed {printed:.4f}, at t = {where:.2f}",
        f"At r = {R}, E = {E}, T = 0, N_T = 1/2",
        (
            f"  {'form':<20}{'N at T':>8}{'largest N':>11}{'N at the end':>14}{'dies out':>10}"
            f"{'slope before T':>16}"
            f"{'after':>9}"
        ),
    ]
    for name, (form, q) in CASES.items():
        (_, at, end), (before, after, _), most = curve([-NEAR, 0.0, LATE], form, q=q)
        dies = "yes" if form == "richards" and q * E >= R else "no"
        lines.append(
            f"  {name:<20}{at:>8.4f}{most:>11.4f}{end:>14.4f}{dies:>10}{before:>16.4f}{after:>9.4f}"
        )
    lines.append(f"Richards' population dies out for q of {R / E:.4f} = r/E and more")
    return "\n".join(lines)


def draw():
    """The figure."""
    from spikesampler.studies.kulikovskikh_2021.family_figure import family_figure

    slow, fast = np.linspace(-3, 6, 401), np.linspace(-1, 2, 401)
    start = 0.1  # at t = 0; the same growth whenever harvest begins
    late = {
        f"{T:g}": sizes(fast, T=T, N_T=sizes([T], E=0.0, N_T=start)[0]) for T in (0.0, 0.5, 1.0)
    }
    families = [
        {
            "t": slow,
            "name": "r",
            "sizes": {f"{r:g}": sizes(slow, r=r, E=0.5) for r in (0.5, 1.0, 2.0, R)},
        },
        {
            "t": fast,
            "name": "E",
            "sizes": {f"{one:g}": sizes(fast, E=one) for one in (0.0, 1.0, R, E)},
        },
        {
            "t": fast,
            "name": "q",
            **{
                key: {
                    f"{q:g}": sizes(fast, form="richards", q=q, E=one) for q in (0.0, 0.5, 1.0, 2.0)
                }
                for key, one in (("sizes", 0.0), ("dashed", E))
            },
        },
        {"t": fast, "name": "T", "sizes": late, "free": sizes(fast, E=0.0, N_T=start)},
    ]
    t, (where, gap, _), there = np.linspace(-6, 6, 401), missed(), expit(missed()[0])
    forms = {form: sizes(t, form=form, **SIGMOID) for form in ("richards", "gompertz", "printed")}
    before, after, N = (
        np.linspace(-1, 0, 201) - NEAR,
        np.linspace(0, 2, 401),
        np.linspace(0, 1, 401),
    )
    sides = [
        {form: (one, curve(one, form, q=1.0)[1]) for form in ("gompertz", "richards")}
        for one in (before, after)
    ]
    free = {"gompertz": -R * N * np.log(np.maximum(N, 1e-300)), "richards": R * N * (1 - N)}
    stay = {"gompertz": sizes([LATE])[0], "richards": sizes([LATE], form="richards", q=1.0)[0]}
    arguments = {
        "sigmoid": {
            "t": t,
            "sizes": forms | {"sigmoid": expit(t)},
            "missed": (where, there - gap, there),
        },
        "edge": {
            "before": sides[0],
            "after": sides[1],
            "jumps": {
                form: (0.0, sides[0][form][1][-1], sides[1][form][1][0]) for form in sides[0]
            },
        },
        "plane": {
            "sizes": N,
            "free": free,
            "harvested": {form: one - E * N for form, one in free.items()},
            "fixed": stay,
        },
    }
    titles = [
        ("Growth rate r", "Gompertz; E = 0.5, T = 0"),
        ("Harvesting rate E", f"Gompertz; r = {R}, T = 0"),
        ("Law q", f"Richards; — E = 0, - - E = {E}"),
        ("Harvest from T on", f"Gompertz; r = {R}, E = {E}"),
        ("Which form is the sigmoid", "r = 1, E = 0, T = 0, $N_T$ = ½, q = 1"),
        ("The corner at T = 0", f"r = {R}, E = {E}; Richards with q = 1"),
        ("Growth against size", f"— E = 0, - - E = {E}; dots: where it stays"),
    ]
    return family_figure(families, **arguments, titles=titles)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--out", type=Path, default=Path("light"), metavar="DIR", help="for the figure"
    )
    options = parser.parse_args(arguments)

    def make():
        from spikesampler.figures import save

        print(report())
        figure = draw()
        for suffix in ("png", "pdf"):
            print(save(figure, options.out / f"light_family.{suffix}"))

    return run_script("light_family", make)


if __name__ == "__main__":
    sys.exit(main())
