"""Arrays with facts about them in one NPZ file that carries its own checksum."""

import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from spikesampler.errors import DamagedError
from spikesampler.store.atomic import atomic_file, plain, sha256

__all__ = ["are_whole", "load_arrays", "read_arrays", "read_info", "write_arrays"]


_DIGEST_LENGTH = 64  # hexadecimal digits of a SHA-256


def write_arrays(
    path: str | Path, arrays: Mapping[str, Any], info: Mapping[str, Any] | None = None
) -> None:
    """Write arrays and JSON facts to an NPZ file whose archive comment is the SHA-256 of its bytes.

    The same content gives the same bytes, so a resumed run can be compared with one that was not
    interrupted.
    """
    with atomic_file(path) as temporary:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            archive.comment = b"0" * _DIGEST_LENGTH
            archive.writestr(zipfile.ZipInfo("info.json"), json.dumps(info or {}, default=plain))
            for name, array in arrays.items():
                with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)
        with open(temporary, "r+b") as file:
            digest = sha256(temporary, stop=temporary.stat().st_size - _DIGEST_LENGTH)
            file.seek(-_DIGEST_LENGTH, os.SEEK_END)
            file.write(digest.encode())


def are_whole(path: str | Path) -> bool:
    """Whether there is a file of `write_arrays`, and its checksum fits."""
    try:
        _check(path)
    except (FileNotFoundError, DamagedError):
        return False
    return True


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
def read_arrays(path: str | Path) -> Iterator[dict[str, Callable[[], np.ndarray]]]:
    """Check the file's checksum and give {name of an array: function that reads it}.

    Shapes and types are those that were written. Nothing is ever unpickled. Raises DamagedError,
    naming the file, when a byte changed or is missing.
    """
    _check(path)
    with np.load(path, allow_pickle=False) as archive:
        yield {
            name: partial(archive.__getitem__, name)
            for name in archive.files
            if name != "info.json"
        }


def load_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """{name: array} of a file of `write_arrays`, all in memory; checked as by `read_arrays`."""
    with read_arrays(path) as arrays:
        return {name: read() for name, read in arrays.items()}


def read_info(path: str | Path) -> dict[str, Any]:
    """The JSON facts of a file of `write_arrays` whose checksum was found to fit."""
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("info.json"))
