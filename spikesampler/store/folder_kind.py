"""What a folder is, as its manifest or its dataset says: a run, a comparison or a sweep."""

from pathlib import Path

from spikesampler.errors import InputError, reading
from spikesampler.store.manifest import MANIFEST, read_manifest
from spikesampler.store.seal import SealedFile

__all__ = ["kind_of"]

#: datasets that only folders of one kind have
SIGNS = {
    "comparison.nc": "comparison",
    "sweep.nc": "sweep",
}
_ADVICE = "expected a folder that `spikesampler run`, `compare` or `sweep` wrote"


def kind_of(path: str | Path) -> str:
    """What a folder, or a dataset (.nc) of several runs, holds: "run", "comparison" or "sweep".

    Whether it is whole and readable is for Result, Comparison and Sweep to say. Raises InputError
    for anything else, and for a manifest that cannot be read.
    """
    path = Path(path)
    if path.is_file() and path.suffix == ".nc":
        return _of_dataset(path)
    if not path.exists():
        raise InputError(f"{path} does not exist: {_ADVICE}; give its path")
    if (path / MANIFEST).is_file():
        kind = str(read_manifest(path, None)["kind"])
        if kind in ("run", *SIGNS.values()):
            return kind
        raise InputError(f"{path} holds a {kind}: {_ADVICE}; give one")
    for name, kind in SIGNS.items():
        if (path / name).is_file():
            return kind
    raise InputError(f"{path} is no run, comparison or sweep: {_advice(path)}")


def _of_dataset(path):
    import h5py

    with reading(path, "cannot be read as a dataset", "restore it, or give its folder"):
        with SealedFile(path) as sealed, h5py.File(sealed) as file:
            names, attributes = set(file), set(file.attrs)
    if {"finished", "escape_seconds"} <= names:
        return "sweep"
    if "escape_seconds" in names and "escape_threshold" in attributes:
        return "comparison"
    raise InputError(
        f"{path} is no dataset of a comparison or a sweep: {_ADVICE}, or its comparison.nc or"
        " sweep.nc"
    )


def _advice(path):
    """What to do about a path that is none of the three: to give a folder inside it, or one."""
    inside = sorted(
        file.parent.name for name in (MANIFEST, *SIGNS) for file in path.glob(f"*/{name}")
    )
    if inside:
        return f"{_ADVICE}; it holds such folders: give one of them, such as {path / inside[0]}"
    return f"{_ADVICE}; give one"
