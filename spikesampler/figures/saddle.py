"""The saddle criterion along a learning path: criterion, exact trace, largest eigenvalue, and accuracy below."""

from __future__ import annotations

import numpy as np
from matplotlib import rc_context

from spikesampler.figures.learning_curves import levels
from spikesampler.figures.style import GREY, INK, PALETTE, RC, WIDTH, add_axes, new_figure

__all__ = ["accuracy_below", "criterion_curves", "saddle_figure"]

COLORS = {"total": PALETTE[0], "trace": PALETTE[1], "largest": PALETTE[2]}
NAMES = {"total": "A + B + C, Eq. (4)", "trace": "Exact trace", "largest": "Largest eigenvalue"}
MARKERS = {"total": "o", "trace": "s", "largest": "^"}


def criterion_curves(ax, seconds, curves, errors, linear=1.0):
    """Curves against biological time on an axis that is linear within `linear` and logarithmic beyond, with 2 SE.

    Parameters
    ----------
    seconds : (n_snapshot,), s
    curves, errors : {name of NAMES: (n_snapshot,)}, in units of the Hessian; errors are standard errors.
    """
    ax.axhline(0, color=GREY, lw=0.8)
    for name, values in curves.items():
        low, high = values - 2 * errors[name], values + 2 * errors[name]
        ax.fill_between(seconds, low, high, color=COLORS[name], alpha=0.18, lw=0)
        ax.plot(seconds, values, MARKERS[name] + "-", color=COLORS[name], ms=2.8, mew=0, lw=1, label=NAMES[name])
    ax.set_yscale("symlog", linthresh=linear)
    ends = np.concatenate([np.ravel(values) for values in curves.values()] + [[-linear, linear]])
    powers = {sign: int(np.ceil(np.log10(max((sign * ends).max(), 1)))) for sign in (-1, 1)}
    ticks = [sign * 10.0**power for sign in (-1, 1) for power in range(0, powers[sign] + 1, 1 + powers[sign] // 5)]
    ax.set_yticks(sorted({*ticks, 0.0}))
    ax.set_ylim(-(10.0 ** (powers[-1] + 0.2)), 10.0 ** (powers[1] + 0.4))
    ax.minorticks_off()
    ax.set_ylabel("Curvature of J (symmetric log)")


def accuracy_below(ax, seconds, accuracy, chance=None, bayes=None):
    """Probe accuracy against biological time; seconds, accuracy (n_snapshot,)."""
    levels(ax, chance, bayes)
    ax.plot(seconds, accuracy, "o-", color=INK, ms=2.8, mew=0)
    ax.set(ylim=(0, 1.02), ylabel="Probe accuracy", xlabel="Biological time (s)")


def saddle_figure(found, chance=None, bayes=None):
    """The Dataset of `landscape.saddle_path` as a figure; chance and bayes are levels of the accuracy."""
    seconds, about = found["seconds"].values, found.attrs
    span = max(float(seconds.max()), 1e-9)
    limits = (seconds.min() - 0.02 * span, seconds.max() + 0.02 * span)
    with rc_context(RC):
        fig = new_figure(116)
        upper = add_axes(fig, 19, 12, 113, 52, label="criterion")
        curves = {name: found[name].values for name in NAMES}
        criterion_curves(upper, seconds, curves, {name: found[f"{name}_error"].values for name in NAMES})
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
            f"{about['patterns']} PSP {about['kind']} that count\nas {about['effective_patterns']:.6g}",
        ]
        fig.text(134 / WIDTH, 1 - 33 / 116, "\n\n".join(told), va="top", fontsize=7)
        title = f"{about['arm']}, start {about['start']}, seed {about['seed']}"
        fig.text(19 / WIDTH, 1 - 6 / 116, title, va="center", fontsize=8)
    return fig
