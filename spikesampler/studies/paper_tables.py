"""Numbers that papers print: the tables of data/paper_tables/, which lie beside the package."""

import csv
from pathlib import Path

from spikesampler.errors import InputError

__all__ = ["printed_rows"]

FOLDER = Path(__file__).parents[2] / "data" / "paper_tables"


def printed_rows(name: str) -> list[dict[str, str]]:
    """The rows of a table, {column: text}; lines that begin with # are comments.

    Raises InputError where it is not there, as in an installation without the checkout.
    """
    path = FOLDER / f"{name}.csv"
    if not path.is_file():
        raise InputError(f"no {path}, the paper's own numbers: run this from a checkout")
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))
