"""Thousands of networks trained in chunks, in processes, into a folder that survives a kill at any
moment.

A chunk is what the cache of one core holds; its file in `pieces/` keeps where it got to. Network n
starts from, and its noise is drawn from, generators of (seed, n) alone, so results depend neither
on the number of processes nor on stops. (Their last bits depend on the size of a chunk: of an
incomplete last one, on how many networks there are.)

    settings.json · pieces/00000.npz … while it runs · networks.nc when all are done
"""

import json
import os
import time
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import xarray as xr

from spikesampler.checks import real_number, whole_number
from spikesampler.errors import InputError
from spikesampler.jobs.executors import check_workers
from spikesampler.jobs.processes import Processes
from spikesampler.jobs.progress import Progress
from spikesampler.store import atomic, folders
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
from spikesampler.studies.gamst_walker_2017.basin import jittered
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise

__all__ = [
    "STARTS",
    "Training",
    "open_training",
    "outputs_of",
    "starts",
    "target",
    "train_networks",
    "trained",
]

NETWORKS, UNIT = "networks.nc", "networks"
STARTS = ("glorot", "jitter")
CHUNK = {
    "cpu": 32,
    "gpu": 16_384,
}  #: networks trained together: their activations fit the cache of a core
BLOCK, PAUSE = (
    1000,
    5.0,
)  #: steps between looks at the clock; seconds between checkpoints of a chunk
LOOK = 0.5  #: seconds between looks at the progress


@dataclass(frozen=True)
class Training:
    """What is trained, all of it.

    models, steps, seed : how many networks, for how many steps, and the seed of starts and noise.
    optimizer, set : a name of `optimizers.OPTIMIZERS`, and changes of its settings.
    depth, width : of the networks that are trained; target_seed : of the spline's heights in W_f.
    start : "glorot", or "jitter": W_f, de-symmetrised, plus a random direction of norm uniform in
        [0, radius].
    noise, temperature, schedule : an arm of `optimizers.ARMS`, T, and its course over the first
        `noise_share` of the steps; the rest is without noise, so that what is compared in the end
        is where the networks are, not how they shake.
    """

    models: int
    steps: int
    seed: int = 1
    optimizer: str = "momentum"
    set: dict = field(default_factory=dict)
    depth: int = 5
    width: int = 5
    target_seed: int = 1
    start: str = "glorot"
    radius: float = 2.0
    noise: str = "none"
    temperature: float = 0.0
    schedule: str = "constant"
    noise_share: float = 0.9

    def __post_init__(self):
        from spikesampler.networks import optimizers

        for name, least in (
            ("models", 1),
            ("steps", 1),
            ("seed", 0),
            ("depth", 1),
            ("width", 1),
            ("target_seed", 0),
        ):
            object.__setattr__(self, name, whole_number(name, getattr(self, name), least))
        object.__setattr__(self, "set", optimizers.settings(self.optimizer, **self.set))
        for name, zero in (("radius", False), ("temperature", True), ("noise_share", True)):
            object.__setattr__(self, name, real_number(name, getattr(self, name), zero=zero))
        for name, known in (
            ("start", STARTS),
            ("noise", optimizers.ARMS),
            ("schedule", optimizers.SCHEDULES),
        ):
            if getattr(self, name) not in known:
                raise InputError(
                    f"{name}={getattr(self, name)}: expected one of {', '.join(known)}"
                )
        if self.seed >= 2**63:
            raise InputError(
                f"seed={self.seed}: expected a whole number below 2**63; give such a seed"
            )
        if self.noise_share > 1:
            raise InputError(
                f"noise_share={self.noise_share}: expected a share of the steps, 0 to 1"
            )
        if (self.noise == "none") != (self.temperature == 0):
            raise InputError(
                f"noise={self.noise} with temperature={self.temperature:g}: expected both or"
                " neither; give an arm and its temperature"
            )
        if self.start == "jitter" and (self.depth, self.width) != relu_net.SHAPE:
            raise InputError(
                f"start=jitter with depth={self.depth}, width={self.width}: W_f has 5 and 5"
            )

    def facts(self):
        """All settings as JSON keeps them."""
        return json.loads(atomic.json_bytes(asdict(self)))

    @property
    def name(self):
        """A folder's name, another one for every setting that the studies here vary."""
        shape = "" if (self.depth, self.width) == relu_net.SHAPE else f"-{self.depth}x{self.width}"
        noise = (
            "" if self.noise == "none" else f"-{self.noise}-T{self.temperature:g}-{self.schedule}"
        )
        size = f"n{self.models}-s{self.steps}-seed{self.seed}"
        return f"{self.start}-{self.optimizer}{shape}{noise}-{size}"

    @property
    def record_every(self):
        """Steps between two recorded errors: 100 of them, or each."""
        return max(1, self.steps // 100)


def target(training):
    """W_f (136,) of a training, and the training set x, y, (point,) each."""
    params = relu_net.gamst_walker(training.target_seed)
    return params, *relu_net.training_set(params)


def starts(training, first, last):
    """Networks first .. last - 1 before the first step, (n, num_parameters) float64."""
    streams = [
        np.random.default_rng(np.random.SeedSequence(training.seed, spawn_key=(n,)))
        for n in range(first, last)
    ]
    if training.start == "glorot":
        shape = training.depth, training.width
        return np.concatenate([relu_net.glorot_uniform(rng, 1, *shape) for rng in streams])
    here = desymmetrise(target(training)[0])
    return np.array([jittered(rng, here, training.radius) for rng in streams])


def outputs_of(training, found, x):
    """Of the networks that did not diverge, at x (point,): target, mean, sd, best (point,);
    best_error, number.

    sd : with n - 1, nan for one network. InputError where all diverged.
    """
    sound = ~found["diverged"].values
    if not sound.any():
        raise InputError(
            f"all {training.models} networks diverged: nothing to average; lower the learning rate"
        )
    outputs = relu_net.apply(
        found["params"].values[sound].astype(float), x, training.depth, training.width
    )
    errors = found["final_error"].values[sound]
    sd = outputs.std(axis=0, ddof=1) if len(outputs) > 1 else np.full(len(x), np.nan)
    return {
        "x": x,
        "target": relu_net.apply(target(training)[0], x),
        "mean": outputs.mean(axis=0),
        "sd": sd,
        "best": outputs[errors.argmin()],
        "best_error": float(errors.min()),
        "number": len(outputs),
    }


def train_networks(training, out, *, resume=False, workers=None, progress=None):
    """Train all networks of a Training into the folder `out`; gives the Dataset of `networks.nc`.

    Variables: params (network, parameter) float32; error (record, network) float32 at `step`,
    before that step; final_error (network), in float64; diverged (network): an error or a weight
    was not finite; of a jitter, `jitter` (network), its norm. Of those that diverged, params and
    errors are as they were found; leave them out of means.

    resume : go on with what is in the folder; "auto": if there is anything. workers : processes; by
        default one per
    core, or one where a chunk holds all networks, or jax finds a GPU; one is this process. progress
    : called as progress(done, total, text) in networks. Raises InputError for a folder that holds
    anything else, or a training with other settings; Interrupted after Ctrl-C or SIGTERM, with what
    is finished kept.
    """
    folder = Path(out)
    if (found := finished(folder / NETWORKS, training.facts(), resume, "training")) is not None:
        return found
    backend = _backend()
    workers = check_workers(_enough(training.models, backend) if workers is None else workers, None)
    began, report = (
        time.monotonic(),
        nullcontext(progress) if progress is not None else Progress("training", unit=UNIT),
    )
    with folders.folder_lock(folder), report as say:
        size = begin(folder, training.facts(), chunk=CHUNK[backend])["chunk"]
        if not isinstance(size, int) or size < 1:
            raise damaged(folder / SETTINGS, f"chunk is {size!r}")
        borders = [
            (first, min(first + size, training.models)) for first in range(0, training.models, size)
        ]
        with resumable("trained"):
            _train_chunks(training, folder, borders, workers, say)
        found = _gather(training, folder, borders)
        found.attrs["seconds"] = time.monotonic() - began
        save_dataset(found, folder / NETWORKS)
        remove_pieces(folder)
    return found


def trained(runs, **settings):
    """(Training, Dataset, folder) of these settings below the folder `runs`, trained there unless
    they were before.
    """
    training = Training(**settings)
    folder = Path(runs) / training.name
    return training, train_networks(training, folder, resume="auto"), folder


def open_training(folder):
    """Training and Dataset of a finished folder; InputError where there is none."""
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
    return training, load_result(folder / NETWORKS)


def _enough(models, backend):
    """Processes that there is work for."""
    return 1 if backend == "gpu" else min(os.cpu_count() or 1, -(-models // CHUNK[backend]))


def _backend():
    import jax

    return "cpu" if jax.default_backend() == "cpu" else "gpu"


def _steps_done(folder, number, border):
    """Steps that a chunk has made, 0 without a file; DamagedError where its file is not what was
    written.
    """
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
        text = (
            f"{speed:.0f} model-steps/s, about {still / speed:.0f} s left" if speed and left else ""
        )
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
    """`_train_chunk` in a process of its own, on one thread of XLA's: the processes are the
    parallel part.
    """
    os.environ.setdefault("NPROC", "1")
    _train_chunk(*arguments)


def _train_chunk(facts, folder, number, first, last):
    """Networks first .. last - 1, from where their file says to the last step."""
    import jax

    from spikesampler.studies.gamst_walker_2017 import simultaneous

    training, path = Training(**facts), piece_file(folder, number)
    optimizer, state = _begin(training, first, last)
    points, errors = simultaneous.pad_points(*target(training)[1:]), []
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

    saved, shape = time.monotonic(), {"depth": training.depth, "width": training.width}
    while (done := int(state.steps)) < training.steps:
        until = min(training.steps, (done // training.record_every + 1) * training.record_every)
        state, error = simultaneous.advance(
            state, points, optimizer=optimizer, steps=until - done, **shape
        )
        errors.append(np.asarray(error))
        if time.monotonic() > saved + PAUSE and until < training.steps:
            save()
            saved = time.monotonic()
    save()


def _begin(training, first, last):
    """Optimiser, noise included, and State of networks first .. last - 1 before the first step."""
    import jax

    from spikesampler.studies.gamst_walker_2017 import simultaneous

    noise = (
        training.noise,
        training.temperature,
        training.schedule,
        round(training.noise_share * training.steps),
    )
    noise = (
        noise if training.noise != "none" else ("none", 0.0, "constant", 0)
    )  # of which nothing else matters
    optimizer = _optimizer(training.optimizer, tuple(training.set.items()), *noise)
    state = simultaneous.init(optimizer, starts(training, first, last))
    if training.noise == "none":
        return optimizer, state
    root = jax.random.key(training.seed)
    keys = jax.random.key_data(
        jax.vmap(lambda n: jax.random.fold_in(root, n))(np.arange(first, last))
    )
    descent, noise = state.opt
    return optimizer, state._replace(opt=(descent, noise._replace(keys=keys)))


@cache
def _optimizer(name, values, noise, temperature, schedule, noise_steps):
    """The optax transformation; the same object for the same settings, by which jax knows a program
    again.
    """
    import optax

    from spikesampler.networks import optimizers

    descent = optimizers.make_optimizer(name, **dict(values))
    if noise == "none":
        return descent
    sigma = np.sqrt(2 * optimizers.langevin_rate(name, **dict(values)) * temperature)
    return optax.chain(descent, optimizers.synaptic_noise(noise, sigma, noise_steps, schedule))


def _gather(training, folder, borders):
    """The Dataset of all chunks."""
    params, errors = [], []
    for number in range(len(borders)):
        with read_arrays(piece_file(folder, number)) as arrays:
            params.append(arrays["leaf_0"]())
            errors.append(arrays["error"]())
    params, errors = np.concatenate(params), np.concatenate(errors, axis=1)
    x, y = target(training)[1:]
    with np.errstate(over="ignore", invalid="ignore"):
        final = (
            (relu_net.apply(params.astype(float), x, training.depth, training.width) - y) ** 2
        ).mean(axis=-1)
    finite = np.isfinite(final) & np.isfinite(params).all(axis=1) & np.isfinite(errors).all(axis=0)
    start = starts(training, 0, training.models) if training.start == "jitter" else None
    variables = {
        "params": (("network", "parameter"), params),
        "error": (("record", "network"), errors, {"long_name": "mean squared error before a step"}),
        "final_error": (("network",), final, {"long_name": "mean squared error at the end"}),
        "diverged": (("network",), ~finite),
    }
    if start is not None:
        moved = np.linalg.norm(start - desymmetrise(target(training)[0]), axis=1)
        variables["jitter"] = (
            ("network",),
            moved,
            {"long_name": "L2 norm of what was added to W_f"},
        )
    steps = np.arange(len(errors)) * training.record_every
    attrs = {"training": json.dumps(training.facts())} | made_by()
    return xr.Dataset(variables, {"step": (("record",), steps)}, attrs)
