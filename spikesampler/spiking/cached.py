"""What is in the cache, and the removal of what nobody needs."""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from spikesampler.errors import BusyError, InputError
from spikesampler.language.rule import Rule
from spikesampler.spiking.build import read_program
from spikesampler.spiking.cache import cache_errors, cache_folder
from spikesampler.spiking.compiler import NATIVE
from spikesampler.spiking.sealed import (
    UNFINISHED,
    Unsealed,
    discard,
    locked,
    read_sealed,
    remove,
)
from spikesampler.store.temporary import is_left, is_temporary

__all__ = ["HEADER", "INDEX", "LITTER", "NETWORK", "Entry", "entries", "prune"]

NETWORK, HEADER, INDEX, LITTER = "network", "header", "index of spikes", "litter"
_KEY = "[0-9a-f]{24}"
#: names of what killed processes leave, beside temporary files; who makes it locks its key
_LEFT = re.compile(rf"(?P<of>{_KEY})\.(?:lock|log)|{UNFINISHED}(?P<with>{_KEY})-\w+")
#: names of what is ours, by folder of the cache
_NAMES = {
    "builds": (NETWORK, _KEY),
    "headers": (HEADER, _KEY),
    "spikes": (INDEX, r"[0-9a-f]{64}-\w+"),
    "": (LITTER, r"(?!)"),
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
        if "rule" not in s:
            return f"{s.get('engine', self.kind)}, of another version of spikesampler"
        knows = Rule.from_dict(s["rule"]).knows_classes
        learning = "supervised" if knows else "unsupervised"
        return (
            f"{s['engine']}, arm {s['arm']['name']}, {s['I']} inputs, {s['K']} outputs, {learning},"
            f" {s['coding']}, dt {1000 * s['dt']:g} ms, samples of {1000 * s['sample_length']:g} ms"
            f"{self._machines}"
        )

    @property
    def _machines(self) -> str:
        """Which machines it is for, where it is not this kind alone."""
        for flag in self.machine.get("flags", ()):
            name = flag.removeprefix("-march=")
            if name not in (flag, NATIVE):
                return f", for {name}"
        return ""

    @property
    def facts(self) -> dict[str, Any]:
        """All that is known of it, as JSON has it."""
        return {**self._asdict(), "path": str(self.path)}


def entries() -> list[Entry]:
    """All that is in the cache, networks first, those used last before others; no strangers."""
    listed = []
    for name, (kind, ours) in _NAMES.items():
        for path in _listed(cache_folder() / name):
            if re.fullmatch(ours, path.name):
                listed.append(_entry(kind, path))
            elif is_temporary(path) or _LEFT.fullmatch(path.name):
                listed.append(_entry(LITTER, path))
    order = (NETWORK, HEADER, INDEX, LITTER)
    return sorted(listed, key=lambda entry: (order.index(entry.kind), -entry.used))


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
    """Remove what is not needed.

    Returns what was removed, and what was kept as a process uses or writes it right now; of an
    index of spikes nobody can tell that.
    """
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
        name = _LEFT.fullmatch(path.name)
        if name is None:  # of the viewer or of `doctor`, which know no locks
            if entry.kind == LITTER and not is_left(path):
                return False
            discard(path)
            return True
        try:
            with locked(path.with_name(name["of"] or name["with"])), suppress(FileNotFoundError):
                discard(path)
        except BusyError:
            return False
    return True
