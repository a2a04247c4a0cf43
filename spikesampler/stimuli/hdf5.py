"""Images in HDF5 files, named as in the set "cat / non-cat" of a deep-learning course.

A file holds train_set_x (n, height, width[, channels]) uint8 and train_set_y (n,) integers, or
test_set_x and test_set_y, or all four; and, if it likes, list_classes (K,) of byte strings, the
names of classes 0..K-1.
"""

import hashlib
import os
from types import SimpleNamespace

import numpy as np

from spikesampler.errors import InputError
from spikesampler.stimuli.split import first
from spikesampler.stimuli.tables import read_bytes

SIGNATURE = b"\x89HDF\r\n\x1a\n"
SUFFIXES = (".h5", ".hdf5")
MAX_PACKING = (
    1032  # deflate packs no tighter; a dataset that claims more would only fill the memory
)
IMAGES = "unsigned bytes (uint8) of shape (n, height, width), with 1 or 3 channels after it or none"
LABELS = "whole numbers of shape (n,)"
CLASSES = "byte strings of one length, shape (number of classes,)"


def hdf5_files(path):
    """The HDF5 files of a folder, by suffix, or the file itself, by its first bytes; [] if there
    are none.
    """
    if os.path.isdir(path):
        return sorted(
            file for file in path.glob("*") if file.suffix.lower() in SUFFIXES and file.is_file()
        )
    named = path.suffix.lower() in SUFFIXES
    return [path] if named or (os.path.isfile(path) and read_bytes(path)[:8] == SIGNATURE) else []


def read_hdf5(path, files):
    """Images for learning and for test, two lists of at most one, of the HDF5 files that `path`
    has.

    Each has file, name, pixels (n, height, width[, channels]) uint8, labels (n,) integers, hashes
    and class_names (None without list_classes). Links and data in other files are not followed.
    Raises InputError.
    """
    found = [images for file in files for images in _read_file(file)]
    learning, test = (
        [images for images in found if images.part == part] for part in ("train", "test")
    )
    for same in (learning, test):
        if len(same) > 1:
            names = " and ".join(images.file.name for images in same)
            raise InputError(
                f"{path} holds {len(same)} files with {same[0].part}_set_x ({names}): expected one;"
                " do: move the others to another folder"
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


def _read_file(file):
    """Images of one file: of train_set_…, of test_set_… or of both."""
    import h5py

    content = read_bytes(file)
    try:
        with h5py.File(h5py.h5f.open_file_image(content)) as group:
            parts = [
                part
                for part in ("train", "test")
                if {f"{part}_set_x", f"{part}_set_y"} & set(group)
            ]
            if not parts:
                raise InputError(
                    f"{file} has no 'train_set_x', it holds {_names(group)}: expected train_set_x"
                    " and train_set_y; do: rename the datasets, or give another file"
                )
            classes = (
                _array(file, group, "list_classes", CLASSES)
                if "list_classes" in set(group)
                else None
            )
            arrays = [
                (
                    part,
                    _array(file, group, f"{part}_set_x", IMAGES),
                    _array(file, group, f"{part}_set_y", LABELS),
                )
                for part in parts
            ]
    except InputError:
        raise
    except Exception as error:  # a broken file can raise anything
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(
            f"{file} cannot be read as HDF5 ({reason}): expected a whole HDF5 file; "
            "do: fetch it again"
        ) from None
    names = (
        None if classes is None else [name.decode("utf-8", "replace") for name in classes.tolist()]
    )
    for part, pixels, labels in arrays:
        _check(file, part, pixels, labels, names)
    hashes = {file.name: hashlib.sha256(content).hexdigest()}
    return [
        SimpleNamespace(
            file=file,
            name=f"{file.name}, {part}_set",
            part=part,
            pixels=pixels,
            labels=labels,
            hashes=hashes,
            class_names=names,
        )
        for part, pixels, labels in arrays
    ]


def _array(file, group, name, expected):
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
    shape = data.shape or ()
    fits = {
        IMAGES: (
            data.dtype == np.uint8 and (len(shape) == 3 or (len(shape) == 4 and shape[3] in (1, 3)))
        ),
        LABELS: data.dtype.kind in "iu" and len(shape) == 1,
        CLASSES: data.dtype.kind == "S" and len(shape) == 1,
    }[expected]
    if not (fits and data.size):
        raise InputError(
            f"{file}: {name} of type {data.dtype} and shape {shape}: expected {expected}, not"
            " empty; do: convert it"
        )
    stored = data.id.get_storage_size()
    if stored * MAX_PACKING < data.nbytes:
        raise InputError(
            f"{file}: {name} stores {stored} bytes for an array of {data.nbytes}: expected all of"
            " it; do: fetch it again"
        )
    return data[()]


def _check(file, part, pixels, labels, names):
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


def _names(group):
    names = [repr(name[:40]) for name in group]
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "") or "nothing"
