"""What is measured around each of several target functions, all of them made like W_f.

Each measure of a function is a task of its own, whose file is kept; of what it trains, checkpoints.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from spikesampler.jobs.kept import digest, finish
from spikesampler.jobs.progress import silent
from spikesampler.store.origin import made_by
from spikesampler.studies.gamst_walker_2017 import relu_net
from spikesampler.studies.gamst_walker_2017.path_measures import (
    change_far,
    measures_of,
    spread_far,
)
from spikesampler.studies.gamst_walker_2017.settings import Bands
from spikesampler.studies.gamst_walker_2017.surroundings import target_paths
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise
from spikesampler.studies.gamst_walker_2017.training import final_errors, outputs_of, target
from spikesampler.studies.gamst_walker_2017.training_folder import Trained, train_or_load
from spikesampler.studies.study import Work

__all__ = ["AROUND", "FITTED", "FUNCTIONS", "gather", "sawtooth_share"]

#: seeds of the target functions, drawn once by a generator whose seed is the paper's number
FUNCTIONS = tuple(map(int, np.random.default_rng(170607101).integers(1, 10_000, 8)))
FITTED = ("momentum", "momentum_keras", "adadelta_keras_2017")  #: optimisers of the fits
AROUND = ("momentum", "adadelta_keras_2017")  #: of all that is measured beside them
FORMS = ("made", "desymmetrised")  #: ends of the paths

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Task:
    """One measure of one target function, by one optimiser.

    measure : a name of MEASURES. target_seed : of the function. size : networks, and whatever the
    measure takes beside them. runs, seed : of the work.
    """

    measure: str
    optimizer: str
    target_seed: int
    size: Mapping[str, int]
    fits: Mapping[str, int]
    runs: str
    seed: int

    @property
    def file_name(self) -> str:
        """The measure, with what is common to no other task."""
        about = asdict(self) | {"runs": None}
        return f"{self.measure}-{self.optimizer}-f{self.target_seed}-{digest(about)}.npz"

    @property
    def label(self) -> str:
        """What is measured, where and with what."""
        return f"{self.measure} of function {self.target_seed}, {self.optimizer}"

    def trained(self, **settings: Any) -> Trained:
        """Networks that learn this function, in this process; settings : of `Training`."""
        own = {"optimizer": self.optimizer, "target_seed": self.target_seed, "seed": self.seed}
        return train_or_load(self.runs, 1, silent, **(own | settings))

    def fitted(self) -> Trained:
        """The networks of the fits, which other measures look at too."""
        return self.trained(**self.fits)


def gather(work: Work, functions: int, **sizes: Mapping[str, int]) -> xr.Dataset:
    """All measures of the first so many of FUNCTIONS, or as many as the work has seeds.

    sizes : {measure: its sizes}, as FULL and QUICK of the study name them.
    """
    targets = FUNCTIONS[: work.count(functions)]

    def tasks(measure, optimizers):
        common = sizes[measure], sizes["fits"], str(work.runs), work.seed
        return [Task(measure, name, f, *common) for f in targets for name in optimizers]

    measures = {name: tasks(name, FITTED if name == "fits" else AROUND) for name in MEASURES}
    how = work.jobs("gamst_walker_functions", "functions")
    first = _in_turn(measures[name] for name in ("fits", "basin", "data"))
    then = _in_turn(measures[name] for name in ("paths", "pupils"))  # which need the fits
    found = [*zip(first, finish(first, measure, **how)), *zip(then, finish(then, measure, **how))]
    parts = [_stacked(name, rows, found) for name, rows in measures.items()]
    attrs = {"seed": work.seed} | {
        f"{name}_{key}": value for name, size in sizes.items() for key, value in size.items()
    }
    return xr.merge(parts, join="exact").assign_attrs(attrs | made_by())


def _in_turn(several: Iterable[list[Task]]) -> list[Task]:
    """Tasks of several measures, function by function: the first say how long the others take."""
    tasks = [task for of_measure in several for task in of_measure]
    return sorted(tasks, key=lambda task: FUNCTIONS.index(task.target_seed))


def _stacked(name, tasks, found):
    """A Dataset of the arrays of one measure's tasks, along functions and its optimisers."""
    arrays = {id(task): each for task, each in found}
    functions = list(dict.fromkeys(task.target_seed for task in tasks))
    optimizers = list(dict.fromkeys(task.optimizer for task in tasks))
    axis = "optimizer" if name == "fits" else "around"
    rows = [arrays[id(task)] for task in tasks]
    variables = {}
    for key, dims in DIMENSIONS[name].items():
        values = np.stack([row[key] for row in rows])
        values = values.reshape(len(functions), len(optimizers), *values.shape[1:])
        variables[f"{name}_{key}"] = (("function", axis, *dims), values)
    coords = {"function": functions, axis: optimizers}
    if name == "paths":
        coords["form"] = list(FORMS)
    return xr.Dataset(variables, coords)


def measure(task: Task) -> tuple[Arrays, dict[str, Any]]:
    """The arrays of a task, and what it was."""
    return MEASURES[task.measure](task), asdict(task) | {"runs": ""}


def sawtooth_share(params: np.ndarray, x: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """How much of the sawtooth of W_f, params (136,), outputs (…, point) have: (…).

    The regression of an output on the sawtooth less its mean: 1 in f, up to what the spline shares
    with it; 0 without any.
    """
    teeth = relu_net.apply(params, x) - relu_net.apply(relu_net.spline_part(params), x)
    teeth -= teeth.mean()
    return outputs @ teeth / (teeth @ teeth)


def _fits(task):
    """What networks compute in the end, how far from W_f they are, and their errors."""
    training, networks, _ = task.fitted()
    made, x, y = target(training)
    sound = ~networks["diverged"].values
    params = networks["params"].values[sound].astype(float)
    outputs = relu_net.apply(params, x)
    average = outputs_of(training, networks, x)
    away = np.linalg.norm(desymmetrise(params) - desymmetrise(made), axis=1)
    shares = sawtooth_share(made, x, outputs)
    return {
        "error": final_errors(networks),
        "sawtooth": _where(sound, shares),
        "from_target": _where(sound, away),
        "spread": _where(sound, np.ptp(outputs, axis=1) / np.ptp(y)),
        **{name: average[name] for name in ("x", "target", "mean", "sd")},
    }


def _where(sound, values):
    """Values of the networks that are sound in their places, nan in the others'."""
    rows = np.full(len(sound), np.nan)
    rows[sound] = values
    return rows


def _basin(task):
    """Where W_f, moved by up to 2, goes."""
    networks = task.trained(start="jitter", **task.size).networks
    return {"jitter": networks["jitter"].values, "error": final_errors(networks)}


def _data(task):
    """The same starts trained on the paper's points, and on more; both seen at the latter."""
    size = dict(task.size)
    more = size.pop("between")
    several = [task.trained(**size), task.trained(between=more, **size)]
    made, x, y = target(several[1].training)
    errors, shares = [], []
    for _, networks, _ in several:
        sound = ~networks["diverged"].values
        outputs = relu_net.apply(networks["params"].values[sound].astype(float), x)
        errors.append(_where(sound, ((outputs - y) ** 2).mean(axis=1)))
        shares.append(_where(sound, sawtooth_share(made, x, outputs)))
    return {"error": np.array(errors), "sawtooth": np.array(shares)}


def _paths(task):
    """Paths from W_f to networks of the fits, ends as they were made and de-symmetrised."""
    trained, forms = task.fitted(), []
    _, x, y = target(trained.training)
    for form in FORMS:
        bands = Bands(**task.size, seed=task.seed, desymmetrised=form == "desymmetrised")
        where = trained.folder / f"neb-{form}"
        paths = target_paths(trained.folder, bands, out=where, resume=True, progress=silent)
        names = ("distance", "energy", "turning", "from_target")
        distance, *others = (paths[name].values for name in names)
        outputs = [relu_net.apply(images, x) for images in paths["images"].values]
        pairs = list(zip(distance, outputs))
        forms.append(
            measures_of(distance, *others)
            | {"change": np.array([change_far(*pair) for pair in pairs])}
            | {"flat": np.array([spread_far(*pair, y) for pair in pairs])}
            | {"residual": paths["residual"].values}
        )
    return {name: np.stack([form[name] for form in forms]) for name in forms[0]}


def _pupils(task):
    """Networks that learn the output of a trained one: that of the median error of the fits.

    Their starts are drawn by the next seed, as the teacher began at one of this one's.
    """
    _, networks, _ = task.fitted()
    errors = final_errors(networks)
    teacher = np.argsort(errors, kind="stable")[np.isfinite(errors).sum() // 2]
    weights = tuple(networks["params"].values[teacher].astype(float).tolist())
    pupils = task.trained(teacher=weights, **task.size | {"seed": task.seed + 1})
    taught = target(pupils.training)[2]
    return {
        "error": final_errors(pupils.networks),
        "variance": np.array(taught.var()),
        "knots": np.array(len(relu_net.knots(np.array(weights)))),
    }


MEASURES = {"fits": _fits, "basin": _basin, "data": _data, "paths": _paths, "pupils": _pupils}
_NETWORK, _POINT, _TRIAL, _PATH = ("network",), ("point",), ("trial",), ("form", "path")
DIMENSIONS = {
    "fits": dict.fromkeys(("error", "sawtooth", "from_target", "spread"), _NETWORK)
    | dict.fromkeys(("x", "target", "mean", "sd"), _POINT),
    "basin": dict.fromkeys(("jitter", "error"), _TRIAL),
    "data": dict.fromkeys(("error", "sawtooth"), ("points", "pair")),
    "paths": dict.fromkeys(
        ("bumps", "drop", "twist", "turning", "end", "change", "flat", "residual"), _PATH
    ),
    "pupils": {"error": ("pupil",), "variance": (), "knots": ()},
}
