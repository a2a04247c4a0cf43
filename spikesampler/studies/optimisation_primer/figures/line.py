"""The lecture's points with both models, and what second-order expansions of their losses miss."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.style import INK, PALETTE
from spikesampler.studies.optimisation_primer.figures.layout import Panel, panels_figure
from spikesampler.studies.optimisation_primer.lecture import X, Z

__all__ = ["line_figure"]


def data_and_models(
    ax: Axes, x: np.ndarray, z: np.ndarray, grid: np.ndarray, curves: Mapping[str, np.ndarray]
) -> None:
    """The points (n,), and curves {label: (m,)} on a grid (m,)."""
    for (label, values), color in zip(curves.items(), PALETTE):
        ax.plot(grid, values, color=color, lw=1, label=label)
    ax.plot(x, z, "o", color=INK, ms=4, mew=0, label="data", zorder=3)
    ax.set(xlabel="x", ylabel="y", ylim=(-0.3, 4.6))
    ax.legend(loc="upper left", borderaxespad=0.2)


def taylor_errors(ax: Axes, sizes: np.ndarray, errors: Mapping[str, np.ndarray]) -> None:
    """What expansions miss at distances (n,), errors {label: (n,)}; below 1e-14 is rounding."""
    markers, diameters = ("o", "s", "^", "D"), (2.6, 5, 2.6, 2.2)
    colors = (PALETTE[0], PALETTE[1], PALETTE[2], PALETTE[6])
    for (label, values), marker, ms, color in zip(errors.items(), markers, diameters, colors):
        values = np.maximum(values, 1e-17)
        ax.plot(sizes, values, marker + "-", color=color, ms=ms, mew=0, lw=0.8, label=label)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set(xlabel="Distance from the point of expansion", ylabel="|loss − expansion|")
    ax.set_ylim(1e-17, 1e11)
    ax.legend(loc="upper left", borderaxespad=0.2, ncols=2, columnspacing=1)


def line_figure(dataset: xr.Dataset) -> Figure:
    """Data and models beside the errors of expansions."""
    grid = np.linspace(-1, 4, 200)
    a, b = dataset["line_best"].values
    plane_a, plane_b = dataset["plane_best"].values
    p = dataset["bump_end"].values[0]
    curves = {
        "line": a * grid + b,
        "bump, c = −1, d = 0": plane_a * np.exp(-plane_b * (grid + 1) ** 2),
        "bump, all four free": p[0] * np.exp(-p[1] * (grid - p[2]) ** 2) + p[3],
    }
    errors = {
        f"{model}, {form}": dataset["taylor_error"].values[i, j]
        for i, model in enumerate(dataset["model"].values)
        for j, form in enumerate(dataset["form"].values)
    }
    models = {"x": X, "z": Z, "grid": grid, "curves": curves}
    taylor = {"sizes": dataset["taylor_size"].values, "errors": errors}
    heading = "Taylor's second term, with ½ and without"
    return panels_figure(
        68,
        [
            Panel(data_and_models, (13, 9, 72, 47), "Three points, two models", models),
            Panel(taylor_errors, (105, 9, 71, 47), heading, taylor),
        ],
    )
