"""Descents of the line fit: with four steps, and with and without momentum."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from spikesampler.figures.style import GREY, INK, PALETTE
from spikesampler.studies.optimisation_primer import quadratic
from spikesampler.studies.optimisation_primer.figures.layout import (
    DASHES,
    DOTS,
    MARKERS,
    Panel,
    panels_figure,
)

__all__ = ["descent_on_surface", "lines_over_steps", "momentum_figure", "steps_figure"]


def descent_on_surface(
    ax: Axes,
    a: np.ndarray,
    b: np.ndarray,
    loss: np.ndarray,
    paths: Mapping[str, np.ndarray],
    best: np.ndarray,
    levels: np.ndarray | None = None,
    title: str = "",
    legend: bool = False,
) -> None:
    """Contours of a loss (n_b, n_a) over a and b, and paths {label: (k, 2)} on it; best (2,), the
    minimum.
    """
    levels = np.geomspace(max(loss.min(), 1e-2), loss.max(), 14) if levels is None else levels
    ax.contour(a, b, loss, levels=levels, colors=GREY, linewidths=0.4)
    for (label, path), color in zip(paths.items(), PALETTE):
        ax.plot(*path.T, "o-", color=color, ms=2, mew=0, lw=0.7, label=label)
    ax.plot(*best, "+", color=INK, ms=7, mew=1, zorder=3)
    ax.set(xlabel="a", xlim=(a[0], a[-1]), ylim=(b[0], b[-1]))
    ax.set_ylabel("b", labelpad=1)
    ax.set_title(title, fontsize=7.5, pad=3)
    if legend:
        frame = {"frameon": True, "framealpha": 0.9, "edgecolor": "none"}
        ax.legend(loc="upper right", borderaxespad=0.3, **frame)


def lines_over_steps(
    ax: Axes,
    k: np.ndarray,
    lines: Mapping[str, np.ndarray],
    ylabel: str,
    ylim: tuple[float, float],
    log_k: bool = False,
    loc: str = "upper right",
    level: tuple[float, str] | None = None,
) -> None:
    """Lines {label: (n,)} on a logarithmic axis over steps (n,); level : (value, label) of a
    horizontal line.
    """
    if level is not None:
        ax.axhline(level[0], color=GREY, lw=0.9, ls=DOTS, label=level[1])
    for (label, values), color in zip(lines.items(), PALETTE):
        ax.plot(k, values, color=color, lw=1, label=label)
    if log_k:
        ax.set_xscale("symlog", linthresh=1)
        ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_yscale("log")
    ax.set(xlabel="Step k", ylabel=ylabel, ylim=ylim, xlim=(0, k[-1]))
    ax.legend(loc=loc, borderaxespad=0.2, ncols=2 if loc == "upper right" else 1, columnspacing=1.2)


def decays(ax: Axes, k: np.ndarray, lines: Mapping[str, np.ndarray], ylabel: str) -> None:
    """As `lines_over_steps`, with the legend between what decays fast and slowly."""
    lines_over_steps(ax, k, lines, ylabel, ylim=(1e-6, 10), loc="lower left")
    ax.legend(loc="lower left", bbox_to_anchor=(0.22, 0), borderaxespad=0.2)


def rates_of_step(
    ax: Axes,
    step: np.ndarray,
    rates: Mapping[str, np.ndarray],
    marked: Mapping[str, tuple[float, float]],
    best: float,
) -> None:
    """|1 − αλ| over steps (n,), rates {label: (n,)}; marked {label: (step, rate)}; best : the step
    of least rate.
    """
    for (label, values), style in zip(rates.items(), ("-", DASHES)):
        ax.plot(step, values, color=GREY, lw=0.9, ls=style, label=label)
    ax.axhline(1, color=INK, lw=0.5)
    for (label, point), color, marker in zip(marked.items(), PALETTE, MARKERS):
        ax.plot(*point, marker, color=color, ms=4.5, mew=0, label=label, clip_on=False, zorder=3)
    ax.axvline(best, color=GREY, lw=0.5, ls=DOTS)
    ax.set(xlabel="Step α (1/curvature)", ylabel="|1 − αλ| (per step)")
    ax.set(xlim=(0, step[-1]), ylim=(0, 1.9))
    ax.legend(loc="upper left", borderaxespad=0.2, ncols=3, columnspacing=1)


def _path_panels(
    dataset: xr.Dataset, heading: str, paths: Sequence[tuple[str, str, np.ndarray]]
) -> list[Panel]:
    """Four panels side by side, of (title, label, path) on the line's loss."""
    surface = {name: dataset[f"line_{name}"].values for name in ("a", "b", "loss", "best")}
    return [
        Panel(
            descent_on_surface,
            (10 + 43.5 * i, 13, 36, 34),
            heading if i == 0 else "",
            {**surface, "paths": {label: path}, "title": title},
            above=8,
        )
        for i, (title, label, path) in enumerate(paths)
    ]


def steps_figure(dataset: xr.Dataset) -> Figure:
    """Paths with a small, the best, an oscillating and an overshooting step, and what decides."""
    names, steps, paths = (dataset[name].values for name in ("kind", "line_step", "line_path"))
    excess = dataset["line_path_loss"].values - float(dataset["line_least"])
    low, high = dataset["line_curvature"].values
    step = np.linspace(0, 1.2 * quadratic.largest_stable_step(high), 200)
    titles = [f"{name}, α = {alpha:.4f}" for name, alpha in zip(names, steps)]
    loss = {
        "k": np.arange(excess.shape[1]),
        "lines": dict(zip(names, np.maximum(excess, 1e-13))),
        "ylabel": "Loss − least loss",
        "ylim": (1e-13, 1e9),
    }
    rates = {
        "step": step,
        "rates": {"λ = L": np.abs(1 - step * high), "λ = μ": np.abs(1 - step * low)},
        "marked": {
            name: (alpha, quadratic.spectral_radius([low, high], alpha).max())
            for name, alpha in zip(names, steps)
        },
        "best": quadratic.best_step(low, high),
    }
    heading = "Gradient descent on the line fit"
    return panels_figure(
        116,
        [
            *_path_panels(dataset, heading, list(zip(titles, names, paths))),
            Panel(lines_over_steps, (16, 66, 70, 38), "Loss", loss),
            Panel(rates_of_step, (105, 66, 71, 38), "What the step decides", rates),
        ],
    )


def momentum_figure(dataset: xr.Dataset) -> Figure:
    """The lecture's traces and the best heavy ball."""
    names, settings, paths = (
        dataset[name].values for name in ("trace", "trace_setting", "trace_path")
    )
    distance = np.linalg.norm(paths - dataset["line_best"].values, axis=-1)
    titles = [
        f"{name}:  α = {step:.3g}, β = {beta:.2g}" for name, (step, beta) in zip(names, settings)
    ]
    arrays = {
        "k": np.arange(distance.shape[1]),
        "lines": dict(zip(titles, np.maximum(distance, 1e-9))),
        "ylabel": "Distance",
    }
    shown = [(title, "", path[:61]) for title, path in zip(titles, paths)]
    return panels_figure(
        116,
        [
            *_path_panels(dataset, "With and without momentum", shown),
            Panel(decays, (15, 66, 161, 38), "Distance to the minimum", arrays),
        ],
    )
