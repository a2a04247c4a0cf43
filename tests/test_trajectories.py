"""Trajectories of synapses: what is recorded is the state that the run had, and changes nothing."""

import shutil
import signal

import h5py
import numpy as np
import pytest
import xarray as xr
from engine import I, K, show
from runs import REWARD, SETTINGS, SIZES, command, listing, options

from spikesampler import Result, run
from spikesampler.errors import DamagedError, InputError, Interrupted
from spikesampler.experiments import StopLearning
from spikesampler.spiking.trajectories import grid_steps
from spikesampler.store import trajectories as store
from spikesampler.store.checkpoint import load_part
from spikesampler.store.trajectories import (
    About,
    merge_trajectories,
    read_trajectories,
    save_trajectories,
    trajectories_between,
    trajectories_so_far,
)

SAMPLE = 0.2  # s
FEW = SETTINGS | {"record": "none", "samples": 45}


def quiet(done, total, text):
    pass


# --- the engines -----


@pytest.mark.parametrize("name", ["plain", "posterior", "reference"])
def test_what_is_recorded_is_the_state_that_shorter_chunks_end_with(network, name):
    """Samples of two grid steps: at the begin of sample n, theta after n of them, to the last bit;
    the noise is on, so every synapse is another.
    """
    net, rng = network(name), np.random.default_rng(0)
    theta, points = rng.normal(0.5, 0.3, (K, I)), rng.uniform(0, 1, (4, I))
    chosen = np.array([(k, i) for k in (0, K - 1) for i in (0, 3, I - 1)] + [(1, 2)])
    how = {"labels": 1, "temperature": 1.0, "b": 1e-3}
    whole = show(net, theta, points, chosen=chosen, **how)
    (paths,) = whole.trajectories.values()
    assert list(whole.trajectories) == ["theta"]
    assert paths.shape == (8, len(chosen))
    np.testing.assert_array_equal(paths[0], theta[tuple(chosen.T)])
    for number in (1, 2, 3):
        part = show(net, theta, points[:number], **how)
        assert part.trajectories is None
        np.testing.assert_array_equal(paths[2 * number], part.state.theta[tuple(chosen.T)])
    assert (np.diff(paths, axis=0) != 0).all(axis=1).any()
    unseen = show(net, theta, points, **how)
    np.testing.assert_array_equal(unseen.state.theta, whole.state.theta)
    np.testing.assert_array_equal(unseen.counts, whole.counts)


def test_synapses_that_are_not_there_are_refused(network):
    net, theta = network("plain"), np.zeros((K, I))
    for pair in ((K, 0), (0, I), (-1, 0)):
        with pytest.raises(InputError, match=f"outputs from 0 to {K - 1} and inputs from 0 to"):
            show(net, theta, np.zeros((1, I)), chosen=np.array([pair]))


@pytest.mark.parametrize(
    ("period", "grid", "first", "samples", "expected"),
    [
        (40, 20, 0, 2, [0, 20, 40, 60]),
        (40, 40, 3, 2, [120, 160]),
        (50, 20, 1, 2, [60, 80, 100, 120, 140]),  # a gap: borders of samples lie between
        (40, 400, 3, 7, []),
    ],
)
def test_grid_steps_are_counted_from_the_start_of_learning(period, grid, first, samples, expected):
    lengths = {"sample_length": 0.04, "gap": (period - 40) / 1000, "grid": grid / 1000}
    structure = lengths | {"dt": 0.001, "frames": 1}
    steps = grid_steps(structure, first * period, samples * period)
    np.testing.assert_array_equal(steps, expected)


# --- runs -----


@pytest.fixture(scope="module")
def recorded(cache, tmp_path_factory):
    """A run with thirty synapses recorded."""
    folder = tmp_path_factory.mktemp("recorded") / "run"
    return run(**FEW, record_synapses=30, out=folder, progress=quiet)


def test_recording_does_not_change_the_run(recorded, tmp_path):
    plain = run(**FEW, out=tmp_path / "run", progress=quiet)
    names = ("learning.nc", "checkpoint/state_000003.npz")
    for name in names:
        assert (recorded.path / name).read_bytes() == (plain.path / name).read_bytes()
    with pytest.raises(InputError, match=r"holds no trajectories: run again with record_synapses="):
        plain.trajectories  # noqa: B018


def test_trajectories_go_through_the_probes(recorded):
    """At each probe, to the bit; the weight is that of the model's text, written out here."""
    data, learning = recorded.trajectories, recorded.learning
    assert dict(data.sizes) == {"time": 45, "synapse": 30}
    np.testing.assert_allclose(data["time"], SAMPLE * np.arange(45), rtol=1e-15)
    place = data["output"].values, data["input"].values
    for number, seen in enumerate(learning["probe_samples_seen"].values[:-1]):
        expected = learning["theta"].values[number][place]
        np.testing.assert_array_equal(data["theta"].values[seen], expected)
    weight = np.exp(data["theta"] - recorded.values["theta_0"])
    np.testing.assert_allclose(data["weight"], weight, rtol=1e-14)
    assert (data["theta"].std("time") > 0).all()
    assert data["time"].attrs["units"] == "s"


def test_chosen_synapses_are_those_of_the_seed_in_every_arm(recorded, tmp_path):
    other = run(
        **FEW | {"samples": 2, "noise": "weight:noise_scale=0"},
        record_synapses="30",
        out=tmp_path / "r",
        progress=quiet,
    )
    for name in ("output", "input"):
        np.testing.assert_array_equal(other.trajectories[name], recorded.trajectories[name])


def test_synapses_by_name_and_at_every_grid_step(tmp_path):
    """A grid of 50 ms in samples of 200; from the command line."""
    sizes = SIZES | {"grid": "50*ms"}
    words = options(samples=3, record="none", set=sizes, test_samples=3, probe_samples=3)
    done = command(
        "run", "fang_2018", *words, "--record-synapses", "4:7,0:3", "--out", tmp_path / "r"
    )
    assert done.status == 0, done.err
    assert any("trajectories of 2 synapses at 12 grid steps: some " in line for line in done.err)
    data = Result(tmp_path / "r").trajectories
    assert list(zip(data["output"].values, data["input"].values)) == [(0, 3), (4, 7)]
    np.testing.assert_allclose(data["time"], 0.05 * np.arange(12), rtol=1e-14)
    assert np.unique(data["theta"].values[:, 0]).size == 12


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("1001", "the network has 1,000 synapses; give at most so many"),
        ("5:0", "there is no output 5; expected 0 to 4"),
        ("0:5,", "expected how many, such as 100, pairs OUTPUT:INPUT"),
        ("0", "expected how many"),
    ],
)
def test_what_cannot_be_recorded_is_refused_before_anything_is_written(tmp_path, given, words):
    out = tmp_path / "r"
    done = command(
        "run", "fang_2018", *options(samples=5), "--record-synapses", given, "--out", out
    )
    assert (done.status, len(done.err)) == (2, 1)
    assert words in done.err[0]
    assert not out.exists()


def test_more_than_the_disk_or_memory_holds_is_refused(tmp_path, monkeypatch):
    """1000 synapses, 16 bytes, 200 steps in each of so many samples: 3.2 GB in a chunk of 1000,
    which is what this machine is said to have not.
    """
    many = {"record": "none", "set": SIZES | {"grid": "1*ms"}, "record_synapses": "all"}
    with pytest.raises(InputError, match=r"write at least 32,\d+\.\d GB, .* record_synapses="):
        run(**SETTINGS | many | {"samples": 10**7}, out=tmp_path / "r")
    monkeypatch.setattr("spikesampler.experiments.extent.available_memory", lambda: 3 * 10**9)
    long = {"samples": 2000, "probe_every": 2000}
    with pytest.raises(InputError, match=r"record_synapses=all: .* takes at least 3\.2 GB of mem"):
        run(**SETTINGS | many | long, out=tmp_path / "r")
    assert not (tmp_path / "r").exists()


def test_a_run_that_goes_on_or_was_stopped_has_the_trajectories_of_one_of_that_length(
    recorded, tmp_path
):
    """After 23 samples, of which three are in a chunk that ends there; after a signal; and ended
    early.
    """
    expected = (recorded.path / "trajectories.nc").read_bytes()
    settings = FEW | {"record_synapses": 30}
    run(**settings | {"samples": 23}, out=tmp_path / "longer", progress=quiet)
    longer = run(**settings, out=tmp_path / "longer", progress=quiet, resume=True)
    assert (longer.path / "trajectories.nc").read_bytes() == expected

    def stop(done, total, text):
        if done == 20:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted):
        run(**settings, out=tmp_path / "resumed", progress=stop)
    resumed = run(**settings, out=tmp_path / "resumed", progress=quiet, resume=True)
    assert (resumed.path / "trajectories.nc").read_bytes() == expected

    def end(probe):
        if probe.samples == 20:
            raise StopLearning

    ended = run(**settings, out=tmp_path / "ended", on_probe=end, progress=quiet)
    np.testing.assert_array_equal(ended.trajectories["theta"], recorded.trajectories["theta"][:20])
    assert not [name for name in listing(tmp_path) if "/trajectories_0" in name]


@pytest.mark.parametrize("engine", ["fast", pytest.param("reference", marks=pytest.mark.slow)])
def test_further_state_and_variables_are_recorded_and_gone_on_with(cache, tmp_path, engine):
    """The reward rule, with gaps that the grid does not fit: eligibility and gradient are those of
    the state that is kept between two chunks, and of one run; the reward and its mean follow from
    the answers.
    """
    settings = REWARD | {"record": "none", "record_synapses": "all", "engine": engine}
    settings |= {"record_variables": ["r", "mean", "rate", "correct"]}
    whole = run(**settings, samples=10, out=tmp_path / "whole", progress=quiet)
    data = whole.trajectories
    assert list(data.data_vars) == ["theta", "weight", "e", "g", "correct", "mean", "r", "rate"]
    np.testing.assert_allclose(data["time"], 0.1 * np.arange(25), rtol=1e-14)
    state = load_part(whole.path / "checkpoint", "state", 1)
    at_border = data.sel(time=8 * whole.period, method="nearest", tolerance=1e-9)
    for name in ("e", "g"):
        np.testing.assert_array_equal(at_border[name], state[f"synapses.{name}"].ravel())
        assert at_border[name].std() > 0
    for name in ("mean", "correct", "rate"):
        kept = state[f"outputs.{name}"]
        np.testing.assert_array_equal(at_border[name], kept if name == "rate" else kept[0])
    expected = rewards(whole)
    for name in ("mean", "r"):
        np.testing.assert_allclose(data[name], expected[name], rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(data["correct"], expected["correct"])
    assert data["rate"].dims == ("time", "neuron")
    assert data["rate"].attrs["units"] == "Hz"
    np.testing.assert_allclose(data["rate"][1:].sum("neuron"), whole.values["rho"], rtol=1e-12)
    run(**settings, samples=7, out=tmp_path / "run", progress=quiet)
    longer = run(**settings, samples=10, out=tmp_path / "run", progress=quiet, resume=True)
    for name in ("learning.nc", "trajectories.nc"):
        assert (longer.path / name).read_bytes() == (whole.path / name).read_bytes()
    alone = settings | {"record_synapses": None, "record_variables": "mean,r"}
    few = run(**alone, samples=10, out=tmp_path / "alone", progress=quiet).trajectories
    xr.testing.assert_identical(few, data[["mean", "r"]])


def rewards(result):
    """What the reward rule's signals are at every grid step of 100 ms, by steps of 1 ms: an answer
    is known after the 200 ms of its sample, and a gap of 50 ms follows.
    """
    learning, decay = result.learning, np.exp(-0.001 / result.values["tau_mean"])
    mean, courses = 1 / result.values["K"], {"mean": [], "correct": [], "r": []}
    correct = mean
    answers = zip(learning["label"].values, learning["spike_counts"].values)
    for number, (label, counts) in enumerate(answers):
        best = np.flatnonzero(counts == counts.max())
        for step in range(250):
            if (250 * number + step) % 100 == 0:
                for name, value in (("mean", mean), ("correct", correct), ("r", correct - mean)):
                    courses[name].append(value)
            mean = correct + (mean - correct) * decay
            if step == 199:
                correct = float(label in best) / len(best)
    return courses


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            "mean,u",
            "u is a sum over synapses, which is not kept .*; expected some of mean, r, resp",
        ),
        ("e", "e is of the synapses, which record_synapses=… records"),
        ("y", "y is of the inputs"),
        ("meen", "the outputs and signals have no meen"),
        ("mean,mean", "mean is given twice"),
        ("mean,", "expected names of variables"),
    ],
)
def test_variables_that_are_not_there_are_refused(given, words, tmp_path):
    with pytest.raises(InputError, match=words):
        run(**REWARD, record_variables=given, out=tmp_path / "r", progress=quiet)
    with pytest.raises(InputError, match="outputs and signals of this model have no variables"):
        run(**FEW, record_variables="all", out=tmp_path / "r", progress=quiet)
    with pytest.raises(InputError, match="no text of this model asks for rate; leave it out"):
        run(**FEW, record_variables="rate", out=tmp_path / "r", progress=quiet)
    assert not (tmp_path / "r").exists()


def test_a_damaged_file_is_not_read(recorded, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(recorded.path, folder)
    path = folder / "trajectories.nc"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedError, match=r"trajectories\.nc is damaged"):
        Result(folder)
    with pytest.raises(DamagedError, match=r"trajectories\.nc cannot be read"):
        Result(folder, verify=False).trajectories  # noqa: B018
    path.unlink()
    with pytest.raises(DamagedError, match=r"trajectories\.nc is missing"):
        Result(folder)
    with pytest.raises(DamagedError, match=r"trajectories\.nc cannot be read"):
        Result(folder, verify=False).trajectories  # noqa: B018


# --- the file -----


@pytest.mark.parametrize("large", [store.LARGE, 100])
def test_parts_are_joined_and_laid_out_again(tmp_path, monkeypatch, large):
    """Parts of other lengths, one of them empty; read at once, and as they are asked for."""
    monkeypatch.setattr(store, "LARGE", large)
    rng, parts = np.random.default_rng(0), []
    synapses = np.array([[0, 3], [0, 4], [2, 1]])
    names = ("theta", "weight", "e", "v", "r")
    about = {"theta": About("synapse", "1", "parameter"), "weight": About("synapse", "1", "w")}
    about |= {"v": About("neuron", "Hz", "of outputs"), "r": About("", "1", "of all")}
    for number, length in enumerate((3, 0, 40_000, 1)):
        parts.append({"time": 10_000 * number + 0.2 * np.arange(length)})
        parts[-1] |= {name: rng.normal(size=(length, 3)) for name in names[:3]}
        parts[-1] |= {"v": rng.normal(size=(length, 5)), "r": rng.normal(size=length)}
        save_trajectories(tmp_path / "parts", number, parts[-1])
    path = tmp_path / "trajectories.nc"
    for _ in range(2):  # the same bytes, over the file of before
        merge_trajectories(tmp_path / "parts", path, 4, synapses, about)
        content = path.read_bytes()
    assert path.read_bytes() == content
    data = read_trajectories(path)
    for name in ("time", *names):
        joined = np.concatenate([part[name] for part in parts])
        np.testing.assert_array_equal(data[name], joined)
    np.testing.assert_array_equal(data["output"], synapses[:, 0])
    np.testing.assert_array_equal(data["input"], synapses[:, 1])
    assert data["theta"].attrs == {"units": "1", "long_name": "parameter"}
    dims = dict.fromkeys(names[:3], ("time", "synapse")) | {"v": ("time", "neuron"), "r": ("time",)}
    assert {name: data[name].dims for name in names} == dims
    assert [data[name].attrs["units"] for name in ("e", "v")] == ["1", "Hz"]
    so_far = trajectories_so_far(tmp_path / "parts", 4, synapses, about)
    for name in ("time", *names, "output", "input"):
        np.testing.assert_array_equal(so_far[name], data[name])
        assert so_far[name].dims == data[name].dims
    np.testing.assert_array_equal(data.sel(time=slice(20_000, 20_000.3))["e"], parts[2]["e"][:2])
    data.close()
    borders = [10_000 * number - 0.1 for number in range(5)]
    again = list(trajectories_between(path, borders))
    for part, other in zip(parts, again, strict=True):
        assert part.keys() == other.keys()
        for name, values in part.items():
            np.testing.assert_array_equal(other[name], values)
    with h5py.File(path) as file:
        assert file["time"].is_scale
