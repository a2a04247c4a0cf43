"""Many runs, each a point with its own folder: which are finished, and the others as jobs.

A worker that sees the parent's folder writes there, so that a point which was stopped goes on at
its last checkpoint. One that does not (another machine, no common disk) runs the point in a folder
of its own and sends it back whole.
"""

import io
import os
import platform
import shutil
import tarfile
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

from spikesampler.environment import temporary_folder
from spikesampler.errors import BusyError, DamagedError, InputError, OtherBuildError, RunError
from spikesampler.experiments.declared import MOST_RUNS
from spikesampler.experiments.length import as_begun, is_done, learnt_of
from spikesampler.experiments.phases import check_parts
from spikesampler.experiments.run import run_settings
from spikesampler.experiments.run_folder import check_folder, tidy_finished
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.settings import Settings
from spikesampler.jobs.executors import check_workers
from spikesampler.jobs.loop import Job, do_all
from spikesampler.jobs.processes import Processes
from spikesampler.jobs.progress import Say, silent
from spikesampler.jobs.travel import check_dask_sends, check_travels
from spikesampler.stimuli import is_synthetic
from spikesampler.stimuli.own import OwnSource
from spikesampler.store.atomic import disk_errors, publish
from spikesampler.store.checkpoint import load_last_state, load_took
from spikesampler.store.folders import folder_lock, sees_lock
from spikesampler.store.held import check_held
from spikesampler.store.manifest import CHECKPOINT, LEARNING, MANIFEST, SPIKES, read_manifest
from spikesampler.store.signals import interruptible

ALIKE = ("spikesampler", "brian2", "numpy")  #: packages whose versions decide the bits of a run
OPEN, FINISHED = "open", "finished"  #: states of a point; any other text says what is damaged
#: seconds to wait for a point that another worker still writes, which its scheduler had given up
BUSY = 600.0
PAUSE = 0.5  #: seconds between two tries

Points = Mapping[Path, Settings]  #: the runs, by the folders that they have


def state(path: Path, settings: Settings) -> str:
    """FINISHED, OPEN, or what is wrong with the run in `path`; refuses one of other settings.

    A finished one that is to learn more is OPEN.
    """
    if not path.exists():
        return OPEN
    held = {file.name for file in path.iterdir()} if path.is_dir() else set()
    if held & {LEARNING, SPIKES, CHECKPOINT} and MANIFEST not in held:
        return f"{path / MANIFEST} is missing"
    try:
        settings = as_begun(settings, path)
        check_folder(path, settings, resume=True)
        if MANIFEST not in held:
            return OPEN
        if read_manifest(path)["status"] == "finished":
            return _verified(path, settings)
        # nobody writes it, such as a worker of a sweep that was killed
        with folder_lock(path):
            if read_manifest(path)["status"] == "finished":
                return _verified(path, settings)
            if saved := load_last_state(path / CHECKPOINT):
                check_parts(path / CHECKPOINT, settings, saved.index + 1)
                load_took(path / CHECKPOINT, saved.index)
    except BusyError:
        return OPEN
    except DamagedError as error:
        return error.in_options
    return OPEN


def _verified(path, settings):
    """FINISHED where every file is whole, and nothing is to be added.

    OPEN with real data: the run sees if these changed.
    """
    whole = Result(path)
    tidy_finished(path)
    is_whole = is_synthetic(settings.data) and is_done(settings, whole.manifest)
    return FINISHED if is_whole else OPEN


def unfinished(points: Points, say: Say) -> dict[Path, Settings]:
    """The points that are still to run; say(…) tells which damaged folders are put aside."""
    for parent in {folder.parent for folder in points}:
        for path in parent.glob(".*.arriving"):  # half a point that another machine sent
            shutil.rmtree(path)
    # all of them first: what is refused is refused before anything is renamed
    states = {folder: state(folder, settings) for folder, settings in points.items()}
    for folder, damage in states.items():
        if damage not in (OPEN, FINISHED):
            aside = _set_aside(folder)
            news = f"{damage}; this run is kept as {aside.name} and computed again"
            say(0, total_samples(points), news)
    return {folder: settings for folder, settings in points.items() if states[folder] != FINISHED}


def _set_aside(path):
    """Rename a damaged run's folder; nothing in it is lost."""
    names = (path.with_name(f"{path.name}.damaged{n}") for n in count(1))
    return path.rename(next(name for name in names if not name.exists()))


def total_samples(points: Mapping[Any, Settings]) -> int:
    """Learning samples of all points."""
    return sum(settings.samples for settings in points.values())


def samples_done(folder: Path, settings: Settings) -> int:
    """Learning samples of a point that are safe on disk."""
    if (folder / SPIKES).exists() or (folder / LEARNING).exists():
        with suppress(InputError, OSError):  # a manifest that is just replaced, or damaged
            stamp = os.stat(folder / MANIFEST).st_mtime_ns
            return min(settings.samples, _length_there(folder, stamp))
    states = (folder / CHECKPOINT).glob("state_*.npz")
    newest = max((int(path.stem.split("_")[1]) for path in states), default=-1)
    return min(settings.samples, (newest + 1) * settings.probe_every)


@lru_cache(maxsize=MOST_RUNS)
def _length_there(folder: Path, stamp: int) -> int:
    """Samples of the run in a folder, as its manifest says that was written at `stamp`."""
    return learnt_of(read_manifest(folder))


def versions() -> dict[str, str]:
    """{package: version} of what decides the bits of a run."""
    return {name: version(name) for name in ALIKE}


def run_point(
    settings: Settings, path: str, token: str, wanted: dict[str, str]
) -> bytes | InputError | None:
    """In a worker: one run into the folder `path`, or elsewhere where its parent is not the locked.

    Gives None, or the finished run's folder as bytes for `unpack`, or the InputError that no
    repetition will mend. Raises RunError where the worker's `versions` are not those that are
    wanted: another worker may have them.
    """
    folder, here = Path(path), versions()
    for name in ALIKE:
        if here[name] != wanted[name]:
            raise RunError(
                f"the worker on {platform.node()} has {name} {here[name]}, not {wanted[name]};"
                " install the same there"
            )
    try:
        if sees_lock(folder.parent, token):
            _run_shared(settings, folder)
            return None
        with tempfile.TemporaryDirectory(dir=temporary_folder(), prefix="spikesampler-") as work:
            own = Path(work) / folder.name
            run_settings(settings, out=own, resume=True, progress=silent)
            return pack(own)
    except InputError as error:
        return error


def _run_shared(settings, folder):
    started = time.monotonic()
    while True:
        try:
            return run_settings(settings, out=folder, resume=True, progress=silent)
        except OtherBuildError:  # begun on another processor: nothing finished is lost
            shutil.rmtree(folder)
        except BusyError:
            if time.monotonic() > started + BUSY:
                raise
            time.sleep(PAUSE)


def pack(folder: Path) -> bytes:
    """A run's folder as the bytes of a tar archive."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        archive.add(folder, arcname=".")
    return data.getvalue()


def unpack(data: bytes, folder: Path) -> None:
    """Write what `pack` made to `folder`, whole or not at all, and check every file's SHA-256."""
    arriving = folder.with_name(f".{folder.name}.arriving")
    with disk_errors(folder):
        check_held()
        shutil.rmtree(arriving, ignore_errors=True)
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            archive.extractall(arriving, filter="data")
        Result(arriving)
        check_held()
        if folder.exists():  # begun, or damaged since it was asked for
            shutil.rmtree(folder)
        publish(arriving, folder)


def jobs_of(points: Points, token: str) -> list[Job]:
    """A job for each point; the loop that does them keeps what they give by `receive`."""
    wanted = versions()
    return [
        Job(folder, run_point, (settings, str(folder), token, wanted), label=str(folder))
        for folder, settings in points.items()
    ]


def check_sent(settings: Settings, dask: str | None) -> None:
    """InputError for data that worker processes could not be given: a source that is not theirs."""
    if isinstance(settings.data, OwnSource):
        check = check_travels if dask is None else check_dask_sends
        check(settings.data, f"the source {settings.data.name}")


def receive(job: Job, value: bytes | InputError | None) -> None:
    """Put what `run_point` gave in its place; raises the InputError that it met."""
    if isinstance(value, InputError):
        raise value
    if value is not None:
        unpack(value, job.path)


def run_in_processes(
    points: Points, folder: Path, workers: int | None, look: Callable[[int], None]
) -> None:
    """Run points below `folder`, locked meanwhile, in processes; the first failure stops all.

    look(number of points that ended) is called now and then. What is done stays, and goes on.
    """
    with (
        interruptible(),
        folder_lock(folder) as held,
        Processes(check_workers(workers, None)) as executor,
    ):
        jobs = jobs_of(points, held.token)
        do_all(jobs, executor, keep=receive, look=lambda left, _: look(len(jobs) - left))
