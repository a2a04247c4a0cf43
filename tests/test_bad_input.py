"""Bad input: one line that says what was given and what to do, exit status 2, nothing written,
nothing lost.
"""

import errno
import html
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from runs import SETTINGS, SIZES, command, listing, options

from spikesampler import Result, load_model, run
from spikesampler.errors import InputError
from spikesampler.jobs import processes
from spikesampler.language.model import MODELS
from spikesampler.store import atomic

FEW = {"samples": 20, "test_samples": 5, "probe_samples": 5}


def refused(words, message, status=2):
    """Run a command that has to end with this message as its only line, on stderr."""
    done = command(*words)
    assert (done.status, done.out, len(done.err)) == (status, [], 1), done
    assert done.err[0].startswith("spikesampler: ")
    assert re.search(message, done.err[0]), done.err[0]


# --- words and numbers -----


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["run"], "Missing argument 'MODEL'"),
        (
            ["run", "no_such_model"],
            (
                "unknown model 'no_such_model'; expected one of fang_2018, gamst_walker_2017,"
                " kappel_2014, kappel_2015, kappel_2018, kesten_2020, kulikovskikh_2021,"
                " loewenstein_2011, nessler_2013, stdp_pairs, two_layer, valizadeh_2022, or"
            ),
        ),
        (
            ["run", "absent.py"],
            "no model file 'absent.py'; give the path of an existing .py file or one of fang_2018",
        ),
        (["run", ""], "unknown model ''"),
        (["show", "no_such_model"], "unknown model 'no_such_model'"),
        (["run", "fang_2018", "more"], r"Got unexpected extra argument \(more\)"),
        (
            ["compare", "fang_2018", "--arms", "none", "weight"],
            r"argument \(weight\); lists have commas without spaces, such as --arms none,weight",
        ),
        (["run", "fang_2018", "--frob"], "No such option.*--frob"),
        (["run", "fang_2018", "--samples"], "Option '--samples' requires an argument"),
        (["run", "fang_2018", "--samples", "abc"], "'--samples': 'abc' is not a valid integer"),
        (["run", "fang_2018", "--samples", "1.5"], "'--samples': '1.5' is not a valid integer"),
        (["run", "fang_2018", "--samples", "0"], "samples=0: expected a whole number from 1 to"),
        (["run", "fang_2018", "--samples", "-5"], "samples=-5: expected a whole number from 1 to"),
        (
            ["run", "fang_2018", "--samples", "9" * 30],
            "samples=9+: expected a whole number from 1 to",
        ),
        (
            ["run", "fang_2018", "--test-samples", "0"],
            "--test-samples=0: expected a whole number from 1",
        ),
        (
            ["run", "fang_2018", "--probe-samples", "0"],
            "--probe-samples=0: expected a whole number from 1",
        ),
        (
            ["run", "fang_2018", "--probe-every", "0"],
            "--probe-every=0: expected a whole number from 1",
        ),
        (["run", "fang_2018", "--seed", "-1"], "seed=-1: expected a whole number from 0"),
        (["run", "fang_2018", "--seed", "9" * 30], "seed=9+: expected a whole number from 0"),
        (
            ["run", "fang_2018", "--noise", "foo"],
            "unknown noise arm 'foo'; expected one of none, constant, weight",
        ),
        (
            ["run", "fang_2018", "--start", "foo"],
            "unknown start 'foo'; fang_2018 has prior, plateau; expected one of them",
        ),
        (
            ["run", "fang_2018", "--record", "foo"],
            "unknown record 'foo'; expected one of all, windows, none",
        ),
        (
            ["run", "fang_2018", "--engine", "foo"],
            "unknown engine 'foo'; expected one of fast, reference",
        ),
        (
            ["run", "fang_2018", "--set", "nope=1"],
            "unknown parameter 'nope' of fang_2018; it has I, K, D",
        ),
        (
            ["run", "fang_2018", "--set", "rho"],
            "--set rho: expected NAME=VALUE, such as --set rho=100",
        ),
        (["run", "fang_2018", "--set", "=1"], "--set =1: expected NAME=VALUE"),
        (["run", "fang_2018", "--set", "rho="], "--set rho=: expected NAME=VALUE"),
        (["run", "fang_2018", "--set", "rho=100*ms"], r"rho=100\*ms: wrong unit 'ms'; expected Hz"),
        (["run", "fang_2018", "--set", "rho=-1"], "rho=-1: out of range; expected at least 0 Hz"),
        (["run", "fang_2018", "--set", "rho=nan"], "rho=nan: the value must be finite"),
        (["run", "fang_2018", "--set", "rho=inf*Hz"], "rho=inf.*: the value must be finite"),
        (["run", "fang_2018", "--set", "rho=1e999"], "rho=1e999: the value must be finite"),
        (["run", "fang_2018", "--set", "K=2.5"], "K=2.5: expected a whole number"),
        (
            ["run", "fang_2018", "--set", "I=1e18"],
            "more than 100,000,000 synapses; lower the largest of them",
        ),
        (["run", "fang_2018", "--set", "self=1"], "unknown parameter 'self'"),
        (
            ["run", "fang_2018", "--set", "b=__import__('os').system('touch x')"],
            "b=__import__.*: not a number with a unit",
        ),
        (
            ["show", "fang_2018", "--set", "b=__import__('os').system('touch x')"],
            "b=__import__.*: not a number",
        ),
        (["run", "fang_2018", "--data", ""], "data is empty: expected digits, or the path of"),
        (["run", "fang_2018", "--resume"], "resume needs the folder of the run; give --out DIR"),
        (["raster"], "Missing argument 'RUN'"),
        (
            ["raster", "nowhere"],
            "nowhere is not a run folder: it has no manifest.json: give the folder that",
        ),
        (["doctor", "now"], r"Got unexpected extra argument \(now\)"),
    ],
)
def test_bad_words_are_refused_and_nothing_is_written(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    refused(words, message)
    if words[:2] == ["run", "fang_2018"] and "--out" not in words and "--resume" not in words:
        refused([*words, "--out", "out"] if words[-1] != "--samples" else words, message)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"samples": 10.0}, "samples=10.0: expected a whole number"),
        ({"seed": "1"}, "seed='1': expected a whole number"),
        ({"set": "rho=1"}, "set='rho=1': expected a dict of parameters by name, such as"),
        ({"set": {"rho": [1, 2]}}, r"rho=\[1, 2\]: expected a finite number in Hz"),
        ({"model": 7}, "unknown model '7'"),
        ({"noise": ["none"]}, r"unknown noise arm '\['none'\]'"),
        ({"record": True}, "unknown record 'True'"),
    ],
)
def test_bad_arguments_in_python_are_refused(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=message):
        run(**arguments)
    assert list(tmp_path.iterdir()) == []


def test_too_much_memory_is_one_line(tmp_path, monkeypatch):
    def allocate(*_):
        raise MemoryError("Unable to allocate 149. GiB for an array with shape (20000000000,)")

    monkeypatch.setattr("spikesampler.experiments.run.prepare", allocate)
    refused(
        ["run", "fang_2018", "--out", tmp_path / "out"], "Unable to allocate 149. GiB", status=1
    )
    assert list(tmp_path.iterdir()) == []


# --- data -----

ROWS = [f"{n % 7},{n % 5},{n % 3}" for n in range(30)]


def table(*rows, header="x,y,label"):
    return "\n".join([header, *rows]) + "\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        (table(), "has a header and no rows"),
        (
            table(*ROWS, header="x,y,z"),
            "has no column named 'label': expected the labels in one of 'x', 'y', 'z'; do: name it",
        ),
        (table(*ROWS[:3], "1,2", *ROWS), "line 5 has 2 cells: expected 3 as in the header"),
        (table(*ROWS[:3], "1,two,0", *ROWS), "'two' in line 5, column 'y': expected a number"),
        (table(*ROWS[:3], "1,,0", *ROWS), "'' in line 5, column 'y': expected a number"),
        (table(*ROWS[:3], "1,nan,0", *ROWS), "nan in line 5, column 'y': expected a finite number"),
        (table(*ROWS[:3], "1,inf,0", *ROWS), "inf in line 5, column 'y': expected a finite number"),
        (table(*ROWS[:3], "1,2,", *ROWS), "the label in line 5 is empty"),
        (table(*ROWS[:3], "1,2,0.5", *ROWS), "label 0.5 in line 5 is not a whole number"),
        (
            table(*ROWS[:3], "1,2,-1", *ROWS),
            r"label -1 in line 5 is outside 0..4 \(K=5\); do: relabel",
        ),
        (
            table(*ROWS[:3], "1,2,9", *ROWS),
            r"label 9 in line 5 is outside 0..4 \(K=5\); do: --set K=10 or relabel",
        ),
        (table(*ROWS[:3], "1,2,3", *ROWS), "class '3' has 1 rows to split: expected at least 3"),
        (
            table(*[f"{n},{n},1" for n in range(9)]),
            "all 9 rows have the same label: expected at least two classes",
        ),
        (
            table(*[f"{n},{row}" for n, row in enumerate(ROWS)], header="x,y,z,label"),
            "D=2: expected 3, the number of features of table.csv",
        ),
    ],
)
def test_a_bad_table_is_refused_before_a_folder_is_made(tmp_path, text, message):
    (tmp_path / "table.csv").write_text(text)
    before = listing(tmp_path)
    refused(
        [
            "run",
            "fang_2018",
            *options(),
            "--data",
            tmp_path / "table.csv",
            "--out",
            tmp_path / "out",
        ],
        message,
    )
    assert listing(tmp_path) == before


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda path: None,
            r"no data named .*data.npz.: expected digits, or the path of a table .\.csv, .tsv, ",
        ),
        (lambda path: path.mkdir(), "data.npz is not a file; do: give the file itself"),
        (
            lambda path: path.write_bytes(b"PK\x03\x04 truncated"),
            "cannot be read as NPZ .corrupt, truncated or another",
        ),
        (
            lambda path: np.savez(path, features=np.zeros((9, 2))),
            "has no array named 'label': expected the labels in one of 'features'",
        ),
        (
            lambda path: np.savez(path, features=np.array([{}]), label=[0]),
            "cannot be read as NPZ .it holds Python objects",
        ),
    ],
)
def test_a_bad_archive_is_refused_before_a_folder_is_made(tmp_path, make, message):
    make(tmp_path / "data.npz")
    before = listing(tmp_path)
    refused(
        [
            "run",
            "fang_2018",
            *options(),
            "--data",
            tmp_path / "data.npz",
            "--out",
            tmp_path / "out",
        ],
        message,
    )
    assert listing(tmp_path) == before


def test_without_a_teacher_classes_may_be_more_than_outputs(tmp_path):
    from spikesampler.experiments.prepare import prepare
    from spikesampler.experiments.settings import resolve

    rows = [f"{n % 7},{n % 5},{n % 12}" for n in range(60)]
    (tmp_path / "table.csv").write_text(table(*rows))
    found = prepare(
        resolve(
            "kappel_2015", set={"K": 5, "num_clusters": 3}, data=tmp_path / "table.csv", samples=5
        )
    )
    assert (found.num_classes, found.model["K"], found.model["D"]) == (12, 5, 2)


# --- output folders -----


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(finished, tmp_path):
    (tmp_path / "file").write_text("text")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("years of work")
    same, different = options(), options(seed=4, samples=300)
    before = listing(tmp_path), listing(finished)
    for folder, words, message in [
        (
            finished,
            same,
            (
                r"already holds a run \(finished\); use --resume to go on with it, or give another"
                r" folder"
            ),
        ),
        (
            finished,
            different,
            r"already holds a run \(finished\) with other settings; give another folder with --out",
        ),
        (
            finished,
            [*different, "--resume"],
            (
                r"other settings \(seed is 4 here, 3 there\); repeat its options: --seed 3, or"
                r" give another folder with --out"
            ),
        ),
        (
            finished,
            [*options(set=SIZES | {"rho": 100}), "--resume"],
            r"\(rho was 200\.0\*Hz, is 100\.0\*Hz\); leave out --set rho=100\.0\*Hz, or give",
        ),
        (tmp_path / "other", same, "holds other files; give a new or empty folder with --out"),
        (
            tmp_path / "other",
            [*same, "--resume"],
            "holds other files; give a new or empty folder with --out",
        ),
        (tmp_path / "file", same, "is a file; give a folder with --out"),
        (
            tmp_path / "file" / "below",
            same,
            "a file is where a folder should be: give another folder",
        ),
    ]:
        refused(["run", "fang_2018", *words, "--out", folder], message)
        assert (listing(tmp_path), listing(finished)) == before


def test_what_a_killed_writer_left_is_not_somebody_elses(cache, tmp_path):
    (tmp_path / "run").mkdir()
    half = tmp_path / "run" / ".manifest.json.abcd-7fffffff-1.0123.tmp"
    half.write_text("half")
    os.utime(half, (0, 0))  # of another machine, long ago
    (tmp_path / "run" / ".lock").write_text("1\n")
    run(**SETTINGS | FEW, out=tmp_path / "run", progress=lambda *_: None)
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        "manifest.json",
        "learning.nc",
        "spikes.h5",
        "checkpoint",
    }


# --- disk -----


def fail(monkeypatch, number, from_write=0):
    """Let every write of a file fail, from the `from_write`-th on, as the system would."""
    count = iter(range(10**6))
    real = atomic.sync

    def sync(path, flags=os.O_RDONLY):
        if next(count) >= from_write:
            raise OSError(number, os.strerror(number))
        real(path, flags)

    monkeypatch.setattr(atomic, "sync", sync)


DISKS = [
    (errno.ENOSPC, "the disk is full: free some space, then continue the run with --resume"),
    (errno.EROFS, "the disk is read-only: give a folder on another disk with --out"),
    (errno.EACCES, "permission denied: make the folder writable"),
    (errno.EDQUOT, "your disk quota is used up"),
]


@pytest.mark.parametrize(("number", "message"), DISKS)
def test_a_disk_that_takes_nothing_is_one_line_and_no_folder(
    cache, tmp_path, monkeypatch, number, message
):
    fail(monkeypatch, number)
    refused(["run", "fang_2018", *options(**FEW), "--out", tmp_path / "out"], message)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_one_line(cache, tmp_path, monkeypatch):
    def mkdir(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("pathlib.Path.mkdir", mkdir)
    refused(
        ["run", "fang_2018", *options(**FEW), "--out", tmp_path / "out"],
        "cannot write .*out: the disk is read",
    )


@pytest.mark.parametrize("from_write", [4, 13, 44])
def test_a_disk_that_fills_up_costs_nothing(finished, tmp_path, monkeypatch, from_write):
    """Full after the first writes, in learning, or at its end; with space again the run goes on to
    the same bits.
    """
    folder = tmp_path / "run"
    words = ["run", "fang_2018", *options(samples=40), "--out", folder]
    fail(monkeypatch, errno.ENOSPC, from_write)
    done = command(*words)
    assert done.status == 2
    assert "the disk is full: free some space, then continue the run with --resume" in done.err[-1]
    assert not [
        path for path in folder.rglob("*") if path.name.startswith(".") or "chunk-" in path.name
    ]
    kept = listing(folder / "checkpoint")
    monkeypatch.undo()
    assert command(*words, "--resume").status == 0
    assert command(*words[:-1], tmp_path / "undisturbed").status == 0
    for name in ("learning.nc", "spikes.h5"):
        assert (folder / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes()
    assert len([name for name in kept if "state" in name]) == {4: 0, 13: 1, 44: 4}[from_write]


# --- compiler and model files -----


def test_no_compiler_is_said_before_anything_is_done(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("CXX", raising=False)
    before = listing(tmp_path)
    message = r"no 'g\+\+' on this machine.*; install g\+\+ .Debian, Ubuntu: apt install"
    refused(["run", "fang_2018", *options(), "--out", tmp_path / "out"], message)
    refused(["compare", "fang_2018", *options(noise=None), "--out", tmp_path / "out"], message)
    assert listing(tmp_path) == before


@pytest.mark.parametrize(
    ("addition", "message"),
    [
        ("title = (", r"model file .*mine.py:\d+: cannot be executed: SyntaxError"),
        ("del starts", "mine.py:1: the field starts is missing; it says where theta begins"),
        ("noise = 'loud'", "unknown noise arm 'loud'"),
    ],
)
def test_a_bad_model_file_is_refused(tmp_path, addition, message):
    (tmp_path / "mine.py").write_text(
        (MODELS / "fang_2018.py").read_text() + "\n" + addition + "\n"
    )
    refused(["run", tmp_path / "mine.py", "--out", tmp_path / "out"], message)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]


def changed_model(path, old, new):
    """The text of fang_2018 with a change, as a file."""
    text = (MODELS / "fang_2018.py").read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def test_equations_that_cannot_be_are_refused_before_anything_is_compiled(tmp_path, monkeypatch):
    monkeypatch.setenv("SPIKESAMPLER_CACHE", str(tmp_path / "cache"))
    for old, new, message in (
        (
            "x = x_slow - x_fast : 1",
            "x = x_slow - no_such_thing : 1",
            "no_such_thing is not defined",
        ),
        ("-x_fast/tau_s : 1", "(1 - x_fast*x_fast)/tau_s : 1", "is not linear in x_slow, x_fast"),
        ('drift = "', 'drift = "b*randn() + ', "randn() cannot be drawn here: noise is given in"),
    ):
        mine = changed_model(tmp_path / "mine.py", old, new)
        done = command("run", mine, *options(), "--out", tmp_path / "out")
        assert done.status == 2
        (line,) = done.err
        assert re.match(rf"spikesampler: model file {re.escape(str(mine))}:\d+: ", line)
        assert message in line
        assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]


def test_a_model_of_ones_own_runs_from_its_file(finished, tmp_path):
    (tmp_path / "mine.py").write_text(load_model("fang_2018").source_text + '\ntitle = "Mine"\n')
    done = command(
        "run", tmp_path / "mine.py", *options(**FEW), "--out", tmp_path / "run", "--json"
    )
    assert (done.status, done.json["model"]) == (0, "mine")


# --- damaged run folders -----


def truncate(path):
    path.write_bytes(path.read_bytes()[:-9])


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [truncate, flip, os.unlink])
@pytest.mark.parametrize("name", ["manifest.json", "learning.nc", "spikes.h5"])
def test_a_damaged_run_is_named_by_every_command_and_left_alone(finished, tmp_path, damage, name):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    damage(folder / name)
    before = listing(folder)
    gone = damage is os.unlink
    message = (
        f"{name} is {'missing' if gone else 'damaged'}: .*restore it from a copy, or run again in a"
        " new folder"
    )
    if gone and name == "manifest.json":
        message = "run is not a run folder: it has no manifest.json"
    refused(["raster", folder, "--out", tmp_path / "raster.png"], message)
    if gone and name == "manifest.json":
        message = "holds other files; give a new or empty folder"
    refused(["run", "fang_2018", *options(), "--out", folder, "--resume"], message)
    assert listing(folder) == before
    with pytest.raises(InputError, match=r"damaged|missing|not a run folder"):
        Result(folder)


@pytest.mark.parametrize("kind", ["records", "spikes"])
@pytest.mark.parametrize(("damage", "found"), [(truncate, "damaged"), (os.unlink, "missing")])
def test_a_damaged_part_is_named_before_the_run_goes_on_and_the_rest_kept(
    cache, tmp_path, kind, damage, found
):
    folder = tmp_path / "run"

    def stop(done, total, text):
        if done == 20:
            raise InputError("stop here")

    with pytest.raises(InputError, match="stop here"):
        run(**SETTINGS | {"samples": 30}, out=folder, progress=stop)
    damage(folder / "checkpoint" / f"{kind}_000000.npz")
    before = listing(folder / "checkpoint")
    refused(
        ["run", "fang_2018", *options(samples=30), "--out", folder, "--resume"],
        f"{kind}_000000.npz is {found}: .*restore it from a copy, or delete (this|the) run's folder"
        " and run again",
    )
    assert listing(folder / "checkpoint") == before


# --- one rule for what is typed -----


@pytest.mark.parametrize("text", ["٣", "１２", "1_000", "1e3", "0x10", "²", "五", "1.0", "--5"])
@pytest.mark.parametrize("option", ["--samples", "--seed", "--probe-every"])
def test_a_number_is_written_in_ascii_digits(tmp_path, monkeypatch, option, text):
    monkeypatch.chdir(tmp_path)
    refused(["run", "fang_2018", option, text, "--out", "out"], f"{option}.*is not a valid integer")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "name=1"], "unknown parameter 'name' of fang_2018"),
        (["--set", "dt=1e-308"], "dt=1e-308: too close to 0"),
        (["--set", "dt=1e-9"], "sample_length=200.ms with dt=1e-09.ms: 2e.11 steps a sample"),
        (["--set", "dt=300"], "sample_length=200.ms: expected a whole multiple of dt=300.ms"),
        (["--set", "sample_length=1e308"], "inf steps a sample|e.30. steps a sample"),
        (["--set", "grid=1e308"], r"grid=1e\+308.ms: expected a whole multiple of dt"),
        (
            ["--set", "grid=1e7"],
            "grid=1e.07.ms with dt=1.ms: 1e.07 steps; expected at most 1,000,000",
        ),
        (["--set", "gap=0.5"], "gap=0.5.ms: expected a whole multiple of dt=1.ms"),
        (["--set", "gap=-50"], "gap=-50"),
        (["--set", "b=1e-400/s"], "b=1e-400/s: too close to 0"),
        (["--set", "rho=٣"], "rho=٣: not a number with a unit"),
        (
            ["--set", "N=1e308", "--noise", "constant_matched"],
            "noise arm constant_matched: the mean of .* is .* with these parameters; expected 0",
        ),
        (["--set", "rho=900", "--set", "sample_length=100000"], "at most 60,000 output spikes"),
        (["--set", "D=101"], "clusters: 101 features, of which tuning curves take at most 100"),
        (
            ["--set", "K=3000", "--set", "D=9000"],
            "covariances of 3000 clusters are 243,000,000,000",
        ),
        (["--noise", "none:replicate=1_0"], "replicate=1_0: expected a whole number"),
        (["--data", "clusters:" + "9" * 5000], "expected clusters:SEED with a whole number"),
        (["--data", "clusters:٣"], "expected clusters:SEED with a whole number"),
        (["--samples", "1e12"], "'1e12' is not a valid integer"),
        (["--samples", "1" + "0" * 12], "samples=1000000000000: expected a whole number from 1"),
        (["--out", ""], "--out is empty"),
        (["--out", "x" * 256], "--out=.*: a name of 256 bytes in a path of 256; expected at most"),
        (["--out", "a/" * 3000], "in a path of 6000; expected at most 255 and 4095"),
        (["--out", "file/below"], "a file is where a folder should be: give another folder"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    monkeypatch.setattr("spikesampler.experiments.run.build", lambda *_, **__: 1 / 0)
    refused(["run", "fang_2018", *words, *(() if "--out" in words else ("--out", "out"))], message)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_more_than_this_machine_holds_is_refused_with_what_it_would_take(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("spikesampler.experiments.extent.available_memory", lambda: 10**9)
    words = ["run", "fang_2018", "--samples", 10**9, "--out", "out"]
    given = "--samples=1000000000, --test-samples=.*"
    refused(words, rf"{given} takes at least 104.0 GB of memory, of which 1.0 GB are")
    most = "seeds=999999999: expected a whole number from 1 to 100000"
    refused(["compare", "fang_2018", "--seeds", "999999999", "--out", "out"], most)
    refused(["sweep", "fang_2018", "--grid", "b=1,2", "--seeds", "999999999"], most)
    many = ["compare", "fang_2018", "--seeds", "60000", "--out", "out"]
    refused(many, "2 arms x 1 starts x 60,000 seeds are 120,000 runs; expected at most 100,000")
    usage = shutil._ntuple_diskusage(10**12, 10**12, 10**6)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    small = ["--samples", "1000", "--probe-every", "100", "--out", "out"]
    # 11 probes of 10 x 1000 theta, half of them after compression, in each of 20 runs
    message = "out: 20 runs of 1,000 samples write at least 0.0 GB, of which 0.0 GB are free there"
    refused(["compare", "fang_2018", *small], message)
    assert list(tmp_path.iterdir()) == []


# --- the last resort -----


def test_what_nobody_foresaw_is_a_line_that_says_whose_fault_it_is(monkeypatch, capsys):
    def broken(*_):
        raise KeyError("a\nb" + "x" * 5000)

    monkeypatch.setattr("spikesampler.language.describe.describe", broken)
    done = command("show", "fang_2018")
    assert (done.status, done.out, len(done.err)) == (1, [], 1)
    assert re.match(r"spikesampler: a fault of spikesampler: KeyError: .* at .*:\d+; ", done.err[0])
    assert "SPIKESAMPLER_TRACEBACK=1" in done.err[0]
    assert len(done.err[0]) < 1000
    monkeypatch.setenv("SPIKESAMPLER_TRACEBACK", "1")
    assert any("Traceback" in line for line in command("show", "fang_2018").err)


@pytest.mark.parametrize("error", [RecursionError("deep"), RuntimeError("odd"), OSError("odd")])
def test_what_is_no_known_failure_is_a_fault_too(monkeypatch, error):
    def broken(*_):
        raise error

    monkeypatch.setattr("spikesampler.language.describe.describe", broken)
    done = command("show", "fang_2018")
    assert done.status == 1
    assert f"a fault of spikesampler: {type(error).__name__}" in done.err[0]


# --- names of files -----


NAMES = (
    *(b"r\xff\xfe", b"a\nb", b" a  b ", b"50%#?&<x>'\"", "🧠µ".encode(), b"-x"),
    b"y" * 255,
)


@pytest.mark.parametrize(
    "name",
    [b"r\xff\n <50%'#?&", *(pytest.param(name, marks=pytest.mark.slow) for name in NAMES)],
)
def test_a_run_in_a_folder_of_any_name_goes_from_the_first_step_to_the_last(
    finished, tmp_path, monkeypatch, name
):
    folder = Path(tmp_path, os.fsdecode(name))
    shutil.copytree(finished, folder)
    monkeypatch.chdir(tmp_path)
    for words in (
        ["run", "fang_2018", *options(), "--out", folder, "--resume", "--json"],
        ["report", folder],
        ["raster", folder, "--window", "1:2"],
        ["export", folder, "--to", "csv", "--out", "csv"],
        ["run", "fang_2018", *options(**FEW), "--start", folder, "--out", "started"],
        ["report", "started"],
    ):
        done = command(*words)
        assert done.status == 0, (words, done.err)
    started = Result("started")
    assert started.manifest["settings"]["start"] == str(folder)
    shown = started.manifest["results"]["start"]
    assert shown.isprintable()
    assert shown.encode("utf-8") == (name if shown == folder.name else shown.encode("ascii"))
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "fang_2018" in page
    if b"\xff" in name:
        words = re.search(
            r"spikesampler run .*?--start.*",
            html.unescape(Path("started", "report.html").read_text(encoding="utf-8")),
        )[0]
        assert "r\\xff" in words  # as a shell takes it


@pytest.mark.parametrize("name", [b"r\xff", "🧠".encode()])
def test_other_programs_formats_take_such_names_too(finished, tmp_path, name):
    pytest.importorskip("nixio")
    folder = Path(tmp_path, os.fsdecode(name))
    shutil.copytree(finished, folder)
    done = command("export", folder, "--to", "neo")
    assert (done.status, len(done.out)) == (0, 1), done.err
    assert Path(f"{folder}.nix").is_file()


# --- where output goes -----

PRINT = (
    "import sys; sys.argv[1:] = ['show', 'kappel_2015']; from spikesampler.cli import main; main()"
)


def shell(line, **variables):
    """A shell's line that shows a model, as $show: status, and lines on stderr."""
    environment = processes.child_environment() | variables | {"show": PRINT}
    line = line.replace("$show", f'{sys.executable} -P -c "$show"')
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, env=environment)
    return done.returncode, done.stderr.splitlines()


def test_a_terminal_of_ascii_and_a_full_or_closed_output_have_no_traceback():
    status, err = shell("$show > /dev/full; exit $?")
    assert (status, len(err)) == (1, 1)
    assert "no space is left for what is printed" in err[0]
    assert shell("$show >&-") == (0, [])
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    assert shell("$show", **ascii_only) == (0, [])
