"""The saddle criterion along a learning path: criterion, exact trace, largest eigenvalue, and
accuracy below.
"""

from __future__ import annotations

import numpy as np
from matplotlib import rc_context

from spikesampler.figures.learning_curves import arm_colors, levels
from spikesampler.figures.style import GREY, INK, PALETTE, RC, WIDTH, add_axes, new_figure

__all__ = [
    "accuracy_below",
    "criterion_curves",
    "index_curves",
    "saddle_figure",
    "signs",
    "study_figure",
]

COLORS = {"total": PALETTE[0], "trace": PALETTE[1], "largest": PALETTE[2]}
NAMES = {"total": "A + B + C, Eq. (4)", "trace": "Exact trace", "largest": "Largest eigenvalue"}
MARKERS = {"total": "o", "trace": "s", "largest": "^"}


def criterion_curves(ax, seconds, curves):
    """Curves with bands against biological time on an axis that is linear within -1 .. 1 and
    logarithmic beyond.

    Parameters
    ----------
    seconds : (n_snapshot,), s
    curves : {name of NAMES: (3, n_snapshot) value, low and high}, in units of the Hessian
    """
    ax.axhline(0, color=GREY, lw=0.8)
    for name, (values, low, high) in curves.items():
        ax.fill_between(seconds, low, high, color=COLORS[name], alpha=0.18, lw=0)
        ax.plot(
            seconds,
            values,
            MARKERS[name] + "-",
            color=COLORS[name],
            ms=2.8,
            mew=0,
            lw=1,
            label=NAMES[name],
        )
    symmetric_log(ax.yaxis, np.concatenate([np.ravel(bands) for bands in curves.values()]))
    ax.set_ylabel("Curvature of J (symmetric log)")


def symmetric_log(axis, values):
    """Make an axis (ax.xaxis or ax.yaxis) linear within -1 .. 1 and logarithmic beyond, with ticks
    at powers of ten.
    """
    values = values[np.isfinite(values)]
    powers = {
        sign: int(np.ceil(np.log10(max((sign * values).max(initial=1.0), 1.0)) + 0.05))
        for sign in (-1, 1)
    }
    getattr(axis.axes, f"set_{axis.axis_name}scale")("symlog", linthresh=1.0)
    ticks = [
        sign * 10.0**power
        for sign in (-1, 1)
        for power in range(0, powers[sign] + 1, 1 + powers[sign] // 5)
    ]
    axis.set_ticks(sorted({*ticks, 0.0}))
    getattr(axis.axes, f"set_{axis.axis_name}lim")(
        -(10.0 ** (powers[-1] + 0.2)), 10.0 ** (powers[1] + 0.2)
    )
    axis.axes.minorticks_off()


def accuracy_below(ax, seconds, accuracy, chance=None, bayes=None):
    """Probe accuracy against biological time; seconds, accuracy (n_snapshot,)."""
    levels(ax, chance, bayes)
    ax.plot(seconds, accuracy, "o-", color=INK, ms=2.8, mew=0)
    ax.set(ylim=(0, 1.02), ylabel="Probe accuracy", xlabel="Biological time (s)")


def saddle_figure(found, chance=None, bayes=None):
    """The Dataset of `landscape.saddle_path` as a figure; chance and bayes are levels of the
    accuracy.
    """
    seconds, about = found["seconds"].values, found.attrs
    span = max(float(seconds.max()), 1e-9)
    limits = (seconds.min() - 0.02 * span, seconds.max() + 0.02 * span)
    with rc_context(RC):
        fig = new_figure(116)
        upper = add_axes(fig, 19, 12, 113, 52, label="criterion")
        curves = {name: (found[name].values, 2 * found[f"{name}_error"].values) for name in NAMES}
        criterion_curves(
            upper, seconds, {name: (y, y - dy, y + dy) for name, (y, dy) in curves.items()}
        )
        upper.tick_params(labelbottom=False)
        upper.legend(loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0)
        lower = add_axes(fig, 19, 73, 113, 32, label="accuracy")
        accuracy_below(lower, seconds, found["accuracy"].values, chance, bayes)
        for ax in (upper, lower):
            ax.set_xlim(limits)
        known = np.isfinite(found["largest"].values)
        agree = f"{found['agrees'].values[known].sum()} of {known.sum()} snapshots"
        told = [
            f"A + B + C has the sign of the\nlargest eigenvalue in\n{agree}",
            "bands: 2 standard errors from\nthe choice of patterns",
            (
                f"{about['patterns']} PSP {about['kind']} that count\nas"
                f" {about['effective_patterns']:.6g}"
            ),
        ]
        fig.text(134 / WIDTH, 1 - 33 / 116, "\n\n".join(told), va="top", fontsize=7)
        title = f"{about['arm']}, start {about['start']}, seed {about['seed']}"
        fig.text(19 / WIDTH, 1 - 6 / 116, title, va="center", fontsize=8)
    return fig


def index_curves(ax, seconds, index, labels):
    """Share of positive eigenvalues against biological time, one line per arm with a 95 % band.

    seconds : (n_snapshot,), s; index : (n_arm, 3, n_snapshot) mean, low and high, 0 .. 1; labels :
        (n_arm,)
    """
    for color, label, (mean, low, high) in zip(arm_colors(len(labels)), labels, index):
        ax.fill_between(seconds, low, high, color=color, alpha=0.18, lw=0)
        ax.plot(seconds, mean, color=color, label=label)
    ax.set(ylim=(0, None), xlabel="Biological time (s)", ylabel="Positive eigenvalues (share)")


def signs(ax, total, largest, group, labels):
    """Criterion against largest eigenvalue; the quadrants where their signs differ are shaded.

    total, largest : (n_point,); group : (n_point,) int, the place in labels.
    """
    markers = ("o", "s", "^", "D", "v", "P")
    for number, (color, label) in enumerate(zip(PALETTE, labels)):
        here = group == number
        if not here.any():
            continue
        ax.plot(
            largest[here],
            total[here],
            markers[number],
            color=color,
            ms=3.2,
            mew=0,
            alpha=0.8,
            label=label,
        )
    symmetric_log(ax.xaxis, largest)
    symmetric_log(ax.yaxis, total)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    ax.fill_between([left, 0], 0, high, color=GREY, alpha=0.15, lw=0, zorder=0)
    ax.fill_between([0, right], low, 0, color=GREY, alpha=0.15, lw=0, zorder=0)
    ax.set(xlabel="Largest eigenvalue", ylabel="A + B + C, Eq. (4)")


def study_figure(paths, index, stationary):
    """Criterion along the paths of arms and starts; index along paths; signs at stationary points.

    Parameters
    ----------
    paths : {(arm, start): (seconds, curves as in `criterion_curves`)}, two arms and two starts
    index : {start: (seconds, index, labels) as in `index_curves`}
    stationary : (total, largest, group, labels) as in `signs`
    """
    with rc_context(RC):
        fig = new_figure(204)
        for number, ((arm, start), (seconds, curves)) in enumerate(paths.items()):
            row, column = divmod(number, 2)
            ax = add_axes(fig, 16 + 88 * column, 19 + 59 * row, 70, 42, label=f"{arm} {start}")
            criterion_curves(ax, seconds, curves)
            ax.set(xlabel="Biological time (s)", ylabel="Curvature of J" if column == 0 else "")
            _title(fig, "abcd"[number], f"{arm}, start {start}", 16 + 88 * column, 14.5 + 59 * row)
        _legend(fig, fig.axes[0], 14, 3)
        for number, (start, (seconds, shares, labels)) in enumerate(index.items()):
            ax = add_axes(fig, 16 + 46 * number, 142, 34, 38, label=f"index {start}")
            index_curves(ax, seconds, shares, labels)
            ax.set_ylabel("Positive eigenvalues (share)" if number == 0 else "")
            _title(fig, "ef"[number], f"Index, start {start}", 16 + 46 * number, 137.5)
        _legend(fig, fig.axes[-1], 14, 190)
        ax = add_axes(fig, 116, 142, 56, 38, label="signs")
        signs(ax, *stationary)
        _legend(fig, ax, 114, 190, 2)
        _title(fig, "g", "Stationary points", 116, 137.5)
    return fig


def _legend(fig, ax, left, top, columns=4):
    """The lines of these axes in columns at a place in mm."""
    place = (left / WIDTH, 1 - top / (fig.get_size_inches()[1] * 25.4))
    fig.legend(
        *ax.get_legend_handles_labels(),
        loc="upper left",
        bbox_to_anchor=place,
        ncols=columns,
        borderaxespad=0,
    )


def _title(fig, letter, text, left, top):
    height = fig.get_size_inches()[1] * 25.4
    fig.text(left / WIDTH, 1 - top / height, f"{letter}   {text}", fontsize=8, va="center")
