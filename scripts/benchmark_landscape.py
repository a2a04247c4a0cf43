"""How fast are the Hessian of the objective, and networks that are trained at once?

A product of the exact Hessian with a vector is measured against reading its patterns once from
memory, on one core; training against loops over single networks. Part of benchmark.py.
"""

import os
import tempfile
import time
from pathlib import Path


def silent(*_):
    """Progress that nobody sees."""


def best_seconds(function, times=5):
    """The least time of some calls."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def print_hessian(seed, quick):
    """A Hessian-vector product against its floor, and the extreme eigenvalues, for the whole
    experiment's patterns.
    """
    import numpy as np
    from threadpoolctl import threadpool_limits

    from spikesampler.landscape import SynapticObjective, extreme_eigenvalues

    rng, number = np.random.default_rng(seed), 4_320 if quick else 43_200
    x, labels = rng.gamma(0.4, 0.5, (number, 1000)), rng.integers(10, size=number)
    objective = SynapticObjective(x, labels, 10, theta_0=3.0, alpha=np.exp(-2), mu=0.5, sigma=1.0)
    theta, v = rng.normal(0.5, 1.0, (2, *objective.shape))
    with threadpool_limits(1):
        floor = best_seconds(x.sum)
        gradient = best_seconds(lambda: objective.gradient(theta + 1e-9 * rng.random()))
        product = best_seconds(lambda: objective.hvp(theta, v))
        start = time.perf_counter()
        ends = extreme_eigenvalues(
            lambda v: objective.hvp(theta, v), objective.dimension, tolerance=1e-4
        )
        seconds = time.perf_counter() - start
    print(
        f"Hessian of 10000 synapses, {number} patterns: a product {1e3 * product:.0f} ms,"
        f" {product / floor:.1f} times reading the patterns once ({1e3 * floor:.1f} ms), value and"
        f" gradient {gradient / floor:.1f} times; both ends of the spectrum to 1e-4 in"
        f" {seconds:.1f} s, {ends.products} products"
    )


def print_training(seed, quick):
    """Model-steps per second of `landscape train`, against one network after the other and against
    a plain vmap.
    """
    from spikesampler.studies.gamst_walker_2017.settings import Training
    from spikesampler.studies.gamst_walker_2017.training_folder import train_networks

    models, steps = (64, 1000) if quick else (512, 20_000)
    speeds = training_references(seed, 100 if quick else 1000)
    with tempfile.TemporaryDirectory() as folder:
        for workers in (1, os.cpu_count()):
            training = Training(models=models, steps=steps, seed=seed)
            dataset = train_networks(
                training, Path(folder) / str(workers), workers=workers, progress=silent
            )
            processes = f"{workers} process{'es' if workers > 1 else ''}"
            text = f"{models} networks x {steps} steps, {processes}, start included"
            speeds[text] = models * steps / dataset.attrs["seconds"]
    eager, compiled, together, *_, ours = speeds.values()
    for text, speed in speeds.items():
        print(
            f"training 5 x 5 networks, {text}: {speed:.0f} model-steps/s,"
            f" {speed / eager:.1f} times the first"
        )
    print(
        f"training: {ours / eager:.0f}, {ours / compiled:.0f} and {ours / together:.1f} times these"
    )


def training_references(seed, steps):
    """{what: model-steps per second} of loops over single networks, and of a plain vmap over 64."""
    import jax
    import jax.numpy as jnp
    import numpy as np
    import optax

    from spikesampler.networks.optimizers import make_optimizer
    from spikesampler.studies.gamst_walker_2017 import relu_net

    points = relu_net.training_set(relu_net.gamst_walker(seed))
    x, y = (jnp.asarray(values, jnp.float32) for values in points)
    starts = jnp.asarray(relu_net.glorot_uniform(np.random.default_rng(seed), 64), jnp.float32)
    optimizer = make_optimizer("momentum")
    gradient = jax.jit(jax.grad(relu_net.error_on(x, y)))

    def step(carry, _=None):
        params, state = carry
        updates, state = optimizer.update(gradient(params), state, params)
        return (optax.apply_updates(params, updates), state), None

    def loop(step):
        carry = starts[0], optimizer.init(starts[0])
        for _ in range(steps):
            carry, _ = step(carry)
        return carry

    together = jax.jit(lambda carry: jax.lax.scan(jax.vmap(step), carry, length=steps)[0])
    first, compiled = (starts, jax.vmap(optimizer.init)(starts)), jax.jit(step)
    cases = {
        "one by one, gradient compiled, optax called": (lambda: loop(step), 1),
        "one by one, the step compiled": (lambda: loop(compiled), 1),
        "a plain vmap over 64": (lambda: together(first), len(starts)),
    }
    speeds = {}
    for text, (function, number) in cases.items():
        jax.block_until_ready(function())  # compile
        seconds = best_seconds(lambda run=function: jax.block_until_ready(run()), 3)
        speeds[text] = number * steps / seconds
    return speeds
