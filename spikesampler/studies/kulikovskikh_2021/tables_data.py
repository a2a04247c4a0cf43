"""Accuracies of networks with LIGHT and with sigmoids, on points and on images: the dataset.

LIGHT is harvested from T = 1 on. Controls: harvest from 0 on, later, and never; SGD with its step
scaled by LIGHT's slope; the other two forms of LIGHT; Keras' older Adagrad; four methods whose
settings are tuned on other runs, 16 trials each; and the paper's Eq. (2) as a loss.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from spikesampler import stats
from spikesampler.checks import whole_number
from spikesampler.errors import InputError
from spikesampler.jobs.kept import digest, finish
from spikesampler.networks.labelled_rows import source_of
from spikesampler.optional import require
from spikesampler.stimuli.planar import PLANAR
from spikesampler.store.datasets import described
from spikesampler.store.origin import made_by
from spikesampler.studies.kulikovskikh_2021.arms import (
    ARMS,
    DRAWN,
    GRIDS,
    LIGHT,
    NAMES,
    PAPER,
    RIVALS,
)
from spikesampler.studies.kulikovskikh_2021.over_epochs import epochs_test, null_share
from spikesampler.studies.kulikovskikh_2021.samples import Task, split_of
from spikesampler.studies.kulikovskikh_2021.setting import Setting
from spikesampler.studies.kulikovskikh_2021.training_jobs import Job, best_settings, train_job
from spikesampler.studies.study import Work

__all__ = ["gather", "tasks_of"]

FIRST_TUNING_RUN = 1001
POINTS = 48  #: epochs at which curves are kept, about logarithmically
PARTS = 10  #: of training, equally long, whose mean accuracies are kept of every run
FILES = {"mnist": "MNIST", "fashion": "Fashion-MNIST", "cifar": "CIFAR-10"}
LONG_NAMES = {
    "test_mean": "mean over epochs, as in the paper",
    "train_mean": "mean over epochs, as in the paper",
    "test_final": "after the last epoch",
    "train_final": "after the last epoch",
    "test_part": "mean over each tenth of the epochs",
    "diverged": "runs whose loss is not finite",
    "epochs_p": "Wilcoxon's p over epochs",
    "epochs_time": "autocorrelation time in epochs",
    "null": "share of splits of one arm with p < 0.01 over epochs",
    "positive": "share of class 1",
}


def tasks_of(
    planar: Sequence[str], table: int | None = None, **files: Path | None
) -> list[tuple[Task, ...]]:
    """Groups of tasks whose data have one shape, points first; files are opened, bad ones refused.

    table : 1, points, or 2, images; None: both. files : folders by name of the option, see FILES;
    without any, digits stand in.
    """
    groups = [tuple(Task(name) for name in planar)] if table != 2 else []
    given = {FILES[option]: path for option, path in files.items() if path is not None}
    for name, path in (given or {"digits (stand-in)": "digits"}).items() if table != 1 else ():
        if given and not Path(path).exists():
            raise InputError(
                f"no {path}, files of {name}: expected their folder; leave all of --mnist,"
                " --fashion and --cifar out for scikit-learn's digits, a stand-in"
            )
        files_digest = digest(source_of(str(path)).description()["files"])
        for balanced, how in ((False, "as drawn"), (True, "balanced")):
            task = Task(f"{name}, {how}", str(path), balanced=balanced, digest=files_digest)
            groups.append((task,))
    return groups


class Plan(NamedTuple):
    """Runs, other runs that settings are tuned on, how many epochs, and how jobs are done."""

    runs: tuple[int, ...]
    tuning_runs: tuple[int, ...]
    epochs: int
    how: dict[str, Any]


def gather(
    work: Work,
    *,
    count: int,
    epochs: int,
    tuning: int,
    planar: Sequence[str],
    table: int | None = None,
    **files: Path,
) -> xr.Dataset:
    """All tasks, see `tasks_of`, as one Dataset."""
    require("training", "landscape", "jax", "optax", "statsmodels")
    count, first = whole_number("seeds", work.count(count), 2), FIRST_TUNING_RUN + work.seed - 1
    if count > 1000:
        raise InputError(
            f"seeds={count}: expected at most 1000, runs from {FIRST_TUNING_RUN} on are for tuning"
        )
    plan = Plan(
        tuple(range(work.seed, work.seed + count)),
        tuple(range(first, first + tuning)),
        whole_number("epochs", epochs, 1),
        work.jobs("light_tables", "light"),
    )
    datasets = [_compare(tasks, plan) for tasks in tasks_of(planar, table, **files)]
    attrs = {"seed": work.seed, "epochs": epochs, "tuning_runs": tuning} | made_by()
    return xr.concat(datasets, dim="task").assign_attrs(attrs)


def _compare(tasks, plan):
    """Everything of tasks that are trained together, as a Dataset."""

    def job(name, arm, settings, runs):
        plain = tuple(tuple(setting.plain() for setting in each) for each in settings)
        return Job(name, tasks, arm.optimizer, arm.unit, arm.loss, plain, runs, plan.epochs)

    grids = [
        job(f"tuning {name}", arm, [arm.settings] * len(tasks), plan.tuning_runs)
        for name, arm in GRIDS.items()
    ]
    chosen = best_settings(grids, **plan.how)
    jobs = [job(name, arm, [arm.settings] * len(tasks), plan.runs) for name, arm in ARMS.items()]
    for (name, arm), (best, _) in zip(GRIDS.items(), chosen):
        jobs.append(job(name, arm, [[arm.settings[index]] for index in best], plan.runs))
    results = finish(jobs, train_job, **plan.how)
    test, train = (
        np.stack([arrays[name][:, :, 0].swapaxes(0, 1) for arrays in results], axis=1, dtype=float)
        for name in ("test", "train")
    )  # each (task, arm, run, epoch + 1)
    variables = {
        **_accuracies("test", test),
        **_accuracies("train", train),
        "test_part": (("task", "drawn", "run", "part"), _parts(test)),
        **_over_epochs(test),
        **_data(tasks, split_of(tasks, plan.runs)),
        "diverged": (
            ("task", "arm"),
            np.stack([arrays["diverged"][:, :, 0].sum(axis=0) for arrays in results], axis=1),
        ),
        "setting": (
            ("task", "arm", "number"),
            np.array([[each[0] for each in job.settings] for job in jobs]).swapaxes(0, 1),
        ),
        "tried": (("task", "tuned", "trial"), np.stack([tried for _, tried in chosen], axis=1)),
        "best": (("task", "tuned"), np.stack([best for best, _ in chosen], axis=1)),
    }
    return described(xr.Dataset(variables, _coordinates(tasks, plan)), LONG_NAMES)


def _coordinates(tasks, plan):
    return {
        "task": [task.name for task in tasks],
        "arm": list(NAMES),
        "run": list(plan.runs),
        "drawn": list(DRAWN),
        "bound": ["mean", "low", "high"],
        "epoch": _kept_epochs(plan.epochs),
        "number": list(Setting._fields),
        "tuned": list(GRIDS),
        "rival": list(RIVALS),
        "part": [epochs.mean() for epochs in _split_epochs(plan.epochs)],
        "paper_arm": list(PAPER),
    }


def _kept_epochs(last):
    return np.unique(np.r_[0, np.geomspace(1, last, POINTS).round().astype(int)])


def _split_epochs(last):
    """Epochs 1 to the last in parts, as equally long as they can be."""
    return np.array_split(np.arange(1, last + 1), min(PARTS, last))


def _parts(values):
    """Means over each part of training, (task, drawn, run, part), of (task, arm, run, epoch +
    1).
    """
    drawn = values[:, [NAMES.index(arm) for arm in DRAWN]]
    parts = [drawn[..., epochs].mean(axis=-1) for epochs in _split_epochs(values.shape[-1] - 1)]
    return np.stack(parts, axis=-1).astype(np.float32)


def _accuracies(name, values):
    """Means over epochs, values at the end, and curves with bands, of (task, arm, run, epoch +
    1).
    """
    epochs = _kept_epochs(values.shape[-1] - 1)
    bands = [
        stats.mean_band(values[:, NAMES.index(arm)][:, :, epochs].swapaxes(0, 1)) for arm in DRAWN
    ]
    over = ("task", "arm", "run")
    return {
        f"{name}_mean": (over, values[..., 1:].mean(axis=-1)),
        f"{name}_final": (over, values[..., -1]),
        f"{name}_curve": (("drawn", "bound", "task", "epoch"), np.array(bands, np.float32)),
    }


def _over_epochs(test):
    """The paper's test of LIGHT against its rivals, and of each of the four against itself."""
    curves = {name: test[:, NAMES.index(name)] for name in PAPER}
    light = curves[LIGHT]
    results = np.array(
        [[epochs_test(*pair) for pair in zip(light, curves[name])] for name in RIVALS]
    )  # (rival, task, number)
    nulls = np.array([[null_share(each) for each in curves[name]] for name in PAPER])
    return {
        "epochs_p": (("task", "rival"), results[..., 0].T),
        "epochs_time": (("task", "rival"), results[..., 1].T),
        "null": (("task", "paper_arm"), nulls.T),
    }


def _data(tasks, split):
    """How many samples of how many features; shares of classes; accuracies without learning."""
    shares = split.labels[:, :, split.learnt :].mean(axis=2)
    likelier = split.labels[:, :, : split.learnt].mean(axis=2) > 0.5
    bayes = [PLANAR[task.name].bayes if task.data is None else np.nan for task in tasks]
    return {
        "majority": ("task", np.where(likelier, shares, 1 - shares).mean(axis=0)),
        "positive": ("task", split.labels.mean(axis=(0, 2))),
        "samples": ("task", [split.labels.shape[2]] * len(tasks)),
        "features": ("task", [split.inputs.shape[3]] * len(tasks)),
        "bayes": ("task", bayes),
    }
