"""Ratios of costs of full-batch methods against the depth of the network."""

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.style import GREY, RC, WIDTH, add_axes, new_figure
from spikesampler.studies.valizadeh_2022.depth_data import CONTROLS, ratios
from spikesampler.studies.valizadeh_2022.figures import COLORS, number_ticks

__all__ = ["depth_figure", "depth_panel"]

SETTINGS, COSTS = ("one rate", "best rates"), ("epochs", "operations")


def depth_figure(dataset: xr.Dataset) -> Figure:
    """What the controls need, over what position-wise needs, against depth: a row of panels per
    shape of the network.
    """
    needed, depths = ratios(dataset), dataset["depth"].values
    shapes = dataset["shape"].values
    height = 18 + 56 * len(shapes)
    limits = np.array([0.8, 1.25, *needed[..., 1:3].ravel()])
    limits = limits[np.isfinite(limits) & (limits > 0)]  # open where some never arrive
    limits = limits.min() / 1.1, limits.max() * 1.1
    with rc_context(RC):
        fig = new_figure(height)
        for i, shape in enumerate(shapes):
            top, title = 22 + 56 * i, f"{'ab'[i]}   {shape}"
            for setting, cost in np.ndindex(len(SETTINGS), len(COSTS)):
                what = f"{SETTINGS[setting]}: {COSTS[cost]}"
                left = 14 + 43 * (2 * setting + cost)
                ax = add_axes(fig, left, top, 33, 34, label=f"{shape} {what}")
                depth_panel(ax, depths, np.clip(needed[i, :, :, setting, cost, :3], *limits))
                ax.set(ylim=limits, xlabel="Hidden layers")
                ax.set_title(what, fontsize=7.5)
                number_ticks(ax.yaxis, (0.2, 0.5, 1, 2, 5, 10), *limits)
            fig.axes[4 * i].set_ylabel("Cost / position-wise's")
            fig.text(4 / WIDTH, 1 - (top - 8) / height, title, fontsize=8, va="center")
        handles = fig.axes[0].get_legend_handles_labels()
        fig.legend(*handles, loc="upper left", ncols=2, bbox_to_anchor=(10 / WIDTH, 1))
    return fig


def depth_panel(ax: Axes, depths: np.ndarray, ratios: np.ndarray) -> None:
    """Ratios (depth, control, (mean, low, high)) against the number of hidden layers."""
    ax.axhline(1, color=GREY, lw=0.8)
    for k, name in enumerate(CONTROLS):
        mean, low, high = ratios[:, k].T
        beside, color = np.asarray(depths) + 0.12 * (k - 0.5), COLORS[name]
        ax.vlines(beside, low, high, color=color, lw=1)
        label = name.replace("_", " ")
        ax.plot(beside, mean, "o-", color=color, ms=3.5, mew=0, lw=1, label=label)
    ax.set(yscale="log", xticks=depths)
