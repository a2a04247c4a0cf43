"""Data from Python: arrays are tables, sources of one's own are checked, the order may be given."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import SETTINGS, SIZES

from spikesampler import Result, run
from spikesampler.errors import InputError
from spikesampler.experiments import objective_of
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.settings import resolve
from spikesampler.stimuli import (
    SPLITS,
    GaussianClusters,
    LabelledData,
    Samples,
    Trains,
    as_data,
    load_source,
    load_table,
)
from spikesampler.stimuli.own import OwnSource

PARAMETERS = {"K": 10}
Y = np.arange(60) % 3
X = np.random.default_rng(0).normal(size=(60, 2)) + Y[:, np.newaxis]


def load(*data, **options):
    return load_source(data, seed=1, parameters=PARAMETERS, **options)


def drawn(source, seed=2):
    """What a source shows, in all splits: points and labels."""
    samples = [source.draw(split, 30, seed) for split in SPLITS]
    return [part for each in samples for part in (each.points(), each.labels)]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(drawn(one), drawn(other), strict=True))


# arrays


@pytest.mark.parametrize(
    ("features", "labels"),
    [
        (X.tolist(), Y.tolist()),
        (X, Y[:, np.newaxis]),
        (X.astype(object).astype(float), Y.astype(float)),
        (pd.DataFrame(X, columns=["0", "1"]), pd.Series(Y)),
        (pd.DataFrame(X, columns=[0, 1]), pd.DataFrame({"kind": Y})),
        (np.asfortranarray(X), pd.Series(Y).astype("category")),
        (pd.DataFrame(X).astype("Float64"), pd.Series(Y).astype("Int64")),
    ],
)
def test_the_same_numbers_are_the_same_data(features, labels):
    assert same(load(features, labels), load(X, Y))


def test_arrays_are_what_the_table_of_them_is(tmp_path):
    np.savez(tmp_path / "table.npz", features=X, label=Y)
    assert same(load(X, Y), load_table(tmp_path / "table.npz", seed=1, num_outputs=10))


def test_labels_may_be_words():
    source = load(X, np.array(["b", "a", "c"])[Y])
    assert source.class_names == ["a", "b", "c"]
    assert source.draw("learning", 20, 1).labels.max() == 2


def test_unsigned_bytes_are_rates_and_other_numbers_features():
    pixels = np.random.default_rng(1).integers(256, size=(60, 4), dtype=np.uint8)
    assert load(X, Y).coding == "tuning"
    bytes_, floats = load(pixels, Y), load(pixels / 255, Y, "rates")
    assert bytes_.coding == floats.coding == "rates"
    assert same(bytes_, floats)  # 255 means 1
    assert load(pixels, Y, "tuning").coding == "tuning"
    frame = pd.DataFrame(pixels)
    assert same(load(frame, Y), bytes_)


def test_a_change_of_any_number_or_label_is_another_fingerprint():
    texts = {str(as_data((X, Y)))}
    for features, labels, *coding in (
        (X + np.eye(60, 2) * 1e-15, Y),
        (X, np.roll(Y, 1)),
        (X[:, ::-1], Y),
        (pd.DataFrame(X, columns=["a", "b"]), Y),
        (np.clip(X, 0, 1), Y, "rates"),
        (np.clip(X, 0, 1), Y),
    ):
        texts.add(str(as_data((features, labels, *coding))))
    assert len(texts) == 7
    assert str(as_data((X.tolist(), Y.tolist()))) == str(as_data((X, Y)))
    copy = pickle.loads(pickle.dumps(as_data((X, Y))))
    assert copy == as_data((X, Y))
    assert hash(copy) == hash(as_data((X, Y)))


def test_arrays_are_taken_as_they_are_now():
    mine = X.copy()
    data = as_data((mine, Y))
    before = drawn(load_source(data, seed=1, parameters=PARAMETERS))
    mine += 1
    after = drawn(load_source(data, seed=1, parameters=PARAMETERS))
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


with_nan = X.copy()
with_nan[7, 1] = np.nan


class Sparse:
    def toarray(self):
        return X


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((X,), r"data has 1 parts: expected \(X, y\)"),
        ((X, Y, "rates", 1), "data has 4 parts"),
        ((X, Y, "pixels"), r"data=\(X, y, 'pixels'\): expected tuning or rates"),
        ((X, Y, "rates"), r"X has -?[\d.]+ in row \d+, column '[01]': expected 0 to 1 as rates"),
        ((X, Y[:-1]), r"X has 60 rows and y is of shape \(59,\): expected \(60,\)"),
        ((X, np.eye(3)[Y]), r"y of shape \(60, 3\).*y.argmax\(axis=1\)"),
        ((X, "label"), "y is 'label': expected 60 labels"),
        ((X, Y + 0.5), r"data=\(X, y\): label 0.5 in row 0 \(the first is 0\) is not a whole"),
        ((X, Y - 1), r"data=\(X, y\): label -1 in row 0 .* is outside 0..9 \(K=10\)"),
        ((X, [None, *Y[1:]]), r"the label in row 0 \(the first is 0\) is a NoneType"),
        ((X, np.zeros(60, int)), "all 60 rows have the same label"),
        ((with_nan, Y), "X has nan in row 7, column '1': expected a finite number; do: drop the"),
        ((pd.DataFrame(with_nan, columns=["u", "v"]), Y), "X has nan in row 7, column 'v'"),
        ((np.ma.masked_invalid(with_nan), Y), "X has masked values"),
        ((X[:, 0], Y), r"X of shape \(60,\): expected \(n, D\), or \(n, F, D\)"),
        ((X[:0], Y[:0]), r"X of shape \(0, 2\): expected \(n, D\)"),
        ((X[:, :, None, None], Y), r"X of shape \(60, 2, 1, 1\)"),
        ((X.astype(str), Y), "X of type <U32: expected numbers"),
        ((X + 0j, Y), "X of type complex128: expected numbers"),
        (([[1, 2], [3]], [0, 1]), "X is no array"),
        ((Sparse(), Y), r"X is sparse: expected an array; do: give X.toarray\(\)"),
        ((pd.DataFrame({"a": X[:, 0], "kind": list("abc") * 20}), Y), "column 'kind' of X is no"),
        ((pd.DataFrame(), Y), "X is a table of 0 rows and 0 columns"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(data, message):
    with pytest.raises(InputError, match=message) as raised:
        load(*data)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("data", [7, X, pd.DataFrame(X), object(), {"X": X}])
def test_what_is_no_data_is_refused(data):
    with pytest.raises(InputError, match=r"data is a \w+: expected arrays \(X, y\), a source with"):
        run(data=data)


def test_arrays_that_a_manifest_names_are_to_be_given_again():
    with pytest.raises(InputError, match=r"were given from Python and are not kept; do: give them"):
        load_source(str(as_data((X, Y))), seed=1, parameters=PARAMETERS)


# order


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(3, 20), min_size=2, max_size=4), st.integers(0, 99))
def test_given_is_the_order_of_the_data_again_and_again(sizes, seed):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    features = np.arange(len(labels), dtype=float)[:, np.newaxis]
    kinds = {
        order: load_source((features, labels), seed=seed, parameters=PARAMETERS, order=order)
        for order in ("shuffled", "given")
    }
    rows = {o: source.draw("learning", 200, seed=3).rows for o, source in kinds.items()}
    number = kinds["given"].description()["rows"]["learning"]
    epoch = rows["given"][:number]
    assert (np.diff(epoch) > 0).all()  # first to last
    assert np.array_equal(rows["given"], np.resize(epoch, 200))  # and from the beginning again
    assert np.array_equal(epoch, np.sort(rows["shuffled"][:number]))  # of the same split
    for split in ("probe", "test"):
        a, b = (source.draw(split, 99, seed=3).rows for source in kinds.values())
        assert np.array_equal(a, b)


def test_clusters_have_no_order():
    parameters = {"K": 3, "D": 2}
    with pytest.raises(InputError, match="order=given: Gaussian clusters are drawn sample by"):
        load_source(None, seed=1, parameters=parameters, order="given")
    with pytest.raises(InputError, match="unknown order 'sorted'; expected one of shuffled, given"):
        run(data=(X, Y), order="sorted")


# sources of one's own


class Mine:
    """Points on two lines, as a user would write a source."""

    name, coding, num_features, num_classes = "lines", "tuning", 2, 2
    class_names, notes = ["low", "high"], ()

    def draw(self, split, num_samples, seed):
        rng = np.random.default_rng([seed, SPLITS.index(split)])
        labels = rng.integers(2, size=num_samples)
        points = np.column_stack([rng.random(num_samples), 0.25 + 0.5 * labels])
        return Samples(points, np.arange(num_samples), labels)

    def bayes_accuracy(self, points, labels):
        return 1.0

    def description(self):
        return {"width": 0.5}


def altered(**changes):
    """A source like Mine, but for these attributes; None leaves one out."""
    names = {name: value for name, value in vars(Mine).items() if not name.startswith("__")}
    kept = {name: value for name, value in (names | changes).items() if value is not None}
    return type("Altered", (), kept)()


def test_a_source_of_ones_own_is_a_source():
    source = load_source(Mine(), seed=1, parameters=PARAMETERS)
    assert same(source, Mine())
    assert source.bayes_accuracy(None, None) == 1
    facts = source.description()
    assert facts["class_names"] == ["low", "high"]
    assert facts["width"] == 0.5
    clusters = GaussianClusters(3, 2, seed=5)
    assert same(load_source(clusters, seed=1, parameters=PARAMETERS), clusters)
    assert OwnSource(Mine()) == OwnSource(Mine()) != OwnSource(altered(num_features=3))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_classes": None, "notes": None}, "Altered has no num_classes, notes: expected all"),
        ({"description": None}, "has no description: expected all that spikesampler.stimuli.Sou"),
        ({"coding": "pixels"}, "has coding 'pixels': expected one of tuning, rates, spikes"),
        ({"num_features": 0}, "has num_features=0: expected a whole number of at least 1"),
        ({"num_classes": 1.5}, "has num_classes=1.5: expected a whole number of at least 2"),
        ({"class_names": ["a"]}, "has 1 class_names for num_classes=2: expected as many"),
        ({"name": 3}, "has name 3: expected a text"),
        ({"notes": "two lines"}, "has notes 'two lines': expected a tuple of texts"),
        ({"description": lambda self: [1]}, "is no dict that JSON can hold"),
        ({"description": lambda self: {"x": np.zeros(2)}}, "is no dict that JSON can hold"),
    ],
)
def test_a_source_that_lacks_something_is_refused(changes, message):
    with pytest.raises(InputError, match=message):
        as_data(altered(**changes))


def test_a_class_is_no_source():
    with pytest.raises(InputError, match=r"data is the class Mine: .* do: give Mine\(…\)"):
        as_data(Mine)


@pytest.mark.parametrize("said", [None, 2, -0.1, "all"])
def test_what_is_no_accuracy_is_refused(said):
    source = OwnSource(altered(bayes_accuracy=lambda self, points, labels: said))
    with pytest.raises(InputError, match=r"bayes_accuracy\(\) of lines gave .*: expected 0 to 1"):
        source.bayes_accuracy(None, None)


def draws(**changes):
    def draw(self, split, num_samples, seed):
        return Mine.draw(self, split, num_samples, seed)._replace(**changes)

    return draw


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda *_: None, r"draw\('learning', 30, 2\) of lines gave a NoneType: expected spikesam"),
        (lambda *_: (1,), "gave a tuple: expected spikesampler.stimuli.Samples"),
        (draws(rows=np.arange(29)), r"gave rows of shape \(29,\) and labels of shape \(30,\)"),
        (draws(rows=np.arange(3), labels=np.zeros(3, int)), "gave 3 samples: expected 30"),
        (draws(rows=np.arange(30) + 1), "gave row 30 .number 29.: expected 0 to 29"),
        (draws(rows=np.arange(30.0)), "gave rows of type float64: expected whole numbers"),
        (draws(labels=np.full(30, 2)), "gave label 2 .number 0.: expected 0 to 1"),
        (draws(table=np.zeros((30, 3))), r"of shape \(30, 3\): expected num_features=2 columns"),
        (draws(table=np.full((30, 2), np.inf)), "gave inf in row 0: expected finite numbers"),
        (draws(scale=0), "gave scale 0: expected a number above 0"),
        (draws(scale=np.nan), "gave scale nan: expected a number above 0"),
        (draws(scale="1"), "gave scale '1': expected a number above 0"),
        (draws(table=np.zeros(30)), r"and shape \(30,\): expected numbers of \(rows, num_feature"),
    ],
)
def test_samples_that_are_none_are_refused(draw, message):
    with pytest.raises(InputError, match=message):
        drawn(load_source(altered(draw=draw), seed=1, parameters=PARAMETERS))


def test_points_of_a_source_are_in_the_unit_cube():
    table = np.full((30, 2), 0.5)
    table[[4, 7], [0, 1]] = 0, 1.2
    with pytest.raises(InputError, match=r"gave the feature 1\.2 in row 7: expected 0 to 1 \(tu"):
        OwnSource(altered(draw=draws(table=table))).draw("learning", 30, 2)
    assert OwnSource(altered(draw=draws(table=table, scale=1.2))).draw("probe", 30, 2).scale == 1.2


def test_a_source_of_one_class_is_refused():
    settings = {"samples": 9, "probe_samples": 4, "test_samples": 5}
    alone = altered(draw=lambda self, split, n, seed: Samples(np.zeros((1, 2)), [0] * n, [1] * n))
    with pytest.raises(InputError, match="lines gave all 18 samples of learning, probe, test the"):
        prepare(resolve(data=alone, **settings))


def test_a_label_of_arrays_has_no_name():
    with pytest.raises(InputError, match=r"label='foo' names a column, and data=\(X, y\) has none"):
        load(X, Y, label="foo")


@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_rates_of_a_source_are_0_to_1(rate):
    table = np.full((30, 2), 0.5)
    table[7, 1] = rate
    with pytest.raises(InputError, match=f"gave the rate {rate} in row 7: expected 0 to 1"):
        OwnSource(altered(draw=draws(table=table), coding="rates")).draw("learning", 30, 2)
    scaled = altered(draw=draws(table=np.abs(table), scale=1.1), coding="rates")
    assert OwnSource(scaled).draw("learning", 30, 2).scale == 1.1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"neurons": np.full(60, 2)}, r"gave neuron 2 \(number 0\): expected 0 to 1"),
        ({"steps": np.full(60, -1)}, "gave step -1"),
        (
            {"steps": np.tile([3, 10], 30)},
            r"lines gave a spike at step 10 of sample 0 .*0 to 9, th",
        ),
        ({"steps": np.r_[np.tile([3, 5], 29), 5, 3]}, "gave step 3 after step 5 in sample 29 "),
        ({"steps": np.zeros(60)}, "gave steps of type float64: expected whole numbers"),
        (
            {"steps": np.tile([3, 3], 30), "neurons": np.r_[np.tile([1, 0], 29), 1, 1]},
            "spikes 58 and 59 are both of neuron 1 in one step: expected one at most",
        ),
        ({"steps": np.zeros(61, int)}, "expected starts that rise from 0 to the number of spikes"),
        ({"starts": np.append(np.arange(30) * 2, 61)}, r"gave start 61 \(number 30\)"),
        ({"starts": np.append(np.arange(30) * 2, 59)}, "expected starts that rise from 0"),
        ({"starts": np.r_[0, 4, 2, np.arange(3, 31) * 2]}, "expected starts that rise from 0"),
    ],
)
def test_trains_that_are_none_are_refused(changes, message):
    arrays = {
        "starts": np.arange(31) * 2,
        "steps": np.tile([3, 5], 30),
        "neurons": np.tile([1, 0], 30),
    }
    steps = PARAMETERS | {"sample_length": 0.1, "dt": 0.01}
    good = altered(draw=draws(table=Trains(**arrays)), coding="spikes")
    wrong = altered(draw=draws(table=Trains(**(arrays | changes))), coding="spikes")
    assert len(load_source(good, seed=1, parameters=steps).draw("learning", 30, 2).table) == 30
    with pytest.raises(InputError, match=message):
        load_source(wrong, seed=1, parameters=steps).draw("learning", 30, 2)


def test_a_source_of_ones_own_has_its_own_order_and_no_columns():
    with pytest.raises(InputError, match=r"order=given: lines decides in draw\(\) in which order"):
        load_source(Mine(), seed=1, parameters=PARAMETERS, order="given")
    with pytest.raises(InputError, match="label='kind' names a column, and lines has none"):
        load_source(Mine(), seed=1, parameters=PARAMETERS, label="kind")
    with pytest.raises(InputError, match="lines has 2 classes for K=1 outputs"):
        load_source(Mine(), seed=1, parameters={"K": 1})


# runs


SHORT = SETTINGS | {"samples": 20, "test_samples": 10, "probe_samples": 10, "record": "none"}


@pytest.fixture(scope="module")
def folder(cache, tmp_path_factory):
    """A run of arrays, of the same network as those of tests/runs.py."""
    path = tmp_path_factory.mktemp("arrays") / "run"
    run(data=(X, Y), out=path, **SHORT)
    return path


def test_a_run_of_arrays_is_that_of_the_table_of_them(folder, tmp_path):
    np.savez(tmp_path / "table.npz", features=X, label=Y)
    result = run(data=(X, Y), out=folder, resume=True, **SHORT)  # found again
    table = run(data=tmp_path / "table.npz", out=tmp_path / "run", **SHORT)
    for name in ("theta", "label", "spike_counts", "test_points"):
        np.testing.assert_array_equal(result.learning[name], table.learning[name])
    assert result.manifest["data"]["sha256"] == as_data((X, Y)).sha256
    assert result.manifest["settings"]["data"] == str(as_data((X, Y)))


def test_other_arrays_are_another_run(folder):
    short, other = (as_data((x, Y)).sha256[:8] for x in (X, X + 1e-9))
    not_these = (
        rf"run: these are not the arrays of the run \(arrays:{other}… here, arrays:{short}… there"
        r"\); give the same, data=\(X, y\)"
    )
    with pytest.raises(InputError, match=f"{not_these}, or another folder with out=…"):
        run(data=(X + 1e-9, Y), out=folder, resume=True, **SHORT)
    with pytest.raises(InputError, match=f"{not_these}$"):
        Result(folder).stimuli(data=(X + 1e-9, Y))
    with pytest.raises(InputError, match="order is given here, shuffled there"):
        run(data=(X, Y), order="given", out=folder, resume=True, **SHORT)


def test_stimuli_and_objective_of_a_run_of_arrays_need_them_again(folder):
    result = run(data=(X, Y), out=folder, resume=True, **SHORT)
    with pytest.raises(InputError, match="given from Python and are not kept"):
        result.stimuli()
    points = result.stimuli("test", data=(X, Y))["points"]
    np.testing.assert_array_equal(points, result.learning["test_points"])
    rows = points["row"].values
    np.testing.assert_array_equal(result.learning["test_label"], Y[rows])
    by_feature = [np.polyfit(X[rows, d], points.values[:, d], 1, full=True)[1] for d in range(2)]
    assert np.max(by_feature) < 1e-20  # the table's own numbers, scaled: residuals of a line
    with pytest.raises(InputError, match="given from Python and are not kept"):
        objective_of(result, patterns=10)
    assert objective_of(result, patterns=10, data=(X, Y)).patterns.shape == (10, SIZES["I"])
    with pytest.raises(InputError, match="these are not the arrays of the run"):
        objective_of(result, patterns=10, data=(X + 1, Y))


def test_a_run_of_a_source_of_ones_own(folder, tmp_path):
    options = SHORT | {"out": tmp_path / "run"}
    result = run(data=Mine(), **options)
    assert result.bayes_accuracy == 1
    assert result.manifest["data"]["width"] == 0.5
    again = run(data=Mine(), resume=True, **options)
    np.testing.assert_array_equal(again.theta, result.theta)
    with pytest.raises(
        InputError, match=r"this is not the source of the run \(source:lines:\w{8}… here, source:l"
    ):
        run(data=altered(description=lambda self: {}), resume=True, **options)
    moved = altered(draw=lambda self, split, n, seed: Mine().draw(split, n, seed + 1))
    with pytest.raises(InputError, match=r"was shown other stimuli than source:lines:\w{8}… "):
        run(data=moved, resume=True, **options)
    assert isinstance(load(X, Y), LabelledData)
