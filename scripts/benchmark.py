"""How fast is the engine? Fast engine and plain clock-driven Brian2 (`reference`) against real
time, in one run.

The measure of speed is hand_written.cpp, the same algorithm as one C++ loop in float32, timed
before and after the fast engine; its best run counts. Machines are noisy, so look at the ratios.
Engine time is the wall time of the compiled program on one core, its start and its files
included; that of the loop is the loop alone. Peak memory is that of the compiled program. Then
two rules of other papers at the same size, STDP and reward-based learning with an eligibility per
synapse, and two layers, 1000 to 200 to 10, all of whose synapses learn: time per synaptic event
beside that of one layer. Also: the time from the command `spikesampler run` to its first finished
chunk, for a network that is built, of `spikesampler --help`, and of building a network. Then
sweeps of 40 points: what a point costs beyond its engine time, and how much faster two workers
are than one. Then the exact Hessian of the objective: a product with a vector against reading its
patterns once from memory, on one core, and both ends of its spectrum. Then networks of ReLUs
trained at once, against loops over single networks. Last, without --quick, scaling.py: how all
this grows with the network. With --viewer, `spikesampler view` in a browser instead.

    python scripts/benchmark.py --quick
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import scaling
from benchmark_landscape import best_seconds, print_hessian, print_training, silent

HAND_WRITTEN = Path(__file__).parent / "hand_written.cpp"
HEADS = (
    *("engine", "arm", "samples", "engine time"),
    *("/ real time", "/ reference", "/ C++ by hand", "peak"),
)
ROW = "{:<14}{:<8}{:>8}{:>13}{:>13}{:>13}{:>15}{:>11}".format


# ---- the engine


def build(engine, arm, model="fang_2018"):
    """Compile the case's network, so that its run measures nothing else."""
    from spikesampler.experiments.prepare import prepare
    from spikesampler.experiments.settings import resolve
    from spikesampler.spiking.build import build

    build(prepare(resolve(model, noise=arm, samples=1, engine=engine)).structure)


def measure(engine, arm, samples, seed, model="fang_2018"):
    """A row of the table: learning so many samples, and probes of one."""
    from spikesampler import run

    with tempfile.TemporaryDirectory() as folder:
        result = run(
            model,
            noise=arm,
            samples=samples,
            test_samples=1,
            probe_samples=1,
            seed=seed,
            engine=engine,
            out=Path(folder) / "run",
            record="none",
            progress=silent,
        )
        facts = result.manifest["results"]
    return {
        "engine": engine,
        "arm": arm,
        "samples": samples,
        "engine_seconds": facts["engine_seconds"],
        "times_real_time": facts["simulated_seconds"] / facts["engine_seconds"],
        "peak_mib": facts["engine_peak_mib"],
    }


def compile_hand_written(folder):
    """The program of hand_written.cpp, compiled into `folder` for this machine."""
    from spikesampler.spiking.compiler import command

    program = Path(folder) / "hand_written"
    flags = ["-std=c++17", "-O3", "-march=native", "-ffast-math"]
    subprocess.run([*command(), *flags, HAND_WRITTEN, "-o", program], check=True)
    return program


def measure_by_hand(program, arm, samples, seed):
    """How many times faster than real time the hand-written loop is, the better of two runs."""
    command = [program, arm, str(samples), str(seed)]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(2)]
    return max(0.2 * samples / json.loads(run.stdout)["seconds"] for run in runs)


def measure_engines(seed, quick):
    """Rows of the table, and {arm: speed of the hand-written loop before and after}."""
    arms = ["weight"] if quick else ["none", "weight"]
    samples, of_reference = (2_000, 50) if quick else (43_200, 200)
    rows, by_hand = [], {}
    with tempfile.TemporaryDirectory() as folder:
        program = compile_hand_written(folder)
        for arm in arms:
            build("fast", arm)
            before = measure_by_hand(program, arm, samples // 4, seed)
            rows.append(measure("fast", arm, samples, seed))
            by_hand[arm] = max(before, measure_by_hand(program, arm, samples // 4, seed))
    for arm in arms:
        build("reference", arm)
        rows.append(measure("reference", arm, of_reference, seed))
    plain = {row["arm"]: row["times_real_time"] for row in rows if row["engine"] == "reference"}
    for row in rows:
        row["times_reference"] = row["times_real_time"] / plain[row["arm"]]
        row["times_hand_written"] = row["times_real_time"] / by_hand[row["arm"]]
    return rows, by_hand


def print_engines(rows, by_hand):
    """The table, the hand-written loop first."""
    print(ROW(*HEADS))
    plain = {row["arm"]: row["times_real_time"] for row in rows if row["engine"] == "reference"}
    for arm, speed in by_hand.items():
        times = f"{speed:.1f}x", f"{speed / plain[arm]:.1f}x", "1.00x"
        print(ROW("C++ by hand", arm, "", "", *times, "").rstrip())
    for row in rows:
        print(
            ROW(
                row["engine"],
                row["arm"],
                row["samples"],
                f"{row['engine_seconds']:.1f} s",
                f"{row['times_real_time']:.1f}x",
                f"{row['times_reference']:.1f}x",
                f"{row['times_hand_written']:.2f}x",
                f"{row['peak_mib']:.0f} MiB",
            )
        )


def print_rules(seed, quick):
    """Rules of other papers, of the same size: how fast, and against the reference."""
    from spikesampler.language.model import MODELS

    samples, of_reference = (500, 5) if quick else (5_000, 20)
    for name in ("stdp_pairs", "examples/reward"):
        model = str(MODELS / f"{name}.py")
        speeds = []
        for engine, number in (("fast", samples), ("reference", of_reference)):
            build(engine, "none", model)
            speeds.append(measure(engine, "none", number, seed, model)["times_real_time"])
        fast, plain = speeds
        print(f"{name:<14}{fast:.1f}x real time, {fast / plain:.1f}x reference")


def events_per_second(layers, input_rate):
    """Synapses that a spike reaches or changes, in a second of learning.

    layers : (neurons, neurons of the source, rate of each in Hz, of all events of the layer in Hz).
    input_rate : of all inputs together, in Hz.
    """
    total, arriving = 0.0, input_rate
    for size, sources, rate, learning in layers:
        total += arriving * size + learning * sources
        arriving = rate * size
    return total


def print_layers(seed, quick):
    """Two layers of a paper's size: how fast, and each synaptic event beside those of one layer."""
    from spikesampler import run

    samples = 500 if quick else 5_000
    large = {"I": 1000, "H": 200, "circuits": 20, "K": 10, "rho_h": "100*Hz", "nu": "10*Hz"}
    nanoseconds = []
    for model, chosen in (("fang_2018", {}), ("two_layer", large)):
        with tempfile.TemporaryDirectory() as folder:
            how = {"samples": samples, "probe_samples": 1, "test_samples": 1, "average": 0}
            how |= {"set": chosen, "noise": "weight", "seed": seed, "record": "none"}
            run(model, **(how | {"samples": 1}), out=Path(folder) / "built", progress=silent)
            result = run(model, **how, out=Path(folder) / "run", progress=silent)
            facts = result.manifest["results"]
            inputs = float(result.learning["input_class_rate"].mean()) * result.values["I"]
        p = result.values
        layers = [(p["K"], p["I"], p["rho"] / p["K"], 2 * p["rho"])]
        if model == "two_layer":
            hidden = p["rho_h"] * p["circuits"]
            layers = [(p["H"], p["I"], hidden / p["H"], hidden), (p["K"], p["H"], 0, 2 * p["rho"])]
        events = events_per_second(layers, inputs) * facts["simulated_seconds"]
        nanoseconds.append(1e9 * facts["engine_seconds"] / events)
    synapses = p["I"] * p["H"] + p["H"] * p["K"]
    print(
        f"{'two layers':<14}{facts['realtime_factor']:.1f}x real time,"
        f" {nanoseconds[1]:.2f} ns per synaptic event, {nanoseconds[1] / nanoseconds[0]:.2f} of one"
        f" layer's; {facts['engine_peak_mib']:.0f} MiB for {int(synapses):,} synapses"
    )


# ---- commands


def first_chunk_seconds(seed):
    """From the command to the line of the first finished chunk, of 100 samples."""
    arguments = "run fang_2018 --noise weight --samples 200 --test-samples 1 --probe-every 100"
    with tempfile.TemporaryDirectory() as folder:
        more = ["--probe-samples", "1", "--seed", str(seed), "--out", str(Path(folder) / "run")]
        command = [sys.executable, "-m", "spikesampler", *arguments.split(), *more]
        pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL}
        start = time.perf_counter()
        with subprocess.Popen(command, text=True, **pipes) as process:
            next((line for line in process.stderr if " 100 of 200 " in line), None)
            seconds = time.perf_counter() - start
            process.stderr.read()
    if process.returncode:
        sys.exit(f"benchmark: the command failed with status {process.returncode}")
    return seconds


def print_commands(seed, quick):
    """What a user waits for."""
    first = first_chunk_seconds(seed)
    command = [sys.executable, "-m", "spikesampler", "--help"]
    helped = best_seconds(
        lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True), times=1
    )
    print(
        f"command to first chunk of a built network {first:.2f} s, spikesampler --help"
        f" {helped:.2f} s"
    )
    if quick:
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, SPIKESAMPLER_CACHE=folder),  # where nothing is built yet
    ):
        print(f"building a network {best_seconds(lambda: build('fast', 'weight'), times=1):.1f} s")


def sweep_seconds(points, samples, workers, seed):
    """Wall time of a sweep of so many points, and the engine time of all of them."""
    from spikesampler import sweep

    with tempfile.TemporaryDirectory() as folder:
        result = sweep(
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
            progress=silent,
        )
        return result.summary["wall_seconds"], float(result.dataset["engine_seconds"].sum())


def print_sweeps(seed, quick):
    """What a point costs beyond its engine time, and what the second worker brings."""
    points, short, long = (8, 50, 200) if quick else (40, 50, 4000)
    sizes = f"sweep of {points} points of"
    build("fast", "none")
    wall, engine = sweep_seconds(points, short, 1, seed)
    print(
        f"{sizes} {short} samples: {(wall - engine) / points * 1e3:.0f} ms a point beyond"
        f" {engine / points * 1e3:.0f} ms of engine"
    )
    single, double = (sweep_seconds(points, long, workers, seed)[0] for workers in (1, 2))
    print(
        f"{sizes} {long} samples: {single:.1f} s with one worker, {double:.1f} s with two:"
        f" {single / double:.2f} times"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
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
    rows, by_hand = measure_engines(options.seed, options.quick)
    print_engines(rows, by_hand)
    for part in (
        print_rules,
        print_layers,
        print_commands,
        print_sweeps,
        print_hessian,
        print_training,
    ):
        part(options.seed, options.quick)
    if options.out:
        scaling.write_csv(options.out, rows)
    if not options.quick:
        folder = options.out and options.out.with_name(f"{options.out.stem}-scaling")
        scaling.measure_all(options.seed, quick=False, folder=folder)


if __name__ == "__main__":
    main()
