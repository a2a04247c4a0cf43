"""How often 95 % intervals of a mean hold it, by method, population and number of values.

Populations are drawn anew for every interval; `seeds` resamples measured values, with replacement,
so that its mean is theirs. Draws of the same seed are the same values for all methods.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.stats.intervals import mean_intervals

__all__ = ["METHODS", "POPULATIONS", "coverage_table", "covered"]

Array = NDArray[np.float64]
RESAMPLES = 999

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
}


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

    bounds = bootstrap(
        (values,), np.mean, axis=1, n_resamples=RESAMPLES, vectorized=True, rng=rng
    ).confidence_interval
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


def covered(
    method: str, population: str | ArrayLike, number: int, repeats: int = 2000, seed: int = 0
) -> float:
    """Share of intervals, of `number` values each, that hold the population's mean.

    population : a name of POPULATIONS, or measured values (n,) to draw from.
    """
    rng = np.random.default_rng(seed)
    if isinstance(population, str):
        draw, mean = POPULATIONS[population]
        values = draw(rng, (repeats, number))
    else:
        measured = np.asarray(population, dtype=float)
        values, mean = rng.choice(measured, (repeats, number)), float(measured.mean())
    low, high = METHODS[method](values, rng)
    return float(np.mean((low <= mean) & (mean <= high)))


def coverage_table(
    measured: Mapping[str, ArrayLike] | None = None,
    numbers: Sequence[int] = (6, 10),
    repeats: int = 500,
    seed: int = 0,
) -> list[list[str]]:
    """Head and rows, as texts: the coverage in percent of each method, by population and number.

    measured : further populations, {name: values (n,) to draw from}. The standard error of a
    coverage is sqrt(0.05 0.95 / repeats), 1 % of 500.
    """
    rows = [["values", "n", *METHODS]]
    populations = {name: name for name in POPULATIONS} | dict(measured or {})
    for name, population in populations.items():
        for number in numbers:
            shares = (covered(method, population, number, repeats, seed) for method in METHODS)
            rows.append([name, str(number), *(f"{100 * share:.0f}" for share in shares)])
    return rows
