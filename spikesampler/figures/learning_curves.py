"""Accuracy against biological time, with its ceiling and its floor in sight."""

from __future__ import annotations

import numpy as np

from spikesampler.figures.style import GREY, INK, PALETTE, WIDTH

__all__ = [
    "arm_accuracies",
    "arm_colors",
    "arm_markers",
    "learning_curves",
    "levels",
    "line_styles",
]

DASHES = (0, (3, 1.5))


def arm_colors(num_arms):
    """Colours of arms, (num_arms,): the first is ink, the rest the palette from its first colour
    on.
    """
    return [(INK, *PALETTE)[i % (len(PALETTE) + 1)] for i in range(num_arms)]


def arm_markers(num_arms):
    """Markers of arms, (num_arms,): they tell apart what has the same of the eleven colours."""
    return ["os^D"[i // (len(PALETTE) + 1) % 4] for i in range(num_arms)]


def levels(ax, chance=None, bayes=None):
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
            ax.annotate(
                f"{text} {level:.2f}",
                (side, height),
                offset,
                xycoords=ax.get_yaxis_transform(),
                textcoords="offset points",
                color="#5f5f5f",
                fontsize=7,
                va=va,
                ha=ha,
                zorder=5,
                path_effects=[withStroke(linewidth=1.5, foreground="white")],
            )


def learning_curves(
    ax, time, mean, low, high, labels, online=None, chance=None, bayes=None, colors=None
):
    """A solid line with its band per arm, dashed for online accuracy, and thin lines for chance and
    the Bayes ceiling.

    Parameters
    ----------
    time : (n_probe,), s
    mean, low, high : (n_arm, n_probe)
        Probe accuracy and its interval; nan is not drawn.
    labels : (n_arm,) str
    online : (n_arm, n_probe), optional
        Accuracy while learning, with the label's own samples: not comparable with the probe, drawn
        faintly.
    chance, bayes : float, optional
    colors : (n_arm,), optional
        Those of `arm_colors` by default; curves that share a colour differ in their markers, the
        first has none.
    """
    colors = arm_colors(len(labels)) if colors is None else colors
    levels(ax, chance, bayes)
    for i, (label, color, marker) in enumerate(zip(labels, colors, arm_markers(len(labels)))):
        ax.fill_between(time, low[i], high[i], color=color, alpha=0.18, lw=0, zorder=2)
        if online is not None:
            ax.plot(
                time,
                online[i],
                color=color,
                lw=0.7,
                ls=DASHES,
                alpha=0.75,
                zorder=3,
                label=f"{label}, online",
            )
        ax.plot(
            time,
            mean[i],
            color=color,
            lw=1.3,
            zorder=4,
            label=label,
            marker=None if marker == "o" else marker,
            ms=3.2,
            mew=0,
            markevery=(0.02 + 0.08 * i / len(labels), 0.1),
        )
    ax.set(
        xlim=(0, time[-1]),
        ylim=(0, 1.08),
        yticks=np.linspace(0, 1, 6),
        xlabel="Biological time (s)",
        ylabel="Accuracy",
    )


def arm_accuracies(ax, mean, low, high, values, labels, colors=None):
    """Test accuracy per arm beside the curves: every seed as a dot, mean and interval, and the
    arm's name.

    mean, low, high (n_arm,); values (n_arm, n_seed); the axes shares its y limits with the curves.
    """
    colors = arm_colors(len(labels)) if colors is None else colors
    for i, (color, marker) in enumerate(zip(colors, arm_markers(len(labels)))):
        ax.plot(
            np.full(len(values[i]), i + 0.18), values[i], ".", color=color, alpha=0.45, ms=3, mew=0
        )
        ax.vlines(i - 0.12, low[i], high[i], color=color, lw=1)
        ax.plot(i - 0.12, mean[i], marker, color=color, ms=3.6, mew=0)
    ax.set(xlim=(-0.6, len(labels) - 0.4), xticks=[], xlabel="Test")
    ax.tick_params(labelleft=False)


def line_styles(fig, top):
    """The legend of solid and dashed lines, above the axes at the right where no curve can run; its
    centre in mm.
    """
    from matplotlib.lines import Line2D

    fig.legend(
        handles=[
            Line2D([], [], color=GREY, lw=1.3, label="Probe (held out, frozen)"),
            Line2D([], [], color=GREY, lw=0.7, ls=DASHES, label="Online (while learning)"),
        ],
        loc="center right",
        bbox_to_anchor=(1 - 4 / WIDTH, 1 - top / (fig.get_figheight() * 25.4)),
        borderaxespad=0,
        borderpad=0,
        ncols=2,
        columnspacing=1.5,
    )
