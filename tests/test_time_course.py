"""What depends on time in a run: courses of temperature, borders of chunks, seconds to steps.

The phases run over a network that is plain arithmetic, so that every array that a chunk is given
can be looked at, and a run in pieces must be that in one piece to the bit.
"""

import numpy as np
import pytest
from runs import SIZES

from spikesampler.experiments import chunks, phases
from spikesampler.experiments.phases import Runner, learn
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.run_folder import recorded_windows
from spikesampler.experiments.settings import resolve
from spikesampler.language.noise_arms import temperatures
from spikesampler.spiking import run as engine
from spikesampler.spiking.build import Binary
from spikesampler.spiking.results import Results, Spikes
from spikesampler.spiking.run import Chunk
from spikesampler.spiking.state import State, silent_state, to_arrays
from spikesampler.stats.windows import bin_edges, bin_spikes, sample_borders
from spikesampler.store.checkpoint import load_records, part_paths
from spikesampler.store.spikes import merge_spikes, read_spikes

SAMPLES = 23
SETTINGS = {
    "set": SIZES,
    "noise": "constant_matched:schedule=linear:noise_scale=0.5",
    "seed": 4,
    "samples": SAMPLES,
    "probe_every": 10,
    "probe_samples": 7,
    "test_samples": 9,
    "record": "all",
}

# --- temperature -----


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        ({"schedule": "constant"}, [2, 2, 2, 2, 2]),
        ({"schedule": "linear"}, [2, 1.5, 1, 0.5, 0]),
        ({"schedule": "exponential"}, [2 * np.exp(-3 * f) for f in (0, 0.25, 0.5, 0.75, 1)]),
    ],
)
def test_temperatures_by_hand(course, expected):
    """2 times the course over the part of learning that is done: 0, 1/4, 1/2, 3/4, 1."""
    options = {"noise_scale": 2.0, "anneal_rate": 3.0, **course}
    np.testing.assert_allclose(temperatures(5, **options), expected, rtol=1e-15, atol=0)
    assert temperatures(1, **options).tolist() == [2.0]  # one sample is the beginning
    half = temperatures(5, **options | {"noise_scale": 1.0})
    np.testing.assert_allclose(half, np.array(expected) / 2, rtol=1e-15, atol=0)


@pytest.mark.parametrize("schedule", ["constant", "linear", "exponential"])
def test_a_run_is_prepared_with_the_course_of_its_arm(schedule):
    """Sample by sample, from the arm's text or from the model's parameters."""
    options = f"schedule={schedule}:noise_scale=0.5:anneal_rate=2"
    prepared = prepare(resolve(**SETTINGS | {"noise": f"weight:{options}"}))
    f = [n / (SAMPLES - 1) for n in range(SAMPLES)]
    share = {"constant": lambda f: 1, "linear": lambda f: 1 - f}
    course = share.get(schedule, lambda f: np.exp(-2 * f))
    np.testing.assert_allclose(prepared.temperature, [0.5 * course(x) for x in f], rtol=1e-14)


def test_every_matched_arm_has_the_mean_power_of_weight_at_its_start():
    """v against a loop over the synapses of either start, clipped as the run clips them."""
    power = {}
    for start in ("prior", "plateau"):
        prepared = prepare(resolve(**SETTINGS, start=start))
        p, total = prepared.values, 0.0
        for row in prepared.theta:
            for theta in row:
                total += p["N"] * p["alpha"] * np.exp(np.exp(theta - p["theta_0"]))
        assert prepared.v == pytest.approx(total / prepared.theta.size, rel=1e-12)
        power[start] = prepared.v
    assert power["prior"] > 1.1 * power["plateau"]  # the starts differ: it is this one's


class Uncompiled(Binary):
    """A program of which only the structure is known, and that it takes what its arm needs."""

    def __init__(self, structure):
        self.structure, self.folder, self.theta_transposed = structure, None, False
        self.shown = {"stimulus", "labels", "temperature_at"}
        self.arrays = {f"synapses.p_{name}": "<f8" for name in structure["units"]}


class Stopped(Exception):
    pass


@pytest.mark.parametrize(("seed", "told"), [(1, 1), (2**31, -(2**31)), (2**32 - 1, -1)])
def test_the_program_is_given_v_the_temperatures_and_the_seed(monkeypatch, tmp_path, seed, told):
    """As it lies in the files and words that the program would be started with; the seed as the
    signed number of the same bits, so that no two are one.
    """
    prepared, taken = prepare(resolve(**SETTINGS)), {}

    def look(*given):
        (words,) = (words for words in given if isinstance(words, list))
        taken.update(word.split("=") for word in words if "=" in word)
        taken["temperatures"] = np.fromfile(taken["temperature_at.values"])
        raise Stopped

    monkeypatch.setattr(engine, "_call", look)
    temperature = np.array([0.7, 0.1, 0.4])
    with pytest.raises(Stopped):
        engine.run_chunk(
            Uncompiled(prepared.structure),
            silent_state(prepared.theta, prepared.structure),
            prepared.learning.points(0, 3),
            prepared.learning.labels[:3],
            values=prepared.values,
            centres=prepared.centres,
            temperature=temperature,
            plastic=True,
            seed=np.uint32(seed),
            work=tmp_path,
            matched_power=2.375,
        )
    assert int(taken["outputs.random_seed"]) == told
    assert float(taken["synapses.p_matched_power"]) == 2.375
    assert float(taken["synapses.p_b"]) == prepared.values["b"]
    np.testing.assert_array_equal(taken["temperatures"][:3], temperature)
    assert not taken["temperatures"][3:].any()


# --- a network that is arithmetic -----


class Arithmetic:
    """What `run_chunk` is asked for, and a chunk that follows from it; `shown`: every call.

    The state of a chunk is a sum over its samples that forgets, so it depends on their order and on
    the state before.
    """

    def __init__(self):
        self.shown = []

    def __call__(self, binary, state, points, labels, **options):
        self.shown.append({"state": state, "labels": labels, **options})
        structure, learns = options["values"], options["plastic"]
        theta, slow, fast = state.theta, state.inputs["x_slow"], state.inputs["x_fast"]
        outputs = dict(state.outputs)
        counts, times, neurons = [], [], []
        for n, (point, label, T) in enumerate(zip(points, labels, options["temperature"])):
            slow, fast = 0.5 * slow + point.sum(), 0.25 * fast + point[0]
            outputs = {name: 0.5 * value + point[-1] for name, value in outputs.items()}
            carried = slow[0] + fast[0] + sum(value.sum() for value in outputs.values())
            counts.append(np.floor(1e6 * carried + label + np.arange(len(theta))) % 7)
            if learns:
                theta = theta + T * point.sum() + 0.01 * carried
            ends = np.array([0, 0.5, 1]) * structure["sample_length"] - [0, 0, structure["dt"]]
            times += list(n * structure["sample_length"] + ends)
            neurons += [0, 1, label]
        spikes = {"outputs": Spikes(np.array(times), np.array(neurons, dtype=int))}
        chunk_state = State(theta, {"x_slow": slow, "x_fast": fast}, outputs, {})
        return Chunk(chunk_state, np.array(counts).astype(np.int64), spikes, 0.1, 1.0)


@pytest.fixture
def play(monkeypatch, tmp_path):
    """play(capacity, **changes): (calls, runner, state, test counts, folder) of a whole run."""

    def run(capacity, **changes):
        settings = resolve(**SETTINGS | {"model": "kappel_2015"} | changes)
        prepared = prepare(settings)
        prepared = prepared._replace(structure=prepared.structure | {"capacity": capacity})
        network, folder = Arithmetic(), tmp_path / f"{capacity}-{len(list(tmp_path.iterdir()))}"
        (folder / "checkpoint").mkdir(parents=True)
        monkeypatch.setattr(phases, "run_chunk", network)
        runner = Runner(settings, prepared, None, folder)
        state = learn(runner, folder, lambda done, total, text: None)
        test, _ = runner.frozen(state, prepared.test, "test")
        return network.shown, runner, state, test, folder

    return run


def test_every_chunk_gets_its_slice_of_time(play):
    """Labels, temperatures and v of the run's samples, in order, whatever the borders are."""
    shown, runner, *_ = play(4)
    learning = [chunk for chunk in shown if chunk["plastic"]]
    assert [len(chunk["labels"]) for chunk in learning] == [4, 4, 2, 4, 4, 2, 3]
    expected = 0.5 * (1 - np.arange(SAMPLES) / (SAMPLES - 1))
    found = np.concatenate([chunk["temperature"] for chunk in learning])
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    labels = np.concatenate([chunk["labels"] for chunk in learning])
    np.testing.assert_array_equal(labels, runner.prepared.learning.labels)
    assert {chunk["matched_power"] for chunk in shown} == {runner.prepared.v}
    for chunk in shown:
        if not chunk["plastic"]:
            assert not chunk["temperature"].any()


def test_a_run_in_pieces_is_that_in_one(play):
    """θ, PSPs and the outputs' variables cross the borders of chunks: in learning, probes and test,
    in what is kept and in the recording.
    """
    whole, *parts = (play(capacity) for capacity in (1000, 1, 3, 4))
    for part in parts:
        assert len(part[0]) > len(whole[0])
        ended = to_arrays(part[2])
        assert ended.keys() == {"theta", "inputs.x_slow", "inputs.x_fast", "outputs.adaptation"}
        for name, value in to_arrays(whole[2]).items():
            np.testing.assert_array_equal(ended[name], value)
        np.testing.assert_array_equal(part[3], whole[3])
        kept, expected = (load_records(played[4] / "checkpoint") for played in (part, whole))
        assert kept.keys() == expected.keys()
        for name in expected:
            np.testing.assert_array_equal(kept[name], expected[name])
        recorded = []
        for folder in (part[4], whole[4]):
            number = len(part_paths(folder / "checkpoint", "spikes"))
            merge_spikes(folder / "checkpoint", folder / "spikes.h5", number)
            recorded.append(read_spikes(folder / "spikes.h5", "outputs"))
        for array, other in zip(*recorded):
            np.testing.assert_array_equal(array, other)
        assert len(recorded[0][0]) == 3 * SAMPLES


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(play, monkeypatch):
    """After any of its chunks: state, records and what it took in total."""
    _, whole, state, _, folder = play(4)
    expected = load_records(folder / "checkpoint")
    for stop in (1, 3, 6):
        runner = Runner(whole.settings, whole.prepared, None, folder.with_name(f"stopped{stop}"))
        saved = phases.save_chunk
        with monkeypatch.context() as patch:

            def stopping(*given, saved=saved, stop=stop):
                saved(*given)
                if given[1] + 1 == stop:
                    raise Stopped

            patch.setattr(phases, "save_chunk", stopping)
            with pytest.raises(Stopped):
                learn(runner, runner.work, lambda done, total, text: None)
        again = Runner(whole.settings, whole.prepared, None, runner.work)
        end = learn(again, again.work, lambda done, total, text: None)
        ended = to_arrays(end)
        for name, value in to_arrays(state).items():
            np.testing.assert_array_equal(ended[name], value)
        kept = load_records(again.work / "checkpoint")
        for name, values in expected.items():
            np.testing.assert_array_equal(kept[name], values)
        shown = SAMPLES + 4 * 7  # four probes; the test comes after
        assert again.simulated_seconds == pytest.approx(shown * 0.2)
        assert again.engine_peak_mib == 1.0


def test_probes_are_at_their_times_and_begin_in_silence(play):
    """After 0, 10, 20 and all samples; learning goes on as if there had been none."""
    shown, _, _, _, folder = play(4)
    assert load_records(folder / "checkpoint")["probe_seen"].tolist() == [0, 10, 20, 23]
    learnt, held_out = None, []
    for chunk in shown:
        if chunk["plastic"]:
            if learnt is not None:
                np.testing.assert_array_equal(chunk["state"].theta, learnt)
            learnt = None
            held_out = []
        else:
            if not held_out:  # the first piece of a probe; the others go on from the one before
                for values in chunk["state"].inputs.values():
                    assert not values.any()
            held_out.append(chunk)
            learnt = chunk["state"].theta
    assert len({chunk["seed"] for chunk in shown}) == len(shown)


def test_spikes_of_windows_are_those_of_the_whole_recording(play, monkeypatch):
    """Windows of 3 samples at the ends and in the middle, by the times of the run."""
    monkeypatch.setattr(
        phases,
        "recorded_windows",
        lambda n, length, record: recorded_windows(n, length, record, 0.6),
    )
    recorded = {}
    for record in ("all", "windows"):
        *_, folder = play(4, record=record)
        merge_spikes(folder / "checkpoint", folder / "spikes.h5")
        recorded[record] = np.array(read_spikes(folder / "spikes.h5", "outputs"))
    sample = np.rint(recorded["all"][0] * 1000).astype(int) // 200
    inside = np.isin(sample, [0, 1, 2, 10, 11, 12, 20, 21, 22])
    np.testing.assert_array_equal(recorded["windows"], recorded["all"][:, inside])


# --- seconds to steps -----


class Structure:
    """A binary of which only the structure is asked."""

    theta_transposed, arrays = False, {}

    def __init__(self, **structure):
        self.structure = structure


@pytest.mark.parametrize("dt", [1e-3, 1e-4, 2e-4])
def test_an_event_at_every_step_of_a_full_chunk_is_counted_in_its_sample(dt):
    """n dt / dt is a little below n for many n: cut and not rounded, it lies a step earlier."""
    length, K = 40e-3, 3
    steps = np.arange(round(1000 * length / dt))
    times = steps * dt
    assert (np.floor(times / dt).astype(int) != steps).any() or dt == 1e-3
    results = Results.__new__(Results)
    results.binary = Structure(dt=dt, sample_length=length, gap=0.0, grid=length, frames=1, K=K)
    counts = results.counts(Spikes(times, steps % K), 1000)
    per_sample = round(length / dt)
    expected = np.zeros((1000, K), int)
    for step in steps.tolist():
        expected[step // per_sample, step % K] += 1
    np.testing.assert_array_equal(counts, expected)


@pytest.mark.parametrize(("dt", "length"), [(1e-3, 0.2), (1e-4, 0.2), (1e-3, 0.04)])
def test_windows_keep_the_events_of_their_steps(dt, length):
    """Of one event at every step: those of samples [first, last), whatever the rounding of t."""
    per_sample, first = round(length / dt), 700
    steps = np.arange(20 * per_sample)
    structure = {"dt": dt, "sample_length": length, "gap": 0.0, "grid": length, "frames": 1}
    windows = [(701, 703), (710, 719)]
    times, neurons = chunks.in_windows(Spikes(steps * dt, steps), windows, first, structure)
    kept = [n for n in steps.tolist() if any(a <= first + n // per_sample < b for a, b in windows)]
    assert neurons.tolist() == kept
    absolute = np.array([first * per_sample + n for n in kept])
    np.testing.assert_array_equal(np.rint(times / (dt * 1e3)).astype(int), absolute)
    np.testing.assert_allclose(times, absolute * (dt * 1e3), rtol=1e-15)


@pytest.mark.parametrize("start", [0.0, 86.2, 149.0, 8638.0])
def test_bins_and_strips_hold_an_event_of_every_step_once(start):
    """Two seconds at 1 ms, as a recording has them (ms / 1000): 20 in each bin of 20 ms."""
    first = round(start * 1000)
    times = np.arange(first, first + 2000) * 1.0 / 1000
    edges = bin_edges(start, start + 2, 0.2)
    counts = bin_spikes(times, np.zeros(2000, int), edges, 1)[0]
    assert counts.tolist() == [20] * 100
    onsets = np.arange(60_000) * 0.2
    samples, spans = sample_borders(onsets, 0.2, start, start + 2)
    assert samples.tolist() == list(range(round(start / 0.2), round(start / 0.2) + 10))
    np.testing.assert_allclose(spans[:, 1] - spans[:, 0], 0.2, rtol=1e-9)


@pytest.mark.parametrize(
    ("samples", "length", "expected"),
    [
        (200, 0.2, [(0, 50), (75, 125), (150, 200)]),
        (201, 0.2, [(0, 50), (75, 125), (151, 201)]),
        (150, 0.2, [(0, 150)]),
        (151, 0.2, [(0, 50), (50, 100), (101, 151)]),
        (1000, 0.3, [(0, 33), (483, 516), (967, 1000)]),
        (40, 20.0, [(0, 1), (19, 20), (39, 40)]),
    ],
)
def test_recorded_windows_by_hand(samples, length, expected):
    """10 s at the start, in the middle and at the end: whole samples, disjoint."""
    assert recorded_windows(samples, length, "windows") == expected
    assert recorded_windows(samples, length, "all") == [(0, samples)]
    assert recorded_windows(samples, length, "none") == []


def test_a_silent_state_has_every_variable_of_the_text():
    """Also those that are stepped on the grid alone; the answer only where the text asks for it."""
    rule = {
        "inputs": "dx/dt = -x/tau : 1",
        "outputs": "dadaptation/dt = nu/tau : 1\nu = sum(w*x) + adaptation : 1",
        "synapses": "w = exp(theta) : 1\nde/dt = -e/tau : 1",
        "signals": "dr/dt = -r/tau : 1",
        "drift": {"theta": "velocity", "velocity": "-velocity"},
        "resets": {"sample": "r += correct"},
    }
    structure = {"rule": rule, "arm": {"variance": {"velocity": "1"}, "release": {}}}
    state = silent_state(np.ones((2, 3)), structure, {"e": np.full((2, 3), 0.5), "r": 2.0})
    assert {name: values.tolist() for name, values in to_arrays(state).items()} == {
        "theta": [[1.0] * 3] * 2,
        "inputs.x": [0.0] * 3,
        "outputs.adaptation": [0.0] * 2,
        "outputs.r": [2.0] * 2,
        "outputs.response": [-1.0] * 2,
        "outputs.correct": [0.5] * 2,
        "synapses.e": [[0.5] * 3] * 2,
        "synapses.velocity": [[0.0] * 3] * 2,
    }
