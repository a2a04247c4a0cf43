"""Outputs that come to stand for clusters, and what happens to them when the clusters change."""

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spikesampler.figures.class_responses import class_responses, response_scale
from spikesampler.figures.style import GREY, PALETTE, RC, WIDTH, add_axes, add_text, new_figure
from spikesampler.stats.intervals import mean_band
from spikesampler.stats.responses import preferred_class

__all__ = ["swap_figure"]

HEIGHT = 192  #: mm
COLORS = {0: PALETTE[5], 1: PALETTE[0]}  #: by temperature
WIDTHS = {0: 2.2, 1: 1.0}  #: pt: where the curves coincide, both are seen
DOTS, DASHES = (0, (1, 1)), (0, (3, 1.5))
#: what happens in the second half, later ones on top: (line style, is it a control)
KINDS = {"anew": (DASHES, True), "stay": (DOTS, True), "swap": ("-", False), "learn": ("-", False)}


def swap_figure(dataset: xr.Dataset) -> Figure:
    """Learning, and the response to a swap of the clusters, for each temperature.

    Above, the responses of the first seed's outputs at four moments: outputs are in the order of
    the old clusters that they come to prefer, new clusters in the order of the outputs that end
    with them. Below, means over seeds with their 95 % bands; controls have none.

    dataset : phases learn (first half), swap, stay, anew (second half), swap_early and anew_early
        (its start); entropy, connected, changed and selective (temperature, phase, seed, probe);
        time (phase, probe) in s from the start of the phase; rate (temperature, phase, seed,
        moment, output, class) in Hz; attributes total_rate (Hz) and moment (s).
    """
    seeds = dataset["seed"].values
    spread = f"Mean and 95 % band, {len(seeds)} seeds" if len(seeds) > 1 else "One seed, no band"
    minutes = float(np.diff(dataset["time"].sel(phase="learn"))[0]) / 60
    with rc_context(RC):
        fig = new_figure(HEIGHT)
        add_text(fig, 14, 4, f"a   Responses in {dataset.attrs['moment']:g} s, seed {seeds[0]}")
        add_text(fig, 176, 4, f"b–f   {spread}", ha="right")
        _responses(fig, dataset.isel(seed=0))
        _legend(fig, dataset, 14, 90)
        add_text(fig, 14, 98, "b   Conditional entropy H(cluster | winner) / H(cluster)")
        _curves(add_axes(fig, 14, 103, 96, 34, label="entropy"), dataset, "entropy", "Entropy")
        add_text(fig, 124, 98, "c   After the swap")
        ax = add_axes(fig, 124, 103, 50, 34, label="entropy early")
        _curves(ax, dataset, "entropy", "", early=True)
        for left, name, scale, title, ylabel in (
            (14, "connected", 100, "d   Connected, θ > 0", "Synapses (%)"),
            (73, "changed", 100, f"e   θ crosses 0 within {minutes:.2g} min", "Synapses (%)"),
            (132, "selective", 1, "f   Selective outputs", "Outputs"),
        ):
            add_text(fig, left, 151, title)
            _curves(add_axes(fig, left, 156, 42, 26, label=name), dataset, name, ylabel, scale)
    return fig


def _responses(fig: Figure, dataset: xr.Dataset) -> None:
    """Responses of one seed: a row per temperature, a column per moment, and their scale."""
    left, top, size, beside, below = 20, 13, 30, 6.5, 5  # mm
    scale = dataset.attrs["total_rate"]
    moments = (
        ("learn", "first", "Beginning"),
        ("learn", "last", "Before the swap"),
        ("swap", "first", "After the swap"),
        ("swap", "last", "End"),
    )
    for row, T in enumerate(dataset["temperature"].values[::-1]):
        rate = dataset["rate"].sel(temperature=T)
        ends = (rate.sel(phase=phase, moment="last").values for phase in ("learn", "swap"))
        outputs, new = _response_order(*ends)
        for column, (phase, moment, title) in enumerate(moments):
            place = left + column * (size + beside), top + row * (size + below)
            ax = add_axes(fig, *place, size, size, label=f"T={T} {phase} {moment}")
            rates = rate.sel(phase=phase, moment=moment).values[outputs]
            class_responses(ax, rates[:, new] if phase == "swap" else rates, scale)
            ax.set_title(title if row == 0 else "", fontsize=7.5, pad=4)
            ax.set_xlabel(f"{'New' if phase == 'swap' else 'Old'} clusters" if row else "")
            ax.set_ylabel("" if column else f"T = {T}\nOutputs", labelpad=4)
    bar = left + len(moments) * (size + beside) - beside + 4
    response_scale(add_axes(fig, bar, top, 2.5, 2 * size + below, label="scale"), scale)


def _response_order(learnt: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order of outputs by the old cluster that they prefer, and of new clusters by outputs.

    learnt, end : (n_output, n_class) Hz -> (n_output,), (n_class,) int
    """
    outputs = np.argsort(preferred_class(np.transpose(learnt)), kind="stable")
    return outputs, np.argsort(np.nan_to_num(end[outputs]).argmax(axis=0), kind="stable")


def _curves(
    ax: Axes, dataset: xr.Dataset, name: str, ylabel: str, scale: float = 1, early: bool = False
) -> None:
    """Learning, the swap and its controls; `early`: only right after the swap, on its own clock."""
    half = float(dataset["time"].sel(phase="learn")[-1]) / 60
    for kind in [kind for kind in KINDS if kind != "learn" or not early]:
        close = early and f"{kind}_early" in dataset["phase"]
        phase = dataset.sel(phase=f"{kind}_early" if close else kind)
        time = phase["time"].values / 60 + (0 if early or kind == "learn" else half)
        for T in dataset["temperature"].values:
            values = scale * phase[name].sel(temperature=T).transpose("seed", "probe").values
            _curve(ax, time, *mean_band(values), T, kind)
    ax.axvline(0 if early else half, color=GREY, lw=0.8, zorder=1)
    ax.set(
        xlim=(0, time[-1] if early else 2 * half),
        ylim=(0, 1.05 * ax.dataLim.y1),
        ylabel=ylabel,
        xlabel="Time since the swap (min)" if early else "Biological time (min)",
    )
    ax.locator_params(axis="y", nbins=5, steps=[1, 2, 5, 10])


def _curve(
    ax: Axes,
    time: np.ndarray,
    mean: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    temperature: int,
    kind: str,
) -> None:
    """A curve (n_time,) with its band, nan not drawn; a control is thinner and has none."""
    (style, control), color = KINDS[kind], COLORS[temperature]
    width, alpha, order = WIDTHS[temperature], 1.0, 4
    if control:
        width, alpha, order = 0.6 * width, 0.7, 3
    else:
        ax.fill_between(time, low, high, color=color, alpha=0.2, lw=0, zorder=2)
    label = f"{kind} T={temperature}"
    ax.plot(time, mean, color=color, lw=width, ls=style, alpha=alpha, zorder=order, label=label)


def _legend(fig: Figure, dataset: xr.Dataset, left: float, top: float) -> None:
    temperatures = dataset["temperature"].values[::-1]
    lines = [Line2D([], [], color=COLORS[T], lw=WIDTHS[T], label=f"T = {T}") for T in temperatures]
    lines += [
        Line2D([], [], color=GREY, lw=width, ls=style, label=label)
        for label, style, width in (
            ("Clusters swapped", "-", 1.3),
            ("Not swapped", DOTS, 0.9),
            ("New clusters for a new network", DASHES, 0.9),
        )
    ]
    fig.legend(
        handles=lines,
        loc="center left",
        bbox_to_anchor=(left / WIDTH, 1 - top / HEIGHT),
        ncols=5,
        columnspacing=1.5,
        borderaxespad=0,
        borderpad=0,
    )
