"""How much the position-wise optimizer saves, by depth and by where the operations are: the
dataset, and ratios.

Networks of 2 to 7 layers of two shapes learn scikit-learn's ten digits: a wide first layer, the
others narrow, and all of one width. Cross-entropy of a softmax, until it is half of a uniform
guess's.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import xarray as xr

from spikesampler.optional import require
from spikesampler.store.datasets import described
from spikesampler.store.origin import made_by
from spikesampler.studies.study import Work
from spikesampler.studies.valizadeh_2022.costs import FIXED, paired_ratio
from spikesampler.studies.valizadeh_2022.course import first_below
from spikesampler.studies.valizadeh_2022.courses import Arm, best_rates, courses, starts_of
from spikesampler.studies.valizadeh_2022.images import images_of
from spikesampler.studies.valizadeh_2022.tasks import Task

__all__ = ["CONTROLS", "SHAPES", "gather", "ratios"]

RATE = 0.03  #: of the comparison at one rate; our choice
SHAPES = {"first layer wide": (64, 8), "equal widths": (16, 16)}  #: hidden: first one, others
CONTROLS = FIXED[:-1]
FIRST_TUNING_SEED = 2000
NAMES = ("position_wise_depth", "position_wise")  #: of the script, and of the folder of its runs
LONG_NAMES = {
    "epochs": "epochs until half of the guess's loss",
    "operations": "flop per epoch",
    "rate": "best rate on other starts",
    "tried": "rate",
    "first_layer": "share of the first layer in gradient descent",
}


def gather(
    work: Work,
    *,
    depths: tuple[int, ...],
    seeds: int,
    epochs: int,
    rates: tuple[float, ...],
    tuning: tuple[int, int],
    workers: int | None = None,
) -> xr.Dataset:
    """Epochs until half of the guess's loss, (shape, depth, optimizer, setting, seed), and what an
    epoch costs. workers : where `work` does not say.
    """
    require("training", "landscape", "jax", "optax")
    seed, seeds = work.seed, work.count(seeds)
    starts, low = tuple(range(seed, seed + seeds)), _half_of_a_guess()
    cells = list(product([_task(*cell) for cell in product(SHAPES, depths)], FIXED))
    jobs = replace(work, workers=work.workers or workers).jobs(*NAMES)
    others = range(FIRST_TUNING_SEED + seed, FIRST_TUNING_SEED + seed + tuning[0])
    levels = [(*cell, low) for cell in cells]
    tuned = best_rates(levels, rates, others, tuning[1], split_seed=seed, **jobs)
    arms = [
        Arm(*cell, (rate,) * seeds, starts, epochs, low, True, seed)
        for cell, best in zip(cells, tuned)
        for rate in (RATE, best.rate)
    ]
    taken = [first_below(course.loss, low) for course in courses(arms, **jobs)]
    attrs = {"seed": seed, "rate": RATE, "max_epochs": epochs} | made_by()
    return _dataset(taken, tuned, *_costs(cells, seed), depths, starts, attrs)


def _task(shape, depth):
    """Digits, and a network of so many hidden layers."""
    first, others = SHAPES[shape]
    hidden = (first, *(others,) * (depth - 1))
    return Task(f"{shape}, {depth} hidden", "digits", "printed", hidden=hidden, single=True)


def _half_of_a_guess():
    from spikesampler.networks.layered import make_objective

    return float(make_objective("printed").guess(10)) / 2


def _costs(cells, seed):
    """Operations of an epoch of each (task, method), and the first layer's share of them in
    gradient descent, of each task.
    """
    from spikesampler.studies.valizadeh_2022.full_batch import method_operations
    from spikesampler.studies.valizadeh_2022.operations import times

    images, operations, shares = images_of(cells[0][0], seed), [], []
    for task, method in cells:
        (params,) = starts_of(task, images, (seed,))
        cost, layers = method_operations(images, params, method, "printed")
        operations.append(cost)
        if method == "gradient_descent":
            work = layers.per_layer(times(len(params)))
            shares.append(work[0] / work.sum())
    return operations, shares


def _dataset(taken, tuned, operations, shares, depths, starts, attrs):
    """What was measured of each (shape, depth, optimizer), in this order."""
    sizes, over = (len(SHAPES), len(depths), len(FIXED)), ("shape", "depth", "optimizer")

    def by_cell(values, *more):
        return np.array(values).reshape(*sizes, *more)

    variables = {
        "epochs": ((*over, "setting", "seed"), by_cell(taken, 2, -1)),
        "operations": (over, by_cell(operations)),
        "rate": (over, by_cell([best.rate for best in tuned])),
        "tried": ((*over, "trial"), by_cell([best.tried for best in tuned], -1)),
        "tuning": ((*over, "trial"), by_cell([best.epochs for best in tuned], -1)),
        "first_layer": (over[:2], np.reshape(shares, sizes[:2])),
    }
    coords = {
        "shape": list(SHAPES),
        "depth": list(depths),
        "optimizer": list(FIXED),
        "seed": list(starts),
        "setting": ["same rate", "tuned"],
    }
    return described(xr.Dataset(variables, coords, attrs), LONG_NAMES)


def ratios(dataset: xr.Dataset) -> np.ndarray:
    """What a method needs over what position-wise needs: (shape, depth, control, setting, axis, 4)
    mean, low, high and pairs; axis: epochs, operations; nan where fewer than two starts get there
    with both.
    """
    epochs, operations = dataset["epochs"].values, dataset["operations"].values
    needed = np.stack([epochs, epochs * operations[..., None, None]], axis=-2)
    results = np.empty((*epochs.shape[:2], len(CONTROLS), *needed.shape[3:5], 4))
    for shape, depth, control, *rest in np.ndindex(results.shape[:-1]):
        costs = [needed[shape, depth, method, *rest] for method in (control, -1)]
        ratio = paired_ratio(*map(tuple, costs))
        results[shape, depth, control, *rest] = *ratio[:3], ratio.num_pairs
    return results
