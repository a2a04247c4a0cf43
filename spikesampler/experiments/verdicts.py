"""Verdicts: what a comparison says about each claim, by the rules of `spikesampler.stats.rules`.

Accuracies are means over time (the last 2000 s of probes, or all of learning), as a single snapshot
of a noisy network varies by several points; the snapshot at the end is said beside them. All tests
of the claims of one family and start are corrected together by Holm. Which claims there are is said
by the studies (`registry`), and what is asked of arms that no claim is about by `questions`. No p
of a comparison is anywhere else: tables have intervals alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from spikesampler import stats
from spikesampler.experiments.claim import Claim
from spikesampler.experiments.compared import Compared
from spikesampler.experiments.questions import questions_of
from spikesampler.experiments.registry import claims_of
from spikesampler.stats import rules
from spikesampler.stats.courses import half_times
from spikesampler.stats.rules import Ruling
from spikesampler.stats.ruling import in_own_words, is_ours
from spikesampler.stats.signs import median_interval
from spikesampler.stats.survival import NO_ESCAPE

if TYPE_CHECKING:
    import xarray

__all__ = ["Verdict", "verdicts"]


class Verdict(NamedTuple):
    """A label, the claim, the start, and the numbers and the setting that gave it, as texts.

    p : corrected by Holm. number : the one that decides, with interval and p. beside : what else
    has to be said. reading : arms, data, start and length; num : of seeds. rule : what would have
    given which label.
    """

    label: str
    claim: Claim
    start: str
    number: str
    beside: str
    reading: str
    num: int
    rule: str
    p: float

    @property
    def word(self) -> str:
        """The label as readers see it: what no paper claims holds or does not."""
        return in_own_words(self.label) if is_ours(self.claim.source) else self.label

    @property
    def setting(self) -> str:
        """The reading and n."""
        return f"{self.reading}, n = {self.num}"

    @property
    def numbers(self) -> str:
        """The setting and all numbers."""
        return f"{self.setting}: {self.number}" + (f"; {self.beside}" if self.beside else "")

    def __str__(self) -> str:
        return f"{self.word.upper()}: {self.claim.text} ({self.claim.source})\n    {self.numbers}"


class Judged(NamedTuple):
    """A ruling, how its number is printed, and what is said beside it."""

    ruling: Ruling
    form: str = "+.3f"
    unit: str = ""
    beside: str = ""


def verdicts(comparison: Compared, measures: Collection[str] = ()) -> list[Verdict]:
    """A Verdict for each start and each claim of its study, and each question beside these.

    measures : of claims and questions by these alone, if any are given.
    """
    of_study = claims_of(comparison)
    asked = [*of_study, *questions_of(comparison, of_study)]
    claims = [claim for claim in asked if not measures or claim.measure in measures]
    dataset, found = comparison.dataset, []
    for start in comparison.starts:
        judged = [_JUDGES[claim.measure](comparison, claim, start) for claim in claims]
        rulings = {
            i: replace(judged[i].ruling, untested=claim.untested.get(start, ""))
            for i, claim in enumerate(claims)
        }
        tested = [i for i, ruling in rulings.items() if not ruling.untested]
        for family in dict.fromkeys(claim.family for claim in claims):
            places = [i for i in tested if claims[i].family == family]
            of_family = [judged[i].ruling for i in places]
            name = f"{family}, {_setting(start, dataset)}"
            rulings |= dict(zip(places, rules.in_family(of_family, name)))
        for i, (claim, (_, form, unit, beside)) in enumerate(zip(claims, judged)):
            number, rule = rules.said(rulings[i], form, unit), rules.rule_text(rulings[i], unit)
            reading, num = _reading(claim, start, dataset), dataset.sizes["seed"]
            label, p = rulings[i].label, rulings[i].p
            found.append(Verdict(label, claim, start, number, beside, reading, num, rule, p))
    return found


def _pair(comparison: Compared, claim: Claim, start: str, name: str) -> list[np.ndarray]:
    """A variable of every seed, of the claim's arm and of its control."""
    return [comparison.values(name, arm, start) for arm in (claim.arm, claim.control)]


def _snapshot(comparison: Compared, claim: Claim, start: str) -> str:
    """The same difference at the last moment, where the claim is about the end of learning; ""
    where it is unknown.
    """
    if claim.values != "late_probe_accuracy":
        return ""
    values, control = _pair(comparison, claim, start, "final_test_accuracy")
    if claim.measure == "kept":
        lost = stats.paired_difference(control, values, within=stats.CHANGE)
        return f"last snapshot {rules.in_brackets(*lost[:3])} lost"
    if claim.percent:
        gains = _in_percent(values, control)
        if np.isnan(gains).any():
            return ""
        more = stats.paired_difference(gains, np.zeros(len(gains)), within=(-100.0, np.inf))
        return f"last snapshot {rules.in_brackets(*more[:3], '+.1f')} %"
    difference = stats.paired_difference(values, control, within=stats.CHANGE)
    return f"last snapshot {rules.in_brackets(*difference[:3])}"


def _in_percent(values: np.ndarray, control: np.ndarray) -> np.ndarray:
    """By how much values are above those of the control, in % of these; all nan where one is 0."""
    if not (control > 0).all():
        return np.full(len(values), np.nan)
    return 100 * (values / control - 1)


def _gain(comparison: Compared, claim: Claim, start: str) -> Judged:
    values, control = _pair(comparison, claim, start, claim.values)
    beside = _snapshot(comparison, claim, start)
    if not claim.percent:
        ruling = rules.at_least(values, control, claim.least, claim.relevant).cut(*stats.CHANGE)
        return Judged(ruling, beside=beside)
    gains = _in_percent(values, control)
    if np.isnan(gains).any():
        return Judged(rules.undefined(f"{claim.control} answers nothing right in a run"))
    return Judged(rules.at_least(gains, least=claim.least).cut(-100.0, np.inf), "+.1f", "%", beside)


def _kept(comparison: Compared, claim: Claim, start: str) -> Judged:
    values, control = _pair(comparison, claim, start, claim.values)
    ruling = rules.at_most(control, values, claim.relevant).cut(*stats.CHANGE)
    return Judged(ruling, unit="lost", beside=_snapshot(comparison, claim, start))


def _ahead(comparison: Compared, claim: Claim, start: str) -> Judged:
    then = _probe(comparison, claim.at)
    values, control = _pair(comparison, claim, start, "probe_accuracy")
    ruling = rules.at_least(values[:, then], control[:, then], claim.least)
    return Judged(ruling.cut(*stats.CHANGE))


def _probe(comparison: Compared, seconds: float) -> int:
    """The last probe that is not after a time."""
    times = comparison.dataset["probe_time"].values
    return int(np.searchsorted(times, seconds, side="right")) - 1


def _shortfall(comparison: Compared, claim: Claim, start: str) -> Judged:
    own = comparison.values(claim.values, claim.arm, start)
    if math.isfinite(claim.at):
        own = comparison.values("probe_accuracy", claim.arm, start)[:, _probe(comparison, claim.at)]
    ceiling = comparison.values("final_bayes_accuracy", claim.arm, start)
    ruling = rules.above(ceiling, own, claim.least).cut(*stats.CHANGE)
    beside = f"Bayes-optimal {ceiling.mean():.3f}, {claim.arm} {own.mean():.3f}"
    return Judged(ruling, beside=beside)


def _escape(comparison: Compared, claim: Claim, start: str) -> Judged:
    if np.isnan(comparison.dataset.attrs["escape_threshold"]):
        return Judged(rules.undefined(NO_ESCAPE))
    times, control = (comparison.escape(arm, start) for arm in (claim.arm, claim.control))
    ruling = rules.sooner(times, control, _resolution(comparison), claim.relevant)
    medians = " against ".join(_seconds(stats.escape_median(each)) for each in (times, control))
    return Judged(ruling, "+.0f", "s saved", f"medians {medians}")


def _resolution(comparison: Compared) -> float:
    """Seconds from a probe to the next; the last may be sooner, at the end of the run."""
    return float(np.diff(comparison.dataset["probe_time"].values).max())


def _by(comparison: Compared, claim: Claim, start: str) -> Judged:
    if np.isnan(comparison.dataset.attrs["escape_threshold"]):
        return Judged(rules.undefined(NO_ESCAPE))
    times = comparison.escape(claim.arm, start)
    seconds = np.where(times.escaped, np.maximum(times.seconds, 1e-9), np.inf)
    ruling = rules.by(seconds, claim.least, _resolution(comparison))
    return Judged(ruling, ".0f", "s", _times_sooner(ruling, claim.least))


def _times_sooner(ruling: Ruling, seconds: float) -> str:
    """How far a median time is from one that it was to come by; "" where it did not."""
    if not 0 < ruling.estimate < seconds:
        return ""
    least = "at least " if ruling.low == 0 else ""
    return f"{seconds:.0f} s is {least}{seconds / ruling.estimate:.3g} times that"


def _course(comparison: Compared, claim: Claim, start: str) -> Judged:
    curves = comparison.values("probe_accuracy", claim.arm, start)
    attrs, time = comparison.dataset.attrs, comparison.dataset["probe_time"].values
    seconds = half_times(time, curves, float(attrs["chance"]))
    resolution = _resolution(comparison)
    ruling = rules.factor(seconds, claim.least, claim.within, resolution)
    median = _seconds(median_interval(seconds))
    return Judged(ruling, ".3f", "", f"median {median}, probed every {resolution:g} s")


_JUDGES: dict[str, Callable[[Compared, Claim, str], Judged]] = {
    "gain": _gain,
    "kept": _kept,
    "ahead": _ahead,
    "shortfall": _shortfall,
    "escape": _escape,
    "by": _by,
    "course": _course,
}


def _seconds(interval: stats.Interval) -> str:
    median, low, high = ("never" if np.isinf(s) else f"{s:.0f} s" for s in interval[:3])
    return median if np.isnan(interval[1]) else f"{median} [{low}, {high}]"


def _reading(claim: Claim, start: str, dataset: xarray.Dataset) -> str:
    alone = claim.measure in ("by", "course", "shortfall")
    against = "" if alone else f" against {claim.control}"
    return f"{claim.arm}{against}, {_setting(start, dataset)}"


def _setting(start: str, dataset: xarray.Dataset) -> str:
    """Data, start, length and parameters of a comparison."""
    attrs = dataset.attrs
    chosen = f", {attrs['set']}" if attrs["set"] else ""
    return f"{attrs['data']}, start {start}, {attrs['samples']} samples{chosen}"
