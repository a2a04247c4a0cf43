"""What a study found of one claim: a row of the index of verdicts, and a line on its page."""

from typing import NamedTuple

__all__ = ["Finding"]


class Finding(NamedTuple):
    """A claim, its verdict, and all that the verdict depends on; each a text, but for `key`.

    key : unique in the study, by which templates pick it. claim : one clause, in our words. source
    : paper and place in it, or "control" or "question" where no paper says it. verdict : a label of
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
