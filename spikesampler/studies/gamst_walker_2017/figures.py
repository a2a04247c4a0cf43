"""The landscape of small ReLU networks: what they compute, paths between them, basins, spectra,
noise, merge trees.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from matplotlib import colormaps, rc_context
from matplotlib.collections import LineCollection

from spikesampler.figures.style import GREY, INK, PALETTE, RC, add_axes, new_figure

__all__ = [
    "against_temperature",
    "basin_figure",
    "basin_scatter",
    "best_figure",
    "best_fit",
    "eigenvalues",
    "energy_along",
    "function_figure",
    "functions_along",
    "merge_tree",
    "network_diagram",
    "noise_figure",
    "output",
    "outputs_figure",
    "paths_figure",
    "row_figure",
    "spectra_figure",
    "tree_figure",
    "tube",
    "turning_along",
]

FIT = "#D55E00"
ALONG = colormaps["viridis"]


def output(ax, x, target, **kwargs):
    """The function f: x, target (point,)."""
    ax.plot(x, target, color=PALETTE[0], lw=0.7, **{"label": "f"} | kwargs)
    ax.set(xlabel="Input x", xlim=(x[0], x[-1]), xticks=np.linspace(-1, 1, 5))


def tube(ax, x, target, mean, sd):
    """Mean output of networks with a band of ± one standard deviation, before f; all (point,)."""
    output(ax, x, target)
    ax.fill_between(x, mean - sd, mean + sd, color=FIT, alpha=0.3, lw=0, label="± 1 sd")
    ax.plot(x, mean, color=FIT, lw=1.2, label="mean")


def best_fit(ax, x, target, best, error):
    """Output of the network with the smallest error, before f; x, target, best (point,)."""
    output(ax, x, target)
    ax.plot(x, best, color=FIT, lw=1.0, label=f"best, error {error:.3g}")


def network_diagram(ax, layers):
    """Neurons and their connections, those with a weight drawn in full; layers [(weights (in, out),
    biases)].
    """
    sizes = [layers[0][0].shape[0], *[weights.shape[1] for weights, _ in layers]]
    places = [np.arange(size) - (size - 1) / 2 for size in sizes]
    for number, (weights, _) in enumerate(layers):
        lines = [
            [(before, number), (after, number + 1)]
            for before in places[number]
            for after in places[number + 1]
        ]
        used = weights.ravel() != 0
        ax.add_collection(
            LineCollection(
                [one for one, here in zip(lines, used) if not here], colors="#dddddd", lw=0.4
            )
        )
        ax.add_collection(
            LineCollection([one for one, here in zip(lines, used) if here], colors=INK, lw=1.0)
        )
    for number, here in enumerate(places):
        ax.plot(
            here, np.full(len(here), number), "o", color="white", mec=INK, mew=0.8, ms=6, zorder=3
        )
    ax.set(ylim=(-0.4, len(sizes) - 0.6), xticks=[], yticks=[])
    for text, number in (("x", 0), ("y", len(sizes) - 1)):
        ax.annotate(text, (0, number), (9, 0), textcoords="offset points", va="center")
    ax.axis("off")


def energy_along(ax, distance, energy, highlight=None, color=GREY, label=None):
    """Error along paths (n_path, n_image) against distance from W_f; of path `highlight` the images
    are coloured.
    """
    lines = ax.plot(np.transpose(distance), np.transpose(energy), color=color, lw=0.5, alpha=0.45)
    lines[0].set_label(label)
    if highlight is not None:
        along, values = distance[highlight], energy[highlight]
        segments = np.stack(
            [np.column_stack([along, values])[:-1], np.column_stack([along, values])[1:]], axis=1
        )
        colors = ALONG(np.linspace(0, 1, len(segments)))
        ax.add_collection(LineCollection(segments, colors=colors, lw=1.6, zorder=3))
        ax.scatter(along, values, c=np.linspace(0, 1, len(along)), cmap=ALONG, s=7, lw=0, zorder=4)
    ax.set(xlabel="Distance along the path from $W_f$", ylabel="Mean squared error")
    ax.set_xlim(0, 1.02 * max(np.max(distance), ax.get_xlim()[1] / 1.02))
    ax.set_ylim(0, 1.05 * max(np.max(energy), ax.get_ylim()[1] / 1.05))


def functions_along(ax, x, outputs, spread):
    """Outputs (n_image, point) along a path, from W_f at the bottom, shifted by `spread` each."""
    for number, (one, color) in enumerate(zip(outputs, ALONG(np.linspace(0, 1, len(outputs))))):
        ax.plot(x, one + spread * number, color=color, lw=0.6)
    ax.set(xlabel="Input x", xlim=(x[0], x[-1]), xticks=np.linspace(-1, 1, 5))
    ax.set(ylabel="Output, shifted image by image", yticks=[])


def turning_along(ax, distance, angle, highlight=None):
    """Angle between successive steps (n_path, n_image - 2), radians, against distance (n_path,
    n_image).
    """
    ax.plot(np.transpose(distance[:, 1:-1]), np.transpose(angle), color=GREY, lw=0.4, alpha=0.35)
    if highlight is not None:
        colors = ALONG(np.linspace(0, 1, angle.shape[1] + 2))[1:-1]
        ax.scatter(distance[highlight, 1:-1], angle[highlight], c=colors, s=7, lw=0, zorder=4)
    ax.set(
        xlabel="Distance along the path from $W_f$",
        ylabel="Turning angle (rad)",
        xlim=(0, None),
        ylim=(0, None),
    )


def basin_scatter(ax, distance, error, smooth, curve, half=None):
    """Final error against the norm of the jitter, smoothed, and the fitted probability of return on
    a second axis.

    distance, error : (n,); smooth, curve : (2, m), distance and error, distance and probability;
        half : with its bounds
    """
    ax.plot(distance, error, ".", color=GREY, ms=1.6, mew=0, alpha=0.5, rasterized=True)
    ax.plot(*smooth, color=FIT, lw=1.3, label="lowess")
    ax.set(
        xlabel="Norm of the jitter",
        ylabel="Final mean squared error",
        xlim=(0, None),
        ylim=(0, None),
    )
    other = ax.twinx()
    other.plot(*curve, color=PALETTE[0], lw=1.3)
    other.set(ylim=(-0.02, 1.02), ylabel="Probability of return")
    other.spines["right"].set_visible(True)
    for part in (other.yaxis.label, other.spines["right"]):
        part.set_color(PALETTE[0])
    other.tick_params(axis="y", colors=PALETTE[0])
    if half is not None and np.isfinite(half).all():
        other.axvspan(*half[1:], color=PALETTE[0], alpha=0.15, lw=0)


def eigenvalues(ax, values, target=None):
    """Sizes of the eigenvalues (n, d) in descending order, positive and negative; of W_f (d,)
    beside them.
    """
    floor = 1e-12 * np.abs(values).max()
    rank = np.arange(1, values.shape[1] + 1)
    ordered = np.sort(np.maximum(values, floor), axis=1)[:, ::-1]
    low, middle, high = np.quantile(ordered, [0.05, 0.5, 0.95], axis=0)
    ax.fill_between(
        rank, low, high, color=PALETTE[0], alpha=0.25, lw=0, label="positive, 5 to 95 %"
    )
    ax.plot(rank, middle, color=PALETTE[0], label="positive, median")
    below = np.sort(np.maximum(-values, floor), axis=1)[:, ::-1]
    ax.plot(rank, np.quantile(below, 0.95, axis=0), color=FIT, label="negative (size), 95 %")
    if target is not None:
        ax.plot(
            rank,
            np.sort(np.maximum(target, floor))[::-1],
            color=INK,
            ls=(0, (4, 1.5)),
            label="$W_f$",
        )
    ax.set(
        yscale="log",
        xlabel="Rank",
        ylabel="Eigenvalue of the Hessian",
        xlim=(1, None),
        ylim=(3 * floor, None),
    )


def against_temperature(ax, temperature, values, none, labels, ylabel):
    """Values with 95 % intervals against temperature: values (n_arm, 3, n_T); none (3,), without
    noise.
    """
    ax.axhline(none[0], color=GREY, lw=0.9, ls=(0, (3, 1.5)), label="none")
    ax.axhspan(none[1], none[2], color=GREY, alpha=0.18, lw=0)
    for number, (label, (middle, low, high)) in enumerate(zip(labels, values)):
        beside = np.asarray(temperature) * 1.05 ** (number - (len(labels) - 1) / 2)
        ax.vlines(beside, low, high, color=PALETTE[number], lw=0.9)
        ax.plot(
            beside, middle, "os^Dv"[number] + "-", color=PALETTE[number], ms=3.6, mew=0, label=label
        )
    ax.set(xscale="log", xlabel="Temperature T", ylabel=ylabel)
    ax.set_xticks(temperature, [f"{one:g}" for one in temperature])
    ax.minorticks_off()


def merge_tree(ax, tree, energies, highlight=0):
    """Disconnectivity graph: leaves at the energies (n,) of minima, joints where passes connect
    them; tree (n-1, 4).
    """
    n = len(energies)
    left, right = tree[:, 0].astype(int), tree[:, 1].astype(int)
    place, height = np.zeros(2 * n - 1), np.append(energies, tree[:, 2])
    place[_leaves(2 * n - 2, left, right, n)] = np.arange(n)
    for number, (a, b) in enumerate(zip(left, right)):
        place[n + number] = (place[a] + place[b]) / 2
        joint = height[n + number]
        for child in (a, b):
            color = FIT if child == highlight else INK
            ax.plot(
                [place[child]] * 2,
                [height[child], joint],
                color=color,
                lw=1.6 if child == highlight else 0.7,
            )
        ax.plot(place[[a, b]], [joint] * 2, color=INK, lw=0.7)
    ax.annotate(
        "$W_f$",
        (place[highlight], energies[highlight]),
        (4, 2),
        textcoords="offset points",
        color=FIT,
    )
    ax.set(ylabel="Mean squared error", xticks=[], ylim=(min(0, *energies), None), xlabel="Minima")


def _leaves(root, left, right, n):
    """Leaves below a node from left to right."""
    if root < n:
        return [root]
    return _leaves(left[root - n], left, right, n) + _leaves(right[root - n], left, right, n)


def _heading(fig, left, top, text):
    """Text at a place in mm from the upper left corner."""
    width, height = fig.get_size_inches() * 25.4
    fig.text(left / width, 1 - top / height, text, fontsize=8, va="center")


def function_figure(x, target, knots, layers):
    """Fig. 1: the network W_f and its output; knots (2, n) of the output."""
    with rc_context(RC):
        fig = new_figure(62)
        network_diagram(add_axes(fig, 10, 6, 58, 50, label="network"), layers)
        ax = add_axes(fig, 84, 6, 90, 46, label="function")
        output(ax, x, target)
        ax.plot(*knots, ".", color=INK, ms=3, mew=0)
        ax.set_ylabel("Output f(x)")
    return fig


def outputs_figure(arrays, title):
    """Mean with tube, and best fit, of one training; arrays as `networks.training.outputs_of` gives
    them.
    """
    x, target = arrays["x"], arrays["target"]
    with rc_context(RC):
        fig = new_figure(64)
        left = add_axes(fig, 14, 10, 70, 42, label="mean")
        tube(left, x, target, arrays["mean"], arrays["sd"])
        right = add_axes(fig, 102, 10, 70, 42, label="best")
        best_fit(right, x, target, arrays["best"], arrays["best_error"])
        for ax in (left, right):
            ax.legend(loc="upper left")
            ax.set_ylabel("Output")
            ax.set_ylim(top=ax.get_ylim()[1] + 0.35 * np.ptp(ax.get_ylim()))
        _heading(fig, 14, 5, f"{title}, {arrays['number']} networks")
    return fig


def row_figure(panels, height, ylabel):
    """A row of panels {title: function(ax)}, at most three, with one y label."""
    with rc_context(RC):
        fig = new_figure(height, width=9 + 57 * len(panels))
        for number, (title, draw) in enumerate(panels.items()):
            ax = add_axes(fig, 14 + 57 * number, 10, 46, height - 22, label=title)
            draw(ax)
            ax.set_ylabel(ylabel if number == 0 else "")
            _heading(fig, 14 + 57 * number, 5, f"{'abc'[number]}   {title}")
        limits = np.array([ax.get_ylim() for ax in fig.axes])
        for ax in fig.axes:
            ax.set_ylim(limits[:, 0].min(), limits[:, 1].max() + 0.3 * np.ptp(limits))
            ax.legend(loc="upper left", borderaxespad=0.2)
    return fig


def best_figure(x, target, fits):
    """Fig. 3: the best fit of each training, {title: (output (point,), error)}, before f; x, target
    (point,).
    """
    panels = {
        title: partial(best_fit, x=x, target=target, best=best, error=error)
        for title, (best, error) in fits.items()
    }
    return row_figure(panels, 66, "Output")


def paths_figure(arrays, others=None):
    """Fig. 4: error along all paths, along one, functions along that one, turning angles.

    others : {name: (distance, energy)} of paths to draw instead in the first panel, a colour each.
    arrays : distance, energy (n_path, n_image), turning (n_path, n_image - 2), chosen (int), x
        (point,), outputs (n_image, point) of the chosen path.
    """
    distance, energy, chosen = arrays["distance"], arrays["energy"], arrays["chosen"]
    with rc_context(RC):
        fig = new_figure(132)
        places = {"a": (16, 8), "b": (16, 73), "c": (104, 8), "d": (104, 73)}
        axes = {
            name: add_axes(fig, left, top, 70, 48, label=name)
            for name, (left, top) in places.items()
        }
        groups = others or {"": (distance, energy)}
        for color, (name, paths) in zip(PALETTE if others else [GREY], groups.items()):
            energy_along(axes["a"], *paths, color=color, label=name)
        if others:
            for line in axes["a"].legend(loc="lower right").get_lines():
                line.set(lw=1.5, alpha=1)
        energy_along(axes["b"], distance[[chosen]], energy[[chosen]], 0)
        functions_along(axes["c"], arrays["x"], arrays["outputs"], 0.35 * np.ptp(arrays["outputs"]))
        turning_along(axes["d"], distance, arrays["turning"], chosen)
        lengths = np.concatenate([np.asarray(along)[:, -1] for along, _ in groups.values()])
        limit = min(lengths.max(), 1.4 * np.quantile(lengths, 0.95))
        axes["a"].set_xlim(0, 1.02 * limit)
        number = f"{len(lengths)} paths" + (
            f", {(lengths > limit).sum()} of them cut" if limit < lengths.max() else ""
        )
        titles = {
            "a": number,
            "b": "One path",
            "c": "Outputs along it, $W_f$ at the bottom",
            "d": "Angle between successive steps",
        }
        for name, (left, top) in places.items():
            _heading(fig, left, top - 3.5, f"{name}   {titles[name]}")
    return fig


def basin_figure(trials):
    """Fig. 5: a panel per optimiser; trials {name: arguments of `basin_scatter`}."""
    with rc_context(RC):
        fig = new_figure(64, width=60 * len(trials))
        for number, (name, arrays) in enumerate(trials.items()):
            basin_scatter(add_axes(fig, 14 + 60 * number, 10, 34, 42, label=name), **arrays)
            _heading(fig, 14 + 60 * number, 5, f"{'abc'[number]}   {name}")
        fig.axes[0].legend(loc="upper right")
    return fig


def spectra_figure(spectra, target=None):
    """Eigenvalues at minima, a panel per training: {name: (n, d)}."""
    with rc_context(RC):
        fig = new_figure(68, width=9 + 57 * len(spectra))
        for number, (name, values) in enumerate(spectra.items()):
            ax = add_axes(fig, 16 + 57 * number, 10, 44, 46, label=name)
            eigenvalues(ax, values, target)
            ax.set_ylabel("Eigenvalue of the Hessian" if number == 0 else "")
            _heading(fig, 16 + 57 * number, 5, f"{'abc'[number]}   {name}")
        fig.axes[0].legend(loc="upper right", fontsize=6)
    return fig


def noise_figure(panels):
    """Two panels {title: arguments of `against_temperature`}."""
    with rc_context(RC):
        fig = new_figure(72)
        for number, (title, arguments) in enumerate(panels.items()):
            ax = add_axes(fig, 16 + 88 * number, 10, 66, 48, label=title)
            against_temperature(ax, *arguments)
            _heading(fig, 16 + 88 * number, 5, f"{'ab'[number]}   {title}")
        fig.axes[-1].legend(loc="lower left")
    return fig


def tree_figure(tree, energies, outputs, x, target):
    """Disconnectivity graph of minima, W_f the first, and the functions that they compute (n,
    point).
    """
    with rc_context(RC):
        fig = new_figure(76)
        merge_tree(add_axes(fig, 16, 10, 92, 58, label="tree"), tree, energies)
        ax = add_axes(fig, 122, 10, 50, 56, label="functions")
        output(ax, x, target)
        ax.plot(x, np.transpose(outputs[1:]), color=FIT, lw=0.5, alpha=0.5)
        ax.set_ylabel("Output")
        for letter, text, left in (
            ("a", "Passes between minima", 16),
            ("b", "What the minima compute", 122),
        ):
            _heading(fig, left, 5, f"{letter}   {text}")
    return fig
