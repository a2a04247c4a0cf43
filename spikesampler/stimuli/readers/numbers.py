"""Numbers as texts: with decimal points or commas, never with separators of thousands."""

import re
from pathlib import Path

from spikesampler.checks import number_in
from spikesampler.errors import InputError
from spikesampler.stimuli.readers.table import quoted

__all__ = ["DecimalComma", "NumberCells", "is_comma_number"]

TRUTH = {"true": 1.0, "false": 0.0}
COMMA_NUMBER = re.compile(r"\s*[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?\s*", re.ASCII)
MAYBE_THOUSANDS = re.compile(r"\s*[+-]?[1-9]\d{0,2}(,\d{3})+\s*")
THOUSANDS = re.compile(r"\s*[+-]?\d{1,3}([,.' ]\d{3})+([.,]\d+)?\s*")
MISSING = ("", "na", "n/a", "nan", "null", "none", "-", "?", ".")


class DecimalComma(Exception):
    """A number with a comma where points were expected."""


def is_comma_number(cell: str) -> bool:
    """Whether a text is a number with a decimal comma."""
    return COMMA_NUMBER.fullmatch(cell) is not None


class NumberCells:
    """Reads the feature cells of a row, with decimal commas or with points."""

    def __init__(self, path: Path, separator: str, comma: bool) -> None:
        self.path, self.separator, self.comma = path, separator, comma
        #: first cell that may be thousands or a fraction, until another one tells
        self.doubtful: tuple[int, str] | None = None
        self.certain = False

    def __call__(self, line: int, columns: list[str], cells: list[str]) -> list[float]:
        if self.comma:
            cells = [self._feature(line, cell) for cell in cells]
        try:
            numbers = list(map(float, cells))
        except ValueError:
            return [self._value(line, *cell) for cell in zip(columns, cells, strict=True)]
        joined = "".join(cells)
        if "_" in joined or not joined.isascii():  # float reads 1_000, and digits of other scripts
            return [self._value(line, *cell) for cell in zip(columns, cells, strict=True)]
        return numbers

    def _feature(self, line: int, cell: str) -> str:
        if "," not in cell:
            if "." in cell and number_in(cell) is not None:
                raise InputError(
                    f"{self.path}: {quoted(cell)} in line {line} has a decimal point, and"
                    " other cells have decimal commas: expected one of them; do: replace the other"
                )
            return cell
        return self.with_point(line, cell)

    def with_point(self, line: int, cell: str) -> str:
        """The cell as it is, or a number with a decimal comma with a point for it."""
        if is_comma_number(cell):
            if not MAYBE_THOUSANDS.fullmatch(cell):
                self.certain = True
            self.doubtful = self.doubtful or (line, cell)
            return cell.replace(",", ".")
        return cell

    def _value(self, line: int, column: str, cell: str) -> float:
        value = number_in(cell)
        if value is None:
            value = TRUTH.get(cell.strip().lower())
        if value is None:
            commas = not self.comma and self.separator != ","
            if commas and is_comma_number(cell):
                raise DecimalComma
            raise self._refusal(line, column, cell)
        return value

    def _refusal(self, line: int, column: str, cell: str) -> InputError:
        remedy = "repair the cell or drop the column"
        if THOUSANDS.fullmatch(cell):
            remedy = "write it without separators of thousands, and with a decimal point"
        elif is_comma_number(cell):
            remedy = "write it with a decimal point, or separate columns by semicolons or tabs"
        elif cell.strip().lower() in MISSING:
            remedy = "fill the cell in, or drop the row or the column"
        return InputError(
            f"{self.path}: {quoted(cell)} in line {line}, column {quoted(column)}: expected a"
            f" number; do: {remedy}"
        )

    def check_commas(self) -> None:
        """Refuse a file whose only commas may be those of thousands."""
        if self.doubtful and not self.certain:
            line, cell = self.doubtful
            raise InputError(
                f"{self.path}: {quoted(cell)} in line {line} may be"
                f" {cell.strip().replace(',', '')} or {cell.strip().replace(',', '.')}, and no cell"
                " tells; do: write numbers without separators of thousands, with decimal points"
            )
