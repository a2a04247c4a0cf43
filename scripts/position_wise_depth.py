"""How much the position-wise optimizer saves, by depth and by where the operations are.

After Valizadeh (2022, arXiv:2204.05312), whose networks have four layers and nearly all operations
in the first. Here scikit-learn's ten digits are learnt by networks of 2 to 7 layers of two shapes:
a wide first layer, the others narrow, and all of one width. Gradient descent, gradient descent with
layer rates 1 : 2 : … : L, and position-wise, from the same starts; at one rate, and each at the
    rate that is its best on other starts. Cross-entropy of a softmax, until it is
half of a uniform guess's.

    python scripts/position_wise_depth.py --out position_wise
"""

import sys
from functools import partial
from itertools import product

import numpy as np
import xarray as xr

from spikesampler import stats
from spikesampler.store.pieces import made_by
from spikesampler.studies.scripting import dataset_script
from spikesampler.studies.valizadeh_2022.courses import (
    Arm,
    Task,
    best_rates,
    courses,
    images_of,
    starts_of,
)

RATE = 0.03  #: of the comparison at one rate; our choice
METHODS = ("gradient_descent", "layer_scaled", "position_wise")
SHAPES = {
    "first layer wide": (64, 8),
    "equal widths": (16, 16),
}  # hidden: the first one, the others
FIRST_TUNING_SEED = 2000
FULL = {
    "depths": (1, 2, 4, 6),
    "seeds": 10,
    "epochs": 2000,
    "rates": (0.03, 0.1, 0.3, 1.0, 3.0),
    "tuning": (2, 300),
}
QUICK = {
    "depths": (1, 2),
    "seeds": 2,
    "epochs": 40,
    "rates": (0.3, 0.6),
    "tuning": (1, 20),
    "workers": 1,
}


def gather(seed, runs, depths, seeds, epochs, rates, tuning, workers=None):
    """Epochs until half of the guess's loss, (shape, depth, optimizer, setting, seed), and what an
    epoch costs.
    """
    from spikesampler.networks.layered import make_objective
    from spikesampler.studies.valizadeh_2022.full_batch import first_below, method_operations
    from spikesampler.studies.valizadeh_2022.position_wise import times

    say = partial(print, "position_wise_depth:", file=sys.stderr, flush=True)
    cells = list(product(SHAPES, depths))
    tasks = [
        Task(
            f"{shape}, {depth} hidden",
            "digits",
            "printed",
            hidden=hidden(shape, depth),
            single=True,
        )
        for shape, depth in cells
    ]
    images = images_of(tasks[0], seed)
    low = float(make_objective("printed").guess(10)) / 2
    others = range(FIRST_TUNING_SEED + seed, FIRST_TUNING_SEED + seed + tuning[0])
    both, how = (
        list(product(tasks, METHODS)),
        {"folder": runs / "position_wise", "workers": workers, "say": say},
    )
    tuned = best_rates(
        [(*one, low) for one in both], rates, others, tuning[1], split_seed=seed, **how
    )
    best, starts = [one for one, *_ in tuned], tuple(range(seed, seed + seeds))
    arms = [
        Arm(*one, (rate,) * seeds, starts, epochs, low, True, seed)
        for one, tuned in zip(both, best)
        for rate in (RATE, tuned)
    ]
    found = courses(arms, **how)
    shape = len(SHAPES), len(depths), len(METHODS)
    costs = [
        method_operations(images, starts_of(task, images, starts[:1])[0], method, "printed")
        for task, method in both
    ]
    work = [each.per_layer(times(len(each.forward))) for _, each in costs[:: len(METHODS)]]
    over = ("shape", "depth", "optimizer")
    needed = np.array([first_below(one.loss, low) for one in found]).reshape(*shape, 2, seeds)
    variables = {
        "epochs": (
            (*over, "setting", "seed"),
            needed,
            {"long_name": "epochs until half of the guess's loss"},
        ),
        "operations": (
            over,
            np.array([cost for cost, _ in costs]).reshape(shape),
            {"long_name": "flop per epoch"},
        ),
        "rate": (over, np.array(best).reshape(shape), {"long_name": "best rate on other starts"}),
        "tried": (
            (*over, "trial"),
            np.array([one for _, one, _ in tuned]).reshape(*shape, -1),
            {"long_name": "rate"},
        ),
        "tuning": ((*over, "trial"), np.array([one for *_, one in tuned]).reshape(*shape, -1)),
        "first_layer": (
            over[:2],
            np.array([one[0] / one.sum() for one in work]).reshape(shape[:2]),
            {"long_name": "share of the first layer in gradient descent"},
        ),
    }
    coords = {
        "shape": list(SHAPES),
        "depth": list(depths),
        "optimizer": list(METHODS),
        "seed": list(starts),
        "setting": ["same rate", "tuned"],
    }
    return xr.Dataset(
        variables, coords, {"seed": seed, "rate": RATE, "max_epochs": epochs} | made_by()
    )


def hidden(shape, depth):
    """Widths of the hidden layers."""
    first, others = SHAPES[shape]
    return (first, *(others,) * (depth - 1))


def ratios(dataset):
    """What a method needs over what position-wise needs: (shape, depth, control, setting, axis, 4)
    mean, low, high and pairs; axis: epochs, operations; nan where fewer than two starts get there
    with both.
    """
    controls = METHODS[:-1]
    found = np.full((*dataset["epochs"].shape[:2], len(controls), 2, 2, 4), np.nan)
    for i, j, k, m in np.ndindex(found.shape[:4]):
        for axis, cost in enumerate((np.ones(len(METHODS)), dataset["operations"].values[i, j])):
            one = stats.paired_ratio(
                *(dataset["epochs"].values[i, j, n, m] * cost[n] for n in (k, 2))
            )
            found[i, j, k, m, axis] = *one[:3], one.num_pairs
    return found


def report(dataset):
    """Ratios by shape and depth, as text."""
    found = ratios(dataset)
    about = f"{dataset.sizes['seed']} starts; same rate: {dataset.attrs['rate']:g}"
    lines = [
        (
            f"Needed / needed by position-wise until half of a guess's loss ({about}; in brackets"
            " 95 %)"
        ),
        (
            f"  {'shape':<18}{'hidden':>6}{'layer 1':>9} "
            f" {'method':<18}{'setting':<11}{'epochs':>20}{'operations':>20}{'pairs':>7}  rates"
        ),
    ]
    for i, shape in enumerate(dataset["shape"].values):
        for j, depth in enumerate(dataset["depth"].values):
            for k, m in product(range(2), range(2)):
                cells = [
                    "-" if np.isnan(one[0]) else f"{one[0]:.2f} [{one[1]:.2f}, {one[2]:.2f}]"
                    for one in found[i, j, k, m]
                ]
                rates = dataset["rate"].values[i, j, [k, 2]] if m else [dataset.attrs["rate"]] * 2
                lines.append(
                    f"  {shape:<18}{depth:>6}{float(dataset['first_layer'][i, j]):>9.0%} "
                    f" {METHODS[k]:<18}{dataset['setting'].values[m]:<11}"
                    f"{cells[0]:>20}{cells[1]:>20}{found[i, j, k, m, 0, 3]:>7.0f}"
                    f"  {rates[0]:g} / {rates[1]:g}"
                )
    return "\n".join(lines)


def draw(dataset):
    from spikesampler.studies.valizadeh_2022.figures import depth_figure

    return depth_figure(
        dataset["depth"].values, ratios(dataset), list(METHODS[:-1]), list(dataset["shape"].values)
    )


def main(arguments=None):
    return dataset_script(
        globals(), arguments, quick_help="2 depths, 2 starts, 40 epochs", out="position_wise"
    )


if __name__ == "__main__":
    sys.exit(main())
