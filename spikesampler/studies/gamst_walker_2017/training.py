"""Networks that a Training describes: what they learn, where they start, and what they compute."""

from functools import cache
from typing import Any

import numpy as np
import xarray as xr

from spikesampler.errors import InputError
from spikesampler.optional import require
from spikesampler.studies.gamst_walker_2017 import relu_net
from spikesampler.studies.gamst_walker_2017.return_curve import jittered
from spikesampler.studies.gamst_walker_2017.settings import Training
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise

__all__ = ["begin_descent", "final_errors", "outputs_of", "starts", "target"]


def target(training: Training) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """W_f (136,) of a training, or its teacher, and the training set x, y, (point,) each.

    Raises InputError for a teacher that is no 5 x 5 network.
    """
    made = np.array(training.teacher) if training.teacher else None
    params = relu_net.gamst_walker(training.target_seed) if made is None else made
    return params, *relu_net.training_set(params, between=training.between)


def starts(training: Training, first: int, last: int) -> np.ndarray:
    """Networks first .. last - 1 before the first step, (n, num_parameters) float64.

    Network n is drawn by a generator of (seed, n) alone.
    """
    streams = [
        np.random.default_rng(np.random.SeedSequence(training.seed, spawn_key=(n,)))
        for n in range(first, last)
    ]
    if training.start == "glorot":
        return np.concatenate([relu_net.glorot_uniform(rng, 1, *training.shape) for rng in streams])
    origin = desymmetrise(target(training)[0])
    return np.array([jittered(rng, origin, training.radius) for rng in streams])


def begin_descent(training: Training, first: int, last: int) -> tuple[Any, Any]:
    """Optimiser, noise included, and State of networks first .. last - 1 before the first step."""
    from spikesampler.studies.gamst_walker_2017 import batched_descent

    jax = require("training", "landscape", "jax")
    descent = training.optimizer, tuple(training.set.items())
    if training.noise == "none":
        optimizer = _optimizer(*descent)
        return optimizer, batched_descent.init(optimizer, starts(training, first, last))
    noisy_steps = round(training.noise_share * training.steps)
    optimizer = _noisy_optimizer(
        *descent, training.noise, training.temperature, training.schedule, noisy_steps
    )
    state = batched_descent.init(optimizer, starts(training, first, last))
    root = jax.random.key(training.seed)
    keys = jax.vmap(lambda n: jax.random.fold_in(root, n))(np.arange(first, last))
    opt, noise = state.opt
    keyed = noise._replace(keys=jax.random.key_data(keys))
    return optimizer, state._replace(opt=(opt, keyed))


@cache
def _optimizer(name, values):
    """The optax transformation; the same object for the same settings, by which jax knows a program
    again.
    """
    from spikesampler.networks import optimizers

    return optimizers.make_optimizer(name, **dict(values))


@cache
def _noisy_optimizer(name, values, noise, temperature, schedule, noisy_steps):
    """`_optimizer` with synaptic noise of a temperature behind it."""
    from spikesampler.networks import optimizers

    optax = require("training", "landscape", "optax")
    sigma = np.sqrt(2 * optimizers.langevin_rate(name, **dict(values)) * temperature)
    noise = optimizers.synaptic_noise(noise, sigma, noisy_steps, schedule)
    return optax.chain(_optimizer(name, values), noise)


def final_errors(networks: xr.Dataset) -> np.ndarray:
    """Final errors (network,), nan of networks that diverged."""
    return np.where(networks["diverged"].values, np.nan, networks["final_error"].values)


def outputs_of(training: Training, networks: xr.Dataset, x: np.ndarray) -> dict[str, Any]:
    """Of the networks that did not diverge, at x (point,): target, mean, sd and best (point,).

    Also x, best_error, and the number of networks. sd : with n - 1, nan for one network. Raises
    InputError where all diverged.
    """
    sound = ~networks["diverged"].values
    if not sound.any():
        raise InputError(
            f"all {training.models} networks diverged: nothing to average; lower the learning rate"
        )
    params = networks["params"].values[sound].astype(float)
    outputs = relu_net.apply(params, x, *training.shape)
    errors = networks["final_error"].values[sound]
    return {
        "x": x,
        "target": relu_net.apply(target(training)[0], x),
        "mean": outputs.mean(axis=0),
        "sd": outputs.std(axis=0, ddof=1) if len(outputs) > 1 else np.full(len(x), np.nan),
        "best": outputs[errors.argmin()],
        "best_error": float(errors.min()),
        "number": len(outputs),
    }
