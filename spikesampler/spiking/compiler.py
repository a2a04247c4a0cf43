"""The C++ compiler that makes a network's program: which one, its version and its flags."""

import os
import shutil
import subprocess
from functools import cache

from spikesampler.errors import InputError

FLAGS = ["-w", "-O3", "-ffast-math", "-march=native", "-std=c++17"]


def command() -> str:
    """The compiler's command: CXX of the environment, or g++."""
    return os.environ.get("CXX", "g++")


def find_compiler() -> tuple[str, str]:
    """Path and version of the compiler; InputError with what to install for lack of it or make."""
    for program, package in ((command(), "g++"), ("make", "make")):
        if shutil.which(program) is None:
            raise InputError(
                f"no '{program}' on this machine, and the simulation is compiled to C++; install"
                f" {package} (Debian, Ubuntu: apt install g++ make; macOS: xcode-select --install;"
                " conda: gxx make)"
            )
    path = shutil.which(command()) or command()
    return path, _version(path)


@cache
def _version(path: str) -> str:
    done = subprocess.run([path, "--version"], capture_output=True, text=True)
    return (done.stdout.splitlines() or ["unknown"])[0]
