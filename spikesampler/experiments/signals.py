"""SIGTERM and Ctrl-C as one exception, so that a run ends with its folder resumable."""

import signal
import threading
from contextlib import contextmanager

from spikesampler.errors import Interrupted


@contextmanager
def interruptible():
    """Raise Interrupted where SIGINT or SIGTERM arrives; the handlers of before come back at the end.

    Only the main thread can set handlers; elsewhere (a notebook's executor, a worker thread) nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number, frame):
        raise Interrupted(f"stopped by {signal.Signals(number).name}", number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
