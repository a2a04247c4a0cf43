"""In how many cells of a map noise would seem to help or to hurt by chance alone."""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from spikesampler.stats import mean_intervals
from spikesampler.studies.fang_2018.benefit import pairs

__all__ = ["chance_rate", "chance_rates"]


def chance_rate(differences: ArrayLike, num_patterns: int = 64) -> float:
    """Share of cells whose 95 % interval would exclude zero by chance.

    differences : (…, n_seed), within pairs.

    Each difference counts from its cell's mean, which takes any effect away. Signs are drawn at
    random `num_patterns` times, one for each seed and the same for all cells, which keeps what
    cells have in common. The same differences give the same share. nan is left out, and the share
    is nan where no cell has two pairs.
    """
    differences = np.asarray(differences, dtype=float)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (num_patterns, differences.shape[-1]))
    shares = [
        _excludes_zero(signs[:, known] * (cell[known] - cell[known].mean())).mean()
        for cell in differences.reshape(-1, differences.shape[-1])
        if (known := np.isfinite(cell)).sum() > 1
    ]
    return float(np.mean(shares)) if shares else float("nan")


def _excludes_zero(values: np.ndarray) -> np.ndarray:
    """Whether intervals of means exclude zero, values (m, n_seed) -> (m,) bool."""
    _, low, high = mean_intervals(values)
    return (low > 0) | (high < 0)


def chance_rates(dataset: xr.Dataset, probe_seconds: float) -> dict[str, list[float]]:
    """{name: chance rate by contrast} of difference and ratio, as a map's attributes have them."""
    paired = pairs(dataset, probe_seconds)
    names = {"difference": "accuracy", "ratio": "log_time"}
    return {
        f"chance_rate_{name}": [chance_rate(contrast) for contrast in paired[of].values]
        for name, of in names.items()
    }
