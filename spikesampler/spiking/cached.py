"""What is in the cache, and the removal of what nobody needs."""

import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from spikesampler.errors import BusyError, InputError
from spikesampler.spiking.build import read_program
from spikesampler.spiking.cache import cache_errors, cache_folder
from spikesampler.spiking.sealed import (
    UNFINISHED,
    Unsealed,
    discard,
    locked,
    read_sealed,
    remove,
)

__all__ = ["HEADER", "INDEX", "LITTER", "NETWORK", "Entry", "entries", "prune"]

HOUR = 3_600.0  #: seconds
NETWORK, HEADER, INDEX, LITTER = "network", "header", "index of spikes", "litter"
#: names of what is ours, and of what is left by processes that were killed, by folder of the cache
_KEY = "[0-9a-f]{24}"
_LEFT = rf"(?P<of>{_KEY})\.(?:lock|log)|{UNFINISHED}(?P<with>{_KEY}|doctor)-\w+"
_NAMES = {
    "builds": (NETWORK, _KEY, _LEFT),
    "headers": (HEADER, _KEY, _LEFT),
    "spikes": (INDEX, r"[0-9a-f]{64}-\w+", r"\.[0-9a-f]{64}-\w+\.[0-9a-f]{8}\.tmp"),
    "": (LITTER, r"(?!)", rf"{UNFINISHED}doctor-\w+"),
}


class Entry(NamedTuple):
    """A folder or file of the cache.

    kind : NETWORK, HEADER (precompiled, for all networks), INDEX (of the viewer) or LITTER. size :
    bytes. built : ISO date, or "". used : seconds since 1970. damage : what is wrong with it, or
    "". structure, machine : of a network that is whole.
    """

    kind: str
    path: Path
    size: int
    built: str
    used: float
    damage: str
    structure: dict[str, Any]
    machine: dict[str, Any]

    @property
    def what(self) -> str:
        """The network in a few words."""
        s = self.structure
        if not s:
            return self.damage or self.kind
        learning = "supervised" if "teacher" in s["learning"] else "unsupervised"
        return (
            f"{s['engine']}, arm {s['arm']}, {s['I']} inputs, {s['K']} outputs, {learning},"
            f" {s['coding']}, dt {1000 * s['dt']:g} ms, samples of {1000 * s['sample_length']:g} ms"
        )

    @property
    def facts(self) -> dict[str, Any]:
        """All that is known of it, as JSON has it."""
        return {**self._asdict(), "path": str(self.path)}


def entries() -> list[Entry]:
    """All that is in the cache, networks first, those used last before others; no strangers."""
    found = []
    for name, (kind, ours, left) in _NAMES.items():
        for path in _listed(cache_folder() / name):
            if re.fullmatch(ours, path.name):
                found.append(_entry(kind, path))
            elif re.fullmatch(left, path.name):
                found.append(_entry(LITTER, path))
    order = (NETWORK, HEADER, INDEX, LITTER)
    return sorted(found, key=lambda entry: (order.index(entry.kind), -entry.used))


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(
            f"the cache {folder} cannot be read ({error.strerror}): set SPIKESAMPLER_CACHE to a"
            " folder that can"
        ) from error


def _entry(kind: str, path: Path) -> Entry:
    facts, damage = {}, ""
    try:
        if kind in (NETWORK, HEADER):
            facts = read_program(path) if kind == NETWORK else read_sealed(path)
    except Unsealed as error:
        damage = error.reason
    files = [path, *path.rglob("*")] if path.is_dir() and not path.is_symlink() else [path]
    size = used = 0.0
    for file in files:
        with suppress(OSError):  # gone meanwhile
            facts_of = file.lstat()
            size += facts_of.st_size * (not file.is_dir())
            used = max(used, facts_of.st_mtime)
    return Entry(
        kind,
        path,
        int(size),
        facts.get("built", ""),
        used,
        damage,
        facts.get("structure", {}),
        facts.get("machine", {}),
    )


def prune(is_needed: Callable[[Entry], bool]) -> tuple[list[Entry], list[Entry]]:
    """Remove what is not needed: what is gone, and what is kept as a process uses it right now."""
    removed: list[Entry] = []
    used: list[Entry] = []
    for entry in entries():
        if not is_needed(entry):
            (removed if _remove(entry) else used).append(entry)
    return removed, used


def _remove(entry: Entry) -> bool:
    path = entry.path
    if entry.kind in (NETWORK, HEADER):
        return remove(path)
    with cache_errors(path), suppress(FileNotFoundError):
        name = re.fullmatch(_LEFT, path.name)
        key = name and (name["of"] or name["with"])
        if key is None:  # of the viewer, which knows no locks
            if entry.kind == LITTER and entry.used > time.time() - HOUR:
                return False
            discard(path)
            return True
        try:
            with locked(path.with_name(key)), suppress(FileNotFoundError):
                discard(path)
        except BusyError:
            return False
    return True
