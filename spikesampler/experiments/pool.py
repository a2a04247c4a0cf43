"""Many runs at once, each in a Python process of its own that ends resumably with its parent, however that ends.

The processes are started as commands, not forked or spawned, so that a caller's script needs no main guard and its
threads do no harm. A worker reads its setting from its standard input and then watches it: the end of the file means
that the parent is gone.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor, wait

from spikesampler.errors import InputError, Interrupted
from spikesampler.experiments.signals import interruptible
from spikesampler.spiking.build import child_environment

_COMMAND = [sys.executable, "-c", "from spikesampler.experiments.pool import worker; worker()"]
POLL = 0.5  #: seconds between looks at the progress


def run_all(points, workers, look):
    """Run {folder: Settings}, `workers` at a time; look(number of finished runs) is called now and then.

    Finished runs stay where one fails or a signal comes: the others are stopped, resumably. Raises what stopped them.
    """
    started, stopping = [], threading.Event()
    with ThreadPoolExecutor(workers) as pool:
        try:
            with interruptible():
                jobs = [
                    pool.submit(_run_in_process, settings, folder, started, stopping)
                    for folder, settings in points.items()
                ]
                pending = set(jobs)
                while pending:
                    finished, pending = wait(pending, timeout=POLL, return_when="FIRST_COMPLETED")
                    for job in finished:
                        job.result()
                    look(len(jobs) - len(pending))
        except BaseException:
            stopping.set()
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(started):
                process.terminate()
            raise


def _run_in_process(settings, folder, started, stopping):
    """Run one setting in a new process and wait for it; raises InputError or RuntimeError with its message."""
    if stopping.is_set():
        return
    with subprocess.Popen(
        _COMMAND, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=child_environment(), start_new_session=True
    ) as process:
        started.append(process)
        if stopping.is_set():
            process.terminate()
        try:
            pickle.dump((settings, str(folder)), process.stdin)
            process.stdin.flush()
        except BrokenPipeError:
            pass  # it ended early: its message says why
        complaint = process.stderr.read().decode(errors="replace").strip()
    if process.returncode and not stopping.is_set():
        last = complaint.splitlines()[-1] if complaint else f"status {process.returncode}"
        raise (InputError if process.returncode == 2 else RuntimeError)(
            f"{folder}: {last}" if process.returncode != 2 else last
        )


def worker():
    """The other end: one run, from the setting on standard input."""
    from spikesampler.experiments.run import run_settings

    settings, folder = pickle.load(sys.stdin.buffer)  # from our own parent
    threading.Thread(target=_stop_without_parent, daemon=True).start()
    try:
        run_settings(settings, out=folder, resume=True, progress=lambda done, total, text: None)
    except InputError as error:
        print(error, file=sys.stderr)
        os._exit(2)
    except Interrupted as stop:
        os._exit(128 + stop.signal_number)
    sys.stderr.flush()
    os._exit(0)  # the watching thread cannot be joined


def _stop_without_parent():
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
