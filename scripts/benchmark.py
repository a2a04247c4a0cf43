"""How fast is the engine? Fast engine and plain clock-driven Brian2 (`reference`) against real time, in one run.

Machines are noisy, so look at the ratios. Engine time is the wall time of the compiled program on one core, its start
and its files included; peak memory is that of the compiled program. Also: the time from the command `spikesampler run`
to its first finished chunk, for a network that is built, and of `spikesampler --help`.

    python scripts/benchmark.py --quick
"""

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

ENGINES = ("fast", "reference")
COLUMNS = ("engine", "arm", "samples", "engine_seconds", "times_real_time", "times_reference", "peak_mib")


def build(engine, arm):
    """Compile the case's network, so that its run measures nothing else."""
    from spikesampler.experiments.prepare import prepare
    from spikesampler.experiments.settings import resolve
    from spikesampler.spiking.build import build

    build(prepare(resolve("fang_2018", noise=arm, samples=1, engine=engine)).structure)


def measure(engine, arm, samples, seed):
    """Learn `samples` samples and probe; seconds of engine time, of simulated time, and peak memory in MiB."""
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
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return facts["engine_seconds"], facts["simulated_seconds"], peak


def in_new_process(function, *arguments):
    """The result of a function in a process of its own: its children are only those that it starts."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def first_chunk_seconds(seed):
    """From the command to the line of the first finished chunk (100 samples), and the time of --help."""
    command = [sys.executable, "-m", "spikesampler"]
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        arguments = ["run", "fang_2018", "--noise", "none", "--samples", "200", "--test-samples", "1", "--probe-every"]
        arguments += ["100", "--probe-samples", "1", "--seed", str(seed), "--out", str(Path(folder) / "run")]
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one arm, and 2 000 samples instead of 43 200")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the table as CSV")
    options = parser.parse_args()
    samples = {"fast": 2_000 if options.quick else 43_200, "reference": 50 if options.quick else 200}
    rows = []
    arms = ["weight"] if options.quick else ["none", "weight"]
    for engine, arm in [(engine, arm) for engine in ENGINES for arm in arms]:
        in_new_process(build, engine, arm)
        seconds, simulated, peak = in_new_process(measure, engine, arm, samples[engine], options.seed)
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
        f"{'engine':<11}{'arm':<8}{'samples':>8}{'engine time':>13}{'/ real time':>13}{'/ reference':>13}{'peak':>11}"
    )
    for row in rows:
        row["times_reference"] = row["times_real_time"] / plain[row["arm"]]
        print(
            f"{row['engine']:<11}{row['arm']:<8}{row['samples']:>8}{row['engine_seconds']:>11.1f} s"
            f"{row['times_real_time']:>12.1f}x{row['times_reference']:>12.1f}x{row['peak_mib']:>7.0f} MiB"
        )
    first, help_seconds = first_chunk_seconds(options.seed)
    print(f"command to first chunk of a built network {first:.2f} s, spikesampler --help {help_seconds:.2f} s")
    if options.out:
        with open(options.out, "w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=COLUMNS)
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
