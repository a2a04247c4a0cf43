"""With the prior and without, drawn: courses of learning and of a change; beside a regression."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from spikesampler.figures.style import GREY, INK, PALETTE, RC, add_axes, add_text, new_figure

__all__ = ["beside", "courses", "prior_figure"]

PRIOR, NONE = PALETTE[0], PALETTE[5]  #: with the prior, and without
SLOT = 0.2  #: between observers after the same number of samples
TITLES = {
    "entropy": "While the clusters are learnt",
    "response": "After the clusters are exchanged",
    "beside": "Beside logistic regression",
}


def courses(ax, time, mean, low, high, names, dashed, levels, label):
    """Lines and bands (n, n_probe) over time in s, from 0 on, without and with the prior in turn.

    The axis is linear up to the first probe after 0 and logarithmic from there. dashed (n,), levels
    {name: value} of thin lines across.
    """
    for value in levels.values():
        ax.axhline(value, color=GREY, lw=0.8, ls=(0, (1, 1.5)))
    for row, name in enumerate(names):
        color, style = (PRIOR, NONE)[row % 2], (0, (3, 1.5)) if dashed[row] else "-"
        ax.fill_between(time, low[row], high[row], color=color, alpha=0.15, lw=0)
        ax.plot(time, mean[row], ls=style, color=color, label=name)
    for name, value in levels.items():
        ax.annotate(
            f"{name} {value:.2g}",
            (time[-1], value),
            (0, 2),
            ha="right",
            color="#5f5f5f",
            textcoords="offset points",
            fontsize=6.5,
        )
    ax.set_xscale("symlog", linthresh=time[1], linscale=0.4)
    ticks = [0, *(t for t in (time[1], 10 * time[1]) if t < time[-1]), time[-1]]
    ax.set_xticks(ticks, [f"{t:.0f}" for t in ticks])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set(xlim=(0, time[-1]), ylim=(0, 1.02), xlabel="Biological time (s)", ylabel=label)
    ax.legend(loc="best", borderaxespad=0.2)


def beside(ax, values, mean, low, high, names, learnt):
    """Accuracy of observers after numbers of samples: dots for seeds, means with intervals.

    values (observer, seed, number), mean, low, high (observer, number), names (observer,).
    """
    for row, (name, color) in enumerate(zip(names, (PRIOR, INK, GREY))):
        places = np.arange(len(learnt)) + SLOT * (row - 1)
        for of_seed in values[row]:
            ax.plot(places + 0.06, of_seed, ".", color=color, alpha=0.5, ms=3, mew=0)
        ax.vlines(places, low[row], high[row], color=color, lw=1)
        ax.plot(places, mean[row], "os^"[row], color=color, ms=3.6, mew=0, label=name)
    ax.set_xticks(range(len(learnt)), [f"{number}" for number in learnt])
    ax.set(xlim=(-0.5, len(learnt) - 0.5), xlabel="Samples learnt from", ylabel="Accuracy")
    least, most = ax.get_ylim()
    ax.set_ylim(least - 0.4 * (most - least), most)  # room for the legend
    ax.legend(loc="lower right", borderaxespad=0.2)


def prior_figure(panels: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Three panels; panels {name of TITLES: arguments of `courses`, or of `beside`}."""
    lefts: Sequence[float] = (13, 73, 136)
    with rc_context(RC):
        fig = new_figure(62)
        for letter, left, (name, title) in zip("abc", lefts, TITLES.items()):
            ax = add_axes(fig, left, 10, 42, 40, label=name)
            (beside if name == "beside" else courses)(ax, **panels[name])
            add_text(fig, left - 10, 5, f"{letter}   {title}")
    return fig
