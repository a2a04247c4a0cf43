"""Many runs, each a point with its own folder: which are finished, and the others on any executor.

A worker that sees the parent's folder writes there, so that a point which was stopped goes on at
its last checkpoint. One that does not (another machine, no common disk) runs the point in a folder
of its own and sends it back whole.
"""

import io
import platform
import shutil
import tarfile
import tempfile
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, CancelledError, wait
from importlib.metadata import version
from itertools import count, islice
from pathlib import Path

from spikesampler.errors import BusyError, DamagedError, InputError, OtherBuildError
from spikesampler.experiments.phases import check_parts
from spikesampler.experiments.run import run_settings
from spikesampler.experiments.run_folder import check_folder
from spikesampler.experiments.run_result import Result
from spikesampler.jobs.processes import Processes
from spikesampler.jobs.progress import silent
from spikesampler.stimuli import is_synthetic
from spikesampler.store import atomic, folders
from spikesampler.store.checkpoint import load_last_state
from spikesampler.store.manifest import CHECKPOINT, LEARNING, MANIFEST, SPIKES, read_manifest
from spikesampler.store.signals import interruptible

ALIKE = ("spikesampler", "brian2", "numpy")  #: packages whose versions decide the bits of a run
OPEN, FINISHED = "open", "finished"  #: states of a point; any other text says what is damaged
POLL = 0.5  #: seconds between looks at the progress
SUBMITTED = 1_000  #: points that an executor holds at a time
#: seconds to wait for a point that another worker still writes, which its scheduler had given up
BUSY = 600.0


def state(path, settings):
    """FINISHED, OPEN (begun, or not), or what is wrong with the run in `path`; refuses one of other
    settings.
    """
    if not path.exists():
        return OPEN
    held = {one.name for one in path.iterdir()} if path.is_dir() else set()
    if held & {LEARNING, SPIKES, CHECKPOINT} and MANIFEST not in held:
        return f"{path / MANIFEST} is missing"
    try:
        check_folder(path, settings, resume=True)
        if MANIFEST not in held:
            return OPEN
        if read_manifest(path)["status"] == "finished":
            return _verified(path, settings)
        with folders.folder_lock(
            path
        ):  # nobody writes it, such as a worker of a sweep that was killed
            if read_manifest(path)["status"] == "finished":
                return _verified(path, settings)
            if saved := load_last_state(path / CHECKPOINT):
                check_parts(path / CHECKPOINT, settings.record, saved.index + 1)
    except BusyError:
        return OPEN
    except DamagedError as error:
        return str(error)
    return OPEN


def _verified(path, settings):
    """FINISHED where every file is whole; OPEN with real data: the run itself sees whether these
    changed.
    """
    Result(path)
    return FINISHED if is_synthetic(settings.data) else OPEN


def unfinished(points, say):
    """The {folder: Settings} that are still to run; damaged folders are put aside under another
    name, and told.
    """
    for parent in {folder.parent for folder in points}:
        for path in parent.glob(".*.arriving"):  # half a point that another machine sent
            shutil.rmtree(path)
    found = {
        folder: state(folder, settings) for folder, settings in points.items()
    }  # refuses before it renames
    for folder, damage in found.items():
        if damage not in (OPEN, FINISHED):
            aside = _set_aside(folder)
            say(
                0,
                total_samples(points),
                f"{damage}; this run is kept as {aside.name} and computed again",
            )
    return {folder: settings for folder, settings in points.items() if found[folder] != FINISHED}


def _set_aside(path):
    """Rename a damaged run's folder; nothing in it is lost."""
    names = (path.with_name(f"{path.name}.damaged{n}") for n in count(1))
    return path.rename(next(name for name in names if not name.exists()))


def total_samples(points):
    """Learning samples of all points."""
    return sum(settings.samples for settings in points.values())


def samples_done(folder, settings):
    """Learning samples of a point that are safe on disk."""
    if (folder / SPIKES).exists() or (folder / LEARNING).exists():
        return settings.samples
    newest = max(
        (int(path.stem.split("_")[1]) for path in (folder / CHECKPOINT).glob("state_*.npz")),
        default=-1,
    )
    return min(settings.samples, (newest + 1) * settings.probe_every)


def versions():
    """{package: version} of what decides the bits of a run."""
    return {name: version(name) for name in ALIKE}


def run_point(settings, folder, token, wanted):
    """In a worker: one run into `folder`, or into a folder of its own where `folder`'s parent is
    not the locked one.

    Gives None, or the finished run's folder as bytes for `unpack`, or the InputError that no
    repetition will mend. Raises RuntimeError where the worker's `versions` are not those that are
    wanted: another worker may have them.
    """
    folder, here = Path(folder), versions()
    if differing := [name for name in ALIKE if here[name] != wanted[name]]:
        name = differing[0]
        raise RuntimeError(
            f"the worker on {platform.node()} has {name} {here[name]}, not {wanted[name]}; install"
            " the same there"
        )
    try:
        if folders.sees_lock(folder.parent, token):
            _run_shared(settings, folder)
            return None
        with tempfile.TemporaryDirectory(prefix="spikesampler-") as work:
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
            time.sleep(POLL)


def pack(folder):
    """A run's folder as the bytes of a tar archive."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        archive.add(folder, arcname=".")
    return data.getvalue()


def unpack(data, folder):
    """Write what `pack` made to `folder`, whole or not at all, and check every file's SHA-256."""
    arriving = folder.with_name(f".{folder.name}.arriving")
    with atomic.disk_errors(folder):
        shutil.rmtree(arriving, ignore_errors=True)
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            archive.extractall(arriving, filter="data")
        Result(arriving)
        if folder.exists():  # begun, or damaged since it was asked for
            shutil.rmtree(folder)
        arriving.rename(folder)


def run_points(points, executor, token, *, retries=0, look=lambda num_left, running: None):
    """Run {folder: Settings} and give (folder, None, or what went wrong) for each as it ends.

    A point that failed is tried again up to `retries` times, but not after an InputError.
    look(number of points left, folders of those that have begun) is called every POLL seconds.
    Raises RuntimeError where the executor gives up its tasks; points that ended stay.
    """
    waiting, pending, tries, ended, wanted = iter(points.items()), {}, Counter(), 0, versions()

    def submit(folder, settings):
        pending[executor.submit(run_point, settings, str(folder), token, wanted)] = folder

    try:
        while True:
            for folder, settings in islice(waiting, SUBMITTED - len(pending)):
                submit(folder, settings)
            if not pending:
                return
            for future in wait(pending, timeout=POLL, return_when=FIRST_COMPLETED).done:
                folder = pending.pop(future)
                error = _outcome(future, folder)
                tries[folder] += 1
                if (
                    error is not None
                    and not isinstance(error, InputError)
                    and tries[folder] <= retries
                ):
                    submit(folder, points[folder])
                    continue
                ended += 1
                yield folder, error
            look(len(points) - ended, [folder for folder in pending.values() if folder.exists()])
    finally:
        for future in pending:
            future.cancel()


def _outcome(future, folder):
    """None where a point is finished, else what went wrong."""
    try:
        told = future.result()
        if isinstance(told, bytes):
            unpack(told, folder)
            told = None
    except CancelledError:
        raise RuntimeError(
            "the executor gave up its tasks (did the scheduler stop?); what is finished is kept: go"
            " on with --resume"
        ) from None
    except Exception as error:
        told = error
    return told


def run_all(points, executor, token, look):
    """Run {folder: Settings}; the first failure stops the others, resumably. look(number finished)
    now and then.
    """
    ended = 0
    with interruptible():
        for folder, error in run_points(
            points, executor, token, look=lambda left, _: look(len(points) - left)
        ):
            if error is not None:
                raise (
                    error if isinstance(error, InputError) else RuntimeError(f"{folder}: {error}")
                ) from error
            ended += 1
            look(ended)


def run_in_processes(points, folder, workers, look):
    """`run_all` in processes of this machine for points below `folder`, which is locked
    meanwhile.
    """
    with folders.folder_lock(folder) as token, Processes(workers) as executor:
        run_all(points, executor, token, look)
