"""Theorem 1 of Fang, Yu & Chen (2018) and the three steps of its proof, on measured points.

A table has a row per point (of a learning path, or stationary) with the columns of
`experiments.saddle.saddle_path`, and `arm`, `start`, `seed`, `N`. Shares are taken seed by seed
and their intervals are over seeds: points of one path are not independent.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from spikesampler.errors import InputError
from spikesampler.stats.intervals import SHARE, Interval, mean_interval

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["MUCH", "Steps", "needed_amplification", "share", "steps"]

MUCH = 10.0  #: "B << C" is read as |B| at most a tenth of |C|
QUARTILES = (25, 50, 75)


class Steps(NamedTuple):
    """How many points of how many seeds there are, and at what share of them each step holds.

    saddle : largest > 0. criterion : A + B + C > 0. trace : the exact trace > 0. agrees : criterion
    and largest have the same sign. false_alarm : criterion > 0 at points with largest <= 0, of all
    those (nan: there are none). b_small : |B| <= |C| / 10. c_positive : C > 0. exists : there is an
    N from which on A + B + C > 0. enough : the run's own N is at least that.

    b_over_c : quartiles of |B| / |C|. needed : quartiles of that N, where it exists.
    """

    points: int
    seeds: int
    saddle: Interval
    criterion: Interval
    trace: Interval
    agrees: Interval
    false_alarm: Interval
    b_small: Interval
    c_positive: Interval
    b_over_c: np.ndarray
    exists: Interval
    needed: np.ndarray
    enough: Interval


def needed_amplification(a: ArrayLike, b: ArrayLike, c: ArrayLike, N: ArrayLike) -> np.ndarray:
    """The N from which on A + B + C > 0 at this theta, given A, B, and C at N; C grows as N.

    0 where A + B >= 0 and C >= 0 (any N does), inf where there is none: A + B < 0 and C <= 0.
    nan where A + B >= 0 and C < 0: the sum is positive up to some N, not from one on.
    """
    a, b, c, N = (np.asarray(values, float) for values in (a, b, c, N))
    rest = a + b
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = -rest * N / c
    needed = np.where((rest < 0) & (c <= 0), np.inf, needed)
    return np.where(rest >= 0, np.where(c >= 0, 0.0, np.nan), needed)


def share(table: "DataFrame", truth: ArrayLike, among: ArrayLike | None = None) -> Interval:
    """Share of the points (of `among`) for which `truth` holds, both (n_point,) bool.

    Mean over seeds, and its interval; nan where `among` has no point.
    """
    among = np.ones(len(table), dtype=bool) if among is None else np.asarray(among)
    truth, seeds = np.asarray(truth, dtype=float), table["seed"].to_numpy()
    shares = [truth[among & (seeds == seed)].mean() for seed in np.unique(seeds[among])]
    return mean_interval(shares, within=SHARE) if shares else Interval(*[float("nan")] * 3, 0)


def steps(table: "DataFrame") -> Steps:
    """Steps of a table; InputError where it has no rows."""
    if not len(table):
        raise InputError("a table without points: expected the points of at least one path")
    total, largest = table["total"].to_numpy(), table["largest"].to_numpy()
    b, c = table["b"].to_numpy(), table["c"].to_numpy()
    needed = needed_amplification(table["a"], b, c, table["N"])
    exists = np.isfinite(needed)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(b) / np.abs(c)
    return Steps(
        points=len(table),
        seeds=table["seed"].nunique(),
        saddle=share(table, largest > 0),
        criterion=share(table, total > 0),
        trace=share(table, table["trace"] > 0),
        agrees=share(table, (total > 0) == (largest > 0)),
        false_alarm=share(table, total > 0, largest <= 0),
        b_small=share(table, np.abs(b) * MUCH <= np.abs(c)),
        c_positive=share(table, c > 0),
        b_over_c=np.percentile(ratio, QUARTILES, method="nearest"),
        exists=share(table, exists),
        needed=np.percentile(needed[exists], QUARTILES) if exists.any() else np.full(3, np.nan),
        enough=share(table, exists & (needed <= table["N"])),
    )
