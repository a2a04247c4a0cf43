"""What is wrong with a model file: complaints, each with its file and line, all told at once."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from spikesampler.errors import InputError, Lines, name_of, one_line, shown

__all__ = [
    "Complaint",
    "Findings",
    "ModelError",
    "ModelWarning",
    "guess",
    "nearest",
    "plain_value",
    "text_fault",
    "told",
]

_LONGEST = 1 << 20  #: characters of one text


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong, or odd, in a model file.

    line : in the file, from 1. meant : the nearest allowed word, "" where none is near. allowed :
    all words that may stand there, empty where there is no list. is_error : else it is a warning.
    """

    file: str
    line: int
    message: str
    meant: str = ""
    allowed: tuple[str, ...] = ()
    is_error: bool = True

    def __str__(self) -> str:
        return one_line(f"{self.place}: {'' if self.is_error else 'warning: '}{self.message}")

    @property
    def place(self) -> str:
        """FILE:LINE, as editors and compilers write it."""
        return f"{self.file}:{self.line}"

    def as_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return asdict(self) | {"allowed": list(self.allowed)}


class ModelError(InputError):
    """A model file with errors; the message has a line for each, after one that counts them."""

    def __init__(self, file: str, complaints: Sequence[Complaint]) -> None:
        super().__init__(file, complaints)  # both, so that it can be pickled
        self.file, self.complaints = file, tuple(complaints)

    @property
    def in_options(self) -> str:
        """All errors, a line each."""
        errors = [complaint for complaint in self.complaints if complaint.is_error]
        if len(errors) == 1:
            return f"model file {errors[0]}"
        first = one_line(f"model file {self.file}: {told(errors)}")
        return Lines("\n".join([first, *map(str, errors)]))


class ModelWarning(UserWarning):
    """What is odd in a model file, and may be meant."""


def told(complaints: Iterable[Complaint]) -> str:
    """How many errors and warnings there are: "3 errors, 1 warning"."""
    kinds = [complaint.is_error for complaint in complaints]
    counts = {"error": kinds.count(True), "warning": kinds.count(False)}
    counted = [f"{n} {word}{'s' if n > 1 else ''}" for word, n in counts.items() if n]
    return ", ".join(counted) or "no errors"


def nearest(word: str, allowed: Iterable[str]) -> str:
    """The allowed word that is most like this one; "" where none is like it."""
    words = list(dict.fromkeys(allowed))
    for other in words:  # what differs in its case alone, first
        if other.lower() == word.lower():
            return other
    return next(iter(difflib.get_close_matches(word, words, n=1, cutoff=0.6)), "")


def guess(word: str, allowed: Iterable[str]) -> str:
    """ ", perhaps NAME" or "": what a message adds to an unknown word."""
    near = nearest(word, allowed)
    return f", perhaps {near}" if near else ""


@dataclass
class Findings:
    """Complaints of one file, in the order in which they are found."""

    file: str
    complaints: list[Complaint] = field(default_factory=list)

    def add(
        self,
        line: int,
        message: str,
        meant: str = "",
        allowed: Iterable[str] = (),
        is_error: bool = True,
    ) -> None:
        """Note a complaint, once."""
        complaint = Complaint(self.file, line, message, meant, tuple(allowed), is_error)
        if complaint not in self.complaints:
            self.complaints.append(complaint)

    def unknown(self, line: int, what: str, word: Any, allowed: Iterable[str]) -> None:
        """Note that a word is none of the allowed ones."""
        words = [*dict.fromkeys(allowed)]
        near = guess(word, words) if type(word) is str else ""
        self.add(
            line,
            f"{what} {plain_value(word)}{near}; expected {', '.join(words) or 'nothing'}",
            nearest(word, words) if near else "",
            words,
        )


def plain_value(value: Any) -> str:
    """A plain value as a message repeats it; of anything else the type."""
    is_plain = type(value) in (str, int, float, bool, type(None))
    return shown(value) if is_plain else f"a {name_of(type(value))}"


def text_fault(text: str) -> str:
    """What no manifest, page or compiler could hold of a text, "" where it is fine."""
    if len(text) > _LONGEST:
        return f"has {len(text):,} characters; expected {_LONGEST:,} at most"
    for character in text:
        if not character.isprintable() and character not in "\n\t ":
            return f"holds the character U+{ord(character):04X}, which is no text; leave it out"
    return ""
