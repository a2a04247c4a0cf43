"""What `saddle_path` found, as a table, as objects for programs, and as a file."""

import math

__all__ = [
    "as_lines",
    "as_objects",
]

COLUMNS = {  # of the table: name -> (head, format)
    "seconds": ("seconds", "9.0f"),
    "accuracy": ("accuracy", "8.3f"),
    "a": ("a", "10.3g"),
    "b": ("b", "10.3g"),
    "c": ("c", "10.3g"),
    "total": ("a+b+c", "10.3g"),
    "trace": ("trace", "10.3g"),
    "largest": ("largest", "10.3g"),
    "smallest": ("smallest", "10.3g"),
    "gradient_norm": ("|grad J|", "10.3g"),
    "index": ("index", "6d"),
    "verdict": ("verdict", "<15"),
}
FACTS = ("kind", "patterns", "effective_patterns")  #: attributes that every object repeats


def as_objects(found):
    """A list of JSON-able dicts, one per snapshot; what is not known is None."""
    names = [name for name in found.data_vars if found[name].dims == ("snapshot",)]
    facts = {name: found.attrs[name] for name in FACTS}
    failed = found["failure"].values != ""
    return [
        {name: _plain(name, found[name].values[i].item(), failed[i]) for name in names} | facts
        for i in range(found.sizes["snapshot"])
    ]


def _plain(name, value, failed):
    unknown = (name == "index" and value < 0) or (name in ("agrees", "verdict") and failed)
    return None if unknown or (isinstance(value, float) and not math.isfinite(value)) else value


def as_lines(found):
    """A table for people, and how often the criterion's sign is that of the largest eigenvalue."""
    columns = {
        name: one for name, one in COLUMNS.items() if name != "index" or (found["index"] >= 0).any()
    }
    widths = {
        name: int(form.strip("<").split(".")[0].rstrip("dfg"))
        for name, (_, form) in columns.items()
    }
    lines = [" ".join(f"{head:>{widths[name]}}" for name, (head, _) in columns.items())]
    for i in range(found.sizes["snapshot"]):
        lines.append(
            " ".join(
                f"{found[name].values[i].item():{form}}" for name, (_, form) in columns.items()
            )
        )
    known = found["failure"].values == ""
    agree, positive = (
        found["agrees"].values[known].sum(),
        (found["largest"].values[known] > 0).sum(),
    )
    lines.append(
        f"{found.attrs['patterns']} PSP {found.attrs['kind']} that count as"
        f" {found.attrs['effective_patterns']:g}: the largest eigenvalue is positive in {positive}"
        f" of {known.sum()} snapshots, and a+b+c has its sign in {agree}"
    )
    return lines
