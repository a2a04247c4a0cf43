"""What surrounds trained networks: paths from W_f to them, and the curvature where they ended."""

import json
import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr

from spikesampler.checks import real_number, whole_number
from spikesampler.errors import InputError
from spikesampler.jobs.progress import Progress
from spikesampler.landscape.minima import refine, spectrum, value_and_gradient
from spikesampler.landscape.paths import neb
from spikesampler.store import folders
from spikesampler.store.arrays import read_arrays, write_arrays
from spikesampler.store.datasets import save_dataset
from spikesampler.store.origin import made_by
from spikesampler.store.pieces import begin, finished, piece_file, remove_pieces, resumable
from spikesampler.studies.gamst_walker_2017.relu_net import PAPER, SHAPE, apply, error_on
from spikesampler.studies.gamst_walker_2017.simultaneous import error_by_lanes
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise
from spikesampler.studies.gamst_walker_2017.training import open_training, target

__all__ = ["choose", "path_arrays", "spectra_of", "target_paths"]

NEB_STEPS, TOLERANCE, SPRING_CONSTANT = 1000, 1e-2, 10.0  # our choices
PIECE = {"paths": 25, "spectra": 50}  #: networks that are finished together


def choose(found, models, seed):
    """Numbers of `models` networks drawn from those of a training that did not diverge,
    ascending.
    """
    sound = np.flatnonzero(~found["diverged"].values)
    if not len(sound):
        raise InputError(
            f"all {found.sizes['network']} networks diverged: expected some that did not; train"
            " with a lower learning rate"
        )
    if whole_number("models", models, 1) > len(sound):
        raise InputError(
            f"models={models}: expected at most {len(sound)}, the networks that did not diverge;"
            " give such a number, or train more"
        )
    return np.sort(
        np.random.default_rng(whole_number("seed", seed, 0)).choice(sound, models, replace=False)
    )


def target_paths(
    folder,
    *,
    models=None,
    images=None,
    steps=NEB_STEPS,
    seed=1,
    tolerance=TOLERANCE,
    spring_constant=SPRING_CONSTANT,
    straighten=True,
    redistribute=0,
    climb=False,
    out=None,
    resume=False,
    progress=None,
):
    """Nudged elastic bands from W_f to trained networks, all de-symmetrised: the Dataset of
    `paths.nc`.

    folder : of a training of 5 x 5 networks. models, images : by default the paper's 100, and 41.
        seed : of the choice
    of networks. straighten : by default, since bands fold up where the error is flat. out : by
        default `neb` in the
    folder. Others: `neb`, `train_networks`.

    Variables: network (path); images (path, image, parameter); energy, distance (path, image):
    error, and length of the path from W_f; from_target (path, image): straight from W_f; turning
    (path, inner); residual, converged, steps (path). Raises InputError for a folder without
    finished networks, or with other ones than 5 x 5.
    """
    training, found = open_training(folder)
    models, images = (
        PAPER["paths"] if models is None else models,
        PAPER["images"] if images is None else images,
    )
    numbers = choose(found, models, seed)
    if (training.depth, training.width) != SHAPE:
        shape = f"{training.depth} x {training.width}"
        raise InputError(
            f"{folder} holds networks of {shape}: expected 5 x 5, as W_f is; train such networks"
        )
    settings = {
        "training": json.dumps(training.facts()),
        "models": models,
        "seed": seed,
        "images": whole_number("images", images, 3),
        "steps": whole_number("steps", steps, 1),
        "tolerance": real_number("tolerance", tolerance),
        "spring_constant": real_number("spring_constant", spring_constant),
        "redistribute": whole_number("redistribute", redistribute, 0),
        "straighten": int(straighten),
        "climb": int(climb),
    }
    made, x, y = target(training)
    start, ends = desymmetrise(made), desymmetrise(found["params"].values)
    options = {name: settings[name] for name in ("tolerance", "spring_constant", "redistribute")}
    options |= {"straighten": bool(straighten), "climb": bool(climb)}
    energy = error_by_lanes(x, y)

    def compute(numbers, say):
        paths = neb(energy, start, ends[numbers], images, max_steps=steps, progress=say, **options)
        return {
            "network": numbers,
            "turning": paths.turning_angle,
            "distance": paths.distance,
            "from_target": np.linalg.norm(paths.images - start, axis=-1),
        } | paths._asdict()

    dims = {
        "network": ("path",),
        "images": ("path", "image", "parameter"),
        "turning": ("path", "inner"),
        **dict.fromkeys(("energy", "distance", "from_target"), ("path", "image")),
        **dict.fromkeys(("residual", "converged", "steps"), ("path",)),
    }
    out = Path(folder) / "neb" if out is None else Path(out)
    return _in_pieces(out, "paths", settings, numbers, compute, dims, resume, progress)


def path_arrays(folder, found):
    """What `figures.gamst_walker.paths_figure` draws; the path that is coloured is the one of
    median length.
    """
    chosen = int(np.argsort(found["distance"].values[:, -1])[found.sizes["path"] // 2])
    _, x, _ = target(open_training(folder)[0])
    names = ("distance", "energy", "turning")
    return {name: found[name].values for name in names} | {
        "chosen": chosen,
        "x": x,
        "outputs": apply(found["images"].values[chosen], x),
    }


def spectra_of(folder, *, models=None, steps=0, seed=1, out=None, resume=False, progress=None):
    """Eigenvalues of the error's Hessian at trained networks, and at W_f: the Dataset of
    `spectra.nc`; float64, dense.

    Networks are de-symmetrised first: a neuron's scale changes no output, but it changes the
    eigenvalues. models : by
    default 100, or all where they are fewer. steps : of L-BFGS before, by which networks come
        nearer to their minima.
    out : by default `hessian` in the folder. Others: `target_paths`.

    Variables: network (minimum); point (minimum, parameter), where it was looked at; eigenvalue
    (minimum, index), ascending; energy, gradient_norm (minimum); target (index), the eigenvalues at
    W_f where networks have its shape.
    """
    training, found = open_training(folder)
    models = (
        max(1, min(PAPER["paths"], int((~found["diverged"]).sum()))) if models is None else models
    )
    numbers, shape = choose(found, models, seed), (training.depth, training.width)
    steps = whole_number("steps", steps, 0)
    made, x, y = target(training)
    energy, points = error_on(x, y, *shape), desymmetrise(found["params"].values, *shape)

    def compute(numbers, say):
        here = points[numbers]
        if steps:
            here = desymmetrise(
                [refine(energy, one, max_steps=steps).point for one in here], *shape
            )
        value, gradient = value_and_gradient(energy, here)
        return {
            "network": numbers,
            "point": here,
            "eigenvalue": spectrum(energy, here),
            "energy": value,
            "gradient_norm": np.linalg.norm(gradient, axis=1),
        }

    dims = {
        "point": ("minimum", "parameter"),
        "eigenvalue": ("minimum", "index"),
        **dict.fromkeys(("network", "energy", "gradient_norm"), ("minimum",)),
    }

    def target_spectrum():
        return (
            {"target": (("index",), spectrum(energy, desymmetrise(made)))} if shape == SHAPE else {}
        )

    out = Path(folder) / "hessian" if out is None else Path(out)
    settings = {
        "training": json.dumps(training.facts()),
        "models": models,
        "steps": steps,
        "seed": seed,
    }
    return _in_pieces(
        out, "spectra", settings, numbers, compute, dims, resume, progress, target_spectrum
    )


def _in_pieces(out, name, settings, numbers, compute, dims, resume, progress, extra=dict):
    """The Dataset of compute(numbers, say) on all numbers, some at a time, each kept in `out` when
    it is there.
    """
    path, size = out / f"{name}.nc", PIECE[name]
    if (dataset := finished(path, settings, resume, f"set of {name}")) is not None:
        return dataset
    report, began = (
        nullcontext(progress) if progress is not None else Progress(name, unit="networks"),
        time.monotonic(),
    )
    with folders.folder_lock(out), report as say:
        begin(out, settings)
        found = []
        with resumable():
            for number, first in enumerate(range(0, len(numbers), size)):
                tell = partial(_tell, say, first, len(numbers))
                found.append(_piece(out, number, numbers[first : first + size], compute, tell))
        say(len(numbers), len(numbers), "")
        variables = {
            name: (dims[name], np.concatenate([one[name] for one in found])) for name in dims
        }
        attrs = {**settings, "seconds": time.monotonic() - began, **made_by()}
        dataset = xr.Dataset(variables | extra(), attrs=attrs)
        save_dataset(dataset, path)
        remove_pieces(out)
    return dataset


def _piece(out, number, numbers, compute, say):
    """Arrays of one piece, computed unless they are there."""
    path = piece_file(out, number)
    say(0, 0, "")
    if not path.exists():
        write_arrays(path, compute(numbers, say))
    with read_arrays(path) as arrays:
        return {name: read() for name, read in arrays.items()}


def _tell(say, first, total, done, steps, text):
    """News of one piece as news of all: networks finished before it, and what it says."""
    say(first, total, f"step {done} of {steps}, {text}" if text else "")
