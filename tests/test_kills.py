"""Commands that are killed at any moment, and then resumed or repeated: the same arrays as of one
that nobody disturbed, nothing temporary, no process.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import time

import h5py
import numpy as np
import pytest
from runs import command, options, processes, start

FEW = options(noise=None, samples=100, record="none")
#: {command: (words, what it writes, whether it is resumed)}, where `run` is a finished run
COMMANDS = {
    "run": (["run", "fang_2018", *options(), "--out", "out"], "out", True),
    "compare": (
        ["compare", "fang_2018", "--arms", "none,weight", "--seeds", 1, *FEW, "--out", "out"],
        "out",
        True,
    ),
    "sweep": (
        ["sweep", "fang_2018", "--grid", "b=1e-4,1e-3", "--arms", "weight", *FEW, "--out", "out"],
        "out",
        True,
    ),
    "train": (
        ["landscape", "train", "--models", 64, "--steps", 2000, "--workers", 2, "--out", "out"],
        "out",
        True,
    ),
    "saddle": (["saddle", "run", "--patterns", 100, "--every", 10], "run/saddle.nc", False),
    "raster": (["raster", "run"], "run/raster-last.png", False),
    "report": (["report", "run"], "run/report.html", False),
    **{
        f"export {to}": (["export", "run", "--to", to], f"run{ending}", False)
        for to, ending in (("nwb", ".nwb"), ("neo", ".nix"), ("sonata", "-sonata"), ("csv", "-csv"))
    },
}
TEMPORARY = re.compile(r".*\.tmp|\.lock|\..*\.arriving|\.?chunk-.*")
#: of the clock or of chance, and not of what was computed
CLOCK = re.compile(r"seconds|manifest|file_create_date|timestamps_updated|created_at|nix_name")


def content(path):
    """What a file or a folder holds, {name: arrays or bytes}, but for what the clock says."""
    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    return {str(file.relative_to(path)): arrays_of(file) for file in files}


def arrays_of(file):
    if file.suffix in (".nc", ".h5", ".nix", ".nwb"):
        return hdf5_arrays(file)
    has_times = file.name == "points.csv"  # of the engine
    return file.read_bytes() if file.suffix in (".csv", ".png", ".html") and not has_times else None


def hdf5_arrays(file):
    """All arrays of a file; of NIX, whose names are drawn by chance, without these."""
    arrays = []

    def note(name, item):
        if isinstance(item, h5py.Dataset) and not CLOCK.search(name):
            arrays.append(("" if file.suffix == ".nix" else name, repr(np.asarray(item[()]))))

    with h5py.File(file) as opened:
        opened.visititems(note)
    return sorted(arrays)


@pytest.fixture
def place(finished, tmp_path):
    """place(name): a new folder with a finished run in it."""

    def make(name):
        folder = tmp_path / name
        shutil.copytree(finished, folder / "run")
        return folder

    return make


def killed(words, folder, share, seconds, to_group):
    """Kill a command after a share of the seconds that it takes; whether it was still there."""
    process = start(*words, cwd=folder)
    try:
        process.wait(share * seconds)
    except subprocess.TimeoutExpired:
        (os.killpg if to_group else os.kill)(process.pid, signal.SIGKILL)
    process.communicate()
    end = time.monotonic() + 30
    while processes(folder) and time.monotonic() < end:
        time.sleep(0.05)
    assert not processes(folder)
    return process.returncode == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_killed_and_resumed_a_command_gives_what_it_gives_undisturbed(
    cache, place, monkeypatch, name
):
    """Early, in between and late; the whole group of processes, and the parent alone."""
    pytest.importorskip({"export nwb": "pynwb", "export neo": "neo"}.get(name, "numpy"))
    words, written, resumes = COMMANDS[name]
    rng, whole = random.Random(name), place("whole")
    assert start(*words, cwd=whole).wait() == 0  # whatever is compiled, is now
    shutil.rmtree(whole)
    place("whole")
    began = time.monotonic()
    assert start(*words, cwd=whole).wait() == 0
    seconds, expected, hits = time.monotonic() - began, content(whole / written), 0
    for number in range(3):
        folder = place(str(number))
        hits += killed(words, folder, (number + rng.random()) / 3, seconds, number % 2 == 0)
        monkeypatch.chdir(folder)
        done = command(*words, *(["--resume"] if resumes else []))
        assert done.status == 0 or "exists and is not overwritten" in done.err[-1], done.err
        assert content(folder / written) == expected
        assert not [path for path in folder.rglob("*") if TEMPORARY.fullmatch(path.name)]
    assert hits, "all kills came too late"
