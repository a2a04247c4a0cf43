"""What surrounds trained networks: paths from W_f to them, and the curvature where they ended.

manifest.json · pieces/00000.npz … while it runs · paths.nc or spectra.nc when all are done
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from spikesampler.errors import InputError
from spikesampler.jobs.executors import ThisProcess
from spikesampler.jobs.loop import Job, do_all, unfinished
from spikesampler.jobs.pieces import finished, make_dataset, piece_file
from spikesampler.jobs.progress import Say
from spikesampler.landscape.minima import refine, spectrum, value_and_gradient
from spikesampler.store.arrays import are_whole, load_arrays, write_arrays
from spikesampler.store.origin import made_by
from spikesampler.studies.gamst_walker_2017.paper import paper, paper_shape
from spikesampler.studies.gamst_walker_2017.relu_net import apply, error_on
from spikesampler.studies.gamst_walker_2017.settings import Bands, Spectra
from spikesampler.studies.gamst_walker_2017.symmetry import desymmetrise
from spikesampler.studies.gamst_walker_2017.training import target
from spikesampler.studies.gamst_walker_2017.training_folder import open_training

__all__ = ["choose", "path_arrays", "spectra_of", "target_paths"]

PIECE = {"paths": 25, "spectra": 50}  #: networks that are finished together
PATH_DIMS = {
    "network": ("path",),
    "images": ("path", "image", "parameter"),
    "turning": ("path", "inner"),
    **dict.fromkeys(("energy", "distance", "from_target"), ("path", "image")),
    **dict.fromkeys(("residual", "converged", "steps"), ("path",)),
}
SPECTRUM_DIMS = {
    "point": ("minimum", "parameter"),
    "eigenvalue": ("minimum", "index"),
    **dict.fromkeys(("network", "energy", "gradient_norm"), ("minimum",)),
}


def choose(networks: xr.Dataset, models: int, seed: int) -> np.ndarray:
    """Numbers of `models` networks drawn from those of a training that did not diverge, ascending.

    Raises InputError where there are not as many.
    """
    sound = np.flatnonzero(~networks["diverged"].values)
    if not len(sound):
        raise InputError(
            f"all {networks.sizes['network']} networks diverged: expected some that did not; train"
            " with a lower learning rate"
        )
    if models > len(sound):
        raise InputError(
            f"models={models}: expected at most {len(sound)}, the networks that did not diverge;"
            " give such a number, or train more"
        )
    return np.sort(np.random.default_rng(seed).choice(sound, models, replace=False))


def target_paths(
    folder: str | Path,
    bands: Bands,
    *,
    out: str | Path | None = None,
    resume: bool = False,
    progress: Say | None = None,
) -> xr.Dataset:
    """Nudged elastic bands from W_f to trained networks: `paths.nc`.

    folder : of a training of 5 x 5 networks. out : by default `neb` in the folder. Others:
    `train_networks`.

    Variables: network (path); images (path, image, parameter); energy, distance (path, image):
    error, and length of the path from W_f; from_target (path, image): straight from W_f; turning
    (path, inner); residual, converged, steps (path). Raises InputError for a folder without
    finished networks, or with other ones than 5 x 5.
    """
    from spikesampler.landscape.paths import neb
    from spikesampler.studies.gamst_walker_2017.batched_descent import error_by_lanes

    training, networks, folder = open_training(folder)
    numbers = choose(networks, bands.models, bands.seed)
    if training.shape != paper_shape():
        shape = f"{training.depth} x {training.width}"
        raise InputError(
            f"{folder} holds networks of {shape}: expected 5 x 5, as W_f is; train such networks"
        )
    made, x, y = target(training)
    start, ends = made, networks["params"].values[numbers].astype(float)
    if bands.desymmetrised:
        start, ends = desymmetrise(start), desymmetrise(ends)
    at = dict(zip(numbers, ends))
    energy = error_by_lanes(x, y)

    def compute(numbers, say):
        here = [at[number] for number in numbers]
        paths = neb(energy, start, here, bands.images, progress=say, **bands.of_neb())
        measures = {
            "network": numbers,
            "turning": paths.turning_angle,
            "distance": paths.distance,
            "from_target": np.linalg.norm(paths.images - start, axis=-1),
        }
        return measures | paths._asdict()

    settings = {"training": json.dumps(training.facts())} | bands.facts()
    out = Path(out or folder / "neb")
    return _in_pieces(out, "paths", settings, numbers, compute, PATH_DIMS, resume, progress)


def path_arrays(folder: str | Path, paths: xr.Dataset) -> dict[str, Any]:
    """What `figures.paths_figure` draws; the path that is coloured is the one of median length."""
    chosen = int(np.argsort(paths["distance"].values[:, -1])[paths.sizes["path"] // 2])
    _, x, _ = target(open_training(folder).training)
    arrays = {name: paths[name].values for name in ("distance", "energy", "turning")}
    return arrays | {"chosen": chosen, "x": x, "outputs": apply(paths["images"].values[chosen], x)}


def spectra_of(
    folder: str | Path,
    spectra: Spectra,
    *,
    out: str | Path | None = None,
    resume: bool = False,
    progress: Say | None = None,
) -> xr.Dataset:
    """Eigenvalues of the error's Hessian at trained networks, and at W_f: `spectra.nc`; float64.

    Networks are de-symmetrised first: a neuron's scale changes no output, but it changes the
    eigenvalues. out : by default `hessian` in the folder. Others: `train_networks`.

    Variables: network (minimum); point (minimum, parameter), where it was looked at; eigenvalue
    (minimum, index), ascending; energy, gradient_norm (minimum); target (index), the eigenvalues at
    W_f where networks have its shape. Raises InputError for a folder without finished networks.
    """
    training, networks, folder = open_training(folder)
    models, shape = spectra.models, training.shape
    if models is None:
        models = max(1, min(paper()["paths"], int((~networks["diverged"]).sum())))
    numbers = choose(networks, models, spectra.seed)
    made, x, y = target(training)
    energy, points = error_on(x, y, *shape), desymmetrise(networks["params"].values, *shape)

    def compute(numbers, say):
        here = _descended(energy, points[numbers], spectra.steps, shape)
        value, gradient = value_and_gradient(energy, here)
        return {
            "network": numbers,
            "point": here,
            "eigenvalue": spectrum(energy, here),
            "energy": value,
            "gradient_norm": np.linalg.norm(gradient, axis=1),
        }

    def target_spectrum():
        if shape != paper_shape():
            return {}
        return {"target": (("index",), spectrum(energy, desymmetrise(made)))}

    settings = {"training": json.dumps(training.facts())} | spectra.facts() | {"models": models}
    out = Path(out or folder / "hessian")
    return _in_pieces(
        out, "spectra", settings, numbers, compute, SPECTRUM_DIMS, resume, progress, target_spectrum
    )


def _descended(energy, points, steps, shape):
    """Networks (n, num_parameters) after steps of L-BFGS, de-symmetrised anew; 0 leaves them."""
    if not steps:
        return points
    descended = [refine(energy, point, max_steps=steps).point for point in points]
    return desymmetrise(descended, *shape)


def _in_pieces(out, name, settings, numbers, compute, dims, resume, progress, extra=dict):
    """The Dataset of compute(numbers, say) on all numbers, a piece of them at a time."""
    path, size, kind = out / f"{name}.nc", PIECE[name], f"set of {name}"
    if (dataset := finished(path, settings, resume, kind)) is not None:
        return dataset

    def write(path, first, say):
        tell = partial(_tell, say, first, len(numbers))
        tell(0, 0, "")
        write_arrays(path, compute(numbers[first : first + size], tell))

    def gather(say):
        jobs = [
            Job(path := piece_file(out, number), write, (path, first, say))
            for number, first in enumerate(range(0, len(numbers), size))
        ]
        do_all(unfinished(jobs, are_whole), ThisProcess())
        say(len(numbers), len(numbers), "")
        parts = [load_arrays(job.path) for job in jobs]
        variables = {
            name: (dims[name], np.concatenate([part[name] for part in parts])) for name in dims
        }
        return xr.Dataset(variables | extra(), attrs=settings | made_by())

    return make_dataset(path, settings, gather, kind=kind, title=name, progress=progress)


def _tell(say, first, total, done, steps, text):
    """News of one piece as news of all: networks finished before it, and what it says."""
    say(first, total, f"step {done} of {steps}, {text}" if text else "")
