"""From stimuli to firing rates of the inputs."""

import numpy as np

from spikesampler.errors import InputError


def centres(num_inputs, num_dimensions, rng):
    """Preferred stimuli of the inputs, uniform in the unit cube: ``(num_inputs,
    num_dimensions)``.
    """
    return rng.random((num_inputs, num_dimensions))


def tuning_rates(points, centres, r_min, r_max, width, factor=1):
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
    for dimension in range(
        points.shape[1]
    ):  # differences, not |s|² − 2sc + |c|², which cancels near a centre
        squared_distance += np.subtract.outer(points[:, dimension], centres[:, dimension]) ** 2
    return r_min + r_max * np.exp(-squared_distance / (factor * width**2))


def pixel_rates(pixels, r_min, r_max):
    """Rates of inputs that each see one pixel in 0..1, ``r_min + r_max * pixels`` in Hz: ``(n,
    I)``.
    """
    return r_min + r_max * np.asarray(pixels, dtype=float)
