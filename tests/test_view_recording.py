"""The spikes and facts that pages show: of a finished run what `Result` gives, of a growing one its
beginning.
"""

import os
import re
import shutil
import signal
import time
from itertools import pairwise
from typing import NamedTuple

import h5py
import numpy as np
import pytest
import xarray
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import SETTINGS, bits, options, seal, start

from spikesampler import run
from spikesampler.errors import DamagedError, InputError, Interrupted
from spikesampler.experiments import phases
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.run_stimuli import fingerprint
from spikesampler.experiments.scores import Task, path_arrays
from spikesampler.experiments.settings import resolve
from spikesampler.language.model import load_model
from spikesampler.spiking.cache import cache_folder
from spikesampler.stats import metrics
from spikesampler.store.arrays import read_arrays, write_arrays
from spikesampler.store.atomic import sha256
from spikesampler.store.checkpoint import load_records, load_task, save_task
from spikesampler.store.learning import as_dataset, read_learning, write_learning
from spikesampler.store.manifest import SPIKES, finish, read_manifest, write_manifest
from spikesampler.store.spikes import read_spikes
from spikesampler.view import recording as module
from spikesampler.view.pictures import picture
from spikesampler.view.viewed_run import BY_CLASS, NothingYetError, open_run, read_growing

LENGTH, CHUNK, SAMPLES, I, K = (
    0.2,
    10,
    200,
    200,
    5,
)  # s of a sample; samples of a chunk and of a run; sizes: SETTINGS
few = settings(max_examples=60, deadline=None)


def quiet(done, total, text):
    pass


@pytest.fixture(scope="module")
def shown(finished):
    return open_run(finished)


@pytest.fixture(scope="module")
def result(finished):
    return Result(finished)


def same_spikes(recording, result, window, population):
    times, ids = recording.read(population, *window)
    other_times, other_ids = read_spikes(result.path / "spikes.h5", population, *window)
    assert np.array_equal(times, other_times)
    assert np.array_equal(ids, other_ids)
    assert ids.dtype == np.int64
    return len(times)


# --- a finished run -----

ENDS = st.one_of(
    st.floats(0, SAMPLES * LENGTH),
    st.integers(0, SAMPLES).map(lambda n: n * LENGTH),
    st.integers(0, SAMPLES * 200).map(lambda n: n * 1e-3),
    st.integers(0, SAMPLES * 200).map(lambda n: np.nextafter(n * 1e-3, np.inf)),
)


@settings(max_examples=150, deadline=None)
@given(ENDS, st.one_of(ENDS, st.floats(0, 1)), st.sampled_from(["inputs", "outputs"]))
def test_a_window_is_what_the_result_gives(shown, result, one, other, population):
    window = sorted((one, other)) if other > 1 else (one, one + other)
    same_spikes(shown.recording, result, window, population)


def test_every_window_of_one_sample_is_what_the_result_gives(shown, result):
    """Borders as multiples of a length, which are not always the floats that times of spikes
    are.
    """
    total = 0
    for sample in range(SAMPLES):
        total += same_spikes(
            shown.recording, result, (sample * LENGTH, (sample + 1) * LENGTH), "outputs"
        )
    assert total == result.populations["outputs"]


@pytest.mark.parametrize("window", [(-5, -1), (41, 50), (3, 3), (4, 3)])
def test_windows_beside_the_run_hold_no_spikes(shown, window):
    times, ids = shown.recording.read("inputs", *window)
    assert (len(times), len(ids), ids.dtype) == (0, 0, np.int64)
    assert shown.recording.num_spikes("inputs", *window) == 0


def test_windows_are_cut_to_the_run(shown, result):
    assert len(shown.recording.read("inputs", -1, 100)[0]) == result.populations["inputs"]
    assert shown.recording.num_spikes("inputs", -1, 100) == result.populations["inputs"]
    assert shown.recording.samples(-1, 100) == (0, SAMPLES)
    assert shown.recording.samples(0.6, 3 * 0.2) == (3, 3)  # 3 × 0.2 > 0.6 by rounding
    assert shown.recording.samples(0.6, 0.8) == (3, 4)
    assert shown.recording.samples(0.59, 0.81) == (2, 5)


def test_spikes_of_the_samples_of_a_window(shown, result):
    times, _ = result.spikes("inputs", 0.4, 1.0)
    assert shown.recording.num_spikes("inputs", 0.45, 0.95) == len(times)
    assert shown.recording.num_spikes("inputs", 0.4, 1.0) == len(times)


def test_counts_of_the_index_are_those_of_the_run(shown, result):
    counts = shown.recording.indices["outputs"].levels[0].reshape(SAMPLES, -1, K).sum(axis=1)
    assert np.array_equal(counts, result.learning["spike_counts"])
    times, ids = result.spikes("inputs")
    wanted = np.zeros((SAMPLES, I), int)
    np.add.at(wanted, (np.rint(times / 1e-3).astype(int) // 200, ids.astype(int)), 1)
    assert np.array_equal(shown.recording.indices["inputs"].levels[0], wanted)
    assert shown.recording.recorded.all()
    assert shown.recording.duration == shown.duration == SAMPLES * LENGTH


def test_pieces_that_were_read_stay_in_memory(finished, result, monkeypatch):
    monkeypatch.setattr(module, "PIECE", 1000)
    monkeypatch.setattr(module, "KEPT", 30)
    recording = open_run(finished).recording
    reader = recording._reader
    with h5py.File(finished / SPIKES) as file:
        for first, last in ((0, 1), (999, 1001), (1000, 2000), (2500, 2501), (1, 5000)):
            times, ids = reader("inputs", first, last)
            assert np.array_equal(times, file["spikes/inputs/timestamps"][first:last])
            assert np.array_equal(ids, file["spikes/inputs/node_ids"][first:last])
    reader.piece.cache_clear()
    number = same_spikes(recording, result, (3.0, 4.0), "inputs")
    read = reader.piece.cache_info().misses
    assert (
        number / 1000 <= read <= number / 1000 + 2 + 1
    )  # cut at both ends, and a sample more after the end
    same_spikes(recording, result, (3.0, 4.0), "inputs")
    same_spikes(recording, result, (3.2, 3.9), "inputs")
    assert reader.piece.cache_info().misses == read
    for second in range(0, 40, 5):
        same_spikes(recording, result, (second, second + 5), "inputs")
    assert reader.piece.cache_info().currsize == 30
    recording.close()
    assert not reader.file


def test_a_run_without_spikes_says_how_to_have_them(tmp_path):
    path = run(**SETTINGS | {"record": "none"}, out=tmp_path / "none", progress=quiet).path
    shown = open_run(path)
    assert shown.recording is None
    assert (
        shown.silent
        == f"{path} holds no spikes of its inputs: run it again with --record windows or"
        " --record all"
    )
    assert (shown.finished, shown.num_samples, shown.num_classes) == (True, SAMPLES, K)


@pytest.fixture(scope="module")
def windows(cache, tmp_path_factory):
    """Folder of a run of which samples 50 to 74 and 125 to 149 are not recorded."""
    return run(
        **SETTINGS | {"record": "windows"},
        out=tmp_path_factory.mktemp("w") / "windows",
        progress=quiet,
    ).path


def test_recorded_windows(windows, result):
    shown = open_run(windows)
    recorded = np.ones(SAMPLES, bool)
    recorded[50:75] = recorded[125:150] = False
    assert np.array_equal(shown.recording.recorded, recorded)
    assert len(shown.recording.read("inputs", 10, 15)[0]) == 0
    for window in ((0, 10), (15, 25), (30, 40), (9.9, 15.1)):
        same_spikes(shown.recording, Result(windows), window, "inputs")
    same_spikes(shown.recording, result, (15, 25), "inputs")  # the same seed, all of it recorded


# --- its index on the disk -----


@pytest.fixture
def index_cache(tmp_path, monkeypatch):
    """A cache folder of its own, for indices of any size."""
    monkeypatch.setenv("SPIKESAMPLER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "CACHED", 1)
    assert cache_folder() == tmp_path / "cache"
    return tmp_path / "cache" / "spikes"


def refuse(self, population):
    raise AssertionError("spikes are read for the index")


def same_recordings(one, other):
    for name in ("inputs", "outputs"):
        a, b = one.indices[name], other.indices[name]
        assert a.bins == b.bins
        for x, y in (
            (a.first, b.first),
            (a.totals, b.totals),
            *zip(a.levels, b.levels, strict=True),
        ):
            assert np.array_equal(x, y)
    assert np.array_equal(one.recorded, other.recorded)


def test_a_second_opening_reads_no_spikes(finished, shown, index_cache, monkeypatch):
    said = []
    open_run(finished, lambda done, total, text: said.append((done, total, text)))
    total = shown.recording.indices["inputs"].num_spikes
    assert said[0] == (total, total, "index of inputs")
    names = {f"{sha256(finished / SPIKES)}-{name}" for name in ("inputs", "outputs")}
    assert {path.name for path in index_cache.iterdir()} == names
    monkeypatch.setattr(module._Sonata, "blocks", refuse)
    same_recordings(open_run(finished).recording, shown.recording)


def test_small_recordings_keep_no_index(finished, index_cache, monkeypatch):
    monkeypatch.setattr(module, "CACHED", 10**6)
    open_run(finished)
    assert not index_cache.exists()


@pytest.mark.parametrize("damage", ["missing", "truncated", "of another network"])
def test_a_broken_index_is_made_anew_once(finished, shown, index_cache, monkeypatch, damage):
    open_run(finished)
    for folder in index_cache.iterdir():
        if damage == "missing":
            (folder / "totals.npy").unlink()
        elif damage == "truncated":
            os.truncate(folder / "level0.npy", 500)
        else:
            shutil.rmtree(folder)
            times, ids = np.arange(100.0), np.zeros(100, int)
            module.save_index(
                folder,
                module.count_spikes([(times, ids)], 10, 3, 10.0, module.BINS[folder.name[65:]]),
            )
    same_recordings(open_run(finished).recording, shown.recording)
    if (
        damage != "of another network"
    ):  # that one is whole, and whose it is only its name says: it stays
        monkeypatch.setattr(module._Sonata, "blocks", refuse)
        same_recordings(open_run(finished).recording, shown.recording)


def test_a_cache_that_cannot_be_written_is_no_error(finished, shown, index_cache):
    index_cache.parent.write_text("a file where the folder should be")
    same_recordings(open_run(finished).recording, shown.recording)


def test_a_full_disk_is_no_error(finished, shown, index_cache, monkeypatch):
    def full(path, array, **options):
        raise OSError("100 requested and 0 written")  # what numpy says, without the system's number

    monkeypatch.setattr(np, "save", full)
    same_recordings(open_run(finished).recording, shown.recording)
    assert list(index_cache.iterdir()) == []


# --- files that are not the run's -----


def doctored(finished, folder, change):
    """A copy of the run whose spikes.h5 was changed by hand, checksums with it."""
    shutil.copytree(finished, folder)
    with h5py.File(folder / SPIKES, "r+") as file:
        change(file["spikes"])
    seal(folder / SPIKES)
    finish(folder, read_manifest(folder))
    return folder


def _replace(spikes, name, values):
    group, dataset = name.split("/")
    del spikes[name]
    spikes[group].create_dataset(dataset, data=values)


def _too_late(spikes):
    spikes["inputs/timestamps"][-1] = 40_000.0


def _too_early(spikes):
    spikes["outputs/timestamps"][0] = -1.0


def _disordered(spikes):
    spikes["outputs/timestamps"][100] = 30_000.0


def _nan(spikes):
    spikes["inputs/timestamps"][7] = np.nan


def _beyond(spikes):
    spikes["inputs/node_ids"][9] = I


def _negative(spikes):
    ids = spikes["outputs/node_ids"][...].astype(np.int64)
    ids[50] = -1
    _replace(spikes, "outputs/node_ids", ids)


def _shorter(spikes):
    _replace(spikes, "inputs/node_ids", spikes["inputs/node_ids"][:-5])


def _words(spikes):
    _replace(spikes, "inputs/timestamps", ["a", "b"])


def _without_ids(spikes):
    del spikes["outputs/node_ids"]


def _no_group(spikes):
    del spikes["inputs"]
    spikes["inputs"] = np.arange(3)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (_too_late, "spikes outside 200 samples of 200 neurons"),
        (_too_early, "spikes outside 200 samples of 5 neurons"),
        (_disordered, "not in order of time"),
        (_nan, "not in order of time"),
        (_beyond, "spikes outside"),
        (_negative, "spikes outside"),
        (_shorter, r"times and \d+ ids of inputs"),
        (_words, "times and"),
        (_without_ids, "node_ids"),
        (_no_group, ""),
    ],
)
def test_spikes_that_are_not_the_run_s_are_damage(finished, tmp_path, change, text):
    folder = doctored(finished, tmp_path / "odd", change)
    unreadable = change in (_no_group, _without_ids)
    what = "cannot be read as SONATA spikes" if unreadable else "does not fit its run"
    with pytest.raises(
        DamagedError, match=rf"odd/spikes\.h5 {what} \(.*{text}.*\): restore"
    ) as caught:
        open_run(folder)
    assert "\n" not in str(caught.value)
    os.remove(folder / SPIKES)  # it is closed: nothing holds it
    assert not [
        one
        for one in os.listdir("/proc/self/fd")
        if _target(one) == str(folder / SPIKES) + " (deleted)"
    ]


def _target(number):
    try:
        return os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        return ""


def test_a_population_that_is_missing_is_named(finished, tmp_path):
    shown = open_run(doctored(finished, tmp_path / "odd", lambda spikes: spikes.pop("outputs")))
    assert shown.recording is None
    assert shown.silent.startswith(f"{tmp_path}/odd holds no spikes of its outputs: run it again")


def test_spikes_that_the_manifest_does_not_list_are_damage(finished, tmp_path, index_cache):
    shutil.copytree(finished, tmp_path / "odd")
    manifest = read_manifest(tmp_path / "odd")
    del manifest["files"][SPIKES]
    write_manifest(tmp_path / "odd", manifest)
    with pytest.raises(DamagedError, match="does not fit its run"):
        open_run(tmp_path / "odd")


def test_a_truncated_file_is_damage(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "odd")
    os.truncate(tmp_path / "odd" / SPIKES, 1000)
    with pytest.raises(DamagedError, match=r"spikes\.h5 is damaged"):
        open_run(tmp_path / "odd")


# --- a growing run -----


class Grown(NamedTuple):
    """What was seen of a run at each chunk: ViewedRun read anew and from the one before; its
    folder, then finished.
    """

    anew: list
    onward: list
    folder: object


def grow(folder, stop=None, resume=False, **changes):
    """Run, looking at every chunk; stopped after chunk number `stop`."""
    anew, onward = [], []

    def look(done, total, text):
        if done == 0:
            return
        anew.append(read_growing(folder))
        onward.append(read_growing(folder, onward[-1] if onward else None))
        if stop == len(anew):
            raise Interrupted("enough", signal.SIGINT)

    run(**SETTINGS | changes, out=folder, resume=resume, progress=look)
    return Grown(anew, onward, folder)


@pytest.fixture(scope="module")
def grown(cache, tmp_path_factory):
    return grow(tmp_path_factory.mktemp("grown") / "run")


def check_beginning(shown, finished, num_chunks):
    """A growing run is the finished one's beginning."""
    number = num_chunks * CHUNK
    mine, whole = shown.learning, finished.learning
    assert (shown.finished, shown.num_samples, shown.num_chunks) == (False, number, num_chunks)
    beginning = whole.isel(sample=slice(0, number), probe=slice(0, num_chunks + 1))
    for name in mine.variables:
        xarray.testing.assert_identical(mine[name].variable, beginning[name].variable)
    missing = {"test_label", "test_counts", "test_points", "confusion"}
    missing |= {"snapshot_samples", "snapshot_answers", "mean_theta_answers"}  # of the test, too
    assert set(mine.variables) == set(whole.variables) - missing
    assert mine.attrs == {name: whole.attrs[name] for name in mine.attrs}
    assert {"model", "arm", "start", "seed", "chance", "supervised"} <= set(mine.attrs)
    assert (shown.title, shown.step, shown.num_inputs, shown.num_classes) == (
        finished.title,
        1e-3,
        I,
        K,
    )


def check_spikes(shown, finished, num_chunks, windows=((0.0, 100.0), (0.35, 2.05), (1.9, 2.1))):
    one, other, end = shown.recording, finished.recording, num_chunks * CHUNK * LENGTH
    assert np.array_equal(one.recorded, other.recorded[: num_chunks * CHUNK])
    for name, size in (("inputs", I), ("outputs", K)):
        for first, last in [(a, min(b, end)) for a, b in windows if a < end]:
            for found, wanted in zip(one.read(name, first, last), other.read(name, first, last)):
                assert np.array_equal(found, wanted)
        assert one.num_spikes(name, 0, end) == other.num_spikes(name, 0, end)
        for many in (10**9, -1):
            arguments = (
                name,
                np.arange(size)[::-1],
                (0, end),
                (0, size - 1),
                (50, 20),
                1e-3,
                -1,
                many,
            )
            found, wanted = picture(one, *arguments), picture(other, *arguments)
            assert np.array_equal(found.image, wanted.image, equal_nan=True)
            assert (found.kind, found.extent, found.num_spikes) == (
                wanted.kind,
                wanted.extent,
                wanted.num_spikes,
            )


def test_a_growing_run_is_the_finished_one_s_beginning(grown, shown):
    assert len(grown.anew) == SAMPLES // CHUNK
    for number, found in enumerate(grown.anew, 1):
        check_beginning(found, shown, number)
    for number in (1, 2, 7, 20):
        check_spikes(grown.anew[number - 1], shown, number)


def test_going_on_from_before_is_reading_anew(grown):
    for one, other in zip(grown.anew, grown.onward, strict=True):
        xarray.testing.assert_identical(one.learning, other.learning)
        same_recordings(one.recording, other.recording)
        assert one.manifest == other.manifest
    for one, other in pairwise(grown.onward):
        assert (
            one.recording.pieces[0] is other.recording.pieces[0]
        )  # what was read before is not read again


def test_spikes_of_a_run_that_finished_while_it_was_shown(grown, result):
    """Its parts are gone: the same spikes come from spikes.h5."""
    assert not list((grown.folder / "checkpoint").glob("spikes_*"))
    for found in (grown.anew[9], grown.onward[-1]):
        times, ids = found.recording._reader("outputs", 3, 7)
        assert (len(times), len(ids)) == (4, 4)
        found.recording._reader.load.cache_clear()
        assert same_spikes(found.recording, result, (0.35, 1.95), "inputs")
        assert same_spikes(found.recording, result, (0.35, 1.95), "outputs")
        found.recording.close()


def test_what_a_growing_run_keeps_for_its_viewers_is_gone_at_the_end(grown):
    left = {path.name for path in (grown.folder / "checkpoint").iterdir()}
    # a longer run has averages and windows from sample 75 on, where the middle 10 s of these 40 s
    # begin: it goes on from the state after the 7 chunks before that
    states = {f"state_{index:06d}.npz" for index in range(6, 20)}
    assert left == states | {f"took_{index:06d}.json" for index in range(6, 20)} | {"probes.npz"}
    listed = read_manifest(grown.folder)["files"]
    assert set(listed) == {"learning.nc", SPIKES, *(f"checkpoint/{name}" for name in left)}
    assert open_run(grown.folder).finished
    assert read_growing(grown.folder, grown.anew[-1]).finished  # one that finishes while it is read


@pytest.fixture(scope="module")
def stopped(cache, tmp_path_factory):
    """Folder of a run that was interrupted after 8 of 20 chunks, with windows: samples 50 to 74 are
    not recorded.
    """
    folder = tmp_path_factory.mktemp("stopped") / "run"
    with pytest.raises(Interrupted):
        grow(folder, stop=8, record="windows")
    return folder


@pytest.fixture
def unfinished(stopped, tmp_path):
    return shutil.copytree(stopped, tmp_path / "run")


def test_nothing_new_is_the_same_object(unfinished):
    found = read_growing(unfinished)
    assert found.manifest["status"] == "interrupted"
    assert read_growing(unfinished, found) is found
    write_manifest(unfinished, found.manifest | {"status": "running"})
    other = read_growing(unfinished, found)
    assert (other.manifest["status"], other.num_chunks) == ("running", 8)
    xarray.testing.assert_identical(other.learning, found.learning)


def test_chunks_that_are_not_recorded(unfinished, windows):
    found, whole = read_growing(unfinished), open_run(windows)
    check_beginning(found, whole, 8)
    check_spikes(found, whole, 8, windows=((0, 100), (9.5, 15.5), (11, 12), (14.9, 15.5)))
    assert found.recording.recorded.tolist() == 50 * [True] + 25 * [False] + 5 * [True]
    assert found.recording.num_spikes("inputs", 10, 15) == 0


def test_going_on_and_finishing(unfinished, windows):
    before = read_growing(unfinished)
    seen = grow(unfinished, resume=True, record="windows")
    assert [one.num_chunks for one in seen.anew] == list(range(9, 21))
    later = seen.anew[3]
    check_beginning(later, open_run(windows), 12)
    same_recordings(later.recording, seen.onward[3].recording)
    assert later.recording.num_spikes("inputs", 0, 16) == before.recording.num_spikes(
        "inputs", 0, 16
    )
    finished = open_run(unfinished)
    assert finished.finished
    assert bits(unfinished) == bits(windows)
    same_recordings(finished.recording, open_run(windows).recording)


def test_another_run_in_the_folder_is_not_gone_on_from(unfinished, tmp_path, cache):
    before = read_growing(unfinished)
    shutil.rmtree(unfinished)
    with pytest.raises(Interrupted):
        grow(unfinished, stop=9, seed=4)
    found, anew = read_growing(unfinished, before), read_growing(unfinished)
    same_recordings(found.recording, anew.recording)
    assert found.recording.num_spikes("inputs", 0, 2) != before.recording.num_spikes("inputs", 0, 2)


def test_a_state_that_was_lost_takes_its_chunk_along(unfinished):
    before = read_growing(unfinished)
    (unfinished / "checkpoint" / "state_000007.npz").unlink()
    found = read_growing(unfinished, before)
    assert (found.num_chunks, found.num_samples) == (7, 70)
    same_recordings(found.recording, read_growing(unfinished).recording)


def test_a_run_that_has_not_learnt_yet(tmp_path, monkeypatch):
    """Stopped in its first chunk: there is a manifest and a task."""

    def stop(*arguments):
        raise Interrupted("in the first chunk", signal.SIGINT)

    monkeypatch.setattr(phases, "save_chunk", stop)
    with pytest.raises(Interrupted):
        run(**SETTINGS, out=tmp_path / "run", progress=quiet)
    assert [path.name for path in (tmp_path / "run" / "checkpoint").iterdir()] == ["task.npz"]
    for read in (read_growing, open_run):
        with pytest.raises(
            NothingYetError,
            match=r"run has not learnt a sample yet \(status interrupted\): wait for",
        ):
            read(tmp_path / "run")


def test_a_growing_run_without_spikes(tmp_path, result):
    folder = tmp_path / "run"
    with pytest.raises(Interrupted):
        grow(folder, stop=2, record="none")
    found = open_run(folder)
    assert found.recording is None
    assert (
        found.silent == f"{folder} records no spikes: run it with --record windows or --record all"
    )
    assert np.array_equal(found.learning["label"], result.learning["label"][:20])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("records_000003.npz", r"records_000003\.npz is missing"),
        ("spikes_000003.npz", r"spikes_000003\.npz is missing"),
        ("task.npz", r"task\.npz is missing: go on with the run, with resume=True"),
    ],
)
def test_what_is_missing_of_a_growing_run_is_named(unfinished, name, text):
    (unfinished / "checkpoint" / name).unlink()
    with pytest.raises(DamagedError, match=text) as caught:
        open_run(unfinished)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["records_000003.npz", "spikes_000003.npz", "task.npz"])
def test_what_is_damaged_of_a_growing_run_is_named(unfinished, name):
    os.truncate(unfinished / "checkpoint" / name, 300)
    with pytest.raises(DamagedError, match=f"{name} is damaged"):
        open_run(unfinished)


def test_parts_that_are_not_the_run_s_are_damage(unfinished):
    path = unfinished / "checkpoint" / "spikes_000003.npz"
    with read_arrays(path) as arrays:
        kept = {name: read() for name, read in arrays.items()}
    write_arrays(path, kept | {"inputs/ids": kept["inputs/ids"] + I})
    with pytest.raises(
        DamagedError, match=r"spikes_000003\.npz does not fit its run \(spikes outside 10 samples"
    ):
        open_run(unfinished)


def test_a_task_that_a_finished_run_does_not_need_is_written_by_resume(unfinished, windows):
    (unfinished / "checkpoint" / "task.npz").unlink()
    run(**SETTINGS | {"record": "windows"}, out=unfinished, resume=True, progress=quiet)
    assert bits(unfinished) == bits(windows)


def test_a_run_that_was_killed(shown, tmp_path):
    """A process of its own, killed between any two of its instructions, then gone on with to the
    end.
    """
    folder = tmp_path / "killed"
    process = start("run", "fang_2018", *options(), "--out", folder)
    try:
        state = folder / "checkpoint" / "state_000004.npz"
        while not state.exists():
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.002)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    found = open_run(folder)
    assert 5 <= found.num_chunks < 20
    check_beginning(found, shown, found.num_chunks)
    check_spikes(found, shown, found.num_chunks)
    run(**SETTINGS, out=folder, resume=True, progress=quiet)
    assert bits(folder) == bits(shown.path)
    assert read_growing(folder, found).finished


# --- facts and orders -----


def test_orders_sort_as_they_say(shown, result):
    found = {name: make() for name, make in shown.orders().items()}
    assert list(found) == [BY_CLASS, "position, axis 1", "position, axis 2", "number"]
    for order, _ in found.values():
        assert np.array_equal(np.sort(order), np.arange(I))
    for axis in (0, 1):
        order, boundaries = found[f"position, axis {axis + 1}"]
        assert (np.diff(shown.centres[order, axis]) >= 0).all()
        assert boundaries is None
    assert np.array_equal(found["number"][0], np.arange(I))
    order, boundaries = found[BY_CLASS]
    preferred = result.learning["input_class_rate"].values.argmax(axis=0)
    for k in range(K):
        assert (preferred[order[boundaries[k] : boundaries[k + 1]]] == k).all()
    assert (boundaries[0], boundaries[-1]) == (0, I)


def test_centres_are_those_of_the_run(shown, result):
    assert np.array_equal(shown.centres, prepare(resolve(**SETTINGS)).centres)
    assert fingerprint(shown.centres) == result.manifest["fingerprints"]["centres"]


@pytest.mark.parametrize(
    "change", [{"seed": 4}, {"fingerprints": {}}, {"data": {"coding": "rates"}}]
)
def test_centres_that_are_not_the_run_s_are_none(finished, tmp_path, change):
    folder = shutil.copytree(finished, tmp_path / "run")
    manifest = read_manifest(folder)
    if "data" in change:
        change = {"data": manifest["data"] | change["data"]}
    write_manifest(folder, manifest | change)
    found = open_run(folder)
    assert found.centres is None
    assert list(found.orders()) == [BY_CLASS, "number"]


@pytest.mark.parametrize("retraction", ["none", "clip", "jump"])
def test_weights_are_those_of_the_result(finished, tmp_path, retraction):
    folder = shutil.copytree(finished, tmp_path / "run")
    manifest = read_manifest(folder)
    manifest["parameters"]["retraction"]["value"] = retraction
    manifest["rule"] = load_model("fang_2018", retraction=retraction).rule.to_dict()
    write_manifest(folder, manifest)
    found, result = open_run(folder), Result(folder)
    theta = found.learning["theta"].values
    assert (theta[-1] < 0).any()  # so that the three differ
    weights = found.pathway().weights()
    passed = np.exp(theta - 3)
    if retraction != "none":
        passed = (
            np.maximum(passed - np.exp(-3), 0) if retraction == "clip" else passed * (theta >= 0)
        )
    assert np.allclose(weights, passed, rtol=1e-12, atol=1e-15)
    assert np.allclose(weights[-1], result.weights.values, rtol=1e-12, atol=0)
    assert weights.shape == theta.shape
    assert found.values["retraction"] == retraction
    assert found.values["sample_length"] == LENGTH
    assert found.values["dt"] == 1e-3


def test_answers_are_classes_of_the_outputs_that_won(finished, shown, result, tmp_path):
    counts = result.learning["spike_counts"].values
    wanted = [row.argmax() if (row == row.max()).sum() == 1 else -1 for row in counts]
    assert shown.answers().tolist() == wanted
    other = open_run(finished)
    other.output_class = np.array([2, 2, -1, 0, 1])
    assert other.answers().tolist() == [-1 if one < 0 else [2, 2, -1, 0, 1][one] for one in wanted]
    assert -1 in wanted


# --- learning so far -----


def records_of(seed, supervised):
    """A Task, and records of 60 samples in chunks of 10 with a probe at every second chunk's
    end.
    """
    rng = np.random.default_rng(seed)
    task = Task(
        supervised, 4, 3 if not supervised else 4, 0.1, rng.integers(0, 3, 12), rng.random((3, 6))
    )
    chunks = []
    for number in range(6):
        seen = [0] * (number == 0) + [10 * (number + 1)] * (number % 2)
        chunks.append(
            {
                "label": rng.integers(0, 3, 10),
                "counts": rng.integers(0, 4, (10, 4)),
                "probe_seen": np.array(seen, dtype=np.int64),
                "probe_counts": rng.integers(0, 4, (len(seen), 12, 4)),
                "theta": rng.normal(size=(len(seen), 4, 6)),
            }
        )
    return task, chunks


def joined(chunks):
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}


def slow_path(task, records):
    """credit, online, probe accuracy and class of outputs, sample by sample."""
    assignments = []
    for counts in records["probe_counts"]:
        if task.supervised:
            assignments.append(list(range(task.num_outputs)))
        else:
            won = np.zeros((task.num_classes, task.num_outputs))
            for row, label in zip(counts, task.probe_labels):
                won[label] += (row == row.max()) / (row == row.max()).sum()
            won = won.round(9)
            assignments.append(
                [
                    int(won[:, k].argmax()) if won[:, k].any() else -1
                    for k in range(task.num_outputs)
                ]
            )
    credit = []
    for number, (row, label) in enumerate(zip(records["counts"], records["label"])):
        before = max(n for n, seen in enumerate(records["probe_seen"]) if seen <= number)
        share = (row == row.max()) / (row == row.max()).sum()
        credit.append(
            sum(share[k] for k in range(task.num_outputs) if assignments[before][k] == label)
        )
    seen = records["probe_seen"]
    online = [np.nan] + [np.mean(credit[a:b]) for a, b in pairwise(seen)]
    return np.array(credit), np.array(online), assignments[-1]


@few
@given(st.integers(0, 2**32 - 1), st.booleans(), st.integers(1, 6))
def test_the_path_of_the_first_chunks_is_that_of_all_of_them(seed, supervised, number):
    task, chunks = records_of(seed, supervised)
    some, whole = path_arrays(task, joined(chunks[:number])), path_arrays(task, joined(chunks))
    samples, probes = 10 * number, 1 + number // 2
    for name in ("time", "label", "response", "spike_counts", "credit"):
        assert np.array_equal(some[name], whole[name][:samples])
    for name in ("probe_samples_seen", "probe_time", "probe_accuracy", "online_accuracy", "theta"):
        assert np.array_equal(some[name], whole[name][:probes], equal_nan=True)
    credit, online, classes = slow_path(task, joined(chunks[:number]))
    assert np.allclose(some["credit"], credit, rtol=1e-12, atol=1e-15)
    assert np.allclose(some["online_accuracy"], online, rtol=1e-12, atol=1e-15, equal_nan=True)
    assert some["output_class"][1].tolist() == classes
    assert np.array_equal(some["time"], np.arange(samples) * 0.1)


def test_a_task_comes_back_as_it_was(tmp_path):
    task, _ = records_of(0, False)
    save_task(tmp_path / "deep", task)
    found = Task(**load_task(tmp_path / "deep"))
    for one, other in zip(found, task):
        assert type(one) is type(other)
        assert np.array_equal(one, other)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["task.npz"]


def test_a_dataset_is_what_its_file_gives(tmp_path):
    task, chunks = records_of(0, True)
    arrays, attrs = path_arrays(task, joined(chunks)), {"model": "m", "seed": 3, "chance": 0.25}
    write_learning(tmp_path / "learning.nc", arrays, attrs)
    found, wanted = as_dataset(arrays, attrs), read_learning(tmp_path / "learning.nc")
    xarray.testing.assert_identical(found, wanted)
    assert {name: found[name].dtype for name in found.variables} == {
        name: wanted[name].dtype for name in wanted.variables
    }
    assert list(found.coords) == ["time"]
    with pytest.raises(InputError, match=re.escape("no variable 'odd' in learning.nc")):
        as_dataset(arrays | {"odd": np.zeros(3)}, attrs)


def test_records_of_a_run_give_its_learning(unfinished, result):
    """The same path as the finished run's, from records and task on the disk."""
    task = Task(**load_task(unfinished / "checkpoint"))
    arrays = path_arrays(task, load_records(unfinished / "checkpoint", 8))
    assert np.array_equal(arrays["credit"].astype("f4"), result.learning["credit"][:80])
    assert np.array_equal(arrays["probe_accuracy"], result.learning["probe_accuracy"][:9])
    counts = result.learning["spike_counts"].values[:80]
    assert np.array_equal(arrays["response"], metrics.response(counts))
    assert (task.supervised, task.num_outputs, task.num_classes, task.period) == (
        True,
        K,
        K,
        LENGTH,
    )
    assert len(task.probe_labels) == SETTINGS["probe_samples"]
