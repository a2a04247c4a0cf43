"""How fast is the engine? Fast engine and plain clock-driven Brian2 (`reference`) against real
time, in one run.

The measure of speed is hand_written.cpp, the same algorithm as one C++ loop in float32, timed
before and after the fast engine; its best run counts. Machines are noisy, so look at the ratios.
Engine time is the wall time of the compiled program on one core, its start and its files included;
that of the loop is the loop alone. Peak memory is that of the compiled program. Also: the time from
the command `spikesampler run` to its first finished chunk, for a network that is built, of
`spikesampler --help`, and of building a network. Then sweeps of 40 points: what a point costs
beyond its engine time, and how much faster two workers are than one. Then the exact Hessian of the
objective: a product with a vector against reading its patterns once from memory, on one core, and
both ends of its spectrum. Then networks of ReLUs trained at once, against loops over single
networks. Last, without --quick, scaling.py: how all this grows with the network. With --viewer,
`spikesampler view` in a browser instead.

    python scripts/benchmark.py --quick
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

ENGINES = ("fast", "reference")
COLUMNS = (
    "engine",
    "arm",
    "samples",
    "engine_seconds",
    "times_real_time",
    "times_reference",
    "times_hand_written",
)
COLUMNS += ("peak_mib",)
HAND_WRITTEN = Path(__file__).parent / "hand_written.cpp"


def build(engine, arm):
    """Compile the case's network, so that its run measures nothing else."""
    from spikesampler.experiments.prepare import prepare
    from spikesampler.experiments.settings import resolve
    from spikesampler.spiking.build import build

    build(prepare(resolve("fang_2018", noise=arm, samples=1, engine=engine)).structure)


def measure(engine, arm, samples, seed):
    """Learn `samples` samples and probe; seconds of engine and simulated time, and peak memory in
    MiB.
    """
    from spikesampler import run

    with tempfile.TemporaryDirectory() as folder:
        result = run(
            "fang_2018",
            noise=arm,
            samples=samples,
            test_samples=1,
            probe_samples=1,
            seed=seed,
            engine=engine,
            out=Path(folder) / "run",
            record="none",
            progress=lambda *_: None,
        )
        facts = result.manifest["results"]
    return facts["engine_seconds"], facts["simulated_seconds"], facts["engine_peak_mib"]


def compile_hand_written(folder):
    """The program of hand_written.cpp, compiled into `folder` for this machine."""
    from spikesampler.spiking.compiler import find_compiler

    program = Path(folder) / "hand_written"
    flags = ["-std=c++17", "-O3", "-march=native", "-ffast-math"]
    subprocess.run([find_compiler()[0], *flags, HAND_WRITTEN, "-o", program], check=True)
    return program


def hand_written_speed(program, arm, samples, seed):
    """How many times faster than real time the hand-written loop is; samples of 0.2 s."""
    done = subprocess.run(
        [program, arm, str(samples), str(seed)], capture_output=True, text=True, check=True
    )
    return 0.2 * samples / json.loads(done.stdout)["seconds"]


def build_seconds():
    """Building the network of `weight` where nothing is built yet."""
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, SPIKESAMPLER_CACHE=folder),
    ):
        start = time.perf_counter()
        build("fast", "weight")
        return time.perf_counter() - start


def between_hand_written(arm, samples, seed):
    """What `measure` returns of the fast engine, and the best speed of the hand-written loop before
    and after it.
    """
    with tempfile.TemporaryDirectory() as folder:
        program = compile_hand_written(folder)
        speeds = [hand_written_speed(program, arm, samples // 4, seed) for _ in range(2)]
        measured = measure("fast", arm, samples, seed)
        speeds += [hand_written_speed(program, arm, samples // 4, seed) for _ in range(2)]
    return *measured, max(speeds)


def first_chunk_seconds(seed):
    """From the command to the line of the first finished chunk (100 samples), and the time of
    --help.
    """
    command = [sys.executable, "-m", "spikesampler"]
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        arguments = [
            "run",
            "fang_2018",
            "--noise",
            "weight",
            "--samples",
            "200",
            "--test-samples",
            "1",
        ]
        arguments += ["--probe-every", "100", "--probe-samples", "1", "--seed", str(seed)]
        arguments += ["--out", str(Path(folder) / "run")]
        with subprocess.Popen(
            [*command, *arguments], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        ) as p:
            for line in p.stderr:
                if " 100 of 200 " in line:
                    break
            seconds = time.perf_counter() - start
            p.stderr.read()
        if p.returncode:
            sys.exit(f"benchmark: the command failed with status {p.returncode}")
    start = time.perf_counter()
    subprocess.run([*command, "--help"], stdout=subprocess.DEVNULL, check=True)
    return seconds, time.perf_counter() - start


def sweep_seconds(points, samples, workers, seed):
    """Wall time of a sweep of so many points, and the engine time of all of them."""
    from spikesampler import sweep

    with tempfile.TemporaryDirectory() as folder:
        swept = sweep(
            "fang_2018",
            grid={"b": f"log(1e-5,1e-3,{points})"},
            arms="none",
            seeds=1,
            first_seed=seed,
            samples=samples,
            probe_every=samples,
            probe_samples=50,
            test_samples=50,
            record="none",
            workers=workers,
            out=Path(folder) / "sweep",
            progress=lambda *_: None,
        )
        return swept.summary["wall_seconds"], float(swept.dataset["engine_seconds"].sum())


def print_sweeps(seed, quick):
    """What a point costs beyond its engine time, and what the second worker brings."""
    points, short, long = (8, 50, 200) if quick else (40, 50, 4000)
    sizes = f"sweep of {points} points of"
    build("fast", "none")
    wall, engine = sweep_seconds(points, short, 1, seed)
    each = (wall - engine) / points * 1e3
    print(
        f"{sizes} {short} samples: {each:.0f} ms a point beyond {engine / points * 1e3:.0f} ms of"
        " engine"
    )
    one, two = (sweep_seconds(points, long, workers, seed)[0] for workers in (1, 2))
    print(
        f"{sizes} {long} samples: {one:.1f} s with one worker, {two:.1f} s with two:"
        f" {one / two:.2f} times"
    )


def best_seconds(function, times=5):
    """The least time of some calls."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        function()
        found.append(time.perf_counter() - start)
    return min(found)


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
    from spikesampler.studies.gamst_walker_2017.training import Training, train_networks

    models, steps = (64, 1000) if quick else (512, 20_000)
    speeds = training_references(seed, 100 if quick else 1000)
    with tempfile.TemporaryDirectory() as folder:
        for workers in (1, os.cpu_count()):
            training = Training(models=models, steps=steps, seed=seed)
            found = train_networks(
                training, Path(folder) / str(workers), workers=workers, progress=lambda *_: None
            )
            text = (
                f"{models} networks x {steps} steps, {workers}"
                f" process{'es' if workers > 1 else ''}, start included"
            )
            speeds[text] = models * steps / found.attrs["seconds"]
    *references, ours = speeds.values()
    for text, speed in speeds.items():
        print(
            f"training 5 x 5 networks, {text}: {speed:.0f} model-steps/s,"
            f" {speed / references[0]:.1f} times the first"
        )
    print(
        f"training: {ours / references[0]:.0f}, {ours / references[1]:.0f} and"
        f" {ours / references[2]:.1f} times these"
    )


def training_references(seed, steps):
    """{what: model-steps per second} of loops over single networks, and of a plain vmap over 64."""
    import jax
    import jax.numpy as jnp
    import numpy as np
    import optax

    from spikesampler.networks.optimizers import make_optimizer
    from spikesampler.studies.gamst_walker_2017 import relu_net

    x, y = (
        jnp.asarray(one, jnp.float32) for one in relu_net.training_set(relu_net.gamst_walker(seed))
    )
    starts = jnp.asarray(relu_net.glorot_uniform(np.random.default_rng(seed), 64), jnp.float32)
    optimizer = make_optimizer("momentum")
    gradient = jax.jit(jax.grad(relu_net.error_on(x, y)))

    def step(params, state):
        updates, state = optimizer.update(gradient(params), state, params)
        return optax.apply_updates(params, updates), state

    def loop(step):
        params = starts[0]
        state = optimizer.init(params)
        for _ in range(steps):
            params, state = step(params, state)
        return jax.block_until_ready(params)

    @jax.jit
    def together(params):
        state = jax.vmap(optimizer.init)(params)
        return jax.lax.scan(
            lambda carry, _: (jax.vmap(step)(*carry), None), (params, state), length=steps
        )[0][0]

    found, compiled = {}, jax.jit(step)
    for text, function, number in (
        ("one by one, gradient compiled, optax called", lambda: loop(step), 1),
        ("one by one, the step compiled", lambda: loop(compiled), 1),
        ("a plain vmap over 64", lambda: jax.block_until_ready(together(starts)), len(starts)),
    ):
        function()  # compile
        found[text] = number * steps / best_seconds(function, 3)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help="one arm, and 2 000 samples instead of 43 200"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the table as CSV")
    parser.add_argument(
        "--viewer",
        action="store_true",
        help="measure `spikesampler view` alone: benchmark_viewer.py",
    )
    options = parser.parse_args()
    if options.viewer:
        import benchmark_viewer

        benchmark_viewer.main(options.quick, options.seed)
        return
    samples = {
        "fast": 2_000 if options.quick else 43_200,
        "reference": 50 if options.quick else 200,
    }
    arms = ["weight"] if options.quick else ["none", "weight"]
    rows, by_hand = [], {}
    for engine, arm in [(engine, arm) for engine in ENGINES for arm in arms]:
        build(engine, arm)
        if engine == "fast":
            seconds, simulated, peak, by_hand[arm] = between_hand_written(
                arm, samples[engine], options.seed
            )
        else:
            seconds, simulated, peak = measure(engine, arm, samples[engine], options.seed)
        rows.append(
            {
                "engine": engine,
                "arm": arm,
                "samples": samples[engine],
                "engine_seconds": seconds,
                "times_real_time": simulated / seconds,
                "peak_mib": peak,
            }
        )
    plain = {row["arm"]: row["times_real_time"] for row in rows if row["engine"] == "reference"}
    print(
        f"{'engine':<14}{'arm':<8}{'samples':>8}{'engine time':>13}{'/ real time':>13}"
        f"{'/ reference':>13}"
        f"{'/ C++ by hand':>15}{'peak':>11}"
    )
    for arm, speed in by_hand.items():
        print(
            f"{'C++ by hand':<14}{arm:<8}{'':>21}{speed:>12.1f}x{speed / plain[arm]:>12.1f}x"
            f"{1:>14.2f}x"
        )
    for row in rows:
        row["times_reference"] = row["times_real_time"] / plain[row["arm"]]
        row["times_hand_written"] = row["times_real_time"] / by_hand[row["arm"]]
        print(
            f"{row['engine']:<14}{row['arm']:<8}{row['samples']:>8}{row['engine_seconds']:>11.1f} s"
            f"{row['times_real_time']:>12.1f}x{row['times_reference']:>12.1f}x{row['times_hand_written']:>14.2f}x"
            f"{row['peak_mib']:>7.0f} MiB"
        )
    first, help_seconds = first_chunk_seconds(options.seed)
    print(
        f"command to first chunk of a built network {first:.2f} s, spikesampler --help"
        f" {help_seconds:.2f} s"
    )
    if not options.quick:
        print(f"building a network {build_seconds():.1f} s")
    print_sweeps(options.seed, options.quick)
    print_hessian(options.seed, options.quick)
    print_training(options.seed, options.quick)
    if options.out:
        with open(options.out, "w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
    if not options.quick:
        import scaling

        folder = (
            ["--out", str(options.out.with_name(options.out.stem + "-scaling"))]
            if options.out
            else []
        )
        scaling.main(["--seed", str(options.seed), *folder])


if __name__ == "__main__":
    main()
