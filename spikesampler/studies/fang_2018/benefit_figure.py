"""Map of what noise does over two swept parameters: accuracy and escape, three contrasts each.

Blue is better and red is worse for the first arm of a contrast; hatched cells show no difference.
"""

from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.colors import Colormap, LinearSegmentedColormap, LogNorm, Normalize
from matplotlib.figure import Figure

from spikesampler.figures import parameters
from spikesampler.figures.heat_map import heat_map
from spikesampler.figures.rows import write
from spikesampler.figures.style import RC, add_axes, new_figure
from spikesampler.stats.ruling import number_said
from spikesampler.studies.fang_2018.benefit import NOT_SEEN, TOO_FEW, in_words
from spikesampler.studies.fang_2018.benefit_words import as_ratio, as_value

__all__ = ["COLORS", "benefit_figure"]

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


class Cells(NamedTuple):
    """What three panels show, arrays of shape (contrast, n_y, n_x), in colours of one norm.

    missing : cells with a cross. Others that are not finite are grey.
    """

    values: np.ndarray
    texts: np.ndarray
    hatched: np.ndarray
    missing: np.ndarray
    cmap: Colormap
    norm: Normalize


def differences(effects: xr.Dataset, words: xr.Dataset) -> Cells:
    """Cells of the differences of test accuracies."""
    values = effects["difference"].values
    missing = np.isnan(values)
    limit = np.abs(values[~missing]).max(initial=0.01)
    texts = np.vectorize(lambda value: number_said(value, "+.3f").replace("-", "−"))(values)
    hatched = words["accuracy"].values == NOT_SEEN
    texts = np.where(missing, "", texts)
    return Cells(values, texts, hatched, missing, COLORS, Normalize(-limit, limit))


def ratios(effects: xr.Dataset, words: xr.Dataset) -> Cells:
    """Cells of the ratios of times to escape; a dash where no run escapes."""
    values = effects["ratio"].values
    missing = words["escape"].values == TOO_FEW
    limit = np.exp(np.abs(np.log(values[np.isfinite(values)])).max(initial=np.log(2)))
    texts = np.where(missing, "", np.vectorize(as_ratio)(values, words["bound"].values))
    hatched = words["escape"].values == NOT_SEEN
    return Cells(values, texts, hatched, missing, COLORS.reversed(), LogNorm(1 / limit, limit))


def benefit_figure(effects: xr.Dataset) -> Figure:
    """Differences of the test accuracy, and ratios of times to escape, by three contrasts of arms.

    effects : what `benefit` gives. Hatched: no difference, or a ratio of 1, is not excluded. A
    dash: no run escapes. A cross: fewer than two pairs of runs.
    """
    words = in_words(effects)
    height = max(30, CELL * words["accuracy"].shape[1])
    rows = {"difference": differences(effects, words), "ratio": ratios(effects, words)}
    with rc_context(RC):
        lines = heading(effects, words)
        head = 7 + 4 * len(lines)
        fig = new_figure(head + 2 * (HEADER + height + FOOT))
        for i, line in enumerate(lines):
            write(fig, 4 + 4 * i, line)
        for i, (name, cells) in enumerate(rows.items()):
            top = head + i * (HEADER + height + FOOT)
            write(fig, top, TITLES[name])
            panels(fig, effects, name, cells, top + HEADER, height)
    return fig


def panels(fig, effects, name, cells, top, height):
    """A row of panels with its colour bar; name is difference or ratio, sizes in mm."""
    y, x = effects[name].dims[1:]
    ticks = [[as_value(value).replace("-", "−") for value in effects[of].values] for of in (x, y)]
    look = {"cmap": cells.cmap, "norm": cells.norm}
    for j, contrast in enumerate(effects["contrast"].values):
        left = LEFT + j * (ACROSS + GAP)
        ax = add_axes(fig, left, top, ACROSS, height, label=f"{name} {contrast}")
        marks = {of: getattr(cells, of)[j] for of in ("texts", "hatched", "missing")}
        image = heat_map(ax, cells.values[j], *ticks, **look, **marks)
        ax.set_title(panel_title(effects, name, j), loc="left", pad=3, fontsize=7.5)
        ax.set(xlabel=axis_label(effects[x]), ylabel=axis_label(effects[y]) if j == 0 else "")
        ax.tick_params(labelleft=j == 0)
    bar = fig.colorbar(image, cax=add_axes(fig, LEFT + 3 * (ACROSS + GAP), top, 2.4, height))
    bar.outline.set_visible(False)
    if name == "ratio":
        known = [ratio for ratio in RATIOS if cells.norm.vmin <= ratio <= cells.norm.vmax]
        bar.set_ticks(known, labels=[f"{ratio:g}" for ratio in known])
        bar.ax.minorticks_off()


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
        "Hatched: p of no difference (a ratio of 1) is 0.05 or more, after Holm over the cells",
    ]
    if (words["bound"].values != "").any():
        lines.append(
            "< at most, > at least: runs of the second, of the first arm do not escape; "
            "~ of both; – no run escapes"
        )
    return lines


def panel_title(effects: xr.Dataset, name: str, j: int) -> str:
    """The contrast."""
    sign = " − " if name == "difference" else " / "
    return str(effects["contrast"].values[j]).replace(" - ", sign)


def axis_label(coordinate: xr.DataArray) -> str:
    """A parameter's name as the model's paper has it, with its unit."""
    return LABELS.get(coordinate.name, parameters.axis_label(coordinate))
