"""Rules about what comes out "on some reading": with so many asked, some p is small by chance.

So p is corrected over all readings and starts, and such a claim is refuted only where each of them
speaks against it.
"""

from collections.abc import Sequence

from spikesampler.stats import rules
from spikesampler.studies.fang_2018.readings_measures import Outcome

__all__ = ["all_three_on_some", "better_where_learnt", "gains_where_learnt"]

AGAINST = {rules.NOT, rules.SMALLER}


def all_three_on_some(judged: Sequence[Outcome]) -> tuple[str, int]:
    """The verdict on "all three claims at once, on some reading", and by how much p is multiplied.

    That is the number of readings and starts, each of which is a family of its own already.
    """
    places = len({(one.reading, one.start) for one in judged})
    if any(one.reproduced == 3 and one.p * places < rules.LEVEL for one in judged):
        return rules.REPRODUCED, places
    refuted = all(AGAINST & {*one.labels.values()} for one in judged)
    return rules.NOT if refuted else rules.UNDECIDED, places


def gains_where_learnt(judged: Sequence[Outcome]) -> list[tuple[Outcome, rules.Ruling]]:
    """Outcomes of whose control is not said that it cannot learn, with their gains in test."""
    learnt = [one for one in judged if one.cannot.label != rules.REPRODUCED]
    gains = rules.in_family((one.gain for one in learnt), "gains where both learn, all readings")
    return list(zip(learnt, gains))


def better_where_learnt(gains: Sequence[rules.Ruling]) -> str:
    """The verdict on "noise is better on some reading", of gains that are one family."""
    if any(gain.label in (rules.REPRODUCED, rules.SMALLER) for gain in gains):
        return rules.REPRODUCED
    refuted = len(gains) > 0 and all(gain.label == rules.NOT for gain in gains)
    return rules.NOT if refuted else rules.UNDECIDED
