"""Sharpness times step, against r and along training."""

from itertools import product

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.figure import Figure

from spikesampler.figures.style import INK, PALETTE, RC, WIDTH, add_axes, new_figure
from spikesampler.studies.kulikovskikh_2021.edge_data import ARMS, SIGMOID
from spikesampler.studies.kulikovskikh_2021.edge_measures import EDGE

__all__ = ["edge_course_figure", "edge_figure", "rising_figure"]

FLOOR = 1e-3  #: what is below is drawn here
#: no harvest, harvest from T = 1 on, three of it from T = 0 on, sigmoid
COLORS = dict(
    zip(ARMS, (PALETTE[2], PALETTE[0], PALETTE[4], PALETTE[3], PALETTE[6], INK), strict=True)
)


def _line(arm):
    return "--" if arm == SIGMOID else "-"


def _grid(dataset, columns, xlabel, ylabel):
    """A figure with a row of panels per task: (figure, (row, column, axes) of each)."""
    tasks = dataset["task"].values
    height = 12 + 41 * len(tasks)
    fig = new_figure(height)
    for (i, task), (j, column) in product(enumerate(tasks), enumerate(columns)):
        ax = add_axes(fig, 20 + 41 * j, 13 + 41 * i, 34, 29, label=f"{task} {column}")
        if i == 0:
            ax.set_title(column, fontsize=7.5, pad=3)
        if i == len(tasks) - 1:
            ax.set_xlabel(xlabel)
        if j == 0:
            ax.set_ylabel(ylabel)
            middle = 1 - (13 + 41 * i + 14.5) / height
            style = {"rotation": 90, "ha": "center", "va": "center", "fontsize": 7.5}
            fig.text(3.5 / WIDTH, middle, task, **style)
    handles = [
        fig.axes[0].plot([], [], lw=1.4, label=arm, color=COLORS[arm], ls=_line(arm))[0]
        for arm in dataset["arm"].values
    ]
    fig.legend(handles=handles, loc="upper left", ncols=6, bbox_to_anchor=(14 / WIDTH, 1))
    return fig, ((*divmod(k, len(columns)), ax) for k, ax in enumerate(fig.axes))


def edge_figure(dataset: xr.Dataset) -> Figure:
    """η λ/2 late in training against r: a row per task, columns of mode and step."""
    return _against_growth(dataset, "edge", "η λ/2", logarithmic=True)


def rising_figure(dataset: xr.Dataset) -> Figure:
    """Shares of epochs at which the loss rises, in the same places."""
    return _against_growth(dataset, "rising", "Loss rises (share of epochs)", logarithmic=False)


def _against_growth(dataset, name, ylabel, logarithmic):
    """Medians and quartiles over runs against r; a logarithmic one see `_at_the_edge`."""
    over = ("task", "mode", "rate", "arm", "run", "r")
    values = dataset[name].transpose(*over).values
    quartiles = np.nanquantile(values, [0.5, 0.25, 0.75], axis=-2)
    quartiles = np.maximum(quartiles, FLOOR) if logarithmic else quartiles
    growth, arms = dataset["r"].values, dataset["arm"].values
    places = list(product(dataset["mode"].values, dataset["rate"].values))
    columns = [f"{mode}, η = {rate:g}" for mode, rate in places]
    with rc_context(RC):
        fig, panels = _grid(dataset, columns, "Growth rate r", ylabel)
        for i, j, ax in panels:
            cells = quartiles[:, i, *divmod(j, dataset.sizes["rate"])]  # (bound, arm, r)
            for k, arm in enumerate(arms):
                beside = growth * 1.04 ** (k - (len(arms) - 1) / 2)
                middle, low, high = cells[:, k]
                ax.vlines(beside, low, high, color=COLORS[arm], lw=0.9)
                marker = ("s" if arm == SIGMOID else "o") + _line(arm)
                ax.plot(beside, middle, marker, color=COLORS[arm], ms=2.6, mew=0, lw=0.9)
            ax.set_xscale("log")
            ax.set_xticks(growth, [f"{r:.3g}" for r in growth])
            if logarithmic:
                _at_the_edge(ax, quartiles, j == 0)
            else:
                ax.set_ylim(-0.02, max(0.5, np.nanmax(quartiles)) + 0.03)
            ax.minorticks_off()
    return fig


def _at_the_edge(ax, values, first):
    """The band, and a logarithmic axis from FLOOR on, named in the first column."""
    ax.axhspan(*EDGE, color="#dadada", lw=0, zorder=0)
    ax.set_yscale("log")
    ax.set_ylim(0.75 * FLOOR, max(2.0, np.nanmax(values) * 1.3))
    ticks = [FLOOR, *(10.0**n for n in range(round(np.log10(FLOOR)) + 1, 2))]
    ticks = [tick for tick in ticks if tick <= ax.get_ylim()[1]]
    ax.set_yticks(ticks, [f"≤{FLOOR:g}" if first else "", *(f"{tick:g}" for tick in ticks[1:])])


def edge_course_figure(dataset: xr.Dataset) -> Figure:
    """η λ/2 along training on the whole set, median and quartiles over runs: a row per task,
    columns of step and r.
    """
    courses, epoch = np.maximum(dataset["course"], FLOOR), dataset["epoch"].values
    places = np.maximum(epoch, epoch[1] / 3)  # a logarithmic axis has no 0
    powers = [n for n in range(1, 6) if places[0] * 2 < 10**n <= epoch[-1]]
    ticks, labels = [places[0], *(10.0**n for n in powers)], ["0", *(f"$10^{n}$" for n in powers)]
    cells = list(product(dataset["rate"].values, dataset["r"].values[-3::2]))
    courses = [courses.sel(rate=rate, r=r) for rate, r in cells]
    with rc_context(RC):
        columns = [f"η = {rate:g}, r = {r:g}" for rate, r in cells]
        fig, panels = _grid(dataset, columns, "Epoch", "η λ/2")
        for i, j, ax in panels:
            for k, arm in enumerate(dataset["arm"].values):
                middle, low, high = courses[j].values[i, k]
                ax.fill_between(places, low, high, color=COLORS[arm], alpha=0.15, lw=0)
                ax.plot(places, middle, color=COLORS[arm], lw=1.0, ls=_line(arm))
            _at_the_edge(ax, courses, j == 0)
            ax.set_xscale("log")
            ax.set_xticks(ticks, labels)
            ax.minorticks_off()
    return fig
