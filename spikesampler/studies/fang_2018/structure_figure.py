"""Structure against power where they differ, drawn: curves, and differences against variation."""

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.arms import arm_colors
from spikesampler.figures.learning_curves import learning_curves
from spikesampler.figures.style import GREY, PALETTE, RC, add_axes, add_text, new_figure
from spikesampler.stats.intervals import mean_bands
from spikesampler.stats.rules import Ruling

__all__ = ["curves_figure", "differences_figure"]


def curves_figure(dataset: xr.Dataset) -> Figure:
    """Probe accuracy of all arms, a panel per setting, and the variation of the amplitude."""
    number, arms = dataset.sizes["setting"], [str(arm) for arm in dataset["arm"].values]
    rows = -(-(number + 1) // 2)
    with rc_context(RC):
        fig = new_figure(22 + 58 * rows)
        axes = [
            add_axes(fig, 14 + 88 * (i % 2), 20 + 58 * (i // 2), 74, 40, label=f"panel {i}")
            for i in range(number + 1)
        ]
        time = dataset["probe"].values
        for i, ax in enumerate(axes[:-1]):
            row = dataset.isel(setting=i)
            mean, low, high = mean_bands(row["probe_accuracy"].transpose("arm", "seed", "probe"))
            learning_curves(ax, time, mean, low, high, arms, chance=float(row["chance"]))
            add_text(fig, 14 + 88 * (i % 2), 16 + 58 * (i // 2), row["setting"].item())
        _variation(axes[-1], dataset)
        add_text(fig, 14 + 88 * (number % 2), 16 + 58 * (number // 2), "Arm: weight")
        fig.legend(*axes[0].get_legend_handles_labels(), loc="upper left", ncols=4)
    return fig


def _variation(ax: Axes, dataset: xr.Dataset) -> None:
    """Coefficient of variation of the amplitude over time, a line per setting."""
    of_arm = dataset["amplitude_cv"].sel(arm="weight").mean("seed").transpose("setting", "probe")
    for setting, values, color in zip(dataset["setting"].values, of_arm.values, PALETTE):
        ax.plot(dataset["probe"], values, color=color, label=setting)
    ax.set(xlim=(0, dataset["probe"].values[-1]), xlabel="Biological time (s)")
    ax.set(ylim=(0, None), ylabel="CV of √(N α eʷ)")
    ax.legend(loc="best")


def differences_figure(
    variations: np.ndarray, margin: float, rulings: dict[str, list[Ruling]]
) -> Figure:
    """Differences to noise of the same power without structure, against the variation.

    variations : (setting,), of the amplitude of `weight`. margin : what is less is no difference.
    rulings : {arm: a ruling for each setting}.
    """
    with rc_context(RC):
        fig = new_figure(70, 110)
        ax = add_axes(fig, 16, 12, 88, 46, label="differences")
        ax.axhspan(-margin, margin, color=GREY, alpha=0.18, lw=0)
        ax.axhline(0, color=GREY, lw=0.8)
        for arm, color, side in zip(rulings, arm_colors([*rulings]), (-1, 1)):
            beside = variations + 0.003 * side
            for x, ruling in zip(beside, rulings[arm]):
                ax.vlines(x, ruling.low, ruling.high, color=color, lw=1)
            marks = [ruling.estimate for ruling in rulings[arm]]
            ax.plot(beside, marks, "o", color=color, ms=3.6, mew=0, label=arm)
        ax.set(xlabel="CV of √(N α eʷ) over synapses, last 2000 s", ylabel="Accuracy, difference")
        ax.set_xlim(0, None)
        ax.legend(loc="best")
        add_text(fig, 16, 5, "Arm minus constant_following, last 2000 s, mean and 95 % interval")
    return fig
