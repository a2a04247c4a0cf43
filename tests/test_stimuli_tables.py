"""Tables: what is read is what was written, splits are honest, and every bad file has its line."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from spikesampler.errors import InputError
from spikesampler.stimuli import SPLITS, LabelledData, load_source, load_table
from spikesampler.stimuli.readers.npz import read_npz_table
from spikesampler.stimuli.readers.text import read_text_table

ROWS = ["0.5,1,a", "1.5,2,b"] * 10


def load(path, **options):
    return load_table(path, **({"seed": 1, "num_outputs": 10} | options))


def written(folder, text, name="data.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def csv_of(rows, header="x,y,label"):
    return "\n".join([header, *rows]) + "\n"


def source_of(labels, features=None, **options):
    labels = np.asarray(labels)
    features = np.arange(len(labels), dtype=float)[:, np.newaxis] if features is None else features
    return LabelledData("test", features, labels, **({"seed": 1, "num_outputs": 10} | options))


def rows_of(source, split):
    return source.draw(
        split, 10_000 if split != "learning" else source.description()["rows"][split], seed=0
    ).rows


finite = st.floats(allow_nan=False, allow_infinity=False)
tables = st.tuples(st.integers(1, 8), st.integers(1, 4)).flatmap(
    lambda shape: st.tuples(
        hnp.arrays(np.float64, shape, elements=finite),
        hnp.arrays(np.int64, shape[:1], elements=st.integers(0, 9)),
    )
)


@settings(deadline=None)
@given(tables, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.integers(0, 4), st.booleans())
def test_csv_round_trip(table, newline, bom, position, spaces):
    features, labels = table
    header, at = [f"x{i}" for i in range(features.shape[1])], min(position, features.shape[1])
    lines = [header[:at] + ["label"] + header[at:]]
    for row, label in zip(features.tolist(), labels, strict=True):
        cells = [repr(value) for value in row]
        lines.append(cells[:at] + [str(label)] + cells[at:])
    text = newline.join((" , " if spaces else ",").join(cells) for cells in lines) + newline
    content = text.encode("utf-8-sig" if bom else "utf-8")
    columns, read, read_labels, where, _ = read_text_table("f", content)
    assert columns == header
    assert np.array_equal(read, features)
    assert np.array_equal(read_labels, labels)
    assert where(0) == "line 2"


@settings(deadline=None)
@given(tables)
def test_npz_round_trip(table):
    features, labels = table
    file = io.BytesIO()
    np.savez(file, features=features, label=labels)
    columns, read, read_labels, *_ = read_npz_table("f", file.getvalue())
    assert len(columns) == features.shape[1]
    assert np.array_equal(read, features)
    assert np.array_equal(read_labels, labels)


counts = st.lists(st.integers(3, 40), min_size=2, max_size=6)


@settings(max_examples=50, deadline=None)
@given(counts, st.integers(0, 99))
def test_splits_are_disjoint_complete_and_stratified(sizes, seed):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    source = source_of(labels, seed=seed)
    parts = {split: rows_of(source, split) for split in SPLITS}
    assert sorted(np.concatenate(list(parts.values()))) == list(range(len(labels)))
    for k, size in enumerate(sizes):
        held_out = {split: int((labels[rows] == k).sum()) for split, rows in parts.items()}
        assert held_out["test"] == max(1, round(0.2 * size))
        assert held_out["probe"] == max(1, round(0.1 * size))
        assert held_out["learning"] >= 1


def test_fractions_leave_a_learning_row_in_every_class():
    source = source_of([0, 0, 0, 1, 1, 1], probe_fraction=0.45, test_fraction=0.5)
    assert source.description()["class_counts"] == {
        "learning": [1, 1],
        "probe": [1, 1],
        "test": [1, 1],
    }
    with pytest.raises(InputError, match="expected two numbers above 0 with a sum below 1"):
        source_of([0, 0, 0, 1, 1, 1], probe_fraction=0.5, test_fraction=0.5)


def test_split_follows_its_seed():
    labels = np.arange(200) % 4
    assert np.array_equal(
        np.sort(rows_of(source_of(labels), "test")), np.sort(rows_of(source_of(labels), "test"))
    )
    # two random fifths of 200 rows share 0.2·40 = 8 ± 2.3 test rows
    shared = np.intersect1d(
        rows_of(source_of(labels, seed=1), "test"), rows_of(source_of(labels, seed=2), "test")
    )
    assert 8 - 5 * 2.3 < len(shared) < 8 + 5 * 2.3


def test_an_official_test_set_stays_the_test_set():
    labels = np.arange(60) % 3
    source = source_of(labels, test_rows=np.arange(48, 60))
    assert sorted(rows_of(source, "test")) == list(range(48, 60))
    assert source.description()["class_counts"]["probe"] == [
        2,
        2,
        2,
    ]  # round(0.1 · 16) of the others
    assert np.intersect1d(rows_of(source, "probe"), rows_of(source, "learning")).size == 0
    with pytest.raises(
        InputError, match="class '1' has 1 rows to split: expected at least 2, one each for"
    ):
        source_of([0, 0, 1, 0, 1], test_rows=np.array([3, 4]))


def test_learning_shows_every_row_once_per_epoch_and_is_prefix_stable():
    source = source_of(np.arange(30) % 3)
    learning = rows_of(source, "learning")
    long = source.draw("learning", 4 * len(learning) + 5, seed=3)
    for epoch in range(4):
        shown = long.rows[epoch * len(learning) : (epoch + 1) * len(learning)]
        assert sorted(shown) == sorted(learning)
    assert not np.array_equal(
        long.rows[: len(learning)], long.rows[len(learning) : 2 * len(learning)]
    )
    for num in (1, 7, len(learning), 3 * len(learning) + 2):
        assert np.array_equal(source.draw("learning", num, seed=3).rows, long.rows[:num])
    assert not np.array_equal(source.draw("learning", len(long.rows), seed=4).rows, long.rows)
    assert np.array_equal(long.labels, long.rows % 3)


@pytest.mark.parametrize("split", ["probe", "test"])
def test_held_out_draws_never_repeat_and_end_at_what_there_is(split):
    source = source_of(np.arange(300) % 3)
    size = source.description()["rows"][split]
    assert sorted(source.draw(split, 10**6, seed=1).rows) == sorted(rows_of(source, split))
    subset = source.draw(split, size // 2, seed=1)
    assert len(set(subset.rows)) == size // 2 == len(subset.labels)
    assert not np.array_equal(subset.rows, source.draw(split, size // 2, seed=2).rows)


def test_features_are_scaled_by_the_learning_rows_alone():
    rng = np.random.default_rng(0)
    features = np.column_stack([rng.normal(5, 3, 60), np.full(60, 7.0), rng.normal(size=60) * 1e-9])
    base = source_of(np.arange(60) % 2, features)
    held_out = rows_of(base, "test")
    features[held_out, 0] += 1000  # far away, and still it may move nothing else
    source = source_of(np.arange(60) % 2, features)
    learning = source.draw("learning", base.description()["rows"]["learning"], seed=0)
    points = learning.points()
    np.testing.assert_array_equal(points[:, [0, 2]].min(axis=0), 0)
    np.testing.assert_array_equal(points[:, [0, 2]].max(axis=0), 1)
    expected = (features[learning.rows, 0] - features[learning.rows, 0].min()) / np.ptp(
        features[learning.rows, 0]
    )
    np.testing.assert_allclose(points[:, 0], expected, rtol=1e-14)
    assert (source.draw("test", 99, seed=0).points()[:, 0] > 10).all()
    assert (points[:, 1] == 0.5).all()


def test_points_are_the_rows_in_order():
    source = source_of(np.arange(30) % 3)
    samples = source.draw("learning", 40, seed=1)
    minimum, span = source.description()["minimum"][0], source.description()["range"][0]
    np.testing.assert_allclose(
        samples.points(5, 9)[:, 0] * span + minimum, samples.rows[5:9], rtol=1e-13
    )
    assert samples.points(5, 9).dtype == np.float64
    assert np.isnan(source.bayes_accuracy(samples.points(), samples.labels))


def test_a_csv_of_words(tmp_path):
    source = load_source(
        written(tmp_path, csv_of(["1,2,dog", "3,4,cat", " 5 , 6 , cat "] * 6)),
        seed=1,
        parameters={"K": 10, "D": 3},
    )
    assert (source.name, source.coding, source.num_features, source.num_classes) == (
        "data.csv",
        "tuning",
        2,
        2,
    )
    assert source.class_names == ["cat", "dog"]
    samples = source.draw("test", 99, seed=1)
    assert {
        (x, label) for x, label in zip(samples.points()[:, 0], samples.labels, strict=True)
    } <= {(0.0, 1), (0.5, 0), (1.0, 0)}
    facts = json.loads(json.dumps(source.description()))
    assert facts["columns"] == ["x", "y"]
    assert facts["rows"] == {"learning": 13, "probe": 2, "test": 3}
    assert len(facts["files"]["data.csv"]) == 64


@pytest.mark.parametrize(
    ("fixed", "num_classes", "names"),
    [(False, 3, ["0", "1", "2"]), (True, 5, ["0", "1", "2", "unused 3", "unused 4"])],
)
def test_the_number_of_classes(fixed, num_classes, names):
    source = source_of([0.0, 2.0] * 6, num_outputs=5, fixed=fixed)
    assert source.num_classes == num_classes
    assert source.class_names == names


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.array([0, 1, 1] * 5, dtype=np.int8), ["0", "1"]),
        (np.array([True, False, True] * 5), ["0", "1"]),
        (np.array(["b", "a", "a"] * 5), ["a", "b"]),
        (np.array([b"b", b"a", b"a"] * 5), ["a", "b"]),
    ],
)
def test_npz_labels_of_every_kind(tmp_path, labels, names):
    np.savez(
        tmp_path / "t.npz", features=np.arange(30, dtype=np.float32).reshape(15, 2), label=labels
    )
    source = load(tmp_path / "t.npz")
    assert source.class_names == names
    assert source.num_features == 2


def test_quoted_cells_blank_lines_and_line_numbers(tmp_path):
    text = (
        'x,"la, la",label\r\n\r\n1,"2",a\r\n' + "3,4,b\r\n" * 5 + "1,2,a\r\n" * 5 + "oops,2,a\r\n"
    )
    with pytest.raises(InputError, match="'oops' in line 14, column 'x': expected a number"):
        load(written(tmp_path, text))
    assert load(written(tmp_path, text.replace("oops", "7"))).description()["columns"] == [
        "x",
        "la, la",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "data.csv is empty"),
        ("\n\n", "data.csv is empty"),
        ("x,y,label\n", "has a header and no rows"),
        (csv_of([*ROWS, "1,2"]), "line 22 has 2 cells: expected 3 as in the header"),
        (csv_of(["1,2,a,4", *ROWS]), "line 2 has 4 cells"),
        (csv_of(["1,dog,a", *ROWS]), "'dog' in line 2, column 'y': expected a number"),
        (csv_of(["1,,a", *ROWS]), "'' in line 2, column 'y'"),
        (csv_of(["1_0,2,a", *ROWS]), "'1_0' in line 2, column 'x'"),
        (csv_of([*ROWS, "1,nan,a"]), "nan in line 22, column 'y': expected a finite number"),
        (csv_of(["-inf,3,a", *ROWS]), "-inf in line 2, column 'x'"),
        (csv_of(["1,1e999,a", *ROWS]), "inf in line 2, column 'y'"),
        (
            csv_of(ROWS, "x,y,kind"),
            "no column named 'label': expected the labels in one of 'x', 'y', 'kind'; do: name it",
        ),
        (csv_of(ROWS, "x,x,label"), "two columns are named 'x'"),
        (csv_of(ROWS, "x,label,label"), "two columns are named 'label'"),
        (csv_of(ROWS, ",y,label"), "column 1 has no name"),
        (csv_of(["a", "b"] * 9, "label"), "no column beside 'label'"),
        (csv_of(["1,2,a"] * 20), "all 20 rows have the same label: expected at least two classes"),
        (
            csv_of([*ROWS, "1,2,c", "1,2,c"]),
            (
                "class 'c' has 2 rows to split: expected at least 3, one each for learning, probe,"
                " test"
            ),
        ),
        (csv_of(["1,2,0", "3,4,1"]), "class '0' has 1 rows to split"),
        (
            csv_of([f"{n},2,c{n % 11}" for n in range(44)]),
            "11 different labels for K=10 outputs; do: set={'K': 11} or merge",
        ),
        (
            csv_of(["1,2,0", "1,2,1", "1,2,2", "1,2,3", "1,2,4", "1,2,12"]),
            r"data.csv: label 12 in line 7 is outside 0..9 \(K=10\); do: set={'K': 13} or relabel",
        ),
        (csv_of(["1,2,-1", "1,2,12"]), r"label -1 in line 2 is outside 0..9 \(K=10\); do: relabel"),
        (csv_of(["1,2,0", "1,2,0.5"]), "label 0.5 in line 3 is not a whole number"),
        (csv_of(["1,2,0", "1,2,nan"]), "label nan in line 3 is not a whole number"),
        (
            csv_of(["1,2,0", "1,2,1", "1,2,l"]),
            "label 'l' in line 4 beside '0' in line 2: expected all numbers",
        ),
        (csv_of(["1,2,0", "1,2, "]), "the label in line 3 is empty"),
        (
            csv_of([f"{x},1,{k}" for x in ("1e308", "-1e308") for k in "aabbab" * 9]),
            "column 'x' cannot be scaled to 0..1",
        ),
        (csv_of(ROWS, "é,y,label").encode("latin1"), "data.csv is not UTF-8 text .byte 0, line 1"),
        (csv_of(ROWS).encode("utf-16-le"), "data.csv is neither text nor a format that is known"),
        (csv_of([*ROWS, '1,"2,a']), "data.csv, line 22: .*; do: repair the quotes"),
        (csv_of(["9" * 200_000 + ",2,a"]), "data.csv, line 2: a cell has more than 131072 char"),
        (
            csv_of([*ROWS, "1,2," + "a" * 200_000]),
            "line 22: a cell has more than 131072 .* do: sho",
        ),
        (csv_of(ROWS, 'x (") a,y,label') + "# 1\n\n1,2\n", "line 24 has 2 cells: expected 3"),
        (
            csv_of([f"{n},a" for n in range(9)], ",label"),
            "has no feature beside the labels, only a",
        ),
        (csv_of(["1.5;2;0,0", "2.5;2;1,0"], "x;y;label"), "'1.5' in line 2 has a decimal point"),
        (csv_of(["1;2;1,000", "2;2;2,000"], "x;y;label"), "'1,000' in line 2 may be 1000 or 1.000"),
        (csv_of(['1,2,"0,0"', '1,2,"1,0"']), "label '0,0' in line 2 has a decimal comma where"),
        (csv_of(["infinity,2,a", "1,2,b"]), "in line 2, column 'x': expected a finite number"),
    ],
)
def test_bad_csv(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as caught:
        load(written(tmp_path, text))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_labels_with_decimal_commas_are_numbers(tmp_path):
    rows = [f"{n};2;{(n % 3) * (n % 3 > 1)},0" for n in range(18)]
    assert load(written(tmp_path, csv_of(rows, "x;y;label"))).class_names == ["0", "1", "2"]


def archive(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def texts(*labels, order="<"):
    """Labels of numpy's texts that have these numbers of characters, valid or not."""
    return np.array(labels, f"{order}u4").view(f"{order}U1")


X, Y = np.zeros((6, 2)), np.array([0, 1] * 3)
GOOD = archive(features=X, label=Y)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no zip", "data.npz is text: expected an NPZ file of arrays; do: rename a table"),
        (GOOD[:-40], "cannot be read as NPZ"),
        (GOOD[:40] + b"\xff" * 60 + GOOD[100:], "cannot be read as NPZ"),
        (
            archive(features=X, kind=Y),
            "no array named 'label': expected the labels in one of 'features', 'kind'; do: name it"
            " with label=NAME",
        ),
        (archive(X=X, Z=X, label=Y), "has no array named 'features', it holds 'X', 'Z', 'label'"),
        (
            archive(features=X.astype(object), label=Y),
            r"cannot be read as NPZ \(it holds Python objects\)",
        ),
        (
            archive(features=X[:, 0], label=Y),
            r"features of shape \(6,\) and label of shape \(6,\): expected \(n, D\)",
        ),
        (archive(features=X, label=Y[:5]), r"label of shape \(5,\)"),
        (archive(features=X[:0], label=Y[:0]), r"features of shape \(0, 2\)"),
        (
            archive(features=X.astype(complex), label=Y),
            "features of type complex128: expected numbers",
        ),
        (archive(features=X.astype(str), label=Y), "features of type <U"),
        (
            archive(features=X, label=Y.astype(complex)),
            "labels of type complex128: expected whole numbers or strings",
        ),
        (
            archive(features=X, label=texts(*[97, 0x110000] * 3)),
            "label in row 1 .* no character of",
        ),
        (
            archive(features=X, label=texts(*[97, 98, 2**32 - 1] * 2, order=">")),
            "the label in row 2 .* holds what is no character of Unicode",
        ),
        (archive(features=X, label=texts(*[97, 0xDC80] * 3)), "label in row 1 .* half a character"),
        (archive(features=X, label=np.array(["a", " "] * 3)), "the label in row 1 .* is empty"),
        (archive(features=X, label=np.zeros(6, "U")), "the label in row 0 .* is empty: expected"),
        (
            archive(features=X + [0, np.nan], label=Y),
            r"nan in row 0 \(the first is 0\), column '1'",
        ),
        (
            archive(features=X, label=Y * 12),
            r"label 12 in row 1 \(the first is 0\) is outside 0..9 \(K=10\); do: set={'K'",
        ),
    ],
)
def test_bad_npz(tmp_path, content, message):
    with pytest.raises(InputError, match=message) as caught:
        load(written(tmp_path, content, "data.npz"))
    assert "\n" not in str(caught.value)


def test_two_arrays_of_one_name(tmp_path):
    with zipfile.ZipFile(file := io.BytesIO(GOOD), "a") as members:
        members.writestr("label", members.read("label.npy"))
    with pytest.raises(InputError, match="two arrays are named 'label'; do: rename one"):
        load(written(tmp_path, file.getvalue(), "data.npz"))


def test_blanks_around_words_are_cut():
    """In every format, since " a" and "a" are one class in some."""
    assert source_of(["a", " a", "b\t", "b"] * 3).class_names == ["a", "b"]
    with pytest.raises(InputError, match="the label in row 1 is a NoneType: expected a word"):
        source_of(np.array(["a", None] * 3, object))


def test_an_array_file_named_npz(tmp_path):
    file = io.BytesIO()
    np.save(file, X)
    with pytest.raises(
        InputError, match=r"data.npz is an array of numpy \(.npy\): expected an NPZ"
    ):
        load(written(tmp_path, file.getvalue(), "data.npz"))
    with pytest.raises(InputError, match=r"data.npz is a Python pickle: expected an NPZ file"):
        load(written(tmp_path, pickle.dumps({"features": 1}), "data.npz"))


def test_paths_that_are_no_tables(tmp_path):
    with pytest.raises(InputError, match=r"absent.csv does not exist"):
        load(tmp_path / "absent.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=r"folder.csv is not a file"):
        load_source(tmp_path / "folder.csv", seed=1, parameters={"K": 10})
    with pytest.raises(
        InputError, match=r"data.doc is not a table: expected a name that ends in .csv, .tsv, .*do"
    ):
        load(written(tmp_path, "x", "data.doc"))


@pytest.mark.parametrize("word", ["iris", "x" * 5000, "nul\0", ""])
def test_words_that_name_nothing(word, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"no data named|holds no images"):
        load_source(word, seed=1, parameters={"K": 10})
