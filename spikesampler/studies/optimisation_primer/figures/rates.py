"""Rates of gradient descent and the heavy ball, and conjugate gradients."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.style import GREY, PALETTE
from spikesampler.studies.optimisation_primer.figures.layout import (
    DASHES,
    DOTS,
    MARKERS,
    Panel,
    panels_figure,
)
from spikesampler.studies.optimisation_primer.quadratic import RATES

__all__ = ["rates_figure"]

CONDITIONS = (1e1, 1e2, 1e4, 1e6, 1e10)  # of the conjugate gradients that are drawn


def measured_rates(
    ax: Axes,
    condition: np.ndarray,
    measured: Mapping[str, np.ndarray],
    theory: Mapping[str, np.ndarray],
    line: np.ndarray,
) -> None:
    """−log rate per step over κ: measured {method: (n,)}; theory {method: (m,)} on line (m,)."""
    for (label, values), marker, color in zip(measured.items(), MARKERS, PALETTE):
        ax.plot(line, theory[label], color=color, lw=0.9)
        ax.plot(condition, values, marker, color=color, ms=4.5, mew=0, label=label)
    ax.plot([], [], color=GREY, lw=0.9, label="theory")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set(xlabel="Condition number κ", ylabel="−log rate (per step)")
    ax.legend(loc="lower left", borderaxespad=0.2)


def conjugate_curves(
    ax: Axes, k: np.ndarray, curves: Mapping[str, np.ndarray], dimensions: int, fraction: float
) -> None:
    """Distance over that at the start, {label: (n_draw, n_k)}, all draws; exact: `dimensions`
    steps.
    """
    ax.axvline(dimensions, color=GREY, lw=0.9, ls=DOTS)
    ax.axhline(fraction, color=GREY, lw=0.9, ls=DASHES)
    colors = (PALETTE[4], PALETTE[0], PALETTE[3], PALETTE[5], PALETTE[8])
    for (label, draws), color in zip(curves.items(), colors):
        for i, draw in enumerate(np.maximum(draws, 1e-16)):
            ax.plot(k, draw, color=color, lw=0.8, label=label if i == 0 else None)
    ax.set_yscale("log")
    ax.set(xlabel="Step k", ylabel="Distance / distance at the start")
    ax.set(ylim=(1e-16, 5), xlim=(0, k[-1]))
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1), borderaxespad=0)


def rates_figure(dataset: xr.Dataset) -> Figure:
    """Rates by condition, and conjugate gradients on rotated problems."""
    names, conditions = dataset["linear_method"].values, dataset["rate_condition"].values
    line = np.geomspace(5, 2 * conditions[-1], 100)
    rates = {
        "condition": conditions,
        "line": line,
        "measured": dict(zip(names, -dataset["log_rate"].values[0])),
        "theory": {name: np.array([-np.log(RATES[name](k)) for k in line]) for name in names},
    }
    curves = dataset["conjugate"].sel(orientation="rotated").values
    conjugate = {
        "k": np.arange(curves.shape[-1]),
        "dimensions": dataset.attrs["dimensions"],
        "fraction": dataset.attrs["fraction"],
        "curves": {
            f"κ = $10^{{{np.log10(condition):.0f}}}$": draws
            for condition, draws in zip(dataset["condition"].values, curves)
            if condition in CONDITIONS
        },
    }
    heading = "Rates, 200 to 400 time constants after the start"
    return panels_figure(
        68,
        [
            Panel(measured_rates, (15, 9, 70, 46), heading, rates),
            Panel(conjugate_curves, (105, 9, 54, 46), "Conjugate gradients, rotated", conjugate),
        ],
    )
