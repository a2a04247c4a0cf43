"""What synapses went through: parameter and weight of chosen ones over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.errors import InputError, shown
from spikesampler.figures.style import PALETTE, RC, WIDTH, add_axes, new_figure
from spikesampler.stats.thinning import thinned

__all__ = ["MOST", "trajectories", "trajectories_figure"]

MOST = len(PALETTE)  #: synapses in a figure, each with a colour of its own


def trajectories(
    ax: Axes,
    times: np.ndarray,
    values: np.ndarray,
    labels: Sequence[str],
    colors: Sequence[str],
    ylabel: str,
) -> None:
    """A line per synapse: times in s and values, each (n_point, n_synapse)."""
    for of_synapse, course, label, color in zip(times.T, values.T, labels, colors):
        ax.plot(of_synapse, course, color=color, lw=0.7, label=label)
    ax.set(xlim=(times.min(), times.max()), xlabel="Biological time (s)", ylabel=ylabel)


def trajectories_figure(result: Any, synapses: Sequence[tuple[int, int]] | None = None) -> Figure:
    """θ and weight of recorded synapses over time, as `Result.trajectories` has them.

    synapses : pairs (output, input), by default the first ten; lines keep the extremes of a long
    course. Raises InputError where none were recorded, for a synapse that was not, and for more
    than ten.
    """
    recorded = result.trajectories
    places = _places(recorded, synapses, result.path)
    few = recorded.isel(synapse=places)
    labels = [f"{k} : {i}" for k, i in zip(few["output"].values, few["input"].values)]
    time, colors = few["time"].values, PALETTE[: len(labels)]
    with rc_context(RC):
        fig = new_figure(66)
        for left, name, ylabel in ((14, "theta", "Synaptic parameter θ"), (96, "weight", "Weight")):
            ax = add_axes(fig, left, 4, 62, 50, label=name)
            trajectories(ax, *thinned(time, few[name].values), labels, colors, ylabel)
        handles, _ = ax.get_legend_handles_labels()
        place = {"loc": "upper right", "bbox_to_anchor": (1 - 1 / WIDTH, 0.96)}
        fig.legend(handles=handles, title="Output : input", handlelength=1.2, **place)
    return fig


def _places(recorded: Any, synapses: Any, path: Any) -> list[int]:
    """Places of the synapses asked for among those that were recorded."""
    known = {
        pair: place
        for place, pair in enumerate(
            zip(recorded["output"].values.tolist(), recorded["input"].values.tolist())
        )
    }
    if synapses is None:
        return list(range(min(MOST, len(known))))
    pairs = [tuple(np.ravel(pair).tolist()) for pair in synapses]
    if wrong := [pair for pair in pairs if pair not in known]:
        raise InputError(
            f"synapse {shown(wrong[0])}: {path} recorded {len(known)} pairs (output, input), such"
            f" as {next(iter(known))}"
        )
    if not 1 <= len(pairs) <= MOST:
        raise InputError(f"{len(pairs)} synapses: a figure has 1 to {MOST}; give such a number")
    return [known[pair] for pair in pairs]
