"""Figure 1 of Gamst & Walker (2017, arXiv:1706.07101): the network W_f, made by hand, and its
output f.

Layout and numbers of the sawtooth were read in the authors' public demo; the heights of the spline
are drawn from the seed, as the paper's are not published.

    python scripts/gamst_walker_fig1.py --out gamst_walker
"""

import sys

import numpy as np
import xarray as xr

from spikesampler.studies.gamst_walker_2017 import relu_net
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise
from spikesampler.studies.scripting import dataset_script

FULL, QUICK = {"points": 4001}, {"points": 401}


def gather(seed, points):
    """W_f, its knots and training set, and its output on a fine grid."""
    params = relu_net.gamst_walker(seed)
    x, y = relu_net.training_set(params)
    fine, knots = np.linspace(-1, 1, points), relu_net.knots(params)
    variables = {
        "params": (("parameter",), params),
        "desymmetrised": (("parameter",), desymmetrise(params)),
        "output": (("fine",), relu_net.apply(params, fine)),
        "y": (("x",), y),
        "height": (("knot",), relu_net.apply(params, knots)),
    }
    return xr.Dataset(variables, {"fine": fine, "x": x, "knot": knots}, {"seed": seed})


def report(dataset):
    """Sizes, as text."""
    params, least = dataset["params"].values, dataset["desymmetrised"].values
    x, y = dataset["x"].values, dataset["y"].values
    slopes = np.diff(dataset["height"].values) / np.diff(dataset["knot"].values)
    changed = np.abs(relu_net.apply(least, x) - y).max()
    teeth = y - relu_net.apply(relu_net.spline_part(params), x)
    return "\n".join(
        [
            (
                f"W_f: {params.size} parameters, {dataset.sizes['knot']} knots, {x.size} training"
                f" points, slopes {slopes.min():.1f} to {slopes.max():.1f}, output {y.min():.3f} to"
                f" {y.max():.3f}"
            ),
            (
                f"L2 norm {np.linalg.norm(params):.2f}; de-symmetrised {np.linalg.norm(least):.2f},"
                f" and the output changes by {changed:.0e}"
            ),
            (
                "Error of a fit that has the spline exactly, and of the sawtooth its mean:"
                f" {teeth.var():.4f}"
            ),
        ]
    )


def draw(dataset):
    from spikesampler.studies.gamst_walker_2017.figures import function_figure

    knots = dataset["knot"].values, dataset["height"].values
    layers = relu_net.unflatten(dataset["params"].values)
    return function_figure(dataset["fine"].values, dataset["output"].values, knots, layers)


def main(arguments=None):
    return dataset_script(globals(), arguments, quick_help="a coarser grid", out="gamst_walker")


if __name__ == "__main__":
    sys.exit(main())
