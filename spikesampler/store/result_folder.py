"""The manifest of a folder that is no run: a comparison, a sweep, a training, a study.

It is begun with the settings that hold, before anything takes long, and lists every file that was
written when all are there, and the checksum of the manifest of every run that it was made from.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spikesampler.errors import DamagedError
from spikesampler.store.atomic import json_bytes, sha256
from spikesampler.store.manifest import MANIFEST, check_file, read_manifest, write_manifest
from spikesampler.store.origin import cpu_name, now, versions_and_commit

__all__ = [
    "as_listed",
    "begin_folder",
    "check_run",
    "listing_files",
    "missing_runs",
    "runs_listed",
    "settings_of",
]

_PACKAGES = ("spikesampler", "brian2", "numpy", "scipy", "h5py", "xarray", "jax", "optax")


def begin_folder(folder: Path, kind: str, settings: Mapping[str, Any], **others: Any) -> None:
    """Write the manifest of a folder of this kind, status running; `others` are kept in it.

    One that is there with the same settings stays as it is.
    """
    if settings_of(folder, kind) == json.loads(json_bytes(settings)):
        return
    facts = {
        "kind": kind,
        "status": "running",
        "started": now(),
        "settings": settings,
        **others,
        **versions_and_commit(_PACKAGES),
        "cpu": cpu_name(),
        "files": {},
    }
    write_manifest(folder, facts)


def settings_of(folder: Path, kind: str) -> dict[str, Any] | None:
    """The settings in the manifest of a folder of this kind; None for another, or without one."""
    if not (folder / MANIFEST).is_file():
        return None
    manifest = read_manifest(folder, None)
    return dict(manifest["settings"]) if manifest["kind"] == kind else None


@contextmanager
def listing_files(folder: Path, kind: str, runs: Iterable[str] = ()) -> Iterator[list[Path]]:
    """Give a list for the files that a block writes: at its end the manifest has their SHA-256.

    runs : names of folders of the runs that they are made from. Meanwhile it lists nothing, so that
    a kill leaves no wrong digest. Where files and runs are those that it listed before, it is as it
    was. A folder without a manifest gets none.
    """
    paths: list[Path] = []
    if not (folder / MANIFEST).is_file():
        yield paths
        return
    manifest = read_manifest(folder, kind)
    write_manifest(folder, manifest | {"status": "running", "files": {}})
    yield paths
    listed = {
        "files": {path.relative_to(folder).as_posix(): sha256(path) for path in paths},
        "runs": {name: read_manifest(folder / name)["checksum"] for name in runs},
    }
    if any(manifest.get(name) != value for name, value in listed.items()):
        manifest |= {"status": "finished", "finished": now()} | listed
    write_manifest(folder, manifest)


@contextmanager
def as_listed(path: Path, kind: str) -> Iterator[None]:
    """Refuse, when the block has read a file, one that the manifest of its folder does not list.

    The manifest is read first. A folder without one, or whose command goes on, lists nothing.
    """
    files = read_manifest(path.parent, kind)["files"] if (path.parent / MANIFEST).is_file() else {}
    yield
    if path.name in files:
        check_file(path, files[path.name])


def runs_listed(folder: Path) -> dict[str, str]:
    """{name of a run's folder: checksum of its manifest} that the manifest of a folder lists."""
    if not (folder / MANIFEST).is_file():
        return {}
    return dict(read_manifest(folder, None).get("runs", {}))


def missing_runs(path: str | Path) -> str:
    """Which runs that a folder's manifest lists are not there, in one line; "" where none is.

    path : the folder, or its dataset. What was made from the runs is complete without them.
    """
    folder = Path(path).parent if Path(path).suffix == ".nc" else Path(path)
    listed = runs_listed(folder)
    missing = [name for name in sorted(listed) if not (folder / name / MANIFEST).is_file()]
    if not missing:
        return ""
    return (
        f"{len(missing)} of the {len(listed)} runs that {folder} was made from are not there, such"
        f" as {missing[0]}: its numbers are complete, pages of these runs are not to be had; to"
        " have them again, repeat the command that wrote it, with --resume"
    )


def check_run(folder: Path, manifest: Mapping[str, Any], listed: Mapping[str, str]) -> None:
    """Refuse a run, in `folder` with this manifest, that is not the one that is listed."""
    if listed.get(folder.name, manifest["checksum"]) != manifest["checksum"]:
        raise DamagedError(
            f"{folder} is not the run that {folder.parent} was made from: restore it from a copy,"
            " or repeat the command that wrote it, with --resume"
        )
