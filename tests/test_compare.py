"""A comparison: its table follows from its runs, arms of a seed see the same, and no stop changes a
number.
"""

import csv
import os
import shutil
import signal
import time

import numpy as np
import pytest
import xarray
from runs import SIZES, command, listing, options, processes, start

from spikesampler import Comparison, Result, compare
from spikesampler.errors import InputError
from spikesampler.store.folders import folder_lock
from spikesampler.store.manifest import read_manifest, write_manifest

FEW = {"noise": None, "seed": 5, "samples": 60, "probe_every": 20, "record": "none"}
POINTS = [("none", 5), ("none", 6), ("weight", 5), ("weight", 6)]
HEADLINES = ("online_accuracy", "probe_accuracy", "test_accuracy", "bayes_accuracy")
AVERAGED = "averaged_accuracy"


def arguments(folder, arms="none,weight", seeds=2, **changes):
    return [
        "compare",
        "fang_2018",
        "--arms",
        arms,
        "--seeds",
        seeds,
        *options(**FEW | changes),
        "--out",
        folder,
    ]


@pytest.fixture(scope="module")
def folder(cache, tmp_path_factory):
    return tmp_path_factory.mktemp("compare") / "comparison"


@pytest.fixture(scope="module")
def said(folder):
    return command(*arguments(folder), "--json")


@pytest.fixture(scope="module")
def dataset(said, folder):
    return xarray.load_dataset(folder / "comparison.nc")


def runs(folder):
    return {(arm, seed): Result(folder / f"{arm}-prior-seed{seed}") for arm, seed in POINTS}


def interval_of_two(first, second):
    """Mean and Student's t interval of two values, and p that their mean is 0: with one degree of
    freedom t is Cauchy's, whose quantile is a tangent.
    """
    mean, half = (first + second) / 2, abs(second - first) / 2
    out = np.tan(0.475 * np.pi) * half
    return mean, mean - out, mean + out, 1 - 2 / np.pi * np.arctan2(abs(mean), half)


def test_json_names_the_dataset_the_table_and_the_figure(said, folder):
    assert said.status == 0
    assert said.json | {"out": str(folder), "dataset": str(folder / "comparison.nc")} == said.json
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json",
        "comparison.nc",
        "table.csv",
        "learning_curves.png",
        "accuracies.png",
        "escapes.png",
        "learning_curves.pdf",
        "accuracies.pdf",
        "escapes.pdf",
        *(f"{arm}-prior-seed{seed}" for arm, seed in POINTS),
    }
    for picture in folder.glob("*.p[nd][gf]"):
        assert picture.read_bytes()[:4] == {".png": b"\x89PNG", ".pdf": b"%PDF"}[picture.suffix]


def test_the_table_is_mean_and_interval_of_the_runs(said, dataset, folder):
    results = runs(folder)
    with open(folder / "table.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    for arm, row, told in zip(("none", "weight"), rows, said.json["arms"], strict=True):
        assert (row["arm"], row["start"], row["seeds"], told["arm"]) == (arm, "prior", "2", arm)
        for name in (*HEADLINES, AVERAGED):
            mean, *bounds, _ = interval_of_two(*(getattr(results[arm, s], name) for s in (5, 6)))
            low, high = (float(row[f"{name}_{end}"]) for end in ("low", "high"))
            assert float(row[name]) == told[name] == pytest.approx(mean, rel=1e-12)
            assert [low, high] == pytest.approx(np.clip(bounds, 0, 1))


def test_the_table_compares_every_arm_with_none(said, dataset, folder):
    results = runs(folder)
    none, weight = said.json["arms"]
    for name in ("online", "probe", "test", "averaged"):
        final = [
            [getattr(results[arm, seed], f"{name}_accuracy") for seed in (5, 6)]
            for arm in ("none", "weight")
        ]
        assert none[f"{name}_difference"] is None
        mean, *bounds, _ = interval_of_two(*np.subtract(final[1], final[0]))
        bounds = np.clip(bounds, -1, 1)
        assert weight[f"{name}_difference"] == pytest.approx(mean, abs=1e-12)
        found = [weight[f"{name}_difference_{end}"] for end in ("low", "high")]
        assert found == pytest.approx(bounds)
    final = {
        arm: np.mean([results[arm, seed].probe_accuracy for seed in (5, 6)])
        for arm in ("none", "weight")
    }
    half_way = (0.2 + max(final.values())) / 2
    assert dataset.attrs["escape_threshold"] == pytest.approx(half_way)
    for row in (none, weight):
        seconds = []
        for seed in (5, 6):
            curve = results[row["arm"], seed].learning["probe_accuracy"].values
            above = [t for t, a in zip((0, 4, 8, 12), curve) if a > half_way]
            point = dataset.sel(arm=row["arm"], seed=seed)
            assert (bool(point["escaped"]), float(point["escape_seconds"])) == (
                bool(above),
                (above or [12])[0],
            )
            seconds += above[:1]
        assert row["escaped"] == len(seconds)
        assert row["escape_seconds"] == (min(seconds) if seconds else None)  # one of two is half
    later = (
        dataset["escape_seconds"].sel(arm="weight") - dataset["escape_seconds"].sel(arm="none")
    ).mean()
    assert weight["escape_difference"] == pytest.approx(float(later))


@pytest.mark.usefixtures("undrawn", "in_this_process")
def test_one_seed_has_means_and_no_intervals(folder, tmp_path):
    done = command(*arguments(tmp_path / "one", arms="none,weight", seeds=1), "--json")
    assert done.status == 0
    for row in done.json["arms"]:
        assert 0 <= row["test_accuracy"] <= 1
        assert (
            row["test_accuracy_low"]
            is row["test_difference_low"]
            is row["averaged_accuracy_low"]
            is row["averaged_difference_low"]
            is None
        )
    verdicts = {one["claim"]: one["verdict"] for one in done.json["verdicts"]}
    # the control is out within two probes, whatever the number of seeds
    assert verdicts.pop("noise escapes sooner") == "undecided: the probe is too coarse"
    assert {*verdicts.values()} == {"undecided at this n"}
    shown = command(*arguments(tmp_path / "one", arms="none,weight", seeds=1), "--resume").out
    assert "one seed: no intervals and no tests; give --seeds 10" in shown


def test_the_dataset_holds_curves_and_headlines_of_every_run(dataset, folder):
    sizes = {"arm": 2, "seed": 2, "sample_block": 4, "answer": 3, "confidence_bin": 15}
    assert dict(dataset.sizes) == sizes
    assert dataset["sample_block"].values.tolist() == [0, 20, 40, 60]
    assert dataset["arm"].values.tolist() == ["none", "weight"]
    assert dataset["seed"].values.tolist() == [5, 6]
    np.testing.assert_allclose(dataset["probe_time"], [0, 4, 8, 12])
    words = {"arm_text", "fingerprint"}
    assert all("units" in dataset[name].attrs for name in {*dataset.data_vars} - words)
    assert dataset["arm_text"].values.tolist() == ["none", "weight"]
    for (arm, seed), result in runs(folder).items():
        point = dataset.sel(arm=arm, seed=seed)
        for name in ("probe_accuracy", "online_accuracy"):
            np.testing.assert_array_equal(point[name], result.learning[name])
        for name in HEADLINES:
            assert point[f"final_{name}"] == getattr(result, name)
        assert point[AVERAGED] == getattr(result, AVERAGED)
        assert result.manifest["arm"] == arm


def test_arms_of_a_seed_have_the_same_stimuli_order_and_start(folder, dataset):
    results = runs(folder)
    for name in ("label", "test_label", "test_points", "input_class_rate"):
        for seed in (5, 6):
            np.testing.assert_array_equal(
                results["none", seed].learning[name], results["weight", seed].learning[name]
            )
        assert (
            results["none", 5].learning[name].values != results["none", 6].learning[name].values
        ).any()
    theta = {point: result.learning["theta"].values for point, result in results.items()}
    np.testing.assert_array_equal(theta["none", 5][0], theta["weight", 5][0])
    assert (theta["none", 5][-1] != theta["weight", 5][-1]).mean() > 0.99  # the noise
    np.testing.assert_array_equal(theta["none", 5].shape, (4, SIZES["K"], SIZES["I"]))


def test_the_table_is_printed_for_people(folder, dataset):
    done = command(*arguments(folder), "--resume")
    assert done.status == 0
    assert done.out[0].split() == "prior online probe, last 2000 s test Bayes".split()
    mean = dataset["final_test_accuracy"].sel(arm="weight").values.mean()
    assert f"{mean:.3f} [" in done.out[2]
    late = dataset["late_probe_accuracy"]
    difference = late.sel(arm="weight") - late.sel(arm="none")
    assert done.out[5].split()[:2] == ["weight", f"{difference.values.mean():+.3f}"]
    heads = "averaged mean theta log loss averaged averaged - none"
    assert done.out[6].split() == heads.split()
    averaged = dataset[AVERAGED].sel(arm="weight")
    difference = averaged - dataset[AVERAGED].sel(arm="none")
    assert f" {averaged.values.mean():.3f} [" in done.out[8]
    assert f" {difference.values.mean():+.3f} [" in done.out[8]
    assert done.out[9].startswith("2 seeds: mean [95 % interval of that mean alone]; diff")
    threshold = f"{dataset.attrs['escape_threshold']:.3f}"
    assert done.out[10].startswith(f"chance 0.200; escape: the probe first above {threshold}")
    asked = "almost 20 % more accurate with noise in test"  # in points, and in % of the control
    assert sum(asked in line for line in done.out) == 2
    assert [line.split()[0] for line in done.out[-5:]] == [
        "dataset",
        "table",
        "figure",
        "accuracies",
        "escapes",
    ]


def test_resuming_a_finished_comparison_changes_no_byte(folder, dataset):
    before = listing(folder)
    comparison = compare(
        arms=["none", "weight"],
        seeds=2,
        first_seed=5,
        set=SIZES,
        samples=60,
        probe_every=20,
        probe_samples=20,
        test_samples=50,
        record="none",
        out=folder,
        resume=True,
        progress=lambda *_: None,
    )
    assert listing(folder) == before
    xarray.testing.assert_identical(comparison.dataset.drop_attrs(), dataset.drop_attrs())


@pytest.mark.usefixtures("undrawn")
def test_more_seeds_keep_the_runs_that_are_there(folder, dataset, tmp_path):
    shutil.copytree(folder, tmp_path / "more")
    before = listing(tmp_path / "more")
    done = command(
        "compare",
        "fang_2018",
        "--arms",
        "weight",
        "--seeds",
        3,
        *options(**FEW),
        "--out",
        tmp_path / "more",
        "--resume",
        "--json",
    )
    assert done.json["arms"][0]["seeds"] == 3
    after = listing(tmp_path / "more")
    kept = {name: text for name, text in before.items() if "-seed" in name}
    assert kept.items() <= after.items()
    assert "weight-prior-seed7/manifest.json" in after
    assert Comparison(tmp_path / "more").dataset["seed"].values.tolist() == [5, 6, 7]


# --- stops -----

SLOW = {
    "samples": 2000,
    "probe_every": 1000,
    "set": SIZES | {"rho": 1000, "r_max": 900},
    "test_samples": 10,
}


def wait_for(condition, process, seconds=120):
    """Wait for what a running `process` does, or one that was killed leaves behind."""
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() in (None, -signal.SIGKILL), process.stderr.read()
        assert time.monotonic() < end, "this never came"
        time.sleep(0.02)


def engines(folder):
    return [words for words in processes(folder) if words.startswith("./main")]


@pytest.mark.usefixtures("undrawn")
@pytest.mark.slow  # by default of a sweep, whose loop it is
def test_after_a_kill_of_the_parent_no_worker_stays_and_the_rest_is_done_later(
    folder, dataset, tmp_path
):
    """Killed with runs finished, begun and not begun: the same numbers as the comparison that
    nobody disturbed.
    """
    killed = tmp_path / "killed"
    process = start(*arguments(killed), "--workers", 1)
    wait_for(lambda: list(killed.glob("*/learning.nc")), process)
    process.kill()
    process.communicate()
    wait_for(lambda: not processes(killed), process, 20)
    assert not (killed / "comparison.nc").exists()
    assert command(*arguments(killed), "--resume").status == 0
    for arm, seed in POINTS:
        name = f"{arm}-prior-seed{seed}/learning.nc"
        assert (killed / name).read_bytes() == (folder / name).read_bytes()
    speed = ["engine_seconds"]
    xarray.testing.assert_identical(
        xarray.load_dataset(killed / "comparison.nc").drop_vars(speed), dataset.drop_vars(speed)
    )


@pytest.mark.parametrize(
    ("number", "to_group"),
    [
        (signal.SIGINT, True),
        pytest.param(signal.SIGTERM, False, marks=pytest.mark.slow),
        (signal.SIGKILL, False),
    ],
)
def test_a_signal_leaves_a_comparison_that_can_be_resumed_and_no_process(
    dataset, tmp_path, number, to_group
):
    stopped = tmp_path / "stopped"
    process = start(*arguments(stopped, **SLOW), "--workers", 2)
    wait_for(lambda: len(engines(stopped)) == 2, process)
    (os.killpg if to_group else os.kill)(process.pid, number)
    out, err = process.communicate(timeout=30)
    assert out == ""
    assert "Traceback" not in err
    if number == signal.SIGKILL:
        wait_for(
            lambda: not processes(stopped), process, 20
        )  # the workers see that their parent is gone
    else:
        assert process.returncode == 128 + number
        assert err.splitlines()[-1].startswith(
            f"spikesampler: stopped by {number.name}; finished runs are kept: go on"
            f" with --resume --out {stopped}"
        )
    assert not processes(stopped)
    manifests = list(stopped.glob("*/manifest.json"))
    assert len(manifests) == 2  # the runs that had begun; no other one was begun after the signal
    wait_for(
        lambda: all('"status": "interrupted"' in path.read_text() for path in manifests),
        process,
        20,
    )


# --- refused -----


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--arms", ""], "arms: none given; expected at least one, such as none"),
        (["--arms", ","], "arms: none given; expected at least one, such as none"),
        (["--start", ","], "starts: none given; expected at least one, such as prior"),
        (
            ["--arms", "none,weight,none"],
            r"arm none is given twice; give each once \(none:replicate=1 is the same with",
        ),
        (
            ["--arms", "weight,weight:noise_scale=1.0"],
            "arms weight and weight:noise_scale=1.0 are the same; leave one out",
        ),
        (["--start", "prior,prior"], "start prior is given twice; give each once$"),
        (
            ["--start", "prior,elsewhere"],
            "unknown start 'elsewhere'; fang_2018 has prior, plateau; expected one of them, or",
        ),
        (
            ["--arms", "none,weight:b=1e-3"],
            "'b=1e-3' is not an option; expected weight:NAME=VALUE, each once, NAME one",
        ),
        (["--arms", "none,weight:noise_scale="], "'noise_scale=' has no name and value"),
        (["--arms", "none,weight:noise_scale=-1"], "noise_scale=-1"),
        (["--arms", "none,weight:schedule=soon"], "schedule=.*soon"),
        (
            ["--arms", "none,none:noise_scale=3"],
            "'noise_scale=3' is not an option; expected none:NAME=VALUE, .* replicate",
        ),
        (
            ["--set", "noise_scale=0"],
            "noise_scale=0 belongs to an arm; give it there, as in weight:noise_scale=0",
        ),
        (["--arms", "none,none:replicate=x"], "replicate=x: expected a whole number"),
        (["--arms", "none,none:replicate=-1"], "replicate=-1: expected a whole number from 0"),
        (["--arms", "none,foo"], "unknown noise arm 'foo'; expected one of none, constant, weight"),
        (["--seeds", "0"], "seeds=0: expected a whole number from 1"),
        (["--seeds", "two"], "Invalid value for '--seeds': 'two' is not a valid integer"),
        (["--workers", "0"], "workers=0: expected a whole number from 1"),
        (["--workers", "-2"], "workers=-2: expected a whole number from 1"),
        (["--samples", "0"], "samples=0: expected a whole number from 1"),
        (["--data", "absent.csv"], "no data named '.*absent.csv'"),
        (["--set", "rho=1*ms"], "wrong unit 'ms'; expected Hz"),
        (["--noise", "none"], "No such option.*--noise"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_written(tmp_path, given, message):
    import re

    done = command(*arguments(tmp_path / "out"), *given)
    assert (done.status, done.out, len(done.err)) == (2, [], 1)
    assert re.search(message, done.err[0])
    assert list(tmp_path.iterdir()) == []


def test_folders_that_hold_something_else_are_refused_and_left_alone(
    folder, dataset, finished, tmp_path
):
    (tmp_path / "file").touch()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("years of work")
    for given, resume, message in [
        (
            folder,
            [],
            (
                "already holds a comparison; use --resume to go on with it, or give another folder"
                " with --out"
            ),
        ),
        (
            finished,
            ["--resume"],
            "holds other files than a comparison; give a new or empty folder with --out",
        ),
        (tmp_path / "other", ["--resume"], "holds other files than a comparison"),
        (tmp_path / "other", [], "holds other files than a comparison"),
        (tmp_path / "file", [], "is a file; give a folder with --out"),
        (tmp_path / "file" / "below", [], "a file is where a folder should be"),
    ]:
        before = listing(given)
        done = command(*arguments(given), *resume)
        assert (done.status, len(done.err)) == (2, 1)
        assert message in done.err[0]
        assert listing(given) == before
    before = listing(folder)
    for more in ({}, {"samples": 1000}):  # more samples are allowed, so they are no difference
        done = command(*arguments(folder, probe_samples=17, **more), "--resume")
        assert (done.status, len(done.err)) == (2, 1)
        told = "holds a run with other settings (probe_samples is 17 here, 20 there); repeat its"
        assert told in done.err[0]
        assert listing(folder) == before
    named = tmp_path / "named"
    named.mkdir()
    (named / "my-seeds.txt").write_text("poppy")
    assert "holds other files than a comparison" in command(*arguments(named), "--resume").err[0]
    for given, message in [
        ({"resume": True}, "resume needs the folder of the comparison; give out=DIR"),
        ({"seeds": 2.5}, "seeds=2.5: expected a whole number"),
        ({"first_seed": "a"}, "seed='a': expected a whole number"),
        ({"workers": "2"}, "workers='2': expected a whole number"),
        ({"arms": None}, "arms: none given; expected at least one, such as none"),
        ({"arms": 3}, "arms=3: expected a list of texts"),
        ({"seed": 3}, "seed=3 is for a single run; give first_seed and seeds"),
        ({"noise": "weight"}, "noise='weight' is for a single run; give arms"),
        ({"replicate": 1}, "replicate=1 is for a single run; give an arm such as none:replicate=1"),
        (
            {"set": {"schedule": "linear"}},
            "schedule=linear belongs to an arm; give it there, as in weight:sch",
        ),
    ]:
        with pytest.raises(InputError, match=message):
            compare(**given)


def flip(path):
    """Change a byte in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def unfinished(path):
    """As if the run had been stopped, with its newest checkpoint cut off."""
    shutil.rmtree(path / "checkpoint")
    (path / "checkpoint").mkdir()
    (path / "checkpoint" / "state_000000.npz").write_bytes(b"cut off")
    write_manifest(path, read_manifest(path) | {"status": "interrupted"})


@pytest.mark.usefixtures("undrawn", "in_this_process")
@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda path: flip(path / "learning.nc"), "learning.nc is damaged: its SHA-256 is"),
        (
            lambda path: (path / "learning.nc").unlink(),
            "learning.nc is missing: the manifest lists it",
        ),
        (lambda path: flip(path / "manifest.json"), "manifest.json is damaged"),
        (lambda path: (path / "manifest.json").unlink(), "manifest.json is missing"),
        (unfinished, "state_000000.npz is damaged, and no older intact state is left"),
        (shutil.rmtree, ""),
    ],
)
def test_a_damaged_or_missing_run_is_named_and_computed_again(
    folder, dataset, tmp_path, damage, named
):
    copy = shutil.copytree(folder, tmp_path / "copy")
    damage(copy / "weight-prior-seed6")
    before = {
        name: text
        for name, text in listing(copy).items()
        if name.split("/")[0] != "weight-prior-seed6"
    }
    done = command(*arguments(copy), "--resume")
    assert done.status == 0
    told = [line for line in done.err if "weight-prior-seed6.damaged1 and computed again" in line]
    assert len(told) == bool(named)
    assert all(named in line for line in told)
    name = "weight-prior-seed6/learning.nc"
    assert (copy / name).read_bytes() == (folder / name).read_bytes()
    after = listing(copy)
    untouched = [name for name in before if "-seed" in name]
    assert len(untouched) > 9
    assert all(after[name] == before[name] for name in untouched)
    xarray.testing.assert_identical(
        xarray.load_dataset(copy / "comparison.nc").drop_vars("engine_seconds"),
        dataset.drop_vars("engine_seconds"),
    )


@pytest.mark.usefixtures("undrawn", "in_this_process")
def test_a_damaged_run_is_left_alone_where_something_is_refused_and_never_deleted(
    folder, dataset, tmp_path
):
    copy = shutil.copytree(folder, tmp_path / "copy")
    flip(copy / "weight-prior-seed6" / "learning.nc")
    before = listing(copy)
    for given in ([], ["--resume", "--probe-samples", "17"]):
        assert command(*arguments(copy), *given).status == 2
        assert listing(copy) == before
    (copy / "weight-prior-seed5" / "manifest.json").unlink()
    (copy / "weight-prior-seed5" / "thesis.tex").write_text("years of work")
    for number in (1, 2):
        assert command(*arguments(copy), "--resume").status == 0
        assert (copy / "weight-prior-seed5.damaged1" / "thesis.tex").exists()
        assert (copy / f"weight-prior-seed6.damaged{number}" / "learning.nc").exists()
        flip(copy / "weight-prior-seed6" / "learning.nc")


def test_a_finished_comparison_is_opened_again(folder, dataset, tmp_path):
    comparison = Comparison(folder)
    xarray.testing.assert_identical(comparison.dataset, dataset)
    alone = Comparison(shutil.copy(folder / "comparison.nc", tmp_path / "alone.nc"))
    assert str(alone) == str(comparison)
    assert (alone.files["dataset"], alone.folder) == (tmp_path / "alone.nc", tmp_path)
    with pytest.raises(
        InputError, match=r"holds no finished comparison \(no comparison.nc\): finish it with"
    ):
        Comparison(tmp_path)
    (tmp_path / "comparison.nc").write_bytes(b"CDF or not")
    with pytest.raises(
        InputError, match=r"comparison.nc cannot be read as a comparison .*: repeat"
    ):
        Comparison(tmp_path)


def test_two_processes_do_not_work_on_one_comparison(folder, dataset, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    before = listing(copy)
    with folder_lock(copy):
        child = start(*arguments(copy), "--resume")
        _, err = child.communicate(timeout=60)
    assert child.returncode == 2
    assert "copy is being written by another process" in err.splitlines()[-1]
    assert listing(copy) == before


def test_the_dataset_says_how_the_runs_can_be_repeated(dataset, folder):
    attrs, manifest = dataset.attrs, Result(folder / "none-prior-seed5").manifest
    assert {
        name: attrs[name] for name in ("samples", "probe_every", "engine", "source", "kind", "set")
    } == {
        "samples": 60,
        "probe_every": 20,
        "engine": "fast",
        "source": "",
        "kind": "clusters",
        "set": "D=2, I=200, K=5",
    }
    assert attrs["same"] == "stimuli, start, input spikes, teacher events"
    assert attrs["commit"] == str(manifest["commit"])


@pytest.mark.usefixtures("undrawn", "in_this_process")
def test_several_starts_are_a_dimension(cache, tmp_path):
    done = command(
        *arguments(
            tmp_path / "out",
            arms="none,weight:noise_scale=3",
            seeds=1,
            start="prior,plateau",
            samples=20,
            probe_every=10,
        ),
        "--json",
    )
    assert done.status == 0, done.err
    assert [(row["start"], row["arm"]) for row in done.json["arms"]] == [
        (begin, arm) for begin in ("prior", "plateau") for arm in ("none", "weight:noise_scale=3")
    ]
    dataset = xarray.load_dataset(tmp_path / "out" / "comparison.nc")
    sizes = {"arm": 2, "start": 2, "seed": 1, "sample_block": 3, "answer": 3, "confidence_bin": 15}
    assert dict(dataset.sizes) == sizes
    for arm in ("none", "weight:noise_scale=3"):
        for begin in ("prior", "plateau"):
            result = Result(tmp_path / "out" / f"{arm.replace(':', '-')}-{begin}-seed5")
            scale = result.manifest["settings"]["set"].get("noise_scale", 1)
            assert (result.manifest["start"], scale) == (begin, 3 if ":" in arm else 1)
            point = dataset.sel(arm=arm, start=begin, seed=5)
            assert point["test_accuracy"] == result.test_accuracy
            np.testing.assert_array_equal(
                point["probe_accuracy"], result.learning["probe_accuracy"]
            )
    one = Comparison(tmp_path / "out").sel(start="plateau")
    assert (one.starts, len(one.table)) == (["plateau"], 2)


def test_a_model_that_does_not_compile_leaves_no_folder(cache, tmp_path):
    from spikesampler.language.model import MODELS

    path = tmp_path / "broken.py"
    path.write_text(
        (MODELS / "fang_2018.py").read_text() + '\ndrift = "b*(mu - theta)/no_such_name"\n'
    )
    words = arguments(tmp_path / "out", arms="none", seeds=1)  # of which one is compiled
    words[1] = path
    done = command(*words)
    assert done.status == 2
    assert "no_such_name is not defined" in done.err[-1]
    assert not (tmp_path / "out").exists()
