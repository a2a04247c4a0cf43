"""Training of thousands of networks: the same bits however it is stopped, whole folders, numbers
that are true.

Six networks of 60 steps stand for thousands. Where processes are not the point, chunks are trained
in this one, in the same programs as everywhere, so that these are compiled once.
"""

import json
import os
import re
import shutil
import signal
import time
from dataclasses import FrozenInstanceError, replace
from itertools import combinations
from pathlib import Path

import h5py
import numpy as np
import pytest
from runs import listing, start
from scipy.stats import kstest

from spikesampler.errors import BusyError, InputError, Interrupted
from spikesampler.jobs.pieces import begin, piece_file
from spikesampler.language.model import load_model
from spikesampler.store import folders
from spikesampler.store.arrays import read_arrays, read_info, write_arrays
from spikesampler.store.manifest import verify
from spikesampler.store.signals import interruptible
from spikesampler.studies.gamst_walker_2017 import batched_descent, training, training_folder
from spikesampler.studies.gamst_walker_2017.paper import paper_shape
from spikesampler.studies.gamst_walker_2017.relu_net import (
    gamst_walker,
    num_parameters,
    training_set,
)
from spikesampler.studies.gamst_walker_2017.settings import STARTS, Bands, Training
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise
from spikesampler.studies.gamst_walker_2017.training import begin_descent, outputs_of, starts
from spikesampler.studies.gamst_walker_2017.training_folder import (
    open_training,
    train_networks,
    train_or_load,
)

TINY = Training(
    models=6, steps=60, noise_share=0.0
)  # without a share of noise all numbers of steps are one program
SHORT = replace(TINY, steps=4)  # for folders, where no number matters
SIGMAS = 5  # bounds are this many standard errors
PROGRAM = """
import json, sys
from spikesampler.studies.gamst_walker_2017.settings import Training
from spikesampler.studies.gamst_walker_2017.training_folder import train_networks
training = Training(**json.loads(sys.argv[1]))
train_networks(training, sys.argv[2], resume=True, workers=2, progress=lambda *news: None)
"""


def make(folder, what=TINY, **options):
    return train_networks(what, folder, **{"workers": 1, "progress": lambda *news: None} | options)


def assert_same_bits(one, other):
    assert set(one.variables) == set(other.variables)
    for name in one.variables:
        assert one[name].dtype == other[name].dtype
        assert one[name].values.tobytes() == other[name].values.tobytes(), name


def outputs(params, x, depth=5, width=5):
    """One network, layer by layer, in float64."""
    params, h = np.asarray(params, float), np.asarray(x, float)[:, np.newaxis]
    for layer in range(depth + 1):
        rows, columns = (1 if layer == 0 else width), (1 if layer == depth else width)
        weights, params = params[: rows * columns].reshape(rows, columns), params[rows * columns :]
        h, params = h @ weights + params[:columns], params[columns:]
        h = h if layer == depth else np.maximum(h, 0)
    return h[:, 0]


def errors_of(params):
    x, y = training_set(gamst_walker(1))
    return np.array([((outputs(one, x) - y) ** 2).mean() for one in params])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Folder of TINY, trained by one worker, which is this process."""
    path = tmp_path_factory.mktemp("training") / "tiny"
    make(path)
    return path


@pytest.fixture(scope="module")
def done(folder):
    return open_training(folder).networks


@pytest.fixture(scope="module")
def jittered(tmp_path_factory):
    return make(
        tmp_path_factory.mktemp("training") / "jittered", replace(TINY, start="jitter", radius=1.5)
    )


# --- the same bits -----


@pytest.mark.slow  # the killed process below has workers too
def test_the_number_of_workers_changes_no_bit(tmp_path):
    """Chunks of three: one after the other in this process, or two processes with one each."""
    for workers in (1, 2):
        begin(tmp_path / str(workers), "training", TINY.facts(), chunk=3)
    one, two = (make(tmp_path / str(workers), resume=True, workers=workers) for workers in (1, 2))
    assert_same_bits(one, two)


def test_another_time_gives_the_same_bits_and_another_seed_does_not(done, tmp_path):
    assert_same_bits(done, make(tmp_path / "again"))
    other = make(tmp_path / "other", replace(TINY, seed=2))
    assert not np.isin(other["params"], done["params"].values[done["params"].values != 0]).any()


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """The result of SHORT, in two chunks, and all states that its folder went through: what a kill
    would leave.

    A copy before each change of a name; a file without its name is a temporary one, which may be
    cut anywhere.
    """
    base = tmp_path_factory.mktemp("states")
    names, copies, real = ("replace", "mkdir", "unlink", "rmdir"), [], {}

    def watched(name):
        def change(*arguments, **options):
            if (base / "run").exists():
                with pytest.MonkeyPatch.context() as patch:
                    for one in names:
                        patch.setattr(os, one, real[one])
                    copies.append(shutil.copytree(base / "run", base / f"{len(copies):03d}"))
            return real[name](*arguments, **options)

        return change

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(training_folder.CHUNK, "cpu", 3)
        patch.setattr(training_folder, "PAUSE", -1)  # a checkpoint after every step
        for name in names:
            real[name] = getattr(os, name)
            patch.setattr(os, name, watched(name))
        found = make(base / "run", SHORT)
    for number, copy in enumerate(copies):
        for path in copy.rglob(".*.tmp"):
            path.write_bytes(path.read_bytes()[: number * 37])
            dead = path.name.replace(
                f"-{os.getpid():x}-", "-7fffffff-"
            )  # more than any process has
            path.rename(path.with_name(dead))
    return found, copies


def whole(path):
    """Whether a file with a name of its own can be read to its end."""
    if path.suffix == ".npz":
        with read_arrays(path) as arrays:
            return all(read().size for read in arrays.values())
    return (
        bool(json.loads(path.read_bytes()))
        if path.suffix == ".json"
        else len(path.read_bytes()) > 0
    )


def resumed(copies, wanted, tmp_path):
    """(state, its folder, what resuming it gives) of copies that are `wanted`."""
    for copy in filter(wanted, copies):
        here = shutil.copytree(copy, tmp_path / copy.name)
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(training_folder.CHUNK, "cpu", 3)
            yield sorted(listing(copy)), here, make(here, SHORT, resume=True)


def test_a_kill_at_any_moment_leaves_whole_files_from_which_it_goes_on(states, tmp_path):
    found, copies = states
    assert (
        len(copies) > 15
    )  # eight checkpoints, settings, networks.nc, the removal of pieces and lock
    for copy in copies:
        assert all(
            whole(path) for path in copy.rglob("*") if path.is_file() and path.name[0] != "."
        ), copy

    def begun(copy):
        return (copy / "manifest.json").exists() and not (copy / "networks.nc").exists()

    for state, here, again in resumed(copies, begun, tmp_path):
        assert_same_bits(found, again)
        assert sorted(listing(here)) == ["manifest.json", "networks.nc"], state


def test_a_kill_before_the_settings_are_written_does_not_spoil_the_folder(states, tmp_path):
    found, copies = states
    for _, _, again in resumed(
        copies, lambda copy: not (copy / "manifest.json").exists(), tmp_path
    ):
        assert_same_bits(found, again)


def test_a_kill_after_the_result_is_written_leaves_nothing_for_ever(states, tmp_path):
    found, copies = states
    for state, here, again in resumed(
        copies, lambda copy: (copy / "networks.nc").exists(), tmp_path
    ):
        assert_same_bits(found, again)
        assert sorted(listing(here)) == ["manifest.json", "networks.nc"], state
        assert set(verify(here, "training")["files"]) == {"networks.nc"}


def children(pid):
    """Processes that a process has started, those of its threads too."""
    return [
        int(word)
        for path in Path(f"/proc/{pid}/task").glob("*/children")
        for word in path.read_text().split()
    ]


def living(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


def test_a_killed_process_takes_its_workers_with_it_and_what_was_finished_stays(
    tmp_path, monkeypatch
):
    """Twelve chunks for two workers, killed when the first is done."""
    what, pieces = replace(TINY, models=36, steps=199), tmp_path / "killed" / "pieces"
    for path in (tmp_path / "killed", tmp_path / "reference"):
        folders.make_folder(path)
        begin(path, "training", what.facts(), chunk=3)
    process = start(json.dumps(what.facts()), tmp_path / "killed", program=PROGRAM)

    def finished():
        done = (path for path in pieces.glob("*.npz") if read_info(path)["steps"] == 199)
        return {path: path.stat().st_mtime_ns for path in done}

    wait_until(lambda: finished() or process.poll() is not None)
    workers = children(process.pid)
    process.kill()
    assert process.wait() == -signal.SIGKILL, process.communicate()[1]
    assert len(workers) == 2
    wait_until(lambda: not any(map(living, workers)))
    kept = finished()
    assert 1 <= len(kept) < 12
    assert all(map(whole, pieces.glob("*.npz")))
    monkeypatch.setattr("spikesampler.jobs.pieces.remove_pieces", lambda folder: None)
    again = make(tmp_path / "killed", what, resume=True)
    assert kept.items() <= finished().items()  # not written again
    assert_same_bits(make(tmp_path / "reference", what, resume=True), again)


@pytest.mark.parametrize(
    ("moment", "number"), [(1, signal.SIGTERM), (4, signal.SIGINT), (5, signal.SIGTERM)]
)
def test_a_signal_is_told_and_only_what_is_missing_is_trained(
    states, tmp_path, monkeypatch, moment, number
):
    """At a checkpoint of the first chunk, its last one, and the first of the second; a checkpoint
    after every step.
    """
    monkeypatch.setattr(training_folder, "PAUSE", -1)
    begin(tmp_path, "training", SHORT.facts(), chunk=3)
    real, writes, advances = write_arrays, [], []

    def write(path, arrays, info):
        real(path, arrays, info)
        writes.append(path)
        if len(writes) == moment:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(training_folder, "write_arrays", write)
    name = signal.Signals(number).name
    with (
        interruptible(),
        pytest.raises(
            Interrupted, match=f"stopped by {name}; .* go on with resume=True, out="
        ) as stop,
    ):
        make(tmp_path, SHORT, resume=True)
    assert stop.value.signal_number == number
    assert len(writes) == moment
    one = batched_descent.advance
    monkeypatch.setattr(
        batched_descent,
        "advance",
        lambda *given, **options: advances.append(1) or one(*given, **options),
    )
    assert_same_bits(states[0], make(tmp_path, SHORT, resume=True))
    assert len(advances) == 2 * 4 - moment


# --- where networks start -----


@pytest.mark.parametrize("kind", STARTS)
def test_a_start_depends_on_seed_and_number_alone(kind):
    few, many = (
        Training(6, 60, seed=3, start=kind),
        Training(500, 7, seed=3, start=kind, optimizer="sgd_keras"),
    )
    np.testing.assert_array_equal(starts(few, 0, 6), starts(many, 0, 9)[:6])
    np.testing.assert_array_equal(starts(few, 2, 5), starts(many, 0, 9)[2:5])
    weights = starts(Training(6, 60, seed=4, start=kind), 0, 6)
    assert len({tuple(one) for one in np.concatenate([starts(few, 0, 6), weights])}) == 12


def test_starts_are_those_of_numpys_streams():
    """By hand: the first layer's weights, uniform in ±sqrt(6/(1 + 5)), and the jitter's direction
    and norm.
    """
    for number in (0, 4):
        rng = np.random.default_rng(np.random.SeedSequence(9, spawn_key=(number,)))
        np.testing.assert_array_equal(
            starts(Training(6, 60, seed=9), number, number + 1)[0, :5], rng.uniform(-1, 1, 5)
        )
        rng = np.random.default_rng(np.random.SeedSequence(9, spawn_key=(number,)))
        direction, norm = rng.standard_normal(136), rng.uniform(0, 0.5)
        moved = starts(
            Training(6, 60, seed=9, start="jitter", radius=0.5, target_seed=7), number, number + 1
        )[0]
        expected = desymmetrise(gamst_walker(7)) + norm * direction / np.linalg.norm(direction)
        np.testing.assert_allclose(
            moved, expected, rtol=0, atol=1e-13
        )  # weights up to 50, rounded once or twice


def test_jitters_are_uniform_in_norm_and_have_no_direction():
    """4096 draws. Kolmogorov-Smirnov: P(D > 2.5/sqrt(n)) = 2 exp(-2 2.5^2) = 7e-6.

    A component of a random unit vector in d dimensions has variance 1/d, and its square variance
    below 2/d^2.
    """
    n, d, radius = 4096, 136, 2.0
    moved = starts(Training(n, 1, start="jitter", radius=radius), 0, n) - desymmetrise(
        gamst_walker(1)
    )
    norms = np.linalg.norm(moved, axis=1)
    assert 0 < norms.min() < norms.max() < radius
    assert kstest(norms / radius, "uniform").statistic < 2.5 / np.sqrt(n)
    for wrong in (
        norms / 2.2,
        (norms / radius) ** 0.9,
    ):  # control: a radius of 2.2; a density that grows outwards
        assert kstest(wrong, "uniform").statistic > 2.5 / np.sqrt(n)
    unit = moved / norms[:, np.newaxis]
    assert np.abs(unit.mean(axis=0)).max() < SIGMAS / np.sqrt(n * d)
    assert np.abs((unit**2).mean(axis=0) * d - 1).max() < SIGMAS * np.sqrt(2 / n)


def test_the_jitter_that_was_made_is_recorded(jittered, done):
    moved = starts(replace(TINY, start="jitter", radius=1.5), 0, 6) - desymmetrise(gamst_walker(1))
    np.testing.assert_allclose(jittered["jitter"], np.linalg.norm(moved, axis=1), rtol=1e-12)
    assert jittered["jitter"].values.max() < 1.5
    assert "jitter" not in done


# --- noise -----


def test_noise_is_that_of_the_temperature_schedule_and_share(tmp_path):
    """Without descent (a tiny learning rate) weights spread by sigma^2 (1 + 1/2): two noisy steps
    of four, linear.

    sigma^2 = 2 T eta/(1 - momentum) = 0.02. Of 4352 normal numbers the variance is known to
    sqrt(2/4352) = 2 %; all steps noisy would give 2.5 sigma^2, a constant schedule 2. Correlations
    of 136 numbers: 1/sqrt(136) each.
    """
    eta, temperature = 1e-12, 1e9
    noisy = Training(
        32,
        4,
        set={"learning_rate": eta},
        noise="constant",
        temperature=temperature,
        schedule="linear",
        noise_share=0.5,
    )
    moved = make(tmp_path / "noisy", noisy)["params"].values - starts(noisy, 0, 32)
    expected = 2 * eta / (1 - 0.9) * temperature * (1 + 1 / 2)
    assert abs(moved.var() / expected - 1) < SIGMAS * np.sqrt(2 / moved.size)
    assert kstest(moved.ravel() / np.sqrt(expected), "norm").statistic < 2.5 / np.sqrt(moved.size)
    among = np.corrcoef(moved)[np.triu_indices(32, 1)]
    assert np.abs(among).max() < SIGMAS / np.sqrt(136)


def test_noise_depends_on_seed_and_number_alone():
    def keys(first, last, seed=1, models=6):
        noisy = Training(models, 60, seed=seed, noise="weight", temperature=1e-6)
        return np.asarray(begin_descent(noisy, first, last)[1].opt[1].keys)

    assert len({tuple(key) for key in np.concatenate([keys(0, 6), keys(0, 6, seed=2)])}) == 12
    np.testing.assert_array_equal(keys(2, 5), keys(0, 6, models=50)[2:5])


def test_a_seed_that_noise_cannot_have_is_refused(tmp_path):
    with pytest.raises(InputError, match="seed="):
        make(tmp_path / "run", Training(2, 2, seed=2**64, noise="weight", temperature=1e-6))


# --- what is recorded -----


def test_errors_are_those_before_the_step_and_at_the_end(done, tmp_path):
    """float32 sums of 341 squares: 1e-5 of the error. A step changes it by 6e-4 and more."""
    assert done["step"].values.tolist() == list(range(60))
    assert (done["params"].dtype, done["error"].dtype, done["final_error"].dtype) == (
        np.float32,
        np.float32,
        float,
    )
    np.testing.assert_allclose(done["error"][0], errors_of(starts(TINY, 0, 6)), rtol=1e-5)
    half = make(tmp_path / "half", replace(TINY, steps=30))
    np.testing.assert_allclose(done["error"][30], half["final_error"], rtol=1e-5)
    assert (
        np.abs(done["error"].values[[29, 31]] / half["final_error"].values - 1) > 1e-4
    ).all()  # control
    np.testing.assert_array_equal(done["error"][:30], half["error"])
    np.testing.assert_allclose(done["final_error"], errors_of(done["params"].values), rtol=1e-12)


def test_of_many_steps_every_second_is_recorded_and_the_last_piece_is_shorter(done, tmp_path):
    """205 steps are 102 pieces of two and one of one; programs of one and two steps round alike to
    1e-5.
    """
    long = make(tmp_path / "long", replace(TINY, steps=205))
    assert long["step"].values.tolist() == list(range(0, 205, 2))
    np.testing.assert_allclose(long["error"][:30], done["error"][::2], rtol=1e-5)
    fits = [(100, 1), (199, 1), (200, 2), (50_000, 500), (1, 1)]
    assert [Training(1, steps).record_every for steps, _ in fits] == [every for _, every in fits]


def test_networks_that_start_at_w_f_begin_with_the_error_of_their_jitter(jittered):
    begun = errors_of(starts(replace(TINY, start="jitter", radius=1.5), 0, 6))
    np.testing.assert_allclose(
        jittered["error"][0], begun, rtol=1e-4
    )  # float32 weights up to 50 in six layers
    order = jittered["jitter"].values.argsort()
    assert begun[order[0]] < begun[order[-1]]


def test_attributes_say_what_was_trained_and_by_what(done, folder):
    assert Training(**json.loads(done.attrs["training"])) == TINY == open_training(folder).training
    assert done.attrs["seconds"] > 0
    assert {"commit", "cpu", "versions"} <= set(done.attrs)
    assert "jax" in done.attrs["versions"]


def test_progress_counts_networks(tmp_path):
    news = []
    begin(tmp_path, "training", SHORT.facts(), chunk=3)
    make(tmp_path, SHORT, resume=True, progress=lambda *said: news.append(said))
    assert [said[:2] for said in news] == [(0, 6), (3, 6), (6, 6)]


# --- networks that diverge -----


@pytest.fixture
def exploding(monkeypatch):
    """exploding(numbers): networks of these numbers start from huge weights."""

    def explode(numbers):
        def huge(what, first, last):
            params = starts(what, first, last)
            params[[number - first for number in numbers if first <= number < last]] *= 1e15
            return params

        monkeypatch.setattr(training, "starts", huge)

    return explode


def test_a_network_that_diverges_is_flagged_and_harms_no_other(done, exploding, tmp_path):
    exploding([2])
    found = make(tmp_path / "one", TINY)
    assert found["diverged"].values.tolist() == [False, False, True, False, False, False]
    others = found["diverged"].values == False  # noqa: E712, the array's
    assert_same_bits(found.isel(network=others), done.isel(network=others))
    x, sound = np.linspace(-1, 1, 50), done["params"].values[others]
    table = np.array([outputs(params, x) for params in sound])
    told = outputs_of(TINY, found, x)
    assert told["number"] == 5
    # float32 weights in float64: 1e-12 is rounding
    np.testing.assert_allclose(told["mean"], table.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(
        told["sd"], np.sqrt(((table - table.mean(axis=0)) ** 2).sum(axis=0) / 4), rtol=1e-10
    )
    best = errors_of(sound).argmin()
    np.testing.assert_allclose(told["best"], table[best], rtol=1e-12)
    assert told["best_error"] == pytest.approx(errors_of(sound)[best], rel=1e-12)
    np.testing.assert_allclose(told["target"], outputs(gamst_walker(1), x), atol=1e-13)
    assert told["x"] is x


def test_where_all_diverge_there_is_nothing_to_average(done, exploding, tmp_path):
    exploding(range(6))
    found = make(tmp_path / "all", TINY)
    assert found["diverged"].values.all()
    with pytest.raises(
        InputError, match="all 6 networks diverged: nothing to average; lower the learning rate"
    ):
        outputs_of(TINY, found, np.zeros(1))
    alone = outputs_of(TINY, done.isel(network=[3]), np.linspace(-1, 1, 5))
    assert np.isnan(alone["sd"]).all()
    np.testing.assert_array_equal(alone["mean"], alone["best"])


def test_a_weight_that_is_not_finite_is_a_divergence_though_no_error_shows_it(done, tmp_path):
    """A neuron with a bias of -inf is silent: the error stays a number."""
    begin(tmp_path, "training", TINY.facts(), chunk=6)
    params = done["params"].values.copy()
    params[4, 5] = -np.inf
    error = done["error"].values.copy()
    error[10, 1] = np.inf  # and an error that came back
    write_arrays(
        piece_file(tmp_path, 0),
        {"leaf_0": params, "error": error},
        {"steps": 60, "networks": [0, 6]},
    )
    with np.errstate(invalid="ignore"):
        found = make(tmp_path, resume=True)
    assert np.flatnonzero(found["diverged"]).tolist() == [1, 4]


# --- folders -----

OTHERS = {
    "models": 7,
    "steps": 61,
    "seed": 2,
    "optimizer": "sgd_keras",
    "depth": 4,
    "width": 4,
    "target_seed": 2,
    "between": 3,
    "start": "jitter",
    "radius": 1.0,
    "schedule": "linear",
    "noise_share": 0.5,
}


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("name", OTHERS)
def test_another_setting_is_named_with_both_values(folder, name, resume):
    before = listing(folder)
    other = replace(
        TINY, **({"set": {}, name: OTHERS[name]} if name == "optimizer" else {name: OTHERS[name]})
    )
    expected = (
        f"holds a training with other settings .*{name} is {OTHERS[name]} here,"
        f" {getattr(TINY, name)} there"
    )
    with pytest.raises(InputError, match=expected):
        make(folder, other, resume=resume)
    assert listing(folder) == before


def test_all_settings_that_differ_are_named(folder):
    other = replace(TINY, set={"learning_rate": 0.1}, noise="weight", temperature=1.0)
    with pytest.raises(
        InputError,
        match=r"\(set is .*0\.1.* here, .*0\.001.* there, noise is weight here, none there, "
        r"temperature is 1\.0 here, 0\.0 there\)",
    ):
        make(folder, other, resume=True)


def test_a_finished_folder_is_read_again_only_if_asked(folder, done, monkeypatch):
    monkeypatch.setattr(training_folder, "_train_chunks", None)  # nothing is trained
    before = listing(folder)
    with pytest.raises(
        InputError,
        match="already holds this training; use resume=True to go on with it, or give another",
    ):
        make(folder)
    assert_same_bits(done, make(folder, resume=True))
    assert listing(folder) == before


def test_folders_that_are_none_are_refused_and_left_alone(tmp_path):
    file, full = tmp_path / "file", tmp_path / "full"
    file.write_text("text")
    full.mkdir()
    (full / "notes.txt").write_text("mine")
    before = listing(tmp_path)
    for resume in (False, True):
        with pytest.raises(InputError, match="file is a file; give a folder with out="):
            make(file, resume=resume)
        with pytest.raises(
            InputError, match="full holds other files; give a new or empty folder with out="
        ):
            make(full, resume=resume)
    for workers in (0, -1, 1.5):
        with pytest.raises(InputError, match=f"workers={workers}: expected a whole number"):
            make(tmp_path / "new", workers=workers)
    assert listing(tmp_path) == before


def test_two_processes_do_not_write_one_folder(tmp_path):
    begin(tmp_path, "training", SHORT.facts(), chunk=6)
    with folders.folder_lock(tmp_path):
        before = listing(tmp_path)
        with pytest.raises(BusyError, match="is being written by another process"):
            make(tmp_path, SHORT, resume=True)
        assert listing(tmp_path) == before


def test_what_is_no_finished_training_is_not_opened(tmp_path, states):
    with pytest.raises(
        InputError,
        match="holds no trained networks; give a folder of `spikesampler landscape train`",
    ):
        open_training(tmp_path)
    unfinished = next(copy for copy in states[1] if (copy / "manifest.json").exists())
    with pytest.raises(
        InputError,
        match="is not finished; go on with `spikesampler landscape train --resume --out ",
    ):
        open_training(unfinished)
    begin(tmp_path, "set of paths", {"models": 3, "images": 41}, chunk=1)
    with pytest.raises(InputError, match="holds something else than a training"):
        open_training(tmp_path)


def test_networks_are_trained_once(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    what, found, folder = train_or_load(tmp_path / "runs", models=6, steps=4, noise_share=0.0)
    assert (what, folder) == (SHORT, tmp_path / "runs" / SHORT.name)
    before = listing(tmp_path)
    monkeypatch.setattr(training_folder, "_train_chunks", None)
    assert_same_bits(found, train_or_load(tmp_path / "runs", models=6, steps=4, noise_share=0.0)[1])
    assert listing(tmp_path) == before


# --- damage -----


@pytest.fixture(scope="module")
def stopped(states):
    """A folder in which the first chunk is finished and the second half way."""

    def half(copy):
        pieces = [piece_file(copy, number) for number in range(2)]
        return all(path.exists() for path in pieces) and read_info(pieces[1])["steps"] == 2

    return next(filter(half, states[1]))


def cut(at):
    """The first bytes only: a number, a share, or all but a few."""
    return lambda data: data[: round(at * len(data)) if 0 < at < 1 else at]


def flip(at):
    """One bit, in the byte at a place."""
    return lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def swap(old, new):
    return lambda data: data.replace(old, new)


DAMAGED_PIECES = [
    (f"pieces/{number}.npz", how)
    for number in ("00000", "00001")
    for how in (cut(-1), cut(-64), flip(1000), cut(0), cut(0.5), flip(0), flip(40))
]
DAMAGES = [
    *[
        ("manifest.json", how)
        for how in (cut(0), cut(0.5), cut(-2), flip(0), swap(b"settings", b"sittings"))
    ],
    *[
        ("manifest.json", swap(old, new))
        for old, new in [(b"{", b"["), (b'"seed"', b'"sead"'), (b"momentum", b"\xff")]
    ],
    *[
        ("manifest.json", swap(b'"chunk": 3', new))
        for new in (b'"chunk": 7', b'"chunk": 0', b'"chunk": "3"', b'"chunc": 3')
    ],
]


@pytest.mark.parametrize(("name", "damage"), DAMAGES)
def test_a_damaged_file_of_an_unfinished_folder_is_named_in_one_line(
    stopped, tmp_path, name, damage
):
    here = shutil.copytree(stopped, tmp_path / "damaged")
    data = (here / name).read_bytes()
    (here / name).write_bytes(damage(data))
    assert (here / name).read_bytes() != data
    with pytest.raises(InputError) as error:
        make(here, SHORT, resume=True)
    assert str(here) in str(error.value)
    assert name in str(error.value)
    assert "is damaged" in str(error.value)
    assert "\n" not in str(error.value)
    assert not (here / "networks.nc").exists()


@pytest.mark.parametrize(("name", "damage"), DAMAGED_PIECES)
def test_a_damaged_piece_is_made_anew_to_the_same_bits(stopped, states, tmp_path, name, damage):
    here = shutil.copytree(stopped, tmp_path / "damaged")
    data = (here / name).read_bytes()
    (here / name).write_bytes(damage(data))
    assert_same_bits(states[0], make(here, SHORT, resume=True))


def test_without_damage_it_goes_on(stopped, states, tmp_path):
    """Negative control of the test above."""
    assert_same_bits(
        states[0], make(shutil.copytree(stopped, tmp_path / "damaged"), SHORT, resume=True)
    )


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # of h5netcdf, which did not open it
def test_a_damaged_result_is_named(folder, tmp_path):
    """Cut anywhere, or with one bit flipped in the numbers of any variable."""
    here = shutil.copytree(folder, tmp_path / "damaged")
    data = (here / "networks.nc").read_bytes()
    with h5py.File(here / "networks.nc") as file:
        chunks = [one.id.get_chunk_info(0) for one in file.values() if one.chunks]
    assert len(chunks) == 4  # params, error, final_error, diverged
    places = [
        chunk.byte_offset + round(share * (chunk.size - 1))
        for chunk in chunks
        for share in (0.3, 0.7, 1.0)
    ]
    for damage in (cut(0), cut(100), cut(0.5), cut(0.9), cut(-1), *map(flip, places)):
        (here / "networks.nc").write_bytes(damage(data))
        with pytest.raises(
            InputError, match=r"networks.nc is damaged \(.*\): begin again in another folder"
        ) as error:
            make(here, resume=True)
        assert str(error.value).startswith(str(here))
        assert "\n" not in str(error.value)


# --- settings -----


@pytest.mark.parametrize(
    ("given", "message"),
    [
        *[
            (
                {name: value},
                f"{name}={value!r}: expected a whole number, 1 or more; give such a {name}",
            )
            for name in ("models", "steps", "depth", "width")
            for value in (0, -1, 1.0, "1", None, True)
        ],
        *[
            (
                {name: value},
                f"{name}={value!r}: expected a whole number, 0 or more; give such a {name}",
            )
            for name in ("seed", "target_seed", "between")
            for value in (-1, 1.0, "1", None, False)
        ],
        *[
            ({"radius": value}, f"radius={value!r}: expected a positive number")
            for value in (0, -1.0, np.nan, np.inf, "2")
        ],
        *[
            ({name: value}, f"{name}={value!r}: expected a number of 0 or more")
            for name in ("temperature", "noise_share")
            for value in (-1.0, np.nan, np.inf, "1")
        ],
        *[
            ({"teacher": value}, "teacher: expected the weights of a network, a list of finite")
            for value in (1.0, ["a"], [np.nan], [True], None)
        ],
        (
            {"optimizer": "adam"},
            (
                "optimizer=adam: expected one of momentum, momentum_keras, sgd_keras,"
                " adadelta_keras_2017"
            ),
        ),
        (
            {"set": {"rho": 0.9}},
            "unknown setting 'rho' of momentum; it has learning_rate, momentum",
        ),
        ({"set": {"learning_rate": 0}}, "learning_rate=0: expected a positive number"),
        ({"set": {"learning_rate": np.nan}}, "learning_rate=nan: expected a positive number"),
        ({"set": {"momentum": 1}}, "momentum=1: expected a number from 0 to below 1"),
        ({"start": "zero"}, "start=zero: expected one of glorot, jitter"),
        (
            {"noise": "white", "temperature": 1},
            "noise=white: expected one of none, constant, weight",
        ),
        ({"schedule": "cosine"}, "schedule=cosine: expected one of constant, linear, exponential"),
        (
            {"noise": "weight"},
            (
                "noise=weight with temperature=0: expected both or neither; give an arm and its"
                " temperature"
            ),
        ),
        ({"temperature": 1e-6}, "noise=none with temperature=1e-06: expected both or neither"),
        ({"noise_share": 1.01}, "noise_share=1.01: expected a share of the steps, 0 to 1"),
        ({"start": "jitter", "depth": 4}, "start=jitter with depth=4, width=5: W_f has 5 and 5"),
        ({"start": "jitter", "width": 10}, "start=jitter with depth=5, width=10: W_f has 5 and 5"),
    ],
)
def test_bad_settings_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        Training(**({"models": 6, "steps": 60} | given))


def test_settings_are_complete_frozen_and_come_back_from_json():
    what = Training(np.int64(6), 60, set={"momentum": 0}, noise="weight", temperature=1, radius=1)
    assert what.set == {"learning_rate": 1e-3, "momentum": 0.0}
    assert Training(**json.loads(json.dumps(what.facts()))) == what
    with pytest.raises(FrozenInstanceError):
        what.models = 7
    assert TINY.set == {"learning_rate": 1e-3, "momentum": 0.9}  # no default that others changed


def test_defaults_are_those_of_the_model_file():
    model, what = load_model("gamst_walker_2017"), Training(6, 60)
    for name in ("depth", "width", "target_seed", "radius"):
        assert getattr(what, name) == model[name]
    assert (Bands().models, Bands().images) == (model["paths"], model["images"])
    assert (what.shape, gamst_walker(1).size) == (paper_shape(), num_parameters())


def test_names_differ_in_what_the_studies_vary():
    noisy = {"noise": "weight", "temperature": 1e-6}
    changes = [
        {},
        {"models": 7},
        {"steps": 61},
        {"seed": 2},
        {"optimizer": "sgd_keras"},
        {"depth": 10},
        {"width": 10},
        {"depth": 10, "width": 10},
        {"start": "jitter"},
        noisy,
        noisy | {"noise": "constant"},
        noisy | {"temperature": 1e-5},
        noisy | {"schedule": "linear"},
        noisy | {"seed": 2},
    ]
    names = [Training(**({"models": 6, "steps": 60} | change)).name for change in changes]
    assert all(one != other for one, other in combinations(names, 2))
    assert all(re.fullmatch(r"[\w.-]+", name) for name in names)  # a folder's name anywhere
