"""Runs that have not escaped yet against biological time (Kaplan & Meier 1958)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation
from xarray import Dataset

from spikesampler.figures.arms import arm_colors, repeats
from spikesampler.figures.names import broken, names_height, names_width
from spikesampler.figures.rows import LEFT, start_rows
from spikesampler.figures.style import RC, WIDTH, add_axes
from spikesampler.stats.survival import NO_ESCAPE, Escape, not_escaped

__all__ = ["escape_figure", "escapes"]

DASHES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.2, 1.2, 1.2)))


def arm_dashes(colors: Sequence[str]) -> list:
    """Line styles of arms, as many as colours: they tell apart what has the same."""
    return [DASHES[repeat % len(DASHES)] for repeat in repeats(colors)]


def arm_shifts(num_arms: int) -> np.ndarray:
    """How far lines of arms are drawn from their place, (num_arms,) pt, both up and to the right:
    at most 5.
    """
    return (np.arange(num_arms) - (num_arms - 1) / 2) * min(1.2, 10 / num_arms)


def escapes(
    ax: Axes,
    seconds: Sequence[np.ndarray],
    shares: Sequence[np.ndarray],
    staying: Sequence[bool],
    end: float,
    labels: Sequence[str],
    colors: Sequence[str] | None = None,
) -> None:
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
    number = len(labels)
    colors = arm_colors(labels) if colors is None else colors
    wide = np.clip(10 / number, 0.6, 1.2)  # pt
    ends = {"solid_capstyle": "projecting", "solid_joinstyle": "miter", "dash_capstyle": "butt"}
    steps = {"drawstyle": "steps-post", "lw": wide, **ends}
    cross = {"marker": "+", "ms": 6.5, "mew": wide, "zorder": 3, "clip_on": False}
    for i, (aside, dashes) in enumerate(zip(arm_shifts(number) / 72, arm_dashes(colors))):
        shift = ScaledTranslation(aside, aside, ax.figure.dpi_scale_trans)
        look = {"color": colors[i], "transform": ax.transData + shift}
        ax.plot(seconds[i], shares[i], ls=dashes, label=labels[i], **look, **steps)
        if staying[i]:
            ax.plot(seconds[i][-1], shares[i][-1], ls="none", **look, **cross)
    _limits(ax, end)


def _limits(ax: Axes, end: float) -> None:
    """The axes of shares until the end of the runs, s."""
    ax.set(xlim=(-0.03 * end, 1.03 * end), xlabel="Biological time (s)")
    ax.set(ylim=(-0.06, 1.06), yticks=np.linspace(0, 1, 6), ylabel="Runs not yet escaped (share)")


def escape_figure(dataset: Dataset) -> Figure:
    """Share of runs that have not escaped against time, a row per start; beside it how many of each
    arm's runs have.

    dataset: that of `compare_figure`, with escape_seconds (s) and escaped (bool) (arm, start, seed)
    and the attribute escape_threshold. Where that is nan axes are empty, and the title says why.
    """
    labels, num_seeds = [str(name) for name in dataset["arm"].values], dataset.sizes["seed"]
    names, colors = [broken(label) for label in labels], arm_colors(labels)
    end = float(dataset["probe_time"].values[-1])
    runs = f"{num_seeds} seeds" if num_seeds > 1 else "one seed"
    threshold = dataset.attrs["escape_threshold"]
    text = f"{runs}; escape: probe accuracy first above {threshold:.3g}"
    if np.isnan(threshold):
        text = f"{runs}; {NO_ESCAPE}"
    elif len(labels) > 1:
        text += f"; lines shifted by up to {arm_shifts(len(labels)).max():.1g} pt"
    with rc_context(RC):
        fig, rows = start_rows(dataset, text, names_height([*names, "title"], 45))
        for row in rows:
            data = row.dataset.transpose("arm", "seed", ...)
            seconds, escaped = data["escape_seconds"].values, data["escaped"].values.astype(bool)
            if np.isnan(threshold):
                place = LEFT, row.top, WIDTH - LEFT - 9, row.height
                _limits(add_axes(fig, *place, label=f"escapes{row.ending}"), end)
                continue
            steps = [not_escaped(Escape(*of_arm)) for of_arm in zip(seconds, escaped)]
            counts = zip(names, escaped.sum(axis=1))
            entries = [f"{name}: {count} of {num_seeds}" for name, count in counts]
            place = LEFT, row.top, WIDTH - LEFT - 9 - names_width(entries), row.height
            ax = add_axes(fig, *place, label=f"escapes{row.ending}")
            escapes(ax, *zip(*steps), ~escaped.all(axis=1), end, labels, colors)
            _legend(ax, labels, entries)
    return fig


def _legend(ax: Axes, labels: Sequence[str], entries: Sequence[str]) -> None:
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
