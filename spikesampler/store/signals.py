"""SIGTERM and Ctrl-C: as one exception, so that a run ends resumably, or held back for a while."""

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spikesampler.errors import Interrupted

ECHO = 2.0  #: seconds: a stop often comes twice, to the process and to its group


class _Stop:
    """Handler that raises Interrupted; another signal within ECHO does not disturb tidying up."""

    last = -math.inf

    def __call__(self, number, frame):
        if time.monotonic() > self.last + ECHO:
            self.last = time.monotonic()
            raise Interrupted(f"stopped by {signal.Signals(number).name}", number)


@contextmanager
def resumable(kept: str, folder: str | Path) -> Iterator[None]:
    """Say of a stop what is kept, such as "finished runs are", and in which folder to go on.

    Of several, one inside the other, the outermost says it: that is what was called.
    """
    try:
        yield
    except Interrupted as stop:
        raise Interrupted(stop.message, stop.signal_number, kept, folder) from None


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise Interrupted where SIGINT or SIGTERM arrives; the handlers of before come back at the
    end.

    Inside another `interruptible` nothing changes, and a signal that the process was told to ignore
    stays ignored. Only the main thread can set handlers; elsewhere (a notebook's executor, a worker
    thread) nothing changes.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or any(isinstance(handler, _Stop) for handler in before.values()):
        yield
        return
    ours = [number for number, handler in before.items() if handler not in (None, signal.SIG_IGN)]
    stop = _Stop()
    try:
        for number in ours:
            signal.signal(number, stop)
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])


@contextmanager
def signals_later() -> Iterator[None]:
    """Hold back Ctrl-C and SIGTERM until the block ends.

    h5py swallows what a signal raises inside its callbacks, and subprocess loses a process that it
    has just started.
    """
    if threading.current_thread() is not threading.main_thread():  # handlers run there only
        yield
        return
    caught: list[int] = []
    handlers = {
        number: signal.signal(number, lambda number, frame: caught.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for held, handler in handlers.items():
            signal.signal(held, handler or signal.SIG_DFL)  # None: not set by Python
        for number in caught:
            signal.raise_signal(number)
