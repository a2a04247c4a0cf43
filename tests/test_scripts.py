"""Every script runs in its --quick form, and what it shows is what its data say."""

import csv
import re
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest
import xarray
from browser import chromium
from runs import SCRIPTS, script
from xarray import Dataset

from spikesampler import Comparison, Result, Sweep
from spikesampler.experiments.printed import printed_interval
from spikesampler.experiments.questions import ARMS
from spikesampler.store.datasets import save_dataset
from spikesampler.studies.fang_2018 import benefit_maps
from spikesampler.studies.fang_2018.benefit_words import as_text, as_value, sentences
from spikesampler.studies.fang_2018.comparison_plan import smaller
from spikesampler.studies.gamst_walker_2017.joint import STUDY as gamst_walker

ROOT = Path(__file__).parents[1]


def test_every_script_is_run_by_a_test():
    """By its name, as a part of Gamst & Walker's study, or by scripts/benchmark.py."""
    tests = {path.name: path.read_text() for path in Path(__file__).parent.glob("test_*.py")}
    del tests["test_house.py"]  # it reads them, and runs none
    text = "\n".join(tests.values())
    benchmark = (SCRIPTS / "benchmark.py").read_text()
    names = {path.stem for path in SCRIPTS.glob("*.py")}
    assert len(names) > 20
    for name in names - set(gamst_walker.parts):
        is_named = re.search(rf'"{name}\.py"|script\("{name}"|^NAME = "{name}"$', text, re.M)
        assert is_named or re.search(rf"(from|import) {name}\b", benchmark), name


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("light_family.py", "its limits, and what the printed form misses."),
        ("benchmark.py", "against real time, in one run."),
    ],
)
def test_the_help_ends_its_sentence(tmp_path, name, end):
    assert f"{end} options:" in " ".join(script(name, "--help", folder=tmp_path).split())


@pytest.mark.slow
def test_fang_2018_fig2(tmp_path):
    arguments = ("fang_2018_fig2.py", "--quick", "--seed", "3", "--out", "fig")
    shown = script(*arguments, folder=tmp_path)
    comparison = Comparison(tmp_path / "fig" / "comparison")
    assert comparison.dataset["seed"].values.tolist() == [3, 4]
    assert shown.endswith(f"{comparison}\n")
    assert (tmp_path / "fig" / "fig2.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "fig" / "fig2.pdf").read_bytes().startswith(b"%PDF")
    (tmp_path / "fig" / "comparison" / "comparison.nc").rename(tmp_path / "alone.nc")
    failed = script(
        "fang_2018_fig2.py", "--comparison", "alone.nc", "--seed", "9", folder=tmp_path, status=2
    )
    assert failed == "fang_2018_fig2: no seed 9 in alone.nc; it has 3, 4\n"


@pytest.mark.slow
def test_fang_2018_fig2_is_drawn_anew_from_what_is_there(tmp_path):
    arguments = ("fang_2018_fig2.py", "--quick", "--seed", "3", "--out", "fig")
    shown = script(*arguments, folder=tmp_path)
    comparison = Comparison(tmp_path / "fig" / "comparison")
    assert script(*arguments, folder=tmp_path) == shown
    # from the dataset alone: the run of the rasters is repeated, bit for bit
    (tmp_path / "fig" / "comparison" / "comparison.nc").rename(tmp_path / "alone.nc")
    arguments = ("--comparison", "alone.nc", "--noise", "none", "--seed", "4", "--out", "again")
    assert script("fang_2018_fig2.py", *arguments, folder=tmp_path).endswith(f"{comparison}\n")
    again, before = (
        Result(tmp_path / path)
        for path in ("again/none-prior-seed4-spikes", "fig/comparison/none-prior-seed4")
    )
    np.testing.assert_array_equal(again.theta, before.theta)


def test_a_small_dataset_gives_the_same_verdicts(tmp_path):
    comparison = Comparison(ROOT / "data" / "fang_2018_digits.nc")
    comparison.dataset["probe_accuracy"] += 1 / 3  # float32 would round it
    save_dataset(smaller(comparison.dataset), tmp_path / "small.nc")
    assert str(Comparison(tmp_path / "small.nc")) == str(comparison)
    np.testing.assert_array_equal(
        Comparison(tmp_path / "small.nc").dataset["probe_accuracy"],
        comparison.dataset["probe_accuracy"],
    )


@pytest.mark.slow  # builds two networks of its own
def test_fang_2020_images(tmp_path):
    shown = script(
        "fang_2020_images.py", "--quick", "--seed", "2", "--out", "images", folder=tmp_path
    )
    comparison = Comparison(tmp_path / "images")
    assert comparison.dataset.attrs["data"] == "digits"
    assert str(comparison) in shown
    run = Result(tmp_path / "images" / "weight-prior-seed2")
    assert run.manifest["data"]["num_features"] == run.theta.shape[1] == 64
    assert run.theta.shape[0] == 10
    reference = float(
        re.search(
            r"digits \(a stand-in .*\): logistic regression on the same images (0\.\d+)", shown
        )[1]
    )
    assert 0.94 < reference < 0.98  # what it is known to reach on these images
    failed = script("fang_2020_images.py", "--data", "absent", folder=tmp_path, status=2)
    assert re.fullmatch(
        r"fang_2020_images: no data named '.*absent': expected digits, or the path of .* MNIST"
        r" \(IDX\) "
        r"or CIFAR-10 files; do: check the path\n",
        failed,
    )


@pytest.mark.slow  # builds a network of its own
def test_fang_2020_images_takes_the_users_files(tmp_path):
    """Two classes of 4 x 4 pixels in MNIST's format: I, K and the accuracies follow them."""
    rng, folder = np.random.default_rng(1), tmp_path / "mnist"
    folder.mkdir()
    for name, num in (("train", 60), ("t10k", 30)):
        labels = rng.integers(2, size=num).astype(np.uint8)
        pixels = (255 * (np.arange(4)[:, None] // 2 == labels[:, None, None]) * np.ones(4)).astype(
            np.uint8
        )
        (folder / f"{name}-images-idx3-ubyte").write_bytes(
            struct.pack(">4I", 0x803, num, 4, 4) + pixels.tobytes()
        )
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(
            struct.pack(">2I", 0x801, num) + labels.tobytes()
        )
    shown = script(
        "fang_2020_images.py", "--quick", "--data", "mnist", "--out", "out", folder=tmp_path
    )
    assert "mnist: logistic regression on the same images 1.000" in shown
    run = Result(tmp_path / "out" / "none-prior-seed1")
    assert run.theta.shape == (2, 16)
    assert run.learning.sizes["test_sample"] == 30  # the official test files
    assert "accuracy at least 10 % higher with noise on images" in shown


@pytest.mark.slow
def test_the_paper_is_redrawn_from_its_datasets(tmp_path):
    """All pages, the index and README's findings are made of data/ by scripts/paper.py, to the
    byte.
    """
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("README*"))
    shutil.copy(ROOT / "README.md", tmp_path / "README.md")
    shown = script("paper.py", "--redraw", "--out", ".", folder=tmp_path)
    assert shown.endswith("docs/verdicts.md\n")
    pages = sorted((tmp_path / "docs").rglob("*.md"))
    assert [page.name for page in pages[:-1]] == sorted(
        page.name for page in (ROOT / "docs" / "studies").iterdir()
    )
    for page in [*pages, tmp_path / "README.md"]:
        assert page.read_text() == (ROOT / page.relative_to(tmp_path)).read_text(), page.name
    drawn = {path.name for path in (tmp_path / "docs" / "figures").glob("*.png")}
    linked = {name for page in pages for name in re.findall(r"figures/(.*?)\)", page.read_text())}
    assert drawn | {"fig2.png"} == linked


def is_told(verdict, text):
    """Is a row of a page's table all of a verdict, with the number of its rule on that page?"""
    number = f"{verdict.number}; {verdict.beside}" if verdict.beside else verdict.number
    reading, n = verdict.reading, verdict.num
    before = f"</a>{verdict.claim.text} | {verdict.claim.source} | **{verdict.label}**, by [rule "
    after = f"](#rules) | {number} | {reading} | {n} seeds |"
    found = re.findall(f"{re.escape(before)}(\\d+){re.escape(after)}$", text, re.M)
    return len(found) == 1 and f"\n{found[0]}. {verdict.rule}\n" in text


def test_the_papers_datasets_are_small_and_a_page_names_the_verdicts():
    assert sum(path.stat().st_size for path in (ROOT / "data").rglob("*.nc")) < 8e6
    text = (ROOT / "docs" / "studies" / "fang_2018.md").read_text()
    digits = Comparison(ROOT / "data" / "fang_2018_digits.nc")
    claims = [verdict for verdict in digits.verdicts if verdict.claim.family != ARMS]
    assert len(claims) == 2 * 13
    for verdict in claims:
        assert is_told(verdict, text), verdict


@pytest.fixture
def maps(tmp_path):
    """Datasets of the three maps, read from tmp_path: planted in one cell each, one run failed.

    Times vary by seed, as they do in runs: of equal ones no more than their signs would count.
    """
    spread = np.exp(np.linspace(-0.3, 0.3, 8))
    for number, (name, grid) in enumerate(benefit_maps.MAPS.items()):
        rng, arms = np.random.default_rng(number), ["none", "weight", "constant_matched"]
        sizes = [*map(len, grid.values()), 3, 8]
        test, seconds = rng.normal(0.8, 0.03, sizes), np.full(sizes, 1200.0)
        test[0, 0, 1:] += 0.1  # by its power
        test[1, 1, 1] -= 0.2
        seconds[0, 0, 1], seconds[1, 1, 1] = 300 * spread, 1200 * spread
        seconds[1, 1, 0], seconds[1, 0] = 8640, 8640
        finished, escaped = np.ones(sizes, int), (seconds < 8640).astype(int)
        for values in (test, seconds):
            values[0, 1, 1, 0] = np.nan
        finished[0, 1, 1, 0] = escaped[0, 1, 1, 0] = 0
        variables = {
            "test_accuracy": test,
            "escape_seconds": seconds,
            "finished": finished,
            "escaped": escaped,
        }
        dims = (*grid, "arm", "seed")
        variables = {one: (dims, values) for one, values in variables.items()}
        variables["probe_curve"] = ((*dims, "sample_block"), np.zeros((*sizes, 73)))
        coords = {
            parameter: (parameter, list(values), {"units": "1"})
            for parameter, values in grid.items()
        }
        coords |= {
            "arm": arms,
            "seed": range(1, 9),
            "start": "plateau",
            "sample_block": 600 * np.arange(73),
        }
        attrs = {
            "model": "fang_2018",
            "samples": 43_200,
            "set": "",
            "commit": "0123",
            "cpu": "a processor",
        }
        dataset = benefit_maps.without_curves(
            Dataset(variables, coords, attrs), benefit_maps.design(name, False)
        )
        save_dataset(dataset, tmp_path / f"noise_benefit_{name}.nc")
    return benefit_maps.STUDY.read(tmp_path)


def test_a_map_is_told_as_it_is(maps, tmp_path):
    found = benefit_maps.effects_of(maps)
    text = benefit_maps.STUDY.section(maps)
    for name, grid in benefit_maps.MAPS.items():
        one = found[f"noise_benefit_{name}"]
        assert 1000 < (tmp_path / f"noise_benefit_{name}.nc").stat().st_size < 200_000
        total, weight = one["difference"][0].size, one.sel(contrast="weight - none")
        best, worst = (
            printed_interval(
                {key: value.values[place] for key, value in weight.items()}, "difference", "+.3f"
            )
            for place in ((0, 0), (1, 1))
        )
        where = ", ".join(
            f"{parameter} = {as_value(values[1])}" for parameter, values in grid.items()
        )
        assert f"**{best}**; **0.25** |" in text
        assert f"**{worst}**; **<0.14** |" in text
        assert f"and lowest with {worst} at {where}." in text
        accuracy, escape, *_, failed, _ = sentences(one)
        assert accuracy.startswith(f"Test accuracy, {total} cells: `weight` helps in ")
        assert re.search(
            r"Where noise helps \([1-4] of 1[26] cells\): structure in \d, power in [1-4], und",
            accuracy,
        )
        assert escape.startswith(
            f"Escape, {total} cells: `weight` sooner in 2, later in 0, neither escapes in 1, "
        )
        assert failed.startswith("Pairs in which a run failed: ")
    assert text.count("; – |") == 6  # nobody escapes: one cell of either arm in each map
    assert (
        "8 seeds, 1000 samples in the test, probes of 80 samples every 120 s. Runs of commit"
        " 0123 on" in text
    )
    assert "nan" not in text
    lines = as_text(found["noise_benefit_start"]).splitlines()
    assert len(lines) == 1 + 16
    assert re.fullmatch(
        r"-4 +0.1 +helps, sooner +helps, no difference seen +power +structure", lines[1]
    )


def test_the_maps_are_what_was_decided():
    full = [benefit_maps.design(name, False) for name in benefit_maps.MAPS]
    assert [one["grid"] for one in full] == [
        {"plateau_mean": (-4, -3, -2, 0.5), "noise_scale": (0.1, 0.3, 1, 3)},
        {"b": (1e-5, 3e-5, 1e-4, 3e-4), "N": (30, 100, 300)},
        {"cluster_spread": (0.02, 0.04, 0.08, 0.16), "K": (5, 10, 20)},
    ]
    for one in full:
        del one["grid"]
        assert one == {
            "set": None,
            "arms": ("none", "weight", "constant_matched"),
            "start": "plateau",
            "record": "none",
            "samples": 43_200,
            "test_samples": 1000,
            "probe_every": 600,
            "probe_samples": 80,
        }


@pytest.mark.slow  # builds six networks
def test_noise_benefit_map(tmp_path):
    arguments = ("noise_benefit_map.py", "--quick", "--seed", "3", "--runs", "runs", "--out", "out")
    shown = script(*arguments, folder=tmp_path)
    for name in ("start", "step", "task"):
        small, whole = (
            Sweep(tmp_path / "out" / "data" / f"noise_benefit_{name}.nc"),
            Sweep(tmp_path / "runs" / name),
        )
        assert not whole.failures
        assert small.dataset["seed"].values.tolist() == [3, 4]
        for variable in small.dataset.data_vars:
            np.testing.assert_array_equal(small.dataset[variable], whole.dataset[variable])
        assert set(whole.dataset.data_vars) - set(small.dataset.data_vars) == {"probe_curve"}
        assert small.dataset.attrs["probe_seconds"] == pytest.approx(0.2 * 50)
        picture = Path("out") / "docs" / "figures" / f"noise_benefit_{name}.png"
        assert (tmp_path / picture).read_bytes().startswith(b"\x89PNG")
        assert f"{picture}\n" in shown
    assert len(shown.splitlines()) == 3 * (2 + 4)
    run = Result(tmp_path / "runs" / "start" / "point-00001-seed4")
    dataset = Sweep(tmp_path / "out" / "data" / "noise_benefit_start.nc").dataset
    assert run.test_accuracy == dataset["test_accuracy"].sel(
        plateau_mean=-4, noise_scale=0.1, arm="weight", seed=4
    )
    assert script(*arguments, folder=tmp_path) == shown  # drawn anew from the runs that are there
    failed = script(
        *arguments, "--workers", "2", "--dask", "tcp://nowhere:1", folder=tmp_path, status=2
    )
    assert failed.splitlines()[-1].startswith("noise_benefit_map: workers")


@pytest.mark.slow
def test_the_paper_from_nothing(tmp_path):
    script("paper.py", "--quick", "--out", "paper", folder=tmp_path)
    docs = tmp_path / "paper" / "docs"
    text = (docs / "studies" / "fang_2018.md").read_text()
    study = Comparison(tmp_path / "paper" / "data" / "fang_2018_study.nc")
    for verdict in study.sel(
        ("none", "constant", "weight", "weight_literal", "constant_matched", "weight_posterior")
    ).verdicts:
        assert is_told(verdict, text), verdict
    text = (docs / "studies" / "noise_benefit_map.md").read_text()
    assert re.search(
        r"## Where noise helps: three maps\n.* start plateau, 200 samples, 2 seeds", text, re.DOTALL
    )
    run = Result(
        tmp_path / "paper" / "runs" / "paper" / "study" / "weight-noise_scale=3-plateau-seed2"
    )
    assert study.values("test_accuracy", "weight:noise_scale=3", "plateau")[1] == run.test_accuracy


@pytest.mark.slow  # measures for most of a minute
def test_benchmark(tmp_path):
    shown = script("benchmark.py", "--quick", "--out", "table.csv", folder=tmp_path)
    with open(tmp_path / "table.csv", newline="") as file:
        rows = {row["engine"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"fast", "reference"}
    for row in rows.values():
        assert float(row["engine_seconds"]) > 0
        # 0.2 s a sample; 11 probes and the test of one sample each are on top: at most 3 of 53
        simulated = float(row["times_real_time"]) * float(row["engine_seconds"])
        assert simulated == pytest.approx(0.2 * float(row["samples"]), rel=0.07)
        ratio = float(row["times_real_time"]) / float(rows["reference"]["times_real_time"])
        assert float(row["times_reference"]) == pytest.approx(ratio)
        assert 1 < float(row["peak_mib"]) < 30  # of the program, not of Python
    by_hand = {
        float(row["times_real_time"]) / float(row["times_hand_written"]) for row in rows.values()
    }
    assert max(by_hand) == pytest.approx(min(by_hand))
    assert re.search(rf"C\+\+ by hand +weight +{max(by_hand):.1f}x", shown)
    assert "command to first chunk" in shown


@pytest.mark.slow  # a minute in a browser
def test_benchmark_of_the_viewer(cache, tmp_path):
    with chromium():
        pass
    shown = script("benchmark.py", "--viewer", "--quick", "--seed", "2", folder=tmp_path)
    assert re.search(r"^viewer: 7\.\d+e\+06 spikes; reading all of them once takes \d", shown)
    for what in ("zoom in to spikes", "zoom out to times", "drag to times", "all moves"):
        count, median, high = re.search(
            rf"{what} +(\d+) times: median (\d+) ms, 95 % within (\d+) ms", shown
        ).groups()
        assert int(count) > 0
        assert 0 < int(median) <= int(high) < 10_000  # as long as it waits
    assert 100 < int(re.search(r"peak memory of the server (\d+) MiB", shown)[1]) < 2048


@pytest.mark.slow  # builds four networks
def test_scaling(tmp_path):
    shown = script("scaling.py", "--quick", "--out", "scaling", folder=tmp_path)
    tables = {}
    for name in ("synapses", "silent"):
        with open(tmp_path / "scaling" / f"{name}.csv", newline="") as file:
            tables[name] = [
                {k: float(v) if k != "arm" else v for k, v in row.items()}
                for row in csv.DictReader(file)
            ]
    for row in tables["synapses"]:
        assert row["synapses"] == row["inputs"] * row["outputs"]
        assert row["ns_per_event"] == pytest.approx(1e9 * row["seconds"] / row["events"])
        # at 12 Hz each: 2.4 spikes of an input, 80 events and one grid step in a sample
        samples = row["events"] / (3.4 * row["synapses"] + 80 * row["inputs"])
        assert 5 < samples < 1000
    assert [row["inputs"] for row in tables["silent"]] == [1000, 2000]
    assert all(0 < row["us_per_step"] < row["us_per_sample"] for row in tables["silent"])
    # theta, w and alpha e^w, and the numbers of the two neurons: 32 bytes, and what the inputs
    # themselves take
    assert 25 < int(re.search("memory grows by (-?[0-9]+) bytes per synapse", shown)[1]) < 100
    assert (tmp_path / "scaling" / "scaling.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "scaling" / "scaling.pdf").read_bytes().startswith(b"%PDF")


def test_the_saddle_page_counts_distinct_points():
    """Searches of a seed often end at one point: what the page says of maxima and passes is of
    different ones.
    """
    from spikesampler.studies.fang_2018.saddle import STUDY
    from spikesampler.studies.fang_2018.saddle_tables import tables

    datasets = STUDY.read(ROOT / "data")
    paths, near = tables(datasets)
    found = near[near.converged].round({"value": 3, "largest": 3})
    found = found.drop_duplicates(
        ["effective_patterns", "seed", "wanted_index", "value", "largest"]
    )
    maxima, passes = (found[found.wanted_index == index] for index in (0, 1))
    assert len(found) < near.converged.sum()
    assert (maxima["index"] == 0).all()
    assert (passes["index"] == 1).all()
    page = STUDY.section(datasets)
    assert f"{near.converged.sum()} ended at a stationary point" in page
    assert f"{len(found)} of them distinct" in page
    assert f"A + B + C > 0 at {(maxima.total > 0).sum()} of {len(maxima)} maxima" in page
    assert f"and at {(passes.total > 0).sum()} of {len(passes)} passes" in page
    path = paths[paths.network != "small"]
    share = path.groupby("seed").agrees.mean().mean()
    assert (
        f"{100 * share:.0f} % ["
        in page.split("agrees with the largest eigenvalue at")[1].split("points of learning paths")[
            0
        ]
    )


@pytest.mark.slow  # compiles, runs and searches for a minute
def test_fang_2018_saddle(tmp_path):
    """The quick form: its page counts what its data hold, a second call only counts, and nonsense
    is refused.
    """
    arguments = ("fang_2018_saddle.py", "--quick", "--seed", "3", "--seeds", "1", "--out", "out")
    shown = script(*arguments, folder=tmp_path)
    paths, near = (
        xarray.load_dataset(tmp_path / "out" / "data" / f"fang_2018_{name}.nc").to_dataframe()
        for name in ("saddle", "stationary")
    )
    assert set(paths.seed) == {3}
    assert set(paths.network) == {"paper", "scaled", "small"}
    np.testing.assert_allclose(paths.total, paths.a + paths.b + paths.c)
    np.testing.assert_allclose(paths.trace, paths.a + paths.likelihood + paths.c + paths.fisher)
    assert (paths.agrees == ((paths.total > 0) == (paths.largest > 0))).all()
    still = near[near.converged].drop_duplicates(["effective_patterns", "largest"])
    assert 0 < len(still) < len(near)
    assert (still.gradient_norm < 1e-6).all()
    assert f"Of {len(near)} searches {near.converged.sum()} ended at a stationary point" in shown
    assert f", {len(still)} of them distinct" in shown
    maxima = still[still.wanted_index == 0]
    assert (maxima["index"] == 0).all()
    assert f"A + B + C > 0 at {(maxima.total > 0).sum()} of {len(maxima)} maxima" in shown
    assert (
        (tmp_path / "out" / "docs" / "figures" / "saddle.png").read_bytes().startswith(b"\x89PNG")
    )
    assert script(*arguments, folder=tmp_path) == shown
    complaint = script(
        *arguments[:-2], "--workers", "0", "--out", "other", folder=tmp_path, status=2
    )
    assert complaint.splitlines()[-1].startswith("fang_2018_saddle: workers=0")
