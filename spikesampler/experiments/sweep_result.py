"""A finished sweep: one dataset over the swept parameters and the seeds, its table, its failures
and its figure.
"""

import csv
import io
import json
from pathlib import Path

import numpy as np

from spikesampler import stats
from spikesampler.errors import DamagedError, InputError
from spikesampler.experiments.comparison_result import cell as value_with_interval
from spikesampler.experiments.comparison_result import origin
from spikesampler.store import atomic
from spikesampler.store.datasets import read_dataset, save_dataset
from spikesampler.store.learning import read_some
from spikesampler.store.manifest import LEARNING, read_manifest

DESIGN = "sweep.json"  #: in a sweep's folder: what makes it this sweep
FILES = {
    "dataset": "sweep.nc",
    "table": "points.csv",
    "failures": "failures.json",
    "figure": "sweep.png",
}
MEASURES = ("test", "online", "probe", "bayes")
ROWS = 60  #: combinations that the printed table shows


class Sweep:
    """`.dataset` (xarray), `.failures` (list of dicts), `.path`, `.files` (by kind), `.summary`
    (numbers of points).

    `Sweep(path)` opens the folder of a sweep, or its dataset (a netCDF file) alone. Variables of
    the dataset, over one dimension for each parameter of the grid, `point` for a design, `arm` and
    `start` where there are several, and `seed`: test_accuracy, online_accuracy, probe_accuracy,
    bayes_accuracy, escape_seconds (s; of a run that did not escape, its length), escaped,
    escape_threshold, chance, engine_seconds (s), finished, folder (of the run, a name in the
    sweep's), and probe_curve over sample_block too. What failed is nan.
    """

    undrawn = None  #: why there is no figure

    def __init__(self, path, dataset=None, failures=None):
        self.path = Path(path)
        self.folder = self.path.parent if self.path.suffix == ".nc" else self.path
        self.files = {kind: self.folder / name for kind, name in FILES.items()}
        if self.path.suffix == ".nc":
            self.files["dataset"] = self.path
        self.dataset = _read(self.files["dataset"]) if dataset is None else dataset
        self.failures = _read_failures(self.files["failures"]) if failures is None else failures
        finished = int(self.dataset["finished"].sum())
        self.summary = {"points": self.dataset["finished"].size, "finished": finished}
        self.summary["failed"] = self.summary["points"] - finished

    @property
    def dims(self):
        """Dimensions but the seed."""
        return [dim for dim in self.dataset["test_accuracy"].dims if dim != "seed"]

    def rows(self):
        """For each combination of values, arm and start: these, and mean with 95 % bootstrap
        interval over seeds.

        Of the escape it is the median (Kaplan-Meier) with its interval.
        """
        stacked = (
            self.dataset.drop_vars("probe_curve", errors="ignore").stack(row=self.dims)
            if self.dims
            else None
        )
        for i in range(stacked.sizes["row"] if self.dims else 1):
            one = stacked.isel(row=i) if self.dims else self.dataset
            done = one["finished"].values.astype(bool)
            row = {name: one[name].values.item() for name in _coordinates(self.dataset)}
            row |= {"seeds": int(done.sum()), "failed": int((~done).sum())}
            for measure in MEASURES:
                row |= _interval(
                    f"{measure}_accuracy",
                    one[f"{measure}_accuracy"].values[done],
                    stats.bootstrap_interval,
                )
            times = stats.Escape(
                one["escape_seconds"].values[done], one["escaped"].values[done].astype(bool)
            )
            row |= {"escaped": int(times.escaped.sum())}
            row |= dict(
                zip(
                    ("escape_seconds", "escape_seconds_low", "escape_seconds_high"),
                    stats.escape_median(times)[:3] if done.any() else [np.nan] * 3,
                )
            )
            yield row

    @property
    def csv(self):
        """One line per point as text: values, arm, start, seed, whether it finished, scores,
        error.
        """
        names, errors = _coordinates(self.dataset), {}
        for one in self.failures:
            errors[tuple(str(one[name]) for name in (*names, "seed"))] = one["error"]
        scores = [
            name
            for name, variable in self.dataset.data_vars.items()
            if "sample_block" not in variable.dims
        ]
        stacked = self.dataset[scores].stack(row=[*self.dims, "seed"])
        columns = {name: stacked[name].values for name in (*names, "seed", *scores)}
        columns = {
            name: np.broadcast_to(values, stacked.sizes["row"]) for name, values in columns.items()
        }
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([*columns, "error"])
        for row in zip(*columns.values()):
            writer.writerow([*row, errors.get(tuple(map(str, row[: len(names) + 1])), "")])
        return text.getvalue()

    def figure(self, measure="test_accuracy", at=None):
        """Lines for one swept dimension, a heat map for two, small multiples for three; `at` fixes
        some by value.
        """
        from spikesampler.figures import sweep_figure

        return sweep_figure(self.dataset, measure, at)

    def write(self):
        """Dataset, points, failures and figure into the folder, each whole or not at all."""
        from spikesampler.figures import save_both

        save_dataset(self.dataset, self.files["dataset"])
        atomic.atomic_write_bytes(self.files["table"], self.csv.encode())
        atomic.atomic_write_json(self.files["failures"], self.failures)
        try:
            save_both(self.figure(), self.files["figure"], dpi=200)
        except InputError as error:  # too many dimensions for one figure
            del self.files["figure"]
            self.undrawn = f"no figure: {error}"

    def __str__(self):
        names, lines = _coordinates(self.dataset), []
        rows = [row for _, row in zip(range(ROWS + 1), self.rows())]
        wide = {
            name: 2 + max(len(name), *(len(_text(row[name])) for row in rows)) for name in names
        }
        lines.append(
            "".join(f"{name:<{wide[name]}}" for name in names)
            + f"{'seeds':>6}{'test':^24}{'online':^24}{'escape (s)':^22}{'escaped':^9}"
        )
        for row in rows[:ROWS]:
            lines.append(
                "".join(f"{_text(row[name]):<{wide[name]}}" for name in names)
                + f"{row['seeds']:>6}"
                + "".join(
                    f"{value_with_interval(row, f'{one}_accuracy'):^24}"
                    for one in ("test", "online")
                )
                + f"{value_with_interval(row, 'escape_seconds', '.0f'):^22}{row['escaped']:^9}"
            )
        if len(rows) > ROWS:
            lines.append(f"… all points are in {self.files['table']}")
        spread = (
            "mean [95 % bootstrap interval over seeds]; escape: median"
            if self.dataset.sizes["seed"] > 1
            else "one seed"
        )
        lines.append(
            f"{spread}; a run escapes when its probe exceeds half-way from chance to the ceiling"
        )
        lines += [self.undrawn] if self.undrawn else []
        lines += failure_lines(self.failures)
        return "\n".join(lines)

    __repr__ = __str__


def failure_lines(failures):
    """A table of failures, equal errors together."""
    if not failures:
        return []
    by_error = {}
    for one in failures:
        point = ", ".join(
            f"{name}={_text(value)}"
            for name, value in one.items()
            if name not in ("folder", "error")
        )
        by_error.setdefault(one["error"], []).append(point)
    lines = [f"{len(failures)} points failed; --resume tries them again:"]
    for error, points in by_error.items():
        more = f" and {len(points) - 5} more" if len(points) > 5 else ""
        lines += [
            f"  {error}",
            *(f"    {point}" for point in points[:5]),
            *([f"   {more}"] if more else []),
        ]
    return lines


def _text(value):
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _coordinates(dataset):
    """Names of what tells the combinations apart: parameters, and arm and start."""
    dims = dataset["test_accuracy"].dims
    return [
        name
        for name in dataset.coords
        if name not in ("seed", "sample_block", "point")
        and (name in ("arm", "start") or set(dataset[name].dims) <= set(dims))
    ]


def _interval(name, values, estimate):
    found = estimate(values)[:3] if len(values) and np.isfinite(values).all() else [np.nan] * 3
    return {name: float(found[0]), f"{name}_low": float(found[1]), f"{name}_high": float(found[2])}


def read_point(folder):
    """What the dataset needs of a finished run: its manifest without the model's text, its probes'
    curve.
    """
    manifest = read_manifest(folder)
    del manifest["model"], manifest["parameters"], manifest["files"]
    curve = read_some(
        folder / LEARNING, ("probe_samples_seen", "probe_time", "probe_accuracy"), ("chance",)
    )
    return {"manifest": manifest, **curve}


def gather(plan, records):
    """The dataset of a sweep from `read_point` of its finished runs by name of folder; the others
    are nan.
    """
    import xarray

    dims = {name: len(values) for name, values in plan.design.axes.items()}
    if plan.design.varied:
        dims["point"] = len(next(iter(plan.design.varied.values())))
    dims |= {"arm": len(plan.arms), "start": len(plan.starts), "seed": len(plan.seeds)}
    found = [records.get(cell.folder) for cell in plan.cells]
    scores, shape = _scores(found, len(plan.seeds)), tuple(dims.values())
    variables = {
        name: (tuple(dims), values.reshape(shape), about)
        for name, (values, about) in scores.items()
    }
    if plan.model.supervised:
        del variables["test_entropy"]
    folders = np.array([cell.folder for cell in plan.cells]).reshape(shape)
    variables["folder"] = (
        tuple(dims),
        folders,
        {"long_name": "folder of the run, within that of the sweep"},
    )
    coords = {
        name: ((name,), values, _about(plan.model, name))
        for name, values in plan.design.axes.items()
    }
    coords |= {
        name: (("point",), values, _about(plan.model, name))
        for name, values in plan.design.varied.items()
    }
    coords |= {"arm": plan.arms, "start": plan.starts, "seed": plan.seeds}
    attrs = {"model": plan.model.name, "title": plan.model.title}
    if records:
        blocks = next(iter(records.values()))["probe_samples_seen"]
        nothing = np.full(len(blocks), np.nan)
        curves = np.array([nothing if one is None else one["probe_accuracy"] for one in found])
        variables["probe_curve"] = (
            (*dims, "sample_block"),
            curves.reshape(*shape, len(blocks)),
            {"units": "1"},
        )
        coords["sample_block"] = (
            ("sample_block",),
            blocks,
            {"units": "1", "long_name": "learning samples seen"},
        )
        attrs |= origin([one["manifest"] for one in records.values()])
    chosen = {name: plan.model.parameters[name].value for name in plan.model.overridden}
    attrs["set"] = ", ".join(f"{name}={value}" for name, value in chosen.items())
    dataset = xarray.Dataset(variables, coords=coords, attrs=attrs)
    return dataset.squeeze([name for name in ("arm", "start") if dims[name] == 1])


def _scores(found, num_seeds):
    """{variable: (values (num_points,), attributes)} of all points, seeds last; `found` has None
    where one failed.
    """

    def of_all(value):
        values = [None if one is None else value(one) for one in found]
        return np.array([np.nan if value is None else value for value in values], dtype=float)

    names = (*(f"{measure}_accuracy" for measure in MEASURES), "test_entropy", "engine_seconds")
    results = {name: of_all(lambda one, n=name: one["manifest"]["results"][n]) for name in names}
    chance = of_all(lambda one: one["chance"])
    by_seed = (
        one.reshape(-1, num_seeds)
        for one in (results["bayes_accuracy"], results["probe_accuracy"], chance)
    )
    threshold = bayes_thresholds(*by_seed).ravel()
    escapes = [
        (np.nan, 0) if one is None else _escape(one, mark)
        for one, mark in zip(found, threshold, strict=True)
    ]
    seconds, escaped = np.array(escapes, dtype=float).T
    pure = {"units": "1"}
    told = {
        name: (values, {"units": "s"} if name == "engine_seconds" else pure)
        for name, values in results.items()
    }
    told["escape_seconds"] = (
        seconds,
        {"units": "s", "long_name": "time of escape, or the run's length"},
    )
    told |= {
        "escaped": (escaped.astype(int), pure),
        "escape_threshold": (threshold, pure),
        "chance": (chance, pure),
    }
    return told | {"finished": (np.isfinite(chance).astype(int), pure)}


def _about(model, name):
    parameter = model.parameters[name]
    return {"units": parameter.unit, "long_name": parameter.meaning}


def bayes_thresholds(bayes, probe, chance):
    """Accuracy that a run must exceed to have escaped, (…, n_seed) as all: half-way from chance to
    the ceiling.

    Points of a sweep are different tasks, so each has its own; the ceiling is the Bayes-optimal
    accuracy on the run's own test samples, or where that is unknown (real data), the best final
    probe of the sweep, a mean over seeds.
    """
    means = [mean for mean in np.mean(probe, axis=-1).ravel() if np.isfinite(mean)]
    best = max(means, default=np.nan)
    return (chance + np.where(np.isfinite(bayes), bayes, best)) / 2


def _escape(one, threshold):
    times = stats.escape(one["probe_time"], one["probe_accuracy"][None], threshold)
    return float(times.seconds[0]), bool(times.escaped[0])


def _read(path):
    if not path.is_file():
        raise InputError(
            f"{path} is missing: expected the folder or the dataset of a sweep; finish one with"
            " `spikesampler sweep`, the same options and --resume"
        )
    return read_dataset(
        path,
        "cannot be read as a sweep",
        "repeat `spikesampler sweep` with --resume, which makes it anew from the runs",
        needed=("escape_seconds", "finished", "seed"),
    )


def _read_failures(path):
    if not path.is_file():
        return []
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise DamagedError(
            f"{path} is damaged: repeat `spikesampler sweep` with --resume, which makes it anew"
        ) from error
