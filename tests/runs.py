"""Shared by the tests of whole runs: one small network, the command line in this process, folders
as bytes.
"""

import contextlib
import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import spikesampler
from spikesampler.cli import main
from spikesampler.jobs.executors import ThisProcess
from spikesampler.language.examples import EXAMPLES
from spikesampler.store.seal import trailer_of

PACKAGE = Path(spikesampler.__file__).parents[
    1
]  # what these tests import: the processes they start import it too
#: Python for the peak memory of the process that it is in, on Linux; what getrusage has begins with
#: the peak of the process that starts it
PEAK_KIB = "open('/proc/self/status').read().split('VmHWM:')[1].split()[0]"
SCRIPTS = Path(__file__).parents[1] / "scripts"
SIZES = {
    "I": 200,
    "K": 5,
    "D": 2,
}  # those of the engine's network "tuned": one build serves the tests of both
#: 20 chunks of 10 samples, 40 s: longer than the three windows of 10 s that `record="windows"`
#: keeps
SETTINGS = {
    "set": SIZES,
    "noise": "weight",
    "seed": 3,
    "samples": 200,
    "probe_every": 10,
    "probe_samples": 20,
    "test_samples": 50,
    "record": "all",
}
#: the reward rule, with gaps that its grid of 100 ms does not fit
REWARD = {
    "model": EXAMPLES / "reward.py",
    "set": {"I": 30, "K": 3, "D": 2, "gap": "50*ms"},
    "seed": 3,
    "probe_every": 4,
    "probe_samples": 3,
    "test_samples": 3,
}


class Done(NamedTuple):
    """Exit status and lines of a command."""

    status: int
    out: list
    err: list

    @property
    def json(self):
        """The object on the last line of stdout."""
        return json.loads(self.out[-1])


def options(**changes):
    """The command line's options for SETTINGS with changes; None leaves one out."""
    given = []
    for name, value in (SETTINGS | changes).items():
        if name == "set":
            given += [
                word for key, number in value.items() for word in ("--set", f"{key}={number}")
            ]
        elif value is not None:
            given += [f"--{name.replace('_', '-')}", str(value)]
    return given


def command(*arguments):
    """Run the command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as end:
            status = end.code
    return Done(status, out.getvalue().splitlines(), err.getvalue().splitlines())


@contextlib.contextmanager
def undrawn():
    """Pictures are laid out, and written as a line of text: drawing takes most of a small
    comparison's time, and is tested elsewhere (test_published_figures.py, the tests of figures).
    """

    from spikesampler.figures import style

    def write(fig, target, suffix, dpi):
        line = f"not drawn: {suffix}\n".encode()
        target.write(line) if hasattr(target, "write") else Path(target).write_bytes(line)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "_write", write)
        yield


@contextlib.contextmanager
def in_this_process():
    """Runs of a comparison or a sweep are made here: a process takes longer to start than a small
    run does. The tests of both commands start some.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spikesampler.jobs.executors.Processes", lambda workers: ThisProcess())
        yield


def script(name, *arguments, folder, status=0):
    """What a script prints, run by itself in the folder, or its complaint where it has to fail."""
    done = subprocess.run(
        [sys.executable, SCRIPTS / name, *arguments], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == status, done.stderr[-2000:]
    return done.stderr if status else done.stdout


def start(*arguments, program="from spikesampler.cli import main; main()", **streams):
    """Start the command line as a process that leads its own group, its lines piped here unless
    `streams` say where.
    """
    streams = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    } | streams
    command = [
        sys.executable,
        "-P",
        "-c",
        program,
        *map(str, arguments),
    ]  # -P: not the checkout that this is run from
    return subprocess.Popen(
        command,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(PACKAGE)},
        **streams,
    )


def in_a_loop(function, *arguments, **options):
    """Call it as a loop does that goes on after failures: no Exception comes out."""
    with contextlib.suppress(Exception):
        return function(*arguments, **options)


def listing(folder):
    """{path: SHA-256} of every file and folder below `folder`, hidden ones too; {} where it does
    not exist.
    """
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        )
        for path in sorted(Path(folder).rglob("*"))
    }


def seal(path):
    """Seal an HDF5 file that a test wrote or changed, as the program seals its own."""
    with open(path, "r+b") as file:
        trailer = trailer_of(file)
        file.seek(0, os.SEEK_END)
        file.write(trailer)
    return path


def bits(folder):
    """The bytes that decide whether two runs are the same run, its newest checkpoint's too; a run
    that ends in its first chunk has none.
    """
    states = sorted(Path(folder).glob("checkpoint/state_*.npz"))[-1:]
    names = ["learning.nc", "spikes.h5", *(state.relative_to(folder) for state in states)]
    return {str(name): (Path(folder) / name).read_bytes() for name in names}


def processes(folder):
    """Command lines of living processes that mention `folder`, from /proc."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if str(folder) in words:
                found.append(words)
    return found
