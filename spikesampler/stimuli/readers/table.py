"""What a reader of tables gives, and which column of a table has the labels."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError

__all__ = [
    "LABEL",
    "Place",
    "Table",
    "check_names",
    "choose_label",
    "flat_labels",
    "is_word",
    "listed",
    "quoted",
    "without_index",
]

LABEL = "label"
#: names of columns that have the labels, in the case in which they are compared
LABELS = ("labels", "class", "classes", "target", "targets", "species")

Place = Callable[[int], str]


class Table(NamedTuple):
    """Names of the columns, features (n, D), labels (n,), and row number -> place in the file.

    features : (n, F, D) of stimuli that change within a sample.
    notes : sentences on what was decided in reading, to be told.
    """

    columns: list[str]
    features: NDArray[np.float64]
    labels: NDArray
    where: Place
    notes: tuple[str, ...] = ()


def choose_label(
    path: object,
    names: Sequence[str],
    label: str | None,
    what: str = "column",
    usual: str = LABEL,
) -> tuple[str, tuple[str, ...]]:
    """The name of the column or array of labels, and notes on how it was chosen.

    label : what the user named, or None: then "label", else "Label" in any spelling, else the only
    one of "class", "target", "species" and their plurals, or "y" (no column beside an "x").
    usual : the name that messages advise. Raises InputError where there is none, or several.
    """
    if not names:
        raise InputError(f"{path} has no {what} of labels: expected one; do: add it as {usual!r}")
    if label is not None:
        if label not in names:
            near = get_close_matches(label, names, n=3, cutoff=0.4) or list(names)
            raise InputError(
                f"{path} has no {what} named {quoted(label)}: expected one of {listed(near)}; do:"
                " name the labels with --label NAME"
            )
        return label, ()
    if LABEL in names:
        return LABEL, ()
    plain = [name.strip().casefold() for name in names]
    fitting = [name for name, word in zip(names, plain, strict=True) if word == LABEL]
    if not fitting:
        coordinate = what == "column" and "x" in plain
        words = (*LABELS, *(() if coordinate else ("y",)))
        fitting = [name for name, word in zip(names, plain, strict=True) if word in words]
    if len(fitting) != 1:
        several = f" and {len(fitting)} that may have them, {listed(fitting)}" if fitting else ""
        raise InputError(
            f"{path} has no {what} named {usual!r}{several}: expected the labels in one of"
            f" {listed(names)}; do: name it with --label NAME"
        )
    return fitting[0], (f"{path}: the labels are those of {what} {quoted(fitting[0])}",)


def check_names(path: object, names: Sequence[str]) -> None:
    """InputError for a column without a name, except the first, and for two of one name."""
    seen: set[str] = set()
    for position, name in enumerate(names, start=1):
        if not name and position > 1:
            raise InputError(f"{path}: column {position} has no name; do: name it or drop it")
        if name in seen:
            raise InputError(f"{path}: two columns are named {quoted(name)}; do: rename one")
        seen.add(name)


def without_index(
    path: object, columns: list[str], features: NDArray[np.float64]
) -> tuple[list[str], NDArray[np.float64], tuple[str, ...]]:
    """Columns and features without a row index that is the first of them; notes.

    Raises InputError where the first has no name and is no index, and where it is all there is.
    """
    if not _is_counted(columns[0], features[:, 0]):
        if not columns[0]:
            raise InputError(
                f"{path}: column 1 has no name and does not count the rows; do: name it or drop it"
            )
        return columns, features, ()
    if len(columns) == 1:
        raise InputError(
            f"{path} has no feature beside the labels, only a column that counts the rows: expected"
            " at least one; do: add the features"
        )
    note = f"{path}: its first column counts the rows and is left out"
    return columns[1:], np.delete(features, 0, axis=1), (note,)


def is_word(name: str) -> bool:
    """Whether a column of this name may have the labels."""
    return name.strip().casefold() in (LABEL, *LABELS, "y")


def flat_labels(labels: NDArray, num_rows: int) -> NDArray:
    """Labels of shape (n, 1) or (1, n) as (n,); others as they are."""
    if labels.ndim == 2 and labels.shape in ((num_rows, 1), (1, num_rows)):
        return labels.reshape(num_rows)
    return labels


def _is_counted(name: str, values: NDArray[np.float64]) -> bool:
    """Whether a column is a row index as programs write it: nameless, with 0, 1, 2 or 1, 2, 3."""
    if name not in ("", "Unnamed: 0"):
        return False
    return any(np.array_equal(values, np.arange(len(values)) + start) for start in (0, 1))


def quoted(cell: str) -> str:
    """A text in quotes, cut if it is long."""
    return repr(cell if len(cell) <= 40 else cell[:39] + "…")


def listed(names: Sequence[str]) -> str:
    """The first five names, in quotes."""
    return ", ".join(map(quoted, names[:5])) + (", …" if len(names) > 5 else "") or "nothing"
