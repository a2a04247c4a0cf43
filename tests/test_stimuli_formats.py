"""Tables as other programs write them: read to the same bits, whatever separates, packs or names
them; and damaged ones are refused in one line.
"""

import bz2
import csv
import gzip
import io
import lzma
import re
import sys
import zipfile

import h5py
import numpy as np
import openpyxl
import pandas
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import feather

from spikesampler.errors import InputError
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.settings import resolve
from spikesampler.stimuli import load_source
from spikesampler.stimuli.readers.text import read_text_table
from spikesampler.stimuli.sources.tables import FORMATS, _read

ROWS = "0.5,1,a\n1.5,2,b\n" * 6
PACKED = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


def load(path, **options):
    return load_source(str(path), seed=1, parameters={"K": 10}, **options)


def written(folder, content, name="data.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path, **options):
    with pytest.raises(InputError) as caught:
        load(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert path.name in message
    return message.split(path.name, 1)[1]


def shown(source):
    """All rows of a source, in the order of the file: features as they are scaled, and labels."""
    sizes = source.description()["rows"]
    drawn = [source.draw(split, size, 0) for split, size in sizes.items()]
    rows = np.concatenate([samples.rows for samples in drawn])
    labels = np.concatenate([samples.labels for samples in drawn])[np.argsort(rows)]
    return drawn[0].table, labels


@st.composite
def frames(draw):
    """A random table of pandas, the name of its labels, and the labels as they have to be read."""
    rows, columns = draw(st.integers(2, 6)), draw(st.integers(1, 3))
    finite = st.floats(allow_nan=False, allow_infinity=False, width=draw(st.sampled_from([32, 64])))
    cells = st.lists(finite, min_size=rows * columns, max_size=rows * columns)
    features = np.array(draw(cells)).reshape(rows, columns)
    words = st.text("abcäß ,;|#\"'\n", min_size=1, max_size=5).map(lambda word: f"w{word}w")
    kind = draw(st.sampled_from([words, st.integers(0, 9)]))
    labels = draw(st.lists(kind, min_size=rows, max_size=rows))
    name = draw(st.sampled_from(["label", "Label", "class", "Target", "species", "my kind"]))
    frame = pandas.DataFrame(features, columns=[f"x {n}" for n in range(columns)])
    frame.insert(draw(st.integers(0, columns)), name, pandas.Series(labels, dtype=object))
    if isinstance(labels[0], int):
        frame[name] = frame[name].astype(int)
    return frame, name, features, labels


def assert_read(table, features, labels):
    assert table.features.tobytes() == features.astype(float).tobytes()
    assert table.labels.tolist() == labels


@settings(deadline=None, max_examples=60)
@given(
    frames(),
    st.sampled_from([",", ";", "\t", "|"]),
    st.booleans(),
    st.sampled_from(sorted(PACKED)),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_text_of_pandas_is_read_to_the_same_bits(
    tmp_path_factory, table, separator, comma, packer, index, newline, encoding
):
    frame, name, features, labels = table
    decimal = "," if comma and separator != "," else "."
    text = frame.to_csv(sep=separator, decimal=decimal, index=index, lineterminator=newline)
    content = PACKED[packer](text.encode(encoding))
    file = tmp_path_factory.getbasetemp() / f"data.csv{packer}"
    table = _read(file, content, name)
    assert_read(table, features, labels)
    assert table.columns == [column for column in frame.columns if column != name]
    assert len(table.notes) == index


@settings(deadline=None, max_examples=30)
@given(frames(), st.sampled_from([".parquet", ".feather", ".xlsx"]), st.booleans(), st.booleans())
def test_binary_tables_of_pandas_are_read_to_the_same_bits(
    tmp_path_factory, table, suffix, index, category
):
    frame, name, features, labels = table
    buffer = io.BytesIO()
    if category and isinstance(labels[0], str):
        frame[name] = frame[name].astype("category")
    if suffix == ".parquet":
        frame.index = list(range(len(frame))) if index else frame.index
        frame.to_parquet(buffer)
    elif suffix == ".feather":
        frame.to_feather(buffer)
    else:
        frame.to_excel(buffer, index=index)
    read = _read(tmp_path_factory.getbasetemp() / f"data{suffix}", buffer.getvalue(), name)
    if suffix == ".xlsx":
        labels = [label.strip() if isinstance(label, str) else label for label in labels]
        features = np.vectorize(lambda x: float(f"{x:.16g}") + 0.0)(features)  # as openpyxl writes
    assert_read(read, features, labels)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.lists(st.sampled_from(["a", "\n#", '"', ", "]), max_size=4).map("".join), max_size=5
    ),
    st.data(),
)
def test_lines_are_those_of_a_slow_reader(rows, data):
    """The line of a bad cell, counted by hand, with comments, blank lines and lines in quotes."""
    pieces, number, lines = ["x,z,label\n"], 2, []
    for row in rows:
        for extra in data.draw(st.lists(st.sampled_from(["\n", "# 1,2\n", '#"\n']), max_size=2)):
            pieces.append(extra)
            number += 1
        buffer = io.StringIO()
        writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerow(["1", "2", "w" + row])
        lines.append(number)
        pieces.append(buffer.getvalue())
        number += buffer.getvalue().count("\n")
    pieces.append("1,oops,w\n")
    with pytest.raises(InputError, match=f"'oops' in line {number}, column 'z'"):
        read_text_table("f", "".join(pieces).encode())
    if rows:
        table = read_text_table("f", "".join(pieces[:-1]).encode())
        assert [table.where(row) for row in range(len(rows))] == [f"line {n}" for n in lines]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x;z;label\n1,234;5;a\n2,345;4;b\n", ": '1,234' in line 2 may be 1234 or 1.234"),
        ("x;z;label\n1,5;5;a\n0.5;4;b\n", ": '0.5' in line 3 has a decimal point, and other"),
        ("x;z;label\n1.234,5;5;a\n", ": '1.234,5' in line 2, column 'x': expected a number; do: w"),
        ('x,z,label\n"1,234",5,a\n', ": '1,234' in line 2, column 'x': expected a number; do: wri"),
        ('x,z,label\n"1,23",5,a\n', "do: write it with a decimal point, or separate columns by"),
        ("x,z,label\n1,23,5,a\n", ", line 2 has 4 cells: expected 3 as in the header; do: repair "),
        ("5.1,3.5,setosa\n4.9,3,virginica\n", " has numbers in its first row, line 1: expected th"),
        ("# x,z,label\n5.1,3.5,1\n", " has numbers in its first row, line 2: expected the names o"),
        ("x,date,label\n1,2020-01-01,a\n", ": '2020-01-01' in line 2, column 'date': expected a n"),
        ("x,z,label\n1,NA,a\n", ": 'NA' in line 2, column 'z': expected a number; do: fill the ce"),
        ("x,z,label\n1,٣,a\n", ": '٣' in line 2, column 'z': expected a number"),
        (",x,label\n0,1,a\n2,1,b\n", ": column 1 has no name and does not count the rows"),
        ("x,,label\n0,1,a\n", ": column 2 has no name; do: name it or drop it"),
        ("age,y,class\n" + ROWS, " has no column named 'label' and 2 that may have them, 'y', 'cl"),
        ("x;a,z;a,label;a\n1;2,3;4,5;6\n", " may be separated by 'commas', 'semicolons': expected"),
    ],
)  # fmt: skip
def test_tables_that_need_a_hand(tmp_path, text, message):
    assert message in refusal(written(tmp_path, text))


@pytest.mark.parametrize(
    ("header", "labels"),
    [
        ("x,y,label", "label"),
        ("x,y,LABEL", "LABEL"),
        ("x,y,class", "class"),
        ("a,target,b", "target"),
        ("a,b,y", "y"),
    ],
)
def test_the_column_of_the_labels(tmp_path, header, labels):
    names = header.split(",")
    at = names.index(labels)
    cells = [row.split(",")[:2] for row in ROWS.split()]
    rows = [[*pair[:at], name, *pair[at:]] for pair, name in zip(cells, "ab" * 6, strict=True)]
    text = "\n".join([header, *map(",".join, rows)])
    source = load(written(tmp_path, text))
    assert source.class_names == ["a", "b"]
    assert source.description()["columns"] == [name for name in names if name != labels]
    assert [labels in note for note in source.notes] == [True] * (labels != "label")


def test_a_label_that_is_named(tmp_path):
    path = written(tmp_path, "x,kind,label\n" + ROWS.replace(",a", ",0").replace(",b", ",1"))
    first, other = load(path), load(path, label="kind")
    assert (first.num_classes, other.num_classes) == (2, 3)
    assert other.description()["columns"] == ["x", "label"]
    message = refusal(path, label="kinds")
    assert message.startswith(" has no column named 'kinds': expected one of 'kind'; do: name")
    for data in ("digits", None, "clusters:3"):
        with pytest.raises(InputError, match=r"label='kind' names a column, and .* has none"):
            load_source(data, seed=1, parameters={"K": 3, "D": 2}, label="kind")


def test_the_label_is_part_of_what_makes_a_run(tmp_path):
    path = written(tmp_path, "x,kind,label\n" + ROWS.replace(",a", ",0").replace(",b", ",1"))
    runs = [resolve("fang_2018", data=str(path), label=name) for name in (None, "kind")]
    assert [run.facts()["label"] for run in runs] == [None, "kind"]
    assert [prepare(run).source.num_classes for run in runs] == [2, 3]


@pytest.mark.parametrize(
    ("name", "package"),
    [("a.parquet", "pyarrow"), ("a.feather", "pyarrow"), ("a.xlsx", "openpyxl")],
)
def test_what_a_format_needs_is_named_when_it_is_needed(tmp_path, monkeypatch, name, package):
    contents = {
        "a.parquet": parquet(x=X, label=Y),
        "a.feather": arrow(x=X, label=Y),
        "a.xlsx": workbook(["x", "label"], [1, "a"]),
    }
    monkeypatch.setitem(sys.modules, package, None)
    message = refusal(written(tmp_path, contents[name], name))
    assert f" needs {package} (" in message
    assert message.endswith("; install it with: pip install 'spikesampler[tables]'")


def parquet(**columns):
    buffer = io.BytesIO()
    pandas.DataFrame(columns).to_parquet(buffer)
    return buffer.getvalue()


def arrow(**columns):
    buffer = io.BytesIO()
    feather.write_feather(pyarrow.table(columns), buffer)
    return buffer.getvalue()


def workbook(*rows, sheets=1):
    buffer, book = io.BytesIO(), openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for _ in range(sheets - 1):
        book.create_sheet()
    book.save(buffer)
    return buffer.getvalue()


def archive(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def stretched(cell):
    """A small workbook whose third row is this one."""
    content = workbook(["x", "label"], [1, 0], [2, 1])
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(new := io.BytesIO(), "w") as z,
    ):
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("sheet1.xml"):
                data = re.sub(rb'<row r="3".*?</row>', cell, data)
            z.writestr(name, data)
    return new.getvalue()


LONG = b'<row r="3"><c r="A3"><v>%s</v></c><c r="B3"><v>%s</v></c></row>'
FAR_COLUMN = b'<row r="3"><c r="XFE3"><v>1</v></c></row>'
FAR_ROWS = b"".join(b'<row r="%d"><c r="XFD%d"/></row>' % (n, n) for n in range(3, 200))
GAP = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0, 1, 2] * 4), ["a", None, "b"])
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"
CUT = gzip.compress(b"x,label\n" * 99, mtime=0)[:-9]
X, Y = np.arange(12.0), np.array(list("ab" * 6))
DATES = pandas.date_range("2020-01-01", periods=12)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.parquet", parquet(x=X, d=DATES, label=Y), ": column 'd' is of type timestamp[us]: exp"),
        ("a.parquet", parquet(x=np.where(X == 3, np.nan, X), label=Y), ": row 3 (the first is 0)"),
        ("a.parquet", parquet(x=pandas.array([1, None] * 6, "Int64"), label=Y), ": row 1 (the fir"),
        ("a.parquet", parquet(label=Y), " has no column beside 'label'"),
        ("a.parquet", parquet(x=X, label=Y)[:-9], " cannot be read as a Parquet table"),
        ("a.feather", arrow(x=X, d=["u"] * 12, label=Y), ": column 'd' is of type string: expecte"),
        ("a.feather", arrow(x=X, label=Y)[:-9], " cannot be read as a Feather or Arrow table"),
        ("a.xlsx", workbook(["x", "label"], [1, "a"], [None, "b"]), ": nothing in row 3, column '"),
        ("a.xlsx", workbook(["x", "label"], [1, "a"], [2, None]), ": the label in row 3 is empty"),
        ("a.xlsx", workbook(["x", "label"], [1, "a"], [2, 1]), ": label '1' in row 3 beside 'a' i"),
        ("a.xlsx", stretched(LONG % (b"9" * 400, b"1")), "…' in row 3, column 'x': exp"),
        ("a.xlsx", stretched(LONG % (b"1", b"9" * 30)), ": label 1e+30 in row 3 is outside"),
        ("a.xlsx", stretched(LONG % (b"1", b"9" * 400)), "…' in row 3, column 'label'"),
        ("a.xlsx", stretched(b'<row r="9999999999999"/>'), " has a row beyond Excel's 1048576"),
        ("a.xlsx", stretched(FAR_COLUMN), " has 16385 cells in row 3 beyond Excel's 1048576 rows"),
        ("a.xlsx", stretched(FAR_ROWS), " claims 16777248 bytes in a file of "),
        ("a.feather", arrow(x=X, label=GAP), ": row 1 (the first is 0) has no value in column 'la"),
        ("a.feather", arrow(__index_level_0__=X, label=Y), " has no column beside 'label'"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), " is empty once it is unpacked; do: check how"),
        ("a.xlsx", workbook([1, 2], [1, 2]), " has numbers in its first row, row 1"),
        ("a.xlsx", workbook(), " has an empty first sheet"),
        ("a.csv", parquet(x=X, label=Y), " is a Parquet table: expected a table of text"),
        ("a.csv", arrow(x=X, label=Y), " is an Arrow or Feather table: expected"),
        ("a.csv", workbook(["x"]), " is an Excel workbook: expected a table of text in UTF-8; do:"),
        ("a.csv", archive(features=X, label=Y), " is an archive of numpy (.npz): expected"),
        ("a.xlsx", b"x,label\n1,a\n", " is text: expected an Excel workbook"),
        ("a.csv.gz", b"x,label\n1,a\n", " is not packed by gzip, it starts with 782c6c61: expecte"),
        ("a.csv.gz", CUT, " cannot be unpacked (truncated or co"),
        ("a.csv", gzip.compress(b"x", mtime=0), " is packed by gzip: expected a table of text in"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), " is an old Excel workbook (.x"),
        ("a.mat", b"MATLAB 5.0 MAT-file, Platform: GLNXA64", " is a file of Matlab (.mat): expect"),
        ("a.csv", b"\n<!DOCTYPE html>\n<html>", " is a web page: expected a table of text in UTF-"),
        ("a.h5", b"<html><body>sign in</body></html>", " is a web page: expected an HDF5 file"),
        ("a.h5", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", " is a pointer of"),
        ("data_batch_1", LFS, " is a pointer of Git LFS"),
        ("a-images-idx3-ubyte", b"<html>", " is a web page: expected images"),
        ("a.npz", b"/annex/objects/MD5E-s10--0123.npz\n", " is a pointer of git-annex, not the da"),
        ("a.csv", b'<?xml version="1.0"?><Error><Code>no</Code></Error>', " is an XML text"),
        ("a.csv", b'{"message": "Not Found"}', " is JSON text, such as a server's answer"),
        ("a.csv", bytes(999), " is full of zero bytes at its beginning"),
        ("a.csv", b"", " is empty"),
    ],
)  # fmt: skip
def test_files_that_are_called_what_they_are(tmp_path, name, content, message):
    assert message in refusal(written(tmp_path, content, name))


def test_what_is_decided_in_reading_is_told(tmp_path):
    rows = [["x", "Label"], *([n, "ab"[n % 2]] for n in range(12))]
    source = load(written(tmp_path, workbook(*rows, sheets=2), "a.xlsx"))
    assert [note.split(": ", 1)[1] for note in source.notes] == [
        "of 2 sheets, 'Sheet' is read",
        "the labels are those of column 'Label'",
    ]


@pytest.mark.parametrize("name", ["a.parquet", "a.feather"])
def test_the_index_of_a_table_that_was_shuffled_is_no_feature(tmp_path, name):
    """Pandas writes an index as a column exactly where it does not count the rows."""
    frame = pandas.DataFrame({"x": X, "label": Y}).sample(frac=1, random_state=1)
    table, buffer = pyarrow.Table.from_pandas(frame), io.BytesIO()
    (pyarrow.parquet.write_table if name == "a.parquet" else feather.write_feather)(table, buffer)
    source = load(written(tmp_path, buffer.getvalue(), name))
    assert source.description()["columns"] == ["x"]
    assert [note.split(": ", 1)[1] for note in source.notes] == [
        "the index that pandas wrote is left out"
    ]


@pytest.mark.parametrize("labels", [Y == "a", Y, (Y == "a").astype(float), (Y == "a")[:, None]])
def test_labels_of_any_kind_and_shape(tmp_path, labels):
    source = load(written(tmp_path, archive(X=X[:, None], y=labels), "a.npz"))
    expected = np.unique(labels.ravel(), return_inverse=True)[1]
    np.testing.assert_array_equal(shown(source)[1], expected)


def hdf5(**arrays):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, array in arrays.items():
            file[name.replace("__", "/")] = array
    return buffer.getvalue()


PIXELS = np.arange(48, dtype=np.uint8).reshape(12, 2, 2)
NAMES = np.array([b"no", b"yes"])
IN_A_GROUP = {
    "d__train_set_x": PIXELS,
    "d__train_set_y": np.arange(12) % 2,
    "d__list_classes": NAMES,
}


@pytest.mark.parametrize(
    ("arrays", "label", "names"),
    [
        ({"train_set_x": PIXELS, "train_set_y": np.arange(12)[:, None] % 2}, None, ["0", "1"]),
        ({"train_set_x": PIXELS, "train_set_y": np.arange(12)[None] % 2}, None, ["0", "1"]),
        ({"train_set_x": PIXELS, "train_set_y": np.arange(12) % 2.0}, None, ["0", "1"]),
        ({"train_set_x": PIXELS, "train_set_y": Y.astype("S")}, None, ["a", "b"]),
        (IN_A_GROUP, None, ["no", "yes"]),
        ({"images": PIXELS, "labels": np.arange(12) % 2, "weights": X}, None, ["0", "1"]),
        ({"images": PIXELS, "kind": np.arange(12) % 2, "weights": X}, "kind", ["0", "1"]),
        ({"train_set_x": PIXELS, "train_kind": np.arange(12) % 2}, "train_kind", ["0", "1"]),
    ],
)  # fmt: skip
def test_hdf5_as_others_write_it(tmp_path, arrays, label, names):
    source = load(written(tmp_path, hdf5(**arrays), "a.h5"), label=label)
    assert source.class_names == names
    pixels, labels = shown(source)
    np.testing.assert_array_equal(pixels, PIXELS.reshape(12, 4))
    np.testing.assert_array_equal(labels, np.arange(12) % 2)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": PIXELS, "more": PIXELS, "label": X}, "several of images, 'images', 'more': ex"),
        ({"images": PIXELS, "a": X, "b": X}, " has no dataset named 'label': expected the labels "),
        (
            {**IN_A_GROUP, "d__list_classes": np.array([b"a", b" a "])},
            ": list_classes: classes 0 and 1 are both named 'a': expected another name for each",
        ),
        (
            {**IN_A_GROUP, "d__list_classes": np.array([b"a" * 201, b"b"])},
            ": list_classes: the name of class 0 has 201 characters: expected at most 200",
        ),
        ({"a__train_set_x": PIXELS, "b__train_set_x": PIXELS}, " has train_set_x or its like in s"),
    ],
)  # fmt: skip
def test_hdf5_with_several_candidates(tmp_path, arrays, message):
    assert message in refusal(written(tmp_path, hdf5(**arrays), "a.h5"))


def test_a_class_list_in_one_of_two_files(tmp_path):
    """As the common copy of the cat set has it."""
    labels = np.arange(12) % 2
    written(tmp_path, hdf5(train_set_x=PIXELS, train_set_y=labels), "train.h5")
    written(tmp_path, hdf5(test_set_x=PIXELS, test_set_y=labels, list_classes=NAMES), "test.h5")
    assert load(tmp_path).class_names == ["no", "yes"]
    written(tmp_path, hdf5(train_set_x=PIXELS, train_set_y=labels + 1), "train.h5")
    with pytest.raises(InputError, match=r"label 2 of image 1 in train_set_y is outside 0..1"):
        load(tmp_path)


def test_every_format_has_a_reader():
    text = {".csv", ".tsv", ".tab", ".txt", ".dat"}
    binary = {".npz", ".parquet", ".feather", ".arrow", ".xlsx", ".xlsm"}
    assert set(FORMATS) == text | binary
