"""Is this machine fit? What `spikesampler doctor` prints: packages, compiler, cache and disk."""

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from spikesampler.environment import temporary_folder
from spikesampler.errors import InputError
from spikesampler.spiking import compiler
from spikesampler.spiking.cache import allows_programs, cache_errors, cache_folder
from spikesampler.store import origin

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
            yield False, what, str(error)


def _compiler() -> str:
    """Its version and for what it compiles, when it has compiled a program that runs."""
    words, name = compiler.find_compiler()
    instructions = compiler.instruction_set()
    with tempfile.TemporaryDirectory(dir=_program_folder(), prefix="building-doctor-") as folder:
        compiler.check(Path(folder))
    return f"{name} ({words}), for the instruction set {instructions} (SPIKESAMPLER_MARCH)"


def _program_folder() -> str:
    """The cache where it can be used, as programs cannot be run everywhere; else any folder."""
    try:
        folder = cache_folder()
        with cache_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            allows_programs(folder)
            with tempfile.TemporaryFile(dir=folder):
                return str(folder)
    except InputError:
        return temporary_folder()


def _cache() -> str:
    """Where it is, and what is in it and left on its disk."""
    folder = cache_folder()
    with cache_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        allows_programs(folder)
        free = shutil.disk_usage(folder).free / 2**30
    built = len(list(folder.glob("builds/*/build.json")))
    text = f"{folder}: {built} networks built, {free:.1f} GiB free"
    if free <= LEAST_DISK:
        raise InputError(f"{text}; {LEAST_DISK} GiB are needed")
    return text
