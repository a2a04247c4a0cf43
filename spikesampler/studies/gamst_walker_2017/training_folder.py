"""Thousands of networks trained in chunks, in processes, into a folder that survives a kill.

A chunk is what the cache of one core holds; its file in `pieces/` keeps where it got to. Network n
starts from, and its noise is drawn from, generators of (seed, n) alone, so results depend neither
on the number of processes nor on stops. (Their last bits depend on the size of a chunk: of an
incomplete last one, on how many networks there are.)

    manifest.json · pieces/00000.npz … while it runs · networks.nc when all are done
"""

import json
import os
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from spikesampler.errors import InputError
from spikesampler.jobs import pieces
from spikesampler.jobs.executors import check_workers, local_executor
from spikesampler.jobs.loop import Job, do_all
from spikesampler.jobs.progress import Say
from spikesampler.optional import require
from spikesampler.store.arrays import are_whole, read_arrays, read_info, write_arrays
from spikesampler.store.manifest import MANIFEST, read_manifest
from spikesampler.store.origin import made_by
from spikesampler.studies.gamst_walker_2017 import relu_net
from spikesampler.studies.gamst_walker_2017.settings import Training
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise
from spikesampler.studies.gamst_walker_2017.training import begin_descent, starts, target

__all__ = ["Trained", "open_training", "train_networks", "train_or_load"]

NETWORKS = "networks.nc"
KIND = "training"  #: of the folder, as its manifest says
#: networks trained together: their activations fit the cache of a core
CHUNK = {"cpu": 32, "gpu": 16_384}
PAUSE = 5.0  #: seconds between checkpoints of a chunk


class Trained(NamedTuple):
    """A finished training: what was trained, the networks, and the folder that holds them."""

    training: Training
    networks: xr.Dataset
    folder: Path


def train_networks(
    training: Training,
    out: str | Path,
    *,
    resume: bool = False,
    workers: int | None = None,
    progress: Say | None = None,
) -> xr.Dataset:
    """Train all networks of a Training into the folder `out`; gives the Dataset of `networks.nc`.

    Variables: params (network, parameter) float32; error (record, network) float32 at `step`,
    before that step; final_error (network), in float64; diverged (network): an error or a weight
    was not finite; of a jitter, `jitter` (network), its norm. Of those that diverged, params and
    errors are as they were found; leave them out of means.

    resume : go on with what is in the folder, if there is anything. workers : processes; by default
    one per core, or one where a chunk holds all networks, or jax finds a GPU; one is this process.
    progress : called as progress(done, total, text) in networks. Raises InputError
    for a folder that holds anything else, or a training with other settings; Interrupted after
    Ctrl-C or SIGTERM, with what is finished kept.
    """
    path = Path(out) / NETWORKS
    if (networks := pieces.finished(path, training.facts(), resume, KIND)) is not None:
        return networks
    backend = _backend()
    if workers is None:
        workers = _enough(training.models, backend)
    check_workers(workers, None)

    def compute(say, chunk):
        if not isinstance(chunk, int) or chunk < 1:
            raise pieces.damaged(path.parent / MANIFEST, f"chunk is {chunk!r}")
        firsts = range(0, training.models, chunk)
        borders = [(first, min(first + chunk, training.models)) for first in firsts]
        _train_chunks(training, path.parent, borders, workers, say)
        return _networks_of(training, path.parent, borders)

    return pieces.make_dataset(
        path,
        training.facts(),
        compute,
        kind=KIND,
        title="training",
        progress=progress,
        done="trained",
        chunk=CHUNK[backend],
    )


def train_or_load(
    runs: str | Path, workers: int | None = None, progress: Say | None = None, **settings: Any
) -> Trained:
    """The networks of a Training with these settings, below the folder `runs`: trained there once.

    workers, progress, and what is raised: as of `train_networks`.
    """
    training = Training(**settings)
    folder = Path(runs) / training.name
    networks = train_networks(training, folder, resume=True, workers=workers, progress=progress)
    return Trained(training, networks, folder)


def open_training(folder: str | Path) -> Trained:
    """What a finished folder holds; InputError where there is none."""
    folder = Path(folder)
    if not (folder / MANIFEST).is_file():
        raise InputError(
            f"{folder} holds no trained networks; give a folder of `spikesampler landscape train`"
        )
    manifest = read_manifest(folder, None)
    if manifest["kind"] != KIND:
        raise InputError(
            f"{folder} holds something else than a training; give a folder of `spikesampler"
            " landscape train`"
        )
    try:
        training = Training(**manifest["settings"])
    except (InputError, TypeError) as error:
        raise pieces.damaged(folder / MANIFEST, error) from None
    if not (folder / NETWORKS).is_file():
        raise InputError(
            f"{folder} is not finished; go on with `spikesampler landscape train --resume --out"
            f" {folder}`"
        )
    return Trained(training, pieces.load_result(folder / NETWORKS, KIND), folder)


def _enough(models, backend):
    """Processes that there is work for."""
    return 1 if backend == "gpu" else min(os.cpu_count() or 1, -(-models // CHUNK[backend]))


def _backend():
    """Where jax computes; InputError where what trains is not installed."""
    jax, _ = require("training", "landscape", "jax", "optax")
    return "cpu" if jax.default_backend() == "cpu" else "gpu"


def _steps_done(folder, number, border):
    """Steps that a chunk has made, 0 without a whole file; DamagedError where it is another's."""
    path = pieces.piece_file(folder, number)
    if not are_whole(path):
        path.unlink(missing_ok=True)  # a damaged one is made anew, to the same bits
        return 0
    info = read_info(path)
    if (held := info.get("networks")) != list(border):
        raise pieces.damaged(
            folder / MANIFEST, f"chunk: {path.name} has networks {held}, not {list(border)}"
        )
    return info["steps"]


def _train_chunks(training, folder, borders, workers, say):
    """All chunks to their last step, each in a process; with one worker, in this one."""
    jobs, networks, steps = [], {}, {}  # what is left of each job
    for number, (first, last) in enumerate(borders):
        done = _steps_done(folder, number, (first, last))
        if done < training.steps:
            path, arguments = pieces.piece_file(folder, number), (str(folder), number, first, last)
            label = f"networks {first} to {last - 1}"
            jobs.append(Job(path, _train_chunk, (training.facts(), *arguments), label))
            networks[path], steps[path] = last - first, (last - first) * (training.steps - done)
    all_steps, began = sum(steps.values()), time.monotonic()

    def tell():
        left, news = sum(steps.values()), ""
        if 0 < left < all_steps:
            speed = (all_steps - left) / (time.monotonic() - began)
            news = f"{speed:.0f} model-steps/s, about {left / speed:.0f} s left"
        say(training.models - sum(networks.values()), training.models, news)

    def ended(job, num_left):
        del networks[job.path], steps[job.path]
        tell()

    tell()
    with local_executor(workers, len(jobs)) as executor:
        do_all(jobs, executor, ended=ended)


def _train_chunk(facts, folder, number, first, last):
    """Networks first .. last - 1, from where their file says to the last step."""
    from spikesampler.studies.gamst_walker_2017 import batched_descent

    jax = require("training", "landscape", "jax")
    training, path = Training(**facts), pieces.piece_file(folder, number)
    optimizer, state = begin_descent(training, first, last)
    points, errors = batched_descent.pad_points(*target(training)[1:]), []
    leaves, tree = jax.tree.flatten(state)
    if path.exists():
        with read_arrays(path) as arrays:
            errors = list(arrays["error"]())
            leaves = [arrays[f"leaf_{n}"]() for n in range(len(leaves))]
        state = jax.tree.unflatten(tree, leaves)

    def save():
        kept = {f"leaf_{n}": np.asarray(leaf) for n, leaf in enumerate(jax.tree.leaves(state))}
        kept["error"] = np.array(errors, np.float32).reshape(-1, last - first)
        write_arrays(path, kept, {"steps": int(state.steps), "networks": [first, last]})

    saved, depth, width = time.monotonic(), *training.shape
    while (done := int(state.steps)) < training.steps:
        until = min(training.steps, (done // training.record_every + 1) * training.record_every)
        state, error = batched_descent.advance(
            state, points, optimizer=optimizer, steps=until - done, depth=depth, width=width
        )
        errors.append(np.asarray(error))
        if time.monotonic() > saved + PAUSE and until < training.steps:
            save()
            saved = time.monotonic()
    save()


def _networks_of(training, folder, borders):
    """The Dataset of all chunks."""
    params, errors = [], []
    for number in range(len(borders)):
        with read_arrays(pieces.piece_file(folder, number)) as arrays:
            params.append(arrays["leaf_0"]())
            errors.append(arrays["error"]())
    params, errors = np.concatenate(params), np.concatenate(errors, axis=1)
    made, x, y = target(training)
    with np.errstate(over="ignore", invalid="ignore"):
        outputs = relu_net.apply(params.astype(float), x, *training.shape)
        final = ((outputs - y) ** 2).mean(axis=-1)
    finite = np.isfinite(final) & np.isfinite(params).all(axis=1) & np.isfinite(errors).all(axis=0)
    variables = {
        "params": (("network", "parameter"), params),
        "error": (("record", "network"), errors, {"long_name": "mean squared error before a step"}),
        "final_error": (("network",), final, {"long_name": "mean squared error at the end"}),
        "diverged": (("network",), ~finite),
    }
    if training.start == "jitter":
        moved = starts(training, 0, training.models) - desymmetrise(made)
        about = {"long_name": "L2 norm of what was added to W_f"}
        variables["jitter"] = (("network",), np.linalg.norm(moved, axis=1), about)
    steps = np.arange(len(errors)) * training.record_every
    attrs = {"training": json.dumps(training.facts())} | made_by()
    return xr.Dataset(variables, {"step": (("record",), steps)}, attrs)
