"""Every script runs in its --quick form, and what it shows is what its data say."""

import csv
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spikesampler import Comparison, Result

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "scripts"


def script(name, *arguments, folder, status=0):
    """What a script prints, or its complaint where it has to fail."""
    done = subprocess.run([sys.executable, SCRIPTS / name, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == status, done.stderr[-2000:]
    return done.stderr if status else done.stdout


def test_every_script_is_tested_here():
    assert {path.name for path in SCRIPTS.glob("*.py")} == {
        "benchmark.py", "fang_2018_fig2.py", "fang_2020_images.py", "paper.py", "scaling.py",
        "kappel_2015.py"}  # the last one in test_kappel_script.py


def test_fang_2018_fig2(tmp_path):
    arguments = ("fang_2018_fig2.py", "--quick", "--seed", "3", "--out", "fig")
    shown = script(*arguments, folder=tmp_path)
    comparison = Comparison(tmp_path / "fig" / "comparison")
    assert comparison.dataset["seed"].values.tolist() == [3, 4]
    assert shown.endswith(f"{comparison}\n")
    assert (tmp_path / "fig" / "fig2.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "fig" / "fig2.pdf").read_bytes().startswith(b"%PDF")
    assert script(*arguments, folder=tmp_path) == shown  # drawn anew from the runs that are there
    # from the dataset alone: the run of the rasters is repeated, bit for bit
    (tmp_path / "fig" / "comparison" / "comparison.nc").rename(tmp_path / "alone.nc")
    arguments = ("--comparison", "alone.nc", "--noise", "none", "--seed", "4", "--out", "again")
    assert script("fang_2018_fig2.py", *arguments, folder=tmp_path).endswith(f"{comparison}\n")
    again, before = (Result(tmp_path / path) for path in ("again/none-prior-seed4-spikes",
                                                          "fig/comparison/none-prior-seed4"))
    np.testing.assert_array_equal(again.theta, before.theta)
    failed = script("fang_2018_fig2.py", "--comparison", "alone.nc", "--seed", "9", folder=tmp_path, status=2)
    assert failed == "fang_2018_fig2: no seed 9 in alone.nc; it has 3, 4\n"


def test_a_small_dataset_gives_the_same_verdicts(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(SCRIPTS)
    from paper import save_small

    comparison = Comparison(ROOT / "data" / "fang_2018_digits.nc")
    comparison.dataset["probe_accuracy"] += 1 / 3  # float32 would round it
    save_small(comparison.dataset, tmp_path / "small.nc")
    assert str(Comparison(tmp_path / "small.nc")) == str(comparison)
    np.testing.assert_array_equal(Comparison(tmp_path / "small.nc").dataset["probe_accuracy"],
                                  comparison.dataset["probe_accuracy"])


def test_fang_2020_images(tmp_path):
    shown = script("fang_2020_images.py", "--quick", "--seed", "2", "--out", "images", folder=tmp_path)
    comparison = Comparison(tmp_path / "images")
    assert comparison.dataset.attrs["data"] == "digits"
    assert str(comparison) in shown
    run = Result(tmp_path / "images" / "weight-prior-seed2")
    assert run.manifest["data"]["num_features"] == run.theta.shape[1] == 64
    assert run.theta.shape[0] == 10
    reference = float(re.search(r"digits \(a stand-in .*\): logistic regression on the same images (0\.\d+)", shown)[1])
    assert 0.94 < reference < 0.98  # what it is known to reach on these images
    failed = script("fang_2020_images.py", "--data", "absent", folder=tmp_path, status=2)
    assert re.fullmatch(r"fang_2020_images: no data named '.*absent': expected digits, or the path of .* MNIST \(IDX\) "
                        r"or CIFAR-10 files; do: check the path\n", failed)


def test_fang_2020_images_takes_the_users_files(tmp_path):
    """Two classes of 4 x 4 pixels in MNIST's format: I, K and the accuracies follow them."""
    rng, folder = np.random.default_rng(1), tmp_path / "mnist"
    folder.mkdir()
    for name, num in (("train", 60), ("t10k", 30)):
        labels = rng.integers(2, size=num).astype(np.uint8)
        pixels = (255 * (np.arange(4)[:, None] // 2 == labels[:, None, None]) * np.ones(4)).astype(np.uint8)
        (folder / f"{name}-images-idx3-ubyte").write_bytes(struct.pack(">4I", 0x803, num, 4, 4) + pixels.tobytes())
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, num) + labels.tobytes())
    shown = script("fang_2020_images.py", "--quick", "--data", "mnist", "--out", "out", folder=tmp_path)
    assert "mnist: logistic regression on the same images 1.000" in shown
    run = Result(tmp_path / "out" / "none-prior-seed1")
    assert run.theta.shape == (2, 16)
    assert run.learning.sizes["test_sample"] == 30  # the official test files
    assert "accuracy at least 10 % higher with noise on images" in shown


@pytest.mark.slow
def test_the_paper_is_redrawn_from_its_datasets(tmp_path):
    """docs/verdicts.md is what scripts/paper.py makes of data/, to the byte; its datasets are small."""
    shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("README*"))
    shown = script("paper.py", "--redraw", "--out", ".", folder=tmp_path)
    assert shown.endswith("docs/verdicts.md\n")
    assert (tmp_path / "docs" / "verdicts.md").read_text() == (ROOT / "docs" / "verdicts.md").read_text()
    drawn = {path.name for path in (tmp_path / "docs" / "figures").glob("*.png")}
    assert drawn | {"fig2.png"} == set(re.findall(r"\(figures/(.*?)\)", (ROOT / "docs" / "verdicts.md").read_text()))


def test_the_papers_datasets_are_small_and_its_page_names_the_verdicts(tmp_path):
    assert sum(path.stat().st_size for path in (ROOT / "data").rglob("*.nc")) < 5e6
    text = (ROOT / "docs" / "verdicts.md").read_text()
    for figure in re.findall(r"\(figures/(.*?)\)", text):
        assert (ROOT / "docs" / "figures" / figure).read_bytes().startswith(b"\x89PNG")
    digits = Comparison(ROOT / "data" / "fang_2018_digits.nc")
    assert len(digits.verdicts) == 12
    for verdict in digits.verdicts:
        assert f"- **{verdict.label}**: {verdict.claim.text} ({verdict.claim.source}). {verdict.numbers}." in text


@pytest.mark.slow
def test_the_paper_from_nothing(tmp_path):
    script("paper.py", "--quick", "--out", "paper", folder=tmp_path)
    text = (tmp_path / "paper" / "docs" / "verdicts.md").read_text()
    study = Comparison(tmp_path / "paper" / "data" / "fang_2018_study.nc")
    for verdict in study.select(("none", "constant", "weight", "weight_literal", "constant_matched",
                                 "weight_posterior")).verdicts:
        assert f"- **{verdict.label}**: {verdict.claim.text} ({verdict.claim.source}). {verdict.numbers}." in text
    run = Result(tmp_path / "paper" / "runs" / "paper" / "study" / "weight-noise_scale=3-plateau-seed2")
    assert study.values("test_accuracy", "weight:noise_scale=3", "plateau")[1] == run.test_accuracy


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
    by_hand = {float(row["times_real_time"]) / float(row["times_hand_written"]) for row in rows.values()}
    assert max(by_hand) == pytest.approx(min(by_hand))
    assert re.search(rf"C\+\+ by hand +weight +{max(by_hand):.1f}x", shown)
    assert "command to first chunk" in shown


@pytest.mark.slow  # builds four networks
def test_scaling(tmp_path):
    shown = script("scaling.py", "--quick", "--out", "scaling", folder=tmp_path)
    tables = {}
    for name in ("synapses", "silent"):
        with open(tmp_path / "scaling" / f"{name}.csv", newline="") as file:
            tables[name] = [{k: float(v) if k != "arm" else v for k, v in row.items()} for row in csv.DictReader(file)]
    for row in tables["synapses"]:
        assert row["synapses"] == row["inputs"] * row["outputs"]
        assert row["ns_per_event"] == pytest.approx(1e9 * row["seconds"] / row["events"])
        # at 12 Hz each: 2.4 spikes of an input, 80 events and one grid step in a sample
        samples = row["events"] / (3.4 * row["synapses"] + 80 * row["inputs"])
        assert 5 < samples < 1000
    assert [row["inputs"] for row in tables["silent"]] == [1000, 2000]
    assert all(0 < row["us_per_step"] < row["us_per_sample"] for row in tables["silent"])
    # theta, w and alpha e^w, and the numbers of the two neurons: 32 bytes, and what the inputs themselves take
    assert 25 < int(re.search("memory grows by (-?[0-9]+) bytes per synapse", shown)[1]) < 100
    assert (tmp_path / "scaling" / "scaling.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "scaling" / "scaling.pdf").read_bytes().startswith(b"%PDF")
