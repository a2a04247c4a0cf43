"""The disk of the cache: where it is, and whether compiled networks can be written and run there.

The cache is in SPIKESAMPLER_CACHE, or spikesampler in the user's cache folder.
"""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spikesampler.environment import folder_in, home, variable
from spikesampler.errors import InputError
from spikesampler.store.atomic import make_with_parents

__all__ = ["allows_programs", "cache_errors", "cache_folder", "check_room", "usable_cache"]

_ELSEWHERE = "set SPIKESAMPLER_CACHE to a folder on another disk"
_FREE = f"free some space (`spikesampler cache --prune` removes what is not used), or {_ELSEWHERE}"
_WRITABLE = "make it writable, or set SPIKESAMPLER_CACHE to a folder that is"
_REMEDIES = {
    errno.ENOSPC: f"its disk is full: {_FREE}",
    errno.EDQUOT: f"your disk quota is used up: {_FREE}",
    errno.EFBIG: f"larger than a file may be here (ulimit -f, or the disk's limit): {_ELSEWHERE}",
    errno.EROFS: f"its disk is read-only: {_ELSEWHERE}",
    errno.EACCES: f"permission denied: {_WRITABLE}",
    errno.EPERM: f"not permitted: {_WRITABLE}",
    errno.EIO: f"its disk reports a hardware error: check it, or {_ELSEWHERE}",
    **dict.fromkeys(
        (errno.ENOTDIR, errno.EEXIST),
        "a file is where a folder should be: set SPIKESAMPLER_CACHE to a folder, or remove what is"
        " there (a link that leads nowhere, too)",
    ),
    errno.ENAMETOOLONG: "its name is too long: set SPIKESAMPLER_CACHE to a shorter one",
    errno.ENOENT: f"it cannot be made there, or was removed meanwhile: {_ELSEWHERE}",
    **dict.fromkeys(
        (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS),
        "this disk cannot lock files: set SPIKESAMPLER_CACHE to a folder on a local disk",
    ),
}


def cache_folder() -> Path:
    """Where the cache is; InputError where no home is known."""
    if chosen := folder_in("SPIKESAMPLER_CACHE"):
        return chosen
    common = variable("XDG_CACHE_HOME")
    # a relative one is to be ignored, its specification says
    usable = common is not None and common.startswith(("/", "~"))
    folder = folder_in("XDG_CACHE_HOME") if usable else None
    return (folder or home() / ".cache") / "spikesampler"


@contextmanager
def cache_errors(folder: Path) -> Iterator[None]:
    """Turn the system's errors in a block that writes the cache into an InputError that says so."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, f"{error.strerror or error}: {_ELSEWHERE}")
        raise InputError(f"cannot write the cache {folder}: {remedy}") from error


def usable_cache() -> Path:
    """The folder of the cache, made where it is not there.

    Raises InputError where nothing can be written to it, or no program on its disk is run.
    """
    folder = cache_folder()
    with cache_errors(folder):
        make_with_parents(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
        allows_programs(folder)
    return folder


def check_room(folder: Path, size: int) -> None:
    """See that there are `size` bytes of room on the disk of `folder`, by taking them for a moment.

    Raises InputError for a disk that is full, read-only or otherwise not to be written.
    """
    with cache_errors(folder), tempfile.TemporaryFile(dir=folder) as file:
        try:
            os.posix_fallocate(file.fileno(), 0, size)
        except (AttributeError, OSError) as error:  # where the system or its disk has none
            if getattr(error, "errno", None) not in (None, errno.EINVAL, errno.ENOTSUP):
                raise
            for _ in range(size >> 20):
                file.write(bytes(1 << 20))
            file.flush()


def allows_programs(folder: Path) -> None:
    """InputError where the disk of `folder` is mounted so that no program on it is run."""
    if os.statvfs(folder).f_flag & getattr(os, "ST_NOEXEC", 0):
        raise InputError(
            f"the cache's disk does not allow programs to be run (noexec), and {folder} keeps"
            f" compiled networks: {_ELSEWHERE}"
        )
