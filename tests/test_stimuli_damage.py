"""Damaged data files, and small ones that claim gigabytes: one line each, and no memory."""

import gzip
import io
import pickle
import re
import struct
import zipfile
import zlib
from types import SimpleNamespace

import h5py
import numpy as np
import openpyxl
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import feather, parquet

from spikesampler.errors import InputError
from spikesampler.stimuli import load_source
from spikesampler.stimuli.content import ARRAYS, WORKBOOK
from spikesampler.stimuli.packed import LEAST_ALLOWED, most_bytes, unpack
from spikesampler.stimuli.readers.arrow_claims import claimed_by_pages
from spikesampler.stimuli.readers.npz import read_npz_table
from spikesampler.stimuli.safe_pickle import load_pickle_safely

ROWS = 12
X, Y = np.arange(24.0).reshape(ROWS, 2), np.arange(ROWS) % 2
PIXELS = np.arange(ROWS * 4, dtype=np.uint8).reshape(ROWS, 2, 2)
TEXT = "x;z;Label\n# no row\n" + "".join(f'{n},5;"{n % 3}";w{n % 2}\n' for n in range(ROWS))


def in_bytes(write):
    """What `write` puts into a file."""
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def hdf5(buffer):
    with h5py.File(buffer, "w") as file:
        file.create_dataset("train_set_x", data=PIXELS, chunks=(5, 2, 2), compression="gzip")
        file["train_set_y"] = Y[:, None]
        file["list_classes"] = np.array([b"a", b"b"])


def workbook(buffer):
    book = openpyxl.Workbook()
    book.active.append(["x", "z", "label"])
    for row, label in zip(X.tolist(), Y.tolist(), strict=True):
        book.active.append([*row, label])
    book.save(buffer)


def idx(array, shape=None):
    shape = array.shape if shape is None else shape
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape) + array.tobytes()


COLUMNS = pyarrow.table({"x": X[:, 0], "label": np.array(["u", "v"])[Y]})
BATCH = {b"labels": Y.tolist(), b"data": np.zeros((ROWS, 3072), np.uint8)}
WHOLE = {
    "a.csv": TEXT.encode(),
    "a.tsv": TEXT.encode("utf-16"),
    "a.csv.gz": gzip.compress(TEXT.encode()),
    "a.npz": in_bytes(lambda file: np.savez(file, features=X, label=Y)),
    "b.npz": in_bytes(lambda file: np.savez_compressed(file, features=X, label=Y)),
    "a.parquet": in_bytes(lambda file: parquet.write_table(COLUMNS, file)),
    "a.feather": in_bytes(lambda file: feather.write_feather(COLUMNS, file)),
    "a.xlsx": in_bytes(workbook),
    "a.h5": in_bytes(hdf5),
    "data_batch_1": pickle.dumps(BATCH, 2),
    "data_batch_1.bin": np.hstack([Y[:, None], BATCH[b"data"]]).astype(np.uint8).tobytes(),
    "a-images-idx3-ubyte.gz": gzip.compress(idx(PIXELS)),
    "b-images-idx3-ubyte": idx(PIXELS),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the labels that the images need."""
    folder = tmp_path_factory.mktemp("damaged")
    for name in "ab":
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(idx(Y.astype(np.uint8)))
    return folder


@pytest.mark.parametrize("name", WHOLE)
def test_the_whole_files_are_read(folder, name):
    (folder / name).write_bytes(WHOLE[name])
    assert load_source(str(folder / name), seed=1, parameters={"K": 10}).num_classes == 2


damages = st.one_of(
    st.builds(lambda at: lambda b: b[: int(at * len(b))], st.floats(0, 1)),
    st.builds(
        lambda at, new: lambda b: b[: (k := int(at * len(b)))] + new + b[k + len(new) :],
        st.floats(0, 1),
        st.binary(min_size=1, max_size=4),
    ),
    st.builds(
        lambda at, new: lambda b: b[: (k := int(at * len(b)))] + new + b[k:],
        st.floats(0, 1),
        st.sampled_from([b"\0", b"\xff" * 8, b'"', b"\n", b",", b";;;", b"(" * 99, b"\x80\x04"]),
    ),
    st.builds(lambda bytes_: lambda b: bytes_, st.binary(max_size=200)),
    st.builds(lambda at: lambda b: b + b[int(at * len(b)) :], st.floats(0, 1)),
)


def load_damaged(folder, name, changes):
    content = WHOLE[name]
    for change in changes:
        content = change(content)
    path = folder / name
    path.write_bytes(content)
    message = path.name
    try:
        load_source(str(path), seed=1, parameters={"K": 10})
    except InputError as error:
        message = str(error)
    assert "\n" not in message
    assert path.name in message
    assert len(message) < 1000


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(sorted(WHOLE)), st.lists(damages, min_size=1, max_size=3))
def test_a_damaged_file_is_read_or_refused_in_one_line(folder, name, changes):
    load_damaged(folder, name, changes)


@pytest.mark.slow
@settings(deadline=None, max_examples=5000)
@given(st.sampled_from(sorted(WHOLE)), st.lists(damages, min_size=1, max_size=3))
def test_many_damaged_files_are_read_or_refused_in_one_line(folder, name, changes):
    load_damaged(folder, name, changes)


def refusal(path, content):
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_source(str(path), seed=1, parameters={"K": 10})
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)
    return str(caught.value)


BOUND = re.escape(f"expected at most {LEAST_ALLOWED} (16 MiB, or 32 times the file)")
BIG = LEAST_ALLOWED + 1


def test_what_is_unpacked_ends_at_the_bound(tmp_path):
    assert most_bytes(10) == LEAST_ALLOWED
    assert most_bytes(10**6) == 32 * 10**6
    whole = bytes(LEAST_ALLOWED)
    assert unpack("f", gzip.compress(whole, 1), ".gz") == whole
    message = refusal(tmp_path / "a.csv.gz", gzip.compress(bytes(BIG), 1))
    assert (
        f"unpacks to more than {LEAST_ALLOWED} (16 MiB, or 32 times the file): refused" in message
    )


def npz(header, data=b"", label=b"", compression=zipfile.ZIP_STORED, version=1):
    """An archive with this header of features, and data."""
    if not isinstance(header, bytes):
        shape, descr = header
        header = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode()
    length = struct.pack("<H" if version == 1 else "<I", len(header) + 1)
    member = b"\x93NUMPY" + bytes([version, 0]) + length + header + b"\n" + data
    with zipfile.ZipFile(buffer := io.BytesIO(), "w", compression) as file:
        file.writestr("features.npy", member)
        file.writestr("label.npy", label)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npz(((10**9, 1000), "<f8")), f"features claims 8000000000000 bytes in a .*{BOUND}"),
        (npz(((ROWS, 3), "<f8"), X.tobytes()), r"features of type float64 and shape \(12, 3\) has"),
        (npz(((ROWS, 2), "<f8"), X.tobytes() * 2), "has 384 bytes: expected 192; do: write"),
        (npz(((ROWS, -2), "<f8"), X.tobytes()), "cannot be read as NPZ"),
        (npz(((1,) * 3000, "<f8"), bytes(8)), "cannot be read as NPZ"),
        (npz(((10**30, 0), "<f8")), "cannot be read as NPZ"),
        (npz(b"(" * 9000), "cannot be read as NPZ"),
        (npz(b" " * 50_000), "cannot be read as NPZ"),
        (npz(((2, 2), "|O"), bytes(32)), r"cannot be read as NPZ \(it holds Python objects\)"),
        (npz(((1, 1), "<V99"), bytes(99)), "cannot be read as NPZ"),
        (npz(((9,), "<f8"), bytes(BIG), b"", zipfile.ZIP_DEFLATED), f"features claims.*{BOUND}"),
    ],
)  # fmt: skip
def test_arrays_that_claim_what_they_are_not(tmp_path, content, message):
    assert re.search(message, refusal(tmp_path / "a.npz", content))


@pytest.mark.parametrize("dtype", [">f8", ">i2", "f2", "?", "u1", "f4"])
@pytest.mark.parametrize("order", "CF")
def test_arrays_of_any_number_and_order(dtype, order):
    features = np.asarray(X % 2, dtype=dtype, order=order)
    content = in_bytes(lambda file: np.savez(file, features=features, label=Y))
    np.testing.assert_array_equal(read_npz_table("f", content).features, X % 2)


def test_idx_files_that_claim_or_hold_too_much(folder):
    path = folder / "a-images-idx3-ubyte.gz"
    claimed = refusal(path, gzip.compress(idx(PIXELS, (2**31, 2**10, 2**10))))
    assert re.search(rf"claims {2**51 + 16} bytes in a file of \d+: {BOUND}", claimed)
    longer = refusal(path, gzip.compress(idx(PIXELS) + bytes(10**6)))
    assert "has at least 65 bytes: expected 16 of header and 12×2×2 of data" in longer
    assert "is full of zero bytes" not in longer


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02Nr" + struct.pack("<I", 2**31 - 1) + b".",
        b"\x80\x02Np1000000000\n.",
        b"\x80\x02](c_codecs\nencode\nq\x00X\xff\x00\x00\x00"
        + b"a" * 255
        + b"q\x01X\x06\x00\x00\x00latin1q\x02"
        + b"h\x00h\x01h\x02\x86R" * 9
        + b"e.",
    ],
)  # fmt: skip
def test_pickles_that_claim_memory(content):
    with pytest.raises(InputError, match="is a pickle that claims more memory than its size can"):
        load_pickle_safely("f", content)


def test_a_block_of_hdf5_that_unpacks_to_more_than_it_has(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        pixels = file.create_dataset("train_set_x", (12, 2, 2), "u1", chunks=True, compression=1)
        pixels.id.write_direct_chunk((0, 0, 0), zlib.compress(bytes(10**6)))
        file["train_set_y"] = Y
    message = refusal(path, path.read_bytes())
    assert "a block of train_set_x unpacks to more than its 48 bytes: refused" in message


def test_images_of_hdf5_that_are_more_than_the_file_can_hold(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        pixels = np.zeros((ROWS, 2**10, 2**11), np.uint8)
        file.create_dataset("train_set_x", data=pixels, chunks=(1, 2**10, 2**11), compression=1)
        file["train_set_y"] = Y
    message = refusal(path, path.read_bytes())
    assert re.search(f"train_set_x claims {ROWS * 2**21} bytes in .*{BOUND}", message)


@pytest.mark.parametrize(
    "labels", [np.zeros(BIG // 15, np.int8), ["a" * 10**5] * 180], ids=["cells", "bytes"]
)
def test_parquet_and_feather_claim_no_more_than_the_bound(tmp_path, labels):
    """The first table has too many cells, the second labels of 18 MB."""
    table = pyarrow.table({"x": np.zeros(len(labels)), "label": labels})
    options = {"compression": "zstd", "use_dictionary": False, "write_statistics": False}
    content = in_bytes(lambda file: parquet.write_table(table, file, **options))
    assert re.search(f"a.parquet claims .*{BOUND}", refusal(tmp_path / "a.parquet", content))
    content = in_bytes(lambda file: feather.write_feather(table, file, compression="zstd"))
    assert re.search(f"a.feather claims .*{BOUND}", refusal(tmp_path / "a.feather", content))


def pages(*headers):
    """What the pages of one column after another claim, each with the header of one page."""
    columns, content = [], b""
    for header in headers:
        columns.append(
            SimpleNamespace(
                data_page_offset=len(content),
                has_dictionary_page=False,
                total_compressed_size=len(header),
            )
        )
        content += header
    group = SimpleNamespace(column=columns.__getitem__)
    facts = SimpleNamespace(
        num_row_groups=1, num_columns=len(columns), row_group=lambda number: group
    )
    return content, facts


PAGE = b"\x15\x00\x15\x12\x15\x00"  # fields 1, 2 and 3: type 0, 9 bytes unpacked, 0 packed
BYTES = b"\xff" * 8 + b"\x3f"  # 2**62


def test_pages_of_parquet_that_claim_a_list_without_end():
    assert claimed_by_pages(*pages(PAGE + b"\0", PAGE + b"\x19\x13\1\0")) == 18
    for kind in (1, 2, 3, 7, 12):  # types of one byte and of eight, and structs
        endless = PAGE + b"\x19" + bytes([0xF0 | kind]) + BYTES + b"\0"
        with pytest.raises(ValueError, match="a list that is longer than the file"):
            claimed_by_pages(*pages(endless))


@pytest.mark.parametrize("again", [b"\x05\x04\x00", b"\x08\x04\x00"])
def test_a_size_of_a_page_that_comes_twice(again):
    """As the same type, and as another, which pyarrow passes over."""
    with pytest.raises(ValueError, match="a field that comes twice"):
        claimed_by_pages(*pages(PAGE + again + b"\0"))


def test_columns_of_parquet_that_lie_over_each_other():
    content, facts = pages(PAGE + b"\0", PAGE + b"\0")
    facts.row_group(0).column(1).data_page_offset = 0
    facts.row_group(0).column(1).total_compressed_size += 7
    with pytest.raises(ValueError, match="columns that lie over each other"):
        claimed_by_pages(content, facts)


def test_buffers_of_negative_length_take_nothing_off_a_claim(tmp_path):
    table = pyarrow.table({"x": np.arange(1013.0), "label": np.arange(1013) % 2})
    content = in_bytes(lambda file: feather.write_feather(table, file, compression="uncompressed"))
    length = struct.pack("<q", 1013 * 8)
    assert length in content
    message = refusal(tmp_path / "a.feather", content.replace(length, struct.pack("<q", -8104)))
    assert "a.feather cannot be read as a Feather or Arrow table (a buffer of negative" in message
    message = refusal(
        tmp_path / "a.feather",
        content.replace(struct.pack("<q", 1013), struct.pack("<q", -1013)),
    )
    assert "a.feather cannot be read as a Feather or Arrow table (a batch of negative" in message


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("a.npz", "zipfile.ZipFile"),
        ("a.parquet", "pyarrow.parquet.ParquetFile"),
        ("a.feather", "pyarrow.ipc.open_file"),
        ("a.xlsx", "openpyxl.load_workbook"),
        ("a.h5", "h5py.File"),
        ("a.csv.gz", "gzip.open"),
        ("data_batch_1", "pickletools.genops"),
    ],
)
def test_a_lack_of_memory_is_no_damage(folder, monkeypatch, name, call):
    def full(*_, **__):
        raise MemoryError

    (folder / name).write_bytes(WHOLE[name])
    monkeypatch.setattr("spikesampler.stimuli.content._kind_of_zip", lambda _: KINDS[name])
    monkeypatch.setattr(call, full)
    with pytest.raises(MemoryError):
        load_source(str(folder / name), seed=1, parameters={"K": 10})


KINDS = {"a.npz": ARRAYS, "a.xlsx": WORKBOOK}


@pytest.mark.parametrize("name", ["a.parquet", "a.feather", "a.xlsx"])
def test_a_fault_of_ours_is_no_damage(folder, monkeypatch, name):
    (folder / name).write_bytes(WHOLE[name])
    reader = "excel" if name == "a.xlsx" else "parquet"
    monkeypatch.setattr(f"spikesampler.stimuli.readers.{reader}.without_index", None)
    with pytest.raises(TypeError):
        load_source(str(folder / name), seed=1, parameters={"K": 10})


def test_a_workbook_that_unpacks_to_more_than_the_bound(tmp_path):
    with zipfile.ZipFile(buffer := io.BytesIO(WHOLE["a.xlsx"]), "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/worksheets/sheet2.xml", bytes(BIG))
    assert re.search(f"a.xlsx claims .*{BOUND}", refusal(tmp_path / "a.xlsx", buffer.getvalue()))
    with zipfile.ZipFile(buffer := io.BytesIO(WHOLE["a.xlsx"]), "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/other.xml", bytes(2**21))
    message = refusal(tmp_path / "a.xlsx", buffer.getvalue())
    assert "bytes beside its sheets and texts: expected at most 2097152" in message


def test_a_long_name_of_a_class_takes_no_memory_for_the_others(tmp_path):
    """numpy's texts are all as long as the longest: 100 000 rows of 100 kB would be 40 GB."""
    rows = "1,b\n" * 100_000 + "2," + "a" * 100_000 + "\n" + "2,c\n" * 9
    message = refusal(tmp_path / "a.csv", f"x,label\n{rows}".encode())
    assert "the label in line 100002 has 100000 characters: expected at most 200; do:" in message
