"""Tables of numeric features and a label: text such as CSV, NPZ, Parquet, Feather and Excel."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spikesampler.errors import InputError
from spikesampler.stimuli.content import refuse_other_kinds
from spikesampler.stimuli.files import read_bytes, sha256
from spikesampler.stimuli.labelled import LabelledData, first
from spikesampler.stimuli.packed import PACKERS, unpack
from spikesampler.stimuli.readers.excel import read_excel_table
from spikesampler.stimuli.readers.npz import read_npz_table
from spikesampler.stimuli.readers.parquet import read_feather_table, read_parquet_table
from spikesampler.stimuli.readers.table import Table, quoted
from spikesampler.stimuli.readers.text import read_text_table
from spikesampler.stimuli.source import SourceKind, loads_labelled

__all__ = ["KIND", "load_table"]


class Format(NamedTuple):
    """One format of tables: words of `content.kind_of` for it, its name, and what reads it."""

    words: tuple[str, ...]
    called: str
    read: Callable[[Path, bytes, str | None], Table]


TEXT = Format(("text",), "a table of text in UTF-8", read_text_table)
FORMATS = dict.fromkeys((".csv", ".tsv", ".tab", ".txt", ".dat"), TEXT) | {
    ".npz": Format(("npz", "zip"), "an NPZ file of arrays", read_npz_table),
    ".parquet": Format(("parquet",), "a Parquet table", read_parquet_table),
    ".feather": Format(("arrow",), "an Arrow or Feather table", read_feather_table),
    ".arrow": Format(("arrow",), "an Arrow or Feather table", read_feather_table),
    ".xlsx": Format(("xlsx",), "an Excel workbook", read_excel_table),
    ".xlsm": Format(("xlsx",), "an Excel workbook", read_excel_table),
}
#: refused, but as tables
OTHER_NAMES = (".xls", ".ods", ".npy", ".mat", ".arff", ".json")
ACCEPTED = ", ".join(FORMATS)


def _suffixes(name: str) -> tuple[str, str]:
    """The suffix of a format, and the one of a packer after it or ""; both in lower case."""
    stem, suffix = os.path.splitext(name.lower())
    if suffix in PACKERS:
        return os.path.splitext(stem)[1], suffix
    return suffix, ""


def _is_table(data: object) -> bool:
    suffix, _ = _suffixes(str(data))
    return suffix in FORMATS or suffix in OTHER_NAMES


def load_table(
    path: str | os.PathLike,
    *,
    seed: int,
    num_outputs: int,
    fixed: bool = False,
    label: str | None = None,
) -> LabelledData:
    """A table as a `LabelledData` source with coding "tuning".

    The format goes by the name's end and has to be that of the content: text (.csv, .tsv, .tab,
    .txt, .dat; packed with .gz, .bz2, .xz or .zst after it), .npz, .parquet, .feather, .arrow,
    .xlsx. label : the column of the labels, see `choose_label`. Labels as in `encode_labels`;
    split, num_outputs and fixed as in `LabelledData`.
    """
    path = Path(path)
    content = read_bytes(path)
    table = _read(path, content, label)
    if bad := first(~np.isfinite(table.features)):
        raise InputError(
            f"{path}: {table.features[bad]:g} in {table.where(bad[0])}, column"
            f" {quoted(table.columns[bad[-1]])}: expected a finite number; do: drop the row or fill"
            " it in"
        )
    try:
        return LabelledData(
            path.name,
            table.features,
            table.labels,
            seed=seed,
            num_outputs=num_outputs,
            fixed=fixed,
            columns=table.columns,
            where=table.where,
            facts={"files": {path.name: sha256(content)}},
            notes=table.notes,
        )
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _read(path: Path, content: bytes, label: str | None) -> Table:
    suffix, packer = _suffixes(path.name)
    if suffix not in FORMATS or (packer and FORMATS[suffix] is not TEXT):
        refuse_other_kinds(path, content, "a table", "text", "unknown")
        raise InputError(
            f"{path} is not a table: expected a name that ends in {ACCEPTED}; do: convert it"
        )
    if packer:
        content = unpack(path, content, packer)
    table_format = FORMATS[suffix]
    refuse_other_kinds(path, content, table_format.called, *table_format.words)
    return table_format.read(path, content, label)


KIND = SourceKind(
    answers=_is_table,
    load=loads_labelled(load_table, takes_label=True),
    expected="a table (.csv, .tsv, .npz, .parquet, .xlsx, …)",
    on_disk=True,
)
