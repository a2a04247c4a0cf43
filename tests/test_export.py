"""Exports: read back by other programs, every format gives the run's own times, neurons, samples
and weights.
"""

import csv
import errno
import hashlib
import json
import shutil
import subprocess
import sys
import tracemalloc
from datetime import datetime

import h5py
import numpy as np
import pytest
from runs import PEAK_KIB, command, listing

from spikesampler import Result
from spikesampler.errors import InputError
from spikesampler.export import FORMATS, export_run, to_neo, to_nwb
from spikesampler.export.formats import format_named
from spikesampler.language.model import load_model
from spikesampler.store.checkpoint import save_spikes
from spikesampler.store.learning import write_learning
from spikesampler.store.manifest import finish, read_manifest, write_manifest
from spikesampler.store.spikes import merge_spikes

WINDOWS = [[0.0, 10.0], [15.0, 25.0], [30.0, 40.0]]  # s, of the 40 s of the run
SILENT = {"inputs": [0, 7, 199], "outputs": [4], "teacher": []}
CLASSES = np.array([3, 0, 4, 1, 2])  # of the outputs: none stands for its own number
SMALL_BLOCK = 4096  # spikes: the windows hold 17 blocks of inputs


@pytest.fixture(scope="module", autouse=True)
def small_blocks():
    """Every stream of spikes here is cut in many places."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spikesampler.store.spikes.BLOCK", SMALL_BLOCK)
        yield


@pytest.fixture(scope="module")
def odd(finished, tmp_path_factory):
    """A run like the finished one, with all that exports may get wrong: windows, silent units,
    retraction.
    """
    folder = tmp_path_factory.mktemp("odd") / "run"
    shutil.copytree(finished, folder)
    change(
        folder, windows=WINDOWS, silent=SILENT, retraction="clip", output_class=CLASSES.astype("i2")
    )
    return folder


def change(
    folder, windows=None, silent=None, populations=None, retraction=None, output_class=None, **facts
):
    """Rewrite a copied run: its recorded spikes, one parameter, its outputs' classes, or facts of
    its manifest.
    """
    result, manifest = Result(folder), read_manifest(folder)
    if windows or silent or populations:
        recorded = {}
        for name in populations or result.populations:
            times, ids = result.spikes(name)
            keep = ~np.isin(ids, (silent or {}).get(name, []))
            keep &= np.any(
                [(times >= start) & (times < stop) for start, stop in windows or [[0, 40]]], axis=0
            )
            with h5py.File(folder / "spikes.h5") as file:
                recorded[name] = file["spikes"][name]["timestamps"][:][keep], ids[keep]
        save_spikes(folder / "parts", 0, recorded)
        merge_spikes(folder / "parts", folder / "spikes.h5", 1)
        shutil.rmtree(folder / "parts")
    if windows:
        facts |= {
            "recorded_windows": windows,
            "settings": manifest["settings"] | {"record": "windows"},
        }
    if retraction:
        manifest["parameters"]["retraction"]["value"] = retraction
        manifest["rule"] = load_model("fang_2018", retraction=retraction).rule.to_dict()
    if output_class is not None:
        found = result.learning
        arrays = {
            name: (one.dims, one.values, one.attrs["units"], one.attrs["long_name"])
            for name, one in found.variables.items()
        }
        arrays["output_class"] = (
            arrays["output_class"][:1] + (output_class,) + arrays["output_class"][2:]
        )
        write_learning(folder / "learning.nc", arrays, found.attrs)
    write_manifest(folder, manifest | facts)
    finish(folder, manifest | facts)


@pytest.fixture(scope="module", params=["finished", "odd"])
def run(request):
    """The Result of both runs."""
    return Result(request.getfixturevalue(request.param))


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """exported(result, format): the path of its export, made once."""
    folder, made = tmp_path_factory.mktemp("exports"), {}

    def get(result, to):
        key = (str(result.path), to)
        if key not in made:
            made[key] = export_run(result, to, folder / f"{len(made)}{format_named(to).ENDING}")
        return made[key]

    return get


def truth(result):
    """{(population, node id): spike times} by the plain way, one look at all spikes for each
    neuron.
    """
    numbers = {"inputs": 200, "outputs": 5, "teacher": 5}
    trains = {}
    for name, number in numbers.items():
        times, ids = result.spikes(name)
        trains |= {(name, neuron): times[ids == neuron] for neuron in range(number)}
    assert sum(map(len, trains.values())) == sum(result.populations.values())
    return trains


def same_trains(found, result):
    """Whether exported trains are the run's: the same units, the same bits."""
    expected = truth(result)
    assert list(found) == list(expected)
    for unit, times in expected.items():
        assert found[unit].dtype == np.float64
        assert found[unit].tobytes() == times.tobytes(), unit


def expected_weights(result):
    """w (output, input), by the formulas of science.md, not by `Result.weights`."""
    theta = result.theta.values
    kept = 0.0 if result.manifest["parameters"]["retraction"]["value"] == "none" else np.exp(-3.0)
    return np.maximum(np.exp(theta - 3.0) - kept, 0.0)


def test_the_odd_run_is_odd(odd):
    """What the other tests rely on."""
    result = Result(odd)
    trains, learning = truth(result), result.learning
    for name, neurons in SILENT.items():
        assert [
            neuron
            for (population, neuron), times in trains.items()
            if population == name and not len(times)
        ] == neurons
    assert sum(map(len, trains.values())) > 10 * SMALL_BLOCK
    assert (result.weights.values == 0).any()
    assert (np.bincount(learning["label"].values - learning["response"].values + 5) > 0).sum() > 3
    times = result.spikes("inputs")[0]
    assert not ((times >= 10) & (times < 15)).any()
    assert result.weights.values.tobytes() == expected_weights(result).tobytes()


@pytest.fixture(scope="module")
def nwb(run, exported):
    """The file as pynwb reads it."""
    from pynwb import NWBHDF5IO

    with NWBHDF5IO(exported(run, "nwb"), "r") as io:
        yield io.read()


def test_nwb_has_every_unit_with_its_spikes(run, nwb):
    units = nwb.units
    names = zip(units["population"][:], units["node_id"][:])
    trains = {
        (str(name), int(node)): np.array(units["spike_times"][row])
        for row, (name, node) in enumerate(names)
    }
    same_trains(trains, run)
    assert units["recorded_spikes"][:].tolist() == [len(times) for times in trains.values()]
    windows = WINDOWS if run.manifest["settings"]["record"] == "windows" else [[0.0, 40.0]]
    for row in range(len(trains)):
        assert units["obs_intervals"][row].tolist() == windows
    assert units.resolution == 1e-3


def test_nwb_units_know_their_classes(run, nwb):
    units, rates = nwb.units, run.learning["input_class_rate"].values
    assert units["preferred_class"][:].tolist() == [*rates.argmax(axis=0), *[-1] * 10]
    best = rates.max(axis=0)
    others = (rates.sum(axis=0) - best) / (len(rates) - 1)
    np.testing.assert_array_equal(units["selectivity"][:200], (best - others) / (best + others))
    assert np.isnan(units["selectivity"][200:]).all()
    classes = run.learning["output_class"].values
    assert units["output_class"][:].tolist() == [*[-1] * 200, *classes, *range(5)]


def test_nwb_has_the_centres_of_the_tuning_curves(run, nwb):
    """Their SHA-256 is what the run noted before it began; outputs have none."""
    centres = nwb.units["centre"][:200]
    assert centres.shape == (200, 2)
    assert (
        hashlib.sha256(centres.astype("f8").tobytes()).hexdigest()
        == run.manifest["fingerprints"]["centres"]
    )
    assert np.isnan(nwb.units["centre"][200:]).all()


def test_nwb_has_a_trial_for_each_sample(run, nwb):
    trials, learning = nwb.trials, run.learning
    assert len(trials) == 200
    for name, variable in {
        "start_time": "time",
        "label": "label",
        "response": "response",
        "credit": "credit",
        "spike_counts": "spike_counts",
    }.items():
        np.testing.assert_array_equal(trials[name][:], learning[variable].values)
    assert trials["stop_time"][:-1].tolist() == trials["start_time"][1:].tolist()
    assert trials["stop_time"][-1] == 40.0
    classes, response = learning["output_class"].values, learning["response"].values
    assert trials["answered_class"][:].tolist() == [classes[k] if k >= 0 else -1 for k in response]
    assert trials["class_name"][:].tolist() == [str(k) for k in learning["label"].values]


def test_nwb_counts_and_trials_agree_with_the_spikes(run, nwb):
    """Spikes of each output between start and stop of a trial are what the run counted, where they
    were recorded.
    """
    trials, units = nwb.trials, nwb.units
    start, stop, counts = (
        trials["start_time"][:],
        trials["stop_time"][:],
        trials["spike_counts"][:].copy(),
    )
    if run.manifest["settings"]["record"] == "windows":
        np.testing.assert_allclose(start[[50, 75, 125, 150]], [10, 15, 25, 30], rtol=1e-12)
        counts[50:75] = counts[125:150] = 0
        counts[:, SILENT["outputs"]] = 0
    half = 0.5e-3  # s: spikes lie on a grid of 1 ms, borders are sums of floats beside it
    for output in range(5):
        times = units["spike_times"][200 + output]
        between = np.searchsorted(times, stop - half) - np.searchsorted(times, start - half)
        assert between.tolist() == counts[:, output].tolist()


def test_nwb_has_the_weights_and_their_way(run, nwb):
    table, theta = nwb.analysis["weights"], run.learning["theta"].values
    pre, post = table["pre"][:], table["post"][:]
    assert len(set(zip(pre.tolist(), post.tolist()))) == 1000 == len(table)
    assert table["weight"][:].tobytes() == expected_weights(run)[post, pre].tobytes()
    assert table["theta"][:].tobytes() == theta[-1][post, pre].tobytes()
    assert table["theta_path"][:].shape == (1000, 21)
    np.testing.assert_array_equal(table["theta_path"][:], theta[:, post, pre].T)


def test_nwb_has_learning_test_and_parameters(run, nwb):
    learning, analysis = run.learning, nwb.analysis
    for name in (
        "probe_time",
        "probe_samples_seen",
        "probe_accuracy",
        "online_accuracy",
        "probe_entropy",
    ):
        np.testing.assert_array_equal(analysis["learning"][name][:], learning[name].values)
    np.testing.assert_array_equal(
        analysis["confusion"]["answered"][:], learning["confusion"].values
    )
    for column, name in {
        "label": "test_label",
        "spike_counts": "test_counts",
        "stimulus": "test_points",
    }.items():
        np.testing.assert_array_equal(analysis["test"][column][:], learning[name].values)
    rows = zip(
        *(analysis["parameters"][name][:] for name in ("parameter", "value", "unit", "source"))
    )
    assert {name: rest for name, *rest in rows} == {
        name: [str(one["value"]), one["unit"], one["source"]]
        for name, one in run.manifest["parameters"].items()
    }


def test_nwb_says_which_run_it_is(run, nwb):
    manifest = run.manifest
    assert nwb.identifier == manifest["checksum"]
    assert nwb.session_start_time == datetime.fromisoformat(manifest["started"])
    assert nwb.session_start_time.tzinfo
    assert json.loads(nwb.scratch["manifest"].data) == manifest
    assert "Fang, Yu & Chen (2018)" in nwb.experiment_description
    assert "No animal: a simulated network" in nwb.subject.description
    assert [list(row) for row in nwb.was_generated_by[:]] == [
        ["spikesampler", manifest["versions"]["spikesampler"]],
        ["brian2", manifest["versions"]["brian2"]],
    ]


def test_nwb_is_valid_and_nwbinspector_finds_what_a_simulation_cannot_have(run, exported):
    """Nobody experimented, in no institution, on no species: to be silent about that is all it
    complains of.
    """
    import pynwb
    from nwbinspector import inspect_nwbfile

    path = exported(run, "nwb")
    assert pynwb.validate(path=str(path)) == []
    found = {
        one.check_function_name: one.importance.name
        for one in inspect_nwbfile(nwbfile_path=str(path))
    }
    assert found == {
        "check_experimenter_exists": "BEST_PRACTICE_SUGGESTION",
        "check_institution": "BEST_PRACTICE_SUGGESTION",
        "check_subject_species_exists": "BEST_PRACTICE_VIOLATION",
    }


def test_to_nwb_gives_the_same_units_in_memory(odd):
    result = Result(odd)
    units = to_nwb(result).units
    names = zip(units["population"][:], units["node_id"][:])
    same_trains(
        {(name, int(node)): units["spike_times"][row] for row, (name, node) in enumerate(names)},
        result,
    )


@pytest.fixture(scope="module")
def block(odd, exported):
    """The Block of the odd run, as NixIO reads it from the file."""
    from neo.io import NixIO

    with NixIO(str(exported(Result(odd), "neo")), mode="ro") as io:
        return io.read_block()


def neo_trains(block):
    trains = block.segments[0].spiketrains
    assert {str(train.units.dimensionality) for train in trains} == {"s"}
    assert {(float(train.t_start), float(train.t_stop)) for train in trains} == {(0.0, 40.0)}
    return {
        (train.annotations["population"], int(train.annotations["node_id"])): train.magnitude
        for train in trains
    }


def test_neo_has_every_unit_with_its_spikes(odd, block):
    same_trains(neo_trains(block), Result(odd))


def test_to_neo_gives_the_same_trains_in_memory(finished):
    result = Result(finished)
    same_trains(neo_trains(to_neo(result)), result)


def test_neo_units_know_their_classes_and_outputs_their_weights(odd, block):
    result, trains = Result(odd), block.segments[0].spiketrains
    about = {
        (train.annotations["population"], train.annotations["node_id"]): train.annotations
        for train in trains
    }
    for neuron, rates in enumerate(result.learning["input_class_rate"].values.T):
        assert about["inputs", neuron]["preferred_class"] == rates.argmax()
    for output in range(5):
        assert about["outputs", output]["output_class"] == CLASSES[output]
        assert about["outputs", output]["weight"] == expected_weights(result)[output].tolist()
        assert about["outputs", output]["theta"] == result.theta.values[output].tolist()
    centres = np.array([about["inputs", neuron]["centre"] for neuron in range(200)])
    assert (
        hashlib.sha256(centres.tobytes()).hexdigest() == result.manifest["fingerprints"]["centres"]
    )


def test_neo_has_samples_windows_and_learning(odd, block):
    result, (samples, recorded) = Result(odd), block.segments[0].epochs
    learning = result.learning
    assert samples.magnitude.tobytes() == learning["time"].values.tobytes()
    np.testing.assert_allclose(
        samples.durations.magnitude, 0.2, rtol=0, atol=2**-47
    )  # stop - start, below 64 s
    assert samples.labels.tolist() == [str(k) for k in learning["label"].values]
    for name in ("label", "response", "credit"):
        assert samples.array_annotations[name].tolist() == learning[name].values.tolist()
    assert samples.array_annotations["answered_class"].tolist() == [
        CLASSES[k] if k >= 0 else -1 for k in learning["response"].values
    ]
    for output in range(5):
        assert (
            samples.array_annotations[f"spike_counts_{output}"].tolist()
            == learning["spike_counts"].values[:, output].tolist()
        )
    assert (
        np.column_stack(
            [recorded.magnitude, recorded.magnitude + recorded.durations.magnitude]
        ).tolist()
        == WINDOWS
    )
    [curves] = block.segments[0].irregularlysampledsignals
    assert curves.times.magnitude.tolist() == learning["probe_time"].values.tolist()
    for channel, name in enumerate(curves.array_annotations["measure"]):
        np.testing.assert_array_equal(curves.magnitude[:, channel], learning[str(name)].values)


def test_neo_says_which_run_it_is(odd, block):
    manifest = Result(odd).manifest
    assert json.loads(block.annotations["manifest"]) == manifest
    assert block.annotations["identifier"] == manifest["checksum"]
    assert block.annotations["citation"] == manifest["model"]["citation"]
    assert block.rec_datetime.isoformat() + "+00:00" == manifest["started"]
    columns = (block.annotations[f"parameter{end}"] for end in ("", "_value", "_unit", "_source"))
    assert {name: rest for name, *rest in zip(*columns)} == {
        name: [str(one["value"]), one["unit"], one["source"]]
        for name, one in manifest["parameters"].items()
    }


def test_neo_refuses_what_does_not_fit_in_memory_or_on_the_disk(finished, tmp_path, monkeypatch):
    monkeypatch.setattr("spikesampler.export.formats.neo.MOST_SPIKES", 10_000)
    with pytest.raises(
        InputError, match=r"spikes, neo takes at most 10000 into memory: use to='nwb'"
    ):
        export_run(finished, "neo", tmp_path / "run.nix")
    monkeypatch.undo()
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 3 << 20)
    )
    with pytest.raises(
        InputError, match=r"it needs about \d+ MiB, the disk has 3: free some space"
    ):
        export_run(finished, "neo", tmp_path / "run.nix")
    assert listing(tmp_path) == {}


def test_sonata_has_the_spikes_bit_for_bit(run, exported):
    """By libsonata, and by h5py against the run's own file: time stamps in ms, never divided."""
    import libsonata

    path = exported(run, "sonata") / "spikes.h5"
    reader = libsonata.SpikeReader(str(path))
    assert sorted(reader.get_population_names()) == ["inputs", "outputs", "teacher"]
    with h5py.File(run.path / "spikes.h5") as own, h5py.File(path) as file:
        facts = {"magic": 0x0A7A, "version": [0, 1]}
        if len(run.manifest["recorded_windows"]) == 1:  # all: enough to replay it
            facts |= {"sample_length": 0.2, "gap": 0.0, "num_inputs": 200}
        assert {name: file.attrs[name].tolist() for name in file.attrs} == facts
        for name, spikes in own["spikes"].items():
            copy = file["spikes"][name]
            assert copy["timestamps"].attrs["units"] == "ms"
            for part in ("timestamps", "node_ids"):
                assert copy[part][:].tobytes() == spikes[part][:].tobytes()
            assert reader[name].sorting == "by_time"
            read = reader[name].get_dict()
            assert read["timestamps"].tobytes() == spikes["timestamps"][:].tobytes()
            assert read["node_ids"].tolist() == spikes["node_ids"][:].tolist()


def test_sonata_has_nodes_and_edges(run, exported):
    """By libsonata, which also finds the synapses of a neuron, from either side."""
    import libsonata

    folder = exported(run, "sonata")
    nodes = libsonata.NodeStorage(str(folder / "nodes.h5"))
    assert nodes.population_names == {"inputs", "outputs", "teacher"}
    inputs, outputs = nodes.open_population("inputs"), nodes.open_population("outputs")
    assert (inputs.size, outputs.size, nodes.open_population("teacher").size) == (200, 5, 5)
    rates = run.learning["input_class_rate"].values
    assert (
        inputs.get_attribute("preferred_class", inputs.select_all()).tolist()
        == rates.argmax(axis=0).tolist()
    )
    assert (
        outputs.get_attribute("output_class", outputs.select_all()).tolist()
        == run.learning["output_class"].values.tolist()
    )
    centres = np.column_stack(
        [inputs.get_attribute(f"centre_{d}", inputs.select_all()) for d in range(2)]
    )
    assert hashlib.sha256(centres.tobytes()).hexdigest() == run.manifest["fingerprints"]["centres"]

    edges = libsonata.EdgeStorage(str(folder / "edges.h5")).open_population("inputs_to_outputs")
    assert (edges.size, edges.source, edges.target) == (1000, "inputs", "outputs")
    weights = expected_weights(run)
    for output in range(5):
        own = edges.afferent_edges([output])
        assert edges.source_nodes(own).tolist() == list(range(200))
        assert edges.get_attribute("syn_weight", own).tobytes() == weights[output].tobytes()
        assert edges.get_attribute("theta", own).tobytes() == run.theta.values[output].tobytes()
    for neuron in (0, 7, 199):
        own = edges.efferent_edges([neuron])
        assert edges.target_nodes(own).tolist() == list(range(5))
        assert edges.get_attribute("syn_weight", own).tolist() == weights[:, neuron].tolist()
        assert edges.connecting_edges([neuron], [3]).flat_size == 1


def test_sonata_has_configurations_and_tables(run, exported):
    import libsonata

    folder = exported(run, "sonata")
    circuit = libsonata.CircuitConfig.from_file(str(folder / "circuit_config.json"))
    assert circuit.node_population("outputs").size == 5
    assert circuit.edge_population("inputs_to_outputs").size == 1000
    simulation = libsonata.SimulationConfig.from_file(str(folder / "simulation_config.json"))
    assert (simulation.run.tstop, simulation.run.dt) == (40_000.0, 1.0)
    assert simulation.output.spikes_file == str(folder / "spikes.h5")
    assert simulation.network == str(folder / "circuit_config.json")
    with open(folder / "node_types.csv", encoding="utf-8") as file:
        assert {
            row["pop_name"]: row["model_type"] for row in csv.DictReader(file, delimiter=" ")
        } == {"inputs": "virtual", "outputs": "point_neuron", "teacher": "virtual"}
    assert [row["label"] for row in rows(folder / "trials.csv")] == [
        str(k) for k in run.learning["label"].values
    ]
    assert (folder / "manifest.json").read_bytes() == (run.path / "manifest.json").read_bytes()


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def matrix(table, name):
    """The columns name_0, name_1, … of a CSV file as floats (n_row, m)."""
    names = [key for key in table[0] if key.startswith(f"{name}_")]
    return np.array([[float(row[key]) for key in names] for row in table])


def test_csv_has_the_spikes_and_units(run, exported):
    folder = exported(run, "csv")
    units, trains = rows(folder / "units.csv"), {}
    for name in ("inputs", "outputs", "teacher"):
        spikes = rows(folder / f"spikes_{name}.csv")
        times, ids = run.spikes(name)
        assert np.array([float(row["time"]) for row in spikes]).tobytes() == times.tobytes()
        assert [int(row["node_id"]) for row in spikes] == ids.tolist()
        trains |= {
            (name, int(row["node_id"])): int(row["recorded_spikes"])
            for row in units
            if row["population"] == name
        }
    assert trains == {unit: len(times) for unit, times in truth(run).items()}
    assert len(units) == 210
    centres = hashlib.sha256(matrix(units, "centre")[:200].tobytes())
    assert centres.hexdigest() == run.manifest["fingerprints"]["centres"]
    windows = WINDOWS if run.manifest["settings"]["record"] == "windows" else [[0.0, 40.0]]
    assert [
        [float(row["start"]), float(row["stop"])] for row in rows(folder / "recorded.csv")
    ] == windows


def test_csv_has_trials_weights_learning_and_parameters(run, exported):
    folder, learning = exported(run, "csv"), run.learning
    trials = rows(folder / "trials.csv")
    for name, variable in {
        "start_time": "time",
        "label": "label",
        "response": "response",
        "credit": "credit",
    }.items():
        assert [float(row[name]) for row in trials] == learning[variable].values.tolist()
    assert matrix(trials, "spike_counts").tolist() == learning["spike_counts"].values.tolist()
    weights = rows(folder / "weights.csv")
    pre, post = (np.array([int(row[name]) for row in weights]) for name in ("pre", "post"))
    assert len(set(zip(pre, post))) == 1000 == len(weights)
    assert [float(row["weight"]) for row in weights] == expected_weights(run)[post, pre].tolist()
    assert (
        matrix(weights, "theta_path").tolist() == learning["theta"].values[:, post, pre].T.tolist()
    )
    curve = rows(folder / "learning.csv")
    for name in ("probe_time", "probe_accuracy", "online_accuracy"):
        np.testing.assert_array_equal([float(row[name]) for row in curve], learning[name].values)
    assert (
        matrix(rows(folder / "confusion.csv"), "answered").tolist()
        == learning["confusion"].values.tolist()
    )
    assert {
        row["parameter"]: [row["value"], row["unit"], row["source"]]
        for row in rows(folder / "parameters.csv")
    } == {
        name: [str(one["value"]), one["unit"], one["source"]]
        for name, one in run.manifest["parameters"].items()
    }


@pytest.mark.parametrize("to", ["csv", "sonata"])
def test_readme_explains_every_column(run, exported, to):
    folder = exported(run, to)
    text = (folder / "README.txt").read_text(encoding="utf-8")
    assert f"citation: {run.manifest['model']['citation']}\n" in text
    for path in set(folder.glob("*.csv")) - set(folder.glob("*_types.csv")):  # those are SONATA's
        section = text.partition(f"\n{path.name}: ")[2].partition("\n\n")[0]
        for name in rows(path)[0]:
            assert (
                f"\n  {name} " in section
                or f"\n  {name}:" in section
                or f"\n  {name.rpartition('_')[0]}_0, " in section
            ), (path.name, name)
    assert ("\n  time (s): time of the spike, from the start of learning" in text) == (to == "csv")


@pytest.mark.parametrize("to", ["nwb", "sonata", "csv"])
def test_the_same_run_gives_the_same_bytes(odd, exported, tmp_path, to):
    first, second = exported(Result(odd), to), export_run(odd, to, tmp_path / "again")
    assert listing(first) == listing(second)
    if first.is_file():
        assert first.read_bytes() == second.read_bytes()


@pytest.fixture
def copy(finished, tmp_path):
    """A copy of the finished run, alone in its folder."""
    return shutil.copytree(finished, tmp_path / "here" / "run.v1")


@pytest.mark.parametrize(
    ("to", "name"),
    [
        ("nwb", "run.v1.nwb"),
        ("neo", "run.v1.nix"),
        ("sonata", "run.v1-sonata"),
        ("csv", "run.v1-csv"),
    ],
)
def test_the_command_writes_beside_the_run_and_overwrites_nothing(copy, to, name, monkeypatch):
    if to == "neo":  # its file takes seconds, and is read in other tests
        monkeypatch.setattr("neo.io.NixIO.write_block", lambda io, block: None)
    before = listing(copy)
    done = command("export", copy, "--to", to, "--json")
    assert (done.status, done.err) == (0, [])
    assert done.json["export"] == str(copy.parent / name)
    assert sorted(path.name for path in copy.parent.iterdir()) == sorted([copy.name, name])
    assert listing(copy) == before
    written = listing(copy.parent)
    done = command("export", copy, "--to", to)
    assert (done.status, done.out) == (2, [])
    place = copy.parent / name
    assert done.err == [
        f"spikesampler: {place} exists and is not overwritten: give another one with --out"
    ]
    assert listing(copy.parent) == written


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
@pytest.mark.parametrize("to", FORMATS)
def test_whatever_is_at_the_place_stays(finished, tmp_path, to, kind):
    place = tmp_path / "place"
    {
        "file": lambda: place.write_text("mine"),
        "folder": place.mkdir,
        "link": lambda: place.symlink_to(tmp_path / "nowhere"),
    }[kind]()
    with pytest.raises(
        InputError, match=r"place exists and is not overwritten: give another one with out="
    ):
        export_run(finished, to, place)
    assert [path.name for path in tmp_path.iterdir()] == ["place"]
    assert kind != "file" or place.read_text() == "mine"


@pytest.mark.parametrize("to", ["nwb", "sonata", "csv"])
def test_what_comes_into_being_meanwhile_stays(finished, tmp_path, monkeypatch, to):
    place = tmp_path / "place"
    last = {"nwb": "nwb._name_objects", "sonata": "sonata._configs", "csv": "csv.readme"}[to]

    def appear(*arguments):
        place.write_text("mine")
        return {} if to == "sonata" else ""

    monkeypatch.setattr(f"spikesampler.export.formats.{last}", appear)
    with pytest.raises(InputError, match=r"place exists and is not overwritten"):
        export_run(finished, to, place)
    assert [path.name for path in tmp_path.iterdir()] == ["place"]
    assert place.read_text() == "mine"


LAST = {
    "nwb": "nwb.Trains.read",
    "neo": "neo._samples",
    "sonata": "sonata._write_edges",
    "csv": "csv.readme",
}


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize(
    "error", [KeyboardInterrupt("stop"), RuntimeError("broken"), OSError(errno.ENOSPC, "full")]
)
def test_a_failure_half_way_leaves_nothing(finished, tmp_path, monkeypatch, to, error):
    def fail(*arguments):
        raise error

    monkeypatch.setattr(f"spikesampler.export.formats.{LAST[to]}", fail)
    kind, text = (
        (InputError, "the disk is full")
        if isinstance(error, OSError)
        else (type(error), str(error))
    )
    with pytest.raises(kind, match=text):
        export_run(finished, to, tmp_path / "new" / "place")
    assert listing(tmp_path) == {}


def test_a_nix_file_that_fails_half_way_is_removed(finished, tmp_path, monkeypatch):
    def fail(io, block):
        raise KeyboardInterrupt

    monkeypatch.setattr("neo.io.NixIO.write_block", fail)
    with pytest.raises(KeyboardInterrupt):
        export_run(finished, "neo", tmp_path / "place.nix")
    assert listing(tmp_path) == {}


def refused(copy, *arguments, text):
    """The command says this in one line, with exit status 2, and writes nothing."""
    before = listing(copy.parent)
    done = command("export", *arguments)
    assert (done.status, done.out, len(done.err)) == (2, [], 1)
    assert text in done.err[0]
    assert listing(copy.parent) == before


@pytest.mark.parametrize("to", FORMATS)
def test_runs_without_the_spikes_of_inputs_are_refused(copy, to):
    change(copy, populations=["outputs", "teacher"])
    text = f"{copy} holds no spikes of inputs: run again with --record windows or --record all"
    refused(copy, copy, "--to", to, text=text)
    (copy / "spikes.h5").unlink()  # as with --record none
    manifest = read_manifest(copy)
    finish(
        copy,
        manifest | {"settings": manifest["settings"] | {"record": "none"}, "recorded_windows": []},
    )
    refused(copy, copy, "--to", to, text=text)


def test_folders_that_are_no_finished_run_are_refused(copy):
    refused(
        copy,
        copy.parent,
        "--to",
        "nwb",
        text=f"{copy.parent} is not a run folder: it has no manifest.json",
    )
    refused(copy, copy / "nothing", "--to", "csv", text="nothing is not a run folder")
    refused(copy, copy / "spikes.h5", "--to", "neo", text="spikes.h5 is not a run folder")
    manifest = read_manifest(copy)
    write_manifest(copy, manifest | {"status": "interrupted"})
    refused(
        copy,
        copy,
        "--to",
        "sonata",
        text=f"{copy} holds an unfinished run (status 'interrupted'): complete it",
    )
    text = (copy / "manifest.json").read_text(encoding="utf-8")
    (copy / "manifest.json").write_text(
        text.replace('"schema": 3', '"schema": 4'), encoding="utf-8"
    )
    refused(
        copy, copy, "--to", "nwb", text="has schema 4, this spikesampler reads up to 3: update it"
    )


def test_damaged_runs_are_refused(copy):
    with open(copy / "spikes.h5", "r+b") as file:
        file.seek(-1, 2)
        file.write(b"?")
    for to in FORMATS:
        refused(copy, copy, "--to", to, text="spikes.h5 is damaged: its SHA-256 is")


def test_a_spike_of_no_neuron_is_refused(copy):
    times = np.array([1.0, 2.0])
    save_spikes(copy / "parts", 0, {"inputs": (times, np.array([3, 200]))})
    merge_spikes(copy / "parts", copy / "spikes.h5", 1)
    shutil.rmtree(copy / "parts")
    finish(copy, read_manifest(copy))
    for to in FORMATS:
        refused(
            copy,
            copy,
            "--to",
            to,
            text="has spikes of neuron 200 of inputs, expected numbers below 200",
        )


def test_unknown_formats_and_missing_packages_are_named(copy, monkeypatch):
    refused(
        copy,
        copy,
        "--to",
        "mat",
        text="--to mat: unknown format, expected one of csv, neo, nwb, sonata",
    )
    for to, package in {"nwb": "pynwb", "neo": "neo"}.items():
        monkeypatch.setitem(sys.modules, package, None)
        refused(copy, copy, "--to", to, text=f"--to {to} needs {package} ")
        refused(copy, copy, "--to", to, text="install it with: pip install 'spikesampler[export]'")
    monkeypatch.setitem(sys.modules, "neo", sys)
    monkeypatch.setitem(sys.modules, "nixio", None)
    refused(copy, copy, "--to", "neo", text="pip install 'spikesampler[export]'")


@pytest.mark.parametrize("centres", [None, "0" * 64])
def test_centres_that_are_not_the_runs_are_left_out(copy, centres):
    """Pixels have none, and a run may have been made with a numpy that draws others."""
    prints = {"centres": centres, "start": "x"} if centres else {"start": "x"}
    change(copy, fingerprints=prints)
    units = rows(export_run(copy, "csv") / "units.csv")
    assert list(units[0]) == [
        "population",
        "node_id",
        "preferred_class",
        "selectivity",
        "output_class",
        "recorded_spikes",
    ]


def test_windows_that_touch_are_one_interval(copy):
    change(copy, windows=[[0.0, 10.0], [10.0, 20.0], [30.0, 40.0]])
    found = rows(export_run(copy, "csv") / "recorded.csv")
    assert [[float(row["start"]), float(row["stop"])] for row in found] == [
        [0.0, 20.0],
        [30.0, 40.0],
    ]


def test_sorting_spikes_by_unit_needs_blocks_and_not_all_spikes(finished):
    from spikesampler.export.trains import Trains

    result = Result(finished)
    number = sum(result.populations.values())
    with Trains(result) as trains:
        assert len(trains) == number  # what is imported or read at first use is not counted below
    kept = (finished / "spikes.h5").stat().st_size  # one block of its seal stays in memory
    tracemalloc.start()
    with Trains(result):
        peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # bytes: a dozen arrays of a block; all spike times would take more
    assert peak - kept < 100 * SMALL_BLOCK < 8 * number


@pytest.mark.slow
@pytest.mark.parametrize("to", ["nwb", "csv", "sonata"])
def test_memory_does_not_grow_with_the_recording(finished, tmp_path, to):
    """3e7 spikes are 240 MB of times alone; a process of its own, as its peak never falls."""
    folder = shutil.copytree(finished, tmp_path / "run")
    rng = np.random.default_rng(0)
    for part in range(10):
        times = np.sort(rng.integers(0, 4000, 3_000_000)) + 4000.0 * part
        save_spikes(folder / "parts", part, {"inputs": (times, rng.integers(0, 200, len(times)))})
    merge_spikes(folder / "parts", folder / "spikes.h5", 10)
    shutil.rmtree(folder / "parts")
    finish(folder, read_manifest(folder))
    measure = (
        "import sys; from spikesampler.export import export_run; export_run(*sys.argv[1:]);"
        f" print({PEAK_KIB})"
    )
    done = subprocess.run(
        [sys.executable, "-c", measure, folder, to], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 450 * 1024, "libraries take 180 MiB, blocks some 150"
