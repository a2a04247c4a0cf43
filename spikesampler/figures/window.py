"""A window of a run as the arrays that its raster shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spikesampler.stats.responses import order_inputs
from spikesampler.stats.windows import bin_edges, bin_spikes, sample_borders

__all__ = ["Window", "read_window"]


@dataclass(frozen=True)
class Window:
    """What a column of panels shows between start and stop (s); all times in s, rates in Hz.

    spans (n, 2), labels and answers (n,) : of samples; an answer is the class that the response
    stands for, −1 for none. boundaries (n_class + 1,) : rows of inputs, which are ordered by the
    class that they prefer. output_class (n_output,) : the class that each output stands for.
    input_rows, outputs : of spikes. own_events : times and outputs of the model's own events, by
    name. edges (n_bin + 1,), input_rate (1, n_bin), output_rate
    (n_output, n_bin). layers : of each other layer times, neurons, and how many neurons it has.
    """

    start: float
    stop: float
    num_classes: int
    spans: np.ndarray
    labels: np.ndarray
    answers: np.ndarray
    boundaries: np.ndarray
    output_class: np.ndarray
    input_times: np.ndarray
    input_rows: np.ndarray
    output_times: np.ndarray
    outputs: np.ndarray
    own_events: dict[str, tuple[np.ndarray, np.ndarray]]
    edges: np.ndarray
    input_rate: np.ndarray
    output_rate: np.ndarray
    layers: dict[str, tuple[np.ndarray, np.ndarray, int]] = field(default_factory=dict)


def read_window(
    result: Any, start: float, stop: float, output_class: ArrayLike | None = None
) -> Window:
    """The window of a Result; output_class : where it is not what the run says, or neuron k for
    class k.
    """
    learning, seconds = result.learning, result.values["sample_length"]
    rate = np.asarray(learning["input_class_rate"])
    order, boundaries = order_inputs(rate)
    samples, spans = sample_borders(np.asarray(learning["time"]), seconds, start, stop)
    responses = np.asarray(learning["response"])[samples].astype(int)
    num_outputs = int(learning.sizes["output"])
    if output_class is None:
        output_class = learning.get("output_class", np.arange(num_outputs))
    output_class = np.asarray(output_class)
    input_times, inputs = map(np.asarray, result.spikes("inputs", start, stop))
    output_times, outputs = map(np.asarray, result.spikes("outputs", start, stop))
    outputs = outputs.astype(np.int64)
    edges = bin_edges(start, stop, seconds)
    width, together = edges[1] - edges[0], np.zeros(len(inputs), int)
    input_rate = bin_spikes(input_times, together, edges, 1) / (width * rate.shape[1])
    return Window(
        start=start,
        stop=stop,
        num_classes=max(len(rate), int(output_class.max()) + 1),
        spans=spans,
        labels=np.asarray(learning["label"])[samples],
        answers=np.where(responses >= 0, output_class[responses], -1),
        boundaries=boundaries,
        output_class=output_class,
        input_times=input_times,
        input_rows=np.argsort(order)[inputs.astype(np.int64)],
        output_times=output_times,
        outputs=outputs,
        own_events={
            name: result.spikes(name, start, stop)
            for name in result.own_events
            if result.dimension(name) == "output"
        },
        edges=edges,
        input_rate=input_rate,
        output_rate=bin_spikes(output_times, outputs, edges, num_outputs) / width,
        layers={
            name: (*result.spikes(name, start, stop), len(result.neurons(name)))
            for name in result.layers
            if name != "outputs"
        },
    )
