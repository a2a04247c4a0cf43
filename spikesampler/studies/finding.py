"""What a study found of one claim: a row of the index of verdicts, and a line on its page."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from spikesampler.stats.rules import (
    COARSE,
    NOT,
    REPRODUCED,
    SMALLER,
    UNDECIDED,
    Ruling,
    in_brackets,
    in_short,
    rule_text,
    said,
)
from spikesampler.stats.ruling import in_own_words, is_ours

__all__ = [
    "MARKS",
    "UNASKED",
    "Finding",
    "certain",
    "either_way",
    "either_way_of",
    "ruled",
    "unasked",
]

UNASKED = "not asked here"
#: of labels, in tables of many rulings
MARKS = {REPRODUCED: "✓", NOT: "✗", SMALLER: "<", UNDECIDED: "?", COARSE: "~"}


class Finding(NamedTuple):
    """A claim, its verdict, and all that the verdict depends on; each a text, but for `key`.

    key : unique in the study, by which templates pick it. claim : one clause, in our words. source
    : paper and place in it, or one of `ruling.OURS` where no paper says it. verdict : a label of
    the rule. number : the number that decides, with its interval and unit. reading : data, start,
    arms, parameters and horizon for which that holds. n : how many independent values, and of what.
    rule : what would have given which label, with the level and the family of the test.
    """

    key: str
    claim: str
    source: str
    verdict: str
    number: str
    reading: str
    n: str
    rule: str

    @property
    def ours(self) -> bool:
        """Whether no paper claims it."""
        return is_ours(self.source)

    def plain(self) -> "Finding":
        """As readers see it: what no paper claims holds or does not, and is not reproduced."""
        if not self.ours:
            return self
        words = {name: in_own_words(getattr(self, name)) for name in ("verdict", "number", "rule")}
        return self._replace(**words)


def ruled(
    key: str,
    claim: str,
    source: str,
    ruling: Ruling,
    reading: str,
    of: str,
    form: str = "+.3f",
    unit: str = "",
) -> Finding:
    """The row of a claim that a rule of `stats.rules` has decided; of : what was counted."""
    number, rule = said(ruling, form, unit), rule_text(ruling, unit)
    return Finding(key, claim, source, ruling.label, number, reading, f"{ruling.num} {of}", rule)


def either_way(ruling: Ruling, above: str, below: str, form: str = ".3f", unit: str = "") -> str:
    """A clause with a number in it, `above` where it is 0 or more, else `below` with its negative.

    Both have {} for the number: "saves {}", "costs {}". So no sentence has somebody save -5 s.
    """
    if ruling.estimate >= 0:
        return above.format(in_short(ruling, form, unit))
    ends = {"estimate": -ruling.estimate, "low": -ruling.high, "high": -ruling.low}
    return below.format(in_short(replace(ruling, **ends), form, unit))


def either_way_of(ends: Sequence[float], above: str, below: str, form: str = ".3f") -> str:
    """The same of a number and the bounds of its interval."""
    number, low, high = ends[:3]
    if number >= 0:
        return above.format(in_brackets(number, low, high, form))
    return below.format(in_brackets(-number, -high, -low, form))


def certain(
    key: str,
    claim: str,
    source: str,
    holds: bool,
    number: str,
    reading: str,
    rule: str,
    drawn: str = "",
) -> Finding:
    """The row of a claim that a calculation decides; rule : when it holds.

    drawn : how many random cases were calculated, if any, of which the rule asks all.
    """
    verdict = REPRODUCED if holds else NOT
    why = "All that are drawn are asked" if drawn else "Calculated"
    words = f"{REPRODUCED}: {rule}; else {NOT}. {why}, so there is no test"
    number = f"{number}; no interval: all are asked" if drawn else number
    return Finding(key, claim, source, verdict, number, reading, drawn or "nothing is drawn", words)


def unasked(key: str, claim: str, source: str, why: str) -> Finding:
    """The row of a claim that has no verdict here, and why."""
    return Finding(
        key, claim, source, UNASKED, why, "none", "none", "no rule: nothing was measured"
    )
