"""Images: small files in MNIST's and CIFAR-10's formats, read back; broken and malicious ones
refused.
"""

import gzip
import json
import os
import pickle
import struct
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import datasets

from spikesampler.errors import InputError
from spikesampler.stimuli import load_digits, load_images, load_source
from spikesampler.stimuli.cifar import CLASSES
from spikesampler.stimuli.mnist import parse_idx
from spikesampler.stimuli.safe_pickle import load_pickle_safely

NAMES = {
    "-": ("{}-images-idx3-ubyte", "{}-labels-idx1-ubyte"),
    ".": ("{}-images.idx3-ubyte", "{}-labels.idx1-ubyte"),
}


def load(path, **options):
    return load_images(path, **({"seed": 1, "num_outputs": 10} | options))


def idx(array):
    return (
        bytes([0, 0, 8, array.ndim])
        + struct.pack(f">{array.ndim}I", *array.shape)
        + array.tobytes()
    )


def images(num, seed, size=(4, 3)):
    pixels = np.random.default_rng(seed).integers(0, 256, (num, *size), dtype=np.uint8)
    return pixels, (np.arange(num) % 10).astype(np.uint8)


def write_mnist(folder, dot="-", packed=False, num=(60, 20)):
    """Files as the set has them; (pixels, labels) of both."""
    parts = {}
    for seed, (part, size) in enumerate(zip(("train", "t10k"), num, strict=True)):
        parts[part] = images(size, seed)
        for name, array in zip(NAMES[dot], parts[part], strict=True):
            content = idx(array)
            path = folder / (name.format(part) + ".gz" * packed)
            path.write_bytes(gzip.compress(content) if packed else content)
    return parts


def cifar_rows(num, seed):
    pixels, labels = images(num, seed, (3072,))
    return pixels, labels.tolist()


def cifar_binary(pixels, labels):
    return np.column_stack([np.array(labels, dtype=np.uint8), pixels]).tobytes()


def cifar_pickle(pixels, labels, protocol=2):
    batch = {b"batch_label": b"one", b"labels": labels, b"data": pixels, b"filenames": [b"a.png"]}
    return pickle.dumps(batch, protocol)


def write_cifar(folder, suffix, batches=(1, 2)):
    parts = {}
    for name in [f"data_batch_{n}" for n in batches] + ["test_batch"]:
        parts[name] = cifar_rows(30, seed=len(name) + len(parts))
        (folder / f"{name}{suffix}").write_bytes(
            (cifar_binary if suffix else cifar_pickle)(*parts[name])
        )
    return parts


def assert_shows(source, split, pixels, labels):
    """The split shows exactly these images (any order), each with its label, 255 as 1."""
    samples = source.draw(split, len(labels), seed=5)
    shown = {
        (row.tobytes(), label)
        for row, label in zip(samples.points(), samples.labels.tolist(), strict=True)
    }
    assert shown == {
        ((row.ravel() / 255).tobytes(), int(label))
        for row, label in zip(pixels, labels, strict=True)
    }


@settings(deadline=None)
@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=3, max_dims=3, max_side=5)), st.booleans())
def test_idx_round_trip(array, packed):
    content = idx(array)
    assert np.array_equal(parse_idx("f", gzip.compress(content) if packed else content, 3), array)


@pytest.mark.parametrize("dot", "-.")
@pytest.mark.parametrize("packed", [False, True])
def test_mnist_folder(tmp_path, dot, packed):
    parts = write_mnist(tmp_path, dot, packed)
    source = load_source(tmp_path, seed=1, parameters={"K": 10})
    assert (source.coding, source.num_features, source.num_classes) == ("rates", 12, 10)
    assert_shows(source, "test", *parts["t10k"])
    facts = json.loads(json.dumps(source.description()))
    assert facts["rows"] == {"learning": 50, "probe": 10, "test": 20}
    assert facts["official_test_set"]
    assert len(facts["files"]) == 4
    assert all(len(digest) == 64 for digest in facts["files"].values())
    shown = np.concatenate([source.draw("learning", 50, 1).rows, source.draw("probe", 10, 1).rows])
    assert sorted(shown) == list(range(60))
    samples = source.draw("learning", 50, 1)
    assert samples.table.dtype == np.uint8
    assert samples.points().dtype == np.float64
    assert np.array_equal(
        samples.points(3, 7), parts["train"][0].reshape(60, 12)[samples.rows[3:7]] / 255
    )
    assert np.array_equal(samples.labels, parts["train"][1][samples.rows])


def test_a_single_mnist_file_is_split_itself(tmp_path):
    parts = write_mnist(tmp_path, packed=True)
    source = load_source(tmp_path / "train-images-idx3-ubyte.gz", seed=1, parameters={"K": 10})
    facts = source.description()
    assert facts["rows"] == {"learning": 40, "probe": 10, "test": 10}
    assert not facts["official_test_set"]
    rows = np.concatenate(
        [source.draw(split, size, 0).rows for split, size in facts["rows"].items()]
    )
    assert sorted(rows) == list(range(60))
    assert np.array_equal(source.draw("test", 9, 0).table, parts["train"][0].reshape(60, 12))


@pytest.mark.parametrize("suffix", [".bin", ""])
def test_cifar_folder(tmp_path, suffix):
    parts = write_cifar(tmp_path, suffix)
    source = load_source(str(tmp_path), seed=1, parameters={"K": 10})
    assert (source.coding, source.num_features, source.class_names) == (
        "rates",
        3072,
        list(CLASSES),
    )
    assert_shows(source, "test", *parts["test_batch"])
    assert source.description()["rows"] == {"learning": 50, "probe": 10, "test": 30}
    both = np.concatenate([parts["data_batch_1"][0], parts["data_batch_2"][0]])
    samples = source.draw("learning", 50, 1)
    assert np.array_equal(samples.points(), both[samples.rows] / 255)


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("order", "CF")
def test_a_single_pickled_batch_of_any_protocol_and_order(tmp_path, protocol, order):
    pixels, labels = cifar_rows(30, seed=1)
    (tmp_path / "data_batch_1").write_bytes(
        cifar_pickle(np.asarray(pixels, order=order), labels, protocol)
    )
    source = load(tmp_path / "data_batch_1")
    samples = source.draw("learning", 10, 1)
    assert np.array_equal(samples.points(), pixels[samples.rows] / 255)
    assert np.array_equal(samples.labels, np.array(labels)[samples.rows])


def python_2_batch(pixels, labels):
    """A batch in the opcodes of Python 2's cPickle: byte strings for texts, keys, the dtype's name
    and the pixels.
    """

    def text(data):
        return b"T" + struct.pack("<I", len(data)) + data

    return b"".join(
        [
            b"\x80\x02}(",
            text(b"data"),
            b"cnumpy.core.multiarray\n_reconstruct\n",
            b"cnumpy\nndarray\n",
            b"K\x00\x85",
            text(b"b"),
            b"\x87R",
            b"(K\x01",
            b"J",
            struct.pack("<i", pixels.shape[0]),
            b"M",
            struct.pack("<H", pixels.shape[1]),
            b"\x86",
            b"cnumpy\ndtype\n",
            text(b"u1"),
            b"K\x00K\x01\x87R",
            b"(K\x03",
            text(b"|"),
            b"NNN",
            b"J\xff\xff\xff\xff",
            b"J\xff\xff\xff\xff",
            b"K\x00tb",
            b"\x89",
            text(pixels.tobytes()),
            b"tb",
            text(b"labels"),
            b"](",
            b"".join(b"K" + bytes([label]) for label in labels),
            b"e",
            b"u.",
        ]
    )


def test_a_batch_as_python_2_pickled_it(tmp_path):
    """The published files are of this kind."""
    pixels, labels = cifar_rows(30, seed=2)
    content = python_2_batch(pixels, labels)
    plain = pickle.loads(
        content, encoding="bytes"
    )  # the test's own bytes: numpy agrees that they are such a batch
    assert np.array_equal(plain[b"data"], pixels)
    assert plain[b"labels"] == labels
    (tmp_path / "test_batch").write_bytes(content)
    samples = load(tmp_path / "test_batch").draw("learning", 10, 1)
    assert np.array_equal(samples.points(), pixels[samples.rows] / 255)


def test_digits():
    digits = datasets.load_digits()
    source = load_source("digits", seed=1, parameters={"K": 10})
    assert (source.name, source.coding, source.num_features, source.num_classes) == (
        "digits",
        "rates",
        64,
        10,
    )
    for split, size in source.description()["rows"].items():
        samples = source.draw(split, size, seed=1)
        assert np.array_equal(samples.points(), digits.data[samples.rows] / 16)
        assert np.array_equal(samples.labels, digits.target[samples.rows])
    # per class of about 180 rows, rounding moves 10 % and 20 % by at most half a row: 5 rows in ten
    # classes
    sizes = source.description()["rows"]
    assert abs(sizes["test"] - 359.4) <= 5
    assert abs(sizes["probe"] - 179.7) <= 5
    assert sum(sizes.values()) == 1797
    with pytest.raises(
        InputError,
        match=r"label 3 in digit 3 is outside 0..2 \(K=3\); do: set={'K': 10} or relabel",
    ):
        load_digits(seed=1, num_outputs=3)


class Evil:
    """Leaves a file behind when unpickled."""

    def __init__(self, call, *arguments):
        self.call = (call, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_malicious_pickle_is_refused_and_not_executed(tmp_path, protocol):
    trace = tmp_path / "executed"
    pixels, labels = cifar_rows(30, seed=1)
    batch = {b"data": pixels, b"labels": labels, b"x": Evil(os.mkdir, str(trace))}
    (tmp_path / "data_batch_1").write_bytes(pickle.dumps(batch, protocol))
    with pytest.raises(
        InputError, match=r"asks for '(posix|nt).mkdir': refused, nothing was executed; do: use"
    ):
        load(tmp_path / "data_batch_1")
    assert not trace.exists()
    pickle.loads((tmp_path / "data_batch_1").read_bytes())  # the control: it is malicious
    assert trace.exists()


GLOBALS = [
    b"cbuiltins\neval\n",
    b"c__builtin__\nexec\n",
    b"cnumpy\nload\n",
    b"cnumpy.core.multiarray\nscalar\n",
    b"\x8c\x05numpy\x8c\x0ef2py.os.system\x93",
    b"cfunctools\npartial\n",
    b"cbuiltins\ngetattr\n",
]


@pytest.mark.parametrize("reference", GLOBALS)
def test_only_what_a_byte_array_needs_can_be_named(reference):
    with pytest.raises(InputError, match=r"asks for .* refused, nothing was executed"):
        load_pickle_safely("f", b"\x80\x04" + reference + b".")


@pytest.mark.parametrize(
    "content",
    [
        # set an attribute of a stand-in class
        b"\x80\x02cnumpy\nndarray\n}X\x01\x00\x00\x00a}s\x86b.",
        b"\x80\x02cnumpy\nndarray\n(K\x01K\x02tR}b.",
        b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"\x80\x02]",
        b"\x80",
        b"\x80\x02\x82\x01.",
        b"\x80\x02Pid\n.",
        b"\x80\x02" + b"(" * 10 + b".",
    ],
)
def test_broken_pickles(content):
    with pytest.raises(InputError, match="cannot be read as a pickle"):
        load_pickle_safely("f", content)


def test_the_stand_ins_are_not_changed_by_a_file():
    """A BUILD on the function that stands for _reconstruct reaches a throw-away object."""
    load_pickle_safely(
        "f", b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n}X\x05\x00\x00\x00extraK\x01sb."
    )
    again = load_pickle_safely("f", b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n.")
    assert isinstance(again, types.FunctionType)
    assert vars(again) == {}


PIXELS, LABELS = cifar_rows(30, seed=1)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ([1, 2], "is not a CIFAR-10 batch: expected 'data'"),
        ({b"data": PIXELS}, "is not a CIFAR-10 batch"),
        ({b"data": PIXELS, b"labels": LABELS[:-1]}, "is not a CIFAR-10 batch"),
        ({b"data": PIXELS[:, :-1], b"labels": LABELS}, "is not a CIFAR-10 batch"),
        ({b"data": PIXELS.astype(np.int16), b"labels": LABELS}, "is not a CIFAR-10 batch"),
        ({b"data": PIXELS.tolist(), b"labels": LABELS}, "is not a CIFAR-10 batch"),
        ({b"data": PIXELS, b"labels": [0.5] * 30}, "is not a CIFAR-10 batch"),
        ({b"data": PIXELS, b"labels": [*LABELS[:-1], 10]}, "label 10 of image 29 is outside 0..9"),
        ({b"data": PIXELS, b"labels": [-1, *LABELS[1:]]}, "label -1 of image 0 is outside 0..9"),
    ],
)
def test_pickles_that_are_no_batch(tmp_path, batch, message):
    (tmp_path / "data_batch_1").write_bytes(pickle.dumps(batch, 2))
    with pytest.raises(InputError, match=message) as caught:
        load(tmp_path / "data_batch_1")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "train-images-idx3-ubyte",
            lambda b: b[:-1],
            "has 735 bytes: expected 16 of header and 60×4×3 of data",
        ),
        (
            "train-images-idx3-ubyte",
            lambda b: b + b"\0",
            "737 bytes: expected 16 of header and 60×4×3 of data",
        ),
        ("train-images-idx3-ubyte", lambda b: b[:10], "has 10 bytes: expected 16 of header"),
        ("train-images-idx3-ubyte", lambda b: b"", "train-images-idx3-ubyte is empty"),
        (
            "train-images-idx3-ubyte",
            lambda b: b"\0\0\x0d\x03" + b[4:],
            "starts with 00000d03: expected 00000803",
        ),
        ("train-images-idx3-ubyte", lambda b: gzip.compress(b)[:-9], "cannot be unpacked"),
        (
            "train-images-idx3-ubyte",
            lambda b: idx(images(0, 0)[0]),
            "expected 16 of header and 0×4×3 of data",
        ),
        (
            "t10k-images-idx3-ubyte",
            lambda b: idx(images(20, 1, (3, 3))[0]),
            r"images of sizes \[\(3, 3\), \(4, 3\)\]",
        ),
        (
            "t10k-labels-idx1-ubyte",
            lambda b: idx(images(19, 1)[1]),
            "20 images in .* and 19 labels in .*: expected as",
        ),
        (
            "t10k-labels-idx1-ubyte",
            lambda b: b[:-1],
            "has 27 bytes: expected 8 of header and 20 of data",
        ),
        (
            "t10k-labels-idx1-ubyte",
            lambda b: b[:-1] + b"\x0c",
            (
                r"label 12 in t10k-images-idx3-ubyte, image 19 is outside 0..9 \(K=10\); do: set="
                r"{'K': 13} or relabel"
            ),
        ),
        ("t10k-labels-idx1-ubyte", None, "t10k-images-idx3-ubyte has no labels file beside it"),
        ("t10k-images-idx3-ubyte", None, "lacks a file: expected a folder with"),
    ],
)
def test_broken_mnist(tmp_path, name, change, message):
    write_mnist(tmp_path)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).unlink()
    if change:
        (tmp_path / name).write_bytes(change(content))
    with pytest.raises(InputError, match=message) as caught:
        load(tmp_path)
    assert "\n" not in str(caught.value)


def test_broken_cifar(tmp_path):
    write_cifar(tmp_path, ".bin", batches=(1, 3))
    with pytest.raises(InputError, match="lacks a file"):
        load(tmp_path)
    (tmp_path / "data_batch_3.bin").rename(tmp_path / "data_batch_2.bin")
    content = (tmp_path / "data_batch_2.bin").read_bytes()
    (tmp_path / "data_batch_2.bin").write_bytes(content[:-1])
    with pytest.raises(
        InputError, match=r"has 92189 bytes: expected a multiple of 3073 \(truncated\?\)"
    ):
        load(tmp_path)
    (tmp_path / "data_batch_2.bin").write_bytes(b"\x0a" + content[1:])
    with pytest.raises(
        InputError, match=r"label 10 of image 0 is outside 0..9, so this is not CIFAR-10"
    ):
        load(tmp_path)
    (tmp_path / "test_batch.bin").unlink()
    with pytest.raises(InputError, match="lacks a file"):
        load(tmp_path)


def test_folders_and_files_of_another_kind(tmp_path):
    with pytest.raises(InputError, match="holds no images: expected a folder with train-images"):
        load(tmp_path)
    (tmp_path / "notes.text").write_text("hello")
    with pytest.raises(InputError, match=r"notes.text starts with 68656c6c: expected 00000803"):
        load_source(tmp_path / "notes.text", seed=1, parameters={"K": 10})
    with pytest.raises(InputError, match="absent does not exist"):
        load(tmp_path / "absent")
    write_mnist(tmp_path)
    with pytest.raises(InputError, match="starts with 00000801: expected 00000803"):
        load(tmp_path / "train-labels-idx1-ubyte")
    write_cifar(tmp_path, ".bin")
    with pytest.raises(InputError, match="holds both MNIST and CIFAR-10"):
        load(tmp_path)
