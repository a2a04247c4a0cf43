"""Classifiers of two classes with one hidden layer and a sigmoid or LIGHT as the output, many
trained at once.

    z = v · max(0, W x + b) + c,        p = ℓ(z)

Losses, means over the samples of a batch, with labels y of 0 and 1:

    cross_entropy   -y ln p - (1 - y) ln(1 - p), p clipped to [1e-7, 1 - 1e-7] as in Keras (the
                    sigmoid's is exact, as there). The class is 1 where p is above half of the
                    largest value ℓ has: for the sigmoid 1/2.
    margin          ℓ(-(2y - 1) z): Eq. (2) of Kulikovskikh & Legović (2021) with the sign without
                    which it teaches every label's opposite. The class is 1 where z > 0. Of the
                    sigmoid it is |y - p|.

Cross-entropy is what an "output activation layer" in Keras, as which they implemented LIGHT, is
trained with; which of the two they had, they do not say. Harvest takes all values of ℓ to 1/2 or
less at their T and N_T, hence "half of".

Lanes are (run, task, setting): runs differ in data, start and shuffling, tasks in data, settings in
rate and ℓ.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from spikesampler.checks import whole_number
from spikesampler.errors import InputError
from spikesampler.networks.layered import classifier, outputs_of
from spikesampler.networks.optimizers import OPTIMIZERS, settings
from spikesampler.studies.kulikovskikh_2021.light import FORMS, light_supremum, log_light

__all__ = [
    "HIDDEN",
    "LOSSES",
    "UNITS",
    "Course",
    "Setting",
    "Split",
    "classes",
    "glorot_start",
    "loss_of",
    "losses",
    "train",
]

HIDDEN = 5
LOSSES = ("cross_entropy", "margin")
UNITS = ("sigmoid", *FORMS)
CLIP = 1e-7  #: of Keras
BLOCK = 100  #: epochs that are one program


class Split(NamedTuple):
    """inputs (run, task, sample, feature), labels (run, task, sample) of 0 and 1; the first
    `learnt` are learnt.
    """

    inputs: np.ndarray
    labels: np.ndarray
    learnt: int


class Setting(NamedTuple):
    """Learning rate, and r, E, T, N_T, q of `light`; numbers, or arrays that broadcast to (run,
    task, setting).
    """

    rate: float
    r: float = 1.0
    E: float = 0.0
    T: float = 0.0
    N_T: float = 0.5
    q: float = 1.0

    def lights(self):
        """Without the rate, as arguments of `light`."""
        return {name: value for name, value in self._asdict().items() if name != "rate"}


class Course(NamedTuple):
    """Of every lane (run, task, setting, epoch + 1): loss on what is learnt, and both accuracies,
    before the first and after each epoch; params, layers of (run, task, setting, kept, …), of the
    epochs that were to be kept, or None.
    """

    loss: np.ndarray
    train_accuracy: np.ndarray
    test_accuracy: np.ndarray
    params: tuple | None


def glorot_start(rng, num_features, hidden=HIDDEN):
    """Weights uniform in ±sqrt(6/(in + out)) and biases of 0, as in Keras: [((in, out), (out,)) of
    both layers].
    """
    params = []
    for rows, columns in ((num_features, hidden), (hidden, 1)):
        limit = np.sqrt(6 / (rows + columns))
        params.append((rng.uniform(-limit, limit, (rows, columns)), np.zeros(columns)))
    return tuple(params)


def log_unit(z, setting, unit):
    """ln ℓ(z)"""
    return (
        -jax.nn.softplus(-z) if unit == "sigmoid" else log_light(z, form=unit, **setting.lights())
    )


def losses(z, labels, setting, *, unit, loss):
    """Loss of each sample, of z and labels (sample,)."""
    if loss == "margin":
        return jnp.exp(log_unit((1 - 2 * labels) * z, setting, unit))
    if unit == "sigmoid":
        return jax.nn.softplus(z) - labels * z
    p = jnp.clip(jnp.exp(log_unit(z, setting, unit)), CLIP, 1 - CLIP)
    return -labels * jnp.log(p) - (1 - labels) * jnp.log1p(-p)


def loss_of(params, inputs, labels, weights, setting, *, unit, loss):
    """Loss of one network on samples (sample, feature) whose weights (sample,) are 1, or 0 where
    they do not count.
    """
    z = outputs_of(classifier(2), params, inputs)[:, 0]
    return (losses(z, labels, setting, unit=unit, loss=loss) * weights).sum() / weights.sum()


def classes(z, setting, *, unit, loss):
    """Classes of samples, of z (sample,)."""
    if loss == "margin" or unit == "sigmoid":
        return (z > 0).astype(z.dtype)
    half = light_supremum(form=unit, **setting.lights()) / 2
    return (jnp.exp(log_unit(z, setting, unit)) > half).astype(z.dtype)


def _each(function):
    """A function of (params or state …, inputs, labels, setting) of one lane, of all lanes (run,
    task, setting).
    """
    over_settings = jax.vmap(function, (0, None, None, 0))
    return jax.vmap(jax.vmap(over_settings))


@partial(jax.jit, static_argnames=("optimizer", "unit", "loss", "learnt", "batch", "epochs"))
def _advance(carry, split, setting, keys, first, *, optimizer, unit, loss, learnt, batch, epochs):
    """`epochs` epochs of all lanes, and what is measured before each: (carry, (loss, train,
    test)).
    """
    inputs, labels = split
    how = {"unit": unit, "loss": loss}
    factory, fixed = OPTIMIZERS[optimizer].factory, settings(optimizer)
    num_batches = -(-learnt // batch)
    spare = num_batches * batch - learnt
    counts = (
        (jnp.arange(num_batches * batch) < learnt).astype(inputs.dtype).reshape(num_batches, batch)
    )

    def measure(params, inputs, labels, setting):
        z = outputs_of(classifier(2), params, inputs)[:, 0]
        right = classes(z, setting, **how) == labels
        return (
            losses(z, labels, setting, **how)[:learnt].mean(),
            right[:learnt].mean(),
            right[learnt:].mean(),
        )

    def step(carry, batch):
        inputs, labels, counts = batch

        def one(carry, inputs, labels, setting):
            params, state = carry
            gradient = jax.grad(loss_of)(params, inputs, labels, counts, setting, **how)
            updates, state = factory(**fixed | {"learning_rate": setting.rate}).update(
                gradient, state, params
            )
            return optax.apply_updates(params, updates), state

        return _each(one)(carry, inputs, labels, setting), None

    def epoch(carry, number):
        found = _each(measure)(carry[0], inputs, labels, setting)
        order = jnp.broadcast_to(jnp.arange(learnt), (len(keys), learnt))
        if num_batches > 1:  # of one batch the order does not matter
            order = jax.vmap(
                lambda key: jax.random.permutation(jax.random.fold_in(key, number), learnt)
            )(keys)
        order = jnp.pad(order, ((0, 0), (0, spare)))
        shuffled = jax.vmap(lambda each, rows: each[:, rows])(inputs, order)
        answers = jax.vmap(lambda each, rows: each[:, rows])(labels, order)
        batches = [
            jnp.moveaxis(one.reshape(*one.shape[:2], num_batches, batch, *one.shape[3:]), 2, 0)
            for one in (shuffled, answers)
        ]
        after, _ = jax.lax.scan(step, carry, (*batches, counts))
        return after, found

    return jax.lax.scan(epoch, carry, first + jnp.arange(epochs))


def train(
    split,
    starts,
    setting,
    seeds,
    *,
    optimizer="sgd_keras",
    unit="sigmoid",
    loss="cross_entropy",
    epochs=1500,
    batch=75,
    keep=0,
    dtype=np.float32,
    progress=None,
):
    """Train all lanes and give their `Course`; the last batch of an epoch has what is left.

    split : a `Split`. starts : params as `glorot_start` gives them, one per run. setting : a
        `Setting`. seeds : (run,)
    whole numbers below 2**32, which shuffle what is learnt; lanes of a run see the same batches.
    optimizer : a name of `optimizers.OPTIMIZERS`, all of whose settings but the rate are as named.
        keep : the epochs between
    params that are kept, from the first epoch on; 0: none are.
    progress : called with the number of epochs done. Networks may diverge: their loss is nan.
    """
    for what, value, known in (
        ("optimizer", optimizer, OPTIMIZERS),
        ("unit", unit, UNITS),
        ("loss", loss, LOSSES),
    ):
        if value not in known:
            raise InputError(f"{what}={value}: expected one of {', '.join(known)}")
    epochs, batch, keep = (
        whole_number(name, value, least)
        for name, value, least in (("epochs", epochs, 1), ("batch", batch, 1), ("keep", keep, 0))
    )
    _check(split, starts, seeds)
    if unit != "sigmoid":
        light_supremum(form=unit, **setting.lights())  # refuses what is outside its domain
    num_runs, num_tasks = split.labels.shape[:2]
    lanes = np.broadcast_shapes((num_runs, num_tasks, 1), *(np.shape(one) for one in setting))
    setting = Setting(*(jnp.broadcast_to(jnp.asarray(one, dtype), lanes) for one in setting))
    params = jax.tree.map(
        lambda *each: jnp.stack([jnp.asarray(one, dtype) for one in each]), *starts
    )
    params = jax.tree.map(
        lambda one: jnp.broadcast_to(one[:, None, None], lanes + one.shape[1:]), params
    )
    init = OPTIMIZERS[optimizer].factory(**settings(optimizer)).init
    carry = params, jax.vmap(jax.vmap(jax.vmap(init)))(params)
    arrays = jnp.asarray(split.inputs, dtype), jnp.asarray(split.labels, dtype)
    keys = jax.vmap(jax.random.key)(jnp.asarray(seeds, jnp.uint32))
    static = {
        "optimizer": optimizer,
        "unit": unit,
        "loss": loss,
        "learnt": split.learnt,
        "batch": batch,
    }
    found, kept, block = [], [], keep or min(BLOCK, epochs + 1)
    for done in range(0, epochs + 1, block):  # after the last epoch it is only measured
        now = min(block, epochs + 1 - done)
        if keep:
            kept.append(jax.tree.map(np.asarray, carry[0]))
        carry, measured = _advance(carry, arrays, setting, keys, done, epochs=block, **static)
        found.append([np.asarray(one[:now]) for one in measured])
        if progress is not None:
            progress(min(done + block, epochs))
    whole = (np.moveaxis(np.concatenate(parts), 0, 3) for parts in zip(*found))
    return Course(
        *whole, jax.tree.map(lambda *parts: np.stack(parts, axis=3), *kept) if keep else None
    )


def _check(split, starts, seeds):
    """InputError where data, starts and seeds do not fit each other."""
    inputs, labels, learnt = split
    if (
        inputs.ndim != 4
        or inputs.shape[:3] != labels.shape
        or len({len(labels), len(starts), len(seeds)}) > 1
    ):
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
