"""Gaps between samples, in a whole run: what is silent in them, and what goes by periods."""

import numpy as np
import pytest
from engine import I, K, show
from runs import SETTINGS

from spikesampler import run
from spikesampler.experiments.chunks import in_windows
from spikesampler.export.tables import trials
from spikesampler.spiking.results import Spikes
from spikesampler.stats.windows import sample_borders
from spikesampler.stimuli import Trains
from spikesampler.view.viewed_run import open_run

SAMPLE, GAP = 0.2, 0.05
PERIOD = SAMPLE + GAP
#: the grid of 150 ms does not divide the period, whose borders are those of chunks
SETTING = SETTINGS | {
    "samples": 30,
    "set": SETTINGS["set"] | {"gap": "50*ms", "grid": "150*ms"},
}


def quiet(done, total, text):
    """No progress is shown."""


@pytest.fixture(scope="module")
def whole(cache, tmp_path_factory):
    """A run of 30 samples in 3 chunks, every spike recorded."""
    return run(**SETTING, out=tmp_path_factory.mktemp("gap") / "whole", progress=quiet)


def in_gap(times):
    """Which times lie in a gap; they are whole ms."""
    return np.rint(times * 1000).astype(int) % 250 >= 200


def test_inputs_and_teacher_are_silent_in_gaps_and_outputs_are_not(whole):
    for population in ("inputs", "teacher"):
        times, _ = whole.spikes(population)
        assert len(times) > 1000
        assert not in_gap(times).any()
    times, neurons = whole.spikes("outputs")
    shown = ~in_gap(times)
    # 200 Hz in each: a fifth of all are in gaps
    assert abs(shown.mean() - 0.8) < 5 * np.sqrt(0.8 * 0.2 / len(times))
    counts = np.zeros((30, 5), int)
    sample = np.rint(times * 1000).astype(int) // 250
    np.add.at(counts, (sample[shown], neurons[shown]), 1)
    np.testing.assert_array_equal(whole.learning["spike_counts"], counts)


def test_times_go_by_periods(whole):
    np.testing.assert_allclose(whole.learning["time"], np.arange(30) * PERIOD, rtol=1e-12)
    np.testing.assert_allclose(whole.learning["probe_time"], np.arange(4) * 10 * PERIOD, rtol=1e-12)
    assert whole.manifest["recorded_windows"] == [[0.0, 30 * PERIOD]]
    shown = 30 + 4 * 20 + 50
    assert whole.manifest["results"]["simulated_seconds"] == pytest.approx(shown * PERIOD)
    table = trials(whole)
    ends = np.asarray(table.values("stop_time")) - np.asarray(table.values("start_time"))
    np.testing.assert_allclose(ends, SAMPLE, rtol=1e-9)
    viewed = open_run(whole.path)
    assert (viewed.period, viewed.sample_length) == pytest.approx((PERIOD, SAMPLE))
    assert viewed.duration == pytest.approx(30 * PERIOD)
    samples, spans = sample_borders(whole.learning["time"].values, SAMPLE, 1.0, 1.5)
    assert samples.tolist() == [4, 5]
    np.testing.assert_allclose(spans, [[1.0, 1.2], [1.25, 1.45]])


def test_a_run_with_gaps_goes_on_to_the_bits_of_a_longer_one(whole, tmp_path):
    """The grid's phase at the border of a chunk, and the sums there, are those of the one run."""
    run(**SETTING | {"samples": 20}, out=tmp_path / "run", progress=quiet)
    longer = run(**SETTING, out=tmp_path / "run", resume=True, progress=quiet)
    for name in ("theta", "spike_counts"):
        np.testing.assert_array_equal(longer.learning[name], whole.learning[name])
    for population in whole.populations:
        for array, other in zip(longer.spikes(population), whole.spikes(population)):
            np.testing.assert_array_equal(array, other)


def test_windows_are_of_whole_periods():
    """Of one event at every step: those of the periods of samples 11 to 12, gaps included."""
    structure = {"dt": 1e-3, "sample_length": SAMPLE, "gap": GAP, "grid": 0.15, "frames": 1}
    steps = np.arange(5 * 250)
    times, neurons = in_windows(Spikes(steps * 1e-3, steps), [(11, 13)], 10, structure)
    assert neurons.tolist() == list(range(250, 750))
    np.testing.assert_allclose(times, np.arange(2750, 3250), rtol=1e-12)


def test_sums_are_made_once_where_a_chunk_and_the_grid_begin_together(network):
    """Of two kinds of outputs, whose u differ by log 3, one has 3/(3 + 4) of the spikes; it would
    have 9/(9 + 4) in the first 20 ms if sums were added to those of the grid's step.
    """
    net = network("replayed")  # a grid of 20 ms does not divide the period of 50 ms
    p = net.values
    sums = I * p["alpha"] * np.exp(1.0) + np.array([0.0, *[np.log(3)] * (K - 1)])
    theta = p["theta_0"] + np.log(np.log(sums / (I * p["alpha"])))
    nothing = Trains(np.zeros(2, int), np.zeros(0, "i4"), np.zeros(0, "i4"))
    setting = {"plastic": False, "rho": 1 / net.structure["dt"], "retraction": "none"}
    spikes = [
        show(net, np.repeat(theta[:, np.newaxis], I, 1), nothing, seed=seed, **setting).spikes
        for seed in range(60)
    ]
    first = np.concatenate([s["outputs"].neurons[s["outputs"].times < 0.0195] for s in spikes])
    assert len(first) > 1000  # a race at the rate 1/dt
    error = 5 * np.sqrt(3 / 7 * 4 / 7 / len(first))
    assert abs((first == 0).mean() - 3 / 7) < error < 9 / 13 - 3 / 7
