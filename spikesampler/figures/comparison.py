"""Figures of a comparison of noise arms: learning curves, and the three accuracies side by side,
per start.

The dataset has probe_time (sample_block,) s, probe_accuracy and online_accuracy (arm, start, seed,
sample_block), test_accuracy, bayes_accuracy, final_online_accuracy and final_probe_accuracy (arm,
start, seed), coordinate arm (names), and attributes model and chance. Where there is one start, it
is no dimension but a coordinate or an attribute.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib import rc_context

from spikesampler.figures.learning_curves import (
    arm_accuracies,
    arm_colors,
    arm_markers,
    learning_curves,
    levels,
    line_styles,
)
from spikesampler.figures.style import RC, WIDTH, add_axes, new_figure
from spikesampler.stats.intervals import bootstrap_bands, bootstrap_intervals

__all__ = [
    "GROUPS",
    "accuracies",
    "accuracies_figure",
    "ceiling",
    "compare_figure",
    "name_arms",
    "start_rows",
]

LEFT, HEAD, HEADER, FOOT = (
    14,
    8,
    5,
    12,
)  # mm: left edge of the axes; heights of title, row's name, labels below an axes
MIDDLE = 4.6  # mm from the upper edge to the middle of the title
NAME, LINE = 7.5, 9.5  # pt: size of an arm's name, and distance of its lines
GROUPS = (
    "Online\n(while learning, label leaks in)",
    "Probe\n(held out, frozen)",
    "Test\n(after learning, frozen)",
)


class Row(NamedTuple):
    """One start of a comparison: its part of the dataset, the ending of its panels' labels, and
    where its axes are.

    top and height are in mm, top from the upper edge of the figure.
    """

    dataset: object
    ending: str
    top: float
    height: float


def start_rows(dataset, text, height):
    """A figure with its title, and its rows: one per start with the start's name, height of a row's
    axes in mm.

    Rows have letters where there are several. The title has the model's name before the text. Use
    it within ``rc_context(RC)``.
    """
    several, step = "start" in dataset.dims, HEADER + height + FOOT
    starts = [str(name) for name in dataset["start"].values] if several else [single_start(dataset)]
    fig, rows = new_figure(HEAD + len(starts) * step), []
    write(fig, MIDDLE, ": ".join(part for part in (dataset.attrs.get("model"), text) if part))
    for i, start in enumerate(starts):
        letter, shown = (
            f"{chr(ord('a') + i)}   " * several,
            start if len(start) <= 36 else f"…{start[-35:]}",
        )
        write(fig, HEAD + i * step + MIDDLE - 3, f"{letter}Start: {shown}" if start else "")
        rows.append(
            Row(
                dataset.isel(start=i) if several else dataset,
                f" {start}" * several,
                HEAD + HEADER + i * step,
                height,
            )
        )
    return fig, rows


def single_start(dataset):
    """The only start of a dataset, "" where it is not told."""
    return (
        str(dataset["start"].values)
        if "start" in dataset.coords
        else dataset.attrs.get("start", "")
    )


def write(fig, middle, text):
    """A line of the title or a header, from the axes' left edge; its middle in mm from the upper
    edge.
    """
    fig.text(LEFT / WIDTH, 1 - middle / (fig.get_figheight() * 25.4), text, va="center", fontsize=8)


def spread(dataset):
    """What dots and bands show, in words."""
    num_seeds = dataset.sizes["seed"]
    return (
        f"mean and 95 % bootstrap interval over {num_seeds} seeds"
        if num_seeds > 1
        else "one seed, no interval"
    )


def broken(name, most=24):
    """An arm's name, in several lines at its colons where it has more than so many characters."""
    lines = [""]
    for part in name.replace(":", ":\0").split("\0"):
        if lines[-1] and len(lines[-1] + part) > most:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def arm_names(dataset):
    """Names of arms as they are written beside axes; with their markers where colours alone do not
    tell them apart.
    """
    names, markers = (
        [broken(str(name)) for name in dataset["arm"].values],
        arm_markers(dataset.sizes["arm"]),
    )
    if len(set(markers)) == 1:
        return names
    signs = {"o": "●", "s": "■", "^": "▲", "D": "◆"}
    return [f"{signs[marker]} {name}" for marker, name in zip(markers, names)]


def names_width(names):
    """mm for names at the right of an axes, with the lines that lead to them."""
    from matplotlib.textpath import TextPath

    lines = [line for name in names for line in name.split("\n")]
    return (
        7 + max(TextPath((0, 0), line, size=NAME).get_extents().width for line in lines) / 72 * 25.4
    )


def names_height(names, least):
    """mm for axes with these names beside it, at least so many."""
    return max(least, sum(1 + name.count("\n") for name in names) * LINE / 72 * 25.4 + 2)


def readable(color):
    """A colour for text on white: one that is too pale, darkened to a contrast of 3."""
    from matplotlib.colors import to_rgb

    rgb = np.array(to_rgb(color))
    luminance = rgb**2.2 @ (0.2126, 0.7152, 0.0722)
    return tuple(rgb * min(1, (0.3 / max(luminance, 1e-9)) ** (1 / 2.2)))


def name_arms(ax, heights, names, colors):
    """Names at the right of the axes beside their values, moved apart where they would touch, as
    little as possible.
    """
    from scipy.optimize import isotonic_regression

    low, high = ax.get_ylim()
    point = (high - low) / (ax.get_position().height * ax.figure.get_figheight() * 72)
    order = np.lexsort(
        (-np.arange(len(names)), heights)
    )  # of equal ones the first arm is uppermost
    tall = point * LINE * np.array([1 + names[i].count("\n") for i in order])
    below = np.cumsum(tall) - tall / 2  # the middle of each name if they were stacked from 0
    free = isotonic_regression(np.array(heights, float)[order] - below).x
    places = np.clip(free, low, max(low, high - tall.sum())) + below
    for i, place in zip(order, places):
        ax.annotate(
            names[i],
            (1, heights[i]),
            (14, place),
            xycoords=ax.get_yaxis_transform(),
            textcoords=("offset points", "data"),
            color=readable(colors[i]),
            va="center",
            fontsize=NAME,
            arrowprops={
                "arrowstyle": "-",
                "color": colors[i],
                "lw": 0.5,
                "shrinkA": 1,
                "shrinkB": 1,
                "relpos": (0, 0.5),
            },
        )


def ceiling(dataset):
    """Mean of what is known of the Bayes-optimal accuracy, None where nothing is."""
    bayes = dataset["bayes_accuracy"].values
    return float(bayes[np.isfinite(bayes)].mean()) if np.isfinite(bayes).any() else None


def compare_figure(dataset):
    """Learning curves and test accuracies of arms, mean and 95 % bootstrap interval over seeds; a
    row per start.

    One seed gives lines without bands.
    """
    names, colors = arm_names(dataset), arm_colors(dataset.sizes["arm"])
    labels = [str(name) for name in dataset["arm"].values]
    with rc_context(RC):
        fig, rows = start_rows(dataset, spread(dataset), names_height(names, 58))
        beside = names_width(names)
        wide = min(5 + 4 * len(names), 48)
        for row in rows:
            data = row.dataset.transpose("arm", "seed", ...)
            curves = add_axes(
                fig,
                LEFT,
                row.top,
                WIDTH - LEFT - 3 - wide - beside,
                row.height,
                label=f"curves{row.ending}",
            )
            online = data["online_accuracy"].values.mean(axis=1)
            learning_curves(
                curves,
                data["probe_time"].values,
                *bootstrap_bands(data["probe_accuracy"].values),
                labels,
                online,
                data.attrs.get("chance"),
                ceiling(data),
                colors,
            )
            test = add_axes(
                fig,
                WIDTH - wide - beside,
                row.top,
                wide,
                row.height,
                label=f"test{row.ending}",
                sharey=curves,
            )
            final = bootstrap_intervals(data["test_accuracy"].values)
            arm_accuracies(test, *final, data["test_accuracy"].values, labels, colors)
            name_arms(test, final[0], names, colors)
        line_styles(fig, HEAD + MIDDLE - 3)
    return fig


def accuracies(ax, mean, low, high, values, groups, colors, chance=None, bayes=None):
    """Accuracies of arms in groups: mean and interval, every seed as a dot, and a line that leads
    an arm along.

    mean, low, high (n_group, n_arm); values (n_group, n_arm, n_seed); groups (n_group,) str; colors
    (n_arm,).
    """
    levels(ax, chance, bayes)
    slot = min(0.76 / len(colors), 0.12)
    for k in range(1, len(groups)):
        ax.axvline(k - 0.5, color="#dcdcdc", lw=0.6, zorder=0)
    for i, (color, marker) in enumerate(zip(colors, arm_markers(len(colors)))):
        x = np.arange(len(groups)) + (i - (len(colors) - 1) / 2) * slot
        dots, seeds = x - 0.12 * slot, x + 0.2 * slot
        ax.plot(dots, mean[:, i], color=color, lw=0.8, alpha=0.6, zorder=2)
        ax.plot(
            np.repeat(seeds, values.shape[2]),
            values[:, i].ravel(),
            ".",
            color=color,
            alpha=0.45,
            ms=3,
            mew=0,
        )
        ax.vlines(dots, low[:, i], high[:, i], color=color, lw=1, zorder=3)
        ax.plot(dots, mean[:, i], marker, color=color, ms=3.8, mew=0, zorder=4)
    ax.set(
        xlim=(-0.5, len(groups) - 0.5),
        xticks=range(len(groups)),
        xticklabels=groups,
        ylim=(0, 1.08),
        yticks=np.linspace(0, 1, 6),
        ylabel="Accuracy",
    )
    ax.tick_params(axis="x", length=0)


def accuracies_figure(dataset):
    """Online, probe and test accuracies of arms at the end of learning, a row per start; one seed
    has no intervals.

    A line that falls to the test belongs to an arm that is better while it is given the label than
    it has learnt to be.
    """
    names, colors = arm_names(dataset), arm_colors(dataset.sizes["arm"])
    with rc_context(RC):
        fig, rows = start_rows(dataset, spread(dataset), names_height(names, 52))
        for row in rows:
            final = ("final_online_accuracy", "final_probe_accuracy", "test_accuracy")
            values = np.array([row.dataset[name].transpose("arm", "seed").values for name in final])
            found = bootstrap_intervals(values)
            ax = add_axes(
                fig,
                LEFT,
                row.top,
                WIDTH - LEFT - names_width(names),
                row.height,
                label=f"accuracies{row.ending}",
            )
            accuracies(
                ax,
                *found,
                values,
                GROUPS,
                colors,
                row.dataset.attrs.get("chance"),
                ceiling(row.dataset),
            )
            name_arms(ax, found[0][-1], names, colors)
    return fig
