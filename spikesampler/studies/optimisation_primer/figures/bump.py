"""The bump's loss, descents on it, and the curvature where they end."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.style import GREY, PALETTE
from spikesampler.studies.optimisation_primer.figures.descents import (
    descent_on_surface,
    lines_over_steps,
)
from spikesampler.studies.optimisation_primer.figures.layout import Panel, panels_figure
from spikesampler.studies.optimisation_primer.lecture import Z

__all__ = ["bump_figure"]


def eigenvalue_panel(ax: Axes, labels: Sequence[str], values: np.ndarray, floor: float) -> None:
    """Sizes of eigenvalues (n_start, n) of the Hessian, one column per start; those below the floor
    stand on it.
    """
    for i, sizes in enumerate(np.abs(values)):
        known, zero = sizes[sizes > floor], np.full((sizes <= floor).sum(), floor)
        ax.plot(np.full(len(known), i), known, "o", color=PALETTE[i], ms=4, mew=0)
        ax.plot(np.full(len(zero), i), zero, "v", mfc="white", mec=PALETTE[i], ms=5)
    ax.axhline(floor, color=GREY, lw=0.5)
    ax.set_yscale("log")
    ax.set_xticks(range(len(labels)), labels)
    text = f"▽  below {floor:.0e}: zero to rounding"
    ax.text(0.5, 0.05, text, transform=ax.transAxes, ha="center", fontsize=7)
    ax.set(ylabel="Eigenvalue of the Hessian")
    ax.set(xlim=(-0.5, len(labels) - 0.5), ylim=(floor / 1000, 1e3))


def bump_figure(dataset: xr.Dataset) -> Figure:
    """Descents of a and b, and of all four parameters."""
    labels = [f"α = {step:.2g}" for step in dataset["plane_step"].values]
    starts = [f"start {i + 1}" for i in range(dataset.sizes["bump_start"])]
    losses = np.maximum(dataset["bump_loss"].values, 1e-30)
    over = {"k": dataset["kept_k"].values, "ylabel": "Loss", "log_k": True}
    surface = {
        **{name: dataset[f"plane_{name}"].values for name in ("a", "b", "loss", "best")},
        "paths": dict(zip(labels, dataset["plane_path"].values)),
        "levels": np.geomspace(0.3, 1000, 16),
        "legend": True,
    }
    plane = over | {
        "lines": dict(zip(labels, dataset["plane_path_loss"].values)),
        "ylim": (0.1, 3e3),
        "level": (float((Z**2).sum()), "Σ z², the plateau"),
    }
    four = over | {"lines": dict(zip(starts, losses)), "ylim": (1e-30, 1e3), "loc": "lower left"}
    values = {"labels": starts, "values": dataset["bump_curvature"].values, "floor": 1e-8}
    return panels_figure(
        128,
        [
            Panel(descent_on_surface, (16, 9, 69, 44), "Loss at c = −1, d = 0", surface),
            Panel(lines_over_steps, (107, 9, 69, 44), "Descent of a and b", plane),
            Panel(lines_over_steps, (16, 72, 69, 44), "Descent of a, b, c and d", four),
            Panel(eigenvalue_panel, (107, 72, 69, 44), "Curvature where it ends", values),
        ],
    )
