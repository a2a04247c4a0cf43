"""Jobs that give arrays: each is done once, and its file stays, whatever happens to the others."""

import hashlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from spikesampler.jobs.executors import local_executor
from spikesampler.jobs.loop import Job, do_all, unfinished
from spikesampler.store.arrays import are_whole, load_arrays, write_arrays
from spikesampler.store.atomic import json_bytes
from spikesampler.store.folders import folder_lock

__all__ = ["Task", "digest", "finish"]

SOON = 10.0  #: seconds of work before how long the rest takes can be told
Arrays = dict[str, np.ndarray]


class Task(Protocol):
    """What `finish` does: a file's name, another one for every other task, and a label."""

    @property
    def file_name(self) -> str:
        """Name of its file in the folder, other than that of every other task."""

    @property
    def label(self) -> str:
        """A few words that name it in lines of progress."""


def digest(facts: Any) -> str:
    """16 hexadecimal digits that other facts (JSON-able) do not have: for names of files."""
    return hashlib.sha256(json_bytes(facts)).hexdigest()[:16]


def finish(
    tasks: Iterable[Task],
    make: Callable[[Any], tuple[Arrays, dict]],
    folder: str | Path,
    *,
    workers: int | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> list[Arrays]:
    """{name: array} of every task, from its file in the folder, or made there.

    make(task) -> ({name: array}, facts) : an importable function. workers : processes, by default
    one per core; one is this process. say(text) is called for each task that ends, with the time
    that the others take if they are like those that ended. A task that
    fails raises what `do_all` says, when those that ended are kept. The folder is locked meanwhile,
    as by `folder_lock`.
    """
    folder = Path(folder)
    jobs = [
        Job(path := folder / task.file_name, _write, (make, task, str(path)), task.label)
        for task in tasks
    ]
    for job in jobs:
        if job.path.exists() and not are_whole(job.path):
            say(f"{job.path} is damaged: it is made again")
    if left := unfinished(jobs, are_whole):
        with folder_lock(folder), local_executor(workers, len(left)) as executor:
            do_all(left, executor, ended=_telling(say, len(left)))
    return [load_arrays(job.path) for job in jobs]


def _telling(say, total):
    """ended(job, number of jobs left), which says so; and after SOON how long it still takes."""
    began = time.monotonic()

    def ended(job, left):
        passed = time.monotonic() - began
        minutes = passed / 60 * left / (total - left)
        soon = passed < SOON or not left
        say(f"{job.label}; {left} left" + ("" if soon else f", for about {minutes:.0f} min"))

    return ended


def _write(make, task, path):
    write_arrays(path, *make(task))
