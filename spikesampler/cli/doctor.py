"""Is this machine fit? Python, packages, compiler, cache and disk: what `spikesampler doctor`
prints.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from spikesampler.errors import InputError
from spikesampler.spiking import compiler
from spikesampler.spiking.build import cache_folder
from spikesampler.store import origin

PACKAGES = (
    "spikesampler",
    "brian2",
    "numpy",
    "scipy",
    "h5py",
    "xarray",
    "h5netcdf",
    "matplotlib",
    "scikit-learn",
)
_PROGRAM = (
    '#include <cmath>\n#include <cstdio>\nint main() { std::printf("%.3f", std::exp(1.0)); return'
    " 0; }\n"
)


def checks():
    """Yield (passed, what, detail), one for each check."""
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield (
        fits,
        "python",
        platform.python_version() + ("" if fits else ": expected 3.11, 3.12 or 3.13"),
    )
    for name in PACKAGES:
        try:
            yield True, name, version(name)
        except PackageNotFoundError:
            yield False, name, "not installed; pip install spikesampler brings it"
    yield _compiler()
    yield True, "processor", f"{origin.cpu_name()}, {os.cpu_count()} cores"
    yield _cache()


def _compiler():
    try:
        command, name = compiler.find_compiler()
    except InputError as error:
        return False, "compiler", str(error)
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder) / "test.cpp", Path(folder) / "test"
        source.write_text(_PROGRAM)
        done = subprocess.run(
            [command, *compiler.FLAGS, str(source), "-o", str(program)],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            return (
                False,
                "compiler",
                f"{name} does not compile a program of three lines: {done.stderr.strip()[:200]}",
            )
        shown = subprocess.run([str(program)], capture_output=True, text=True)
    right = shown.stdout == "2.718"
    return (
        right,
        "compiler",
        name + ("" if right else f": a compiled program gave {shown.stdout!r}, expected '2.718'"),
    )


def _cache():
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return (
            False,
            "cache",
            f"{folder}: {error.strerror}; set SPIKESAMPLER_CACHE to a folder that is writable",
        )
    built = len(list(folder.glob("builds/*/build.json")))
    free = shutil.disk_usage(folder).free / 2**30
    return (
        free > 0.2,
        "cache",
        f"{folder}: {built} networks built, {free:.1f} GiB free"
        + ("" if free > 0.2 else "; 0.2 GiB are needed"),
    )
