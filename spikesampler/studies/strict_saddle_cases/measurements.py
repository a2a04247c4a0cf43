"""Spectra, verdicts and escapes of functions with known saddles, as one dataset."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from spikesampler.landscape.descent import Escapes
from spikesampler.landscape.strict import CLASSES, Verdict
from spikesampler.stats import mean_interval
from spikesampler.studies.strict_saddle_cases import escapes
from spikesampler.studies.strict_saddle_cases.escapes import METHODS
from spikesampler.studies.strict_saddle_cases.points import EPSILON, judge_all
from spikesampler.studies.study import Work

__all__ = ["gather"]

SPECTRA = 12  #: spectra up to this d: they are dense
LONG_NAMES = {
    "eigenvalue": "Hessian at the tensor's symmetric saddle",
    "identity_deviation": "largest |eigenvalue − 4| at the identity",
    "tensor_steps": "steps to leave the symmetric saddle",
    "octopus_steps": "step by which a saddle was passed",
    "octopus_left": "left the function's domain",
    "octopus_stuck": "a gradient step no longer changes x_n at saddle n",
    "octopus_growth": "growth of steps per saddle",
}


def gather(
    work: Work,
    dimensions: Sequence[int],
    walks: int,
    saddles: int,
    ratios: Sequence[float],
    max_steps: int,
    points: int,
) -> xr.Dataset:
    """Everything measured; each part draws from a generator of its own.

    dimensions : d of the tensor function. walks : from each saddle. saddles : of the octopus
    function. ratios : L/γ. points : random points of a verdict.
    """
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(work.seed).spawn(3)]
    verdicts = judge_all(streams[0], points)
    dense = [d for d in dimensions if d <= SPECTRA]
    tensor = [escapes.tensor_escapes(streams[1], d, walks) for d in dimensions]
    octopus = [
        escapes.octopus_escapes(streams[2], saddles, float(L), walks, max_steps) for L in ratios
    ]
    variables = (
        tensor_variables(tensor, dense)
        | octopus_variables(octopus, ratios)
        | verdict_variables(verdicts)
    )
    coords = {
        "d": list(dimensions),
        "dense_d": dense,
        "L": np.array(ratios, float),
        "descent": list(METHODS),
        "saddle": np.arange(1, saddles + 1),
        "bound": ["mean", "low", "high"],
        "case": list(verdicts),
        "class": list(CLASSES),
    }
    dataset = xr.Dataset(variables, coords, {"seed": work.seed, "max_steps": max_steps})
    for name, text in LONG_NAMES.items():
        dataset[name].attrs["long_name"] = text
    return dataset.assign_attrs(constants())


def constants() -> dict[str, float]:
    """Our choices, as attributes of the dataset."""
    return {
        "shift": escapes.SHIFT,
        "drop": escapes.DROP,
        "epsilon": EPSILON,
        "octopus_eta_L": escapes.STRETCH,
        "tensor_step_size": escapes.STEP_SIZE,
        **{f"{on}_noise_radius": escapes.NOISE_RADIUS for on in ("tensor", "octopus")},
        **{f"tensor_{name}": value for name, value in escapes.TENSOR.items()},
        **{f"octopus_{name}": value for name, value in escapes.OCTOPUS.items()},
    }


def stacked(walks: Sequence[Mapping[str, Escapes]], field: str) -> np.ndarray:
    """A field of Escapes {method: …}, (n, method, n_walk, …)."""
    return np.array([[getattr(walk[name], field) for name in METHODS] for walk in walks])


def tensor_variables(tensor: Sequence[Mapping[str, Escapes]], dense: Sequence[int]) -> dict:
    """Variables of the tensor function: spectra, and steps of walks from its saddle."""
    eigenvalues, deviation = escapes.tensor_spectra(dense)
    dims = ("d", "descent", "walk")
    return {
        "eigenvalue": (("dense_d", "index"), eigenvalues),
        "identity_deviation": ("dense_d", deviation),
        "tensor_steps": (dims, stacked(tensor, "steps")[..., 0]),
        "tensor_passed": (dims, stacked(tensor, "passed")[..., 0]),
    }


def octopus_variables(octopus: Sequence[Mapping[str, Escapes]], ratios: Sequence[float]) -> dict:
    """Variables of the octopus function: steps by which saddles are passed, and their growth."""
    dims = ("L", "descent", "walk", "saddle")
    variables = {}
    for field in ("steps", "passed", "left", "perturbations"):
        values = stacked(octopus, field)
        variables[f"octopus_{field}"] = (dims[: values.ndim], values)
    stuck = [
        [escapes.stuck(walks[name], float(L)) for name in METHODS]
        for L, walks in zip(ratios, octopus)
    ]
    growth = [[mean_growth(walks[name]) for name in METHODS] for walks in octopus]
    variables["octopus_stuck"] = (dims[:3], np.array(stuck))
    variables["octopus_growth"] = (("L", "descent", "bound"), np.array(growth))
    return variables


def mean_growth(walks: Escapes) -> tuple[float, ...]:
    """Mean growth of the steps per saddle and its 95 % interval; nan where walks passed too few."""
    growth = escapes.measured_growth(walks)
    return mean_interval(growth)[:3] if np.isfinite(growth).all() else (np.nan,) * 3


def verdict_variables(verdicts: Mapping[str, Verdict]) -> dict:
    """Variables of the verdicts: number of points by class, and whether a case is strict."""
    points = [list(verdict.counts.values()) for verdict in verdicts.values()]
    strict = [verdict.strict for verdict in verdicts.values()]
    return {
        "points": (("case", "class"), np.array(points)),
        "strict": ("case", np.array(strict)),
    }
