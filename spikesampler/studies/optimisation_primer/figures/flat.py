"""A plateau, and the steps that it and a saddle take to leave."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.style import GREY, INK, PALETTE
from spikesampler.studies.optimisation_primer.figures.layout import (
    DOTS,
    MARKERS,
    Panel,
    panels_figure,
)

__all__ = ["flat_figure"]


def plateau_profile(
    ax: Axes, c: np.ndarray, loss: np.ndarray, start: tuple[float, float], level: float
) -> None:
    """The bump's loss over c; start (c, loss), level: where the plateau is said to be left."""
    ax.plot(c, loss, color=PALETTE[0])
    ax.axhline(level, color=GREY, lw=0.9, ls=DOTS, label="left, half-way down")
    ax.plot(*start, "o", color=INK, ms=4, mew=0, label="start")
    ax.set(xlabel="c, place of the bump", ylabel="Loss")
    ax.set(ylim=(0, 1.45 * loss.max()), xlim=(c[0], c[-1] + 0.2))
    ax.legend(loc="upper left", borderaxespad=0.2)


def steps_over_rate(
    ax: Axes,
    step: np.ndarray,
    measured: Mapping[str, np.ndarray],
    theory: Mapping[str, np.ndarray],
    budget: int,
) -> None:
    """Steps needed over step sizes (n,): measured and theory {label: (n,)}; −1 is drawn open, at
    the budget.
    """
    for (label, values), marker, color in zip(measured.items(), MARKERS, PALETTE):
        known = values >= 0
        missed = np.full((~known).sum(), budget)
        ax.plot(step, theory[label], color=color, lw=0.9)
        ax.plot(step[known], values[known], marker, color=color, ms=4, mew=0, label=label)
        ax.plot(step[~known], missed, marker, mfc="white", mec=color, ms=4)
    ax.plot([], [], color=GREY, lw=0.9, label="theory")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set(xlabel="Step α (1/curvature)", ylabel="Steps to leave")
    ax.set_ylim(None, 40 * max(values.max() for values in measured.values()))
    ax.legend(loc="upper right", borderaxespad=0.2, ncols=2, columnspacing=1)


def _steps_to_leave(dataset: xr.Dataset, place: str) -> dict:
    labels = [f"β = {beta:g}" for beta in dataset["momentum_value"].values]
    return {
        "step": dataset[f"{place}_step"].values,
        "measured": dict(zip(labels, dataset[f"{place}_steps"].values.T)),
        "theory": dict(zip(labels, dataset[f"{place}_theory"].values.T)),
        "budget": dataset.attrs["flat_budget"],
    }


def flat_figure(dataset: xr.Dataset) -> Figure:
    """The plateau, and the steps at both flat places."""
    c, loss, level = (dataset[f"plateau_{name}"].values for name in ("c", "loss", "level"))
    profile = {"c": c, "loss": loss, "start": (c[-1], loss[-1]), "level": float(level)}
    plateau, saddle = (_steps_to_leave(dataset, place) for place in ("plateau", "saddle"))
    return panels_figure(
        64,
        [
            Panel(plateau_profile, (13, 9, 43, 43), "A plateau", profile),
            Panel(steps_over_rate, (73, 9, 43, 43), "Steps to leave it", plateau),
            Panel(steps_over_rate, (133, 9, 43, 43), "Steps to leave a saddle", saddle),
        ],
    )
