"""What is concluded of Theorem 1 and the steps of its proof: a row for each sentence of it.

A proof speaks of every point, and one point refutes it; seeds say whether that is an accident. So a
sentence is held against 95 % of the points of every seed (our choice), and points of one seed are
never counted as independent. How often outputs are right is a mean over seeds, with a test.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from pandas import DataFrame

from spikesampler.stats.rules import (
    NOT,
    REPRODUCED,
    UNDECIDED,
    Ruling,
    at_least,
    in_family,
)
from spikesampler.studies.fang_2018 import saddle_tables
from spikesampler.studies.fang_2018.saddle_points import MAXIMUM, PASS
from spikesampler.studies.fang_2018.theorem import MUCH, needed_amplification
from spikesampler.studies.finding import Finding, ruled, unasked

__all__ = ["by_seed", "findings", "hurry", "label_of", "sentences"]

NEARLY_ALL = 0.95  #: of a seed's points, for what a proof says of all
VALID = 0.9  #: of what can be got right, from which on outputs are called valid; our choice
SOURCE = "Fang et al. 2018, Theorem 1"
FAMILY = "outputs at stationary points"
#: networks of the paths, by the names that a reader is told
NETWORKS = {"paper": "the paper's network", "scaled": "N of 30 and 300", "small": "small network"}


def by_seed(table: DataFrame, truth: np.ndarray) -> np.ndarray:
    """Share of the points of each seed for which `truth` (n_point,) holds, (n_seed,)."""
    return DataFrame({"seed": table.seed, "truth": truth}).groupby("seed").truth.mean().to_numpy()


def sentences(datasets: Mapping[str, xr.Dataset]) -> dict[str, np.ndarray]:
    """{key: share of the points of each seed for which a sentence of the proof holds, (n_seed,)}"""
    paths, near = saddle_tables.tables(datasets)
    still = saddle_tables.distinct(near)
    shares = {
        f"sign_{network}": _same_sign(paths[paths.network == network]) for network in NETWORKS
    }
    shares["sign_still"] = _same_sign(still)
    maxima = still[still.wanted_index == 0]
    shares["no_alarm"] = by_seed(maxima, maxima.total <= 0)
    for where, of in (("still", still), ("path", paths)):
        needed = needed_amplification(of.a, of.b, of.c, of.N)
        shares[f"step_1_{where}"] = by_seed(of, np.abs(of.b) * MUCH <= np.abs(of.c))
        shares[f"step_2_{where}"] = by_seed(of, of.c > 0)
        shares[f"step_3_{where}"] = by_seed(of, np.isfinite(needed) & (needed <= of.N.to_numpy()))
    if "fang_2018_points" in datasets:
        points = datasets["fang_2018_points"].to_dataframe()
        there = points[points.converged]
        for name in ("spread", "winner"):
            ratio = there[name] / there.c
            shares[f"potential_{name}"] = by_seed(there, (ratio >= 0.5) & (ratio <= 2))
    return {key: of_seeds for key, of_seeds in shares.items() if len(of_seeds)}


def _same_sign(table: DataFrame) -> np.ndarray:
    return by_seed(table, (table.total > 0) == (table.largest > 0))


def outputs(datasets: Mapping[str, xr.Dataset]) -> dict[str, Ruling]:
    """{key: ruling} on the outputs at stationary points of the tiny network, one family."""
    if "fang_2018_points" not in datasets:
        return {}
    points = datasets["fang_2018_points"].to_dataframe()
    found = {}
    for kind in (MAXIMUM, PASS):
        of = points[points.converged & (points.kind == kind)]
        right = (of.accuracy / of.best).groupby(of.seed).mean().to_numpy()
        if len(right) > 1:
            found[f"valid_{kind}"] = at_least(right, least=VALID)
    return dict(zip(found, in_family(found.values(), FAMILY)))


def label_of(shares: np.ndarray) -> str:
    """The verdict on a sentence about every point, of its share in each seed."""
    if (shares >= NEARLY_ALL).all():
        return REPRODUCED
    return NOT if (shares < NEARLY_ALL).all() else UNDECIDED


def strict(still: DataFrame) -> Finding:
    """Whether any stationary point refutes that J is strict saddle."""
    bad, seeds = int((still.verdict == "degenerate").sum()), still.seed.nunique()
    number = f"{bad} of {len(still)} stationary points are degenerate; no interval: counted"
    rule = (
        f"{NOT}: any stationary point with gradient and curvature near 0; else not refuted, as "
        "points cannot prove it. A count, without a test"
    )
    reading = "small network, points of index 0 and 1 found from learning paths"
    verdict = NOT if bad else "not refuted"
    claim = "J is strict saddle with the noise of Eq. (3)"
    return Finding("strict", claim, SOURCE, verdict, number, reading, f"{seeds} seeds", rule)


def no_noise() -> Finding:
    """Theorem 1 is about a function that has no noise in it."""
    return unasked(
        "gaussian",
        "with Gaussian noise J is not strict saddle",
        "Fang et al. 2018, section 3",
        "J contains no noise: its Hessian is the same with Gaussian noise, with Eq. (3) and without"
        " any, so what holds with one holds with all",
    )


#: {key: claim, source, for what it holds}; the networks' follow from NETWORKS
CLAIMS = {
    "sign_still": (
        "the largest eigenvalue is positive because A + B + C is",
        SOURCE,
        "same sign; distinct stationary points",
    ),
    "no_alarm": (
        "A + B + C > 0 tells saddles from maxima",
        "question",
        "A + B + C is not positive; maxima",
    ),
    "step_1_still": ("step 1: B is far smaller than C", SOURCE, "|B| <= |C|/10; stationary"),
    "step_1_path": ("step 1: B is far smaller than C", SOURCE, "|B| <= |C|/10; all paths"),
    "step_2_still": ("step 2: C is positive", SOURCE, "stationary points, maxima among them"),
    "step_2_path": ("step 2: C is positive", SOURCE, "all paths"),
    "step_3_still": ("step 3: N is large enough for A + B + C > 0", SOURCE, "stationary points"),
    "step_3_path": ("step 3: N is large enough for A + B + C > 0", SOURCE, "all paths"),
    "potential_spread": (
        "step 2: C is about N times a difference of potentials",
        SOURCE,
        "within a factor of 2, same sign; any output may fire, as likely as it is; tiny network",
    ),
    "potential_winner": (
        "step 2: C is about N times a difference of potentials",
        SOURCE,
        "within a factor of 2, same sign; the likeliest output fires; tiny network",
    ),
    f"valid_{MAXIMUM}": (
        "every local minimum corresponds to valid output",
        SOURCE,
        "right answers over those of Bayes' rule, held-out samples; index 0, tiny network",
    ),
    f"valid_{PASS}": (
        "outputs are valid at saddles too, against the proof's step 2",
        "control",
        "right answers over those of Bayes' rule, held-out samples; index 1, tiny network",
    ),
}


def findings(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for each sentence."""
    paths, near = saddle_tables.tables(datasets)
    claims = dict(CLAIMS)
    for network, name in NETWORKS.items():
        number = int((paths.network == network).sum())
        claim, source, _ = CLAIMS["sign_still"]
        claims[f"sign_{network}"] = claim, source, f"same sign; {number} points of paths, {name}"
    still = saddle_tables.distinct(near)
    rows = [strict(still), no_noise()] if len(still) else [no_noise()]
    rule = (
        f"{REPRODUCED}: at {NEARLY_ALL:.0%} or more of the points of every seed; {NOT}: at fewer in"
        " every seed; else undecided. Counted, without a test: it is a sentence about every point"
    )
    for key, shares in sentences(datasets).items():
        claim, source, reading = claims[key]
        of = f"{len(shares)} seeds"
        number = f"holds at {spread(shares)}; no interval: every seed is asked"
        rows.append(Finding(key, claim, source, label_of(shares), number, reading, of, rule))
    for key, ruling in outputs(datasets).items():
        claim, source, reading = claims[key]
        rows.append(ruled(key, claim, source, ruling, reading, "seeds", ".2f"))
    return rows


def spread(shares: np.ndarray) -> str:
    """Mean share of the points over seeds, and those of the least and the greatest seed."""
    return f"{shares.mean():.2f} of the points (seeds {shares.min():.2f} to {shares.max():.2f})"


def hurry(datasets: Mapping[str, xr.Dataset]) -> Sequence[str]:
    """Five sentences."""
    found = {key: spread(shares) for key, shares in sentences(datasets).items()}
    still_found = found.get("sign_still", "no points, as none was found")
    _, near = saddle_tables.tables(datasets)
    still = saddle_tables.distinct(near)
    maxima = still[still.wanted_index == 0]
    return [
        "Theorem 1 says that noise which grows with the weight makes learning's objective J strict "
        "saddle, because A + B + C of Eq. (4) is positive; asked was whether that sum tells the "
        "sign of the largest eigenvalue of J's Hessian.",
        f"The sum A + B + C has the sign of the largest eigenvalue at {found['sign_paper']} of "
        f"learning paths of the paper's network, at {found['sign_small']} of the small "
        f"network's, and near stationary points at {still_found}.",
        f"It is positive at {int((maxima.total > 0).sum())} of {len(maxima)} maxima, where no "
        "direction leads up, so a positive sum tells no saddle.",
        "J itself contains no noise: its Hessian, and with it every saddle, is the same with "
        "Gaussian noise, with the paper's and without.",
        f"This is exact for J; the stationary points are {len(still)} of {still.seed.nunique()} "
        f"seeds, of a small network, and {near.converged.size - int(near.converged.sum())} of "
        f"{len(near)} searches found none.",
    ]
