"""Minima of the 5 x 5 landscape of Gamst & Walker (2017, arXiv:1706.07101), up to symmetry, and the
passes between.

The networks of scripts/gamst_walker_hessian.py after their descent in float64 (L-BFGS). Two are the
same minimum where errors and outputs agree: no symmetry of the weights can then tell them apart.
Passes are the highest errors on elastic bands between de-symmetrised minima, so they are upper
bounds; the merge tree is the disconnectivity graph.

    python scripts/gamst_walker_minima.py --out gamst_walker
"""

import sys

import numpy as np
import xarray as xr

from spikesampler.jobs.progress import Progress
from spikesampler.landscape.minima import disconnectivity, distinct
from spikesampler.landscape.paths import neb
from spikesampler.networks.optimizers import STUDIED
from spikesampler.studies.gamst_walker_2017.relu_net import apply
from spikesampler.studies.gamst_walker_2017.simultaneous import error_by_lanes
from spikesampler.studies.gamst_walker_2017.surroundings import spectra_of
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise
from spikesampler.studies.gamst_walker_2017.training import target, trained
from spikesampler.studies.scripting import dataset_script

FULL = {
    "models": 2048,
    "steps": 50_000,
    "optimizers": STUDIED,
    "number": 50,
    "refinement": 2000,
    "leaves": 16,
    "images": 21,
    "neb_steps": 800,
}
QUICK = {
    "models": 8,
    "steps": 100,
    "optimizers": ("momentum",),
    "number": 2,
    "refinement": 20,
    "leaves": 3,
    "images": 5,
    "neb_steps": 25,
}
SAME = 1e-3  #: outputs and errors that nowhere differ by more are those of one minimum; our choice


def gather(seed, runs, models, steps, optimizers, number, refinement, leaves, images, neb_steps):
    """Refined networks with their classes, and the passes between W_f and the lowest of every
    class.
    """
    rows = []
    for name in optimizers:
        training, _, folder = trained(runs, models=models, steps=steps, seed=seed, optimizer=name)
        out = folder / "hessian-refined"
        rows.append(
            spectra_of(folder, models=number, steps=refinement, seed=seed, out=out, resume="auto")
        )
    made, x, y = target(training)
    points, energies, gradients = (
        np.concatenate([row[part].values for row in rows])
        for part in ("point", "energy", "gradient_norm")
    )
    labels = distinct(energies, apply(points, x), SAME)
    lowest = [
        int(np.flatnonzero(labels == label)[energies[labels == label].argmin()])
        for label in np.unique(labels)
    ]
    lowest = sorted(lowest, key=lambda at: energies[at])[: leaves - 1]
    nodes, heights = (
        np.concatenate([[desymmetrise(made)], points[lowest]]),
        np.append(0.0, energies[lowest]),
    )
    pairs = np.array(np.triu_indices(len(nodes), 1))
    with Progress("minima", unit="steps") as say:
        bands = neb(error_by_lanes(x, y), *nodes[pairs], images, max_steps=neb_steps, progress=say)
    passes = np.zeros((len(nodes), len(nodes)))
    passes[*pairs] = passes[*pairs[::-1]] = bands.energy.max(axis=1)
    variables = {
        "error": (("network",), energies),
        "gradient_norm": (("network",), gradients),
        "label": (("network",), labels),
        "optimizer": (("network",), np.repeat(list(optimizers), number)),
        "leaf_error": (("leaf",), heights),
        "pass": (("leaf", "other"), passes),
        "residual": (("pair",), bands.residual),
        "output": (("leaf", "x"), apply(nodes, x)),
        "target": (("x",), y),
    }
    attrs = {
        "models": models,
        "steps": steps,
        "seed": seed,
        "refinement": refinement,
        "neb_steps": neb_steps,
    }
    attrs |= {name: rows[0].attrs[name] for name in ("commit", "cpu")}
    return xr.Dataset(variables, {"x": x}, attrs)


def report(dataset):
    """Numbers of minima, and the passes by which they are left, as text."""
    labels, errors, gradients = (
        dataset[name].values for name in ("label", "error", "gradient_norm")
    )
    counts = np.bincount(labels)
    heights, passes = dataset["leaf_error"].values, dataset["pass"].values
    tree = disconnectivity(heights, passes)
    lines = [
        (
            f"{len(labels)} networks after L-BFGS: errors {errors.min():.4f} to {errors.max():.4f},"
            f" gradients {np.median(gradients):.1g} (median), at most {gradients.max():.1g}"
        ),
        (
            f"Distinct up to symmetry: {len(counts)}; seen more than once: {(counts > 1).sum()},"
            f" the commonest {counts.max()} times"
        ),
    ]
    for name in np.unique(dataset["optimizer"].values):
        here = dataset["optimizer"].values == name
        lines.append(
            f"  {name}: {len(np.unique(labels[here]))} of {here.sum()}, lowest error"
            f" {errors[here].min():.4f}"
        )
    joints = merges(tree, len(heights))
    others = np.array([joints[leaf] - heights[leaf] for leaf in range(1, len(heights))])
    lines += [
        (
            f"W_f is connected to any other minimum at an error of {joints[0]:.3f}: a barrier of as"
            f" much from it, and of {joints[0] - heights[1:].min():.3f} from the lowest other one"
        ),
        (
            f"The others are connected to some minimum over {np.median(others):.4f} (median"
            f" barrier, quartiles {np.quantile(others, 0.25):.4f},"
            f" {np.quantile(others, 0.75):.4f}); residual forces of the bands"
            f" {np.median(dataset['residual'].values):.2g} (median): passes are upper bounds"
        ),
    ]
    return "\n".join(lines)


def merges(tree, number):
    """(number,) the energy at which each leaf first joins another."""
    first = np.full(number, np.nan)
    for left, right, height, _ in tree:
        for child in (int(left), int(right)):
            if child < number:
                first[child] = height
    return first


def draw(dataset):
    from spikesampler.studies.gamst_walker_2017.figures import tree_figure

    heights = dataset["leaf_error"].values
    tree = disconnectivity(heights, dataset["pass"].values)
    return tree_figure(
        tree, heights, dataset["output"].values, dataset["x"].values, dataset["target"].values
    )


def main(arguments=None):
    quick_help = "a few networks of a short training: whether it works"
    return dataset_script(globals(), arguments, quick_help=quick_help, out="gamst_walker")


if __name__ == "__main__":
    sys.exit(main())
