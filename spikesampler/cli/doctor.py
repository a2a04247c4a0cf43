"""Is this machine fit? What `spikesampler doctor` prints: packages, compiler, cache and disk."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from spikesampler.environment import temporary_folder
from spikesampler.errors import InputError
from spikesampler.spiking import compiler
from spikesampler.spiking.cache import cache_errors, usable_cache
from spikesampler.spiking.cached import NETWORK, entries
from spikesampler.store import origin
from spikesampler.store.temporary import temporary_beside

PACKAGES = (
    *("spikesampler", "brian2", "numpy", "scipy", "h5py", "xarray", "h5netcdf"),
    *("matplotlib", "scikit-learn"),
)
LEAST_DISK = 0.2  #: GiB

Check = tuple[bool, str, str]  #: passed, of what, detail


def checks() -> Iterator[Check]:
    """Yield (passed, what, detail), one for each check."""
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    expected = "" if fits else ": expected 3.11, 3.12 or 3.13"
    yield fits, "python", platform.python_version() + expected
    for name in PACKAGES:
        try:
            yield True, name, version(name)
        except PackageNotFoundError:
            yield False, name, "not installed; pip install spikesampler brings it"
    yield True, "processor", f"{origin.cpu_name()}, {os.cpu_count()} cores"
    for what, check in (
        ("temporary", temporary_folder),
        ("compiler", _compiler),
        ("cache", _cache),
    ):
        try:
            yield True, what, check()
        except InputError as error:
            yield False, what, error.in_options


def _compiler() -> str:
    """Its version and for what it compiles, when it has compiled a program that runs."""
    words, name = compiler.find_compiler()
    instructions = compiler.instruction_set()
    folder = temporary_beside(_program_folder() / "doctor")
    folder.mkdir()
    try:
        compiler.check(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    said = "" if instructions == compiler.NATIVE else f", for {instructions} (SPIKESAMPLER_MARCH)"
    return f"{name} ({words}){said}"


def _program_folder() -> Path:
    """The cache where it can be used, as programs cannot be run everywhere; else any folder."""
    try:
        return usable_cache()
    except InputError:
        return Path(temporary_folder())


def _cache() -> str:
    """Where it is, and what is in it and left on its disk."""
    folder = usable_cache()
    with cache_errors(folder):
        free = shutil.disk_usage(folder).free / 2**30
    networks = [entry for entry in entries() if entry.kind == NETWORK and not entry.damage]
    text = f"{folder}: networks built: {len(networks)}, {free:.1f} GiB free"
    if free <= LEAST_DISK:
        raise InputError(f"{text}; {LEAST_DISK} GiB are needed")
    return text
