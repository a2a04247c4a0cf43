"""Structure against power where they differ, drawn: curves, and differences against variation."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.arms import arm_colors
from spikesampler.figures.learning_curves import learning_curves
from spikesampler.figures.style import GREY, PALETTE, RC, add_axes, add_text, new_figure
from spikesampler.stats.intervals import SHARE, mean_bands
from spikesampler.stats.rules import Ruling
from spikesampler.studies.fang_2018.structure_plan import HOT

__all__ = ["curves_figure", "differences_figure"]

HELD = ("weight", "constant_following", "falling:follow=weight")
CURVES = ("none", "weight", "constant_following", *(f"{one}:{HOT}" for one in HELD))


def curves_figure(dataset: xr.Dataset) -> Figure:
    """Probe accuracy of CURVES, a panel per setting, and the variation of the amplitude."""
    dataset = dataset.sel(arm=[*CURVES])
    number, arms = dataset.sizes["setting"], list(CURVES)
    rows = -(-(number + 1) // 2)
    with rc_context(RC):
        fig = new_figure(18 + 58 * rows)
        axes = [
            add_axes(fig, 14 + 88 * (i % 2), 20 + 58 * (i // 2), 74, 40, label=f"panel {i}")
            for i in range(number + 1)
        ]
        time = dataset["probe"].values
        for i, ax in enumerate(axes[:-1]):
            row = dataset.isel(setting=i)
            mean, low, high = mean_bands(
                row["probe_accuracy"].transpose("arm", "seed", "probe"), within=SHARE
            )
            learning_curves(ax, time, mean, low, high, arms, chance=float(row["chance"]))
            add_text(fig, 14 + 88 * (i % 2), 16 + 58 * (i // 2), row["setting"].item())
        _variation(axes[-1], dataset)
        add_text(fig, 14 + 88 * (number % 2), 16 + 58 * (number // 2), "Arm: weight")
        named = dict(zip(*axes[0].get_legend_handles_labels()[::-1]))
        fig.legend([named[arm] for arm in arms], arms, loc="upper left", ncols=3)
    return fig


def _variation(ax: Axes, dataset: xr.Dataset) -> None:
    """Coefficient of variation of the amplitude over time, a line per setting."""
    of_arm = dataset["amplitude_cv"].sel(arm="weight").mean("seed").transpose("setting", "probe")
    for setting, values, color in zip(dataset["setting"].values, of_arm.values, PALETTE):
        ax.plot(dataset["probe"], values, color=color, label=setting)
    ax.set(xlim=(0, dataset["probe"].values[-1]), xlabel="Biological time (s)")
    ax.set(ylim=(0, 1.45 * of_arm.max()), ylabel="CV of √(N α eʷ)")
    ax.legend(loc="upper right", ncols=2)


def differences_figure(
    variations: Mapping[str, np.ndarray], margin: float, rulings: Mapping[str, Sequence[Ruling]]
) -> Figure:
    """Differences to noise of the same power without structure, against the variation.

    variations : {arm: (setting,)}, of the amplitude that `weight` would have. margin : what is less
    is no difference. rulings : {arm: a ruling for each setting}; hot arms have their own panel.
    """
    panels = [[arm for arm in rulings if (HOT in arm) == hot] for hot in (False, True)]
    colors = dict(zip(rulings, arm_colors([*rulings])))
    with rc_context(RC):
        fig = new_figure(70)
        for number, arms in enumerate(panels):
            ax = add_axes(fig, 16 + 88 * number, 12, 72, 46, label=f"differences {number}")
            ax.axhspan(-margin, margin, color=GREY, alpha=0.18, lw=0)
            ax.axhline(0, color=GREY, lw=0.8)
            for arm in arms:
                x, found, color = variations[arm], rulings[arm], colors[arm]
                ends = [one.low for one in found], [one.high for one in found]
                ax.vlines(x, *ends, color=color, lw=1)
                means = [one.estimate for one in found]
                ax.plot(x, means, "o", color=color, ms=3.6, mew=0, label=arm)
            ax.set(xlabel="CV of √(N α eʷ) over synapses, last 2000 s")
            ax.set(ylabel="Accuracy, difference")
            ax.set_xlim(0, None)
            ax.legend(loc="best")
        text = "Arm minus constant_following of its temperature, last 2000 s, 95 % intervals"
        add_text(fig, 16, 5, text)
    return fig
