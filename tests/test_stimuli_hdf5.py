"""HDF5 images: small files as the cat / non-cat set has them, read back; broken and foreign ones
refused.
"""

import hashlib
import io
import json

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spikesampler.errors import InputError
from spikesampler.stimuli import SPLITS, load_images, load_source

CLASSES = [b"non-cat", b"cat"]


def load(path, **options):
    return load_images(path, **({"seed": 1, "num_outputs": 10} | options))


def images(num, seed, size=(4, 3, 3)):
    return (
        np.random.default_rng(seed).integers(0, 256, (num, *size), dtype=np.uint8),
        np.arange(num) % 2,
    )


def arrays(part="train", num=40, seed=0, size=(4, 3, 3)):
    return dict(zip((f"{part}_set_x", f"{part}_set_y"), images(num, seed, size), strict=True))


def write(path, content, classes=CLASSES):
    """A file of these arrays; (images, labels) of each part."""
    with h5py.File(path, "w") as file:
        for name, array in content.items():
            file[name] = array
        if classes:
            file["list_classes"] = np.array(classes)
    return list(content.values())


def write_pair(folder, names=("train.h5", "val.h5"), **options):
    return (
        write(folder / names[0], arrays("train", 40, 0), **options),
        write(folder / names[1], arrays("test", 10, 1), **options),
    )


def assert_split_shows(source, split, pixels, labels, first_row=0):
    """The split's samples are these images in the order of their rows, with their labels, 255 as
    1.
    """
    samples = source.draw(split, source.description()["rows"][split], seed=5)
    rows = samples.rows - first_row
    assert np.array_equal(samples.points(), pixels.reshape(len(pixels), -1)[rows] / 255)
    assert np.array_equal(samples.labels, labels[rows])
    return sorted(rows)


@pytest.mark.parametrize("names", [("train.h5", "val.h5"), ("z.HDF5", "a.hdf5")])
def test_folder_of_two_files(tmp_path, names):
    (pixels, labels), (test_pixels, test_labels) = write_pair(tmp_path, names)
    (tmp_path / "notes.txt").write_text("not read")
    source = load_source(str(tmp_path), seed=1, parameters={"K": 2})
    assert (source.coding, source.num_features, source.num_classes) == ("rates", 36, 2)
    assert source.class_names == ["non-cat", "cat"]
    assert assert_split_shows(source, "test", test_pixels, test_labels, first_row=40) == list(
        range(10)
    )
    learning, probe = (
        assert_split_shows(source, split, pixels, labels) for split in ("learning", "probe")
    )
    assert sorted(learning + probe) == list(range(40))
    facts = json.loads(json.dumps(source.description()))
    assert facts["rows"] == {"learning": 36, "probe": 4, "test": 10}
    assert facts["class_counts"] == {"learning": [18, 18], "probe": [2, 2], "test": [5, 5]}
    assert facts["official_test_set"]
    assert facts["files"] == {
        name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in names
    }
    assert source.draw("test", 10, 1).table.dtype == np.uint8


@pytest.mark.parametrize("folder", [False, True])
def test_one_file_of_both_sets(tmp_path, folder):
    content = arrays("train", 40, 0) | arrays("test", 10, 1)
    pixels, labels, test_pixels, test_labels = write(tmp_path / "both.h5", content)
    source = load_source(tmp_path if folder else tmp_path / "both.h5", seed=1, parameters={"K": 2})
    assert source.description()["official_test_set"]
    assert list(source.description()["files"]) == ["both.h5"]
    assert assert_split_shows(source, "test", test_pixels, test_labels, first_row=40) == list(
        range(10)
    )
    assert len(assert_split_shows(source, "learning", pixels, labels)) == 36


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize("size", [(4, 3, 3), (4, 3, 1), (4, 3), (1, 1)])
def test_learning_images_alone_are_split(tmp_path, folder, size):
    """The file is known by its content: its name does not matter."""
    file = tmp_path / ("cats.h5" if folder else "cats")
    pixels, labels = write(file, arrays(size=size))
    source = load_source(tmp_path if folder else file, seed=1, parameters={"K": 2})
    assert source.num_features == np.prod(size)
    assert not source.description()["official_test_set"]
    shown = [row for split in SPLITS for row in assert_split_shows(source, split, pixels, labels)]
    assert sorted(shown) == list(range(40))
    assert source.description()["rows"] == {"learning": 28, "probe": 4, "test": 8}


def test_the_split_follows_the_seed(tmp_path):
    write(tmp_path / "cats.h5", arrays())
    drawn = [
        load(tmp_path / "cats.h5", seed=seed).draw("test", 8, 0).rows.tolist() for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1]
    assert sorted(drawn[0]) != sorted(drawn[2])


@pytest.mark.parametrize("dtype", ["u1", "<i8", ">i4", "u8"])
def test_labels_of_any_integer_type_without_names(tmp_path, dtype):
    content = arrays() | {"train_set_y": (np.arange(40) % 3).astype(dtype)}
    write(tmp_path / "cats.h5", content, classes=None)
    source = load(tmp_path / "cats.h5", num_outputs=4)
    assert (source.num_classes, source.class_names) == (3, ["0", "1", "2"])
    assert_split_shows(source, "learning", content["train_set_x"], np.arange(40) % 3)


def test_packed_and_chunked_images(tmp_path):
    labels = arrays()["train_set_y"]
    with h5py.File(tmp_path / "cats.h5", "w") as file:
        file.create_dataset(
            "train_set_x", data=np.zeros((40, 64, 64, 3), np.uint8), compression="gzip"
        )
        file.create_dataset(
            "train_set_y", data=labels, chunks=(7,), shuffle=True, compression="lzf"
        )
    assert_split_shows(load(tmp_path / "cats.h5"), "learning", np.zeros((40, 64, 64, 3)), labels)


def refused(path, message, **options):
    with pytest.raises(InputError, match=message) as caught:
        load(path, **options)
    assert "\n" not in str(caught.value)


X, Y = arrays().values()
OTHER_TYPE = (
    r"cats.h5: train_set_x of type {} and shape {}: expected unsigned bytes \(uint8\) of shape"
)
OTHER_LABELS = (
    r"cats.h5: train_set_y of type {} and shape {}: expected whole numbers or byte strings of shape"
    r" \(n,\), \(n, 1\) or \(1, n\), not empty; do"
)
VARIABLE = np.array(["a", "b"], dtype=h5py.string_dtype())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"train_set_x": None},
            (
                r"cats.h5 has no 'train_set_x', it holds 'list_classes', 'train_set_y': expected"
                r" unsigned"
            ),
        ),
        (
            {"train_set_y": None},
            r"cats.h5 has no 'train_set_y', it holds 'list_classes', 'train_set_x': expected whole",
        ),
        ({"train_set_x": X.astype(float)}, OTHER_TYPE.format("float64", r"\(40, 4, 3, 3\)")),
        ({"train_set_x": X.astype(np.int8)}, OTHER_TYPE.format("int8", r"\(40, 4, 3, 3\)")),
        ({"train_set_x": X[:, :, :, :2]}, OTHER_TYPE.format("uint8", r"\(40, 4, 3, 2\)")),
        ({"train_set_x": X.reshape(40, 36)}, OTHER_TYPE.format("uint8", r"\(40, 36\)")),
        ({"train_set_x": X[:, :0]}, OTHER_TYPE.format("uint8", r"\(40, 0, 3, 3\)")),
        (
            {"train_set_x": X[:0], "train_set_y": Y[:0]},
            OTHER_TYPE.format("uint8", r"\(0, 4, 3, 3\)"),
        ),
        ({"train_set_x": h5py.Empty("u1")}, OTHER_TYPE.format("uint8", r"\(\)")),
        ({"train_set_x": np.uint8(1)}, OTHER_TYPE.format("uint8", r"\(\)")),
        ({"train_set_x": VARIABLE}, OTHER_TYPE.format("object", r"\(2,\)")),
        ({"train_set_y": Y / 2}, "label 0.5 in cats.h5, train_set, image 1 is not a whole number"),
        ({"train_set_y": Y.reshape(2, 20)}, OTHER_LABELS.format("int64", r"\(2, 20\)")),
        (
            {"train_set_y": Y[np.newaxis, :-1]},
            "40 images in train_set_x and 39 labels in train_set_y",
        ),
        ({"train_set_y": VARIABLE}, OTHER_LABELS.format("object", r"\(2,\)")),
        (
            {"train_set_y": np.zeros(40, [("a", "i4")])},
            OTHER_LABELS.format(r"\[\('a', '<i4'\)\]", r"\(40,\)"),
        ),
        (
            {"train_set_y": Y[:-1]},
            "cats.h5: 40 images in train_set_x and 39 labels in train_set_y: expected as many; do",
        ),
        (
            {"train_set_y": Y + 1},
            r"label 2 of image 1 in train_set_y is outside 0..1 \(list_classes has 2 names\); do",
        ),
        (
            {"train_set_y": Y - 1},
            r"label -1 of image 0 in train_set_y is outside 0..1 \(list_classes has 2 names\); do",
        ),
        (
            {"train_set_y": Y * 0},
            "all 40 rows have the same label: expected at least two classes; do",
        ),
        (
            {"list_classes": None, "train_set_y": Y * 10},
            (
                r"label 10 in cats.h5, train_set, image 1 is outside 0..9 \(K=10\); do: set="
                r"{'K': 11} or relabel"
            ),
        ),
        (
            {"list_classes": None, "train_set_y": Y - 1},
            r"label -1 in cats.h5, train_set, image 0 is outside 0..9",
        ),
        (
            {"list_classes": VARIABLE},
            "cats.h5: list_classes of type object and shape .2,.: expected byte strings",
        ),
        (
            {"list_classes": np.arange(2)},
            "cats.h5: list_classes of type int64 and shape .2,.: expected byte strings",
        ),
        (
            {"list_classes": np.array(b"cat")},
            r"list_classes of type .S3 and shape \(\): expected byte strings",
        ),
        (
            {"list_classes": np.array([], "S1")},
            r"list_classes of type .S1 and shape \(0,\): expected byte strings",
        ),
        (
            arrays("test", 10, 1, (3, 4, 3)),
            r"images of sizes \[\(3, 4, 3\), \(4, 3, 3\)\]: expected one size; do",
        ),
        (
            {"test_set_x": X},
            "cats.h5 has no 'test_set_y', it holds 'list_classes', 'test_set_x', 'train_set_x', ",
        ),
    ],
)
def test_other_arrays(tmp_path, changes, message):
    content = arrays() | {"list_classes": np.array(CLASSES)} | changes
    write(
        tmp_path / "cats.h5",
        {name: array for name, array in content.items() if array is not None},
        classes=None,
    )
    refused(tmp_path / "cats.h5", message)


def test_a_file_without_these_names_says_what_it_holds(tmp_path):
    file = tmp_path / "other.h5"
    write(file, {name: np.zeros(1) for name in "abcdefg"} | {"x" * 50: np.zeros(1)}, classes=None)
    refused(
        file,
        r"other.h5 has no 'train_set_x', it holds 'a', 'b', 'c', 'd', 'e', …: expected train_set_x",
    )
    write(file, {"line\nbreak": np.zeros(1), "y" * 50: np.zeros(1)}, classes=None)
    refused(file, rf"it holds 'line\\nbreak', '{'y' * 39}…': expected")
    write(file, {}, classes=None)
    refused(
        file, "it holds nothing: expected train_set_x and train_set_y; do: rename the datasets, or"
    )


def test_nothing_outside_the_file_is_read(tmp_path):
    """Each file would work if it was followed: the last line is the control."""
    write(tmp_path / "real.h5", arrays())
    (tmp_path / "raw").write_bytes(X.tobytes())
    layout = h5py.VirtualLayout(X.shape, np.uint8)
    layout[...] = h5py.VirtualSource(tmp_path / "real.h5", "train_set_x", X.shape)
    target = tmp_path / "cats.h5"
    ways = {
        "is a link: refused, it may lead to another file": [
            lambda file: file.__setitem__(
                "train_set_x", h5py.ExternalLink(tmp_path / "real.h5", "train_set_x")
            ),
            lambda file: file.__setitem__("train_set_x", h5py.SoftLink("/elsewhere")),
        ],
        "takes its data from other files: refused": [
            lambda file: file.create_virtual_dataset("train_set_x", layout),
            lambda file: file.create_dataset(
                "train_set_x", X.shape, "u1", external=[(tmp_path / "raw", 0, h5py.h5f.UNLIMITED)]
            ),
        ],
    }
    for message, makers in ways.items():
        for make in makers:
            write(target, {"train_set_y": Y, "elsewhere": X})
            with h5py.File(target, "a") as file:
                make(file)
            with h5py.File(target) as file:
                assert np.array_equal(file["train_set_x"], X)
            refused(target, f"cats.h5: train_set_x {message}.* do: copy the data into this file")
    write(target, arrays())
    load(target)


def test_names_that_are_no_datasets(tmp_path):
    for name in ("train_set_x", "train_set_y", "list_classes"):
        write(tmp_path / "cats.h5", {k: v for k, v in arrays().items() if k != name}, classes=None)
        with h5py.File(tmp_path / "cats.h5", "a") as file:
            file.create_group(name)
        refused(tmp_path / "cats.h5", f"cats.h5: {name} is a group: expected a dataset")
        with h5py.File(tmp_path / "cats.h5", "a") as file:
            del file[name]
            file[name] = np.dtype("u1")
        refused(tmp_path / "cats.h5", f"cats.h5: {name} is a datatype: expected a dataset")


def test_an_array_that_was_never_written(tmp_path):
    """Such a dataset reads as zeros: black images, or two terabytes of them beside the one block
    that is there.
    """
    for shape, stored in (((40, 4, 3, 3), 0), ((40, 2**17, 2**17, 3), 36)):
        write(tmp_path / "cats.h5", {"train_set_y": Y})
        with h5py.File(tmp_path / "cats.h5", "a") as file:
            data = file.create_dataset("train_set_x", shape, "u1", chunks=(1, 4, 3, 3))
            if stored:
                data[0, :4, :3] = 1
        refused(
            tmp_path / "cats.h5",
            f"train_set_x stores {stored} bytes for an array of {np.prod(shape)}: expected",
        )


def test_folders(tmp_path):
    write(tmp_path / "a.h5", arrays("test", 10, 1))
    refused(
        tmp_path,
        "has test_set_x and no train_set_x: expected images to learn; do: give the file with"
        " train_set_x",
    )
    refused(tmp_path / "a.h5", "a.h5 has test_set_x and no train_set_x: expected images to learn")
    write(tmp_path / "b.h5", arrays())
    load(tmp_path)
    write(tmp_path / "c.hdf5", arrays("test", 10, 1))
    refused(
        tmp_path,
        r"holds 2 files with test_set_x \(a.h5 and c.hdf5\): expected one; do: move the others",
    )
    write(tmp_path / "c.hdf5", arrays())
    refused(
        tmp_path,
        r"holds 2 files with train_set_x \(b.h5 and c.hdf5\): expected one; do: move the others",
    )
    write(tmp_path / "c.hdf5", {"weights": X})
    refused(
        tmp_path,
        "c.hdf5 has no 'train_set_x', it holds 'list_classes', 'weights': expected train_set_x",
    )
    (tmp_path / "c.hdf5").unlink()
    write(tmp_path / "a.h5", arrays("test", 10, 1), classes=CLASSES[::-1])
    refused(
        tmp_path,
        r"list_classes is \['non-cat', 'cat'\] for learning and \['cat', 'non-cat'\] for test:"
        r" expected",
    )
    (tmp_path / "data_batch_1.bin").write_bytes(b"")
    refused(
        tmp_path,
        "holds both HDF5 files and MNIST or CIFAR-10: expected one; do: move one to another folder",
    )


def test_files_of_another_kind(tmp_path):
    refused(tmp_path / "absent.h5", "absent.h5 does not exist; do: check the path")
    with pytest.raises(
        InputError,
        match=r"no data named .*absent.h5': expected digits.* of HDF5, MNIST .*, or spikes:.*; do",
    ):
        load_source(tmp_path / "absent.h5", seed=1, parameters={"K": 2})
    refused(
        tmp_path, r"holds no images: expected .* \.h5 or \.hdf5 file of train_set_x and train_set_y"
    )
    (tmp_path / "text.h5").write_text("hello")
    refused(
        tmp_path / "text.h5",
        "text.h5 is text: expected an HDF5 file; do: rename a table so that it ends in .csv",
    )
    refused(tmp_path, "text.h5 is text: expected an HDF5 file")
    (tmp_path / "text.h5").write_bytes(bytes(range(256)))
    refused(
        tmp_path / "text.h5",
        "text.h5 cannot be read as HDF5 .*: expected a whole HDF5 file; do: fetch it again",
    )
    (tmp_path / "text.h5").write_bytes(b"")
    refused(tmp_path, "text.h5 is empty; do: check how it was written or copied")


BUFFER = io.BytesIO()
write(BUFFER, arrays())
WHOLE = BUFFER.getvalue()


@settings(deadline=None, max_examples=60)
@given(st.integers(0, len(WHOLE) - 1))
def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path_factory, size):
    file = tmp_path_factory.getbasetemp() / "cut.h5"
    file.write_bytes(WHOLE[:size])
    refused(file, "cut.h5 (is empty|cannot be read as HDF5)")
