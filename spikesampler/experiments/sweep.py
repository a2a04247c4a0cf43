"""A sweep: parameters varied over a grid or a design, times arms, starts and seeds.

Each point is a run in its own folder. Points run on any executor (processes of this machine by
default, or the workers of a Dask scheduler). One program is built for each structure, and points
that are the same run (the arm `none` at several noise scales) are run once.
"""

import os
import time
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from spikesampler.errors import InputError, Interrupted
from spikesampler.experiments.arguments import OptionalPath, accepts
from spikesampler.experiments.declared import SWEEP
from spikesampler.experiments.extent import check_disk
from spikesampler.experiments.length import samples_asked_or_there
from spikesampler.experiments.points import (
    check_sent,
    jobs_of,
    receive,
    samples_done,
    total_samples,
    unfinished,
)
from spikesampler.experiments.settings import Settings
from spikesampler.experiments.sweep_dataset import gather, read_point
from spikesampler.experiments.sweep_folder import check_folder, read_design
from spikesampler.experiments.sweep_plan import Plan, plan_sweep
from spikesampler.experiments.sweep_result import Sweep
from spikesampler.jobs.executors import check_workers, open_executor
from spikesampler.jobs.loop import do_jobs
from spikesampler.jobs.progress import Say, report_to
from spikesampler.spiking.build import build
from spikesampler.spiking.compiler import find_compiler
from spikesampler.store import folders
from spikesampler.store.result_folder import begin_folder
from spikesampler.store.signals import interruptible, resumable


@accepts(*SWEEP)
def sweep(
    *,
    workers: int | None,
    dask: str | None,
    executor: Executor | None,
    retries: int,
    out: OptionalPath,
    resume: bool,
    progress: Say | None,
    **design: Any,
) -> Sweep:
    """Run every point of a sweep and return a Sweep: dataset, table, failures, figure.

    Parameters
    ----------
    {arguments}

    A point that fails is recorded and does not stop the others (`Sweep.failures`). Raises
    InputError before anything is run, Interrupted after Ctrl-C or SIGTERM, RuntimeError where the
    executor gives up.
    """
    started = time.perf_counter()
    _check_executor(executor, workers, dask)
    if resume and out is None:
        raise InputError("resume needs the folder of the sweep; give --out DIR")
    if resume and out is not None:
        design["samples"] = samples_asked_or_there(design["samples"], read_design(Path(out)))
    plan = plan_sweep(**design)
    folder = folders.dated_folder(f"sweep-{plan.model.name}") if out is None else Path(out)
    check_folder(folder, plan.facts, resume, plan.runs)
    folder = Path(os.path.abspath(folder))  # as the workers of a scheduler may see it
    if not resume:
        check_disk(plan.cells[0].settings, len(plan.runs), folder)
    local = dask is None and executor is None
    if executor is None:
        check_sent(plan.cells[0].settings, dask)
    if local:
        find_compiler()
    with (
        interruptible(),
        report_to(progress, "sweep") as say,
        folders.folder_lock(folder) as held,
    ):
        points = {folder / name: settings for name, settings in plan.runs.items()}
        chosen = open_executor(
            workers, dask, executor, retries=retries, announce=lambda text: say(0, 1, text)
        )
        with chosen as (pool, tries):
            left = unfinished(points, say)
            if local and left:
                _build(plan, say)
            with resumable("finished points are", folder):
                begin_folder(folder, "sweep", plan.facts)
                failures = _run(points, left, pool, held.token, tries, say)
        with resumable("finished points are", folder):
            return _conclude(plan, folder, failures, time.perf_counter() - started)


def _check_executor(executor: Executor | None, workers: int | None, dask: str | None) -> None:
    if executor is not None and (workers is not None or dask is not None):
        raise InputError(
            "executor together with workers or dask: expected one of them; leave the others out"
        )
    if executor is not None and not hasattr(executor, "submit"):
        raise InputError(
            f"executor={executor!r}: expected a concurrent.futures.Executor, such as"
            " ProcessPoolExecutor()"
        )
    check_workers(workers, dask)


def _build(plan: Plan, say: Say) -> None:
    """All programs before the first run, so that one that does not compile is known at once."""
    number_of_all = len(plan.structures)
    for number, structure in enumerate(plan.structures, start=1):
        which = f", {number} of {number_of_all}" if number_of_all > 1 else ""

        def announce(text: str, which: str = which) -> None:
            say(0, 1, text + which)

        build(structure, announce=announce)


def _run(
    points: dict[Path, Settings],
    left: dict[Path, Settings],
    executor: Executor,
    token: str,
    retries: int,
    say: Say,
) -> dict[str, str]:
    """Run what is left; gives {name of folder: what went wrong}."""
    failures: dict[str, str] = {}
    total = total_samples(points)
    ended = total - total_samples(left)

    def look(num_left: int, running: list[Path]) -> None:
        done = ended + sum(samples_done(path, points[path]) for path in running)
        finished = len(points) - num_left - len(failures)
        failed = f", {len(failures)} failed" if failures else ""
        say(done, total, f"{finished} of {len(points)} runs finished{failed}")

    outcomes = do_jobs(jobs_of(left, token), executor, retries=retries, keep=receive, look=look)
    for job, error in outcomes:
        ended += points[job.path].samples
        if error is not None:
            text = error.message if isinstance(error, Interrupted) else str(error)
            failures[job.path.name] = " ".join(text.split()) or type(error).__name__
    look(0, [])
    return failures


def _conclude(plan: Plan, folder: Path, failures: dict[str, str], wall_seconds: float) -> Sweep:
    """Dataset, tables and figure into the folder, each whole or not at all; returns the Sweep."""
    records = {name: read_point(folder / name) for name in plan.runs if name not in failures}
    failed = [
        {
            **cell.values,
            "arm": cell.arm,
            "start": cell.start,
            "seed": cell.seed,
            "folder": cell.folder,
            "error": failures[cell.folder],
        }
        for cell in plan.cells
        if cell.folder in failures
    ]
    sweep = Sweep(folder, gather(plan, records), failed)
    sweep.summary |= {
        "runs": len(plan.runs),
        "builds": len(plan.structures),
        "wall_seconds": wall_seconds,
    }
    sweep.write()
    return sweep
