"""One run: learn, probe, test; chunk by chunk into a folder that survives a kill at any moment.

Three accuracies, because the teacher changes the label neuron's weights inside the very samples
that it labels: `online` is measured while learning and contains the label, `probe` (at intervals)
and `test` (at the end) are measured on held-out samples with plasticity, noise and teacher frozen.
"""

import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from spikesampler.errors import InputError, RunError, shown
from spikesampler.experiments.arguments import OptionalPath, accepts
from spikesampler.experiments.at_probes import OnProbe
from spikesampler.experiments.chunks import EVENT, about_trajectories, own_events, rates_of_events
from spikesampler.experiments.declared import RUN
from spikesampler.experiments.extent import check_disk, trajectory_bytes
from spikesampler.experiments.going_on import end_early, reopen
from spikesampler.experiments.length import as_begun, goes_on, learnt_of
from spikesampler.experiments.oddities import odd_events, odd_spikes, odd_synapses
from spikesampler.experiments.phases import Runner, learn
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.recorded_variables import layers_of_model
from spikesampler.experiments.run_folder import (
    check_folder,
    default_folder,
    finished_result,
    first_manifest,
    same_data,
)
from spikesampler.experiments.run_result import Result
from spikesampler.experiments.scores import learning_arrays
from spikesampler.experiments.settings import Settings, resolve
from spikesampler.experiments.synapse_states import further_states, record_name
from spikesampler.experiments.tested import tested
from spikesampler.jobs.progress import Say, report_to
from spikesampler.language.rates_at_start import rates_at_start, sums_at_start, warning_of_rates
from spikesampler.spiking.build import build
from spikesampler.store.atomic import disk_errors
from spikesampler.store.checkpoint import load_records
from spikesampler.store.continuation import save_end
from spikesampler.store.folders import folder_lock, make_folder
from spikesampler.store.learning import write_learning
from spikesampler.store.manifest import (
    CHECKPOINT,
    LEARNING,
    MANIFEST,
    OWN_FILES,
    SPIKES,
    TRAJECTORIES,
    finish,
    read_manifest,
    write_manifest,
)
from spikesampler.store.origin import now
from spikesampler.store.signals import interruptible, resumable
from spikesampler.store.spikes import merge_spikes
from spikesampler.store.trajectories import merge_trajectories


@accepts(*RUN)
def run(
    *,
    out: OptionalPath,
    resume: bool,
    progress: Say | None,
    on_probe: OnProbe | None,
    **settings: Any,
) -> Result:
    """Learn, probe and test; return the Result, whose folder holds everything.

    Parameters
    ----------
    {arguments}

    Raises InputError for anything that does not fit; Interrupted after Ctrl-C or SIGTERM (resume
    with resume=True). A run to resume must have the same settings; a finished one is returned as
    it is, or learns on to more samples: its theta and records are those of one run of that length.
    What `progress` or `on_probe` raises ends the run so that it can be resumed.
    """
    if on_probe is not None and not callable(on_probe):
        raise InputError(
            f"on_probe={shown(on_probe)}: expected a function that takes a ProbeReport"
        )
    return run_settings(
        resolve(**settings), out=out, resume=resume, progress=progress, on_probe=on_probe
    )


def run_settings(
    settings: Settings,
    *,
    out: OptionalPath = None,
    resume: bool = False,
    progress: Say | None = None,
    on_probe: OnProbe | None = None,
) -> Result:
    """`run` for Settings that are already checked."""
    if resume and out is None:
        raise InputError("resume needs the folder of the run; give --out DIR")
    folder = Path(out) if out is not None else default_folder(settings)
    if resume:
        settings = as_begun(settings, folder)
    with interruptible():
        return _run(settings, folder, resume, progress, on_probe)


def _run(settings, folder, resume, progress, on_probe):
    started = time.perf_counter()
    prepared = prepare(settings)
    stops = on_probe is not None
    if resume and (finished := finished_result(folder, settings, prepared.source, stops)):
        return finished
    check_folder(folder, settings, resume)
    if not resume:
        check_disk(settings, 1, folder)
    with report_to(progress, settings.title) as say:
        _tell_about_data(prepared, settings, say)
        _tell_about_start(prepared, settings, say)
        _tell_about_rates(prepared, settings, say)
        _tell_about_trajectories(prepared, settings, say)
        binary = build(prepared.structure, announce=lambda text: say(0, settings.samples, text))
        runner = Runner(settings, prepared, binary, folder / CHECKPOINT, on_probe)
        with (
            resumable("everything finished is", folder),
            disk_errors(folder),
            folder_lock(folder),
        ):
            check_folder(folder, settings, resume)
            manifest = _begin(folder, runner, say)
            try:
                state = learn(runner, folder, say)
                if runner.stop is not None:
                    end_early(runner, folder / CHECKPOINT)
                test = tested(runner, state, folder / CHECKPOINT)
                return _conclude(folder, manifest, runner, state, test, started)
            except RunError as error:
                _leave_resumable(folder, manifest | {"failed": error.in_options})
                raise
            except BaseException:  # a stop, or what is not known here: callers raise what they like
                _leave_resumable(folder, manifest)
                raise


def _begin(folder, runner, say):
    """The manifest of a run that begins or goes on, written when all is there to go on from."""
    settings = runner.settings
    manifest = first_manifest(folder, settings, runner.prepared, runner.binary)
    there = read_manifest(folder) if (folder / MANIFEST).is_file() else None
    begins = there is None or not goes_on(settings, there)
    if begins:  # first, so that a disk that takes nothing holds no folder either
        write_manifest(folder, manifest)
    make_folder(folder / CHECKPOINT)
    _remove_left_chunks(folder / CHECKPOINT)
    if there is None or begins:
        return manifest
    Result(folder)  # every file is whole
    learnt = learnt_of(there)
    say(learnt, settings.samples, f"going on from {learnt} samples")
    reopen(runner, folder, there)
    write_manifest(folder, manifest)
    with disk_errors(folder):  # what they hold is in the parts
        for name in OWN_FILES:
            (folder / name).unlink(missing_ok=True)
    return manifest


def _leave_resumable(folder, manifest):
    """Let an unfinished run say that it was interrupted, where its folder is still there."""
    with suppress(InputError):
        if read_manifest(folder)["status"] == "running":
            write_manifest(folder, manifest | {"status": "interrupted"})


def _tell_about_data(prepared, settings, say):
    """Say what was decided in reading data, and where they have fewer samples than asked for."""
    for note in prepared.source.notes:
        say(0, settings.samples, note)
    for split, wanted in (("probe", settings.probe_samples), ("test", settings.test_samples)):
        number = len(getattr(prepared, split).labels)
        if number < wanted:
            news = f"{prepared.source.name}: {number} {split} samples, not {wanted}: all are used"
            say(0, settings.samples, news)


def _tell_about_start(prepared, settings, say):
    """Say where a start from another run shows what that has learnt from once more."""
    if not settings.starts_from_run:
        return
    manifest = read_manifest(settings.start)
    if manifest["seed"] == settings.seed and same_data(manifest, prepared.source):
        news = (
            f"{settings.start} has this seed and these data, so the same samples and input spikes"
            " are shown again; to learn longer, go on with that run itself: resume it with more"
            " samples"
        )
        say(0, settings.samples, news)


def _tell_about_rates(prepared, settings, say):
    """Warn of outputs that are silent at the start, since their rate is below 0."""
    sums: dict[str, dict[str, Any]] = {}  # of each layer
    for one in prepared.begun.values():
        rule, initial = one.pathway.rule, one.initial | one.taken
        for number, each in enumerate(sums_at_start(rule, prepared.values, one.theta, initial)):
            known = sums.setdefault(one.pathway.layer, {})
            known[f"sum_of_{one.pathway.source}_{number}"] = each
    for name, one in prepared.begun.items():
        rule, initial = one.pathway.rule, one.initial | one.taken
        of_layer = sums.get(one.pathway.layer)
        rates = rates_at_start(rule, prepared.values, one.theta, initial, of_layer)
        if text := warning_of_rates(rule, rates):
            of = "" if len(prepared.begun) == 1 else f" ({name})"
            say(0, settings.samples, text + of)


def _tell_about_trajectories(prepared, settings, say):
    """Say beforehand how much is kept at grid steps."""
    if not settings.has_trajectories:
        return
    steps = round(settings.samples * prepared.period / prepared.structure["grid"])
    size, unit = trajectory_bytes(settings, settings.samples) / 1e3, "kB"
    if size > 1e3:
        size, unit = size / 1e3, "MB"
    of = [] if prepared.chosen is None else [f"{len(prepared.chosen):,} synapses"]
    of += [] if prepared.recorded is None else prepared.recorded.names
    news = f"trajectories of {', '.join(of)} at {steps:,} grid steps: some {size:,.1f} {unit}"
    say(0, settings.samples, news)


def _remove_left_chunks(work):
    """Remove what killed runs left in `work`.

    Renamed first, as the program of such a run may still want to write.
    """
    for left in [*work.glob("chunk-*"), *work.glob(".chunk-*")]:
        shutil.rmtree(left.rename(work / f".{left.name.lstrip('.')}"), ignore_errors=True)


def _conclude(folder, manifest, runner, state, test, started):
    """Write learning.nc, spikes.h5 and the final manifest; return the Result.

    test : counts and answers, as `tested` has them.
    """
    settings, p, num_learnt = runner.settings, runner.prepared, runner.num_learnt
    num_chunks = len(runner.borders(num_learnt)) - 1
    records = load_records(folder / CHECKPOINT, num_chunks)
    shares = rates_of_events(records, p.structure, num_learnt, own_events(p))
    arrays, scores = learning_arrays(p, records, *test)
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
    if settings.has_trajectories:
        path, told = folder / TRAJECTORIES, about_trajectories(layers_of_model(p.model))
        merge_trajectories(folder / CHECKPOINT, path, num_chunks, p.chosen, told)
    odd = _odd_synapses(p, records)
    odd |= {} if p.model.is_silent else odd_spikes(arrays, test[0])
    results = {
        "run": str(folder),
        **facts,
        "oddities": odd | odd_events(shares, p.values["dt"]),
        "samples": num_learnt,
        **scores,
        "simulated_seconds": runner.simulated_seconds,
        "wall_seconds": time.perf_counter() - started,
        "engine_seconds": runner.engine_seconds,
        "engine_peak_mib": runner.engine_peak_mib,
        "realtime_factor": runner.simulated_seconds / runner.engine_seconds,
    }
    events = {name: each for name, each in records.items() if name.startswith(EVENT)}
    save_end(folder / CHECKPOINT, records["probe_counts"], further_states(state), events)
    facts = {"finished": now(), "results": results}
    if runner.stop is not None:
        windows = [[first * p.period, last * p.period] for first, last in runner.windows]
        facts |= {"stopped": {"samples": num_learnt, "reason": runner.stop}}
        facts |= {"recorded_windows": windows}
    finish(folder, manifest | facts)
    return Result(folder, verify=False)


def _odd_synapses(p, records):
    """What theta of plastic pathways should not do; of several, each oddity says whose it is."""
    odd: dict[str, str] = {}
    several = len(p.begun) > 1
    for name, one in p.begun.items():
        path = records[record_name("theta" if one is p.main else f"{name}/theta")]
        if one.pathway.plastic:
            odd |= odd_synapses(path, one.bounds, name if several else "")
    return odd
