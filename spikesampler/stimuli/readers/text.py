"""Tables as text: CSV and its relatives.

Python's csv module splits the rows and `float` reads the numbers, row by row, so that every cell
keeps its line. pandas takes as long, but it fills a row that is too short and takes the first
column for an index where all rows are too long, both in silence, and names no cell that is wrong.
"""

import csv
import io
from array import array
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from spikesampler.checks import number_in
from spikesampler.errors import InputError
from spikesampler.stimuli.readers.numbers import DecimalComma, NumberCells, is_comma_number
from spikesampler.stimuli.readers.table import (
    Table,
    check_names,
    choose_label,
    is_word,
    listed,
    quoted,
    without_index,
)

__all__ = ["read_text_table"]

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
BLANK = " "
FIRST_ROWS = 20  #: that tell what separates cells


def read_text_table(path: Path, content: bytes, label: str | None = None) -> Table:
    """A table of text: a row of names, then numbers, and a column of labels.

    UTF-8, or UTF-16 with its mark. Cells are separated by commas, semicolons, tabs, bars or blanks;
    where it is no comma, numbers may have decimal commas. Blank lines and lines that begin with #
    are left out, and so is a row index. label : as `choose_label`. Raises InputError, which names
    line and column.
    """
    lines = list(io.StringIO(_decode(path, content), newline=""))
    if all(map(_is_left_out, lines)):
        raise InputError(f"{path} is empty; do: check how it was written or copied")
    reader = _Reader(path, lines, label)
    try:
        return reader.read()
    except DecimalComma:
        return reader.read(comma=True)


def _decode(path: Path, content: bytes) -> str:
    encoding = next((name for mark, name in MARKS if content.startswith(mark)), "utf-8-sig")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path} is not {encoding.upper().removesuffix('-SIG')} text (byte {error.start}, line"
            f" {line}); do: save it as CSV in UTF-8"
        ) from None
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise InputError(
            f"{path} has a zero byte in line {line}: expected text in UTF-8; do: save it as CSV in"
            " UTF-8, or fetch it again"
        )
    return text


def _is_left_out(line: str) -> bool:
    """Whether a line is blank or a comment, unless it lies inside quotes."""
    return not line.strip() or line.lstrip().startswith("#")


def _records(
    path: Path, lines: list[str], separator: str, strict: bool = True
) -> Iterator[tuple[int, list[str]]]:
    """The line in which each row begins, and its cells, without comments and blank lines.

    csv alone knows which quotes it takes for quotes, so a line is looked at when csv asks for the
    first of a row. Raises InputError.
    """
    start, begins = 1, True

    def asked() -> Iterator[str]:
        nonlocal start, begins
        for number, line in enumerate(lines, start=1):
            if begins:
                if _is_left_out(line):
                    continue
                start, begins = number, False
            yield line

    blanks = strict and separator == BLANK
    reader = csv.reader(asked(), delimiter=separator, strict=strict, skipinitialspace=blanks)
    try:
        for cells in reader:
            begins = True
            yield start, cells
    except csv.Error as error:
        what = f"{error}; do: repair the quotes"
        if "field limit" in str(error):
            what = (
                f"a cell has more than {csv.field_size_limit()} characters: expected at most as"
                " many; do: shorten it, or close the quote that begins it"
            )
        raise InputError(f"{path}, line {start}: {what}") from None


class _Reader:
    """Reads one table; errors name the file, the line and the column."""

    def __init__(self, path: Path, lines: list[str], label: str | None) -> None:
        self.path, self.lines = path, lines
        self.separator = _separator(path, lines)
        self.first, header = next(_records(path, lines, self.separator), (1, []))
        self.names = [name.strip() for name in header]
        if len(self.names) > 1 and not self.names[-1]:
            self.names.pop()  # a separator at the end of every line
        self._check_header(label)
        self.label, self.notes = choose_label(path, self.names, label)
        self.at = self.names.index(self.label)
        if len(self.names) < 2:
            raise InputError(
                f"{path} has no column beside {quoted(self.label)}: expected at least one feature;"
                " do: add the features"
            )

    def _check_header(self, label: str | None) -> None:
        names = self.names
        num_numbers = sum(number_in(name) is not None for name in names)
        if 2 * num_numbers >= len(names) and label not in names and not any(map(is_word, names)):
            raise InputError(
                f"{self.path} has numbers in its first row, line {self.first}: expected"
                " the names of the columns; do: add a line of names, without a # before it"
            )
        check_names(self.path, names)

    def read(self, comma: bool = False) -> Table:
        """The table; DecimalComma where numbers have commas and `comma` does not say so."""
        numbers, labels, starts = array("d"), [], []
        cells_of = NumberCells(self.path, self.separator, comma)
        columns = self.names[: self.at] + self.names[self.at + 1 :]
        records = _records(self.path, self.lines, self.separator)
        next(records)
        for line, cells in records:
            if len(cells) == len(self.names) + 1 and not cells[-1].strip():
                cells.pop()  # a separator at the end
            if len(cells) != len(self.names):
                self._refuse_width(line, cells)
            labels.append(cells.pop(self.at).strip())
            if not labels[-1]:
                raise InputError(
                    f"{self.path}: the label in line {line} is empty; do: fill it in or drop the"
                    " row"
                )
            numbers.extend(cells_of(line, columns, cells))
            starts.append(line)
        if not starts:
            raise InputError(f"{self.path} has a header and no rows; do: add rows below it")
        classes = self._labels(labels, starts, cells_of)
        cells_of.check_commas()
        features = np.frombuffer(numbers, np.float64).reshape(len(starts), len(columns))
        columns, features, notes = without_index(self.path, columns, features)
        place = "line {}".format
        return Table(columns, features, classes, lambda row: place(starts[row]), self.notes + notes)

    def _refuse_width(self, line: int, cells: list[str]) -> None:
        remedy = "repair the line"
        if self.separator == "," and len(cells) > len(self.names):
            remedy += "; if these are decimal commas, save it with semicolons or tabs"
        raise InputError(
            f"{self.path}, line {line} has {len(cells)} cells: expected {len(self.names)} as in the"
            f" header; do: {remedy}"
        )

    def _labels(self, labels: list[str], starts: list[int], cells: NumberCells) -> NDArray:
        """All numbers, or all words: a lone word among numbers is a typing error, not a class."""
        pointed = list(labels)
        if cells.comma:
            pointed = [cells.with_point(*cell) for cell in zip(starts, labels, strict=True)]
        numbers = list(map(number_in, pointed))
        if None not in numbers:
            return np.array(numbers)
        like_numbers = (is_comma_number(label) or number_in(label) is not None for label in labels)
        if not cells.comma and all(like_numbers):
            self._refuse_comma(*next(c for c in zip(starts, labels) if is_comma_number(c[1])))
        for line, label, number in zip(starts, labels, numbers, strict=True):
            if (number is None) != (numbers[0] is None):
                raise InputError(
                    f"{self.path}: label {quoted(label)} in line {line} beside {quoted(labels[0])}"
                    f" in line {starts[0]}: expected all numbers or all words; do: relabel"
                )
        return np.array(labels, dtype=object)  # numpy's own texts are all as long as one

    def _refuse_comma(self, line: int, label: str) -> NoReturn:
        """DecimalComma, or an InputError where commas separate the cells."""
        if self.separator != ",":
            raise DecimalComma
        raise InputError(
            f"{self.path}: label {quoted(label)} in line {line} has a decimal comma where commas"
            " separate the cells: expected a whole number or a word; do: write it without the comma"
        )


def _separator(path: Path, lines: list[str]) -> str:
    """What separates the cells: the one that splits the header; if several do, the first rows."""
    fitting = []
    for separator in SEPARATORS:
        widths = []
        with suppress(InputError):
            rows = islice(_records(path, lines, separator, strict=False), FIRST_ROWS)
            widths += [len(cells) for _, cells in rows]
        if widths and widths[0] > 1:
            fitting.append((separator, len(set(widths)) == 1))
    if len(fitting) > 1 and any(even for _, even in fitting):
        fitting = [(separator, even) for separator, even in fitting if even]
    if len(fitting) > 1:
        names = listed([SEPARATORS[separator] for separator, _ in fitting])
        raise InputError(
            f"{path} may be separated by {names}: expected one of them in the names of columns; do:"
            " save it with one"
        )
    if fitting:
        return fitting[0][0]
    first = next(line for line in lines if not _is_left_out(line))
    return BLANK if " " in first.strip() else ","
