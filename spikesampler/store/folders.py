"""Folders: made, gone again where nothing was written, and held by one process at a time."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spikesampler.errors import BusyError, InputError
from spikesampler.store.atomic import disk_errors, make_with_parents
from spikesampler.store.held import LOCK, Held, check_held, holding, lock_text
from spikesampler.store.temporary import remove_left

__all__ = [
    "dated_folder",
    "folder_lock",
    "make_folder",
    "new_folder",
    "sees_lock",
    "watched_folder",
]


def dated_folder(name: str) -> Path:
    """A new folder below `runs`, by the time."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return Path("runs") / f"{name}-{stamp}-{os.getpid()}"


def make_folder(path: str | Path) -> None:
    """Make the folder `path` with its parents; InputError if the disk does not let us."""
    with disk_errors(path):
        check_held()
        make_with_parents(path)


@contextmanager
def new_folder(path: str | Path) -> Iterator[None]:
    """Make the folder `path` with its parents; on leaving, those made here are gone if empty."""
    path = Path(os.path.abspath(path))
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    make_folder(path)
    made_here = {folder: folder.stat() for folder in missing}
    try:
        yield
    finally:
        for folder, made in made_here.items():
            with suppress(OSError):  # refused by the system unless it is empty
                if os.path.samestat(folder.stat(), made):  # else somebody's own, of the same name
                    folder.rmdir()


@contextmanager
def watched_folder(folder: str | Path) -> Iterator[None]:
    """A `new_folder` that must not be lost while what takes long is written to it.

    Unlike with a lock others may write there. Every writer of this room raises LostError once the
    folder was removed, renamed or replaced.
    """
    with new_folder(folder), holding(folder):
        yield


@contextmanager
def folder_lock(folder: str | Path) -> Iterator[Held]:
    """Hold `folder` for this process, so that two never write one run; a `new_folder` where needed.

    The lock is the system's (flock on `.lock`): it ends with the process, however the process ends.
    The file's text, `token` of what is given, is no other's: by it a process elsewhere can tell
    whether it sees the same folder (`sees_lock`). Every writer of this room raises LostError once
    the folder is not there or not ours any more, and so does what fails for that. Raises BusyError
    when another process holds it, InputError where its disk knows no locks.
    """
    with new_folder(folder):
        path = Path(folder) / LOCK
        with disk_errors(folder):
            handle = _lock(path)
        token = f"{os.getpid()} {secrets.token_hex(8)}\n"
        try:
            with disk_errors(folder):
                os.truncate(handle, 0)
                os.write(handle, token.encode())
            with holding(folder, token) as held:
                try:
                    remove_left(folder, deep=True)
                    yield held
                finally:
                    path = (held.now_at() or held.place) / LOCK
        finally:
            with suppress(OSError):
                if _is_open_on(handle, path) and path.read_text() == token:  # not another's
                    path.unlink()  # while the lock is held, so nobody can lock a name that is gone
            os.close(handle)


def _lock(path):
    """The handle of a lock file that is held; BusyError where another process holds it."""
    import fcntl  # absent on Windows, where reading results must still work

    while True:
        is_new = not path.exists()
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
        except OSError as error:
            os.close(handle)
            if is_new:
                path.unlink(missing_ok=True)
            raise InputError(
                f"cannot lock {path.parent}: its disk cannot lock files ({error.strerror}), and"
                " without a lock two processes could write there at once; give a folder on another"
                " disk with --out, such as a local one, and copy it when it is finished"
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
    return lock_text(folder) == token
