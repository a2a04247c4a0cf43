"""Parts of a comparison or a sweep, put together, are the whole, to the last attribute."""

import shutil
from functools import cache
from itertools import product
from pathlib import Path

import pytest
import xarray
from runs import SETTINGS, in_this_process, undrawn

from spikesampler import Comparison, Result, compare
from spikesampler.errors import DamagedError, InputError
from spikesampler.experiments.comparison_dataset import gather
from spikesampler.experiments.comparison_result import run_folder
from spikesampler.jobs.progress import silent

ARMS, STARTS, SEEDS = ("none", "weight"), ("prior", "plateau"), (5, 6, 7)
SHORT = {name: value for name, value in SETTINGS.items() if name not in ("noise", "seed")} | {
    "samples": 60,
    "probe_every": 20,
    "record": "none",
}


@pytest.fixture(scope="module")
def whole(cache, tmp_path_factory):
    """Two arms, two starts, three seeds."""
    folder = tmp_path_factory.mktemp("whole") / "comparison"
    with undrawn(), in_this_process():
        return compare(
            model="fang_2018",
            **SHORT,
            arms=list(ARMS),
            start=list(STARTS),
            seeds=len(SEEDS),
            first_seed=SEEDS[0],
            out=folder,
            progress=silent,
        )


@cache
def gathered(folder, arms, starts, seeds):
    """The dataset of these runs, which takes a second to gather."""
    points = product(arms, starts, seeds)
    return gather({point: Result(folder / run_folder(*point), verify=False) for point in points})


def part(whole, arms=ARMS, starts=STARTS, seeds=SEEDS, name="part"):
    """The comparison that a command with these arms, starts and seeds would have given."""
    return Comparison(Path(name), gathered(whole.folder, arms, starts, seeds).copy(deep=True))


@pytest.mark.parametrize(
    "axis",
    [
        [{"seeds": (5,)}, {"seeds": (6, 7)}],
        [{"arms": ("none",)}, {"arms": ("weight",)}],
        [{"starts": ("prior",)}, {"starts": ("plateau",)}],
        [{"arms": (arm,), "seeds": seeds} for arm, seeds in product(ARMS, ((5, 6), (7,)))],
    ],
)
def test_parts_together_are_the_whole(whole, axis):
    """Escapes, too: half-way to the best arm of all, not of a part."""
    first, *others = (part(whole, **given, name=str(given)) for given in axis)
    xarray.testing.assert_identical(first.concat(*others).dataset, whole.dataset)


def test_the_threshold_is_that_of_all(whole):
    """`none` alone has another one: its own final accuracy is not the best."""
    none, weight = (part(whole, arms=(arm,), name=arm) for arm in ARMS)
    levels = {one.dataset.attrs["escape_threshold"] for one in (none, weight)}
    assert len(levels) == 2
    assert weight.concat(none).dataset.attrs["escape_threshold"] == max(levels)


def test_oddities_are_counted_over_all_parts(whole):
    one, two = part(whole, seeds=(5,), name="one"), part(whole, seeds=(6, 7), name="two")
    one.dataset.attrs["oddities"] = "warning: of 4 runs 1 with no responses, 2 with a silent input"
    two.dataset.attrs["oddities"] = "warning: of 8 runs 3 with no responses"
    both = "warning: of 12 runs 4 with no responses, 2 with a silent input"
    assert one.concat(two).dataset.attrs["oddities"] == both


def changed(comparison, **attrs):
    return Comparison("changed", comparison.dataset.assign_attrs(attrs))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda one, two: changed(two, model="mine"),
            "changed and .*one cannot be put together: the model differs .'mine' and 'fang_2018'.;",
        ),
        (
            lambda one, two: changed(two, model_sha256="0"),
            "the model's text differs; give results of the same model and settings",
        ),
        (lambda one, two: changed(two, set="b=0.1"), "the parameters that were set differs"),
        (lambda one, two: changed(two, samples=61), "samples differs .61 and 60.; give results"),
        (
            lambda one, two: Comparison(
                "late", two.dataset.assign_coords(sample_block=[0, 1, 2, 3])
            ),
            "late and .*one cannot be put together: their probes are at other samples",
        ),
        (
            lambda one, two: Comparison("old", two.dataset.drop_vars("averaged_accuracy")),
            "old has no averaged_accuracy, as others have: leave it out, or make it anew",
        ),
        (
            lambda one, two: one,
            r"one \(number 2\) cannot be put together with the others: one of them has the run of"
            " arm none, start prior, seed 5, too; leave it out with sel",
        ),
        (
            lambda one, two: two.sel("none"),
            "one and .*two cannot be put together: 4 of the runs of a full grid are in none, such"
            " as that of arm weight, start prior, seed 6; run them, or leave others out",
        ),
        (lambda one, two: two.dataset, "a Dataset is no Comparison: give one or several"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(whole, make, message):
    one, two = part(whole, seeds=(5,), name="one"), part(whole, seeds=(6, 7), name="two")
    with pytest.raises(InputError, match=message) as refused:
        one.concat(make(one, two))
    assert "\n" not in str(refused.value)


def test_runs_of_a_seed_that_were_shown_others_are_no_pairs(whole):
    none, weight = (part(whole, arms=(arm,), name=arm) for arm in ARMS)
    prints = weight.dataset["fingerprint"].copy()
    prints[1, 2] = "0" * 64
    other = Comparison("other", weight.dataset.assign(fingerprint=prints))
    with pytest.raises(
        InputError, match=r"other and .*none cannot be put together: runs of seed 7"
    ):
        none.concat(other)


def test_an_arm_of_the_same_name_is_the_same_noise(whole):
    one, two = part(whole, seeds=(5,), name="one"), part(whole, seeds=(6, 7), name="two")
    texts = two.dataset["arm_text"].copy(data=["none", "weight=2*b"])
    other = Comparison("other", two.dataset.assign(arm_text=texts))
    with pytest.raises(
        InputError, match=r"the arm weight is weight=2\*b and weight; give it another"
    ):
        one.concat(other)


def test_a_part_is_taken_and_never_written(whole):
    few = whole.sel("weight", start="plateau", seed=[7, 5])
    assert (few.arms, few.starts, few.seeds) == (["weight"], ["plateau"], [7, 5])
    chosen = whole.dataset.sel(arm=["weight"], start="plateau", seed=[7, 5])
    xarray.testing.assert_identical(few.dataset, chosen)
    assert [run["seed"] for run in few.runs] == [7, 5]
    before = (whole.folder / "comparison.nc").read_bytes()
    for one in (few, whole.sel(seed=5).concat(whole.sel(seed=6))):
        with pytest.raises(InputError, match=r"this is not the comparison of .*, whose files stay"):
            one.write()
    assert (whole.folder / "comparison.nc").read_bytes() == before


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"arm": "mine"}, "no arm 'mine' in .*; it has none, weight"),
        ({"seed": [5, 8]}, "no seed 8 in .*; it has 5, 6, 7"),
        ({"start": "plain"}, "no start 'plain' in .*; it has prior, plateau"),
        ({"arm": []}, "no arm None in"),
    ],
)
def test_a_part_that_there_is_not(whole, given, message):
    with pytest.raises(InputError, match=message):
        whole.sel(**given)


def test_a_run_is_opened_by_what_it_is(whole):
    result = whole.result("weight", 6, "plateau")
    assert (result.arm, result.seed, result.start) == ("weight", 6, "plateau")
    assert result.test_accuracy == whole.values("test_accuracy", "weight", "plateau")[1]
    only = whole.sel("none", "prior").result(seed=7)
    assert (only.arm, only.seed, only.start) == ("none", 7, "prior")
    for place in whole.runs:
        assert Result(place["folder"], verify=False).seed == place["seed"]
    assert len(whole.runs) == 12
    with pytest.raises(InputError, match="has 2 starts: say which start"):
        whole.result("none", 5)
    with pytest.raises(InputError, match=r"no seed 4 in .*; it has 5, 6, 7"):
        whole.result("none", 4, "prior")


def test_runs_of_several_folders_are_opened_from_theirs(whole, tmp_path):
    """One comparison in each of two folders, one seed each."""
    parts = []
    for seed in (5, 6):
        for arm, start in product(ARMS, STARTS):
            name = run_folder(arm, start, seed)
            shutil.copytree(whole.folder / name, tmp_path / str(seed) / name)
        parts.append(Comparison(tmp_path / str(seed), whole.sel(seed=seed).dataset))
    both = parts[0].concat(parts[1])
    assert both.result("none", 6, "prior").path.parent == tmp_path / "6"
    assert both.sel(seed=5).result("none", start="prior").path.parent == tmp_path / "5"
    shutil.rmtree(tmp_path / "6" / run_folder("none", "prior", 6))
    with pytest.raises(InputError, match="is not there: the numbers made from it are complete"):
        both.result("none", 6, "prior")


def test_another_run_in_its_place_is_refused(whole, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(whole.folder, copy)
    shutil.rmtree(copy / run_folder("none", "prior", 5))
    shutil.copytree(copy / run_folder("none", "prior", 6), copy / run_folder("none", "prior", 5))
    with pytest.raises(DamagedError, match=r"is not the run that .* was made from"):
        Comparison(copy).result("none", 5, "prior")


def test_a_notebook_shows_the_effect_of_each_arm(whole):
    page = whole.sel(start="prior")._repr_html_()
    row = next(row for row in whole.sel(start="prior").table if row["arm"] == "weight")
    for name, form in (
        ("late_probe_accuracy", ".3f"),
        ("test_accuracy", ".3f"),
        ("averaged_accuracy", ".3f"),
        ("late_probe_difference", "+.3f"),
    ):
        mean, low, high = (f"{row[name + end]:{form}}" for end in ("", "_low", "_high"))
        assert f">{mean} [{low}, {high}]<" in page
    assert "3 seeds" not in page
    assert ">5, 6, 7<" in page
    verdicts = whole.sel(start="prior").verdicts
    assert verdicts
    assert all(v.label in page and v.claim.text in page for v in verdicts)
    few = whole.sel(seed=5)
    few.dataset = few.dataset.assign_attrs(data="<script>alert(1)</script>")
    page = few._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "one seed: no intervals" in page
