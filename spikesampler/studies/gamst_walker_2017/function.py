"""Figure 1 of Gamst & Walker (2017, arXiv:1706.07101): W_f, made by hand, and its output.

Layout and numbers of the sawtooth were read in the authors' public demo; the heights of the spline
are drawn from the seed, as the paper's are not published.
"""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from spikesampler.studies.gamst_walker_2017 import measures, relu_net
from spikesampler.studies.gamst_walker_2017.figures import function_figure
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise
from spikesampler.studies.study import Work

__all__ = ["STUDY", "draw", "facts", "gather"]


def gather(work: Work, points: int) -> xr.Dataset:
    """W_f, its knots and training set, and its output on a fine grid of so many points."""
    params = relu_net.gamst_walker(work.seed)
    x, y = relu_net.training_set(params)
    fine, knots = np.linspace(-1, 1, points), relu_net.knots(params)
    variables = {
        "params": ("parameter", params),
        "desymmetrised": ("parameter", desymmetrise(params)),
        "output": ("fine", relu_net.apply(params, fine)),
        "y": ("x", y),
        "height": ("knot", relu_net.apply(params, knots)),
    }
    return xr.Dataset(variables, {"fine": fine, "x": x, "knot": knots}, {"seed": work.seed})


def facts(dataset: xr.Dataset) -> dict[str, Any]:
    """Sizes of W_f and of its output."""
    params, least = dataset["params"].values, dataset["desymmetrised"].values
    x, y = dataset["x"].values, dataset["y"].values
    return {
        "seed": dataset.attrs["seed"],
        "parameters": params.size,
        "knots": dataset.sizes["knot"],
        "slopes": np.diff(dataset["height"].values) / np.diff(dataset["knot"].values),
        "y": y,
        "norm": np.linalg.norm(params),
        "least_norm": np.linalg.norm(least),
        "changed": np.abs(relu_net.apply(least, x) - y).max(),
        "teeth": y - relu_net.apply(relu_net.spline_part(params), x),
    }


def draw(dataset: xr.Dataset) -> Figure:
    """The network as neurons and connections, and its output."""
    knots = dataset["knot"].values, dataset["height"].values
    layers = relu_net.unflatten(dataset["params"].values)
    return function_figure(dataset["fine"].values, dataset["output"].values, knots, layers)


STUDY = measures.study(
    name="gamst_walker_fig1",
    heading="The network W_f and its output",
    about=__doc__,
    gather=gather,
    full={"points": 4001},
    quick={"points": 401},
    facts=facts,
    draw=draw,
    quick_help="a coarser grid",
)
