"""Momentum and transmission noise drawn: escapes from the plateau, and accuracies from `prior`."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.arms import arm_colors
from spikesampler.figures.learning_curves import learning_curves
from spikesampler.figures.style import RC, add_axes, add_text, new_figure
from spikesampler.stats.intervals import SHARE, mean_bands, mean_interval
from spikesampler.studies.fang_2018.arms_plan import PLATEAU, dataset_name, escapes_known
from spikesampler.studies.fang_2018.structure_plan import late_means

__all__ = ["curves_figure", "runs_figure"]

Datasets = Mapping[str, xr.Dataset]
COLOR_OF = dict(zip(PLATEAU, arm_colors([*PLATEAU])))
#: what a panel shows: arms whose names begin so, beside `none` and `constant`
KINDS = {"Momentum": ("momentum",), "Release and synaptic noise": ("release", "weight")}


def curves_figure(datasets: Datasets) -> Figure:
    """Probe accuracy over time: a row for each start, a panel for each kind of noise."""
    with rc_context(RC):
        fig = new_figure(150)
        for row, start in enumerate(("plateau", "prior")):
            dataset = datasets[dataset_name(start)]
            for column, (kind, begins) in enumerate(KINDS.items()):
                arms = [
                    arm
                    for arm in map(str, dataset["arm"].values)
                    if arm in ("none", "constant") or arm.startswith(begins)
                ]
                left, top = 14 + 88 * column, 30 + 60 * row
                ax = add_axes(fig, left, top, 74, 42, label=f"{start} {kind}")
                of = dataset["probe_accuracy"].sel(arm=arms).transpose("arm", "seed", "probe")
                bands = mean_bands(of, within=SHARE)
                colors = [COLOR_OF[arm] for arm in arms]
                chance = float(dataset.attrs["chance"])
                time = dataset["probe"].values
                learning_curves(ax, time, *bands, arms, chance=chance, colors=colors)
                add_text(fig, left, top - 4, f"{kind}, from {start}")
                if row == 0:
                    _legend(fig, ax, column)
    return fig


def _legend(fig: Figure, ax: Axes, column: int) -> None:
    """The arms of a column, above it."""
    handles, names = ax.get_legend_handles_labels()
    place = {"loc": "upper left", "bbox_to_anchor": (column / 2 + 0.04, 1.0)}
    fig.legend(handles, names, ncols=2, **place)


def runs_figure(datasets: Datasets) -> Figure:
    """Time to escape and accuracy over the last 2000 s of every run, arm by arm, with intervals."""
    plateau, prior = (datasets[dataset_name(start)] for start in ("plateau", "prior"))
    late = late_means(prior)
    with rc_context(RC):
        fig = new_figure(88)
        ax = add_axes(fig, 16, 12, 72, 42, label="escape")
        if escapes_known(plateau):
            _columns(ax, plateau["escape_seconds"], plateau)
        last = float(plateau["probe"][-1])
        ax.set(ylim=(0, 1.05 * last), ylabel="Time to escape (s)")
        add_text(fig, 16, 6, f"From plateau; {last:g} s: still there at the end")
        ax = add_axes(fig, 104, 12, 72, 42, label="accuracy")
        _columns(ax, late, prior)
        ax.set(ylabel="Accuracy, last 2000 s")
        add_text(fig, 104, 6, "From prior")
    return fig


def _columns(ax: Axes, values: xr.DataArray, dataset: xr.Dataset) -> None:
    """Runs of each arm as points, beside their mean with its interval."""
    arms = [str(arm) for arm in dataset["arm"].values]
    for place, arm in enumerate(arms):
        of, color = values.sel(arm=arm).values, COLOR_OF[arm]
        spread = np.linspace(-0.2, 0.2, len(of))
        ax.plot(place + spread, of, "o", color=color, ms=2.2, mew=0, alpha=0.6)
        mean, low, high = mean_interval(of)[:3]
        ax.vlines(place, low, high, color=color, lw=1.4)
        ax.plot([place - 0.28, place + 0.28], [mean, mean], color=color, lw=1.4)
    ax.set_xticks(range(len(arms)), arms, rotation=50, ha="right")
    ax.set_xlim(-0.6, len(arms) - 0.4)
