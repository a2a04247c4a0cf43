"""Temporary files: hidden, beside what they will be, named after the process that writes them.

So whoever writes into a folder later can remove what dead processes left there, and leaves alone
what living ones write.
"""

import os
import platform
import re
import secrets
import shutil
import time
import zlib
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

__all__ = ["is_left", "is_temporary", "remove_left", "temporary_beside"]

#: .NAME.HOST-PROCESS-START.RANDOM.tmp, hexadecimal
_NAME = re.compile(r"\..+\.([0-9a-f]{4})-([0-9a-f]+)-([0-9a-f]+)\.[0-9a-f]{4}\.tmp")
#: seconds after which what a process of another machine does not touch is taken for left
FOREIGN = 24 * 3600.0
LONGEST = 255  #: bytes of a file's name that all usual disks allow


def temporary_beside(path: str | Path) -> Path:
    """A name for what will be `path`, in the same folder, that says which process writes it."""
    path = Path(path)
    end = f".{_host()}-{os.getpid():x}-{_state(os.getpid())[1]:x}.{secrets.token_hex(2)}.tmp"
    name = os.fsencode(path.name)[: LONGEST - len(end) - 1]
    return path.with_name(f".{os.fsdecode(name)}{end}")


def is_temporary(path: Path) -> bool:
    """Whether a path is one of `temporary_beside` that nobody had time to rename or remove."""
    return _NAME.fullmatch(path.name) is not None


def remove_left(folder: str | Path, deep: bool = False) -> None:
    """Remove the temporary files and folders that dead processes left in `folder`.

    deep : also in the folders below it.
    """
    with suppress(FileNotFoundError):
        for path in _below(Path(folder), deep):
            if path.suffix == ".tmp" and is_left(path):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)


def _below(folder: Path, deep: bool) -> Iterable[Path]:
    if deep:
        return list(folder.rglob(".*.tmp"))
    with os.scandir(folder) as entries:
        return [folder / entry.name for entry in entries if entry.name.endswith(".tmp")]


def is_left(path: Path) -> bool:
    """Whether this is a temporary file or folder that nobody writes any more."""
    if (said := _NAME.fullmatch(path.name)) is None:
        return False
    host, process, start = said[1], int(said[2], 16), int(said[3], 16)
    if host == _host():
        return not _is_alive(process, start)
    with suppress(OSError):
        return time.time() - path.stat().st_mtime > FOREIGN
    return False


def _is_alive(process: int, start: int) -> bool:
    """Whether a process of this machine lives, and is the one that started then."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # of another user
        return True
    state, now = _state(process)
    return state != "Z" and (not start or not now or now == start)


@cache
def _host() -> str:
    return f"{zlib.crc32(platform.node().encode()) & 0xFFFF:04x}"


def _state(process: int) -> tuple[str, int]:
    """A process's letter, Z for one that is dead, and when it was started, in ticks; or nothing."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:  # no such system
        return "", 0
    fields = text.rpartition(")")[2].split()
    return fields[0], int(fields[19])
