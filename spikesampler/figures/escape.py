"""Runs that have not escaped yet against biological time (Kaplan & Meier 1958)."""

from __future__ import annotations

import numpy as np
from matplotlib import rc_context
from matplotlib.transforms import ScaledTranslation

from spikesampler.figures.comparison import LEFT, broken, names_height, names_width, start_rows
from spikesampler.figures.learning_curves import arm_colors
from spikesampler.figures.style import PALETTE, RC, WIDTH, add_axes

__all__ = ["escape_figure", "escapes"]


def arm_dashes(num_arms):
    """Line styles of arms, (num_arms,): they tell apart what has the same of the eleven colours."""
    return [
        ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.2, 1.2, 1.2)))[i // (len(PALETTE) + 1) % 4]
        for i in range(num_arms)
    ]


def arm_shifts(num_arms):
    """How far lines of arms are drawn from their place, (num_arms,) pt, both up and to the right:
    at most 5.
    """
    return (np.arange(num_arms) - (num_arms - 1) / 2) * min(1.2, 10 / num_arms)


def escapes(ax, seconds, shares, staying, end, labels, colors=None):
    """Steps of the share of runs that have not escaped, and a cross at the end of runs that never
    do.

    Lines are shifted by `arm_shifts`, so that those that coincide run side by side; their data are
    not shifted.

    Parameters
    ----------
    seconds, shares : (n_arm,) sequences of (n_step,) arrays, s and 1
        A share holds from its time to the next.
    staying : (n_arm,) bool
        Has some run not escaped by its end?
    end : float, s
        End of the runs.
    labels : (n_arm,) str
    """
    colors = arm_colors(len(labels)) if colors is None else colors
    wide = np.clip(10 / len(labels), 0.6, 1.2)  # pt
    for i, (label, color, dashes) in enumerate(zip(labels, colors, arm_dashes(len(labels)))):
        aside = arm_shifts(len(labels))[i] / 72
        place = ax.transData + ScaledTranslation(aside, aside, ax.figure.dpi_scale_trans)
        ax.plot(
            seconds[i],
            shares[i],
            drawstyle="steps-post",
            color=color,
            lw=wide,
            ls=dashes,
            transform=place,
            label=label,
            solid_capstyle="projecting",
            solid_joinstyle="miter",
            dash_capstyle="butt",
        )
        if staying[i]:
            ax.plot(
                seconds[i][-1],
                shares[i][-1],
                "+",
                color=color,
                ms=6.5,
                mew=wide,
                zorder=3,
                transform=place,
                clip_on=False,
            )
    ax.set(
        xlim=(-0.03 * end, 1.03 * end),
        ylim=(-0.06, 1.06),
        yticks=np.linspace(0, 1, 6),
        xlabel="Biological time (s)",
        ylabel="Runs not yet escaped (share)",
    )


def escape_figure(dataset):
    """Share of runs that have not escaped against time, a row per start; beside it how many of each
    arm's runs have.

    dataset: that of `compare_figure`, with escape_seconds (s) and escaped (bool) (arm, start, seed)
    and the attribute escape_threshold.
    """
    from spikesampler.stats.survival import Escape, not_escaped

    labels, num_seeds = [str(name) for name in dataset["arm"].values], dataset.sizes["seed"]
    names, colors = [broken(label) for label in labels], arm_colors(len(labels))
    end = float(dataset["probe_time"].values[-1])
    runs = f"{num_seeds} seeds" if num_seeds > 1 else "one seed"
    text = f"{runs}; escape: probe accuracy first above {dataset.attrs['escape_threshold']:.3g}"
    if len(labels) > 1:
        text += f"; lines shifted by up to {arm_shifts(len(labels)).max():.1g} pt"
    with rc_context(RC):
        fig, rows = start_rows(dataset, text, names_height([*names, "title"], 45))
        for row in rows:
            seconds, escaped = (
                row.dataset[name].transpose("arm", "seed").values
                for name in ("escape_seconds", "escaped")
            )
            escaped = escaped.astype(bool)
            steps = [not_escaped(Escape(*of_arm)) for of_arm in zip(seconds, escaped)]
            entries = [
                f"{name}: {count} of {num_seeds}" for name, count in zip(names, escaped.sum(axis=1))
            ]
            ax = add_axes(
                fig,
                LEFT,
                row.top,
                WIDTH - LEFT - 9 - names_width(entries),
                row.height,
                label=f"escapes{row.ending}",
            )
            escapes(ax, *zip(*steps), ~escaped.all(axis=1), end, labels, colors)
            legend(ax, labels, entries)
    return fig


def legend(ax, labels, entries):
    """Lines of arms and what is said of them, at the right of the axes."""
    lines = {line.get_label(): line for line in ax.lines}
    ax.legend(
        [lines[label] for label in labels],
        entries,
        title="Runs that escaped",
        loc="upper left",
        bbox_to_anchor=(1.01, 1),
        borderaxespad=0,
        borderpad=0,
        handlelength=2.6,
        fontsize=7.5,
        labelspacing=0.3,
        title_fontsize=7.5,
        alignment="left",
    )
