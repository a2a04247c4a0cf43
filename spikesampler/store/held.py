"""Folders that are being written: is each of them still there, the same one, and still ours?

Whoever writes for long holds a folder (`folder_lock`) or keeps an eye on it (`watched_folder`).
Every writer of this room asks `check_held` before it writes, so that a folder which was removed,
renamed or taken by another process is noticed at the next save, and nothing is made anew.
"""

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spikesampler.errors import InputError, LostError

__all__ = ["LOCK", "Held", "Mark", "check_held", "holding", "lock_text", "marks", "with_marks"]

LOCK = ".lock"  #: in a folder that one process writes: the text that says who
_ELSEWHERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ESTALE)


@dataclass(frozen=True)
class Mark:
    """A folder that another process holds, by the text of its lock: what its workers know of it.

    place : absolute.
    """

    place: Path
    token: str

    def check(self) -> None:
        """Raise LostError where the folder does not have this lock any more."""
        if lock_text(self.place) != self.token:
            raise LostError(
                f"{self.place} was removed, renamed or taken by another process while it was"
                " written: nothing more is written"
            )


@dataclass(frozen=True)
class Held:
    """A folder that this process writes.

    folder : as it was given. place : absolute. handle : of the folder, open as long as it is held;
    it stays the same folder wherever it is moved. token : text of its lock, "" where it has none.
    """

    folder: Path
    place: Path
    handle: int
    token: str = ""

    def check(self) -> None:
        """Raise LostError, in one line, where it is gone, another one, or taken by somebody."""
        try:
            here = os.path.samestat(os.stat(self.place), os.fstat(self.handle))
        except OSError as error:
            if error.errno not in _ELSEWHERE:
                raise
            self._lose(self._what_happened(error.errno == errno.ESTALE))
        if not here:
            self._lose(self._what_happened(), ", and another one is in its place")
        text = lock_text(self.place) if self.token else ""
        if text is None:
            self._lose(f"lost its lock, the file {LOCK}, which was removed")
        elif text != self.token:
            holder = text.partition(" ")[0].strip() or "unknown"
            self._lose(f"was taken by another process (number {holder})")

    def now_at(self) -> Path | None:
        """Where the folder is now, as far as the system tells; None where it was removed."""
        with suppress(OSError):
            place = Path(os.readlink(f"/proc/self/fd/{self.handle}"))
            if os.path.samestat(os.stat(place), os.fstat(self.handle)):
                return place
        return None

    def _what_happened(self, is_stale: bool = False) -> str:
        if is_stale:
            return "is gone from its file server (stale file handle)"
        place = self.now_at()
        if place is not None and place != self.place.resolve():
            return f"was renamed to {place}"
        removed = os.fstat(self.handle).st_nlink == 0
        return "was removed" if removed else "was removed or renamed"

    def _is_inner(self) -> bool:
        """Whether it lies in another folder that is written, which is the one to go on with."""
        return any(other.place in self.place.parents for other in _HELD.get())

    def _lose(self, what: str, more: str = "") -> None:
        place = self.now_at()
        if not self.token:
            advice = "repeat the command"
        elif place is None:
            advice = "start again"
        elif "taken" in what:
            advice = "wait until it ends, then go on with --resume"
        elif self._is_inner() and place != self.place:
            advice = f"move it back to {self.place}, then go on with --resume"
        else:
            advice = f"go on with --resume, giving {place} as its folder"
        raise LostError(
            f"{self.folder} {what} while it was written{more}: nothing more is written; {advice}"
        ) from None


_HELD: ContextVar[tuple[Held | Mark, ...]] = ContextVar("folders that are written", default=())


def check_held() -> None:
    """Raise LostError for the first folder that is written here, and is not what it was."""
    for folder in _HELD.get():
        folder.check()


def lock_text(folder: str | Path) -> str | None:
    """The text of a folder's lock, None where it has none or cannot be read."""
    try:
        return (Path(folder) / LOCK).read_text()
    except (OSError, UnicodeDecodeError):
        return None


@contextmanager
def holding(folder: str | Path, token: str = "") -> Iterator[Held]:
    """Have `check_held` ask after a folder that is there, with the text of its lock if it has one.

    What fails because the folder is not there any more is told as such.
    """
    place = Path(os.path.abspath(folder))
    handle = os.open(place, os.O_RDONLY)
    held = Held(Path(folder), place, handle, token)
    before = _HELD.set((*_HELD.get(), held))
    try:
        yield held
    except (OSError, RuntimeError, InputError):
        held.check()
        raise
    finally:
        _HELD.reset(before)
        os.close(handle)


def marks() -> tuple[Mark, ...]:
    """The locked folders that are written here, as a worker of this process may know them."""
    return tuple(Mark(known.place, known.token) for known in _HELD.get() if known.token)


def with_marks(known: Sequence[Mark], function: Callable[..., Any], *arguments: Any) -> Any:
    """In a worker: function(*arguments), where `check_held` asks after these folders, too.

    One that does not have its lock from the start is not seen from this machine, and left out.
    """
    seen = tuple(mark for mark in known if lock_text(mark.place) == mark.token)
    before = _HELD.set((*_HELD.get(), *seen))
    try:
        return function(*arguments)
    finally:
        _HELD.reset(before)
