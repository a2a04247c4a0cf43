"""Images as pixel rates: scikit-learn's digits, MNIST's IDX files, CIFAR-10's binary and python
files, HDF5 files.
"""

import gzip
import hashlib
import math
import os
import struct
import zlib
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from spikesampler.errors import InputError
from spikesampler.stimuli.hdf5 import hdf5_files, read_hdf5
from spikesampler.stimuli.safe_pickle import InertArray, load_pickle_safely
from spikesampler.stimuli.split import LabelledData
from spikesampler.stimuli.tables import read_bytes

CIFAR_CLASSES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
CIFAR_PIXELS = 3 * 32 * 32
ACCEPTED = (
    "a folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and"
    " t10k-labels-idx1-ubyte (.gz or not), a folder with data_batch_1 … and test_batch (.bin or"
    " not), a folder with one .h5 or .hdf5 file of train_set_x and train_set_y and at most one of"
    " test_set_x and test_set_y, or one of the image files"
)


def load_digits(*, seed, num_outputs, fixed=False):
    """The 1797 digits of 8×8 pixels that scikit-learn brings along (UCI; 0..16, so 16 means 1)."""
    from sklearn import datasets  # takes a second

    digits = datasets.load_digits()
    table = digits.data.astype(np.uint8)
    return LabelledData(
        "digits",
        table,
        digits.target,
        seed=seed,
        num_outputs=num_outputs,
        fixed=fixed,
        coding="rates",
        scale=16,
        where="digit {}".format,
        facts={
            "files": {"sklearn.datasets.load_digits": hashlib.sha256(table.tobytes()).hexdigest()}
        },
    )


def load_images(path, *, seed, num_outputs, fixed=False):
    """MNIST, CIFAR-10 or HDF5 files as a `LabelledData` source with coding "rates", 255 meaning 1.

    A folder's test files (t10k-…, test_batch, HDF5 with test_set_x) are the test split, and so is
    test_set_x beside train_set_x in one file. Otherwise a single file (images-idx3 with its
    labels-idx1 beside it, one CIFAR batch, one HDF5 file) is split as a table is. Formats:
    yann.lecun.com/exdb/mnist (IDX: big-endian header), cs.toronto.edu/~kriz/cifar.html (one label
    byte and 3072 pixel bytes; or pickled dicts with data and labels), `read_hdf5`.
    """
    path = Path(path)
    learning, test = _batches(path)
    batches = learning + test
    shapes = {batch.pixels.shape[1:] for batch in batches}
    if len(shapes) > 1:
        raise InputError(
            f"{path}: images of sizes {sorted(shapes)}: expected one size; do: give files of one"
            " data set"
        )
    table = np.concatenate([batch.pixels.reshape(len(batch.pixels), -1) for batch in batches])
    labels = np.concatenate([batch.labels for batch in batches])
    starts = np.cumsum([0] + [len(batch.labels) for batch in batches])

    def where(row):
        file = int(np.searchsorted(starts, row, side="right")) - 1
        return f"{batches[file].name}, image {row - starts[file]}"

    try:
        return LabelledData(
            path.name,
            table,
            labels,
            seed=seed,
            num_outputs=num_outputs,
            fixed=fixed,
            coding="rates",
            scale=255,
            test_rows=np.arange(starts[len(learning)], len(table)) if test else None,
            class_names=batches[0].class_names,
            where=where,
            facts={"files": {name: h for batch in batches for name, h in batch.hashes.items()}},
        )
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _batches(path):
    """Images for learning and for test, two lists of what `_read` gives."""
    if files := hdf5_files(path):
        if any(path.glob("train-images?idx3*")) or any(path.glob("data_batch_*")):
            raise InputError(
                f"{path} holds both HDF5 files and MNIST or CIFAR-10: expected one; do: move one to"
                " another folder"
            )
        return read_hdf5(path, files)
    learning, test = _files_of_folder(path) if os.path.isdir(path) else ([path], [])
    return [_read(file) for file in learning], [_read(file) for file in test]


def _files_of_folder(folder):
    """Image files for learning and for test."""
    learning, test = [_idx_file(folder, "train-images", 3)], _idx_file(folder, "t10k-images", 3)
    suffix = (
        ".bin" if any(folder.glob("*_batch*.bin")) else ""
    )  # both there: no pickle if it can be helped
    num_batches = len(list(folder.glob(f"data_batch_[1-9]{suffix}")))
    if num_batches or (folder / f"test_batch{suffix}").is_file():
        if learning[0] or test:
            raise InputError(
                f"{folder} holds both MNIST and CIFAR-10: expected one; do: move one to another"
                " folder"
            )
        learning = [folder / f"data_batch_{n}{suffix}" for n in range(1, max(1, num_batches) + 1)]
        test = folder / f"test_batch{suffix}"
    elif not (learning[0] or test):
        raise InputError(f"{folder} holds no images: expected {ACCEPTED}; do: check the path")
    if not all(file and file.is_file() for file in [*learning, test]):
        raise InputError(f"{folder} lacks a file: expected {ACCEPTED}; do: add it")
    return learning, [test]


def _idx_file(folder, stem, num_dimensions):
    names = [f"{stem}{dot}idx{num_dimensions}-ubyte{gz}" for dot in "-." for gz in ("", ".gz")]
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _read(file):
    """name, pixels (n, …) uint8, labels (n,), hashes and class_names of one image file and its
    labels.
    """
    content = read_bytes(file)
    hashes = {file.name: hashlib.sha256(content).hexdigest()}
    if file.suffix == ".bin":
        pixels, labels = _parse_cifar_binary(file, content)
    elif file.name.startswith(("data_batch", "test_batch")) or content[:1] == b"\x80":
        pixels, labels = _parse_cifar_pickle(file, content)
    else:
        pixels = parse_idx(file, content, 3)
        stem = file.name.split("idx3")[0][:-1]
        labels_file = (
            _idx_file(file.parent, stem.replace("images", "labels"), 1)
            if "images" in stem
            else None
        )
        if labels_file is None:
            raise InputError(
                f"{file} has no labels file beside it: expected {ACCEPTED}; do: put it there"
            )
        label_bytes = read_bytes(labels_file)
        hashes[labels_file.name] = hashlib.sha256(label_bytes).hexdigest()
        labels = parse_idx(labels_file, label_bytes, 1)
        if len(labels) != len(pixels):
            raise InputError(
                f"{len(pixels)} images in {file} and {len(labels)} labels in {labels_file}:"
                " expected as many; do: take both from one source"
            )
        return SimpleNamespace(
            name=file.name, pixels=pixels, labels=labels, hashes=hashes, class_names=None
        )
    if bad := [(n, label) for n, label in enumerate(labels) if not 0 <= label <= 9]:
        raise InputError(
            f"{file}: label {bad[0][1]} of image {bad[0][0]} is outside 0..9, so this is not"
            " CIFAR-10; do: check the file"
        )
    return SimpleNamespace(
        name=file.name,
        pixels=pixels,
        labels=np.array(labels, dtype=np.uint8),
        hashes=hashes,
        class_names=CIFAR_CLASSES,
    )


def parse_idx(file, content, num_dimensions):
    """The uint8 array of an IDX file (0, 0, type 8, number of dimensions; sizes; data), gzipped or
    not.
    """
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            raise InputError(
                f"{file} cannot be unpacked (truncated or corrupt); do: fetch it again"
            ) from None
    header = 4 + 4 * num_dimensions
    if content[:4] != bytes([0, 0, 8, num_dimensions]):
        raise InputError(
            f"{file} starts with {content[:4].hex()}: expected 000008{num_dimensions:02x} (IDX,"
            f" unsigned bytes, {num_dimensions} dimensions); do: give {ACCEPTED}, or a .csv or .npz"
            " table"
        )
    sizes = (
        struct.unpack(f">{num_dimensions}I", content[4:header]) if len(content) >= header else (0,)
    )
    if 0 in sizes or len(content) != header + math.prod(sizes):
        raise InputError(
            f"{file} has {len(content)} bytes: expected {header} of header and "
            f"{'×'.join(map(str, sizes))} of data; do: fetch it again"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(sizes)


def _parse_cifar_binary(file, content):
    if len(content) % (CIFAR_PIXELS + 1):
        raise InputError(
            f"{file} has {len(content)} bytes: expected a multiple of {CIFAR_PIXELS + 1}"
            " (truncated?); do: fetch it again"
        )
    rows = np.frombuffer(content, np.uint8).reshape(-1, CIFAR_PIXELS + 1)
    return rows[:, 1:], rows[:, 0].tolist()


def _parse_cifar_pickle(file, content):
    batch = load_pickle_safely(file, content)
    entries = (
        {k.decode("latin1") if isinstance(k, bytes) else k: v for k, v in batch.items()}
        if isinstance(batch, dict)
        else {}
    )
    data, labels = entries.get("data"), entries.get("labels")
    pixels = data.to_numpy() if isinstance(data, InertArray) else None
    labels = (
        labels if isinstance(labels, list) and all(type(label) is int for label in labels) else []
    )
    if pixels is None or pixels.shape != (len(labels), CIFAR_PIXELS) or not labels:
        raise InputError(
            f"{file} is not a CIFAR-10 batch: expected 'data' (n, {CIFAR_PIXELS}) of unsigned bytes"
            " and 'labels', a list of n numbers; do: fetch it again, or the binary version"
        )
    return pixels, labels
