"""What a rule gives: an estimate, the bounds that it was held against, and the verdict of that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from spikesampler.stats.intervals import NAN
from spikesampler.stats.paired import holm

__all__ = [
    "COARSE",
    "EQUAL",
    "LEVEL",
    "NOT",
    "OURS",
    "REPRODUCED",
    "SMALLER",
    "UNDECIDED",
    "UNTESTED",
    "Bound",
    "Ruling",
    "in_brackets",
    "in_family",
    "in_own_words",
    "in_short",
    "is_ours",
    "number_said",
    "rule_text",
    "said",
    "undefined",
]

LEVEL = 0.05
REPRODUCED = "reproduced"
NOT = "not reproduced"
SMALLER = "smaller than claimed"
UNDECIDED = "undecided at this n"
COARSE = "undecided: the probe is too coarse"
UNTESTED = "not tested here"
OURS = ("question", "control", "asked afterwards")  #: how a source begins that is no paper
#: what labels are called where no paper claims anything that could be reproduced; in this order
OWN_WORDS = {NOT: "does not hold", REPRODUCED: "holds", SMALLER: "holds, but is small"}
EQUAL = "mean of values that are all equal, sign test"  #: a method, with p = 2^(1 - n)

#: {rule: what its tests have to say, which of them (below, above) are named: label}; see _label
_WORDS = {
    "at_least": (
        "reproduced: clearly above {1}; smaller than claimed: clearly above {0} and below {1}; "
        "not reproduced: clearly below {1}"
    ),
    "positive": (
        "reproduced: clearly above {0}; smaller than claimed: that, and clearly below {1}, the "
        "smallest that matters; not reproduced: clearly below {1}"
    ),
    "at_most": "reproduced: clearly below {0}; not reproduced: clearly above {0}",
    "within": "reproduced: clearly above {0} and below {1}; not reproduced: clearly outside",
    "above": "reproduced: clearly above {0}; not reproduced: clearly below {0}",
}


class Bound(NamedTuple):
    """What the estimate is tested against; its side, 1 above and -1 below; and the p of that."""

    value: float
    side: int
    p: float

    @property
    def clear(self) -> int:
        """1 clearly above, -1 clearly below, 0 neither."""
        return self.side if self.p < LEVEL else 0


@dataclass(frozen=True)
class Ruling:
    """An estimate with its interval, the tests that it went through, and the verdict they give.

    kind : of rule. estimate, low, high : in the unit of `tests`' bounds. num : how many independent
    values. method : what interval and p are. family, size : which tests Holm's correction is over,
    and how many; "" before `in_family`. coarse : "" or why a difference cannot be seen; note : what
    has to be said beside the number. untested :
    "" or why it is no test of the claim: no p then. also : a further condition of the rule.
    """

    kind: str
    estimate: float
    low: float
    high: float
    num: int
    tests: tuple[Bound, ...]
    method: str = "mean, Student's t corrected for skewness"
    family: str = ""
    size: int = 1
    coarse: str = ""
    untested: str = ""
    also: str = ""
    note: str = ""

    def cut(self, least: float, most: float) -> "Ruling":
        """The same, its interval cut at what a mean can be: a share is 0 to 1.

        No mean lies in what is cut off, so as many intervals hold it as before.
        """
        return replace(self, low=max(self.low, least), high=min(self.high, most))

    @property
    def label(self) -> str:
        """The verdict."""
        label = _label(self.kind, [test.clear for test in self.tests])
        return UNTESTED if self.untested else COARSE if self.coarse else label

    @property
    def _deciding(self) -> Bound:
        """The test that carries the verdict: of a verdict that needs two, the one of larger p."""
        first, last = self.tests[0], self.tests[-1]
        if self.opposite:
            return first
        if self.label == SMALLER or (self.kind == "within" and self.label == REPRODUCED):
            return max(first, last, key=lambda test: test.p)
        if self.kind == "within":
            return first if self.estimate < (first.value + last.value) / 2 else last
        return first if self.kind == "positive" and self.label != NOT else last

    @property
    def opposite(self) -> bool:
        """Whether a claim of a gain is not reproduced because there clearly is a loss."""
        gain = self.kind in ("at_least", "positive")
        return gain and self.label == NOT and self.tests[0].clear < 0

    @property
    def p(self) -> float:
        """Of the test that carries the verdict, corrected for the family where there is one."""
        return self._deciding.p

    @property
    def against(self) -> float:
        """The bound of that test."""
        return self._deciding.value


def _label(kind: str, clear: Sequence[int]) -> str:
    low, high = clear[0], clear[-1]
    if kind == "within":
        outside = low < 0 or high > 0
        return REPRODUCED if low > 0 > high else NOT if outside else UNDECIDED
    if kind == "at_most":
        return {-1: REPRODUCED, 1: NOT}.get(low, UNDECIDED)
    if kind == "positive" and low > 0 and high >= 0:
        return REPRODUCED
    if high > 0:
        return REPRODUCED
    if high < 0:
        return SMALLER if low > 0 and len(clear) > 1 else NOT
    return UNDECIDED


def is_ours(source: str) -> bool:
    """Whether a claim is of no paper, by its source."""
    return source.startswith(OURS)


def in_own_words(text: str) -> str:
    """A text with labels of rules, for what no paper claims."""
    for label, words in OWN_WORDS.items():
        text = text.replace(label, words)
    return text


def undefined(note: str) -> Ruling:
    """A ruling where there is nothing to hold against anything: undecided, and why."""
    return Ruling("above", NAN, NAN, NAN, 0, (Bound(NAN, 0, NAN),), note=note)


def in_family(rulings: Iterable[Ruling], family: str) -> list[Ruling]:
    """The rulings, with every p of all of their tests corrected together (Holm 1979)."""
    rulings = list(rulings)
    corrected = iter(holm([test.p for ruling in rulings for test in ruling.tests]))
    size = sum(np.isfinite(test.p) for ruling in rulings for test in ruling.tests)
    return [
        replace(
            ruling,
            tests=tuple(test._replace(p=float(next(corrected))) for test in ruling.tests),
            family=family,
            size=int(size),
        )
        for ruling in rulings
    ]


def in_short(ruling: Ruling, form: str = "+.3f", unit: str = "") -> str:
    """The number with its interval, or why there is none: "+0.120 [+0.100, +0.140] s"."""
    ends = ruling.estimate, ruling.low, ruling.high
    unit = f" {unit}" if unit else ""
    why = f"all {ruling.num} are equal" if ruling.method == EQUAL else f"n = {ruling.num}"
    if np.isposinf(ruling.estimate):
        known = ruling.low < np.inf
        low, high = (number_said(end, form) for end in ends[1:])
        bounds = f"interval [{low}, {high}]{unit}" if known else "no interval"
        return f"no median, as too many never arrive; {bounds}"
    if np.isnan(ruling.low):
        return f"{in_brackets(*ends, form)}{unit} (no interval: {why})"
    return in_brackets(*ends, form) + unit


def said(ruling: Ruling, form: str = "+.3f", unit: str = "") -> str:
    """The number with its interval and p: "+0.120 [+0.100, +0.140], p = 0.003 against 0 (Holm, 11
    tests of "paper", 2 of them here)", p that of the bound that decides. A p below 0.0001 says no
    more than that, at the numbers of values there are.
    """
    if np.isnan(ruling.estimate):
        return f"no interval: {ruling.note}"
    text = in_short(ruling, form, unit)
    if not np.isnan(ruling.p) and not ruling.untested:
        p = "p < 0.0001" if ruling.p < 1e-4 else f"p = {ruling.p:.2g}"
        text += f", {p} against {_bound_said(ruling.against, unit)} ({_family(ruling)})"
    opposite = "the opposite: clearly below 0" if ruling.opposite else ""
    parts = (text, opposite, ruling.untested or ruling.coarse, ruling.note)
    return "; ".join(part for part in parts if part)


def _bound_said(value: float, unit: str) -> str:
    return f"{value:.4g}{' ' + unit if unit else ''}"


def _family(ruling: Ruling) -> str:
    """Over which tests a p is corrected, how many, and how many of these are of this ruling."""
    if not ruling.family:
        number = len(ruling.tests)
        return "a single test" if number == 1 else f"{number} tests, not corrected"
    tests = "test" if ruling.size == 1 else "tests"
    here = f", {len(ruling.tests)} of them here" if len(ruling.tests) > 1 else ""
    return f"Holm, {ruling.size} {tests} of “{ruling.family}”{here}"


def rule_text(ruling: Ruling, unit: str = "") -> str:
    """The rule: what would have given which label, by which test, at which level."""
    if ruling.untested:
        return "no test, for the reason beside the number"
    bounds = [_bound_said(test.value, unit) for test in ruling.tests]
    words = _WORDS[ruling.kind].format(*bounds, bounds[-1])
    family = " after Holm over the family named beside it" if ruling.family else ""
    clearly = f"p < {LEVEL:g}{family}"
    words += f"; {ruling.also}" if ruling.also else ""
    return f"{words}; else undecided. Clearly: {clearly} ({ruling.method})"


def in_brackets(number: float, low: float, high: float, form: str = "+.3f") -> str:
    """A number and its interval, if it has one: "+0.120 [+0.100, +0.140]"."""
    first, *ends = (number_said(value, form) for value in (number, low, high))
    return first if np.isnan(low) else f"{first} [{', '.join(ends)}]"


def number_said(value: float, form: str) -> str:
    """A number by a format such as "+.3f"; what rounds to 0 has no sign, infinite times words."""
    if np.isinf(value):
        return "never" if value > 0 else "at once"
    text = f"{value:z{form.removeprefix('+')}}"
    positive = value > 0 and any(digit in text for digit in "123456789")
    return f"+{text}" if form.startswith("+") and positive else text
