"""Training of many classifiers of two classes at once, see `output_units`.

Lanes are (run, task, setting): runs differ in data, start and shuffling, tasks in data, settings in
rate and ℓ.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from spikesampler.checks import whole_number
from spikesampler.errors import InputError
from spikesampler.networks.optimizers import OPTIMIZERS, settings
from spikesampler.optional import require
from spikesampler.studies.kulikovskikh_2021.light import light_supremum
from spikesampler.studies.kulikovskikh_2021.output_units import (
    LOSSES,
    UNITS,
    classes,
    logits,
    loss_of,
    losses,
)
from spikesampler.studies.kulikovskikh_2021.samples import Split
from spikesampler.studies.kulikovskikh_2021.setting import Setting

jax, jnp, optax = require("training", "landscape", "jax", "jax.numpy", "optax")

__all__ = ["Course", "train"]

BLOCK = 100  #: epochs that are one program


class Course(NamedTuple):
    """Of every lane (run, task, setting, epoch + 1): loss on what is learnt, and both accuracies,
    before the first and after each epoch; params, layers of (run, task, setting, kept, …), of the
    epochs that were to be kept, or None.
    """

    loss: np.ndarray
    train_accuracy: np.ndarray
    test_accuracy: np.ndarray
    params: tuple | None


class Plan(NamedTuple):
    """What a compiled program of training is for."""

    optimizer: str
    unit: str
    loss: str
    learnt: int
    batch: int

    @property
    def output(self):
        """What `losses` and `classes` take."""
        return {"unit": self.unit, "loss": self.loss}

    def optimiser(self, **changes):
        """The optax transformation, all its settings as named but the changes."""
        fixed = settings(self.optimizer)
        return OPTIMIZERS[self.optimizer].factory(**fixed | changes)


def _each(function):
    """A function of (params or state …, inputs, labels, setting) of one lane, of all lanes (run,
    task, setting).
    """
    over_settings = jax.vmap(function, (0, None, None, 0))
    return jax.vmap(jax.vmap(over_settings))


@partial(jax.jit, static_argnames=("plan", "epochs"))
def _advance(carry, split, setting, keys, first, *, plan, epochs):
    """`epochs` epochs of all lanes, and what is measured before each: (carry, (loss, train,
    test)).
    """
    inputs, labels = split
    num_batches = -(-plan.learnt // plan.batch)
    counts = (jnp.arange(num_batches * plan.batch) < plan.learnt).astype(inputs.dtype)
    counts = counts.reshape(num_batches, plan.batch)

    def step(carry, batch):
        inputs, labels, counts = batch
        lane = partial(_step, plan, counts)
        return _each(lane)(carry, inputs, labels, setting), None

    def epoch(carry, number):
        measured = _each(partial(_measure, plan))(carry[0], inputs, labels, setting)
        batches = _shuffled(plan, inputs, labels, keys, number)
        after, _ = jax.lax.scan(step, carry, (*batches, counts))
        return after, measured

    return jax.lax.scan(epoch, carry, first + jnp.arange(epochs))


def _measure(plan, params, inputs, labels, setting):
    """(loss, accuracy) on what is learnt, and accuracy on what is not, of one lane."""
    z, learnt = logits(params, inputs), plan.learnt
    right = classes(z, setting, **plan.output) == labels
    loss = losses(z, labels, setting, **plan.output)[:learnt].mean()
    return loss, right[:learnt].mean(), right[learnt:].mean()


def _step(plan, counts, carry, inputs, labels, setting):
    """A step of one lane on a batch, of which the samples with counts of 1 count."""
    params, state = carry
    gradient = jax.grad(loss_of)(params, inputs, labels, counts, setting, **plan.output)
    optimiser = plan.optimiser(learning_rate=setting.rate)
    updates, state = optimiser.update(gradient, state, params)
    return optax.apply_updates(params, updates), state


def _shuffled(plan, inputs, labels, keys, number):
    """Inputs and labels of an epoch's batches, (batch, run, task, sample, …)."""
    learnt, batch = plan.learnt, plan.batch
    num_batches = -(-learnt // batch)
    order = jnp.broadcast_to(jnp.arange(learnt), (len(keys), learnt))
    if num_batches > 1:  # of one batch the order does not matter
        order = jax.vmap(
            lambda key: jax.random.permutation(jax.random.fold_in(key, number), learnt)
        )(keys)
    order = jnp.pad(order, ((0, 0), (0, num_batches * batch - learnt)))
    chosen = [jax.vmap(lambda each, rows: each[:, rows])(part, order) for part in (inputs, labels)]
    return [
        jnp.moveaxis(part.reshape(*part.shape[:2], num_batches, batch, *part.shape[3:]), 2, 0)
        for part in chosen
    ]


def train(
    split: Split,
    starts: Sequence[tuple],
    setting: Setting,
    seeds: Sequence[int],
    *,
    optimizer: str = "sgd_keras",
    unit: str = "sigmoid",
    loss: str = "cross_entropy",
    epochs: int = 1500,
    batch: int = 75,
    keep: int = 0,
    dtype: Any = np.float32,
    progress: Callable[[int], object] = lambda done: None,
) -> Course:
    """Train all lanes and give their `Course`; the last batch of an epoch has what is left.

    starts : params as `glorot_start` gives them, one per run. seeds : (run,) whole numbers below
    2**32, which shuffle what is learnt; lanes of a run see the same batches. optimizer : a name of
    `optimizers.OPTIMIZERS`, all of whose settings but the rate are as named. keep : the epochs
    between params that are kept, from the first epoch on; 0: none are. progress : called with the
    number of epochs done. Networks may diverge: their loss is nan.
    """
    plan = Plan(optimizer, unit, loss, split.learnt, batch)
    _check_plan(plan, epochs, keep)
    _check(split, starts, seeds)
    carry, lanes = _begin(plan, split, starts, setting, seeds, dtype)
    blocks, kept, block = [], [], keep or min(BLOCK, epochs + 1)
    for done in range(0, epochs + 1, block):  # after the last epoch it is only measured
        if keep:
            kept.append(jax.tree.map(np.asarray, carry[0]))
        carry, measured = _advance(carry, *lanes, done, plan=plan, epochs=block)
        blocks.append([np.asarray(values[: epochs + 1 - done]) for values in measured])
        progress(min(done + block, epochs))
    whole = (np.moveaxis(np.concatenate(parts), 0, 3) for parts in zip(*blocks))
    params = jax.tree.map(lambda *parts: np.stack(parts, axis=3), *kept) if keep else None
    return Course(*whole, params)


def _begin(plan, split, starts, setting, seeds, dtype):
    """Lanes before the first epoch: (params, state), and (data, setting, keys) of `_advance`."""
    if plan.unit != "sigmoid":
        light_supremum(form=plan.unit, **setting.lights())  # refuses what is outside its domain
    num_runs, num_tasks = split.labels.shape[:2]
    lanes = np.broadcast_shapes((num_runs, num_tasks, 1), *(np.shape(each) for each in setting))
    setting = Setting(*(jnp.broadcast_to(jnp.asarray(each, dtype), lanes) for each in setting))
    params = jax.tree.map(lambda *each: jnp.stack([jnp.asarray(x, dtype) for x in each]), *starts)
    params = jax.tree.map(
        lambda each: jnp.broadcast_to(each[:, None, None], lanes + each.shape[1:]), params
    )
    state = jax.vmap(jax.vmap(jax.vmap(plan.optimiser().init)))(params)
    arrays = jnp.asarray(split.inputs, dtype), jnp.asarray(split.labels, dtype)
    keys = jax.vmap(jax.random.key)(jnp.asarray(seeds, jnp.uint32))
    return (params, state), (arrays, setting, keys)


def _check_plan(plan, epochs, keep):
    """InputError for an unknown name, or a number that is none."""
    for name, known in (("optimizer", OPTIMIZERS), ("unit", UNITS), ("loss", LOSSES)):
        if (value := getattr(plan, name)) not in known:
            raise InputError(f"{name}={value}: expected one of {', '.join(known)}")
    for name, value, least in (("epochs", epochs, 1), ("batch", plan.batch, 1), ("keep", keep, 0)):
        whole_number(name, value, least)


def _check(split, starts, seeds):
    """InputError where data, starts and seeds do not fit each other."""
    inputs, labels, learnt = split
    one_per_run = len({len(labels), len(starts), len(seeds)}) == 1
    if inputs.ndim != 4 or inputs.shape[:3] != labels.shape or not one_per_run:
        raise InputError(
            f"inputs {inputs.shape}, labels {labels.shape}, {len(starts)} starts, {len(seeds)}"
            " seeds: expected (run, task, sample, feature), (run, task, sample), one each per run"
        )
    if not 0 < learnt < labels.shape[2]:
        raise InputError(
            f"{learnt} of {labels.shape[2]} samples learnt: expected some, and some left to test on"
        )
    if not (np.isfinite(inputs).all() and np.isin(labels, (0, 1)).all()):
        raise InputError(
            "inputs that are not finite or labels other than 0 and 1: leave these samples out"
        )
