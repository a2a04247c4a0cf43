"""From a structure to a C++ program: what `spiking.build` runs in a process of its own."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from spikesampler.spiking.compiler import FLAGS, command
from spikesampler.spiking.equations import TRACES, differential_variables

TEMPLATES = Path(__file__).with_name("templates")
SEED_LINE = """
brian::_random_generators[0].seed((uint32_t)brian::_array_outputs_random_seed[0]);
engine::seed((uint32_t)brian::_array_outputs_random_seed[0]);
"""


def main() -> None:
    """Compile the structure in the file that argv[1] names into the folder `project` beside it."""
    import brian2 as b2
    import numpy as np

    request = json.loads(Path(sys.argv[1]).read_text())
    structure = request["structure"]
    project = Path(sys.argv[1]).parent / "project"
    _set_device(project)
    _write_main(structure)
    device = b2.get_device()
    results = {name: v for name, v in _arrays(device).items() if _is_result(name, v, structure)}
    arrays = "\n".join(f"write({_bytes(device, variable)});" for variable in results.values())
    writing = {"arrays": arrays, "failed": os.EX_IOERR}
    device.insert_code("main", (TEMPLATES / "results.cpp").read_text() % writing)
    device.build(directory=str(project), run=False, compile=True, with_output=False)
    for path in (*project.rglob("*.o"), *project.glob("*.gch")):  # 30 MB, of use to nobody any more
        path.unlink()
    shutil.rmtree(project / "results", ignore_errors=True)
    facts = {
        **request,
        "arrays": {name: np.dtype(variable.dtype).str for name, variable in results.items()},
        "shown": sorted(variable.name for variable in device.timed_arrays),
    }
    (project / "build.json").write_text(json.dumps(facts))


def _set_device(project: Path) -> None:
    """Let Brian2 write a C++ project there, and make it with our flags and precompiled header."""
    import brian2 as b2

    b2.set_device("cpp_standalone", build_on_run=False, directory=str(project))
    b2.prefs.codegen.cpp.extra_compile_args_gcc = FLAGS
    jobs = str(min(4, os.cpu_count() or 1))
    compiling = shlex.quote(f"CXX={command()} -include {_precompile(project)}")
    # -o: no list of dependencies, of use only to who compiles twice
    arguments = ["-j", jobs, "-o", "make.deps", compiling]
    b2.prefs.devices.cpp_standalone.extra_make_args_unix = arguments


def _precompile(project: Path) -> str:
    """The name of a header in the new folder `project` that is precompiled with our flags."""
    project.mkdir()
    for name in ("engine.h", "headers.h"):
        header = shutil.copy(TEMPLATES / name, project)
    subprocess.run(
        [command(), *FLAGS, "-x", "c++-header", header, "-o", f"{header}.gch"], check=True
    )
    return Path(header).name


def _write_main(structure: dict[str, Any]) -> None:
    """Make the network, and put the seed and our loop over the steps into the program's main."""
    import brian2 as b2

    from spikesampler.spiking.network import make_network
    from spikesampler.spiking.reference import make_reference

    make = {"fast": make_network, "reference": make_reference}[structure["engine"]]
    network, namespace = make(structure)
    device = b2.get_device()
    device.insert_code("main", SEED_LINE)
    network.run(0 * b2.second, namespace=namespace)
    steps = {
        "steps_per_sample": round(structure["sample_length"] / structure["dt"]),
        "grid_every": round(structure["grid"] / structure["dt"]),
    }
    device.insert_code("main", (TEMPLATES / "loop.cpp").read_text() % steps)


def _arrays(device: Any) -> dict[str, Any]:
    """The arrays of the program by name, GROUP.VARIABLE."""
    return {f"{v.owner.name}.{v.name}": v for v in device.arrays if hasattr(v.owner, "name")}


def _is_result(name: str, variable: Any, structure: dict[str, Any]) -> bool:
    """Whether run.py reads a variable: state, recorded events, and what was set from outside.

    The last so that it can see that the program took it.
    """
    group, short = name.split(".", 1)
    if group not in ("inputs", "outputs", "synapses"):
        return short in ("N", "t", "i") and group.endswith(("_spikes", "_events"))
    stored = {f"stored_{x}" for x in TRACES}
    state = {"theta", *TRACES, *stored, *differential_variables(structure["outputs"])}
    return variable.scalar or short in state or short.startswith("centre_")


def _bytes(device: Any, variable: Any) -> str:
    """Where the program has the values of a variable, the size of one and their number, as C++."""
    from brian2.core.variables import DynamicArrayVariable

    array = "brian::" + device.get_array_name(variable, access_data=False)
    if isinstance(variable, DynamicArrayVariable):
        return f"{array}.data(), sizeof({array}[0]), {array}.size()"
    return f"{array}, sizeof({array}[0]), {variable.size}"
