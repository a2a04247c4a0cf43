"""Where jobs run: in this process, in others of this machine, or on workers of a Dask scheduler.

Scheduling, retries and the dashboard are Dask's. A worker builds the networks that it needs, once,
for the processor that it runs on: the key of a build names the processor, so that no machine runs
the program of another.
"""

import asyncio
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any

from spikesampler.checks import whole_number
from spikesampler.errors import InputError
from spikesampler.jobs.processes import Processes
from spikesampler.optional import require
from spikesampler.store.json_file import parse_json

__all__ = ["ThisProcess", "check_workers", "local_executor", "open_executor"]

ANSWER = 8  #: seconds in which a scheduler must answer


class ThisProcess(Executor):
    """Does a job where and when it is submitted; a signal that stops it passes through."""

    # jobs have no keywords, hence the override
    def submit(self, function: Callable, /, *arguments: Any) -> Future:  # type: ignore[override]
        """Call the function now; the Future holds what it returns or raises."""
        future: Future = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


def local_executor(workers: int | None, num_jobs: int) -> Executor:
    """Processes for these jobs, by default one per core, and no more than jobs; one is this one.

    Each of several has one thread of XLA's: the processes are the parallel part.
    """
    number = whole_number("workers", (os.cpu_count() or 1) if workers is None else workers, 1)
    number = min(number, max(1, num_jobs))
    return ThisProcess() if number == 1 else Processes(number, {"NPROC": "1"})


def check_workers(workers: int | None, dask: str | None) -> int:
    """The number of local processes, 0 with a Dask scheduler; refuses both at once."""
    if dask is not None and workers is not None:
        raise InputError(
            f"workers={workers} with dask={dask}: a Dask scheduler has its own workers; leave"
            " one out"
        )
    if dask is not None:
        return 0
    return whole_number("workers", (os.cpu_count() or 1) if workers is None else workers, 1, 10**9)


@contextmanager
def open_executor(
    workers: int | None = None,
    dask: str | None = None,
    executor: Executor | None = None,
    *,
    retries: int = 0,
    announce: Callable[[str], object] = lambda text: None,
) -> Iterator[tuple[Executor, int]]:
    """An executor of `workers` processes, or of the scheduler at `dask`, or the caller's own.

    Beside it the retries that are left to its user: Dask's scheduler does them itself. announce(
    text) is called where somebody has to be waited for. Raises InputError where no scheduler
    answers.
    """
    if executor is not None:
        yield executor, retries
    elif dask is None:
        with Processes(check_workers(workers, dask)) as executor:
            yield executor, retries
    else:
        with _quiet(), _client(str(dask)) as client:
            if not client.scheduler_info()["workers"]:
                announce(f"the scheduler {dask} has no workers yet: waiting for the first")
            scheduler = client.get_executor(pure=False, retries=retries)
            try:
                yield scheduler, 0
            finally:
                scheduler.shutdown(wait=False)


def _client(address):
    """A Client of the scheduler at an address (tcp://HOST:PORT) or of a scheduler file."""
    Client = require("--dask", "dask", "distributed").Client
    where = address if "://" in address else _address_in(address)
    if not re.fullmatch(r"(tcp|tls)://.+:[0-9]{1,5}", where):
        raise InputError(
            f"'{where}' is no address of a Dask scheduler; expected tcp://HOST:PORT, or a scheduler"
            " file"
        )
    answer = _answer(where)
    if not isinstance(answer, dict) or answer.get("type") != "Scheduler":
        raise InputError(
            f"no Dask scheduler answers at {address} within {ANSWER} s ({answer}); start one with"
            " `dask scheduler` and check the address"
        )
    return Client(where, timeout=ANSWER, set_as_default=False)


def _answer(address):
    """What the scheduler at an address says it is, or what went wrong, within ANSWER seconds.

    Asked by hand, in a thread that may hang: a Client waits for ever on what listens there and is
    no scheduler.
    """
    from distributed.core import rpc

    async def ask():
        async with rpc(address, timeout=ANSWER) as scheduler:
            return await scheduler.identity()

    def listen():
        try:
            answers.append(asyncio.run(ask()))
        except Exception as error:
            answers.append(f"{type(error).__name__}: {error}".splitlines()[0][:160])

    answers: list[Any] = []
    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    thread.join(ANSWER)
    return answers[0] if answers else "no answer"


@contextmanager
def _quiet():
    """Keep the tracebacks of distributed's loggers from the terminal; we get the exceptions."""
    known = logging.root.manager.loggerDict
    names = [name for name in known if name.partition(".")[0] in ("distributed", "tornado")]
    before = {name: logging.getLogger(name).level for name in (*names, "distributed", "asyncio")}
    try:
        for name in before:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def _address_in(path):
    """The address that a scheduler file holds."""
    try:
        with open(path, "rb") as file:
            return parse_json(file.read(1 << 16), {"address": str})["address"]
    except (OSError, ValueError):
        raise InputError(
            f"'{path}' is no Dask scheduler file; give an address such as tcp://127.0.0.1:8786, or"
            " the file of `dask scheduler --scheduler-file FILE`"
        ) from None
