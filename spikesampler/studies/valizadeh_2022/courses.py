"""Arms of a comparison, trained in processes: each arm's course is a file that survives a kill.

An arm is a method on a task, from many starts. Start n is drawn from numpy.random.RandomState(n),
with which the authors of the position-wise optimizer drew theirs (n = 1).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from spikesampler.jobs.kept import digest, finish
from spikesampler.studies.valizadeh_2022.course import Course, speeds
from spikesampler.studies.valizadeh_2022.images import Images, images_of, sizes_of
from spikesampler.studies.valizadeh_2022.tasks import Task

__all__ = ["Arm", "Tuned", "best_rates", "courses", "fastest", "starts_of"]


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
    def file_name(self) -> str:
        """Another name for every other arm."""
        return f"{self.method}-{digest(asdict(self))}.npz"

    @property
    def label(self) -> str:
        """What is said of it."""
        return f"{self.task.name}: {self.method}"


def starts_of(task: Task, images: Images, seeds: Sequence[int]) -> list[Any]:
    """Parameters of networks before the first epoch, one per seed."""
    from spikesampler.networks.layered import make_objective, start

    sizes, head = sizes_of(task, images), make_objective(task.objective).head
    return [start(np.random.RandomState(seed), sizes, task.spread, head) for seed in seeds]


def courses(
    arms: Sequence[Arm],
    folder: Path,
    *,
    workers: int | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> list[Course]:
    """The `Course` of every arm, from its file in the folder, or trained there, in processes: see
    `jobs.kept.finish`.
    """
    return [Course(**arrays) for arrays in finish(arms, _train, folder, workers=workers, say=say)]


def _train(arm):
    from spikesampler.studies.valizadeh_2022.full_batch import train

    images, began = images_of(arm.task, arm.split_seed), time.monotonic()
    course = train(
        images,
        starts_of(arm.task, images, arm.starts),
        arm.rates,
        method=arm.method,
        objective=arm.task.objective,
        epochs=arm.epochs,
        until=arm.until,
        keep=arm.keep,
    )
    return course._asdict(), {"arm": asdict(arm), "seconds": time.monotonic() - began}


def fastest(rates: ArrayLike, speed: np.ndarray) -> float:
    """The rate that fails from the fewest starts; of those the fastest; of those the one with the
    lowest loss. speed : (rate, 3) of `course.speeds`.
    """
    return float(np.asarray(rates)[np.lexsort(speed.T[::-1])[0]])


class Tuned(NamedTuple):
    """The best rate, and what was tried: rates (trial,) ascending, and median epochs of each."""

    rate: float
    tried: np.ndarray
    epochs: np.ndarray


def best_rates(
    cells: Sequence[tuple[Task, str, float]],
    rates: Sequence[float],
    starts: Sequence[int],
    epochs: int,
    folder: Path,
    *,
    split_seed: int = 1,
    **how: Any,
) -> list[Tuned]:
    """The best rate of each cell (task, method, level) on these starts, see `fastest`.

    First the grid `rates`, then the two rates half-way (of their logarithms, 2 digits) from its
    best to its neighbours; the grid is taken to go on like that beyond its ends. epochs : at most.
    how : see `courses`.
    """
    rates = tuple(sorted(rates))
    step = (rates[1] / rates[0]) ** 0.5 if len(rates) > 1 else 10**0.25

    def speeds_at(grids):
        arms = []
        for (task, method, _), grid in zip(cells, grids):
            lanes = [(rate, start) for rate in grid for start in starts]
            arms.append(Arm(task, method, *map(tuple, zip(*lanes)), epochs, 0.0, True, split_seed))
        return [
            speeds(course, len(grid), level)
            for course, grid, (*_, level) in zip(courses(arms, folder, **how), grids, cells)
        ]

    coarse = speeds_at([rates] * len(cells))
    centres = [fastest(rates, speed) for speed in coarse]
    grids = [tuple(float(f"{rate * by:.2g}") for by in (1 / step, step)) for rate in centres]
    tuned = []
    for grid, *parts in zip(grids, coarse, speeds_at(grids)):
        both, speed = np.array(rates + grid), np.vstack(parts)
        order = np.argsort(both)
        tuned.append(Tuned(fastest(both, speed), both[order], speed[order, 1]))
    return tuned
