"""The raster of a run: what was shown, what was answered, and every spike in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from spikesampler.errors import InputError
from spikesampler.figures.spikes import (
    class_bands,
    event_marks,
    input_raster,
    output_raster,
    rates,
    sample_strip,
)
from spikesampler.figures.style import GREY, INK, RC, add_axes, add_text, class_colors, new_figure
from spikesampler.figures.window import Window, read_window

__all__ = ["draw_column", "raster_figure"]

LONGEST = 120  # s, 600 samples of 200 ms: a quarter of a millimetre each
ROWS = ("labels", "answers", "inputs", "outputs", "input_rate", "output_rate")
GAPS = (0.4, 1.2, 2, 2.5, 2.5, 0)  # mm below each row
LAYER = 24, 2  # mm of a further layer between inputs and outputs, and below it
LEGEND = 3  # mm more above the outputs, for the names of own events


def draw_column(
    fig: Figure,
    data: Window,
    left: float,
    top: float,
    width: float,
    heights: Sequence[float] = (62, 30, 14, 20),
    first: bool = True,
) -> dict[str, Axes]:
    """Strips, input raster, output raster and rates over one another, places in mm; ``first`` has
    the y labels.

    heights: of the inputs, the outputs and, if given, the two rate panels. Returns the axes by
    name; that of a further layer is called `layer NAME`.
    """
    axes = {}
    rows = [*zip(ROWS, (4, 4, *heights), GAPS)]
    rows[3:3] = [(f"layer {name}", *LAYER) for name in data.layers]
    for name, height, gap in rows:
        top += LEGEND * (name == "outputs" and bool(data.own_events))
        place = left, top, width, height
        axes[name] = add_axes(fig, *place, xlim=(data.start, data.stop), label=name)
        top += height + gap
    *upper, lowest = axes
    axes["bands"] = _beside(fig, axes["inputs"], left - 2.4, heights[0])
    _draw_spikes(axes, data)
    for name in upper[2:]:
        axes[name].tick_params(axis="x", labelbottom=False)
    axes[lowest].set_xlabel("Time (s)")
    for name in (*upper, lowest):
        axes[name].locator_params(axis="x", steps=[1, 2, 5, 10], nbins=max(3, int(width / 13)))
    if first:
        _label_rows(fig, axes, data, left)
    else:
        axes["bands"].set_yticks([])
        axes["outputs"].tick_params(labelleft=False)
    return axes


def _beside(fig: Figure, ax: Axes, left: float, height: float) -> Axes:
    """Narrow axes of the same height as others; left and height in mm."""
    bands = add_axes(fig, left, 0, 1.8, height, label="bands")
    place, own = ax.get_position(), bands.get_position()
    bands.set_position((own.x0, place.y0, own.width, place.height))
    return bands


def _draw_spikes(axes: dict[str, Axes], data: Window) -> None:
    """Fill the axes of a column."""
    colors, borders = class_colors(data.num_classes), data.spans[1:, 0]
    # -1, an output without a class, is the last
    output_colors = np.vstack([colors, to_rgba(GREY)])[data.output_class]
    wrong = data.answers != data.labels
    sample_strip(axes["labels"], data.spans, data.labels, colors)
    sample_strip(axes["answers"], data.spans, data.answers, colors, wrong=wrong)
    class_bands(axes["bands"], data.boundaries, colors)
    input_raster(axes["inputs"], data.input_times, data.input_rows, data.boundaries, borders)
    output_raster(
        axes["outputs"],
        data.output_times,
        data.outputs,
        data.output_class,
        output_colors,
        data.spans,
        data.labels,
    )
    for name, (times, neurons, number) in data.layers.items():
        input_raster(axes[f"layer {name}"], times, neurons, np.array([0, number]), borders)
    if data.own_events:
        event_marks(axes["outputs"], data.own_events)
    if "input_rate" in axes:
        rates(axes["input_rate"], data.edges, data.input_rate, [INK], borders)
        rates(axes["output_rate"], data.edges, data.output_rate, output_colors, borders)


def _label_rows(fig: Figure, axes: dict[str, Axes], data: Window, left: float) -> None:
    """Names of the rows at their left; that of the axes is in mm."""
    across = fig.get_size_inches()[0] * 25.4

    def middle(name):
        place = axes[name].get_position()
        return place.y0 + place.height / 2

    for name, text in (("labels", "Label"), ("answers", "Response")):
        look = {"ha": "right", "va": "center", "fontsize": 7}
        fig.text((left - 1) / across, middle(name), text, **look)
    texts = {
        "inputs": f"{data.boundaries[-1]} inputs, by preferred class",
        "outputs": "Output neuron",
        "input_rate": "Input\nrate (Hz)",
        "output_rate": "Output\nrate (Hz)",
    }
    texts |= {
        f"layer {name}": f"{name}: {number} neurons" for name, (_, _, number) in data.layers.items()
    }
    for name in (name for name in texts if name in axes):
        look = {"rotation": 90, "ha": "center", "va": "center", "linespacing": 1.1}
        fig.text(4.2 / across, middle(name), texts[name], **look)


def raster_figure(
    result: Any,
    window: str | tuple[float, float] = "last",
    output_class: ArrayLike | None = None,
    ax: Axes | None = None,
) -> Figure:
    """The raster of a run: 10 s by default, in two columns' width.

    Parameters
    ----------
    result : Result
    window : "first", "middle", "last", "T0:T1" or (T0, T1) in s
    output_class : (n_output,) int, optional
        The class each output neuron stands for, where neuron k is not class k (unsupervised runs:
        the classes of the last probe, while `credit` and online accuracy take those of the probe
        before each sample).
    ax : Axes, optional
        Draw only the input raster, there.

    Raises
    ------
    InputError : the window is unknown, empty, longer than 120 s, or was not recorded.
    """
    start, stop = _borders(result, window)
    data = read_window(result, start, stop, output_class)
    if ax is not None:
        ax.set(xlim=(start, stop), xlabel="Time (s)", ylabel="Inputs, by preferred class")
        input_raster(ax, data.input_times, data.input_rows, data.boundaries, data.spans[1:, 0])
        return ax.figure
    right, total = np.count_nonzero(data.answers == data.labels), len(data.labels)
    answered = f"{right} of {total} samples answered right while learning"
    if output_class is not None or not result.learning.attrs.get("supervised", 1):
        given = "of the last probe" if output_class is None else "given"
        answered += f", by the classes {given}"
    about = "{model}, noise: {arm}, seed {seed}".format(**result.learning.attrs)
    with rc_context(RC):
        more = LEGEND * bool(data.own_events) + sum(LAYER) * len(data.layers)
        fig = new_figure(height=161 + more)
        draw_column(fig, data, left=19, top=8, width=156)
        add_text(fig, 19, 4.2, about)
        add_text(fig, 175, 4.2, answered, ha="right", fontsize=RC["font.size"])
    return fig


def _borders(result: Any, window: str | tuple[float, float]) -> tuple[float, float]:
    """Start and stop of a window in s, which are recorded; InputError where it is too long."""
    start, stop = result.window(window)
    if stop - start > LONGEST:
        raise InputError(
            f"window {window!r} is {stop - start:g} s long: give at most {LONGEST} s, no page holds"
            " more spikes"
        )
    return start, stop
