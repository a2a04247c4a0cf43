"""Hidden causes drawn: how well they are found, the pictures that outputs learn, fixed points."""

import numpy as np
import xarray as xr
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.learning_curves import levels
from spikesampler.figures.style import GREY, INK, PALETTE, RC, add_axes, add_text, new_figure
from spikesampler.stats.intervals import SHARE, mean_bands, mean_interval
from spikesampler.studies.nessler_2013 import plan
from spikesampler.studies.nessler_2013.rules import C

__all__ = ["causes_figure", "fixed_figure"]

LOOKS = {"driven": PALETTE[0], "rare": PALETTE[1], "blind": PALETTE[2]}


def causes_figure(dataset: xr.Dataset) -> Figure:
    """Learning curves by excitability, every run's test, and the pictures of the first seed."""
    with rc_context(RC):
        fig = new_figure(104)
        add_text(fig, 14, 5, "a   Learning, without noise")
        add_text(fig, 94, 5, "b   Test, every run")
        add_text(fig, 14, 76, "c   A cause, and what its output has learnt, one seed")
        _curves(add_axes(fig, 14, 14, 66, 44, label="curves"), dataset)
        _tests(add_axes(fig, 94, 10, 82, 36, label="tests"), dataset)
        _pictures(fig, dataset)
    return fig


def _curves(ax: Axes, dataset: xr.Dataset) -> None:
    levels(ax, dataset.attrs["chance"], float(dataset["ceiling"].mean()))
    for color, cell in zip(PALETTE, plan.CONDITIONS):
        runs = dataset["probe_accuracy"].sel(cell=cell).transpose("probe", "seed").values
        mean, low, high = mean_bands(runs, within=SHARE)
        time = dataset["probe"].values
        ax.fill_between(time, low, high, color=color, alpha=0.18, lw=0)
        ax.plot(time, mean, color=color, label=cell)
    handles, names = ax.get_legend_handles_labels()
    named = dict(zip(names, handles))
    place = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1.0), "borderaxespad": 0.2}
    ax.legend([named[cell] for cell in plan.CONDITIONS], [*plan.CONDITIONS], ncols=4, **place)
    ax.set(xlim=(0, time[-1]), ylim=(0, 1.08), xlabel="Biological time (s)", ylabel="Accuracy")


def _tests(ax: Axes, dataset: xr.Dataset) -> None:
    cells = [str(cell) for cell in dataset["cell"].values]
    names = [*plan.CONDITIONS]
    for place, cell in enumerate(cells):
        values = dataset["test_accuracy"].sel(cell=cell).values
        color = PALETTE[names.index(cell.partition(",")[0])]
        ax.plot(
            place + np.linspace(-0.18, 0.18, len(values)),
            values,
            "o",
            color=color,
            ms=2.2,
            mew=0,
            alpha=0.6,
        )
        mean, low, high = mean_interval(values, within=SHARE)[:3]
        ax.vlines(place, low, high, color=color, lw=1.4)
        ax.plot([place - 0.25, place + 0.25], [mean, mean], color=color, lw=1.4)
    ax.axhline(float(dataset["ceiling"].mean()), color=GREY, lw=0.8, ls=(0, (1, 1.5)))
    labels = [cell.replace(":noise_scale=10", " ×10") for cell in cells]
    ax.set_xticks(range(len(cells)), labels, rotation=35, ha="right")
    ax.set(ylim=(0, 1.08), xlim=(-0.6, len(cells) - 0.4), ylabel="Accuracy")


def _pictures(fig: Figure, dataset: xr.Dataset) -> None:
    """Above the causes, below the weights of the outputs that stand for them."""
    side = int(np.sqrt(dataset.sizes["pixel"]))
    stands_for, learnt = dataset["stands_for"].values, dataset["learnt"].values
    scale = float(np.abs(learnt).max())
    for cause, picture in enumerate(dataset["picture"].values):
        outputs = np.flatnonzero(stands_for == cause)
        shown = [(2.0 * picture - 1) * scale]
        shown += [learnt[outputs].mean(axis=0)] if len(outputs) else []
        for row, values in enumerate(shown):
            label = f"{'weights' if row else 'cause'} {cause}"
            ax = add_axes(fig, 14 + 16.4 * cause, 80 + 11 * row, 10, 10, label=label)
            ax.imshow(values.reshape(side, side), cmap="gray", vmin=-scale, vmax=scale)
            ax.set(xticks=[], yticks=[])
            for spine in ax.spines.values():
                spine.set_visible(True)


def fixed_figure(dataset: xr.Dataset) -> Figure:
    """c P E[exp(-w)] against the learning rate, and how far weights are from log(c P)."""
    with rc_context(RC):
        fig = new_figure(64)
        add_text(fig, 16, 5, "a   At the fixed point E[exp(−w)] = 1/(c P)")
        add_text(fig, 106, 5, "b   Weights, and log(c P)")
        _deviations(add_axes(fig, 16, 10, 68, 42, label="deviations"), dataset)
        _distances(add_axes(fig, 106, 10, 68, 42, label="distances"), dataset)
    return fig


def _deviations(ax: Axes, dataset: xr.Dataset) -> None:
    for kind, color in LOOKS.items():
        names = [name for name in plan.FIXED if name.startswith(kind)]
        names = [name for name in names if plan.FIXED[name].arm == "none"]
        of = dataset.sel(fixed=names)
        values = (C * of["P"] * of["inverse"]).mean(("few_output", "few_input"))
        etas = [plan.FIXED[name].eta for name in names]
        mean, low, high = mean_bands(values.transpose("fixed", "seed").values)
        ax.fill_between(etas, low, high, color=color, alpha=0.18, lw=0)
        ax.plot(etas, mean, "o-", color=color, ms=3, mew=0, label=kind)
    ax.axhline(1, color=INK, lw=0.5)
    ax.legend(loc="upper left")
    ax.set_xscale("log")
    ax.set(xlabel="Learning rate η", ylabel="c P E[exp(−w)]")


def _distances(ax: Axes, dataset: xr.Dataset) -> None:
    """E[w] - log(c P) of every synapse against eta/P; dotted: half of its variance, small eta."""
    for kind, color in LOOKS.items():
        for name, one in plan.FIXED.items():
            if name.startswith(kind) and one.arm == "none":
                P = dataset["P"].sel(fixed=name).values.ravel()
                off = dataset["weight"].sel(fixed=name).values.ravel() - np.log(C * P)
                ax.plot(one.eta / P, off, ".", color=color, ms=1.2, mew=0, rasterized=True)
    small = np.geomspace(0.008, 1, 50)
    ax.plot(small, small / 4, color=INK, lw=0.8, ls=(0, (1, 1.5)))
    ax.axhline(0, color=INK, lw=0.5)
    ax.set_xscale("log")
    ax.set(xlabel="η/P", ylabel="E[w] − log(c P)", xlim=(0.007, 1.2), ylim=(-0.35, 0.5))
