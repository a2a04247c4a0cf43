"""The C++ compiler that makes a network's program: which one, its version, its flags, its fitness.

CXX names it, as for make: a program, or one with arguments or behind a wrapper (`ccache g++`). It
compiles for the processor of this machine, or for the instruction set that SPIKESAMPLER_MARCH
names, such as x86-64-v3, which other machines have too.
"""

import os
import re
import shlex
import shutil
import subprocess
from functools import cache
from pathlib import Path

from spikesampler.environment import variable
from spikesampler.errors import InputError
from spikesampler.jobs.endings import last_words, words_for

__all__ = [
    "COMPLAINT",
    "NATIVE",
    "check",
    "command",
    "find_compiler",
    "flags",
    "instruction_set",
    "quiet",
]

NATIVE = "native"  #: the instruction set of this machine's processor
PATIENCE = 300.0  #: seconds for a compiler to do one thing
#: without glibc's functions of vectors, whose log begins with an estimate of 1/x (rcpps) that each
#: maker of processors rounds in its own way: these are declared where this macro is defined
PORTABLE = ("-U__FAST_MATH__",)
INSTALL = (
    "install g++ (Debian, Ubuntu: apt install g++; macOS: xcode-select --install; conda: gxx), or"
    " set CXX to a compiler"
)
COMPLAINT = r"\berror\b|undefined reference"  #: in the line that says what is wrong
TRIAL = """#include <cmath>
#include <iostream>
int main() { std::cout << std::floor(1000*std::exp(1.0)) << std::endl; }
"""


def instruction_set() -> str:
    """What programs are compiled for: NATIVE, or what SPIKESAMPLER_MARCH names.

    Raises InputError unless the compiler knows it.
    """
    name = variable("SPIKESAMPLER_MARCH") or NATIVE
    if name != NATIVE:
        _check_instruction_set(name, tuple(command()))
    return name


@cache
def _check_instruction_set(name, compiler):
    given = os.fsencode(name).decode(errors="backslashreplace")
    wrong = f"SPIKESAMPLER_MARCH='{given}': expected the name of an instruction set"
    if not re.fullmatch(r"\w[\w.+=-]*", name, re.ASCII):
        raise InputError(f"{wrong}, such as x86-64-v3, or native for this machine's processor")
    asked = quiet([*compiler, f"-march={name}", "-E", "-x", "c++", os.devnull])
    if asked.returncode:
        raise InputError(
            f"{wrong} that {shlex.join(compiler)} knows, such as x86-64-v3, or native; it says:"
            f" {last_words(asked.stderr, COMPLAINT)}"
        )


def flags() -> list[str]:
    """The compiler's flags for all programs; InputError as `instruction_set`."""
    instructions = instruction_set()
    chosen = ["-w", "-O3", "-ffast-math", f"-march={instructions}", "-std=c++17"]
    return chosen if instructions == NATIVE else [*chosen, *PORTABLE]


def command() -> list[str]:
    """The words of the compiler's command: CXX of the environment, or g++; programs by their paths.

    Raises InputError for lack of it.
    """
    text = variable("CXX") or "g++"
    try:
        words = [text] if shutil.which(text) else shlex.split(text)
    except ValueError as error:
        raise InputError(f"CXX={text}: {error}; set it to a C++ compiler, such as g++") from None
    program = shutil.which(os.path.expanduser(words[0])) if words else None
    if program is None:
        name = words[0] if words else text
        what = f"no '{name}' on this machine"
        if name and os.path.exists(os.path.expanduser(name)):
            what = f"CXX={text}: '{name}' is a folder, or a file that you may not run"
        raise InputError(f"{what}, and the simulation is compiled to C++; {INSTALL}")
    return [os.path.abspath(program), *(_absolute(word) for word in words[1:])]


def _absolute(word):
    """A program's path that is relative, as one behind a wrapper may be, from the root."""
    is_path = os.sep in word and not word.startswith("-")
    return os.path.abspath(word) if is_path and shutil.which(word) else word


def find_compiler() -> tuple[str, str]:
    """Command and version of the compiler; InputError where there is none that says its version."""
    words = command()
    return shlex.join(words), _version(tuple(words))


@cache
def _version(words):
    asked = quiet([*words, "--version"])
    lines = asked.stdout.splitlines()
    if asked.returncode or not lines:
        raise InputError(
            f"'{shlex.join(words)}' is no C++ compiler that works: asked for its version, it"
            f" {words_for(asked.returncode)}: {last_words(asked.stderr or asked.stdout)}; {INSTALL}"
        )
    return lines[0]


def quiet(arguments: list[str], **variables: str) -> subprocess.CompletedProcess:
    """The outcome of a compiler's call, its words in English as text.

    variables : of its environment. Raises InputError for one that does not start or end.
    """
    try:
        return subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env={**os.environ, "LC_ALL": "C", **variables},
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise InputError(
            f"'{shlex.join(arguments)}' did not end within {PATIENCE:.0f} s; {INSTALL}"
        ) from None
    except OSError as error:
        raise InputError(
            f"'{arguments[0]}' cannot be started ({error.strerror}); {INSTALL}"
        ) from error


def check(folder: Path, *options: str) -> None:
    """Compile a program of three lines into a folder that is writable, and run it there.

    Raises InputError where the compiler, with these further options, does not do it.
    """
    words, name = command(), find_compiler()[1]
    source, program = folder / "trial.cpp", folder / "trial"
    source.write_text(TRIAL)
    program.unlink(missing_ok=True)
    compiled = quiet([*words, *flags(), *options, str(source), "-o", str(program)])
    if compiled.returncode or not program.is_file():
        why = last_words(compiled.stderr or compiled.stdout, COMPLAINT)
        raise InputError(
            f"{name} ({shlex.join(words)}) does not compile a program of three lines: {why} (it"
            f" {words_for(compiled.returncode)}); {INSTALL}"
        )
    ran = quiet([str(program)])
    if ran.returncode or ran.stdout != "2718\n":
        raise InputError(
            f"{name} ({shlex.join(words)}) makes programs that do not run here: one of three lines"
            f" {words_for(ran.returncode)} and gave {ran.stdout[:40]!r}, expected '2718'; {INSTALL}"
        )
