"""What the claims of section 3.3 are about: a number for each path from W_f to a trained network.

Gamst & Walker (2017, arXiv:1706.07101). Energies and distances are (path, image), turning angles
(path, image - 2); the far half of a path is that half of its length that is not near W_f.
"""

import numpy as np

from spikesampler.studies.gamst_walker_2017.summary import drop_distance, far_half

__all__ = ["change_far", "measures_of", "spread_far", "twist"]

Array = np.ndarray


def measures_of(distance: Array, energy: Array, turning: Array, away: Array) -> dict[str, Array]:
    """Of paths, (path,) each.

    bumps : range of the error on the far half, over its median there. drop : distance from W_f at
    which half of the plateau is reached. twist : see `twist`. turning : mean angle, radians. end :
    straight distance of the minimum from W_f; away : (path, image), of images.
    """
    far = np.where(far_half(distance), energy, np.nan)
    bumps = np.nanmax(far, axis=1) - np.nanmin(far, axis=1)
    return {
        "bumps": bumps / np.nanmedian(far, axis=1),
        "drop": drop_distance(distance, energy),
        "twist": twist(distance, turning),
        "turning": turning.mean(axis=1),
        "end": away[:, -1],
    }


def twist(distance: Array, turning: Array) -> Array:
    """Mean turning angle on the half near W_f less that on the far half, radians."""
    near = ~far_half(distance)[:, 1:-1]
    rows = zip(turning, near)
    return np.array([angles[here].mean() - angles[~here].mean() for angles, here in rows])


def change_far(distance: Array, outputs: Array) -> float:
    """Which share of all that the output changes along a path it changes on the far half.

    distance : (image,). outputs : (image, point). A step's change is its root mean square over
    points. 0 where the output stands still far from W_f, 1/2 where it changes evenly.
    """
    steps = np.sqrt((np.diff(outputs, axis=0) ** 2).mean(axis=1))
    far = far_half(distance)[:-1]
    return float(steps[far].sum() / steps.sum())


def spread_far(distance: Array, outputs: Array, target: Array) -> float:
    """How far from a constant the output is on the far half: its sd over x there, over that of f.

    distance : (image,). outputs : (image, point). target : f, (point,). 0 for constant outputs.
    """
    return float(outputs[far_half(distance)].std(axis=1).mean() / target.std())
