"""The general network drawn: courses from both starts, and every arm against none."""

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.style import GREY, INK, PALETTE, RC, add_axes, add_text, new_figure
from spikesampler.stats.intervals import CHANGE, SHARE, mean_bands, mean_interval
from spikesampler.studies.fang_2018.rate_network_plan import NOISES, TEMPERATURES, Cell
from spikesampler.studies.fang_2018.rate_network_rules import accuracy, left

__all__ = ["rates_figure"]

COLOR_OF = {"none": INK} | dict(zip(NOISES, PALETTE))
SHOWN = TEMPERATURES[-2]  #: T of the courses


def rates_figure(dataset: xr.Dataset) -> Figure:
    """Courses of the training loss and the test accuracy, and differences to none over T."""
    with rc_context(RC):
        fig = new_figure(132)
        for column, start in enumerate(("usual", "small")):
            left_edge = 16 + 88 * column
            add_text(fig, left_edge, 5, f"{'ab'[column]}   Start {start}, T = {SHOWN:g}")
            ax = add_axes(fig, left_edge, 16, 72, 40, label=f"course {start}")
            _courses(ax, dataset, start)
        add_text(fig, 16, 72, "c   Test accuracy less that of none, start usual")
        _differences(add_axes(fig, 16, 80, 72, 40, label="gain"), dataset)
        add_text(fig, 104, 72, "d   Steps to leave the saddle, start small")
        _steps(add_axes(fig, 104, 80, 72, 40, label="steps"), dataset)
    return fig


def _courses(ax: Axes, dataset: xr.Dataset, start: str) -> None:
    cells = [Cell("none", 0.0), *(Cell(noise, SHOWN) for noise in NOISES)]
    of = dataset["test_accuracy"].sel(start=start, batch="some").transpose("arm", "seed", "probe")
    steps = dataset["probe"].values
    for cell in cells:
        values = of.sel(arm=cell.label).values.astype(float)
        mean, low, high = (band[0] for band in mean_bands(values[np.newaxis], within=SHARE))
        ax.fill_between(steps, low, high, color=COLOR_OF[cell.noise], alpha=0.18, lw=0)
        ax.plot(steps, mean, color=COLOR_OF[cell.noise], label=cell.noise)
    ax.set(xlabel="Step", ylabel="Test accuracy", xlim=(0, steps[-1]), ylim=(0, 1.02))
    place = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1.0), "borderaxespad": 0.2}
    ax.legend(ncols=3, **place)


def _differences(ax: Axes, dataset: xr.Dataset) -> None:
    none = accuracy(dataset, "none", "usual")
    for place, noise in enumerate(NOISES):
        for T in TEMPERATURES:
            values = accuracy(dataset, Cell(noise, T).label, "usual") - none
            mean, low, high = mean_interval(values, within=CHANGE)[:3]
            x = T * 10 ** (0.09 * (place - 1.5))
            ax.vlines(x, low, high, color=COLOR_OF[noise], lw=1.2)
            ax.plot(x, mean, "o", color=COLOR_OF[noise], ms=3, mew=0)
    ax.axhline(0, color=GREY, lw=0.8)
    ax.set_xscale("log")
    ax.set(xlabel="Temperature T", ylabel="Difference of accuracy")


def _steps(ax: Axes, dataset: xr.Dataset) -> None:
    none = mean_interval(left(dataset, "none"))
    ax.axhspan(none[1], none[2], color=INK, alpha=0.15, lw=0)
    ax.axhline(none[0], color=INK, lw=0.9)
    for place, noise in enumerate(NOISES):
        for T in TEMPERATURES:
            mean, low, high = mean_interval(left(dataset, Cell(noise, T).label))[:3]
            x = T * 10 ** (0.09 * (place - 1.5))
            ax.vlines(x, low, high, color=COLOR_OF[noise], lw=1.2)
            ax.plot(x, mean, "o", color=COLOR_OF[noise], ms=3, mew=0)
    ax.set_xscale("log")
    ax.set_ylim(0, None)
    ax.set(xlabel="Temperature T", ylabel="Steps")
