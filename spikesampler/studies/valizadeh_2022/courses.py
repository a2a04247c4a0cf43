"""Arms of a comparison of full-batch methods, in processes: each arm's course is a file that
survives a kill.

A task is data, a network and a loss; an arm is a method at one rate, from many starts. Start n is
drawn from numpy.random.RandomState(n), with which the authors of the position-wise optimizer drew
theirs (n = 1).
"""

import time
from dataclasses import asdict, dataclass

import numpy as np

from spikesampler.errors import InputError
from spikesampler.jobs.kept import digest, finish
from spikesampler.stimuli import load_source

__all__ = [
    "Arm",
    "Task",
    "best_rates",
    "courses",
    "fastest",
    "images_of",
    "rows_of",
    "sizes_of",
    "source_of",
    "speeds",
    "starts_of",
]


@dataclass(frozen=True)
class Task:
    """What is learnt.

    name : what tables call it. data : what `load_source` takes. objective : see
        `layered.make_objective`.
    against : a class that is told from all others, by one output; None: all classes, or two by one
        output.
    hidden : widths of the hidden layers. spread : of the starts' weights, see `layered.SPREADS`.
    raw : whether pixels are taken as they are, not divided by the number that means 1. single :
        float32, not float64.
    """

    name: str
    data: str
    objective: str
    against: int | None = None
    hidden: tuple = (20, 7, 5)
    spread: str = "fan_in"
    raw: bool = False
    single: bool = False


@dataclass(frozen=True)
class Arm:
    """A method on a task: networks from `starts` (seeds), each at its rate, for at most `epochs`
    epochs or until all have a loss below `until`; keep: whether networks that diverge are kept;
    split_seed decides what is held out.
    """

    task: Task
    method: str
    rates: tuple
    starts: tuple
    epochs: int
    until: float
    keep: bool = False
    split_seed: int = 1

    @property
    def file_name(self):
        """Another name for every other arm."""
        return f"{self.method}-{digest(asdict(self))}.npz"

    @property
    def label(self):
        """What is said of it."""
        return f"{self.task.name}: {self.method}"


def source_of(data, against=None, seed=1):
    """The source that `data` names; InputError where it does not have the class that is told from
    all others.
    """
    source = load_source(data, seed=seed, parameters={"K": 10})
    if against is not None and against not in range(source.num_classes):
        raise InputError(
            f"class {against} of {data}: expected one of 0 to {source.num_classes - 1}"
        )
    return source


def rows_of(source, splits, seed=1):
    """All rows of these splits in their order, (row, feature), labels (row,), and the value that
    means 1.
    """
    sizes = source.description()["rows"]
    drawn = [source.draw(name, sizes[name], seed) for name in splits]
    rows = np.concatenate([one.rows for one in drawn])
    labels = np.concatenate([one.labels for one in drawn])[np.argsort(rows)]
    return drawn[0].table[np.sort(rows)], labels, float(drawn[0].scale)


def images_of(task, split_seed=1):
    """The `Images` of a task: its source's learning and probe rows are learnt, in their order, test
    rows held out.
    """
    from spikesampler.studies.valizadeh_2022.full_batch import Images

    source, parts = source_of(task.data, task.against, split_seed), []
    for names in (("learning", "probe"), ("test",)):
        pixels, labels, scale = rows_of(source, names, split_seed)
        inputs = pixels / (1.0 if task.raw else scale)
        labels = labels if task.against is None else labels == task.against
        parts += [inputs.astype(np.float32 if task.single else np.float64), labels.astype(np.int64)]
    return Images(*parts)


def sizes_of(task, images):
    """Widths of all layers, inputs and outputs included."""
    num_classes = int(images.labels.max()) + 1
    return (images.inputs.shape[1], *task.hidden, 1 if num_classes == 2 else num_classes)


def starts_of(task, images, seeds):
    """Parameters of networks before the first epoch, one per seed."""
    from spikesampler.networks.layered import make_objective, start

    sizes, head = sizes_of(task, images), make_objective(task.objective).head
    return [start(np.random.RandomState(seed), sizes, task.spread, head) for seed in seeds]


def courses(arms, folder, *, workers=None, say=lambda text: None):
    """The `Course` of every arm, from its file in the folder, or trained there, in processes: see
    `jobs.finish`.
    """
    from spikesampler.studies.valizadeh_2022.full_batch import Course

    return [Course(**arrays) for arrays in finish(arms, _train, folder, workers=workers, say=say)]


def _train(arm):
    from spikesampler.studies.valizadeh_2022.full_batch import train

    images, began = images_of(arm.task, arm.split_seed), time.monotonic()
    starts = starts_of(arm.task, images, arm.starts)
    course = train(
        images,
        starts,
        arm.rates,
        method=arm.method,
        objective=arm.task.objective,
        epochs=arm.epochs,
        until=arm.until,
        keep=arm.keep,
    )
    return course._asdict(), {"arm": asdict(arm), "seconds": time.monotonic() - began}


def speeds(course, num_rates, level):
    """Of each rate (rate, 3): from how many starts it never gets below `level`, the median epochs
    to there, and the mean loss at the end, inf where a network diverged; course : of lanes rate by
    rate, as many starts each.
    """
    from spikesampler.studies.valizadeh_2022.full_batch import first_below

    needed = first_below(course.loss, level).reshape(num_rates, -1)
    last = np.where(course.diverged < 0, course.loss[:, -1], np.inf).reshape(num_rates, -1)
    return np.column_stack(
        [np.isinf(needed).sum(axis=1), np.median(needed, axis=1), last.mean(axis=1)]
    )


def fastest(rates, found):
    """The rate that fails from the fewest starts; of those the fastest; of those the one with the
    lowest loss.

    found : (rate, 3) of `speeds`.
    """
    return rates[int(np.lexsort(found.T[::-1])[0])]


def best_rates(cells, rates, starts, epochs, folder, *, split_seed=1, **how):
    """The best rate of each cell (task, method, level) on these starts, see `fastest`, and what was
    tried.

    First the grid `rates`, then the two rates half-way (of their logarithms, 2 digits) from its
    best to its neighbours;
    the grid is taken to go on like that beyond its ends. epochs : at most. how : see `courses`.
    Gives [(rate, (trial,) rates in ascending order, (trial,) median epochs of each)].
    """
    rates = tuple(sorted(rates))
    step = (rates[1] / rates[0]) ** 0.5 if len(rates) > 1 else 10**0.25

    def tried(grids):
        arms = []
        for (task, method, _), grid in zip(cells, grids):
            lanes = [(rate, start) for rate in grid for start in starts]
            arms.append(Arm(task, method, *map(tuple, zip(*lanes)), epochs, 0.0, True, split_seed))
        found = courses(arms, folder, **how)
        return [
            speeds(one, len(grid), level) for one, grid, (*_, level) in zip(found, grids, cells)
        ]

    coarse = tried([rates] * len(cells))
    grids = [
        tuple(float(f"{fastest(rates, one) * by:.2g}") for by in (1 / step, step)) for one in coarse
    ]
    results = []
    for rough, grid, fine in zip(coarse, grids, tried(grids)):
        both, found = np.array(rates + grid), np.vstack([rough, fine])
        results.append((float(fastest(both, found)), np.sort(both), found[np.argsort(both), 1]))
    return results
