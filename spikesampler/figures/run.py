"""One run by itself: what was learnt over time, where its weights went, and what its outputs stand
for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.learning_curves import learning_curves, line_styles
from spikesampler.figures.style import GREY, INK, PALETTE, RC, WIDTH, add_axes, new_figure
from spikesampler.figures.tuning import class_tuning
from spikesampler.language.start_law import law_of_start
from spikesampler.stats.intervals import wilson
from spikesampler.stats.responses import class_rates, preferred_class

__all__ = [
    "entropy_curve",
    "responses_figure",
    "run_figure",
    "theta_histogram",
    "theta_quantiles",
    "weights_figure",
]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
RECENT = 1000  #: learning samples, the last ones, that responses are measured in


def entropy_curve(ax: Axes, time: np.ndarray, entropy: np.ndarray) -> None:
    """Normalised conditional entropy of probes (n_probe,) against time in s."""
    ax.plot(time, entropy, color=INK, lw=1.3)
    ax.set(xlim=(0, time[-1]), xlabel="Biological time (s)")
    ax.set(ylim=(0, 1.05), ylabel="H(class | winner) / H(class)")


def theta_histogram(
    ax: Axes,
    edges: np.ndarray,
    densities: Mapping[str, np.ndarray],
    prior: Sequence[np.ndarray] | None,
) -> None:
    """Densities of θ, {name: (n_bin,)} on edges (n_bin + 1,), and that of the prior, prior (2, n)
    of θ and density, where the model has one.
    """
    if prior is not None:
        ax.plot(*prior, color=PALETTE[5], lw=1.2, label="prior")
    for (name, values), color, width in zip(densities.items(), (GREY, PALETTE[0]), (0.9, 1.3)):
        ax.stairs(values, edges, color=color, lw=width, label=name)
    ax.set(xlabel="Synaptic parameter θ", ylabel="Density of synapses")
    ax.set(xlim=(edges[0], edges[-1]), ylim=(0, None))
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0.2)


def theta_quantiles(ax: Axes, time: np.ndarray, quantiles: np.ndarray) -> None:
    """Quantiles of θ against time in s: (5, n_probe) of QUANTILES, the outer ones as bands."""
    for low, high, alpha in ((0, 4, 0.18), (1, 3, 0.3)):
        ax.fill_between(time, quantiles[low], quantiles[high], color=PALETTE[0], alpha=alpha, lw=0)
    ax.plot(time, quantiles[2], color=PALETTE[0], lw=1.3)
    ax.set(xlim=(0, time[-1]), xlabel="Biological time (s)", ylabel="Synaptic parameter θ")


def run_figure(result: Any) -> Figure:
    """Learning curve of a run: probe with Wilson's 95 % interval over its samples, online accuracy,
    ceiling; entropy.

    The entropy of a model without a teacher stands beside it.
    """
    learning, time = result.learning, result.learning["probe_time"].values
    beside = not learning.attrs.get("supervised", 1) and "probe_entropy" in learning
    mean, online = (
        np.asarray(learning[f"{name}_accuracy"], float)[np.newaxis] for name in ("probe", "online")
    )
    low, high = wilson(mean, learning.attrs["probe_samples"])
    with rc_context(RC):
        fig = new_figure(66, WIDTH if beside else 120)
        ax = add_axes(fig, 14, 10, 90 if beside else 102, 44, label="accuracy")
        known = learning.attrs.get("chance"), result.bayes_accuracy
        learning_curves(ax, time, mean, low, high, ["probe"], online, *known, [INK])
        if beside:
            ax = add_axes(fig, 126, 10, 50, 44, label="entropy")
            entropy_curve(ax, time, learning["probe_entropy"].values)
        line_styles(fig, 4)
    return fig


def weights_figure(result: Any, pathway: str = "outputs") -> Figure:
    """θ of all synapses at the start and the end of learning against the model's prior, where it
    has a start of that name, and its quantiles over time. pathway : of several, whose.
    """
    shown = result.pathway(pathway)
    prior = law_of_start(shown.rule, result.values, "prior")
    theta, time = np.asarray(shown.theta_path, float), result.learning["probe_time"].values
    low, high = float(theta.min()), float(theta.max())
    if prior is not None:
        span = prior.span(3.5)
        low, high = min(low, span[0]), max(high, span[1])
    elif low == high:
        low, high = low - 0.5, high + 0.5
    edges, grid = np.linspace(low, high, 81), np.linspace(low, high, 300)
    ends = {"start": theta[0], "end": theta[-1]}
    densities = {name: np.histogram(end, edges, density=True)[0] for name, end in ends.items()}
    quantiles = np.quantile(theta.reshape(len(theta), -1), QUANTILES, axis=1)
    with rc_context(RC):
        fig = new_figure(66)
        ax = add_axes(fig, 14, 8, 70, 46, label="histogram")
        theta_histogram(ax, edges, densities, prior and (grid, prior.density(grid)))
        theta_quantiles(add_axes(fig, 104, 8, 72, 46, label="quantiles"), time, quantiles)
    return fig


def responses_figure(result: Any) -> Figure:
    """Mean rate of every output in the last learning samples of every class: outputs in the order
    of what they prefer.

    The last RECENT samples, or all of a shorter run.
    """
    learning, seconds = result.learning, result.values["sample_length"]
    labels = learning["label"].values[-RECENT:]
    num_classes = max(int(labels.max()) + 1, learning.sizes["class"])
    rates = class_rates(learning["spike_counts"].values[-RECENT:], labels, num_classes, seconds)
    order = np.argsort(preferred_class(rates), kind="stable")
    with rc_context(RC):
        fig = new_figure(76, 88)
        class_tuning(fig, rates, order)
    return fig
