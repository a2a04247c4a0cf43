"""Losses of full-batch methods against what they cost, and ratios of costs with intervals."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.style import GREY, INK, PALETTE, RC, WIDTH, add_axes, new_figure
from spikesampler.studies.valizadeh_2022.costs import (
    ARMS,
    AXES,
    PAIRS,
    cost_of_epoch,
    levels_in,
    ratio,
)

__all__ = ["COLORS", "loss_panel", "losses_figure", "number_ticks", "ratios_figure", "ratios_panel"]

AXIS = {
    "epochs": "Epochs",
    "updates": "Layer updates",
    "operations": "Operations (flop)",
    "seconds": "Time (s)",
}
COLORS = {
    "gradient_descent": INK,
    "layer_scaled": PALETTE[1],
    "position_wise": PALETTE[0],
    "momentum": PALETTE[2],
    "adam": PALETTE[3],
}
GUESS = {"color": "#D55E00", "lw": 0.8, "ls": (0, (1, 1))}
LOSSES = np.array([0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 30, 50])  #: ticks


def line_style(arm: str) -> dict[str, Any]:
    """Colour of the method, dashes where its rate was tuned."""
    return {"color": COLORS[arm.split(",")[0]], "ls": (0, (3, 1.2)) if "," in arm else "-"}


def number_ticks(axis: Any, ticks: Iterable[float], low: float, high: float) -> None:
    """Those ticks that lie inside, as plain numbers, on a logarithmic axis."""
    ticks = [tick for tick in ticks if low < tick < high]
    axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.axes.minorticks_off()


def losses_figure(dataset: xr.Dataset) -> Figure:
    """Median loss over starts against what it cost on four axes, both logarithmic, a row per task.

    Thin lines: losses that methods were stopped at. Dotted: that of the best guess that looks at no
    image.
    """
    height = 14 + 44 * dataset.sizes["task"]
    with rc_context(RC):
        fig = new_figure(height)
        for i, name in enumerate(dataset["task"].values):
            top, title = 18 + 44 * i, f"{'abcdefghij'[i]}   {name}"
            fig.text(11 / WIDTH, 1 - (top - 3.5) / height, title, fontsize=8, va="center")
            for j, axis in enumerate(AXES):
                ax = add_axes(fig, 12 + 43 * j, top, 37, 28, label=f"{name} {axis}")
                loss_panel(ax, dataset.sel(task=name), axis)
                if j == 0:
                    ax.set_ylabel("Loss, median over starts")
        axes = fig.axes[0]
        handles = [
            axes.plot([], [], lw=1.2, label=arm.replace("_", " "), **line_style(arm))[0]
            for arm in ARMS
        ]
        handles.append(axes.axhline(np.nan, label="guess", **GUESS))
        _legend(fig, handles, 8, ncols=5, columnspacing=1.2, handlelength=2.2)
    return fig


def loss_panel(ax: Axes, task: xr.Dataset, axis: str) -> None:
    """Median loss against cost on one axis; nothing is drawn after the first start that ended."""
    levels, losses = levels_in(task).values(), task["loss"].values
    for level in levels:
        ax.axhline(level, color="#c8c8c8", lw=0.6, zorder=0)
    ax.axhline(float(task["guess"]), zorder=0, **GUESS)
    for arm in ARMS:
        loss = task["loss"].sel(arm=arm).values
        cost = cost_of_epoch(task, axis, arm) * task["epoch"].values
        known = np.isfinite(loss).all(axis=0) & (cost > 0)
        # layer-scaled is seen below position-wise, with which it often goes
        width = 2.2 if arm == "layer_scaled" else 1.0
        ax.plot(cost[known], np.median(loss[:, known], axis=0), lw=width, **line_style(arm))
    bottom, top = max(np.nanmin(losses), 0.3 * min(levels)), np.nanmax(losses) * 1.1
    ax.set(xscale="log", yscale="log", xlabel=AXIS[axis], ylim=(bottom / 1.1, top))
    number_ticks(ax.yaxis, LOSSES, bottom, top)


def _legend(fig, handles, left, **style):
    """Above all panels, from `left` mm on."""
    fig.legend(handles=handles, loc="upper left", bbox_to_anchor=(left / WIDTH, 1), **style)


def ratios_panel(ax: Axes, rows: Sequence[Sequence[float]], names: Sequence[str]) -> None:
    """Ratios with intervals as dots on a logarithmic axis: rows (row, (mean, low, high)), nan where
    there is none.
    """
    ax.axvline(1, color=GREY, lw=0.8)
    for y, (mean, low, high) in enumerate(rows):
        style = _marker(names[y])
        ax.hlines(y, low, high, color=style["color"], lw=1.1)
        ax.plot(mean, y, "o", mew=1, **style)
    ax.set(xscale="log", ylim=(len(rows) - 0.5, -0.5), yticks=[])


def _marker(arm):
    """A dot in the method's colour, hollow where its rate was tuned."""
    color = COLORS[arm.split(",")[0]]
    return {"color": color, "mfc": "white" if "," in arm else color, "ms": 4}


def ratios_figure(dataset: xr.Dataset) -> Figure:
    """What gradient descent and the controls need, over what position-wise needs, where two starts
    or more say so: a row per task and level, a column per axis. An interval that is open, as some
    never arrive, goes to the edge.
    """
    rows, names = _ratios(dataset), [first for first, _ in PAIRS]
    inside = np.array(list(rows.values()), float)
    inside = inside[np.isfinite(inside) & (inside > 0)]
    limits = inside.min(initial=0.8) / 1.15, inside.max(initial=1.25) * 1.15
    ticks = (0.2, 0.5, 1, 2) if limits[1] < 30 * limits[0] else (0.01, 0.1, 1, 10)
    row_height = 3.2 * len(names) + 5
    height = 24 + row_height * len(rows)
    with rc_context(RC):
        fig = new_figure(height)
        for i, (label, values) in enumerate(rows.items()):
            top = 15 + row_height * i
            middle = 1 - (top + row_height / 2 - 2.5) / height
            fig.text(4 / WIDTH, middle, label, fontsize=7, va="center")
            for j, axis in enumerate(AXES):
                ax = add_axes(fig, 60 + 30 * j, top, 27, row_height - 5, label=f"{label} {axis}")
                ratios_panel(ax, [np.clip(cells[j], *limits) for cells in values], names)
                ax.set_xlim(*limits)
                number_ticks(ax.xaxis, ticks, *limits)
                if i == 0:
                    ax.set_title(AXIS[axis].split(" (")[0], fontsize=7.5)
        title = "Needed / needed by position-wise"
        fig.text(116 / WIDTH, 3 / height, title, ha="center")
        handles = [
            fig.axes[0].plot([], [], "o-", lw=1, label=name.replace("_", " "), **_marker(name))[0]
            for name in names
        ]
        _legend(fig, handles, 54, ncols=3, columnspacing=1.5)
    return fig


def _ratios(dataset):
    """{task and loss: (pair, axis, (mean, low, high))}, without rows of nan unless all are."""
    rows = {}
    for name in dataset["task"].values:
        task = dataset.sel(task=name)
        for level, loss in levels_in(task).items():
            rows[f"{name}\nto a loss of {loss:.4g}"] = [
                [ratio(task, level, arms, axis)[:3] for axis in AXES] for arms in PAIRS
            ]
    return {label: cells for label, cells in rows.items() if np.isfinite(cells).any()} or rows
