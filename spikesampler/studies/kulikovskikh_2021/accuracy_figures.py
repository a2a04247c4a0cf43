"""Accuracies along training with LIGHT and with sigmoids, and differences of methods."""

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.figure import Figure

from spikesampler.figures.style import GREY, INK, PALETTE, RC, WIDTH, add_axes, new_figure
from spikesampler.studies.kulikovskikh_2021.arms import FAMILIES, LIGHT
from spikesampler.studies.kulikovskikh_2021.differences import all_differences

__all__ = ["balance_figure", "curves_figure", "differences_figure"]

COLORS = {
    "s-adam": PALETTE[1],
    "s-adagrad": PALETTE[3],
    "s-sgd": INK,
    "light-sgd": PALETTE[0],
    "light-sgd, T = 0": PALETTE[4],
    "light-sgd, E = 0": PALETTE[2],
    "s-sgd, scaled": PALETTE[5],
}
COLUMNS, ACROSS = 4, 3
SHOWN = (
    f"{LIGHT} against the rivals",
    "controls",
    "tuned",
    "tuned controls",
)  #: families of differences
TEST = {"lw": 1.1}
TRAIN = {"lw": 0.8, "ls": (0, (2, 1.2))}


def _panels(tasks, xlabel, ylabel):
    """A figure with a square panel per task, four in a row: (figure, [(task, axes)])."""
    fig = new_figure(7 + 46 * -(-len(tasks) // COLUMNS))
    for k, name in enumerate(tasks):
        row, column = divmod(k, COLUMNS)
        ax = add_axes(fig, 12 + 43 * column, 12 + 46 * row, 34, 30, label=name)
        ax.set_title(name, fontsize=7.5, pad=3)
        if column == 0:
            ax.set_ylabel(ylabel)
        if k >= len(tasks) - COLUMNS:
            ax.set_xlabel(xlabel)
    return fig, list(zip(tasks, fig.axes))


def curves_figure(dataset: xr.Dataset) -> Figure:
    """Accuracy against epochs, a panel per task: on what is not learnt with its 95 % band, on what
    is learnt dashed.
    """
    epoch, arms = dataset["epoch"].values[1:], dataset["drawn"].values
    with rc_context(RC):
        fig, panels = _panels(dataset["task"].values, "Epoch", "Accuracy")
        for task, ax in panels:
            for arm in arms:
                color, here = COLORS[arm], dataset.sel(task=task, drawn=arm)
                mean, low, high = here["test_curve"].values[:, 1:]
                ax.fill_between(epoch, low, high, color=color, alpha=0.2, lw=0)
                ax.plot(epoch, mean, color=color, **TEST)
                ax.plot(epoch, here["train_curve"].values[0, 1:], color=color, **TRAIN)
            ax.set(xscale="log", xlim=(1, epoch[-1]))
            ax.minorticks_off()
        styles = {"test": TEST, "train": TRAIN}
        _legend(fig, arms, {name: {"color": GREY, **style} for name, style in styles.items()})
    return fig


def balance_figure(dataset: xr.Dataset) -> Figure:
    """Test minus train accuracy against train accuracy along training, the dot is the end: the
    balance of Fig. 1 of Kulikovskikh & Legović (2021), whose points, all near the diagonal, tell
    less.
    """
    arms = dataset["drawn"].values
    with rc_context(RC):
        fig, panels = _panels(dataset["task"].values, "Train accuracy", "Test − train (points)")
        for task, ax in panels:
            ax.axhline(0, color="#c8c8c8", lw=0.8, zorder=0)
            for arm in arms:
                color, here = COLORS[arm], dataset.sel(task=task, drawn=arm)
                test, train = (here[f"{name}_curve"].values[0, 1:] for name in ("test", "train"))
                gap = 100 * (test - train)
                ax.plot(train, gap, color=color, lw=0.9)
                ax.plot(train[-1], gap[-1], "o", color=color, ms=3, mew=0, clip_on=False)
            ax.locator_params(nbins=4)
        _legend(fig, arms, {})
    return fig


def _legend(fig, arms, others):
    """One line per arm at the top, and others, {label: style}."""
    styles = {name: {"color": COLORS[name], "lw": 1.4} for name in arms} | others
    handles = [fig.axes[0].plot([], [], label=name, **style)[0] for name, style in styles.items()]
    fig.legend(
        handles=handles,
        loc="upper left",
        ncols=8,
        bbox_to_anchor=(8 / WIDTH, 1),
        columnspacing=1.3,
        handlelength=1.6,
    )


def differences_figure(dataset: xr.Dataset) -> Figure:
    """LIGHT, and its controls, minus others: differences in points with intervals by task, a panel
    per pair.
    """
    results, tasks = all_differences(dataset), dataset["task"].values
    pairs = [pair for name in SHOWN for pair in FAMILIES[name]]
    rows = np.array([[difference[:3] for difference, _ in results[pair]] for pair in pairs])
    number, span = len(tasks), 1.15 * 100 * np.nanmax(np.abs(rows))
    height = 3.1 * number + 16
    ticks = [tick for tick in (-30, -5, -1, 0, 1, 5, 30) if abs(tick) < span]
    with rc_context(RC):
        fig = new_figure(8 + height * -(-len(pairs) // ACROSS))
        for k, pair in enumerate(pairs):
            row, column = divmod(k, ACROSS)
            place = 36 + 48 * column, 9 + height * row, 42, height - 16
            ax = add_axes(fig, *place, label=" − ".join(pair))
            ax.axvline(0, color=GREY, lw=0.8)
            y, (mean, low, high) = np.arange(number), 100 * rows[k].T
            colors = np.where(low > 0, PALETTE[0], np.where(high < 0, PALETTE[5], GREY))
            ax.hlines(y, low, high, color=colors, lw=1.2)
            ax.scatter(mean, y, s=9, color=colors, lw=0, zorder=3)
            ax.set_xscale("symlog", linthresh=1, linscale=0.8)
            ax.set(xlim=(-span, span), ylim=(number - 0.5, -0.5))
            ax.set_xticks(ticks, [f"{tick:+d}" if tick else "0" for tick in ticks])
            ax.minorticks_off()
            ax.set_yticks(y, tasks if column == 0 else [""] * number)
            ax.set_title("\n− ".join(pair), fontsize=7, pad=3)
            if k >= len(pairs) - ACROSS:
                ax.set_xlabel("Points of test accuracy")
    return fig
