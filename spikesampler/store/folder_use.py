"""May a folder be used: is it new or empty, or does it hold what is wanted, to be gone on with?"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from spikesampler.errors import InputError
from spikesampler.store.atomic import disk_errors
from spikesampler.store.held import LOCK
from spikesampler.store.temporary import is_temporary

__all__ = ["check_use", "differences", "different", "holds_nothing", "short_digests"]


def check_use(
    folder: Path,
    what: str,
    resume: bool,
    compare: Callable[[Path], str | None],
    *,
    same: str = "",
    other: str = "",
    strangers: str = "other files",
) -> bool:
    """Whether `folder` holds what is wanted, begun before and to be gone on with.

    Where nothing is, or only what a process left that was killed before it wrote anything, it
    begins, with `resume` and without.

    what : such as "run" or "sweep". resume : whether what is there may be gone on with.
    compare(folder) : of a folder that is not empty, None where it holds something else, "" where it
    holds what is wanted, else how its settings differ. same, other, strangers : what messages call
    these three. Raises InputError, with what to do, for a folder that may not be used. Nothing in
    the folder is touched.
    """
    if holds_nothing(folder):
        return False
    difference = compare(folder)
    if difference is None:
        raise InputError(f"{folder} holds {strangers}; give a new or empty folder with --out")
    if difference:
        raise InputError(
            f"{folder} holds {other or f'a {what} with other settings'} ({difference}); repeat its"
            " options, or give another folder with --out"
        )
    if not resume:
        raise InputError(
            f"{folder} already holds {same or f'this {what}'}; use --resume to go on with it, or"
            " give another folder with --out"
        )
    return True


def holds_nothing(folder: Path) -> bool:
    """Whether there is no such folder, or nothing in it but a lock and temporary files.

    Raises InputError for a file.
    """
    if not folder.exists():
        return True
    if not folder.is_dir():
        raise InputError(f"{folder} is a file; give a folder with --out")
    with disk_errors(folder):
        return all(path.name == LOCK or is_temporary(path) for path in folder.iterdir())


def different(here: Mapping[str, Any], there: Mapping[str, Any], digest: str = "") -> list[str]:
    """Names of the settings that are others there than here.

    digest : name of one that follows from others, and says nothing to anybody beside these.
    """
    names = [name for name in here if here[name] != there.get(name)]
    return [name for name in names if name != digest] or names


def differences(here: Mapping[str, Any], there: Mapping[str, Any], digest: str = "") -> str:
    """In what settings differ, in words; "" where they do not."""
    names = different(here, there, digest)
    told = ", ".join(f"{name} is {here[name]} here, {there.get(name)} there" for name in names)
    return short_digests(told)


def short_digests(text: str) -> str:
    """A text, of every SHA-256 in it the first eight digits."""
    return re.sub(r"\b([0-9a-f]{8})[0-9a-f]{56}\b", r"\1…", text)
