"""The one error that users cause, the one that stops a run from outside, and how each is said.

A message names options, as one types them; in Python the same error names the arguments.
"""

import codecs
import errno
import os
import re
import reprlib
import shlex
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path

TRACEBACK = "SPIKESAMPLER_TRACEBACK"  #: environment variable that asks for the whole of a fault
LONGEST = 2_000  #: characters of a message
_PACKAGE = Path(__file__).parent
#: what the system has against a path that it was given
_OF_PATHS = (errno.ENAMETOOLONG, errno.ELOOP, errno.EACCES, errno.ENOTDIR, errno.EISDIR)


#: what a message gives to an option; any other word that follows is one of the sentence
_VALUE = (
    r"\w+=[^\s,;]+|'[^']*'|\d[\w.+-]*|[A-Z]{3,}\b|/\S*[^\s,;:.]|clusters:\w+|windows\b|all\b|nwb\b"
)
_OPTION = rf"--([a-z]+(?:-[a-z]+)*)(?: ({_VALUE}))?"
_OPTIONS = re.compile(rf"(?<![\w-]){_OPTION}(?: {_OPTION})*")
_GIVEN = re.compile(r"(?<![\w-])--([a-z]+(?:-[a-z]+)*)=")  #: an option with a value as it is


def in_python(message: str) -> str:
    """A message that names options, with Python's arguments instead; commands in `…` stay.

    "go on with --samples 20 --resume" becomes "go on with samples=20, resume=True".
    """
    parts = message.split("`")
    parts[::2] = [_OPTIONS.sub(_as_arguments, _GIVEN.sub(_as_given, part)) for part in parts[::2]]
    return "`".join(parts)


def _as_given(option: re.Match[str]) -> str:
    return f"{option[1].replace('-', '_')}="


def _as_arguments(options: re.Match[str]) -> str:
    arguments = ", ".join(_as_argument(*pair) for pair in re.findall(_OPTION, options[0]))
    return re.sub(r"(?<=[^}])\}, set=\{", ", ", arguments)


def _as_argument(option: str, value: str) -> str:
    name = option.replace("-", "_")
    if option == "resume":
        return f"{name}=True"
    if re.fullmatch(r"\w+=.+", value):
        parameter, _, value = value.partition("=")
        return f"{name}={{'{parameter}': {_quoted(value)}}}"
    return f"{name}={_quoted(value) if value else '…'}"


def _quoted(value: str) -> str:
    """A value as Python writes it: texts in quotes, but for numbers and what stands for a value."""
    plain = value[0] in "'…" or value.isupper() or re.fullmatch(r"[\d.]+(e-?\d+)?", value)
    return value if plain else f"'{value}'"


class _Told(BaseException):
    """An error whose text is Python's; a message that quotes it takes what was written."""

    @property
    def in_options(self) -> str:
        """The message for someone who typed a command."""
        return super().__str__()

    def __str__(self) -> str:
        return in_python(self.in_options)

    def __format__(self, spec: str) -> str:
        return format(self.in_options, spec)


class InputError(_Told, ValueError):
    """What was given, what was expected, what to do: one line, exit status 2, nothing written."""


class Lines(str):
    """A message of several things, a line each; those of all others are joined to one line."""

    __slots__ = ()


class DamagedError(InputError):
    """A file of a run is missing or not what was written; the run itself can be repeated."""


class BusyError(InputError):
    """Another process writes this folder."""


class LostError(InputError):
    """The folder that is written was removed, renamed or taken by another process meanwhile."""


class OtherBuildError(InputError):
    """An unfinished run was begun by another build of the program: nothing here has its bits."""


class Interrupted(_Told):
    """What is running was stopped by a signal; what is kept in `folder` can be gone on with.

    It is no Exception, so that a loop which goes on after failures ends at Ctrl-C, too; nor is it a
    KeyboardInterrupt, which event loops and click take for themselves. kept : what is, such as
    "finished runs are".
    """

    def __init__(
        self,
        message: str,
        signal_number: int,
        kept: str = "",
        folder: str | os.PathLike[str] | None = None,
    ):
        # all are arguments, so that it can be pickled: workers send it to their parent
        super().__init__(message, signal_number, kept, folder)
        self.message, self.signal_number = message, signal_number
        self.kept, self.folder = kept, None if folder is None else os.fspath(folder)

    @property
    def in_options(self) -> str:
        """The message for someone who typed a command."""
        return self._with("--resume", f" --out {shlex.quote(self.folder or '')}")

    def __str__(self) -> str:
        return self._with("resume=True", f", out={self.folder!r}")

    def _with(self, resume: str, out: str) -> str:
        kept = f"; {self.kept} kept: go on with {resume}" if self.kept else ""
        return f"{self.message}{kept}{out if kept and self.folder is not None else ''}"


class RunError(_Told, RuntimeError):
    """What was asked for was begun and failed: a program that ended badly, numbers that blew up."""


class NotConvergedError(RunError):
    """An iteration ended before it was as exact as asked for; the message says how far it came."""


def shown(value: object, longest: int = 80) -> str:
    """A value as a message repeats it: as Python writes it, the middle of a long one left out."""
    if type(value) is int and value.bit_length() > 4 * longest:
        return f"a number of {value.bit_length() * 3 // 10:,} digits"
    short = reprlib.Repr()
    short.maxstring = short.maxother = longest
    try:
        return short.repr(os.fspath(value) if isinstance(value, os.PathLike) else value)
    except ValueError:  # of such a number inside
        return f"a {type(value).__name__}"


def shortened(text: str, longest: int = 80) -> str:
    """A text, the middle of a long one left out."""
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"


def one_line(message: object) -> str:
    """A message as one line that any terminal shows: no control characters, the middle cut out."""
    text = " ".join(str(message).splitlines())
    return printable(shortened(text, LONGEST))


def name_of(kind: type) -> str:
    """The name of a class in one line; its metaclass, which may hide it, is not asked."""
    return one_line(str.__str__(type.__dict__["__name__"].__get__(kind)))


def printable(name: str) -> str:
    """A file's name as text that every file, page and terminal can hold.

    What is not UTF-8 in it, and what is no character of a line, becomes an escape.
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def ending(error: BaseException) -> tuple[str, int]:
    """What a program says of the exception that ends it, and its exit status.

    2 for bad input, 1 for what failed, 128 + signal when stopped. What nobody foresaw is a fault of
    this package and is said to be one: its type, text and place, or the whole of it where the
    environment asks.
    """
    match error:
        case InputError():
            return error.in_options, 2
        case Interrupted():
            return error.in_options, 128 + error.signal_number
        case KeyboardInterrupt():
            return "stopped", 130
        case MemoryError():
            return str(error) or "not enough memory", 1
        case RunError():
            return error.in_options, 1
        case OSError(filename=str() | bytes() as path, errno=number) if number in _OF_PATHS:
            return f"{os.fsdecode(path)}: {error.strerror}; give another path", 2
        case OSError(errno=errno.ENOSPC, filename=None):
            return "no space is left for what is printed or written; free some", 1
        case OSError(errno=int()):
            return str(error), 1
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    inside = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
    last = (inside or frames)[-1]
    place = f"{os.path.relpath(last.filename, _PACKAGE.parent)}:{last.lineno}"
    return (
        f"a fault of spikesampler: {type(error).__name__}: {shown(str(error), 400)} at {place};"
        f" what was finished before is kept. Please report it, with what {TRACEBACK}=1 prints"
    ), 1


def complain(name: str, message: object) -> None:
    """Say on stderr, in one line, what ends a program; nothing where it is closed or full."""
    first, *others = message.splitlines() if isinstance(message, Lines) else [message]
    if sys.stderr is not None:
        with suppress(OSError):
            for line in (f"{name}: {one_line(first)}", *map(one_line, others)):
                print(line, file=sys.stderr, flush=True)


def _plainly(error: UnicodeError) -> tuple[bytes, int]:
    """What a stream writes for characters that its encoding lacks: a path's bytes, or escapes."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    escaped = [
        bytes([ord(c) - 0xDC00]) if "\udc80" <= c <= "\udcff" else c.encode("ascii", "namereplace")
        for c in text
    ]
    return b"".join(escaped), error.end


@contextmanager
def plain_output() -> Iterator[None]:
    """Let no character that is printed raise, and say what happened where the output is full.

    Names of files that are not UTF-8 are printed as their bytes, what a terminal's encoding lacks
    as an escape. Raises RunError where standard output cannot take what was printed.
    """
    codecs.register_error("spikesampler", _plainly)
    streams = [stream for stream in (sys.stdout, sys.stderr) if isinstance(stream, TextIOWrapper)]
    before = [stream.errors for stream in streams]
    for stream in streams:
        stream.reconfigure(errors="spikesampler")
    try:
        yield
    finally:
        for stream, errors in zip(streams, before):
            _flush(stream, errors)


def _flush(stream: TextIOWrapper, errors: str | None) -> None:
    try:
        stream.flush()
        stream.reconfigure(errors=errors)
    except BrokenPipeError:
        raise
    except OSError as error:
        # else Python tries again at its end, and complains
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise RunError(f"the output cannot be printed ({error.strerror})") from None


@contextmanager
def calling_back() -> Iterator[None]:
    """Call a function of whoever called us: what it raises is marked, and passes as it is."""
    try:
        yield
    except Exception as error:
        error.is_callers = True  # type: ignore[attr-defined]
        raise


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
