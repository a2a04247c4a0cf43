"""Reward instead of a teacher, drawn: learning curves, and synapses that come and go."""

from collections.abc import Sequence

import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.learning_curves import levels
from spikesampler.figures.style import GREY, PALETTE, RC, add_axes, add_text, new_figure
from spikesampler.stats.intervals import SHARE, mean_bands

__all__ = ["curves_figure", "synapses_figure"]

#: a panel each: heading, and what is drawn in it
PANELS = (
    ("Reward, and controls", ("teacher", "reward", "random", "none")),
    ("Temperature, and no jump", ("reward", "T0", "T1", "smooth")),
    ("Reward that comes later", ("reward", "delay_1", "delay_2", "delay_5")),
    ("Clusters were exchanged", ("anew", "swap", "swap_T0")),
)
COURSES = {"present": "Synapses present", "turnover": "Turnover", "surviving": "Survival"}
DRAWN = ("reward", "T0", "T1", "none")
#: of conditions; those that share one are in no panel together
COLOR_OF = {
    "reward": PALETTE[0],
    **dict.fromkeys(("T0", "swap_T0", "delay_1"), PALETTE[1]),
    **dict.fromkeys(("T1", "swap", "delay_2", "random"), PALETTE[2]),
    **dict.fromkeys(("smooth", "delay_5", "teacher", "anew"), PALETTE[3]),
    "none": GREY,
}


def curves_figure(dataset: xr.Dataset) -> Figure:
    """Probe accuracy over time, in four panels."""
    with rc_context(RC):
        fig = new_figure(136)
        for number, (heading, names) in enumerate(PANELS):
            left, top = 14 + 88 * (number % 2), 15 + 65 * (number // 2)
            ax = add_axes(fig, left, top, 74, 42, label=heading)
            _curves(ax, dataset, "probe_accuracy", names)
            levels(ax, chance=dataset.attrs["chance"], bayes=dataset.attrs["bayes"])
            ax.set(ylim=(0, 1.08), ylabel="Accuracy")
            _legend(ax, names)
            add_text(fig, left, top - 10, heading)
    return fig


def synapses_figure(dataset: xr.Dataset) -> Figure:
    """Which share of the synapses is there, how many come and go, and how many of the first are
    still there.
    """
    with rc_context(RC):
        fig = new_figure(66)
        for number, (name, said) in enumerate(COURSES.items()):
            ax = add_axes(fig, 14 + 59 * number, 14, 45, 40, label=name)
            _curves(ax, dataset, name, DRAWN)
            ax.set(ylabel=said)
            ax.set_ylim(0, None)
            if number == 0:
                _legend(ax, DRAWN)
            add_text(fig, 14 + 59 * number, 5, said)
    return fig


def _legend(ax: Axes, names: Sequence[str]) -> None:
    """The conditions of a panel, above it, where no curve runs."""
    handles, labels = ax.get_legend_handles_labels()
    named = dict(zip(labels, handles))
    place = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1.0), "borderaxespad": 0.2}
    ax.legend([named[name] for name in names], [*names], ncols=len(names), **place)


def _curves(ax: Axes, dataset: xr.Dataset, name: str, conditions: Sequence[str]) -> None:
    """A line with its band for each condition, mean and 95 % interval over seeds."""
    of = dataset[name].sel(condition=[*conditions]).transpose("condition", "seed", "probe")
    first = int(name == "turnover")  # of the first probe there is none
    time = dataset["probe"].values[first:]
    mean, low, high = mean_bands(of.values[..., first:], within=SHARE)
    for condition, middle, below, over in zip(conditions, mean, low, high):
        color = COLOR_OF[condition]
        ax.plot(time, middle, color=color, label=condition, lw=1.4)
        ax.fill_between(time, below, over, color=color, alpha=0.18, lw=0)
    ax.set(xlim=(0, time[-1]), xlabel="Biological time (s)")
