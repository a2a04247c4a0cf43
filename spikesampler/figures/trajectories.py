"""What was recorded at grid steps: parameters and weights of synapses, variables, signals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from spikesampler.errors import InputError, shown
from spikesampler.figures.style import INK, PALETTE, RC, WIDTH, add_axes, new_figure
from spikesampler.stats.thinning import thinned

__all__ = ["LABELS", "MOST", "course_label", "trajectories", "trajectories_figure"]

MOST = len(PALETTE)  #: synapses or outputs in a figure, each with a colour of its own
ROW = 66  #: mm, height of a row of panels
LABELS = {"theta": "Synaptic parameter θ", "weight": "Weight"}  #: first, and of these names


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
    """What a run recorded at grid steps over time, as `Result.trajectories` has it.

    θ, weight and further variables of synapses, pairs (output, input), by default the first ten;
    below them variables of outputs and of other layers, of which the first ten neurons are shown,
    and signals. Titles of the
    legends say how many of how many are shown. Lines keep the extremes of a long course. Raises
    InputError where nothing was recorded, for a synapse that was not, and for more than ten.
    """
    recorded = few = result.trajectories
    lines = {"": [""]}  # labels of the lines, by dimension
    if "synapse" in recorded.sizes or synapses is not None:
        few = few.isel(synapse=_places(recorded, synapses, result.path))
        pairs = zip(few["output"].values, few["input"].values)
        lines["synapse"] = [f"{k} : {i}" for k, i in pairs]
    neurons = [str(dim) for dim in recorded.sizes if str(dim).startswith("neuron")]
    for dim in neurons:
        few = few.isel({dim: slice(MOST)})
        lines[dim] = [str(k) for k in few[dim].values]
    rows: list[tuple[list[str], Any, list[str], str]] = []
    named = [(dim, dim.removeprefix("neuron_") if "_" in dim else "Output") for dim in neurons]
    heard = result.pathway("outputs").source
    ends = f"Output : {'input' if heard == 'inputs' else heard}"
    for dimension, of in (("synapse", ends), *named, ("", "")):
        dims = ("time", dimension) if dimension else ("time",)
        names = [str(name) for name, values in recorded.items() if values.dims == dims]
        names.sort(key=[*LABELS, *names].index)
        labels = lines.get(dimension, [])
        if len(labels) < recorded.sizes.get(dimension, 0):
            of += f"\n({len(labels)} of {recorded.sizes[dimension]})"
        rows += [(names[n : n + 2], few, labels, of) for n in range(0, len(names), 2)]
    with rc_context(RC):
        fig = new_figure(ROW * len(rows))
        for number, row in enumerate(rows):
            _draw_row(fig, ROW * number, *row)
    return fig


def _draw_row(fig: Figure, top: float, names: list[str], few: Any, labels: Any, title: str) -> None:
    """One or two variables side by side, with a legend of their lines where these have a title."""
    time, colors = few["time"].values, PALETTE[: len(labels)] if title else [INK]
    for left, name in zip((14, 96), names):
        ax = add_axes(fig, left, top + 4, 62, 50, label=name)
        values = few[name].values.reshape(len(time), -1)
        trajectories(ax, *thinned(time, values), labels, colors, course_label(few[name]))
    if title:
        handles, _ = ax.get_legend_handles_labels()
        corner = 1 - 1 / WIDTH, 1 - (top + 0.04 * ROW) / (fig.get_figheight() * 25.4)
        place = {"loc": "upper right", "bbox_to_anchor": corner}
        fig.legend(handles=handles, title=title, handlelength=1.2, **place)


def course_label(values: Any) -> str:
    """How an axis of a variable of `Result.trajectories` is labelled: its name, and its unit."""
    label = LABELS.get(str(values.name), str(values.name))
    unit = values.attrs.get("units", "1").replace("second", "s")
    return label if unit == "1" else f"{label} ({unit})"


def _places(recorded: Any, synapses: Any, path: Any) -> list[int]:
    """Places of the synapses asked for among those that were recorded."""
    if "synapse" not in recorded.sizes:
        raise InputError(f"{path} recorded no synapses: run again with --record-synapses")
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
