"""LIGHT's family: the population over time by growth, harvest, law and when harvest begins; slopes;
phase plane.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib import colormaps, rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from spikesampler.figures.style import GREY, INK, PALETTE, RC, WIDTH, add_axes, new_figure

__all__ = ["family_figure"]

COLORS = {"gompertz": PALETTE[0], "richards": PALETTE[1], "printed": PALETTE[5], "sigmoid": INK}
DASHES, DOTS = (0, (3, 1.2)), (0, (1, 1.2))
HEIGHT, TOP, LOWER, DOWN = 112, 11, 67, 35  # mm
SIZE = "N (share of capacity)"
LEGEND = {"borderaxespad": 0, "labelspacing": 0.2, "handlelength": 1.1}


def populations(ax, t, sizes, name, dashed=None, free=None):
    """N (n,) over t (n,), sizes and dashed {value of the parameter `name`: N}; free : N without any
    harvest, grey.
    """
    if free is not None:
        ax.plot(t, free, color=GREY, lw=1, label="never")
    for i, (value, size) in enumerate(sizes.items()):
        # values in order, unlike the forms
        color = colormaps["viridis"](0.85 * i / (len(sizes) - 1))
        ax.plot(t, size, color=color, lw=1.2, label=f"{value:g}", zorder=3 - 0.1 * i)
        if dashed is not None:
            ax.plot(t, dashed[value], color=color, lw=1.2, ls=DASHES)
    ax.set(xlim=(t[0], t[-1]), ylim=(0, 1.02), xlabel="Time t", yticks=(0, 0.5, 1))
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.legend(
        loc="upper left",
        title=name,
        alignment="left",
        title_fontsize=7,
        bbox_to_anchor=(0.02, 1.02),
        borderpad=0.1,
        handletextpad=0.5,
        **LEGEND,
    )


def near_sigmoid(ax, t, sizes, missed):
    """N (n,) of each form over t (n,), sizes {form: N}, richards under sigmoid; missed : (t, lower,
    upper), a bar.
    """
    styles = {
        "richards": {"lw": 3.2, "alpha": 0.75},
        "sigmoid": {"lw": 1, "ls": DASHES, "zorder": 3},
    }
    for form, size in sizes.items():
        ax.plot(t, size, color=COLORS[form], label=form, **{"lw": 1.2} | styles.get(form, {}))
    when, low, high = missed
    arrow = {"arrowstyle": "<->", "lw": 0.8, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 6}
    ax.annotate("", (when, low), (when, high), arrowprops=arrow | {"color": INK}, zorder=4)
    text, middle = f"misses\nby {high - low:.2f}", (low + high) / 2 + 0.2
    ax.text(when - 0.35, middle, text, va="center", ha="right")
    ax.set(xlim=(t[0], t[-1]), ylim=(0, 1.02), xlabel="Time t", ylabel=SIZE)
    legend = LEGEND | {"handlelength": 1.4, "bbox_to_anchor": (1.02, 0.01)}
    ax.legend(loc="lower right", **legend)


def slopes(ax, before, after, jumps):
    """dN/dt of each form up to T and from there; before and after {form: (t, slope)}, jumps {form:
    (T, from, to)}.
    """
    ax.axhline(0, color=GREY, lw=0.5)
    for form, (T, upper, lower) in jumps.items():
        color = COLORS[form]
        ax.plot(*before[form], color=color, lw=1.2, label=form)
        ax.plot(*after[form], color=color, lw=1.2)
        ax.plot([T, T], [upper, lower], color=color, lw=0.8, ls=DOTS)
        ax.plot(T, upper, "o", color=color, mfc="white", ms=3.2, mew=0.8)
        ax.plot(T, lower, "o", color=color, ms=3.2, mew=0.8)
    ax.text(T, (upper + lower) / 2, "−E $N_T$ ", va="center", ha="right")
    limits = before[form][0][0], after[form][0][-1]
    ax.set(xlim=limits, xlabel="Time t", ylabel="dN/dt")
    ax.legend(loc="lower right", **LEGEND)


def growth_rates(ax, sizes, free, harvested, fixed):
    """dN/dt over N (n,): free and harvested {form: (n,)}; fixed {form: N at which a harvested
    population stays}.
    """
    ax.axhline(0, color=GREY, lw=0.5)
    for form, growth in free.items():
        ax.plot(sizes, growth, color=COLORS[form], lw=1.2, label=form)
        ax.plot(sizes, harvested[form], color=COLORS[form], lw=1.2, ls=DASHES)
    for form, place in fixed.items():
        ax.plot(place, 0, "o", color=COLORS[form], ms=4, mew=0, zorder=4, clip_on=False)
    top = max(growth.max() for growth in free.values())
    ax.set(xlim=(0, 1), ylim=(-1.6 * top, 1.15 * top), xlabel=SIZE, ylabel="dN/dt")
    ax.legend(loc="lower left", **LEGEND | {"borderaxespad": 0.2})


def family_figure(
    families: Sequence[Mapping[str, Any]],
    sigmoid: Mapping[str, Any],
    corner: Mapping[str, Any],
    plane: Mapping[str, Any],
    r: float,
    E: float,
) -> Figure:
    """Four families of N(t) above; below the forms at the sigmoid's parameters, slopes with their
    jump, phase plane.

    families : four times the arguments of `populations`. sigmoid, corner, plane : those of
    `near_sigmoid`, `slopes` and `growth_rates`. r, E : what was held.
    """
    with rc_context(RC):
        fig = new_figure(HEIGHT)
        for i, arguments in enumerate(families):
            ax = add_axes(fig, 12 + 43 * i, TOP, 36, DOWN, label=f"populations {i}")
            populations(ax, **arguments)
            ax.tick_params(labelleft=i == 0)
        fig.axes[0].set_ylabel(SIZE)
        panels = ((near_sigmoid, sigmoid), (slopes, corner), (growth_rates, plane))
        for i, (panel, arguments) in enumerate(panels):
            ax = add_axes(fig, 12 + 58.5 * i, LOWER, 47, DOWN, label=panel.__name__)
            panel(ax, **arguments)
        for letter, ax, (title, held) in zip("abcdefg", fig.axes, _titles(r, E)):
            left, top = ax.get_position().x0 - 8 / WIDTH, ax.get_position().y1
            fig.text(left, top + 7 / HEIGHT, f"{letter}   {title}", fontsize=8, va="center")
            place = left + 5.2 / WIDTH, top + 3.4 / HEIGHT
            fig.text(*place, held, fontsize=6.5, color="#555555", va="center")
    return fig


def _titles(r, E):
    """(title, what was held) of the panels."""
    return (
        ("Growth rate r", "Gompertz; E = 0.5, T = 0"),
        ("Harvesting rate E", f"Gompertz; r = {r}, T = 0"),
        ("Law q", f"Richards; — E = 0, - - E = {E}"),
        ("Harvest from T on", f"Gompertz; r = {r}, E = {E}"),
        ("Which form is the sigmoid", "r = 1, E = 0, T = 0, $N_T$ = ½, q = 1"),
        ("The corner at T = 0", f"r = {r}, E = {E}; Richards with q = 1"),
        ("Growth against size", f"— E = 0, - - E = {E}; dots: where it stays"),
    )
