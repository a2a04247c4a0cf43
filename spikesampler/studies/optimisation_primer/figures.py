"""Panels of the optimisation primer; they compute nothing. `primer_figure(name, arrays)` puts those
of a name together.

All of them are in the units of the example, which has none: steps α are in 1/curvature.
"""

from __future__ import annotations

import numpy as np
from matplotlib import rc_context
from matplotlib.ticker import LogLocator, NullFormatter

from spikesampler.figures.style import GREY, INK, PALETTE, RC, WIDTH, add_axes, new_figure

__all__ = [
    "LAYOUTS",
    "conjugate_curves",
    "data_and_models",
    "decays",
    "descent_on_surface",
    "eigenvalue_panel",
    "lines_over_steps",
    "measured_rates",
    "plateau_profile",
    "primer_figure",
    "rates_of_step",
    "rates_on_line",
    "stability_map",
    "steps_over_condition",
    "steps_over_rate",
    "taylor_errors",
]

DASHES, DOTS = (0, (4, 1.5)), (0, (1.2, 1.2))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def data_and_models(ax, x, z, grid, curves):
    """The points (n,), and curves {label: (m,)} on a grid (m,)."""
    for (label, values), color in zip(curves.items(), PALETTE):
        ax.plot(grid, values, color=color, lw=1, label=label)
    ax.plot(x, z, "o", color=INK, ms=4, mew=0, label="data", zorder=3)
    ax.set(xlabel="x", ylabel="y", ylim=(-0.3, 4.6))
    ax.legend(loc="upper left", borderaxespad=0.2)


def taylor_errors(ax, sizes, errors):
    """What a second-order expansion misses at distances (n,), errors {label: (n,)}; what is below
    1e-14 is rounding.
    """
    styles = (
        ("o", 2.6, PALETTE[0]),
        ("s", 5, PALETTE[1]),
        ("^", 2.6, PALETTE[2]),
        ("D", 2.2, PALETTE[6]),
    )
    for (label, values), (marker, size, color) in zip(errors.items(), styles):
        ax.plot(
            sizes,
            np.maximum(values, 1e-17),
            marker + "-",
            color=color,
            ms=size,
            mew=0,
            lw=0.8,
            label=label,
        )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set(
        xlabel="Distance from the point of expansion",
        ylabel="|loss − expansion|",
        ylim=(1e-17, 1e11),
    )
    ax.legend(loc="upper left", borderaxespad=0.2, ncols=2, columnspacing=1)


def descent_on_surface(ax, a, b, loss, paths, best=None, levels=None, title="", legend=False):
    """Contours of a loss (n_b, n_a) over a and b, and paths {label: (k, 2)} on it; best (2,), the
    minimum.
    """
    levels = np.geomspace(max(loss.min(), 1e-2), loss.max(), 14) if levels is None else levels
    ax.contour(a, b, loss, levels=levels, colors=GREY, linewidths=0.4)
    for (label, path), color in zip(paths.items(), PALETTE):
        ax.plot(*path.T, "o-", color=color, ms=2, mew=0, lw=0.7, label=label)
    if best is not None:
        ax.plot(*best, "+", color=INK, ms=7, mew=1, zorder=3)
    ax.set(xlabel="a", xlim=(a[0], a[-1]), ylim=(b[0], b[-1]))
    ax.set_ylabel("b", labelpad=1)
    ax.set_title(title, fontsize=7.5, pad=3)
    if legend:
        ax.legend(
            loc="upper right", borderaxespad=0.3, frameon=True, framealpha=0.9, edgecolor="none"
        )


def lines_over_steps(ax, k, lines, ylabel, ylim=None, log_k=False, loc="upper right", level=None):
    """Lines {label: (n,)} on a logarithmic axis over steps (n,); level : (value, label) of a
    horizontal line.
    """
    if level is not None:
        ax.axhline(level[0], color=GREY, lw=0.9, ls=DOTS, label=level[1])
    for (label, values), color in zip(lines.items(), PALETTE):
        ax.plot(k, values, color=color, lw=1, label=label)
    if log_k:
        ax.set_xscale("symlog", linthresh=1)
        ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_yscale("log")
    ax.set(xlabel="Step k", ylabel=ylabel, ylim=ylim, xlim=(0, k[-1]))
    ax.legend(loc=loc, borderaxespad=0.2, ncols=2 if loc == "upper right" else 1, columnspacing=1.2)


def rates_of_step(ax, step, rates, marked, best):
    """|1 − αλ| over steps (n,), rates {label: (n,)}; marked {label: (step, rate)}; best : the step
    of least rate.
    """
    for (label, values), style in zip(rates.items(), ("-", DASHES)):
        ax.plot(step, values, color=GREY, lw=0.9, ls=style, label=label)
    ax.axhline(1, color=INK, lw=0.5)
    for (label, (one, rate)), color, marker in zip(marked.items(), PALETTE, MARKERS):
        ax.plot(one, rate, marker, color=color, ms=4.5, mew=0, label=label, clip_on=False, zorder=3)
    ax.axvline(best, color=GREY, lw=0.5, ls=DOTS)
    ax.set(
        xlabel="Step α (1/curvature)",
        ylabel="|1 − αλ| (per step)",
        xlim=(0, step[-1]),
        ylim=(0, 1.9),
    )
    ax.legend(loc="upper left", borderaxespad=0.2, ncols=3, columnspacing=1)


def decays(ax, k, lines, ylabel):
    """As `lines_over_steps`, with the legend between what decays fast and slowly."""
    lines_over_steps(ax, k, lines, ylabel, ylim=(1e-6, 10), loc="lower left")
    ax.legend(loc="lower left", bbox_to_anchor=(0.22, 0), borderaxespad=0.2)


def eigenvalue_panel(ax, labels, values, floor):
    """Sizes of eigenvalues (n_start, n) of the Hessian, one column per start; those below the floor
    stand on it.
    """
    for i, row in enumerate(values):
        real = np.abs(row) > floor
        ax.plot(np.full(real.sum(), i), np.abs(row)[real], "o", color=PALETTE[i], ms=4, mew=0)
        ax.plot(
            np.full((~real).sum(), i),
            np.full((~real).sum(), floor),
            "v",
            mfc="white",
            mec=PALETTE[i],
            ms=5,
        )
    ax.axhline(floor, color=GREY, lw=0.5)
    ax.set_yscale("log")
    ax.set_xticks(range(len(labels)), labels)
    ax.text(
        0.5,
        0.05,
        f"▽  below {floor:.0e}: zero to rounding",
        transform=ax.transAxes,
        ha="center",
        fontsize=7,
    )
    ax.set(
        ylabel="Eigenvalue of the Hessian", xlim=(-0.5, len(labels) - 0.5), ylim=(floor / 1000, 1e3)
    )


def plateau_profile(ax, c, loss, start, level):
    """The bump's loss over c; start (c, loss), level: where the plateau is said to be left."""
    ax.plot(c, loss, color=PALETTE[0])
    ax.axhline(level, color=GREY, lw=0.9, ls=DOTS, label="left, half-way down")
    ax.plot(*start, "o", color=INK, ms=4, mew=0, label="start")
    ax.set(
        xlabel="c, place of the bump",
        ylabel="Loss",
        ylim=(0, 1.45 * loss.max()),
        xlim=(c[0], c[-1] + 0.2),
    )
    ax.legend(loc="upper left", borderaxespad=0.2)


def steps_over_rate(ax, step, measured, theory, budget, xlabel="Step α (1/curvature)"):
    """Steps needed over step sizes (n,): measured and theory {momentum: (n,)}; −1 is drawn open, at
    the budget.
    """
    for i, (label, values) in enumerate(measured.items()):
        known = values >= 0
        ax.plot(step, theory[label], color=PALETTE[i], lw=0.9)
        ax.plot(
            step[known],
            values[known],
            MARKERS[i],
            color=PALETTE[i],
            ms=4,
            mew=0,
            label=f"β = {label}",
        )
        ax.plot(
            step[~known],
            np.full((~known).sum(), budget),
            MARKERS[i],
            mfc="white",
            mec=PALETTE[i],
            ms=4,
        )
    ax.plot([], [], color=GREY, lw=0.9, label="theory")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set(
        xlabel=xlabel,
        ylabel="Steps to leave",
        ylim=(None, 40 * max(one.max() for one in measured.values())),
    )
    ax.legend(loc="upper right", borderaxespad=0.2, ncols=2, columnspacing=1)


def stability_map(ax, product, beta, growth, boundary, lines, best):
    """Measured rate (n_β, n) over αλ and β in grey; boundary (2, m) by theory; lines {label: (2,
    m)}: α + β = 1.

    best : (αλ (2,), β), the best heavy ball, at both ends of the spectrum
    """
    shown = ax.pcolormesh(
        product,
        beta,
        np.minimum(growth, 1.5),
        cmap="Greys",
        vmin=0,
        vmax=2.6,
        shading="nearest",
        rasterized=True,
    )
    ax.contour(product, beta, growth, levels=[1], colors=[PALETTE[5]], linewidths=2.2)
    ax.plot(*boundary, color=INK, lw=0.9, ls=DASHES)
    for (label, line), color in zip(lines.items(), (PALETTE[0], PALETTE[4], PALETTE[2])):
        ax.plot(*line, color=color, lw=1.2, label=label)
    ax.plot([], [], color=PALETTE[5], lw=2.2, label="rate 1, measured")
    ax.plot([], [], color=INK, lw=0.9, ls=DASHES, label="αλ = 2(1 + β), β = 1")
    ax.plot(
        best[0],
        np.full(2, best[1]),
        "D",
        mfc="white",
        mec=INK,
        ms=4,
        mew=0.8,
        label="best heavy ball",
    )
    ax.set(
        xlabel="αλ (step × curvature)",
        ylabel="Momentum β",
        xlim=(product[0], product[-1]),
        ylim=(beta[0], beta[-1]),
    )
    ax.legend(
        loc="upper left", bbox_to_anchor=(0, -0.22), ncols=2, borderaxespad=0, columnspacing=1.2
    )
    return shown


def rates_on_line(ax, rest, rates, best, free):
    """Rate over 1 − β = α on the line α + β = 1: rates {label: (n,)}, best {label: (1 − β, rate)};
    free : best rate.
    """
    ax.axhline(1, color=INK, lw=0.5)
    ax.axhline(free, color=INK, lw=0.9, ls=DASHES, label="best α and β, any scale")
    for (label, values), color in zip(rates.items(), (PALETTE[0], PALETTE[4], PALETTE[2])):
        ax.plot(rest, values, color=color, lw=1.2, label=label)
        ax.plot(*best[label], "o", color=color, ms=4, mew=0)
    ax.set_xscale("log")
    ax.set(
        xlabel="α = 1 − β",
        ylabel="Rate (factor of the distance per step)",
        ylim=(0.4, 1.3),
        xlim=(rest.min(), rest.max()),
    )
    ax.legend(
        loc="upper left", bbox_to_anchor=(0, -0.22), ncols=2, borderaxespad=0, columnspacing=1.2
    )


def measured_rates(ax, condition, measured, theory, line):
    """−log rate per step over κ: measured {method: (n,)}; theory {method: (m,)} on line (m,)."""
    for i, (label, values) in enumerate(measured.items()):
        ax.plot(line, theory[label], color=PALETTE[i], lw=0.9)
        ax.plot(condition, values, MARKERS[i], color=PALETTE[i], ms=4.5, mew=0, label=label)
    ax.plot([], [], color=GREY, lw=0.9, label="theory")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set(xlabel="Condition number κ", ylabel="−log rate (per step)")
    ax.legend(loc="lower left", borderaxespad=0.2)


def conjugate_curves(ax, k, curves, dimensions, fraction):
    """Distance over that at the start, {label: (n_draw, n_k)}, all draws; exact: `dimensions`
    steps.
    """
    ax.axvline(dimensions, color=GREY, lw=0.9, ls=DOTS)
    ax.axhline(fraction, color=GREY, lw=0.9, ls=DASHES)
    for (label, rows), color in zip(
        curves.items(), (PALETTE[4], PALETTE[0], PALETTE[3], PALETTE[5], PALETTE[8])
    ):
        for i, row in enumerate(rows):
            ax.plot(k, np.maximum(row, 1e-16), color=color, lw=0.8, label=label if i == 0 else None)
    ax.set_yscale("log")
    ax.set(
        xlabel="Step k", ylabel="Distance / distance at the start", ylim=(1e-16, 5), xlim=(0, k[-1])
    )
    ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1), borderaxespad=0)


def steps_over_condition(
    ax, condition, steps, computed, budget, guides, colors, ylabel, missed, dimensions
):
    """Steps over κ (n,), {method: (3, n)}: median, low and high over the draws; nan where the
    median is not reached.

    computed : {method: (n,) bool}, not stepped but computed, drawn open. missed : {method: the
        place of its row of open
    triangles, for what is not reached}; where only some draws are, the bar ends in a triangle.
    guides : {label: (n,)}, theory, in grey.
    dimensions : steps of conjugate gradients in exact arithmetic
    """
    bottom, top = min(missed.values()) / 2.5, max(missed.values()) * 2.5
    ax.axhspan(bottom, top, color=GREY, alpha=0.13, lw=0)
    ax.text(0.7, np.sqrt(bottom * top), f"not reached\nin {budget} steps", va="center", fontsize=7)
    ax.axhline(budget, color=GREY, lw=0.6, ls=DOTS)
    for values in guides.values():
        ax.plot(condition, values, color=GREY, lw=0.9, zorder=1)
    ax.axhline(dimensions, color=GREY, lw=0.6, ls=DASHES, zorder=1)
    for i, (label, (middle, low, high)) in enumerate(steps.items()):
        known, color, marker = np.isfinite(middle), colors[label], MARKERS[i % len(MARKERS)]
        ax.plot(condition, middle, color=color, lw=0.8)
        ends = np.where(np.isinf(high), 4 * budget, high)
        ax.vlines(condition[known], low[known], ends[known], color=color, lw=0.9)
        some = known & np.isinf(high)
        ax.plot(condition[some], ends[some], "^", color=color, mew=0, ms=3)
        for open_, which in ((False, known & ~computed[label]), (True, known & computed[label])):
            ax.plot(
                condition[which],
                middle[which],
                marker,
                color=color,
                mfc="white" if open_ else color,
                ms=4,
                mew=0.9 if open_ else 0,
            )
        rest = condition[~known]
        ax.plot(
            rest, np.full(len(rest), missed.get(label)), "^", mfc="white", mec=color, mew=0.9, ms=4
        )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.xaxis.set_major_locator(LogLocator(numticks=6))
    ax.set(
        xlabel="Condition number κ", ylabel=ylabel, ylim=(0.6, top), xlim=(0.5, 2 * condition[-1])
    )


# name: (height in mm, [(panel, key of its arrays, (left, top, width, height) in mm, heading)])
_FOUR = [(10 + 43.5 * i, 36, 34) for i in range(4)]
LAYOUTS = {
    "line": (
        68,
        [
            (data_and_models, "data", (13, 9, 72, 47), "Three points, two models"),
            (taylor_errors, "taylor", (105, 9, 71, 47), "Taylor's second term, with ½ and without"),
        ],
    ),
    "steps": (
        116,
        [
            *[
                (
                    descent_on_surface,
                    f"path{i}",
                    (left, 13, w, h),
                    "Gradient descent on the line fit" if i == 0 else "",
                )
                for i, (left, w, h) in enumerate(_FOUR)
            ],
            (lines_over_steps, "loss", (16, 66, 70, 38), "Loss"),
            (rates_of_step, "rates", (105, 66, 71, 38), "What the step decides"),
        ],
    ),
    "momentum": (
        116,
        [
            *[
                (
                    descent_on_surface,
                    f"path{i}",
                    (left, 13, w, h),
                    "With and without momentum" if i == 0 else "",
                )
                for i, (left, w, h) in enumerate(_FOUR)
            ],
            (decays, "distance", (15, 66, 161, 38), "Distance to the minimum"),
        ],
    ),
    "bump": (
        128,
        [
            (descent_on_surface, "surface", (16, 9, 69, 44), "Loss at c = −1, d = 0"),
            (lines_over_steps, "plane", (107, 9, 69, 44), "Descent of a and b"),
            (lines_over_steps, "four", (16, 72, 69, 44), "Descent of a, b, c and d"),
            (eigenvalue_panel, "eigenvalues", (107, 72, 69, 44), "Curvature where it ends"),
        ],
    ),
    "flat": (
        64,
        [
            (plateau_profile, "profile", (13, 9, 43, 43), "A plateau"),
            (steps_over_rate, "plateau", (73, 9, 43, 43), "Steps to leave it"),
            (steps_over_rate, "saddle", (133, 9, 43, 43), "Steps to leave a saddle"),
        ],
    ),
    "stability": (
        92,
        [
            (stability_map, "map", (13, 9, 72, 52), "Where iterations decay"),
            (rates_on_line, "line", (105, 9, 71, 52), "On the line α + β = 1"),
        ],
    ),
    "rates": (
        68,
        [
            (
                measured_rates,
                "rates",
                (15, 9, 70, 46),
                "Rates, 200 to 400 time constants after the start",
            ),
            (conjugate_curves, "conjugate", (105, 9, 54, 46), "Conjugate gradients, rotated"),
        ],
    ),
    "conditioning": (
        186,
        [
            (steps_over_condition, f"{measure}, {kind}", (left, top, 72, 68), heading)
            for measure, top in (("distance", 9), ("loss", 94))
            for kind, left, heading in (
                ("aligned", 13, f"{measure.capitalize()}, axis-aligned"),
                ("rotated", 104, f"{measure.capitalize()}, rotated"),
            )
        ],
    ),
}


def primer_figure(name, arrays, legend=None):
    """The figure of a name in LAYOUTS; arrays {key: the panel's arguments}; legend : {method:
    colour}, at the foot.
    """
    height, panels = LAYOUTS[name]
    with rc_context(RC):
        fig, number = new_figure(height), 0
        for panel, key, (left, top, width, deep), heading in panels:
            ax = add_axes(fig, left, top, width, deep, label=key)
            panel(ax, **arrays[key])
            if heading:
                fig.text(
                    (left - 9) / WIDTH,
                    1 - (top - (8 if "path" in key else 4)) / height,
                    f"{'abcdefgh'[number]}   {heading}",
                    va="center",
                    fontsize=8,
                )
                number += 1
        if legend:
            handles = [
                ax.plot([], [], marker + "-", color=color, ms=4, mew=0, lw=0.8, label=label)[0]
                for (label, color), marker in zip(legend.items(), MARKERS)
            ]
            fig.legend(handles=handles, loc="lower center", ncols=4, fontsize=7, columnspacing=1.5)
    return fig
