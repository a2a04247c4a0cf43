"""What is concluded of Theorem 1 and the steps of its proof: a row for each sentence of it.

How often outputs are right is a mean over seeds, with a test; the rest are counts of points
(`saddle_sentences`).
"""

from collections.abc import Mapping, Sequence

import xarray as xr
from pandas import DataFrame

from spikesampler.stats.rules import NOT, REPRODUCED, Ruling, at_least, in_family
from spikesampler.studies.fang_2018 import saddle_tables
from spikesampler.studies.fang_2018.saddle_points import MAXIMUM, PASS, PATH
from spikesampler.studies.fang_2018.saddle_sentences import (
    NEARLY_ALL,
    NOT_REFUTED,
    implied,
    label_of,
    sentences,
)
from spikesampler.studies.finding import Finding, ruled, unasked

__all__ = ["findings", "hurry"]

VALID = 0.9  #: of what can be got right, from which on outputs are called valid; our choice
SOURCE = "Fang et al. 2018, Theorem 1"
FAMILY = "outputs at stationary points"
#: networks of the paths, by the names that a reader is told
NETWORKS = {
    "paper": "of the paper's network",
    "scaled": "of the same with N of 30 and 300",
    "small": "of the network of 100 inputs",
}


def outputs(datasets: Mapping[str, xr.Dataset]) -> dict[str, Ruling]:
    """{key: ruling} on the outputs at stationary points of the network of 50 inputs, one family."""
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


def strict(still: DataFrame) -> Finding:
    """Whether any stationary point refutes that J is strict saddle."""
    bad, seeds = int((still.verdict == "degenerate").sum()), still.seed.nunique()
    number = f"{bad} of {len(still)} stationary points are degenerate; no interval: counted"
    rule = (
        f"{NOT}: any stationary point with gradient and curvature near 0; else not refuted, as "
        "points cannot prove it. A count, without a test"
    )
    reading = "network of 100 inputs, maxima and passes of J found from learning paths"
    verdict = NOT if bad else NOT_REFUTED
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


RATIO = "their ratio is 0.5 to 2"
POTENTIALS = {
    "spread": f"{RATIO}; any output may fire, as likely as it is",
    "winner": f"{RATIO}; the likeliest output fires",
}
#: {where: points of the study, further points}
WHERE = {
    "still": ("stationary points", "{ended}"),
    "path": ("all points of learning paths", "points of learning paths, network of 50 inputs"),
}
STEPS = {
    "step_1": ("step 1: B is far smaller than C", "|B| is at most |C|/10"),
    "step_2": ("step 2: C is positive", "C > 0"),
    "step_3": ("step 3: N is large enough for A + B + C > 0", "at the run's own N"),
}
OUTPUTS = "right answers over those of Bayes' rule, held-out samples; {kind}: {ended}"


def claims(ended: str) -> dict[str, tuple[str, str, str]]:
    """{key: claim, source, for what it holds}; ended : how many searches of further points did."""
    found = {
        "no_alarm": (
            "A + B + C > 0 tells saddles from maxima",
            "question",
            "A + B + C is not positive; maxima",
        )
    }
    sign = "A + B + C has the sign of the largest eigenvalue"
    potential = "step 2: C is about N times a difference of potentials"
    for where, (points, further) in WHERE.items():
        found[f"sign_{where}"] = sign, "control", points
        for step, (claim, reading) in STEPS.items():
            found[f"{step}_{where}"] = claim, SOURCE, f"{reading}; {points}"
        for name, reading in POTENTIALS.items():
            of = further.format(ended=ended)
            found[f"potential_{name}_{where}"] = potential, SOURCE, f"{reading}; {of}"
    found[f"valid_{MAXIMUM}"] = (
        "every local minimum corresponds to valid output",
        SOURCE,
        OUTPUTS.format(kind="maxima of J, which are the paper's minima", ended=ended),
    )
    found[f"valid_{PASS}"] = (
        "outputs are valid at saddles too, against the proof's step 2",
        "control",
        OUTPUTS.format(kind="passes of J, where one direction leads up", ended=ended),
    )
    return found


def ended_of(datasets: Mapping[str, xr.Dataset]) -> str:
    """How many of the searches in the network of 50 inputs ended at a stationary point."""
    if "fang_2018_points" not in datasets:
        return ""
    points = datasets["fang_2018_points"].to_dataframe()
    sought = points[points.kind != PATH]
    return (
        f"stationary points, network of 50 inputs, where {sought.converged.sum()} of {len(sought)} "
        "searches ended; the others are left out"
    )


def implications(paths: DataFrame, still: DataFrame) -> list[Finding]:
    """The theorem's implication on learning paths, and at stationary points."""
    rule = (
        f"{NOT}: a single point with A + B + C > 0 where the largest eigenvalue is not positive; "
        f"else {NOT_REFUTED}, as points cannot prove it. A count, without a test"
    )
    of_networks = {
        name: implied(paths[paths.network == network]) for network, name in NETWORKS.items()
    }
    positive = ", ".join(
        f"{of.positive} of {of.points} {name}" for name, of in of_networks.items() if of.points
    )
    rows = []
    on_paths = f"points of learning paths, which are not stationary; A + B + C > 0 at {positive}"
    for where, table, reading in (
        ("path", paths, on_paths),
        ("still", still, "distinct stationary points, network of 100 inputs"),
    ):
        of, seeds = implied(table), f"{table.seed.nunique()} seeds"
        number = (
            f"at {of.holds} of {of.positive} points with A + B + C > 0; that is positive at "
            f"{of.positive} of {of.points} points, the largest eigenvalue at {of.anyway}; "
            "no interval: counted"
        )
        claim = "where A + B + C > 0 the largest eigenvalue is positive"
        if of.points:
            key = f"implied_{where}"
            rows.append(Finding(key, claim, SOURCE, of.label, number, reading, seeds, rule))
    return rows


def findings(datasets: Mapping[str, xr.Dataset]) -> list[Finding]:
    """A row for each sentence."""
    paths, near = saddle_tables.tables(datasets)
    still, texts = saddle_tables.distinct(near), claims(ended_of(datasets))
    rows = [strict(still), no_noise()] if len(still) else [no_noise()]
    rows += implications(paths, still)
    rule = (
        f"{REPRODUCED}: at {NEARLY_ALL:.0%} or more of the points of every seed; {NOT}: at fewer in"
        " every seed; else undecided. Counted, without a test: it is a sentence about every point"
    )
    for key, held in sentences(datasets).items():
        claim, source, reading = texts[key]
        of = f"{len(held.points)} seeds"
        number = f"{held}; no interval: every seed is asked"
        rows.append(Finding(key, claim, source, label_of(held.shares), number, reading, of, rule))
    for key, ruling in outputs(datasets).items():
        claim, source, reading = texts[key]
        rows.append(ruled(key, claim, source, ruling, reading, "seeds", ".2f"))
    return rows


def hurry(datasets: Mapping[str, xr.Dataset]) -> Sequence[str]:
    """Five sentences."""
    paths, near = saddle_tables.tables(datasets)
    still = saddle_tables.distinct(near)
    path, points = implied(paths), implied(still)
    paper = implied(paths[paths.network == "paper"])
    alarms = implied(still[still.wanted_index == 0])
    return [
        "Theorem 1 says that noise which grows with the weight makes learning's objective J strict "
        "saddle: at its stationary points the largest eigenvalue of its Hessian is positive, "
        "because a sum A + B + C, Eq. (4), is.",
        f"Where the sum A + B + C of Theorem 1 is positive, so is the largest eigenvalue of the "
        f"Hessian at {path.holds} of {path.positive} points of learning paths, but only at "
        f"{points.holds} of {points.positive} stationary points: the sum is positive at "
        f"{alarms.positive} of {alarms.points} maxima too, where no direction leads up.",
        f"On learning paths the sum is positive at {path.positive} of {path.points} points, and at "
        f"{paper.positive} of {paper.points} of the paper's network, though the largest eigenvalue "
        f"is at {path.anyway}: what fails there are steps of the proof, that C is positive and N "
        "large enough.",
        "J itself contains no noise: its Hessian, and with it every saddle, is the same with "
        "Gaussian noise, with the paper's and without.",
        f"This is exact for J; the stationary points are {len(still)} of {still.seed.nunique()} "
        "seeds, of a network of 100 inputs and 4 outputs, and "
        f"{near.converged.size - int(near.converged.sum())} of {len(near)} searches found none.",
    ]
