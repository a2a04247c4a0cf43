"""Parts of a sweep, put together, are that sweep, to the last attribute; runs are opened by what
they are.
"""

import shutil
from itertools import product

import numpy as np
import pytest
import xarray
from runs import SIZES, undrawn

from spikesampler import Result, Sweep, sweep
from spikesampler.errors import InputError
from spikesampler.experiments.sweep_dataset import bayes_thresholds, gather, read_point
from spikesampler.experiments.sweep_plan import plan_sweep
from spikesampler.jobs.executors import ThisProcess
from spikesampler.jobs.progress import silent

B, SCALES, ARMS, SEEDS = [1e-4, 1e-3, 1e-2], [0.5, 2.0], ["none", "weight"], [5, 6, 7]
SHORT = {
    "model": "fang_2018",
    "set": SIZES,
    "samples": 60,
    "probe_every": 20,
    "probe_samples": 20,
    "test_samples": 50,
    "record": "none",
}


def make(folder, **changes):
    with undrawn(), ThisProcess() as executor:
        return sweep(**SHORT | changes, executor=executor, out=folder, progress=silent)


@pytest.fixture(scope="module")
def whole(cache, tmp_path_factory):
    """Three learning rates, two arms, three seeds; and none of them fails."""
    folder = tmp_path_factory.mktemp("whole") / "sweep"
    return make(folder, grid={"b": B}, arms=ARMS, seeds=3, first_seed=5)


def part(whole, b=B, arms=ARMS, seeds=SEEDS, name="part"):
    """The sweep that a command with these values, arms and seeds would have given."""
    plan = plan_sweep(**SHORT, grid={"b": b}, arms=arms, seeds=len(seeds), first_seed=seeds[0])
    records = {
        cell.folder: read_point(
            whole.folder
            / str(
                whole.dataset["folder"].sel(b=cell.values["b"], arm=cell.arm, seed=cell.seed).values
            )
        )
        for cell in plan.cells
    }
    return Sweep(name, gather(plan, records), [])


def without_folders(sweep):
    return sweep.dataset.drop_vars("folder")


@pytest.mark.parametrize(
    "axis",
    [
        [{"seeds": [5]}, {"seeds": [6, 7]}],
        [{"arms": ["none"]}, {"arms": ["weight"]}],
        [{"b": [1e-4, 1e-2]}, {"b": [1e-3]}],  # in their order, whichever comes first
        [{"b": [b], "arms": [arm]} for b, arm in product(B, ARMS)],
    ],
)
def test_parts_together_are_the_whole(whole, axis):
    first, *others = (part(whole, **given, name=str(given)) for given in axis)
    together = first.concat(*others)
    xarray.testing.assert_identical(without_folders(together), without_folders(whole))
    assert together.summary == {"points": 18, "finished": 18, "failed": 0}


def test_single_values_that_sel_leaves_are_put_together(whole):
    """As if they had been given in a list."""
    together = whole.sel(b=1e-4).concat(whole.sel(b=1e-2))
    expected = whole.sel(b=[1e-4]).concat(whole.sel(b=[1e-2]))
    xarray.testing.assert_identical(together.dataset, expected.dataset)
    with pytest.raises(InputError, match=r"one of them has the run of arm none, .* too; leave it"):
        whole.sel(b=1e-4).concat(whole.sel(b=1e-4))


def test_without_a_ceiling_all_escape_half_way_to_the_best(whole):
    """As on real data, whose density is unknown: a part has other thresholds than the whole."""
    parts = [part(whole, b=[b], name=f"b={b}") for b in B]
    for one in parts:
        one.dataset["bayes_accuracy"][:] = np.nan
    together = parts[0].concat(*parts[1:]).dataset
    probe = whole.dataset["probe_accuracy"]
    best = probe.mean("seed").max().item()
    np.testing.assert_allclose(together["escape_threshold"], (0.2 + best) / 2)
    for b, arm, seed in product(B, ARMS, SEEDS):
        run = together.sel(b=b, arm=arm, seed=seed)
        times, curve = run["probe_time"].values, run["probe_curve"].values
        above = [t for t, accuracy in zip(times, curve) if accuracy > (0.2 + best) / 2]
        assert run["escape_seconds"] == (above[0] if above else times[-1])
        assert run["escaped"] == bool(above)
    thresholds = bayes_thresholds(
        np.full((2, 3), np.nan), parts[0].dataset["probe_accuracy"].values[0], np.full((2, 3), 0.2)
    )
    assert not np.allclose(thresholds, (0.2 + best) / 2)
    old = Sweep("old", parts[1].dataset.drop_vars("probe_time"), [])
    with pytest.raises(InputError, match="old does not say when its probes were: repeat"):
        parts[0].concat(old)


def test_designs_follow_one_another(cache, tmp_path):
    """Two seeds of one design, and another design of the same parameters."""
    design = {"vary": {"b": "log(1e-4,1e-2)"}, "design": "random:2", "seeds": 1, "arms": ["none"]}
    one, same, other = (
        make(tmp_path / name, **design, first_seed=seed, design_seed=number)
        for name, seed, number in (("one", 5, 1), ("same", 6, 1), ("other", 5, 2))
    )
    seeds = one.concat(same)
    assert seeds.dataset.sizes["point"] == 2
    np.testing.assert_array_equal(seeds.dataset["b"], one.dataset["b"])
    np.testing.assert_array_equal(
        seeds.dataset["test_accuracy"],
        np.column_stack([one.dataset["test_accuracy"], same.dataset["test_accuracy"]]),
    )
    points = one.concat(other)
    assert points.dataset.sizes["point"] == 4
    np.testing.assert_array_equal(points.dataset["b"][2:], other.dataset["b"])
    np.testing.assert_array_equal(
        points.dataset["test_accuracy"][2:], other.dataset["test_accuracy"]
    )
    place = float(other.dataset["b"][1])
    assert points.result(b=place).path.parent == tmp_path / "other"
    assert one.result(point=1).test_accuracy == one.dataset["test_accuracy"][1, 0]
    with pytest.raises(InputError, match=r"point=2: .* has the points 0 to 1"):
        one.sel(point=2)
    with pytest.raises(InputError, match=r"3 of the runs .* such as that of point 1, .* seed 6"):
        one.concat(other, same.sel(point=[0]))


def changed(part, **attrs):
    return Sweep("changed", part.dataset.assign_attrs(attrs), [])


@pytest.mark.parametrize(
    ("alter", "message"),
    [
        (
            lambda one, two: changed(two, model_sha256="0"),
            r"changed and \S*one cannot be put together: the model's text differs; give results",
        ),
        (lambda one, two: changed(two, set="N=5"), "the parameters that were set differs"),
        (lambda one, two: changed(two, test_samples=51), r"test_samples differs \(51 and 50\)"),
        (
            lambda one, two: one,
            "has the run of b 0.0001, arm none, start prior, seed 5, too; leave",
        ),
        (
            lambda one, two: two.sel(b=1e-3),
            "1 of the runs of a full grid are in none, such as that of b 0.0001",
        ),
        (
            lambda one, two: Sweep("other", two.dataset.isel(b=0, drop=True), []),
            "other does not vary b, which others do: give sweeps over the same parameters",
        ),
        (lambda one, two: "two", "a str is no Sweep: give one or several"),
        (
            lambda one, two: Sweep("bare", two.dataset.drop_vars("probe_curve"), []),
            "bare has no finished run: leave it out",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(whole, alter, message):
    one, two = (
        part(whole, b=B[:2], arms=["none"], seeds=[seed], name=name)
        for seed, name in ((5, "one"), (6, "two"))
    )
    with pytest.raises(InputError, match=message) as refused:
        one.concat(alter(one, two))
    assert "\n" not in str(refused.value)


def test_a_part_has_its_values(whole):
    few = whole.sel(b=0.001, arm="weight", seed=[7, 5])
    chosen = whole.dataset.sel(b=0.001, arm="weight", seed=[7, 5])
    xarray.testing.assert_identical(few.dataset, chosen)
    assert few.summary["points"] == 2
    assert whole.sel(b=[1e-2, 1e-4]).dataset["b"].values.tolist() == [1e-2, 1e-4]
    assert whole.sel(seed=6).dataset["test_accuracy"].dims == ("b", "arm", "seed")
    assert whole.sel(b=1e-3 * (1 + 1e-12)).dataset["b"] == 1e-3
    assert few.figure().axes
    with pytest.raises(InputError, match=r"this is not the sweep of .*, whose files stay"):
        few.write()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"b": 0.5}, r"has no b 0.5: it has 0.0001, 0.001, 0.01"),
        ({"b": "0.001"}, r"has no b '0.001': it has 0.0001"),
        ({"b": True}, "has no b True"),
        ({"arm": "mine"}, "has no arm 'mine': it has none, weight"),
        ({"N": 5}, r"has no 'N': expected one of b, arm, start, seed"),
        ({"point": 1}, "has no 'point'"),
        ({"seed": []}, r"seed=\[\]: give one or more of its values"),
    ],
)
def test_a_part_that_there_is_not(whole, given, message):
    with pytest.raises(InputError, match=message):
        whole.sel(**given)


def test_a_run_is_opened_by_what_it_is(whole, tmp_path):
    result = whole.result(b=1e-2, arm="weight", seed=6)
    assert (result.parameters["b"].value, result.arm, result.seed) == (1e-2, "weight", 6)
    assert result.test_accuracy == whole.dataset["test_accuracy"].sel(b=1e-2, arm="weight", seed=6)
    with pytest.raises(InputError, match=r"6 runs of .* are like that: say also arm, seed"):
        whole.result(b=1e-2)
    assert len(whole.runs) == 18
    for run in whole.runs:
        there = Result(run["folder"], verify=False)
        assert (there.parameters["b"].value, there.arm) == (run["b"], run["arm"])
        assert (there.start, there.seed) == (run["start"], run["seed"])
    copy = tmp_path / "copy"
    shutil.copytree(whole.folder, copy)
    shutil.rmtree(copy / whole.result(b=1e-4, arm="none", seed=5).path.name)
    with pytest.raises(InputError, match="is not there: the numbers made from it are complete"):
        Sweep(copy).result(b=1e-4, arm="none", seed=5)
    old = Sweep("old", whole.dataset.drop_vars("folder"), [])
    for ask in (lambda: old.runs, lambda: old.result(b=1e-4, arm="none", seed=5)):
        with pytest.raises(InputError, match="old does not name the folders of its runs: repeat"):
            ask()


def test_failures_go_with_their_points(whole, tmp_path):
    """A failed run is in the part that has its point, and in what is put together."""
    dataset = whole.dataset.copy(deep=True)
    place = {"b": 1e-3, "arm": "none", "seed": 6}
    dataset["finished"].loc[place] = 0
    dataset["test_accuracy"].loc[place] = np.nan
    folder = str(dataset["folder"].sel(place).values)
    failure = {**place, "start": "prior", "folder": folder, "error": "the disk is full"}
    failed = Sweep(whole.folder, dataset, [failure])
    assert failed.sel(b=1e-3).failures == [failure]
    assert failed.sel(b=1e-2).failures == []
    assert len(failed.runs) == 17
    with pytest.raises(InputError, match=r"that run of .* failed: the disk is full"):
        failed.result(**place)
    together = failed.sel(seed=[5, 6]).concat(failed.sel(seed=7))
    assert together.summary["failed"] == 1
    assert together.failures[0]["folder"] == str(whole.folder / folder)
    page = failed._repr_html_()
    assert "17 of 18 finished, 1 failed" in page
    assert "1 failed: the disk is full" in page


def test_a_notebook_shows_axes_and_the_best(whole):
    page = whole._repr_html_()
    assert "0.0001, 0.001, 0.01 (1/second)" in page
    means = whole.dataset["test_accuracy"].mean("seed")
    row = max(whole.rows(), key=lambda row: row["test_accuracy"])
    assert row["test_accuracy"] == pytest.approx(means.max().item())
    low, high = row["test_accuracy_low"], row["test_accuracy_high"]
    first_row = page.split("<tbody>")[1].split("</tr>")[0]
    assert f"{row['test_accuracy']:.3f} [{low:.3f}, {high:.3f}]" in first_row
    assert page.split("<tbody>")[1].count("<tr>") == 5
    evil = changed(whole, data="<script>")._repr_html_()
    assert "<script>" not in evil
