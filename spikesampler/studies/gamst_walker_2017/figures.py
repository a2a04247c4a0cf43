"""Figures of Gamst & Walker (2017), of the panels in `panels`; sizes in mm."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.figures.style import GREY, INK, PALETTE, RC, add_axes, new_figure
from spikesampler.studies.gamst_walker_2017 import panels

Array = np.ndarray


def _heading(fig, left, top, text):
    """Text at a place in mm from the upper left corner."""
    width, height = fig.get_size_inches() * 25.4
    fig.text(left / width, 1 - top / height, text, fontsize=8, va="center")


def _row(
    fig: Figure, titles: Iterable[str], left: int, pitch: int, width: int, height: int
) -> Iterator[Axes]:
    """Axes side by side, a letter and a title above each."""
    for number, title in enumerate(titles):
        here = left + pitch * number
        _heading(fig, here, 5, f"{'abc'[number]}   {title}")
        yield add_axes(fig, here, 10, width, height, label=title)


def function_figure(
    x: Array, target: Array, knots: tuple[Array, Array], layers: list[tuple[Array, Array]]
) -> Figure:
    """Fig. 1: the network W_f and its output; knots (2, n) of the output."""
    with rc_context(RC):
        fig = new_figure(62)
        panels.network_diagram(add_axes(fig, 10, 6, 58, 50, label="network"), layers)
        ax = add_axes(fig, 84, 6, 90, 46, label="function")
        panels.output(ax, x, target)
        ax.plot(*knots, ".", color=INK, ms=3, mew=0)
        ax.set_ylabel("Output f(x)")
    return fig


def outputs_figure(arrays: Mapping[str, Any], title: str) -> Figure:
    """Mean with tube, and best fit, of one training; arrays as `training.outputs_of` gives them."""
    x, target = arrays["x"], arrays["target"]
    with rc_context(RC):
        fig = new_figure(64)
        left = add_axes(fig, 14, 10, 70, 42, label="mean")
        panels.tube(left, x, target, arrays["mean"], arrays["sd"])
        right = add_axes(fig, 102, 10, 70, 42, label="best")
        panels.best_fit(right, x, target, arrays["best"], arrays["best_error"])
        for ax in (left, right):
            ax.legend(loc="upper left")
            ax.set_ylabel("Output")
            ax.set_ylim(top=ax.get_ylim()[1] + 0.35 * np.ptp(ax.get_ylim()))
        _heading(fig, 14, 5, f"{title}, {arrays['number']} networks")
    return fig


def row_figure(draws: Mapping[str, Callable[[Axes], None]]) -> Figure:
    """A row of panels of outputs, at most three: {title: what draws into its axes}."""
    with rc_context(RC):
        fig = new_figure(66, width=9 + 57 * len(draws))
        for ax, draw in zip(_row(fig, draws, 14, 57, 46, 44), draws.values()):
            draw(ax)
        limits = np.array([ax.get_ylim() for ax in fig.axes])
        for ax in fig.axes:
            ax.set_ylim(limits[:, 0].min(), limits[:, 1].max() + 0.3 * np.ptp(limits))
            ax.legend(loc="upper left", borderaxespad=0.2)
        fig.axes[0].set_ylabel("Output")
    return fig


def best_figure(x: Array, target: Array, fits: Mapping[str, tuple[Array, float]]) -> Figure:
    """Fig. 3: the best fit of each training, {title: (output (point,), error)}, before f.

    x, target : (point,).
    """
    return row_figure(
        {
            title: partial(panels.best_fit, x=x, target=target, best=best, error=error)
            for title, (best, error) in fits.items()
        }
    )


def functions_figure(tubes: Mapping[str, Mapping[str, Array]]) -> Figure:
    """Mean output with tube, a panel per target function: {title: arguments of `panels.tube`}."""
    across, rows = 4, -(-len(tubes) // 4)
    with rc_context(RC):
        fig = new_figure(48 * rows + 6)
        for number, (title, arrays) in enumerate(tubes.items()):
            row, column = divmod(number, across)
            left, top = 12 + 44 * column, 8 + 48 * row
            ax = add_axes(fig, left, top, 34, 32, label=title)
            panels.tube(ax, **arrays)
            _heading(fig, left, top - 4, title)
            if column == 0:
                ax.set_ylabel("Output")
        fig.axes[0].legend(loc="upper left", fontsize=5)
    return fig


def paths_figure(
    arrays: Mapping[str, Any], others: Mapping[str, tuple[Array, Array]] | None = None
) -> Figure:
    """Fig. 4: error along all paths, along one, functions along that one, turning angles.

    others : {name: (distance, energy)} of paths to draw instead in the first panel, a colour each.
    arrays : distance, energy (n_path, n_image), turning (n_path, n_image - 2), chosen (int), x
    (point,), outputs (n_image, point) of the chosen path.
    """
    distance, energy, chosen = arrays["distance"], arrays["energy"], arrays["chosen"]
    places = {"a": (16, 8), "b": (16, 73), "c": (104, 8), "d": (104, 73)}
    with rc_context(RC):
        fig = new_figure(132)
        axes = {name: add_axes(fig, *place, 70, 48, label=name) for name, place in places.items()}
        number = _all_paths(axes["a"], others or {"": (distance, energy)})
        panels.energy_along(axes["b"], distance[[chosen]], energy[[chosen]], 0)
        spread = 0.35 * np.ptp(arrays["outputs"])
        panels.functions_along(axes["c"], arrays["x"], arrays["outputs"], spread)
        panels.turning_along(axes["d"], distance, arrays["turning"], chosen)
        one = "One path", "Outputs along it, $W_f$ at the bottom", "Angle between successive steps"
        for (name, (left, top)), title in zip(places.items(), (number, *one)):
            _heading(fig, left, top - 3.5, f"{name}   {title}")
    return fig


def _all_paths(ax, groups):
    """Error along paths, a colour for each group; gives how many, and how many are cut."""
    for color, (name, paths) in zip(PALETTE if len(groups) > 1 else [GREY], groups.items()):
        panels.energy_along(ax, *paths, color=color, label=name)
    if len(groups) > 1:
        for line in ax.legend(loc="lower right").get_lines():
            line.set(lw=1.5, alpha=1)
    lengths = np.concatenate([np.asarray(along)[:, -1] for along, _ in groups.values()])
    limit = min(lengths.max(), 1.4 * np.quantile(lengths, 0.95))
    ax.set_xlim(0, 1.02 * limit)
    cut = f", {(lengths > limit).sum()} of them cut" if limit < lengths.max() else ""
    return f"{len(lengths)} paths{cut}"


def basin_figure(trials: Mapping[str, Mapping[str, Array]]) -> Figure:
    """Fig. 5: a panel per optimiser; trials {name: arguments of `panels.basin_scatter`}."""
    with rc_context(RC):
        fig = new_figure(64, width=60 * len(trials))
        for ax, arrays in zip(_row(fig, trials, 14, 60, 34, 42), trials.values()):
            panels.basin_scatter(ax, **arrays)
        fig.axes[0].legend(loc="upper right")
    return fig


def spectra_figure(spectra: Mapping[str, Array], target: Array | None = None) -> Figure:
    """Eigenvalues at minima, a panel per training: {name: (n, d)}."""
    with rc_context(RC):
        fig = new_figure(68, width=9 + 57 * len(spectra))
        for ax, values in zip(_row(fig, spectra, 16, 57, 44, 46), spectra.values()):
            panels.eigenvalues(ax, values, target)
        for ax in fig.axes[1:]:
            ax.set_ylabel("")
        fig.axes[0].legend(loc="upper right", fontsize=6)
    return fig


def noise_figure(measures: Mapping[str, Mapping[str, Any]]) -> Figure:
    """Two panels {title: arguments of `panels.against_temperature`}."""
    with rc_context(RC):
        fig = new_figure(72)
        for ax, arguments in zip(_row(fig, measures, 16, 88, 66, 48), measures.values()):
            panels.against_temperature(ax, **arguments)
        fig.axes[-1].legend(loc="lower left")
    return fig


def tree_figure(tree: Array, energies: Array, outputs: Array, x: Array, target: Array) -> Figure:
    """Disconnectivity graph of minima, W_f the first, and the functions (n, point) they compute."""
    with rc_context(RC):
        fig = new_figure(76)
        panels.merge_tree(add_axes(fig, 16, 10, 92, 58, label="tree"), tree, energies)
        ax = add_axes(fig, 122, 10, 50, 56, label="functions")
        panels.output(ax, x, target)
        ax.plot(x, np.transpose(outputs[1:]), color=panels.FIT, lw=0.5, alpha=0.5)
        ax.set_ylabel("Output")
        _heading(fig, 16, 5, "a   Passes between minima")
        _heading(fig, 122, 5, "b   What the minima compute")
    return fig
