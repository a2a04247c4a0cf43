"""The page of trajectories as models of bokeh: lines are the courses, also of runs that go on."""

import signal
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from runs import SETTINGS

from spikesampler import Result, run
from spikesampler.errors import DamagedError, Interrupted
from spikesampler.figures.style import INK, PALETTE
from spikesampler.jobs.progress import silent
from spikesampler.view.trajectories import MOST_POINTS, TrajectoriesPage
from spikesampler.view.viewed_run import open_run, read_growing


def made_up(steps, synapses=3):
    """A run that recorded some synapses, two outputs and a signal, step by step of 0.2 s."""
    rng = np.random.default_rng(2)
    theta, rate = rng.normal(size=(steps, synapses)), rng.normal(size=(steps, 2))
    dims, numbers = ("time", "synapse"), np.arange(synapses)
    courses = xr.Dataset(
        {
            "theta": (dims, theta),
            "weight": (dims, np.exp(theta)),
            "e": (dims, theta**2),
            "rate": (("time", "neuron"), rate, {"units": "Hz"}),
            "mean": ("time", rate.mean(axis=1)),
        },
        {
            "time": 0.2 * np.arange(steps),
            "output": ("synapse", numbers % 5),
            "input": ("synapse", 10 * numbers),
        },
    )
    return SimpleNamespace(trajectories=courses, duration=0.2 * steps, heard="input")


def lines(page, name):
    data = page.sources[name].data
    return np.array(data["time"]), np.array(data["value"])


def test_each_variable_has_a_panel_and_each_synapse_output_or_signal_a_line():
    shown = made_up(50)
    page = TrajectoriesPage(shown)
    labels = {name: plot.yaxis.axis_label for name, plot in page.panels.items()}
    words = {"theta": "Synaptic parameter θ", "weight": "Weight", "e": "e"}
    assert labels == words | {"rate": "rate (Hz)", "mean": "mean"}
    synapses = (["0 : 0", "1 : 10", "2 : 20"], list(PALETTE[:3]), "output : input")
    expected = dict.fromkeys(("theta", "weight", "e"), synapses)
    expected |= {"rate": (["0", "1"], list(PALETTE[:2]), "output"), "mean": ([""], [INK], None)}
    for name, plot in page.panels.items():
        times, values = lines(page, name)
        of = shown.trajectories[name].values.reshape(50, -1)
        np.testing.assert_array_equal(values, of.T)
        np.testing.assert_array_equal(times, np.tile(shown.trajectories["time"], (len(of.T), 1)))
        data, legend = page.sources[name].data, plot.legend[0].title if plot.legend else None
        assert (data["of"], data["color"], legend) == expected[name]
    assert not any(block.visible for block in page.blocks.values())
    assert page.view() is not None


def test_many_synapses_are_shown_some_at_a_time():
    shown = made_up(20, synapses=23)
    page = TrajectoriesPage(shown)
    assert list(page.blocks["synapse"].options) == ["0 to 9", "10 to 19", "20 to 22"]
    page.blocks["synapse"].value = 20
    _, values = lines(page, "weight")
    np.testing.assert_array_equal(values, shown.trajectories["weight"].values[:, 20:].T)
    assert page.sources["theta"].data["of"] == ["0 : 200", "1 : 210", "2 : 220"]


def test_a_window_has_all_its_steps_and_a_long_one_its_extremes():
    shown = made_up(10 * MOST_POINTS)
    page = TrajectoriesPage(shown)
    theta = shown.trajectories["theta"].values
    _, values = lines(page, "theta")
    assert values.shape == (3, MOST_POINTS)
    np.testing.assert_array_equal(values.max(axis=1), theta.max(axis=0))
    page.window.start, page.window.end = 100.0, 160.0
    times, values = lines(page, "theta")
    np.testing.assert_allclose(times[0], 0.2 * np.arange(499, 801))  # a step beyond at either side
    np.testing.assert_array_equal(values, theta[499:801].T)


def test_a_run_that_grows_is_followed():
    short, long = made_up(30), made_up(50)
    page = TrajectoriesPage(short)
    page.show(long)
    assert page.window.end == pytest.approx(10)
    np.testing.assert_array_equal(lines(page, "e")[1], long.trajectories["e"].values.T)
    page = TrajectoriesPage(short)
    page.window.end = 3.0
    page.show(long)
    assert page.window.end == 3.0


@pytest.fixture(scope="module")
def settings():
    return SETTINGS | {"samples": 100, "record": "none", "record_synapses": 12}


@pytest.fixture(scope="module")
def whole(cache, settings, tmp_path_factory):
    return run(**settings, out=tmp_path_factory.mktemp("whole") / "run", progress=silent)


def test_a_finished_run_has_its_own(whole, finished):
    shown = open_run(whole.path)
    assert shown.has_trajectories
    xr.testing.assert_identical(shown.trajectories, whole.trajectories)
    assert not open_run(finished).has_trajectories


def test_a_run_that_goes_has_those_so_far(whole, settings, tmp_path):
    def stop(done, total, text):
        if done == 60:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted):
        run(**settings, out=tmp_path / "run", progress=stop)
    shown = read_growing(tmp_path / "run")
    assert shown.has_trajectories
    xr.testing.assert_equal(shown.trajectories, whole.trajectories.isel(time=slice(60)))
    page = TrajectoriesPage(shown)
    (part, *_) = sorted((tmp_path / "run" / "checkpoint").glob("trajectories_*"))
    part.unlink()
    with pytest.raises(DamagedError, match="is missing: expected one for each of 6 chunks"):
        _ = read_growing(tmp_path / "run").trajectories
    run(**settings, out=tmp_path / "other", progress=silent)
    page.show(open_run(tmp_path / "other"))
    assert page.window.end == pytest.approx(20)
    assert Result(tmp_path / "other").trajectories.sizes["time"] == 100
