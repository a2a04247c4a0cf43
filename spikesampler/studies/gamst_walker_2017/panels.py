"""Panels of the landscape of small ReLU networks: what they compute, and what lies around them.

(ax, arrays) -> None.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from spikesampler.figures.style import GREY, INK, PALETTE

Array = np.ndarray

FIT = "#D55E00"
ALONG = colormaps["viridis"]


def output(ax: Axes, x: Array, target: Array, **line: Any) -> None:
    """The function f: x, target (point,)."""
    ax.plot(x, target, color=PALETTE[0], lw=0.7, **{"label": "f"} | line)
    _along_input(ax, x)


def _along_input(ax, x):
    ax.set(xlabel="Input x", xlim=(x[0], x[-1]), xticks=np.linspace(-1, 1, 5))


def tube(ax: Axes, x: Array, target: Array, mean: Array, sd: Array) -> None:
    """Mean output of networks with a band of ± one standard deviation, before f; all (point,)."""
    output(ax, x, target)
    ax.fill_between(x, mean - sd, mean + sd, color=FIT, alpha=0.3, lw=0, label="± 1 sd")
    ax.plot(x, mean, color=FIT, lw=1.2, label="mean")


def best_fit(ax: Axes, x: Array, target: Array, best: Array, error: float) -> None:
    """Output of the network with the smallest error, before f; x, target, best (point,)."""
    output(ax, x, target)
    ax.plot(x, best, color=FIT, lw=1.0, label=f"best, error {error:.3g}")


def network_diagram(ax: Axes, layers: Sequence[tuple[Array, Array]]) -> None:
    """Neurons and their connections, those with a weight drawn in full.

    layers : [(weights (in, out), biases)].
    """
    sizes = [layers[0][0].shape[0], *[weights.shape[1] for weights, _ in layers]]
    places = [np.arange(size) - (size - 1) / 2 for size in sizes]
    for number, (weights, _) in enumerate(layers):
        ends = np.array(
            [
                [(before, number), (after, number + 1)]
                for before in places[number]
                for after in places[number + 1]
            ]
        )
        used = weights.ravel() != 0
        ax.add_collection(LineCollection(ends[~used], colors="#dddddd", lw=0.4))
        ax.add_collection(LineCollection(ends[used], colors=INK, lw=1.0))
    neurons = {"color": "white", "mec": INK, "mew": 0.8, "ms": 6, "zorder": 3}
    for number, here in enumerate(places):
        ax.plot(here, np.full(len(here), number), "o", **neurons)
    ax.set(ylim=(-0.4, len(sizes) - 0.6), xticks=[], yticks=[])
    for text, number in (("x", 0), ("y", len(sizes) - 1)):
        ax.annotate(text, (0, number), (9, 0), textcoords="offset points", va="center")
    ax.axis("off")


def energy_along(
    ax: Axes,
    distance: Array,
    energy: Array,
    highlight: int | None = None,
    color: str = GREY,
    label: str | None = None,
) -> None:
    """Error along paths (n_path, n_image) against distance from W_f.

    highlight : of this path the images are coloured.
    """
    lines = ax.plot(np.transpose(distance), np.transpose(energy), color=color, lw=0.5, alpha=0.45)
    lines[0].set_label(label)
    if highlight is not None:
        along, values = distance[highlight], energy[highlight]
        points = np.column_stack([along, values])
        segments = np.stack([points[:-1], points[1:]], axis=1)
        colors = ALONG(np.linspace(0, 1, len(segments)))
        ax.add_collection(LineCollection(segments, colors=colors, lw=1.6, zorder=3))
        ax.scatter(along, values, c=np.linspace(0, 1, len(along)), cmap=ALONG, s=7, lw=0, zorder=4)
    ax.set(xlabel="Distance along the path from $W_f$", ylabel="Mean squared error")
    ax.set_xlim(0, 1.02 * max(np.max(distance), ax.get_xlim()[1] / 1.02))
    ax.set_ylim(0, 1.05 * max(np.max(energy), ax.get_ylim()[1] / 1.05))


def functions_along(ax: Axes, x: Array, outputs: Array, spread: float) -> None:
    """Outputs (n_image, point) along a path, from W_f at the bottom, shifted by `spread` each."""
    colors = ALONG(np.linspace(0, 1, len(outputs)))
    for number, (values, color) in enumerate(zip(outputs, colors)):
        ax.plot(x, values + spread * number, color=color, lw=0.6)
    _along_input(ax, x)
    ax.set(ylabel="Output, shifted image by image", yticks=[])


def turning_along(ax: Axes, distance: Array, angle: Array, highlight: int | None = None) -> None:
    """Angle between successive steps (n_path, n_image - 2), radians, against distance.

    distance : (n_path, n_image).
    """
    ax.plot(np.transpose(distance[:, 1:-1]), np.transpose(angle), color=GREY, lw=0.4, alpha=0.35)
    if highlight is not None:
        colors = ALONG(np.linspace(0, 1, angle.shape[1] + 2))[1:-1]
        ax.scatter(distance[highlight, 1:-1], angle[highlight], c=colors, s=7, lw=0, zorder=4)
    ax.set(xlabel="Distance along the path from $W_f$", ylabel="Turning angle (rad)")
    ax.set(xlim=(0, None), ylim=(0, None))


def basin_scatter(
    ax: Axes, distance: Array, error: Array, smooth: Array, curve: Array, half: Array | None = None
) -> None:
    """Final error against the norm of the jitter, smoothed, and the fitted probability of return.

    distance, error : (n,); smooth, curve : (2, m), distance and error, distance and probability,
    which has a second axis; half : distance of probability one half, with its bounds.
    """
    ax.plot(distance, error, ".", color=GREY, ms=1.6, mew=0, alpha=0.5, rasterized=True)
    ax.plot(*smooth, color=FIT, lw=1.3, label="lowess")
    ax.set(xlabel="Norm of the jitter", ylabel="Final mean squared error")
    ax.set(xlim=(0, None), ylim=(0, None))
    other = ax.twinx()
    other.plot(*curve, color=PALETTE[0], lw=1.3)
    other.set(ylim=(-0.02, 1.02), ylabel="Probability of return")
    other.spines["right"].set_visible(True)
    for part in (other.yaxis.label, other.spines["right"]):
        part.set_color(PALETTE[0])
    other.tick_params(axis="y", colors=PALETTE[0])
    if half is not None and np.isfinite(half).all():
        other.axvspan(*half[1:], color=PALETTE[0], alpha=0.15, lw=0)


def eigenvalues(ax: Axes, values: Array, target: Array | None = None) -> None:
    """Sizes of the eigenvalues (n, d) in descending order, positive and negative.

    target : (d,), those of W_f beside them.
    """
    floor = 1e-12 * np.abs(values).max()

    def descending(numbers):
        return np.sort(np.maximum(numbers, floor))[..., ::-1]

    rank = np.arange(1, values.shape[1] + 1)
    low, middle, high = np.quantile(descending(values), [0.05, 0.5, 0.95], axis=0)
    band = {"color": PALETTE[0], "alpha": 0.25, "lw": 0}
    ax.fill_between(rank, low, high, label="positive, 5 to 95 %", **band)
    ax.plot(rank, middle, color=PALETTE[0], label="positive, median")
    below = np.quantile(descending(-values), 0.95, axis=0)
    ax.plot(rank, below, color=FIT, label="negative (size), 95 %")
    if target is not None:
        ax.plot(rank, descending(target), color=INK, ls=(0, (4, 1.5)), label="$W_f$")
    ax.set(yscale="log", xlabel="Rank", ylabel="Eigenvalue of the Hessian")
    ax.set(xlim=(1, None), ylim=(3 * floor, None))


def against_temperature(
    ax: Axes, temperature: Array, values: Array, none: Array, labels: Sequence[str], ylabel: str
) -> None:
    """Values with 95 % intervals against temperature: values (n_arm, 3, n_T).

    none : (3,), without noise.
    """
    ax.axhline(none[0], color=GREY, lw=0.9, ls=(0, (3, 1.5)), label="none")
    ax.axhspan(none[1], none[2], color=GREY, alpha=0.18, lw=0)
    for number, (label, (middle, low, high)) in enumerate(zip(labels, values)):
        color, marker = PALETTE[number], "os^Dv"[number]
        beside = np.asarray(temperature) * 1.05 ** (number - (len(labels) - 1) / 2)
        ax.vlines(beside, low, high, color=color, lw=0.9)
        ax.plot(beside, middle, f"{marker}-", color=color, ms=3.6, mew=0, label=label)
    ax.set(xscale="log", xlabel="Temperature T", ylabel=ylabel)
    ax.set_xticks(temperature, [f"{tick:g}" for tick in temperature])
    ax.minorticks_off()


def merge_tree(ax: Axes, tree: Array, energies: Array, highlight: int = 0) -> None:
    """Disconnectivity graph: leaves at the energies (n,) of minima, joints where passes join them.

    tree : (n-1, 4), as `landscape.minima.disconnectivity` gives it; highlight : the leaf of W_f.
    """
    n = len(energies)
    left, right = tree[:, 0].astype(int), tree[:, 1].astype(int)
    place, height = np.zeros(2 * n - 1), np.append(energies, tree[:, 2])
    place[_leaves(2 * n - 2, left, right, n)] = np.arange(n)
    for number, (a, b) in enumerate(zip(left, right)):
        place[n + number] = (place[a] + place[b]) / 2
        joint = height[n + number]
        for child in (a, b):
            color, lw = (FIT, 1.6) if child == highlight else (INK, 0.7)
            ax.plot([place[child]] * 2, [height[child], joint], color=color, lw=lw)
        ax.plot(place[[a, b]], [joint] * 2, color=INK, lw=0.7)
    end = place[highlight], energies[highlight]
    ax.annotate("$W_f$", end, (4, 2), textcoords="offset points", color=FIT)
    ax.set(ylabel="Mean squared error", xticks=[], ylim=(min(0, *energies), None), xlabel="Minima")


def _leaves(root, left, right, n):
    """Leaves below a node from left to right."""
    if root < n:
        return [root]
    return _leaves(left[root - n], left, right, n) + _leaves(right[root - n], left, right, n)
