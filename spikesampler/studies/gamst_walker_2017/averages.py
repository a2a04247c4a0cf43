"""Figure 2 of Gamst & Walker (2017, arXiv:1706.07101): what networks learn on average, ± 1 sd.

The paper trained 160 000 networks by gradient descent with momentum, whose settings it does not
give, and as many by Adadelta. Here momentum has two learning rates: 0.001 (`momentum`), with which
gradient descent can rest at W_f, and that of Keras, 0.01 (`momentum_keras`), with which it cannot.
"""

from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from spikesampler.studies.gamst_walker_2017 import measures, relu_net
from spikesampler.studies.gamst_walker_2017.figures import row_figure
from spikesampler.studies.gamst_walker_2017.training import outputs_of, target
from spikesampler.studies.gamst_walker_2017.training_folder import Trained

__all__ = ["STUDY", "average", "draw", "facts"]

QUANTILES = (0.05, 0.5, 0.95, 1.0)


def average(trained: Trained) -> xr.Dataset:
    """Mean and sd of the outputs of networks, quantiles of how much of the sawtooth they have."""
    training, networks, _ = trained
    made, x, y = target(training)
    diverged = networks["diverged"].values
    outputs = relu_net.apply(networks["params"].values[~diverged].astype(float), x)
    teeth = y - relu_net.apply(relu_net.spline_part(made), x)
    teeth -= teeth.mean()
    average = outputs_of(training, networks, x)
    variables = {
        "mean": ("x", average["mean"]),
        "sd": ("x", average["sd"]),
        "number": average["number"],
        "constant": (np.ptp(outputs, axis=1) < 0.01 * np.ptp(y)).sum(),
        "diverged": diverged.sum(),
        "teeth": ("quantile", np.quantile(outputs @ teeth / (teeth @ teeth), QUANTILES)),
    }
    variables["target"] = ("x", y)
    return xr.Dataset(variables, {"x": x, "quantile": list(QUANTILES)})


def facts(dataset: xr.Dataset) -> dict[str, Any]:
    """What the mean output misses."""
    f, rows = dataset["target"].values, {}
    for name, row in measures.by_optimizer(dataset):
        low, middle, high, most = row["teeth"].values
        rows[name] = {
            "error": ((row["mean"].values - f) ** 2).mean(),
            "sd": row["sd"].values.mean(),
            "teeth": (middle, low, high, most),
            "constant": int(row["constant"]),
            "diverged": int(row["diverged"]),
        }
    about = {"models": dataset.attrs["models"], "steps": dataset.attrs["steps"]}
    return about | {"variance": f.var(), "rows": rows}


def draw(dataset: xr.Dataset) -> Figure:
    """A panel per optimiser: mean and sd before f."""
    from spikesampler.studies.gamst_walker_2017.panels import tube

    panels = {}
    for name, row in measures.by_optimizer(dataset):
        arrays = {part: row[part].values for part in ("x", "target", "mean", "sd")}
        panels[name] = partial(tube, **arrays)
    return row_figure(panels)


STUDY = measures.study(
    name="gamst_walker_fig2",
    heading="What networks learn on average",
    about=__doc__,
    gather=partial(measures.gathered, average),
    full=measures.FULL,
    quick=measures.QUICK | {"optimizers": ("momentum", "adadelta_keras_2017")},
    facts=facts,
    draw=draw,
    minutes=90,
    quick_help="8 networks, 100 steps: whether it works",
)
