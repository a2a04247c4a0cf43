"""Spike trains of a run: rates over time, responses after an onset, intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from spikesampler.figures.class_responses import response_scale
from spikesampler.figures.panel_grid import check_number, panel_grid
from spikesampler.figures.style import GREY, PALETTE, RC, add_axes, class_colors, new_figure
from spikesampler.stats.spike_trains import interval_density

__all__ = [
    "interval_histogram",
    "intervals_figure",
    "psth",
    "psth_figure",
    "rate_map",
    "rates_figure",
    "variation",
]


def psth(ax: Axes, edges: np.ndarray, rates: np.ndarray, colors: Sequence) -> None:
    """A step line per class: edges (n_bin + 1,) s since the onset, rates (n_class, n_bin) Hz, nan
    where a class was not shown, colors (n_class, …).
    """
    for row, color in zip(rates, colors):
        if np.isfinite(row).any():
            ax.stairs(row, edges, color=color, lw=0.8, baseline=None)
    ax.set_xlim(edges[0], edges[-1])


def psth_figure(result: Any, population: str = "outputs", **options: Any) -> Figure:
    """Peri-stimulus time histograms of a run, a panel per neuron and a line per class.

    options : window, neurons and bin of `Result.psth`. Raises InputError for more than 20 neurons.
    """
    _refuse_many(result, population, options.get("neurons"))
    histogram = result.psth(population, **options)
    dim = histogram.dims[1]
    edges = np.append(histogram["time"], histogram["time"][-1] + histogram.attrs["bin"])
    colors = class_colors(histogram.sizes["class"])
    titles = [f"{dim} {neuron}" for neuron in histogram[dim].values]
    with rc_context(RC):
        fig, panels = panel_grid(titles, 22, "Time since onset (s)", "Rate (Hz)", 7)
        for place, ax in enumerate(panels):
            psth(ax, edges, histogram.values[:, place], colors)
        panels[0].set_ylim(0, 1.08 * (np.nanmax(histogram.values) or 1))
        _name_classes(fig, colors)
    return fig


def _name_classes(fig: Figure, colors: np.ndarray) -> None:
    """A legend of classes above the panels, of at most ten."""
    every = -(-len(colors) // 10)
    lines = [Line2D([], [], color=colors[k], label=str(k)) for k in range(0, len(colors), every)]
    look = {"ncols": len(lines) + 1, "handlelength": 1, "columnspacing": 1}
    handles = [Line2D([], [], lw=0, label="Class"), *lines]
    fig.legend(handles=handles, loc="upper right", bbox_to_anchor=(1, 1), **look)


def _refuse_many(result: Any, population: str, neurons: int | Iterable[int] | None) -> None:
    """InputError where more neurons are asked for than a page has panels, before they are read."""
    number = len(result.neurons(population, neurons))
    check_number(number, f"{population} of {result.path}")


def rate_map(ax: Axes, edges: np.ndarray, rates: np.ndarray, top: float) -> None:
    """Rates (n_neuron, n_bin) in Hz against time as a heat map from 0 to `top`; edges (n_bin + 1,)
    in s. The first neuron is lowest.
    """
    extent = (edges[0], edges[-1], -0.5, len(rates) - 0.5)
    look: dict[str, Any] = {"cmap": "Blues", "aspect": "auto", "interpolation": "none"}
    ax.imshow(rates, vmin=0, vmax=top, extent=extent, origin="lower", **look)
    ax.set(xlabel="Time (s)")


def rates_figure(
    result: Any,
    population: str = "outputs",
    window: str | tuple[float, float] = "last",
    neurons: int | Iterable[int] | None = None,
    bin: float | None = None,
) -> Figure:
    """Firing rates of a run's neurons over time, in bins of `bin` s, by default a sample's period.

    As `Result.rates`; the scale reaches to the highest rate.
    """
    rates = result.rates(population, window, neurons, result.period if bin is None else bin)
    edges = np.append(rates["time"], rates["time"][-1] + rates.attrs["bin"])
    top, ids = float(rates.max()) or 1.0, rates[rates.dims[0]].values
    step = max(1, len(ids) // 20)
    with rc_context(RC):
        fig = new_figure(70, 130)
        ax = add_axes(fig, 14, 4, 94, 54, label="rates")
        rate_map(ax, edges, rates.values, top)
        ax.set_yticks(range(0, len(ids), step), [str(k) for k in ids[::step]])
        ax.set_ylabel(f"{str(rates.dims[0]).capitalize()} neuron")
        response_scale(add_axes(fig, 112, 4, 2.4, 54, label="scale"), top)
    return fig


def interval_histogram(ax: Axes, edges: np.ndarray, density: np.ndarray) -> None:
    """Density of inter-spike intervals in 1/s, (n_bin,), on edges (n_bin + 1,) in s."""
    ax.stairs(density, edges, color=PALETTE[0], lw=1.1)
    ax.set(xlim=(max(0, edges[0]), edges[-1]), ylim=(0, None))
    ax.set(xlabel="Inter-spike interval (s)", ylabel="Density of intervals (1/s)")


def variation(ax: Axes, cv: np.ndarray, cv2: np.ndarray) -> None:
    """CV2 against CV of the intervals of neurons, (n_neuron,); lines at 1, a Poisson process."""
    ax.axvline(1, color=GREY, lw=0.8, ls=(0, (1, 1.5)))
    ax.axhline(1, color=GREY, lw=0.8, ls=(0, (1, 1.5)))
    ax.plot(cv, cv2, ".", color=PALETTE[0], ms=4, mew=0)
    ax.set(xlim=(0, 1.08 * np.nanmax([*cv, 1])), ylim=(0, 1.08 * np.nanmax([*cv2, 1])))
    ax.set(xlabel="CV of intervals", ylabel="CV2 of intervals")


def intervals_figure(result: Any, population: str = "outputs", **options: Any) -> Figure:
    """Inter-spike intervals of a run: their density, of all neurons together, and how variable
    they are, neuron by neuron.

    options : window and neurons of `Result.isi`. Raises InputError where there is no interval.
    """
    seconds, _ = result.isi(population, **options)
    edges, density = interval_density(seconds, result.values["dt"])
    cv, cv2 = (measure(population, **options).values for measure in (result.cv, result.cv2))
    with rc_context(RC):
        fig = new_figure(62, 150)
        ax = add_axes(fig, 16, 5, 70, 44, label="intervals")
        interval_histogram(ax, edges, density)
        variation(add_axes(fig, 102, 5, 44, 44, label="variation"), cv, cv2)
    return fig
