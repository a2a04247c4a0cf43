"""Is this machine fit? What `spikesampler doctor` prints: packages, compiler, cache and disk."""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from spikesampler.errors import InputError
from spikesampler.spiking import compiler
from spikesampler.spiking.build import cache_folder
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
    yield _compiler()
    yield True, "processor", f"{origin.cpu_name()}, {os.cpu_count()} cores"
    yield _cache()


def _compiler() -> Check:
    try:
        command, name = compiler.find_compiler()
    except InputError as error:
        return False, "compiler", str(error)
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder) / "test.cpp", Path(folder) / "test"
        source.write_text(
            "#include <cmath>\n#include <cstdio>\n"
            'int main() { std::printf("%.3f", std::exp(1.0)); return 0; }\n'
        )
        compiling = [command, *compiler.FLAGS, str(source), "-o", str(program)]
        done = subprocess.run(compiling, capture_output=True, text=True)
        if done.returncode:
            why = done.stderr.strip()[:200]
            return False, "compiler", f"{name} does not compile a program of three lines: {why}"
        printed = subprocess.run([str(program)], capture_output=True, text=True).stdout
    if printed == "2.718":
        return True, "compiler", name
    return False, "compiler", f"{name}: a compiled program gave {printed!r}, expected '2.718'"


def _cache() -> Check:
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        remedy = "set SPIKESAMPLER_CACHE to a folder that is writable"
        return False, "cache", f"{folder}: {error.strerror}; {remedy}"
    built = len(list(folder.glob("builds/*/build.json")))
    free = shutil.disk_usage(folder).free / 2**30
    needed = "" if free > LEAST_DISK else f"; {LEAST_DISK} GiB are needed"
    text = f"{folder}: {built} networks built, {free:.1f} GiB free{needed}"
    return free > LEAST_DISK, "cache", text
