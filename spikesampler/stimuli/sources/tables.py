"""Tables of numeric features and a label: CSV with a header row, and NPZ."""

import csv
import io
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.stimuli.files import read_bytes, sha256
from spikesampler.stimuli.labelled import LabelledData, first
from spikesampler.stimuli.source import SourceKind, loads_labelled

__all__ = ["KIND", "load_table"]

LABEL = "label"
SUFFIXES = (".csv", ".npz")


class Table(NamedTuple):
    """Names of the columns, features (n, D), labels (n,), and row number -> place in the file."""

    columns: list[str]
    features: NDArray[np.float64]
    labels: NDArray
    where: Callable[[int], str]


def load_table(
    path: str | os.PathLike, *, seed: int, num_outputs: int, fixed: bool = False
) -> LabelledData:
    """A CSV or NPZ table as a `LabelledData` source with coding "tuning".

    CSV: UTF-8, a header row, one column named ``label``, all others numbers. NPZ: arrays
    ``features`` (n, D) and ``label`` (n,). Labels as in `encode_labels`; split, num_outputs and
    fixed as in `LabelledData`.
    """
    path = Path(path)
    suffix, content = path.suffix.lower(), read_bytes(path)
    if suffix not in SUFFIXES:
        raise InputError(
            f"{path} is not a table: expected a name that ends in {' or '.join(SUFFIXES)}; do:"
            " convert it"
        )
    columns, features, labels, where = (_read_csv if suffix == ".csv" else _read_npz)(path, content)
    if bad := first(~np.isfinite(features)):
        raise InputError(
            f"{path}: {features[bad]:g} in {where(bad[0])}, column {_quoted(columns[bad[1]])}:"
            " expected a finite number; do: drop the row or fill it in"
        )
    try:
        return LabelledData(
            path.name,
            features,
            labels,
            seed=seed,
            num_outputs=num_outputs,
            fixed=fixed,
            columns=columns,
            where=where,
            facts={"files": {path.name: sha256(content)}},
        )
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _read_csv(path: Path, content: bytes) -> Table:
    header, *lines = _csv_lines(path, content)
    names = [name.strip() for name in header[1]]
    _check_header(path, names)
    if not lines:
        raise InputError(f"{path} has a header and no rows; do: add rows below it")
    at = names.index(LABEL)
    columns = names[:at] + names[at + 1 :]
    features, labels = np.empty((len(lines), len(columns))), []
    for row, (number, cells) in enumerate(lines):
        if len(cells) != len(names):
            raise InputError(
                f"{path}, line {number} has {len(cells)} cells: expected {len(names)} as in the"
                " header; do: repair the line"
            )
        labels.append((number, cells.pop(at).strip()))
        for column, cell in enumerate(cells):
            value = _number(cell)
            if value is None:
                raise InputError(
                    f"{path}: {_quoted(cell)} in line {number}, column {_quoted(columns[column])}:"
                    " expected a number; do: repair the cell or drop the column"
                )
            features[row, column] = value
    return Table(columns, features, _csv_labels(path, labels), lambda row: f"line {lines[row][0]}")


def _csv_lines(path: Path, content: bytes) -> list[tuple[int, list[str]]]:
    """Line numbers and cells of the lines that are not empty, of which there is one at least."""
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        lines = [(reader.line_num, cells) for cells in reader if cells]
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 text (byte {error.start}); do: save it as CSV in UTF-8"
        ) from None
    except csv.Error as error:
        raise InputError(
            f"{path}, line {reader.line_num}: {error}; do: repair the quotes"
        ) from None
    if not lines:
        raise InputError(f"{path} is empty; do: check how it was written or copied")
    return lines


def _check_header(path: Path, header: list[str]) -> None:
    for position, name in enumerate(header, start=1):
        if not name:
            raise InputError(
                f"{path}: column {position} has no name (a row index?); do: name it or drop it"
            )
        if header.count(name) > 1:
            raise InputError(f"{path}: two columns are named {_quoted(name)}; do: rename one")
    if LABEL not in header:
        some = ", ".join(_quoted(name) for name in header[:5]) + (", …" if len(header) > 5 else "")
        raise InputError(
            f"{path} has no column named {LABEL!r}, its header holds {some}; "
            "do: name the column of the classes so, and separate columns by commas"
        )
    if len(header) < 2:
        raise InputError(
            f"{path} has no column beside {LABEL!r}: expected at least one feature; do: add the"
            " features"
        )


def _csv_labels(path: Path, labels: list[tuple[int, str]]) -> NDArray:
    """All numbers, or all words: a lone word among numbers is a typing error, not a class."""
    for line, label in labels:
        if not label:
            raise InputError(
                f"{path}: the label in line {line} is empty; do: fill it in or drop the row"
            )
    numbers = [_number(label) for _, label in labels]
    if None not in numbers:
        return np.array(numbers)
    first_line, first_label = labels[0]
    for (line, label), number in zip(labels, numbers, strict=True):
        if (number is None) != (numbers[0] is None):
            raise InputError(
                f"{path}: label {_quoted(label)} in line {line} beside {_quoted(first_label)} in"
                f" line {first_line}: expected all numbers or all words; do: relabel"
            )
    return np.array([label for _, label in labels])


def _number(cell: str) -> float | None:
    try:
        return None if "_" in cell else float(cell)  # Python also reads 1_000
    except ValueError:
        return None


def _quoted(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else cell[:39] + "…")


#: what numpy raises where a file is no NPZ of arrays
_NPZ_ERRORS = (
    ValueError,
    OSError,
    EOFError,
    KeyError,
    AttributeError,
    TypeError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


def _read_npz(path: Path, content: bytes) -> Table:
    features, labels = _npz_arrays(path, content)
    if features.ndim != 2 or labels.ndim != 1 or len(features) != len(labels) or not features.size:
        raise InputError(
            f"{path}: features of shape {features.shape} and {LABEL} of shape {labels.shape}:"
            " expected (n, D) and (n,) with n, D > 0; do: reshape them"
        )
    if features.dtype.kind not in "biuf":
        raise InputError(
            f"{path}: features of type {features.dtype}: expected numbers; do: convert them"
        )
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "latin1")
    with np.errstate(over="ignore"):
        features = features.astype(np.float64)
    columns = [str(column) for column in range(features.shape[1])]
    return Table(columns, features, labels, "row {} (the first is 0)".format)


def _npz_arrays(path: Path, content: bytes) -> tuple[NDArray, NDArray]:
    """The arrays `features` and `label` of an NPZ file."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            missing = [name for name in ("features", LABEL) if name not in archive.files]
            if missing:
                raise InputError(
                    f"{path} has no array named {missing[0]!r}, it holds"
                    f" {', '.join(archive.files) or 'none'}; do: numpy.savez(path, features=…,"
                    f" {LABEL}=…)"
                )
            return archive["features"], archive[LABEL]
    except InputError:
        raise
    except _NPZ_ERRORS as error:
        objects = "allow_pickle" in str(error)
        reason = "it holds Python objects" if objects else "corrupt, truncated or another format"
        raise InputError(
            f"{path} cannot be read as NPZ ({reason}); do: write it again with numpy.savez from"
            " arrays of numbers"
        ) from None


KIND = SourceKind(
    answers=lambda data: Path(data).suffix.lower() in SUFFIXES,
    load=loads_labelled(load_table),
    expected="a .csv or .npz table",
    on_disk=True,
)
