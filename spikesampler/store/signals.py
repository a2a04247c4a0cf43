"""SIGTERM and Ctrl-C: as one exception, so that a run ends with its folder resumable, or held
back.
"""

import math
import signal
import threading
import time
from contextlib import contextmanager

from spikesampler.errors import Interrupted

ECHO = 2.0  #: seconds: a stop often comes twice, to the process and to its group


class _Stop:
    """A signal handler that raises Interrupted; another signal within ECHO does not disturb the
    tidying up.
    """

    last = -math.inf

    def __call__(self, number, frame):
        if time.monotonic() > self.last + ECHO:
            self.last = time.monotonic()
            raise Interrupted(f"stopped by {signal.Signals(number).name}", number)


@contextmanager
def interruptible():
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
    before = {
        number: handler
        for number, handler in before.items()
        if handler not in (None, signal.SIG_IGN)
    }
    stop = _Stop()
    try:
        for number in before:
            signal.signal(number, stop)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def signals_later():
    """Hold back Ctrl-C and SIGTERM until the block ends.

    h5py swallows what a signal raises inside its callbacks, and subprocess loses a process that it
    has just started.
    """
    if (
        threading.current_thread() is not threading.main_thread()
    ):  # handlers run in the main thread only
        yield
        return
    caught = []
    handlers = {
        number: signal.signal(number, lambda number, frame: caught.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(
                number, handler or signal.SIG_DFL
            )  # None: set by something other than Python
        for number in caught:
            signal.raise_signal(number)
