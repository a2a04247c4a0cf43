"""The runs on which the saddle criterion is measured, and how what is measured is kept.

Every run and everything measured on it has a file of its own below the folder of all runs, so that
a study that was stopped goes on where it was. The name of what is measured has a digest of its
settings: other settings are measured anew.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from spikesampler import run
from spikesampler.environment import variable
from spikesampler.experiments.saddle import saddle_path
from spikesampler.experiments.stationary import stationary_near
from spikesampler.jobs.executors import open_executor
from spikesampler.jobs.kept import digest
from spikesampler.jobs.loop import Job, do_all, unfinished
from spikesampler.jobs.progress import silent
from spikesampler.store.datasets import read_dataset, save_dataset
from spikesampler.store.seal import is_whole
from spikesampler.studies.study import Work

__all__ = ["STARTS", "Plan", "Search", "gather_paths", "gather_stationary"]

STARTS = ("prior", "plateau")
MAX_STEPS = 500  #: of a search


class Plan(NamedTuple):
    """The runs of one network: parameters, amplifications, arms, seeds, samples between probes."""

    set: Mapping[str, Any]
    N: tuple[float, ...]
    arms: tuple[str, ...]
    seeds: int
    probe_every: int


class Search(NamedTuple):
    """Stationary points of index 0 and 1, sought from snapshots of the small network's runs.

    seeds : the first so many. counts_as : as how many patterns the likelihood counts.
    """

    arms: tuple[str, ...]
    seeds: int
    snapshots: tuple[int, ...]
    counts_as: str | int


class Run(NamedTuple):
    """What tells one run from the others; columns of the tables."""

    network: str
    N: float
    arm: str
    start: str
    seed: int

    @property
    def name(self) -> str:
        """Of its folder, below that of the network."""
        return f"N{self.N}-{self.arm}-{self.start}-seed{self.seed}"


def gather_paths(
    work: Work, networks: Mapping[str, Plan], samples: int, patterns: int
) -> xr.Dataset:
    """The criterion at the snapshots of all runs, a row per `point`.

    samples : of a run. patterns : PSP snapshots that stand for it.
    """
    with learnt(work, networks, samples) as (executor, runs):
        jobs = {}
        for folder, about in runs.items():
            measure = partial(saddle_path, folder, patterns=patterns)
            jobs[kept_file(folder, "path", measure)] = measure, about
        return measured(executor, "paths", jobs)


def gather_stationary(
    work: Work, networks: Mapping[str, Plan], samples: int, patterns: int, searches: list[Search]
) -> xr.Dataset:
    """Stationary points near the paths of the runs, a row per search; the rest as for paths."""
    with learnt(work, networks, samples) as (executor, runs):
        jobs = {}
        for search in searches:
            options = {"counts_as": search.counts_as, "max_steps": MAX_STEPS, "patterns": patterns}
            for folder, about in runs.items():
                if about.arm in search.arms and about.seed < work.seed + search.seeds:
                    measure = partial(stationary_near, folder, search.snapshots, **options)
                    jobs[kept_file(folder, "near", measure)] = measure, about
        return measured(executor, "stationary points", jobs)


def kept_file(folder: Path, what: str, measure: partial) -> Path:
    """Where to keep what a call measures on the run in this folder: beside it."""
    settings = digest([measure.args[1:], measure.keywords])
    return folder.with_name(f"{folder.name}-{what}-{settings}.nc")


@contextmanager
def learnt(work: Work, networks: Mapping[str, Plan], samples: int) -> Iterator[tuple]:
    """An executor, and {folder: Run} of all runs of the networks, which have learnt."""
    if variable("OPENBLAS_NUM_THREADS") is None:
        os.environ["OPENBLAS_NUM_THREADS"] = "1"  # of the processes: one core each
    runs = {
        work.runs / network / about.name: about
        for network, plan in networks.items()
        for about in runs_of(network, plan, work)
    }
    with open_executor(work.workers) as (executor, _):
        jobs = [
            Job(folder, learning(about, networks[about.network], samples, folder))
            for folder, about in runs.items()
        ]
        do(executor, "runs", jobs)
        yield executor, runs


def runs_of(network: str, plan: Plan, work: Work) -> list[Run]:
    """All runs of one network."""
    return [
        Run(network, N, arm, start, work.seed + number)
        for number in range(work.count(plan.seeds))
        for N in plan.N
        for arm in plan.arms
        for start in STARTS
    ]


def learning(about: Run, plan: Plan, samples: int, folder: Path) -> Callable[[], object]:
    """Learn, or go on, in the folder."""
    return partial(
        run,
        "fang_2018",
        noise=about.arm,
        start=about.start,
        seed=about.seed,
        samples=samples,
        set={**plan.set, "N": about.N},
        probe_every=plan.probe_every,
        probe_samples=200,
        test_samples=200,
        record="none",
        out=folder,
        resume=True,
        progress=silent,
    )


def do(executor: Executor, what: str, jobs: list[Job], **options: Any) -> None:
    """Do all jobs, with a line for each on stderr."""

    def ended(job: Job, num_left: int) -> None:
        number = len(jobs) - num_left
        print(f"fang_2018_saddle: {what}: {number} of {len(jobs)}", file=sys.stderr)

    do_all(jobs, executor, ended=ended, **options)


def measured(
    executor: Executor, what: str, jobs: Mapping[Path, tuple[Callable, Run]]
) -> xr.Dataset:
    """What jobs {file: (callable, Run)} measure, along `point`; each is kept in its file."""
    missing = unfinished((Job(path, measure) for path, (measure, _) in jobs.items()), is_whole)
    do(executor, what, missing, keep=lambda job, table: save_dataset(table, job.path))
    tables = [as_points(read_dataset(path), about) for path, (_, about) in jobs.items()]
    return xr.concat(tables, "point", combine_attrs="drop_conflicts")


def as_points(table: xr.Dataset, about: Run) -> xr.Dataset:
    """The table along `point`, with what it is about as variables."""
    table = table.drop_vars("escape_direction", errors="ignore")
    if "snapshot" in table.dims:
        numbers = np.arange(table.sizes["snapshot"])
        table = table.assign(number=("snapshot", numbers)).rename(snapshot="point")
    facts = about._asdict() | {
        name: table.attrs[name] for name in ("patterns", "effective_patterns")
    }
    size = table.sizes["point"]
    return table.assign({name: ("point", [value] * size) for name, value in facts.items()})
