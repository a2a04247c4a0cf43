"""Images in HDF5 files, named as in the set "cat / non-cat" of a deep-learning course.

A file holds train_set_x (n, height, width[, channels]) uint8 and train_set_y (n,) integers, or
test_set_x and test_set_y, or all four; and, if it likes, list_classes (K,) of byte strings, the
names of classes 0..K-1.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.stimuli.files import Images, read_bytes, sha256
from spikesampler.stimuli.labelled import first

__all__ = ["hdf5_files", "read_hdf5"]

SIGNATURE = b"\x89HDF\r\n\x1a\n"
SUFFIXES = (".h5", ".hdf5")
PARTS = ("train", "test")
#: deflate packs no tighter; a dataset that claims more would only fill the memory
MAX_PACKING = 1032
IMAGES = "unsigned bytes (uint8) of shape (n, height, width), with 1 or 3 channels after it or none"
LABELS = "whole numbers of shape (n,)"
CLASSES = "byte strings of one length, shape (number of classes,)"


def hdf5_files(path: Path) -> list[Path]:
    """The HDF5 files of a folder, by suffix, or the file itself, by its first bytes; or none."""
    if os.path.isdir(path):
        files = sorted(path.glob("*"))
        return [file for file in files if file.suffix.lower() in SUFFIXES and file.is_file()]
    named = path.suffix.lower() in SUFFIXES
    return [path] if named or (os.path.isfile(path) and read_bytes(path)[:8] == SIGNATURE) else []


def read_hdf5(path: Path, files: list[Path]) -> tuple[list[Images], list[Images]]:
    """Images for learning and for test, two lists of at most one, of the files that `path` has.

    pixels are (n, height, width[, channels]), class_names None without list_classes. Links and data
    in other files are not followed. Raises InputError.
    """
    parts = [(part, file, images) for file in files for part, images in _read_file(file)]
    learning, test = ([images for each, _, images in parts if each == part] for part in PARTS)
    for part, same in zip(PARTS, (learning, test)):
        if len(same) > 1:
            names = " and ".join(file.name for each, file, _ in parts if each == part)
            raise InputError(
                f"{path} holds {len(same)} files with {part}_set_x ({names}): expected one; do:"
                " move the others to another folder"
            )
    if not learning:
        raise InputError(
            f"{path} has test_set_x and no train_set_x: expected images to learn; do: give the file"
            " with train_set_x and train_set_y, or a folder with both files"
        )
    if test and learning[0].class_names != test[0].class_names:
        raise InputError(
            f"{path}: list_classes is {learning[0].class_names} for learning and"
            f" {test[0].class_names} for test: expected the same; do: take both from one source"
        )
    return learning, test


def _read_file(file: Path) -> list[tuple[str, Images]]:
    """Images of the parts, train or test or both, that one file has."""
    content = read_bytes(file)
    arrays, classes = _arrays(file, content)
    names = None
    if classes is not None:
        names = [name.decode("utf-8", "replace") for name in classes.tolist()]
    for part, (pixels, labels) in arrays.items():
        _check(file, part, pixels, labels, names)
    hashes = {file.name: sha256(content)}
    return [
        (part, Images(f"{file.name}, {part}_set", pixels, labels, hashes, names))
        for part, (pixels, labels) in arrays.items()
    ]


def _arrays(
    file: Path, content: bytes
) -> tuple[dict[str, tuple[NDArray, NDArray]], NDArray | None]:
    """Images and labels of the file's parts, and list_classes, or None without."""
    import h5py

    try:
        with h5py.File(h5py.h5f.open_file_image(content)) as group:
            names = set(group)
            parts = [part for part in PARTS if {f"{part}_set_x", f"{part}_set_y"} & names]
            if not parts:
                raise InputError(
                    f"{file} has no 'train_set_x', it holds {_names(group)}: expected train_set_x"
                    " and train_set_y; do: rename the datasets, or give another file"
                )
            classes = None
            if "list_classes" in names:
                classes = _array(file, group, "list_classes", CLASSES)
            arrays = {
                part: (
                    _array(file, group, f"{part}_set_x", IMAGES),
                    _array(file, group, f"{part}_set_y", LABELS),
                )
                for part in parts
            }
    except InputError:
        raise
    except Exception as error:  # a broken file can raise anything
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"{file} cannot be read as HDF5 ({reason}): expected a whole HDF5 file; do: fetch it"
            " again"
        ) from None
    return arrays, classes


def _array(file: Path, group: Any, name: str, expected: str) -> NDArray:
    """The dataset of that name, read only if it lies in this file and is what is expected."""
    import h5py

    link = group.get(name, getlink=True)
    if link is None:
        raise InputError(
            f"{file} has no {name!r}, it holds {_names(group)}: expected {expected}; do: add it"
        )
    if not isinstance(link, h5py.HardLink):
        raise InputError(
            f"{file}: {name} is a link: refused, it may lead to another file; expected {expected}; "
            "do: copy the data into this file"
        )
    data = group[name]
    if not isinstance(data, h5py.Dataset):
        raise InputError(
            f"{file}: {name} is a {type(data).__name__.lower()}: expected a dataset, {expected}; "
            "do: give another file"
        )
    if data.external or data.is_virtual:
        raise InputError(
            f"{file}: {name} takes its data from other files: refused; expected {expected}; "
            "do: copy the data into this file"
        )
    if not (_fits(data, expected) and data.size):
        raise InputError(
            f"{file}: {name} of type {data.dtype} and shape {data.shape or ()}: expected"
            f" {expected}, not empty; do: convert it"
        )
    stored = data.id.get_storage_size()
    if stored * MAX_PACKING < data.nbytes:
        raise InputError(
            f"{file}: {name} stores {stored} bytes for an array of {data.nbytes}: expected all of"
            " it; do: fetch it again"
        )
    return data[()]


def _fits(data: Any, expected: str) -> bool:
    """Whether a dataset is what is expected, one of IMAGES, LABELS and CLASSES."""
    shape = data.shape or ()
    if expected == IMAGES:
        channels = shape[3:] in ((), (1,), (3,))
        return data.dtype == np.uint8 and len(shape) >= 3 and channels
    return data.dtype.kind in ("iu" if expected == LABELS else "S") and len(shape) == 1


def _check(
    file: Path, part: str, pixels: NDArray, labels: NDArray, names: list[str] | None
) -> None:
    if len(pixels) != len(labels):
        raise InputError(
            f"{file}: {len(pixels)} images in {part}_set_x and {len(labels)} labels in"
            f" {part}_set_y: expected as many; do: take both from one source"
        )
    if names and (bad := first((labels < 0) | (labels >= len(names)))):
        raise InputError(
            f"{file}: label {labels[bad]} of image {bad[0]} in {part}_set_y is outside"
            f" 0..{len(names) - 1} (list_classes has {len(names)} names); do: relabel, or name all"
            " classes"
        )


def _names(group: Any) -> str:
    names = [repr(name[:40]) for name in group]
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "") or "nothing"
