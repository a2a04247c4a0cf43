"""The run folder: what is written is what is read, whatever stops the writer, and every damage is
found and named.
"""

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc
import types

import h5py
import numpy as np
import pytest
import xarray

from spikesampler.errors import DamagedError, InputError
from spikesampler.experiments.run_result import Result
from spikesampler.language.model import load_model
from spikesampler.store import atomic, folders
from spikesampler.store.checked_json import write_json
from spikesampler.store.checkpoint import (
    load_last_state,
    load_records,
    load_took,
    save_records,
    save_spikes,
    save_state,
    save_took,
)
from spikesampler.store.folders import folder_lock
from spikesampler.store.learning import write_learning
from spikesampler.store.manifest import SCHEMA, finish, read_manifest, verify, write_manifest
from spikesampler.store.spikes import SORTING, merge_spikes, read_spikes

FANG = load_model("fang_2018")
RULE = FANG.rule.to_dict()
PARAMETERS = {name: {"value": p.value, "unit": p.unit} for name, p in FANG.parameters.items()}
LONG = 100_000  # spikes in the large part: more than one compressed chunk of 65536


def chunk_of_spikes(index, num=50):
    rng = np.random.default_rng(index)
    times = np.sort(rng.integers(0, 1000, num)) + 1000.0 * index  # ms, with many equal times
    return {
        "inputs": (times, rng.integers(0, 20, num)),
        "outputs": (times[::5], rng.integers(0, 3, len(times[::5]))),
    }


def make_run(folder, num_chunks=3):
    """A small finished run."""
    rng = np.random.default_rng(0)
    write_manifest(
        folder,
        {
            "status": "running",
            "rule": RULE,
            "parameters": PARAMETERS,
            "results": {"bayes_accuracy": np.nan},
        },
    )
    for index in range(num_chunks):
        save_spikes(folder / "checkpoint", index, chunk_of_spikes(index))
        save_records(folder / "checkpoint", index, {"label": np.full(4, index)})
        save_state(
            folder / "checkpoint",
            index,
            {"theta": rng.normal(size=(3, 20))},
            {"samples": 4 * index},
        )
    merge_spikes(folder / "checkpoint", folder / "spikes.h5", num_chunks)
    labels = load_records(folder / "checkpoint", num_chunks)["label"]
    arrays = {
        "label": labels,
        "time": 0.2 * np.arange(len(labels)),
        "theta": rng.normal(size=(2, 3, 20)),
        "credit": np.full(len(labels), 1 / 3),
        "spike_counts": rng.integers(0, 40, (len(labels), 3)),
    }
    attrs = {
        "model": "fang_2018",
        "arm": "none",
        "start": "prior",
        "seed": 1,
        "online_accuracy": 0.5,
        "probe_accuracy": 0.6,
        "test_accuracy": 0.7,
        "bayes_accuracy": None,
    }
    write_learning(folder / "learning.nc", arrays, attrs)
    finish(folder, read_manifest(folder))
    return arrays


@pytest.fixture
def run_folder(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    make_run(folder)
    return folder


# --- whole or absent -----

#: Writes the files of a run into each folder that it is given, in a process of its own that kills
#: itself at the n-th call of os.NAME; modules are imported once.
WRITERS = """
import json, os, signal, sys, time
import numpy as np
from spikesampler.store.checkpoint import save_spikes, save_state
from spikesampler.store.folders import folder_lock
from spikesampler.store.manifest import write_manifest
from spikesampler.store.spikes import merge_spikes
def write(folder, name, call):
    real, calls = getattr(os, name), 0
    def killing(*args, **kwargs):
        nonlocal calls
        calls += 1
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    with folder_lock(folder):
        setattr(os, name, killing)
        save_spikes(folder + "/checkpoint", 1, {"inputs": ([1000.0, 1001.0], [1, 2])})
        save_state(folder + "/checkpoint", 2, {"x": np.full(1000, 2.0)}, {})
        merge_spikes(folder + "/checkpoint", folder + "/spikes.h5")
        write_manifest(folder, {"status": "new"})
def write_on(folder):
    for index in range(10**9):
        save_state(folder, index, {"x": np.full(200_000, index)}, {"index": index})
for folder, *how in json.loads(sys.argv[1]):
    if (number := os.fork()) == 0:
        write(folder, *how) if len(how) == 2 else write_on(folder)
        os._exit(0)
    if len(how) == 1:
        time.sleep(how[0])
        os.kill(number, signal.SIGKILL)
    print(-os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]))
"""


def kill_writers(*kills):
    """Have writers killed: each (folder, name, call), or (folder, seconds after its begin)."""
    said = subprocess.run(
        [sys.executable, "-c", WRITERS, json.dumps(kills, default=str)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert said.stdout.split() == [str(int(signal.SIGKILL))] * len(kills)


def test_a_writer_killed_at_any_step_leaves_the_old_files_or_the_new(tmp_path):
    """Each file syncs itself, is renamed, and syncs its folder: four files, twelve steps."""
    old = tmp_path / "old"
    save_spikes(old / "checkpoint", 0, {"inputs": ([1.0, 2.0], [3, 4])})
    for index in (0, 1):
        save_state(old / "checkpoint", index, {"x": np.full(1000, float(index))}, {})
    merge_spikes(old / "checkpoint", old / "spikes.h5")
    write_manifest(old, {"status": "old"})
    steps = [("fsync", call) for call in range(1, 9)] + [("replace", call) for call in range(1, 5)]
    folders_of = {step: shutil.copytree(old, tmp_path / f"{step[0]}{step[1]}") for step in steps}
    kill_writers(*((folder, *step) for step, folder in folders_of.items()))
    for (function, call), folder in folders_of.items():
        done = call // 2 if function == "fsync" else call - 1
        state = load_last_state(folder / "checkpoint")
        assert (state.index, state.note) == ((2, "") if done >= 2 else (1, ""))
        np.testing.assert_array_equal(state.arrays["x"], float(state.index))
        with h5py.File(folder / "spikes.h5") as file:
            assert file["spikes/inputs/timestamps"].shape == ((4,) if done >= 3 else (2,))
        assert read_manifest(folder)["status"] == ("new" if done >= 4 else "old")
        with folder_lock(folder):  # the next writer gets it at once, and clears what is left
            assert not [path for path in folder.rglob(".*") if path.name != ".lock"]


def test_a_state_is_intact_after_a_kill_at_any_moment(tmp_path):
    moments = (0.0, 0.011, 0.023, 0.047, 0.101)
    for moment in moments:
        (tmp_path / str(moment)).mkdir()
    kill_writers(*((tmp_path / str(moment), moment) for moment in moments))
    for moment in moments:
        state = load_last_state(tmp_path / str(moment))
        if state is not None:
            assert state.note == ""
            assert state.info["index"] == state.index
            np.testing.assert_array_equal(state.arrays["x"], state.index)
    assert state is not None


def test_an_error_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path):
    atomic.atomic_write_json(tmp_path / "a.json", {"x": 1})

    def interrupted():
        with atomic.atomic_file(tmp_path / "a.json") as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert json.loads((tmp_path / "a.json").read_text()) == {"x": 1}


# --- the disk says no -----

WRITES = {
    "manifest": lambda folder, parts: write_manifest(folder, {"x": "a" * 3_000_000}),
    "state": lambda folder, parts: save_state(folder, 0, {"x": np.arange(500_000)}, {}),
    "spikes": lambda folder, parts: merge_spikes(parts, folder / "spikes.h5"),
    "learning": lambda folder, parts: write_learning(
        folder / "learning.nc", {"theta": np.random.default_rng(0).normal(size=(2, 10, 50_000))}, {}
    ),
}


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (errno.ENOSPC, "the disk is full: free some space, then continue the run with resume=True"),
        (errno.EROFS, "the disk is read-only: give a folder on another disk"),
        (errno.EACCES, "permission denied: make the folder writable"),
    ],
)
@pytest.mark.parametrize("write", WRITES)
def test_a_disk_error_is_one_line_and_leaves_nothing(tmp_path, monkeypatch, write, number, text):
    save_spikes(tmp_path / "parts", 0, chunk_of_spikes(0, LONG))
    target = tmp_path / "target"
    target.mkdir()

    def refuse(*args):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(atomic.os, "replace", refuse)
    with pytest.raises(InputError, match=text) as caught:
        WRITES[write](target, tmp_path / "parts")
    assert "\n" not in str(caught.value)
    assert list(target.iterdir()) == []


FULL = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
from test_results import WRITES, InputError
folder = pathlib.Path(sys.argv[2])
for name, write in WRITES.items():
    try:
        write(folder, pathlib.Path(sys.argv[3]))
        sys.exit(f"{name}: no error")
    except InputError as error:
        print(name, "full" if "the disk is full" in str(error) else error, *folder.iterdir())
"""


@pytest.mark.parametrize("kilobytes", [64, 512])
def test_a_disk_that_is_really_full_neither_crashes_hdf5_nor_leaves_anything(tmp_path, kilobytes):
    rng = np.random.default_rng(0)
    spikes = {
        "inputs": (np.sort(rng.uniform(0, 1e6, LONG)), rng.integers(0, 1000, LONG))
    }  # does not compress well
    save_spikes(tmp_path / "parts", 0, spikes)
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        f'mount -t tmpfs -o size={kilobytes}k none "$0" && exec "$@"',
        str(disk),
    ]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*mount, "true"], capture_output=True, check=False).returncode
    ):
        pytest.skip("this machine lets nobody mount a small disk")
    script = [
        sys.executable,
        "-c",
        FULL,
        os.path.dirname(__file__),
        str(disk),
        str(tmp_path / "parts"),
    ]
    result = subprocess.run([*mount, *script], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [f"{name} full" for name in WRITES]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_hdf5_writes_takes_effect_when_the_file_is_complete(
    tmp_path, monkeypatch, number
):
    for index in range(2):
        save_spikes(tmp_path, index, chunk_of_spikes(index, LONG))
    merge_spikes(tmp_path, tmp_path / "quiet.h5")
    real = atomic.SafeFile.write

    def interrupted(file, data):
        signal.raise_signal(number)
        return real(file, data)

    def stop(number, frame):
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic.SafeFile, "write", interrupted)
    before = signal.signal(number, stop)
    try:
        with pytest.raises(KeyboardInterrupt):
            merge_spikes(tmp_path, tmp_path / "stopped.h5")
        assert signal.getsignal(number) is stop
    finally:
        signal.signal(number, before)
    assert (tmp_path / "stopped.h5").read_bytes() == (tmp_path / "quiet.h5").read_bytes()


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(InputError, match=r"run/checkpoint: a file is where a folder should be"):
        save_state(tmp_path / "run" / "checkpoint", 0, {}, {})


def test_other_errors_pass_unchanged(tmp_path):
    with pytest.raises(ZeroDivisionError), atomic.atomic_file(tmp_path / "x"):
        raise ZeroDivisionError
    with pytest.raises(InterruptedError), atomic.disk_errors(tmp_path):
        raise InterruptedError(errno.EINTR, "interrupted")


def test_learning_has_the_same_bytes_whoever_holds_its_datasets(tmp_path, monkeypatch):
    """HDF5 writes chunks when the last reference is gone; a profiler that looks at frames keeps
    some a while.
    """
    theta = np.random.default_rng(0).normal(size=(4, 5, 2000))
    held, create = [], h5py.Group.create_dataset

    def create_and_hold(self, *args, **kwargs):
        held.append(create(self, *args, **kwargs))
        return held[-1]

    arrays = {
        "theta": theta,
        "test_label": np.arange(9),
        "label": np.arange(50_000) % 7,
        "probe_time": np.arange(4.0),
    }
    write_learning(tmp_path / "one.nc", arrays, {})
    monkeypatch.setattr(h5py.Group, "create_dataset", create_and_hold)
    write_learning(tmp_path / "other.nc", arrays, {})
    assert len(held) == 4 + 5  # sample, probe, output, input, test_sample
    assert (tmp_path / "one.nc").read_bytes() == (tmp_path / "other.nc").read_bytes()


# --- one writer -----

HOLD = """
import sys
from spikesampler.store.folders import folder_lock
with folder_lock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.parametrize("end", ["leave", "kill"])
def test_a_folder_has_one_writer_and_is_free_when_it_ends(tmp_path, end):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        holder.stdout.readline()
        text = rf"{tmp_path} is being written by another process \(number {holder.pid}\): wait"
        with pytest.raises(InputError, match=text), folder_lock(tmp_path):
            pass
        if end == "kill":
            holder.kill()
    with folder_lock(tmp_path) as held:
        assert (tmp_path / ".lock").read_text().split()[0] == str(os.getpid())
        assert folders.sees_lock(tmp_path, held.token)
        assert not folders.sees_lock(tmp_path / "absent", held.token)
        (tmp_path / "other").mkdir()
        with folder_lock(tmp_path / "other") as other:
            assert not folders.sees_lock(
                tmp_path, other.token
            )  # what a machine without this disk may see
        (tmp_path / "other").rmdir()
    assert list(tmp_path.iterdir()) == []


# --- states and parts -----


def test_a_state_comes_back_bit_for_bit_and_the_last_two_are_kept(tmp_path):
    arrays = {
        "theta": np.array([[0.1, -0.0], [np.nan, np.inf]]),
        "i": np.arange(3, dtype=np.uint32),
        "scalar": np.array(2.5),
        "file": np.array([True]),
        "none": np.zeros((0, 4), np.float32),
    }
    info = {"seed": 2**127 + 1, "time": 0.1}
    assert load_last_state(tmp_path) is None
    for index in range(4):
        save_took(tmp_path, index, {"engine_seconds": index})
        save_state(tmp_path, index, arrays, info | {"index": index})
    state = load_last_state(tmp_path)
    assert (state.index, state.info, state.note) == (3, info | {"index": 3}, "")
    assert load_took(tmp_path, 3)["engine_seconds"] == 3
    assert load_took(tmp_path, 1) == {}
    assert {name: (a.dtype, a.shape, a.tobytes()) for name, a in state.arrays.items()} == {
        name: (a.dtype, a.shape, a.tobytes()) for name, a in arrays.items()
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "state_000002.npz",
        "state_000003.npz",
        "took_000002.json",
        "took_000003.json",
    ]
    with np.load(
        tmp_path / "state_000003.npz", allow_pickle=False
    ) as plain:  # a plain NPZ file for anyone
        np.testing.assert_array_equal(plain["theta"], arrays["theta"])


def test_a_state_has_the_same_bytes_on_another_day(tmp_path, monkeypatch):
    save_state(tmp_path, 0, {"x": np.arange(4)}, {"a": 1})
    monkeypatch.setattr(time, "localtime", lambda *args: (2001, 2, 3, 4, 5, 6, 0, 0, 0))
    save_state(tmp_path / "later", 0, {"x": np.arange(4)}, {"a": 1})
    assert (tmp_path / "state_000000.npz").read_bytes() == (
        tmp_path / "later" / "state_000000.npz"
    ).read_bytes()


def flip(path, position):
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)


def truncate(path, size):
    os.truncate(path, size)


def every_damage(path):
    """Damage the file in every way, one after the other: each byte flipped, each length cut to."""
    whole = path.read_bytes()
    assert whole
    for damage in (flip, truncate):
        for position in range(len(whole)):
            path.write_bytes(whole)
            damage(path, position)
            yield


def test_every_flipped_byte_and_every_truncation_of_a_state_is_found(tmp_path):
    save_state(tmp_path, 0, {"x": np.arange(4)}, {})
    path = tmp_path / "state_000000.npz"
    for _ in every_damage(path):
        with pytest.raises(
            InputError, match=r"state_000000\.npz is damaged, and no older intact state is left"
        ):
            load_last_state(tmp_path)


def test_a_damaged_newest_state_is_reported_and_the_one_before_it_taken(tmp_path):
    for index in range(3):
        save_state(tmp_path, index, {"x": np.array([index])}, {})
    truncate(tmp_path / "state_000002.npz", 100)
    state = load_last_state(tmp_path)
    assert state.index == state.arrays["x"][0] == 1
    assert "state_000002.npz is damaged; going on from state_000001.npz" in state.note
    save_state(tmp_path, 2, {"x": np.array([2])}, {})
    state = load_last_state(tmp_path)
    assert (state.index, state.note) == (2, "")


def test_objects_are_never_pickled(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        save_state(tmp_path, 0, {"x": np.array([{}], dtype=object)}, {})
    assert list(tmp_path.iterdir()) == []


def test_records_are_joined_in_order(tmp_path):
    for index in range(12):  # 10 and 11 sort after 9, not after 1
        save_records(
            tmp_path, index, {"label": np.full(2, index), "theta": np.full((index % 2, 3), index)}
        )
    records = load_records(tmp_path, 12)
    np.testing.assert_array_equal(records["label"], np.repeat(np.arange(12), 2))
    np.testing.assert_array_equal(records["theta"][:, 0], np.arange(1, 12, 2))
    (tmp_path / "records_000007.npz").unlink()
    with pytest.raises(
        InputError, match=r"records_000007\.npz is missing: expected one for each of 12 chunks"
    ):
        load_records(tmp_path, 12)


# --- spikes -----


def test_spikes_follow_the_sonata_format(run_folder):
    with h5py.File(run_folder / "spikes.h5") as file:
        assert file.attrs["magic"] == 0x0A7A
        assert file.attrs["version"].tolist() == [0, 1]
        assert sorted(file["spikes"]) == ["inputs", "outputs"]
        for name, group in file["spikes"].items():
            assert h5py.check_enum_dtype(group.attrs.get_id("sorting").dtype) == SORTING
            assert group.attrs["sorting"] == SORTING["by_time"]
            assert group["timestamps"].attrs["units"] == "ms"
            assert (group["timestamps"].dtype, group["node_ids"].dtype) == (
                np.dtype("<f8"),
                np.dtype("<u8"),
            )
            chunks = [chunk_of_spikes(index)[name] for index in range(3)]
            np.testing.assert_array_equal(
                group["timestamps"], np.concatenate([times for times, _ in chunks])
            )
            np.testing.assert_array_equal(
                group["node_ids"], np.concatenate([ids for _, ids in chunks])
            )


def test_a_resumed_merge_has_the_same_bytes(tmp_path):
    for folder, order in (
        ("straight", range(4)),
        ("resumed", (0, 1, 2, 1, 2, 3)),
    ):  # 1 and 2 computed again
        for index in order:
            save_spikes(tmp_path / folder, index, chunk_of_spikes(index, LONG))
    merge_spikes(tmp_path / "straight", tmp_path / "straight.h5", 4)
    merge_spikes(tmp_path / "resumed", tmp_path / "resumed.h5", 2)
    merge_spikes(tmp_path / "resumed", tmp_path / "resumed.h5", 4)
    assert (tmp_path / "straight.h5").read_bytes() == (tmp_path / "resumed.h5").read_bytes()


def test_the_merge_holds_one_part_in_memory(tmp_path):
    num_parts, num = 12, 200_000
    for index in range(num_parts):
        save_spikes(tmp_path, index, chunk_of_spikes(index, num))
    tracemalloc.start()
    merge_spikes(tmp_path, tmp_path / "spikes.h5")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    part = (
        num * 8
        # bytes of the times; ids come after them, 4 bytes each, and are widened to 8 by HDF5 as it
        # writes
    )
    assert (
        peak < 3 * part + 2**21
    )  # 2 MiB for HDF5's and the checksum's buffers; all parts together would be 12 * part


def test_unordered_spikes_are_ordered_with_their_ids(tmp_path):
    save_spikes(tmp_path, 0, {"outputs": ([3.0, 1.0, 2.0, 1.0], [3, 1, 2, 9])})
    merge_spikes(tmp_path, tmp_path / "spikes.h5")
    with h5py.File(tmp_path / "spikes.h5") as file:
        assert file["spikes/outputs/timestamps"][:].tolist() == [1, 1, 2, 3]
        assert file["spikes/outputs/node_ids"][:].tolist() == [1, 9, 2, 3]


def test_bad_spikes_and_bad_parts_are_named(tmp_path):
    with pytest.raises(InputError, match=r"spikes of inputs: \(2,\) times and \(1,\) ids"):
        save_spikes(tmp_path, 0, {"inputs": ([1.0, 2.0], [1])})
    for times, ids in (([np.nan], [1]), ([1.0], [-1]), ([1.0], [2**32]), ([1.0], [0.5])):
        with pytest.raises(InputError, match="times must be finite and ids whole numbers"):
            save_spikes(tmp_path, 0, {"inputs": (times, ids)})
    for index in range(2):
        save_spikes(tmp_path, index, {"inputs": ([5.0], [1])})
    save_spikes(tmp_path, 2, {"inputs": ([4.9], [1])})
    with pytest.raises(
        InputError, match=r"spikes_000002\.npz begins at 4\.9 ms, before the end .* at 5\.0 ms"
    ):
        merge_spikes(tmp_path, tmp_path / "out.h5")
    flip(tmp_path / "spikes_000001.npz", 300)
    with pytest.raises(InputError, match=r"spikes_000001\.npz is damaged: its checksum"):
        merge_spikes(tmp_path, tmp_path / "out.h5")
    assert not (tmp_path / "out.h5").exists()


def test_a_window_of_spikes_equals_the_slow_selection(tmp_path):
    make_run(tmp_path)
    result = Result(tmp_path)
    times = np.concatenate([chunk_of_spikes(index)["inputs"][0] for index in range(3)]) / 1000
    ids = np.concatenate([chunk_of_spikes(index)["inputs"][1] for index in range(3)])
    for start, stop in (
        (0, None),
        (0.5, 1.25),
        (times[40], times[90]),
        (1.0, 1.0),
        (2.9, 99),
        (-5, 0.1),
    ):
        chosen = (times >= start) & (times < (np.inf if stop is None else stop))
        found_times, found_ids = read_spikes(tmp_path / "spikes.h5", "inputs", start, stop)
        np.testing.assert_array_equal(found_times, times[chosen])
        np.testing.assert_array_equal(found_ids, ids[chosen])
    assert result.populations == {"inputs": 150, "outputs": 30}


def test_a_window_reads_few_values(tmp_path, monkeypatch):
    save_spikes(tmp_path, 0, {"inputs": (np.arange(LONG, dtype=float), np.zeros(LONG, int))})
    merge_spikes(tmp_path, tmp_path / "spikes.h5")
    read, real = [], h5py.Dataset.__getitem__
    monkeypatch.setattr(
        h5py.Dataset, "__getitem__", lambda *args: read.append(np.size(v := real(*args))) or v
    )
    assert len(read_spikes(tmp_path / "spikes.h5", "inputs", 50, 50.01)[0]) == 10
    assert (
        sum(read) <= 2 * 17 + 2 * 10
    )  # two bisections of 2^17 > 100 000 values, then times and ids


# --- learning.nc -----


def test_learning_comes_back_with_types_units_and_long_names(tmp_path):
    arrays = make_run(tmp_path)
    dataset = xarray.load_dataset(
        tmp_path / "learning.nc"
    )  # as any reader opens it, with all decoding on
    for name, array in arrays.items():
        assert set(dataset[name].attrs) == {"units", "long_name"}
        np.testing.assert_array_equal(dataset[name], array.astype(dataset[name].dtype))
    assert dataset.time.dtype == float
    assert (dataset.label.dtype, dataset.spike_counts.dtype, dataset.credit.dtype) == (
        np.int16,
        np.uint16,
        np.float32,
    )
    assert dataset.label.dims == ("sample",)
    assert "time" in dataset.coords
    assert dataset.attrs["seed"] == 1
    assert np.isnan(dataset.attrs["bayes_accuracy"])


def test_large_variables_are_compressed(tmp_path):
    write_learning(
        tmp_path / "learning.nc", {"theta": np.zeros((4, 10, 1000)), "label": np.zeros(10, int)}, {}
    )
    with h5py.File(tmp_path / "learning.nc") as file:
        assert (file["theta"].compression, file["label"].compression) == ("gzip", None)


@pytest.mark.parametrize(
    ("arrays", "text"),
    [
        ({"accurcy": [1.0]}, "no variable 'accurcy' in learning.nc: give one of time, label"),
        ({"label": [[1]]}, r"label has shape \(1, 1\): expected dimensions \(sample\)"),
        ({"label": [1, 2], "credit": [1.0]}, "credit has 1 along 'sample', label has 2"),
        ({"spike_counts": [[70000]]}, "spike_counts holds values that uint16 cannot hold"),
        ({"label": [0.5]}, "label holds values that int16 cannot hold"),
    ],
)
def test_wrong_arrays_are_named(tmp_path, arrays, text):
    with pytest.raises(InputError, match=text):
        write_learning(tmp_path / "learning.nc", arrays, {})
    assert list(tmp_path.iterdir()) == []


def test_a_new_variable_brings_its_own_dimensions(tmp_path):
    write_learning(
        tmp_path / "learning.nc", {"entropy": (("probe",), [0.5], "1", "conditional entropy")}, {}
    )
    assert (
        xarray.load_dataset(tmp_path / "learning.nc").entropy.attrs["long_name"]
        == "conditional entropy"
    )


# --- manifest, verification, Result -----


def test_the_manifest_comes_back_and_is_strict_json(tmp_path):
    write_manifest(
        tmp_path,
        {"a": np.float64(0.1), "b": np.arange(2), "c": float("nan"), "d": "θ\n", "e": (1, None)},
    )
    manifest = read_manifest(tmp_path)
    assert manifest.pop("checksum")
    assert manifest == {
        "schema": SCHEMA,
        "kind": "run",
        "a": 0.1,
        "b": [0, 1],
        "c": None,
        "d": "θ\n",
        "e": [1, None],
    }
    json.loads((tmp_path / "manifest.json").read_text(), parse_constant=pytest.fail)


def test_every_flipped_byte_and_every_truncation_of_the_manifest_is_found(tmp_path):
    write_manifest(tmp_path, {"status": "finished", "files": {}})
    path = tmp_path / "manifest.json"
    for _ in every_damage(path):
        with pytest.raises(InputError, match=r"manifest\.json (is damaged|has schema)"):
            read_manifest(tmp_path)


def test_a_newer_schema_asks_for_an_update(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps({"schema": SCHEMA + 1, "checksum": ""}))
    with pytest.raises(
        InputError, match=rf"schema {SCHEMA + 1}, this spikesampler reads up to {SCHEMA}: update it"
    ):
        read_manifest(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "\x00", '{"schema": 1}', "[" * 100_000])
def test_what_is_no_manifest_is_named(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(InputError, match=r"manifest\.json is damaged: it has no checksum"):
        read_manifest(tmp_path)
    with pytest.raises(InputError, match="is not a run folder: it has no manifest"):
        read_manifest(tmp_path / "manifest.json")


def test_a_finished_run_lists_every_file_and_keeps_no_parts(run_folder):
    files = {
        path.relative_to(run_folder).as_posix() for path in run_folder.rglob("*") if path.is_file()
    }
    assert files == {
        "manifest.json",
        "spikes.h5",
        "learning.nc",
        "checkpoint/state_000001.npz",
        "checkpoint/state_000002.npz",
    }
    assert set(verify(run_folder)["files"]) == files - {"manifest.json"}


@pytest.mark.parametrize("name", ["spikes.h5", "learning.nc", "checkpoint/state_000001.npz"])
def test_damage_to_any_file_is_found(run_folder, name):
    path = run_folder / name
    whole = path.read_bytes()
    for damage, position in (
        (flip, 0),
        (flip, len(whole) // 2),
        (flip, -1),
        (truncate, len(whole) - 1),
        (truncate, 0),
    ):
        path.write_bytes(whole)
        damage(path, position)
        with pytest.raises(
            InputError, match=rf"{name} is damaged: its SHA-256 is \w{{12}}…, expected \w{{12}}…: "
        ):
            Result(run_folder)
    path.unlink()
    with pytest.raises(
        InputError,
        match=rf"{name} is missing: the manifest lists it with SHA-256 \w{{12}}…: restore",
    ):
        Result(run_folder)
    path.write_bytes(whole)
    Result(run_folder)


def test_unverified_damage_is_still_one_line(run_folder):
    for name in ("spikes.h5", "learning.nc"):
        truncate(run_folder / name, 900)
    result = Result(run_folder, verify=False)
    with pytest.raises(
        InputError, match=r"spikes\.h5 cannot be read as SONATA spikes \(.*\): restore"
    ):
        result.spikes("inputs")
    with pytest.raises(
        InputError, match=r"learning\.nc cannot be read as netCDF \(.*\): restore"
    ) as caught:
        _ = result.learning
    assert "\n" not in str(caught.value)


def test_a_result_gives_numbers_and_arrays_with_units(run_folder):
    result = Result(str(run_folder))
    assert (result.online_accuracy, result.probe_accuracy, result.test_accuracy) == (0.5, 0.6, 0.7)
    assert np.isnan(result.bayes_accuracy)
    assert (result.theta.dims, result.theta.shape) == (("output", "input"), (3, 20))
    np.testing.assert_array_equal(result.theta, result.learning.theta[-1])
    np.testing.assert_allclose(result.weights, np.exp(result.theta - 3.0), rtol=1e-15)
    assert result.theta.attrs["units"] == result.weights.attrs["units"] == "1"
    assert "fang_2018" in repr(result)
    assert "test accuracy 0.700" in repr(result)
    left = "style='text-align:left'"
    assert f"<th {left}>arm</th><td {left}>none</td>" in result._repr_html_()


@pytest.mark.parametrize(
    ("retraction", "expected"),
    [
        ("none", [np.exp(-4), np.exp(-3), np.exp(-2)]),
        ("clip", [0, 0, np.exp(-2) - np.exp(-3)]),
        ("jump", [0, np.exp(-3), np.exp(-2)]),
    ],
)
def test_weights_follow_the_retraction(tmp_path, retraction, expected):
    write_learning(tmp_path / "learning.nc", {"theta": np.array([[[-1.0, 0.0, 1.0]]])}, {})
    rule = FANG.override(retraction=retraction).rule.to_dict()
    write_manifest(tmp_path, {"parameters": PARAMETERS, "rule": rule})
    finish(tmp_path, read_manifest(tmp_path))
    weights = Result(tmp_path).weights
    np.testing.assert_allclose(weights[0], expected, rtol=1e-14)
    assert weights.attrs["long_name"].startswith("passed = ")


def test_a_raster_is_drawn_by_the_figures(run_folder, monkeypatch):
    figures = types.ModuleType("spikesampler.figures.raster")
    figures.raster_figure = lambda *args, **kwargs: (args, kwargs)
    monkeypatch.setitem(sys.modules, "spikesampler.figures.raster", figures)
    result = Result(run_folder)
    assert result.raster() == ((result, "last"), {"ax": None})
    assert result.raster((0, 1), ax="ax") == ((result, (0, 1)), {"ax": "ax"})


def test_an_unfinished_run_is_no_result(tmp_path):
    write_manifest(tmp_path, {"status": "interrupted"})
    with pytest.raises(
        InputError, match=r"unfinished run \(status 'interrupted'\): .* resume=True"
    ):
        Result(tmp_path)


def test_what_was_not_recorded_is_named(run_folder):
    with pytest.raises(InputError, match=r"no spikes of 'teacher' in .*: it holds inputs, outputs"):
        Result(run_folder).spikes("teacher")
    with pytest.raises(
        InputError, match=r"window from 2 to 1 s: give finite seconds with start <= stop"
    ):
        read_spikes(run_folder / "spikes.h5", "inputs", 2, 1)
    manifest = read_manifest(run_folder)
    (run_folder / "spikes.h5").unlink()
    finish(run_folder, manifest)
    with pytest.raises(InputError, match="holds no spikes: run again with record='windows'"):
        Result(run_folder).spikes("inputs")
    assert Result(run_folder).populations == {}


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({"sample_length": {"value": "x", "unit": "ms"}}, "sample_length is 'x', not a number"),
        (
            {"theta_0": {"value": "", "unit": "1"}},
            r"rule: .*theta_0 is a word \(''\), not a number",
        ),
        ({"dt": {"value": 1.0, "unit": "parsec"}}, "the unit of dt is 'parsec', not one of 1, se"),
        ({"schedule": {"value": "far", "unit": "1"}}, "schedule is 'far', not one of constant, "),
        ({"schedule": {"value": 1, "unit": "1"}}, "schedule is 1, not one of constant, linear"),
    ],
)
def test_parameters_that_a_reader_could_not_take_are_damage(run_folder, parameter, message):
    manifest = read_manifest(run_folder)
    write_manifest(run_folder, manifest | {"parameters": manifest["parameters"] | parameter})
    path = re.escape(str(run_folder / "manifest.json"))
    with pytest.raises(DamagedError, match=rf"^{path} is not the manifest of a run \({message}"):
        Result(run_folder, verify=False)


@pytest.mark.parametrize(("value", "unit"), [(200.0, "ms"), (0.2, "s"), (0.2, "second")])
def test_values_are_in_base_units_whatever_the_model_file_has(run_folder, value, unit):
    manifest = read_manifest(run_folder)
    length = {"sample_length": {"value": value, "unit": unit}}
    write_manifest(run_folder, manifest | {"parameters": manifest["parameters"] | length})
    result = Result(run_folder, verify=False)
    assert result.values["sample_length"] == 0.2
    assert result.values["retraction"] == manifest["parameters"]["retraction"]["value"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight": "nothing"}, "rule: synapses define no nothing; expected nothing = … among"),
        (
            {"synapses": "passed = __import__('os') : 1"},
            "rule: synapses: passed: ''os'' in '__import__.* has no value",
        ),
        (
            {"synapses": "passed = x : 1"},
            "rule: the weight, passed, depends on x, which is none of the synapse",
        ),
        ({"synapses": "passed = w : 1\nw = passed : 1"}, "rule: synapses: passed, w need each ot"),
        ({"bounds": ["5", "1"]}, "rule: bounds: 5 is not below 1;"),
        ({"bounds": "5"}, "rule: bounds of a rule are '5': expected two texts"),
        ({"learning": {"output": 3}}, "rule: learning of a rule is .*: expected text"),
        ({"starts": {"prior": "log(-1)"}}, r"rule: starts\['prior'\]: log\(-1\) is not finite"),
        ({"more": ""}, "rule: a rule is .*: expected the fields inputs, outputs, synapses"),
    ],
)
def test_a_rule_that_a_reader_could_not_evaluate_is_damage(run_folder, change, message):
    manifest = read_manifest(run_folder)
    write_manifest(run_folder, manifest | {"rule": manifest["rule"] | change})
    path = re.escape(str(run_folder / "manifest.json"))
    with pytest.raises(DamagedError, match=rf"^{path} is not the manifest of a run \({message}"):
        Result(run_folder, verify=False)


def test_an_older_schema_is_refused_with_what_to_do(run_folder):
    path = run_folder / "manifest.json"
    write_json(path, {**read_manifest(run_folder), "schema": SCHEMA - 1})
    with pytest.raises(
        InputError, match=rf"has schema {SCHEMA - 1}, this spikesampler reads {SCHEMA}: look at it"
    ):
        Result(run_folder)
