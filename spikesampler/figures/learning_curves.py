"""Accuracy against biological time, with its ceiling and its floor in sight."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.arms import arm_colors, arm_markers
from spikesampler.figures.style import GREY, WIDTH

__all__ = [
    "arm_accuracies",
    "learning_curves",
    "levels",
    "line_styles",
]

DASHES = (0, (3, 1.5))


def levels(ax: Axes, chance: float | None = None, bayes: float | None = None) -> None:
    """Thin lines for chance and the Bayes ceiling, each with its name and number; None or nan is
    not drawn.

    The name of a ceiling near 1 stands above 1, where no curve can run.
    """
    from matplotlib.patheffects import withStroke

    above = 1.0 if bayes is not None and bayes > 0.9 else bayes
    for level, height, text, side, offset, va, ha in (
        (chance, chance, "Chance", 1, (-1, -2), "top", "right"),
        (bayes, above, "Bayes-optimal", 0, (3, 2), "bottom", "left"),
    ):
        if level is not None and np.isfinite(level):
            ax.axhline(level, color=GREY, lw=0.8, ls=(0, (1, 1.5)), zorder=1, label=text)
            halo = [withStroke(linewidth=1.5, foreground="white")]
            look = {"color": "#5f5f5f", "fontsize": 7, "zorder": 5, "path_effects": halo}
            place = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points"}
            ax.annotate(
                f"{text} {level:.2f}", (side, height), offset, va=va, ha=ha, **place, **look
            )


def learning_curves(
    ax: Axes,
    time: np.ndarray,
    mean: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    labels: Sequence[str],
    online: np.ndarray | None = None,
    chance: float | None = None,
    bayes: float | None = None,
    colors: Sequence[str] | None = None,
) -> None:
    """A solid line with its band per arm, dashed for online accuracy, and thin lines for chance and
    the Bayes ceiling.

    Parameters
    ----------
    time : (n_probe,), s
    mean, low, high : (n_arm, n_probe)
        Probe accuracy and its interval; nan is not drawn.
    online : (n_arm, n_probe), optional
        Accuracy while learning, with the label's own samples: not comparable with the probe, drawn
        faintly.
    labels, colors : (n_arm,)
        Colours are those of `arm_colors` by default; curves that share a colour differ in their
        markers, the first has none.
    """
    colors = arm_colors(labels) if colors is None else colors
    levels(ax, chance, bayes)
    faint = {"lw": 0.7, "ls": DASHES, "alpha": 0.75, "zorder": 3}
    solid = {"lw": 1.3, "ms": 3.2, "mew": 0, "zorder": 4}
    for i, (label, color, marker) in enumerate(zip(labels, colors, arm_markers(labels))):
        ax.fill_between(time, low[i], high[i], color=color, alpha=0.18, lw=0, zorder=2)
        if online is not None:
            ax.plot(time, online[i], color=color, label=f"{label}, online", **faint)
        marks = {} if marker == "o" else {"marker": marker}
        every = 0.02 + 0.08 * i / len(labels), 0.1
        ax.plot(time, mean[i], color=color, label=label, markevery=every, **marks, **solid)
    ax.set(xlim=(0, time[-1]), xlabel="Biological time (s)")
    ax.set(ylim=(0, 1.08), yticks=np.linspace(0, 1, 6), ylabel="Accuracy")


def arm_accuracies(
    ax: Axes,
    mean: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    values: np.ndarray,
    labels: Sequence[str],
    colors: Sequence[str] | None = None,
) -> None:
    """Test accuracy per arm beside the curves: every seed as a dot, mean and interval, and the
    arm's name.

    mean, low, high (n_arm,); values (n_arm, n_seed); the axes shares its y limits with the curves.
    """
    colors = arm_colors(labels) if colors is None else colors
    for i, (color, marker) in enumerate(zip(colors, arm_markers(labels))):
        seeds = np.full(len(values[i]), i + 0.18)
        ax.plot(seeds, values[i], ".", color=color, alpha=0.45, ms=3, mew=0)
        ax.vlines(i - 0.12, low[i], high[i], color=color, lw=1)
        ax.plot(i - 0.12, mean[i], marker, color=color, ms=3.6, mew=0)
    ax.set(xlim=(-0.6, len(labels) - 0.4), xticks=[], xlabel="Test")
    ax.tick_params(labelleft=False)


def line_styles(fig: Figure, top: float) -> None:
    """The legend of solid and dashed lines, above the axes at the right where no curve can run; its
    centre in mm.
    """
    from matplotlib.lines import Line2D

    solid = Line2D([], [], color=GREY, lw=1.3, label="Probe (held out, frozen)")
    dashed = Line2D([], [], color=GREY, lw=0.7, ls=DASHES, label="Online (while learning)")
    fig.legend(
        handles=[solid, dashed],
        loc="center right",
        bbox_to_anchor=(1 - 4 / WIDTH, 1 - top / (fig.get_figheight() * 25.4)),
        borderaxespad=0,
        borderpad=0,
        ncols=2,
        columnspacing=1.5,
    )
