"""Training with LIGHT and with sigmoids: accuracies along training, differences of arms, sharpness
times step.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from matplotlib import rc_context

from spikesampler.figures.style import GREY, INK, PALETTE, RC, WIDTH, add_axes, new_figure

__all__ = [
    "balance_figure",
    "curves_figure",
    "differences_figure",
    "edge_course_figure",
    "edge_figure",
]

COLORS = {
    "s-adam": PALETTE[1],
    "s-adagrad": PALETTE[3],
    "s-sgd": INK,
    "light-sgd": PALETTE[0],
    "light-sgd, E = 0": PALETTE[2],
    "s-sgd, scaled": PALETTE[5],
}
COLUMNS = 4


def panels(tasks, legend=7.0):
    """A figure with a square panel per task, four in a row: (figure, axes)."""
    rows = -(-len(tasks) // COLUMNS)
    fig = new_figure(legend + 46 * rows)
    axes = [
        add_axes(fig, 12 + 43 * (k % COLUMNS), legend + 5 + 46 * (k // COLUMNS), 34, 30, label=name)
        for k, name in enumerate(tasks)
    ]
    for ax, name in zip(axes, tasks):
        ax.set_title(name, fontsize=7.5, pad=3)
    return fig, axes


def curves_figure(epoch, test, train, arms, tasks):
    """Accuracy against epochs, a panel per task: on what is not learnt with its 95 % band, on what
    is learnt dashed.

    epoch : (epoch,). test, train : (arm, (mean, low, high), task, epoch).
    """
    with rc_context(RC):
        fig, axes = panels(tasks)
        for k, ax in enumerate(axes):
            for arm, name in enumerate(arms):
                color = COLORS[name]
                ax.fill_between(epoch[1:], *test[arm, 1:, k, 1:], color=color, alpha=0.2, lw=0)
                ax.plot(epoch[1:], test[arm, 0, k, 1:], color=color, lw=1.1)
                ax.plot(epoch[1:], train[arm, 0, k, 1:], color=color, lw=0.8, ls=(0, (2, 1.2)))
            ax.set(xscale="log", xlim=(1, epoch[-1]))
            ax.minorticks_off()
            if k % COLUMNS == 0:
                ax.set_ylabel("Accuracy")
            if k >= len(axes) - COLUMNS:
                ax.set_xlabel("Epoch")
        legend(
            fig,
            arms,
            [
                axes[0].plot([], [], color=GREY, lw=1.1, label="test")[0],
                axes[0].plot([], [], color=GREY, lw=0.8, ls=(0, (2, 1.2)), label="train")[0],
            ],
        )
    return fig


def balance_figure(epoch, test, train, arms, tasks):
    """Test minus train accuracy against train accuracy along training: the balance of Fig. 1 of
    Kulikovskikh & Legović (2021), whose points, all near the diagonal, tell less. Arguments as of
    `curves_figure`; the dot is the end.
    """
    with rc_context(RC):
        fig, axes = panels(tasks)
        for k, ax in enumerate(axes):
            ax.axhline(0, color="#c8c8c8", lw=0.8, zorder=0)
            for arm, name in enumerate(arms):
                learnt, gap = (
                    train[arm, 0, k, 1:],
                    100 * (test[arm, 0, k, 1:] - train[arm, 0, k, 1:]),
                )
                ax.plot(learnt, gap, color=COLORS[name], lw=0.9)
                ax.plot(learnt[-1], gap[-1], "o", color=COLORS[name], ms=3, mew=0, clip_on=False)
            ax.locator_params(nbins=4)
            if k % COLUMNS == 0:
                ax.set_ylabel("Test − train (points)")
            if k >= len(axes) - COLUMNS:
                ax.set_xlabel("Train accuracy")
        legend(fig, arms)
    return fig


def legend(fig, arms, more=()):
    """One line per arm at the top."""
    handles = [fig.axes[0].plot([], [], color=COLORS[name], lw=1.4, label=name)[0] for name in arms]
    fig.legend(
        handles=[*handles, *more],
        loc="upper left",
        ncols=8,
        bbox_to_anchor=(8 / WIDTH, 1),
        columnspacing=1.3,
        handlelength=1.6,
    )


def differences_figure(rows, pairs, tasks):
    """Differences of accuracies in points with intervals: rows (pair, task, (mean, low, high)), a
    panel per pair.
    """
    number, across = len(tasks), 3
    height = 3.1 * number + 16
    with rc_context(RC):
        fig = new_figure(8 + height * -(-len(pairs) // across))
        span = 100 * np.nanmax(np.abs(rows))
        for k, name in enumerate(pairs):
            ax = add_axes(
                fig, 36 + 48 * (k % across), 9 + height * (k // across), 42, height - 16, label=name
            )
            ax.axvline(0, color=GREY, lw=0.8)
            y, (mean, low, high) = np.arange(number), 100 * rows[k].T
            colors = np.where(low > 0, PALETTE[0], np.where(high < 0, PALETTE[5], GREY))
            ax.hlines(y, low, high, color=colors, lw=1.2)
            ax.scatter(mean, y, s=9, color=colors, lw=0, zorder=3)
            ax.set_xscale("symlog", linthresh=1, linscale=0.8)
            ax.set(xlim=(-1.15 * span, 1.15 * span), ylim=(number - 0.5, -0.5))
            ticks = [one for one in (-30, -5, -1, 0, 1, 5, 30) if abs(one) < 1.15 * span]
            ax.set_xticks(ticks, [f"{one:+d}" if one else "0" for one in ticks])
            ax.minorticks_off()
            ax.set_yticks(y, tasks if k % across == 0 else [""] * number)
            ax.set_title(name.replace(" − ", "\n− "), fontsize=7, pad=3)
            if k >= len(pairs) - across:
                ax.set_xlabel("Points of test accuracy")
    return fig


FLOOR = 1e-3
ARM_COLORS = (
    PALETTE[2],
    PALETTE[4],
    PALETTE[0],
    PALETTE[6],
    INK,
)  # no harvest, three of it, sigmoid


def grid(tasks, columns, arms, ylabel):
    """A figure with a row of panels per task: (figure, [(row, column, axes)])."""
    height, places = 12 + 41 * len(tasks), []
    fig = new_figure(height)
    for (i, task), (j, column) in product(enumerate(tasks), enumerate(columns)):
        ax = add_axes(fig, 20 + 41 * j, 13 + 41 * i, 34, 29, label=f"{task} {column}")
        places.append((i, j, ax))
        if i == 0:
            ax.set_title(column, fontsize=7.5, pad=3)
        if j == 0:
            ax.set_ylabel(ylabel)
            fig.text(
                3.5 / WIDTH,
                1 - (13 + 41 * i + 14.5) / height,
                task,
                rotation=90,
                ha="center",
                va="center",
                fontsize=7.5,
            )
    handles = [
        fig.axes[0].plot(
            [], [], color=color, lw=1.4, label=name, ls="-" if name != arms[-1] else "--"
        )[0]
        for name, color in zip(arms, ARM_COLORS)
    ]
    fig.legend(handles=handles, loc="upper left", ncols=5, bbox_to_anchor=(14 / WIDTH, 1))
    return fig, places


def edge_figure(growth, values, tasks, columns, arms, ylabel, edge=None):
    """A measure against r: values (task, column, arm, (median, lower, upper quartile), r), a row of
    panels per task.

    edge : what counts as at the edge of stability, a band around 1; the measure is then
        logarithmic, see `at_the_edge`.
    """
    with rc_context(RC):
        fig, places = grid(tasks, columns, arms, ylabel)
        values = values if edge is None else np.maximum(values, FLOOR)
        for i, j, ax in places:
            for k, color in enumerate(ARM_COLORS):
                beside, (middle, low, high) = growth * 1.04 ** (k - 2), values[i, j, k]
                ax.vlines(beside, low, high, color=color, lw=0.9)
                ax.plot(
                    beside,
                    middle,
                    "o-" if k < len(arms) - 1 else "s--",
                    color=color,
                    ms=2.6,
                    mew=0,
                    lw=0.9,
                )
            ax.set_xscale("log")
            ax.set_xticks(growth, [f"{r:.3g}" for r in growth])
            if edge is None:
                ax.set_ylim(-0.02, max(0.5, np.nanmax(values)) + 0.03)
            else:
                at_the_edge(ax, values, edge, j == 0)
            ax.minorticks_off()
            if i == len(tasks) - 1:
                ax.set_xlabel("Growth rate r")
    return fig


def at_the_edge(ax, values, edge, first):
    """The band, and a logarithmic axis from FLOOR on, named in the first column; what is below is
    drawn there.
    """
    ax.axhspan(*edge, color="#dadada", lw=0, zorder=0)
    ax.set_yscale("log")
    ax.set_ylim(0.75 * FLOOR, max(2.0, np.nanmax(values) * 1.3))
    ticks = [FLOOR, *(10.0**n for n in range(round(np.log10(FLOOR)) + 1, 2))]
    ticks = [one for one in ticks if one <= ax.get_ylim()[1]]
    ax.set_yticks(ticks, [f"≤{FLOOR:g}" if first else "", *(f"{one:g}" for one in ticks[1:])])


def edge_course_figure(epoch, values, tasks, columns, arms, edge):
    """η λ/2 along training: values (task, column, arm, (median, lower, upper quartile), epoch),
    epoch 0 first.
    """
    with rc_context(RC):
        fig, places = grid(tasks, columns, arms, "η λ/2")
        values = np.maximum(values, FLOOR)
        shown = np.maximum(epoch, epoch[1] / 3)  # a logarithmic axis has no 0
        for i, j, ax in places:
            for k, color in enumerate(ARM_COLORS):
                middle, low, high = values[i, j, k]
                ax.fill_between(shown, low, high, color=color, alpha=0.15, lw=0)
                ax.plot(shown, middle, color=color, lw=1.0, ls="-" if k < len(arms) - 1 else "--")
            at_the_edge(ax, values, edge, j == 0)
            ax.set_xscale("log")
            ticks = [shown[0], *(10.0**n for n in range(1, 6) if shown[0] * 2 < 10**n <= epoch[-1])]
            ax.set_xticks(ticks, ["0", *(f"$10^{round(np.log10(one))}$" for one in ticks[1:])])
            ax.minorticks_off()
            if i == len(tasks) - 1:
                ax.set_xlabel("Epoch")
    return fig
