"""Map of what noise does over two swept parameters: accuracy and escape, three contrasts each.

Blue is better and red is worse for the first arm of a contrast; hatched cells show no difference.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from spikesampler.figures import parameters
from spikesampler.figures.heat_map import heat_map
from spikesampler.figures.rows import write
from spikesampler.figures.style import RC, add_axes, new_figure
from spikesampler.studies.fang_2018.benefit import NOT_SEEN, TOO_FEW, in_words
from spikesampler.studies.fang_2018.benefit_words import as_ratio, as_value

__all__ = ["COLORS", "benefit_figure", "difference_map", "ratio_map"]

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


def difference_map(
    ax: Axes,
    difference: np.ndarray,
    x: Sequence[str],
    y: Sequence[str],
    hatched: np.ndarray,
    limit: float,
) -> AxesImage:
    """Differences (n_y, n_x) in colours from -limit to limit, nan as a cross; the image for a bar.

    x (n_x,), y (n_y,) : texts of the ticks, the first y is lowest; hatched : (n_y, n_x) bool.
    """
    texts = [
        [
            "" if np.isnan(value) else f"{round(value, 3) + 0:+.3f}".replace("-", "−")
            for value in row
        ]
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


def ratio_map(
    ax: Axes,
    ratio: np.ndarray,
    x: Sequence[str],
    y: Sequence[str],
    hatched: np.ndarray,
    limit: float,
    bound: np.ndarray,
    missing: np.ndarray,
) -> AxesImage:
    """Ratios (n_y, n_x) in colours from 1/limit to limit, nan as a dash; the image for a bar.

    bound : (n_y, n_x) str, before the number: "<", ">", "~" or "".
    missing : (n_y, n_x) bool, cells with a cross. The others are as in `difference_map`.
    """
    texts = [
        ["" if gone else as_ratio(value, mark) for value, mark, gone in zip(*row)]
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


def benefit_figure(effects: xr.Dataset) -> Figure:
    """Differences of the test accuracy, and ratios of times to escape, by three contrasts of arms.

    effects : what `benefit` gives, with attributes chance_rate_difference and chance_rate_ratio by
    contrast. Hatched: the interval includes zero, or a ratio of 1. A dash: no run escapes. A cross:
    fewer than two pairs of runs.
    """
    words = in_words(effects)
    height = max(30, CELL * words["accuracy"].shape[1])
    with rc_context(RC):
        lines = heading(effects, words)
        head = 7 + 4 * len(lines)
        fig = new_figure(head + 2 * (HEADER + height + FOOT))
        for i, line in enumerate(lines):
            write(fig, 4 + 4 * i, line)
        for i, name in enumerate(TITLES):
            top = head + i * (HEADER + height + FOOT)
            write(fig, top, TITLES[name])
            panels(fig, effects, words, name, top + HEADER, height)
    return fig


def panels(
    fig: Figure, effects: xr.Dataset, words: xr.Dataset, name: str, top: float, height: float
) -> None:
    """A row of panels with its colour bar; name is difference or ratio, sizes in mm."""
    said = words["accuracy" if name == "difference" else "escape"].values
    values, (y, x) = effects[name].values, effects[name].dims[1:]
    ticks = [[as_value(value).replace("-", "−") for value in effects[of].values] for of in (x, y)]
    limit = furthest(name, values)
    for j, contrast in enumerate(effects["contrast"].values):
        ax = add_axes(
            fig, LEFT + j * (ACROSS + GAP), top, ACROSS, height, label=f"{name} {contrast}"
        )
        if name == "difference":
            image = difference_map(ax, values[j], *ticks, said[j] == NOT_SEEN, limit)
        else:
            bound, missing = words["bound"].values[j], said[j] == TOO_FEW
            image = ratio_map(ax, values[j], *ticks, said[j] == NOT_SEEN, limit, bound, missing)
        ax.set_title(panel_title(effects, name, j), loc="left", pad=3, fontsize=7.5)
        ax.set(xlabel=axis_label(effects[x]), ylabel=axis_label(effects[y]) if j == 0 else "")
        ax.tick_params(labelleft=j == 0)
    bar = fig.colorbar(image, cax=add_axes(fig, LEFT + 3 * (ACROSS + GAP), top, 2.4, height))
    bar.outline.set_visible(False)
    if name == "ratio":
        ratios = [ratio for ratio in RATIOS if 1 / limit <= ratio <= limit]
        bar.set_ticks(ratios, labels=[f"{ratio:g}" for ratio in ratios])
        bar.ax.minorticks_off()


def furthest(name: str, values: np.ndarray) -> float:
    """Limit of the colours: greatest |difference|, ratio or 1/ratio, but no less than a little."""
    known = values[np.isfinite(values)]
    if name == "difference":
        return np.abs(known).max(initial=0.01)
    return np.exp(np.abs(np.log(known)).max(initial=np.log(2)))


def heading(effects: xr.Dataset, words: xr.Dataset) -> list[str]:
    """Lines that say what was run and how the map is to be read."""
    attrs = effects.attrs
    fewest, most = int(effects["num_pairs"].min()), attrs["seeds"]
    samples = f"{attrs['samples']:,} samples".replace(",", " ")
    start = f", start {effects['start'].item()}" if "start" in effects.coords else ""
    chosen = f", {attrs['set']}" if attrs.get("set") else ""
    seeds = f"{most} seeds" if fewest == most else f"{fewest} to {most} seeds"
    lines = [
        f"{attrs['model']}{start}{chosen}: {samples}, {seeds}, means over pairs of equal seed",
        "Hatched: the 95 % bootstrap interval of the cell, uncorrected, includes zero "
        "(a ratio of 1)",
        "By chance: cells that would not be hatched if a seed's deviation from its cell's mean "
        "had a random sign",
    ]
    if (words["bound"].values != "").any():
        lines.append(
            "< at most, > at least: runs of the second, of the first arm do not escape; "
            "~ of both; – no run escapes"
        )
    return lines


def panel_title(effects: xr.Dataset, name: str, j: int) -> str:
    """The contrast, and how many cells would be without hatching by chance."""
    sign = " − " if name == "difference" else " / "
    contrast = str(effects["contrast"].values[j]).replace(" - ", sign)
    known = int(np.isfinite(effects[name].values[j]).sum())
    rate = np.nan_to_num(effects.attrs[f"chance_rate_{name}"])[j]
    return f"{contrast}\nby chance {rate * known:.1f} of {known} cells unhatched"


def axis_label(coordinate: xr.DataArray) -> str:
    """A parameter's name as the model's paper has it, with its unit."""
    return LABELS.get(coordinate.name, parameters.axis_label(coordinate))
