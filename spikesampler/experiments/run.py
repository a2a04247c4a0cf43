"""One run: learn, probe, test; chunk by chunk into a folder that survives a kill at any moment.

Three accuracies, because the teacher changes the label neuron's weights inside the very samples that it labels:
`online` is measured while learning and contains the label, `probe` (at intervals) and `test` (at the end) are measured
on held-out samples with plasticity, noise and teacher frozen.
"""

import shutil
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from spikesampler import results as store
from spikesampler import storage
from spikesampler.checkpoint import part_paths
from spikesampler.errors import InputError, Interrupted
from spikesampler.experiments.folders import (
    check_folder,
    default_folder,
    finished_result,
    first_manifest,
    now,
    recorded_windows,
)
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.scores import learning_arrays, probe_score
from spikesampler.experiments.settings import Settings, resolve
from spikesampler.experiments.signals import interruptible
from spikesampler.progress import Progress
from spikesampler.spiking import build as building
from spikesampler.spiking.run import State, run_chunk, silent_state
from spikesampler.stimuli.split import generator


def run(
    model="fang_2018",
    *,
    noise=None,
    start="prior",
    samples=43_200,
    test_samples=1_000,
    seed=1,
    data=None,
    set=None,
    record="windows",
    out=None,
    resume=False,
    probe_every=None,
    probe_samples=200,
    engine="fast",
    progress=None,
):
    """Learn, probe and test; return the Result, whose folder holds everything.

    Parameters
    ----------
    model : name of a model, path of a model file, or a Model.
    noise : noise arm, by default the model's: none, constant, weight, weight_literal, constant_matched or
        weight_posterior.
    start : "prior" (theta from its prior) or "plateau" (theta near -4, where the gradient vanishes).
    samples, test_samples : learning samples, and held-out samples of the test.
    seed : decides the stimuli, the start and every random number: same seed, same bits on the same machine.
    data : None (Gaussian clusters), "digits", or the path of a table or of image files.
    set : parameters by name, in their own unit or as text: {"rho": "100*Hz", "b": 1e-3}.
    record : spikes to keep: "windows" (10 s at the start, in the middle and at the end), "all" or "none".
    out : the run folder; by default a new one below `runs`.
    resume : go on with the run in `out`, which must have the same settings; a finished one is returned as it is.
    probe_every, probe_samples : learning samples between probes (1000, or a tenth of a shorter run but at least 100),
        and held-out samples per probe.
    engine : "fast", or "reference" (the plain clock-driven network, slow).
    progress : called as progress(done, total, text); None shows a bar on a terminal or in a notebook.

    Raises InputError for anything that does not fit; Interrupted after Ctrl-C or SIGTERM (resume with resume=True).
    """
    settings = resolve(
        model,
        noise=noise,
        start=start,
        samples=samples,
        test_samples=test_samples,
        seed=seed,
        data=data,
        set=set,
        record=record,
        probe_every=probe_every,
        probe_samples=probe_samples,
        engine=engine,
    )
    return run_settings(settings, out=out, resume=resume, progress=progress)


def run_settings(settings: Settings, *, out=None, resume=False, progress=None):
    """`run` for Settings that are already checked."""
    if resume and out is None:
        raise InputError("resume needs the folder of the run; give --out DIR")
    with interruptible():
        return _run(settings, out, resume, progress)


def _run(settings, out, resume, progress):
    started = time.perf_counter()
    prepared = prepare(settings)
    folder = Path(out) if out is not None else default_folder(settings)
    if out is not None and resume and (finished := finished_result(folder, settings, prepared.source)):
        return finished
    check_folder(folder, settings, resume)
    report = nullcontext(progress) if progress is not None else Progress(settings.title)
    with report as say:
        for split, asked in (("probe", settings.probe_samples), ("test", settings.test_samples)):
            found = len(getattr(prepared, split).labels)
            if found < asked:
                say(
                    0,
                    settings.samples,
                    f"{prepared.source.name} has {found} {split} samples, not {asked}: all are used",
                )
        binary = building.build(prepared.structure, announce=lambda text: say(0, settings.samples, text))
        with storage.disk_errors(folder), storage.folder_lock(folder):
            check_folder(folder, settings, resume)
            manifest = first_manifest(folder, settings, prepared, binary)
            store.write_manifest(folder, manifest)
            try:
                work = folder / "checkpoint"
                storage.make_folder(work)
                remove_left_chunks(work)
                runner = Runner(settings, prepared, binary, work)
                state = learn(runner, folder, say)
                test = runner.frozen_counts(state, prepared.test, "test")
                return conclude(folder, manifest, runner, test, started)
            except Interrupted as stop:
                if store.read_manifest(folder)["status"] != "finished":
                    store.write_manifest(folder, manifest | {"status": "interrupted"})
                raise Interrupted(
                    f"{stop}; everything finished is kept: go on with --resume --out {folder}", stop.signal_number
                ) from None


def remove_left_chunks(work):
    """Remove what killed runs left in `work`: renamed first, as the program of such a run may still want to write."""
    for left in [*work.glob("chunk-*"), *work.glob(".chunk-*")]:
        shutil.rmtree(left.rename(work / f".{left.name.lstrip('.')}"), ignore_errors=True)


def chunk_borders(samples, probe_every, capacity):
    """Sample numbers at which chunks begin and end: at every probe, and at least every `capacity` samples."""
    borders = [0]
    while borders[-1] < samples:
        next_probe = (borders[-1] // probe_every + 1) * probe_every
        borders.append(min(samples, next_probe, borders[-1] + capacity))
    return borders


class Runner:
    """The phases of one run over a binary; every chunk's seed follows from the run's seed, its phase and its place."""

    def __init__(self, settings, prepared, binary, work):
        self.settings, self.prepared, self.binary, self.work = settings, prepared, binary, work
        self.engine_seconds = self.simulated_seconds = 0.0

    def show(self, state, samples, first, last, phase, *key, plastic=False):
        """Show samples first..last-1; `key` tells apart shows of the same samples."""
        p = self.prepared
        seed = generator(self.settings.seed, "engine", phase, *map(str, (*key, first))).integers(2**32, dtype=np.uint32)
        temperature = p.temperature[first:last] if plastic else np.zeros(last - first)
        chunk = run_chunk(
            self.binary,
            state,
            samples.points(first, last),
            samples.labels[first:last],
            values=p.values,
            centres=p.centres,
            temperature=temperature,
            plastic=plastic,
            seed=seed,
            work=self.work,
            v=p.v,
        )
        self.engine_seconds += chunk.engine_seconds
        self.simulated_seconds += (last - first) * p.structure["sample_length"]
        return chunk

    def frozen_counts(self, state, samples, phase, *key):
        """Output spikes (n, K) of held-out samples, from silence, with plasticity, noise and teacher frozen."""
        state = State(state.theta, np.zeros_like(state.x_slow), np.zeros_like(state.x_fast), state.outputs)
        counts, n = [], len(samples.labels)
        for first in range(0, n, self.prepared.structure["capacity"]):
            chunk = self.show(state, samples, first, min(n, first + self.prepared.structure["capacity"]), phase, *key)
            counts.append(chunk.counts)
            state = chunk.state
        return np.concatenate(counts)


def learn(runner, folder, say):
    """All chunks of learning with their probes, from the last checkpoint on; returns the final state."""
    samples, p, checkpoints = runner.settings.samples, runner.prepared, folder / "checkpoint"
    borders = chunk_borders(samples, runner.settings.probe_every, p.structure["capacity"])
    state, done = restore(runner, checkpoints, say)
    for index in range(done, len(borders) - 1):
        first, last = borders[index], borders[index + 1]
        probes = [] if index else [(0, runner.frozen_counts(state, p.probe, "probe", 0), state.theta)]
        chunk = runner.show(state, p.learning, first, last, "learning", plastic=True)
        state = chunk.state
        if last % runner.settings.probe_every == 0 or last == samples:
            probes.append((last, runner.frozen_counts(state, p.probe, "probe", last), state.theta))
        with storage.disk_errors(checkpoints):
            save_chunk(checkpoints, index, runner, first, last, chunk, probes)
        score = f"probe accuracy {probe_score(p, probes[-1][1]):.3f}" if probes else ""
        say(last, samples, score)
    return state


def restore(runner, checkpoints, say):
    """State to go on from, and the number of the next chunk: the newest checkpoint, or the start."""
    saved = store.load_last_state(checkpoints)
    if saved is None:
        return silent_state(runner.prepared.theta, runner.prepared.structure), 0
    for kind in ("records",) if runner.settings.record == "none" else ("records", "spikes"):
        for path in part_paths(checkpoints, kind, saved.index + 1):
            with storage.read_arrays(path):
                pass  # refuses now a part that is missing or damaged, not at the end of the run
    if saved.note:
        say(saved.info["samples"], runner.settings.samples, saved.note)
    prefix = "outputs."
    outputs = {name.removeprefix(prefix): array for name, array in saved.arrays.items() if name.startswith(prefix)}
    runner.engine_seconds, runner.simulated_seconds = saved.info["engine_seconds"], saved.info["simulated_seconds"]
    return State(saved.arrays["theta"], saved.arrays["x_slow"], saved.arrays["x_fast"], outputs), saved.index + 1


def save_chunk(folder, index, runner, first, last, chunk, probes):
    """Spikes in the recorded windows, learning records and state of one chunk; the state comes last and closes it."""
    p, windows = (
        runner.prepared,
        recorded_windows(runner.settings.samples, runner.prepared.sample_length, runner.settings.record),
    )
    if windows:
        recorded = {name: in_windows(spikes, windows, first, p.structure) for name, spikes in chunk.spikes.items()}
        store.save_spikes(folder, index, recorded)
    K, I = p.theta.shape
    records = {
        "label": p.learning.labels[first:last],
        "counts": chunk.counts,
        "probe_seen": np.array([seen for seen, _, _ in probes], dtype=np.int64),
        "probe_counts": np.array([counts for _, counts, _ in probes], dtype=np.int64).reshape(
            len(probes), len(p.probe.labels), K
        ),
        "theta": np.array([theta for _, _, theta in probes]).reshape(len(probes), K, I),
    }
    store.save_records(folder, index, records)
    state = {"theta": chunk.state.theta, "x_slow": chunk.state.x_slow, "x_fast": chunk.state.x_fast}
    state |= {f"outputs.{name}": value for name, value in chunk.state.outputs.items()}
    times = {"engine_seconds": runner.engine_seconds, "simulated_seconds": runner.simulated_seconds}
    store.save_state(folder, index, state, {"samples": last, **times})


def in_windows(spikes, windows, first, structure):
    """Times in ms from the start of learning, and neurons, of the spikes whose sample lies in a window."""
    steps_per_sample = round(structure["sample_length"] / structure["dt"])
    steps = np.rint(spikes.times / structure["dt"]).astype(np.int64) + first * steps_per_sample
    keep = np.zeros(len(steps), dtype=bool)
    for start, stop in windows:
        keep |= (steps >= start * steps_per_sample) & (steps < stop * steps_per_sample)
    return steps[keep] * (structure["dt"] * 1e3), spikes.neurons[keep]


def conclude(folder, manifest, runner, test, started):
    """Write learning.nc, spikes.h5 and the final manifest; return the Result."""
    settings, p = runner.settings, runner.prepared
    num_chunks = len(chunk_borders(settings.samples, settings.probe_every, p.structure["capacity"])) - 1
    records = store.load_records(folder / "checkpoint", num_chunks)
    arrays, scores = learning_arrays(p, records, test)
    facts = {"model": p.model.name, "arm": settings.arm, "start": settings.start, "seed": settings.seed}
    about = {"chance": 1 / p.num_classes, "supervised": int(p.model.supervised)}
    store.write_learning(folder / store.LEARNING, arrays, facts | scores | about)
    if settings.record != "none":
        store.merge_spikes(folder / "checkpoint", folder / store.SPIKES, num_chunks)
    results = {
        "run": str(folder),
        **facts,
        "samples": settings.samples,
        **scores,
        "simulated_seconds": runner.simulated_seconds,
        "wall_seconds": time.perf_counter() - started,
        "engine_seconds": runner.engine_seconds,
        "realtime_factor": runner.simulated_seconds / runner.engine_seconds,
    }
    store.finish(folder, manifest | {"finished": now(), "results": results})
    return store.Result(folder, verify=False)
