"""The network's weight changes against the gradient of J, and what sampled spikes know of J."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator

from spikesampler.figures.style import GREY, INK, PALETTE, RC, add_axes, add_text, new_figure

__all__ = ["convergence", "curvature_bias", "error_law", "gradient_figure", "spread"]

SNAPSHOTS, MEANS, PLUG_IN, CORRECTED = PALETTE[0], PALETTE[5], PALETTE[1], PALETTE[2]
HEIGHT, LEFTS, TOPS, ACROSS, DOWN = 128, (15, 75, 135), (17, 77), 42, 40  # mm


def convergence(ax, events, snapshots, means, predicted, low, high, floor, limits):
    """Relative error of the mean change against the number of events.

    snapshots, means : (n,), against either gradient. predicted, low, high : (n,), the standard
    error, and the bounds of 95 % of such errors. floor : relative bias of the smoothed gradient;
    limits : (2,) of the axis.
    """
    if floor < limits[0]:
        look = {"color": MEANS, "fontsize": 6.5, "transform": ax.transAxes}
        ax.text(0.04, 0.04, f"bias of means: {floor:.1g}, below", **look)
    ax.axhline(floor, color=MEANS, lw=0.8, ls=(0, (1.2, 1.2)), label="bias of means")
    ax.fill_between(events, low, high, color=GREY, alpha=0.3, lw=0, label="95 % of errors")
    ax.plot(events, predicted, color=INK, lw=0.9, label="standard error, slope −½")
    ax.plot(events, means, "s", color=MEANS, ms=3.4, mew=0, label="against means")
    ax.plot(events, snapshots, "o", color=SNAPSHOTS, ms=3.4, mew=0, label="against snapshots")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set(xlabel="Events n", ylabel="Relative error of mean change", ylim=limits)


def error_law(ax, edges, densities, line):
    """Error over standard error: densities {name: (n_bin,)} as steps, line (2, n) their law."""
    ax.plot(*line, color=INK, lw=0.9, label="normal law")
    for color, (name, values) in zip((PALETTE[4], PALETTE[3], PALETTE[7]), densities.items()):
        ax.stairs(values, edges, color=color, lw=1.0, label=name)
    ax.set(xlim=(edges[0], edges[-1]), xlabel="Error / standard error")
    ax.set(ylim=(0, 0.62), ylabel="Density")
    ax.legend(loc="upper left", borderaxespad=0.2, ncols=2, columnspacing=1, handlelength=1.4)


def curvature_bias(ax, spikes, plug_in, corrected, theory):
    """Bias of the sampled curvature over its Fisher term against spikes a pattern.

    plug_in, corrected : (3, n), mean, low and high; nan where it does not exist. theory : (n,), of
    the plug-in estimate.
    """
    ax.axhline(0, color=CORRECTED, lw=0.9)
    ax.plot(spikes, theory, color=PLUG_IN, lw=0.9, label="1/m")
    for values, color, mark, name in (
        (plug_in, PLUG_IN, "s", "plug-in"),
        (corrected, CORRECTED, "o", "corrected"),
    ):
        middle, low, high = values
        ax.vlines(spikes, low, high, color=color, lw=0.9)
        ax.plot(spikes, middle, mark, color=color, ms=3.4, mew=0, label=name)
    over_spikes(ax, spikes)
    ax.set(ylabel=r"Bias of $v^{\mathsf{T}} H v$ / Fisher term", ylim=(-0.12, 1.12))
    ax.legend(loc="upper right", borderaxespad=0.2)


def spread(ax, spikes, gradient, theory, plug_in, corrected):
    """Relative standard deviation against spikes a pattern, (n,) each; theory : of the gradient.

    Of the gradient over its norm, and of v^T H v over its Fisher term.
    """
    ax.plot(spikes, theory, color=SNAPSHOTS, lw=0.9, label="gradient: theory")
    marks = (
        (gradient, SNAPSHOTS, "^", "gradient"),
        (plug_in, PLUG_IN, "s", "Hessian, plug-in"),
        (corrected, CORRECTED, "o", "Hessian, corrected"),
    )
    for values, color, mark, name in marks:
        ax.plot(spikes, values, mark, color=color, ms=3.4, mew=0, label=name)
    over_spikes(ax, spikes)
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter(NullFormatter())
    lowest = np.nanmin([gradient, plug_in, corrected])
    ax.set(ylabel="Relative standard deviation", ylim=(lowest / 1.5, 8 * theory.max()))
    ax.legend(loc="upper right", borderaxespad=0.2)


def over_spikes(ax: Axes, spikes: np.ndarray) -> None:
    """The axis of spikes a pattern."""
    ax.set_xscale("log", base=2)
    ax.set_xticks(spikes, [f"{m:g}" for m in spikes])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set(xlabel="Spikes a pattern, m")


def gradient_figure(arrays: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Six panels; arrays {panel: its arguments} in their order, "convergence THETA" of three."""
    panels = {
        "error_law": (error_law, "Law of the errors"),
        "curvature_bias": (curvature_bias, "Sampled Hessian: bias"),
        "spread": (spread, "Sampled versions: spread"),
    }
    with rc_context(RC):
        fig = new_figure(HEIGHT)
        axes = []
        for i, (name, arguments) in enumerate(arrays.items()):
            left, top = LEFTS[i % 3], TOPS[i // 3]
            panel, title = panels.get(name, (convergence, f"θ: {name.split()[-1]}"))
            axes.append(add_axes(fig, left, top, ACROSS, DOWN, label=name))
            panel(axes[-1], **arguments)
            add_text(fig, left - 12, top - 5, f"{'abcdef'[i]}   {title}")
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, 1)}
        fig.legend(*axes[0].get_legend_handles_labels(), ncols=5, **place)
        for ax in axes[1:3]:
            ax.set_ylabel("")
    return fig
