"""Averages over theta: errors and log loss against the number of snapshots, and reliability."""

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from spikesampler.figures.arms import arm_colors
from spikesampler.figures.style import GREY, RC, add_axes, add_text, new_figure

__all__ = ["averages_figure", "courses", "reliability"]

LEFTS, ACROSS, DOWN, STEP, HEAD = (13, 73, 133), 42, 40, 57, 20  # mm
LABELS = {"errors": "Wrong answers of the mean", "log_loss": "Log loss (nats)"}
TICKS = (0.03, 0.1, 0.3, 1, 3)  #: on logarithmic axes of scores


def courses(ax, numbers, mean, low, high, arms, label):
    """A score above 0 against the number of snapshots in the mean; mean, low, high (n_arm, n).

    Arms whose noise ends (…:schedule=linear) are dashed, in the colour of those whose noise stays.
    """
    colors = dict(zip(arms, arm_colors([arm.split(":")[0] for arm in arms])))
    for row, arm in enumerate(arms):
        dashes = (0, (3, 1.5)) if ":" in arm else "-"
        ax.fill_between(numbers, low[row], high[row], color=colors[arm], alpha=0.12, lw=0)
        ax.plot(numbers, mean[row], ls=dashes, color=colors[arm], marker="o", ms=2, label=arm)
    ax.set_xscale("log")
    ax.set_xticks(numbers, [f"{n}" for n in numbers])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_yscale("log")
    ax.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set(ylim=(0.5 * mean.min(), 1.6 * mean.max()))
    ax.set(xlabel="Snapshots in the mean", ylabel=label)


def reliability(ax, confidence, accuracy, names, colors, dashed, legend=True):
    """How often answers of a confidence are right; confidence, accuracy (n, n_bin), nan in none."""
    ax.plot([0, 1], [0, 1], color=GREY, lw=0.7)
    for row, name in enumerate(names):
        style = (0, (3, 1.5)) if dashed[row] else "-"
        known = np.isfinite(accuracy[row])
        ax.plot(
            confidence[row][known],
            accuracy[row][known],
            ls=style,
            marker="o",
            ms=2,
            color=colors[row],
            label=name,
        )
    ax.set(xlim=(0, 1), ylim=(0, 1), xlabel="Confidence", ylabel="Share of right answers")
    place = {"loc": "lower center", "bbox_to_anchor": (0.4, 1.03), "borderaxespad": 0}
    if legend:
        ax.legend(ncols=2, columnspacing=1, handlelength=1.8, handletextpad=0.4, **place)


def averages_figure(rows: Sequence[dict]) -> Figure:
    """A row of three panels per start: rows of {start, errors, log_loss, reliability}, each what
    its panel takes.
    """
    with rc_context(RC):
        fig = new_figure(HEAD + STEP * len(rows))
        for number, row in enumerate(rows):
            top = HEAD + STEP * number
            for left, name in zip(LEFTS, ("errors", "log_loss", "reliability")):
                ax = add_axes(fig, left, top, ACROSS, DOWN, label=f"{name} {row['start']}")
                if name == "reliability":
                    reliability(ax, **row[name], legend=number == 0)
                else:
                    courses(ax, **row[name], label=LABELS[name])
                    handles = ax.get_legend_handles_labels()
            letter = "abcdef"[number]
            add_text(fig, LEFTS[0], top - 5, f"{letter}   Start: {row['start']}")
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, 1)}
        fig.legend(*handles, ncols=4, **place)
    return fig
