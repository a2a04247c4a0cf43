"""Folders: made, gone again where nothing was written, and held by one process at a time."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spikesampler.errors import BusyError
from spikesampler.store.atomic import disk_errors, remove_temporary

__all__ = ["dated_folder", "folder_lock", "make_folder", "new_folder", "sees_lock"]


def dated_folder(name: str) -> Path:
    """A new folder below `runs`, by the time."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return Path("runs") / f"{name}-{stamp}-{os.getpid()}"


def make_folder(path: str | Path) -> None:
    """Make the folder `path` with its parents; InputError if the disk does not let us."""
    with disk_errors(path):
        Path(path).mkdir(parents=True, exist_ok=True)


@contextmanager
def new_folder(path: str | Path) -> Iterator[None]:
    """Make the folder `path` with its parents; on leaving, those made here are gone if empty."""
    path = Path(os.path.abspath(path))
    made_here = [folder for folder in (path, *path.parents) if not folder.exists()]
    make_folder(path)
    try:
        yield
    finally:
        for folder in made_here:
            with suppress(OSError):  # refused by the system unless it is empty
                folder.rmdir()


@contextmanager
def folder_lock(folder: str | Path) -> Iterator[str]:
    """Hold `folder` for this process, so that two never write one run; a `new_folder` where needed.

    The lock is the system's (flock on `.lock`): it ends with the process, however the process ends.
    Gives the file's text, no other's, by which a process elsewhere can tell whether it sees the
    same folder (`sees_lock`). Raises BusyError when another process holds it.
    """
    with new_folder(folder):
        path = Path(folder) / ".lock"
        with disk_errors(folder):
            handle = _lock(path)
        try:
            with disk_errors(folder):
                os.truncate(handle, 0)
                token = f"{os.getpid()} {secrets.token_hex(8)}\n"
                os.write(handle, token.encode())
            remove_temporary(folder)
            yield token
        finally:
            with suppress(OSError):
                path.unlink()  # while the lock is held, so nobody can lock a name that is gone
            os.close(handle)


def _lock(path):
    """The handle of a lock file that is held; BusyError where another process holds it."""
    import fcntl  # absent on Windows, where reading results must still work

    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            text = os.read(handle, 20).decode(errors="replace")
            os.close(handle)
            holder = text.partition(" ")[0].strip() or "unknown"
            raise BusyError(
                f"{path.parent} is being written by another process (number {holder}): wait until"
                " it ends, or give another folder with --out"
            ) from error
        if _is_open_on(handle, path):
            return handle
        os.close(handle)  # its last holder removed the name between our open and our lock


def _is_open_on(handle, path):
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False


def sees_lock(folder: str | Path, token: str) -> bool:
    """Whether `folder`, as this machine sees it, is the one that is locked with this token."""
    try:
        return (Path(folder) / ".lock").read_text() == token
    except (OSError, UnicodeDecodeError):
        return False
