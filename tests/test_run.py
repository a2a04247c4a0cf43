"""A run from the outside: what its folder says follows from its own spikes, and no stop changes a
bit of it.
"""

import contextlib
import json
import os
import random
import re
import shutil
import signal
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs import SETTINGS, SIZES, bits, command, in_a_loop, listing, options, processes, start
from scipy.stats import multivariate_normal

from spikesampler import Result, run
from spikesampler.errors import InputError, Interrupted, RunError
from spikesampler.experiments.phases import Runner, chunk_borders
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.settings import resolve
from spikesampler.spiking import build
from spikesampler.spiking import process as engine
from spikesampler.spiking.run import run_chunk
from spikesampler.spiking.state import silent_state

SAMPLE = 0.2  # s


def quiet(done, total, text):
    pass


@pytest.fixture(scope="module")
def result(finished):
    return Result(finished)


@pytest.fixture(scope="module")
def prepared():
    return prepare(resolve(**SETTINGS))


# --- the folder's numbers follow from its spikes -----


def test_spike_counts_are_those_of_the_recorded_spikes(result):
    times, neurons = result.spikes("outputs")
    counts = np.zeros((SETTINGS["samples"], SIZES["K"]))
    for when, neuron in zip(np.rint(times * 1000).astype(int), neurons.astype(int)):
        counts[when // 200, neuron] += 1
    np.testing.assert_array_equal(result.learning["spike_counts"], counts)


def test_the_teacher_fires_on_the_label_only_and_at_the_total_rate(result):
    times, neurons = result.spikes("teacher")
    labels = result.learning["label"].values
    np.testing.assert_array_equal(neurons, labels[np.rint(times * 1000).astype(int) // 200])
    expected = (
        200 * SAMPLE * len(labels)
    )  # rho times the run; binomial, its variance is below the mean
    assert abs(len(times) - expected) < 5 * np.sqrt(expected)


def test_inputs_fire_at_the_rates_that_the_folder_gives_by_class(result):
    """Summed over a class and all inputs, so that 5 standard errors (binomial: below Poisson's) are
    within 3 %.
    """
    times, _ = result.spikes("inputs")
    labels = result.learning["label"].values
    fired = np.bincount(labels[np.rint(times * 1000).astype(int) // 200], minlength=SIZES["K"])
    rates = result.learning["input_class_rate"].values.sum(axis=1)
    expected = rates * SAMPLE * np.bincount(labels, minlength=SIZES["K"])
    assert (5 / np.sqrt(expected) < 0.03).all()
    assert (np.abs(fired - expected) < 5 * np.sqrt(expected)).all()


def share_of(counts, label):
    """Expected accuracy of one sample, when a coin decides between equally active outputs."""
    winners = [k for k in range(len(counts)) if counts[k] == max(counts)]
    return (label in winners) / len(winners)


def test_online_accuracy_is_the_mean_credit_of_the_samples_since_the_probe_before(result):
    data = result.learning
    credit = [
        share_of(list(c), k) for c, k in zip(data["spike_counts"].values, data["label"].values)
    ]
    np.testing.assert_allclose(data["credit"], credit, rtol=1e-6)  # float32 in the file
    online = [np.nan] + [np.mean(credit[n : n + 10]) for n in range(0, 200, 10)]
    np.testing.assert_allclose(data["online_accuracy"], online, rtol=1e-12)
    np.testing.assert_array_equal(data["probe_samples_seen"], range(0, 201, 10))
    np.testing.assert_allclose(data["probe_time"], np.arange(0, 201, 10) * SAMPLE, rtol=1e-15)
    assert result.online_accuracy == pytest.approx(
        np.mean(credit), rel=1e-12
    )  # of the last 1000: all of them here
    alone = [sorted(c)[-1] > sorted(c)[-2] for c in data["spike_counts"].values]
    best = np.where(alone, data["spike_counts"].values.argmax(axis=1), -1)
    np.testing.assert_array_equal(data["response"], best)


def test_test_accuracy_and_confusion_are_those_of_the_test_counts(result):
    counts, labels = result.learning["test_counts"].values, result.learning["test_label"].values
    assert result.test_accuracy == pytest.approx(
        np.mean([share_of(list(c), k) for c, k in zip(counts, labels)])
    )
    confusion = np.zeros((SIZES["K"], SIZES["K"]))
    for c, k in zip(counts, labels):
        confusion[k] += (c == c.max()) / np.sum(c == c.max())
    np.testing.assert_allclose(result.learning["confusion"], confusion, rtol=1e-12)
    assert np.trace(confusion) / len(labels) == pytest.approx(result.test_accuracy)


def test_the_ceiling_is_that_of_the_densities_in_the_manifest(result):
    data = result.manifest["data"]
    density = [
        multivariate_normal(mean, covariance).logpdf(result.learning["test_points"].values)
        for mean, covariance in zip(data["cluster_means"], data["cluster_covariances"])
    ]
    right = np.argmax(density, axis=0) == result.learning["test_label"].values
    assert result.bayes_accuracy == pytest.approx(right.mean(), rel=1e-12)


def test_probe_and_test_are_frozen_held_out_and_without_a_teacher(result, prepared, tmp_path):
    """ViewedRun again from the theta in the folder and from silence: the same counts, and theta
    keeps its bits.
    """
    runner = Runner(resolve(**SETTINGS), prepared, build.build(prepared.structure), tmp_path)
    theta = result.learning["theta"].values
    for number, seen in ((0, 0), (7, 70), (20, 200)):
        state = silent_state(theta[number], prepared.structure)
        shown = runner.show(state, prepared.probe, 0, 20, "probe", seen)
        score = np.mean([share_of(list(c), k) for c, k in zip(shown.counts, prepared.probe.labels)])
        assert result.learning["probe_accuracy"].values[number] == pytest.approx(score, rel=1e-12)
        np.testing.assert_array_equal(shown.state.theta, theta[number])
        assert len(shown.spikes["teacher"].times) == 0
    counts, _ = runner.frozen(silent_state(theta[-1], prepared.structure), prepared.test, "test")
    np.testing.assert_array_equal(result.learning["test_counts"], counts)
    np.testing.assert_array_equal(result.learning["test_points"], prepared.test.points())
    learnt, probed, tested = (
        set(map(tuple, s.points())) for s in (prepared.learning, prepared.probe, prepared.test)
    )
    assert learnt.isdisjoint(tested)
    assert learnt.isdisjoint(probed)
    assert probed.isdisjoint(tested)
    assert (
        (np.diff(theta, axis=0) != 0).any(axis=(1, 2)).all()
    )  # negative control: learning is not frozen


def test_learning_begins_at_the_start_that_was_asked_for(result, prepared):
    np.testing.assert_array_equal(result.learning["theta"].values[0], prepared.theta)
    mean, sd, n = prepared.theta.mean(), prepared.theta.std(), prepared.theta.size
    assert abs(mean - 0.5) < 5 / np.sqrt(n)
    assert abs(sd - 1) < 5 / np.sqrt(2 * n)
    plateau = prepare(resolve(**SETTINGS | {"start": "plateau"})).theta
    assert abs(plateau.mean() + 4) < 5 * 0.2 / np.sqrt(n)


# --- same seed, same bits -----


def test_the_same_seed_gives_the_same_bits_from_python_and_from_the_command_line(
    finished, tmp_path
):
    assert command("run", "fang_2018", *options(), "--out", tmp_path / "again").status == 0
    assert bits(tmp_path / "again") == bits(finished)


def test_another_seed_gives_another_run(finished, result, tmp_path):
    other = run(**SETTINGS | {"seed": 4, "samples": 20}, out=tmp_path / "other", progress=quiet)
    for name in ("label", "spike_counts", "test_points", "input_class_rate"):
        assert (other.learning[name].values[:20] != result.learning[name].values[:20]).any(), name
    assert (
        len(np.intersect1d(other.learning["theta"].values[0], result.learning["theta"].values[0]))
        == 0
    )
    assert not np.array_equal(other.spikes("inputs")[0], result.spikes("inputs")[0])


@pytest.mark.parametrize("record", ["windows", "none"])
def test_what_is_recorded_does_not_change_what_is_learnt(finished, result, tmp_path, record):
    less = run(**SETTINGS | {"record": record}, out=tmp_path / "less", progress=quiet)
    assert (tmp_path / "less" / "learning.nc").read_bytes() == (
        finished / "learning.nc"
    ).read_bytes()
    if record == "none":
        assert not (tmp_path / "less" / "spikes.h5").exists()
        with pytest.raises(
            InputError, match="holds no spikes: run again with record='windows' or record='all'"
        ):
            less.spikes("inputs")
        assert command("raster", tmp_path / "less").status == 2
        return
    windows = less.manifest["recorded_windows"]
    assert windows == [[0, 10], [15, 25], [30, 40]]
    for population in ("inputs", "outputs", "teacher"):
        times, neurons = result.spikes(population)
        steps = np.rint(times * 1000)  # ms
        inside = np.any(
            [(steps >= 1000 * first) & (steps < 1000 * last) for first, last in windows], axis=0
        )
        kept = less.spikes(population)
        np.testing.assert_array_equal(kept[0], times[inside])
        np.testing.assert_array_equal(kept[1], neurons[inside])
        assert 0 < inside.sum() < len(inside)


def test_every_chunk_of_every_phase_has_a_random_seed_of_its_own(cache, tmp_path, monkeypatch):
    """Four chunks of learning, five probes and a test, twice: two equal 32-bit seeds would come
    once in 10^7. Only in learning is a network shown labels.
    """
    seeds = []

    def show(binary, state, points, labels, *, seed, plastic, **others):
        seeds.append(int(seed))
        assert ((labels >= 0) if plastic else (labels == -1)).all()
        return run_chunk(binary, state, points, labels, seed=seed, plastic=plastic, **others)

    monkeypatch.setattr("spikesampler.experiments.phases.run_chunk", show)
    for seed in (3, 4):
        run(**SETTINGS | {"seed": seed, "samples": 40}, out=tmp_path / f"{seed}", progress=quiet)
    assert len(seeds) == 2 * (4 + 5 + 1)
    assert len(set(seeds)) == len(seeds)


def test_all_of_a_run_shorter_than_its_windows_is_recorded(tmp_path):
    short = run(
        **SETTINGS | {"record": "windows", "samples": 30, "probe_every": 7},
        out=tmp_path / "r",
        progress=quiet,
    )
    assert short.manifest["recorded_windows"] == [[0, 6]]
    np.testing.assert_array_equal(short.learning["probe_samples_seen"], [0, 7, 14, 21, 28, 30])
    assert short.learning["spike_counts"].values.sum() == short.populations["outputs"]


def test_chunks_longer_than_the_program_holds_are_cut_and_joined(tmp_path):
    long = {"samples": 1100, "probe_every": 1100, "test_samples": 1100, "record": "none"}
    data = run(**SETTINGS | long, out=tmp_path / "r", progress=quiet).learning
    np.testing.assert_array_equal(data["probe_samples_seen"], [0, 1100])
    assert data["online_accuracy"].values[1] == pytest.approx(
        data["credit"].values.mean(), rel=1e-6
    )
    assert dict(data.sizes) | {"sample": 1100, "test_sample": 1100} == dict(data.sizes)
    assert data.attrs["online_accuracy"] == pytest.approx(
        data["credit"].values[-1000:].mean(), rel=1e-6
    )
    rate = (
        data["test_counts"].values.sum(axis=1).mean() / SAMPLE
    )  # Hz, of all outputs; below: 5 standard errors
    assert abs(rate - 200) < 5 * np.sqrt(200 / (SAMPLE * 1100))


@given(st.integers(1, 500), st.integers(1, 600), st.integers(1, 100))
def test_chunks_cover_the_run_once_and_end_at_every_probe(samples, probe_every, capacity):
    borders = chunk_borders(samples, probe_every, capacity)
    assert (borders[0], borders[-1]) == (0, samples)
    assert set(np.diff(borders)) <= set(range(1, capacity + 1))
    assert set(range(probe_every, samples, probe_every)) <= set(borders)


# --- folders -----


def test_without_out_every_run_gets_a_new_folder_below_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    few = SETTINGS | {"samples": 5, "test_samples": 3, "probe_samples": 3}
    paths = [run(**few, progress=quiet).path for _ in range(2)]
    name = "fang_2018-weight-prior-n5-seed3"
    assert paths == [tmp_path / "runs" / name, tmp_path / "runs" / f"{name}-2"]
    assert bits(paths[0]) == bits(paths[1])


def test_a_finished_run_is_returned_as_it_is(finished):
    before = listing(finished)
    again = run(**SETTINGS, out=finished, resume=True, progress=quiet)
    assert again.test_accuracy == Result(finished).test_accuracy
    assert listing(finished) == before


# --- stops -----

#: chunks that take a second, so that a signal comes while the program runs
SLOW = {
    "samples": 3000,
    "probe_every": 1000,
    "set": SIZES | {"rho": 1000, "r_max": 900},
    "test_samples": 10,
}


def wait_for_engine(folder, process, seconds=120):
    """Wait until the compiled program runs for the run of `process`."""
    end = time.monotonic() + seconds
    while not any(words.startswith("./main") for words in processes(folder)):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end, "the engine never started"
        time.sleep(0.01)


def gone(folder, seconds):
    """Whether no process mentions `folder` any more, in at most this time."""
    end = time.monotonic() + seconds
    while (left := processes(folder)) and time.monotonic() < end:
        time.sleep(0.02)
    return not left


#: Runs the command line once for each kill, in a process of its own; modules are imported once.
#: A kill is [n, seconds]: so long after the engine was started for the n-th time; or [where, NAME,
#: file]: before or after the first call of os.NAME whose arguments name the file.
KILLS = """
import json, os, signal, sys, time
from spikesampler.cli import main
from spikesampler.experiments import run as running
from spikesampler.spiking import process
def kill():
    os.kill(os.getpid(), signal.SIGKILL)
def amid(left, delay):
    real = process.start_process
    def patched(*args):
        nonlocal left
        started = real(*args)
        left -= 1
        if left == 0:
            time.sleep(delay)
            kill()
        return started
    process.start_process = patched
def at(where, name, file):
    real = getattr(os, name)
    def patched(*args, **kwargs):
        hit = os.path.basename(str(args[-1])).startswith(file)
        if file == "manifest.json":  # the second one: the first says that the run goes on
            hit = hit and b'"status": "finished"' in open(args[0], "rb").read()
        if hit and where == "before":
            kill()
        result = real(*args, **kwargs)
        if hit:
            kill()
        return result
    setattr(os, name, patched)
for how in json.loads(sys.argv[1]):
    if (number := os.fork()) == 0:
        (amid if len(how) == 2 else at)(*how)
        try:
            main(sys.argv[2:])
        finally:
            os._exit(1)
    print(-os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]), flush=True)
"""
ENDINGS = [
    ("before", "replace", "records_000019"),
    ("after", "replace", "records_000019"),
    ("before", "replace", "state_000019"),
    ("after", "replace", "state_000019"),
    ("before", "replace", "learning.nc"),
    ("after", "replace", "learning.nc"),
    ("before", "replace", "spikes.h5"),
    ("after", "replace", "spikes.h5"),
    ("before", "replace", "manifest.json"),
    ("after", "unlink", "spikes_000004"),
]


def kill_run(kills, arguments):
    process = start(json.dumps(kills), *arguments, program=KILLS)
    said, complaint = process.communicate()
    assert said.split() == [str(int(signal.SIGKILL))] * len(kills), complaint


def test_killed_again_and_again_and_resumed_a_run_has_the_same_bits(finished, tmp_path):
    """Four kills while the engine runs or just after, then one at each step of the end; nothing
    temporary is left.
    """
    folder, rng = tmp_path / "run", random.Random(0)
    arguments = ["run", "fang_2018", *options(), "--out", folder, "--resume"]
    amid = [(rng.randint(1, 4), rng.uniform(0, 0.02)) for _ in range(4)]
    kill_run(amid, arguments)
    assert 0 < len(list(folder.glob("checkpoint/records_*"))) < 20, (
        "kills after learning, or before"
    )
    kill_run(ENDINGS, arguments)
    assert list(folder.glob("checkpoint/spikes_*"))
    done = command(*arguments)
    assert (done.status, bits(folder)) == (0, bits(finished))
    left = {"checkpoint/state_000017.npz", "checkpoint/took_000017.json"}
    assert set(listing(folder)) - set(listing(finished)) <= {".lock"} | left
    assert Result(folder).manifest["status"] == "finished"


@pytest.mark.parametrize(
    ("number", "to_group"),
    [
        pytest.param(signal.SIGTERM, False, marks=pytest.mark.slow),
        (signal.SIGINT, True),
        pytest.param(signal.SIGTERM, True, marks=pytest.mark.slow),
    ],
)
def test_a_signal_leaves_a_run_that_can_be_resumed_and_no_process(
    cache, finished, tmp_path, number, to_group
):
    folder = tmp_path / "run"
    process = start("run", "fang_2018", *options(**SLOW), "--out", folder)
    process.stderr.readline()
    wait_for_engine(folder, process)
    if to_group:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 128 + number
    assert not processes(folder)
    assert out == ""
    *_, last = err.splitlines()
    assert (
        last == f"spikesampler: stopped by {number.name}; everything finished is kept: "
        f"go on with --resume --out {folder}"
    )
    assert "Traceback" not in err
    left = listing(folder)
    assert not [name for name in left if ".lock" in name or ".tmp" in name or "chunk-" in name]
    assert "checkpoint/state_000000.npz" in left
    refused = command("raster", folder)
    assert refused.status == 2
    assert "unfinished run (status 'interrupted')" in refused.err[0]


def test_a_signal_while_the_program_is_being_started_leaves_no_process(
    finished, tmp_path, monkeypatch
):
    def start_process(*arguments):
        started.append(real(*arguments))
        if len(started) == 2:  # the first is the probe, which is short
            signal.raise_signal(signal.SIGTERM)
        return started[-1]

    real, started = engine.start_process, []
    monkeypatch.setattr(engine, "start_process", start_process)
    with pytest.raises(Interrupted, match="stopped by SIGTERM; everything finished is kept"):
        run(**SETTINGS | SLOW, out=tmp_path / "run", progress=quiet)
    assert len(started) == 2
    assert not processes(tmp_path / "run")


def test_an_interrupted_run_goes_on_to_the_same_bits(finished, tmp_path):
    """Stopped in Python, by a real signal, after the third chunk; then once more while the results
    are written.
    """
    folder = tmp_path / "run"

    def stop(done, total, text):
        if done == 60:
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    advice = re.escape(f"go on with resume=True, out={str(folder)!r}") + "$"
    with pytest.raises(
        Interrupted, match=f"^stopped by SIGINT; everything finished is kept: {advice}"
    ):
        in_a_loop(run, **SETTINGS, out=folder, progress=stop)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "spikesampler.experiments.run.learning_arrays",
            lambda *_: signal.raise_signal(signal.SIGTERM),
        )
        with pytest.raises(
            Interrupted, match="stopped by SIGTERM; everything finished is kept"
        ) as stopped:
            run(**SETTINGS, out=folder, resume=True, progress=quiet)
    assert stopped.value.signal_number == signal.SIGTERM
    assert '"status": "interrupted"' in (folder / "manifest.json").read_text()
    said = []
    run(
        **SETTINGS,
        out=folder,
        resume=True,
        progress=lambda done, total, text: said.append((done, total)),
    )
    assert bits(folder) == bits(finished)
    assert said == []  # nothing was left to learn


def test_a_signal_after_the_end_leaves_a_finished_run(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    monkeypatch.setattr(
        "spikesampler.store.manifest.remove_parts", lambda _: signal.raise_signal(signal.SIGTERM)
    )
    with pytest.raises(Interrupted):
        run(**SETTINGS | {"samples": 20}, out=folder, progress=quiet)
    assert Result(folder).manifest["status"] == "finished"
    assert list(folder.glob("checkpoint/records_*"))
    monkeypatch.undo()
    assert run(**SETTINGS | {"samples": 20}, out=folder, resume=True).learning.sizes["sample"] == 20
    assert not list(folder.glob("checkpoint/records_*"))


@pytest.mark.slow
def test_the_program_of_a_killed_run_does_not_disturb_the_resumed_one(cache, tmp_path):
    """The orphan ends by itself, soon, and its folder goes with the resumed run."""
    folder = tmp_path / "run"
    arguments = [
        "run",
        "fang_2018",
        *options(**SLOW | {"samples": 1000}),
        "--out",
        folder,
        "--resume",
    ]
    process = start(*arguments)
    wait_for_engine(folder, process)
    process.kill()
    process.communicate()
    assert command(*arguments).status == 0
    assert gone(folder, 20)
    assert not [name for name in listing(folder) if "chunk-" in name]
    undisturbed = tmp_path / "undisturbed"
    assert command(*arguments[:-2], undisturbed).status == 0
    assert bits(folder) == bits(undisturbed)


def test_a_damaged_last_state_costs_one_chunk(finished, tmp_path):
    folder = tmp_path / "run"
    kill_run(
        [("before", "replace", "learning.nc")], ["run", "fang_2018", *options(), "--out", folder]
    )
    state = folder / "checkpoint" / "state_000019.npz"
    state.write_bytes(state.read_bytes()[:-100])
    said = []
    run(**SETTINGS, out=folder, resume=True, progress=lambda done, total, text: said.append(text))
    assert (
        "state_000019.npz is damaged; going on from state_000018.npz, the state before it"
        in said[0]
    )
    assert bits(folder) == bits(finished)


def test_two_processes_never_write_one_run(finished, tmp_path):
    folder = tmp_path / "run"
    process = start("run", "fang_2018", *options(**SLOW), "--out", folder)
    wait_for_engine(folder, process)
    second = command("run", "fang_2018", *options(**SLOW), "--out", folder, "--resume")
    process.terminate()
    process.communicate()
    assert second.status == 2
    assert f"is being written by another process (number {process.pid})" in second.err[-1]


def test_spikes_are_sonata_and_in_order_of_time(finished):
    with h5py.File(finished / "spikes.h5") as file:
        assert set(file["spikes"]) == {"inputs", "outputs", "teacher"}
        for group in file["spikes"].values():
            assert (np.diff(group["timestamps"]) >= 0).all()
            assert group["timestamps"].attrs["units"] == "ms"
            assert group["timestamps"][-1] < 40_000


# --- a full recording -----


def resident(folder):
    """Memory in bytes that the processes of a run hold at this moment."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(folder).encode() in path.read_bytes():
                status = (path.parent / "status").read_text()
                total += sum(
                    int(line.split()[1]) * 1024
                    for line in status.splitlines()
                    if line.startswith("VmRSS")
                )
    return total


@pytest.mark.slow
def test_a_full_recording_stays_within_2_gib(cache, tmp_path):
    """2.4 h of all 1000 inputs, about 10^8 spikes: the command and its program together, seen 20
    times a second.
    """
    folder, peak = tmp_path / "run", 0
    with open(tmp_path / "said", "w") as said:
        process = start(
            "run", "fang_2018", "--record", "all", "--out", folder, stdout=said, stderr=said
        )
        while process.poll() is None:
            peak = max(peak, resident(folder))
            time.sleep(0.05)
    assert process.returncode == 0, (tmp_path / "said").read_text()
    with h5py.File(folder / "spikes.h5") as file:
        spikes = sum(len(group["node_ids"]) for group in file["spikes"].values())
    size = (folder / "spikes.h5").stat().st_size
    shutil.rmtree(folder)
    print(f"{spikes:.3g} spikes, peak {peak / 2**30:.2f} GiB, spikes.h5 {size / 2**30:.2f} GiB")
    assert spikes > 5e7
    assert peak < 2 * 2**30


def test_a_run_that_failed_says_why_until_it_is_gone_on_with(cache, tmp_path, monkeypatch):
    few = SETTINGS | {"samples": 20, "test_samples": 5, "probe_samples": 5}
    with monkeypatch.context() as patched:

        def fail(*_):
            raise RunError("e is no longer finite in 3 of 9 synapses")

        patched.setattr("spikesampler.experiments.run.learn", fail)
        with pytest.raises(RunError, match="no longer finite"):
            run(**few, out=tmp_path / "run", progress=quiet)
    with pytest.raises(
        InputError, match="a run that failed, not a finished one: e is no longer fi"
    ):
        Result(tmp_path / "run")
    result = run(**few, out=tmp_path / "run", resume=True, progress=quiet)
    assert "failed" not in result.manifest
