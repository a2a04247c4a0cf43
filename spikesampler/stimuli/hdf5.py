"""Images in HDF5 files, named as in the set "cat / non-cat" of a deep-learning course.

A file holds train_set_x (n, height, width[, channels]) uint8 and train_set_y, n labels, or
test_set_x and test_set_y, or all four; and, if it likes, list_classes (K,) of byte strings, the
names of classes 0..K-1. They lie in one group of the file. A file without these names may have one
array of images and one of labels.
"""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.stimuli.content import refuse_other_kinds
from spikesampler.stimuli.files import Images, damage_of, read_bytes, sha256
from spikesampler.stimuli.hdf5_dataset import HDF5File, own_dataset, read_dataset
from spikesampler.stimuli.labelled import first
from spikesampler.stimuli.readers.table import choose_label, flat_labels, listed
from spikesampler.stimuli.words import check_class_names

__all__ = ["hdf5_files", "read_hdf5"]

SIGNATURE = b"\x89HDF\r\n\x1a\n"
SUFFIXES = (".h5", ".hdf5")
PARTS = ("train", "test")
CLASSES_NAME = "list_classes"
MOST_OBJECTS = 1000
IMAGES = "unsigned bytes (uint8) of shape (n, height, width), with 1 or 3 channels after it or none"
LABELS = "whole numbers or byte strings of shape (n,), (n, 1) or (1, n)"
CLASSES = "byte strings of one length, shape (number of classes,)"


class Named(NamedTuple):
    """Names of the datasets of one file: images and labels by part, and of the classes."""

    parts: dict[str, tuple[str, str]]
    classes: str | None
    notes: tuple[str, ...] = ()


def hdf5_files(path: Path) -> list[Path]:
    """The HDF5 files of a folder, by suffix, or the file itself, by its first bytes; or none."""
    if os.path.isdir(path):
        files = sorted(path.glob("*"))
        return [file for file in files if file.suffix.lower() in SUFFIXES and file.is_file()]
    named = path.suffix.lower() in SUFFIXES
    return [path] if named or (os.path.isfile(path) and read_bytes(path)[:8] == SIGNATURE) else []


def read_hdf5(
    path: Path, files: list[Path], label: str | None = None
) -> tuple[list[Images], list[Images]]:
    """Images for learning and for test, two lists of at most one, of the files that `path` has.

    label : the dataset of the labels for learning, where it is not train_set_y; those for test have
    "test" for "train". pixels are (n, height, width[, channels]), class_names None without
    list_classes, which one of two files may lack. Links and data in other files are not followed.
    Raises InputError.
    """
    parts = [(part, file, images) for file in files for part, images in _read_file(file, label)]
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
    return (learning, test) if not test else _alike(path, learning[0], test[0])


def _alike(path: Path, learning: Images, test: Images) -> tuple[list[Images], list[Images]]:
    """Both parts with the names of classes of the one that has them."""
    names = [images.class_names for images in (learning, test) if images.class_names is not None]
    if len(names) == 2 and names[0] != names[1]:
        raise InputError(
            f"{path}: list_classes is {names[0]} for learning and {names[1]} for test: expected the"
            " same; do: take both from one source"
        )
    kinds = [images.labels.dtype.kind == "O" for images in (learning, test)]
    if kinds[0] != kinds[1]:
        raise InputError(
            f"{path}: labels are words in one part and numbers in the other: expected the same; do:"
            " take both from one source"
        )
    both = [images._replace(class_names=names[0] if names else None) for images in (learning, test)]
    for images in both:
        _check_classes(path, images)
    return [both[0]], [both[1]]


def _read_file(file: Path, label: str | None) -> list[tuple[str, Images]]:
    """Images of the parts, train or test or both, that one file has."""
    content = read_bytes(file)
    refuse_other_kinds(file, content, "an HDF5 file", "hdf5", "matlab", "unknown")
    with damage_of(
        lambda reason: (
            f"{file} cannot be read as HDF5 ({reason}): expected a whole HDF5 file; do: fetch it"
            " again"
        )
    ):
        named, arrays, classes = _arrays(file, content, label)
    names = None if classes is None else _class_names(file, classes)
    hashes = {file.name: sha256(content)}
    parts = []
    for part, (pixels, labels) in arrays.items():
        labels = _labels(file, named.parts[part], pixels, labels)
        name = f"{file.name}, {part}_set"
        parts.append((part, Images(name, pixels, labels, hashes, names, named.notes)))
    for _, images in parts:
        _check_classes(file, images)
    return parts


def _arrays(
    file: Path, content: bytes, label: str | None
) -> tuple[Named, dict[str, tuple[NDArray, NDArray]], NDArray | None]:
    """Names of what is read, images and labels by part, and names of classes; what h5py raises."""
    with HDF5File(file, content) as opened:
        named = _find(opened, label)
        classes = None
        if named.classes is not None:
            classes = _array(opened, named.classes, CLASSES)
        arrays = {
            part: (_array(opened, pixels, IMAGES), _array(opened, labels, LABELS))
            for part, (pixels, labels) in named.parts.items()
        }
    return named, arrays, classes


def _class_names(file: Path, classes: NDArray) -> list[str]:
    try:
        return check_class_names([name.decode("utf-8", "replace") for name in classes.tolist()])
    except InputError as error:
        raise InputError(f"{file}: {CLASSES_NAME}: {error}") from None


def _find(file: HDF5File, label: str | None) -> Named:
    """Which datasets of a file are meant: by the usual names, or the only ones that fit."""
    groups = _groups(file)
    usual = {f"{part}_set_{end}" for part in PARTS for end in "xy"}
    places = [place for place, names in groups.items() if usual & names]
    if len(places) > 1:
        raise InputError(
            f"{file.path} has train_set_x or its like in several groups, {listed(places)}: expected"
            " them in one; do: give a file with one of them"
        )
    if not places:
        return _only_ones(file, groups, label)
    place, names = places[0], groups[places[0]]
    parts = {}
    for part in PARTS:
        labels = f"{part}_set_y" if label is None else label.replace(PARTS[0], part)
        if f"{part}_set_x" in names or f"{part}_set_y" in names:
            parts[part] = (place + f"{part}_set_x", place + labels)
    for name in (name for pair in parts.values() for name in pair):
        if name.removeprefix(place) not in names:
            expected = IMAGES if name.endswith("_x") else LABELS
            raise InputError(
                f"{file.path} has no {name!r}, it holds {listed(sorted(names))}: expected"
                f" {expected}; do: add it, or name the labels with --label NAME"
            )
    return Named(parts, place + CLASSES_NAME if CLASSES_NAME in names else None)


def _groups(file: HDF5File) -> dict[str, set[str]]:
    """Names in each group, by its path: "" or such as "data/"; links are not followed."""
    import h5py

    groups = {"": set(file.group)}

    def visit(path: str, item: Any) -> str | None:
        if isinstance(item, h5py.Group):
            groups[f"{path}/"] = set(item)
        return path if len(groups) > MOST_OBJECTS else None

    if file.group.visititems(visit) is not None:
        raise InputError(
            f"{file.path} has more than {MOST_OBJECTS} groups: expected images and labels; do: copy"
            " them to another file"
        )
    return groups


def _only_ones(file: HDF5File, groups: dict[str, set[str]], label: str | None) -> Named:
    """The only dataset of images and the only one of labels, of files without the usual names."""
    import h5py

    names = [place + name for place in groups for name in sorted(groups[place])]
    fitting: dict[str, list[str]] = {IMAGES: [], LABELS: []}
    for name in names[:MOST_OBJECTS]:
        data = file.group.get(name, getlink=True)
        if isinstance(data, h5py.HardLink) and isinstance(file.group[name], h5py.Dataset):
            for expected, kept in fitting.items():
                if _fits(file.group[name], expected):
                    kept.append(name)
    images, labels = fitting[IMAGES], fitting[LABELS]
    if len(images) == 1:
        size = len(file.group[images[0]])
        labels = [name for name in labels if size == max(file.group[name].shape)]
    if len(images) == 1 and labels:
        if label is None and len(labels) == 1:
            return Named({PARTS[0]: (images[0], labels[0])}, None)
        chosen, notes = choose_label(file.path, labels, label, "dataset")
        return Named({PARTS[0]: (images[0], chosen)}, None, notes)
    several = f", among them several of images, {listed(images)}" if len(images) > 1 else ""
    raise InputError(
        f"{file.path} has no 'train_set_x', it holds {listed(names)}{several}: expected train_set_x"
        " and train_set_y; do: rename the datasets, or give another file"
    )


def _array(file: HDF5File, name: str, expected: str) -> NDArray:
    """The dataset of that name, read only if it lies in this file and is what is expected."""
    data = own_dataset(file, name, expected)
    if not (_fits(data, expected) and data.size):
        raise InputError(
            f"{file.path}: {name} of type {data.dtype} and shape {data.shape or ()}: expected"
            f" {expected}, not empty; do: convert it"
        )
    return read_dataset(file, name, data)


def _fits(data: Any, expected: str) -> bool:
    """Whether a dataset is what is expected, one of IMAGES, LABELS and CLASSES."""
    shape = data.shape or ()
    if expected == IMAGES:
        channels = shape[3:] in ((), (1,), (3,))
        return data.dtype == np.uint8 and len(shape) >= 3 and channels
    if expected == CLASSES:
        return data.dtype.kind == "S" and len(shape) == 1
    return data.dtype.kind in "biufS" and (len(shape) == 1 or (len(shape) == 2 and 1 in shape))


def _labels(file: Path, names: tuple[str, str], pixels: NDArray, labels: NDArray) -> NDArray:
    """Labels (n,), words as objects."""
    labels = flat_labels(labels, max(labels.shape))
    if len(pixels) != len(labels):
        raise InputError(
            f"{file}: {len(pixels)} images in {names[0]} and {len(labels)} labels in {names[1]}:"
            " expected as many; do: take both from one source"
        )
    if labels.dtype.kind == "S":
        return np.array([word.decode("utf-8", "replace") for word in labels.tolist()], object)
    return labels


def _check_classes(path: Path, images: Images) -> None:
    """Refuse a label that has no name in list_classes; words are names themselves."""
    labels, names = images.labels, images.class_names
    if names is None or labels.dtype.kind == "O":
        return
    if bad := first((labels < 0) | (labels >= len(names))):
        raise InputError(
            f"{path}: label {labels[bad]:g} of image {bad[0]} in {images.name.split(', ')[-1]}_y is"
            f" outside 0..{len(names) - 1} (list_classes has {len(names)} names); do: relabel, or"
            " name all classes"
        )
