"""From stimuli to firing rates of the inputs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spikesampler.errors import InputError
from spikesampler.stimuli.source import Source
from spikesampler.stimuli.trains import Trains

__all__ = ["centres", "input_rates", "mean_rates", "pixel_rates", "tuning_rates"]

Array = NDArray[np.float64]


def centres(num_inputs: int, num_dimensions: int, rng: np.random.Generator) -> Array:
    """Preferred stimuli of inputs, uniform in the unit cube: ``(num_inputs, num_dimensions)``."""
    return rng.random((num_inputs, num_dimensions))


def tuning_rates(
    points: ArrayLike,
    centres: ArrayLike,
    r_min: float,
    r_max: float,
    width: float,
    factor: float = 1,
) -> Array:
    r"""Rates of Gaussian tuning curves.

    .. math:: r_i(s) = r_{min} + r_{max} \exp(-\|s - c_i\|^2 / (factor \cdot width^2))

    Parameters
    ----------
    points : (n, D) stimuli.
    centres : (I, D) preferred stimuli.
    r_min, r_max : Hz; far from the centre a rate is r_min, at the centre r_min + r_max.
    width : unit of the stimulus, > 0.
    factor : 1 is the reading of Kappel's code, 2 the usual Gaussian.

    Returns
    -------
    (n, I) rates in Hz.
    """
    points, centres = np.asarray(points, dtype=float), np.asarray(centres, dtype=float)
    for name, value in (("tuning_width", width), ("tuning_factor", factor)):
        if not (np.isfinite(value) and value > 0):
            raise InputError(
                f"{name} is {value}: expected a finite number above 0; do: --set {name}=…"
            )
    if points.ndim != 2 or centres.ndim != 2 or points.shape[1] != centres.shape[1]:
        raise InputError(
            f"stimuli of shape {points.shape} and centres of shape {centres.shape}: expected (n, D)"
            " and (I, D) with the same D; do: draw the centres in the dimension of the data"
        )
    squared_distance = np.zeros((len(points), len(centres)))
    # differences, not |s|² − 2sc + |c|², which cancels near a centre
    for dimension in range(points.shape[1]):
        squared_distance += np.subtract.outer(points[:, dimension], centres[:, dimension]) ** 2
    return r_min + r_max * np.exp(-squared_distance / (factor * width**2))


def pixel_rates(pixels: ArrayLike, r_min: float, r_max: float) -> Array:
    """Rates in Hz of inputs that each see a pixel in 0..1, ``r_min + r_max * pixels``: (n, I)."""
    return r_min + r_max * np.asarray(pixels, dtype=float)


def input_rates(
    source: Source, points: ArrayLike, centres: Any, parameters: Mapping[str, Any]
) -> Array:
    """Rates of all inputs in Hz ``(n, I)`` for stimuli ``points`` of `source`.

    Coding "tuning" uses `tuning_rates` with the parameters r_min, r_max, tuning_width and
    tuning_factor; "rates" uses `pixel_rates` with r_min and r_max, one input per pixel (centres are
    not used). Points (n, F, D) of F frames have rates ``(n, F, I)``.
    """
    r_min, r_max = parameters["r_min"], parameters["r_max"]
    if source.coding == "rates":
        return pixel_rates(points, r_min, r_max)
    points = np.asarray(points, dtype=float)
    width, factor = parameters["tuning_width"], parameters.get("tuning_factor", 1)
    flat = points.reshape(-1, points.shape[-1]) if points.ndim > 2 else points
    rates = tuning_rates(flat, centres, r_min, r_max, width, factor)
    return rates.reshape(*points.shape[:-1], -1)


def mean_rates(
    source: Source, points: ArrayLike | Trains, centres: Any, parameters: Mapping[str, Any]
) -> Array:
    """Mean rates of all inputs in Hz ``(n, I)`` in n samples, of spike trains their counts."""
    if isinstance(points, Trains):
        return points.counts(int(parameters["I"])) / parameters["sample_length"]
    rates = input_rates(source, points, centres, parameters)
    return rates.mean(axis=1) if rates.ndim > 2 else rates
