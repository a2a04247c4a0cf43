"""Stimuli that change within a sample: the rates of inputs are those of the current frame."""

import numpy as np
import pytest
from engine import CHANCE, I, K, by_sample, show
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from spikesampler import run
from spikesampler.errors import InputError
from spikesampler.experiments import objective_of
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.settings import resolve
from spikesampler.spiking.shown import frame_arrays
from spikesampler.stimuli import input_rates, load_source, load_table, mean_rates, tuning_rates

FRAMES = 5  #: of the network "framed", 8 steps each
SURE = {"r_min": 0.0, "r_max": 1000.0, "rho": 0.0}  # a white pixel spikes in every step
PARAMETERS = {"K": 10}
NETWORKS = ["framed"]
NETWORKS += [pytest.param(n, marks=pytest.mark.slow) for n in ("framed_gap", "reference_framed")]
Y = np.arange(60) % 3
X = np.random.default_rng(0).normal(size=(60, FRAMES, 4)) + Y[:, np.newaxis, np.newaxis]


def load(*data, **options):
    return load_source(data, seed=1, parameters=PARAMETERS, **options)


# data


def test_frames_of_a_file_are_those_of_the_arrays(tmp_path):
    np.savez(tmp_path / "film.npz", features=X, label=Y)
    file, arrays = load_table(tmp_path / "film.npz", seed=1, num_outputs=10), load(X, Y)
    for split in ("learning", "probe", "test"):
        a, b = (source.draw(split, 30, 2) for source in (file, arrays))
        assert a.num_frames == FRAMES
        assert np.array_equal(a.points(), b.points())
    assert arrays.description()["num_frames"] == FRAMES


def test_all_frames_are_scaled_alike_by_the_learning_rows():
    source = load(X, Y)
    samples = source.draw("learning", source.description()["rows"]["learning"], 1)
    points = samples.points()
    assert np.array_equal(points.min(axis=(0, 1)), np.zeros(4))
    assert np.array_equal(points.max(axis=(0, 1)), np.ones(4))
    own = X[samples.rows]
    low, high = own.min(axis=(0, 1)), own.max(axis=(0, 1))
    np.testing.assert_allclose(points, (own - low) / (high - low), rtol=1e-14)


def test_one_frame_is_a_stimulus_that_does_not_change():
    one, plain = load(X[:, :1], Y), load(X[:, 0], Y)
    assert one.draw("learning", 9, 1).num_frames == 1
    assert np.array_equal(*(s.draw("learning", 9, 1).points() for s in (one, plain)))
    assert one.description() == plain.description()


def test_rates_of_frames_are_those_of_each():
    values = {"r_min": 2.0, "r_max": 80.0, "tuning_width": 0.3, "I": I, "sample_length": 0.2}
    centres = np.random.default_rng(1).random((7, 4))
    rates = input_rates(load(X, Y), X, centres, values)
    for frame in range(FRAMES):
        expected = tuning_rates(X[:, frame], centres, 2.0, 80.0, 0.3)
        assert np.array_equal(rates[:, frame], expected)
    np.testing.assert_array_equal(mean_rates(load(X, Y), X, centres, values), rates.mean(axis=1))


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(float, (3, 6, 2), elements=st.sampled_from([0.0, 1.0])))
def test_frames_that_are_alike_are_one(frames):
    arrays = frame_arrays({"coding": "rates", "frames": 6}, frames)
    lasts, shown = arrays["lasts"].reshape(3, 6), arrays["stimulus"].reshape(frames.shape)
    for own, expected in zip(lasts, frames, strict=True):
        first = np.flatnonzero(own)
        assert own.sum() == 6
        for place, number in zip(first, own[first].astype(int), strict=True):
            assert (expected[place : place + number] == expected[place]).all()
            end = place + number
            assert end == 6 or (expected[end] != expected[place]).any()  # as long as can be
    assert np.array_equal(shown, frames)


def test_frames_that_do_not_divide_the_sample_are_refused():
    film = np.random.default_rng(0).random((60, 7, 4))
    with pytest.raises(
        InputError,
        match=r"arrays: 7 frames in a sample of 200 steps \(sample_length 200 ms, dt 1 ms\): e",
    ):
        prepare(resolve("fang_2018", data=(film, Y), samples=5))
    long = {"sample_length": "210*ms", "grid": "210*ms"}
    prepared = prepare(resolve("fang_2018", data=(film, Y), samples=5, set=long))
    assert prepared.structure["frames"] == 7
    film[3, 2, 1] = np.nan
    with pytest.raises(InputError, match=r"X has nan in row 3, frame 2, column '1'"):
        load(film, Y)


# the engines


@pytest.mark.parametrize("name", NETWORKS)
def test_inputs_spike_at_the_rates_of_the_current_frame(network, name):
    """White pixels spike in every step of their frame, black ones in none, to the step."""
    net, rng = network(name), np.random.default_rng(3)
    frames = (rng.random((20, FRAMES, I)) < 0.4).astype(float)
    frames[4:8] = frames[4:8, :1]  # which do not change
    frames[9, 2:4] = frames[9, 1]
    chunk = show(net, np.full((K, I), 0.3), frames, **SURE)
    shown = by_sample(net, chunk, "inputs", I)
    assert np.array_equal(
        shown[:, : net.steps], np.repeat(frames == 1, net.steps // FRAMES, axis=1)
    )
    assert not shown[:, net.steps :].any()


def test_frames_that_are_alike_have_the_bits_of_one(network):
    """State, spikes of all populations and counts, learning and frozen."""
    rng = np.random.default_rng(4)
    points, labels = rng.random((30, I)) ** 3, rng.integers(K, size=30)
    theta = rng.normal(0.5, 1.0, (K, I))
    film = np.repeat(points[:, np.newaxis], FRAMES, axis=1)
    setting = {"rho": 400.0, "b": 2e-3, "r_max": 95.0, "seed": 5}
    for plastic in (True, False):
        one, many = (
            show(network(name), theta, shown, labels, plastic=plastic, **setting)
            for name, shown in (("plain", points), ("framed", film))
        )
        assert np.array_equal(one.state.theta, many.state.theta)
        assert np.array_equal(one.counts, many.counts)
        for population, spikes in one.spikes.items():
            assert np.array_equal(spikes.times, many.spikes[population].times)
            assert np.array_equal(spikes.neurons, many.spikes[population].neurons)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_number_of_spikes_in_a_frame_has_its_law(network, name):
    """Binomial in every frame, whether it is like the one before or not; half the rate is seen."""
    net, rng = network(name), np.random.default_rng(6)
    rates = np.repeat(rng.random((1, FRAMES, 1)), I, axis=2)
    rates[:, 3] = rates[:, 2]
    frames = np.repeat(rates, 20, axis=0)
    setting = {"r_min": 5.0, "r_max": 200.0, "rho": 0.0}
    chunk = show(net, np.full((K, I), 0.3), frames, **setting)
    steps = net.steps // FRAMES
    shown = by_sample(net, chunk, "inputs", I)
    counts = shown[:, : net.steps].reshape(20, FRAMES, steps, I).sum(axis=(0, 2, 3))
    assert shown.sum() == counts.sum()  # none in gaps
    chance = (5.0 + 200.0 * rates[0, :, 0]) * 1e-3
    trials = 20 * steps * I
    for count, p in zip(counts, chance, strict=True):
        assert stats.binomtest(int(count), trials, p).pvalue > CHANCE
        assert stats.binomtest(int(count), trials, p / 2).pvalue < CHANCE


def test_another_number_of_frames_is_refused(network):
    with pytest.raises(
        InputError, match=r"stimuli of shape \(2, 4, 200\): expected \(samples, 5 fr"
    ):
        show(network("framed"), np.zeros((K, I)), np.zeros((2, 4, I)))


# runs


SETTINGS = {
    "set": {"I": I, "K": K, "sample_length": 40, "grid": 20},
    "noise": "none",
    "samples": 30,
    "probe_every": 10,
    "probe_samples": 5,
    "test_samples": 6,
    "record": "all",
}


def test_a_run_of_frames_and_what_follows_it(cache, tmp_path):
    """A film of pixels in which a bar moves; runs of frames that are alike are those of one."""
    labels = np.arange(40) % 4
    film = np.zeros((40, FRAMES, I), dtype=np.uint8)
    for sample, label in enumerate(labels):
        for frame in range(FRAMES):
            film[sample, frame, 40 * frame + 10 * label : 40 * frame + 10 * label + 10] = 255
    result = run(data=(film, labels), out=tmp_path / "film", **SETTINGS)
    assert result.learning["test_points"].dims == ("test_sample", "frame", "feature")
    shown = result.stimuli(data=(film, labels))["points"].values
    times, neurons = result.spikes("inputs")
    steps = np.rint(times / 1e-3).astype(int)
    white = np.repeat(shown, 8, axis=1).reshape(-1, I)[steps, neurons]
    share = shown.mean() * 82 / (2 + shown.mean() * 80)  # r_min is 2 Hz, r_max 80 Hz
    assert white.mean() == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / len(times)))
    rates = result.learning["input_class_rate"].values
    assert rates[0, 0] == pytest.approx(2 + 80 / FRAMES, rel=1e-12)
    x = objective_of(result, patterns=20, data=(film, labels)).patterns
    assert x.shape == (20, I)
    alike = np.repeat(film[:, :1], FRAMES, axis=1)
    still = [
        run(data=(part, labels), out=tmp_path / name, **SETTINGS)
        for name, part in (("one", film[:, 0]), ("many", alike))
    ]
    for name in ("theta", "spike_counts", "test_counts", "input_class_rate"):
        np.testing.assert_array_equal(*(each.learning[name] for each in still))
    assert not np.array_equal(still[0].theta, result.theta)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_tuning_curves_see_the_current_frame(engine, cache, tmp_path):
    """Stimuli at one of two corners, frame by frame; inputs nearer to the shown one spike more. A
    film that stands still is the stimulus, bit for bit in the fast engine.
    """
    rng = np.random.default_rng(7)
    corners = rng.integers(2, size=(40, FRAMES, 1)).repeat(2, axis=2)
    settings = SETTINGS | {"engine": engine, "samples": 25}
    result = run(data=(corners, np.arange(40) % 2), out=tmp_path / "film", **settings)
    shown = result.stimuli(data=(corners, np.arange(40) % 2))["points"].values[:, :, 0]
    times, neurons = result.spikes("inputs")
    frame = np.rint(times / 1e-3).astype(int) // 8
    nearer = result.centres.values.sum(axis=1) > 1  # to the corner (1, 1)
    agrees = nearer[neurons] == (shown.ravel()[frame] == 1)
    assert agrees.mean() > 0.8
    assert abs((nearer[neurons] == (np.roll(shown, 1, axis=1).ravel()[frame] == 1)).mean()) < 0.7
    if engine == "fast":
        still = [corners[:, 0], np.repeat(corners[:, :1], FRAMES, axis=1)]
        parts = [
            run(data=(part, np.arange(40) % 2), out=tmp_path / str(part.ndim), **settings)
            for part in still
        ]
        np.testing.assert_array_equal(*(part.theta for part in parts))
