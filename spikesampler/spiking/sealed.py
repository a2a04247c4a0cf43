"""Folders of the cache that are whole or not there: each made once, and checked at each use.

The last file of a folder is its seal, which lists size and SHA-256 of all others and its own
checksum; it is written when these are on the disk. A folder without one was never finished; where
it does not fit what lies there, the folder is damaged, and made again. A process that uses a folder
holds its seal (a shared flock), so that nobody removes it.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from spikesampler.errors import BusyError, DamagedError, InputError
from spikesampler.spiking.cache import cache_errors
from spikesampler.store.atomic import make_with_parents, sha256, sync
from spikesampler.store.checked_json import bytes_of, facts_of
from spikesampler.store.temporary import temporary_beside

__all__ = [
    "UNFINISHED",
    "Unsealed",
    "discard",
    "held",
    "hold",
    "kept",
    "locked",
    "new_folder",
    "read_sealed",
    "remove",
    "seal",
]

SEAL = "build.json"
UNFINISHED = "building-"  #: how the name of a folder begins that is not finished
_LARGEST_SEAL = 4 << 20  #: bytes

Checked = TypeVar("Checked")


class Unsealed(DamagedError):
    """A folder of the cache is not what was made; `absent`: nothing is there at all."""

    def __init__(self, folder: Path, reason: str, absent: bool = False) -> None:
        super().__init__(folder, reason, absent)  # all are arguments, so that it can be pickled
        self.reason, self.absent = reason, absent

    def __str__(self) -> str:
        return f"{self.args[0]} {self.reason}"


def seal(folder: Path, facts: dict[str, Any]) -> None:
    """List all files of a folder in its seal, beside `facts`, when they are on the disk.

    Raises OSError where they cannot be read, or the seal not be written.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SEAL)
    files = {
        str(path.relative_to(folder)): {"size": path.stat().st_size, "sha256": sha256(path)}
        for path in paths
    }
    (folder / SEAL).write_bytes(bytes_of({**facts, "files": files}))
    for path in (*paths, folder / SEAL):
        sync(path, os.O_RDWR)
    for path in sorted({path.parent for path in paths} | {folder}):
        sync(path)


def read_sealed(folder: Path) -> dict[str, Any]:
    """The facts in the seal of a folder whose files are all as they were; else raises Unsealed."""
    facts = _read_seal(folder)
    for name, file in facts["files"].items():
        path = folder / name
        try:
            size = path.stat().st_size
            if size != file["size"]:
                raise Unsealed(folder, f"is damaged: {name} has {size} of {file['size']} B")
            if sha256(path) != file["sha256"]:
                raise Unsealed(folder, f"is damaged: the SHA-256 of {name} is another")
        except OSError as error:
            raise Unsealed(folder, f"is damaged: {name}: {error.strerror}") from None
    return facts


def _read_seal(folder):
    path = folder / SEAL
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST_SEAL)
    except FileNotFoundError:
        absent = not os.path.lexists(folder)
        raise Unsealed(folder, f"is unfinished: it has no {SEAL}", absent) from None
    except OSError as error:
        raise Unsealed(folder, f"is damaged: {SEAL}: {error.strerror}") from None
    try:
        return facts_of(data, {"files": {str: {"size": int, "sha256": str}}})
    except ValueError:
        raise Unsealed(folder, f"is damaged: {SEAL} is not what was written") from None


def kept(
    folder: Path,
    make: Callable[[], None],
    check: Callable[[Path], Checked],
    say: Callable[[str], object] = lambda text: None,
) -> Checked:
    """What check(folder) gives, of a folder as it is there, or when make() has put it there.

    Processes that want the same folder wait for the first of them. check : raises Unsealed where
    the folder has to be made. say(text) : is told that a folder is damaged, or that another process
    makes it. Raises InputError where the cache cannot be written.
    """
    try:
        return check(folder)
    except Unsealed as error:  # not kept itself: what it knows of would live on for a while
        damage, absent = str(error), error.absent
    try:
        with locked(folder, lambda: say(f"another process makes {folder}: waiting for it")):
            with suppress(Unsealed):
                return check(folder)  # another process was faster
            if not absent:
                say(f"{damage}: it is made again")
            make()
            return check(folder)
    except InputError as error:
        if absent:
            raise
        raise InputError(f"{damage}, and cannot be made again: {error}") from error


@contextmanager
def locked(folder: Path, wait: Callable[[], object] | None = None) -> Iterator[None]:
    """Hold the name of a folder, there or not, so that nobody else makes or removes it.

    wait() is called before another process has to be waited for; without it, that raises BusyError.
    """
    path = folder.with_name(f"{folder.name}.lock")
    with cache_errors(folder.parent):
        make_with_parents(folder.parent)
        handle = _lock(path, wait)
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()  # while it is held, so nobody can hold a name that is gone
        os.close(handle)


def _lock(path, wait):
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if wait is None:
                    raise BusyError(f"{path} is held by another process") from None
                wait()
                fcntl.flock(handle, fcntl.LOCK_EX)
            if _is_open_on(handle, path):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # its last holder removed the name between our open and our lock


def _is_open_on(handle, path):
    try:
        return os.path.samestat(os.fstat(handle), os.stat(path))
    except OSError:
        return False


def hold(folder: Path) -> int | None:
    """Hold a sealed folder, and note that it is used: a file handle, to be closed by the caller.

    Where this disk has no locks, it is only noted. None where its seal cannot be opened: what reads
    it says why. Raises Unsealed where the folder is being removed.
    """
    try:
        handle = os.open(folder / SEAL, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise Unsealed(folder, "is being removed") from None
    except OSError:
        pass
    with suppress(OSError):  # a cache that others share may be read-only
        os.utime(folder / SEAL)
    return handle


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """`hold` a folder until the block ends."""
    handle = hold(folder)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to work in, in which `new` is made, and on leaving put where `folder` is to be.

    What is there goes; its name is held by the caller. Raises InputError where the cache cannot be
    written.
    """
    begin = f"{UNFINISHED}{folder.name}-"
    for left in folder.parent.glob(f"{begin}*"):  # of a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    with cache_errors(folder.parent):
        work = Path(tempfile.mkdtemp(dir=folder.parent, prefix=begin))
    try:
        yield work
        with cache_errors(folder.parent):
            if os.path.lexists(folder):
                os.rename(folder, work / "old")
            os.rename(work / "new", folder)
            sync(folder.parent)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def remove(folder: Path) -> bool:
    """Remove a folder of the cache, but not one that is used or made: whether it was removed."""
    with suppress(BusyError), locked(folder), cache_errors(folder):
        try:
            with open(folder / SEAL, "rb+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                discard(folder)
        except BlockingIOError:
            return False
        except (FileNotFoundError, NotADirectoryError):
            discard(folder)
        return True
    return False


def discard(path: Path) -> None:
    """Remove a file, or a folder with all that is in it, whose name nobody else uses meanwhile.

    Renamed first: what was removed in part would pass for damaged.
    """
    aside = temporary_beside(path)
    if not os.path.lexists(path):
        return
    os.rename(path, aside)
    if aside.is_dir() and not aside.is_symlink():
        shutil.rmtree(aside)
    else:
        aside.unlink()
