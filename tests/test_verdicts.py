"""Verdicts of made-up comparisons whose answer is known: planted effects are named, and nothing
where nothing is.
"""

import re

import numpy as np
import pytest
import xarray

from spikesampler.errors import InputError
from spikesampler.experiments.comparison_result import Comparison
from spikesampler.experiments.verdicts import verdicts
from spikesampler.stats.ruling import NOT, REPRODUCED

ARMS = ("none", "constant", "weight", "constant_matched")
POINTS = ("arm", "seed")


def made_up(
    test,
    online=None,
    escape=None,
    arms=ARMS,
    num_seeds=10,
    sd=0.01,
    data="clusters",
    bayes=0.97,
    seed=0,
    random=False,
    rise=1200.0,
):
    """A Comparison of {arm: mean}; layouts differ by more than arms, as in real runs; means are
    exact, or random. The probe is at chance until `rise` s, the accuracy while learning never.
    """
    rng = np.random.default_rng(seed)
    layout = rng.normal(0, 0.02, num_seeds)

    def around(means):
        spread = sd * np.linspace(-1.5, 1.5, num_seeds) if num_seeds > 1 and not random else None
        noise = (
            rng.normal(0, sd, num_seeds) if spread is None else rng.permutation(spread)
            for _ in arms
        )
        return np.array(
            [means.get(arm, means["none"]) + layout + one for arm, one in zip(arms, noise)]
        )

    final = {"test": around(test), "online": around(online or test)}
    final["probe"] = final["test"] + rng.normal(0, 0.01, final["test"].shape)
    final["bayes"] = np.broadcast_to(bayes + layout, final["test"].shape)
    seconds = np.array(
        [
            (
                np.full(num_seeds, 8640.0)
                if (mean := (escape or {}).get(arm, 3000.0)) is None
                else np.round(mean + rng.normal(0, 0.1 * mean, num_seeds))
            )
            for arm in arms
        ]
    )
    variables = {f"final_{name}_accuracy": (POINTS, values) for name, values in final.items()}
    time = np.arange(0.0, 1750, 50)
    rising = np.where(time < rise, 0.1, final["probe"][..., np.newaxis])
    for name, curves in (
        ("probe_accuracy", rising),
        ("online_accuracy", np.repeat(final["online"][..., np.newaxis], len(time), axis=2)),
    ):
        variables[name] = ((*POINTS, "sample_block"), curves)
    variables["probe_time"] = (("sample_block",), time)
    variables |= {"escape_seconds": (POINTS, seconds), "escaped": (POINTS, seconds < 8640)}
    attrs = {
        "model": "fang_2018",
        "data": data,
        "kind": data,
        "chance": 0.1,
        "escape_threshold": 0.5,
        "start": "plateau",
        "samples": 43_200,
        "set": "",
    }
    coords = {"arm": list(arms), "seed": np.arange(num_seeds), "start": "plateau"}
    return Comparison("made-up", xarray.Dataset(variables, coords=coords, attrs=attrs))


ALIKE = {"not_power": "not tested here", "sooner_by_structure": "not tested here"}


def labels(comparison):
    """Of the study's claims: what is asked of every arm is tested by itself."""
    verdicts = (each for each in comparison.verdicts if each.claim.family != "arms")
    return {verdict.claim.name: verdict.label for verdict in verdicts}


def asked(comparison):
    """Of the questions: {(name, arm): label}."""
    verdicts = (each for each in comparison.verdicts if each.claim.family == "arms")
    return {(verdict.claim.name, verdict.claim.arm): verdict.label for verdict in verdicts}


def test_planted_effects_are_reproduced():
    """The held-out mean over learning is not: for most of the time all are at chance."""
    escape = {"none": 3000, "weight": 1000, "constant_matched": 2000}
    found = labels(made_up({"none": 0.7, "weight": 0.95}, escape=escape))
    assert found.pop("almost_20_held_out") == "smaller than claimed"
    assert {name: found.pop(name) for name in ALIKE} == ALIKE
    assert set(found.values()) == {"reproduced"}
    assert {"almost_20_test", "higher", "structure", "cannot_learn", "course_1700_s"} < {*found}


def test_the_opposite_is_not_reproduced():
    escape = {"none": 1000, "weight": 3000, "constant_matched": 900}
    found = labels(made_up({"none": 0.95, "weight": 0.75}, escape=escape, rise=100))
    assert {name: found.pop(name) for name in ALIKE} == ALIKE
    assert set(found.values()) == {"not reproduced"}


def test_what_only_the_leak_shows_is_reproduced_only_online():
    found = labels(made_up({"none": 0.75, "weight": 0.6}, online={"none": 0.7, "weight": 0.95}))
    assert found["almost_20_online"] == found["almost_20_online_end"] == "reproduced"
    assert found["almost_20_test"] == found["almost_20_held_out"] == "not reproduced"


def test_an_interval_that_reaches_the_claim_does_not_reproduce_it():
    found = labels(made_up({"none": 0.75, "weight": 0.91}, sd=0.05))
    assert (found["almost_20_test"], found["higher"]) == ("undecided at this n", "reproduced")


def test_a_smaller_effect_is_higher_and_smaller_than_almost_20_percent():
    found = labels(made_up({"none": 0.85, "weight": 0.9}))
    assert (found["almost_20_test"], found["higher"]) == ("smaller than claimed", "reproduced")


def test_no_effect_refutes_one():
    same = labels(made_up({"none": 0.9}, sd=0.002, escape=dict.fromkeys(ARMS, 3000)))
    assert same["almost_20_test"] == same["almost_20_online"] == "not reproduced"


def test_the_last_moment_does_not_decide():
    """The snapshot at the end says the opposite of the mean over time, and is said beside it."""
    one = made_up({"none": 0.75, "weight": 0.95})
    one.dataset["final_test_accuracy"].loc[{"arm": "weight"}] = 0.1
    (verdict,) = [each for each in one.verdicts if each.claim.name == "almost_20_test"]
    assert verdict.label == "reproduced"
    assert "last snapshot -0.6" in verdict.beside


def test_where_the_control_escapes_at_once_the_probe_is_too_coarse():
    together = made_up({"none": 0.9})
    together.dataset["escape_seconds"][:] = 50.0
    together.dataset["escaped"][:] = True
    assert labels(together)["sooner"] == "undecided: the probe is too coarse"
    text = next(one.number for one in together.verdicts if one.claim.name == "sooner")
    assert "a probe every 50 s; every 5 s would be enough" in text


def test_a_last_snapshot_of_a_control_that_answers_nothing_right_is_no_share_of_it():
    comparison = made_up({"none": 0.75, "weight": 0.9})
    comparison.dataset["final_test_accuracy"].loc[{"arm": "none", "seed": 1}] = 0
    at_end = [one for one in comparison.verdicts if one.claim.name.startswith("almost_20_test")]
    beside = {one.claim.percent: one.beside for one in at_end}
    assert beside[True] == ""
    assert beside[False].startswith("last snapshot +0.")


@pytest.mark.parametrize(("rise", "label"), [(50, NOT), (100, NOT), (1200, REPRODUCED)])
def test_a_time_course_is_no_bound(rise, label):
    """Half-way at 100 s is by 1700 s, and not at 1700 s; 50 s is the first probe, and a bound."""
    escape = {"none": 3000, "weight": rise}
    found = labels(made_up({"none": 0.75, "weight": 0.9}, escape=escape, rise=rise))
    assert (found["by_1700_s"], found["course_1700_s"]) == ("reproduced", label)


def test_a_lead_in_time_is_not_a_lead_in_the_end():
    late = made_up({"none": 0.95, "weight": 0.8}, rise=100)
    curves = late.dataset["probe_accuracy"]
    curves[:, :, -1] = (
        np.where(np.isin(late.arms, ["none", "constant"])[:, None], 0.1, 0.8)
        + 0.01 * curves[:, :, -1]
    )
    found = labels(late)
    assert (found["ahead"], found["almost_20_test"]) == ("reproduced", "not reproduced")
    late.dataset["probe_time"][:] = late.dataset["probe_time"].values * 0.9
    assert "ahead" not in labels(Comparison("shorter", late.dataset))


def test_one_seed_decides_nothing():
    one = made_up({"none": 0.5, "weight": 0.9}, num_seeds=1, escape={"none": 3000, "weight": 100})
    assert set(labels(one).values()) == {"undecided at this n", "not tested here"}
    assert "(no interval: n = 1)" in one.verdicts[0].numbers


def test_short_runs_do_not_show_what_cannot_be_learnt():
    short = made_up({"none": 0.3})
    assert labels(short)["cannot_learn"] == "reproduced"
    short.dataset.attrs |= {"samples": 300, "set": "b=0.001"}
    short = Comparison("short", short.dataset)
    assert "cannot_learn" not in labels(short)
    assert (
        "weight against none, clusters, start plateau, 300 samples, b=0.001, n = 10"
        in short.verdicts[0].numbers
    )


@pytest.mark.parametrize("changes", [{"sd": 0.15}])
def test_noisy_seeds_decide_nothing(changes):
    found = labels(
        made_up(
            {"none": 0.75, "weight": 0.85, "constant": 0.75, "constant_matched": 0.75}, **changes
        )
    )
    assert found["almost_20_test"] == found["higher"] == found["structure"] == "undecided at this n"


def test_runs_that_never_escape_count():
    slow = labels(
        made_up({"none": 0.7}, escape={"none": 3000, "weight": None, "constant_matched": None})
    )
    assert slow["by_1700_s"] == slow["sooner"] == "not reproduced"
    fast = made_up({"none": 0.7}, escape={"none": None, "weight": 900, "constant_matched": 900})
    assert labels(fast)["sooner"] == "reproduced"
    (sooner,) = [verdict for verdict in fast.verdicts if verdict.claim.name == "sooner"]
    assert "0 and, of the control, 10 of 10 never escape" in sooner.number
    assert "against never [8640 s, never]" in sooner.beside


def test_annealed_arms_are_asked_for_both_of_their_promises():
    arms = (*ARMS, "weight:schedule=linear", "weight:schedule=exponential")
    escape = {
        "none": 3000,
        "weight": 1000,
        "weight:schedule=linear": 1000,
        "weight:schedule=exponential": 3500,
    }
    found = made_up(
        {
            "none": 0.95,
            "weight": 0.8,
            "weight:schedule=linear": 0.95,
            "weight:schedule=exponential": 0.9,
        },
        arms=arms,
        escape=escape,
    ).verdicts
    annealed = {(one.claim.arm, one.claim.name): one.label for one in found if ":" in one.claim.arm}
    assert annealed == {
        ("weight:schedule=linear", "annealed_sooner"): "reproduced",
        ("weight:schedule=linear", "annealed_keeps"): "reproduced",
        ("weight:schedule=exponential", "annealed_sooner"): "not reproduced",
        ("weight:schedule=exponential", "annealed_keeps"): "not reproduced",
    }


def test_images_are_judged_by_the_journals_claim_and_other_models_by_none():
    on_images = made_up({"none": 0.7, "weight": 0.9}, data="images")
    found = labels(on_images)
    assert found["ten_test"] == found["ten_online_relative"] == "reproduced"
    assert not {"almost_20_test", "cannot_learn", "by_1700_s"} & set(labels(on_images))
    on_images.dataset.attrs["model"] = "kappel_2015"
    other = Comparison("other", on_images.dataset)
    assert labels(other) == {}
    assert {arm for _, arm in asked(other)} == {*ARMS} - {"none"}


def test_arms_that_are_not_there_are_not_judged():
    assert set(labels(made_up({"none": 0.7}, arms=("none", "constant")))) == {
        "cannot_learn",
        "cannot_learn_by_1700_s",
    }
    assert set(labels(made_up({"none": 0.7, "weight": 0.7}, arms=("weight",)))) == {
        "by_1700_s",
        "course_1700_s",
    }


@pytest.mark.slow  # statistical
def test_no_effect_is_rarely_called_one():
    """All arms alike, 25 times: Holm holds all claims of a comparison together to 5 %, so 25 make
    1.2 +- 1.1 errors.
    """
    wrong = 0
    for seed in range(25):
        found = labels(made_up({"none": 0.85}, seed=seed, random=True, sd=0.05))
        names = ("higher", "structure", "sooner")
        wrong += any(found[name] in ("reproduced", "smaller than claimed") for name in names)
    assert wrong <= 1.2 + 3 * 1.1


def test_numbers_are_those_of_the_table():
    comparison = made_up({"none": 0.72, "weight": 0.9})
    (higher,) = [verdict for verdict in comparison.verdicts if verdict.claim.name == "higher"]
    (row,) = [row for row in comparison.table if row["arm"] == "weight"]
    for name, told in (("late_probe", higher.number), ("test", higher.beside)):
        numbers = [row[f"{name}_difference{end}"] for end in ("", "_low", "_high")]
        assert f"{numbers[0]:+.3f} [{numbers[1]:+.3f}, {numbers[2]:+.3f}]" in told
    assert higher.numbers.startswith(
        "weight against none, clusters, start plateau, 43200 samples, n = 10: "
    )
    assert str(higher) in str(comparison)


def test_every_arm_that_no_claim_is_about_is_asked_for_what_it_gains():
    """Noise that helps, noise that hurts; `weight` has claims of its own, and no second p."""
    arms = ("none", "weight", "good", "bad")
    means, escape = {"none": 0.8, "good": 0.9, "bad": 0.7}, {"good": 1000, "bad": 5000}
    found = asked(made_up(means, arms=arms, escape=escape))
    assert found == {
        ("arm_higher", "good"): "reproduced",
        ("arm_sooner", "good"): "reproduced",
        ("arm_higher", "bad"): "not reproduced",
        ("arm_sooner", "bad"): "not reproduced",
    }
    assert asked(made_up(means, arms=("weight", "good"))) == {}
    told = str(made_up(means, arms=arms, escape=escape))
    assert "DOES NOT HOLD: bad escapes sooner than no noise (question)" in told
    assert "NOT REPRODUCED: noise escapes sooner (Fang et al. 2018)" in told


@pytest.mark.slow  # statistical
def test_of_arms_without_effect_a_question_is_seldom_answered():
    """200 null repeats of two arms and two questions, one family: 5 % of them, and 3 sd."""
    wrong = 0
    for seed in range(200):
        null = made_up({"none": 0.8}, arms=("none", "a", "b"), seed=seed, random=True, sd=0.05)
        wrong += bool({"reproduced", "smaller than claimed"} & {*asked(null).values()})
    assert wrong <= 10 + 3 * np.sqrt(200 * 0.05 * 0.95)


def test_a_comparison_has_one_p_for_a_difference_and_a_bound():
    """All p are those of verdicts, and equal numbers against equal bounds have equal p."""
    comparison = made_up({"none": 0.72, "weight": 0.9, "constant": 0.74})
    assert not [name for row in comparison.table for name in row if re.search(r"_p(_|$)", name)]
    found = {}
    for verdict in comparison.verdicts:
        told = re.match(
            r"(.*?[])][^,]*), (p .*) against ([\d.]+)[^(]*\((Holm.*?)\)", verdict.number
        )
        if verdict.label != "not tested here":
            number, p, bound, family = told.groups()
            found.setdefault((verdict.reading, number, bound, family), set()).add(p)
    assert len(found) > 10
    assert all(len(each) == 1 for each in found.values())
    tables = str(comparison).partition("REPRODUCED")[0]
    for told in (tables, comparison.csv, comparison._repr_html_()):
        assert not re.search(r"\bp\b", told)


def test_equal_differences_have_no_interval_in_table_and_verdict():
    """All escape at the same time: nothing is known of the spread, and both say so."""
    comparison = made_up({"none": 0.9})
    comparison.dataset["escape_seconds"][:] = 3000.0
    comparison.dataset["escaped"][:] = True
    (row,) = (row for row in comparison.table if row["arm"] == "weight")
    ends = [row[f"escape_difference{end}"] for end in ("", "_low", "_high")]
    np.testing.assert_array_equal(ends, [0, np.nan, np.nan])
    (told,) = (each.number for each in comparison.verdicts if each.claim.name == "sooner")
    assert "no interval: all 10 are equal" in told


def test_a_selection_is_a_comparison_of_its_own():
    """With one arm less there are four tests less: two questions against two bounds each."""
    comparison = made_up({"none": 0.9, "weight": 0.88})
    two = comparison.sel(["none", "constant"])
    assert two.arms == ["none", "constant"]
    for one, size in ((comparison, 8), (two, 4)):
        (told,) = (each.number for each in one.verdicts if "with constant than" in each.claim.text)
        family = "arms, clusters, start plateau, 43200 samples"
        assert f"(Holm, {size} tests of “{family}”, 2 of them here)" in told
    with pytest.raises(
        InputError,
        match=r"no arm 'foo' in .*made-up; it has none, constant, weight, constant_matched",
    ):
        comparison.sel(["foo"])


def of_claim(comparison, name):
    (verdict,) = [one for one in comparison.verdicts if one.claim.name == name]
    return verdict


def test_almost_20_percent_in_points_and_of_the_accuracy_without_noise():
    """0.5 to 0.61: 11 points, and 22 %; 0.85 to 1.0 is 15 points and 17.6 %."""
    one = made_up({"none": 0.5, "weight": 0.61}, sd=0.002)
    points, relative = (of_claim(one, f"almost_20_online{end}") for end in ("", "_relative"))
    assert (points.label, relative.label) == ("smaller than claimed", "reproduced")
    values, control = (
        one.values("final_online_accuracy", arm, "plateau") for arm in ("weight", "none")
    )
    percent = np.mean([100 * (a - b) / b for a, b in zip(values, control)])
    assert relative.number.startswith(f"{percent:+.1f} [")
    assert " %, p < 0.0001 against 15 % (Holm, " in relative.number
    assert "at least 15 % of the accuracy without noise" in relative.claim.text
    test = of_claim(one, "almost_20_test_relative")
    assert test.beside.startswith("last snapshot +2")
    assert test.beside.endswith(" %")


def test_no_share_of_nothing():
    one = made_up({"none": 0.5, "weight": 0.61})
    one.dataset["final_online_accuracy"].loc[{"arm": "none", "seed": 3}] = 0.0
    verdict = of_claim(one, "almost_20_online_end_relative")
    assert verdict.label == "undecided at this n"
    assert verdict.number == "no interval: none answers nothing right in a run"


def test_what_is_lost_is_lost_in_the_last_snapshot_too():
    """Both numbers of the row have one sign: worse is above 0."""
    arm = "weight:schedule=linear"
    one = made_up({"none": 0.95, arm: 0.85}, arms=("none", arm), sd=0.002)
    kept = of_claim(one, "annealed_keeps")
    assert kept.number.startswith("+0.1")
    assert "lost, p < 0.0001 against 0.02 lost" in kept.number
    assert kept.beside.startswith("last snapshot +0.1")
    assert kept.beside.endswith("] lost")


def test_a_bound_says_how_far_off_it_is():
    one = made_up({"none": 0.75, "weight": 0.9}, escape={"none": 3000, "weight": 170})
    by = of_claim(one, "by_1700_s")
    median = np.median(one.escape("weight", "plateau").seconds)
    assert by.beside == f"1700 s is {1700 / median:.3g} times that"
    one.dataset["escape_seconds"].loc[{"arm": "weight"}] = 50.0
    early = Comparison("early", one.dataset)
    assert of_claim(early, "by_1700_s").beside == "1700 s is at least 34 times that"


def test_families_are_of_what_is_asked_of_one_dataset_and_start():
    """Of some measures alone: Holm is over their tests, and all of these are given."""
    one = made_up({"none": 0.75, "weight": 0.9}, escape={"none": 3000, "weight": 900})
    some = verdicts(one, ("escape", "by", "course"))
    some = [v for v in some if v.claim.family == "paper"]
    assert [v.claim.name for v in some] == [
        "course_1700_s",
        "by_1700_s",
        "sooner",
        "sooner_by_structure",
    ]
    family = "(Holm, 5 tests of “paper, clusters, start plateau, 43200 samples”"
    assert all(family in v.number for v in some[:3])
    assert {v.claim.name for v in verdicts(one)} > {v.claim.name for v in some}


def test_power_that_drifts_apart_refutes_neither_at_the_end():
    one = made_up({"none": 0.75, "weight": 0.9})
    assert "so that this refutes neither" in of_claim(one, "not_power").number
    assert "so that this refutes neither" not in of_claim(one, "sooner_by_structure").number
