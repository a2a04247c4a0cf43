"""The command line's contract: names, JSON keys, exit statuses, pictures; help starts without the
simulator.
"""

import os
import re
import struct
import subprocess
import sys

import numpy as np
import pytest
from runs import PACKAGE, SIZES, command, options

from spikesampler import Result
from spikesampler.language.model import load_model, model_names
from spikesampler.language.noise_arms import ARMS

RUN_KEYS = {
    "run",
    "model",
    "arm",
    "start",
    "seed",
    "samples",
    "online_accuracy",
    "probe_accuracy",
    "test_accuracy",
    "averaged_accuracy",
    "test_log_loss",
    "averaged_log_loss",
    "bayes_accuracy",
    "simulated_seconds",
    "wall_seconds",
    "engine_seconds",
    "realtime_factor",
}
HEAVY = {"brian2", "matplotlib", "numpy", "scipy", "xarray", "h5py", "sklearn", "rich"}

# --- start and help -----


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["--version"], ["raster", "-h"]])
def test_help_imports_nothing_heavy(words):
    program = (
        "import sys\nfrom spikesampler.cli import main\ntry:\n    main()\nexcept SystemExit as"
        " end:\n    print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)\n   "
        " sys.exit(end.code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        cwd="/",
        env=os.environ | {"PYTHONPATH": str(PACKAGE)},
    )
    assert done.returncode == 0
    loaded = set(done.stderr.split())
    assert "click" in loaded
    assert loaded & HEAVY == set()


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "spikesampler", "--version"],
        capture_output=True,
        text=True,
        cwd="/",
        env=os.environ | {"PYTHONPATH": str(PACKAGE)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"spikesampler, version \d+\.\d+\.\d+\n", done.stdout)


def test_every_command_and_option_of_the_contract_is_there():
    """design.md, "The command line": names are a contract; add, don't rename."""
    contract = {
        "models": [],
        "show": ["--set"],
        "doctor": [],
        "raster": ["--window", "--out"],
        "run": [
            "--noise",
            "--start",
            "--samples",
            "--test-samples",
            "--seed",
            "--set",
            "--data",
            "--record",
            "--out",
            "--resume",
            "--json",
        ],
        "compare": [
            "--arms",
            "--seeds",
            "--workers",
            "--start",
            "--samples",
            "--test-samples",
            "--set",
            "--data",
            "--record",
            "--out",
            "--resume",
            "--json",
        ],
    }
    listed = command("--help").out
    for name, names in contract.items():
        assert any(line.split()[:1] == [name] for line in listed)
        words = " ".join(command(name, "--help").out).replace(",", " ").split()
        assert set(names) <= set(words), name


def test_without_a_command_the_help_is_shown():
    done = command()
    shown = done.out or done.err  # click 8.1 and 8.2 differ in where, and in the status
    assert shown[0] == "Usage: spikesampler [OPTIONS] COMMAND [ARGS]..."
    assert done.status in (0, 2)


# --- models, show, doctor -----


def test_models_lists_name_title_and_citation():
    done = command("models")
    assert done.status == 0
    for name, line in zip(model_names(), done.out, strict=True):
        assert line.split()[0] == name
        assert load_model(name).citation in line


def test_show_prints_the_model_with_what_is_set():
    done = command("show", "fang_2018", "--set", "rho=0.1*kHz", "--set", "retraction = clip")
    assert done.status == 0
    rows = {line.split()[0]: line for line in done.out if line.startswith("    ") and line.split()}
    assert rows["rho"].split()[1:3] == ["100", "Hz"]
    assert rows["retraction"].split()[1] == "clip"
    assert [line.split()[0] for line in done.out if line.endswith("[changed]")] == [
        "rho",
        "retraction",
    ]
    assert set(ARMS) <= set(rows)


def test_doctor_is_content_with_this_machine():
    done = command("doctor")
    assert done.status == 0, done.out
    assert done.out[-1] == "this machine can run spikesampler"
    checked = [line.split()[1] for line in done.out[:-1] if line.startswith("ok")]
    names = {"python", "spikesampler", "brian2", "numpy", "compiler", "processor", "cache"}
    assert names <= set(checked)


def test_doctor_names_what_is_missing_and_fails(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SPIKESAMPLER_CACHE", str(tmp_path / "file" / "cache"))
    done = command("doctor")
    assert done.status == 1
    failed = {line.split()[1]: line for line in done.out if line.startswith("FAIL")}
    assert set(failed) == {"compiler", "cache"}
    assert "no 'g++' on this machine" in failed["compiler"]
    assert "apt install g++;" in failed["compiler"]
    assert "a file is where a folder should be: set SPIKESAMPLER_CACHE" in failed["cache"]
    assert done.out[-1] == "2 of the above must be mended first"


def test_doctor_sees_a_compiler_that_does_not_work(tmp_path, monkeypatch):
    broken = tmp_path / "g++"
    broken.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "broken 1.0" && exit\necho "no memory"'
        " >&2\nexit 1\n"
    )
    broken.chmod(0o755)
    monkeypatch.setenv("CXX", str(broken))
    done = command("doctor")
    assert done.status == 1
    (line,) = [line for line in done.out if line.startswith("FAIL")]
    assert f"broken 1.0 ({broken}) does not compile a program of three lines: no memory (" in line


# --- run -----


def test_json_is_one_object_with_the_contracts_keys_and_the_folders_numbers(finished):
    done = command("run", "fang_2018", *options(), "--out", finished, "--resume", "--json")
    assert (done.status, len(done.out)) == (0, 1)
    found, result = done.json, Result(finished)
    assert set(found) >= RUN_KEYS
    accuracies = ("online", "probe", "test", "averaged", "bayes")
    for name in (f"{one}_accuracy" for one in accuracies):
        assert found[name] == getattr(result, name)
    assert {
        "run": str(finished),
        "model": "fang_2018",
        "arm": "weight",
        "start": "prior",
        "seed": 3,
        "samples": 200,
    }.items() <= found.items()
    # learning, 21 probes of 20 and the test of 50 samples of 0.2 s; snapshots ride along
    assert found["simulated_seconds"] == pytest.approx((200 + 21 * 20 + 50) * 0.2, rel=1e-12)
    assert found["realtime_factor"] == pytest.approx(
        found["simulated_seconds"] / found["engine_seconds"], rel=1e-12
    )
    assert 0 < found["engine_seconds"] < found["wall_seconds"]


def test_a_run_says_what_it_does_on_stderr_and_the_results_on_stdout(finished, tmp_path):
    few = options(samples=40, probe_every=20)
    done = command("run", "fang_2018", *few, "--out", tmp_path / "run")
    result = Result(tmp_path / "run")
    assert done.status == 0
    assert [line.split(":")[1].split(",")[0] for line in done.err] == [
        " 20 of 40 samples",
        " 40 of 40 samples",
    ]
    assert done.out[0].startswith(
        f"online accuracy {result.online_accuracy:.3f} (while learning: the teacher's label"
    )
    assert done.out[1] == f"probe accuracy  {result.probe_accuracy:.3f} (held out, frozen)"
    assert done.out[2].startswith(
        f"test accuracy   {result.test_accuracy:.3f} of {result.bayes_accuracy:.3f}"
    )
    assert done.out[-1] == f"run folder      {tmp_path / 'run'}"
    manifest = result.manifest
    assert {
        "schema",
        "model",
        "parameters",
        "seed",
        "arm",
        "versions",
        "commit",
        "started",
        "finished",
        "status",
        "files",
        "data",
    } <= set(manifest)
    assert {"compiler", "flags", "cpu"} <= set(manifest["build"])
    assert manifest["parameters"]["I"] == {
        "value": 200,
        "unit": "1",
        "meaning": "input neurons",
        "source": "stated",
    }
    assert manifest["parameters"]["rho"]["unit"] == "Hz"
    assert set(manifest["files"]) >= {"learning.nc", "spikes.h5"}
    assert manifest["model"]["text"] == load_model("fang_2018").source_text


# --- raster -----


@pytest.mark.parametrize("window", ["first", "middle", "last", "1:3", "0.5:2.5"])
def test_raster_draws_a_window(finished, tmp_path, window):
    path = tmp_path / f"new-{window.replace(':', '-')}" / "picture.png"
    done = command("raster", finished, "--window", window, "--out", path)
    assert (done.status, done.out, done.err) == (0, [str(path)], [])
    assert path.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize("suffix", [".pdf", ".svg"])
def test_raster_draws_vectors(finished, tmp_path, suffix):
    done = command("raster", finished, "--window", "1:2", "--out", tmp_path / f"picture{suffix}")
    assert done.status == 0
    assert (tmp_path / f"picture{suffix}").read_bytes()[:5] in (b"%PDF-", b"<?xml")


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ("never", "window 'never' is not known: give first, middle, last or T0:T1 in seconds"),
        ("3:1", "window '3:1' is empty: give T0 < T1"),
        ("1:1", "is empty: give T0 < T1"),
        ("nan:2", "window 'nan:2'"),
        ("0:inf", "window '0:inf'"),
        ("39:41", "window '39:41'"),
        ("-1:2", "window '-1:2'"),
        ("1:2:3", "window '1:2:3' is not known"),
        ("", "window '' is not known"),
    ],
)
def test_a_bad_window_is_refused(finished, tmp_path, window, message):
    done = command("raster", finished, "--window", window, "--out", tmp_path / "picture.png")
    assert (done.status, done.out, len(done.err)) == (2, [], 1)
    assert message in done.err[0]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("picture.gif", "expected a name that ends in .pdf, .svg or .png"),
        ("picture", "expected a name that ends in .pdf, .svg or .png"),
        ("folder.png", "it is a folder, give the name of a file in it"),
        ("file/picture.png", "a file is where a folder should be"),
    ],
)
def test_a_picture_that_cannot_be_is_refused(finished, tmp_path, out, message):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    done = command("raster", finished, "--out", tmp_path / out)
    assert (done.status, len(done.err)) == (2, 1)
    assert message in done.err[0]


# --- real data and the other model -----


def write_table(path, rows=150, seed=0):
    """Three clusters far apart in two dimensions, in units of their own: columns length, label,
    mass.
    """
    rng = np.random.default_rng(seed)
    labels = np.arange(rows) % 3
    points = np.array([[0, 0], [0, 100], [50, 50]])[labels] + rng.normal(0, (1, 2), (rows, 2))
    lines = [
        f"{length!r},{label},{mass!r}" for (length, mass), label in zip(points.tolist(), labels)
    ]
    path.write_text("\n".join(["length,label,mass", *lines]) + "\n")
    return path


def test_a_table_is_learnt_and_tested_on_rows_that_were_not_shown(cache, tmp_path):
    table = write_table(tmp_path / "table.csv")
    words = options(samples=300, probe_every=100, record="none")
    done = command("run", "fang_2018", *words, "--data", table, "--out", tmp_path / "run", "--json")
    assert done.status == 0, done.err
    assert done.json["bayes_accuracy"] is None
    assert done.json["test_samples"] == 30  # a fifth of 150: all there are of the 50 asked for
    assert "table.csv: 30 test samples, not 50: all are used" in "\n".join(done.err)
    # classes 30 widths of a cluster apart can be told apart without error; chance is 1/5, wrong 6
    # of 30 at most here
    assert done.json["test_accuracy"] >= 0.8
    result = Result(tmp_path / "run")
    facts = result.manifest["data"]
    assert facts["rows"] == {"learning": 105, "probe": 15, "test": 30}
    assert len(facts["files"]["table.csv"]) == 64
    assert np.isnan(result.bayes_accuracy)
    tested = set(map(tuple, result.learning["test_points"].values))
    assert len(tested) == 30
    from spikesampler.experiments.prepare import prepare
    from spikesampler.experiments.settings import resolve

    settings = dict(set=SIZES, seed=3, samples=300, probe_samples=20, test_samples=50, data=table)
    learnt = prepare(resolve(**settings)).learning.points()
    assert len(learnt) == 300
    assert tested.isdisjoint(map(tuple, learnt))
    np.testing.assert_array_equal(learnt.min(axis=0), 0)
    np.testing.assert_array_equal(learnt.max(axis=0), 1)


def test_a_run_does_not_go_on_with_another_table_of_the_same_name(cache, tmp_path):
    table, folder = write_table(tmp_path / "table.csv"), tmp_path / "run"
    words = [
        "run",
        "fang_2018",
        *options(samples=10, record="none"),
        "--data",
        table,
        "--out",
        folder,
        "--resume",
    ]
    assert command(*words).status == 0
    assert command(*words).status == 0
    write_table(table, seed=1)
    done = command(*words)
    assert (done.status, len(done.err)) == (2, 1)
    assert (
        "was begun with other data under the same name; give another folder with --out"
        in done.err[0]
    )


def test_kappel_2015_learns_without_a_teacher(cache, tmp_path):
    """At its own sizes: the script kappel_2015.py has this network built, too."""
    words = options(
        set={"num_clusters": 3},
        noise=None,
        samples=1000,
        probe_every=500,
        test_samples=100,
        record="windows",
    )
    done = command("run", "kappel_2015", *words, "--out", tmp_path / "run")
    assert done.status == 0, done.err
    assert done.out[0].endswith("(while learning)")
    assert any(line.startswith("test entropy") for line in done.out)
    result = Result(tmp_path / "run")
    assert (result.manifest["arm"], result.populations.keys()) == (
        "constant",
        {"inputs", "outputs"},
    )
    data = result.learning
    assert data.attrs["supervised"] == 0
    assert data.attrs["chance"] == pytest.approx(1 / 3)
    assert (data.sizes["class"], data.sizes["output"]) == (3, 10)
    # the test again by hand: an output stands for the class that `output_class` says, ties are
    # shared
    share = [
        np.mean(data["output_class"].values[c == c.max()] == k)
        for c, k in zip(data["test_counts"].values, data["test_label"].values)
    ]
    assert result.test_accuracy == pytest.approx(np.mean(share))
    # entropy by hand: H(class | winner) / H(class) of the table of shares
    table = np.zeros((3, 10))
    for c, k in zip(data["test_counts"].values, data["test_label"].values):
        table[k] += (c == c.max()) / np.sum(c == c.max())
    p = table / table.sum()
    entropy = -sum(
        x * np.log(x / p.sum(axis=0)[k]) for row in p for k, x in enumerate(row) if x > 0
    )
    total = -sum(x * np.log(x) for x in p.sum(axis=1))
    assert data.attrs["test_entropy"] == pytest.approx(entropy / total, rel=1e-9)
    # adaptation has ten outputs take part: in the last half each is active
    assert (data["spike_counts"].values[500:].sum(axis=0) > 0).all()
    assert command("raster", tmp_path / "run", "--out", tmp_path / "raster.png").status == 0
    before = (tmp_path / "run" / "learning.nc").read_bytes()
    assert command("run", "kappel_2015", *words, "--out", tmp_path / "again").status == 0
    assert (tmp_path / "again" / "learning.nc").read_bytes() == before
    # of one sample, and so of one class, the winner can say nothing
    words = options(set={"num_clusters": 3}, noise=None, samples=100, test_samples=1)
    done = command("run", "kappel_2015", *words, "--out", tmp_path / "one")
    assert done.status == 0, done.err
    assert "test entropy    unknown (H(class | winner) / H(class))" in done.out


def test_images_are_learnt_from_their_pixels(network, tmp_path):
    """From the user's files in MNIST's format, by a network that the engine's tests have built."""
    rng, folder = np.random.default_rng(1), tmp_path / "images"
    folder.mkdir()
    means = rng.random((5, 10, 20)) < 0.15
    for name, num in (("train", 60), ("t10k", 30)):
        labels = np.arange(num, dtype=np.uint8) % 5
        pixels = np.uint8(255 * means[labels])
        for kind, magic, array in (("images-idx3", 0x803, pixels), ("labels-idx1", 0x801, labels)):
            head = struct.pack(f">{1 + array.ndim}I", magic, *array.shape)
            (folder / f"{name}-{kind}-ubyte").write_bytes(head + array.tobytes())
    given = {name: network("plain").structure[name] for name in ("sample_length", "grid")}
    words = options(
        set={name: f"{1000 * seconds}*ms" for name, seconds in given.items()} | {"b": 1e-3},
        noise="none",
        samples=1000,
        probe_every=500,
        test_samples=None,
    )
    done = command("run", "fang_2018", "--data", folder, *words, "--out", tmp_path / "run")
    assert done.status == 0, done.err
    result = Result(tmp_path / "run")
    assert result.manifest["build"]["key"] == network("plain").binary.key
    assert result.theta.shape == (5, 200)
    assert result.learning.sizes["test_sample"] == 30  # the official test files
    white = means[result.learning["label"].values[0]].ravel()
    _, pixels = result.spikes("inputs", 0.0, given["sample_length"])
    rates = np.bincount(pixels.astype(int), minlength=200)
    assert rates[white].mean() > 2 * rates[~white].mean()
    assert result.test_accuracy > 0.5  # 0.2 by chance


@pytest.mark.slow
def test_digits_are_learnt_from_pixels(cache, tmp_path):
    words = [
        "--samples",
        2000,
        "--test-samples",
        300,
        "--noise",
        "none",
        "--seed",
        1,
        "--out",
        tmp_path / "run",
    ]
    done = command("run", "fang_2018", "--data", "digits", *words, "--json")
    assert done.status == 0, done.err
    result = Result(tmp_path / "run")
    assert (result.learning.sizes["input"], result.learning.sizes["class"]) == (64, 10)
    assert result.test_accuracy > 0.5  # chance 0.1; logistic regression on the pixels has 0.96
    refused = command(
        "run", "fang_2018", "--data", "digits", "--set", "I=100", "--out", tmp_path / "other"
    )
    assert (refused.status, len(refused.err)) == (2, 1)
    assert "I=100: expected 64, the number of features of digits; leave I out" in refused.err[0]
