"""Networks of rates, of all seeds at once, trained by gradient descent with synaptic noise."""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from spikesampler.jobs.kept import digest
from spikesampler.networks.labelled_rows import rows_of, source_of
from spikesampler.networks.layered import accuracy, classifier, cross_entropy, outputs_of, start
from spikesampler.networks.optimizers import synaptic_noise
from spikesampler.optional import require
from spikesampler.stimuli.seeds import generator
from spikesampler.studies.fang_2018.rate_network_plan import BATCH, HIDDEN, SMALL

jax, jnp, optax = require("networks of rates", "landscape", "jax", "jax.numpy", "optax")

__all__ = ["Training", "images", "sigma_of", "trained"]

LAYERS = classifier(2)
MEASURES = ("train_loss", "train_accuracy", "validation_accuracy", "test_loss", "test_accuracy")


@dataclass(frozen=True)
class Training:
    """One job of `jobs.kept`: networks of several seeds with one arm, rate, start and batch.

    steps : in all; probes : looks at the network, evenly, the first before any step.
    """

    noise: str
    temperature: float
    rate: float
    start: str
    batch: str
    seeds: tuple[int, ...]
    steps: int
    probes: int
    data: str = "digits"

    @property
    def file_name(self) -> str:
        """Of its results."""
        return f"{self.noise}-{digest(self.__dict__)}.npz"

    @property
    def label(self) -> str:
        """A few words."""
        return f"{self.noise}, T = {self.temperature:g}, rate {self.rate:g}, {self.start}"


class Images(NamedTuple):
    """Pixels (n, pixel) from 0 to 1, and labels (n,)."""

    pixels: Any
    labels: Any


@cache
def images(data: str) -> dict[str, Images]:
    """What is learnt, what the rate is chosen on, and what is tested on."""
    source, found = source_of(data), {}
    for ours, theirs in (("train", "learning"), ("validation", "probe"), ("test", "test")):
        pixels, labels, scale = rows_of(source, (theirs,))
        found[ours] = Images(jnp.asarray(pixels / scale, jnp.float32), jnp.asarray(labels))
    return found


def sigma_of(rate: float, temperature: float) -> float:
    """Standard deviation of the noise of a step."""
    return float(np.sqrt(2 * rate * temperature))


def _starts(task: Training, num_pixels: int) -> tuple[Any, Any]:
    """Weights at the start (seed, parameter), and those of the usual one, by which r is told."""
    flat = []
    for seed in task.seeds:
        rng = generator(seed, "rate network", "start")
        params = start(rng, (num_pixels, HIDDEN, 10))
        flat.append(jax.flatten_util.ravel_pytree(params)[0])
    usual = jnp.asarray(np.array(flat), jnp.float32)
    return usual * (1.0 if task.start == "usual" else SMALL), usual


def _unravel(num_pixels: int) -> Any:
    zeros = start(np.random.default_rng(0), (num_pixels, HIDDEN, 10))
    as_floats = jax.tree.map(lambda part: jnp.asarray(part, jnp.float32), zeros)
    return jax.flatten_util.ravel_pytree(as_floats)[1]


@cache
def _programs(noise: str, num_pixels: int, steps: int) -> tuple[Any, Any]:
    """Compiled: some steps, and what is measured of networks."""
    unravel, arm = _unravel(num_pixels), synaptic_noise(noise, 1.0, steps)

    def loss(flat: Any, pixels: Any, labels: Any) -> Any:
        return cross_entropy(outputs_of(LAYERS, unravel(flat), pixels), labels)

    slopes = jax.vmap(jax.grad(loss), in_axes=(0, 0, 0))

    def advance(carry: Any, rows: Any, rate: Any, sigma: Any, all_images: Any) -> Any:
        pixels, labels = all_images

        def step(carry: Any, rows: Any) -> tuple[Any, None]:
            params, state = carry
            some = (pixels[rows], labels[rows])
            updates, _ = optax.sgd(rate).update(slopes(params, *some), optax.sgd(rate).init(params))
            shaken, state = arm.update(jnp.zeros_like(params), state, params)
            return (params + updates + sigma * shaken, state), None

        return jax.lax.scan(step, carry, rows)[0]

    def measure(params: Any, found: Any) -> Any:
        def of(flat: Any) -> list[Any]:
            outputs = {
                part: outputs_of(LAYERS, unravel(flat), own[0]) for part, own in found.items()
            }
            scores = []
            for name in MEASURES:
                part, kind = name.split("_")
                score = cross_entropy if kind == "loss" else accuracy
                scores.append(score(outputs[part], found[part][1]))
            return scores

        return jnp.stack(jax.vmap(of)(params))

    return jax.jit(advance), jax.jit(measure)


def _rows(task: Training, num_images: int) -> np.ndarray:
    """Which images each step has, (step, seed, image): epoch after epoch in an order of its own."""
    if task.batch == "all":
        whole = np.arange(num_images)
        return np.broadcast_to(whole, (task.steps, len(task.seeds), num_images))
    rows = []
    for seed in task.seeds:
        rng = generator(seed, "rate network", "order")
        epochs = -(-task.steps * BATCH // num_images)
        order = np.concatenate([rng.permutation(num_images) for _ in range(epochs)])
        rows.append(order[: task.steps * BATCH].reshape(task.steps, BATCH))
    return np.stack(rows, axis=1)


def trained(task: Training) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """MEASURES at the probes, each (seed, probe), and the steps of the probes."""
    found = images(task.data)
    num_pixels = found["train"].pixels.shape[1]
    params, usual = _starts(task, num_pixels)
    state: Any = synaptic_noise(task.noise, 1.0, task.steps).init(usual)
    if task.noise != "none":
        keys = [
            generator(seed, "rate network", "noise").integers(2**32, size=2, dtype="u4")
            for seed in task.seeds
        ]
        state = state._replace(keys=jnp.asarray(np.array(keys)))
    advance, measure = _programs(task.noise, num_pixels, task.steps)
    rows = _rows(task, len(found["train"].labels))
    borders = np.linspace(0, task.steps, task.probes).round().astype(int)
    sigma, parts = sigma_of(task.rate, task.temperature), dict(found)
    seen = [np.asarray(measure(params, parts))]
    for first, last in pairwise(borders.tolist()):
        some = jnp.asarray(rows[first:last])
        params, state = advance((params, state), some, task.rate, sigma, found["train"])
        seen.append(np.asarray(measure(params, parts)))
    values = np.stack(seen, axis=-1)  # (measure, seed, probe)
    return dict(zip(MEASURES, values, strict=True)) | {"step": borders}, {"task": task.label}
