"""A dataset that takes long: made in pieces that are kept as they finish, in a folder of its own.

The folder is begun with settings that hold.

    manifest.json · pieces/00000.npz … while it runs · NAME.nc when all are done
"""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikesampler.errors import DamagedError
from spikesampler.jobs.progress import Say, report_to
from spikesampler.store.atomic import json_bytes
from spikesampler.store.datasets import read_dataset, save_dataset
from spikesampler.store.folder_use import check_use, differences
from spikesampler.store.folders import folder_lock, make_folder
from spikesampler.store.held import LOCK
from spikesampler.store.manifest import MANIFEST, read_manifest
from spikesampler.store.result_folder import (
    as_listed,
    begin_folder,
    listing_files,
    settings_of,
)
from spikesampler.store.signals import resumable

if TYPE_CHECKING:
    from xarray import Dataset

__all__ = [
    "begin",
    "damaged",
    "finished",
    "load_result",
    "make_dataset",
    "piece_file",
]

PIECES = "pieces"
_REMEDY = "begin again in another folder"


def damaged(path: Path, reason: object) -> DamagedError:
    """The DamagedError of a file in such a folder."""
    return DamagedError(f"{path} is damaged ({reason}): {_REMEDY}")


def load_result(path: Path, kind: str) -> "Dataset":
    """The Dataset of a finished folder of this kind.

    DamagedError, naming the file, where it cannot be read or is not the one that was written.
    """
    with as_listed(path, kind):
        return read_dataset(path, "is damaged", _REMEDY)


def finished(path: Path, settings: dict[str, Any], resume: bool, what: str) -> "Dataset | None":
    """The Dataset at `path` where its folder holds a finished `what` with these settings, or None.

    resume : whether what is there may be gone on with. Raises InputError, as `check_use`, for a
    folder that may not be used; nothing in it is touched.
    """
    folder, wanted = path.parent, json.loads(json_bytes(settings))

    def compare(folder):
        there = settings_of(folder, what)
        return None if there is None else differences(wanted, there)

    if not check_use(folder, what, resume, compare) or not path.is_file():
        return None
    dataset = load_result(path, what)
    ended = read_manifest(folder, what)["status"] == "finished"
    # a kill after it was written
    if not ended or (folder / PIECES).is_dir() or (folder / LOCK).exists():
        with folder_lock(folder):
            if not ended:
                with listing_files(folder, what) as written:
                    written.append(path)
            remove_pieces(folder)
    return dataset


def make_dataset(
    path: Path,
    settings: dict[str, Any],
    compute: Callable[..., "Dataset"],
    *,
    kind: str,
    title: str,
    progress: Say | None = None,
    done: str = "finished",
    **others: Any,
) -> "Dataset":
    """The Dataset of compute(say, **others), written to `path` in a folder of these settings.

    others : kept in the folder when it is begun, and given from there when it is gone on with.
    kind : of the folder, as in its manifest. title, progress : as of `report_to`, in networks.
    done : what is kept if a signal stops it.
    """
    began, folder = time.monotonic(), path.parent
    with folder_lock(folder), report_to(progress, title, "networks") as say:
        kept = begin(folder, kind, settings, **others)
        with resumable(f"what is {done} is", folder):
            dataset = compute(say, **kept)
        dataset.attrs["seconds"] = time.monotonic() - began
        with listing_files(folder, kind) as written:
            written.append(save_dataset(dataset, path))
        remove_pieces(folder)
    return dataset


def begin(folder: str | Path, kind: str, settings: dict[str, Any], **others: Any) -> dict[str, Any]:
    """Write the manifest, unless the folder was begun, and give the others as kept in it.

    Call it holding the lock.
    """
    folder = Path(folder)
    make_folder(folder)
    if not (folder / MANIFEST).exists():  # first of all: what is begun can be gone on with
        begin_folder(folder, kind, settings, **others)
    make_folder(folder / PIECES)
    kept = read_manifest(folder, kind)
    if missing := [name for name in others if name not in kept]:
        raise damaged(folder / MANIFEST, f"no {missing[0]}")
    return {name: kept[name] for name in others}


def piece_file(folder: str | Path, number: int) -> Path:
    """Where piece `number` is kept."""
    return Path(folder) / PIECES / f"{number:05d}.npz"


def remove_pieces(folder: Path) -> None:
    """Remove what is not needed when the result is written; call it holding the folder's lock."""
    if (pieces := folder / PIECES).is_dir():
        shutil.rmtree(pieces)
