"""Figure 3 of Gamst & Walker (2017, arXiv:1706.07101): the fits with the smallest error, by
optimiser.

From the same networks as scripts/gamst_walker_fig2.py (the paper's best are of 160 000 each).

    python scripts/gamst_walker_fig3.py --out gamst_walker
"""

import sys

import numpy as np
import xarray as xr

from spikesampler.networks.optimizers import STUDIED
from spikesampler.studies.gamst_walker_2017.training import outputs_of, target, trained
from spikesampler.studies.scripting import dataset_script

FULL = {"models": 2048, "steps": 50_000, "optimizers": STUDIED}
QUICK = {"models": 8, "steps": 100, "optimizers": ("momentum", "adadelta_keras_2017")}
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def gather(seed, runs, models, steps, optimizers):
    """The best network of each optimiser, and the quantiles of all errors, final and along
    training.
    """
    best, params, final, along = [], [], [], []
    for name in optimizers:
        training, found, _ = trained(runs, models=models, steps=steps, seed=seed, optimizer=name)
        sound = found.isel(network=~found["diverged"].values)
        best.append(outputs_of(training, found, target(training)[1]))
        params.append(sound["params"].values[sound["final_error"].values.argmin()])
        final.append(np.quantile(sound["final_error"].values, QUANTILES))
        along.append(np.quantile(sound["error"].values, QUANTILES, axis=1))
    variables = {
        "best": (("optimizer", "x"), np.array([one["best"] for one in best])),
        "best_error": (("optimizer",), [one["best_error"] for one in best]),
        "params": (("optimizer", "parameter"), np.array(params)),
        "error": (
            ("optimizer", "quantile"),
            np.array(final),
            {"long_name": "final mean squared error"},
        ),
        "course": (("optimizer", "quantile", "step"), np.array(along, np.float32)),
        "target": (("x",), best[0]["target"]),
    }
    coords = {
        "optimizer": list(optimizers),
        "x": best[0]["x"],
        "quantile": list(QUANTILES),
        "step": found["step"].values,
    }
    attrs = {"models": models, "steps": steps, "seed": seed} | {
        name: found.attrs[name] for name in ("commit", "cpu")
    }
    return xr.Dataset(variables, coords, attrs)


def report(dataset):
    """Errors, as text."""
    lines = ["Final errors: smallest; 5 %, quartiles, 95 %; median half-way through training"]
    for name in dataset["optimizer"].values:
        least, low, first, middle, third, high, _ = dataset["error"].sel(optimizer=name).values
        half = float(
            dataset["course"]
            .sel(optimizer=name, quantile=0.5)
            .isel(step=dataset.sizes["step"] // 2)
        )
        lines.append(
            f"  {name:<20} {least:.4f}; {low:.4f}, {first:.4f} {middle:.4f} {third:.4f},"
            f" {high:.4f}; {half:.4f}"
        )
    errors = {
        name: float(dataset["best_error"].sel(optimizer=name))
        for name in dataset["optimizer"].values
    }
    ada, others = (
        errors["adadelta_keras_2017"],
        [error for name, error in errors.items() if "adadelta" not in name],
    )
    better = "reproduced" if ada < min(others) else "not reproduced"
    perfect = "reproduced" if min(errors.values()) > 1e-3 else "not reproduced"
    lines.append(
        f"Claim (Fig. 3): the best of Adadelta is better than that of gradient descent: {better}."
    )
    return "\n".join([*lines, f"Claim (Fig. 3): it can't quite find an optimum: {perfect}."])


def draw(dataset):
    from spikesampler.studies.gamst_walker_2017.figures import best_figure

    each = ((name, dataset.sel(optimizer=name)) for name in dataset["optimizer"].values)
    fits = {str(name): (one["best"].values, float(one["best_error"])) for name, one in each}
    return best_figure(dataset["x"].values, dataset["target"].values, fits)


def main(arguments=None):
    quick_help = "8 networks, 100 steps: whether it works"
    return dataset_script(globals(), arguments, quick_help=quick_help, out="gamst_walker")


if __name__ == "__main__":
    sys.exit(main())
