"""Files that are whole or absent: atomic writes, checksums, one writer per folder, disk errors in
one line.

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
import secrets
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from spikesampler.errors import InputError
from spikesampler.store.signals import signals_later

__all__ = [
    "atomic_file",
    "atomic_hdf5",
    "atomic_write_bytes",
    "atomic_write_json",
    "disk_errors",
    "is_temporary",
    "json_bytes",
    "remove_temporary",
    "sha256",
    "sync",
]

_RESUME = "then continue the run with --resume"
_REMEDIES = {
    errno.ENOSPC: (
        f"the disk is full: free some space, {_RESUME}, or give another folder with --out"
    ),
    errno.EDQUOT: (
        f"your disk quota is used up: free some space, {_RESUME}, or give another folder with --out"
    ),
    errno.EROFS: "the disk is read-only: give a folder on another disk with --out",
    errno.EACCES: "permission denied: make the folder writable, or give another one with --out",
    errno.EPERM: "not permitted: make the folder writable, or give another one with --out",
    errno.EIO: (
        "the disk reports a hardware error: check it, and give a folder on another disk with --out"
    ),
    errno.EFBIG: (
        "larger than this disk allows a file to be: give a folder on another disk with --out"
    ),
    errno.ENOENT: "its folder is gone: make it, or give another one with --out",
    errno.ENOLCK: "this disk cannot lock files: give a folder on a local disk with --out",
    errno.ENOTDIR: "a file is where a folder should be: give another folder with --out",
    errno.EEXIST: "a file is where a folder should be: give another folder with --out",
}
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{8}\.tmp")


@contextmanager
def disk_errors(path):
    """Turn a full, read-only or forbidden disk into an InputError of one line; other errors pass
    unchanged.

    HDF5 hides the number of the system's error in its message, sometimes in a RuntimeError: it is
    found there too.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        number = getattr(error, "errno", None)
        if number not in _REMEDIES:
            in_text = re.search(r"errno = (\d+)", str(error))
            number = int(in_text[1]) if in_text else None
        if number not in _REMEDIES:
            raise
        raise InputError(f"cannot write {path}: {_REMEDIES[number]}") from error


def sync(path, flags=os.O_RDONLY):
    """Wait until a file or a folder is on the disk."""
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (
            errno.EINVAL,
            errno.ENOTSUP,
        ):  # some network disks cannot sync a folder
            raise
    finally:
        os.close(handle)


@contextmanager
def atomic_file(path):
    """Give a temporary path to write; on leaving, sync it and rename it to `path`; on any error
    remove it.

    Raises InputError when the disk is full or not writable.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    with disk_errors(path):
        try:
            yield temporary
            sync(temporary, os.O_RDWR)
            os.replace(temporary, path)
            sync(path.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


class _SafeFile(io.FileIO):
    """A file for HDF5, whose library crashes when a write fails: keeps the first error and stops
    writing.
    """

    error = None

    def write(self, data):
        left = memoryview(data).cast("B")
        size = len(left)
        try:
            while len(left) and self.error is None:
                left = left[super().write(left) :]
        except OSError as error:
            self.error = error
        return size

    def check(self):
        """Raise what a write met."""
        if self.error is not None:
            raise self.error


@contextmanager
def atomic_hdf5(path):
    """As `atomic_file`, but gives a file object to open with h5py; call its `check()` between large
    writes.

    Ctrl-C and SIGTERM take effect when the file is complete.
    """
    with signals_later(), atomic_file(path) as temporary, _SafeFile(temporary, "w+") as file:
        try:
            yield file
        finally:
            file.check()  # before any error of HDF5, which would only be its consequence


def atomic_write_bytes(path, data):
    """Write `data` to `path`, whole or not at all."""
    with atomic_file(path) as temporary:
        temporary.write_bytes(data)


def plain(value):
    """Numpy scalars and arrays, tuples and paths as JSON knows them; nan and infinity become
    null.
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return str(value) if isinstance(value, os.PathLike) else value


def json_bytes(value):
    """`value` as strict, indented JSON in UTF-8."""
    return (json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def atomic_write_json(path, value):
    """Write `value` as JSON to `path`, whole or not at all; nan becomes null."""
    atomic_write_bytes(path, json_bytes(value))


def sha256(path, stop=None):
    """The SHA-256 of the first `stop` bytes of a file (all of it by default), as 64 hexadecimal
    digits.
    """
    digest = hashlib.sha256()
    left = os.path.getsize(path) if stop is None else stop
    with open(path, "rb") as file:
        while block := file.read(min(left, 1 << 20)):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()


def is_temporary(path):
    """Whether a file is one that `atomic_file` writes and had no time to rename or remove."""
    return _TEMPORARY.fullmatch(path.name) is not None


def remove_temporary(folder):
    """Remove what killed writers left in `folder` (call it only while holding the folder's
    lock).
    """
    with disk_errors(folder):
        for path in Path(folder).rglob(".*.tmp"):
            if is_temporary(path):
                path.unlink(missing_ok=True)
