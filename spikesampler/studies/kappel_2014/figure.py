"""Sequences drawn: learning curves, every run's test, and what lateral synapses have learnt."""

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.style import GREY, INK, PALETTE, RC, add_axes, add_text, new_figure
from spikesampler.stats.intervals import SHARE, mean_bands, mean_interval
from spikesampler.studies.kappel_2014.plan import CONDITIONS

__all__ = ["sequences_figure"]

SHOWN = ("lateral", "no lateral", "short lag", "four outputs")
COLOR_OF = {"lateral": INK} | dict(zip([name for name in CONDITIONS if name != "lateral"], PALETTE))


def sequences_figure(dataset: xr.Dataset) -> Figure:
    """Accuracy over time, at the end of every run, and exp(w)/c of lateral synapses by states."""
    with rc_context(RC):
        fig = new_figure(84)
        add_text(fig, 14, 5, "a   Learning")
        add_text(fig, 82, 5, "b   Test, every run")
        add_text(fig, 148, 5, "c   Lateral, exp(w)/c")
        _curves(add_axes(fig, 14, 18, 54, 42, label="curves"), dataset)
        _tests(add_axes(fig, 82, 18, 46, 42, label="tests"), dataset)
        _learnt(add_axes(fig, 156, 18, 22, 22, label="learnt"), dataset)
    return fig


def _bounds(ax: Axes, dataset: xr.Dataset, named: bool = False) -> None:
    """Lines for the best that is possible; named : at their right."""
    for name, said in (
        ("memoryless", "best without\nmemory"),
        ("remembering", "best with\nmemory"),
    ):
        level = float(dataset[name].sel(condition="lateral").mean())
        ax.axhline(level, color=GREY, lw=0.8, ls=(0, (1, 1.5)))
        if named:
            place = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points"}
            look = {"fontsize": 6.5, "color": "#5f5f5f", "ha": "left", "va": "center"}
            ax.annotate(said, (1, level), (2, 0), **place, **look)


def _curves(ax: Axes, dataset: xr.Dataset) -> None:
    time = dataset["probe"].values
    for name in SHOWN:
        of = dataset["probe_accuracy"].sel(condition=name).transpose("seed", "probe")
        mean, low, high = (band[0] for band in mean_bands(of.values[np.newaxis], within=SHARE))
        ax.fill_between(time, low, high, color=COLOR_OF[name], alpha=0.18, lw=0)
        ax.plot(time, mean, color=COLOR_OF[name], label=name)
    _bounds(ax, dataset)
    place = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1.0), "borderaxespad": 0.2}
    ax.legend(ncols=2, **place)
    ax.set(xlabel="Biological time (s)", ylabel="Accuracy", xlim=(0, time[-1]), ylim=(0, 1.05))


def _tests(ax: Axes, dataset: xr.Dataset) -> None:
    for place, name in enumerate(CONDITIONS):
        values = dataset["test_accuracy"].sel(condition=name).values
        spread = place + np.linspace(-0.18, 0.18, len(values))
        ax.plot(spread, values, "o", color=COLOR_OF[name], ms=2.2, mew=0, alpha=0.6)
        mean, low, high = mean_interval(values, within=SHARE)[:3]
        ax.vlines(place, low, high, color=COLOR_OF[name], lw=1.4)
        ax.plot([place - 0.25, place + 0.25], [mean, mean], color=COLOR_OF[name], lw=1.4)
    _bounds(ax, dataset, named=True)
    ax.set_xticks(range(len(CONDITIONS)), [*CONDITIONS], rotation=40, ha="right")
    ax.set(ylabel="Accuracy", xlim=(-0.6, len(CONDITIONS) - 0.4), ylim=(0, 1.05))


def _learnt(ax: Axes, dataset: xr.Dataset) -> None:
    values = dataset["heard"].values
    ax.imshow(values, cmap="Blues", vmin=0, vmax=max(float(values.max()), 1e-9))
    for state, before in np.ndindex(values.shape):
        value = values[state, before]
        color = "white" if value > 0.6 * values.max() else INK
        ax.text(before, state, f"{value:.2f}", ha="center", va="center", fontsize=6, color=color)
    ax.set(xticks=range(4), yticks=range(4), xlabel="from state", ylabel="to state")
