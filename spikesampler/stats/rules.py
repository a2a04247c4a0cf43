"""The rules by which verdicts are given: a number, what it is held against, and what that makes it.

Each rule holds an estimate against one or two bounds that were fixed beforehand, each by a test of
its own; the interval beside it is that of the same tests. A test is *clear* where its p, corrected
by Holm over all tests of the rulings that are given together (`in_family`), is below LEVEL.

    at_least    a mean, or the mean of paired differences, against what was claimed
    above       the same, where less than claimed is no smaller truth of the same kind
    at_most     the same, where the claim is that it is no more than this
    equivalent  the same, where the claim is that it is as good as zero
    factor      times or ratios, against the same within a factor
    by          times, against a time by which half of them should have come
    share       how many of n, against a share
    sooner      times of escape, against those of a control, with probes of some distance

Values that are all equal have no interval, and the p of their signs; where they are counts of cases
`stats.counts` makes a ruling of the binomial law.

Labels: REPRODUCED, NOT, SMALLER (clearly there, and clearly less than claimed), UNDECIDED, and of
`sooner` COARSE. No rule can give one label only: which data give which is tested for each.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from spikesampler.errors import InputError
from spikesampler.stats.intervals import NAN, Interval, mean_interval, mean_p, wilson
from spikesampler.stats.ruling import (
    COARSE,
    EQUAL,
    LEVEL,
    NOT,
    REPRODUCED,
    SMALLER,
    UNDECIDED,
    UNTESTED,
    Bound,
    Ruling,
    in_brackets,
    in_family,
    in_short,
    rule_text,
    said,
    undefined,
)
from spikesampler.stats.signs import median_interval, sign_p
from spikesampler.stats.survival import Escape

__all__ = [
    "COARSE",
    "LEVEL",
    "NOT",
    "REPRODUCED",
    "SMALLER",
    "UNDECIDED",
    "UNTESTED",
    "Ruling",
    "above",
    "at_least",
    "at_most",
    "by",
    "equivalent",
    "factor",
    "in_brackets",
    "in_family",
    "in_short",
    "rule_text",
    "said",
    "share",
    "sooner",
    "undefined",
]


def at_least(
    values: ArrayLike, control: ArrayLike = 0.0, least: float = 0.0, relevant: float = 0.0
) -> Ruling:
    """Is the mean of values - control, pair by pair, at least `least`; with 0, above 0 at all?

    `relevant` is for a claim of any gain (least 0): the smallest that matters, which refutes it
    where the gain is clearly below. values, control (n,), or one number for all.
    """
    if not (least > 0 or relevant > 0):
        raise InputError(
            f"least {least:g} and relevant {relevant:g}: give what is claimed, or for any gain the "
            "smallest that matters, above 0; nothing could refute the claim without"
        )
    kind = "at_least" if least > 0 else "positive"
    return _of_mean(kind, _differences(values, control), (0.0, least or relevant))


def above(values: ArrayLike, control: ArrayLike = 0.0, least: float = 0.0) -> Ruling:
    """Is the mean of values - control, pair by pair, above `least`, whatever lies below?"""
    return _of_mean("above", _differences(values, control), (least,))


def at_most(values: ArrayLike, control: ArrayLike = 0.0, most: float = 0.0) -> Ruling:
    """Is the mean of values - control, pair by pair, below `most`?"""
    return _of_mean("at_most", _differences(values, control), (most,))


def equivalent(values: ArrayLike, control: ArrayLike, margin: float) -> Ruling:
    """Is the mean of values - control, pair by pair, between -margin and margin?"""
    return _of_mean("within", _differences(values, control), (-margin, margin))


def factor(
    times: ArrayLike, control: ArrayLike, within: float = 2.0, resolution: float = 0.0
) -> Ruling:
    """Are times those of the control, pair by pair, or a number claimed, within a factor?

    The estimate is the ratio: its geometric mean, or where some times are inf (a run that never
    arrived) the median, which needs no more of them than that they are longer; the note says how
    many. Where both of a pair are inf its ratio is unknown, and counts as whatever speaks least for
    a clear result. Times that are nan (failed runs) are an InputError: say what became of them.
    resolution : s from a probe to the next, if that is how times were found. One at the first probe
    is at most that. Where half of them are, the estimate is no more than a bound: it can refute the
    claim from below, and no bound of the interval is known there; else the verdict is COARSE.
    """
    first, second = _positive(times), _positive(control)
    with np.errstate(invalid="ignore"):
        logs = np.log(first) - np.log(second)
    bounds = (-float(np.log(within)), float(np.log(within)))
    ruling = _exponential(_of_times("within", logs, bounds))
    at_first = int((first <= resolution).sum())
    if resolution:
        also = (
            "too coarse a probe: half of the times, or more, are those of the first, which is not"
            " too soon already"
        )
        ruling = replace(ruling, also=also)
    return _bounded(ruling, at_first, resolution) if 2 * at_first >= len(first) else ruling


def _bounded(ruling: Ruling, at_first: int, resolution: float) -> Ruling:
    """The ruling on times of which so many are at the first probe, and known as bounds alone."""
    bound = f"as {at_first} of {ruling.num} come by the first probe, at {resolution:g} s"
    if ruling.estimate < ruling.tests[0].value:
        high = ruling.estimate if np.isnan(ruling.high) else ruling.high
        return replace(ruling, low=0.0, high=high, note=f"at most that, {bound}")
    tests = tuple(test._replace(side=0, p=NAN) for test in ruling.tests)
    note = f"at most {ruling.estimate:.2g}, {bound}"
    seen = replace(ruling, estimate=NAN, low=NAN, high=NAN)
    return replace(seen, tests=tests, coarse="too coarse", note=note)


def by(times: ArrayLike, most: float, resolution: float = 0.0) -> Ruling:
    """Have half of the times come by `most`? Median and sign test, so that inf is just late.

    resolution : s from a probe to the next; a time at the first is at most that, so that no bound
    is known below it.
    """
    values = _positive(times)
    ruling = _of_signs("at_most", values, (most,))
    at_first = int((values <= resolution).sum())
    if ruling.low <= resolution:
        ruling = replace(ruling, low=0.0)
    if ruling.estimate <= resolution:
        note = f"at most that: {at_first} of {ruling.num} come by the first probe"
        ruling = replace(ruling, note=note)
    return ruling


def share(successes: int, num: int, least: float) -> Ruling:
    """Is a share of independent cases above `least`? Wilson's interval, and the score test's p."""
    if not 0 <= successes <= num or num < 1:
        raise InputError(f"{successes} of {num} cases: give a count from 0 to the number of cases")
    from scipy.special import ndtr

    low, high = wilson(successes / num, num)
    z = (successes / num - least) / np.sqrt(least * (1 - least) / num)
    test = Bound(least, int(np.sign(z)), float(2 * ndtr(-abs(z))))
    method = "share, Wilson's interval"
    return Ruling("above", successes / num, float(low), float(high), num, (test,), method)


def sooner(times: Escape, control: Escape, resolution: float, relevant: float = 0.1) -> Ruling:
    """Do runs escape sooner than those of the control, seed by seed?

    The estimate is the time saved within the runs' length, which all have: runs that never escape
    count with it (the restricted mean). resolution : s between probes, the finest difference there
    is; relevant : the part of the control's time that matters at least, if that can be seen. Where
    the control escapes within two probes, or no more is saved than the resolution, nothing sooner
    can be seen: the verdict is COARSE, and `coarse` says what would be fine enough.
    """
    if np.isnan(times.seconds).any() or np.isnan(control.seconds).any():
        return undefined("escape is undefined")
    usual = float(np.mean(control.seconds))
    ruling = at_least(control.seconds, times.seconds, relevant=max(relevant * usual, resolution))
    also = (
        f"the smallest is {100 * relevant:g} % of the control's mean time ({usual:.0f} s), or the"
        f" distance of probes ({resolution:.3g} s) where that is more; too coarse a probe: no more"
        " saved than that distance, or the control out in two of them"
    )
    ruling = replace(ruling, also=also)
    seen = ruling.label in (REPRODUCED, SMALLER)
    if usual <= 2 * resolution or (seen and ruling.estimate <= resolution):
        fine = f"a probe every {resolution:.3g} s; every {relevant * usual:.3g} s would be enough"
        ruling = replace(ruling, coarse=fine)
    never = [int((~runs.escaped).sum()) for runs in (times, control)]
    note = f"{never[0]} and, of the control, {never[1]} of {len(times.seconds)} never escape"
    return replace(ruling, note=note if any(never) else "")


def _differences(values: ArrayLike, control: ArrayLike) -> np.ndarray:
    first, second = np.asarray(values, float), np.asarray(control, float)
    if second.ndim and first.shape != second.shape:
        raise InputError(
            f"{first.size} values and {second.size} of the control: give them in pairs"
        )
    return first - second


def _positive(times: ArrayLike) -> np.ndarray:
    """Times or costs as an array; InputError for those of failed runs, and for none at all."""
    values = np.asarray(times, dtype=float)
    if values.size == 0 or not (values > 0).all():
        raise InputError(
            f"{values.size} times, {int((values > 0).sum())} of them above 0: give times above 0, "
            "inf for what never came"
        )
    return values


def _of_mean(kind: str, values: np.ndarray, bounds: Sequence[float]) -> Ruling:
    ruling = _tested(kind, mean_interval(values), bounds, lambda bound: mean_p(values, bound))
    if ruling.low == ruling.high:  # nothing is known of the spread of equal values
        return replace(ruling, low=NAN, high=NAN, method=EQUAL)
    return ruling


def _of_signs(kind: str, values: np.ndarray, bounds: Sequence[float]) -> Ruling:
    interval = median_interval(values)
    ruling = _tested(kind, interval, bounds, lambda bound: sign_p(values, bound))
    never = int(np.isposinf(values).sum())
    note = f"{never} of {len(values)} never arrive" if never else ""
    return replace(ruling, method="median, sign test", note=note)


def _of_times(kind: str, logs: np.ndarray, bounds: Sequence[float]) -> Ruling:
    """Of logarithms of ratios: their mean, or the median where some are not finite."""
    if np.isfinite(logs).all():
        method = "geometric mean, Student's t of logarithms corrected for skewness"
        ruling = _of_mean(kind, logs, bounds)
        return ruling if ruling.method == EQUAL else replace(ruling, method=method)
    ruling = _of_signs(kind, logs, bounds)
    counts = np.isposinf(logs).sum(), np.isneginf(logs).sum(), np.isnan(logs).sum()
    who = ("only the first never arrives", "only the control never arrives", "neither arrives")
    never = (f"{each} in {count}" for count, each in zip(counts, who) if count)
    return replace(ruling, note=f"of {len(logs)} pairs {', '.join(never)}")


def _tested(
    kind: str, interval: Interval, bounds: Sequence[float], p: Callable[[float], float]
) -> Ruling:
    estimate, low, high, num = interval
    tests = tuple(Bound(bound, int(np.sign(estimate - bound)), p(bound)) for bound in bounds)
    return Ruling(kind, estimate, low, high, int(num), tests)


def _exponential(ruling: Ruling) -> Ruling:
    estimate, low, high = np.exp([ruling.estimate, ruling.low, ruling.high]).tolist()
    tests = tuple(test._replace(value=float(np.exp(test.value))) for test in ruling.tests)
    return replace(ruling, estimate=estimate, low=low, high=high, tests=tests)
