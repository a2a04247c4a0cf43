"""What a Result says of its spikes, stimuli and tuning, against its records looked at one by one.

One run recorded every spike, the other three windows of 10 s out of 40 s: the same run otherwise.
"""

import re
import shutil

import numpy as np
import pytest
from runs import SETTINGS

from spikesampler import Result, run
from spikesampler.errors import InputError
from spikesampler.experiments.run_stimuli import fingerprint
from spikesampler.jobs.progress import silent
from spikesampler.stimuli.pixels import as_image
from spikesampler.store.manifest import finish, read_manifest, write_manifest

WINDOWS = [(0, 10), (15, 25), (30, 40)]  # s


@pytest.fixture(scope="module")
def every(finished):
    return Result(finished)


@pytest.fixture(scope="module")
def windowed(cache, tmp_path_factory):
    folder = tmp_path_factory.mktemp("windowed") / "run"
    return run(**SETTINGS | {"record": "windows"}, out=folder, progress=silent)


def recorded_spikes(every, population, neuron):
    """Times of one neuron's spikes in each of the windows, from the run that has all."""
    times, ids = every.spikes(population)
    own = times[ids == neuron]
    return [own[(own >= start) & (own < stop)] for start, stop in WINDOWS]


def test_a_run_says_what_it_was(every):
    assert (every.model, every.arm, every.start) == ("fang_2018", "weight", "prior")
    assert (every.seed, every.samples) == (3, 200)
    b = every.parameters["b"]
    assert (b.value, b.unit, b.source) == (1e-4, "1/second", "from code: Kappel et al. 2015")
    assert b.meaning == "learning rate"
    assert every.parameters["sample_length"].unit == "ms"
    assert every.values["sample_length"] == 0.2
    assert 'title = "' in every.model_text
    np.testing.assert_array_equal(every.labels, every.learning["label"])
    assert every.class_names == ["0", "1", "2", "3", "4"]


def test_what_was_recorded(every, windowed):
    np.testing.assert_allclose(every.recorded, [(0, 40)])
    np.testing.assert_allclose(windowed.recorded, WINDOWS)
    np.testing.assert_allclose(windowed.window("middle"), (15, 25))
    assert every.window((3, 12.5)) == (3, 12.5)


def test_spikes_of_some_neurons_are_those_of_all(every, monkeypatch):
    monkeypatch.setattr("spikesampler.store.spikes.BLOCK", 1000)  # read in many blocks
    times, ids = every.spikes("inputs", 3.0, 21.5)
    own_times, own = every.spikes("inputs", 3.0, 21.5, neurons=[17, 4])
    chosen = (ids == 17) | (ids == 4)
    assert chosen.sum() > 100
    np.testing.assert_array_equal(own_times, times[chosen])
    np.testing.assert_array_equal(own, ids[chosen])
    one_times, one = every.spikes("inputs", neurons=4)
    assert set(one) == {4}
    np.testing.assert_array_equal(
        one_times, every.spikes("inputs")[0][every.spikes("inputs")[1] == 4]
    )


@pytest.mark.parametrize("population", ["inputs", "outputs"])
def test_rates_count_recorded_time_alone(every, windowed, population):
    """30 of 40 s: all of the spikes over all of the time would be a third too low."""
    rates = windowed.rates(population)
    slow = [
        sum(map(len, recorded_spikes(every, population, k))) / 30 for k in rates.values.argsort()
    ]
    np.testing.assert_allclose(rates.values[rates.values.argsort()], slow, rtol=1e-12)
    assert rates.attrs["units"] == "Hz"
    assert rates.attrs["recorded_seconds"] == pytest.approx(30)
    whole = every.rates(population)
    assert whole.attrs["recorded_seconds"] == pytest.approx(40)
    within = {"window": (15.0, 24.0), "neurons": [3, 1]}
    of_both = [each.rates(population, **within) for each in (every, windowed)]
    np.testing.assert_array_equal(*of_both)
    assert of_both[0].coords[of_both[0].dims[0]].values.tolist() == [3, 1]


def test_rates_in_bins(every, windowed):
    rates = windowed.rates("outputs", (15, 25), bin=0.5)
    times, ids = every.spikes("outputs", 15, 25)
    assert (rates.dims, rates.shape) == (("output", "time"), (5, 20))
    np.testing.assert_allclose(rates["time"], 15 + 0.5 * np.arange(20))
    for k in range(5):
        for begin in range(20):
            spikes = (ids == k) & (times >= 15 + begin / 2) & (times < 15.5 + begin / 2)
            assert rates.values[k, begin] == pytest.approx(spikes.sum() / 0.5)
    assert every.rates(bin=0.3).sizes["time"] == 133  # the last 0.1 s fill no bin


def test_responses_after_an_onset(every, windowed):
    """Samples that a window cuts do not count: from 15.1 s on 49 of them are whole in 15 to 25."""
    histogram = windowed.psth("inputs", (15.1, 25), neurons=[4, 9], bin=0.05)
    times, ids = every.spikes("inputs", 15.1, 25)
    labels = every.learning["label"].values[76:125]
    assert histogram.dims == ("class", "input", "time")
    assert histogram.shape == (5, 2, 4)
    assert histogram["samples"].values.tolist() == np.bincount(labels, minlength=5).tolist()
    for c in range(5):
        onsets = 15.2 + 0.2 * np.flatnonzero(labels == c)
        for place, k in enumerate((4, 9)):
            for j in range(4):
                spikes = sum(
                    np.sum((ids == k) & (np.rint((times - t) * 1000) // 50 == j)) for t in onsets
                )
                expected = spikes / (len(onsets) * 0.05)
                assert histogram.values[c, place, j] == pytest.approx(expected)
    assert windowed.psth()["samples"].sum() == 150
    assert every.psth()["samples"].sum() == 200


def test_no_interval_reaches_across_a_pause(every, windowed):
    parts = recorded_spikes(every, "outputs", 2)
    slow = np.concatenate([np.diff(part) for part in parts])
    seconds, neurons = windowed.isi(neurons=2)
    np.testing.assert_allclose(seconds, slow, rtol=1e-9)
    assert set(neurons) == {2}
    cv, cv2 = windowed.cv(), windowed.cv2()
    assert cv.sel(output=2) == pytest.approx(np.std(slow) / np.mean(slow))
    assert cv["intervals"].sel(output=2) == len(slow)
    pairs = [
        2 * abs(b - a) / (a + b)
        for part in parts
        for a, b in np.lib.stride_tricks.sliding_window_view(np.diff(part), 2)
    ]
    assert cv2.sel(output=2) == pytest.approx(np.mean(pairs))
    assert windowed.cv(neurons=[4, 2]).values.tolist() == cv.sel(output=[4, 2]).values.tolist()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda r: r.rates(window=(5, 12)),
            r"window \(5, 12\) was not recorded: choose within 0:10",
        ),
        (lambda r: r.psth(window=(11, 14)), "was not recorded: choose within 0:10, 15:25, 30:40 s"),
        (lambda r: r.isi(window=(0, 40)), "was not recorded"),
        (lambda r: r.cv2("inputs", "start"), "window 'start' is not known: give first, middle"),
        (lambda r: r.rates(bin=0.1), "was recorded in 3 parts .* no one row of bins holds: give a"),
        (lambda r: r.rates(window="last", bin=11), "bin=11: expected at most 10 s"),
        (lambda r: r.rates(window="last", bin=0), "bin=0: expected a positive number"),
        (lambda r: r.psth(bin=0.3), r"bin=0.3: expected at most 0.2 s"),
        (
            lambda r: r.psth(bin=0.0009),
            r"bin=0.0009: spikes are at multiples of the time step, 0.0",
        ),
        (lambda r: r.spikes("outputs", 12, 14), r"\(12, 14\) was not recorded: choose within 0:10"),
        (lambda r: r.spikes("outputs", 5, 16), r"\(5, 16\) was not recorded"),
        (lambda r: r.spikes("outputs", 29), r"not recorded: choose within .* 30:40 s"),
        (lambda r: r.spikes("outputs", 1, window="last"), "window='last' with start or stop: give"),
        (lambda r: r.weights_at(21), r"probe=21: .* was probed 21 times; give 0 to 20, or -1 for"),
        (
            lambda r: r.psth(window=(0, 0.1)),
            "no sample of .* was recorded from its onset to the next",
        ),
        (
            lambda r: r.rates("hidden"),
            "no spikes of 'hidden' in .*: it holds inputs, outputs, teach",
        ),
        (lambda r: r.rates(neurons=5), "neuron 5 of the outputs: .* has 0 to 4"),
        (lambda r: r.spikes("inputs", neurons=[1, -1]), "neuron -1 of the inputs: .* has 0 to 199"),
        (lambda r: r.isi(neurons=[1, 1]), r"neurons=\[1, 1\]: give a number or several different"),
        (lambda r: r.isi(neurons="all"), "neurons='all': give a number or several different ones"),
        (lambda r: r.isi(neurons=1.0), "neurons=1.0: give a number"),
        (
            lambda r: r.psth_figure("inputs"),
            "200 inputs of .*: a figure has at most 20 panels; give",
        ),
        (lambda r: r.position_tuning(2), "feature 2: stimuli of .* have 0 to 1"),
        (
            lambda r: r.position_tuning([0, 0]),
            r"features=\[0, 0\]: expected one to three different",
        ),
        (lambda r: r.position_tuning("x"), "features='x': expected one to three different numbers"),
        (lambda r: r.position_tuning(bins=0), "bins=0"),
        (lambda r: r.stimuli("train"), "split='train': expected one of learning, probe, test"),
        (lambda r: r.trajectories_figure(), "holds no trajectories: run again with record_syn"),
        (lambda r: r.saddle_figure(), "has no saddle.nc: make it with `spikesampler saddle "),
        (
            lambda r: r.isi_figure(window=(0, 0.001)),
            "no neuron has two spikes in a row: give other",
        ),
    ],
)
def test_what_cannot_be_had_is_one_line(windowed, ask, message):
    with pytest.raises(InputError, match=message) as refused:
        ask(windowed)
    assert "\n" not in str(refused.value)


def test_a_run_without_spikes_says_so(cache, tmp_path):
    result = run(
        **SETTINGS | {"record": "none", "samples": 20}, out=tmp_path / "run", progress=silent
    )
    assert result.recorded == []
    for ask in (result.rates, result.psth, result.isi, result.cv, result.raster):
        with pytest.raises(InputError, match="recorded no spikes: run it again with record="):
            ask()


def test_learning_stimuli_are_those_that_were_shown(every):
    """Their rates, by class, are those that the run kept; their labels, too."""
    shown = every.stimuli()
    np.testing.assert_array_equal(shown["label"], every.learning["label"])
    np.testing.assert_array_equal(shown["time"], every.learning["time"])
    values = every.values
    squared = ((shown["points"].values[:, None] - every.centres.values) ** 2).sum(axis=2)
    rates = values["r_min"] + values["r_max"] * np.exp(
        -squared / (values.get("tuning_factor", 1) * values["tuning_width"] ** 2)
    )
    for c in range(5):
        mean = rates[shown["label"].values == c].mean(axis=0)
        np.testing.assert_allclose(mean, every.learning["input_class_rate"][c], rtol=1e-9)
    test = every.stimuli("test")
    np.testing.assert_array_equal(test["points"], every.learning["test_points"])
    np.testing.assert_array_equal(test["label"], every.learning["test_label"])
    assert every.stimuli("probe").sizes == {"sample": 20, "feature": 2}


def test_centres_are_those_of_the_run(every):
    assert every.centres.dims == ("input", "feature")
    prints = every.manifest["fingerprints"]
    assert fingerprint(every.centres.values) == prints["centres"]


def test_stimuli_that_have_changed_are_refused(finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    manifest = read_manifest(folder)
    prints = manifest["fingerprints"] | {"probe": "0" * 64, "centres": "1" * 64}
    write_manifest(folder, manifest | {"fingerprints": prints})
    finish(folder, read_manifest(folder))
    result = Result(folder)
    assert result.stimuli("test").sizes["sample"] == 50
    with pytest.raises(InputError, match=re.escape(f"{folder} was shown other stimuli than its")):
        result.stimuli("probe")
    with pytest.raises(InputError, match=r"inputs of .* have no preferred stimuli"):
        _ = result.centres


def test_tuning_by_class(every):
    tuning = every.tuning()
    counts, labels = (every.learning[f"test_{name}"].values for name in ("counts", "label"))
    for c in range(5):
        own = counts[labels == c]
        assert tuning["samples"][c] == len(own)
        np.testing.assert_allclose(tuning["rate"][c], own.mean(axis=0) / 0.2)
        shares = [(row == row.max()) / np.sum(row == row.max()) for row in own]
        np.testing.assert_allclose(tuning["response"][c], np.mean(shares, axis=0))
    np.testing.assert_allclose(
        tuning["response"] * tuning["samples"], every.learning["confusion"].values, atol=1e-12
    )


def test_tuning_over_the_position(every):
    tuning = every.position_tuning([1, 0], bins=3)
    assert tuning["rate"].dims == ("output", "feature_1", "feature_0")
    points, counts = every.learning["test_points"].values, every.learning["test_counts"].values
    low, high = points.min(axis=0), points.max(axis=0)
    cell = np.minimum((points - low) / (high - low) * 3, 2.999).astype(int)
    for i in range(3):
        for j in range(3):
            own = counts[(cell[:, 1] == i) & (cell[:, 0] == j)]
            assert tuning["samples"][i, j] == len(own)
            expected = own.mean(axis=0) / 0.2 if len(own) else np.full(5, np.nan)
            np.testing.assert_allclose(tuning["rate"][:, i, j], expected)
    middles = low[1] + (high[1] - low[1]) * np.array([1, 3, 5]) / 6
    np.testing.assert_allclose(tuning["feature_1"], middles)


@pytest.mark.parametrize(
    ("coding", "frames", "what"),
    [("spikes", (), "coding spikes"), ("tuning", (4,), "frames, 4 a s")],
)
def test_stimuli_without_a_position_have_no_tuning_over_it(finished, coding, frames, what):
    result = Result(finished, verify=False)
    result.manifest["data"]["coding"] = coding
    dims = ("test_sample", "frame", "feature") if frames else ("test_sample", "feature")
    result.learning["test_points"] = (dims, np.zeros((50, *frames, 2)))
    with pytest.raises(InputError, match=f"have no position .{what}"):
        result.position_tuning()


def test_every_figure_is_a_method(windowed):
    names = [name for name in dir(Result) if name == "figure" or name.endswith("_figure")]
    assert len(names) == 13
    lacking = {"saddle_figure", "trajectories_figure", "metrics_figure"}
    for name in {*names, "raster"} - lacking:
        assert getattr(windowed, name)().axes, name


def test_pixels_form_an_image():
    values = np.arange(12.0)
    assert as_image(values[:9], {"coding": "rates"}).tolist() == values[:9].reshape(3, 3).tolist()
    colors = as_image(values, {"coding": "rates", "files": {"x.h5": "…"}})  # a pixel's together
    assert colors.tolist() == [[1, 4], [7, 10]]
    planes = as_image(values, {"coding": "rates", "files": {"data_batch_1.bin": "…"}})
    assert planes.tolist() == [[4, 5], [6, 7]]
    assert as_image(values[:8], {"coding": "rates"}) is None
    assert as_image(values[:9], {"coding": "tuning"}) is None
    assert as_image(np.ones((2, 9)), {"coding": "rates"}).shape == (2, 3, 3)
