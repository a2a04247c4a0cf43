"""The run folder: manifest.json, spikes.h5 (SONATA), learning.nc (netCDF) and checkpoint/.

The manifest lists the SHA-256 of every file of a finished run and carries one of itself, so a
Result that opens is the result that was written. Reading executes nothing: JSON, HDF5 and plain
arrays only.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spikesampler.errors import DamagedError, InputError
from spikesampler.store.atomic import atomic_write_bytes, json_bytes, sha256
from spikesampler.store.checkpoint import remove_parts
from spikesampler.store.json_file import check_shape, parse_json

__all__ = ["SCHEMA", "finish", "read_manifest", "verify", "write_manifest"]

SCHEMA = 1
MANIFEST, LEARNING, SPIKES, CHECKPOINT = "manifest.json", "learning.nc", "spikes.h5", "checkpoint"
_BLANK = "0" * 64
_REPAIR = "restore it from a copy, or run again in a new folder"
_NUMBER = (int, float, type(None))
#: what a manifest says, beside schema and checksum, and readers rely on
_SHAPE: dict[str, Any] = {
    "status?": str,
    "settings?": {
        "model": str,
        "model_hash": str,
        "set": {str: (int, float, str)},
        "arm": str,
        "start": str,
        "samples": int,
        "test_samples": int,
        "seed": int,
        "data": (str, type(None)),
        "record": str,
        "probe_every": int,
        "probe_samples": int,
        "engine": str,
        "replicate": int,
    },
    "seed?": int,
    "arm?": str,
    "start?": str,
    "model?": {"name": str, "hash": str, "title": str, "citation": str, "text": str},
    "parameters?": {str: {"value": (int, float, str), "unit": str, "source?": str}},
    "data?": {"name": str, "coding": str, "num_features": int, "class_names": [str]},
    "fingerprints?": {str: str},
    "recorded_windows?": [[float]],
    "build?": {"key": str, "compiler": [str], "flags": [str], "cpu": str},
    "versions?": {str: (str, type(None))},
    "commit?": (str, type(None)),
    "started?": str,
    "files?": {str: str},
    "results?": {
        **dict.fromkeys((f"{name}_accuracy?" for name in ("online", "probe", "test")), _NUMBER),
        **dict.fromkeys(("bayes_accuracy?", "test_entropy?", "simulated_seconds?"), _NUMBER),
        **dict.fromkeys(("engine_seconds?", "wall_seconds?", "realtime_factor?"), _NUMBER),
        "oddities?": {str: str},
    },
}


def write_manifest(folder: str | Path, manifest: Mapping[str, Any]) -> None:
    """Write manifest.json of a run, with schema and the file's own checksum; nan becomes null."""
    facts = {key: value for key, value in manifest.items() if key not in ("schema", "checksum")}
    data = json_bytes({"schema": SCHEMA, "checksum": _BLANK} | facts)
    checksum = hashlib.sha256(data).hexdigest()
    atomic_write_bytes(Path(folder) / MANIFEST, data.replace(_BLANK.encode(), checksum.encode(), 1))


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """The manifest of a run folder as a dict, checked.

    Raises InputError, in one line, if it is missing, unreadable, changed, or of a newer schema than
    this program's.
    """
    path = Path(folder) / MANIFEST
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(
            f"{folder} is not a run folder: it has no {MANIFEST}: give the folder that"
            " `spikesampler run` printed"
        ) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): make it readable") from error
    try:
        manifest = parse_json(data, {"schema": int, "checksum": str})
        schema, checksum = manifest["schema"], manifest["checksum"].encode("ascii")
    except ValueError as error:
        raise DamagedError(
            f"{path} is damaged: expected the JSON of a run ({error}): {_REPAIR}"
        ) from None
    if schema > SCHEMA:
        raise InputError(
            f"{path} has schema {schema}, this spikesampler reads up to {SCHEMA}: update it with "
            "`pip install --upgrade spikesampler`"
        )
    if hashlib.sha256(data.replace(checksum, _BLANK.encode(), 1)).hexdigest().encode() != checksum:
        raise DamagedError(
            f"{path} is damaged: its checksum does not fit its content (truncated or changed): "
            f"{_REPAIR}"
        )
    try:
        check_shape(manifest, _SHAPE)
    except ValueError as error:
        raise DamagedError(f"{path} is not the manifest of a run ({error}): {_REPAIR}") from None
    return Manifest(path, manifest)


class Manifest(dict[str, Any]):
    """What a run's manifest says; DamagedError, naming the file, for what it does not say."""

    def __init__(self, path: Path, facts: Mapping[str, Any]) -> None:
        super().__init__(facts)
        self.path = path

    def __missing__(self, name: str) -> Any:
        raise DamagedError(
            f"{self.path} is not the manifest of a run (it has no {name}): {_REPAIR}"
        )


def _is_temporary_part(path):
    return path.name.startswith(".") or re.fullmatch(
        r"(spikes|records)_\d+\.npz|task\.npz", path.name
    )


def finish(folder: str | Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Close a run: write the manifest as finished, with every file's SHA-256; remove the parts.

    Call it when spikes.h5 and learning.nc are in place. Gives the manifest as written.
    """
    folder = Path(folder)
    files = {
        path.relative_to(folder).as_posix(): sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MANIFEST and not _is_temporary_part(path)
    }
    write_manifest(folder, {**manifest, "status": "finished", "files": files})
    remove_parts(folder / CHECKPOINT)
    return read_manifest(folder)


def verify(folder: str | Path) -> dict[str, Any]:
    """Check every file that the manifest of a run lists against its SHA-256; gives the manifest.

    Raises InputError naming the first file that is missing or differs, what was expected and what
    to do.
    """
    manifest = read_manifest(folder)
    for name, expected in manifest.get("files", {}).items():
        path = Path(folder) / name
        try:
            held = sha256(path)
        except FileNotFoundError:
            raise DamagedError(
                f"{path} is missing: the manifest lists it with SHA-256 {expected[:12]}…: {_REPAIR}"
            ) from None
        except OSError as error:
            raise InputError(
                f"{path} cannot be read ({error.strerror}): make it readable, or {_REPAIR}"
            ) from error
        if held != expected:
            raise DamagedError(
                f"{path} is damaged: its SHA-256 is {held[:12]}…, expected {expected[:12]}…:"
                f" {_REPAIR}"
            )
    return manifest
