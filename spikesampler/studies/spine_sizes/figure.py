"""Sizes of synapses drawn: distributions, memory, and who stays, each with its law as a line."""

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.style import GREY, INK, PALETTE, RC, add_axes, add_text, new_figure
from spikesampler.stats.intervals import SHARE, mean_bands
from spikesampler.studies.spine_sizes.plan import (
    CONDITIONS,
    CONTROLS,
    law_of,
    seconds_apart,
    threshold,
)
from spikesampler.studies.spine_sizes.rules import expected

__all__ = ["sizes_figure"]

COLOR_OF = dict(zip(CONDITIONS, PALETTE))
HOT_OF = {cold: hot for hot, cold in CONTROLS.items()}
UNIT = {"kesten": (1.0, "s"), "heavy tail": (1.0, "s"), "log-normal": (86400.0, "days")}


def sizes_figure(dataset: xr.Dataset) -> Figure:
    """A row for each condition: distribution of sizes, autocorrelation, survival."""
    with rc_context(RC):
        fig = new_figure(14 + 52 * len(CONDITIONS))
        for row, name in enumerate(CONDITIONS):
            top = 14 + 52 * row
            add_text(fig, 14, top - 8, f"{'abc'[row]}   {name}")
            draw = (_distribution, _memory, _survival)
            for column, one in enumerate(draw):
                ax = add_axes(fig, 16 + 58 * column, top, 42, 32, label=f"{name} {one.__name__}")
                one(ax, dataset, name)
    return fig


def _distribution(ax: Axes, dataset: xr.Dataset, name: str) -> None:
    """Share of larger sizes, of all seeds together; grey: at twice the temperature."""
    law, unit = law_of(name), 2 * threshold(name)
    for one, color, label in (
        (HOT_OF.get(name), GREY, "2 T"),
        (name, COLOR_OF[name], "simulated"),
    ):
        if one is None:
            continue
        found = np.sort(dataset["quantiles"].sel(condition=one).values.ravel())
        larger = 1 - (np.arange(len(found)) + 0.5) / len(found)
        some = slice(None, None, max(len(found) // 60, 1))
        ax.plot(found[some] / unit, larger[some], "o", color=color, ms=2, mew=0, label=label)
    size = np.linspace(*np.quantile(dataset["quantiles"].sel(condition=name), [0, 1]), 300)
    ax.plot(size / unit, 1 - law.below(size), color=INK, lw=0.9, label="law")
    ax.set_yscale("log")
    ax.set(xlabel="Size over the mean", ylabel="Share of larger ones", ylim=(2e-3, 1.3))
    ax.set_xlim(0, 1.05 * size[-1] / unit)
    ax.legend(loc="upper right")


def _memory(ax: Axes, dataset: xr.Dataset, name: str) -> None:
    values = dataset["correlation"].sel(condition=name).transpose("seed", "lag").values
    _points(ax, name, values, expected(name).correlation)
    of = "log size" if name == "log-normal" else "size"
    ax.set(ylabel=f"Autocorrelation of {of}", ylim=(-0.05, 1.05))


def _survival(ax: Axes, dataset: xr.Dataset, name: str) -> None:
    values = dataset["survival"].sel(condition=name).transpose("seed", "session").values
    _points(ax, name, values, expected(name).survival)
    ax.set(ylabel="Present in all sessions", ylim=(0, 1.05))


def _points(ax: Axes, name: str, values: np.ndarray, law: np.ndarray) -> None:
    """Means over seeds (seed, n) with intervals, beside the law (n,)."""
    factor, unit = UNIT[name]
    time = seconds_apart(name) / factor * np.arange(len(law))
    mean, low, high = mean_bands(values[np.newaxis], within=SHARE)
    color = COLOR_OF[name]
    ax.vlines(time, low[0], high[0], color=color, lw=1)
    ax.plot(time, mean[0], "o", color=color, ms=2.6, mew=0)
    ax.plot(time, law, color=INK, lw=0.9)
    ax.set(xlabel=f"Time ({unit})", xlim=(0, 1.03 * time[-1]))
