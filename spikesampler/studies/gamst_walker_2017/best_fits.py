"""Figure 3 of Gamst & Walker (2017, arXiv:1706.07101): the best fits, by optimiser.

From the same networks as figure 2 (the paper's best are of 160 000 each).
"""

from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from spikesampler.studies.gamst_walker_2017 import measures
from spikesampler.studies.gamst_walker_2017.figures import best_figure
from spikesampler.studies.gamst_walker_2017.training import outputs_of, target
from spikesampler.studies.gamst_walker_2017.training_folder import Trained

__all__ = ["STUDY", "best_fit", "draw", "facts"]

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def best_fit(trained: Trained) -> xr.Dataset:
    """The best of one optimiser's networks; quantiles of all errors, final and along training."""
    training, networks, _ = trained
    sound = networks.isel(network=~networks["diverged"].values)
    errors, about = sound["final_error"].values, {"long_name": "final mean squared error"}
    _, x, y = target(training)
    best = outputs_of(training, networks, x)
    course = np.quantile(sound["error"].values, QUANTILES, axis=1).astype(np.float32)
    variables = {
        "best": ("x", best["best"]),
        "best_error": best["best_error"],
        "params": ("parameter", sound["params"].values[errors.argmin()]),
        "error": ("quantile", np.quantile(errors, QUANTILES), about),
        "course": (("quantile", "step"), course),
    }
    variables["target"] = ("x", y)
    coords = {"x": x, "quantile": list(QUANTILES), "step": networks["step"].values}
    return xr.Dataset(variables, coords)


def facts(dataset: xr.Dataset) -> dict[str, Any]:
    """Quantiles of the errors, by optimiser."""
    rows = {}
    for name, row in measures.by_optimizer(dataset):
        course = row["course"].sel(quantile=0.5)
        half_way = float(course.isel(step=row.sizes["step"] // 2))
        rows[name] = {"errors": tuple(row["error"].values[:-1]), "half_way": half_way}
    return {"rows": rows}


def draw(dataset: xr.Dataset) -> Figure:
    """A panel per optimiser: its best fit before f."""
    fits = {
        name: (row["best"].values, float(row["best_error"]))
        for name, row in measures.by_optimizer(dataset)
    }
    return best_figure(dataset["x"].values, dataset["target"].values, fits)


STUDY = measures.study(
    name="gamst_walker_fig3",
    heading="The best fits",
    about=__doc__,
    gather=partial(measures.gathered, best_fit),
    full=measures.FULL,
    quick=measures.QUICK | {"optimizers": ("momentum", "adadelta_keras_2017")},
    facts=facts,
    draw=draw,
    quick_help="8 networks, 100 steps: whether it works",
)
