"""Start a network's program and wait for its end; whoever is to blame for another end is named."""

import errno
import os
import re
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from spikesampler.errors import InputError, RunError
from spikesampler.jobs.endings import last_words, words_for
from spikesampler.spiking.cache import allows_programs
from spikesampler.store.signals import signals_later

__all__ = ["PROGRAM", "NotStarted", "ProgramFailed", "call", "start_process"]

PROGRAM = "main"  #: its name in its folder
#: what the system's loader says of a program whose libraries are not there, or are older
_LOADER = re.compile(r"error while loading shared libraries|version `.*' not found")
_ANEW = "`spikesampler cache --prune --all` has all programs compiled anew"
_BROKEN = f"is not damaged on disk: {_ANEW}; if it dies again, report it"
_REMEDIES: dict[int, str] = {
    signal.SIGILL: "was compiled for another processor: where machines share a cache, set"
    " SPIKESAMPLER_MARCH to what all of them have (such as x86-64-v3), or SPIKESAMPLER_CACHE to a"
    " folder for each kind of them",
    signal.SIGSEGV: _BROKEN,
    signal.SIGBUS: _BROKEN,
}


class ProgramFailed(RunError):
    """A network's program ended as it should not."""


class NotStarted(InputError):
    """A network's program cannot be started."""


def start_process(command: Sequence[str], cwd: Path) -> subprocess.Popen:
    """Start the program in a session of its own, its outputs in pipes."""
    return subprocess.Popen(
        command,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def call(folder: Path, arguments: Sequence[str]) -> None:
    """Run the program in `folder` to its end.

    Raises NotStarted, ProgramFailed for whatever it says or dies of, OSError for results that it
    could not write, InputError where the disk of `folder` does not allow programs to be run.
    """
    process = None
    try:
        with signals_later():
            try:
                process = start_process([f"./{PROGRAM}", *arguments], folder)
            except OSError as error:
                raise _not_started(error, folder) from error
        complaints = process.communicate()[1].decode(errors="replace").strip()
    except BaseException:  # a signal: do not leave the program running
        if process is not None:
            process.kill()
            process.wait()
        raise
    if process.returncode or complaints:
        raise _failure(process.returncode, complaints, folder / PROGRAM)


def _not_started(error: OSError, folder: Path) -> Exception:
    """The error for a program that the system did not start."""
    if error.errno in (errno.EAGAIN, errno.ENOMEM):
        return ProgramFailed(
            "the compiled network was not started: the system has no room for another process"
            " (memory, or their number: ulimit -u)"
        )
    reasons = {
        errno.ENOENT: "it is gone, or made for another system",
        errno.ENOTDIR: "a file is where its folder should be",
        errno.ENOEXEC: "it is no program for this machine",
        errno.EACCES: "the system does not allow it (rights of the file, or rules as SELinux's)",
        errno.EPERM: "the system does not allow it",
    }
    if error.errno in (errno.EACCES, errno.EPERM):
        allows_programs(folder)
    reason = reasons.get(error.errno or 0, error.strerror)
    return NotStarted(f"{folder / PROGRAM} cannot be started: {reason}; {_ANEW}")


def _failure(status: int, complaints: str, program: Path) -> Exception:
    """The error for a program that ended with this status and these complaints."""
    last = last_words(complaints)
    if status == os.EX_IOERR:
        number = int(last) if last.isdecimal() and int(last) in errno.errorcode else errno.EIO
        return OSError(
            number, f"the compiled network could not write its results: {os.strerror(number)}"
        )
    if _LOADER.search(complaints):
        return NotStarted(f"{program} cannot be started: {last}; {_ANEW}")
    if status >= 0:
        return ProgramFailed(f"the compiled network failed with status {status}: {last}")
    said = f": {last}" if complaints else ""
    remedy = _REMEDIES.get(-status)
    return ProgramFailed(
        f"the compiled network {words_for(status)}{said}"
        + (f"; {program} {remedy}" if remedy else "")
    )
