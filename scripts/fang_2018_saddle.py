"""The saddle criterion of Fang, Yu & Chen (2018), Eq. (4), against the exact Hessian, along learning paths and beside.

Theorem 1 argues that noise that grows with the weight makes learning's objective strict saddle: at every stationary
point that is no maximum, the largest eigenvalue of the Hessian is positive because its trace, A + B + C, is. Measured:

paper   the paper's network, three arms, both starts, N of 30, 100 and 300: at 11 points of each learning path
small   100 inputs, 4 outputs, 2 dimensions: at 41 points of each path, with the exact index; and at stationary points
        found from the paths, of index 0 (maxima) and 1 (passes), with the likelihood counting 2000 to 200 000 patterns

150 runs, about an hour and a half on two cores. It writes OUT/data/fang_2018_{saddle,stationary}.nc and
OUT/docs/figures/saddle_{paths,index}.png, and prints the verdicts. Ctrl-C stops it at any moment, and the next call
goes on; runs and what was measured on them stay in RUNS.

    python scripts/fang_2018_saddle.py --quick --out saddles
"""

import argparse
import os
import sys
from functools import partial
from pathlib import Path

import numpy as np
import xarray

from spikesampler import run, storage
from spikesampler.experiments.executors import open_executor
from spikesampler.landscape import saddle_path, stationary_near
from spikesampler.landscape.report import save_dataset
from spikesampler.progress import silent
from spikesampler.scripting import run_script

ARMS = ("none", "weight", "constant_matched")
STARTS = ("prior", "plateau")
SMALL = {"I": 100, "K": 4, "D": 2}
FULL = {
    "paper": {"set": {}, "N": (30, 100, 300), "seeds": 5, "samples": 43_200, "probe_every": 4320, "patterns": 4000},
    "small": {"set": SMALL, "N": (100,), "seeds": 10, "samples": 43_200, "probe_every": 1080, "patterns": 4000},
}
QUICK = {
    "paper": {"set": {"I": 60, "K": 3, "D": 2}, "N": (100, 300), "seeds": 1, "samples": 200, "probe_every": 100,
              "patterns": 200},
    "small": {"set": {"I": 20, "K": 3, "D": 2}, "N": (100,), "seeds": 2, "samples": 200, "probe_every": 50,
              "patterns": 200},
}  # fmt: skip
#: stationary points: arms, seeds, snapshots, indices, as how many patterns the likelihood counts
NEAR = (
    {"arms": ("none", "weight"), "seeds": 5, "snapshots": (2, 10, -1), "indices": (0, 1), "counts_as": "network"},
    {"arms": ("none",), "seeds": 5, "snapshots": (-1,), "indices": (0, 1), "counts_as": 2_000},
    {"arms": ("none",), "seeds": 5, "snapshots": (-1,), "indices": (0, 1), "counts_as": 200_000},
)
KEYS = ("network", "N", "arm", "start", "seed")


def points(plan, first_seed):
    """Every run of the plan, as a dict of its KEYS."""
    return [
        dict(zip(KEYS, (network, N, arm, start, first_seed + number)))
        for network, about in plan.items()
        for number in range(about["seeds"])
        for N in about["N"]
        for arm in ARMS
        for start in STARTS
    ]


def folder_of(runs, point):
    return runs / point["network"] / "N{N}-{arm}-{start}-seed{seed}".format(**point)


def one_run(point, about, folder):
    """Learn, or go on, in `folder`."""
    return partial(
        run, "fang_2018", noise=point["arm"], start=point["start"], seed=point["seed"], samples=about["samples"],
        set=about["set"] | {"N": point["N"]}, probe_every=about["probe_every"], probe_samples=200, test_samples=200,
        record="none", out=folder, resume=folder.exists(), progress=silent,
    )  # fmt: skip


def measure_all(options):
    """Run and measure what is missing; put both datasets into OUT/data."""
    plan = QUICK if options.quick else FULL
    if options.seeds is not None:
        plan = {network: about | {"seeds": options.seeds} for network, about in plan.items()}
    every = points(plan, options.seed)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # of the processes: one core each
    with open_executor(options.workers) as (executor, _):
        runs = [one_run(point, plan[point["network"]], folder_of(options.runs, point)) for point in every]
        collect(executor, "runs", {i: job for i, job in enumerate(runs)})
        jobs = {}
        for point in every:
            folder = folder_of(options.runs, point)
            jobs[folder.with_name(folder.name + "-path.nc")] = (
                partial(saddle_path, folder, patterns=plan[point["network"]]["patterns"]), point)  # fmt: skip
        paths = kept(executor, "paths", jobs)
        jobs = {}
        for number, about in enumerate(NEAR):
            for point in every:
                seeds = range(options.seed, options.seed + about["seeds"])
                if point["network"] != "small" or point["arm"] not in about["arms"] or point["seed"] not in seeds:
                    continue
                folder = folder_of(options.runs, point)
                chosen = {"patterns": plan["small"]["patterns"], "counts_as": about["counts_as"], "max_steps": 500}
                snapshots = about["snapshots"]
                if options.quick:
                    chosen["max_steps"], snapshots = 40, (-1,)
                search = partial(stationary_near, folder, snapshots, about["indices"], **chosen)
                jobs[folder.with_name(f"{folder.name}-near{number}.nc")] = (search, point)
        near = kept(executor, "stationary points", jobs)
    for name, tables in (("saddle", paths), ("stationary", near)):
        save_small(xarray.concat(tables, "point", combine_attrs="drop_conflicts"), data_file(options.out, name))


def collect(executor, what, jobs):
    """Results of jobs {key: callable} as they come, with a line for each on stderr."""
    futures = {key: executor.submit(job) for key, job in jobs.items()}
    found = {}
    for done, (key, future) in enumerate(futures.items(), start=1):
        found[key] = future.result()
        print(f"fang_2018_saddle: {what}: {done} of {len(futures)}", file=sys.stderr)
    return found


def kept(executor, what, jobs):
    """Datasets of jobs {path: (callable, point)} along `point` with KEYS as variables; each is kept at its path."""
    missing = {path: job for path, (job, _) in jobs.items() if not path.exists()}
    futures = {path: executor.submit(job) for path, job in missing.items()}
    for done, (path, future) in enumerate(futures.items(), start=1):
        save_dataset(future.result(), path)
        print(f"fang_2018_saddle: {what}: {done} of {len(missing)}", file=sys.stderr)
    tables = []
    for path, (_, point) in jobs.items():
        table = xarray.load_dataset(path).drop_vars("escape_direction", errors="ignore")
        if "snapshot" in table.dims:
            table = table.assign(number=("snapshot", np.arange(table.sizes["snapshot"]))).rename(snapshot="point")
        columns = {name: ("point", [value] * table.sizes["point"]) for name, value in point.items()}
        effective = ("point", np.full(table.sizes["point"], table.attrs["effective_patterns"]))
        tables.append(table.assign(columns | {"effective_patterns": effective}))
    return tables


def data_file(out, name):
    return out / "data" / f"fang_2018_{name}.nc"


def save_small(dataset, path):
    """The dataset compressed, its words included."""
    encoding = {name: {"zlib": True, "complevel": 6, "shuffle": True} for name, one in dataset.data_vars.items()
                if one.dtype.kind in "fib"}  # fmt: skip
    storage.make_folder(path.parent)
    with storage.atomic_hdf5(path) as target:
        dataset.to_netcdf(target, engine="h5netcdf", encoding=encoding)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="tiny networks and 200 samples")
    parser.add_argument("--seeds", type=int, help="number of seeds (default: 5, and 10 of the small network)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default: 1)")
    parser.add_argument("--workers", type=int, help="processes at a time (default: one per core)")
    parser.add_argument("--runs", type=Path, metavar="DIR", help="for runs and what was measured (default: OUT/runs)")
    parser.add_argument("--out", type=Path, default=Path("fang_2018_saddle"), metavar="DIR", help="for data, figures")
    options = parser.parse_args(arguments)
    options.runs = options.out / "runs" if options.runs is None else options.runs
    return options


def make(options):
    measure_all(options)


def main(arguments=None):
    options = parse(arguments)
    advice = f"; go on with the same options and --out {options.out}"
    return run_script("fang_2018_saddle", lambda: make(options), advice)


if __name__ == "__main__":
    sys.exit(main())
