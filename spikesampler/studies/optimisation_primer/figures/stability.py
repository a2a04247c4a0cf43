"""Where momentum is stable, and the line α + β = 1."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.style import INK, PALETTE
from spikesampler.studies.optimisation_primer import quadratic
from spikesampler.studies.optimisation_primer.figures.layout import DASHES, Panel, panels_figure

__all__ = ["stability_figure"]

SCALE_COLORS = (PALETTE[0], PALETTE[4], PALETTE[2])
BELOW = {"loc": "upper left", "bbox_to_anchor": (0, -0.22), "borderaxespad": 0}


def stability_map(
    ax: Axes,
    product: np.ndarray,
    beta: np.ndarray,
    growth: np.ndarray,
    boundary: np.ndarray,
    lines: Mapping[str, np.ndarray],
    best: tuple[np.ndarray, float],
) -> None:
    """Measured rate (n_β, n) over αλ and β in grey; boundary (2, m) by theory; lines {label: (2,
    m)}: α + β = 1.

    best : (αλ (2,), β), the best heavy ball, at both ends of the spectrum
    """
    look = {"cmap": "Greys", "vmin": 0, "vmax": 2.6, "shading": "nearest", "rasterized": True}
    ax.pcolormesh(product, beta, np.minimum(growth, 1.5), **look)
    ax.contour(product, beta, growth, levels=[1], colors=[PALETTE[5]], linewidths=2.2)
    ax.plot(*boundary, color=INK, lw=0.9, ls=DASHES)
    for (label, line), color in zip(lines.items(), SCALE_COLORS):
        ax.plot(*line, color=color, lw=1.2, label=label)
    ax.plot([], [], color=PALETTE[5], lw=2.2, label="rate 1, measured")
    ax.plot([], [], color=INK, lw=0.9, ls=DASHES, label="αλ = 2(1 + β), β = 1")
    look = {"mfc": "white", "mec": INK, "ms": 4, "mew": 0.8}
    ax.plot(best[0], np.full(2, best[1]), "D", label="best heavy ball", **look)
    ax.set(xlabel="αλ (step × curvature)", ylabel="Momentum β")
    ax.set(xlim=(product[0], product[-1]), ylim=(beta[0], beta[-1]))
    ax.legend(**BELOW, ncols=2, columnspacing=1.2)


def rates_on_line(
    ax: Axes,
    rest: np.ndarray,
    rates: Mapping[str, np.ndarray],
    best: Mapping[str, tuple[float, float]],
    free: float,
) -> None:
    """Rate over 1 − β = α on the line α + β = 1: rates {label: (n,)}, best {label: (1 − β, rate)};
    free : best rate.
    """
    ax.axhline(1, color=INK, lw=0.5)
    ax.axhline(free, color=INK, lw=0.9, ls=DASHES, label="best α and β, any scale")
    for (label, values), color in zip(rates.items(), SCALE_COLORS):
        ax.plot(rest, values, color=color, lw=1.2, label=label)
        ax.plot(*best[label], "o", color=color, ms=4, mew=0)
    ax.set_xscale("log")
    ax.set(xlabel="α = 1 − β", ylabel="Rate (factor of the distance per step)")
    ax.set(ylim=(0.4, 1.3), xlim=(rest.min(), rest.max()))
    ax.legend(**BELOW, ncols=2, columnspacing=1.2)


def _boundary() -> np.ndarray:
    """(αλ, β) (2, n) where iterations cease to decay: β = 1, αλ = 0, and αλ = 2(1 + β)."""
    beta = np.linspace(0, 1, 50)
    return np.array([np.r_[4, 0, 0, 0, 2 * (1 + beta)], np.r_[1, 1, 0, 0, beta]])


def stability_figure(dataset: xr.Dataset) -> Figure:
    """The map of rates, and the rates on the line by the scale of the loss."""
    low, high = dataset["line_curvature"].values
    scales = dataset["scale_value"].values
    step, momentum = quadratic.best_heavy_ball(low, high)
    beta = np.linspace(0, 1, 50)
    on_map = {
        "product": dataset["growth_product"].values,
        "beta": dataset["growth_beta"].values,
        "growth": dataset["growth"].values,
        "boundary": _boundary(),
        "lines": {
            f"α + β = 1, loss × {scale:g}": np.array([(1 - beta) * scale * high, beta])
            for scale in scales
        },
        "best": (step * np.array([low, high]), momentum),
    }
    labels = [f"loss × {scale:g}" for scale in scales]
    best = zip(1 - dataset["sum_best_beta"].values, dataset["sum_best"].values)
    on_line = {
        "rest": 1 - dataset["sum_beta"].values,
        "rates": dict(zip(labels, dataset["sum_rate"].values)),
        "best": dict(zip(labels, best)),
        "free": float(dataset["free_rate"][0]),
    }
    return panels_figure(
        92,
        [
            Panel(stability_map, (13, 9, 72, 52), "Where iterations decay", on_map),
            Panel(rates_on_line, (105, 9, 71, 52), "On the line α + β = 1", on_line),
        ],
    )
