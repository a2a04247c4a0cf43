"""Steps against condition number, axis-aligned and rotated, by distance and by loss."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from spikesampler.figures.style import GREY, INK, PALETTE
from spikesampler.studies.optimisation_primer.figures.layout import (
    DASHES,
    DOTS,
    MARKERS,
    Panel,
    panels_figure,
)
from spikesampler.studies.optimisation_primer.numbers import chosen, middle
from spikesampler.studies.optimisation_primer.quadratic import RATES

__all__ = ["condition_figure"]

COLORS = (PALETTE[0], PALETTE[1], INK, PALETTE[2], PALETTE[5], PALETTE[3], PALETTE[6])  # of methods


def steps_over_condition(
    ax: Axes,
    condition: np.ndarray,
    steps: Mapping[str, np.ndarray],
    computed: Mapping[str, np.ndarray],
    budget: int,
    guides: Mapping[str, np.ndarray],
    ylabel: str,
    missed: Mapping[str, float],
    dimensions: int,
) -> None:
    """Steps over κ (n,), {method: (3, n)}: median, low and high over the draws.

    A median that is not reached is nan. computed : {method: (n,) bool}, not stepped but computed,
    drawn open. missed : {method: the place of its row of open triangles, for what is not reached};
    where only some draws are, the bar ends in a triangle. guides : {label: (n,)}, theory, in grey.
    dimensions : steps of conjugate gradients in exact arithmetic
    """
    bottom, top = min(missed.values()) / 2.5, max(missed.values()) * 2.5
    ax.axhspan(bottom, top, color=GREY, alpha=0.13, lw=0)
    ax.text(0.7, np.sqrt(bottom * top), f"not reached\nin {budget} steps", va="center", fontsize=7)
    ax.axhline(budget, color=GREY, lw=0.6, ls=DOTS)
    for values in guides.values():
        ax.plot(condition, values, color=GREY, lw=0.9, zorder=1)
    ax.axhline(dimensions, color=GREY, lw=0.6, ls=DASHES, zorder=1)
    for (name, spread), color, marker in zip(steps.items(), COLORS, MARKERS):
        _method_line(ax, condition, spread, computed[name], budget, color, marker)
        rest = condition[~np.isfinite(spread[0])]
        place = np.full(len(rest), missed.get(name))
        ax.plot(rest, place, "^", mfc="white", mec=color, mew=0.9, ms=4)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.xaxis.set_major_locator(LogLocator(numticks=6))
    ax.set(xlabel="Condition number κ", ylabel=ylabel)
    ax.set(ylim=(0.6, top), xlim=(0.5, 2 * condition[-1]))


def _method_line(ax, condition, spread, computed, budget, color, marker):
    """Median, low and high (3, n) of one method; what is computed is open."""
    median, low, high = spread
    known = np.isfinite(median)
    ends = np.where(np.isinf(high), 4 * budget, high)
    some = known & np.isinf(high)
    stepped, open_ = known & ~computed, known & computed
    ax.plot(condition, median, color=color, lw=0.8)
    ax.vlines(condition[known], low[known], ends[known], color=color, lw=0.9)
    ax.plot(condition[some], ends[some], "^", color=color, mew=0, ms=3)
    ax.plot(condition[stepped], median[stepped], marker, color=color, ms=4, mew=0)
    ax.plot(condition[open_], median[open_], marker, color=color, mfc="white", ms=4, mew=0.9)


def _arrays(dataset: xr.Dataset, orientation: str, measure: str) -> dict:
    condition, names = dataset["condition"].values, dataset["method"].values
    goal = np.log(dataset.attrs["fraction"]) / (2 if measure == "loss" else 1)
    adaptive = reversed(dataset["adaptive"].values)
    return {
        "condition": condition,
        "steps": {
            name: np.where(np.isfinite(spread[0]), spread, np.nan)
            for name, spread in middle(dataset, orientation, measure).items()
        },
        "computed": {
            name: chosen(dataset["computed"], name, orientation, measure).any(axis=1)
            for name in names
        },
        "budget": dataset.attrs["budget"],
        "missed": {name: 2e12 * 5.0**i for i, name in enumerate(adaptive)},
        "dimensions": dataset.attrs["dimensions"],
        "ylabel": f"Steps until the {measure} is 1e-6 of the start's",
        "guides": {
            name: np.array([max(goal / np.log(rate(k)), 1) if k > 1 else 1 for k in condition])
            for name, rate in RATES.items()
        },
    }


def condition_figure(dataset: xr.Dataset) -> Figure:
    """A row per measure, a column per orientation."""
    panels = [
        Panel(
            steps_over_condition,
            (left, top, 72, 68),
            f"{measure.capitalize()}, {heading}",
            _arrays(dataset, orientation, measure),
        )
        for measure, top in (("distance", 9), ("loss", 94))
        for orientation, left, heading in (
            ("aligned", 13, "axis-aligned"),
            ("rotated", 104, "rotated"),
        )
    ]
    return panels_figure(186, panels, dict(zip(dataset["method"].values, COLORS)))
