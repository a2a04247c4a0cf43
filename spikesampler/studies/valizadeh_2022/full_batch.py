"""Full-batch training of a layered classifier by seven methods, many starts and rates at once:
losses epoch by epoch.

    gradient_descent   W_l ← W_l − η g_l
    layer_scaled       W_l ← W_l − l η g_l: as many steps' worth per epoch as the position-wise
        optimizer gives layer l
    position_wise      arXiv:2204.05312, see `position_wise`
    as_printed         its Algorithm 2 as it is printed, see `as_printed`; and as_printed_python,
        with ranges that do not contain their ends
    momentum           Polyak's, 0.9
    adam               Kingma & Ba (2015): 0.9, 0.999, 1e-8

A lane is one network: a start and a rate. Lanes do not see each other.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from spikesampler.checks import real_number, whole_number
from spikesampler.errors import InputError
from spikesampler.landscape.precision import enable_x64
from spikesampler.networks.layered import (
    accuracy,
    binary_cross_entropy,
    classifier,
    make_objective,
    outputs_of,
)
from spikesampler.optional import require
from spikesampler.studies.valizadeh_2022.as_printed import printed_epoch
from spikesampler.studies.valizadeh_2022.course import Course
from spikesampler.studies.valizadeh_2022.images import Images, check_images
from spikesampler.studies.valizadeh_2022.operations import Operations, operations, times
from spikesampler.studies.valizadeh_2022.position_wise import position_wise

jax, jnp, optax = require("training", "landscape", "jax", "jax.numpy", "optax")

__all__ = ["METHODS", "first_changes", "method_operations", "seconds_per_epoch", "train"]

PRINTED = {"as_printed": True, "as_printed_python": False}  #: do ranges contain their ends?
METHODS = ("gradient_descent", "layer_scaled", "position_wise", "momentum", "adam", *PRINTED)
BLOCK = 50  #: epochs that are one program, between looks whether all lanes are done


def inner_of(method, rate):
    """The optax transformation of a method but for what layers have to do with it."""
    if method == "adam":
        return optax.adam(rate)
    return optax.sgd(rate, momentum=0.9 if method == "momentum" else None)


def make_epoch(method, layers, loss):
    """(init(params, rate), epoch(params, state, rate, inputs, labels) -> (params, state)) of a
    method.
    """
    if method not in METHODS:
        raise InputError(f"method={method}: expected one of {', '.join(METHODS)}")
    if method in PRINTED:
        return _make_printed(layers, loss, PRINTED[method])

    def loss_of(params, inputs, labels):
        return loss(outputs_of(layers, params, inputs), labels)

    def init(params, rate):
        inner = inner_of(method, rate)
        return (position_wise(layers, loss, inner) if method == "position_wise" else inner).init(
            params
        )

    def epoch(params, state, rate, inputs, labels):
        inner = inner_of(method, rate)
        if method == "position_wise":
            chosen = position_wise(layers, loss, inner)
            updates, state = chosen.update(None, state, params, inputs=inputs, targets=labels)
        else:
            updates, state = inner.update(jax.grad(loss_of)(params, inputs, labels), state, params)
        if method == "layer_scaled":
            updates = tuple(
                jax.tree.map(lambda step, l=l: l * step, layer)
                for l, layer in enumerate(updates, start=1)
            )
        return optax.apply_updates(params, updates), state

    return init, epoch


def _make_printed(layers, loss, ends):
    """`make_epoch` of Algorithm 2 as printed, which keeps nothing from epoch to epoch."""

    def epoch(params, state, rate, inputs, labels):
        return printed_epoch(layers[-1], loss, rate, params, inputs, labels, ends), state

    return lambda params, rate: (), epoch


@partial(jax.jit, static_argnames=("method", "objective", "num_layers", "epochs", "measure"))
def _advance(params, state, rates, batch, *, method, objective, num_layers, epochs, measure=True):
    """`epochs` epochs of all lanes, and what is measured before each: ((params, state), (loss,
    accuracy)).
    """
    goal, (inputs, labels, held_out, held_out_labels) = make_objective(*objective), batch
    layers = classifier(num_layers, goal.head)
    _, epoch = make_epoch(method, layers, goal.descended)

    def lane(params, state, rate):
        measured = ()
        if measure:
            measured = (
                goal.reported(outputs_of(layers, params, inputs), labels),
                accuracy(outputs_of(layers, params, held_out), held_out_labels),
            )
        return epoch(params, state, rate, inputs, labels), measured

    return jax.lax.scan(
        lambda carry, _: jax.vmap(lane)(*carry, rates), (params, state), length=epochs
    )


def _begin(images, starts, rates, method, objective):
    """Lanes before the first epoch: (params, state, rates, batch) and the static arguments of
    `_advance`.
    """
    objective = (objective,) if isinstance(objective, str) else tuple(objective)
    goal, dtype = make_objective(*objective), images.inputs.dtype
    num_layers, num_outputs = len(starts[0]), starts[0][-1][0].shape[1]
    check_images(images, starts[0][0][0].shape[0], num_outputs)
    if num_outputs == 1 and goal.descended is not binary_cross_entropy:
        raise InputError(
            f"objective={objective[0]} with one output, of two classes: expected three classes or"
            " more; give binary_cross_entropy"
        )
    params = jax.tree.map(lambda *each: jnp.stack([jnp.asarray(x, dtype) for x in each]), *starts)
    rates = jnp.asarray(rates, dtype)
    init, _ = make_epoch(method, classifier(num_layers, goal.head), None)
    batch = Images(
        *(jnp.asarray(part, dtype if part.dtype.kind == "f" else jnp.int32) for part in images)
    )
    static = {"method": method, "objective": objective, "num_layers": num_layers}
    return (params, jax.vmap(init)(params, rates), rates, batch), static


def train(
    images: Images,
    starts: Sequence[Any],
    rates: Sequence[float],
    *,
    method: str = "position_wise",
    objective: str | tuple = "binary_cross_entropy",
    epochs: int = 5000,
    until: float = 0.0,
    keep: bool = False,
    progress: Callable[[int], object] = lambda done: None,
) -> Course:
    """Train a network from each start, at its rate, and give the `Course`, (lane, epoch + 1).

    starts : parameters as `layered.start` gives them, one per lane. rates : (lane,), above 0.
    method : one of `METHODS`. objective : a name of `layered.OBJECTIVES`, or
    ("additive_margin_softmax", s, m). epochs : at most; it ends when all lanes have reported a loss
    below `until`. keep : whether lanes that diverge are kept beside the others; else the first one
    is an InputError with its epoch, method and rate. progress : called with the number of epochs
    done.
    """
    epochs, rates = whole_number("epochs", epochs, 1), [real_number("rate", rate) for rate in rates]
    if not starts or len(starts) != len(rates):
        raise InputError(
            f"{len(starts)} starts and {len(rates)} rates: expected one each per network"
        )
    with enable_x64(images.inputs.dtype == np.float64):
        lanes = _begin(images, starts, rates, method, objective)
        blocks = list(_blocks(*lanes, epochs, until, keep, progress))
    loss, score = (np.concatenate(parts).T for parts in zip(*blocks))
    lost = np.logical_or.accumulate(~np.isfinite(loss), axis=1)
    diverged = np.where(lost[:, -1], lost.argmax(axis=1), -1)
    return Course(np.where(lost, np.nan, loss), np.where(lost, np.nan, score), diverged)


def _blocks(lanes, static, epochs, until, keep, progress):
    """Loss and accuracy (epoch, lane) of `BLOCK` epochs at a time, until all lanes are done."""
    params, state, rates, batch = lanes
    done, least = 0, np.inf
    while done < epochs + 1:  # after the last epoch it is only measured
        (params, state), block = _advance(params, state, rates, batch, epochs=BLOCK, **static)
        loss, score = (np.asarray(values, float)[: epochs + 1 - done] for values in block)
        if not (keep or np.isfinite(loss).all()):
            epoch, lane = np.argwhere(~np.isfinite(loss))[0]
            raise InputError(
                f"{static['method']} at a rate of {float(rates[lane]):g}: the loss is not finite"
                f" after {done + epoch} epochs; give a smaller rate"
            )
        yield loss, score
        done, least = done + len(loss), np.fmin(least, np.fmin.reduce(loss, axis=0))
        progress(done - 1)
        if (~np.isfinite(loss[-1]) | (least < until)).all():
            break


def first_changes(
    images: Images, starts: Sequence[Any], rate: float, method: str, objective: str | tuple
) -> np.ndarray:
    """Norm of the change of each layer's weights in the first epoch from each start, (start,
    layer).
    """
    with enable_x64(images.inputs.dtype == np.float64):
        (before, *rest), static = _begin(images, starts, [rate] * len(starts), method, objective)
        (after, _), _ = _advance(before, *rest, epochs=1, measure=False, **static)
        return np.array(
            [
                np.linalg.norm(np.asarray(new[0] - old[0]), axis=(1, 2))
                for old, new in zip(before, after)
            ]
        ).T


def seconds_per_epoch(
    images: Images,
    params: Any,
    rate: float,
    methods: Sequence[str],
    objective: str | tuple,
    repeats: int = 5,
    epochs: int = BLOCK,
) -> dict[str, np.ndarray]:
    """Wall-clock seconds of an epoch of one network, without measuring: {method: (repeats,)},
    methods by turns.
    """
    seconds = {method: [] for method in methods}
    with enable_x64(images.inputs.dtype == np.float64):
        begun = {method: _begin(images, [params], [rate], method, objective) for method in methods}
        for repeat in range(repeats + 1):
            for method, (arguments, static) in begun.items():
                began = time.perf_counter()
                jax.block_until_ready(_advance(*arguments, epochs=epochs, measure=False, **static))
                if repeat:  # the first one compiles
                    seconds[method].append((time.perf_counter() - began) / epochs)
    return {method: np.array(values) for method, values in seconds.items()}


def method_operations(
    images: Images, params: Any, method: str, objective: str | tuple = "binary_cross_entropy"
) -> tuple[float, Operations]:
    """Floating-point operations of an epoch of a method on these images, and the `Operations` of
    each layer.
    """
    with enable_x64(images.inputs.dtype == np.float64):
        (lanes, _, _, batch), static = _begin(images, [params], [0.1], method, objective)
        goal = make_objective(*static["objective"])
        layers, params = classifier(len(params), goal.head), jax.tree.map(lambda x: x[0], lanes)
        each = operations(
            layers, goal.descended, params, batch.inputs, batch.labels, inner_of(method, 0.1)
        )
    return each.per_epoch(times(len(layers), position_wise=method == "position_wise")), each
