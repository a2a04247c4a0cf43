"""From a structure to a cached C++ binary: compiled once, run many times, by any number of
processes.

What is compiled in (the structure): equations, sizes, time steps, arm, retraction. Everything else
is set at run time. Compilation happens in a process of its own, so that a caller's Brian2 device is
left alone and nobody else has to import Brian2. The cache folder is SPIKESAMPLER_CACHE, or
spikesampler in the user's cache folder.
"""

import fcntl
import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from importlib.metadata import version
from pathlib import Path

from spikesampler.errors import InputError
from spikesampler.jobs.processes import child_environment
from spikesampler.language import noise_arms
from spikesampler.language.units import UNITS
from spikesampler.spiking.network import TRACES, differential_variables
from spikesampler.store.origin import cpu_name

FLAGS = ["-w", "-O3", "-ffast-math", "-march=native", "-std=c++17"]
TEMPLATES = Path(__file__).with_name("templates")
CAPACITY = 1000  #: samples that one chunk can hold; samples of a chunk are a run-time argument
SEED_LINE = """
brian::_random_generators[0].seed((uint32_t)brian::_array_outputs_random_seed[0]);
engine::seed((uint32_t)brian::_array_outputs_random_seed[0]);
"""


def structure(model, *, arm, coding, num_features, engine="fast", capacity=CAPACITY):
    """Everything that decides what the compiled program is, as a JSON-able dict.

    `coding` is "tuning" (num_features dimensions of a stimulus) or "rates" (one value per input).
    """
    units = {name: UNITS[p.unit][1] for name, p in model.parameters.items() if not p.choices}
    units |= {"theta_max": 0, "v": 0}
    return {
        "engine": engine,
        "arm": arm,
        "coding": coding,
        "num_features": 0 if coding == "rates" else num_features,
        "capacity": capacity,
        "I": model["I"],
        "K": model["K"],
        "dt": model["dt"],
        "grid": model["grid"],
        "sample_length": model["sample_length"],
        "retraction": model["retraction"],
        "units": units,
        "inputs": model.inputs,
        "outputs": model.outputs,
        "synapses": model.synapses,
        "drift": model.drift,
        "learning": dict(model.learning),
        "resets": dict(model.resets),
    }


def _compiler():
    return os.environ.get("CXX", "g++")


def compiler():
    """Path and version of the C++ compiler; InputError with what to install where there is none, or
    no make.
    """
    command = _compiler()
    for program, package in ((command, "g++"), ("make", "make")):
        if shutil.which(program) is None:
            raise InputError(
                f"no '{program}' on this machine, and the simulation is compiled to C++; install"
                f" {package} (Debian, Ubuntu: apt install g++ make; macOS: xcode-select --install;"
                " conda: gxx make)"
            )
    return shutil.which(command), _compiler_version(shutil.which(command))


@cache
def _compiler_version(path):
    done = subprocess.run([path, "--version"], capture_output=True, text=True)
    return (done.stdout.splitlines() or ["unknown"])[0]


def cache_folder():
    """Where binaries are kept."""
    if "SPIKESAMPLER_CACHE" in os.environ:
        return Path(os.environ["SPIKESAMPLER_CACHE"])
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "spikesampler"


def build_key(structure):
    """SHA-256 over structure, engine source, flags, compiler, CPU and versions."""
    facts = [structure, *_engine(), FLAGS, compiler(), cpu_name(), platform.python_version()]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]


@cache
def _engine():
    """The engine's source, and the versions of what makes C++ of it."""
    names = ("build.py", "network.py", "reference.py")
    files = [
        *(Path(__file__).with_name(name) for name in names),
        Path(noise_arms.__file__),
        *sorted(TEMPLATES.glob("*.[ch]*")),
    ]
    versions = {name: version(name) for name in ("brian2", "jinja2", "numpy", "sympy")}
    return [path.read_text() for path in files], versions


def is_built(structure):
    """Whether the binary of a structure is in the cache."""
    return (cache_folder() / "builds" / build_key(structure) / "build.json").is_file()


class Binary:
    """A compiled network: its folder, its structure, and the arrays of its results in their order,
    name -> dtype.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        info = json.loads((self.folder / "build.json").read_text())
        self.structure, self.arrays, self.key = info["structure"], info["arrays"], info["key"]
        self.shown = set(
            info["shown"]
        )  # which of stimulus, labels and temperature_at the model uses
        self.theta_transposed = (
            self.structure["engine"] == "reference"
        )  # inputs are the source of the synapses there

    def stored_name(self, name):
        """The program's name for a variable: a trace is stored divided by its frame where it has
        one (network.py).
        """
        stored = name.replace(".", ".stored_")
        return stored if stored in self.arrays else name


def build(structure, announce=lambda text: None):
    """The Binary of a structure: from the cache, or compiled now. Two processes never compile the
    same one twice.

    Raises InputError where there is no compiler or the model's equations do not compile.
    """
    key = build_key(structure)
    folder = cache_folder() / "builds" / key
    if (folder / "build.json").is_file():
        return Binary(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = open(folder.parent / f"{key}.lock", "w")
    except OSError as error:
        raise InputError(
            f"cannot write the cache {folder.parent} ({error.strerror}); "
            "set SPIKESAMPLER_CACHE to a folder that is writable"
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


def _compile(structure, key, folder):
    for left in folder.parent.glob("building-*"):  # of a process that was killed
        if left.stat().st_mtime < time.time() - 3600:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="building-") as work:
        request = Path(work) / "structure.json"
        request.write_text(json.dumps({"structure": structure, "key": key}))
        command = [
            sys.executable,
            "-c",
            "from spikesampler.spiking.build import main; main()",
            str(request),
        ]
        done = _run_with_children(command, cwd=work, env=child_environment())
        project = Path(work) / "project"
        if done.returncode or not (project / "build.json").is_file():
            lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
            log = folder.parent / f"{key}.log"
            log.write_text("\n".join(lines))
            reason = next(
                (line for line in lines if re.match(r"\S*[Ee]rror: ", line)),
                lines[-1] if lines else "no message",
            )
            raise InputError(
                f"the network of this model does not compile: {reason.strip()[:300]} (whole log:"
                f" {log}); check the model's equations"
            )
        shutil.rmtree(folder, ignore_errors=True)
        project.rename(folder)


def _run_with_children(command, **options):
    """subprocess.run with its output as text; whatever stops us stops the compilers that it
    started, too.
    """
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, start_new_session=True, **pipes, **options) as process:
        try:
            out, err = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _precompile(project):
    """The name of a header in the new folder `project` that is precompiled with our flags."""
    project.mkdir()
    for name in ("engine.h", "headers.h"):
        header = shutil.copy(TEMPLATES / name, project)
    subprocess.run(
        [_compiler(), *FLAGS, "-x", "c++-header", header, "-o", f"{header}.gch"], check=True
    )
    return Path(header).name


def _arrays(device):
    """The arrays of the program by name, GROUP.VARIABLE."""
    return {f"{v.owner.name}.{v.name}": v for v in device.arrays if hasattr(v.owner, "name")}


def _is_result(name, variable, structure):
    """Whether run.py reads a variable: state, recorded events, and what was set from outside, to
    see that it was.
    """
    group, short = name.split(".", 1)
    if group not in ("inputs", "outputs", "synapses"):
        return short in ("N", "t", "i") and group.endswith(("_spikes", "_events"))
    state = {
        "theta",
        *TRACES,
        *(f"stored_{x}" for x in TRACES),
        *differential_variables(structure["outputs"]),
    }
    return variable.scalar or short in state or short.startswith("centre_")


def _bytes(device, variable):
    """Where the program has the values of a variable, the size of one and their number, as C++."""
    from brian2.core.variables import DynamicArrayVariable

    array = "brian::" + device.get_array_name(variable, access_data=False)
    if isinstance(variable, DynamicArrayVariable):
        return f"{array}.data(), sizeof({array}[0]), {array}.size()"
    return f"{array}, sizeof({array}[0]), {variable.size}"


def main():
    """Compile the structure in the file named by the first argument into `project` beside it (in
    its own process).
    """
    import brian2 as b2
    import numpy as np

    from spikesampler.spiking.network import make_network
    from spikesampler.spiking.reference import make_reference

    request = json.loads(Path(sys.argv[1]).read_text())
    structure = request["structure"]
    project = Path(sys.argv[1]).parent / "project"
    b2.set_device("cpp_standalone", build_on_run=False, directory=str(project))
    b2.prefs.codegen.cpp.extra_compile_args_gcc = FLAGS
    jobs, command = (
        str(min(4, os.cpu_count() or 1)),
        f"CXX={_compiler()} -include {_precompile(project)}",
    )
    # -o: no list of dependencies, of use only to who compiles twice
    b2.prefs.devices.cpp_standalone.extra_make_args_unix = [
        "-j",
        jobs,
        "-o",
        "make.deps",
        shlex.quote(command),
    ]
    network, namespace = (make_network if structure["engine"] == "fast" else make_reference)(
        structure
    )
    device = b2.get_device()
    device.insert_code("main", SEED_LINE)
    network.run(0 * b2.second, namespace=namespace)
    steps = {
        "steps_per_sample": round(structure["sample_length"] / structure["dt"]),
        "grid_every": round(structure["grid"] / structure["dt"]),
    }
    device.insert_code("main", (TEMPLATES / "loop.cpp").read_text() % steps)
    results = {name: v for name, v in _arrays(device).items() if _is_result(name, v, structure)}
    arrays = "\n".join(f"write({_bytes(device, variable)});" for variable in results.values())
    writing = {"arrays": arrays, "failed": os.EX_IOERR}
    device.insert_code("main", (TEMPLATES / "results.cpp").read_text() % writing)
    device.build(directory=str(project), run=False, compile=True, with_output=False)
    arrays = {name: np.dtype(variable.dtype).str for name, variable in results.items()}
    shown = sorted(variable.name for variable in device.timed_arrays)
    for path in (*project.rglob("*.o"), *project.glob("*.gch")):  # 30 MB, of use to nobody any more
        path.unlink()
    shutil.rmtree(project / "results", ignore_errors=True)
    (project / "build.json").write_text(
        json.dumps(
            {"structure": structure, "key": request["key"], "arrays": arrays, "shown": shown}
        )
    )
