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
import signal
import threading
import zipfile
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import numpy as np

from spikesampler.errors import BusyError, DamagedError, InputError

__all__ = [
    "atomic_file",
    "atomic_hdf5",
    "atomic_write_bytes",
    "atomic_write_json",
    "disk_errors",
    "folder_lock",
    "is_temporary",
    "json_bytes",
    "make_folder",
    "new_folder",
    "read_arrays",
    "read_info",
    "remove_temporary",
    "sees_lock",
    "sha256",
    "signals_later",
    "sync",
    "write_arrays",
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
_DIGEST_LENGTH = 64  # hexadecimal digits of a SHA-256
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
def signals_later():
    """Hold back Ctrl-C and SIGTERM until the block ends.

    h5py swallows what a signal raises inside its callbacks, and subprocess loses a process that it
    has just started.
    """
    if (
        threading.current_thread() is not threading.main_thread()
    ):  # handlers run in the main thread only
        yield
        return
    caught = []
    handlers = {
        number: signal.signal(number, lambda number, frame: caught.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(
                number, handler or signal.SIG_DFL
            )  # None: set by something other than Python
        for number in caught:
            signal.raise_signal(number)


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


def _plain(value):
    """Numpy scalars and arrays, tuples and paths as JSON knows them; nan and infinity become
    null.
    """
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return str(value) if isinstance(value, os.PathLike) else value


def json_bytes(value):
    """`value` as strict, indented JSON in UTF-8."""
    return (
        json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    ).encode()


def atomic_write_json(path, value):
    """Write `value` as JSON to `path`, whole or not at all; nan becomes null."""
    atomic_write_bytes(path, json_bytes(value))


def make_folder(path):
    """Make the folder `path` with its parents; InputError if the disk does not let us."""
    with disk_errors(path):
        Path(path).mkdir(parents=True, exist_ok=True)


@contextmanager
def new_folder(path):
    """Make the folder `path` with its parents; on leaving, those that were made here and are empty
    are gone again.
    """
    path = Path(os.path.abspath(path))
    made = [one for one in (path, *path.parents) if not one.exists()]
    make_folder(path)
    try:
        yield path
    finally:
        for one in made:
            with suppress(OSError):  # refused by the system unless it is empty
                one.rmdir()


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


def _is_open_on(handle, path):
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except FileNotFoundError:
        return False


@contextmanager
def folder_lock(folder):
    """Hold `folder` for this process, so that two processes never write one run; made if it does
    not exist.

    A folder that was made here and in which nothing was written is removed again.
    The lock is the system's (flock on `.lock`): it ends with the process, however the process ends.
    Gives the file's text, no other's, by which a process elsewhere can tell whether it sees the
    same folder (`sees_lock`). Raises BusyError when another process holds it.
    """
    import fcntl  # absent on Windows, where reading results must still work

    made = not Path(folder).exists()
    make_folder(folder)
    path = Path(folder) / ".lock"
    with disk_errors(folder):
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                holder = (
                    os.read(handle, 20).decode(errors="replace").partition(" ")[0].strip()
                    or "unknown"
                )
                os.close(handle)
                raise BusyError(
                    f"{folder} is being written by another process (number {holder}): "
                    "wait until it ends, or give another folder with --out"
                ) from error
            if _is_open_on(handle, path):
                break
            os.close(handle)  # its last holder removed the name between our open and our lock
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
            if made:
                os.rmdir(folder)  # refused by the system unless it is empty
        os.close(handle)


def sees_lock(folder, token):
    """Whether `folder`, as this machine sees it, is the one that is locked with this token."""
    try:
        return (Path(folder) / ".lock").read_text() == token
    except (OSError, UnicodeDecodeError):
        return False


def write_arrays(path, arrays, info=None):
    """Write arrays and JSON facts to an NPZ file that carries the SHA-256 of all its bytes as its
    archive comment.

    The same content gives the same bytes, so a resumed run can be compared with an uninterrupted
    one.
    """
    with atomic_file(path) as temporary:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            archive.comment = b"0" * _DIGEST_LENGTH
            archive.writestr(zipfile.ZipInfo("info.json"), json.dumps(info or {}, default=_plain))
            for name, array in arrays.items():
                with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)
        with open(temporary, "r+b") as file:
            digest = sha256(temporary, stop=temporary.stat().st_size - _DIGEST_LENGTH)
            file.seek(-_DIGEST_LENGTH, os.SEEK_END)
            file.write(digest.encode())


def _check(path):
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        file.seek(max(0, size - _DIGEST_LENGTH))
        expected = file.read().decode("ascii", errors="replace")
    if size <= _DIGEST_LENGTH or sha256(path, stop=size - _DIGEST_LENGTH) != expected:
        raise DamagedError(
            f"{path} is damaged: its checksum does not fit its content (truncated or changed): "
            "restore it from a copy, or delete this run's folder and run again"
        )


@contextmanager
def read_arrays(path):
    """Check the file's checksum and give its arrays as a mapping from name to a function that reads
    it.

    Nothing is ever unpickled. Raises DamagedError, naming the file, when a byte changed or is
    missing.
    """
    _check(path)
    with np.load(path, allow_pickle=False) as archive:
        yield {
            name: partial(archive.__getitem__, name)
            for name in archive.files
            if name != "info.json"
        }


def read_info(path):
    """The JSON facts of a file of `write_arrays`."""
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("info.json"))
