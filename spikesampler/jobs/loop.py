"""One loop for jobs: on any executor, repeated where they fail, and what has ended stays.

A job makes what lies at its path. What is there already, and checks out, is not made again; so a
loop that was stopped, in whatever way, goes on where it was.
"""

from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from spikesampler.errors import InputError, Interrupted, RunError
from spikesampler.store.held import check_held, marks, with_marks

__all__ = ["Job", "do_all", "do_jobs", "unfinished"]

SUBMITTED = 1_000  #: jobs that an executor holds at a time
POLL = 0.5  #: seconds between looks at the progress


class Job(NamedTuple):
    """`function(*arguments)` makes what lies at `path`, or gives what a loop's `keep` puts there.

    Processes and Dask need functions that can be imported, and arguments that pickle. label : what
    the message of a failure begins with.
    """

    path: Path
    function: Callable[..., Any]
    arguments: tuple = ()
    label: str = ""


def unfinished(jobs: Iterable[Job], is_finished: Callable[[Path], bool] = Path.exists) -> list[Job]:
    """The jobs that are still to do, one for each path that does not check out."""
    return list({job.path: job for job in jobs if not is_finished(job.path)}.values())


def do_jobs(
    jobs: Iterable[Job],
    executor: Executor,
    *,
    retries: int = 0,
    keep: Callable[[Job, Any], object] = lambda job, value: None,
    look: Callable[[int, list[Path]], object] = lambda num_left, running: None,
) -> Generator[tuple[Job, BaseException | None], None, None]:
    """Do all jobs, and give each with None, or with what went wrong, as it ends.

    A job that failed is tried again up to `retries` times, but not after an InputError.
    keep(job, value) is called here with what a job gave; if it fails, the job has failed.
    look(number of jobs left, paths of those submitted) is called after each that ended, and every
    POLL seconds. Raises RunError where the executor gives up its tasks, LostError where a folder
    that is held here is lost; what ended stays.
    """
    waiting, tries = deque(jobs), Counter[Path]()
    pending: dict[Future, Job] = {}
    try:
        while waiting or pending:
            check_held()
            _submit(waiting, pending, executor)
            for future in wait(pending, timeout=POLL, return_when=FIRST_COMPLETED).done:
                job = pending.pop(future)
                error = _outcome(future, job, keep)
                tries[job.path] += 1
                if error and not isinstance(error, InputError) and tries[job.path] <= retries:
                    waiting.appendleft(job)
                else:
                    yield job, error
            look(len(waiting) + len(pending), [job.path for job in pending.values()])
    finally:
        for future in pending:
            future.cancel()


def _submit(waiting, pending, executor):
    """Give the executor as many jobs as it may hold; one at a time if it does them at once."""
    while waiting and len(pending) < SUBMITTED:
        job = waiting.popleft()
        future = executor.submit(with_marks, marks(), job.function, *job.arguments)
        pending[future] = job
        if future.done():
            return


def _outcome(future, job, keep):
    """None where a job is done, else what went wrong."""
    try:
        error = future.exception()
    except CancelledError:
        raise RunError(
            "the executor gave up its tasks (did the scheduler stop?); what is finished is kept: go"
            " on with --resume"
        ) from None
    if error is None:
        try:
            keep(job, future.result())
        except Exception as failure:
            error = failure
    return error


def do_all(
    jobs: Sequence[Job],
    executor: Executor,
    *,
    ended: Callable[[Job, int], object] = lambda job, num_left: None,
    **options: Any,
) -> None:
    """Do all jobs, as `do_jobs` with these options; the first failure stops the others.

    ended(job, number of jobs left) is called for each that is done; it stays. Raises what the job
    raised: a RunError with its label, if it has one, unless it is an InputError.
    """
    num_left = len(jobs)
    with closing(do_jobs(jobs, executor, **options)) as outcomes:
        for job, error in outcomes:
            if error is not None:
                if isinstance(error, InputError | Interrupted) or not job.label:
                    raise error
                raise RunError(f"{job.label}: {error}") from error
            num_left -= 1
            ended(job, num_left)
