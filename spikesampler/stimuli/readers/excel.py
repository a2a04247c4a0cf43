"""Tables of Excel workbooks (.xlsx), row by row; openpyxl reads them."""

import io
import zipfile
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError
from spikesampler.optional import require
from spikesampler.stimuli.files import DAMAGE
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


def read_excel_table(path: Path, content: bytes, label: str | None = None) -> Table:
    """The first sheet of a workbook: a row of names, then numbers, and a column of labels.

    Of formulas it takes the values that were saved. label : as `choose_label`. Raises InputError.
    """
    openpyxl = require(f"{path} (Excel)", "tables", "openpyxl")
    try:
        _check_parts(path, content)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # the file's word for them
        notes: tuple[str, ...] = ()
        if len(book.worksheets) > 1:
            notes = (f"{path}: of {len(book.worksheets)} sheets, {quoted(sheet.title)} is read",)
        return _Sheet(path, sheet, label, notes).table()
    except InputError:
        raise
    except (*DAMAGE, openpyxl.utils.exceptions.InvalidFileException):
        raise InputError(
            f"{path} cannot be read as an Excel workbook (corrupt, truncated or without sheets);"
            " do: save it again, or as CSV"
        ) from None


def _check_parts(path: Path, content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [info for info in archive.infolist() if info.filename.endswith((".xml", ".rels"))]
    check_claim(path, len(content), sum(info.file_size for info in parts), "save it as CSV")
    tables = ("xl/worksheets/", "xl/sharedStrings")
    others = sum(info.file_size for info in parts if not info.filename.startswith(tables))
    if others > MOST_OF_OTHER_PARTS:
        raise InputError(
            f"{path} claims {others} bytes beside its sheets and texts: expected at most"
            f" {MOST_OF_OTHER_PARTS}; do: save it as CSV"
        )


class _Sheet:
    """Reads one sheet; errors name the row as Excel counts them, and the column."""

    def __init__(self, path: Path, sheet: Any, label: str | None, notes: tuple[str, ...]) -> None:
        self.path, self.rows = path, self._rows(sheet)
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

    @staticmethod
    def _rows(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
        """Numbers and cells of rows that are not empty, without empty cells at their end."""
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            row = list(cells)
            while row and row[-1] is None:
                row.pop()
            if row:
                yield number, row

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
            labels.append(self._label(row, cells.pop(self.at)))
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
        return np.array(labels, dtype=object if words[0] else None)

    def _number(self, row: int, name: str, cell: Any) -> float:
        if isinstance(cell, int | float):
            return float(cell)
        given = "nothing" if cell is None else quoted(str(cell))
        raise InputError(
            f"{self.path}: {given} in row {row}, column {quoted(name)}: expected a number; do:"
            " repair the cell, or drop the row or the column"
        )

    def _label(self, row: int, cell: Any) -> str | float:
        if isinstance(cell, str) and cell.strip():
            return cell.strip()
        if isinstance(cell, int | float):
            return cell
        given = "empty" if cell is None else quoted(str(cell))
        raise InputError(
            f"{self.path}: the label in row {row} is {given}: expected a number or a word; do: fill"
            " it in or drop the row"
        )
