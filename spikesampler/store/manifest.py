"""What lies in a folder that a command wrote: manifest.json, with the SHA-256 of every file.

A run's has spikes.h5 (SONATA), learning.nc and trajectories.nc (netCDF) and checkpoint/;
comparisons, sweeps, trainings and studies have their datasets, tables and pictures. The manifest
carries a checksum of itself, so what opens is what was written. Reading executes nothing: JSON,
HDF5 and plain arrays only.
"""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spikesampler.errors import DamagedError, InputError
from spikesampler.store.atomic import sha256
from spikesampler.store.checked_json import facts_of, write_json
from spikesampler.store.checkpoint import remove_parts
from spikesampler.store.json_file import check_shape
from spikesampler.store.told_parameters import check_parameters

__all__ = ["SCHEMA", "check_file", "finish", "read_manifest", "verify", "write_manifest"]

SCHEMA = 3  #: 2: with the rule of a run's model; 3: averages over theta
MANIFEST, LEARNING, SPIKES, CHECKPOINT = "manifest.json", "learning.nc", "spikes.h5", "checkpoint"
TRAJECTORIES = "trajectories.nc"
OWN_FILES = (LEARNING, SPIKES, TRAJECTORIES)  #: of a run, beside its checkpoint
_REPAIR = "restore it from a copy, or run again in a new folder"
_NUMBER = (int, float, type(None))
#: what it says of an arm, of several layers for each pathway
_ARM_TEXTS: dict[str, Any] = {
    **dict.fromkeys(("name", "source", "mobility", "momentum", "release", "matched"), str),
    **{part: {str: str} for part in ("variance", "drift")},
}
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
        "order?": str,
        "record": str,
        "record_synapses?": (str, type(None)),
        "record_variables?": (str, type(None)),
        "probe_every": int,
        "probe_samples": int,
        "average": int,
        "engine": str,
        "replicate": int,
    },
    "seed?": int,
    "arm?": str,
    "start?": str,
    "model?": {"name": str, "hash": str, "title": str, "citation": str, "text": str},
    "rule?": dict,
    "pathways?": [
        {
            **dict.fromkeys(("name", "layer", "source"), str),
            **dict.fromkeys(("num_outputs", "num_inputs", "groups"), int),
            "delay": float,
            "plastic": bool,
            "rule": dict,
        }
    ],
    "parameters?": {
        str: {"value": (int, float, str), "unit": str, "meaning?": str, "source?": str}
    },
    "data?": {"name": str, "coding": str, "num_features": int, "class_names": [str]},
    "fingerprints?": {str: str},
    "recorded_windows?": [[float]],
    "build?": {"key": str, "compiler": [str], "flags": [str], "cpu": str},
    "versions?": {str: (str, type(None))},
    "commit?": (str, type(None)),
    "host?": {"system": str},
    "started?": str,
    "finished?": str,
    "failed?": str,
    "stopped?": {"samples": int, "reason": str},
    "continued?": [{"samples": int, "finished": str}],
    "files?": {str: str},
    "results?": {
        **dict.fromkeys(
            (f"{name}_accuracy?" for name in ("online", "probe", "test", "averaged")), _NUMBER
        ),
        **dict.fromkeys(("bayes_accuracy?", "test_entropy?", "simulated_seconds?"), _NUMBER),
        **dict.fromkeys(("engine_seconds?", "wall_seconds?", "realtime_factor?"), _NUMBER),
        "oddities?": {str: str},
    },
}
_SHAPE_OF_OTHERS: dict[str, Any] = {
    "status": str,
    "settings": dict,
    "files": {str: str},
    "runs?": {str: str},
}


def write_manifest(folder: str | Path, manifest: Mapping[str, Any]) -> None:
    """Write manifest.json with schema, kind (a run, if not said) and the file's own checksum."""
    write_json(Path(folder) / MANIFEST, {"kind": "run", **manifest, "schema": SCHEMA})


def read_manifest(folder: str | Path, kind: str | None = "run") -> dict[str, Any]:
    """The manifest of a folder of this kind (None: of any) as a dict, checked.

    Raises InputError, in one line, if it is missing, unreadable, changed, of another kind, or of
    another schema than this program's.
    """
    path = Path(folder) / MANIFEST
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(
            f"{folder} is not a {kind or 'result'} folder: it has no {MANIFEST}: give the folder"
            " that `spikesampler run` printed"
        ) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): make it readable") from error
    try:
        manifest = facts_of(data, {"schema": int, "kind?": str})
    except ValueError as error:
        _refuse_newer(path, data)
        raise DamagedError(f"{path} is damaged: {error}: {_REPAIR}") from None
    if manifest["schema"] > SCHEMA:
        _refuse_newer(path, data)
    if manifest["schema"] < SCHEMA:
        raise InputError(
            f"{path} has schema {manifest['schema']}, this spikesampler reads {SCHEMA}: look at it"
            " with the version that wrote it, or run again in a new folder"
        )
    held = manifest.setdefault("kind", "run")
    if kind is not None and held != kind:
        raise InputError(f"{folder} holds a {held}: expected a {kind}; give the folder of one")
    try:
        check_shape(manifest, _SHAPE if held == "run" else _SHAPE_OF_OTHERS)
        if held == "run":
            _check_arm_texts(manifest)
            check_parameters(manifest)
    except ValueError as error:
        raise DamagedError(f"{path} is not the manifest of a {held} ({error}): {_REPAIR}") from None
    return Manifest(path, manifest)


def _check_arm_texts(manifest: Mapping[str, Any]) -> None:
    """ValueError, which names the key, for texts of an arm that are none."""
    texts, where = manifest.get("settings", {}).get("arm_texts"), "it.settings.arm_texts"
    if texts is not None and "pathways" in manifest:
        of_each = dict.fromkeys((pathway["name"] for pathway in manifest["pathways"]), _ARM_TEXTS)
        check_shape(texts, of_each, where)
    elif texts is not None:
        check_shape(texts, _ARM_TEXTS, where)


class Manifest(dict[str, Any]):
    """What a manifest says; DamagedError, naming the file, for what it does not say."""

    def __init__(self, path: Path, facts: Mapping[str, Any]) -> None:
        super().__init__(facts)
        self.path = path

    def __missing__(self, name: str) -> Any:
        raise DamagedError(
            f"{self.path} is not the manifest of a {self.get('kind')} (it has no {name}): {_REPAIR}"
        )


def _refuse_newer(path: Path, data: bytes) -> None:
    """Say which schema a manifest has that is newer, and may have another kind of checksum."""
    schema = re.match(rb'\s*\{\s*"schema":\s*(\d{1,9})\s*,', data)
    if schema and int(schema[1]) > SCHEMA:
        raise InputError(
            f"{path} has schema {int(schema[1])}, this spikesampler reads up to {SCHEMA}: update it"
            " with `pip install --upgrade spikesampler`"
        )


def _is_temporary_part(path):
    return path.name.startswith(".") or re.fullmatch(
        r"(spikes|records|trajectories|snapshots|end)_\d+\.npz|task\.npz|stopped\.json", path.name
    )


def finish(folder: str | Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Close a run: write the manifest as finished, with every file's SHA-256; remove the parts.

    Call it when spikes.h5 and learning.nc are in place. What else lies in the folder, such as a
    picture of a shorter run that was gone on with, is not the run's. Gives the manifest as written.
    """
    folder = Path(folder)
    paths = [folder / name for name in OWN_FILES] + sorted((folder / CHECKPOINT).rglob("*"))
    files = {
        path.relative_to(folder).as_posix(): sha256(path)
        for path in paths
        if path.is_file() and not _is_temporary_part(path)
    }
    write_manifest(folder, {**manifest, "status": "finished", "files": files})
    remove_parts(folder / CHECKPOINT)
    return read_manifest(folder)


def verify(folder: str | Path, kind: str | None = "run", large: float = math.inf) -> dict[str, Any]:
    """Check every file that the manifest of a folder lists against its SHA-256; the manifest.

    large : bytes from which on spikes.h5 and trajectories.nc are left out: their blocks are checked
    as they are read.
    Raises InputError naming the first file that is missing or differs, what was expected and what
    to do.
    """
    manifest = read_manifest(folder, kind)
    for name, expected in manifest.get("files", {}).items():
        path = Path(folder) / name
        if not (name in (SPIKES, TRAJECTORIES) and path.is_file() and path.stat().st_size > large):
            check_file(path, expected)
    return manifest


def check_file(path: Path, expected: str) -> None:
    """Refuse a file whose SHA-256 is not the expected one, or that is missing."""
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
            f"{path} is damaged: its SHA-256 is {held[:12]}…, expected {expected[:12]}…: {_REPAIR}"
        )
