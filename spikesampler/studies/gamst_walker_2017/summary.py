"""What trained networks, basins, paths and spectra amount to: numbers from their Datasets."""

from typing import Any

import numpy as np
import xarray as xr

from spikesampler.landscape.minima import ZERO
from spikesampler.studies.gamst_walker_2017.paper import paper
from spikesampler.studies.gamst_walker_2017.return_curve import return_curve
from spikesampler.studies.gamst_walker_2017.settings import Training


def returned(errors: np.ndarray) -> np.ndarray:
    """Which final errors are so small that a network has returned to a global minimum."""
    return errors < paper()["returned"]


def of_training(training: Training, networks: xr.Dataset) -> dict[str, Any]:
    """How many networks diverged, and the errors of the others.

    model_steps_per_second counts the seconds of the call that finished the training.
    """
    sound = ~networks["diverged"].values
    errors = networks["final_error"].values[sound]
    quartiles = np.quantile(errors, [0.25, 0.5, 0.75]) if sound.any() else np.full(3, np.nan)
    low, middle, high = map(float, quartiles)
    seconds = float(networks.attrs["seconds"])
    names = ("optimizer", "noise", "models", "steps", "seed")
    return {name: getattr(training, name) for name in names} | {
        "diverged": int((~sound).sum()),
        "best_error": float(errors.min()) if sound.any() else float("nan"),
        "median_error": middle,
        "error_quartiles": [low, high],
        "returned": int(returned(errors).sum()),
        "seconds": seconds,
        "model_steps_per_second": training.models * training.steps / seconds,
    }


def of_basin(training: Training, networks: xr.Dataset) -> dict[str, Any]:
    """`of_training`, and the distance from which half of the networks return, with its 95 %
    interval. One that diverged did not return; where all did nothing is known.
    """
    sound, half = ~networks["diverged"].values, [float("nan")] * 3
    if sound.any():
        back = sound & returned(networks["final_error"].values)
        half = return_curve(networks["jitter"].values, back)[2:5]
    names = ("half_distance", "half_distance_low", "half_distance_high")
    return of_training(training, networks) | {"radius": training.radius} | dict(zip(names, half))


def far_half(distance: np.ndarray) -> np.ndarray:
    """Which images, of distance (…, n_image) along their path, lie on its half far from W_f."""
    return distance >= distance[..., -1:] / 2


def drop_distance(distance: np.ndarray, energy: np.ndarray) -> np.ndarray:
    """(n_path,) where a path first reaches half of its plateau, seen from W_f.

    distance, energy : (n_path, n_image). The plateau is the median energy of the images in the far
    half of the path; between images energy is linear.
    """
    drops = []
    for along, values in zip(distance, energy):
        half = np.median(values[far_half(along)]) / 2
        above = int(np.argmax(values >= half))
        share = (half - values[above - 1]) / (values[above] - values[above - 1]) if above else 0.0
        drops.append(along[above - 1] + share * (along[above] - along[above - 1]) if above else 0.0)
    return np.array(drops)


def of_paths(paths: xr.Dataset) -> dict[str, Any]:
    """Lengths, heights and shapes of paths from W_f: medians with quartiles over paths."""
    energy, distance, away = (paths[name].values for name in ("energy", "distance", "from_target"))
    inner, far = energy[:, 1:-1], far_half(distance)
    dips = (inner < energy[:, :-2]) & (inner < energy[:, 2:])
    highest, turning = energy.max(axis=1), paths["turning"].values
    outer = far[:, 1:-1]
    measures = {
        "length": distance[:, -1],
        "end_distance": away[:, -1],
        "plateau": _where(np.median, energy, far),
        "plateau_range": _where(np.ptp, energy, far),
        "highest": highest,
        "barrier_from_end": highest - energy[:, -1],
        "drop_distance": drop_distance(distance, energy),
        "dips": dips.sum(axis=1),
        "turning_near": _where(np.mean, turning, distance[:, 1:-1] <= paper()["radius"]),
        "turning_inner_half": _where(np.mean, turning, ~outer),
        "turning_outer_half": _where(np.mean, turning, outer),
        "outward_steps": (np.diff(away, axis=1) > 0).mean(axis=1),
        "residual": paths["residual"].values,
    }
    sizes = {"paths": len(energy), "images": energy.shape[1]}
    converged = {"converged": int(paths["converged"].sum())}
    return sizes | converged | {name: _quartiles(values) for name, values in measures.items()}


def _quartiles(values):
    """Median and quartiles of the finite values, nan where there are none."""
    values = values[np.isfinite(values)]
    if not len(values):
        return [float("nan")] * 3
    return [float(quantile) for quantile in np.quantile(values, [0.5, 0.25, 0.75])]


def _where(measure, values, places):
    """The measure over the places of each row, nan where it has none."""
    rows = zip(values, places)
    return np.array([measure(row[here]) if here.any() else np.nan for row, here in rows])


def of_spectra(spectra: xr.Dataset) -> dict[str, Any]:
    """Extremes, and how many eigenvalues are zero or negative: medians, quartiles over networks."""
    values = spectra["eigenvalue"].values
    rounding = ZERO * np.abs(values).max(axis=1, keepdims=True)
    measures = {
        "largest": values[:, -1],
        "smallest": values[:, 0],
        "zero": (np.abs(values) <= rounding).sum(axis=1),
        "negative": (values < -rounding).sum(axis=1),
        "gradient_norm": spectra["gradient_norm"].values,
    }
    facts = {"networks": len(values)}
    facts |= {name: _quartiles(numbers) for name, numbers in measures.items()}
    if "target" in spectra:
        target = spectra["target"].values
        zero = np.abs(target) <= ZERO * target[-1]
        facts |= {
            "target_largest": float(target[-1]),
            "target_zero": int(zero.sum()),
            "target_negative": int((target[~zero] < 0).sum()),
        }
    return facts
