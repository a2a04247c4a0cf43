"""Data that are given as arrays, (X, y), from Python."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError, shown
from spikesampler.stimuli.labelled import first
from spikesampler.stimuli.readers.table import flat_labels, quoted

__all__ = ["ARRAYS", "ArrayData", "array_data"]

ARRAYS = "arrays:"  #: before the fingerprint of arrays, in manifests
CODINGS = ("tuning", "rates")
PIXEL = 255.0  #: of unsigned bytes, what means 1


@dataclass(frozen=True, eq=False)
class ArrayData:
    """Features and labels, checked; equal where all their numbers are.

    features : (n, D) or (n, F, D), float64 or uint8. labels : (n,). coding : "tuning" or "rates".
    columns : names of the features. sha256 : of all of these.
    """

    features: NDArray
    labels: NDArray
    coding: str
    columns: tuple[str, ...]
    sha256: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ArrayData) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __str__(self) -> str:
        return f"{ARRAYS}{self.sha256}"


def array_data(given: Sequence[Any]) -> ArrayData:
    """ArrayData of (X, y), or of (X, y, coding).

    X : array-like of numbers, (n, D), or (n, F, D) of F stimuli in each sample; a DataFrame gives
    the features their names. y : n labels, whole numbers or words. coding : "rates" where each
    feature is the rate of an input, 0..1, and "tuning" where tuning curves see it; by default
    "rates" of unsigned bytes, of which 255 means 1, and "tuning" of all else. Raises InputError.
    """
    if len(given) not in (2, 3):
        raise InputError(
            f"data has {len(given)} parts: expected (X, y), features and labels, or (X, y, coding)"
        )
    features, columns = _features(given[0])
    if features.ndim == 3 and features.shape[1] == 1:
        features = features[:, 0]  # a stimulus that does not change
    labels = _labels(given[1], len(features))
    coding = given[2] if len(given) == 3 else "rates" if features.dtype == np.uint8 else "tuning"
    if not (isinstance(coding, str) and coding in CODINGS):
        raise InputError(f"data=(X, y, {shown(coding)}): expected {' or '.join(CODINGS)}")
    if coding == "tuning":
        features = features.astype(np.float64)
    elif features.dtype != np.uint8:
        _check_unit(features, columns)
    digest = hashlib.sha256(repr((coding, columns, features.shape, features.dtype.str)).encode())
    digest.update(np.ascontiguousarray(features).data)
    digest.update(repr(labels.tolist()).encode())
    return ArrayData(features, labels, coding, columns, digest.hexdigest())


def _features(given: Any) -> tuple[NDArray, tuple[str, ...]]:
    """X as an array of its own, float64 or uint8, and the names of its columns."""
    if hasattr(given, "toarray"):
        raise InputError("X is sparse: expected an array; do: give X.toarray()")
    if hasattr(given, "columns") and hasattr(given, "to_numpy"):
        return _of_frame(given)
    try:
        array = np.ma.asarray(given) if np.ma.isMaskedArray(given) else np.asarray(given)
    except (ValueError, TypeError, RuntimeError) as error:
        words = (str(error).splitlines() or [""])[0]
        raise InputError(
            f"X is no array ({words}): expected numbers of shape (n, D), all rows as long"
        ) from None
    if np.ma.is_masked(array):
        raise InputError("X has masked values: expected numbers; do: drop these rows or fill them")
    array = np.asarray(array)
    if array.dtype.kind not in "biuf":
        raise InputError(
            f"X of type {array.dtype}: expected numbers; do: convert it, X.astype(float)"
        )
    if array.ndim not in (2, 3) or not array.size:
        raise InputError(
            f"X of shape {array.shape}: expected (n, D), or (n, F, D) for F frames in a sample,"
            " n, F, D > 0; do: reshape it (images: X.reshape(len(X), -1))"
        )
    columns = tuple(str(column) for column in range(array.shape[-1]))
    array = array.copy() if array.dtype == np.uint8 else array.astype(np.float64)
    return _finite(array, columns), columns


def _of_frame(table: Any) -> tuple[NDArray, tuple[str, ...]]:
    """A DataFrame's numbers and names."""
    columns = tuple(str(name) for name in table.columns)
    kinds = [
        np.dtype(getattr(kind, "numpy_dtype", None) or "O")
        if not isinstance(kind, np.dtype)
        else kind
        for kind in table.dtypes
    ]
    for name, kind in zip(columns, kinds):
        if kind.kind not in "biuf":
            raise InputError(
                f"column {quoted(name)} of X is no column of numbers ({kind}): expected numbers;"
                " do: drop or convert it (labels are y)"
            )
    if not (len(table) and columns):
        raise InputError(
            f"X is a table of {len(table)} rows and {len(columns)} columns: expected"
            " at least one of each"
        )
    if all(kind == np.uint8 for kind in kinds):
        return table.to_numpy(dtype=np.uint8, copy=True), columns
    return _finite(table.to_numpy(dtype=np.float64, na_value=np.nan, copy=True), columns), columns


def _finite(array: NDArray, columns: Sequence[str]) -> NDArray:
    if array.dtype.kind == "f" and (bad := first(~np.isfinite(array))):
        raise InputError(
            f"X has {array[bad]:g} in {_place(bad, columns)}: expected a finite number; do: drop"
            " the row or fill it in"
        )
    return array


def _check_unit(array: NDArray, columns: Sequence[str]) -> None:
    """Refuse rates outside 0..1, of which 1 means r_min + r_max."""
    if bad := first((array < 0) | (array > 1)):
        raise InputError(
            f"X has {array[bad]:g} in {_place(bad, columns)}: expected 0 to 1 as rates (1 means"
            " r_min + r_max); do: divide X by its maximum, or give unsigned bytes"
        )


def _place(index: tuple[int, ...], columns: Sequence[str]) -> str:
    frame = f", frame {index[1]}" if len(index) == 3 else ""
    return f"row {index[0]}{frame}, column {quoted(columns[index[-1]])}"


def _labels(given: Any, num_rows: int) -> NDArray:
    """y as an array (n,), one label for each row."""
    if isinstance(given, str | bytes):
        raise InputError(f"y is {shown(given)}: expected {num_rows} labels, one for each row of X")
    try:
        labels = np.asarray(given)
    except (ValueError, TypeError, RuntimeError):
        raise InputError(f"y is no array: expected {num_rows} labels, (n,)") from None
    labels = flat_labels(labels, num_rows)
    if labels.ndim == 2 and len(labels) == num_rows:
        raise InputError(
            f"y of shape {labels.shape}: expected ({num_rows},), a label for each row; do: give"
            " y.argmax(axis=1) for labels that are one-hot"
        )
    if labels.shape != (num_rows,):
        raise InputError(
            f"X has {num_rows} rows and y is of shape {labels.shape}: expected ({num_rows},), a"
            " label for each row"
        )
    if labels.dtype == object and all(
        isinstance(label, int | np.integer | np.bool_) for label in labels.tolist()
    ):
        return labels.astype(np.int64)
    return labels.copy()
