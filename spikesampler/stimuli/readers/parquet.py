"""Tables of Apache Arrow: Parquet files, and Feather or Arrow files; pyarrow reads them.

Before it unpacks anything, what the pages and buffers of a file claim is compared with its size.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.optional import require
from spikesampler.stimuli.files import damage_of
from spikesampler.stimuli.packed import check_claim
from spikesampler.stimuli.readers.arrow_claims import claimed_by_batch, claimed_by_pages
from spikesampler.stimuli.readers.table import (
    Table,
    check_names,
    choose_label,
    quoted,
    without_index,
)

__all__ = ["read_feather_table", "read_parquet_table"]

#: cells that are converted at a time
CELLS = 2**20
REMEDY = "save it as CSV"
#: names that pandas gives to an index that has none
INDEX = re.compile(r"__index_level_[0-9]+__")
#: turns what pyarrow raises into what is said of the file
Damage = Callable[[], AbstractContextManager[None]]


def read_parquet_table(path: Path, content: bytes, label: str | None = None) -> Table:
    """A Parquet table: numbers, and a column of labels, see `choose_label`. Raises InputError."""
    arrow, parquet = require(f"{path} (Parquet)", "tables", "pyarrow", "pyarrow.parquet")
    damage = partial(_damage, path, "a Parquet table", arrow)
    with damage():
        names = parquet.ParquetFile(arrow.BufferReader(content)).schema_arrow.names
    label, notes = choose_label(path, _features_in(names, label), label)
    with damage():
        file = parquet.ParquetFile(arrow.BufferReader(content), read_dictionary=[label])
        facts, schema = file.metadata, file.schema_arrow
        claimed = claimed_by_pages(content, facts)
    _check_schema(path, arrow, schema, label)
    check_claim(path, len(content), 8 * facts.num_rows * len(names), REMEDY)
    check_claim(path, len(content), claimed, REMEDY)
    size = max(1, CELLS // len(names))
    batches = file.iter_batches(batch_size=size, use_threads=False)
    return _table(path, arrow, schema, batches, damage, label, notes)


def read_feather_table(path: Path, content: bytes, label: str | None = None) -> Table:
    """A Feather (version 2) or Arrow table, as a Parquet one."""
    arrow = require(f"{path} (Feather)", "tables", "pyarrow")
    damage = partial(_damage, path, "a Feather or Arrow table", arrow)
    with damage():
        file = arrow.ipc.open_file(arrow.BufferReader(content))
        schema = file.schema
    label, notes = choose_label(path, _features_in(schema.names, label), label)
    _check_schema(path, arrow, schema, label)
    with damage():
        rows, claimed = claimed_by_batch(content, arrow)
    check_claim(path, len(content), 8 * rows * len(schema.names), REMEDY)
    check_claim(path, len(content), claimed, REMEDY)
    batches = (file.get_batch(number) for number in range(file.num_record_batches))
    return _table(path, arrow, schema, batches, damage, label, notes)


def _damage(path: Path, what: str, arrow: Any) -> AbstractContextManager[None]:
    return damage_of(
        lambda reason: f"{path} cannot be read as {what} ({reason}); do: fetch or write it again",
        arrow.ArrowException,
    )


def _whole(batches: Iterator[Any], damage: Damage) -> Iterator[Any]:
    """The batches, each looked through: in a damaged file, offsets may lead out of the buffers."""
    while True:
        with damage():
            batch = next(batches, None)
            if batch is not None:
                batch.validate(full=True)
        if batch is None:
            return
        yield batch


def _features_in(names: list[str], label: str | None) -> list[str]:
    """Names of the columns without a nameless index of pandas, which has one where it is no count.

    A table that was shuffled or filtered keeps the numbers of its rows so.
    """
    return [name for name in names if name == label or not INDEX.fullmatch(name)]


def _check_schema(path: Path, arrow: Any, schema: Any, label: str) -> None:
    """Refuse names that come twice, and columns of features that are not of numbers."""
    check_names(path, schema.names)
    names = _features_in(schema.names, label)
    for field in map(schema.field, names):
        kind = field.type.value_type if arrow.types.is_dictionary(field.type) else field.type
        numbers = _is_number(arrow, kind)
        words = arrow.types.is_string(kind) or arrow.types.is_large_string(kind)
        if not (numbers or (words and field.name == label)):
            expected = "numbers or words" if field.name == label else "numbers"
            raise InputError(
                f"{path}: column {quoted(field.name)} is of type {str(field.type)[:40]}: expected"
                f" {expected}; do: drop or convert it"
            )
    if len(names) < 2:
        raise InputError(
            f"{path} has no column beside {quoted(label)}: expected at least one feature; do: add"
            " the features"
        )


def _is_number(arrow: Any, kind: Any) -> bool:
    types = arrow.types
    tests = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal)
    return any(test(kind) for test in tests)


def _table(
    path: Path,
    arrow: Any,
    schema: Any,
    batches: Iterator[Any],
    damage: Damage,
    label: str,
    notes: tuple[str, ...],
) -> Table:
    kept = _features_in(schema.names, label)
    columns = [name for name in kept if name != label]
    if len(kept) < len(schema.names):
        notes += (f"{path}: the index that pandas wrote is left out",)
    parts, labels, start = [np.empty((0, len(columns)))], [], 0
    for batch in _whole(batches, damage):
        _refuse_missing(path, batch.select(kept), start)
        with damage():
            parts.append(_features(arrow, batch, columns))
            labels.append(_labels(arrow, batch.column(label)))
        start += batch.num_rows
    if not start:
        raise InputError(f"{path} has no rows; do: add rows")
    columns, features, more = without_index(path, columns, np.concatenate(parts))
    where = "row {} (the first is 0)".format
    return Table(columns, features, np.concatenate(labels), where, notes + more)


def _features(arrow: Any, batch: Any, columns: list[str]) -> NDArray[np.float64]:
    features = np.empty((batch.num_rows, len(columns)))
    for column, name in enumerate(columns):
        array = batch.column(name)
        if arrow.types.is_dictionary(array.type):
            array = array.dictionary_decode()  # of numbers: no longer than the column
        features[:, column] = array.cast(arrow.float64(), safe=False).to_numpy(False)
    return features


def _refuse_missing(path: Path, batch: Any, start: int) -> None:
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
        if hasattr(array, "dictionary") and array.dictionary.null_count:
            array = array.dictionary.take(array.indices)
        if array.null_count:
            row = start + array.is_null().index(True).as_py()
            raise InputError(
                f"{path}: row {row} (the first is 0) has no value in column {quoted(name)}:"
                " expected one in every row; do: fill it in, or drop the row or the column"
            )


def _labels(arrow: Any, array: Any) -> NDArray:
    """Labels as numbers, or as words: objects, since numpy's texts are all as long as one."""
    if arrow.types.is_dictionary(array.type):
        words = _labels(arrow, array.dictionary)
        return words[array.indices.to_numpy(False)]
    if _is_number(arrow, array.type):
        if arrow.types.is_decimal(array.type):
            array = array.cast(arrow.float64(), safe=False)
        return array.to_numpy(False)
    return np.array(array.to_pylist(), dtype=object)
