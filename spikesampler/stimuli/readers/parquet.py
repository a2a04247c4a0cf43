"""Tables of Apache Arrow: Parquet files, and Feather or Arrow files; pyarrow reads them.

Before it unpacks anything, what the pages and buffers of a file claim is compared with its size.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.optional import require
from spikesampler.stimuli.files import DAMAGE
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


def read_parquet_table(path: Path, content: bytes, label: str | None = None) -> Table:
    """A Parquet table: numbers, and a column of labels, see `choose_label`. Raises InputError."""
    arrow, parquet = require(f"{path} (Parquet)", "tables", "pyarrow", "pyarrow.parquet")
    try:
        names = parquet.ParquetFile(arrow.BufferReader(content)).schema_arrow.names
        label, notes = choose_label(path, names, label)
        file = parquet.ParquetFile(arrow.BufferReader(content), read_dictionary=[label])
        facts, schema = file.metadata, file.schema_arrow
        _check_schema(path, arrow, schema, label)
        check_claim(path, len(content), 8 * facts.num_rows * len(names), REMEDY)
        check_claim(path, len(content), claimed_by_pages(content, facts), REMEDY)
        size = max(1, CELLS // len(names))
        batches = file.iter_batches(batch_size=size, use_threads=False)
        return _table(path, arrow, schema, batches, label, notes)
    except InputError:
        raise
    except (*DAMAGE, arrow.ArrowException) as error:
        raise _damaged(path, "a Parquet table", error) from None


def read_feather_table(path: Path, content: bytes, label: str | None = None) -> Table:
    """A Feather (version 2) or Arrow table, as a Parquet one."""
    arrow = require(f"{path} (Feather)", "tables", "pyarrow")
    try:
        file = arrow.ipc.open_file(arrow.BufferReader(content))
        label, notes = choose_label(path, file.schema.names, label)
        _check_schema(path, arrow, file.schema, label)
        rows, claimed = claimed_by_batch(content, arrow)
        check_claim(path, len(content), 8 * rows * len(file.schema.names), REMEDY)
        check_claim(path, len(content), claimed, REMEDY)
        batches = (file.get_batch(number) for number in range(file.num_record_batches))
        return _table(path, arrow, file.schema, batches, label, notes)
    except InputError:
        raise
    except (*DAMAGE, arrow.ArrowException) as error:
        raise _damaged(path, "a Feather or Arrow table", error) from None


def _damaged(path: Path, what: str, error: Exception) -> InputError:
    reason = (str(error).splitlines() or [type(error).__name__])[0][:100]
    return InputError(f"{path} cannot be read as {what} ({reason}); do: fetch or write it again")


def _check_schema(path: Path, arrow: Any, schema: Any, label: str) -> None:
    """Refuse names that come twice, and columns of features that are not of numbers."""
    check_names(path, schema.names)
    for field in schema:
        kind = field.type.value_type if arrow.types.is_dictionary(field.type) else field.type
        numbers = _is_number(arrow, kind)
        words = arrow.types.is_string(kind) or arrow.types.is_large_string(kind)
        if not (numbers or (words and field.name == label)):
            expected = "numbers or words" if field.name == label else "numbers"
            raise InputError(
                f"{path}: column {quoted(field.name)} is of type {str(field.type)[:40]}: expected"
                f" {expected}; do: drop or convert it"
            )
    if len(schema) < 2:
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
    batches: Iterable[Any],
    label: str,
    notes: tuple[str, ...],
) -> Table:
    at = schema.get_field_index(label)
    columns = [name for name in schema.names if name != label]
    parts, labels, start = [np.empty((0, len(columns)))], [], 0
    for batch in batches:
        batch.validate(full=True)  # of a damaged file, offsets may lead out of the buffers
        _refuse_missing(path, batch, start)
        features = np.empty((batch.num_rows, len(columns)))
        others = (array for place, array in enumerate(batch.columns) if place != at)
        for column, array in enumerate(others):
            if arrow.types.is_dictionary(array.type):
                array = array.dictionary_decode()  # of numbers: no longer than the column
            features[:, column] = array.cast(arrow.float64(), safe=False).to_numpy(False)
        parts.append(features)
        labels.append(_labels(arrow, batch.column(at)))
        start += batch.num_rows
    if not start:
        raise InputError(f"{path} has no rows; do: add rows")
    features = np.concatenate(parts)
    for end in ("first", "last"):  # pandas writes its index as the last
        columns, features, more = without_index(path, columns, features, end)
        notes += more
    where = "row {} (the first is 0)".format
    return Table(columns, features, np.concatenate(labels), where, notes)


def _refuse_missing(path: Path, batch: Any, start: int) -> None:
    for name, array in zip(batch.schema.names, batch.columns, strict=True):
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
