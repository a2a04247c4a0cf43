"""Accuracy against biological time, with its ceiling and its floor in sight."""
from __future__ import annotations

import numpy as np
from matplotlib import rc_context

from spikesampler.figures.style import GREY, INK, PALETTE, RC, WIDTH, add_axes, new_figure

__all__ = ["arm_accuracies", "compare_figure", "learning_curves"]

DASHES = (0, (3, 1.5))


def arm_colors(num_arms):
    """Colours of arms, (num_arms,): the first is ink, the rest the palette from its first colour on."""
    return [(INK, *PALETTE)[i % (len(PALETTE) + 1)] for i in range(num_arms)]


def learning_curves(ax, time, mean, low, high, labels, online=None, chance=None, bayes=None, colors=None):
    """A solid line with its band per arm, dashed for online accuracy, and thin lines for chance and the Bayes ceiling.

    Parameters
    ----------
    time : (n_probe,), s
    mean, low, high : (n_arm, n_probe)
        Probe accuracy and its interval; nan is not drawn.
    labels : (n_arm,) str
    online : (n_arm, n_probe), optional
        Accuracy while learning, with the label's own samples: not comparable with the probe, drawn faintly.
    chance, bayes : float, optional
    """
    colors = arm_colors(len(labels)) if colors is None else colors
    for level, text, side, offset, va, ha in ((chance, "Chance", 1, (-1, -2), "top", "right"),
                                              (bayes, "Bayes-optimal", 0, (3, 2), "bottom", "left")):
        if level is not None and np.isfinite(level):
            ax.axhline(level, color=GREY, lw=0.8, ls=(0, (1, 1.5)), zorder=1, label=text)
            ax.annotate(f"{text} {level:.2f}", (side, level), offset, xycoords=ax.get_yaxis_transform(),
                        textcoords="offset points", color="#5f5f5f", fontsize=7, va=va, ha=ha)
    for i, (label, color) in enumerate(zip(labels, colors)):
        ax.fill_between(time, low[i], high[i], color=color, alpha=0.18, lw=0, zorder=2)
        if online is not None:
            ax.plot(time, online[i], color=color, lw=0.7, ls=DASHES, alpha=0.75, zorder=3, label=f"{label}, online")
        ax.plot(time, mean[i], color=color, lw=1.3, zorder=4, label=label)
    ax.set(xlim=(0, time[-1]), ylim=(0, 1.08), yticks=np.linspace(0, 1, 6), xlabel="Biological time (s)",
           ylabel="Accuracy")


def arm_accuracies(ax, mean, low, high, values, labels, colors=None):
    """Test accuracy per arm beside the curves: every seed as a dot, mean and interval, and the arm's name.

    mean, low, high (n_arm,); values (n_arm, n_seed); the axes shares its y limits with the curves.
    """
    colors = arm_colors(len(labels)) if colors is None else colors
    for i, color in enumerate(colors):
        ax.plot(np.full(len(values[i]), i + 0.18), values[i], ".", color=color, alpha=0.45, ms=3, mew=0)
        ax.vlines(i - 0.12, low[i], high[i], color=color, lw=1)
        ax.plot(i - 0.12, mean[i], "o", color=color, ms=3.6, mew=0)
    ax.set(xlim=(-0.6, len(labels) - 0.4), xticks=[], xlabel="Test")
    ax.tick_params(labelleft=False)


def name_arms(ax, heights, labels, colors):
    """Names at the right of the axes beside their values, moved apart where they would touch."""
    gap = 9.5 / (ax.get_position().height * ax.figure.get_figheight() * 72) * np.diff(ax.get_ylim())[0]
    order = np.argsort(heights)
    places = np.array(heights, float)[order]
    for _ in range(200):
        close = np.flatnonzero(np.diff(places) < gap - 1e-9)
        if not close.size:
            break
        for i in close:
            middle, half = (places[i] + places[i + 1]) / 2, gap / 2 + 1e-6
            places[i], places[i + 1] = middle - half, middle + half
    for i, place in zip(order, places):
        ax.annotate(labels[i], (1, heights[i]), (14, place), xycoords=ax.get_yaxis_transform(),
                    textcoords=("offset points", "data"), color=colors[i], va="center", fontsize=7.5,
                    arrowprops={"arrowstyle": "-", "color": colors[i], "lw": 0.5, "shrinkA": 1, "shrinkB": 1,
                                "relpos": (0, 0.5)})


def line_styles(fig, top):
    """The legend of solid and dashed lines, above the axes at the right where no curve can run; its centre in mm."""
    from matplotlib.lines import Line2D

    fig.legend(handles=[Line2D([], [], color=GREY, lw=1.3, label="Probe (held out, frozen)"),
                        Line2D([], [], color=GREY, lw=0.7, ls=DASHES, label="Online (while learning)")],
               loc="center right", bbox_to_anchor=(1 - 4 / WIDTH, 1 - top / (fig.get_figheight() * 25.4)),
               borderaxespad=0, borderpad=0, ncols=2, columnspacing=1.5)


def compare_figure(dataset):
    """Learning curves and test accuracies of arms, mean and 95 % Student-t interval over seeds.

    dataset: probe_time (probe,) s, probe_accuracy and online_accuracy (arm, seed, probe), test_accuracy and
    bayes_accuracy (arm, seed), coordinate arm (names), attribute chance. One seed gives lines without bands.
    """
    from spikesampler.metrics import mean_interval

    def over_seeds(name):
        values = dataset[name].transpose("seed", "arm", ...).values
        return np.apply_along_axis(lambda one: mean_interval(one)[:3], 0, values)

    labels = [str(name) for name in dataset["arm"].values]
    colors, num_seeds = arm_colors(len(labels)), dataset.sizes["seed"]
    bayes = dataset["bayes_accuracy"].values
    bayes = float(bayes[np.isfinite(bayes)].mean()) if np.isfinite(bayes).any() else None
    test = over_seeds("test_accuracy")
    with rc_context(RC):
        fig = new_figure(height=78)
        wide, names = 5 + 4 * len(labels), 7 + 1.6 * max(len(label) for label in labels)
        curves = add_axes(fig, 14, 8, WIDTH - 14 - 3 - wide - names, 58, label="curves")
        learning_curves(curves, dataset["probe_time"].values, *over_seeds("probe_accuracy"), labels,
                        over_seeds("online_accuracy")[0], dataset.attrs.get("chance"), bayes, colors)
        beside = add_axes(fig, WIDTH - wide - names, 8, wide, 58, label="test", sharey=curves)
        arm_accuracies(beside, *test, dataset["test_accuracy"].transpose("arm", "seed").values, labels, colors)
        name_arms(beside, test[0], labels, colors)
        line_styles(fig, 4.6)
        spread = f"mean and 95 % interval over {num_seeds} seeds" if num_seeds > 1 else "one seed, no interval"
        title = ": ".join(text for text in (dataset.attrs.get("model"), spread) if text)
        fig.text(14 / WIDTH, 1 - 4.6 / 78, title, va="center", fontsize=8)
    return fig
