"""Inputs that each see a pixel, put together to the image that they form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["as_image"]


def as_image(values: ArrayLike, data: Mapping[str, Any]) -> NDArray[np.float64] | None:
    """One value for each input, (…, num_inputs), as a square image, (…, height, width); the mean of
    three colours where inputs are those.

    data : the description of the source in a run's manifest. None where inputs are no pixels, or
    form no square. Three whole images, one per colour, follow one another in CIFAR-10's files; else
    the colours of a pixel do.
    """
    values = np.asarray(values, float)
    number = values.shape[-1]
    if data["coding"] != "rates":
        return None
    for channels in (1, 3):
        side = round((number / channels) ** 0.5)
        if side * side * channels == number:
            break
    else:
        return None
    planes = any("batch" in name for name in data.get("files", {}))
    shape = (channels, side, side) if planes else (side, side, channels)
    return values.reshape(*values.shape[:-1], *shape).mean(axis=-3 if planes else -1)
