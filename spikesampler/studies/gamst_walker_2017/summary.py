"""What trained networks, basins, paths and spectra amount to: dicts of numbers from the Datasets of
their folders.
"""

import numpy as np

from spikesampler.landscape.minima import ZERO
from spikesampler.studies.gamst_walker_2017.basin import return_curve
from spikesampler.studies.gamst_walker_2017.relu_net import PAPER

__all__ = ["drop_distance", "of_basin", "of_paths", "of_spectra", "of_training"]

RETURNED = PAPER["returned"]


def of_training(training, found):
    """How many networks diverged, and the errors of the others; model_steps_per_second counts this
    call's seconds.
    """
    sound = ~found["diverged"].values
    errors, unknown = found["final_error"].values[sound], float("nan")
    low, middle, high = np.quantile(errors, [0.25, 0.5, 0.75]) if sound.any() else (unknown,) * 3
    return {
        "optimizer": training.optimizer,
        "noise": training.noise,
        "models": training.models,
        "steps": training.steps,
        "seed": training.seed,
        "diverged": int((~sound).sum()),
        "best_error": float(errors.min()) if sound.any() else unknown,
        "median_error": float(middle),
        "error_quartiles": [float(low), float(high)],
        "returned": int((errors < RETURNED).sum()),
        "seconds": float(found.attrs["seconds"]),
        "model_steps_per_second": training.models * training.steps / float(found.attrs["seconds"]),
    }


def of_basin(training, found):
    """`of_training`, and the distance from which half of the networks return, with its 95 %
    interval.
    """
    sound, half = ~found["diverged"].values, [float("nan")] * 3
    if sound.any():
        half = return_curve(
            found["jitter"].values[sound], found["final_error"].values[sound] < RETURNED
        )[2:5]
    names = ("half_distance", "half_distance_low", "half_distance_high")
    return of_training(training, found) | {"radius": training.radius} | dict(zip(names, half))


def drop_distance(distance, energy):
    """(n_path,) where a path first reaches half of its plateau, seen from W_f; distance, energy
    (n_path, n_image).

    The plateau is the median energy of the images in the far half of the path; between images
    energy is linear.
    """
    found = []
    for along, values in zip(distance, energy):
        half = np.median(values[along >= along[-1] / 2]) / 2
        above = int(np.argmax(values >= half))
        share = (half - values[above - 1]) / (values[above] - values[above - 1]) if above else 0.0
        found.append(along[above - 1] + share * (along[above] - along[above - 1]) if above else 0.0)
    return np.array(found)


def of_paths(found):
    """Lengths, heights and shapes of paths from W_f: medians with quartiles over paths."""
    energy, distance, away = (found[name].values for name in ("energy", "distance", "from_target"))
    inner, far = energy[:, 1:-1], distance >= distance[:, -1:] / 2
    dips = (inner < energy[:, :-2]) & (inner < energy[:, 2:])
    plateau = np.array([np.median(values[here]) for values, here in zip(energy, far)])
    spread = np.array([np.ptp(values[here]) for values, here in zip(energy, far)])
    turning, inner_half = found["turning"].values, distance[:, 1:-1] < distance[:, -1:] / 2
    near = distance[:, 1:-1] <= PAPER["radius"]
    measures = {
        "length": distance[:, -1],
        "end_distance": away[:, -1],
        "plateau": plateau,
        "plateau_range": spread,
        "highest": energy.max(axis=1),
        "barrier_from_end": energy.max(axis=1) - energy[:, -1],
        "drop_distance": drop_distance(distance, energy),
        "dips": dips.sum(axis=1).astype(float),
        "turning_near": _means(turning, near),
        "turning_inner_half": _means(turning, inner_half),
        "turning_outer_half": _means(turning, ~inner_half),
        "outward_steps": (np.diff(away, axis=1) > 0).mean(axis=1),
        "residual": found["residual"].values,
    }
    quartiles = {name: _quartiles(values[np.isfinite(values)]) for name, values in measures.items()}
    return {
        "paths": len(energy),
        "images": energy.shape[1],
        "converged": int(found["converged"].sum()),
    } | quartiles


def _quartiles(values):
    """Median and quartiles, nan of no values."""
    return (
        [float(q) for q in np.quantile(values, [0.5, 0.25, 0.75])]
        if len(values)
        else [float("nan")] * 3
    )


def _means(values, where):
    """Means over the places of each row, nan where it has none."""
    return np.array(
        [one[here].mean() if here.any() else np.nan for one, here in zip(values, where)]
    )


def of_spectra(found):
    """Extremes, and how many eigenvalues are zero or negative: medians with quartiles over
    networks.
    """
    values = found["eigenvalue"].values
    rounding = ZERO * np.abs(values).max(axis=1, keepdims=True)
    measures = {
        "largest": values[:, -1],
        "smallest": values[:, 0],
        "zero": (np.abs(values) <= rounding).sum(axis=1).astype(float),
        "negative": (values < -rounding).sum(axis=1).astype(float),
        "gradient_norm": found["gradient_norm"].values,
    }
    quartiles = {name: _quartiles(one) for name, one in measures.items()}
    if "target" in found:
        target = found["target"].values
        zero = np.abs(target) <= ZERO * target[-1]
        quartiles |= {
            "target_largest": float(target[-1]),
            "target_zero": int(zero.sum()),
            "target_negative": int((target[~zero] < 0).sum()),
        }
    return {"networks": len(values)} | quartiles
