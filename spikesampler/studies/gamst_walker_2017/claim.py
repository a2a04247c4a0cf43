"""A claim with the values that it is weighed on, and the finding that a rule makes of it.

What is independent is a unit (a target function, say): the cases (networks, trials, paths) of one
unit are averaged first. The same rule on the cases of each unit alone says in how many it holds.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from spikesampler.stats.counts import counted
from spikesampler.stats.rules import Ruling, in_family, rule_text, said
from spikesampler.studies.finding import Finding

__all__ = ["NAMES", "PAPER", "Claim", "finding_of", "rulings_of", "words"]

PAPER = "Gamst & Walker (2017)"
NAMES = {
    "momentum": "gradient descent, rate 0.001",
    "momentum_keras": "gradient descent, rate 0.01",
    "adadelta_keras_2017": "Adadelta",
}

Array = np.ndarray
Rule = Callable[[Array], Ruling]


@dataclass(frozen=True)
class Claim:
    """A claim about one optimiser, or about all ("").

    cases : (function, case), nan for what is missing. rule : of values (n,), one of `stats.rules`.
    number : what the values are, in words; form : of its numbers. where : section of the paper, or
    "control", "question". most : what a case is if it is not 0, where there is nothing between.
    """

    key: str
    text: str
    where: str
    optimizer: str
    cases: Array
    rule: Rule
    number: str
    form: str = ".3f"
    unit: str = ""
    of: str = "networks"
    most: float | None = None

    @property
    def functions(self) -> Array:
        """Mean of each function's cases, (function,)."""
        return np.nanmean(self.cases, axis=1)


def _over_functions(claim: Claim) -> Ruling:
    """The ruling. Of counts the interval ends where shares do, and if all functions have the same
    share, which leaves no spread to tell an interval from, cases are counted one by one.
    """
    ruling = claim.rule(claim.functions)
    if claim.most is None:
        return ruling
    cases = claim.cases[np.isfinite(claim.cases)]
    alike = np.ptp(cases) == 0
    return _counted(claim, ruling, cases) if alike else ruling.cut(0, claim.most)


def _counted(claim: Claim, ruling: Ruling, cases: Array) -> Ruling:
    return counted(ruling, np.count_nonzero(cases), len(cases), claim.most or 1.0)


def _of_one_function(claim: Claim, cases: Array) -> Ruling:
    ruling = claim.rule(cases)
    return ruling if claim.most is None else _counted(claim, ruling, cases)


def rulings_of(claims: list[Claim]) -> list[Ruling]:
    """Over functions; the tests of one claim, by all optimisers, are corrected together (Holm)."""
    rulings = []
    for key, same in groupby(claims, key=lambda claim: claim.key):
        each = [_over_functions(claim) for claim in same]
        rulings += (
            in_family(each, f"{key}, all optimisers")
            if sum(len(one.tests) for one in each) > 1
            else each
        )
    return rulings


def per_function(claim: Claim) -> str:
    """How often the same rule, on the cases of one function alone, gives which label; "" if no
    function has two.
    """
    rows = [row[np.isfinite(row)] for row in claim.cases]
    if min(map(len, rows)) < 2:
        return ""
    labels = Counter(_of_one_function(claim, row).label for row in rows)
    return ", ".join(f"{label} on {number}" for label, number in labels.most_common())


def words(claim: Claim, ruling: Ruling) -> str:
    """The number that decides, with its interval, and what single functions say."""
    alone = per_function(claim)
    signed = {"within": "+", "positive": "+"}.get(ruling.kind, "")
    number = f"{claim.number}: {said(ruling, signed + claim.form, claim.unit)}"
    if claim.most is not None:
        cases = claim.cases[np.isfinite(claim.cases)]
        number += f"; {np.count_nonzero(cases)} of {len(cases)} {claim.of} in all"
    return number + (f"; single functions: {alone}" if alone else "")


def finding_of(claim: Claim, ruling: Ruling, reading: str) -> Finding:
    """The row of a claim; reading : what was trained, and for how long."""
    who = NAMES.get(claim.optimizer, "all optimisers")
    missing = int(np.isnan(claim.cases).sum())
    number, cases = claim.cases.shape
    size = f"{number} target functions" + (f", {cases} {claim.of} each" if cases > 1 else "")
    return Finding(
        key=f"{claim.key}_{claim.optimizer}".strip("_"),
        claim=claim.text,
        source=claim.where if claim.where == "question" else f"{PAPER}, {claim.where}",
        verdict=ruling.label,
        number=words(claim, ruling),
        reading=f"{who}; {reading}",
        n=size + (f", {missing} of them diverged" if missing else ""),
        rule=rule_text(ruling, claim.unit),
    )
