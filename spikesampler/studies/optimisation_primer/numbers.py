"""The numbers that report, page and figures speak of, all from the dataset."""

import numpy as np
import xarray as xr

from spikesampler.studies.optimisation_primer import quadratic
from spikesampler.studies.optimisation_primer.lecture import line_fit

__all__ = ["chosen", "exponents", "middle", "num_reached", "numbers"]


def numbers(dataset: xr.Dataset) -> dict:
    """{name: number} of the line fit, the overshooting step, the expansions and the spectrum."""
    low, high = (float(curvature) for curvature in dataset["line_curvature"])
    fit = line_fit()
    steep = np.linalg.eigh(fit.hessian)[1][:, 1]
    across = (dataset["line_path"].values[-1, :3].astype(float) - fit.best) @ steep
    loss = dataset["line_path_loss"].values[-1]
    higher = loss > loss[0]
    errors = dataset["taylor_error"].values
    sizes = np.log(dataset["taylor_size"].values)
    inside = slice(len(sizes) // 4, 3 * len(sizes) // 4)
    spectrum = quadratic.spectrum(dataset["condition"].values[-1], dataset.attrs["dimensions"])
    share = np.cumsum(spectrum)
    distance = np.linalg.norm(dataset["trace_path"].values - dataset["line_best"].values, axis=-1)
    return {
        "low": low,
        "high": high,
        "condition": quadratic.condition_number(low, high),
        "limit": quadratic.largest_stable_step(high),
        "best_step": quadratic.best_step(low, high),
        "rate": quadratic.gradient_descent_rate(quadratic.condition_number(low, high)),
        "heavy": quadratic.best_heavy_ball(low, high),
        "across": across / across[0],
        "factor": 1 - float(dataset["line_step"][-1]) * high,
        "overshot": int(higher.argmax()) if higher.any() else -1,
        "slopes": [np.polyfit(sizes[inside], np.log(e[inside]), 1)[0] for e in errors[1]],
        "taylor_line": errors[0, :, -1],
        "taylor_rounding": errors[0, 0].max(),
        "left_of_traces": dict(zip(dataset["trace"].values, distance[:, 40] / distance[:, 0])),
        "untouched": int((share / share[-1] < dataset.attrs["fraction"]).sum()),
    }


def chosen(array: xr.DataArray, method: str, orientation: str, measure: str) -> np.ndarray:
    """(κ, draws) of one method, orientation and measure, without draws that there are none of."""
    place = {"method": method, "orientation": orientation, "measure": measure}
    return array.loc[place].values[:, : 1 if orientation == "aligned" else None]


def middle(dataset: xr.Dataset, orientation: str, measure: str) -> dict[str, np.ndarray]:
    """{method: (3, κ)}: median, lowest and highest number of steps over the draws; inf where not
    reached.
    """
    spreads = {}
    for name in dataset["method"].values:
        steps = chosen(dataset["steps"], name, orientation, measure)
        steps = np.where(steps < 0, np.inf, steps)
        spreads[name] = np.array([np.median(steps, axis=1), steps.min(axis=1), steps.max(axis=1)])
    return spreads


def num_reached(dataset: xr.Dataset, method: str, orientation: str, measure: str) -> int:
    """The number of conditions, from the smallest on, at which all draws get there."""
    return int(np.cumprod(np.isfinite(middle(dataset, orientation, measure)[method][2])).sum())


def exponents(dataset: xr.Dataset, method: str, orientation: str) -> np.ndarray:
    """Exponents p of steps ∝ κᵖ (2,) at the end: between each two of the three largest κ at which
    the median is reached; nan where there are none.
    """
    median = middle(dataset, orientation, "distance")[method][0]
    known = np.flatnonzero(np.isfinite(median))[-3:]
    slopes = np.diff(np.log(median[known])) / np.diff(np.log(dataset["condition"].values[known]))
    return np.concatenate([np.full(2, np.nan), slopes])[-2:]
