"""Folders of long computations on networks: made of pieces that are kept as they finish, begun with
settings that hold.

settings.json · pieces/00000.npz … while it runs · NAME.nc when all are done
"""

import json
import shutil
from contextlib import contextmanager
from pathlib import Path

from spikesampler.errors import DamagedError, Interrupted
from spikesampler.store import atomic, folders
from spikesampler.store.claim import check_claim, differences
from spikesampler.store.datasets import read_dataset
from spikesampler.store.origin import made_by

__all__ = [
    "SETTINGS",
    "begin",
    "check_folder",
    "damaged",
    "finished",
    "load_result",
    "piece_file",
    "read_settings",
    "remove_pieces",
    "resumable",
]

SETTINGS, PIECES = "settings.json", "pieces"


def read_settings(folder):
    """The settings that a folder was begun with, a dict; InputError where they cannot be read."""
    try:
        return dict(json.loads((Path(folder) / SETTINGS).read_text())["settings"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(Path(folder) / SETTINGS, error) from None


def damaged(path, reason):
    """The DamagedError of a file in such a folder."""
    return DamagedError(f"{path} is damaged ({reason}): begin again in another folder")


def load_result(path):
    """The Dataset of a finished folder; DamagedError, naming the file, where it cannot be read."""
    return read_dataset(path, "is damaged", "begin again in another folder")


def check_folder(folder, settings, resume, what):
    """Whether a folder holds `what` with these settings, begun before; refuses one that may not be.

    Nothing in it is touched.
    """
    wanted = json.loads(atomic.json_bytes(settings))

    def compare(folder):
        if not (folder / SETTINGS).is_file():
            return None
        return differences(wanted, read_settings(folder))

    return check_claim(folder, what, resume, compare)


def begin(folder, settings, **others):
    """Write settings and others, unless the folder was begun, and give the others as kept; call it
    holding the lock.
    """
    path = Path(folder) / SETTINGS
    folders.make_folder(path.parent)
    if not path.exists():  # first of all: what is begun can be gone on with
        atomic.atomic_write_json(path, {"settings": settings} | others | made_by())
    folders.make_folder(path.parent / PIECES)
    kept = json.loads(path.read_text())
    if missing := [name for name in others if name not in kept]:
        raise damaged(path, f"no {missing[0]}")
    return {name: kept[name] for name in others}


def piece_file(folder, number):
    """Where piece `number` is kept."""
    return Path(folder) / PIECES / f"{number:05d}.npz"


def finished(path, settings, resume, what):
    """The Dataset at `path` where its folder holds a finished `what` with these settings; None
    where it is to be made.

    resume : whether what is there may be gone on with; "auto": yes, if there is anything. Refuses
        as `check_folder`.
    """
    folder = path.parent
    begun = check_folder(folder, settings, folder.exists() if resume == "auto" else resume, what)
    if not begun or not path.is_file():
        return None
    found = load_result(path)
    _tidy(folder)
    return found


@contextmanager
def resumable(done="finished"):
    """Say of a stop that what is done is kept."""
    try:
        yield
    except Interrupted as stop:
        text = f"{stop}; what is {done} is kept: go on with --resume"
        raise Interrupted(text, stop.signal_number) from None


def _tidy(folder):
    """Remove what a kill left after the result was written."""
    if (Path(folder) / PIECES).is_dir() or (Path(folder) / ".lock").exists():
        with folders.folder_lock(folder):
            remove_pieces(folder)


def remove_pieces(folder):
    """Remove what is no longer needed when the result is written; call it while holding the
    folder's lock.
    """
    if (pieces := Path(folder) / PIECES).is_dir():
        shutil.rmtree(pieces)
