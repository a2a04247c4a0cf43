"""Saddles with known answers: spectra, times to escape over dimension, and over the number of
saddles on the way.
"""

from __future__ import annotations

import numpy as np
from matplotlib import rc_context
from matplotlib.ticker import LogLocator

from spikesampler.figures.style import GREY, INK, PALETTE, RC, add_axes, add_text, new_figure

COLORS = {"plain": PALETTE[0], "noisy": PALETTE[1], "perturbed": PALETTE[2]}
MARKERS = {"plain": "o", "noisy": "s", "perturbed": "^"}
HEIGHT, LEFTS, TOPS, ACROSS, DOWN = 138, (15, 105), (10, 78), 71, 46  # mm


def marked(ax, x, values, method, **kwargs):
    """Medians or means with their intervals, values (3, n): middle, low, high; an infinite bound
    reaches the edge.
    """
    middle, low, high = np.where(np.isinf(values), 1e9, values)
    known = np.isfinite(values[0])
    ax.vlines(x[known], low[known], high[known], color=COLORS[method], lw=0.9)
    ax.plot(x[known], middle[known], MARKERS[method], color=COLORS[method], ms=3.6, mew=0, **kwargs)


def saddle_spectra(ax, dimension, eigenvalues, theory):
    """Eigenvalues of the Hessian at the tensor function's symmetric saddle, as dots, and what they
    should be.

    dimension : (n,), eigenvalues : (n, most), nan beyond the last one, theory : (2, n), lower and
        upper
    """
    ax.axhline(0, color=GREY, lw=0.5)
    styles = {"−8/d, (d−1)² times": "-", "8(d−1)/d, d−1 times": (0, (4, 1.5))}
    for values, (text, style) in zip(theory, styles.items()):
        ax.plot(dimension, values, ls=style, color=INK, lw=0.9, label=text)
    for d, values in zip(dimension, eigenvalues):
        known = values[np.isfinite(values)]
        ax.plot(np.full(len(known), d), known, "o", color=PALETTE[0], ms=3.6, mew=0)
    ax.plot([], [], "o", color=PALETTE[0], ms=3.6, mew=0, label="measured, all d(d−1)")
    ax.set_xticks(dimension, [f"{one:g}" for one in dimension])
    ax.set(xlabel="Dimension d", ylabel="Eigenvalue of the Hessian", ylim=(-4.5, 9))
    ax.legend(loc="center right", bbox_to_anchor=(1, 0.53), borderaxespad=0)


def escape_over_dimension(ax, dimension, steps, theory):
    """Steps to leave the symmetric saddle: steps {method: (3, n)}, median, low and high; theory
    {method: (n,)}.
    """
    for method, values in steps.items():
        ax.plot(dimension, theory[method], color=COLORS[method], lw=0.9)
        marked(ax, dimension, values, method, label=method)
    ax.plot([], [], color=GREY, lw=0.9, label="theory")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xticks(dimension, [f"{one:g}" for one in dimension])
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.minorticks_off()
    every = np.concatenate([values[0] for values in steps.values()])
    limits = (np.nanmin(every) / 1.5, 4 * np.nanmax(every))
    ax.set(xlabel="Dimension d", ylabel="Gradient steps to escape", ylim=limits)
    ax.legend(loc="upper left", borderaxespad=0.2)


def steps_to_saddles(ax, steps, factor, limit):
    """Step by which saddle n is passed: steps {method: (3, n_saddle)}, median, low and high, nan
    where censored.

    factor : growth of the steps per saddle that theory gives plain gradient descent, drawn from its
        first two saddles
    limit : steps after which walks were given up
    """
    number = np.arange(1, 1 + next(iter(steps.values())).shape[1])
    first, second = steps["plain"][0, :2]
    guide = first + (second - first) * (factor ** (number - 1.0) - 1) / (factor - 1)
    text = f"each saddle ×{factor:.2f} (theory)"
    ax.plot(number, guide, color=COLORS["plain"], lw=0.9, label=text)
    ax.axhline(limit, color=GREY, lw=0.9, ls=(0, (1.2, 1.2)), label="end of the walks")
    for method, values in steps.items():
        marked(ax, number, values, method, label=method)
    ax.set_yscale("log")
    ax.set_xticks(number)
    ax.set(xlabel="Saddle n", xlim=(0.5, number[-1] + 0.5))
    limits = (np.nanmin(steps["plain"][1]) / 2, 2 * limit)
    ax.set(ylabel="Steps until saddle n is passed", ylim=limits)
    ax.legend(loc="lower right", borderaxespad=0.2)


def growth_factors(ax, ratio, factors, theory, limit):
    """Growth of the steps per saddle against L/γ: factors {method: (3, n)}, mean, low and high.

    theory : (n,), plain gradient descent at its step size; limit : (n,), for small steps
    """
    ax.axhline(1, color=GREY, lw=0.5)
    ax.plot(ratio, theory, color=COLORS["plain"], lw=0.9, label="theory, this step size")
    ax.plot(ratio, limit, color=GREY, lw=0.9, ls=(0, (4, 1.5)), label="1 + L/γ, small steps")
    for i, (method, values) in enumerate(factors.items()):
        marked(ax, ratio + 0.02 * i, values, method, label=method)  # the last two lie on each other
    ax.set_xticks(ratio, [f"{one:.3g}" for one in ratio])
    ax.set(xlabel="Ratio of curvatures L/γ", ylabel="Growth of steps per saddle")
    ax.set_ylim(0, 1.75 * max(theory.max(), 2))
    ax.legend(loc="upper left", borderaxespad=0.2)


def strict_saddle_figure(arrays, texts):
    """The four panels; arrays {panel's name: its arguments}, texts {panel's name: what was run}, in
    the same order.
    """
    panels = {
        saddle_spectra: "Spectrum at the symmetric saddle",
        escape_over_dimension: "Escape from that saddle",
        steps_to_saddles: "Octopus function",
        growth_factors: "Growth per saddle",
    }
    with rc_context(RC):
        fig = new_figure(HEIGHT)
        for i, (panel, title) in enumerate(panels.items()):
            left, top = LEFTS[i % 2], TOPS[i // 2]
            ax = add_axes(fig, left, top, ACROSS, DOWN, label=panel.__name__)
            panel(ax, **arrays[panel.__name__])
            add_text(fig, left - 11, top - 5, f"{'abcd'[i]}   {title}")
            about = {"ha": "right", "fontsize": 6.5, "color": "#555555"}
            add_text(fig, left + ACROSS, top - 5, texts[panel.__name__], **about)
    return fig
