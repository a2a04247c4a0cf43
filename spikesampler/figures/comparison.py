"""Figures of a comparison of noise arms: learning curves, and the three accuracies side by side,
per start.

The dataset has probe_time (sample_block,) s, probe_accuracy and online_accuracy (arm, start, seed,
sample_block), test_accuracy, bayes_accuracy, final_online_accuracy and final_probe_accuracy (arm,
start, seed), coordinate arm (names), and attributes model and chance. Where there is one start, it
is no dimension but a coordinate or an attribute.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from xarray import Dataset

from spikesampler.figures.arms import arm_colors, arm_markers
from spikesampler.figures.learning_curves import (
    arm_accuracies,
    learning_curves,
    levels,
    line_styles,
)
from spikesampler.figures.names import arm_names, name_arms, names_height, names_width
from spikesampler.figures.rows import HEAD, LEFT, MIDDLE, start_rows
from spikesampler.figures.style import RC, WIDTH, add_axes
from spikesampler.stats.intervals import SHARE, mean_bands, mean_intervals

__all__ = ["GROUPS", "accuracies", "accuracies_figure", "ceiling", "compare_figure"]

GROUPS = (
    "Online\n(while learning, label leaks in)",
    "Probe\n(held out, frozen)",
    "Test\n(after learning, frozen)",
)
AVERAGED = "Averaged\n(mean answer over theta)"  #: a fourth group, of comparisons that have it


def _spread(dataset: Dataset) -> str:
    """What dots and bands show, in words."""
    num_seeds = dataset.sizes["seed"]
    if num_seeds == 1:
        return "one seed, no interval"
    return f"mean and 95 % interval over {num_seeds} seeds"


def ceiling(dataset: Dataset) -> float | None:
    """Mean of what is known of the Bayes-optimal accuracy, None where nothing is."""
    bayes = dataset["bayes_accuracy"].values
    return float(bayes[np.isfinite(bayes)].mean()) if np.isfinite(bayes).any() else None


def compare_figure(dataset: Dataset) -> Figure:
    """Learning curves and test accuracies of arms, mean and 95 % interval over seeds; a
    row per start.

    One seed gives lines without bands.
    """
    names, labels = arm_names(dataset), [str(name) for name in dataset["arm"].values]
    colors, wide = arm_colors(labels), min(5 + 4 * len(names), 48)
    with rc_context(RC):
        beside = names_width(names)
        fig, rows = start_rows(dataset, _spread(dataset), names_height(names, 58))
        for row in rows:
            data = row.dataset.transpose("arm", "seed", ...)
            place = LEFT, row.top, WIDTH - LEFT - 3 - wide - beside, row.height
            curves = add_axes(fig, *place, label=f"curves{row.ending}")
            learning_curves(
                curves,
                data["probe_time"].values,
                *mean_bands(data["probe_accuracy"].values, within=SHARE),
                labels,
                data["online_accuracy"].values.mean(axis=1),
                data.attrs.get("chance"),
                ceiling(data),
                colors,
            )
            place = WIDTH - wide - beside, row.top, wide, row.height
            test = add_axes(fig, *place, label=f"test{row.ending}", sharey=curves)
            values = data["test_accuracy"].values
            final = mean_intervals(values, within=SHARE)
            arm_accuracies(test, *final, values, labels, colors)
            name_arms(test, final[0], names, colors)
        line_styles(fig, HEAD + MIDDLE - 3)
    return fig


def accuracies(
    ax: Axes,
    mean: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    values: np.ndarray,
    groups: Sequence[str],
    arms: Sequence[str],
    chance: float | None = None,
    bayes: float | None = None,
) -> None:
    """Accuracies of arms in groups: mean and interval, every seed as a dot, and a line that leads
    an arm along.

    mean, low, high (n_group, n_arm); values (n_group, n_arm, n_seed); groups (n_group,) and arms
    (n_arm,) str.
    """
    levels(ax, chance, bayes)
    slot = min(0.76 / len(arms), 0.12)
    for k in range(1, len(groups)):
        ax.axvline(k - 0.5, color="#dcdcdc", lw=0.6, zorder=0)
    for i, (color, marker) in enumerate(zip(arm_colors(arms), arm_markers(arms))):
        x = np.arange(len(groups)) + (i - (len(arms) - 1) / 2) * slot
        dots, seeds = x - 0.12 * slot, np.repeat(x + 0.2 * slot, values.shape[2])
        ax.plot(dots, mean[:, i], color=color, lw=0.8, alpha=0.6, zorder=2)
        ax.plot(seeds, values[:, i].ravel(), ".", color=color, alpha=0.45, ms=3, mew=0)
        ax.vlines(dots, low[:, i], high[:, i], color=color, lw=1, zorder=3)
        ax.plot(dots, mean[:, i], marker, color=color, ms=3.8, mew=0, zorder=4)
    ax.set_xlim(-0.5, len(groups) - 0.5)
    ax.set_xticks(range(len(groups)), groups)
    ax.set(ylim=(0, 1.08), yticks=np.linspace(0, 1, 6), ylabel="Accuracy")
    ax.tick_params(axis="x", length=0)


def accuracies_figure(dataset: Dataset) -> Figure:
    """Online, probe and test accuracies of arms at the end of learning, and those of averages over
    theta where there are some, a row per start; one seed has no intervals.

    A line that falls to the test belongs to an arm that is better while it is given the label than
    it has learnt to be.
    """
    names, arms = arm_names(dataset), [str(name) for name in dataset["arm"].values]
    measures = ["final_online_accuracy", "final_probe_accuracy", "test_accuracy"]
    groups = [*GROUPS]
    if "averaged_accuracy" in dataset and np.isfinite(dataset["averaged_accuracy"]).all():
        measures.append("averaged_accuracy")
        groups.append(AVERAGED)
    with rc_context(RC):
        fig, rows = start_rows(dataset, _spread(dataset), names_height(names, 52))
        for row in rows:
            data = row.dataset.transpose("arm", "seed", ...)
            values = np.array([data[name].values for name in measures])
            intervals = mean_intervals(values, within=SHARE)
            place = LEFT, row.top, WIDTH - LEFT - names_width(names), row.height
            ax = add_axes(fig, *place, label=f"accuracies{row.ending}")
            chance = data.attrs.get("chance")
            accuracies(ax, *intervals, values, groups, arms, chance, ceiling(data))
            name_arms(ax, intervals[0][-1], names, arm_colors(arms))
    return fig
