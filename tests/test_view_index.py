"""The index of recorded spikes against counting them one by one, in any blocks or chunks, and its
files.
"""

import resource
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesampler.errors import InputError
from spikesampler.view import index as module
from spikesampler.view.index import COARSER, PHASES, count_spikes, join, load_index, save_index

DTS = (1e-3, 1e-4, 2e-4, 3e-4)  # s
few = settings(max_examples=60, deadline=None)


def times_of(steps, dt):
    """ms, in the floats that a run writes."""
    return np.asarray(steps) * (dt * 1e3)


def expected(steps, ids, num_samples, num_neurons, per_sample, bins):
    """(first, totals, levels) by whole numbers alone: spikes are added one by one, bins four by
    four.
    """
    counts = np.zeros((num_samples * bins, num_neurons), int)
    np.add.at(counts, (steps * bins // per_sample, ids), 1)
    totals = np.zeros(num_samples * PHASES, int)
    np.add.at(totals, steps * PHASES // per_sample, 1)
    first = np.array([(steps < sample * per_sample).sum() for sample in range(num_samples + 1)])
    levels = [counts]
    while len(levels[-1]) > 64:
        fine = levels[-1]
        levels.append(
            np.array([fine[i : i + COARSER].sum(axis=0) for i in range(0, len(fine), COARSER)])
        )
    return first, totals, levels


def check(index, first, totals, levels):
    assert index.first.dtype == np.int64
    assert np.array_equal(index.first, first)
    assert np.array_equal(index.totals, totals)
    assert len(index.levels) == len(levels)
    for found, level in zip(index.levels, levels):
        assert np.array_equal(found, level)
    assert (index.num_spikes, index.num_neurons) == (first[-1], levels[0].shape[1])


def same(one, other):
    """Whether two indices are equal, types included."""
    pairs = [
        (one.first, other.first),
        (one.totals, other.totals),
        *zip(one.levels, other.levels, strict=True),
    ]
    return one.bins == other.bins and all(
        a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs
    )


@st.composite
def recordings(draw):
    """(steps, ids, num_samples, num_neurons, steps per sample, dt, bins): many at borders, none in
    some samples.
    """
    num_samples, num_neurons = draw(st.integers(1, 90)), draw(st.integers(1, 5))
    per_sample, dt = draw(st.sampled_from([7, 10, 200, 2000])), draw(st.sampled_from(DTS))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    borders = rng.integers(0, num_samples * PHASES, draw(st.integers(0, 30))) * per_sample // PHASES
    steps = np.concatenate(
        [rng.integers(0, num_samples * per_sample, draw(st.integers(0, 200))), borders, borders - 1]
    )
    recorded = rng.random(num_samples) < draw(st.sampled_from([0.3, 1.0]))
    steps = np.sort(steps[(steps >= 0) & recorded[steps // per_sample]])
    bins = draw(st.sampled_from([1, PHASES]))
    return (
        steps,
        rng.integers(0, num_neurons, len(steps)),
        num_samples,
        num_neurons,
        per_sample,
        dt,
        bins,
    )


# --- counting -----


@few
@given(recordings(), st.lists(st.floats(0, 1), max_size=5))
def test_counts_of_any_blocks_are_those_of_single_spikes(recording, cuts):
    steps, ids, num_samples, num_neurons, per_sample, dt, bins = recording
    at = [round(cut * len(steps)) for cut in sorted(cuts)]
    blocks = list(zip(np.split(times_of(steps, dt), at), np.split(ids.astype(np.uint64), at)))
    said = []
    index = count_spikes(
        blocks, num_samples, num_neurons, per_sample * dt * 1000, bins, said.append
    )
    check(index, *expected(steps, ids, num_samples, num_neurons, per_sample, bins))
    assert index.bins == bins
    lengths = [len(times) for times, _ in blocks if len(times)]
    assert said == np.cumsum(lengths).tolist()


@pytest.mark.parametrize("dt", DTS)
@pytest.mark.parametrize("bins", [1, PHASES])
def test_every_border_of_a_long_run(dt, bins):
    """2.4 h of samples, with a spike in the first step of each phase of a sample and one in the
    last: 20 per sample.
    """
    num_samples, per_sample = 43_200, 1000
    phases = np.arange(num_samples * PHASES)[:, None] * (per_sample // PHASES)
    steps = (phases + [0, per_sample // PHASES - 1]).ravel()
    index = count_spikes(
        [(times_of(steps, dt), np.zeros(len(steps), np.uint32))],
        num_samples,
        1,
        per_sample * dt * 1000,
        bins,
    )
    assert np.array_equal(index.first, 2 * PHASES * np.arange(num_samples + 1))
    assert (index.totals == 2).all()
    assert (index.levels[0] == 2 * PHASES // bins).all()


def test_counts_take_the_type_that_holds_them():
    """200 spikes of a neuron per sample fit a byte; 800 in a bin of the next level do not, nor 64
    000 × 4 in two.
    """
    for per_bin, types in ((200, (np.uint8, np.uint16)), (64_000, (np.uint16, np.uint32))):
        times = np.repeat(np.arange(66) + 0.5, per_bin)
        index = count_spikes([(times, np.zeros(len(times), np.uint8))], 66, 1, 1.0)
        assert [level.dtype for level in index.levels] == list(types)
        assert index.levels[1].ravel().tolist() == 16 * [4 * per_bin] + [2 * per_bin]
        assert index.totals.reshape(66, PHASES)[:, 5].tolist() == 66 * [per_bin]


@pytest.mark.parametrize(
    ("times", "ids", "text"),
    [
        ([5.0], [3], "spikes outside 4 samples of 3 neurons"),
        ([5.0, 15.0], [0, -1], "spikes outside 4 samples of 3 neurons"),
        ([-1.0], [0], "spikes outside"),
        ([40.0], [0], "spikes outside"),
        ([np.nan], [0], "spikes outside"),
        ([5.0, np.nan, 6.0], [0, 0, 0], "not in order of time"),
        ([5.0, 39.0, 4.0, 6.0], [0, 0, 0, 0], "not in order of time"),
        ([5.0, 6.0], [0], "2 times and 1 ids"),
        ([], [0], "0 times and 1 ids"),
    ],
)
def test_spikes_that_are_not_the_run_s_are_refused(times, ids, text):
    with pytest.raises(ValueError, match=text):
        count_spikes([(np.array(times), np.array(ids))], 4, 3, 10.0)


def test_blocks_out_of_order_are_refused():
    blocks = [(np.array([5.0, 9.0]), np.array([0, 0])), (np.array([8.0]), np.array([0]))]
    with pytest.raises(ValueError, match="not in order of time"):
        count_spikes(blocks, 4, 3, 10.0)


def test_first_and_last_step_and_neuron_are_inside():
    index = count_spikes([(np.array([0.0, 39.9]), np.array([0, 2]))], 4, 3, 10.0)
    assert index.levels[0].tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 1]]


@few
@given(recordings(), st.lists(st.floats(0, 1), max_size=4))
def test_join_of_pieces_is_the_index_of_the_whole(recording, cuts):
    steps, ids, num_samples, num_neurons, per_sample, dt, bins = recording
    borders = sorted({0, num_samples, *(round(cut * num_samples) for cut in cuts)})
    length, pieces = per_sample * dt * 1000, []
    for first, last in pairwise(borders):
        here = (steps >= first * per_sample) & (steps < last * per_sample)
        times = times_of(steps[here], dt) - first * length
        pieces.append(count_spikes([(times, ids[here])], last - first, num_neurons, length, bins))
    assert same(
        join(pieces),
        count_spikes([(times_of(steps, dt), ids)], num_samples, num_neurons, length, bins),
    )


# --- files -----


def some_index(seed=0, bins=PHASES):
    rng = np.random.default_rng(seed)
    times = np.sort(rng.random(3000) * 900)
    return count_spikes([(times, rng.integers(0, 7, 3000))], 90, 7, 10.0, bins)


def test_an_index_comes_back_as_it_was_and_its_counts_stay_on_the_disk(tmp_path):
    index = some_index()
    save_index(tmp_path / "deep" / "index", index)
    loaded = load_index(tmp_path / "deep" / "index", PHASES)
    assert same(loaded, index)
    assert all(isinstance(level, np.memmap) for level in loaded.levels)
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["index"]


def test_there_is_no_index_where_there_is_no_folder(tmp_path):
    assert load_index(tmp_path / "index", 1) is None
    (tmp_path / "index").write_text("a file")
    assert load_index(tmp_path / "index", 1) is None


def test_an_index_of_other_bins_is_none(tmp_path):
    save_index(tmp_path / "index", some_index(bins=1))
    assert load_index(tmp_path / "index", PHASES) is None
    assert same(load_index(tmp_path / "index", 1), some_index(bins=1))


FILES = ("first", "totals", "level0", "level1", "level2")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["missing", "empty", "half", "scalar", "garbage", "bit"])
def test_an_index_that_is_not_whole_is_none_and_is_replaced(tmp_path, name, damage):
    index, folder = some_index(), tmp_path / "index"
    save_index(folder, index)
    assert sorted(path.stem for path in folder.glob("*.npy")) == sorted(FILES)
    path = folder / f"{name}.npy"
    if damage == "missing":
        path.unlink()
    elif damage == "scalar":
        np.save(path, np.int64(3))
    else:
        data = path.read_bytes()
        path.write_bytes(
            {
                "empty": b"",
                "half": data[: len(data) // 2],
                "garbage": b"\0" * len(data),
                "bit": data[:-9] + bytes([data[-9] ^ 1]) + data[-8:],
            }[damage]
        )
    assert load_index(folder, PHASES) is None
    save_index(folder, index)
    assert same(load_index(folder, PHASES), index)
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


@pytest.mark.parametrize(
    ("num_samples", "sizes"), [(1, [1]), (64, [64]), (65, [65, 17]), (257, [257, 65, 17])]
)
def test_levels_end_at_64_bins(tmp_path, num_samples, sizes):
    index = count_spikes(
        [(np.arange(num_samples) + 0.5, np.zeros(num_samples, np.uint8))], num_samples, 1, 1.0
    )
    assert [len(level) for level in index.levels] == sizes
    save_index(tmp_path / "index", index)
    assert same(load_index(tmp_path / "index", 1), index)


def test_an_index_with_too_few_phases_is_none(tmp_path):
    index = some_index()
    save_index(tmp_path / "index", index._replace(totals=np.array([index.num_spikes])))
    assert load_index(tmp_path / "index", PHASES) is None


@pytest.mark.parametrize("name", ["first", "totals", "level2"])
def test_numbers_that_a_power_cut_has_set_to_zero_are_found(tmp_path, name):
    save_index(tmp_path / "index", some_index())
    path = tmp_path / "index" / f"{name}.npy"
    np.save(path, np.zeros_like(np.load(path)))
    assert load_index(tmp_path / "index", PHASES) is None


def test_a_whole_index_that_is_there_stays(tmp_path):
    save_index(tmp_path / "index", some_index(1))
    save_index(tmp_path / "index", some_index(2))
    assert same(load_index(tmp_path / "index", PHASES), some_index(1))
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


def test_two_writers_at_once_leave_one_whole_index(tmp_path, monkeypatch):
    """The second saves all of its index while the first is half-way."""
    save, calls = np.save, []

    def slow(path, array, **options):
        calls.append(path)
        if len(calls) == 3:
            save_index(tmp_path / "index", some_index(2))
        save(path, array, **options)

    monkeypatch.setattr(np, "save", slow)
    save_index(tmp_path / "index", some_index(1))
    assert len(calls) == 10
    assert same(load_index(tmp_path / "index", PHASES), some_index(2))
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


@pytest.mark.parametrize("limit", [0, 200, 3000])
@pytest.mark.parametrize("broken", [False, True])
def test_a_full_disk_leaves_nothing_behind(tmp_path, limit, broken):
    """The system refuses files above a size: the first array, or a later one, cannot be written."""
    if broken:
        (tmp_path / "index").mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises((OSError, InputError)) as caught:
            save_index(tmp_path / "index", some_index())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "written" in str(caught.value) or "allows a file" in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["index"] * broken


def test_a_file_in_the_way_is_an_input_error(tmp_path):
    (tmp_path / "cache").write_text("not a folder")
    with pytest.raises(InputError, match="a file is where a folder should be"):
        save_index(tmp_path / "cache" / "index", some_index())
    assert (tmp_path / "cache").read_text() == "not a folder"


def test_an_interrupt_while_saving_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupted(path, array, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(module.np, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_index(tmp_path / "index", some_index())
    assert list(tmp_path.iterdir()) == []
