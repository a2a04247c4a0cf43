"""Rulings on counts are those of the binomial law, also where all cases came out the same."""

import pytest
from scipy import stats

from spikesampler.stats import rules
from spikesampler.stats.counts import counted


def below(least, share=0.0, functions=8):
    """A ruling on shares that are the same for each function."""
    return rules.at_most([share] * functions, 0.0, least)


@pytest.mark.parametrize("count", [0, 1, 7, 20])
def test_p_and_interval_are_of_one_exact_test(count):
    """p is that of all outcomes that are as far out on one side, twice; 5 % at the bounds."""
    ruling = counted(below(0.3, count / 20), count, 20)
    chances = [stats.binom.pmf(k, 20, 0.3) for k in range(21)]
    one_side = min(sum(chances[: count + 1]), sum(chances[count:]))
    assert ruling.p == pytest.approx(min(1, 2 * one_side))
    for end in (ruling.low, ruling.high):
        if 0 < end < 1:
            assert counted(below(end), count, 20).p == pytest.approx(0.05)
    assert (ruling.low == 0, ruling.high == 1) == (count == 0, count == 20)


def test_few_equal_cases_decide_nothing_and_many_do():
    """0 of 40 may be one in twenty (0.95^40 = 0.13); 0 of 512 is not."""
    few, many = counted(below(0.05), 0, 40), counted(below(0.05), 0, 512)
    assert (few.label, few.p) == (rules.UNDECIDED, pytest.approx(2 * 0.95**40))
    assert (many.label, many.high) == (rules.REPRODUCED, pytest.approx(1 - 0.025 ** (1 / 512)))
    assert counted(below(0.05, 1.0), 40, 40).label == rules.NOT
    assert "Clopper and Pearson" in rules.rule_text(many)


def test_cases_may_be_worth_more_than_one():
    """A radius of 2 times a share: everything is twice that of the share, and p the same."""
    ones, twos = counted(below(0.25, 0.5), 10, 20), counted(below(0.5, 1.0), 10, 20, most=2.0)
    assert (twos.low, twos.high) == pytest.approx((2 * ones.low, 2 * ones.high))
    assert twos.p == pytest.approx(ones.p)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5])
@pytest.mark.parametrize("number", [6, 10])
def test_the_interval_of_counts_holds_the_share_at_least_as_often_as_it_says(share, number):
    """Over all counts by their chances: where a mean's interval holds 0.1 in 47 % (n = 6)."""
    held = 0.0
    for count in range(number + 1):
        ruling = counted(below(0.5, count / number), count, number)
        held += stats.binom.pmf(count, number, share) * (ruling.low <= share <= ruling.high)
    assert held >= 0.95
