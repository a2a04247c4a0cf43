"""How often 95 % intervals of a mean hold it, by method, population and number of values.

Populations are drawn anew for every interval; `seeds` resamples measured values, with replacement,
so that its mean is theirs. Draws of the same seed are the same values for all methods.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.stats.intervals import mean_intervals

__all__ = [
    "DRAWS",
    "FAMILY",
    "METHODS",
    "POPULATIONS",
    "SHARES",
    "coverage_table",
    "covered",
    "false_alarms",
    "missed",
]

Array = NDArray[np.float64]
RESAMPLES = 999
FAMILY = 27  #: tests that are corrected together in the largest families of the studies

#: {name: (draw(rng, shape), mean)}; the beta law is of accuracies about 0.96
POPULATIONS: dict[str, tuple[Callable[[np.random.Generator, tuple[int, int]], Array], float]] = {
    "normal": (lambda rng, shape: rng.normal(size=shape), 0.0),
    "exponential": (lambda rng, shape: rng.exponential(size=shape), 1.0),
    "lognormal": (lambda rng, shape: rng.lognormal(size=shape), float(np.exp(0.5))),
    "beta(19.2, 0.8)": (lambda rng, shape: rng.beta(19.2, 0.8, shape), 0.96),
    "two-point": (
        lambda rng, shape: (rng.random(shape) < 0.3) + rng.normal(0, 0.01, shape),
        0.3,
    ),
    "0 or 1, mean 0.1": (lambda rng, shape: (rng.random(shape) < 0.1).astype(float), 0.1),
    "0 or 1, mean 0.2": (lambda rng, shape: (rng.random(shape) < 0.2).astype(float), 0.2),
}
SHARES = tuple(name for name in POPULATIONS if name.startswith("0 or 1"))


def _student(values: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    from scipy.special import stdtrit

    n, mean = values.shape[1], values.mean(axis=1)
    half = stdtrit(n - 1, 0.975) * values.std(axis=1, ddof=1) / np.sqrt(n)
    return mean - half, mean + half


def _johnson(values: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Johnson (1978), J. Am. Stat. Assoc. 73:536: Student's interval, moved by m3/(6 s² n)."""
    n, (low, high) = values.shape[1], _student(values, rng)
    away = values - values.mean(axis=1, keepdims=True)
    third = n / ((n - 1) * (n - 2)) * (away**3).sum(axis=1)
    with np.errstate(invalid="ignore"):
        moved = third / (6 * n * values.var(axis=1, ddof=1))
    return low + moved, high + moved


def _studentised(values: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Bootstrap of t (Efron 1981), equal tails."""
    mean, s = values.mean(axis=1), values.std(axis=1, ddof=1)
    drawn = values[:, rng.integers(values.shape[1], size=(RESAMPLES, values.shape[1]))]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (drawn.mean(axis=2) - mean[:, np.newaxis]) / drawn.std(axis=2, ddof=1)
    t = np.nan_to_num(t, nan=0.0, posinf=1e300, neginf=-1e300)
    above, below = np.quantile(t, [0.025, 0.975], axis=1, method="nearest")
    return mean - below * s, mean - above * s


def _percentile(values: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    drawn = rng.integers(values.shape[1], size=(RESAMPLES, values.shape[1]))
    low, high = np.quantile(values[:, drawn].mean(axis=2), [0.025, 0.975], axis=1)
    return low, high


def _bca(values: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Efron (1987), J. Am. Stat. Assoc. 82:171."""
    from scipy.stats import bootstrap

    how = {"axis": 1, "n_resamples": RESAMPLES, "vectorized": True, "rng": rng}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of equal values, whose bounds are nan
        bounds = bootstrap((values,), np.mean, **how).confidence_interval
    return bounds.low, bounds.high


def _ours(values: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    _, low, high = mean_intervals(values)
    return low, high


#: {name: bounds(values (m, n), rng)}; the first is the project's
METHODS = {
    "ours": _ours,
    "Student's t": _student,
    "Johnson's t": _johnson,
    "studentised bootstrap": _studentised,
    "percentiles": _percentile,
    "BCa": _bca,
}
RESAMPLING = ("studentised bootstrap", "percentiles", "BCa")  #: methods that take long
#: {method: how many intervals of it a table is of}
DRAWS = {name: 500 if name in RESAMPLING else 20_000 for name in METHODS}


def missed(
    method: str, population: str | ArrayLike, number: int, repeats: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """Shares of intervals, of `number` values each, that are above the mean, and below it.

    population : a name of POPULATIONS, or measured values (n,) to draw from.
    """
    rng = np.random.default_rng(seed)
    values, mean = _drawn(population, (repeats, number), rng)
    low, high = METHODS[method](values, rng)
    above = low > mean
    return float(above.mean()), float((~above & ~(high >= mean)).mean())


def _drawn(
    population: str | ArrayLike, shape: tuple[int, int], rng: np.random.Generator
) -> tuple[Array, float]:
    """Values of a population, and its mean."""
    if isinstance(population, str):
        draw, mean = POPULATIONS[population]
        return draw(rng, shape), mean
    measured = np.asarray(population, dtype=float)
    return rng.choice(measured, shape), float(measured.mean())


def false_alarms(
    population: str | ArrayLike,
    number: int,
    tests: int = FAMILY,
    repeats: int = 50_000,
    seed: int = 0,
) -> float:
    """Share of p of the true mean that are below 0.05/tests, by the project's method.

    That is what the first of so many tests needs after Holm's correction: further out than the
    bounds of a 95 % interval, where less is known of values that are not normal.
    """
    values, mean = _drawn(population, (repeats, number), np.random.default_rng(seed))
    _, low, high = mean_intervals(values, 1 - 0.05 / tests)
    return float(((low > mean) | ~(high >= mean)).mean())


def covered(
    method: str, population: str | ArrayLike, number: int, repeats: int = 2000, seed: int = 0
) -> float:
    """Share of intervals that hold the population's mean; as of `missed`."""
    return 1 - sum(missed(method, population, number, repeats, seed))


def coverage_table(
    measured: Mapping[str, ArrayLike] | None = None,
    numbers: Sequence[int] = (6, 10),
    draws: Mapping[str, int] = DRAWS,
    seed: int = 0,
) -> list[list[str]]:
    """Head and rows, as texts: the coverage in percent of each method, by population and number.

    The last three columns are of the first method: percent of intervals that are above the mean,
    and below it, and of `false_alarms`. measured : further populations, {name: values (n,) to draw
    from}. draws : {method: of how many intervals}. The standard error is sqrt(0.05 0.95 / draws):
    1 % of 500, 0.15 % of 20000.
    """
    ours = next(iter(METHODS))
    of_first = (f"{ours}, too high", f"{ours}, too low", f"p < 0.05/{FAMILY}")
    rows = [["values", "n", *METHODS, *of_first]]
    populations = {name: name for name in POPULATIONS} | dict(measured or {})
    for name, population in populations.items():
        for number in numbers:
            sides = {
                method: missed(method, population, number, draws[method], seed)
                for method in METHODS
            }
            shares = [
                f"{100 - 100 * sum(both):.{_digits(draws[of])}f}" for of, both in sides.items()
            ]
            of_ours = [f"{100 * one:.1f}" for one in sides[ours]]
            alarms = f"{100 * false_alarms(population, number, seed=seed):.2f}"
            rows.append([name, str(number), *shares, *of_ours, alarms])
    return rows


def _digits(draws: int) -> int:
    """Of a percentage: as many as its standard error leaves."""
    return 1 if draws >= 10_000 else 0
