"""Numbers that papers print: the tables of data/paper_tables/, which are installed too."""

import csv
import hashlib
from pathlib import Path

from spikesampler.errors import DamagedError

__all__ = ["printed_rows"]

#: Installed, the tables are `spikesampler.paper_tables`; in a checkout they lie beside the package.
FOLDERS = (
    Path(__file__).parents[1] / "paper_tables",
    Path(__file__).parents[2] / "data" / "paper_tables",
)
_LAST_LINE = b"# SHA-256 of the lines above: "


def printed_rows(name: str) -> list[dict[str, str]]:
    """The rows of a table, {column: text}; lines that begin with # are comments.

    Raises DamagedError where the last line, a digest of those above it, does not fit them.
    """
    path = next(folder for folder in FOLDERS if folder.is_dir()) / f"{name}.csv"
    table, _, digest = path.read_bytes().rpartition(_LAST_LINE)
    if hashlib.sha256(table).hexdigest().encode() + b"\n" != digest:
        raise DamagedError(
            f"{path} is damaged: its last line, the SHA-256 of the others, does not fit them:"
            " restore it from a copy"
        )
    lines = table.decode().splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))
