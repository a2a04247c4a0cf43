"""Thousands of networks trained in chunks, in processes, into a folder that survives a kill.

A chunk is what the cache of one core holds; its file in `pieces/` keeps where it got to. Network n
starts from, and its noise is drawn from, generators of (seed, n) alone, so results depend neither
on the number of processes nor on stops. (Their last bits depend on the size of a chunk: of an
incomplete last one, on how many networks there are.)

    settings.json · pieces/00000.npz … while it runs · networks.nc when all are done
"""

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import xarray as xr

from spikesampler.errors import InputError
from spikesampler.jobs.executors import check_workers
from spikesampler.jobs.processes import Processes
from spikesampler.jobs.progress import Progress
from spikesampler.store import folders
from spikesampler.store.arrays import read_arrays, read_info, write_arrays
from spikesampler.store.datasets import save_dataset
from spikesampler.store.origin import made_by
from spikesampler.store.pieces import (
    SETTINGS,
    begin,
    damaged,
    finished,
    load_result,
    piece_file,
    read_settings,
    remove_pieces,
    resumable,
)
from spikesampler.studies.gamst_walker_2017 import relu_net
from spikesampler.studies.gamst_walker_2017.settings import Training
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise
from spikesampler.studies.gamst_walker_2017.training import begin_descent, starts, target

__all__ = ["Trained", "open_training", "train_networks", "train_or_load"]

NETWORKS, UNIT = "networks.nc", "networks"
#: networks trained together: their activations fit the cache of a core
CHUNK = {"cpu": 32, "gpu": 16_384}
PAUSE = 5.0  #: seconds between checkpoints of a chunk
LOOK = 0.5  #: seconds between looks at the progress


class Trained(NamedTuple):
    """A finished training: what was trained, the networks, and the folder that holds them."""

    training: Training
    networks: xr.Dataset
    folder: Path


def train_networks(
    training: Training,
    out: str | Path,
    *,
    resume: bool | Literal["auto"] = False,
    workers: int | None = None,
    progress: Callable[[int, int, str], object] | None = None,
) -> xr.Dataset:
    """Train all networks of a Training into the folder `out`; gives the Dataset of `networks.nc`.

    Variables: params (network, parameter) float32; error (record, network) float32 at `step`,
    before that step; final_error (network), in float64; diverged (network): an error or a weight
    was not finite; of a jitter, `jitter` (network), its norm. Of those that diverged, params and
    errors are as they were found; leave them out of means.

    resume : go on with what is in the folder; "auto": if there is anything. workers : processes;
    by default one per core, or one where a chunk holds all networks, or jax finds a GPU; one is
    this process. progress : called as progress(done, total, text) in networks. Raises InputError
    for a folder that holds anything else, or a training with other settings; Interrupted after
    Ctrl-C or SIGTERM, with what is finished kept.
    """
    folder = Path(out)
    networks = finished(folder / NETWORKS, training.facts(), resume, "training")
    if networks is not None:
        return networks
    backend = _backend()
    workers = check_workers(_enough(training.models, backend) if workers is None else workers, None)
    report = nullcontext(progress) if progress is not None else Progress("training", unit=UNIT)
    began = time.monotonic()
    with folders.folder_lock(folder), report as say:
        size = begin(folder, training.facts(), chunk=CHUNK[backend])["chunk"]
        if not isinstance(size, int) or size < 1:
            raise damaged(folder / SETTINGS, f"chunk is {size!r}")
        borders = [
            (first, min(first + size, training.models)) for first in range(0, training.models, size)
        ]
        with resumable("trained"):
            _train_chunks(training, folder, borders, workers, say)
        networks = _networks_of(training, folder, borders)
        networks.attrs["seconds"] = time.monotonic() - began
        save_dataset(networks, folder / NETWORKS)
        remove_pieces(folder)
    return networks


def train_or_load(runs: str | Path, workers: int | None = None, **settings: Any) -> Trained:
    """The networks of a Training with these settings, below the folder `runs`: trained there once.

    Raises as `train_networks`.
    """
    training = Training(**settings)
    folder = Path(runs) / training.name
    networks = train_networks(training, folder, resume="auto", workers=workers)
    return Trained(training, networks, folder)


def open_training(folder: str | Path) -> Trained:
    """What a finished folder holds; InputError where there is none."""
    folder = Path(folder)
    if not (folder / SETTINGS).is_file():
        raise InputError(
            f"{folder} holds no trained networks; give a folder of `spikesampler landscape train`"
        )
    try:
        training = Training(**read_settings(folder))
    except TypeError:
        raise InputError(
            f"{folder} holds something else than a training; give a folder of `spikesampler"
            " landscape train`"
        ) from None
    if not (folder / NETWORKS).is_file():
        raise InputError(
            f"{folder} is not finished; go on with `spikesampler landscape train --resume --out"
            f" {folder}`"
        )
    return Trained(training, load_result(folder / NETWORKS), folder)


def _enough(models, backend):
    """Processes that there is work for."""
    return 1 if backend == "gpu" else min(os.cpu_count() or 1, -(-models // CHUNK[backend]))


def _backend():
    import jax

    return "cpu" if jax.default_backend() == "cpu" else "gpu"


def _steps_done(folder, number, border):
    """Steps that a chunk has made, 0 without a file; DamagedError where its file is another's."""
    path = piece_file(folder, number)
    if not path.exists():
        return 0
    with read_arrays(path):  # checks its sum
        info = read_info(path)
    if (held := info.get("networks")) != list(border):
        raise damaged(
            folder / SETTINGS, f"chunk: {path.name} has networks {held}, not {list(border)}"
        )
    return info["steps"]


def _train_chunks(training, folder, borders, workers, say):
    """All chunks to their last step, each in a process; with one worker, in this one."""
    sizes, began = np.array([last - first for first, last in borders]), time.monotonic()
    before = [_steps_done(folder, number, border) for number, border in enumerate(borders)]
    left = [number for number, steps in enumerate(before) if steps < training.steps]
    to_do = sum(sizes[number] * (training.steps - before[number]) for number in left)

    def tell(left):
        still = sum(sizes[number] * (training.steps - before[number]) for number in left)
        speed = (to_do - still) / (time.monotonic() - began)
        known = f"{speed:.0f} model-steps/s, about {still / speed:.0f} s left" if speed else ""
        text = known if left else ""
        say(training.models - int(sizes[left].sum()), training.models, text)

    tell(left)
    if workers == 1:
        for at, number in enumerate(left):
            _train_chunk(training.facts(), str(folder), number, *borders[number])
            tell(left[at + 1 :])
        return
    with Processes(min(workers, max(1, len(left)))) as executor:
        pending = {
            executor.submit(
                _train_apart, training.facts(), str(folder), number, *borders[number]
            ): number
            for number in left
        }
        while pending:
            ended, _ = wait(pending, timeout=LOOK, return_when=FIRST_COMPLETED)
            for future in ended:
                number = pending.pop(future)
                try:
                    future.result()
                except RuntimeError as error:
                    raise RuntimeError(
                        f"networks {borders[number][0]} to {borders[number][1] - 1}: {error}"
                    ) from None
            if ended:
                tell(list(pending.values()))


def _train_apart(*arguments):
    """`_train_chunk` in a process of its own, on one thread of XLA's: processes are parallel."""
    os.environ.setdefault("NPROC", "1")
    _train_chunk(*arguments)


def _train_chunk(facts, folder, number, first, last):
    """Networks first .. last - 1, from where their file says to the last step."""
    import jax

    from spikesampler.studies.gamst_walker_2017 import batched_descent

    training, path = Training(**facts), piece_file(folder, number)
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
        with read_arrays(piece_file(folder, number)) as arrays:
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
