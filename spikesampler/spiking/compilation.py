"""From a structure to a C++ program: what `spiking.build` runs in a process of its own.

Brian2 writes C++, with a file for each loop; we compile many of these at a time, and link all. The
last line on standard output says in JSON what there is, or what failed: the `model` (its text),
`brian2` (or what it needs), the `disk` or the `compiler`.
"""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from spikesampler.spiking.answers import answering_code
from spikesampler.spiking.loops import let_int_give_floats
from spikesampler.spiking.parts import steps_of_loop
from spikesampler.spiking.soundness import ENDS
from spikesampler.spiking.state import PENDING, is_state
from spikesampler.spiking.statements import keep_names
from spikesampler.spiking.trajectories import recording_code, snapshot_code

TEMPLATES = Path(__file__).with_name("templates")
SEED_LINE = """
brian::_random_generators[0].seed((uint32_t)brian::_array_outputs_random_seed[0]);
engine::seed((uint32_t)brian::_array_outputs_random_seed[0]);
"""
#: before objects.cpp, which sets variables by their names: none of it is in the loop, and optimised
#: it takes as long as all that is
UNOPTIMISED = '#pragma GCC optimize("O0")\n'
#: compilations of loops, as to begin one takes longer than a loop. It may decide what is inlined,
#: and so bits, so that it does not follow the number of processors
NUM_BUNDLES = 4
#: errors that say nothing of the model: what Brian2 needs is missing, or not what it expects
NOT_THE_MODEL = (ImportError, MemoryError, AttributeError, AssertionError)


class NotCompiled(Exception):
    """A compiler's call that failed: its status, and what it said."""

    def __init__(self, status: int, output: str) -> None:
        super().__init__(status, output)
        self.status, self.output = status, output


def main() -> None:
    """Compile the structure in the file that argv[1] names into the folder `new` beside it.

    Also in this file: the words of the `compiler`'s command, its `flags`, and a `header` that is
    precompiled by it with these.
    """
    request = json.loads(Path(sys.argv[1]).read_text())
    project = Path(sys.argv[1]).parent / "new"
    report: dict[str, Any]
    try:
        facts, sources = _write_project(request["structure"], project)
        _compile(project, sources, **request["compiling"])
        report = {"facts": facts}
    except NotCompiled as error:
        print(error.output, file=sys.stderr)
        report = {"failed": "compiler", "status": error.status, "text": error.output[-20_000:]}
    except OSError as error:
        traceback.print_exc()
        report = {"failed": "disk", "errno": error.errno, "text": str(error)}
    except Exception as error:
        traceback.print_exc()
        failed = "brian2" if isinstance(error, NOT_THE_MODEL) else "model"
        report = {"failed": failed, "text": _first_cause(error)}
    print(f"\n{json.dumps(report)}")


def _first_cause(error: BaseException) -> str:
    """The error that others followed from, as a line."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _write_project(
    structure: dict[str, Any], project: Path
) -> tuple[dict[str, Any], Iterable[str]]:
    """Let Brian2 write the C++ files of a structure into a new folder.

    Gives what the program's user has to know, the dtypes of its arrays and the names of what is
    shown to it, and the names of the files.
    """
    _import_brian(project.parent)
    import brian2 as b2
    import numpy as np

    b2.set_device("cpp_standalone", build_on_run=False, directory=str(project))
    b2.prefs.codegen.cpp.extra_compile_args = []  # else it asks the compiler for each of its own
    network = _write_main(structure)
    device = b2.get_device()
    results = {name: v for name, v in _arrays(device).items() if _is_result(name, v, structure)}
    arrays = "\n".join(f"write({_bytes(device, variable)});" for variable in results.values())
    writing = {"arrays": arrays, "failed": os.EX_IOERR}
    device.insert_code("main", (TEMPLATES / "results.cpp").read_text() % writing)
    device.build(directory=str(project), run=False, compile=False, with_output=False)
    del network
    objects = project / "objects.cpp"
    objects.write_text(UNOPTIMISED + objects.read_text())
    facts = {
        "arrays": {name: np.dtype(variable.dtype).str for name, variable in results.items()},
        "shown": sorted(variable.name for variable in device.timed_arrays),
    }
    return facts, device.writer.source_files


def _import_brian(home: Path) -> None:
    """Import Brian2 without the user's preferences, which would change what it writes.

    They are in the home folder. Without pylab, of which it would only have the names, it is there
    in two thirds of the time.
    """
    before = os.environ.get("HOME")
    os.environ["HOME"] = str(home)
    sys.modules["pylab"] = None  # type: ignore[assignment]
    try:
        import brian2  # noqa: F401
    finally:
        del os.environ["HOME"], sys.modules["pylab"]
        if before is not None:  # compilers' wrappers keep things there
            os.environ["HOME"] = before


def _compile(
    project: Path, sources: Iterable[str], command: list[str], flags: list[str], header: str
) -> None:
    """Compile the files of a project, and link them as `main`; raises NotCompiled."""

    def compiled(name):
        target = str((project / name).with_suffix(".o"))
        include = ["-include", header, f"-I{project}"]
        _call([*command, *flags, *include, "-c", str(project / name)], target)
        return target

    full = [name for name in sources if (project / name).read_text().strip()]
    with ThreadPoolExecutor(min(4, _num_processors())) as pool:
        pending = {name: pool.submit(compiled, name) for name in _bundled(project, full)}
    # in a fixed order, as the linker takes the first of twins
    objects = [pending[name].result() for name in sorted(pending)]
    libraries = f"{sys.prefix}/lib"  # such as those of a conda environment
    linked = ["-L" + libraries, "-Xlinker", "-rpath", "-Xlinker", libraries]
    # the linker, too, is told -ffast-math: it adds code that rounds numbers below 2e-308 to 0
    _call([*command, "-ffast-math", *objects, *linked], str(project / "main"))


def _bundled(project: Path, sources: Iterable[str]) -> list[str]:
    """Names of the files to be compiled, those that take longest first: many loops are one file.

    Functions that only one of them calls, and that go by the same names in all, get a namespace.
    """
    by_size = sorted(sources, key=lambda name: (-(project / name).stat().st_size, name))
    loops = [name for name in by_size if name.startswith("code_objects/")]
    for name in loops:
        own, text = f"of_{Path(name).stem}", (project / name).read_text()
        text = text.replace("\nnamespace {", f"\nnamespace {own} {{")
        used = "using namespace brian;"
        (project / name).write_text(text.replace(used, f"{used} using namespace {own};"))
    bundles = {f"loops_{i}.cpp": loops[i::NUM_BUNDLES] for i in range(NUM_BUNDLES)}
    for bundle, names in bundles.items():
        (project / bundle).write_text("".join(f'#include "{name}"\n' for name in names))
    return [*bundles, *(name for name in by_size if name not in loops)]


def _call(command: list[str], target: str) -> None:
    """Call a compiler that makes `target`; raises NotCompiled."""
    done = subprocess.run(
        [*command, "-o", target],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode or not os.path.isfile(target):
        raise NotCompiled(done.returncode, done.stdout)


def _num_processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _write_main(structure: dict[str, Any]) -> Any:
    """Make the network, and put the seed and our loop over the steps into the program's main.

    The Brian2 Network: as long as it is kept, its groups can be asked for their names.
    """
    import brian2 as b2

    from spikesampler.spiking.network import make_network
    from spikesampler.spiking.reference import make_reference

    let_int_give_floats()
    make = {"fast": make_network, "reference": make_reference}[structure["engine"]]
    network, namespace = make(structure)
    keep_names(network)
    device = b2.get_device()
    device.insert_code("main", SEED_LINE)
    network.run(0 * b2.second, namespace=namespace)
    device.insert_code("main", loop_code(structure, network))
    return network


def loop_code(structure: dict[str, Any], network: Any) -> str:
    """Our loop over the steps of a chunk, as C++ for the program's main."""
    used = sorted({item.clock.name for item in network.sorted_objects if item.active} - {"fine"})
    clocks = "\n            ".join(
        f"if ((void*)object.first == (void*)&brian::{name}) is_due = &due.{name};" for name in used
    )
    times, shown = [], "brian::_array_outputs_showing[0] = "
    if "frames" in used:  # the time of the stimulus stands still in gaps
        frames = structure["frames"]
        frame = f"step / steps_per_period * {frames} + within / steps_per_frame"
        times.append(f"if (due.frames) brian::_array_inputs_frame[0] = {frame};")
    has_gap = structure["gap"] > 0
    if has_gap:
        times.append(f"{shown}within < steps_per_sample;")
    groups = {item.name: item for item in network.objects}
    inputs, outputs = groups["inputs"], groups["outputs"]
    always = f"{shown}1;" if not has_gap and "showing" in outputs.variables else ""
    facts = {
        "clocks": clocks,
        "always": always,
        "times": "\n        ".join(times),
        "record": recording_code(structure, groups),
        "snapshot": snapshot_code(structure, groups),
        "answer": answering_code(structure, inputs, outputs),
        "K": structure["K"],
        "ends": ENDS if structure["engine"] == "fast" else "",
        "failed": os.EX_IOERR,
    }
    text = (TEMPLATES / "loop.cpp").read_text()
    return text % (steps_of_loop(structure) | facts)


def _arrays(device: Any) -> dict[str, Any]:
    """The arrays of the program by name, GROUP.VARIABLE."""
    owners = {variable: _owner_name(variable) for variable in device.arrays}
    return {f"{owner}.{v.name}": v for v, owner in owners.items() if owner}


def _owner_name(variable: Any) -> str | None:
    """The name of the group that a variable is of; None for one that is gone or has none."""
    try:
        return getattr(variable.owner, "name", None)
    except ReferenceError:
        return None


def _is_result(name: str, variable: Any, structure: dict[str, Any]) -> bool:
    """Whether run.py reads a variable: state, recorded events, and what was set from outside.

    The last so that it can see that the program took it.
    """
    group, short = name.split(".", 1)
    kinds = ("inputs", "outputs", "synapses", PENDING)
    if group.endswith(("_spikes", "_events")) or not group.startswith(kinds):
        return short in ("N", "t", "i") and group.endswith(("_spikes", "_events"))
    return variable.scalar or is_state(name, structure) or short.startswith("centre_")


def _bytes(device: Any, variable: Any) -> str:
    """Where the program has the values of a variable, the size of one and their number, as C++."""
    from brian2.core.variables import DynamicArrayVariable

    array = "brian::" + device.get_array_name(variable, access_data=False)
    if isinstance(variable, DynamicArrayVariable):
        return f"{array}.data(), sizeof({array}[0]), {array}.size()"
    return f"{array}, sizeof({array}[0]), {variable.size}"
