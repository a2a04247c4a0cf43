"""Spike trains of files: what is replayed is what the file has, step by step, or it is refused."""

import re

import h5py
import numpy as np
import pytest
from engine import I, K, Net, by_sample, show
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import command

from spikesampler import run
from spikesampler.errors import InputError
from spikesampler.experiments import objective_of
from spikesampler.experiments.phases import Runner
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.settings import resolve
from spikesampler.export import export_run
from spikesampler.spiking.build import build
from spikesampler.spiking.state import silent_state
from spikesampler.stimuli import SPLITS, Samples, Trains, load_source
from spikesampler.stimuli.readers.spikes import SpikeTable
from spikesampler.stimuli.spike_steps import Times, times_of, trains_of

STEPS, GAP, DT = 40, 10, 1e-3  #: those of the network "replayed"
SLOW = pytest.param("reference_replayed", marks=pytest.mark.slow)
PARAMETERS = {"K": 10, "I": I, "dt": DT, "sample_length": STEPS * DT}
LABELS = np.arange(30) % 3


def spikes(num_samples=30, seed=0, chance=0.02, num_inputs=I):
    """A table (samples, steps, inputs) of spikes."""
    return np.random.default_rng(seed).random((num_samples, STEPS, num_inputs)) < chance


def arrays_of(table, gap=0):
    """Times and neurons of a table, in order, with a gap of steps after each sample."""
    sample, step, neuron = np.nonzero(table)
    return {"times": (sample * (STEPS + gap) + step) * DT, "neurons": neuron}


def table_of(trains, num_inputs=I):
    table = np.zeros((len(trains), STEPS, num_inputs), dtype=bool)
    table[trains.samples(), trains.steps, trains.neurons] = True
    return table


def written(folder, **arrays):
    path = folder / "spikes.npz"
    np.savez(path, **arrays)
    return path


def load(path, **options):
    parameters = PARAMETERS | options.pop("parameters", {})
    return load_source(f"spikes:{path}", seed=1, parameters=parameters, **options)


# reading


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 6).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.sets(
                st.tuples(st.integers(0, n - 1), st.integers(0, STEPS - 1), st.integers(0, 9)),
                max_size=40,
            ),
        )
    ),
    st.integers(0, 7),
    st.sampled_from([1e-4, 1e-3, 0.3]),
    st.sampled_from([0.0, 0.4, 0.999]),
)
def test_every_spike_is_in_its_step(drawn, gap, dt, within):
    """At the beginning of steps, where rounding may put a time before it, and later in them."""
    num_samples, events = drawn
    sample, step, neuron = np.array(sorted(events), dtype=int).reshape(-1, 3).T
    times = (sample * (STEPS + gap) + step + within) * dt
    labels = np.zeros(num_samples, int)
    table = SpikeTable(times, neuron, labels, {}, {})
    trains = trains_of("f", table, Times(dt, STEPS * dt, gap * dt), num_inputs=10)
    assert np.array_equal(trains.samples(), sample)
    assert np.array_equal(trains.steps, step)
    assert np.array_equal(trains.neurons, neuron)
    assert len(trains) == num_samples


def test_times_of_float32_are_in_their_steps_or_refused(tmp_path):
    late = np.arange(0, 60, 0.001)  # 1e-3 s times 2**-24 of 60 s: up to 0.004 of a step off
    table = SpikeTable(late.astype(np.float32), np.zeros(late.size, int), np.arange(60) % 2, {}, {})
    trains = trains_of("f", table, Times(DT, 1.0, 0.0), num_inputs=1)
    assert np.array_equal(trains.steps, np.tile(np.arange(1000), 60))
    long = table._replace(times=np.float32([8000]), neurons=np.zeros(1, int), labels=np.arange(9))
    with pytest.raises(InputError, match=r"time 8000 of spike 0 .*tell steps of 0.001 s \(float32"):
        trains_of("f", long, Times(DT, 1000.0, 0.0), num_inputs=1)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=12))
def test_samples_take_their_spikes_along(rows):
    table = spikes(5, num_inputs=4, chance=0.1)
    sample, step, neuron = np.nonzero(table)
    trains = Trains(np.searchsorted(sample, np.arange(6)), step, neuron)
    chosen = trains.of(np.array(rows, dtype=int))
    assert np.array_equal(table_of(chosen, 4), table[rows])
    assert np.array_equal(chosen.counts(4), table[rows].sum(axis=1))


def test_npz_files_of_spikes(tmp_path):
    table = spikes()
    path = written(tmp_path, labels=LABELS, **arrays_of(table))
    source = load(path, order="given")
    assert (source.coding, source.num_features, source.num_classes) == ("spikes", I, 3)
    seen = set()
    for split in SPLITS:
        samples = source.draw(split, source.description()["rows"][split], 1)
        assert np.array_equal(table_of(samples.points()), table[samples.rows])
        assert np.array_equal(samples.labels, LABELS[samples.rows])
        seen |= set(samples.rows.tolist())
    assert seen == set(range(30))
    assert source.description()["files"].keys() == {"spikes.npz"}
    assert source.description()["num_spikes"] == table.sum()
    assert source.notes == ()


def test_a_file_may_say_lengths_and_the_number_of_inputs(tmp_path):
    table = spikes(num_inputs=5)
    sizes = {"sample_length": STEPS * DT, "gap": 0.01, "num_inputs": 7}
    kind = np.array(["up", "down", "flat"])[LABELS]
    path = written(tmp_path, kind=kind, **sizes, **arrays_of(table, gap=10))
    source = load(path, label="kind", parameters={"sample_length": 0.2})
    assert source.num_features == 7
    assert source.class_names == ["down", "flat", "up"]
    assert source.times == Times(DT, 0.04, 0.01)

    def settings_of(**chosen):
        chosen = {"grid": "20*ms"} | chosen
        return resolve("fang_2018", data=f"spikes:{path}", label="kind", samples=9, set=chosen)

    prepared = prepare(settings_of())
    assert (prepared.model["I"], prepared.model["K"]) == (7, 3)
    assert prepared.sample_length == pytest.approx(0.04, rel=1e-15)
    other_length, other_size = settings_of(sample_length="200*ms"), settings_of(I=9)
    with pytest.raises(InputError, match=r"sample_length is set to 0.2 s: spikes\.npz has samples"):
        prepare(other_length)
    with pytest.raises(
        InputError, match=r"I=9: expected 7, the number of inputs of spikes\.npz; leave I out"
    ):
        prepare(other_size)


def test_inputs_beyond_the_largest_neuron_are_told(tmp_path):
    path = written(tmp_path, labels=LABELS, **arrays_of(spikes(num_inputs=5)))
    assert "the largest neuron is 4" in load(path).notes[0]
    assert "--set I=5" in load(path).notes[0]


def test_samples_without_spikes_are_told(tmp_path):
    """More labels than samples, and a sample_length of 40 ms that was given as 40."""
    labels = np.arange(60) % 3
    path = written(tmp_path, labels=labels, **arrays_of(spikes()))
    assert (
        "30 of 60 samples have no spike: is sample_length (0.04) in s, and is"
        in load(path).notes[0]
    )
    path = written(tmp_path, labels=LABELS, sample_length=40, **arrays_of(spikes()))
    assert (
        "29 of 30 samples have no spike: is sample_length (40) in s, and is" in load(path).notes[0]
    )
    path = written(tmp_path, labels=LABELS[:29], **arrays_of(spikes(15)))
    assert load(path).notes == ()  # of 29 samples 14 have none


def test_a_gap_that_only_the_model_says_is_advised(tmp_path):
    """Samples every 50 ms, of 40 ms in a model with a gap of 10 ms; the file lacks it."""
    arrays = {"labels": LABELS} | arrays_of(spikes(), gap=10)
    path = written(tmp_path, **arrays)
    with pytest.raises(
        InputError, match=r"below 1.2 s, .*or gap=0.01 in the file if a silence foll"
    ):
        load(path, parameters={"gap": 0.01})
    path = written(tmp_path, gap=0.01, **arrays)
    assert load(path).description()["num_spikes"] == spikes().sum()


def test_words_that_nearly_are_data_are_told(tmp_path):
    path = written(tmp_path, labels=LABELS, **ARRAYS)
    with pytest.raises(InputError, match=f"holds times and neurons, .*; do: data='spikes:{path}'"):
        load_source(path, seed=1, parameters=PARAMETERS)
    known = "no data named .*: expected digits, or .*, or spikes:FILE .*; do: data='{}', or check"
    for word, meant in (("spike:a/b.npz", "spikes:a/b.npz"), ("Digit", "digits")):
        with pytest.raises(InputError, match=known.format(meant)):
            load_source(tmp_path / word, seed=1, parameters=PARAMETERS)
    with pytest.raises(InputError, match=r"no data named 'absent': .*\); do: check the path"):
        load_source("absent", seed=1, parameters=PARAMETERS)


def refused(folder, message, parameters=None, labels=LABELS, **arrays):
    arrays = arrays_of(spikes()) | {"labels": labels} | arrays
    path = written(folder, **{name: each for name, each in arrays.items() if each is not None})
    with pytest.raises(InputError, match=message) as raised:
        load(path, parameters=parameters or {})
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


ARRAYS = arrays_of(spikes())
TIMES, NEURONS = ARRAYS["times"], ARRAYS["neurons"]


def changed(array, place, value):
    array = array.astype(float)
    array[place] = value
    return array


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"times": changed(TIMES, 17, np.nan)}, r"time nan of spike 17 \(the first is 0\): expect"),
        ({"times": changed(TIMES, -1, np.inf)}, rf"time inf of spike {len(TIMES) - 1} "),
        (
            {"times": TIMES[::-1]},
            r"spike \d+ .* is at .* s, after one at .* s: expected times in o",
        ),
        ({"times": changed(TIMES, 0, -0.01)}, "time -0.01 of spike 0 .*: expected 0 s, where the"),
        ({"times": changed(TIMES, -1, 1.2)}, "time 1.2 of spike .*: expected below 1.2 s, the end"),
        ({"times": changed(TIMES, -1, 1e300)}, "expected below 1.2 s, the end of the 30 samples"),
        (
            {"labels": LABELS[:20]},
            r"time 0.8\d* of spike \d+ .*below 0.8 s, the end of the 20 samp",
        ),
        ({"neurons": changed(NEURONS, 5, -1)}, r"neuron -1 of spike 5 .*: expected 0 to 199"),
        ({"neurons": changed(NEURONS, 5, 200)}, r"neuron 200 of spike 5 .*I=200.*set={'I': 201}"),
        (
            {"neurons": changed(NEURONS, 5, 1e12)},
            r"neuron 1000000000000 .*do: renumber the neurons",
        ),
        ({"neurons": changed(NEURONS, 5, 2.5)}, r"neuron 2.5 of spike 5 .*: expected a whole numb"),
        (
            {"neurons": NEURONS[1:]},
            r"times of shape \(\d+,\) and neurons of shape \(\d+,\): expect",
        ),
        ({"times": TIMES[:, None]}, r"times of shape \(\d+, 1\)"),
        ({"times": TIMES.astype(str)}, "times of type <U.*: expected numbers"),
        (
            {"labels": LABELS[:, None, None]},
            r"labels of shape \(30, 1, 1\): expected \(number of sa",
        ),
        ({"labels": LABELS - 1}, r"label -1 in sample 0 \(the first is 0\) is outside 0..9"),
        ({"labels": None}, "has no array of labels: expected one; do: add it as 'labels'"),
        ({"times": None}, "has no array named 'times', it holds .*expected times"),
        ({"sample_length": 0.0405}, "sample_length is 0.0405 s, 40.5 steps of 0.001 s: expected a"),
        ({"sample_length": -1.0}, "sample_length is -1.0: expected one number above 0"),
        ({"num_inputs": 7.5}, "num_inputs is 7.5: expected one whole number above 0"),
        (
            {"num_inputs": 100, "neurons": changed(NEURONS, 5, 100)},
            ": expected 0 to 99, as the file says num_inputs=100; do: mend num_inputs in the",
        ),
        (
            {"times": TIMES[:0], "neurons": NEURONS[:0]},
            "has no spikes: expected some in its 30 samp",
        ),
        ({"times": 1000 * TIMES}, "divide them by 1000 if these are ms, as times are in seconds"),
        (
            {"times": TIMES[-1:] + 0.1, "neurons": NEURONS[-1:]},
            r"sample_length in the file or with set=…, or gap \(s\) in the file if a silence",
        ),
        (
            {"times": TIMES[-1:] + 0.1, "neurons": NEURONS[-1:], "sample_length": 0.04, "gap": 0.0},
            "do: give a label for each sample$",
        ),
        ({"gap": [0.1, 0.2]}, r"gap is \[0.1 0.2\]: expected one number of 0 or more"),
        ({"sample_length": 0.03, "gap": 0.01}, "expected one in a sample .0.03 s., not in the gap"),
    ],
)
def test_spikes_that_do_not_fit_are_refused(arrays, message, tmp_path):
    refused(tmp_path, message, **arrays)


@pytest.mark.parametrize(
    ("words", "arrays", "message"),
    [
        ([], {"neurons": changed(NEURONS, 5, 1000)}, "neuron 1000 of spike 5 .*I=1000"),
        (["--set", "I=200"], {"neurons": changed(NEURONS, 5, 200)}, "neuron 200 of spike 5 "),
        ([], {"times": TIMES + 100}, r"time 100\S* of spike 0 .*below 6 s, the end of the 30"),
        (["--label", "kind"], {}, "has no array named 'kind'"),
        (["--order", "given"], {"times": TIMES[::-1]}, "expected times in order"),
    ],
)
def test_the_command_refuses_in_one_line_and_leaves_nothing(words, arrays, message, tmp_path):
    path = written(tmp_path, **({"labels": LABELS} | ARRAYS | arrays))
    out = tmp_path / "run"
    done = command("run", "fang_2018", "--data", f"spikes:{path}", *words, "--out", out)
    assert (done.status, done.out, len(done.err)) == (2, [], 1)
    assert re.search(message, done.err[0]), done.err
    assert not out.exists()


def test_two_spikes_of_a_neuron_in_a_step_are_refused(tmp_path):
    times, neurons = np.array([0.0101, 0.0102, 0.0109, 0.02]), np.array([3, 4, 3, 3])
    refused(
        tmp_path,
        r"spikes 0 and 2 \(the first is 0\) are both of neuron 3 in the step of 0.001 s at 0.010",
        times=times,
        neurons=neurons,
    )
    path = written(tmp_path, times=times, neurons=neurons, labels=LABELS)
    fine = load(path, parameters={"dt": 1e-4})
    assert fine.description()["num_spikes"] == 4


def test_lengths_that_are_no_steps_are_refused():
    with pytest.raises(InputError, match=r"gap is 0\.00025 s, 0\.25 steps"):
        times_of("f", 1e-3, 0.04, 0.00025)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "spikes.csv"
    path.write_text("times,neurons\n1,2\n")
    with pytest.raises(InputError, match="is text: expected spike trains: an NPZ file, a SONATA"):
        load(path)
    with pytest.raises(InputError, match=r"no data named .*absent.*: expected spikes:FILE"):
        load(tmp_path / "absent.npz")
    with pytest.raises(InputError, match="is no folder of a finished run: expected spike trains"):
        load(tmp_path)
    with pytest.raises(InputError, match="'spikes:' names no file: expected spikes:FILE"):
        run(data="spikes:")


# SONATA


def sonata(path, table, *, population="inputs", units="ms", attributes=None, **datasets):
    arrays = arrays_of(table)
    with h5py.File(path, "w") as file:
        group = file.create_group(f"spikes/{population}")
        group["timestamps"] = arrays["times"] * {"ms": 1e3, "s": 1.0}.get(units, 1.0)
        group["timestamps"].attrs["units"] = units
        group["node_ids"] = arrays["neurons"].astype("u8")
        group.attrs.update(attributes or {})
        for name, values in datasets.items():
            file[name] = values
    return path


@pytest.mark.parametrize("units", ["ms", "s"])
@pytest.mark.parametrize("population", ["inputs", "retina"])
@pytest.mark.parametrize("place", ["attribute", "dataset", "words"])
def test_sonata_files(units, population, place, tmp_path):
    table = spikes()
    given = {"attributes": {"labels": LABELS, "sample_length": 0.04, "num_inputs": I}}
    if place == "dataset":
        given = {"labels": LABELS}
    if place == "words":
        words = np.array(["a", "b", "c"], object)[LABELS]
        given = {"kind": words.astype(h5py.string_dtype())}
    path = sonata(tmp_path / "x.h5", table, population=population, units=units, **given)
    source = load(path, label="kind" if place == "words" else None)
    for split in SPLITS:
        samples = source.draw(split, 99, 1)
        assert np.array_equal(table_of(samples.points()), table[samples.rows])
        assert np.array_equal(samples.labels, LABELS[samples.rows])
    assert source.said == (("sample_length",) if place == "attribute" else ())


def test_sonata_files_may_be_sorted_by_neuron(tmp_path):
    path = sonata(tmp_path / "x.h5", spikes(), labels=LABELS)
    with h5py.File(path, "a") as file:
        group = file["spikes/inputs"]
        order = np.argsort(group["node_ids"][:], kind="stable")
        for name in ("timestamps", "node_ids"):
            group[name][:] = group[name][:][order]
        assert (np.diff(group["timestamps"][:]) < 0).any()
    samples = load(path).draw("learning", 20, 1)
    assert np.array_equal(table_of(samples.points()), spikes()[samples.rows])


def test_sonata_files_that_do_not_fit_are_refused(tmp_path):
    table = spikes()
    path = sonata(tmp_path / "x.h5", table)
    with pytest.raises(InputError, match="has no dataset or attribute of labels: expected one"):
        load(path)
    path = sonata(tmp_path / "y.h5", table, units="hours", labels=LABELS)
    with pytest.raises(InputError, match="timestamps of spikes/inputs are in 'hours': expected ms"):
        load(path)
    with h5py.File(tmp_path / "z.h5", "w") as file:
        file["data"] = [1]
    with pytest.raises(InputError, match="has no group 'spikes', it holds 'data'"):
        load(tmp_path / "z.h5")
    path = sonata(tmp_path / "two.h5", table, population="a", labels=LABELS)
    with h5py.File(path, "a") as file:
        file.copy("spikes/a", "spikes/b")
    with pytest.raises(
        InputError, match="has the populations 'a', 'b': expected one of them to be"
    ):
        load(path)
    with h5py.File(tmp_path / "link.h5", "w") as file:
        file["labels"] = LABELS
        file.create_group("spikes")["inputs"] = h5py.ExternalLink(str(path), "/spikes/a")
    with pytest.raises(InputError, match="spikes/inputs is no group of this file: refused"):
        load(tmp_path / "link.h5")


# the engines


@pytest.mark.parametrize("name", ["replayed", SLOW])
@pytest.mark.parametrize("plastic", [True, False])
def test_the_network_replays_every_spike_in_its_step(network, name, plastic):
    """Also in the first and the last step of samples, none at all, and none in gaps."""
    net, table = network(name), spikes(25, seed=1, chance=0.05)
    table[:, [0, -1]] = np.random.default_rng(2).random((25, 2, I)) < 0.5
    table[7] = False
    sample, step, neuron = np.nonzero(table)
    trains = Trains(np.searchsorted(sample, np.arange(26)), step, neuron)
    chunk = show(net, np.full((K, I), 0.3), trains, plastic=plastic, rho=0.0)
    shown = by_sample(net, chunk, "inputs", I)
    assert np.array_equal(shown[:, :STEPS], table)
    assert not shown[:, STEPS:].any()
    shown = shown.reshape(-1, I)
    age = np.arange(len(shown))[::-1, np.newaxis] * DT
    x = (shown * np.exp(-age / net.values["tau_m"])).sum(axis=0)
    slow = chunk.state.inputs["x_slow"]
    np.testing.assert_allclose(slow, x, rtol=1e-10, atol=1e-12)
    empty = Trains(np.zeros(4, int), np.zeros(0, int), np.zeros(0, int))
    silent = show(net, np.full((K, I), 0.3), empty, plastic=plastic)
    assert len(silent.spikes["inputs"].times) == 0
    assert len(silent.counts) == 3


def test_spikes_that_the_network_could_not_replay_are_refused(network):
    net = network("replayed")
    for steps, neurons, message in (
        ([0, STEPS], [0, 0], "of step 0 to 40: expected 0 to 39"),
        ([0, 1], [0, I], "of neuron 0 to 200: expected 0 to 199"),
        ([5, 4], [0, 0], "not in order of time"),
    ):
        trains = Trains(np.array([0, 2]), np.array(steps), np.array(neurons))
        with pytest.raises(InputError, match=message):
            show(net, np.zeros((K, I)), trains)


# runs


SETTINGS = {
    "set": {"I": I, "K": K, "sample_length": 40, "grid": 20, "gap": 10},
    "noise": "none",
    "seed": 3,
    "samples": 50,
    "probe_every": 20,
    "probe_samples": 5,
    "test_samples": 6,
    "record": "all",
}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return written(tmp_path_factory.mktemp("spikes"), labels=LABELS, **arrays_of(spikes()))


@pytest.fixture(scope="module")
def result(cache, path, tmp_path_factory):
    """A run that replays the spikes of a file, in their order."""
    out = tmp_path_factory.mktemp("replay") / "run"
    return run(data=f"spikes:{path}", order="given", out=out, **SETTINGS)


def test_a_run_replays_the_samples_of_the_file_in_their_order(result):
    samples = result.stimuli()
    rows = prepare(resolve(data=result.manifest["settings"]["data"], order="given", **SETTINGS))
    rows = rows.learning.rows
    times, neurons = result.spikes("inputs")
    steps = np.rint(times / DT).astype(int)
    shown = np.zeros((50 * (STEPS + GAP), I), dtype=bool)
    shown[steps, neurons] = True
    shown = shown.reshape(50, STEPS + GAP, I)
    assert np.array_equal(shown[:, :STEPS], spikes()[rows])
    assert not shown[:, STEPS:].any()
    assert (np.diff(rows[:20]) > 0).all()
    assert np.array_equal(samples["points"], spikes()[rows].sum(axis=1))
    assert np.array_equal(result.learning["label"], LABELS[rows])


@pytest.mark.parametrize("split", ["probe", "test"])
def test_probes_and_tests_replay_their_own_samples(split, path, tmp_path, cache):
    prepared = prepare(settings := resolve(data=f"spikes:{path}", **SETTINGS))
    runner = Runner(settings, prepared, build(prepared.structure), tmp_path)
    samples = getattr(prepared, split)
    state = silent_state(prepared.theta, prepared.structure)
    number = len(samples.labels)
    chunk = runner.show(state, samples, 0, number, split, record_inputs=True)
    net = Net(runner.binary, {}, "")
    shown = by_sample(net, chunk, "inputs", I)
    assert np.array_equal(shown[:, :STEPS], spikes()[samples.rows])


def test_what_follows_a_run_of_spikes(result):
    learning, table = result.learning, spikes()
    tested = prepare(resolve(data=result.manifest["settings"]["data"], **SETTINGS)).test.rows
    assert np.array_equal(learning["test_points"], table[tested].sum(axis=1))
    assert result.manifest["data"]["coding"] == "spikes"
    assert len(result.manifest["data"]["files"]["spikes.npz"]) == 64
    rate = learning["input_class_rate"].values
    assert np.nanmean(rate[:3]) == pytest.approx(table.mean() / DT, rel=0.1)
    x = objective_of(result, patterns=20, kind="means").patterns
    rows = prepare(resolve(data=result.manifest["settings"]["data"], order="given", **SETTINGS))
    silence = np.zeros((20, GAP, I), dtype=bool)
    shown = np.concatenate([table[rows.learning.rows[:20]], silence], axis=1)
    slow, fast, mean = 0.0, 0.0, []
    for step in shown.reshape(-1, I):
        slow = slow * np.exp(-DT / result.values["tau_m"]) + step
        fast = fast * np.exp(-DT / result.values["tau_s"]) + step
        mean.append(slow - fast)
    mean = np.reshape(mean, (20, STEPS + GAP, I))[:, :STEPS].mean(axis=1)
    np.testing.assert_allclose(x, mean, atol=1e-12)


def test_a_run_replays_a_run(result, path, tmp_path):
    """A finished run, by its folder, its file and its export in SONATA, gives its spikes again."""
    learnt = result.learning["label"].values
    exported = export_run(result.path, "sonata", out=tmp_path / "sonata")
    for name in (result.path, result.path / "spikes.h5", exported / "spikes.h5"):
        source = load_source(f"spikes:{name}", seed=1, parameters=PARAMETERS | {"I": 7})
        assert source.num_features == I
        assert source.times == Times(DT, STEPS * DT, GAP * DT)
        samples = source.draw("learning", source.description()["rows"]["learning"], 1)
        assert np.array_equal(samples.labels, learnt[samples.rows])
        rows = prepare(resolve(data=f"spikes:{path}", order="given", **SETTINGS)).learning.rows
        assert np.array_equal(table_of(samples.points()), spikes()[rows[samples.rows]])
    options = SETTINGS | {"record": "none", "samples": 20}
    part = run(data=f"spikes:{path}", out=tmp_path / "none", **options)
    with pytest.raises(InputError, match=r"kept 0 s of the 1 s of its spikes.*record='all'"):
        load(part.path)
    with pytest.raises(InputError, match="is a run, whose labels are known"):
        load(result.path, label="kind")


class Own:
    """A source of one's own that replays spikes: those of the table, row by row."""

    name, coding, num_features, num_classes = "own", "spikes", I, 3
    class_names, notes = ["a", "b", "c"], ()

    def draw(self, split, num_samples, seed):
        sample, step, neuron = np.nonzero(spikes())
        table = Trains(np.searchsorted(sample, np.arange(31)), step, neuron)
        rows = (np.arange(num_samples) + seed) % 30
        return Samples(table, rows, LABELS[rows])

    def bayes_accuracy(self, points, labels):
        return float("nan")

    def description(self):
        return {}


def test_a_source_of_ones_own_may_replay_spikes(cache, tmp_path):
    result = run(data=Own(), out=tmp_path / "run", **SETTINGS)
    times, neurons = result.spikes("inputs")
    shown = np.zeros((50 * (STEPS + GAP), I), dtype=bool)
    shown[np.rint(times / DT).astype(int), neurons] = True
    rows = (np.arange(50) + SETTINGS["seed"]) % 30
    assert np.array_equal(shown.reshape(50, -1, I)[:, :STEPS], spikes()[rows])
    table = Trains(np.array([0, 1]), np.array([0]), np.array([I]))
    wrong = type("Wrong", (Own,), {"draw": lambda *_: Samples(table, np.zeros(1, int), [0])})
    with pytest.raises(InputError, match=r"gave neuron 200 \(number 0\): expected"):
        load_source(wrong(), seed=1, parameters=PARAMETERS).draw("probe", 1, 1)


def test_a_changed_file_is_another_run(result, path, tmp_path):
    kept = path.read_bytes()
    try:
        written(path.parent, labels=np.roll(LABELS, 1), **arrays_of(spikes()))
        with pytest.raises(InputError, match="was begun with other data under the same name"):
            run(data=f"spikes:{path}", order="given", out=result.path, resume=True, **SETTINGS)
    finally:
        path.write_bytes(kept)
    again = run(data=f"spikes:{path}", order="given", out=result.path, resume=True, **SETTINGS)
    assert np.array_equal(again.theta, result.theta)
