"""Images as pixel rates: MNIST's, CIFAR-10's and HDF5 files, of a folder or one by one."""

import os
from pathlib import Path

import numpy as np

from spikesampler.errors import InputError
from spikesampler.stimuli.cifar import is_cifar, read_cifar
from spikesampler.stimuli.content import refuse_other_kinds
from spikesampler.stimuli.files import ACCEPTED, Images, read_bytes
from spikesampler.stimuli.hdf5 import hdf5_files, read_hdf5
from spikesampler.stimuli.labelled import LabelledData
from spikesampler.stimuli.mnist import idx_file, read_mnist
from spikesampler.stimuli.source import SourceKind, loads_labelled, refuse_label

__all__ = ["KIND", "load_images"]

#: kinds of content that files of MNIST and CIFAR-10 may seem to have; their readers say more
MAYBE_IMAGES = ("unknown", "text", "zeros", "gzip", "pickle")


def load_images(
    path: str | os.PathLike,
    *,
    seed: int,
    num_outputs: int,
    fixed: bool = False,
    label: str | None = None,
) -> LabelledData:
    """MNIST, CIFAR-10 or HDF5 files as a `LabelledData` source with coding "rates", 255 meaning 1.

    A folder's test files (t10k-…, test_batch, HDF5 with test_set_x) are the test split, and so is
    test_set_x beside train_set_x in one file. Otherwise a single file (images-idx3 with its
    labels-idx1 beside it, one CIFAR batch, one HDF5 file) is split as a table is. label : of HDF5
    files, the dataset of the labels. Formats: `read_mnist`, `read_cifar`, `read_hdf5`.
    """
    path = Path(path)
    learning, test = _batches(path, label)
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

    def where(row: int) -> str:
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
            class_names=None if labels.dtype.kind == "O" else batches[0].class_names,
            where=where,
            facts={"files": {name: h for batch in batches for name, h in batch.hashes.items()}},
            notes=batches[0].notes,
        )
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _batches(path: Path, label: str | None) -> tuple[list[Images], list[Images]]:
    """Images for learning and for test."""
    if files := hdf5_files(path):
        if any(path.glob("train-images?idx3*")) or any(path.glob("data_batch_*")):
            raise InputError(
                f"{path} holds both HDF5 files and MNIST or CIFAR-10: expected one; do: move one to"
                " another folder"
            )
        return read_hdf5(path, files, label)
    refuse_label(path, label)
    learning, test = _files_of_folder(path) if os.path.isdir(path) else ([path], [])
    return [_read(file) for file in learning], [_read(file) for file in test]


def _read(file: Path) -> Images:
    """Images of one file of MNIST or CIFAR-10."""
    content = read_bytes(file)
    refuse_other_kinds(file, content, "images of MNIST or CIFAR-10", *MAYBE_IMAGES)
    if is_cifar(file, content):
        return read_cifar(file, content)
    return read_mnist(file, content)


def _files_of_folder(folder: Path) -> tuple[list[Path], list[Path]]:
    """Image files of MNIST or CIFAR-10 for learning and for test."""
    mnist = [idx_file(folder, stem, 3) for stem in ("train-images", "t10k-images")]
    # both there: no pickle if it can be helped
    suffix = ".bin" if any(folder.glob("*_batch*.bin")) else ""
    num_batches = len(list(folder.glob(f"data_batch_[1-9]{suffix}")))
    if num_batches or (folder / f"test_batch{suffix}").is_file():
        if any(mnist):
            raise InputError(
                f"{folder} holds both MNIST and CIFAR-10: expected one; do: move one to another"
                " folder"
            )
        names = [*(f"data_batch_{n}" for n in range(1, max(1, num_batches) + 1)), "test_batch"]
        files = [folder / f"{name}{suffix}" for name in names]
    elif any(mnist):
        files = [file for file in mnist if file]
    else:
        raise InputError(f"{folder} holds no images: expected {ACCEPTED}; do: check the path")
    if len(files) < 2 or not all(file.is_file() for file in files):
        raise InputError(f"{folder} lacks a file: expected {ACCEPTED}; do: add it")
    return files[:-1], files[-1:]


KIND = SourceKind(
    answers=lambda data: True,
    load=loads_labelled(load_images, takes_label=True),
    expected="HDF5, MNIST (IDX) or CIFAR-10 files",
    on_disk=True,
    takes_all=True,
)
