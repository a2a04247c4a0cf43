"""The cache of compiled networks: each is compiled once and run by any number of processes.

A binary's key holds its structure, the engine's source, flags, compiler, CPU and versions.
Compilation (`spiking.compilation`) happens in a process of its own, so that a caller's Brian2
device is left alone and nobody else has to import Brian2. The cache folder is SPIKESAMPLER_CACHE,
or spikesampler in the user's cache folder.
"""

import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from spikesampler.errors import InputError
from spikesampler.jobs.processes import child_environment
from spikesampler.language import noise_arms, retraction
from spikesampler.spiking import compiler
from spikesampler.store.origin import cpu_name

#: the modules beside this one whose text decides what a structure's program is
ENGINE = ("compilation", "equations", "loops", "network", "parts", "reference")


def cache_folder() -> Path:
    """Where binaries are kept."""
    if "SPIKESAMPLER_CACHE" in os.environ:
        return Path(os.environ["SPIKESAMPLER_CACHE"])
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "spikesampler"


def build_key(structure: dict[str, Any]) -> str:
    """SHA-256 over structure, engine source, flags, compiler, CPU and versions; 24 hex digits."""
    facts = [
        structure,
        *_engine(),
        compiler.FLAGS,
        compiler.find_compiler(),
        cpu_name(),
        platform.python_version(),
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]


@cache
def _engine() -> tuple[list[str], dict[str, str]]:
    """The engine's source, and the versions of what makes C++ of it."""
    here = Path(__file__).parent
    files = [
        *(here / f"{name}.py" for name in ENGINE),
        *(Path(str(module.__file__)) for module in (noise_arms, retraction)),
        *sorted((here / "templates").glob("*.[ch]*")),
    ]
    versions = {name: version(name) for name in ("brian2", "jinja2", "numpy", "sympy")}
    return [path.read_text() for path in files], versions


def folder_of(key: str) -> Path:
    """Where the binary of this key is, or will be."""
    return cache_folder() / "builds" / key


def is_built(structure: dict[str, Any]) -> bool:
    """Whether the binary of a structure is in the cache."""
    return (folder_of(build_key(structure)) / "build.json").is_file()


class Binary:
    """A compiled network: its folder and structure, and what its program reads and writes.

    arrays : dtypes of the arrays of its results by name, in their order. shown : which of stimulus,
    labels and temperature_at the model uses. theta_transposed : whether inputs are the source of
    the synapses, so that theta is stored as (I, K).
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        facts = json.loads((self.folder / "build.json").read_text())
        self.structure: dict[str, Any] = facts["structure"]
        self.arrays: dict[str, str] = facts["arrays"]
        self.key: str = facts["key"]
        self.shown = set(facts["shown"])
        self.theta_transposed = self.structure["engine"] == "reference"

    def stored_name(self, name: str) -> str:
        """The program's name for a variable: a trace is stored divided by its frame, if any."""
        stored = name.replace(".", ".stored_")
        return stored if stored in self.arrays else name


def build(
    structure: dict[str, Any], announce: Callable[[str], object] = lambda text: None
) -> Binary:
    """The Binary of a structure: from the cache, or compiled now, never twice at the same time.

    Raises InputError where there is no compiler or the model's equations do not compile.
    """
    key = build_key(structure)
    folder = folder_of(key)
    if (folder / "build.json").is_file():
        return Binary(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = open(folder.parent / f"{key}.lock", "w")
    except OSError as error:
        raise InputError(
            f"cannot write the cache {folder.parent} ({error.strerror}); set SPIKESAMPLER_CACHE to"
            " a folder that is writable"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "build.json").is_file():
            announce(
                f"compiling the network ({structure['engine']}, arm {structure['arm']}); it is kept"
                f" in {folder.parent}"
            )
            _compile(structure, key, folder)
    return Binary(folder)


def _compile(structure: dict[str, Any], key: str, folder: Path) -> None:
    """Compile in a process of its own and put the result where the cache has it."""
    for left in folder.parent.glob("building-*"):  # of a process that was killed
        if left.stat().st_mtime < time.time() - 3600:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="building-") as work:
        request = Path(work) / "structure.json"
        request.write_text(json.dumps({"structure": structure, "key": key}))
        program = "from spikesampler.spiking.compilation import main; main()"
        command = [sys.executable, "-c", program, str(request)]
        done = _run_with_children(command, cwd=work, env=child_environment())
        project = Path(work) / "project"
        if done.returncode or not (project / "build.json").is_file():
            raise _failure(done, folder.parent / f"{key}.log")
        shutil.rmtree(folder, ignore_errors=True)
        project.rename(folder)


def _failure(done: subprocess.CompletedProcess, log: Path) -> InputError:
    """The error of a compilation that ended so; its output is kept in `log`."""
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    log.write_text("\n".join(lines))
    errors = [line for line in lines if re.match(r"\S*[Ee]rror: ", line)]
    reason = (errors[:1] or lines[-1:] or ["no message"])[0]
    return InputError(
        f"the network of this model does not compile: {reason.strip()[:300]} (whole log: {log});"
        " check the model's equations"
    )


def _run_with_children(command: list[str], **options: Any) -> subprocess.CompletedProcess:
    """subprocess.run, text captured; whatever stops us also stops the compilers that it started."""
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, start_new_session=True, **pipes, **options) as process:
        try:
            out, err = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)
