"""An event of a model's own, from the network to everything that shows it: the network is that of
test_own_weights.py, in which each output has the event `chance` at 20 Hz.
"""

import csv
import signal

import numpy as np
import pytest
from runs import bits
from test_own_weights import SETTINGS, SQUARES

from spikesampler import run
from spikesampler.errors import InputError, Interrupted
from spikesampler.experiments import StopLearning
from spikesampler.export import export_run
from spikesampler.store.continuation import load_events
from spikesampler.view import event_marks
from spikesampler.view.spikes import SpikesPage
from spikesampler.view.viewed_run import open_run

K = 3
QUIET = SETTINGS | {"progress": lambda *_: None}


@pytest.fixture(scope="module")
def result(cache, tmp_path_factory):
    """20 samples: two chunks of 2 s."""
    return run(SQUARES, **QUIET, out=tmp_path_factory.mktemp("events") / "run")


def trains(result):
    """Event times of each output."""
    times, outputs = result.spikes("chance")
    return [times[outputs == k] for k in range(K)]


def test_events_are_kept_as_spikes_are(result):
    """As many in each chunk as were counted there, each on a step of 1 ms of its own, at 20 Hz:
    12 s of outputs have 240, with a standard deviation of 15.3, of which five are allowed.
    """
    assert [*result.populations] == ["chance", "inputs", "outputs"]
    times, outputs = result.spikes("chance")
    counted = load_events(result.path / "checkpoint")["event_chance"]
    np.testing.assert_array_equal(np.histogram(times, [0, 1.9995, 4])[0], counted)
    assert abs(len(times) - 240) < 5 * 15.3
    steps = np.rint(times * 1e3).astype(int)
    np.testing.assert_allclose(steps * 1e-3, times, rtol=1e-12)
    assert (np.diff(times) >= 0).all()
    assert len({*zip(steps, outputs)}) == len(times) == result.populations["chance"]
    assert {*outputs} == {*range(K)}
    rates = result.rates("chance")
    assert rates.dims == ("output",)
    np.testing.assert_allclose(rates, [len(train) / 4 for train in trains(result)], rtol=1e-12)
    assert [len(train) for train in trains(result)] == [*np.bincount(outputs.astype(int))]
    seconds, _ = result.isi("chance", neurons=1)
    np.testing.assert_allclose(seconds, np.diff(trains(result)[1]), rtol=0, atol=1e-12)


def test_an_event_that_the_model_does_not_have_is_refused(result):
    for ask in (result.spikes, result.rates):
        with pytest.raises(InputError, match=r"no spikes of 'reward' .*holds chance, inputs, outp"):
            ask("reward")


def test_a_run_that_goes_on_was_killed_or_ended_has_the_bytes_of_one_run(result, tmp_path):
    """spikes.h5 with its events, and all else."""
    long = QUIET | {"samples": 30}
    at_once = run(SQUARES, **long, out=tmp_path / "at_once")
    run(SQUARES, **QUIET | {"samples": 23}, out=tmp_path / "longer")  # the last chunk ends there
    longer = run(SQUARES, **long, out=tmp_path / "longer", resume=True)

    def stop(done, total, text):
        if done == 20:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted):
        run(SQUARES, **long | {"progress": stop}, out=tmp_path / "killed")
    resumed = run(SQUARES, **long, out=tmp_path / "killed", resume=True)
    assert bits(longer.path) == bits(resumed.path) == bits(at_once.path)
    assert at_once.populations["chance"] > result.populations["chance"]

    def end(probe):
        if probe.samples == 20:
            raise StopLearning

    ended = run(SQUARES, **long, on_probe=end, out=tmp_path / "ended")
    assert bits(ended.path) == bits(result.path)


def test_the_raster_has_a_mark_for_each_event_of_its_window_and_its_name(result):
    times, outputs = result.spikes("chance", 1.0, 2.0)
    axes = {ax.get_label(): ax for ax in result.raster((1.0, 2.0)).axes}
    (marks,) = axes["outputs"].collections[-1:]
    np.testing.assert_array_equal(marks.get_offsets(), np.column_stack([times, outputs]))
    (name,) = axes["outputs"].get_legend().get_texts()
    assert name.get_text() == f"chance ({len(times)} events)"


def test_the_viewer_marks_the_events_of_its_window_but_not_too_many(result, monkeypatch):
    from bokeh.document import Document

    page = SpikesPage(open_run(result.path), Document())
    source = page.events.sources["chance"]
    for window in ((0.0, 4.0), (0.3, 0.9)):
        page.move(*window)
        times, outputs = result.spikes("chance", *window)
        for column, expected in {"time": times, "row": outputs, "neuron": outputs}.items():
            np.testing.assert_array_equal(source.data[column], expected)
    monkeypatch.setattr(event_marks, "FEW", 100)
    assert page.events.draw(page.shown.recording, (0.0, 4.0), np.arange(K)) == {"chance": None}
    assert len(source.data["time"]) == 0
    assert page.events.draw(page.shown.recording, (0.3, 0.9), np.arange(K)) == {
        "chance": len(times)
    }


def test_the_viewer_has_the_events_of_a_run_so_far(result, tmp_path):
    def stop(done, total, text):
        if done == 10:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted):
        run(SQUARES, **QUIET | {"progress": stop}, out=tmp_path / "run")
    found = open_run(tmp_path / "run").recording.read("chance", 0.0, 4.0)
    for values, expected in zip(found, result.spikes("chance", 0.0, 2.0 - 5e-4)):
        np.testing.assert_array_equal(values, expected)


def test_nothing_is_kept_where_no_spikes_are(cache, tmp_path):
    few = QUIET | {"samples": 5, "record": "none"}
    result = run(SQUARES, **few, out=tmp_path / "run")
    assert result.populations == {}
    with pytest.raises(InputError, match="holds no spikes"):
        result.spikes("chance")


def of_csv(path):
    with open(path / "units.csv") as file:
        units = [row for row in csv.DictReader(file) if row["population"] == "chance"]
    with open(path / "spikes_chance.csv") as file:
        rows = [(float(row["time"]), int(row["node_id"])) for row in csv.DictReader(file)]
    found = [[time for time, output in rows if output == k] for k in range(K)]
    assert [int(row["recorded_spikes"]) for row in units] == [len(train) for train in found]
    return found, [int(row["output_class"]) for row in units]


def of_sonata(path):
    import h5py

    with h5py.File(path / "spikes.h5") as file, h5py.File(path / "nodes.h5") as nodes:
        times, ids = (file[f"spikes/chance/{name}"][:] for name in ("timestamps", "node_ids"))
        classes = nodes["nodes/chance/0/output_class"][:].tolist()
    assert "chance virtual" in (path / "node_types.csv").read_text()
    return [times[ids == k] / 1000 for k in range(K)], classes


def of_neo(path):
    from neo.io import NixIO

    with NixIO(str(path), mode="ro") as io:
        trains = io.read_block().segments[0].spiketrains
        own = [train for train in trains if train.annotations["population"] == "chance"]
        found = [train.magnitude.copy() for train in own]
    assert [train.name for train in own] == [f"chance {k}" for k in range(K)]
    return found, [train.annotations.get("output_class", -1) for train in own]


def of_nwb(path):
    from pynwb import NWBHDF5IO

    with NWBHDF5IO(path, "r") as io:
        units = io.read().units
        own = np.flatnonzero(np.array(units["population"][:]) == "chance")
        found = [np.array(units["spike_times"][row]) for row in own]
        return found, [int(units["output_class"][row]) for row in own]


@pytest.mark.parametrize("read", [of_csv, of_sonata, of_neo, of_nwb])
def test_exports_have_a_train_of_each_output_with_its_class(result, tmp_path, read):
    found, classes = read(export_run(result, read.__name__[3:], out=tmp_path / "it"))
    assert len(found) == K
    for train, expected in zip(found, trains(result)):
        np.testing.assert_array_equal(train, expected)
    assert classes == result.learning["output_class"].values.tolist()
