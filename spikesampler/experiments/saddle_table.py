"""What `saddle_path` measured, as a table for people and as objects for programs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray

__all__ = ["as_lines", "as_objects"]

COLUMNS = {  # name: (head, width, format)
    "seconds": ("seconds", 9, ".0f"),
    "accuracy": ("accuracy", 8, ".3f"),
    "a": ("a", 10, ".3g"),
    "b": ("b", 10, ".3g"),
    "c": ("c", 10, ".3g"),
    "total": ("a+b+c", 10, ".3g"),
    "trace": ("trace", 10, ".3g"),
    "largest": ("largest", 10, ".3g"),
    "smallest": ("smallest", 10, ".3g"),
    "gradient_norm": ("|grad J|", 10, ".3g"),
    "index": ("index", 6, "d"),
    "verdict": ("verdict", 15, "s"),
}
FACTS = ("kind", "patterns", "effective_patterns")  #: attributes that every object repeats


def as_objects(path: xarray.Dataset) -> list[dict[str, Any]]:
    """A list of JSON-able dicts, one per snapshot; what is not known is None."""
    names = [str(name) for name in path.data_vars if path[name].dims == ("snapshot",)]
    facts = {name: path.attrs[name] for name in FACTS}
    failed = path["failure"].values != ""
    return [
        {name: _plain(name, path[name].values[i].item(), failed[i]) for name in names} | facts
        for i in range(path.sizes["snapshot"])
    ]


def _plain(name: str, value: Any, failed: bool) -> Any:
    unknown = (name == "index" and value < 0) or (name in ("agrees", "verdict") and failed)
    return None if unknown or (isinstance(value, float) and not math.isfinite(value)) else value


def as_lines(path: xarray.Dataset) -> list[str]:
    """A table for people, and how often the criterion's sign is that of the largest eigenvalue."""
    counted = bool((path["index"] >= 0).any())
    columns = {name: column for name, column in COLUMNS.items() if name != "index" or counted}
    lines = [" ".join(f"{head:>{width}}" for head, width, _ in columns.values())]
    for i in range(path.sizes["snapshot"]):
        cells = [
            f"{path[name].values[i].item():{'<' if form == 's' else ''}{width}{form}}"
            for name, (_, width, form) in columns.items()
        ]
        lines.append(" ".join(cells))
    known = path["failure"].values == ""
    agree = path["agrees"].values[known].sum()
    positive = (path["largest"].values[known] > 0).sum()
    lines.append(
        f"{path.attrs['patterns']} PSP {path.attrs['kind']} that count as"
        f" {path.attrs['effective_patterns']:g}: the largest eigenvalue is positive in {positive}"
        f" of {known.sum()} snapshots, and a+b+c has its sign in {agree}"
    )
    return lines
