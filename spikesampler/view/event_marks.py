"""Marks of a model's own events over the raster of its outputs, as in the static raster."""

from itertools import cycle

import numpy as np

from spikesampler.figures.spikes import event_heights
from spikesampler.figures.style import INK
from spikesampler.view.pictures import FEW

__all__ = ["EventMarks"]

SHAPES = ("circle", "square", "triangle", "diamond")
LEGEND = 25  #: pixels of it


class EventMarks:
    """A shape for each of these events, with a legend above the figure of a raster.

    A window with more than FEW of an event has no marks of it: they would cover the spikes.
    """

    def __init__(self, figure, names):
        from bokeh.models import ColumnDataSource, HoverTool, Legend, LegendItem

        self.heights = dict(zip(names, event_heights(len(names))))
        self.sources, items = {}, []
        look = {"size": 5, "fill_color": INK, "line_color": "white", "line_width": 0.5}
        for name, shape in zip(names, cycle(SHAPES)):
            columns = {"time": [], "row": [], "neuron": []}
            source = ColumnDataSource(columns, name=f"{name} events")
            marks = figure.scatter("time", "row", source=source, marker=shape, **look)
            tooltips = [("event", name), ("neuron", "@neuron"), ("time", "@time{0.0000} s")]
            figure.add_tools(HoverTool(renderers=[marks], tooltips=tooltips))
            items.append(LegendItem(label=name, renderers=[marks]))
            self.sources[name] = source
        look = {"border_line_color": None, "padding": 0, "label_text_font_size": "11px"}
        figure.height += LEGEND
        figure.add_layout(Legend(items=items, orientation="horizontal", **look), "above")

    def draw(self, recording, ends, order):
        """Show a window `ends` (s); order (num_outputs,) has the output of each row.

        Gives {name: how many are in the window, or None where they are too many to be marked}.
        """
        told, row = {}, np.argsort(order)
        for name, source in self.sources.items():
            times, outputs = np.empty(0), np.empty(0, np.int64)
            start, stop = max(0.0, ends[0]), min(recording.duration, ends[1])
            is_shown = recording.num_spikes(name, start, stop) <= FEW
            if is_shown and stop > start:
                times, outputs = recording.read(name, start, stop)
            rows, neurons = row[outputs] + self.heights[name], outputs.astype(np.int32)
            source.data = {"time": times, "row": rows, "neuron": neurons}
            told[name] = len(times) if is_shown else None
        return told
