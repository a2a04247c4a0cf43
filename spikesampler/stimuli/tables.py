"""Tables of numeric features and a label: CSV with a header row, and NPZ."""

import csv
import hashlib
import io
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from spikesampler.errors import InputError
from spikesampler.stimuli.split import LabelledData, first

LABEL = "label"
SUFFIXES = (".csv", ".npz")


def read_bytes(path):
    """The content of a file that exists, can be read and is not empty."""
    path = Path(path)
    if not os.path.exists(path):  # unlike path.exists() never raises, whatever the word
        raise InputError(f"{path} does not exist; do: check the path")
    if not os.path.isfile(path):
        raise InputError(f"{path} is not a file; do: give the file itself")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); do: check its permissions"
        ) from None
    if not content:
        raise InputError(f"{path} is empty; do: check how it was written or copied")
    return content


def load_table(path, *, seed, num_outputs, fixed=False):
    """A CSV or NPZ table as a `LabelledData` source with coding "tuning".

    CSV: UTF-8, a header row, one column named ``label``, all others numbers. NPZ: arrays
    ``features`` (n, D) and ``label`` (n,). Labels as in `encode_labels`; split, num_outputs and
    fixed as in `LabelledData`.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    content = read_bytes(path)
    if suffix not in SUFFIXES:
        raise InputError(
            f"{path} is not a table: expected a name that ends in {' or '.join(SUFFIXES)}; do:"
            " convert it"
        )
    columns, features, labels, where = (_read_csv if suffix == ".csv" else _read_npz)(path, content)
    if bad := first(~np.isfinite(features)):
        raise InputError(
            f"{path}: {features[bad]:g} in {where(bad[0])}, column {_show(columns[bad[1]])}:"
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
            facts={"files": {path.name: hashlib.sha256(content).hexdigest()}},
        )
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _read_csv(path, content):
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
    header = [name.strip() for name in lines.pop(0)[1]]
    _check_header(path, header)
    if not lines:
        raise InputError(f"{path} has a header and no rows; do: add rows below it")
    at = header.index(LABEL)
    columns = header[:at] + header[at + 1 :]
    features, labels = np.empty((len(lines), len(columns))), []
    for row, (number, cells) in enumerate(lines):
        if len(cells) != len(header):
            raise InputError(
                f"{path}, line {number} has {len(cells)} cells: expected {len(header)} as in the"
                " header; do: repair the line"
            )
        labels.append((number, cells.pop(at).strip()))
        for column, cell in enumerate(cells):
            value = _number(cell)
            if value is None:
                raise InputError(
                    f"{path}: {_show(cell)} in line {number}, column {_show(columns[column])}:"
                    " expected a number; do: repair the cell or drop the column"
                )
            features[row, column] = value
    return columns, features, _csv_labels(path, labels), lambda row: f"line {lines[row][0]}"


def _check_header(path, header):
    for position, name in enumerate(header, start=1):
        if not name:
            raise InputError(
                f"{path}: column {position} has no name (a row index?); do: name it or drop it"
            )
        if header.count(name) > 1:
            raise InputError(f"{path}: two columns are named {_show(name)}; do: rename one")
    if LABEL not in header:
        some = ", ".join(_show(name) for name in header[:5]) + (", …" if len(header) > 5 else "")
        raise InputError(
            f"{path} has no column named {LABEL!r}, its header holds {some}; "
            "do: name the column of the classes so, and separate columns by commas"
        )
    if len(header) < 2:
        raise InputError(
            f"{path} has no column beside {LABEL!r}: expected at least one feature; do: add the"
            " features"
        )


def _csv_labels(path, labels):
    """All numbers, or all words: a lone word among numbers is rather a typing error than a
    class.
    """
    for number, label in labels:
        if not label:
            raise InputError(
                f"{path}: the label in line {number} is empty; do: fill it in or drop the row"
            )
    numbers = [_number(label) for _, label in labels]
    if None not in numbers:
        return np.array(numbers)
    for (line, label), number in zip(labels, numbers, strict=True):
        if (number is None) != (numbers[0] is None):
            raise InputError(
                f"{path}: label {_show(label)} in line {line} beside {_show(labels[0][1])} in line "
                f"{labels[0][0]}: expected all numbers or all words; do: relabel"
            )
    return np.array([label for _, label in labels])


def _number(cell):
    try:
        return None if "_" in cell else float(cell)  # Python also reads 1_000
    except ValueError:
        return None


def _show(cell):
    return repr(cell if len(cell) <= 40 else cell[:39] + "…")


def _read_npz(path, content):
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            missing = [name for name in ("features", LABEL) if name not in archive.files]
            if missing:
                raise InputError(
                    f"{path} has no array named {missing[0]!r}, it holds"
                    f" {', '.join(archive.files) or 'none'}; do: numpy.savez(path, features=…,"
                    f" {LABEL}=…)"
                )
            features, labels = archive["features"], archive[LABEL]
    except InputError:
        raise
    except (
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
    ) as error:
        reason = (
            "it holds Python objects"
            if "allow_pickle" in str(error)
            else "corrupt, truncated or another format"
        )
        raise InputError(
            f"{path} cannot be read as NPZ ({reason}); do: write it again with numpy.savez from"
            " arrays of numbers"
        ) from None
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
    return (
        [str(column) for column in range(features.shape[1])],
        features,
        labels,
        "row {} (the first is 0)".format,
    )
