"""Arms against each other over seeds: the same stimuli, order and start for every arm of a seed.

Each point (arm, seed) is a run folder of its own; points run in processes and are independent, so a comparison that was
stopped goes on where it was.
"""

import csv
import io
import os
import time
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path

import numpy as np

from spikesampler import stats, storage
from spikesampler.errors import InputError, Interrupted
from spikesampler.experiments.folders import check_folder
from spikesampler.experiments.pool import run_all
from spikesampler.experiments.prepare import prepare
from spikesampler.experiments.settings import resolve
from spikesampler.metrics import mean_interval
from spikesampler.progress import Progress
from spikesampler.results import CHECKPOINT, Result
from spikesampler.spiking import build as building

FILES = {"dataset": "comparison.nc", "table": "table.csv", "figure": "learning_curves.png"}
CONTROL = "none"  #: the arm that the others are compared with
HEADLINES = ("online_accuracy", "probe_accuracy", "test_accuracy", "bayes_accuracy")


class Comparison:
    """Arms x seeds: `.dataset` (xarray), `.table` (list of rows), `.path`, `.files` (by kind), `.figure()`."""

    def __init__(self, path, dataset):
        self.path, self.dataset = Path(path), dataset
        self.files = {kind: self.path / name for kind, name in FILES.items()}

    @cached_property
    def table(self):
        """One row per arm: {"arm", and for each headline accuracy its mean, low and high (95 %, Student-t)}.

        Then, against the arm `none`, seed by seed: difference of the test accuracy with its bootstrap interval,
        Wilcoxon's p, and the same p corrected for the number of arms (Holm). Last the time to escape in s
        (Kaplan-Meier median and 95 % interval), the number of seeds that escaped, and the log-rank p against `none`.
        """
        rows = []
        for arm in self.dataset["arm"].values:
            row = {"arm": str(arm), "seeds": self.dataset.sizes["seed"]}
            for name in HEADLINES:
                values = self.dataset[f"final_{name}"].sel(arm=arm).values
                known = np.isfinite(values).all()
                mean, low, high = mean_interval(values)[:3] if known else (np.nan, np.nan, np.nan)
                row |= {name: mean, f"{name}_low": low, f"{name}_high": high}
            rows.append(row | self._against_control(arm))
        for name in ("difference_p", "escape_p"):
            for row, p in zip(rows, stats.holm([row[name] for row in rows])):
                row[f"{name}_holm"] = float(p)
        return rows

    def _against_control(self, arm):
        """The columns of a row that compare its arm with CONTROL; nan where there is none, or it is the arm itself."""
        test, times = self.dataset["test_accuracy"], self._escape(arm)
        median, low, high, _ = stats.escape_median(times)
        difference, p = stats.Difference(*[np.nan] * 5), np.nan
        if arm != CONTROL and CONTROL in self.dataset["arm"].values:
            difference = stats.paired_difference(test.sel(arm=arm).values, test.sel(arm=CONTROL).values)
            p = stats.logrank_p(times, self._escape(CONTROL))
        return {
            "difference": difference.mean,
            "difference_low": difference.low,
            "difference_high": difference.high,
            "difference_p": difference.p,
            "escaped": int(times.escaped.sum()),
            "escape_seconds": median,
            "escape_seconds_low": low,
            "escape_seconds_high": high,
            "escape_p": p,
        }

    def _escape(self, arm):
        one = self.dataset.sel(arm=arm)
        return stats.Escape(one["escape_seconds"].values, one["escaped"].values)

    def figure(self):
        """Learning curves of all arms with 95 % bands, chance and ceiling."""
        from spikesampler.figures import compare_figure

        return compare_figure(self.dataset)

    def __str__(self):
        lines = [f"{'arm':<18}{'online':^24}{'probe':^24}{'test':^24}{'Bayes':^10}"]
        for row in self.table:
            cells = [f"{row[name]:.3f} [{row[name + '_low']:.3f}, {row[name + '_high']:.3f}]" for name in HEADLINES[:3]]
            lines.append(
                f"{row['arm']:<18}" + "".join(f"{cell:^24}" for cell in cells) + f"{row['bayes_accuracy']:^10.3f}"
            )
        seeds = self.dataset.sizes["seed"]
        lines.append(
            f"mean [95 % Student-t interval], number of seeds {seeds}, chance {self.dataset.attrs['chance']:.3f}"
        )
        return "\n".join(lines).replace("nan", " – ")

    __repr__ = __str__


def compare(
    model="fang_2018",
    *,
    arms=("none", "weight"),
    seeds=10,
    first_seed=1,
    workers=None,
    out=None,
    resume=False,
    progress=None,
    **settings,
):
    """Run every arm with every seed and return a Comparison, whose folder holds runs, dataset, table and figure.

    Parameters
    ----------
    model : as for `run`.
    arms : noise arms to compare.
    seeds : number of seeds; seed numbers are first_seed, first_seed + 1, …
    workers : processes at a time, by default one per core.
    out : the folder; by default a new one below `runs`.
    resume : go on with the comparison in `out`: finished points are kept.
    settings : as for `run` (start, samples, test_samples, data, set, record, …).

    Raises InputError before anything is run, Interrupted after Ctrl-C or SIGTERM.
    """
    arms = [arms] if isinstance(arms, str) else list(dict.fromkeys(arms))
    if not arms or not isinstance(seeds, int) or seeds < 1:
        raise InputError(f"arms={','.join(arms)}, seeds={seeds}: expected at least one arm and one seed")
    points = {
        (arm, first_seed + n): resolve(model, noise=arm, seed=first_seed + n, **settings)
        for n in range(seeds)
        for arm in arms
    }
    workers = (os.cpu_count() or 1) if workers is None else workers
    if workers < 1:
        raise InputError(f"workers={workers}: expected at least 1")
    if resume and out is None:
        raise InputError("resume needs the folder of the comparison; give --out DIR")
    prepare(next(iter(points.values())))  # refuses data and parameters that do not fit, before anything is written
    folder = _free_folder(f"compare-{next(iter(points.values())).model.name}") if out is None else Path(out)
    folders = {point: folder / f"{point[0]}-seed{point[1]}" for point in points}
    _check_folder(folder, folders, points, resume)
    building.compiler()
    made = not folder.exists()
    storage.make_folder(folder)
    try:
        _run_all(points, folders, workers, progress)
    except InputError:
        if made and not any(folder.iterdir()):
            folder.rmdir()
        raise
    comparison = Comparison(folder, gather({point: Result(path) for point, path in folders.items()}))
    with storage.atomic_hdf5(comparison.files["dataset"]) as target:
        comparison.dataset.to_netcdf(target, engine="h5netcdf")
    storage.atomic_write_bytes(comparison.files["table"], _csv(comparison.table).encode())
    from spikesampler.figures import save

    save(comparison.figure(), comparison.files["figure"], dpi=200)
    return comparison


def _check_folder(folder, folders, points, resume):
    """Refuse a folder that holds anything but the comparison to resume; nothing in it is touched."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; give a folder with --out")
    held = list(folder.iterdir()) if folder.exists() else []
    if held and not any("-seed" in path.name for path in held):
        raise InputError(f"{folder} holds other files than a comparison; give a new or empty folder with --out")
    if held and not resume:
        raise InputError(
            f"{folder} already holds a comparison; use --resume to go on with it, or give another folder with --out"
        )
    for point, path in folders.items():
        if path.exists():
            check_folder(path, points[point], resume=True)


def _run_all(points, folders, workers, progress):
    """All points in processes, with the progress of all of them as one."""
    report = nullcontext(progress) if progress is not None else Progress("comparison")
    total = sum(settings.samples for settings in points.values())

    def look(finished):
        done = sum(_samples_done(folders[point], settings) for point, settings in points.items())
        say(done, total, f"{finished} of {len(points)} runs finished")

    with report as say:
        try:
            run_all({folders[point]: settings for point, settings in points.items()}, workers, look)
        except Interrupted as stop:
            raise Interrupted(f"{stop}; finished runs are kept: go on with --resume", stop.signal_number) from None


def _samples_done(folder, settings):
    """Learning samples that are safe on disk."""
    if (folder / "spikes.h5").exists() or (folder / "learning.nc").exists():
        return settings.samples
    newest = max((int(path.stem.split("_")[1]) for path in (folder / CHECKPOINT).glob("state_*.npz")), default=-1)
    return min(settings.samples, (newest + 1) * settings.probe_every)


def gather(results):
    """One xarray Dataset over arm and seed from {(arm, seed): Result}.

    probe_accuracy, online_accuracy (arm, seed, probe); test_accuracy, bayes_accuracy and final_… (arm, seed);
    escape_seconds, escaped (arm, seed): when the probe first exceeds attribute escape_threshold, half-way from chance
    to the best arm's final accuracy, or the end of a run that never does.
    """
    import xarray

    arms = list(dict.fromkeys(arm for arm, _ in results))
    seeds = list(dict.fromkeys(seed for _, seed in results))
    first = next(iter(results.values()))

    def over_points(value):
        return np.array([[value(results[arm, seed]) for seed in seeds] for arm in arms])

    curves = {
        name: (("arm", "seed", "probe"), over_points(lambda r, n=name: r.learning[n].values), {"units": "1"})
        for name in ("probe_accuracy", "online_accuracy")
    }
    finals = {
        f"final_{name}": (("arm", "seed"), over_points(lambda r, n=name: getattr(r, n)), {"units": "1"})
        for name in HEADLINES
    }
    speed = {
        name: (("arm", "seed"), over_points(lambda r, n=name: r.manifest["results"][n]), {"units": unit})
        for name, unit in (("engine_seconds", "s"), ("simulated_seconds", "s"))
    }
    same = {name: finals[f"final_{name}"] for name in ("test_accuracy", "bayes_accuracy")}
    time = {"probe_time": (("probe",), first.learning["probe_time"].values, {"units": "s"})}
    attrs = {name: first.learning.attrs[name] for name in ("model", "start", "chance")}
    attrs["escape_threshold"] = stats.escape_threshold(finals["final_probe_accuracy"][1], attrs["chance"])
    times = stats.escape(time["probe_time"][1], curves["probe_accuracy"][1], attrs["escape_threshold"])
    escapes = {
        "escape_seconds": (("arm", "seed"), times.seconds, {"units": "s"}),
        "escaped": (("arm", "seed"), times.escaped, {"units": "1"}),
    }
    variables = curves | finals | same | escapes | speed | time
    return xarray.Dataset(variables, coords={"arm": arms, "seed": seeds}, attrs=attrs)


def _csv(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _free_folder(name):
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return Path("runs") / f"{name}-{stamp}-{os.getpid()}"
