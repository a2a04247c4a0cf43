"""Losses of full-batch methods against what they cost, and ratios of costs with intervals."""

from __future__ import annotations

import numpy as np
from matplotlib import rc_context

from spikesampler.figures.style import GREY, INK, PALETTE, RC, WIDTH, add_axes, new_figure

__all__ = [
    "courses_figure",
    "depth_figure",
    "depth_panel",
    "loss_against",
    "ratios_figure",
    "ratios_panel",
]

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
DASHES = (0, (3, 1.2))


def look(arm):
    """Colour of the method, dashes where its rate was tuned."""
    return {"color": COLORS[arm.split(",")[0]], "ls": DASHES if "," in arm else "-"}


def loss_against(ax, cost, loss, arms, guess, levels, xlabel):
    """Median loss over seeds against cost, both logarithmic.

    cost : (arm, epoch), nan or 0 is not drawn. loss : (arm, seed, epoch). arms : names. guess :
        loss of the best guess
    without looking, a dashed line. levels : losses that methods were stopped at, thin lines.
    """
    for level in levels:
        ax.axhline(level, color="#c8c8c8", lw=0.6, zorder=0)
    ax.axhline(guess, color="#D55E00", lw=0.8, ls=(0, (1, 1)), zorder=0)
    for one, values, arm in zip(cost, loss, arms):
        known = np.isfinite(values).all(axis=0) & (one > 0)
        width = (
            2.2 if arm == "layer_scaled" else 1.0
        )  # seen below position-wise, with which it often goes
        ax.plot(one[known], np.median(values[:, known], axis=0), lw=width, **look(arm))
    ax.set(xscale="log", yscale="log", xlabel=xlabel)
    ax.minorticks_off()


def courses_figure(tasks, arms):
    """tasks : [(name, epoch (epoch,), loss (arm, seed, epoch), {axis: (arm,) cost of an epoch},
    guess, levels)].
    """
    with rc_context(RC):
        fig = new_figure(14 + 44 * len(tasks))
        for i, (name, epoch, loss, costs, guess, levels) in enumerate(tasks):
            top = 18 + 44 * i
            fig.text(
                11 / WIDTH,
                1 - (top - 3.5) / (14 + 44 * len(tasks)),
                f"{'abcdefghij'[i]}   {name}",
                fontsize=8,
                va="center",
            )
            known = loss[np.isfinite(loss)]
            bottom = max(known.min(), 0.3 * min(levels.values()))
            ticks = np.array([0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 30, 50])
            ticks = ticks[(ticks > bottom) & (ticks < known.max() * 1.1)]
            for j, (axis, each) in enumerate(costs.items()):
                ax = add_axes(fig, 12 + 43 * j, top, 37, 28, label=f"{name} {axis}")
                cost = np.array(each)[:, None] * epoch
                loss_against(ax, cost, loss, arms, guess, levels.values(), AXIS[axis])
                ax.set_ylim(bottom / 1.1, known.max() * 1.1)
                ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
                if j == 0:
                    ax.set_ylabel("Loss, median over starts")
        axes = fig.axes[0]
        handles = [
            axes.plot([], [], lw=1.2, label=arm.replace("_", " "), **look(arm))[0] for arm in arms
        ]
        handles.append(axes.axhline(np.nan, color="#D55E00", lw=0.8, ls=(0, (1, 1)), label="guess"))
        fig.legend(
            handles=handles,
            loc="upper left",
            ncols=5,
            bbox_to_anchor=(8 / WIDTH, 1),
            columnspacing=1.2,
            handlelength=2.2,
        )
    return fig


def ratios_panel(ax, rows, names):
    """Ratios with intervals as dots on a logarithmic axis: rows (row, (mean, low, high)), nan where
    there is none.
    """
    ax.axvline(1, color=GREY, lw=0.8)
    for y, (mean, low, high) in enumerate(rows):
        color = COLORS[names[y].split(",")[0]]
        face = "white" if "," in names[y] else color
        ax.hlines(y, low, high, color=color, lw=1.1)
        ax.plot(mean, y, "o", color=color, mfc=face, ms=4, mew=1)
    ax.set(xscale="log", ylim=(len(rows) - 0.5, -0.5), yticks=[])


def ratios_figure(rows, names, axes):
    """rows : {label: (pair, axis, 3)}; names : of the first arm of each pair; axes : what is
    counted.
    """
    height = 3.2 * len(names) + 5
    with rc_context(RC):
        fig = new_figure(24 + height * len(rows))
        inside = np.array(list(rows.values()), float)
        inside = inside[np.isfinite(inside)]
        limits = inside.min(initial=0.8) / 1.15, inside.max(initial=1.25) * 1.15
        for i, (label, values) in enumerate(rows.items()):
            top = 15 + height * i
            middle = 1 - (top + height / 2 - 2.5) / (24 + height * len(rows))
            fig.text(4 / WIDTH, middle, label, fontsize=7, va="center")
            for j, axis in enumerate(axes):
                ax = add_axes(fig, 60 + 30 * j, top, 27, height - 5, label=f"{label} {axis}")
                ratios_panel(ax, [each[j] for each in values], names)
                ticks = (0.2, 0.5, 1, 2) if limits[1] < 30 * limits[0] else (0.01, 0.1, 1, 10)
                ticks = [one for one in ticks if limits[0] < one < limits[1]]
                ax.set_xlim(*limits)
                ax.set_xticks(ticks, [f"{one:g}" for one in ticks])
                ax.minorticks_off()
                if i == 0:
                    ax.set_title(AXIS[axis].split(" (")[0], fontsize=7.5)
        fig.text(
            116 / WIDTH,
            3 / (24 + height * len(rows)),
            "Needed / needed by position-wise",
            ha="center",
        )
        handles = [
            fig.axes[0].plot(
                [],
                [],
                "o-",
                color=COLORS[name.split(",")[0]],
                ms=4,
                lw=1,
                mfc="white" if "," in name else None,
                label=name.replace("_", " "),
            )[0]
            for name in names
        ]
        fig.legend(
            handles=handles,
            loc="upper left",
            ncols=3,
            bbox_to_anchor=(54 / WIDTH, 1),
            columnspacing=1.5,
        )
    return fig


def depth_figure(depths, ratios, names, shapes):
    """Ratios of costs against depth: ratios (shape, depth, control, setting, axis, (mean, low,
    high, …)).
    """
    titles = [
        f"{setting}: {what}"
        for setting in ("one rate", "best rates")
        for what in ("epochs", "operations")
    ]
    height = 18 + 56 * len(shapes)
    with rc_context(RC):
        fig = new_figure(height)
        limits = np.array([0.8, 1.25, *ratios[..., 1].ravel(), *ratios[..., 2].ravel()])
        limits = np.nanmin(limits) / 1.1, np.nanmax(limits) * 1.1
        ticks = [one for one in (0.2, 0.5, 1, 2, 5, 10) if limits[0] < one < limits[1]]
        for i, shape in enumerate(shapes):
            top = 22 + 56 * i
            for column, title in enumerate(titles):
                ax = add_axes(fig, 14 + 43 * column, top, 33, 34, label=f"{shape} {title}")
                depth_panel(ax, depths, ratios[i, :, :, column // 2, column % 2, :3], names)
                ax.set(ylim=limits, xlabel="Hidden layers")
                ax.set_title(title, fontsize=7.5)
                ax.set_yticks(ticks, [f"{one:g}" for one in ticks])
                ax.minorticks_off()
            fig.axes[4 * i].set_ylabel("Cost / position-wise's")
            fig.text(
                4 / WIDTH, 1 - (top - 8) / height, f"{'ab'[i]}   {shape}", fontsize=8, va="center"
            )
        handles = fig.axes[0].get_legend_handles_labels()
        fig.legend(*handles, loc="upper left", ncols=2, bbox_to_anchor=(10 / WIDTH, 1))
    return fig


def depth_panel(ax, depths, ratios, names):
    """Ratios (depth, control, (mean, low, high)) against the number of hidden layers."""
    ax.axhline(1, color=GREY, lw=0.8)
    for k, name in enumerate(names):
        beside, color = np.asarray(depths) + 0.12 * (k - 0.5), COLORS[name]
        ax.vlines(beside, ratios[:, k, 1], ratios[:, k, 2], color=color, lw=1)
        ax.plot(
            beside,
            ratios[:, k, 0],
            "o-",
            color=color,
            ms=3.5,
            mew=0,
            lw=1,
            label=name.replace("_", " "),
        )
    ax.set(yscale="log", xticks=depths)
