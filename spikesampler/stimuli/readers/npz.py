"""Tables as archives of numpy: features (n, D), or (n, F, D) of F frames, and labels (n,).

What a member's header says of its array is compared with the bytes that are there before numpy
makes the array.
"""

import io
import math
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.stimuli.files import damage_of
from spikesampler.stimuli.packed import check_claim
from spikesampler.stimuli.readers.table import (
    LABEL,
    Table,
    choose_label,
    flat_labels,
    listed,
    quoted,
)

__all__ = ["numeric_table", "read_npz_arrays", "read_npz_table"]

#: bytes in which the header of an array has to end; numpy's own have 128
HEADER = 2**14
UNPACKED = "write it with numpy.savez, which does not pack"


def read_npz_table(path: Path, content: bytes, label: str | None = None) -> Table:
    """A table of an NPZ file: its array of labels, as `choose_label`, and "features".

    Without "features" it is the only other array. Raises InputError.
    """
    notes: tuple[str, ...] = ()

    def choose(names: list[str]) -> list[str]:
        nonlocal label, notes
        if {"times", "neurons"} <= {*names} and "features" not in names:
            raise InputError(
                f"{path} holds times and neurons, which are spike trains: expected features and"
                f" labels; do: --data 'spikes:{path}'"
            )
        label, notes = choose_label(path, names, label, "array")
        return [_features(path, names, label), label]

    table, labels = read_npz_arrays(path, content, choose).values()
    return numeric_table(path, table, labels, label or LABEL, notes)


def read_npz_arrays(
    path: Path, content: bytes, choose: Callable[[list[str]], Sequence[str]]
) -> dict[str, NDArray]:
    """Those arrays of an NPZ file that choose(names of all) names, by name; InputError."""
    with _damage(path):
        archive = zipfile.ZipFile(io.BytesIO(content))
    with archive:
        names = [name.removesuffix(".npy") for name in archive.namelist()]
        if twice := [name for name, times in Counter(names).items() if times > 1]:
            raise InputError(f"{path}: two arrays are named {quoted(twice[0])}; do: rename one")
        return {name: _array(path, archive, name, len(content)) for name in choose(names)}


def _damage(path: Path) -> AbstractContextManager[None]:
    return damage_of(
        lambda _: (
            f"{path} cannot be read as NPZ (corrupt, truncated or another format); do: write it"
            " again with numpy.savez from arrays of numbers"
        )
    )


def _features(path: Path, names: list[str], label: str) -> str:
    others = [name for name in names if name != label]
    if "features" in others or len(others) == 1:
        return "features" if "features" in others else others[0]
    raise InputError(
        f"{path} has no array named 'features', it holds {listed(names)}; do:"
        f" numpy.savez(path, features=…, {LABEL}=…)"
    )


def _array(path: Path, archive: zipfile.ZipFile, name: str, size: int) -> NDArray:
    """One array of an archive in a file of `size` bytes."""
    members = archive.namelist()
    info = archive.getinfo(f"{name}.npy" if f"{name}.npy" in members else name)
    check_claim(f"{path}: {name}", size, info.file_size, UNPACKED)
    with _damage(path), archive.open(info) as member:
        head = io.BytesIO(member.read(HEADER))
        shape, fortran, dtype = _header(head)
        _check_header(path, name, size, info.file_size - head.tell(), shape, dtype)
        data = head.read() + member.read()
        order: Any = "F" if fortran else "C"
        return np.ndarray(shape, dtype, data, order=order)  # TypeError where it is truncated


def _check_header(
    path: Path, name: str, size: int, there: int, shape: tuple[int, ...], dtype: np.dtype
) -> None:
    """Refuse an array that the bytes which are `there` are not, in a file of `size` bytes."""
    if dtype.hasobject:
        raise InputError(
            f"{path} cannot be read as NPZ (it holds Python objects); do: write it again with"
            " numpy.savez from arrays of numbers"
        )
    check_claim(f"{path}: {name}", size, 8 * math.prod(shape), UNPACKED)
    claimed = dtype.itemsize * math.prod(shape)
    if claimed != there:
        raise InputError(
            f"{path}: {name} of type {dtype} and shape {_short(shape)} has {there} bytes: expected"
            f" {claimed}; do: write it again with numpy.savez"
        )


def _header(head: io.BytesIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether the order is Fortran's, and type; ValueError for a damaged header."""
    version = npy.read_magic(head)
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:  # 3.0 has names of fields in UTF-8, which no table has
        raise ValueError(version)
    try:
        header = readers[version](head)
    except MemoryError:  # Python's parser says so of too many nested signs
        raise ValueError("nested too deeply") from None
    if any(isinstance(n, bool) or n < 0 for n in header[0]):
        raise ValueError(header[0])
    return header


def _short(shape: tuple[int, ...]) -> str:
    return str(shape) if len(shape) < 6 else f"{str(shape[:5])[:-1]}, …)"


def numeric_table(
    path: Path, features: NDArray, labels: NDArray, label: str, notes: tuple[str, ...]
) -> Table:
    """A table without names of columns, its shapes and types checked."""
    labels = flat_labels(labels, len(features) if features.ndim else 0)
    fits = features.ndim in (2, 3) and labels.ndim == 1 and len(features) == len(labels)
    if not fits or not features.size:
        raise InputError(
            f"{path}: features of shape {_short(features.shape)} and {label} of shape"
            f" {_short(labels.shape)}: expected (n, D), or (n, F, D) for F frames in a sample, and"
            " (n,) with n, F, D > 0; do: reshape them"
        )
    if features.dtype.kind not in "biuf":
        raise InputError(
            f"{path}: features of type {features.dtype}: expected numbers; do: convert them"
        )
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "latin1")
    with np.errstate(over="ignore"):
        features = features.astype(np.float64)
    if features.ndim == 3 and features.shape[1] == 1:
        features = features[:, 0]  # a stimulus that does not change
    columns = [str(column) for column in range(features.shape[-1])]
    return Table(columns, features, labels, "row {} (the first is 0)".format, notes)
