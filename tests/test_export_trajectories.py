"""Trajectories in exports and reports are the run's, to the last bit, in every format."""

import csv

import numpy as np
import pytest
from runs import REWARD, listing

from spikesampler import run
from spikesampler.export import export_run, to_neo, to_nwb
from spikesampler.jobs.progress import silent
from spikesampler.report import write_report

PAIRS = [(0, 3), (1, 17), (2, 25)]  #: output and input
NUMBERED = ("theta", "weight", "e", "g", "rate")  #: variables of three synapses, or three outputs


@pytest.fixture(scope="module")
def recorded(cache, tmp_path_factory):
    """A run that recorded three synapses, its three outputs and a signal at 100 grid steps."""
    settings = REWARD | {"samples": 40, "probe_every": 20, "record": "all"}
    settings |= {"record_synapses": PAIRS, "record_variables": "mean,rate"}
    return run(**settings, out=tmp_path_factory.mktemp("recorded") / "run", progress=silent)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Every stream of trajectories here is cut in many places."""
    monkeypatch.setattr("spikesampler.export.courses.BLOCK", 21)
    monkeypatch.setattr("spikesampler.export.formats.nwb.BLOCK", 21)


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("to", ["csv", "sonata"])
def test_tables_have_a_row_for_each_step(recorded, tmp_path, to):
    folder = export_run(recorded, to, tmp_path / "out")
    rows, synapses = rows_of(folder / "trajectories.csv"), rows_of(folder / "synapses.csv")
    assert [(int(row["post"]), int(row["pre"])) for row in synapses] == PAIRS
    courses = recorded.trajectories
    assert len(rows) == 100
    assert [float(row["time"]) for row in rows] == courses["time"].values.tolist()
    for name in NUMBERED:
        for number in range(3):
            column = [float(row[f"{name}_{number}"]) for row in rows]
            assert column == courses[name].values[:, number].tolist()
    assert [float(row["mean"]) for row in rows] == courses["mean"].values.tolist()
    told = (folder / "README.txt").read_text()
    assert "trajectories.csv: Trajectories of what was recorded" in told
    assert "theta_0, theta_1, ... (1): synaptic parameter, a column for each row of" in told
    assert "rate_0, rate_1, ... (Hz): momentary rate of the output, a column for each\n" in told
    assert "  mean (1): mean reward, a signal\n" in told


def assert_same(series, courses, name):
    assert np.asarray(series.data[:]).tobytes() == courses[name].values.tobytes()
    times = np.asarray(series.timestamps[:])
    assert times.tobytes() == courses["time"].values.tobytes()


def test_nwb_has_a_series_for_each_variable(recorded, tmp_path):
    from pynwb import NWBHDF5IO

    courses = recorded.trajectories
    paths = [export_run(recorded, "nwb", tmp_path / f"{n}.nwb") for n in range(2)]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with NWBHDF5IO(str(paths[0]), "r") as io:
        file = io.read()
        for name in (*NUMBERED, "mean"):
            assert_same(file.analysis[f"trajectory_{name}"], courses, name)
        table = file.analysis["synapses"]
        assert [*zip(table["post"][:].tolist(), table["pre"][:].tolist())] == PAIRS
        assert file.analysis["trajectory_rate"].unit == "Hz"
    in_memory = to_nwb(recorded).analysis
    assert_same(in_memory["trajectory_theta"], courses, "theta")


def test_neo_has_a_channel_for_each_synapse_output_or_signal(recorded, tmp_path):
    from neo.io import NixIO

    export_run(recorded, "neo", tmp_path / "run.nix")
    with NixIO(str(tmp_path / "run.nix"), "ro") as io:
        written = io.read_block()
    courses = recorded.trajectories
    for block in (to_neo(recorded), written):
        signals = {one.name: one for one in block.segments[0].irregularlysampledsignals}
        for name in (*NUMBERED, "mean"):
            signal = signals[f"trajectory_{name}"]
            np.testing.assert_array_equal(signal.magnitude.T, np.atleast_2d(courses[name].T))
            np.testing.assert_array_equal(signal.times.magnitude, courses["time"].values)
        ends = (signals["trajectory_e"].array_annotations[end] for end in ("output", "input"))
        assert [*zip(*ends)] == PAIRS
        rate = signals["trajectory_rate"]
        assert rate.array_annotations["output"].tolist() == [0, 1, 2]
        assert rate.rescale("kHz").magnitude[5, 1] == pytest.approx(courses["rate"][5, 1] / 1000)


def test_a_run_without_trajectories_has_no_such_files(finished, tmp_path):
    folder = export_run(finished, "csv", tmp_path / "out")
    assert not {"trajectories.csv", "synapses.csv"} & set(listing(folder))


def test_a_report_shows_them(recorded, finished, tmp_path):
    page = write_report(recorded.path, tmp_path / "with.html").read_text()
    assert "Trajectories of recorded synapses at every grid step of learning" in page
    assert "Over biological time, of 3 synapses: " in page
    assert "Below: mean, rate, of outputs in a colour each" in page
    assert "that were recorded." not in page
    page = write_report(finished, tmp_path / "without.html").read_text()
    assert "Trajectories of recorded synapses" not in page
