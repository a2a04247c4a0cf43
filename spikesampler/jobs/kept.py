"""Jobs whose results are files: each is made once, in a process, and kept whatever happens to the
others.
"""

import hashlib
import os
from concurrent.futures import FIRST_COMPLETED, wait
from pathlib import Path

from spikesampler.checks import whole_number
from spikesampler.jobs.processes import Processes
from spikesampler.store import atomic, folders
from spikesampler.store.arrays import read_arrays, write_arrays

__all__ = ["digest", "finish"]


def digest(facts):
    """16 hexadecimal digits that other facts (JSON-able) do not have: for names of files."""
    return hashlib.sha256(atomic.json_bytes(facts)).hexdigest()[:16]


def finish(jobs, make, folder, *, workers=None, say=lambda text: None):
    """{name: array} of every job, from its file in the folder, or made there.

    jobs : objects with `file_name`, another one for every other job, and `label`. make(job) ->
        ({name: array}, facts),
    an importable function. workers : processes, by default one per core; one is this process.
        say(text) is called for
    each job that ends. A job that fails raises what it raised, when those that ended are kept.
    """
    folder = Path(folder)
    folders.make_folder(folder)
    paths = [folder / job.file_name for job in jobs]
    left = {path: job for path, job in zip(paths, jobs) if not path.exists()}
    workers = min(whole_number("workers", workers or os.cpu_count() or 1, 1), max(1, len(left)))
    if workers == 1:
        for number, (path, job) in enumerate(left.items(), start=1):
            _make(make, job, str(path))
            say(f"{job.label}; {len(left) - number} left")
    else:
        with Processes(workers) as executor:
            pending = {
                executor.submit(_make_apart, make, job, str(path)): job
                for path, job in left.items()
            }
            while pending:
                ended, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in ended:
                    job = pending.pop(future)
                    future.result()
                    say(f"{job.label}; {len(pending)} left")
    found = []
    for path in paths:
        with read_arrays(path) as arrays:
            found.append({name: read() for name, read in arrays.items()})
    return found


def _make_apart(*arguments):
    """`_make` in a process of its own, on one thread of XLA's: the processes are the parallel
    part.
    """
    os.environ.setdefault("NPROC", "1")
    _make(*arguments)


def _make(make, job, path):
    write_arrays(Path(path), *make(job))
