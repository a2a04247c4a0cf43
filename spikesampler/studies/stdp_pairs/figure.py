"""The rule of pairs drawn: its window, drifts over rates, balance on a grid, and weights."""

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.arms import arm_colors
from spikesampler.figures.style import GREY, INK, PALETTE, RC, add_axes, add_text, new_figure
from spikesampler.stats.intervals import mean_bands
from spikesampler.studies.stdp_pairs import plan
from spikesampler.studies.stdp_pairs.law import Stationary, window
from spikesampler.studies.stdp_pairs.plan import rule_of
from spikesampler.studies.stdp_pairs.rules import driven_law, net, wall_law

__all__ = ["drift_figure", "weights_figure"]

DASHES = (0, (3, 1.5))


def drift_figure(dataset: xr.Dataset) -> Figure:
    """The window, drift against the input's rate, and drift against the ratio, on two grids."""
    with rc_context(RC):
        fig = new_figure(62)
        for left, text in ((14, "a   One pair"), (73, "b   Drift"), (132, "c   Near balance")):
            add_text(fig, left, 5, text)
        _window(add_axes(fig, 14, 10, 42, 40, label="window"), dataset)
        _drift(add_axes(fig, 73, 10, 42, 40, label="drift"), dataset)
        _balance(add_axes(fig, 132, 10, 42, 40, label="balance"), dataset)
    return fig


def _window(ax: Axes, dataset: xr.Dataset) -> None:
    lag, rule = np.sort(dataset["lag"].values), rule_of(1.05)
    for part in (lag[lag < -rule.dt / 2], lag[lag > -rule.dt / 2]):
        ax.plot(1000 * part, 1000 * window(part, rule), color=GREY, lw=2.2, alpha=0.6)
    given = dataset["lag"].values, dataset["change"].values
    ax.plot(1000 * given[0], 1000 * given[1], ".", color=PALETTE[0], ms=2.5, label="simulated")
    ax.axhline(0, color=INK, lw=0.5)
    ax.set(xlabel="Output after input (ms)", ylabel="Change of the weight (10⁻³)")


def _drift(ax: Axes, dataset: xr.Dataset) -> None:
    """At 1 ms: means over seeds on the lines of the sums over steps; dashed, of continuous time."""
    step, ratio = plan.STEPS[0], plan.OF_RATES
    rates = dataset["rate_in"].values
    for color, s in zip(PALETTE, dataset["rate_out"].values):
        of = dataset["drift"].sel(step=step, rate_out=s).transpose("seed", "rate_in").values
        told, textbook = (rates * s * rule_of(ratio, dt).net for dt in (step, 0))
        ax.plot(rates, 1000 * told, color=color, lw=1)
        ax.plot(rates, 1000 * textbook, color=color, lw=0.7, ls=DASHES, alpha=0.7)
        ax.plot(rates, 1000 * of.mean(axis=0), "o", color=color, ms=3, mew=0, label=f"{s:g} Hz")
    ax.axhline(0, color=INK, lw=0.5)
    ax.legend(title="Output at", loc="lower left", title_fontsize=7, handletextpad=0.2)
    ax.set(xlabel="Rate of the input (Hz)", ylabel="Drift (10⁻³ per s)")


def _balance(ax: Axes, dataset: xr.Dataset) -> None:
    """Drift over r s against a-/a+; a dashed line for continuous time."""
    ratios = dataset["ratio"].values
    for color, step in zip(PALETTE, dataset["step"].values):
        near = dataset["near"].sel(step=step)
        nets = [1e6 * net(near.sel(ratio=ratio), plan.RATES_OUT[-1]) for ratio in ratios]
        mean, low, high = mean_bands(np.array(nets))
        told = [1e6 * rule_of(ratio, step).net for ratio in ratios]
        ax.plot(ratios, told, color=color, lw=1)
        ax.vlines(ratios, low, high, color=color, lw=1)
        ax.plot(ratios, mean, "o", color=color, ms=3, mew=0, label=f"{step:g} ms")
    ax.plot(
        ratios,
        [1e6 * rule_of(ratio, 0).net for ratio in ratios],
        color=GREY,
        lw=0.9,
        ls=DASHES,
        label="0 ms",
    )
    ax.axhline(0, color=INK, lw=0.5)
    ax.legend(title="Steps of", loc="upper right", title_fontsize=7, handletextpad=0.4)
    ax.set(xlabel="Weakening over strengthening, a₋/a₊", ylabel="Drift/(r s) (µs)")


def weights_figure(dataset: xr.Dataset) -> Figure:
    """Weights of all seeds, and their stationary law, arm by arm: outputs blind, and driven."""
    with rc_context(RC):
        fig = new_figure(62)
        add_text(fig, 14, 5, "a   Outputs fire blindly")
        add_text(fig, 104, 5, "b   Inputs drive the outputs")
        laws = {arm: wall_law(arm) for arm in plan.ARMS}
        _weights(add_axes(fig, 14, 10, 70, 40, label="walls"), dataset, "walls", laws)
        laws = {arm: driven_law(arm)[0] for arm in plan.DRIVEN}
        _weights(add_axes(fig, 104, 10, 70, 40, label="driven"), dataset, "driven", laws)
    return fig


def _weights(ax: Axes, dataset: xr.Dataset, kind: str, laws: dict[str, Stationary]) -> None:
    """Densities: dots of what is simulated, lines of the law."""
    bins = dataset["bin"].values
    width = bins[1] - bins[0]
    for (arm, law), color in zip(laws.items(), arm_colors([*laws])):
        counts = dataset[f"{kind}_counts"].sel({f"{kind}_arm": arm}).sum("seed").values
        ax.plot(bins, counts / counts.sum() / width, "o", color=color, ms=2.4, mew=0, label=arm)
        ax.plot(law.weight, law.density, color=color, lw=1)
    ax.set_yscale("log")
    ax.legend(loc="upper right", handletextpad=0.2)
    ax.set(xlim=(0, 1), ylim=(5e-3, 60), xlabel="Weight", ylabel="Density")
