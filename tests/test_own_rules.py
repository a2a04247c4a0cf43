"""Rules of single studies that `stats.rules` does not have: each comes out both ways, and of data
without effect it says nothing but at its level.

That there are no others is asked of the findings of all studies, in tests/test_all_findings.py;
sentences about every point, which are counted by seeds, are in tests/test_findings.py.
"""

import numpy as np
import pytest
import xarray as xr

from spikesampler import stats
from spikesampler.stats import rules
from spikesampler.stats.rules import NOT, REPRODUCED, SMALLER, UNDECIDED
from spikesampler.studies.fang_2018 import benefit
from spikesampler.studies.fang_2018.benefit_findings import label_of as of_map
from spikesampler.studies.fang_2018.readings_rules import better_where_learnt
from spikesampler.studies.finding import certain
from spikesampler.studies.gamst_walker_2017 import noise
from spikesampler.studies.kulikovskikh_2021.arms import LIGHT, RIVALS
from spikesampler.studies.kulikovskikh_2021.claim_rows import significantly_best
from spikesampler.studies.kulikovskikh_2021.differences import counts
from spikesampler.studies.kulikovskikh_2021.over_epochs import null_share
from spikesampler.studies.kulikovskikh_2021.tables_claims import best_balance, most_often_best
from spikesampler.studies.kulikovskikh_2021.tables_controls import of_nulls

REPEATS = 200
#: errors that a rule at 5 % makes in 200 repeats, and three standard deviations more
MOST = 0.05 * REPEATS + 3 * np.sqrt(0.05 * 0.95 * REPEATS)


def errors(label_of_null, wrong=(REPRODUCED, SMALLER, NOT)):
    """How often a rule says something of data without effect, in 200 repeats."""
    rng = np.random.default_rng(11)
    return sum(label_of_null(rng) in wrong for _ in range(REPEATS))


# --- LIGHT against its rivals, set by set


def tables(rng, gains):
    """Accuracies (task, arm, run) of LIGHT and its rivals, ten runs; gains (task,) of LIGHT."""
    values = 0.9 + 0.01 * rng.normal(size=(len(gains), 4, 10))
    values[:, 0] += np.asarray(gains)[:, np.newaxis]
    return xr.DataArray(values, coords={"arm": [LIGHT, *RIVALS]}, dims=("task", "arm", "run"))


def of_tables(rng, gains):
    return significantly_best(counts(tables(rng, gains), LIGHT, np.ones(len(gains), bool)))


@pytest.mark.parametrize(
    ("gains", "label"),
    [
        ([0.1, 0.1, 0.0], REPRODUCED),
        ([0.1, 0.0, 0.0], SMALLER),
        ([0.1, -0.1, -0.1], NOT),
        ([-0.1, 0.0, 0.0], NOT),
        ([0.0, 0.0, 0.0], UNDECIDED),
    ],
)
def test_significantly_best(gains, label):
    assert of_tables(np.random.default_rng(1), gains) == label


def test_significantly_best_of_methods_that_are_alike():
    """A sign without its p is wrong in nearly all."""
    assert errors(lambda rng: of_tables(rng, [0.0])) <= MOST


def highest(rng, gain):
    """Share of eight sets on which the first of four methods is highest; gain : of its means."""
    return ((rng.normal(size=(8, 4)) + [gain, 0, 0, 0]).argmax(axis=1) == 0).mean()


@pytest.mark.parametrize(
    ("sets", "label"), [(8, REPRODUCED), (7, REPRODUCED), (6, SMALLER), (4, UNDECIDED), (2, NOT)]
)
def test_most_often_best(sets, label):
    """In the paper on seven of eight sets."""
    assert most_often_best(sets / 8, 7 / 8) == label


def test_most_often_best_of_methods_that_are_alike():
    """It is on a quarter of the sets; NOT is then right."""
    assert (
        errors(lambda rng: most_often_best(highest(rng, 0), 7 / 8), (REPRODUCED, SMALLER)) <= MOST
    )
    assert errors(lambda rng: most_often_best(highest(rng, 9), 7 / 8), (REPRODUCED,)) == REPEATS


# --- LIGHT's train minus test accuracy, against three rivals


def of_gaps(rng, gaps):
    """gaps (rival,) : how much larger LIGHT's is than that of each; twenty runs."""
    light, rivals = rng.normal(size=20), rng.normal(size=(len(gaps), 20))
    each = [rules.at_most(light + gap, rival) for gap, rival in zip(gaps, rivals)]
    return best_balance(rules.in_family(each, "gaps"))


@pytest.mark.parametrize(
    ("gaps", "label"),
    [([-2, -2, -2], REPRODUCED), ([-2, -2, 2], NOT), ([2, 0, 0], NOT), ([-2, -2, 0], UNDECIDED)],
)
def test_best_balance(gaps, label):
    assert of_gaps(np.random.default_rng(4), gaps) == label


def test_best_balance_of_methods_that_are_alike():
    assert errors(lambda rng: of_gaps(rng, [0, 0, 0])) <= MOST


# --- the paper's test, over epochs


def test_the_test_over_epochs_passes_where_epochs_are_independent():
    """20 runs of 60 epochs: noise of each epoch, or a walk, whose halves the test tells apart."""
    steps = np.random.default_rng(2).normal(size=(2, 20, 61))
    white, walks = null_share(steps[0]), null_share(steps[1].cumsum(axis=1))
    assert white <= 0.05 < walks
    assert of_nulls(np.array([white, white])) == REPRODUCED
    assert of_nulls(np.array([walks, walks])) == NOT
    assert of_nulls(np.array([white, walks])) == UNDECIDED


# --- maps of what noise does


def test_every_cell_of_a_map():
    hurts, nothing = np.full((2, 3), "hurts"), np.full((2, 3), benefit.NOT_SEEN)
    assert of_map(hurts, "hurts", "helps") == REPRODUCED
    assert of_map(np.where([[True], [False]], hurts, nothing), "hurts", "helps") == UNDECIDED
    assert of_map(np.array([["hurts", "helps"]]), "hurts", "helps") == NOT


def test_a_map_of_noise_without_effect():
    """Twelve cells of six seeds: p of each, Holm over the cells, a word for each sign."""

    def label(rng):
        cells = rng.normal(size=(12, 6))
        mean, _, _, p = np.transpose([benefit._estimate(cell) for cell in cells])
        clear = stats.holm(p) < rules.LEVEL
        words = np.where(clear, np.where(mean > 0, "helps", "hurts"), benefit.NOT_SEEN)
        return of_map(words, "hurts", "helps")

    assert errors(label) <= MOST


# --- "on some reading"


def gains(rng, means):
    """A family of gains, one for each reading, of ten seeds."""
    each = [rules.at_least(mean + 0.05 * rng.normal(size=10), relevant=0.02) for mean in means]
    return rules.in_family(each, "readings")


@pytest.mark.parametrize(
    ("means", "label"),
    [
        ([0.1, -0.1, 0.0], REPRODUCED),
        ([-0.1, -0.2, -0.1], NOT),
        ([-0.1, 0.01, -0.1], UNDECIDED),
        ([], UNDECIDED),
    ],
)
def test_noise_is_better_on_some_reading(means, label):
    assert better_where_learnt(gains(np.random.default_rng(3), means)) == label


def test_no_reading_is_better_by_chance():
    """Twelve readings: without Holm over all of them one is clear in half of the repeats."""
    null = lambda rng: better_where_learnt(gains(rng, np.zeros(12)))  # noqa: E731
    assert errors(null, (REPRODUCED,)) <= MOST


# --- the clearest of several arms


def trained(rng, better=0.0, worse=0.0, number=60):
    """Final errors without noise, and of four arms: one better, one worse, by their means."""
    shape = (4, 1, number)
    moved = np.array([better, -worse, 0, 0])[:, np.newaxis, np.newaxis]
    return xr.Dataset(
        {
            "glorot_error": (
                ("arm", "temperature", "network"),
                0.1 - moved + 0.02 * rng.normal(size=shape),
            ),
            "glorot_none": ("network", 0.1 + 0.02 * rng.normal(size=number)),
        },
        {"arm": [*"abcd"], "temperature": [1.0]},
    )


def of_clearest(rng, **effects):
    return noise.deciding(noise.rulings(trained(rng, **effects), "glorot", "lower"))


def test_the_clearest_arm_speaks():
    """One that lowers errors makes it hold, where others do not; all near none refute it."""
    rng = np.random.default_rng(4)
    name, ruling = of_clearest(rng, better=0.05, worse=0.05)
    assert (name, ruling.label) == ("a, T = 1", REPRODUCED)
    assert of_clearest(rng, number=4000)[1].label == NOT
    assert of_clearest(rng, number=8)[1].label == UNDECIDED


def test_no_arm_speaks_by_chance():
    """Four arms without effect: that one lowers errors is said at most in 5 % of repeats."""
    null = lambda rng: of_clearest(rng, number=20)[1].label  # noqa: E731
    assert errors(null, (REPRODUCED, SMALLER)) <= MOST


# --- what is calculated


def test_what_is_calculated_holds_or_does_not():
    for holds, label in ((True, REPRODUCED), (False, NOT)):
        row = certain("key", "claim", "source", holds, "1", "reading", "it is 1")
        assert (row.verdict, row.n) == (label, "nothing is drawn")
