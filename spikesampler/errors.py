"""The one error that users cause, and the one that stops a run from outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class InputError(ValueError):
    """What was given, what was expected, what to do: one line, exit status 2, nothing written."""


class DamagedError(InputError):
    """A file of a run is missing or not what was written; the run itself can be repeated."""


class BusyError(InputError):
    """Another process writes this folder."""


class OtherBuildError(InputError):
    """An unfinished run was begun by another build of the program: nothing here has its bits."""


class Interrupted(Exception):
    """A run was stopped by a signal; its folder can be resumed."""

    def __init__(self, message: str, signal_number: int):
        # both are arguments, so that it can be pickled: workers send it to their parent
        super().__init__(message, signal_number)
        self.signal_number = signal_number

    def __str__(self) -> str:
        return self.args[0]


class NotConvergedError(RuntimeError):
    """An iteration ended before it was as exact as asked for; the message says how far it came."""


@contextmanager
def reading(path: str | Path, complaint: str, remedy: str) -> Iterator[None]:
    """Turn what a block meets in a file that is not as it should be into a DamagedError."""
    try:
        yield
    except InputError:
        raise
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DamagedError(f"{path} {complaint} ({reason}): {remedy}") from error
