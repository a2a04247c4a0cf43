"""Tables of Excel workbooks (.xlsx), row by row; openpyxl reads them."""

import io
import zipfile
from array import array
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.optional import require
from spikesampler.stimuli.files import damage_of
from spikesampler.stimuli.packed import check_claim
from spikesampler.stimuli.readers.table import (
    Table,
    check_names,
    choose_label,
    quoted,
    without_index,
)

__all__ = ["read_excel_table"]

#: bytes of all parts but sheets and texts, which openpyxl takes into memory as trees
MOST_OF_OTHER_PARTS = 2**21
MOST_ROWS, MOST_COLUMNS = 2**20, 2**14  #: Excel's own bounds
PIECE = 32  #: rows that are read at a time, which may be wide


def read_excel_table(path: Path, content: bytes, label: str | None = None) -> Table:
    """The first sheet of a workbook: a row of names, then numbers, and a column of labels.

    Of formulas it takes the values that were saved. label : as `choose_label`. Raises InputError.
    """
    openpyxl = require(f"{path} (Excel)", "tables", "openpyxl")
    damage = partial(
        damage_of,
        lambda _: (
            f"{path} cannot be read as an Excel workbook (corrupt, truncated or without sheets);"
            " do: save it again, or as CSV"
        ),
        openpyxl.utils.exceptions.InvalidFileException,
    )
    with damage(), zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [(info.filename, info.file_size) for info in archive.infolist()]
    _check_parts(path, len(content), parts)
    with damage():
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet, num_sheets = book.worksheets[0], len(book.worksheets)
        sheet.reset_dimensions()  # the file's word for them
        cells = iter(sheet.iter_rows(values_only=True))
    notes: tuple[str, ...] = ()
    if num_sheets > 1:
        notes = (f"{path}: of {num_sheets} sheets, {quoted(sheet.title)} is read",)
    return _Sheet(path, _rows(path, len(content), cells, damage), label, notes).table()


def _rows(
    path: Path, size: int, sheet: Iterator[Any], damage: Callable[[], AbstractContextManager[None]]
) -> Iterator[tuple[int, list[Any]]]:
    """Numbers and cells of rows that are not empty, without empty cells at their end.

    A row or cell that is far out comes with all the empty ones before it, which a file of `size`
    bytes need not hold.
    """
    claimed = 0
    for number, cells in enumerate(_in_pieces(sheet, damage), start=1):
        if number > MOST_ROWS or len(cells) > MOST_COLUMNS:
            what = "a row" if number > MOST_ROWS else f"{len(cells)} cells in row {number}"
            raise InputError(
                f"{path} has {what} beyond Excel's {MOST_ROWS} rows and {MOST_COLUMNS} columns;"
                " do: save it again, or as CSV"
            )
        if cells:
            claimed += 8 * len(cells)
            check_claim(path, size, claimed, "delete the empty columns, or save it as CSV")
            width = next((at for at in range(len(cells), 0, -1) if cells[at - 1] is not None), 0)
            if width:
                yield number, list(cells[:width])


def _in_pieces(
    sheet: Iterator[Any], damage: Callable[[], AbstractContextManager[None]]
) -> Iterator[Any]:
    """The rows of a sheet, of which openpyxl may raise damage, a piece of the sheet at a time."""
    while True:
        with damage():
            rows = list(islice(sheet, PIECE))
        if not rows:
            return
        yield from rows


def _check_parts(path: Path, size: int, parts: list[tuple[str, int]]) -> None:
    """Refuse parts, (name, bytes), that unpack to more than a file of `size` bytes may hold."""
    parts = [(name, held) for name, held in parts if name.endswith((".xml", ".rels"))]
    check_claim(path, size, sum(held for _, held in parts), "save it as CSV")
    tables = ("xl/worksheets/", "xl/sharedStrings")
    others = sum(held for name, held in parts if not name.startswith(tables))
    if others > MOST_OF_OTHER_PARTS:
        raise InputError(
            f"{path} claims {others} bytes beside its sheets and texts: expected at most"
            f" {MOST_OF_OTHER_PARTS}; do: save it as CSV"
        )


class _Sheet:
    """Reads one sheet; errors name the row as Excel counts them, and the column."""

    def __init__(
        self,
        path: Path,
        rows: Iterator[tuple[int, list[Any]]],
        label: str | None,
        notes: tuple[str, ...],
    ) -> None:
        self.path, self.rows = path, rows
        first, header = next(self.rows, (1, []))
        if not header:
            raise InputError(f"{path} has an empty first sheet; do: move the table to it")
        if all(isinstance(name, int | float) for name in header):
            raise InputError(
                f"{path} has numbers in its first row, row {first}: expected the names of the"
                " columns; do: add a row of names"
            )
        self.names = ["" if name is None else str(name).strip() for name in header]
        check_names(path, self.names)
        self.label, chosen = choose_label(path, self.names, label)
        self.at, self.notes = self.names.index(self.label), (*notes, *chosen)

    def table(self) -> Table:
        """The table of all rows."""
        columns = self.names[: self.at] + self.names[self.at + 1 :]
        numbers, labels, places = array("d"), [], []
        for row, cells in self.rows:
            if len(cells) > len(self.names):
                raise InputError(
                    f"{self.path}, row {row} has {len(cells)} cells: expected {len(self.names)} as"
                    " in the first; do: repair the row"
                )
            cells += [None] * (len(self.names) - len(cells))
            labels.append(self._label_in(row, cells.pop(self.at)))
            numbers.extend(
                self._number(row, name, cell) for name, cell in zip(columns, cells, strict=True)
            )
            places.append(row)
        if not places or not columns:
            missing = "rows below its first" if columns else f"column beside {quoted(self.label)}"
            raise InputError(f"{self.path} has no {missing}; do: add the features")
        features = np.frombuffer(numbers, np.float64).reshape(len(places), len(columns))
        columns, features, notes = without_index(self.path, columns, features)
        return Table(
            columns,
            features,
            self._labels(labels, places),
            lambda n: f"row {places[n]}",
            self.notes + notes,
        )

    def _labels(self, labels: list[Any], places: list[int]) -> NDArray:
        words = [isinstance(label, str) for label in labels]
        if any(words) and not all(words):
            other = words.index(not words[0])
            raise InputError(
                f"{self.path}: label {quoted(str(labels[other]))} in row {places[other]} beside"
                f" {quoted(str(labels[0]))} in row {places[0]}: expected all numbers or all words;"
                " do: relabel"
            )
        return np.array(labels, dtype=object if words[0] else float)

    def _number(self, row: int, name: str, cell: Any) -> float:
        if isinstance(cell, int | float):
            with suppress(OverflowError):  # a whole number of hundreds of digits
                return float(cell)
        given = "nothing" if cell is None else quoted(str(cell))
        raise InputError(
            f"{self.path}: {given} in row {row}, column {quoted(name)}: expected a number; do:"
            " repair the cell, or drop the row or the column"
        )

    def _label_in(self, row: int, cell: Any) -> str | float:
        if isinstance(cell, str) and cell.strip():
            return cell.strip()
        if isinstance(cell, int | float):
            self._number(row, self.label, cell)  # refuses what is too large for one
            return cell
        given = "empty" if cell is None else quoted(str(cell))
        raise InputError(
            f"{self.path}: the label in row {row} is {given}: expected a number or a word; do: fill"
            " it in or drop the row"
        )
