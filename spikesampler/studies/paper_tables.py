"""Numbers that papers print: the tables of data/paper_tables/, which are installed too."""

import csv
from pathlib import Path

__all__ = ["printed_rows"]

#: Installed, the tables are `spikesampler.paper_tables`; in a checkout they lie beside the package.
FOLDERS = (
    Path(__file__).parents[1] / "paper_tables",
    Path(__file__).parents[2] / "data" / "paper_tables",
)


def printed_rows(name: str) -> list[dict[str, str]]:
    """The rows of a table, {column: text}; lines that begin with # are comments."""
    folder = next(folder for folder in FOLDERS if folder.is_dir())
    lines = (folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))
