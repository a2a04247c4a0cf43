"""Results as a notebook shows them: small tables of HTML, all text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

__all__ = ["facts_table", "note", "rows_table"]

_LEFT = "style='text-align:left'"


def facts_table(facts: Mapping[str, object]) -> str:
    """A row per fact: its name, and what it is."""
    rows = "".join(
        f"<tr><th {_LEFT}>{_text(name)}</th><td {_LEFT}>{_text(value)}</td></tr>"
        for name, value in facts.items()
    )
    return f"<table>{rows}</table>"


def rows_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with a head; numbers come as texts."""
    names = "".join(f"<th {_LEFT}>{_text(name)}</th>" for name in head)
    lines = (
        "<tr>" + "".join(f"<td {_LEFT}>{_text(cell)}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{names}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def note(text: object) -> str:
    """A line below a table."""
    return f"<div><small>{_text(text)}</small></div>"


def _text(value: object) -> str:
    """A value as HTML; surrogates of names of files that are no UTF-8 become escapes."""
    return escape(str(value).encode("utf-8", "backslashreplace").decode())
