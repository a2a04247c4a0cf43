"""Hessians of networks that have learnt digits: how large is their condition number?

The network is that of Valizadeh (2022), three hidden layers of 20, 7 and 5 ReLUs from N(0, 1/in),
on scikit-learn's digits, all of which are learnt, full batch, by Adam at its own rate of 1e-3.
The Hessian is that of the mean cross-entropy, exact, in float64.
"""

from typing import Any

import numpy as np
import xarray as xr

from spikesampler.landscape.precision import enable_x64
from spikesampler.networks.labelled_rows import rows_of, source_of
from spikesampler.networks.layered import accuracy, classifier, cross_entropy, outputs_of, start
from spikesampler.optional import require
from spikesampler.store.origin import made_by
from spikesampler.studies.study import Work

jax, optax = require("networks on digits", "landscape", "jax", "optax")

__all__ = ["gather"]

HIDDEN = (20, 7, 5)
RATE = 1e-3
AT_A_TIME = 64  #: columns of a Hessian


def gather(work: Work, *, seeds: int, epochs: int) -> xr.Dataset:
    """Curvatures (seed, index) in rising order, loss, norm of its gradient, and accuracy (seed,),
    after so many epochs.
    """
    numbers = list(range(work.seed, work.seed + work.count(seeds)))
    pixels, labels, scale = rows_of(source_of("digits", None, 1), ("learning", "probe", "test"), 1)
    with enable_x64(True):
        images = jax.numpy.asarray(pixels / scale), jax.numpy.asarray(labels)
        trained = [_trained(seed, images, epochs) for seed in numbers]
    curvatures, losses, slopes, scores = zip(*trained)
    variables = {
        "eigenvalue": (("seed", "index"), np.array(curvatures)),
        "loss": ("seed", np.array(losses), {"units": "nats"}),
        "gradient_norm": ("seed", np.array(slopes)),
        "accuracy": ("seed", np.array(scores)),
    }
    attrs = {"epochs": epochs, "rate": RATE, "images": len(labels)} | made_by()
    return xr.Dataset(variables, {"seed": numbers}, attrs)


def _trained(seed: int, images: tuple[Any, Any], epochs: int) -> tuple:
    """Curvatures, loss, norm of its gradient, and accuracy of a network that has learnt from the
    start of a seed.
    """
    inputs, labels = images
    layers, rng = classifier(len(HIDDEN) + 1), np.random.default_rng(seed)
    sizes = (inputs.shape[1], *HIDDEN, int(labels.max()) + 1)
    flat, unravel = jax.flatten_util.ravel_pytree(start(rng, sizes, "fan_in"))

    def outputs(flat: Any) -> Any:
        return outputs_of(layers, unravel(flat), inputs)

    def loss(flat: Any) -> Any:
        return cross_entropy(outputs(flat), labels)

    end = _adam(loss, flat, epochs)
    slope = np.linalg.norm(jax.grad(loss)(end))
    score = float(accuracy(outputs(end), labels))
    return np.linalg.eigvalsh(_hessian(loss, end)), float(loss(end)), slope, score


def _adam(loss: Any, flat: Any, epochs: int) -> Any:
    """The parameters after so many steps of Adam."""
    adam = optax.adam(RATE)

    def step(carry: tuple[Any, Any], _: None) -> tuple[tuple[Any, Any], None]:
        flat, state = carry
        change, state = adam.update(jax.grad(loss)(flat), state)
        return (flat + change, state), None

    run = jax.jit(lambda flat: jax.lax.scan(step, (flat, adam.init(flat)), length=epochs)[0][0])
    return run(flat)


def _hessian(loss: Any, flat: Any) -> np.ndarray:
    """The Hessian (n, n), made symmetric: products with unit vectors, some at a time."""

    def column(unit: Any) -> Any:
        return jax.jvp(jax.grad(loss), (flat,), (unit,))[1]

    columns = jax.jit(lambda units: jax.lax.map(column, units, batch_size=AT_A_TIME))
    hessian = np.asarray(columns(jax.numpy.eye(len(flat))))
    return (hessian + hessian.T) / 2
