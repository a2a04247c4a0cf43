"""The rules of verdicts: each can come out both ways, at its level, with runs that never arrive."""

import re
from functools import partial

import numpy as np
import pytest

from spikesampler.errors import InputError
from spikesampler.stats import rules
from spikesampler.stats.ruling import COARSE, NOT, REPRODUCED, SMALLER, UNDECIDED, number_said
from spikesampler.stats.survival import Escape

rng_of = np.random.default_rng
SPREAD = np.linspace(-1.5, 1.5, 10)
REPEATS = 200


def around(mean, sd=0.01, seed=0):
    """Ten values of that mean, exactly."""
    return mean + sd * rng_of(seed).permutation(SPREAD)


def escaped(seconds, end=8640.0):
    seconds = np.minimum(np.asarray(seconds, dtype=float), end)
    return Escape(seconds, seconds < end)


claimed = partial(rules.at_least, least=0.15)
any_gain = partial(rules.at_least, relevant=0.02)
RULES = {
    "at_least": {
        REPRODUCED: lambda: claimed(around(0.3), around(0.1, seed=1)),
        SMALLER: lambda: claimed(around(0.2), around(0.1, seed=1)),
        NOT: lambda: claimed(around(0.1), around(0.1, seed=1)),
        UNDECIDED: lambda: claimed(around(0.26, 0.05), around(0.1, seed=1)),
    },
    "any gain": {
        REPRODUCED: lambda: any_gain(around(0.15), around(0.1, seed=1)),
        SMALLER: lambda: any_gain(around(0.108, 0.001), around(0.1, 0.001, seed=1)),
        NOT: lambda: any_gain(around(0.1, 0.005), around(0.1, 0.005, seed=1)),
        UNDECIDED: lambda: any_gain(around(0.1, 0.1), around(0.1, seed=1)),
    },
    "above": {
        REPRODUCED: lambda: rules.above(around(0.3), 0.0, 0.15),
        NOT: lambda: rules.above(around(0.1), 0.0, 0.15),
        UNDECIDED: lambda: rules.above(around(0.15), 0.0, 0.15),
    },
    "at_most": {
        REPRODUCED: lambda: rules.at_most(around(0.0), 0.0, 0.02),
        NOT: lambda: rules.at_most(around(0.1), 0.0, 0.02),
        UNDECIDED: lambda: rules.at_most(around(0.02), 0.0, 0.02),
    },
    "equivalent": {
        REPRODUCED: lambda: rules.equivalent(around(0.1), around(0.1, seed=1), 0.05),
        NOT: lambda: rules.equivalent(around(0.2), around(0.1, seed=1), 0.05),
        UNDECIDED: lambda: rules.equivalent(around(0.1, 0.2), around(0.1, seed=1), 0.05),
    },
    "factor": {
        REPRODUCED: lambda: rules.factor(1700 * np.exp(around(0.1, 0.1)), 1700),
        NOT: lambda: rules.factor(np.full(10, 16.0), 1700),
        UNDECIDED: lambda: rules.factor(850 * np.exp(around(0.0, 0.2)), 1700),
        COARSE: lambda: rules.factor(np.full(10, 1e3), 1700, resolution=1e3),
    },
    "factor, some never": {
        REPRODUCED: lambda: rules.factor([*np.full(9, 1500.0), np.inf], 1700),
        NOT: lambda: rules.factor(np.full(10, np.inf), np.full(10, 1700.0)),
        UNDECIDED: lambda: rules.factor([*np.full(7, 1500.0), *np.full(3, np.inf)], 1700),
    },
    "by": {
        REPRODUCED: lambda: rules.by([*around(900, 100)[:9], np.inf], 1700),
        NOT: lambda: rules.by([*around(2900, 100)[:9], np.inf], 1700),
        UNDECIDED: lambda: rules.by([*around(900, 100)[:6], *np.full(4, np.inf)], 1700),
    },
    "share": {
        REPRODUCED: lambda: rules.share(9, 10, 0.5),
        NOT: lambda: rules.share(1, 10, 0.5),
        UNDECIDED: lambda: rules.share(6, 10, 0.5),
    },
    "sooner": {
        REPRODUCED: lambda: rules.sooner(
            escaped(around(900, 100)), escaped(np.full(10, np.inf)), 100
        ),
        SMALLER: lambda: rules.sooner(
            escaped(around(2900, 10)), escaped(around(3000, 10, seed=1)), 20
        ),
        NOT: lambda: rules.sooner(
            escaped(around(3000, 50)), escaped(around(3000, 50, seed=1)), 100
        ),
        UNDECIDED: lambda: rules.sooner(
            escaped(around(2900, 900)), escaped(around(3000, seed=1)), 100
        ),
        COARSE: lambda: rules.sooner(escaped(np.full(10, 100)), escaped(np.full(10, 100)), 100),
    },
}
CASES = [(name, label) for name, labels in RULES.items() for label in labels]


@pytest.mark.parametrize(("name", "label"), CASES)
def test_every_rule_gives_each_of_its_labels(name, label):
    """Effects of many standard errors, or none: the data say which."""
    ruling = RULES[name][label]()
    assert ruling.label == label
    assert "reproduced: clearly" in rules.rule_text(ruling)


def null(name, rng):
    """A ruling of which reproduced, or not reproduced, would be an error: at the bound itself."""
    values = rng.normal(size=10)
    return {
        "at_least": lambda: claimed(0.15 + 0.05 * values),
        "any gain": lambda: any_gain(0.05 * values),
        "above": lambda: rules.above(0.15 + 0.05 * values, 0.0, 0.15),
        "at_most": lambda: rules.at_most(0.02 + 0.05 * values, 0.0, 0.02),
        "equivalent": lambda: rules.equivalent(0.5 + 0.05 * values, 0.0, 0.5),
        "factor": lambda: rules.factor(np.exp(np.log(2) + 0.5 * values), 1.0),
        "factor, some never": lambda: rules.factor(
            np.where(values > 1, np.inf, 2 * np.exp(values)), 1.0
        ),
        "by": lambda: rules.by(1700 * np.exp(values), 1700),
        "share": lambda: rules.share(int((values > 0).sum()), 10, 0.5),
        "sooner": lambda: rules.sooner(
            escaped(3000 + 300 * values), escaped(3000 + 300 * rng.normal(size=10)), 20
        ),
    }[name]()


#: the labels that are errors at the bound: both directions for most, else only of a gain
WRONG = {"any gain": (REPRODUCED, SMALLER), "sooner": (REPRODUCED, SMALLER)}


@pytest.mark.parametrize("name", RULES)
def test_a_true_null_is_seldom_called_anything(name):
    """200 repeats at 5 %: 10 errors, three standard deviations of the binomial more are allowed.

    A rule without its correction for two sides, or that asks only for a mean beyond the bound, is
    wrong in 10 to 50 %.
    """
    rng = rng_of(5)
    wrong = WRONG.get(name, (REPRODUCED, NOT, SMALLER))
    errors = sum(null(name, rng).label in wrong for _ in range(REPEATS))
    assert errors <= 0.05 * REPEATS + 3 * np.sqrt(0.05 * 0.95 * REPEATS)


def test_families_are_corrected_over_all_tests_of_all_rulings():
    """Two rulings of two tests: the least p is multiplied by 4, and the number is said."""
    alone = [claimed(around(0.3, 0.1)), claimed(around(0.2, 0.1))]
    together = rules.in_family(alone, "paper")
    least = min(test.p for ruling in alone for test in ruling.tests)
    assert min(test.p for ruling in together for test in ruling.tests) == pytest.approx(4 * least)
    assert "(Holm, 4 tests of “paper”, 2 of them here)" in rules.said(together[0])
    assert "against 0.15" in rules.said(together[0])
    alone = [rules.above(around(0.3)), claimed(around(0.3))]
    ends = [re.search(r"against [\d.]+ \((.*)\)", rules.said(each))[1] for each in alone]
    assert ends == ["a single test", "2 tests, not corrected"]


def test_the_tests_that_rows_say_they_have_are_those_of_the_family():
    """Two bounds make two tests, one bound one: a reader adds up what the family has."""
    alone = [claimed(around(0.3)), rules.above(around(0.3), 0.0, 0.15), any_gain(around(0.0))]
    texts = [rules.said(ruling) for ruling in rules.in_family(alone, "paper")]
    here = [
        re.search(r"Holm, 5 tests of “paper”(?:, (\d) of them here)?\)", text) for text in texts
    ]
    assert [int(match[1] or 1) for match in here] == [2, 1, 2]


def test_a_loss_that_is_clear_is_the_opposite_of_a_gain():
    """Below what was claimed is not: only what is clearly below 0, whose p is then printed."""
    loss, less = claimed(around(-0.1)), claimed(around(0.001, 0.01))
    assert (loss.label, less.label) == (NOT, NOT)
    assert "p < 0.0001 against 0 (" in rules.said(loss)
    assert rules.said(loss).endswith("; the opposite: clearly below 0")
    assert "opposite" not in rules.said(less)
    assert "against 0.15" in rules.said(less)
    assert "opposite" in rules.said(any_gain(around(-0.1)))
    assert "opposite" not in rules.said(any_gain(around(-0.001, 0.01)))
    assert "opposite" not in rules.said(rules.at_most(around(-0.1), 0.0, -0.2))


def test_equal_values_have_no_interval_and_the_p_of_their_signs():
    """Ten values of 0.3 say nothing of their spread; all above 0.15 they are once in 2^9 draws."""
    ruling = claimed(np.full(10, 0.3))
    assert ruling.p == 2.0**-9
    assert rules.said(ruling).startswith(
        "+0.300 (no interval: all 10 are equal), p = 0.002 against"
    )
    assert rules.said(ruling, unit="s").startswith("+0.300 s (no interval")
    assert "all equal, sign test" in rules.rule_text(ruling)
    assert "all 10 are equal" in rules.said(rules.factor(np.full(10, 16.0), 1700))
    assert "corrected for skewness" in rules.rule_text(claimed(around(0.3)))


def test_with_no_seeds_to_tell_nothing_is_decided():
    assert claimed(np.array([0.9])).label == UNDECIDED
    assert "(no interval: n = 1)" in rules.said(claimed(np.array([0.9])))


def test_the_number_of_those_that_never_arrive_is_said():
    both = rules.factor(
        [np.inf, np.inf, 3, *np.full(7, 2.0)], [np.inf, 1, np.inf, *np.full(7, 1.0)]
    )
    told = "of 10 pairs only the first never arrives in 1, only the control never arrives in 1, "
    assert rules.said(both).endswith(f"{told}neither arrives in 1")
    saved = rules.sooner(escaped(around(900, 100)), escaped(np.full(10, np.inf)), 100)
    assert "0 and, of the control, 10 of 10 never escape" in rules.said(saved)


@pytest.mark.parametrize(
    ("late", "text"),
    [
        (4, "2.00 [2.00, never] s, p ="),
        (5, "no median, as too many never arrive; interval [2.00, never] s, p ="),
        (7, "no median, as too many never arrive; interval [2.00, never] s, p ="),
        (10, "no median, as too many never arrive; no interval, p ="),
    ],
)
def test_where_most_never_arrive_there_is_no_median(late, text):
    """Of ten, the interval is from the second to the ninth."""
    said = rules.said(rules.by([*np.full(10 - late, 2.0), *np.full(late, np.inf)], 1.0), ".2f", "s")
    assert said.startswith(text)
    assert said.endswith(f"; {late} of 10 never arrive")
    of_two = rules.said(rules.by([2.0, np.inf], 1.0))
    assert of_two.startswith("no median, as too many never arrive; no interval, p = 0.5 against 1")


def test_bad_values_are_refused():
    with pytest.raises(InputError, match="nothing could refute the claim"):
        rules.at_least([0.1, 0.2])
    with pytest.raises(InputError, match="give times above 0, inf for what never came"):
        rules.factor([np.nan, 1.0], 2.0)
    with pytest.raises(InputError, match="3 values and 2 of the control: give them in pairs"):
        rules.above([1, 2, 3], [1, 2])
    with pytest.raises(InputError, match="11 of 10 cases"):
        rules.share(11, 10, 0.5)


def test_the_interval_of_shares_can_be_cut_at_what_they_can_be():
    """Nine of ten runs have all, one half: the upper bound of t is above 1; the p stays."""
    ruling = rules.at_least(np.array([1.0] * 9 + [0.5]), least=0.5)
    assert ruling.high > 1 > ruling.low > 0
    cut = ruling.cut(0, 1)
    assert (cut.low, cut.high, cut.p, cut.label) == (ruling.low, 1, ruling.p, ruling.label)
    assert rules.at_least(np.array([0.0] * 9 + [0.1]), least=0.5).cut(0, 1).low == 0


def test_what_rounds_to_nothing_has_no_sign():
    said = rules.said(rules.above(np.linspace(-5e-4, 4e-4, 10)))
    assert said.startswith("0.000 [0.000, 0.000], p = ")
    for value in (-2e-4, 0.0, 2e-4):
        assert {number_said(value, form) for form in (".3f", "+.3f")} == {"0.000"}
    assert number_said(2e-4, "+.4f") == "+0.0002"
    assert number_said(-2e-4, "+.4f") == "-0.0002"
    assert number_said(1e-9, "+.2g") == "+1e-09"
    assert number_said(np.nan, "+.3f") == "nan"
    assert number_said(-1.0, ".0f") == "-1"
    assert number_said(-np.inf, "+.3f") == "at once"


def test_times_at_the_first_probe_are_bounds():
    """Half of them there: a bound that is not too soon tells nothing, no p, none of the family's
    tests; one that is refutes. Fewer: they count as seen.
    """
    times = np.array([1e3] * 5 + [2e3] * 5)
    coarse = rules.factor(times, 1700, resolution=1e3)
    assert coarse.label == COARSE
    said = rules.said(coarse)
    assert said == "no interval: at most 0.83, as 5 of 10 come by the first probe, at 1000 s"
    early = rules.factor(times / 10, 1700, resolution=100)
    assert early.label == NOT
    assert early.low == 0
    assert early.p == rules.factor(times / 10, 1700).p
    assert rules.said(early).endswith("at most that, as 5 of 10 come by the first probe, at 100 s")
    assert "0.059 [0.000, 0.059], p = 0.002 against 0.5" in rules.said(
        rules.factor(np.full(10, 100.0), 1700, resolution=100), ".3f"
    )
    seen = rules.factor(np.roll(times, 1) + [0, 0, 0, 0, 0, 1e3, 0, 0, 0, 0], 1700, resolution=1e3)
    assert [one.size for one in rules.in_family([coarse, seen], "both")] == [2, 2]


def test_a_median_at_the_first_probe_has_no_lower_bound():
    """The sign test is the same: whatever they are, all of them are below."""
    ruling = rules.by(np.full(10, 100.0), 1700, 100.0)
    assert rules.said(ruling, ".0f", "s") == (
        "100 [0, 100] s, p = 0.002 against 1700 s (a single test); at most that: 10 of 10 come by"
        " the first probe"
    )
    later = rules.by([*np.full(2, 100.0), *np.full(8, 300.0)], 1700, 100.0)
    assert (later.estimate, later.low, later.high) == (300, 0, 300)
    assert later.note == ""
    assert rules.by(np.full(10, 300.0), 1700, 100.0).low == 300


def test_the_smallest_time_that_matters_is_explained():
    times = escaped(around(14.0, 1.0))
    text = rules.rule_text(rules.sooner(times, times, 4.0), "s")
    assert "below 4 s, the smallest that matters" in text
    assert (
        "the smallest is 10 % of the control's mean time (14 s), or the distance of probes (4 s)"
        in text
    )
