"""An executor over Python processes that outlive a task, and end resumably with their parent.

The processes are started as commands, not forked or spawned, so that a caller's script needs no
main guard and its threads do no harm. A worker reads its tasks from its standard input; the end of
the file means that the parent is gone. One that dies takes only its own task with it: another takes
its place.
"""

import os
import pickle
import queue
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from spikesampler.environment import temporary_folder
from spikesampler.errors import Interrupted, RunError
from spikesampler.jobs.endings import last_words, words_for

#: -P: another copy of the package in the current folder must not come before ours
_COMMAND = [sys.executable, "-P", "-c", "from spikesampler.jobs.processes import worker; worker()"]


class Processes(ThreadPoolExecutor):
    """A concurrent.futures.Executor of `workers` processes; functions are importable.

    environment : variables of the processes, where this one does not have them. As a context
    manager it waits for what was submitted, or, when it is left by an exception, stops the tasks
    that run with SIGTERM and drops the others. The task of a process that died raises RuntimeError.
    """

    def __init__(self, workers: int, environment: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(workers)
        self._environment = {**environment, **caller_environment()}
        self._idle: list[_Worker] = []
        self._workers: set[_Worker] = set()
        self._stopping = threading.Event()

    # tasks have no keywords, hence the override
    def submit(self, function: Callable, /, *arguments: Any) -> Future:  # type: ignore[override]
        """Call the function in a process that is idle, or in a new one; a Future of its result."""
        return super().submit(self._call, function, arguments)

    def _call(self, function, arguments):
        worker = self._living()
        try:
            succeeded, value = worker.call(function, arguments)
        except BaseException:
            self._workers.discard(worker)
            raise
        self._idle.append(worker)
        if not succeeded:
            raise value
        return value

    def _living(self):
        """An idle worker, or a new one."""
        while True:
            try:
                worker = self._idle.pop()
            except IndexError:  # none, or another thread was faster
                break
            if worker.process.poll() is None:
                return worker
            self._workers.discard(worker)
            worker.close()
        worker = _Worker(self._environment)
        self._workers.add(worker)
        if self._stopping.is_set():  # `stop` may not have seen it
            worker.process.terminate()
        return worker

    def stop(self) -> None:
        """Stop the tasks that run, resumably, and drop the others; does not wait."""
        self._stopping.set()
        self.shutdown(wait=False, cancel_futures=True)
        for worker in list(self._workers):
            worker.process.terminate()

    def __exit__(self, error, *_):
        if error is not None:
            self.stop()
        self.shutdown(wait=True)
        for worker in self._workers:
            worker.close()


class _Worker:
    """The parent's end of one process."""

    def __init__(self, environment):
        # a pipe that nobody reads would block it
        self.complaints = tempfile.TemporaryFile(dir=temporary_folder())
        self.process: Any = subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            env=environment,
            start_new_session=True,
        )

    def call(self, function, arguments):
        """(True, the function's value) or (False, the exception that it raised)."""
        try:
            _send(self.process.stdin, (function, arguments))
            return pickle.loads(_receive(self.process.stdout))
        except (BrokenPipeError, EOFError):
            raise RunError(self._last_words()) from None

    def _last_words(self):
        self.close()
        self.complaints.seek(0)
        complaints = self.complaints.read().decode(errors="replace")
        how = words_for(self.process.returncode)
        return f"its process {how}" + (f": {last_words(complaints)}" if complaints.strip() else "")

    def close(self):
        """Close the pipes to the process and wait for its end."""
        for stream in (self.process.stdin, self.process.stdout):
            with suppress(BrokenPipeError):  # unsent bytes for a process that is gone
                stream.close()
        self.process.wait()


def _send(stream, value):
    data = pickle.dumps(value)
    stream.write(len(data).to_bytes(8, "little") + data)
    stream.flush()


def _receive(stream):
    """The bytes of one pickle; EOFError where the other end is gone."""
    size = int.from_bytes(stream.read(8), "little")
    data = stream.read(size)
    if not size or len(data) < size:
        raise EOFError
    return data


def worker() -> NoReturn:
    """The other end: tasks from standard input, values to what was standard output."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a task prints must not mix with its value
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # also where the parent was told to ignore it
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_take_tasks, args=(tasks,), daemon=True).start()
    while True:
        try:
            function, arguments = pickle.loads(tasks.get())
            answer = True, function(*arguments)
        except Interrupted as stop:
            os._exit(128 + stop.signal_number)
        except Exception as error:
            answer = False, _sendable(error)
        _send(answers, answer)


def _take_tasks(tasks):
    try:
        while True:
            tasks.put(_receive(sys.stdin.buffer))
    except EOFError:
        os.kill(os.getpid(), signal.SIGTERM)  # an Interrupted in a run, the end of an idle process


def _sendable(error):
    """The exception, or one that says the same where it does not pickle."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def caller_environment() -> dict[str, str]:
    """`child_environment`, with what this process can import, such as modules beside a script."""
    own = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    places = [os.path.abspath(place) for place in sys.path]
    others = [place for place in places if place not in own and os.path.exists(place)]
    environment = child_environment()
    path = [environment["PYTHONPATH"], *others]
    return environment | {"PYTHONPATH": os.pathsep.join(dict.fromkeys(path))}


def child_environment() -> dict[str, str]:
    """This process' environment, with this very package importable in it."""
    path = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
