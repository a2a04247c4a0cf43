"""A finished comparison: one dataset over arms, starts and seeds, the table that follows from it,
and its verdicts.
"""

import csv
import io
from functools import cached_property
from pathlib import Path

import numpy as np

from spikesampler import stats
from spikesampler.errors import InputError
from spikesampler.experiments.settings import ARM_OPTIONS
from spikesampler.experiments.verdicts import verdicts
from spikesampler.store.datasets import read_dataset
from spikesampler.store.learning import read_learning
from spikesampler.store.manifest import LEARNING

FILES = {
    "dataset": "comparison.nc",
    "table": "table.csv",
    "figure": "learning_curves.png",
    "accuracies": "accuracies.png",
    "escapes": "escapes.png",
}
CONTROL = "none"  #: the arm that the others are compared with
MEASURES = ("online", "probe", "test")
OWN = (
    "arm",
    "start",
    "seed",
    "replicate",
)  #: settings in which the runs of a comparison may differ


class Comparison:
    """Arms x starts x seeds: `.dataset` (xarray), `.table` (list of rows), `.verdicts`, `.path`,
    `.files` (by kind).

    `Comparison(path)` opens the folder of a finished comparison, or its dataset (a netCDF file)
    alone.
    """

    def __init__(self, path, dataset=None):
        self.path = Path(path)
        self.dataset = _read(self.path) if dataset is None else dataset
        self.folder = self.path.parent if self.path.suffix == ".nc" else self.path
        self.files = {kind: self.folder / name for kind, name in FILES.items()}
        if self.path.suffix == ".nc":
            self.files["dataset"] = self.path

    def select(self, arms=None, start=None):
        """The comparison of some arms at some start, with corrections for their number; the
        threshold stays.
        """
        dataset = self.dataset
        for name, wanted in (("arm", arms), ("start", start)):
            known = self.arms if name == "arm" else self.starts
            asked = [] if wanted is None else [wanted] if isinstance(wanted, str) else list(wanted)
            if unknown := [one for one in asked if one not in known]:
                raise InputError(
                    f"no {name} {unknown[0]!r} in {self.path}; it has {', '.join(known)}"
                )
            if asked and name in dataset.dims:
                dataset = dataset.sel(
                    {name: wanted if isinstance(wanted, str) and name == "start" else asked}
                )
        return Comparison(self.path, dataset)

    @property
    def arms(self):
        return [str(arm) for arm in self.dataset["arm"].values]

    @property
    def starts(self):
        return [str(start) for start in np.atleast_1d(self.dataset["start"].values)]

    def values(self, name, arm, start):
        """A variable of every seed, for one arm and start."""
        one = self.dataset[name].sel(arm=arm)
        return (one.sel(start=start) if "start" in one.dims else one).values

    def escape(self, arm, start):
        """Times of escape of every seed, for one arm and start."""
        return stats.Escape(
            self.values("escape_seconds", arm, start),
            self.values("escaped", arm, start).astype(bool),
        )

    @cached_property
    def table(self):
        """One row per start and arm.

        For every headline accuracy (online, probe, test, bayes) its mean over seeds and 95 %
        bootstrap interval; for online, probe and test the difference to the arm `none`, seed by
        seed, with bootstrap interval, Wilcoxon's p, and p corrected for the number of arms (Holm).
        Then the time to escape in s (Kaplan-Meier median and 95 % interval), the number of seeds
        that escaped, the difference of the times to those of `none` (restricted to the run's
        length), and the log-rank p against `none`, also corrected. nan where there is nothing to
        compare with.
        """
        return [row for start in self.starts for row in self._rows(start)]

    def _rows(self, start):
        rows = []
        for arm in self.arms:
            row = {"arm": arm, "start": start, "seeds": self.dataset.sizes["seed"]}
            for name in (*MEASURES, "bayes"):
                values = self.values(f"final_{name}_accuracy", arm, start)
                known = np.isfinite(values).all()
                row |= _interval(
                    f"{name}_accuracy", stats.bootstrap_interval(values) if known else [np.nan] * 3
                )
            rows.append(row | self._against_control(arm, start))
        for name in [name for name in rows[0] if name.endswith("_p")]:
            for row, p in zip(rows, stats.holm([row[name] for row in rows])):
                row[f"{name}_holm"] = float(p)
        return rows

    def _against_control(self, arm, start):
        """The columns of a row that compare its arm with CONTROL; nan where there is none, or it is
        the arm itself.
        """
        compared, row = arm != CONTROL and CONTROL in self.arms, {}
        for name in MEASURES:
            pair = (
                [self.values(f"final_{name}_accuracy", one, start) for one in (arm, CONTROL)]
                if compared
                else None
            )
            found = stats.paired_difference(*pair) if compared else [np.nan] * 4
            row |= _interval(f"{name}_difference", found) | {f"{name}_difference_p": found[3]}
        times = self.escape(arm, start)
        row |= {"escaped": int(times.escaped.sum())} | _interval(
            "escape_seconds", stats.escape_median(times)
        )
        later, p = [np.nan] * 3, np.nan
        if compared:
            control = self.escape(CONTROL, start)
            later, p = (
                stats.paired_difference(times.seconds, control.seconds),
                stats.logrank_p(times, control),
            )
        return row | _interval("escape_difference", later) | {"escape_p": p}

    @cached_property
    def verdicts(self):
        """What the numbers say about each claim that the arms can settle: a list of
        `verdicts.Verdict`.
        """
        return verdicts(self)

    @property
    def csv(self):
        """The table as text."""
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(self.table[0]))
        writer.writeheader()
        writer.writerows(self.table)
        return text.getvalue()

    def figure(self):
        """Learning curves of all arms with 95 % bands, chance and ceiling, in the manner of Fig.
        2b.
        """
        from spikesampler.figures import compare_figure

        return compare_figure(self.dataset)

    def accuracies_figure(self):
        """Online, probe and test accuracy of all arms side by side, in the manner of Fig. 2c."""
        from spikesampler.figures import accuracies_figure

        return accuracies_figure(self.dataset)

    def escapes_figure(self):
        """Share of runs that have not escaped yet against time."""
        from spikesampler.figures import escape_figure

        return escape_figure(self.dataset)

    def __str__(self):
        num_seeds, attrs = self.dataset.sizes["seed"], self.dataset.attrs
        wide = max(18, 2 + max(map(len, self.arms)))
        lines = []
        for start in self.starts:
            rows = [row for row in self.table if row["start"] == start]
            lines.append(f"{start:<{wide}}{'online':^24}{'probe':^24}{'test':^24}{'Bayes':^8}")
            for row in rows:
                cells = "".join(f"{cell(row, f'{name}_accuracy'):^24}" for name in MEASURES)
                lines.append(
                    f"{row['arm']:<{wide}}{cells}{number(row['bayes_accuracy'], '.3f'):^8}"
                )
            lines.append(
                f"{'':<{wide}}{'test - none':^26}{'p':^8}{'escape (s)':^22}{'escaped':^10}{'p':^8}"
            )
            for row in rows:
                difference = cell(row, "test_difference", "+.3f")
                escape = f"{cell(row, 'escape_seconds', '.0f'):^22}{row['escaped']} of {num_seeds}"
                p, escape_p = (
                    number(row[f"{name}_p_holm"], ".2g") for name in ("test_difference", "escape")
                )
                lines.append(f"{row['arm']:<{wide}}{difference:^26}{p:^8}{escape:<32}{escape_p:^8}")
        few = "fewer than six seeds: no test can reach 5 %, and the intervals are too narrow"
        lines += [
            (
                f"{num_seeds} seeds: mean [95 % bootstrap interval]; p: Wilcoxon in pairs, of"
                " escapes log-rank, after Holm"
                if num_seeds > 1
                else "one seed: no intervals and no tests; give --seeds 10"
            ),
            (
                f"chance {attrs['chance']:.3f}; escape: the probe first above"
                f" {attrs['escape_threshold']:.3f}; the median"
            ),
            *([few] if 1 < num_seeds < 6 else []),
            *map(str, self.verdicts),
        ]
        return "\n".join(lines)

    __repr__ = __str__


def run_folder(arm, start, seed):
    """Name of the folder of a comparison's run."""
    return f"{arm.replace(':', '-')}-{start}-seed{seed}"


def _interval(name, found):
    return {name: float(found[0]), f"{name}_low": float(found[1]), f"{name}_high": float(found[2])}


def number(value, form=".2g"):
    """A number as text: a dash for nan, never for infinity."""
    return "–" if np.isnan(value) else "never" if np.isinf(value) else f"{value:{form}}"


def cell(row, name, form=".3f"):
    """A value of a row of the table with its interval, as text."""
    mean, low, high = (number(row[f"{name}{end}"], form) for end in ("", "_low", "_high"))
    return mean if low == high == "–" else f"{mean} [{low}, {high}]"


def _read(path):
    file = path if path.suffix == ".nc" else path / FILES["dataset"]
    if not file.is_file():
        raise InputError(
            f"{path} holds no finished comparison (no {file.name}): finish it with `spikesampler"
            " compare`, the same options, --out this folder and --resume"
        )
    dataset = read_dataset(
        file,
        "cannot be read as a comparison",
        "repeat `spikesampler compare` with --resume, which makes it anew from the runs",
        needed=("escape_seconds", "escape_threshold", "arm", "seed"),
    )
    if "start" in dataset.coords:
        return dataset
    return dataset.assign_coords(start=dataset.attrs["start"])


def gather(results):
    """One xarray Dataset over arm, start and seed from {(arm, start, seed): Result}; a single start
    is no dimension.

    probe_accuracy, online_accuracy (arm, start, seed, sample_block); test_accuracy, bayes_accuracy,
    final_… and speed (arm, start, seed); escape_seconds, escaped (arm, start, seed): when the probe
    first exceeds attribute escape_threshold, half-way from chance to the best arm's final accuracy,
    or the end of a run that never does. Raises InputError where runs differ in more than arm,
    start, seed and noise, or do not show a seed's stimuli.
    """
    import xarray

    check_alike(results)
    # theta, at every probe, is nearly all of a run: hundreds of runs without it fit into memory
    learnt = {
        point: read_learning(result.path / LEARNING, without="theta")
        for point, result in results.items()
    }
    arms, starts, seeds = (list(dict.fromkeys(point[i] for point in results)) for i in range(3))
    first = next(iter(learnt.values()))

    def over_points(value):
        return np.array(
            [[[value((arm, start, seed)) for seed in seeds] for start in starts] for arm in arms]
        )

    points = ("arm", "start", "seed")
    curves = {
        name: (
            (*points, "sample_block"),
            over_points(lambda p, n=name: learnt[p][n].values),
            {"units": "1"},
        )
        for name in ("probe_accuracy", "online_accuracy")
    }
    finals = {
        f"final_{name}": (points, over_points(lambda p, n=name: learnt[p].attrs[n]), {"units": "1"})
        for name in (f"{measure}_accuracy" for measure in (*MEASURES, "bayes"))
    }
    speed = {
        name: (
            points,
            over_points(lambda p, n=name: results[p].manifest["results"][n]),
            {"units": "s"},
        )
        for name in ("engine_seconds", "simulated_seconds")
    }
    same = {f"{name}_accuracy": finals[f"final_{name}_accuracy"] for name in ("test", "bayes")}
    time = {"probe_time": (("sample_block",), first["probe_time"].values, {"units": "s"})}
    final_probe = finals["final_probe_accuracy"][1].reshape(-1, len(seeds))
    threshold = stats.best_arm_threshold(final_probe, first.attrs["chance"])
    times = stats.escape(time["probe_time"][1], curves["probe_accuracy"][1], threshold)
    escapes = {
        "escape_seconds": (
            points,
            times.seconds,
            {"units": "s", "long_name": "time of escape, or the run's end"},
        ),
        "escaped": (points, times.escaped, {"units": "1"}),
    }
    blocks = (
        "sample_block",
        first["probe_samples_seen"].values,
        {"units": "1", "long_name": "learning samples seen at the end of the block"},
    )
    coords = {"arm": arms, "start": starts, "seed": seeds, "sample_block": blocks}
    attrs = {
        name: first.attrs[name] for name in ("model", "chance", "test_samples", "probe_samples")
    }
    manifests = [result.manifest for result in results.values()]
    attrs |= origin(manifests) | {"same": _same(manifests)}
    attrs |= {"start": ",".join(starts), "escape_threshold": threshold}
    dataset = xarray.Dataset(
        curves | finals | same | escapes | speed | time, coords=coords, attrs=attrs
    )
    return dataset.squeeze("start") if len(starts) == 1 else dataset


def origin(manifests):
    """Where the numbers come from, as attributes: samples, data, versions, commits and processors
    of the runs.
    """
    settings = manifests[0]["settings"]

    def all_of(value):
        return ", ".join(sorted({str(value(manifest)) for manifest in manifests}))

    return {
        "samples": settings["samples"],
        "data": manifests[0]["data"]["name"],
        "kind": _kind(manifests[0]["data"]),
        "source": settings["data"] or "",
        "engine": settings["engine"],
        "probe_every": settings["probe_every"],
        "set": ", ".join(f"{name}={value}" for name, value in _set(settings).items()),
        "commit": all_of(lambda m: m["commit"]),
        "cpu": all_of(lambda m: m["build"]["cpu"]),
        "compiler": all_of(lambda m: m["build"]["compiler"][1]),
        "versions": all_of(
            lambda m: " ".join(f"{name} {text}" for name, text in m["versions"].items())
        ),
    }


def _same(manifests):
    """What arms of a seed have in common, to the bit: their stimuli and start, and if one program
    ran them, spikes.
    """
    made = [
        [manifest["build"][name] for name in ("compiler", "flags", "cpu")]
        + [manifest["versions"], manifest["commit"], manifest["settings"]["engine"]]
        for manifest in manifests
    ]
    alone = any(
        manifest["settings"]["replicate"] or manifest["settings"]["engine"] != "fast"
        for manifest in manifests
    )
    spikes = not alone and all(one == made[0] for one in made)
    return "stimuli, start, input spikes, teacher events" if spikes else "stimuli, start"


def _kind(data):
    """clusters, images (one input per pixel) or table, from the description of a run's data."""
    return (
        "clusters"
        if "cluster_means" in data
        else "images"
        if data["coding"] == "rates"
        else "table"
    )


def _set(settings):
    """Parameters that the user chose, but those of the noise, which belong to the arm."""
    return {name: value for name, value in settings["set"].items() if name not in ARM_OPTIONS}


def check_alike(results):
    """Refuse runs that differ in other settings than those of OWN and of the noise, or in what a
    seed shows.
    """

    def facts(result):
        settings = {
            name: value for name, value in result.manifest["settings"].items() if name not in OWN
        }
        del settings[
            "model_hash"
        ]  # the noise's parameters change it; the text is compared by itself
        text = {"model text": result.manifest["model"]["text"]}
        return settings | {"set": _set(settings)} | text

    first_result = next(iter(results.values()))
    first, seen = facts(first_result), {}
    for (_, start, seed), result in results.items():
        for name, value in facts(result).items():
            if value != first[name]:
                here, there = ("another", "this") if name == "model text" else (value, first[name])
                raise InputError(
                    f"{result.path} and {first_result.path} cannot be compared: {name} is {here} in"
                    f" the one, {there} in the other; give runs of the same settings"
                )
        prints = result.manifest.get("fingerprints", {})
        other = seen.setdefault((start, seed), result)
        for name, value in other.manifest["fingerprints"].items():
            if prints.get(name) != value:
                raise InputError(
                    f"{result.path} and {other.path} are no pair: their {name} differs; repeat one"
                    " with the seed and data of the other"
                )
