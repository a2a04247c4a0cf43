"""A folder that is lost while it is written is noticed at the next save: one line, and nothing is
made anew at the old place or lost at the new one.
"""

import errno
import fcntl
import os
import re
import shutil
import threading
from pathlib import Path

import numpy as np
import odd_tasks
import pytest
import xarray
from matplotlib.figure import Figure
from runs import SETTINGS, bits, command, listing

from spikesampler import Result, run
from spikesampler.errors import BusyError, InputError, LostError
from spikesampler.export.files import whole_folder
from spikesampler.figures import save
from spikesampler.jobs import kept, pieces
from spikesampler.jobs.executors import ThisProcess
from spikesampler.jobs.loop import Job, do_all
from spikesampler.jobs.processes import Processes
from spikesampler.store import atomic, folders
from spikesampler.store.arrays import write_arrays
from spikesampler.store.checkpoint import save_state
from spikesampler.store.datasets import read_dataset, save_dataset
from spikesampler.store.folder_kind import kind_of
from spikesampler.store.held import marks, with_marks
from spikesampler.store.learning import read_some
from spikesampler.store.manifest import write_manifest
from spikesampler.store.temporary import is_temporary, remove_left, temporary_beside
from spikesampler.studies.command import run_script

NOBODY = 0x7FFFFFFF  #: more than the number of any process


def remove(folder):
    shutil.rmtree(folder)


def rename(folder):
    folder.rename(folder.with_name("moved"))


def replace(folder):
    rename(folder)
    folder.mkdir()


def copy(folder):
    rename(folder)
    shutil.copytree(folder.with_name("moved"), folder)


def rename_parent(folder):
    folder.parent.rename(folder.parent.with_name("away"))


def unlock(folder):
    (folder / ".lock").unlink()


def take(folder):
    unlock(folder)
    (folder / ".lock").write_text("77 another\n")


def take_elsewhere(folder):
    """As a machine may whose locks this one does not see."""
    (folder / ".lock").write_text("77 another\n")


LOSSES = {
    remove: r"here/out was removed while it was written: nothing more is written; start again",
    rename: r"here/out was renamed to .*here/moved while it was written: .*; go on with"
    r" resume=True, giving .*here/moved as its folder",
    replace: r"was renamed to .*here/moved while it was written, and another one is in its place: ",
    copy: r"was renamed to .*here/moved while it was written, and another one is in its place: ",
    rename_parent: r"here/out was renamed to .*away/out while",
    unlock: r"here/out lost its lock, the file \.lock, which was removed while",
    take: r"was taken by another process \(number 77\) while .*; wait until it ends, then go on",
    take_elsewhere: r"here/out was taken by another process \(number 77\) while",
}


def write_whole(folder):
    with whole_folder(folder / "export"):
        pass


WRITERS = {
    "arrays": lambda folder: write_arrays(folder / "x.npz", {"x": [1]}),
    "json": lambda folder: atomic.atomic_write_json(folder / "x.json", {}),
    "manifest": lambda folder: write_manifest(folder, {"status": "running"}),
    "state": lambda folder: save_state(folder / "checkpoint", 1, {"x": [1]}, {}),
    "dataset": lambda folder: save_dataset(xarray.Dataset({"x": 1}), folder / "x.nc"),
    "picture": lambda folder: save(Figure(), folder / "x.png"),
    "folder": lambda folder: folders.make_folder(folder / "new"),
    "export": write_whole,
    "elsewhere": lambda folder: atomic.atomic_write_json(folder.parent.parent / "x.json", {}),
}


@pytest.fixture
def out(tmp_path):
    """A folder with something in it, in another of its own."""
    folder = tmp_path / "here" / "out"
    folder.mkdir(parents=True)
    (folder / "mine").write_text("mine")
    return folder


def lose_and_write(folder, lose, write, left=None):
    """Begin to write a folder, lose it, note what is left in `left`, and go on."""
    with folders.folder_lock(folder):
        write_arrays(folder / "before.npz", {"x": [1]})
        lose(folder)
        if left is not None:
            left.update(listing(folder.parents[1]))
        write(folder)


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
def test_a_loss_is_noticed_by_every_writer_and_nothing_is_written(out, lose):
    """Each loss, by each writer; then the folder is what it was, without this process's lock."""
    for name, write in WRITERS.items():
        with pytest.raises(LostError, match=LOSSES[lose]):
            lose_and_write(out, lose, write, left := {})
        after = listing(out.parents[1])
        ours = {"here/moved/.lock", "away/out/.lock"}
        assert after == {path: text for path, text in left.items() if path not in ours}, name
        for other in (out.parents[1] / "away", out.parent / "moved", out):
            shutil.rmtree(other, ignore_errors=True)
        out.mkdir(parents=True)


def write_file(folder, lose):
    with atomic.atomic_file(folder / "x.json") as temporary:
        temporary.write_text("{}")
        lose(folder)


def write_folder(folder, lose):
    with whole_folder(folder / "export"):
        lose(folder)


@pytest.mark.parametrize("write", [write_file, write_folder])
@pytest.mark.parametrize("lose", [copy, take])
def test_what_was_begun_before_the_loss_gets_no_name(out, lose, write):
    with pytest.raises(LostError, match=LOSSES[lose]), folders.folder_lock(out):
        write(out, lose)
    assert not list(out.parent.rglob("x.json"))
    assert not list(out.parent.rglob("export"))


def test_a_link_to_another_folder_is_another_folder(tmp_path):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    link = tmp_path / "out"
    link.symlink_to("first")

    def lose(link):
        link.unlink()
        link.symlink_to("second")

    with pytest.raises(LostError, match="another one is in its place"):
        lose_and_write(link, lose, WRITERS["arrays"])
    assert [path.name for path in tmp_path.rglob("*.npz")] == ["before.npz"]
    assert not list(tmp_path.rglob(".*"))


def test_a_file_server_that_forgot_the_folder(out, monkeypatch):
    real, forgotten = os.stat, []

    def stat(path, **how):
        if path in forgotten:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return real(path, **how)

    monkeypatch.setattr(os, "stat", stat)
    with pytest.raises(LostError, match=r"out is gone from its file server \(stale file handle\)"):
        lose_and_write(out, forgotten.append, WRITERS["arrays"])


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.EROFS, "cannot write .*out/x.npz: the disk is read-only"),
        (errno.EACCES, "cannot write .*out/x.npz: permission denied: make the folder writable"),
        (errno.ENOSPC, "cannot write .*out/x.npz: the disk is full"),
    ],
)
def test_a_disk_that_refuses_is_no_lost_folder(out, monkeypatch, number, message):
    def refuse(*arguments):
        raise OSError(number, os.strerror(number))

    with pytest.raises(InputError, match=message) as told:
        lose_and_write(out, lambda _: monkeypatch.setattr(os, "replace", refuse), WRITERS["arrays"])
    assert not isinstance(told.value, LostError)
    assert {path.name for path in out.iterdir()} == {"mine", "before.npz"}


def test_what_fails_because_the_folder_is_gone_is_told_as_that(out):
    """Such as a program that writes there: whatever it says of it."""

    def write(folder):
        raise OSError(errno.ENOSPC, "is the disk full?")

    with pytest.raises(LostError, match="out was removed"):
        lose_and_write(out, remove, write)


def test_a_folder_of_somebody_that_is_empty_stays(tmp_path):
    """The folder that was made here is gone if nothing was written; the other one is not ours."""
    out = tmp_path / "out"
    with pytest.raises(LostError, match="another one is in its place"):
        lose_and_write(out, replace, WRITERS["folder"])
    assert out.is_dir()
    assert (tmp_path / "moved").is_dir()
    with folders.folder_lock(tmp_path / "a" / "b"):
        pass
    assert not (tmp_path / "a").exists()


# --- jobs -----


@pytest.fixture
def importable(monkeypatch):
    """Processes that this test starts find the functions of tests/odd_tasks.py."""
    monkeypatch.setenv("PYTHONPATH", str(Path(odd_tasks.__file__).parent))


def do_locked(jobs, folder, make):
    with folders.folder_lock(folder), make() as executor:
        do_all(jobs, executor)


@pytest.mark.parametrize("make", [ThisProcess, lambda: Processes(1)])
def test_jobs_stop_when_the_folder_is_lost(out, importable, make):
    jobs = [
        Job(out / name, odd_tasks.write, (out / name, "rename" if name == "b" else ""), name)
        for name in "abcd"
    ]
    with pytest.raises(LostError, match=r"here/out was renamed to .*here/moved while"):
        do_locked(jobs, out, make)
    assert not out.exists()
    assert {path.name for path in (out.parent / "moved").iterdir()} == {"mine", "a"}


def test_no_job_begins_when_the_folder_is_lost(out):
    """Also where jobs write nothing there themselves, as those of other machines."""
    begun = []

    def work(name):
        begun.append(name)
        if name == "b":
            rename(out)

    jobs = [Job(out / name, work, (name,), name) for name in "abcd"]
    with pytest.raises(LostError, match=r"here/out was renamed to"):
        do_locked(jobs, out, ThisProcess)
    assert begun == ["a", "b"]


def test_a_worker_asks_after_the_folders_that_it_sees(out):
    """One that it does not see is on a disk of another machine."""
    with folders.folder_lock(out):
        known = marks()
        with_marks(known, lambda: WRITERS["json"](out))
    assert [mark.place for mark in known] == [out]
    assert with_marks(known, lambda: WRITERS["json"](out)) is None
    (out / ".lock").write_text(known[0].token)
    with pytest.raises(LostError, match=f"{out} was removed, renamed or taken by another process"):
        with_marks(known, lambda: (take(out), WRITERS["json"](out)))


def test_a_script_says_that_its_folder_is_lost(out, capsys):
    def make():
        rename(out)
        save_dataset(xarray.Dataset({"x": 1}), out / "data" / "x.nc")

    assert run_script("a_study", make, "; run it again", out) == 2
    assert re.fullmatch(
        f"a_study: {out} was renamed to .*moved while it was written: nothing more is written;"
        " repeat the command\n",
        capsys.readouterr().err,
    )
    assert not out.exists()
    assert run_script("a_study", lambda: None, out=out.parent / "b" / "new") == 0
    assert not (out.parent / "b").exists()


def test_a_worker_that_sees_another_lock_writes_nothing(out, importable):
    """The parent holds the folder; the worker finds that somebody took it before the parent."""
    jobs = [Job(out / "a", odd_tasks.write, (out / "a", "take"), "a")]
    with pytest.raises(LostError, match=r"taken by another process \(number 77\)"):
        do_locked(jobs, out, lambda: Processes(1))
    assert {path.name for path in out.iterdir()} == {"mine", ".lock"}


class Task:
    def __init__(self, name, folder):
        self.file_name, self.label, self.folder = name, name, folder


def make_then_lose(task):
    if task.file_name == "b.npz":
        rename(task.folder)
    return {"x": np.arange(3)}, {}


def test_kept_arrays_are_not_written_anew(out):
    tasks = [Task(f"{name}.npz", out) for name in "abc"]
    with pytest.raises(LostError, match=r"here/out was renamed to .*moved while .* resume=True"):
        kept.finish(tasks, make_then_lose, out, workers=1)
    assert not out.exists()
    assert {path.name for path in (out.parent / "moved").iterdir()} == {"mine", "a.npz"}


def test_a_dataset_in_pieces_is_not_written_anew(tmp_path):
    out = tmp_path / "here" / "out"

    def compute(say):
        rename(out)
        return xarray.Dataset({"x": 1})

    with pytest.raises(LostError, match=r"here/out was renamed to .*here/moved while"):
        pieces.make_dataset(
            out / "x.nc", {"seed": 1}, compute, kind="study", title="", progress=print
        )
    assert not out.exists()
    moved = out.parent / "moved"
    assert pieces.finished(moved / "x.nc", {"seed": 1}, True, "study") is None
    made = pieces.make_dataset(
        moved / "x.nc",
        {"seed": 1},
        lambda say: xarray.Dataset({"x": 1}),
        kind="study",
        title="",
        progress=print,
    )
    assert made["x"] == 1
    assert sorted(path.name for path in moved.iterdir()) == ["manifest.json", "x.nc"]


# --- commands -----


def losing(lose, folder, after=60):
    """Progress that loses the folder when so many samples are done."""

    def say(done, total, text):
        if done == after:
            lose(folder)

    return say


@pytest.mark.parametrize(
    "lose",
    [remove, rename, pytest.param(take, marks=pytest.mark.slow)],
    ids=lambda lose: lose.__name__,
)
def test_a_run_stops_and_goes_on_where_its_folder_is_now(finished, out, lose):
    remove(out)
    with pytest.raises(LostError, match=LOSSES[lose]):
        run(**SETTINGS, out=out, progress=losing(lose, out))
    if lose is take:
        assert (out / ".lock").read_text() == "77 another\n"
        unlock(out)
    else:
        assert not out.exists()
    if lose is not remove:
        where = out.parent / "moved" if lose is rename else out
        assert not [path for path in where.rglob(".*")]
        said = []
        run(
            **SETTINGS,
            out=where,
            resume=True,
            progress=lambda done, total, text: said.append(done),
        )
        assert said[0] == 70
        assert bits(where) == bits(finished)
        assert set(listing(where)) == set(listing(finished))


def test_the_engine_is_not_told_to_have_no_space_where_its_folder_is_gone(out, monkeypatch):
    """The compiled program cannot write its results then, and says nothing else."""
    from spikesampler.spiking import process as engine

    remove(out)
    real = engine.start_process

    def start_process(*arguments):
        if list(out.glob("checkpoint/state_*")) and not (out.parent / "moved").exists():
            rename(out)
        return real(*arguments)

    monkeypatch.setattr(engine, "start_process", start_process)
    with pytest.raises(LostError, match=r"here/out was renamed to .*here/moved while"):
        run(**SETTINGS, out=out, progress=lambda *news: None)


def test_a_run_that_is_measured_and_gone_gets_no_picture(finished, out, monkeypatch):
    """saddle, raster and report take a while, and write beside what they read."""
    from spikesampler import report
    from spikesampler.experiments import saddle
    from spikesampler.figures import saddle as drawing

    monkeypatch.setattr(drawing, "saddle_figure", lambda *arrays: Figure())
    for arguments, module, name, value in (
        (["raster", out], Result, "raster", Figure()),
        (["saddle", out], saddle, "saddle_path", xarray.Dataset({"x": 1})),
        (["report", out], report, "render", "a page"),
    ):
        shutil.rmtree(out, ignore_errors=True)
        shutil.rmtree(out.parent / "moved", ignore_errors=True)
        shutil.copytree(finished, out)

        def measured(*given, value=value, **options):
            rename(out)
            return value

        with monkeypatch.context() as patch:
            patch.setattr(module, name, measured)
            done = command(*arguments)
        assert done.status == 2
        assert re.fullmatch(
            f"spikesampler: {out} was renamed to .*moved while it was written: nothing more is"
            " written; repeat the command",
            done.err[-1],
        )
        assert not out.exists()
        assert listing(out.parent / "moved") == listing(finished)


# --- where nothing is -----


def leave(folder):
    """What a process leaves that was killed before it wrote anything."""
    folder.mkdir(parents=True)
    (folder / ".lock").write_text("77 another\n")
    named(folder / "manifest.json", NOBODY).write_text("{")


@pytest.mark.parametrize("before", [None, Path.mkdir, leave])
@pytest.mark.parametrize(
    ("words", "first"),
    [
        (["run", "fang_2018"], "spikesampler.experiments.run.first_manifest"),
        (
            ["compare", "fang_2018", "--arms", "none", "--seeds", 1],
            "spikesampler.experiments.compare._run",
        ),
        (["sweep", "fang_2018", "--grid", "b=1e-4"], "spikesampler.experiments.sweep.unfinished"),
        (["landscape", "train", "--models", 2], "spikesampler.jobs.pieces.begin"),
        (["landscape", "basin", "--models", 2], "spikesampler.jobs.pieces.begin"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_resume_begins_where_nothing_is(cache, tmp_path, monkeypatch, words, first, before):
    """Parents are made, and gone again if nothing was written."""
    out = tmp_path / "out" if before is Path.mkdir else tmp_path / "a" / "b" / "out"
    if before is not None:
        before(out)

    def begin(*given, **options):
        assert [path.name for path in out.iterdir()] == [".lock"]
        raise InputError("it begins")

    monkeypatch.setattr(first, begin)
    done = command(*words, "--resume", "--out", out)
    assert (done.status, done.err[-1]) == (2, "spikesampler: it begins")
    assert not list(out.iterdir()) if before else not list(tmp_path.iterdir())


# --- disks without locks -----


@pytest.mark.parametrize(
    "number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EIO]
)
def test_a_disk_that_cannot_lock_is_named_with_what_to_do(tmp_path, monkeypatch, number):
    real = fcntl.flock

    def flock(handle, how):
        if Path(os.readlink(f"/proc/self/fd/{handle}")).is_relative_to(tmp_path):
            raise OSError(number, os.strerror(number))
        real(handle, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    done = command("run", "fang_2018", "--samples", 10, "--out", tmp_path / "a" / "run")
    assert done.status == 2
    assert done.err[-1] == (
        f"spikesampler: cannot lock {tmp_path / 'a' / 'run'}: its disk cannot lock files"
        f" ({os.strerror(number)}), and without a lock two processes could write there at once;"
        " give a folder on another disk with --out, such as a local one, and copy it when it is"
        " finished"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EOPNOTSUPP])
def test_a_disk_that_cannot_sync_a_folder_is_used_all_the_same(tmp_path, monkeypatch, number):
    def fsync(handle):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fsync)
    write_arrays(tmp_path / "x.npz", {"x": [1]})
    assert [path.name for path in tmp_path.iterdir()] == ["x.npz"]


def test_what_is_read_needs_no_lock_of_hdf5(finished, tmp_path, monkeypatch):
    """A lock that another holds stands for a disk that has none to give."""
    dataset = xarray.Dataset({"x": ("n", [1.0, 2.0])}, attrs={"seed": 1})
    path = save_dataset(dataset, tmp_path / "x.nc")
    with open(path, "r+b") as file, open(finished / "spikes.h5", "r+b") as spikes:
        for locked in (file, spikes):
            fcntl.flock(locked, fcntl.LOCK_EX)
        assert read_dataset(path)["x"].values.tolist() == [1, 2]
        assert read_some(path, ["x"], ["seed"])["seed"] == 1
        with pytest.raises(InputError, match="is no dataset of a comparison"):
            kind_of(path)
        assert len(Result(finished).spikes("outputs")[0])


def test_a_writer_that_hdf5_cannot_lock_for_says_so(tmp_path):
    """nixio opens its file by name: HDF5 locks it then, where the disk can."""
    error = BlockingIOError(errno.EAGAIN, "(unable to lock file, errno = 11)")
    text = r"x.nix: HDF5 cannot lock .* HDF5_USE_FILE_LOCKING=FALSE"
    with pytest.raises(InputError, match=text), atomic.atomic_file(tmp_path / "x.nix"):
        raise error


# --- what killed writers leave -----


def named(path, process, host=None, start=None):
    """A temporary file's name of another process."""
    name = temporary_beside(path).name.replace(f"-{os.getpid():x}-", f"-{process:x}-")
    if start is not None:
        name = re.sub(r"-[0-9a-f]+\.([0-9a-f]{4}\.tmp)", rf"-{start:x}.\1", name)
    if host is not None:
        name = re.sub(r"\.[0-9a-f]{4}-", f".{host}-", name)
    return path.with_name(name)


def test_the_next_writer_removes_what_dead_ones_left_and_leaves_living_ones_alone(tmp_path):
    path = tmp_path / "x.npz"
    left = [named(path, NOBODY), named(tmp_path / "run-csv", NOBODY)]
    left[0].write_text("half")
    left[1].mkdir()
    (left[1] / "spikes.csv").write_text("half")
    living = [temporary_beside(path), named(path, os.getppid(), "abcd")]
    (tmp_path / ".mine.tmp").write_text("of somebody else")
    for other in living:
        other.write_text("being written")
    write_arrays(path, {"x": [1]})
    kept_files = {".mine.tmp", "x.npz", *(other.name for other in living)}
    assert {other.name for other in tmp_path.iterdir()} == kept_files
    os.utime(living[1], (0, 0))  # of another machine, and not touched for a day
    remove_left(tmp_path)
    assert {other.name for other in tmp_path.iterdir()} == kept_files - {living[1].name}
    assert is_temporary(living[0])


def test_a_folder_of_many_parents_is_made_and_gone_again(tmp_path):
    deep = tmp_path / ("a/" * 1200)
    with folders.new_folder(deep):
        assert deep.is_dir()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_a_file_or_lies_in_one_is_refused(tmp_path):
    (tmp_path / "file").touch()
    for name in ("file", "file/below", "file/below/it"):
        with pytest.raises(InputError, match="a file is where a folder should be"):
            folders.make_folder(tmp_path / name)
    folders.make_folder(tmp_path / "a" / ".." / "b")
    folders.make_folder(tmp_path / "b")
    assert (tmp_path / "b").is_dir()


def test_a_run_that_is_renamed_within_what_is_written_is_to_be_moved_back(out):
    """To go on in its new place would be another command's."""

    def rename_within(folder):
        rename(folder)
        folder.mkdir()

    message = r"run was renamed to .*/moved while .*; move it back to .*/out/run, then go on"
    with folders.folder_lock(out), pytest.raises(LostError, match=message):
        lose_and_write(out / "run", rename_within, WRITERS["json"])


def test_a_lock_whose_name_goes_before_it_is_held_is_taken_anew(tmp_path, monkeypatch):
    """Its last holder removes the name between our open and our lock."""
    flock, gone = fcntl.flock, []

    def flock_late(handle, how):
        if not gone:
            gone.append(handle)
            (tmp_path / ".lock").unlink()
        flock(handle, how)

    monkeypatch.setattr(fcntl, "flock", flock_late)
    with folders.folder_lock(tmp_path):
        assert (tmp_path / ".lock").exists()
        with pytest.raises(BusyError, match="is being written by another process"):
            with folders.folder_lock(tmp_path):
                pass
    assert gone


def test_a_number_that_is_another_process_now_is_dead(tmp_path):
    """This process lives, and started later than the name says."""
    path = named(tmp_path / "x.npz", os.getpid(), start=1)
    path.write_text("half")
    remove_left(tmp_path)
    assert not path.exists()


def test_the_longest_name_still_has_a_temporary_one(tmp_path):
    path = tmp_path / ("ü" * 120 + ".json")
    atomic.atomic_write_json(path, {})
    assert [path] == list(tmp_path.iterdir())


def test_writers_of_one_file_do_not_disturb_each_other(tmp_path):
    def write(number):
        for _ in range(20):
            write_arrays(tmp_path / "x.npz", {"x": np.full(1000, number)})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in tmp_path.iterdir()] == ["x.npz"]
