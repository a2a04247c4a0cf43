"""Map of what noise does over two swept parameters: test accuracy and time to escape, three
contrasts of arms each.

Blue is better and red is worse for the first arm of a contrast; hatched cells show no difference.
"""

from __future__ import annotations

import numpy as np
from matplotlib import rc_context
from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize

from spikesampler.figures import parameters
from spikesampler.figures.heat_map import heat_map
from spikesampler.figures.rows import write
from spikesampler.figures.style import RC, add_axes, new_figure

__all__ = ["as_ratio", "as_value", "benefit_figure", "difference_map", "ratio_map"]

COLORS = LinearSegmentedColormap.from_list(
    "benefit", ["#b8430a", "#e8915b", "#f5f3f0", "#6fa8dc", "#08519c"]
)
LABELS = {
    "plateau_mean": "Mean of θ at the start",
    "noise_scale": "Noise scale (temperature)",
    "b": "Learning rate b (1/s)",
    "N": "Sample amplification N",
    "cluster_spread": "Cluster spread",
    "K": "Number of classes K",
}
RATIOS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
TITLES = {
    "difference": "a   Difference of test accuracies (blue: the first is better)",
    "ratio": "b   Ratio of times to escape (blue: the first is sooner)",
}
LEFT, ACROSS, GAP, HEADER, CELL, FOOT = 16, 46, 4, 12, 9, 12  # mm


def as_value(value):
    """A parameter's value as text: 0.3, -4, 1e-5."""
    small = 0 < abs(value) < 1e-3
    return np.format_float_scientific(value, trim="-", exp_digits=1) if small else f"{value:g}"


def as_ratio(ratio, bound=""):
    """A ratio as text, with its mark where it is a bound: 0.48, <12; a dash for nan."""
    return "–" if np.isnan(ratio) else bound + f"{ratio:#.2g}".rstrip(".")


def difference_map(ax, difference, x, y, hatched, limit):
    """Differences (n_y, n_x) in colours from -limit to limit, nan as a cross; returns the image for
    a colour bar.

    x (n_x,), y (n_y,) : texts of the ticks, the first y is lowest; hatched : (n_y, n_x) bool.
    """
    texts = [
        ["" if np.isnan(one) else f"{round(one, 3) + 0:+.3f}".replace("-", "−") for one in row]
        for row in difference
    ]
    return heat_map(
        ax,
        difference,
        x,
        y,
        cmap=COLORS,
        norm=Normalize(-limit, limit),
        texts=texts,
        hatched=hatched,
        missing=np.isnan(difference),
    )


def ratio_map(ax, ratio, x, y, hatched, limit, bound, missing):
    """Ratios (n_y, n_x) in colours from 1/limit to limit, nan as a dash; returns the image for a
    colour bar.

    bound : (n_y, n_x) str, before the number: "<", ">", "~" or "".
    missing : (n_y, n_x) bool, cells with a cross. The others are as in `difference_map`.
    """
    texts = [
        ["" if gone else as_ratio(one, mark) for one, mark, gone in zip(*row)]
        for row in zip(ratio, bound, missing)
    ]
    return heat_map(
        ax,
        ratio,
        x,
        y,
        cmap=COLORS.reversed(),
        norm=LogNorm(1 / limit, limit),
        texts=texts,
        hatched=hatched,
        missing=missing,
    )


def benefit_figure(found):
    """Two rows, differences of the test accuracy and ratios of times to escape, by three contrasts
    of arms.

    `found` is what `benefit` gives, with attributes chance_rate_difference and chance_rate_ratio by
    contrast. Hatched: the interval includes zero, or a ratio of 1. A dash: no run escapes. A cross:
    fewer than two pairs of runs.
    """
    from spikesampler.studies.fang_2018.benefit import in_words

    words = in_words(found)
    height = max(30, CELL * words["accuracy"].shape[1])
    with rc_context(RC):
        lines = heading(found, words)
        head = 7 + 4 * len(lines)
        fig = new_figure(head + 2 * (HEADER + height + FOOT))
        for i, line in enumerate(lines):
            write(fig, 4 + 4 * i, line)
        for i, name in enumerate(TITLES):
            top = head + i * (HEADER + height + FOOT)
            write(fig, top, TITLES[name])
            panels(fig, found, words, name, top + HEADER, height)
    return fig


def panels(fig, found, words, name, top, height):
    """A row of panels with its colour bar; name is difference or ratio, sizes in mm."""
    from spikesampler.studies.fang_2018.benefit import NOT_SEEN

    said = words["accuracy" if name == "difference" else "escape"].values
    values, (y, x) = found[name].values, found[name].dims[1:]
    ticks = [[as_value(one).replace("-", "−") for one in found[dim].values] for dim in (x, y)]
    limit = furthest(name, values)
    for j, contrast in enumerate(found["contrast"].values):
        ax = add_axes(
            fig, LEFT + j * (ACROSS + GAP), top, ACROSS, height, label=f"{name} {contrast}"
        )
        if name == "difference":
            image = difference_map(ax, values[j], *ticks, said[j] == NOT_SEEN, limit)
        else:
            bound, missing = words["bound"].values[j], said[j] == "too few runs"
            image = ratio_map(ax, values[j], *ticks, said[j] == NOT_SEEN, limit, bound, missing)
        ax.set_title(panel_title(found, name, j), loc="left", pad=3, fontsize=7.5)
        ax.set(xlabel=axis_label(found[x]), ylabel=axis_label(found[y]) if j == 0 else "")
        ax.tick_params(labelleft=j == 0)
    bar = fig.colorbar(image, cax=add_axes(fig, LEFT + 3 * (ACROSS + GAP), top, 2.4, height))
    bar.outline.set_visible(False)
    if name == "ratio":
        shown = [one for one in RATIOS if 1 / limit <= one <= limit]
        bar.set_ticks(shown, labels=[f"{one:g}" for one in shown])
        bar.ax.minorticks_off()


def furthest(name, values):
    """Limit of the colours: the largest of |difference|, or of ratio and 1/ratio; a little where
    all are alike.
    """
    known = values[np.isfinite(values)]
    if name == "difference":
        return np.abs(known).max(initial=0.01)
    return np.exp(np.abs(np.log(known)).max(initial=np.log(2)))


def heading(found, words):
    """Lines that say what was run and how the map is to be read."""
    attrs, fewest, most = found.attrs, int(found["num_pairs"].min()), found.attrs["seeds"]
    samples = f"{attrs['samples']:,} samples".replace(",", " ")
    start = f", start {found['start'].item()}" if "start" in found.coords else ""
    chosen = f", {attrs['set']}" if attrs.get("set") else ""
    seeds = f"{most} seeds" if fewest == most else f"{fewest} to {most} seeds"
    lines = [
        f"{attrs['model']}{start}{chosen}: {samples}, {seeds}, means over pairs of equal seed",
        (
            "Hatched: the 95 % bootstrap interval of the cell, uncorrected, includes zero (a ratio"
            " of 1)"
        ),
        (
            "By chance: cells that would not be hatched if a seed's deviation from its cell's mean"
            " had a random sign"
        ),
    ]
    if (words["bound"].values != "").any():
        lines.append(
            "< at most, > at least: runs of the second, of the first arm do not escape; ~ of both; "
            "– no run escapes"
        )
    return lines


def panel_title(found, name, j):
    """The contrast, and how many cells would be without hatching by chance."""
    contrast = str(found["contrast"].values[j]).replace(
        " - ", " − " if name == "difference" else " / "
    )
    known = int(np.isfinite(found[name].values[j]).sum())
    rate = np.nan_to_num(found.attrs[f"chance_rate_{name}"])[j]
    return f"{contrast}\nby chance {rate * known:.1f} of {known} cells unhatched"


def axis_label(coordinate):
    return LABELS.get(coordinate.name, parameters.axis_label(coordinate))
