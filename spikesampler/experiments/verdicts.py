"""Verdicts: what a comparison says about each claim, by the same rules for all.

A claim says that a difference d, pair by pair over seeds, is at least `least`, or with `least` = 0
that it is positive at all. What d has to stay below to refute it is `least`, or for 0 a smallest
effect of interest, `relevant`.

- *reproduced*: d is above 0 (95 % interval and Wilcoxon test), and its mean is at least
  `least`;
- *not reproduced*: d is below `relevant` (interval, and Wilcoxon test of d - relevant);
- *reproduced only online*: not reproduced in the test, but reproduced while learning, where the
  label leaks in;
- *undecided at this n*: otherwise, as always below six seeds, where no test can reach 5 %.

Tests of one start are corrected by Holm, family by family. Which claims there are is said by the
studies (`registry`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from spikesampler import stats
from spikesampler.experiments.claim import Claim
from spikesampler.experiments.compared import Compared
from spikesampler.experiments.registry import claims_of
from spikesampler.stats.survival import NO_ESCAPE

if TYPE_CHECKING:
    import xarray

__all__ = ["Verdict", "verdicts"]

LEVEL = 0.05
REPRODUCED = "reproduced"
NOT = "not reproduced"
ONLINE = "reproduced only online"
UNDECIDED = "undecided at this n"


class Verdict(NamedTuple):
    """One of the four labels, the claim, and the setting and numbers that gave it.

    p : corrected by Holm.
    """

    label: str
    claim: Claim
    start: str
    numbers: str
    p: float

    def __str__(self) -> str:
        return f"{self.label.upper()}: {self.claim.text} ({self.claim.source})\n    {self.numbers}"


class Evidence(NamedTuple):
    """A difference with its interval, what it suggests, and the p that has to bear that out."""

    mean: float
    low: float
    high: float
    p: float
    suggests: str


#: evidence in the test, and where it counts, while learning; and the numbers in words
Judgement = tuple[tuple[Evidence, ...], str]


def verdicts(comparison: Compared) -> list[Verdict]:
    """A Verdict for each start and each claim of its study."""
    claims = claims_of(comparison)
    judgements = []
    for start in comparison.starts:
        judged = [_JUDGES[claim.measure](comparison, claim, start) for claim in claims]
        families = [claim.family for claim in claims]
        corrected = _corrected(families, [evidence for evidence, _ in judged])
        for claim, evidence, (_, numbers) in zip(claims, corrected, judged):
            p = evidence[0].p
            numbers = _setting(claim, start, comparison.dataset) + numbers
            numbers += "" if np.isnan(p) else f", p = {p:.2g}"
            judgements.append(Verdict(_label(claim, *evidence), claim, start, numbers, p))
    return judgements


def _corrected(families: list[str], judged: list[tuple[Evidence, ...]]) -> list[list[Evidence]]:
    """The evidence on each claim, with p corrected by Holm over the claim's family."""
    corrected = [list(evidence) for evidence in judged]
    for family in dict.fromkeys(families):
        places = [
            (i, j)
            for i, evidence in enumerate(judged)
            if families[i] == family
            for j in range(len(evidence))
        ]
        for (i, j), p in zip(places, stats.holm([judged[i][j].p for i, j in places])):
            corrected[i][j] = judged[i][j]._replace(p=float(p))
    return corrected


def _label(claim: Claim, evidence: Evidence, online: Evidence | None = None) -> str:
    """The verdict from evidence in the test and, where it counts, from that while learning."""
    label = _borne_out(claim, evidence)
    leak = UNDECIDED if online is None else _borne_out(claim, online)
    if label == NOT and leak == REPRODUCED:
        return ONLINE
    if claim.measure == "both" and label != NOT:
        return REPRODUCED if label == leak == REPRODUCED else NOT if leak == NOT else UNDECIDED
    return label


def _borne_out(claim: Claim, evidence: Evidence) -> str:
    return evidence.suggests if evidence.p < LEVEL or claim.measure == "time" else UNDECIDED


def _weigh(
    values: np.ndarray, control: np.ndarray, least: float, relevant: float, shift: float = 0.0
) -> Evidence:
    """Is values - control - shift, pair by pair, positive and at least `least`?"""
    mean, low, high, p, _ = stats.paired_difference(values, control, shift=shift)
    if low > 0 and mean >= least:
        return Evidence(mean, low, high, p, REPRODUCED)
    if high < relevant:
        refuted = stats.paired_difference(values, control, shift=shift + relevant)
        return Evidence(mean, low, high, refuted.p, NOT)
    return Evidence(mean, low, high, p, UNDECIDED)


def _pair(comparison: Compared, claim: Claim, start: str, name: str) -> list[np.ndarray]:
    """A variable of every seed, of the claim's arm and of its control."""
    return [comparison.values(name, arm, start) for arm in (claim.arm, claim.control)]


def _accuracy(comparison: Compared, claim: Claim, start: str) -> Judgement:
    relevant = claim.least or claim.relevant
    evidence = []
    for name in ("test", "online"):
        values, control = _pair(comparison, claim, start, f"final_{name}_accuracy")
        evidence.append(_weigh(values, control, claim.least, relevant))
    test, online = evidence
    return (test, online), f"test {_signed(test)}, online {_signed(online)}"


def _kept(comparison: Compared, claim: Claim, start: str) -> Judgement:
    values, control = _pair(comparison, claim, start, "final_test_accuracy")
    difference = stats.paired_difference(values, control)
    evidence = _weigh(values, control, 0.0, 0.0, shift=-claim.relevant)
    return (evidence,), f"test {_signed(difference)}"


def _ahead(comparison: Compared, claim: Claim, start: str) -> Judgement:
    times = comparison.dataset["probe_time"].values
    then = int(np.searchsorted(times, claim.at, side="right")) - 1
    values, control = _pair(comparison, claim, start, "probe_accuracy")
    evidence = _weigh(values[:, then], control[:, then], claim.least, claim.least)
    return (evidence,), f"probe {_signed(evidence)}"


def _shortfall(comparison: Compared, claim: Claim, start: str) -> Judgement:
    own = comparison.values("final_test_accuracy", claim.arm, start)
    ceiling = comparison.values("final_bayes_accuracy", claim.arm, start)
    evidence = _weigh(ceiling, own, claim.least, claim.least)
    return (evidence,), f"test {own.mean():.3f}, the Bayes-optimal minus that {_signed(evidence)}"


def _escape(comparison: Compared, claim: Claim, start: str) -> Judgement:
    if np.isnan(comparison.dataset.attrs["escape_threshold"]):
        return _undefined_escape()
    times, control = (comparison.escape(arm, start) for arm in (claim.arm, claim.control))
    # nothing earlier can be seen than one probe before
    between_probes = np.diff(comparison.dataset["probe_time"].values).min()
    relevant = max(claim.relevant * np.median(control.seconds), between_probes)
    evidence = _weigh(control.seconds, times.seconds, 0.0, relevant)
    if evidence.suggests != NOT:  # where all escape together, log-rank says nothing: nan, undecided
        p = float(np.maximum(evidence.p, stats.logrank_p(times, control)))
        evidence = evidence._replace(p=p)
    medians = " against ".join(_seconds(stats.escape_median(each)) for each in (times, control))
    return (evidence,), f"{medians}, sooner by {_signed(evidence, '.0f')} s"


def _time(comparison: Compared, claim: Claim, start: str) -> Judgement:
    if np.isnan(comparison.dataset.attrs["escape_threshold"]):
        return _undefined_escape()
    median = stats.escape_median(comparison.escape(claim.arm, start))
    suggests = UNDECIDED
    if median.high <= claim.least:
        suggests = REPRODUCED
    elif median.low > claim.least:
        suggests = NOT
    return (Evidence(*median[:3], np.nan, suggests),), _seconds(median)


def _undefined_escape() -> Judgement:
    return (Evidence(np.nan, np.nan, np.nan, np.nan, UNDECIDED),), NO_ESCAPE


_JUDGES = {
    "accuracy": _accuracy,
    "both": _accuracy,
    "kept": _kept,
    "ahead": _ahead,
    "shortfall": _shortfall,
    "escape": _escape,
    "time": _time,
}


def _signed(difference: Any, form: str = ".3f") -> str:
    mean, low, high = (f"{number:+{form}}" for number in difference[:3])
    return f"{mean} [{low}, {high}]".replace("[+nan, +nan]", "[no interval]")


def _seconds(interval: Any) -> str:
    median, low, high = ("never" if np.isinf(s) else f"{s:.0f} s" for s in interval[:3])
    return f"{median} [no interval]" if np.isnan(interval[1]) else f"{median} [{low}, {high}]"


def _setting(claim: Claim, start: str, dataset: xarray.Dataset) -> str:
    against = "" if claim.measure in ("time", "shortfall") else f" against {claim.control}"
    attrs = dataset.attrs
    chosen = f", {attrs['set']}" if attrs["set"] else ""
    where = (
        f"{attrs['data']}, start {start}, {attrs['samples']} samples{chosen}, n ="
        f" {dataset.sizes['seed']}"
    )
    return f"{claim.arm}{against}, {where}: "
