"""Make a network's program in the cache, and find out whose fault it is where that fails.

Who is to blame is not guessed from what was said, where it can be asked: is there room on the
cache's disk, does the compiler compile three lines, does it with the kept header, does what it
makes start. What is left is the model, where the error is not of a kind that no model causes.
"""

import errno
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from spikesampler.errors import InputError, RunError
from spikesampler.jobs.endings import last_words, words_for
from spikesampler.jobs.processes import child_environment
from spikesampler.spiking import compiler
from spikesampler.spiking.cache import allows_programs, cache_errors, check_room
from spikesampler.spiking.compilation import NotCompiled
from spikesampler.spiking.process import PROGRAM, NotStarted, ProgramFailed, call
from spikesampler.spiking.sealed import discard, held, kept, new_folder, read_sealed, seal

HEADERS = tuple(Path(__file__).with_name("templates") / name for name in ("headers.h", "engine.h"))
HEADER_ROOM, PROGRAM_ROOM = 80 << 20, 16 << 20  #: bytes; the precompiled header has 54 MB
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO)  #: errors of a disk
NO_MEMORY = re.compile(
    r"Killed signal|out of memory|memory exhausted|memory segment unavailable"
    r"|Cannot allocate memory|std::bad_alloc"
)
Say = Callable[[str], object]


def make_program(folder: Path, facts: Mapping[str, Any], header_folder: Path, say: Say) -> None:
    """Compile the network of `facts["structure"]`, and put it into `folder`, which is locked.

    header_folder : where the header that all programs of this compiler share is, or will be. Raises
    InputError where the cache, the compiler or the model is at fault, RunError where memory is.
    """
    with cache_errors(folder.parent):
        allows_programs(folder.parent)
    log = folder.with_name(f"{folder.name}.log")
    with new_folder(folder) as work:
        report = _compile(work, facts["structure"], header_folder, say, log)
        new = work / "new"
        _check_start(new, work)
        with cache_errors(folder.parent):
            _pack_sources(new)
            seal(new, {**facts, **report})
    log.unlink(missing_ok=True)


def _compile(
    work: Path, structure: Mapping[str, Any], header_folder: Path, say: Say, log: Path
) -> dict[str, Any]:
    """Compile into work/new; a header with which nothing compiles any more is made again, once."""
    header_is_new = False
    while True:
        header = kept_header(header_folder, say)
        try:
            with held(header_folder):
                done = _run_compilation(work, structure, header)
            return _report(done, work, log)
        except NotCompiled as failure:
            blame(failure.status, failure.output, work, PROGRAM_ROOM)
            if header_is_new or _fits(header, work):
                why = last_words(failure.output, compiler.COMPLAINT)
                raise _of_the_model(why, log, failure.output) from None
            say(f"the header {header} is of no use to this compiler any more: it is made again")
            discard(header_folder)
            header_is_new = True


def kept_header(folder: Path, say: Say) -> Path:
    """The header of all programs in `folder`, where it lies precompiled."""

    def make() -> None:
        with cache_errors(folder):
            if os.path.lexists(folder):
                discard(folder)
            folder.mkdir()  # not renamed later: clang's would not be found
        try:
            _precompile(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    kept(folder, make, read_sealed, say)
    return folder / HEADERS[0].name


def _precompile(folder: Path) -> None:
    """Put the header into a folder, precompiled, and seal it."""
    header = folder / HEADERS[0].name
    with cache_errors(folder):
        for path in HEADERS:
            shutil.copyfile(path, folder / path.name)
    precompiled = header.with_name(f"{header.name}.gch")
    command = [*compiler.command(), *compiler.flags(), "-x", "c++-header", str(header)]
    done = compiler.quiet([*command, "-o", str(precompiled)], TMPDIR=str(folder))
    if done.returncode or not precompiled.is_file():
        blame(done.returncode, done.stdout + done.stderr, folder, HEADER_ROOM)
        why = last_words(done.stderr, compiler.COMPLAINT)
        raise InputError(
            f"the compiler {shlex.join(compiler.command())} does not compile the engine's header:"
            f" {why}; update it, or set CXX to another"
        )
    with cache_errors(folder):
        seal(folder, {})


def blame(status: int, output: str, folder: Path, room: int) -> None:
    """Raise what explains that a compiler failed in `folder`; return where it is its source text.

    status, output : of the compiler. room : bytes that it needs.
    """
    with cache_errors(folder):
        for number in DISK:
            if os.strerror(number) in output:
                raise OSError(number, os.strerror(number))
    check_room(folder, room)
    if status == -signal.SIGKILL or NO_MEMORY.search(output):
        why = last_words(output, compiler.COMPLAINT)
        raise RunError(
            f"the compiler {compiler.find_compiler()[1]} ran out of memory: {why}; repeat it with"
            " more (a network takes about 0.5 GB)"
        )
    compiler.check(folder)


def _fits(header: Path, work: Path) -> bool:
    """Whether the compiler takes the precompiled header."""
    try:
        compiler.check(work, "-include", str(header))
    except InputError:
        return False
    return True


def _run_compilation(
    work: Path, structure: Mapping[str, Any], header: Path
) -> subprocess.CompletedProcess:
    """`compilation.main` in a process of its own; its files are those in work/new."""
    shutil.rmtree(work / "new", ignore_errors=True)
    compiling = {"command": compiler.command(), "flags": compiler.flags(), "header": str(header)}
    request = work / "request.json"
    with cache_errors(work.parent):
        request.write_text(json.dumps({"structure": structure, "compiling": compiling}))
    # -P: nothing from the current folder; -W: a warning of Brian2 must not be an error
    program = "from spikesampler.spiking.compilation import main; main()"
    command = [sys.executable, "-P", "-W", "ignore", "-c", program, str(request)]
    environment = child_environment() | {"TMPDIR": str(work), "LC_ALL": "C.UTF-8"}
    environment |= {"MPLBACKEND": "agg"}  # Brian2 asks for it, and nobody draws
    try:
        return _run_with_children(command, cwd=work, env=environment)
    except OSError as error:
        raise RunError(f"{sys.executable} cannot be started: {error.strerror}") from error


def _report(done: subprocess.CompletedProcess, work: Path, log: Path) -> dict[str, Any]:
    """What a compilation that succeeded has to tell; raises NotCompiled where a compiler failed."""
    begin = '{"'
    lines = [line for line in done.stdout.splitlines() if line.startswith(begin)]
    if lines:
        report = json.loads(lines[-1])
    else:  # it was killed, or not even started
        report = {"failed": "python", "text": last_words(done.stderr)}
    if "facts" in report:
        return report["facts"]
    text = report["text"]
    if report["failed"] == "compiler":
        raise NotCompiled(report["status"], text)
    with cache_errors(work.parent):
        if report["failed"] == "disk" and report["errno"] in DISK:
            raise OSError(report["errno"], text)
    check_room(work, PROGRAM_ROOM)
    if report["failed"] == "model":
        raise _of_the_model(text[:300], log, done.stderr)
    ended = (
        f"the process that does it {words_for(done.returncode)}" if done.returncode else "Brian2"
    )
    if report["failed"] == "disk":  # such as too many open files
        ended = "the system"
    raise RunError(
        f"the network could not be made into C++: {ended}: {text[:300]}{_kept_as(log, done.stderr)}"
    )


def _of_the_model(why: str, log: Path, text: str) -> InputError:
    return InputError(
        f"the network of this model does not compile: {why}{_kept_as(log, text)}; check the model's"
        " equations"
    )


def _kept_as(log: Path, text: str) -> str:
    """Keep a whole log; in words, where it is."""
    with suppress(OSError):
        log.write_text(text)
        return f" (whole log: {log})"
    return ""


def _check_start(new: Path, work: Path) -> None:
    """See that the program that was just made starts, and writes results of no samples."""
    try:
        call(new, ["--results_dir", f"{work}{os.sep}", "outputs.num_samples=0"])
    except (NotStarted, ProgramFailed) as error:
        compiler.check(work)
        raise type(error)(f"what was just compiled does not start: {error}") from error
    except OSError as error:
        with cache_errors(work.parent):
            raise error


def _pack_sources(project: Path) -> None:
    """Put all C++ into one archive, for who wants to know; remove what compilers left."""
    with zipfile.ZipFile(project / "sources.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(project.rglob("*.[ch]*")):
            if path.suffix in (".h", ".cpp"):
                archive.write(path, path.relative_to(project))
    for path in project.iterdir():
        if path.name in ("code_objects", "brianlib", "results"):
            shutil.rmtree(path)
        elif path.name not in (PROGRAM, "static_arrays", "sources.zip"):
            path.unlink()


def _run_with_children(command: list[str], **options: Any) -> subprocess.CompletedProcess:
    """subprocess.run, text captured; whatever stops us also stops the compilers that it started."""
    options |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "start_new_session": True}
    with subprocess.Popen(command, encoding="utf-8", errors="replace", **options) as process:
        try:
            out, err = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)
