"""Files that are whole or absent: atomic writes, checksums, disk errors in one line.

A file is written under a hidden temporary name in its own folder, synced, and renamed; then the
folder is synced. So a process killed at any moment, or a power cut, leaves either the old file or
the new one, never a part of one.
"""

import errno
import hashlib
import io
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from spikesampler.errors import InputError
from spikesampler.store.held import check_held
from spikesampler.store.signals import signals_later
from spikesampler.store.temporary import remove_left, temporary_beside

__all__ = [
    "SafeFile",
    "atomic_file",
    "atomic_hdf5",
    "atomic_write_bytes",
    "atomic_write_json",
    "disk_errors",
    "json_bytes",
    "make_with_parents",
    "publish",
    "sha256",
    "sync",
]

_FREE = "free some space, then continue the run with --resume, or give another folder with --out"
_WRITABLE = "make the folder writable, or give another one with --out"
_DISK = "give a folder on another disk with --out"
_FILE = "a file is where a folder should be: give another folder with --out"
_REMEDIES = {
    errno.ENOSPC: f"the disk is full: {_FREE}",
    errno.EDQUOT: f"your disk quota is used up: {_FREE}",
    errno.EROFS: f"the disk is read-only: {_DISK}",
    errno.EACCES: f"permission denied: {_WRITABLE}",
    errno.EPERM: f"not permitted: {_WRITABLE}",
    errno.EIO: f"the disk reports a hardware error: check it, and {_DISK}",
    errno.EFBIG: f"larger than this disk allows a file to be: {_DISK}",
    errno.ENOENT: "its folder is gone: make it, or give another one with --out",
    errno.ENOLCK: f"this disk cannot lock files: {_DISK}, such as a local one",
    errno.ESTALE: f"its file server no longer knows it (stale file handle): {_DISK}",
    errno.ENOTDIR: _FILE,
    errno.EEXIST: _FILE,
}
_HDF5_LOCK = "unable to lock file"
_REMEDY_OF_HDF5 = (
    f"HDF5 cannot lock files on this disk: set HDF5_USE_FILE_LOCKING=FALSE, or {_DISK}"
)


@contextmanager
def disk_errors(path: str | Path) -> Iterator[None]:
    """Turn a full, read-only or forbidden disk into an InputError of one line; others pass, and
    so does what a caller's own function raised.

    HDF5 hides the number of the system's error in its message, sometimes in a RuntimeError: it is
    found there too.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        if getattr(error, "is_callers", False):
            raise
        if _HDF5_LOCK in str(error):
            raise InputError(f"cannot write {path}: {_REMEDY_OF_HDF5}") from error
        number = getattr(error, "errno", None)
        if number not in _REMEDIES:
            in_text = re.search(r"errno = (\d+)", str(error))
            number = int(in_text[1]) if in_text else None
        if number not in _REMEDIES:
            raise
        raise InputError(f"cannot write {path}: {_REMEDIES[number]}") from error


def sync(path: str | Path, flags: int = os.O_RDONLY) -> None:
    """Wait until a file or a folder is on the disk."""
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    except OSError as error:
        # some network disks cannot sync a folder
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def make_with_parents(path: str | Path) -> None:
    """Make a folder and its parents, unless they are there; pathlib does not get far down."""
    path = Path(path)
    missing = takewhile(lambda parent: not parent.exists(), path.parents)
    for folder in (*reversed(list(missing)), path):
        folder.mkdir(exist_ok=True)


def publish(
    temporary: str | Path, path: str | Path, check: Callable[[], object] = lambda: None
) -> None:
    """Rename a folder that is complete to `path`, once all that is below it is on the disk.

    check : called right before the folder is renamed; what it raises passes.
    """
    temporary, path = Path(temporary), Path(path)
    for below in [*temporary.rglob("*"), temporary]:
        sync(below)
    check_held()
    check()
    os.rename(temporary, path)
    sync(path.parent)


@contextmanager
def atomic_file(path: str | Path) -> Iterator[Path]:
    """Give a temporary path to write, that becomes `path` on leaving, and is gone on any error.

    What killed writers left in its folder is removed first. Raises InputError when the disk is full
    or not writable, LostError where a folder that is written (`store.held`) is lost.
    """
    path = Path(path)
    temporary = temporary_beside(path)
    with disk_errors(path):
        check_held()
        remove_left(path.parent)
        try:
            yield temporary
            sync(temporary, os.O_RDWR)
            check_held()
            os.replace(temporary, path)
            sync(path.parent)
        except BaseException:
            with suppress(OSError):  # its folder may be gone: the first error says why
                temporary.unlink(missing_ok=True)
            raise


class SafeFile(io.FileIO):
    """A file for HDF5, whose library crashes when a write fails: keeps the first error."""

    error: OSError | None = None

    def write(self, data: Any) -> int:
        """Write all bytes, or keep the error: the library is told that all went well."""
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while len(left) and self.error is None:
                left = left[super().write(left) :]
        except OSError as error:
            self.error = error
        return size

    def check(self) -> None:
        """Raise what a write met."""
        if self.error is not None:
            raise self.error


@contextmanager
def atomic_hdf5(path: str | Path) -> Iterator[SafeFile]:
    """As `atomic_file`, but a file object for h5py; call its `check()` between large writes.

    Ctrl-C and SIGTERM take effect when the file is complete.
    """
    with signals_later(), atomic_file(path) as temporary, SafeFile(temporary, "w+") as file:
        try:
            yield file
        finally:
            file.check()  # before any error of HDF5, which would only be its consequence


def atomic_write_bytes(path: str | Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all."""
    with atomic_file(path) as temporary:
        temporary.write_bytes(data)


def plain(value: Any) -> Any:
    """Numpy's values, tuples and paths as JSON knows them; nan and infinity become null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return str(value) if isinstance(value, os.PathLike) else value


def json_bytes(value: Any) -> bytes:
    """`value` as strict, indented JSON in UTF-8; bytes of a path that are not become escapes."""
    return (json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode(
        "utf-8", "backslashreplace"
    )


def atomic_write_json(path: str | Path, value: Any) -> None:
    """Write `value` as JSON to `path`, whole or not at all; nan becomes null."""
    atomic_write_bytes(path, json_bytes(value))


def sha256(path: str | Path, stop: int | None = None) -> str:
    """64 hexadecimal digits: the SHA-256 of a file, or of its first `stop` bytes."""
    digest = hashlib.sha256()
    left = os.path.getsize(path) if stop is None else stop
    with open(path, "rb") as file:
        while block := file.read(min(left, 1 << 20)):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()
