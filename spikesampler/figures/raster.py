"""The raster of a run: what was shown, what was answered, and every spike in between."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from matplotlib import rc_context
from matplotlib.colors import to_rgba

from spikesampler.errors import InputError
from spikesampler.figures.spikes import (
    class_bands,
    input_raster,
    output_raster,
    rates,
    sample_strip,
)
from spikesampler.figures.style import GREY, INK, RC, add_axes, class_colors, new_figure
from spikesampler.stats.responses import order_inputs
from spikesampler.stats.windows import bin_edges, choose_window, psth, sample_borders

__all__ = ["draw_column", "raster_figure", "read_window"]

LONGEST = 120  # s, 600 samples of 200 ms: a quarter of a millimetre each


def read_window(result, start, stop, output_class=None):
    """Everything a column of panels shows of a run between start and stop (s), as arrays."""
    learning, seconds = (
        result.learning,
        result.values["sample_length"],
    )
    rate = np.asarray(learning["input_class_rate"])
    order, boundaries = order_inputs(rate)
    samples, spans = sample_borders(np.asarray(learning["time"]), seconds, start, stop)
    labels, responses = (
        np.asarray(learning["label"])[samples],
        np.asarray(learning["response"])[samples].astype(int),
    )
    num_outputs = int(learning.sizes["output"])
    if output_class is None:
        output_class = (
            learning["output_class"] if "output_class" in learning else np.arange(num_outputs)
        )
    output_class = np.asarray(output_class)
    answers = np.where(responses >= 0, output_class[responses], -1)
    input_times, inputs = result.spikes("inputs", start, stop)
    output_times, outputs = (np.asarray(a) for a in result.spikes("outputs", start, stop))
    outputs = outputs.astype(np.int64)
    edges = bin_edges(start, stop, seconds)
    width = edges[1] - edges[0]
    return SimpleNamespace(
        start=start,
        stop=stop,
        spans=spans,
        labels=labels,
        answers=answers,
        boundaries=boundaries,
        edges=edges,
        num_classes=max(len(rate), int(output_class.max()) + 1),
        num_outputs=num_outputs,
        output_class=output_class,
        input_times=np.asarray(input_times),
        input_rows=np.argsort(order)[np.asarray(inputs, np.int64)],
        output_times=output_times,
        outputs=outputs,
        output_rate=psth(output_times, outputs, edges, num_outputs) / width,
        input_rate=psth(input_times, np.zeros(len(inputs), int), edges, 1)
        / (width * rate.shape[1]),
    )


def draw_column(fig, data, left, top, width, heights=(62, 30, 14, 20), first=True):
    """Strips, input raster, output raster and rates over one another, places in mm; ``first`` has
    the y labels.

    heights: of the inputs, the outputs and, if given, the two rate panels. Returns the axes by
    name.
    """
    colors, outer = class_colors(data.num_classes), {}
    names = ["labels", "answers", "inputs", "outputs", "input_rate", "output_rate"][
        : 2 + len(heights)
    ]
    for name, height, gap in zip(names, (4, 4, *heights), (0.4, 1.2, 2, 2.5, 2.5, 0)):
        outer[name] = add_axes(
            fig, left, top, width, height, xlim=(data.start, data.stop), label=name
        )
        top += height + gap
    bands = outer["bands"] = add_axes(fig, left - 2.4, 0, 1.8, heights[0], label="bands")
    place = outer["inputs"].get_position()
    bands.set_position(
        (bands.get_position().x0, place.y0, bands.get_position().width, place.height)
    )
    borders = data.spans[1:, 0]
    sample_strip(outer["labels"], data.spans, data.labels, colors)
    sample_strip(
        outer["answers"], data.spans, data.answers, colors, wrong=data.answers != data.labels
    )
    class_bands(bands, data.boundaries, colors)
    input_raster(outer["inputs"], data.input_times, data.input_rows, data.boundaries, borders)
    output_colors = np.vstack([colors, to_rgba(GREY)])[
        data.output_class
    ]  # -1, an output without a class, is the last
    output_raster(
        outer["outputs"],
        data.output_times,
        data.outputs,
        data.output_class,
        output_colors,
        data.spans,
        data.labels,
    )
    if len(heights) > 2:
        rates(outer["input_rate"], data.edges, data.input_rate, [INK], borders)
        rates(outer["output_rate"], data.edges, data.output_rate, output_colors, borders)
    for name in names[2:-1]:
        outer[name].tick_params(axis="x", labelbottom=False)
    outer[names[-1]].set_xlabel("Time (s)")
    for name in names:
        outer[name].locator_params(axis="x", steps=[1, 2, 5, 10], nbins=max(3, int(width / 13)))
    if first:
        _label_rows(fig, outer, data, left)
    else:
        bands.set_yticks([])
        outer["outputs"].tick_params(labelleft=False)
    return outer


def _label_rows(fig, outer, data, left):
    across = fig.get_size_inches()[0] * 25.4
    for name, text in (("labels", "Label"), ("answers", "Response")):
        place = outer[name].get_position()
        fig.text(
            (left - 1) / across,
            place.y0 + place.height / 2,
            text,
            ha="right",
            va="center",
            fontsize=7,
        )
    texts = {
        "inputs": f"{data.boundaries[-1]} inputs, by preferred class",
        "outputs": "Output neuron",
        "input_rate": "Input\nrate (Hz)",
        "output_rate": "Output\nrate (Hz)",
    }
    for name, text in texts.items():
        if name in outer:
            place = outer[name].get_position()
            fig.text(
                4.2 / across,
                place.y0 + place.height / 2,
                text,
                rotation=90,
                ha="center",
                va="center",
                linespacing=1.1,
            )


def raster_figure(result, window="last", output_class=None, ax=None):
    """The raster of a run: 10 s by default, in two columns' width.

    Parameters
    ----------
    result : Result
    window : "first", "middle", "last", "T0:T1" or (T0, T1) in s
    output_class : (n_output,) int, optional
        The class each output neuron stands for, where neuron k is not class k (unsupervised runs).
    ax : Axes, optional
        Draw only the input raster, there.

    Returns
    -------
    matplotlib Figure; `spikesampler.figures.style.save` writes it as PDF, SVG or PNG.

    Raises
    ------
    InputError : the window is unknown, empty, longer than 120 s, or was not recorded.
    """
    manifest = result.manifest
    duration = float(result.learning["time"][-1]) + result.values["sample_length"]
    recorded = {"none": [], "all": [[0.0, duration]]}.get(
        manifest["settings"]["record"], manifest.get("recorded_windows") or []
    )
    start, stop = choose_window(window, recorded, duration)
    if stop - start > LONGEST:
        raise InputError(
            f"window {window!r} is {stop - start:g} s long: give at most {LONGEST} s, no page holds"
            " more spikes"
        )
    data = read_window(result, start, stop, output_class)
    if ax is not None:
        ax.set(xlim=(data.start, data.stop), xlabel="Time (s)", ylabel="Inputs, by preferred class")
        input_raster(ax, data.input_times, data.input_rows, data.boundaries, data.spans[1:, 0])
        return ax.figure
    with rc_context(RC):
        fig = new_figure(height=161)
        draw_column(fig, data, left=19, top=8, width=156)
        right = np.count_nonzero(data.answers == data.labels)
        fig.text(
            19 / 180,
            1 - 4.2 / 161,
            "{model}, noise: {arm}, seed {seed}".format(**result.learning.attrs),
            va="center",
            fontsize=8,
        )
        fig.text(
            175 / 180,
            1 - 4.2 / 161,
            f"{right} of {len(data.labels)} samples answered right while learning",
            va="center",
            ha="right",
        )
    return fig
