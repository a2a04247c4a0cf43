"""Two layers drawn: learning curves from each start, and where the noise of each arm leads."""

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.arms import arm_colors
from spikesampler.figures.learning_curves import learning_curves
from spikesampler.figures.style import GREY, RC, add_axes, add_text, new_figure
from spikesampler.stats.intervals import SHARE, mean_bands, mean_interval
from spikesampler.studies.two_layer.plan import CONTROL
from spikesampler.studies.two_layer.rules import late, late_of_one

__all__ = ["accuracies_figure", "curves_figure"]


def curves_figure(dataset: xr.Dataset) -> Figure:
    """Probe accuracy over time: a panel for each start and each kind of noise."""
    starts = [str(start) for start in dataset["start"].values]
    kinds = ("weight", "constant")
    of_all = [str(arm) for arm in dataset["arm"].values]
    color_of = dict(zip(of_all, arm_colors(of_all)))
    with rc_context(RC):
        fig = new_figure(22 + 58 * len(starts))
        for row, start in enumerate(starts):
            for column, kind in enumerate(kinds):
                arms = [
                    arm
                    for arm in of_all
                    if arm == "none"
                    or arm.partition("@")[0] == kind
                    or (arm == CONTROL and kind == "weight")
                ]
                left, top = 14 + 88 * column, 24 + 58 * row
                ax = add_axes(fig, left, top, 74, 40, label=f"{start} {kind}")
                of = dataset["probe_accuracy"].sel(start=start, arm=arms)
                mean, low, high = mean_bands(of.transpose("arm", "seed", "probe"), within=SHARE)
                chance, ceiling = dataset.attrs["chance"], dataset.attrs["ceiling"]
                time = dataset["probe"].values
                learning_curves(
                    ax,
                    time,
                    mean,
                    low,
                    high,
                    arms,
                    chance=chance,
                    bayes=ceiling,
                    colors=[color_of[arm] for arm in arms],
                )
                add_text(fig, left, top - 6, f"From {start}")
                if row == 0:
                    handles, names = ax.get_legend_handles_labels()
                    named = dict(zip(names, handles))
                    place = {"loc": "upper left", "bbox_to_anchor": (column / 2 + 0.01, 1.0)}
                    fig.legend([named[arm] for arm in arms], arms, ncols=3, **place)
    return fig


def accuracies_figure(dataset: xr.Dataset) -> Figure:
    """Accuracy over the last 2000 s of every run, its mean and interval, arm by arm, beside one
    layer, the best line and the ceiling.
    """
    starts = [str(start) for start in dataset["start"].values]
    arms = [str(arm) for arm in dataset["arm"].values]
    one = [str(arm) for arm in dataset["one_arm"].values]
    with rc_context(RC):
        fig = new_figure(84)
        for column, start in enumerate(starts):
            ax = add_axes(fig, 14 + 88 * column, 12, 74, 46, label=f"accuracy {start}")
            names = [*arms, *(f"one layer, {arm}" for arm in one if start == "prior")]
            colors = [*arm_colors(arms), *[GREY] * (len(names) - len(arms))]
            for place, (name, color) in enumerate(zip(names, colors, strict=True)):
                if place < len(arms):
                    values = late(dataset, name, start)
                else:
                    values = late_of_one(dataset, one[place - len(arms)])
                _runs(ax, place, values, color)
            _bounds(ax, dataset, len(names))
            ax.set_xticks(range(len(names)), names, rotation=40, ha="right")
            ax.set(ylim=(0.4, 1.02), xlim=(-0.6, len(names) - 0.4), ylabel="Accuracy, last 2000 s")
            add_text(fig, 14 + 88 * column, 5, f"From {start}")
    return fig


def _runs(ax: Axes, place: int, values: np.ndarray, color: str) -> None:
    """The runs of an arm as points, and their mean with its interval."""
    spread = np.linspace(-0.18, 0.18, len(values))
    ax.plot(place + spread, values, "o", color=color, ms=2.2, mew=0, alpha=0.6)
    mean, low, high = mean_interval(values, within=SHARE)[:3]
    ax.vlines(place, low, high, color=color, lw=1.4)
    ax.plot([place - 0.25, place + 0.25], [mean, mean], color=color, lw=1.4)


def _bounds(ax: Axes, dataset: xr.Dataset, number: int) -> None:
    """Lines for chance, the best line through the features, and the ceiling."""
    for name, said in (("chance", "Chance"), ("linear_ceiling", "Best line"), ("ceiling", "Best")):
        level = dataset.attrs[name]
        ax.axhline(level, color=GREY, lw=0.8, ls=(0, (1, 1.5)), zorder=0)
        shift, va = ((-1, -3), "top") if name == "chance" else ((-1, 2), "bottom")
        look = {"ha": "right", "va": va, "fontsize": 7, "color": "#5f5f5f"}
        place = {"textcoords": "offset points", **look}
        ax.annotate(f"{said} {level:.2f}", (number - 0.45, level), shift, **place)
