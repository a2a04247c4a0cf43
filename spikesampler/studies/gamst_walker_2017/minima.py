"""Minima, and the passes between them, of Gamst & Walker (2017, arXiv:1706.07101).

The networks of `curvature` after their descent in float64 (L-BFGS). Two are the same minimum where
errors and outputs agree: no symmetry of the weights can then tell them apart. Passes are the
highest errors on elastic bands between de-symmetrised minima, so they are upper bounds; the merge
tree is the disconnectivity graph.
"""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from spikesampler.jobs.progress import Progress
from spikesampler.landscape.minima import disconnectivity, distinct
from spikesampler.studies.gamst_walker_2017 import measures
from spikesampler.studies.gamst_walker_2017.curvature import REFINED, REFINED_QUICK, spectra_at
from spikesampler.studies.gamst_walker_2017.figures import tree_figure
from spikesampler.studies.gamst_walker_2017.relu_net import apply
from spikesampler.studies.gamst_walker_2017.settings import Spectra
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise
from spikesampler.studies.gamst_walker_2017.training import target
from spikesampler.studies.study import Work

__all__ = ["STUDY", "draw", "facts", "gather"]

SAME = 1e-3  #: outputs and errors that nowhere differ by more are those of one minimum; our choice


def gather(
    work: Work,
    number: int,
    refinement: int,
    leaves: int,
    images: int,
    neb_steps: int,
    **networks: Any,
) -> xr.Dataset:
    """Refined networks with their classes, and the passes between W_f and the lowest of every
    class.
    """
    trained = measures.trained_by(work, **networks)
    refined = Spectra(number, refinement, work.seed)
    rows = [spectra_at(one.folder, "refined", refined) for one in trained.values()]
    point, energy, gradient_norm = (
        np.concatenate([row[name].values for row in rows])
        for name in ("point", "energy", "gradient_norm")
    )
    target_params, x, y = target(next(iter(trained.values())).training)
    label = distinct(energy, apply(point, x), SAME)
    lowest = _lowest(label, energy)[: leaves - 1]
    nodes = np.concatenate([[desymmetrise(target_params)], point[lowest]])
    passes, residual = _passes(x, y, nodes, images, neb_steps)
    variables = {
        "error": ("network", energy),
        "gradient_norm": ("network", gradient_norm),
        "label": ("network", label),
        "optimizer": ("network", np.repeat(list(trained), number)),
        "leaf_error": ("leaf", np.append(0.0, energy[lowest])),
        "pass": (("leaf", "other"), passes),
        "residual": ("pair", residual),
        "output": (("leaf", "x"), apply(nodes, x)),
        "target": ("x", y),
    }
    about = {"refinement": refinement, "neb_steps": neb_steps}
    return xr.Dataset(variables, {"x": x}, measures.attributes(work, rows[0], networks, **about))


def _lowest(label, energy):
    """The network of lowest energy of every class, in the order of their energies."""
    order = np.argsort(energy, kind="stable")
    first = np.unique(label[order], return_index=True)[1]
    return order[np.sort(first)]


def _passes(x, y, nodes, images, steps):
    """Highest errors (n, n) on bands between each two of n networks, and the bands' residuals."""
    from spikesampler.landscape.paths import neb
    from spikesampler.studies.gamst_walker_2017.batched_descent import error_by_lanes

    pairs = np.array(np.triu_indices(len(nodes), 1))
    with Progress("minima", unit="steps") as say:
        bands = neb(error_by_lanes(x, y), *nodes[pairs], images, max_steps=steps, progress=say)
    passes = np.zeros((len(nodes), len(nodes)))
    passes[*pairs] = passes[*pairs[::-1]] = bands.energy.max(axis=1)
    return passes, bands.residual


def facts(dataset: xr.Dataset) -> dict[str, Any]:
    """Numbers of minima, and the passes by which they are left."""
    label, errors, optimizer = (dataset[name].values for name in ("label", "error", "optimizer"))
    heights, rows = dataset["leaf_error"].values, {}
    for name in np.unique(optimizer):
        here = optimizer == name
        rows[name] = {
            "distinct": len(np.unique(label[here])),
            "networks": here.sum(),
            "lowest": errors[here].min(),
        }
    tree = disconnectivity(heights, dataset["pass"].values)
    # the error at which each leaf first joins another
    joints = np.array([tree[(tree[:, :2] == n).any(axis=1), 2][0] for n in range(len(heights))])
    gradients = dataset["gradient_norm"].values
    return {
        "networks": len(label),
        "errors": errors,
        "middle_gradient": np.median(gradients),
        "largest_gradient": gradients.max(),
        "counts": np.bincount(label),
        "rows": rows,
        "joint": joints[0],
        "lowest": heights[1:].min(),
        "barriers": tuple(np.quantile(joints[1:] - heights[1:], [0.5, 0.25, 0.75])),
        "residual": np.median(dataset["residual"].values),
    }


def draw(dataset: xr.Dataset) -> Figure:
    """The disconnectivity graph, and what its minima compute."""
    heights = dataset["leaf_error"].values
    tree = disconnectivity(heights, dataset["pass"].values)
    arrays = (dataset[name].values for name in ("output", "x", "target"))
    return tree_figure(tree, heights, *arrays)


STUDY = measures.study(
    name="gamst_walker_minima",
    heading="Minima and the passes between them",
    about=__doc__,
    gather=gather,
    full=measures.FULL | REFINED | {"leaves": 16, "images": 21, "neb_steps": 800},
    quick=measures.QUICK | REFINED_QUICK | {"leaves": 3, "images": 5, "neb_steps": 25},
    facts=facts,
    draw=draw,
    minutes=10,
    quick_help="a few networks of a short training: whether it works",
)
