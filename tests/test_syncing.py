"""What is renamed to its name was on the disk before, and its name is on the disk afterwards.

Every writer is run with the system's calls recorded: a power cut then leaves the old or the new.
"""

import ast
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from spikesampler.experiments import points
from spikesampler.export.files import whole_folder
from spikesampler.figures.style import new_figure, save
from spikesampler.spiking import sealed
from spikesampler.store import atomic
from spikesampler.store.arrays import write_arrays
from spikesampler.store.checkpoint import save_records, save_spikes, save_state
from spikesampler.store.datasets import save_dataset
from spikesampler.store.learning import write_learning
from spikesampler.store.manifest import write_manifest
from spikesampler.store.spikes import copy_spikes, merge_spikes
from spikesampler.view.index import count_spikes, save_index

PACKAGE = Path(atomic.__file__).parents[1]


def content(path):
    """A digest of a file, or the names in a folder."""
    path = Path(path)
    if path.is_dir():
        return sorted(below.name for below in path.iterdir())
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Calls(list):
    """("sync", path, what it held) and ("rename", from, to), in the order of the system's calls."""

    def __init__(self, monkeypatch):
        for name in ("fsync", "replace", "rename"):
            monkeypatch.setattr(os, name, getattr(self, name)(getattr(os, name)))

    def fsync(self, real):
        def record(handle):
            path = os.readlink(f"/proc/self/fd/{handle}")
            self.append(("sync", path, content(path)))
            real(handle)

        return record

    def replace(self, real):
        def record(source, target):
            self.append(("rename", str(source), str(target)))
            real(source, target)

        return record

    rename = replace

    def complaints(self):
        """What is wrong with each rename: content or name that is not on the disk."""
        wrong, renames = [], [i for i, call in enumerate(self) if call[0] == "rename"]
        for i in renames:
            _, source, target = self[i]
            before = {path: held for kind, path, held in self[:i] if kind == "sync"}
            place = Path(target)
            for below in [place, *place.rglob("*")]:
                old = str(Path(source) / below.relative_to(place)) if below != place else source
                if before.get(old) != content(below):
                    wrong.append(f"{below.name} was not on the disk as it is")
            after = [path for kind, path, _ in self[i:] if kind == "sync"]
            if str(place.parent) not in after:
                wrong.append(f"the name {place.name} is not on the disk")
        return wrong if renames else ["nothing was renamed"]


def spikes_to_merge(folder):
    save_spikes(folder / "parts", 0, {"inputs": ([1.0, 2.0], [0, 1])})


def a_run(folder):
    """A folder as `pack` makes it of a run, without a look at what is in it."""
    (folder / "run").mkdir()
    (folder / "run" / "learning.nc").write_bytes(b"x" * 5000)
    return points.pack(folder / "run")


def a_folder(folder):
    with whole_folder(folder / "export") as hidden:
        (hidden / "below").mkdir()
        (hidden / "below" / "a.csv").write_text("1,2\n")
        (hidden / "README.txt").write_text("a")


def an_index(folder):
    save_index(folder / "index", count_spikes([(np.array([0.1]), np.array([1]))], 3, 2, 0.2))


def a_network(folder):
    with sealed.new_folder(folder / "network") as work:
        (work / "new" / "below").mkdir(parents=True)
        (work / "new" / "main").write_bytes(b"x" * 5000)
        (work / "new" / "below" / "a.h").write_text("int a;")
        sealed.seal(work / "new", {"key": "abc"})


DATASET = xr.Dataset({"x": ("n", np.arange(5.0))})
WRITERS = {
    "bytes": lambda folder: atomic.atomic_write_bytes(folder / "a.txt", b"abc"),
    "json": lambda folder: atomic.atomic_write_json(folder / "a.json", {"a": 1}),
    "arrays": lambda folder: write_arrays(folder / "a.npz", {"a": np.arange(9)}),
    "state": lambda folder: save_state(folder, 0, {"x": np.arange(5)}, {}),
    "spikes": lambda folder: save_spikes(folder, 0, {"inputs": ([1.0], [0])}),
    "records": lambda folder: save_records(folder, 0, {"label": np.arange(3)}),
    "manifest": lambda folder: write_manifest(folder, {"status": "running"}),
    "learning": lambda folder: write_learning(folder / "learning.nc", {"label": np.ones(3)}, {}),
    "dataset": lambda folder: save_dataset(DATASET, folder / "a.nc"),
    "merged": lambda folder: merge_spikes(folder / "parts", folder / "spikes.h5"),
    "copied": lambda folder: copy_spikes(folder / "spikes.h5", folder / "copy.h5"),
    "figure": lambda folder: save(new_figure(20, 20), folder / "a.svg"),
    "folder": a_folder,
    "index": an_index,
    "network": a_network,
}


@pytest.mark.parametrize("writer", WRITERS)
def test_it_is_on_the_disk_before_it_has_its_name_and_its_name_after(writer, tmp_path, monkeypatch):
    spikes_to_merge(tmp_path)
    merge_spikes(tmp_path / "parts", tmp_path / "spikes.h5")
    calls = Calls(monkeypatch)
    WRITERS[writer](tmp_path)
    assert calls.complaints() == []


def test_a_run_that_another_machine_sent_is_on_the_disk_too(tmp_path, monkeypatch):
    data = a_run(tmp_path)
    monkeypatch.setattr(points, "Result", lambda folder: None)
    calls = Calls(monkeypatch)
    points.unpack(data, tmp_path / "point")
    assert calls.complaints() == []


def test_what_is_not_synced_or_written_afterwards_is_seen(tmp_path, monkeypatch):
    """The check itself: no sync, a sync before the last write, no sync of the name."""
    calls = Calls(monkeypatch)
    for name, early in (("a", False), ("b", True)):
        path = tmp_path / f"{name}.tmp"
        path.write_text("one")
        if early:
            atomic.sync(path)
            path.write_text("two")
        os.replace(path, tmp_path / name)
    assert calls.complaints() == [
        "a was not on the disk as it is",
        "the name a is not on the disk",
        "b was not on the disk as it is",
        "the name b is not on the disk",
    ]


#: modules that rename by themselves, and what; all others go through `atomic_file` and `publish`
RENAMING = {
    "store/atomic.py": "the writers of all others",
    "spiking/sealed.py": "a compiled network under its seal, and what is removed",
    "experiments/points.py": "a damaged run's folder, set aside",
    "experiments/run.py": "a killed run's litter, on its way out",
    "view/index.py": "an index that is not whole, on its way out",
}
#: modules that write under a final name, into folders that are hidden or for one process
WRITING = {
    "spiking/answers.py",
    "spiking/compilation.py",
    "spiking/run.py",
    "spiking/shown.py",
    "spiking/trajectories.py",
    "spiking/making.py",
    "spiking/sealed.py",
    "spiking/compiler.py",
    "view/index.py",  # below a folder that is published
    "export/formats/sonata.py",
    "export/formats/csv.py",
}


def calls_of(path):
    """(name of the function or method, node) of every call in a module."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            owner = getattr(getattr(node.func, "value", None), "id", "")
            yield name, owner, node


def renames(name, owner, node):
    """os.rename, os.replace, shutil.move, or Path.rename, whose one argument is no mapping."""
    if owner == "os":
        return name in ("rename", "replace", "renames")
    if owner == "shutil":
        return name == "move"
    words = node.args and isinstance(node.args[0], ast.Constant | ast.Dict)
    return name == "rename" and len(node.args) == 1 and not node.keywords and not words


def writes(name, owner, node):
    if name in ("write_text", "write_bytes"):
        return owner != "temporary"
    modes = [*node.args[1:2], *(word.value for word in node.keywords if word.arg == "mode")]
    texts = [mode.value for mode in modes if isinstance(mode, ast.Constant)]
    return (
        name == "open"
        and owner in ("", "io")
        and any(isinstance(text, str) and set(text) & set("wax") for text in texts)
    )


def test_nobody_renames_or_writes_past_these():
    """A module that does has to be looked at: is it synced?"""
    found = {"rename": set(), "write": set()}
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        for call in calls_of(path):
            if renames(*call):
                found["rename"].add(name)
            elif writes(*call):
                found["write"].add(name)
    assert found["rename"] == set(RENAMING)
    assert found["write"] <= WRITING
