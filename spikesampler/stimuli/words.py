"""Labels that are words: one rule for them, whatever file they come from."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from spikesampler.errors import InputError, shown

__all__ = ["check_class_names", "words_in"]

LONGEST_NAME = 200  #: characters in the name of a class
LAST_CHARACTER = 0x10FFFF  #: of Unicode
SURROGATES = (0xD800, 0xDFFF)  #: halves of characters of UTF-16, which no file of text can hold


def words_in(labels: NDArray, where: Callable[[int], str]) -> NDArray[np.object_]:
    """Labels (n,) of numpy's texts or of objects as words, without blanks around them.

    where : row number -> "line 7". Raises InputError, with the row, for what is no name of a class.
    """
    if labels.dtype.kind == "U":
        _check_characters(labels, where)
    words = np.empty(len(labels), dtype=object)
    for row, label in enumerate(labels.tolist()):
        if not isinstance(label, str | bytes):
            raise InputError(
                f"the label in {where(row)} is a {type(label).__name__}: expected a word in every"
                " row; do: relabel"
            )
        words[row] = (label if isinstance(label, str) else label.decode("latin1")).strip()
    distinct = dict.fromkeys(words.tolist())
    for word in distinct:
        if wrong := _complaint(word):
            row = int(np.argmax(words == word))
            raise InputError(f"the label in {where(row)} {wrong}")
    return words


def check_class_names(names: Sequence[str]) -> list[str]:
    """The names of classes 0, 1, …, without blanks around them; InputError for two of one name."""
    numbers: dict[str, int] = {}
    for k, name in enumerate(map(str.strip, names)):
        if wrong := _complaint(name):
            raise InputError(f"the name of class {k} {wrong}")
        if name in numbers:
            raise InputError(
                f"classes {numbers[name]} and {k} are both named {shown(name)}: expected another"
                " name for each; do: rename one"
            )
        numbers[name] = k
    return list(numbers)


def _complaint(name: str) -> str | None:
    """What is wrong with the name of a class, and what to do; or None."""
    if not name:
        return "is empty: expected a word; do: fill it in or drop the row"
    if len(name) > LONGEST_NAME:
        return f"has {len(name)} characters: expected at most {LONGEST_NAME}; do: shorten it"
    low, high = map(chr, SURROGATES)
    if any(low <= character <= high for character in name):
        return (
            f"holds half a character, {shown(name)}: expected text that UTF-8 can"
            " hold; do: write it again from whole characters"
        )
    return None


def _check_characters(labels: NDArray, where: Callable[[int], str]) -> None:
    """Refuse numbers beyond Unicode, of which Python makes no text at all."""
    if not labels.dtype.itemsize:
        return
    codes = np.ascontiguousarray(labels).view(np.dtype("u4").newbyteorder(labels.dtype.byteorder))
    wrong = (codes > LAST_CHARACTER).reshape(len(labels), -1).any(axis=1)
    if wrong.any():
        raise InputError(
            f"the label in {where(int(np.argmax(wrong)))} holds what is no character of Unicode:"
            " expected text; do: write it again"
        )
