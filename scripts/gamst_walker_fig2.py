"""Figure 2 of Gamst & Walker (2017, arXiv:1706.07101): what 5 x 5 networks learn of f on average, ±
1 sd.

The paper trained 160 000 networks by gradient descent with momentum, whose settings it does not
give, and as many by Adadelta. Here momentum has two learning rates: 0.001 (`momentum`), with which
gradient descent can rest at W_f, and that of Keras, 0.01 (`momentum_keras`), with which it cannot.

    python scripts/gamst_walker_fig2.py --out gamst_walker
"""

import sys

import numpy as np
import xarray as xr

from spikesampler.networks.optimizers import STUDIED
from spikesampler.studies.gamst_walker_2017 import relu_net
from spikesampler.studies.gamst_walker_2017.training import outputs_of, target, trained
from spikesampler.studies.scripting import dataset_script

FULL = {"models": 2048, "steps": 50_000, "optimizers": STUDIED}
QUICK = {"models": 8, "steps": 100, "optimizers": ("momentum", "adadelta_keras_2017")}
QUANTILES = (0.05, 0.5, 0.95, 1.0)


def gather(seed, runs, models, steps, optimizers):
    """Mean and sd of the outputs of each optimiser's networks, and how much of the sawtooth each
    network has.
    """
    rows = []
    for name in optimizers:
        training, found, _ = trained(runs, models=models, steps=steps, seed=seed, optimizer=name)
        made, x, y = target(training)
        sound = ~found["diverged"].values
        outputs = relu_net.apply(found["params"].values[sound].astype(float), x)
        teeth = y - relu_net.apply(relu_net.spline_part(made), x)
        teeth -= teeth.mean()
        rows.append(
            outputs_of(training, found, x)
            | {
                "teeth": np.quantile(outputs @ teeth / (teeth @ teeth), QUANTILES),
                "constant": int((np.ptp(outputs, axis=1) < 0.01 * np.ptp(y)).sum()),
                "diverged": int((~sound).sum()),
            }
        )
    variables = {
        name: (("optimizer", "x"), np.array([row[name] for row in rows])) for name in ("mean", "sd")
    }
    variables |= {
        name: (("optimizer",), [row[name] for row in rows])
        for name in ("number", "constant", "diverged")
    }
    variables["target"] = (("x",), y)
    variables["teeth"] = (("optimizer", "quantile"), np.array([row["teeth"] for row in rows]))
    coords = {"optimizer": list(optimizers), "x": x, "quantile": list(QUANTILES)}
    attrs = {"models": models, "steps": steps, "seed": seed} | {
        name: found.attrs[name] for name in ("commit", "cpu")
    }
    return xr.Dataset(variables, coords, attrs)


def report(dataset):
    """What the mean output misses, as text."""
    about, f = dataset.attrs, dataset["target"].values
    lines = [
        f"{about['models']} networks, {about['steps']} steps; variance of f {f.var():.4f};"
        " sawtooth: regression of a network's output on it, 1 in f, 0 without any"
    ]
    for name in dataset["optimizer"].values:
        one = dataset.sel(optimizer=name)
        error = ((one["mean"].values - f) ** 2).mean()
        low, middle, high, most = one["teeth"].values
        lines.append(
            f"  {name:<20} error of the mean output {error:.4f}; sd {one['sd'].values.mean():.3f};"
            f" sawtooth {middle:.3f} [5 to 95 %: {low:.3f}, {high:.3f}], at most {most:.3f};"
            f" {int(one['constant'])} networks constant, {int(one['diverged'])} diverged"
        )
    high, most = (float(dataset["teeth"].sel(quantile=q).max()) for q in (0.95, 1.0))
    verdict = (
        "not reproduced" if most > 0.95 else "reproduced in part" if high > 0.05 else "reproduced"
    )
    told = (
        f"no network has more than {most:.2f} of it, 95 % of the best optimiser's have at most"
        f" {high:.2f}"
    )
    return "\n".join(
        [
            *lines,
            f"Claim (section 3.2): neither method can find the high frequency: {verdict}; {told}.",
        ]
    )


def draw(dataset):
    from spikesampler.studies.gamst_walker_2017.figures import row_figure, tube

    def panel(name):
        one = dataset.sel(optimizer=name)
        arrays = (one[part].values for part in ("x", "target", "mean", "sd"))
        return lambda ax, arrays=tuple(arrays): tube(ax, *arrays)

    return row_figure({name: panel(name) for name in dataset["optimizer"].values}, 66, "Output")


def main(arguments=None):
    quick_help = "8 networks, 100 steps: whether it works"
    return dataset_script(globals(), arguments, quick_help=quick_help, out="gamst_walker")


if __name__ == "__main__":
    sys.exit(main())
