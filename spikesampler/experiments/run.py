"""One run: learn, probe, test; chunk by chunk into a folder that survives a kill at any moment.

Three accuracies, because the teacher changes the label neuron's weights inside the very samples
that it labels: `online` is measured while learning and contains the label, `probe` (at intervals)
and `test` (at the end) are measured on held-out samples with plasticity, noise and teacher frozen.
"""

import shutil
import time
from pathlib import Path
from typing import Any

from spikesampler.errors import InputError, Interrupted
from spikesampler.experiments.arguments import OptionalPath, accepts
from spikesampler.experiments.declared import RUN
from spikesampler.experiments.extent import check_disk
from spikesampler.experiments.oddities import find_oddities
from spikesampler.experiments.phases import Runner, chunk_borders, learn
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.run_folder import (
    check_folder,
    default_folder,
    finished_result,
    first_manifest,
)
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.scores import learning_arrays
from spikesampler.experiments.settings import Settings, resolve
from spikesampler.jobs.progress import Say, report_to
from spikesampler.spiking.build import build
from spikesampler.store.atomic import disk_errors
from spikesampler.store.checkpoint import load_records
from spikesampler.store.folders import folder_lock, make_folder
from spikesampler.store.learning import write_learning
from spikesampler.store.manifest import (
    CHECKPOINT,
    LEARNING,
    SPIKES,
    finish,
    read_manifest,
    write_manifest,
)
from spikesampler.store.origin import now
from spikesampler.store.signals import interruptible, resumable
from spikesampler.store.spikes import merge_spikes


@accepts(*RUN)
def run(*, out: OptionalPath, resume: bool, progress: Say | None, **settings: Any) -> Result:
    """Learn, probe and test; return the Result, whose folder holds everything.

    Parameters
    ----------
    {arguments}

    Raises InputError for anything that does not fit; Interrupted after Ctrl-C or SIGTERM (resume
    with resume=True). A run to resume must have the same settings; a finished one is returned as
    it is.
    """
    return run_settings(resolve(**settings), out=out, resume=resume, progress=progress)


def run_settings(
    settings: Settings,
    *,
    out: OptionalPath = None,
    resume: bool = False,
    progress: Say | None = None,
) -> Result:
    """`run` for Settings that are already checked."""
    if resume and out is None:
        raise InputError("resume needs the folder of the run; give --out DIR")
    with interruptible():
        return _run(settings, out, resume, progress)


def _run(settings, out, resume, progress):
    started = time.perf_counter()
    prepared = prepare(settings)
    folder = Path(out) if out is not None else default_folder(settings)
    if resume and (finished := finished_result(folder, settings, prepared.source)):
        return finished
    check_folder(folder, settings, resume)
    if not resume:
        check_disk(settings, 1, folder)
    with report_to(progress, settings.title) as say:
        _tell_about_data(prepared, settings, say)
        binary = build(prepared.structure, announce=lambda text: say(0, settings.samples, text))
        with (
            resumable("everything finished is", folder),
            disk_errors(folder),
            folder_lock(folder),
        ):
            check_folder(folder, settings, resume)
            manifest = first_manifest(folder, settings, prepared, binary)
            write_manifest(folder, manifest)
            work = folder / CHECKPOINT
            try:
                make_folder(work)
                _remove_left_chunks(work)
                runner = Runner(settings, prepared, binary, work)
                state = learn(runner, folder, say)
                test = runner.frozen_counts(state, prepared.test, "test")
                return _conclude(folder, manifest, runner, test, started)
            except Interrupted:
                if read_manifest(folder)["status"] != "finished":
                    write_manifest(folder, manifest | {"status": "interrupted"})
                raise


def _tell_about_data(prepared, settings, say):
    """Say what was decided in reading data, and where they have fewer samples than asked for."""
    for note in prepared.source.notes:
        say(0, settings.samples, note)
    for split, wanted in (("probe", settings.probe_samples), ("test", settings.test_samples)):
        number = len(getattr(prepared, split).labels)
        if number < wanted:
            news = (
                f"{prepared.source.name} has {number} {split} samples, not {wanted}: all are used"
            )
            say(0, settings.samples, news)


def _remove_left_chunks(work):
    """Remove what killed runs left in `work`.

    Renamed first, as the program of such a run may still want to write.
    """
    for left in [*work.glob("chunk-*"), *work.glob(".chunk-*")]:
        shutil.rmtree(left.rename(work / f".{left.name.lstrip('.')}"), ignore_errors=True)


def _conclude(folder, manifest, runner, test, started):
    """Write learning.nc, spikes.h5 and the final manifest; return the Result."""
    settings, p = runner.settings, runner.prepared
    borders = chunk_borders(settings.samples, settings.probe_every, p.structure["capacity"])
    num_chunks = len(borders) - 1
    records = load_records(folder / CHECKPOINT, num_chunks)
    arrays, scores = learning_arrays(p, records, test)
    facts = {
        "model": p.model.name,
        "arm": settings.arm,
        "start": settings.start_name,
        "seed": settings.seed,
    }
    about = {"chance": 1 / p.num_classes, "supervised": int(p.model.supervised)}
    write_learning(folder / LEARNING, arrays, facts | scores | about)
    if settings.record != "none":
        merge_spikes(folder / CHECKPOINT, folder / SPIKES, num_chunks)
    bounds = p.values["theta_min"], p.values["theta_max"]
    results = {
        "run": str(folder),
        **facts,
        "oddities": find_oddities(arrays, *bounds, test),
        "samples": settings.samples,
        **scores,
        "simulated_seconds": runner.simulated_seconds,
        "wall_seconds": time.perf_counter() - started,
        "engine_seconds": runner.engine_seconds,
        "engine_peak_mib": runner.engine_peak_mib,
        "realtime_factor": runner.simulated_seconds / runner.engine_seconds,
    }
    finish(folder, manifest | {"finished": now(), "results": results})
    return Result(folder, verify=False)
