"""The saddle criterion of Fang, Yu & Chen (2018), Eq. (4), against the exact Hessian, along
learning paths and beside.

Theorem 1 argues that noise that grows with the weight makes learning's objective strict saddle: at
every stationary point that is no maximum, the largest eigenvalue of the Hessian is positive because
its trace, A + B + C, is. Measured:

paper   the paper's network, three arms, both starts: at 11 points of each learning path
scaled  the same with N of 30 and 300, two arms
small   100 inputs, 4 outputs, 2 dimensions: at 41 points of each path, with the exact index; and at
        stationary points found from the paths, of index 0 (maxima) and 1 (passes), with the
        likelihood counting 2000 to 200 000 patterns

114 runs, about an hour on two cores. It writes OUT/data/fang_2018_{saddle,stationary}.nc and
OUT/docs/figures/saddle.png, and prints the verdicts. Ctrl-C stops it at any moment, and the next
call goes on; runs and what was measured on them stay in RUNS.

    python scripts/fang_2018_saddle.py --quick --out saddles
"""

import argparse
import os
import sys
from functools import partial
from pathlib import Path

import numpy as np
import xarray

from spikesampler import run, stats
from spikesampler.experiments.saddle import saddle_path
from spikesampler.experiments.stationary import stationary_near
from spikesampler.jobs.executors import open_executor
from spikesampler.jobs.progress import silent
from spikesampler.store.datasets import save_dataset
from spikesampler.studies.command import run_script
from spikesampler.studies.fang_2018.theorem import steps

ARMS = ("none", "weight", "constant_matched")
STARTS = ("prior", "plateau")
SMALL = {"I": 100, "K": 4, "D": 2}
FULL = {
    "paper": {"set": {}, "N": (100,), "arms": ARMS, "seeds": 5, "probe_every": 4320},
    "scaled": {"set": {}, "N": (30, 300), "arms": ARMS[:2], "seeds": 3, "probe_every": 4320},
    "small": {"set": SMALL, "N": (100,), "arms": ARMS, "seeds": 10, "probe_every": 1080},
}
QUICK = {
    "paper": {
        "set": {"I": 200, "K": 5, "D": 2},
        "N": (100,),
        "arms": ARMS,
        "seeds": 1,
        "probe_every": 100,
    },
    "scaled": {
        "set": {"I": 200, "K": 5, "D": 2},
        "N": (300,),
        "arms": ARMS[:2],
        "seeds": 1,
        "probe_every": 100,
    },
    "small": {
        "set": {"I": 20, "K": 3, "D": 2},
        "N": (100,),
        "arms": ARMS,
        "seeds": 2,
        "probe_every": 50,
    },
}
#: stationary points: arms, seeds, snapshots, indices, as how many patterns the likelihood counts
NEAR = (
    {
        "arms": ("none", "weight"),
        "seeds": 4,
        "snapshots": (2, 10, -1),
        "indices": (0, 1),
        "counts_as": "network",
    },
    {"arms": ("none",), "seeds": 3, "snapshots": (-1,), "indices": (0, 1), "counts_as": 2_000},
    {"arms": ("none",), "seeds": 3, "snapshots": (-1,), "indices": (0, 1), "counts_as": 200_000},
)
COUNTS = (2_000, 20_000, 200_000)  # effective patterns of the stationary points: N of 10, 100, 1000
CURVES = ("total", "trace", "largest")
MOMENTS = (432, 1728, 4320, 8640)  # s
KEYS = ("network", "N", "arm", "start", "seed")


def points(plan, first_seed):
    """Every run of the plan, as a dict of its KEYS."""
    return [
        dict(zip(KEYS, (network, N, arm, start, first_seed + number)))
        for network, about in plan.items()
        for number in range(about["seeds"])
        for N in about["N"]
        for arm in about["arms"]
        for start in STARTS
    ]


def folder_of(runs, point):
    return runs / point["network"] / "N{N}-{arm}-{start}-seed{seed}".format(**point)


def one_run(point, about, samples, folder):
    """Learn, or go on, in `folder`."""
    return partial(
        run,
        "fang_2018",
        noise=point["arm"],
        start=point["start"],
        seed=point["seed"],
        samples=samples,
        set=about["set"] | {"N": point["N"]},
        probe_every=about["probe_every"],
        probe_samples=200,
        test_samples=200,
        record="none",
        out=folder,
        resume=folder.exists(),
        progress=silent,
    )


def measure_all(options):
    """Run and measure what is missing; put both datasets into OUT/data."""
    plan = QUICK if options.quick else FULL
    if options.seeds is not None:
        plan = {network: about | {"seeds": options.seeds} for network, about in plan.items()}
    every = points(plan, options.seed)
    samples, patterns = (200, 200) if options.quick else (43_200, 4_000)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # of the processes: one core each
    with open_executor(options.workers) as (executor, _):
        folders = {folder_of(options.runs, point): point for point in every}
        runs = {
            folder: one_run(point, plan[point["network"]], samples, folder)
            for folder, point in folders.items()
        }
        for _ in collect(executor, "runs", runs):
            pass
        jobs = {
            folder.with_name(f"{folder.name}-path.nc"): (
                partial(saddle_path, folder, patterns=patterns),
                point,
            )
            for folder, point in folders.items()
        }
        paths = kept(executor, "paths", jobs)
        jobs = {}
        for number, about in enumerate(NEAR):
            for folder, point in folders.items():
                seeds = range(options.seed, options.seed + about["seeds"])
                if (
                    point["network"] != "small"
                    or point["arm"] not in about["arms"]
                    or point["seed"] not in seeds
                ):
                    continue
                chosen = {"patterns": patterns, "counts_as": about["counts_as"], "max_steps": 500}
                snapshots = about["snapshots"][-1:] if options.quick else about["snapshots"]
                search = partial(stationary_near, folder, snapshots, about["indices"], **chosen)
                jobs[folder.with_name(f"{folder.name}-near{number}.nc")] = (search, point)
        near = kept(executor, "stationary points", jobs)
    for name, tables in (("saddle", paths), ("stationary", near)):
        save_dataset(
            xarray.concat(tables, "point", combine_attrs="drop_conflicts"),
            data_file(options.out, name),
        )


def collect(executor, what, jobs):
    """(key, result) of jobs {key: callable} in their order, with a line for each on stderr."""
    futures = {key: executor.submit(job) for key, job in jobs.items()}
    for done, (key, future) in enumerate(futures.items(), start=1):
        yield key, future.result()
        print(f"fang_2018_saddle: {what}: {done} of {len(futures)}", file=sys.stderr)


def kept(executor, what, jobs):
    """Datasets of jobs {path: (callable, point)} along `point` with KEYS as variables; each is kept
    at its path.
    """
    missing = {path: job for path, (job, _) in jobs.items() if not path.exists()}
    for path, table in collect(executor, what, missing):
        save_dataset(table, path)
    tables = []
    for path, (_, point) in jobs.items():
        table = xarray.load_dataset(path).drop_vars("escape_direction", errors="ignore")
        if "snapshot" in table.dims:
            table = table.assign(number=("snapshot", np.arange(table.sizes["snapshot"]))).rename(
                snapshot="point"
            )
        columns = {name: ("point", [value] * table.sizes["point"]) for name, value in point.items()}
        for name in ("patterns", "effective_patterns"):
            columns[name] = ("point", [table.attrs[name]] * table.sizes["point"])
        tables.append(table.assign(columns))
    return tables


def data_file(out, name):
    return out / "data" / f"fang_2018_{name}.nc"


# --- what it says -----


def read_tables(out):
    """(paths, stationary points) from OUT/data, as tables."""
    paths, near = (
        xarray.load_dataset(data_file(out, name)).to_dataframe()
        for name in ("saddle", "stationary")
    )
    return paths, near.assign(N=near.effective_patterns * 100 / COUNTS[1])


def distinct(near):
    """Stationary points that are no others found before: searches of a seed climb one J, and often
    end where others do.

    Told apart by J and the largest eigenvalue, to six and four digits.
    """
    found = near[near.converged]
    same = found.assign(
        value=found.value.map("{:.6g}".format), largest=found.largest.map("{:.4g}".format)
    )
    return found[
        ~same.duplicated(["effective_patterns", "seed", "wanted_index", "value", "largest"])
    ]


def draw(tables, out):
    """The figure, into OUT/docs/figures; its path."""
    from spikesampler.figures import save
    from spikesampler.figures.saddle import study_figure

    paths, near = tables
    curves, index = {}, {}
    for start in STARTS:
        for arm in ("none", "weight"):
            of_arm = paths[(paths.network == "paper") & (paths.arm == arm) & (paths.start == start)]
            curves[arm, start] = (
                np.unique(of_arm.seconds),
                {name: spread(of_arm, name) for name in CURVES},
            )
        of_start = paths[(paths.network == "small") & (paths.start == start)]
        shares = [
            by_seed(of_start[of_start.arm == arm], "index") / synapses(of_start) for arm in ARMS
        ]
        index[start] = (
            np.unique(of_start.seconds),
            np.array([stats.bootstrap_band(one) for one in shares]),
            ARMS,
        )
    order = [(arm, start) for arm in ("none", "weight") for start in STARTS]
    near = distinct(near)
    group = np.searchsorted(COUNTS, near.effective_patterns) * 2 + near.wanted_index
    labels = [
        f"{what}, N = {count * 100 / COUNTS[1]:g}"
        for count in COUNTS
        for what in ("maxima", "passes")
    ]
    signs = (near.total.to_numpy(), near.largest.to_numpy(), group.to_numpy(), labels)
    figure = study_figure({key: curves[key] for key in order}, index, signs)
    return save(figure, out / "docs" / "figures" / "saddle.png", dpi=160)


def by_seed(table, name):
    """(n_seed, n_snapshot) of a column."""
    return table.pivot(index="seed", columns="number", values=name).to_numpy(dtype=float)


def synapses(table):
    """Number of synapses: A = -K I / sigma^2, and sigma = 1."""
    return -table.a.iloc[0]


def spread(table, name):
    """(3, n_snapshot): median, least and greatest over seeds."""
    values = by_seed(table, name)
    return np.median(values, axis=0), values.min(axis=0), values.max(axis=0)


def percent(interval):
    """An Interval of shares, in words."""
    if np.isnan(interval.mean):
        return "–"
    low, high = (f"{100 * bound:.0f}" for bound in interval[1:3])
    return f"{100 * interval.mean:.0f} %" + (
        f" [{low}, {high}]" if low not in (high, "nan") else ""
    )


def quartiles(values):
    return (
        "–" if np.isnan(values).any() else f"{values[1]:.3g} ({values[0]:.3g} to {values[2]:.3g})"
    )


def groups(paths, near):
    """{what points: table} in the order of the page."""
    found = {}
    for (network, N, arm, start), part in paths.groupby(
        ["network", "N", "arm", "start"], sort=False
    ):
        name = "small network" if network == "small" else "paper's network"
        found[f"path, {name}, N = {N:g}, `{arm}`, `{start}`"] = part
    for (count, index), part in distinct(near).groupby(["effective_patterns", "wanted_index"]):
        found[f"{('maxima', 'passes (index 1)')[index]}, small network, {count:g} patterns"] = part
    return found


def table_lines(paths, near):
    head = (
        "points",
        "n",
        "λ_max > 0",
        "A + B + C > 0",
        "exact trace > 0",
        "sign agrees",
        "B ≪ C",
        "C > 0",
        "N needed exists",
        "N needed",
    )
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for name, part in groups(paths, near).items():
        one = steps(part)
        cells = [
            name,
            f"{one.points} of {one.seeds} seeds",
            *map(percent, (one.saddle, one.criterion, one.trace)),
            *map(percent, (one.agrees, one.b_small, one.c_positive, one.exists)),
            quartiles(one.needed),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return [*lines, ""]


def verdicts(paths, near):
    """The theorem and the steps of its proof, each with its verdict."""
    path, found = steps(paths[paths.network != "small"]), distinct(near)
    if not len(found):
        return [f"None of {len(near)} searches ended at a stationary point.", ""]
    maxima, passes = (found[found.wanted_index == index] for index in (0, 1))
    still = steps(found)
    classes = ", ".join(f"{number} {name}" for name, number in found.verdict.value_counts().items())
    moved = (f"N = {N:g}: {percent(steps(part).criterion)}" for N, part in found.groupby("N"))
    fisher, n = (
        quartiles(np.percentile(found.fisher, (25, 50, 75))),
        f"{still.points} stationary points",
    )
    told = {
        "*J is strict saddle* (Theorem 1)": (
            "refuted" if (found.verdict == "degenerate").any() else "not refuted",
            (
                f"of the stationary points found, {classes}; none may be degenerate, with gradient"
                " and curvature near 0. Points cannot prove it. It says nothing about noise: J"
                " contains none, so its Hessian is the same under Gaussian noise, under Eq. (3)"
                " and without noise"
            ),
        ),
        "*the largest eigenvalue is positive because A + B + C is*": (
            held(still.agrees.mean > 0.95),
            (
                f"their signs agree at {percent(still.agrees)} of the stationary points and at"
                f" {percent(path.agrees)} of {path.points} points of learning paths. A + B + C > 0"
                f" at {(maxima.total > 0).sum()} of {len(maxima)} maxima, where no direction leads"
                f" up, and at {(passes.total > 0).sum()} of {len(passes)} passes. The exact trace"
                f" is positive at {(found.trace > 0).sum()} of the stationary points and at"
                f" {percent(path.trace)} of the path: the Fisher term that Eq. (4) omits, {fisher}"
                " at the former, outweighs the rest"
            ),
        ),
        "*step 1, B ≪ C*": (
            held(still.b_small.mean > 0.95),
            (
                f"|B| ≤ |C|/10 at {percent(still.b_small)} of the stationary points and"
                f" {percent(path.b_small)} of the path; |B|/|C| is {quartiles(still.b_over_c)} and"
                f" {quartiles(path.b_over_c)} (median, quartiles)"
            ),
        ),
        "*step 2, C is positive*": (
            held(still.c_positive.mean > 0.95),
            (
                f"at {percent(still.c_positive)} of the stationary points ({(maxima.c > 0).sum()}"
                f" of {len(maxima)} maxima, {(passes.c > 0).sum()} of {len(passes)} passes) and"
                f" {percent(path.c_positive)} of the path. Where it is positive at maxima as at"
                " passes, it tells no saddle"
            ),
        ),
        "*step 3, A + B + C > 0 when N is greater than a certain value*": (
            held(still.enough.mean > 0.95),
            (
                f"at fixed theta such an N exists at {percent(path.exists)} of the path (elsewhere"
                f" C ≤ 0), and is {quartiles(path.needed)}; the run's own N is enough at"
                f" {percent(path.enough)}. Stationary points move with N; A + B + C > 0 at these"
                f" shares of them: {', '.join(moved)}"
            ),
        ),
    }
    ended = ", ".join(
        f"N = {N:g}: {part.converged.sum()} of {len(part)}" for N, part in near.groupby("N")
    )
    return [
        *(f"- **{word}**: {claim}: {text} (n = {n})." for claim, (word, text) in told.items()),
        "",
        (
            f"Of {len(near)} searches {near.converged.sum()} ended at a stationary point ({ended}),"
            f" {len(found)} of them distinct; the others are left out."
        ),
        "",
    ]


def held(truth):
    return "reproduced" if truth else "not reproduced"


def plateau(paths):
    """Is the plateau start a saddle, and what is escaped there?"""
    lines = []
    for network, name in (("paper", "the paper's network"), ("small", "the small network")):
        first = paths[(paths.network == network) & (paths.start == "plateau") & (paths.number == 0)]
        first = first.drop_duplicates("seed")
        pull = np.abs(first.b) / np.sqrt(synapses(first))
        index = (
            f", index {first['index'].mean():.0f} of {synapses(first):.0f}"
            if (first["index"] >= 0).all()
            else ""
        )
        lines.append(
            f"- Plateau start of {name}: |∇J| = {first.gradient_norm.mean():.4g}, of which the"
            f" prior's pull towards μ alone makes at least {pull.mean():.4g}; λ_max ="
            f" {first.largest.mean():.3g}{index}. It is no stationary point and so no saddle, but a"
            " slope: what is escaped is slowness (w multiplies every gradient), at the pace of the"
            " prior, σ²/b = 10⁴ s, and of the noise."
        )
    return lines


def index_lines(paths):
    """Does noise reach points of lower index sooner?"""
    lines, small = [], paths[paths.network == "small"]
    for start in STARTS:
        of_start = small[small.start == start]
        none = by_seed(of_start[of_start.arm == "none"], "index") / synapses(of_start)
        for arm in ARMS[1:]:
            other = by_seed(of_start[of_start.arm == arm], "index") / synapses(of_start)
            seconds, told = np.unique(of_start.seconds), []
            for wanted in MOMENTS:
                at = np.abs(seconds - wanted).argmin()
                told.append(
                    f"{signed(stats.bootstrap_interval((other - none)[:, at]))} at"
                    f" {seconds[at]:.0f} s"
                )
            lines.append(
                f"- Start `{start}`, `{arm}` − `none`, share of positive eigenvalues:"
                f" {', '.join(told)}."
            )
    return lines


def signed(interval):
    return f"{interval.mean:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"


def section(tables):
    """What docs/verdicts.md says of it."""
    paths, near = tables
    return [
        "## The saddle criterion, measured",
        "",
        (
            "Theorem 1 of Fang et al. (2018) and the three steps of its proof, Eq. (4), against"
            f" the exact Hessian of J ({paths.patterns.iloc[0]} PSP snapshots per run, that count"
            " as N ρ · 1 s = 20 000 at N = 100; λ by Lanczos, index by inertia). The small network"
            " has 100 inputs, 4 outputs, 2 dimensions; from snapshots of its paths stationary"
            " points of index 0 and 1 are sought. Shares are per seed, with 95 % bootstrap"
            " intervals over seeds."
        ),
        "",
        *verdicts(paths, near),
        *plateau(paths),
        *index_lines(paths),
        "",
        (
            "![Criterion, trace and largest eigenvalue along learning paths and at stationary"
            " points](figures/saddle.png)"
        ),
        "",
        *table_lines(paths, near),
    ]


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="tiny networks and 200 samples")
    parser.add_argument("--seeds", type=int, help="number of seeds (default: 5, 3 and 10)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default: 1)")
    parser.add_argument("--workers", type=int, help="processes at a time (default: one per core)")
    parser.add_argument(
        "--runs",
        type=Path,
        metavar="DIR",
        help="for runs and what was measured (default: OUT/runs)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("fang_2018_saddle"),
        metavar="DIR",
        help="for data, figures",
    )
    options = parser.parse_args(arguments)
    options.runs = options.out / "runs" if options.runs is None else options.runs
    return options


def make(options):
    """Runs, measures, figure; prints where it is and what the points say."""
    measure_all(options)
    tables = read_tables(options.out)
    print(draw(tables, options.out))
    print("\n".join(section(tables)))


def main(arguments=None):
    options = parse(arguments)
    advice = f"; go on with the same options and --out {options.out}"
    return run_script("fang_2018_saddle", lambda: make(options), advice)


if __name__ == "__main__":
    sys.exit(main())
